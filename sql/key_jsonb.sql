-- Keys in jsonb, and in what functions make of a text, of which each is another one: unwrapped.
-- Each result is compared with a local table's; the requests are as many as there are keys.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
SET client_min_messages = error;
ALTER TABLE inventory ADD js jsonb, ADD jarr jsonb[];
UPDATE inventory SET js = to_jsonb(device_name), jarr = ARRAY[to_jsonb(firmware_id), '"189"', '5', '["188"]', NULL];
SET client_min_messages = notice;
\set ECHO all

-- to_jsonb(): of constants, of columns, = ANY and IN of lists and of subqueries; an array is not the string in it.
SELECT form($$ SELECT * FROM ota_job j WHERE to_jsonb(product_key) = to_jsonb('pk1'::text) AND to_jsonb(device_name) = '"d1:1"' AND to_jsonb(firmware_id) = to_jsonb('188'::text) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE to_jsonb(product_key) IN (to_jsonb('pk1'::text), to_jsonb('pk0'::text)) AND to_jsonb(device_name) = ANY (ARRAY[to_jsonb('d1:1'::text), '5', NULL]) AND to_jsonb(firmware_id) IN ('"188"', '"187"') $$);
SELECT form($$ SELECT * FROM ota_job j WHERE product_key = 'pk1' AND to_jsonb(device_name) = ANY ('{"\"d1:1\"","5",NULL,"[\"d2:2\"]"}'::jsonb[]) AND firmware_id = '188' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON to_jsonb(j.product_key) = to_jsonb(i.product_key) AND to_jsonb(j.device_name) = i.js AND to_jsonb(j.firmware_id) IN (to_jsonb(i.firmware_id), to_jsonb(i.other_id)) $$);
SELECT form($$ SELECT job_id FROM ota_job j WHERE (to_jsonb(product_key), to_jsonb(device_name), to_jsonb(firmware_id)) IN (SELECT to_jsonb(product_key), to_jsonb(device_name), to_jsonb(firmware_id) FROM inventory) $$);
SELECT form($$ SELECT job_id FROM ota_job j WHERE to_jsonb(product_key) IN (SELECT to_jsonb(pk) FROM pks) AND device_name = 'd1:1' AND firmware_id = '188' $$);
SELECT form($$ SELECT job_id FROM ota_job j WHERE to_jsonb(product_key) = ANY (ARRAY(SELECT to_jsonb(pk) FROM pks)) AND device_name = 'd1:1' AND firmware_id = '188' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND to_jsonb(j.firmware_id) = ANY (i.jarr) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON i.js IN (to_jsonb(j.device_name), to_jsonb(j.device_name || '')) AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (to_jsonb(j.firmware_id) = '"187"' OR to_jsonb(j.firmware_id) IN ('"188"', to_jsonb(i.firmware_id))) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (to_jsonb(j.firmware_id) NOT IN ('"188"', '"187"')) IS FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND NOT (to_jsonb(j.firmware_id) <> to_jsonb(i.firmware_id)) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND to_jsonb(j.firmware_id) = ANY ('{{"\"187\""},{"\"188\""}}'::jsonb[]) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON (to_jsonb(j.product_key), to_jsonb(j.device_name), to_jsonb(j.firmware_id)) = (to_jsonb(i.product_key), to_jsonb(i.device_name), to_jsonb(i.firmware_id)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE product_key = 'pk0' AND to_jsonb(device_name) = '["d0:0"]' AND firmware_id = '187' $$);
SELECT form($$ SELECT i.id, v.* FROM inventory i JOIN (SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3) v ON PD(v, i) AND to_jsonb(v.firmware_id) = ANY (i.jarr) $$);
PREPARE listed (jsonb[]) AS SELECT count(*) FROM ota_job WHERE to_jsonb(product_key) = ANY ($1) AND device_name = 'd1:1' AND firmware_id = '188';
SET plan_cache_mode = force_generic_plan;
EXECUTE listed ('{"\"pk1\"","\"pk0\"","[\"pk2\"]",5,NULL}');
EXECUTE listed (NULL);
EXECUTE listed ('{}');
SELECT requests();
SELECT explain_lines('EXECUTE listed (NULL)', 'Remote Keys');
RESET plan_cache_mode;
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE to_jsonb(job_id) = to_jsonb(device_name) AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE to_jsonb(device_name) <> ALL ('{"\"d0:0\""}') AND product_key = 'pk0' AND firmware_id = '187' $$);

