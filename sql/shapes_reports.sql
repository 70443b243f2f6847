-- Views in correlated subqueries, and queries in the way of ORMs and reporting tools.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

SELECT FROM make_views('latest', 'SELECT DISTINCT ON (KEYS) * FROM ota_job ORDER BY KEYS, job_id DESC') \gset
SELECT FROM make_views('counted', 'SELECT KEYS, count(*) AS n, max(job_id) AS last FROM ota_job GROUP BY KEYS') \gset
SELECT FROM make_views('ranked', 'SELECT *, row_number() OVER (PARTITION BY KEYS ORDER BY job_id DESC) AS nr FROM ota_job') \gset
SELECT FROM make_views('states', 'SELECT KEYS, job_status FROM ota_job UNION SELECT KEYS, job_type FROM ota_job') \gset
-- Views in subqueries.
SELECT overlaps('latest', $$ SELECT id, (SELECT job_status FROM latest_ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('exists', $$ SELECT id, EXISTS (SELECT FROM counted_ota_job j WHERE KEY(j, i) AND n > 1) FROM inventory i $$);
SELECT overlaps('ranked', $$ SELECT id, (SELECT job_id FROM ranked_ota_job j WHERE KEY(j, i) AND nr = 1) FROM inventory i $$);
SELECT overlaps('united', $$ SELECT id, ARRAY(SELECT job_status FROM states_ota_job j WHERE KEY(j, i) ORDER BY 1) FROM inventory i $$);
SELECT overlaps('in where', $$ SELECT id FROM inventory i WHERE (SELECT n FROM counted_ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT overlaps('in or', $$ SELECT id FROM inventory i WHERE site = 'north' OR (SELECT n FROM counted_ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT overlaps('in case', $$ SELECT id, CASE WHEN site <> 'north' THEN (SELECT n FROM counted_ota_job j WHERE KEY(j, i)) ELSE 0 END FROM inventory i $$);
SELECT overlaps('in an aggregate', $$ SELECT site, sum((SELECT n FROM counted_ota_job j WHERE KEY(j, i))) FROM inventory i GROUP BY 1 $$);
SELECT overlaps('in a window function', $$ SELECT id, sum((SELECT n FROM counted_ota_job j WHERE KEY(j, i))) OVER (ORDER BY id) FROM inventory i $$);
SELECT overlaps('in having', $$ SELECT KEYS FROM inventory i GROUP BY KEYS HAVING (SELECT n FROM counted_ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT overlaps('not in', $$ SELECT id FROM inventory i WHERE 'PLANNED' NOT IN (SELECT job_status FROM latest_ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('all', $$ SELECT id, 'PLANNED' <= ALL (SELECT job_status FROM states_ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('two views', $$ SELECT id, (SELECT n FROM counted_ota_job j WHERE KEY(j, i)), (SELECT job_status FROM latest_ota_job j WHERE KEY(j, i)) FROM inventory i $$);
-- As Django writes it: Case(When(Exists)), Coalesce(Subquery(count), 0), a filter on that, Sum of a Subquery, Exists in a filter.
SELECT overlaps('django, case when exists', $$ SELECT i.id, CASE WHEN EXISTS(SELECT 1 AS a FROM ota_job U0 WHERE KEY(U0, i) LIMIT 1) THEN 'busy' ELSE 'idle' END AS state FROM inventory i $$);
SELECT overlaps('django, coalesce', $$ SELECT i.id, COALESCE((SELECT COUNT(U0.job_id) AS c FROM ota_job U0 WHERE KEY(U0, i) GROUP BY U0.device_name), 0) AS n FROM inventory i $$);
SELECT overlaps('django, filter', $$ SELECT i.id, COALESCE((SELECT COUNT(U0.job_id) AS c FROM ota_job U0 WHERE KEY(U0, i) GROUP BY U0.device_name), 0) AS n FROM inventory i WHERE COALESCE((SELECT COUNT(U0.job_id) AS c FROM ota_job U0 WHERE KEY(U0, i) GROUP BY U0.device_name), 0) > 1 ORDER BY n DESC, i.id $$);
SELECT overlaps('django, sum of a subquery', $$ SELECT i.site, SUM((SELECT COUNT(*) FROM ota_job U0 WHERE KEY(U0, i) GROUP BY U0.device_name)) AS s FROM inventory i GROUP BY i.site ORDER BY s DESC $$);
SELECT overlaps('django, q objects', $$ SELECT i.id FROM inventory i WHERE (i.site = 'north' OR EXISTS(SELECT 1 AS a FROM ota_job U0 WHERE (KEY(U0, i) AND U0.job_status IN ('PLANNED', 'SUCCEED')) LIMIT 1)) $$);
-- As SQLAlchemy does: case(), a column property, exists() with a label, any() of a relationship.
SELECT overlaps('sqlalchemy, case', $$ SELECT i.id AS i_id, CASE WHEN ((SELECT count(*) AS count_1 FROM ota_job AS j WHERE KEY(j, i)) > 2) THEN 'many' WHEN (i.site = 'north') THEN 'n' ELSE 'few' END AS anon_1 FROM inventory i $$);
SELECT overlaps('sqlalchemy, scalar', $$ SELECT i.id, (SELECT max(j.utc_modified) AS max_1 FROM ota_job AS j WHERE KEY(j, i)) AS anon_1 FROM inventory i ORDER BY anon_1 DESC NULLS LAST, i.id $$);
SELECT overlaps('sqlalchemy, any', $$ SELECT i.id FROM inventory i WHERE NOT (EXISTS (SELECT 1 FROM ota_job AS j WHERE KEY(j, i) AND j.job_status = 'PLANNED')) OR i.site IS NULL $$);
-- As Tableau, Metabase, Superset and Power BI put a query around a view or a custom one.
SELECT overlaps('tableau', $$ SELECT "Custom SQL Query"."site" AS "site", SUM("Custom SQL Query"."n") AS "sum:n:ok", SUM(1) AS "cnt" FROM (SELECT i.site, c.n FROM inventory i JOIN counted_ota_job c USING_KEYS) "Custom SQL Query" GROUP BY 1 $$);
SELECT overlaps('tableau, calculated field', $$ SELECT (CASE WHEN ("Custom SQL Query"."n" > 2) THEN 'many' ELSE 'few' END) AS "f", COUNT(DISTINCT "Custom SQL Query"."id") AS "c" FROM (SELECT i.id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) AS n FROM inventory i) "Custom SQL Query" GROUP BY 1 $$);
SELECT overlaps('metabase', $$ SELECT "source"."site" AS "site", count(*) AS "count", avg("source"."n") AS "avg" FROM (SELECT i.site, (SELECT n FROM counted_ota_job c WHERE KEY(c, i)) AS n FROM inventory i) "source" WHERE "source"."n" > 1 GROUP BY "source"."site" ORDER BY "source"."site" ASC $$);
SELECT overlaps('superset', $$ SELECT site AS site, sum(n) AS "SUM(n)" FROM (SELECT i.*, l.job_status, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) AS n FROM inventory i LEFT JOIN latest_ota_job l USING_KEYS) AS virtual_table WHERE job_status IN ('PLANNED', 'SUCCEED', 'CANCELED') GROUP BY site ORDER BY "SUM(n)" DESC LIMIT 1000 $$);
SELECT overlaps('power bi', $$ select "_"."site", "_"."a0" from (select "rows"."site" as "site", sum(cast("rows"."n" as decimal)) as "a0" from (select i.site, coalesce((select n from counted_ota_job c where KEY(c, i)), 0) as n from inventory i) "rows" group by "site") "_" where not "_"."a0" is null limit 1000001 $$);
-- A limit far above what is expected is a tool's guard, not a reason to begin with one request.
SELECT overlaps('metabase, guarded join', $$ SELECT "source".* FROM (SELECT i.id, j.job_id FROM inventory i JOIN ota_job j USING_KEYS) "source" LIMIT 1048575 $$);
SELECT overlaps('metabase, guarded list', $$ SELECT job_id FROM ota_job WHERE product_key = 'pk1' AND firmware_id = '187' AND device_name = ANY (ARRAY(SELECT device_name FROM inventory)) LIMIT 1048575 $$);
SELECT overlaps('guarded subquery', $$ SELECT i.id, (SELECT n FROM counted_ota_job c WHERE KEY(c, i)) FROM inventory i LIMIT 1048575 OFFSET 3 $$);
SELECT overlaps('offset alone', $$ SELECT i.site IS NULL FROM inventory i JOIN ota_job j USING_KEYS OFFSET 3 $$);
SELECT overlaps('limit all', $$ SELECT i.id, j.job_id FROM inventory i JOIN ota_job j USING_KEYS LIMIT ALL $$);
