-- What a subquery's rows are compared to, by IN and the like, gives its keys values,
-- wherever the subquery stands.  Each result is compared with a local table's; the
-- requests are as many as there are keys.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/key_forms.sql
\set ECHO all

-- A condition: IN, = ANY, of rows, with values of other types; below OR, in IS TRUE, CASE, HAVING, ON, FILTER.
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE (i.device_name, i.firmware_id) = ANY (SELECT device_name, firmware_id FROM ota_job j
	WHERE j.product_key = i.product_key) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE (i.product_key, i.device_name, i.firmware_id) IN (SELECT product_key, device_name, firmware_id
	FROM ota_job WHERE job_status <> i.other_id) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.varying IN (SELECT device_name FROM ota_job j WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.device IN (SELECT device_name FROM ota_job j WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE '187' IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.id = 3 OR (i.product_key, i.device_name, i.firmware_id) IN (SELECT product_key, device_name, firmware_id FROM ota_job) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE (i.firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i))) IS NOT TRUE $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE CASE WHEN i.firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)) THEN i.id > 2 ELSE i.id < 2 END $$);
SELECT form($$ SELECT i.id FROM inventory i GROUP BY i.id HAVING i.firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)) $$);
SELECT form($$ SELECT product_key FROM inventory i GROUP BY 1 HAVING max(i.firmware_id) IN (SELECT firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND device_name = 'd3:0') $$);
SELECT form($$ SELECT i.id, f.fw FROM inventory i LEFT JOIN fws f ON f.fw IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)) $$);
SELECT form($$ SELECT count(*) FILTER (WHERE i.firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i))) FROM inventory i $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id = ANY (ARRAY(SELECT j.firmware_id FROM ota_job j WHERE PD(j, i))) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.varying = ANY (ARRAY(SELECT device_name FROM ota_job j WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id)) $$);

-- A value, where NULL is not false: below NOT, in the target list, ORDER BY, COALESCE, <> ALL.
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id NOT IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id <> ALL (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)) $$);
SELECT form($$ SELECT i.id, i.firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)) FROM inventory i $$);
SELECT form($$ SELECT i.id, (i.product_key, i.device_name) <> ALL (SELECT product_key, device_name FROM ota_job j WHERE j.firmware_id = i.firmware_id)
	FROM inventory i WHERE i.id < 20 $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE coalesce(i.firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)), false) $$);
SELECT form($$ SELECT i.id, i.firmware_id = ANY (ARRAY(SELECT j.firmware_id FROM ota_job j WHERE PD(j, i))) FROM inventory i ORDER BY 2, 1 $$);
SELECT form($$ SELECT f.fw, f.fw IN (SELECT firmware_id FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2') FROM fws f $$);
-- NULL on the right side, in one column of two; on the left side any row counts, so that no key is known.
SELECT form($$ SELECT i.id, (i.firmware_id, 'x') IN (SELECT j.firmware_id, nullif(job_status, 'PLANNED') FROM ota_job j WHERE PD(j, i)) FROM inventory i $$);
SELECT sqlstate_of($$ SELECT i.device_name IN (SELECT device_name FROM ota_job j WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id) FROM inventory i WHERE id = 20 $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.device_name IS NOT NULL AND i.device_name NOT IN (SELECT device_name FROM ota_job j
	WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id) $$);

-- Subqueries with DISTINCT, GROUP BY, UNION, WITH, a join, a view; within each other.
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id IN (SELECT DISTINCT j.firmware_id FROM ota_job j WHERE PD(j, i)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i) GROUP BY 1 HAVING count(*) > 1) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i) AND job_status = 'PLANNED'
	UNION ALL SELECT j.firmware_id FROM ota_job j WHERE PD(j, i) AND job_status = 'COMPLETED') $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id IN (WITH x AS (SELECT * FROM ota_job) SELECT firmware_id FROM x WHERE PD(x, i)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id IN (SELECT j.firmware_id FROM fws f LEFT JOIN ota_job j ON PD(j, i)) $$);
