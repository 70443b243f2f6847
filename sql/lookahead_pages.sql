-- The pages of a lookup overlap, too, once the first says how many there are; what
-- stops early stops them; and however the service lies or its list changes meanwhile, a
-- result is whole or an error.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

CREATE VIEW jobs AS SELECT * FROM ota_job WHERE product_key = 'p' AND firmware_id = '1';
-- Rows of the query, whether they are the rule's, requests, and the most in flight at once.
CREATE FUNCTION paged(query text, device text DEFAULT NULL, at_most int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got text[];
	result text;
BEGIN
	PERFORM sim('clear');
	got := rows_of(query);
	result := format('%s rows, requests: %s', cardinality(got), asked(at_most));
	IF device IS NULL THEN
		RETURN result;
	END IF;
	RETURN result || difference(got, rows_of(format('SELECT job_id FROM sim_jobs(''p'', %L, ''1'')', device)));
END $$;
CREATE FUNCTION in_flight(query text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sim('clear'), rows_of(query);
	RETURN sim('get max_in_flight');
END $$;

-- 1,000 jobs are ten pages: the first alone, then the other nine at once.
SELECT sim('set hold_until_in_flight=1000 hold_times=2');
SELECT paged($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' $$, 'd:1000');
SELECT in_flight($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' $$);
SELECT in_flight($$ SELECT job_id FROM jobs WHERE device_name = 'd:200' $$), in_flight($$ SELECT job_id FROM jobs WHERE device_name = 'd:201' $$);
-- ... as far as the window goes.
SET tuya_fdw.lookahead_rows = 4;
SELECT in_flight($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' $$);
SET tuya_fdw.lookahead_rows = 1;
SELECT in_flight($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' $$);
RESET tuya_fdw.lookahead_rows;
ALTER SERVER tuya OPTIONS (ADD concurrency '3');
SELECT in_flight($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' $$);
ALTER SERVER tuya OPTIONS (SET concurrency '1');
SELECT in_flight($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' $$);
ALTER SERVER tuya OPTIONS (DROP concurrency);
-- It does not take lookahead, and goes for joins as well.
SET tuya_fdw.enable_lookahead = off;
SELECT in_flight($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' $$);
RESET tuya_fdw.enable_lookahead;
SELECT sim('set hold_until_in_flight=2 hold_times=9');
SELECT paged($$ SELECT job_id FROM (VALUES ('d:1000'), ('d:1000'), ('e:0')) v (d) JOIN jobs ON device_name = d $$);

-- What stops early: pages are asked for one by one, then two, and never twice as many as are read.
SELECT paged($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' LIMIT 1 $$);
SELECT paged($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' LIMIT 100 $$);
SELECT paged($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' LIMIT 101 $$, at_most => 3) LIKE '101 rows, requests: at most 3%';
SELECT paged($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' LIMIT 350 $$, at_most => 7);
SELECT paged($$ SELECT job_id FROM jobs WHERE device_name = 'd:1000' LIMIT 999 $$);
SELECT paged($$ SELECT 1 WHERE EXISTS (SELECT FROM jobs WHERE device_name = 'd:1000') $$);
SELECT paged($$ SELECT d FROM (VALUES ('d:1000'), ('e:1000')) v (d) WHERE EXISTS (SELECT FROM jobs WHERE device_name = d) $$);
SELECT paged($$ SELECT d FROM (VALUES ('d:1000'), ('e:1000')) v (d) WHERE NOT EXISTS (SELECT FROM jobs WHERE device_name = d) $$);
SELECT paged($$ SELECT d FROM (VALUES ('d:1000'), ('e:1000')) v (d) WHERE d IN (SELECT device_name FROM jobs) $$);
SELECT paged($$ SELECT d, x FROM (VALUES ('d:1000'), ('e:1000')) v (d), LATERAL (SELECT job_id FROM jobs WHERE device_name = d LIMIT 1) x $$);
SELECT paged($$ SELECT d, (SELECT job_id FROM jobs WHERE device_name = d LIMIT 1) FROM (VALUES ('d:1000'), ('e:1000')) v (d) $$);
SELECT paged($$ SELECT d, EXISTS (SELECT FROM jobs WHERE device_name = d) FROM (VALUES ('d:1000'), ('e:1000')) v (d) $$);
BEGIN;
DECLARE c CURSOR FOR SELECT job_id FROM jobs WHERE device_name = 'd:1000';
SELECT sim('clear');
MOVE 100 FROM c;
SELECT sim('get requests');
MOVE 1 FROM c;
SELECT sim('get requests')::int <= 3;
MOVE 300 FROM c;
SELECT sim('get requests')::int <= 8;
MOVE ALL FROM c;
SELECT asked();
COMMIT;

-- Small pages that overlap, of a list that changes while it is read.
ALTER SERVER tuya OPTIONS (ADD page_size '7');
CREATE FUNCTION trial(settings text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got text[];
	want text[] := rows_of('SELECT job_id FROM sim_jobs(''p'', ''d:100'', ''1'')');
	state text := 'whole';
BEGIN
	PERFORM sim('reset'), sim('set latency_ms=3 jitter_ms=4 hold_until_in_flight=2 hold_times=2 ' || settings);
	BEGIN
		got := rows_of('SELECT job_id FROM jobs WHERE device_name = ''d:100''');
	EXCEPTION WHEN OTHERS THEN
		state := SQLSTATE;
	END;
	RETURN format('%s, %s in flight', state, CASE WHEN sim('get max_in_flight')::int > 1 THEN 'several' ELSE 'one' END)
		|| format('; of the rule''s rows %s, others %s, twice %s', (SELECT count(*) FROM (SELECT unnest(want) INTERSECT SELECT unnest(got)) x),
			(SELECT count(*) FROM (SELECT unnest(got) EXCEPT SELECT unnest(want)) x), cardinality(got) - (SELECT count(DISTINCT g) FROM unnest(got) g));
END $$;
SELECT trial('churn_times=0');
SELECT trial('churn_after_page=1 churn_create=1');
SELECT trial('churn_after_page=5 churn_create=7');
SELECT trial('churn_after_page=5 churn_delete=1');
SELECT trial('churn_after_page=5 churn_delete_last=9');
SELECT trial('churn_after_page=5 churn_create=1 churn_delete=2 churn_times=2');
SELECT trial('churn_after_page=3 churn_create=1 churn_times=99');
-- Lies for a while, and always.
SELECT trial('lie_page=5 lie_total=+1 lie_rounds=1');
SELECT trial('lie_page=5 lie_total=+1');
SELECT trial('lie_total=+3');
SELECT trial('lie_total=-3');
SELECT trial('lie_page=4 drop_rows=1 lie_rounds=1');
SELECT trial('lie_page=4 drop_rows=1');
SELECT trial('lie_page=4 extra_rows=1');
SELECT trial('lie_page=6 repeat_page=2 lie_rounds=1');
SELECT trial('lie_page=6 repeat_page=2');
SELECT trial('lie_page=9 lie_current_page=8');
SELECT trial('lie_page=9 omit=total');
SELECT trial('lie_page_count==2');
SELECT trial('clamp=5 clamp_mode=silent');
SELECT trial('clamp=5 clamp_mode=tell');
SELECT trial('lie_total==7 past_end=error');
-- A page that fails: what comes before it is handed out all the same, though later pages came first.
SELECT trial('fail_page=9 fail_count=-1 fail_shape=service fail_code=iot.system.Oops');
SELECT sim('reset'), sim('set latency_ms=3 fail_page=9 fail_count=-1 fail_shape=service fail_code=iot.system.Oops');
SELECT count(*) FROM (SELECT FROM jobs WHERE device_name = 'd:100' LIMIT 56) x;
SELECT sqlstate_of($$ SELECT FROM jobs WHERE device_name = 'd:100' LIMIT 57 $$);
SELECT left_in_flight();
