-- Pages of the other actions: by token, in one reply, by number as far as the service goes; and a
-- list that is not where it is looked for.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql
ALTER SERVER tuya OPTIONS (ADD retries '0');
SELECT FROM set_config('t.fleet', :'fleet', false) \gset
-- The query's rows where the service is like that, if they are the rule's, or its error; and how many requests it took.
CREATE FUNCTION says(settings text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got text[];
	said text;
	detail text;
	hint text;
BEGIN
	PERFORM sim('reset'), sim('set ' || current_setting('t.fleet') || ' ' || settings), requests();
	BEGIN
		got := rows_in('remote', query);
		said := cardinality(got) || ' rows' || difference(got, rows_in('local', query));
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		said := regexp_replace(regexp_replace(concat_ws(E'\n    ', SQLSTATE || ' ' || SQLERRM, nullif(detail, ''), nullif(hint, '')), 'request id [^.)]*', 'request id ID', 'g'), ', \d+ bytes', ', N bytes', 'g');
	END;
	RETURN said || ', ' || requests() || ' requests';
END $$;

-- By token: a walk, page after page, until a token is empty. The total need not be told; if it is it has to be right.
SELECT s, says(s, 'SELECT * FROM device WHERE product_key = ''shop:120''') FROM unnest('{token_total=1,token_total=0,lie_token=repeat,lie_token=absent,lie_token=null,lie_token=empty,lie_token=number,lie_token=foreign}'::text[]) s;
SELECT s, says(s || ' token_total=0', 'SELECT * FROM device WHERE product_key = ''shop:120''') FROM unnest('{lie_token=repeat,lie_token=absent,lie_token=null,lie_token=empty,"lie_page=2 lie_token=repeat","lie_page=2 lie_token=foreign",overlap_rows=1,"lie_page=2 repeat_page=1",omit=list,"lie_page=2 omit=list",omit=data,"lie_page=2 omit=success"}'::text[]) s;
-- What is told wrong once is read again, and what was handed out is not handed out twice.
SELECT s, says(s || ' lie_rounds=1', 'SELECT * FROM device WHERE product_key = ''shop:120''') FROM unnest('{"lie_token=repeat token_total=0","lie_page=2 overlap_rows=1","lie_page=2 drop_rows=3","lie_page=2 lie_token=foreign"}'::text[]) s;
-- Devices that come while it is read are behind it: they are not missed among those that were there.
SELECT s, says(s, 'SELECT * FROM device WHERE product_key = ''shop:120''') FROM unnest('{"churn_after_page=1 churn_create=5 token_total=0","churn_after_page=1 churn_create=5"}'::text[]) s;
-- Beyond 10,000 rows only tokens go on.
SELECT sim('reset'), requests() IS NOT NULL;
SELECT count(DISTINCT iot_id), min(length(device_name)) FROM remote.device WHERE product_key = 'shop:10050';
SELECT requests();
-- As many pages as are needed, and no larger one.
SELECT says('', 'SELECT count(*) FROM (SELECT FROM device WHERE product_key = ''shop:120'' LIMIT 60) x'), says('', 'SELECT count(*) FROM device WHERE product_key = ''shop:120'''), says('token_total=0', 'SELECT count(*) FROM device WHERE product_key = ''shop:120''');

-- In one reply: the list has to be there.
SELECT t, s, says(s, t) FROM unnest(ARRAY['SELECT * FROM ota_module WHERE product_key = ''shop:50''', 'SELECT * FROM ota_open_task WHERE product_key = ''shop:1'' AND device_name = ''pump:250''']) t,
	unnest('{lie_total=+1,omit=total,empty_always=1,"empty_always=1 empty_shape=list_null","empty_always=1 empty_shape=data_null","empty_always=1 empty_shape=no_data","empty_always=1 empty_shape=list_text",extra_rows=1}'::text[]) s;
-- Where there is none, any shape of nothing will do.
SELECT t, s, says('empty_shape=' || s, t) FROM unnest(ARRAY['SELECT * FROM ota_module WHERE product_key = ''shop:0''', 'SELECT * FROM device WHERE product_key = ''shop:0''', 'SELECT * FROM ota_task WHERE job_id = ''batch:0''']) t,
	unnest('{list,data_empty,data_null,no_data,data_list,data_text,list_null,list_object,list_text}'::text[]) s;
-- The documented example of modules is an object, where the list is meant: one that has the list, or is the only row.
SELECT s, says(s, 'SELECT * FROM ota_module WHERE product_key = ''shop:50''') FROM unnest('{list_shape=array,list_shape=object}'::text[]) s;
SELECT says('list_shape=single', 'SELECT * FROM ota_module WHERE product_key = ''shop:1''');

-- A list that is elsewhere: the error says what the reply has; an option says where it is.
SELECT t, says('list_path=data.items', t) FROM unnest(ARRAY['SELECT * FROM ota_task WHERE job_id = ''batch:250''', 'SELECT * FROM product', 'SELECT * FROM ota_firmware', 'SELECT * FROM device WHERE product_key = ''shop:120''',
	'SELECT * FROM ota_open_task WHERE product_key = ''shop:1'' AND device_name = ''pump:250''']) t;
SELECT error_of(format('ALTER FOREIGN TABLE remote.ota_task OPTIONS (ADD list_path %L)', path)) FROM unnest(ARRAY['', '.', 'data.', '.items', 'data..items', 'a.b.c.d.e', 'data items', repeat('x', 300)]) path;
SELECT error_of($$ ALTER SERVER tuya OPTIONS (ADD list_path 'data.items') $$);
ALTER FOREIGN TABLE remote.ota_task OPTIONS (ADD list_path 'data.items');
ALTER FOREIGN TABLE remote.ota_open_task OPTIONS (ADD list_path 'DATA.ITEMS');
SELECT t, says('list_path=data.items', t) FROM unnest(ARRAY['SELECT * FROM ota_task WHERE job_id = ''batch:250''', 'SELECT count(*) FROM ota_task WHERE job_id = ''batch:250''', 'SELECT * FROM ota_open_task WHERE product_key = ''shop:1'' AND device_name = ''pump:250''',
	'SELECT j.job_id, t.task_id FROM ota_firmware_job j JOIN ota_task t USING (job_id) WHERE j.firmware_id = ''7000001000001''']) t WHERE t !~ 'firmware_job';
SELECT says('', 'SELECT * FROM ota_task WHERE job_id = ''batch:250''');
-- Two tables of one action that look elsewhere ask each for itself.
CREATE FOREIGN TABLE remote.other_task (job_id text, task_id text, device_name text) SERVER tuya OPTIONS (action 'ListOTATaskByJob');
SELECT sqlstate_of($$ SELECT * FROM remote.ota_task a JOIN remote.other_task b USING (job_id, task_id) WHERE a.job_id = 'batch:101' $$);
ALTER FOREIGN TABLE remote.ota_task OPTIONS (DROP list_path);
SELECT count(*) FROM remote.ota_task a JOIN remote.other_task b USING (job_id, task_id) WHERE a.job_id = 'batch:101';
SELECT requests();

-- The service does not go beyond row 100,000 of tasks: up to there all are read; beyond it is an error that says how to
-- split, before anything is handed out; each status is a list of its own.
SELECT sim('reset'), requests() IS NOT NULL;
SELECT count(DISTINCT task_id) FROM remote.ota_task WHERE job_id = 'batch:100000';
SELECT requests();
SELECT error_of($$ SELECT count(DISTINCT task_id) FROM remote.ota_task WHERE job_id = 'batch:100001' $$);
SELECT requests();
SELECT count(*) FROM remote.ota_task WHERE job_id = 'batch:100001';
SELECT count(*) FROM (SELECT FROM remote.ota_task WHERE job_id = 'batch:100001' LIMIT 10) x;
SELECT count(DISTINCT task_id) FROM remote.ota_task WHERE job_id = 'batch:100001' AND task_status IN ('CONFIRM', 'QUEUED', 'NOTIFIED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'CANCELED');
ALTER FOREIGN TABLE remote.ota_task OPTIONS (ADD page_size '7');
SELECT error_of($$ SELECT count(DISTINCT task_id) FROM remote.ota_task WHERE job_id = 'batch:100000' $$);
SELECT count(DISTINCT task_id) FROM remote.ota_task WHERE job_id = 'batch:1000';
ALTER FOREIGN TABLE remote.ota_task OPTIONS (DROP page_size, ADD on_incomplete 'warning');
SELECT error_of($$ SELECT count(DISTINCT task_id) FROM remote.ota_task WHERE job_id = 'batch:100001' $$);
-- Page sizes are the action's.
SELECT t, error_of(format('ALTER FOREIGN TABLE remote.%I OPTIONS (ADD page_size ''201'')', t)), error_of(format('ALTER FOREIGN TABLE remote.%I OPTIONS (ADD page_size ''200'')', t)) FROM unnest('{product,device,ota_task,ota_module}'::text[]) t;
SELECT t, explain_lines(format('SELECT * FROM remote.%I', t), 'Page Size') FROM unnest('{product,device,ota_task,ota_firmware_job}'::text[]) t;
