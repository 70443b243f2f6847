-- Within one execution a key is asked for once and reads the same every time,
-- whatever the plan does with it and however little memory there is.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

-- Plans read the scan again and again here: nothing below it keeps rows but we.
SET enable_memoize = off;
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;

-- Equal keys in a join, in different scans, in a subquery.
SELECT same($$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT same($$ SELECT * FROM inventory i JOIN inventory k USING (site) JOIN ota_job j
	ON (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id) $$);
SELECT same($$ SELECT *, (SELECT max(job_id) FROM ota_job m
	WHERE (m.product_key, m.device_name, m.firmware_id) = (i.product_key, i.device_name, i.firmware_id))
	FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE EXISTS (SELECT FROM ota_job e
		WHERE (e.product_key, e.device_name, e.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) $$);
SELECT same($$ SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187')
	UNION ALL SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187') $$);
WITH x AS MATERIALIZED (SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187'))
	SELECT (SELECT count(*) FROM x), count(*) FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187');
SELECT requests();
SET enable_memoize = on;
SELECT same($$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SET enable_memoize = off;

-- Three pages, read by scans of which one stops early, another is behind.
CREATE VIEW many AS SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:250', '187');
SELECT (SELECT job_id FROM many LIMIT 1) = (SELECT max(job_id) FROM (SELECT job_id FROM many LIMIT 1) x),
	(SELECT count(*) FROM (SELECT FROM many LIMIT 101) x), (SELECT count(*) FROM many);
SELECT requests();
SELECT count(*), count(DISTINCT (a.job_id, b.job_id)) FROM many a, many b;
SELECT requests();
SELECT count(*) FROM generate_series(1, 3) g, LATERAL (SELECT FROM many WHERE g > 0 LIMIT 50 * g) x;
SELECT requests();
-- The service's list changes while it is read; who reads it again sees the same.
SELECT sim('set churn_after_page=3 churn_create=1 churn_delete=1');
SELECT count(*), count(DISTINCT job_id) FROM generate_series(1, 3) g, LATERAL (SELECT * FROM many WHERE g > 0 OFFSET 0) x;
SELECT sim('get requests churns'), sim('reset');

-- Another address is another lookup: other options of the table, not another table.
CREATE FOREIGN TABLE twin (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
CREATE VIEW twins AS SELECT count(*) FROM many JOIN twin USING (product_key, device_name, firmware_id, job_id);
TABLE twins;
SELECT requests();
ALTER FOREIGN TABLE twin OPTIONS (ADD on_incomplete 'warning');
TABLE twins;
SELECT requests();
ALTER FOREIGN TABLE twin OPTIONS (DROP on_incomplete, ADD page_size '50');
TABLE twins;
SELECT requests();
ALTER FOREIGN TABLE twin OPTIONS (DROP page_size);
-- The mapping of a view's owner is another one than that of the view's user.
CREATE ROLE regress_tuya_owner;
GRANT ALL ON SCHEMA t TO regress_tuya_owner;
GRANT SELECT ON ota_job, twin TO regress_tuya_owner;
CREATE USER MAPPING FOR regress_tuya_owner SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
ALTER VIEW many OWNER TO regress_tuya_owner;
SELECT count(*) FROM many JOIN twin USING (product_key, device_name, firmware_id, job_id);
SELECT requests();
ALTER VIEW many OWNER TO CURRENT_USER;
DROP OWNED BY regress_tuya_owner;
DROP ROLE regress_tuya_owner;

-- What does not fit into work_mem goes to a temporary file: a device's 1000 jobs
-- are far more than 64 kB.  Nothing else in this plan needs a file.
CREATE FUNCTION temporary_files() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_stat_force_next_flush(), pg_stat_clear_snapshot();
	RETURN (SELECT temp_files FROM pg_stat_database WHERE datname = current_database());
END $$;
CREATE TABLE devices (d) AS VALUES ('a:1000'), ('b:1000'), ('a:1000'), ('b:1000'), ('b:1000'), ('a:1000');
ANALYZE devices;
SELECT sum(hashtext(ROW('pk1', d, '187', x.*)::text)) AS expected FROM devices, sim_jobs('pk1', d, '187') x \gset
SELECT pg_stat_force_next_flush() AS flushed \gset
SELECT temporary_files() AS files \gset
SET work_mem = '64kB';
SELECT count(*), sum(hashtext(ota_job::text)) = :expected
	FROM devices JOIN ota_job ON device_name = d WHERE product_key = 'pk1' AND firmware_id = '187';
SELECT pg_stat_force_next_flush() AS flushed \gset
SELECT requests(), temporary_files() - :files;
RESET work_mem;
SELECT count(*) FROM devices JOIN ota_job ON device_name = d WHERE product_key = 'pk1' AND firmware_id = '187';
SELECT pg_stat_force_next_flush() AS flushed \gset
SELECT requests(), temporary_files() - :files;
-- temp_file_limit holds for that file, and the session goes on.
SET work_mem = '64kB';
SET temp_file_limit = '200kB';
SELECT sqlstate_of($$ SELECT ota_job FROM devices JOIN ota_job ON device_name = d WHERE product_key = 'pk1' AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$), left_in_flight();

-- Two scans of one asker read the same lookup, also if its server is altered in between: here
-- by what a constant column's domain checks when a scan begins.
CREATE SEQUENCE altered;
CREATE FUNCTION alters() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('tuya_test.alters', true) = 'on' THEN
		EXECUTE format('ALTER SERVER tuya OPTIONS (SET concurrency %L)', 8 + nextval('altered') % 2);
	END IF;
	RETURN true;
END $$;
CREATE DOMAIN altering AS text CHECK (alters());
ALTER SERVER tuya OPTIONS (ADD concurrency '16');
CREATE FOREIGN TABLE paged (account altering OPTIONS (constant 'eu'), product_key text, device_name text, firmware_id text, job_id text) SERVER tuya OPTIONS (page_size '10');
SET tuya_fdw.enable_lookahead = on;
SET tuya_fdw.lookahead_rows = 256;
SET tuya_test.alters = on;
SELECT account, count(*), count(DISTINCT job_id) FROM (SELECT * FROM paged WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:95', '187')
	UNION ALL SELECT * FROM paged WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:95', '187')) x GROUP BY 1;
SELECT last_value > 1 AS was_altered FROM altered;
SELECT requests();
