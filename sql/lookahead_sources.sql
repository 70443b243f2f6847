-- Where outer rows come from does not matter, neither for joins nor for subqueries: 16 are in flight.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/window.sql
CREATE FUNCTION forms(name text, source text, condition text DEFAULT 'true') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT peak(name || ', join', format('SELECT i.device_name, job_id FROM %s i JOIN ota_job j ON KEY(j, i) AND %s', source, condition));
	RETURN NEXT peak(name || ', output', format('SELECT i.device_name, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM %s i WHERE %s', source, condition));
	RETURN NEXT peak(name || ', filter', format('SELECT i.device_name FROM %s i WHERE EXISTS (SELECT count(*) FROM ota_job j WHERE KEY(j, i) HAVING count(*) > 1) AND %s', source, condition));
END $$;
SELECT forms('table', 'inventory');

-- Index-only scans.
SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT * FROM explain_lines('SELECT (SELECT max(job_id) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id)
	FROM inventory i WHERE device_name > ''a''', 'Index Only');
SELECT forms('index only', '(SELECT product_key, device_name, firmware_id FROM inventory)', 'i.device_name > ''a''');
SELECT forms('index only, backward', '(SELECT product_key, device_name, firmware_id FROM inventory ORDER BY device_name DESC, product_key DESC, firmware_id DESC)', 'i.device_name > ''a''');
RESET enable_seqscan; RESET enable_bitmapscan;

-- Functions.
SELECT forms('function', '(SELECT ''p'' AS product_key, ''d'' || g || '':'' || g % 3 AS device_name, ''1'' AS firmware_id FROM generate_series(1, 40) g)');
SELECT forms('json', '(SELECT v ->> ''p'' AS product_key, v ->> ''d'' AS device_name, ''1'' AS firmware_id FROM jsonb_array_elements((SELECT jsonb_agg(jsonb_build_object(''p'', product_key, ''d'', device_name)) FROM inventory)) v)');
-- XMLTABLE is libxml's: where PostgreSQL was built without it, the same is read from the table.
SELECT CASE WHEN EXISTS (SELECT FROM pg_config WHERE name = 'CONFIGURE' AND setting LIKE '%--with-libxml%')
	THEN '(SELECT ''p'' AS product_key, d AS device_name, ''1'' AS firmware_id FROM XMLTABLE(''/r/d'' PASSING (SELECT xmlelement(name r, xmlagg(xmlelement(name d, device_name))) FROM inventory) COLUMNS d text PATH ''.'') x)'
	ELSE 'inventory' END AS xml \gset
SELECT forms('XMLTABLE', :'xml');

-- Transition tables.
CREATE TABLE written (LIKE inventory);
CREATE TABLE noted (device_name text, job_id text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'INSERT INTO noted ' || spelled(current_setting('t.noting'));
	RETURN NULL;
END $$;
CREATE TRIGGER noting AFTER INSERT ON written REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE FUNCTION noting(name text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT peak(name, 'SELECT * FROM noted', format('SET LOCAL t.noting = %L; INSERT INTO written SELECT * FROM inventory', query)) $$;
SELECT noting('transition table, join', 'SELECT i.device_name, job_id FROM fresh i JOIN ota_job j ON KEY(j, i)');
SELECT noting('transition table, output', 'SELECT i.device_name, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM fresh i');
SELECT noting('transition table, filter', 'SELECT i.device_name FROM fresh i WHERE EXISTS (SELECT count(*) FROM ota_job j WHERE KEY(j, i) HAVING count(*) > 1)');

-- The working table of a recursive query: within each step.
SELECT peak('recursive, join', 'WITH RECURSIVE r AS (SELECT 0 AS n, product_key, device_name, firmware_id, NULL::text AS job_id FROM inventory
	UNION ALL SELECT n + 1, j.product_key, j.device_name, j.firmware_id, j.job_id FROM r JOIN ota_job j ON KEY(j, r) WHERE n < 2) SELECT * FROM r');
SELECT peak('recursive, output', 'WITH RECURSIVE r AS (SELECT 0 AS n, product_key, device_name, firmware_id, NULL::text AS job_id FROM inventory
	UNION ALL SELECT n + 1, product_key, ''x'' || device_name, firmware_id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, r)) FROM r WHERE n = 0) SELECT * FROM r');
SELECT peak('recursive, filter', 'WITH RECURSIVE r AS (SELECT 0 AS n, product_key, device_name, firmware_id FROM inventory
	UNION ALL SELECT n + 1, product_key, device_name, firmware_id FROM r WHERE n < 2 AND EXISTS (SELECT count(*) FROM ota_job j WHERE KEY(j, r) HAVING count(*) > n)) SELECT * FROM r');

-- Foreign inventories; a local one stands for what PostgreSQL was built without.
\i :root/test/sql/foreign_inventory.sql
SELECT made('inventory_file', format('CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
	CREATE FOREIGN TABLE inventory_file (id int, site text, product_key text, device_name text, firmware_id text) SERVER files OPTIONS (filename %L)', :'file'));
SELECT forms('file_fdw', 'inventory_file');
SELECT made('inventory_pg', format('CREATE EXTENSION postgres_fdw; CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (%s); CREATE USER MAPPING FOR CURRENT_USER SERVER here;
	CREATE FOREIGN TABLE inventory_pg (id int, site text, product_key text, device_name text, firmware_id text) SERVER here OPTIONS (schema_name ''t'', table_name ''inventory'')', :'here'));
SELECT forms('postgres_fdw', 'inventory_pg');
SELECT forms('postgres_fdw, a join there', '(SELECT a.* FROM inventory_pg a JOIN inventory_pg b USING (id))');
SELECT forms('postgres_fdw, asynchronously', '(SELECT * FROM inventory_pg WHERE id <= 20 UNION ALL SELECT * FROM inventory_pg WHERE id > 20)');
CREATE VIEW inventory_1 AS SELECT * FROM inventory WHERE id <= 20;
CREATE VIEW inventory_2 AS SELECT * FROM inventory WHERE id > 20;
SELECT made('parts', 'CREATE TABLE parts (id int, site text, product_key text, device_name text, firmware_id text) PARTITION BY RANGE (id);
	CREATE FOREIGN TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (21) SERVER here OPTIONS (schema_name ''t'', table_name ''inventory_1'');
	CREATE FOREIGN TABLE parts_2 PARTITION OF parts FOR VALUES FROM (21) TO (41) SERVER here OPTIONS (schema_name ''t'', table_name ''inventory_2'')');
SELECT forms('postgres_fdw, partitions', 'parts');
SET client_min_messages = error;
DROP EXTENSION IF EXISTS file_fdw, postgres_fdw CASCADE;
