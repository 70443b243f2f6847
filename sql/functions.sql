-- Functions, cursors and subtransactions: what fails or is given up in the middle
-- leaves the session able to go on, and nothing in flight.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
CREATE VIEW many AS SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:250', '187');

-- A loop; each of its statements is an execution of its own and asks anew.
CREATE FUNCTION jobs_of(device text) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM ota_job WHERE product_key = 'pk1' AND device_name = device AND firmware_id = '187';
$$;
CREATE FUNCTION loop_over(VARIADIC devices text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	device text;
	job record;
	n int;
BEGIN
	FOREACH device IN ARRAY devices LOOP
		n := 0;
		BEGIN
			FOR job IN SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = device AND firmware_id = '187' LOOP
				n := n + 1;
			END LOOP;
			RETURN NEXT format('%s: %s, %s', device, n, jobs_of(device));
		EXCEPTION WHEN fdw_error OR fdw_unable_to_create_reply THEN
			RETURN NEXT format('%s: %s after %s', device, SQLSTATE, CASE WHEN n > 0 THEN 'some' ELSE 'none' END);
		END;
	END LOOP;
END $$;
SELECT loop_over('d:0', 'd:5', NULL, 'd:5', 'd:250');
SELECT requests();
SELECT site, jobs_of(device_name) FROM inventory WHERE site = 'north';
SELECT site, jobs_of('d:5') FROM inventory WHERE site = 'north';
SELECT requests();

-- An exception block catches what failed, on the first page or a later one, and goes on.
SELECT sim('set fail_count=1 fail_skip=2 fail_shape=service fail_code=iot.system.Oops');
SELECT loop_over('d:0', 'd:1', 'd:5', 'd:1');
SELECT requests(), sim('get in_flight');
SELECT sim('set fail_count=1 fail_page=2 fail_shape=html fail_status=404');
SELECT loop_over('d:250', 'd:250');
SELECT requests(), sim('get in_flight');
-- ... again and again
SELECT sim('set fail_count=-1 fail_page=3 fail_shape=service fail_code=iot.system.Oops');
SELECT l, count(*) FROM loop_over(VARIADIC array_fill('d:250'::text, '{100}')) l GROUP BY 1;
SELECT requests(), sim('get in_flight'), sim('get open_connections'), sim('reset');
SELECT count(*) FROM many;

-- A savepoint that is rolled back in mid-fetch takes its cursor and its lookup along, and no other's.
SELECT sim('clear'), sim('set latency_ms=10');
BEGIN;
DECLARE outer_one CURSOR FOR SELECT job_id FROM many;
MOVE 50 FROM outer_one;
SAVEPOINT s;
DECLARE inner_one CURSOR FOR SELECT job_id FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'e:250', '187');
MOVE 150 FROM inner_one;
MOVE 60 FROM outer_one;
SELECT requests();
ROLLBACK TO s;
SELECT sqlstate_of('MOVE 1 FROM inner_one');
SELECT job_id = (SELECT job_id FROM sim_jobs('pk1', 'd:250', '187') OFFSET 0 LIMIT 1) FROM many LIMIT 1;
SELECT requests();
MOVE ALL FROM outer_one;
\echo :ROW_COUNT
COMMIT;
SELECT requests(), sim('get in_flight');
-- A cursor that fails ends its transaction, not the session.
SELECT sim('set fail_count=1 fail_page=2 fail_shape=service fail_code=iot.system.Oops');
BEGIN;
DECLARE c CURSOR FOR SELECT job_id FROM many;
MOVE 100 FROM c;
SAVEPOINT s;
\set VERBOSITY sqlstate
MOVE 1 FROM c;
\set VERBOSITY default
ROLLBACK TO s;
SELECT count(*) FROM many;
SELECT sqlstate_of('MOVE 1 FROM c');
COMMIT;
SELECT requests(), sim('get in_flight'), sim('reset');

-- Cursors that are closed early, scroll, or outlive their transaction.
BEGIN;
DECLARE c CURSOR FOR SELECT job_id FROM many;
MOVE 1 FROM c;
CLOSE c;
SELECT requests(), sim('get in_flight');
DECLARE c SCROLL CURSOR FOR SELECT job_id FROM many;
FETCH LAST FROM c;
FETCH FIRST FROM c;
FETCH ABSOLUTE 150 FROM c;
FETCH RELATIVE -1 FROM c;
MOVE BACKWARD ALL FROM c;
\echo :ROW_COUNT
MOVE ALL FROM c;
\echo :ROW_COUNT
SELECT requests();
DECLARE held CURSOR WITH HOLD FOR SELECT job_id FROM many;
MOVE 1 FROM held;
SELECT requests();
COMMIT;
SELECT requests();
MOVE ALL FROM held;
\echo :ROW_COUNT
CLOSE held;
-- A procedure that commits in the loop over its rows.
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
DECLARE
	job record;
	n int := 0;
BEGIN
	FOR job IN SELECT * FROM many LOOP
		n := n + 1;
		COMMIT;
	END LOOP;
	RAISE NOTICE '% jobs', n;
END $$;
CALL commits();
SELECT requests();

-- Rows of the inventory are locked and changed together with what the service says.
SELECT same('SELECT i, j FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) FOR UPDATE OF i');
SELECT same('SELECT i, j FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) FOR UPDATE');
SELECT same('SELECT i, j FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) FOR NO KEY UPDATE OF i SKIP LOCKED');
UPDATE inventory i SET site = j.job_status FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id) AND i.device_name = 'd:1';
SELECT site, requests() FROM inventory WHERE device_name = 'd:1';
