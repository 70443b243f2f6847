-- Statements that write: their subqueries overlap.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

CREATE TABLE changed AS TABLE inventory;
ANALYZE changed;
SELECT overlaps('update', $$ TABLE changed $$,
	$$ UPDATE changed i SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('update, several columns', $$ TABLE changed $$,
	$$ UPDATE changed i SET (site, firmware_id) = (SELECT max(job_id), min(job_status) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('update, several columns of several', $$ TABLE changed $$,
	$$ UPDATE changed i SET (site, firmware_id) = (SELECT max(job_id), min(job_status) FROM ota_job j WHERE KEY(j, i)), (id, device_name) = (SELECT count(*), max(job_type) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('update, case', $$ TABLE changed $$,
	$$ UPDATE changed i SET site = CASE WHEN id > 5 THEN (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) ELSE site END $$);
SELECT overlaps('update, where or', $$ TABLE changed $$,
	$$ UPDATE changed i SET site = 'x' WHERE id > 35 OR (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT overlaps('update from', $$ TABLE changed $$,
	$$ UPDATE changed c SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i WHERE i.id = c.id + 1 $$);
SELECT overlaps('delete, or', $$ TABLE changed $$,
	$$ DELETE FROM changed i WHERE id > 35 OR (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 $$);
SELECT overlaps('insert', $$ TABLE changed $$,
	$$ INSERT INTO changed SELECT id + 100, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('insert, case', $$ TABLE changed $$,
	$$ INSERT INTO changed SELECT id + 100, CASE WHEN site <> 'north' THEN (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT overlaps('insert of aggregates', $$ TABLE changed $$,
	$$ INSERT INTO changed SELECT 99, string_agg((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)), ',' ORDER BY id) FROM inventory i $$);
SELECT overlaps('create table', $$ TABLE made $$,
	$$ CREATE TABLE made AS SELECT site, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) AS n FROM inventory i GROUP BY 1 $$);
SELECT overlaps('merge, update', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('merge, source with a subquery', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING (SELECT id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) AS m FROM inventory i) s ON s.id = c.id WHEN MATCHED THEN UPDATE SET site = m $$);
SELECT overlaps('merge, condition', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED AND EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN DELETE $$);
SELECT overlaps('merge, insert', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id + 100 = c.id WHEN NOT MATCHED THEN INSERT VALUES (id + 100, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) $$);
SELECT overlaps('merge, insert what is not there', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id + 20 = c.id WHEN NOT MATCHED THEN INSERT VALUES (id + 100, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) $$);
SELECT overlaps('merge, second action', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED AND i.site = 'north' THEN DELETE WHEN MATCHED THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) WHEN NOT MATCHED THEN INSERT VALUES (1, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) $$);
SELECT overlaps('merge, upsert', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id + 20 = c.id WHEN MATCHED AND i.site <> 'north' THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) WHEN NOT MATCHED AND i.site <> 'north' THEN INSERT VALUES (i.id + 100, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) $$);
SELECT serial('merge, after a condition on the target', $$ TABLE changed $$,
	$$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED AND c.site <> 'north' THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT serial('returning', $$ UPDATE changed i SET site = 'x' RETURNING id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('returning, read by a query', $$ WITH u AS (UPDATE changed SET site = 'x' RETURNING *) SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM u i $$);

-- Statements with several of them: in a query A is how many jobs a device has, E whether it has one, and M its last.
CREATE FUNCTION of_jobs(query text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	query := regexp_replace(query, '\yA\y', '(SELECT count(*) FROM ota_job j WHERE KEY(j, i))', 'g');
	query := regexp_replace(query, '\yE\y', 'EXISTS (SELECT FROM ota_job j WHERE KEY(j, i))', 'g');
	RETURN (SELECT regexp_replace(query, '\yM\y', '(SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))', 'g'));
END $$;
CREATE FUNCTION writes(name text, query text, statement text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(name, of_jobs(query), of_jobs(statement));
$$;
CREATE TABLE several AS SELECT *, NULL::int AS n FROM inventory;
ALTER TABLE several ADD PRIMARY KEY (id);
CREATE TABLE log (id int, n bigint);
ANALYZE several;
SELECT writes('merge several when', 'SELECT id, site, n FROM several', 'MERGE INTO several c USING (SELECT *, A AS jobs FROM inventory i) s ON c.id = s.id + 5 WHEN MATCHED AND s.jobs = 0 THEN DELETE WHEN MATCHED AND s.jobs > 2 THEN UPDATE SET n = s.jobs WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id + 1000, s.jobs)');
SELECT writes('merge subqueries in whens', 'SELECT id, site, n FROM several', 'MERGE INTO several c USING inventory i ON c.id = i.id + 5 WHEN MATCHED AND i.id % 2 = 0 THEN UPDATE SET n = A WHEN NOT MATCHED THEN INSERT (id, n) VALUES (i.id + 1000, A) WHEN MATCHED THEN UPDATE SET site = M');
SELECT writes('merge whens EXISTS', 'SELECT id, site, n FROM several', 'MERGE INTO several c USING inventory i ON c.id = i.id WHEN MATCHED AND E THEN UPDATE SET n = 1 WHEN MATCHED THEN DELETE');
SELECT writes('on conflict do nothing', 'SELECT id, n FROM several', 'INSERT INTO several (id, n) SELECT id + 20, A FROM inventory i ON CONFLICT DO NOTHING');
SELECT writes('returning via CTE', 'SELECT * FROM log', 'WITH u AS (UPDATE several SET n = 1 WHERE id > 0 RETURNING *) INSERT INTO log SELECT id, A FROM u i');
SELECT writes('plpgsql loop', 'SELECT * FROM log', 'DO $d$ DECLARE r record; BEGIN FOR r IN SELECT id, A AS n FROM inventory i LOOP INSERT INTO log VALUES (r.id, r.n); END LOOP; END $d$');
SELECT writes('insert select with lateral', 'SELECT * FROM log', 'INSERT INTO log SELECT id, x.n FROM inventory i CROSS JOIN LATERAL (SELECT count(*) n FROM ota_job j WHERE KEY(j, i)) x WHERE x.n > 0');
SELECT writes('update from lateral', 'SELECT id, n FROM several', 'UPDATE several c SET n = x.n FROM inventory i, LATERAL (SELECT count(*) n FROM ota_job j WHERE KEY(j, i)) x WHERE i.id = c.id');
SELECT writes('delete using exists', 'SELECT id FROM several', 'DELETE FROM several i WHERE NOT E');
SELECT writes('update set case', 'SELECT id, n, site FROM several', 'UPDATE several i SET n = CASE WHEN E THEN A ELSE 0 END, site = COALESCE(M, site)');
SELECT writes('merge gated by exists then subq', 'SELECT id, site, n FROM several', 'MERGE INTO several c USING inventory i ON c.id = i.id WHEN MATCHED AND E AND A > 1 THEN UPDATE SET n = A WHEN MATCHED AND A = 1 THEN UPDATE SET site = M WHEN MATCHED THEN DELETE');
SELECT writes('on conflict case', 'SELECT id, site, n FROM several', 'INSERT INTO several AS c (id, n) SELECT id, A FROM inventory i ON CONFLICT (id) DO UPDATE SET n = CASE WHEN excluded.n > 1 THEN excluded.n ELSE 0 END WHERE c.site <> ''x''');
SELECT writes('update from with exists', 'SELECT id, n FROM several', 'UPDATE several c SET n = 1 FROM inventory i WHERE i.id = c.id AND E');
SELECT writes('insert select union', 'SELECT * FROM log', 'INSERT INTO log SELECT id, A FROM inventory i WHERE id <= 20 UNION ALL SELECT id, A FROM inventory i WHERE id > 20');
SELECT writes('with insert returning then lateral', 'SELECT * FROM log', 'WITH s AS (INSERT INTO several (id, product_key, device_name, firmware_id) SELECT id + 100, KEYS FROM inventory RETURNING *) INSERT INTO log SELECT id, x.n FROM s, LATERAL (SELECT count(*) n FROM ota_job j WHERE KEY(j, s)) x');
SELECT writes('merge by exists source', 'SELECT id, site, n FROM several', 'MERGE INTO several c USING (SELECT * FROM inventory i WHERE E) s ON c.id = s.id WHEN MATCHED THEN UPDATE SET n = 1 WHEN NOT MATCHED THEN DO NOTHING');
