-- family.sql
--		What the tests of the other actions begin with, after setup.sql.
--
-- Each action's table is in schema remote; in schema local are tables of the same names and
-- columns, with the rows that the simulator's rule says they have.  A query that names no
-- schema is run upon either.  What the simulator's fleet is like the settings here say:
-- 20 products, each with 30 devices, 3 modules and 4 firmware packages, which have 5 jobs with
-- 12 tasks each.
\ir setup.sql
\set ECHO none
SET client_min_messages = error;
RESET tuya_fdw.enable_lookahead;
RESET tuya_fdw.lookahead_rows;
DROP FOREIGN TABLE ota_job;
\set fleet 'fleet_products=20 fleet_devices=30 fleet_modules=3 fleet_firmware=4 fleet_jobs=5 fleet_tasks=12'
SELECT FROM sim('set ' || :'fleet') \gset
SELECT count(set_config('sim.' || m[1], m[2], false)) FROM regexp_matches(:'fleet', '(\w+)=(\d+)', 'g') m \gset
DROP SCHEMA IF EXISTS remote, local, rule CASCADE;
CREATE SCHEMA remote;
CREATE SCHEMA local;
CREATE SCHEMA rule;
IMPORT FOREIGN SCHEMA ota FROM SERVER tuya INTO remote;
ALTER SERVER tuya OPTIONS (ADD concurrency '16');
SET search_path = rule;
\i :root/test/sim/fleet.sql
SET search_path = t;

-- What the rule has of the fleet.
SELECT format('CREATE TABLE local.%1$I AS SELECT %2$s FROM rule.%1$I', relname, string_agg(quote_ident(attname), ', ' ORDER BY attnum))
	FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
	WHERE relnamespace = 'remote'::regnamespace AND relkind = 'f' GROUP BY relname ORDER BY relname \gexec

-- And of names that say how many rows they have.
SET search_path = rule, t;
CREATE FUNCTION t.add_rows(table_name text, keys text, source text, names text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	columns text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = ('local.' || table_name)::regclass AND attnum > 0);
BEGIN
	EXECUTE format('INSERT INTO local.%1$I SELECT %2$s FROM (VALUES %5$s) n (%3$s), LATERAL %4$s s', table_name, columns, keys, source, names);
END $$;
SELECT FROM add_rows('device', 'product_key', 'sim_devices(n.product_key)', '(''shop:1''), (''shop:50''), (''shop:51''), (''shop:120'')') \gset
SELECT FROM add_rows('ota_module', 'product_key', 'sim_modules(n.product_key)', '(''shop:1''), (''shop:50''), (''shop:120'')') \gset
SELECT FROM add_rows('ota_firmware_job', 'firmware_id', 'sim_firmware_jobs(n.firmware_id)', '(''fw:1''), (''fw:200''), (''fw:201''), (''fw:250'')') \gset
SELECT FROM add_rows('ota_task', 'job_id', 'sim_tasks(n.job_id)', '(''batch:1''), (''batch:100''), (''batch:101''), (''batch:250'')') \gset
SELECT FROM add_rows('ota_module_version', 'product_key, device_name', 'sim_module_versions(n.product_key, n.device_name)', '(''shop:1'', ''pump:1''), (''shop:1'', ''pump:200''), (''shop:1'', ''pump:201''), (''shop:1'', ''pump:250'')') \gset
SELECT FROM add_rows('ota_open_task', 'product_key, device_name', 'sim_open_tasks(n.product_key, n.device_name)', '(''shop:1'', ''pump:1''), (''shop:1'', ''pump:250'')') \gset
SELECT FROM add_rows('ota_job', 'product_key, device_name, firmware_id', 'sim_jobs(n.product_key, n.device_name, n.firmware_id)', '(''shop:1'', ''pump:101'', ''1''), (''shop:1'', ''pump:150'', ''1'')') \gset
SET search_path = t;

-- The query's rows, of the tables in that schema.
CREATE FUNCTION rows_in(schema name, query text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	result text[];
BEGIN
	PERFORM set_config('search_path', schema || ', t', true);
	result := t.rows_of(query);
	PERFORM set_config('search_path', 't', true);
	RETURN result;
END $$;

CREATE FUNCTION difference(got text[], want text[]) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN missing + extra > 0 THEN format(' WRONG: %s missing, %s too many', missing, extra) ELSE '' END
	FROM (SELECT count(*) AS missing FROM (SELECT unnest(want) EXCEPT ALL SELECT unnest(got)) m) m,
		(SELECT count(*) AS extra FROM (SELECT unnest(got) EXCEPT ALL SELECT unnest(want)) e) e;
$$;

-- Runs the query upon both, and with lookahead off; says how many rows there are, whether they
-- are the same, and how many requests they took, where that differs without lookahead, too.
CREATE OR REPLACE FUNCTION same(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	want text[] := rows_in('local', query);
	nothing text := requests();
	got text[] := rows_in('remote', query);
	asked text := requests();
	said text := format('%s rows, %s requests%s', cardinality(want), asked, difference(got, want));
BEGIN
	PERFORM set_config('tuya_fdw.enable_lookahead', 'off', true);
	got := rows_in('remote', query);
	nothing := requests();
	PERFORM set_config('tuya_fdw.enable_lookahead', 'on', true);
	RETURN said || CASE WHEN nothing <> asked THEN format(' (%s without lookahead)', nothing) ELSE '' END || difference(got, want);
END $$;

-- Runs the query upon both; says how many rows there are, whether they are the same, and of each
-- action how many requests there were and how many of them were in flight at once: for that it
-- is run again, with that action's replies held until there are 16, if there are; or fewer,
-- where no more are to be expected, once a first one has been answered.
CREATE FUNCTION overlaps(query text, at_once int DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	want text[] := rows_in('local', query);
	got text[];
	asked text;
	action text[];
BEGIN
	PERFORM sim('clear');
	got := rows_in('remote', query);
	asked := sim('actions');
	RETURN NEXT format('%s rows%s', cardinality(want), difference(got, want));
	FOR action IN SELECT m FROM regexp_matches(asked, '([A-Za-z]+) (\d+)', 'g') m ORDER BY m[1] LOOP
		PERFORM left_in_flight(), sim(format('set hold_action=%s hold_until_in_flight=%s hold_times=9 hold_ms=%s', action[1], least(action[2]::int, coalesce(at_once, 16)), CASE WHEN at_once IS NULL THEN 20000 ELSE 300 END)), sim('clear');
		got := rows_in('remote', query);
		RETURN NEXT format('    %s: %s requests, %s in flight%s', action[1], action[2], substring(sim('actions') FROM action[1] || ' \d+ (\d+)'), difference(got, want));
	END LOOP;
	PERFORM sim('set hold_action= hold_until_in_flight=0'), requests();
END $$;

SELECT FROM requests() \gset
SET client_min_messages = notice;
\set ECHO all
