-- Replies in every form that the service's documentation leaves open mean the same.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
\set ECHO all

-- Field names in any case, numbers as strings, ids as numbers, spaced times:
-- every column of every row, over three pages.
SELECT settings, t.* FROM (VALUES
	(''), ('casing=camel'), ('casing=pascal'), ('casing=lower'), ('casing=upper'),
	('numbers_as_strings=1'), ('ids_as_numbers=1'), ('spaced_times=1'), ('gzip=1'),
	('casing=pascal numbers_as_strings=1 spaced_times=1'),
	('casing=upper ids_as_numbers=1 gzip=1')
) AS v (settings), trial('dev:250', settings) t;

-- No jobs, in every shape: an empty result needs a total of 0, or the list
-- present and empty; without either nobody says that there are none.
SELECT v.*, t.rows, t.requests, t.state, regexp_replace(t.said, '\d+ bytes', 'N bytes') AS said
FROM (SELECT * FROM unnest('{list,data_empty,data_null,no_data,data_list,data_text,list_null,list_object,list_text}'::text[]) empty_shape,
			 unnest('{1,0}'::int[]) empty_total, unnest('{0,1}'::int[]) empty_page_count
	  ORDER BY empty_shape, empty_total, empty_page_count) v,
	trial('dev:0', format('empty_shape=%s empty_total=%s empty_page_count=%s',
						  empty_shape, empty_total, empty_page_count)) t;

-- A page past the end, which is asked for because a job was deleted after page
-- 1: an empty list in every shape, or an error.  The next round has one page.
SELECT settings, t.* FROM (VALUES
	('past_end=empty'), ('past_end=empty empty_shape=data_empty'),
	('past_end=empty empty_shape=data_null'), ('past_end=empty empty_shape=no_data'),
	('past_end=empty empty_shape=data_list'), ('past_end=empty empty_shape=list_text'),
	('past_end=error'), ('past_end=error casing=pascal')
) AS v (settings), trial('dev:101', 'churn_after_page=1 churn_delete=1 ' || settings) t;

-- What stands for nothing is no witness against a total, nor does a list that is not empty
-- stand for it.
SELECT data, t.* FROM (VALUES
	('[]', 3), ('""', 3), ('{"simpleOTAJobInfo":{}}', 3), ('[{"jobId":"1"}]', 1), ('[null]', 0), ('" "', 0), ('false', 0), ('0', 0),
	('{"simpleOTAJobInfo":{"jobId":"1"}}', 1), ('{"simpleOTAJobInfo":" "}', 0), ('{"simpleOTAJobInfo":0}', 0)
) AS v (data, total), trial_body(format('{"success":true,"total":%s,"data":%s}', total, data)) t;

-- A number that is an id keeps each digit, where a double would lose some.
CALL simulate_body(page('5', '{"jobId":1834143585562521111,"firmwareId":9007199254740993},
	{"jobId":1834143585562521112,"firmwareId":1.50},
	{"jobId":18446744073709551615,"firmwareId":1e3},
	{"jobId":"1834143585562521113","firmwareId":"0187"},
	{"jobId":"00000000000000000000000000001","firmwareId":-0.10}'));
SELECT job_id, package_firmware_id FROM dev_job ORDER BY job_id COLLATE "C";
SELECT requests();
SELECT * FROM trial_body(page(jobs => '{"jobId":18446744073709551616}'));

-- A member that is null or missing is NULL; what is not known is skipped; a
-- status that nobody documented is text; the key's columns are the key.
CALL simulate_body(page('"3"', '{"JobID":"1","jobStatus":null,"UTCCreate":null,"productKey":null},
	{"jobId":"2","jobStatus":"","deviceName":"other","jobs":[{"jobId":"9"}],"selectionType":"DYNAMIC"},
	{"jobid":"3","JOBSTATUS":"é\u00e9 \u4e2d\ud83d\ude00","jobType":"a\"b\\c\/d"}',
	',"pageCount":{"a":[1]},"pageSize":null,"x":{"total":5,"success":false}'));
SELECT job_id, device_name, coalesce(job_status, 'NULL') AS job_status, job_type, selection_type,
	num_nulls(job_status, job_type, selection_type, target_selection, utc_create, utc_modified,
			  package_product_key, package_firmware_id) AS nulls
FROM dev_job ORDER BY job_id;
SELECT requests();

-- Times: with milliseconds, with the stray space of the documentation, without
-- a fraction, with another zone.  What is none says which job and column it is,
-- and only a statement that wants the column fails.
CALL simulate_body(page('4', '{"jobId":"1","utcCreate":"2024-09-12T08:14:42.214Z"},
	{"jobId":"2","utcCreate":"2019-12-28 T02:43:10.000Z"}, {"jobId":"3","utcCreate":"2024-02-29T23:59:59Z"},
	{"jobId":"4","utcCreate":"2024-09-12T08:14:42.214+08:00"}'));
SELECT job_id, utc_create AT TIME ZONE 'UTC' AS utc FROM dev_job ORDER BY job_id;
CALL simulate_body(page(jobs => '{"jobId":"1","utcCreate":"yesteryear"}'));
SELECT utc_create FROM dev_job;
SELECT job_id FROM dev_job;
SELECT requests();

-- A byte order mark, space around, a success that is a string, no currentPage.
SELECT name, t.* FROM (VALUES
	('byte order mark', '\xEFBBBF'::bytea || convert_to(page(), 'UTF8')),
	('space around', convert_to(E'\r\n\t ' || page() || E' \r\n', 'UTF8')),
	('success "TRUE"', convert_to(replace(page(), 'true', '"TRUE"'), 'UTF8')),
	('no currentPage', convert_to(replace(page(), '"currentPage":1,', ''), 'UTF8')),
	('an empty list and no total', convert_to(replace(page(jobs => ''), '"total":1,', ''), 'UTF8'))
) AS v (name, body), trial_body(body) t;

\set ECHO none
\i :cleanup
