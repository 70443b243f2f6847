-- Nothing writes to a foreign table, nor analyzes it: PostgreSQL refuses that in
-- its own way, and the service is not asked.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

INSERT INTO ota_job (product_key, device_name, firmware_id, job_id) VALUES ('pk1', 'd:1', '187', '1');
INSERT INTO ota_job SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
UPDATE ota_job SET job_status = 'CANCELED' WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
UPDATE ota_job j SET job_status = 'CANCELED' FROM inventory i
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id);
DELETE FROM ota_job;
DELETE FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187' RETURNING *;
TRUNCATE ota_job;
TRUNCATE inventory, ota_job;
COPY ota_job FROM '/dev/null';
ANALYZE ota_job;
VACUUM ota_job;

-- Also by way of a view or a partition.
CREATE VIEW jobs AS SELECT * FROM ota_job;
INSERT INTO jobs (product_key) VALUES ('pk1');
CREATE TABLE parted (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE part PARTITION OF parted DEFAULT SERVER tuya;
INSERT INTO parted (product_key, device_name, firmware_id, job_id) VALUES ('pk1', 'd:1', '187', '1');

-- Where the words differ from version to version, the SQLSTATE.
SELECT sqlstate_of('COPY ota_job TO STDOUT');
SELECT sqlstate_of('MERGE INTO ota_job USING inventory i ON ota_job.device_name = i.device_name WHEN MATCHED THEN DELETE');
SELECT sqlstate_of('CREATE INDEX ON ota_job (job_id)');
SELECT sqlstate_of('ALTER TABLE ota_job ENABLE ROW LEVEL SECURITY');

SELECT requests(), (SELECT count(*) FROM inventory);
-- It still reads.
SELECT count(*) FROM jobs WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187';
SELECT requests();
