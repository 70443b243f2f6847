-- tuya_fdw_stats: what was asked of the service, and what came of it, as the service
-- counted it itself.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/setup.sql
\i :setup

-- What the simulator has counted since it was last cleared, in the order of these columns.
CREATE FUNCTION simulated() RETURNS text LANGUAGE sql AS $$
	SELECT sim('get requests connections in_flight');
$$;
CREATE VIEW counted AS
	SELECT concat_ws(' ', requests, connections_opened, in_flight) AS counted FROM tuya_fdw_stats;
CREATE FUNCTION one(device text) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(job_status) FROM ota_job WHERE product_key = 'p' AND device_name = device AND firmware_id = '1';
$$;

-- Nothing is counted before a remote is used.
SELECT * FROM tuya_fdw_stats;
SELECT one('d:3');
SELECT server_name, usename = current_user, lookups, deduplicated, cache_hits, requests, retries, throttled, rows,
	connections_opened, in_flight FROM tuya_fdw_stats;
SELECT bytes_received > 500, total_reply_time > 0, max_reply_time = total_reply_time, cardinality(reply_times),
	(SELECT sum(n) FROM unnest(reply_times) n), current_rate, learned_limit, last_error, last_error_time,
	clock_timestamp() - stats_reset BETWEEN '0' AND '1 min', scope ~ '^(shared|session)$' FROM tuya_fdw_stats;

-- Pages, keys that are asked for once, requests that are sent again, a key that takes 20 ms.
SELECT one('d:250');
SET enable_memoize = off;
SELECT count(*) FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT sim('set latency_ms=20');
SELECT one('d:20');
SELECT sim('set latency_ms=0 fail_count=2');
SELECT one('d:2');
SELECT sim('set fail_count=1 fail_shape=service fail_code=Throttling.User');
SELECT one('d:4');
SELECT lookups, deduplicated, requests, retries, throttled, rows, connections_opened, in_flight,
	errors_credentials, errors_clock, errors_request, errors_service, errors_transport, errors_malformed FROM tuya_fdw_stats;
SELECT counted = simulated(), counted FROM counted;
SELECT last_error, last_error_time > stats_reset, max_reply_time >= 20 AND max_reply_time < total_reply_time,
	(SELECT sum(n) FROM unnest(reply_times) n) = requests, (SELECT sum(n) FROM unnest(reply_times[6:]) n) >= 1 FROM tuya_fdw_stats;

-- Errors, each in its class; the text is of the last, without the service's own words.
SELECT tuya_fdw_stats_reset('tuya'), sim('clear');
ALTER SERVER tuya OPTIONS (ADD retries '0', ADD request_timeout '100ms');
CREATE FUNCTION error_class(settings text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before tuya_fdw_stats;
	after tuya_fdw_stats;
BEGIN
	SELECT * INTO before FROM tuya_fdw_stats;
	PERFORM sim('reset'), sim('set ' || settings);
	PERFORM sqlstate_of($q$SELECT one('d:3')$q$);
	PERFORM sim('reset');
	SELECT * INTO after FROM tuya_fdw_stats;
	RETURN (SELECT coalesce(string_agg(format('%s %s', key, value::bigint - (to_jsonb(before)->>key)::bigint), ', ' ORDER BY key), 'none')
		FROM jsonb_each_text(to_jsonb(after)) WHERE key ~ '^errors_|throttled' AND value <> to_jsonb(before)->>key)
		|| '; ' || regexp_replace(after.last_error, 'localhost:\d+|\d+ ms|(?<=lost: ).*', '...', 'g');
END $$;
SELECT settings, error_class(settings) FROM (VALUES
	('fail_count=1 fail_code=SignatureDoesNotMatch'), ('fail_count=1 fail_code=Forbidden.RAM fail_message=secret'),
	('fail_count=1 fail_code=InvalidTimeStamp.Expired'), ('fail_count=1 fail_code=iot.device.NotExistedDevice'),
	('fail_count=1 fail_status=400 fail_code=Unheard'), ('fail_count=1'), ('fail_count=1 fail_shape=html'),
	('fail_count=1 fail_shape=html fail_status=200'), ('close_all=1'), ('stall=head'), ('truncate_body=1'), ('omit=total'),
	('lie_total=9')) s (settings);
SELECT in_flight, retries FROM tuya_fdw_stats;

-- An error that is ignored is none; nor is a page past the end.
ALTER SERVER tuya OPTIONS (ADD ignored_codes 'iot.device.NotExistedDevice');
SELECT error_class('fail_count=1 fail_code=iot.device.NotExistedDevice');

-- Reset.
SELECT sum(requests) > 0 FROM tuya_fdw_stats;
SELECT tuya_fdw_stats_reset();
SELECT lookups, requests, rows, bytes_received, errors_transport, total_reply_time, max_reply_time, reply_times, last_error FROM tuya_fdw_stats;
SELECT tuya_fdw_stats_reset('nobody');

-- Who sees what: members of the mapping's role, of PUBLIC's the server's owner, and pg_read_all_stats.
SET client_min_messages = warning;
CREATE VIEW seen AS
	SELECT replace(usename, session_user, 'me') AS usename, requests FROM tuya_fdw_stats ORDER BY 1;
CREATE ROLE stats_a;
CREATE ROLE stats_b;
CREATE ROLE stats_reader IN ROLE pg_read_all_stats;
GRANT USAGE ON SCHEMA t TO stats_a, stats_b, stats_reader;
GRANT SELECT ON ota_job TO stats_a, stats_b;
GRANT SELECT ON seen TO PUBLIC;
GRANT USAGE ON FOREIGN SERVER tuya TO stats_a, stats_b;
CREATE USER MAPPING FOR stats_a SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE USER MAPPING FOR PUBLIC SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
SELECT one('d:3');
SET ROLE stats_a;
SELECT one('d:3');
SELECT * FROM seen;
SELECT tuya_fdw_stats_reset();
SET ROLE stats_b;
SELECT one('d:3');
SELECT * FROM seen;
SET ROLE stats_reader;
SELECT * FROM seen;
RESET ROLE;
SELECT * FROM seen;

-- What was dropped is not shown, nor does another server of that name have it.
DROP USER MAPPING FOR stats_a SERVER tuya;
DROP USER MAPPING FOR PUBLIC SERVER tuya;
SELECT server_name, usename = current_user, requests FROM tuya_fdw_stats;
DROP OWNED BY stats_a, stats_b, stats_reader;
DROP ROLE stats_a, stats_b, stats_reader;
ALTER SERVER tuya RENAME TO other;
SELECT one('d:3');
SELECT server_name, requests FROM tuya_fdw_stats;
DROP SERVER other CASCADE;
SELECT * FROM tuya_fdw_stats;
