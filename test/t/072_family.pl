
# Each action's table equals its rule at no row, one, a page, a page and one more, and 10,000 rows,
# with pages of 1, of 7 and of the greatest size, in as many requests as there are pages. All tasks of
# 20 jobs of 1,000 devices are the rule's, and those of 10,000 devices take 100 requests. What is
# cached is asked for once.
#
# TUYA_SOAK=1: a walk of 1,000,000 devices instead of 20,000.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaSession qw(memory_kib);
use TuyaTest;

use constant MANY => 10_000;
use constant WALK => $ENV{TUYA_SOAK} ? 1_000_000 : 20_000;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('family', $sim);
my $script = slurp_file(sim_path('fleet.sql'));

$node->safe_psql('postgres', "IMPORT FOREIGN SCHEMA ota EXCEPT (ota_job) FROM SERVER tuya INTO public");
$node->safe_psql('postgres', "CREATE SCHEMA rule; SET search_path = rule; $script");

# keys: of a lookup that has N rows; source: the function that gives its rows; fleet: settings
# where the list has no key.  pages: the greatest size of one; none: one reply has all.
my %tables = (
	product => { fleet => { fleet_products => 'N' }, source => 'rule.sim_products()', pages => 200 },
	device => { keys => { product_key => 'shop:N' }, source => 'rule.sim_devices(product_key)', pages => 50 },
	ota_firmware => { fleet => { fleet_products => 1, fleet_firmware => 'N' }, source => q{rule.sim_firmware('fleet1')}, pages => 100 },
	ota_firmware_job => { keys => { firmware_id => 'fw:N' }, source => 'rule.sim_firmware_jobs(firmware_id)', pages => 200 },
	ota_task => { keys => { job_id => 'batch:N' }, source => 'rule.sim_tasks(job_id)', pages => 100 },
	ota_open_task => { keys => { product_key => 'shop:1', device_name => 'pump:N' }, source => 'rule.sim_open_tasks(product_key, device_name)' },
	ota_module => { keys => { product_key => 'shop:N' }, source => 'rule.sim_modules(product_key)' },
	ota_module_version => { keys => { product_key => 'shop:1', device_name => 'pump:N' }, source => 'rule.sim_module_versions(product_key, device_name)', pages => 200 },
	ota_job => { keys => { product_key => 'shop:1', device_name => 'pump:N', firmware_id => '1' }, source => 'sim_jobs(product_key, device_name, firmware_id)', pages => 100 });

is( $node->safe_psql('postgres', "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'f'"),
	join(' ', sort keys %tables), 'all tables that IMPORT makes are here');

# Sets page_size; 0: none.
sub set_page_size
{
	my ($table, $size) = @_;

	$node->safe_psql('postgres', "DO \$\$ BEGIN ALTER FOREIGN TABLE $table OPTIONS (DROP page_size); EXCEPTION WHEN undefined_object THEN NULL; END \$\$"
		  . ($size ? "; ALTER FOREIGN TABLE $table OPTIONS (ADD page_size '$size')" : ''));
	return;
}

# The rows of a lookup that has so many, and those of the rule.
sub compare
{
	my ($name, $rows, $requests, $what) = @_;
	my $table = $tables{$name};
	my %keys = map { $_ => $table->{keys}{$_} =~ s/N/$rows/r } keys %{ $table->{keys} || {} };
	my %fleet = map { $_ => $table->{fleet}{$_} =~ s/N/$rows/r } keys %{ $table->{fleet} || {} };
	my $columns = $node->safe_psql('postgres', "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '$name'::regclass AND attnum > 0");
	my $conditions = join(' AND ', map { "$_ = '$keys{$_}'" } sort keys %keys) || 'true';
	my $values = join(', ', map { "'$keys{$_}'::text AS $_" } sort keys %keys);
	my $set = join('', map { "SET sim.$_ = $fleet{$_};" } sort keys %fleet);

	$sim->set(%fleet) if %fleet;
	$sim->clear;
	my $differing = $node->safe_psql(
		'postgres', qq{
		$set
		CREATE TEMP TABLE got AS SELECT $columns FROM $name WHERE $conditions;
		CREATE TEMP TABLE wanted AS SELECT $columns FROM (SELECT $values) k, LATERAL $table->{source} s;
		(SELECT 'unexpected', d::text FROM (TABLE got EXCEPT ALL TABLE wanted) d LIMIT 3)
		UNION ALL
		(SELECT 'missing', d::text FROM (TABLE wanted EXCEPT ALL TABLE got) d LIMIT 3)
		UNION ALL
		SELECT 'rows', count(*)::text FROM got;
	});
	is($differing, "rows|$rows", "$name: $rows rows, $what");
	is($sim->get('requests'), $requests, '... in as many requests as there are pages');
	return;
}

