-- README.md's recipes, its first query and its tables of several accounts: they are run here as
-- they stand, and have the rows that the simulator's rule says.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql

\set readme :root /README.md
CREATE FUNCTION blocks(document text, heading text) RETURNS TABLE (n bigint, text text) LANGUAGE sql AS $$
	SELECT b.n, regexp_replace(block[1], '^    ', '', 'gn')
	FROM regexp_matches(substring(document FROM '\n#+? ' || heading || '\n(.*?)\n#'), '\n((?:    [^\n]*\n)+)', 'g') WITH ORDINALITY b (block, n);
$$;
CREATE TABLE readme AS SELECT pg_read_file(:'readme') AS document;
CREATE TABLE recipe AS SELECT blocks.* FROM readme, blocks(document, 'Cookbook');
-- The inventory of demo.sql.
TRUNCATE inventory;
INSERT INTO inventory
	SELECT (ARRAY['Aachen', 'Bergen', 'Cadiz'])[1 + i % 3], 'pump-x1', 'pump-' || to_char(i, 'FM00') || ':' || (ARRAY[0, 2, 5, 130])[1 + i % 4], '187'
	FROM generate_series(1, 20) AS i;
ANALYZE inventory;
SET search_path = rule, t;
SELECT FROM add_rows('ota_job', 'product_key, device_name, firmware_id', 'sim_jobs(n.product_key, n.device_name, n.firmware_id)', (SELECT string_agg(format('(%L, %L, %L)', product_key, device_name, firmware_id), ', ') FROM inventory));
SET search_path = t;
-- Each recipe that reads, and how many rows it has.
SELECT left(split_part(text, E'\n', 1), 50), regexp_replace(same(rtrim(text, E';\n')), ', \d+ requests( \([^)]*\))?', '') FROM recipe WHERE text ~ '^SELECT' ORDER BY n;
-- The others.
SET search_path = remote, t;
SELECT text FROM recipe WHERE text !~ '^SELECT' ORDER BY n \gexec
SELECT count(*) FROM fleet_job;
RESET tuya_fdw.max_requests;
-- The first query of the quick start with the cloud: what it shows and what comes.
SELECT text AS query FROM readme, blocks(document, 'Quick start with the cloud') WHERE text ~ '^SELECT job_id' \gset
CREATE TABLE shown AS SELECT regexp_split_to_array(trim(line), ' *\| *') AS row FROM readme, blocks(document, 'Quick start with the cloud'), string_to_table(text, E'\n') line WHERE line ~ '^ *\d{19} ';
SELECT count(*) FROM shown;
SELECT array_to_string(row, ' | ') FROM shown
EXCEPT SELECT concat_ws(' | ', job_id, job_status, utc_create) FROM ota_job WHERE product_key = 'pump-x1' AND device_name = 'pump-02:5' AND firmware_id = '187';
SELECT count(*) FROM rows_in('remote', rtrim(:'query', E';\n')) AS rows, unnest(rows);
-- Several accounts.
CREATE SERVER tuya_eu FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca');
CREATE SERVER tuya_us FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya_eu OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya_us OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
ALTER TABLE inventory ADD region text DEFAULT 'eu';
UPDATE inventory SET region = 'us' WHERE site = 'Cadiz';
SELECT FROM requests() \gset
SELECT text FROM readme, blocks(document, 'Several accounts') WHERE text !~ '^SELECT' ORDER BY n \gexec
SELECT format('SELECT region, count(DISTINCT device_name), count(*) FROM (%s) x GROUP BY 1 ORDER BY 1', rtrim(text, E';\n')) FROM readme, blocks(document, 'Several accounts') WHERE text ~ '^SELECT' \gexec
SELECT requests();
