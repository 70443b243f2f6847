
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
# for the lookups of all devices, however often a connection ends
use constant CONNECTIONS_MAX => 12;
# on a busy machine a close may overtake a reply; with each thrown away there were 93 and more
use constant OVERTAKEN_MAX => 5;

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
	cmp_ok($sim->get('replies'), '<=', DEVICES + OVERTAKEN_MAX, "$what: whole replies are not thrown away");
}

# --- as many in flight as concurrency says, beyond the hundred that libcurl has by itself
add_remote($node, 'wide', endpoint => $sim->endpoint, ca_file => $sim->ca_file, concurrency => 200);
$sim->reset;
is($session->rows(lookup_sql('wide', 'd:3')), 3, 'wide: asked before');
$sim->set(hold_until_in_flight => 200, hold_ms => 10_000);
$sim->clear;
$session->rows('SET tuya_fdw.lookahead_rows = 1000');
is($session->rows(join_sql('wide', 500)), 1500, 'wide: the join is right');
$session->rows('RESET tuya_fdw.lookahead_rows');
is(join(' ', $sim->get('requests', 'max_in_flight', 'connections')), '500 200 0', 'wide: 200 at once, over one connection');

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

# --- all connections are reset before any reply: no less a fault of the requests' own than if
# they are closed, though libcurl would repeat most of them
add_remote($node, 'strict', endpoint => $sim->endpoint, ca_file => $sim->ca_file, retries => 0,
	concurrency => IN_FLIGHT, lookup_timeout => '3s');
foreach my $try (1 .. 5)
{
	$fresh = TuyaSession->new($node);
	$sim->reset;
	$sim->set(latency_ms => 20, cut_at => 0, cut_reset => 1);
	fails_with($fresh->run(join_sql('strict', DEVICES)), 'HV00N', "reset for good, try $try: an error", qr/was lost/);
	cmp_ok($sim->get('requests'), '<=', 3 * IN_FLIGHT, "reset for good, try $try: a soon one");
	$fresh->quit;
}

# --- lookup_timeout ends just after a page was asked for: then the connection, which others use, is not
# taken for dead because nothing has come since
add_remote($node, 'late', endpoint => $sim->endpoint, ca_file => $sim->ca_file, retries => 0,
	concurrency => 3, lookup_timeout => '1500ms');
$session->rows(q{
	ALTER FOREIGN TABLE late ALTER job_id DROP NOT NULL, ADD error_code text OPTIONS (field 'errorCode'),
		OPTIONS (ADD on_error 'row');
	SET client_min_messages = error});
$sim->reset;
is($session->rows(lookup_sql('late', 'd:3')), 3, 'late: asked before');
$sim->set(latency_ms => 1000);
$sim->clear;
is($session->rows(q{SELECT count(job_id), count(error_code) FROM unnest(ARRAY['d:250', 'd1:3', 'd2:3', 'd3:3']) AS device
	JOIN late ON product_key = 'p' AND device_name = device AND firmware_id = '1'}), '9|1', 'late: one lookup fails, not others');
$session->rows('RESET client_min_messages');
is(join(' ', $sim->get('requests', 'connections')), '6 0', 'late: nothing is asked twice, the connection is kept');

# --- few streams: what waits for one has all its time yet
add_remote($node, 'few', endpoint => $sim->endpoint, ca_file => $sim->ca_file, retries => 0,
	concurrency => IN_FLIGHT, connect_timeout => '1s', request_timeout => '1s');
$sim->reset;
$sim->set(h2_max_streams => 2, latency_ms => 500, hold_until_in_flight => 2, hold_ms => 5000);
is($session->rows(join_sql('few', 8)), 24, 'two streams of 0.5 s, eight keys, limits of 1 s');
is(join(' ', $sim->get('requests', 'max_in_flight', 'connections')),
	'8 2 1', 'each is sent once, two at a time, over one connection');

# With one stream the second request has none while the first is answered.
my $cold = TuyaSession->new($node);
$sim->reset;
$sim->set(h2_max_streams => 1, latency_ms => 200);
is($cold->rows(join_sql('few', 4)), 12, 'one stream of 0.2 s, four keys');
is(join(' ', $sim->get('requests', 'max_in_flight', 'connections')),
	'4 1 1', 'each is sent once, one at a time, over one connection');
$cold->quit;

# The remote has learned it, so that no more than that are under way.  From a short wait: what
# waits for connect_timeout is ended by libcurl (8.22), and then it could have waited for anything.
$sim->reset;
$sim->set(h2_max_streams => 2, latency_ms => 20);
$session->rows(join_sql('few', 8));
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
$sim->set(latency_ms => 20, hold_until_in_flight => IN_FLIGHT, hold_ms => 5000);
is($session->rows(join_sql('few', 40)), 120, 'many streams');
cmp_ok($sim->get('max_in_flight'), '>', 2, 'many streams: many in flight');

# --- how few there are tells the service, which is far away: nothing is sent before that
# can only be refused
add_remote($node, 'far', endpoint => "https://localhost:$way->{port}/", ca_file => $sim->ca_file,
	retries => 0, concurrency => IN_FLIGHT);
foreach my $streams (1, 2)
{
	$cold = TuyaSession->new($node);
	$sim->reset;
	$sim->set(h2_max_streams => $streams, hold_until_in_flight => $streams, hold_ms => 5000);
	my $counts = $cold->rows('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ' . join_sql('far', 8));
	my ($requests) = $counts =~ /\bRequests: (\d+)/;
	is("$requests " . join(' ', $sim->get('requests', 'max_in_flight', 'connections')),
		"8 8 $streams 1", "far away, $streams streams: each is sent once, over one connection");
	$cold->quit;
}

