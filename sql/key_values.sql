-- What a key may be compared with, and by what: types of text, arrays, lists,
-- subqueries, conditions in conditions.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
\set ECHO all

-- name, varchar(n) and domains, on either side.  A cast that cuts is no matter if the value is shorter.
SELECT form($$ SELECT * FROM ota_job WHERE product_key = current_user AND 'd0:0'::name = device_name AND firmware_id = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ('{d0:0,d2:2}'::name[]) AND firmware_id IN ('187'::name, '188') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON i.product_key = j.product_key AND i.device = j.device_name AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.varying
	AND j.firmware_id = i.firmware_id::varchar(5) $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key::varchar(5) = 'pk0' AND device_name::short_text = 'd0:0' AND firmware_id::text = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0'::some_text AND device_name = 'd0:0'::short_text AND firmware_id::some_text = '187' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key::some_text = i.product_key::some_text
	AND j.device_name = i.dom AND j.firmware_id::varchar = i.firmware_id $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd0:0' AND firmware_id::varchar(3) = '187' $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd0:0' AND firmware_id::char(9) = '187' $$);
SELECT requests();

-- A key is never NULL.
SELECT form($$ SELECT * FROM ota_job WHERE product_key IS NOT DISTINCT FROM 'pk0' AND device_name IS NOT DISTINCT FROM 'd0:0' AND firmware_id = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key IS NOT DISTINCT FROM NULL AND device_name = 'd0:0' AND firmware_id = '187' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON (j.product_key, j.device_name, j.firmware_id)
	IS NOT DISTINCT FROM (i.product_key, i.device_name, i.firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON coalesce(j.product_key, '') = i.product_key
	AND nullif(j.device_name, '') = i.device_name AND j.firmware_id = coalesce(i.firmware_id, 'x') $$);
SELECT form($$ SELECT count(*) FROM ota_job WHERE nullif(product_key, 'pk0') = 'pk0' AND device_name = 'd0:0' AND firmware_id = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE device_name IS NULL $$);

CREATE FUNCTION form_or_missing(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN form(query);
EXCEPTION WHEN fdw_unable_to_create_execution THEN
	RETURN SQLSTATE;
END $$;
-- COALESCE and NULLIF of what may be NULL: each of these has rows for another key, too, or is HV00L.
SELECT form_or_missing($$ SELECT * FROM ota_job WHERE coalesce(nullif(firmware_id, '187'), '188') = '188' AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT form_or_missing($$ SELECT * FROM ota_job WHERE nullif(firmware_id, '187') IS NOT DISTINCT FROM NULL AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT form_or_missing($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name
	AND nullif(j.firmware_id, '187') IS NOT DISTINCT FROM nullif(i.firmware_id, '187') $$);
SELECT form_or_missing($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name
	AND ARRAY[nullif(j.firmware_id, '187')] = ARRAY[nullif(i.firmware_id, '187')] $$);
SELECT form_or_missing($$ SELECT * FROM ota_job WHERE coalesce(nullif(package_firmware_id, package_firmware_id), '187') = firmware_id
	AND coalesce(nullif(package_firmware_id, package_firmware_id), '188') = '188' AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT form_or_missing($$ SELECT * FROM ota_job WHERE nullif(firmware_id, '187') IS NOT DISTINCT FROM nullif(package_firmware_id, package_firmware_id)
	AND nullif(package_firmware_id, package_firmware_id) IS NOT DISTINCT FROM '188' AND product_key = 'pk0' AND device_name = 'd2:2' $$);
-- Where it cannot be NULL they are.
SELECT form($$ SELECT * FROM ota_job WHERE coalesce(coalesce(firmware_id, 'x'), 'y') = '187' AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT form($$ SELECT * FROM ota_job WHERE package_firmware_id = firmware_id AND coalesce(package_firmware_id, 'y') = '187'
	AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT form($$ SELECT * FROM ota_job WHERE coalesce(package_firmware_id, 'x') = firmware_id AND coalesce(package_firmware_id, 'x') = '187'
	AND product_key = 'pk0' AND device_name = 'd2:2' $$);
SELECT form($$ SELECT * FROM ota_job WHERE nullif(coalesce(firmware_id, 'x'), 'z') = '187' AND product_key = 'pk0' AND device_name = 'd2:2' $$);

-- Arrays.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND i.ids @> ARRAY[j.firmware_id] $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND ARRAY[j.firmware_id] <@ ARRAY[i.firmware_id, '189'] $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND ARRAY[j.firmware_id] && i.ids $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND j.firmware_id = ANY (i.ids) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND i.names @> ARRAY[j.device_name]::varchar[]
	AND j.firmware_id = ANY (i.ids) $$);
SELECT form($$ SELECT * FROM ota_job WHERE '{pk0,d0:0}' @> ARRAY[product_key, device_name] AND firmware_id = ALL ('{187}') $$);
SELECT form($$ SELECT * FROM ota_job WHERE ARRAY[product_key, device_name, firmware_id] = '{pk0,d2:2,187}' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ARRAY[j.product_key, j.device_name, j.firmware_id] = ARRAY[i.product_key, i.device_name, i.firmware_id] $$);

-- AND, OR, CASE in each other.
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND (device_name = 'd0:0' AND firmware_id IN ('187', '188')
	OR device_name = 'd2:2' AND (firmware_id = '187' OR firmware_id = '189')) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) OR PD(j, i) AND j.firmware_id = i.other_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND (j.device_name = i.device_name
	AND (j.firmware_id = i.firmware_id OR j.firmware_id = i.other_id) OR j.device_name = 'd2:2' AND j.firmware_id = '187') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i, fws f, ota_job j WHERE PD(j, i) AND (j.firmware_id = i.other_id OR j.firmware_id = f.fw) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (j.firmware_id = j.product_key OR j.firmware_id = i.other_id) $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key = 'pk0' AND device_name = 'd2:2') IS TRUE AND NOT (firmware_id <> '187' OR job_id = '') $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2'
	AND CASE WHEN firmware_id = '187' THEN true WHEN firmware_id = '188' THEN job_status = 'PLANNED' ELSE false END $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i)
	AND j.firmware_id = CASE WHEN i.id > 3 THEN i.firmware_id ELSE i.other_id END $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND (firmware_id = '187' OR job_id = '1') $$);

-- Subqueries.
SELECT form($$ SELECT * FROM ota_job WHERE product_key IN (SELECT pk FROM pks) AND device_name IN (SELECT unnest('{d0:0,d2:2}'::text[]))
	AND firmware_id IN (VALUES ('187'), ('188')) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND j.firmware_id IN (SELECT unnest(i.ids)) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name IN (SELECT i.dom UNION SELECT i.dom)
	AND j.firmware_id IN (VALUES (i.firmware_id::some_text), (i.other_id)) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND ARRAY[i.dom::some_text] @> ARRAY[j.device_name::some_text] AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND (firmware_id IN (SELECT fw FROM fws) OR firmware_id = '189') $$);
SELECT form($$ SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory
	UNION SELECT product_key, device_name, other_id FROM inventory) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND j.firmware_id = (SELECT max(fw) FROM fws WHERE fw >= i.firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i, LATERAL (VALUES (i.firmware_id), (i.other_id)) v (fw), ota_job j WHERE PD(j, i) AND j.firmware_id = v.fw $$);
SELECT form($$ SELECT * FROM inventory i, unnest(i.ids) fw WHERE EXISTS (SELECT FROM ota_job j WHERE PD(j, i) AND j.firmware_id = fw) $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2'
	AND (firmware_id IN (SELECT fw FROM fws WHERE random() < 2) OR firmware_id = '189') $$);

-- CASE with a value, a cast to name, arrays of rows.
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND CASE device_name WHEN 'd0:0' THEN 1 WHEN 'd2:2' THEN 2 END IS NOT NULL
	AND CASE firmware_id WHEN '187' THEN true WHEN '188' THEN job_status = 'PLANNED' ELSE false END $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND CASE j.firmware_id WHEN i.firmware_id THEN true WHEN i.other_id THEN true END $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND CASE i.id WHEN 1 THEN '188' WHEN 2 THEN '187' END = j.firmware_id $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key::name = 'pk0' AND device_name::name = 'd2:2'::name AND '187' = firmware_id::name $$);
SELECT sqlstate_of(format($$ SELECT * FROM ota_job WHERE product_key::name = %L AND device_name = 'd0:0' AND firmware_id = '187' $$, repeat('x', 63)));
SELECT form($$ SELECT * FROM ota_job WHERE ROW(product_key, device_name, firmware_id) = ANY (ARRAY[ROW('pk0'::text, 'd2:2'::text, '187'::text), ROW('pk1'::text, 'd1:1'::text, '188'::text)]) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key
	AND ROW(j.device_name, j.firmware_id) = ANY (ARRAY[ROW(i.device_name, i.firmware_id), ROW(i.device_name, i.other_id)]) $$);

-- Keys that depend on a list.
SELECT form($$ SELECT * FROM ota_job WHERE product_key IN ('187', '188') AND device_name IN ('187', 'd2:2') AND firmware_id = product_key $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key IN (i.product_key, i.other_id) AND j.device_name = i.device_name
	AND j.firmware_id = CASE j.product_key WHEN 'pk0' THEN '187' ELSE '188' END $$);

-- Expressions of an outer column and another key.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = '187' AND j.device_name = i.device_name
	AND j.firmware_id = left(i.other_id, 0) || j.product_key $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name
	AND j.firmware_id = left(i.other_id, 0) || 'f' || j.product_key $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name
	AND j.firmware_id = left(i.other_id, 0) || 'f' || j.product_key $$);
