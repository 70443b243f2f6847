-- Whatever stands on the outer side of a join, its rows are read ahead.  Each shape
-- runs with lookahead on and off and is compared with a local table.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- Types of the outer columns.
CREATE EXTENSION citext;
CREATE DOMAIN key_part AS varchar(40) CHECK (VALUE <> '');
CREATE TABLE typed AS SELECT id, product_key::varchar AS v, device_name::char(12) AS c, device_name::citext AS ci,
	device_name::key_part AS d, device_name::name AS n, firmware_id::int AS f FROM inventory WHERE device_name IS NOT NULL;
ANALYZE typed;
SELECT shape('varchar, domain and integer', $$ SELECT * FROM typed i JOIN ota_job j ON j.product_key = i.v AND j.device_name = i.d
	AND j.firmware_id = i.f::text $$);
SELECT shape('char', $$ SELECT * FROM typed i JOIN ota_job j ON j.product_key = i.v AND j.device_name = i.c::text AND j.firmware_id = '187' $$);
SELECT shape('char without a cast', $$ SELECT * FROM typed i LEFT JOIN ota_job j ON j.product_key = i.v AND j.device_name = rtrim(i.c) AND j.firmware_id = '187' $$);
SELECT shape('citext', $$ SELECT * FROM typed i JOIN ota_job j ON j.product_key = i.v AND j.device_name = i.ci::text AND j.firmware_id = '187' $$);
SELECT shape('name', $$ SELECT * FROM typed i JOIN ota_job j ON j.product_key = i.v AND j.device_name = i.n::text AND j.firmware_id = '187' $$);
SELECT shape('another collation', $$ SELECT * FROM typed i JOIN ota_job j ON j.product_key = i.v COLLATE "C"
	AND j.device_name = i.d COLLATE "POSIX" AND j.firmware_id = '187' $$);
-- Those types on the other side.
CREATE FOREIGN TABLE varchar_ota_job (product_key varchar(20), device_name key_part, firmware_id varchar, job_id text) SERVER tuya;
CREATE VIEW varchar_local_job AS SELECT product_key, device_name, firmware_id, job_id FROM local_job;
SELECT shape('columns of other types', $$ SELECT * FROM inventory i JOIN varchar_ota_job j ON KEY(j, i) $$);

