-- Estimates: rows_per_lookup rows for each outer row that has a key, whatever the outer
-- side is, and no JIT for what lookups cost.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
CREATE TABLE devices (site text, product_key text, device_name text, firmware_id text, names text[], since timestamptz);
CREATE TABLE firmware (id text, name text);
INSERT INTO firmware SELECT 'f' || g, 'n' FROM generate_series(1, 200) g;
ANALYZE firmware;
CREATE FOREIGN TABLE first_job (product_key text, device_name text, firmware_id text, job_id text, job_status text) SERVER tuya;
CREATE FOREIGN TABLE second_job (product_key text, device_name text, firmware_id text, job_id text, job_status text) SERVER tuya;
CREATE VIEW both_jobs AS TABLE first_job UNION ALL TABLE second_job;
CREATE TABLE parts (product_key text, device_name text, firmware_id text, job_id text) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE part_0 PARTITION OF parts FOR VALUES IN ('pk0') SERVER tuya;
CREATE FOREIGN TABLE part_1 PARTITION OF parts FOR VALUES IN ('pk1') SERVER tuya;
CREATE TABLE nested_parts (product_key text, device_name text, firmware_id text, job_id text) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE nested_0 PARTITION OF nested_parts FOR VALUES IN ('pk0') SERVER tuya;
CREATE TABLE nested_1 PARTITION OF nested_parts FOR VALUES IN ('pk1') PARTITION BY HASH (device_name);
CREATE FOREIGN TABLE nested_2 PARTITION OF nested_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0) SERVER tuya;
CREATE FOREIGN TABLE nested_3 PARTITION OF nested_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER tuya;
CREATE TABLE parts_by_status (product_key text, device_name text, firmware_id text, job_id text, job_status text) PARTITION BY LIST (job_status);
CREATE FOREIGN TABLE part_planned PARTITION OF parts_by_status FOR VALUES IN ('PLANNED') SERVER tuya;
CREATE FOREIGN TABLE part_other PARTITION OF parts_by_status DEFAULT SERVER tuya;
CREATE TABLE parent (product_key text, device_name text, firmware_id text, job_id text);
CREATE FOREIGN TABLE child_1 () INHERITS (parent) SERVER tuya;
CREATE FOREIGN TABLE child_2 () INHERITS (parent) SERVER tuya;

-- KEY(j, d) in a query is (j.product_key, ...) = (d.product_key, ...).
CREATE FUNCTION spelled(query text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(query, 'KEY\((\w+), ?(\w+)\)',
		'(\1.product_key, \1.device_name, \1.firmware_id) = (\2.product_key, \2.device_name, \2.firmware_id)', 'g');
$$;
CREATE FUNCTION estimated(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || spelled(query) INTO plan;
	RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END $$;
CREATE FUNCTION fill(n int) RETURNS void LANGUAGE sql AS $$
	TRUNCATE devices;
	INSERT INTO devices SELECT 's' || g % 10, 'pk' || g % 2, 'd' || g, '18' || g % 5, ARRAY['d' || g], '2024-01-01' FROM generate_series(1, n) g;
$$;
CREATE TABLE estimates (query text, devices text, estimate numeric);
-- How many rows are estimated for each estimated row of devices: for 100, 1,000 and
-- 100,000 of them, and without statistics.
CREATE FUNCTION note(size text, queries text[]) RETURNS void LANGUAGE sql AS $$
	INSERT INTO estimates SELECT q, size, round(estimated(q) / estimated('TABLE devices'), 2) FROM unnest(queries) q;
$$;
CREATE FUNCTION ratios(VARIADIC queries text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM estimates;
	DELETE FROM pg_statistic WHERE starelid = 'devices'::regclass;
	PERFORM fill(100000), note('not analyzed', queries);
	FOR i IN 2 .. 5 LOOP
		IF i <> 4 THEN
			PERFORM fill((10 ^ i)::int);
			ANALYZE devices;
			PERFORM note((10 ^ i)::text, queries);
		END IF;
	END LOOP;
	RETURN QUERY SELECT concat_ws(' ', string_agg(trim_scale(estimate)::text, ' ' ORDER BY devices), ': ' || query)
		FROM estimates GROUP BY query ORDER BY array_position(queries, query);
END $$;
SET client_min_messages = notice;
\set ECHO all

-- Joins.  The ratios are those for 100, 1,000 and 100,000 devices and without statistics.
-- Each table of a view counts; of partitions one has a key's rows.
SELECT ratios('SELECT FROM devices d JOIN ota_job j ON KEY(j, d)',
	'SELECT FROM devices d LEFT JOIN ota_job j ON KEY(j, d)',
	'SELECT FROM devices d LEFT JOIN ota_job j ON KEY(j, d) AND job_status = ''PLANNED''',
	'SELECT FROM devices d, LATERAL (SELECT FROM ota_job j WHERE KEY(j, d) OFFSET 0) j',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) WHERE utc_create > since',
	'SELECT FROM devices d JOIN ota_job j ON j.product_key = ''pk1'' AND j.device_name = d.device_name AND j.firmware_id = ''187''',
	'SELECT FROM devices d JOIN ota_job j USING (product_key, device_name) WHERE j.firmware_id IN (''186'', ''187'', ''188'')',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) JOIN ota_job k ON KEY(k, d)',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) JOIN ota_job k ON KEY(k, j)',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) JOIN firmware f ON f.id = j.package_firmware_id',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) LEFT JOIN firmware f ON f.id = j.package_firmware_id',
	'SELECT FROM devices d JOIN both_jobs j ON KEY(j, d)',
	'SELECT FROM devices d JOIN parts j ON KEY(j, d)',
	'SELECT FROM devices d LEFT JOIN parts j ON KEY(j, d)',
	'SELECT FROM devices d JOIN parts j USING (device_name, firmware_id) WHERE j.product_key = ''pk1''',
	'SELECT FROM devices d JOIN parts j USING (device_name, firmware_id) WHERE j.product_key IN (''pk0'', ''pk1'')',
	'SELECT FROM devices d JOIN nested_parts j ON KEY(j, d)',
	'SELECT FROM devices d JOIN parts_by_status j ON KEY(j, d)',
	'SELECT FROM devices d JOIN parent j ON KEY(j, d)');

