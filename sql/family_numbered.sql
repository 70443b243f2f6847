-- Long lists by number that are needed one after the other: while one is read, by several pages at
-- once, each of those that were announced goes on with its next page. Where reading may stop they
-- are asked for no more than without lookahead, or than what was announced.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql
\set ECHO none
SET client_min_messages = error;
-- 4 lists of 8 pages: of jobs' tasks, of firmwares' jobs, of devices' jobs.
CREATE TABLE w AS SELECT i, 'ahead' || i || ':200' AS id, 'p' AS product_key FROM generate_series(1, 4) i;
ANALYZE w;
INSERT INTO local.ota_task SELECT w.id, t.* FROM w, LATERAL rule.sim_tasks(id) t;
INSERT INTO local.ota_firmware_job SELECT w.id, j.* FROM w, LATERAL rule.sim_firmware_jobs(id) j;
INSERT INTO local.ota_job SELECT w.product_key, w.id, w.id, j.* FROM w, LATERAL t.sim_jobs(w.product_key, w.id, w.id) j;
ALTER SERVER tuya OPTIONS (ADD page_size '25');
\set ECHO all

-- Of the list that is read 7 pages once its first has come, and of each of the 3 others one.
SELECT overlaps('SELECT w.i, t.* FROM w JOIN ota_task t ON t.job_id = w.id', 10);
SELECT overlaps('SELECT w.i, j.* FROM w JOIN ota_firmware_job j ON j.firmware_id = w.id', 10);
SELECT overlaps('SELECT w.i, j.* FROM w JOIN ota_job j ON j.product_key = w.product_key AND j.device_name = w.id AND j.firmware_id = w.id', 10);
SELECT overlaps('SELECT w.i, t.* FROM w LEFT JOIN ota_task t ON t.job_id = w.id AND t.device_name LIKE ''%7''', 10);
SELECT overlaps('SELECT w.i, (SELECT count(*) FROM ota_task t WHERE t.job_id = w.id AND t.device_name LIKE ''%7'') FROM w', 10);
SELECT overlaps('SELECT w.i, x.* FROM w JOIN (SELECT job_id, count(*), max(device_name) FROM ota_task GROUP BY 1) x ON x.job_id = w.id', 10);
SELECT overlaps('SELECT * FROM ota_task WHERE job_id IN (' || (SELECT string_agg(quote_literal(id), ', ' ORDER BY i) FROM w) || ')', 10);
-- An Append reads its arms at the same time.
SELECT overlaps((SELECT string_agg(format('SELECT * FROM ota_task WHERE job_id = %L', id), ' UNION ALL ' ORDER BY i) FROM w), 16);
-- Of both lists of a row.
SELECT overlaps('SELECT w.i, t.n, j.n FROM w, LATERAL (SELECT max(task_id) AS n FROM ota_task t WHERE t.job_id = w.id) t, LATERAL (SELECT max(j.job_id) AS n FROM ota_firmware_job j WHERE j.firmware_id = w.id) j', 10);
-- No more than concurrency.
ALTER SERVER tuya OPTIONS (SET concurrency '6');
SELECT overlaps('SELECT w.i, t.* FROM w JOIN ota_task t ON t.job_id = w.id', 6);
ALTER SERVER tuya OPTIONS (SET concurrency '16');

