-- However long a statement's list of relations is, and whatever the limits say,
-- the order of joins that supplies the keys is found.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
\set ECHO none
SET client_min_messages = error;
ALTER TABLE inventory ADD one int DEFAULT 1;
SELECT format('CREATE TABLE d%s AS SELECT 1 AS one', g) FROM generate_series(1, 24) g \gexec
ANALYZE;

-- The query with {n ITEM SEPARATOR} replaced by the item for each of the tables d1 ... dn, # being its number.
CREATE FUNCTION many(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	part text[];
BEGIN
	LOOP
		part := regexp_match(query, '\{(\d+) ([^}]*?) ?(AND|JOIN|CROSS JOIN|,)\}');
		EXIT WHEN part IS NULL;
		query := regexp_replace(query, '\{[^}]*\}', (SELECT string_agg(replace(part[2], '#', g::text), ' ' || part[3] || ' ' ORDER BY g)
			FROM generate_series(1, part[1]::int) g));
	END LOOP;
	RETURN same(replace(query, 'KEY', '(j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)'));
END $$;
\set ECHO all

-- The inventory last, as JOIN and in FROM.
SELECT many('SELECT count(*) FROM ota_job j JOIN {7 d# ON d#.one::text <> j.job_id JOIN} JOIN inventory i ON KEY');
SELECT many('SELECT count(*) FROM ota_job j, {7 d# ,}, inventory i WHERE KEY AND {7 d#.one = i.one AND}');
-- In a view, below an outer join, in EXISTS.
CREATE VIEW long_ota_job AS SELECT j.* FROM ota_job j, d1, d2, d3, d4 WHERE d1.one::text <> j.job_id AND d2.one::text <> j.job_id
	AND d3.one::text <> j.job_id AND d4.one::text <> j.job_id;
CREATE VIEW long_local_job AS TABLE local_job;
SELECT many('SELECT count(*) FROM long_ota_job j, d5, d6, d7, d8, inventory i WHERE KEY AND d5.one::text <> j.job_id AND d6.one::text <> j.job_id');
SELECT many('SELECT count(j.job_id) FROM {8 d# CROSS JOIN} JOIN inventory i ON i.one = d8.one LEFT JOIN ota_job j ON KEY AND {8 d#.one::text <> j.job_id AND}');
SELECT many('SELECT count(*) FROM {8 d# ,}, inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE KEY AND d8.one::text <> j.job_id)');
-- A partitioned table.
CREATE TABLE parted (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE parted_1 PARTITION OF parted FOR VALUES IN ('pk1') SERVER tuya;
CREATE FOREIGN TABLE parted_2 PARTITION OF parted FOR VALUES IN ('pk2') SERVER tuya;
CREATE VIEW parted_ota_job AS TABLE parted;
CREATE VIEW parted_local_job AS TABLE local_job;
SELECT many('SELECT count(*) FROM parted_ota_job j JOIN {7 d# ON d#.one::text <> j.job_id JOIN} JOIN inventory i ON KEY');

-- Limits of one, and the genetic search, switched off or begun early.
SET join_collapse_limit = 1;
SET from_collapse_limit = 1;
SELECT many('SELECT count(*) FROM ota_job j JOIN {3 d# ON d#.one::text <> j.job_id JOIN} JOIN inventory i ON KEY');
RESET join_collapse_limit;
RESET from_collapse_limit;
SELECT many('SELECT count(*) FROM ota_job j JOIN {12 d# ON d#.one::text <> j.job_id JOIN} JOIN inventory i ON KEY');
SELECT many('SELECT count(*) FROM ota_job j, {16 d# ,}, inventory i WHERE KEY AND {16 d#.one = i.one AND}');
SELECT many('SELECT count(j.job_id) FROM {20 d# CROSS JOIN} JOIN inventory i ON i.one = d20.one LEFT JOIN ota_job j ON KEY AND {20 d#.one::text <> j.job_id AND}');
SET geqo = off;
SELECT many('SELECT count(*) FROM ota_job j JOIN {20 d# ON d#.one::text <> j.job_id JOIN} JOIN inventory i ON KEY');
RESET geqo;
SET geqo_threshold = 2;
SET geqo_effort = 1;
SET geqo_pool_size = 2;
SET geqo_generations = 1;
SELECT many('SELECT count(*) FROM ota_job j JOIN {7 d# ON d#.one::text <> j.job_id JOIN} JOIN inventory i ON KEY');
SELECT many('SELECT count(j.job_id) FROM {8 d# CROSS JOIN} JOIN inventory i ON i.one = d8.one LEFT JOIN ota_job j ON KEY AND {8 d#.one::text <> j.job_id AND}');
RESET geqo_threshold;
RESET geqo_effort;
RESET geqo_pool_size;
RESET geqo_generations;

-- The limits are the user's again afterwards, after an error too, and for what the planner evaluates.
CREATE FUNCTION limits() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN current_setting('from_collapse_limit') || ' ' || current_setting('join_collapse_limit');
END $$;
CREATE FUNCTION planned(query text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	EXECUTE query INTO line;
	RETURN line;
END $$;
SET join_collapse_limit = 5;
SELECT DISTINCT planned('SELECT limits()') FROM inventory i, ota_job j, d1, d2, d3, d4, d5, d6
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id);
SELECT limits();
SELECT sqlstate_of('SELECT 1 / (length(''abc'') - 3) FROM inventory i, ota_job j, d1, d2, d3, d4, d5, d6
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)');
SELECT limits();

-- Tables of a SQL function that is inlined.
CREATE FUNCTION long_jobs() RETURNS SETOF text LANGUAGE sql STABLE AS $$
	SELECT j.job_id FROM ota_job j JOIN d1 ON d1.one::text <> j.job_id JOIN d2 ON d2.one::text <> j.job_id
		JOIN d3 ON d3.one::text <> j.job_id JOIN d4 ON d4.one::text <> j.job_id
		JOIN inventory i USING (product_key, device_name, firmware_id)
$$;
SELECT count(*) = (SELECT count(*) FROM local_job JOIN inventory USING (product_key, device_name, firmware_id)) FROM long_jobs();
SELECT limits();

-- The first statement of a session, too, though it loads the library while it is planned; after an error; in a subtransaction.
\set first 'SELECT count(*) = (SELECT count(*) FROM t.local_job JOIN t.inventory USING (product_key, device_name, firmware_id)) FROM t.ota_job j'
\set first :first ' JOIN t.d1 ON d1.one::text <> j.job_id JOIN t.d2 ON d2.one::text <> j.job_id JOIN t.d3 ON d3.one::text <> j.job_id'
\set first :first ' JOIN t.d4 ON d4.one::text <> j.job_id JOIN t.d5 ON d5.one::text <> j.job_id JOIN t.d6 ON d6.one::text <> j.job_id'
\set first :first ' JOIN t.d7 ON d7.one::text <> j.job_id JOIN t.d8 ON d8.one::text <> j.job_id'
\set first :first ' JOIN t.inventory i USING (product_key, device_name, firmware_id)'
\c -
:first;
SELECT t.limits();
\c -
SELECT count(*) FROM t.ota_job WHERE 1 / (length(product_key) - length(product_key)) = 1;
\echo :SQLSTATE
SELECT t.limits();
:first;
\c -
SELECT count(*) FROM t.ota_job WHERE product_key = 'a' AND device_name = 'b' AND firmware_id = 'c' AND 1 / (length('abc') - 3) = 1;
\echo :SQLSTATE
SELECT t.limits();
\c -
SELECT t.sqlstate_of('SELECT count(*) FROM t.ota_job WHERE 1 / (length(''abc'') - 3) = 1');
SELECT t.limits();
:first;
SELECT t.limits();
-- Of partitions, which are known even later; among FULL JOINs, in a view, of two lists, with limits of one.
\set head 'SELECT count(*) = (SELECT count(*) FROM t.local_job JOIN t.inventory USING (product_key, device_name, firmware_id)) FROM '
\set six 't.d1, t.d2, t.d3, t.d4, t.d5, t.d6'
\set keys '(j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)'
\c -
:head t.parted j, :six, t.d7, t.d8, t.inventory i WHERE :keys AND d1.one = d2.one;
SELECT t.limits();
\c -
:head t.parted j JOIN t.d1 ON d1.one::text <> j.job_id JOIN t.d2 ON d2.one::text <> j.job_id JOIN t.d3 ON true JOIN t.d4 ON true
	JOIN t.d5 ON true JOIN t.d6 ON true JOIN t.d7 ON true JOIN t.d8 ON true JOIN t.inventory i USING (product_key, device_name, firmware_id);
:head t.parted j JOIN t.d1 ON d1.one::text <> j.job_id JOIN t.d2 ON d2.one::text <> j.job_id JOIN t.d3 ON true JOIN t.d4 ON true
	JOIN t.d5 ON true JOIN t.d6 ON true JOIN t.d7 ON true JOIN t.d8 ON true JOIN t.inventory i USING (product_key, device_name, firmware_id);
SELECT t.limits();
\c -
SET join_collapse_limit = 1;
:head t.parted j JOIN t.d1 ON true JOIN t.inventory i USING (product_key, device_name, firmware_id);
SELECT t.limits();
\c -
:head (t.d11 FULL JOIN t.d7 USING (one)) FULL JOIN t.d8 USING (one), t.parted j, :six, t.d9, t.d10, t.inventory i WHERE :keys;
\c -
:head (SELECT j.* FROM t.parted j, t.d1, t.d2, t.d3 WHERE d1.one = d2.one) j, (SELECT d4.one FROM t.d4 LEFT JOIN t.d5 USING (one), t.d6, t.d7) d, t.d8, t.d9, t.inventory i WHERE :keys AND d.one = d9.one;
\c -
:head t.inventory i LEFT JOIN (t.parted j JOIN t.d9 ON true JOIN t.d10 ON true JOIN t.d11 ON true) ON :keys, :six, t.d7, t.d8 WHERE j.job_id IS NOT NULL;
\c -
SET geqo_threshold = 4;
:head t.parted j, :six, t.d7, t.d8, t.inventory i WHERE :keys AND d1.one = d2.one;
\c -
SELECT t.sqlstate_of('SELECT count(*) FROM t.parted j, t.d1, t.d2, t.d3, t.d4, t.d5, t.d6, t.d7, t.d8, t.d9, t.inventory i WHERE 1 / (length(''abc'') - 3) = 1');
SELECT t.limits();
:head t.parted j, :six, t.d7, t.d8, t.inventory i WHERE :keys AND d1.one = d2.one;
-- And of a view of ours, and in a function in SQL that is inlined in a later statement.
SET search_path = t;
CREATE FOREIGN TABLE second_job (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
CREATE VIEW both_jobs AS SELECT product_key, device_name, firmware_id, job_id FROM ota_job UNION ALL TABLE second_job;
CREATE FUNCTION parted_jobs() RETURNS SETOF text LANGUAGE sql STABLE AS $$
	SELECT j.job_id FROM parted j JOIN d1 ON true JOIN d2 ON true JOIN d3 ON true JOIN d4 ON true JOIN d5 ON true JOIN d6 ON true JOIN d7 ON true
		JOIN inventory i USING (product_key, device_name, firmware_id)
$$;
SELECT count(*) = (SELECT count(*) FROM local_job JOIN inventory USING (product_key, device_name, firmware_id)) FROM parted_jobs();
SELECT t.limits();
\c -
SELECT count(*) = (SELECT 2 * count(*) FROM t.local_job JOIN t.inventory USING (product_key, device_name, firmware_id)) FROM t.both_jobs j, :six, t.d7, t.d8, t.inventory i WHERE :keys AND d1.one = d2.one;
