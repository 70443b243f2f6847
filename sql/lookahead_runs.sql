-- Runs: consecutive rows with the same key count once for how far a join runs ahead, so
-- that a table sorted by device overlaps as any other does; and rows read ahead of
-- one key are bounded, however many it has.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- 40 devices of one job each, with 50 rows each, sorted; the view counts rows as they are read.
SELECT sim('set default_jobs=1 hold_until_in_flight=1000 hold_times=2');
CREATE TABLE run AS SELECT g AS id, 'p' AS product_key, 'r' || g / 50 AS device_name, '1' AS firmware_id, g % 50 AS n FROM generate_series(0, 1999) g;
CREATE TABLE holes AS SELECT id, CASE WHEN id / 50 % 2 = 1 THEN device_name END AS device_name FROM run;
ANALYZE run, holes;
CREATE SEQUENCE read;
CREATE VIEW counted AS SELECT nextval('read') AS nth, * FROM run OFFSET 0;
-- JOIN_JOBS joins with ota_job, ON_KEY is the condition for that.
CREATE FUNCTION spelled_out(query text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(replace(query, 'JOIN_JOBS', 'JOIN ota_job j ON ON_KEY'), 'ON_KEY', 'j.device_name = d.device_name AND j.product_key = ''p'' AND j.firmware_id = ''1''');
$$;
-- Rows, requests, and the most of them that were in flight at once.
CREATE FUNCTION ran(query text, at_least int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM sim('clear');
	EXECUTE spelled_out(query);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN (SELECT format('%s rows, %s requests, in flight %s', n, a[1], CASE WHEN a[2]::int >= at_least THEN 'at least ' || at_least ELSE a[2] END)
		FROM string_to_array(sim('get requests max_in_flight'), ' ') a);
END $$;

-- As many are in flight as concurrency says, whatever a key is made of.
SELECT ran('SELECT FROM run d JOIN_JOBS');
SELECT ran('SELECT FROM run JOIN ota_job USING (product_key, device_name, firmware_id)');
SELECT ran('SELECT FROM run d JOIN ota_job j ON j.device_name = ''x'' || d.device_name AND j.product_key = lower(d.product_key) AND j.firmware_id = ''1''');
SELECT ran('SELECT FROM (SELECT device_name::varchar(9) COLLATE "C" AS device_name FROM run) d JOIN_JOBS');
SELECT ran('SELECT FROM run d JOIN ota_job j ON j.product_key = ''p'' AND j.device_name = ANY (ARRAY[d.device_name, ''x''::text]) AND j.firmware_id = ''1''');
SELECT ran('SELECT FROM run d LEFT JOIN_JOBS AND job_status = ''NONE''');
SELECT ran('SELECT FROM run d WHERE NOT EXISTS (SELECT FROM ota_job j WHERE ON_KEY AND job_status = ''NONE'')');
SELECT ran('SELECT FROM run d, LATERAL (SELECT job_id FROM ota_job j WHERE ON_KEY ORDER BY utc_create DESC LIMIT 1) x');
SELECT ran('SELECT (SELECT count(*) FROM ota_job j WHERE ON_KEY) FROM run d');
SET enable_memoize = off;
SELECT ran('SELECT FROM run d JOIN_JOBS');
RESET enable_memoize;
-- Whether a row needs the lookup can differ within a run; those that do are announced.
SELECT ran('SELECT FROM run d, LATERAL (SELECT job_id FROM ota_job j WHERE ON_KEY AND d.n = 30 OFFSET 0) x', 2);
-- Rows without a key are a run as well: of two runs one asks for something.
SELECT ran('SELECT FROM holes d LEFT JOIN_JOBS', 8);

-- lookahead_rows is a bound on runs.
CREATE FUNCTION window_of(query text) RETURNS text LANGUAGE sql AS $$
	SELECT l FROM explain_lines(spelled_out(query), 'Max Window', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') l $$;
SET tuya_fdw.lookahead_rows = 5;
SELECT ran('SELECT FROM run d JOIN_JOBS WHERE d.id < 1000'), window_of('SELECT FROM run d JOIN_JOBS');
SET tuya_fdw.lookahead_rows = 1;
SELECT ran('SELECT FROM run d JOIN_JOBS WHERE d.id < 200');
RESET tuya_fdw.lookahead_rows;

-- The rows are the right ones: runs of all lengths, keys that come again, NULLs between.
CREATE TABLE repeated AS SELECT i.id, site, product_key, device_name, firmware_id FROM inventory i, generate_series(1, 1 + i.id % 7) UNION ALL SELECT * FROM inventory;
ANALYZE repeated;
SELECT sim('set hold_until_in_flight=2 hold_times=9');
CREATE FUNCTION shapes(memory text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('work_mem', memory, true);
	RETURN NEXT shape(memory || ' inner', 'SELECT * FROM repeated i JOIN ota_job j USING (product_key, device_name, firmware_id)');
	RETURN NEXT shape(memory || ' left', 'SELECT i.*, job_id FROM repeated i LEFT JOIN ota_job j ON KEY(j, i) AND site <> ''south''');
	RETURN NEXT shape(memory || ' left by firmware', 'SELECT i.*, job_id FROM (SELECT * FROM repeated ORDER BY firmware_id, id OFFSET 0) i LEFT JOIN ota_job j ON KEY(j, i)');
	RETURN NEXT shape(memory || ' rescanned', 'SELECT f, i.*, job_id FROM unnest(ARRAY[''187'', ''188'', ''187'']) f, LATERAL (SELECT i.*, job_id FROM repeated i JOIN ota_job j
		ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = f OFFSET 0) i');
END $$;
SELECT shapes('4MB');
SELECT shapes('64kB');

-- Plans that can stop early ask for no more than twice the keys, and read no more than
-- twice the rows, that were wanted.
CREATE FUNCTION limited(query text, keys int, rows int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM sim('clear'), setval('read', 1);
	EXECUTE spelled_out(query);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN format('%s rows, requests: %s, read: %s', n, asked(keys), (SELECT CASE WHEN last_value - 1 <= rows THEN 'at most ' || rows ELSE last_value::text END FROM read));
END $$;
SELECT limited('SELECT FROM counted d JOIN_JOBS LIMIT 1', 1, 1);
SELECT limited('SELECT FROM counted d JOIN_JOBS LIMIT 10', 1, 20);
SELECT limited('SELECT FROM counted d JOIN_JOBS LIMIT 50', 2, 100);
SELECT limited('SELECT FROM counted d JOIN_JOBS LIMIT 51', 4, 102);
SELECT limited('SELECT FROM counted d JOIN_JOBS LIMIT 300', 12, 600);
SELECT limited('SELECT FROM counted d JOIN_JOBS LIMIT 1000', 40, 2000);
SELECT limited('SELECT FROM (VALUES (1), (2)) v (x) WHERE EXISTS (SELECT FROM counted d JOIN_JOBS AND x > 0 OFFSET 0)', 1, 2);
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM run d JOIN ota_job j USING (product_key, device_name, firmware_id);
SELECT sim('clear');
MOVE 50 FROM c;
SELECT sim('get requests')::int <= 2;
MOVE 450 FROM c;
SELECT sim('get requests')::int <= 20;
MOVE ALL FROM c;
SELECT asked();
COMMIT;

-- How far rows are read ahead: 128 for each run that may be, or half of work_mem. A run
-- that is as long is not read further ahead; after it the others overlap again.
BEGIN;
-- anew, so that rows stand in this order whatever autovacuum has done
TRUNCATE run;
INSERT INTO run SELECT g, 'p', 'r' || g / 50, '1', g % 50 FROM generate_series(0, 1999) g
	UNION ALL SELECT 2000, 'p', 'endless', '1', 0 FROM generate_series(1, 5000)
	UNION ALL SELECT 10000 + g, 'p', 's' || g / 10, '1', 0 FROM generate_series(0, 399) g;
COMMIT;
ANALYZE run;
CREATE FUNCTION far(condition text, low int, high int, width int DEFAULT 0) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	ahead int;
	not_ahead int;
BEGIN
	PERFORM sim('clear'), setval('read', 1);
	EXECUTE spelled_out(format('SELECT max(ahead), count(*) FILTER (WHERE ahead = 0) FROM (SELECT currval(''read'') - nth + length(padding) - %1$s AS ahead
		FROM (SELECT nextval(''read'') AS nth, device_name, repeat(''x'', %1$s) AS padding FROM run WHERE %2$s OFFSET 0) d JOIN_JOBS OFFSET 0) x', width, condition)) INTO ahead, not_ahead;
	RETURN format('%s rows ahead, %s rows not at all, requests: %s', CASE WHEN ahead BETWEEN low AND high THEN format('%s to %s', low, high) ELSE ahead::text END, not_ahead, asked());
END $$;
SET tuya_fdw.lookahead_rows = 10;
SELECT far('id < 2000', 450, 450);
SELECT far('id = 2000', 1279, 1279);
SELECT far('id >= 2000', 1279, 1279);
SELECT ran('SELECT FROM run d JOIN_JOBS WHERE id >= 2000');
SELECT limited('SELECT FROM counted d JOIN_JOBS WHERE id >= 2000 LIMIT 5001', 4, 14002);
SET tuya_fdw.lookahead_rows = 1;
SELECT far('id BETWEEN 1900 AND 2000', 0, 0);
RESET tuya_fdw.lookahead_rows;
SELECT far('id = 2000', 2000, 4999);
SELECT far('id = 2000', 50, 110, 20000);
SELECT far('id < 2000', 50, 110, 20000);
SET work_mem = '64kB';
SELECT far('id = 2000', 100, 800);
SELECT far('id < 2000', 0, 0, 50000);
