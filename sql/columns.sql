-- What a column is, by its option or its name; of what type it may be.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

-- Other names.  A key shows what was asked for, a field what came, though both are a firmware's id.
CREATE FOREIGN TABLE renamed (
	fw text OPTIONS (field 'FIRMWAREID'), f text OPTIONS (parameter 'FirmwareId'), id text OPTIONS (field 'JobId'),
	d text OPTIONS (parameter 'DeviceName'), p text OPTIONS (parameter 'ProductKey'), pk text OPTIONS (field 'productkey')
) SERVER tuya;
SELECT compare('SELECT * FROM renamed WHERE p = ''pk1'' AND d = ''d:5'' AND f = ''187''',
	'SELECT package_firmware_id, firmware_id, job_id, device_name, product_key, package_product_key
	FROM local_job WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''');
-- A name may mislead: the option decides.
CREATE FOREIGN TABLE swapped (product_key text OPTIONS (parameter 'DeviceName'), device_name text OPTIONS (parameter 'ProductKey'),
	firmware_id text, job_id text OPTIONS (field 'jobStatus'), "Job_Status" text OPTIONS (field 'jobId'), "JOB_TYPE" text) SERVER tuya;
SELECT compare('SELECT * FROM swapped WHERE device_name = ''pk1'' AND product_key = ''d:5'' AND firmware_id = ''187''',
	'SELECT device_name, product_key, firmware_id, job_status, job_id, job_type
	FROM local_job WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''');

-- A parameter's name is sent as it is spelled.
SELECT count(*) FROM renamed WHERE p = 'pk1' AND d = 'd:5' AND f = '187';
SELECT sim('get last_firmware_parameter');
ALTER FOREIGN TABLE renamed ALTER COLUMN f OPTIONS (SET parameter 'FirmwareID');
SELECT sqlstate_of('SELECT FROM renamed WHERE p = ''pk1'' AND d = ''d:5'' AND f = ''187''');
SELECT sim('set firmware_parameter=FirmwareID');
SELECT count(*) FROM renamed WHERE p = 'pk1' AND d = 'd:5' AND f = '187';
SELECT sim('get last_firmware_parameter');
SELECT sqlstate_of('SELECT FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''');
SELECT sim('reset');

-- Keys of other types of text, fields of any type.
CREATE DOMAIN name_of_device AS varchar(40) CHECK (VALUE <> '');
CREATE DOMAIN firmware AS text;
CREATE DOMAIN old_firmware AS firmware;
CREATE TYPE status AS ENUM ('PLANNED', 'IN_PROGRESS', 'COMPLETED', 'CANCELED');
CREATE DOMAIN positive AS numeric CHECK (VALUE > 0);
CREATE FOREIGN TABLE typed (product_key varchar(20), device_name name_of_device, firmware_id old_firmware,
	job_id positive, job_status status, job_type varchar(20), selection_type bpchar(10), target_selection bytea,
	utc_create date, utc_modified timestamp(0), package_firmware_id int) SERVER tuya;
SELECT compare('SELECT * FROM typed WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''',
	'SELECT product_key, device_name, firmware_id, job_id::positive, job_status::status, job_type, selection_type::bpchar(10),
		convert_to(target_selection, ''UTF8''), utc_create::date, utc_modified::timestamp(0), package_firmware_id::int
	FROM local_job WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''');
SELECT sum(job_id), max(job_status), avg(package_firmware_id)::int FROM typed WHERE product_key = 'pk1' AND device_name = 'd:1'
	AND firmware_id = '187';

-- A value that a type does not take is an error that says where it was.
CREATE FOREIGN TABLE wrong (product_key text, device_name text, firmware_id text, job_id bigint, job_status int, job_type varchar(5),
	target_selection date, utc_create positive) SERVER tuya;
CREATE VIEW wrong_one AS SELECT * FROM wrong WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SELECT job_status FROM wrong_one;
SELECT job_type FROM wrong_one;
SELECT utc_create FROM wrong_one;
SELECT target_selection FROM wrong_one WHERE job_id > 0;
-- ... but only where somebody wants it
SELECT job_id FROM wrong_one;
SELECT count(*) FROM wrong_one;
SELECT requests();

-- What is wrong with the columns shows at first use, without a request.
CREATE FUNCTION refusal(columns text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE refused (%s) SERVER tuya', columns);
	result := error_of('EXPLAIN SELECT FROM refused');
	DROP FOREIGN TABLE refused;
	RETURN result;
END $$;
SELECT refusal('product_key text, nonsense text');
SELECT refusal('product_key text, "product key" text');
SELECT refusal('product_key text, job text OPTIONS (field ''jobId''), job_id text');
SELECT refusal('product_key text, pk text OPTIONS (parameter ''productkey'')');
SELECT refusal('product_key int');
SELECT refusal('"Device" char(10) OPTIONS (parameter ''DeviceName'')');
SELECT refusal('firmware_id name');
CREATE DOMAIN number AS bigint;
SELECT refusal('firmware_id number');
SELECT refusal('firmware_id text[]');
SELECT requests();
