
# A record of TLS that comes through spoiled, in either direction and at either level, is the end
# of its connection for all requests on it at once: they are sent again over another one.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(wait_until);
use TuyaTest;

use constant DEVICES => 60;
use constant IN_FLIGHT => 16;
use constant TIMEOUT_S => 30;

my $sim = TuyaTest::Sim->start;
my $path = TuyaNet::Proxy->start('path', $sim->{tls_port});
my $node = tuya_node('spoiled', $sim, endpoint => $path->url('https', 'localhost') . '/',
	concurrency => IN_FLIGHT, request_timeout => TIMEOUT_S . 's', retries => 2);
my $join = sprintf q{SELECT count(*), count(rule.job_id) FROM generate_series(1, %d) AS i
	JOIN ota_job AS job ON product_key = 'p' AND device_name = 'd' || i || ':3' AND firmware_id = '1'
	LEFT JOIN sim_jobs('p', 'd' || i || ':3', '1') AS rule USING (job_id)}, DEVICES;
my $rows = 3 * DEVICES;

# A join during which what that side says through the path is spoiled once, when as many
# requests are in flight as can be.
sub spoil_once
{
	my ($name, $session, $through, $side, $most_again) = @_;

	$sim->clear;
	$sim->set(hold_until_replies => 1_000_000);
	$session->start($join);
	wait_until('as many as can be are in flight', sub { $sim->get('in_flight') == IN_FLIGHT });
	$through->spoil($side);
	$sim->set(hold_until_replies => 0);
	my $result = $session->finish;

	is($result->{text}, "$rows|$rows\n", "$name: the join is right");
	cmp_ok($result->{seconds}, '<', TIMEOUT_S / 2, "$name: nobody waits for a time-out");
	cmp_ok($sim->get('requests'), '<=', DEVICES + $most_again, "$name: only what was in flight is sent again");
	is($sim->get('repeated_nonces'), 0, "$name: signed anew");
	return;
}

foreach my $version (1, 2)
{
	my $session = TuyaSession->new($node);

	$sim->set(http2 => $version - 1);
	is($session->rows($join), "$rows|$rows", "HTTP/$version: a join over that path");
	foreach my $side (qw(service client))
	{
		spoil_once("HTTP/$version, the $side\'s", $session, $path, $side, $version == 1 ? 1 : IN_FLIGHT);
	}
	$session->quit;
}

$sim->stop;
$node->stop;
done_testing();
