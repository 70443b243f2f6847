-- Conditions that say "no rows" before anything is asked for: those without a column of
-- ota_job, and those on its key columns alone. What they rule out is neither asked for
-- nor announced, and nothing else changes.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- 20 devices are in the inventory, d0 to d19, with 0 to 4 jobs each.
SELECT shape('on the outer column', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE i.device_name > 'd5' $$);
SELECT shape('greater', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE j.device_name > 'd5' $$);
SELECT shape('other', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name <> 'd5:0' AND j.product_key <> 'pk1' $$);
SELECT shape('like', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name LIKE 'd1_:%' $$);
SELECT shape('ilike', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name NOT ILIKE 'D1%' $$);
SELECT shape('regular expression', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name ~ '^d[37]:' $$);
SELECT shape('lower', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE lower(j.device_name) = lower('D17:2') $$);
SELECT shape('between', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.firmware_id BETWEEN '188' AND '189' AND length(j.device_name) = 5 $$);
SELECT shape('not in', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name NOT IN ('d1:1', 'd2:2') AND j.firmware_id = ANY ('{187,189}') $$);
SELECT shape('or', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name = 'd3:3' OR left(j.device_name, 2) = 'd8' OR j.product_key IS NULL $$);
SELECT shape('or with another column', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name = 'd3:3' OR job_status = 'PLANNED' $$);
SELECT shape('case', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE CASE WHEN j.product_key = 'pk0' THEN j.device_name < 'd2' ELSE j.device_name > 'd7' END $$);
SELECT shape('own columns', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name || j.firmware_id > 'd5' || j.firmware_id $$);
SELECT shape('outer columns', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name > 'd' || i.firmware_id OR j.device_name = i.site $$);
SELECT shape('a subquery''s value', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name > (SELECT max(device_name) FROM inventory WHERE device_name < 'd5') $$);
-- A key that has two values is asked by that which cannot be tested before; by a subquery's only if that is what its own column equals.
SELECT shape('twice, a subquery''s value', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name || '' = i.device_name AND j.firmware_id = i.firmware_id WHERE j.device_name = (SELECT min(o.device_name) FROM inventory o WHERE o.site = i.site) $$);
SELECT shape('twice, by what is not tested', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) AND convert_to(j.device_name, 'UTF8') = convert_to('d3:3', 'UTF8') $$);
SELECT shape('twice, in the row', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND to_jsonb(j) ->> 'device_name' = 'd3:3' AND j.device_name = 'd2:2' AND j.firmware_id = i.firmware_id $$);
SELECT shape('nothing is left', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name < 'a' $$);

-- Whatever the scan is part of.
SELECT shape('left', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND j.device_name > 'd5' $$);
SELECT shape('exists', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND j.device_name > 'd5') $$);
SELECT shape('not exists', $$ SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND j.device_name > 'd5') $$);
SELECT shape('in the target list', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i) AND j.device_name > 'd5') FROM inventory i $$);
SELECT shape('in WHERE', $$ SELECT * FROM inventory i WHERE (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i) AND j.device_name > 'd5') IS NOT NULL $$);
SELECT shape('of a join', $$ SELECT a.id, b.id, (SELECT count(job_id) FROM ota_job j WHERE KEY(j, a) AND j.device_name > b.device_name) FROM inventory a JOIN inventory b ON b.id = a.id + 10 $$);
SELECT shape('lateral', $$ SELECT i.*, x.* FROM inventory i, LATERAL (SELECT count(*), max(job_id) FROM ota_job j WHERE KEY(j, i) AND j.device_name > 'd5' AND i.site < 's') x $$);
SELECT shape('list', $$ SELECT * FROM ota_job WHERE product_key IN ('pk0', 'pk1') AND device_name IN ('d2:2', 'd3:3', 'd4:4') AND firmware_id = '187' AND device_name > 'd' || right(product_key, 1) || ':' AND device_name <> 'd3:3' $$);
SELECT shape('list of a row', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = ANY (ARRAY[i.device_name, 'd4:4']) AND j.firmware_id = i.firmware_id WHERE j.device_name LIKE '%4' $$);
SELECT shape('rescanned', $$ SELECT * FROM unnest('{d5,d8,a}'::text[]) least, LATERAL (SELECT i.*, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name > least OFFSET 0) x $$);
SELECT shape('inner join inside', $$ SELECT f, i.id, job_id FROM inventory i, unnest('{187,188}'::text[]) f, ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = f AND j.firmware_id = i.firmware_id AND j.device_name > f || 'd' $$);
PREPARE by_name (text) AS SELECT count(*), max(job_id) > '' FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE j.device_name > $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_name('d5');
SELECT asked();
EXECUTE by_name('e');
SELECT asked();
RESET plan_cache_mode;
-- A key that may not be sent is no error where it cannot have rows.
SELECT shape('no empty key', $$ SELECT * FROM (SELECT product_key, nullif(device_name, 'd1:1') AS device_name, firmware_id FROM inventory UNION ALL VALUES ('pk1', '', '187')) i JOIN ota_job j ON KEY(j, i) WHERE j.device_name <> '' $$);

