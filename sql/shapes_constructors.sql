-- Subqueries below constructors, casts and tests of every kind, in the output: all that such an
-- expression has is evaluated for each row, so 40 devices take 40 requests, 16 at a time.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

CREATE DOMAIN few AS bigint CHECK (VALUE < 10);
CREATE DOMAIN fewer AS few CHECK (VALUE < 9);
CREATE DOMAIN known AS text NOT NULL;
CREATE TYPE pair AS (a text, b bigint);
CREATE DOMAIN few_pairs AS pair CHECK ((VALUE).b < 9);
-- In an expression N is the number of a device's jobs, M the last of them; needs says
-- what PostgreSQL must have for it, else another expression is taken instead.
CREATE FUNCTION spelled_in(expr text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(expr, '\yN\y', '(SELECT count(*) FROM ota_job j WHERE KEY(j, i))', 'g'),
		'\yM\y', '(SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))', 'g');
$$;
CREATE FUNCTION has(what text) RETURNS boolean LANGUAGE sql AS $$
	SELECT CASE what WHEN 'xml' THEN EXISTS (SELECT FROM pg_config WHERE name = 'CONFIGURE' AND setting LIKE '%--with-libxml%')
		ELSE current_setting('server_version_num')::int >= what::int * 10000 END;
$$;
CREATE FUNCTION shows(expr text, needs text DEFAULT '15', instead text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(expr, spelled_in(format('SELECT id, %s FROM inventory i', CASE WHEN has(needs) THEN expr ELSE instead END)));
$$;
CREATE FUNCTION groups(expr text, needs text DEFAULT '15', instead text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(expr, spelled_in(format('SELECT site, %s FROM (SELECT * FROM inventory ORDER BY id) i GROUP BY site', CASE WHEN has(needs) THEN expr ELSE instead END)));
$$;

-- XML; where PostgreSQL was built without it, JSON.
SELECT shows('xmlelement(name a, xmlattributes(id AS id), M)::text', 'xml', 'json_build_array(id, M)::text');
SELECT shows('xmlelement(name a, xmlattributes(M AS id))::text', 'xml', 'json_build_array(M)::text');
SELECT shows('xmlforest(id, M AS m, N AS n)::text', 'xml', 'json_build_array(id, M, N)::text');
SELECT shows('xmlconcat(xmlforest(id), xmlforest(M AS m))::text', 'xml', 'json_build_array(id, M)::text');
SELECT shows('xmlserialize(content xmlforest(M AS m) AS text)', 'xml', 'json_build_array(M)::text');
SELECT shows('xmlpi(name php, M)::text', 'xml', 'json_build_array(M)::text');
SELECT shows('xmlparse(content M)::text', 'xml', 'json_build_array(M)::text');
SELECT shows('xmlforest(M AS m) IS DOCUMENT', 'xml', 'json_build_array(M)::text');
SELECT groups('xmlagg(xmlforest(M AS m))::text', 'xml', 'json_agg(M)::text');
-- JSON's functions.
SELECT shows('json_build_array(id, N)::text');
SELECT shows('json_build_object(site, M)::text');
SELECT shows('row_to_json(ROW(id, N))::text');
SELECT shows('jsonb_build_object(''a'', N) -> ''a''');
SELECT groups('jsonb_object_agg(id, N)');
-- SQL/JSON.
SELECT shows('JSON_ARRAY(id, N)::text', '16', 'json_build_array(id, N)::text');
SELECT shows('JSON_ARRAY(M NULL ON NULL RETURNING text)', '16', 'json_build_array(M)::text');
SELECT shows('JSON_ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1)::text', '16', 'ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1)::text');
SELECT shows('JSON_OBJECT(''n'': N, ''m'': M)::text', '16', 'json_build_object(''n'', N, ''m'', M)::text');
SELECT shows('JSON_OBJECT(COALESCE(M, ''x'') VALUE id ABSENT ON NULL RETURNING jsonb)', '16', 'COALESCE(M, ''x'')');
SELECT shows('JSON_OBJECT(''j'': (''['' || N || '']'') FORMAT JSON)::text', '16', 'json_build_array(N)::text');
SELECT shows('(''['' || N || '']'') IS JSON ARRAY', '16', 'N > 1');
SELECT shows('M IS JSON SCALAR', '16', 'M > ''a''');
SELECT groups('JSON_ARRAYAGG(N)::text', '16', 'json_agg(N)::text');
SELECT groups('JSON_ARRAYAGG(N ORDER BY id RETURNING jsonb) FILTER (WHERE id > 0)', '16', 'json_agg(N ORDER BY id)::text');
SELECT groups('JSON_OBJECTAGG(id: N)::text', '16', 'json_object_agg(id, N)::text');
SELECT shows('JSON_ARRAYAGG(N) OVER (ORDER BY id)::text', '16', 'json_agg(N) OVER (ORDER BY id)::text');
SELECT shows('JSON(''['' || N || '']'')::text', '17', 'json_build_array(N)::text');
SELECT shows('JSON_SCALAR(N)::text', '17', 'json_build_array(N)::text');
SELECT shows('JSON_SERIALIZE(''['' || N || '']'')', '17', 'json_build_array(N)::text');
SELECT shows('JSON_VALUE(jsonb_build_array(N), ''$[0]'')', '17', 'jsonb_build_array(N) ->> 0');
SELECT shows('JSON_QUERY(jsonb_build_array(N, M), ''$[*]'' WITH WRAPPER)', '17', 'jsonb_build_array(N, M)');
SELECT shows('JSON_EXISTS(jsonb_build_array(N), ''$[0] ? (@ > 1)'')', '17', 'N > 1');
SELECT overlaps('JSON_TABLE', CASE WHEN has('17') THEN $$ SELECT id, x.* FROM inventory i, JSON_TABLE((SELECT jsonb_agg(job_id ORDER BY job_id) FROM ota_job j WHERE KEY(j, i)), '$[*]' COLUMNS (job text PATH '$')) x $$
	ELSE $$ SELECT id, x.* FROM inventory i, jsonb_array_elements_text((SELECT jsonb_agg(job_id ORDER BY job_id) FROM ota_job j WHERE KEY(j, i))) x $$ END);
-- Rows and arrays.
SELECT shows('ROW(id, ROW(M, N))');
SELECT shows('ARRAY[ARRAY[id, N], ARRAY[0, N]]');
SELECT shows('(ARRAY[10, 20, 30, 40, 50, 60])[1 + N]');
SELECT shows('ARRAY[1, 2] || N::int');
SELECT shows('concat_ws('','', VARIADIC ARRAY[M, site])');
SELECT shows('ROW(M, NULL) IS NULL');
SELECT shows('ROW(N, 1) IS DISTINCT FROM ROW(1::bigint, 1)');
SELECT shows('(ROW(''x'', N)::pair).b');
-- Casts.
SELECT shows('N::numeric::text::varchar(3)');
SELECT shows('CAST(M AS char(30))');
SELECT shows('ARRAY[N]::int[]::text[]');
SELECT shows('N::fewer');
SELECT shows('COALESCE(M, ''x'')::known');
SELECT shows('ROW(''x'', N)::pair::few_pairs');
SELECT shows('M COLLATE "C" < ''b''');
-- One of several, and tests.
SELECT shows('GREATEST(N, M::numeric, 1)');
SELECT shows('LEAST(id, N)');
SELECT shows('COALESCE(M, site)');
SELECT shows('COALESCE(NULLIF(M, M), M)');
SELECT shows('NULLIF(id, N)');
SELECT shows('N IS DISTINCT FROM 1');
SELECT shows('M IS NOT DISTINCT FROM NULL');
SELECT shows('(N > 1) IS NOT TRUE');
SELECT shows('(M > ''a'') IS UNKNOWN');
SELECT shows('N BETWEEN 1 AND 2');
SELECT shows('id BETWEEN SYMMETRIC N AND 2');
SELECT shows('id = ANY (ARRAY[N, 3])');
SELECT shows('id <> ALL (ARRAY[N, 3])');
SELECT shows('M LIKE ''%1%''');
SELECT shows('M SIMILAR TO ''%(1|2)''');
SELECT shows('overlay(site PLACING ''x'' FROM 1 FOR N::int)');
SELECT shows('(timestamp ''2024-01-01'' + make_interval(days => N::int)) AT TIME ZONE ''UTC''');
