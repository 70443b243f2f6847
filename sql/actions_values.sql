-- A field's value in a column of its type: three forms of time, whole numbers.  One that the
-- type cannot have is an error that tells column and value.  A device's secret is shown only
-- where a superuser has made a column of it, and is in no message.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

IMPORT FOREIGN SCHEMA ota LIMIT TO (product, device, ota_firmware, ota_module) FROM SERVER tuya INTO t;
\getenv work TUYA_WORK
\set body :work /actions_values.json

-- Every request is answered with that.
CREATE FUNCTION answer(body text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	path text := current_setting('t.body');
BEGIN
	EXECUTE format('COPY (SELECT %L) TO %L', replace(body, E'\n', ' '), path);
	PERFORM sim('set raw_body_file=' || path);
END $$;
SELECT set_config('t.body', :'body', false) IS NOT NULL;
-- A product, by its members beside the key.
CREATE FUNCTION product_with(members text) RETURNS void LANGUAGE sql AS $$
	SELECT answer(format('{"success":true,"data":{"currentPage":1,"pageCount":1,"pageSize":100,"total":1,"list":{"productInfo":[{"productKey":"p1",%s}]}}}', members))
$$;
CREATE FUNCTION shown(query text, members text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	context text;
BEGIN
	PERFORM product_with(members);
	EXECUTE query INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT, result = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' / ', SQLSTATE, SQLERRM, result, (regexp_match(context, 'column "[^\n]*'))[1]);
END $$;

-- Milliseconds since 1970.
SET timezone = 'UTC';
SELECT members, shown('SELECT gmt_create FROM product', members) FROM unnest(ARRAY['"gmtCreate":1550628969000', '"gmtCreate":"1550628969123"',
	'"gmtCreate":0', '"gmtCreate":-1', '"gmtCreate":253402300799999', '"gmtCreate":253402300800000', '"gmtCreate":1550628969.5', '"gmtCreate":1e12',
	'"gmtCreate":9223372036854775808', '"gmtCreate":"2019-02-20T02:16:09Z"', '"gmtCreate":null', '"gmtCreate":""', '"other":1']) members;

-- Whole numbers.
SELECT members, shown('SELECT device_count FROM product', members) FROM unnest(ARRAY['"deviceCount":0', '"deviceCount":"12"', '"deviceCount":-2147483648',
	'"deviceCount":2147483647', '"deviceCount":2147483648', '"deviceCount":"-2147483649"', '"deviceCount":1.0', '"deviceCount":1e3', '"deviceCount":"many"',
	'"deviceCount":" 1"', '"deviceCount":"+1"', '"deviceCount":"-"', '"deviceCount":99999999999999999999', '"deviceCount":null', '"deviceCount":""', '"deviceCount":true']) members;
CREATE FOREIGN TABLE other_types (s smallint OPTIONS (field 'nodeType'), b bigint OPTIONS (field 'deviceCount'), t text OPTIONS (field 'dataFormat'),
	n int OPTIONS (field 'productKey')) SERVER tuya OPTIONS (action 'QueryProductList');
SELECT members, shown('SELECT s FROM other_types', members) FROM unnest(ARRAY['"nodeType":32767', '"nodeType":32768']) members;
SELECT members, shown('SELECT b FROM other_types', members) FROM unnest(ARRAY['"deviceCount":9223372036854775807', '"deviceCount":9223372036854775808', '"deviceCount":"-9223372036854775808"']) members;
SELECT shown('SELECT t FROM other_types', '"dataFormat":"a word"');
-- What the service sends as text is the column's to take.
SELECT shown('SELECT n FROM other_types', '"nodeType":1');

-- With on_error they are rows, as a time is.
ALTER FOREIGN TABLE product ALTER COLUMN product_key DROP NOT NULL, ADD COLUMN error_message text OPTIONS (field 'errorMessage'), OPTIONS (ADD on_error 'row');
SET client_min_messages = error;
SELECT shown('SELECT row(product_key, device_count, error_message) FROM product', '"deviceCount":"many"');
SELECT shown('SELECT row(product_key, gmt_create, error_message) FROM product', '"gmtCreate":"now"');
SELECT shown('SELECT row(product_key, device_count, error_message) FROM product', '"deviceCount":3');
RESET client_min_messages;

-- RFC 1123's form with dashes, and ISO 8601 with a blank and without seconds.
SELECT answer('{"success":true,"total":1,"currentPage":1,"nextToken":"","data":{"deviceInfo":[{"iotId":"i1","deviceName":"d1","deviceSecret":"shown-secret","gmtCreate":"Wed, 20-Feb-2019 02:16:09 GMT","utcCreate":"2019-02-20T02:16:09.000Z"}]}}');
SELECT device_name, gmt_create, utc_create, gmt_modified FROM device WHERE product_key = 'pk1';
SELECT answer('{"success":true,"total":1,"currentPage":1,"nextToken":"","data":{"deviceInfo":[{"iotId":"i1","gmtCreate":"Tue, 20-Feb-2019 02:16:09 GMT"}]}}');
SELECT error_of($$SELECT gmt_create FROM device WHERE product_key = 'pk1'$$);
SELECT answer('{"success":true,"data":[{"moduleName":"m1","gmtCreate":"2024-11-11T07:36Z","gmtModified":"2024-11-11 T07:36Z"}]}');
SELECT module_name, gmt_create, gmt_modified FROM ota_module WHERE product_key = 'pk1';

-- A list that is not where it is looked for: what there is, by names alone, and how to say it.
SELECT answer('{"success":true,"requestId":"r","data":{"a":{"modules":[{"moduleName":"m1"}]}}}');
SELECT error_of($$SELECT * FROM ota_module WHERE product_key = 'pk1'$$);
ALTER FOREIGN TABLE ota_module OPTIONS (ADD list_path 'data.A.Modules');
SELECT module_name FROM ota_module WHERE product_key = 'pk1';
-- Whoever looks elsewhere asks for something else, in one statement, too.
CREATE FOREIGN TABLE elsewhere (product_key text, module_name text) SERVER tuya OPTIONS (action 'ListOTAModuleByProduct', list_path 'data.b');
SELECT answer('{"success":true,"data":{"a":{"modules":[{"moduleName":"m1"}]},"b":[{"moduleName":"m2"}]}}');
SELECT sim('clear');
SELECT module_name, 'a' AS b FROM ota_module WHERE product_key = 'pk1' UNION ALL SELECT module_name, 'b' FROM elsewhere WHERE product_key = 'pk1' ORDER BY 1;
SELECT requests();
SELECT answer('{"success":true,"data":{"total":3,"secret":"shown-secret","module\u0007List\u00e4":[{"moduleName":"shown-secret"}]}}');
SELECT error_of($$SELECT * FROM elsewhere WHERE product_key = 'pk1'$$);
SELECT answer(format('{"success":true,"data":{%s}}', (SELECT string_agg(format('"%s%s":1', repeat('n', 40), i), ',') FROM generate_series(1, 20) i)));
SELECT error_of($$SELECT * FROM elsewhere WHERE product_key = 'pk1'$$);

-- The secret: no column has it by its name, and only a superuser may make one that does.
SELECT answer('{"success":true,"total":1,"currentPage":1,"nextToken":"","data":{"deviceInfo":[{"iotId":"i1","deviceName":"d1","deviceSecret":"shown-secret"}]}}');
CREATE FOREIGN TABLE by_name (product_key text, device_secret text) SERVER tuya OPTIONS (action 'QueryDevice');
SELECT error_of($$SELECT * FROM by_name WHERE product_key = 'pk1'$$);
ALTER FOREIGN TABLE by_name RENAME COLUMN device_secret TO devicesecret;
SELECT error_of($$SELECT * FROM by_name WHERE product_key = 'pk1'$$);
SELECT current_user AS superuser \gset
CREATE ROLE tuya_nobody;
GRANT ALL ON SCHEMA t TO tuya_nobody;
GRANT USAGE ON FOREIGN SERVER tuya TO tuya_nobody;
CREATE USER MAPPING FOR tuya_nobody SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
SET ROLE tuya_nobody;
SELECT error_of($$CREATE FOREIGN TABLE own (s text OPTIONS (field 'DEVICESECRET')) SERVER tuya OPTIONS (action 'QueryDevice')$$);
SELECT error_of($$CREATE FOREIGN TABLE own (s text OPTIONS (field 'deviceSecret')) SERVER tuya$$);
CREATE FOREIGN TABLE own (product_key text, s text OPTIONS (field 'deviceName')) SERVER tuya OPTIONS (action 'QueryDevice');
SELECT error_of($$ALTER FOREIGN TABLE own ALTER COLUMN s OPTIONS (SET field 'deviceSecret')$$);
SELECT error_of($$ALTER FOREIGN TABLE own ADD COLUMN k text OPTIONS (field 'deviceSecret')$$);
SELECT error_of($$ALTER FOREIGN TABLE own OPTIONS (ADD list_path 'data.deviceInfo')$$);
SELECT * FROM own WHERE product_key = 'pk1';
RESET ROLE;
-- A superuser has, and hands it over: what is there works, and is not to be made anew.
ALTER FOREIGN TABLE own ADD COLUMN k text OPTIONS (field 'deviceSecret');
SET ROLE tuya_nobody;
SELECT k FROM own WHERE product_key = 'pk1';
SELECT error_of($$ALTER FOREIGN TABLE own ALTER COLUMN k OPTIONS (SET field 'devicesecret')$$);
SELECT error_of($$ALTER FOREIGN TABLE own ALTER COLUMN k TYPE int$$);
SELECT error_of($$SELECT k FROM own WHERE product_key = 'pk1'$$);
RESET ROLE;
-- It is text, and no domain, for else complaints of its type or of a CHECK would have its value.
ALTER FOREIGN TABLE own ALTER COLUMN k TYPE varchar(3);
SELECT error_of($$SELECT k FROM own WHERE product_key = 'pk1'$$);
CREATE DOMAIN short AS text CHECK (length(value) < 3);
ALTER FOREIGN TABLE own ALTER COLUMN k TYPE short;
SELECT error_of($$SELECT k FROM own WHERE product_key = 'pk1'$$);
ALTER FOREIGN TABLE own ALTER COLUMN k TYPE text;
\getenv log TUYA_SERVER_LOG
SELECT size AS begin FROM pg_stat_file(:'log') \gset
SET log_min_messages = debug5;
SELECT k FROM own WHERE product_key = 'pk1';
RESET log_min_messages;
SELECT count(*) > 0, bool_or(line ~ 'shown') FROM string_to_table(pg_read_file(:'log', :begin, 100000000), E'\n') line;
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM own WHERE product_key = 'pk1';

-- Tables with and without it do not share what was read.
SELECT sim('clear');
SELECT k IS NOT NULL FROM own WHERE product_key = 'pk1' UNION ALL SELECT iot_id IS NOT NULL FROM device WHERE product_key = 'pk1';
SELECT requests();

SELECT sim('reset');
DROP OWNED BY tuya_nobody;
DROP ROLE tuya_nobody;
