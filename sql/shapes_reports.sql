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

-- More of that kind: in a query A is how many jobs a device has, E whether it has one, and M its last.
CREATE FUNCTION of_jobs(query text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	query := regexp_replace(query, '\yA\y', '(SELECT count(*) FROM ota_job j WHERE KEY(j, i))', 'g');
	query := regexp_replace(query, '\yE\y', 'EXISTS (SELECT FROM ota_job j WHERE KEY(j, i))', 'g');
	RETURN (SELECT regexp_replace(query, '\yM\y', '(SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))', 'g'));
END $$;
CREATE FUNCTION report(name text, query text, statement text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(name, of_jobs(query), of_jobs(statement));
$$;
CREATE TABLE statuses AS SELECT s AS status, chr(96 + n::int) AS label FROM unnest('{PLANNED,CANCELED,COMPLETED}'::text[]) WITH ORDINALITY x (s, n);
ANALYZE statuses;
SELECT report('nested case/coalesce in agg', 'SELECT site, sum(COALESCE(CASE WHEN id % 2 = 0 THEN A ELSE CASE WHEN id > 5 THEN A + 1 END END, 0)) FROM inventory i GROUP BY site');
SELECT report('filter exists + avg', 'SELECT site, count(*) FILTER (WHERE E), avg(id) FILTER (WHERE NOT E), 100.0 * count(*) FILTER (WHERE E) / count(*) FROM inventory i GROUP BY 1');
SELECT report('rollup over a subquery in FROM', 'SELECT site, firmware_id, sum(n) FROM (SELECT site, firmware_id, A AS n FROM inventory i) s GROUP BY ROLLUP (1, 2)');
SELECT report('grouping sets by subquery', 'SELECT A > 1, site, count(*) FROM inventory i GROUP BY GROUPING SETS ((1), (2), ())');
SELECT report('distinct on with subquery', 'SELECT DISTINCT ON (site) site, id, A FROM inventory i ORDER BY site, A DESC, id');
SELECT report('union of views', 'SELECT id, job_id FROM inventory JOIN latest_ota_job USING_KEYS WHERE id <= 20 UNION SELECT id, n::text FROM inventory JOIN counted_ota_job USING_KEYS WHERE id > 20');
SELECT report('having over subqueries', 'SELECT site, max(id) FROM inventory i GROUP BY site HAVING sum(A) > 10');
SELECT report('django annotate filter', 'SELECT * FROM (SELECT i.*, E AS has, COALESCE(A, 0) AS jobs FROM inventory i) q WHERE has AND jobs > 1 ORDER BY jobs DESC, id');
SELECT report('case over two exists', 'SELECT id, CASE WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = ''PLANNED'') THEN ''p'' WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = ''COMPLETED'') THEN ''c'' ELSE ''n'' END FROM inventory i');
SELECT report('power bi', 'select "_"."site", "_"."a0" from (select "rows"."site", count(distinct "rows"."job_status") "a0" from (select i.site, j.job_status from inventory i inner join ota_job j USING_KEYS) "rows" group by "site") "_" where not "_"."a0" is null limit 1000001');
SELECT report('superset', 'SELECT site, sum(n) s FROM (SELECT site, A n FROM inventory i) virtual_table GROUP BY site ORDER BY s DESC LIMIT 1000');
SELECT report('json_build_object of subqueries', 'SELECT json_build_object(''id'', id, ''jobs'', (SELECT json_agg(j.job_id ORDER BY job_id) FROM ota_job j WHERE KEY(j, i)), ''n'', A)::text FROM inventory i');
SELECT report('hasura', 'SELECT coalesce(json_agg("root"), ''[]'')::text AS "root" FROM (SELECT row_to_json((SELECT "_e" FROM (SELECT "_0"."id" AS "id", "_1"."jobs" AS "jobs") AS "_e")) AS "root" FROM (SELECT * FROM inventory ORDER BY id) AS "_0" LEFT OUTER JOIN LATERAL (SELECT coalesce(json_agg("jobs"), ''[]'') AS "jobs" FROM (SELECT row_to_json((SELECT "_e" FROM (SELECT "j"."job_id" AS "job_id") AS "_e")) AS "jobs" FROM ota_job "j" WHERE "j"."product_key" = "_0"."product_key" AND "j"."device_name" = "_0"."device_name" AND "j"."firmware_id" = "_0"."firmware_id" ORDER BY job_id) AS "_3") AS "_1" ON (''true'')) AS "_4"');
SELECT report('not in + any', 'SELECT id FROM inventory i WHERE ''PLANNED'' <> ALL (SELECT job_status FROM ota_job j WHERE KEY(j, i)) OR id = ANY (SELECT length(job_id) FROM ota_job j WHERE KEY(j, i))');
SELECT report('exists and having in CTE twice', 'WITH c AS (SELECT id, site, A AS n FROM inventory i) SELECT site, (SELECT count(*) FROM c k WHERE k.n > avg(c.n)) FROM c GROUP BY site');
SELECT report('self anti', 'SELECT id FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND NOT EXISTS (SELECT FROM ota_job k WHERE KEY(k, j) AND k.job_id > j.job_id))');
SELECT report('latest by max subquery', 'SELECT i.id, j.job_id FROM inventory i JOIN ota_job j USING_KEYS WHERE j.utc_create = (SELECT max(k.utc_create) FROM ota_job k WHERE KEY(k, j))');
SELECT report('string_agg + filter', 'SELECT site, string_agg(M, '','' ORDER BY id) FILTER (WHERE id % 2 = 0) FROM inventory i GROUP BY 1');
SELECT report('distinct on lateral', 'SELECT DISTINCT ON (i.site) i.site, i.id, x.n FROM inventory i, LATERAL (SELECT count(*) n FROM ota_job j WHERE KEY(j, i)) x ORDER BY 1, 3 DESC, 2');
SELECT report('case in group by and having', 'SELECT CASE WHEN E THEN ''some'' ELSE ''none'' END AS g, count(*) FROM inventory i GROUP BY 1 HAVING count(*) > 1 ORDER BY 1');
SELECT report('cube over case exists', 'SELECT site, CASE WHEN A > 2 THEN ''many'' WHEN A > 0 THEN ''some'' ELSE ''none'' END AS g, count(*) FROM inventory i GROUP BY CUBE (1, 2)');
SELECT report('lead/first over subselect', 'SELECT id, n, lead(n) OVER w, first_value(n) OVER w, sum(n) OVER w FROM (SELECT id, site, A AS n FROM inventory i) q WINDOW w AS (PARTITION BY site ORDER BY id)');
SELECT report('union all views + exists', 'SELECT id, ''l'' AS k FROM inventory i WHERE EXISTS (SELECT FROM latest_ota_job j WHERE KEY(j, i)) UNION ALL SELECT id, ''c'' FROM inventory i WHERE EXISTS (SELECT FROM counted_ota_job j WHERE KEY(j, i) AND n > 2)');
SELECT report('not exists view', 'SELECT id FROM inventory i WHERE NOT EXISTS (SELECT FROM ranked_ota_job j WHERE KEY(j, i) AND nr = 2)');
SELECT report('ranked top 2 lateral', 'SELECT id, r.job_id FROM inventory i LEFT JOIN ranked_ota_job r ON KEY(r, i) AND r.nr <= 2');
SELECT report('scalar view in case in agg', 'SELECT site, sum(CASE WHEN (SELECT n FROM counted_ota_job j WHERE KEY(j, i)) > 1 THEN 1 ELSE 0 END) FROM inventory i GROUP BY 1');
SELECT report('filter on max(case)', 'SELECT site FROM inventory i GROUP BY site HAVING max(CASE WHEN E THEN id END) > 10 AND bool_or(A > 2)');
SELECT report('sum filter exists window', 'SELECT id, count(*) FILTER (WHERE E) OVER (PARTITION BY site) FROM inventory i');
SELECT report('correlated in join cond', 'SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.id = i.id + A');
SELECT report('in over join subq', 'SELECT id, site IN (SELECT lower(s.label) FROM ota_job j JOIN statuses s ON s.status = j.job_status WHERE KEY(j, i)) FROM inventory i');
SELECT report('lateral of lateral', 'SELECT i.id, y.m FROM inventory i, LATERAL (SELECT count(*) n FROM ota_job j WHERE KEY(j, i)) x, LATERAL (SELECT max(job_id) m FROM ota_job j WHERE KEY(j, i) AND x.n > 1) y');
SELECT report('exists with group', 'SELECT id FROM inventory i WHERE EXISTS (SELECT job_status FROM ota_job j WHERE KEY(j, i) GROUP BY job_status HAVING count(*) > 1)');
SELECT report('values lateral union', 'SELECT id, x.s, x.n FROM inventory i, LATERAL (SELECT ''a'' s, count(*) n FROM ota_job j WHERE KEY(j, i) UNION ALL SELECT ''b'', count(*) FROM ota_job j WHERE KEY(j, i) AND job_status = ''PLANNED'') x');
SELECT report('intersect in subquery', 'SELECT id, (SELECT count(*) FROM (SELECT job_status FROM ota_job j WHERE KEY(j, i) INTERSECT SELECT status FROM statuses) x) FROM inventory i');
SELECT report('pct filter nested coalesce', 'SELECT site, round(100.0 * sum(CASE WHEN COALESCE((SELECT max(job_status) FROM ota_job j WHERE KEY(j, i)), ''X'') = ''PLANNED'' THEN 1 ELSE 0 END) / NULLIF(count(*), 0), 2) FROM inventory i GROUP BY 1');
SELECT report('window of window', 'SELECT id, sum(d) OVER (ORDER BY id) FROM (SELECT id, A - lag(A) OVER (ORDER BY id) AS d FROM inventory i) q');
