
# A cursor that idles longer than every time limit goes on and loses nothing.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use TuyaNet;
use TuyaSession;
use TuyaTest;

use constant IDLE_S => 2.5;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('idle', $sim, connect_timeout => '1s', request_timeout => '1s',
	lookup_timeout => '1s', page_size => 7);

# Pages are of 7 jobs: the lookup has 36, the join 8 + 36 + 1.
my %cursor = (
	lookup => {
		query => q{SELECT job_id, utc_create FROM ota_job
			WHERE product_key = 'p' AND device_name = 'd:250' AND firmware_id = '1'},
		rule => q{SELECT job_id, utc_create FROM sim_jobs('p', 'd:250', '1')},
		first => 100 },
	# idles in the second of three devices
	join => {
		query => q{SELECT name, job_id FROM (VALUES ('a:50'), ('b:250'), ('c:3')) AS device (name)
			JOIN ota_job ON product_key = 'p' AND device_name = name AND firmware_id = '1'},
		rule => q{SELECT name, job_id FROM (VALUES ('a:50'), ('b:250'), ('c:3')) AS device (name),
			sim_jobs('p', name, '1')},
		first => 150 });

# Starts a cursor in a session of its own and fetches the first rows.
sub open_cursor
{
	my ($which) = @_;
	my $session = TuyaSession->new($node);

	$session->rows("BEGIN; DECLARE c CURSOR FOR $cursor{$which}{query}");
	my $rows = $session->rows("FETCH $cursor{$which}{first} FROM c");
	return { which => $which, session => $session, rows => $rows };
}

# Tests that the cursor goes on, and that it had all rows once.
sub goes_on
{
	my ($cursor, $name) = @_;
	my $rest = $cursor->{session}->rows('FETCH ALL FROM c');
	my @rows = split /\n/, "$cursor->{rows}\n$rest";
	my @wanted = split /\n/, $cursor->{session}->rows($cursor{ $cursor->{which} }{rule});

	is_deeply([ sort @rows ], [ sort @wanted ], "$name: no row is lost, none comes twice");
	$cursor->{session}->rows('COMMIT');
	$cursor->{session}->quit;
	return;
}

# While it idles the service keeps its connections, or closes them.
foreach my $idle_close_ms (0, 200)
{
	my $what = 'connections are ' . ($idle_close_ms ? 'closed' : 'kept') . ' meanwhile';
	my %open;

	$sim->reset;
	$sim->set(idle_close_ms => $idle_close_ms, latency_ms => 20);
	foreach my $http2 (0, 1)
	{
		$sim->set(http2 => $http2);
		$open{"$_, HTTP/" . (1 + $http2)} = open_cursor($_) foreach sort keys %cursor;
	}
	sleep IDLE_S;
	is($sim->get('open_connections') > 0, !$idle_close_ms, $what);
	goes_on($open{$_}, "$what: $_") foreach sort keys %open;
	is($sim->get('requests'), 2 * (36 + 45), "$what: every page is asked for once");
}

# --- another statement of the session drives the same remote meanwhile
$sim->reset;
my $cursor = open_cursor('lookup');
sleep IDLE_S / 2;
is($cursor->{session}->rows(lookup_sql('ota_job', 'd:30')), 30, 'another statement');
sleep IDLE_S / 2;
goes_on($cursor, 'after another statement');
is($sim->get('requests'), 36 + 5, 'every page of both is asked for once');

$sim->stop;
$node->stop;
done_testing();
