-- CALL tuya_fdw_refresh: a local copy of what the devices of an inventory have.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/setup.sql
\i :setup
\set VERBOSITY default
-- Compares the copy with the rule, and says what the last CALL has asked.
CREATE FUNCTION copy_is(copy text DEFAULT 't.jobs') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	asked text := requests();
	wrong bigint;
	n bigint;
BEGIN
	EXECUTE format('CREATE TEMP TABLE got_rows ON COMMIT DROP AS SELECT product_key, device_name, firmware_id, job_id, job_status, job_type, selection_type, target_selection, utc_create, utc_modified, package_product_key, package_firmware_id FROM %s', copy);
	CREATE TEMP TABLE want_rows ON COMMIT DROP AS SELECT i.*, s.* FROM (SELECT DISTINCT product_key, device_name, firmware_id FROM inventory WHERE device_name IS NOT NULL) i, sim_jobs(product_key, device_name, firmware_id) s;
	SELECT count(*) INTO wrong FROM ((TABLE got_rows EXCEPT ALL TABLE want_rows) UNION ALL (TABLE want_rows EXCEPT ALL TABLE got_rows)) d;
	SELECT count(*) INTO n FROM want_rows;
	RETURN CASE WHEN wrong > 0 THEN wrong || ' WRONG of ' ELSE '' END || n || ' rows, ' || asked || ' requests';
END $$;
-- Which versions of rows there are: what was written since shows.
CREATE FUNCTION written(copy regclass, than text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT concat_ws('' '', xmin, xmax, ctid, job_id) FROM %s EXCEPT SELECT version FROM %s) d', copy, than) INTO n;
	RETURN n || ' written';
