-- Constant columns tell accounts apart: as partitions by list, and as arms of a view.
-- Each key goes to its own account only.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

CREATE SERVER tuya2 FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca', extra_parameters 'Region=2');
CREATE USER MAPPING FOR CURRENT_USER SERVER tuya2 OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
-- The two accounts' tables; a site that has no account.
CREATE FOREIGN TABLE north_ota_job (site text OPTIONS (constant 'north'), product_key text, device_name text, firmware_id text, job_id text, job_status text) SERVER tuya;
CREATE FOREIGN TABLE south_ota_job (site text, product_key text, device_name text, firmware_id text, job_id text, job_status text) SERVER tuya2;
CREATE TABLE all_ota_job (site text, product_key text, device_name text, firmware_id text, job_id text, job_status text) PARTITION BY LIST (site);
ALTER TABLE all_ota_job ATTACH PARTITION north_ota_job FOR VALUES IN ('north');
ALTER TABLE all_ota_job ATTACH PARTITION south_ota_job FOR VALUES IN ('south', 'west');
SELECT error_of('EXPLAIN SELECT FROM all_ota_job');
ALTER FOREIGN TABLE south_ota_job ALTER COLUMN site OPTIONS (ADD constant 'south');
CREATE VIEW all_local_job AS SELECT s.site, product_key, device_name, firmware_id, job_id, job_status FROM local_job, (VALUES ('north'), ('south')) s (site);

