-- shapes.sql
--		What the tests of shapes of statements begin with, instead of setup.sql.
--
-- As views.sql has it, but 40 devices of different keys, so that 16 requests can be in
-- flight at once and go on being so.
\ir views.sql
\set ECHO none
SET client_min_messages = error;
DROP TABLE inventory, local_job;
CREATE TABLE inventory (id int PRIMARY KEY, site text, product_key text, device_name text, firmware_id text);
INSERT INTO inventory SELECT g, (ARRAY['north', 'south', 'west'])[1 + g % 3], 'pk' || g % 2, 'd' || g || ':' || g % 5, (187 + g % 2)::text
	FROM generate_series(1, 40) g;
ANALYZE inventory;
-- What ota_job shows, by the rule, for each combination of the inventory's values.
CREATE TABLE local_job AS
	SELECT * FROM (SELECT DISTINCT product_key FROM inventory) p, (SELECT DISTINCT device_name FROM inventory) d,
		(SELECT DISTINCT firmware_id FROM inventory) f, LATERAL sim_jobs(p.product_key, d.device_name, f.firmware_id);
CREATE INDEX ON local_job (product_key, device_name, firmware_id);
ANALYZE local_job;

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
CREATE FUNCTION overlaps(name text, query text, statement text DEFAULT NULL, peak int DEFAULT 16) RETURNS text LANGUAGE sql AS $$
	SELECT run(name, query, peak, statement, 20000);
$$;
-- One that is serial has none in flight beside another, however long replies take.
CREATE FUNCTION serial(name text, query text, statement text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT run(name, query, 2, statement, 150);
$$;
SET client_min_messages = notice;
\set ECHO all
