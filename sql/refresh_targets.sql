-- CALL tuya_fdw_refresh: what a target, a source and an inventory may be, and be called; what has been
-- lost or put there by others; nothing is wrong or lost in silence.
\set ECHO none
\getenv root TUYA_ROOT
\set setup :root /test/sql/setup.sql
\i :setup
\set VERBOSITY default
-- How many rows there are, and how many of them are wrong; and what was asked.
CREATE VIEW rule AS SELECT concat_ws(' ', job_id, job_status) FROM (SELECT DISTINCT product_key, device_name, firmware_id FROM inventory WHERE device_name IS NOT NULL) i, sim_jobs(product_key, device_name, firmware_id);
CREATE FUNCTION copy_is(copy text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	asked text := requests();
	got text[];
	wrong bigint;
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*), coalesce(array_agg(concat_ws('' '', job_id, job_status::text)), ''{}'') FROM %s AS copy', copy) INTO n, got;
	SELECT count(*) INTO wrong FROM (((TABLE rule) EXCEPT ALL SELECT unnest(got)) UNION ALL (SELECT unnest(got) EXCEPT ALL TABLE rule)) d;
	RETURN format('%s rows, %s requests%s', n, asked, CASE WHEN wrong > 0 THEN format(', %s WRONG', wrong) END);
END $$;
\set keys 'product_key text, device_name text, firmware_id text'
\set primary 'PRIMARY KEY (product_key, device_name, firmware_id, job_id)'
\set ECHO all

-- Names: with what format() takes for its own, and such as the procedure uses.
CREATE FOREIGN TABLE percent ("p%s" text OPTIONS (parameter 'ProductKey'), "%d" text OPTIONS (parameter 'DeviceName'), "100%1$s" text OPTIONS (parameter 'FirmwareId'),
	"job%I" text OPTIONS (field 'jobId'), "st%L%" text OPTIONS (field 'jobStatus')) SERVER tuya;
CREATE VIEW "in%v" AS SELECT product_key AS "p%s", device_name AS "b%", firmware_id AS "%I" FROM inventory;
CALL tuya_fdw_refresh('"t%s"', 'percent', '"in%v"', keys => '{p%s,b%,%I}');
CALL tuya_fdw_refresh('"t%s"', 'percent', '"in%v"', keys => '{p%s,b%,%I}', older_than => '0');
SELECT copy_is('(SELECT "job%I" AS job_id, "st%L%" AS job_status FROM "t%s")');
CREATE FOREIGN TABLE inner_names (code text OPTIONS (parameter 'ProductKey'), n text OPTIONS (parameter 'DeviceName'), nth text OPTIONS (parameter 'FirmwareId'), t text OPTIONS (field 'jobId'), g text OPTIONS (field 'jobStatus')) SERVER tuya;
CALL tuya_fdw_refresh('inner_copy', 'inner_names', 'inventory', keys => '{product_key,device_name,firmware_id}');
SELECT copy_is('(SELECT t AS job_id, g AS job_status FROM inner_copy)');
CREATE FOREIGN TABLE other_names (upto text OPTIONS (parameter 'ProductKey'), fetched text OPTIONS (parameter 'DeviceName'), message text OPTIONS (parameter 'FirmwareId'), job_id text, job_status text,
	error_code text OPTIONS (field 'jobType'), error_message text OPTIONS (field 'targetSelection'), fetched_at timestamptz OPTIONS (field 'utcModified')) SERVER tuya;
CALL tuya_fdw_refresh('other_copy', 'other_names', 'inventory', keys => '{product_key,device_name,firmware_id}');
SELECT copy_is('other_copy');
SELECT count(tuya_fdw_fetched_at), count(fetched_at), count(error_code) FROM other_copy;
CREATE FOREIGN TABLE state_names (rows text OPTIONS (parameter 'ProductKey'), device_name text, firmware_id text, job_id text) SERVER tuya;
SELECT error_of($$CALL tuya_fdw_refresh('state_copy', 'state_names', 'inventory', keys => '{product_key,device_name,firmware_id}')$$);
SELECT error_of($$CALL tuya_fdw_refresh('j', 'ota_job', 'inventory', keys => '{product_key,NULL,firmware_id}')$$);
-- Two long names whose first 56 bytes are the same do not share a state.
SELECT repeat('x', 57) || 'a' AS long, repeat('x', 57) || 'b' AS longer \gset
CALL tuya_fdw_refresh(:'long', 'ota_job', 'inventory');
SELECT error_of(format('CALL tuya_fdw_refresh(%L, ''ota_job'', ''inventory'')', :'longer'));
CALL tuya_fdw_refresh(:'long', 'ota_job', 'inventory', older_than => '0');
SELECT copy_is(:'long');
-- Types of the caller's do not get in between.
CREATE SCHEMA trap;
CREATE TYPE trap.text AS (a int);
CREATE TYPE trap.name AS (a int);
CREATE TYPE trap.regclass AS (a int);
CREATE TYPE trap.timestamptz AS (a int);
\c
SET search_path = trap, pg_catalog, t;
CALL t.tuya_fdw_refresh('inner_copy', 'inner_names', 'inventory', keys => '{product_key,device_name,firmware_id}', older_than => '0');
SET search_path = t;
DROP SCHEMA trap CASCADE;
SELECT copy_is('(SELECT t AS job_id, g AS job_status FROM inner_copy)');

