-- Statements that write: their subqueries overlap.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

CREATE TABLE changed AS TABLE inventory;
ANALYZE changed;
SELECT overlaps('update', $$ TABLE changed $$,
	$$ UPDATE changed i SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('update, several columns', $$ TABLE changed $$,
	$$ UPDATE changed i SET (site, firmware_id) = (SELECT max(job_id), min(job_status) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('update, several columns of several', $$ TABLE changed $$,
	$$ UPDATE changed i SET (site, firmware_id) = (SELECT max(job_id), min(job_status) FROM ota_job j WHERE KEY(j, i)), (id, device_name) = (SELECT count(*), max(job_type) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('update, case', $$ TABLE changed $$,
	$$ UPDATE changed i SET site = CASE WHEN id > 5 THEN (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) ELSE site END $$);
SELECT overlaps('update, where or', $$ TABLE changed $$,
	$$ UPDATE changed i SET site = 'x' WHERE id > 35 OR (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT overlaps('update from', $$ TABLE changed $$,
	$$ UPDATE changed c SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i WHERE i.id = c.id + 1 $$);
SELECT overlaps('delete, or', $$ TABLE changed $$,
	$$ DELETE FROM changed i WHERE id > 35 OR (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT overlaps('insert', $$ TABLE changed $$,
	$$ INSERT INTO changed SELECT id + 100, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('insert, case', $$ TABLE changed $$,
	$$ INSERT INTO changed SELECT id + 100, CASE WHEN site <> 'north' THEN (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT overlaps('insert of aggregates', $$ TABLE changed $$,
	$$ INSERT INTO changed SELECT 99, string_agg((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)), ',' ORDER BY id) FROM inventory i $$);
SELECT overlaps('create table', $$ TABLE made $$,
	$$ CREATE TABLE made AS SELECT site, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) AS n FROM inventory i GROUP BY 1 $$);
SELECT overlaps('merge, update', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('merge, source with a subquery', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING (SELECT id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) AS m FROM inventory i) s ON s.id = c.id WHEN MATCHED THEN UPDATE SET site = m $$);
SELECT overlaps('merge, condition', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED AND EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN DELETE $$);
SELECT overlaps('merge, insert', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id + 100 = c.id WHEN NOT MATCHED THEN INSERT VALUES (id + 100, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) $$);
SELECT overlaps('merge, insert what is not there', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id + 20 = c.id WHEN NOT MATCHED THEN INSERT VALUES (id + 100, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) $$);
SELECT overlaps('merge, second action', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED AND i.site = 'north' THEN DELETE WHEN MATCHED THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) WHEN NOT MATCHED THEN INSERT VALUES (1, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) $$);
SELECT overlaps('merge, upsert', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id + 20 = c.id WHEN MATCHED AND i.site <> 'north' THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) WHEN NOT MATCHED AND i.site <> 'north' THEN INSERT VALUES (i.id + 100, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) $$);
SELECT serial('merge, after a condition on the target', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED AND c.site <> 'north' THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT serial('returning', $$ UPDATE changed i SET site = 'x' RETURNING id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('returning, read by a query', $$ WITH u AS (UPDATE changed SET site = 'x' RETURNING *) SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM u i $$);
