-- Jobs that are created and deleted between two pages: what was there all the
-- time is in the result, and nothing is in it twice.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
\set ECHO all

-- 250 jobs, newest first: pages 250-151, 150-51, 50-1.  Once, at either end, after
-- each page: the round that sees another total is given up, the next is whole.
-- What was handed out and is gone is no error, what is gone before it was shown
-- is not there, and after the last page nobody sees it.
SELECT change, after, t.rows, t.jobs, t.requests, t.state
FROM (VALUES ('create=1'), ('delete=1'), ('delete_last=1'), ('create=120'), ('delete=120'), ('delete_last=120')) AS v (change),
	generate_series(1, 3) after,
	trial('dev:250', format('churn_after_page=%s churn_%s', after, change)) t
ORDER BY change, after;

-- A deletion and a creation that balance show where a job comes twice.
SELECT change, t.rows, t.jobs, t.requests, t.state FROM (VALUES
	('churn_delete_last=1 churn_create=1'), ('churn_delete_last=50 churn_create=50')
) AS v (change), trial('dev:250', 'churn_after_page=1 ' || change) t;
-- Where none does they cannot be seen, which the README says: neither the new job
-- that replaced the newest, nor, oldest first, number 101, which moved to page 1.
SELECT listed, t.rows, t.jobs, t.requests, t.state FROM unnest('{desc,asc}'::text[]) listed,
	trial('dev:250', 'churn_after_page=1 churn_delete=1 churn_create=1 order=' || listed) t;

-- Twice still ends well, three times does not.
SELECT change, times, t.rows, t.jobs, t.requests, t.state, t.said
FROM (VALUES ('create=1'), ('delete=1'), ('delete_last=1')) AS v (change),
	generate_series(2, 4) times,
	trial('dev:250', format('churn_after_page=1 churn_%s churn_times=%s', change, times)) t
ORDER BY change, times;
-- After page 2 a round costs a page more.
SELECT times, t.rows, t.jobs, t.requests, t.state, t.said FROM generate_series(2, 3) times,
	trial('dev:250', 'churn_after_page=2 churn_create=1 churn_times=' || times) t;

-- At the borders of pages: a page that comes or goes, and all jobs.
SELECT device, change, t.rows, t.jobs, t.requests, t.state FROM (VALUES
	('dev:100', 'churn_create=1'), ('dev:101', 'churn_delete=1'), ('dev:101', 'churn_delete_last=1'),
	('dev:200', 'churn_create=1'), ('dev:200', 'churn_delete=100'), ('dev:200', 'churn_delete=101'),
	('dev:250', 'churn_delete=250'), ('dev:250', 'churn_delete=250 past_end=error'),
	('dev:250', 'churn_delete=250 empty_total=0'), ('dev:0', 'churn_create=1')
) AS v (device, change), trial(device, 'churn_after_page=1 ' || change) t;

-- Oldest first, where new jobs come behind the last.
SELECT change, t.rows, t.jobs, t.requests, t.state FROM (VALUES
	('churn_create=1'), ('churn_delete=1'), ('churn_delete_last=1'),
	('churn_create=1 churn_times=2'), ('churn_create=1 churn_times=3')
) AS v (change), trial('dev:250', 'order=asc churn_after_page=1 ' || change) t;

-- A round need not be of the same page size.
SELECT mode, t.rows, t.jobs, t.requests, t.state FROM unnest('{tell,silent}'::text[]) mode,
	trial('dev:250', format('clamp=30 clamp_mode=%s churn_after_page=4 churn_delete=1', mode)) t;

-- A statement that reads the key twice asks once and reads the same, although the
-- list has changed by then.
CALL simulate('churn_after_page=1 churn_create=1');
CREATE VIEW changing AS SELECT job_id FROM ota_job
	WHERE product_key = 'pk' AND device_name = 'dev:250' AND firmware_id = '187';
SELECT count(*), count(DISTINCT a.job_id), (SELECT count(*) FROM changing) AS again
FROM changing a JOIN changing b USING (job_id);
SELECT requests();
-- The next statement asks anew.
SELECT count(*) FROM changing;
SELECT requests();

\set ECHO none
\i :cleanup
