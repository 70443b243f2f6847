-- Which tables cannot show errors as rows, and what they are told.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
\set one 'SELECT count(*) FROM ota_job WHERE (product_key, device_name, firmware_id) = (''pk1'', ''d:5'', ''187'')'
CREATE FUNCTION said(statement text DEFAULT :'one') RETURNS text LANGUAGE sql AS 'SELECT error_of(statement)';
\set ECHO all

-- The option itself.
SELECT error_of(format('ALTER SERVER tuya OPTIONS (ADD on_error %L)', v)) FROM unnest('{warning,ROW,""}'::text[]) v;
SELECT error_of(format('ALTER FOREIGN TABLE ota_job OPTIONS (ADD on_error_limit %L)', v)) FROM unnest('{0,-1,1000001,many}'::text[]) v;

-- A table without a column for errors; one with a field that is NOT NULL.
ALTER SERVER tuya OPTIONS (ADD on_error 'row');
SELECT said();
ALTER FOREIGN TABLE ota_job ADD COLUMN "Why" text OPTIONS (field 'errorMessage');
SELECT said();
SELECT said('EXPLAIN ' || :'one');
ALTER FOREIGN TABLE ota_job ALTER COLUMN job_id DROP NOT NULL;
SELECT said();
-- Also where a plan is there already.
PREPARE p AS :one;
SET plan_cache_mode = force_generic_plan;
EXECUTE p;
ALTER FOREIGN TABLE ota_job ALTER COLUMN job_status SET NOT NULL;
EXECUTE p;
ALTER FOREIGN TABLE ota_job ALTER COLUMN job_status DROP NOT NULL;
EXECUTE p;
ALTER FOREIGN TABLE ota_job ALTER COLUMN "Why" OPTIONS (SET field 'jobType'), DROP COLUMN job_type;
EXECUTE p;
ALTER FOREIGN TABLE ota_job OPTIONS (ADD on_error 'error');
EXECUTE p;
ALTER FOREIGN TABLE ota_job OPTIONS (DROP on_error), ALTER COLUMN "Why" OPTIONS (SET field 'errorSqlstate');
EXECUTE p;

-- Whatever else keeps a field from being NULL.
ALTER FOREIGN TABLE ota_job ADD CONSTRAINT has_id CHECK (length(job_id) > 0);
SELECT said();
ALTER FOREIGN TABLE ota_job ADD CHECK (job_id IS NOT NULL AND job_status <> '');
SELECT said();
ALTER FOREIGN TABLE ota_job DROP CONSTRAINT ota_job_check;
CREATE DOMAIN plain_text AS text;
CREATE DOMAIN some_text AS plain_text NOT NULL;
CREATE DOMAIN more_text AS some_text;
ALTER FOREIGN TABLE ota_job ALTER COLUMN job_status TYPE plain_text;
SELECT said();
ALTER FOREIGN TABLE ota_job ALTER COLUMN job_status TYPE more_text;
SELECT said();
ALTER FOREIGN TABLE ota_job ALTER COLUMN job_status TYPE text;
SELECT said();
-- A constraint on several fields, or on what shows the error; not one that an error fits.
CREATE FUNCTION said_of(condition text, statement text DEFAULT :'one') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE ota_job ADD CONSTRAINT tested CHECK (%s)', condition);
	answer := error_of(statement);
	ALTER FOREIGN TABLE ota_job DROP CONSTRAINT tested;
	RETURN answer;
END $$;
SELECT c, said_of(c) FROM (VALUES ('job_id IS NOT NULL OR job_status IS NOT NULL'), ('"Why" IS NULL'), ('job_status IS NOT NULL OR "Why" IS NULL'), ('"Why" IS NOT NULL'),
	('(job_id IS NULL) = ("Why" IS NOT NULL)'), ('job_status <> ''x'''), ('job_id IS NOT NULL OR "Why" IS NOT NULL'), ('"Why" <> ''57014''')) v (c);
-- Also where PostgreSQL knows by it that no row matches, and does not read the table.
SET constraint_exclusion = on;
SELECT said_of('job_id IS NOT NULL', :'one' || ' AND job_id IS NULL');
SELECT said_of('job_id IS NOT NULL', 'SELECT (SELECT count(*) FROM inventory i LEFT JOIN (' || replace(:'one', 'count(*)', '*') || ' AND job_id IS NULL) j USING (device_name))');
SELECT said_of('"Why" IS NULL', :'one' || ' AND "Why" IS NOT NULL');
RESET constraint_exclusion;
BEGIN;
ALTER FOREIGN TABLE ota_job ALTER COLUMN job_id SET NOT NULL;
SELECT said(:'one' || ' AND job_id IS NULL');
ROLLBACK;
-- A key column is never NULL.
ALTER FOREIGN TABLE ota_job ALTER COLUMN device_name TYPE more_text;
SELECT said();

