-- Cursors over joins: fetched in parts, scrolled, held, given up in the middle. Rows are
-- those of a local table; what was read ahead does no harm.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- The query's rows through a cursor, each FETCH of parts in turn, the last until there are no more.
CREATE FUNCTION fetched(query text, parts text[], options text DEFAULT 'CURSOR') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	part text;
	one record;
	n int := 1;
	found_some boolean := true;
BEGIN
	EXECUTE format('DECLARE c %s FOR %s', options, spelled(query));
	WHILE n <= cardinality(parts) OR found_some LOOP
		found_some := false;
		FOR one IN EXECUTE format('FETCH %s FROM c', parts[least(n, cardinality(parts))]) LOOP
			found_some := true;
			RETURN NEXT one::text;
		END LOOP;
		n := n + 1;
	END LOOP;
	EXECUTE 'CLOSE c';
END $$;
\set joined 'SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id)'
\set ordered 'SELECT i.*, job_id FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) ORDER BY id, job_id'
CREATE FUNCTION cursor_shape(name text, query text, parts text[], options text DEFAULT 'CURSOR') RETURNS text LANGUAGE sql AS $$
	SELECT shape(name, format('SELECT * FROM fetched(%L, %L, %L)', query, parts, options));
$$;
SELECT cursor_shape('one by one', :'joined', '{1}');
SELECT cursor_shape('in parts', :'joined', '{1,5,2,20}');
SELECT cursor_shape('all', :'joined', '{all}');
SELECT cursor_shape('some and all', :'joined', '{3,all}');
SELECT cursor_shape('no scroll', :'joined', '{3,all}', 'NO SCROLL CURSOR');
SELECT cursor_shape('insensitive', :'joined', '{3,all}', 'INSENSITIVE CURSOR');
SELECT cursor_shape('scroll', :'ordered', '{3,backward 2,last,first,absolute 20,prior,relative 3,absolute -5,backward all,next,all}', 'SCROLL CURSOR');
SELECT shape('scroll without a sort', format('SELECT count(*), count(DISTINCT f) FROM fetched(%L, ''{3,backward all,all}'', ''SCROLL CURSOR'') f', :'joined'));
SELECT cursor_shape('with hold', :'joined', '{3,all}', 'CURSOR WITH HOLD');
SELECT cursor_shape('binary', 'SELECT i.id FROM inventory i JOIN ota_job j ON KEY(j, i)', '{3,all}', 'BINARY CURSOR');
SELECT cursor_shape('inner, a filter', 'SELECT i.* FROM inventory i JOIN ota_job j ON KEY(j, i) AND job_status = ''PLANNED''', '{1,1,all}');
SELECT cursor_shape('lateral', 'SELECT i.*, x FROM inventory i, LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i) LIMIT 1) x', '{2}');
SET cursor_tuple_fraction = 1;
SELECT cursor_shape('all of it wanted', :'joined', '{5}');
RESET cursor_tuple_fraction;

