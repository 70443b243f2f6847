
# A service that sends what nobody has asked for: no row of it is ever
# taken for a key's.  The connection is not used again, and no request is sent twice.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with wait_until);
use TuyaTest;

use constant { KEYS => 5, DEVICES => 60, CONCURRENCY => 8, RETRIES => 2 };
# tries beyond that of requests that found their connection dead before they were sent
use constant STALE => 4;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('unasked', $sim, concurrency => CONCURRENCY, retries => RETRIES);
add_remote($node, 'clear', endpoint => $sim->http_endpoint, concurrency => CONCURRENCY, retries => RETRIES);

sub simulate
{
	my (%settings) = @_;

	$sim->reset;
	$sim->set(http2 => 0, %settings);
	return;
}

# The jobs of a device, and how many of them it has by the simulator's rule.
sub key_sql
{
	my ($table, $device) = @_;

	return "SELECT count(*), count(rule.job_id) FROM $table AS job LEFT JOIN "
	  . "sim_jobs('p', '$device', '1') AS rule USING (job_id) "
	  . "WHERE product_key = 'p' AND device_name = '$device' AND firmware_id = '1'";
}

sub join_sql
{
	my ($table) = @_;

	return "SELECT count(*), count(rule.job_id) FROM generate_series(1, ${\DEVICES}) AS i "
	  . "JOIN $table AS job ON product_key = 'p' AND device_name = 'd' || i || ':3' AND firmware_id = '1' "
	  . "LEFT JOIN sim_jobs('p', 'd' || i || ':3', '1') AS rule USING (job_id)";
}

# Tests that keys asked for one after the other have their own rows, with a request
# each.  What came before the next request was sent is nobody's, and only that.
sub keys_are_right
{
	my ($name, $table, %settings) = @_;
	my $session = TuyaSession->new($node);
	my @got;

	simulate(%settings);
	foreach my $key (1 .. KEYS)
	{
		push @got, $session->rows(key_sql($table, "d$key:$key"));
		wait_until("$name: it comes", sub { $sim->get('unasked') >= $key });
	}
	is("@got", join(' ', map { "$_|$_" } 1 .. KEYS), "$name: each key has its rows");
	is($sim->get('requests'), KEYS, "$name: a request each");
	cmp_ok($sim->get('unasked'), '>', 0, "$name: more came than was asked for");
	$session->quit;
	return;
}

sub join_is_right
{
	my ($name, $table, %settings) = @_;
	my $session = TuyaSession->new($node);

	simulate(latency_ms => 5, %settings);
	is($session->rows(join_sql($table)), join('|', (3 * DEVICES) x 2), "$name: a join has its rows");
	is($sim->get('requests'), DEVICES, "$name: a request for each key");
	$session->quit;
	return;
}

foreach my $table (qw(clear ota_job))
{
	foreach my $what (qw(reply head continue line timeout))
	{
		foreach my $chunked (0, 1)
		{
			my %settings = (unasked => $what, chunked => $chunked);
			my $name = "$table, $what behind a reply" . ($chunked ? ' in chunks' : '');

			keys_are_right($name, $table, %settings);
			join_is_right($name, $table, %settings);
		}
		keys_are_right("$table, $what a while after a reply", $table, unasked => $what, unasked_ms => 10);
	}
	# replies of more than one TLS record, the last with what nobody asked for
	keys_are_right("$table, reply behind a large one", $table, unasked => 'reply', body_flood => 1);
	keys_are_right("$table, reply behind an empty one", $table, unasked => 'reply', default_jobs => 0);
	is(TuyaSession->new($node)->rows(key_sql($table, 'd:0')), '0|0', "$table: nothing of it was kept");
}

# --- a kept connection of HTTP/1.1 that the service ends with status 408 just as the request is sent:
# by then it may be acknowledged, by a proxy say
foreach my $table (qw(clear ota_job))
{
	my %ends = (fail_count => 1, fail_status => 408, fail_shape => 'empty');
	my $session = TuyaSession->new($node);

	simulate(%ends);
	fails_with($session->run(key_sql($table, 'd1:1')), 'HV000', "$table, 408 over a fresh connection", qr/HTTP status 408/);
	simulate();
	is($session->rows(key_sql($table, 'd1:1')), '1|1', "$table, 408: asked before");
	$sim->set(%ends);
	$sim->clear;
	is($session->rows(key_sql($table, 'd2:2')), '2|2', "$table, 408 over a kept connection: the key has its rows");
	is(join(' ', $sim->get('requests', 'connections')), '2 1', "$table, 408 over a kept connection: over a new one");
	$session->quit;
}

# --- through an https proxy, that has both in one record of its own TLS: the first has been
# read, the rest is nowhere to be seen but there
my $proxy = TuyaNet::Proxy->start('tls', TuyaTest::Sim->certs);
add_remote($node, 'proxied', endpoint => $sim->endpoint, ca_file => $sim->ca_file, retries => 20,
	proxy => $proxy->url('https', 'localhost'));
foreach my $what (qw(reply head timeout))
{
	my $session = TuyaSession->new($node);
	my @got;

	simulate();
	push @got, $session->rows(key_sql('proxied', 'd1:1'));
	$sim->set(unasked => $what, unasked_ms => 1, unasked_count => 1);
	$proxy->hold;
	$session->start(key_sql('proxied', 'd2:2'));
	wait_until("https proxy, $what: it comes", sub { $sim->get('unasked') == 1 });
	$proxy->pass;
	push @got, $session->finish->{text} =~ s/\n//r, $session->rows(key_sql('proxied', 'd3:3'));
	is("@got", '1|1 2|2 3|3', "https proxy, $what: each key has its rows");
	is(join(' ', $sim->get('requests', 'connections')), '3 2', "https proxy, $what: a request each, the last over a connection of its own");
	$session->quit;
}

