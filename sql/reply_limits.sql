-- A reply of any size does no harm: caps on bytes, rows, depth and members.
-- Just below each the reply is read.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
\set ECHO all

-- REPLY_BYTES_MAX, 4 MiB.  What is over it is not even read to its end: of 64
-- MiB the simulator gets rid of what buffers and windows hold beyond the cap.
SELECT bytes, t.* FROM unnest('{4194304,4194305,8388608}'::int[]) bytes,
	trial_body(convert_to(rpad(page(), bytes), 'UTF8')) t;
CALL simulate_body(convert_to(page(), 'UTF8'), '', 'cat - /dev/zero | head -c 67108864');
SELECT FROM dev_job;
SELECT run::int < 16 * 1024 * 1024 AS not_read_to_its_end FROM run('tuya_simctl get bytes_sent');
-- It counts after decompression, of some kB that unpack to more.
SELECT bytes, t.* FROM unnest('{4194304,4194305}'::int[]) bytes,
	trial_body(convert_to(rpad(page(), bytes), 'UTF8'), 'reply_headers=Content-Encoding:%20gzip', 'gzip -nc') t;
SELECT t.* FROM trial_body('', 'reply_headers=Content-Encoding:%20gzip',
						   'head -c 67108864 /dev/zero | gzip -nc1') t;

-- REPLY_ROWS_MAX, 10,000, far more than the page that was asked for.
SELECT jobs, t.* FROM unnest('{101,10000,10001,250000}'::int[]) jobs,
	trial_body(page(jobs::text, (SELECT string_agg(format('{"jobId":"%s"}', i), ',') FROM generate_series(1, jobs) i))) t;

-- REPLY_DEPTH_MAX, 32: in what is skipped as anywhere.
SELECT depth, t.* FROM unnest('{31,32,1000,100000}'::int[]) depth,
	trial_body(page(further => ',"x":' || repeat('[', depth) || repeat(']', depth))) t;
SELECT depth, t.* FROM unnest('{31,32,1000,100000}'::int[]) depth,
	trial_body(page(further => ',"x":' || repeat('{"x":', depth - 1) || '{}' || repeat('}', depth - 1))) t;
SELECT t.* FROM trial_body(repeat('[', 4000000)) t;

-- Members: what json-c takes to hold them is bounded.
SELECT members, t.* FROM unnest('{10000,200000}'::int[]) members,
	trial_body(page(further => (SELECT string_agg(format(',"%s":%s', i, i), '') FROM generate_series(1, members) i))) t;
SELECT t.* FROM trial_body(page(further => ',"x":[' || repeat('[],', 1000000) || '[]]')) t;

-- A long value is no reason to refuse a page.
CALL simulate_body(page(jobs => '{"jobId":"1","jobStatus":"' || repeat('x', 1000000) || '"}'));
SELECT job_id, length(job_status) FROM dev_job;
SELECT requests();

-- The session is well after all that, and has kept nothing of it.
SELECT * FROM trial('dev:250');
SELECT sum(total_bytes) < 1024 * 1024 AS little FROM pg_backend_memory_contexts WHERE name LIKE 'tuya_fdw%';

\set ECHO none
\i :cleanup
