-- What keys do not get through, and that the error says which of these it is.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
\set ECHO none
SET client_min_messages = error;
-- Joins the subquery; tells what its keys do not get through, else the whole error.
CREATE FUNCTION through_what(query text, keys text DEFAULT 'product_key, device_name, firmware_id') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	error text := error_of(format('SELECT * FROM inventory i JOIN (%s) v USING (%s)', replace(query, 'KEYS', 'product_key, device_name, firmware_id'), keys));
BEGIN
	RETURN coalesce(substring(error FROM '^HV00L.*Keys do not get through (.*) into a subquery or view\.'), error);
END $$;
CREATE FUNCTION whole_error(query text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(replace(replace(error_of(replace(query, 'KEYS', 'product_key, device_name, firmware_id')),
		'j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id', 'KEY(j, i)'),
		'product_key, device_name, firmware_id', 'KEYS'), 'CROSS JOIN LATERAL (SELECT ... FROM ota_job j WHERE KEY(j, i) ...) j, with what else it has after that', 'CROSS JOIN LATERAL ...');
$$;
CREATE EXTENSION IF NOT EXISTS citext SCHEMA t;
CREATE COLLATION t.caseless (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE FUNCTION any_text() RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN 'x'; END $$;
SET client_min_messages = notice;
\set ECHO all

-- LIMIT chooses among the rows of all keys.
SELECT through_what('SELECT * FROM ota_job LIMIT 10');
SELECT through_what('SELECT * FROM ota_job OFFSET 1');
SELECT through_what('SELECT * FROM ota_job ORDER BY job_id FETCH FIRST 3 ROWS WITH TIES');
SELECT through_what('SELECT DISTINCT KEYS FROM (SELECT * FROM ota_job LIMIT 10) x');
SELECT through_what('SELECT KEYS, count(*) FROM (SELECT DISTINCT * FROM ota_job) x GROUP BY 1, 2, 3 LIMIT 7');
SELECT through_what('(SELECT KEYS FROM ota_job LIMIT 5) UNION SELECT KEYS FROM ota_job');
SELECT through_what('SELECT KEYS FROM ota_job UNION SELECT KEYS FROM ota_job LIMIT 5');
-- Aggregates over more than a key.
SELECT through_what('SELECT count(*) AS n, ''x'' AS site FROM ota_job', 'site');
SELECT through_what('SELECT max(product_key) AS product_key, max(device_name) AS device_name, max(firmware_id) AS firmware_id FROM ota_job');
SELECT through_what('SELECT 1 AS n, ''x'' AS site FROM ota_job HAVING count(*) > 0', 'site');
SELECT through_what('SELECT device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2', 'device_name, firmware_id');
SELECT through_what('SELECT max(product_key) AS product_key, device_name, firmware_id FROM ota_job GROUP BY 2, 3');
SELECT through_what('SELECT product_key || '''' AS product_key, device_name, firmware_id FROM ota_job GROUP BY 1, 2, 3');
SELECT through_what('SELECT device_name, count(*) FROM (SELECT KEYS, count(*) FROM ota_job GROUP BY 1, 2, 3) x GROUP BY 1', 'device_name');
SELECT through_what('SELECT KEYS, count(*) FROM ota_job GROUP BY CUBE (1, 2, 3)');
SELECT through_what('SELECT KEYS, count(*) FROM ota_job GROUP BY GROUPING SETS ((1, 2, 3), ())');
SELECT through_what('SELECT KEYS, count(*) FROM ota_job GROUP BY 1, 2, ROLLUP (3)');
-- Rows of which one is taken, or that are counted, among those of other keys.
SELECT through_what('SELECT DISTINCT ON (job_status) * FROM ota_job');
SELECT through_what('SELECT DISTINCT ON (product_key, device_name) * FROM ota_job');
SELECT through_what('SELECT *, rank() OVER (ORDER BY job_id) FROM ota_job');
SELECT through_what('SELECT *, rank() OVER (PARTITION BY product_key ORDER BY job_id) FROM ota_job');
SELECT through_what('SELECT *, rank() OVER (PARTITION BY KEYS ORDER BY job_id), count(*) OVER () FROM ota_job');
-- Outputs that are not the key.
SELECT through_what('SELECT DISTINCT upper(product_key) AS product_key, device_name, firmware_id FROM ota_job');
SELECT through_what('SELECT DISTINCT unnest(ARRAY[product_key, ''x'']) AS product_key, device_name, firmware_id FROM ota_job');
SELECT through_what('SELECT DISTINCT NULLIF(product_key, ''x'') AS product_key, device_name, firmware_id FROM ota_job');
SELECT through_what('SELECT DISTINCT product_key, device_name FROM ota_job', 'product_key, device_name');
SELECT through_what('SELECT product_key::citext, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3');
SELECT through_what('SELECT product_key COLLATE caseless AS product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3');
SELECT through_what('SELECT product_key::char(10) AS product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3');
SELECT through_what('SELECT product_key::citext, device_name, firmware_id FROM ota_job UNION SELECT KEYS FROM ota_job');
-- It would be run for each key, and not once.
SELECT through_what('SELECT KEYS, any_text(), count(*) FROM ota_job GROUP BY 1, 2, 3');
SELECT through_what('SELECT KEYS, count(*) FROM ota_job WHERE random() < 2 GROUP BY 1, 2, 3');
SELECT through_what('SELECT KEYS, count(*) FROM ota_job GROUP BY 1, 2, 3 HAVING random() < 2');
SELECT through_what('SELECT KEYS, (SELECT max(any_text()) FROM inventory h WHERE h.device_name = j.device_name) FROM ota_job j GROUP BY 1, 2, 3');
-- (This is run once all the same.)
SELECT through_what('SELECT KEYS, (SELECT max(any_text()) FROM inventory) FROM ota_job GROUP BY 1, 2, 3');
SELECT through_what('SELECT KEYS FROM ota_job UNION SELECT site, any_text(), site FROM inventory');
SELECT through_what('SELECT DISTINCT * FROM (SELECT * FROM ota_job FOR UPDATE) x');
-- Its rows without the key would be lost.
SELECT through_what('SELECT DISTINCT KEYS FROM (SELECT 1) o (x) LEFT JOIN ota_job ON true');
SELECT through_what('SELECT KEYS, count(*) FROM (SELECT 1) o (x) LEFT JOIN ota_job ON job_id = ''x'' GROUP BY 1, 2, 3');

-- The condition does not choose among the view's rows.
SELECT whole_error('SELECT * FROM (SELECT DISTINCT * FROM ota_job) v LEFT JOIN inventory i USING (KEYS)');
SELECT whole_error('SELECT * FROM (SELECT DISTINCT * FROM ota_job) v FULL JOIN inventory i USING (KEYS)');
SELECT whole_error('SELECT * FROM (SELECT DISTINCT * FROM ota_job) v WHERE NOT EXISTS (SELECT FROM inventory i WHERE (i.product_key, i.device_name, i.firmware_id) = (v.product_key, v.device_name, v.firmware_id))');
-- A query of WITH that is read by itself.
SELECT whole_error('WITH x AS MATERIALIZED (SELECT DISTINCT * FROM ota_job) SELECT * FROM inventory JOIN x USING (KEYS)');
SELECT whole_error('WITH x AS (SELECT DISTINCT * FROM ota_job) SELECT * FROM inventory JOIN x USING (KEYS) JOIN x y USING (KEYS)');
SELECT whole_error('WITH RECURSIVE x AS (SELECT KEYS, 1 AS n FROM ota_job UNION SELECT KEYS, n + 1 FROM x WHERE n < 3) SELECT * FROM inventory JOIN x USING (KEYS)');
-- There is no value, or only one that waits for the view.
SELECT whole_error('SELECT * FROM inventory i JOIN (SELECT DISTINCT * FROM ota_job) v USING (product_key, device_name)');
SELECT whole_error('SELECT * FROM inventory i JOIN (SELECT DISTINCT * FROM ota_job) v ON v.product_key = ''pk1'' AND v.device_name LIKE i.device_name');
SELECT whole_error('SELECT * FROM (SELECT DISTINCT * FROM ota_job) v JOIN (SELECT KEYS, count(*) FROM ota_job GROUP BY 1, 2, 3) w USING (KEYS)');
SELECT whole_error('SELECT * FROM inventory i JOIN (SELECT DISTINCT KEYS, job_id FROM ota_job) v ON lower(v.product_key) = i.product_key AND v.device_name = i.device_name AND v.firmware_id = i.firmware_id');
SELECT whole_error('SELECT * FROM inventory i JOIN (SELECT DISTINCT KEYS, job_id FROM ota_job) v ON v.product_key = i.product_key || clock_timestamp() AND v.device_name = i.device_name AND v.firmware_id = i.firmware_id');
-- As with a table, only the first row counts.
SELECT whole_error('SELECT * FROM inventory i JOIN (SELECT * FROM ota_job LIMIT 10) v USING (KEYS) WHERE false');
SELECT requests();
