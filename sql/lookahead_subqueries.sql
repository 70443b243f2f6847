-- Scalar, EXISTS and ARRAY subqueries, in the output and in WHERE: their requests
-- overlap, and rows are those of a local table.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- In the output.
SELECT shape('scalar', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('scalar, newest job', $$ SELECT *, (SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY utc_create DESC LIMIT 1) FROM inventory i $$);
SELECT shape('scalar, row', $$ SELECT *, (SELECT (job_id, job_status) FROM ota_job j WHERE KEY(j, i) ORDER BY utc_create DESC LIMIT 1) FROM inventory i $$);
SELECT shape('exists', $$ SELECT *, EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('not exists', $$ SELECT *, NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = 'PLANNED') FROM inventory i $$);
SELECT shape('array', $$ SELECT *, ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1) FROM inventory i $$);
SELECT shape('in', $$ SELECT *, 'PLANNED' IN (SELECT job_status FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('all', $$ SELECT *, 'PLANNED' <> ALL (SELECT job_status FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('row comparison', $$ SELECT *, ('A', 'B') < (SELECT job_status, job_id FROM ota_job j WHERE KEY(j, i) LIMIT 1) FROM inventory i $$);
SELECT shape('two of the same keys', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('two of other keys', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), (SELECT max(job_id) FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = '188') FROM inventory i $$);
SELECT shape('one in another', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i) AND EXISTS (SELECT FROM ota_job k
	WHERE k.product_key = i.product_key AND k.device_name = j.device_name AND k.firmware_id = '188' AND k.job_status = j.job_status)) FROM inventory i $$, at_most => 44);
SELECT shape('with a list', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name
	AND j.firmware_id IN ('187', '188')) FROM inventory i $$);
SELECT shape('with a key of a subquery', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name
	AND j.firmware_id = (SELECT min(firmware_id) FROM inventory k WHERE k.id >= i.id)) FROM inventory i $$);
SELECT shape('with a join inside', $$ SELECT *, (SELECT count(*) FROM ota_job j JOIN (VALUES ('PLANNED'), ('CANCELED')) s (s) ON s = j.job_status WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('in an expression', $$ SELECT id, 1 + (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) * 2 FROM inventory i $$);
SELECT shape('in an aggregate', $$ SELECT site, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i GROUP BY 1 $$);
SELECT shape('above an aggregate', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM (SELECT product_key, device_name, firmware_id, count(*)
	FROM inventory GROUP BY 1, 2, 3) i $$);
SELECT shape('above a join', $$ SELECT i.*, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i JOIN inventory k USING (id) $$);
SELECT shape('above a join of ours', $$ SELECT i.*, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), k.job_id FROM inventory i JOIN ota_job k ON KEY(k, i) $$);
SELECT shape('above a sort', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i ORDER BY site, id $$);
SELECT shape('above a sort and below a limit', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i ORDER BY site, id LIMIT 15 $$, at_most => 20);
SELECT shape('as the order', $$ SELECT row_number() OVER (), x.* FROM (SELECT * FROM inventory i ORDER BY (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), id) x $$);
SELECT shape('beside a window function', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), rank() OVER (ORDER BY id) FROM inventory i $$);
SELECT shape('under union all', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i WHERE id < 5
	UNION ALL SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i WHERE id > 5 $$);
SELECT shape('values', $$ SELECT d, (SELECT count(*) FROM ota_job j WHERE (product_key, device_name, firmware_id) = ('pk0', d, '187')) FROM (VALUES ('d4:4'), ('d2:2'), (NULL)) v (d) $$);
SELECT shape('without a table', $$ SELECT (SELECT count(*) FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk0', 'd4:4', '187')) $$);

-- In WHERE.
SELECT shape('where scalar', $$ SELECT * FROM inventory i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT shape('where exists or', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = 'PLANNED') OR id < 4 $$);
SELECT shape('where or exists', $$ SELECT * FROM inventory i WHERE site = 'north' OR EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = 'PLANNED') $$, at_most => 20);
SELECT shape('where not in', $$ SELECT * FROM inventory i WHERE 'PLANNED' NOT IN (SELECT job_status FROM ota_job j WHERE KEY(j, i)) $$);
SELECT shape('where two', $$ SELECT * FROM inventory i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1 AND (SELECT max(job_status) FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = '188') > 'C' $$, at_most => 28);
SELECT shape('where and another', $$ SELECT * FROM inventory i WHERE site <> 'north' AND (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 AND id <> 4 $$);
SELECT shape('where and in the output', $$ SELECT *, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i
	WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT shape('where, before a limit', $$ SELECT count(*) FROM (SELECT FROM inventory i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 LIMIT 3) x $$, at_most => 16);
SELECT shape('having', $$ SELECT product_key, device_name, firmware_id FROM inventory i GROUP BY 1, 2, 3
	HAVING (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT shape('join condition', $$ SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.id = i.id + 1 AND (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1 $$);
SELECT shape('join condition of both', $$ SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.id = i.id + 1
	AND EXISTS (SELECT FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = k.device_name AND j.firmware_id = '187' OFFSET 0) $$);

-- A setting of its own.
SET tuya_fdw.enable_subplan_lookahead = off;
SELECT shape('switched off', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('switched off, above a join of ours', $$ SELECT i.*, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), k.job_id FROM inventory i JOIN ota_job k ON KEY(k, i) $$);
RESET tuya_fdw.enable_subplan_lookahead;