SELECT form($$ SELECT i.id, fw, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key JOIN fws ON j.firmware_id = fw
	AND j.device_name = left(fw, 0) || CASE WHEN j.product_key = 'pk0' THEN 'd2:2' ELSE i.device_name END $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name
	AND CASE WHEN j.product_key = 'pk0' THEN i.firmware_id ELSE '187' END = j.firmware_id $$);

-- LIKE and ~ of patterns that one text matches; not of others.
SELECT form($$ SELECT * FROM ota_job WHERE product_key LIKE 'pk0' AND device_name LIKE 'd2\:2' AND firmware_id ~ '^(187)$' $$);
SELECT form($$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name) WHERE j.firmware_id SIMILAR TO '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id LIKE '187' ESCAPE 'x' $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id LIKE '18_' $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id LIKE '187\' $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id ~ '187' $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id ILIKE '187' $$);

-- ~ and SIMILAR TO of patterns that list texts, and ANY of patterns; not of others.
SELECT form($$ SELECT * FROM ota_job WHERE product_key ~ '^(pk0|pk1)$' AND device_name = 'd2:2' AND firmware_id ~ '^(?:187)$' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key SIMILAR TO 'pk0|pk1|pk1' AND device_name SIMILAR TO '(d2:2|d1:1)' AND firmware_id ~ '^((187|188))$' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name ~ '^(d2\:2|d4:1|x\.\|\\:0)$' AND firmware_id = '187' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key LIKE ANY (ARRAY['pk0', 'p\k1', NULL]) AND device_name ~ ANY ('{^d2:2$,^(d4:1|d1:1)$}') AND firmware_id = '187' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name
	AND (j.firmware_id ~ '^(187|188)$' OR j.firmware_id LIKE '189') $$);
