-- Statements that write: their subqueries overlap.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/shapes.sql
\i :setup

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
SELECT serial('returning', $$ UPDATE changed i SET site = 'x' RETURNING id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('returning, read by a query', $$ WITH u AS (UPDATE changed SET site = 'x' RETURNING *) SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM u i $$);
