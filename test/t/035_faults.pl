
# With one request in ten failing at random (an error, a reset, half a reply, none,
# a throttled one) a join has exactly the right rows, run after run.
#
# TUYA_SOAK=1: 20 runs of 2,000 devices each way.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use TuyaSession qw(descriptors memory_kib wait_until);
use TuyaTest;

use constant RUNS => $ENV{TUYA_SOAK} ? 20 : 3;
use constant DEVICES => $ENV{TUYA_SOAK} ? 2000 : 200;
# Of what 32 connections hold much comes and goes with the faults, and malloc keeps
# some; of 20 runs with 200 faults each a reply lost each time is four times this.
use constant GROWTH_KIB_MAX => 16 * 1024;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('faults', $sim, concurrency => 32, request_timeout => '2s', retries => 8);

# Devices have none to three pages of jobs.
$node->safe_psql(
	'postgres', qq{
	CREATE TABLE inventory AS
		SELECT 'p' || i % 3 AS product_key, 'd' || i || ':' || (ARRAY[0, 1, 2, 3, 100, 101, 230])[1 + i % 7] AS device_name, '1' AS firmware_id
		FROM generate_series(1, @{[DEVICES]}) i;
	ANALYZE inventory;
	CREATE TABLE wanted AS
		SELECT i.product_key, i.device_name, i.firmware_id, j.*
		FROM inventory i, sim_jobs(i.product_key, i.device_name, i.firmware_id) j;
});
my $pages = $node->safe_psql('postgres',
	'SELECT sum(greatest(1, ceil(sim_job_count(device_name) / 100.0)))::int FROM inventory');
my $compare = q{
	CREATE TEMP TABLE got AS SELECT * FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
	SELECT (SELECT count(*) FROM (TABLE got EXCEPT ALL TABLE wanted) d) || ' unexpected, '
		|| (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE got) d) || ' missing';
	DROP TABLE got;};

# One run; what it took is added to the totals.
sub run_once
{
	my ($session, $total, %settings) = @_;

	$sim->reset;
	$sim->set(fault_percent => 10, latency_ms => 2, %settings);
	my $began = time;
	my $result = $session->run($compare);
	$total->{seconds} += time - $began;
	my ($requests, $faults, $repeated) = $sim->get('requests', 'faults', 'repeated_nonces');
	$total->{right}++ if $result->{text} eq "0 unexpected, 0 missing\n";
	$total->{counted}++ if $requests == $pages + $faults && $repeated == 0;
	$total->{faults} += $faults;
	diag($result->{text}) if $result->{text} ne "0 unexpected, 0 missing\n";
	return;
}

sub run_all
{
	my ($what, %settings) = @_;
	my %total = (right => 0, counted => 0, faults => 0, seconds => 0);

	# a session of its own, as what it asks over depends on the protocol
	my $session = TuyaSession->new($node);
	run_once($session, {}, seed => 99, %settings);
	my ($memory, $descriptors) = (memory_kib($session->pid), descriptors($session->pid));

	run_once($session, \%total, seed => $_, %settings) foreach 1 .. RUNS;
	is($total{right}, RUNS, "$what: each run has exactly the right rows");
	cmp_ok($total{faults}, '>', RUNS * $pages / 20, "$what: there were faults");
	note(sprintf '%s: %d faults in %d runs, %.1f s each', $what, $total{faults}, RUNS, $total{seconds} / RUNS);
	wait_until("$what: nothing is left in progress", sub { $sim->get('in_flight') == 0 });
	cmp_ok(memory_kib($session->pid) - $memory, '<', GROWTH_KIB_MAX, "$what: memory does not grow");
	cmp_ok(descriptors($session->pid), '<=', $descriptors + 32, "$what: nor does the number of descriptors");
	$session->quit;
	return \%total;
}

my $total = run_all('HTTP/2, streams reset', fault_reset => 'stream');
is($total->{counted}, RUNS, 'one request more for each fault, and no nonce twice');
run_all('HTTP/2, connections reset', fault_reset => 'connection');
$total = run_all('HTTP/1.1', fault_reset => 'connection', http2 => 0);
is($total->{counted}, RUNS, 'one request more for each fault, and no nonce twice');

# What EXPLAIN ANALYZE counts is what was sent.
$sim->reset;
$sim->set(fault_percent => 10, fault_kinds => 'error', seed => 7);
my $explained = $node->safe_psql('postgres',
	'EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id)');
my ($requests) = $explained =~ /Requests: (\d+)/;
my ($retries) = $explained =~ /Retries: (\d+)/;
is("$requests $retries", join(' ', $sim->get('requests', 'faults')), 'EXPLAIN ANALYZE counts requests and retries');

$sim->stop;
$node->stop;
done_testing();
