-- src/doc/tables.md tells the columns of each table that IMPORT makes, in their order, which of
-- them are not text, and which are not null beside the keys; README.md has those of ota_job, and
-- defaults of options and settings.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql

\set tables :root /src/doc/tables.md
\set readme :root /README.md
CREATE FUNCTION cells(document text, head text) RETURNS TABLE (n bigint, cell text[]) LANGUAGE sql AS $$
	SELECT line.n, regexp_split_to_array(replace(line.text, '`', ''), ' *\| *')
	FROM regexp_matches(document, '\n\| ' || head || ' \|[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n)+)', 'g') AS found, string_to_table(found[1], E'\n') WITH ORDINALITY AS line (text, n)
	WHERE line.text <> '';
$$;
CREATE VIEW there AS
	SELECT relname AS table_name, attname, attnum, format_type(atttypid, atttypmod) AS type, attnotnull AND NOT attfdwoptions::text ~ 'parameter' AS not_null
	FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 WHERE relnamespace = 'remote'::regnamespace AND relkind = 'f';
-- A row goes on where its first cell is empty.
CREATE VIEW told AS
	SELECT max(cell[2]) AS table_name, regexp_replace(string_agg(cell[3], ' ' ORDER BY n), ',? +', ' ', 'g') AS columns
	FROM (SELECT *, count(nullif(cell[2], '')) OVER (ORDER BY n) AS part FROM cells(pg_read_file(:'tables'), 'table \| columns')) c GROUP BY part;
SELECT count(*) FROM told;
TABLE told EXCEPT SELECT table_name, string_agg(attname, ' ' ORDER BY attnum) FROM there GROUP BY 1;
SELECT table_name, string_agg(attname, ' ' ORDER BY attnum) FROM there WHERE table_name <> 'ota_job' GROUP BY 1 EXCEPT TABLE told;
-- Types.
CREATE VIEW typed AS
	SELECT cell[2] AS table_name, name, replace(cell[4], 'timestamptz', 'timestamp with time zone') AS type FROM cells(pg_read_file(:'tables'), 'table \| column \| type'), regexp_split_to_table(cell[3], ', ') name;
SELECT count(*) FROM typed;
SELECT * FROM there WHERE type <> 'text' AND table_name <> 'ota_job' AND NOT EXISTS (SELECT FROM typed t WHERE t.table_name IN ('all', there.table_name) AND t.name = attname AND t.type = there.type);
SELECT * FROM typed t WHERE NOT EXISTS (SELECT FROM there WHERE t.table_name IN ('all', there.table_name) AND t.name = attname AND t.type = there.type);
-- Not null.
CREATE VIEW not_null AS SELECT cell[2] AS table_name, cell[6] AS name FROM cells(pg_read_file(:'tables'), 'table \| action') WHERE cell[6] <> '';
SELECT count(*) FROM not_null;
TABLE not_null EXCEPT SELECT table_name, attname FROM there WHERE not_null;
SELECT table_name, attname FROM there WHERE not_null EXCEPT TABLE not_null;
-- ota_job's are in README.md, and there alone.
CREATE VIEW job_column AS
	SELECT n, o, name, replace(split_part(cell[3], ',', 1), 'timestamptz', 'timestamp with time zone') AS type, cell[3] ~ 'not null' AS not_null FROM cells(pg_read_file(:'readme'), 'column of ota_job'), regexp_split_to_table(cell[2], ', ') WITH ORDINALITY p (name, o);
SELECT count(*) > 10 FROM job_column;
SELECT string_agg(name, ' ' ORDER BY n, o) FROM job_column EXCEPT SELECT string_agg(attname, ' ' ORDER BY attnum) FROM there WHERE table_name = 'ota_job';
SELECT name, type FROM job_column EXCEPT SELECT attname, type FROM there WHERE table_name = 'ota_job';
SELECT name FROM job_column WHERE not_null EXCEPT SELECT attname FROM pg_attribute WHERE attrelid = 'remote.ota_job'::regclass AND (attnotnull OR attfdwoptions::text ~ 'parameter');
-- README.md has some options of servers, and all settings.
CREATE VIEW some_option AS SELECT cell[2] AS name, cell[3] AS value FROM cells(pg_read_file(:'readme'), 'option \| default');
SELECT count(*) > 5 FROM some_option;
SELECT s.name, value, default_value FROM some_option s LEFT JOIN tuya_fdw_options() ON option = s.name AND object ~ 'server' WHERE option IS NULL OR value <> default_value;
CREATE VIEW setting AS SELECT cell[2] AS name, cell[3] AS value FROM cells(pg_read_file(:'readme'), 'setting \| default');
SELECT count(*) > 0 FROM setting;
SELECT name, current_setting(name) FROM pg_settings WHERE name ~ '^tuya_fdw' EXCEPT TABLE setting;
TABLE setting EXCEPT SELECT name, current_setting(name) FROM pg_settings;
-- README.md names each function, and src/doc/copies.md the arguments of tuya_fdw_refresh.
CREATE VIEW routine AS SELECT p.* FROM pg_proc p JOIN pg_depend d ON classid = 'pg_proc'::regclass AND objid = p.oid
	JOIN pg_extension e ON e.oid = refobjid AND refclassid = 'pg_extension'::regclass WHERE extname = 'tuya_fdw' AND proname !~ '_(handler|validator)$';
SELECT count(*) > 10 FROM routine;
SELECT proname FROM routine WHERE strpos(pg_read_file(:'readme'), '`' || proname) = 0 AND strpos(pg_read_file(:'readme'), 'CALL ' || proname) = 0;
\set copies :root /src/doc/copies.md
CREATE VIEW argument AS SELECT n, cell[2] AS name, nullif(cell[3], '') AS value FROM cells(pg_read_file(:'copies'), 'argument \| default');
SELECT string_agg(a.name, ' ' ORDER BY n) = array_to_string(proargnames, ' '), count(a.value) = pronargdefaults FROM argument a, routine WHERE proname = 'tuya_fdw_refresh' GROUP BY proargnames, pronargdefaults;
SELECT name, value FROM argument, routine WHERE proname = 'tuya_fdw_refresh' AND value IS NOT NULL AND strpos(pg_get_expr(proargdefaults, 0), CASE name WHEN 'older_than' THEN value::interval::text ELSE value END) = 0;
