-- A session's first statement loads the library while it is planned, too late for what IN
-- compares a subquery to; it is planned again from its text, whatever runs that.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql

-- Each of these is a session's first; \c keeps the options.
\c -reuse-previous=on "options='-c search_path=t -c client_min_messages=notice'"
\set in '(SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)'
\set local_in '(SELECT j.firmware_id FROM local_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)'
SELECT string_agg(format('%s %s', id, firmware_id IN :local_in), ', ' ORDER BY id) AS by_local FROM inventory i;
SELECT string_agg(format('%s %s', id, firmware_id IN :in), ', ' ORDER BY id) FROM inventory i;
\c -
SELECT requests();
SELECT string_agg(format('%s %s', id, firmware_id NOT IN :in), ', ' ORDER BY id) FROM inventory i WHERE firmware_id IS NOT NULL;
\c -
SELECT id FROM inventory i WHERE id = 3 OR firmware_id IN :in ORDER BY id;
\c -
SELECT id FROM inventory i WHERE id IN (1, 2, 3) AND (product_key, device_name, firmware_id)
	NOT IN (SELECT product_key, device_name, firmware_id FROM ota_job) AND product_key IS NOT NULL ORDER BY id;
\c -
SELECT explain_lines($$ SELECT id FROM inventory i WHERE id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = i.device_name) $$, 'Remote Keys');

-- What is there but once when it is late: a plan that is kept.
\c -
PREPARE late AS SELECT count(*) FROM inventory i WHERE id = 3 OR firmware_id IN :in;
EXECUTE late;
SELECT explain_lines('EXECUTE late', 'Remote Keys');
\c -
PREPARE late(int) AS SELECT count(*) FROM inventory i WHERE id > $1 AND (id = 3 OR firmware_id IN :in);
EXECUTE late(3);
EXECUTE late(6);

-- Utility statements around it.
\c -
CREATE TABLE made AS SELECT id, firmware_id IN :in AS has FROM inventory i;
\c -
COPY (SELECT id, firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)
	FROM inventory i ORDER BY id LIMIT 3) TO STDOUT;
\c -
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id, firmware_id IN :in FROM inventory i WHERE id < 5 ORDER BY id;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
COMMIT;
\c -
CREATE MATERIALIZED VIEW has AS SELECT id, firmware_id IN :in AS has FROM inventory i;
CREATE MATERIALIZED VIEW has_not AS SELECT id, firmware_id NOT IN :in AS has_not FROM inventory i;
\c -
REFRESH MATERIALIZED VIEW has_not\; REFRESH MATERIALIZED VIEW has;
\c -
CREATE UNIQUE INDEX ON has (id);
REFRESH MATERIALIZED VIEW CONCURRENTLY has;
SELECT count(*), count(*) FILTER (WHERE m.has = h.has), count(*) FILTER (WHERE m.has <> n.has_not) FROM made m JOIN has h USING (id) JOIN has_not n USING (id);
\c -
SELECT 'the first'\; SELECT 'the second', count(*) FROM inventory i WHERE id = 3 OR firmware_id IN :in\; SELECT 'the third';

-- The other way round: keys from what EXISTS and ARRAY compare; of the statement's own table, and run by a loop.
\c -
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND j.firmware_id = '187' AND (j.device_name = 'd3:0'
	OR EXISTS (SELECT FROM inventory x WHERE x.device_name = j.device_name AND x.id < 20)) $$);
\c -
SELECT form($$ SELECT * FROM ota_job j WHERE ROW(product_key, device_name, firmware_id) = ANY (ARRAY(SELECT ROW(product_key, device_name, firmware_id) FROM inventory)) $$);
\c -
SELECT form($$ SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM (SELECT * FROM ota_job) j WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id
	AND EXISTS (SELECT DISTINCT 1 FROM inventory x JOIN fws f ON f.fw = x.firmware_id WHERE x.device_name = j.device_name AND x.id = i.id ORDER BY 1)) $$);

-- Statements that write.
\c -
BEGIN;
UPDATE inventory i SET other_id = 'changed' WHERE id = 3 OR firmware_id IN :in RETURNING id;
ROLLBACK;
\c -
BEGIN;
INSERT INTO made SELECT id, firmware_id NOT IN :in FROM inventory i;
SELECT has, count(*) FROM made GROUP BY 1 ORDER BY 1;
ROLLBACK;
\c -
BEGIN;
MERGE INTO made m USING (SELECT id, firmware_id IN :in AS has FROM inventory i) s ON m.id = s.id
	WHEN MATCHED AND s.has THEN DELETE WHEN NOT MATCHED THEN DO NOTHING;
SELECT has, count(*) FROM made GROUP BY 1 ORDER BY 1;
ROLLBACK;

