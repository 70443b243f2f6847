-- Joins and subqueries whose keys are subqueries that refer to the outer row: these are evaluated
-- ahead, for the rows for which the scan would evaluate them, and where all rows are read.
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
-- Nor where the scan may not be come to.
SELECT serial('behind a row', written('SELECT i.id, x.job_id FROM inventory i LEFT JOIN LATERAL (SELECT j.job_id FROM device e JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id WHERE e.id = i.id) x ON true'));
SELECT overlaps('instead', written('SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = x.name AND j.firmware_id = i.firmware_id) FROM inventory i, LATERAL (SELECT max(d.device_name) AS name FROM device d WHERE d.id = i.id) x'));
-- Nor where another key is told by it.
SELECT serial('told by it', 'SELECT i.id, j.job_id FROM inventory i JOIN latest_ota_job j ON j.product_key IN (SELECT unnest(ARRAY[i.product_key, i.product_key])) AND j.device_name = i.device_name AND j.firmware_id = translate(j.product_key, ''pk01'', ''1878'')');
SELECT serial('told by it', written('SELECT i.id, j.job_id FROM inventory i JOIN latest_ota_job j ON j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = CASE j.device_name WHEN ''d3:3'' THEN ''187'' ELSE ''188'' END'));

-- The same of the keys of subqueries, in the output, in conditions, in arguments.
CREATE FUNCTION of_subquery(name text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(name, written(replace(query, 'JOBS', '(SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = DEVICE AND j.firmware_id = i.firmware_id)')));
$$;
SELECT of_subquery('output', 'SELECT i.id, JOBS FROM inventory i');
SELECT of_subquery('condition', 'SELECT i.id FROM inventory i WHERE JOBS > 1');
SELECT of_subquery('argument', 'SELECT i.site, sum(JOBS) FROM inventory i GROUP BY 1');
SELECT of_subquery('ORDER BY', 'SELECT i.id FROM inventory i ORDER BY JOBS, id');
SELECT of_subquery('beside another', 'SELECT i.id, JOBS, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i');
SELECT of_subquery('twice', 'SELECT i.id, JOBS + JOBS FROM inventory i');
SELECT of_subquery('a list', 'SELECT i.id, ARRAY(SELECT job_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = ANY (ARRAY(SELECT d.device_name FROM device d WHERE d.id IN (i.id, i.id - 1))) AND j.firmware_id = i.firmware_id ORDER BY 1) FROM inventory i');
SELECT of_subquery('several', 'SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.product_key = (SELECT min(k.product_key) FROM inventory k WHERE k.id = i.id) AND j.device_name = DEVICE AND j.firmware_id = (SELECT k.firmware_id FROM inventory k WHERE k.id = i.id)) FROM inventory i');
SELECT of_subquery('a key alone', $$ SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.product_key = 'pk1' AND j.device_name = DEVICE AND j.firmware_id = '188') FROM inventory i $$);
SELECT of_subquery('of another lookup', 'SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = (SELECT max(k.device_name) FROM ota_job k WHERE KEY(k, i)) AND j.firmware_id = i.firmware_id) FROM inventory i');
SELECT of_subquery('nested', 'SELECT i.id, (SELECT max(x.n) FROM (SELECT JOBS AS n) x) FROM inventory i');
SELECT of_subquery('CASE', $$ SELECT i.id, CASE WHEN i.site = 'west' THEN JOBS END FROM inventory i $$);
-- Not for rows for which the scan is not come to, nor for such as may not be wanted; once more where it is volatile.
\set fails '(SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = FAILS AND j.firmware_id = i.firmware_id)'
SELECT FROM requests() \gset
SELECT sqlstate_of(written(format('SELECT i.id, CASE WHEN i.id <= 30 THEN %s END FROM inventory i', :'fails'))), requests();
SELECT sqlstate_of(written(format('SELECT i.id, %s FROM (SELECT id, CASE WHEN id <= 30 THEN product_key END AS product_key, firmware_id FROM inventory) i', :'fails'))), requests();
SELECT sqlstate_of(written(format('SELECT i.id, %s FROM inventory i', :'fails')));
SELECT FROM requests() \gset
SELECT cardinality(rows_of(written(format('SELECT i.id, %s FROM inventory i WHERE i.id > 20 LIMIT 3', :'fails')))), requests()::int <= 3 AS few;
SELECT serial('volatile', 'SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = (SELECT max(d.device_name) FROM device d WHERE d.id = i.id AND random() >= 0) AND j.firmware_id = i.firmware_id) FROM inventory i');
