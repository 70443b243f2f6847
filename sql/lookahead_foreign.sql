-- An inventory that is itself a foreign table, of file_fdw or postgres_fdw, or partitions of such
-- that are read asynchronously: rows, requests and how many are in flight are as with a local one.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

\i :root/test/sql/foreign_inventory.sql
\set columns '(id int, site text, product_key text, device_name text, firmware_id text)'
CREATE TABLE inventory_1 AS SELECT * FROM inventory WHERE id <= 20;
CREATE TABLE inventory_2 AS SELECT * FROM inventory WHERE id > 20;
CREATE TABLE changed AS TABLE inventory;
ANALYZE changed;
SELECT made('of_file', format('CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
	CREATE FOREIGN TABLE of_file %s SERVER files OPTIONS (filename %L)', :'columns', :'file')),
made('of_pg', format('CREATE EXTENSION postgres_fdw;
	CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (%1$s); CREATE USER MAPPING FOR CURRENT_USER SERVER here;
	CREATE SERVER here_too FOREIGN DATA WRAPPER postgres_fdw OPTIONS (%1$s); CREATE USER MAPPING FOR CURRENT_USER SERVER here_too;
	CREATE FOREIGN TABLE of_pg %2$s SERVER here OPTIONS (schema_name ''t'', table_name ''inventory'')', :'here', :'columns')),
made('of_parts', format('CREATE TABLE of_parts %s PARTITION BY RANGE (id);
	CREATE FOREIGN TABLE of_parts_1 PARTITION OF of_parts FOR VALUES FROM (1) TO (21) SERVER here OPTIONS (schema_name ''t'', table_name ''inventory_1'');
	CREATE FOREIGN TABLE of_parts_2 PARTITION OF of_parts FOR VALUES FROM (21) TO (41) SERVER here_too OPTIONS (schema_name ''t'', table_name ''inventory_2'')', :'columns')),
made('changed_pg', format('CREATE FOREIGN TABLE changed_pg %s SERVER here OPTIONS (schema_name ''t'', table_name ''changed'')', :'columns'));
SELECT made('changed_pg', 'CREATE VIEW changed_pg AS SELECT * FROM changed') WHERE to_regclass('changed_pg') IS NULL;
SELECT make_views('latest', 'SELECT DISTINCT ON (KEYS) * FROM ota_job ORDER BY KEYS, job_id DESC') \gset

-- Each partition has 16 devices or more to ask for: what its rows ask for is read ahead by itself.
-- The query upon each inventory, which it calls INV: what it does with the local one, and with
-- another where that differs.
CREATE FUNCTION each(name text, query text, peak int DEFAULT 16, statement text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	source text;
	said text := overlaps(name, replace(query, 'INV', 'inventory'), replace(statement, 'INV', 'inventory'), peak);
	other text;
BEGIN
	RETURN NEXT said;
	FOREACH source IN ARRAY ARRAY['of_file', 'of_pg', 'of_parts'] LOOP
		other := overlaps(name, replace(query, 'INV', source), replace(statement, 'INV', source), peak);
		IF other <> said THEN
			RETURN NEXT format('    %s: %s', source, other);
		END IF;
	END LOOP;
END $$;
SELECT each('join', 'SELECT i.id, job_id FROM INV i JOIN ota_job j USING_KEYS');
SELECT each('left join', 'SELECT i.id, job_id FROM INV i LEFT JOIN ota_job j USING_KEYS');
SELECT each('lateral', 'SELECT id, job_id FROM INV i, LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) ORDER BY 1 LIMIT 1) x');
SELECT each('exists', 'SELECT id FROM INV i WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status = ''PLANNED'')');
SELECT each('not exists', 'SELECT id FROM INV i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i))');
SELECT each('in', 'SELECT id FROM INV i WHERE ROW(KEYS) IN (SELECT KEYS FROM ota_job)');
SELECT each('list', 'SELECT job_id FROM ota_job WHERE product_key = ''pk0'' AND device_name = ANY (ARRAY(SELECT device_name FROM INV)) AND firmware_id = ''187''');
SELECT each('output', 'SELECT id, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM INV i');
SELECT each('filter', 'SELECT id FROM INV i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1 AND id % 5 > 0');
SELECT each('or', 'SELECT id FROM INV i WHERE id % 5 = 0 OR EXISTS (SELECT FROM ota_job j WHERE KEY(j, i))');
SELECT each('case', 'SELECT id, CASE WHEN id % 5 > 0 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM INV i');
SELECT each('case of a subquery', 'SELECT id, CASE WHEN (SELECT count(*) FROM inventory k WHERE k.id <= i.id) > 4 THEN (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) END FROM INV i');
SELECT each('aggregate', 'SELECT site, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) FROM INV i GROUP BY 1');
SELECT each('having', 'SELECT KEYS FROM INV i GROUP BY KEYS HAVING (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 1');
SELECT each('window function', 'SELECT id, sum((SELECT count(*) FROM ota_job j WHERE KEY(j, i))) OVER (ORDER BY id) FROM INV i');
SELECT each('order by', 'SELECT id FROM INV i ORDER BY (SELECT count(*) FROM ota_job j WHERE KEY(j, i)), id LIMIT 3');
SELECT each('distinct', 'SELECT DISTINCT ON (site) site, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM INV i ORDER BY 1, 2');
SELECT each('union all', 'SELECT i.id, job_id FROM INV i JOIN ota_job j USING_KEYS WHERE i.id < 30 UNION ALL SELECT id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM INV i WHERE id >= 20');
SELECT each('two inventories', 'SELECT a.id, job_id FROM INV a JOIN INV b USING (id) JOIN ota_job j ON j.product_key = a.product_key AND j.device_name = b.device_name AND j.firmware_id = b.firmware_id');
SELECT each('beside a local one', 'SELECT k.id, job_id FROM inventory k JOIN INV i USING (id) JOIN ota_job j ON KEY(j, i)');
SELECT each('function', 'SELECT id, x FROM INV i, LATERAL unnest(ARRAY(SELECT job_id FROM ota_job j WHERE KEY(j, i))) x');
SELECT each('view', 'SELECT i.id, job_id FROM INV i JOIN latest_ota_job USING_KEYS');
SELECT each('recursive', 'WITH RECURSIVE r AS (SELECT 0 AS n, KEYS, NULL::bigint AS jobs FROM INV
	UNION ALL SELECT n + 1, KEYS, (SELECT count(*) FROM ota_job j WHERE KEY(j, r)) FROM r WHERE n < 1) SELECT * FROM r');
SELECT each('create table', 'TABLE made', 16, 'CREATE TABLE made AS SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM INV i');
SELECT each('update from', 'TABLE changed', 16, 'UPDATE changed c SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM INV i WHERE i.id = c.id');
SELECT each('merge', 'TABLE changed', 16, 'MERGE INTO changed c USING INV i ON i.id = c.id WHEN MATCHED THEN UPDATE SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))');

-- Statements that write to a foreign table.
CREATE FUNCTION writes(name text, statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	said text := overlaps(name, 'TABLE changed', replace(statement, 'INV', 'changed'));
	other text := overlaps(name, 'TABLE changed_pg', replace(statement, 'INV', 'changed_pg'));
BEGIN
	RETURN NEXT said;
	IF other <> said THEN
		RETURN NEXT format('    foreign: %s', other);
	END IF;
END $$;
SELECT writes('update', 'UPDATE INV i SET site = (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i))');
SELECT writes('update, or', 'UPDATE INV i SET site = ''x'' WHERE id > 35 OR (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2');
SELECT writes('delete', 'DELETE FROM INV i WHERE (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) > 2');
SELECT writes('insert', 'INSERT INTO INV SELECT id + 100, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i');
SET client_min_messages = error;
DROP EXTENSION IF EXISTS file_fdw, postgres_fdw CASCADE;
