-- A statement that goes from table to table has its requests in flight together at each step: as
-- many as concurrency allows, of each action, and no more than there are rows to ask for.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql

SELECT overlaps('SELECT * FROM product JOIN device USING (product_key)');
SELECT overlaps('SELECT f.firmware_name, j.job_id, t.* FROM ota_firmware f JOIN ota_firmware_job j USING (firmware_id) JOIN ota_task t ON t.job_id = j.job_id');
-- Both chains in one.
SELECT overlaps('SELECT d.product_key, d.n, t.failed FROM (SELECT p.product_key, count(*) AS n FROM product p JOIN device d USING (product_key) GROUP BY 1) d
	JOIN (SELECT f.product_key, count(*) AS failed FROM ota_firmware f JOIN ota_firmware_job j USING (firmware_id) JOIN ota_task t ON t.job_id = j.job_id AND t.task_status = ''FAILED'' GROUP BY 1) t USING (product_key)');
-- One that goes all the way: products, their firmware, its jobs, their tasks.
SELECT overlaps('SELECT p.product_name, f.firmware_name, j.job_id, t.task_id FROM product p JOIN ota_firmware f ON f.product_key = p.product_key JOIN ota_firmware_job j USING (firmware_id) JOIN ota_task t USING (job_id)');
-- What devices have: modules, open tasks, jobs.
SELECT overlaps('SELECT d.iot_id, v.module_name, v.module_version FROM product p JOIN device d USING (product_key) JOIN ota_module_version v USING (product_key, device_name) WHERE p.product_key IN (''fleet1'', ''fleet2'')');
SELECT overlaps('SELECT d.iot_id, t.task_id FROM device d JOIN ota_open_task t USING (product_key, device_name) WHERE d.product_key = ''fleet1''');
SELECT overlaps('SELECT p.product_key, m.module_name FROM product p LEFT JOIN ota_module m USING (product_key)');
SELECT overlaps('SELECT f.firmware_id, d.device_name, j.job_id FROM ota_firmware f JOIN device d USING (product_key) JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE f.product_key = ''fleet1'' AND d.product_key = ''fleet1'' AND j.product_key = ''fleet1''');
-- Subqueries, and views that rank.
SELECT overlaps('SELECT product_key, (SELECT count(*) FROM device d WHERE d.product_key = p.product_key AND device_status = ''ONLINE'') FROM product p');
SELECT overlaps('SELECT product_key FROM product p WHERE NOT EXISTS (SELECT FROM device d WHERE d.product_key = p.product_key AND nickname LIKE ''%30'')');
SELECT overlaps('SELECT f.firmware_id, x.job_id, t.device_name FROM ota_firmware f CROSS JOIN LATERAL (SELECT job_id FROM ota_firmware_job j WHERE j.firmware_id = f.firmware_id ORDER BY utc_create DESC LIMIT 1) x
	JOIN ota_task t ON t.job_id = x.job_id AND t.task_status = ''FAILED''');
SELECT overlaps('SELECT job_id, task_id FROM ota_task WHERE job_id IN (SELECT job_id FROM ota_firmware_job WHERE firmware_id IN (SELECT firmware_id FROM ota_firmware))');
-- Pages by number overlap, those by token do not.
SELECT overlaps('SELECT * FROM ota_task WHERE job_id = ''batch:250''', 2);
SELECT overlaps('SELECT * FROM device WHERE product_key = ''shop:120''', 1);
-- What a statement needs of one list once more is not asked for again.
SELECT overlaps('SELECT f.firmware_id, p.product_name, d.device_name FROM product p JOIN ota_firmware f ON f.product_key = p.product_key JOIN device d ON d.product_key = f.product_key');

-- The plan.
SELECT explain_lines('SELECT f.firmware_name, t.device_name FROM remote.ota_firmware f JOIN remote.ota_firmware_job j USING (firmware_id) JOIN remote.ota_task t USING (job_id)', 'Action|Keys|Lookups|Requests|Announced', 'ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF');