-- One table for each account, and rows that say which: the other is not asked.
CREATE FOREIGN TABLE f0 (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
CREATE FOREIGN TABLE f1 (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya OPTIONS (page_size '50');
CREATE VIEW regional AS SELECT 'north' AS site, * FROM f0 UNION ALL SELECT 'south', * FROM f1;
CREATE VIEW regional_local AS SELECT site, product_key, device_name, firmware_id, job_id FROM local_job, (VALUES ('north'), ('south')) s (site);
CREATE FUNCTION same_regional(name text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	want text[] := rows_of(spelled(replace(query, 'regional', 'regional_local')));
	got text[];
BEGIN
	PERFORM sim('clear');
	got := rows_of(spelled(query));
	RETURN format('%s: %s rows, requests: %s', name, cardinality(want), asked() || difference(got, want));
END $$;
SELECT same_regional('inner', 'SELECT i.id, r.* FROM inventory i JOIN regional r ON KEY(r, i) AND r.site = i.site');
SELECT same_regional('left', 'SELECT i.id, r.* FROM inventory i LEFT JOIN regional r ON KEY(r, i) AND r.site = i.site');
SELECT same_regional('exists', 'SELECT * FROM inventory i WHERE EXISTS (SELECT FROM regional r WHERE KEY(r, i) AND r.site = i.site)');
SELECT same_regional('in the target list', 'SELECT *, (SELECT count(*) FROM regional r WHERE KEY(r, i) AND r.site = i.site) FROM inventory i');
SELECT same_regional('constant', 'SELECT i.id, r.* FROM inventory i JOIN regional r ON KEY(r, i) WHERE r.site = ''south''');
SELECT same_regional('both', 'SELECT i.id, r.* FROM inventory i JOIN regional r ON KEY(r, i) WHERE r.site <= i.site');
SET tuya_fdw.enable_lookahead = off;
SELECT same_regional('without lookahead', 'SELECT i.id, r.* FROM inventory i JOIN regional r ON KEY(r, i) AND r.site = i.site');
RESET tuya_fdw.enable_lookahead;
-- Rows say it by values of other types, whose comparisons throw for no value either.
CREATE TYPE side AS ENUM ('near', 'far');
CREATE TABLE typed AS SELECT *, (ARRAY['near', 'far'])[1 + id % 2]::side AS e, (id % 2)::numeric AS n, id % 2 AS k, id % 2 = 0 AS b,
	date '2024-01-01' + id % 2 AS d, timestamp '2024-01-01' + id % 2 * interval '1 day' AS t FROM inventory;
ANALYZE typed;
CREATE VIEW typed_job AS SELECT 'near'::side AS e, 0.0 AS n, true AS b, timestamp '2024-01-01' AS t, f0.* FROM f0
	UNION ALL SELECT 'far', 9.0, false, '2030-01-01', f1.* FROM f1;
CREATE FUNCTION asked_typed(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM sim('clear');
	EXECUTE spelled('SELECT count(*) FROM typed i JOIN typed_job r ON KEY(r, i) WHERE ' || condition) INTO result;
	RETURN format('%s rows, requests: %s <- %s', result, asked(), condition);
END $$;
SELECT asked_typed(condition) FROM unnest(ARRAY['r.e = i.e', 'r.e < i.e', 'r.n = i.n', 'r.n = i.k', 'r.n <= i.n', 'r.b = i.b', 'r.t = i.t', 'r.t = i.d',
	'r.t::date = i.d', 'r.t > i.t + interval ''1 year''']) condition;

-- What is left to its turn: what might throw (for d0, d5, ... there is no job, and so no
-- division), volatile functions, and subqueries.
SELECT shape('might throw', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE 4 / right(j.device_name, 1)::int > 1 $$);
SELECT shape('might throw for the outer row', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND 4 / right(i.device_name, 1)::int > 1 $$);
SELECT shape('volatile', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name > random()::text $$);
SELECT shape('subquery', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name NOT IN (SELECT device_name FROM inventory WHERE site = 'north' AND id < 30) $$);
-- A function that shows what it is called with sees what it saw: no row that the view hides.
CREATE FUNCTION seen(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$ BEGIN RAISE NOTICE 'seen: %', $1; RETURN true; END $$;
CREATE VIEW hidden WITH (security_barrier) AS SELECT * FROM ota_job WHERE job_status = 'NONE';
SELECT * FROM hidden WHERE product_key = 'pk1' AND device_name = 'd11:1' AND firmware_id = '188' AND seen(device_name) AND seen('d' || right(device_name, 1));
SELECT asked();
CREATE VIEW shown WITH (security_barrier) AS SELECT * FROM ota_job WHERE job_status <> 'NONE';
SELECT job_id > '' FROM shown WHERE product_key = 'pk1' AND device_name = 'd11:1' AND firmware_id = '188' AND seen(device_name);
SELECT asked();
SELECT job_id > '' FROM shown WHERE product_key = 'pk1' AND device_name = 'd11:1' AND firmware_id = '188' AND seen(device_name) AND device_name > 'd2';
SELECT asked();
