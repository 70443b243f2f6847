
# keep_connections: `off` closes the connections at the end of the transaction; `on`
# keeps them until the session has not used them for a minute.  The minute is waited
# for, while everything else is tested.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep clock_gettime CLOCK_MONOTONIC);
use TuyaNet;
use TuyaSession qw(fails_with wait_until descriptors);
use TuyaTest;

use constant IDLE_S => 60;		# IDLE_S_MAX of src/http/http.h
use constant CYCLES => 50;

# The sessions of each simulator are told apart by its connections.
my %sims = map { $_ => TuyaTest::Sim->start } qw(idle busy cursor off);
my $node = tuya_node('keep', $sims{off}, keep_connections => 'off');
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 1');
$node->restart;
add_remote($node, $_, endpoint => $sims{$_}->endpoint, ca_file => $sims{$_}->ca_file, page_size => 10)
  foreach qw(idle busy cursor);

sub counted
{
	my ($name, @counters) = @_;
	return join(' ', map { "$_ " . $sims{$name}->get($_) } @counters);
}

sub now { return clock_gettime(CLOCK_MONOTONIC); }

# --- the minute begins
my @idle = map { TuyaSession->new($node) } 1 .. 4;
my $busy = TuyaSession->new($node);
my $cursor = TuyaSession->new($node);
my $lock = TuyaSession->new($node);
$lock->rows('SELECT pg_advisory_lock(1)');

# one does nothing, one is in a transaction, one in a statement, one ran other statements
my $began = now();
is($_->rows(lookup_sql('idle', 'd:3')), 3, 'a session asks') foreach @idle;
my ($kept_descriptors, $unused_descriptors) = map { descriptors($_->pid) } @idle[ 0, 3 ];
$idle[1]->rows('BEGIN');
$idle[2]->start('SELECT pg_advisory_lock_shared(1)');
is($cursor->rows(q{BEGIN; DECLARE c CURSOR FOR SELECT job_id FROM cursor
		WHERE product_key = 'p' AND device_name = 'd:200' AND firmware_id = '1'; MOVE 5 IN c}),
	'', 'a session opens a cursor');
my $used = 0;

# Called in between: one session uses its remote all the time, one uses no remote.
sub go_on
{
	my ($name) = @_;

	return if now() - $used < 5;
	$used = now();
	$busy->rows(lookup_sql('busy', 'd:3'));
	$idle[3]->rows('SELECT 1');
	return;
}

# --- off
my $off = $sims{off};
my $session = TuyaSession->new($node);

# Tests that the transaction has used one connection, which is closed at its end.
sub is_closed
{
	my ($name, $requests) = @_;

	wait_until("$name: it is closed", sub { $off->get('open_connections') == 0 });
	is($off->get('in_flight'), 0, "$name: nothing is in progress");
	is(counted('off', qw(requests connections)), "requests $requests connections 1",
		"$name: one connection, which is closed at its end");
	$off->reset;
	go_on();
	return;
}

my $lookup = lookup_sql('ota_job', 'd:3');
my $jobs = q{SELECT job_id FROM ota_job WHERE product_key = 'p' AND device_name = 'd:250' AND firmware_id = '1'};

foreach my $http2 (0, 1)
{
	my $version = 'HTTP/' . (1 + $http2);

	$off->set(http2 => $http2);
	is($session->rows($lookup), 3, "$version: a statement by itself");
	is_closed("$version, a statement by itself", 1);

	foreach my $end ('COMMIT', 'ROLLBACK', q{PREPARE TRANSACTION 'prepared'})
	{
		$off->set(http2 => $http2);
		$session->rows('BEGIN');
		is($session->rows($lookup), 3, "$version, $end: a statement of a transaction");
		is($session->rows('SELECT 1'), 1, 'then one that uses no remote');
		is($off->get('open_connections'), 1, "$version, $end: between two it is kept");
		is($session->rows($lookup), 3, "$version, $end: another statement");
		$session->rows("SAVEPOINT s; $lookup; ROLLBACK TO s");
		is($off->get('open_connections'), 1, "$version, $end: and after a savepoint");
		$session->rows($end);
		is_closed("$version, $end", 3);
	}
	$session->rows(q{ROLLBACK PREPARED 'prepared'});

	$off->set(http2 => $http2, fail_count => 1, fail_skip => 1, fail_code => 'Forbidden.RAM');
	$session->rows("BEGIN; $lookup");
	fails_with($session->run($lookup), '28000', "$version: an error");
	is_closed("$version, an error", 2);
	$session->rows('ROLLBACK');

	$off->set(http2 => $http2, stall => 'head', stall_skip => 2);
	$session->rows("BEGIN; DECLARE c CURSOR FOR $jobs; MOVE 150 IN c");
	is($off->get('in_flight'), 1, "$version, a cursor that is not finished: a page is on its way");
	$session->rows('COMMIT');
	is_closed("$version, a cursor that is not finished", 3);

	$off->set(http2 => $http2);
	$session->rows("BEGIN; DECLARE c CURSOR WITH HOLD FOR $jobs; COMMIT");
	is_closed("$version, a cursor that is held", 3);
	is(scalar(split /\n/, $session->rows('FETCH ALL FROM c; CLOSE c')), 250, 'which has all rows');
}