-- Other conditions that give a key values.
SELECT ratios('SELECT FROM devices d JOIN ota_job j USING (product_key, firmware_id) WHERE j.device_name = d.device_name OR j.device_name = site',
	'SELECT FROM devices d JOIN ota_job j USING (product_key, firmware_id) WHERE CASE WHEN site = ''x'' THEN j.device_name = site ELSE j.device_name = d.device_name END',
	'SELECT FROM devices d JOIN ota_job j USING (product_key, firmware_id) WHERE j.device_name IS NOT DISTINCT FROM d.device_name',
	'SELECT FROM devices d JOIN ota_job j USING (product_key, firmware_id) WHERE coalesce(j.device_name, ''-'') = d.device_name',
	'SELECT FROM devices d JOIN ota_job j USING (product_key, device_name) WHERE j.firmware_id = ''f'' || j.product_key',
	'SELECT FROM devices d JOIN ota_job j USING (product_key, firmware_id) WHERE j.device_name = lower(d.device_name)');
-- Of an array of texts, PostgreSQL 17 and later know how many there are, others assume 10.
SELECT estimated(q) / estimated('TABLE devices') BETWEEN 10 AND 200, q
	FROM unnest(ARRAY['SELECT FROM devices d JOIN ota_job j USING (product_key, firmware_id) WHERE j.device_name = ANY (names)',
	'SELECT FROM devices d JOIN ota_job j USING (product_key, firmware_id) WHERE names @> ARRAY[j.device_name]',
	'SELECT FROM devices d JOIN both_jobs j USING (product_key, firmware_id) WHERE names @> ARRAY[j.device_name]']) q;

-- A key compared to columns of two tables.
CREATE TABLE place AS SELECT g AS id, 's' || g AS site, 'pk' || g % 2 AS pk FROM generate_series(0, 9) g;
ANALYZE place;
SELECT ratios('SELECT FROM devices d JOIN place p USING (site) LEFT JOIN ota_job j ON KEY(j, d) AND j.product_key = p.pk AND job_id < ''5''',
	'SELECT FROM devices d JOIN place p USING (site) LEFT JOIN ota_job j ON KEY(j, d) AND j.product_key IN (p.pk, ''pk7'')',
	'SELECT FROM devices d JOIN place p USING (site) JOIN ota_job j ON KEY(j, d) AND j.product_key = p.pk',
	'SELECT FROM devices d JOIN place p USING (site) LEFT JOIN parts j ON KEY(j, d) AND j.product_key = p.pk');

