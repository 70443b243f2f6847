
# Whatever a request hangs in, cancel, statement_timeout and terminate end it within
# 200 ms, and a session that goes on is whole.

use strict;
use warnings FATAL => 'all';

use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use TuyaHang qw(tries END_MS);
use TuyaNet;
use TuyaSession qw(fails_with wait_until alive busy memory_kib threads);
use TuyaTest;

use constant NAME_MS => 700;
# A first try makes what is kept; what malloc keeps besides depends on libraries.
use constant GROWTH_KIB_MAX => 4 * 1024;

my $report = PostgreSQL::Test::Utils::tempdir() . '/signals';
$ENV{LD_PRELOAD} = preload_library();
$ENV{PRELOAD_REPORT} = $report;

my $hang = TuyaHang->new('cancel', name_ms => NAME_MS);
my $sim = $hang->sim;

# Ends what hangs by a function of SQL; returns what became of it and how long that
# took, in ms.
sub signal
{
	my ($function, $session, $state) = @_;

	$hang->wait_in($session, $state);
	my $began = time;
	$hang->monitor->rows("SELECT $function(" . $session->pid . ')');
	my $result = $session->finish;
	wait_until('the backend is gone', sub { !alive($session->pid) }) if $function =~ /terminate/;
	return ($result, (time - $began) * 1000);
}

my %end = (
	pg_cancel_backend => sub { return signal('pg_cancel_backend', @_); },
	pg_terminate_backend => sub { return signal('pg_terminate_backend', @_); },
	statement_timeout => sub {
		my ($session, $state) = @_;
		my $result = $session->finish;
		ok($hang->was_in($state), "$state, statement_timeout: it was in that state");
		return ($result, $result->{seconds} * 1000 - $hang->after_ms($state));
	});

# One try; returns how long it took to end.
sub try
{
	my ($session, $state, $by) = @_;
	my $timeout = $by eq 'statement_timeout' ? $hang->after_ms($state) : 0;

	$session->rows("SET statement_timeout = $timeout");
	$hang->start($session, $state);
	my ($result, $ms) = $end{$by}->($session, $state);
	fails_with($result, $by eq 'pg_terminate_backend' ? '57P01' : '57014', "$state, $by: its SQLSTATE");
	return $ms;
}

sub ends_at_once
{
	my ($what, @ms) = @_;

	cmp_ok(max(@ms), '<', END_MS * busy(), "$what: ends within @{[END_MS]} ms, each of @{[scalar @ms]} times");
	note("$what: " . join(' ', map { sprintf '%.0f ms', $_ } @ms));
	return;
}

# In one session, which goes on.
sub ends_statement
{
	my ($state, $by) = @_;
	my ($session, $descriptors) = $hang->warm_session($state);
	my @ms = try($session, $state, $by);
	my $memory = memory_kib($session->pid);

	push @ms, try($session, $state, $by) foreach 2 .. tries();
	ends_at_once("$state, $by", @ms);
	$session->rows('RESET statement_timeout');
	cmp_ok(memory_kib($session->pid) - $memory, '<', GROWTH_KIB_MAX, "$state, $by: memory does not grow");
	$hang->is_usable($session, $state, "$state, $by", $descriptors);
	$session->quit;
	return;
}

# Each time in a session of its own.
sub ends_session
{
	my ($state) = @_;
	my @ms;

	foreach (1 .. tries())
	{
		my $session = TuyaSession->new($hang->node);

		push @ms, try($session, $state, 'pg_terminate_backend');
		$session->quit;
	}
	ends_at_once("$state, pg_terminate_backend", @ms);
	wait_until('no connection is left', sub { $sim->get('open_connections') == 0 });
	is($sim->get('in_flight'), 0, "$state, pg_terminate_backend: nothing is left in progress");
	return;
}

foreach my $state (TuyaHang->states)
{
	ends_statement($state, $_) foreach qw(pg_cancel_backend statement_timeout);
	ends_session($state);
}
ok(-s $report && slurp_file($report) !~ /open/, 'resolver threads never run signal handlers');

# --- the resolver thread ends in the middle of another statement
my $session = TuyaSession->new($hang->node);
$hang->start($session, 'name');
$hang->wait_in($session, 'name');
kill 'INT', $session->pid;
$session->finish;
is($session->rows('SELECT pg_sleep(' . (NAME_MS / 1000 + 0.2) . ')'), '', 'a thread that ends late');
is($session->rows(lookup_sql('ota_job', 'd:3')), 3, 'does no harm');
# libcurl 8.20 and later keep theirs for some seconds
wait_until('no thread is left', sub { threads($session->pid) == 1 });
$session->quit;

$hang->stop;
done_testing();
