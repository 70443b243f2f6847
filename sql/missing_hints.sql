-- The error of a scan that lacks a key names the columns that have no value, tells
-- which have one and where from, and its hint fits the case: what it says works.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
CREATE FUNCTION refusal(query text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(replace(error_of(query),
		'j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id', 'KEYS'),
		'product_key, device_name, firmware_id', 'ALL');
$$;
\set keys 'j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id'
CREATE VIEW by_device AS SELECT product_key, device_name, firmware_id, count(*) AS n FROM ota_job GROUP BY 1, 2, 3;
CREATE VIEW states AS SELECT DISTINCT product_key, device_name, firmware_id, job_status FROM ota_job;
CREATE VIEW numbered AS SELECT *, row_number() OVER (PARTITION BY product_key, device_name, firmware_id ORDER BY job_id) FROM ota_job;
CREATE VIEW twice AS SELECT * FROM ota_job UNION SELECT * FROM ota_job;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM ota_job;
CREATE VIEW newest AS SELECT DISTINCT ON (product_key, device_name, firmware_id) * FROM ota_job ORDER BY product_key, device_name, firmware_id, job_id DESC;
CREATE VIEW locked AS SELECT * FROM ota_job FOR UPDATE;
-- No condition on the result gets into these.
CREATE VIEW ten AS SELECT * FROM ota_job LIMIT 10;
CREATE VIEW ranked AS SELECT *, rank() OVER (PARTITION BY product_key ORDER BY job_id) FROM ota_job;
CREATE VIEW one_a_state AS SELECT DISTINCT ON (job_status) * FROM ota_job;
CREATE VIEW others AS SELECT * FROM ota_job EXCEPT SELECT * FROM ota_job WHERE job_status = 'PLANNED';
CREATE VIEW cubed AS SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY CUBE (1, 2, 3);
CREATE VIEW unnested AS SELECT unnest(ARRAY[product_key]) AS product_key, device_name, firmware_id FROM ota_job;
CREATE VIEW total AS SELECT count(*) AS n FROM ota_job;
\set ECHO all

-- Nothing has a value; and then some: a constant, a parameter, a list, another table.
SELECT refusal('SELECT * FROM ota_job');
SELECT refusal('SELECT * FROM ota_job WHERE product_key = ''pk1''');
SELECT refusal('SELECT * FROM ota_job WHERE product_key IN (''pk1'', ''pk2'') AND firmware_id = (SELECT max(firmware_id) FROM inventory)');
SELECT refusal('SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name)');
SELECT refusal('SELECT * FROM inventory i JOIN ota_job j ON j.firmware_id = ''187'' AND j.device_name = lower(i.device_name)');
SELECT refusal('SELECT * FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE j.device_name = i.device_name AND j.firmware_id = i.firmware_id)');
SELECT refusal('SELECT (SELECT max(job_id) FROM ota_job j WHERE j.device_name = i.device_name) FROM inventory i');
SELECT refusal('SELECT * FROM inventory WHERE device_name NOT IN (SELECT device_name FROM ota_job)');
SELECT refusal('SELECT * FROM inventory i WHERE 5 < (SELECT count(*) FROM (SELECT job_id FROM ota_job j WHERE j.device_name = i.device_name OFFSET 0) x)');
SELECT refusal('SELECT * FROM inventory i, LATERAL (SELECT max(job_id) FROM ota_job j WHERE j.device_name = i.device_name) x (m) WHERE m <> ''''');
-- Tables that wait for one another.
SELECT refusal('SELECT * FROM ota_job a JOIN ota_job b USING (product_key, device_name, firmware_id)');
SELECT refusal('SELECT * FROM ota_job a JOIN ota_job b USING (product_key, device_name, firmware_id) JOIN ota_job c USING (product_key, device_name, firmware_id) WHERE a.product_key = ''pk1''');
SELECT refusal('SELECT * FROM inventory i JOIN ota_job a USING (product_key, device_name, firmware_id) JOIN ota_job b ON b.device_name = a.package_product_key AND b.product_key = a.product_key');
-- A condition that gives no value.
SELECT refusal('SELECT * FROM ota_job WHERE product_key = ''pk1'' AND firmware_id = ''187'' AND device_name LIKE ''d%''');
SELECT refusal('SELECT * FROM inventory i JOIN ota_job j ON j.product_key = i.product_key AND j.firmware_id = i.firmware_id AND lower(j.device_name) = i.device_name');
-- Outer joins.
SELECT refusal('SELECT * FROM ota_job j LEFT JOIN inventory i USING (product_key, device_name, firmware_id)');
SELECT refusal('SELECT * FROM inventory i FULL JOIN ota_job j USING (product_key, device_name, firmware_id)');
SELECT refusal('SELECT * FROM ota_job j WHERE product_key = ''pk1'' AND NOT EXISTS (SELECT FROM inventory i WHERE i.device_name = j.device_name AND i.firmware_id = j.firmware_id)');
SELECT same('SELECT * FROM inventory i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id)');

-- Views and subqueries with grouping: as it is, and in LATERAL.
SELECT v, refusal(format('SELECT * FROM inventory i JOIN %I j USING (product_key, device_name, firmware_id)', v)),
	sqlstate_of(format('SELECT * FROM inventory i CROSS JOIN LATERAL (SELECT * FROM %I j WHERE %s OFFSET 0) j', v, :'keys'))
FROM unnest('{by_device,states,numbered,twice,barrier,newest,locked}'::text[]) v;
SELECT v, refusal(format('SELECT i.product_key, i.device_name, i.firmware_id FROM inventory i JOIN %I j USING (product_key, device_name, firmware_id)', v))
FROM unnest('{ten,ranked,numbered,one_a_state,others,cubed,unnested}'::text[]) v;
-- Keys that were given, and did not get in.
SELECT v, refusal(format('SELECT * FROM %I WHERE product_key = %L AND device_name = %L AND firmware_id = %L', v, 'pk1', 'd:5', '187'))
FROM unnest('{ten,ranked,one_a_state,others,unnested}'::text[]) v;
SELECT refusal('SELECT (SELECT n FROM total) FROM inventory');
SELECT refusal('SELECT * FROM inventory i JOIN (SELECT * FROM ota_job LIMIT 5) j USING (product_key, device_name, firmware_id)');
SELECT refusal('SELECT * FROM inventory i, (SELECT count(*) FROM ota_job) j');
SELECT refusal('SELECT * FROM inventory i JOIN (SELECT *, row_number() OVER () FROM ota_job) j USING (product_key, device_name, firmware_id)');
-- With nothing to join it there is no such hint.
SELECT refusal('SELECT * FROM by_device');
SELECT refusal('SELECT * FROM by_device WHERE product_key = ''pk1'' AND device_name = ''d:5''');

-- A CTE that is read by itself: as it is, and as the hint has it.
SELECT refusal('WITH x AS MATERIALIZED (SELECT * FROM ota_job) SELECT * FROM inventory i JOIN x USING (product_key, device_name, firmware_id)');
SELECT refusal('WITH "X" AS (SELECT * FROM ota_job) SELECT * FROM inventory i JOIN "X" USING (product_key, device_name, firmware_id) WHERE EXISTS (SELECT FROM "X")');
SELECT same('WITH x AS NOT MATERIALIZED (SELECT * FROM ota_job) SELECT * FROM inventory i JOIN x USING (product_key, device_name, firmware_id)
	JOIN x y USING (product_key, device_name, firmware_id, job_id)');
SELECT refusal('WITH x AS MATERIALIZED (SELECT * FROM ota_job) SELECT count(*) FROM x');
SELECT refusal('WITH x AS (SELECT * FROM ota_job) SELECT * FROM x UNION ALL SELECT * FROM x');
-- Conditions in the parts of a UNION, in a subquery, and outside of a view that has the CTE.
CREATE VIEW held AS WITH x AS MATERIALIZED (SELECT * FROM ota_job) SELECT * FROM x;
CREATE VIEW not_held AS WITH x AS NOT MATERIALIZED (SELECT * FROM ota_job) SELECT * FROM x;
\set of 'product_key = ''pk1'' AND device_name = ''d:5'' AND firmware_id = ''187'''
SELECT m, refusal(format('WITH x AS %s (SELECT * FROM ota_job) SELECT * FROM x WHERE %s UNION ALL SELECT * FROM x WHERE %2$s', m, :'of')),
	refusal(format('WITH x AS %s (SELECT * FROM ota_job) SELECT * FROM (SELECT * FROM x WHERE %s OFFSET 0) y', m, :'of'))
FROM unnest('{MATERIALIZED,NOT MATERIALIZED}'::text[]) m;
SELECT v, refusal(format('SELECT * FROM %s WHERE %s', v, :'of')),
	refusal(format('SELECT * FROM inventory i JOIN %s j USING (product_key, device_name, firmware_id)', v)),
	sqlstate_of(format('SELECT * FROM inventory i CROSS JOIN LATERAL (SELECT * FROM %s j WHERE %s OFFSET 0) j', v, :'keys'))
FROM unnest('{held,not_held}'::text[]) v;
-- A CTE that a join does not get into, once it is no more read by itself; and those that nothing gets into.
SELECT m, refusal(format('WITH x AS %s (SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3) SELECT * FROM inventory i JOIN x USING (product_key, device_name, firmware_id)', m)),
	sqlstate_of(format('WITH x AS %s (SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3) SELECT * FROM inventory i CROSS JOIN LATERAL (SELECT * FROM x j WHERE %s OFFSET 0) j', m, :'keys'))
FROM unnest('{MATERIALIZED,NOT MATERIALIZED}'::text[]) m;
SELECT refusal('WITH x AS MATERIALIZED (SELECT * FROM ota_job LIMIT 5) SELECT * FROM inventory i JOIN x USING (product_key, device_name, firmware_id)');
SELECT refusal(format('WITH RECURSIVE x AS (SELECT * FROM ota_job UNION ALL SELECT * FROM x WHERE false) SELECT * FROM x WHERE %s', :'of'));
-- What works has asked; what is refused has not.
SELECT requests();

-- A table with other names, and one that lacks a key.
CREATE FOREIGN TABLE "My Jobs" ("Device" text OPTIONS (parameter 'DeviceName'), product_key text, firmware_id text, job_id text) SERVER tuya;
CREATE FOREIGN TABLE keyless (device_name text, job_id text) SERVER tuya;
SELECT refusal('SELECT * FROM "My Jobs"');
CREATE SCHEMA t_elsewhere;
CREATE FOREIGN TABLE t_elsewhere."Other" (product_key text, device_name text, firmware_id text) SERVER tuya;
CREATE TABLE parted (product_key text, device_name text, firmware_id text) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE parted1 PARTITION OF parted FOR VALUES IN ('pk1') SERVER tuya;
SELECT refusal('SELECT * FROM t_elsewhere."Other"');
DROP FOREIGN TABLE t_elsewhere."Other";
DROP SCHEMA t_elsewhere;
SELECT refusal('SELECT * FROM parted');
SELECT refusal('SELECT * FROM keyless WHERE device_name = ''d:5''');

-- EXPLAIN shows what is bound and what is missing.
SELECT explain_lines('SELECT * FROM ota_job WHERE product_key = ''pk1''', 'Keys');
SELECT explain_lines('SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name)', 'Keys');
SELECT explain_lines('SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)', 'Keys');
-- A plan that is kept tells the same.
PREPARE lacking AS SELECT * FROM ota_job WHERE device_name = $1;
SET plan_cache_mode = force_generic_plan;
SELECT refusal('EXECUTE lacking (''d:5'')');
SELECT refusal('EXECUTE lacking (''d:5'')');
SELECT requests();
