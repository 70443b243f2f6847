
# A service that throttles is asked as fast as it allows, and hardly faster, by one
# session and by several that share what was found out.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use TuyaSession;
use TuyaTest;

use constant RATE => 50;
use constant BURST => 10;
use constant DEVICES => 500;

my $sim = TuyaTest::Sim->start;
my $port = $sim->{tls_port};

# Joins of so many devices each, in sessions of the node at once; checks that each is
# whole.  Returns the rate, as a part of what is allowed, and the share of throttled.
sub join_at_once
{
	my ($node, $sessions, $what, %settings) = @_;
	my @sessions = map { TuyaSession->new($node) } 1 .. $sessions;
	my $n = 0;

	$sim->reset;
	$sim->set(rate_limit => RATE, rate_burst => BURST, latency_ms => 50, %settings);
	my $began = time;
	foreach my $session (@sessions)
	{
		$n++;
		$session->start("SELECT count(DISTINCT job_id) FROM generate_series(1, @{[DEVICES]}) i
			JOIN ota_job ON product_key = 'p$n' AND device_name = 'd' || i || ':1' AND firmware_id = '1'");
	}
	my @results = map { $_->finish } @sessions;
	my $seconds = time - $began;
	$_->quit foreach @sessions;

	is(join(' ', map { $_->{text} =~ s/\n//r } @results), join(' ', (DEVICES) x $sessions), "$what: whole, without an error");
	my ($requests, $throttled) = $sim->get('requests', 'throttled');
	my $ideal = ($sessions * DEVICES - BURST) / RATE;
	note(sprintf '%s: %.2f s, %.1f %% of what is allowed, %d of %d throttled = %.1f %%',
		$what, $seconds, 100 * $ideal / $seconds, $throttled, $requests, 100 * $throttled / $requests);
	return ($ideal / $seconds, $throttled / $requests);
}

# Makes an account of its own for the limiter, by the spelling of the host's name.
sub spell
{
	my ($node, $host) = @_;

	$node->safe_psql('postgres', "ALTER SERVER tuya OPTIONS (SET endpoint 'https://$host:$port/')");
	return;
}

my $node = tuya_node('alone', $sim, concurrency => 32);
spell($node, 'Localhost');
my ($rate, $share) = join_at_once($node, 1, 'one session');
cmp_ok($rate, '>=', 0.85, 'one session goes at 85 % of the allowed rate or more');
cmp_ok($share, '<', 0.15, 'and fewer than 15 % are throttled');

# What it has found out holds for later statements of a session.
spell($node, 'lOcalhost');
my $session = TuyaSession->new($node);
my $query = "SELECT count(DISTINCT job_id) FROM generate_series(1, @{[3 * RATE]}) i
	JOIN ota_job ON product_key = 'p' AND device_name = 'd' || i || ':1' AND firmware_id = '1'";
$session->rows($query);
$sim->clear;
$session->rows($query);
my ($requests, $throttled) = $sim->get('requests', 'throttled');
cmp_ok($throttled, '<', 0.1 * $requests, 'the second statement of a session is hardly throttled any more');
note("$throttled of $requests");
$session->quit;

# rate_limit keeps below the service's limit from the beginning.
spell($node, 'loCalhost');
$node->safe_psql('postgres', "ALTER SERVER tuya OPTIONS (ADD rate_limit '@{[0.8 * RATE]}')");
($rate, $share) = join_at_once($node, 1, 'rate_limit', rate_burst => RATE);
is($share, 0, 'with rate_limit below the limit nothing is throttled');
cmp_ok($rate, '>=', 0.85 * 0.8, 'and 85 % of it are reached');
$node->safe_psql('postgres', 'ALTER SERVER tuya OPTIONS (DROP rate_limit)');

# From PostgreSQL 17 on sessions share a limiter without preloading; before, those that
# do not know of each other get on all the same.
spell($node, 'locAlhost');
if ($node->pg_version >= 17)
{
	($rate, $share) = join_at_once($node, 4, 'four sessions, not preloaded');
	cmp_ok($rate, '>=', 0.85, 'four sessions go together at 85 % of the allowed rate or more, without preloading');
	cmp_ok($share, '<', 0.15, 'and fewer than 15 % are throttled');
}
elsif ($ENV{TUYA_SOAK})
{
	join_at_once($node, 4, 'four sessions, each by itself');
}
$node->stop;

# Preloaded, they share one limiter.
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'tuya_fdw'");
$node->start;
spell($node, 'localHost');
($rate, $share) = join_at_once($node, 4, 'four sessions, preloaded');
cmp_ok($rate, '>=', 0.85, 'four sessions that share a limiter go together at 85 % of the allowed rate or more');
cmp_ok($share, '<', 0.15, 'and fewer than 15 % are throttled');

$sim->stop;
$node->stop;
done_testing();
