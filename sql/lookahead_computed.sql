-- Joins whose keys are subqueries that refer to the outer row: these are evaluated ahead, for
-- the rows for which the scan would evaluate them, and where all rows are read.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql
SET client_min_messages = error;
SELECT FROM make_views('latest', 'SELECT DISTINCT ON (KEYS) * FROM ota_job ORDER BY KEYS, job_id DESC') \gset
SELECT FROM make_views('united', 'SELECT KEYS, job_id FROM ota_job UNION SELECT KEYS, job_status FROM ota_job') \gset
-- DEVICE is the name of the row's device; so is FAILS, which does where there are two.
CREATE TABLE device AS SELECT id, device_name FROM inventory;
CREATE TABLE twice AS TABLE device UNION ALL SELECT * FROM device WHERE id > 30;
ANALYZE device;
ANALYZE twice;
CREATE FUNCTION written(query text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(replace(query, 'DEVICE', '(SELECT max(d.device_name) FROM device d WHERE d.id = i.id)'),
		'FAILS', '(SELECT d.device_name FROM twice d WHERE d.id = i.id)');
$$;
-- Of the table, and of views.
CREATE FUNCTION through_all(query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT overlaps(t, replace(written(query), 'JOBS', t)) FROM unnest('{ota_job,latest_ota_job,united_ota_job}'::text[]) t;
$$;
SET client_min_messages = notice;
\set ECHO all

SELECT through_all('SELECT i.id, j.job_id FROM inventory i JOIN JOBS j ON j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id');
SELECT through_all('SELECT i.id, j.job_id FROM inventory i LEFT JOIN JOBS j ON j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id');
SELECT through_all('SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM JOBS j WHERE j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id)');
SELECT through_all('SELECT i.site, count(*) FROM inventory i JOIN JOBS j ON j.product_key = i.product_key AND j.device_name = (SELECT i.device_name) AND j.firmware_id = i.firmware_id GROUP BY 1');
-- Lists, several keys, and a key of another lookup.
SELECT through_all('SELECT i.id, j.job_id FROM inventory i JOIN JOBS j ON j.product_key = i.product_key AND j.device_name = ANY (ARRAY(SELECT d.device_name FROM device d WHERE d.id IN (i.id, i.id - 1))) AND j.firmware_id = i.firmware_id');
SELECT through_all('SELECT i.id, j.job_id FROM inventory i JOIN JOBS j ON j.product_key = i.product_key AND j.device_name IN (SELECT d.device_name FROM device d WHERE d.id IN (i.id, i.id - 1)) AND j.firmware_id = i.firmware_id');
SELECT through_all('SELECT i.id, j.job_id FROM inventory i JOIN JOBS j ON j.product_key = (SELECT min(k.product_key) FROM inventory k WHERE k.id = i.id) AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id');
SELECT through_all('SELECT i.id, j.job_id FROM inventory i JOIN JOBS j ON j.product_key = i.product_key AND j.device_name = (SELECT max(k.device_name) FROM ota_job k WHERE KEY(k, i)) AND j.firmware_id = i.firmware_id');
-- A column of a subquery.
SELECT through_all('SELECT i.id, i.name, j.job_id FROM (SELECT *, DEVICE AS name FROM inventory i) i LEFT JOIN JOBS j ON j.product_key = i.product_key AND j.device_name = i.name AND j.firmware_id = i.firmware_id');
-- For all arms of a view there is one column.
SELECT explain_lines(spelled(written('SELECT i.id, j.job_id FROM inventory i JOIN united_ota_job j ON j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id')), '^ *(->  Result|->  Custom Scan)', 'COSTS OFF');
-- A condition on the outer row guards the subquery, too; so does a key before it that is NULL.
SELECT overlaps('guarded', written('SELECT i.id, j.job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id AND i.id > 10'));
SELECT FROM requests() \gset
SELECT sqlstate_of(written('SELECT i.id, j.job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = FAILS AND j.firmware_id = i.firmware_id AND i.id <= 30')), requests();
SELECT sqlstate_of(written('SELECT i.id, j.job_id FROM (SELECT id, CASE WHEN id <= 30 THEN product_key END AS product_key, firmware_id FROM inventory) i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = FAILS AND j.firmware_id = i.firmware_id')), requests();
-- It is not evaluated ahead of a row that may not be wanted.
SELECT rows_of(written('SELECT i.id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = FAILS AND j.firmware_id = i.firmware_id LIMIT 3')), requests();
-- Nor where the scan may not be come to, nor within a subquery, whose parameters it would have to set.
SELECT serial('behind a row', written('SELECT i.id, x.job_id FROM inventory i LEFT JOIN LATERAL (SELECT j.job_id FROM device e JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id WHERE e.id = i.id) x ON true'));
SELECT serial('in a subquery', written('SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id) FROM inventory i'));
SELECT overlaps('instead', written('SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = x.name AND j.firmware_id = i.firmware_id) FROM inventory i, LATERAL (SELECT max(d.device_name) AS name FROM device d WHERE d.id = i.id) x'));
-- Nor where another key is told by it.
SELECT serial('told by it', 'SELECT i.id, j.job_id FROM inventory i JOIN latest_ota_job j ON j.product_key IN (SELECT unnest(ARRAY[i.product_key, i.product_key])) AND j.device_name = i.device_name AND j.firmware_id = translate(j.product_key, ''pk01'', ''1878'')');
SELECT serial('told by it', written('SELECT i.id, j.job_id FROM inventory i JOIN latest_ota_job j ON j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = CASE j.device_name WHEN ''d3:3'' THEN ''187'' ELSE ''188'' END'));
