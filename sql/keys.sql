-- Every kind of value that a key is equal to reaches the service, and the key's
-- conditions filter all the same.  Each result is compared with a local table's.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

SET t.device = 'D:5';
-- Constants, from either side, as a row, with casts and collations.
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND 'd:5' = device_name AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk1', 'd:5', '187') $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk1'::varchar AND device_name = ('d:' || 5) AND firmware_id = 187::text $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk1' COLLATE "C" AND device_name COLLATE "C" = 'd:5' AND firmware_id::varchar = '187' $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = lower('PK1')::text AND device_name = lower(current_setting('t.device'))
	AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk' || (1 + now()::date - current_date) AND device_name = 'd:5' AND firmware_id = '187' $$);

-- A key's condition filters, too: a second one on a key, one that cannot be true, other conditions.
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187' AND device_name LIKE '%6' $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187' AND device_name = 'd:1' $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187'
	AND device_name = lower('D:1') COLLATE "C" $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187' AND device_name = firmware_id $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187'
	AND job_status IN ('PLANNED', 'COMPLETED') $$);
SELECT same($$ SELECT * FROM ota_job WHERE false $$);

-- Values that are known only when the plan runs; a NULL one asks for nothing.
SELECT same($$ SELECT * FROM ota_job WHERE product_key = (SELECT min(product_key) FROM inventory) AND device_name = (SELECT 'd:5')
	AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = (SELECT max(product_key) FROM inventory WHERE false)
	AND device_name = 'd:5' AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = NULL AND device_name = 'd:5' AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = nullif(current_setting('t.none', true), '')
	AND firmware_id = '187' $$);

-- Parameters, in plans for one value and for any.
CREATE FUNCTION prepared(mode text, query text, VARIADIC vals text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('plan_cache_mode', mode, true);
	EXECUTE 'PREPARE remote AS ' || query;
	EXECUTE 'PREPARE local AS ' || replace(query, 'ota_job', 'local_job');
	RETURN QUERY SELECT compare(format('EXECUTE remote(%L)', v), format('EXECUTE local(%L)', v)) FROM unnest(vals) v;
	DEALLOCATE remote;
	DEALLOCATE local;
END $$;
SELECT prepared('force_custom_plan', $$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = $1
	AND firmware_id = '187' $$, 'd:5', 'd:0', NULL, 'pump');
SELECT prepared('force_generic_plan', $$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = $1
	AND firmware_id = '187' $$, 'd:5', 'd:0', NULL, 'pump');
SELECT prepared('force_generic_plan', $$ SELECT * FROM ota_job WHERE product_key = 'pk1' AND device_name = 'd:5'
	AND device_name = $1 AND firmware_id = '187' $$, 'd:5', 'd:1', NULL);
SELECT prepared('force_generic_plan', $$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name)
	WHERE j.firmware_id = $1 $$, '187', NULL, '188');

-- Names and types of text other than text, in the table or in the value.
CREATE DOMAIN device AS varchar(40);
CREATE TABLE others AS SELECT product_key::varchar(10), device_name::device, firmware_id::char(5) FROM inventory;
ANALYZE others;
SELECT same($$ SELECT * FROM others o JOIN ota_job j ON j.product_key = o.product_key AND j.device_name = o.device_name
	AND j.firmware_id = o.firmware_id::text $$);
CREATE FOREIGN TABLE typed_ota_job (product_key varchar(10), device_name device, firmware_id text COLLATE "C", job_id text) SERVER tuya;
CREATE VIEW typed_local_job AS SELECT product_key::varchar(10), device_name::device, firmware_id COLLATE "C" AS firmware_id, job_id FROM local_job;
SELECT same($$ SELECT * FROM typed_ota_job WHERE product_key = 'pk1' AND device_name = 'd:5' AND firmware_id = '187' $$);
SELECT same($$ SELECT * FROM inventory i JOIN typed_ota_job j ON j.product_key = i.product_key AND j.device_name = i.device_name
	AND j.firmware_id = i.firmware_id COLLATE "C" $$);
SELECT same($$ SELECT * FROM others o JOIN typed_ota_job j ON j.product_key = o.product_key AND j.device_name = o.device_name
	WHERE j.firmware_id = '187' $$);

-- A key that is empty or has more than 1024 bytes in UTF-8 is an error before any request.
CREATE FUNCTION with_device(device text) RETURNS text LANGUAGE sql AS $$
	SELECT error_of(format('SELECT FROM ota_job WHERE product_key = ''pk1'' AND device_name = %L AND firmware_id = ''187''', device));
$$;
SELECT with_device('');
SELECT with_device(repeat('x', 1025));
SELECT with_device(repeat(U&'\00E9', 512) || 'x');
SELECT requests();
SELECT with_device(repeat('x', 1024));
SELECT with_device(repeat(U&'\00E9', 512));
SELECT requests();
SELECT sqlstate_of('SELECT FROM inventory i JOIN ota_job j ON j.product_key = i.product_key
	AND j.device_name = repeat(i.device_name, 1000) AND j.firmware_id = i.firmware_id');
SELECT requests();
