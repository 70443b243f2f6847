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
SELECT overlaps('HAVING', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j) HAVING count(*) > 0) IS NOT NULL $$);
SELECT overlaps('GROUP BY', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j) GROUP BY i.site) > 0 $$);
SELECT overlaps('within', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*) FROM (SELECT FROM inventory i WHERE KEY(i, j) LIMIT 1) x) > 0 $$);
SELECT overlaps('LIKE', $$ SELECT job_id FROM ota_job j WHERE lower((SELECT string_agg(i.site, ',') FROM inventory i WHERE KEY(i, j))) LIKE '%west%' $$);
SELECT overlaps('array', $$ SELECT job_id FROM ota_job j WHERE ARRAY(SELECT i.site FROM inventory i WHERE KEY(i, j)) <> '{}' $$);
SELECT overlaps('cardinality', $$ SELECT job_id FROM ota_job j WHERE cardinality(ARRAY(SELECT i.site FROM inventory i WHERE KEY(i, j))) > 0 $$);
SELECT overlaps('EXISTS, LIMIT', $$ SELECT job_id FROM ota_job j WHERE EXISTS (SELECT 1 FROM inventory i WHERE KEY(i, j) LIMIT 1) $$);
SELECT overlaps('EXISTS, groups', $$ SELECT job_id FROM ota_job j WHERE EXISTS (SELECT i.site FROM inventory i WHERE KEY(i, j) GROUP BY 1 HAVING count(*) > 0) $$);
SELECT overlaps('EXISTS, HAVING', $$ SELECT job_id FROM ota_job j WHERE EXISTS (SELECT count(*) FROM inventory i WHERE KEY(i, j) HAVING count(*) > 0) $$);
SELECT overlaps('EXISTS, within', $$ SELECT job_id FROM ota_job j WHERE EXISTS (SELECT FROM (SELECT DISTINCT i.site FROM inventory i WHERE KEY(i, j)) x) $$);
-- So may what is computed of it, where that throws nothing while the statement is planned.
SELECT overlaps('+ 0', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j)) + 0 > 0 $$);
SELECT overlaps('percent', $$ SELECT job_id FROM ota_job j WHERE 100.0 * (SELECT count(*) FROM inventory i WHERE KEY(i, j)) / 40 >= 2.5 $$);
SELECT overlaps('cast', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*)::int FROM inventory i WHERE KEY(i, j)) > 0 AND (SELECT count(*) FROM inventory i WHERE i.product_key = j.product_key)::numeric >= 0.5 $$);
SELECT overlaps('text', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j))::text <> '0' $$);
SELECT overlaps('boolean', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*)::int::boolean FROM inventory i WHERE KEY(i, j)) $$);
SELECT overlaps('nullif', $$ SELECT job_id FROM ota_job j WHERE nullif((SELECT count(*) FROM inventory i WHERE KEY(i, j)), 0) IS NOT NULL $$);
SELECT overlaps('greatest', $$ SELECT job_id FROM ota_job j WHERE greatest(-(SELECT count(*) FROM inventory i WHERE KEY(i, j)), -5) < 0 $$);
SELECT overlaps('sign', $$ SELECT job_id FROM ota_job j WHERE sign((SELECT count(*) FROM inventory i WHERE KEY(i, j))) = 1 $$);
SELECT overlaps('CASE', $$ SELECT job_id FROM ota_job j WHERE CASE (SELECT count(*) FROM inventory i WHERE KEY(i, j)) WHEN 0 THEN 'none' WHEN 1 THEN 'one' ELSE 'more' END IN ('one', 'more') $$);
SELECT overlaps('range', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j)) <@ int8range(1, NULL) $$);
-- Parameters are as good as constants, if they are that to the planner.
PREPARE p (int) AS SELECT count(*) FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE (i.product_key, i.device_name, i.firmware_id) = (j.product_key, j.device_name, j.firmware_id)) > $1;
EXECUTE p (0);
EXECUTE p (1);
SELECT sqlstate_of('EXECUTE p (-1)');
DEALLOCATE p;
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j)) * 5 < 3 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT count(*) FROM inventory i WHERE KEY(i, j)) + 9223372036854775807 > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE CASE WHEN j.job_id = '' THEN false ELSE 1 / (SELECT count(*) FROM inventory i WHERE KEY(i, j)) = 1 END $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE nullif((SELECT count(*) FROM inventory i WHERE KEY(i, j)), 1) IS NOT NULL $$));
-- Where IN or EXISTS is a part of a condition that is true only if it is.
SELECT overlaps('= true', $$ SELECT job_id FROM ota_job j WHERE EXISTS (SELECT FROM inventory i WHERE KEY(i, j)) = true $$);
SELECT overlaps('IS NOT FALSE', $$ SELECT job_id FROM ota_job j WHERE EXISTS (SELECT FROM inventory i WHERE KEY(i, j)) IS NOT FALSE $$);
SELECT overlaps('NOT OR', $$ SELECT job_id FROM ota_job j WHERE NOT (NOT EXISTS (SELECT FROM inventory i WHERE KEY(i, j)) OR j.job_status = 'PLANNED') $$);
SELECT overlaps('as int', $$ SELECT job_id FROM ota_job j WHERE EXISTS (SELECT FROM inventory i WHERE KEY(i, j))::int = 1 $$);
SELECT overlaps('IN = true', $$ SELECT job_id FROM ota_job j WHERE ((product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory)) = true $$);
SELECT overlaps('of IN', $$ SELECT job_id FROM ota_job j WHERE (SELECT i.site FROM inventory i WHERE KEY(i, j) LIMIT 1) IN (SELECT site FROM inventory WHERE id < 3) $$);
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE EXISTS (SELECT FROM inventory i WHERE KEY(i, j)) = (job_id = '') $$));
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE ((product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory)) IS NOT FALSE $$);
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
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT count(*) FROM inventory i TABLESAMPLE bernoulli (50) WHERE KEY(i, j)) > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE (SELECT count(*) FROM (SELECT * FROM inventory FOR UPDATE) i WHERE KEY(i, j)) > 0 $$));
SELECT overlaps('REPEATABLE', $$ SELECT job_id FROM ota_job j WHERE (SELECT count(*) FROM inventory i TABLESAMPLE bernoulli (100) REPEATABLE (7) WHERE KEY(i, j)) > 0 $$);
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j WHERE 1 / (SELECT count(*) FROM inventory i WHERE KEY(i, j)) = 1 $$));
SELECT sqlstate_of(spelled($$ SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) > 0 FROM ota_job j $$));

