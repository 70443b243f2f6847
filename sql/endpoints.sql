-- endpoint, ca_file, proxy and extra_parameters: their forms, and who may set them.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

-- What becomes of a new server with that option, for each value.
CREATE FUNCTION try(option text, VARIADIC vals text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	value text;
	detail text;
BEGIN
	FOREACH value IN ARRAY vals LOOP
		BEGIN
			EXECUTE format('CREATE SERVER s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (%s %I %L)',
				CASE option WHEN 'endpoint' THEN '' ELSE 'endpoint ''https://x'',' END, option, value);
			DROP SERVER s;
			RETURN NEXT value || ': ok';
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			RETURN NEXT format('%s: %s %s', regexp_replace(value, '\n', '\n'), SQLSTATE, detail);
		END;
	END LOOP;
END $$;

-- https://HOST[:PORT]/ and nothing else.
SELECT error_of('CREATE SERVER s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint ''ftp://x'')');
SELECT try('endpoint', 'https://x', 'https://x/', 'HTTPS://X:8686/', 'https://192.0.2.1:8686/', 'https://[2001:db8::1]:8686/');
SELECT try('endpoint', 'https://user@x/', 'https://user:password@x/', 'https://x/?a=b', 'https://x?', 'https://x/#f', 'https://x#',
	'https://x/path', 'https://x//', 'https://x/..', 'https://x:y/', 'x', '', ' https://x/', 'https://x y/', E'https://x/\n',
	'https://x\@y/', 'ftp://x/');
-- Ports, addresses and names: what libcurl would guess at is refused.
SELECT try('endpoint', 'https://x:1/', 'https://x:65535', 'https://x.example./', 'https://xn--bcher-kva.example/', 'https://[::ffff:192.0.2.1]/', 'https://[fe80::1%25eth0]:8686/');
SELECT try('endpoint', 'https://localhost:/', 'https://x:0/', 'https://x:65536/', 'https://x:18446744073709551617', 'https://x:443x/', 'https://x:-1/', 'https://x:+443/',
	'https://x:443:443/', 'https://::1/', 'https://2001:db8::1/', 'https://[::1', 'https://::1]/', 'https://[::1]x/', 'https://[]/', 'https://[::1]:/',
	'https://', 'https:///', 'https://:443/', 'https://./', 'https://.x/', 'https://x../', 'https://x..y/', 'https://bücher.example/', 'https:x', 'x:8686', '//x/',
	'https://@x/', 'https://user@[::1]/', 'https://x%20y/', 'https://x%00/', 'https://x/%2e');

-- http is only for the machine itself, and then without a proxy.
SELECT try('endpoint', 'http://127.0.0.1:1/', 'http://127.255.255.254/', 'http://localhost/', 'http://LOCALHOST:80', 'http://[::1]/');
SELECT try('endpoint', 'http://x/', 'http://128.0.0.1/', 'http://126.255.255.255/', 'http://0.0.0.0/', 'http://[::2]/', 'http://[::]/',
	'http://127.0.0.1.example.com/', 'http://localhost.example.com/', 'http://xlocalhost/', 'http://127.0.0.1@x/');
SELECT error_of('CREATE SERVER s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint ''http://localhost/'', proxy ''http://x'')');

SELECT error_of('CREATE SERVER s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint ''https://x/'', proxy ''ftp://x'')');
SELECT try('proxy', 'http://x:3128', 'https://x/', 'socks5h://192.0.2.1:1080', 'HTTP://X', 'http://[::1]:3128');
SELECT try('proxy', 'http://user:password@x', 'socks5://x', 'socks4://x', 'x:3128', 'http://x/path', 'http://x/?a', '', 'http://x:', 'http://x:0', 'http://x:65536', 'http://::1:3128', 'http://x..');

SELECT try('ca_file', '/etc/ssl/ca.pem', 'ca.pem', '', './ca.pem', '~/ca.pem');

-- extra_parameters are NAME=VALUE, and none that a request has already.
SELECT try('extra_parameters', 'Version=2018-01-20&Format=JSON', 'a=', 'a=b=c', 'a=%26%3D%25', 'a=1&A=2');
SELECT try('extra_parameters', '', 'a', '=b', 'a=1&', '&a=1', 'a=1&&b=2', 'a=1&a=2', 'a=%2', 'a=%zz', 'a=%', 'a=%00', 'a=%ff', 'a=%E4',
	'Action=x', 'action=x', 'CurrentPage=1', 'PageSize=1', 'AccessKeyId=x', 'SignatureMethod=x', 'SignatureNonce=x', 'Timestamp=x', 'Signature=x',
	'ProductKey=x', 'DeviceName=x', 'FirmwareId=x', 'FirmwareID=x', 'Act%69on=x', 'SIGNATURE=x', 'accesskeyid=x', 'timestamp=x',
	'AccessKeySecret=x', 'access_key_secret=x', 'Access-Key-Secret=x');
SELECT try('extra_parameters', '?Version=1', '/?Version=1', 'https://x/?Version=1', ' Version=1', 'Version=1 ', 'Version=1& Format=JSON',
	E'Version=1\n', 'Version=1#top', '#a=1', 'a b=1', 'a%20b=1', 'é=1', 'a=J S', 'a=1;b=2', 'Filter.1.Key_x=%3Fa=b+c',
	'Version=1?Format=JSON', 'Version=1?', 'Version=https://x/?a=1', '&', '=', 'a=' || U&'\00A0' || 'b', 'a=' || U&'\0085', 'https://user:password@x/?a=b');
-- They are sent, and signed.
CREATE VIEW one AS SELECT job_status FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
SELECT sim('set require=Version:2018-01-20,Format:J+S%');
SELECT sqlstate_of('TABLE one');
ALTER SERVER tuya OPTIONS (ADD extra_parameters 'Format=J+S%25&Version=2018-01-20');
TABLE one;
SELECT sim('get bad_signatures'), sim('reset');
ALTER SERVER tuya OPTIONS (DROP extra_parameters);

-- An IP address with its port, and http: the service is asked under that name.
\getenv http TUYA_SIM_HTTP
SELECT replace(:'endpoint', 'localhost', '127.0.0.1') AS by_address \gset
ALTER SERVER tuya OPTIONS (SET endpoint :'by_address');
TABLE one;
SELECT sim('get last_host') = regexp_replace(:'by_address', '^https://|/$', '', 'g'), requests();
ALTER SERVER tuya OPTIONS (SET endpoint :'http');
TABLE one;
SELECT sim('get last_host') = regexp_replace(:'http', '^http://|/$', '', 'g'), requests();
-- ... and without the slash at the end
SELECT rtrim(:'endpoint', '/') AS slashless \gset
ALTER SERVER tuya OPTIONS (SET endpoint :'slashless');
TABLE one;
SELECT requests();

-- Who may set them.
CREATE ROLE regress_tuya_plain;
CREATE ROLE regress_tuya_reader IN ROLE pg_read_server_files;
GRANT USAGE ON SCHEMA t TO PUBLIC;
GRANT USAGE ON FOREIGN DATA WRAPPER tuya_fdw TO PUBLIC;
-- Does each of them what the statement says, to the server as its owner?
CREATE FUNCTION may(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	role text;
	result text;
BEGIN
	FOREACH role IN ARRAY '{regress_tuya_plain, regress_tuya_reader}'::text[] LOOP
		EXECUTE format('ALTER SERVER tuya OWNER TO %I', role);
		EXECUTE format('SET LOCAL ROLE %I', role);
		result := error_of(statement);
		RESET ROLE;
		RETURN NEXT role || ': ' || result;
	END LOOP;
END $$;
SELECT may('CREATE SERVER s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint ''https://x''); DROP SERVER s');
SELECT may('CREATE SERVER s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint ''https://x'', ca_file ''/x''); DROP SERVER s');
SELECT may('CREATE SERVER s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint ''http://localhost/''); DROP SERVER s');
-- The server has a ca_file, so nothing of it can be altered without the right to set that ...
SELECT may('ALTER SERVER tuya OPTIONS (ADD page_size ''9''); ALTER SERVER tuya OPTIONS (DROP page_size)');
SELECT may('ALTER SERVER tuya OPTIONS (SET endpoint ''https://x/'')');
SELECT may('ALTER SERVER tuya OPTIONS (SET ca_file ''/x'')');
-- ... but anybody may go back to the system's authorities.
ALTER SERVER tuya OWNER TO regress_tuya_plain;
SET ROLE regress_tuya_plain;
ALTER SERVER tuya OPTIONS (DROP ca_file);
RESET ROLE;
ALTER SERVER tuya OPTIONS (SET endpoint 'http://127.0.0.1:1/');
SELECT may('ALTER SERVER tuya OPTIONS (ADD page_size ''9''); ALTER SERVER tuya OPTIONS (DROP page_size)');

SET client_min_messages = error;
DROP EXTENSION tuya_fdw CASCADE;
DROP ROLE regress_tuya_plain, regress_tuya_reader;
