
# A healthy service sees each request once, and no more connections than `concurrency`,
# at any latency, none included, whether or not replies tell their length.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession;
use TuyaTest;

use constant { LOOKUPS => 4000, CONCURRENCY => 32 };

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('healthy', $sim, concurrency => CONCURRENCY);
add_remote($node, 'clear', endpoint => $sim->http_endpoint, concurrency => CONCURRENCY);

# Tests a join in a session of its own; the numbers are those of its plan.
sub is_healthy
{
	my ($name, $table, $connections, $lookups, %settings) = @_;
	my $session = TuyaSession->new($node);
	my $join = "FROM generate_series(1, $lookups) AS i JOIN $table ON product_key = 'p' "
	  . "AND device_name = 'd' || i || ':' || i % 3 AND firmware_id = '1'";

	# when the version is known, as many connections are made as there can be, so that no
	# later one is new
	$sim->reset;
	$sim->set(%settings);
	is($session->rows(lookup_sql($table, 'd:3')), 3, "$name: asked before");
	$sim->clear;
	$sim->set(hold_until_in_flight => CONCURRENCY, hold_ms => 60_000);
	my $jobs = 0;
	$jobs += $_ % 3 foreach 1 .. $lookups;
	is($session->rows("SELECT count(job_id) $join"), $jobs, "$name: the rows");
	is($sim->get('requests'), $lookups, "$name: each request once");
	cmp_ok($sim->get('connections'), '<=', $connections, "$name: so many connections");
	$sim->clear;
	my $plan = $session->rows("EXPLAIN (ANALYZE, TIMING OFF) SELECT count(job_id) $join");
	unlike($plan, qr/Retries: [1-9]/, "$name: no retry when connections are kept, either");
	is($sim->get('requests'), $lookups, "$name: nor another request");
	is($sim->get('connections'), 0, "$name: nor a new connection");
	$session->quit;
	return;
}

foreach my $http2 (0, 1)
{
	foreach my $chunked (0, 1)
	{
		foreach my $latency_ms (0, 1, 5)
		{
			# libcurl 7.88 resets each HTTP/2 stream whose length was not told after its
			# end; nghttp2, which serves, puts up with a thousand of these on a connection
			my $lookups = $latency_ms > 0 || ($http2 && $chunked) ? LOOKUPS / 10 : LOOKUPS;
			my %settings = (http2 => $http2, chunked => $chunked, latency_ms => $latency_ms, jitter_ms => $latency_ms);
			my $name = join(', ', map { "$_ $settings{$_}" } qw(http2 chunked latency_ms));

			is_healthy($name, 'ota_job', $http2 ? 1 : CONCURRENCY, $lookups, %settings);
			is_healthy("$name, in cleartext", 'clear', CONCURRENCY, $lookups, %settings) unless $http2;
		}
	}
}

$sim->stop;
$node->stop;
done_testing();