-- A LATERAL subquery that joins has a row for each row that is left.
SELECT overlaps('LIMIT', $$ SELECT job_id, x.site FROM ota_job j CROSS JOIN LATERAL (SELECT i.site FROM inventory i WHERE KEY(i, j) LIMIT 1) x $$);
SELECT overlaps('ORDER BY', $$ SELECT job_id, x.id FROM ota_job j JOIN LATERAL (SELECT i.id FROM inventory i WHERE i.product_key = j.product_key AND i.firmware_id = j.firmware_id AND i.device_name = j.device_name ORDER BY i.id DESC LIMIT 1) x ON x.id > 20 $$);
SELECT overlaps('DISTINCT', $$ SELECT job_id, x.site FROM named n, ota_job j, LATERAL (SELECT DISTINCT i.site FROM inventory i WHERE KEY(i, j)) x WHERE n.product_key = j.product_key AND n.firmware_id = j.firmware_id AND n.names[1] = j.device_name $$, NULL, 2);
SELECT overlaps('GROUP BY', $$ SELECT job_id, x.* FROM ota_job j, LATERAL (SELECT i.site, count(*) FROM inventory i WHERE KEY(i, j) GROUP BY 1) x $$);
-- One that counts always has one, of which a condition may not be true where it counts nothing.
SELECT overlaps('count', $$ SELECT job_id, n FROM ota_job j JOIN LATERAL (SELECT count(*) AS n FROM inventory i WHERE KEY(i, j)) x ON n > 0 $$);
SELECT overlaps('count, WHERE', $$ SELECT job_id, n FROM ota_job j, LATERAL (SELECT count(*) AS n FROM inventory i WHERE KEY(i, j)) x WHERE j.job_status <> '' AND x.n BETWEEN 1 AND 9 $$);
SELECT overlaps('HAVING', $$ SELECT job_id, n FROM ota_job j, LATERAL (SELECT count(*) AS n FROM inventory i WHERE KEY(i, j) HAVING count(*) > 0) x $$);
SELECT overlaps('max', $$ SELECT job_id, x.site FROM ota_job j, LATERAL (SELECT max(site) AS site FROM inventory i WHERE KEY(i, j)) x WHERE x.site = 'west' $$);
SELECT overlaps('compared', $$ SELECT job_id, i.id FROM ota_job j, inventory i, LATERAL (SELECT max(id) AS id FROM inventory i WHERE KEY(i, j)) x WHERE x.id = i.id $$);
SELECT overlaps('view', $$ SELECT * FROM (SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3) v, LATERAL (SELECT count(*) AS n FROM inventory i WHERE KEY(i, v)) x WHERE n > 0 $$);
SELECT overlaps('LEFT JOIN', $$ SELECT job_id, x.site FROM ota_job j LEFT JOIN LATERAL (SELECT max(site) AS site FROM inventory i WHERE KEY(i, j)) x ON true WHERE x.site IS NOT NULL $$);
SELECT overlaps('LEFT JOIN, ON', $$ SELECT job_id, n FROM ota_job j LEFT JOIN LATERAL (SELECT count(*) AS n FROM inventory i WHERE KEY(i, j)) x ON n > 0 WHERE n IS NOT NULL $$);
SELECT overlaps('LEFT JOIN, LIMIT', $$ SELECT job_id, x.id FROM ota_job j LEFT JOIN LATERAL (SELECT i.id FROM inventory i WHERE KEY(i, j) LIMIT 1) x ON true WHERE x.id > 0 $$);
-- One that is joined below an outer join's other side, by that join's condition or within.
SELECT overlaps('below LEFT JOIN', $$ SELECT i.id, job_id, n FROM inventory i LEFT JOIN (ota_job j JOIN LATERAL (SELECT count(*) AS n FROM inventory h WHERE KEY(h, j)) x ON n > 0) ON KEY(i, j) AND x.n < 2 $$);
SELECT overlaps('by LEFT JOIN', $$ SELECT p.pk, job_id, n FROM (VALUES ('pk0'), ('pk7')) p (pk) LEFT JOIN (ota_job j CROSS JOIN LATERAL (SELECT count(*) AS n FROM inventory i WHERE KEY(i, j)) x) ON p.pk = j.product_key AND n > 0 $$);
SELECT overlaps('below RIGHT JOIN', $$ SELECT p.pk, job_id, x.id FROM (ota_job j JOIN LATERAL (SELECT i.id FROM inventory i WHERE KEY(i, j) LIMIT 1) x ON x.id > 10) RIGHT JOIN (VALUES ('pk0'), ('pk7')) p (pk) ON p.pk = j.product_key $$);
SELECT sqlstate_of(spelled($$ SELECT FROM inventory i LEFT JOIN (ota_job j JOIN LATERAL (SELECT count(*) AS n FROM inventory h WHERE KEY(h, j)) x ON true) ON i.id = x.n OR i.id = 1 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j LEFT JOIN LATERAL (SELECT count(*) AS n FROM inventory i WHERE KEY(i, j)) x ON n > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j LEFT JOIN LATERAL (SELECT count(*) AS n FROM inventory i WHERE KEY(i, j)) x ON true WHERE n IS NOT NULL $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j LEFT JOIN LATERAL (SELECT max(id) AS n FROM inventory i WHERE KEY(i, j)) x ON true WHERE coalesce(n, 7) > 5 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j, LATERAL (SELECT count(*) OVER () AS n, max(id) FROM inventory i WHERE KEY(i, j)) x WHERE n > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j LEFT JOIN LATERAL (SELECT i.site FROM inventory i WHERE KEY(i, j) LIMIT 1) x ON true $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j CROSS JOIN LATERAL (SELECT count(*) FROM inventory i WHERE KEY(i, j)) x $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j CROSS JOIN LATERAL (SELECT i.site FROM inventory i WHERE KEY(i, j) AND random() < 2 LIMIT 1) x $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j CROSS JOIN LATERAL (SELECT i.site FROM inventory i TABLESAMPLE system (50) WHERE KEY(i, j) LIMIT 1) x $$));