-- Which devices have jobs.
SELECT ratios('SELECT FROM devices d WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, d))',
	'SELECT FROM devices d WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, d))',
	'SELECT FROM devices d WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, d) AND job_status = ''PLANNED'')',
	'SELECT FROM devices d WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, d) AND job_status = ''PLANNED'')',
	'SELECT FROM devices d WHERE device_name IN (SELECT device_name FROM ota_job j WHERE product_key = ''pk1'' AND firmware_id = ''187'')');
-- The other way round: as many keys as the subquery has rows, however many values each column has.
SELECT ratios('SELECT FROM ota_job j WHERE (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM devices)',
	'SELECT FROM ota_job j WHERE EXISTS (SELECT FROM devices d WHERE KEY(j, d))');

-- Groups.
SELECT fill(100000);
ANALYZE devices;
SELECT round(estimated(q), -4), q FROM unnest(ARRAY['SELECT d.device_name, count(*) FROM devices d JOIN ota_job j ON KEY(j, d) GROUP BY 1',
	'SELECT j.device_name, count(*) FROM devices d JOIN ota_job j ON KEY(j, d) GROUP BY 1',
	'SELECT d.device_name, count(job_id) FROM devices d LEFT JOIN ota_job j ON KEY(j, d) GROUP BY 1',
	'SELECT DISTINCT j.product_key, j.device_name, j.firmware_id FROM devices d JOIN ota_job j ON KEY(j, d)',
	'SELECT DISTINCT j.product_key, j.device_name, j.firmware_id FROM devices d JOIN ota_job j ON KEY(j, d) WHERE site = ''s1''',
	'SELECT j.device_name, count(*) FROM devices d JOIN both_jobs j ON KEY(j, d) GROUP BY 1']) q;
SELECT estimated(q), q FROM unnest(ARRAY['SELECT job_status, count(*) FROM devices d JOIN ota_job j ON KEY(j, d) GROUP BY 1',
	'SELECT job_status, count(*) FROM devices d JOIN ota_job j ON j.product_key = ''pk1'' AND j.device_name = d.device_name AND j.firmware_id = ''187'' GROUP BY 1',
	'SELECT j.product_key FROM devices d JOIN ota_job j ON KEY(j, d) GROUP BY 1',
	'SELECT job_status FROM ota_job WHERE (product_key, device_name, firmware_id) = (''pk1'', ''d1'', ''187'') GROUP BY 1',
	'SELECT device_name FROM ota_job WHERE product_key = ''pk1'' AND device_name IN (''d1'', ''d2'', ''d3'') AND firmware_id = ''187'' GROUP BY 1']) q;

-- Rows without a key are none; the option says how many there are for each.
UPDATE devices SET device_name = NULL WHERE site < 's5';
ALTER FOREIGN TABLE ota_job OPTIONS (ADD rows_per_lookup '300');
ANALYZE devices;
SELECT round(estimated('SELECT FROM devices d JOIN ota_job j ON KEY(j, d)') / estimated('TABLE devices'), -1);
ALTER FOREIGN TABLE ota_job OPTIONS (DROP rows_per_lookup);

-- Prepared statements.
SET plan_cache_mode = force_generic_plan;
PREPARE of_list(text[]) AS SELECT FROM ota_job WHERE product_key = 'pk1' AND device_name = ANY ($1) AND firmware_id = '187';
PREPARE of_firmware(text) AS SELECT FROM devices d JOIN ota_job j USING (product_key, device_name) WHERE j.firmware_id = $1;
SELECT estimated('EXECUTE of_list(''{d1}'')'), round(estimated('EXECUTE of_firmware(''187'')'), -5);
RESET plan_cache_mode;

