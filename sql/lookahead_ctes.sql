-- A CTE that is kept apart makes its rows as its scans ask for them: where all of them are
-- read whole, the CTE is, and the window is full from the start. Where one may stop, it is not.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/window.sql
\set list 'w AS MATERIALIZED (SELECT * FROM ota_job WHERE product_key = ''p'' AND firmware_id = ''1'' AND device_name = ANY (ARRAY(SELECT device_name FROM inventory)))'
\set joined 'w AS MATERIALIZED (SELECT job_id, i.* FROM inventory i JOIN ota_job j ON KEY(j, i))'
SELECT peak('list', format('WITH %s SELECT * FROM w', :'list'));
SELECT peak('join', format('WITH %s SELECT * FROM w', :'joined'));
SELECT peak('output', 'WITH w AS MATERIALIZED (SELECT i.*, (SELECT count(*) FROM ota_job j WHERE KEY(j, i)) FROM inventory i) SELECT * FROM w');
SELECT peak('list, read twice', format('WITH %s SELECT * FROM w UNION ALL SELECT * FROM w', :'list'));
SELECT peak('join, read twice', format('WITH %s SELECT * FROM w JOIN w x USING (id)', :'joined'));
SELECT peak('grouped', format('WITH %s SELECT id, count(*) FROM w GROUP BY 1', :'joined'));
SELECT peak('of a CTE', format('WITH %s, v AS MATERIALIZED (SELECT * FROM w WHERE id > 3) SELECT * FROM v', :'joined'));
SELECT peak('of a CTE, read by both', format('WITH %s, v AS MATERIALIZED (SELECT * FROM w WHERE id > 3) SELECT * FROM v UNION ALL SELECT * FROM w', :'joined'));
SELECT peak('joined', format('WITH %s SELECT * FROM inventory i LEFT JOIN w USING (id)', :'joined'));
SELECT peak('in a subquery for each row', format('WITH %s SELECT id, (SELECT count(*) FROM w WHERE w.id = i.id) FROM inventory i', :'joined'));
SELECT peak('NOT IN', format('WITH %s SELECT id FROM inventory WHERE id NOT IN (SELECT id FROM w)', :'joined'));
SELECT peak('a sort before the LIMIT', format('WITH %s SELECT id FROM w ORDER BY id, job_id LIMIT 1', :'joined'));
SELECT peak('all, of which a LIMIT takes a part', format('WITH %s SELECT * FROM (SELECT count(*) FROM w) a LIMIT 1', :'list'));
SELECT peak('CREATE TABLE', 'TABLE made', format('CREATE TEMP TABLE made AS WITH %s SELECT * FROM w', :'joined'));
SELECT peak('in a view, inserted', 'TABLE made', format('CREATE TEMP TABLE made (id text); CREATE TEMP VIEW v AS WITH %s SELECT * FROM w; INSERT INTO made SELECT job_id FROM v', :'list'));
SELECT peak('one that writes', 'TABLE made', 'CREATE TEMP TABLE made (id text); WITH w AS (INSERT INTO made SELECT job_id FROM inventory i JOIN ota_job j ON KEY(j, i) RETURNING *) SELECT FROM w LIMIT 1');
-- What stops early does not let more be asked for.
SELECT peak('LIMIT, list', format('WITH %s SELECT product_key FROM w LIMIT 1', :'list'));
SELECT peak('LIMIT, join', format('WITH %s SELECT product_key FROM w LIMIT 1', :'joined'));
SELECT peak('LIMIT, CTE of a CTE', format('WITH %s, v AS MATERIALIZED (SELECT * FROM w) SELECT product_key FROM v LIMIT 1', :'joined'));
SELECT peak('EXISTS', format('WITH %s SELECT id FROM inventory WHERE EXISTS (SELECT FROM w)', :'joined'));
SELECT peak('two that stop', format('WITH %s SELECT FROM (SELECT FROM w LIMIT 1) a, (SELECT FROM w LIMIT 1) b', :'joined'));
SELECT peak('one that stops, one that is not come to', format('WITH %s SELECT CASE WHEN product_key = '''' THEN (SELECT count(*) FROM w) END FROM (SELECT product_key FROM w LIMIT 1) a', :'joined'));
SELECT peak('another CTE that stops', format('WITH %s, v AS MATERIALIZED (SELECT product_key FROM w) SELECT CASE WHEN product_key = '''' THEN (SELECT count(*) FROM w) END FROM (SELECT product_key FROM v LIMIT 1) a', :'joined'));
BEGIN;
DECLARE c CURSOR FOR WITH w AS MATERIALIZED (SELECT i.product_key FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)) SELECT * FROM w;
SELECT FROM sim('clear') \gset
FETCH c;
SELECT sim('get requests');
COMMIT;
