-- What guards a subquery guards the announcement of its keys.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

CREATE FUNCTION run0(name text, query text) RETURNS text LANGUAGE sql AS $$ SELECT run(name, query, 2, NULL, 150) $$;
-- Nothing is asked in vain where a condition says so.
SELECT run0('never', $$ SELECT id, CASE WHEN id < 0 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT run0('never, by OR', $$ SELECT id FROM inventory i WHERE id > 0 OR EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) $$);
SELECT run0('never, by COALESCE', $$ SELECT id, COALESCE(site, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT run0('never, by the filter', $$ SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FILTER (WHERE id > 50) FROM inventory i $$);
SELECT run0('never, by the first aggregate', $$ SELECT site FROM inventory i GROUP BY 1 HAVING count(*) > 20 AND (SELECT count(*) FROM ota_job j WHERE (product_key, device_name, firmware_id) = (min(i.product_key), min(i.device_name), min(i.firmware_id))) > 0 $$);
-- A condition that has an effect, or is not the same twice, is none that can be tested ahead. A
-- subquery is.
SELECT serial('volatile condition', $$ SELECT id, CASE WHEN nextval('ids') > 0 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$,
	$$ CREATE TEMP SEQUENCE ids $$);
SELECT overlaps('condition that is a subquery', $$ SELECT id, CASE WHEN id < 50 AND (SELECT count(*) FROM inventory k WHERE k.id = i.id) = 1 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
-- One that may throw is tested for rows that will come to it, not beyond a LIMIT.
SELECT overlaps('division by zero, elsewhere', $$ SELECT id, CASE WHEN site = 'north' THEN 0 ELSE CASE WHEN 10 / (id % 3) > 1 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END END FROM inventory i $$);
SELECT serial('division by zero beyond a limit', $$ SELECT id, CASE WHEN 10 / (id - 6) < 9 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i WHERE id > 0 LIMIT 4 $$);
SELECT error_of($$ SELECT id, CASE WHEN 10 / (id - 6) < 9 THEN (SELECT count(*) FROM ota_job j WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) END FROM inventory i $$);
SELECT FROM requests() \gset
-- A limit ends the asking.
SELECT left_in_flight(), count(x.n) FROM (SELECT CASE WHEN site <> 'x' THEN (SELECT count(*) FROM ota_job j WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) END AS n FROM inventory i LIMIT 3) x;
SELECT left_in_flight(), sim('get requests')::int BETWEEN 3 AND 8;
