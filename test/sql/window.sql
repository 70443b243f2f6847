-- window.sql
--		What the tests of the window begin with, after lookahead.sql: how many requests a
--		statement makes, and how many of them are in flight at once.
--
-- 40 devices, with 0 to 2 jobs each; a server has 16 requests in flight at most. No reply
-- goes out before 16 have been, or none has come for a while: so what is in flight at most is
-- a matter of what is asked for, and not of how fast it is.
\ir lookahead.sql
\set ECHO none
SET client_min_messages = error;
DROP TABLE inventory, local_job;
CREATE TABLE inventory (id int PRIMARY KEY, site text, product_key text, device_name text, firmware_id text);
INSERT INTO inventory SELECT g, 's' || g % 4, 'p', 'd' || g || ':' || g % 3, '1' FROM generate_series(1, 40) g;
CREATE INDEX ON inventory (device_name, product_key, firmware_id, id);
VACUUM ANALYZE inventory;
CREATE TABLE local_job AS SELECT i.product_key, i.device_name, i.firmware_id, s.*
	FROM inventory i, LATERAL sim_jobs(product_key, device_name, firmware_id) s;
ANALYZE local_job;

-- Runs the query (after the statement, if there is one) upon ota_job, with lookahead and
-- without, and upon local_job: rows, requests, the most in flight. Where as many would be too
-- many to wait for, whether there were at_least so many.
CREATE FUNCTION peak(name text, query text, statement text DEFAULT NULL, at_least int DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	want text[] := rows_after(replace(statement, 'ota_job', 'local_job'), replace(query, 'ota_job', 'local_job'));
	got text[];
	counted int[];
	result text;
BEGIN
	PERFORM left_in_flight(), sim(format('set hold_until_in_flight=%s hold_times=%s', coalesce(at_least, 16), CASE WHEN at_least IS NULL THEN 1 ELSE 9 END)), sim('clear');
	got := rows_after(statement, query);
	counted := string_to_array(sim('get requests max_in_flight refused'), ' ');
	result := format('%s: %s rows, %s requests, %s in flight', name, cardinality(want), counted[1],
		CASE WHEN counted[2] >= at_least THEN format('%s or more', at_least) ELSE counted[2]::text END)
		|| CASE WHEN counted[3] > 0 THEN format(' (%s REFUSED)', counted[3]) ELSE '' END || difference(got, want);
	SET tuya_fdw.enable_lookahead = off;
	PERFORM left_in_flight(), sim('set hold_until_in_flight=0'), sim('clear');
	got := rows_after(statement, query);
	SET tuya_fdw.enable_lookahead = on;
	counted := string_to_array(sim('get requests max_in_flight refused'), ' ');
	RETURN result || CASE WHEN result LIKE format('%% %s requests%%', counted[1]) THEN '' ELSE format('; without lookahead %s', counted[1]) END || difference(got, want);
END $$;
-- once a connection stands, requests need not wait for it
SELECT FROM sim('set latency_ms=0 hold_until_in_flight=0 hold_ms=1000') \gset
SELECT FROM ota_job WHERE product_key = 'p' AND device_name = 'first' AND firmware_id = '1' \g /dev/null
SET client_min_messages = notice;
\set ECHO all
