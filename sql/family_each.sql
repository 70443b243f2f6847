-- What ota_job has each table has: a line for each of the nine, of one promise after the other.
-- family_errors has what goes wrong, tap:074_family_sessions what takes more than one session.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql
\set ECHO none
SET client_min_messages = error;

-- Two lookups of each table, which have so many pages; one where it has no key.
CREATE TABLE each (n int, table_name text, keys text[], a text[], b text[], id text, pages_a int, pages_b int);
INSERT INTO each VALUES
	(1, 'product', '{}', '{}', '{}', 'product_key', 3, 0), (2, 'device', '{product_key}', '{shop:120}', '{shop:51}', 'iot_id', 3, 2),
	(3, 'ota_firmware', '{}', '{}', '{}', 'firmware_id', 3, 0), (4, 'ota_firmware_job', '{firmware_id}', '{fw:250}', '{fw:201}', 'job_id', 3, 3),
	(5, 'ota_task', '{job_id}', '{batch:250}', '{batch:101}', 'task_id', 3, 2),
	(6, 'ota_open_task', '{product_key,device_name}', '{shop:1,pump:250}', '{shop:1,pump:1}', 'task_id', 1, 1),
	(7, 'ota_module', '{product_key}', '{shop:120}', '{shop:50}', 'module_name', 1, 1),
	(8, 'ota_module_version', '{product_key,device_name}', '{shop:1,pump:250}', '{shop:1,pump:201}', 'module_name', 3, 3),
	(9, 'ota_job', '{product_key,device_name,firmware_id}', '{shop:1,pump:150,1}', '{shop:1,pump:101,1}', 'job_id', 2, 2);
ALTER FOREIGN TABLE remote.product OPTIONS (ADD page_size '7');
ALTER FOREIGN TABLE remote.ota_firmware OPTIONS (ADD page_size '30');
-- The keys of a join: these, the first once more, one of which there is nothing, and one that is NULL.
CREATE TABLE w AS SELECT table_name, i, k[1] AS k1, k[2] AS k2, k[3] AS k3
	FROM each, LATERAL (VALUES (1, a), (2, b), (3, a), (4, string_to_array(regexp_replace(array_to_string(a, ','), ':\d\d+', ':0'), ',')), (5, NULL)) v (i, k);
ANALYZE w;

