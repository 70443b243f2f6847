-- The rows of 10,000 jobs, a hundred pages, do not stay in memory: work_mem is the
-- budget, the rest goes to a temporary file, for which temp_file_limit holds.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
CREATE VIEW many AS SELECT * FROM ota_job
	WHERE product_key = 'pk' AND device_name = 'dev:10000' AND firmware_id = '187';
-- What the extension holds, in kB; and whether there is a temporary file.
CREATE FUNCTION held() RETURNS bigint LANGUAGE sql AS $$
	SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts WHERE name LIKE 'tuya_fdw%';
$$;
CREATE FUNCTION files() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM pg_ls_tmpdir() $$;
\set ECHO all
CALL simulate();
SET work_mem = '64kB';

-- In the midst of a scan and at its last row.  The rows are more than 1.5 MB.
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM many;
MOVE 100 FROM c;
SELECT held() < 256 AS bounded, files();
MOVE 4900 FROM c;
SELECT held() < 256 AS bounded, files();
MOVE 5000 FROM c;
SELECT held() < 256 AS bounded, files(), (SELECT sum(size) > 1500000 FROM pg_ls_tmpdir()) AS all_in_the_file;
SELECT requests();
CLOSE c;
SELECT files();
COMMIT;
SELECT held() < 256 AS bounded;

-- With room for them no file is made: the budget is work_mem and nothing else.
SET work_mem = '16MB';
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM many;
MOVE 10000 FROM c;
SELECT held() BETWEEN 1500 AND 16384 AS within_budget, files();
COMMIT;
SELECT held() < 256 AS given_back, requests();

-- From the file rows are what they were: all equal the rule, also when read again
-- and by two readers that are at different places.
SET work_mem = '64kB';
SELECT rows, jobs, requests, differs, state FROM trial('dev:10000');
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT count(*), count(DISTINCT j.job_id) FROM generate_series(1, 3) g, LATERAL (SELECT * FROM many OFFSET 0) j;
SELECT requests();
SELECT count(*), count(DISTINCT a.job_id) FROM ota_job a, ota_job b
	WHERE a.product_key = 'pk' AND a.device_name = 'dev:600' AND a.firmware_id = '187'
	AND b.product_key = 'pk' AND b.device_name = 'dev:600' AND b.firmware_id = '187' AND b.job_id <> a.job_id;
SELECT requests();

-- An error leaves no file behind, nor does a cursor that is not read to its end.
CALL simulate('fail_page=50 fail_count=-1 fail_code=InternalError');
SELECT count(job_status) FROM many;
SELECT files(), requests(), held() < 256 AS bounded;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM many;
MOVE 4000 FROM c;
SELECT files();
ROLLBACK;
SELECT files(), held() < 256 AS bounded;
-- Nor a subtransaction that is rolled back, and the cursor outside it reads on.
CALL simulate();
BEGIN;
DECLARE outside CURSOR FOR SELECT job_id FROM many;
MOVE 3000 FROM outside;
SAVEPOINT s;
DECLARE inside CURSOR FOR SELECT job_id FROM many;
MOVE 3000 FROM inside;
SELECT files();
ROLLBACK TO s;
SELECT files();
MOVE FORWARD ALL FROM outside;
COMMIT;
SELECT files(), requests();
-- The file belongs to the cursor although it was begun in a subtransaction that
-- failed.
DO $$ DECLARE
	c CURSOR FOR SELECT job_id FROM many;
	job record;
	jobs text[];
BEGIN
	OPEN c;
	BEGIN
		FOR i IN 1..3000 LOOP
			FETCH c INTO job;
			jobs := jobs || job.job_id;
		END LOOP;
		RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero THEN
		RAISE NOTICE '% files', files();
	END;
	LOOP
		FETCH c INTO job;
		EXIT WHEN NOT FOUND;
		jobs := jobs || job.job_id;
	END LOOP;
	RAISE NOTICE '% jobs: %', cardinality(jobs), job_numbers(jobs);
END $$;
SELECT files(), requests();

-- temp_file_limit: PostgreSQL's own error, and the session is well after it.
-- (From 18 on its name is quoted.)
SET temp_file_limit = '100kB';
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM many;
\set VERBOSITY sqlstate
MOVE 10000 FROM c;
\set VERBOSITY default
ROLLBACK;
SELECT requests() BETWEEN 1 AND 20 AS soon;
SELECT files(), held() < 256 AS bounded;
CREATE FUNCTION read_twice() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(job_status) FROM (SELECT * FROM many UNION ALL SELECT * FROM many) x);
EXCEPTION WHEN configuration_limit_exceeded THEN
	RETURN replace(SQLERRM, '"', '');
END $$;
SELECT read_twice(), requests() BETWEEN 1 AND 20 AS soon;
SELECT files(), held() < 256 AS bounded;
SELECT rows, requests, differs FROM trial('dev:100');
RESET temp_file_limit;
SELECT rows, jobs, requests, differs FROM trial('dev:10000');