-- Types of a target: what is rounded or padded does not differ each time, what does not fit is an error.
CREATE DOMAIN short AS varchar(2);
CREATE DOMAIN seconds AS timestamptz(0);
CREATE DOMAIN of_seconds AS seconds;
CREATE TABLE typed (product_key text, device_name varchar(40), firmware_id char(5), job_id numeric(20,0), job_status char(20), job_type varchar(30), utc_create of_seconds, utc_modified timestamp(0), :primary);
CALL tuya_fdw_refresh('typed', 'ota_job', 'inventory');
CREATE TABLE noted AS SELECT concat_ws(' ', xmin, xmax, ctid) AS version FROM typed;
CALL tuya_fdw_refresh('typed', 'ota_job', 'inventory', older_than => '0');
SELECT copy_is('typed'), (SELECT count(*) FROM (SELECT concat_ws(' ', xmin, xmax, ctid) FROM typed EXCEPT TABLE noted) d) AS written;
UPDATE typed SET job_status = 'x', utc_modified = 'now' WHERE job_id = (SELECT min(job_id) FROM typed);
UPDATE typed SET utc_create = 'now' WHERE job_id = (SELECT max(job_id) FROM typed);
CALL tuya_fdw_refresh('typed', 'ota_job', 'inventory', older_than => '0');
SELECT copy_is('typed'), (SELECT count(*) FROM (SELECT concat_ws(' ', xmin, xmax, ctid) FROM typed EXCEPT TABLE noted) d) AS written, max(utc_create) < '2025-01-01', max(utc_modified) < '2025-01-01' FROM typed;
\set VERBOSITY terse
CREATE TABLE narrow (:keys, job_id text, job_status varchar(2), :primary);
CALL tuya_fdw_refresh('narrow', 'ota_job', 'inventory');
CREATE TABLE narrow_domain (:keys, job_id text, job_status short, :primary);
CALL tuya_fdw_refresh('narrow_domain', 'ota_job', 'inventory');
SELECT count(*) FROM narrow_domain;
\set VERBOSITY default
SELECT copy_is('typed');

-- A table of another wrapper is no source, such as that of a node which has the account.
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
CREATE FOREIGN TABLE elsewhere (:keys, job_id text) SERVER elsewhere;
SELECT error_of($$SELECT tuya_fdw_columns('elsewhere')$$), error_of($$SELECT tuya_fdw_page_rows('elsewhere')$$);
DROP FOREIGN DATA WRAPPER elsewhere CASCADE;
-- What cannot be a target is known before anything is asked.
CREATE TABLE key_type (product_key text, device_name text, firmware_id int, job_id text, job_status text, :primary);
CREATE TABLE no_key (:keys, job_id text);
CREATE TABLE deferrable_key (:keys, job_id text, :primary DEFERRABLE);
CREATE TABLE part_key (:keys, job_id text);
CREATE UNIQUE INDEX ON part_key (product_key, device_name, firmware_id, job_id) WHERE job_id <> '';
CREATE TABLE job_key (:keys, job_id text PRIMARY KEY);
CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE key_case (product_key text, device_name text COLLATE no_case, firmware_id text, job_id text, :primary);
SELECT error_of(format('CALL tuya_fdw_refresh(%L, ''ota_job'', ''inventory'')', name)) FROM unnest('{key_type,key_case,no_key,deferrable_key,part_key,job_key}'::text[]) name;
SELECT requests();
-- These can be.
CREATE TABLE parted (job_id text, job_status text, :keys) PARTITION BY HASH (product_key);
CREATE UNIQUE INDEX ON parted (job_id, firmware_id, product_key, device_name) INCLUDE (job_status);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CALL tuya_fdw_refresh('parted', 'ota_job', 'inventory');
SELECT copy_is('parted');
CREATE FOREIGN TABLE collated_job (product_key text COLLATE "C", device_name text COLLATE "C", firmware_id text COLLATE "C", job_id text COLLATE "C", job_status text COLLATE "C") SERVER tuya;
CREATE TABLE collated (product_key text COLLATE "POSIX", device_name text COLLATE "POSIX", firmware_id text, job_id text COLLATE "POSIX", job_status text COLLATE "POSIX", :primary);
CALL tuya_fdw_refresh('collated', 'collated_job', 'inventory');
DELETE FROM collated WHERE device_name = 'd:5';
UPDATE collated SET job_status = 'x' WHERE device_name = 'pump';
CALL tuya_fdw_refresh('collated', 'collated_job', 'inventory', older_than => '0');
SELECT copy_is('collated');
CREATE VIEW writable AS SELECT * FROM parted;
CALL tuya_fdw_refresh('writable', 'ota_job', 'inventory');
SELECT copy_is('writable');
CREATE TABLE generated (:keys, job_id text, job_status text, lower text GENERATED ALWAYS AS (lower(job_status)) STORED, job_type text GENERATED ALWAYS AS ('x') STORED, :primary);
CALL tuya_fdw_refresh('generated', 'ota_job', 'inventory');
CALL tuya_fdw_refresh('generated', 'ota_job', 'inventory', older_than => '0');
SELECT copy_is('generated');

