-- Which action a table shows is an option of the table alone.  Its keys, fields, pages and
-- hints are that action's; ALTER of it plans anew.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

CREATE FOREIGN TABLE f (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;

-- Its name is exact.  A page is no larger than the action has.
SELECT option, error_of(format('ALTER FOREIGN TABLE f OPTIONS (%s)', option)) FROM (VALUES
	($$ADD action 'ListOTATasksByJob'$$), ($$ADD action 'listotataskbyjob'$$), ($$ADD action 'ota_task'$$), ($$ADD action ''$$),
	($$ADD action 'ListOTATaskByJob'$$), ($$SET action 'ListOTAJobByFirmware', ADD page_size '200'$$),
	($$SET action 'ListOTAJobByDevice'$$), ($$SET action 'QueryDevice', SET page_size '51'$$),
	($$SET action 'QueryDevice', SET page_size '50'$$), ($$SET page_size '0'$$),
	($$SET action 'ListOTAModuleByProduct'$$), ($$SET action 'ListOTAModuleByProduct', DROP page_size$$),
	($$ADD page_size '1'$$), ($$DROP action, ADD page_size '101'$$), ($$DROP action, ADD page_size '100'$$),
	($$DROP page_size$$)) v (option);
SELECT error_of($$ALTER SERVER tuya OPTIONS (action 'ListOTATaskByJob')$$);
SELECT error_of($$ALTER SERVER tuya OPTIONS (list_path 'data')$$);

-- Where the list is: names with dots between them.
SELECT left(path, 20) AS path, error_of(format('ALTER FOREIGN TABLE f OPTIONS (%s list_path %L)',
		CASE n WHEN 1 THEN 'ADD' ELSE 'SET' END, path))
	FROM unnest(ARRAY['data', 'data.simpleOTATaskInfo', 'a.b.c.d', 'a.b.c.d.e', '', '.', 'data.', '.data', 'a..b', 'a b', ' a', 'a[0]', '$.data',
		'dätä', repeat('x', 255), repeat('x', 256), 'a_-9']) WITH ORDINALITY p (path, n);

-- A table has the columns of its action, and of no other.
CREATE FUNCTION columns_of(action text, columns text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE c (%s) SERVER tuya OPTIONS (action %L)', columns, action);
	RETURN error_of('EXPLAIN SELECT * FROM c');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT action, columns, columns_of(action, columns), error_of('DROP FOREIGN TABLE c') <> '' FROM (VALUES
	('ListOTATaskByJob', 'job_id text, task_id text'), ('ListOTATaskByJob', 'job_id text, job_status text'),
	('ListOTATaskByJob', $$j text OPTIONS (parameter 'JobId'), t text OPTIONS (field 'TASKID')$$),
	('ListOTATaskByJob', $$j text OPTIONS (parameter 'FirmwareId')$$), ('ListOTATaskByJob', $$t text OPTIONS (field 'iotid')$$),
	('ListOTATaskByJob', $$t text OPTIONS (field 'deviceStatus')$$), ('ListOTATaskByJob', $$job_id text, j text OPTIONS (field 'jobId')$$),
	('ListOTATaskByJob', $$t text OPTIONS (parameter 'taskSTATUS'), s text OPTIONS (field 'taskStatus')$$),
	('QueryProductList', 'product_key text, device_name text'), ('QueryProductList', $$p text OPTIONS (parameter 'ProductKey')$$),
	('ListOTAFirmware', 'firmware_id text, product_key text, dest_version varchar(20)'), ('ListOTAFirmware', 'dest_version int'),
	('ListOTAJobByDevice', $$t text OPTIONS (field 'taskId')$$)) v (action, columns);

-- A server's pages may be as large as any action has: each table's are no larger than its own.
ALTER SERVER tuya OPTIONS (ADD page_size '200');
IMPORT FOREIGN SCHEMA ota EXCEPT (ota_job) FROM SERVER tuya INTO t;
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		IF line ~ 'Remote Action|Key:|Keys|Lookups|Page Size|Missing' THEN RETURN NEXT trim(line); END IF;
	END LOOP;
END $$;
SELECT plan_of('TABLE product');
SELECT plan_of($$SELECT * FROM device WHERE product_key = 'pk1'$$);
SELECT plan_of('TABLE ota_firmware');
SELECT plan_of($$SELECT * FROM ota_firmware WHERE dest_version = '2' AND product_key IN ('a', 'b')$$);
SELECT plan_of($$SELECT * FROM ota_firmware_job WHERE firmware_id = '187'$$);
SELECT plan_of($$SELECT * FROM ota_task WHERE job_id = '1' AND task_status IN ('FAILED', 'CANCELED')$$);
SELECT plan_of($$SELECT * FROM ota_task WHERE job_id = '1' AND task_status <> 'FAILED'$$);
SELECT plan_of($$SELECT * FROM ota_open_task WHERE product_key = 'pk1' AND device_name = 'd:1' AND module_name = 'm'$$);
SELECT plan_of($$SELECT * FROM ota_module WHERE product_key = 'pk1'$$);
SELECT plan_of($$SELECT * FROM ota_module_version WHERE product_key = 'pk1' AND device_name = 'd:1'$$);
ALTER SERVER tuya OPTIONS (DROP page_size);

-- HV00L, with what its own keys need.
SELECT error_of(query) FROM (VALUES ('TABLE device'), ($$SELECT * FROM ota_task WHERE task_status = 'FAILED'$$),
	($$SELECT * FROM ota_open_task WHERE product_key = 'pk1'$$), ($$SELECT * FROM ota_firmware_job WHERE firmware_id > '1'$$)) v (query);

-- How many rows are expected of a key is the action's, unless an option says it.
CREATE FUNCTION expected_rows(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	RETURN plan -> 0 -> 'Plan' -> 'Plan Rows';
END $$;
SELECT query, expected_rows(query) FROM (VALUES ('TABLE product'), ($$SELECT * FROM device WHERE product_key = 'a'$$),
	($$SELECT * FROM ota_task WHERE job_id = '1'$$), ($$SELECT * FROM ota_job WHERE product_key = 'a' AND device_name = 'b' AND firmware_id = 'c'$$)) v (query);
ALTER SERVER tuya OPTIONS (ADD rows_per_lookup '7');
ALTER FOREIGN TABLE product OPTIONS (ADD rows_per_lookup '5');
SELECT expected_rows('TABLE product'), expected_rows($$SELECT * FROM device WHERE product_key = 'a'$$);
ALTER SERVER tuya OPTIONS (DROP rows_per_lookup);

-- A cached plan follows ALTER: of the action, of the path.
PREPARE tasks AS SELECT count(*) FROM f WHERE job_id = '1' AND product_key = 'pk1' AND device_name = 'd:2' AND firmware_id = '187';
EXECUTE tasks;
EXECUTE tasks;
ALTER FOREIGN TABLE f OPTIONS (DROP list_path);
EXECUTE tasks;
ALTER FOREIGN TABLE f OPTIONS (ADD list_path 'data.other');
SELECT error_of('EXECUTE tasks');
ALTER FOREIGN TABLE f OPTIONS (SET list_path 'DATA.simpleOtaJobInfo');
EXECUTE tasks;
ALTER FOREIGN TABLE f OPTIONS (ADD action 'ListOTATaskByJob');
EXPLAIN (COSTS OFF, VERBOSE) EXECUTE tasks;

-- Of a column's option that is no field, or no key, a hint tells those of its table.
SELECT table_name, error_of(format('ALTER FOREIGN TABLE %s ALTER COLUMN x OPTIONS (field ''nothing'')', table_name)) FROM (VALUES ('hint_job'), ('hint_device'), ('hint_product')) t (table_name),
	LATERAL (SELECT sqlstate_of(format('CREATE FOREIGN TABLE %s (x text) SERVER tuya %s', table_name, CASE table_name WHEN 'hint_device' THEN 'OPTIONS (action ''QueryDevice'')' WHEN 'hint_product' THEN 'OPTIONS (action ''QueryProductList'')' END))) made ORDER BY 1;
SELECT error_of('ALTER FOREIGN TABLE hint_device ALTER COLUMN x OPTIONS (parameter ''nothing'')'), error_of('ALTER FOREIGN TABLE hint_product ALTER COLUMN x OPTIONS (parameter ''nothing'')');
SELECT error_of('ALTER FOREIGN TABLE hint_device ADD COLUMN y text OPTIONS (field ''nickName_'')'), error_of('ALTER TABLE hint_device ALTER COLUMN x OPTIONS (field ''deviceSecrets'')');
SELECT error_of('CREATE FOREIGN TABLE hint_other (a text, b text OPTIONS (field ''tasksId'')) SERVER tuya OPTIONS (action ''ListOTATaskByJob'')');
-- Another wrapper's are none of ours, nor what is not there.
SELECT error_of('ALTER FOREIGN TABLE hint_none ALTER COLUMN x OPTIONS (field ''nothing'')'), error_of('ALTER FOREIGN TABLE IF EXISTS hint_none ALTER COLUMN x OPTIONS (field ''nothing'')');
DROP FOREIGN TABLE hint_job, hint_device, hint_product;
