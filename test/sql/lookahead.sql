-- lookahead.sql
--		What the tests of lists and joins begin with, instead of setup.sql.
--
-- Reading ahead is on, the service takes some milliseconds to answer, and the
-- inventory is larger, so that there is something to overlap: 25 rows, of them 3
-- with a NULL in their key, and 20 different keys with 0 to 4 jobs each.
\ir setup.sql
\set ECHO none
SET client_min_messages = error;
RESET tuya_fdw.enable_lookahead;
RESET tuya_fdw.lookahead_rows;
DROP TABLE inventory, local_job;
CREATE TABLE inventory (id int PRIMARY KEY, site text, product_key text, device_name text, firmware_id text);
INSERT INTO inventory
	SELECT g, (ARRAY['north', 'south', 'west'])[1 + g % 3], 'pk' || g % 2, 'd' || g || ':' || g % 5, (187 + g / 10)::text
	FROM generate_series(0, 19) g
	UNION ALL SELECT 20 + g, 'double', 'pk' || g % 2, 'd' || g || ':' || g % 5, '187' FROM generate_series(3, 4) g
	UNION ALL VALUES (30, 'north', 'pk1', NULL, '187'), (31, 'west', NULL, 'd4:4', '187'), (32, 'west', 'pk0', 'd4:4', NULL);
ANALYZE inventory;
-- What ota_job shows, by the rule, for each combination of the inventory's values.
CREATE TABLE local_job AS
	SELECT * FROM (SELECT DISTINCT product_key FROM inventory WHERE product_key IS NOT NULL) p,
		(SELECT DISTINCT device_name FROM inventory WHERE device_name IS NOT NULL) d,
		(SELECT DISTINCT firmware_id FROM inventory WHERE firmware_id IS NOT NULL) f,
		LATERAL sim_jobs(p.product_key, d.device_name, f.firmware_id);
CREATE INDEX ON local_job (product_key, device_name, firmware_id);
ANALYZE local_job;

-- KEY(j, i) in a query is (j.product_key, ...) = (i.product_key, ...).
CREATE FUNCTION spelled(query text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(query, 'KEY\((\w+), ?(\w+)\)',
		'(\1.product_key, \1.device_name, \1.firmware_id) = (\2.product_key, \2.device_name, \2.firmware_id)', 'g');
$$;

-- The query's rows after the statement; what they change is taken back.
CREATE FUNCTION rows_after(statement text, query text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	result text[];
BEGIN
	IF statement IS NOT NULL THEN
		EXECUTE spelled(statement);
	END IF;
	result := rows_of(spelled(query));
	RAISE EXCEPTION USING ERRCODE = 'TT000';
EXCEPTION WHEN SQLSTATE 'TT000' THEN
	RETURN result;
END $$;

CREATE FUNCTION difference(got text[], want text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	missing bigint := (SELECT count(*) FROM (SELECT unnest(want) EXCEPT ALL SELECT unnest(got)) d);
	extra bigint := (SELECT count(*) FROM (SELECT unnest(got) EXCEPT ALL SELECT unnest(want)) d);
BEGIN
	RETURN CASE WHEN missing + extra > 0 THEN format(' WRONG: %s missing, %s too many', missing, extra) ELSE '' END;
END $$;

-- Requests since this was last called, and whether any two were in progress at
-- once.  Where their number is a matter of time, only whether it is in bounds.
CREATE FUNCTION asked(at_most int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	counted int[] := string_to_array(sim('get requests max_in_flight refused'), ' ');
BEGIN
	PERFORM left_in_flight(), sim('clear');
	RETURN CASE WHEN counted[1] <= at_most THEN 'at most ' || at_most ELSE counted[1]::text END
		|| CASE WHEN counted[2] > 1 THEN ' overlapped' WHEN counted[1] > 1 THEN ' serial' ELSE '' END
		|| CASE WHEN counted[3] > 0 THEN format(' (%s REFUSED)', counted[3]) ELSE '' END;
END $$;

-- Runs the query (after the statement, if there is one) upon ota_job with
-- lookahead on and off, and upon local_job; tells how many rows there are, whether
-- they are the same, and what was asked for.
CREATE FUNCTION shape(name text, query text, statement text DEFAULT NULL, at_most int DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	want text[] := rows_after(replace(statement, 'ota_job', 'local_job'), replace(query, 'ota_job', 'local_job'));
	got text[];
	result text;
BEGIN
	PERFORM sim('clear');
	got := rows_after(statement, query);
	result := format('%s: %s rows, requests: %s', name, cardinality(want), asked(at_most) || difference(got, want));
	SET tuya_fdw.enable_lookahead = off;
	SET enable_async_append = off;
	PERFORM sim('set hold_ms=60');
	got := rows_after(statement, query);
	SET enable_async_append = on;
	SET tuya_fdw.enable_lookahead = on;
	PERFORM sim('set hold_ms=150');
	RETURN result || format('; without lookahead: %s', asked(at_most) || difference(got, want));
END $$;

-- The same with partitions pruned and not.
CREATE FUNCTION pruned_and_not(name text, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT shape(name, query);
	SET LOCAL enable_partition_pruning = off;
	RETURN NEXT shape(name || ', not pruned', query);
	SET LOCAL enable_partition_pruning = on;
END $$;

-- How many rows the planner expects.
CREATE FUNCTION estimated(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || spelled(query) INTO plan;
	RETURN plan->0->'Plan'->>'Plan Rows';
END $$;

-- Whether requests overlap is a matter of what is sent and not of how soon: no reply
-- goes out before a second request has come, unless none comes.  Without lookahead most
-- have none to come, so that is waited for less long.
SELECT FROM sim('set latency_ms=5 hold_until_in_flight=2') \gset
SET client_min_messages = notice;
\set ECHO all
