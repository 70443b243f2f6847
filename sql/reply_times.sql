-- A time of the service's is ISO 8601 and the same instant for everybody; an empty text is no value.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
\set ECHO all

-- Jobs 1, 2, ... with these times, as text and as what types of times make of them.
CREATE DOMAIN moment AS timestamptz(1) CHECK (VALUE > '2000-01-01 UTC');
CREATE DOMAIN present_moment AS moment NOT NULL;
CREATE FOREIGN TABLE typed (product_key text, device_name text, firmware_id text, job_id int,
	at timestamptz OPTIONS (field 'utcCreate'), local_at timestamp(0) OPTIONS (field 'utcModified'),
	day date OPTIONS (field 'jobStatus'), of_day time(2) OPTIONS (field 'jobType'),
	of_day_tz timetz OPTIONS (field 'selectionType'), near moment OPTIONS (field 'targetSelection'),
	sent text OPTIONS (field 'productKey'), sent_varchar varchar(40) OPTIONS (field 'firmwareId')) SERVER reply_paging;
CREATE VIEW dev_typed AS SELECT * FROM typed WHERE product_key = 'pk' AND device_name = 'dev' AND firmware_id = '187';
CREATE PROCEDURE simulate_times(VARIADIC texts text[]) LANGUAGE plpgsql AS $$
DECLARE
	jobs text := (SELECT string_agg(replace(format('{"jobId":"%s","utcCreate":T,"utcModified":T,"jobStatus":T,"jobType":T,"selectionType":T,"targetSelection":T,"productKey":T,"firmwareId":T}', n),
		':T', ':' || to_json(t)::text), ',') FROM unnest(texts) WITH ORDINALITY x (t, n));
BEGIN
	CALL simulate_body(page(cardinality(texts)::text, jobs));
END $$;

-- All forms, read under settings by which PostgreSQL reads times.
CALL simulate_times('2024-09-12T08:14:42.214Z', '2024-09-12T08:14:42.214', '2019-12-28 T02:43:10.000Z', '2024-09-12 08:14:42', '2024-09-12t08:14z',
	'2024-09-12T16:14:42.214+08:00', '2024-09-12T02:44:42-0530', '2024-09-12T16:14:42,25+08', '2024-09-12T08:14:42.9999995Z',
	'2024-12-31T24:00:00Z', '2016-12-31T23:59:60Z', '2024-02-29T23:59:59.96Z');
CREATE FUNCTION shown() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('%s %s | %s | %s | %s | %s | %s', job_id, at AT TIME ZONE 'UTC', local_at, day, of_day, of_day_tz, near AT TIME ZONE 'UTC')
	FROM dev_typed ORDER BY job_id
$$;
SELECT shown();
CREATE FUNCTION digest() RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(concat_ws(' ', job_id, extract(epoch FROM at), extract(epoch FROM local_at), day - '2000-01-01', extract(epoch FROM of_day),
		extract(epoch FROM of_day_tz), extract(epoch FROM near), sent, sent_varchar), ';' ORDER BY job_id)) FROM dev_typed
$$;
CREATE TABLE digests (style text, digest text);
DO $$
DECLARE
	zone text;
	style text;
	of_interval text;
BEGIN
	FOREACH zone IN ARRAY '{UTC,Asia/Shanghai,America/New_York,Pacific/Chatham}'::text[] LOOP
		FOREACH style IN ARRAY '{"ISO, YMD","ISO, MDY","SQL, DMY","German, DMY","Postgres, MDY"}'::text[] LOOP
			FOREACH of_interval IN ARRAY '{postgres,sql_standard,iso_8601}'::text[] LOOP
				PERFORM set_config('timezone', zone, false), set_config('datestyle', style, false), set_config('intervalstyle', of_interval, false);
				INSERT INTO digests VALUES (concat_ws('/', zone, style, of_interval), digest());
			END LOOP;
		END LOOP;
	END LOOP;
END $$;
RESET intervalstyle;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT count(*), count(DISTINCT digest) FROM digests;

-- What else PostgreSQL takes for a time is none here, in no type of times; text shows it.
CREATE FUNCTION refusal(value json, columns text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	message text;
	hint text;
BEGIN
	CALL simulate_body(page(jobs => format('{"jobId":"1","utcCreate":%1$s,"utcModified":%1$s,"jobStatus":%1$s,"jobType":%1$s,"selectionType":%1$s,"targetSelection":%1$s,"productKey":%1$s}', value)));
	EXECUTE format('SELECT (%s)::text FROM dev_typed', columns) INTO message;
	RETURN message;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN state || ' ' || message || ' / ' || hint;
END $$;
SELECT refusal('"now"', c) FROM unnest('{at,local_at,day,of_day,of_day_tz,near,sent}'::text[]) c;
SELECT value, left(refusal(value::json, 'at'), 5) AS at, left(refusal(value::json, 'day'), 5) AS day, refusal(value::json, 'sent') AS sent FROM (VALUES
	('"today"'), ('"infinity"'), ('"epoch"'), ('"12/09/2024 08:14:42Z"'), ('"2024-09-12"'), ('"2024-09-12T08:14:42Z BC"'),
	('"24-09-12T08:14:42Z"'), ('"2024-W37-4T08:14:42Z"'), ('"20240912T081442Z"'), ('"2023-02-29T00:00:00Z"'),
	('"2024-09-12T08:14:42 Asia/Shanghai"'), ('" 2024-09-12T08:14:42Z"'), ('" "')) v (value);
-- Milliseconds since 1970, as a number or a text.
SELECT refusal('1726128882214', 'at');
SELECT refusal('"1726128882214"', 'near');
-- One in another column does no harm.
SELECT refusal('"now"', 'job_id');

-- An empty text is no value, but where text is text; a domain has its say.
CREATE FOREIGN TABLE others (product_key text, device_name text, firmware_id text, job_id text,
	a int OPTIONS (field 'utcCreate'), b boolean OPTIONS (field 'utcModified'), c jsonb OPTIONS (field 'jobStatus'), d bytea OPTIONS (field 'jobType'),
	e varchar(3) OPTIONS (field 'selectionType'), f bpchar(3) OPTIONS (field 'targetSelection'), g name OPTIONS (field 'productKey'),
	h present_moment OPTIONS (field 'firmwareId')) SERVER reply_paging;
CREATE VIEW dev_others AS SELECT * FROM others WHERE product_key = 'pk' AND device_name = 'dev' AND firmware_id = '187';
CALL simulate_times('', '');
SELECT job_id, at IS NULL, local_at IS NULL, day IS NULL, of_day IS NULL, of_day_tz IS NULL, near IS NULL, sent = '', sent_varchar = '' FROM dev_typed;
SELECT a IS NULL, b IS NULL, c IS NULL, d IS NULL, e = '', f = '', g = '' FROM dev_others;
SELECT h FROM dev_others;
SELECT count(*), count(at), count(sent) FROM dev_typed;
CALL simulate_times('1999-12-31T23:59:59Z');
SELECT near FROM dev_typed;
SELECT at FROM dev_typed;
SELECT requests();

\set ECHO none
\i :cleanup
