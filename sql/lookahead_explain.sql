-- EXPLAIN tells where lookahead is and what of, and EXPLAIN ANALYZE what was read
-- and asked for, right to the request, in every format.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

\set joined 'SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)'
-- Without ANALYZE: the node and its keys, and nothing is asked for.
SELECT explain_lines(:'joined', 'Lookahead|Ahead|Announced|Window', 'COSTS OFF');
SELECT explain_lines(:'joined', 'Lookahead|Ahead|Announced|Window', 'VERBOSE, COSTS OFF');
SELECT requests();
-- What keys are made of.
SELECT explain_lines($$ SELECT * FROM inventory i JOIN ota_job j ON j.device_name = i.device_name WHERE j.product_key = 'pk1' AND j.firmware_id = lower('187') $$, 'Lookahead Keys');
SELECT explain_lines($$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name || '' AND j.firmware_id IN ('1', i.firmware_id) $$, 'Lookahead Keys');
SELECT explain_lines($$ SELECT * FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id) JOIN (SELECT max(id) AS id FROM inventory) m USING (id) $$, 'Lookahead Keys');
PREPARE p(text) AS SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name) WHERE j.firmware_id = $1;
SET plan_cache_mode = force_generic_plan;
SELECT explain_lines($$ EXECUTE p('187') $$, 'Lookahead Keys');
RESET plan_cache_mode;
SELECT explain_lines($$ EXECUTE p('187') $$, 'Lookahead Keys');
-- Where there is none.
SET tuya_fdw.enable_lookahead = off;
SELECT count(*) FROM explain_lines(:'joined', 'Lookahead');
SELECT count(*) FROM explain_lines($$ EXECUTE p('187') $$, 'Lookahead');
RESET tuya_fdw.enable_lookahead;
SELECT count(*) FROM explain_lines($$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd1:1' AND firmware_id = '187' $$, 'Lookahead');
SELECT count(*) FROM explain_lines($$ SELECT * FROM inventory i JOIN inventory k USING (id) $$, 'Lookahead');
-- EXPLAIN of statements that are not SELECT.
SELECT explain_lines('INSERT INTO inventory (id) SELECT id FROM (' || :'joined' || ') x', 'Lookahead', 'COSTS OFF');
SELECT explain_lines('CREATE TABLE made AS ' || :'joined', 'Lookahead', 'COSTS OFF');
SELECT explain_lines('DECLARE c CURSOR FOR ' || :'joined', 'Lookahead', 'COSTS OFF');
SELECT explain_lines('UPDATE inventory i SET site = job_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id', 'Lookahead', 'COSTS OFF');

-- Counters: what each of our scans says, in sum, and what the simulator has seen.
CREATE FUNCTION counted(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	seen int;
	said text;
	requests int;
BEGIN
	PERFORM sim('clear');
	SELECT string_agg(l, ', ') FILTER (WHERE l !~ 'Window'), sum(substring(l from 'Requests: (\d+)')::int) INTO said, requests
		FROM explain_lines(query, 'Lookups|Requests|Deduplicated|Ahead:|Announced', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') l;
	seen := sim('get requests');
	RETURN format('%s: %s', CASE WHEN seen = requests THEN 'right' ELSE format('WRONG, %s requests', seen) END, said);
END $$;
SET enable_memoize = off;
SELECT counted(:'joined');
SELECT counted('SELECT * FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id IN (''187'', i.firmware_id)');
SELECT counted('SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) LEFT JOIN ota_job k ON k.product_key = j.product_key
	AND k.device_name = j.device_name AND k.firmware_id = ''187''');
SELECT counted('SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id
	UNION ALL SELECT * FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = ''188'') x');
SELECT counted('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name = ANY (''{d1:250,d3:3,d1:250,d1:0}'') AND firmware_id IN (''1'', ''2'')');
SELECT counted('SELECT * FROM (VALUES (''d1:250''), (''d2:100''), (''d1:250''), (NULL)) v (d) JOIN ota_job ON device_name = d WHERE product_key = ''p'' AND firmware_id = ''1''');
SELECT counted('SELECT *, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) FROM inventory i');
SELECT counted('SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE id < 0');
RESET enable_memoize;
SELECT counted(:'joined');
SET tuya_fdw.enable_lookahead = off;
SELECT counted(:'joined');
RESET tuya_fdw.enable_lookahead;
-- Those that are never wanted count, too: of the south and the doubles alone jobs are.
CREATE TABLE wanted AS SELECT * FROM unnest(ARRAY['south', 'double']) site;
\set some 'SELECT * FROM inventory i, LATERAL (SELECT * FROM wanted w LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id WHERE w.site = i.site OFFSET 0) x'
SELECT counted(:'some');
SET tuya_fdw.enable_lookahead = off;
SELECT counted(:'some');
RESET tuya_fdw.enable_lookahead;

-- In every format, under the same names.
CREATE FUNCTION formatted(format text, pattern text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT rtrim(l, ',') FROM explain_lines('SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)', pattern,
		'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF, FORMAT ' || format) l;
$$;
\set ours 'Lookahead.Keys|Provider|Lookups|Requests|Deduplicated|Rows.Read|Announced|Max.Window|- "i\\.|<Item>i\\.|In.Flight|Bytes|Wait'
SELECT formatted('text', :'ours');
SELECT formatted('yaml', :'ours');
SELECT formatted('xml', :'ours');
SELECT formatted('json', :'ours');
-- As it is without SUMMARY OFF: further counters, of which the values differ from run to run.
SELECT regexp_replace(l, '[0-9.]+', 'N') FROM explain_lines(:'joined', 'Peak In Flight|Bytes Received|Wait Time|Retries|Throttled', 'ANALYZE, COSTS OFF') l;
SELECT regexp_replace(l, '[0-9.]+', 'N') FROM explain_lines(:'joined', 'Peak In Flight|Bytes Received|Wait Time|Retries|Throttled', 'ANALYZE, COSTS OFF, TIMING OFF') l;
SELECT substring(l from '[0-9]+')::int = 16 AS peak FROM explain_lines(:'joined', 'Peak In Flight', 'ANALYZE, COSTS OFF') l;
-- Bytes are those of heads and bodies, so with HTTP/1.1 they are all that was sent.
SELECT sim('set http2=0'), sim('clear');
ALTER SERVER tuya OPTIONS (ADD request_timeout '20s');
SELECT substring(l from '[0-9]+') = sim('get bytes_sent') AS bytes FROM explain_lines(:'joined', 'Bytes Received', 'ANALYZE, COSTS OFF') l;
