-- What goes wrong is found in each table as it is in ota_job: lies about totals, lists that are not
-- there, faults that go away and faults that stay, errors as rows, caps.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql
SET tuya_fdw.lookahead_rows = 1;

-- A lookup of each table that has more than a page, if it has pages.
CREATE TABLE each (n int, table_name text, condition text, paged bool, id text);
INSERT INTO each VALUES
	(1, 'product', '', true, 'product_key'), (2, 'device', 'product_key = ''shop:120''', true, 'iot_id'), (3, 'ota_firmware', '', true, 'firmware_id'),
	(4, 'ota_firmware_job', 'firmware_id = ''fw:250''', true, 'job_id'), (5, 'ota_task', 'job_id = ''batch:250''', true, 'task_id'),
	(6, 'ota_open_task', 'product_key = ''fleet3'' AND device_name = ''fleet3-4''', false, 'task_id'),
	(7, 'ota_module', 'product_key = ''shop:120''', false, 'module_name'), (8, 'ota_module_version', 'product_key = ''shop:1'' AND device_name = ''pump:250''', true, 'module_name'),
	(9, 'ota_job', 'product_key = ''shop:1'' AND device_name = ''pump:150'' AND firmware_id = ''1''', true, 'job_id');
CREATE FUNCTION query_of(e each) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT * FROM %I', e.table_name) || coalesce(' WHERE ' || nullif(e.condition, ''), '');
$$;
CREATE FUNCTION plain(said text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(said, 'request id [^.)]*', 'request id ID', 'g'), ', \d+ bytes', ', N bytes', 'g');
$$;
SELECT FROM set_config('t.fleet', :'fleet', false) \gset
-- The fleet, with small pages of products and with these settings.
CREATE FUNCTION fleet(settings text DEFAULT '') RETURNS void LANGUAGE sql AS $$
	SELECT FROM (SELECT sim('reset'), sim('set ' || current_setting('t.fleet') || ' ' || settings)) s;
$$;
ALTER FOREIGN TABLE remote.product OPTIONS (ADD page_size '7');
ALTER FOREIGN TABLE remote.ota_firmware OPTIONS (ADD page_size '30');
ALTER SERVER tuya OPTIONS (ADD retries '0');
-- What each table's query says where the service is like that: its rows, if they are the rule's; or the error.
CREATE FUNCTION each_says(settings text) RETURNS TABLE (table_name text, said text) LANGUAGE plpgsql AS $$
DECLARE
	e each;
	got text[];
	detail text;
	hint text;
BEGIN
	FOR e IN SELECT * FROM each ORDER BY n LOOP
		table_name := e.table_name;
		PERFORM fleet(settings), requests();
		BEGIN
			got := rows_in('remote', query_of(e));
			said := cardinality(got) || ' rows' || difference(got, rows_in('local', query_of(e)));
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
			said := plain(concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, nullif(detail, ''), nullif(hint, '')));
		END;
		said := said || ', ' || requests() || ' requests';
		RETURN NEXT;
	END LOOP;
END $$;

-- Forms of a reply that are all the same.
SELECT v.settings, s.* FROM unnest('{"",casing=pascal,casing=lower,casing=upper,numbers_as_strings=1,ids_as_numbers=1,spaced_times=1,"clamp=3 clamp_mode=tell","clamp=3 clamp_mode=silent",chunked=1,past_end=error}'::text[]) v (settings), each_says(v.settings) s
	WHERE v.settings = '' OR s.said ~ 'WRONG|^[A-Z0-9]{5} ' OR v.settings ~ 'clamp';
-- Lies about what there is are errors, never fewer rows.
SELECT v.settings, s.* FROM unnest('{lie_total=+1,lie_total=-1,"lie_page=2 drop_rows=1","lie_page=2 repeat_page=1","lie_page=2 lie_current_page=+1"}'::text[]) v (settings), each_says(v.settings) s;
-- What is not there.
SELECT v.settings, s.* FROM unnest('{omit=total,omit=list,omit=data,omit=job_id,omit=success,lie_success=null}'::text[]) v (settings), each_says(v.settings) s;
-- A lie that is told once is read over.
SELECT v.settings, s.* FROM unnest('{"lie_total=+1 lie_rounds=1","lie_page=2 drop_rows=1 lie_rounds=1"}'::text[]) v (settings), each_says(v.settings) s;
-- Taken for what it is: with a warning.
ALTER SERVER tuya OPTIONS (ADD on_incomplete 'warning');
SET client_min_messages = error;
SELECT * FROM each_says('lie_total=+1');
ALTER SERVER tuya OPTIONS (DROP on_incomplete);
SET client_min_messages = notice;

