-- A condition of a join on the outer row alone: where it is false the other side is
-- neither announced nor asked for.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

SELECT shape('left', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'north' $$);
SELECT shape('right', $$ SELECT i.*, job_id FROM ota_job j RIGHT JOIN inventory i ON KEY(j, i) AND i.site = 'north' $$);
SELECT shape('not exists', $$ SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND i.site = 'north') $$);
SELECT shape('anti', $$ SELECT i.* FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'north' WHERE j.job_id IS NULL $$);
SELECT shape('exists', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND i.site = 'north') $$);
SELECT shape('with another', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'north' AND job_status <> 'PLANNED' AND lower(i.product_key) = 'pk0' $$);
SELECT shape('or', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND (i.site = 'north' OR i.id < 5) $$);
SELECT shape('null', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND nullif(i.site, 'south') = 'north' $$);
SELECT shape('never', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'nowhere' $$);
SELECT shape('keys of other columns', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = 'pk0' AND j.device_name = i.device_name AND j.firmware_id = '187' AND i.id > 15 $$);
SELECT shape('list', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = ANY (ARRAY[i.device_name, 'd4:4']) AND j.firmware_id = '187' AND i.site = 'west' $$);
SELECT shape('more than a scan', $$ SELECT i.*, x.* FROM inventory i LEFT JOIN (SELECT j.*, s FROM ota_job j, (VALUES ('PLANNED'), ('CANCELED')) v (s) WHERE job_status = s) x ON KEY(x, i) AND i.site = 'north' $$);
SELECT shape('lateral', $$ SELECT i.*, x.* FROM inventory i LEFT JOIN LATERAL (SELECT count(*), max(job_id) FROM ota_job j WHERE KEY(j, i)) x ON i.site = 'north' $$);
SELECT shape('lateral count', $$ SELECT i.*, x.* FROM inventory i LEFT JOIN LATERAL (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) x ON i.site = 'north' $$);
SELECT shape('two joins', $$ SELECT i.id, j.job_id, k.job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'north' LEFT JOIN ota_job k ON KEY(k, i) AND i.site = 'west' AND k.job_status <> 'PLANNED' $$);
SELECT shape('the second on the first', $$ SELECT i.id, j.job_id, k.job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'north' LEFT JOIN ota_job k ON KEY(k, j) AND i.id > 5 AND j.job_status = 'PLANNED' $$);
SELECT shape('nested', $$ SELECT i.id, x.* FROM inventory i LEFT JOIN (inventory k LEFT JOIN ota_job j ON KEY(j, k) AND k.site = 'west') x (id) ON x.id = i.id AND i.site = 'west' $$);
SELECT shape('left of nullable rows', $$ SELECT s, i.id, job_id FROM (VALUES ('north'), ('east')) v (s) LEFT JOIN inventory i ON i.site = s LEFT JOIN ota_job j ON KEY(j, i) AND i.id > 8 AND s < 'x' $$);
-- Conditions of other types, and points in time that are the same for each row.
CREATE TABLE dated AS SELECT *, timestamptz '2024-01-01' + id * interval '1 day' AS added FROM inventory;
ANALYZE dated;
SELECT shape(condition, format($$ SELECT i.*, job_id FROM dated i LEFT JOIN ota_job j ON KEY(j, i) AND %s $$, condition))
FROM unnest(ARRAY['i.added > now() - interval ''30 days''', 'i.added > date_trunc(''month'', now())', 'i.added >= date ''2024-01-15''', 'i.added::date = ''2024-01-04''',
	'i.added > current_date - 7', 'mod(i.id, 5) = 0', 'i.site = current_user', 'i.added - i.id * interval ''1 year'' > ''2020-01-01''']) condition;

