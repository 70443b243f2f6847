-- Keys that a subquery's rows are compared to reach tables of ours that are partitions or other
-- children: from when they are, in a session that has looked before, to when they are no more.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
\set ECHO all
CREATE FUNCTION absent(parent text) RETURNS text LANGUAGE sql AS $$
	SELECT form(replace('SELECT i.id FROM inventory i WHERE i.device_name IS NOT NULL AND (i.device_name, i.firmware_id) NOT IN
		(SELECT device_name, firmware_id FROM PARENT j WHERE j.product_key = i.product_key)', 'PARENT', parent));
$$;
CREATE VIEW no_local_job AS SELECT * FROM local_job WHERE false;
CREATE VIEW pk0_local_job AS SELECT * FROM local_job WHERE product_key = 'pk0';

-- A parent without partitions, whose name tells what it is to be equal to.
CREATE TABLE no_ota_job (LIKE ota_job) PARTITION BY LIST (product_key);
SELECT absent('no_ota_job');
ALTER TABLE no_ota_job RENAME TO pk0_ota_job;
CREATE FOREIGN TABLE part PARTITION OF pk0_ota_job FOR VALUES IN ('pk0') SERVER tuya;
SELECT absent('pk0_ota_job');

-- Detached, and not.
BEGIN;
ALTER TABLE pk0_ota_job DETACH PARTITION part;
ALTER TABLE pk0_ota_job RENAME TO no_ota_job;
SELECT absent('no_ota_job');
ROLLBACK;
SELECT absent('pk0_ota_job');
ALTER TABLE pk0_ota_job DETACH PARTITION part;
ALTER TABLE pk0_ota_job RENAME TO no_ota_job;
SELECT absent('no_ota_job');

-- Below a partition that becomes one itself.
CREATE TABLE mid_ota_job (LIKE ota_job) PARTITION BY LIST (firmware_id);
ALTER TABLE mid_ota_job ATTACH PARTITION part DEFAULT;
SELECT absent('no_ota_job');
ALTER TABLE no_ota_job RENAME TO pk0_ota_job;
ALTER TABLE pk0_ota_job ATTACH PARTITION mid_ota_job FOR VALUES IN ('pk0');
SELECT absent('pk0_ota_job');
ALTER TABLE pk0_ota_job DETACH PARTITION mid_ota_job;
ALTER TABLE pk0_ota_job RENAME TO no_ota_job;
SELECT absent('no_ota_job');

-- Inheritance of the older kind, from two parents.
CREATE TABLE old_no_ota_job (LIKE ota_job);
CREATE TABLE old_ota_job (LIKE ota_job);
CREATE VIEW old_no_local_job AS TABLE no_local_job;
CREATE VIEW old_local_job AS TABLE local_job;
SELECT absent('old_no_ota_job');
ALTER FOREIGN TABLE ota_job INHERIT old_ota_job;
SELECT absent('old_ota_job');
SELECT absent('old_no_ota_job');
ALTER TABLE old_no_ota_job RENAME TO other_ota_job;
CREATE VIEW other_local_job AS TABLE local_job;
ALTER FOREIGN TABLE ota_job INHERIT other_ota_job;
SELECT absent('other_ota_job');
SELECT absent('old_ota_job');
ALTER FOREIGN TABLE ota_job NO INHERIT other_ota_job;
ALTER TABLE other_ota_job RENAME TO old_no_ota_job;
SELECT absent('old_no_ota_job');
SELECT absent('old_ota_job');

-- Dropped, and made anew.
ALTER FOREIGN TABLE ota_job NO INHERIT old_ota_job;
DROP FOREIGN TABLE part CASCADE;
CREATE FOREIGN TABLE part PARTITION OF mid_ota_job DEFAULT SERVER tuya;
ALTER TABLE no_ota_job RENAME TO pk0_ota_job;
ALTER TABLE pk0_ota_job ATTACH PARTITION mid_ota_job FOR VALUES IN ('pk0');
SELECT absent('pk0_ota_job');

-- Other wrappers, also one that has no handler, are not asked.
CREATE FOREIGN DATA WRAPPER none;
CREATE SERVER none FOREIGN DATA WRAPPER none;
CREATE FOREIGN TABLE elsewhere (product_key text) SERVER none;
SELECT absent('pk0_ota_job');
