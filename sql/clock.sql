-- Clocks that differ: corrected once by the reply's Date header, with one warning.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
\set VERBOSITY default
CREATE VIEW one AS SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187');
-- How far the clocks are apart is known to two seconds.
CREATE FUNCTION near(text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(regexp_replace($1, '-?\m(3599|3600|3601) s', 'an hour', 'g'), '\m[012] s', 'nothing', 'g'), 'id [0-9a-f-]+\.|in \d+ ms', 'N', 'g');
$$;
-- The warnings hold a number that may differ by one, so they are a TAP test's: clock.
SET client_min_messages = error;
ALTER SERVER tuya OPTIONS (ADD concurrency '16');
\set ECHO all

-- The service is ahead, or behind: the first request is refused, the next statement
-- needs no correction.
SELECT sim('set clock_offset_s=3600');
SELECT count(job_status) FROM one;
SELECT sim('get requests refused bad_timestamps');
SELECT count(job_status) FROM one;
SELECT sim('get requests refused bad_timestamps');
-- Another remote corrects by itself.
ALTER SERVER tuya OPTIONS (SET concurrency '16');
SELECT sim('reset'), sim('set clock_offset_s=-3600');
SELECT count(job_status) FROM one;
SELECT sim('get requests refused bad_timestamps');

-- With many in flight each refused request is sent once more.
SET tuya_fdw.enable_lookahead = on;
RESET tuya_fdw.lookahead_rows;
ALTER SERVER tuya OPTIONS (SET concurrency '16');
SELECT sim('reset'), sim('set clock_offset_s=3600 latency_ms=20');
SELECT count(*) FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT sim('get requests')::int = 6 + sim('get bad_timestamps')::int AS sent_once_more, sim('get bad_timestamps')::int BETWEEN 1 AND 6 AS refused;

-- Refused again, though its date says that the timestamp is right: an error that tells.
-- The statement after that begins anew.
ALTER SERVER tuya OPTIONS (SET concurrency '16');
SELECT code, shape, sim('reset'), sim(format('set fail_shape=%s fail_code=%s fail_status=%s fail_count=-1 clock_offset_s=-600', shape, code, CASE shape WHEN 'gateway' THEN 400 ELSE 200 END)),
	regexp_replace(near(error_of('SELECT count(job_status) FROM one')), '-?\m(599|600|601) s', 'ten minutes', 'g'), sim('get requests')
FROM (VALUES ('InvalidTimeStamp.Expired', 'gateway'), ('illegaltimestamp', 'service')) v (code, shape);
SELECT sim('reset');
SELECT count(job_status) FROM one;
-- The service's clock is set right after it was found to be wrong: corrected again.
SELECT sim('set clock_offset_s=3600');
SELECT count(job_status) FROM one;
SELECT sim('reset');
SELECT count(job_status) FROM one;
SELECT sim('get requests refused');
-- Without a Date nothing can be corrected.
ALTER SERVER tuya OPTIONS (SET concurrency '16');
SELECT sim('reset'), sim('set clock_offset_s=3600 no_date=1');
SELECT near(error_of('SELECT count(job_status) FROM one')), sim('get requests');