# --- over HTTP/2: on a stream that has ended, that no request has opened, of the service's own
# libcurl may end the connection over it, and then what shares it is asked for again
foreach my $what (qw(again data next next_data stream push))
{
	foreach my $after ([ 0, 0 ], [ 10, 0 ], [ 10, 1 ], [ 10, 2 ])
	{
		my ($ms, $pings) = @$after;
		next if $ms && $what eq 'push';
		my %settings = (http2 => 1, unasked => $what, unasked_ms => $ms, unasked_pings => $pings);
		my $session = TuyaSession->new($node);
		my $name = "HTTP/2, $what, $ms ms after a reply, $pings pings";

		simulate(%settings);
		my @wrong;

		foreach my $key (1 .. KEYS)
		{
			my $result = $session->run(key_sql('ota_job', "d$key:$key"));
			push @wrong, $result->{text} unless $result->{text} eq "$key|$key\n" || $result->{sqlstate} eq 'HV00N';
			wait_until("$name: it comes", sub { $sim->get('unasked') >= $key || $sim->get('open_connections') == 0 });
		}
		is("@wrong", '', "$name: each key has its rows");
		note("$name: " . join(' ', $sim->get('requests', 'unasked', 'connections')));
		cmp_ok($sim->get('unasked'), '>', 0, "$name: more came than was asked for");
		# in a join the next stream is open, and what comes there is that request's own reply
		$session->quit, next if $what =~ /^next/;
		simulate(latency_ms => 5, %settings);
		my $result = $session->run(join_sql('ota_job'));
		is($result->{text}, join('|', (3 * DEVICES) x 2) . "\n", "$name: a join has its rows") unless $result->{sqlstate} eq 'HV00N';
		note("$name: join $result->{text}" . join(' ', $sim->get('requests', 'unasked', 'connections')));
		# fewer than the tries that a request has
		simulate(latency_ms => 5, %settings, unasked_count => 2);
		is($session->rows(join_sql('ota_job')), join('|', (3 * DEVICES) x 2), "$name, twice: a join has its rows");
		note("$name: join2 " . join(' ', $sim->get('requests', 'unasked', 'connections')));
		$session->quit;
	}
}

# --- a connection of HTTP/2 that ends each time before any reply was whole counts against
# retries: over what nobody has asked for, or cut, also for requests that share it
foreach my $case ([ 1, unasked => 'next' ], [ 1, unasked => 'next_data' ], [ 1, unasked => 'stream' ],
	[ 1, truncate_body => 1 ], [ DEVICES, truncate_body => 1 ])
{
	my ($keys, %settings) = @$case;
	my $session = TuyaSession->new($node);
	my $name = 'HTTP/2, ' . join(' ', %settings) . ", $keys keys";

	simulate(http2 => 1, %settings);
	my $result = $session->run(join_sql('ota_job') . " WHERE i <= $keys");
	my ($tries) = $result->{text} =~ /tried (\d+) times/;
	# libcurl may hand out the reply before it sees what follows
	fails_with($result, 'HV00N', "$name: an error") if $settings{truncate_body};
	ok($result->{text} eq "3|3\n" || $result->{sqlstate} eq 'HV00N', "$name: the rows or an error") || diag($result->{text});
	cmp_ok($tries // 1, '<=', 1 + RETRIES + STALE, "$name: so many tries at most");
	cmp_ok($sim->get('requests'), '<=', $keys * (1 + RETRIES), "$name: so many requests at most");
	note("$name: " . join(' ', $sim->get('requests', 'connections')) . " $result->{text}");
	$session->quit;
}

# --- interim heads and trailers that come in their place are nobody's fault
foreach my $http2 (0, 1)
{
	foreach my $settings (
		{ interim => 3, interim_headers => 'Retry-After: 100|Content-Type: text/html|Date: now' },
		{ interim => 100 },
		{ trailers => 1, chunked => 1 },
		{ trailers => 60, chunked => 1 })
	{
		my $name = 'HTTP/' . ($http2 + 1) . ', ' . join(' ', map { "$_ $settings->{$_}" } sort keys %$settings);
		my $session = TuyaSession->new($node);

		simulate(%$settings, http2 => $http2);
		is($session->rows(join_sql('ota_job')), join('|', (3 * DEVICES) x 2), "$name: the rows");
		is($sim->get('requests'), DEVICES, "$name: a request for each key");
		cmp_ok($sim->get('connections'), '<=', CONCURRENCY, "$name: connections are kept");
		$session->quit;
	}
}

# but more of them than any service sends are an error, and not asked for again
foreach my $version (1, 2)
{
	my $session = TuyaSession->new($node);

	simulate(interim => 101, http2 => $version - 1);
	fails_with($session->run(key_sql('ota_job', 'd:3')), 'HV00M', "HTTP/$version, interim 101: an error", qr/too large/, qr/100 interim heads/);
	is($sim->get('requests'), 1, "HTTP/$version, interim 101: asked for once");
	$session->quit;
}

$sim->stop;
$node->stop;
done_testing();
