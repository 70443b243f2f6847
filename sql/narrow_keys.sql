-- A key that a key column's type cannot hold is equal to none of its values: it has no rows, and nobody is asked.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

CREATE DOMAIN pump_name AS text CHECK (VALUE LIKE 'd:%');
CREATE DOMAIN short_pump AS varchar(4) CHECK (VALUE LIKE 'd:%');
CREATE DOMAIN other_pump AS short_pump CHECK (VALUE <> 'd:5') NOT NULL;
CREATE FOREIGN TABLE narrow (product_key text, device_name varchar(5), firmware_id varchar(3), job_id text) SERVER tuya;
CREATE FOREIGN TABLE of_domain (product_key text, device_name pump_name, firmware_id text, job_id text) SERVER tuya;
CREATE FOREIGN TABLE of_nested (product_key text, device_name other_pump, firmware_id text, job_id text) SERVER tuya;
-- The devices that are looked for, of three jobs each but the third.
CREATE TABLE wanted (n int, product_key text, device_name text, firmware_id text);
INSERT INTO wanted VALUES (1, 'pk1', 'd:3', '187'), (2, 'pk1', 'pumps:3', '187'), (3, 'pk1', 'd:5', '187'), (4, 'pk1', 'p:3  ', '187'),
	(5, 'pk1', 'ééé:3', '187'), (6, 'pk1', 'éééé:3', '187'), (7, 'pk1', 'd:3', '1876'), (8, 'pk1', repeat('x', 2000), '187'), (9, 'pk1', '', '187');
ANALYZE wanted;

-- How many rows by each way of asking, and for how many requests.
CREATE FUNCTION ways(name text, device text, firmware text DEFAULT '187') RETURNS TABLE (counted text, jobs text, rows text, listed text) LANGUAGE plpgsql AS $$
DECLARE
	condition text := format('WHERE product_key = ''pk1'' AND device_name = %L AND firmware_id = %L', device, firmware);
BEGIN
	PERFORM requests();
	EXECUTE format('SELECT count(*) FROM %I %s', name, condition) INTO counted;
	counted := counted || ', ' || requests();
	EXECUTE format('SELECT count(job_id) FROM %I %s', name, condition) INTO jobs;
	jobs := jobs || ', ' || requests();
	EXECUTE format('SELECT count(*) FROM (SELECT * FROM %I %s OFFSET 0) x', name, condition) INTO rows;
	rows := rows || ', ' || requests();
	EXECUTE format('SELECT count(*) FROM %I WHERE product_key = ''pk1'' AND device_name = ANY (ARRAY[%L, ''d:1'']) AND firmware_id = %L',
		name, device, firmware) INTO listed;
	listed := listed || ', ' || requests();
	RETURN NEXT;
END $$;
SELECT n, w.* FROM wanted, ways('narrow', device_name, firmware_id) w WHERE n < 9 ORDER BY n;
SELECT n, w.* FROM wanted, ways('of_domain', device_name) w WHERE n < 7 ORDER BY n;
SELECT n, w.* FROM wanted, ways('of_nested', device_name) w WHERE n < 7 ORDER BY n;
-- One that the type can hold and the service cannot take is an error, as ever.
SELECT error_of('SELECT count(*) FROM narrow WHERE product_key = ''pk1'' AND device_name = '''' AND firmware_id = ''187''');

-- Joins of all kinds, with and without lookahead, agree with a local table of the same types.
CREATE FUNCTION local_of(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE local_%1$I (LIKE %1$I)', name);
	EXECUTE format('INSERT INTO local_%I SELECT product_key, device_name, firmware_id, j.job_id FROM wanted, sim_jobs(product_key, device_name, firmware_id) j
		WHERE n IN (%s)', name, CASE name WHEN 'narrow' THEN '1, 3, 4, 5' WHEN 'of_nested' THEN '1, 7' ELSE '1, 3, 7' END);
END $$;
SELECT local_of(n) FROM unnest('{narrow,of_domain,of_nested}'::text[]) n;
CREATE FUNCTION joined(name text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got text[];
	expected text[];
BEGIN
	PERFORM requests();
	EXECUTE replace(query, 'JOBS', name) INTO got;
	EXECUTE replace(query, 'JOBS', 'local_' || name) INTO expected;
	RETURN format('%s, %s requests', CASE WHEN got = expected THEN 'the same' ELSE format('%s instead of %s', got, expected) END, requests());
END $$;
CREATE TABLE queries (query text);
INSERT INTO queries VALUES
	('SELECT array_agg(n ORDER BY n) FROM wanted JOIN JOBS USING (product_key, device_name, firmware_id) WHERE n < 9'),
	('SELECT array_agg((n, job_id IS NULL)::text ORDER BY n) FROM wanted LEFT JOIN JOBS USING (product_key, device_name, firmware_id) WHERE n < 9'),
	('SELECT array_agg(n ORDER BY n) FROM wanted w WHERE n < 9 AND NOT EXISTS (SELECT FROM JOBS j WHERE (j.product_key, j.device_name, j.firmware_id) = (w.product_key, w.device_name, w.firmware_id))'),
	('SELECT array_agg(n || '' '' || (SELECT count(*) FROM JOBS j WHERE (j.product_key, j.device_name, j.firmware_id) = (w.product_key, w.device_name, w.firmware_id)) ORDER BY n) FROM wanted w WHERE n < 9');
SELECT name, joined(name, query) FROM queries, unnest('{narrow,of_domain,of_nested}'::text[]) name;
SET tuya_fdw.enable_lookahead = on;
SET tuya_fdw.lookahead_rows = 100;
SELECT name, joined(name, query) FROM queries, unnest('{narrow,of_domain,of_nested}'::text[]) name;