CREATE VIEW planned_ota_job WITH (security_barrier) AS SELECT * FROM ota_job WHERE job_status = 'PLANNED';
CREATE VIEW planned_local_job WITH (security_barrier) AS SELECT * FROM local_job WHERE job_status = 'PLANNED';
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id IN (SELECT j.firmware_id FROM planned_ota_job j WHERE PD(j, i)) $$);
CREATE VIEW counts_ota_job AS SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3;
CREATE VIEW counts_local_job AS SELECT product_key, device_name, firmware_id, count(*) FROM local_job GROUP BY 1, 2, 3;
SELECT form($$ SELECT i.id FROM inventory i WHERE (i.product_key, i.device_name, i.firmware_id) IN (SELECT product_key, device_name, firmware_id FROM counts_ota_job WHERE count > 1) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM counts_ota_job j WHERE KEY(j, i) AND count > 1) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM planned_ota_job j WHERE KEY(j, i)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM fws f WHERE f.fw IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i))) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE i.firmware_id NOT IN (SELECT f.fw FROM fws f WHERE f.fw NOT IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i))) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE (SELECT i.firmware_id) IN (SELECT j.firmware_id FROM ota_job j WHERE PD(j, i)) $$);
CREATE TABLE parted (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE parted_ota_job PARTITION OF parted FOR VALUES IN ('pk0') SERVER tuya;
CREATE FOREIGN TABLE parted_other PARTITION OF parted FOR VALUES IN ('pk1') SERVER tuya;
CREATE VIEW both_ota_job AS TABLE parted;
CREATE VIEW both_local_job AS TABLE local_job;
SELECT form($$ SELECT i.id FROM inventory i WHERE i.id < 20 AND i.firmware_id NOT IN (SELECT j.firmware_id FROM both_ota_job j WHERE PD(j, i)) $$);

-- EXISTS in a query of ours gives keys values: below OR, within EXISTS of an outer row that it refers to, within NOT EXISTS.
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND j.firmware_id = '187' AND (j.device_name = 'd3:0'
	OR EXISTS (SELECT FROM inventory x WHERE x.device_name = j.device_name AND x.id < 20)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id
	AND EXISTS (SELECT FROM inventory x WHERE j.device_name = x.device AND x.id = i.id)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM (SELECT * FROM ota_job) j WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id
	AND EXISTS (SELECT DISTINCT 1 FROM inventory x JOIN fws f ON f.fw = x.firmware_id WHERE x.device_name = j.device_name AND x.id = i.id ORDER BY 1)) $$);

-- IN of rows gives each column of ours values, the second by the first: below OR, in CASE, NOT NOT IN, NOT <> ALL, COALESCE.
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.device_name, j.firmware_id) IN (SELECT device_name, firmware_id FROM inventory)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE (j.product_key = 'pk1' AND j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.product_key, j.device_name, j.firmware_id) = SOME (SELECT product_key, device_name, firmware_id FROM inventory)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND CASE WHEN (j.device_name, j.firmware_id) IN (SELECT device_name, firmware_id FROM inventory)
	THEN true ELSE j.device_name = 'd3:0' AND j.firmware_id = '187' END $$);
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND NOT ((j.device_name, j.firmware_id) NOT IN (SELECT device_name, firmware_id FROM inventory)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND NOT ((j.device_name, j.firmware_id) <> ALL (SELECT device_name, firmware_id FROM inventory)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND coalesce((j.device_name, j.firmware_id) IN (SELECT device_name, firmware_id FROM inventory), false) $$);
-- With constants, other columns of ours, values of other types, columns of other tables; correlated; in ON.
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk1' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.job_status, 3, j.device_name, j.firmware_id) IN (SELECT 'PLANNED', id, device_name, firmware_id FROM inventory)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk1' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.firmware_id, j.device_name) IN (SELECT firmware_id, varying FROM inventory) OR (j.device_name, j.firmware_id) IN (SELECT device, firmware_id FROM inventory)) $$);
SELECT form($$ SELECT i.id, j.* FROM inventory i, ota_job j WHERE j.product_key = i.product_key AND (KEY(j, i) OR
	(i.id, j.device_name, j.firmware_id) IN (SELECT id + 1, device_name, firmware_id FROM inventory)) $$);
SELECT form($$ SELECT i.id, j.* FROM inventory i, ota_job j WHERE (j.product_key, j.device_name, j.firmware_id) IN
	(SELECT product_key, device_name, firmware_id FROM inventory x WHERE x.id = i.id + 1) $$);
SELECT form($$ SELECT i.id, j.* FROM inventory i LEFT JOIN ota_job j ON j.product_key = i.product_key AND
	(j.device_name, j.firmware_id) IN (SELECT x.device_name, x.firmware_id FROM inventory x WHERE x.id = i.id + 1) $$);
SELECT form($$ SELECT * FROM (SELECT * FROM ota_job WHERE job_status = 'PLANNED') j JOIN pks ON pk = product_key WHERE device_name = 'd3:0' AND firmware_id = '187'
	OR (device_name, firmware_id) IN (SELECT device_name, firmware_id FROM inventory) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR EXISTS (SELECT FROM inventory x WHERE x.device_name = j.device_name AND x.firmware_id = j.firmware_id AND x.id < 20)) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE j.job_status = 'PLANNED'
	AND (j.product_key, j.device_name, j.firmware_id) IN (SELECT product_key, device_name, firmware_id FROM inventory x WHERE x.id IN (i.id, i.id + 1))) $$);
