-- A session's first statement is one of a function in SQL: it is known which, what its arguments
-- are called, and by which collation it was called.  The rest as in first_statement.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
\set ECHO none
CREATE INDEX ON inventory (device_name);
-- that has no capital letters before all others
CREATE COLLATION by_letters (provider = icu, locale = 'und');
CREATE DOMAIN c_text AS text COLLATE "C";
CREATE TABLE named_devices (gone int, id int, short varchar(4));
ALTER TABLE named_devices DROP COLUMN gone;
-- CONDITION in a body is one that lacks keys until it is planned again; the same on the local copy, as NAME_local.
CREATE PROCEDURE make(name text, arguments text, options text, body text) LANGUAGE plpgsql AS $$
DECLARE condition text := '(id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name))';
	made text := format('CREATE FUNCTION %s(%s) ', name, arguments) || CASE
		WHEN options ~ 'BEGIN ATOMIC' THEN format('%s %s; END', options, replace(body, 'CONDITION', condition))
		WHEN options ~ 'RETURN$' THEN format('%s (%s)', options, replace(body, 'CONDITION', condition))
		ELSE format('%s AS %L', options, replace(body, 'CONDITION', condition)) END;
BEGIN
	EXECUTE made;
	EXECUTE regexp_replace(replace(made, 'ota_job', 'local_job'), name, name || '_local');
