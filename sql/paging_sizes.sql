-- The table equals the simulator's rule, whatever the number of jobs, the key,
-- the page size and the protocol, and takes as many requests as it has pages.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/reply_paging.sql
CREATE TABLE device AS
SELECT name, jobs, product_key, prefix || ':' || jobs AS device_name, firmware_id
FROM unnest('{0,1,99,100,101,250,1000}'::int[]) jobs, (VALUES
	('plain', 'pk', 'dev', '187'),
	('awkward', 'k1 +&=?#%2F', E'a b+c&d/e%f*g~h''i"j\\k\t\n\x7f|é中文😀', '18/7 ;ü')
) AS v (name, product_key, prefix, firmware_id);

CREATE TABLE local_job AS SELECT d.product_key, d.device_name, d.firmware_id, j.*
FROM device d, sim_jobs(d.product_key, d.device_name, d.firmware_id) j;

-- For each kind of name: requests that it took to read each device's jobs, how
-- many of all of them came over HTTP/1.1, and in how many rows the foreign table
-- and the local one differ.
CREATE FUNCTION compare(max_jobs int DEFAULT 1000, OUT name text, OUT requests int[], OUT http1 int,
	OUT missing int, OUT more int)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	d device;
	n int;
BEGIN
	FOREACH name IN ARRAY '{plain,awkward}'::text[] LOOP
		SELECT '{}', 0, 0, 0 INTO requests, http1, missing, more;
		FOR d IN SELECT * FROM device WHERE device.name = compare.name AND jobs <= max_jobs ORDER BY jobs LOOP
			PERFORM requests();
			CREATE TEMP TABLE got AS SELECT * FROM ota_job j WHERE j.product_key = d.product_key
				AND j.device_name = d.device_name AND j.firmware_id = d.firmware_id;
			SELECT http1 + run::int INTO http1 FROM run('tuya_simctl get h1_requests');
			requests := requests || requests();
			SELECT missing + count(*) INTO missing FROM (SELECT l.* FROM local_job l WHERE l.product_key = d.product_key
				AND l.device_name = d.device_name AND l.firmware_id = d.firmware_id EXCEPT ALL SELECT * FROM got) m;
			SELECT more + count(*) INTO more FROM (SELECT * FROM got EXCEPT ALL SELECT * FROM local_job) m;
			DROP TABLE got;
		END LOOP;
		RETURN NEXT;
	END LOOP;
END $$;
\set ECHO all

-- Devices with 0, 1, 99, 100, 101, 250 and 1,000 jobs.  Page size 100 is the
-- default; the server's is used, and the table's wins.
CALL simulate();
SELECT * FROM compare();
ALTER SERVER reply_paging OPTIONS (ADD page_size '7');
SELECT * FROM compare();
ALTER FOREIGN TABLE ota_job OPTIONS (ADD page_size '1');
SELECT * FROM compare();
ALTER SERVER reply_paging OPTIONS (SET page_size '1');
ALTER FOREIGN TABLE ota_job OPTIONS (SET page_size '99');
SELECT * FROM compare();
SELECT count(*) FROM dev_job;
SELECT run AS asked_for FROM run('tuya_simctl get last_page_size');

-- The same over HTTP/1.1; a new session, for the old one has its connection.
CALL simulate('http2=0');
\c -
SET search_path = reply_paging;
SELECT * FROM compare(101);
ALTER FOREIGN TABLE ota_job OPTIONS (SET page_size '1');
SELECT * FROM compare();
ALTER FOREIGN TABLE ota_job OPTIONS (SET page_size '7');
SELECT * FROM compare();
ALTER FOREIGN TABLE ota_job OPTIONS (SET page_size '100');
SELECT * FROM compare();

-- Whatever the order of the rows.
CALL simulate('order=asc');
SELECT * FROM compare();

-- A server with smaller pages: that says so, that does not, that refuses.
CALL simulate('clamp=30 clamp_mode=tell');
SELECT * FROM compare();
CALL simulate('clamp=30 clamp_mode=silent');
SELECT * FROM compare();
CALL simulate('clamp=1 clamp_mode=silent');
SELECT * FROM compare(101);
SELECT t.rows, t.requests, t.state, regexp_replace(t.said, 'request id [0-9a-f-]+', 'request id ID') AS said
FROM trial('dev:250', 'clamp=30 clamp_mode=refuse') t;
ALTER FOREIGN TABLE ota_job OPTIONS (SET page_size '30');
SELECT * FROM compare();

\set ECHO none
\i :cleanup
