-- Lists: every form asks for its keys, each once, and at the same time.  Each shape
-- is compared with a local table, with lookahead on and off, which is all the same here.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

CREATE TABLE names AS SELECT array_agg(device_name ORDER BY id) AS all_names, array_agg(DISTINCT device_name) FILTER (WHERE site = 'north') AS north FROM inventory;
-- Lists of one column.
SELECT shape('in', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd4:4', 'd8:3', 'd6:1') AND firmware_id = '187' $$);
SELECT shape('in, duplicates and null', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', NULL, 'd4:4', 'd2:2', 'd4:4') AND firmware_id = '187' $$);
SELECT shape('in, expressions', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d' || 2 || ':2', lower('D4:4'), current_setting('no.such', true)) AND firmware_id = '187' $$);
SELECT shape('any of an array', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ('{d2:2,d4:4,d2:2,NULL}') AND firmware_id = '187' $$);
SELECT shape('any of varchars', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY (ARRAY['d2:2', 'd4:4']::varchar[]) AND firmware_id = '187' $$);
SELECT shape('any of two dimensions', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ('{{d2:2,d4:4},{d8:3,d2:2}}'::text[]) AND firmware_id = '187' $$);
SELECT shape('any of one', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY (ARRAY['d4:4']) AND firmware_id = '187' $$);
SELECT shape('empty array', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ('{}') AND firmware_id = '187' $$);
SELECT shape('null array', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY (NULL::text[]) AND firmware_id = '187' $$);
SELECT shape('array of nulls', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY (ARRAY[NULL, NULL]::text[]) AND firmware_id = '187' $$);
SELECT shape('array of a function', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY (string_to_array('d2:2,d4:4', ',')) AND firmware_id = '187' $$);
SELECT shape('array of a subquery', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY (ARRAY (SELECT device_name FROM inventory WHERE id < 9)) AND firmware_id = '187' $$);
SELECT shape('array of an empty subquery', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY (ARRAY (SELECT device_name FROM inventory WHERE id < 0)) AND firmware_id = '187' $$);
SELECT shape('array from a subquery', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ((SELECT north FROM names)::text[]) AND firmware_id = '187' $$);
SELECT shape('array that a subquery does not give', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY ((SELECT north FROM names WHERE false)::text[]) AND firmware_id = '187' $$);
SELECT shape('array from a join', $$ SELECT j.* FROM names, ota_job j WHERE product_key = 'pk0' AND device_name = ANY (all_names) AND firmware_id = '187' $$);
SELECT shape('or on one column', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND (device_name = 'd2:2' OR device_name = 'd4:4' OR 'd2:2' = device_name) AND firmware_id = '187' $$);
SELECT shape('or of in and =', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND (device_name IN ('d2:2', 'd6:1') OR device_name = 'd4:4') AND firmware_id = '187' $$);
SELECT shape('or with null', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND (device_name = 'd2:2' OR device_name = lower(NULL)) AND firmware_id = '187' $$);

-- Of several columns: the cross product, unless combinations are listed.
SELECT shape('two lists', $$ SELECT * FROM ota_job WHERE product_key IN ('pk0', 'pk1') AND device_name IN ('d2:2', 'd4:4', 'd8:3') AND firmware_id = '187' $$);
SELECT shape('three lists', $$ SELECT * FROM ota_job WHERE product_key IN ('pk0', 'pk1') AND device_name = ANY ('{d2:2,d4:4,d8:3,d4:4}') AND firmware_id IN ('187', '188') $$);
SELECT shape('three lists, one empty', $$ SELECT * FROM ota_job WHERE product_key IN ('pk0', 'pk1') AND device_name = ANY ('{}') AND firmware_id IN ('187', '188') $$);
SELECT shape('row in', $$ SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) IN (('pk0', 'd2:2', '187'), ('pk1', 'd4:4', '188'), ('pk1', 'd8:3', '187')) $$);
SELECT shape('row in, duplicates and null', $$ SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) IN
	(('pk0', 'd2:2', '187'), ('pk1', NULL, '187'), ('pk0', 'd2:2', '187'), (NULL, NULL, NULL)) $$);
SELECT shape('row in, a common part', $$ SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) IN (('pk0', 'd2:2', '187'), ('pk0', 'd4:4', '187')) $$);
SELECT shape('row in of two columns', $$ SELECT * FROM ota_job WHERE (product_key, device_name) IN (('pk0', 'd2:2'), ('pk1', 'd4:4')) AND firmware_id = '187' $$);
SELECT shape('row in and a list', $$ SELECT * FROM ota_job WHERE (product_key, device_name) IN (('pk0', 'd2:2'), ('pk1', 'd4:4')) AND firmware_id IN ('187', '188') $$);
SELECT shape('row = any of values', $$ SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) IN (VALUES ('pk0', 'd2:2', '187'), ('pk1', 'd4:4', '188')) $$);
SELECT shape('row = or row =', $$ SELECT * FROM ota_job j WHERE (product_key, device_name, firmware_id) = ('pk0', 'd2:2', '187') OR (product_key, device_name, firmware_id) = ('pk1', 'd4:4', '188') $$);
SELECT shape('or of ands', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id = '187'
	OR product_key = 'pk1' AND device_name IN ('d4:4', 'd8:3') AND firmware_id = ANY ('{187,188}') $$);