END $$;
CREATE FUNCTION note(copy regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE noted;
	EXECUTE format('CREATE TABLE noted AS SELECT concat_ws('' '', xmin, xmax, ctid, job_id) AS version FROM %s', copy);
END $$;
CREATE TABLE noted (version text);
\set ECHO all

-- It makes the copy and, beside it, a state for each key.
CALL tuya_fdw_refresh(target => 'jobs', source => 'ota_job', inventory => 'inventory');
SELECT copy_is();
SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid = 'jobs'::regclass AND attnum > 0 ORDER BY attnum;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid IN ('jobs'::regclass, 'jobs_state'::regclass) AND contype = 'p' ORDER BY conrelid;
SELECT product_key, device_name, firmware_id, fetched_at BETWEEN now() - interval '1 hour' AND now(), asked_at IS NOT NULL, rows, error_code, error_message, failed_since FROM jobs_state ORDER BY 1, 2, 3;
SELECT count(*) FROM jobs WHERE fetched_at IS NULL;
SELECT relname, relkind, obj_description(oid, 'pg_class') ~ 'tuya_fdw_refresh' FROM pg_class WHERE relnamespace = 't'::regnamespace AND relname LIKE 'jobs%' AND relkind <> 'i' ORDER BY 1;

-- Keys that are young are not asked; older ones are, and what does not differ is not written.
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory');
SELECT copy_is();
SELECT FROM note('jobs') \gset
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0', batch => 2);
SELECT copy_is(), written('jobs', 'noted');
-- What differs is.
UPDATE jobs SET job_status = 'x' WHERE job_id = (SELECT min(job_id) FROM jobs);
DELETE FROM jobs WHERE job_id = (SELECT max(job_id) FROM jobs);
INSERT INTO jobs (product_key, device_name, firmware_id, job_id) VALUES ('pk1', 'd:0', '187', 'gone');
SELECT FROM note('jobs') \gset
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0');
SELECT copy_is(), written('jobs', 'noted');

-- Keys that left the inventory are forgotten, new ones are asked, and those alone.
INSERT INTO inventory VALUES ('east', 'pk1', 'new:2', '187');
DELETE FROM inventory WHERE site = 'west';
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory');
SELECT copy_is();
SELECT count(*) FROM jobs_state;

-- A key that fails keeps its rows, and is named; the others go on.
SELECT sim('set fail_count=-1 fail_device=d:5 fail_shape=service fail_code=iot.prod.NotExistedProduct');
SET client_min_messages = error;
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0');
SELECT copy_is();
SELECT device_name, rows, error_code, error_message ~ 'NotExisted', failed_since = asked_at, fetched_at < asked_at FROM jobs_state WHERE failed_since IS NOT NULL;
CREATE TABLE since AS SELECT failed_since FROM jobs_state WHERE failed_since IS NOT NULL;
-- It is asked by each CALL, until it does not fail.
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory');
SELECT copy_is();
SELECT device_name, failed_since = (TABLE since), failed_since < asked_at FROM jobs_state WHERE failed_since IS NOT NULL;
RESET client_min_messages;
SELECT sim('set fail_count=0');
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory');
SELECT copy_is();
SELECT count(*) FROM jobs_state WHERE failed_since IS NOT NULL OR error_code IS NOT NULL OR error_message IS NOT NULL OR rows IS NULL;

-- A service that is down ends the CALL.  What it had by then stays.
TRUNCATE jobs, jobs_state;
SELECT sim('set fail_count=-1 fail_skip=2 fail_device= fail_shape=service fail_code=iot.prod.NotExistedProduct');
ALTER FOREIGN TABLE ota_job OPTIONS (ADD on_error_limit '1');
\set VERBOSITY terse
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', batch => 2);
SELECT sim('set fail_count=0 fail_skip=0'), requests();
SELECT count(*) FROM jobs_state;
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', batch => 2);
\set VERBOSITY default
SELECT copy_is();
ALTER FOREIGN TABLE ota_job OPTIONS (DROP on_error_limit);

-- A ration: never asked first, then the oldest.
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0', max_requests => 2);
SELECT requests();
INSERT INTO inventory VALUES ('east', 'pk1', 'newer:4', '187');
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0', max_requests => 1);
SELECT requests(), (SELECT device_name FROM jobs_state ORDER BY asked_at DESC LIMIT 1);
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0', max_requests => 100);
SELECT copy_is();
-- Pages count; a key that needs more than the ration is asked all the same.
ALTER FOREIGN TABLE ota_job OPTIONS (ADD page_size '1');
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0', max_requests => 4);
SELECT requests() BETWEEN '2' AND '5';
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0');
SELECT copy_is();
ALTER FOREIGN TABLE ota_job OPTIONS (DROP page_size);

-- Names that need quotes, another schema, an inventory that is a view with other names.
CREATE SCHEMA "O'ther ""S";
CREATE VIEW "O'ther ""S"."In""v" AS SELECT product_key AS "P K", device_name::varchar AS "d'n", firmware_id AS "Fw" FROM inventory;
CREATE FOREIGN TABLE "O'ther ""S"."So'urce" ("Prod" text OPTIONS (parameter 'ProductKey'), "select" varchar(20) OPTIONS (parameter 'DeviceName'),
	"f""w" text OPTIONS (parameter 'FirmwareID') COLLATE "C", "Job Id" numeric OPTIONS (field 'jobId'), "rows" text OPTIONS (field 'jobStatus'), "At" timestamptz OPTIONS (field 'fetchedAt'), rid text OPTIONS (field 'requestId')) SERVER tuya;
SELECT sim('set firmware_parameter=FirmwareID');
CALL tuya_fdw_refresh('"O''ther ""S"."T""a''rget"', '"O''ther ""S"."So''urce"', '"O''ther ""S"."In""v"', keys => ARRAY['P K', 'd''n', 'Fw']);
SELECT requests();
SELECT count(*), count(DISTINCT "Job Id"), count("At"), count(rid) FROM "O'ther ""S"."T""a'rget";
SELECT count(*), sum(rows) FROM "O'ther ""S"."T""a'rget_state";
SELECT sim('set firmware_parameter=FirmwareId');
-- A long name.
CALL tuya_fdw_refresh(repeat('ü', 31), 'ota_job', 'inventory');
SELECT count(*), copy_is(repeat('ü', 31)) FROM pg_class WHERE relname LIKE repeat('ü', 28) || '\_%';
-- A source that shows errors as rows itself needs no foreign table beside the copy.
CREATE FOREIGN TABLE own (product_key text, device_name text, firmware_id text, job_id text, fetched_at timestamptz,
	code text OPTIONS (field 'errorCode'), message text OPTIONS (field 'errorMessage')) SERVER tuya OPTIONS (on_error 'row');
CALL tuya_fdw_refresh('own_copy', 'own', 'inventory');
SELECT attname FROM pg_attribute WHERE attrelid = 'own_copy'::regclass AND attnum > 0 ORDER BY attnum;
SELECT to_regclass('own_copy_source'), requests(), (SELECT count(*) FROM own_copy);
-- A copy of one's own: fewer columns, other types, and more.
CREATE TABLE mine (job_id numeric, firmware_id text, device_name varchar, product_key text, job_status varchar(20), site text DEFAULT 'x', PRIMARY KEY (product_key, device_name, firmware_id, job_id));
CALL tuya_fdw_refresh('mine', 'ota_job', 'inventory');
SELECT FROM note('mine') \gset
CALL tuya_fdw_refresh('mine', 'ota_job', 'inventory', older_than => '0');
SELECT requests(), count(*), count(job_status), count(site), written('mine', 'noted') FROM mine;
-- The source is altered: so is what is asked.
ALTER FOREIGN TABLE ota_job ADD COLUMN request_id text;
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0');
SELECT copy_is();
SELECT count(*) FROM pg_attribute WHERE attrelid = 'jobs_source'::regclass AND attname = 'request_id';
ALTER FOREIGN TABLE ota_job DROP COLUMN request_id;
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory');

-- One bad row of the inventory keeps nothing up.
INSERT INTO inventory SELECT 'bad', 'pk1', left(string_agg(md5(n::text), ''), l), '187' FROM generate_series(1, 100) n, unnest('{0, 1500, 3200}'::int[]) l GROUP BY l;
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0');
SELECT requests(), (SELECT string_agg(length(device_name) || ' ' || error_code, ', ' ORDER BY 1) FROM jobs_state WHERE failed_since IS NOT NULL);
DELETE FROM inventory WHERE site = 'bad';

-- What is refused.
SELECT error_of($$CALL tuya_fdw_refresh('jobs', 'inventory', 'inventory')$$);
SELECT error_of($$CALL tuya_fdw_refresh('jobs', 'nothing', 'inventory')$$);
SELECT error_of($$CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', batch => 0)$$);
SELECT error_of($$CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => NULL)$$);
SELECT error_of($$CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', keys => '{product_key}')$$);
SELECT error_of($$CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', keys => '{product_key,device_name,nothing}')$$);
SELECT error_of($$CALL tuya_fdw_refresh('a.b.c', 'ota_job', 'inventory')$$);
SELECT error_of($$CALL tuya_fdw_refresh('nowhere.jobs', 'ota_job', 'inventory')$$);
CREATE FOREIGN TABLE keyless (product_key text, device_name text, firmware_id text) SERVER tuya;
SELECT error_of($$CALL tuya_fdw_refresh('keyless_copy', 'keyless', 'inventory')$$);
CREATE TABLE taken (a int);
CREATE TABLE taken_source (a int);
SELECT error_of($$CALL tuya_fdw_refresh('taken', 'ota_job', 'inventory')$$);
\set VERBOSITY terse
BEGIN;
CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0');
ROLLBACK;
SELECT requests();

-- It runs with the caller's rights.
CREATE ROLE tuya_refresher;
GRANT USAGE, CREATE ON SCHEMA t TO tuya_refresher;
SET ROLE tuya_refresher;
CALL t.tuya_fdw_refresh('theirs', 'ota_job', 'inventory');
RESET ROLE;
GRANT SELECT ON ota_job TO tuya_refresher;
SET ROLE tuya_refresher;
CALL t.tuya_fdw_refresh('theirs', 'ota_job', 'inventory');
RESET ROLE;
GRANT SELECT ON inventory TO tuya_refresher;
SET ROLE tuya_refresher;
CALL t.tuya_fdw_refresh('theirs', 'ota_job', 'inventory');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER tuya TO tuya_refresher;
SET ROLE tuya_refresher;
CALL t.tuya_fdw_refresh('jobs', 'ota_job', 'inventory');
\set VERBOSITY sqlstate
CALL t.tuya_fdw_refresh('theirs', 'ota_job', 'inventory');
\set VERBOSITY terse
RESET ROLE;
CREATE USER MAPPING FOR tuya_refresher SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
SET ROLE tuya_refresher;
CALL t.tuya_fdw_refresh('theirs', 'ota_job', 'inventory');
RESET ROLE;
SELECT copy_is('theirs');

-- Objects of other schemas do not get in between.
CREATE SCHEMA trap;
CREATE FUNCTION trap.left(name, integer) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
CREATE FUNCTION trap.format(text, VARIADIC name[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
CREATE FUNCTION trap.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
CREATE FUNCTION trap.no(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.no);
CREATE OPERATOR trap.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.no);
SET search_path = trap, pg_catalog, t;
CALL t.tuya_fdw_refresh('jobs', 'ota_job', 'inventory', older_than => '0');
SHOW search_path;
SET search_path = t;
SELECT copy_is();

DROP OWNED BY tuya_refresher;
DROP ROLE tuya_refresher;
DROP SCHEMA trap CASCADE;
DROP SCHEMA "O'ther ""S" CASCADE;

-- A constant column is in the copy, and follows the source's.
CREATE FOREIGN TABLE eu_job (region text OPTIONS (constant 'eu') NOT NULL, product_key text, device_name text, firmware_id text, job_id text, job_status text) SERVER tuya;
CREATE TABLE few AS SELECT 'pk1'::text AS product_key, d AS device_name, '187'::text AS firmware_id FROM unnest('{d:1,d:5}'::text[]) d;
CALL tuya_fdw_refresh('eu', 'eu_job', 'few');
SELECT device_name, region, count(*), count(job_status) FROM eu GROUP BY 1, 2 ORDER BY 1;
ALTER FOREIGN TABLE eu_job ALTER COLUMN region OPTIONS (SET constant 'Europe');
CALL tuya_fdw_refresh('eu', 'eu_job', 'few', older_than => '0');
SELECT device_name, region, count(*), count(job_status) FROM eu GROUP BY 1, 2 ORDER BY 1;
SELECT * FROM tuya_fdw_columns('eu_job') WHERE kind <> 'field';