-- Not where reading may stop: below NOT EXISTS, below a LIMIT however far off, for a cursor.
SELECT overlaps('SELECT w.i FROM w WHERE NOT EXISTS (SELECT FROM ota_task t WHERE t.job_id = w.id AND t.device_name IS NULL)', 5);
SELECT overlaps('SELECT count(*) FROM (SELECT FROM w JOIN ota_task t ON t.job_id = w.id LIMIT 100000) x', 5);
SELECT same('SELECT i FROM w WHERE EXISTS (SELECT FROM ota_task t WHERE t.job_id = w.id)');
SELECT same('SELECT i FROM w WHERE EXISTS (SELECT FROM ota_task t WHERE t.job_id = w.id AND t.device_name LIKE ''%7'')');
SELECT same('SELECT i FROM w WHERE NOT EXISTS (SELECT FROM ota_task t WHERE t.job_id = w.id AND device_name IS NULL) LIMIT 1');
SELECT same('SELECT i FROM w WHERE w.id IN (SELECT job_id FROM ota_task)');
SELECT same('SELECT count(*) FROM (SELECT FROM w JOIN ota_task t ON t.job_id = w.id LIMIT 25) x');
SELECT same('SELECT count(*) FROM (SELECT FROM w JOIN ota_task t ON t.job_id = w.id LIMIT 33) x');
SELECT same('SELECT count(*) FROM (SELECT FROM w JOIN ota_task t ON t.job_id = w.id LIMIT 425) x');
SELECT same('SELECT count(*) FROM (SELECT FROM w JOIN ota_job j ON j.product_key = w.product_key AND j.device_name = w.id AND j.firmware_id = w.id LIMIT 33) x');
SELECT same('SELECT count(*) FROM (SELECT task_id FROM w JOIN ota_task t ON t.job_id = w.id OFFSET 213 LIMIT 1) x');
SELECT same('SELECT w.i, x.* FROM w, LATERAL (SELECT task_id FROM ota_task t WHERE t.job_id = w.id LIMIT 30) x WHERE w.i < 3');
SELECT same('SELECT w.i, (SELECT task_id <> '''' FROM ota_task t WHERE t.job_id = w.id LIMIT 1) FROM w');
SELECT same('SELECT count(*) FROM (SELECT FROM ota_task WHERE job_id IN (' || (SELECT string_agg(quote_literal(id), ', ' ORDER BY i) FROM w) || ') LIMIT 33) x');
SELECT same('SELECT count(*) FROM (' || (SELECT string_agg(format('SELECT * FROM ota_task WHERE job_id = %L', id), ' UNION ALL ' ORDER BY i) FROM w) || ' LIMIT 33) x');
SELECT same('SELECT w.i, (SELECT count(*) FROM ota_task t WHERE t.job_id = w.id) FROM w');
SET search_path = remote, t;
SELECT FROM requests() \gset
BEGIN;
DECLARE c CURSOR FOR SELECT w.i, t.task_id FROM w JOIN ota_task t ON t.job_id = w.id;
MOVE 15 IN c;
SELECT requests();
MOVE 15 IN c;
SELECT requests();
MOVE 175 IN c;
SELECT requests();
MOVE ALL IN c;
SELECT requests();
COMMIT;
SET search_path = t;
-- Nor for what may not be asked for at all: a list of the row beside it that may be empty.
CREATE TABLE few (i int);
INSERT INTO few VALUES (1);
ANALYZE few;
SELECT same('SELECT w.i, (SELECT count(t.task_id) FROM few f JOIN ota_task t ON t.job_id = w.id WHERE f.i = w.i) FROM w');

-- With little memory the lists wait for their turn, and no page comes twice.
SET work_mem = '64kB';
SELECT overlaps('SELECT w.i, t.* FROM w JOIN ota_task t ON t.job_id = w.id', 5);
RESET work_mem;
-- A cap is what it was: so many are enough, and one less is not.
SET search_path = remote, t;
SET tuya_fdw.max_requests = 32;
SELECT count(t.task_id) FROM w JOIN ota_task t ON t.job_id = w.id;
SET tuya_fdw.max_requests = 31;
SELECT sqlstate_of('SELECT count(t.task_id) FROM w JOIN ota_task t ON t.job_id = w.id');
RESET tuya_fdw.max_requests;
SELECT left_in_flight(), requests();
-- A page that fails is an error where its rows are asked for, and not before.
CREATE SEQUENCE handed_out;
SELECT sim('set fail_count=-1 fail_page=2 fail_code=Forbidden.RAM fail_device=ahead3');
SELECT sqlstate_of('SELECT count(nextval(''handed_out'')) FROM w JOIN ota_task t ON t.job_id = w.id');
SELECT last_value FROM handed_out;
SELECT sim('set fail_count=0'), left_in_flight(), requests() IS NOT NULL;
SET search_path = t;
SELECT overlaps('SELECT w.i, t.* FROM w JOIN ota_task t ON t.job_id = w.id', 10);
