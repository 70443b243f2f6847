-- named.sql
--		What the tests of keys in arrays begin with, after shapes.sql: the inventory's devices as
--		arrays, with some that have nothing.
\ir shapes.sql
\set ECHO none
SET client_min_messages = error;
CREATE TABLE named AS SELECT product_key, firmware_id, array_agg(device_name ORDER BY id) AS names FROM inventory GROUP BY 1, 2;
INSERT INTO named VALUES ('pk0', '187', NULL), ('pk0', '187', '{}'), ('pk1', '188', '{NULL,d1:1}');
ANALYZE named;
SET client_min_messages = notice;
\set ECHO all
