-- Keys whose values are implied by what a condition needs to be true: a row that a subquery
-- counts or finds, or that a LATERAL one joins; and by subqueries that are none.  Each with
-- 40 devices, and how many requests are in flight at once.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/named.sql
\i :setup

-- "(SELECT x)" is x.
SELECT overlaps('constants', $$ SELECT * FROM ota_job WHERE (SELECT product_key) = 'pk1' AND (SELECT device_name = 'd1:1' AND (SELECT firmware_id) = '188') $$, NULL, 1);
SELECT overlaps('join', $$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON (SELECT j.product_key) = (SELECT i.product_key) AND (SELECT j.device_name) = i.device_name AND NOT (SELECT j.firmware_id <> i.firmware_id) $$);
SELECT overlaps('subquery', $$ SELECT i.id, (SELECT count(*) FROM ota_job j WHERE (SELECT j.product_key) = i.product_key AND (SELECT (SELECT j.device_name)) = i.device_name AND j.firmware_id = i.firmware_id) FROM inventory i $$);
SELECT overlaps('IN', $$ SELECT job_id FROM ota_job j WHERE ((SELECT j.product_key), (SELECT j.device_name), j.firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory) $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE (SELECT product_key WHERE random() < 2) = 'pk1' AND device_name = 'd1:1' AND firmware_id = '188' $$);
SELECT sqlstate_of($$ SELECT FROM ota_job WHERE (SELECT max(product_key)) = 'pk1' AND device_name = 'd1:1' AND firmware_id = '188' $$);

-- A subquery that reads no row counts 0 of them, and has no value.
SELECT overlaps('count > 0', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j)) > 0 $$);
SELECT overlaps('0 < count', $$ SELECT job_id FROM ota_job j WHERE 0 < (SELECT count(i.id) FROM inventory i WHERE KEY(i, j) AND site = 'north') $$, NULL, 13);
SELECT overlaps('count >= 1', $$ SELECT job_id FROM ota_job j WHERE j.product_key IN ('pk0', 'pk1') AND (SELECT count(*) FROM inventory i WHERE i.product_key = j.product_key AND i.device_name = j.device_name AND i.firmware_id = j.firmware_id) >= 1 $$);
SELECT overlaps('count <> 0', $$ SELECT job_id FROM ota_job j WHERE NOT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) = 0 AND j.job_status = 'PLANNED' $$);
SELECT overlaps('count IN', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j)) IN (1, 2) $$);
SELECT overlaps('sum', $$ SELECT job_id FROM ota_job j WHERE coalesce((SELECT sum(i.id) FROM inventory i WHERE KEY(i, j)), 0) > 10::bigint $$);
SELECT overlaps('bool_or', $$ SELECT job_id FROM ota_job j WHERE (SELECT bool_or(i.site = 'west') FROM inventory i WHERE KEY(i, j)) $$);
SELECT overlaps('value', $$ SELECT job_id FROM ota_job j WHERE (SELECT i.site FROM inventory i WHERE KEY(i, j) ORDER BY i.id LIMIT 1) = 'west' $$);
SELECT overlaps('IS NOT NULL', $$ SELECT job_id FROM ota_job j WHERE (SELECT i.site FROM inventory i WHERE KEY(i, j) LIMIT 1) IS NOT NULL $$);
SELECT overlaps('= ANY', $$ SELECT job_id FROM ota_job j WHERE 'west' = ANY (SELECT i.site FROM inventory i WHERE KEY(i, j)) $$, NULL, 13);
SELECT overlaps('IN', $$ SELECT job_id FROM ota_job j WHERE j.device_name IN (SELECT i.device_name FROM inventory i WHERE i.product_key = j.product_key AND i.firmware_id = j.firmware_id ORDER BY i.id LIMIT 10) $$);
SELECT overlaps('below OR', $$ SELECT job_id FROM ota_job j WHERE j.product_key = 'pk1' AND j.firmware_id = '188' AND (j.device_name = 'd1:1' OR (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) > 0) $$);
SELECT overlaps('EXISTS', $$ SELECT job_id FROM ota_job j WHERE EXISTS (SELECT FROM inventory i WHERE (KEY(i, j) AND i.id > 10) AND i.site = 'west') $$, NULL, 10);
SELECT overlaps('view', $$ SELECT v.* FROM (SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3) v WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, v)) > 0 $$);
-- What is true without a row, or may be, tells nothing; nor what may differ the next time.
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j)) >= 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j)) < 2 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE 1 = ANY (SELECT count(*) FROM inventory i WHERE KEY(i, j)) $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT count(*) + 1 FROM inventory i WHERE KEY(i, j)) > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT max(i.id) FROM inventory i WHERE KEY(i, j)) IS NULL $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE coalesce((SELECT bool_or(i.id > 3) FROM inventory i WHERE KEY(i, j)), true) $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT regr_count(i.id, i.id) FROM inventory i WHERE KEY(i, j)) >= 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT rank(5) WITHIN GROUP (ORDER BY i.id) FROM inventory i WHERE KEY(i, j)) > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j) AND random() < 2) > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE 1 / (SELECT count(*) FROM inventory i WHERE KEY(i, j)) = 1 $$));
SELECT sqlstate_of(spelled($$ SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) > 0 FROM ota_job j $$));

-- A LATERAL subquery that joins has a row for each row that is left.
SELECT overlaps('LIMIT', $$ SELECT job_id, x.site FROM ota_job j CROSS JOIN LATERAL (SELECT i.site FROM inventory i WHERE KEY(i, j) LIMIT 1) x $$);
SELECT overlaps('ORDER BY', $$ SELECT job_id, x.id FROM ota_job j JOIN LATERAL (SELECT i.id FROM inventory i WHERE i.product_key = j.product_key AND i.firmware_id = j.firmware_id AND i.device_name = j.device_name ORDER BY i.id DESC LIMIT 1) x ON x.id > 20 $$);
SELECT overlaps('DISTINCT', $$ SELECT job_id, x.site FROM named n, ota_job j, LATERAL (SELECT DISTINCT i.site FROM inventory i WHERE KEY(i, j)) x WHERE n.product_key = j.product_key AND n.firmware_id = j.firmware_id AND n.names[1] = j.device_name $$, NULL, 2);
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j LEFT JOIN LATERAL (SELECT i.site FROM inventory i WHERE KEY(i, j) LIMIT 1) x ON true $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j CROSS JOIN LATERAL (SELECT count(*) FROM inventory i WHERE KEY(i, j)) x $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j CROSS JOIN LATERAL (SELECT i.site FROM inventory i WHERE KEY(i, j) AND random() < 2 LIMIT 1) x $$));