-- A column for errors is NULL in other rows, and is a text.
ALTER SERVER tuya OPTIONS (SET on_error 'error');
ALTER FOREIGN TABLE ota_job ALTER COLUMN "Why" SET NOT NULL;
SELECT said();
ALTER FOREIGN TABLE ota_job ALTER COLUMN "Why" DROP NOT NULL;
SELECT said();
SELECT v, said(format('ALTER FOREIGN TABLE ota_job ALTER COLUMN "Why" TYPE %s', v)), said() FROM unnest('{int,varchar(5),char(5),varchar,plain_text}'::text[]) v;
ALTER FOREIGN TABLE ota_job ADD COLUMN again text OPTIONS (field 'ERRORSQLSTATE');
SELECT said();
ALTER FOREIGN TABLE ota_job DROP COLUMN again;
-- They have no name of their own.
SELECT said('ALTER FOREIGN TABLE ota_job ADD COLUMN error_code text'), said();
ALTER FOREIGN TABLE ota_job DROP COLUMN error_code;

-- Partitions: by key they can, by a field only the one that has the NULLs.
CREATE TABLE by_device (product_key text, device_name text, firmware_id text, job_id text, job_status text, error_code text) PARTITION BY LIST (device_name);
CREATE FOREIGN TABLE five PARTITION OF by_device FOR VALUES IN ('d:5') SERVER tuya OPTIONS (on_error 'row');
CREATE FOREIGN TABLE others PARTITION OF by_device DEFAULT SERVER tuya OPTIONS (on_error 'row');
ALTER FOREIGN TABLE five ALTER COLUMN error_code OPTIONS (field 'errorCode');
ALTER FOREIGN TABLE others ALTER COLUMN error_code OPTIONS (field 'errorCode');
SET client_min_messages = error;
SELECT sim('set fail_count=-1 fail_shape=service fail_code=X'), left(requests(), 0);
SELECT tableoid::regclass, device_name, error_code FROM by_device WHERE product_key = 'pk1' AND device_name IN ('d:5', 'd:1') AND firmware_id = '187' ORDER BY 2;
SELECT requests();
CREATE TABLE by_status (LIKE by_device) PARTITION BY LIST (job_status);
CREATE FOREIGN TABLE failed PARTITION OF by_status FOR VALUES IN ('FAILED') SERVER tuya OPTIONS (on_error 'row');
CREATE FOREIGN TABLE not_failed PARTITION OF by_status DEFAULT SERVER tuya OPTIONS (on_error 'row');
ALTER FOREIGN TABLE failed ALTER COLUMN error_code OPTIONS (field 'errorCode');
ALTER FOREIGN TABLE not_failed ALTER COLUMN error_code OPTIONS (field 'errorCode');
SELECT said('SELECT FROM by_status WHERE (product_key, device_name, firmware_id) = (''pk1'', ''d:5'', ''187'')');
SELECT tableoid::regclass, device_name, error_code FROM by_status WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187') AND job_status IS NULL;

-- By a column that shows errors one has them, others have the other rows.
CREATE TABLE by_error (LIKE by_device) PARTITION BY LIST (error_code);
CREATE FOREIGN TABLE well PARTITION OF by_error FOR VALUES IN (NULL) SERVER tuya OPTIONS (on_error 'row');
CREATE FOREIGN TABLE ill PARTITION OF by_error DEFAULT SERVER tuya OPTIONS (on_error 'row');
ALTER FOREIGN TABLE well ALTER COLUMN error_code OPTIONS (field 'errorCode');
ALTER FOREIGN TABLE ill ALTER COLUMN error_code OPTIONS (field 'errorCode');
SELECT tableoid::regclass, device_name, count(job_id), min(error_code) FROM by_error WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187') GROUP BY 1, 2;
SELECT sim('set fail_count=0');
SELECT tableoid::regclass, device_name, count(job_id), min(error_code) FROM by_error WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187') GROUP BY 1, 2;
SELECT left(sim('set fail_count=-1') || requests(), 0);

-- A constant is the same in an error's row, so its column may be NOT NULL, and a partition's.
CREATE TABLE by_region (region text NOT NULL, day date, product_key text, device_name text, firmware_id text, job_id text, error_code text) PARTITION BY LIST (region);
CREATE FOREIGN TABLE eu (region text OPTIONS (constant 'eu') NOT NULL, day date OPTIONS (constant '2026-11-28') NOT NULL, product_key text, device_name text, firmware_id text, job_id text, error_code text OPTIONS (field 'errorCode'))
	SERVER tuya OPTIONS (on_error 'row');
ALTER TABLE by_region ATTACH PARTITION eu FOR VALUES IN ('eu');
SELECT * FROM eu WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187');
SELECT * FROM by_region WHERE region IN ('eu', 'us') AND (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187') AND job_id IS NULL;
SELECT requests();
SELECT count(*) FROM by_region WHERE region <> 'eu' AND (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187');
SELECT requests();
SELECT sim('reset');
