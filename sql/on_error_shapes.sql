-- The row of an error is a row like others: joins, subqueries, conditions, counts.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/on_error.sql
SELECT sim_fails(), requests() \gset
SET client_min_messages = error;
CREATE TABLE report (device_name text, jobs bigint, errors bigint);
\set ECHO all

-- Joins.
SELECT same('SELECT i.*, j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)');
SELECT same('SELECT i.*, j.* FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id)');
SELECT same('SELECT i.*, j.* FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE j.job_id IS NULL');
SELECT same('SELECT i.*, j.* FROM inventory i LEFT JOIN ota_job j ON (i.product_key, i.device_name, i.firmware_id) = (j.product_key, j.device_name, j.firmware_id) AND j.error_code IS NULL');
SELECT same('SELECT * FROM inventory i, LATERAL (SELECT count(*), count(j.job_id), max(j.error_code) FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) x');
SELECT same('SELECT a.*, b.job_id FROM ota_job a JOIN ota_job b USING (product_key, device_name, firmware_id)
	WHERE product_key = ''pk1'' AND device_name IN (''bad:3'', ''d:1'') AND firmware_id = ''187''');
-- Whether there is a row.
SELECT same('SELECT * FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE (i.product_key, i.device_name, i.firmware_id) = (j.product_key, j.device_name, j.firmware_id))');
SELECT same('SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE (i.product_key, i.device_name, i.firmware_id) = (j.product_key, j.device_name, j.firmware_id))');
SELECT same('SELECT * FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE (i.product_key, i.device_name, i.firmware_id) = (j.product_key, j.device_name, j.firmware_id) AND job_id IS NOT NULL)');
SELECT same('SELECT * FROM inventory i WHERE device_name IN (SELECT j.device_name FROM ota_job j WHERE (i.product_key, i.device_name, i.firmware_id) = (j.product_key, j.device_name, j.firmware_id) AND j.error_sqlstate = ''HV000'')');
SELECT same('SELECT i.*, (SELECT count(*) FROM ota_job j WHERE (i.product_key, i.device_name, i.firmware_id) = (j.product_key, j.device_name, j.firmware_id)),
	(SELECT max(error_code) FROM ota_job j WHERE (i.product_key, i.device_name, i.firmware_id) = (j.product_key, j.device_name, j.firmware_id)) FROM inventory i');
-- Counts, and conditions on columns, to which it is subject.
SELECT same('SELECT count(*) FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''bad:250'' AND firmware_id = ''187''');
SELECT same('SELECT count(*) FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''');
SELECT same('SELECT count(*), count(job_id), count(error_code) FROM ota_job WHERE product_key = ''pk1'' AND device_name IN (''bad:3'', ''bad:250'', ''d:5'', ''d:0'') AND firmware_id IN (''187'', ''188'')');
SELECT same('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name IN (''bad:3'', ''d:5'') AND firmware_id = ''187'' AND job_status = ''FAILED''');
SELECT same('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name IN (''bad:3'', ''d:5'') AND firmware_id = ''187'' AND job_status IS DISTINCT FROM ''FAILED''');
SELECT same('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''bad:3'' AND firmware_id = ''187'' AND job_id IS NULL');
SELECT same('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''bad:3'' AND firmware_id = ''187'' AND error_code IS NULL');
-- A view that groups, unions, a self-made whole row, a window.
SELECT same('SELECT i.site, v.* FROM inventory i JOIN (SELECT product_key, device_name, firmware_id, max(job_id), count(error_code) FROM ota_job GROUP BY 1, 2, 3) v USING (product_key, device_name, firmware_id)');
SELECT same('SELECT j FROM ota_job j WHERE product_key = ''pk1'' AND device_name = ''bad:3'' AND firmware_id = ''187'' UNION ALL
	SELECT j FROM ota_job j WHERE product_key = ''pk1'' AND device_name = ''d:1'' AND firmware_id = ''187''');
SELECT same('SELECT device_name, job_id, row_number() OVER (PARTITION BY device_name ORDER BY job_id) FROM ota_job WHERE product_key = ''pk1'' AND device_name IN (''bad:3'', ''d:5'') AND firmware_id = ''187''');

-- LIMIT stops the requests at the row of an error, too.
SELECT sim('set hold_ms=0');
SELECT j.device_name, j.error_code FROM (VALUES ('bad:3'), ('bad:4'), ('d:5')) v (d), LATERAL (SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = d AND firmware_id = '187' LIMIT 1) j LIMIT 1;
SELECT requests();
SELECT j.device_name, j.error_code FROM (VALUES ('bad:3'), ('d:5')) v (d), LATERAL (SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = d AND firmware_id = '187' LIMIT 1) j;
SELECT requests();

-- A cursor, and an Append that waits for several.
SET tuya_fdw.lookahead_rows = 256;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT device_name, count(job_id), max(error_code) FROM ota_job WHERE product_key = 'pk1' AND device_name IN ('bad:3', 'd:5') AND firmware_id = '187' GROUP BY 1 ORDER BY 1;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
COMMIT;
SELECT requests();
SELECT explain_lines('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''bad:3'' AND firmware_id = ''187'' UNION ALL SELECT * FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''', 'Async', 'COSTS OFF');
SELECT device_name, count(*), max(error_code) FROM (SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'bad:250' AND firmware_id = '187' UNION ALL SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:250' AND firmware_id = '187'
	UNION ALL SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'bad:3' AND firmware_id = '187') u GROUP BY 1 ORDER BY 1;
SELECT requests();

-- What writes.
INSERT INTO report SELECT i.device_name, count(j.job_id), count(j.error_code) FROM (SELECT DISTINCT product_key, device_name, firmware_id FROM inventory) i JOIN ota_job j USING (product_key, device_name, firmware_id) GROUP BY 1;
TABLE report ORDER BY 1;
UPDATE report r SET errors = (SELECT count(*) FROM ota_job j WHERE j.product_key = 'pk1' AND j.device_name = r.device_name AND j.firmware_id = '187' AND j.error_code IS NOT NULL);
DELETE FROM report r USING ota_job j WHERE j.product_key = 'pk1' AND j.device_name = r.device_name AND j.firmware_id = '187' AND j.error_code IS NULL;
TABLE report ORDER BY 1;
SELECT requests();

-- One table shows errors, the other does not: each by its own option, with one request.
CREATE FOREIGN TABLE strict (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
SELECT sqlstate_of('SELECT FROM ota_job a JOIN strict b USING (product_key, device_name, firmware_id) WHERE product_key = ''pk1'' AND device_name = ''bad:3'' AND firmware_id = ''187''');
SELECT requests();

-- Little memory, many pages, a key that is read again after it failed on its last page.
SET work_mem = '64kB';
SELECT sim_fails('fail_page=3');
SELECT same('SELECT n, j.* FROM generate_series(1, 2) n, ota_job j WHERE product_key = ''pk1'' AND device_name IN (''bad:250'', ''pump'') AND firmware_id = ''187''');
SELECT sim('reset');
