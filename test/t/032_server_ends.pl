
# What hangs ends within 200 ms when its client is gone, when the server is shut down
# fast, and when the postmaster is killed; a smart shutdown lets it finish.

use strict;
use warnings FATAL => 'all';

use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use TuyaHang qw(tries END_MS);
use TuyaNet;
use TuyaSession qw(busy fails_with wait_until alive);
use TuyaTest;

use constant CHECK_MS => 100;

# The name takes so long that it is not known when all others hang.
$ENV{LD_PRELOAD} = preload_library();
my $hang = TuyaHang->new('ends', name_ms => 20_000);
my ($sim, $node) = ($hang->sim, $hang->node);

# --- client gone
foreach my $state (qw(head back_off rate_limit lookahead_h1 lookahead_h2))
{
	my @ms;

	foreach (1 .. tries())
	{
		my $session = TuyaSession->new($node);

		$session->rows('SET client_connection_check_interval = ' . CHECK_MS);
		$hang->start($session, $state);
		$hang->wait_in($session, $state);
		my $began = time;
		kill 'KILL', $session->client_pid;
		wait_until('the backend is gone', sub { !alive($session->pid) });
		push @ms, (time - $began) * 1000;
		$session->quit;
	}
	cmp_ok(max(@ms), '<', CHECK_MS + END_MS * busy(),
		"$state, client gone: ends within @{[END_MS]} ms of the interval, each time");
	note(join ' ', map { sprintf '%.0f ms', $_ } @ms);
	wait_until('no connection is left', sub { $sim->get('open_connections') == 0 });
	is($sim->get('in_flight'), 0, "$state, client gone: nothing is left in progress");
}

# --- the whole server ends; its commands are given directly, to see the backend's end
sub pg_ctl
{
	system_or_bail('pg_ctl', '-s', '-D', $node->data_dir, '-l', $node->logfile, @_);
	return;
}

sub postmaster
{
	my ($pid) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
	return $pid;
}

# Waits for the end of those processes and starts the server again, which it does
# only when init has seen the old one's end.
sub start_again
{
	my ($postmaster, @processes) = @_;

	wait_until('all processes are gone',
		sub { !-e "/proc/$postmaster" && !grep { alive($_) } @processes });
	$hang->monitor->quit;
	pg_ctl('-w', 'start');
	$hang->new_monitor;
	return;
}

# Tests that a signal to the postmaster ends backends in all of the states.
sub end_with_server
{
	my ($signal, $what) = @_;
	my $postmaster = postmaster();
	my %doomed;

	foreach my $state (TuyaHang->states)
	{
		$doomed{$state} = TuyaSession->new($node);
		$hang->start($doomed{$state}, $state);
		$hang->wait_in($doomed{$state}, $state, 'others');
	}
	my @processes = split /\n/, $hang->monitor->rows('SELECT pid FROM pg_stat_activity');
	my $began = time;

	kill $signal, $postmaster;
	wait_until('the backends are gone', sub { !grep { alive($_->pid) } values %doomed });
	my $ms = (time - $began) * 1000;

	cmp_ok($ms, '<', END_MS * busy(), "$what: ends within @{[END_MS]} ms in every state");
	note("$what: $ms ms");
	foreach my $state (TuyaHang->states)
	{
		my $result = $doomed{$state}->finish;

		fails_with($result, '57P01', "$state, $what: its SQLSTATE") if $signal eq 'INT';
		is($result->{sqlstate}, 'lost', "$state, $what: it hung until then") if $signal eq 'KILL';
		$doomed{$state}->quit;
	}
	wait_until('no connection is left', sub { $sim->get('open_connections') == 0 });
	is($sim->get('in_flight'), 0, "$what: nothing is left in progress");
	start_again($postmaster, @processes);
	return;
}

end_with_server('INT', 'fast shutdown');
end_with_server('KILL', 'postmaster killed');

# --- smart shutdown
my $postmaster = postmaster();
my $session = TuyaSession->new($node);

$sim->reset;
$sim->set(latency_ms => 150);
$session->start(lookup_sql('ota_job', 'd:2000'));
wait_until('the statement has begun', sub { $sim->get('requests') > 0 });
pg_ctl('-m', 'smart', '-W', 'stop');
my $result = $session->finish;
is($result->{text}, "2000\n", 'smart shutdown: the statement finishes, and is right');
is($sim->get('requests'), 20, 'with no request more');
$session->quit;
$hang->monitor->quit;
wait_until('the server has ended', sub { !-e "/proc/$postmaster" });
is($sim->get('open_connections'), 0, 'then the server ends');
pg_ctl('-w', 'start');
$hang->new_monitor;

$hang->stop;
done_testing();
