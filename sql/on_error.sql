-- A key that fails for its own sake has a row that says why.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/on_error.sql
\set VERBOSITY default
-- Without what differs from run to run.
CREATE FUNCTION plain(said text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(said, 'request id [^.]*\.', 'request id ID.'), 'https://localhost:\d+/', 'SERVICE', 'g');
$$;
ALTER FOREIGN TABLE ota_job ADD COLUMN error_message text OPTIONS (field 'ERRORMESSAGE');
CREATE VIEW bad AS SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'bad:3' AND firmware_id = '187';
CREATE VIEW large AS SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'bad:250' AND firmware_id = '187';
\set ECHO all

-- The key, no field, and the error; one that does not fail has rows without error.
SELECT sim_fails();
SELECT product_key, device_name, firmware_id, job_id, job_status, utc_create, error_code, error_sqlstate, plain(error_message) FROM bad;
SELECT requests();
SELECT device_name, count(*), count(job_id), count(error_code), count(error_message), count(error_sqlstate) FROM ota_job
	WHERE product_key = 'pk1' AND device_name IN ('d:5', 'bad:3', 'bad:250') AND firmware_id = '187' GROUP BY 1 ORDER BY 1;
SELECT requests();
-- Each statement begins anew.
SELECT sim('set fail_count=0');
SELECT count(*), count(error_code) FROM bad;

-- None of a lookup's rows is handed out when a later page fails.
SELECT requests(), sim_fails('fail_page=3 fail_status=500');
SELECT count(*), min(job_id), min(error_code), plain(min(error_message)) FROM large;
SELECT requests();
SELECT sim_fails('fail_page=3 fail_code=iot.device.X');
SELECT * FROM (SELECT job_id, error_code, error_sqlstate FROM large LIMIT 5) l;
SELECT requests();
-- So LIMIT needs all pages, each as large as others are; count(*) counts rows.
SELECT sim('set fail_count=0');
SELECT count(*) FROM (SELECT FROM large LIMIT 5) l;
SELECT requests();
SELECT count(*) FROM large;
SELECT requests(), sim('get last_page_size');
SELECT explain_lines('SELECT count(*) FROM bad', 'Action|total');
SELECT sim_fails();
SELECT count(*), count(1), count(job_id) FROM bad;

