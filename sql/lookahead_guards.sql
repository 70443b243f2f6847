-- Keys are evaluated ahead only where their values exist, and what is read ahead
-- changes nothing: neither rows, nor errors, nor who sees what.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- Parameters that come from elsewhere than the outer row.
SELECT shape('initplan', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = (SELECT min(product_key) FROM inventory)
	AND j.device_name = i.device_name AND j.firmware_id = '187' $$);
SELECT shape('correlated initplan', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j
	WHERE j.product_key = (SELECT max(product_key) FROM inventory k WHERE k.id = i.id) AND j.device_name = i.device_name AND j.firmware_id = '187' OFFSET 0) x $$);
SELECT shape('initplan of the inner side', $$ SELECT * FROM inventory i, LATERAL (SELECT j.*, (SELECT max(site) FROM inventory k WHERE k.id < i.id) FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = (SELECT min(firmware_id) FROM inventory l WHERE l.id >= i.id) LIMIT 2) x $$);
SELECT shape('subplan as a key', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.firmware_id = '187'
	AND j.device_name = (SELECT device_name FROM inventory k WHERE k.id = i.id) $$);
SELECT shape('array of a subquery', $$ SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.firmware_id = '187'
	AND j.device_name = ANY (ARRAY (SELECT device_name FROM inventory WHERE site = 'double')) $$);
SELECT shape('correlated array', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j WHERE j.product_key = i.product_key AND j.firmware_id = '187'
	AND j.device_name = ANY (ARRAY (SELECT device_name FROM inventory k WHERE k.id BETWEEN i.id AND i.id + 1)) OFFSET 0) x $$);
SELECT shape('inside a subplan', $$ SELECT k.id, (SELECT count(*) FROM inventory i JOIN ota_job j ON j.product_key = i.product_key
	AND j.device_name = i.device_name AND j.firmware_id = k.firmware_id WHERE i.site = k.site) FROM inventory k WHERE k.id < 6 $$);
SELECT shape('inside a subplan, keys of both', $$ SELECT k.id, (SELECT count(*) FROM inventory i JOIN ota_job j ON j.product_key = k.product_key
	AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id) FROM inventory k WHERE k.id < 4 $$);
SELECT shape('inside exists', $$ SELECT * FROM inventory k WHERE EXISTS (SELECT FROM inventory i JOIN ota_job j ON KEY(j, i)
	WHERE i.site = k.site AND j.job_status = 'CANCELED' OFFSET 0) $$, at_most => 20);
SELECT shape('keys of two loops', $$ SELECT * FROM (VALUES ('pk0'), ('pk1')) p (p), LATERAL (SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j
	WHERE j.product_key = p AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id OFFSET 0) x OFFSET 0) y $$);

-- A condition upon the outer row alone is tested before its key is asked for.
SELECT shape('condition of a left join', $$ SELECT * FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.site = 'north' AND i.id > 8 $$);
SELECT shape('condition in lateral', $$ SELECT * FROM inventory i, LATERAL (SELECT count(*) FROM ota_job j WHERE KEY(j, i) AND i.site = 'north') x $$);
SELECT shape('condition by a parameter', $$ SELECT * FROM inventory i LEFT JOIN LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i) AND i.id % 4 = 1 OFFSET 0) x ON true $$);
SELECT shape('condition with a subquery', $$ SELECT * FROM inventory i LEFT JOIN ota_job j ON KEY(j, i)
	AND i.site = (SELECT max(site) FROM inventory k WHERE k.id < i.id) $$, at_most => 20);
SELECT shape('union all of conditions', $$ SELECT * FROM inventory i, LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) AND i.site = 'north'
	UNION ALL SELECT job_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = '188' AND i.site = 'south') x $$);

-- What a row that nobody wants would have raised is not raised.
CREATE TABLE bad AS TABLE inventory;
UPDATE bad SET device_name = '' WHERE id = 9;
SELECT sqlstate_of($$ SELECT * FROM bad i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT asked(20);
SELECT shape('an empty key beyond', $$ SELECT count(*) FROM (SELECT FROM bad i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) LIMIT 9) x $$, at_most => 18);
UPDATE bad SET device_name = repeat('x', 1025) WHERE id = 9;
SELECT shape('a key too long beyond', $$ SELECT count(*) FROM (SELECT FROM bad i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) LIMIT 9) x $$, at_most => 18);
SELECT sim('set fail_count=-1 fail_skip=8 fail_shape=service fail_code=iot.system.Oops');
SELECT count(*) FROM (SELECT FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) LIMIT 5) x;
SELECT sqlstate_of('SELECT count(*) FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id)');
SELECT sim('set fail_count=0 fail_skip=0'), asked(60);
