
# Statements upon each action's table are seen from other sessions, and ended by them, wherever
# they are: before the first page, or between two of a walk. They leave nothing in flight, and
# the session goes on.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaSession qw(wait_until);
use TuyaTest;

# Within this a cancel ends a statement on a busy machine; its time limit is 30 s.
use constant END_S => 20;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('sessions', $sim);

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'tuya_fdw'\n");
$node->restart;
$node->safe_psql('postgres', q{
	IMPORT FOREIGN SCHEMA ota EXCEPT (ota_job) FROM SERVER tuya INTO public;
	ALTER FOREIGN TABLE product OPTIONS (ADD page_size '7');
	ALTER FOREIGN TABLE ota_firmware OPTIONS (ADD page_size '7')});

# A condition that has so many rows, and the size of a page; none: one reply has all.
my @tables = (
	[ product => 'true', 20, 7 ], [ device => q{product_key = 'shop:120'}, 120, 50 ], [ ota_firmware => 'true', 20, 7 ],
	[ ota_firmware_job => q{firmware_id = 'fw:250'}, 250, 100 ], [ ota_task => q{job_id = 'batch:250'}, 250, 100 ],
	[ ota_open_task => q{product_key = 'shop:1' AND device_name = 'pump:250'}, 250 ], [ ota_module => q{product_key = 'shop:120'}, 120 ],
	[ ota_module_version => q{product_key = 'shop:1' AND device_name = 'pump:250'}, 250, 100 ],
	[ ota_job => q{product_key = 'shop:1' AND device_name = 'pump:150' AND firmware_id = '1'}, 150, 100 ]);
my %fleet = (fleet_products => 20, fleet_firmware => 1);

my $session = TuyaSession->new($node);
my $reader = TuyaSession->new($node);

# What tuya_fdw_progress shows of the session.
sub shown { return $reader->rows('SELECT ' . join(', ', @_) . ' FROM tuya_fdw_progress WHERE pid = ' . $session->pid); }

# The session hangs in a request, which is seen; a cancel ends that.
sub ends
{
	my ($where, $keys_done) = @_;

	wait_until("$where: it waits", sub { $sim->get('in_flight') > 0 && shown('phase') eq 'waiting for a reply' });
	is(shown('keys_announced', 'keys_done', 'in_flight > 0'), '1|0|t', "$where: it is told of");
	kill 'INT', $session->pid;
	my $result = $session->finish;
	is($result->{sqlstate}, '57014', "$where: a cancel ends it");
	cmp_ok($result->{seconds}, '<', END_S, "$where: and not its time limit");
	$session->rows('ROLLBACK');
	is(shown('pid'), '', "$where: it is told of no more");
	$sim->set(stall => 'none');
	wait_until("$where: nothing is in flight", sub { $sim->get('in_flight') == 0 });
	is($reader->rows('SELECT sum(in_flight) FROM tuya_fdw_stats'), 0, "$where: nor counted as if it were");
	return;
}

foreach my $table (@tables)
{
	my ($name, $condition, $rows, $size) = @$table;
	my $query = "SELECT * FROM $name WHERE $condition";
	my $pages = $size ? int(($rows + $size - 1) / $size) : 1;
	my $first = $size // $rows;

	$sim->reset;
	$sim->set(%fleet);
	# as it is read
	$session->rows("BEGIN; DECLARE c CURSOR FOR $query; MOVE 1 IN c");
	is(shown('phase', 'keys_announced', 'rows_out', 'requests', 'bytes_received > 0'), 'reading|1|1|1|t', "$name: a cursor is at its first page");
	$session->rows('MOVE ALL IN c');
	is(shown('keys_announced', 'keys_done', 'rows_out', 'requests'), "1|1|$rows|$pages", '... and at its end');
	$session->rows('COMMIT');
	is(shown('pid'), '', '... and is gone');

	# before the first page
	$sim->set(stall => 'head');
	$session->start("BEGIN; $query");
	ends("$name, before its first page");

	# before the second
	if ($pages > 1)
	{
		$session->rows("BEGIN; DECLARE c CURSOR FOR $query; MOVE 1 IN c");
		$sim->set(stall => 'head');
		$session->start('MOVE ALL IN c');
		ends("$name, before its second page");
	}
	$sim->clear;
	is($session->rows("SELECT count(*) FROM ($query OFFSET 0) q"), $rows, "$name: the session goes on");
	is($sim->get('requests'), $pages, '... and asks for all pages anew');
}

$_->quit foreach $session, $reader;
$node->stop;
$sim->stop;
done_testing();