-- Two outer tables: one gives the keys, a condition with the other's columns rules some out.
CREATE TABLE choice AS SELECT id, CASE WHEN id % 4 = 0 THEN product_key ELSE 'pkx' END AS pk, 'd5' AS least FROM inventory;
ANALYZE choice;
SELECT shape('equality', $$ SELECT i.id, job_id FROM inventory i LEFT JOIN choice c ON c.id = i.id LEFT JOIN ota_job j ON KEY(j, i) AND j.product_key = c.pk $$);
SELECT shape('constant', $$ SELECT i.id, job_id FROM inventory i LEFT JOIN choice c ON c.id = i.id LEFT JOIN ota_job j ON KEY(j, i) AND j.product_key = 'pk0' AND j.product_key = c.pk $$);
SELECT shape('greater', $$ SELECT i.id, job_id FROM inventory i LEFT JOIN choice c ON c.id = i.id LEFT JOIN ota_job j ON KEY(j, i) AND j.device_name > c.least $$);
SELECT shape('two', $$ SELECT i.id, job_id FROM inventory i LEFT JOIN choice c ON c.id = i.id LEFT JOIN choice e ON e.id = i.id LEFT JOIN ota_job j ON KEY(j, i) AND j.device_name > c.least AND j.product_key || j.device_name > e.pk $$);
SELECT shape('inner', $$ SELECT i.id, job_id FROM inventory i JOIN choice c ON c.id = i.id JOIN ota_job j ON KEY(j, i) AND j.device_name > c.least $$);
SELECT shape('exists', $$ SELECT i.id FROM inventory i JOIN choice c ON c.id = i.id WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND j.device_name > c.least) $$);
SELECT shape('not exists', $$ SELECT i.id FROM inventory i JOIN choice c ON c.id = i.id WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND j.device_name > c.least) $$);
-- The other table is joined with nothing else: it costs rows, but no requests.
CREATE TABLE few AS SELECT unnest('{188,189,190,191,192}'::text[]) AS fw;
ANALYZE few;
SET enable_hashjoin = off;
SELECT shape('unjoined', $$ SELECT i.id, fw, job_id FROM inventory i, few, ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND coalesce(j.firmware_id, '') = '187' AND j.firmware_id = fw $$);
SELECT shape('unjoined, one passes', $$ SELECT i.id, fw, job_id FROM few, inventory i, ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND coalesce(j.firmware_id, '') = '187' AND j.firmware_id < fw AND fw > '191' $$);
SELECT shape('unjoined, none passes', $$ SELECT i.id, fw, job_id FROM few, inventory i, ota_job j WHERE KEY(j, i) AND j.firmware_id > fw $$);
RESET enable_hashjoin;

-- The same key with rows that pass and rows that do not, in all orders: with Memoize, without.
CREATE TABLE mixed AS SELECT i.id * 100 + g AS id, (ARRAY['north', 'south'])[1 + g % 2] AS site, product_key, device_name, firmware_id FROM inventory i, generate_series(1, 6) g ORDER BY g, i.id DESC;
ANALYZE mixed;
SELECT shape('mixed', $$ SELECT i.*, job_id FROM mixed i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'south' $$);
SELECT shape('mixed, anti', $$ SELECT i.* FROM mixed i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND i.site = 'south') $$);
SET enable_memoize = off;
SELECT shape('mixed', $$ SELECT i.*, job_id FROM mixed i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'south' $$);
RESET enable_memoize;
-- Partitions, prepared statements, what else executes plans.
CREATE TABLE part (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE part0 PARTITION OF part FOR VALUES IN ('pk0') SERVER tuya;
CREATE FOREIGN TABLE part1 PARTITION OF part FOR VALUES IN ('pk1') SERVER tuya OPTIONS (page_size '50');
SELECT shape('partitions', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'north' $$),
	shape('partitions', replace($$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'north' $$, 'ota_job', 'part'));
PREPARE of_site (text) AS SELECT count(*), count(job_id) FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id AND i.site = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE of_site('north');
SELECT asked();
EXECUTE of_site('nowhere');
SELECT asked();
RESET plan_cache_mode;
CREATE FUNCTION jobs_of(text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(job_id) FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id AND i.site = $1);
END $$;
SELECT jobs_of('west'), jobs_of('double');
SELECT asked();
-- EXPLAIN shows it.
SELECT explain_lines('SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id)', 'Filter', 'COSTS OFF');
SELECT explain_lines($$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id AND i.site = 'north' $$, 'One-Time|Join Filter', 'COSTS OFF');
