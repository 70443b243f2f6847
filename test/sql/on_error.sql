-- on_error.sql
--		What tests of errors as rows begin with, instead of setup.sql.
--
-- ota_job shows errors as rows, and so does local_job, with which same() compares: the
-- devices whose names begin with "bad" fail, once sim_fails() was called.
\i :root/test/sql/setup.sql
SET client_min_messages = error;
DROP FOREIGN TABLE ota_job;
CREATE FOREIGN TABLE ota_job (product_key text NOT NULL, device_name text NOT NULL, firmware_id text NOT NULL,
	job_id text, job_status text, utc_create timestamptz,
	error_code text OPTIONS (field 'errorCode'), error_sqlstate text OPTIONS (field 'errorSqlstate')) SERVER tuya OPTIONS (on_error 'row');
INSERT INTO inventory VALUES ('east', 'pk1', 'bad:3', '187'), ('east', 'pk1', 'bad:250', '187'), ('east', 'pk1', 'bad:3', '187');
ANALYZE inventory;
DROP TABLE local_job;
CREATE TABLE local_job AS
	SELECT p.*, d.*, f.*, s.job_id, s.job_status, s.utc_create, s.code AS error_code, left(s.code, 0) || 'HV000' AS error_sqlstate
	FROM (SELECT DISTINCT product_key FROM inventory) p,
		(SELECT DISTINCT device_name FROM inventory WHERE device_name IS NOT NULL) d,
		(SELECT DISTINCT firmware_id FROM inventory) f,
		LATERAL (SELECT j.job_id, j.job_status, j.utc_create, NULL AS code FROM sim_jobs(p.product_key, d.device_name, f.firmware_id) j WHERE d.device_name NOT LIKE 'bad%'
			UNION ALL SELECT NULL, NULL, NULL, 'iot.prod.NotExistedProduct' WHERE d.device_name LIKE 'bad%') s;
ANALYZE local_job;
CREATE FUNCTION sim_fails(settings text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT sim(concat_ws(' ', 'set fail_count=-1 fail_device=bad fail_shape=service fail_code=iot.prod.NotExistedProduct', nullif(settings, '')));
$$;
SET client_min_messages = notice;
