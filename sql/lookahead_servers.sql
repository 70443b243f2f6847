-- Several servers at once: a join over a view of four accounts has as many requests in flight as
-- they have together, also where the inventory is sorted by account.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/window.sql
CREATE FUNCTION add_account(n int, endpoint text, ca text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE SERVER account%s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint %L, ca_file %L)', n, endpoint, ca);
	EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER account%s OPTIONS (access_key_id ''testid'', access_key_secret ''testsecret'')', n);
	EXECUTE format('CREATE FOREIGN TABLE job%s (product_key text, device_name text, firmware_id text, job_id text) SERVER account%1$s', n);
END $$;
SELECT add_account(n, :'endpoint', :'ca') FROM generate_series(1, 4) n \g /dev/null
CREATE VIEW jobs AS SELECT 1 AS account, * FROM job1 UNION ALL SELECT 2, * FROM job2 UNION ALL SELECT 3, * FROM job3 UNION ALL SELECT 4, * FROM job4;
CREATE TABLE sorted AS SELECT 1 + (g - 1) / 60 AS account, 'p' AS product_key, 'd' || g || ':1' AS device_name, '1' AS firmware_id FROM generate_series(1, 240) g;
CREATE TABLE mixed AS SELECT 1 + g % 4 AS account, 'p' AS product_key, 'd' || g || ':1' AS device_name, '1' AS firmware_id FROM generate_series(1, 240) g;
CREATE TABLE one AS SELECT 2 AS account, 'p' AS product_key, 'd' || g || ':1' AS device_name, '1' AS firmware_id FROM generate_series(1, 240) g;
ANALYZE sorted, mixed, one;
-- connections stand
SELECT count(*) FROM (SELECT * FROM mixed LIMIT 8) i JOIN jobs j USING (account, product_key, device_name, firmware_id);

-- Rows (with a job each), requests, the most of them in flight.
CREATE FUNCTION ran(query text, hold int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM left_in_flight(), sim('set hold_until_in_flight=' || hold), sim('clear');
	EXECUTE query;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN (SELECT format('%s rows, %s requests, %s in flight', n, a[1], a[2]) FROM string_to_array(sim('get requests max_in_flight'), ' ') a);
END $$;
\set join 'JOIN jobs j USING (account, product_key, device_name, firmware_id)'
SELECT ran('SELECT job_id FROM mixed i ' || :'join', 64);
SELECT ran('SELECT job_id FROM sorted i ' || :'join', 64);
SELECT ran('SELECT job_id FROM sorted i LEFT ' || :'join', 64);
SELECT ran('SELECT (SELECT max(job_id) FROM jobs j WHERE j.account = i.account AND j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) FROM sorted i', 64);
-- As many devices for each account as an inventory may well have: more than were read ahead of once.
CREATE TABLE long AS SELECT 1 + (g - 1) / 256 AS account, 'p' AS product_key, 'd' || g || ':1' AS device_name, '1' AS firmware_id FROM generate_series(1, 1024) g;
ANALYZE long;
SHOW tuya_fdw.lookahead_rows;
SELECT ran('SELECT job_id FROM long i ' || :'join', 64);
SET tuya_fdw.lookahead_rows = 256;
SELECT ran('SELECT job_id FROM long i ' || :'join', 64);
RESET tuya_fdw.lookahead_rows;
-- Many rows for each key.
SELECT ran('SELECT job_id FROM (SELECT i.* FROM sorted i, generate_series(1, 50) ORDER BY i.account OFFSET 0) i ' || :'join', 64);
-- All are of one account: the others have nothing to do, and it is not run ahead of for that more than lookahead_rows say.
SELECT ran('SELECT job_id FROM one i ' || :'join', 16);
CREATE FUNCTION window_of(query text) RETURNS text LANGUAGE sql AS $$
	SELECT l FROM explain_lines(query, 'Max Window', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') l $$;
SET tuya_fdw.lookahead_rows = 20;
SELECT window_of('SELECT job_id FROM one i ' || :'join');
SET tuya_fdw.lookahead_rows = 1;
SELECT ran('SELECT job_id FROM (SELECT * FROM sorted ORDER BY account LIMIT 20) i ' || :'join', 0);
RESET tuya_fdw.lookahead_rows;
-- Where the plan can stop early nothing is read on for.
SELECT substring(asked(20) FROM 'at most \d+') FROM (SELECT sim('clear')) c, LATERAL (SELECT count(*) FROM (SELECT job_id FROM sorted i JOIN jobs j USING (account, product_key, device_name, firmware_id) LIMIT 10) q WHERE c.sim IS NOT NULL) n;
-- An account that has fewer in flight.
ALTER SERVER account3 OPTIONS (ADD concurrency '3');
SELECT count(*) FROM (SELECT * FROM mixed LIMIT 8) i JOIN jobs j USING (account, product_key, device_name, firmware_id);
SELECT ran('SELECT job_id FROM mixed i ' || :'join', 51);
SELECT ran('SELECT job_id FROM sorted i ' || :'join', 51);
-- Scans that are read one after the other, since what is above each wants all of it: none of the accounts waits
-- for its turn, whatever the first may have in flight.
ALTER SERVER account3 OPTIONS (SET concurrency '1');
SELECT string_agg('d' || g || ':1', ',') AS devices FROM generate_series(1, 40) g \gset
CREATE FUNCTION whole(account int, devices text) RETURNS text LANGUAGE sql AS $$
	SELECT format('(SELECT max(job_id) AS j%s FROM job%1$s WHERE product_key = ''p'' AND device_name = ANY (%L) AND firmware_id = ''1'')', account, '{' || devices || '}') $$;
SELECT ran(whole(3, :'devices') || ' UNION ALL ' || whole(1, :'devices') || ' UNION ALL ' || whole(2, :'devices'), 33);
SELECT ran('SELECT * FROM ' || whole(3, :'devices') || ' a, ' || whole(4, :'devices') || ' b', 17);
SET tuya_fdw.lookahead_rows = 12;
SELECT ran(whole(3, :'devices') || ' UNION ALL ' || whole(1, :'devices') || ' UNION ALL ' || whole(2, :'devices'), 12);
RESET tuya_fdw.lookahead_rows;
