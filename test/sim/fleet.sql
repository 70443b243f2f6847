-- The simulator's fleet: what each table of the family has.  fleet.c, found.c and rows.c say
-- the same in C; fleet.h tells what is numbered how.
--
-- Functions give the rows of a key, the fleet's or any other; views have the tables' names and
-- columns, and the rows of the whole fleet, so that a query runs upon them where their schema
-- comes first in search_path.  They live in the schema that is current when this runs.  How
-- many there are of what is said by sim.fleet_products and so on, which are to be set as the
-- simulator's settings are.

CREATE OR REPLACE FUNCTION sim_fleet(what text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(nullif(current_setting('sim.fleet_' || what, true), '')::bigint,
		CASE what WHEN 'products' THEN 3 WHEN 'devices' THEN 5 WHEN 'firmware' THEN 4
			WHEN 'jobs' THEN 2 WHEN 'tasks' THEN 3 WHEN 'modules' THEN 2 END);
END;

-- All of them, once; a device has at most one task of a job.  Where they or other things that
-- cost are used more than once, OFFSET 0 keeps the planner from computing them each time.
CREATE OR REPLACE FUNCTION sim_sizes()
RETURNS TABLE (products bigint, devices bigint, firmware bigint, jobs bigint, tasks bigint, modules bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT sim_fleet('products'), sim_fleet('devices'), sim_fleet('firmware'), sim_fleet('jobs'),
		least(sim_fleet('tasks'), sim_fleet('devices')), sim_fleet('modules')
	OFFSET 0;
END;

-- How many rows a name says that it has; NULL: it does not.
CREATE OR REPLACE FUNCTION sim_said_count(name text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT substring(name from ':([0-9]{1,7})$')::bigint;
END;

CREATE OR REPLACE FUNCTION sim_free_number(name text, part int) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT 100000 + ('x' || substr(md5(convert_to(name, 'UTF8')), 1 + 8 * part, 8))::bit(32)::bigint % 900000;
END;

CREATE OR REPLACE FUNCTION sim_product_number(product_key text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN product_key ~ '^fleet[1-9][0-9]{0,4}$' THEN substr(product_key, 6)::bigint
		ELSE sim_free_number(product_key, 0) END;
END;

-- Part 0, 1, 2: the product's, firmware's and job's number in the id of a firmware, which has
-- no job's, or of a job.
CREATE OR REPLACE FUNCTION sim_id_number(id text, part int) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN id ~ '^(7[0-9]{12}|8[0-9]{18})$' THEN nullif(substr(id, 2 + 6 * part, 6), '')::bigint
		ELSE sim_free_number(id, part) END;
END;

CREATE OR REPLACE FUNCTION sim_product_key(p bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN p < 100000 THEN 'fleet' ELSE 'free' END || p::text;
END;

CREATE OR REPLACE FUNCTION sim_firmware_id(p bigint, f bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT '7' || lpad(p::text, 6, '0') || lpad(f::text, 6, '0');
END;

CREATE OR REPLACE FUNCTION sim_job_id(p bigint, f bigint, k bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT '8' || lpad(p::text, 6, '0') || lpad(f::text, 6, '0') || lpad(k::text, 6, '0');
END;

-- The number of a device that is in the fleet; else NULL.
CREATE OR REPLACE FUNCTION sim_device_number(product_key text, device_name text) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d FROM (SELECT CASE WHEN sim_product_number(product_key) <= sim_fleet('products')
			AND starts_with(device_name, product_key || '-')
			AND substr(device_name, length(product_key) + 2) ~ '^[1-9][0-9]{0,8}$'
			THEN substr(device_name, length(product_key) + 2)::bigint END AS d) AS n
	WHERE d <= sim_fleet('devices');
END;

-- How many of a product's: those that its key says, or as many as each product of the fleet.
CREATE OR REPLACE FUNCTION sim_of_product(product_key text, what text) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN sim_product_number(product_key) >= 100000
			THEN coalesce(sim_said_count(product_key), sim_fleet(what))
		WHEN sim_product_number(product_key) <= sim_fleet('products') THEN sim_fleet(what)
		ELSE 0 END;
END;

-- Whether there is that firmware; free ones there are.
CREATE OR REPLACE FUNCTION sim_firmware_exists(id text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT sim_id_number(id, 0) >= 100000
		OR (sim_id_number(id, 0) BETWEEN 1 AND sim_fleet('products')
			AND sim_id_number(id, 1) BETWEEN 1 AND sim_fleet('firmware'));
END;

CREATE OR REPLACE FUNCTION sim_module_of(f bigint, modules bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT 'module' || (CASE modules WHEN 0 THEN 1 ELSE (f - 1) % modules + 1 END)::text;
END;

CREATE OR REPLACE FUNCTION sim_src_version(f bigint, modules bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT '1.' || (CASE WHEN modules > 0 AND f > modules THEN f - modules ELSE 0 END)::text || '.0';
END;

-- When a firmware, a job of it and a task of that were created; 0 where there is none.
CREATE OR REPLACE FUNCTION sim_created(p bigint, f bigint, k bigint DEFAULT 0, t bigint DEFAULT 0)
RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT timestamptz '2024-01-01 00:00:00+00' + (p + f) * interval '1 hour' + f % 1000 * interval '1 ms'
		+ k * interval '1 minute' + k * interval '1 ms' + t * interval '1 second';
END;

-- Where a job's devices begin, from 0.
CREATE OR REPLACE FUNCTION sim_batch_offset(f bigint, k bigint, jobs bigint, tasks bigint, devices bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT ((f - 1) * jobs + k - 1) % devices * tasks % devices;
END;

CREATE OR REPLACE FUNCTION sim_task_status(f bigint, k bigint, t bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT (ARRAY['CONFIRM', 'QUEUED', 'NOTIFIED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'CANCELED'])
		[(t + f + k) % 7 + 1];
END;

CREATE OR REPLACE FUNCTION sim_task_id(p bigint, f bigint, k bigint, t bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT '1' || lpad((('x' || substr(md5(p::text || '|' || f::text || '|' || k::text || '|' || t::text), 1, 12))::bit(48)::bigint
		% 1000000000000)::text, 12, '0') || lpad(t::text, greatest(6, length(t::text)), '0');
END;

CREATE OR REPLACE FUNCTION sim_task_desc(status text, t bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE status WHEN 'CANCELED' THEN 'canceled by the operator' WHEN 'FAILED' THEN
		(ARRAY['Error -1: timed out', 'Error -2: "download" was cut off', 'Error -4: the device''s flash is full'])
			[t % 3 + 1] END;
END;

CREATE OR REPLACE FUNCTION sim_task_progress(status text, t bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE status WHEN 'SUCCEEDED' THEN '100' WHEN 'IN_PROGRESS' THEN (t * 13 % 100)::text
		WHEN 'FAILED' THEN (t * 13 % 100)::text WHEN 'CANCELED' THEN (t * 13 % 100)::text ELSE '0' END;
END;

-- Which tasks a device of the fleet has.
CREATE OR REPLACE FUNCTION sim_tasks_of(d bigint) RETURNS TABLE (f bigint, k bigint, t bigint)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT n.f, n.k, n.t
	FROM (SELECT f.f, k.k, tasks, (d - 1 - sim_batch_offset(f.f, k.k, jobs, tasks, devices) + devices) % devices + 1 AS t
		FROM sim_sizes(), generate_series(1, firmware) AS f(f), generate_series(1, jobs) AS k(k)
		OFFSET 0) AS n
	WHERE n.t <= n.tasks;
END;

CREATE OR REPLACE FUNCTION sim_products()
RETURNS TABLE (product_key text, product_name text, node_type int, data_format int, auth_type text,
	device_count int, description text, gmt_create timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT 'fleet' || p, 'Product ' || p, (p / 2 % 2)::int, (p % 2)::int,
		(ARRAY['id2', 'x509'])[p % 2 + 1], sim_fleet('devices')::int,
		CASE WHEN p % 3 > 0 THEN 'product number ' || p END,
		timestamptz '2024-01-01 00:00:00+00' + p * interval '1 hour' + p % 1000 * interval '1 ms'
	FROM generate_series(sim_fleet('products'), 1, -1) AS p;
END;

CREATE OR REPLACE FUNCTION sim_devices(product_key text)
RETURNS TABLE (iot_id text, device_name text, device_status text, device_type text, nickname text,
	gmt_create timestamptz, gmt_modified timestamptz, utc_create timestamptz, utc_modified timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT 'iot-' || $1 || '-' || d, $1 || '-' || d,
		(ARRAY['ONLINE', 'OFFLINE', 'UNACTIVE', 'DISABLE'])[d % 4 + 1],
		(ARRAY['DIRECT', 'GATEWAY', 'SUBSET'])[d % 3 + 1],
		CASE WHEN d % 5 > 0 THEN 'device number ' || d END,
		created, created + d % 24 * interval '1 hour',
		created + d % 1000 * interval '1 ms', created + d % 24 * interval '1 hour' + d % 1000 * interval '1 ms'
	FROM (SELECT d, timestamptz '2024-01-01 00:00:00+00' + sim_product_number($1) * interval '1 hour'
			+ d * interval '1 minute' AS created
		FROM generate_series(sim_of_product($1, 'devices'), 1, -1) AS d OFFSET 0) AS dated;
END;

-- The firmware of a product, the fleet's or not.
CREATE OR REPLACE FUNCTION sim_firmware(product_key text)
RETURNS TABLE (firmware_id text, firmware_name text, firmware_desc text, product_key text,
	product_name text, module_name text, src_version text, dest_version text, type int, status int,
	firmware_size bigint, sign_method text, firmware_sign text, utc_create timestamptz, utc_modified timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT sim_firmware_id(p, f), 'firmware-' || p || '-' || f, 'firmware ' || f || ' of product ' || p,
		$1, 'Product ' || p, sim_module_of(f, modules), sim_src_version(f, modules), '1.' || f || '.0',
		(f % 2)::int, (f % 5 - 1)::int, 1000000 + f * 1024 + p, (ARRAY['MD5', 'SHA256'])[f % 2 + 1],
		md5(sim_firmware_id(p, f)), sim_created(p, f), sim_created(p, f) + f % 24 * interval '1 hour'
	FROM (SELECT sim_product_number($1) AS p, sim_of_product($1, 'firmware') AS many, modules
			FROM sim_sizes() OFFSET 0) AS n,
		generate_series(many, 1, -1) AS f;
END;

CREATE OR REPLACE FUNCTION sim_firmware_jobs(firmware_id text)
RETURNS TABLE (job_id text, job_status text, job_type text, selection_type text,
	target_selection text, utc_create timestamptz, utc_modified timestamptz, utc_start_time timestamptz,
	utc_end_time timestamptz, dest_version text, tags text, product_key text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT sim_job_id(p, f, k), (ARRAY['PLANNED', 'IN_PROGRESS', 'COMPLETED', 'CANCELED'])[(f + k) % 4 + 1],
		(ARRAY['VERIFY_FIRMWARE', 'UPGRADE_FIRMWARE'])[k % 2 + 1],
		(ARRAY['STATIC', 'DYNAMIC'])[(f + k) % 2 + 1], (ARRAY['ALL', 'SPECIFIC', 'GRAY'])[k % 3 + 1],
		sim_created(p, f, k), sim_created(p, f, k) + k % 24 * interval '1 hour',
		sim_created(p, f, k) + interval '1 minute',
		CASE WHEN (f + k) % 4 >= 2 THEN sim_created(p, f, k) + (k % 24 + 24) * interval '1 hour' END,
		'1.' || f || '.0', CASE WHEN k % 2 = 0 THEN 'wave=' || k END, sim_product_key(p)
	FROM (SELECT sim_id_number($1, 0) AS p, sim_id_number($1, 1) AS f,
			coalesce(sim_said_count($1), sim_fleet('jobs')) AS many
			WHERE sim_firmware_exists($1) OFFSET 0) AS n,
		generate_series(many, 1, -1) AS k;
END;

CREATE OR REPLACE FUNCTION sim_tasks(job_id text)
RETURNS TABLE (task_id text, device_name text, task_status text, task_desc text, progress text,
	src_version text, dest_version text, module_name text, firmware_id text, product_key text,
	product_name text, iot_id text, timeout text, utc_create timestamptz, utc_modified timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
	SELECT sim_task_id(p, f, k, t), sim_product_key(p) || '-' || d, status, sim_task_desc(status, t),
		sim_task_progress(status, t), sim_src_version(f, modules), '1.' || f || '.0', sim_module_of(f, modules),
		sim_firmware_id(p, f), sim_product_key(p), 'Product ' || p, 'iot-' || sim_product_key(p) || '-' || d, '60',
		sim_created(p, f, k, t), sim_created(p, f, k, t) + t % 24 * interval '1 hour'
	FROM (SELECT p, f, k, t, modules, sim_task_status(f, k, t) AS status,
			CASE WHEN p >= 100000 OR devices = 0 THEN t
				ELSE (t - 1 + sim_batch_offset(f, k, jobs, tasks, devices)) % devices + 1 END AS d
		FROM (SELECT sim_id_number($1, 0) AS p, sim_id_number($1, 1) AS f, sim_id_number($1, 2) AS k,
				coalesce(sim_said_count($1), tasks) AS many, z.*
				FROM sim_sizes() AS z WHERE sim_firmware_exists($1) OFFSET 0) AS n,
			generate_series(many, 1, -1) AS t
		WHERE k > 0 AND (p >= 100000 OR k <= jobs)
		OFFSET 0) AS o;
END;

CREATE OR REPLACE FUNCTION sim_open_tasks(product_key text, device_name text)
RETURNS TABLE (task_id text, job_id text, task_status text, task_desc text, progress text,
	src_version text, dest_version text, module_name text, firmware_id text, product_name text,
	iot_id text, timeout text, utc_create timestamptz, utc_modified timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT sim_task_id(p, f, k, t), sim_job_id(p, f, k), status, sim_task_desc(status, t),
		sim_task_progress(status, t), sim_src_version(f, modules), '1.' || f || '.0', sim_module_of(f, modules),
		sim_firmware_id(p, f), 'Product ' || p, 'iot-' || $2, '60',
		sim_created(p, f, k, t), sim_created(p, f, k, t) + t % 24 * interval '1 hour'
	FROM (SELECT p, f, k, t, modules, sim_task_status(f, k, t) AS status
		FROM (SELECT sim_product_number($1) AS p, sim_device_number($1, $2) AS d, modules
				FROM sim_sizes() OFFSET 0) AS n,
			LATERAL (
				SELECT f, k, t FROM sim_tasks_of(d) WHERE d IS NOT NULL
				UNION ALL
				SELECT 1, k, 1 + (k % 4 + 7 - (2 + k) % 7) % 7
				FROM generate_series(1, coalesce(sim_said_count($2), 0)) AS k WHERE d IS NULL) AS o
		OFFSET 0) AS a
	WHERE status IN ('CONFIRM', 'QUEUED', 'NOTIFIED', 'IN_PROGRESS');
END;

CREATE OR REPLACE FUNCTION sim_modules(product_key text)
RETURNS TABLE (module_name text, alias_name text, description text, gmt_create timestamptz,
	gmt_modified timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT 'module' || m, 'alias of module ' || m, CASE WHEN m % 3 > 0 THEN 'module ' || m || ' of ' || $1 END,
		created, created + m % 24 * interval '1 hour'
	FROM (SELECT m, timestamptz '2024-01-01 00:00:00+00' + sim_product_number($1) * interval '1 hour'
			+ m * interval '1 minute' AS created
		FROM generate_series(sim_of_product($1, 'modules'), 1, -1) AS m OFFSET 0) AS dated;
END;

-- The newest version that a task of the device succeeded with.
CREATE OR REPLACE FUNCTION sim_module_versions(product_key text, device_name text)
RETURNS TABLE (module_name text, module_version text, iot_id text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT 'module' || m, '1.' || coalesce(newest, 0) || '.0', 'iot-' || $2
	FROM generate_series(coalesce(sim_said_count($2), sim_fleet('modules')), 1, -1) AS m
		LEFT JOIN (SELECT (f - 1) % nullif(modules, 0) + 1 AS m, max(f) AS newest
			FROM (SELECT sim_device_number($1, $2) AS d, modules FROM sim_sizes() OFFSET 0) AS n,
				LATERAL sim_tasks_of(d)
			WHERE d IS NOT NULL AND sim_task_status(f, k, t) = 'SUCCEEDED'
			GROUP BY 1) AS done USING (m);
END;

-- ListOTAJobByDevice where device and firmware are the fleet's: the jobs that contain it.
CREATE OR REPLACE FUNCTION sim_device_jobs(product_key text, device_name text, firmware_id text)
RETURNS TABLE (job_id text, job_status text, job_type text, selection_type text,
	target_selection text, utc_create timestamptz, utc_modified timestamptz,
	package_product_key text, package_firmware_id text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT j.job_id, j.job_status, j.job_type, j.selection_type, j.target_selection, j.utc_create,
		j.utc_modified, j.product_key, $3
	FROM (SELECT sim_product_number($1) AS p, sim_device_number($1, $2) AS d OFFSET 0) AS n,
		LATERAL sim_tasks_of(d) AS t, LATERAL sim_firmware_jobs($3) AS j
	WHERE d IS NOT NULL AND $3 = sim_firmware_id(p, t.f) AND j.job_id = sim_job_id(p, t.f, t.k);
END;

-- The tables, with the whole fleet's rows.
CREATE OR REPLACE VIEW product AS SELECT * FROM sim_products() OFFSET 0;
CREATE OR REPLACE VIEW device AS
	SELECT p.product_key, s.* FROM product p, LATERAL sim_devices(p.product_key) s OFFSET 0;
CREATE OR REPLACE VIEW ota_firmware AS
	SELECT s.* FROM product p, LATERAL sim_firmware(p.product_key) s OFFSET 0;
CREATE OR REPLACE VIEW ota_firmware_job AS
	SELECT f.firmware_id, s.* FROM ota_firmware f, LATERAL sim_firmware_jobs(f.firmware_id) s OFFSET 0;
CREATE OR REPLACE VIEW ota_task AS
	SELECT j.job_id, s.* FROM ota_firmware_job j, LATERAL sim_tasks(j.job_id) s OFFSET 0;
CREATE OR REPLACE VIEW ota_open_task AS
	SELECT product_key, device_name, task_id, job_id, task_status, task_desc, progress, src_version,
		dest_version, module_name, firmware_id, product_name, iot_id, timeout, utc_create, utc_modified
	FROM ota_task
	WHERE task_status IN ('CONFIRM', 'QUEUED', 'NOTIFIED', 'IN_PROGRESS');
CREATE OR REPLACE VIEW ota_module AS
	SELECT p.product_key, s.* FROM product p, LATERAL sim_modules(p.product_key) s;
CREATE OR REPLACE VIEW ota_module_version AS
	SELECT d.product_key, d.device_name, s.* FROM device d, LATERAL sim_module_versions(d.product_key, d.device_name) s;
CREATE OR REPLACE VIEW ota_job AS
	SELECT t.product_key, t.device_name, t.firmware_id, j.job_id, j.job_status, j.job_type,
		j.selection_type, j.target_selection, j.utc_create, j.utc_modified,
		j.product_key AS package_product_key, j.firmware_id AS package_firmware_id
	FROM ota_firmware_job j, LATERAL sim_tasks(j.job_id) t;
