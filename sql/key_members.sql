-- Keys whose values come by the members of what is compared: rows and arrays, on both
-- sides, ranges of them, and values that are made of other keys of a list.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
\set ECHO none
SET client_min_messages = error;
CREATE TABLE arrays AS SELECT id, ARRAY[product_key, device_name, firmware_id] AS keys, ARRAY[device_name::varchar, firmware_id] AS pair,
	ids::name[] AS names FROM inventory WHERE id < 6;
CREATE TABLE keyrow AS SELECT product_key, device_name, firmware_id FROM inventory WHERE id < 4;
CREATE TYPE key_type AS (product_key text, device_name text, firmware_id text);
ANALYZE arrays, keyrow;
CREATE FUNCTION missing_of(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query;
	RETURN 'no error';
EXCEPTION WHEN fdw_unable_to_create_execution THEN
	RETURN SQLERRM;
END $$;
SET client_min_messages = notice;
\set ECHO all

-- A range of rows or arrays with equal ends, or whose first columns have equal ends.
SELECT form($$ SELECT * FROM ota_job WHERE (product_key, device_name) BETWEEN ('pk0', 'd2:2') AND ('pk0', 'd2:2') AND firmware_id BETWEEN '187' AND '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) >= ('pk0', 'd2:2', '187') AND ('pk0', 'd2:2', '187') >= (product_key, device_name, firmware_id) $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key, device_name) BETWEEN SYMMETRIC ('pk0', 'd2:2') AND ('pk0', 'd2:2') AND firmware_id = 'f' || product_key $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON (j.product_key, j.device_name, j.firmware_id)
	BETWEEN (i.product_key, i.device_name, i.firmware_id) AND (i.product_key, i.device_name, i.firmware_id) $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key, utc_create) >= ('pk0', '2000-01-01') AND (product_key, utc_create) < ('pk0', '2200-01-01')
	AND device_name = 'd2:2' AND firmware_id = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE (1, product_key) BETWEEN (1, 'pk0') AND (1, 'pk0') AND device_name = 'd2:2' AND firmware_id = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key, device_name) >= ('pk0', 'd2:2') AND product_key <= 'pk0' AND device_name <= 'd2:2' AND firmware_id = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) > ('pk0', 'd2:2', '186') AND (product_key, device_name, firmware_id) <= ('pk0', 'd2:2', '187')
	AND firmware_id IN ('186', '187', '188') $$);
SELECT form($$ SELECT * FROM ota_job WHERE NOT ((product_key, device_name) < ('pk0', 'd2:2') OR (product_key, device_name) > ('pk0', 'd2:2')) AND firmware_id = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE ((product_key, device_name) BETWEEN ('pk0', 'd2:2') AND ('pk0', 'd2:2')
	OR (product_key, device_name) BETWEEN ('pk1', 'd3:0') AND ('pk1', 'd3:0')) AND firmware_id = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE ARRAY[product_key, device_name, firmware_id] BETWEEN ARRAY['pk0', 'd2:2', '187'] AND ARRAY['pk0', 'd2:2', '187'] $$);
SELECT form($$ SELECT i.id, job_id FROM arrays i JOIN ota_job j ON ARRAY[j.product_key, j.device_name, j.firmware_id] BETWEEN i.keys AND i.keys $$);
SELECT form($$ SELECT * FROM ota_job WHERE ROW(product_key, device_name, firmware_id)::key_type BETWEEN ROW('pk0', 'd2:2', '187')::key_type AND ROW('pk0', 'd2:2', '187')::key_type $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key, device_name) BETWEEN ('pk0', NULL) AND ('pk0', NULL) AND firmware_id = '187' $$);
-- What is left beside the equal columns is no value.
SELECT missing_of($$ SELECT FROM ota_job WHERE (product_key, device_name, firmware_id) >= ('pk0', 'd2:2', '187') AND (product_key, device_name, firmware_id) <= ('pk0', 'd2:2', '188') $$);
SELECT missing_of($$ SELECT FROM ota_job WHERE (product_key, device_name) >= ('pk0', 'd2:2') AND (product_key, device_name) <= ('pk1', 'd2:2') AND firmware_id = '187' $$);
SELECT missing_of($$ SELECT FROM ota_job WHERE (product_key, device_name) >= ('pk0', 'd2:2') AND product_key = 'pk0' AND firmware_id = '187' $$);

