/* sql/tuya_fdw--1.0.sql */

\echo Use "CREATE EXTENSION tuya_fdw" to load this file. \quit

CREATE FUNCTION tuya_fdw_handler()
RETURNS fdw_handler
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

CREATE FUNCTION tuya_fdw_validator(text[], oid)
RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

CREATE FOREIGN DATA WRAPPER tuya_fdw
	HANDLER tuya_fdw_handler
	VALIDATOR tuya_fdw_validator;

CREATE FUNCTION tuya_fdw_options(
	OUT option text,
	OUT object text,
	OUT default_value text,
	OUT description text)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT IMMUTABLE PARALLEL SAFE;

COMMENT ON FUNCTION tuya_fdw_options() IS
	'the options of servers, user mappings, foreign tables and columns';
