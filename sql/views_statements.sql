-- Keys reach views in every kind of statement: several views, prepared statements, changes
-- of rows, cursors and functions, with row security and others' credentials.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/views.sql
\set ECHO none
SET client_min_messages = error;
SELECT FROM make_views('grouped', 'SELECT KEYS, count(*) AS n, max(job_id) AS job_id FROM ota_job GROUP BY 1, 2, 3');
SELECT FROM make_views('newest', 'SELECT DISTINCT ON (KEYS) * FROM ota_job ORDER BY KEYS, job_id DESC');
SELECT FROM make_views('barrier', 'SELECT DISTINCT * FROM ota_job WHERE job_status > ''P''', 'WITH (security_barrier)');
CREATE TABLE device AS SELECT *, 0::bigint AS n FROM inventory;
ALTER TABLE device ADD PRIMARY KEY (id);
CREATE TABLE report (device_name text, n bigint);
SET client_min_messages = notice;
\set ECHO all

-- Views joined with views, and with the table: each takes its keys from what has them.
SELECT through('two views', 'SELECT * FROM inventory i JOIN grouped_ota_job a USING_KEYS JOIN newest_ota_job b USING_KEYS');
SELECT through('views first', 'SELECT * FROM grouped_ota_job a JOIN newest_ota_job b USING_KEYS JOIN inventory i USING_KEYS');
SELECT through('view with table', 'SELECT * FROM inventory i JOIN ota_job a USING_KEYS JOIN grouped_ota_job b USING_KEYS');
SELECT through('table by view', 'SELECT * FROM inventory i JOIN newest_ota_job a USING_KEYS JOIN ota_job b ON KEY(b, a)');
SELECT through('left views', 'SELECT * FROM inventory i LEFT JOIN newest_ota_job a USING_KEYS LEFT JOIN grouped_ota_job b USING_KEYS');
SELECT through('left by left', 'SELECT * FROM inventory i LEFT JOIN newest_ota_job a USING_KEYS LEFT JOIN grouped_ota_job b ON KEY(b, a)');
SELECT through('arms', 'SELECT i.id, n FROM inventory i JOIN grouped_ota_job USING_KEYS UNION ALL SELECT i.id, 0 FROM inventory i JOIN newest_ota_job USING_KEYS');
SELECT through('WITH', 'WITH c AS (SELECT * FROM grouped_ota_job) SELECT * FROM inventory i JOIN c USING_KEYS');
SELECT through('WITH, twice', 'WITH c AS NOT MATERIALIZED (SELECT * FROM grouped_ota_job) SELECT * FROM inventory i JOIN c USING_KEYS JOIN c d USING_KEYS');
SELECT through('one key further in', 'SELECT * FROM inventory i JOIN (SELECT p.product_key, j.device_name, j.firmware_id, count(*) FROM (VALUES (''pk0'')) p (product_key) JOIN grouped_ota_job j USING (product_key) GROUP BY 1, 2, 3) j USING_KEYS', 10);
SELECT through('LATERAL', 'SELECT * FROM inventory i, LATERAL (SELECT KEYS, count(*), i.site AS s FROM ota_job GROUP BY 1, 2, 3) j WHERE KEY(j, i)');
SELECT through('grouped above', 'SELECT site, sum(n) FROM inventory i JOIN grouped_ota_job g USING_KEYS GROUP BY 1');
SELECT through('sorted', 'SELECT * FROM inventory i JOIN grouped_ota_job g USING_KEYS ORDER BY n, id LIMIT 50');
SELECT through('in a subquery', 'SELECT id, (SELECT max(n) FROM inventory h JOIN grouped_ota_job j ON KEY(j, h) WHERE h.site = i.site) FROM inventory i WHERE id = 3', 7);

-- Prepared, with custom plans and generic ones.
PREPARE by_site(text) AS SELECT id, n FROM inventory i JOIN grouped_ota_job g USING (product_key, device_name, firmware_id) WHERE i.site = $1;
PREPARE by_product(text) AS SELECT id, n FROM inventory i JOIN grouped_ota_job g USING (device_name, firmware_id) WHERE g.product_key = $1;
SET plan_cache_mode = force_custom_plan;
SELECT compare('EXECUTE by_site(''north'')', 'SELECT id, n FROM inventory i JOIN grouped_local_job g USING (product_key, device_name, firmware_id) WHERE i.site = ''north''');
SELECT compare('EXECUTE by_product(''pk1'')', 'SELECT id, n FROM inventory i JOIN grouped_local_job g USING (device_name, firmware_id) WHERE g.product_key = ''pk1''');
SET plan_cache_mode = force_generic_plan;
SELECT compare('EXECUTE by_site(''north'')', 'SELECT id, n FROM inventory i JOIN grouped_local_job g USING (product_key, device_name, firmware_id) WHERE i.site = ''north''');
SELECT compare('EXECUTE by_site(''west'')', 'SELECT id, n FROM inventory i JOIN grouped_local_job g USING (product_key, device_name, firmware_id) WHERE i.site = ''west''');
SELECT compare('EXECUTE by_product(''pk0'')', 'SELECT id, n FROM inventory i JOIN grouped_local_job g USING (device_name, firmware_id) WHERE g.product_key = ''pk0''');
RESET plan_cache_mode;

