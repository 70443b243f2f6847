-- IMPORT FOREIGN SCHEMA makes a table for each action, and asks nobody for it.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

CREATE VIEW made AS SELECT relname, srvname
	FROM pg_class c JOIN pg_foreign_table ON ftrelid = c.oid JOIN pg_foreign_server s ON s.oid = ftserver
	WHERE relnamespace = 't'::regnamespace ORDER BY relname COLLATE "C";

\set all_but_ota_job 'device, ota_firmware, ota_firmware_job, ota_module, ota_module_version, ota_open_task, ota_task, product'

-- The setup has imported this one.
TABLE made;
SELECT attname, format_type(atttypid, atttypmod), attnotnull, attfdwoptions, col_description(attrelid, attnum) FROM pg_attribute
	WHERE attrelid = 'ota_job'::regclass AND attnum > 0 ORDER BY attnum;
SELECT obj_description('ota_job'::regclass);
IMPORT FOREIGN SCHEMA ota FROM SERVER tuya INTO t;
DROP FOREIGN TABLE ota_job;

-- The others say which action they have.  What a key asked for is there once, a secret not at all.
IMPORT FOREIGN SCHEMA ota EXCEPT (ota_job) FROM SERVER tuya INTO t;
SELECT relname, ftoptions, obj_description(c.oid) FROM pg_class c JOIN pg_foreign_table ON ftrelid = c.oid
	WHERE relnamespace = 't'::regnamespace ORDER BY 1;
SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attfdwoptions, col_description(attrelid, attnum) FROM pg_attribute
	WHERE attrelid IN (SELECT ftrelid FROM pg_foreign_table) AND attnum > 0 ORDER BY attrelid::regclass::text, attnum;
SELECT count(*) FROM pg_attribute WHERE attrelid IN (SELECT ftrelid FROM pg_foreign_table) AND attname ~* 'secret' OR attfdwoptions::text ~* 'secret';
DROP FOREIGN TABLE :all_but_ota_job;

-- LIMIT TO and EXCEPT.  What is to be imported must be there.
IMPORT FOREIGN SCHEMA ota LIMIT TO (other) FROM SERVER tuya INTO t;
IMPORT FOREIGN SCHEMA ota LIMIT TO ("OTA_JOB") FROM SERVER tuya INTO t;
IMPORT FOREIGN SCHEMA ota EXCEPT (device, ota_firmware, ota_firmware_job, ota_job, ota_module, ota_open_task, ota_task, product) FROM SERVER tuya INTO t;
TABLE made;
DROP FOREIGN TABLE ota_module_version;
IMPORT FOREIGN SCHEMA ota LIMIT TO (other, ota_job) FROM SERVER tuya INTO t;
IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER tuya INTO t;
TABLE made;
DROP FOREIGN TABLE ota_job;
IMPORT FOREIGN SCHEMA ota LIMIT TO (product, ota_task) FROM SERVER tuya INTO t;
TABLE made;
DROP FOREIGN TABLE product, ota_task;
IMPORT FOREIGN SCHEMA ota EXCEPT (other, "OTA_JOB") FROM SERVER tuya INTO t;
TABLE made;
DROP FOREIGN TABLE ota_job, :all_but_ota_job;

-- Comments are there if IMPORT is the first that a session does; not where a table is written by hand, or is another wrapper's.
\c
SET search_path = t;
SET client_min_messages = notice;
IMPORT FOREIGN SCHEMA ota FROM SERVER tuya INTO t;
CREATE FOREIGN TABLE by_hand (job_id text) SERVER tuya;
SELECT relname, count(*) FROM pg_description d JOIN pg_class c ON c.oid = objoid AND classoid = 'pg_class'::regclass WHERE relnamespace = 't'::regnamespace AND relkind = 'f' GROUP BY 1 ORDER BY 1;
DROP FOREIGN TABLE by_hand, ota_job, :all_but_ota_job;
-- They go with their table, and an event trigger sees what it saw.
CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', (SELECT string_agg(DISTINCT command_tag, ', ') FROM pg_event_trigger_ddl_commands()); END $$;
CREATE EVENT TRIGGER told ON ddl_command_end EXECUTE FUNCTION told();
BEGIN;
IMPORT FOREIGN SCHEMA ota FROM SERVER tuya INTO t;
ROLLBACK;
DROP EVENT TRIGGER told;
DROP FUNCTION told();
SELECT count(*) FROM pg_description d WHERE classoid = 'pg_class'::regclass AND objsubid > 0 AND NOT EXISTS (SELECT FROM pg_class WHERE oid = objoid);

-- Another schema, and options, are refused, whatever else is said.
IMPORT FOREIGN SCHEMA public FROM SERVER tuya INTO t;
\echo :LAST_ERROR_SQLSTATE
IMPORT FOREIGN SCHEMA "OTA" LIMIT TO (other) FROM SERVER tuya INTO t;
\echo :LAST_ERROR_SQLSTATE
IMPORT FOREIGN SCHEMA ota FROM SERVER tuya INTO t OPTIONS (import_default 'true');
\echo :LAST_ERROR_SQLSTATE
TABLE made;

-- A server's name may be any; it is neither case-folded nor code.
CREATE SERVER "My ""Tuya""; SELECT" FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint 'https://x/');
IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER "My ""Tuya""; SELECT" INTO t;
TABLE made;

-- None of that has asked the service, nor does the table need a user mapping before it is read.
SELECT requests();
CREATE VIEW one AS SELECT job_status FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SELECT sqlstate_of('TABLE one');

-- The table is as any other: it can be renamed, and given columns and options.  A column that is renamed is what it was.
DROP FOREIGN TABLE ota_job CASCADE;
IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER tuya INTO t;
ALTER FOREIGN TABLE ota_job RENAME COLUMN job_id TO id;
ALTER FOREIGN TABLE ota_job RENAME COLUMN device_name TO device;
ALTER FOREIGN TABLE ota_job ALTER COLUMN id OPTIONS (SET field 'JOBID');
ALTER FOREIGN TABLE ota_job RENAME TO "Jobs";
SELECT id FROM "Jobs" WHERE product_key = 'pk1' AND device = 'd:1' AND firmware_id = '187';
SELECT requests();

-- Where the server's errors are rows, the table can have them, with columns that say why.
ALTER SERVER tuya OPTIONS (ADD on_error 'row');
DROP FOREIGN TABLE "Jobs";
IMPORT FOREIGN SCHEMA ota FROM SERVER tuya INTO t;
SELECT attrelid::regclass, count(*) FILTER (WHERE attnotnull AND attname !~ '^(product_key|device_name|firmware_id|job_id)$') AS not_null, count(*) FILTER (WHERE attname ~ '^error') AS errors
	FROM pg_attribute WHERE attrelid IN (SELECT ftrelid FROM pg_foreign_table) AND attnum > 0 GROUP BY attrelid ORDER BY attrelid::regclass::text;
SELECT attname, attnotnull, attfdwoptions, col_description(attrelid, attnum) FROM pg_attribute
	WHERE attrelid = 'ota_job'::regclass AND attnum > 0 AND (attnotnull OR attname ~ '^(job_id|error)') ORDER BY attnum;
SELECT sim('set fail_count=-1 fail_device=bad fail_shape=service fail_code=X');
SET client_min_messages = error;
SELECT device_name, job_id, error_code, error_sqlstate FROM ota_job WHERE product_key = 'pk1' AND device_name IN ('bad:1', 'd:1') AND firmware_id = '187' ORDER BY 1;
SELECT sim('reset');
