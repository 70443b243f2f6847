-- Below which plan nodes subqueries' rows are read ahead, and where that must not be:
-- rows, what may be done with them, and who sees them are as without lookahead.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- Only where it is evaluated anyway.
SELECT shape('case', $$ SELECT *, CASE WHEN site = 'north' THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT shape('coalesce', $$ SELECT *, coalesce(nullif(site, 'north'), (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT shape('and', $$ SELECT *, site = 'north' AND EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('or', $$ SELECT *, site = 'north' OR EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('strict function of null', $$ SELECT *, CASE WHEN id < 0 THEN (SELECT 1 FROM ota_job j WHERE KEY(j, i)) ELSE 0 END FROM inventory i $$);
SELECT shape('condition inside', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i) AND i.site = 'north') FROM inventory i $$);

-- In statements that write.
CREATE TABLE changed AS TABLE inventory;
SELECT shape('update', 'TABLE changed', $$ UPDATE changed i SET site = (SELECT string_agg(job_id, ' ' ORDER BY job_id) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT shape('update, several columns', 'TABLE changed', $$ UPDATE changed i SET (site, firmware_id) = (SELECT min(job_id), max(job_status) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT shape('delete', 'TABLE changed', $$ DELETE FROM changed i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT shape('insert', 'TABLE changed', $$ INSERT INTO changed SELECT id + 1000, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shape('returning', $$ UPDATE changed i SET site = 'x' RETURNING id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) $$);

-- Every node that may have a subquery.
CREATE INDEX ON inventory (site);
CREATE TABLE parts (LIKE inventory) PARTITION BY LIST (site);
CREATE TABLE parts_north PARTITION OF parts FOR VALUES IN ('north');
CREATE TABLE parts_other PARTITION OF parts DEFAULT;
INSERT INTO parts TABLE inventory;
ANALYZE inventory, parts;
SELECT shape('partitions', $$ SELECT i.ctid, i.tableoid::regclass, *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM parts i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1 $$);
SELECT shape('update of partitions', 'SELECT tableoid::regclass, * FROM parts', $$ UPDATE parts i SET site = CASE site WHEN 'north' THEN 'south' ELSE 'north' END
	WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1 $$);
SELECT shape('for update', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) OFFSET 0) FOR UPDATE $$);
SELECT shape('sample', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i TABLESAMPLE SYSTEM (100) $$);
SELECT shape('function', $$ SELECT g, (SELECT count(*) FROM ota_job j WHERE (product_key, device_name, firmware_id) = ('pk0', 'd' || g || ':' || g % 5, '187')) FROM generate_series(1, 9) g $$);
SELECT shape('cte', $$ WITH i AS MATERIALIZED (SELECT * FROM inventory) SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM i $$);
SELECT shape('in a cte', $$ WITH x AS MATERIALIZED (SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i) SELECT * FROM x JOIN x y USING (id) $$);
SELECT shape('whole row', $$ SELECT i, (SELECT count(*) FROM ota_job j WHERE (j.product_key, j.device_name, j.firmware_id) = ((i).product_key, (i).device_name, (i).firmware_id)) FROM inventory i $$);
SELECT shape('volatile beside it', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), nextval('ids') > 0 FROM inventory i $$, 'CREATE TEMP SEQUENCE ids');
SELECT shape('inner side of a loop', $$ SELECT k.id, x.* FROM (VALUES (1), (2), (3)) k (id), LATERAL (SELECT i.id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i
	WHERE i.id BETWEEN k.id AND k.id + 2 OFFSET 0) x $$);
SELECT shape('inner side of a loop, keys of both', $$ SELECT k.id, x.* FROM inventory k, LATERAL (SELECT i.id, (SELECT count(*) FROM ota_job j WHERE j.product_key = k.product_key
	AND j.device_name = i.device_name AND j.firmware_id = k.firmware_id) FROM inventory i WHERE i.id BETWEEN k.id AND k.id + 2 OFFSET 0) x WHERE k.id < 6 $$);
SELECT shape('in another subquery', $$ SELECT k.id, ARRAY (SELECT (SELECT count(*) FROM ota_job j WHERE j.product_key = k.product_key AND j.device_name = i.device_name AND j.firmware_id = k.firmware_id)
	FROM inventory i WHERE i.id < 4 ORDER BY id) FROM inventory k WHERE k.id < 4 $$);
SELECT shape('outer join', $$ SELECT i.id, k.site, (SELECT count(*) FROM ota_job j WHERE KEY(j, k)) FROM inventory i LEFT JOIN inventory k ON k.id = i.id + 1
	WHERE k.site IS DISTINCT FROM 'west' AND (SELECT count(*) FROM ota_job j WHERE j.product_key = k.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) >= 0 $$);
SET enable_seqscan = off;
SELECT shape('index scan', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i WHERE id BETWEEN 3 AND 9 $$);
SELECT shape('tid scan', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i WHERE ctid IN ('(0,2)', '(0,3)', '(0,5)') $$);
SELECT shape('tid range scan', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i WHERE ctid BETWEEN '(0,2)' AND '(0,6)' $$);
SET enable_indexscan = off;
SELECT shape('bitmap scan', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i WHERE site IN ('north', 'west') $$);
RESET enable_indexscan;

-- The inner side of a merge join goes back to where equal keys began, also if a condition stands between.
CREATE TABLE nine AS SELECT g % 9 AS id FROM generate_series(1, 30) g;
CREATE TABLE many AS SELECT id, product_key, device_name, firmware_id FROM inventory UNION ALL SELECT g, 'pk1', 'd1:1', '187' FROM generate_series(100, 2000) g;
CREATE INDEX ON nine (id);
CREATE INDEX ON many (id);
ANALYZE nine, many;
SET enable_hashjoin = off;
SET enable_nestloop = off;
SET enable_material = off;
SET enable_sort = off;
SET enable_bitmapscan = off;
SELECT shape('merge join', $$ SELECT n.id, i.* FROM nine n LEFT JOIN (SELECT * FROM many i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1) i ON i.id = n.id $$);
SELECT shape('merge join with a condition', $$ SELECT n.id, i.* FROM nine n LEFT JOIN (SELECT * FROM many i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1
	AND now() > '2000-01-01') i ON i.id = n.id $$);
RESET enable_hashjoin;
RESET enable_nestloop;
RESET enable_material;
RESET enable_sort;
RESET enable_bitmapscan;
RESET enable_seqscan;

-- Cursors: one that scrolls reads backward; one that does not can be updated through.
DELETE FROM changed WHERE id > 5;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) FROM changed i;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH PRIOR FROM c;
DECLARE d NO SCROLL CURSOR FOR SELECT id, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) FROM changed i;
FETCH 3 FROM d;
UPDATE changed SET site = 'current' WHERE CURRENT OF d RETURNING id;
ROLLBACK;
