-- Remote text in messages is cut, has no control characters and is no format.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
-- What an error of that code, message and request id says.  PostgreSQL makes the
-- JSON, so all of Unicode but U+0000 can be in it.
CREATE FUNCTION said(code text, message text, request_id text) RETURNS text LANGUAGE sql AS $$
	SELECT said FROM trial_body(json_build_object('success', false, 'code', code,
		'errorMessage', message, 'requestId', request_id)::text);
$$;
-- Which control characters are in the text: C0, DEL and C1, where U+009B is as
-- good as ESC [ to a terminal.
CREATE FUNCTION controls(said text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('U+%s', lpad(upper(to_hex(ascii(c))), 4, '0')), ' ')
	FROM string_to_table(said, NULL) c
	WHERE ascii(c) < 32 OR ascii(c) BETWEEN 127 AND 159;
$$;
\set ECHO all

-- Formats.
SELECT said('%s%n', '%s%s%s%s%n%n%d%m%*d %1$s %%', '%n%n');
SELECT said('$1', '''; DROP TABLE x; --', E'a"b\\c');

-- Control characters: terminals obey them, logs are broken by them.
SELECT said(E'X\n2024-01-01 LOG:  forged', E'\x1b[31mred\x1b[0m \x07\x08\r\n\ttab \x7f', E'\x01\x1f');
SELECT controls(said) AS c0 FROM
	(SELECT string_agg(chr(i), '') FROM generate_series(1, 31) i) t (all_of_them), said(all_of_them, all_of_them, all_of_them);
SELECT controls(said) AS c1 FROM
	(SELECT string_agg(chr(i), '') FROM generate_series(127, 159) i) t (all_of_them), said(all_of_them, all_of_them, all_of_them);
-- In an error's message and id U+0000 ends the text; a code that has it is none.
SELECT t.* FROM trial_body('{"success":false,"code":"X","errorMessage":"shown\u0000hidden","requestId":"1\u00002"}') t;
SELECT t.* FROM trial_body('{"success":false,"code":"X\u0000Y"}') t;

-- Each is cut, to 200 bytes, and never within a character.
SELECT length(said), octet_length(said), said FROM said(repeat('c', 1000), repeat('m', 1000000), repeat('r', 1000));
SELECT n, length(said('X', repeat('x', n) || repeat('é', 200), 'Y')) - length(said('X', 'x', 'Y')) + 1 AS characters,
	said('X', repeat('x', n) || repeat('中', 100), 'Y') LIKE '%x中%中' AS whole
FROM generate_series(1, 2) n;

-- Text that is not ASCII is shown.
SELECT said('错误', 'Устройство не найдено 设备不存在 😀', 'é');

-- A code that the service sends with a page that it refuses.
SELECT t.requests, t.state, t.said FROM trial('dev:250',
	E'fail_count=-1 fail_page=2 fail_shape=service fail_code=Invalid\x1b%n' || repeat('x', 300)) t;

-- What is no time is quoted as context in the same way.
CALL simulate_body(page(jobs => json_build_object('jobId', E'1\n%n' || repeat('x', 200), 'utcCreate', E'%s\x1b[31m' || repeat('é', 200))::text));
DO $$ DECLARE
	context text;
BEGIN
	PERFORM utc_create FROM dev_job;
EXCEPTION WHEN fdw_unable_to_create_reply THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
	RAISE NOTICE '%', split_part(context, E'\n', 1);
END $$;
SELECT requests();

-- In rows text is what it is.
CALL simulate_body(page(jobs => json_build_object('jobId', E'\x1b%s', 'jobStatus', E'\n\u0085%n')::text));
SELECT job_id = E'\x1b%s' AND job_status = E'\n\u0085%n' AS equal FROM dev_job;
SELECT requests();

-- So is the key in messages, which a user may have from elsewhere.
CALL simulate('fail_count=1');
DO $$ DECLARE
	context text;
BEGIN
	PERFORM FROM ota_job WHERE product_key = E'%s%n' AND device_name = E'\n\x1b[31m' || repeat('é', 300) AND firmware_id = '"1"';
EXCEPTION WHEN fdw_error THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
	RAISE NOTICE '%', split_part(context, E'\n', 1);
END $$;
SELECT requests();

\set ECHO none
\i :cleanup
