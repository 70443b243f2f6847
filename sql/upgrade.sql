-- A database with version 1.0 goes on working with this library, and ALTER EXTENSION UPDATE
-- makes of it what CREATE EXTENSION does.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/setup.sql
\i :setup

-- All that the extension has: how it is defined, who may use it, what is said of it.
CREATE FUNCTION parts() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' | ', pg_describe_object(d.classid, d.objid, 0), obj_description(d.objid, d.classid::regclass::name),
		pg_get_functiondef(p.oid), p.proacl, pg_get_viewdef(c.oid), c.relacl, i.initprivs)
	FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
		LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
		LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
		LEFT JOIN pg_init_privs i ON i.classoid = d.classid AND i.objoid = d.objid
	WHERE d.deptype = 'e' AND e.extname = 'tuya_fdw';
$$;
CREATE TABLE fresh AS SELECT parts() AS part;
SELECT count(*) > 3 FROM fresh;

-- As it was.
SET client_min_messages = warning;
DROP EXTENSION tuya_fdw CASCADE;
CREATE EXTENSION tuya_fdw VERSION '1.0';
CREATE SERVER tuya FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya
	OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER tuya INTO t;
SELECT same($$SELECT job_id FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187'$$);

-- Nothing that is there is lost.
ALTER EXTENSION tuya_fdw UPDATE;
SELECT extversion FROM pg_extension WHERE extname = 'tuya_fdw';
TABLE fresh EXCEPT SELECT parts();
SELECT parts() EXCEPT TABLE fresh;
SELECT same($$SELECT job_id FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187'$$);
