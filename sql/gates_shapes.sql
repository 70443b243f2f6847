-- Conditions that need no reply, in all the places of a plan where they may stand: there
-- are as many requests as keys for which they are true. Those that are left to their turn
-- stand at the end.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql
\set ECHO none
SET client_min_messages = error;
CREATE FUNCTION late_sql(text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 > 'd5' $$;
CREATE FUNCTION late_sql_stable(text) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT $1 > 'd5' $$;
CREATE FUNCTION late(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 > 'd5'; END $$;
CREATE FUNCTION late_leakproof(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE LEAKPROOF AS $$ BEGIN RETURN $1 > 'd5'; END $$;
CREATE FUNCTION late_leakproof_stable(text) RETURNS bool LANGUAGE plpgsql STABLE LEAKPROOF AS $$ BEGIN RETURN $1 > 'd5'; END $$;
CREATE FUNCTION late_volatile(text) RETURNS bool LANGUAGE plpgsql VOLATILE LEAKPROOF AS $$ BEGIN RETURN $1 > 'd5'; END $$;
CREATE TABLE parts_of_ota_job (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE part_0 PARTITION OF parts_of_ota_job FOR VALUES IN ('pk0') SERVER tuya;
CREATE TABLE part_1 PARTITION OF parts_of_ota_job FOR VALUES IN ('pk1');
INSERT INTO part_1 SELECT * FROM local_job WHERE product_key = 'pk1';
CREATE TABLE parts_of_local_job (LIKE ota_job);
INSERT INTO parts_of_local_job TABLE local_job;
CREATE FOREIGN TABLE f0 (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
CREATE FOREIGN TABLE f1 (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya OPTIONS (page_size '50');
CREATE VIEW halves_of_ota_job AS SELECT 'north' AS half, * FROM f0 UNION ALL SELECT 'south', * FROM f1;
CREATE VIEW halves_of_local_job AS SELECT half, product_key, device_name, firmware_id, job_id FROM (VALUES ('north'), ('south')) x (half), local_job j;
CREATE TABLE blocked AS SELECT device_name FROM inventory WHERE id < 10;
CREATE TABLE target AS SELECT id, product_key, device_name, firmware_id, 0::bigint AS n FROM inventory;
CREATE TABLE repeated AS SELECT i.* FROM inventory i, generate_series(1, 40);
ANALYZE;
SET client_min_messages = notice;
\set ECHO all

-- Functions that the user wrote: those in SQL are their bodies.
SELECT shape(f, format($$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE %s(j.device_name) $$, f)) FROM unnest('{late_sql,late_sql_stable,late_leakproof,late_leakproof_stable}'::text[]) f;
SELECT shape('of the outer row', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND late_leakproof(i.device_name) $$);

-- One-time filters: what depends on no row.
SELECT shape('setting', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE current_setting('tuya_fdw.max_requests') = '7' $$);
SELECT shape('setting, left', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND current_setting('tuya_fdw.max_requests') = '7' $$);
SELECT shape('setting, scan', $$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd1:1' AND firmware_id = '187' AND current_setting('tuya_fdw.max_requests')::int = 7 $$);
SELECT shape('setting in a key''s condition', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE left(j.device_name, 1 + current_setting('tuya_fdw.max_requests')::int) = 'e' $$);
SELECT shape('subquery', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE (SELECT count(*) FROM blocked) = 0 $$);
SELECT shape('subquery, left', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND (SELECT count(*) FROM blocked) = 0 $$);
SELECT shape('exists', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE EXISTS (SELECT FROM blocked WHERE device_name = 'x') $$);
SELECT shape('false, left', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND false $$);

-- Conditions that PostgreSQL moves into the scan: of groups, windows, sets, CTEs.
SELECT shape('having', $$ SELECT j.device_name, count(*) FROM inventory i JOIN ota_job j ON KEY(j, i) GROUP BY 1 HAVING j.device_name > 'd5' $$);
SELECT shape('having, no row', $$ SELECT count(*) FROM inventory i JOIN ota_job j ON KEY(j, i) HAVING current_setting('tuya_fdw.max_requests') = '7' $$);
SELECT shape('group', $$ SELECT * FROM (SELECT j.device_name, count(*) FROM inventory i JOIN ota_job j ON KEY(j, i) GROUP BY 1) x WHERE device_name > 'd5' $$);
SELECT shape('window', $$ SELECT * FROM (SELECT j.device_name, job_id, count(*) OVER (PARTITION BY j.device_name) FROM inventory i JOIN ota_job j ON KEY(j, i)) x WHERE device_name > 'd5' $$);
SELECT shape('distinct', $$ SELECT * FROM (SELECT DISTINCT j.device_name FROM inventory i JOIN ota_job j ON KEY(j, i)) x WHERE device_name > 'd5' $$);
SELECT shape('union', $$ SELECT * FROM (SELECT j.device_name, job_id FROM inventory i JOIN ota_job j ON KEY(j, i) UNION SELECT 'd9', 'x') x WHERE device_name > 'd5' $$);
SELECT shape('cte', $$ WITH x AS (SELECT j.* FROM inventory i JOIN ota_job j ON KEY(j, i)) SELECT * FROM x WHERE device_name > 'd5' $$);
SELECT shape('materialized inventory', $$ WITH x AS MATERIALIZED (SELECT * FROM inventory) SELECT * FROM x i JOIN ota_job j ON KEY(j, i) WHERE j.device_name > 'd5' $$);
SELECT shape('offset 0', $$ SELECT * FROM inventory i, LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) OFFSET 0) x WHERE i.device_name > 'd5' $$);
SELECT shape('offset 0, left', $$ SELECT i.*, x.* FROM inventory i LEFT JOIN LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) OFFSET 0) x ON i.device_name > 'd5' $$);
SELECT shape('limit', $$ SELECT i.*, x.* FROM inventory i LEFT JOIN LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) AND j.device_name > 'd5' ORDER BY 1 LIMIT 1) x ON true $$);

-- Append, MergeAppend, partitions of which one is local, the table's own name.
SELECT shape('append', $$ SELECT i.id, j.* FROM inventory i LEFT JOIN halves_of_ota_job j ON KEY(j, i) AND j.half = i.site AND j.device_name > 'd5' $$);
SELECT shape('append, case', $$ SELECT i.id, j.* FROM inventory i JOIN halves_of_ota_job j ON KEY(j, i) AND CASE j.half WHEN 'north' THEN i.id < 5 ELSE i.id > 15 END $$);
SELECT shape('merge append', $$ SELECT i.id, x.* FROM inventory i, LATERAL (SELECT * FROM halves_of_ota_job j WHERE KEY(j, i) AND j.half = i.site AND j.device_name > 'd3' ORDER BY job_id LIMIT 9) x $$);
SELECT shape('partitions', $$ SELECT i.id, j.* FROM inventory i JOIN parts_of_ota_job j ON KEY(j, i) WHERE j.device_name > 'd5' $$);
SELECT shape('partitions, left', $$ SELECT i.id, j.* FROM inventory i LEFT JOIN parts_of_ota_job j ON KEY(j, i) AND i.device_name > 'd5' $$);
SELECT shape('partitions, tableoid', $$ SELECT i.id, j.* FROM inventory i JOIN parts_of_ota_job j ON KEY(j, i) WHERE j.tableoid = 'part_0'::regclass AND j.device_name > 'd5' OR j.tableoid = 'parts_of_local_job'::regclass AND j.product_key = 'pk0' AND j.device_name > 'd5' $$);

-- Memoize; a parallel plan; hash joins.
SELECT shape('memoize', $$ SELECT i.id, j.job_id FROM repeated i JOIN ota_job j ON KEY(j, i) AND j.device_name > 'd5' $$);
SELECT shape('memoize, left', $$ SELECT i.id, j.job_id FROM repeated i LEFT JOIN ota_job j ON KEY(j, i) AND i.site < 'o' AND j.device_name > 'd5' $$);
SELECT count(set_config(name, 'on', false)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT shape('parallel', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name > 'd5' $$);
SELECT count(set_config(name, 'off', false)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET enable_nestloop = off;
SELECT shape('hash', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON j.device_name = i.device_name AND j.product_key IN ('pk0', 'pk1') AND j.device_name IN ('d1:1', 'd2:2', 'd6:1') AND j.firmware_id = '187' AND j.device_name > 'd5' $$);
RESET enable_nestloop;
SELECT shape('full', $$ SELECT * FROM inventory i FULL JOIN (SELECT j.* FROM blocked b JOIN ota_job j ON j.device_name = b.device_name AND j.product_key = 'pk1' AND j.firmware_id = '187') x ON x.device_name = i.device_name WHERE x.device_name > 'd5' $$);
SELECT shape('anti', $$ SELECT i.* FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.device_name > 'd5' WHERE j.job_id IS NULL $$);
SELECT shape('semi', $$ SELECT i.* FROM inventory i WHERE (product_key, device_name, firmware_id) IN (SELECT product_key, device_name, firmware_id FROM ota_job WHERE device_name > 'd5') $$);
SELECT shape('not in', $$ SELECT i.* FROM inventory i WHERE device_name NOT IN (SELECT device_name FROM ota_job j WHERE KEY(j, i) AND device_name > 'd5') $$);

-- Statements that change tables.
SELECT shape('update', 'SELECT id, n FROM target', $$ UPDATE target t SET n = 1 FROM ota_job j WHERE KEY(j, t) AND j.device_name > 'd5' $$);
SELECT shape('update of a subquery', 'SELECT id, n FROM target', $$ UPDATE target t SET n = (SELECT count(*) FROM ota_job j WHERE KEY(j, t) AND t.device_name > 'd5') $$);
SELECT shape('delete', 'SELECT id, n FROM target', $$ DELETE FROM target t USING ota_job j WHERE KEY(j, t) AND j.device_name > 'd5' AND t.id > 3 $$);
SELECT shape('merge', 'SELECT id, n FROM target', $$ MERGE INTO target t USING ota_job j ON KEY(j, t) AND j.device_name > 'd5' AND j.job_id LIKE '%0' WHEN MATCHED THEN DELETE $$);
SELECT shape('merge of groups', 'SELECT id, n FROM target', $$ MERGE INTO target t USING (SELECT i.id, count(job_id) c FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND i.device_name > 'd5' GROUP BY 1) x ON x.id = t.id WHEN MATCHED THEN UPDATE SET n = c $$);

-- Row security: rows that are hidden are asked for nothing, with a leaky condition neither.
CREATE ROLE tuya_gates_reader;
GRANT USAGE ON SCHEMA t TO tuya_gates_reader;
GRANT ALL ON ALL TABLES IN SCHEMA t TO tuya_gates_reader;
CREATE USER MAPPING FOR tuya_gates_reader SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
ALTER TABLE inventory ENABLE ROW LEVEL SECURITY;
CREATE POLICY north ON inventory USING (site = 'north');
SET ROLE tuya_gates_reader;
SELECT shape('row security', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) $$);
SELECT shape('and a condition', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE lower(j.device_name) > 'd5' $$);
SELECT shape('and a leaky one', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND lower(i.device_name) > 'd5' $$);
RESET ROLE;
ALTER TABLE inventory DISABLE ROW LEVEL SECURITY;
DROP OWNED BY tuya_gates_reader;
DROP ROLE tuya_gates_reader;

-- Left to their turn, so all 20 keys are asked for: what may fail or is volatile, what has
-- a subquery, and what stands outside of a subquery that PostgreSQL keeps apart.
SELECT shape('not leakproof', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE late(j.device_name) $$);
SELECT shape('volatile', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE late_volatile(j.device_name) $$);
SELECT shape('not in', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE j.device_name NOT IN (SELECT device_name FROM blocked) $$);
SELECT shape('not exists', $$ SELECT * FROM inventory i JOIN ota_job j ON KEY(j, i) WHERE NOT EXISTS (SELECT FROM blocked b WHERE b.device_name = j.device_name) $$);
SELECT shape('of the outer row', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) AND EXISTS (SELECT FROM blocked b WHERE b.device_name = i.device_name) $$);
SELECT shape('materialized', $$ WITH x AS MATERIALIZED (SELECT j.* FROM inventory i JOIN ota_job j ON KEY(j, i)) SELECT * FROM x WHERE device_name > 'd5' $$);
SELECT shape('offset 0', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i) OFFSET 0) x WHERE x.device_name > 'd5' $$);
-- Their keys come from no outer row: the six keys of the lists.
SELECT shape('no parameter', $$ SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j ON j.product_key IN ('pk0', 'pk1') AND j.device_name IN ('d1:1', 'd2:2', 'd6:1') AND j.firmware_id = '187' AND i.device_name > 'x' $$);
