-- Error codes that mean that there are no rows.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
\set VERBOSITY default
\set fail 'set fail_shape=service fail_code=iot.device.NotExistedDevice fail_count='
CREATE VIEW one AS SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187');
CREATE FOREIGN TABLE strict_job (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
\set ECHO all

-- What the option takes: a list of codes that can mean that there are no rows.
ALTER FOREIGN TABLE ota_job OPTIONS (ADD ignored_codes '');
ALTER FOREIGN TABLE ota_job OPTIONS (ADD ignored_codes ' , ');
ALTER FOREIGN TABLE ota_job OPTIONS (ADD ignored_codes 'iot.device.NotExistedDevice, Throttling.User');
SELECT code, sqlstate_of(format('ALTER FOREIGN TABLE ota_job OPTIONS (ADD ignored_codes %L)', code))
FROM unnest('{throttling,ServiceUnavailable,InternalError,IOT.system.systemexception,SignatureNonceUsed,SignatureDoesNotMatch,InvalidAccessKeyId.NotFound,Forbidden.RAM,IllegalTimestamp,InvalidTimeStamp.Expired}'::text[]) code;
ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (ADD ignored_codes 'X');

-- Without it such a code is an error, whose hint names the option.
SELECT sim(:'fail' || '1');
SELECT regexp_replace(said, 'id [^.]*\.', 'id ID.') FROM error_of('SELECT count(job_status) FROM one') said;
-- Of a code that does not say that a product, a device, a firmware or a job is not there it
-- does not: a quota would make holes in the result, an action that is not found is none of the key's.
SELECT code, error_of('SELECT count(job_status) FROM one') LIKE '%ignored_codes%' AS named
FROM (VALUES ('iot.prod.NotExistedProduct'), ('DeviceNotFound'), ('iot.ota.firmware_notexist'), ('NoSuchDevice'), ('DEVICE_NOT_FOUND'), ('InvalidProductKey.NotFound'), ('iot.job.NotExist'),
	('InvalidApi.NotFound'), ('INVALIDACTION.NOTFOUND'), ('InvalidVersion.NotFound'), ('iot.device.NotExistedRole'), ('NoSuchRegion'), ('EndpointNotFound'), ('NotFound'), ('QuotaExceeded'), ('iot.quota.UsedUp'),
	('InvalidParameter'), ('MissingFirmwareId'), ('iot.common.Other'), ('NotExis'), ('')) v (code), LATERAL (SELECT sim('set fail_shape=service fail_code=' || code || ' fail_count=1') OFFSET 0) s;
-- With it there are no rows, and one warning; codes are compared in any case.
ALTER SERVER tuya OPTIONS (ADD ignored_codes 'X, iot.device.notexisteddevice ,Y');
SELECT sim(:'fail' || '1');
SELECT count(job_status) FROM one;
SELECT count(job_status) FROM one;
SELECT sim(:'fail' || '1');
SELECT count(*) FROM one;
SELECT requests();

-- A join has the rows of the others.  The warning counts keys, each once, by code.
SET tuya_fdw.enable_lookahead = on;
RESET tuya_fdw.lookahead_rows;
SELECT sim(:'fail' || '2');
SELECT count(*) AS rows, count(job_status) BETWEEN 1 AND 18 AS some FROM inventory LEFT JOIN ota_job USING (product_key, device_name, firmware_id);
SELECT requests();
SELECT sim(:'fail' || '-1');
SELECT count(*) FROM ota_job a JOIN ota_job b USING (product_key, device_name, firmware_id)
WHERE a.product_key = 'pk1' AND a.device_name IN ('d:1', 'd:5') AND a.firmware_id = '187';
SELECT requests();
-- Keys that were read ahead and that nobody needed do not count.
SELECT sim('reset'), sim(:'fail' || '-1 fail_skip=1');
SELECT device_name FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id) WHERE device_name = 'd:5' LIMIT 1;
-- A cursor warns when it is closed.
SELECT sim('reset'), sim(:'fail' || '-1');
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM one;
FETCH c;
CLOSE c;
COMMIT;

-- A code that is not named is an error, as is one that comes on a later page.
SELECT sim('reset'), sim('set fail_shape=service fail_code=iot.prod.NotExistedProduct fail_count=1');
SELECT sqlstate_of('SELECT count(job_status) FROM one');
SELECT sim('reset'), sim(:'fail' || '-1 fail_page=2');
SELECT sqlstate_of('SELECT count(job_status) FROM ota_job WHERE (product_key, device_name, firmware_id) = (''pk1'', ''d:250'', ''187'')');

-- A table's option goes before its server's; and then it is another lookup.
ALTER FOREIGN TABLE strict_job OPTIONS (ADD ignored_codes 'Z');
SELECT sim('reset'), sim(:'fail' || '-1');
SELECT sqlstate_of('SELECT count(job_id) FROM strict_job WHERE (product_key, device_name, firmware_id) = (''pk1'', ''d:5'', ''187'')');
SELECT sim('reset');
SELECT count(*) FROM one JOIN strict_job USING (product_key, device_name, firmware_id, job_id);
SELECT requests();

-- The warning counts by code, in any case of letters: each key here gets its own.
ALTER SERVER tuya OPTIONS (SET ignored_codes 'iot.device.NotExistedDevice, iot.prod.NotExistedProduct');
SET tuya_fdw.enable_lookahead = off;
SET tuya_fdw.lookahead_rows = 1;
SELECT sim('reset');
SELECT device, x.n FROM (VALUES ('d:1', '1 fail_code=iot.device.NotExistedDevice'), ('d:2', '1 fail_code=IOT.PROD.NOTEXISTEDPRODUCT'),
		('d:3', '1 fail_code=iot.prod.NotExistedProduct'), ('d:5', '0')) v (device, failing),
	LATERAL (SELECT sim('set fail_shape=service fail_count=' || failing) AS ok OFFSET 0) s,
	LATERAL (SELECT count(job_status) AS n FROM ota_job WHERE product_key = 'pk1' AND device_name = replace(device || s.ok, 'ok', '') AND firmware_id = '187' OFFSET 0) x;
SELECT requests();
-- EXPLAIN ANALYZE warns as well, and counts a request.
SELECT sim(:'fail' || '1');
SELECT l FROM explain_lines('SELECT * FROM one', 'Lookups|Requests|Retries', 'ANALYZE, COSTS OFF') l;
-- A key that is read again is the same key.
SELECT sim(:'fail' || '-1');
SELECT i, x.n FROM generate_series(1, 3) i,
	LATERAL (SELECT count(job_status) AS n FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187' AND i > 0 OFFSET 0) x;
