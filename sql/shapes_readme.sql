-- src/doc/keys.md's table of shapes, which says of what requests overlap: each of its rows is
-- run here, and says what the simulator saw.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

SELECT FROM make_views('latest', 'SELECT DISTINCT ON (KEYS) * FROM ota_job ORDER BY KEYS, job_id DESC') \gset
SELECT FROM make_views('counted', 'SELECT KEYS, count(*) AS n FROM ota_job GROUP BY KEYS') \gset
SELECT FROM make_views('limited', 'SELECT * FROM ota_job LIMIT 5') \gset
CREATE TABLE changed AS TABLE inventory;
ALTER TABLE changed ADD PRIMARY KEY (id);
ANALYZE changed;
-- The same in PL/pgSQL, called for each device, and for an array of devices; and in SQL.
CREATE FUNCTION jobs_of(p text, d text, f text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN
	RETURN (SELECT count(*) FROM ota_job WHERE product_key = p AND device_name = d AND firmware_id = f); END $$;
CREATE FUNCTION jobs_of_all(d text[]) RETURNS TABLE (device text, n bigint) LANGUAGE plpgsql STABLE AS $$ BEGIN
	RETURN QUERY SELECT device_name, count(*) FROM ota_job WHERE product_key = 'pk0' AND device_name = ANY (d) AND firmware_id = '187' GROUP BY 1; END $$;
CREATE FUNCTION count_jobs(p text, d text, f text) RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT count(*) FROM ota_job WHERE product_key = p AND device_name = d AND firmware_id = f $$;
CREATE FUNCTION list_jobs(p text, d text, f text) RETURNS SETOF ota_job LANGUAGE sql STABLE AS $$
	SELECT * FROM ota_job WHERE product_key = p AND device_name = d AND firmware_id = f $$;

CREATE TABLE seen (shape text, requests text);
-- Runs it, and notes what src/doc/keys.md has to say of its shape.
CREATE FUNCTION shows(shape text, query text, statement text DEFAULT NULL, hold_ms int DEFAULT 20000) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text := run(shape, query, CASE WHEN hold_ms > 1000 THEN 16 ELSE 2 END, statement, hold_ms);
BEGIN
	INSERT INTO seen VALUES (shape, CASE WHEN said ~ 'peak 16' THEN 'overlap' WHEN said ~ 'peak 1( |$)' THEN 'one by one' END);
	RETURN said;
END $$;
CREATE FUNCTION needs(shape text, query text) RETURNS text LANGUAGE sql AS $$
	INSERT INTO seen VALUES (shape, CASE sqlstate_of(spelled(query)) WHEN 'HV00L' THEN 'none: HV00L' END) RETURNING shape || ' ' || requests;
$$;

SELECT shows('lists of keys', $$ SELECT * FROM ota_job WHERE product_key IN ('pk0', 'pk1') AND device_name = ANY (ARRAY(SELECT device_name FROM inventory LIMIT 20)) AND firmware_id = '187' $$);
SELECT shows('several lookups by constants: UNION, partitions, joins', (SELECT string_agg(format('SELECT * FROM ota_job WHERE (KEYS) = (%L, %L, %L)', product_key, device_name, firmware_id), ' UNION ' ORDER BY id) FROM inventory WHERE id < 20));
SELECT shows('joins, LATERAL, EXISTS', $$ SELECT i.id, j.job_id FROM inventory i LEFT JOIN ota_job j USING_KEYS $$);
SELECT shows('joins, LATERAL, EXISTS', $$ SELECT id, job_id FROM inventory i, LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i) ORDER BY job_id LIMIT 1) j $$);
SELECT shows('joins, LATERAL, EXISTS', $$ SELECT id FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = 'PLANNED') $$);
SELECT shows('joins, subqueries, by a key that is a subquery of the outer row', $$ SELECT i.id, j.job_id FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = (SELECT max(k.device_name) FROM inventory k WHERE k.id = i.id) AND j.firmware_id = i.firmware_id $$);
SELECT shows('joins, subqueries, by a key that is a subquery of the outer row', $$ SELECT i.id, j.job_id FROM inventory i LEFT JOIN latest_ota_job j ON j.product_key = i.product_key AND j.device_name IN (SELECT k.device_name FROM inventory k WHERE k.id = i.id) AND j.firmware_id = i.firmware_id $$);
SELECT shows('joins, subqueries, by a key that is a subquery of the outer row', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key
	AND j.device_name = (SELECT max(k.device_name) FROM inventory k WHERE k.id = i.id) AND j.firmware_id = i.firmware_id) FROM inventory i $$);
