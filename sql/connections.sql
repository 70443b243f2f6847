-- tuya_fdw_connections(), tuya_fdw_disconnect(), tuya_fdw_disconnect_all(): what they say
-- and close, as the service sees it.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/setup.sql
\i :setup

-- The service notices in its own time that a connection is closed.
CREATE FUNCTION open(expected int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	patience timestamptz := clock_timestamp() + interval '1 min';
BEGIN
	WHILE sim('get open_connections')::int <> expected AND clock_timestamp() < patience LOOP
		PERFORM pg_sleep(0.002);
	END LOOP;
	RETURN sim('get open_connections') || ' open';
END $$;
CREATE FUNCTION one(device text) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(job_status) FROM ota_job WHERE product_key = 'p' AND device_name = device AND firmware_id = '1';
$$;
CREATE VIEW seen AS SELECT server_name, replace(user_name, session_user, 'me'), valid, in_use, connections FROM tuya_fdw_connections() ORDER BY 1, 2;

-- There are none.
SELECT * FROM seen;
SELECT tuya_fdw_disconnect('tuya'), tuya_fdw_disconnect_all();
SELECT tuya_fdw_disconnect('nowhere');
SELECT tuya_fdw_disconnect(NULL);

-- One that was used; the next statement makes another.
SELECT one('d:3');
SELECT * FROM seen;
SELECT tuya_fdw_disconnect('tuya'), open(0);
SELECT * FROM seen;
SELECT tuya_fdw_disconnect('tuya');
SELECT one('d:3'), open(1);
SELECT * FROM seen;

-- Another server, and another mapping of the first; a transaction that has used them has them not in use.
CREATE SERVER other FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca');
CREATE USER MAPPING FOR PUBLIC SERVER other OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER other INTO pg_temp;
BEGIN;
SELECT count(job_status) FROM pg_temp.ota_job WHERE product_key = 'p' AND device_name = 'd:2' AND firmware_id = '1';
SELECT * FROM seen;
SELECT tuya_fdw_disconnect('other'), open(1);
SELECT * FROM seen;
SELECT count(job_status) FROM pg_temp.ota_job WHERE product_key = 'p' AND device_name = 'd:2' AND firmware_id = '1';
COMMIT;
SELECT open(2), tuya_fdw_disconnect_all(), open(0);
SELECT tuya_fdw_disconnect_all();

-- An open cursor keeps its own; what was altered meanwhile is not valid, and goes with the cursor.
BEGIN;
DECLARE c CURSOR FOR SELECT job_id FROM t.ota_job WHERE product_key = 'p' AND device_name = 'd:250' AND firmware_id = '1';
MOVE 5 IN c;
SELECT * FROM seen;
SELECT tuya_fdw_disconnect('tuya'), tuya_fdw_disconnect_all();
ALTER SERVER tuya OPTIONS (ADD page_size '50');
SELECT * FROM seen;
SELECT tuya_fdw_disconnect('tuya');
MOVE 300 IN c;
CLOSE c;
SELECT * FROM seen;
COMMIT;
SELECT open(0);

-- So does one whose user mapping is dropped in the transaction; a subtransaction that fails changes nothing.
BEGIN;
DECLARE c CURSOR FOR SELECT job_id FROM pg_temp.ota_job WHERE product_key = 'p' AND device_name = 'd:250' AND firmware_id = '1';
MOVE 5 IN c;
SAVEPOINT a;
SELECT tuya_fdw_disconnect('other');
ROLLBACK TO a;
DROP USER MAPPING FOR PUBLIC SERVER other;
SELECT * FROM seen;
SELECT tuya_fdw_disconnect_all();
ROLLBACK;
SELECT open(0);

-- A statement that reads the table while it asks for the connection to be closed.
SELECT tuya_fdw_disconnect('tuya') FROM t.ota_job WHERE product_key = 'p' AND device_name = 'd:1' AND firmware_id = '1';
SELECT tuya_fdw_disconnect('tuya'), open(0);

-- Everybody may, as with postgres_fdw's functions.
CREATE ROLE connections_a;
GRANT USAGE ON SCHEMA t TO connections_a;
SET ROLE connections_a;
SELECT tuya_fdw_disconnect_all(), (SELECT count(*) FROM tuya_fdw_connections());
RESET ROLE;
DROP OWNED BY connections_a;
DROP ROLE connections_a;
