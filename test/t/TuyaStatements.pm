
# TuyaStatements - statements over ota_job, made by chance, with an oracle.
#
#	TuyaStatements::prepare($session, $sim);
#	my $statement = TuyaStatements::make($seed);	# {text, budget, bound, shape, settings}
#	my $fault = TuyaStatements::fault_of($session, $statement);		# '' if all is well
#
# A statement is a shape (a join, EXISTS, a view, ...) around conditions.  Each key gets
# a condition that gives it values, in one of the forms in which people write that, from
# constants, columns of other tables or subqueries; then come some that give no value.  A
# statement that leaves a key out is not bound: it may fail with HV00L, others may not.
#
# In a statement's text JOBS is the table: ota_job; job, which has the same rows locally;
# or, in the budget, keyspace, which has a row for every key there can be.  The budget
# counts the keys for which the conditions that need no reply are true.  There must not be more requests.

package TuyaStatements;

use strict;
use warnings FATAL => 'all';

use TuyaTest;

my @columns = qw(product_key device_name firmware_id);
my %constants = (
	product_key => [qw(pk0 pk1 187)],
	device_name => [qw(d0:0 d1:1 d2:2 d3:3 d5:2 187)],
	firmware_id => [qw(187 188 189 fpk0)]);

sub one_of { return $_[ int rand @_ ]; }
sub chance { return rand() < $_[0]; }
sub quoted { return "'" . $_[0] . "'"; }

