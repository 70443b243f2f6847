-- Joins hand keys into views that group, remove duplicates, rank, and unite, as long as
-- they do so by the key; the requests overlap as those of a join with the table do.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/views.sql
\set ECHO none
CREATE FUNCTION kind(name text, query text, options text DEFAULT '', peak int DEFAULT 16) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM make_views(name, query, options);
	RETURN through(name, format('SELECT * FROM inventory i JOIN %s_ota_job USING (product_key, device_name, firmware_id)', name), peak);
END $$;
\set ECHO all

-- The table itself, to compare with.
SELECT through('table', 'SELECT * FROM inventory i JOIN ota_job USING_KEYS');
-- Grouped.
SELECT kind('per_device', 'SELECT KEYS, count(*) AS n, max(job_id) AS newest FROM ota_job GROUP BY 1, 2, 3');
SELECT kind('per_state', 'SELECT KEYS, job_status, count(*) FROM ota_job GROUP BY 1, 2, 3, 4');
SELECT kind('by_another_order', 'SELECT count(*), firmware_id, device_name, product_key FROM ota_job GROUP BY job_status, firmware_id, product_key, device_name');
SELECT kind('with_having', 'SELECT KEYS, count(*) FROM ota_job GROUP BY 1, 2, 3 HAVING count(*) > 1 AND min(job_status) <> ''x''');
SELECT kind('with_filter', 'SELECT KEYS, count(*) FILTER (WHERE job_status > ''P''), array_agg(DISTINCT job_status ORDER BY job_status DESC) FROM ota_job GROUP BY 1, 2, 3');
SELECT kind('percentile', 'SELECT KEYS, percentile_disc(0.5) WITHIN GROUP (ORDER BY job_id) FROM ota_job GROUP BY 1, 2, 3');
SELECT kind('with_sets', 'SELECT KEYS, job_status, count(*) FROM ota_job GROUP BY GROUPING SETS ((1, 2, 3), (1, 2, 3, 4))');
SELECT kind('rolled_up', 'SELECT KEYS, job_status, count(*), grouping(job_status) FROM ota_job GROUP BY 1, 2, 3, ROLLUP (4)');
SELECT kind('varchars', 'SELECT product_key::varchar, device_name::varchar, firmware_id::varchar, count(*) FROM ota_job GROUP BY 1, 2, 3');
SELECT kind('other_collation', 'SELECT product_key COLLATE "C", device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3');
SELECT kind('with_generated_rows', 'SELECT KEYS, generate_series(1, 2) FROM ota_job GROUP BY 1, 2, 3');
-- Without duplicates.
SELECT kind('states', 'SELECT DISTINCT KEYS, job_status FROM ota_job');
SELECT kind('newest', 'SELECT DISTINCT ON (KEYS) * FROM ota_job ORDER BY KEYS, job_id DESC');
SELECT kind('newest_of_state', 'SELECT DISTINCT ON (job_status, KEYS) * FROM ota_job ORDER BY job_status, KEYS, job_id');
-- Ranked.
SELECT kind('ranked', 'SELECT *, row_number() OVER (PARTITION BY KEYS ORDER BY job_id) AS nr FROM ota_job');
SELECT kind('two_windows', 'SELECT *, rank() OVER (PARTITION BY KEYS, job_status ORDER BY job_id), lag(job_id) OVER (PARTITION BY KEYS ORDER BY job_id) FROM ota_job');
SELECT kind('first_ranked', 'SELECT * FROM ranked_ota_job WHERE nr = 1');
SELECT kind('ranked_groups', 'SELECT KEYS, job_status, rank() OVER (PARTITION BY KEYS ORDER BY count(*), job_status) FROM ota_job GROUP BY KEYS, job_status');
-- What is redundant in PARTITION BY, as a constant is, is a part of it all the same; and so is
-- the same column under another name.
SELECT kind('ranked_constant', 'SELECT *, rank() OVER (PARTITION BY KEYS ORDER BY job_id) FROM ota_job WHERE firmware_id = ''187''');
SELECT kind('ranked_same', 'SELECT *, rank() OVER (PARTITION BY package_product_key, KEYS ORDER BY job_id) FROM ota_job WHERE package_product_key = product_key');
SELECT kind('ranked_twice', 'SELECT product_key, device_name AS name, device_name, firmware_id, job_id, rank() OVER (PARTITION BY KEYS ORDER BY job_id) FROM ota_job');
SELECT through('by_other_name', 'SELECT * FROM inventory i JOIN ranked_twice_ota_job v ON (v.product_key, v.name, v.firmware_id) = (i.product_key, i.device_name, i.firmware_id)');
SELECT kind('newest_twice', 'SELECT DISTINCT ON (KEYS) product_key, device_name AS name, device_name, firmware_id, job_id FROM ota_job ORDER BY KEYS, job_id');
SELECT through('newest_by_other_name', 'SELECT * FROM inventory i JOIN newest_twice_ota_job v ON (v.product_key, v.name, v.firmware_id) = (i.product_key, i.device_name, i.firmware_id)');
SELECT kind('grouped_twice', 'SELECT KEYS, device_name AS name, count(*) FROM ota_job GROUP BY 1, 2, 3');
SELECT through('grouped_by_other_name', 'SELECT * FROM inventory i JOIN grouped_twice_ota_job v ON (v.product_key, v.name, v.firmware_id) = (i.product_key, i.device_name, i.firmware_id)');
SELECT kind('newest_alias', 'SELECT DISTINCT ON (package_product_key, device_name, firmware_id) * FROM ota_job WHERE package_product_key = product_key ORDER BY package_product_key, device_name, firmware_id, job_id');
SELECT kind('grouped_alias', 'SELECT product_key, device_name, count(*), substr(firmware_id, 1) AS firmware_id FROM ota_job WHERE substr(firmware_id, 1) = firmware_id GROUP BY 1, 2, firmware_id');
SELECT kind('sets_twice', 'SELECT KEYS, device_name AS name, count(*) FROM ota_job GROUP BY GROUPING SETS ((1, 2, 3), (1, 2, 3, job_status))');
SELECT through('sets_by_other_name', 'SELECT * FROM inventory i JOIN sets_twice_ota_job v ON (v.product_key, v.name, v.firmware_id) = (i.product_key, i.device_name, i.firmware_id)');
-- One name of it is what a condition of the view compares.
SELECT through('by_both_names', 'SELECT * FROM inventory i JOIN ranked_twice_ota_job v USING_KEYS WHERE v.name > ''d1''');
-- United: arms that ask for the same share what they asked for.
SELECT kind('united', 'SELECT KEYS, job_id FROM ota_job UNION SELECT KEYS, job_status FROM ota_job');
SELECT kind('united_all', 'SELECT KEYS, count(*) FROM ota_job GROUP BY 1, 2, 3 UNION ALL SELECT KEYS, 1 FROM ota_job');
SELECT kind('three_arms', 'SELECT KEYS, job_id FROM ota_job UNION ALL (SELECT KEYS, job_status FROM ota_job EXCEPT SELECT KEYS, job_id FROM ota_job)');
SELECT kind('intersected', 'SELECT KEYS, job_id FROM ota_job INTERSECT SELECT KEYS, job_id FROM ota_job WHERE job_status < ''P''');
SELECT kind('intersected_all', 'SELECT KEYS FROM ota_job INTERSECT ALL SELECT KEYS FROM ota_job WHERE job_status < ''P''');
SELECT kind('without', 'SELECT KEYS, job_id FROM ota_job EXCEPT SELECT KEYS, job_id FROM ota_job WHERE job_status < ''P''');
SELECT kind('without_all', 'SELECT KEYS FROM ota_job EXCEPT ALL SELECT KEYS FROM ota_job WHERE job_status < ''P''');
SELECT kind('with_local_arm', 'SELECT KEYS, job_id FROM ota_job UNION SELECT KEYS, site FROM inventory');
-- What conditions may not overtake.
SELECT kind('barrier', 'SELECT * FROM ota_job WHERE job_status > ''A''', 'WITH (security_barrier)');
SELECT kind('barrier_grouped', 'SELECT KEYS, count(*) FROM barrier_ota_job GROUP BY 1, 2, 3', 'WITH (security_barrier)');
-- Nested, and joined within.
SELECT kind('groups_of_groups', 'SELECT KEYS, sum(n) AS s FROM per_device_ota_job GROUP BY 1, 2, 3');
SELECT kind('three_deep', 'SELECT DISTINCT KEYS, s FROM groups_of_groups_ota_job');
SELECT kind('four_deep', 'SELECT *, rank() OVER (PARTITION BY KEYS ORDER BY s) FROM (SELECT * FROM three_deep_ota_job UNION SELECT KEYS, 1 FROM states_ota_job) u');
SELECT kind('one_firmware', 'SELECT KEYS, count(*) FROM ota_job WHERE firmware_id = ''187'' GROUP BY 1, 2, 3', peak := 10);
SELECT kind('joined_with_itself', 'SELECT KEYS, count(*) FROM ota_job a JOIN ota_job b USING_KEYS GROUP BY 1, 2, 3');
SELECT kind('left_joined_with_itself', 'SELECT a.product_key, a.device_name, a.firmware_id, count(b.job_id) FROM ota_job a LEFT JOIN ota_job b ON KEY(b, a) AND b.job_id > a.job_id GROUP BY 1, 2, 3');
SELECT kind('right_joined_with_itself', 'SELECT a.product_key, a.device_name, a.firmware_id, count(b.job_id) FROM ota_job b RIGHT JOIN ota_job a ON KEY(b, a) AND b.job_id > a.job_id GROUP BY 1, 2, 3');
SELECT kind('with_sites', 'SELECT s.site, KEYS, count(*) FROM ota_job j CROSS JOIN (SELECT DISTINCT site FROM inventory) s GROUP BY 1, 2, 3, 4');
SELECT kind('product_within', 'SELECT p.product_key, device_name, firmware_id, count(*) FROM (SELECT DISTINCT product_key FROM inventory) p JOIN ota_job j USING (product_key) GROUP BY 1, 2, 3');
SELECT kind('with_subquery', 'SELECT KEYS, count(*) AS n, (SELECT count(*) FROM inventory i WHERE i.device_name = j.device_name) FROM ota_job j GROUP BY 1, 2, 3');
SELECT through('other_names', 'SELECT * FROM inventory i JOIN (SELECT product_key AS p, device_name AS d, firmware_id AS f, count(*) FROM ota_job GROUP BY 1, 2, 3) j ON (p, d, f) = (i.product_key, i.device_name, i.firmware_id)');
SELECT through('equal_by_condition', 'SELECT * FROM inventory i JOIN (SELECT product_key AS p, device_name AS d, package_firmware_id AS f, count(*) FROM ota_job WHERE package_firmware_id = firmware_id GROUP BY 1, 2, 3) j ON (p, d, f) = (i.product_key, i.device_name, i.firmware_id)');
