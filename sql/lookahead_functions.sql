-- Functions, prepared statements and other executions within executions: each plan
-- is rewritten when it is started and is what it was when it ends.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- In SQL and PL/pgSQL functions, inlined or not.
CREATE FUNCTION jobs_of_ota_job(at text) RETURNS TABLE (id int, job text) LANGUAGE sql STABLE AS $$
	SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE site = at $$;
CREATE FUNCTION jobs_of_local_job(at text) RETURNS TABLE (id int, job text) LANGUAGE sql STABLE AS $$
	SELECT i.id, job_id FROM inventory i JOIN local_job j USING (product_key, device_name, firmware_id) WHERE site = at $$;
CREATE FUNCTION called_ota_job(at text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE site = at $$;
CREATE FUNCTION called_local_job(at text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT count(*) FROM inventory i JOIN local_job j USING (product_key, device_name, firmware_id) WHERE site = at $$;
CREATE FUNCTION loop_ota_job(at text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	job record;
BEGIN
	FOR job IN SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE site = at ORDER BY id LOOP
		RETURN NEXT format('%s of %s', job, (SELECT count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE id = job.id));
	END LOOP;
END $$;
CREATE FUNCTION loop_local_job(at text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	job record;
BEGIN
	FOR job IN SELECT i.id, job_id FROM inventory i JOIN local_job j USING (product_key, device_name, firmware_id) WHERE site = at ORDER BY id LOOP
		RETURN NEXT format('%s of %s', job, (SELECT count(*) FROM inventory i JOIN local_job j USING (product_key, device_name, firmware_id) WHERE id = job.id));
	END LOOP;
END $$;
SELECT shape('inlined', $$ SELECT * FROM jobs_of_ota_job('north') $$);
SELECT shape('lateral', $$ SELECT * FROM (SELECT DISTINCT site FROM inventory) s, LATERAL jobs_of_ota_job(site) $$);
SELECT shape('in the output', $$ SELECT site, jobs_of_ota_job(site) FROM (SELECT DISTINCT site FROM inventory) s $$);
SELECT shape('stopped early', $$ SELECT count(*) FROM (SELECT jobs_of_ota_job('west') LIMIT 2) x $$, at_most => 8);
SELECT shape('called', $$ SELECT site, called_ota_job(site) FROM (SELECT DISTINCT site FROM inventory) s $$);
SELECT shape('called for each row of a join', $$ SELECT i.id, called_ota_job(site) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE i.id < 4 $$);
SELECT shape('called in a join condition', $$ SELECT i.id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE i.id < 4 AND called_ota_job(site) > 9 $$);
SELECT shape('loop', $$ SELECT loop_ota_job('double') $$);

-- Prepared statements, executed again after the setting has changed, and after the table has.
PREPARE joined(int) AS SELECT count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE id < $1;
CREATE FUNCTION executed(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	jobs bigint;
BEGIN
	PERFORM sim('clear');
	EXECUTE format('EXECUTE joined(%s)', n) INTO jobs;
	RETURN format('%s jobs, requests: %s%s', jobs, asked(), CASE WHEN EXISTS (SELECT FROM explain_lines(format('EXECUTE joined(%s)', n), 'Lookahead')) THEN ', lookahead' ELSE '' END);
END $$;
SET plan_cache_mode = force_generic_plan;
SELECT executed(9);
SELECT executed(12);
SET tuya_fdw.enable_lookahead = off;
SELECT executed(9);
SET tuya_fdw.enable_lookahead = on;
SELECT executed(9);
ALTER FOREIGN TABLE ota_job OPTIONS (ADD page_size '2');
SELECT executed(9);
ALTER FOREIGN TABLE ota_job OPTIONS (DROP page_size);
SELECT executed(9);
ANALYZE inventory;
SELECT executed(1);
RESET plan_cache_mode;
SELECT executed(9);
-- An error in it leaves it as it was.
SELECT sim('set fail_count=1 fail_skip=3 fail_shape=service fail_code=iot.system.Oops');
SELECT sqlstate_of('EXECUTE joined(9)');
SELECT executed(9);
SELECT sqlstate_of('EXECUTE joined(NULL)'), sqlstate_of('EXPLAIN ANALYZE EXECUTE joined(2)');
SELECT executed(9);

-- A function called again and again does not gather plans, whether it ends, stops early or fails.
CREATE FUNCTION fails(n int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(1 / (i.id - n)) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE id < 4);
EXCEPTION WHEN division_by_zero THEN
	RETURN NULL;
END $$;
CREATE FUNCTION first_of(n int) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE id >= n ORDER BY id $$;
CREATE FUNCTION memory() RETURNS text LANGUAGE sql AS $$
	SELECT format('%s plans', count(*) FILTER (WHERE name = 'tuya_fdw plan')) || format(', %s executions', count(*) FILTER (WHERE name = 'tuya_fdw execution')) FROM pg_backend_memory_contexts $$;
SELECT sim('set latency_ms=0');
SELECT memory();
SELECT count(*), sum(called_ota_job('double')), count(fails(3)), count(fails(g % 4)), count(first_of(3)), count(job), memory()
	FROM generate_series(1, 50) g, LATERAL (SELECT jobs_of_ota_job('double') AS job LIMIT 3) x GROUP BY g % 1;
SELECT memory();
CREATE FUNCTION used() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(used_bytes) FROM pg_backend_memory_contexts $$;
CREATE FUNCTION growth(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before bigint;
	grown bigint;
BEGIN
	-- what is made once is made before
	FOR i IN 1 .. 30 LOOP
		EXECUTE statement;
		grown := used() - before;
		IF i <= 20 THEN
			before := used();
		END IF;
	END LOOP;
	RETURN CASE WHEN grown < 10 * 200 THEN 'none' ELSE format('%s bytes', grown) END;
END $$;
SELECT growth($$ SELECT called_ota_job('double') $$), growth($$ SELECT fails(3) $$), growth($$ SELECT jobs_of_ota_job('west') LIMIT 1 $$),
	growth($$ EXECUTE joined(4) $$), growth($$ EXPLAIN EXECUTE joined(4) $$);
-- Within one statement that calls it a thousand times memory does not grow either.
SELECT count(*), max(m) - min(m) < 65536 AS flat FROM (SELECT g, called_ota_job('none'), CASE WHEN g % 100 = 0 THEN used() END AS m FROM generate_series(1, 1000) g) x;

-- Extensions that look at plans see what is executed, and nothing breaks.
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0;
SET auto_explain.log_analyze = on;
SET auto_explain.log_verbose = on;
SET auto_explain.log_nested_statements = on;
SET auto_explain.log_timing = off;
SET auto_explain.log_level = debug5;
SELECT loop_ota_job('double');
SELECT called_ota_job('double'), called_ota_job('north'), first_of(3), fails(3), fails(0);
EXECUTE joined(9);
SELECT memory();
