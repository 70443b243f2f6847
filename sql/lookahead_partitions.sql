-- Foreign tables as partitions: each is asked only for what it may hold, joined
-- with lookahead or not, pruned by the planner, by the executor, or not at all.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

-- By the product key; the second server stands for another region.
CREATE SERVER tuya2 FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca', extra_parameters 'Region=2');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya2 OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE TABLE all_ota_job (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE pk0_job PARTITION OF all_ota_job FOR VALUES IN ('pk0') SERVER tuya;
CREATE FOREIGN TABLE pk1_job PARTITION OF all_ota_job FOR VALUES IN ('pk1') SERVER tuya2;
CREATE TABLE local_part PARTITION OF all_ota_job FOR VALUES IN ('pk2');
INSERT INTO local_part SELECT 'pk2', 'd4:4', '187', s.* FROM sim_jobs('pk2', 'd4:4', '187') s;
CREATE TABLE all_local_job (LIKE local_job);
INSERT INTO all_local_job TABLE local_job UNION ALL SELECT 'pk2', 'd4:4', '187', s.* FROM sim_jobs('pk2', 'd4:4', '187') s;
INSERT INTO inventory VALUES (40, 'local', 'pk2', 'd4:4', '187');
ANALYZE inventory;

SELECT pruned_and_not('constant', $$ SELECT * FROM all_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('list', $$ SELECT * FROM all_ota_job WHERE product_key IN ('pk0', 'pk1', 'pk2') AND device_name IN ('d4:4', 'd3:3') AND firmware_id = '187' $$);
SELECT pruned_and_not('a key that no partition has', $$ SELECT * FROM all_ota_job WHERE product_key = 'pk3' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('stable', $$ SELECT * FROM all_ota_job WHERE product_key = current_setting('t.product') AND device_name = 'd4:4' AND firmware_id = '187' $$) FROM set_config('t.product', 'pk1', false);
SELECT pruned_and_not('subquery', $$ SELECT * FROM all_ota_job WHERE product_key = (SELECT max(product_key) FROM inventory WHERE id < 10) AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('join', $$ SELECT * FROM inventory i JOIN all_ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT pruned_and_not('left join', $$ SELECT * FROM inventory i LEFT JOIN all_ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT pruned_and_not('join with a constant', $$ SELECT * FROM inventory i JOIN all_ota_job j USING (device_name) WHERE j.product_key = 'pk1' AND j.firmware_id = '187' $$);
SELECT pruned_and_not('join with a list', $$ SELECT * FROM inventory i JOIN all_ota_job j USING (device_name) WHERE j.product_key IN ('pk0', 'pk1') AND j.firmware_id = i.firmware_id $$);
SELECT pruned_and_not('exists', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM all_ota_job j WHERE KEY(j, i)) $$);
SELECT pruned_and_not('not exists', $$ SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM all_ota_job j WHERE KEY(j, i)) $$);
SELECT pruned_and_not('lateral', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM all_ota_job j WHERE KEY(j, i) ORDER BY job_id LIMIT 1) x $$);
SELECT pruned_and_not('scalar subquery', $$ SELECT *, (SELECT count(*) FROM all_ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT pruned_and_not('twice', $$ SELECT * FROM inventory i JOIN all_ota_job j USING (product_key, device_name, firmware_id) JOIN all_ota_job k ON KEY(k, i) AND k.job_id = j.job_id $$);
SELECT pruned_and_not('update', $$ UPDATE inventory i SET site = job_status FROM all_ota_job j WHERE KEY(j, i) AND right(job_id, 1) = '1' RETURNING i.* $$);
SET enable_partitionwise_join = on;
SELECT pruned_and_not('partitionwise', $$ SELECT * FROM all_ota_job j JOIN all_ota_job k USING (product_key, device_name, firmware_id, job_id) WHERE product_key IN ('pk0', 'pk1')
	AND device_name IN ('d4:4', 'd3:3') AND firmware_id = '187' $$);
RESET enable_partitionwise_join;
PREPARE p(text) AS SELECT count(*) FROM inventory i JOIN all_ota_job j USING (device_name) WHERE j.product_key = $1 AND j.firmware_id = '187';
SET plan_cache_mode = force_generic_plan;
SELECT requests() \g /dev/null
EXECUTE p('pk0');
SELECT asked();
EXECUTE p('pk1');
SELECT asked();
RESET plan_cache_mode;
SET tuya_fdw.lookahead_rows = 1;
SELECT shape('one by one', $$ SELECT * FROM inventory i JOIN all_ota_job j USING (product_key, device_name, firmware_id) $$);
RESET tuya_fdw.lookahead_rows;

-- By an expression, which the planner prunes by only if the query has it.
CREATE TABLE low_ota_job (LIKE ota_job) PARTITION BY LIST (lower(product_key));
CREATE FOREIGN TABLE low0_job PARTITION OF low_ota_job FOR VALUES IN ('pk0') SERVER tuya;
CREATE FOREIGN TABLE low1_job PARTITION OF low_ota_job DEFAULT SERVER tuya2;
CREATE VIEW low_local_job AS TABLE local_job;
SELECT pruned_and_not('expression', $$ SELECT * FROM low_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('expression, list', $$ SELECT * FROM low_ota_job WHERE product_key IN ('pk0', 'pk1') AND device_name = 'd4:4' AND firmware_id = '187' AND job_id > '' $$);
SELECT pruned_and_not('expression, join', $$ SELECT * FROM inventory i JOIN low_ota_job j USING (product_key, device_name, firmware_id) WHERE i.id < 40 $$);
SELECT pruned_and_not('expression that is asked for', $$ SELECT * FROM inventory i JOIN low_ota_job j USING (product_key, device_name, firmware_id) WHERE lower(j.product_key) = 'pk0' $$);
-- By a hash of the key.
CREATE TABLE hash_ota_job (LIKE ota_job) PARTITION BY HASH (device_name);
CREATE FOREIGN TABLE hash0_job PARTITION OF hash_ota_job FOR VALUES WITH (MODULUS 2, REMAINDER 0) SERVER tuya;
CREATE FOREIGN TABLE hash1_job PARTITION OF hash_ota_job FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER tuya2;
CREATE VIEW hash_local_job AS TABLE local_job;
SELECT pruned_and_not('hash', $$ SELECT * FROM inventory i JOIN hash_ota_job j USING (product_key, device_name, firmware_id) WHERE i.id < 40 $$);
SELECT pruned_and_not('hash, list', $$ SELECT * FROM hash_ota_job WHERE product_key = 'pk0' AND device_name IN ('d4:4', 'd3:3', 'd8:3', 'd6:1') AND firmware_id = '187' $$);
-- By what is not the key: all partitions ask, each shows its own.
CREATE TABLE type_ota_job (LIKE ota_job) PARTITION BY LIST (job_status);
CREATE FOREIGN TABLE planned_job PARTITION OF type_ota_job FOR VALUES IN ('PLANNED') SERVER tuya;
CREATE FOREIGN TABLE other_job PARTITION OF type_ota_job DEFAULT SERVER tuya2;
CREATE VIEW type_local_job AS TABLE local_job;
SELECT pruned_and_not('not by the key', $$ SELECT * FROM inventory i JOIN type_ota_job j USING (product_key, device_name, firmware_id) WHERE i.id < 40 $$);
SELECT shape('not by the key, one of them', $$ SELECT * FROM inventory i JOIN type_ota_job j USING (product_key, device_name, firmware_id) WHERE i.id < 40 AND job_status = 'PLANNED' $$);
