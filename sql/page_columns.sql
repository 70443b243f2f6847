-- Columns about the reply: when it came, and the service's id of the request.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

-- By their options, or by their names; of any type that can read them.
CREATE FOREIGN TABLE seen_job (p text OPTIONS (parameter 'ProductKey'), d text OPTIONS (parameter 'DeviceName'),
	f text OPTIONS (parameter 'FirmwareId'), id text OPTIONS (field 'jobId'),
	came timestamptz OPTIONS (field 'FETCHEDAT'), request text OPTIONS (field 'requestid')) SERVER tuya;
CREATE FOREIGN TABLE named_job (product_key text, device_name text, firmware_id text, job_id text,
	fetched_at timestamptz NOT NULL, request_id text) SERVER tuya;
CREATE DOMAIN utc AS timestamp(3) CHECK (VALUE > '2024-01-01');
CREATE FOREIGN TABLE typed_job (product_key text, device_name text, firmware_id text, job_id text,
	fetched_at utc, request_id uuid) SERVER tuya;
CREATE FOREIGN TABLE text_job (product_key text, device_name text, firmware_id text, job_id text,
	fetched_at text, request_id varchar(10)) SERVER tuya;
CREATE FOREIGN TABLE date_job (product_key text, device_name text, firmware_id text, job_id text,
	fetched_at date, request_id text) SERVER tuya;

-- The time is that of the reply, and the same for all rows of a page; each page has its own.
SELECT count(*), count(DISTINCT came), count(DISTINCT request), bool_and(came BETWEEN now() AND clock_timestamp())
	FROM seen_job WHERE p = 'pk1' AND d = 'd:1' AND f = '187';
SELECT pages, array_agg(DISTINCT jobs) AS jobs, count(DISTINCT request_id) AS requests, bool_and(came_later) FROM (
	SELECT request_id, count(*) AS jobs, count(DISTINCT fetched_at) AS pages,
		min(fetched_at) >= coalesce(max(max(fetched_at)) OVER (ORDER BY min(fetched_at), request_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), now()) AS came_later
	FROM named_job WHERE product_key = 'pk1' AND device_name = 'd:250' AND firmware_id = '187' GROUP BY request_id) pages GROUP BY 1;
-- Pages that come out of their order keep what is theirs: of 100 rows, one behind the other.
SET tuya_fdw.lookahead_rows = 64;
SELECT FROM sim('set latency_ms=1 jitter_ms=20'), requests() \gset
SELECT count(*), bool_and(n BETWEEN 1 AND 100) FROM (SELECT request_id, max(number) - min(number) + 1 AS n FROM (
	SELECT request_id, row_number() OVER () AS number
	FROM named_job WHERE product_key = 'pk1' AND device_name = 'd:950' AND firmware_id = '187') x GROUP BY 1) y;
SELECT requests();
SET tuya_fdw.lookahead_rows = 1;
SELECT FROM sim('reset') \gset

-- Times are UTC where the column's type has no zone, whatever the session's is; as text they are ISO 8601.
SET timezone = 'Asia/Kathmandu';
SELECT bool_and(fetched_at BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 s' AND (clock_timestamp() AT TIME ZONE 'UTC') + interval '1 s'
		AND date_trunc('milliseconds', fetched_at) = fetched_at), bool_and(request_id IS NOT NULL)
	FROM typed_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SELECT fetched_at ~ '^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$', fetched_at::timestamptz BETWEEN now() AND clock_timestamp()
	FROM text_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SELECT fetched_at BETWEEN (now() AT TIME ZONE 'UTC')::date AND (clock_timestamp() AT TIME ZONE 'UTC')::date
	FROM date_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SET timezone = 'UTC';

-- What does not fit is an error, that has no secret to tell; where nobody wants it, it is none.
SELECT sqlstate_of('SELECT request_id FROM text_job WHERE product_key = ''pk1'' AND device_name = ''d:1'' AND firmware_id = ''187''');
SELECT FROM sim('set omit=request_id') \gset
SELECT job_id > '', request_id FROM text_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SELECT request_id, fetched_at > now() AT TIME ZONE 'UTC' - interval '1 ms' FROM typed_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SELECT FROM sim('reset') \gset

-- A statement asks for a key once, so a row has one time, however often it is read: in the table joined
-- with itself, rescanned, from memory or from a file.
SELECT count(*), bool_and(a.fetched_at = b.fetched_at AND a.request_id = b.request_id) FROM named_job a JOIN named_job b
	USING (product_key, device_name, firmware_id, job_id) WHERE product_key = 'pk1' AND device_name = 'd:250' AND firmware_id = '187';
SELECT requests();
CREATE TABLE device AS SELECT 'd' || g || ':150' AS device_name FROM generate_series(1, 40) g;
ANALYZE device;
SET work_mem = '64kB';
SET tuya_fdw.enable_lookahead = on;
SET tuya_fdw.lookahead_rows = 8;
SET enable_material = off;
SET enable_memoize = off;
SELECT count(*), count(DISTINCT (job_id, fetched_at, request_id)), count(DISTINCT job_id), count(DISTINCT request_id)
	FROM generate_series(1, 2) n, LATERAL (SELECT j.* FROM device i JOIN named_job j ON j.product_key = 'pk1' AND j.device_name = i.device_name AND j.firmware_id = '187' OFFSET n - n) x;
SELECT requests();
RESET work_mem;
SET tuya_fdw.enable_lookahead = off;
SET tuya_fdw.lookahead_rows = 1;

-- Rows of a reading that did not add up keep their page's, though it was read again.
SELECT FROM sim('set lie_page=2 lie_rounds=1 drop_rows=10') \gset
SELECT count(*), count(DISTINCT fetched_at) FROM named_job WHERE product_key = 'pk1' AND device_name = 'd:150' AND firmware_id = '187' GROUP BY request_id ORDER BY 1;
SELECT requests();
SELECT FROM sim('reset') \gset
SELECT FROM requests() \gset

-- Conditions on them are tested on rows; who counts reads no more than before, and LIMIT neither.
SELECT count(*) FROM named_job WHERE product_key = 'pk1' AND device_name = 'd:250' AND firmware_id = '187' AND fetched_at < now() - interval '1 h';
SELECT requests();
SELECT count(*), count(fetched_at) FROM named_job WHERE product_key = 'pk1' AND device_name = 'd:250' AND firmware_id = '187';
SELECT requests();
SELECT count(request_id) FROM named_job WHERE product_key = 'pk1' AND device_name = 'd:250' AND firmware_id = '187';
SELECT requests();
SELECT fetched_at > now() FROM named_job WHERE product_key = 'pk1' AND device_name = 'd:250' AND firmware_id = '187' LIMIT 1;
SELECT requests();
SELECT i.device_name, min(fetched_at) > now(), count(fetched_at), count(request_id) FROM inventory i LEFT JOIN named_job j USING (product_key, device_name, firmware_id)
	WHERE product_key = 'pk1' GROUP BY 1 ORDER BY 1;

-- Each once, and what is none.
CREATE FOREIGN TABLE twice (product_key text, fetched_at timestamptz, came timestamptz OPTIONS (field 'fetchedAt')) SERVER tuya;
EXPLAIN SELECT FROM twice;
CREATE FOREIGN TABLE none (product_key text, came timestamptz OPTIONS (field 'fetched_at')) SERVER tuya;
