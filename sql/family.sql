-- The tables of the other actions have their rule's rows, and all that ota_job has: joins, views,
-- subqueries, lists, count(*), LIMIT, each key asked for once.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql

-- Actions that need no key: the whole list, in pages.
SELECT same('SELECT * FROM product');
SELECT same('SELECT * FROM ota_firmware');
SELECT same('SELECT product_key, count(*), max(firmware_size) FROM ota_firmware GROUP BY 1');
SELECT same('SELECT * FROM product WHERE node_type = 1 AND gmt_create < now()');
-- With a key or two, or three.
SELECT same($$ SELECT * FROM device WHERE product_key = 'fleet3' $$);
SELECT same($$ SELECT * FROM ota_firmware_job WHERE firmware_id = '7000002000003' $$);
SELECT same($$ SELECT * FROM ota_task WHERE job_id = '8000002000003000001' $$);
SELECT same($$ SELECT * FROM ota_open_task WHERE product_key = 'fleet3' AND device_name = 'fleet3-4' $$);
SELECT same($$ SELECT * FROM ota_module_version WHERE product_key = 'fleet3' AND device_name = 'fleet3-4' $$);
SELECT same($$ SELECT * FROM ota_module WHERE product_key = 'fleet3' $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'fleet3' AND device_name = 'fleet3-4' AND firmware_id = '7000003000001' $$);
-- Nothing there, and one, a page, and one more.
SELECT table_name, n, same(format('SELECT * FROM %s = %L', table_name, name || ':' || n)) FROM (VALUES
	('device WHERE product_key', 'shop', '{0,1,50,51,120}'::int[]), ('ota_firmware_job WHERE firmware_id', 'fw', '{0,1,200,201}'),
	('ota_task WHERE job_id', 'batch', '{0,1,100,101,250}'), ('ota_module WHERE product_key', 'shop', '{0,1,50,120}'),
	('ota_module_version WHERE product_key = ''shop:1'' AND device_name', 'pump', '{0,1,200,201}')) v (table_name, name, rows), unnest(rows) n;

-- Lists: a lookup for each.
SELECT same($$ SELECT * FROM device WHERE product_key IN ('fleet1', 'fleet2', 'shop:51') $$);
SELECT same($$ SELECT * FROM ota_task WHERE job_id = ANY (ARRAY(SELECT job_id FROM ota_firmware_job WHERE firmware_id = '7000001000001')) $$);
SELECT same($$ SELECT * FROM ota_open_task WHERE product_key = 'fleet3' AND device_name IN ('fleet3-1', 'fleet3-2', 'fleet3-3', NULL) $$);
SELECT same($$ SELECT * FROM ota_open_task WHERE (product_key, device_name) IN (('fleet3', 'fleet3-1'), ('fleet4', 'fleet4-2')) $$);
SELECT same($$ SELECT * FROM ota_firmware_job WHERE firmware_id = '7000001000001' OR firmware_id = '7000001000002' $$);

-- Joins.
SELECT same('SELECT * FROM product JOIN device USING (product_key)');
SELECT same('SELECT * FROM ota_firmware f JOIN ota_firmware_job j USING (firmware_id)');
SELECT same('SELECT p.product_key, m.* FROM product p LEFT JOIN ota_module m ON m.product_key = p.product_key');
SELECT same($$ SELECT d.device_name, t.* FROM device d JOIN ota_open_task t USING (product_key, device_name) WHERE d.product_key IN ('fleet1', 'fleet2') $$);
SELECT same($$ SELECT d.device_name, v.* FROM device d JOIN ota_module_version v USING (product_key, device_name) WHERE d.product_key = 'fleet1' $$);
SELECT same($$ SELECT f.firmware_id, d.device_name, j.job_id FROM ota_firmware f JOIN device d USING (product_key) JOIN ota_job j USING (product_key, device_name, firmware_id)
	WHERE f.product_key = 'fleet1' AND d.product_key = 'fleet1' AND j.product_key = 'fleet1' $$);
SELECT same($$ SELECT f.firmware_name, j.job_id, t.device_name, t.task_status FROM ota_firmware f JOIN ota_firmware_job j USING (firmware_id) JOIN ota_task t USING (job_id)
	WHERE f.product_key IN ('fleet1', 'fleet2') $$);
-- Each key once, however often it is needed.
SELECT same($$ SELECT a.device_name, b.device_name FROM ota_task a JOIN ota_task b ON a.job_id = b.job_id AND a.task_status = b.task_status WHERE a.job_id = 'batch:101' $$);
SELECT same('SELECT f.firmware_id, count(d.iot_id) FROM ota_firmware f JOIN device d USING (product_key) GROUP BY 1');
SELECT same('SELECT count(*) FROM product a, product b');