-- An outer join of which no row is left that it has filled up is as good as an inner one.
SELECT overlaps('coalesce', $$ SELECT job_id, i.id FROM ota_job j LEFT JOIN inventory i ON KEY(i, j) WHERE coalesce(i.id, -1) > 0 $$);
SELECT overlaps('CASE', $$ SELECT job_id, i.id FROM ota_job j LEFT JOIN inventory i ON KEY(i, j) WHERE CASE WHEN i.id IS NULL THEN 'unknown' ELSE 'known' END = 'known' $$);
SELECT overlaps('of two', $$ SELECT job_id, i.id FROM ota_job j LEFT JOIN inventory i ON KEY(i, j) WHERE coalesce(nullif(i.site, 'west'), i.firmware_id, '') <> '' $$);
SELECT overlaps('view', $$ SELECT job_id, n FROM ota_job j LEFT JOIN (SELECT product_key, device_name, firmware_id, count(*) AS n FROM inventory GROUP BY 1, 2, 3) i ON KEY(i, j) WHERE coalesce(n, 0) > 0 $$);
SELECT overlaps('RIGHT JOIN', $$ SELECT job_id, i.id FROM (inventory i JOIN (VALUES (1), (2), (3)) v (id) USING (id)) RIGHT JOIN ota_job j ON KEY(i, j) WHERE coalesce(i.id, -1) > 0 $$, NULL, 3);
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j LEFT JOIN inventory i ON KEY(i, j) WHERE coalesce(i.id, 7) > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j LEFT JOIN inventory i ON KEY(i, j) WHERE coalesce(i.id::text, j.job_id) <> '' $$));

