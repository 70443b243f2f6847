-- Keys are UTF-8 on the wire whatever the database's encoding and the key's
-- characters are, what comes back is in the database's encoding, and no
-- signature is refused.  compare_key() fails if the service saw another text.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql
SELECT current_database() AS main \gset

-- Awkward characters, in all three keys.
SELECT regexp_replace(encode(convert_to(key, 'UTF8'), 'escape'), '[\x01-\x1f\x7f]', '?', 'g'), compare_key(key) FROM (VALUES
	('a b'), (' '), ('+'), ('a+b c'), ('&'), ('a&Signature=x&b=c'), ('/../'), ('%'), ('%41%2B%zz'), ('*'), ('~'), ('-_.~'), ('''"`'), ('\'), ('\\\n'),
	('?#[]@!$(),;:='), (E'\t'), (E'\x01\x1f\x7f'), (E'\r\n'), (U&'\00E9'), (U&'e\0301'), (U&'\4E2D\6587\8A2D\5099'), (U&'\+01F600\+01F1E9\+01F1EA'),
	(U&'\05D0\202E'), (U&'\FEFF'), (U&'\FFFD\FFFF'), (U&'\+10FFFF'), (U&'a b+c&d/e%f*g~h''"\\\0009\00E9\4E2D\+01F600:7')) v (key);

-- ISO 8859-1.  The limit of a key is on what is sent, two bytes for each of these characters.
CREATE DATABASE regress_tuya_latin1 ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C';
\c regress_tuya_latin1
\set ECHO none
\i :root/test/sql/setup.sql
SELECT current_setting('server_encoding'), encode(convert_to(key, 'UTF8'), 'escape'), octet_length(key), compare_key(key)
	FROM (VALUES ('plain'), (U&'\00FC'), (U&'caf\00E9 & \00A0\00A7\00DF+\00BF:5'), (U&'\0080\009F\00FF')) v (key);
SELECT compare_key(string_agg(chr(c), '')) FROM generate_series(1, 255) c;
SELECT replace(error_of(format('SELECT FROM ota_job WHERE product_key = ''p'' AND device_name = %L
	AND firmware_id = ''1''', repeat(U&'\00E9', n))), repeat(U&'\00E9', 200), 'TWO HUNDRED') FROM (VALUES (512), (513)) v (n);

-- What a reply has is converted; what the database cannot hold is an error, where it is wanted.
CREATE FUNCTION reply_with(status text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/tuya_reply';
BEGIN
	EXECUTE format('COPY (VALUES (%L)) TO %L (FORMAT csv, QUOTE E''\x01'', DELIMITER E''\x02'')',
		format('{"success":true,"total":1,"data":{"simpleOTAJobInfo":[{"jobId":"1","jobStatus":"%s"}]}}', status), file);
	RETURN sim('set raw_body_file=' || file);
END $$;
CREATE VIEW one AS SELECT * FROM ota_job WHERE (product_key, device_name, firmware_id) = ('p', 'd', '1');
SELECT reply_with('\u00e9\u00a7');
SELECT convert_to(job_status, 'UTF8'), octet_length(job_status), requests() FROM one;
SELECT reply_with('\u4e2d');
SELECT job_status FROM one;
SELECT job_id, requests() FROM one;
-- With errors as rows that is the key's, where the text is wanted.
ALTER FOREIGN TABLE ota_job ALTER COLUMN job_id DROP NOT NULL, ADD COLUMN error_code text OPTIONS (field 'errorCode'),
	ADD COLUMN error_message text OPTIONS (field 'errorMessage'), OPTIONS (ADD on_error 'row');
SELECT job_status, error_code, error_message FROM ota_job WHERE (product_key, device_name, firmware_id) = ('p', 'd', '1');
SELECT job_id, error_code FROM ota_job WHERE (product_key, device_name, firmware_id) = ('p', 'd', '1');
SELECT sim('reset');

-- EUC_JP, with characters of one, two and three bytes.
\c :main
CREATE DATABASE regress_tuya_eucjp ENCODING 'EUC_JP' TEMPLATE template0 LOCALE 'C';
\c regress_tuya_eucjp
\set ECHO none
\i :root/test/sql/setup.sql
SELECT current_setting('server_encoding'), encode(convert_to(key, 'UTF8'), 'escape'), encode(key::bytea, 'hex'), compare_key(key)
	FROM (VALUES ('plain'), (U&'\65E5\672C'), (U&'\FF76 \4E02+\30DD\30F3\30D7:5')) v (key);
SELECT same($$ SELECT * FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) $$);

-- SQL_ASCII, where any bytes are text: they are sent if they are UTF-8.
\c :main
CREATE DATABASE regress_tuya_ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C';
\c regress_tuya_ascii
\set ECHO none
\i :root/test/sql/setup.sql
SELECT current_setting('server_encoding'), octet_length(key), compare_key(key) FROM (VALUES ('plain'), (E'\xE6\x97\xA5:5')) v (key);
SELECT error_of(E'SELECT FROM ota_job WHERE product_key = ''p'' AND device_name = ''\xFF'' AND firmware_id = ''1''');
SELECT requests();

\c :main
DROP DATABASE regress_tuya_latin1;
DROP DATABASE regress_tuya_eucjp;
DROP DATABASE regress_tuya_ascii;
