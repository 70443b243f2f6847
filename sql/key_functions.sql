-- Functions in SQL that PostgreSQL makes subqueries of, where they stand in FROM: what IN and EXISTS
-- in them compare binds keys as it does in a view.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
\set ECHO none
-- each is there of local_job, too
CREATE PROCEDURE make(name text, arguments text, returned text, body text) LANGUAGE plpgsql AS $$
DECLARE made text := format('CREATE FUNCTION %s(%s) RETURNS %s LANGUAGE sql STABLE AS %L', name, arguments, returned, body);
BEGIN
	EXECUTE made;
	EXECUTE replace(made, 'ota_job', 'local_job');
END $$;
\set ECHO all
CALL make('has_ota_job', 'above int', 'SETOF int', $$ SELECT id FROM inventory i WHERE id > above AND (id = 3 OR firmware_id IN
	(SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) $$);
CALL make('in_stock_ota_job', 'pk text, dn text', 'SETOF ota_job', $$ SELECT * FROM ota_job j WHERE product_key = pk AND device_name = dn AND
	(firmware_id = '189' OR EXISTS (SELECT FROM inventory x WHERE x.firmware_id = j.firmware_id AND x.product_key = pk)) $$);
CALL make('nested_ota_job', 'above int', 'TABLE (id int, n bigint)', $$ SELECT h, count(*) FROM has_ota_job(above) h GROUP BY 1 $$);
SELECT form($$ SELECT * FROM has_ota_job(2) $$);
SELECT form($$ SELECT f.fw, h FROM fws f LEFT JOIN LATERAL has_ota_job(length(f.fw)) h ON true $$);
SELECT form($$ SELECT i.id, j.job_id FROM inventory i, LATERAL in_stock_ota_job(i.product_key, i.device_name) j $$);
SELECT form($$ SELECT i.id, (SELECT count(*) FROM in_stock_ota_job(i.product_key, i.device_name)) FROM inventory i $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM in_stock_ota_job(i.product_key, i.device_name) j WHERE j.job_status <> 'PLANNED') $$);
SELECT form($$ SELECT * FROM nested_ota_job(2) n JOIN inventory i USING (id) $$);
SELECT form($$ WITH w AS (SELECT * FROM has_ota_job(2) h) SELECT * FROM w UNION ALL SELECT h + 100 FROM has_ota_job(4) h $$);
-- A plan that is kept is made anew when the function changes, also one that was made of what the function was.
SET plan_cache_mode = force_generic_plan;
PREPARE kept(int) AS SELECT count(*) FROM has_ota_job($1);
EXECUTE kept(2);
CREATE OR REPLACE FUNCTION has_ota_job(above int) RETURNS SETOF int LANGUAGE sql STABLE AS $$ SELECT id FROM inventory i WHERE id > above AND (firmware_id IS NOT NULL OR firmware_id IN
	(SELECT j.firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name)) $$;
EXECUTE kept(2);
SELECT count(*) FROM has_ota_job(2);
RESET plan_cache_mode;
-- What lacks keys does so still.
CALL make('without_ota_job', 'pk text', 'SETOF text', $$ SELECT j.job_id FROM ota_job j WHERE product_key = pk AND firmware_id IN (SELECT fw FROM fws) $$);
SELECT sqlstate_of($$ SELECT * FROM without_ota_job('pk0') $$);
-- As a session's first statement.
\c -reuse-previous=on "options='-c search_path=t -c client_min_messages=notice'"
SELECT count(*) FROM in_stock_ota_job('pk1', 'd1:1');
