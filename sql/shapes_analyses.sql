-- What people who write reports do with the jobs of their devices: windows, grouping sets,
-- calendars, trees, JSON, and statements that keep the result.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql
SET client_min_messages = error;
CREATE TABLE copied (id int PRIMARY KEY, job_id text);
INSERT INTO copied SELECT g, 'x' FROM generate_series(1, 20) g;
CREATE TABLE statuses AS SELECT s AS status, chr(96 + n::int) AS label FROM unnest('{PLANNED,CANCELED,COMPLETED}'::text[]) WITH ORDINALITY x (s, n);
ANALYZE statuses;
ANALYZE copied;
-- In a query JOINED is the join of the two, A how many jobs a device has, and M its last.
CREATE FUNCTION of_jobs(query text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(replace(query, 'JOINED', 'inventory i JOIN ota_job j USING_KEYS'),
		'\yA\y', '(SELECT count(*) FROM ota_job j WHERE KEY(j, i))', 'g'), '\yM\y', '(SELECT max(j.job_id) FROM ota_job j WHERE KEY(j, i))', 'g');
$$;
CREATE FUNCTION report(name text, query text, statement text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(name, of_jobs(query), of_jobs(statement));
$$;
SET client_min_messages = notice;
\set ECHO all

SELECT report('window over join', $$ SELECT i.id, j.job_id, row_number() OVER (PARTITION BY i.site ORDER BY j.utc_create, j.job_id), lag(j.job_status) OVER (PARTITION BY i.id ORDER BY j.job_id) FROM JOINED $$);
SELECT report('window frame over join', $$ SELECT i.site, j.job_id, count(*) OVER w, first_value(j.job_id) OVER w FROM JOINED WINDOW w AS (PARTITION BY i.site ORDER BY j.job_id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) $$);
SELECT report('top per group', $$ SELECT * FROM (SELECT i.site, j.job_id, rank() OVER (PARTITION BY i.site ORDER BY j.utc_modified DESC, j.job_id) r FROM JOINED) x WHERE r <= 3 $$);
SELECT report('filter', $$ SELECT i.site, count(*) FILTER (WHERE j.job_status = 'PLANNED'), count(DISTINCT j.job_status) FILTER (WHERE i.id > 3) FROM inventory i LEFT JOIN ota_job j USING_KEYS GROUP BY 1 $$);
SELECT report('rollup', $$ SELECT i.site, j.job_status, count(*), grouping(i.site, j.job_status) FROM JOINED GROUP BY ROLLUP (1, 2) $$);
SELECT report('cube', $$ SELECT i.site, j.job_status, i.product_key, count(*) FROM JOINED GROUP BY CUBE (1, 2, i.product_key) $$);
SELECT report('grouping sets having', $$ SELECT i.site, j.job_status, count(*) FROM JOINED GROUP BY GROUPING SETS ((1), (2), ()) HAVING count(*) > 5 $$);
SELECT report('lateral top 2', $$ SELECT i.id, x.job_id, x.n FROM inventory i LEFT JOIN LATERAL (SELECT j.job_id, row_number() OVER (ORDER BY j.job_id DESC) AS n FROM ota_job j WHERE KEY(j, i) ORDER BY j.job_id DESC LIMIT 2) x ON true $$);
SELECT report('lateral top 1 fetch with ties', $$ SELECT i.id, x.* FROM inventory i, LATERAL (SELECT job_status FROM ota_job j WHERE KEY(j, i) ORDER BY job_status FETCH FIRST 1 ROW WITH TIES) x $$);
SELECT report('exists in case', $$ SELECT i.id, CASE WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = 'PLANNED') THEN 'planned' WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN 'other' ELSE 'none' END FROM inventory i $$);
SELECT report('date_trunc', $$ SELECT date_trunc('hour', j.utc_create) AS h, count(*), count(DISTINCT i.id) FROM JOINED GROUP BY 1 ORDER BY 1 $$);
SELECT report('date_trunc extract', $$ SELECT extract(dow FROM j.utc_create) AS d, to_char(j.utc_create, 'HH24'), count(*) FROM JOINED GROUP BY 1, 2 $$);
SELECT report('calendar left join', $$ SELECT c.h, count(x.job_id) FROM generate_series('2024-01-01'::timestamptz, '2024-01-02', '1 hour') c(h) LEFT JOIN (SELECT j.job_id, date_trunc('hour', j.utc_create) AS h FROM JOINED) x ON x.h = c.h GROUP BY 1 $$);
SELECT report('calendar range join', $$ SELECT c.h, count(j.job_id) FROM generate_series('2024-01-01'::timestamptz, '2024-01-01 03:00', '1 hour') c(h) JOIN (JOINED) ON j.utc_create >= c.h AND j.utc_create < c.h + interval '1 hour' GROUP BY 1 $$);
SELECT report('calendar cross devices', $$ SELECT c.d, i.id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i) AND j.utc_create < c.d) FROM generate_series('2024-01-01'::timestamptz, '2024-01-03', '1 day') c(d), inventory i $$);
SELECT report('org chart', $$ WITH RECURSIVE org AS (SELECT id, id / 2 AS boss, 0 AS level FROM inventory WHERE id = 1 UNION ALL SELECT i.id, i.id / 2, level + 1 FROM inventory i JOIN org o ON i.id / 2 = o.id) SELECT o.level, count(j.job_id) FROM org o JOIN inventory i USING (id) JOIN ota_job j USING_KEYS GROUP BY 1 $$);
SELECT report('org chart, jobs in the tree', $$ WITH RECURSIVE org AS (SELECT i.*, 0 AS level FROM inventory i WHERE id < 3 UNION ALL SELECT i.*, level + 1 FROM inventory i JOIN org o ON i.id = o.id * 3 OR i.id = o.id * 3 + 1) SELECT level, o.id, (SELECT count(*) FROM ota_job j WHERE KEY(j, o)) FROM org o $$);
SELECT report('values unpivot', $$ SELECT i.id, v.what, v.value FROM JOINED, LATERAL (VALUES ('status', j.job_status), ('type', j.job_type), ('site', i.site)) v(what, value) $$);
SELECT report('values unpivot keys', $$ SELECT i.id, v.f, count(j.job_id) FROM inventory i CROSS JOIN LATERAL (VALUES (i.firmware_id), ('188')) v(f) LEFT JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = v.f GROUP BY 1, 2 $$);
SELECT report('pivot', $$ SELECT i.site, sum((j.job_status = 'PLANNED')::int) AS planned, sum((j.job_status = 'COMPLETED')::int) AS completed FROM JOINED GROUP BY 1 $$);
SELECT report('distinct on', $$ SELECT DISTINCT ON (i.id) i.id, j.job_id, j.job_status FROM JOINED ORDER BY i.id, j.utc_create DESC, j.job_id $$);
SELECT report('percentile', $$ SELECT i.site, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM j.utc_modified - j.utc_create)), mode() WITHIN GROUP (ORDER BY j.job_status) FROM JOINED GROUP BY 1 $$);
SELECT report('percentile of counts', $$ SELECT site, percentile_disc(0.9) WITHIN GROUP (ORDER BY A) FROM inventory i GROUP BY 1 $$);
SELECT report('string_agg', $$ SELECT i.site, string_agg(j.job_id, ',' ORDER BY j.utc_create, j.job_id) FROM JOINED GROUP BY 1 $$);
SELECT report('string_agg of subqueries', $$ SELECT site, string_agg(M, ',' ORDER BY id) FROM inventory i GROUP BY 1 $$);
SELECT report('array_agg distinct', $$ SELECT i.site, array_agg(DISTINCT j.job_status) FROM JOINED GROUP BY 1 $$);
SELECT report('json_build_object', $$ SELECT json_build_object('id', i.id, 'n', A, 'jobs', (SELECT json_agg(json_build_object('job', j.job_id) ORDER BY j.job_id) FROM ota_job j WHERE KEY(j, i)))::text FROM inventory i $$);
SELECT report('jsonb_agg', $$ SELECT jsonb_agg(x ORDER BY x->>'id')::text FROM (SELECT jsonb_build_object('id', i.id, 'last', M) AS x FROM inventory i) y $$);
SELECT report('jsonb_object_agg', $$ SELECT site, jsonb_object_agg(id, A) FROM inventory i GROUP BY site $$);
SELECT report('row_to_json', $$ SELECT row_to_json(x)::text FROM (SELECT i.id, array(SELECT row_to_json(j)::text FROM ota_job j WHERE KEY(j, i) ORDER BY job_id) AS jobs FROM inventory i) x $$);
SELECT report('having with join', $$ SELECT i.site FROM JOINED GROUP BY i.site HAVING bool_or(j.job_status = 'PLANNED') AND every(i.id < 100) $$);
SELECT report('anti join', $$ SELECT i.id FROM inventory i LEFT JOIN ota_job j USING_KEYS WHERE j.job_id IS NULL $$);
SELECT report('latest join by max', $$ SELECT i.id, j.job_id FROM JOINED WHERE j.utc_create = (SELECT max(k.utc_create) FROM ota_job k WHERE KEY(k, i)) $$);
SELECT report('latest join by max, of j', $$ SELECT i.id, j.job_id FROM JOINED WHERE j.job_id = (SELECT max(k.job_id) FROM ota_job k WHERE KEY(k, j)) $$);
SELECT report('latest join by group', $$ SELECT i.id, j.job_id FROM JOINED JOIN (SELECT KEYS, max(job_id) AS job_id FROM ota_job GROUP BY KEYS) m USING (product_key, device_name, firmware_id, job_id) $$);
SELECT report('two periods', $$ SELECT i.site, count(*) FILTER (WHERE j.utc_create < '2024-01-01 01:00'), count(*) FILTER (WHERE j.utc_create >= '2024-01-01 01:00') FROM JOINED GROUP BY 1 UNION ALL SELECT 'all', count(*), 0 FROM JOINED $$);
SELECT report('share of total', $$ SELECT i.site, round(100.0 * count(*) / sum(count(*)) OVER (), 2) FROM JOINED GROUP BY 1 $$);
SELECT report('running total by day', $$ SELECT d, n, sum(n) OVER (ORDER BY d) FROM (SELECT date_trunc('day', j.utc_create) AS d, count(*) AS n FROM JOINED GROUP BY 1) x $$);
SELECT report('ntile', $$ SELECT id, ntile(4) OVER (ORDER BY n, id) FROM (SELECT id, A AS n FROM inventory i) x $$);
SELECT report('width_bucket', $$ SELECT width_bucket(A, 0, 5, 5), count(*) FROM inventory i GROUP BY 1 $$);
SELECT report('cte chain', $$ WITH a AS (SELECT i.site, j.job_status FROM JOINED), b AS (SELECT site, count(*) n FROM a GROUP BY 1), c AS (SELECT job_status, count(*) n FROM a GROUP BY 1) SELECT * FROM b UNION ALL SELECT * FROM c $$);
SELECT report('except', $$ SELECT KEYS FROM inventory EXCEPT SELECT KEYS FROM inventory JOIN ota_job j USING_KEYS $$);
SELECT report('intersect', $$ SELECT i.site FROM JOINED WHERE job_status = 'PLANNED' INTERSECT SELECT i.site FROM JOINED WHERE job_status = 'COMPLETED' $$);
SELECT report('tablesample', $$ SELECT count(*) FROM (SELECT * FROM inventory TABLESAMPLE BERNOULLI (100)) i JOIN ota_job j USING_KEYS $$);
SELECT report('not exists twice', $$ SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) AND NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = 'PLANNED') $$);
SELECT report('gaps by lead', $$ SELECT id, max(gap) FROM (SELECT i.id, lead(j.utc_create) OVER (PARTITION BY i.id ORDER BY j.utc_create) - j.utc_create AS gap FROM JOINED) x GROUP BY 1 $$);
SELECT report('full join of two aggregates', $$ SELECT coalesce(a.site, b.site), a.n, b.n FROM (SELECT i.site, count(*) n FROM JOINED WHERE i.id <= 20 GROUP BY 1) a FULL JOIN (SELECT i.site, count(*) n FROM JOINED WHERE i.id > 20 GROUP BY 1) b ON a.site = b.site $$);
SELECT report('coalesce of lateral', $$ SELECT i.id, coalesce(x.n, 0) FROM inventory i LEFT JOIN LATERAL (SELECT count(*) AS n FROM ota_job j WHERE KEY(j, i) HAVING count(*) > 2) x ON true $$);
SELECT report('order by case of subquery', $$ SELECT id FROM inventory i ORDER BY CASE WHEN A > 2 THEN 0 ELSE 1 END, id $$);
SELECT report('unnest of agg', $$ SELECT i.id, u FROM inventory i, unnest((SELECT array_agg(j.job_id) FROM ota_job j WHERE KEY(j, i))) u $$);
SELECT report('regexp and case', $$ SELECT i.id, CASE WHEN M ~ '^1' THEN 'a' ELSE coalesce(left(M, 2), '-') END FROM inventory i $$);
SELECT report('three way join', $$ SELECT s.label, count(*) FROM statuses s JOIN ota_job j ON j.job_status = s.status JOIN inventory i USING_KEYS GROUP BY 1 $$);
SELECT report('status with counts, none too', $$ SELECT s.label, i.site, count(j.job_id) FROM statuses s CROSS JOIN inventory i LEFT JOIN ota_job j ON KEY(j, i) AND j.job_status = s.status GROUP BY 1, 2 $$);
SELECT report('merge join devices', $$ SELECT a.id, b.id FROM inventory a JOIN inventory b ON b.id = a.id + 1 WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, a)) = (SELECT count(*) FROM ota_job j WHERE KEY(j, b)) $$);
SELECT report('cross tab by array', $$ SELECT site, (array_agg(A ORDER BY id))[1:3] FROM inventory i GROUP BY 1 $$);
SELECT report('corr', $$ SELECT corr(id, A)::numeric(8,4), regr_slope(id, A)::numeric(8,4) FROM inventory i $$);
-- Statements that keep what they have read.
SELECT report('merge', 'TABLE copied', $$ MERGE INTO copied c USING (SELECT i.id, j.job_id FROM inventory i JOIN (SELECT KEYS, max(job_id) AS job_id FROM ota_job GROUP BY KEYS) j USING_KEYS) s ON s.id = c.id WHEN MATCHED THEN UPDATE SET job_id = s.job_id WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.job_id) $$);
SELECT report('merge with subquery', 'TABLE copied', $$ MERGE INTO copied c USING inventory i ON i.id = c.id WHEN MATCHED THEN UPDATE SET job_id = M WHEN NOT MATCHED THEN INSERT VALUES (i.id, M) $$);
SELECT report('temp table', 'SELECT site, count(*) FROM tmp_jobs GROUP BY 1', $$ CREATE TEMP TABLE tmp_jobs AS SELECT i.site, j.* FROM JOINED $$);
SELECT report('insert conflict', 'TABLE copied', $$ INSERT INTO copied SELECT i.id, M FROM inventory i ON CONFLICT (id) DO UPDATE SET job_id = excluded.job_id $$);
SELECT report('delete using', 'TABLE copied', $$ DELETE FROM copied c USING inventory i WHERE c.id = i.id AND EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) $$);
