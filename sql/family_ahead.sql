-- Long lists that are needed one after the other: while one is read, those that were announced go on
-- with their next pages, walks by token and pages by number. Only where they will be read to their
-- end, as far as memory allows, and never with more requests.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql
\set ECHO none
SET client_min_messages = error;
-- 16 products of 400 devices, which are 8 pages each, and 16 jobs of 800 tasks.
CREATE TABLE w AS SELECT i, 'ahead' || i || ':400' AS product_key, 'ahead' || i || ':800' AS job_id FROM generate_series(1, 16) i;
ANALYZE w;
INSERT INTO local.device SELECT w.product_key, d.* FROM w, LATERAL rule.sim_devices(product_key) d;
INSERT INTO local.ota_task SELECT w.job_id, t.* FROM w, LATERAL rule.sim_tasks(job_id) t;
-- Rows, requests, how many of them there were at once at most; and, where replies take 100 ms, whether it took no
-- longer than so many replies one after the other.
CREATE FUNCTION ahead(query text, replies int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	want text[] := rows_in('local', query);
	got text[];
	counted text[];
	began timestamptz;
	took interval;
BEGIN
	PERFORM left_in_flight(), sim(format('set latency_ms=%s', CASE WHEN replies IS NULL THEN 0 ELSE 100 END)), sim('clear');
	PERFORM rows_in('remote', 'SELECT FROM product LIMIT 1'), sim('clear');
	began := clock_timestamp();
	got := rows_in('remote', query);
	took := clock_timestamp() - began;
	counted := string_to_array(sim('get requests max_in_flight'), ' ');
	PERFORM sim('set latency_ms=0'), sim('clear');
	RETURN format('%s rows, %s requests%s%s', cardinality(want), counted[1], CASE WHEN counted[2]::int > 16 THEN ', ' || counted[2] || ' at once' END,
		CASE WHEN took <= replies * interval '100 ms' THEN ', together' WHEN replies IS NOT NULL THEN ', one after the other: ' || took END) || difference(got, want);
END $$;
\set ECHO all

-- 128 pages, 16 at a time, are 8 replies one after the other; walk after walk they would be 113.
SELECT ahead('SELECT w.i, d.* FROM w JOIN device d USING (product_key)', 60);
SELECT ahead('SELECT w.i, t.* FROM w JOIN ota_task t USING (job_id)');
SELECT ahead('SELECT w.i, d.* FROM w LEFT JOIN device d ON d.product_key = w.product_key AND d.device_status = ''ONLINE''', 60);
SELECT ahead('SELECT w.i, (SELECT count(*) FROM device d WHERE d.product_key = w.product_key AND d.device_status = ''ONLINE'') FROM w', 60);
SELECT ahead('SELECT * FROM device WHERE product_key IN (' || (SELECT string_agg(quote_literal(product_key), ', ' ORDER BY i) FROM w) || ')', 60);
SELECT ahead('SELECT w.i, x.* FROM w JOIN (SELECT product_key, count(*), max(device_name) FROM device GROUP BY 1) x USING (product_key)', 60);
SELECT ahead('SELECT product_key FROM device WHERE product_key = ''ahead1:400'' UNION ALL SELECT product_key FROM device WHERE product_key = ''ahead2:400''
	UNION ALL SELECT product_key FROM device WHERE product_key = ''ahead3:400'' UNION ALL SELECT product_key FROM device WHERE product_key = ''ahead4:400''', 25);
-- With tasks of each of them behind.
SELECT ahead('SELECT w.i, d.device_name, t.task_id FROM w JOIN device d USING (product_key) JOIN ota_task t ON t.job_id = w.job_id AND t.device_name = d.device_name WHERE w.i <= 3 AND d.device_status = ''ONLINE''');

-- Not where reading may stop: they are as many as without lookahead, or as what was announced.
SELECT same('SELECT i FROM w WHERE EXISTS (SELECT FROM device d WHERE d.product_key = w.product_key)');
SELECT same('SELECT i FROM w WHERE NOT EXISTS (SELECT FROM device d WHERE d.product_key = w.product_key AND device_name IS NULL) LIMIT 1');
SELECT same('SELECT count(*) FROM (SELECT FROM w JOIN device d USING (product_key) LIMIT 130) x');
SELECT same('SELECT count(*) FROM (SELECT FROM w JOIN ota_task t USING (job_id) LIMIT 130) x');
SELECT same('SELECT w.i, x.* FROM w, LATERAL (SELECT device_name FROM device d WHERE d.product_key = w.product_key LIMIT 60) x WHERE w.i < 3');
SELECT same('SELECT count(*) FROM (SELECT FROM w JOIN device d USING (product_key) LIMIT 100000) x');
SELECT same('SELECT w.i, (SELECT count(*) FROM device d WHERE d.product_key = w.product_key) FROM w');
SET search_path = remote, t;
SELECT FROM requests() \gset
BEGIN;
DECLARE c CURSOR FOR SELECT w.i, d.device_name FROM w JOIN device d USING (product_key);
MOVE 60 IN c;
SELECT requests();
MOVE ALL IN c;
SELECT requests();
COMMIT;
SET search_path = t;
-- Nor for what may not be asked for at all: a list of the row beside it that may be empty.
CREATE TABLE few (i int);
INSERT INTO few VALUES (1);
ANALYZE few;
SELECT same('SELECT w.i, (SELECT count(d.device_name) FROM few f JOIN device d ON d.product_key = w.product_key WHERE f.i = w.i) FROM w');

-- Memory: the budget is work_mem, the rest waits for its turn.
CREATE FUNCTION held() RETURNS bigint LANGUAGE sql AS $$
	SELECT (sum(total_bytes) / 1024)::bigint FROM pg_backend_memory_contexts WHERE name LIKE 'tuya_fdw%';
$$;
SET search_path = remote, t;
SET work_mem = '64kB';
SELECT count(*), max(CASE WHEN right(d.device_name, 2) = '50' THEN held() END) < 700 FROM w JOIN device d USING (product_key);
SELECT requests();
SELECT ahead('SELECT w.i, d.* FROM w JOIN device d USING (product_key)');
SELECT ahead('SELECT w.i, t.* FROM w JOIN ota_task t USING (job_id)');
SET work_mem = '1MB';
SELECT ahead('SELECT w.i, d.* FROM w JOIN device d USING (product_key)', 60);
RESET work_mem;

-- A cap is what it was: so many are enough, and one less is not.
SET tuya_fdw.max_requests = 128;
SELECT count(d.device_name) FROM w JOIN device d USING (product_key);
SET tuya_fdw.max_requests = 127;
SELECT sqlstate_of('SELECT count(d.device_name) FROM w JOIN device d USING (product_key)');
RESET tuya_fdw.max_requests;
-- None more than the caps, 128 and 127; when the second is reached, up to 15 others may not have left yet.
SELECT left_in_flight(), requests()::int BETWEEN 128 + 127 - 15 AND 128 + 127;
-- A walk that fails is an error where its rows are asked for, and not before.
SELECT sim('set lie_token=repeat lie_page=3');
BEGIN;
DECLARE c NO SCROLL CURSOR WITHOUT HOLD FOR SELECT * FROM (SELECT w.i, d.device_name FROM w JOIN device d USING (product_key) OFFSET 0) x;
FETCH 1 FROM c;
ROLLBACK;
SELECT sqlstate_of('SELECT count(d.device_name) FROM w JOIN device d USING (product_key)');
SELECT sim('reset');
SELECT left_in_flight(), requests() IS NOT NULL;
SELECT ahead('SELECT w.i, d.* FROM w JOIN device d USING (product_key)');
