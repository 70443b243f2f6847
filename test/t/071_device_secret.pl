
# A device's secret is a key to its data: it is in no table that IMPORT makes, only a superuser
# makes a column of it, and its value is in no message, log, plan, view, or file that a statement
# leaves or has while it runs; but for the rows that were asked for.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use File::Find;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaSession qw(fails_with);
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('device_secret', $sim, retries => 1, request_timeout => '2s');
$node->safe_psql('postgres', 'IMPORT FOREIGN SCHEMA ota EXCEPT (ota_job) FROM SERVER tuya INTO public');
my $auto_explain = -e $node->config_data('--pkglibdir') . '/auto_explain.so';

$node->append_conf('postgresql.conf', <<'CONF');
shared_preload_libraries = 'tuya_fdw'
log_min_messages = debug5
log_min_error_statement = error
log_error_verbosity = verbose
log_statement = all
log_min_duration_statement = 0
debug_print_plan = on
client_min_messages = debug5
CONF
$node->append_conf('postgresql.conf', <<'CONF') if $auto_explain;
session_preload_libraries = 'auto_explain'
auto_explain.log_min_duration = 0
auto_explain.log_analyze = on
auto_explain.log_verbose = on
CONF
$node->restart;

# One session does all, and what it is shown is looked through; but for what asks for secrets.
my $seen = '';

sub run_sql
{
	my ($result, $shown) = TuyaSession::run_apart($node, @_);

	$seen .= $shown;
	return $result;
}

# --- who has it

my $device = q{product_key text, device_name text, iot_id text};
my $options = q{SERVER tuya OPTIONS (action 'QueryDevice')};

is($node->safe_psql('postgres', q{SET client_min_messages = error; SELECT count(*) FROM pg_attribute a LEFT JOIN LATERAL unnest(attfdwoptions) o ON true
	WHERE attrelid = 'device'::regclass AND (attname ILIKE '%secret%' OR o ILIKE '%secret%')}),
	'0', "IMPORT's table does not have it");
$node->safe_psql('postgres', q{SET client_min_messages = error;
	CREATE ROLE fleet_user LOGIN;
	GRANT USAGE ON FOREIGN SERVER tuya TO fleet_user;
	CREATE USER MAPPING FOR fleet_user SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
	CREATE SCHEMA own AUTHORIZATION fleet_user;
	GRANT USAGE ON SCHEMA public TO fleet_user;
	GRANT SELECT ON device TO fleet_user;});

# What fleet_user may not do, in any spelling and on any way.
foreach my $field ('deviceSecret', 'DEVICESECRET', 'devicesecret', 'DeviceSecret')
{
	fails_with(run_sql('SET ROLE fleet_user', "CREATE FOREIGN TABLE own.s ($device, x text OPTIONS (field '$field')) $options"),
		'42501', "others than superusers cannot make a column of $field");
}
is(run_sql('SET ROLE fleet_user', "CREATE FOREIGN TABLE own.d ($device, x text OPTIONS (field 'nickname')) $options")->{sqlstate}, '00000', 'they can make one of another field');
fails_with(run_sql('SET ROLE fleet_user', $_), '42501', "nor by $_") foreach (
	q{ALTER FOREIGN TABLE own.d ADD COLUMN s text OPTIONS (field 'deviceSecret')},
	q{ALTER FOREIGN TABLE own.d ALTER COLUMN x OPTIONS (SET field 'deviceSecret')},
	q{ALTER FOREIGN TABLE own.d ALTER COLUMN iot_id OPTIONS (ADD field 'deviceSecret')},
	q{CREATE FOREIGN TABLE own.other (product_key text, x text OPTIONS (field 'deviceSecret')) SERVER tuya},
	q{DO $$ BEGIN EXECUTE 'ALTER FOREIGN TABLE own.d ALTER COLUMN x OPTIONS (SET field ''deviceSecret'')'; END $$});
# A column has no field of that kind for its name.
run_sql('SET ROLE fleet_user', 'ALTER FOREIGN TABLE own.d RENAME iot_id TO device_secret');
fails_with(run_sql('SET ROLE fleet_user', q{SELECT device_secret FROM own.d WHERE product_key = 'fleet1'}), 'HV007', 'nor by a name');
run_sql('SET ROLE fleet_user', 'ALTER FOREIGN TABLE own.d RENAME device_secret TO devicesecret');
fails_with(run_sql('SET ROLE fleet_user', q{SELECT devicesecret FROM own.d WHERE product_key = 'fleet1'}), 'HV007', 'of any spelling');
$sim->clear;

# A superuser's table.
run_sql("CREATE FOREIGN TABLE secrets ($device, device_secret text OPTIONS (field 'deviceSecret')) $options");
my @secrets = split /\n/, $node->safe_psql('postgres', q{SET client_min_messages = error; SELECT device_secret FROM secrets WHERE product_key = 'shop:2000'});
is(scalar(@secrets), 2000, 'a superuser has a table with it');
is(scalar(grep { /^S3CR3T-of-shop:2000-\d+$/ } @secrets), 2000, 'of secrets that can be found again');
fails_with(run_sql('SET ROLE fleet_user', q{SELECT * FROM secrets WHERE product_key = 'shop:2000'}), '42501', 'which others may not read');

# --- where its value is not

# The simulator's secrets begin so, and nothing else does.
my $found = qr/S3CR3T-of-/;

my $where = q{product_key = 'shop:2000'};