SELECT shows('views that group, rank or unite: joined, or in a subquery', $$ SELECT * FROM inventory JOIN latest_ota_job USING_KEYS $$);
SELECT shows('views that group, rank or unite: joined, or in a subquery', $$ SELECT id, (SELECT n FROM counted_ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shows('correlated subqueries in any expression: output, WHERE, GROUP BY, ORDER BY', $$ SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i ORDER BY 2 DESC, 1 $$);
SELECT shows('correlated subqueries in any expression: output, WHERE, GROUP BY, ORDER BY', $$ SELECT id FROM inventory i WHERE (SELECT max(job_status) FROM ota_job j WHERE KEY(j, i)) IS DISTINCT FROM 'PLANNED' $$);
SELECT shows('below CASE, COALESCE, AND, OR', $$ SELECT id, CASE WHEN site = 'north' THEN 0 ELSE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT shows('below CASE, COALESCE, AND, OR', $$ SELECT id FROM inventory i WHERE site = 'north' OR EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) $$);
SELECT shows('with IN, NOT IN, ANY, ALL', $$ SELECT id, 'PLANNED' NOT IN (SELECT job_status FROM ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT shows('in aggregates, FILTER, HAVING, above groups', $$ SELECT site, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i GROUP BY 1 $$);
SELECT shows('in aggregates, FILTER, HAVING, above groups', $$ SELECT KEYS FROM inventory i GROUP BY KEYS HAVING (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1 $$);
SELECT shows('in aggregates as window functions, beside window functions', $$ SELECT id, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) OVER (ORDER BY id), rank() OVER (ORDER BY id) FROM inventory i $$);
SELECT shows('in conditions of inner joins', $$ SELECT i.id, k.id FROM inventory i JOIN inventory k ON k.id = i.id + 1 AND (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key
	AND j.device_name = k.device_name AND j.firmware_id = '187') > 1 $$);
SELECT shows('in LATERAL functions, set-returning functions', $$ SELECT id, x FROM inventory i, LATERAL unnest(ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i))) x $$);
SELECT shows('in other subqueries, with keys of the outermost row', $$ SELECT id, (SELECT max(x) FROM (VALUES ((SELECT count(*) FROM ota_job j WHERE KEY(j, i)))) v (x)) FROM inventory i $$);
SELECT shows('in subqueries, LATERAL, joins of joins, by keys of rows that these read', $$ SELECT id, (SELECT sum((SELECT count(*) FROM ota_job j WHERE KEY(j, k))) FROM inventory k WHERE k.id = i.id) FROM inventory i $$);
SELECT shows('in subqueries, LATERAL, joins of joins, by keys of rows that these read', $$ SELECT id, (SELECT count(*) FROM inventory k JOIN ota_job j ON KEY(j, k) WHERE k.id = i.id) FROM inventory i $$);
SELECT shows('in subqueries, LATERAL, joins of joins, by keys of rows that these read', $$ SELECT i.id, x.* FROM inventory i LEFT JOIN LATERAL (SELECT count(*) FROM inventory k JOIN ota_job j ON KEY(j, k) WHERE k.id = i.id) x ON true $$);
SELECT shows('behind a condition that is a subquery', $$ SELECT id, CASE WHEN (SELECT count(*) FROM inventory k WHERE k.id < i.id) > 10 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$);
SELECT shows('behind a condition that is a subquery', $$ SELECT id, CASE WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = '187') END FROM inventory i $$);
SELECT shows('behind a condition that is a subquery', $$ SELECT sum(CASE WHEN EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) THEN (SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = '187') END) FROM inventory i $$);
SELECT shows('in recursive terms', $$ WITH RECURSIVE r AS (SELECT 0 AS n, KEYS, NULL::bigint AS jobs FROM inventory
	UNION ALL SELECT n + 1, KEYS, (SELECT count(*) FROM ota_job j WHERE KEY(j, r)) FROM r WHERE n < 1) SELECT * FROM r $$);
