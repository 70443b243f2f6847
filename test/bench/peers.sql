-- peers.sql
--		What peers.sh compares tuya_fdw with, as far as it runs in PostgreSQL: the same
--		API as functions or a table of others.  After setup.sql; wants :endpoint, :ca and
--		:devices, and in :http, :plpython and :multicorn which of them are there.
--
-- The functions are STABLE and dear, so that Memoize may keep what was asked for before.
\set ON_ERROR_STOP on
SELECT format('ALTER DATABASE postgres SET peers.endpoint = %L', :'endpoint'),
	format('ALTER DATABASE postgres SET peers.ca = %L', :'ca') \gexec

-- Half of the devices, each twice, the second time far from the first.
CREATE TABLE twice AS
	SELECT d.* FROM generate_series(1, 2) round, device d WHERE d.n <= :devices / 2 ORDER BY round, d.n;
VACUUM ANALYZE twice;

\if :http
CREATE EXTENSION http;
CREATE EXTENSION pgcrypto;

-- What a session begins with.  Connections are kept by http.keepalive up to 1.6.
CREATE FUNCTION http_begin() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM http_set_curlopt('CURLOPT_CAINFO', current_setting('peers.ca'));
	PERFORM http_set_curlopt('CURLOPT_TCP_KEEPALIVE', '1');
	PERFORM set_config(name, 'on', false) FROM pg_settings WHERE name = 'http.keepalive';
END;
$$;

-- urlencode() has a plus for a space, which the signature has not.
CREATE FUNCTION http_encoded(what text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT replace(urlencode(what), '+', '%20');
$$;

CREATE FUNCTION http_page(product_key text, device_name text, firmware_id text, page int) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	query text := concat(
		'AccessKeyId=testid&Action=ListOTAJobByDevice&CurrentPage=', page,
		'&DeviceName=', http_encoded(device_name),
		'&FirmwareId=', http_encoded(firmware_id),
		'&PageSize=100&ProductKey=', http_encoded(product_key),
		'&SignatureMethod=HMAC-SHA1&SignatureNonce=', gen_random_uuid(),
		'&Timestamp=', http_encoded(to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')));
	signature text := encode(hmac('GET&%2F&' || http_encoded(query), 'testsecret&', 'sha1'), 'base64');
	reply http_response := http_get(concat(current_setting('peers.endpoint'), '?', query, '&Signature=', http_encoded(signature)));
BEGIN
	IF reply.status <> 200 THEN
		RAISE 'status %', reply.status;
	END IF;
	RETURN reply.content::jsonb;
END;
$$;

CREATE FUNCTION http_jobs(product_key text, device_name text, firmware_id text)
RETURNS TABLE (job_id text, job_status text, utc_create timestamptz)
LANGUAGE plpgsql STABLE ROWS 3 COST 1000000 AS $$
DECLARE
	page int := 0;
	pages int := 1;
	reply jsonb;
BEGIN
	WHILE page < pages LOOP
		page := page + 1;
		reply := http_page(product_key, device_name, firmware_id, page);
		pages := reply->'pageCount';
		RETURN QUERY SELECT j."jobId", j."jobStatus", j."utcCreate"
			FROM jsonb_to_recordset(reply #> '{data,simpleOTAJobInfo}') j ("jobId" text, "jobStatus" text, "utcCreate" timestamptz);
	END LOOP;
END;
$$;
\endif

\if :plpython
CREATE EXTENSION plpython3u;

-- A generator, but PostgreSQL takes all of its rows before the next step.
CREATE FUNCTION plpython_jobs(product_key text, device_name text, firmware_id text)
RETURNS TABLE (job_id text, job_status text, utc_create timestamptz)
LANGUAGE plpython3u STABLE ROWS 3 COST 1000000 AS $$
if 'client' not in GD:
    import peers
    setting = plpy.execute("SELECT current_setting('peers.endpoint') AS endpoint, current_setting('peers.ca') AS ca")[0]
    GD['client'] = peers.Client(setting['endpoint'], setting['ca'])
return GD['client'].jobs(product_key, device_name, firmware_id)
$$;
\endif

\if :multicorn
CREATE EXTENSION multicorn;
CREATE SERVER multicorn FOREIGN DATA WRAPPER multicorn OPTIONS (wrapper 'peers.Jobs');
SELECT format('CREATE FOREIGN TABLE multicorn_job (product_key text, device_name text, firmware_id text,
	job_id text, job_status text, utc_create timestamptz) SERVER multicorn OPTIONS (endpoint %L, ca_file %L)', :'endpoint', :'ca') \gexec
\endif
