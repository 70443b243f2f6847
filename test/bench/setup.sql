-- setup.sql
--		The tables that the benchmark joins with ota_job, and what it reads of the
--		backend.  Wants :endpoint, :ca and :devices.
--
-- A device has as many jobs as its name says behind the colon.
\set ON_ERROR_STOP on
CREATE EXTENSION tuya_fdw;
CREATE SERVER tuya FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca', concurrency '32');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER tuya INTO public;
CREATE VIEW latest_job AS
	SELECT DISTINCT ON (product_key, device_name, firmware_id) * FROM ota_job
	ORDER BY product_key, device_name, firmware_id, utc_create DESC;

-- Four servers, with a partition each.
CREATE TABLE all_job (LIKE ota_job) PARTITION BY LIST (product_key);
SELECT format('CREATE SERVER tuya%s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint %L, ca_file %L, concurrency %L)', n, :'endpoint', :'ca', 16),
	format('CREATE USER MAPPING FOR CURRENT_USER SERVER tuya%s OPTIONS (access_key_id %L, access_key_secret %L)', n, 'testid', 'testsecret'),
	format('CREATE FOREIGN TABLE pk%s_job PARTITION OF all_job FOR VALUES IN (%L) SERVER tuya%s', n, 'pk' || n, n)
FROM generate_series(1, 4) n \gexec

CREATE TABLE device AS
	SELECT n, n % 6 AS jobs, 'pk' AS product_key, format('d%s:%s', n, n % 6) AS device_name, '187' AS firmware_id
	FROM generate_series(1, :devices) n;
-- as an inventory has one; or a statement about some would read all, and be measured by that
ALTER TABLE device ADD PRIMARY KEY (n);
CREATE TABLE single AS
	SELECT n, 'pk' AS product_key, format('s%s:1', n) AS device_name, '187' AS firmware_id
	FROM generate_series(1, 1000) n;
CREATE TABLE repeated AS
	SELECT n, 'pk' AS product_key, format('r%s:1', n % 100) AS device_name, '187' AS firmware_id
	FROM generate_series(1, 10000) n;
CREATE TABLE same_key AS
	SELECT n, 'pk' AS product_key, 'm:1' AS device_name, '187' AS firmware_id
	FROM generate_series(1, :same_keys) n;
VACUUM ANALYZE device, single, repeated, same_key;

-- What a backend costs is asked of the kernel, by the backend itself.

-- User and system time of all threads, in ms; the kernel counts in 1/100 s.
CREATE FUNCTION cpu_ms() RETURNS bigint LANGUAGE sql AS $$
	SELECT 10 * (f[12]::bigint + f[13]::bigint)
	FROM string_to_array(regexp_replace(pg_read_file('/proc/self/stat'), '^.*\) ', ''), ' ') f;
$$;

CREATE FUNCTION wall_ms() RETURNS numeric LANGUAGE sql AS $$
	SELECT round(1000 * extract(epoch FROM clock_timestamp()), 1);
$$;

-- Its memory in kB, as far as it is its own: shared buffers and libraries are not.
CREATE FUNCTION memory_kb() RETURNS bigint LANGUAGE sql AS $$
	SELECT (regexp_match(pg_read_file('/proc/self/smaps_rollup'), 'Anonymous: *(\d+) kB'))[1]::bigint;
$$;
