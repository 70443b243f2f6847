-- CALL tuya_fdw_refresh copies each table: by an inventory of its keys, or, if it needs none, the
-- whole list.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql
\set ECHO none
SET client_min_messages = error;
CREATE TABLE each (n int, table_name text, keys text[], rows text[]);
INSERT INTO each VALUES
	(1, 'product', '{}', '{}'), (2, 'device', '{product_key}', '{{shop:120},{shop:51},{shop:0}}'), (3, 'ota_firmware', '{}', '{}'),
	(4, 'ota_firmware_job', '{firmware_id}', '{{fw:250},{fw:201},{fw:0}}'), (5, 'ota_task', '{job_id}', '{{batch:250},{batch:101},{batch:0}}'),
	(6, 'ota_open_task', '{product_key,device_name}', '{{shop:1,pump:250},{shop:1,pump:1},{shop:1,pump:0}}'), (7, 'ota_module', '{product_key}', '{{shop:120},{shop:50},{shop:0}}'),
	(8, 'ota_module_version', '{product_key,device_name}', '{{shop:1,pump:250},{shop:1,pump:201},{shop:1,pump:0}}'),
	(9, 'ota_job', '{product_key,device_name,firmware_id}', '{{shop:1,pump:150,1},{shop:1,pump:101,1},{shop:1,pump:0,1}}');
ALTER FOREIGN TABLE remote.product OPTIONS (ADD page_size '7');
DROP SCHEMA IF EXISTS copy, inventory CASCADE;
CREATE SCHEMA copy;
CREATE SCHEMA inventory;
SELECT format('CREATE TABLE inventory.%I AS SELECT %s FROM generate_series(1, 3) i', table_name, (SELECT string_agg(format('(%L::text[])[i][%s] AS %I', rows, o, k), ', ' ORDER BY o) FROM unnest(keys) WITH ORDINALITY u (k, o)))
	FROM each WHERE keys <> '{}' ORDER BY n \gexec
CREATE FUNCTION call_of(e each, arguments text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT format('CALL t.tuya_fdw_refresh(%L, %L%s%s)', 'copy.' || e.table_name, 'remote.' || e.table_name, CASE WHEN e.keys <> '{}' THEN format(', %L', 'inventory.' || e.table_name) END, arguments);
$$;
-- What differs between the copy and the rule, and what the CALL asked for; and what it has written.
CREATE FUNCTION copy_is(e each) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	asked text := requests();
	columns text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = ('local.' || e.table_name)::regclass AND attnum > 0);
	keys text := array_to_string(e.keys, ', ');
BEGIN
	RETURN (SELECT format('%s: %s rows, %s requests', e.table_name, count(*), asked) FROM rows_of(format('SELECT FROM copy.%I', e.table_name)) r, unnest(r))
		|| difference(rows_of(format('SELECT %s FROM copy.%I', columns, e.table_name)), rows_of(format('SELECT %s FROM local.%I', columns, e.table_name)
			|| CASE WHEN keys <> '' THEN format(' WHERE (%s) IN (SELECT %1$s FROM inventory.%I)', keys, e.table_name) ELSE '' END));
END $$;
CREATE FUNCTION versions(e each) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	EXECUTE format('SELECT md5(string_agg(concat_ws('' '', xmin, xmax, ctid), '','' ORDER BY ctid)) FROM copy.%I', e.table_name) INTO said;
	RETURN said;
END $$;
SELECT FROM requests() \gset
\set ECHO all

-- Made, ...
\set each 'SELECT call_of(e, :''arguments''), format(''SELECT copy_is(e) FROM each e WHERE n = %s'', n) FROM each e ORDER BY n'
\set ECHO none
\set arguments ''
:each \gexec
\set ECHO all
SELECT c.relname, pg_get_constraintdef(p.oid) FROM pg_class c JOIN pg_constraint p ON conrelid = c.oid AND contype = 'p' WHERE relnamespace = 'copy'::regnamespace ORDER BY 1;
SELECT * FROM (SELECT list, rows, failed_since, fetched_at >= now() - interval '1 hour' FROM copy.product_state) s;
SELECT job_id, rows, failed_since FROM copy.ota_task_state ORDER BY 1;
-- ... not asked again while it is young, ...
\set ECHO none
:each \gexec
\set ECHO all
-- ... asked again when it is not, in batches, and what has not changed is not written, ...
CREATE TABLE noted AS SELECT n, versions(e) AS v FROM each e;
\set ECHO none
\set arguments ', older_than => ''0'', batch => 1'
:each \gexec
\set ECHO all
SELECT count(*) FROM noted JOIN each e USING (n) WHERE v = versions(e);
-- ... what has changed is, ...
SELECT format('DELETE FROM copy.%I WHERE ctid IN (SELECT ctid FROM copy.%1$I LIMIT 2)', table_name) FROM each ORDER BY n \gexec
UPDATE copy.product SET product_name = 'old';
UPDATE copy.device SET nickname = NULL;
UPDATE copy.ota_task SET progress = NULL;
INSERT INTO copy.product (product_key) VALUES ('gone');
INSERT INTO copy.ota_task (job_id, task_id) VALUES ('batch:101', 'gone'), ('batch:left', 'gone');
\set ECHO none
\set arguments ', older_than => ''0'''
:each \gexec
\set ECHO all
-- ... and one that fails keeps its rows, and is named.
SELECT sim('set fail_count=-1 fail_shape=service fail_code=iot.something.Other');
\set ECHO none
:each \gexec
\set ECHO all
SELECT list, rows, error_code, failed_since = asked_at, fetched_at < asked_at FROM copy.product_state;
SELECT product_key, rows, error_code FROM copy.device_state ORDER BY 1;
SELECT sim('set fail_count=0');
\set ECHO none
\set arguments ''
:each \gexec
\set ECHO all
SELECT count(*) FROM copy.device_state WHERE failed_since IS NOT NULL;

-- A ration counts pages, walks' too.
DELETE FROM copy.device;
CALL tuya_fdw_refresh('copy.device', 'remote.device', 'inventory.device', older_than => '0', max_requests => 4);
SELECT requests();
CALL tuya_fdw_refresh('copy.device', 'remote.device', 'inventory.device', older_than => '0', max_requests => 100);
SELECT copy_is(e) FROM each e WHERE table_name = 'device';

-- What does not fit.
SELECT error_of($$ CALL tuya_fdw_refresh('copy.product', 'remote.product', 'inventory.device') $$);
SELECT error_of($$ CALL tuya_fdw_refresh('copy.product', 'remote.product', keys => '{product_key}') $$);
SELECT error_of($$ CALL tuya_fdw_refresh('copy.device', 'remote.device') $$);
CREATE FOREIGN TABLE remote.keyless_device (iot_id text, nickname text) SERVER tuya OPTIONS (action 'QueryDevice');
SELECT error_of($$ CALL tuya_fdw_refresh('copy.keyless', 'remote.keyless_device') $$), to_regclass('copy.keyless');
SELECT * FROM tuya_fdw_columns('remote.keyless_device') ORDER BY place;
-- The inventory of one is what the copy of another has.
CREATE VIEW inventory.fleet AS SELECT product_key FROM copy.product;
CALL tuya_fdw_refresh('copy.fleet', 'remote.device', 'inventory.fleet');
SELECT requests(), count(*), count(DISTINCT product_key) FROM copy.fleet;
