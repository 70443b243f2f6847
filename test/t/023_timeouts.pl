
# Time limits: which phase ran out, after how long; and what does not count.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(busy fails_with wait_until);
use TuyaTest;

# How much later than its limit a statement may end, in a busy machine.
use constant SLACK_MS => 300;
use constant LIMIT_MS => 250;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('timeouts', $sim);
{
	local $ENV{LD_PRELOAD} = preload_library();
	$node->restart;
}
my $slow = "https://slow-2000.test:$sim->{tls_port}/";
my $full = "https://127.0.0.1:$sim->{full_port}/";
my $remotes = 0;

# Tests that a remote with this limit, and all others long, fails as promised.
sub times_out
{
	my ($phase, $limit, $endpoint, %settings) = @_;
	my $remote = 'remote_' . ++$remotes;
	my %words = (
		name => qr/^DETAIL:  .*\bname\b/m, connect => qr/^DETAIL:  .*\bconnecting\b/m,
		tls => qr/^DETAIL:  .*\bTLS\b/m, head => qr/^DETAIL:  .*\breply\b/m, body => qr/^DETAIL:  .*\breply\b/m);

	add_remote($node, $remote, endpoint => $endpoint, ca_file => $sim->ca_file,
		connect_timeout => '1min', request_timeout => '1min', lookup_timeout => '1min', retries => 0,
		$limit => LIMIT_MS . 'ms');
	$sim->reset;
	$sim->set(%settings) if %settings;
	my $session = TuyaSession->new($node);
	my $result = $session->run(lookup_sql($remote, 'd:3'));
	my $ms = $result->{seconds} * 1000;
	my ($said) = $result->{text} =~ /after (\d+) ms/;

	fails_with($result, 'HV00N', "$limit, $phase: says phase and limit", qr/timed out/, $words{$phase},
		qr/^DETAIL:  .*\b@{[LIMIT_MS]} ms/m, qr/^HINT:  .*"$limit"/m, qr/^CONTEXT:  .*"d:3"/m);
	cmp_ok($ms, '>=', LIMIT_MS, "$limit, $phase: not before the limit");
	cmp_ok($ms, '<', LIMIT_MS + SLACK_MS * busy(), "$limit, $phase: not long after it");
	ok($said >= LIMIT_MS && $said <= $ms, "$limit, $phase: says how long it took");

	# Nothing is left behind, and the session goes on.
	wait_until('no request is in progress', sub { $sim->get('in_flight') == 0 });
	wait_until('no connection is left', sub { $sim->get('open_connections') == 0 })
	  if $phase eq 'tls';
	$sim->reset;
	is($session->rows(lookup_sql('ota_job', 'd:3')), 3, "$limit, $phase: the session goes on");
	$session->quit;
	return;
}

foreach my $limit ('connect_timeout', 'request_timeout')
{
	times_out('name', $limit, $slow);
	times_out('connect', $limit, $full);
	times_out('tls', $limit, $sim->endpoint, stall => 'tls');
}
times_out('head', 'request_timeout', $sim->endpoint, stall => 'head');
times_out('body', 'request_timeout', $sim->endpoint, stall => 'body');
times_out('body', 'lookup_timeout', $sim->endpoint, stall => 'body');

# --- connect_timeout ends with the handshake
add_remote($node, 'patient', endpoint => $sim->endpoint, ca_file => $sim->ca_file, connect_timeout => '2s');
$sim->reset;
$sim->set(latency_ms => 2500);
is($node->safe_psql('postgres', lookup_sql('patient', 'd:3')), 3, 'connect_timeout is no limit on the reply');

# --- lookup_timeout is over all pages of a key, and over no more than that
add_remote($node, 'hasty', endpoint => $sim->endpoint, ca_file => $sim->ca_file, page_size => 1,
	request_timeout => '1min', lookup_timeout => '2s');
$sim->reset;
$sim->set(latency_ms => 1200);
my $session = TuyaSession->new($node);
my $result = $session->run(lookup_sql('hasty', 'd:20'));
fails_with($result, 'HV00N', 'lookup_timeout, several pages', qr/^DETAIL:  .*\b2000 ms/m,
	qr/^HINT:  .*"lookup_timeout"/m);
cmp_ok($result->{seconds} * 1000, '<', 2000 + SLACK_MS * busy(), 'not long after the limit');
cmp_ok($sim->get('pages_over_1'), '>=', 1, 'the first page was in time');
# each key is known only when the one before has been asked for
is($session->rows(q{
		SELECT count(*) FROM hasty AS a, hasty AS b, hasty AS c
		WHERE (a.product_key, a.device_name, a.firmware_id) = ('p', 'd:1', '1')
			AND (b.product_key, b.device_name, b.firmware_id) = ('p', a.job_id || ':1', '1')
			AND (c.product_key, c.device_name, c.firmware_id) = ('p', b.job_id || ':1', '1')}),
	1, 'three keys may take longer than the limit of one');
$session->quit;

$sim->stop;
$node->stop;
done_testing();
