-- What is asked for depends on another subquery: on its value, or on the rows that it leaves.
-- That one is evaluated ahead, too, so both overlap, and nothing is asked for that is not needed.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

-- In a query A is how many jobs a device has, B how many its twin has, C how many one of two devices
-- has that many rows share, and L is local: how many devices have no larger id.
INSERT INTO local_job SELECT product_key, 'x' || device_name, firmware_id, s.* FROM inventory, LATERAL sim_jobs(product_key, 'x' || device_name, firmware_id) s;
ANALYZE local_job;
CREATE FUNCTION with_jobs(query text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	query := regexp_replace(query, '\yA\y', '(SELECT count(*) FROM ota_job j WHERE KEY(j, i))', 'g');
	query := regexp_replace(query, '\yB\y', '(SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = ''x'' || i.device_name AND j.firmware_id = i.firmware_id)', 'g');
	query := regexp_replace(query, '\yC\y', '(SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = ''d1:1'' AND j.firmware_id = ''187'')', 'g');
	RETURN regexp_replace(query, '\yL\y', '(SELECT count(*) FROM inventory k WHERE k.id <= i.id)', 'g');
END $$;
-- The local subquery asks for nothing: all that is in flight is behind it.
CREATE FUNCTION behind(name text, query text, statement text DEFAULT NULL, peak int DEFAULT 16) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(name, with_jobs(query), with_jobs(statement), peak);
$$;
SELECT behind('case', 'SELECT id, CASE WHEN L > 10 THEN A END FROM inventory i');
SELECT behind('case, else', 'SELECT id, CASE WHEN L < 10 THEN 0 ELSE A END FROM inventory i');
SELECT behind('case of it', 'SELECT id, CASE L WHEN 1 THEN 0 WHEN 2 THEN 1 ELSE A END FROM inventory i');
SELECT behind('case, below a gate', 'SELECT id, CASE WHEN site = ''north'' THEN 0 WHEN L > 10 THEN A END FROM inventory i');
SELECT behind('case, within a case', 'SELECT id, CASE WHEN site <> ''north'' THEN CASE WHEN L > 10 THEN A ELSE 0 END END FROM inventory i');
SELECT behind('coalesce', 'SELECT id, COALESCE(NULLIF(L, id), A) FROM inventory i');
SELECT behind('and', 'SELECT id, L > 10 AND A > 1 FROM inventory i');
SELECT behind('or', 'SELECT id, L > 30 OR A > 1 FROM inventory i');
SELECT behind('exists', 'SELECT id, CASE WHEN EXISTS (SELECT count(*) FROM inventory k WHERE k.id > i.id HAVING count(*) > 10) THEN A END FROM inventory i');
SELECT behind('array', 'SELECT id, (ARRAY(SELECT k.id FROM inventory k WHERE k.id > i.id ORDER BY 1))[A] FROM inventory i');
SELECT behind('in', 'SELECT id, CASE WHEN id % 3 IN (SELECT k.id FROM inventory k WHERE k.id < i.id) THEN A END FROM inventory i');
SELECT behind('in, hashed', 'SELECT id, CASE WHEN id IN (SELECT id FROM inventory WHERE site <> ''north'') THEN A END FROM inventory i');
SELECT behind('where, or', 'SELECT id FROM inventory i WHERE L > 30 OR A > 1');
SELECT behind('where, case', 'SELECT id FROM inventory i WHERE CASE WHEN L > 10 THEN A > 1 ELSE true END');
SELECT behind('where, and', 'SELECT id FROM inventory i WHERE L > 10 AND A > 1');
SELECT behind('where, and the output', 'SELECT id, A FROM inventory i WHERE L > 10');
SELECT behind('the same subquery twice', 'SELECT id, L, CASE WHEN L > 10 THEN A END, A FROM inventory i');
SELECT behind('order by', 'SELECT id FROM inventory i ORDER BY CASE WHEN L > 10 THEN A END, id LIMIT 7');
SELECT behind('grouped', 'SELECT KEYS, CASE WHEN L > 10 THEN A END FROM inventory i GROUP BY id, KEYS');
SELECT behind('of groups', 'SELECT KEYS, CASE WHEN count(*) + (SELECT count(*) FROM inventory k WHERE k.site <> i.device_name) > 10 THEN A END FROM inventory i GROUP BY KEYS');
SELECT behind('having', 'SELECT KEYS FROM inventory i GROUP BY KEYS HAVING (SELECT count(*) FROM inventory k WHERE k.id <= max(i.id)) > 10 AND A > 1');
SELECT behind('beside window functions', 'SELECT id, rank() OVER (ORDER BY id), CASE WHEN L > 10 THEN A END FROM inventory i');
SELECT behind('over a join', 'SELECT i.id, CASE WHEN L > 10 THEN A END FROM inventory i JOIN inventory x USING (id)');
SELECT behind('of a CTE', 'WITH i AS MATERIALIZED (SELECT * FROM inventory) SELECT id, CASE WHEN L > 10 THEN A END FROM i');
SELECT behind('UNION ALL', 'SELECT id, CASE WHEN L > 10 THEN A END FROM inventory i WHERE id < 30 UNION ALL SELECT id, CASE WHEN L > 10 THEN A END FROM inventory i WHERE id >= 30');
CREATE TABLE changed AS TABLE inventory;
ANALYZE changed;
SELECT behind('update', 'TABLE changed', 'UPDATE changed i SET site = CASE WHEN L > 10 THEN A::text END');
SELECT behind('delete', 'TABLE changed', 'DELETE FROM changed i WHERE L > 30 OR A > 1');
SELECT behind('insert', 'TABLE changed', 'INSERT INTO changed SELECT id + 100, CASE WHEN L > 10 THEN A::text END FROM inventory i');

-- Both ask the service.
SELECT behind('both, case', 'SELECT id, CASE WHEN A > 2 THEN B ELSE -1 END FROM inventory i');
SELECT behind('both, exists', 'SELECT id, CASE WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN B END FROM inventory i');
SELECT behind('both, or', 'SELECT id FROM inventory i WHERE A > 2 OR B > 2');
SELECT behind('both, and', 'SELECT id FROM inventory i WHERE A > 1 AND B > 1');
SELECT behind('both, in an output', 'SELECT id, B FROM inventory i WHERE A > 1');
SELECT behind('both, coalesce', 'SELECT id, COALESCE(NULLIF(A, 0), B) FROM inventory i');
SELECT behind('both, and a gate', 'SELECT id, CASE WHEN site = ''north'' THEN 0 WHEN A > 2 THEN B ELSE -1 END FROM inventory i');
SELECT behind('three', 'SELECT id, CASE WHEN L > 30 THEN 1 WHEN A > 3 THEN 2 WHEN B > 3 THEN 3 END FROM inventory i');
SELECT behind('all at once', 'SELECT id, A, B, CASE WHEN A > 2 THEN B ELSE L END FROM inventory i WHERE A > 0');
SELECT behind('the same key needs no second stage', 'SELECT id, A FROM inventory i WHERE A > 1');
-- In what is evaluated for each row of a node's input: arguments of aggregates and window functions, and
-- what is beside a set-returning function.
SELECT behind('aggregate', 'SELECT sum(CASE WHEN L > 10 THEN A END) FROM inventory i');
SELECT behind('aggregate, filter', 'SELECT site, sum(A) FILTER (WHERE L > 10), count(*) FROM inventory i GROUP BY 1');
SELECT behind('aggregate, both', 'SELECT sum(CASE WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN B END) FROM inventory i');
SELECT behind('aggregate, both, filter', 'SELECT site, sum(B) FILTER (WHERE A > 2), max(A) FROM inventory i GROUP BY 1');
SELECT behind('aggregate, both, below a filter', 'SELECT sum(CASE WHEN A > 2 THEN B END) FILTER (WHERE site <> ''north''), count(*) FROM inventory i');
SELECT behind('aggregate, three', 'SELECT sum(CASE WHEN L > 30 THEN 1 WHEN A > 3 THEN 2 WHEN B > 3 THEN 3 END) FROM inventory i');
SELECT behind('aggregates', 'SELECT sum(CASE WHEN A > 2 THEN B END), max(A), min(B), count(*) FILTER (WHERE A > 3) FROM inventory i');
SELECT behind('aggregate, coalesce', 'SELECT sum(COALESCE(NULLIF(A, 3), B)) FROM inventory i');
SELECT behind('aggregate, distinct', 'SELECT count(DISTINCT CASE WHEN A > 2 THEN B END) FROM inventory i');
SELECT behind('aggregate, order by', 'SELECT array_agg(id ORDER BY CASE WHEN A > 2 THEN B END, id) FROM inventory i');
SELECT behind('aggregate, within group', 'SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY CASE WHEN A > 2 THEN B END) FROM inventory i');
SELECT behind('aggregate, having', 'SELECT site, product_key FROM inventory i GROUP BY 1, 2 HAVING sum(CASE WHEN A > 2 THEN B END) > 10');
SELECT behind('aggregate, grouped', 'SELECT site, sum(CASE WHEN A > 2 THEN B END) FROM inventory i GROUP BY 1', 'SET LOCAL enable_sort = off');
SELECT behind('aggregate, grouped in order', 'SELECT site, sum(CASE WHEN A > 2 THEN B END) FROM inventory i GROUP BY 1', 'SET LOCAL enable_hashagg = off');
SELECT behind('aggregate, grouped on disk', 'SELECT x, sum(CASE WHEN A > 2 THEN B END) FROM generate_series(1, 2000) x JOIN inventory i ON id = x % 40 + 1 GROUP BY 1', 'SET LOCAL work_mem = ''64kB''; SET LOCAL enable_sort = off');
SELECT behind('aggregate, grouping sets', 'SELECT site, product_key, sum(CASE WHEN A > 2 THEN B END) FROM inventory i GROUP BY CUBE (1, 2)');
SELECT behind('aggregate, grouping sets in order', 'SELECT site, product_key, sum(CASE WHEN A > 2 THEN B END) FROM inventory i GROUP BY CUBE (1, 2)', 'SET LOCAL enable_hashagg = off');
SELECT behind('aggregate, over a join', 'SELECT k.site, sum(CASE WHEN A > 2 THEN B END) FROM inventory i JOIN inventory k USING (id) GROUP BY 1');
SELECT behind('window function', 'SELECT id, sum(CASE WHEN A > 2 THEN B END) OVER (PARTITION BY site ORDER BY id) FROM inventory i');
SELECT behind('window function, filter', 'SELECT id, sum(B) FILTER (WHERE A > 2) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM inventory i');
SELECT behind('window function, lag', 'SELECT id, lag(CASE WHEN L > 10 THEN A END) OVER (ORDER BY id) FROM inventory i');
SELECT behind('set-returning function', 'SELECT id, generate_series(1, 2), CASE WHEN A > 2 THEN B END FROM inventory i');
SELECT behind('set-returning function, its argument', 'SELECT id, generate_series(1, CASE WHEN L > 10 THEN A END) FROM inventory i');
-- Two of the first are asked for, and waited for until nothing else has come for a second: so what is in flight then is the second.
SELECT FROM sim('set hold_times=-1') \gset
CREATE FUNCTION second(name text, query text) RETURNS text LANGUAGE sql AS $$ SELECT run(name, with_jobs(query), 16, NULL, 1000); $$;
SELECT second('second, case', 'SELECT id, CASE WHEN C > 0 THEN B END FROM inventory i');
SELECT second('second, or', 'SELECT id FROM inventory i WHERE C > 1 OR B > 2');
SELECT second('second, in an output', 'SELECT id, B FROM inventory i WHERE C > 0');
SELECT second('second, aggregate', 'SELECT sum(CASE WHEN C > 0 THEN B END) FROM inventory i');
SELECT second('second, filter', 'SELECT sum(B) FILTER (WHERE C > 0) FROM inventory i');
SELECT second('second, window function', 'SELECT id, sum(CASE WHEN C > 0 THEN B END) OVER (ORDER BY id) FROM inventory i');
SELECT FROM sim('set hold_times=1') \gset

-- Nothing runs ahead where not all rows are read.
SELECT serial('LIMIT', with_jobs('SELECT id, CASE WHEN L > 0 THEN A END FROM inventory i LIMIT 5'));
SELECT serial('aggregates of groups, LIMIT', with_jobs('SELECT id, max(CASE WHEN L > 0 THEN A END) FROM inventory i GROUP BY 1 ORDER BY 1 LIMIT 5'));
SELECT serial('EXISTS', with_jobs('SELECT x FROM (VALUES (1)) v (x) WHERE EXISTS (SELECT FROM inventory i WHERE L > 0 AND L + A > 1 OFFSET 0)'));
SELECT serial('volatile', with_jobs('SELECT id, CASE WHEN L + random() > 10 THEN A END FROM inventory i'));
SELECT serial('volatile, within', with_jobs('SELECT id, CASE WHEN (SELECT count(*) FROM inventory k WHERE k.id <= i.id AND random() >= 0) > 10 THEN A END FROM inventory i'));
BEGIN;
DECLARE c CURSOR FOR SELECT id, CASE WHEN (SELECT count(*) FROM inventory k WHERE k.id <= i.id) > 0 THEN (SELECT count(*) >= 0 FROM ota_job j WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) END FROM inventory i;
SELECT FROM sim('clear') \gset
FETCH 2 FROM c;
SELECT sim('get requests');
COMMIT;