-- A copy that was dropped, or has lost its rows, is filled again, though its state says that all is young.
DROP TABLE inner_copy;
CALL tuya_fdw_refresh('inner_copy', 'inner_names', 'inventory', keys => '{product_key,device_name,firmware_id}');
SELECT copy_is('(SELECT t AS job_id, g AS job_status FROM inner_copy)');
TRUNCATE generated;
CALL tuya_fdw_refresh('generated', 'ota_job', 'inventory', max_requests => 2);
SELECT copy_is('generated') ~ ' 2 requests';
CALL tuya_fdw_refresh('generated', 'ota_job', 'inventory');
SELECT copy_is('generated');

-- What others have put beside it is not used: their triggers would run with the caller's rights.
CREATE ROLE tuya_attacker;
GRANT CREATE, USAGE ON SCHEMA t TO tuya_attacker;
CREATE FUNCTION attack() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'attacked as %', current_user; END $$;
GRANT SELECT ON typed_state TO tuya_attacker;
SET ROLE tuya_attacker;
CREATE TABLE mine_state (LIKE typed_state INCLUDING ALL);
GRANT ALL ON mine_state TO PUBLIC;
CREATE TRIGGER attack BEFORE INSERT ON mine_state FOR EACH ROW EXECUTE FUNCTION attack();
CREATE VIEW yours_source AS SELECT 1 AS a;
RESET ROLE;
SELECT error_of($$CALL tuya_fdw_refresh('mine', 'ota_job', 'inventory')$$);
SELECT error_of($$CALL tuya_fdw_refresh('yours', 'ota_job', 'inventory')$$);
CREATE ROLE tuya_victim;
GRANT CREATE, USAGE ON SCHEMA t TO tuya_victim;
SET ROLE tuya_victim;
SELECT error_of($$CALL tuya_fdw_refresh('mine', 'ota_job', 'inventory')$$);
RESET ROLE;
SELECT requests();
-- But a superuser may refresh the copy of another role, and members of that role may.
DROP TABLE mine_state;
CREATE ROLE tuya_member IN ROLE tuya_victim;
GRANT SELECT ON ota_job, inventory TO tuya_victim;
GRANT USAGE ON FOREIGN SERVER tuya TO tuya_victim;
CREATE USER MAPPING FOR PUBLIC SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
SET ROLE tuya_victim;
CALL tuya_fdw_refresh('mine', 'ota_job', 'inventory');
SET ROLE tuya_member;
CALL tuya_fdw_refresh('mine', 'ota_job', 'inventory', older_than => '0');
RESET ROLE;
CALL tuya_fdw_refresh('mine', 'ota_job', 'inventory', older_than => '0');
SELECT copy_is('mine');
DROP OWNED BY tuya_attacker, tuya_victim, tuya_member;
DROP ROLE tuya_attacker, tuya_victim, tuya_member;

-- An inventory that could not be read whole makes nobody leave it.
IMPORT FOREIGN SCHEMA ota LIMIT TO (product, device) FROM SERVER tuya INTO t;
ALTER FOREIGN TABLE product ALTER product_key DROP NOT NULL, ADD COLUMN error_code text OPTIONS (field 'errorCode'), OPTIONS (ADD on_error 'row');
CREATE VIEW products AS SELECT product_key FROM product;
CALL tuya_fdw_refresh('devices', 'device', 'products');
SELECT sim('set fail_count=-1 fail_action=QueryProductList fail_shape=service fail_code=iot.something.Other');
\set VERBOSITY terse
CALL tuya_fdw_refresh('devices', 'device', 'products', older_than => '0');
SELECT count(*), (SELECT count(*) FROM devices_state) FROM devices;
SELECT sim('reset');
CALL tuya_fdw_refresh('devices', 'device', 'products', older_than => '0');
SELECT count(*), (SELECT count(*) FROM devices_state) FROM devices;

-- Without a ration nothing is left over, though something comes into the inventory at the end.
SELECT sim('reset');
CREATE SEQUENCE comes;
CREATE VIEW growing AS SELECT 'pk1' AS product_key, 'd:' || i AS device_name, '187' AS firmware_id FROM generate_series(0, (SELECT (nextval('t.comes') - 1) / 2)) i;
CALL tuya_fdw_refresh('grown', 'ota_job', 'growing');
SELECT count(*) < 10 FROM grown;