SELECT form($$ SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM ota_job j WHERE j.product_key = i.product_key AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.device_name, j.firmware_id) IN (SELECT device_name, firmware_id FROM inventory x WHERE x.id = i.id + 1)) AND j.job_status = 'PLANNED') $$);
-- Subqueries with groups, DISTINCT, UNION, WITH, VALUES, sets; but not such as may have other rows the next time.
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.device_name, j.firmware_id) IN (SELECT device_name, max(firmware_id) FROM inventory GROUP BY 1)) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.device_name, j.firmware_id) IN (WITH x AS (SELECT DISTINCT device_name, firmware_id FROM inventory ORDER BY 2, 1) TABLE x UNION VALUES ('d2:2', '188'), (NULL, '187'))) $$);
SELECT form($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.device_name, j.firmware_id) IN (SELECT device_name, unnest(ids) FROM inventory)) $$);
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE j.product_key = 'pk0' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.device_name, j.firmware_id) IN (SELECT device_name, firmware_id FROM inventory LIMIT 3)) $$);
SELECT sqlstate_of($$ SELECT FROM ota_job j WHERE j.product_key = 'pk0' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.device_name, j.firmware_id) IN (SELECT device_name, firmware_id FROM inventory WHERE random() < 2)) $$);
SELECT requests();
PREPARE pairs (text, int) AS SELECT count(*) FROM ota_job j WHERE j.product_key = $1 AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.device_name, j.firmware_id) IN (SELECT device_name, firmware_id FROM inventory WHERE id < $2));
SET plan_cache_mode = force_generic_plan;
EXECUTE pairs ('pk0', 5);
EXECUTE pairs ('pk1', 2);
RESET plan_cache_mode;
SELECT requests();
EXECUTE pairs ('pk0', 5);
SELECT requests();
-- (Later versions write ARRAY before the subplan, and give it a name.)
SELECT replace(replace(explain_lines($$ SELECT * FROM ota_job j WHERE j.product_key = 'pk0' AND (j.device_name = 'd3:0' AND j.firmware_id = '187'
	OR (j.device_name, j.firmware_id) IN (SELECT device_name, firmware_id FROM inventory)) $$, 'Remote Keys'), 'ARRAY', ''), 'any_', '');

-- Where rows depend on each other, or on chance, the condition stays out.
SELECT sqlstate_of($$ SELECT FROM inventory i WHERE i.firmware_id IN (SELECT firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name LIMIT 1) $$);
SELECT sqlstate_of($$ SELECT FROM inventory i WHERE i.firmware_id IN (SELECT max(firmware_id) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name) $$);
SELECT sqlstate_of($$ SELECT FROM inventory i WHERE i.firmware_id || random() IN (SELECT firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name) $$);
SELECT sqlstate_of($$ SELECT FROM inventory i WHERE i.firmware_id IN (SELECT DISTINCT ON (device_name) firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name) $$);
SELECT requests();

-- In prepared statements, in functions, and where rows are changed.
PREPARE listed (int) AS SELECT count(*) FROM inventory i WHERE i.id > $1 AND i.firmware_id NOT IN
	(SELECT firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name);
SET plan_cache_mode = force_generic_plan;
EXECUTE listed (2);
EXECUTE listed (6);
RESET plan_cache_mode;
SELECT requests();
UPDATE inventory i SET other_id = 'changed' WHERE i.id = 1 OR i.firmware_id IN
	(SELECT firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name) RETURNING i.id;
DELETE FROM inventory i WHERE i.firmware_id NOT IN
	(SELECT firmware_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name) RETURNING i.id;
SELECT requests();

-- A statement that has all its keys is planned as ever: one subquery, run once.
SELECT explain_lines($$ SELECT f.fw IN (SELECT firmware_id FROM ota_job WHERE product_key = 'pk0' AND device_name = 'd2:2' AND firmware_id = ANY ('{187,188}')) FROM fws f $$,
	'Remote Keys');

-- Conditions that are never true ask for nothing.
SELECT form($$ SELECT * FROM ota_job WHERE CASE WHEN job_id = 'x' THEN false END $$);
SELECT form($$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND (product_key IS NULL OR device_name IS NULL) $$);
SELECT form($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON PD(j, i) AND (j.firmware_id = i.firmware_id OR j.device_name IS NULL) $$);

-- A plan that is made again, and lacks keys then, too: an EXISTS of other tables is a condition in it.
SELECT sqlstate_of($$ SELECT i.id, job_id FROM inventory i JOIN ota_job j ON j.firmware_id = i.firmware_id AND EXISTS (SELECT FROM (VALUES ('pk0'), ('pk1')) x (v) WHERE x.v = j.product_key) $$);
SELECT sqlstate_of($$ SELECT i.id, job_id FROM inventory i LEFT JOIN ota_job j ON j.firmware_id = i.firmware_id AND EXISTS (SELECT FROM fws f WHERE f.fw = j.product_key) $$);
SELECT form($$ SELECT i.id, x.* FROM inventory i LEFT JOIN LATERAL (SELECT j.job_id FROM ota_job j WHERE CASE j.firmware_id WHEN i.firmware_id THEN true ELSE false END
	AND j.device_name = i.device_name AND EXISTS (SELECT FROM (VALUES ('pk0'), ('pk1')) x (v) WHERE x.v = j.product_key)) x ON true $$);
SELECT requests();
