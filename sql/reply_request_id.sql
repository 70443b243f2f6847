-- The column of the reply's requestId, whatever a reply has there.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
CREATE FOREIGN TABLE named_job (product_key text, device_name text, firmware_id text, job_id text, request_id text) SERVER reply_paging;
CREATE FUNCTION request_id_of(id text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	CALL simulate_body(convert_to(page(further => ',"requestId":' || id), 'UTF8'));
	RETURN (SELECT quote_nullable(request_id) FROM named_job WHERE product_key = 'pk' AND device_name = 'dev' AND firmware_id = '187');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
\set ECHO all
SELECT id, request_id_of(id) FROM unnest(ARRAY['"a b"', '"caf\u00e9"', '"line\nend"', '42', '1e3', '""', 'null', 'true', '[1]', '{"a":1}', '"1\u00002"']) WITH ORDINALITY i (id, n) ORDER BY n;
SELECT length(request_id_of('"' || repeat('x', 100000) || '"'));
-- Two of them are none that could be trusted.
SELECT request_id_of('"a","RequestId":"b"');
\set ECHO none
\i :cleanup