-- NULLIF, COALESCE and CASE within arrays and rows, or around them.
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND ARRAY[nullif(firmware_id, 'x')] = ARRAY['187'] $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ARRAY[j.product_key, j.device_name, nullif(j.firmware_id, '189')]
	= ARRAY[i.product_key, i.device_name, coalesce(i.firmware_id, 'z')] $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND ARRAY[coalesce(nullif(j.firmware_id, '187'), '188')] = ARRAY[i.firmware_id] $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND ARRAY[CASE WHEN i.id > 3 THEN j.firmware_id ELSE j.product_key END] = ARRAY[i.firmware_id]
	AND j.firmware_id IN ('187', '188') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND coalesce(nullif(j.firmware_id, '187'), '188') = ANY (i.ids) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND ARRAY[coalesce(nullif(j.firmware_id, '187'), '188')] <@ i.ids $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND CASE WHEN j.firmware_id = '187' THEN '188' ELSE j.firmware_id END IN ('188', '189') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON CASE WHEN i.id > 3 THEN ARRAY[j.product_key, j.device_name, j.firmware_id]
	ELSE ARRAY[j.product_key, j.device_name, nullif(j.firmware_id, '188')] END = ARRAY[i.product_key, i.device_name, i.firmware_id] $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ARRAY[j.product_key, j.device_name, j.firmware_id]
	= CASE WHEN i.id > 3 THEN ARRAY[i.product_key, i.device_name, i.firmware_id] ELSE ARRAY[i.product_key, i.device_name, '187'] END $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ROW(j.product_key, j.device_name, CASE WHEN j.firmware_id = '189' THEN '187' ELSE j.firmware_id END)
	= ANY (ARRAY[ROW(i.product_key, i.device_name, i.firmware_id)]) $$);
SELECT form($$ SELECT * FROM ota_job WHERE CASE WHEN firmware_id = '187' THEN 1 WHEN firmware_id = '188' THEN 2 ELSE 0 END > 0 AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT form($$ SELECT * FROM ota_job WHERE coalesce(nullif(firmware_id, '189'), '187') LIKE '187' AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT missing_of($$ SELECT FROM ota_job WHERE CASE WHEN firmware_id = '187' THEN 1 ELSE 2 END > 0 AND product_key = 'pk0' AND device_name = 'd2:2' $$);

-- An array of the outer row, of arrays, of another type; IS NOT DISTINCT FROM.
SELECT form($$ SELECT i.id, job_id FROM arrays i LEFT JOIN ota_job j ON i.keys = ARRAY[j.product_key, j.device_name, j.firmware_id] $$);
SELECT form($$ SELECT i.id, job_id FROM arrays i JOIN ota_job j ON ARRAY[j.device_name::varchar, j.firmware_id] = i.pair AND j.product_key IN ('pk0', 'pk1') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ARRAY[j.product_key, j.device_name, j.firmware_id] = (SELECT keys FROM arrays a WHERE a.id = i.id) $$);
SELECT form($$ SELECT i.id, job_id FROM arrays i JOIN ota_job j ON NOT (ARRAY[j.product_key, j.device_name, j.firmware_id] IS DISTINCT FROM i.keys) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ARRAY[ARRAY[j.product_key, j.device_name], ARRAY[j.firmware_id, '']]
	= ARRAY[ARRAY[i.product_key, i.device_name], ARRAY[i.firmware_id, '']] $$);
SELECT missing_of($$ SELECT FROM arrays i JOIN ota_job j ON ARRAY[j.product_key, j.device_name] = (i.keys)[1:2] $$);
SELECT missing_of($$ SELECT FROM arrays i JOIN ota_job j ON ARRAY[j.product_key, j.device_name, j.firmware_id] <> i.keys $$);

-- Rows of a named type, of a table, of a subquery.
SELECT form($$ SELECT i.*, job_id FROM keyrow i JOIN ota_job j ON ROW(j.product_key, j.device_name, j.firmware_id) = i $$);
SELECT form($$ SELECT i.*, job_id FROM keyrow i LEFT JOIN ota_job j ON ROW(j.product_key, j.device_name, j.firmware_id)::keyrow *= i $$);
SELECT form($$ SELECT * FROM ota_job WHERE ROW(product_key, device_name, firmware_id)::key_type IN (ROW('pk1', 'd1:1', '188')::key_type, ROW('pk0', 'd2:2', '187')::key_type) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE ROW(product_key, device_name, firmware_id) = ANY (ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM inventory)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE ROW(product_key, device_name, firmware_id)::keyrow = ANY (ARRAY(SELECT i FROM keyrow i)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE ROW(product_key, device_name, firmware_id) = ANY (ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM ota_job)) $$);

-- Rows that a subquery makes which stays one, and that are in what an array has.
SELECT form($$ SELECT * FROM ota_job j WHERE ROW(product_key, device_name, firmware_id) = ANY (ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM inventory ORDER BY id LIMIT 3)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE ROW(product_key, device_name, firmware_id) = ANY (ARRAY(SELECT DISTINCT ROW(product_key, device_name, firmware_id) FROM inventory)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE ROW(product_key, device_name, firmware_id) = ANY (ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM inventory GROUP BY product_key, device_name, firmware_id)) $$);
SELECT form($$ SELECT id, job_id FROM (SELECT id, ROW(product_key, device_name, '187'::text) AS r FROM inventory OFFSET 0) i
	LEFT JOIN ota_job j ON i.r = ROW(j.product_key, j.device_name, j.firmware_id) $$);
SELECT form($$ SELECT * FROM ota_job WHERE ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM inventory) @> ARRAY[ROW(product_key, device_name, firmware_id)] $$);
SELECT form($$ SELECT * FROM ota_job WHERE ARRAY[ROW(product_key, device_name, firmware_id)] <@ ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM inventory LIMIT 3) $$);
SELECT form($$ SELECT * FROM ota_job WHERE ARRAY[ROW(product_key, device_name, firmware_id)] && ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM keyrow) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM ota_job) @> ARRAY[ROW(product_key, device_name, firmware_id)] $$);
SELECT missing_of($$ SELECT FROM ota_job WHERE ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM keyrow) <@ ARRAY[ROW(product_key, device_name, firmware_id)] $$);
SELECT missing_of($$ SELECT FROM ota_job WHERE ROW(product_key, device_name, firmware_id) = ANY (ARRAY(SELECT ROW(lower(product_key), upper(id::text)) FROM inventory LIMIT 3)) $$);