-- Changes of rows.
SELECT through('INSERT', 'SELECT * FROM report', 16, 'INSERT INTO report SELECT device_name, n FROM inventory JOIN grouped_ota_job USING_KEYS');
SELECT through('UPDATE', 'SELECT * FROM device', 16, 'UPDATE device d SET n = g.n FROM grouped_ota_job g WHERE KEY(g, d)');
SELECT through('DELETE', 'SELECT * FROM device', 16, 'DELETE FROM device d USING grouped_ota_job g WHERE KEY(g, d) AND g.n > 2');
SELECT through('MERGE', 'SELECT * FROM device', 16, 'MERGE INTO device d USING (SELECT i.id, g.n FROM inventory i JOIN grouped_ota_job g USING_KEYS) s ON s.id = d.id WHEN MATCHED AND s.n > 1 THEN UPDATE SET n = s.n WHEN MATCHED THEN DELETE');
SELECT through('MERGE a view', 'SELECT * FROM device', 16, 'MERGE INTO device d USING grouped_ota_job g ON KEY(g, d) WHEN MATCHED AND g.n > 1 THEN UPDATE SET n = g.n WHEN MATCHED THEN DELETE');
SELECT through('UPDATE by a subquery', 'SELECT * FROM device', 16, 'UPDATE device d SET n = (SELECT max(g.n) FROM grouped_ota_job g WHERE KEY(g, d))');
SELECT through('DELETE by IN', 'SELECT * FROM device', 1, 'DELETE FROM device WHERE (KEYS) IN (SELECT KEYS FROM grouped_ota_job WHERE n > 1)');
SELECT through('INSERT with a conflict', 'SELECT * FROM device', 16, 'INSERT INTO device SELECT i.*, g.n FROM inventory i JOIN grouped_ota_job g USING_KEYS ON CONFLICT (id) DO UPDATE SET n = excluded.n');
SELECT through('locked', 'SELECT * FROM device d JOIN grouped_ota_job g USING_KEYS FOR UPDATE OF d');
SELECT through('table', 'SELECT * FROM made', 16, 'CREATE TABLE made AS SELECT i.id, g.n FROM inventory i JOIN grouped_ota_job g USING_KEYS');
SELECT through('materialized', 'SELECT * FROM made', 16, 'CREATE MATERIALIZED VIEW made AS SELECT i.id, g.n FROM inventory i JOIN grouped_ota_job g USING_KEYS');
-- Cursors and functions.
BEGIN;
DECLARE c CURSOR FOR SELECT count(*) OVER (), id, n FROM inventory i JOIN grouped_ota_job g USING (product_key, device_name, firmware_id) ORDER BY id;
FETCH 2 FROM c;
MOVE 14 IN c;
FETCH ALL FROM c;
COMMIT;
SELECT FROM requests() \gset
CREATE FUNCTION jobs_at(wanted text) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT g.n FROM inventory i JOIN grouped_ota_job g USING (product_key, device_name, firmware_id) WHERE i.site = wanted LOOP
		RETURN NEXT one.n;
	END LOOP;
END $$;
CREATE FUNCTION jobs_of(wanted int) RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT n FROM inventory i JOIN grouped_ota_job g USING (product_key, device_name, firmware_id) WHERE i.id = wanted;
$$;
SELECT compare('SELECT sum(n), count(*) FROM jobs_at(''north'') n', 'SELECT sum(n), count(*) FROM inventory i JOIN grouped_local_job g USING (product_key, device_name, firmware_id) WHERE i.site = ''north''');
SELECT compare('SELECT id, jobs_of(id) FROM inventory', 'SELECT id, n FROM inventory i LEFT JOIN grouped_local_job g USING (product_key, device_name, firmware_id)');

-- A user who may read the view alone, with the owner's credentials.
CREATE ROLE t_reader;
GRANT USAGE ON SCHEMA t TO t_reader;
GRANT SELECT ON grouped_ota_job, barrier_ota_job, inventory TO t_reader;
SET ROLE t_reader;
SELECT count(*), sum(n) FROM inventory i JOIN grouped_ota_job g USING (product_key, device_name, firmware_id);
RESET ROLE;
SELECT requests();
-- Row security: what it hides of the inventory is not asked for.
ALTER TABLE inventory ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_north ON inventory TO t_reader USING (site = 'north');
SET ROLE t_reader;
SELECT count(*), sum(n) FROM inventory i JOIN grouped_ota_job g USING (product_key, device_name, firmware_id);
RESET ROLE;
SELECT requests();
-- A leaky function sees rows that the view's own condition lets pass, and no others.
CREATE FUNCTION leak(t text) RETURNS text LANGUAGE plpgsql STABLE COST 0.001 AS $$
BEGIN
	IF t ~ '^[A-O]' THEN
		RAISE NOTICE 'saw %', t;
	END IF;
	RETURN t;
END $$;
SET ROLE t_reader;
SELECT count(*) FROM inventory i JOIN barrier_ota_job b USING (product_key, device_name, firmware_id) WHERE leak(b.job_status) <> '';
SELECT count(*) FROM inventory i JOIN barrier_ota_job b ON leak(b.product_key) = i.product_key AND b.product_key = i.product_key AND b.device_name = i.device_name AND b.firmware_id = leak(i.firmware_id);
RESET ROLE;
SELECT requests();
-- The first statement of a session, while which the library is loaded.
\c
SET search_path = t;
SELECT count(*), sum(n) FROM inventory i JOIN grouped_ota_job g USING (product_key, device_name, firmware_id);
SELECT requests();
SET client_min_messages = error;
DROP OWNED BY t_reader;
DROP ROLE t_reader;
