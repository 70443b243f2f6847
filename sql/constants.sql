-- Constant columns: the same value in each row, known before anybody is asked.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

CREATE SERVER tuya2 FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca', extra_parameters 'Region=2');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya2 OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE FOREIGN TABLE north_ota_job (site text OPTIONS (constant 'north') NOT NULL, product_key text, device_name text, firmware_id text,
	job_id text NOT NULL, job_status text) SERVER tuya;
CREATE VIEW north_local_job AS SELECT 'north'::text AS site, product_key, device_name, firmware_id, job_id, job_status FROM local_job;

-- One table, by constants: what its constant rules out makes no request, whatever the condition.
CREATE FUNCTION asked_for(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	query text := format('SELECT * FROM north_ota_job WHERE product_key = ''pk0'' AND device_name IN (''d4:4'', ''d3:3'') AND firmware_id = ''187'' AND %s', condition);
BEGIN
	RETURN condition || ': ' || compare(query, replace(query, 'ota_job', 'local_job'));
END $$;
SELECT asked_for(condition) FROM unnest(ARRAY['site = ''north''', 'site = ''south''', 'site <> ''north''', 'site IN (''south'', ''west'')', 'site = ANY (''{north,x}'')',
	'site < ''m''', 'site LIKE ''s%''', 'site LIKE ''n%''', 'site ~ ''^[a-m]''', 'site IS NULL', 'site IS NOT NULL', 'lower(site) = ''NORTH''', 'length(site) > 5', 'site::varchar(3) = ''sou''',
	'site IS DISTINCT FROM ''north''', 'NOT site = ''north''', 'site || ''x'' = ''northx''', 'site = product_key', 'site > device_name', 'site < device_name', 'left(site, 1) || right(device_name, 1) = ''n4''',
	'(site = ''south'' OR device_name = ''d4:4'')', '(site = ''south'' OR job_status = ''PLANNED'')', 'CASE WHEN site = ''south'' THEN job_id > '''' ELSE device_name > ''d4'' END', 'coalesce(site, ''south'') = ''south''',
	'(site, device_name) IN ((''south'', ''d4:4''), (''north'', ''d3:3''))', 'EXISTS (SELECT FROM inventory i WHERE i.site = north_ota_job.site AND id = 0)', 'site = (SELECT max(site) FROM inventory)', 'site = current_setting(''t.site'', true)']) condition;
-- Prepared: custom plans and generic ones.
PREPARE of_site (text) AS SELECT count(*) FROM north_ota_job WHERE site = $1 AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187';
SELECT requests() \g /dev/null
EXECUTE of_site ('north');
EXECUTE of_site ('south');
SELECT requests();
SET plan_cache_mode = force_generic_plan;
EXECUTE of_site ('north');
EXECUTE of_site ('south');
SELECT requests();
-- The option may change under a plan that is kept.
ALTER FOREIGN TABLE north_ota_job ALTER COLUMN site OPTIONS (SET constant 'south');
EXECUTE of_site ('north');
SELECT requests();
EXECUTE of_site ('south');
ALTER FOREIGN TABLE north_ota_job ALTER COLUMN site OPTIONS (SET constant 'north');
EXECUTE of_site ('south');
SELECT requests();
RESET plan_cache_mode;

-- Joined: a gate for each outer row.
SELECT shape('join', $$ SELECT * FROM inventory i JOIN north_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT shape('left join', $$ SELECT i.*, job_id, j.site FROM inventory i LEFT JOIN north_ota_job j ON KEY(j, i) AND j.site = i.site $$);
SELECT shape('other', $$ SELECT * FROM inventory i JOIN north_ota_job j ON KEY(j, i) AND j.site <> i.site $$);
SELECT shape('exists', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM north_ota_job j WHERE KEY(j, i) AND j.site = i.site) $$);
SELECT shape('not exists', $$ SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM north_ota_job j WHERE KEY(j, i) AND j.site = i.site) $$);
SELECT shape('in', $$ SELECT * FROM inventory i WHERE (i.site, i.product_key, i.device_name, i.firmware_id) IN (SELECT site, product_key, device_name, firmware_id FROM north_ota_job) $$);
SELECT shape('scalar subquery', $$ SELECT *, (SELECT count(*) FROM north_ota_job j WHERE KEY(j, i) AND j.site = i.site) FROM inventory i $$);
SELECT shape('lateral', $$ SELECT * FROM inventory i, LATERAL (SELECT site, max(job_id) FROM north_ota_job j WHERE KEY(j, i) AND j.site = i.site GROUP BY 1) x $$);
SELECT shape('two tables', $$ SELECT i.id, a.id, job_id FROM inventory i JOIN inventory a ON a.id = i.id + 1 JOIN north_ota_job j ON KEY(j, i) AND j.site = a.site $$);
SELECT shape('update', $$ UPDATE inventory i SET site = job_status FROM north_ota_job j WHERE KEY(j, i) AND j.site = i.site AND right(job_id, 1) = '1' RETURNING i.* $$);
-- It may be a key's value, or part of one.
CREATE FOREIGN TABLE d_ota_job (name text OPTIONS (constant 'd4:4'), product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
CREATE VIEW d_local_job AS SELECT 'd4:4'::text AS name, product_key, device_name, firmware_id, job_id FROM local_job;
SELECT shape('key', $$ SELECT * FROM d_ota_job WHERE product_key = 'pk0' AND firmware_id = '187' AND device_name = name $$);
SELECT shape('part of a key', $$ SELECT i.id, j.* FROM inventory i JOIN d_ota_job j ON j.product_key = i.product_key AND j.firmware_id = i.firmware_id AND j.device_name = left(j.name, 2) || ':4' $$);
SELECT shape('equal to a key', $$ SELECT * FROM inventory i JOIN d_ota_job j ON KEY(j, i) AND j.name = j.device_name $$);
SELECT shape('list with it', $$ SELECT * FROM d_ota_job WHERE product_key = 'pk0' AND firmware_id = '187' AND device_name IN (name, 'd3:3') $$);

-- Rows have it in each place; whole rows, too.
SELECT DISTINCT site, j.site = 'north', j IS NOT NULL, row_to_json(j)->>'site' FROM north_ota_job j WHERE product_key = 'pk0' AND device_name IN ('d4:4') AND firmware_id = '187';
SELECT requests() \g /dev/null
-- Counting goes on by the total; but for what is not known before.
SELECT count(*), count(site) FROM north_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:250' AND firmware_id = '187';
SELECT requests();
SELECT count(site) FROM north_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:250' AND firmware_id = '187' AND site IN ('north', 'south') AND site > 'a';
SELECT requests();
SELECT count(*) FROM north_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:250' AND firmware_id = '187' AND site = 'south';
SELECT requests();
SELECT count(*) FROM north_ota_job WHERE product_key = 'pk0' AND device_name = site || ':3' AND firmware_id = '187';
SELECT requests();
SELECT count(*) FROM north_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:250' AND firmware_id = '187' AND site = current_setting('t.site', true);
SELECT requests();
SELECT site, job_id > '' FROM north_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:250' AND firmware_id = '187' AND site = 'north' LIMIT 2;
SELECT requests();
-- Estimates: it has one value.
SELECT estimated($$ SELECT FROM north_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:250' AND firmware_id = '187' AND site = 'north' $$),
	estimated($$ SELECT FROM north_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:250' AND firmware_id = '187' AND site LIKE 'n%' $$),
	estimated($$ SELECT FROM north_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:250' AND firmware_id = '187' AND site = 'south' $$);

-- Of any type, by its input function; and what the types and the validator refuse.
CREATE TYPE region AS ENUM ('eu', 'us');
CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0);
CREATE FOREIGN TABLE typed (product_key text, device_name text, firmware_id text, job_id text,
	a region OPTIONS (constant 'us'), b even OPTIONS (constant '42'), c text[] OPTIONS (constant '{x,"y z"}'), d timestamptz OPTIONS (constant '2024-01-01 00:00'),
	e varchar(3) OPTIONS (constant 'eu'), f boolean OPTIONS (constant 'on'), g jsonb OPTIONS (constant '{"a": 1}'), h numeric(5,1) OPTIONS (constant '1.26'), i char(4) OPTIONS (constant 'a')) SERVER tuya;
CREATE VIEW one AS SELECT * FROM typed WHERE product_key = 'pk1' AND device_name = 'd1:1' AND firmware_id = '187';
SELECT a, b, c, d, e, f, g, h, i FROM one;
SELECT requests() \g /dev/null
SELECT count(*) FROM one WHERE a > 'eu' AND b = 42 AND 'x' = ANY (c) AND d = '2024-01-01 00:00' AND e = 'eu' AND f AND g ? 'a' AND h = 1.3 AND i = 'a';
SELECT requests();
SELECT condition, rows_of('SELECT FROM one WHERE ' || condition), requests() FROM unnest(ARRAY['a = ''eu''', 'b <> 42', '''z'' = ANY (c)', 'c && ''{z}''', 'd < ''2024-01-01 00:00''', 'NOT f', 'g @> ''{"a": 2}''', 'h > 2', 'i = ''b''']) condition;
-- ... which may depend on the session: as the rows, so the conditions.
SET timezone = 'Asia/Tokyo';
PREPARE at_time AS SELECT d = '2024-01-01 00:00+09' FROM one WHERE d = '2023-12-31 15:00Z';
SET plan_cache_mode = force_generic_plan;
EXECUTE at_time;
SET timezone = 'UTC';
EXECUTE at_time;
RESET plan_cache_mode;

-- What a type does not take is refused at first use, which is planning.
CREATE FUNCTION refusal(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE refused (product_key text, r %s OPTIONS (constant %L)) SERVER tuya', type, value);
	result := error_of('EXPLAIN SELECT FROM refused');
	DROP FOREIGN TABLE refused;
	RETURN result;
END $$;
SELECT refusal(type, value) FROM (VALUES ('int', 'eu'), ('varchar(2)', 'west'), ('region', 'as'), ('even', '43'), ('date', '2024-02-30'), ('text[]', '{'), ('numeric(2)', '1000'), ('regclass', 'no_table'), ('even', '42')) v (type, value);
-- What is silly at once.
CREATE FOREIGN TABLE silly (r text OPTIONS (constant 'x', field 'jobId')) SERVER tuya;
\echo :LAST_ERROR_SQLSTATE
CREATE FOREIGN TABLE silly (r text OPTIONS (parameter 'ProductKey', constant 'x')) SERVER tuya;
CREATE FOREIGN TABLE silly (r text OPTIONS (constant '')) SERVER tuya;
CREATE FOREIGN TABLE silly (r text OPTIONS (constant 'a', constant 'b')) SERVER tuya;
CREATE FOREIGN TABLE silly (r text OPTIONS (constants 'a')) SERVER tuya;
CREATE FOREIGN TABLE silly (r text) SERVER tuya OPTIONS (constant 'a');
ALTER FOREIGN TABLE north_ota_job ALTER COLUMN site OPTIONS (ADD field 'jobType');
ALTER FOREIGN TABLE north_ota_job ALTER COLUMN site OPTIONS (SET constant '');
ALTER FOREIGN TABLE north_ota_job ALTER COLUMN site OPTIONS (DROP constant);
EXPLAIN SELECT FROM north_ota_job;
ALTER FOREIGN TABLE north_ota_job ALTER COLUMN site OPTIONS (ADD constant 'north');
-- A key's name does not make a key of it.
CREATE FOREIGN TABLE one_product (product_key text OPTIONS (constant 'pk0'), device_name text, firmware_id text, job_id text) SERVER tuya;
SELECT error_of('SELECT * FROM one_product WHERE product_key = ''pk0'' AND device_name = ''d4:4'' AND firmware_id = ''187''');

-- A condition waits for its turn if it might show a row that another one hides; the constant itself is no secret.
CREATE FUNCTION seen(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$ BEGIN RAISE NOTICE 'seen: %', $1; RETURN $1 = 'north'; END $$;
CREATE VIEW hidden WITH (security_barrier) AS SELECT * FROM north_ota_job WHERE job_status = 'NONE';
SELECT requests() \g /dev/null
SELECT * FROM hidden WHERE product_key = 'pk1' AND device_name = 'd11:1' AND firmware_id = '188' AND seen(site);
SELECT requests();
SELECT count(*) FROM hidden WHERE product_key = 'pk1' AND device_name = 'd11:1' AND firmware_id = '188' AND site = 'south';
SELECT requests();
-- Nor one that is volatile.  One that might throw depends on no row: it is tested as those without columns are.
SELECT count(*) FROM north_ota_job WHERE product_key = 'pk1' AND device_name = 'd11:1' AND firmware_id = '188' AND site < random()::text;
SELECT requests();
SELECT sqlstate_of('SELECT FROM north_ota_job WHERE product_key = ''pk1'' AND device_name = ''d10:0'' AND firmware_id = ''188'' AND site::int > 0'), requests();