# --- off, in a procedure that commits while it reads
$session->rows(qq{
	DO \$\$
	DECLARE
		job text;
		rows int := 0;
	BEGIN
		FOR job IN $jobs LOOP
			rows := rows + 1;
			COMMIT;
		END LOOP;
		IF rows <> 250 THEN
			RAISE '% rows', rows;
		END IF;
	END \$\$});
is_closed('a loop that commits', 3);

# --- off, fifty times: descriptors
my $descriptors = descriptors($session->pid);
foreach my $end ('COMMIT', 'ROLLBACK')
{
	$session->rows(join ";\n", map { ('BEGIN', $lookup, $end) } 1 .. CYCLES / 2);
	go_on();
}
is(counted('off', qw(requests connections)), "requests @{[CYCLES]} connections @{[CYCLES]}",
	'as many connections as transactions');
is(descriptors($session->pid), $descriptors, 'and as many descriptors as before');

# --- off or on, when it is changed
$session->rows(q{ALTER SERVER tuya OPTIONS (SET keep_connections 'on')});
$off->reset;
is($session->rows($lookup), 3, 'after ALTER SERVER, on') foreach 1, 2;
is(counted('off', qw(connections open_connections)), 'connections 1 open_connections 1',
	'a connection is kept from the next statement on');
$session->rows(q{ALTER SERVER tuya OPTIONS (SET keep_connections 'off')});
is($session->rows($lookup), 3, 'after ALTER SERVER, off');
wait_until('all are closed', sub { $off->get('open_connections') == 0 });
$session->quit;

# --- the minute ends
while (now() < $began + IDLE_S && $sims{idle}->get('open_connections') == 4)
{
	sleep 0.5;
	go_on();
}
cmp_ok(now() - $began, '>=', IDLE_S, 'connections are kept for a minute');
wait_until('they are closed', sub { $sims{idle}->get('open_connections') == 0 });

# Longer than a minute after the first statement, not after the last.
is($busy->rows(lookup_sql('busy', 'd:3')), 3, 'a session that goes on');
is(counted('busy', qw(connections open_connections)), 'connections 1 open_connections 1',
	'keeps its connection');
is(counted('cursor', 'open_connections'), 'open_connections 1', 'so does one with an open cursor');
my @rest = split /\n/, $cursor->rows('FETCH ALL FROM c');
is(scalar @rest, 195, 'which goes on');
is($sims{cursor}->get('requests'), 20, 'and asks for each page once');
$cursor->rows('COMMIT');

# Descriptors are given up, too, by what runs next, whatever that is.
$idle[3]->rows('SELECT 1');
cmp_ok(descriptors($idle[3]->pid), '<=', $unused_descriptors - 4, 'and the descriptors of a remote that is not used');

is($lock->rows('SELECT count(*) FROM pg_locks WHERE NOT granted'), 1, 'one was closed while a statement ran');
$lock->quit;
is($idle[2]->finish->{sqlstate}, '00000', 'a statement that ran meanwhile is not disturbed');
$sims{idle}->clear;
is($_->rows(lookup_sql('idle', 'd:3')), 3, 'a session asks again') foreach @idle;
is(counted('idle', qw(requests connections)), 'requests 4 connections 4',
	'with one request over a new connection each');
is($_->rows(lookup_sql('idle', 'd:3')), 3, 'and again') foreach @idle;
is(counted('idle', qw(requests connections)), 'requests 8 connections 4', 'which is kept');
is(descriptors($idle[0]->pid), $kept_descriptors, 'as many descriptors as before');
$idle[1]->rows('COMMIT');

$_->quit foreach @idle, $busy, $cursor;
$_->stop foreach values %sims;
$node->stop;
done_testing();
