-- What stands above a join, and other ways to plan it: the requests overlap all the
-- same.  Each shape runs with lookahead on and off and is compared with a local table.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- Above the join.
SELECT shape('aggregate', $$ SELECT count(*), sum(length(job_id)), max(id) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('group by', $$ SELECT site, job_status, count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) GROUP BY 1, 2 $$);
SELECT shape('grouping sets', $$ SELECT site, job_status, count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	GROUP BY GROUPING SETS (1, 2, ()) HAVING count(*) > 1 $$);
SELECT shape('window function', $$ SELECT id, job_id, rank() OVER (PARTITION BY site ORDER BY job_id, id)
	FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('distinct on', $$ SELECT DISTINCT ON (site) site, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	ORDER BY site, job_id $$);
SELECT shape('union all', $$ SELECT id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE id < 9 UNION ALL
	SELECT id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE id > 9 $$);
SELECT shape('except', $$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) EXCEPT
	SELECT i.id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE site = 'north' $$);
SELECT shape('order by', $$ SELECT row_number() OVER (), x.* FROM (SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	ORDER BY job_id, id) x $$);
SELECT shape('set-returning function', $$ SELECT id, generate_series(1, id % 3), job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('volatile output', $$ SELECT id, job_id, random() < 2 FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('system columns', $$ SELECT i.ctid, i.tableoid::regclass, j.tableoid <> 0, i.xmin::text <> '0', id FROM inventory i
	JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('whole rows', $$ SELECT i, j, (j).job_id FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('no columns', $$ SELECT FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
-- PostgreSQL passes keys by a join to the inner side of another, itself a join.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT shape('an inner side that is a join', $$ SELECT * FROM inventory i LEFT JOIN (ota_job j JOIN (VALUES ('PLANNED', 1), ('CANCELED', 2)) s (s, n)
	ON s = j.job_status) ON KEY(j, i) $$);
SELECT shape('an inner side of two scans', $$ SELECT * FROM inventory i LEFT JOIN (ota_job j JOIN ota_job k ON KEY(k, j)) ON KEY(j, i) $$);
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT shape('hash join above', $$ SELECT * FROM (SELECT i.id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) OFFSET 0) x JOIN inventory k USING (id) $$);
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT shape('merge join above', $$ SELECT * FROM (SELECT i.id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) OFFSET 0) x JOIN inventory k USING (id) $$);
RESET enable_hashjoin;
SELECT shape('no nested loops wanted', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
RESET enable_nestloop;
SELECT shape('full join above', $$ SELECT * FROM (SELECT i.id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i)) x FULL JOIN inventory k USING (id) $$);
SET enable_hashjoin = off;
SELECT shape('merge full join of two joins', $$ SELECT * FROM (SELECT i.id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i)) x
	FULL JOIN (SELECT i.id, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE i.site = 'north') y USING (id, job_id) $$);
RESET enable_hashjoin;
CREATE SERVER tuya2 FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca', concurrency '3');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya2 OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE FOREIGN TABLE second_ota_job (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya2;
CREATE VIEW second_local_job AS SELECT product_key, device_name, firmware_id, job_id FROM local_job;
CREATE VIEW both_ota_job AS SELECT product_key, device_name, firmware_id, job_id FROM ota_job UNION ALL TABLE second_ota_job;
CREATE VIEW both_local_job AS SELECT product_key, device_name, firmware_id, job_id FROM local_job UNION ALL TABLE second_local_job;
SELECT shape('a view of two servers', $$ SELECT * FROM inventory i JOIN both_ota_job j ON KEY(j, i) $$);
SELECT shape('two servers', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) LEFT JOIN second_ota_job k ON KEY(k, i) $$);
-- Other ways to plan.
SET join_collapse_limit = 1;
SELECT shape('join_collapse_limit', $$ SELECT * FROM inventory i JOIN inventory k USING (id) JOIN ota_job j ON KEY(j, i) $$);
SET from_collapse_limit = 1;
SELECT shape('from_collapse_limit', $$ SELECT * FROM (SELECT i.* FROM inventory i JOIN inventory k USING (id)) x JOIN (SELECT * FROM ota_job) j ON KEY(j, x) $$);
RESET join_collapse_limit;
RESET from_collapse_limit;
SELECT shape('13 relations', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) JOIN inventory a ON a.id = i.id JOIN inventory b ON b.id = a.id
	JOIN inventory c ON c.id = i.id JOIN inventory d ON d.id = c.id JOIN inventory e ON e.id = i.id JOIN inventory f ON f.id = e.id
	JOIN inventory g ON g.id = i.id JOIN inventory h ON h.id = g.id JOIN inventory k ON k.id = i.id JOIN inventory l ON l.id = k.id
	JOIN ota_job m ON KEY(m, l) $$);
SET geqo_threshold = 2;
SELECT shape('genetic', $$ SELECT * FROM inventory i JOIN inventory k USING (id) JOIN ota_job j ON KEY(j, i) LEFT JOIN ota_job m ON KEY(m, k) $$);
RESET geqo_threshold;
SET enable_memoize = off;
SELECT shape('no memoize', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) $$);
RESET enable_memoize;
-- Workers read the outer rows; the join is the leader's.
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
\set joined 'CREATE TEMP TABLE made AS SELECT i.*, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)'
SELECT string_agg(substring(l from 'Lookahead|Gather'), ', ') FROM explain_lines(:'joined', 'Scan .Lookahead|Gather', 'COSTS OFF') l;
SELECT shape('parallel below', 'TABLE made', :'joined');
SELECT shape('parallel, aggregated', 'TABLE made', $$ CREATE TEMP TABLE made AS SELECT site, count(job_id) FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) GROUP BY 1 $$);
SELECT shape('parallel, a subquery', 'TABLE made', $$ CREATE TEMP TABLE made AS SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
-- Compiled expressions, where the server has LLVM.
SET jit = on;
SET jit_above_cost = 0;
SET jit_inline_above_cost = 0;
SET jit_optimize_above_cost = 0;
SELECT shape('compiled', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND job_status <> i.site $$);
SELECT shape('compiled, a subquery', $$ SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
RESET jit;
