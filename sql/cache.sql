-- cache_ttl where nothing is cached: options, who may see and clear, what is refused.  What
-- the cache does is in test/t/067_cache.pl, for before PostgreSQL 17 it needs preloading.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/setup.sql
\i :setup

SELECT tuya_fdw_cache_clear(), count(*) FROM tuya_fdw_cache;
ALTER SERVER tuya OPTIONS (ADD cache_ttl '1h');
SELECT explain_lines($$SELECT * FROM ota_job WHERE product_key = 'p' AND device_name = 'd:3' AND firmware_id = '1'$$, 'Remote|Cache');
SELECT requests();

-- A table's own goes before its server's.
ALTER FOREIGN TABLE ota_job OPTIONS (ADD cache_ttl '0');
SELECT explain_lines($$SELECT job_id FROM ota_job WHERE product_key = 'p' AND device_name = 'd:3' AND firmware_id = '1'$$, 'Lookups|Requests|Cache|Oldest', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF');
TABLE tuya_fdw_cache;

-- Where there is memory for it, it is used; where not, that is an error that says what to do.
ALTER FOREIGN TABLE ota_job OPTIONS (DROP cache_ttl);
CREATE VIEW lookup AS SELECT * FROM ota_job WHERE product_key = 'p' AND device_name = 'd:3' AND firmware_id = '1';
SELECT CASE WHEN error_of('TABLE lookup') IN ('no error', '55000 the option "cache_ttl" needs memory that all sessions share
    Before PostgreSQL 17 there is some only for libraries that are loaded when the server starts.
    Add tuya_fdw to shared_preload_libraries and restart the server, or set cache_ttl to 0.') THEN 'as it should be' ELSE error_of('TABLE lookup') END;
SELECT count(*) = (SELECT count(*) FROM tuya_fdw_stats WHERE scope = 'shared') FROM tuya_fdw_cache;
SELECT tuya_fdw_cache_clear('tuya') = (SELECT count(*) FROM tuya_fdw_stats WHERE scope = 'shared'), tuya_fdw_cache_clear('tuya');
SELECT error_of($$SELECT tuya_fdw_cache_clear('nowhere')$$);

-- Settings.
SELECT sqlstate_of(format('SET tuya_fdw.max_age = %L', age)) FROM (VALUES ('0'), ('10s'), ('-1'), ('-2'), ('1 parsec')) v (age);
SELECT sqlstate_of($$SET tuya_fdw.cache_size = '1GB'$$);
RESET tuya_fdw.max_age;
SHOW tuya_fdw.max_age;

-- Who may clear.
CREATE ROLE cache_user;
GRANT USAGE ON SCHEMA t TO cache_user;
SET ROLE cache_user;
TABLE tuya_fdw_cache;
SELECT tuya_fdw_cache_clear();
RESET ROLE;
GRANT EXECUTE ON FUNCTION tuya_fdw_cache_clear(text) TO cache_user;
SET ROLE cache_user;
SELECT tuya_fdw_cache_clear();
RESET ROLE;
DROP OWNED BY cache_user;
DROP ROLE cache_user;
