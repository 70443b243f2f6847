-- setup.sql
--		What every regression test begins with.
--
-- A test includes this file and then is in the schema t, which was made anew,
-- with the extension, a server for the simulator, a user mapping, the table
-- ota_job, the simulator's rule (sim_jobs) and the helpers below.  What an
-- earlier test left is gone, the simulator is as it was when it started.
--
-- Results come unaligned and without headings, so that expected files are short.
\pset format unaligned
\pset tuples_only on
\pset null NULL
SET client_min_messages = error;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
DROP EXTENSION IF EXISTS tuya_fdw CASCADE;
DROP SCHEMA IF EXISTS t CASCADE;
CREATE SCHEMA t;
SET search_path = t;
CREATE EXTENSION tuya_fdw;
-- Nothing is asked for before it is wanted, so that numbers of requests are exact.
SET tuya_fdw.enable_lookahead = off;
SET tuya_fdw.lookahead_rows = 1;

\! tuya_simctl reset
\getenv endpoint TUYA_SIM_ENDPOINT
\getenv ca TUYA_SIM_CA
CREATE SERVER tuya FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya
	OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER tuya INTO t;
\i :root/test/sim/rule.sql

-- Six different keys in seven rows, and a row that has no key.
CREATE TABLE inventory (site text, product_key text, device_name text, firmware_id text);
INSERT INTO inventory VALUES
	('north', 'pk1', 'd:0', '187'), ('north', 'pk1', 'd:1', '187'), ('north', 'pk1', 'd:5', '187'),
	('south', 'pk1', 'pump', '187'), ('south', 'pk2', 'pump', '187'),
	('west', 'pk2', 'pump', '188'), ('west', 'pk2', 'pump', '188'), ('west', 'pk2', NULL, '188');
ANALYZE inventory;

-- What ota_job shows, by the rule, for each combination of the inventory's values.
CREATE TABLE local_job AS
	SELECT * FROM (SELECT DISTINCT product_key FROM inventory) p,
		(SELECT DISTINCT device_name FROM inventory WHERE device_name IS NOT NULL) d,
		(SELECT DISTINCT firmware_id FROM inventory) f,
		LATERAL sim_jobs(p.product_key, d.device_name, f.firmware_id);
ANALYZE local_job;

-- What tuya_simctl says, if only ok: sim('set latency_ms=5'), sim('get requests').
-- It is the server that runs it: a server that was not started for the tests is told
-- by tuya_sim.shell where it is, in sessions with options of their own, too.
SELECT format('ALTER DATABASE %I SET tuya_sim.shell = %L', current_database(), shell)
	FROM current_setting('tuya_sim.shell', true) AS shell WHERE shell <> '' \gexec
CREATE TABLE sim_said (line text);
CREATE FUNCTION sim(command text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = t AS $$
BEGIN
	DELETE FROM sim_said;
	EXECUTE format('COPY sim_said FROM PROGRAM %L', concat(current_setting('tuya_sim.shell', true), ' tuya_simctl ', command));
	RETURN coalesce((SELECT string_agg(line, ' ') FROM sim_said), 'ok');
END $$;

-- How many requests there were since it was last called.
CREATE FUNCTION requests() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	counted text[] := string_to_array(sim('get requests refused'), ' ');
BEGIN
	PERFORM sim('clear');
	RETURN counted[1] || CASE counted[2] WHEN '0' THEN '' ELSE format(' (%s REFUSED)', counted[2]) END;
END $$;

-- What is in progress yet, when what was given up has had time to be answered.
CREATE FUNCTION left_in_flight() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	patience timestamptz := clock_timestamp() + interval '1 min';
BEGIN
	WHILE sim('get in_flight') <> '0' AND clock_timestamp() < patience LOOP
		PERFORM pg_sleep(0.002);
	END LOOP;
	RETURN sim('get in_flight');
END $$;

CREATE FUNCTION rows_of(query text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	one record;
	result text[] := '{}';
BEGIN
	FOR one IN EXECUTE query LOOP
		result := result || one::text;
	END LOOP;
	RETURN result;
END $$;

-- Compares the query's rows, in any order, with those of another one; says how
-- many there are and how many requests they took.
CREATE FUNCTION compare(query text, expected text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	asked_before text := requests();
	got text[] := rows_of(query);
	asked text := requests();
	want text[] := rows_of(expected);
	missing bigint := (SELECT count(*) FROM (SELECT unnest(want) EXCEPT ALL SELECT unnest(got)) d);
	extra bigint := (SELECT count(*) FROM (SELECT unnest(got) EXCEPT ALL SELECT unnest(want)) d);
BEGIN
	RETURN CASE WHEN missing + extra > 0 THEN format('WRONG: %s missing, %s too many, of ', missing, extra) ELSE '' END
		|| format('%s rows, %s requests', cardinality(want), asked);
END $$;

-- The same, with the query upon local_job; also where the other tables' rows are
-- read ahead, which is to change nothing.
CREATE FUNCTION same(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plain text := compare(query, replace(query, 'ota_job', 'local_job'));
	ahead text;
BEGIN
	PERFORM set_config('tuya_fdw.enable_lookahead', 'on', true), set_config('tuya_fdw.lookahead_rows', '256', true);
	ahead := compare(query, replace(query, 'ota_job', 'local_job'));
	PERFORM set_config('tuya_fdw.enable_lookahead', 'off', true), set_config('tuya_fdw.lookahead_rows', '1', true);
	RETURN CASE WHEN plain = ahead THEN plain ELSE format('%s (read ahead: %s)', plain, ahead) END;
END $$;

-- The same for the key of which each part is this text, and the rule.
CREATE FUNCTION compare_key(part text) RETURNS text LANGUAGE sql AS $$
	SELECT compare(format('SELECT * FROM ota_job WHERE product_key = %1$L AND device_name = %1$L AND firmware_id = %1$L', part),
		format('SELECT %1$L, %1$L, %1$L, s.* FROM sim_jobs(%1$L, %1$L, %1$L) s', part));
$$;

-- Runs the statement and tells its error: the SQLSTATE, or all parts of it.
CREATE FUNCTION sqlstate_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;

CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n    ', SQLSTATE || ' ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;

-- Those lines of EXPLAIN that match the pattern, without indentation; the rest is
-- PostgreSQL's and differs from version to version.
CREATE FUNCTION explain_lines(query text, pattern text, options text DEFAULT 'VERBOSE, COSTS OFF')
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, query) LOOP
		RETURN QUERY SELECT trim(l) FROM regexp_split_to_table(line, '\n') l WHERE l ~ pattern;
	END LOOP;
END $$;

SELECT FROM requests() \gset
SET client_min_messages = notice;
\set ECHO all
