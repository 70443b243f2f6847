-- The simulator's rule: which jobs a key has.  jobs.c says the same in C.
--
-- Function bodies are parsed here and now, so they mean the same under any
-- search_path; they live in the schema that is current when this runs.

CREATE OR REPLACE FUNCTION sim_job_count(device_name text, default_jobs int DEFAULT 3)
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN $1 IS NOT NULL THEN
		coalesce(substring($1 from ':([0-9]{1,7})$')::int, $2) END;
END;

-- Newest first, as the simulator lists them; a NULL key has no jobs.
CREATE OR REPLACE FUNCTION sim_jobs(product_key text, device_name text, firmware_id text,
	default_jobs int DEFAULT 3)
RETURNS TABLE (job_id text, job_status text, job_type text, selection_type text,
	target_selection text, utc_create timestamptz, utc_modified timestamptz,
	package_product_key text, package_firmware_id text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT '1' || lpad((('x' || substr(h, 1, 12))::bit(48)::bigint % 1000000000000)::text, 12, '0')
			|| lpad(i::text, greatest(6, length(i::text)), '0'),
		(ARRAY['PLANNED', 'IN_PROGRESS', 'COMPLETED', 'CANCELED'])
			[('x' || substr(h, 13, 1))::bit(4)::int % 4 + 1],
		(ARRAY['VERIFY_FIRMWARE', 'UPGRADE_FIRMWARE'])
			[('x' || substr(h, 14, 1))::bit(4)::int % 2 + 1],
		(ARRAY['STATIC', 'DYNAMIC'])
			[('x' || substr(h, 15, 1))::bit(4)::int % 2 + 1],
		(ARRAY['ALL', 'SPECIFIC', 'GRAY'])
			[('x' || substr(h, 16, 1))::bit(4)::int % 3 + 1],
		created,
		created + ('x' || substr(h, 20, 1))::bit(4)::int * interval '1 hour',
		'pkg' || substr(h, 21, 8),
		('x' || substr(h, 29, 4))::bit(16)::int::text
	FROM (
		SELECT i, h, timestamptz '2024-01-01 00:00:00+00' + i * interval '1 minute'
			+ (('x' || substr(h, 17, 3))::bit(12)::int % 1000) * interval '1 millisecond' AS created
		FROM (
			SELECT i, md5(convert_to($1 || '|' || $2 || '|' || $3 || '|' || i, 'UTF8')) AS h
			FROM generate_series(sim_job_count($2, $4), 1, -1) AS i
			OFFSET 0
		) AS hashed
		WHERE h IS NOT NULL
		OFFSET 0
	) AS dated;
END;
