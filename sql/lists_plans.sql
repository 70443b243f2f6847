-- Lists as parameters, long lists, lists that are not read to their end, and products
-- of lists that are too large.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- Parameters, in custom and in generic plans.
PREPARE by_array(text[]) AS SELECT count(*) FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ($1) AND firmware_id = '187';
PREPARE by_list(text, text, text) AS SELECT count(*) FROM ota_job WHERE product_key = 'pk0' AND device_name IN ($1, $2, $3) AND firmware_id = '187';
PREPARE by_rows(text, text) AS SELECT count(*) FROM ota_job WHERE (product_key, device_name, firmware_id) IN (('pk0', $1, '187'), ('pk1', $2, '188'));
PREPARE by_or(text, text) AS SELECT count(*) FROM ota_job WHERE product_key = 'pk0' AND (device_name = $1 OR device_name = $2) AND firmware_id = '187';
PREPARE by_product(text[], text[]) AS SELECT count(*) FROM ota_job WHERE product_key = ANY ($2) AND device_name = ANY ($1) AND firmware_id = '187';
PREPARE in_join(text[]) AS SELECT count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name) WHERE j.firmware_id = ANY ($1);
CREATE FUNCTION executed(plans text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('plan_cache_mode', plans, true), sim('clear');
	EXECUTE 'EXECUTE ' || statement INTO result;
	RETURN format('%s jobs, requests: %s', result, asked());
END $$;
SELECT DISTINCT statement, executed(plans, statement)
	FROM unnest(ARRAY['auto', 'force_custom_plan', 'force_generic_plan', 'force_generic_plan']) plans, unnest(ARRAY[
		'by_array(''{d2:2,d4:4,d8:3}'')', 'by_array(''{d2:2,NULL,d2:2,d4:4}'')', 'by_array(''{d4:4}'')', 'by_array(''{}'')', 'by_array(NULL)',
		'by_list(''d2:2'', ''d4:4'', ''d8:3'')', 'by_list(''d4:4'', NULL, ''d4:4'')', 'by_rows(''d2:2'', ''d4:4'')', 'by_rows(NULL, ''d4:4'')',
		'by_or(''d2:2'', ''d4:4'')', 'by_or(''d4:4'', ''d4:4'')', 'by_product(''{d2:2,d4:4}'', ''{pk0,pk1}'')', 'by_product(''{d2:2,d4:4}'', NULL)',
		'in_join(''{187,188}'')', 'in_join(NULL)']) statement ORDER BY 1, 2;
-- Each execution evaluates anew; so does each call of a function.
EXECUTE by_array('{d4:4}');
EXECUTE by_array('{d8:3}');
CREATE FUNCTION jobs_of(VARIADIC names text[]) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(*) FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY (names) AND firmware_id = '187');
END $$;
SELECT requests() \g /dev/null
SELECT jobs_of('d2:2', 'd4:4'), jobs_of('d4:4'), jobs_of(NULL), jobs_of(VARIADIC '{}'), jobs_of('d8:3', 'd4:4', 'd6:1');
SELECT asked();

-- A thousand keys, of which each is listed twice: the window is all that is started.
CREATE TABLE names AS SELECT array_agg('n' || g % 1000) AS names FROM generate_series(1, 2000) g;
SELECT sim('set default_jobs=1 latency_ms=0');
SELECT count(*), count(DISTINCT job_id) FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ((SELECT names FROM names)::text[]) AND firmware_id = '187';
SELECT asked(), sim('get max_in_flight') <= '16';
SET tuya_fdw.lookahead_rows = 3;
SELECT sim('set latency_ms=5 hold_until_in_flight=1000');
SELECT count(*) FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ((SELECT names[1:20] FROM names)::text[]) AND firmware_id = '187';
SELECT sim('get requests max_in_flight');
SET tuya_fdw.lookahead_rows = 1;
SELECT sim('clear');
SELECT count(*) FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ((SELECT names[1:5] FROM names)::text[]) AND firmware_id = '187';
SELECT sim('get requests max_in_flight');
RESET tuya_fdw.lookahead_rows;
ALTER SERVER tuya OPTIONS (ADD concurrency '2');
SELECT sim('clear');
SELECT count(*) FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ((SELECT names[1:20] FROM names)::text[]) AND firmware_id = '187';
SELECT sim('get requests max_in_flight');
ALTER SERVER tuya OPTIONS (DROP concurrency);