-- A query of the table, by a text that has {T} for it, {id}, {keys}, {A} and {B} as conditions, {either} for both,
-- and {on} for x's keys being w's; NULL where the table has no key and the text needs one.
CREATE FUNCTION condition(keys text[], vals text[]) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(format('%I = %L', k, v), ' AND ' ORDER BY o), 'true') FROM ROWS FROM (unnest(keys), unnest(vals)) WITH ORDINALITY u (k, v, o);
$$;
CREATE FUNCTION quoted(vals text[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(quote_literal(v), ', ' ORDER BY o) FROM unnest(vals) WITH ORDINALITY u (v, o);
$$;
CREATE FUNCTION query_of(e each, pattern text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	part record;
BEGIN
	IF e.keys = '{}' AND pattern ~ '{(keys|B|either)}' THEN
		RETURN NULL;
	END IF;
	FOR part IN VALUES ('{T}', e.table_name), ('{id}', e.id), ('{keys}', array_to_string(e.keys, ', ')), ('{A}', condition(e.keys, e.a)), ('{B}', condition(e.keys, e.b)),
			('{either}', format('(%s) IN ((%s), (%s))', array_to_string(e.keys, ', '), quoted(e.a), quoted(e.b))),
			('{on}', concat_ws(' AND ', format('w.table_name = %L', e.table_name), (SELECT string_agg(format('x.%I = w.k%s', k, o), ' AND ' ORDER BY o) FROM unnest(e.keys) WITH ORDINALITY u (k, o)))) LOOP
		pattern := replace(pattern, part.column1, coalesce(part.column2, ''));
	END LOOP;
	RETURN pattern;
END $$;
CREATE FUNCTION each_same(query text) RETURNS TABLE (table_name text, said text) LANGUAGE sql AS $$
	SELECT e.table_name, same(query_of(e, query)) FROM each e WHERE query_of(e, query) IS NOT NULL ORDER BY n;
$$;
SELECT FROM requests() \gset
\set ECHO all

-- Lists: a lookup for each, and each once.
SELECT * FROM each_same('SELECT * FROM {T} WHERE {either}');
SELECT * FROM each_same('SELECT {id} FROM {T} WHERE {A} UNION ALL SELECT {id} FROM {T} WHERE {A}');
SELECT * FROM each_same('SELECT a.{id} FROM (SELECT * FROM {T} WHERE {A}) a JOIN (SELECT * FROM {T} WHERE {A}) b USING ({id})');
-- Joins: each key once, none for NULL.
SELECT * FROM each_same('SELECT w.i, x.* FROM w JOIN {T} x ON {on}');
SELECT * FROM each_same('SELECT w.i, x.* FROM w LEFT JOIN {T} x ON {on} WHERE w.table_name = ''{T}''');
SELECT * FROM each_same('SELECT w.i FROM w WHERE EXISTS (SELECT FROM {T} x WHERE {on})');
SELECT * FROM each_same('SELECT w.i FROM w WHERE w.table_name = ''{T}'' AND NOT EXISTS (SELECT FROM {T} x WHERE {on})');
SELECT * FROM each_same('SELECT w.i, (SELECT count(*) FROM {T} x WHERE {on}) FROM w WHERE w.table_name = ''{T}''');
SELECT * FROM each_same('SELECT w.i, y.* FROM w CROSS JOIN LATERAL (SELECT * FROM {T} x WHERE {on} ORDER BY {id} DESC LIMIT 1) y');
-- Views that group.
SELECT * FROM each_same('SELECT w.i, x.n, x.last FROM w JOIN (SELECT {keys}, count(*) AS n, max({id}) AS last FROM {T} GROUP BY {keys}) x ON {on}');
-- count(*) is the total of a page of one row, where there is a total that is sure; LIMIT asks for the pages that it needs.
SELECT * FROM each_same('SELECT count(*) FROM {T} WHERE {A}');
SELECT * FROM each_same('SELECT count(*) FROM (SELECT FROM {T} WHERE {A} LIMIT 3) x');
SELECT * FROM each_same('SELECT count(*) FROM (SELECT FROM {T} WHERE {either} LIMIT 3) x');
SELECT * FROM each_same('SELECT count(*) FROM (SELECT FROM w, {T} x WHERE {on} LIMIT 1) x');

-- EXPLAIN tells what is asked, and what was.
SELECT e.table_name, string_agg(l, ', ') FROM each e, explain_lines(query_of(e, 'SELECT * FROM remote.{T} WHERE {A}'), '^ *(Remote|Page Size|Lookups|Requests|Rows Removed)', 'ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF') l GROUP BY n, 1 ORDER BY n;

-- Statistics count each table's lookups, requests and rows.
CREATE FUNCTION counted(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	PERFORM tuya_fdw_stats_reset(), requests();
	PERFORM rows_in('remote', query);
	SELECT format('%s lookups, %s more, %s requests (%s by the service), %s rows', lookups, deduplicated, requests, requests(), rows) INTO said FROM tuya_fdw_stats;
	RETURN said;
END $$;
SELECT e.table_name, counted(query_of(e, 'SELECT w.i, x.* FROM w JOIN {T} x ON {on}')) FROM each e ORDER BY n;

-- Caps: pages are requests, so many are enough, and one less is not.
CREATE FUNCTION capped(query text, cap int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	PERFORM requests(), set_config('tuya_fdw.max_requests', cap::text, true);
	said := sqlstate_of(format('SELECT rows_in(''remote'', %L)', query));
	PERFORM set_config('tuya_fdw.max_requests', '0', true);
	RETURN format('%s: %s, %s requests', cap, said, requests());
END $$;
SELECT e.table_name, capped(q, p), CASE WHEN p > 1 THEN capped(q, p - 1) END FROM each e, LATERAL (SELECT pages_a + pages_b, query_of(e, CASE WHEN keys = '{}' THEN 'SELECT * FROM {T}' ELSE 'SELECT * FROM {T} WHERE {either}' END)) v (p, q) ORDER BY n;

-- An Append reads its arms at the same time, by itself: pages by number, walks, and lists of one reply.
CREATE FUNCTION two_lookups(e each, name text) RETURNS text LANGUAGE sql AS $$
	SELECT query_of(e, format('SELECT * FROM %1$s WHERE {A} UNION ALL SELECT * FROM %1$s WHERE ', name) || CASE WHEN e.keys = '{}' THEN '{id} <> ''none''' ELSE '{B}' END);
$$;
CREATE FUNCTION without_lookahead(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	PERFORM set_config('tuya_fdw.enable_lookahead', 'off', true);
	said := (SELECT string_agg(regexp_replace(trim(o), ', ([2-9]|\d\d+) in flight', ', together'), ', ') FROM overlaps(query, 2) o);
	PERFORM set_config('tuya_fdw.enable_lookahead', 'on', true);
	RETURN said;
END $$;
SELECT e.table_name, (SELECT count(*) FROM explain_lines(two_lookups(e, 'remote.{T}'), 'Async Foreign Scan')), without_lookahead(two_lookups(e, '{T}')) FROM each e ORDER BY n;