-- = ALL of a list, and between two bounds that are the same.
SELECT form($$ SELECT * FROM ota_job j WHERE to_jsonb(product_key) = ALL (ARRAY[to_jsonb('pk1'::text)]) AND to_jsonb(device_name) = ALL ('{"\"d1:1\""}'::jsonb[]) AND to_jsonb(firmware_id) = ALL (ARRAY['"188"'::jsonb, '"188"']) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND to_jsonb(j.firmware_id) = ALL (ARRAY[to_jsonb(i.firmware_id), '"187"']) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND NOT to_jsonb(j.firmware_id) <> ANY (ARRAY[to_jsonb(i.firmware_id)]) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ROW(j.product_key, j.device_name, j.firmware_id) = ALL (ARRAY[ROW(i.product_key, i.device_name, i.firmware_id)]) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND to_jsonb(j.firmware_id) BETWEEN '"187"' AND '"187"' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON to_jsonb(j.device_name) >= i.js AND i.js >= to_jsonb(j.device_name) AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (to_jsonb(j.firmware_id) NOT BETWEEN to_jsonb(i.firmware_id) AND to_jsonb(i.firmware_id)) IS FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON jsonb_build_array(j.product_key, j.device_name, j.firmware_id) BETWEEN jsonb_build_array(i.product_key, i.device_name, i.firmware_id) AND jsonb_build_array(i.product_key, i.device_name, i.firmware_id) $$);
-- Of an empty list all values are.
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE to_jsonb(device_name) = ALL ('{}'::jsonb[]) AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND to_jsonb(j.device_name) = ALL (i.jarr) AND j.firmware_id = i.firmware_id $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE to_jsonb(device_name) BETWEEN '"d0:0"' AND '"d1:1"' AND product_key = 'pk0' AND firmware_id = '187' $$);

-- IS NOT DISTINCT FROM, of a key, which is never NULL; not of what may be.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON to_jsonb(j.device_name) IS NOT DISTINCT FROM to_jsonb(i.device_name) AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON to_jsonb(j.device_name) IS NOT DISTINCT FROM i.js AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND NOT to_jsonb(j.firmware_id) IS DISTINCT FROM '"187"' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE to_jsonb(nullif(device_name, 'x')) IS NOT DISTINCT FROM '"d0:0"' AND product_key = 'pk0' AND firmware_id = '187' $$);

-- Arrays that are made of keys, as objects.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON to_jsonb(ARRAY[j.product_key, j.device_name, j.firmware_id]) = to_jsonb(ARRAY[i.product_key, i.device_name, i.firmware_id]) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON jsonb_build_array(j.product_key, j.device_name, j.firmware_id) = jsonb_build_array(i.product_key, i.device_name, i.firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON jsonb_build_array(j.product_key, 1, j.device_name) = jsonb_build_array(i.product_key, 1, i.device_name) AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT * FROM ota_job j WHERE jsonb_build_array(product_key, device_name, firmware_id) = '["pk1", "d1:1", "188"]' $$);
SELECT form($$ SELECT * FROM ota_job j WHERE jsonb_build_array(product_key, device_name, firmware_id) IN ('["pk1", "d1:1", "188"]', '["pk0", "d0:0", "187"]', '[]', '5') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON jsonb_build_array(j.product_key, j.device_name, j.firmware_id) IS NOT DISTINCT FROM jsonb_build_array(i.product_key, i.device_name, i.firmware_id) $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE jsonb_build_array(product_key, device_name) @> '["pk0", "d0:0"]' AND firmware_id = '187' $$);