# --- connections that end while much is under way: what had no reply is asked for again,
# what had one is not, and each job is there once
sub ends_well
{
	my ($name, $most, %settings) = @_;
	my $own = TuyaSession->new($node);

	$sim->reset;
	is($own->rows(lookup_sql('ota_job', 'd:3')), 3, "$name: asked before");
	$sim->set(%settings);
	$sim->clear;
	my $join = join_sql('ota_job', DEVICES);
	$join =~ s/count\(\*\)/count(*), count(DISTINCT job_id)/;
	is($own->rows($join), join('|', (3 * DEVICES) x 2), "$name: each job once");
	my ($requests, $replies, $aborted) = $sim->get('requests', 'replies', 'aborted');
	is($requests, $replies + $aborted, "$name: no request but those that are told of");
	cmp_ok($requests, '<=', DEVICES + $most, "$name: only what was dropped is asked for again");
	is($sim->get('connections') > CONNECTIONS_MAX ? 'many' : 'few', 'few', "$name: connections");
	$own->quit;
	return;
}

my %slow = (latency_ms => 20);

ends_well('GOAWAY, announced', OVERTAKEN_MAX, %slow, goaway_after => 20, goaway_notice_ms => 30);
ends_well('GOAWAY, some refused', OVERTAKEN_MAX + 5 * IN_FLIGHT, %slow, goaway_after => 20, goaway_refuse => 1);
ends_well('streams are refused', OVERTAKEN_MAX + 5, %slow, rst_stream_at => 0, rst_stream_code => 7, rst_stream_count => 5);
ends_well('a close behind each 20th reply', OVERTAKEN_MAX + 5 * IN_FLIGHT, %slow, close_after => 20);
foreach my $reset (0, 1)
{
	ends_well('all streams are open, then a ' . ($reset ? 'reset' : 'close'), IN_FLIGHT,
		hold_until_in_flight => IN_FLIGHT, hold_times => -1, cut_at => 0, cut_count => 1, cut_reset => $reset);
}

# --- fewer streams in mid-run: none of the requests that the service has no stream for is lost
foreach my $streams (0, 1, 3)
{
	ends_well("$streams streams from the 20th request on", OVERTAKEN_MAX, %slow,
		h2_lower_after => 20, h2_lower_to => $streams, h2_lower_ms => 200);
}

# --- settings that come late, or never
$cold = TuyaSession->new($node);
$sim->reset;
$sim->set(h2_settings_ms => 300, h2_max_streams => 2, hold_until_in_flight => 2, hold_ms => 5000);
is($cold->rows(join_sql('few', 8)), 24, 'late settings: the rows');
is(join(' ', $sim->get('requests', 'max_in_flight', 'connections')),
	'8 2 1', 'late settings: each is sent once, over one connection');
$cold->quit;

# a service that never sends any may take its time, but others than the first request get theirs
$session->rows(q{ALTER SERVER few OPTIONS (SET request_timeout '5s')});
$cold = TuyaSession->new($node);
$sim->reset;
$sim->set(h2_settings_ms => -1);
$result = $cold->run(join_sql('few', 8));
fails_with($result, 'HV00N', 'no settings', qr/limit of 5000 ms ran out while waiting for the reply/);
is(join(' ', $sim->get('requests', 'connections')), '8 1', 'no settings: all are asked meanwhile, over one connection');
$cold->quit;

# --- a service that wants HTTP/1.1 gets it, for all requests from then on
sub over_h1
{
	my ($name, $resets, %settings) = @_;
	my $own = TuyaSession->new($node);

	$sim->reset;
	$sim->set(rst_stream_code => 13, rst_stream_at => 0, %settings);
	is($own->rows(join_sql('ota_job', 20)), 60, "$name: the rows");
	my ($sent, $h1, $refused, $h2) = $sim->get('requests', 'h1_requests', 'rst_streams', 'h2_requests');
	cmp_ok($refused, '<=', $resets, "$name: no more than were in flight are refused");
	is($sent, 20 + $refused, "$name: only those are sent once more");
	is($h2 - $refused, 20 - $h1, "$name: each over HTTP/1.1");
	cmp_ok($sim->get('connections'), '<=', 1 + IN_FLIGHT, "$name: connections are kept");
	$sim->clear;
	is($own->rows(join_sql('ota_job', 20)), 60, "$name: the next statement");
	is(join(' ', $sim->get('requests', 'h1_requests')), '20 20', "$name: it begins with HTTP/1.1");
	$own->quit;
	return;
}

over_h1('HTTP_1_1_REQUIRED', IN_FLIGHT);
over_h1('HTTP_1_1_REQUIRED, within the body', IN_FLIGHT, rst_stream_at => 50);
over_h1('HTTP_1_1_REQUIRED, once', 1, rst_stream_count => 1);
over_h1('HTTP_1_1_REQUIRED, thrice, others go on', 3, rst_stream_count => 3, latency_ms => 100);

# and has no HTTP/1.1 itself: an error that says so, after a try of each
$cold = TuyaSession->new($node);
$sim->reset;
$sim->set(http2 => 2, rst_stream_at => 0, rst_stream_code => 13);
$result = $cold->run(lookup_sql('ota_job', 'd:3'));
fails_with($result, 'HV00N', 'HTTP/1.1 is wanted, but not spoken', qr/no version of HTTP that was offered/, qr/tried 2 times/);
is(join(' ', $sim->get('requests', 'connections')), '1 2', 'HTTP/1.1 is wanted, but not spoken: one try of each');
$sim->set(rst_stream_at => -1);
is($cold->rows(lookup_sql('ota_job', 'd:3')), 3, 'HTTP/1.1 is wanted no longer: the next statement begins with HTTP/2');
$cold->quit;

$session->quit;
$sim->stop;
$node->stop;
done_testing();
