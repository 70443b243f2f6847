-- Scans with constant keys that one statement will certainly read are asked for together, as far
-- as the window goes; and none that it may not come to.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/window.sql
-- The jobs of the devices from a to b: as one list, or an arm for each.
CREATE FUNCTION list(a int, b int, columns text DEFAULT '*') RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT %s FROM ota_job WHERE product_key = ''p'' AND device_name IN (%s) AND firmware_id = ''1''', columns, string_agg(quote_literal(device_name), ', '))
	FROM inventory WHERE id BETWEEN a AND b $$;
CREATE FUNCTION arms(a int, b int, columns text DEFAULT '*', suffix text DEFAULT '', union_ text DEFAULT 'UNION ALL') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('(SELECT %s FROM ota_job WHERE product_key = ''p'' AND device_name = %L AND firmware_id = ''1'' %s)', columns, device_name, suffix), format(' %s ', union_) ORDER BY id)
	FROM inventory WHERE id BETWEEN a AND b $$;

-- Arms.
SELECT peak('UNION ALL', arms(1, 40));
SELECT peak('UNION ALL, sorted', arms(1, 40) || ' ORDER BY job_id');
SELECT peak('UNION', arms(1, 40, 'job_id', union_ => 'UNION'));
SELECT peak('counts', arms(1, 40, 'count(*)'));
SELECT peak('aggregates', arms(1, 40, 'max(job_id)'));
SELECT peak('groups', arms(1, 40, 'device_name, count(DISTINCT job_id)', 'GROUP BY device_name'));
SELECT peak('the latest of each', arms(1, 40, suffix => 'ORDER BY utc_create DESC LIMIT 1'));
SELECT peak('one of each', arms(1, 40, suffix => 'LIMIT 1'));
SELECT peak('windows', arms(1, 40, 'job_id, row_number() OVER (ORDER BY job_id)'));
SELECT peak('EXCEPT', arms(1, 20) || ' EXCEPT ' || list(11, 40));
SELECT peak('INTERSECT', arms(1, 20) || ' INTERSECT ' || list(11, 40));
SELECT peak('inserted', 'SELECT * FROM got', 'CREATE TABLE got AS ' || arms(1, 40));
SELECT peak('aggregated above', 'SELECT device_name, count(*) FROM (' || arms(1, 40) || ') j GROUP BY device_name');
SELECT peak('joined above', 'SELECT i.id, job_id FROM (' || arms(1, 40) || ') j JOIN inventory i USING (product_key, device_name, firmware_id)');
CREATE TABLE parted (LIKE local_job) PARTITION BY LIST (product_key);
SELECT format('CREATE FOREIGN TABLE parted_%s PARTITION OF parted FOR VALUES IN (%L) SERVER tuya', p, p) FROM unnest('{a,b,c,p}'::text[]) p \gexec
SELECT peak('joined twice above', 'SELECT i.id, job_id FROM (' || arms(1, 40) || ') j JOIN inventory i USING (product_key, device_name, firmware_id) JOIN inventory k USING (product_key, device_name, firmware_id)');
SELECT peak('partitions with lists', format('SELECT job_id FROM %s WHERE product_key IN (''p'', ''a'', ''b'') AND device_name = ANY (''{d3:0,d4:1,d5:2,d6:0,d7:1,d8:2}'') AND firmware_id = ''1''', t)) FROM (VALUES ('parted')) v (t);
PREPARE two (text, text) AS SELECT * FROM ota_job WHERE product_key = $1 AND device_name = 'd1:1' AND firmware_id = '1'
	UNION ALL SELECT * FROM ota_job WHERE product_key = $1 AND device_name = $2 AND firmware_id = '1';
SET plan_cache_mode = force_generic_plan;
SELECT sim('set hold_until_in_flight=2'), sim('clear');
EXECUTE two ('p', 'd2:2') \g /dev/null
SELECT asked();
RESET plan_cache_mode;