sub prepare
{
	my ($session, $sim) = @_;
	my $simctl = sim_path('tuya_simctl') . " -p $sim->{control_port} get requests";

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
CREATE TABLE job AS SELECT * FROM all_product_key p, all_device_name d, all_firmware_id f, LATERAL sim_jobs(product_key, device_name, firmware_id);
CREATE INDEX ON job (product_key, device_name, firmware_id);
CREATE TABLE keyspace AS SELECT * FROM all_product_key, all_device_name, all_firmware_id;
CREATE VIEW v_ota_job AS SELECT job_id, job_status, device_name, product_key, firmware_id, package_product_key FROM ota_job;
CREATE VIEW v_job AS SELECT job_id, job_status, device_name, product_key, firmware_id, package_product_key FROM job;
CREATE VIEW both_ota_job AS SELECT 1 AS half, * FROM ota_job UNION ALL SELECT 2, * FROM ota_job;
CREATE VIEW both_job AS SELECT 1 AS half, * FROM job UNION ALL SELECT 2, * FROM job;
CREATE TABLE part_ota_job (LIKE ota_job) PARTITION BY LIST (product_key);
CREATE FOREIGN TABLE part_a PARTITION OF part_ota_job FOR VALUES IN ('pk0') SERVER tuya;
CREATE FOREIGN TABLE part_b PARTITION OF part_ota_job FOR VALUES IN ('pk1', '187') SERVER tuya;
CREATE VIEW part_job AS TABLE job;
CREATE VIEW v_keyspace AS TABLE keyspace;
CREATE VIEW both_keyspace AS TABLE keyspace;
CREATE VIEW part_keyspace AS TABLE keyspace;
ANALYZE;
CREATE FUNCTION requests() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE said bigint;
BEGIN
	DELETE FROM sim_said;
	EXECUTE (SELECT format('COPY sim_said FROM PROGRAM %L', name) FROM program);
	SELECT line::bigint INTO said FROM sim_said;
	RETURN said;
END $$;
CREATE FUNCTION rows_of(query text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE one record; result text[] := '{}';
BEGIN
	FOR one IN EXECUTE query LOOP result := result || one::text; END LOOP;
	RETURN result;
END $$;
CREATE FUNCTION fault_of(query text, budget text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	allowed bigint; before bigint; asked bigint; missing bigint; extra bigint; got text[]; want text[];
BEGIN
	EXECUTE replace(budget, 'JOBS', 'keyspace') INTO allowed;
	want := rows_of(replace(query, 'JOBS', 'job'));
	before := requests();
	BEGIN
		got := rows_of(replace(query, 'JOBS', 'ota_job'));
	EXCEPTION WHEN OTHERS THEN
		RETURN SQLSTATE || ' ' || SQLERRM;
	END;
	asked := requests() - before;
	missing := (SELECT count(*) FROM (SELECT unnest(want) EXCEPT ALL SELECT unnest(got)) d);
	extra := (SELECT count(*) FROM (SELECT unnest(got) EXCEPT ALL SELECT unnest(want)) d);
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
	sub { my ($k, $v) = @_; return "$k || '' = " . $v->() . " AND $k = " . $v->(); });

# A condition on one key by values of that source: [as it stands, for the budget]; where
# constants are enough to give the key its values, that part of it, too.
sub bind_one
{
	my ($column, $source) = @_;
	my $value = sub { return value($column, $source) };
	my $form = one_of(@forms);
	my $text;

	if ($column eq 'product_key' && chance(0.08))
	{
		my $v = $value->();
		return ["j.package_product_key = j.product_key AND j.package_product_key = $v", "j.product_key = $v"];
	}
	$form = $forms[0] if chance(0.3);
	# forms that only constants fit: a cast to name cuts, and no join reaches into a second subquery
	$form = one_of(
		sub { my ($k, $v) = @_; return "$k\:\:name = " . $v->(); },
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

	return [$text, $text];
}

# One that depends on another key.
sub bind_dependent
{
	my $text = one_of("j.firmware_id = 'f' || j.product_key", 'j.firmware_id = j.product_key', "'f' || j.product_key = j.firmware_id",
		"j.firmware_id IN (j.product_key, 'f' || j.product_key)", "j.firmware_id = CASE j.product_key WHEN 'pk0' THEN '187' ELSE '188' END");

	return [$text, $text];
}

# ---- conditions that give none ----

sub extra
{
	my ($outer) = @_;
	my @texts = (
		"j.device_name <> 'd1:1'", "j.device_name LIKE 'd%'", "j.device_name > 'd2'", 'length(j.device_name) > 3',
		"j.device_name <> ALL ('{d1:1,d2:2}')", "j.device_name NOT IN ('d3:3', '187')", "j.device_name ~ '^d[0-3]'", "lower(j.product_key) = 'pk0'",
		"left(j.device_name, 1) = 'd'", "j.product_key || j.device_name <> 'pk0d2:2'", "j.device_name::varchar(2) = 'd2'");

	push @texts, 'i.id > 2', "i.product_key = 'pk0'", 'i.id % 2 = 0' if $outer =~ /inventory/;
	if (chance(0.3))
	{
		return ["j.job_status <> 'PLANNED'", 'true'];
	}
	my $text = one_of(@texts);
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
		# what a subquery finds is not known when the keys that depend on it are made
		my $first = bind_one('product_key', one_of(@sources));
		$first = bind_one('product_key', one_of(@sources)) while $first->[0] =~ /SELECT|VALUES/;
		push @found, $first if grep { $_ eq 'product_key' } @left;
		@left = grep { $_ ne 'product_key' } @left;
	}
	push @found, bind_one($_, one_of(@sources)) foreach @left;
	push @found, extra($outer) while chance(0.35);
	return sort { rand() <=> 0.5 } @found;
}

my $targets = 'j.product_key, j.device_name, j.firmware_id, j.job_id, j.job_status';
my %shapes = (
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
	partitions => sub { return ('inventory i', "SELECT i.id, $targets FROM inventory i, part_JOBS j WHERE WHERE_ALL"); },
	cte => sub { return ('inventory i', "WITH j AS (SELECT * FROM JOBS) SELECT i.id, $targets FROM inventory i JOIN j ON WHERE_ALL"); },
	group => sub { return ('inventory i', "SELECT j.product_key, j.job_status, count(*) FROM inventory i, JOBS j WHERE WHERE_ALL GROUP BY ROLLUP (1, 2)"); },
	aggregate => sub { return ('', "SELECT count(*), min(j.job_id) FROM JOBS j WHERE WHERE_ALL"); });

# The statement of that seed.
sub make
{
	my ($seed) = @_;

	srand($seed);
	my $shape = one_of(sort keys %shapes);
	my $bound = chance(0.9);
	my ($outer, $text) = $shapes{$shape}->();
	my @conditions = conditions($outer, $bound);
	my $all = join(' AND ', map { "($_->[0])" } @conditions);
	my $of_keys = join(' AND ', map { "($_->[1])" } @conditions);
	# keys that constants give may be asked for without regard to other tables
	my @own = map { $_->[2] } grep { @$_ > 2 } @conditions;
	my $of_table = @own == 3 ? join(' AND ', map { "($_)" } @own) : 'false';

	$text =~ s/WHERE_ALL/$all/;
	return {
		seed => $seed, shape => $shape, bound => $bound, text => $text,
		lookahead => one_of('on', 'off'), plans => one_of('auto', 'no hash and merge joins'),
		budget => 'SELECT greatest((SELECT count(*) FROM (SELECT DISTINCT j.product_key, j.device_name, j.firmware_id FROM ' .
		  join(', ', grep { $_ } $outer, 'JOBS j') . " WHERE $of_keys) k), (SELECT count(*) FROM JOBS j WHERE $of_table))" };
}

# What is wrong with it; '' if nothing is.
sub fault_of
{
	my ($session, $statement) = @_;
	my $other = $statement->{plans} eq 'auto' ? 'on' : 'off';
	my $result = $session->run("SET tuya_fdw.enable_lookahead = $statement->{lookahead}; SET enable_hashjoin = $other; SET enable_mergejoin = $other;
		SELECT fault_of(\$query\$$statement->{text}\$query\$, \$query\$$statement->{budget}\$query\$)");
	my $said = $result->{text};

	chomp $said;
	return '' if !$statement->{bound} && $said =~ /^HV00L /;
	return $said eq '' ? '' : "seed $statement->{seed} ($statement->{shape}, lookahead $statement->{lookahead}, joins $statement->{plans}): $said\n  $statement->{text}\n";
}

1;