-- A condition on groups is one on their rows.
SELECT overlaps('HAVING IN', $$ SELECT product_key, count(*) FROM ota_job GROUP BY product_key, device_name, firmware_id HAVING (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory) AND count(*) > 1 $$);
SELECT overlaps('HAVING EXISTS', $$ SELECT device_name, max(job_id) FROM ota_job j GROUP BY product_key, device_name, firmware_id HAVING EXISTS (SELECT FROM inventory i WHERE KEY(i, j)) $$);
SELECT overlaps('HAVING count', $$ SELECT device_name, max(job_id) FROM ota_job j GROUP BY product_key, device_name, firmware_id HAVING (SELECT count(*) FROM inventory i WHERE KEY(i, j)) > 0 $$);
SELECT sqlstate_of($$ SELECT FROM ota_job GROUP BY GROUPING SETS ((product_key, device_name, firmware_id), ()) HAVING (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory) $$);
SELECT sqlstate_of($$ SELECT FROM ota_job GROUP BY product_key, device_name HAVING (product_key, device_name, max(firmware_id)) IN (SELECT product_key, device_name, firmware_id FROM inventory) $$);

-- A subquery in FROM, or in WITH, that has computed it.
SELECT overlaps('computed', $$ SELECT * FROM (SELECT job_id, (SELECT count(*) FROM inventory i WHERE KEY(i, j)) AS n FROM ota_job j) x WHERE n > 0 $$);
SELECT overlaps('WITH', $$ WITH x AS (SELECT job_id, (SELECT max(site) FROM inventory i WHERE KEY(i, j)) AS site FROM ota_job j) SELECT * FROM x WHERE site = 'west' $$);
SELECT overlaps('joined', $$ SELECT s.site, x.job_id FROM (SELECT DISTINCT site FROM inventory) s JOIN (SELECT job_id, (SELECT max(site) FROM inventory i WHERE KEY(i, j)) AS site FROM ota_job j) x ON s.site = x.site $$);
SELECT overlaps('LEFT JOIN', $$ SELECT s.site, x.job_id FROM (SELECT DISTINCT site FROM inventory) s LEFT JOIN (SELECT job_id, (SELECT max(site) FROM inventory i WHERE KEY(i, j)) AS site FROM ota_job j) x ON s.site = x.site $$);
SELECT overlaps('twice', $$ SELECT * FROM (SELECT job_id, length(site) AS n FROM (SELECT job_id, (SELECT max(site) FROM inventory i WHERE KEY(i, j)) AS site FROM ota_job j) x) y WHERE n = 4 $$);
SELECT overlaps('IN', $$ SELECT * FROM (SELECT job_id, (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory) AS is_known FROM ota_job j) x WHERE is_known $$);
SELECT overlaps('EXISTS', $$ SELECT * FROM (SELECT job_id, EXISTS (SELECT FROM inventory i WHERE KEY(i, j)) AS is_known FROM ota_job j) x WHERE is_known $$);
SELECT overlaps('LATERAL', $$ SELECT job_id, x.n FROM ota_job j, LATERAL (SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) AS n) x WHERE n > 0 $$);
SELECT overlaps('JOIN LATERAL', $$ SELECT job_id, x.site FROM ota_job j JOIN LATERAL (SELECT (SELECT max(site) FROM inventory i WHERE KEY(i, j)) AS site OFFSET 0) x ON x.site = 'west' $$);
SELECT overlaps('LEFT JOIN LATERAL', $$ SELECT job_id, x.n FROM ota_job j LEFT JOIN LATERAL (SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) AS n) x ON true WHERE n > 0 $$);
SELECT overlaps('VALUES', $$ SELECT job_id, x.n FROM ota_job j CROSS JOIN LATERAL (VALUES (1, (SELECT count(*) FROM inventory i WHERE KEY(i, j)))) x (one, n) WHERE n > 0 $$);
SELECT overlaps('LATERAL twice', $$ SELECT job_id, x.n FROM ota_job j, LATERAL (SELECT y.n FROM (SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) AS n) y) x WHERE n > 0 $$);
SELECT overlaps('LATERAL EXISTS', $$ SELECT job_id FROM ota_job j, LATERAL (SELECT EXISTS (SELECT FROM inventory i WHERE KEY(i, j)) AS is_known) x WHERE is_known $$);
SELECT overlaps('LATERAL IN', $$ SELECT job_id FROM ota_job j, LATERAL (SELECT (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory) AS is_known) x WHERE is_known $$);
SELECT overlaps('LATERAL within', $$ SELECT * FROM (SELECT job_id, x.n FROM ota_job j, LATERAL (SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) AS n) x) y WHERE n > 0 $$);
SELECT overlaps('LATERAL in WITH', $$ WITH y AS (SELECT job_id, x.n FROM ota_job j CROSS JOIN LATERAL (SELECT count(*) AS n FROM inventory i WHERE KEY(i, j)) x) SELECT * FROM y WHERE n > 0 $$);
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j, LATERAL (SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) AS n UNION ALL SELECT 1) x WHERE n > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j LEFT JOIN LATERAL (SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) AS n) x ON n > 0 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM ota_job j, LATERAL (SELECT EXISTS (SELECT FROM inventory i WHERE KEY(i, j)) AS is_known) x WHERE NOT is_known $$));
SELECT sqlstate_of(spelled($$ SELECT FROM inventory h LEFT JOIN (SELECT (SELECT max(site) FROM inventory i WHERE KEY(i, j)) AS site FROM ota_job j) x ON true WHERE x.site = 'west' OR h.id = 1 $$));
SELECT sqlstate_of(spelled($$ SELECT FROM (SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) AS n FROM ota_job j LIMIT 10) x WHERE n > 0 $$));
SELECT sqlstate_of($$ SELECT FROM (SELECT (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory TABLESAMPLE bernoulli (50)) AS is_known FROM ota_job) x WHERE is_known $$);
SELECT sqlstate_of(spelled($$ WITH x AS (SELECT (SELECT count(*) FROM inventory i WHERE KEY(i, j)) AS n FROM ota_job j) SELECT FROM x, x y WHERE x.n > 0 AND y.n > 0 $$));