SELECT regex, sqlstate_of(format('SELECT * FROM ota_job WHERE product_key = %L AND device_name = %L AND firmware_id ~ %L', 'pk0', 'd2:2', regex))
FROM unnest(ARRAY['^187|188$', '^(187|188)', '(187|188)$', '^(18[78]|189)$', '^(187)|(188)$', '^((187)|(188))$', '^(187|188?)$', '^(1|\d)$', '^(?i:187|188)$',
	'^(?=187|188)$', '^(187|188\)$', '^(187|188)\$', '^()$', '^(a|b)(c|d)$', '(?i)^(187|188)$', '^(187|18.)$', '^(187|1{3})$']) regex;
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id ~* '^(187|188)$' $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id LIKE ANY (ARRAY['187', '18%']) $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id NOT LIKE ALL (ARRAY['187', '188']) $$);
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id LIKE ALL (ARRAY['187', '188']) $$);

-- What is tested before a key is asked for: casts that cut, parts of texts, arrays, an outer row's remainder.
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d0:0', 'd2:2', 'd4:1') AND firmware_id = '187' AND device_name::varchar(2) = 'd2' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d0:0', 'd2:2', 'd4:1') AND firmware_id = '187' AND split_part(device_name, ':', 1) = 'd2' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d0:0', 'd2:2', 'd4:1') AND firmware_id = '187' AND substr(device_name, 2, 1) = '2' $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d0:0', 'd2:2', 'd4:1') AND firmware_id = '187' AND reverse(device_name) > '2' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) AND ARRAY[j.firmware_id] <@ ARRAY['188'] AND j.device_name <> i.ids[2] $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.id % 4 = 1 $$);
