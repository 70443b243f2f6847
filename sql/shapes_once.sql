-- Keys and limits in a subquery may come from another that depends on no row: that one is evaluated
-- once, when it is first needed, and that may be as well when the first row is looked at ahead.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/shapes.sql
\i :setup

-- Keys: in the query "first" is the first product.
CREATE FUNCTION with_first(query text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(query, 'first', '(SELECT min(product_key) FROM inventory)');
$$;
SELECT overlaps('in the output', with_first($$ SELECT id, (SELECT count(*) FROM ota_job j WHERE (KEYS) = (first, i.device_name, i.firmware_id)) FROM inventory i $$));
SELECT overlaps('in WHERE', with_first($$ SELECT id FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE (KEYS) = (first, i.device_name, i.firmware_id) OFFSET 0) $$));
SELECT overlaps('in an aggregate', with_first($$ SELECT site, sum((SELECT count(*) FROM ota_job j WHERE (KEYS) = (first, i.device_name, i.firmware_id))) FROM inventory i GROUP BY 1 $$));
SELECT overlaps('LATERAL', with_first($$ SELECT id, n FROM inventory i, LATERAL (SELECT count(*) AS n FROM ota_job j WHERE (KEYS) = (first, i.device_name, i.firmware_id)) x $$));
SELECT overlaps('a list', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE product_key = ANY (ARRAY(SELECT DISTINCT product_key FROM inventory)) AND device_name = i.device_name AND firmware_id = i.firmware_id) FROM inventory i $$);
SELECT overlaps('of another', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE product_key = (SELECT max(product_key) FROM inventory WHERE id <= (SELECT min(id) FROM inventory)) AND device_name = i.device_name AND firmware_id = i.firmware_id) FROM inventory i $$);
SELECT overlaps('none', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE product_key = (SELECT min(product_key) FROM inventory WHERE id < 0) AND device_name = i.device_name AND firmware_id = i.firmware_id) FROM inventory i $$);
SELECT overlaps('below a gate', with_first($$ SELECT id, CASE WHEN id > 10 THEN (SELECT count(*) FROM ota_job j WHERE (KEYS) = (first, i.device_name, i.firmware_id)) END FROM inventory i $$));

-- Limits.
SELECT overlaps('LIMIT', $$ SELECT id, ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT (SELECT 3)) FROM inventory i $$);
SELECT overlaps('LIMIT 0', $$ SELECT id, ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT (SELECT count(*) FROM inventory WHERE id < 0)) FROM inventory i $$);
SELECT overlaps('LIMIT 0, LATERAL', $$ SELECT id, job_id FROM inventory i, LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i) ORDER BY job_id LIMIT (SELECT count(*) FROM inventory WHERE id < 0)) x $$);
SELECT overlaps('OFFSET', $$ SELECT id, (SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 OFFSET (SELECT 1) LIMIT 1) FROM inventory i $$);

-- It is not evaluated for a row that nobody comes to; nor ahead, if that might be noticed.
SELECT serial('a gate, and LIMIT', with_first($$ SELECT id, CASE WHEN id > 3 THEN (SELECT count(*) FROM ota_job j WHERE (KEYS) = (first, i.device_name, i.firmware_id)) END FROM inventory i ORDER BY id LIMIT 30 $$));
SELECT same($$ SELECT CASE WHEN id > 3 THEN (SELECT count(*) FROM ota_job j WHERE product_key = (SELECT 'pk' || 1 / (count(*) - 40) FROM inventory) AND device_name = i.device_name AND firmware_id = i.firmware_id) END FROM inventory i ORDER BY id LIMIT 3 $$);
SELECT serial('volatile', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE product_key = (SELECT min(product_key) FROM inventory WHERE random() >= 0) AND device_name = i.device_name AND firmware_id = i.firmware_id) FROM inventory i $$);
-- What is asked for first is alone, and waited for until nothing else has come for a while. The first row
-- comes to it, so LIMIT is no reason against it.
SELECT FROM sim('set hold_times=-1') \gset
CREATE FUNCTION later(name text, query text) RETURNS text LANGUAGE sql AS $$ SELECT run(name, with_first(query), 16, NULL, 300); $$;
SELECT later('of our own table', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE product_key = (SELECT min(product_key) FROM ota_job WHERE (KEYS) = ('pk0', 'd2:2', '187')) AND device_name = i.device_name AND firmware_id = i.firmware_id) FROM inventory i $$);
SELECT later('LIMIT, without a gate', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE (KEYS) = (first, i.device_name, i.firmware_id)) FROM inventory i ORDER BY id LIMIT 40 $$);
SELECT later('LIMIT, LATERAL', $$ SELECT id, n FROM inventory i, LATERAL (SELECT count(*) AS n FROM ota_job j WHERE (KEYS) = (first, i.device_name, i.firmware_id)) x ORDER BY id LIMIT 40 $$);