-- Joins.
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT peak('hash', format('SELECT a.job_id FROM (%s) a %s (%s) b USING (job_id)', list(1, 20), kind, list(11, 30))) FROM unnest('{JOIN,LEFT JOIN,RIGHT JOIN,FULL JOIN}'::text[]) kind;
SELECT peak('hash, IN', format('SELECT * FROM (%s) a WHERE job_id IN (%s)', list(1, 12), list(9, 20, 'job_id')));
SELECT peak('hash, NOT EXISTS', format('SELECT * FROM (%s) a WHERE NOT EXISTS (SELECT FROM (%s) b WHERE a.job_id = b.job_id)', list(1, 12), list(9, 20)));
SELECT peak('hash of four', format('SELECT a.job_id FROM (%s) a JOIN (%s) b USING (job_id) JOIN (%s) c USING (job_id) JOIN (%s) d USING (job_id)', list(1, 8), list(3, 10), list(5, 12), list(7, 14)));
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT peak('merge', format('SELECT a.job_id FROM (%s) a %s (%s) b USING (job_id)', list(1, 12), kind, list(9, 20))) FROM unnest('{JOIN,LEFT JOIN,FULL JOIN}'::text[]) kind;
RESET enable_hashjoin; RESET enable_nestloop;
SELECT peak('values side by side', (SELECT 'SELECT * FROM ' || string_agg(format('(SELECT count(*) FROM ota_job WHERE product_key = ''p'' AND device_name = %L AND firmware_id = ''1'') a%s', device_name, id), ', ' ORDER BY id) FROM inventory WHERE id <= 8), at_least => 8);
SELECT peak('values of a row', (SELECT 'SELECT ' || string_agg(format('(SELECT count(*) FROM ota_job WHERE product_key = ''p'' AND device_name = %L AND firmware_id = ''1'')', device_name), ', ' ORDER BY id) FROM inventory));
SELECT peak('CTEs', format('WITH a AS MATERIALIZED (%s), b AS MATERIALIZED (%s), c AS MATERIALIZED (%s) SELECT * FROM a UNION ALL SELECT * FROM b UNION ALL SELECT * FROM c UNION ALL SELECT * FROM a', arms(1, 12), arms(13, 24), arms(25, 40)));

-- What may not be come to is not asked for.
CREATE TABLE nothing (job_id text);
SET enable_nestloop = off;
SELECT peak('nothing to join with', format('(SELECT a.job_id FROM (%s) a JOIN nothing USING (job_id)) UNION ALL (%s)', list(1, 12), arms(21, 22, 'job_id')), at_least => 2);
SELECT peak('nothing, outer join', format('(SELECT a.job_id FROM (%s) a LEFT JOIN nothing USING (job_id)) UNION ALL (%s)', list(1, 12), arms(21, 24, 'job_id')));
RESET enable_nestloop;
SELECT peak('LIMIT', 'SELECT count(*) FROM (SELECT FROM (' || arms(1, 40) || ') j LIMIT 1) x', at_least => 3);
SELECT peak('EXISTS', 'SELECT 1 WHERE EXISTS (' || arms(1, 40) || ')', at_least => 3);
SELECT peak('a condition that is false', arms(1, 1) || ' UNION ALL ' || arms(2, 40, suffix => 'AND current_setting(''server_version_num'')::int < 0'));
SELECT peak('a gate that is shut', arms(1, 1) || ' UNION ALL ' || arms(2, 40, suffix => 'AND device_name > ''x'''));
SELECT peak('CASE', (SELECT 'SELECT CASE WHEN ' || string_agg(format('(SELECT count(*) FROM ota_job WHERE product_key = ''p'' AND device_name = %L AND firmware_id = ''1'') > 1 THEN %s', device_name, id), ' WHEN ' ORDER BY id) || ' END' FROM inventory));
SELECT peak('nested loop', format('SELECT i.id, x.job_id FROM inventory i LEFT JOIN LATERAL (%s) x ON i.id > 0', arms(1, 3)), at_least => 3);
SELECT peak('keys from a subquery', (SELECT string_agg(format('SELECT * FROM ota_job WHERE product_key = (SELECT ''p'' FROM inventory LIMIT 1) AND device_name = %L AND firmware_id = ''1''', device_name), ' UNION ALL ') FROM inventory WHERE id < 5), at_least => 2);
CREATE FUNCTION first_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	EXECUTE 'DECLARE c CURSOR FOR ' || query;
	EXECUTE 'FETCH c' INTO one;
	EXECUTE 'CLOSE c';
	RETURN one::text;
END $$;
SELECT peak('cursor', format('SELECT first_of(%L)', arms(1, 40)));
SELECT peak('sorted cursor', format('SELECT first_of(%L)', arms(1, 40) || ' ORDER BY job_id'));
SET tuya_fdw.lookahead_rows = 5;
SELECT peak('window of five', arms(1, 40), at_least => 5);
SET tuya_fdw.lookahead_rows = 1;
SELECT peak('window of one', arms(1, 3));
RESET tuya_fdw.lookahead_rows;

-- What one arm cannot ask for is said when it is come to, and so is what it cannot have.
SELECT sim('set hold_until_in_flight=0 hold_ms=0');
SELECT error_of(arms(1, 2) || ' UNION ALL SELECT * FROM ota_job WHERE product_key = ''p'' AND device_name = '''' AND firmware_id = ''1''');
SET tuya_fdw.max_requests = 10;
SELECT sim('clear');
SELECT sqlstate_of('SELECT * FROM (' || arms(1, 40) || ') x'), sim('get requests');
RESET tuya_fdw.max_requests;
SELECT left_in_flight();
