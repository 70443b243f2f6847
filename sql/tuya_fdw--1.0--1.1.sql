/* sql/tuya_fdw--1.0--1.1.sql */

\echo Use "ALTER EXTENSION tuya_fdw UPDATE TO '1.1'" to load this file. \quit

CREATE FUNCTION tuya_fdw_stats(
	OUT server_name name,
	OUT usename name,
	OUT lookups bigint,
	OUT deduplicated bigint,
	OUT cache_hits bigint,
	OUT requests bigint,
	OUT retries bigint,
	OUT throttled bigint,
	OUT errors_credentials bigint,
	OUT errors_clock bigint,
	OUT errors_request bigint,
	OUT errors_service bigint,
	OUT errors_transport bigint,
	OUT errors_malformed bigint,
	OUT rows bigint,
	OUT bytes_received bigint,
	OUT connections_opened bigint,
	OUT total_reply_time double precision,
	OUT max_reply_time double precision,
	OUT reply_times bigint[],
	OUT in_flight bigint,
	OUT current_rate double precision,
	OUT learned_limit double precision,
	OUT requests_today bigint,
	OUT last_error text,
	OUT last_error_time timestamptz,
	OUT stats_reset timestamptz,
	OUT scope text)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_stats() IS
	'what the view tuya_fdw_stats shows';

CREATE VIEW tuya_fdw_stats AS SELECT * FROM tuya_fdw_stats();

COMMENT ON VIEW tuya_fdw_stats IS
	'what was asked of the service and what came of it, for each server and user mapping of the database';

GRANT SELECT ON tuya_fdw_stats TO PUBLIC;

CREATE FUNCTION tuya_fdw_stats_reset(server text DEFAULT NULL)
RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_stats_reset(text) IS
	'sets tuya_fdw_stats to 0, of that server or of all in the database';

REVOKE ALL ON FUNCTION tuya_fdw_stats_reset(text) FROM PUBLIC;

