-- views.sql
--		What the tests of keys through views begin with, instead of setup.sql.
--
-- As lookahead.sql has it; and each view is made twice, NAME_ota_job of ota_job and
-- NAME_local_job of the local table.
\ir lookahead.sql
\set ECHO none
SET client_min_messages = error;
-- KEYS and USING_KEYS in a query are the three columns; KEY(j, i) as in lookahead.sql.
CREATE OR REPLACE FUNCTION spelled(query text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(replace(replace(query, 'USING_KEYS', 'USING (KEYS)'), 'KEYS', 'product_key, device_name, firmware_id'),
		'KEY\((\w+), ?(\w+)\)', '(\1.product_key, \1.device_name, \1.firmware_id) = (\2.product_key, \2.device_name, \2.firmware_id)', 'g');
$$;
CREATE FUNCTION make_views(name text, query text, options text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE VIEW %I %s AS %s', name || '_ota_job', options, spelled(query));
	EXECUTE format('CREATE VIEW %I %s AS %s', name || '_local_job', options, spelled(replace(query, 'ota_job', 'local_job')));
END $$;

-- Runs the query (after the statement, if there is one) upon ota_job with lookahead and
-- without, and upon local_job.  No reply goes out before peak requests are in flight at
-- once, or, where they never are, for so long; tells how many rows there are, whether they
-- are the same, how many requests there were, and how many at once, but no more than peak.
-- Without lookahead there are as many requests, or it says how many.
CREATE FUNCTION run(name text, query text, peak int, statement text, hold_ms int) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	want text[] := rows_after(replace(statement, 'ota_job', 'local_job'), replace(query, 'ota_job', 'local_job'));
	got text[];
	counted int[];
	plain int;
	result text;
BEGIN
	PERFORM sim(format('set latency_ms=0 hold_ms=%s hold_until_in_flight=%s', hold_ms, peak)), sim('clear');
	got := rows_after(statement, query);
	PERFORM left_in_flight();
	counted := string_to_array(sim('get requests max_in_flight refused'), ' ');
	result := format('%s: %s rows, %s requests, peak %s%s', name, cardinality(want), counted[1], least(counted[2], peak), difference(got, want))
		|| CASE WHEN counted[3] > 0 THEN format(' (%s REFUSED)', counted[3]) ELSE '' END;
	PERFORM sim('set hold_until_in_flight=0'), sim('clear');
	SET tuya_fdw.enable_lookahead = off;
	got := rows_after(statement, query);
	SET tuya_fdw.enable_lookahead = on;
	PERFORM left_in_flight();
	plain := sim('get requests');
	RETURN result || coalesce(nullif(difference(got, want), '') || ' without lookahead', '')
		|| CASE WHEN plain <> counted[1] THEN format(' (%s without lookahead)', plain) ELSE '' END;
END $$;
CREATE FUNCTION through(name text, query text, peak int DEFAULT 16, statement text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT run(name, query, peak, statement, 20000);
$$;
SET client_min_messages = notice;
\set ECHO all
