-- Keys that have a position in an array, and keys in rows that UNION, or WITH, makes.  Each
-- with 40 devices, and how many requests are in flight at once.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/named.sql
\i :setup

-- array_position() is NULL where the array lacks the value, and no comparison is true of that.
SELECT overlaps('IS NOT NULL', $$ SELECT job_id FROM named n JOIN ota_job j ON (j.product_key, j.firmware_id) = (n.product_key, n.firmware_id) AND array_position(n.names, j.device_name) IS NOT NULL $$);
SELECT overlaps('> 0', $$ SELECT job_id FROM named n LEFT JOIN ota_job j ON (j.product_key, j.firmware_id) = (n.product_key, n.firmware_id) AND array_position(n.names, j.device_name) > 0 $$);
SELECT overlaps('<=', $$ SELECT job_id FROM named n JOIN ota_job j ON (j.product_key, j.firmware_id) = (n.product_key, n.firmware_id) AND 1 <= array_position(n.names, j.device_name, 2) $$);
SELECT overlaps('= ANY', $$ SELECT job_id FROM named n JOIN ota_job j ON (j.product_key, j.firmware_id) = (n.product_key, n.firmware_id) AND array_position(n.names, j.device_name) IN (1, 3) $$);
SELECT overlaps('coalesce', $$ SELECT job_id FROM named n JOIN ota_job j ON (j.product_key, j.firmware_id) = (n.product_key, n.firmware_id) AND coalesce(array_position(n.names, j.device_name), 0) > 0 $$);
SELECT overlaps('subquery', $$ SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id
	AND array_position(ARRAY[i.device_name, NULL], j.device_name) > 0) FROM inventory i $$);
SELECT overlaps('constant', $$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND array_position('{d1:1,d3:3,x}', device_name) BETWEEN 1 AND 2 AND firmware_id = '188' $$, NULL, 3);
SELECT overlaps('NULL among them', $$ SELECT * FROM ota_job WHERE array_position(ARRAY['pk1', NULL], product_key) < 2 AND device_name = 'd1:1' AND firmware_id = '188' $$, NULL, 1);
SELECT overlaps('NULLIF among them', $$ SELECT * FROM ota_job WHERE array_position(ARRAY['pk1', NULL], nullif(product_key, 'pk0')) > 0 AND device_name = 'd1:1' AND firmware_id = '188' $$, NULL, 2);
-- What may be NULL, or where it is not in the array, tells nothing.
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE array_position(ARRAY['pk1', NULL], nullif(product_key, job_id)) > 0 AND device_name = 'd1:1' AND firmware_id = '188' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE array_position(ARRAY['pk1'], product_key) IS NULL AND device_name = 'd1:1' AND firmware_id = '188' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE coalesce(array_position(ARRAY['pk1'], product_key), 1) > 0 AND device_name = 'd1:1' AND firmware_id = '188' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE array_position(ARRAY['pk1', random()::text], product_key) > 0 AND device_name = 'd1:1' AND firmware_id = '188' $$);
-- Or all of its positions.
SELECT overlaps('cardinality', $$ SELECT job_id FROM named n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND cardinality(array_positions(n.names, j.device_name)) > 0 $$);
SELECT overlaps('<> {}', $$ SELECT job_id FROM named n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND array_positions(n.names, j.device_name) <> '{}' $$);
SELECT overlaps('the first', $$ SELECT job_id FROM named n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND (array_positions(n.names, j.device_name))[1] < 3 $$);
SELECT overlaps('ANY', $$ SELECT job_id FROM named n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND 1 = ANY (array_positions(n.names, j.device_name)) $$);
SELECT overlaps('length', $$ SELECT job_id FROM ota_job WHERE product_key = 'pk1' AND array_length(array_positions(ARRAY['d1:1', 'd3:3', NULL], device_name), 1) IS NOT NULL AND firmware_id = '188' $$, NULL, 2);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk1' AND cardinality(array_positions(ARRAY['d1:1'], device_name)) = 0 AND firmware_id = '188' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk1' AND array_positions(ARRAY['d1:1'], device_name) <@ '{1}' AND firmware_id = '188' $$);

