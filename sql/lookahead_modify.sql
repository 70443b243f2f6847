-- Statements that write: rows are those of a local table, and reading the outer rows
-- ahead does not see what the statement itself writes.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

CREATE TABLE kept (id int, job_id text, job_status text);
CREATE TABLE changed AS TABLE inventory;
ALTER TABLE changed ADD PRIMARY KEY (id), ADD n int DEFAULT 0;
ANALYZE changed;
\set all '''TABLE changed'''

SELECT shape('insert', 'TABLE kept', $$ INSERT INTO kept SELECT i.id, job_id, job_status FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('insert returning', $$ INSERT INTO kept SELECT i.id, job_id, job_status FROM inventory i LEFT JOIN ota_job j ON KEY(j, i) RETURNING * $$);
SELECT shape('insert into what is read', 'TABLE changed', $$ INSERT INTO changed SELECT hashtext(i.id || job_id), job_id, i.product_key, i.device_name, i.firmware_id
	FROM changed i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('insert on conflict', 'TABLE changed', $$ INSERT INTO changed SELECT i.id, min(job_id) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	GROUP BY 1 ON CONFLICT (id) DO UPDATE SET site = EXCLUDED.site $$);
SELECT shape('create table as', 'TABLE made', $$ CREATE TEMP TABLE made AS SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('materialized view', 'TABLE made', $$ CREATE MATERIALIZED VIEW made AS SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);

SELECT shape('update from', :all, $$ UPDATE changed i SET site = j.job_status FROM (SELECT DISTINCT ON (product_key, device_name, firmware_id) k.* FROM inventory n, LATERAL
	(SELECT * FROM ota_job k WHERE KEY(k, n)) k ORDER BY product_key, device_name, firmware_id, job_id) j WHERE KEY(j, i) $$);
SELECT shape('update from the table', :all, $$ UPDATE changed i SET n = n + 1, site = 'has jobs' FROM ota_job j WHERE KEY(j, i) $$);
SELECT shape('update returning', $$ UPDATE changed i SET n = n + 1 FROM ota_job j WHERE KEY(j, i) AND j.job_status = 'PLANNED' RETURNING i.* $$);
SELECT shape('update of the key itself', :all, $$ UPDATE changed i SET device_name = i.device_name || '*' FROM ota_job j WHERE KEY(j, i) $$);
SELECT shape('update where exists', :all, $$ UPDATE changed i SET n = 1 WHERE EXISTS (SELECT FROM ota_job j WHERE KEY(j, i) AND job_status <> 'PLANNED') $$);
SELECT shape('update where not exists', :all, $$ UPDATE changed i SET n = 1 WHERE NOT EXISTS (SELECT FROM ota_job j WHERE KEY(j, i)) $$);
SELECT shape('delete using', :all, $$ DELETE FROM changed i USING ota_job j WHERE KEY(j, i) $$);
SELECT shape('delete returning', $$ DELETE FROM changed i USING ota_job j WHERE KEY(j, i) AND job_status = 'CANCELED' RETURNING i.id $$);
SELECT shape('merge', :all, $$ MERGE INTO changed i USING (SELECT id, count(job_id) AS jobs FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id)
	GROUP BY 1) j ON i.id = j.id WHEN MATCHED AND jobs = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET n = jobs $$);
SELECT shape('merge into what is joined', :all, $$ MERGE INTO changed i USING (SELECT * FROM ota_job WHERE product_key = 'pk1' AND firmware_id = '188'
	AND device_name IN ('d11:1', 'd14:4', 'd10:0') AND job_status <> 'NONE') j ON i.device_name = j.device_name AND i.n > 99
	WHEN NOT MATCHED THEN INSERT (id, site) VALUES (hashtext(job_id), device_name) $$);
SELECT shape('writing cte', $$ WITH w AS (DELETE FROM changed RETURNING *) SELECT * FROM w i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('cte that writes what it joins', 'TABLE kept', $$ WITH w AS (INSERT INTO kept SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	RETURNING *) SELECT count(*) FROM w $$);
CREATE TABLE parted (LIKE changed) PARTITION BY HASH (id);
CREATE TABLE parted0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted TABLE changed;
SELECT shape('update of a partitioned table', 'TABLE parted', $$ UPDATE parted i SET n = n + 1 FROM ota_job j WHERE KEY(j, i) $$);
SELECT shape('update that moves rows', 'TABLE parted', $$ UPDATE parted i SET id = id + 1001 FROM ota_job j WHERE KEY(j, i) $$);
SELECT shape('copy', 'TABLE sim_said', $$ COPY (SELECT i.id, job_id FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)) TO PROGRAM 'cat >/dev/null' $$);

-- Locks.
SELECT shape('for update', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) FOR UPDATE OF i $$);
SELECT shape('for update of both', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) FOR UPDATE $$);
SELECT shape('for share, left', $$ SELECT * FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) FOR SHARE OF i $$);
SELECT shape('for update, order by, limit', $$ SELECT i.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)
	ORDER BY id, job_id LIMIT 30 FOR UPDATE OF i $$, at_most => 20);

-- A trigger that asks by itself is an execution of its own.
CREATE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.n := (SELECT count(*) FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE id IN (1, 2, NEW.id));
	RETURN NEW;
END $$;
CREATE TRIGGER asks BEFORE UPDATE ON changed FOR EACH ROW EXECUTE FUNCTION ask();
SELECT requests() \g /dev/null
UPDATE changed i SET site = 'asked' FROM ota_job j
	WHERE (j.product_key, j.device_name, j.firmware_id) = (i.product_key, i.device_name, i.firmware_id) AND id < 4;
SELECT asked();
SELECT id, site, n FROM changed WHERE id < 4 ORDER BY 1;