-- WHERE CURRENT OF is the row that was handed out, not the one that was read last.
CREATE TABLE changed AS TABLE inventory;
CREATE FUNCTION mark(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	c refcursor;
	one record;
BEGIN
	OPEN c FOR EXECUTE spelled(query);
	LOOP
		FETCH c INTO one;
		EXIT WHEN NOT FOUND;
		EXECUTE 'UPDATE changed SET site = site || $1 WHERE CURRENT OF ' || quote_ident(c::text) USING '+' || one.id;
	END LOOP;
	CLOSE c;
	RETURN QUERY SELECT x::text FROM changed x;
END $$;
SELECT shape('where current of', $$ SELECT * FROM mark('SELECT i.id, job_id FROM changed i LEFT JOIN ota_job j ON KEY(j, i) FOR UPDATE OF i') $$);
-- A loop that changes what the cursor reads does not see that.
CREATE FUNCTION changes(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	FOR one IN EXECUTE spelled(query) LOOP
		UPDATE changed SET device_name = 'd4:4', site = site || '*' WHERE id = one.id + 1;
		INSERT INTO changed VALUES (one.id + 1000, 'new', 'pk0', 'd4:4', '187');
		RETURN NEXT one::text;
	END LOOP;
	RETURN QUERY SELECT x::text FROM changed x;
END $$;
SELECT shape('changes in the loop', $$ SELECT * FROM changes('SELECT i.id, i.device_name, job_id FROM changed i LEFT JOIN ota_job j ON KEY(j, i)') $$);

-- Two at once, each an execution of its own.
CREATE FUNCTION alternating(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	a refcursor;
	b refcursor;
	one record;
BEGIN
	OPEN a FOR EXECUTE spelled(query);
	OPEN b FOR EXECUTE spelled(query);
	LOOP
		FETCH a INTO one;
		EXIT WHEN NOT FOUND;
		RETURN NEXT 'a ' || one;
		FETCH b INTO one;
		RETURN NEXT 'b ' || one;
	END LOOP;
END $$;
SELECT shape('two at once', $$ SELECT * FROM alternating('SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON KEY(j, i)') $$);

-- Given up in the middle; rolled back to a savepoint in mid-fetch.
SELECT requests() \g /dev/null
BEGIN;
DECLARE c CURSOR FOR SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) ORDER BY id, job_id;
MOVE 7 FROM c;
SAVEPOINT s;
MOVE 1 FROM c;
DECLARE d CURSOR FOR SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) ORDER BY id, job_id;
MOVE 30 FROM d;
SELECT sqlstate_of('SELECT 1 / 0');
ROLLBACK TO s;
SELECT sqlstate_of('FETCH d');
FETCH c;
SELECT count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id);
MOVE ALL FROM c;
\echo :ROW_COUNT
CLOSE c;
-- ... after an error in the fetch
SELECT sim('set fail_count=1 fail_skip=12 fail_shape=service fail_code=iot.system.Oops');
DECLARE c CURSOR FOR SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) ORDER BY id, job_id;
SAVEPOINT s;
SELECT sqlstate_of('MOVE ALL FROM c');
ROLLBACK TO s;
SELECT sqlstate_of('MOVE 1 FROM c');
SELECT count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id);
COMMIT;
BEGIN;
DECLARE c CURSOR FOR SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id);
MOVE 3 FROM c;
ROLLBACK;
SELECT left_in_flight();
-- Held beyond its transaction; the rest is read when that ends.
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id);
MOVE 2 FROM c;
SELECT sim('clear');
COMMIT;
SELECT sim('get requests')::int BETWEEN 1 AND 20, sim('get in_flight'), sim('clear');
MOVE ALL FROM c;
\echo :ROW_COUNT
CLOSE c;
SELECT requests();

-- A cursor is expected to stop early, so few keys are asked for ahead of its first row; but not where
-- cursor_tuple_fraction says that all of its rows will be fetched.
CREATE TABLE many AS SELECT 'p' AS product_key, format('d%s:1', n) AS device_name, '1' AS firmware_id FROM generate_series(1, 40) n;
CREATE FUNCTION asked_for_a_row(fraction text, query text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sim('clear'), set_config('cursor_tuple_fraction', fraction, true);
	EXECUTE 'DECLARE c CURSOR FOR ' || spelled(query);
	EXECUTE 'MOVE 1 FROM c';
	EXECUTE 'CLOSE c';
	RETURN sim('get requests');
END $$;
SELECT asked_for_a_row(fraction, query) BETWEEN least AND most
FROM (VALUES ('0.1', 1, 2), ('0.999', 1, 2), ('1', 8, 40)) f (fraction, least, most), unnest(ARRAY[
	'SELECT job_id FROM many i JOIN ota_job j ON KEY(j, i)',
	'SELECT (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM many i',
	$$SELECT * FROM ota_job WHERE product_key = 'p' AND device_name IN ('a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1', 'g:1', 'h:1') AND firmware_id = '1'$$]) query;
-- A LIMIT stops, whatever that says.
SELECT asked_for_a_row('1', 'SELECT job_id FROM many i JOIN ota_job j ON KEY(j, i) LIMIT 3') BETWEEN 1 AND 2;
