-- Whether a subquery asks for something may depend on what cannot be known ahead: on a row of a local table, on
-- the other side of a join. Most such rows are there, so that is a guess, and requests overlap; what is asked for in
-- vain is no more than the window, and than what was of use and what may be in flight at once.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/shapes.sql
\i :setup

-- In a query A is how many jobs a device has.
CREATE TABLE statuses AS SELECT s AS job_status, upper(left(s, 1)) AS label FROM unnest('{PLANNED,CANCELED,COMPLETED}'::text[]) s;
ANALYZE statuses;
CREATE FUNCTION guessed(name text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(name, regexp_replace(query, '\yA\y', '(SELECT count(*) FROM ota_job j WHERE KEY(j, i))', 'g'));
$$;
-- Rows of a local table, with keys of the outermost row.
SELECT guessed('output', 'SELECT id, (SELECT k.site || A FROM inventory k WHERE k.id = i.id) FROM inventory i');
SELECT guessed('condition', 'SELECT id, (SELECT max(k.id) FROM inventory k WHERE k.site = i.site AND k.id <= A) FROM inventory i');
SELECT guessed('EXISTS', 'SELECT id FROM inventory i WHERE id < 0 OR EXISTS (SELECT FROM inventory k WHERE k.id = i.id AND A > 1)');
SELECT guessed('having', 'SELECT id, (SELECT count(*) FROM inventory k WHERE k.site = i.site GROUP BY k.site HAVING count(*) > A) FROM inventory i');
SELECT guessed('a loop', 'SELECT id, (SELECT count(*) FROM inventory k, ota_job j WHERE KEY(j, i) AND k.id = i.id) FROM inventory i');
SELECT guessed('LATERAL', 'SELECT id, x.* FROM inventory i, LATERAL (SELECT k.site, A FROM inventory k WHERE k.id = i.id OFFSET 0) x');
SELECT guessed('in an aggregate', 'SELECT sum((SELECT k.id + A FROM inventory k WHERE k.id = i.id)) FROM inventory i');
SELECT guessed('below a gate', 'SELECT id, CASE WHEN id > 10 THEN (SELECT k.id + A FROM inventory k WHERE k.id = i.id) END FROM inventory i');
SELECT guessed('a condition on the row alone', 'SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i) AND EXISTS (SELECT FROM inventory k WHERE k.id = i.id OFFSET 0)) FROM inventory i');
SELECT serial('volatile', $$ SELECT id, ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT 3 + (random() * 0 * i.id)::int) FROM inventory i $$);
-- The other side of a join.
SELECT guessed('join', 'SELECT id, (SELECT string_agg(label, '','' ORDER BY job_id) FROM ota_job j JOIN statuses s USING (job_status) WHERE KEY(j, i)) FROM inventory i');
SET enable_hashjoin = off;
SELECT guessed('merge join', 'SELECT id, (SELECT string_agg(label, '','' ORDER BY job_id) FROM ota_job j JOIN statuses s USING (job_status) WHERE KEY(j, i)) FROM inventory i');
SET enable_mergejoin = off;
SELECT guessed('nested loop', 'SELECT id, (SELECT string_agg(label, '','' ORDER BY job_id) FROM ota_job j JOIN statuses s USING (job_status) WHERE KEY(j, i)) FROM inventory i');
RESET enable_hashjoin; RESET enable_mergejoin;

-- In vain.
CREATE FUNCTION asks_in_vain(name text, query text, of_use int) RETURNS text LANGUAGE sql AS $$
	SELECT name || ': ' || CASE WHEN substring(said FROM '(\d+) requests')::int - of_use BETWEEN 0 AND least(16 + of_use, 20) THEN 'few' ELSE said END || coalesce(substring(said FROM ' WRONG.*'), '') || coalesce(' ' || substring(said FROM '\([^(]* without lookahead\)'), '')
	FROM guessed(name, query) said;
$$;
SELECT asks_in_vain('the first half', 'SELECT id, (SELECT k.site || A FROM inventory k WHERE k.id = i.id + 20) FROM inventory i ORDER BY id', 20);
SELECT asks_in_vain('the second half', 'SELECT id, (SELECT k.site || A FROM inventory k WHERE k.id = i.id - 20) FROM inventory i ORDER BY id', 20);
SELECT asks_in_vain('LIMIT of the row', 'SELECT id, ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT (SELECT i.id % 3)) FROM inventory i', 27);
SELECT asks_in_vain('none of many', 'SELECT g, (SELECT k.label || (SELECT count(*) FROM ota_job j WHERE (KEYS) = (i.product_key, ''d'' || g || '':1'', i.firmware_id)) FROM statuses k WHERE label = ''x'' || g) FROM inventory i, generate_series(1, 400) g WHERE i.id = 1', 0);