CREATE FUNCTION tuya_fdw_cache(
	OUT server_name name,
	OUT usename name,
	OUT entries bigint,
	OUT bytes bigint,
	OUT hits bigint,
	OUT oldest timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_cache() IS
	'what the view tuya_fdw_cache shows';

CREATE VIEW tuya_fdw_cache AS SELECT * FROM tuya_fdw_cache();

COMMENT ON VIEW tuya_fdw_cache IS
	'what the option cache_ttl keeps in memory, for each server and user mapping of the database';

GRANT SELECT ON tuya_fdw_cache TO PUBLIC;

CREATE FUNCTION tuya_fdw_cache_clear(server text DEFAULT NULL)
RETURNS bigint
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_cache_clear(text) IS
	'drops what is cached, of that server or of all in the database; returns how many lookups that were';

REVOKE ALL ON FUNCTION tuya_fdw_cache_clear(text) FROM PUBLIC;

CREATE FUNCTION tuya_fdw_progress(
	OUT pid integer,
	OUT datid oid,
	OUT usesysid oid,
	OUT server_name name,
	OUT statement_start timestamptz,
	OUT phase text,
	OUT keys_announced bigint,
	OUT keys_done bigint,
	OUT rows_out bigint,
	OUT requests bigint,
	OUT in_flight bigint,
	OUT retries bigint,
	OUT bytes_received bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_progress() IS
	'what the view tuya_fdw_progress shows, with identifiers in place of names';

CREATE VIEW tuya_fdw_progress AS
	SELECT p.pid, d.datname, r.rolname AS usename, p.server_name, p.statement_start, p.phase,
		p.keys_announced, p.keys_done, p.rows_out, p.requests, p.in_flight, p.retries,
		p.bytes_received
	FROM tuya_fdw_progress() p
		LEFT JOIN pg_database d ON d.oid = p.datid
		LEFT JOIN pg_roles r ON r.oid = p.usesysid;

COMMENT ON VIEW tuya_fdw_progress IS
	'what statements that use tuya_fdw''s servers have done so far, a row for each session and server';

GRANT SELECT ON tuya_fdw_progress TO PUBLIC;

CREATE FUNCTION tuya_fdw_connections(
	OUT server_name text,
	OUT user_name text,
	OUT valid boolean,
	OUT in_use boolean,
	OUT connections integer)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_connections() IS
	'the connections of this session, for each server and user mapping';

CREATE FUNCTION tuya_fdw_disconnect(server text)
RETURNS boolean
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_disconnect(text) IS
	'closes the connections of this session to that server, if they are not in use';

CREATE FUNCTION tuya_fdw_disconnect_all()
RETURNS boolean
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_disconnect_all() IS
	'closes all connections of this session that are not in use';

CREATE FUNCTION tuya_fdw_check(
	server text,
	product_key text DEFAULT NULL,
	device_name text DEFAULT NULL,
	firmware_id text DEFAULT NULL,
	action text DEFAULT NULL,
	job_id text DEFAULT NULL,
	OUT step text,
	OUT ok boolean,
	OUT detail text,
	OUT hint text,
	OUT elapsed_ms double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_check(text, text, text, text, text, text) IS
	'asks that server once, and tells step by step what is well and what is not';

CREATE FUNCTION tuya_fdw_columns(
	foreign_table regclass,
	OUT column_name name,
	OUT kind text,
	OUT api_name text,
	OUT place integer)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_columns(regclass) IS
	'what the columns of a foreign table show: key, id, field, page, error, constant; NULL: no column does';

CREATE FUNCTION tuya_fdw_page_rows(foreign_table regclass)
RETURNS integer
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_page_rows(regclass) IS
	'rows that a foreign table gets by one request, at most';

CREATE FUNCTION tuya_fdw_session_requests()
RETURNS bigint
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_session_requests() IS
	'requests that this session has sent so far';

CREATE FUNCTION tuya_fdw_session_failures()
RETURNS bigint
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_session_failures() IS
	'keys that failed or could not be read whole in this session so far, and were no error';

/*
 * A procedure that has a SET clause may not COMMIT.  So the search_path is set in each of
 * its transactions instead, and what runs before that is qualified.  Locks of a session would
 * outlive an error, which nothing can catch here, for no COMMIT may be in a block that
 * catches: so the lock is each transaction's.  In the instant between two of them another
 * CALL may get it; that one sees the first one wait, and gives way.
 */
CREATE PROCEDURE tuya_fdw_refresh(
	target text,
	source regclass,
	inventory regclass DEFAULT NULL,
	batch integer DEFAULT 5000,
	older_than interval DEFAULT '20 hours',
	max_requests bigint DEFAULT NULL,
	keys text[] DEFAULT NULL)
LANGUAGE plpgsql
AS $procedure$
DECLARE
	-- types as ours, names as the caller's search_path has them
	known CONSTANT pg_catalog.regclass := pg_catalog.to_regclass(target);
	here CONSTANT pg_catalog.name := pg_catalog.current_schema();
	parts pg_catalog.text[] := pg_catalog.parse_ident(target);
	PATH CONSTANT pg_catalog.text := 'pg_catalog, pg_temp';
	MADE CONSTANT pg_catalog.text := 'made by tuya_fdw_refresh: ';
	STATE_OF CONSTANT pg_catalog.text := 'what became of each key of %s, by tuya_fdw_refresh';
	STATE_COLUMNS CONSTANT pg_catalog.text[] := '{asked_at,fetched_at,rows,error_code,error_message,failed_since}';
	started CONSTANT pg_catalog.timestamptz := pg_catalog.clock_timestamp();
	extension pg_catalog.text;				-- the schema of its functions
	schema_name pg_catalog.name;
	table_name pg_catalog.name;
	lock_key bigint;
	page_size integer;
	shows_errors boolean;		-- the source does, as rows
	asked_from pg_catalog.text;			-- the foreign table that shows errors as rows
	definition pg_catalog.text;
	remark pg_catalog.text;
	added pg_catalog.text;				-- the columns that it has and the source has not
	-- identifiers, quoted
	jobs pg_catalog.text;
	state pg_catalog.text;
	key_names pg_catalog.text[];			-- the source's key columns; none: it is one list
	asked_keys pg_catalog.text[];			-- what tells apart what is asked for: the same, or of one list a column that says so
	inventory_keys pg_catalog.text[];
	inventory_from pg_catalog.text;
	id pg_catalog.text;
	code pg_catalog.text;
	message pg_catalog.text;
	fetched pg_catalog.text;
	columns pg_catalog.text[];				-- those that the target has, too, ...
	values_ pg_catalog.text[];				-- ... of g, in its types
	compared_there pg_catalog.text[];	-- ... without those about the reply, of t, ...
	compared_here pg_catalog.text[];	-- ... and of g, as they would be there
	key_list pg_catalog.text;				-- asked_keys
	row_keys pg_catalog.text;				-- key_names, ...
	id_list pg_catalog.text;				-- ... and the id
	matches pg_catalog.text;				-- "%1$s" and "%2$s" of the same key
	matches_target pg_catalog.text;		-- t and "%1$s"
	same_id pg_catalog.text;				-- of t and g
	differs pg_catalog.text;
	assignments pg_catalog.text;
	due pg_catalog.text;
	too_long pg_catalog.text;				-- of an inventory's key: with a job's id it has to fit an index
	asked_at pg_catalog.timestamptz;
	sent bigint := 0;
	before bigint;
	failures_max bigint;		-- on_error_limit
	failures bigint := 0;		-- of this CALL
	is_new boolean;				-- nothing was in the target
	softened bigint;			-- tuya_fdw_session_failures(), before the inventory is read
	owner pg_catalog.name;
	n bigint;
BEGIN
	PERFORM pg_catalog.set_config('search_path', PATH, true);

	IF target IS NULL OR source IS NULL OR batch IS NULL OR older_than IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'target, source, inventory, batch and older_than must not be NULL';
	ELSIF batch < 1 OR max_requests < 1 THEN
		RAISE invalid_parameter_value USING MESSAGE = 'batch and max_requests must be 1 at least';
	ELSIF cardinality(parts) > 2 THEN
		RAISE invalid_name USING MESSAGE = format('improper relation name: "%s"', target);
	END IF;
	SELECT quote_ident(nspname) INTO STRICT extension
		FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'tuya_fdw';

	-- names
	IF known IS NOT NULL THEN
		SELECT nspname, relname INTO STRICT schema_name, table_name
			FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = known;
	ELSE
		schema_name := CASE cardinality(parts) WHEN 2 THEN parts[1] ELSE here END;
		table_name := parts[cardinality(parts)];
	END IF;
	IF schema_name IS NULL THEN
		RAISE invalid_schema_name USING MESSAGE = 'no schema has been selected to create in';
	END IF;
	jobs := format('%I.%I', schema_name, table_name);
	-- with what follows it the name has 63 bytes at most
	SELECT format('%I.%I', schema_name, left(table_name, l) || '_state'), format('%I.%I', schema_name, left(table_name, l) || '_source')
		INTO STRICT state, asked_from
		FROM generate_series(1, 63) l WHERE octet_length(left(table_name, l)) <= 56 ORDER BY l DESC LIMIT 1;

	lock_key := hashtextextended('tuya_fdw_refresh ' || jobs, 0);
	IF NOT pg_try_advisory_xact_lock(lock_key) THEN
		RAISE lock_not_available USING MESSAGE = format('%s is being refreshed by another session', jobs),
			HINT = 'Wait until that has ended, then call again.';
	END IF;

	-- What others have put beside the target may have functions of theirs: triggers, a view's.
	SELECT relname, relkind, pg_get_userbyid(relowner) INTO remark, definition, owner
		FROM pg_class c JOIN pg_roles r ON r.rolname = current_user
		WHERE c.oid IN (to_regclass(state), to_regclass(asked_from))
			AND (r.rolsuper OR NOT pg_has_role(relowner, 'USAGE'))
			AND relowner NOT IN (SELECT r.oid UNION ALL SELECT k.relowner FROM pg_class k WHERE k.oid = known)
		ORDER BY relkind DESC LIMIT 1;
	IF FOUND THEN
		RAISE insufficient_privilege USING MESSAGE = format('permission denied for %s %s', CASE definition WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' ELSE 'table' END, remark),
			DETAIL = format('It belongs to %s. What is beside %s has to belong to its owner or to who calls, for it might have triggers.', owner, jobs),
			HINT = format('Drop it, or SET ROLE %I before you call.', owner);
	END IF;
	IF octet_length(table_name) > 56 AND obj_description(to_regclass(state), 'pg_class') <> format(STATE_OF, jobs) THEN
		RAISE duplicate_table USING MESSAGE = format('%s is of another copy', state),
			DETAIL = format('A name of more than 56 bytes is cut, and so is that of %s.', jobs),
			HINT = 'Call one of them by a shorter name.';
	END IF;

	-- who may not read it is refused by PostgreSQL
	EXECUTE format('SELECT FROM %s WHERE false', source);
	EXECUTE format($$
		SELECT coalesce(array_agg(quote_ident(column_name) ORDER BY place) FILTER (WHERE kind = 'key'), '{}'),
			min(quote_ident(column_name)) FILTER (WHERE kind = 'id'),
			min(quote_ident(column_name)) FILTER (WHERE api_name = 'errorCode'),
			min(quote_ident(column_name)) FILTER (WHERE api_name = 'errorMessage'),
			min(quote_ident(column_name)) FILTER (WHERE api_name = 'fetchedAt')
		FROM %s.tuya_fdw_columns($1)$$, extension)
		INTO key_names, id, code, message, fetched USING source;
	IF array_position(key_names, NULL) IS NOT NULL OR id IS NULL THEN
		RAISE undefined_column USING MESSAGE = format('foreign table %s has no column for a part of the key, or none for a row''s id', source),
			HINT = 'The copy needs both, to tell its rows apart.';
	END IF;
	IF key_names && STATE_COLUMNS THEN
		RAISE duplicate_column USING MESSAGE = format('key columns of %s have names of %s', source, state),
			DETAIL = format('Its columns beside the key are %s.', array_to_string(STATE_COLUMNS, ', ')),
			HINT = 'Make a foreign table with other names, and copy that.';
	END IF;
	IF key_names = '{}' THEN
		IF inventory IS NOT NULL OR keys IS NOT NULL THEN
			RAISE invalid_parameter_value USING MESSAGE = format('foreign table %s needs no key, so it is copied without an inventory', source),
				HINT = 'Leave out inventory and keys.';
		END IF;
		asked_keys := '{list}';
		inventory_from := format('(SELECT %L::text AS list)', 'all');
	ELSIF inventory IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'target, source, inventory, batch and older_than must not be NULL',
			DETAIL = format('Foreign table %s needs keys, which the inventory has.', source);
	ELSE
		EXECUTE format('SELECT FROM %s WHERE false', inventory);
		asked_keys := key_names;
		inventory_from := inventory;
	END IF;
	inventory_keys := coalesce((SELECT array_agg(quote_ident(k) ORDER BY o) FROM unnest(keys) WITH ORDINALITY u (k, o)), asked_keys);
	IF cardinality(inventory_keys) <> cardinality(asked_keys) OR array_position(inventory_keys, NULL) IS NOT NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('keys has to name %s columns of the inventory', cardinality(key_names)),
			DETAIL = format('The key columns of %s are %s.', source, array_to_string(key_names, ', '));
	END IF;

	-- A source that does not show errors as rows is asked by way of a foreign table that does.
	SELECT max(o.option_value) FILTER (WHERE o.option_name = 'on_error') = 'row',
			coalesce(max(o.option_value) FILTER (WHERE o.option_name = 'on_error_limit'), '100')
		INTO shows_errors, failures_max
		FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = t.ftserver,
			LATERAL (SELECT * FROM pg_options_to_table(t.ftoptions)
				UNION ALL SELECT so.* FROM pg_options_to_table(s.srvoptions) so
					WHERE so.option_name NOT IN (SELECT tb.option_name FROM pg_options_to_table(t.ftoptions) tb)) o
		WHERE t.ftrelid = source;
	EXECUTE format('SELECT %s.tuya_fdw_page_rows($1)', extension) INTO STRICT page_size USING source;
	IF shows_errors AND code IS NOT NULL AND message IS NOT NULL AND fetched IS NOT NULL THEN
		asked_from := source::text;
	ELSE
		SELECT coalesce(code, min(name) FILTER (WHERE field = 'errorCode')), coalesce(message, min(name) FILTER (WHERE field = 'errorMessage')),
				coalesce(fetched, min(name) FILTER (WHERE field = 'fetchedAt')), string_agg(format(', %I %s OPTIONS (field %L)', name, type, field), '' ORDER BY o)
			INTO STRICT code, message, fetched, added
			FROM (SELECT v.*, CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = usual) THEN 'tuya_fdw_' ELSE '' END || usual AS name
				FROM (VALUES (1, code, 'error_code', 'text', 'errorCode'), (2, message, 'error_message', 'text', 'errorMessage'),
					(3, fetched, 'fetched_at', 'timestamptz', 'fetchedAt')) v (o, there, usual, type, field)
				WHERE there IS NULL) c;
		SELECT format('CREATE FOREIGN TABLE %s (%s) SERVER %I OPTIONS (%s)', asked_from,
				(SELECT string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
						(SELECT format('OPTIONS (%s)', string_agg(format('%I %L', o.option_name, o.option_value), ', '))
							FROM pg_options_to_table(a.attfdwoptions) o HAVING count(*) > 0),
						(SELECT format('COLLATE %I.%I', cn.nspname, c.collname) FROM pg_collation c JOIN pg_namespace cn ON cn.oid = c.collnamespace
							WHERE c.oid = a.attcollation AND c.collname <> 'default')),
						', ' ORDER BY a.attnum)
					FROM pg_attribute a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped)
				|| coalesce(added, ''),
				s.srvname,
				(SELECT string_agg(format('%I %L', o.option_name, o.option_value), ', ')
					FROM (SELECT * FROM pg_options_to_table(t.ftoptions) ft WHERE ft.option_name <> 'on_error'
						UNION ALL VALUES ('on_error', 'row')) o))
			INTO STRICT definition
			FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = t.ftserver WHERE t.ftrelid = source;
		remark := obj_description(to_regclass(asked_from), 'pg_class');
		IF remark IS DISTINCT FROM MADE || md5(definition) THEN
			IF starts_with(remark, MADE) THEN
				EXECUTE 'DROP FOREIGN TABLE ' || asked_from;
			END IF;
			EXECUTE definition;
			EXECUTE format('COMMENT ON FOREIGN TABLE %s IS %L', asked_from, MADE || md5(definition));
		END IF;
	END IF;

	-- the tables
	key_list := array_to_string(asked_keys, ', ');
	row_keys := array_to_string(key_names, ', ');
	id_list := array_to_string(key_names || id, ', ');
	IF known IS NULL THEN
		EXECUTE format($$SELECT string_agg(quote_ident(column_name), ', ' ORDER BY attnum)
				FROM %s.tuya_fdw_columns($1) JOIN pg_attribute ON attrelid = $1 AND attname = column_name WHERE kind <> 'error'$$, extension)
			INTO STRICT definition USING asked_from::regclass;
		EXECUTE format('CREATE TABLE %s AS SELECT %s FROM %s WITH NO DATA', jobs, definition, asked_from);
		EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s)', jobs, id_list);
		EXECUTE format('COMMENT ON TABLE %s IS %L', jobs, 'a copy of ' || source || ', refreshed by tuya_fdw_refresh');
	END IF;
	IF to_regclass(state) IS NULL THEN
		EXECUTE format($$CREATE TABLE %s AS SELECT %s, NULL::timestamptz AS asked_at, NULL::timestamptz AS fetched_at,
				NULL::bigint AS rows, NULL::text AS error_code, NULL::text AS error_message, NULL::timestamptz AS failed_since
				FROM %s WITH NO DATA$$,
			state, (SELECT string_agg(format('%s::text COLLATE "C" AS %s', CASE WHEN key_names = '{}' THEN 'NULL' ELSE k END, k), ', ' ORDER BY o)
				FROM unnest(asked_keys) WITH ORDINALITY u (k, o)), asked_from);
		EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s)', state, key_list);
		EXECUTE format('COMMENT ON TABLE %s IS %L', state, format(STATE_OF, jobs));
	END IF;
	-- The parts of the statements.  A cast to a type with a length would cut what is too long; an assignment
	-- refuses it.  So values are in the types without.  What they are compared as is in those with, lest
	-- what was rounded would always differ; but for texts and bits, which are not cut to what is there.
	EXECUTE format($$
		WITH RECURSIVE base (attname, attnum, kind, type, typmod) AS (
			SELECT attname, attnum, kind, atttypid, atttypmod
				FROM %s.tuya_fdw_columns($1) JOIN pg_attribute ON attrelid = $2 AND attname = column_name AND attgenerated = ''
				WHERE kind <> 'error'
			UNION ALL
			SELECT attname, attnum, kind, typbasetype, typtypmod FROM base JOIN pg_type ON oid = type AND typtype = 'd'
		), typed AS (
			SELECT quote_ident(attname) AS name, attnum, kind IN ('field', 'constant') AS is_compared, type,
				format_type(type, -1) AS plain, CASE WHEN typcategory IN ('S', 'V') THEN format_type(type, -1) ELSE format_type(type, typmod) END AS exact
			FROM base JOIN pg_type ON oid = type AND typtype <> 'd'
		)
		SELECT coalesce(array_agg(name ORDER BY attnum), '{}'),
			array_agg(format('g.%%s::%%s', name, plain) ORDER BY attnum),
			coalesce(array_agg(CASE WHEN type = 'bpchar'::regtype THEN format('t.%%s::text', name) ELSE format('t.%%s::%%s', name, plain) END
				ORDER BY attnum) FILTER (WHERE is_compared), '{}'),
			coalesce(array_agg(CASE WHEN type = 'bpchar'::regtype THEN format('g.%%s::bpchar::text', name) ELSE format('g.%%s::%%s', name, exact) END
				ORDER BY attnum) FILTER (WHERE is_compared), '{}')
		FROM typed$$, extension)
		INTO STRICT columns, values_, compared_there, compared_here USING asked_from::regclass, jobs::regclass;
	IF known IS NOT NULL AND NOT columns @> array_append(key_names, id) THEN
		RAISE undefined_column USING MESSAGE = format('%s lacks a column of the key', jobs),
			DETAIL = format('Its key has to be %s.', id_list);
	END IF;
	SELECT format('column %s of %s is of type %s', quote_ident(attname), jobs, format_type(atttypid, atttypmod)) || CASE WHEN typcategory = 'S' THEN ' with a nondeterministic collation' ELSE '' END INTO remark
		FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid LEFT JOIN pg_collation c ON c.oid = attcollation
		WHERE attrelid = jobs::regclass AND quote_ident(attname) = ANY (key_names) AND NOT (typcategory = 'S' AND coalesce(collisdeterministic, true)) ORDER BY attnum LIMIT 1;
	IF FOUND THEN
		RAISE datatype_mismatch USING MESSAGE = remark,
			DETAIL = format('The columns %s have to be text, or of a type like it, and tell all keys apart.', row_keys);
	END IF;
	IF NOT EXISTS (SELECT FROM pg_class WHERE oid = jobs::regclass AND relkind NOT IN ('r', 'p'))
		AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = jobs::regclass AND indisunique AND indisvalid AND indimmediate AND indpred IS NULL AND indexprs IS NULL
			AND (SELECT array_agg(quote_ident(attname) ORDER BY quote_ident(attname)) FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY ((indkey::int2[])[:indnkeyatts - 1]))
				= (SELECT array_agg(k ORDER BY k) FROM unnest(array_append(key_names, id)) k)) THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('%s has no unique constraint of its key', jobs),
			DETAIL = format('It has to be of %s alone, not deferrable, and without a condition.', id_list),
			HINT = format('Say ALTER TABLE %s ADD UNIQUE (%s).', jobs, id_list);
	END IF;
	-- the target's collations, so that its indexes serve
	SELECT coalesce(string_agg(format('t.%s = %%1$s.%1$s%s', replace(k, '%', '%%'), replace(coll, '%', '%%')), ' AND ' ORDER BY o) FILTER (WHERE k <> id), 'true'),
			min(format('t.%s = %s%s', k, values_[array_position(columns, k)], coll)) FILTER (WHERE k = id)
		INTO STRICT matches_target, same_id
		FROM unnest(array_append(key_names, id)) WITH ORDINALITY u (k, o) JOIN pg_attribute ON attrelid = jobs::regclass AND quote_ident(attname) = k,
			LATERAL (SELECT coalesce(min(format(' COLLATE %I.%I', nspname, collname)), '') AS coll
				FROM pg_collation c JOIN pg_namespace n ON n.oid = collnamespace WHERE c.oid = attcollation) c;
	SELECT coalesce(string_agg(format('%%1$s.%s = %%2$s.%1$s', replace(k, '%', '%%')), ' AND ' ORDER BY o), 'true') INTO STRICT matches
		FROM unnest(key_names) WITH ORDINALITY u (k, o);
	differs := CASE compared_here WHEN '{}' THEN 'false'
		ELSE format('ROW(%s)::record *<> ROW(%s)::record', array_to_string(compared_there, ', '), array_to_string(compared_here, ', ')) END;
	SELECT coalesce('UPDATE SET ' || string_agg(format('%s = excluded.%1$s', c), ', ' ORDER BY o), 'NOTHING') INTO STRICT assignments
		FROM unnest(columns) WITH ORDINALITY u (c, o) WHERE c <> id AND c <> ALL (key_names);
	SELECT format('octet_length(concat(%s)) > 2400', string_agg('i.' || k, ', ')) INTO STRICT too_long FROM unnest(inventory_keys) u (k);
	-- Its keys' names are the source's.  What was asked for by this CALL is not due again.
	due := format($$(SELECT %s, s.asked_at, s.rows
			FROM (SELECT DISTINCT %s FROM %s AS i WHERE %s) AS i LEFT JOIN %s AS s ON %s
			WHERE s.asked_at IS NULL OR s.asked_at < $1 AND (s.failed_since IS NOT NULL OR s.fetched_at IS NULL OR s.fetched_at <= $1 - $2)) AS due$$,
		(SELECT string_agg('i.' || k, ', ' ORDER BY o) FROM unnest(asked_keys) WITH ORDINALITY u (k, o)),
		(SELECT string_agg(format('i.%s::text COLLATE "C" AS %s', inventory_keys[o], k), ', ' ORDER BY o) FROM unnest(asked_keys) WITH ORDINALITY u (k, o)),
		inventory_from,
		(SELECT format('%s AND NOT %s', string_agg(format('i.%s IS NOT NULL', k), ' AND '), too_long) FROM unnest(inventory_keys) u (k)),
		state, format(matches, 'i', 's'));

	EXECUTE format('SELECT FROM %s WHERE false', due) USING started, older_than;

	-- The other session goes on: see above.
	IF EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objsubid = 1
			AND classid::bigint << 32 | objid::bigint = lock_key
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) THEN
		RAISE lock_not_available USING MESSAGE = format('%s is being refreshed by another session', jobs),
			HINT = 'Wait until that has ended, then call again.';
	END IF;
	COMMIT;

	-- Keys that left the inventory are forgotten.
	PERFORM pg_catalog.set_config('search_path', PATH, true);
	PERFORM pg_advisory_xact_lock(lock_key);
	SELECT coalesce(string_agg(format('i.%s::text COLLATE "C" = t.%s::text', inventory_keys[o], k), ' AND ' ORDER BY o), 'true') INTO STRICT definition
		FROM unnest(key_names) WITH ORDINALITY u (k, o);
	EXECUTE format('SELECT %s.tuya_fdw_session_failures()', extension) INTO STRICT softened;
	EXECUTE format('DELETE FROM %s AS t WHERE NOT EXISTS (SELECT FROM %s AS i WHERE %s)', jobs, inventory_from, definition);
	EXECUTE format('DELETE FROM %s AS t WHERE NOT EXISTS (SELECT FROM %s AS i WHERE %s)', state, inventory_from, definition);
	EXECUTE format('SELECT %s.tuya_fdw_session_failures() - $1', extension) INTO STRICT n USING softened;
	IF n > 0 THEN
		RAISE fdw_error USING MESSAGE = format('%s could not be read whole', inventory),
			DETAIL = format('A foreign table in it has keys that failed or were incomplete. What they lack would be deleted from %s.', jobs),
			HINT = 'Take an inventory that is a local table, or foreign tables without on_error and on_incomplete.';
	END IF;
	-- Of what is not there any more (it was made anew, or truncated, or not logged) nothing is young.
	EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', jobs) INTO STRICT is_new;
	IF is_new THEN
		EXECUTE format('UPDATE %s SET fetched_at = NULL WHERE rows > 0', state);
	END IF;
	COMMIT;

	LOOP
		PERFORM pg_catalog.set_config('search_path', PATH, true);
		-- as REFRESH MATERIALIZED VIEW does: what is due is asked for, though it is cached
		IF current_setting('tuya_fdw.max_age') = '-1' THEN
			PERFORM set_config('tuya_fdw.max_age', '0', true);
		END IF;
		PERFORM pg_advisory_xact_lock(lock_key);
		asked_at := greatest(clock_timestamp(), started);
		EXECUTE format('CREATE TEMP TABLE tuya_fdw_refresh_asked ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA',
			(SELECT string_agg(format('%s::text AS %s', CASE WHEN key_names = '{}' THEN 'NULL' ELSE k END, k), ', ' ORDER BY o)
				FROM unnest(asked_keys) WITH ORDINALITY u (k, o)), asked_from);
		EXECUTE format('CREATE TEMP TABLE tuya_fdw_refresh_got ON COMMIT DROP AS SELECT * FROM %s WITH NO DATA', asked_from);
		-- As many as the ration has requests for, as far as is known; of a CALL's keys the first in any
		-- case.  An eighth is left for what is not known: what is sent again, and pages that are new.
		-- It is asked for next, so that little can be too much.  A key that was never fetched may
		-- need as much as others do; if none was, so many that a first few keys tell.
		EXECUTE format($$
			INSERT INTO pg_temp.tuya_fdw_refresh_asked
			SELECT %s FROM (
				SELECT %1$s, row_number() OVER w AS tuya_fdw_nth,
					sum(CASE WHEN rows IS NOT NULL THEN greatest(1, ceil(rows::numeric / $5))
						ELSE coalesce((SELECT avg(greatest(1, ceil(s.rows::numeric / $5))) FROM %3$s AS s WHERE $4 IS NOT NULL AND s.rows IS NOT NULL), 8) END) OVER w AS tuya_fdw_upto
				FROM (SELECT * FROM %2$s ORDER BY asked_at NULLS FIRST, %1$s LIMIT $3) AS next
				WINDOW w AS (ORDER BY asked_at NULLS FIRST, %1$s ROWS UNBOUNDED PRECEDING)) AS next
			WHERE $4 IS NULL OR tuya_fdw_upto <= ceil(($4 - $6) * 0.875) OR tuya_fdw_nth = 1 AND ($6 = 0 OR tuya_fdw_upto <= $4 - $6)$$, key_list, due, state)
			USING started, older_than, batch, max_requests, page_size, sent;
		GET DIAGNOSTICS n = ROW_COUNT;
		EXIT WHEN n = 0;
		ANALYZE pg_temp.tuya_fdw_refresh_asked;

		EXECUTE format('SELECT %s.tuya_fdw_session_requests()', extension) INTO STRICT before;
		EXECUTE format('INSERT INTO pg_temp.tuya_fdw_refresh_got SELECT j.* FROM pg_temp.tuya_fdw_refresh_asked AS a JOIN %s AS j ON %s',
			asked_from, format(matches, 'j', 'a'));
		EXECUTE format('SELECT $1 + %s.tuya_fdw_session_requests() - $2', extension) INTO STRICT sent USING sent, before;

		-- Rows that do not differ are not even locked.  Where nothing was there, nothing is to be compared
		-- with or deleted, for no key is asked twice in a CALL; what others insert meanwhile is overwritten.
		-- Else there are indexes, so that no plan is bad, whatever is known of the target.
		IF is_new THEN
			EXECUTE format('INSERT INTO %s AS x (%s) SELECT %s FROM pg_temp.tuya_fdw_refresh_got AS g WHERE g.%s IS NULL ON CONFLICT (%s) DO %s',
				jobs, array_to_string(columns, ', '), array_to_string(values_, ', '), code, id_list, assignments);
		ELSE
			EXECUTE format('CREATE INDEX ON pg_temp.tuya_fdw_refresh_asked (%s)', key_list);
			EXECUTE format('CREATE INDEX ON pg_temp.tuya_fdw_refresh_got (%s)', id_list);
			ANALYZE pg_temp.tuya_fdw_refresh_got;
			EXECUTE format($$
				INSERT INTO %1$s AS x (%2$s)
				SELECT %3$s FROM pg_temp.tuya_fdw_refresh_got AS g LEFT JOIN %1$s AS t ON %4$s AND %10$s
				WHERE g.%6$s IS NULL AND (t.%5$s IS NULL OR %7$s)
				ON CONFLICT (%8$s) DO %9$s$$,
				jobs, array_to_string(columns, ', '), array_to_string(values_, ', '), format(matches_target, 'g'), id, code, differs, id_list, assignments, same_id);
			EXECUTE format($$
				DELETE FROM %1$s AS t USING pg_temp.tuya_fdw_refresh_asked AS a WHERE %2$s
					AND NOT EXISTS (SELECT FROM pg_temp.tuya_fdw_refresh_got AS g WHERE %3$s AND g.%4$s IS NOT NULL)
					AND NOT EXISTS (SELECT FROM pg_temp.tuya_fdw_refresh_got AS g WHERE %3$s AND %5$s)$$,
				jobs, format(matches_target, 'a'), format(matches_target, 'g'), code, same_id);
		END IF;
		EXECUTE format($$
			INSERT INTO %1$s AS s (%2$s, asked_at, fetched_at, rows, error_code, error_message, failed_since)
			SELECT %3$s, $1, CASE WHEN g.tuya_fdw_code IS NULL THEN coalesce(g.tuya_fdw_fetched, $1) END, CASE WHEN g.tuya_fdw_code IS NULL THEN coalesce(g.tuya_fdw_n, 0) END,
				g.tuya_fdw_code, g.tuya_fdw_message, CASE WHEN g.tuya_fdw_code IS NOT NULL THEN $1 END
			FROM pg_temp.tuya_fdw_refresh_asked AS a
				LEFT JOIN (SELECT %8$s count(*) AS tuya_fdw_n, min(%4$s) AS tuya_fdw_code, min(%5$s) AS tuya_fdw_message, min(%6$s) AS tuya_fdw_fetched
					FROM pg_temp.tuya_fdw_refresh_got GROUP BY %9$s) AS g ON %7$s
			ON CONFLICT (%2$s) DO UPDATE SET asked_at = excluded.asked_at, fetched_at = coalesce(excluded.fetched_at, s.fetched_at),
				rows = coalesce(excluded.rows, s.rows), error_code = excluded.error_code, error_message = excluded.error_message,
				failed_since = CASE WHEN excluded.failed_since IS NOT NULL THEN coalesce(s.failed_since, excluded.failed_since) END$$,
			state, key_list, (SELECT string_agg('a.' || k, ', ' ORDER BY o) FROM unnest(asked_keys) WITH ORDINALITY u (k, o)),
			code, message, fetched, format(matches, 'a', 'g'),
			CASE WHEN key_names = '{}' THEN '' ELSE row_keys || ',' END, CASE WHEN key_names = '{}' THEN '()' ELSE row_keys END)
			USING asked_at;
		EXECUTE format('SELECT count(*), min(%s) FROM pg_temp.tuya_fdw_refresh_got WHERE %s IS NOT NULL', message, code)
			INTO STRICT n, remark;
		failures := failures + n;
		COMMIT;
		IF failures > failures_max THEN
			RAISE fdw_error USING MESSAGE = format('%s keys of %s failed, and the option "on_error_limit" allows no more than %s', failures, source, failures_max),
				DETAIL = format('One of them failed with: %s', remark),
				HINT = format('%s says which, and what the others have is in %s. If the service is well and so many keys may fail, raise the option "on_error_limit" of the server or the table.', state, jobs);
		END IF;
	END LOOP;

	-- without a ration there are none but such as have come into the inventory meanwhile
	EXECUTE format('SELECT count(*) FROM %s', due) INTO STRICT n USING started, older_than;
	IF n > 0 AND max_requests IS NOT NULL THEN
		RAISE NOTICE USING MESSAGE = format('the refresh of %s ends before its end', jobs),
			DETAIL = format('Its max_requests is %s, %s requests were sent, and %s keys are left for the next CALL.', max_requests, sent, n);
	END IF;
	EXECUTE format('SELECT count(*) FROM %s AS i WHERE %s AND ROW(%s) IS NOT NULL', inventory_from, too_long,
		(SELECT string_agg('i.' || k, ', ') FROM unnest(inventory_keys) u (k))) INTO STRICT n;
	IF n > 0 THEN
		RAISE WARNING USING MESSAGE = format('%s has keys that are too long', inventory),
			DETAIL = format('Rows skipped: %s. A key has 2400 bytes at most, for it has to fit an index.', n);
	END IF;
END
$procedure$;

COMMENT ON PROCEDURE tuya_fdw_refresh(text, regclass, regclass, integer, interval, bigint, text[]) IS
	'keeps a local copy of a foreign table''s rows for the keys of an inventory, and asks only for those that are due';