-- PL/pgSQL's, with variables: an assignment, a condition, a loop, a cursor, text of its own.
\c -
DO $$
DECLARE above int := 3; found bool;
BEGIN
	found := (SELECT bool_or(firmware_id IN (SELECT j.firmware_id FROM ota_job j
		WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) FROM inventory i WHERE id > above);
	RAISE NOTICE '%', found;
END $$;
\c -
DO $$
DECLARE a inventory;
BEGIN
	a.id := 3;
	a.other_id := (SELECT max(id) FROM inventory i WHERE id = a.id OR firmware_id IN (SELECT j.firmware_id FROM ota_job j
		WHERE j.product_key = i.product_key AND j.device_name = i.device_name));
	RAISE NOTICE '%', a.other_id;
END $$;
\c -
DO $$
BEGIN
	IF EXISTS (SELECT FROM inventory i WHERE id = 6 AND firmware_id NOT IN (SELECT j.firmware_id FROM ota_job j
		WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) THEN
		RAISE NOTICE 'not in';
	END IF;
END $$;
\c -
DO $$
DECLARE above int := 4; r record;
BEGIN
	FOR r IN SELECT id, firmware_id IN (SELECT j.firmware_id FROM ota_job j
		WHERE j.product_key = i.product_key AND j.device_name = i.device_name) AS has FROM inventory i WHERE id > above ORDER BY id LOOP
		RAISE NOTICE '%', r;
	END LOOP;
END $$;
\c -
DO $$
DECLARE above int := 4; c refcursor; r record;
BEGIN
	OPEN c FOR SELECT id, firmware_id IN (SELECT j.firmware_id FROM ota_job j
		WHERE j.product_key = i.product_key AND j.device_name = i.device_name) AS has FROM inventory i WHERE id > above ORDER BY id;
	FETCH c INTO r;
	RAISE NOTICE '%', r;
END $$;
\c -
DO $$
DECLARE n int;
BEGIN
	EXECUTE 'SELECT count(*) FROM inventory i WHERE id > $1 AND (id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j
		WHERE j.product_key = i.product_key AND j.device_name = i.device_name))' INTO n USING 4;
	RAISE NOTICE '%', n;
END $$;
-- Where it is caught: the subtransaction is an inner one.
\c -
DO $$
DECLARE n int;
BEGIN
	BEGIN
		SELECT count(*) INTO n FROM inventory i WHERE firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key) OR id = 3;
	EXCEPTION WHEN fdw_unable_to_create_execution THEN
		RAISE NOTICE '%', sqlerrm;
	END;
	SELECT count(*) INTO n FROM inventory i WHERE id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j
		WHERE j.product_key = i.product_key AND j.device_name = i.device_name);
	RAISE NOTICE '%', n;
END $$;

-- Functions in SQL, whose arguments have numbers, or names.
\c -
CREATE FUNCTION numbered(int) RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT count(*) FROM inventory i WHERE id > $1
	AND (id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) $$;
CREATE FUNCTION named(above int) RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT count(*) FROM inventory i WHERE id > above
	AND (id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) $$;
CREATE FUNCTION evident(above int) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM inventory i WHERE id > above
	AND (id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) $$;
CREATE FUNCTION in_notation(above int, after text) RETURNS SETOF int LANGUAGE sql VOLATILE AS $$ SELECT id FROM inventory i WHERE id > in_notation.above
	AND (id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) AND device_name > after ORDER BY 1 $$;
CREATE FUNCTION numbers(above int, below int) RETURNS SETOF int LANGUAGE sql VOLATILE AS $$ SELECT id FROM inventory i WHERE id > numbers.above
	AND (id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) AND id < below ORDER BY 1 $$;
SELECT numbered(4);
\c -
SELECT * FROM evident(4);
\c -
SELECT named(4);
\c -
SELECT named(above => 4);
\c -
SELECT numbers(below => 7, above => 2);
-- By the collation that it is called with.
SELECT string_agg(i::text, ' ') FROM in_notation(after => 'D4' COLLATE "C", above => 2) i;
\c -
-- Others with the same text and types may have other names for them.
SET check_function_bodies = off;
CREATE FUNCTION another(other int) RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT count(*) FROM inventory i WHERE id > above
	AND (id = 3 OR firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) $$;
RESET check_function_bodies;
SELECT named(4);

-- As another role: what it may not read, it may not.
\c -
CREATE ROLE regress_tuya_first;
GRANT USAGE ON SCHEMA t TO regress_tuya_first;
GRANT SELECT ON inventory TO regress_tuya_first;
\c -
SET ROLE regress_tuya_first;
SELECT id FROM inventory i WHERE id = 3 OR firmware_id IN :in ORDER BY id;
\c -
DROP OWNED BY regress_tuya_first;
DROP ROLE regress_tuya_first;

-- What lacks keys does so still, with the reason that it has in any session.
\c -
SELECT * FROM ota_job WHERE firmware_id = '187';
\c -
SELECT id FROM inventory i WHERE id = 3 OR firmware_id IN (SELECT firmware_id FROM ota_job j WHERE j.product_key = i.product_key);
\c -
SELECT * FROM (SELECT DISTINCT * FROM ota_job) v JOIN (SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3) w USING (product_key, device_name, firmware_id);
