-- count(*) by the first page's total, pages no larger than a LIMIT needs, and
-- max_requests; and what keeps the first two from being used where they would be
-- wrong.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
CREATE VIEW many AS SELECT * FROM ota_job WHERE product_key = 'p' AND device_name = 'd:250' AND firmware_id = '1';
CREATE VIEW few AS SELECT * FROM ota_job WHERE product_key = 'p' AND device_name = 'd:7' AND firmware_id = '1';
CREATE VIEW none AS SELECT * FROM ota_job WHERE product_key = 'p' AND device_name = 'd:0' AND firmware_id = '1';
-- Whether the plan takes the total, what the query returns (rows, or the only
-- value), how many requests it took, and the size of the page that was asked for.
CREATE FUNCTION tried(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	total bool := false;
	result text;
	size text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		total := total OR line ~ 'for its total';
	END LOOP;
	PERFORM requests();
	EXECUTE format('SELECT left(string_agg(x::text, '' '' ORDER BY x::text), 30) FROM (%s) x', query) INTO result;
	size := sim('get last_page_size');
	RETURN format('%s %s, requests: %s, page size: %s <- %s', CASE WHEN total THEN 'total' ELSE 'rows ' END,
		CASE WHEN query ~ 'count|sum' THEN result ELSE '' END, requests(), size, query);
END $$;
\set ECHO all
-- The total counts.
SELECT tried('SELECT count(*) FROM many');
SELECT tried('SELECT count(*) FROM few');
SELECT tried('SELECT count(*) FROM none');
SELECT tried('SELECT count(*) + 1, count(*) FROM many');
-- So does count() of what is never NULL.
SELECT tried(q) FROM unnest(ARRAY[
	'SELECT count(1) FROM many',
	'SELECT count(''x'') + 1, count(*), count(job_id), count(device_name) FROM many',
	'SELECT count(job_id) FROM many',
	'SELECT count(v.job_id) FROM (SELECT * FROM many) v',
	'SELECT count(product_key) FROM few']) q;
CREATE FOREIGN TABLE nullable (product_key text, device_name text, firmware_id text, job_id text, job_type text NOT NULL) SERVER tuya;
CREATE VIEW nulls AS SELECT * FROM nullable WHERE product_key = 'p' AND device_name = 'd:250' AND firmware_id = '1';
-- A row is not NULL either, whatever is in it.
SELECT tried('SELECT count(nulls), count(nulls.*) FROM nulls');
SELECT tried('SELECT count(j) FROM nullable j WHERE product_key = ''p'' AND device_name = ''d:250'' AND firmware_id = ''1''');
SELECT tried(q) FROM unnest(ARRAY['SELECT count(device_name) FROM nulls', 'SELECT count(job_type) FROM nulls']) q;
SELECT tried('SELECT count(*) FROM ota_job WHERE product_key = ''p'' AND device_name IN (''d:250'', ''d:7'', ''d:250'') AND firmware_id = ''1''');
SELECT tried('SELECT count(*) FROM ota_job WHERE product_key = ''p'' AND device_name = NULLIF(''a'', ''a'') AND firmware_id = ''1''');
SELECT tried('SELECT sum(n) FROM inventory i, LATERAL (SELECT count(*) AS n FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) x');
-- HAVING is tested on the total.
SELECT tried(q) FROM unnest(ARRAY[
	'SELECT count(*) FROM many HAVING count(*) > 1000',
	'SELECT count(*) FROM many HAVING count(*) > 100 AND count(job_id) < 1000',
	'SELECT 7 AS count FROM many HAVING count(*) > 100',
	'SELECT count(*) FROM many HAVING count(*) > (SELECT count(*) FROM inventory)',
	'SELECT count(*) FROM few HAVING CASE WHEN count(*) > 1000 THEN 1 / (count(*) - count(*)) = 1 ELSE true END']) q;
SELECT tried('SELECT sum(n) FROM inventory i, LATERAL (SELECT count(*) AS n FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id HAVING count(*) > 1) x');
-- It does not: each of these would get another number, or an error, from it.
SELECT tried(q) FROM unnest(ARRAY[
	'SELECT count(*) FROM many, generate_series(1, 2)',
	'SELECT count(*) FROM many WHERE EXISTS (SELECT FROM inventory i WHERE i.site = job_status)',
	'SELECT count(*) FROM many WHERE job_status = ''PLANNED''',
	'SELECT count(*) FROM many WHERE device_name = ''x'' || product_key',
	'SELECT count(*) FROM many WHERE device_name IN (''x'', ''y'')',
	'SELECT count(DISTINCT job_status) FROM many',
	'SELECT DISTINCT count(*) FROM many',
	'SELECT count(*) FROM many GROUP BY job_status',
	'SELECT count(*) FROM many GROUP BY ()',
	'SELECT count(*) FROM many HAVING false',
	'SELECT count(*) FROM many HAVING count(job_status) > 1',
	'SELECT count(*) FROM many HAVING max(job_id) > ''1''',
	'SELECT count(*) OVER () FROM many',
	'SELECT count(*), generate_series(1, 2) FROM many',
	'SELECT count(*) FILTER (WHERE job_status = ''PLANNED'') FROM many',
	'SELECT count(job_status) FROM many',
	'SELECT count(job_id) FROM nulls',
	'SELECT count(NULL) FROM many',
	'SELECT count(1), count(job_status) FROM many',
	'SELECT count(1) FILTER (WHERE job_status = ''PLANNED'') FROM many',
	'SELECT count(DISTINCT 1) FROM many',
	'SELECT count(nullif(job_id, ''x'')) FROM many',
	'SELECT count(*) FROM (SELECT FROM many OFFSET 100) x',
	'SELECT count(*) FROM (SELECT FROM many LIMIT 3) x',
	'SELECT count(*) FROM (SELECT FROM many FOR UPDATE) x',
	'SELECT count(*) FROM (SELECT FROM many UNION ALL SELECT FROM few) x']) q;
-- Nor where the page is not full, pages are reduced, or a warning is wanted.
SELECT sim('set drop_rows=1 lie_page=1'), error_of('SELECT count(*) FROM many') <> '' AS refused, requests();
SELECT sim('reset'), sim('set clamp=50'), tried('SELECT count(*) FROM many');
SELECT sim('reset');
ALTER FOREIGN TABLE ota_job OPTIONS (ADD on_incomplete 'warning');
SELECT tried('SELECT count(*) FROM many');
ALTER FOREIGN TABLE ota_job OPTIONS (DROP on_incomplete);
-- A page that is as large as the LIMIT needs.
SELECT tried('SELECT * FROM many LIMIT 5');
SELECT tried('SELECT * FROM many OFFSET 3 LIMIT 5');
SELECT tried('SELECT * FROM few LIMIT 100');
SELECT tried('SELECT * FROM many LIMIT 150');
-- And where something sits between that drops rows, or needs them all, it is whole.
SELECT tried(q) FROM unnest(ARRAY[
	'SELECT * FROM many WHERE job_status = ''PLANNED'' LIMIT 5',
	'SELECT * FROM many WHERE device_name <> ''x'' LIMIT 5',
	'SELECT many.* FROM many, generate_series(1, 2) LIMIT 5',
	'SELECT * FROM many WHERE EXISTS (SELECT FROM inventory i WHERE i.site <> job_status) LIMIT 5',
	'SELECT DISTINCT job_status FROM many LIMIT 2',
	'SELECT job_status FROM many GROUP BY 1 LIMIT 2',
	'SELECT rank() OVER (ORDER BY job_id) FROM many LIMIT 2',
	'SELECT generate_series(1, 2) FROM many LIMIT 2',
	'SELECT * FROM many ORDER BY job_id LIMIT 2',
	'SELECT * FROM many ORDER BY job_id FETCH FIRST 2 ROWS WITH TIES',
	'SELECT * FROM many LIMIT 2 FOR UPDATE',
	'SELECT * FROM many LIMIT (SELECT 2)',
	'SELECT * FROM many OFFSET (SELECT 1) LIMIT 2',
	'(SELECT * FROM many LIMIT 2) UNION ALL (SELECT * FROM many LIMIT 3)']) q;
-- max_requests stops a statement, when it needs more, and not before.
SET tuya_fdw.max_requests = 2;
SELECT error_of('SELECT count(job_status) FROM many'), requests();
SELECT tried('SELECT * FROM many LIMIT 150');
SELECT tried('SELECT count(*) FROM many');
RESET tuya_fdw.max_requests;
SET client_min_messages = error;
DROP EXTENSION tuya_fdw CASCADE;
