
# A dump of a materialized view upon a join: as it is, pg_restore refreshes the view and
# so asks the service; the README's recipe restores without, and refreshes later.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaSession qw(wait_until);
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('origin', $sim);
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
$sim->set(latency_ms => 5);
my $rows = 'SELECT count(*), count(DISTINCT job_id) FROM report';

$node->safe_psql(
	'postgres', q{
	CREATE TABLE inventory AS SELECT 'pk' AS product_key, 'd' || g || ':' || g % 5 AS device_name, '1' AS firmware_id FROM generate_series(1, 40) g;
	CREATE MATERIALIZED VIEW report AS SELECT * FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
	CREATE UNIQUE INDEX ON report (product_key, device_name, firmware_id, job_id);
	CREATE VIEW recent AS SELECT device_name, count(*) FROM report GROUP BY 1;
});
is($node->safe_psql('postgres', $rows), '80|80', 'the view has the jobs');

# --- dump
$sim->clear;
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $node->connstr('postgres') ], 'pg_dump');
is($sim->get('requests'), 0, 'it asks for nothing');
my ($script) = run_command([ 'pg_restore', '-f', '-', $dump ]);
like($script, qr/REFRESH MATERIALIZED VIEW public\.report/, 'it has a refresh');

# A database with nothing in it, and of its own.
sub restored
{
	my ($name, @arguments) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$sim->clear;
	$node->command_ok([ 'pg_restore', '-d', $node->connstr($name), @arguments, $dump ], "pg_restore, $name");
	return;
}

# --- as it is, with something to overlap
$sim->set(hold_until_in_flight => 2, hold_ms => 60_000);
restored('asks');
is($node->safe_psql('asks', $rows), '80|80', 'a restore as it is has the jobs');
is($sim->get('requests'), 40, 'because it has asked for each device');
cmp_ok($sim->get('max_in_flight'), '>', 1, 'several at once');
$sim->set(hold_until_in_flight => 0);

# --- by the recipe, with credentials that are not valid
my ($list) = run_command([ 'pg_restore', '-l', $dump ]);
my $kept = join "\n", grep { !/MATERIALIZED VIEW DATA/ } split /\n/, $list;
isnt("$kept\n", $list, 'the list has the data of the view');
append_to_file("$dump.list", "$kept\n");
$sim->{expect_refusals} = 1;
restored('later', '-L', "$dump.list");
is($sim->get('requests'), 0, 'a restore by the recipe asks for nothing');
my ($status, undef, $error) = $node->psql('later', $rows);
like($error, qr/has not been populated/, 'the view is empty');
$node->safe_psql('later', q{ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_secret 'not-yet')});
($status, undef, $error) = $node->psql('later', 'REFRESH MATERIALIZED VIEW report');
isnt($status, 0, 'a refresh without a secret fails');
$node->safe_psql('later', q{ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_secret 'testsecret')});
$sim->clear;
$node->safe_psql('later', 'REFRESH MATERIALIZED VIEW report');
is($node->safe_psql('later', $rows), '80|80', 'with it, the jobs are there');
is($sim->get('requests'), 40, 'each device was asked for');
$sim->clear;
$node->safe_psql('later', 'REFRESH MATERIALIZED VIEW CONCURRENTLY report');
is($sim->get('requests'), 40, 'and again, concurrently');
is($node->safe_psql('later', 'SELECT sum(count) FROM recent'), 80, 'what stands upon the view is restored, too');

# --- a refresh that fails in the middle leaves what there was; one beside readers does not stop them
$sim->set(fail_count => -1, fail_skip => 20, fail_shape => 'service', fail_code => 'iot.system.Oops');
foreach my $how ('', 'CONCURRENTLY')
{
	($status, undef, $error) = $node->psql('later', "REFRESH MATERIALIZED VIEW $how report");
	isnt($status, 0, "a refresh $how that fails");
	is($node->safe_psql('later', $rows), '80|80', 'leaves what there was');
}
wait_until('nothing is in progress', sub { $sim->get('in_flight') == 0 });

$sim->stop;
$node->stop;
done_testing();
