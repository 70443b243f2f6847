-- An Append reads its foreign scans at the same time: rows, requests and peak in flight
-- over all servers; where it does and where not; and what is as it was.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
\set ECHO none
SET client_min_messages = error;

-- Four servers, a partition each, and 16 devices of each product, with 0 to 4 jobs.
CREATE TABLE all_ota_job (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FUNCTION make_server(n int, options text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE SERVER tuya%s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (%s)', n, options);
	EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER tuya%s OPTIONS (access_key_id ''testid'', access_key_secret ''testsecret'')', n);
	EXECUTE format('CREATE FOREIGN TABLE p%s_job PARTITION OF all_ota_job FOR VALUES IN (''p%s'') SERVER tuya%s', n, n, n);
END $$;
SELECT FROM make_server(1, format('endpoint %L, ca_file %L', :'endpoint', :'ca')) \gset
SELECT FROM make_server(2, format('endpoint %L, ca_file %L', :'endpoint', :'ca')) \gset
SELECT FROM make_server(3, format('endpoint %L, ca_file %L', :'endpoint', :'ca')) \gset
SELECT FROM make_server(4, format('endpoint %L, ca_file %L', :'endpoint', :'ca')) \gset
CREATE TABLE device AS SELECT g AS id, format('d%s:%s', g, g % 5) AS device_name FROM generate_series(1, 16) g;
CREATE TABLE all_local_job AS
	SELECT 'p' || p AS product_key, d.device_name, '187' AS firmware_id, s.*
	FROM generate_series(1, 4) p, device d, LATERAL sim_jobs('p' || p, d.device_name, '187') s;
ANALYZE device, all_local_job;
-- DEVICES in a query is all of them, KEYS the condition for all partitions.
CREATE FUNCTION spelled(query text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(replace(query, 'KEYS', 'product_key IN (''p1'', ''p2'', ''p3'', ''p4'') AND device_name = ANY (DEVICES) AND firmware_id = ''187'''),
		'DEVICES', (SELECT quote_literal(array_agg(device_name ORDER BY id)::text) FROM device));
$$;
-- Runs the query, not by a cursor, and upon the local table; no reply goes out before so
-- many requests are in flight; where that is a matter of time it is not told.
CREATE FUNCTION peak(query text, in_flight int, execute text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	counted int[];
	n bigint;
	wrong bigint;
BEGIN
	query := spelled(query);
	PERFORM sim(format('set hold_until_in_flight=%s hold_ms=20000', coalesce(in_flight, 0))), sim('clear');
	EXECUTE 'CREATE TEMP TABLE got AS ' || coalesce(execute, query);
	PERFORM left_in_flight();
	counted := string_to_array(sim('get requests max_in_flight refused'), ' ');
	PERFORM sim('set hold_until_in_flight=0');
	EXECUTE 'CREATE TEMP TABLE want AS ' || replace(query, 'ota_job', 'local_job');
	n := (SELECT count(*) FROM want);
	wrong := (SELECT count(*) FROM ((TABLE got EXCEPT ALL TABLE want) UNION ALL (TABLE want EXCEPT ALL TABLE got)) d);
	DROP TABLE got, want;
	RETURN format('%s rows, %s requests', n, counted[1]) || CASE WHEN in_flight IS NOT NULL THEN ', peak ' || counted[2] ELSE '' END
		|| CASE WHEN wrong > 0 THEN format(' WRONG: %s', wrong) ELSE '' END
		|| CASE WHEN counted[3] > 0 THEN format(' (%s REFUSED)', counted[3]) ELSE '' END;
END $$;
-- Beside how long the query takes without lookahead, where replies take 20 ms.
CREATE FUNCTION quicker(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	ms numeric[];
	began timestamptz;
	counted text[];
BEGIN
	PERFORM sim('set latency_ms=20');
	FOREACH query IN ARRAY ARRAY[query, 'SET LOCAL tuya_fdw.enable_lookahead = off; ' || query] LOOP
		PERFORM sim('clear');
		began := clock_timestamp();
		EXECUTE query;
		ms := ms || extract(milliseconds FROM clock_timestamp() - began);
		counted := counted || sim('get requests');
	END LOOP;
	PERFORM sim('set latency_ms=0');
	SET LOCAL tuya_fdw.enable_lookahead = on;
	RETURN format('%s requests, without lookahead %s, ', counted[1], counted[2])
		|| CASE WHEN 2 * ms[1] < ms[2] THEN 'quicker' ELSE format('NOT QUICKER: %s', ms) END;
END $$;
CREATE FUNCTION nodes(query text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(l, ', ' ORDER BY l) FROM (SELECT count(*) || ' ' || substring(l FROM '(?:Async )?(?:Foreign Scan|Append)') AS l
		FROM explain_lines(spelled(query), '(Foreign Scan|Append)', 'COSTS OFF') l GROUP BY substring(l FROM '(?:Async )?(?:Foreign Scan|Append)')) x;
$$;
SET tuya_fdw.lookahead_rows = 256;
SET client_min_messages = notice;
\set ECHO all
-- Lists over four servers with 16 in flight each.
SELECT nodes('SELECT * FROM all_ota_job WHERE KEYS');
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 64);
SET enable_async_append = off;
SELECT nodes('SELECT * FROM all_ota_job WHERE KEYS');
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 16);
RESET enable_async_append;

-- The option: of the server; the table's goes before; it holds from the next statement on.
PREPARE lists AS SELECT count(*) FROM all_ota_job WHERE product_key IN ('p1', 'p2', 'p3', 'p4') AND device_name = 'd1:1' AND firmware_id = '187';
EXECUTE lists;
SELECT nodes('EXECUTE lists');
ALTER SERVER tuya1 OPTIONS (ADD async_capable 'off');
SELECT nodes('EXECUTE lists');
-- What is not asked at the same time is asked meanwhile.
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 64);
ALTER SERVER tuya2 OPTIONS (ADD async_capable 'false');
ALTER FOREIGN TABLE p1_job OPTIONS (ADD async_capable 'true');
ALTER FOREIGN TABLE p3_job OPTIONS (ADD async_capable 'off');
SELECT nodes('EXECUTE lists');
ALTER FOREIGN TABLE p1_job OPTIONS (SET async_capable 'off');
ALTER SERVER tuya4 OPTIONS (ADD async_capable 'off');
SELECT nodes('EXECUTE lists');
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 16);
ALTER FOREIGN TABLE p1_job OPTIONS (SET async_capable 'perhaps');
ALTER FOREIGN TABLE p1_job OPTIONS (DROP async_capable);
ALTER FOREIGN TABLE p3_job OPTIONS (DROP async_capable);
ALTER SERVER tuya1 OPTIONS (DROP async_capable);
ALTER SERVER tuya2 OPTIONS (DROP async_capable);
ALTER SERVER tuya4 OPTIONS (DROP async_capable);

-- Several scans of one server: its concurrency holds for all of them.
\set one_server 'SELECT * FROM ota_job WHERE product_key = ''p1'' AND device_name = ANY (DEVICES) AND firmware_id = ''187'' UNION ALL SELECT * FROM ota_job WHERE product_key = ''p2'' AND device_name = ANY (DEVICES) AND firmware_id = ''187'''
CREATE VIEW local_job_of_one AS SELECT * FROM all_local_job;
SELECT nodes(:'one_server');
DROP TABLE local_job;
ALTER VIEW local_job_of_one RENAME TO local_job;
SELECT peak(:'one_server', 16);
ALTER SERVER tuya OPTIONS (ADD concurrency '3');
SELECT peak(:'one_server', 3);
ALTER SERVER tuya OPTIONS (DROP concurrency);
-- One more arm asks for keys that others ask for: once.
SELECT peak(:'one_server' || ' UNION ALL ' || :'one_server', 16);

-- Below Sort, grouping, other joins; two in one statement; one below another; arms that are local.
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS ORDER BY job_id', 64);
SELECT peak('SELECT product_key, count(*), min(job_id) FROM all_ota_job WHERE KEYS GROUP BY product_key', 64);
SELECT peak('SELECT DISTINCT device_name FROM all_ota_job WHERE KEYS AND job_status <> ''PLANNED''', 64);
SET enable_nestloop = off;
SELECT peak('SELECT d.id, j.job_id FROM device d LEFT JOIN (SELECT * FROM all_ota_job WHERE KEYS) j ON d.id = length(j.device_name)', 64);
RESET enable_nestloop;
SELECT peak('SELECT a.job_id, b.job_status FROM (SELECT * FROM all_ota_job WHERE KEYS OFFSET 0) a JOIN (SELECT * FROM all_ota_job WHERE KEYS OFFSET 0) b USING (product_key, device_name, job_id)', 64);
SELECT peak('SELECT (SELECT count(*) FROM all_ota_job WHERE KEYS), (SELECT max(job_id) FROM all_ota_job WHERE KEYS)', 64);
SELECT peak('SELECT job_id FROM all_ota_job WHERE KEYS UNION ALL SELECT device_name FROM device', 64);
SELECT peak('SELECT device_name FROM device UNION ALL SELECT job_id FROM all_ota_job WHERE KEYS AND job_type = ANY (SELECT job_type FROM all_local_job)', 64);
SELECT peak('SELECT max(job_id) FROM all_ota_job WHERE KEYS GROUP BY device_name UNION ALL SELECT job_id FROM ota_job WHERE product_key = ''p1'' AND device_name = ANY (DEVICES) AND firmware_id = ''187'' UNION ALL SELECT device_name FROM device', 80);
SELECT peak('SELECT * FROM all_ota_job j WHERE KEYS AND (SELECT max(d.id) FROM device d WHERE d.device_name = j.device_name) > 4', 64);
-- Modifications.
CREATE TABLE copy (LIKE all_local_job);
SELECT peak('WITH i AS (SELECT * FROM all_ota_job WHERE KEYS) SELECT job_id FROM i ORDER BY 1', 64);
SELECT sim('clear');
SELECT spelled('INSERT INTO copy SELECT * FROM all_ota_job WHERE KEYS') AS statement \gset
\set ECHO none
:statement;
\set ECHO all
SELECT count(*), count(DISTINCT job_id), requests() FROM copy;
-- count(*), which the first page's total answers.
\set counts 'SELECT count(*) FROM p1_ota_job WHERE product_key = ''p1'' AND device_name = ''d4:4'' AND firmware_id = ''187'' UNION ALL SELECT count(*) FROM p2_ota_job WHERE product_key = ''p2'' AND device_name IN (''d4:4'', ''d3:3'') AND firmware_id = ''187'''
ALTER FOREIGN TABLE p1_job RENAME TO p1_ota_job;
ALTER FOREIGN TABLE p2_job RENAME TO p2_ota_job;
CREATE VIEW p1_local_job AS SELECT * FROM all_local_job WHERE product_key = 'p1';
CREATE VIEW p2_local_job AS SELECT * FROM all_local_job WHERE product_key = 'p2';
SELECT nodes(:'counts');
SELECT peak(:'counts', 3);
SELECT peak('SELECT sum(count) FROM (' || :'counts' || ') x', 3);
ALTER SERVER tuya1 OPTIONS (ADD page_size '2');
SELECT peak(:'counts', 3);

-- Several pages each; pages that do not add up at first.
ALTER SERVER tuya2 OPTIONS (ADD page_size '1');
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 64);
ALTER SERVER tuya1 OPTIONS (DROP page_size);
ALTER SERVER tuya2 OPTIONS (DROP page_size);
SELECT sim('set lie_total=+1 lie_rounds=1');
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 64);
SELECT sim('set lie_total=off lie_rounds=0');

