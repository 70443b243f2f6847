-- key_forms.sql
--		What the tests of forms of key conditions begin with, instead of setup.sql.
--
-- Ten devices: one without a key, one whose three keys are the same text.
\ir setup.sql
\set ECHO none
SET client_min_messages = error;
DROP TABLE inventory, local_job;
CREATE DOMAIN some_text AS text;
CREATE DOMAIN short_text AS varchar(30);
CREATE TABLE inventory (id int PRIMARY KEY, product_key text, device_name text, firmware_id text, other_id text,
	ids text[], names varchar[], varying varchar(20), device name, dom short_text);
INSERT INTO inventory
	SELECT g, 'pk' || g % 2, d, f, '189', ARRAY[f, '189', NULL], ARRAY[d], d, d, d
	FROM generate_series(0, 7) g, LATERAL (SELECT 'd' || g || ':' || g % 3, (187 + g % 2)::text) x (d, f)
	UNION ALL VALUES (20, 'pk1', NULL, '187', NULL, NULL::text[], NULL::varchar[], NULL, NULL::name, NULL),
		(21, '187', '187', '187', '187', '{187}', '{187}', '187', '187', '187');
CREATE TABLE fws AS SELECT unnest('{187,188}'::text[]) AS fw;
CREATE TABLE pks AS SELECT unnest('{pk0,pk1}'::text[]) AS pk;
-- What ota_job shows, by the rule, for each combination of all these values.
CREATE TABLE local_job AS
	WITH v AS (SELECT unnest(ARRAY[product_key, device_name, firmware_id, other_id]) FROM inventory UNION SELECT 'postgres'
		UNION SELECT 'f' || product_key FROM inventory UNION TABLE fws),
		x (v) AS (SELECT * FROM v WHERE unnest IS NOT NULL)
	SELECT * FROM (SELECT v AS product_key FROM x) p, (SELECT v AS device_name FROM x) d, (SELECT v AS firmware_id FROM x) f,
		LATERAL sim_jobs(p.product_key, d.device_name, f.firmware_id);
CREATE INDEX ON local_job (product_key, device_name, firmware_id);
ANALYZE;

-- KEY(j, i) in a query is (j.product_key, ...) = (i.product_key, ...), PD(j, i)
-- the same but for the firmware.
CREATE FUNCTION form(query text) RETURNS text LANGUAGE sql AS $$
	SELECT same(regexp_replace(regexp_replace(query, 'KEY\((\w+), (\w+)\)', 'PD(\1, \2) AND \1.firmware_id = \2.firmware_id', 'g'),
		'PD\((\w+), (\w+)\)', '\1.product_key = \2.product_key AND \1.device_name = \2.device_name', 'g'));
$$;
\set ECHO all
