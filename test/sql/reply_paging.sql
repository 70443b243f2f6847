-- reply_paging.sql
--		What the tests reply_* and paging_* begin with, instead of setup.sql.
--
-- What it makes goes away with schema and server "reply_paging".
--
--	simulate(settings)      resets the simulator, then sets "name=value name=value"
--	requests()              requests since this was last asked, or simulate() called
--	trial(device, settings) simulates, reads all jobs of that device, and tells
--	                          rows      how many came
--	                          jobs      which of the rule's, as '1-99 101'
--	                          requests  how many it took
--	                          differs   from the simulator's rule, rows counted as
--	                                    often as they came: '' or '-missing +more'
--	                          state     SQLSTATE, if it failed
--	                          said      message and DETAIL
--	trial_body(body, settings)          the same, where every reply has this body

SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tuya_fdw;
DROP SERVER IF EXISTS reply_paging CASCADE;
DROP SCHEMA IF EXISTS reply_paging CASCADE;
CREATE SCHEMA reply_paging;
SET search_path = reply_paging, public;
\getenv root TUYA_ROOT
\i :root/test/sim/rule.sql
\getenv endpoint TUYA_SIM_ENDPOINT
\getenv ca_file TUYA_SIM_CA
CREATE SERVER reply_paging FOREIGN DATA WRAPPER tuya_fdw
	OPTIONS (endpoint :'endpoint', ca_file :'ca_file', retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER reply_paging
	OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER reply_paging INTO reply_paging;
-- One page after the other, so that the requests of a faulty round can be told;
-- pages that overlap have tests of their own.
SET tuya_fdw.lookahead_rows = 1;
SELECT set_config('tuya.endpoint', :'endpoint', false) AS ignored \gset
RESET client_min_messages;

CREATE TABLE printed (line text);

-- Runs a command of the shell and returns what it prints.
CREATE FUNCTION run(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM printed;
	EXECUTE format('COPY printed FROM PROGRAM %L (FORMAT csv, DELIMITER %L, QUOTE %L)',
				   concat(current_setting('tuya_sim.shell', true), ' ', command), E'\x01', E'\x02');
	RETURN QUERY SELECT line FROM printed;
END $$;

-- A space in a value is written %20; a quote cannot be.
CREATE PROCEDURE simulate(settings text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN
	PERFORM run('tuya_simctl reset && tuya_simctl set ' ||
				replace(replace(quote_literal(rtrim('seed=1 ' || settings)), ' ', ''' '''), '%20', ' '));
END $$;

CREATE FUNCTION requests() RETURNS int LANGUAGE sql AS $$
	SELECT run::int FROM run('tuya_simctl get requests && tuya_simctl clear');
$$;

-- The rule's jobs, or rows of ota_job, as text to compare.
CREATE FUNCTION expected(device text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT ROW('pk', device, '187', j.*)::text FROM sim_jobs('pk', device, '187') j;
$$;

CREATE FUNCTION difference(got text[], device text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', '-' || nullif((SELECT count(*) FROM
			(SELECT expected(device) EXCEPT ALL SELECT unnest(got)) m), 0),
		'+' || nullif((SELECT count(*) FROM
			(SELECT unnest(got) EXCEPT ALL SELECT expected(device)) m), 0));
$$;

-- The last six digits of an id of the rule's are the job's number.
CREATE FUNCTION job_numbers(ids text[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws('-', lower(r), nullif(upper(r) - 1, lower(r))), ' ' ORDER BY r)
	FROM unnest((SELECT range_agg(int4range(n, n, '[]'))
		FROM unnest(ids) id, LATERAL (SELECT substring(id FROM '\d{1,6}$')::int) x (n))) r
$$;

CREATE FUNCTION read_device(device text, foreign_table text, OUT rows int, OUT jobs text,
	OUT requests int, OUT differs text, OUT state text, OUT said text) LANGUAGE plpgsql AS $$
DECLARE
	got text[];
	ids text[];
	detail text;
BEGIN
	EXECUTE format('SELECT coalesce(array_agg(t::text), ''{}''), array_agg(job_id)
		FROM %I t WHERE product_key = ''pk'' AND device_name = $1 AND firmware_id = ''187''',
		foreign_table) INTO got, ids USING device;
	requests := requests();
	rows := cardinality(got);
	jobs := job_numbers(ids);
	differs := difference(got, device);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	said := said || coalesce(' / ' || nullif(detail, ''), '');
	requests := requests();
END $$;

CREATE FUNCTION trial(device text, settings text DEFAULT '', foreign_table text DEFAULT 'ota_job',
	OUT rows int, OUT jobs text, OUT requests int, OUT differs text, OUT state text, OUT said text)
RETURNS record LANGUAGE plpgsql AS $$
BEGIN
	CALL simulate(settings);
	SELECT r.* INTO rows, jobs, requests, differs, state, said FROM read_device(device, foreign_table) r;
END $$;

CREATE FUNCTION raw_body_file() RETURNS text LANGUAGE sql AS $$
	SELECT current_setting('data_directory') || '/reply_paging_body'
$$;

-- filter: a shell command that the body goes through.
CREATE PROCEDURE simulate_body(body bytea, settings text DEFAULT '', filter text DEFAULT 'cat')
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT translate(encode(%L, ''base64''), E''\n'', '''')) TO PROGRAM %L',
				   body, format('base64 -d | %s >%s', filter, raw_body_file()));
	CALL simulate(format('raw_body_file=%s %s', raw_body_file(), settings));
END $$;

CREATE PROCEDURE simulate_body(body text, settings text DEFAULT '') LANGUAGE sql AS $$
	CALL simulate_body(convert_to(body, 'UTF8'), settings);
$$;

CREATE FUNCTION trial_body(body bytea, settings text DEFAULT '', filter text DEFAULT 'cat',
	OUT rows int, OUT requests int, OUT state text, OUT said text)
RETURNS record LANGUAGE plpgsql AS $$
BEGIN
	CALL simulate_body(body, settings, filter);
	SELECT r.rows, r.requests, r.state, r.said INTO rows, requests, state, said
		FROM read_device('dev', 'ota_job') r;
END $$;

CREATE FUNCTION trial_body(body text, settings text DEFAULT '',
	OUT rows int, OUT requests int, OUT state text, OUT said text)
RETURNS record LANGUAGE sql AS $$
	SELECT * FROM trial_body(convert_to(body, 'UTF8'), settings);
$$;

-- The body of a page that has these jobs.
CREATE FUNCTION page(total text DEFAULT '1', jobs text DEFAULT '{"jobId":"1"}', further text DEFAULT '')
RETURNS text LANGUAGE sql AS $$
	SELECT '{"success":true,"currentPage":1,"total":' || total || further ||
		',"data":{"simpleOTAJobInfo":[' || jobs || ']}}'
$$;

CREATE VIEW dev_job AS SELECT * FROM ota_job
WHERE product_key = 'pk' AND device_name = 'dev' AND firmware_id = '187';

SET timezone = 'UTC';
SET datestyle = 'ISO';
\pset format unaligned
\pset null ''
\set cleanup :root /test/sql/reply_paging_cleanup.sql