-- Rows that nobody can read again are dropped, not written: a scan that is the only one, and cannot
-- be read twice, needs no file, however many jobs there are.
SET temp_file_limit = 0;
CREATE FUNCTION counted(devices text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	jobs bigint;
BEGIN
	PERFORM requests();
	SELECT count(job_status) INTO jobs FROM ota_job WHERE product_key = 'pk' AND device_name = ANY (devices) AND firmware_id = '187';
	RETURN jobs || ' jobs, ' || requests();
EXCEPTION WHEN configuration_limit_exceeded THEN
	RETURN SQLSTATE;
END $$;
CALL simulate();
SET tuya_fdw.lookahead_rows = 256;
SELECT n, counted(ARRAY['dev:' || n]) FROM unnest('{1,99,150,200,230,250,260,270,280,290,300,310,350,400,500,1000,3000}'::int[]) n;
SET tuya_fdw.lookahead_rows = 1;
SELECT n, counted(ARRAY(SELECT i || ':' || n FROM generate_series(1, 40) i)) FROM unnest('{1,10,25}'::int[]) n;
-- What is read ahead needs none either: it stops where there is no room for it, and goes on where there is.
CREATE FUNCTION peak(devices text[], memory text, files text, what text DEFAULT 'j::text') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	counted text;
	peak int;
BEGIN
	PERFORM set_config('work_mem', memory, true), set_config('temp_file_limit', files, true), set_config('tuya_fdw.lookahead_rows', '256', true);
	PERFORM run('tuya_simctl set latency_ms=5'), run('tuya_simctl clear');
	EXECUTE format('SELECT count(%s) FROM ota_job j WHERE product_key = ''pk'' AND device_name = ANY ($1) AND firmware_id = ''187''', what) INTO counted USING devices;
	SELECT run INTO peak FROM run('tuya_simctl get max_in_flight');
	RETURN format('%s jobs, %s, %s', counted, requests(), CASE WHEN peak > 1 THEN 'overlap' ELSE 'one by one' END);
EXCEPTION WHEN configuration_limit_exceeded THEN
	RETURN SQLSTATE;
END $$;
SELECT n, memory, files, peak(ARRAY(SELECT i || ':' || n FROM generate_series(1, 40) i), memory, files)
	FROM unnest('{10,25,99,150,250}'::int[]) n, (VALUES ('64kB', '0'), ('1MB', '0'), ('64kB', '10MB')) x (memory, files);
SELECT peak(ARRAY['1:600', '2:3', '3:1', '4:600', '5:99', '6:600'], '64kB', '0');
-- Columns that are not read take no room.
SELECT peak(ARRAY(SELECT i || ':250' FROM generate_series(1, 40) i), '64kB', '0', 'job_status');
CALL simulate();
-- So do several, of which none has a key of another.
CREATE FUNCTION united(one text, other text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	arm text := 'SELECT job_status FROM ota_job WHERE product_key = %L AND device_name = ANY (%L) AND firmware_id = %L';
	jobs bigint;
BEGIN
	PERFORM requests();
	EXECUTE format('SELECT count(job_status) FROM (' || arm || ' UNION ALL ' || arm || ') x', 'pk', one, '187', 'pk', other, '187') INTO jobs;
	RETURN jobs || ' jobs, ' || requests();
EXCEPTION WHEN configuration_limit_exceeded THEN
	RETURN SQLSTATE;
END $$;
SELECT united(one, other) FROM (VALUES ('{dev:270}', '{dev:350}'), ('{dev:290}', '{dev:310}'), ('{dev:1000}', '{dev:3000}'), ('{dev:450,dev:1000}', '{dev:300,dev:1}'),
	('{dev:1000}', '{dev:1000}'), ('{dev:1000,dev:3000}', '{dev:300,dev:3000}')) x (one, other);
SET enable_async_append = off;
SELECT united('{dev:450,dev:1000}', '{dev:300,dev:350}');
RESET enable_async_append;
RESET temp_file_limit;
-- One that is read again, whatever the way, shows the same and asks nothing more.
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT job_id FROM ota_job WHERE product_key = 'pk' AND device_name = 'dev:450' AND firmware_id = '187';
MOVE 450 FROM c;
MOVE ABSOLUTE 0 FROM c;
MOVE 450 FROM c;
SELECT requests();
DECLARE held CURSOR WITH HOLD FOR SELECT job_id FROM ota_job WHERE product_key = 'pk' AND device_name = 'dev:450' AND firmware_id = '187';
MOVE 250 FROM held;
COMMIT;
MOVE 200 FROM held;
SELECT requests();
CLOSE held;
SELECT count(*), count(DISTINCT job_id) FROM generate_series(1, 3) n CROSS JOIN LATERAL
	(SELECT job_id FROM ota_job WHERE product_key = 'pk' AND device_name = 'dev:450' AND firmware_id = left('187', 2 + sign(n)::int) OFFSET 0) j;
SELECT requests();

\set VERBOSITY terse
-- on_incomplete: three rounds do not hold three times as much.
ALTER FOREIGN TABLE ota_job OPTIONS (ADD on_incomplete 'warning');
CALL simulate('lie_total=+1');
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM many;
MOVE FORWARD ALL FROM c;
SELECT held() < 256 AS bounded, (SELECT sum(size) < 4000000 FROM pg_ls_tmpdir()) AS once_in_the_file, requests();
COMMIT;

\set ECHO none
\i :cleanup
