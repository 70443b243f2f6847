-- What a dashboard asks: of a view over the inventory and the jobs, and of a copy.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/setup.sql
\i :setup
RESET tuya_fdw.enable_lookahead;
RESET tuya_fdw.lookahead_rows;
CREATE TABLE device AS SELECT 'site ' || n % 10 AS site, 'pk' AS product_key, 'dev-' || n || ':2' AS device_name, '187' AS firmware_id FROM generate_series(1, 1000) n;
ANALYZE device;
CREATE VIEW device_job AS SELECT i.site, i.product_key, i.device_name, i.firmware_id, j.job_id, j.job_status, j.utc_create
	FROM device i JOIN ota_job j USING (product_key, device_name, firmware_id);
-- Requests of a query: as many as are to be expected, or "up to" a bound.
CREATE FUNCTION asks(query text, up_to int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint := requests();
	of_rows bigint := cardinality(rows_of(query));
BEGIN
	n := requests();
	RETURN of_rows || ' rows, ' || CASE WHEN n <= up_to THEN 'up to ' || up_to ELSE n::text END || ' requests';
END $$;
\set ECHO all

-- Columns of a view are looked up so.
SELECT asks('SELECT * FROM device_job LIMIT 0');
SELECT asks('SELECT * FROM device_job WHERE false');
-- A preview.
SELECT asks('SELECT * FROM device_job LIMIT 100', 150);
SELECT asks('SELECT * FROM device_job LIMIT 1000', 1000);
SELECT asks('SELECT * FROM (SELECT * FROM device_job) t LIMIT 100', 150);
-- One that sorts, counts or filters by what the service has asks for all.
SELECT asks('SELECT * FROM device_job ORDER BY utc_create DESC LIMIT 10');
SELECT asks('SELECT DISTINCT job_status FROM device_job');
SELECT asks('SELECT count(*) FROM device_job');
SELECT asks('SELECT * FROM device_job WHERE job_status = ''no such'' LIMIT 10');
-- A filter by the inventory, or the key, asks for what it leaves.
SELECT asks('SELECT job_status, count(*) FROM device_job WHERE site = ''site 3'' GROUP BY 1');
SELECT asks('SELECT * FROM device_job WHERE device_name = ''dev-7:2''');
SELECT asks('SELECT DISTINCT site FROM device');
-- The key columns are the inventory's: of the jobs' own no list can be had without a key.
SELECT asks('SELECT DISTINCT site FROM device_job');

-- A reporting role needs the view and the mapping of its owner, nothing more.
CREATE ROLE tuya_report;
GRANT USAGE ON SCHEMA t TO tuya_report;
GRANT SELECT ON device_job TO tuya_report;
SET ROLE tuya_report;
SELECT count(*) FROM t.device_job WHERE site = 'site 3';
\set VERBOSITY terse
SELECT count(*) FROM t.ota_job WHERE product_key = 'pk' AND device_name = 'dev-7:2' AND firmware_id = '187';
RESET ROLE;
SELECT FROM requests() \gset
-- The copy costs nothing, however it is asked.
CALL tuya_fdw_refresh('copy', 'ota_job', 'device');
SELECT requests();
GRANT SELECT ON copy, device TO tuya_report;
SET ROLE tuya_report;
SELECT count(*) FROM t.device JOIN t.copy USING (product_key, device_name, firmware_id) WHERE site = 'site 3';
RESET ROLE;
SELECT requests();
DROP OWNED BY tuya_report;
DROP ROLE tuya_report;
