-- Keys come from the other tables of a query wherever PostgreSQL can hand them
-- to the scan, and each is asked for once.  Each result is compared with a local
-- table's.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

-- Joins of every kind.
SELECT same($$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT same($$ SELECT * FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT same($$ SELECT * FROM inventory i LEFT JOIN ota_job j
	ON (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)
	AND i.site = 'north' AND j.job_status <> 'CANCELED' $$);
SELECT same($$ SELECT * FROM ota_job j RIGHT JOIN inventory i ON j.product_key = i.product_key AND i.device_name = j.device_name
	AND j.firmware_id = '187' $$);
SELECT same($$ SELECT i.* FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE j.job_id IS NULL $$);
SELECT same($$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) $$);
SELECT same($$ SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) $$);
SELECT same($$ SELECT * FROM inventory i
	WHERE (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM ota_job) $$);
SELECT same($$ SELECT * FROM ota_job
	WHERE (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory) $$);
SELECT same($$ SELECT * FROM ota_job
	WHERE (product_key, device_name) IN (VALUES ('pk1', 'd:5'), ('pk2', 'pump'), (NULL, 'pump'), ('pk1', 'd:5')) AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM ota_job j JOIN unnest(ARRAY['d:0', 'd:1', NULL, 'd:5']) d ON j.device_name = d
	WHERE product_key = 'pk1' AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM inventory i LEFT JOIN ota_job j ON false $$);
SELECT same($$ SELECT * FROM inventory i FULL JOIN (SELECT * FROM ota_job
	WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187')) j USING (device_name) $$);

-- Subqueries.
SELECT same($$ SELECT i.*, (SELECT count(*) FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) FROM inventory i $$);
SELECT same($$ SELECT i.*, ARRAY(SELECT job_id FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id) ORDER BY 1) FROM inventory i $$);
SELECT same($$ SELECT i.*, EXISTS (SELECT FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) FROM inventory i $$);
SELECT same($$ SELECT * FROM inventory i WHERE 'CANCELED' NOT IN (SELECT job_status FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, '187')) $$);
SELECT same($$ SELECT * FROM inventory i WHERE 'CANCELED' NOT IN (SELECT job_status FROM ota_job
	WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187')) $$);
SELECT same($$ SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id) ORDER BY job_id LIMIT 1) x $$);
SELECT same($$ SELECT * FROM inventory i LEFT JOIN LATERAL (SELECT job_status, count(*) FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id) GROUP BY 1) x ON true $$);
SELECT same($$ SELECT * FROM inventory i LEFT JOIN LATERAL (SELECT i.site AS at, j.* FROM ota_job j
	WHERE j.product_key = 'pk1' AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) x ON true $$);
SELECT same($$ SELECT i.*, CASE WHEN site = 'north' THEN (SELECT count(*) FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) END FROM inventory i $$);
SELECT same($$ SELECT i.*, (SELECT count(*) FROM inventory k WHERE EXISTS (SELECT FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (k.product_key, i.device_name, k.firmware_id))) FROM inventory i $$);

-- Unions, partitions, common table expressions.
SELECT same($$ SELECT * FROM inventory i JOIN (SELECT product_key, device_name, firmware_id, job_id FROM ota_job
	UNION ALL SELECT site, site, site, site FROM inventory) j USING (product_key, device_name, firmware_id) $$);
CREATE TABLE all_ota_job (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE pk1_job PARTITION OF all_ota_job FOR VALUES IN ('pk1') SERVER tuya;
CREATE FOREIGN TABLE other_job PARTITION OF all_ota_job DEFAULT SERVER tuya;
CREATE VIEW all_local_job AS TABLE local_job;
SELECT same($$ SELECT * FROM inventory i LEFT JOIN all_ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT same($$ WITH i AS MATERIALIZED (SELECT * FROM inventory) SELECT * FROM i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT same($$ WITH RECURSIVE r AS (SELECT 1 AS n, 'd:5' AS d UNION ALL SELECT n + 1, j.device_name FROM r JOIN ota_job j
	ON j.device_name = r.d WHERE j.product_key = 'pk1' AND j.firmware_id = '187' AND n < 3) TABLE r $$);

-- Keys from several tables, from none, from equalities that follow from others, by expressions.
SELECT same($$ SELECT * FROM (SELECT DISTINCT product_key FROM inventory) p, (SELECT DISTINCT device_name
	FROM inventory) d, (VALUES ('187'), ('188')) f (firmware_id), ota_job j
	WHERE j.product_key = p.product_key AND j.device_name = d.device_name AND j.firmware_id = f.firmware_id $$);
SELECT same($$ SELECT * FROM inventory a JOIN inventory b USING (product_key, firmware_id) JOIN ota_job j
	ON j.product_key = b.product_key AND j.firmware_id = a.firmware_id AND j.device_name = b.device_name WHERE a.site = 'north' $$);
SELECT same($$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE i.product_key = 'pk1'
	AND i.firmware_id = '187' $$);
SELECT same($$ SELECT * FROM inventory i JOIN ota_job j ON j.device_name = i.device_name WHERE j.product_key = 'pk2' AND j.firmware_id = '188' $$);
SELECT same($$ SELECT * FROM ota_job a JOIN ota_job b USING (product_key, device_name, firmware_id) WHERE product_key = 'pk1'
	AND device_name = 'd:5' AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM inventory i JOIN ota_job a USING (product_key, device_name, firmware_id)
	JOIN ota_job b USING (product_key, device_name, job_status) WHERE b.firmware_id = '188' AND device_name <> 'd:0' $$);
SELECT same($$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = lower(upper(i.product_key))
	AND j.device_name = i.device_name || '' AND j.firmware_id = (i.firmware_id::int)::text $$);
SELECT same($$ SELECT * FROM inventory i, inventory k, ota_job j
	WHERE j.device_name = replace(i.device_name || k.site, k.site, '') AND j.product_key = k.product_key AND j.firmware_id = i.firmware_id $$);

-- The planner's settings change plans, not results.
SET enable_nestloop = off;
SELECT same($$ SELECT * FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT same($$ SELECT * FROM inventory i JOIN inventory k USING (site) JOIN ota_job j ON j.product_key = i.product_key
	AND j.device_name = k.device_name AND j.firmware_id = '187' $$);
RESET enable_nestloop;
SET join_collapse_limit = 1;
SELECT same($$ SELECT * FROM ota_job j JOIN inventory i USING (product_key, device_name, firmware_id) JOIN inventory k USING (site) $$);
RESET join_collapse_limit;
SET geqo_threshold = 2;
SELECT same($$ SELECT * FROM inventory a JOIN inventory b USING (site) JOIN inventory c USING (site) JOIN ota_job j
	ON j.product_key = a.product_key AND j.device_name = b.device_name AND j.firmware_id = c.firmware_id $$);
RESET geqo_threshold;
