-- Requests are signed for whom PostgreSQL checks the privileges of a scan, with
-- what the mapping and the server say when the statement begins.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
CREATE ROLE regress_tuya_owner;
CREATE ROLE regress_tuya_reader;
CREATE ROLE regress_tuya_wrong;
GRANT ALL ON SCHEMA t TO PUBLIC;
GRANT SELECT ON ota_job, inventory TO PUBLIC;
ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_id 'nobody');
CREATE USER MAPPING FOR regress_tuya_owner SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE USER MAPPING FOR regress_tuya_wrong SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'not-the-secret');

-- The wrong secret is meant.
SELECT sim('set provoked=1');

-- Everybody reads by the mapping that is theirs, views and functions by their owner's.
SET ROLE regress_tuya_owner;
CREATE VIEW owners AS SELECT job_status FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
CREATE VIEW invokers WITH (security_invoker) AS
	SELECT job_status FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:1' AND firmware_id = '187';
CREATE VIEW owners_of_invokers AS TABLE invokers;
CREATE FUNCTION definers() RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN QUERY SELECT job_status FROM t.invokers; END';
CREATE FUNCTION callers() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT job_status FROM t.invokers; END';
GRANT SELECT ON owners, invokers, owners_of_invokers TO PUBLIC;
RESET ROLE;
CREATE FUNCTION as_role(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	role text;
	result text;
BEGIN
	FOREACH role IN ARRAY '{regress_tuya_owner, regress_tuya_reader, regress_tuya_wrong}'::text[] LOOP
		PERFORM set_config('role', role, true);
		result := sqlstate_of(query);
		PERFORM set_config('role', 'none', true);
		RETURN NEXT role || ': ' || result;
	END LOOP;
END $$;
SELECT as_role('TABLE owners');
SELECT as_role('TABLE invokers');
SELECT as_role('TABLE owners_of_invokers');
SELECT as_role('SELECT definers()');
SELECT as_role('SELECT callers()');
-- All in one statement: the owner's and the caller's requests are not mixed up.
SELECT as_role('SELECT FROM owners, invokers');
CREATE USER MAPPING FOR PUBLIC SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
SELECT as_role('TABLE invokers');
DROP USER MAPPING FOR PUBLIC SERVER tuya;
SELECT as_role('TABLE invokers');
SELECT sim('clear');

-- The message has neither the secret nor the signature, nor what the service
-- quotes of the string that it signed.
SELECT sim($$set fail_count=1 fail_code=SignatureDoesNotMatch fail_status=400 "fail_message=Specified signature is not matched: Signature=c2VjcmV0 server string to sign is:GET&%2F&AccessKeyId%3Dtestid"$$);
SET ROLE regress_tuya_owner;
SELECT regexp_replace(error_of('TABLE owners'), 'id [-0-9A-Za-z]+', 'id ...');
SET ROLE regress_tuya_wrong;
SELECT error_of('TABLE invokers') !~ 'not-the-secret|[Ss]ignature=|testid|GET&|%3D';
RESET ROLE;
SELECT sim('get bad_signatures unknown_access_keys');
SELECT sim('clear');

-- A change holds from the next statement on: also for a plan that is kept, in a
-- function that has been called, in a transaction, until it is rolled back.
ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_id 'testid');
SET plan_cache_mode = force_generic_plan;
PREPARE kept(text) AS SELECT count(*) FROM ota_job WHERE product_key = 'pk1' AND device_name = $1 AND firmware_id = '187';
CREATE FUNCTION kept() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(*) FROM t.ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187');
END $$;
EXECUTE kept('d:5');
SELECT kept(), requests();
ALTER SERVER tuya OPTIONS (ADD page_size '2');
EXECUTE kept('d:5');
SELECT kept(), requests();
ALTER FOREIGN TABLE ota_job OPTIONS (ADD page_size '1');
EXECUTE kept('d:5');
SELECT kept(), requests();
ALTER FOREIGN TABLE ota_job OPTIONS (DROP page_size);
ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_id 'nobody');
SELECT sqlstate_of('EXECUTE kept(''d:5'')'), sqlstate_of('SELECT kept()');
ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_id 'testid');
EXECUTE kept('d:5');
BEGIN;
DECLARE c CURSOR FOR SELECT job_id FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187';
MOVE 1 FROM c;
SAVEPOINT s;
ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_id 'nobody');
SELECT sqlstate_of('EXECUTE kept(''d:5'')');
ROLLBACK TO s;
EXECUTE kept('d:5');
DROP USER MAPPING FOR CURRENT_USER SERVER tuya;
SELECT sqlstate_of('EXECUTE kept(''d:5'')'), sqlstate_of('SELECT kept()');
SELECT sim('get unknown_access_keys'), sim('clear');
-- ... but a statement that has begun goes on as it began.
MOVE ALL FROM c;
\echo :ROW_COUNT
SELECT requests();
ROLLBACK;
EXECUTE kept('d:5');

-- Settings that are changed while they are read are read once more; and by the next
-- statement, if it happens twice.  With assertions PostgreSQL can let it happen always.
SELECT FROM set_config('debug_discard_caches', (SELECT least(max_val::int, 1)::text FROM pg_settings WHERE name = 'debug_discard_caches'), false) \gset
EXECUTE kept('d:5');
EXECUTE kept('d:5');
BEGIN;
UPDATE pg_user_mapping SET umoptions = '{access_key_id=testid}' WHERE umuser = 'regress_tuya_owner'::regrole;
SET ROLE regress_tuya_owner;
SELECT sqlstate_of('TABLE owners');
ROLLBACK;
SET ROLE regress_tuya_owner;
SELECT count(*) FROM owners;
RESET ROLE;
RESET debug_discard_caches;
SELECT requests();

-- What row security hides of the inventory is not asked for.
ALTER TABLE inventory ENABLE ROW LEVEL SECURITY;
CREATE POLICY north ON inventory USING (site = 'north');
CREATE FUNCTION leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''saw %'', $1; RETURN true; END';
SELECT sim('clear');
SET ROLE regress_tuya_owner;
SELECT count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE leak(i.device_name) AND leak(j.job_id);
RESET ROLE;
SELECT sim('get requests'), sim('key pk1 d:5 187'), sim('key pk2 pump 188');
SET client_min_messages = error;
DROP EXTENSION tuya_fdw CASCADE;
SELECT sim('set provoked=0');
DROP OWNED BY regress_tuya_owner, regress_tuya_reader, regress_tuya_wrong;
DROP ROLE regress_tuya_owner, regress_tuya_reader, regress_tuya_wrong;
