-- Every kind of join hands keys into a view: inner, the side of an outer join that is filled
-- up, EXISTS and IN, NOT EXISTS; and every kind of condition that gives a key a value.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/views.sql
\set ECHO none
SELECT FROM make_views('grouped', 'SELECT KEYS, count(*) AS n, max(job_id) AS job_id FROM ota_job GROUP BY 1, 2, 3');
SELECT FROM make_views('newest', 'SELECT DISTINCT ON (KEYS) * FROM ota_job ORDER BY KEYS, job_id DESC');
SELECT FROM make_views('ranked', 'SELECT *, row_number() OVER (PARTITION BY KEYS ORDER BY job_id) AS n FROM ota_job');
SELECT FROM make_views('united', 'SELECT KEYS, 1 AS n, job_id FROM ota_job UNION SELECT KEYS, 2, job_status FROM ota_job');
SELECT FROM make_views('excepted', 'SELECT KEYS, 1 AS n, job_id FROM ota_job EXCEPT SELECT KEYS, 1, job_status FROM ota_job');
SELECT FROM make_views('barred', 'SELECT DISTINCT * FROM ota_job', 'WITH (security_barrier)');
SELECT FROM make_views('renamed', 'SELECT product_key AS pk, device_name AS dn, firmware_id AS fw, KEYS, job_id FROM ota_job UNION SELECT KEYS, KEYS, job_status FROM ota_job');
SELECT FROM make_views('half_grouped', 'SELECT product_key AS pk, KEYS, max(job_id) FROM ota_job GROUP BY ota_job.product_key, ota_job.device_name, ota_job.firmware_id');
-- For each of the views, VIEW in the query.
CREATE FUNCTION through_all(query text, peak int DEFAULT 16) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT through(v, replace(query, 'VIEW', v || '_ota_job'), peak) FROM unnest('{grouped,newest,ranked,united}'::text[]) v;
$$;
CREATE FUNCTION through_two(query text, peak int DEFAULT 16) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT through(v, replace(query, 'VIEW', v || '_ota_job'), peak) FROM unnest('{ranked,united}'::text[]) v;
$$;
\set ECHO all

SELECT through_all('SELECT * FROM inventory i JOIN VIEW v USING_KEYS');
SELECT through_all('SELECT * FROM inventory i LEFT JOIN VIEW v USING_KEYS');
SELECT through_all('SELECT * FROM VIEW v RIGHT JOIN inventory i USING_KEYS');
SELECT through_all('SELECT * FROM inventory i LEFT JOIN VIEW v USING_KEYS WHERE v.job_id IS NULL');
-- A condition on the outer row alone spares its request.
SELECT through_all('SELECT * FROM inventory i LEFT JOIN VIEW v ON KEY(v, i) AND i.site = ''north''', 7);
SELECT through_all('SELECT * FROM inventory i LEFT JOIN VIEW v ON KEY(v, i) AND v.job_id > ''1''');
-- EXISTS and IN stop early, so they begin with one request at a time.
SELECT through_all('SELECT * FROM inventory i WHERE EXISTS (SELECT FROM VIEW v WHERE KEY(v, i))', 2);
SELECT through_all('SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM VIEW v WHERE KEY(v, i))', 2);
SELECT through_all('SELECT * FROM inventory i WHERE (KEYS) IN (SELECT KEYS FROM VIEW v)', 2);
SELECT through_all('SELECT * FROM inventory i WHERE (product_key, device_name) IN (SELECT product_key, device_name FROM VIEW v WHERE v.firmware_id = i.firmware_id)', 2);
SELECT through_all('SELECT * FROM inventory i WHERE id IN (SELECT h.id FROM inventory h JOIN VIEW v USING_KEYS)', 2);

