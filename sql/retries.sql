-- What is sent again, how often, and what the user sees in the end.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
CREATE FUNCTION said(query text, OUT state text, OUT said text) LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	detail text;
BEGIN
	EXECUTE query INTO n;
	said := n || ' jobs';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	said := regexp_replace(said, '"https?:[^"]*"', 'URL') || coalesce(' /' || substring(detail FROM ' It was tried'), '');
END $$;
-- Asks for that device over new connections after the settings were made, and
-- tells how many requests arrived.
CREATE FUNCTION ask(settings text, device text DEFAULT 'd:5', OUT arrived text, OUT state text, OUT said text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sim('reset'), sim('set seed=1 ' || settings);
	ALTER SERVER tuya OPTIONS (SET concurrency '16');
	SELECT s.state, s.said INTO state, said FROM said(format(
		'SELECT count(job_status) FROM ota_job WHERE product_key = ''pk1'' AND device_name = %L AND firmware_id = ''187''', device)) s;
	arrived := sim('get requests') || ', ' || sim('get repeated_nonces') || ' nonces repeated';
END $$;
ALTER SERVER tuya OPTIONS (ADD retries '2', ADD request_timeout '30s', ADD concurrency '16');
\set ECHO all

-- Trouble of the service: as often as retries say, then the error.
SELECT times, a.* FROM generate_series(1, 3) times,
	ask('fail_shape=gateway fail_status=500 fail_code=InternalError fail_count=' || times) a;
SELECT v.*, a.* FROM (VALUES ('gateway', 503, 'ServiceUnavailable'), ('service', 200, 'iot.system.SystemException'), ('html', 502, ''), ('empty', 504, '')) v (shape, status, code),
	ask(format('fail_shape=%s fail_status=%s fail_code=%s fail_count=-1', shape, status, code)) a;

-- What no repetition would mend is sent once.
SELECT v.*, a.* FROM (VALUES ('gateway', 400, 'MissingParameter'), ('gateway', 403, 'Forbidden.RAM'), ('gateway', 403, 'SignatureDoesNotMatch'),
	('service', 200, 'iot.device.NotExistedDevice'), ('service', 200, 'iot.something.New'), ('html', 404, '')) v (shape, status, code),
	ask(format('fail_shape=%s fail_status=%s fail_code=%s fail_count=-1', shape, status, code)) a;

-- A nonce that was seen before: once again, with another.
SELECT times, a.* FROM generate_series(1, 2) times,
	ask('fail_shape=gateway fail_status=400 fail_code=SignatureNonceUsed fail_count=' || times) a;

-- A reply that does not come; connections cut off before, in and at the end of the
-- head, by FIN or reset; half a body; streams reset.  Twice, and always.
ALTER SERVER tuya OPTIONS (SET request_timeout '1s');
SELECT a.* FROM ask('stall=head') a;
ALTER SERVER tuya OPTIONS (SET request_timeout '30s');
SELECT v.settings, a.* FROM (VALUES
	('http2=0 cut_count=2 cut_at=0', 0), ('http2=0 cut_count=2 cut_at=20 cut_reset=1', 0), ('http2=0 cut_count=2 cut_at=300', 0),
	('http2=0 cut_at=300', 0), ('http2=1 rst_stream_count=2 rst_stream_at=0', 0), ('http2=1 rst_stream_count=2 rst_stream_at=100 chunked=1', 0),
	('http2=1 rst_stream_at=0', 0), ('http2=0 truncate_body=1', 0), ('http2=1 truncate_body=1', 0)) v (settings, x),
	ask(v.settings) a;

-- Free of charge: kept connections that were closed meanwhile, refused streams.
ALTER SERVER tuya OPTIONS (SET retries '0');
SELECT a.* FROM ask('http2=0 close_reused=1 close_reused_count=1', 'd:250') a;
SELECT a.* FROM ask('http2=1 rst_stream_at=0 rst_stream_code=7 rst_stream_count=1') a;
SELECT a.* FROM ask('fail_count=1') a;
ALTER SERVER tuya OPTIONS (SET retries '2');

-- A retry concerns one page: the others are asked for once, and nothing is asked
-- twice.  250 jobs have three pages.
SELECT page, a.* FROM generate_series(1, 3) page, ask('fail_count=2 fail_page=' || page, 'd:250') a;
-- So it is with the lookups of a join.
SET tuya_fdw.enable_lookahead = on;
RESET tuya_fdw.lookahead_rows;
SELECT sim('reset'), sim('set fail_count=2 fail_skip=3');
SELECT count(*), count(DISTINCT job_id) FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT requests();

-- EXPLAIN ANALYZE counts them: Requests are what was sent, Retries those of them sent again.
SELECT sim('reset'), sim('set fail_count=2 fail_skip=3');
SELECT l FROM explain_lines('SELECT * FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id)', 'Lookups|Requests|Retries|Throttled', 'ANALYZE, COSTS OFF') l;

-- tuya_fdw.max_requests counts them, too.
SET tuya_fdw.max_requests = 2;
SELECT a.* FROM ask('fail_count=2') a;
RESET tuya_fdw.max_requests;

-- Retry-After is waited for if it is longer than the back-off, and there is time.
SELECT clock_timestamp() AS began \gset
SELECT a.* FROM ask('fail_count=1 fail_headers=''Retry-After: 1''') a;
SELECT clock_timestamp() - :'began' > interval '1 s' AS waited;
SELECT a.* FROM ask('fail_count=1 fail_headers=''Retry-After: 3600''') a;
SELECT sim('reset'), sim('set fail_count=-1 fail_status=503 fail_headers=''Retry-After: 3600''');
SELECT regexp_replace(detail, 'id [^.]*\.', 'id ID.') FROM error_of('SELECT count(job_status) FROM ota_job WHERE product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187''') detail;
