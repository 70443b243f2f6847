-- Pages of the other actions: by number, by token, in one reply.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql
ALTER SERVER tuya OPTIONS (ADD retries '0');
CREATE FUNCTION error(settings text, query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sim('set ' || settings), requests();
	RETURN regexp_replace(error_of(query), 'request id [^.)]*', 'request id ID', 'g') || E'\n    ' || requests() || ' requests';
END $$;
