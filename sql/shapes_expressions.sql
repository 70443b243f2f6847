-- Correlated subqueries in expressions of every kind: requests overlap, 40 devices take 40
-- requests, and a condition that guards a subquery guards what is asked.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

CREATE TYPE pair AS (a text, b text);
CREATE DOMAIN few AS bigint CHECK (VALUE < 10);
CREATE FUNCTION spaced(a bigint, b text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT a::text || ' ' || b $$;
CREATE FUNCTION joined(a bigint, b text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN a::text || b; END $$;
-- Arms of AND and OR: what comes before a subquery guards it.
SELECT overlaps('or, later arm', $$ SELECT id FROM inventory i WHERE site = 'north' OR EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = 'PLANNED') $$);
SELECT overlaps('or, first arm', $$ SELECT id FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = 'PLANNED') OR id < 4 $$);
SELECT overlaps('or, both arms', $$ SELECT id FROM inventory i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 OR (SELECT min(job_status) FROM ota_job j WHERE KEY(j, i)) > 'P' $$);
SELECT overlaps('and of or', $$ SELECT id FROM inventory i WHERE site <> 'west' AND (id > 38 OR (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1) $$);
SELECT overlaps('not or', $$ SELECT id FROM inventory i WHERE NOT (site = 'north' OR (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2) $$);
SELECT overlaps('and, in the output', $$ SELECT id, site <> 'north' AND EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('and, with NULL', $$ SELECT id, (NULLIF(site, 'south') <> 'north' AND EXISTS (SELECT FROM ota_job j WHERE KEY(j, i))) IS NULL FROM inventory i $$);
SELECT overlaps('or, with NULL', $$ SELECT id, NULLIF(site, 'south') = 'north' OR EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('and in or in and', $$ SELECT id, id > 2 AND (site = 'west' OR id % 2 = 0 AND EXISTS (SELECT FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$, peak => 13);
-- CASE, COALESCE and their kin.
SELECT overlaps('case, value', $$ SELECT id, CASE WHEN site <> 'north' THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT overlaps('case, else', $$ SELECT id, CASE WHEN site = 'north' THEN 0 ELSE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT overlaps('case, condition', $$ SELECT id, CASE WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN 'yes' ELSE 'no' END FROM inventory i $$);
SELECT overlaps('case, second condition', $$ SELECT id, CASE WHEN site = 'north' THEN 'n' WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN 'yes' ELSE 'no' END FROM inventory i $$);
SELECT overlaps('case, two values', $$ SELECT id, CASE WHEN site <> 'north' THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) ELSE (SELECT max(job_id)::bigint FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT overlaps('case of a subquery', $$ SELECT id, CASE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) WHEN 0 THEN 'none' WHEN 1 THEN 'one' ELSE 'many' END FROM inventory i $$);
SELECT overlaps('case of a column', $$ SELECT id, CASE site WHEN 'north' THEN 1 WHEN 'east' THEN 2 ELSE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT overlaps('case of NULL', $$ SELECT id, CASE NULLIF(site, 'north') WHEN 'south' THEN 1 ELSE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT overlaps('case, condition compared', $$ SELECT id, CASE id % 2 WHEN COALESCE(NULLIF(id % 5, id % 2), (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) THEN 1 ELSE 2 END FROM inventory i $$, peak => 8);
SELECT overlaps('case in case', $$ SELECT id, CASE WHEN site = 'north' THEN 0 ELSE CASE site WHEN 'south' THEN 1 ELSE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END END FROM inventory i $$, peak => 13);
SELECT overlaps('case in where', $$ SELECT id FROM inventory i WHERE CASE WHEN site <> 'north' THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2 ELSE true END $$);
SELECT overlaps('coalesce, first', $$ SELECT id, COALESCE((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)), 'none') FROM inventory i $$);
SELECT overlaps('coalesce, later', $$ SELECT id, COALESCE(CASE WHEN site = 'north' THEN site END, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)), 'none') FROM inventory i $$);
SELECT overlaps('coalesce of a row of NULLs', $$ SELECT id, COALESCE(CASE WHEN site = 'north' THEN ROW(NULL, NULL) END, (SELECT ROW(max(job_id), NULL) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('nullif', $$ SELECT id, NULLIF((SELECT count(*) FROM ota_job j WHERE KEY(j, i)), 0) FROM inventory i $$);
SELECT overlaps('greatest', $$ SELECT id, GREATEST((SELECT count(*) FROM ota_job j WHERE KEY(j, i)), 2, id) FROM inventory i $$);
SELECT overlaps('in a list', $$ SELECT id FROM inventory i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) IN (1, 3) $$);
SELECT overlaps('a list of subqueries', $$ SELECT id FROM inventory i WHERE 1 IN ((SELECT count(*) FROM ota_job j WHERE KEY(j, i)), 3) $$);
SELECT overlaps('distinct from', $$ SELECT id FROM inventory i WHERE (SELECT max(job_status) FROM ota_job j WHERE KEY(j, i)) IS DISTINCT FROM 'PLANNED' $$);
SELECT overlaps('is null', $$ SELECT id FROM inventory i WHERE (SELECT max(job_status) FROM ota_job j WHERE KEY(j, i)) IS NULL $$);
-- Elements, fields, rows, arrays, casts, functions.
SELECT overlaps('subscript', $$ SELECT id, (ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1))[1] FROM inventory i $$);
SELECT overlaps('slice', $$ SELECT id, (ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1))[2:3] FROM inventory i $$);
SELECT overlaps('subscript from a subquery', $$ SELECT id, (ARRAY['a', 'b', 'c', 'd', 'e'])[1 + (SELECT count(*) FROM ota_job j WHERE KEY(j, i))] FROM inventory i $$);
SELECT overlaps('subscript of NULL', $$ SELECT id, (CASE WHEN site <> 'north' THEN ARRAY['a', 'b', 'c', 'd', 'e'] END)[1 + (SELECT count(*) FROM ota_job j WHERE KEY(j, i))] FROM inventory i $$);
SELECT overlaps('jsonb subscript', $$ SELECT id, (jsonb_build_object('0', 'none', '1', 'one'))[(SELECT count(*) FROM ota_job j WHERE KEY(j, i))::text] FROM inventory i $$);
SELECT overlaps('field', $$ SELECT id, ((SELECT ROW(max(job_id), min(job_id))::pair FROM ota_job j WHERE KEY(j, i))).b FROM inventory i $$);
SELECT overlaps('field of a row of the table', $$ SELECT id, ((SELECT j FROM ota_job j WHERE KEY(j, i) ORDER BY job_id LIMIT 1)).job_status FROM inventory i $$);
SELECT overlaps('casts', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i))::text::varchar(2) FROM inventory i $$);
SELECT overlaps('cast to a domain', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i))::few FROM inventory i $$);
SELECT overlaps('cast of an array', $$ SELECT ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1)::varchar[]::name[] FROM inventory i $$);
SELECT overlaps('row', $$ SELECT ROW(id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('array', $$ SELECT ARRAY[id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i))] FROM inventory i $$);
SELECT overlaps('function', $$ SELECT repeat(site, (SELECT count(*) FROM ota_job j WHERE KEY(j, i))::int) FROM inventory i $$);
SELECT overlaps('function in SQL', $$ SELECT spaced((SELECT count(*) FROM ota_job j WHERE KEY(j, i)), site) FROM inventory i $$);
SELECT overlaps('function in PL/pgSQL', $$ SELECT joined((SELECT count(*) FROM ota_job j WHERE KEY(j, i)), site) FROM inventory i $$);
SELECT overlaps('function of any number', $$ SELECT concat(id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('jsonb', $$ SELECT jsonb_build_object('id', id, 'n', (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('json of rows', $$ SELECT (SELECT json_agg(j ORDER BY job_id) FROM ota_job j WHERE KEY(j, i))::text FROM inventory i $$);
SELECT overlaps('collation', $$ SELECT id FROM inventory i ORDER BY (SELECT max(job_status) FROM ota_job j WHERE KEY(j, i)) COLLATE "C", id $$);
SELECT overlaps('rows compared, first column', $$ SELECT id FROM inventory i WHERE ((SELECT count(*) FROM ota_job j WHERE KEY(j, i)), id) > (1, 5) $$);
-- IN, NOT IN and ALL.
SELECT overlaps('in', $$ SELECT id, 'PLANNED' IN (SELECT job_status FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('not in', $$ SELECT id FROM inventory i WHERE 'PLANNED' NOT IN (SELECT job_status FROM ota_job j WHERE KEY(j, i)) $$);
SELECT overlaps('all', $$ SELECT id, 'PLANNED' <= ALL (SELECT job_status FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('any of an array', $$ SELECT id, 'PLANNED' = ANY (ARRAY(SELECT job_status FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('row in', $$ SELECT id, ('PLANNED', 'x') IN (SELECT job_status, job_type FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT overlaps('row less than a subquery', $$ SELECT id, ('A', 'B') < (SELECT job_status, job_id FROM ota_job j WHERE KEY(j, i) ORDER BY job_id LIMIT 1) FROM inventory i $$);
