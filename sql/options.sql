-- Every option takes its values and refuses others, with the valid ones as
-- hint; none is where it does not belong.  No DDL asks the service.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

CREATE SERVER s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint 'https://x');
CREATE FOREIGN TABLE f (product_key text, device_name text, firmware_id text, job_id text) SERVER s;

-- Sets the option on the server, or tells why not.
CREATE FUNCTION set_server(option text, VARIADIC vals text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	value text;
	action text;
BEGIN
	FOREACH value IN ARRAY vals LOOP
		SELECT CASE WHEN EXISTS (SELECT FROM pg_foreign_server, pg_options_to_table(srvoptions)
			WHERE srvname = 's' AND option_name = option) THEN 'SET' ELSE 'ADD' END INTO action;
		RETURN NEXT value || ': ' || error_of(format('ALTER SERVER s OPTIONS (%s %I %L)', action, option, value));
	END LOOP;
END $$;

-- Durations need a unit.
SELECT set_server('connect_timeout', '1ms', '1.5s', '1h', '60min', '1', '0s', '61min', 's', '5 parsecs', '');
SELECT set_server('request_timeout', '1ms', '30s', '1h', '30', '-1s', '2h');
SELECT set_server('lookup_timeout', '1ms', '5min', '24h', '1d', '300', '25h');
SELECT set_server('cache_ttl', '0', '0s', '1ms', '168h', '7d', '300', '-1s', '169h', 'off');
SELECT set_server('page_size', '1', '200', '0', '201', '-1', '1.5', '10 jobs', '99999999999');
SELECT set_server('rows_per_lookup', '1', '1000000', '0', '1000001', 'many');
SELECT set_server('on_incomplete', 'error', 'warning', 'ignore', 'ERROR', '');

-- The table's are the same.
ALTER FOREIGN TABLE f OPTIONS (ADD page_size '1', ADD rows_per_lookup '1', ADD on_incomplete 'warning');
SELECT error_of('ALTER FOREIGN TABLE f OPTIONS (SET page_size ''101'')');
SELECT error_of('ALTER FOREIGN TABLE f OPTIONS (SET on_incomplete ''no'')');

-- Columns.
SELECT error_of(format('ALTER FOREIGN TABLE f ALTER COLUMN job_id OPTIONS (%s)', o)) FROM (VALUES
	('parameter ''DeviceName'''), ('SET parameter ''FirmwareID'''), ('SET parameter ''productkey'''),
	('SET parameter ''PageSize'''), ('DROP parameter, ADD field ''JobStatus'''), ('SET field ''x'''), ('ADD parameter ''DeviceName''')) v (o);

-- Unknown names, and options of something else.  The hint has all that there
-- are, which tuya_fdw_options() tells.
CREATE FUNCTION refusal(object text, statement text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(error_of(statement), (SELECT string_agg(o.option, ', ' ORDER BY n) || '.'
		FROM tuya_fdw_options() WITH ORDINALITY o (option, on_object, a, b, n) WHERE on_object ~ object), 'ALL OF A ' || upper(object))
$$;
SELECT refusal('server', 'ALTER SERVER s OPTIONS (nonsense ''1'')');
SELECT refusal('server', 'ALTER SERVER s OPTIONS (access_key_id ''x'')');
SELECT refusal('server', 'ALTER SERVER s OPTIONS ("Page_Size" ''1'')');
SELECT refusal('table', 'ALTER FOREIGN TABLE f OPTIONS (endpoint ''https://x'')');
SELECT refusal('table', 'ALTER FOREIGN TABLE f OPTIONS (field ''jobId'')');
SELECT refusal('column', 'ALTER FOREIGN TABLE f ALTER COLUMN job_id OPTIONS (page_size ''1'')');
SELECT error_of('ALTER FOREIGN DATA WRAPPER tuya_fdw OPTIONS (page_size ''1'')');
SELECT refusal('user mapping', 'CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_id ''x'', access_key_secret ''y'', page_size ''1'')');
SELECT refusal('user mapping', 'CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_id ''x'', access_key_secret ''y'', password ''z'')');

-- Required ones.
SELECT error_of('CREATE SERVER r FOREIGN DATA WRAPPER tuya_fdw');
SELECT error_of('ALTER SERVER s OPTIONS (DROP endpoint)');
SELECT error_of('CREATE USER MAPPING FOR PUBLIC SERVER s');
SELECT error_of('CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_id ''x'')');
SELECT error_of('CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_id ''x'', access_key_secret '''')');

-- Credentials are printable, and without white space.  Where it is is told, the value is not.
CREATE FUNCTION set_credentials(id text, secret text) RETURNS text LANGUAGE sql AS $$
	SELECT error_of(format('ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_id %L, SET access_key_secret %L)', id, secret));
$$;
SELECT name, set_credentials(chr(65) || stray || 'B', 'x'), set_credentials('x', 'ABC' || stray)
FROM (VALUES ('space', ' '), ('tab', E'\t'), ('line end', E'\n'), ('carriage return', E'\r'), ('control', E'\x01'), ('delete', E'\x7f'),
	('no-break space', chr(160)), ('zero-width space', chr(8203)), ('byte order mark', chr(65279)), ('ideographic space', chr(12288)),
	('next line', chr(133))) v (name, stray);
SELECT set_credentials('é~!#', 'пароль/+='), set_credentials('testid', repeat('x', 1025)), set_credentials('testid', 'testsecret');

-- A word that is close to a name.
SELECT word, substring(error_of(format('ALTER SERVER s OPTIONS (%I ''1'')', word)) FROM 'Perhaps[^.]*.')
FROM unnest('{pagesize,page-size,concurency,timeout,connect_timeouts,CA_FILE,endpont,on_incomplet,x,"",ignore_codes,proxies,nonsense}'::text[]) word
	WHERE word <> '';
SELECT substring(error_of(format('ALTER SERVER s OPTIONS (%I ''1'')', repeat('e', 60))) FROM 'Perhaps[^.]*.'),
	substring(error_of(format('ALTER FOREIGN TABLE f ALTER COLUMN job_id OPTIONS (%s ''x'')', 'feild')) FROM 'Perhaps[^.]*.'),
	substring(error_of('CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_id ''x'', acces_key_secret ''y'')') FROM 'Perhaps[^.]*.');

-- What is wrong with a user mapping does not show in the log with the statement
-- that has the secret, nor does a secret that stands in a wrong place.
\getenv log TUYA_SERVER_LOG
SELECT size AS begin FROM pg_stat_file(:'log') \gset
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_id 'shown-id', access_key_secret 'shown-secret', nonsense 'shown-value');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_secret 'shown-secret');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_id 'shown-id');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_id '', access_key_secret 'shown-secret');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (access_key_id 'x', access_key_secret 'shown secret');
ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (ADD page_size '1', SET access_key_secret 'shown-secret');
CREATE SERVER r FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint 'https://x', access_key_secret 'shown-secret');
CREATE SERVER r FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint 'x', access_key_secret 'shown-secret');
ALTER SERVER s OPTIONS (ADD access_key_secret 'shown-secret');
ALTER SERVER s OPTIONS (SET page_size 'many', ADD acess_key_secret 'shown-secret');
ALTER FOREIGN TABLE f OPTIONS (ADD access_key_secret 'shown-secret');
ALTER FOREIGN TABLE f ALTER COLUMN job_id OPTIONS (ADD access_key_secret 'shown-secret');
ALTER FOREIGN DATA WRAPPER tuya_fdw OPTIONS (ADD access_key_secret 'shown-secret');
CREATE FOREIGN TABLE r (job_id text OPTIONS (secret 'shown-secret')) SERVER s;
IMPORT FOREIGN SCHEMA ota FROM SERVER s INTO t OPTIONS (access_key_secret 'shown-secret');
CREATE SERVER r FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint 'https://user:shown-word@x/');
ALTER SERVER s OPTIONS (ADD proxy 'http://user:shown-word@x:1');
ALTER SERVER s OPTIONS (ADD extra_parameters 'Version=1&accesskeysecret=shown-word');
SELECT count(*), bool_or(line ~ 'shown') FROM string_to_table(pg_read_file(:'log', :begin, 100000000), E'\n') line
	WHERE line ~ 'ERROR:  (invalid option|option|invalid value)|shown';
-- Other statements are logged.
ALTER SERVER s OPTIONS (SET page_size '0');
SELECT count(*) FROM string_to_table(pg_read_file(:'log', :begin, 100000000), E'\n') line WHERE line ~ 'STATEMENT:  ALTER SERVER s OPTIONS .SET page_size .0';

-- tuya_fdw_options() tells all options, and so does src/doc/options.md, in the table that
-- begins with "option": what only one of them has would be shown.
SELECT option, object, default_value, description <> '' FROM tuya_fdw_options()
	WHERE option IN ('endpoint', 'ca_file', 'connect_timeout', 'request_timeout', 'lookup_timeout', 'page_size', 'rows_per_lookup', 'on_incomplete', 'access_key_id', 'parameter');
\set readme :root /src/doc/options.md
CREATE VIEW readme AS
	SELECT cell[2] AS option, cell[3] AS object, nullif(cell[4], '') AS default_value
	FROM regexp_matches(pg_read_file(:'readme'), '\n\| option \|[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n)+)') AS found,
		string_to_table(found[1], E'\n') AS line,
		regexp_split_to_array(replace(line, '`', ''), ' *\| *') AS cell
	WHERE line <> '';
SELECT count(*) > 0 FROM readme;
SELECT option, object, default_value FROM tuya_fdw_options() EXCEPT ALL TABLE readme;
TABLE readme EXCEPT ALL SELECT option, object, default_value FROM tuya_fdw_options();

SELECT requests();
