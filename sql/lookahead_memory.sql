-- Within one execution a key is asked for once and reads the same every time, read
-- ahead or not, however little memory there is; and what is read ahead keeps within work_mem.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- The whole of an inventory with many duplicates, in every combination of settings.
CREATE TABLE repeated AS SELECT i.* FROM inventory i, generate_series(1, 20) g ORDER BY md5(i::text || g);
ANALYZE repeated;
\set joined 'SELECT * FROM repeated i JOIN ota_job j USING (product_key, device_name, firmware_id)'
\set twice 'SELECT * FROM repeated i JOIN ota_job j USING (product_key, device_name, firmware_id) JOIN ota_job k USING (product_key, device_name, firmware_id) WHERE k.job_id <= j.job_id'
CREATE FUNCTION in_all_settings(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	memory text;
BEGIN
	FOREACH memory IN ARRAY ARRAY['4MB', '64kB'] LOOP
		FOREACH said IN ARRAY ARRAY['', 'enable_memoize', 'enable_material', 'enable_hashjoin', 'enable_memoize enable_hashjoin enable_mergejoin enable_material'] LOOP
			PERFORM set_config('work_mem', memory, true), set_config(s, 'off', true) FROM regexp_split_to_table(said, ' ') s WHERE s <> '';
			RETURN NEXT shape(memory || coalesce(' without ' || nullif(said, ''), ''), query);
			PERFORM set_config(s, 'on', true) FROM regexp_split_to_table(said, ' ') s WHERE s <> '';
		END LOOP;
	END LOOP;
END $$;
SELECT in_all_settings(:'joined');
SELECT in_all_settings(:'twice');

-- Devices of a thousand jobs, so that 64 kB hold not even one page.
CREATE TABLE device AS SELECT g AS id, 'm' || g % 4 || ':1000' AS device_name FROM generate_series(1, 12) g;
ANALYZE device;
SELECT sim('set latency_ms=1');
SELECT sum(hashtext(ROW('p', device_name, '1', x.*)::text)) AS expected FROM device, sim_jobs('p', device_name, '1') x \gset
CREATE FUNCTION held() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name LIKE 'tuya_fdw%' $$;
CREATE FUNCTION files() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT count(*) FROM pg_ls_tmpdir() $$;
SET enable_memoize = off;
SET enable_hashjoin = off;
SET work_mem = '64kB';
SELECT requests() \g /dev/null
SELECT count(*), sum(hashtext(ota_job::text)) = :expected
	FROM device JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1';
SELECT asked();
SELECT count(*), count(DISTINCT a.job_id), sum((a.job_id = b.job_id)::int) FROM device d JOIN ota_job a ON a.device_name = d.device_name AND a.product_key = 'p' AND a.firmware_id = '1'
	JOIN LATERAL (SELECT job_id FROM ota_job b WHERE b.device_name = d.device_name AND b.product_key = 'p' AND b.firmware_id = '1' OFFSET 999) b ON true;
SELECT asked();
-- What is held is within the budget, save for the pages that are in flight; the rest is in a file.
SELECT max(held) < 256 * 1024 AS bounded, max(files), count(held) FROM (SELECT CASE WHEN job_id LIKE '%500' THEN held() END AS held, CASE WHEN job_id LIKE '%500' THEN files() END AS files
	FROM device JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1') x;
SELECT asked(), held() < 100000 AS given_back, files();
-- With no room a row is read when it is needed, and not ahead: one by one, but whole, and nothing twice.
CREATE FUNCTION window_of(query text) RETURNS int LANGUAGE sql AS $$
	SELECT substring(l from '[0-9]+')::int FROM explain_lines(query, 'Max Window', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') l $$;
SELECT window_of($$ SELECT FROM device JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1' $$) <= 12;
RESET work_mem;
RESET enable_memoize;
RESET enable_hashjoin;

-- Outer rows of a megabyte: few are held at once, and none is lost.
SELECT sim('set latency_ms=1');
SELECT requests() \g /dev/null
CREATE VIEW wide AS SELECT g AS id, 'w' || g || ':1' AS device_name, repeat(chr(64 + g % 26), 1000000) AS padding FROM generate_series(1, 60) g OFFSET 0;
CREATE FUNCTION total() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT sum(total_bytes) FROM pg_backend_memory_contexts $$;
SELECT w BETWEEN 2 AND 6 AS few FROM (SELECT window_of($$ SELECT length(padding) FROM wide JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1' $$) AS w OFFSET 0) x;
SELECT asked();
SELECT count(*), sum(length(padding)), sum(ascii(padding)), max(total) < 16 * 1024 * 1024 AS bounded
	FROM (SELECT padding, total() FROM wide JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1') x;
SELECT asked();
SET work_mem = '64kB';
SELECT window_of($$ SELECT length(padding) FROM wide JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1' $$);
SELECT asked();
SET work_mem = '100MB';
SELECT window_of($$ SELECT length(padding) FROM wide JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1' $$) >= 16;
SELECT asked();
RESET work_mem;
-- Rows that are in a TOAST table are held as references.
CREATE TABLE toasted AS SELECT * FROM wide;
ALTER TABLE toasted ALTER padding SET STORAGE EXTERNAL;
UPDATE toasted SET padding = padding || '';
SELECT window_of($$ SELECT length(padding) FROM toasted JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1' $$) >= 16;
SELECT count(*), sum(length(padding)) FROM toasted JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1';
SELECT asked();
-- Keys of a list in each row: each row's are pinned, and let go of.
SELECT count(*), max(held) < 8 * 1024 * 1024 AS bounded FROM (SELECT CASE WHEN job_id LIKE '%1' THEN held() END AS held
	FROM generate_series(1, 300) g JOIN ota_job ON product_key = 'p' AND device_name = ANY (ARRAY['l' || g || ':1', 'l' || g + 1 || ':2', 'l' || g % 10 || ':0']) AND firmware_id = '1') x;
SELECT asked();

-- What was read ahead in vain and nobody has sent is taken back, and asked for when it is wanted after all.
CREATE TABLE sparse AS SELECT g AS id, 's' || g || ':' || (g > 70)::int AS device_name FROM generate_series(1, 300) g;
ANALYZE sparse;
ALTER SERVER tuya OPTIONS (ADD concurrency '1');
CREATE FUNCTION first_of(VARIADIC ids int[]) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM unnest(ids) g WHERE EXISTS (SELECT FROM sparse s JOIN ota_job USING (device_name) WHERE product_key = 'p' AND firmware_id = '1' AND s.id >= g OFFSET 0) $$;
SELECT first_of(65, 72), asked(9);
-- So it is over the budget, where it is forgotten meanwhile.
SET work_mem = '64kB';
SELECT first_of(1, 1, 72), asked(73);
ALTER SERVER tuya OPTIONS (DROP concurrency);
-- Over the budget a key of which some pages were read goes to the file; who reads on asks for no page twice.
SET tuya_fdw.lookahead_rows = 1;
SELECT count(*), count(DISTINCT (id, job_id)) FROM generate_series(1, 2) g, LATERAL (SELECT id, 'h' || id || ':250' AS device_name FROM sparse WHERE id <= 60 AND g > 0 OFFSET 0) d,
	LATERAL (SELECT job_id FROM ota_job j WHERE product_key = 'p' AND firmware_id = '1' AND j.device_name = d.device_name LIMIT 20 + 100 * (g - 1)) x;
SELECT asked();
