-- Pages are asked for when their rows are wanted, rows come out page by page, and
-- nothing is asked for twice.  1,000 jobs are ten pages.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
CREATE VIEW many AS SELECT * FROM ota_job
	WHERE product_key = 'pk' AND device_name = 'dev:1000' AND firmware_id = '187';
-- Requests of a query, and the rows that it gave.
CREATE FUNCTION ask(query text, OUT rows bigint, OUT requests int) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM requests();
	EXECUTE query;
	GET DIAGNOSTICS rows = ROW_COUNT;
	requests := requests();
END $$;
\set ECHO all
CALL simulate();

-- LIMIT, and what stops as early.
SELECT query, a.* FROM (VALUES
	('SELECT job_id FROM many LIMIT 0'), ('SELECT job_id FROM many LIMIT 1'), ('SELECT * FROM many LIMIT 100'),
	('SELECT job_id FROM many LIMIT 101'), ('SELECT job_id FROM many OFFSET 200 LIMIT 1'), ('SELECT job_id FROM many OFFSET 199 LIMIT 1'),
	('SELECT job_id FROM many FETCH FIRST 999 ROWS ONLY'),
	('SELECT 1 WHERE EXISTS (SELECT FROM many)'), ('SELECT 1 WHERE NOT EXISTS (SELECT FROM many)'),
	('SELECT job_id FROM many WHERE job_status = ''PLANNED'' LIMIT 1'),
	('SELECT job_id FROM many UNION ALL SELECT job_id FROM dev_job LIMIT 100'),
	('SELECT 1 WHERE (SELECT true FROM many LIMIT 1)')
) AS v (query), ask(query) a;

-- What needs them all.
SELECT query, a.* FROM (VALUES
	('SELECT count(*) FROM many'), ('SELECT 1 FROM many'), ('SELECT job_id FROM many ORDER BY job_id LIMIT 1'),
	('SELECT 1 FROM many a JOIN many b USING (job_id)'),
	('SELECT job_id FROM many WHERE job_status = ''NONE'' LIMIT 1'), ('SELECT max(utc_create) FROM many')
) AS v (query), ask(query) a;

-- What needs none.
SELECT query, a.requests FROM (VALUES
	('SELECT FROM many WHERE false'), ('SELECT FROM many WHERE device_name = ''other'''), ('EXPLAIN SELECT FROM many'),
	('SELECT FROM ota_job WHERE product_key = ''pk'' AND device_name = ''dev'' AND firmware_id = NULL::text')
) AS v (query), ask(query) a;

-- A page size that fits makes LIMIT cheap, a page of 1 asks for each row.
ALTER FOREIGN TABLE ota_job OPTIONS (ADD page_size '1');
SELECT query, a.* FROM (VALUES ('SELECT job_id FROM many LIMIT 5')) AS v (query), ask(query) a;
ALTER FOREIGN TABLE ota_job OPTIONS (DROP page_size);

-- A cursor.
BEGIN;
DECLARE c CURSOR FOR SELECT job_id FROM many;
SELECT requests();
FETCH 0 FROM c;
SELECT requests();
MOVE 1 FROM c;
SELECT requests();
MOVE 99 FROM c;
SELECT requests();
MOVE 1 FROM c;
SELECT requests();
MOVE 399 FROM c;
SELECT requests();
CLOSE c;
SELECT requests();
-- Going back asks for nothing again.
DECLARE s SCROLL CURSOR FOR SELECT job_id FROM many;
MOVE 150 FROM s;
MOVE BACKWARD ALL FROM s;
MOVE 150 FROM s;
SELECT requests();
MOVE FORWARD ALL FROM s;
SELECT requests();
COMMIT;

\set VERBOSITY terse
-- Rows come out before the page that fails is asked for.  After the error the
-- session is well.
CALL simulate('fail_page=3 fail_count=-1 fail_code=InternalError');
BEGIN;
DECLARE c CURSOR FOR SELECT job_id FROM many;
MOVE 100 FROM c;
SELECT requests();
MOVE 100 FROM c;
SELECT requests();
MOVE 1 FROM c;
ROLLBACK;
SELECT requests();
SELECT query, a.* FROM (VALUES ('SELECT job_id FROM many LIMIT 200')) AS v (query), ask(query) a;
SELECT count(job_status) FROM many;
SELECT requests();

-- So they do while rounds do not add up: the first page's rows come at once, the
-- error comes when more is wanted than there is.
CALL simulate('drop_rows=1 lie_page=2');
SELECT query, a.* FROM (VALUES ('SELECT job_id FROM many LIMIT 100'), ('SELECT job_id FROM many LIMIT 199')) AS v (query), ask(query) a;
SELECT count(*) FROM (SELECT FROM many LIMIT 200) l;
SELECT requests();

\set ECHO none
\i :cleanup