-- jsonb ? key, of keys of an object and of strings of an array, if it is known.
SELECT overlaps('object', $$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND '{"d1:1": 1, "d3:3": {"x": null}, "d7:2": ["d9:4"]}'::jsonb ? device_name AND firmware_id = '188' $$, NULL, 3);
SELECT overlaps('array', $$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND jsonb_exists('["d1:1", 7, null, ["d5:0"], {"d7:2": 1}, "d3:3"]', device_name) AND firmware_id = '188' $$, NULL, 2);
SELECT overlaps('string', $$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id AND '"pk1"'::jsonb ? j.product_key $$);
SELECT overlaps('empty', $$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND '[]'::jsonb ? device_name AND firmware_id = '188' $$, NULL, 1);
PREPARE devices (jsonb) AS SELECT count(*) FROM ota_job WHERE product_key = 'pk1' AND $1 ? device_name AND firmware_id = '188';
EXECUTE devices ('["d1:1"]');
EXECUTE devices ('["d1:1", "d3:3"]');
SELECT requests();
-- If it is not, it is looked at for each outer row.
CREATE TABLE documents AS SELECT product_key, firmware_id, to_jsonb(names) AS names, (SELECT jsonb_object_agg(n, 1) FROM unnest(names) n WHERE n <> '') AS by_name FROM named;
SELECT overlaps('array of a row', $$ SELECT n.names, job_id FROM documents n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND n.names ? j.device_name $$);
SELECT overlaps('object of a row', $$ SELECT n.names, job_id FROM documents n LEFT JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND n.by_name ? j.device_name $$);
SELECT overlaps('all', $$ SELECT n.names, job_id FROM documents n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND n.names ?& ARRAY['d1:1', j.device_name] $$);
SELECT overlaps('any', $$ SELECT n.names, job_id FROM documents n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND n.names ?| ARRAY[j.device_name] $$);
SELECT overlaps('contains', $$ SELECT n.names, job_id FROM documents n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND n.names @> to_jsonb(j.device_name) $$);
SELECT overlaps('equals', $$ SELECT i.id, job_id FROM (SELECT id, to_jsonb(i) AS doc FROM inventory i) i JOIN ota_job j ON j.product_key = doc->>'product_key' AND to_jsonb(j.device_name) = doc->'device_name' AND doc->'firmware_id' = to_jsonb(j.firmware_id) $$);
SELECT overlaps('one for all', $$ SELECT job_id FROM ota_job WHERE product_key = 'pk1' AND (SELECT jsonb_agg(device_name) FROM inventory) ? device_name AND firmware_id = '188' $$);
SELECT overlaps('view', $$ SELECT n.names, v.* FROM documents n JOIN (SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3) v ON v.product_key = n.product_key AND v.firmware_id = n.firmware_id AND n.names ? v.device_name $$);
SELECT explain_lines($$ SELECT FROM documents n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND n.names ? j.device_name $$, 'Remote Keys');
SELECT sqlstate_of($$ SELECT FROM documents n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND n.names ?| ARRAY[j.device_name, 'd1:1'] $$);
SELECT sqlstate_of($$ SELECT FROM documents n JOIN ota_job j ON j.product_key = n.product_key AND j.firmware_id = n.firmware_id AND n.names <@ to_jsonb(j.device_name) $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk1' AND '["d1:1"]'::jsonb ?| ARRAY[device_name, 'd1:1'] AND firmware_id = '188' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE product_key = 'pk1' AND NOT '["d1:1"]'::jsonb ? device_name AND firmware_id = '188' $$);

-- Rows that UNION, or WITH, makes.
SELECT overlaps('UNION ALL', $$ SELECT job_id FROM (SELECT ROW(product_key, device_name, firmware_id) r FROM inventory WHERE id < 30 UNION ALL SELECT ROW(product_key, device_name, firmware_id) FROM inventory WHERE id > 20) x
	JOIN ota_job ON ROW(product_key, device_name, firmware_id) = x.r $$);
SELECT overlaps('UNION', $$ SELECT job_id FROM ota_job WHERE ROW(product_key, device_name, firmware_id) = ANY (ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM inventory
	UNION SELECT ROW('pk0'::text, 'd2:2'::text, '187'::text))) $$);
SELECT overlaps('EXCEPT', $$ SELECT job_id FROM (SELECT ROW(product_key, device_name, firmware_id) r FROM inventory EXCEPT SELECT ROW('pk0'::text, 'd2:2'::text, '187'::text)) x
	JOIN ota_job ON ROW(product_key, device_name, firmware_id) = x.r $$);
SELECT overlaps('MATERIALIZED', $$ WITH k AS MATERIALIZED (SELECT ROW(product_key, device_name, firmware_id) r FROM inventory) SELECT job_id FROM k JOIN ota_job ON ROW(product_key, device_name, firmware_id) = k.r $$);
SELECT overlaps('WITH around', $$ WITH k AS (SELECT ROW(product_key, device_name, firmware_id) r FROM inventory) SELECT a.n, x.* FROM (SELECT count(*) n FROM k) a,
	LATERAL (SELECT job_id FROM k JOIN ota_job ON ROW(product_key, device_name, firmware_id) = k.r OFFSET 0) x $$);
WITH k AS (UPDATE named SET names = '{d2:2}' WHERE names = '{}' RETURNING ROW(product_key, names[1], firmware_id) r) SELECT count(*) FROM k JOIN ota_job ON ROW(product_key, device_name, firmware_id) = k.r;
SELECT requests();
SELECT overlaps('RECURSIVE', $$ WITH RECURSIVE k AS (SELECT 1 AS n, ROW(product_key, device_name, firmware_id) r FROM inventory WHERE id < 20 UNION ALL
	SELECT n + 1, ROW(i.product_key, i.device_name, i.firmware_id) FROM k JOIN inventory i ON i.id = k.n + 19 WHERE n < 21) SELECT n, job_id FROM k JOIN ota_job ON ROW(product_key, device_name, firmware_id) = k.r $$);