-- No keys; keys of one partition, by pruning when it is planned, when it starts, when it runs.
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS AND firmware_id = NULL', 0);
SELECT peak('SELECT * FROM all_ota_job WHERE product_key IN (''p1'', ''p2'') AND device_name = ANY (''{}''::text[]) AND firmware_id = ''187''', 0);
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS AND product_key = ''p3''', 16);
PREPARE lists_of(text[]) AS SELECT * FROM all_ota_job WHERE product_key = ANY ($1) AND device_name IN ('d1:1', 'd2:2', 'd3:3') AND firmware_id = '187';
SET plan_cache_mode = force_generic_plan;
SELECT nodes('EXECUTE lists_of(''{p1,p3}'')');
SELECT peak('SELECT * FROM all_ota_job WHERE product_key IN (''p1'', ''p3'') AND device_name IN (''d1:1'', ''d2:2'', ''d3:3'') AND firmware_id = ''187''', 6, 'EXECUTE lists_of(''{p1,p3}'')');
SELECT peak('SELECT * FROM all_ota_job WHERE product_key = ''p4'' AND device_name IN (''d1:1'', ''d2:2'', ''d3:3'') AND firmware_id = ''187''', 3, 'EXECUTE lists_of(''{p4}'')');
SELECT peak('SELECT * FROM all_ota_job WHERE false', 0, 'EXECUTE lists_of(''{}'')');
RESET plan_cache_mode;
SELECT peak('SELECT * FROM all_ota_job WHERE product_key = ANY (ARRAY(SELECT ''p'' || id FROM device WHERE id < 3)) AND device_name = ANY (DEVICES) AND firmware_id = ''187''', 32);
-- Rescans, with other keys and with the same.
\set lateral 'SELECT d.id, x.* FROM device d, LATERAL (SELECT count(*), max(job_id) FROM all_ota_job j WHERE product_key IN (''p1'', ''p2'', ''p3'', ''p4'') AND j.device_name = d.device_name AND firmware_id = ''187'') x'
SET tuya_fdw.enable_lookahead = off;
SELECT peak(:'lateral', 4);
RESET tuya_fdw.enable_lookahead;
SELECT peak(:'lateral', NULL);
SELECT peak('SELECT d.id, x.* FROM device d, LATERAL (SELECT job_id FROM all_ota_job j WHERE KEYS AND length(device_name) > d.id - 10 ORDER BY job_id LIMIT 3) x', 64);

