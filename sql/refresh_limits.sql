-- Limits of a CALL of tuya_fdw_refresh hold for all of its batches: the ration, also where requests
-- are sent again and keys have more pages than was known, and on_error_limit.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql
\set ECHO none
SET client_min_messages = error;
DROP TABLE inventory;
CREATE TABLE inventory AS SELECT 'pk' AS product_key, 'd' || i || ':2' AS device_name, '187' AS firmware_id FROM generate_series(1, 300) i;
-- how many requests a CALL has sent, and how many keys are done by then
CREATE FUNCTION state(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	done bigint;
	failed bigint;
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE error_code IS NULL), count(*) FILTER (WHERE error_code IS NOT NULL) FROM %s_state', name) INTO done, failed;
	RETURN format('%s requests, %s keys done, %s failed', requests(), done, failed);
END $$;
SELECT FROM requests() \gset
\set ECHO all

-- What is sent again counts.
SELECT sim('set fail_count=20');
CALL tuya_fdw_refresh('jobs', 'remote.ota_job', 'inventory', max_requests => 100);
SELECT state('jobs');
SELECT sim('set fail_count=0');
CALL tuya_fdw_refresh('jobs', 'remote.ota_job', 'inventory', max_requests => 100);
SELECT state('jobs');
SELECT sim('set fail_count=20 fail_skip=60');
CALL tuya_fdw_refresh('jobs', 'remote.ota_job', 'inventory', max_requests => 100, older_than => '0');
SELECT state('jobs');
SELECT sim('set fail_count=0 fail_skip=0');
CALL tuya_fdw_refresh('jobs', 'remote.ota_job', 'inventory');
SELECT state('jobs'), count(*) FROM jobs;

-- So do pages that nobody knew of: 20 products of 200 devices are 80 pages.
SELECT sim('set fleet_devices=200');
CREATE VIEW products AS SELECT 'fleet' || i AS product_key FROM generate_series(1, 20) i;
CALL tuya_fdw_refresh('devices', 'remote.device', 'products', max_requests => 30);
SELECT state('devices');
CALL tuya_fdw_refresh('devices', 'remote.device', 'products', max_requests => 30);
SELECT state('devices');
CALL tuya_fdw_refresh('devices', 'remote.device', 'products');
SELECT state('devices'), count(*) FROM devices;
-- A key that needs more than the ration is asked all the same, but no other.
CALL tuya_fdw_refresh('devices', 'remote.device', 'products', max_requests => 3, older_than => '0');
SELECT state('devices');

-- Keys that fail count over all batches. What they have told stays.
ALTER SERVER tuya OPTIONS (ADD on_error_limit '10');
SELECT sim('set fail_count=-1 fail_shape=service fail_code=iot.something.Other');
\set VERBOSITY terse
CALL tuya_fdw_refresh('jobs', 'remote.ota_job', 'inventory', batch => 3, older_than => '0');
SELECT state('jobs'), count(*) FROM jobs;
-- The next CALL goes on behind them.
CALL tuya_fdw_refresh('jobs', 'remote.ota_job', 'inventory', batch => 3, older_than => '0');
SELECT state('jobs');
-- The table's limit goes before the server's; up to it there is no error.
ALTER FOREIGN TABLE remote.ota_job OPTIONS (ADD on_error_limit '300');
CALL tuya_fdw_refresh('jobs', 'remote.ota_job', 'inventory', batch => 50, older_than => '0');
SELECT state('jobs'), count(*) FROM jobs;
SELECT sim('set fail_count=0');
CALL tuya_fdw_refresh('jobs', 'remote.ota_job', 'inventory');
SELECT state('jobs'), count(*) FROM jobs;