-- Keys made of others, which come from lists that are known only when the statement runs.
SELECT form($$ SELECT * FROM ota_job WHERE product_key = ANY ('{pk0,pk1}'::name[]) AND device_name = 'd2:2' AND firmware_id = 'f' || product_key $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = ANY ('{pk0,pk1}'::some_text[]) AND device_name = 'd2:2' AND firmware_id = 'f' || product_key $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key IN (SELECT pk FROM pks OFFSET 0) AND device_name = 'd2:2' AND firmware_id IN ('f' || product_key, '187') $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key IN (SELECT pk FROM pks) OR product_key = '187') AND device_name = replace(firmware_id, 'fpk0', 'd2:2')
	AND firmware_id IN ('f' || product_key, '187') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = ANY (string_to_array(i.product_key || ',187', ',')) AND j.device_name = i.device_name
	AND j.firmware_id = 'f' || j.product_key $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.firmware_id = ANY (i.ids) AND j.device_name = ANY (i.names)
	AND CASE j.firmware_id WHEN '187' THEN 'pk0' ELSE 'pk1' END = j.product_key $$);
SELECT form($$ SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.firmware_id = ANY (i.ids) AND j.device_name = i.device_name
	AND 'pk' || length(j.firmware_id) % 2 = j.product_key) FROM inventory i $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.firmware_id = ANY (i.ids) AND j.device_name = i.device_name
	AND j.product_key = (SELECT min(x.product_key) FROM inventory x WHERE x.firmware_id >= j.firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM arrays i JOIN ota_job j ON j.firmware_id = ANY (i.names) AND j.device_name = 'd2:2' AND j.product_key = left(j.firmware_id, 3) $$);
SELECT missing_of($$ SELECT FROM inventory i JOIN ota_job j ON j.firmware_id = ANY (i.ids) AND j.device_name = i.device_name AND j.product_key > j.firmware_id $$);
SELECT missing_of($$ SELECT FROM inventory i JOIN ota_job j ON j.firmware_id = j.product_key || 'x' AND j.device_name = i.device_name AND j.product_key = left(j.firmware_id, 3) $$);
SELECT trim(l) FROM explain_lines($$ SELECT FROM inventory i JOIN ota_job j ON j.firmware_id = ANY (i.ids) AND j.device_name = i.device_name AND j.product_key = 'p' || j.firmware_id $$, 'Remote Keys') l;
PREPARE listed (text[]) AS SELECT count(*) FROM ota_job WHERE product_key = ANY ($1) AND device_name = 'd2:2' AND firmware_id = 'f' || product_key;
SET plan_cache_mode = force_generic_plan;
EXECUTE listed ('{pk0,pk1,NULL}');
EXECUTE listed ('{}');
EXECUTE listed (NULL);
-- Another column that equals the key gives it the list no second time.
SELECT sqlstate_of('SELECT * FROM inventory i JOIN ota_job j ON j.package_product_key = j.product_key AND ARRAY[i.device_name, i.product_key] @> ARRAY[j.package_product_key]');

-- jsonb that is made of texts.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND to_jsonb(j.firmware_id) = to_jsonb(i.firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON jsonb_build_object('p', j.product_key, 'd', j.device_name, 'f', j.firmware_id) = jsonb_build_object('f', i.firmware_id, 'p', i.product_key, 'd', i.device_name) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON to_jsonb(i) @> jsonb_build_object('product_key', j.product_key, 'device_name', j.device_name, 'firmware_id', j.firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON jsonb_build_object('device_name', j.device_name, 'id', i.id) <@ to_jsonb(i) AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT job_id FROM ota_job WHERE '{"p": "pk0", "d": "d2:2", "f": "187", "x": null}' @> jsonb_build_object('p', product_key, 'd', device_name, 'f', firmware_id) $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE '{"p": "pk0", "d": "d2:2", "f": "187"}' <@ jsonb_build_object('p', product_key, 'd', device_name, 'f', firmware_id) $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE '{"p": "pk0", "d": "d2:2", "f": "187"}' @> jsonb_build_object('p', product_key, 'd', device_name, 'f', firmware_id, 'f', '187') $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE to_jsonb(product_key) IS NOT DISTINCT FROM to_jsonb(job_id) AND device_name = 'd2:2' AND firmware_id = '187' $$);
