-- INSERT ... ON CONFLICT DO UPDATE: subqueries with keys of the row that is to be inserted overlap.  That a
-- row conflicts is known last, so what is asked for in vain is bounded.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

CREATE TABLE changed (LIKE inventory, PRIMARY KEY (id));
INSERT INTO changed TABLE inventory;
ANALYZE changed;
CREATE FUNCTION upserts(name text, source text, action text DEFAULT 'site = JOBS') RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(name, 'TABLE changed', format('INSERT INTO changed AS c %s ON CONFLICT (id) DO UPDATE SET %s', source,
		replace(action, 'JOBS', '(SELECT max(job_id) FROM ota_job j WHERE KEY(j, excluded))')));
$$;
CREATE FUNCTION upserts_one_by_one(name text, action text) RETURNS text LANGUAGE sql AS $$
	SELECT serial(name, 'TABLE changed', 'INSERT INTO changed AS c TABLE inventory ON CONFLICT (id) DO ' ||
		replace(action, 'JOBS', '(SELECT max(job_id) FROM ota_job j WHERE KEY(j, excluded))'));
$$;
SELECT upserts('all conflict', 'TABLE inventory');
SELECT upserts('values', (SELECT 'VALUES ' || string_agg(format('(%s, %L, %L, %L, %L)', id, site, product_key, device_name, firmware_id), ', ' ORDER BY id) FROM inventory));
SELECT upserts('several columns', 'TABLE inventory', '(site, firmware_id) = (SELECT max(job_id), min(job_status) FROM ota_job j WHERE KEY(j, excluded))');
SELECT upserts('case', 'TABLE inventory', 'site = CASE WHEN excluded.id > 5 THEN JOBS ELSE c.site END');
SELECT upserts('where of the new row', 'TABLE inventory', 'site = JOBS WHERE excluded.site <> ''north''');
SELECT upserts('where with a subquery', 'TABLE inventory', 'site = ''x'' WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, excluded)) > 1');
SELECT upserts('exists', 'TABLE inventory', 'site = CASE WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, excluded)) THEN c.site END');
SELECT upserts('rows that share keys', 'SELECT id, site, product_key, device_name, firmware_id FROM (SELECT g AS id, site, product_key, device_name, firmware_id FROM inventory i, generate_series(i.id, i.id + 120, 40) g) i');
SELECT overlaps('returning', $$ INSERT INTO changed AS c TABLE inventory ON CONFLICT (id) DO UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, excluded)) RETURNING id, site $$);

-- Rows without a conflict: no more is asked for in vain than at once, and than was of use.
CREATE FUNCTION asks_in_vain(name text, source text, conflicts int, rows int) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(said, '(\d+) requests', CASE WHEN substring(said FROM '(\d+) requests')::int - conflicts <= least(rows - conflicts, 16 + conflicts) THEN 'few' ELSE '\1' END || ' requests')
	FROM upserts(name, source) said;
$$;
SELECT upserts('none', 'SELECT id + 100, site, product_key, device_name, firmware_id FROM inventory');
SELECT upserts('none of many', 'SELECT g + 100, i.site, i.product_key, ''d'' || g || '':1'', i.firmware_id FROM inventory i, generate_series(1, 400) g WHERE i.id = 1');
SELECT asks_in_vain('the first half', 'SELECT id + 20, site, product_key, device_name, firmware_id FROM inventory ORDER BY id', 20, 40);
SELECT asks_in_vain('the second half', 'SELECT 61 - id, site, product_key, device_name, firmware_id FROM inventory ORDER BY id', 20, 40);
SELECT asks_in_vain('every other one', 'SELECT id + id % 2 * 100, site, product_key, device_name, firmware_id FROM inventory ORDER BY id', 20, 40);
SELECT asks_in_vain('one of eight', 'SELECT CASE n % 8 WHEN 0 THEN n / 8 ELSE n + 100 END, ''x'', product_key, device_name, firmware_id FROM (SELECT row_number() OVER (ORDER BY 1, 2, 3) AS n, * FROM (SELECT DISTINCT product_key FROM inventory) p, (SELECT DISTINCT device_name FROM inventory) d, (SELECT DISTINCT firmware_id FROM inventory) f) x', 20, 160);
SELECT upserts_one_by_one('nothing', 'NOTHING');

-- What depends on the row that is there is not known ahead.
SELECT serial('keys of that row', 'TABLE changed', $$ INSERT INTO changed AS i TABLE inventory ON CONFLICT (id) DO UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT upserts_one_by_one('where of that row', 'UPDATE SET site = JOBS WHERE c.site <> ''north''');
SELECT upserts_one_by_one('the whole row', 'UPDATE SET site = JOBS || excluded');

-- A table in partitions, of which one has its columns in another order.
CREATE TABLE parts (LIKE inventory) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (20);
CREATE TABLE high (firmware_id text, device_name text, product_key text, site text, id int NOT NULL);
ALTER TABLE parts ATTACH PARTITION high FOR VALUES FROM (20) TO (1000);
ALTER TABLE parts ADD PRIMARY KEY (id);
INSERT INTO parts TABLE inventory;
SELECT overlaps('partitions', 'TABLE parts', $$ INSERT INTO parts TABLE inventory ON CONFLICT (id) DO UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, excluded)) $$);
