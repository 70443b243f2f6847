-- A service that lies about its pages: each figure in turn, on each page, for one
-- round or for ever.  What does not add up is read again, three times in all, and
-- then an error that says what; never fewer rows, never one twice.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
-- Trials with 250 jobs, three pages: the lie told on every page, then on page 1, 2
-- and 3 only; and each of these only the first time that the page is asked for.
CREATE FUNCTION lied(lie text, OUT page text, OUT times text, OUT jobs text, OUT differs text,
	OUT requests int, OUT state text, OUT said text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT coalesce(nullif(p, 0)::text, 'every'), coalesce(nullif(r, 0)::text, 'all'),
		t.jobs, t.differs, t.requests, t.state,
		regexp_replace(replace(replace(t.said, 'the service''s pages do not add up, also when read 3 times', 'do not add up'),
			'reply of the service is malformed / HTTP status 200', 'malformed'), '\d+ bytes|request id [0-9a-f-]*', '...')
	FROM (SELECT * FROM generate_series(0, 1) r, generate_series(0, 3) p ORDER BY r, p) s,
		trial('dev:250', format('%s lie_page=%s lie_rounds=%s', lie, p, r)) t;
$$;
\set ECHO all

-- The total.  A page that tells another than page 1 ends the round; a total that
-- all pages tell is compared with the jobs; one that page 1 fills is all of it.
SELECT lie, l.* FROM unnest('{+1,-1,=0,=1000}'::text[]) lie, lied('lie_total=' || lie) l;
-- A service that refuses a page which its total promises, always and once.
SELECT times, t.rows, t.requests, t.state, t.said FROM generate_series(0, 1) times,
	trial('dev:200', 'lie_total=+100 past_end=error lie_rounds=' || times) t;
-- At a border of pages.
SELECT total, t.rows, t.requests, t.state, t.said FROM unnest('{99,100,101}'::int[]) total,
	trial('dev:100', 'lie_total==' || total) t;

-- What else it tells of pages misleads nobody.
SELECT lie, l.* FROM (VALUES ('lie_page_count=+1'), ('lie_page_count=-1'), ('lie_page_count==0'), ('lie_page_size=+1'),
	('lie_page_size==1'), ('lie_page_size==0'), ('omit=page_count,page_size,current_page,request_id')) AS v (lie), lied(lie) l
WHERE l.page = 'every' AND l.times = 'all';

-- Members that are missing or say another thing: malformed, at once.  A page
-- without its jobs is one that does not add up.
SELECT lie, l.* FROM (VALUES ('lie_current_page=+1'), ('lie_success=null'), ('omit=success'), ('omit=total'), ('omit=job_id')
) AS v (lie), lied(lie) l WHERE l.page <> 'every' AND l.times = 'all';
SELECT lie, l.* FROM (VALUES ('omit=list'), ('omit=data')) AS v (lie), lied(lie) l;
SELECT l.* FROM lied('lie_success=false') l WHERE l.page <> 'every' AND l.times = 'all';

-- Rows that are missing, come twice, come from another page.
SELECT lie, l.* FROM (VALUES ('drop_rows=1'), ('drop_rows=100'), ('extra_rows=1'), ('extra_rows=50'), ('repeat_page=1'),
	('repeat_page=2'), ('repeat_page=3')) AS v (lie), lied(lie) l;
SELECT body, t.* FROM (VALUES (page('1', '{"jobId":"1"},{"jobId":"1"}')), (page('2', '{"jobId":"1"},{"jobId":"1"}')),
	(page('1', '{"jobId":"1"},{"jobId":1}')), (page('2', '{"jobId":"1"},{"jobId":"01"}'))) AS v (body), trial_body(body) t;

-- The next round is not tried although it would be right.
SELECT l.* FROM lied('lie_current_page=+1') l WHERE l.page = '1' AND l.times = '1';

-- Pages that never end, each full and promising one more.  What was handed out
-- before a round was whole stays.
SELECT l.* FROM lied('endless=1') l;
-- More pages than any lookup may have, ROUND_PAGES_MAX, 100,000: not even begun.
SELECT total, t.rows, t.requests, t.state, t.said FROM unnest('{10000000,10000001}'::int[]) total,
	trial('dev:250', 'lie_total==' || total) t;
SELECT total, t.* FROM string_to_table('9223372036854775807 "9223372036854775807"', ' ') total, trial_body(page(total)) t;
SELECT count, t.* FROM string_to_table('9223372036854775807 9223372036854775808 -1 "many"', ' ') count,
	trial_body(page(further => ',"pageCount":' || count)) t;

\set ECHO none
\i :cleanup