-- JIT.  A hundred thousand lookups do not turn it on, a join of the database's own does.
SELECT fill(100000);
ANALYZE devices;
SET jit = on;
CREATE FUNCTION jit(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || spelled(query) INTO plan;
	RETURN format('%s, lookups cost %s', CASE WHEN plan -> 0 -> 'JIT' IS NULL THEN 'no JIT'
		ELSE concat_ws(' ', 'JIT', CASE WHEN (plan -> 0 -> 'JIT' -> 'Options' ->> 'Optimization')::bool THEN 'optimized' END) END,
		CASE WHEN (plan -> 0 -> 'Plan' ->> 'Total Cost')::float > 500000 THEN 'enough' ELSE 'too little' END);
END $$;
-- No server has to have LLVM: without, there is never any.
CREATE FUNCTION jit_is(expected text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN got LIKE expected || ',%' OR NOT pg_jit_available() AND got LIKE 'no JIT,%'
		THEN replace(got, 'no JIT', expected) ELSE 'WRONG: ' || got END FROM jit(query) got;
$$;
SELECT jit_is('no JIT', q), q FROM unnest(ARRAY['SELECT FROM devices d JOIN ota_job j ON KEY(j, d)',
	'SELECT FROM devices d LEFT JOIN ota_job j ON KEY(j, d)',
	'SELECT FROM devices d WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, d))',
	'SELECT site, job_status, count(*) FROM devices d JOIN both_jobs j ON KEY(j, d) GROUP BY 1, 2',
	'SELECT (SELECT count(*) FROM ota_job j WHERE KEY(j, d)) FROM devices d',
	'SELECT FROM devices d WHERE (SELECT max(job_id) FROM ota_job j WHERE KEY(j, d)) > ''1''',
	'SELECT (SELECT count(*) FROM devices d JOIN ota_job j ON KEY(j, d))',
	'WITH x AS MATERIALIZED (SELECT site, job_id FROM devices d JOIN ota_job j ON KEY(j, d) WHERE job_status = ''PLANNED'') SELECT site, count(*) FROM x GROUP BY 1',
	'SELECT FROM devices d, LATERAL (SELECT FROM ota_job j WHERE KEY(j, d) LIMIT 1) j',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) LIMIT 500000',
	'INSERT INTO firmware SELECT device_name, job_id FROM devices d JOIN ota_job j USING (product_key, device_name, firmware_id)',
	'SELECT FROM ota_job',
	'SELECT FROM ota_job j JOIN devices d USING (product_key)']) q;
SELECT jit_is('JIT optimized', q), q FROM unnest(ARRAY['SELECT FROM devices a, devices b WHERE a.site > b.site',
	'SELECT FROM devices a, devices b, ota_job j WHERE a.site > b.site AND KEY(j, a)',
	'SELECT FROM devices a, devices b, ota_job j WHERE a.site > b.site AND (j.product_key, j.device_name, j.firmware_id) = (''pk1'', ''d1'', ''187'')',
	'SELECT site FROM devices d JOIN ota_job j ON KEY(j, d) UNION ALL SELECT a.site FROM devices a, devices b WHERE a.site > b.site',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) WHERE (SELECT count(*) FROM devices a, devices b WHERE a.site > b.site) > 1']) q;
SET jit_above_cost = 0;
SELECT jit_is('JIT', 'SELECT FROM devices d JOIN ota_job j ON KEY(j, d)');
RESET jit;
RESET jit_above_cost;

-- None of all this asks.
SELECT requests();
-- A lookup has its price each time that a hash join is run again: so what chooses devices goes
-- before.
\set ECHO none
CREATE FUNCTION asked(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE spelled(query);
	RETURN format('requests: %s', requests());
END $$;
CREATE TABLE wanted AS SELECT 'd' || g AS name FROM generate_series(1, 10) g;
ANALYZE wanted;
SELECT fill(100);
ANALYZE devices;
\set ECHO all
SELECT asked(q), q FROM unnest(ARRAY[
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) WHERE d.device_name IN (SELECT ''d'' || n FROM generate_series(1, 10) n)',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) WHERE j.device_name IN (SELECT ''d'' || n FROM generate_series(1, 10) n)',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) WHERE d.device_name IN (SELECT name FROM wanted)',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) WHERE j.device_name IN (SELECT name FROM wanted OFFSET 0)',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) JOIN wanted w ON w.name = j.device_name',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) JOIN (SELECT DISTINCT name FROM wanted) w ON w.name = j.device_name',
	'SELECT FROM devices d JOIN ota_job j ON KEY(j, d) WHERE EXISTS (SELECT FROM wanted w WHERE w.name = j.device_name)',
	'SELECT FROM devices d LEFT JOIN (ota_job j JOIN wanted x ON x.name = j.device_name) ON KEY(j, d) WHERE d.device_name IN (SELECT name FROM wanted)',
	'SELECT FROM devices d JOIN (SELECT product_key, device_name, firmware_id, max(job_id) FROM ota_job GROUP BY 1, 2, 3) j ON KEY(j, d) WHERE d.device_name IN (SELECT ''d'' || n FROM generate_series(1, 10) n)']) q;

-- The first statement of a session, too.
\c
SET search_path = t;
SET jit = on;
SELECT explain_lines(spelled('SELECT FROM devices d JOIN ota_job j ON KEY(j, d)'), 'JIT', 'COSTS ON');
SELECT requests();
