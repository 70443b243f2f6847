-- A scan that lacks a key fails with HV00L when it is first asked for a row, and
-- not before; what is not "key = value" of text is no key condition.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

-- The message has the table, the columns, and a form that works.
SELECT FROM ota_job;
\echo :LAST_ERROR_SQLSTATE
CREATE FOREIGN TABLE "My Jobs" ("Device" text OPTIONS (parameter 'DeviceName'), product_key text, firmware_id text, job_id text) SERVER tuya;
SELECT job_id FROM "My Jobs" WHERE product_key = 'pk1' AND job_id = '1';
-- A table may lack a key's column, which is of use only where nobody reads it.
CREATE FOREIGN TABLE keyless (device_name text, firmware_id text, job_id text) SERVER tuya;
SELECT job_id FROM keyless WHERE device_name = 'd:5' AND firmware_id = '187';
SELECT same('SELECT FROM inventory i JOIN keyless k USING (device_name, firmware_id) WHERE false');

-- Only the first row counts.
SELECT error_of('SELECT * FROM ota_job WHERE false');
SELECT error_of('SELECT * FROM ota_job LIMIT 0');
SELECT error_of('EXPLAIN (VERBOSE) SELECT * FROM ota_job');
SELECT error_of('SELECT * FROM ota_job WHERE current_setting(''t.x'', true) = ''x''');
SELECT error_of('SELECT * FROM (SELECT * FROM inventory WHERE site = ''none'') i CROSS JOIN LATERAL (SELECT * FROM ota_job OFFSET 0) j');
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM ota_job;
FETCH 0 FROM c;
\set VERBOSITY sqlstate
FETCH 1 FROM c;
\set VERBOSITY default
ROLLBACK;

-- What does not pass a key on, and with LATERAL does.
SELECT sqlstate_of('SELECT * FROM inventory i JOIN (SELECT device_name, count(*) FROM ota_job GROUP BY 1) x USING (device_name)');
SELECT sqlstate_of('SELECT * FROM inventory i JOIN (SELECT DISTINCT ON (job_status) product_key, device_name, firmware_id, job_status
	FROM ota_job) x USING (product_key, device_name, firmware_id)');
SELECT sqlstate_of('SELECT * FROM inventory i JOIN (SELECT *, row_number() OVER () FROM ota_job) x USING (product_key, device_name, firmware_id)');
SELECT sqlstate_of('SELECT * FROM inventory i JOIN (SELECT * FROM ota_job LIMIT 1) x USING (product_key, device_name, firmware_id)');
SELECT sqlstate_of('WITH x AS MATERIALIZED (SELECT * FROM ota_job) SELECT * FROM inventory i JOIN x USING (product_key, device_name, firmware_id)');
SELECT sqlstate_of('SELECT * FROM inventory i FULL JOIN ota_job x USING (product_key, device_name, firmware_id)');
SELECT sqlstate_of('SELECT * FROM ota_job x LEFT JOIN inventory i USING (product_key, device_name, firmware_id)');
SELECT sqlstate_of('SELECT * FROM ota_job x WHERE NOT EXISTS (SELECT FROM inventory i
	WHERE (x.product_key, x.device_name, x.firmware_id) = (i.product_key, i.device_name, i.firmware_id))');
SELECT same($$ SELECT * FROM inventory i CROSS JOIN LATERAL (SELECT job_status, count(*) FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id GROUP BY 1) x $$);
SELECT same($$ SELECT * FROM inventory i CROSS JOIN LATERAL (SELECT DISTINCT job_status FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) x $$);
SELECT same($$ SELECT * FROM inventory i CROSS JOIN LATERAL (SELECT *, row_number() OVER (ORDER BY job_id) FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) x $$);
SELECT same($$ SELECT * FROM inventory i CROSS JOIN LATERAL (SELECT * FROM ota_job j WHERE j.product_key = i.product_key
	AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id ORDER BY job_id LIMIT 1) x $$);
SELECT same($$ SELECT * FROM inventory i CROSS JOIN LATERAL (WITH x AS MATERIALIZED (SELECT * FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) TABLE x) x $$);

-- What is no key condition.  (Newer PostgreSQL makes one of some of these where
-- a column is NOT NULL, so this table's is not.)
CREATE FOREIGN TABLE nullable_job (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
CREATE FUNCTION where_device(condition text) RETURNS text LANGUAGE sql AS $$
	SELECT sqlstate_of('SELECT * FROM nullable_job j WHERE product_key = ''pk1'' AND firmware_id = ''187'' AND ' || condition);
$$;
SELECT where_device($$ device_name = 'd:5' $$);
SELECT condition, where_device(condition) FROM (VALUES
	('device_name <> ''d:5'''), ('device_name LIKE ''d:5'''), ('device_name BETWEEN ''d:5'' AND ''d:5'''),
	('device_name IS DISTINCT FROM ''d:5'''), ('device_name IS NOT NULL'), ('device_name NOT IN (''d:5'')'),
	('(device_name = ''d:5'') IS NOT FALSE'), ('(device_name = ''d:5'' OR job_id = ''x'')'),
	('device_name = job_id'), ('device_name = j.device_name'), ('device_name = firmware_id || job_id'),
	('lower(device_name) = ''d:5'''), ('device_name || job_id = ''d:5 '''),
	('device_name::bpchar = ''d:5'''), ('device_name::name = repeat(''d'', 63)::name'),
	('device_name = ''d:'' || floor(5 + random())'), ('device_name = clock_timestamp()::text'),
	('device_name = (SELECT ''d:5'' WHERE job_id <> '''')')) c (condition);
CREATE COLLATION t.caseless (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
SELECT where_device($$ device_name = 'D:5' COLLATE t.caseless $$);
SELECT where_device($$ device_name COLLATE t.caseless = 'D:5' $$);
CREATE FOREIGN TABLE caseless (product_key text, device_name text COLLATE t.caseless, firmware_id text, job_id text) SERVER tuya;
SELECT sqlstate_of('SELECT * FROM caseless WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''');
SELECT count(*) FROM caseless WHERE product_key = 'pk1' AND device_name = 'd:5' COLLATE "C" AND firmware_id = '187';
SELECT requests();
