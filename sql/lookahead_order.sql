-- Rows in any order: what counts for how far a join runs ahead is keys that nobody has
-- come to yet, not how often they change from row to row.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- 1,200 rows of 60 devices with one job each. In column t six devices alternate 120 rows long,
-- then the next six do; the view counts rows as they are read.
SELECT sim('set default_jobs=1 latency_ms=0 hold_ms=1000');
CREATE TABLE device AS SELECT g AS id, 'o' || g % 60 AS round_robin, 'o' || g / 20 AS sorted, 'o' || g / 120 * 6 + g % 6 AS t, 'o' || (hashint4(g) & 2147483647) % 60 AS random, 'o' || g % 2 AS two FROM generate_series(0, 1199) g;
ANALYZE device;
CREATE SEQUENCE read;
CREATE VIEW counted AS SELECT nextval('read') AS nth, * FROM device OFFSET 0;
-- No reply comes until so many requests are in progress, if ever; then all do.
CREATE FUNCTION peak(name text, query text, n int DEFAULT 16) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rows bigint;
BEGIN
	PERFORM sim('clear'), sim('set hold_until_in_flight=' || n);
	EXECUTE replace(query, 'JOB(', 'ota_job j WHERE j.product_key = ''p'' AND j.firmware_id = ''1'' AND j.device_name = (');
	GET DIAGNOSTICS rows = ROW_COUNT;
	PERFORM sim('set hold_until_in_flight=0');
	RETURN (SELECT format('%s: %s rows, %s requests, in flight %s', name, rows, a[1], a[2]) FROM string_to_array(sim('get requests max_in_flight'), ' ') a);
END $$;
SELECT peak('sorted', 'SELECT FROM device d, JOB(sorted)');
SELECT peak('round robin', 'SELECT FROM device d, JOB(round_robin)');
SELECT peak('six alternate', 'SELECT FROM device d, JOB(t)');
SELECT peak('random', 'SELECT FROM device d, JOB(random)');
SELECT peak('two', 'SELECT FROM device d, JOB(two)', 2);
SELECT peak('two, then others', 'SELECT FROM (SELECT two AS o FROM device UNION ALL SELECT sorted FROM device) d, JOB(o)');
SELECT peak('others between', 'SELECT FROM (SELECT CASE WHEN id % 50 = 0 THEN sorted ELSE two END AS o FROM device) d, JOB(o)');
SELECT peak('rows without a key', 'SELECT FROM (SELECT CASE WHEN id % 20 = 0 THEN sorted END AS o FROM device) d, JOB(o)');
SELECT peak('rows that are not wanted', 'SELECT FROM device d LEFT JOIN LATERAL (SELECT job_id FROM JOB(sorted) AND d.id % 20 = 7) x ON true');
SELECT peak('rows ruled out', 'SELECT FROM device d, JOB(round_robin) AND j.device_name > ''o3''');
SELECT peak('expression', 'SELECT FROM device d, JOB(lower(upper(t)))');
SELECT peak('list', 'SELECT FROM device d, ota_job j WHERE j.product_key = ''p'' AND j.firmware_id = ''1'' AND j.device_name = ANY (ARRAY[t, two])');
SELECT peak('left', 'SELECT FROM device d LEFT JOIN LATERAL (SELECT * FROM JOB(t) AND job_status = ''NONE'') x ON true');
SELECT peak('subquery', 'SELECT (SELECT max(job_id) FROM JOB(t)) FROM device d');
SET enable_memoize = off;
SELECT peak('without Memoize', 'SELECT FROM device d, JOB(t)');
RESET enable_memoize;

-- lookahead_rows bounds the keys.
SET tuya_fdw.lookahead_rows = 5;
SELECT peak('five', 'SELECT FROM device d, JOB(t)', 5);
SET tuya_fdw.lookahead_rows = 1;
SELECT peak('one', 'SELECT FROM device d, JOB(t)', 1);
RESET tuya_fdw.lookahead_rows;

-- Plans that can stop early ask for no more than twice the keys that were wanted.
CREATE FUNCTION limited(query text, keys int, rows int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM sim('clear'), setval('read', 1);
	EXECUTE replace(query, 'JOB(', 'ota_job j WHERE j.product_key = ''p'' AND j.firmware_id = ''1'' AND j.device_name = (');
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN format('%s rows, requests: %s, read: %s', n, (SELECT CASE WHEN r <= keys THEN 'at most ' || keys ELSE r::text END FROM CAST(sim('get requests') AS int) r),
		(SELECT CASE WHEN last_value - 1 <= rows THEN 'at most ' || rows ELSE last_value::text END FROM read));
END $$;
SELECT limited('SELECT FROM counted d, JOB(t) LIMIT 1', 1, 1);
SELECT limited('SELECT FROM counted d, JOB(t) LIMIT 5', 10, 10);
SELECT limited('SELECT FROM counted d, JOB(round_robin) LIMIT 20', 40, 40);
SELECT limited('SELECT FROM counted d, JOB(two) LIMIT 100', 2, 200);
SELECT limited('SELECT FROM counted d, JOB(t) LIMIT 200', 24, 400);

-- The rows are the right ones, in their order, with little memory too.
CREATE TABLE local AS SELECT 'o' || g AS name, s.* FROM generate_series(0, 59) g, sim_jobs('p', 'o' || g, '1', 1) s;
CREATE FUNCTION ordered(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got text[] := rows_of(replace(query, 'JOB(', 'ota_job j WHERE j.product_key = ''p'' AND j.firmware_id = ''1'' AND j.device_name = ('));
	want text[] := rows_of(replace(query, 'JOB(', 'local WHERE name = (') || ' ORDER BY d.id');
BEGIN
	RETURN format('%s rows, %s', cardinality(got), got = want);
END $$;
SELECT ordered('SELECT d.id, job_id FROM device d, JOB(t)');
SELECT ordered('SELECT d.id, job_id FROM device d, JOB(random)');
SET work_mem = '64kB';
SELECT ordered('SELECT d.id, job_id FROM device d, JOB(round_robin)');
SELECT ordered('SELECT d.id, job_id FROM device d, JOB(random)');
