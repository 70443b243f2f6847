
# Whatever a request hangs in, cancel, statement_timeout, terminate, fast shutdown
# and a dead postmaster end it within 200 ms, and a session that goes on is whole.

use strict;
use warnings FATAL => 'all';

use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use TuyaNet;
use TuyaSession qw(fails_with wait_until descriptors threads);
use TuyaTest;

use constant END_MS => 200;
use constant TRIES => 5;
use constant NAME_MS => 1500;

my $report = PostgreSQL::Test::Utils::tempdir() . '/signals';
$ENV{LD_PRELOAD} = preload_library();
$ENV{PRELOAD_REPORT} = $report;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('cancel', $sim);
my $monitor = TuyaSession->new($node);
my %remote = (name => 'slow_name', connect => 'full_queue');

add_remote($node, 'slow_name', endpoint => "https://slow-" . NAME_MS . ".test:$sim->{tls_port}/",
	connect_timeout => '1min');
add_remote($node, 'full_queue', endpoint => "https://127.0.0.1:$sim->{full_port}/",
	connect_timeout => '1min');
add_remote($node, 'stalled', endpoint => $sim->endpoint, ca_file => $sim->ca_file,
	connect_timeout => '1min', request_timeout => '1min');

# Leaves the session with a statement that hangs in that state.
sub hang
{
	my ($session, $state) = @_;
	my $stalls = exists $remote{$state} ? 0 : 1;

	$sim->reset;
	$sim->set(stall => $state) if $stalls;
	# a new connection, for a handshake
	$monitor->rows(q{ALTER SERVER stalled OPTIONS (SET connect_timeout '1min')}) if $state eq 'tls';
	$session->start(lookup_sql($remote{$state} // 'stalled', 'd:3'));
	wait_until("$state hangs", sub {
		$sim->get('stalls') == $stalls && $monitor->rows('SELECT wait_event_type FROM pg_stat_activity WHERE pid = '
			  . $session->pid) eq 'Extension';
	});
	sleep 0.02;
	return;
}

# Ends what hangs; returns what became of it and how long that took, in ms.
my %end = (
	pg_cancel_backend => sub {
		my ($session) = @_;
		my $began = time;
		$monitor->rows('SELECT pg_cancel_backend(' . $session->pid . ')');
		my $result = $session->finish;
		return ($result, (time - $began) * 1000);
	},
	statement_timeout => sub {
		my ($session) = @_;
		my $result = $session->finish;
		return ($result, $result->{seconds} * 1000 - 400);
	},
	pg_terminate_backend => sub {
		my ($session) = @_;
		my $began = time;
		$monitor->rows('SELECT pg_terminate_backend(' . $session->pid . ')');
		my $result = $session->finish;
		wait_until('the backend is gone', sub { !-e '/proc/' . $session->pid });
		return ($result, (time - $began) * 1000);
	});

# Tests that the session is as it was before its statement hung.
sub is_whole
{
	my ($session, $state, $what, $before) = @_;

	$sim->reset;
	is($session->rows(lookup_sql('ota_job', 'd:250')), 250, "$what: the next statement is right");
	is($session->rows(lookup_sql('stalled', 'd:250')), 250, "$what: so is one of the same remote")
	  unless exists $remote{$state};
	is($sim->get('in_flight'), 0, "$what: no request is in progress");
	wait_until('no resolver thread is left', sub { threads($session->pid) == 1 });
	is(descriptors($session->pid), $before, "$what: as many descriptors as before");
	cmp_ok($sim->get('open_connections'), '<=', 2, "$what: one connection for each remote at most");
	return;
}

sub median { my @sorted = sort { $a <=> $b } @_; return $sorted[ @sorted / 2 ]; }

# A session with both connections and all that is made once.
sub warm_session
{
	my $session = TuyaSession->new($node);

	$sim->reset;
	$session->rows(lookup_sql($_, 'd:3')) foreach 'ota_job', 'stalled';
	$session->rows('SET statement_timeout = 30');
	$session->run(lookup_sql($_, 'd:3')) foreach values %remote;
	wait_until('no resolver thread is left', sub { threads($session->pid) == 1 });
	return ($session, descriptors($session->pid));
}

sub ends
{
	my ($state, $by) = @_;
	my $what = "$state, $by";
	my (@ms, $session, $before, $result, $ms);

	foreach (1 .. TRIES)
	{
		($session, $before) = $by eq 'pg_terminate_backend' ? TuyaSession->new($node) : warm_session()
		  unless $session;
		$session->rows("SET statement_timeout = " . ($by eq 'statement_timeout' ? 400 : 0));
		hang($session, $state);
		($result, $ms) = $end{$by}->($session);
		push @ms, $ms;
		if ($by eq 'pg_terminate_backend') { $session->quit; undef $session; }
	}
	fails_with($result, $by eq 'pg_terminate_backend' ? '57P01' : '57014', "$what: its SQLSTATE");
	ok(median(@ms) < END_MS, "$what: ends within @{[END_MS]} ms");
	note("$what: " . join(' ', map { sprintf '%.0f ms', $_ } @ms));
	return unless $session;
	$session->rows('RESET statement_timeout');
	is_whole($session, $state, $what, $before);
	$session->quit;
	return;
}

my @states = qw(name connect tls head body);

foreach my $state (@states)
{
	ends($state, $_) foreach sort keys %end;
}
ok(-s $report && slurp_file($report) !~ /open/, 'resolver threads never run signal handlers');

# --- the resolver thread ends in the middle of another statement
my $session = TuyaSession->new($node);
hang($session, 'name');
kill 'INT', $session->pid;
$session->finish;
is($session->rows('SELECT pg_sleep(' . (NAME_MS / 1000 + 0.2) . ')'), '', 'a thread that ends late');
is($session->rows(lookup_sql('ota_job', 'd:3')), 3, 'does no harm');
is(threads($session->pid), 1, 'and leaves nothing');

# --- the whole server ends; its commands are given directly, to see the backend's end
sub pg_ctl
{
	system_or_bail('pg_ctl', '-s', '-w', '-D', $node->data_dir, '-l', $node->logfile, @_);
	return;
}

sub ends_with_server
{
	my ($state, $signal, $what) = @_;
	my $doomed = TuyaSession->new($node);
	my ($postmaster) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
	my @processes = split /\n/, $monitor->rows('SELECT pid FROM pg_stat_activity');

	hang($doomed, $state);
	my $began = time;
	kill $signal, $postmaster;
	wait_until('the backend is gone', sub { !-e '/proc/' . $doomed->pid });
	my $ms = (time - $began) * 1000;
	my $result = $doomed->finish;

	ok($ms < END_MS, "$state, $what: ends within @{[END_MS]} ms") || diag("$ms ms");
	fails_with($result, '57P01', "$state, $what: its SQLSTATE") if $signal eq 'INT';
	wait_until('all processes are gone', sub { !grep { -e "/proc/$_" } @processes, $postmaster });
	$doomed->quit;
	$monitor->quit;
	pg_ctl('start');
	$monitor = TuyaSession->new($node);
	return;
}

foreach my $state (@states)
{
	ends_with_server($state, 'INT', 'fast shutdown');
	ends_with_server($state, 'KILL', 'postmaster killed');
}

$monitor->quit;
$sim->stop;
$node->stop;
done_testing();