-- Subqueries, and views that group or rank.
SELECT same('SELECT product_key, (SELECT count(*) FROM device d WHERE d.product_key = p.product_key AND device_status = ''ONLINE'') FROM product p');
SELECT same('SELECT product_key FROM product p WHERE EXISTS (SELECT FROM ota_firmware f WHERE f.product_key = p.product_key AND f.status = 1)');
SELECT same('SELECT firmware_id FROM ota_firmware f WHERE NOT EXISTS (SELECT FROM ota_firmware_job j WHERE j.firmware_id = f.firmware_id AND job_status = ''CANCELED'' AND job_type = ''VERIFY_FIRMWARE'')');
SELECT same('SELECT firmware_id, x.* FROM ota_firmware f, LATERAL (SELECT job_id, job_status FROM ota_firmware_job j WHERE j.firmware_id = f.firmware_id ORDER BY utc_create DESC, job_id DESC LIMIT 1) x');
SELECT same('SELECT job_id FROM ota_firmware_job WHERE firmware_id IN (SELECT firmware_id FROM ota_firmware WHERE product_key = ''fleet5'')');
SELECT same($$ SELECT f.product_key, x.* FROM ota_firmware f JOIN (SELECT firmware_id, max(utc_create) AS last FROM ota_firmware_job GROUP BY 1) x USING (firmware_id) WHERE f.product_key = 'fleet2' $$);
SELECT same($$ SELECT * FROM (SELECT firmware_id, job_id, rank() OVER (PARTITION BY firmware_id ORDER BY utc_create DESC) AS r FROM ota_firmware_job) x WHERE r = 1 AND firmware_id IN ('7000001000001', '7000001000002') $$);
SELECT same($$ SELECT task_status, count(*) FROM ota_task WHERE job_id = '8000001000001000001' GROUP BY ROLLUP (1) $$);
SELECT same($$ SELECT product_key FROM device WHERE product_key = 'shop:51' UNION ALL SELECT product_key FROM ota_firmware $$);
SELECT same('WITH RECURSIVE r AS (SELECT 1 AS n, ''fleet1'' AS k UNION ALL SELECT n + 1, ''fleet'' || n + 1 FROM r WHERE n < 3) SELECT n, d.device_name FROM r JOIN device d ON d.product_key = r.k');

-- count(*) is the total of a page of one row, where the reply has a total that counts all rows.
SELECT q, same(q) FROM unnest(ARRAY['SELECT count(*) FROM product', 'SELECT count(*) FROM ota_firmware', 'SELECT count(*) FROM ota_firmware WHERE product_key = ''fleet3''',
	'SELECT count(*) FROM ota_task WHERE job_id = ''batch:250''', 'SELECT count(*) FROM ota_firmware_job WHERE firmware_id = ''fw:201''',
	'SELECT count(*) FROM ota_module_version WHERE product_key = ''shop:1'' AND device_name = ''pump:201''',
	'SELECT count(*) FROM device WHERE product_key = ''shop:120''', 'SELECT count(*) FROM ota_module WHERE product_key = ''shop:120''',
	'SELECT count(*) FROM ota_task WHERE job_id = ''batch:250'' AND task_status = ''FAILED''', 'SELECT count(*) FROM ota_task WHERE job_id = ''batch:250'' AND progress = ''50''',
	'SELECT product_key, (SELECT count(*) FROM ota_firmware f WHERE f.product_key = p.product_key) FROM product p']) q;
-- LIMIT asks for no more pages than it needs, and for no larger one.
SELECT FROM requests() \gset
SELECT count(*) FROM (SELECT FROM remote.product LIMIT 3) x;
SELECT sim('get last_page_size'), requests();
SELECT count(*) FROM (SELECT FROM remote.ota_task WHERE job_id = 'batch:250' LIMIT 120) x;
SELECT sim('get last_page_size'), requests();
SELECT count(*) FROM (SELECT FROM remote.device WHERE product_key = 'shop:120' LIMIT 7) x;
SELECT sim('get last_page_size'), requests();
SELECT count(*) FROM (SELECT FROM remote.device WHERE product_key = 'shop:120' AND device_status = 'ONLINE' LIMIT 7) x;
SELECT sim('get last_page_size'), requests();

-- Statements that are prepared, views, functions, and a security barrier.
SET search_path = remote, t;
PREPARE tasks (text, text) AS SELECT count(*) FROM ota_task WHERE job_id = $1 AND task_status = $2;
EXECUTE tasks('batch:250', 'FAILED');
SET plan_cache_mode = force_generic_plan;
EXECUTE tasks('batch:250', 'FAILED');
EXECUTE tasks('batch:101', NULL);
SELECT requests();
RESET plan_cache_mode;
SET search_path = t;
SELECT format('CREATE VIEW %1$s.fleet AS SELECT f.product_key, f.firmware_id, j.job_id, j.job_status FROM %1$s.ota_firmware f JOIN %1$s.ota_firmware_job j USING (firmware_id);
	CREATE VIEW %1$s.barred WITH (security_barrier) AS SELECT * FROM %1$s.ota_task WHERE task_status <> ''CANCELED'';
	CREATE VIEW %1$s.latest AS SELECT DISTINCT ON (firmware_id) * FROM %1$s.ota_firmware_job ORDER BY firmware_id, utc_create DESC, job_id DESC', s) FROM unnest('{remote,local}'::text[]) s \gexec
SELECT same('SELECT * FROM fleet WHERE product_key = ''fleet2''');
SELECT same('SELECT * FROM fleet f JOIN barred b ON b.job_id = f.job_id WHERE f.product_key = ''fleet2''');
SELECT same('SELECT f.firmware_id, l.job_id FROM ota_firmware f JOIN latest l USING (firmware_id)');
SELECT same('SELECT count(*) FROM barred WHERE job_id = ''batch:101'' AND task_status = ''FAILED''');