-- What it says of other errors: no reply at all, an HTTP status, a reply that is none, pages that do not add up,
-- a key that cannot be asked for.
CREATE FUNCTION shown(settings text) RETURNS TABLE (job text, code text, state text, message text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sim('reset'), sim('set ' || settings);
	RETURN QUERY SELECT b.job_id, b.error_code, b.error_sqlstate, substring(plain(b.error_message) FROM '^[^:]*: .\D*') FROM bad b LIMIT 1;
END $$;
ALTER SERVER tuya OPTIONS (ADD retries '0');
SET client_min_messages = error;
SELECT v.*, s.* FROM (VALUES ('fail_count=1 fail_shape=html'), ('fail_count=1 fail_shape=empty'), ('fail_count=1 fail_status=503'), ('fail_count=1 fail_status=500 fail_code=InternalError fail_message=no'),
	('fail_count=1 fail_shape=service fail_code='), ('omit=total'), ('lie_total=+1'), ('close_all=1'), ('truncate_body=1'), ('raw_body_file=/dev/null'), ('body_flood=5')) v (settings), LATERAL shown(settings) s;
ALTER SERVER tuya OPTIONS (ADD request_timeout '200ms');
SELECT * FROM shown('stall=head');
ALTER SERVER tuya OPTIONS (SET request_timeout '1h', ADD lookup_timeout '200ms');
SELECT * FROM shown('stall=head');
ALTER SERVER tuya OPTIONS (DROP lookup_timeout);
SELECT sim('reset');
ALTER SERVER tuya OPTIONS (DROP retries, DROP request_timeout);
SELECT length(device_name), count(*), error_code, error_sqlstate, left(error_message, 120) FROM ota_job
	WHERE product_key = 'pk1' AND device_name IN ('', 'd:5', repeat('x', 1025)) AND firmware_id = '187' GROUP BY 1, 3, 4, 5 ORDER BY 1;
RESET client_min_messages;
SELECT requests();
-- Those are the statement's own, whatever the option: they would be the same for every key.
CREATE FUNCTION raised(settings text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sim('reset'), sim('set ' || settings);
	RETURN (SELECT sqlstate_of('SELECT count(*) FROM bad'));
END $$;
SELECT v.*, raised(v.settings) FROM (VALUES ('fail_count=1 fail_status=403 fail_code=SignatureDoesNotMatch provoked=1'), ('fail_count=1 fail_shape=service fail_code=Forbidden.RAM'),
	('fail_count=1 fail_status=401 fail_shape=html'), ('no_date=1 clock_offset_s=100000 provoked=1'), ('redirect=https://elsewhere/')) v (settings);
-- Another spelling makes it another account: this one would go slowly for a while.
DO $$ BEGIN
	EXECUTE (SELECT format('ALTER SERVER tuya OPTIONS (SET endpoint %L)', replace(split_part(o, '=', 2), 'localhost', 'LOCALHOST'))
		FROM pg_foreign_server, unnest(srvoptions) o WHERE srvname = 'tuya' AND o LIKE 'endpoint=%');
END $$;
ALTER SERVER tuya OPTIONS (ADD lookup_timeout '300ms');
SELECT raised('fail_count=-1 fail_status=429 fail_code=Throttling.User');
SELECT sim('reset');
DO $$ BEGIN
	EXECUTE (SELECT format('ALTER SERVER tuya OPTIONS (SET endpoint %L)', replace(split_part(o, '=', 2), 'LOCALHOST', 'localhost'))
		FROM pg_foreign_server, unnest(srvoptions) o WHERE srvname = 'tuya' AND o LIKE 'endpoint=%');
END $$;
ALTER SERVER tuya OPTIONS (DROP lookup_timeout);
SET tuya_fdw.max_requests = 2;
SELECT sqlstate_of('SELECT count(*) FROM large');
RESET tuya_fdw.max_requests;
BEGIN;
ALTER SERVER tuya OPTIONS (DROP ca_file);
SELECT sqlstate_of('SELECT count(*) FROM bad');
ROLLBACK;
BEGIN;
ALTER SERVER tuya OPTIONS (SET ca_file '/nowhere');
SELECT sqlstate_of('SELECT count(*) FROM bad');
ROLLBACK;
BEGIN;
DROP USER MAPPING FOR CURRENT_USER SERVER tuya;
SELECT sqlstate_of('SELECT count(*) FROM bad');
ROLLBACK;
SET statement_timeout = '300ms';
SELECT sim('set stall=head');
SELECT count(*) FROM bad;
RESET statement_timeout;
-- An ignored code stays a key without rows.
SELECT sim('reset'), sim_fails();
ALTER FOREIGN TABLE ota_job OPTIONS (ADD ignored_codes 'iot.prod.notexistedproduct');
SELECT count(*) FROM bad;
ALTER FOREIGN TABLE ota_job OPTIONS (DROP ignored_codes);

-- So is a row that has a time that is none, where it is wanted: none of the key's rows is handed out.
SELECT sim('reset');
CREATE FUNCTION reply_with(jobs text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/tuya_reply';
BEGIN
	EXECUTE format('COPY (VALUES (%L)) TO %L (FORMAT csv, QUOTE E''\x01'', DELIMITER E''\x02'')',
		format('{"success":true,"total":2,"data":{"simpleOTAJobInfo":[%s]}}', jobs), file);
	RETURN sim('set raw_body_file=' || file);
END $$;
SELECT reply_with('{"jobId":"1","utcCreate":"2024-09-12T08:14:42Z","jobStatus":"7"},{"jobId":"2","utcCreate":"now","jobStatus":"x"}');
SELECT job_id, utc_create, error_code, error_message FROM bad;
SELECT count(*), count(utc_create), min(error_sqlstate) FROM generate_series(1, 3) n, LATERAL (SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'bad:3' AND firmware_id = '187' AND n > 0 OFFSET 0) x;
SELECT job_id, job_status, error_code FROM bad ORDER BY 1;
SELECT requests();
ALTER SERVER tuya OPTIONS (ADD on_error_limit '1');
SELECT error_of('SELECT utc_create FROM ota_job WHERE product_key = ''pk1'' AND device_name IN (''bad:1'', ''bad:2'') AND firmware_id = ''187''');
ALTER SERVER tuya OPTIONS (DROP on_error_limit);
-- So is one that has a number that is none, or too large for its column.
CREATE FOREIGN TABLE typed (product_key text, device_name text, firmware_id text, job_id smallint, job_status int, job_type bigint, error_code text OPTIONS (field 'errorCode'), error_message text OPTIONS (field 'errorMessage')) SERVER tuya OPTIONS (on_error 'row');
CREATE FUNCTION typed(columns text, job text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM reply_with('{"jobId":"1","jobStatus":1,"jobType":" -1 "},' || job);
	RETURN QUERY EXECUTE format('SELECT concat_ws('' '', %s, error_code, error_message) FROM typed WHERE (product_key, device_name, firmware_id) = (''pk1'', ''bad:3'', ''187'')', columns);
END $$;
SELECT typed('job_id, job_status, job_type', j) FROM (VALUES ('{"jobId":"32767","jobStatus":"-2147483648","jobType":9223372036854775807}'), ('{"jobId":"2","jobStatus":null,"jobType":""}'),
	('{"jobId":"32768"}'), ('{"jobId":"2","jobStatus":"2147483648"}'), ('{"jobId":"2","jobType":9223372036854775808}'),
	('{"jobId":"2","jobStatus":"x"}'), ('{"jobId":"2","jobStatus":"1 2"}'), ('{"jobId":"2","jobStatus":1.5}'), ('{"jobId":"2","jobStatus":"  "}'), ('{"jobId":"2","jobStatus":true}')) v (j);
-- Not where it is not wanted.
SELECT typed('job_id', '{"jobId":"2","jobStatus":"x"}');
SELECT typed('job_status', '{"jobId":"32768","jobStatus":"2"}');
DROP FUNCTION typed;
DROP FOREIGN TABLE typed;
SELECT sim('reset'), sim_fails();

-- At the limit the statement fails, with the last error.  A key counts once, however often it is read.
ALTER SERVER tuya OPTIONS (ADD on_error_limit '2');
SELECT count(*) FROM (VALUES ('bad:1'), ('bad:2'), ('bad:1'), ('d:5')) v (d) JOIN ota_job ON product_key = 'pk1' AND device_name = d AND firmware_id = '187';
SELECT plain(error_of('SELECT count(*) FROM (VALUES (''bad:1''), (''bad:2''), (''bad:3'')) v (d) JOIN ota_job ON product_key = ''pk1'' AND device_name = d AND firmware_id = ''187'''));
SELECT count(*) FROM (VALUES ('bad:1'), ('bad:2')) v (d) JOIN ota_job ON product_key = 'pk1' AND device_name = d AND firmware_id = '187';
-- A table's limit goes before its server's.
ALTER FOREIGN TABLE ota_job OPTIONS (ADD on_error_limit '1');
SELECT plain(error_of('SELECT count(*) FROM (VALUES ('''')) v (d), ota_job WHERE product_key = ''pk1'' AND device_name IN (d, ''bad:1'') AND firmware_id = ''187'''));
ALTER FOREIGN TABLE ota_job OPTIONS (DROP on_error_limit);
ALTER SERVER tuya OPTIONS (DROP on_error_limit);

-- The option is the server's, or the table's, which goes before.
ALTER FOREIGN TABLE ota_job OPTIONS (SET on_error 'error');
ALTER SERVER tuya OPTIONS (ADD on_error 'row');
SELECT plain(error_of('SELECT * FROM bad'));
ALTER FOREIGN TABLE ota_job OPTIONS (DROP on_error);
SELECT count(*) FROM bad;
SELECT sim('reset');
