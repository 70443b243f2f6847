-- What is tried again where no connection stands or holds, what is free of charge,
-- and what is sent once however many retries are left.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
-- Asks for that device over new connections after the settings were made, and tells
-- how many requests arrived, over how many connections.
CREATE FUNCTION ask(settings text, device text DEFAULT 'd:5', foreign_table text DEFAULT 'ota_job',
	OUT requests text, OUT connections text, OUT state text, OUT said text) LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	PERFORM sim('reset'), sim('set seed=1 ' || settings);
	ALTER SERVER tuya OPTIONS (SET concurrency '16');
	BEGIN
		EXECUTE format('SELECT count(job_status) || '' jobs'' FROM %I WHERE product_key = ''pk1'' AND device_name = $1 AND firmware_id = ''187''',
			foreign_table) INTO said USING device;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
		said := regexp_replace(said, '"https?:[^"]*"', 'URL') || coalesce(' /' || substring(detail FROM ' It was tried [0-9]+ times'), '');
	END;
	requests := sim('get requests');
	connections := sim('get connections');
END $$;
ALTER SERVER tuya OPTIONS (ADD retries '2', ADD connect_timeout '500ms', ADD request_timeout '10s', ADD lookup_timeout '5min', ADD concurrency '16');
CREATE SERVER nobody FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint 'https://localhost:1/', retries '2');
CREATE USER MAPPING FOR CURRENT_USER SERVER nobody OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE FOREIGN TABLE nobody_job (product_key text, device_name text, firmware_id text, job_status text) SERVER nobody;
\set ECHO all

-- No connection: refused, reset as soon as it is accepted (which may show when it
-- connects or in the handshake), a handshake that does not come.
SELECT a.* FROM ask('', foreign_table => 'nobody_job') a;
SELECT v.settings, a.requests, a.connections, a.state, substring(a.said FROM 'tried.*') AS tried
FROM (VALUES ('accept_reset=2'), ('accept_reset=3'), ('stall=tls')) v (settings), ask(settings) a;

-- The service ends the HTTP/2 connection under requests that share it, and drops
-- them: that may be another one's fault, and is not counted.
SET tuya_fdw.enable_lookahead = on;
RESET tuya_fdw.lookahead_rows;
ALTER SERVER tuya OPTIONS (SET retries '0');
SELECT sim('reset'), sim('set seed=1 goaway_after=3 goaway_count=1 goaway_refuse=1 latency_ms=50');
SELECT count(*), count(DISTINCT job_id) FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT sim('get goaways repeated_nonces'), sim('get requests')::int > 6 AS again;
-- Be it a while after they were sent; libcurl may call that broken framing for one of them. It does one time in three.
SELECT sim('reset'), sim('set seed=1 goaway_ms=5 goaway_refuse=1 latency_ms=20');
DO $$
DECLARE
	jobs bigint;
BEGIN
	FOR i IN 1 .. 20 LOOP
		PERFORM tuya_fdw_disconnect_all();
		PERFORM sim('set goaway_after=3 goaway_count=1');
		SELECT count(*) INTO jobs FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
		ASSERT jobs = 18, jobs;
	END LOOP;
END
$$;
SELECT sim('get goaways repeated_nonces'), sim('get requests')::int > 20 * 6 AS again;
-- Or it answers them first: then nothing was in vain.
ALTER SERVER tuya OPTIONS (SET concurrency '16');
SELECT sim('reset'), sim('set seed=1 goaway_after=3 goaway_count=1 latency_ms=50');
SELECT count(*), count(DISTINCT job_id) FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT sim('get goaways repeated_nonces requests');

-- It ends in the middle of a reply, while others are on their way.
SELECT sim('reset'), sim('set seed=1 latency_ms=50');
SELECT count(job_status) FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '1';
SELECT sim('set cut_at=300 cut_count=1');
SELECT count(*), count(DISTINCT job_id) FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT sim('get forced_closes repeated_nonces'), sim('get requests')::int > 7 AS again;

-- Kept connections that turn out to be dead are free of charge, be it each of them.
-- One page after the other, for a connection that is kept in vain: nine of the ten pages
-- are asked for twice, and each comes over a connection of its own.
SET tuya_fdw.enable_lookahead = off;
SET tuya_fdw.lookahead_rows = 1;
SELECT a.* FROM ask('http2=0 close_reused=1', 'd:950') a;
SELECT sim('get repeated_nonces');
ALTER SERVER tuya OPTIONS (SET retries '2');

-- A reply that is no page, or too large, or leads elsewhere, is not asked for again.
SELECT v.settings, a.* FROM (VALUES ('omit=total'), ('omit=success'), ('lie_success=null'), ('lie_current_page=2'), ('http2=0 header_flood=100'),
	('body_flood=5'), ('bomb_mb=5'), ('redirect=https://localhost:1/')) v (settings), ask(settings) a;

-- A later page that is refused: the round is read again, three times in all.
SELECT times, a.* FROM unnest('{1,2,3}'::int[]) times,
	ask('fail_shape=service fail_code=iot.common.InvalidPageParams fail_page=2 fail_count=' || times, 'd:150') a;

-- Whatever retries say, lookup_timeout ends them, and the error is what it was about.
ALTER SERVER tuya OPTIONS (SET retries '100', SET lookup_timeout '500ms');
SELECT requests::int BETWEEN 2 AND 50 AS several, state, regexp_replace(said, '\d+', 'N') AS said FROM ask('fail_count=-1') a;
SELECT sim('get repeated_nonces');
