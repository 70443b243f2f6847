-- Keys of the other actions: required ones have to be given, and the hint shows how; optional ones
-- are sent where a condition says their value, and only then.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql
SET search_path = remote, t;

-- Without what an action needs.
SELECT error_of(q) FROM unnest(ARRAY['SELECT * FROM device', 'SELECT * FROM ota_firmware_job', 'SELECT * FROM ota_task', 'SELECT * FROM ota_task WHERE task_status = ''FAILED''',
	'SELECT * FROM ota_open_task WHERE device_name = ''fleet1-1''', 'SELECT * FROM ota_open_task WHERE product_key = ''fleet1''', 'SELECT * FROM ota_module_version', 'SELECT * FROM ota_module',
	'SELECT * FROM ota_job WHERE product_key = ''fleet1'' AND device_name = ''fleet1-1''', 'SELECT * FROM device WHERE device_name = ''fleet1-1''']) q;
SELECT requests();
-- An empty key is not asked for, and an error; a NULL one has no rows.
SELECT error_of(q) FROM unnest(ARRAY['SELECT * FROM device WHERE product_key = ''''', 'SELECT * FROM ota_task WHERE job_id = repeat(''x'', 1025)', 'SELECT * FROM ota_module WHERE product_key = NULL']) q;
SELECT requests();

-- An optional key's value is sent: the reply has these rows alone, so a page of them.
SELECT q, same(q) FROM unnest(ARRAY['SELECT * FROM ota_task WHERE job_id = ''batch:250''', 'SELECT * FROM ota_task WHERE job_id = ''batch:250'' AND task_status = ''FAILED''',
	'SELECT * FROM ota_task WHERE job_id = ''batch:250'' AND task_status IN (''FAILED'', ''CANCELED'')', 'SELECT * FROM ota_task WHERE job_id = ''batch:250'' AND task_status = ANY (''{FAILED,CANCELED,FAILED}'')',
	'SELECT * FROM ota_task WHERE job_id IN (''batch:250'', ''batch:101'') AND task_status IN (''FAILED'', ''CANCELED'')',
	'SELECT * FROM ota_task WHERE job_id = ''batch:250'' AND task_status = ''no such''',
	'SELECT * FROM ota_task WHERE (job_id, task_status) IN ((''batch:250'', ''FAILED''), (''batch:101'', ''QUEUED''))',
	'SELECT * FROM ota_firmware WHERE product_key = ''fleet1''', 'SELECT * FROM ota_firmware WHERE dest_version = ''1.2.0''', 'SELECT * FROM ota_firmware WHERE product_key = ''fleet1'' AND dest_version = ''1.2.0''',
	'SELECT * FROM ota_firmware WHERE product_key IN (''fleet1'', ''fleet2'')',
	'SELECT * FROM ota_open_task WHERE product_key = ''fleet1'' AND device_name = ''fleet1-1'' AND task_status = ''QUEUED''',
	'SELECT * FROM ota_open_task WHERE product_key = ''fleet1'' AND device_name = ''fleet1-1'' AND module_name = ''module1'' AND task_status IN (''QUEUED'', ''CONFIRM'')']) q;
-- What does not say which values there are is not sent: all pages come, and what is left is chosen here.
SELECT q, same('SELECT * FROM ota_task WHERE job_id = ''batch:250'' AND ' || q) FROM unnest(ARRAY['task_status <> ''FAILED''', 'task_status NOT IN (''FAILED'', ''CANCELED'')', 'task_status IS NULL',
	'task_status LIKE ''F%''', '(task_status = ''FAILED'' OR progress = ''50'')', 'lower(task_status) = ''failed''', 'task_status > ''FAILED''', 'task_status = src_version', 'task_status = ''''']) q;
-- NULL is equal to nothing, so nothing is asked for.
SELECT q, same('SELECT * FROM ota_task WHERE job_id = ''batch:250'' AND ' || q) FROM unnest(ARRAY['task_status = NULL', 'task_status = lower(NULL)', 'task_status IN (NULL)']) q;
-- In joins a value is each row's own: with one it is sent, with an empty one all are read, with NULL nothing.
CREATE TABLE t.wanted (job text, status text);
INSERT INTO t.wanted VALUES ('batch:250', 'FAILED'), ('batch:250', 'CANCELED'), ('batch:101', 'FAILED'), ('batch:101', NULL), ('batch:1', ''), (NULL, 'FAILED');
ANALYZE t.wanted;
SELECT q, same(q) FROM unnest(ARRAY['SELECT w.*, t.task_id FROM wanted w JOIN ota_task t ON t.job_id = w.job AND t.task_status = w.status',
	'SELECT w.*, t.task_id FROM wanted w LEFT JOIN ota_task t ON t.job_id = w.job AND t.task_status = w.status',
	'SELECT w.*, (SELECT count(*) FROM ota_task t WHERE t.job_id = w.job AND t.task_status = w.status) FROM wanted w',
	'SELECT w.* FROM wanted w WHERE NOT EXISTS (SELECT FROM ota_task t WHERE t.job_id = w.job AND t.task_status = w.status)',
	'SELECT f.firmware_id, t.device_name, t.task_desc FROM ota_firmware f JOIN ota_firmware_job j USING (firmware_id) JOIN ota_task t ON t.job_id = j.job_id AND t.task_status = ''FAILED'' WHERE f.product_key = ''fleet1'' AND f.dest_version = ''1.1.0''']) q;
-- A firmware without a product is one of all products, whether or not the list of products is there.
SELECT same('SELECT p.product_name, f.firmware_id FROM product p LEFT JOIN ota_firmware f ON f.product_key = p.product_key');

-- EXPLAIN tells the action, what is sent, the page size; and what is missing.
CREATE FUNCTION t.plan(query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT * FROM explain_lines(query, '(Remote|Missing|Page Size|Lookahead Keys|Optional|Filter)');
$$;
SELECT plan('SELECT * FROM product');
SELECT plan('SELECT * FROM ota_firmware WHERE product_key = ''fleet1'' AND status = 1');
SELECT plan('SELECT * FROM ota_task WHERE task_status = ''FAILED''');
SELECT plan('SELECT * FROM ota_task WHERE job_id = ''batch:1'' AND task_status = ''FAILED''');
SELECT plan('SELECT * FROM ota_task WHERE job_id = ''batch:1'' AND task_status <> ''FAILED''');
SELECT plan('SELECT * FROM device WHERE product_key = ''fleet1''');
SELECT plan('SELECT * FROM ota_open_task WHERE product_key = ''fleet1'' AND device_name = ''fleet1-1''');
SELECT plan('SELECT count(*) FROM product');
SELECT plan('SELECT count(*) FROM ota_task WHERE job_id = ''batch:1''');
SELECT plan('SELECT count(*) FROM device WHERE product_key = ''fleet1''');
SELECT plan('SELECT * FROM ota_firmware f JOIN ota_firmware_job j USING (firmware_id) JOIN ota_task t USING (job_id)');
SELECT requests();
