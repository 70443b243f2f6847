-- What on_incomplete does with pages that do not add up in three rounds: an error
-- that says what, or exactly one warning and all rows that can be had, each once.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
-- Tells the settings before the warnings that they lead to.
CREATE FUNCTION warned(settings text, OUT rows int, OUT jobs text, OUT requests int, OUT state text, OUT said text)
LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '%', settings;
	SELECT t.rows, t.jobs, t.requests, t.state, t.said INTO rows, jobs, requests, state, said
		FROM trial('dev:250', settings) t;
END $$;
\set ECHO all

-- The default is an error, with the hint that names the option.
CALL simulate('lie_total=+1');
SELECT count(job_status) FROM ota_job WHERE product_key = 'pk' AND device_name = 'dev:250' AND firmware_id = '187';
SELECT requests();

\set VERBOSITY terse

-- The table's option beats the server's, both ways.
ALTER SERVER reply_paging OPTIONS (ADD on_incomplete 'warning');
SELECT * FROM warned('lie_total=+1');
ALTER FOREIGN TABLE ota_job OPTIONS (ADD on_incomplete 'error');
SELECT * FROM warned('lie_total=+1');
ALTER SERVER reply_paging OPTIONS (SET on_incomplete 'error');
ALTER FOREIGN TABLE ota_job OPTIONS (SET on_incomplete 'warning');

-- One warning for each lookup that does not add up; the last round is read to its
-- end.  Jobs that no page shows are missing, which is what the warning is for.
SELECT settings, w.* FROM (VALUES
	('lie_total=+1'), ('lie_total=-1'), ('lie_total=+1 lie_page=2'), ('lie_total==0'),
	('lie_total=+1 past_end=error'), ('omit=list lie_page=1'), ('omit=list lie_page=2'), ('omit=data lie_page=3'),
	('drop_rows=1 lie_page=1'), ('drop_rows=1 lie_page=2'), ('drop_rows=1'), ('extra_rows=1 lie_page=2'),
	('repeat_page=1 lie_page=2'), ('repeat_page=1'), ('endless=1'),
	('churn_after_page=1 churn_times=3 churn_create=1'), ('churn_after_page=1 churn_times=3 churn_delete=1'),
	('churn_after_page=2 churn_times=3 churn_delete_last=1')
) AS v (settings), warned(settings) w;
SELECT t.rows, t.jobs, t.requests, t.state, t.said FROM trial('dev:200', 'lie_total=+100 past_end=error') t;

-- No warning where pages add up in the end.
SELECT settings, w.* FROM (VALUES
	(''), ('lie_total=+1 lie_rounds=1'), ('drop_rows=1 lie_page=2 lie_rounds=2'), ('churn_after_page=1 churn_times=2 churn_create=1'),
	('churn_after_page=1 churn_times=2 churn_delete=1')
) AS v (settings), warned(settings) w;

-- One warning, however often the lookup is read; one for each of two lookups.
CALL simulate('lie_total=+1');
SELECT count(*), (SELECT count(*) FROM dev_job), (SELECT count(DISTINCT job_id) FROM dev_job)
FROM dev_job a JOIN dev_job b USING (job_id);
SELECT requests();
SELECT device_name, count(*) FROM (VALUES ('a:2'), ('b:3')) v (d),
	LATERAL (SELECT * FROM ota_job WHERE product_key = 'pk' AND device_name = d AND firmware_id = '187') j
GROUP BY 1 ORDER BY 1;
SELECT requests();
-- None if the statement does not want to know the end.
SELECT job_status FROM dev_job LIMIT 1;
SELECT requests();

-- It says what does not add up, for which table and key.
\set VERBOSITY default
\set SHOW_CONTEXT always
SELECT count(job_status) FROM dev_job;
\set SHOW_CONTEXT errors

-- A malformed page, an error and a total beyond all bounds stay errors.
SELECT settings, w.requests, w.state, regexp_replace(w.said, '\d+ bytes|request id [0-9a-f-]*', '...') AS said FROM (VALUES
	('omit=total lie_page=2'), ('omit=success lie_page=3'), ('omit=job_id lie_page=2'), ('lie_current_page=+1 lie_page=3'),
	('lie_success=false lie_page=2'), ('fail_count=-1 fail_page=3 fail_code=InternalError'),
	('fail_count=-1 fail_page=2 fail_shape=html'), ('lie_total==10000001'), ('omit=total lie_page=2 drop_rows=1')
) AS v (settings), warned(settings) w;

\set ECHO none
\i :cleanup