SELECT shows('UPDATE, DELETE, INSERT ... SELECT, MERGE', 'TABLE changed', $$ UPDATE changed i SET (site, firmware_id) = (SELECT max(job_id), min(job_status) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT shows('UPDATE, DELETE, INSERT ... SELECT, MERGE', 'TABLE changed', $$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$);
SELECT shows('in ON CONFLICT DO UPDATE, with keys of excluded', 'TABLE changed', $$ INSERT INTO changed SELECT * FROM inventory ON CONFLICT (id) DO UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, excluded)) $$);
SELECT shows('a function in SQL that returns rows', $$ SELECT i.id, j.job_id FROM inventory i, LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i)) j $$);
SELECT shows('a function in SQL that returns rows', $$ SELECT id, (j).job_id FROM inventory i, list_jobs(i.product_key, i.device_name, i.firmware_id) j $$);
SELECT shows('a function in PL/pgSQL that takes an array', $$ SELECT n FROM (SELECT device, n FROM jobs_of_all(ARRAY(SELECT device_name FROM inventory))) x
	EXCEPT ALL SELECT count(*) FROM local_job WHERE product_key = 'pk0' AND firmware_id = '187' GROUP BY device_name $$);

SELECT shows('a function in PL/pgSQL, or a scalar one in SQL, for each row', $$ SELECT id, jobs_of(product_key, device_name, firmware_id) FROM inventory $$, hold_ms => 150);
SELECT shows('a function in PL/pgSQL, or a scalar one in SQL, for each row', $$ SELECT id, count_jobs(product_key, device_name, firmware_id) FROM inventory $$, hold_ms => 150);
SELECT shows('subqueries in ON CONFLICT DO UPDATE with keys of the row there', 'TABLE changed', $$ INSERT INTO changed AS i SELECT * FROM inventory ON CONFLICT (id) DO UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$, hold_ms => 150);
SELECT shows('subqueries in RETURNING', $$ UPDATE changed i SET site = 'x' RETURNING id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) $$, hold_ms => 150);
SELECT shows('two subqueries deep, with keys of rows that the inner one reads', $$ SELECT id, (SELECT sum((SELECT count(*) FROM inventory k JOIN ota_job j ON KEY(j, k) WHERE k.id = h.id)) FROM inventory h WHERE h.id = i.id) FROM inventory i $$, hold_ms => 150);
SELECT shows('keys that are rows of an array that a subquery of the outer row makes', $$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON ROW(j.product_key, j.device_name, j.firmware_id) = ANY ((SELECT array_agg(ROW(h.product_key, h.device_name, h.firmware_id)) FROM inventory h WHERE h.id = i.id)::record[]) $$, hold_ms => 150);
SELECT shows('subqueries behind a condition that is volatile', $$ SELECT id, CASE WHEN random() >= 0 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM inventory i $$, hold_ms => 150);
SELECT shows('subqueries in ON of an outer join', $$ SELECT i.id, k.id FROM inventory i LEFT JOIN inventory k ON k.id = i.id + 1 AND (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1 $$, hold_ms => 150);
SELECT shows('subqueries in MERGE behind a condition on the target', 'TABLE changed', $$ MERGE INTO changed c USING inventory i ON i.id = c.id WHEN MATCHED AND c.site <> 'north' THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) $$, hold_ms => 150);
SELECT shows('subqueries in first_value() and its kin, in lag() of partitions', $$ SELECT id, first_value((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) OVER (PARTITION BY site ORDER BY id) FROM inventory i $$, hold_ms => 150);
SELECT shows('subqueries in first_value() and its kin, in lag() of partitions', $$ SELECT id, lag((SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))) OVER (PARTITION BY site ORDER BY id) FROM inventory i $$, hold_ms => 150);

SELECT needs('the whole table', 'SELECT * FROM ota_job');
SELECT needs('views with LIMIT, a key computed or left out', 'SELECT * FROM inventory JOIN limited_ota_job USING_KEYS');
SELECT needs('FULL JOIN, the kept side of an outer join', 'SELECT * FROM inventory FULL JOIN ota_job USING_KEYS');
SELECT needs('FULL JOIN, the kept side of an outer join', 'SELECT * FROM ota_job LEFT JOIN inventory USING_KEYS');
SELECT needs('WITH ... AS MATERIALIZED', 'WITH w AS MATERIALIZED (SELECT * FROM ota_job) SELECT * FROM inventory JOIN w USING_KEYS');

-- src/doc/keys.md has these shapes, and says this of them.
\set readme :root /src/doc/keys.md
CREATE VIEW readme AS
	SELECT cell[2] AS shape, cell[3] AS requests
	FROM regexp_matches(pg_read_file(:'readme'), '\n\| shape \|[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n)+)') AS found,
		string_to_table(found[1], E'\n') AS line,
		regexp_split_to_array(replace(line, '`', ''), ' *\| *') AS cell
	WHERE line <> '';
SELECT count(*) > 0 FROM readme;
SELECT DISTINCT shape, requests FROM seen EXCEPT ALL TABLE readme;
TABLE readme EXCEPT ALL SELECT DISTINCT shape, requests FROM seen;
