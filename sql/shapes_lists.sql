-- Lists of keys in subqueries: where the first row is enough, or a few are, of each row's list the
-- first key that asks for something is announced, so that what is asked for in vain stays small.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/shapes.sql

-- Of four devices, the first is the row's own: y has none or some jobs, by its number.
CREATE TABLE lists AS SELECT i.*, ARRAY[device_name, 'y' || id || ':1', 'y' || id || ':0', 'y' || id || ':2'] AS names,
	ARRAY['y' || id || ':0', device_name, 'y' || id || ':1'] AS own_second FROM inventory i;
INSERT INTO local_job SELECT s.product_key, n, s.firmware_id, j.*
	FROM lists s, unnest(names) n, LATERAL sim_jobs(s.product_key, n, s.firmware_id) j WHERE n <> s.device_name;
ANALYZE;
CREATE FUNCTION listed(name text, query text, statement text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT overlaps(name, replace(replace(query, 'LIST(', 'j.product_key = i.product_key AND j.firmware_id = i.firmware_id AND j.device_name = ANY ('),
		'JOBS', 'SELECT job_id FROM ota_job j WHERE'), statement);
$$;
SELECT listed('exists', 'SELECT id FROM lists i WHERE EXISTS (JOBS LIST(names))');
SELECT listed('exists, in the output', 'SELECT id, EXISTS (JOBS LIST(names)) FROM lists i');
SELECT listed('not exists', 'SELECT id FROM lists i WHERE NOT EXISTS (JOBS LIST(names))');
SELECT listed('exists, the first may be empty', 'SELECT id, EXISTS (JOBS LIST(own_second)) FROM lists i');
SELECT listed('in', 'SELECT id, ''none'' IN (JOBS LIST(names)) FROM lists i WHERE id < 20');
SELECT listed('limit', 'SELECT id, (JOBS LIST(names) LIMIT 1) IS NULL FROM lists i');
SELECT listed('offset 0 within exists', 'SELECT id FROM lists i WHERE EXISTS (JOBS LIST(names) OFFSET 0)');
SELECT listed('or', 'SELECT id, EXISTS (SELECT FROM ota_job j WHERE j.product_key = i.product_key AND j.firmware_id = i.firmware_id AND (j.device_name = i.device_name OR j.device_name = ''y'' || id || '':1'')) FROM lists i');
SELECT listed('join, the first row', 'SELECT i.id, x.job_id IS NULL FROM lists i LEFT JOIN LATERAL (JOBS LIST(names) LIMIT 1) x ON true');
-- Read to the end, all keys are announced.
SELECT listed('count', 'SELECT id, (SELECT count(*) FROM ota_job j WHERE LIST(names)) FROM lists i');
SELECT listed('array', 'SELECT id, (SELECT array_agg(job_id ORDER BY job_id) FROM ota_job j WHERE LIST(own_second)) FROM lists i');
SELECT listed('sort, then the first', 'SELECT id, (JOBS LIST(names) ORDER BY job_id LIMIT 1) FROM lists i');
SELECT listed('lateral', 'SELECT i.id, x.job_id FROM lists i, LATERAL (JOBS LIST(names)) x');
