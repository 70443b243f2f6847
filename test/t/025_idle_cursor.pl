
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

# One service speaks HTTP/1.1, one HTTP/2.
my @sims = map { TuyaTest::Sim->start } 0, 1;
my %options = (connect_timeout => '1s', request_timeout => '1s', lookup_timeout => '1s', page_size => 7);
my $node = tuya_node('idle', $sims[1], %options);

add_remote($node, 'old_job', endpoint => $sims[0]->endpoint, ca_file => $sims[0]->ca_file, %options);

# Pages are of 7 jobs: the lookup has 36, the join 8 + 36 + 1.
my %cursor = (
	lookup => {
		query => q{SELECT job_id, job_status FROM %s
			WHERE product_key = 'p' AND device_name = 'd:250' AND firmware_id = '1'},
		rule => q{SELECT job_id, job_status FROM sim_jobs('p', 'd:250', '1')},
		first => 100 },
	# idles in the second of three devices
	join => {
		query => q{SELECT name, job_id FROM (VALUES ('a:50'), ('b:250'), ('c:3')) AS device (name)
			JOIN %s ON product_key = 'p' AND device_name = name AND firmware_id = '1'},
		rule => q{SELECT name, job_id FROM (VALUES ('a:50'), ('b:250'), ('c:3')) AS device (name),
			sim_jobs('p', name, '1')},
		first => 150 });

# Starts a cursor in a session of its own and fetches the first rows.
sub open_cursor
{
	my ($which, $table) = @_;
	my $session = TuyaSession->new($node);
	my $query = sprintf $cursor{$which}{query}, $table;

	$session->rows("BEGIN; DECLARE c CURSOR FOR $query");
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

	foreach my $http2 (0, 1)
	{
		$sims[$http2]->reset;
		$sims[$http2]->set(http2 => $http2, idle_close_ms => $idle_close_ms, latency_ms => 20);
		$open{"$_, HTTP/" . (1 + $http2)} = open_cursor($_, $http2 ? 'ota_job' : 'old_job')
		  foreach sort keys %cursor;
	}
	sleep IDLE_S;
	is($_->get('open_connections') > 0, !$idle_close_ms, $what) foreach @sims;
	goes_on($open{$_}, "$what: $_") foreach sort keys %open;
	is($_->get('requests'), 36 + 45, "$what: every page is asked for once") foreach @sims;
}

# --- another statement of the session drives the same remote meanwhile
$sims[1]->reset;
my $cursor = open_cursor('lookup', 'ota_job');
sleep IDLE_S / 2;
is($cursor->{session}->rows(lookup_sql('ota_job', 'd:30')), 30, 'another statement');
sleep IDLE_S / 2;
goes_on($cursor, 'after another statement');
is($sims[1]->get('requests'), 36 + 5, 'every page of both is asked for once');

$_->stop foreach @sims;
$node->stop;
done_testing();
