-- demo.sql - what demo.sh shows.  Its psql variables come from the environment.
\set QUIET on
\set ON_ERROR_STOP on
\pset footer off
\pset null '-'
\getenv endpoint TUYA_SIM_ENDPOINT
\getenv ca_file TUYA_SIM_CA

\echo '-- 1. The API becomes a table.'
\echo
\set ECHO queries
CREATE EXTENSION tuya_fdw;
CREATE SERVER tuya FOREIGN DATA WRAPPER tuya_fdw
	OPTIONS (endpoint :'endpoint', ca_file :'ca_file');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya
	OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER tuya INTO public;
\set ECHO none

\echo
\echo '-- 2. A table of your own: 20 devices on 3 sites.'
\echo
\set ECHO queries
CREATE TABLE inventory (site text, product_key text, device_name text, firmware_id text);
-- this simulated API has as many jobs for a device as the name's last part says
INSERT INTO inventory
	SELECT (ARRAY['Aachen', 'Bergen', 'Cadiz'])[1 + i % 3], 'pump-x1',
		'pump-' || to_char(i, 'FM00') || ':' || (ARRAY[0, 2, 5, 130])[1 + i % 4], '187'
	FROM generate_series(1, 20) AS i;
ANALYZE inventory;
\set ECHO none

\echo
\echo '-- 3. The join.  The API takes 50 ms for every answer, and answers one device at a time.'
\echo
\set ECHO queries
\timing on
SELECT i.site, j.job_status, count(*)
	FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	GROUP BY 1, 2 ORDER BY 1, 2;
\timing off
SELECT i.site, i.device_name, j.job_id, j.job_status, j.utc_create
	FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	WHERE i.site = 'Bergen' AND j.job_status = 'IN_PROGRESS'
	ORDER BY j.utc_create, i.device_name LIMIT 5;
\set ECHO none

\echo '-- 4. How it was done.'
\echo
\! tuya_simctl clear
\pset format unaligned
\pset tuples_only on
\set ECHO queries
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT i.site, j.job_status, count(*)
	FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	GROUP BY 1, 2;
\set ECHO none
\echo