-- What gives a key its value.
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON v.product_key = ''pk1'' AND v.device_name = i.device_name AND v.firmware_id = i.firmware_id');
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v USING_KEYS WHERE i.product_key = ''pk1''', 10);
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON v.product_key = lower(upper(i.product_key)) AND v.device_name = i.device_name || '''' AND v.firmware_id = coalesce(i.firmware_id, ''187'')');
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON v.product_key = (SELECT max(product_key) FROM inventory) AND v.device_name = i.device_name AND v.firmware_id = i.firmware_id');
SELECT through_two('SELECT * FROM (VALUES (''pk0''), (''pk1'')) p (product_key), inventory i, VIEW v WHERE v.product_key = p.product_key AND v.device_name = i.device_name AND v.firmware_id = i.firmware_id');
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON v.product_key = i.product_key AND v.device_name = i.device_name AND v.firmware_id = v.firmware_id AND v.firmware_id = i.firmware_id');
-- Subqueries, also such as refer to the outer row; of these requests come one after the other.
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON v.product_key = (SELECT max(h.product_key) FROM inventory h WHERE h.id = i.id) AND v.device_name = i.device_name AND v.firmware_id = i.firmware_id', 1);
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON v.product_key = i.product_key AND v.device_name = ANY (ARRAY(SELECT h.device_name FROM inventory h WHERE h.id IN (i.id, i.id + 1))) AND v.firmware_id = i.firmware_id', 1);
SELECT through_two('SELECT * FROM inventory i LEFT JOIN VIEW v ON v.product_key = i.product_key AND v.device_name IN (SELECT h.device_name FROM inventory h WHERE h.id IN (i.id, i.id + 1) UNION SELECT i.device_name) AND v.firmware_id = i.firmware_id', 1);
SELECT through_two('SELECT * FROM inventory i WHERE EXISTS (SELECT FROM VIEW v WHERE v.product_key = i.product_key AND v.device_name = i.device_name AND v.firmware_id IN (SELECT h.firmware_id FROM inventory h WHERE h.id = i.id))', 1);
SELECT through_two('SELECT * FROM (SELECT KEYS FROM inventory WHERE id < 20 ORDER BY id) i JOIN VIEW v USING_KEYS');
SELECT through_two('SELECT * FROM (SELECT KEYS, count(*) FROM inventory GROUP BY 1, 2, 3) i JOIN VIEW v USING_KEYS');
SELECT through_two('SELECT * FROM (SELECT * FROM inventory UNION ALL SELECT * FROM inventory WHERE id < 3) i JOIN VIEW v USING_KEYS');
-- Where the view has a key more than once, each of its columns will do.
SELECT through('renamed', 'SELECT * FROM inventory i JOIN renamed_ota_job v USING_KEYS');
SELECT through('renamed', 'SELECT * FROM inventory i JOIN renamed_ota_job v ON v.pk = i.product_key AND v.dn = i.device_name AND v.fw = i.firmware_id');
SELECT through('renamed', 'SELECT * FROM inventory i JOIN renamed_ota_job v ON v.pk = i.product_key AND v.device_name = i.device_name AND i.firmware_id IN (v.fw, v.firmware_id)');
SELECT through('renamed', 'SELECT * FROM inventory i JOIN (SELECT DISTINCT dn AS a, device_name AS b, pk AS c, firmware_id AS d FROM renamed_ota_job) v ON v.c = i.product_key AND v.b = i.device_name AND v.d = i.firmware_id');
SELECT through('half_grouped', 'SELECT * FROM inventory i JOIN half_grouped_ota_job v ON v.pk = i.product_key AND v.device_name = i.device_name AND v.firmware_id = i.firmware_id');
-- Other conditions on the keys spare requests, where they cannot throw and let nobody see what is hidden.
SELECT through('excepted', 'SELECT * FROM inventory i JOIN excepted_ota_job v USING_KEYS WHERE v.device_name LIKE ''d1%''', 11);
SELECT through_two('SELECT * FROM inventory i LEFT JOIN VIEW v ON KEY(v, i) AND v.device_name || i.site LIKE ''d1%north''', 3);
SELECT through_two('SELECT * FROM inventory i LEFT JOIN VIEW v ON KEY(v, i) AND (v.device_name < i.site AND v.firmware_id = ''187'' OR v.product_key = v.device_name)', 10);
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v USING_KEYS WHERE v.firmware_id::int + i.id < 190', 16);
SELECT through('renamed', 'SELECT * FROM inventory i LEFT JOIN renamed_ota_job v ON KEY(v, i) AND v.dn || i.site LIKE ''d1%north''', 3);
SELECT through('barred', 'SELECT * FROM inventory i LEFT JOIN barred_ota_job v ON KEY(v, i) AND v.device_name || i.site LIKE ''d1%north''');
-- Lists.
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON v.product_key = i.product_key AND v.device_name = i.device_name AND v.firmware_id = ANY (ARRAY[i.firmware_id, ''188''])');
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON v.product_key = i.product_key AND v.device_name = i.device_name AND (v.firmware_id = i.firmware_id OR v.firmware_id = ''188'')');
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON (v.product_key = i.product_key AND v.device_name = i.device_name OR v.product_key = ''pk1'' AND v.device_name = ''d3:3'') AND v.firmware_id = i.firmware_id');
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON (v.product_key, v.device_name) IN ((i.product_key, i.device_name), (''pk0'', ''d4:4'')) AND v.firmware_id = i.firmware_id');
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v ON v.product_key = i.product_key AND v.device_name = i.device_name AND (v.firmware_id = i.firmware_id AND v.job_id <> '''' OR v.firmware_id = ''188'' AND i.id < 7)');
SELECT through_two('SELECT * FROM (SELECT product_key, array_agg(device_name ORDER BY id) AS names FROM inventory GROUP BY 1) i JOIN VIEW v ON v.product_key = i.product_key AND v.device_name = ANY (i.names) AND v.firmware_id = ''187''');
-- Rows without a value for a key.
SELECT through_two('SELECT * FROM inventory i JOIN VIEW v USING_KEYS WHERE i.id >= 30', 1);
SELECT through_two('SELECT * FROM inventory i LEFT JOIN VIEW v ON v.product_key = i.product_key AND v.device_name IS NOT DISTINCT FROM i.device_name AND v.firmware_id = i.firmware_id');
-- The supplier is filled up itself, or has its value from that.
SELECT through_two('SELECT * FROM inventory h LEFT JOIN inventory i ON h.id = i.id + 1 LEFT JOIN VIEW v ON KEY(v, i)');
SELECT through_two('SELECT * FROM inventory h LEFT JOIN (SELECT id, coalesce(product_key, ''pk1'') AS product_key, device_name, firmware_id FROM inventory) i ON h.id = i.id + 1 LEFT JOIN VIEW v ON KEY(v, i)');
SELECT through_two('SELECT * FROM inventory h LEFT JOIN (inventory i JOIN VIEW v USING_KEYS) ON h.id = i.id + 1');
-- So may be what a LATERAL subquery refers to, which has the rest of its keys from outside.
SELECT through('lateral', 'SELECT * FROM inventory h LEFT JOIN inventory i ON h.id = i.id + 1 LEFT JOIN LATERAL (SELECT KEYS, i.site, count(*) AS n FROM ota_job GROUP BY 1, 2, 3) v ON KEY(v, i)');
SELECT through('lateral', 'SELECT h.id, i.id, v.* FROM inventory h FULL JOIN inventory i ON h.id = i.id + 1 LEFT JOIN LATERAL (SELECT DISTINCT device_name, firmware_id, job_id FROM ota_job j WHERE j.product_key = i.product_key) v ON v.device_name = i.device_name AND v.firmware_id = coalesce(i.firmware_id, h.firmware_id)');
SELECT through('lateral', 'SELECT * FROM inventory h LEFT JOIN (inventory i LEFT JOIN LATERAL (SELECT KEYS, i.site, h.id, count(*) AS n FROM ota_job j WHERE j.firmware_id = i.firmware_id GROUP BY 1, 2, 3) v USING (product_key, device_name)) ON h.id = i.id + 1');
-- An arm of a set operation may have rows without the key.
SELECT through('local arm', 'SELECT * FROM inventory i JOIN (SELECT KEYS FROM ota_job UNION SELECT KEYS FROM inventory) v ON v.product_key = i.product_key AND v.device_name IS NOT DISTINCT FROM i.device_name AND v.firmware_id = i.firmware_id');
SELECT through('local arm', 'SELECT * FROM inventory i JOIN (SELECT KEYS FROM ota_job UNION SELECT KEYS FROM inventory) v ON v.product_key = i.product_key AND coalesce(v.device_name, ''d4:4'') = i.device_name AND v.firmware_id = i.firmware_id');
-- What follows from another key of the same view, that view needs from no other one.
SELECT through_two('SELECT i.id, v.*, w.job_id FROM inventory i JOIN VIEW v ON v.product_key = i.product_key AND v.device_name = i.device_name AND v.firmware_id = CASE v.product_key WHEN ''pk0'' THEN ''187'' ELSE ''188'' END JOIN VIEW w ON KEY(w, v)');
SELECT through_two('SELECT i.id, v.*, w.job_id FROM VIEW w, inventory i, VIEW v WHERE v.product_key = i.product_key AND v.device_name = i.device_name AND v.firmware_id = CASE v.product_key WHEN ''pk0'' THEN ''187'' ELSE ''188'' END AND KEY(w, v)');
SELECT through_two('SELECT i.id, v.job_id, w.job_id, x.job_id FROM inventory i, VIEW v, VIEW w, VIEW x WHERE v.device_name = ANY (ARRAY[i.device_name, ''d3:3'']) AND v.product_key = CASE v.device_name WHEN ''d3:3'' THEN ''pk1'' ELSE ''pk0'' END AND v.firmware_id = CASE v.product_key WHEN ''pk0'' THEN ''187'' ELSE ''188'' END AND KEY(w, v) AND KEY(x, v)');
SELECT through_two('SELECT i.id, v.job_id, w.job_id FROM inventory i LEFT JOIN (VIEW v JOIN VIEW w ON KEY(w, v)) ON v.device_name = i.device_name AND v.product_key = i.product_key AND v.firmware_id = CASE v.product_key WHEN ''pk0'' THEN ''187'' ELSE ''188'' END');
-- The order in which it is written, and how joins may be made, make no difference.
SET join_collapse_limit = 1;
SELECT through_two('SELECT * FROM VIEW v JOIN inventory i USING_KEYS');
RESET join_collapse_limit;
SET enable_nestloop = off;
SELECT through_two('SELECT * FROM VIEW v JOIN inventory i USING_KEYS');
RESET enable_nestloop;
SET enable_memoize = off; SET enable_sort = off; SET enable_hashagg = off;
SELECT through_two('SELECT * FROM VIEW v JOIN inventory i USING_KEYS ORDER BY v.job_id');
RESET enable_memoize; RESET enable_sort; RESET enable_hashagg;
