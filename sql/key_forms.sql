-- Where a query's conditions imply which values a key may have, for each outer
-- row, these are asked for, however the conditions are written.  Each result is
-- compared with a local table's; the requests are as many as there are keys.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
\set ECHO all

-- Equalities between own columns: the table's, a view's, in ON; one outer column for several keys.
SELECT form($$ SELECT * FROM inventory i, ota_job j WHERE j.package_product_key = j.product_key AND KEY(j, i) $$);
SELECT form($$ SELECT * FROM inventory i, ota_job j WHERE KEY(j, i) AND j.package_product_key = j.product_key $$);
CREATE VIEW own_ota_job AS SELECT * FROM ota_job WHERE package_product_key = product_key AND package_firmware_id = firmware_id;
CREATE VIEW own_local_job AS SELECT * FROM local_job WHERE package_product_key = product_key AND package_firmware_id = firmware_id;
SELECT form($$ SELECT * FROM own_ota_job j JOIN inventory i USING (product_key, device_name, firmware_id) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND j.package_product_key = j.product_key $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON j.package_product_key = i.product_key
	AND j.package_product_key = j.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.firmware_id = i.product_key
	AND j.device_name = i.device_name $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.firmware_id = j.product_key
	AND j.device_name = i.device_name $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON i.firmware_id IN (j.product_key) AND j.device_name = j.product_key
	AND j.firmware_id = j.device_name $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND j.firmware_id = 'f' || j.product_key $$);

-- A key in two equivalence classes.
SELECT form($$ SELECT i.id, job_id FROM inventory i, inventory o, ota_job j WHERE KEY(j, i) AND j.device_name COLLATE "C" = o.device_name COLLATE "C" $$);
SELECT form($$ SELECT i.id, job_id FROM ota_job j, inventory o, inventory i WHERE j.device_name COLLATE "C" = o.device_name COLLATE "C"
	AND j.firmware_id COLLATE "C" = o.firmware_id COLLATE "C" AND j.product_key = o.product_key AND j.device_name = i.device_name $$);

-- Keys from several tables that no condition joins.
SELECT form($$ SELECT * FROM inventory i, fws f WHERE EXISTS (SELECT FROM ota_job j WHERE PD(j, i) AND j.firmware_id = f.fw) $$);
SELECT form($$ SELECT * FROM inventory i, fws f WHERE NOT EXISTS (SELECT FROM ota_job j WHERE PD(j, i) AND j.firmware_id = f.fw) $$);
SELECT form($$ SELECT * FROM inventory i, fws f WHERE (i.product_key, i.device_name, f.fw) IN (SELECT product_key, device_name, firmware_id FROM ota_job) $$);
SELECT form($$ SELECT i.id, f.fw, p.pk FROM inventory i, fws f, pks p WHERE EXISTS (SELECT FROM ota_job j WHERE j.product_key = p.pk
	AND j.device_name = i.device_name AND j.firmware_id = f.fw) $$);
SELECT form($$ SELECT i.id, f.fw FROM inventory i, fws f WHERE EXISTS (SELECT FROM ota_job j, pks p WHERE j.product_key = p.pk
	AND j.device_name = i.device_name AND j.firmware_id = f.fw) $$);
SELECT form($$ SELECT * FROM fws f WHERE f.fw IN (SELECT j.firmware_id FROM ota_job j JOIN inventory i USING (product_key, device_name, firmware_id)
	WHERE i.id < 3) $$);
SELECT form($$ SELECT i.id, f.fw, job_id FROM inventory i CROSS JOIN fws f LEFT JOIN ota_job j ON PD(j, i) AND j.firmware_id = f.fw $$);
SELECT form($$ SELECT i.id, f.fw, job_id FROM inventory i LEFT JOIN (ota_job j JOIN fws f ON j.firmware_id = f.fw) ON PD(j, i) $$);

