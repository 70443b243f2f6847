
# HTTP/2 connections that end, and such with few streams.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with wait_until);
use TuyaTest;

use constant DEVICES => 81;
use constant IN_FLIGHT => 16;

my $sim = TuyaTest::Sim->start;
my $way = TuyaNet::Proxy->start('far', $sim->{tls_port});
my $node = tuya_node('streams', $sim, concurrency => IN_FLIGHT);
my $session = TuyaSession->new($node);

sub join_sql
{
	my ($table, $devices) = @_;

	return "SELECT count(*) FROM generate_series(1, $devices) AS i JOIN $table
		ON product_key = 'p' AND device_name = 'd' || i || ':3' AND firmware_id = '1'";
}

# --- what had come whole when the service closed the connection is not asked for again
foreach my $chunked (0, 1)
{
	my $what = $chunked ? 'GOAWAY, no lengths' : 'GOAWAY';

	$sim->reset;
	is($session->rows(lookup_sql('ota_job', 'd:3')), 3, "$what: asked before");
	$sim->set(goaway_after => 8, chunked => $chunked);
	$sim->clear;
	is($session->rows(join_sql('ota_job', DEVICES)), 3 * DEVICES, "$what: the join is right");
	cmp_ok($sim->get('goaways'), '>=', 5, "$what: again and again");
	# on a busy machine a close may overtake a reply; with each thrown away there were 93 and more
	cmp_ok($sim->get('replies'), '<=', DEVICES + 5, "$what: whole replies are not thrown away");
}

# --- a retry goes over a fresh connection
add_remote($node, 'retried', endpoint => $sim->endpoint, ca_file => $sim->ca_file, retries => 2);
$sim->reset;
is($session->rows(lookup_sql('retried', 'd:3')), 3, 'cut: asked before');
$sim->set(truncate_body => 1);
$sim->clear;
my $result = $session->run(lookup_sql('retried', 'd:3'));
fails_with($result, 'HV00N', 'cut: three tries', qr/tried 3 times/);
is(join(' ', $sim->get('requests', 'connections')), '3 2', 'cut: each sent, and over a connection of its own');

# --- the first connection is lost before its first reply
my $fresh = TuyaSession->new($node);
$sim->reset;
$sim->set(latency_ms => 50, cut_at => 0, cut_count => 1);
is($fresh->rows(join_sql('ota_job', DEVICES)), 3 * DEVICES, 'the first connection is lost: the join is right');
is($sim->get('connections'), 2, 'the first connection is lost: another one serves all');
$fresh->quit;

# --- few streams: what waits for one has all its time yet
add_remote($node, 'few', endpoint => $sim->endpoint, ca_file => $sim->ca_file, retries => 0,
	concurrency => IN_FLIGHT, connect_timeout => '1s', request_timeout => '1s');
$sim->reset;
$sim->set(h2_max_streams => 2, latency_ms => 500);
is($session->rows(join_sql('few', 8)), 24, 'two streams of 0.5 s, eight keys, limits of 1 s');
is(join(' ', $sim->get('requests', 'max_in_flight', 'connections')),
	'8 2 1', 'each is sent once, two at a time, over one connection');

# The remote has learned it, so that no more than that are under way.
$sim->set(latency_ms => 20);
my $explain = $session->rows('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ' . join_sql('few', 20));
my ($peak) = $explain =~ /Peak In Flight: (\d+)/;
is($peak, 2, 'the next statement has no more in flight than there are streams');

# lookup_timeout runs while it waits
$session->rows(q{ALTER SERVER few OPTIONS (ADD lookup_timeout '700ms')});
$sim->set(latency_ms => 500);
$result = $session->run(join_sql('few', 8));
fails_with($result, 'HV00N', 'lookup_timeout runs while it waits', qr/"lookup_timeout"/);

# A connection with more streams has more in flight again.
$session->rows(q{ALTER SERVER few OPTIONS (DROP lookup_timeout)});
$sim->reset;
$sim->set(latency_ms => 20);
is($session->rows(join_sql('few', 40)), 120, 'many streams');
cmp_ok($sim->get('max_in_flight'), '>', 2, 'many streams: many in flight');

# --- how few there are tells the service, which is far away: nothing is sent before that
# can only be refused
add_remote($node, 'far', endpoint => "https://localhost:$way->{port}/", ca_file => $sim->ca_file,
	retries => 0, concurrency => IN_FLIGHT);
foreach my $streams (1, 2)
{
	my $cold = TuyaSession->new($node);

	$sim->reset;
	$sim->set(h2_max_streams => $streams);
	my $counts = $cold->rows('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ' . join_sql('far', 8));
	my ($requests) = $counts =~ /\bRequests: (\d+)/;
	is("$requests " . join(' ', $sim->get('requests', 'max_in_flight', 'connections')),
		"8 8 $streams 1", "far away, $streams streams: each is sent once, over one connection");
	$cold->quit;
}

$session->quit;
$sim->stop;
$node->stop;
done_testing();
