-- Conditions in wrappings, as programs write them: NOT, IS FALSE, IS NOT TRUE, CASE,
-- NULLIF, BETWEEN with one value.  Each result is compared with a local table's; the
-- requests are as many as there are keys.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
\set ECHO all

-- IS FALSE and the like, of constants; over AND, OR and NOT, with columns of another table.
SELECT form($$ SELECT * FROM ota_job WHERE (product_key <> 'pk0') IS FALSE AND NOT (device_name <> 'd2:2') AND (firmware_id = '187') IS NOT FALSE $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key <> 'pk0' OR device_name <> ALL ('{d0:0,d2:2}') OR firmware_id NOT IN ('187', '188')) IS NOT TRUE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON (j.product_key <> i.product_key OR j.device_name <> i.device_name OR j.firmware_id <> i.firmware_id) IS FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON (j.product_key <> i.product_key OR j.device_name <> i.device_name OR NOT j.firmware_id IN (i.firmware_id, '187')) IS FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ((KEY(j, i)) IS TRUE) IS NOT FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ((KEY(j, i)) IS NOT TRUE) IS FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON NOT (j.product_key <> i.product_key OR j.device_name <> ALL (i.names) OR j.firmware_id IS DISTINCT FROM i.firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (j.firmware_id = i.firmware_id) IS NOT DISTINCT FROM true $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (j.firmware_id = i.firmware_id) IS NOT UNKNOWN AND (j.firmware_id <> '187') IS DISTINCT FROM true $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE ((KEY(j, i)) IS FALSE) IS FALSE AND KEY(j, i)) $$);
SELECT form($$ SELECT * FROM ota_job WHERE (package_product_key = product_key) IS TRUE AND (package_product_key <> 'pk0') IS FALSE AND device_name = 'd0:0' AND firmware_id = '187' $$);
-- A comparison to what may be NULL IS NOT FALSE for any key then.
SELECT sqlstate_of($$ SELECT FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND (j.firmware_id = i.firmware_id) IS NOT FALSE $$);
SELECT sqlstate_of($$ SELECT FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND (j.firmware_id <> i.firmware_id) IS NOT TRUE $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE (product_key = 'pk0') IS NOT UNKNOWN AND device_name = 'd0:0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE (product_key <> 'pk0') IS TRUE AND device_name = 'd0:0' AND firmware_id = '187' $$);

-- In CASE and COALESCE, and around them.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND CASE WHEN (j.firmware_id <> i.firmware_id) IS FALSE THEN true END $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND NOT CASE WHEN j.firmware_id = i.firmware_id THEN false ELSE true END $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND CASE WHEN j.firmware_id <> '187' THEN false ELSE true END $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND NOT coalesce(j.firmware_id <> i.firmware_id, true) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND coalesce(j.firmware_id = i.firmware_id, false) IS NOT FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND CASE j.firmware_id WHEN i.firmware_id THEN 'own' WHEN '189' THEN 'other' ELSE 'none' END IN ('own') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND CASE WHEN j.firmware_id = '187' THEN 'x' WHEN j.firmware_id = i.other_id THEN 'y' END IS NOT DISTINCT FROM 'x' $$);

-- One value between two bounds; not between others, or by different orders.
SELECT form($$ SELECT * FROM ota_job WHERE product_key >= 'pk0' AND product_key <= 'pk0' AND device_name BETWEEN 'd2:2' AND 'd2:2' AND firmware_id BETWEEN SYMMETRIC '187' AND '187' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key >= i.product_key AND i.product_key >= j.product_key AND j.device_name BETWEEN i.device_name AND i.device_name
	AND j.firmware_id BETWEEN SYMMETRIC i.firmware_id AND i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND j.firmware_id BETWEEN i.firmware_id AND i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND (j.firmware_id NOT BETWEEN i.firmware_id AND i.firmware_id) IS FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (j.firmware_id < i.firmware_id) IS FALSE AND NOT j.firmware_id > i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (j.firmware_id BETWEEN i.firmware_id AND i.firmware_id OR j.firmware_id = i.other_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND j.firmware_id BETWEEN 'f' || j.product_key AND 'f' || j.product_key $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND j.firmware_id ~>=~ i.firmware_id AND j.firmware_id ~<=~ i.firmware_id $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key >= current_user AND product_key <= current_user AND device_name = 'd0:0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id BETWEEN i.firmware_id AND i.other_id $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd0:0' AND firmware_id >= '187' COLLATE "C" AND firmware_id <= '187' COLLATE "POSIX" $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd0:0' AND firmware_id >= '187' AND firmware_id < '187' || device_name $$);
CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND device_name >= 'D0:0' COLLATE caseless AND device_name <= 'D0:0' COLLATE caseless AND firmware_id = '187' $$);
SELECT requests();

-- NULLIF is NULL for one value.
SELECT form($$ SELECT * FROM ota_job WHERE nullif(firmware_id, '187') IS NULL AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT form($$ SELECT * FROM ota_job WHERE nullif(firmware_id, '187') IS NOT DISTINCT FROM NULL AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND nullif(j.firmware_id, '187') IS NOT DISTINCT FROM nullif(i.firmware_id, '187') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND nullif(j.firmware_id, i.firmware_id) IS NOT DISTINCT FROM i.other_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND nullif(j.firmware_id, i.firmware_id) IS NULL $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (nullif(nullif(j.firmware_id, '188'), i.firmware_id) IS NOT NULL) IS FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND coalesce(nullif(j.firmware_id, '187'), '188') = '188' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND coalesce(nullif(j.firmware_id, '187'), '189') = i.firmware_id $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE nullif(firmware_id, '187') IS NOT NULL AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE nullif(firmware_id, job_id) IS NULL AND product_key = 'pk0' AND device_name = 'd2:2' $$);

-- Deep ones, long ones, ones with NULL in arrays.
SELECT form(format($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND %s(firmware_id = '187')%s $$,
	repeat('((', 250), repeat(' IS NOT TRUE) IS FALSE)', 250)));
SELECT form(format($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND (%s) IS FALSE $$,
	(SELECT string_agg(format('firmware_id <> ALL (%L)', ARRAY[n::text, '187', NULL]), ' OR ') FROM generate_series(1, 1000) n)));
SELECT form(format($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND (firmware_id NOT IN (%s)) IS NOT TRUE $$,
	(SELECT string_agg(quote_literal('18' || 7 + n % 3), ', ') FROM generate_series(1, 10000) n)));
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND (firmware_id <> ALL ('{187,NULL}')) IS NOT TRUE $$);
SELECT form($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND (firmware_id <> ALL (NULL::text[])) IS FALSE $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND (firmware_id <> random()::text) IS FALSE $$);

-- With nothing appended, as one does to keep an index from being used.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key || '' = i.product_key AND i.device_name = '' || j.device_name AND nullif(j.firmware_id || '', 'x') IN ('187', '188') $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key || job_id = 'pk0' AND device_name = 'd2:2' AND firmware_id = '187' $$);
