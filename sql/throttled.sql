-- The service's rate limit, and ours.  Each case has an endpoint spelled in its own
-- way, which makes it another account: one that was throttled goes slowly.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
ALTER SERVER tuya OPTIONS (ADD lookup_timeout '5min', ADD retries '0', ADD rate_limit '0');
CREATE SEQUENCE spelling START 1;
CREATE FUNCTION other_account() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n int := nextval('spelling');
	name text := (SELECT string_agg(CASE WHEN n & (1 << (i::int - 1)) <> 0 THEN upper(c) ELSE c END, '' ORDER BY i)
		FROM regexp_split_to_table('localhost', '') WITH ORDINALITY s (c, i));
BEGIN
	EXECUTE format('ALTER SERVER tuya OPTIONS (SET endpoint %L)',
		(SELECT regexp_replace(split_part(o, '=', 2), 'localhost', name, 'i') FROM pg_foreign_server, unnest(srvoptions) o
			WHERE srvname = 'tuya' AND o LIKE 'endpoint=%'));
END $$;
CREATE FUNCTION ask(settings text, OUT requests text, OUT throttled text, OUT said text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM other_account(), sim('reset'), sim('set ' || settings);
	said := regexp_replace(regexp_replace(error_of('SELECT count(job_status) FROM ota_job
		WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187'''), 'request id [^.]*\.', 'request id ID.'), '\d+ (ms|times)', 'N \1', 'g');
	requests := sim('get requests');
	throttled := sim('get throttled');
END $$;
CREATE VIEW one AS SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187');
CREATE TABLE fleet AS SELECT 'pk1' AS product_key, 'd' || i || ':1' AS device_name, '187' AS firmware_id FROM generate_series(1, 60) i;
ANALYZE fleet;
\set ECHO all

-- What is a rate limit, in any shape and any case of letters; for longer than there is
-- time.
SELECT v.*, a.requests, a.said FROM (VALUES ('gateway', 400, 'Throttling'), ('gateway', 429, 'Throttling.User'), ('gateway', 503, 'Throttling.Api'),
	('service', 200, 'Throttling.User'), ('service', 200, 'THROTTLING'), ('gateway', 429, 'Whatever'), ('html', 429, ''), ('empty', 429, '')) v (shape, status, code),
	ask(format('fail_count=-1 fail_shape=%s fail_status=%s fail_code=%s fail_headers=''Retry-After: 3600''', shape, status, code)) a;
SELECT headers, a.requests, a.said FROM unnest('{"x-ratelimit-user: Remaining:0,TimeLeft:3600"}'::text[]) headers,
	ask(format('fail_count=-1 fail_status=429 fail_code=Throttling.User fail_headers=''%s''', headers)) a;
-- Where it does not say how long, it is tried again after a moment, then after longer ones.
ALTER SERVER tuya OPTIONS (SET lookup_timeout '5s');
SELECT a.requests::int BETWEEN 2 AND 5 AS again, a.said FROM ask('fail_count=-1 fail_status=429 fail_code=Throttling.User') a;
ALTER SERVER tuya OPTIONS (SET lookup_timeout '5min');

-- Once throttled, then served; it does not count against retries.
SELECT other_account(), sim('reset'), sim('set fail_count=1 fail_status=429 fail_code=Throttling.User');
SELECT l FROM explain_lines('SELECT * FROM one', 'Requests|Retries|Throttled', 'ANALYZE, COSTS OFF') l;
SELECT other_account(), sim('reset'), sim('set fail_count=1 fail_status=429 fail_code=Throttling.User fail_headers=''x-ratelimit-user: Remaining:10,TimeLeft:60''');
SELECT count(job_status) FROM one;
SELECT requests();
-- A reply that is none of this may say that nothing remains: then the next request waits.
SELECT other_account(), sim('reset'), sim('set reply_headers=''X-RateLimit-User: Remaining:0, TimeLeft:1''');
SELECT clock_timestamp() AS began \gset
SELECT count(job_status) FROM one;
SELECT count(job_status) FROM one;
SELECT clock_timestamp() - :'began' > interval '1 s' AS waited;
SELECT requests();

-- The rate is the account's: another server of the same endpoint and credentials waits
-- as well, and one of other credentials does not.  (The other's request is refused.)
SELECT other_account(), sim('reset'), sim('set provoked=1 reply_headers=''X-RateLimit-User: Remaining:0, TimeLeft:3600''');
SELECT split_part(o, '=', 2) AS same FROM pg_foreign_server, unnest(srvoptions) o WHERE srvname = 'tuya' AND o LIKE 'endpoint=%' \gset
\set ECHO none
CREATE SERVER same FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'same', ca_file :'ca');
CREATE USER MAPPING FOR CURRENT_USER SERVER same OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE FOREIGN TABLE same_job (product_key text, device_name text, firmware_id text, job_id text) SERVER same;
CREATE SERVER other FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'same', ca_file :'ca');
CREATE USER MAPPING FOR CURRENT_USER SERVER other OPTIONS (access_key_id 'otherid', access_key_secret 'testsecret');
CREATE FOREIGN TABLE other_job (product_key text, device_name text, firmware_id text, job_id text) SERVER other;
\set ECHO all
SELECT count(job_status) FROM one;
SELECT sqlstate_of('SELECT count(job_id) FROM other_job WHERE (product_key, device_name, firmware_id) = (''pk1'', ''d:5'', ''187'')');
SELECT requests();
SET statement_timeout = '500ms';
\set VERBOSITY terse
SELECT count(job_id) FROM same_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187');
\set VERBOSITY default
RESET statement_timeout;
SELECT requests();

-- A join that goes too fast for the service slows down, and is whole.
SET tuya_fdw.enable_lookahead = on;
RESET tuya_fdw.lookahead_rows;
SELECT other_account(), sim('reset'), sim('set rate_limit=50 rate_burst=10 latency_ms=5');
SELECT count(*), count(DISTINCT job_id) FROM fleet JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT sim('get throttled')::int <= 40 AS throttled, sim('get requests')::int = 60 + sim('get throttled')::int AS no_more_than_that;
SELECT other_account(), sim('reset'), sim('set fail_skip=10 fail_count=6 fail_status=429 fail_code=Throttling.User');
SELECT count(*), count(DISTINCT job_id) FROM fleet JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT requests();

-- rate_limit: evenly spaced.
ALTER SERVER tuya OPTIONS (SET rate_limit '100');
SELECT other_account(), sim('reset'), sim('set latency_ms=5');
SELECT clock_timestamp() AS began \gset
SELECT count(*) FROM fleet JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT clock_timestamp() - :'began' > interval '0.57 s' AS not_faster, requests();
SELECT l ~ ': [1-9]' AS waits FROM explain_lines('SELECT * FROM fleet JOIN ota_job USING (product_key, device_name, firmware_id)', 'Rate Limit Waits', 'ANALYZE, COSTS OFF') l;

-- What the option takes.
ALTER SERVER tuya OPTIONS (SET rate_limit '-1');
ALTER SERVER tuya OPTIONS (SET rate_limit '1.5');
ALTER SERVER tuya OPTIONS (SET retries '101');
ALTER SERVER tuya OPTIONS (ADD keep_connections 'sometimes');