-- Where the rows come from.
SELECT shape('join', $$ SELECT * FROM inventory i JOIN inventory k USING (id) JOIN ota_job j ON KEY(j, i) $$);
SELECT shape('left join', $$ SELECT * FROM inventory i LEFT JOIN inventory k ON k.id = i.id + 1 LEFT JOIN ota_job j ON KEY(j, k) $$);
SELECT shape('values', $$ SELECT * FROM (VALUES ('pk1', 'd3:3', '187'), ('pk0', 'd4:4', '187'), ('pk1', 'd3:3', '187'), (NULL, 'd4:4', '187'))
	i (product_key, device_name, firmware_id) JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('function', $$ SELECT * FROM generate_series(0, 9) g JOIN ota_job j ON j.device_name = 'd' || g || ':' || g % 5
	WHERE j.product_key = 'pk0' AND j.firmware_id = '187' $$);
SELECT shape('unnest', $$ SELECT * FROM unnest(ARRAY['d1:1', NULL, 'd2:2', 'd1:1', 'd19:4']) WITH ORDINALITY d (device_name, n) JOIN ota_job j
	USING (device_name) WHERE j.product_key = 'pk0' AND j.firmware_id = '187' $$);
SELECT shape('rows from', $$ SELECT * FROM ROWS FROM (generate_series(0, 9), unnest(ARRAY['pk0', 'pk1'])) g (n, p)
	JOIN ota_job j ON j.product_key = g.p AND j.device_name = 'd' || g.n || ':' || g.n % 5 AND j.firmware_id = '187' $$);
SELECT shape('json_to_recordset', $$ SELECT * FROM json_to_recordset('[{"p": "pk0", "d": "d4:4"}, {"p": "pk1", "d": "d3:3"}, {}]') AS i (p text, d text)
	LEFT JOIN ota_job j ON j.product_key = p AND j.device_name = d AND j.firmware_id = '187' $$);
SELECT shape('materialized cte', $$ WITH i AS MATERIALIZED (SELECT * FROM inventory) SELECT * FROM i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('inlined cte', $$ WITH i AS NOT MATERIALIZED (SELECT * FROM inventory) SELECT * FROM i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('cte that is read twice', $$ WITH i AS (SELECT * FROM inventory WHERE random() >= 0)
	SELECT * FROM i JOIN ota_job j ON KEY(j, i) JOIN i k ON k.id = i.id + 1 $$);
SELECT shape('join in a cte', $$ WITH x AS MATERIALIZED (SELECT j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id))
	SELECT (SELECT count(*) FROM x), * FROM x $$);
SELECT shape('recursive cte', $$ WITH RECURSIVE r AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 9)
	SELECT * FROM r JOIN ota_job j ON j.device_name = 'd' || n || ':' || n % 5 WHERE j.product_key = 'pk1' AND j.firmware_id = '187' $$);
-- a recursive term gets its rows round by round
SELECT shape('recursive term', $$ WITH RECURSIVE r AS (SELECT 1 AS n, 'd4:4' AS d UNION ALL SELECT n + 1, 'd' || n || ':' || n % 5 FROM r JOIN ota_job j
	ON j.device_name = r.d WHERE j.product_key = 'pk0' AND j.firmware_id = '187' AND n < 4) TABLE r $$);
SELECT shape('tablesample', $$ SELECT * FROM inventory i TABLESAMPLE SYSTEM (100) REPEATABLE (1) JOIN ota_job j ON KEY(j, i) $$);
CREATE TABLE parts (LIKE inventory) PARTITION BY LIST (site);
CREATE TABLE parts_north PARTITION OF parts FOR VALUES IN ('north');
CREATE TABLE parts_other PARTITION OF parts DEFAULT;
INSERT INTO parts TABLE inventory;
SELECT shape('partitioned table', $$ SELECT * FROM parts i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SET enable_partitionwise_join = on;
SELECT shape('partitioned table, a part', $$ SELECT * FROM parts i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE site = 'north' $$);
RESET enable_partitionwise_join;
CREATE TABLE child () INHERITS (inventory);
INSERT INTO child VALUES (40, 'child', 'pk0', 'd12:2', '188'), (41, 'child', 'pk0', 'd1:1', '188');
SELECT shape('inheritance', $$ SELECT i.tableoid::regclass, * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
DROP TABLE child;
SELECT shape('union all', $$ SELECT * FROM (SELECT * FROM inventory WHERE id < 5 UNION ALL SELECT * FROM inventory WHERE id > 15) i
	JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('group by', $$ SELECT * FROM (SELECT product_key, device_name, firmware_id, count(*) FROM inventory GROUP BY 1, 2, 3) i
	JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('distinct', $$ SELECT * FROM (SELECT DISTINCT product_key, device_name FROM inventory) i
	JOIN ota_job j USING (product_key, device_name) WHERE j.firmware_id = '187' $$);
SELECT shape('window function', $$ SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY site ORDER BY id) FROM inventory) i
	JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('limited', $$ SELECT * FROM (SELECT * FROM inventory ORDER BY id LIMIT 9) i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('sub-select without columns', $$ SELECT count(*) FROM (SELECT FROM inventory) i, ota_job j
	WHERE (product_key, device_name, firmware_id) = ('pk0', 'd4:4', '187') $$);
CREATE INDEX inventory_devices ON inventory (device_name);
SET enable_seqscan = off;
SELECT shape('index', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE i.device_name LIKE 'd%' ORDER BY i.device_name $$);
SELECT shape('tid scan', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE i.ctid IN ('(0,1)', '(0,4)', '(0,5)') $$);
RESET enable_seqscan;

-- Keys from two relations, and the foreign table more than once.
SELECT shape('keys from two', $$ SELECT * FROM (SELECT DISTINCT product_key FROM inventory) p, (SELECT DISTINCT device_name FROM inventory) d, ota_job j
	WHERE j.product_key = p.product_key AND j.device_name = d.device_name AND j.firmware_id = '187' $$);
SELECT shape('keys from two, joined', $$ SELECT * FROM inventory i JOIN inventory k ON k.id = i.id + 2 JOIN ota_job j
	ON j.product_key = i.product_key AND j.device_name = k.device_name AND j.firmware_id = i.firmware_id $$);
SELECT shape('an expression of two', $$ SELECT * FROM inventory i JOIN inventory k ON k.id = i.id JOIN ota_job j
	ON j.product_key = i.product_key AND j.device_name = replace(i.device_name || k.site, k.site, '') AND j.firmware_id = k.firmware_id $$);
SELECT shape('twice', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) JOIN ota_job k ON KEY(k, i) WHERE k.job_id <> j.job_id $$);
SELECT shape('twice, other keys', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) LEFT JOIN ota_job k
	ON k.product_key = i.product_key AND k.device_name = i.device_name AND k.firmware_id = '187' $$);
SELECT shape('chained', $$ SELECT * FROM inventory i JOIN ota_job a ON KEY(a, i) JOIN ota_job b
	ON b.product_key = a.product_key AND b.device_name = a.device_name AND b.firmware_id = CASE a.job_status WHEN 'PLANNED' THEN '187' ELSE '188' END $$);
SELECT shape('chained from a list', $$ SELECT * FROM ota_job a JOIN ota_job b
	ON b.product_key = 'pk1' AND b.device_name = a.device_name AND b.firmware_id = a.firmware_id
	WHERE a.product_key = 'pk0' AND a.device_name IN ('d4:4', 'd3:3', 'd1:1', 'd0:0', NULL) AND a.firmware_id = '187' $$);

-- Runs of rows with the same key, longer and shorter than a window, with nulls between.
CREATE VIEW run AS SELECT i.*, g FROM inventory i, LATERAL generate_series(1, 3 + i.id * 4) g ORDER BY i.device_name, i.id, g;
SELECT shape('runs', $$ SELECT * FROM run i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('runs, left', $$ SELECT * FROM run i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('runs, not exists', $$ SELECT * FROM run i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = 'PLANNED') $$);
SELECT shape('runs, a list', $$ SELECT * FROM run i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id IN (i.firmware_id, '188') $$);
SELECT shape('runs, a condition', $$ SELECT * FROM run i LEFT JOIN LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i) AND i.g % 2 = 0 OFFSET 0) x ON true $$);
SELECT shape('runs, lateral', $$ SELECT * FROM run i, LATERAL (SELECT max(job_id || i.g) FROM ota_job j WHERE KEY(j, i)) x $$);
SELECT shape('runs, subquery', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM (SELECT * FROM run OFFSET 0) i $$);
SELECT shape('runs, scanned again', $$ SELECT k.id, x.* FROM (VALUES (1), (2)) k (id), LATERAL (SELECT i.id, job_id FROM run i LEFT JOIN ota_job j ON j.product_key = i.product_key
	AND j.device_name = i.device_name AND j.firmware_id = (186 + k.id)::text OFFSET 0) x $$);
