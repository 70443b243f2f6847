-- JSON that is no page of jobs is refused with HV00M, after one request, and
-- never taken for fewer jobs or none.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
\set ECHO all

-- The control: what the bodies below are made from is a page of one job.
SELECT page(), t.* FROM trial_body(page()) t;

-- Emptiness needs its witness, success, and jobs need a total.
SELECT body, t.* FROM (VALUES
	('{}'),
	('{"success":true}'),
	('{"success":true,"total":null}'),
	('{"success":true,"data":{}}'),
	('{"success":true,"data":{"simpleOTAJobInfo":null}}'),
	('{"success":true,"data":{"SimpleJobInfo":[]}}'),
	('{"success":true,"data":{"simpleOTAJobInfo":[{"jobId":"1"}]}}'),
	('{"success":true,"total":null,"data":{"simpleOTAJobInfo":[{"jobId":"1"}]}}'),
	('{"total":0,"data":{"simpleOTAJobInfo":[]}}'),
	('{"success":null,"code":"","total":0,"data":{"simpleOTAJobInfo":[]}}'),
	('{"success":1,"total":0}'), ('{"success":"yes","total":0}'), ('{"success":{},"total":0}'),
	('{"success":"","total":0}'), ('{"code":200,"total":0}')
) AS v (body), trial_body(body) t;

-- Each job has an id, and it is one.
SELECT left(job, 60) AS job, t.* FROM (VALUES
	('{}'), ('{"jobStatus":"PLANNED"}'), ('{"jobId":null}'), ('{"jobId":""}'),
	('{"jobId":true}'), ('{"jobId":["1"]}'), ('{"jobId":{"id":"1"}}'),
	('{"jobId":"' || repeat('1', 256) || '"}'), ('{"jobId":"' || repeat('1', 257) || '"}'),
	('{"jobId":"1","jobStatus":{}}'), ('{"jobId":"1","utcCreate":[2024]}'), ('{"jobId":"1","jobType":false}'),
	('"1"'), ('null'), ('1'), ('["1"]')
) AS v (job), trial_body(page(jobs => job)) t;
-- Also where another job has one.
SELECT * FROM trial_body(page('2', '{"jobId":"1"},{"jobStatus":"PLANNED"}'));

-- A page other than the one asked for; with null or without the member nobody
-- says so.
SELECT current_page, t.* FROM string_to_table('1 "1" null 2 0 -1 "2" "" 1.0 1.5 true [1] {} 9223372036854775808', ' ') current_page,
	trial_body(replace(page(), '"currentPage":1', '"currentPage":' || current_page)) t;

-- A total that is no whole number from 0 to 2^63 - 1.
SELECT total, t.* FROM string_to_table('1 "1" -1 0.5 1.0 1e0 "-1" "1.0" "+1" "" "one" "NaN" true [1] {} ' ||
		'9223372036854775808 18446744073709551615 18446744073709551616 -9223372036854775809 1e400 ' ||
		'"9223372036854775808" "99999999999999999999999999"', ' ') total,
	trial_body(page(total)) t;
SELECT t.* FROM trial_body(page('" 1"')) t;

-- Parts of the wrong type.
SELECT body, t.* FROM (VALUES
	('[]'), ('null '), ('1 '), ('"page"'), ('true '), ('null'), ('3'), ('-1.5e3'), ('true'), ('[{"success":true,"total":0}]'),
	('{"success":true,"total":1,"data":[{"jobId":"1"}]}'),
	('{"success":true,"total":1,"data":"none"}'),
	('{"success":true,"total":0,"data":false}'),
	('{"success":true,"total":1,"data":{"simpleOTAJobInfo":{"jobId":"1"}}}'),
	('{"success":true,"total":0,"data":{"simpleOTAJobInfo":"none"}}')
) AS v (body), trial_body(body) t;

-- Two members that differ only in case: nobody knows which is meant.
SELECT body, t.* FROM (VALUES
	(page(further => ',"Total":2')), (page(further => ',"SUCCESS":true')),
	(page(further => ',"Data":{"simpleOTAJobInfo":[]}')),
	(replace(page(), '"data":{', '"data":{"SimpleOTAJobInfo":[],')),
	(page(jobs => '{"jobId":"1","JobID":"2"}'))
) AS v (body), trial_body(body) t;

-- PostgreSQL's text cannot store U+0000; JSON's text can.
SELECT job, t.* FROM (VALUES
	('{"jobId":"1\u00002"}'), ('{"jobId":"1","jobStatus":"PLANNED\u0000"}')
) AS v (job), trial_body(page(jobs => job)) t;
-- Half of a surrogate pair is no character; two ids that end in different ones
-- are not taken for one job.
SELECT * FROM trial_body(page('2', '{"jobId":"1\ud83d"},{"jobId":"1\ud83e"}'));

-- A page that is there, but with a status that says otherwise.
SELECT status, t.rows, t.requests, t.state, replace(t.said, current_setting('tuya.endpoint'), 'ENDPOINT') AS said
FROM unnest('{201,400,404,500,503}'::int[]) status, trial_body(page(), 'raw_status=' || status) t;

-- on_incomplete does not soften any of it.
ALTER FOREIGN TABLE ota_job OPTIONS (ADD on_incomplete 'warning');
SELECT body, t.* FROM (VALUES
	('{"success":true,"data":{"simpleOTAJobInfo":[{"jobId":"1"}]}}'),
	('{"total":0,"data":{"simpleOTAJobInfo":[]}}'), (page(jobs => '{"jobStatus":"PLANNED"}')),
	(replace(page(), '"currentPage":1', '"currentPage":2'))
) AS v (body), trial_body(body) t;

-- The message has the table and the key as context.
SELECT FROM dev_job;

\set ECHO none
\i :cleanup
