-- Correlated subqueries in arguments of aggregates and window functions, above groups and
-- beside window functions: requests overlap.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

-- Arguments of aggregates.
SELECT overlaps('plain', $$ SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('grouped', $$ SELECT site, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i GROUP BY 1 $$);
SELECT overlaps('grouped in order', $$ SELECT id, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i GROUP BY id ORDER BY id $$);
SELECT overlaps('hashed', $$ SELECT site, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i GROUP BY 1 $$,
	$$ SET LOCAL enable_sort = off $$);
SELECT overlaps('sorted', $$ SELECT site, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i GROUP BY 1 $$,
	$$ SET LOCAL enable_hashagg = off $$);
SELECT overlaps('grouping sets', $$ SELECT site, product_key, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i GROUP BY CUBE (1, 2) $$);
SELECT overlaps('distinct', $$ SELECT count(DISTINCT (SELECT max(job_status) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('order by', $$ SELECT array_agg(id ORDER BY (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), id) FROM inventory i $$);
SELECT overlaps('within group', $$ SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('below a filter', $$ SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FILTER (WHERE site <> 'north') FROM inventory i $$);
SELECT overlaps('in the filter', $$ SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('two, of the same keys', $$ SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))), max((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('two, filtered', $$ SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FILTER (WHERE site <> 'north'), max((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) FILTER (WHERE site = 'north') FROM inventory i $$);
SELECT overlaps('over a join', $$ SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i JOIN inventory k ON k.id = i.id $$);
SELECT overlaps('in having', $$ SELECT site FROM inventory i GROUP BY 1 HAVING sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) > 20 $$);
SELECT overlaps('in an expression', $$ SELECT site, 1 + sum(CASE WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN 1 ELSE 0 END) * 2 FROM inventory i GROUP BY 1 $$);
-- Arguments of window functions.
SELECT overlaps('window', $$ SELECT id, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) OVER (ORDER BY id) FROM inventory i $$);
SELECT overlaps('window, partitions', $$ SELECT id, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) OVER (PARTITION BY site ORDER BY id ROWS 3 PRECEDING) FROM inventory i $$);
SELECT overlaps('window, below a filter', $$ SELECT id, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FILTER (WHERE site <> 'north') OVER (ORDER BY id) FROM inventory i $$);
SELECT overlaps('window, order', $$ SELECT id, rank() OVER (ORDER BY (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('window, partition', $$ SELECT id, count(*) OVER (PARTITION BY (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('lag leaves the last out', $$ SELECT id, lag((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) OVER (ORDER BY id) FROM inventory i $$);
SELECT overlaps('lead, with a default', $$ SELECT id, lead((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)), 2, 'none') OVER (ORDER BY id) FROM inventory i $$);
SELECT serial('lag of many partitions', $$ SELECT id, lag((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) OVER (PARTITION BY id ORDER BY id) FROM inventory i $$);
SELECT serial('frames without their row', $$ SELECT id, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) OVER (PARTITION BY id ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) FROM inventory i $$);
SELECT serial('first value', $$ SELECT id, first_value((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) OVER (PARTITION BY site ORDER BY id) FROM inventory i $$);
-- Above groups and beside window functions.
SELECT overlaps('having', $$ SELECT KEYS FROM inventory i GROUP BY KEYS HAVING (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT overlaps('having, after what is cheap', $$ SELECT KEYS FROM inventory i GROUP BY KEYS HAVING min(id) > 10 AND EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) OFFSET 0) $$);
SELECT overlaps('having, above parallel workers', $$ SELECT KEYS, sum(id) FROM inventory i GROUP BY KEYS HAVING (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$,
	$$ SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0 $$);
SELECT overlaps('keys made by aggregates', $$ SELECT site, id % 20 FROM inventory i GROUP BY 1, 2 HAVING (SELECT count(*) FROM ota_job j WHERE (product_key, device_name, firmware_id) = (min(i.product_key), min(i.device_name), min(i.firmware_id))) > 0 $$);
SELECT overlaps('output above groups', $$ SELECT KEYS, count(*), (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i GROUP BY KEYS $$);
SELECT overlaps('output above grouping sets', $$ SELECT KEYS, grouping(device_name), count(*), (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i GROUP BY ROLLUP (product_key, firmware_id, device_name) $$);
SELECT overlaps('output above distinct', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM (SELECT DISTINCT KEYS, site FROM inventory) i $$);
SELECT overlaps('group by a subquery', $$ SELECT (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) AS n, count(*) FROM inventory i GROUP BY 1 $$);
SELECT overlaps('order by a subquery', $$ SELECT row_number() OVER () AS n, x.* FROM (SELECT id FROM inventory i ORDER BY (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), id) x $$);
SELECT overlaps('distinct by a subquery', $$ SELECT DISTINCT (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('beside a window function', $$ SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), rank() OVER (ORDER BY id) FROM inventory i $$);
SELECT overlaps('of a window function', $$ SELECT *, CASE WHEN rank() OVER (PARTITION BY site ORDER BY id) > 2 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT overlaps('beside one that ends early', $$ SELECT * FROM (SELECT *, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), row_number() OVER (ORDER BY id) r FROM inventory i) x WHERE r <= 30 $$);
