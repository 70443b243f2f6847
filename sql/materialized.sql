-- What reads into a local table, or changes one by what it reads, works as with
-- any other table.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

-- How the table's rows differ from those that the rule says for the inventory.
CREATE VIEW inventory_job AS SELECT DISTINCT j.* FROM inventory i JOIN local_job j USING (product_key, device_name, firmware_id);
CREATE FUNCTION differs(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT format(''%%s rows, %%s missing, %%s too many'', (SELECT count(*) FROM %1$s),
		(SELECT count(*) FROM (TABLE inventory_job EXCEPT ALL TABLE %1$s) m),
		(SELECT count(*) FROM (TABLE %1$s EXCEPT ALL TABLE inventory_job) m))', relation) INTO result;
	RETURN result;
END $$;

CREATE TABLE copied AS SELECT DISTINCT j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id);
SELECT differs('copied'), requests();
CREATE TABLE nothing AS SELECT j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WITH NO DATA;
SELECT count(*), requests() FROM nothing;
SELECT DISTINCT j.* INTO selected FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id);
SELECT differs('selected'), requests();
CREATE TABLE inserted (LIKE ota_job, PRIMARY KEY (job_id));
INSERT INTO inserted SELECT j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) ON CONFLICT DO NOTHING;
SELECT differs('inserted'), requests();
COPY (SELECT device_name, job_id, job_status FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	WHERE site = 'north' ORDER BY 1, 2) TO STDOUT;
SELECT requests();

-- Changes of a local table by what the service says.
UPDATE inserted l SET job_status = 'NEW: ' || j.job_status FROM ota_job j
	WHERE (l.product_key, l.device_name, l.firmware_id, l.job_id) = (j.product_key, j.device_name, j.firmware_id, j.job_id)
		AND j.job_type = 'UPGRADE_FIRMWARE';
SELECT requests(), count(*) FILTER (WHERE job_status LIKE 'NEW: %') = count(*) FILTER (WHERE job_type = 'UPGRADE_FIRMWARE'), count(*) FROM inserted;
MERGE INTO inserted l USING (SELECT DISTINCT j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)) j
	ON l.job_id = j.job_id
	WHEN MATCHED AND l.job_status <> j.job_status THEN UPDATE SET job_status = j.job_status;
SELECT differs('inserted'), requests();
DELETE FROM inserted l USING ota_job j
	WHERE (l.product_key, l.device_name, l.firmware_id, l.job_id) = (j.product_key, j.device_name, j.firmware_id, j.job_id) AND j.device_name = 'd:5';
SELECT differs('inserted'), requests();

-- Materialized views are read as their owner, when they are refreshed.
CREATE ROLE regress_tuya_owner;
GRANT ALL ON SCHEMA t TO regress_tuya_owner;
GRANT SELECT ON ota_job, inventory TO regress_tuya_owner;
CREATE USER MAPPING FOR regress_tuya_owner SERVER tuya OPTIONS (access_key_id 'nobody', access_key_secret 'testsecret');
CREATE MATERIALIZED VIEW refreshed AS SELECT DISTINCT j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WITH NO DATA;
SELECT requests();
REFRESH MATERIALIZED VIEW refreshed;
SELECT differs('refreshed'), requests();
CREATE UNIQUE INDEX ON refreshed (job_id);
REFRESH MATERIALIZED VIEW CONCURRENTLY refreshed;
SELECT differs('refreshed'), requests();
DELETE FROM inventory WHERE device_name = 'd:1';
INSERT INTO inventory VALUES ('north', 'pk2', 'd:5', '188');
SELECT differs('refreshed'), requests();
REFRESH MATERIALIZED VIEW CONCURRENTLY refreshed;
SELECT differs('refreshed'), requests();
ALTER MATERIALIZED VIEW refreshed OWNER TO regress_tuya_owner;
SELECT sqlstate_of('REFRESH MATERIALIZED VIEW refreshed');
SELECT sim('clear');
ALTER USER MAPPING FOR regress_tuya_owner SERVER tuya OPTIONS (SET access_key_id 'testid');
REFRESH MATERIALIZED VIEW refreshed;
SELECT differs('refreshed'), requests();
-- A refresh that fails leaves what there was.
SELECT sim('set fail_count=1 fail_skip=2 fail_shape=service fail_code=iot.system.Oops');
SELECT sqlstate_of('REFRESH MATERIALIZED VIEW refreshed');
SELECT differs('refreshed'), requests();
DROP OWNED BY regress_tuya_owner CASCADE;
DROP ROLE regress_tuya_owner;
