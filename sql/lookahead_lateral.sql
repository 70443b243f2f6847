-- LATERAL sub-selects, whose requests overlap as a join's do.  Each shape runs with
-- lookahead on and off and is compared with a local table.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/lookahead.sql

SELECT shape('lateral', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i) OFFSET 0) x $$);
SELECT shape('lateral, newest job', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i)
	ORDER BY utc_create DESC LIMIT 1) x $$);
SELECT shape('lateral, limit', $$ SELECT i.*, x.n FROM inventory i, LATERAL (SELECT 1 AS n FROM ota_job j WHERE KEY(j, i) LIMIT 1) x $$);
SELECT shape('lateral, aggregate', $$ SELECT * FROM inventory i, LATERAL (SELECT count(*), max(job_id) FROM ota_job j WHERE KEY(j, i)) x $$);
SELECT shape('lateral, group by', $$ SELECT * FROM inventory i, LATERAL (SELECT job_status, count(*) FROM ota_job j WHERE KEY(j, i) GROUP BY 1) x $$);
SELECT shape('lateral, distinct on', $$ SELECT * FROM inventory i, LATERAL (SELECT DISTINCT ON (job_status) * FROM ota_job j WHERE KEY(j, i)
	ORDER BY job_status, job_id) x $$);
SELECT shape('lateral, window function', $$ SELECT * FROM inventory i, LATERAL (SELECT *, rank() OVER (ORDER BY job_id) FROM ota_job j WHERE KEY(j, i)) x $$);
SELECT shape('lateral, nested', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i) ORDER BY job_id LIMIT 1) x,
	LATERAL (SELECT count(*) FROM ota_job k WHERE KEY(k, x) AND k.job_id > x.job_id) y $$);
SELECT shape('lateral in lateral', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM (VALUES ('187'), ('188')) f (f),
	LATERAL (SELECT max(job_id) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = f) y OFFSET 0) x $$);
SELECT shape('left join lateral', $$ SELECT * FROM inventory i LEFT JOIN LATERAL (SELECT * FROM ota_job j WHERE KEY(j, i) ORDER BY job_id LIMIT 2) x ON true $$);
SELECT shape('left join lateral with a condition', $$ SELECT * FROM inventory i LEFT JOIN LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i)
	ORDER BY job_id LIMIT 2) x ON i.site = 'north' $$);
SELECT shape('lateral upon two', $$ SELECT * FROM inventory i JOIN inventory k ON k.id = i.id + 1, LATERAL (SELECT count(*) FROM ota_job j
	WHERE j.product_key = i.product_key AND j.device_name = k.device_name AND j.firmware_id = '187') x $$);
SELECT shape('lateral union all', $$ SELECT * FROM inventory i, LATERAL (SELECT job_id FROM ota_job j WHERE KEY(j, i)
	UNION ALL SELECT job_id FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = '188') x $$);
SELECT shape('lateral union', $$ SELECT * FROM inventory i, LATERAL (SELECT job_status FROM ota_job j WHERE KEY(j, i)
	UNION SELECT i.site) x $$);
SELECT shape('lateral with a parameter in its output', $$ SELECT * FROM inventory i LEFT JOIN LATERAL (SELECT i.site || job_id FROM ota_job j
	WHERE KEY(j, i) OFFSET 0) x ON true $$);
-- Sub-selects that group, and their LATERAL form.
SELECT shape('grouped', 'SELECT * FROM inventory i JOIN (SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3) j USING (product_key, device_name, firmware_id)');
CREATE VIEW counted_ota_job AS SELECT product_key, device_name, firmware_id, count(*) FROM ota_job GROUP BY 1, 2, 3;
CREATE VIEW counted_local_job AS SELECT product_key, device_name, firmware_id, count(*) FROM local_job GROUP BY 1, 2, 3;
SELECT shape('view that groups', 'SELECT * FROM inventory i JOIN counted_ota_job j USING (product_key, device_name, firmware_id)');
SELECT shape('lateral upon a view', $$ SELECT * FROM inventory i, LATERAL (SELECT * FROM counted_ota_job j WHERE KEY(j, i) OFFSET 0) x $$);
SELECT shape('lateral form of the same', $$ SELECT * FROM inventory i CROSS JOIN LATERAL (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) x $$);