foreach my $name (sort keys %tables)
{
	my $greatest = $tables{$name}{pages};

	foreach my $size ($greatest ? (1, 7, $greatest) : 0)
	{
		set_page_size($name, $size);
		foreach my $rows (0, 1, ($size > 1 ? $size : ()), ($size ? $size + 1 : ()), MANY)
		{
			my $pages = $size && $rows ? int(($rows + $size - 1) / $size) : 1;

			compare($name, $rows, $pages, $size ? "pages of $size" : 'one reply');
		}
	}
	set_page_size($name, 0);
}

my (undef, undef, $stderr) = $node->psql('postgres', q{SELECT count(*) FROM ota_open_task WHERE product_key = 'shop:1' AND device_name = 'pump:20000'});
like($stderr, qr/reply of the service is too large\nDETAIL:  A page may have \d+ bytes\.\nCONTEXT/, 'open tasks of a device that are more than a reply may be are an error, without a hint at page_size');

# --- tasks

$sim->reset;
my %fleet = (fleet_products => 1, fleet_devices => MANY, fleet_firmware => 1, fleet_jobs => 1, fleet_tasks => MANY);
my $set = join('', map { "SET sim.$_ = $fleet{$_};" } sort keys %fleet);
$sim->set(%fleet);
$sim->clear;
is($node->safe_psql('postgres', q{SELECT count(*), count(DISTINCT device_name) FROM ota_firmware_job JOIN ota_task USING (job_id) WHERE ota_firmware_job.firmware_id = '7000001000001'}),
	MANY . '|' . MANY, 'the tasks of 10,000 devices in one job');
is($sim->get('requests'), 101, 'take 101 requests: one for the job, and 100 pages');

$sim->reset;
%fleet = (fleet_products => 2, fleet_devices => 1000, fleet_firmware => 2, fleet_jobs => 5, fleet_tasks => 1000);
$set = join('', map { "SET sim.$_ = $fleet{$_};" } sort keys %fleet);
$sim->set(%fleet);
$sim->clear;
is($node->safe_psql('postgres', qq{
		$set
		CREATE TEMP TABLE got AS SELECT t.* FROM ota_firmware f JOIN ota_firmware_job j USING (firmware_id) JOIN ota_task t USING (job_id);
		CREATE TEMP TABLE wanted AS SELECT (jsonb_populate_record(NULL::got, to_jsonb(t))).* FROM rule.ota_task t;
		SELECT count(*), count(DISTINCT job_id), count(DISTINCT (job_id, device_name)) FROM got;
		SELECT count(*) FROM (TABLE got EXCEPT TABLE wanted) d;
		SELECT count(*) FROM (TABLE wanted EXCEPT TABLE got) d;}),
	"20000|20|20000\n0\n0", 'all tasks of 20 jobs of 1,000 devices are the rule\'s');
is($sim->get('requests'), 1 + 4 + 200, 'in a request for the firmware, one for each firmware, ten for each job');

# --- a walk as long as may be, and one more: its ids and tokens are kept, its rows are not

$sim->reset;
my $walker = TuyaSession->new($node);
my $memory = memory_kib($walker->pid);
is($walker->rows("SELECT count(*), count(DISTINCT iot_id) FROM device WHERE product_key = 'shop:@{[WALK]}'"), WALK . '|' . WALK, 'a walk of ' . WALK . ' devices');
is($sim->get('requests'), WALK / 50, '... in as many requests as there are pages');
$memory = memory_kib($walker->pid) - $memory;
note("it has taken $memory kB");
cmp_ok($memory, '<', 16 * 1024 + WALK * 0.03, '... takes memory for what may not come twice');
if (WALK == 1_000_000)
{
	my $more = WALK + 1;

	foreach my $total (1, 0)
	{
		$sim->reset;
		$sim->set(token_total => $total);
		my $result = $walker->run("SELECT count(DISTINCT iot_id) FROM device WHERE product_key = 'shop:$more'");
		is($result->{sqlstate}, $total ? 'HV00L' : 'HV00M', 'one device more is an error') or diag $result->{text};
		is($sim->get('requests'), $total ? 1 : WALK / 50 + 1, $total ? '... which the first page tells' : '... which is known when it has come');
	}
}
$walker->quit;

# --- the cache: a second statement asks for nothing; with another value of an optional key it does

$sim->reset;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'tuya_fdw'\n");
$node->restart;
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD cache_ttl '1h')});
foreach my $name (sort keys %tables)
{
	my %keys = %{ $tables{$name}{keys} || {} };
	my $query = "SELECT * FROM $name" . (%keys ? ' WHERE ' . join(' AND ', map { "$_ = '" . $keys{$_} =~ s/N/120/r . "'" } sort keys %keys) : '');

	my $rows = $node->safe_psql('postgres', $query);
	$sim->clear;
	is($node->safe_psql('postgres', $query), $rows, "$name: cached rows are the same");
	is($sim->get('requests'), 0, '... and none is asked for');
}
$node->safe_psql('postgres', q{SELECT * FROM ota_task WHERE job_id = 'batch:120' AND task_status = 'FAILED'});
is($sim->get('requests'), 1, 'a list by an optional key is cached for itself');

$sim->stop;
$node->stop;
done_testing();