-- What stops early asks no more than it would one after the other; what reads on, for all.
CREATE FUNCTION rows_and_requests(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM sim('clear');
	EXECUTE 'SELECT count(*) FROM (' || spelled(query) || ') x' INTO n;
	PERFORM left_in_flight();
	RETURN format('%s rows, %s requests', n, requests());
END $$;
\set one_each 'SELECT * FROM all_ota_job WHERE product_key IN (''p1'', ''p2'', ''p3'', ''p4'') AND firmware_id = ''187'' AND device_name = '
SELECT nodes(:'one_each' || '''d4:4'' LIMIT 1');
SELECT rows_and_requests(:'one_each' || '''d4:4'' LIMIT 1');
SELECT rows_and_requests('SELECT 1 WHERE EXISTS (' || :'one_each' || '''d4:4'')');
SELECT rows_and_requests('SELECT 1 WHERE EXISTS (' || :'one_each' || '''d5:0'')');
SELECT rows_and_requests(:'one_each' || '''d4:4'' LIMIT 15');
SELECT rows_and_requests('SELECT * FROM all_ota_job WHERE KEYS LIMIT 1000');
-- Read anew while some of its scans wait, or have not begun: for each row, for other keys and for the same.
\set other 'SELECT id FROM device d WHERE (SELECT job_id FROM (' :one_each 'd.device_name) x LIMIT 1) IS NOT NULL'
\set as_before 'SELECT id FROM device d WHERE (SELECT x::text FROM (' :one_each '''d4:4'' OFFSET 0) x WHERE d.id > 3 LIMIT 1) IS NOT NULL'
\set whole 'SELECT id FROM device d WHERE (SELECT count(x) FROM (' :one_each '''d4:4'' OFFSET 0) x WHERE d.id > 3) > 0'
SELECT nodes(:'other'), nodes(:'as_before'), nodes(:'whole');
SELECT rows_and_requests(:'other');
SELECT rows_and_requests('SELECT id FROM device d WHERE ''PLANNED'' IN (SELECT job_status FROM (' || :'one_each' || 'd.device_name) x)');
SELECT rows_and_requests(:'as_before');
SELECT rows_and_requests(:'whole');
SET tuya_fdw.enable_lookahead = off;
SELECT rows_and_requests(:'other');
SELECT rows_and_requests(:'as_before');
SELECT rows_and_requests(:'whole');
RESET tuya_fdw.enable_lookahead;
-- A subquery that stops at a row: the first arms overlap, and later ones are asked if there was none.
\set all_keys 'product_key IN (''p1'', ''p2'', ''p3'', ''p4'') AND firmware_id = ''187'' AND device_name = d.device_name'
\set united 'SELECT job_status FROM ota_job WHERE product_key = ''p1'' AND firmware_id = ''187'' AND device_name = d.device_name UNION ALL SELECT job_status FROM ota_job WHERE product_key = ''p2'' AND firmware_id = ''187'' AND device_name = d.device_name'
SELECT peak('SELECT id FROM device d WHERE id > 99 OR EXISTS (SELECT FROM all_ota_job WHERE ' || :'all_keys' || ')', 16);
SELECT peak('SELECT id, ''PLANNED'' IN (SELECT job_status FROM all_ota_job WHERE ' || :'all_keys' || ') FROM device d', 16);
SELECT peak('SELECT id, (SELECT device_name FROM all_ota_job WHERE ' || :'all_keys' || ' LIMIT 1) FROM device d', 16);
SELECT peak('SELECT id FROM device d WHERE id > 99 OR EXISTS (' || :'united' || ')', 16);
SELECT peak('SELECT id, CASE WHEN EXISTS (' || :'united' || ') THEN 1 END FROM device d', 16);
SELECT peak('SELECT id, (SELECT count(*) FROM (' || :'united' || ') x) FROM device d', 16);
-- The arms' conditions say which one is asked: these are all asked at once.
SELECT peak('SELECT id FROM device d WHERE id > 99 OR EXISTS (SELECT FROM all_ota_job j WHERE product_key = ''p'' || 1 + d.id % 4 AND firmware_id = ''187'' AND j.device_name = d.device_name)', 16);
SET enable_partition_pruning = off;
SELECT peak('SELECT id FROM device d WHERE id > 99 OR EXISTS (SELECT FROM all_ota_job j WHERE product_key = ''p'' || 1 + d.id % 4 AND firmware_id = ''187'' AND j.device_name = d.device_name)', 16);
RESET enable_partition_pruning;
SELECT peak('SELECT id FROM device d WHERE id > 99 OR EXISTS (SELECT FROM (SELECT 0 AS n, * FROM p1_ota_job UNION ALL SELECT 1, * FROM p2_ota_job) j WHERE n = d.id % 2 AND product_key = ''p'' || 1 + d.id % 2 AND firmware_id = ''187'' AND j.device_name = d.device_name)', 16);
-- A table of one's own is looked at first.
SELECT peak('SELECT id FROM device d WHERE id > 99 OR EXISTS (SELECT FROM device o WHERE o.id = d.id UNION ALL SELECT FROM all_ota_job WHERE ' || :'all_keys' || ')', 0);
-- A join that stops at a row does the same.
SELECT peak('SELECT id FROM device d WHERE EXISTS (SELECT FROM all_ota_job WHERE ' || :'all_keys' || ')', 16);
SELECT peak('SELECT id FROM device d WHERE NOT EXISTS (SELECT FROM all_ota_job WHERE ' || :'all_keys' || ')', 16);
SELECT peak('SELECT id, x.device_name FROM device d LEFT JOIN LATERAL (SELECT device_name FROM all_ota_job WHERE ' || :'all_keys' || ' LIMIT 1) x ON true', 16);
SELECT peak('SELECT id FROM device d WHERE EXISTS (' || :'united' || ')', 16);
SELECT peak('SELECT id, job_status FROM device d, LATERAL (' || :'united' || ') x', 16);
SELECT peak('SELECT id FROM device d WHERE EXISTS (SELECT FROM all_ota_job j WHERE product_key = ''p'' || 1 + d.id % 4 AND firmware_id = ''187'' AND j.device_name = d.device_name)', 16);
SELECT peak('SELECT id FROM device d WHERE EXISTS (SELECT FROM (SELECT 0 AS n, * FROM p1_ota_job UNION ALL SELECT 1, * FROM p2_ota_job) j WHERE n = d.id % 2 AND product_key = ''p'' || 1 + d.id % 2 AND firmware_id = ''187'' AND j.device_name = d.device_name)', 16);
SELECT peak('SELECT id FROM device d WHERE EXISTS (SELECT FROM device o WHERE o.id = d.id UNION ALL SELECT FROM all_ota_job WHERE ' || :'all_keys' || ')', 0);
-- Where the first arm turns out to have no rows the second is asked ahead, too, and so on.
CREATE TABLE jobless AS SELECT g AS id, format('e%s:0', g) AS device_name FROM generate_series(1, 16) g;
SELECT quicker('SELECT id FROM jobless d WHERE EXISTS (SELECT FROM all_ota_job WHERE ' || :'all_keys' || ')');
SELECT quicker('SELECT id FROM jobless d WHERE id > 99 OR NOT EXISTS (SELECT FROM all_ota_job WHERE ' || :'all_keys' || ')');
SELECT quicker('SELECT id, x.job_status FROM jobless d LEFT JOIN LATERAL (SELECT job_status FROM all_ota_job WHERE ' || :'all_keys' || ' LIMIT 1) x ON true');
-- Cursors: closed half way, read to the end, beside another Append, read backward.
\set few 'SELECT substr(product_key, 1, 1) FROM all_ota_job WHERE product_key IN (''p1'', ''p2'', ''p3'', ''p4'') AND device_name IN (''d4:4'', ''d3:3'') AND firmware_id = ''187'''
BEGIN;
SELECT sim('clear');
DECLARE c CURSOR FOR :few;
FETCH 1 FROM c;
CLOSE c;
SELECT left_in_flight(), requests();
SELECT sim('set hold_until_in_flight=8 hold_ms=20000'), sim('clear');
DECLARE c CURSOR FOR :few ORDER BY job_id;
FETCH 2 FROM c;
CLOSE c;
SELECT sim('set hold_until_in_flight=0'), sim('get requests max_in_flight'), sim('clear');
DECLARE c CURSOR FOR :few;
FETCH 5 FROM c;
MOVE 10 FROM c;
SELECT count(*) FROM (:few OFFSET 0) x;
MOVE ALL FROM c;
FETCH 1 FROM c;
CLOSE c;
SELECT left_in_flight(), requests();
DECLARE c SCROLL CURSOR FOR :few;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
MOVE ALL FROM c;
FETCH PRIOR FROM c;
COMMIT;
-- How far is read ahead, by all of them; also without lookahead.
SET tuya_fdw.lookahead_rows = 1;
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 1);
SELECT regexp_replace(l, '\.00', '') FROM explain_lines(spelled('SELECT * FROM all_ota_job WHERE KEYS'), 'Append|Async|Lookups', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') l;
SET tuya_fdw.enable_lookahead = off;
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 1);
SET tuya_fdw.lookahead_rows = 20;
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', NULL);
SELECT sim('get max_in_flight')::int < 20 + 16;
SET tuya_fdw.lookahead_rows = 256;
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 64);
RESET tuya_fdw.enable_lookahead;

