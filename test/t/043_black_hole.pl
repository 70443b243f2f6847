
# A path that forgets a connection without a word: the requests on it are sent again
# over a new one when the first of them has timed out, and nothing is lost.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with wait_until descriptors);
use TuyaTest;

use constant DEVICES => 200;
use constant IN_FLIGHT => 16;
use constant TIMEOUT_S => 10;

my $sim = TuyaTest::Sim->start;
my $path = TuyaNet::Proxy->start('path', $sim->{tls_port});
my $node = tuya_node('hole', $sim, endpoint => $path->url('https', 'localhost') . '/',
	concurrency => IN_FLIGHT, request_timeout => TIMEOUT_S * 1000 . 'ms', retries => 1);
my $join = sprintf q{SELECT count(*), count(rule.job_id) FROM generate_series(1, %d) AS i
	JOIN ota_job AS job ON product_key = 'p' AND device_name = 'd' || i || ':3' AND firmware_id = '1'
	LEFT JOIN sim_jobs('p', 'd' || i || ':3', '1') AS rule USING (job_id)}, DEVICES;
my $rows = 3 * DEVICES;

foreach my $version (1, 2)
{
	my $http = "HTTP/$version";
	my $session = TuyaSession->new($node);
	my $connections = $version == 1 ? IN_FLIGHT : 1;

	# --- in the middle of a join; over HTTP/1.1 with as many connections as there can be
	$sim->reset;
	$sim->set(http2 => $version - 1, latency_ms => 100, hold_until_in_flight => IN_FLIGHT, hold_ms => 60_000);
	my $healthy = $session->run($join);
	is($healthy->{text}, "$rows|$rows\n", "$http: a join over that path");
	# of several time-outs one after the other there would be one more at least
	my $most_s = $healthy->{seconds} + 1.75 * TIMEOUT_S;
	my $descriptors = descriptors($session->pid);

	$sim->clear;
	$sim->set(hold_until_replies => 1_000_000);
	$session->start($join);
	wait_until('as many as can be are in flight', sub { $sim->get('in_flight') == IN_FLIGHT });
	$path->swallow;
	$sim->set(hold_until_replies => 0);
	my $result = $session->finish;

	is($result->{text}, "$rows|$rows\n", "$http, in mid-join: the join is right");
	cmp_ok($result->{seconds}, '>=', TIMEOUT_S, "$http, in mid-join: after a time-out");
	cmp_ok($result->{seconds}, '<', $most_s, "$http, in mid-join: and not one after the other");
	cmp_ok($sim->get('requests'), '<=', DEVICES + IN_FLIGHT,
		"$http, in mid-join: only what was in flight is sent again");
	is($sim->get('repeated_nonces'), 0, "$http, in mid-join: signed anew");
	cmp_ok($sim->get('connections'), '>=', 1, "$http, in mid-join: over new connections");
	cmp_ok($sim->get('connections'), '<=', $connections, "$http, in mid-join: no more than there were");

	# --- between two statements
	$path->swallow;
	$sim->clear;
	$result = $session->run($join);
	is($result->{text}, "$rows|$rows\n", "$http, in between: the join is right");
	cmp_ok($result->{seconds}, '<', $most_s, "$http, in between: after one time-out");
	is($sim->get('requests'), DEVICES, "$http, in between: each is asked for once");
	is(descriptors($session->pid), $descriptors, "$http: as many descriptors as before");

	# --- a cancel meanwhile
	$path->swallow;
	$session->start($join);
	wait_until('it hangs', sub {
		$node->safe_psql('postgres', 'SELECT wait_event_type FROM pg_stat_activity WHERE pid = ' . $session->pid)
		  eq 'Extension' });
	kill 'INT', $session->pid;
	$result = $session->finish;
	fails_with($result, '57014', "$http: a cancel");
	cmp_ok($result->{seconds}, '<', TIMEOUT_S, "$http: a cancel does not wait for a time-out");
	is($session->rows($join), "$rows|$rows", "$http: and the next statement is right");
	$session->quit;
}

$sim->stop;
$node->stop;
done_testing();
