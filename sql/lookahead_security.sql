-- Who may see what: row security, security barriers and user mappings hold, whether
-- rows are read ahead or not.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

CREATE ROLE regress_tuya_user;
CREATE ROLE regress_tuya_owner;
GRANT ALL ON SCHEMA t TO regress_tuya_user, regress_tuya_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA t TO regress_tuya_user, regress_tuya_owner;
CREATE USER MAPPING FOR regress_tuya_user SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE USER MAPPING FOR regress_tuya_owner SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
-- They tell when they are shown what the user must not see: all but the ids 0, 3, 6, and planned jobs.
CREATE FUNCTION leaks(int) RETURNS boolean STABLE COST 0.0001 LANGUAGE plpgsql AS $$
BEGIN
	IF $1 NOT IN (0, 3, 6) THEN
		RAISE NOTICE 'saw %', $1;
	END IF;
	RETURN true;
END $$;
CREATE FUNCTION leaks(text) RETURNS boolean STABLE COST 0.0001 LANGUAGE plpgsql AS $$
BEGIN
	IF $1 <> 'PLANNED' THEN
		RAISE NOTICE 'saw %', $1;
	END IF;
	RETURN true;
END $$;
SELECT count(*) FROM generate_series(2, 4) id WHERE leaks(id);

-- Of these the user sees what has planned jobs, one.
CREATE TABLE secret AS SELECT * FROM inventory WHERE id < 6;
ANALYZE secret;
GRANT SELECT, UPDATE ON secret TO regress_tuya_user;
CREATE POLICY has_jobs ON secret USING (EXISTS (SELECT FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (secret.product_key, secret.device_name, secret.firmware_id) AND j.job_status = 'PLANNED'));
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
SET ROLE regress_tuya_user;
SELECT count(*) FROM explain_lines('SELECT id FROM secret WHERE leaks(id)', 'Custom Scan', 'COSTS OFF');
SELECT id FROM secret WHERE leaks(id);
SELECT id FROM secret WHERE leaks(id) AND EXISTS (SELECT FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (secret.product_key, secret.device_name, secret.firmware_id));
SELECT id, job_status FROM secret i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE leaks(id) ORDER BY 1, 2;
-- ... by a key, in a join and in subqueries of the output, of a condition, of an update
SELECT id, job_status FROM secret i JOIN ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name
	AND j.firmware_id = CASE WHEN leaks(id) THEN i.firmware_id END ORDER BY 1, 2;
SELECT id, (SELECT count(*) FROM ota_job j WHERE j.product_key = secret.product_key AND j.device_name = secret.device_name
	AND j.firmware_id = CASE WHEN leaks(id) THEN secret.firmware_id END) FROM secret;
SELECT id FROM secret WHERE (SELECT count(*) FROM ota_job j WHERE j.product_key = secret.product_key AND j.device_name = secret.device_name
	AND j.firmware_id = CASE WHEN leaks(id) THEN secret.firmware_id END) > 0;
UPDATE secret SET site = (SELECT max(job_status) FROM ota_job j WHERE j.product_key = secret.product_key AND j.device_name = secret.device_name
	AND j.firmware_id = CASE WHEN leaks(id) THEN secret.firmware_id END) RETURNING id, site;
RESET ROLE;

-- A view with a barrier, upon the outer side of a join and upon the join.
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM inventory WHERE site = 'north' AND id < 9;
CREATE VIEW join_barrier WITH (security_barrier) AS
	SELECT i.*, job_status FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE j.job_status = 'PLANNED' AND i.site = 'north' AND i.id < 9;
CREATE VIEW subquery_barrier WITH (security_barrier) AS SELECT * FROM inventory i WHERE id % 3 = 0 AND (SELECT count(*) FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id)) = 3 AND id < 9;
GRANT SELECT ON barrier, join_barrier, subquery_barrier TO regress_tuya_user;
SET ROLE regress_tuya_user;
SELECT id, job_status FROM barrier i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE leaks(id) AND j.job_status = 'PLANNED' ORDER BY 1;
SELECT id, job_status FROM join_barrier WHERE leaks(id) AND leaks(job_status) ORDER BY 1;
SELECT id FROM subquery_barrier WHERE leaks(id);
RESET ROLE;

-- A view and who invokes it have a remote each in one statement, with requests of its own.
CREATE VIEW owners AS SELECT i.id, j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id);
ALTER VIEW owners OWNER TO regress_tuya_owner;
CREATE VIEW invokers WITH (security_invoker) AS SELECT i.id, j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id);
ALTER VIEW invokers OWNER TO regress_tuya_owner;
GRANT SELECT ON owners, invokers TO regress_tuya_user;
SET ROLE regress_tuya_user;
SELECT requests() \g /dev/null
SELECT count(*) FROM owners o JOIN ota_job j USING (product_key, device_name, firmware_id, job_id);
RESET ROLE;
SELECT asked();
SET ROLE regress_tuya_user;
SELECT count(*) FROM invokers o JOIN ota_job j USING (product_key, device_name, firmware_id, job_id);
RESET ROLE;
SELECT asked();
ALTER USER MAPPING FOR regress_tuya_owner SERVER tuya OPTIONS (SET access_key_id 'nobody');
SET ROLE regress_tuya_user;
SELECT sqlstate_of('SELECT count(*) FROM owners o JOIN ota_job j USING (product_key, device_name, firmware_id, job_id)');
SELECT count(*) FROM invokers o JOIN ota_job j USING (product_key, device_name, firmware_id, job_id);
RESET ROLE;
SELECT left_in_flight(), sim('reset');
DROP OWNED BY regress_tuya_user, regress_tuya_owner CASCADE;
DROP ROLE regress_tuya_user, regress_tuya_owner;
