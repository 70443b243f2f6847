-- Correlated subqueries in conditions of joins, beside set-returning functions, in other
-- subqueries, over rows from everywhere: requests overlap.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

-- Conditions of joins.
SELECT overlaps('of both sides', $$ SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.site = i.site AND k.id = i.id + 3 AND EXISTS (SELECT FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = k.device_name AND j.firmware_id = '187' OFFSET 0) $$);
SELECT overlaps('of both sides, hash join', $$ SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.id = i.id + 1 AND (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = k.device_name AND j.firmware_id = '187') > 1 $$,
	$$ SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off $$);
SELECT overlaps('of both sides, merge join', $$ SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.site = i.site AND k.id > 38 AND (SELECT count(*) FROM ota_job j WHERE j.product_key = k.product_key AND j.device_name = i.device_name AND j.firmware_id = '187') > 1 $$,
	$$ SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = off $$);
SELECT overlaps('of one side', $$ SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.id = i.id + 1 AND (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1 $$);
SELECT overlaps('equal to the other side, hashed', $$ SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.id = (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) $$,
	$$ SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off $$);
SELECT overlaps('equal to the other side, hash table', $$ SELECT k.id, i.id FROM (SELECT g::bigint AS id FROM generate_series(0, 300) g) k LEFT JOIN inventory i ON k.id = (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) $$,
	$$ SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off $$);
SELECT overlaps('equal to the other side, merged', $$ SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.id = (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) $$,
	$$ SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = off $$);
SELECT overlaps('in IN, hashed', $$ SELECT id FROM inventory i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) IN (SELECT id FROM inventory WHERE id < 3) $$,
	$$ SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off $$);
SELECT serial('of an outer join', $$ SELECT i.id, k.id FROM inventory i LEFT JOIN inventory k ON k.id = i.id + 1 AND (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1 $$);
-- Inner sides of loops, which are run for each outer row.
SELECT overlaps('function of a subquery', $$ SELECT id, x FROM inventory i, LATERAL unnest(ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i))) x $$);
SELECT overlaps('function, left join', $$ SELECT id, x FROM inventory i LEFT JOIN LATERAL unnest(ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i))) x ON true $$);
SELECT overlaps('subquery without a table', $$ SELECT id, x FROM inventory i, LATERAL (SELECT (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) AS x OFFSET 0) v $$);
SELECT overlaps('values', $$ SELECT id, x FROM inventory i, LATERAL (VALUES ((SELECT count(*) FROM ota_job j WHERE KEY(j, i)))) v (x) $$);
-- Beside and in set-returning functions.
SELECT overlaps('beside', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), generate_series(1, 2) FROM inventory i $$);
SELECT overlaps('in its arguments', $$ SELECT id, generate_series(1, (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('unnested', $$ SELECT id, unnest(ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
-- Sources of rows.
SELECT overlaps('index-only scan', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE j.product_key = 'pk' || i.id % 2 AND j.device_name = 'd' || i.id || ':' || i.id % 5 AND j.firmware_id = '187') FROM inventory i WHERE id > 0 $$,
	$$ SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off $$);
SELECT overlaps('xmltable', $$ SELECT d, (SELECT count(*) FROM ota_job j WHERE (product_key, device_name, firmware_id) = ('pk0', d, '188')) FROM XMLTABLE('/r/d' PASSING (SELECT xmlelement(name r, xmlagg(xmlelement(name d, device_name))) FROM inventory) COLUMNS d text PATH '.') x $$);
SELECT overlaps('function', $$ SELECT g, (SELECT count(*) FROM ota_job j WHERE (product_key, device_name, firmware_id) = ('pk0', 'd' || g || ':' || g % 5, '187')) FROM generate_series(1, 40) g $$);
SELECT overlaps('groups without aggregates', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM (SELECT KEYS FROM inventory GROUP BY KEYS ORDER BY KEYS OFFSET 0) i $$);
SELECT overlaps('our own table', $$ SELECT i.id, j.job_id, EXISTS (SELECT FROM ota_job k WHERE k.product_key = j.product_key AND k.device_name = j.device_name AND k.firmware_id = (375 - j.firmware_id::int)::text OFFSET 0) FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE i.id < 12 $$, peak => 4);
-- Subqueries in subqueries, with keys of the outermost row.
SELECT overlaps('in a condition', $$ SELECT id, (SELECT count(*) FROM (VALUES (1), (2)) v (x) WHERE x <= (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('in the output', $$ SELECT id, (SELECT count(*) + (SELECT count(*) FROM ota_job k WHERE k.product_key = i.product_key AND k.device_name = i.device_name AND k.firmware_id = (375 - i.firmware_id::int)::text) FROM inventory j WHERE j.id > i.id) FROM inventory i $$);
SELECT overlaps('in an aggregate', $$ SELECT id, (SELECT max(x) FROM (VALUES ((SELECT count(*) FROM ota_job j WHERE KEY(j, i)))) v (x)) FROM inventory i $$);
SELECT overlaps('as a one-time condition', $$ SELECT id, ARRAY(SELECT k.id FROM inventory k WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 AND k.id < 3 ORDER BY 1) FROM inventory i $$);
SELECT overlaps('as a CTE', $$ SELECT id, (WITH w AS MATERIALIZED (SELECT * FROM ota_job j WHERE KEY(j, i)) SELECT count(*) FROM w) FROM inventory i $$);
SELECT overlaps('with keys of each row', $$ SELECT id, (SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, k))) FROM inventory k WHERE k.id >= i.id) FROM inventory i WHERE id < 3 $$);
SELECT overlaps('with keys of the one row between', $$ SELECT id, (SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, k))) FROM inventory k WHERE k.id = i.id) FROM inventory i $$);
-- Subqueries over joins.
SELECT overlaps('with a list of values', $$ SELECT id, (SELECT count(*) FROM ota_job j JOIN (VALUES ('PLANNED'), ('CANCELED')) s (s) ON s = j.job_status WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('with itself', $$ SELECT id, (SELECT count(*) FROM ota_job j JOIN ota_job k USING (job_id) WHERE KEY(j, i) AND KEY(k, i)) FROM inventory i $$);
SELECT overlaps('with a local table, outer join', $$ SELECT id, (SELECT count(*) FROM ota_job j LEFT JOIN inventory k ON k.site = j.job_status WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('without what another has', $$ SELECT id, (SELECT count(*) FROM (SELECT job_id FROM ota_job j WHERE KEY(j, i) EXCEPT SELECT job_id FROM ota_job k WHERE KEY(k, i) AND job_status = 'PLANNED') x) FROM inventory i $$);
SELECT overlaps('united', $$ SELECT id, (SELECT count(*) FROM (SELECT job_id FROM ota_job j WHERE KEY(j, i) UNION ALL SELECT job_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = (375 - i.firmware_id::int)::text) x) FROM inventory i $$);
