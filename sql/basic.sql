-- A foreign table shows the jobs of one key, and asks for no more than is read.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

-- All columns, as the simulator's rule has them.
\x on
SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
\x off
SELECT requests();

-- Where nothing is wanted of the rows they are counted all the same.
CREATE VIEW five AS SELECT * FROM ota_job
	WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187';
SELECT count(*) FROM five;
SELECT 1 FROM five;
SELECT FROM five \g /dev/null
\echo :ROW_COUNT
SELECT requests();

-- Whole rows and system columns.  The row's place is a constant, as of every foreign row.
SELECT same('SELECT j FROM ota_job j
	WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''');
SELECT same('SELECT (j).job_id, row_to_json(j) FROM ota_job j
	WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''');
SELECT tableoid::regclass, ctid, job_status FROM ota_job
	WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SELECT count(five) FROM five WHERE five::text LIKE '%PLANNED%' OR five IS NOT NULL;
SELECT requests();

-- LIMIT stops the asking: 250 jobs are three pages.
CREATE VIEW many AS SELECT * FROM ota_job
	WHERE product_key = 'pk1' AND device_name = 'd:250' AND firmware_id = '187';
SELECT count(*) FROM (SELECT FROM many LIMIT 100) x;
SELECT requests();
SELECT count(*) FROM (SELECT FROM many OFFSET 100 LIMIT 1) x;
SELECT requests();
SELECT count(*) FROM (SELECT FROM many LIMIT 0) x;
SELECT requests();
SELECT EXISTS (SELECT FROM many);
SELECT requests();
-- ... but not where a condition of ours lets rows through
SELECT count(*) FROM (SELECT FROM many WHERE job_id LIKE '%000001' LIMIT 1) x;
SELECT requests();

-- A table may have fewer columns, in any order, lose some and gain some.
CREATE FOREIGN TABLE few (job_id text, firmware_id varchar, gone int, device_name text, product_key text, job_status varchar)
	SERVER tuya;
ALTER FOREIGN TABLE few DROP COLUMN gone, ADD COLUMN utc_create timestamp;
SELECT few, few.* FROM few WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
ALTER FOREIGN TABLE few DROP COLUMN job_id, ADD COLUMN job_type text;
SELECT few, few.* FROM few WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
-- ... down to the key
ALTER FOREIGN TABLE few DROP COLUMN job_status, DROP COLUMN utc_create, DROP COLUMN job_type;
SELECT few, few.* FROM few WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SELECT requests();

-- A prepared statement sees the table as it is.
PREPARE jobs(text) AS SELECT * FROM few WHERE product_key = 'pk1' AND device_name = $1 AND firmware_id = '187';
EXECUTE jobs('d:1');
EXECUTE jobs('d:0');
SELECT requests();
ALTER FOREIGN TABLE few OPTIONS (ADD page_size '2'), ADD COLUMN target_selection text;
DEALLOCATE jobs;
PREPARE jobs(text) AS SELECT count(*) FROM few WHERE product_key = 'pk1' AND device_name = $1 AND firmware_id = '187';
EXECUTE jobs('d:5');
SELECT requests();
ALTER FOREIGN TABLE few OPTIONS (SET page_size '3');
EXECUTE jobs('d:5');
SELECT requests();

-- A plan node above may want its rows in any kind of slot.
SELECT same('SELECT DISTINCT job_status, job_type FROM ota_job
	WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187'' ORDER BY 1, 2');
SELECT same('SELECT job_status, count(*), max(utc_create) FROM ota_job
	WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187'' GROUP BY 1');
SELECT same('SELECT job_id, row_number() OVER (ORDER BY job_id) FROM ota_job
	WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''');
SELECT same('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''
	UNION ALL SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''d:1'' AND firmware_id = ''187''');
