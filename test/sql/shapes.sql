-- shapes.sql
--		What the tests of shapes of statements begin with, instead of setup.sql.
--
-- As views.sql has it, but 40 devices of different keys, so that 16 requests can be in
-- flight at once and go on being so.
\ir views.sql
\set ECHO none
SET client_min_messages = error;
DROP TABLE inventory, local_job;
CREATE TABLE inventory (id int PRIMARY KEY, site text, product_key text, device_name text, firmware_id text);
INSERT INTO inventory SELECT g, (ARRAY['north', 'south', 'west'])[1 + g % 3], 'pk' || g % 2, 'd' || g || ':' || g % 5, (187 + g % 2)::text
	FROM generate_series(1, 40) g;
ANALYZE inventory;
-- What ota_job shows, by the rule, for each combination of the inventory's values.
CREATE TABLE local_job AS
	SELECT * FROM (SELECT DISTINCT product_key FROM inventory) p, (SELECT DISTINCT device_name FROM inventory) d,
		(SELECT DISTINCT firmware_id FROM inventory) f, LATERAL sim_jobs(p.product_key, d.device_name, f.firmware_id);
CREATE INDEX ON local_job (product_key, device_name, firmware_id);
ANALYZE local_job;

CREATE FUNCTION overlaps(name text, query text, statement text DEFAULT NULL, peak int DEFAULT 16) RETURNS text LANGUAGE sql AS $$
	SELECT run(name, query, peak, statement, 20000);
$$;
-- One that is serial has none in flight beside another, however long replies take.
CREATE FUNCTION serial(name text, query text, statement text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT run(name, query, 2, statement, 150);
$$;
SET client_min_messages = notice;
\set ECHO all
