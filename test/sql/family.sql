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
SELECT FROM sim('set fleet_products=20 fleet_devices=30 fleet_modules=3 fleet_firmware=4 fleet_jobs=5 fleet_tasks=12') \gset
DROP SCHEMA IF EXISTS remote, local CASCADE;
CREATE SCHEMA remote;
CREATE SCHEMA local;
IMPORT FOREIGN SCHEMA ota FROM SERVER tuya INTO remote;
SELECT format('CREATE TABLE local.%1$I (LIKE remote.%1$I)', relname) FROM pg_class
	WHERE relnamespace = 'remote'::regnamespace AND relkind = 'f' \gexec
ALTER SERVER tuya OPTIONS (ADD concurrency '16');

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
CREATE FUNCTION same(query text) RETURNS text LANGUAGE plpgsql AS $$
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
