-- What a plan node evaluates whenever it is come to, before it has a row: a function's arguments,
-- a document, the first row of VALUES, what an index is searched for, LIMIT and OFFSET. Subqueries
-- there overlap; and where LIMIT wants no row, nothing is asked for below.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

-- XMLTABLE; where PostgreSQL was built without it, a function.
SELECT CASE WHEN EXISTS (SELECT FROM pg_config WHERE name = 'CONFIGURE' AND setting LIKE '%--with-libxml%')
	THEN 'XMLTABLE(''/r/d'' PASSING (SELECT xmlelement(name r, xmlagg(xmlelement(name d, job_id))) FROM ota_job j WHERE KEY(j, i)) COLUMNS d text PATH ''.'')'
	ELSE 'unnest(ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i)))' END AS xml \gset
SELECT overlaps('document, LATERAL', format('SELECT id, x.* FROM inventory i, LATERAL %s x', :'xml'));
SELECT overlaps('document, in the output', format('SELECT id, (SELECT count(*) FROM %s x) FROM inventory i', :'xml'));
SELECT overlaps('ROWS FROM', $$ SELECT id, x.* FROM inventory i, LATERAL ROWS FROM (generate_series(1, (SELECT count(*) FROM ota_job j WHERE KEY(j, i))), unnest(ARRAY[1, 2])) WITH ORDINALITY x $$);
SELECT overlaps('VALUES', $$ SELECT id, x.* FROM inventory i, LATERAL (VALUES ((SELECT count(*) FROM ota_job j WHERE KEY(j, i))), (3)) x (n) $$);
SELECT overlaps('VALUES, in the output', $$ SELECT id, (SELECT max(n) FROM (VALUES ((SELECT count(*) FROM ota_job j WHERE KEY(j, i))), (1)) x (n)) FROM inventory i $$);
SELECT overlaps('TABLESAMPLE', $$ SELECT i.id, x.id FROM inventory i, LATERAL (SELECT * FROM inventory k TABLESAMPLE bernoulli ((SELECT count(*) FROM ota_job j WHERE KEY(j, i)) * 0 + 100) WHERE k.id = 1) x $$);
SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT overlaps('index', $$ SELECT id, (SELECT site FROM inventory k WHERE k.id = (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SELECT overlaps('index, LATERAL', $$ SELECT i.id, k.site FROM inventory i, LATERAL (SELECT * FROM inventory k WHERE k.id = (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) OFFSET 0) k $$);
SELECT overlaps('index alone', $$ SELECT id, (SELECT count(k.id) FROM inventory k WHERE k.id < (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
SET enable_bitmapscan = on; SET enable_indexscan = off; SET enable_indexonlyscan = off;
SELECT overlaps('bitmap', $$ SELECT id, (SELECT site FROM inventory k WHERE k.id = (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM inventory i $$);
RESET enable_seqscan; RESET enable_bitmapscan; RESET enable_indexscan; RESET enable_indexonlyscan;
-- In a condition on a table's rows it is evaluated if there is a row.
SELECT overlaps('a row''s condition', $$ SELECT id, (SELECT count(*) FROM inventory k WHERE k.id = (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) + k.id - k.id) FROM inventory i $$);

-- LIMIT and OFFSET.
SELECT overlaps('LIMIT, LATERAL', $$ SELECT id, x.* FROM inventory i, LATERAL (SELECT g FROM generate_series(1, 9) g LIMIT (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) x $$);
SELECT overlaps('OFFSET, LATERAL', $$ SELECT id, x.* FROM inventory i, LATERAL (SELECT g FROM generate_series(1, 3) g OFFSET (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) x $$);
SELECT overlaps('LIMIT, in the output', $$ SELECT id, ARRAY(SELECT g FROM generate_series(1, 9) g LIMIT (SELECT count(*) FROM ota_job j WHERE KEY(j, i))) x FROM inventory i $$);
-- What LIMIT says of what is below.
SELECT overlaps('LIMIT of a column, LATERAL', $$ SELECT i.id, x.* FROM inventory i, LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT i.id % 2) x $$);
SELECT overlaps('LIMIT of a column, in the output', $$ SELECT i.id, (SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT i.id % 2) FROM inventory i $$);
SELECT overlaps('LIMIT of CASE, or none', $$ SELECT i.id, x.* FROM inventory i LEFT JOIN LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT CASE site WHEN 'north' THEN 0 WHEN 'south' THEN 2 END) x ON true $$);
SELECT overlaps('LIMIT NULL', $$ SELECT i.id, (SELECT max(job_id) FROM (SELECT * FROM ota_job j WHERE KEY(j, i) LIMIT NULLIF(i.id, i.id)) x) FROM inventory i $$);
SELECT overlaps('LIMIT of a subquery, LATERAL', $$ SELECT i.id, x.* FROM inventory i, LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT (SELECT 2)) x $$);
SELECT overlaps('LIMIT of a subquery, in the output', $$ SELECT i.id, ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT (SELECT count(*) FROM inventory k WHERE k.id = i.id)) FROM inventory i $$);
SELECT serial('LIMIT 0, LATERAL', $$ SELECT i.id, x.* FROM inventory i LEFT JOIN LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) LIMIT 0) x ON true $$);
SELECT serial('LIMIT 0, in the output', $$ SELECT i.id, (SELECT job_id FROM ota_job j WHERE KEY(j, i) LIMIT 0) FROM inventory i $$);
SELECT serial('LIMIT 0, EXISTS', $$ SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) OFFSET i.id LIMIT 0) $$);
SET plan_cache_mode = force_generic_plan;
CREATE FUNCTION most(n bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN
	RETURN QUERY SELECT x.job_id FROM inventory i, LATERAL (SELECT job_id FROM ota_job j WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id) ORDER BY 1 LIMIT n) x; END $$;
CREATE FUNCTION most_asked(n bigint) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	PERFORM sim('set hold_ms=20000 hold_until_in_flight=' || CASE WHEN n = 0 THEN 0 ELSE 16 END), sim('clear');
	RETURN (SELECT count(*) FROM most(n)) || ' rows, requests, in flight: ' || sim('get requests max_in_flight'); END $$;
SELECT most_asked(1), most_asked(0), most_asked(NULL::bigint) WHERE left_in_flight() = '0';