-- Columns that are taken out of the row as JSON; not of a row of others, by no name that is known, nor NULLs.
SELECT form($$ SELECT * FROM ota_job j WHERE to_jsonb(j) ->> 'product_key' = 'pk1' AND row_to_json(j) ->> 'device_name' = 'd1:1' AND to_json(j) #>> '{firmware_id}' IN ('188', '187') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON to_jsonb(j) ->> 'product_key' = to_jsonb(i) ->> 'product_key' AND to_jsonb(j) -> 'device_name' = to_jsonb(i) -> 'device_name' AND jsonb_extract_path_text(to_jsonb(j), 'firmware_id') = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j (a, b) ON to_jsonb(j) ->> 'product_key' = i.product_key AND (to_jsonb(j) ->> 'device_name' IS DISTINCT FROM i.device_name) IS FALSE AND to_jsonb(j) -> 'firmware_id' = ANY (i.jarr) $$);
SELECT form($$ SELECT i.id, v.job_id FROM inventory i JOIN (SELECT j.device_name AS name, j.firmware_id AS product_key, j.product_key AS pk, job_id FROM ota_job j) v
	ON row_to_json(v) ->> 'name' = i.device_name AND to_jsonb(v) ->> 'pk' = i.product_key AND to_jsonb(v) ->> 'product_key' = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON to_jsonb(j) @> jsonb_build_object('product_key', i.product_key, 'device_name', i.device_name, 'firmware_id', i.firmware_id) $$);
SELECT form($$ SELECT i.id, (SELECT count(*) FROM ota_job j WHERE to_jsonb(j) ->> 'product_key' = i.product_key AND reverse(to_jsonb(j) ->> 'device_name') = reverse(i.device_name) AND 'x' || (to_jsonb(j) ->> 'firmware_id') = 'x' || i.firmware_id) FROM inventory i $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND to_jsonb(j) ->> 'firmware_id' = i.firmware_id WHERE to_jsonb(j) ->> 'firmware_id' IS NULL OR to_jsonb(j) ->> 'firmware_id' = '187' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND to_jsonb(j) ->> 'package_product_key' = to_jsonb(j) ->> 'product_key' AND j.firmware_id = i.firmware_id $$);
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE to_jsonb(j) ->> 'no_key' = 'd0:0' AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE to_jsonb(j) ->> job_status = 'd0:0' AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE to_jsonb(j) #>> '{device_name,x}' = 'd0:0' AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE to_jsonb(ROW(j.device_name)) ->> 'device_name' = 'd0:0' AND product_key = 'pk0' AND firmware_id = '187' $$);

CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
-- reverse() and quote_literal(), of both sides or of one.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND quote_literal(j.firmware_id) = quote_literal(i.firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND quote_literal(j.firmware_id) = quote_literal('188') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND quote_literal(j.firmware_id) IN (quote_literal('188'), quote_literal('187')) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND reverse(j.firmware_id) = reverse(i.firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND reverse(j.firmware_id) = ANY (ARRAY['781', reverse(i.firmware_id), reverse(i.other_id)]) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON reverse(j.product_key) = right(i.product_key, 1) || 'kp' AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id AND i.id < 20 $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND reverse(reverse(j.firmware_id)) IS NOT DISTINCT FROM i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND quote_literal(j.firmware_id) IS NOT DISTINCT FROM quote_literal(i.firmware_id) $$);
SELECT explain_lines($$ SELECT FROM ota_job WHERE quote_literal(product_key) = quote_literal('it''s') AND quote_literal(device_name) = quote_literal('a\b''c') AND quote_literal(firmware_id) = quote_literal('') $$, 'Remote Keys');
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE quote_literal(device_name) = 'd0:0' AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE quote_literal(device_name) = 'E''d0:0''' AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE reverse(device_name) = reverse(job_id) AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE reverse(device_name) = job_id AND product_key = 'pk0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE reverse(device_name) = reverse('D0:0' COLLATE caseless) AND product_key = 'pk0' AND firmware_id = '187' $$);
-- Values of type name are made texts.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON reverse(j.device_name) = reverse(i.device) AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON reverse(reverse(j.device_name)) = i.device AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND reverse(j.device_name) = reverse(i.device)::name AND j.firmware_id = i.firmware_id $$);

-- Texts that are joined, from either end; what does not begin or end so is not asked for.
SELECT form($$ SELECT * FROM ota_job j WHERE 'p' || product_key = 'ppk1' AND device_name || ':x' = 'd1:1:x' AND '<' || firmware_id || '>' = '<188>' $$);
SELECT form($$ SELECT * FROM ota_job j WHERE 'p' || product_key IN ('ppk1', 'qpk0', 'xpk0') AND device_name || '' || 'x' = ANY ('{d1:1x,d2:2,"",NULL}') AND firmware_id = '188' $$);
SELECT form($$ SELECT * FROM ota_job j WHERE 'p' || product_key = 'qpk1' AND device_name = 'd1:1' AND firmware_id = '188' $$);
SELECT form($$ SELECT * FROM ota_job j WHERE product_key || 'longer than the whole' = 'pk1' AND device_name = 'd1:1' AND firmware_id = '188' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND 'fw/' || j.firmware_id = 'fw/' || i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON 'pk' || j.product_key = 'pk' || i.product_key AND j.device_name || '/' || i.id = i.device_name || '/' || i.id AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON i.product_key || '/' || j.device_name = i.product_key || '/' || i.device_name AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.product_key || '/' || j.device_name = 'pk0/' || i.device_name AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND ('x' || j.firmware_id <> 'x' || i.firmware_id) IS FALSE $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND 'x' || j.firmware_id IS NOT DISTINCT FROM 'x' || i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON 'x' || j.device_name = 'x' || i.device AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON reverse('x' || j.device_name) = reverse(i.device_name) || 'x' AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, v.job_id FROM inventory i JOIN (SELECT 'pk:' || product_key AS pk, device_name, firmware_id, job_id FROM ota_job) v ON v.pk = 'pk:' || i.product_key AND v.device_name = i.device_name AND v.firmware_id = i.firmware_id $$);
SELECT explain_lines($$ SELECT FROM ota_job WHERE 'ä' || product_key = 'äö' AND device_name || 'ß€' = 'aß€' AND firmware_id || 'b' = 'xa' $$, 'Remote Keys');
SELECT sqlstate_of($$ SELECT FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND i.other_id || j.device_name IS NOT DISTINCT FROM i.device_name AND j.firmware_id = i.firmware_id $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key || device_name = 'pk0d0:0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND device_name || job_id = 'd0:01' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND 'x' || device_name = 'xD0:0' COLLATE caseless AND firmware_id = '187' $$);

-- concat(), concat_ws() and format() join texts, too; a NULL is nothing to them, and they take values of any type.
SELECT form($$ SELECT * FROM ota_job j WHERE concat(product_key) = 'pk1' AND concat('<', device_name, NULL, ':', 7, true) = '<d1:1:7t' AND concat_ws('/', NULL, 'x', firmware_id, NULL) = 'x/188' $$);
SELECT form($$ SELECT * FROM ota_job j WHERE format('100%%%s', product_key) IN ('100%pk1', '100%pk0', 'pk1') AND format('%s/%s', device_name, firmware_id) = 'd1:1/188' AND firmware_id = '188' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON concat(j.product_key, '/', j.device_name) = concat(i.product_key, '/', i.device_name) AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id WHERE i.device_name <> '' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON concat_ws('/', j.product_key, j.device_name, j.firmware_id) = concat_ws('/', i.product_key, i.device_name, i.firmware_id) AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND concat(i.js, nullif(i.id, 2), j.firmware_id, nullif(i.id, 3)) = concat(i.js, nullif(i.id, 2), i.firmware_id, nullif(i.id, 3)) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND concat_ws('.', nullif(i.id, 2), 'x', j.firmware_id, nullif(i.id, 3)) = concat_ws('.', nullif(i.id, 2), 'x', i.firmware_id, nullif(i.id, 3)) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON PD(j, i) AND format('%s:%s', j.firmware_id, nullif(i.id, 2)) IS NOT DISTINCT FROM format('%s:%s', i.firmware_id, nullif(i.id, 2)) $$);
SELECT form($$ SELECT i.id, v.job_id FROM inventory i JOIN (SELECT concat_ws(':', product_key, device_name) AS name, product_key, firmware_id, job_id FROM ota_job) v ON v.name = concat_ws(':', i.product_key, i.device_name) AND v.product_key = i.product_key AND v.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT * FROM ota_job j WHERE product_key = 'pk1' AND device_name = 'd1:1' AND firmware_id IN ('187', '188') AND format('%s %%/%s', device_name, firmware_id) <> 'd1:1 %/187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND concat(VARIADIC ARRAY[device_name, 'x']) = 'd0:0x' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND format('%I', device_name) = 'd0:0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND format('%2$s', 'x', device_name) = 'd0:0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND format('%s%s', device_name) = 'd0:0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND concat(device_name, job_id) = 'd0:01' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND concat(device_name, random()) = 'd0:01' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE concat(product_key, device_name) = 'pk0d0:0' AND firmware_id = '187' $$);

-- Bytes of a text, by convert_to(); but not by a cast, which takes '\x78' and more for 'x'.
SELECT form($$ SELECT * FROM ota_job j WHERE convert_to(product_key, 'UTF8') = '\x706b31' AND convert_to(device_name, 'utf-8') = convert_to('d1:1', 'UTF8') AND convert_to(firmware_id, 'UTF8') IN ('188', '\x313837', '\xff', '\x3100') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND convert_to(j.firmware_id, 'UTF8') = convert_to(i.firmware_id, 'UTF8') $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND convert_to(j.firmware_id, 'UTF8') = ANY (ARRAY[convert_to(i.firmware_id, 'UTF8'), convert_to(i.other_id, 'UTF8')]) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND convert_to('x' || j.firmware_id, 'UTF8') IS NOT DISTINCT FROM convert_to('x' || i.firmware_id, 'UTF8') $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND convert_to(device_name, 'LATIN1') = 'd0:0' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk0' AND device_name::bytea = 'd0:0' AND firmware_id = '187' $$);
SELECT requests();

-- The same of a view's row, or a subquery's, whose columns may have other names; and of objects that are constants.
CREATE VIEW grouped_ota_job AS SELECT product_key, device_name, firmware_id, count(*) AS n FROM ota_job GROUP BY 1, 2, 3;
CREATE VIEW grouped_local_job AS SELECT product_key, device_name, firmware_id, count(*) AS n FROM local_job GROUP BY 1, 2, 3;
SELECT form($$ SELECT i.id, n FROM inventory i JOIN grouped_ota_job v ON to_jsonb(v) ->> 'product_key' = i.product_key AND row_to_json(v) ->> 'device_name' = i.device_name AND (v).firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, n FROM inventory i JOIN (SELECT DISTINCT product_key AS pk, device_name AS dn, firmware_id AS fw, job_status AS n FROM ota_job) v
	ON to_jsonb(v) ->> 'pk' = i.product_key AND to_json(v) ->> 'dn' = i.device_name AND jsonb_extract_path_text(to_jsonb(v), 'fw') = i.firmware_id $$);
SELECT form($$ SELECT i.id, c FROM inventory i LEFT JOIN (SELECT product_key, device_name, firmware_id, count(*) AS n FROM ota_job GROUP BY 1, 2, 3) v (a, device, b, c)
	ON to_jsonb(v) ->> 'a' = i.product_key AND to_jsonb(v) -> 'device' = to_jsonb(i.device_name) AND to_jsonb(v) ->> 'b' = i.firmware_id $$);
SELECT form($$ WITH v AS (SELECT product_key AS pk, device_name AS dn, firmware_id AS fw, count(*) AS n FROM ota_job GROUP BY 1, 2, 3)
	SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM v WHERE (to_jsonb(v) ->> 'pk', to_jsonb(v) ->> 'dn', to_jsonb(v) ->> 'fw') = (i.product_key, i.device_name, i.firmware_id)) $$);
SELECT form($$ SELECT id FROM (SELECT to_jsonb(v) AS doc FROM (SELECT product_key AS pk, device_name AS dn, firmware_id AS fw, count(*) AS n FROM ota_job GROUP BY 1, 2, 3) v) w
	JOIN inventory i ON (doc ->> 'pk', doc ->> 'dn', doc ->> 'fw') = (i.product_key, i.device_name, i.firmware_id) $$);
SELECT form($$ SELECT * FROM grouped_ota_job v WHERE to_jsonb(v) @> '{"product_key": "pk0", "device_name": "d4:1", "firmware_id": "187", "n": 1}' $$);
SELECT form($$ SELECT * FROM ota_job j WHERE to_jsonb(j) @> '{"product_key": "pk1", "device_name": "d1:1"}' AND '{"firmware_id": "188"}' <@ to_jsonb(j) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE to_jsonb(j) @> '{"product_key": "pk0", "device_name": "d4:1", "firmware_id": "187", "job_id": null}' $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND jsonb_build_object('fw', j.firmware_id, 'n', 1) = '{"fw": "187", "n": 1}' $$);
-- two columns of one name; a name that the row does not have; what is in an array, or no text
SELECT sqlstate_of($$ SELECT FROM (SELECT product_key AS k, device_name AS k, firmware_id AS fw, count(*) FROM ota_job GROUP BY 1, 2, 3) v WHERE to_jsonb(v) ->> 'k' = 'pk0' AND fw = '187' $$);
SELECT sqlstate_of($$ SELECT FROM (SELECT product_key, device_name, firmware_id FROM ota_job GROUP BY 1, 2, 3) v (a, b) WHERE to_jsonb(v) ->> 'product_key' = 'pk0' AND b = 'd4:1' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE to_jsonb(j) @> '{"product_key": ["pk0"], "device_name": "d4:1", "firmware_id": 187}' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE to_jsonb(j) @> '["product_key"]' AND device_name = 'd4:1' AND firmware_id = '187' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE NOT to_jsonb(j) @> '{"product_key": "pk0"}' AND device_name = 'd4:1' AND firmware_id = '187' $$);