-- What EXPLAIN ANALYZE counts.
SELECT sim('clear');
SELECT regexp_replace(l, '\.00', '') FROM explain_lines(spelled('SELECT * FROM all_ota_job WHERE KEYS'), 'Async|Lookups|Requests', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') l;
SELECT requests();
-- One that fails, and what is then.
SELECT FROM make_server(5, 'endpoint ''https://localhost:1/'', retries ''0''');
SELECT sqlstate_of(spelled('SELECT * FROM all_ota_job WHERE product_key = ANY (''{p1,p2,p3,p4,p5}'') AND device_name = ANY (DEVICES) AND firmware_id = ''187'''));
SELECT left_in_flight();
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 64);
SET tuya_fdw.max_requests = 40;
SELECT sqlstate_of(spelled('SELECT * FROM all_ota_job WHERE KEYS'));
RESET tuya_fdw.max_requests;
SELECT sim('set fail_skip=20 fail_count=-1 fail_code=NoPermission fail_status=403');
SELECT sqlstate_of(spelled('SELECT * FROM all_ota_job WHERE KEYS'));
SELECT sim('set fail_skip=0 fail_count=0');
SELECT sqlstate_of(spelled('SELECT * FROM all_ota_job WHERE product_key = ANY (''{p1,p2}'')'));
SELECT left_in_flight();
SELECT peak('SELECT * FROM all_ota_job WHERE KEYS', 64);
