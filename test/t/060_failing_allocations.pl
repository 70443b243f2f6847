# An allocation that fails, whichever it is, ends in rows that are right or in an error that
# says so; the session lives on, and its next statement is right.
#
# TUYA_SOAK=1: 640 of them instead of 104.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaFailing;
use TuyaSession;
use TuyaTest;

use constant TRIES => $ENV{TUYA_SOAK} ? 640 : 104;

my $failing = TuyaFailing->prepare;
my $sim = TuyaTest::Sim->start;
my $node = tuya_node('failing', $sim, lookup_timeout => '20s');
my $query = failing_query($node);
my %seen;

# The session's query with that allocation failing, then without.
sub try_one
{
	my ($session, $kind, $n) = @_;

	$failing->arm($session->pid, $n);
	my $result = $session->run($query);
	my $failed = $failing->disarm;
	my $wrong = judge($result);
	$seen{ $failed ? $result->{sqlstate} : 'none failed' }++;
	return $wrong if $result->{sqlstate} eq 'lost';
	$result = $session->run($query);
	return $wrong if is_right($result);
	return join "\n", grep { defined } $wrong, "the next statement: $result->{text}";
}

# How many allocations the query takes in that session.
sub count_allocations
{
	my ($session) = @_;

	$failing->arm($session->pid, 1 << 60);
	die 'the query is not right' unless is_right($session->run($query));
	return $failing->count;
}

sub try_all
{
	my ($kind, $tries, $get_session) = @_;
	my $count = count_allocations($get_session->());
	my @wrong;

	foreach my $i (0 .. $tries - 1)
	{
		my $n = 1 + int($i * $count / $tries);
		my $session = $get_session->();
		my $wrong = try_one($session, $kind, $n);
		next unless defined $wrong;
		push @wrong, "$kind, allocation $n of $count: $wrong";
		last if @wrong == 20;
	}
	is(join("\n", @wrong), '', "$tries of $count allocations that fail, $kind");
	return;
}

foreach my $http2 (1, 0)
{
	my $session;

	$sim->set(http2 => $http2);
	my $new = sub {
		$session->quit if $session;
		return $session = TuyaSession->new($node);
	};
	# a crash would end the session
	my $same = sub {
		return $session && TuyaSession::alive($session->pid) ? $session : $new->();
	};
	my $version = 'HTTP/' . ($http2 ? '2' : '1.1');

	try_all("$version, cold", TRIES / 4, $new);
	try_all("$version, warm", TRIES / 8, $same);
	$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD keep_connections 'off')});
	try_all("$version, new connections", TRIES / 8, $same);
	$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (DROP keep_connections)});
	$session->quit;
}
finish_failing($node, $sim, \%seen);
