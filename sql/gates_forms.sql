-- What a condition that can say "no rows" may look like: each kind of expression, and
-- functions that throw nothing. The outer row gives all keys, so whatever is asked for
-- beyond the keys for which the condition is true is asked for in vain.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql
\set ECHO none
SET client_min_messages = error;
CREATE TYPE shade AS ENUM ('dark', 'pale');
CREATE TABLE other (id int, dn varchar(30), pk text, fw text, ids int[], info jsonb, seen timestamptz, shade shade);
INSERT INTO other SELECT id, device_name, product_key, firmware_id, ARRAY[id, 7], jsonb_build_object('site', site),
	now() - id * interval '1 day', (ARRAY['dark', 'pale'])[1 + id % 2]::shade FROM inventory;
ANALYZE other;
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
-- The keys for which the condition is true, and what a LEFT JOIN under it asks for.
CREATE FUNCTION gate(c text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	all_keys text := 'SELECT count(*) FROM other o, LATERAL (SELECT ''local_job''::regclass AS tableoid, pk AS product_key, dn::text AS device_name, fw AS firmware_id) j WHERE num_nulls(pk, dn, fw) = 0 AND id < 20 AND (%s)';
	keys bigint;
	asked text;
BEGIN
	EXECUTE format(all_keys, replace(c, 'ota_job', 'local_job')) INTO keys;
	asked := shape('', format('SELECT o.id, job_id FROM other o LEFT JOIN ota_job j ON j.product_key = o.pk AND j.device_name = o.dn AND j.firmware_id = o.fw AND (%s)', c));
	RETURN format('%s keys%s: %s', keys, asked, c);
END $$;
SET client_min_messages = notice;
\set ECHO all

-- Arrays, rows, GREATEST, what reads as text.
SELECT gate(c) FROM unnest(ARRAY[
	'ARRAY[j.firmware_id] <@ ARRAY[o.dn]::text[]',
	'ARRAY[j.device_name]::varchar[] @> ARRAY[o.pk]::varchar[]',
	'ARRAY[j.device_name, o.pk]::varchar(2)[] = ''{d1,pk1}''::varchar(2)[]',
	'CASE j.product_key WHEN ''pk0'' THEN ARRAY[j.device_name] ELSE ''{}'' END && ''{d2:2,d4:4}''::text[]',
	'(string_to_array(j.device_name, '':''))[2] = ''3''',
	'(j.device_name, j.firmware_id) > (''d5'', o.fw)',
	'(ROW(j.device_name, j.firmware_id)).f1 > ''d5''',
	'greatest(j.device_name, ''d5'') = ''d5''',
	'coalesce(nullif(j.device_name, ''d1:1''), ''x'') < ''d3''',
	'concat(j.device_name, o.id) > ''d5''',
	'concat_ws(''/'', j.product_key, j.device_name, o.seen) > ''pk1/d5''',
	'o.id::text || j.device_name < ''2''',
	'j.product_key <> CURRENT_USER AND j.device_name > ''d5''',
	'j.tableoid = ''inventory''::regclass',
	'j.tableoid::regclass::text = ''ota_job'' AND j.device_name > ''d5''']) c;
-- Patterns, functions of text.
SELECT gate(c) FROM unnest(ARRAY[
	'j.device_name LIKE ANY (''{d1%,d2%}'')',
	'j.device_name ~ ANY (ARRAY[''^d1'', ''^d2''])',
	'j.device_name SIMILAR TO ''d(1|2):%''',
	'j.device_name::name LIKE ''d1%''',
	'replace(j.device_name, ''d'', '''') < ''4''',
	'lpad(j.device_name, 6, ''0'') < ''00d1:''',
	'length(j.device_name) & 1 = 1',
	'mod(length(j.device_name), 3) = 2',
	'length(j.device_name) / 5 = 1',
	'hashtextextended(j.device_name, 1) IS NULL']) c;
-- Conditions on the outer row alone.
SELECT gate(c) FROM unnest(ARRAY[
	'o.ids && ''{3,4}''',
	'o.info ->> ''site'' = ''north''',
	'o.info @> ''{"site": "north"}''',
	'o.seen > now() - interval ''125 hours''',
	'o.seen > CURRENT_TIMESTAMP - interval ''125 hours''',
	'o.seen::date > CURRENT_DATE + 9',
	'o.shade = ''dark''',
	'o.shade::text > ''e''']) c;
-- Collations: any will do for a comparison.
SELECT gate(c) FROM unnest(ARRAY[
	'j.device_name COLLATE ci > ''D5''',
	'j.device_name COLLATE "C" > ''d5''',
	'lower(j.device_name COLLATE "C") > ''d5''']) c;

-- What is left to its turn: there, and only there, an error is one. For the keys of d0, d5,
-- ... there are no jobs.
CREATE FUNCTION turn(c text) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s rows, requests: %s: %s', cardinality(rows_of(format('SELECT o.id, job_id FROM other o LEFT JOIN ota_job j
		ON j.product_key = o.pk AND j.device_name = o.dn AND j.firmware_id = o.fw AND (%s) WHERE o.id IN (0, 5)', c))), asked(), c);
$$;
CREATE DOMAIN short AS text CHECK (length(VALUE) < 3);
SELECT turn(c) FROM unnest(ARRAY[
	'j.device_name LIKE ''d_\''',
	'j.device_name LIKE ANY (ARRAY[''d_\''])',
	'j.device_name LIKE o.dn || ''\''',
	'left(j.device_name COLLATE ci, 1) = ''d'' AND strpos(j.device_name COLLATE ci, ''5'') = 1',
	'j.device_name::short <> ''d''',
	'j.device_name::int > 1',
	'j.device_name::xml IS DOCUMENT',
	'ROW(j.device_name) = ANY (ARRAY[ROW(o.dn)])',
	'ARRAY[ARRAY[j.device_name], string_to_array(o.dn, '':'')] = ''{}''',
	'10 / o.id > 0',
	'repeat(j.device_name, o.id) > ''d5''',
	'split_part(j.device_name, '':'', o.id) = ''d5''',
	'regexp_replace(j.device_name, o.dn || ''('', '''') = ''d5''']) c;