# Statements whose result does not show it, upon either table, and what goes wrong with them.
foreach my $table ('device', 'secrets')
{
	run_sql("SELECT count(*) FROM $table WHERE $where", "EXPLAIN (VERBOSE) SELECT * FROM $table WHERE $where",
		"EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM $table WHERE $where", "EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) SELECT * FROM $table WHERE $where",
		'SELECT * FROM tuya_fdw_stats', 'SELECT * FROM tuya_fdw_progress', 'SELECT * FROM tuya_fdw_cache', 'SELECT * FROM tuya_fdw_check(\'tuya\')');
	foreach my $fault ([ omit => 'success' ], [ drop_rows => 1 ], [ truncate_body => 1 ], [ lie_page => 2, repeat_page => 1 ],
		[ omit => 'job_id' ], [ lie_success => 'string' ], [ omit => 'list' ])
	{
		$sim->reset;
		$sim->set(@$fault);
		run_sql("SELECT count(*), max(iot_id) FROM $table WHERE $where", 'SELECT * FROM tuya_fdw_stats');
	}
	$sim->reset;
}

# A column whose type does not take it: what is wrong with a value does not show the value.
foreach my $type ('int', 'bigint', 'numeric', 'uuid', 'timestamptz', 'date', 'bool', 'json', 'jsonb', 'xml', 'bytea', 'inet', 'point', 'int[]', 'varchar(3)', 'char(3)', 'oid', '"char"', 'short_text', 'odd_text', 'mood')
{
	run_sql('CREATE DOMAIN short_text AS text CHECK (length(VALUE) < 3)', 'CREATE DOMAIN odd_text AS text CHECK (VALUE::int > 0)', "CREATE TYPE mood AS ENUM ('good')",
		"CREATE FOREIGN TABLE typed ($device, s $type OPTIONS (field 'deviceSecret')) $options");
	run_sql("SELECT count(s) FROM typed WHERE $where", 'DROP FOREIGN TABLE typed');
}
# Errors as rows.
run_sql("CREATE FOREIGN TABLE failing ($device, s int OPTIONS (field 'deviceSecret'), t timestamptz OPTIONS (field 'nickname'), m text OPTIONS (field 'errorMessage')) SERVER tuya OPTIONS (action 'QueryDevice', on_error 'row')",
	"SELECT product_key, m FROM failing WHERE $where", "SELECT product_key, t, m FROM failing WHERE $where");

unlike($seen, $found, 'clients do not see it');

# --- files: rows beyond work_mem, what is cached

# Whether the file has it.
sub has_it
{
	my ($file) = @_;

	return 0 unless -f $file && open(my $in, '<:raw', $file);
	my $bytes = do { local $/ = undef; <$in> };
	return defined $bytes && $bytes =~ $found;
}

# All files of the server, but for its tables and WAL, which have what was stored there.
sub server_files
{
	my @files;

	find({ no_chdir => 1, wanted => sub { push @files, $_ unless m{/(base/\d|global|pg_wal)} } }, $node->data_dir);
	return @files;
}

run_sql(q{ALTER FOREIGN TABLE device OPTIONS (ADD cache_ttl '1h')});
my $session = TuyaSession->new($node);
$session->run($_) foreach ('SET client_min_messages = error', q{SET work_mem = '64kB'}, 'BEGIN',
	"DECLARE c CURSOR FOR SELECT count(nickname)::text FROM device WHERE product_key = 'shop:2000' UNION ALL SELECT iot_id FROM device WHERE product_key = 'shop:2000'", 'FETCH 1 FROM c');
my @spilled = grep { m{/pgsql_tmp/} && -f } server_files();
cmp_ok(scalar(@spilled), '>', 0, 'rows are in a file meanwhile');
like($session->run('SELECT sum(entries) FROM tuya_fdw_cache')->{text}, qr/^[1-9]/, 'and are cached');
is(join(' ', grep { has_it($_) } @spilled), '', 'the file of rows does not have what no column shows');
is(join(' ', grep { has_it($_) } server_files()), '', 'nor has any other file, of memory that is shared or of the log');
$session->run('COMMIT');

# Nor if another action's field, in the same place among its own, is read beside it, or the secret
# of another product.
run_sql('ALTER FOREIGN TABLE device OPTIONS (DROP cache_ttl)');
my $of_devices = q{FROM device WHERE product_key = 'shop:2000'};
foreach my $other ("SELECT f::text FROM ota_firmware f UNION ALL SELECT t::text FROM ota_task t WHERE job_id = 'batch:1'",
	"SELECT device_secret FROM secrets WHERE product_key = 'shop:1'")
{
	$session->run($_) foreach ('BEGIN', "DECLARE c CURSOR FOR SELECT iot_id $of_devices UNION ALL $other UNION ALL SELECT count(nickname)::text $of_devices",
		'FETCH 1800 FROM c');
	@spilled = grep { m{/pgsql_tmp/} && -f } server_files();
	cmp_ok(scalar(@spilled), '>', 0, "rows beside $other are in a file meanwhile");
	is(join(' ', grep { has_it($_) } @spilled), '', 'which does not have it either');
	$session->run('COMMIT');
}
$session->quit;

# --- the log

$node->stop;
my $log = slurp_file($node->logfile);
like($log, qr/DEBUG: .*CommitTransaction/, 'the log is at level debug5');
unlike($log, $found, 'the log does not have it');
$sim->stop;
done_testing();
