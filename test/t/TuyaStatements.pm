
# TuyaStatements - statements over ota_job, made by chance, with an oracle.
#
#	TuyaStatements::prepare($session, $sim);
#	my $statement = TuyaStatements::make($seed);	# {text, budget, bound, shape, mode, ...}
#	my $fault = TuyaStatements::fault_of($session, $statement);		# '' if all is well
#
# A statement is a shape (a join, EXISTS, a view, ...) around conditions.  Each key gets
# a condition that gives it values, in one of the forms in which people write that, from
# constants, columns of other tables or subqueries; then come some that give no value.  A
# statement that leaves a key out is not bound: it may fail with HV00L, others may not.
#
# In a statement's text JOBS is the table: ota_job; job, which has the same rows locally;
# or, in the budget, keyspace, which has a row for every key there can be.  The budget
# tells the keys for which the conditions that need no reply are true.  There must not be
# more requests; and where one of these keys cannot be sent, the statement may say so.
#
# A statement is run as it is, with parameters of a prepared statement (with custom plans,
# or generic ones) or of a PL/pgSQL function, or by a cursor, also twice or not to its end.

package TuyaStatements;

use strict;
use warnings FATAL => 'all';

use List::Util qw(sum0);
use TuyaTest;

my @columns = qw(product_key device_name firmware_id);
my %constants = (
	product_key => [qw(pk0 pk1 187)],
	device_name => [qw(d0:0 d1:1 d2:2 d3:3 d5:2 187)],
	firmware_id => [qw(187 188 189 fpk0)]);
# What cannot be sent, and NULL.
my @unsendable = ("''", "repeat('x', 1025)", 'NULL::text');
my $parameters = 6;

sub one_of { return $_[ int rand @_ ]; }
sub chance { return rand() < $_[0]; }
sub quoted { return "'" . $_[0] . "'"; }

