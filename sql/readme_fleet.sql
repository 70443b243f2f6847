-- src/doc/fleet.md, a fleet without an inventory: its reports are run here as they stand, and
-- have the rows, the plan and as many requests as it says.
\set ECHO none
\getenv root TUYA_ROOT
\i :root/test/sql/family.sql

\set readme :root /src/doc/fleet.md
CREATE TABLE block AS
	SELECT n, regexp_replace(block[1], '^    ', '', 'gn') AS text
	FROM regexp_matches(pg_read_file(:'readme'), '\n((?:    [^\n]*\n)+)', 'g') WITH ORDINALITY b (block, n);
CREATE TABLE report AS SELECT row_number() OVER (ORDER BY n) AS n, text FROM block WHERE text ~ '^SELECT';
CREATE TABLE told AS
	SELECT line.n, trim(cell[2]) AS report, trim(cell[3]) AS requests
	FROM regexp_matches(pg_read_file(:'readme'), '\n\| report \|[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n)+)') AS found,
		string_to_table(found[1], E'\n') WITH ORDINALITY AS line (text, n), regexp_split_to_array(line.text, '\|') AS cell
	WHERE line.text <> '';
-- The fleet that it is about, and its views.
SELECT current_setting('sim.fleet_' || what) FROM unnest('{products,devices,firmware,jobs,tasks}'::text[]) what;
SELECT format('SET search_path = %s, t; %s', schema, text) FROM block, unnest('{remote,local}'::text[]) schema WHERE text ~ '^CREATE VIEW' \gexec
SET search_path = t;
-- Each report: what it is called, what src/doc/fleet.md says it takes, its rows and what they took.
SELECT told.report, told.requests, same(rtrim(report.text, E';\n')) FROM report FULL JOIN told USING (n) ORDER BY n;
-- The rows that it shows of the last report.
SELECT array_to_string(regexp_split_to_array(trim(line), ' *\| *'), '|') FROM block, string_to_table(text, E'\n') line WHERE text ~ '^ product_name' AND line ~ '^ Product'
EXCEPT SELECT regexp_replace(translate(r, '()"', ''), ',(?! )', '|', 'g') FROM report, unnest(rows_in('remote', rtrim(text, E';\n'))) r WHERE n = 3;
-- The plan that it shows of it, but for lines that it left out, and as PostgreSQL 15 rounds.
CREATE FUNCTION rounded(line text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(replace(line, 'remote.', 'public.'), 'rows=[0-9.]+', 'rows=' || round(substring(line FROM 'rows=([0-9.]+)')::numeric));
$$;
CREATE TABLE plan AS SELECT coalesce(rounded(line), replace(line, 'remote.', 'public.')) AS line
	FROM report, LATERAL (SELECT set_config('search_path', 'remote, t', false)) s, LATERAL explain_lines(rtrim(text, E';\n'), '', 'ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') line WHERE n = 3;
SET search_path = t;
SELECT count(*) FROM block, string_to_table(trim(text, E'\n'), E'\n') line WHERE text ~ '^Sort';
SELECT trim(line) FROM block, string_to_table(trim(text, E'\n'), E'\n') line WHERE text ~ '^Sort' EXCEPT SELECT line FROM plan;
