
# Connections and HTTP/2 streams that end early or are never well: what is the
# request's own fault counts against `retries`, what it shared does not, and the rows
# are right.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaHostile;
use TuyaNet;
use TuyaSession qw(fails_with);
use TuyaTest;

use constant DEVICES => 60;

my $victim = TuyaHostile->new('connections', lookup_timeout => '5s');
my $sim = $victim->sim;
my $certs = TuyaTest::Sim->certs;

add_remote($victim->node, 'shared', endpoint => $sim->endpoint, ca_file => $sim->ca_file, retries => 2);
my $join = q{SELECT count(*), count(rule.job_id) FROM generate_series(1, %d) AS i
	JOIN shared AS job ON product_key = 'p' AND device_name = 'd' || i || ':3' AND firmware_id = '1'
	LEFT JOIN sim_jobs('p', 'd' || i || ':3', '1') AS rule USING (job_id)};

# Tests that a join of many devices has the right rows, in so many requests at most,
# although there was what the counter counts.
sub join_is_right
{
	my ($name, $requests_max, $counter, $times, %settings) = @_;

	$victim->simulate(latency_ms => 5, %settings);
	my $rows = 3 * DEVICES;
	my $result = $victim->session->run(sprintf $join, DEVICES);

	is($result->{text}, "$rows|$rows\n", "$name: a join is right");
	cmp_ok($sim->get($counter), '>=', $times, "$name: $times times at least");
	cmp_ok($sim->get('requests'), '<=', $requests_max, "$name: without more requests than need be");
	is($sim->get('repeated_nonces'), 0, "$name: each signed anew");
	$victim->is_well($name);
	return;
}

# --- TCP
foreach my $version (1, 2)
{
	my $http = "HTTP/$version";
	my $lost = qr/lost|could not connect|secure connection/;

	$victim->speak($version, 'shared');
	# which closes what is kept
	$victim->node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (SET retries '0')});
	$victim->meets("$http, reset as soon as accepted", { accept_reset => -1 }, 'HV00N', $lost);
	$victim->meets("$http, closed without a byte", { close_all => 1 }, 'HV00N', $lost);
	$victim->meets("$http, reset without a byte", { cut_at => 0, cut_reset => 1 }, 'HV00N', $lost);
	$victim->meets("$http, closed in the head", { cut_at => 20 }, 'HV00N', $lost);
	$victim->meets("$http, half a body", { truncate_body => 1 }, 'HV00N', $lost);
	# over HTTP/2 several replies of one connection may meet the same cut
	join_is_right("$http, replies cut by a reset", DEVICES + 5 * 16, 'forced_closes', $version == 1 ? 5 : 1,
		cut_at => 100, cut_reset => 1, cut_count => 5);

	$victim->node->safe_psql('postgres', q{ALTER SERVER shared OPTIONS (SET retries '2')});
	join_is_right("$http, two connections reset when accepted", DEVICES, 'connections', 2, accept_reset => 2);
	is($sim->get('accept_reset'), 0, "$http: and two were reset");
}

# --- HTTP/2 streams
my %code = (INTERNAL_ERROR => 2, REFUSED_STREAM => 7, CANCEL => 8);
foreach my $code (sort keys %code)
{
	foreach my $at (0, 1, 100)
	{
		my %reset = (rst_stream_at => $at, rst_stream_code => $code{$code});

		# a refused stream is free of charge, until lookup_timeout
		$victim->meets("$code at byte $at", \%reset, 'HV00N', qr/lost/) unless $code{$code} == 7 && $at == 0;
		join_is_right("$code at byte $at, ten times", DEVICES + 10, 'rst_streams', 10, %reset,
			rst_stream_count => 10);
	}
}
$victim->meets('REFUSED_STREAM once', { rst_stream_at => 0, rst_stream_code => 7, rst_stream_count => 1 },
	'00000');
is($victim->sim->get('repeated_nonces'), 0, 'REFUSED_STREAM once: signed anew');

# --- GOAWAY
foreach my $refuse (0, 1)
{
	my $what = $refuse ? 'GOAWAY that refuses' : 'GOAWAY';

	join_is_right("$what, every twenty requests", 3 * DEVICES, 'goaways', 2,
		goaway_after => 20, goaway_refuse => $refuse);
	join_is_right("$what, once", DEVICES + 16, 'goaways', 1,
		goaway_after => 5, goaway_refuse => $refuse, goaway_count => 1);
	join_is_right("$what, later", DEVICES + 16, 'goaways', 1,
		goaway_after => 5, goaway_refuse => $refuse, goaway_count => 1, goaway_ms => 3, latency_ms => 20);
}
$victim->meets('GOAWAY for each request', { goaway_after => 1 }, '00000');
$victim->meets('GOAWAY that refuses each request', { goaway_after => 1, goaway_refuse => 1 }, 'HV00N', qr/lost/);
$victim->meets('GOAWAY that refuses each request, later', { goaway_after => 1, goaway_refuse => 1, goaway_ms => 5, latency_ms => 50 }, 'HV00N', qr/lost/);

# --- TLS 1.0 (1.1, and bad certificates: 020_tls.pl)
my $old = TuyaTest::Sim->start('--min-tls', '1.0', '--max-tls', '1.0');
add_remote($victim->node, 'old', endpoint => $old->endpoint, ca_file => $old->ca_file);
fails_with($victim->session->run(lookup_sql('old', 'd:3')), 'HV00N', 'TLS 1.0', qr/secure connection/);
is($old->get('requests'), 0, 'TLS 1.0: no request');
$old->stop;

$victim->stop;
done_testing();
