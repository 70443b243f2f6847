-- Of each view of the extension src/doc/views.md has a table of its columns, in their order: behind
-- "The view `NAME`", with several columns in a cell where they are told together.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/setup.sql

CREATE VIEW views AS SELECT c.oid, relname AS view FROM pg_class c JOIN pg_depend d ON d.objid = c.oid AND classid = 'pg_class'::regclass
	JOIN pg_extension e ON e.oid = refobjid AND refclassid = 'pg_extension'::regclass WHERE extname = 'tuya_fdw' AND relkind = 'v';
\set readme :root /src/doc/views.md
CREATE VIEW told AS
	SELECT view, string_agg(trim(cell[2]), ', ' ORDER BY line.ordinality) AS columns
	FROM views, regexp_matches(pg_read_file(:'readme'), format('The view `%s`[^|]*\n\n\| column \|[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n)+)', view)) AS found,
		string_to_table(found[1], E'\n') WITH ORDINALITY AS line, regexp_split_to_array(replace(line, '`', ''), '\|') AS cell
	WHERE line <> '' GROUP BY 1;
CREATE VIEW there AS SELECT view, string_agg(attname, ', ' ORDER BY attnum) AS columns FROM views JOIN pg_attribute ON attrelid = oid AND attnum > 0 GROUP BY 1;
SELECT view FROM told WHERE view IN ('tuya_fdw_stats', 'tuya_fdw_progress') ORDER BY 1;
TABLE told EXCEPT TABLE there;
TABLE there EXCEPT TABLE told;
-- ... and each has a comment, as each function.
SELECT view FROM views WHERE obj_description(oid) IS NULL;
SELECT objid::regprocedure FROM pg_depend JOIN pg_extension e ON e.oid = refobjid AND refclassid = 'pg_extension'::regclass
	WHERE extname = 'tuya_fdw' AND classid = 'pg_proc'::regclass AND obj_description(objid, 'pg_proc') IS NULL
	AND NOT EXISTS (SELECT FROM pg_foreign_data_wrapper WHERE objid IN (fdwhandler, fdwvalidator));
