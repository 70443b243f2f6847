-- The requests of a join overlap, whatever kind of join it is and however its
-- keys are written.  Each shape runs with lookahead on and off and is compared with
-- the same query upon a local table.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- Kinds of join.
SELECT shape('inner', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('left', $$ SELECT * FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('left with a filter in the join', $$ SELECT * FROM inventory i LEFT JOIN ota_job j
	ON KEY(j, i) AND j.job_status <> 'CANCELED' AND i.site < j.job_type $$);
SELECT shape('left with a condition on the outer side', $$ SELECT * FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'north' $$);
SELECT shape('left where nothing matches', $$ SELECT * FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) WHERE j.job_id IS NULL $$);
SELECT shape('left that is none', $$ SELECT * FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) WHERE j.job_status = 'PLANNED' $$);
SELECT shape('left with a false condition', $$ SELECT * FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND false $$);
SELECT shape('right', $$ SELECT * FROM ota_job j RIGHT JOIN inventory i ON KEY(j, i) AND i.site <> 'north' $$);
SELECT shape('exists', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) $$);
SELECT shape('exists with a filter', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM ota_job j
	WHERE KEY(j, i) AND j.job_status = 'PLANNED') $$);
SELECT shape('in', $$ SELECT * FROM inventory i WHERE device_name IN (SELECT device_name FROM ota_job j
	WHERE j.product_key = 'pk1' AND j.firmware_id = '187') $$);
SELECT shape('row in', $$ SELECT * FROM inventory i
	WHERE (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM ota_job) $$);
SELECT shape('row in, the other way', $$ SELECT * FROM ota_job j
	WHERE (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory) $$);
SELECT shape('not exists', $$ SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) $$);
SELECT shape('not exists with a filter', $$ SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j
	WHERE KEY(j, i) AND j.job_status = i.site) $$);
SELECT shape('cross', $$ SELECT count(*) FROM inventory i, ota_job j WHERE KEY(j, i) $$);
SELECT shape('natural', $$ SELECT * FROM (SELECT id, product_key, device_name, firmware_id FROM inventory) i NATURAL JOIN ota_job $$);
SELECT shape('no rows', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE id > 100 $$);
SELECT shape('one row', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE id = 3 $$);
SELECT shape('where false', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE false $$);
SELECT shape('only null keys', $$ SELECT * FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE id >= 30 $$);

-- Ways to write a key.
SELECT shape('partly constant', $$ SELECT * FROM inventory i JOIN ota_job j ON j.device_name = i.device_name
	WHERE j.product_key = 'pk1' AND j.firmware_id = '187' $$);
SELECT shape('partly constant, left', $$ SELECT * FROM inventory i LEFT JOIN ota_job j ON j.device_name = i.device_name
	AND j.product_key = 'pk1' AND j.firmware_id = '187' $$);
SELECT shape('constant by equality', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	WHERE i.product_key = 'pk1' AND j.firmware_id = '188' $$);
SELECT shape('functions', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = lower(upper(i.product_key))
	AND j.device_name = i.device_name || '' AND j.firmware_id = (i.firmware_id::int + 0)::text $$);
SELECT shape('case', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = CASE WHEN i.id % 2 = 0 THEN 'pk0' ELSE 'pk1' END
	AND j.device_name = coalesce(i.device_name, 'd3:3') AND j.firmware_id = nullif(i.firmware_id, '188') $$);
SELECT shape('from one column', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = split_part(i.x, '/', 1)
	AND j.device_name = split_part(i.x, '/', 2) AND j.firmware_id = split_part(i.x, '/', 3) $$,
	$$ ALTER TABLE inventory ADD x text GENERATED ALWAYS AS (product_key || '/' || device_name || '/' || firmware_id) STORED $$);
SELECT shape('a key twice', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	WHERE j.device_name = 'd' || i.id || ':' || i.id % 5 $$);
SELECT shape('a key twice, in disagreement', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	WHERE j.device_name = i.site || '' $$);
SELECT shape('a list in the join', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key
	AND j.device_name = i.device_name AND j.firmware_id = ANY (ARRAY['187', '188', NULL]) $$);
SELECT shape('a list with an outer column', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key
	AND j.device_name = i.device_name AND j.firmware_id = ANY (ARRAY[i.firmware_id, '187']) $$);
SELECT shape('an array column', $$ SELECT * FROM (SELECT product_key, array_agg(device_name) AS devices FROM inventory GROUP BY 1) i
	JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = ANY (i.devices) AND j.firmware_id = '187' $$);
SELECT shape('alternatives', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key
	AND (j.device_name = i.device_name AND j.firmware_id = '187' OR j.device_name = 'd2:2' AND j.firmware_id = i.firmware_id) $$);
SELECT shape('left with a list', $$ SELECT * FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key
	AND j.device_name = i.device_name AND j.firmware_id IN ('187', '188') AND i.site <> 'north' $$);