-- What may stop early starts with one and doubles when a window was consumed.  Each
-- key has one job, so n rows take n keys, and no more than twice as many are asked for.
CREATE FUNCTION limited(query text, at_most int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM sim('clear');
	EXECUTE replace(query, 'THOUSAND', 'product_key = ''pk0'' AND device_name = ANY ((SELECT names FROM names)::text[]) AND firmware_id = ''187''');
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN format('%s rows, requests: %s', n, asked(at_most));
END $$;
SELECT limited('SELECT FROM ota_job WHERE THOUSAND LIMIT 0', 0);
SELECT limited('SELECT FROM ota_job WHERE THOUSAND LIMIT 1', 1);
SELECT limited('SELECT FROM ota_job WHERE THOUSAND LIMIT 10', 20);
SELECT limited('SELECT FROM ota_job WHERE THOUSAND LIMIT 50', 100);
SELECT limited('SELECT FROM ota_job WHERE THOUSAND OFFSET 9 LIMIT 1', 20);
SELECT limited('SELECT FROM ota_job WHERE THOUSAND FETCH FIRST ROW ONLY', 1);
SELECT limited('SELECT 1 WHERE EXISTS (SELECT FROM ota_job WHERE THOUSAND)', 1);
SELECT limited('SELECT 1 WHERE NOT EXISTS (SELECT FROM ota_job WHERE THOUSAND)', 1);
SELECT limited('SELECT FROM (SELECT * FROM ota_job WHERE THOUSAND UNION ALL SELECT * FROM ota_job WHERE THOUSAND) x LIMIT 10', 20);
SELECT limited('SELECT FROM inventory i, LATERAL (SELECT FROM ota_job WHERE THOUSAND AND i.id >= 0 LIMIT 1) x', 1);
SELECT limited('SELECT FROM inventory i WHERE site IN (SELECT CASE WHEN i.id >= 0 THEN ''north'' END FROM ota_job WHERE THOUSAND OFFSET 0) AND id = 30', 1);
SELECT limited('SELECT FROM (SELECT FROM ota_job WHERE THOUSAND ORDER BY job_id LIMIT 1) x', 1000);
BEGIN;
DECLARE c CURSOR FOR SELECT FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ((SELECT names FROM names)::text[]) AND firmware_id = '187';
SELECT sim('clear');
MOVE 1 FROM c;
SELECT sim('get requests')::int <= 1;
MOVE 9 FROM c;
SELECT sim('get requests')::int <= 20;
MOVE ALL FROM c;
SELECT asked();
COMMIT;
SELECT sim('get in_flight'), sim('reset');

-- A product of more than a million keys is refused before anything is asked for.
\set VERBOSITY terse
SELECT requests() \g /dev/null
CREATE FUNCTION n(n int) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$ SELECT array_agg('n' || g) FROM generate_series(1, n) g $$;
SELECT error_of('SELECT FROM ota_job WHERE product_key = ANY (n(100)) AND device_name = ANY (n(100)) AND firmware_id = ANY (n(101))');
SELECT sqlstate_of('SELECT FROM ota_job WHERE product_key = ''p'' AND device_name = ANY (n(1001)) AND firmware_id = ANY (n(1000))');
SELECT sqlstate_of('SELECT FROM ota_job WHERE product_key = ''p'' AND device_name = ANY (n(1000001)) AND firmware_id = ''f''');
SELECT sqlstate_of('SELECT FROM ota_job WHERE product_key = ANY (n(5000)) AND device_name = ANY (n(5000)) AND firmware_id = ANY (n(5000))');
SELECT sqlstate_of('SELECT FROM inventory i JOIN ota_job j USING (product_key) WHERE j.device_name = ANY (n(1001)) AND j.firmware_id = ANY (n(1000))');
SELECT sqlstate_of('SELECT FROM ota_job WHERE product_key = ''p'' AND device_name = ANY (n(1000) || n(1000)) AND firmware_id = ANY (n(1000)) LIMIT 0');
SELECT requests();
-- A million is fine, and duplicates do not count.
SELECT limited('SELECT FROM ota_job WHERE product_key = ''p'' AND device_name = ANY (n(1000) || n(1000)) AND firmware_id = ANY (n(1000)) LIMIT 3', 1);
