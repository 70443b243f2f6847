-- Lists by token, of a service that may lie about its tokens. The devices of a product are as
-- many as its key says behind the colon.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
\set ECHO none
DROP SCHEMA IF EXISTS s CASCADE;
CREATE SCHEMA s;
SET search_path = s;
\i :root/test/sim/fleet.sql
SET search_path = t, s;
IMPORT FOREIGN SCHEMA ota LIMIT TO (device, ota_task) FROM SERVER tuya INTO t;
CREATE FUNCTION outcome(query text, OUT state text, OUT said text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query;
	state := 'ok';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = PG_EXCEPTION_DETAIL;
	said := concat(SQLERRM, ' / ', regexp_replace(said, '\d+ bytes', '...'));
END $$;

-- How many rows a product's list has, how many differ from the rule, and requests.
CREATE FUNCTION trial(key text, settings text, size int DEFAULT 50,
	OUT devices text, OUT differs text, OUT asked text, OUT state text, OUT said text) LANGUAGE plpgsql AS $$
DECLARE
	e record;
BEGIN
	PERFORM sim('reset');
	IF settings <> '' THEN
		PERFORM sim('set ' || settings);
	END IF;
	EXECUTE format('ALTER SERVER tuya OPTIONS (SET page_size %L)', size);
	CREATE TEMP TABLE got (LIKE t.device);
	e := outcome(format('INSERT INTO got SELECT * FROM t.device WHERE product_key = %L', key));
	state := e.state;
	said := e.said;
	devices := (SELECT count(*) FROM got);
	differs := (SELECT count(*) FROM ((TABLE got EXCEPT ALL SELECT key, * FROM sim_devices(key)) UNION ALL
		(SELECT key, * FROM sim_devices(key) EXCEPT ALL TABLE got)) d);
	asked := requests();
	DROP TABLE got;
END $$;
ALTER SERVER tuya OPTIONS (ADD page_size '50');
\set ECHO all

-- At 0, 1, a page, and one more, for each size of pages.
SELECT n, size, t.* FROM (VALUES (1), (7), (50)) s (size),
	LATERAL (SELECT DISTINCT unnest(ARRAY[0, 1, size, size + 1, 3 * size + 1])) n (n), trial('p:' || n, '', size) t ORDER BY size, n;
-- Without a total, with all fields' names in other cases.
SELECT settings, n, t.* FROM unnest('{token_total=0,casing=pascal,token_total=0 casing=lower}'::text[]) settings,
	unnest('{0,50,101}'::int[]) n, trial('p:' || n, settings) t;
-- What lies beyond the pages that have numbers.
SELECT t.* FROM trial('p:10101', '') t;

-- Tokens that lie, on each page, on the second, and the first time only.
SELECT lie, page, rounds, t.* FROM unnest('{repeat,absent,"null",empty,number,foreign}'::text[]) lie,
	(VALUES (0, 0), (2, 0), (2, 1)) v (page, rounds),
	trial('p:151', format('lie_token=%s lie_page=%s lie_rounds=%s', lie, page, rounds)) t;
-- The same without totals. An empty token is the documented end, of which only a total can say
-- that it came too early.
SELECT lie, t.* FROM unnest('{absent,"null",empty}'::text[]) lie,
	trial('p:151', format('token_total=0 lie_token=%s lie_page=2', lie)) t;

-- Totals that lie: for ever, and the first time only.
SELECT lie, page, rounds, t.* FROM unnest('{+1,-1,=0,=1000000,=1000001}'::text[]) lie, (VALUES (0, 0), (1, 0), (0, 1)) v (page, rounds),
	trial('p:101', format('lie_total=%s lie_page=%s lie_rounds=%s', lie, page, rounds)) t;
-- Where a walk is, its number does not say.
SELECT t.* FROM trial('p:101', 'lie_current_page==1 lie_page_count==1 lie_page_size==7') t;
-- Rows that come twice, that are missing, that are another page's.
SELECT lie, t.* FROM unnest('{extra_rows=1,drop_rows=1,repeat_page=1,omit=list,omit=job_id}'::text[]) lie,
	trial('p:101', lie || ' lie_page=2') t;

-- Requests that fail in the middle of a walk are sent again by the same token.
SELECT t.* FROM trial('p:151', 'fail_count=2 fail_page=3') t;
SELECT t.* FROM trial('p:151', 'fail_count=2 fail_page=3 fail_status=400 fail_code=InvalidPageParams') t;
\! tuya_simctl reset

-- count(*) by the total, and without one.
SELECT count(*) FROM device WHERE product_key = 'p:1000';
SELECT requests();
\! tuya_simctl set token_total=0
SELECT count(*) FROM device WHERE product_key = 'p:1000';
SELECT requests();
\! tuya_simctl reset
SELECT device_name IS NOT NULL FROM device WHERE product_key = 'p:1000' LIMIT 1;
SELECT requests();

-- A statement's pages are its requests: asked for, and not one more.
SET tuya_fdw.max_requests = 3;
SELECT count(device_name) FROM device WHERE product_key = 'p:150';
SELECT count(device_name) FROM device WHERE product_key = 'p:151';
SELECT requests();
RESET tuya_fdw.max_requests;

-- Errors as rows: the list of one product does not hide the others'.
\! tuya_simctl set lie_token=repeat lie_page=3
ALTER FOREIGN TABLE device ALTER iot_id DROP NOT NULL, OPTIONS (ADD on_error 'row');
ALTER FOREIGN TABLE device ADD error_code text OPTIONS (field 'errorCode');
SELECT product_key, count(device_name), max(error_code) FROM device WHERE product_key IN ('p:50', 'p:151', 'p:101') GROUP BY 1 ORDER BY 1;
\! tuya_simctl reset

-- Batches too large to be read whole, which is no fault of the service's.
SELECT tuya_fdw_stats_reset();
ALTER SERVER tuya OPTIONS (SET page_size '100');
\! tuya_simctl set lie_total==100001
SELECT * FROM outcome($$SELECT task_id FROM ota_task WHERE job_id = 'j:300'$$);
SELECT requests();
SELECT count(*) FROM ota_task WHERE job_id = 'j:300';
SELECT requests();
SELECT errors_malformed FROM tuya_fdw_stats WHERE server_name = 'tuya';
\! tuya_simctl reset

SELECT left_in_flight();
SELECT sim('get repeated_nonces bad_signatures');
\set ECHO none
SET client_min_messages = error;
DROP SCHEMA s CASCADE;
