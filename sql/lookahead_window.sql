-- The window: a join runs ahead as far as its settings say, and where the plan can
-- stop early no more than twice as far as rows were wanted.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- 200 devices of one job each.
SELECT sim('set default_jobs=1 hold_until_in_flight=1000');
CREATE TABLE device AS SELECT g AS id, 'w' || g AS device_name FROM generate_series(1, 200) g;
CREATE INDEX ON device (id);
ANALYZE device;
-- JOIN_JOBS in a query joins with ota_job, ON_KEY is the condition for that.
CREATE FUNCTION limited(query text, at_most int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM sim('clear');
	EXECUTE replace(replace(query, 'JOIN_JOBS', 'JOIN ota_job j ON ON_KEY'), 'ON_KEY', 'j.device_name = d.device_name AND j.product_key = ''p'' AND j.firmware_id = ''1''');
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN format('%s rows, requests: %s', n, asked(at_most));
END $$;

-- It is as large as there are rows, lookahead_rows, or 8 x concurrency; requests in flight as concurrency says.
CREATE FUNCTION ran_ahead(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sim('clear');
	RETURN (SELECT string_agg(l, ', ' ORDER BY l) FROM explain_lines(query, 'Rows Read Ahead|Announced|Max Window', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') l)
		|| (SELECT format('; %s requests, %s', a[1], CASE WHEN a[2]::int = 1 THEN 'serial' WHEN a[2]::int > 16 THEN 'in flight more than 16' ELSE 'in flight ' || a[2] END) FROM string_to_array(sim('get requests max_in_flight'), ' ') a);
END $$;
\set query 'SELECT * FROM device d JOIN ota_job j ON j.device_name = d.device_name WHERE product_key = ''p'' AND firmware_id = ''1'''
SELECT ran_ahead(:'query');
SET tuya_fdw.lookahead_rows = 5;
SELECT ran_ahead(:'query');
SET tuya_fdw.lookahead_rows = 1;
SELECT ran_ahead(:'query' || ' AND id < 20');
RESET tuya_fdw.lookahead_rows;
ALTER SERVER tuya OPTIONS (ADD concurrency '3');
SELECT ran_ahead(:'query');
SET tuya_fdw.lookahead_rows = 10;
SELECT ran_ahead(:'query');
RESET tuya_fdw.lookahead_rows;
ALTER SERVER tuya OPTIONS (SET concurrency '1');
SELECT ran_ahead(:'query' || ' AND id < 20');
ALTER SERVER tuya OPTIONS (SET concurrency '256');
SET tuya_fdw.lookahead_rows = 1000;
SELECT ran_ahead(:'query');
RESET tuya_fdw.lookahead_rows;
ALTER SERVER tuya OPTIONS (DROP concurrency);
SELECT sim('set hold_until_in_flight=2 hold_times=9');

-- Plans that can stop early: one row ahead, and twice as many when a window was consumed.
SELECT limited('SELECT FROM device d JOIN_JOBS LIMIT 0', 0);
SELECT limited('SELECT FROM device d JOIN_JOBS LIMIT 1', 2);
SELECT limited('SELECT FROM device d JOIN_JOBS LIMIT 10', 20);
SELECT limited('SELECT FROM device d JOIN_JOBS LIMIT 50', 100);
SELECT limited('SELECT FROM device d JOIN_JOBS FETCH FIRST 10 ROWS ONLY', 20);
SELECT limited('SELECT FROM device d JOIN_JOBS OFFSET 9 LIMIT 1', 20);
SELECT limited('SELECT FROM device d LEFT JOIN_JOBS AND job_status = ''NONE'' LIMIT 10', 20);
SELECT limited('SELECT FROM device d WHERE NOT EXISTS (SELECT FROM ota_job j WHERE ON_KEY AND job_status = ''NONE'') LIMIT 10', 20);
SELECT limited('SELECT FROM device d, LATERAL (SELECT job_id FROM ota_job j WHERE ON_KEY ORDER BY utc_create DESC LIMIT 1) x LIMIT 10', 20);
SELECT limited('SELECT d.id FROM device d JOIN_JOBS ORDER BY d.id LIMIT 10', 20);
SELECT limited('SELECT FROM device d JOIN_JOBS ORDER BY d.id FETCH FIRST 10 ROWS WITH TIES', 22);
SELECT limited('SELECT 1 WHERE EXISTS (SELECT FROM device d JOIN_JOBS)', 2);
SELECT limited('SELECT (SELECT job_id FROM device d JOIN_JOBS LIMIT 1)', 2);
SELECT limited('SELECT FROM (VALUES (1), (2)) v (n) WHERE EXISTS (SELECT FROM device d JOIN_JOBS AND n > 0 OFFSET 0)', 2);
SELECT limited('SELECT FROM (VALUES (1), (2)) v (n) WHERE n IN (SELECT n FROM device d JOIN_JOBS OFFSET 0)', 2);
SELECT limited('SELECT FROM (SELECT id, job_id FROM device d JOIN_JOBS UNION ALL SELECT id, job_id FROM device d JOIN_JOBS) x LIMIT 10', 20);
SELECT limited('WITH x AS (SELECT id, job_id FROM device d JOIN_JOBS WHERE random() >= 0) SELECT FROM x LIMIT 10', 20);
SELECT limited('SELECT generate_series(1, 2) FROM device d JOIN_JOBS LIMIT 10', 10);

-- Those that cannot, whatever stands above.
SELECT limited('SELECT job_id FROM device d JOIN_JOBS ORDER BY job_id LIMIT 1');
SELECT limited('SELECT count(*) FROM device d JOIN_JOBS LIMIT 1');
SELECT limited('SELECT FROM device d JOIN_JOBS LIMIT ALL');

-- A scan that is read again begins anew: the first product's devices are all asked
-- for, of the other nine the first device is enough.
CREATE TABLE product AS SELECT 'p' || g AS product_key, CASE WHEN g > 1 THEN '' ELSE 'NONE' END AS status FROM generate_series(1, 10) g;
ANALYZE product;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT limited($$ SELECT FROM product p WHERE EXISTS (SELECT FROM device d JOIN ota_job j USING (device_name)
	WHERE j.product_key = p.product_key AND j.firmware_id = '1' AND (status = '' OR job_status = status) OFFSET 0) $$, 218);
SELECT limited($$ SELECT FROM product p, LATERAL (SELECT FROM device d JOIN ota_job j USING (device_name)
	WHERE j.product_key = p.product_key AND j.firmware_id = '1' AND (status = '' OR job_status = status) LIMIT 1) x $$, 218);
SELECT limited($$ SELECT FROM product p WHERE EXISTS (SELECT FROM ota_job j WHERE j.device_name = ANY (ARRAY (SELECT device_name FROM device))
	AND j.product_key = p.product_key AND j.firmware_id = '1' AND (status = '' OR job_status = status) OFFSET 0) $$, 218);
RESET enable_hashjoin;
RESET enable_mergejoin;

-- Cursors, which mostly are fetched in part.
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM device d JOIN ota_job j ON j.device_name = d.device_name WHERE product_key = 'p' AND firmware_id = '1';
SELECT sim('clear');
MOVE 1 FROM c;
SELECT sim('get requests')::int <= 2;
MOVE 9 FROM c;
SELECT sim('get requests')::int <= 20;
MOVE ALL FROM c;
SELECT asked();
COMMIT;

-- An error beyond what is wanted is not raised; before, it is.
SELECT sim('set fail_count=-1 fail_skip=25 fail_shape=service fail_code=iot.system.Oops'), sim('clear');
SELECT count(*) FROM (SELECT FROM device d JOIN ota_job j ON j.device_name = d.device_name AND j.product_key = 'p' AND j.firmware_id = '1' LIMIT 20) x;
SELECT sim('get failed')::int > 0 AS one_has_failed;
SELECT sqlstate_of('SELECT FROM device d JOIN ota_job j ON j.device_name = d.device_name AND j.product_key = ''p'' AND j.firmware_id = ''1''');
SELECT left_in_flight();
