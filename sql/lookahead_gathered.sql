-- Subqueries, LATERAL and joins of joins that read rows with keys of their own: for all outer rows
-- these keys are gathered ahead, where all outer rows are read; what they guard stays guarded.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql
SET client_min_messages = error;
-- Twenty rooms of two devices; of one there are none, and one device has no name.
CREATE TABLE room AS SELECT g AS id, 'room ' || g AS name, (ARRAY['a', 'b'])[1 + g % 2] AS house FROM generate_series(1, 21) g;
ALTER TABLE room ADD PRIMARY KEY (id);
CREATE TABLE device AS SELECT id, (id + 1) / 2 AS room_id, site, product_key, device_name, firmware_id FROM inventory;
INSERT INTO device VALUES (41, 3, 'north', 'pk1', NULL, '187');
CREATE INDEX ON device (room_id);
ANALYZE room;
ANALYZE device;
SELECT FROM make_views('latest', 'SELECT DISTINCT ON (KEYS) * FROM ota_job ORDER BY KEYS, job_id DESC') \gset
SELECT FROM make_views('united', 'SELECT KEYS, job_id FROM ota_job UNION SELECT KEYS, job_status FROM ota_job') \gset
-- JOBS is how many jobs a room's devices have.
CREATE FUNCTION of_room(query text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(query, 'JOBS', '(SELECT count(*) FROM device d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id)');
$$;
CREATE FUNCTION gathered(name text, query text, statement text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(name, of_room(query), of_room(statement));
$$;
-- As many in flight as a room has devices, or one.
CREATE FUNCTION within_room(name text, query text, statement text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT run(name, of_room(query), 3, of_room(statement), 150);
$$;
SET client_min_messages = notice;
\set ECHO all

-- Where the subquery stands.
SELECT gathered('output', 'SELECT r.id, JOBS FROM room r');
SELECT gathered('condition', 'SELECT r.id FROM room r WHERE JOBS > 3');
SELECT gathered('argument', 'SELECT r.house, sum(JOBS) FROM room r GROUP BY 1');
SELECT gathered('filter', 'SELECT r.house, count(*) FILTER (WHERE JOBS > 3) FROM room r GROUP BY 1');
SELECT gathered('having', 'SELECT r.id FROM room r GROUP BY r.id HAVING JOBS > 3');
SELECT gathered('window', 'SELECT r.id, sum(JOBS) OVER (ORDER BY r.id) FROM room r');
SELECT gathered('order', 'SELECT r.id FROM room r ORDER BY JOBS, r.id');
SELECT gathered('case', $$ SELECT r.id, CASE WHEN r.house = 'a' OR r.id > 3 THEN JOBS END FROM room r $$);
SELECT gathered('two', 'SELECT r.id, JOBS, (SELECT max(j.job_id) FROM device d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id) FROM room r');
SELECT gathered('in a function', 'SELECT r.id, x FROM room r, LATERAL unnest(ARRAY[JOBS, -1]) x');
SELECT gathered('update', 'TABLE room', $$ UPDATE room r SET name = JOBS::text $$);
SELECT gathered('delete', 'TABLE room', $$ DELETE FROM room r WHERE JOBS = 2 $$);
SELECT gathered('insert', 'TABLE room', $$ INSERT INTO room SELECT r.id + 100, JOBS::text, 'c' FROM room r $$);
-- How it reads its rows, and asks for what.
SELECT gathered('left join', 'SELECT r.id, (SELECT count(*) FROM device d LEFT JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id) FROM room r');
SELECT gathered('not exists', 'SELECT r.id, (SELECT count(*) FROM device d WHERE d.room_id = r.id AND NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, d))) FROM room r');
SELECT gathered('view', 'SELECT r.id, (SELECT count(*) FROM device d JOIN latest_ota_job j ON KEY(j, d) WHERE d.room_id = r.id) FROM room r');
SELECT gathered('view of several', 'SELECT r.id, (SELECT count(*) FROM device d JOIN united_ota_job j ON KEY(j, d) WHERE d.room_id = r.id) FROM room r');
SELECT gathered('subquery', 'SELECT r.id, (SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, d))) FROM device d WHERE d.room_id = r.id) FROM room r');
SELECT gathered('subquery in a condition', 'SELECT r.id, (SELECT count(*) FROM device d WHERE d.room_id = r.id AND (SELECT count(*) FROM ota_job j WHERE KEY(j, d)) > 1) FROM room r');
SELECT gathered('subquery, in CASE', $$ SELECT r.id, ARRAY(SELECT CASE WHEN d.id <> 7 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, d)) END FROM device d WHERE d.room_id = r.id ORDER BY d.id) FROM room r $$);
SELECT gathered('array', 'SELECT r.id, ARRAY(SELECT j.job_id FROM device d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id ORDER BY 1) FROM room r');
SELECT gathered('lateral', 'SELECT r.id, x.* FROM room r, LATERAL (SELECT j.job_id FROM device d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id ORDER BY 1 LIMIT 2) x');
SELECT gathered('lateral in lateral', 'SELECT r.id, x.* FROM room r LEFT JOIN LATERAL (SELECT max(y.n) FROM device d, LATERAL (SELECT count(*) AS n FROM ota_job j WHERE KEY(j, d)) y WHERE d.room_id = r.id) x ON true');
SELECT gathered('keys of both', $$ SELECT r.id, (SELECT count(*) FROM device d JOIN ota_job j ON j.product_key = d.product_key AND j.device_name = d.device_name AND j.firmware_id = (187 + r.id % 2)::text WHERE d.room_id = r.id) FROM room r $$);
SELECT gathered('a constant', $$ SELECT r.id, (SELECT count(*) FROM device d JOIN ota_job j ON j.product_key = 'pk1' AND j.device_name = d.device_name AND j.firmware_id = '188' WHERE d.room_id = r.id) FROM room r $$);
SELECT gathered('a local join', 'SELECT r.id, (SELECT count(*) FROM device d JOIN inventory i USING (id) JOIN ota_job j ON KEY(j, i) WHERE d.room_id = r.id) FROM room r');
SELECT gathered('a sorted part', 'SELECT r.id, (SELECT count(*) FROM (SELECT * FROM device d WHERE d.room_id = r.id ORDER BY id LIMIT 1) d JOIN ota_job j ON KEY(j, d)) FROM room r');
SELECT gathered('a function', 'SELECT r.id, (SELECT count(*) FROM generate_series(r.id * 2 - 1, r.id * 2) g JOIN inventory i ON i.id = g JOIN ota_job j ON KEY(j, i)) FROM room r');
SELECT gathered('an array of names', $$ SELECT r.id, (SELECT count(*) FROM unnest(r.names) n JOIN ota_job j ON j.product_key = 'pk1' AND j.device_name = n AND j.firmware_id = '188') FROM (SELECT room_id AS id, array_agg(device_name) AS names FROM device GROUP BY 1) r $$);
SELECT gathered('rows that are the same', 'SELECT r.id, (SELECT count(*) FROM device d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.room) FROM (SELECT id, 1 + id % 17 AS room FROM generate_series(1, 60) id) r');
SELECT within_room('in a recursive term', 'WITH RECURSIVE w AS (SELECT id, 0 AS n, 0::bigint AS jobs FROM room UNION ALL SELECT r.id, r.n + 1, JOBS FROM w r WHERE r.n < 1) SELECT * FROM w');
-- The rooms of a house are read ahead one house after the other.
SELECT within_room('three levels', 'SELECT h.house, (SELECT sum(JOBS) FROM room r WHERE r.house = h.house) FROM (SELECT DISTINCT house FROM room) h');
SELECT gathered('three levels that are joined', 'SELECT h.house, (SELECT count(*) FROM room r JOIN device d ON d.room_id = r.id JOIN ota_job j ON KEY(j, d) WHERE r.house = h.house) FROM (SELECT DISTINCT house FROM room) h');
SELECT gathered('three levels of LATERAL', 'SELECT h.house, x.* FROM (SELECT DISTINCT house FROM room) h LEFT JOIN LATERAL (SELECT json_agg(y.n)::text FROM room r LEFT JOIN LATERAL (SELECT count(*) AS n FROM device d, LATERAL (SELECT max(job_id) FROM ota_job j WHERE KEY(j, d)) z (m) WHERE d.room_id = r.id AND z.m > '''') y ON true WHERE r.house = h.house) x ON true');

-- Its first row is enough where the subquery may stop there.
SELECT gathered('exists', 'SELECT r.id, EXISTS (SELECT FROM device d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id) FROM room r');
SELECT gathered('first', 'SELECT r.id, (SELECT d.id FROM device d, LATERAL (SELECT count(*) AS n FROM ota_job j WHERE KEY(j, d)) x WHERE d.room_id = r.id AND x.n >= 0 LIMIT 1) FROM room r');

-- Nothing is asked for that would not be otherwise: of a row for which a condition is false, before the subquery or in it.
SELECT gathered('guarded', $$ SELECT r.id, CASE WHEN r.id > 2 THEN JOBS END FROM room r $$);
SELECT gathered('a condition on the row', $$ SELECT r.id, (SELECT count(*) FROM device d LEFT JOIN ota_job j ON KEY(j, d) AND d.id > 4 WHERE d.room_id = r.id) FROM room r $$);
SELECT gathered('a condition on the key', $$ SELECT r.id, (SELECT count(*) FROM device d JOIN ota_job j ON KEY(j, d) AND j.device_name > 'd2' WHERE d.room_id = r.id) FROM room r $$);
SELECT gathered('a condition on both', $$ SELECT r.id, (SELECT count(*) FROM device d LEFT JOIN ota_job j ON KEY(j, d) AND j.device_name > chr(99 + d.id % 2) || r.id WHERE d.room_id = r.id) FROM room r $$);
-- Errors come with their rows, and only for rows that are read.
CREATE TABLE broken AS SELECT * FROM device;
UPDATE broken SET id = 0 WHERE id = 30;
CREATE INDEX ON broken (room_id);
ANALYZE broken;
\set failing '(SELECT count(*) FROM broken d JOIN ota_job j ON j.product_key = d.product_key AND j.device_name = d.device_name AND j.firmware_id = d.firmware_id WHERE d.room_id = r.id AND 1 / d.id >= 0)'
SELECT sqlstate_of(format('SELECT r.id, %s FROM room r', :'failing'));
SELECT gathered('no error where it is not evaluated', format('SELECT r.id, CASE WHEN r.id <> 15 THEN %s END FROM room r', :'failing'));
SELECT FROM requests() \gset
SELECT cardinality(rows_of(format('SELECT r.id, %s FROM room r ORDER BY r.id LIMIT 3', :'failing'))), requests();
-- Row security hides rows from what asks, too.
CREATE ROLE tuya_gathered;
GRANT USAGE ON SCHEMA t TO tuya_gathered;
GRANT SELECT ON ALL TABLES IN SCHEMA t TO tuya_gathered;
CREATE USER MAPPING FOR tuya_gathered SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
ALTER TABLE device ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON device USING (site = 'north');
SET ROLE tuya_gathered;
SELECT count(*) FROM (SELECT r.id, (SELECT count(*) FROM device d JOIN ota_job j ON j.product_key = d.product_key AND j.device_name = d.device_name AND j.firmware_id = d.firmware_id WHERE d.room_id = r.id) AS n FROM room r) x WHERE n > 0;
RESET ROLE;
SELECT requests();
ALTER TABLE device DISABLE ROW LEVEL SECURITY;

-- Not where not all rows are read, nor where the rows may be others when they are read again, nor where reading them costs more than to ask.
SELECT within_room('limit', 'SELECT r.id, JOBS FROM room r LIMIT 20');
SELECT within_room('volatile', 'SELECT r.id, (SELECT count(*) FROM device d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id AND random() * d.id >= 0) FROM room r');
SELECT within_room('sampled', 'SELECT r.id, (SELECT count(*) FROM device d TABLESAMPLE BERNOULLI (100) JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id) FROM room r');
SELECT within_room('a subquery among them', 'SELECT r.id, (SELECT count(*) FROM device d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = (SELECT max(k.id) FROM room k WHERE k.id = r.id)) FROM room r');
CREATE TABLE much AS SELECT d.* FROM device d UNION ALL SELECT 0, -g, repeat('x', 200), NULL, NULL, NULL FROM generate_series(1, 20000) g;
ANALYZE much;
SELECT within_room('much to read', 'SELECT r.id, (SELECT count(*) FROM much d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id) FROM room r');
CREATE INDEX ON much (room_id);
SELECT gathered('little to read', 'SELECT r.id, (SELECT count(*) FROM much d JOIN ota_job j ON KEY(j, d) WHERE d.room_id = r.id) FROM room r');
-- A cursor.
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT r.id, (SELECT count(*) FROM device d JOIN ota_job j ON (j.product_key, j.device_name, j.firmware_id) = (d.product_key, d.device_name, d.firmware_id) WHERE d.room_id = r.id) FROM room r ORDER BY r.id;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
COMMIT;
SELECT FROM requests() \gset
-- A generic plan that is run again, with another value.
PREPARE p(int) AS SELECT count(*) FROM (SELECT (SELECT count(*) FROM device d JOIN ota_job j ON (j.product_key, j.device_name, j.firmware_id) = (d.product_key, d.device_name, d.firmware_id) WHERE d.room_id = r.id AND d.id > $1) AS n FROM room r) x WHERE n > 0;
SET plan_cache_mode = force_generic_plan;
EXECUTE p(0);
SELECT requests();
EXECUTE p(30);
SELECT requests();
-- What the plan shows.
SELECT explain_lines(spelled(of_room('SELECT r.id, JOBS FROM room r')), '->  (Custom|Result|Limit)', 'VERBOSE, COSTS OFF');
DROP OWNED BY tuya_gathered;
DROP ROLE tuya_gathered;