-- What the service refuses: its code, and what of the key may not be there.
SELECT * FROM each_says('fail_count=-1 fail_shape=service fail_code=iot.something.NotExisted fail_message=no');
SELECT v.settings, s.* FROM unnest('{"fail_count=-1 fail_shape=gateway fail_status=403 fail_code=Forbidden.RAM","fail_count=-1 fail_shape=html fail_status=502",raw_body_file=/dev/null}'::text[]) v (settings), each_says(v.settings) s WHERE s.table_name IN ('product', 'ota_task');
-- No rows, where codes say so.
ALTER SERVER tuya OPTIONS (ADD ignored_codes 'iot.something.NotExisted');
SET client_min_messages = error;
SELECT s.table_name, split_part(s.said, ' WRONG', 1) FROM each_says('fail_count=-1 fail_shape=service fail_code=iot.something.NotExisted') s;
ALTER SERVER tuya OPTIONS (DROP ignored_codes);
-- Faults that go away: each request may fail in some way, and all rows come.
ALTER SERVER tuya OPTIONS (SET retries '20', ADD request_timeout '1s');
SELECT s.table_name, split_part(s.said, ',', 1) FROM each_says('fault_percent=20 fault_kinds=error,reset,truncate,throttle seed=7') s;
ALTER SERVER tuya OPTIONS (SET retries '0', DROP request_timeout);
SET client_min_messages = notice;
SELECT fleet();

-- Errors as rows.
CREATE SCHEMA failing;
ALTER SERVER tuya OPTIONS (ADD on_error 'row');
IMPORT FOREIGN SCHEMA ota FROM SERVER tuya INTO failing;
SET client_min_messages = error;
CREATE FUNCTION each_fails(settings text) RETURNS TABLE (table_name text, rows bigint, ids bigint, code text, state text, message text) LANGUAGE plpgsql AS $$
DECLARE
	e each;
BEGIN
	FOR e IN SELECT * FROM each ORDER BY n LOOP
		table_name := e.table_name;
		PERFORM fleet(settings);
		EXECUTE format('SELECT count(*), count(%I), min(error_code), min(error_sqlstate), min(error_message) FROM failing.%I', e.id, e.table_name) || coalesce(' WHERE ' || nullif(e.condition, ''), '')
			INTO rows, ids, code, state, message;
		message := plain(message);
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM each_fails('');
SELECT * FROM each_fails('fail_count=-1 fail_shape=service fail_code=iot.something.NotExisted fail_message=no');
SELECT * FROM each_fails('lie_total=+1') f WHERE f.code IS NOT NULL;
-- One of two keys; what it was asked for is told, the optional part, too.
SELECT fleet(), sim('set fail_count=1 fail_skip=1 fail_shape=service fail_code=iot.job.NoSuch');
SELECT job_id, task_status, count(task_id), min(error_code) FROM failing.ota_task WHERE job_id IN ('batch:1', 'batch:100') AND task_status IN ('FAILED') GROUP BY 1, 2 ORDER BY 1;
SELECT fleet();
ALTER SERVER tuya OPTIONS (DROP on_error);
SET client_min_messages = notice;

-- What is counted.
SELECT count(tuya_fdw_stats_reset()), requests() IS NOT NULL;
SELECT same(query_of(e)) FROM each e WHERE table_name IN ('product', 'device', 'ota_task') ORDER BY n;
SELECT lookups, requests, rows, retries FROM tuya_fdw_stats;
-- Caps of a statement.
SET tuya_fdw.max_requests = 2;
SELECT error_of('SELECT * FROM remote.ota_task WHERE job_id = ''batch:250''');
RESET tuya_fdw.max_requests;
