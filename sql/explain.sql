-- EXPLAIN tells what is asked for and by which keys, EXPLAIN ANALYZE what was
-- asked; and only that asks.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
\set ours 'Remote|Page Size|Lookups|Requests|Deduplicated|In Flight|Bytes Received|Wait Time'
\set query 'SELECT * FROM ota_job WHERE product_key = ''pk1'' AND ''d:5'' = device_name AND firmware_id = ''187'''

-- VERBOSE shows the request, without it there is nothing of ours.
SELECT explain_lines(:'query', '.', 'COSTS OFF');
SELECT explain_lines(:'query', :'ours');
ALTER FOREIGN TABLE ota_job OPTIONS (ADD page_size '3');
SELECT explain_lines(:'query', 'Page Size');

-- The same in every format.
CREATE FUNCTION in_json(query text, options text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT (string_agg(l, '')::jsonb) -> 0 -> 'Plan' FROM explain_lines(query, '.', options || ', FORMAT json') l
$$;
SELECT p -> 'Remote Action', p -> 'Remote Keys', p -> 'Page Size' FROM in_json(:'query', 'VERBOSE') p;
SELECT explain_lines(:'query', '^ *(Remote|Page|- "[a-z]+_[a-z]+ =)', 'VERBOSE, FORMAT yaml');
SELECT explain_lines(:'query', '<(Remote|Page|Item>[a-z]+_[a-z]+ =)', 'VERBOSE, FORMAT xml');
ALTER FOREIGN TABLE ota_job OPTIONS (DROP page_size);

-- What a key is compared to: names, wherever they come from.
SELECT explain_lines('SELECT * FROM ota_job WHERE product_key = ''pk1''', 'Remote Keys');
SELECT explain_lines('SELECT * FROM ota_job', 'Remote Keys');
SELECT regexp_replace(l, '\$0|\(InitPlan \w+\)\.col1', 'INITPLAN')
	FROM explain_lines('SELECT * FROM ota_job WHERE product_key = (SELECT min(product_key) FROM inventory)
		AND device_name = lower(''D:5'') AND firmware_id = current_setting(''x.y'', true)', 'Remote Keys') l;
SELECT explain_lines('SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)', 'Remote Keys');
SELECT explain_lines('SELECT * FROM inventory i JOIN inventory k USING (site) JOIN ota_job j ON j.product_key = i.product_key
	AND j.device_name = k.device_name || ''x'' AND j.firmware_id = ''187''', 'Remote Keys');
SELECT explain_lines('SELECT (SELECT count(*) FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) FROM inventory i', 'Remote Keys');
SELECT explain_lines('SELECT * FROM inventory i WHERE ''PLANNED'' NOT IN (SELECT job_status FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, ''187''))', 'Remote Keys');
SELECT explain_lines('SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id) LIMIT 1) x', 'Remote Keys');
SELECT explain_lines('SELECT * FROM inventory i LEFT JOIN (SELECT * FROM ota_job UNION ALL SELECT *
	FROM ota_job) j USING (product_key, device_name, firmware_id)', 'Remote Keys');
SELECT explain_lines('SELECT 1 WHERE EXISTS (SELECT FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id))', 'Remote Keys');
CREATE FOREIGN TABLE quoted ("Product Key" text OPTIONS (parameter 'ProductKey'), device_name text, firmware_id text) SERVER tuya;
SELECT explain_lines('SELECT * FROM quoted WHERE "Product Key" = ''it''''s'' AND device_name = ''x'' AND firmware_id = ''y''', 'Remote Keys');
SET plan_cache_mode = force_generic_plan;
PREPARE jobs(text) AS SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name) WHERE j.firmware_id = $1;
SELECT explain_lines('EXECUTE jobs(''187'')', 'Remote Keys');

-- None of that has asked the service.
SELECT requests();

-- ANALYZE adds what was asked, as the service has counted it.
CREATE FUNCTION analyzed(query text) RETURNS TABLE (counters text, asked text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM requests();
	counters := (SELECT string_agg(trim(l), ', ')
		FROM explain_lines(query, 'Lookups|Requests|Deduplicated', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') l);
	asked := requests();
	RETURN NEXT;
END $$;
SELECT * FROM analyzed(:'query');
SELECT * FROM analyzed('EXECUTE jobs(''187'')');
SELECT * FROM analyzed('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''d:250'' AND firmware_id = ''187''');
SELECT * FROM analyzed('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''d:250'' AND firmware_id = ''187'' LIMIT 150');
SELECT * FROM analyzed('SELECT * FROM ota_job a, ota_job b
	WHERE (a.product_key, a.device_name, a.firmware_id) = (''pk1'', ''d:250'', ''187'')
	AND (b.product_key, b.device_name, b.firmware_id) = (''pk1'', ''d:250'', ''187'')');
SELECT * FROM analyzed('SELECT * FROM ota_job WHERE false');
SELECT * FROM analyzed('SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE i.site = ''nowhere''');

-- What differs from run to run comes only with SUMMARY, and times with TIMING.
SELECT regexp_replace(l, '[0-9.]+', 'N') FROM explain_lines(:'query', :'ours', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') l;
SELECT regexp_replace(l, '[0-9.]+', 'N') FROM explain_lines(:'query', :'ours', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY ON') l;
SELECT regexp_replace(l, '[0-9.]+', 'N') FROM explain_lines(:'query', :'ours', 'ANALYZE, COSTS OFF') l;
SELECT sim('set latency_ms=100');
SELECT p -> 'Lookups', p -> 'Requests', p -> 'Deduplicated', p -> 'Peak In Flight',
	(p -> 'Bytes Received')::int BETWEEN 1000 AND 10000, (p -> 'Wait Time')::float > 0
	FROM in_json(:'query', 'ANALYZE') p;

-- The estimate is rows_per_lookup for each key.
SELECT explain_lines(:'query', 'Foreign Scan', 'COSTS ON') ~ 'rows=10 ';
ALTER FOREIGN TABLE ota_job OPTIONS (ADD rows_per_lookup '7000');
SELECT explain_lines(:'query', 'Foreign Scan', 'COSTS ON') ~ 'rows=7000 ';
SELECT explain_lines('SELECT * FROM inventory i
	JOIN ota_job j USING (product_key, device_name, firmware_id)', 'Foreign Scan', 'COSTS ON') ~ 'rows=7000 ';
