-- LATERAL (VALUES (i.a), (i.b)) joined with ota_job: what all outer rows' lists ask for overlaps, and
-- nothing is asked for that a list's row, a filter or a LIMIT keeps from being.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/window.sql
INSERT INTO local_job SELECT product_key, 'x' || device_name, firmware_id, s.* FROM inventory, sim_jobs(product_key, 'x' || device_name, firmware_id) s;
ANALYZE local_job;
-- Two devices for each of the inventory: its own and another.
CREATE FUNCTION listed(name text, output text, list text, condition text DEFAULT '', suffix text DEFAULT 'OFFSET 0') RETURNS text LANGUAGE sql AS $$
	SELECT peak(name, format('SELECT i.id, x.* FROM inventory i, LATERAL (SELECT %s FROM %s v (d, p) JOIN ota_job j ON j.device_name = v.d AND j.product_key = v.p AND j.firmware_id = i.firmware_id %s %s) x',
		output, list, condition, suffix)) $$;
\set list '(VALUES (i.device_name, i.product_key), (''x'' || i.device_name, ''p''))'
SELECT listed('rows', 'job_id', :'list');
SELECT listed('no list stays', 'job_id', :'list', suffix => '');
SELECT listed('aggregate', 'max(job_id), count(*)', :'list');
SELECT listed('sorted', 'job_id', :'list', suffix => 'ORDER BY job_id');
SELECT listed('distinct', 'DISTINCT device_name', :'list');
SELECT listed('grouped', 'v.d, count(*)', :'list', suffix => 'GROUP BY v.d');
SELECT listed('computed', 'job_id', '(SELECT lower(w.d) AS d, lower(w.p) AS p FROM (VALUES (upper(i.device_name), ''P''), (''x'' || i.device_name, i.product_key)) w (d, p))');
SELECT peak('unnest', 'SELECT i.id, x.* FROM inventory i, LATERAL (SELECT job_id FROM unnest(ARRAY[i.device_name, ''x'' || i.device_name, NULL]) d JOIN ota_job j ON j.device_name = d AND j.product_key = i.product_key AND j.firmware_id = ''1'' OFFSET 0) x');
SELECT peak('left joins', 'SELECT i.id, x.* FROM inventory i LEFT JOIN LATERAL (SELECT v.d, job_id FROM (VALUES (i.device_name), (''x'' || i.device_name)) v (d) LEFT JOIN ota_job j ON j.device_name = v.d AND j.product_key = i.product_key AND j.firmware_id = ''1'' OFFSET 0) x ON i.id > 3');
SELECT peak('the latest of each', 'SELECT i.id, x.* FROM inventory i, LATERAL (SELECT y.* FROM (VALUES (i.device_name), (''x'' || i.device_name)) v (d), LATERAL (SELECT job_id FROM ota_job j WHERE j.device_name = v.d AND j.product_key = i.product_key AND j.firmware_id = ''1'' ORDER BY utc_create DESC LIMIT 1) y OFFSET 0) x');
SELECT peak('one is a constant', 'SELECT i.id, x.* FROM inventory i, LATERAL (SELECT count(*) FROM (VALUES (''d1:1''), (i.device_name)) v (d) JOIN ota_job j ON j.device_name = v.d AND j.product_key = ''p'' AND j.firmware_id = ''1'') x');
SELECT listed('with the others', 'job_id', '(VALUES (i.device_name, i.product_key), (''x'' || i.device_name, ''p''), (i.device_name, ''p''))');
SELECT listed('NULL', 'job_id', '(VALUES (i.device_name, i.product_key), (''x'' || i.device_name, nullif(i.product_key, ''p'')))');

-- Filters.
SELECT listed('a filter', 'job_id', :'list', 'WHERE v.d < ''x''');
SELECT listed('a filter by both', 'job_id', '(SELECT d, p FROM (VALUES (i.device_name, i.product_key, ''s1''), (''x'' || i.device_name, ''p'', ''s2'')) w (d, p, s) WHERE w.s = i.site)');
SELECT listed('a filter that may fail', 'job_id', :'list', 'WHERE 1 / length(v.d) = 0 AND i.id < 9');
SELECT listed('a condition on the key', 'job_id', :'list', 'AND j.device_name > ''x''');
SELECT peak('rows that are not joined', 'SELECT i.id, x.* FROM inventory i LEFT JOIN LATERAL (SELECT job_id FROM (VALUES (i.device_name), (''x'' || i.device_name)) v (d) JOIN ota_job j ON j.device_name = v.d AND j.product_key = i.product_key AND j.firmware_id = ''1'' OFFSET 0) x ON i.site = ''s1''');

-- What stops early does not need the list's later rows: only the first is run ahead for.
SELECT listed('LIMIT', 'j.product_key', :'list', suffix => 'LIMIT 1');
SELECT peak('EXISTS', 'SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM (VALUES (i.device_name), (''x'' || i.device_name)) v (d) JOIN ota_job j ON j.device_name = v.d AND j.product_key = ''p'' AND j.firmware_id = ''1'')');
SELECT peak('LIMIT above', 'SELECT count(*) FROM (SELECT FROM inventory i, LATERAL (SELECT job_id FROM (VALUES (''x'' || i.device_name), (''x'' || i.device_name)) v (d) JOIN ota_job j ON j.device_name = v.d AND j.product_key = i.product_key AND j.firmware_id = ''1'' AND false OFFSET 0) x LIMIT 1) q');
-- A long list is enough by itself.
SELECT peak('long list', (SELECT format('SELECT i.id, x.* FROM inventory i, LATERAL (SELECT job_id FROM (VALUES %s) v (d) JOIN ota_job j ON j.device_name = v.d AND j.product_key = i.product_key AND j.firmware_id = ''1'' OFFSET 0) x WHERE i.id < 3', string_agg(format('(''d%s:%s'' || left(i.site, 0))', g, g % 3), ', ')) FROM generate_series(1, 20) g));
