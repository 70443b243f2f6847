-- Subqueries that a cursor's topmost node evaluates overlap, too, however it is read: backward
-- it goes back over what was read ahead, and WHERE CURRENT OF is on the row that was handed out.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/window.sql
SELECT sim('set hold_ms=200');
\set output 'SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM inventory i'
\set two 'SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)), (SELECT count(*) FROM ota_job j WHERE KEY(j, i) AND ''a'' < j.product_key) FROM inventory i'
\set filter 'SELECT i.id FROM inventory i WHERE EXISTS (SELECT count(*) FROM ota_job j WHERE KEY(j, i) HAVING count(*) > 1)'
\set sorted 'SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) AS m FROM inventory i ORDER BY m, i.id'
\set kept 'SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM (SELECT * FROM inventory OFFSET 0) i'
\set function 'SELECT i, (SELECT max(job_id) FROM ota_job j WHERE j.product_key = ''p'' AND j.device_name = ''d'' || i || '':'' || i % 3 AND j.firmware_id = ''1'') FROM generate_series(1, 40) i'
\set united 'SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM (SELECT * FROM inventory WHERE id < 20 UNION ALL SELECT * FROM inventory WHERE id > 20) i'

-- The query's rows through a cursor, each FETCH of parts in turn, numbered.
CREATE FUNCTION fetched(query text, parts text[], options text DEFAULT 'CURSOR') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	part text;
	one record;
	n int := 0;
BEGIN
	EXECUTE format('DECLARE c %s FOR %s', options, spelled(query));
	FOREACH part IN ARRAY parts LOOP
		n := n + 1;
		FOR one IN EXECUTE format('FETCH %s FROM c', part) LOOP
			RETURN NEXT n || ' ' || one;
		END LOOP;
	END LOOP;
	EXECUTE 'CLOSE c';
END $$;
CREATE FUNCTION through(name text, query text, parts text[], options text DEFAULT 'CURSOR', at_least int DEFAULT 2) RETURNS text LANGUAGE sql AS $$
	SELECT peak(format('%s, %s', name, lower(options)), format('SELECT * FROM fetched(%L, %L, %L)', query, parts, options), at_least => at_least);
$$;
\set forward '{1,2,all}'
-- The window begins at one row; it is as wide as elsewhere in the end.
SELECT through('output', :'output', :'forward', options, 16) FROM unnest('{CURSOR,SCROLL CURSOR,NO SCROLL CURSOR,CURSOR WITH HOLD}'::text[]) options;
SELECT through('filter', :'filter', :'forward', options) FROM unnest('{CURSOR,SCROLL CURSOR,BINARY CURSOR,INSENSITIVE CURSOR,SCROLL CURSOR WITH HOLD}'::text[]) options;
SELECT through('two', :'two', :'forward'), through('sorted', :'sorted', :'forward'), through('kept apart', :'kept', :'forward'), through('function', :'function', :'forward');
-- Where an Append's rows are handed out otherwise than as they are, WHERE CURRENT OF needs it as it is.
SELECT through('united', :'united', '{all}', at_least => NULL);

-- Refcursors and loops.
CREATE FUNCTION by_refcursor(query text, scrolls boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	c refcursor;
	one record;
BEGIN
	IF scrolls THEN
		OPEN c SCROLL FOR EXECUTE spelled(query);
	ELSE
		OPEN c FOR EXECUTE spelled(query);
	END IF;
	LOOP
		FETCH c INTO one;
		EXIT WHEN NOT FOUND;
		RETURN NEXT one::text;
	END LOOP;
END $$;
CREATE FUNCTION by_loop(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	FOR one IN EXECUTE spelled(query) LOOP
		RETURN NEXT one::text;
	END LOOP;
END $$;
SELECT peak('refcursor', format('SELECT * FROM by_refcursor(%L, false)', :'output'), at_least => 2);
SELECT peak('scrollable refcursor', format('SELECT * FROM by_refcursor(%L, true)', :'output'), at_least => 2);
SELECT peak('loop', format('SELECT * FROM by_loop(%L)', :'output'), at_least => 2);

-- Backward, from anywhere. The first rows are asked for again and again, and the keys once.
\set about '{3,backward 2,4,backward all,5,last,first,next,absolute 20,prior,prior,relative 3,backward 1,forward 1,absolute -5,backward 6,forward all,backward 1,backward 4,all,prior,next,next,prior,prior,backward all,next,all,absolute 0,next,relative 0,all}'
SELECT through(name, query, :'about', options) FROM (VALUES ('output', :'output'), ('two', :'two'), ('filter', :'filter'), ('sorted', :'sorted'), ('kept apart', :'kept'), ('function', :'function')) q (name, query),
	unnest('{CURSOR,SCROLL CURSOR,SCROLL CURSOR WITH HOLD}'::text[]) options WHERE query <> :'sorted' OR options <> 'CURSOR';
SET tuya_fdw.lookahead_rows = 3;
SELECT through('a narrow window', :'two', :'about', 'SCROLL CURSOR');
RESET tuya_fdw.lookahead_rows;

-- WHERE CURRENT OF.
CREATE TABLE changed AS TABLE inventory;
CREATE INDEX ON changed (device_name, product_key, firmware_id, id);
VACUUM ANALYZE changed;
CREATE FUNCTION mark(query text, parts text[], options text DEFAULT 'SCROLL CURSOR') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	part text;
	one record;
BEGIN
	EXECUTE format('DECLARE c %s FOR %s', options, spelled(query));
	FOREACH part IN ARRAY parts LOOP
		EXECUTE format('FETCH %s FROM c', part) INTO one;
		EXECUTE format('UPDATE changed SET site = site || '' %s'' WHERE CURRENT OF c', one.id);
		RETURN NEXT one::text;
	END LOOP;
	EXECUTE 'CLOSE c';
	RETURN QUERY SELECT x::text FROM changed x;
END $$;
CREATE FUNCTION current_of(name text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT peak('current of ' || name, format('SELECT * FROM mark(%L, ''{next,next,next,prior,next,next,absolute 3,absolute 9,relative 3,prior,last,prior,prior,prior,first,next}'')', replace(query, 'inventory', 'changed')), at_least => 2);
$$;
SELECT current_of('output', :'output'), current_of('two', :'two'), current_of('filter', :'filter'), current_of('kept apart', :'kept');
SELECT current_of('limit', :'output' || ' LIMIT 100');
SELECT current_of('limit below', 'SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM (SELECT * FROM inventory LIMIT 100) i');
SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT current_of('index only', :'output' || ' WHERE device_name > ''a''');
SET enable_indexonlyscan = off;
SELECT current_of('index', :'output' || ' WHERE device_name > ''a''');
RESET enable_seqscan; RESET enable_bitmapscan; RESET enable_indexonlyscan;
SELECT peak('current of united', format('SELECT * FROM mark(%L, ''{next,absolute 30,prior}'')', 'SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM (SELECT * FROM inventory WHERE id < 20 UNION ALL SELECT * FROM changed WHERE id > 20) i'));
SELECT peak('current of for update', format('SELECT * FROM mark(%L, ''{next,next,next}'', ''CURSOR'')', 'SELECT i.id, (SELECT max(job_id) FROM ota_job j WHERE KEY(j, i)) FROM changed i FOR UPDATE OF i'), at_least => 2);