SELECT pruned_and_not('constant', $$ SELECT * FROM all_ota_job WHERE site = 'north' AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('both', $$ SELECT * FROM all_ota_job WHERE product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('a partition''s other value', $$ SELECT * FROM all_ota_job WHERE site = 'west' AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('no partition', $$ SELECT * FROM all_ota_job WHERE site = 'east' AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('range', $$ SELECT * FROM all_ota_job WHERE site > 'o' AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('like', $$ SELECT * FROM all_ota_job WHERE site LIKE '%o_th' AND site <> 'south' AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('pairs', $$ SELECT * FROM all_ota_job WHERE (site, product_key, device_name, firmware_id) IN (('north', 'pk0', 'd4:4', '187'), ('south', 'pk1', 'd3:3', '187')) $$);
SELECT pruned_and_not('stable', $$ SELECT * FROM all_ota_job WHERE site = current_setting('t.site') AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$) FROM set_config('t.site', 'south', false);
SELECT pruned_and_not('subquery', $$ SELECT * FROM all_ota_job WHERE site = (SELECT min(site) FROM inventory WHERE id < 3) AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('join', $$ SELECT * FROM inventory i JOIN all_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT pruned_and_not('join on the keys only', $$ SELECT * FROM inventory i JOIN all_ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT pruned_and_not('join with a constant', $$ SELECT * FROM inventory i JOIN all_ota_job j USING (product_key, device_name, firmware_id) WHERE j.site = 'south' $$);
SELECT pruned_and_not('join on another', $$ SELECT * FROM inventory i JOIN all_ota_job j ON KEY(j, i) AND j.site <> i.site $$);
SELECT pruned_and_not('join by an expression', $$ SELECT * FROM inventory i JOIN all_ota_job j ON KEY(j, i) AND left(j.site, 1) = left(i.site, 1) $$);
SELECT pruned_and_not('left join', $$ SELECT * FROM inventory i LEFT JOIN all_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT pruned_and_not('exists', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM all_ota_job j WHERE KEY(j, i) AND j.site = i.site) $$);
SELECT pruned_and_not('not exists', $$ SELECT * FROM inventory i WHERE NOT EXISTS (SELECT FROM all_ota_job j WHERE KEY(j, i) AND j.site = i.site) $$);
SELECT pruned_and_not('in', $$ SELECT * FROM inventory i WHERE (site, product_key, device_name, firmware_id) IN (SELECT site, product_key, device_name, firmware_id FROM all_ota_job) $$);
SELECT pruned_and_not('lateral', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM all_ota_job j WHERE KEY(j, i) AND j.site = i.site ORDER BY job_id LIMIT 1) x $$);
SELECT pruned_and_not('lateral, by a subquery', $$ SELECT i.id, x.* FROM inventory i, LATERAL (SELECT * FROM all_ota_job j WHERE j.device_name = (SELECT i.device_name) AND j.product_key = i.product_key AND j.firmware_id = i.firmware_id AND j.site = 'south' OFFSET 0) x $$);
SELECT pruned_and_not('scalar subquery', $$ SELECT *, (SELECT count(*) FROM all_ota_job j WHERE KEY(j, i) AND j.site = i.site) FROM inventory i $$);
SELECT pruned_and_not('count, constants', $$ SELECT count(*) FROM all_ota_job WHERE product_key = 'pk0' AND device_name IN ('d4:4', 'd3:3') AND firmware_id = '187' $$);
SELECT pruned_and_not('count for each row', $$ SELECT *, (SELECT count(*) FROM all_ota_job j WHERE KEY(j, i)) FROM inventory i $$);
SELECT pruned_and_not('nothing of it, joined', $$ SELECT i.id FROM inventory i JOIN all_ota_job j ON KEY(j, i) $$);
SELECT pruned_and_not('lists', $$ SELECT * FROM inventory i JOIN all_ota_job j ON j.site = i.site AND j.product_key = i.product_key AND j.device_name = ANY (ARRAY[i.device_name, 'd4:4']) AND j.firmware_id = i.firmware_id $$);
SELECT pruned_and_not('twice', $$ SELECT * FROM inventory i JOIN all_ota_job j USING (site, product_key, device_name, firmware_id) JOIN all_ota_job k ON KEY(k, i) AND k.site = i.site AND k.job_id = j.job_id $$);
SELECT pruned_and_not('update', $$ UPDATE inventory i SET site = job_status FROM all_ota_job j WHERE KEY(j, i) AND j.site = i.site AND right(job_id, 1) = '1' RETURNING i.* $$);
SELECT pruned_and_not('group', $$ SELECT site, count(*) FROM inventory i JOIN all_ota_job j USING (site, product_key, device_name, firmware_id) GROUP BY 1 $$);
SET enable_partitionwise_aggregate = on;
SET enable_partitionwise_join = on;
SELECT pruned_and_not('partitionwise', $$ SELECT site, count(*), max(job_id) FROM all_ota_job WHERE product_key = 'pk0' AND device_name IN ('d4:4', 'd3:3') AND firmware_id = '187' GROUP BY 1 $$);
SELECT pruned_and_not('partitionwise, count alone', $$ SELECT count(*) FROM all_ota_job WHERE site = 'south' AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
RESET enable_partitionwise_aggregate;
RESET enable_partitionwise_join;
PREPARE of_site (text) AS SELECT count(*) FROM inventory i JOIN all_ota_job j USING (product_key, device_name, firmware_id) WHERE j.site = $1 AND i.id < 10;
SET plan_cache_mode = force_generic_plan;
SELECT asked() \g /dev/null
EXECUTE of_site ('north');
SELECT asked();
EXECUTE of_site ('west');
SELECT asked();
EXECUTE of_site ('east');
SELECT asked();
RESET plan_cache_mode;
-- Estimates: a row of the inventory is one account's; without its site, each account's.
CREATE TABLE devices AS SELECT (ARRAY['north', 'south'])[1 + g % 2] AS site, 'pk1' AS product_key, 'd' || g AS device_name, '187' AS firmware_id FROM generate_series(1, 1000) g;
ANALYZE devices;
SELECT estimated('SELECT FROM devices i JOIN all_ota_job j ON KEY(j, i) AND j.site = i.site'), estimated('SELECT FROM devices i JOIN all_ota_job j ON KEY(j, i)');

-- What each account was asked, by name: of 20 devices each has its own sites'.
CREATE VIEW lookups AS SELECT server_name, lookups FROM tuya_fdw_stats WHERE lookups > 0 ORDER BY 1;
SELECT FROM tuya_fdw_stats_reset() \gset
SELECT count(*) FROM inventory i JOIN all_ota_job j USING (site, product_key, device_name, firmware_id);
TABLE lookups;
SELECT site, count(*) FROM inventory WHERE site IN ('north', 'south') AND device_name IS NOT NULL GROUP BY 1 ORDER BY 1;

-- Two levels: accounts by list, in one of them products.
CREATE TABLE deep_ota_job (LIKE all_ota_job) PARTITION BY LIST (site);
CREATE TABLE deep_north PARTITION OF deep_ota_job FOR VALUES IN ('north') PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE deep_north0 PARTITION OF deep_north FOR VALUES IN ('pk0') SERVER tuya;
CREATE FOREIGN TABLE deep_north1 PARTITION OF deep_north DEFAULT SERVER tuya;
CREATE FOREIGN TABLE deep_rest PARTITION OF deep_ota_job DEFAULT SERVER tuya2;
ALTER FOREIGN TABLE deep_north0 ALTER COLUMN site OPTIONS (constant 'north');
ALTER FOREIGN TABLE deep_north1 ALTER COLUMN site OPTIONS (constant 'north');
ALTER FOREIGN TABLE deep_rest ALTER COLUMN site OPTIONS (constant 'south');
CREATE VIEW deep_local_job AS TABLE all_local_job;
SELECT pruned_and_not('two levels', $$ SELECT * FROM inventory i JOIN deep_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT pruned_and_not('two levels, keys only', $$ SELECT * FROM inventory i JOIN deep_ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT pruned_and_not('two levels, constants', $$ SELECT * FROM deep_ota_job WHERE site = 'north' AND product_key IN ('pk0', 'pk1') AND device_name IN ('d4:4', 'd3:3') AND firmware_id = '187' $$);
-- By a hash, and by range, of a number.
CREATE TABLE numbered_ota_job (n int, product_key text, device_name text, firmware_id text, job_id text) PARTITION BY RANGE (n);
CREATE FOREIGN TABLE numbered1 (n int OPTIONS (constant '1'), product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
CREATE FOREIGN TABLE numbered2 (n int OPTIONS (constant '12'), product_key text, device_name text, firmware_id text, job_id text) SERVER tuya2;
ALTER TABLE numbered_ota_job ATTACH PARTITION numbered1 FOR VALUES FROM (0) TO (10);
ALTER TABLE numbered_ota_job ATTACH PARTITION numbered2 FOR VALUES FROM (10) TO (MAXVALUE);
CREATE VIEW numbered_local_job AS SELECT n, product_key, device_name, firmware_id, job_id FROM local_job, (VALUES (1), (12)) s (n);
SELECT pruned_and_not('range of numbers', $$ SELECT * FROM numbered_ota_job WHERE n > 10 AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT pruned_and_not('numbers joined', $$ SELECT * FROM inventory i JOIN numbered_ota_job j ON KEY(j, i) AND j.n = i.id % 13 $$);

-- A partition of other values than its constant never has rows, and says so.
CREATE FOREIGN TABLE wrong (site text OPTIONS (constant 'south'), product_key text, device_name text, firmware_id text, job_id text, job_status text) SERVER tuya;
ALTER TABLE all_ota_job ATTACH PARTITION wrong FOR VALUES IN ('east');
SELECT error_of('SELECT FROM all_ota_job WHERE site = ''east'' AND product_key = ''pk0'' AND device_name = ''d4:4'' AND firmware_id = ''187''');
SELECT asked();
ALTER TABLE all_ota_job DETACH PARTITION wrong;

-- Arms of a view, by their constant columns.
CREATE VIEW arms_ota_job AS TABLE north_ota_job UNION ALL TABLE south_ota_job;
CREATE VIEW arms_local_job AS TABLE all_local_job;
SELECT shape('arms, constant', $$ SELECT * FROM arms_ota_job WHERE site = 'north' AND product_key = 'pk0' AND device_name = 'd4:4' AND firmware_id = '187' $$);
SELECT shape('arms, joined', $$ SELECT * FROM inventory i JOIN arms_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT shape('arms, left', $$ SELECT * FROM inventory i LEFT JOIN arms_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT shape('arms, exists', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM arms_ota_job j WHERE KEY(j, i) AND j.site = i.site) $$);
SELECT shape('arms, scalar subquery', $$ SELECT *, (SELECT count(*) FROM arms_ota_job j WHERE KEY(j, i) AND j.site = i.site) FROM inventory i $$);
SELECT estimated('SELECT FROM devices i JOIN arms_ota_job j ON KEY(j, i) AND j.site = i.site'), estimated('SELECT FROM devices i JOIN arms_ota_job j ON KEY(j, i)');

-- Into views that stay one the keys are handed, and with them what tells the accounts apart; where the view has it whole.
CREATE VIEW latest_ota_job AS SELECT DISTINCT ON (site, product_key, device_name, firmware_id) * FROM all_ota_job ORDER BY site, product_key, device_name, firmware_id, job_id DESC;
CREATE VIEW counted_ota_job AS SELECT site, product_key, device_name, firmware_id, count(*) AS n FROM arms_ota_job GROUP BY 1, 2, 3, 4;
CREATE VIEW ranked_ota_job AS SELECT *, row_number() OVER (PARTITION BY product_key, device_name, firmware_id, site ORDER BY job_id) AS rank FROM all_ota_job;
CREATE VIEW united_ota_job AS TABLE north_ota_job UNION TABLE south_ota_job;
CREATE VIEW nested_ota_job AS SELECT site AS place, product_key, device_name, firmware_id, max(n) AS n FROM counted_ota_job GROUP BY 1, 2, 3, 4;
CREATE VIEW overall_ota_job AS SELECT product_key, device_name, firmware_id, min(site) AS site, count(*) AS n FROM all_ota_job GROUP BY 1, 2, 3;
CREATE VIEW latest_local_job AS SELECT DISTINCT ON (site, product_key, device_name, firmware_id) * FROM all_local_job ORDER BY site, product_key, device_name, firmware_id, job_id DESC;
CREATE VIEW counted_local_job AS SELECT site, product_key, device_name, firmware_id, count(*) AS n FROM arms_local_job GROUP BY 1, 2, 3, 4;
CREATE VIEW ranked_local_job AS SELECT *, row_number() OVER (PARTITION BY product_key, device_name, firmware_id, site ORDER BY job_id) AS rank FROM all_local_job;
CREATE VIEW united_local_job AS TABLE all_local_job;
CREATE VIEW nested_local_job AS SELECT site AS place, product_key, device_name, firmware_id, max(n) AS n FROM counted_local_job GROUP BY 1, 2, 3, 4;
CREATE VIEW overall_local_job AS SELECT product_key, device_name, firmware_id, min(site) AS site, count(*) AS n FROM all_local_job GROUP BY 1, 2, 3;
SELECT shape('latest', $$ SELECT * FROM inventory i JOIN latest_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT shape('latest, left', $$ SELECT * FROM inventory i LEFT JOIN latest_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT shape('latest, exists', $$ SELECT * FROM inventory i WHERE EXISTS (SELECT FROM latest_ota_job j WHERE KEY(j, i) AND j.site = i.site) $$);
SELECT shape('latest, constant', $$ SELECT * FROM inventory i JOIN latest_ota_job j USING (product_key, device_name, firmware_id) WHERE j.site = 'south' $$);
SELECT shape('latest, keys only', $$ SELECT * FROM inventory i JOIN latest_ota_job j USING (product_key, device_name, firmware_id) $$);
SELECT shape('latest, another', $$ SELECT * FROM inventory i JOIN latest_ota_job j ON KEY(j, i) AND j.site <> i.site $$);
SELECT shape('counted', $$ SELECT * FROM inventory i JOIN counted_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT shape('ranked', $$ SELECT * FROM inventory i JOIN ranked_ota_job j USING (site, product_key, device_name, firmware_id) WHERE rank = 1 $$);
SELECT shape('united', $$ SELECT * FROM inventory i JOIN united_ota_job j USING (site, product_key, device_name, firmware_id) $$);
SELECT shape('nested', $$ SELECT * FROM inventory i JOIN nested_ota_job j ON KEY(j, i) AND j.place = i.site $$);
SELECT shape('overall', $$ SELECT * FROM inventory i JOIN overall_ota_job j ON KEY(j, i) AND j.site = i.site $$);

-- Row security of the table of all accounts: who may see one account's rows asks that one only, and
-- nothing of the others comes to a function that tells.
CREATE FUNCTION told(site text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$ BEGIN IF site <> 'north' THEN RAISE NOTICE 'told: %', site; END IF; RETURN true; END $$;
SET client_min_messages = error;
DROP ROLE IF EXISTS regress_tuya_north;
SET client_min_messages = notice;
CREATE ROLE regress_tuya_north;
GRANT USAGE ON SCHEMA t TO regress_tuya_north;
GRANT SELECT ON all_ota_job, latest_ota_job, inventory TO regress_tuya_north;
CREATE USER MAPPING FOR regress_tuya_north SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
CREATE USER MAPPING FOR regress_tuya_north SERVER tuya2 OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
ALTER TABLE all_ota_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_site ON all_ota_job USING (site = current_setting('t.site'));
SET t.site = 'north';
SELECT asked() \g /dev/null
SET ROLE regress_tuya_north;
SELECT count(*) FROM inventory i JOIN all_ota_job j USING (product_key, device_name, firmware_id) WHERE told(j.site);
RESET ROLE;
SELECT asked();
SET ROLE regress_tuya_north;
SELECT count(*) FROM all_ota_job WHERE product_key = 'pk0' AND device_name IN ('d4:4', 'd3:3') AND firmware_id = '187' AND told(site);
RESET ROLE;
SELECT asked();
DROP OWNED BY regress_tuya_north;
DROP ROLE regress_tuya_north;
