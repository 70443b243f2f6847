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
	OUT step text,
	OUT ok boolean,
	OUT detail text,
	OUT hint text,
	OUT elapsed_ms double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tuya_fdw_check(text, text, text, text) IS
	'asks that server once, and tells step by step what is well and what is not';