-- Grouping sets over a view or a CTE.
SELECT form($$ SELECT product_key, job_status, count(*) FROM (SELECT * FROM ota_job) v
	WHERE product_key = 'pk0' AND device_name = 'd0:0' AND firmware_id = '187' GROUP BY ROLLUP (1, 2) $$);
SELECT form($$ WITH j AS (SELECT * FROM ota_job) SELECT j.product_key, j.device_name, job_status, count(*)
	FROM inventory i JOIN j ON KEY(j, i) GROUP BY CUBE (1, 2, 3) $$);
SELECT form($$ WITH j AS (SELECT * FROM ota_job) SELECT j.product_key, j.device_name, count(*)
	FROM inventory i LEFT JOIN j ON KEY(j, i) GROUP BY GROUPING SETS ((1), (2), ()) $$);
SELECT form($$ SELECT device_name, count(*) FROM (SELECT * FROM ota_job) v WHERE product_key = 'pk1' AND device_name IN ('d1:1', 'd3:0')
	AND firmware_id = ANY ('{187,188}') GROUP BY GROUPING SETS (1, ()) $$);

-- Columns that a join merges, and that an outer join makes NULL.
SELECT form($$ SELECT product_key, job_id FROM (inventory a FULL JOIN (SELECT * FROM inventory WHERE id > 3) b
	USING (product_key, device_name, firmware_id)) LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT form($$ SELECT a.id, job_id FROM inventory a LEFT JOIN inventory b ON a.id = b.id + 1 JOIN ota_job j ON KEY(j, b) $$);
SELECT form($$ SELECT a.id, job_id FROM inventory a LEFT JOIN inventory b ON a.id = b.id + 1 LEFT JOIN ota_job j ON j.product_key = b.product_key
	AND j.device_name = a.device_name AND j.firmware_id = b.firmware_id $$);

-- Nested loops switched off, where one partition of two is left.
CREATE TABLE parted (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE parted_ota_job PARTITION OF parted FOR VALUES IN ('pk0') SERVER tuya;
CREATE FOREIGN TABLE parted_other PARTITION OF parted FOR VALUES IN ('pk1') SERVER tuya;
CREATE VIEW both_ota_job AS TABLE parted;
CREATE VIEW both_local_job AS TABLE local_job;
SET enable_nestloop = off;
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN both_ota_job j ON j.product_key = 'pk0' AND KEY(j, i) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN both_ota_job j ON KEY(j, i) AND i.id < 20 $$);
RESET enable_nestloop;

-- A list of keys is not asked for where a join says which of them are needed.
SELECT form($$ SELECT i.id, job_id FROM (SELECT * FROM inventory WHERE id = 3) i JOIN ota_job j ON KEY(j, i)
	AND j.device_name IN ('d3:0', 'a', 'b', 'c', 'd', 'e', 'f') $$);

-- Expressions of an outer column and another key, where the table has partitions.
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN both_ota_job j ON i.id < 20 AND PD(j, i) AND j.firmware_id = left(i.other_id, 0) || 'f' || j.product_key $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i LEFT JOIN both_ota_job j ON i.id < 20 AND PD(j, i) AND j.firmware_id = left(i.other_id, 0) || 'f' || j.product_key $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN both_ota_job j ON i.id < 20 AND PD(j, i) AND CASE WHEN j.product_key = 'pk0' THEN i.firmware_id ELSE '187' END = j.firmware_id $$);
SELECT form($$ SELECT i.id, fw, job_id FROM inventory i JOIN both_ota_job j ON i.id < 20 AND j.product_key = i.product_key JOIN fws ON j.firmware_id = fw
	AND j.device_name = left(fw, 0) || CASE WHEN j.product_key = 'pk0' THEN 'd2:2' ELSE i.device_name END $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN (SELECT * FROM ota_job UNION ALL SELECT * FROM ota_job) j ON i.id < 20 AND PD(j, i)
	AND j.firmware_id = left(i.other_id, 0) || 'f' || j.product_key $$);