SELECT overlaps('RECURSIVE, within', $$ WITH RECURSIVE k AS (SELECT 1 AS n, ROW(product_key, device_name, firmware_id) r, '' AS job_id FROM inventory UNION ALL
	SELECT n + 1, ROW(j.product_key, j.device_name, j.firmware_id), j.job_id FROM k JOIN ota_job j ON ROW(product_key, device_name, firmware_id) = k.r WHERE n < 2) SELECT n, job_id FROM k $$);
-- Rows that an aggregate has put into an array; but not such as come with a row of another table.
CREATE TYPE whole_key AS (product_key text, device_name text, firmware_id text);
SELECT overlaps('array_agg', $$ SELECT job_id FROM ota_job WHERE ROW(product_key, device_name, firmware_id) = ANY ((SELECT array_agg(ROW(product_key, device_name, firmware_id)) FROM inventory)::record[]) $$);
SELECT overlaps('of a type', $$ SELECT job_id FROM ota_job WHERE (product_key, device_name, firmware_id)::whole_key = ANY ((SELECT array_agg((product_key, device_name, firmware_id)::whole_key) FROM inventory WHERE site = 'west')::whole_key[]) $$, NULL, 13);
SELECT overlaps('two of them', $$ SELECT job_id FROM ota_job WHERE ROW(product_key, firmware_id) = ANY ((SELECT array_agg(ROW(product_key, firmware_id)) FROM named)::record[]) AND device_name IN ('d1:1', 'd2:2') $$, NULL, 4);
SELECT overlaps('of a row', $$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ROW(j.product_key, j.device_name, j.firmware_id) = ANY ((SELECT array_agg(ROW(h.product_key, h.device_name, h.firmware_id)) FROM inventory h WHERE h.id = i.id)::record[]) $$, NULL, 1);
-- In rows NULLs are equal, be it in columns that are no keys, or in those of another table, or of views.
SELECT overlaps('NULL', $$ SELECT job_id FROM ota_job WHERE ROW(product_key, device_name, firmware_id, nullif(job_status, job_status)) = ANY ((SELECT array_agg(ROW(product_key, device_name, firmware_id, NULL::text)) FROM inventory)::record[]) $$);
SELECT overlaps('NULL of another', $$ SELECT n.product_key, job_id FROM named n, ota_job j WHERE ROW(j.product_key, j.device_name, j.firmware_id, nullif(n.product_key, 'pk1')) = ANY ((SELECT array_agg(ROW(product_key, device_name, firmware_id, nullif(site, site))) FROM inventory)::record[]) $$);
SELECT overlaps('NULL in a view', $$ SELECT job_id FROM (SELECT *, nullif(job_status, job_status) AS nothing FROM ota_job) v WHERE ROW(product_key, device_name, firmware_id, nothing) = ANY ((SELECT array_agg(ROW(product_key, device_name, firmware_id, NULL::text)) FROM inventory)::record[]) $$);
-- Also of a column, of each row.
CREATE TYPE device_key AS (product text, device text, firmware text);
CREATE TABLE keyed AS SELECT site, array_agg(ROW(product_key, device_name, firmware_id)::device_key) AS keys FROM inventory GROUP BY 1;
INSERT INTO keyed VALUES ('none', '{}'), ('NULL', NULL), ('NULLs', '{NULL,"(pk0,,187)"}');
SELECT overlaps('column', $$ SELECT site, job_id FROM keyed JOIN ota_job ON ROW(product_key, device_name, firmware_id)::device_key = ANY (keys) $$, NULL, 13);
SELECT overlaps('LEFT JOIN', $$ SELECT site, job_id FROM keyed LEFT JOIN ota_job j ON (j.product_key, j.device_name, j.firmware_id)::device_key = ANY (keys) AND job_status <> '' $$, NULL, 13);
SELECT overlaps('@>', $$ SELECT site, job_id FROM keyed, ota_job WHERE keys @> ARRAY[ROW(product_key, device_name, firmware_id)::device_key] $$, NULL, 13);
SELECT overlaps('subquery', $$ SELECT site, (SELECT count(*) FROM ota_job WHERE ROW(product_key, device_name, firmware_id)::device_key = ANY (keys)) FROM keyed $$, NULL, 6);
SELECT overlaps('group', $$ SELECT site, job_id FROM (SELECT site, array_agg(ROW(product_key, device_name, firmware_id)) AS keys FROM inventory GROUP BY 1) i JOIN ota_job ON ROW(product_key, device_name, firmware_id) = ANY (i.keys) $$, NULL, 13);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE ROW(product_key, device_name, firmware_id) = ANY ((SELECT array_agg(ROW(product_key, device_name, firmware_id)) FROM inventory WHERE random() < 2)::record[]) $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE ROW(product_key, device_name, firmware_id) = ANY ((SELECT array_agg(ROW(product_key, device_name, firmware_id)) FROM inventory TABLESAMPLE bernoulli (50))::record[]) $$);