SELECT shape('or of ands that overlap', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd4:4') AND firmware_id = '187'
	OR product_key = 'pk0' AND device_name IN ('d4:4', 'd8:3') AND firmware_id = '187' $$);
SELECT shape('or of ands with other conditions', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' AND job_status = 'PLANNED'
	OR product_key = 'pk1' AND device_name = 'd4:4' AND firmware_id = '188' AND job_status <> 'PLANNED' $$);
SELECT shape('two ors', $$ SELECT * FROM ota_job WHERE (product_key = 'pk0' OR product_key = 'pk1') AND (device_name = 'd2:2' OR device_name = 'd4:4') AND (firmware_id = '187' OR firmware_id = '188') $$);

-- Combined with other conditions: a key's second condition filters, or is asked for, and never adds.
SELECT shape('in and =', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd4:4', 'd8:3') AND device_name = 'd' || '4:4' AND firmware_id = '187' $$);
SELECT shape('in and another =', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd8:3') AND device_name = lower('D4:4') AND firmware_id = '187' $$);
SELECT shape('in and in', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd4:4', 'd8:3') AND device_name IN ('d4:4', 'd8:3', 'd6:1') AND firmware_id = '187'  $$);
SELECT shape('or and =', $$ SELECT * FROM ota_job j WHERE (product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id = '187' OR product_key = 'pk1' AND device_name = 'd4:4'
	AND firmware_id = '187') AND product_key = lower('PK1') $$);
SELECT shape('row in and row in', $$ SELECT * FROM ota_job WHERE (product_key, device_name) IN (('pk0', 'd2:2'), ('pk1', 'd4:4')) AND (device_name, firmware_id) IN (('d2:2', '187'), ('d4:4', '188')) $$);
SELECT shape('in and not in', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd4:4') AND device_name NOT IN ('d2:2', 'd9:9') AND firmware_id = '187' $$);
SELECT shape('in and like', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd4:4') AND device_name LIKE '%4' AND firmware_id = '187' $$);
SELECT shape('in and a filter', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd4:4') AND firmware_id = '187' AND job_status IN ('PLANNED', 'CANCELED') $$);
SELECT shape('in and false', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd4:4') AND firmware_id = '187' AND 'x' = lower('Y') $$);
SELECT shape('in and a one-time filter', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', 'd4:4') AND firmware_id = '187' AND now() < '2000-01-01' $$);
SELECT shape('or with a filter', $$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND firmware_id = '187' AND (device_name = 'd2:2' AND job_status = 'PLANNED' OR device_name = 'd4:4') $$);

-- A null or empty element: the one asks for nothing, the other is refused.
SELECT sqlstate_of($$ SELECT * FROM ota_job WHERE product_key = 'pk0' AND device_name IN ('d2:2', '') AND firmware_id = '187' $$);
-- Not lists, of columns that may be null for all that PostgreSQL knows.
CREATE FOREIGN TABLE nullable_job (product_key text, device_name text, firmware_id text, job_id text, job_status text) SERVER tuya;
CREATE COLLATION insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT sqlstate_of(format('SELECT * FROM nullable_job WHERE product_key = ''pk0'' AND firmware_id = ''187'' AND %s', c)), c FROM unnest(ARRAY[
	'device_name <> ALL (ARRAY[''d2:2''])', 'device_name <> ANY (ARRAY[''d2:2''])', 'device_name = ALL (ARRAY[]::text[])', 'device_name LIKE ANY (ARRAY[''d2:2%''])',
	'(device_name = ''d2:2'' OR job_status = ''PLANNED'')', '(device_name = ''d2:2'' OR job_status = device_name)',
	'lower(device_name) IN (''d2:2'')', 'device_name = ANY (ARRAY[job_id, ''d2:2''])', 'device_name = ANY (ARRAY[''d'' || random()])',
	'device_name BETWEEN ''d2:2'' AND ''d2:3''',
	'NOT device_name <> ''d2:2'' COLLATE insensitive', 'device_name = ''d2:2'' COLLATE insensitive', 'device_name IN (''d2:2'' COLLATE insensitive)']) c;
SELECT requests();
