
# Whatever a request hangs in, cancel, statement_timeout, terminate, fast shutdown
# and a dead postmaster end it within 200 ms, and a session that goes on is whole.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use TuyaNet;
use TuyaSession qw(fails_with wait_until alive descriptors threads);
use TuyaTest;

use constant END_MS => 200;
use constant TRIES => 5;
use constant TIMEOUT_MS => 100;
use constant NAME_MS => 700;

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

# Starts a statement that will hang in that state.
sub start_in
{
	my ($session, $state) = @_;

	$sim->reset;
	$sim->set(stall => $state) unless exists $remote{$state};
	# a new connection, for a handshake
	$monitor->rows(q{ALTER SERVER stalled OPTIONS (SET connect_timeout '1min')}) if $state eq 'tls';
	$session->start(lookup_sql($remote{$state} // 'stalled', 'd:3'));
	return;
}

# Waits until it does.
sub wait_in
{
	my ($session, $state) = @_;
	my $waits = 'SELECT wait_event_type FROM pg_stat_activity WHERE pid = ' . $session->pid;

	wait_until('the simulator stalls', sub { $sim->get('stalls') == 1 }) unless exists $remote{$state};
	wait_until("$state hangs", sub { $monitor->rows($waits) eq 'Extension' });
	sleep 0.02;
	return;
}

# Ends what hangs; returns what became of it and how long that took, in ms.
my %end = (
	pg_cancel_backend => sub {
		my ($session, $state) = @_;
		wait_in($session, $state);
		my $began = time;
		$monitor->rows('SELECT pg_cancel_backend(' . $session->pid . ')');
		my $result = $session->finish;
		return ($result, (time - $began) * 1000);
	},
	statement_timeout => sub {
		my ($session) = @_;
		my $result = $session->finish;
		return ($result, $result->{seconds} * 1000 - TIMEOUT_MS);
	},
	pg_terminate_backend => sub {
		my ($session, $state) = @_;
		wait_in($session, $state);
		my $began = time;
		$monitor->rows('SELECT pg_terminate_backend(' . $session->pid . ')');
		my $result = $session->finish;
		wait_until('the backend is gone', sub { !alive($session->pid) });
		return ($result, (time - $began) * 1000);
	});

# Tests that the session is as it was before its statement hung.
sub is_whole
{
	my ($session, $state, $what, $before) = @_;

	wait_until("$what: no request is left in progress", sub { $sim->get('in_flight') == 0 });
	$sim->reset;
	is($session->rows(lookup_sql('ota_job', 'd:250')), 250, "$what: the next statement is right");
	is($session->rows(lookup_sql('stalled', 'd:250')), 250, "$what: so is one of the same remote")
	  unless exists $remote{$state};
	wait_until('no resolver thread is left', sub { threads($session->pid) == 1 });
	is(descriptors($session->pid), $before, "$what: as many descriptors as before");
	cmp_ok($sim->get('open_connections'), '<=', 2, "$what: one connection for each remote at most");
	return;
}

sub median { my @sorted = sort { $a <=> $b } @_; return $sorted[ @sorted / 2 ]; }

# A session that has made all that is made once.
sub warm_session
{
	my ($state) = @_;
	my $session = TuyaSession->new($node);

	$sim->reset;
	$session->rows(lookup_sql($_, 'd:3')) foreach 'ota_job', 'stalled';
	$session->rows('SET statement_timeout = 30');
	$session->run(lookup_sql($remote{$state}, 'd:3')) if exists $remote{$state};
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
		($session, $before) = $by eq 'pg_terminate_backend' ? TuyaSession->new($node) : warm_session($state)
		  unless $session;
		$session->rows("SET statement_timeout = " . ($by eq 'statement_timeout' ? TIMEOUT_MS : 0));
		start_in($session, $state);
		($result, $ms) = $end{$by}->($session, $state);
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
start_in($session, 'name');
wait_in($session, 'name');
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

# Tests that a signal to the postmaster ends backends in all of the states.
sub end_with_server
{
	my ($signal, $what) = @_;
	my ($postmaster) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
	my %doomed;

	# the slow name last, or it would be known before the others hang
	foreach my $state (reverse @states)
	{
		$doomed{$state} = TuyaSession->new($node);
		start_in($doomed{$state}, $state);
		wait_in($doomed{$state}, $state);
	}
	my @processes = split /\n/, $monitor->rows('SELECT pid FROM pg_stat_activity');
	my $began = time;

	kill $signal, $postmaster;
	wait_until('the backends are gone', sub { !grep { alive($_->pid) } values %doomed });
	my $ms = (time - $began) * 1000;

	ok($ms < END_MS, "$what: ends within @{[END_MS]} ms in every state") || diag("$ms ms");
	fails_with($doomed{$_}->finish, '57P01', "$_, $what: its SQLSTATE")
	  foreach grep { $signal eq 'INT' } @states;

	# a server starts only when init has seen the old one's end
	wait_until('all processes are gone',
		sub { !-e "/proc/$postmaster" && !grep { alive($_) } @processes });
	$_->quit foreach values %doomed, $monitor;
	pg_ctl('start');
	$monitor = TuyaSession->new($node);
	return;
}

end_with_server('INT', 'fast shutdown');
end_with_server('KILL', 'postmaster killed');

$monitor->quit;
$sim->stop;
$node->stop;
done_testing();