sub prepare
{
	my ($session, $sim) = @_;
	my $simctl = sim_path('tuya_simctl') . " -p $sim->{control_port} get requests";

	# plans depend on nothing but the statement: so a seed shows its fault alone, too
	$session->run('ALTER SYSTEM SET autovacuum = off');
	$session->run('SELECT pg_reload_conf()');
	foreach my $column (@columns)
	{
		my $list = join(', ', map { "('$_')" } @{ $constants{$column} });
		$session->rows("CREATE TABLE all_$column AS SELECT * FROM (VALUES $list) v ($column)");
	}
	$session->rows("CREATE TABLE sim_said (line text); CREATE TABLE program AS SELECT '$simctl'::text AS name");
	$session->rows(<<'SQL');
SET client_min_messages = error;
CREATE DOMAIN some_text AS text;
CREATE TABLE inventory (id int, product_key text, device_name varchar(20), firmware_id text, other_id text,
	device name, dom some_text, ids text[], names varchar[]);
INSERT INTO inventory SELECT g, 'pk' || g % 2, d, f, '189', d, d, ARRAY[f, '189', NULL], ARRAY[d, 'd1:1']
	FROM generate_series(0, 5) g, LATERAL (SELECT 'd' || g || ':' || g % 4, (187 + g % 2)::text) x (d, f)
	UNION ALL VALUES (9, 'pk1', NULL, '187', NULL, NULL::name, NULL, NULL::text[], NULL::varchar[]),
		(10, '187', '187', '187', '187', '187', '187', '{187}', '{187}'), (11, 'pk0', 'd2:2', '188', '187', 'd0:0', 'd3:3', '{}', '{}');
CREATE TABLE other AS SELECT id, product_key AS pk, device_name::text AS dn, firmware_id AS fw FROM inventory WHERE id IN (0, 2, 3, 9, 10);
-- every value that conditions may give to a key, once
INSERT INTO all_device_name SELECT device_name FROM inventory WHERE device_name IS NOT NULL EXCEPT TABLE all_device_name;
INSERT INTO all_firmware_id SELECT unnest('{pk0,pk1,fpk1,f187}'::text[]);
-- casts to varchar(9) and name make keys that can be sent of one that cannot
INSERT INTO all_product_key SELECT repeat('x', n) FROM unnest('{9,63}'::int[]) n;
INSERT INTO all_device_name SELECT repeat('x', n) FROM unnest('{9,63}'::int[]) n;
INSERT INTO all_firmware_id SELECT concat(f, repeat('x', n)) FROM unnest('{9,63}'::int[]) n, unnest('{NULL,f}'::text[]) f;
CREATE TABLE job AS SELECT * FROM all_product_key p, all_device_name d, all_firmware_id f, LATERAL sim_jobs(product_key, device_name, firmware_id);
CREATE INDEX ON job (product_key, device_name, firmware_id);
INSERT INTO all_product_key VALUES (''), (repeat('x', 1025));
INSERT INTO all_device_name VALUES (''), (repeat('x', 1025));
INSERT INTO all_firmware_id VALUES (''), (repeat('x', 1025)), ('f'), ('f' || repeat('x', 1025));
CREATE TABLE keyspace AS SELECT * FROM all_product_key, all_device_name, all_firmware_id;
CREATE TABLE target AS SELECT id, 0 AS n FROM inventory;
CREATE VIEW v_ota_job AS SELECT job_id, job_status, device_name, product_key, firmware_id, package_product_key FROM ota_job;
CREATE VIEW v_job AS SELECT job_id, job_status, device_name, product_key, firmware_id, package_product_key FROM job;
CREATE VIEW both_ota_job AS SELECT 1 AS half, * FROM ota_job UNION ALL SELECT 2, * FROM ota_job;
CREATE VIEW both_job AS SELECT 1 AS half, * FROM job UNION ALL SELECT 2, * FROM job;
-- views that stay apart, through which keys have to be handed
CREATE VIEW latest_ota_job AS SELECT DISTINCT ON (product_key, device_name, firmware_id) * FROM ota_job ORDER BY product_key, device_name, firmware_id, job_id;
CREATE VIEW latest_job AS SELECT DISTINCT ON (product_key, device_name, firmware_id) * FROM job ORDER BY product_key, device_name, firmware_id, job_id;
CREATE VIEW grouped_ota_job AS SELECT product_key, device_name, firmware_id, package_product_key, max(job_id) AS job_id, min(job_status) AS job_status FROM ota_job GROUP BY 1, 2, 3, 4;
CREATE VIEW grouped_job AS SELECT product_key, device_name, firmware_id, package_product_key, max(job_id) AS job_id, min(job_status) AS job_status FROM job GROUP BY 1, 2, 3, 4;
CREATE VIEW ranked_ota_job AS SELECT *, rank() OVER (PARTITION BY product_key, device_name, firmware_id ORDER BY job_id) AS half FROM ota_job;
CREATE VIEW ranked_job AS SELECT *, rank() OVER (PARTITION BY product_key, device_name, firmware_id ORDER BY job_id) AS half FROM job;
CREATE VIEW united_ota_job AS SELECT * FROM ota_job EXCEPT SELECT * FROM ota_job WHERE job_status < 'P' UNION SELECT * FROM latest_ota_job;
CREATE VIEW united_job AS SELECT * FROM job EXCEPT SELECT * FROM job WHERE job_status < 'P' UNION SELECT * FROM latest_job;
CREATE VIEW nested_ota_job AS SELECT product_key, device_name AS name, device_name, firmware_id, package_product_key, min(job_id) AS job_id, max(job_status) AS job_status FROM united_ota_job GROUP BY 1, 2, 4, 5;
CREATE VIEW nested_job AS SELECT product_key, device_name AS name, device_name, firmware_id, package_product_key, min(job_id) AS job_id, max(job_status) AS job_status FROM united_job GROUP BY 1, 2, 4, 5;
CREATE TABLE part_ota_job (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE part_a PARTITION OF part_ota_job FOR VALUES IN ('pk0') SERVER tuya;
CREATE FOREIGN TABLE part_b PARTITION OF part_ota_job FOR VALUES IN ('pk1', '187') SERVER tuya;
CREATE VIEW part_job AS TABLE job;
-- accounts, which a constant column tells apart
ALTER TABLE inventory ADD COLUMN site text;
UPDATE inventory SET site = ('{north,south,west,NULL}'::text[])[1 + id % 4];
DO $$ DECLARE made record; BEGIN
	SELECT srvname, (SELECT string_agg(format('%I %L', option_name, option_value), ', ') FROM pg_options_to_table(srvoptions)) AS server,
		(SELECT string_agg(format('%I %L', option_name, option_value), ', ') FROM pg_options_to_table(umoptions)) AS mapping INTO STRICT made
		FROM pg_foreign_server s JOIN pg_user_mapping ON umserver = s.oid WHERE srvname = 'tuya';
	EXECUTE format('CREATE SERVER tuya2 FOREIGN DATA WRAPPER tuya_fdw OPTIONS (%s, extra_parameters ''Region=2'')', made.server);
	EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER tuya2 OPTIONS (%s)', made.mapping);
END $$;
CREATE TABLE account_ota_job (site text, product_key text, device_name text, firmware_id text, job_id text, job_status text, package_product_key text) PARTITION BY LIST (site);
CREATE FOREIGN TABLE north PARTITION OF account_ota_job FOR VALUES IN ('north') SERVER tuya;
CREATE FOREIGN TABLE south PARTITION OF account_ota_job DEFAULT SERVER tuya2;
ALTER FOREIGN TABLE north ALTER COLUMN site OPTIONS (constant 'north');
ALTER FOREIGN TABLE south ALTER COLUMN site OPTIONS (constant 'south');
CREATE VIEW account_job AS SELECT site, product_key, device_name, firmware_id, job_id, job_status, package_product_key FROM job, (VALUES ('north'), ('south')) s (site);
CREATE VIEW arms_ota_job AS TABLE north UNION ALL TABLE south;
CREATE VIEW arms_job AS TABLE account_job;
CREATE VIEW last_ota_job AS SELECT DISTINCT ON (site, product_key, device_name, firmware_id) * FROM account_ota_job ORDER BY site, product_key, device_name, firmware_id, job_id;
CREATE VIEW last_job AS SELECT DISTINCT ON (site, product_key, device_name, firmware_id) * FROM account_job ORDER BY site, product_key, device_name, firmware_id, job_id;
CREATE VIEW summed_ota_job AS SELECT site, product_key, device_name, firmware_id, package_product_key, max(job_id) AS job_id, min(job_status) AS job_status FROM arms_ota_job GROUP BY 1, 2, 3, 4, 5;
CREATE VIEW summed_job AS SELECT site, product_key, device_name, firmware_id, package_product_key, max(job_id) AS job_id, min(job_status) AS job_status FROM arms_job GROUP BY 1, 2, 3, 4, 5;
CREATE VIEW account_keyspace AS SELECT * FROM keyspace, (VALUES ('north'), ('south')) s (site);
CREATE VIEW v_keyspace AS TABLE keyspace;
CREATE VIEW both_keyspace AS TABLE keyspace;
CREATE VIEW part_keyspace AS TABLE keyspace;
CREATE VIEW latest_keyspace AS TABLE keyspace;
CREATE VIEW grouped_keyspace AS TABLE keyspace;
CREATE VIEW ranked_keyspace AS TABLE keyspace;
CREATE VIEW united_keyspace AS TABLE keyspace;
CREATE VIEW nested_keyspace AS TABLE keyspace;
ANALYZE;
CREATE FUNCTION requests() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE said bigint;
BEGIN
	DELETE FROM sim_said;
	EXECUTE (SELECT format('COPY sim_said FROM PROGRAM %L', name) FROM program);
	SELECT line::bigint INTO said FROM sim_said;
	RETURN said;
END $$;
-- A statement's rows, in that mode (see TuyaStatements.pm). arguments are those of the text's $1, $2, ...
CREATE FUNCTION rows_of(query text, mode text, arguments text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE one record; result text[] := '{}'; again text[] := '{}'; portal refcursor;
	given text := (SELECT string_agg(quote_nullable(a), ', ' ORDER BY n) FROM unnest(arguments) WITH ORDINALITY x (a, n));
BEGIN
	CASE mode
		WHEN 'plain' THEN
			FOR one IN EXECUTE query LOOP result := result || one::text; END LOOP;
		WHEN 'prepared' THEN
			EXECUTE format('PREPARE statement (%s) AS %s', repeat('text, ', cardinality(arguments) - 1) || 'text', query);
			FOR one IN EXECUTE format('EXECUTE statement (%s)', given) LOOP result := result || one::text; END LOOP;
		WHEN 'function' THEN
			EXECUTE format('CREATE OR REPLACE FUNCTION pg_temp.statement (%s) RETURNS SETOF text LANGUAGE plpgsql AS $function$
				DECLARE one record; BEGIN FOR one IN %s LOOP RETURN NEXT one::text; END LOOP; END $function$',
				repeat('text, ', cardinality(arguments) - 1) || 'text', query);
			FOR one IN EXECUTE format('SELECT * FROM pg_temp.statement (%s) s (row)', given) LOOP result := result || one.row; END LOOP;
		WHEN 'cursor', 'some' THEN
			OPEN portal NO SCROLL FOR EXECUTE query;
			LOOP
				FETCH portal INTO one;
				EXIT WHEN NOT FOUND;
				result := result || one::text;
				EXIT WHEN mode = 'some' AND cardinality(result) = 3;
			END LOOP;
			CLOSE portal;
		WHEN 'scroll' THEN
			OPEN portal SCROLL FOR EXECUTE query;
			LOOP FETCH portal INTO one; EXIT WHEN NOT FOUND; result := result || one::text; END LOOP;
			MOVE ABSOLUTE 0 FROM portal;
			LOOP FETCH portal INTO one; EXIT WHEN NOT FOUND; again := again || one::text; END LOOP;
			CLOSE portal;
			IF again <> result THEN
				RAISE EXCEPTION 'second time: %', again;
			END IF;
	END CASE;
	RETURN result;
END $$;
-- The same, and what the statement has changed is taken back. later: a query that shows it; NULL: none.
CREATE FUNCTION outcome_of(query text, mode text, arguments text[], later text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE result text[];
BEGIN
	BEGIN
		IF later IS NULL THEN
			result := rows_of(query, mode, arguments);
		ELSE
			EXECUTE query;
			result := rows_of(later, 'plain', NULL);
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'TT000';
	EXCEPTION
		WHEN SQLSTATE 'TT000' THEN NULL;
		WHEN OTHERS THEN result := ARRAY['ERROR', SQLSTATE, SQLERRM];
	END;
	IF mode = 'prepared' THEN
		DEALLOCATE ALL;
	END IF;
	RETURN result;
END $$;
CREATE FUNCTION fault_of(oracle text, query text, mode text, arguments text[], later text, budget text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	allowed bigint; unsendable bigint; before bigint; asked bigint; missing bigint; extra bigint; got text[]; want text[];
BEGIN
	EXECUTE replace(budget, 'JOBS', 'keyspace') INTO allowed, unsendable;
	want := outcome_of(replace(oracle, 'JOBS', 'job'), 'plain', NULL, later);
	before := requests();
	got := outcome_of(replace(query, 'JOBS', 'ota_job'), mode, arguments, later);
	asked := requests() - before;
	IF got[1] = 'ERROR' THEN
		RETURN CASE WHEN want[1] = 'ERROR' AND want[2] = got[2] OR unsendable > 0 AND got[2] = '22023' THEN '' ELSE got[2] || ' ' || got[3] END;
	END IF;
	missing := (SELECT count(*) FROM (SELECT unnest(want) EXCEPT ALL SELECT unnest(got)) d);
	extra := (SELECT count(*) FROM (SELECT unnest(got) EXCEPT ALL SELECT unnest(want)) d);
	IF mode = 'some' AND missing + cardinality(got) = cardinality(want) THEN
		missing := 0;
	END IF;
	IF missing + extra > 0 THEN
		RETURN format('WRONG: %s missing and %s too many of %s rows', missing, extra, cardinality(want));
	END IF;
	RETURN CASE WHEN asked > allowed THEN format('%s requests for %s keys', asked, allowed) ELSE '' END;
END $$;
SQL
	return;
}

# ---- values ----

# A value for the key of one of the sources: i (inventory), o (other), c (constants).
sub value
{
	my ($column, $source) = @_;

	if (chance(0.02))
	{
		return one_of(@unsendable) if $source eq 'c';
		return 'CASE WHEN i.id = 2 THEN ' . one_of(@unsendable) . " ELSE i.$column END" if $source eq 'i';
	}
	return quoted(one_of(@{ $constants{$column} })) if $source eq 'c';
	return 'o.' . { product_key => 'pk', device_name => 'dn', firmware_id => 'fw' }->{$column} if $source eq 'o';
	return one_of('i.device_name', 'i.device', 'i.dom', 'i.device_name::text', "coalesce(i.device_name, 'd1:1')",
		"CASE WHEN i.id > 3 THEN i.device_name ELSE 'd2:2' END", '(SELECT i.device_name)', 'i.names[1]')
	  if $column eq 'device_name' && chance(0.5);
	return one_of('i.other_id', 'nullif(i.firmware_id, \'187\')', 'i.ids[2]', "(SELECT max(fw) FROM other WHERE fw <= i.firmware_id)")
	  if $column eq 'firmware_id' && chance(0.3);
	return "i.$column";
}

# ---- conditions that give a key its values ----

my @forms = (
	sub { my ($k, $v) = @_; return "$k = " . $v->(); },
	sub { my ($k, $v) = @_; return $v->() . " = $k"; },
	sub { my ($k, $v) = @_; return "$k IN (" . $v->() . ', ' . $v->() . ')'; },
	sub { my ($k, $v) = @_; return "$k = ANY (ARRAY[" . $v->() . ', ' . $v->() . ']::text[])'; },
	sub { my ($k, $v) = @_; return "$k IS NOT DISTINCT FROM " . $v->(); },
	sub { my ($k, $v) = @_; return "coalesce($k, '') = " . $v->(); },
	sub { my ($k, $v) = @_; return $v->() . " = nullif($k, '')"; },
	sub { my ($k, $v) = @_; return 'ARRAY[' . $v->() . ', ' . $v->() . "]::text[] @> ARRAY[$k]"; },
	sub { my ($k, $v) = @_; return "ARRAY[$k] <@ ARRAY[" . $v->() . ']::text[]'; },
	sub { my ($k, $v) = @_; return "$k\:\:varchar = " . $v->(); },
	sub { my ($k, $v) = @_; return "$k\:\:some_text = " . $v->() . '::some_text'; },
	sub { my ($k, $v) = @_; return "$k = " . $v->() . '::varchar(9)'; },
	sub { my ($k, $v) = @_; return "$k = " . $v->() . '::name'; },
	sub { my ($k, $v) = @_; return "($k = " . $v->() . ') IS TRUE'; },
	sub { my ($k, $v) = @_; return "NOT ($k <> " . $v->() . ')'; },
	sub { my ($k, $v) = @_; return "($k = " . $v->() . " OR $k = " . $v->() . ')'; },
	sub { my ($k, $v) = @_; return "($k = " . $v->() . " OR $k IN (" . $v->() . ', ' . $v->() . '))'; },
	sub { my ($k, $v) = @_; return "CASE WHEN $k = " . $v->() . " THEN true WHEN $k = " . $v->() . ' THEN true ELSE false END'; },
	sub { my ($k, $v) = @_; return "$k = ALL (ARRAY[" . $v->() . ']::text[])'; },
	sub { my ($k, $v) = @_; return "$k COLLATE \"C\" = " . $v->(); },
	sub { my ($k, $v) = @_; return "$k IN (SELECT " . $v->() . ' UNION SELECT ' . $v->() . ')'; },
	sub { my ($k, $v) = @_; return "$k IN (SELECT unnest(ARRAY[" . $v->() . ', ' . $v->() . ']::text[]))'; },
	sub { my ($k, $v) = @_; return "$k IN (VALUES (" . $v->() . '::text), (' . $v->() . '))'; },
	sub { my ($k, $v) = @_; return "CASE $k WHEN " . $v->() . ' THEN 1 WHEN ' . $v->() . ' THEN 2 END IS NOT NULL'; },
	sub { my ($k, $v) = @_; return "CASE $k WHEN " . $v->() . ' THEN true ELSE false END'; },
	sub { my ($k, $v) = @_; return "'x' || $k = 'x' || " . $v->(); },
	sub { my ($k, $v) = @_; return "$k || '/x' = " . $v->() . " || '/x'"; },
	sub { my ($k, $v) = @_; return one_of("concat('x', $k, NULL, 7)", "concat_ws('', 'x', $k, 7)", "format('x%s7', $k)") . " = 'x' || " . $v->() . " || '7'"; },
	sub { my ($k, $v) = @_; return "convert_to($k, 'UTF8') = convert_to(" . $v->() . ", 'UTF8')"; },
	sub { my ($k, $v) = @_; return "to_jsonb($k) = ALL (ARRAY[to_jsonb(" . $v->() . '::text)])'; },
	# a subquery in the condition would not be tested before the other's keys are asked for
	sub { my ($k, $v) = @_; my $first = $v->(); $first = $v->() while $first =~ /SELECT/; return "$k || '' = $first AND $k = " . $v->(); });

# A condition on one key by values of that source: [as it stands, for the budget]; where
# constants are enough to give the key its values, that part of it, too, and for how many
# keys it does so, if for more than one.
sub bind_one
{
	my ($column, $source) = @_;
	my $value = sub { return value($column, $source) };
	my $form = one_of(@forms);
	my $text;

	if ($column eq 'product_key' && chance(0.08))
	{
		my $v = $value->();
		return ["j.package_product_key = j.product_key AND j.package_product_key = $v", ("j.product_key = $v") x ($source eq 'c' ? 2 : 1)];
	}
	$form = $forms[0] if chance(0.3);
	# forms that only constants fit: a cast to name cuts, and no join reaches into a second subquery
	$form = one_of(
		sub { my ($k, $v) = @_; return "$k\:\:name = " . quoted(one_of(@{ $constants{$column} })); },
		sub { my ($k, $v) = @_; return "EXISTS (SELECT FROM (VALUES (" . $v->() . '::text), (' . $v->() . ")) x (v) WHERE x.v = $k)"; })
	  if $source eq 'c' && chance(0.1);
	$text = $form->("j.$column", $value);
	my $own = $source eq 'c' ? $text : undef;
	# a subquery gives a key its values, but is not tested before another condition's are asked for
	if (chance(0.1) && $text !~ /SELECT|VALUES/)
	{
		$own = one_of(@forms[ 0 .. 19 ])->("j.$column", sub { return value($column, 'c') });
		$text = "$text AND $own";
	}
	return [$text, $text, defined $own ? $own : ()];
}

# Rows of keys at once.
sub bind_row
{
	my ($source, @keys) = @_;
	my $list = join(', ', map { "j.$_" } @keys);
	my $row = sub { return '(' . join(', ', map { '(' . value($_, $source) . ')::text COLLATE "default"' } @keys) . ')'; };
	my $text = one_of(
		sub { return "($list) = " . $row->(); },
		sub { return "($list) IN (" . $row->() . ', ' . $row->() . ')'; },
		sub { return "ROW($list) = ANY (ARRAY[ROW" . $row->() . ', ROW' . $row->() . '])'; },
		sub { return "(($list) = " . $row->() . " OR ($list) = " . $row->() . ')'; },
		sub { return "($list) IS NOT DISTINCT FROM " . $row->(); },
		sub { return '(' . join(' AND ', map { "j.$_ = " . value($_, $source) } @keys) . ' OR ' .
			  join(' AND ', map { "j.$_ IN (" . value($_, $source) . ', ' . value($_, 'c') . ')' } @keys) . ')'; },
		sub { return 'ARRAY[' . join(', ', map { "j.$_" } @keys) . '] = ARRAY[' . join(', ', map { value($_, $source) } @keys) . ']::text[]'; },
		sub { return "($list) IN (" . $row->() . ', ' . $row->() . ', ' . $row->() . ')'; })->();

	return [$text, $text, $source eq 'c' ? ($text, scalar @keys) : ()];
}

# One that depends on another key.
sub bind_dependent
{
	my $text = one_of("j.firmware_id = 'f' || j.product_key", 'j.firmware_id = j.product_key', "'f' || j.product_key = j.firmware_id",
		"j.firmware_id IN (j.product_key, 'f' || j.product_key)", "j.firmware_id = CASE j.product_key WHEN 'pk0' THEN '187' ELSE '188' END");

	return [$text, $text, $text];
}

# ---- conditions that give none ----

sub extra
{
	my ($outer) = @_;
	my @texts = (
		"j.device_name <> 'd1:1'", "j.device_name LIKE 'd%'", "j.device_name > 'd2'", 'length(j.device_name) > 3',
		"j.device_name <> ALL ('{d1:1,d2:2}')", "j.device_name NOT IN ('d3:3', '187')", "j.device_name ~ '^d[0-3]'", "lower(j.product_key) = 'pk0'",
		"ARRAY[j.firmware_id, j.product_key] && '{187,188}'", "NOT ARRAY[j.device_name]::varchar[] <@ '{d1:1,d2:2}'", "greatest(j.device_name, 'd2') > 'd2'",
		"(j.product_key, j.device_name) > ('pk0', 'd2')", "j.device_name LIKE ANY ('{d1%,d2%}')", "concat(j.product_key, '/', j.device_name) < 'pk1/d2'",
		"(string_to_array(j.device_name, ':'))[2] = '2'", "j.device_name > CURRENT_USER OR j.firmware_id <> '187'", "lpad(j.device_name, 5, '0') < '0d2'",
		"left(j.device_name, 1) = 'd'", "j.product_key || j.device_name <> 'pk0d2:2'", "j.device_name::varchar(2) = 'd2'");

	push @texts, 'i.id > 2', "i.product_key = 'pk0'", 'i.id % 2 = 0' if $outer =~ /inventory/;
	if (chance(0.3))
	{
		return ["j.job_status <> 'PLANNED'", 'true'];
	}
	my $text = one_of(@texts);
	return [$text, $text];
}

# A condition that tells accounts apart; of constants also what the table itself says.
sub of_site
{
	my ($outer) = @_;
	my $own = one_of("j.site = 'north'", "j.site <> 'north'", "j.site IN ('south', 'west')", "j.site LIKE 's%'", "lower(j.site) = 'south'", "NOT j.site > 'o'",
		"(j.site = 'north' OR j.device_name > 'd2')", 'j.site > j.device_name', "(j.site = 'south') IS TRUE", "left(j.site, 1) || j.product_key <> 'spk1'");

	return [$own, $own, $own, 0] if $outer !~ /inventory/ || chance(0.3);
	my $text = one_of('j.site = i.site', 'i.site = j.site', 'j.site <> i.site', 'j.site IS NOT DISTINCT FROM i.site', "j.site = ANY (ARRAY[i.site, 'south'])",
		'left(j.site, 1) = left(i.site, 1)', "coalesce(i.site, 'north') = j.site", "(j.site = i.site OR i.id > 5)", "j.site || j.device_name = i.site || i.device_name");
	return [$text, $text];
}

# ---- statements ----

sub conditions
{
	my ($outer, $bound) = @_;
	my @sources = ('c', ('i') x ($outer =~ /inventory/ ? 3 : 0), ('o') x ($outer =~ /other/ ? 2 : 0));
	my @left = sort { rand() <=> 0.5 } @columns;
	my @found;

	splice(@left, int rand @left, 1) unless $bound;
	if (@left > 1 && chance(0.3))
	{
		my @row = splice(@left, 0, chance(0.5) ? 2 : scalar @left);
		push @found, bind_row(one_of(@sources), @row);
	}
	if ($bound && chance(0.1) && grep { $_ eq 'firmware_id' } @left)
	{
		@left = grep { $_ ne 'firmware_id' } @left;
		push @found, bind_dependent();
		push @found, bind_one('product_key', one_of(@sources)) if grep { $_ eq 'product_key' } @left;
		@left = grep { $_ ne 'product_key' } @left;
	}
	push @found, bind_one($_, one_of(@sources)) foreach @left;
	push @found, extra($outer) while chance(0.35);
	return sort { rand() <=> 0.5 } @found;
}

my $targets = 'j.product_key, j.device_name, j.firmware_id, j.job_id, j.job_status';
my %shapes = (
	# subqueries that are evaluated for rows, or may be
	sum_count => sub { return ('inventory i', "SELECT i.id % 3, sum((SELECT count(*) FROM JOBS j WHERE WHERE_ALL)) FROM inventory i GROUP BY ROLLUP (1)"); },
	filter_exists => sub { return ('inventory i', "SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM JOBS j WHERE WHERE_ALL)), max(i.id) FROM inventory i"); },
	filtered_max => sub { return ('inventory i', "SELECT max((SELECT max(j.job_id) FROM JOBS j WHERE WHERE_ALL)) FILTER (WHERE i.id > 2) FROM inventory i"); },
	window_sum => sub { return ('inventory i', "SELECT i.id, sum((SELECT count(*) FROM JOBS j WHERE WHERE_ALL)) OVER (PARTITION BY i.product_key ORDER BY i.id) FROM inventory i"); },
	beside_window => sub { return ('inventory i', "SELECT * FROM (SELECT i.id, row_number() OVER (ORDER BY i.id) AS r, (SELECT count(*) FROM JOBS j WHERE WHERE_ALL) FROM inventory i) x WHERE r < 5"); },
	having => sub { return ('inventory i', "SELECT i.id, count(*) FROM inventory i GROUP BY i.id, i.product_key, i.device_name, i.firmware_id, i.other_id, i.device, i.dom, i.ids, i.names HAVING i.id < 9 AND (SELECT count(*) FROM JOBS j WHERE WHERE_ALL) > 0"); },
	case_value => sub { return ('inventory i', "SELECT i.id, CASE WHEN i.id % 3 = 0 THEN -1 WHEN i.device_name IS NULL THEN NULL ELSE (SELECT count(*) FROM JOBS j WHERE WHERE_ALL) END FROM inventory i"); },
	case_of => sub { return ('inventory i', "SELECT i.id, CASE i.id % 3 WHEN 0 THEN 'none' WHEN 1 THEN (SELECT max(j.job_status) FROM JOBS j WHERE WHERE_ALL) END FROM inventory i"); },
	coalesce => sub { return ('inventory i', "SELECT i.id, COALESCE(NULLIF(i.other_id, '189'), (SELECT max(j.job_id) FROM JOBS j WHERE WHERE_ALL), 'none') FROM inventory i"); },
	where_or => sub { return ('inventory i', "SELECT i.id FROM inventory i WHERE i.id % 2 = 0 AND (i.firmware_id = '187' OR NOT EXISTS (SELECT FROM JOBS j WHERE WHERE_ALL))"); },
	not_in => sub { return ('inventory i', "SELECT i.id FROM inventory i WHERE 'PLANNED' NOT IN (SELECT j.job_status FROM JOBS j WHERE WHERE_ALL)"); },
	any_all => sub { return ('inventory i', "SELECT i.id, 'PLANNED' < ANY (SELECT j.job_status FROM JOBS j WHERE WHERE_ALL), (ARRAY(SELECT 1 FROM JOBS j WHERE WHERE_ALL))[1] FROM inventory i"); },
	lateral_function => sub { return ('inventory i', "SELECT i.id, g FROM inventory i LEFT JOIN LATERAL generate_series(1, (SELECT count(*) FROM JOBS j WHERE WHERE_ALL)) g ON true"); },
	beside_series => sub { return ('inventory i', "SELECT i.id, generate_series(1, 2), (SELECT count(*) FROM JOBS j WHERE WHERE_ALL) FROM inventory i"); },
	condition_of_both => sub { return ('inventory i, other o', "SELECT i.id, o.id FROM inventory i JOIN other o ON o.fw = i.firmware_id AND (SELECT count(*) FROM JOBS j WHERE WHERE_ALL) > 0"); },
	hash_key => sub { return ('inventory i', "SELECT i.id, o.id FROM inventory i JOIN other o ON o.id = (SELECT count(*) FROM JOBS j WHERE WHERE_ALL)"); },
	in_subquery => sub { return ('inventory i', "SELECT i.id, (SELECT max(v) FROM (VALUES ((SELECT count(*) FROM JOBS j WHERE WHERE_ALL)), (1)) x (v)) FROM inventory i"); },
	in_aggregates_output => sub { return ('inventory i', "SELECT i.id, (SELECT count(*) + (SELECT count(*) FROM JOBS j WHERE WHERE_ALL) FROM other x WHERE x.id > i.id) FROM inventory i"); },
	with_itself => sub { return ('inventory i', "SELECT i.id, (SELECT count(*) FROM JOBS j JOIN (VALUES ('PLANNED'), ('SUCCEED')) s (s) ON s.s = j.job_status WHERE WHERE_ALL) FROM inventory i"); },
	sum_grouped => sub { return ('inventory i', "SELECT sum((SELECT count(*) FROM grouped_JOBS j WHERE WHERE_ALL)) FROM inventory i"); },
	update_set => sub { return ('inventory i', "UPDATE inventory i SET (id, other_id) = (SELECT count(*), max(j.job_id) FROM JOBS j WHERE WHERE_ALL) RETURNING i.id, i.other_id"); },
	merge_set => sub { return ('inventory i', "MERGE INTO target t USING inventory i ON t.id = i.id + 1 WHEN MATCHED AND i.id > 3 THEN UPDATE SET n = (SELECT count(*) FROM JOBS j WHERE WHERE_ALL) WHEN NOT MATCHED THEN INSERT VALUES (i.id + 100, (SELECT count(*) FROM JOBS j WHERE WHERE_ALL))", 'SELECT * FROM target'); },
	plain => sub { return ('', "SELECT $targets FROM JOBS j WHERE WHERE_ALL"); },
	join => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i, JOBS j WHERE WHERE_ALL"); },
	join_on => sub { return ('inventory i', "SELECT i.id, $targets FROM JOBS j JOIN inventory i ON WHERE_ALL"); },
	left_join => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i LEFT JOIN JOBS j ON WHERE_ALL"); },
	right_join => sub { return ('inventory i', "SELECT i.id, $targets FROM JOBS j RIGHT JOIN inventory i ON WHERE_ALL"); },
	two => sub { return ('inventory i, other o', "SELECT i.id, o.id, $targets FROM JOBS j, inventory i, other o WHERE WHERE_ALL"); },
	two_left => sub { return ('inventory i LEFT JOIN other o ON o.id = i.id', "SELECT i.id, o.id, $targets FROM inventory i LEFT JOIN other o ON o.id = i.id LEFT JOIN JOBS j ON WHERE_ALL"); },
	exists => sub { return ('inventory i', "SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM JOBS j WHERE WHERE_ALL)"); },
	not_exists => sub { return ('inventory i', "SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM JOBS j WHERE WHERE_ALL)"); },
	count => sub { return ('inventory i', "SELECT i.id, (SELECT count(*) FROM JOBS j WHERE WHERE_ALL) FROM inventory i"); },
	lateral => sub { return ('inventory i', "SELECT i.id, x.* FROM inventory i, LATERAL (SELECT $targets FROM JOBS j WHERE WHERE_ALL OFFSET 0) x"); },
	left_lateral => sub { return ('inventory i', "SELECT i.id, x.* FROM inventory i LEFT JOIN LATERAL (SELECT $targets FROM JOBS j WHERE WHERE_ALL) x ON true"); },
	in_list => sub { return ('inventory i', "SELECT i.id FROM inventory i WHERE (i.id > 100 OR EXISTS (SELECT FROM JOBS j WHERE WHERE_ALL))"); },
	view => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i JOIN v_JOBS j ON WHERE_ALL"); },
	union => sub { return ('inventory i', "SELECT i.id, j.half, $targets FROM inventory i, both_JOBS j WHERE WHERE_ALL"); },
	latest => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i JOIN latest_JOBS j ON WHERE_ALL"); },
	grouped => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i JOIN grouped_JOBS j ON WHERE_ALL"); },
	ranked => sub { return ('inventory i', "SELECT i.id, j.half, $targets FROM inventory i, ranked_JOBS j WHERE WHERE_ALL"); },
	united => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i, united_JOBS j WHERE WHERE_ALL"); },
	left_grouped => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i LEFT JOIN grouped_JOBS j ON WHERE_ALL"); },
	exists_ranked => sub { return ('inventory i', "SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM ranked_JOBS j WHERE WHERE_ALL)"); },
	nested => sub { return ('inventory i', "SELECT i.id, $targets FROM nested_JOBS j JOIN inventory i ON WHERE_ALL"); },
	left_nested => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i LEFT JOIN nested_JOBS j ON WHERE_ALL"); },
	not_exists_united => sub { return ('inventory i', "SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM united_JOBS j WHERE WHERE_ALL)"); },
	count_grouped => sub { return ('inventory i', "SELECT i.id, (SELECT count(*) FROM grouped_JOBS j WHERE WHERE_ALL) FROM inventory i"); },
	update_latest => sub { return ('inventory i', "UPDATE inventory i SET id = i.id + 1 FROM latest_JOBS j WHERE WHERE_ALL RETURNING i.id"); },
	merge_ranked => sub { return ('inventory i', "MERGE INTO inventory i USING (SELECT * FROM ranked_JOBS WHERE half = 1) j ON WHERE_ALL WHEN MATCHED THEN UPDATE SET id = i.id + 100", 'SELECT id, device_name FROM inventory'); },
	cte_grouped => sub { return ('inventory i', "WITH w AS NOT MATERIALIZED (SELECT * FROM grouped_JOBS) SELECT i.id, $targets FROM inventory i JOIN w j ON WHERE_ALL JOIN w k ON (k.product_key, k.device_name, k.firmware_id, k.package_product_key) = (j.product_key, j.device_name, j.firmware_id, j.package_product_key)"); },
	two_latest => sub { return ('inventory i, other o', "SELECT i.id, o.id, $targets FROM latest_JOBS j, inventory i, other o WHERE WHERE_ALL"); },
	partitions => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i, part_JOBS j WHERE WHERE_ALL"); },
	cte => sub { return ('inventory i', "WITH j AS (SELECT * FROM JOBS) SELECT i.id, $targets FROM inventory i JOIN j ON WHERE_ALL"); },
	group => sub { return ('inventory i', "SELECT j.product_key, j.job_status, count(*) FROM inventory i, JOBS j WHERE WHERE_ALL GROUP BY ROLLUP (1, 2)"); },
	aggregate => sub { return ('', "SELECT count(*), min(j.job_id) FROM JOBS j WHERE WHERE_ALL"); },
	full_join => sub { return ('inventory i', "SELECT o.id, x.* FROM other o FULL JOIN (SELECT i.id, $targets FROM inventory i, JOBS j WHERE WHERE_ALL) x ON x.id = o.id"); },
	update => sub { return ('inventory i', "UPDATE inventory i SET id = i.id + 1 FROM JOBS j WHERE WHERE_ALL RETURNING i.id"); },
	update_of_other => sub { return ('inventory i', "UPDATE target t SET n = t.n + 1 FROM inventory i JOIN JOBS j ON WHERE_ALL WHERE t.id = i.id RETURNING t.id, t.n"); },
	delete => sub { return ('inventory i', "DELETE FROM inventory i USING JOBS j WHERE WHERE_ALL RETURNING i.id, i.device_name"); },
	merge => sub { return ('inventory i', "MERGE INTO inventory i USING JOBS j ON WHERE_ALL WHEN MATCHED THEN UPDATE SET id = i.id + 100", 'SELECT id, device_name FROM inventory'); },
	merge_of_other => sub { return ('inventory i', "MERGE INTO target t USING (SELECT i.id, count(*) AS n FROM inventory i JOIN JOBS j ON WHERE_ALL GROUP BY 1) x ON x.id = t.id WHEN MATCHED THEN UPDATE SET n = x.n", 'SELECT * FROM target'); });

# Of several accounts.
my %account_shapes = (
	accounts => sub { return ('inventory i', "SELECT i.id, j.site, $targets FROM inventory i, account_JOBS j WHERE WHERE_ALL"); },
	accounts_left => sub { return ('inventory i', "SELECT i.id, j.site, $targets FROM inventory i LEFT JOIN account_JOBS j ON WHERE_ALL"); },
	accounts_exists => sub { return ('inventory i', "SELECT i.id FROM inventory i WHERE EXISTS (SELECT FROM account_JOBS j WHERE WHERE_ALL)"); },
	accounts_not_exists => sub { return ('inventory i', "SELECT i.id FROM inventory i WHERE NOT EXISTS (SELECT FROM arms_JOBS j WHERE WHERE_ALL)"); },
	accounts_count => sub { return ('inventory i', "SELECT i.id, (SELECT count(*) FROM account_JOBS j WHERE WHERE_ALL) FROM inventory i"); },
	accounts_plain => sub { return ('', "SELECT j.site, $targets FROM account_JOBS j WHERE WHERE_ALL"); },
	accounts_aggregate => sub { return ('', "SELECT count(*), max(j.site) FROM arms_JOBS j WHERE WHERE_ALL"); },
	accounts_arms => sub { return ('inventory i', "SELECT i.id, j.site, $targets FROM inventory i JOIN arms_JOBS j ON WHERE_ALL"); },
	accounts_last => sub { return ('inventory i', "SELECT i.id, j.site, $targets FROM inventory i JOIN last_JOBS j ON WHERE_ALL"); },
	accounts_summed => sub { return ('inventory i', "SELECT i.id, j.site, $targets FROM inventory i LEFT JOIN summed_JOBS j ON WHERE_ALL"); },
	accounts_lateral => sub { return ('inventory i', "SELECT i.id, x.* FROM inventory i, LATERAL (SELECT j.site, $targets FROM account_JOBS j WHERE WHERE_ALL OFFSET 0) x"); },
	accounts_update => sub { return ('inventory i', "UPDATE inventory i SET id = i.id + 1 FROM account_JOBS j WHERE WHERE_ALL RETURNING i.id"); });

# The text with parameters in the place of some of the keys' constants, and these.
sub parametrize
{
	my ($text) = @_;
	my @arguments;

	$text =~ s{(::name = )?'(d\d:\d|pk\d|18\d|fpk0)'}{
		my ($cast, $constant) = ($1, $2);
		if ($cast || @arguments == $parameters || chance(0.3)) { ($cast // '') . "'$constant'" }
		else { push @arguments, $constant; '$' . @arguments }}ge;
	return ($text, @arguments);
}

sub mode_of
{
	my ($text) = @_;

	return 'plain' if chance(0.4) || $text =~ /^MERGE/;
	return $text =~ /^SELECT|^WITH/ ? one_of(qw(prepared prepared function function cursor some scroll)) : one_of(qw(prepared function));
}

# What has to be true of a key that is asked for.  What one view says of its keys by itself,
# another one that is joined with it need not know.  A view is planned once, for the tables that
# give it keys: it waits for no other table that a condition needs.  For a table the planner
# weighs what it costs to wait.  By conditions of its own ($of_itself) a view may need no table
# but those that subqueries of IN have become, as all do from PostgreSQL 18 on; so may a table
# where these and constants give it all keys, whatever else is compared with its columns.
sub budget_of
{
	my ($shape, $outer, $of_itself, @conditions) = @_;
	my @budgets = (\@conditions);

	if (grep { /IN \((SELECT|VALUES)/ } @conditions)
	{
		push @budgets, $of_itself if $shape =~ /grouped|latest|ranked|united|nested|last|summed/;
		my @alone = grep { s/IN \((?:SELECT|VALUES).*//sr !~ /\b[io]\./ } @$of_itself;

		push @budgets, \@alone unless grep { my $column = $_; !grep { /\bj\.$column\b/ } @alone } @columns;
	}
	push @budgets, [ grep { /\b[io]\.|^j\.\w+ = '[^']*'$|^'[^']*' = j\.\w+$/ } @conditions ] if $shape eq 'cte_grouped';
	foreach my $table ($outer =~ /other/ ? qw(i o) : ())
	{
		my @others = grep { !/\b$table\./ } @conditions;

		push @budgets, \@others unless grep { my $column = $_; !grep { /\bj\.$column\b/ } @others } @columns;
	}
	return '(' . join(' OR ', map { join(' AND ', 'true', map { "($_)" } @$_) } @budgets) . ')';
}

# The condition with what constants give by it: what a column of another table is equal to, a key
# that equals that column is as well, in whatever form it is said.
sub with_constant
{
	my ($condition, $all) = @_;
	my $constant = $condition->[1] =~ s/\bi\.product_key\b/'pk0'/gr;

	return $condition if @$condition > 2 || $all !~ /\(i\.product_key = 'pk0'\)/ || $condition->[1] !~ /\bi\.product_key\b/;
	return $condition if $constant !~ /\bj\.product_key\b/ || $constant =~ /\b[io]\.|SELECT|VALUES/;
	return [ @$condition, $constant ];
}

# The statement of that seed; with accounts, one over a table of several.
sub make
{
	my ($seed, $accounts) = @_;
	my $shapes = $accounts ? \%account_shapes : \%shapes;

	srand($seed);
	my $shape = one_of(sort keys %$shapes);
	my $bound = chance(0.9);
	my ($outer, $text, $later) = $shapes->{$shape}->();
	my @conditions = conditions($outer, $bound);
	my $jobs = $accounts ? 'account_JOBS' : 'JOBS';
	if ($accounts)
	{
		push @conditions, of_site($outer) while chance(0.6);
	}
	my $all = join(' AND ', map { "($_->[0])" } @conditions);
	my $of_keys = budget_of($shape, $outer, [ map { $_->[2] // $_->[1] } @conditions ], map { defined $_->[2] && $_->[1] =~ /^(.*) AND \Q$_->[2]\E$/ ? ($1, $_->[2]) : $_->[1] } @conditions);
	# keys that constants give may be asked for without regard to other tables
	my @of_itself = grep { @$_ > 2 } map { with_constant($_, $all) } @conditions;
	my $of_table = sum0(map { $_->[3] // 1 } @of_itself) == 3 ? join(' AND ', map { "($_->[2])" } @of_itself) : 'false';
	my $from = join(', ', grep { $_ } $outer, "$jobs j");
	my $keys = 'j.product_key, j.device_name, j.firmware_id';
	my $asked = $accounts ? "j.site, $keys" : $keys;

	$text =~ s/WHERE_ALL/$all/g;
	my $mode = mode_of($text);
	my ($run, @arguments) = $mode =~ /prepared|function/ ? parametrize($text) : ($text);
	return {
		seed => $seed, shape => $shape, bound => $bound, text => $text, run => $run, later => $later, mode => $mode,
		arguments => [ @arguments, ('unused') x ($parameters - @arguments) ],
		lookahead => one_of('on', 'off'), plans => one_of('auto', 'no hash and merge joins'), cache => one_of('force_custom_plan', 'force_generic_plan'),
		budget => "SELECT greatest(n, m), unsendable FROM
			(SELECT count(*) AS n, count(*) FILTER (WHERE '' IN ($keys) OR length(concat($keys)) > 1000) AS unsendable FROM (SELECT DISTINCT $asked FROM $from WHERE $of_keys UNION SELECT $asked FROM $jobs j WHERE $of_table) j) k,
			(SELECT count(*) AS m FROM $jobs j WHERE $of_table) l" };
}

# What is wrong with it; '' if nothing is.
sub fault_of
{
	my ($session, $statement) = @_;
	my $other = $statement->{plans} eq 'auto' ? 'on' : 'off';
	my $settings = "SET tuya_fdw.enable_lookahead = $statement->{lookahead}; SET enable_hashjoin = $other; SET enable_mergejoin = $other; SET plan_cache_mode = $statement->{cache}";
	my $later = defined $statement->{later} ? quoted($statement->{later}) : 'NULL';
	my $arguments = join(', ', map { quoted($_) } @{ $statement->{arguments} });
	my $result = $session->run("$settings;
		SELECT fault_of(\$query\$$statement->{text}\$query\$, \$query\$$statement->{run}\$query\$, '$statement->{mode}', ARRAY[$arguments], $later, \$query\$$statement->{budget}\$query\$)");
	my $said = $result->{text};

	chomp $said;
	$session->run('VACUUM inventory, target') if $statement->{text} =~ /^(UPDATE|DELETE|MERGE)/;
	return '' if $said eq '' || (!$statement->{bound} && $said =~ /^HV00L /);
	return "seed $statement->{seed} ($statement->{shape}, $statement->{mode}): $said\n" . described($session, $statement, $settings, $arguments);
}

# What it takes to run it by hand, and its plan.
sub described
{
	my ($session, $statement, $settings, $arguments) = @_;
	my $run = $statement->{run} =~ s/JOBS/ota_job/gr;
	my $types = join(', ', ('text') x $parameters);
	my $plan = $session->run($statement->{mode} =~ /prepared|function/ ?
		"PREPARE described ($types) AS $run; EXPLAIN (VERBOSE, COSTS OFF) EXECUTE described ($arguments)" : "EXPLAIN (VERBOSE, COSTS OFF) $run")->{text};

	$session->run('DEALLOCATE ALL');
	return "  $settings;\n  $run\n" . ($run eq $statement->{text} =~ s/JOBS/ota_job/gr ? '' : "  -- with $arguments\n") . $plan =~ s/^/  /gmr;
}

1;