END $$;
CALL make('above', 'dn text', 'RETURNS SETOF int LANGUAGE sql', 'SELECT id FROM inventory i WHERE device_name > dn AND CONDITION ORDER BY 1');
CALL make('of_index', 'dn text', 'RETURNS SETOF int LANGUAGE sql SET enable_seqscan = off', 'SELECT id FROM inventory i WHERE device_name = dn AND CONDITION');
CALL make('counted', 'dn text', 'RETURNS bigint LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('definer', 'dn text', 'RETURNS bigint LANGUAGE sql STABLE STRICT SECURITY DEFINER', 'SELECT count(*) FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('folded', 'dn text', 'RETURNS bigint LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE device_name > upper(dn) AND CONDITION');
-- a constant that comes from another text stands where the argument does in this one
DO $$ BEGIN EXECUTE format('CREATE FUNCTION other(d text) RETURNS bool LANGUAGE sql IMMUTABLE AS %L',
	rpad('SELECT d <>', position('dn)' in 'SELECT count(*) FROM inventory i WHERE device_name > upper(dn)') - 1) || '''none'''); END $$;
CALL make('beside', 'dn text', 'RETURNS bigint LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE device_name > upper(dn) AND other(device_name) AND CONDITION');
CALL make('optional', 'dn text', 'RETURNS bigint LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE (dn IS NULL OR device_name > dn) AND CONDITION');
CALL make('of_its_own', 'dn text', 'RETURNS bigint LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE device_name > dn COLLATE "C" AND device_name > dn::c_text AND CONDITION');
CALL make('of_both', 'dn text', 'RETURNS bigint LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE device_name > dn COLLATE "C" AND device_name > dn::c_text AND device_name > dn AND CONDITION');
CALL make('listed', 'VARIADIC dns text[]', 'RETURNS bigint LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE device_name = ANY (dns) AND CONDITION');
CALL make('of_name', 'dn name', 'RETURNS bigint LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('unused', 'dn text, above int', 'RETURNS bigint LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE id > above AND CONDITION');
CALL make('second', 'dn text', 'RETURNS bigint LANGUAGE sql', 'SELECT 1; SELECT count(*) FROM inventory i WHERE device_name > dn AND CONDITION; ');
CALL make('of_any', 'dn anyelement', 'RETURNS anyelement LANGUAGE sql', 'SELECT max(device_name) FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('written', 'dn text', 'RETURNS SETOF int LANGUAGE sql', 'UPDATE inventory i SET other_id = other_id WHERE device_name > dn AND CONDITION RETURNING id');
-- what is returned becomes what the function returns
CALL make('as_int', 'dn text', 'RETURNS int LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('as_names', 'dn text', 'RETURNS SETOF name LANGUAGE sql', 'SELECT DISTINCT device_name FROM inventory i WHERE device_name > dn AND CONDITION ORDER BY 1');
CALL make('as_rows', 'dn text', 'RETURNS SETOF named_devices LANGUAGE sql', 'SELECT id, device_name FROM inventory i WHERE device_name > dn AND CONDITION ORDER BY other_id, id');
CALL make('too_long', 'dn text', 'RETURNS SETOF named_devices LANGUAGE sql', 'SELECT id, (device_name || device_name)::varchar FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('as_record', 'dn text', 'RETURNS SETOF record LANGUAGE sql', 'SELECT id, device_name FROM inventory i WHERE device_name > dn AND CONDITION ORDER BY other_id, id');
CALL make('as_outs', 'dn text, OUT n int, OUT m text', 'LANGUAGE sql', 'SELECT count(*), max(device_name::name) FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('as_void', 'dn text', 'RETURNS void LANGUAGE sql', 'SELECT count(*) FROM inventory i WHERE device_name > dn AND CONDITION');
-- those that were parsed when they were made
CALL make('atomic', 'dn text', 'RETURNS int LANGUAGE sql BEGIN ATOMIC', 'SELECT count(*) FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('atomic_too', 'dn text', 'RETURNS bigint LANGUAGE sql BEGIN ATOMIC', 'SELECT count(*) FROM inventory i WHERE device_name < dn AND CONDITION');
CALL make('atomic_third', 'dn text', 'RETURNS SETOF int LANGUAGE sql BEGIN ATOMIC SELECT 1; UPDATE inventory SET other_id = other_id WHERE id = 1;', 'SELECT id FROM inventory i WHERE device_name > dn AND CONDITION ORDER BY 1');
CALL make('returned', 'dn text', 'RETURNS bigint LANGUAGE sql VOLATILE RETURN', 'SELECT count(*) FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('without', '', 'RETURNS bigint LANGUAGE sql BEGIN ATOMIC', 'SELECT count(*) FROM inventory i WHERE CONDITION');
CALL make('in_worker', 'dn text', 'RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER', 'SELECT count(*) FROM inventory i WHERE device_name > dn AND CONDITION');
CALL make('called', 'dn text', 'RETURNS bigint LANGUAGE plpgsql', 'BEGIN RETURN counted(dn); END');
CREATE PROCEDURE proc(dn text, INOUT n bigint) LANGUAGE sql AS $$ SELECT count(*) FROM inventory i WHERE device_name > dn
	AND (id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) $$;
\set ECHO all

-- What the local copy has.
SELECT (SELECT string_agg(x::text, ' ') FROM above_local('d4') x), (SELECT string_agg(x::text, ' ') FROM above_local('D4' COLLATE by_letters) x), of_index_local('d5:2'),
	counted_local('d4'), counted_local('D4'), counted_local('D4' COLLATE by_letters), folded_local('d4'), folded_local('d4' COLLATE by_letters), beside_local('d4' COLLATE by_letters), optional_local(NULL), of_its_own_local('D4' COLLATE by_letters), of_both_local('D4'), of_both_local('D4' COLLATE by_letters),
	listed_local('d4:1', 'd3:0'), of_name_local('d4'), unused_local('d4', 2), of_any_local('d4'::text), (SELECT count(*) FROM written_local('d4'));
SELECT as_int_local('d4'), (SELECT string_agg(x::text, ' ') FROM as_names_local('d4') x), (SELECT string_agg(x::text, ' ') FROM as_rows_local('d4') x),
	(SELECT string_agg(x::text, ' ') FROM as_record_local('d4') x (a int, b varchar)), as_outs_local('d4'), atomic_local('d4'), atomic_too_local('d4'),
	(SELECT string_agg(x::text, ' ') FROM atomic_third_local('d4') x), without_local(), (SELECT sum(in_worker_local(device_name)) FROM inventory);

-- Each of these is a session's first; \c keeps the options.
\c -reuse-previous=on "options='-c search_path=t -c client_min_messages=notice'"
SELECT string_agg(x::text, ' ') FROM above('d4') x;
\c -
SELECT string_agg(x::text, ' ') FROM above('D4' COLLATE by_letters) x;
\c -
SELECT of_index('d5:2');
\c -
SELECT counted('D4'), counted('D4' COLLATE by_letters);
\c -
SELECT counted('D4' COLLATE by_letters);
\c -
SELECT definer('d4');
\c -
SELECT folded('d4');
\c -
SELECT folded('d4' COLLATE by_letters);
\c -
SELECT beside('d4' COLLATE by_letters);
\c -
SELECT optional(NULL);
\c -
SELECT optional('d4');
\c -
SELECT of_its_own('D4' COLLATE by_letters);
\c -
SELECT of_both('D4');
\c -
SELECT of_both('D4' COLLATE by_letters);
\c -
SELECT listed('d4:1', 'd3:0');
\c -
SELECT of_name('d4');
\c -
SELECT unused('d4', 2);
\c -
SELECT second('d4');
\c -
SELECT of_any('d4'::text);
\c -
SELECT count(*) FROM written('d4');
\c -
SELECT as_int('d4');
\c -
SELECT string_agg(x::text, ' ') FROM as_names('d4') x;
\c -
SELECT string_agg(x::text, ' ') FROM as_rows('d4') x;
\c -
SELECT too_long('d4');
\c -
SELECT string_agg(x::text, ' ') FROM as_record('d4') x (a int, b varchar);
\c -
SELECT as_outs('d4');
\c -
SELECT as_void('d4');
\c -
SELECT atomic('d4');
\c -
SELECT atomic_too('d4');
\c -
SELECT string_agg(x::text, ' ') FROM atomic_third('d4') x;
\c -
SELECT returned('d4');
\c -
SELECT without();
\c -
CALL proc('d4', 0);
\c -
SELECT called('d4');
\c -
SELECT called('D4' COLLATE by_letters);
\c -
SET plan_cache_mode = force_generic_plan;
SELECT counted('d4');
\c -
PREPARE p(text) AS SELECT counted($1);
EXECUTE p('d4');
EXECUTE p('d2');
\c -
COPY (SELECT counted('d4')) TO STDOUT;

-- In a parallel worker, which loads it by itself.
\c -
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT sum(in_worker(device_name)) FROM inventory;

-- Several of that name, text and types may call their arguments otherwise: a hint says so, and the next time it works.
\c -
CREATE SCHEMA other;
SET check_function_bodies = off;
DO $$ BEGIN EXECUTE replace(replace(pg_get_functiondef('counted(text)'::regprocedure), 't.counted', 'other.counted'), '(dn text)', '(device text)'); END $$;
SELECT error_of($$ SELECT counted('d4') $$);
SELECT counted('d4');
\c -
DROP SCHEMA other CASCADE;
