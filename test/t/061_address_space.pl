# However little memory the system leaves a session, it says so or is right, and
# its next statement, with memory again, is right: limits of the address space from what
# it has to what it would take.
#
# TUYA_SOAK=1: 200 limits, cold and warm each, instead of 20.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaFailing;
use TuyaSession;
use TuyaTest;

use constant LIMITS => $ENV{TUYA_SOAK} ? 200 : 20;

plan skip_all => 'no prlimit here' if system('prlimit --version >/dev/null 2>&1') != 0;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('limited', $sim, lookup_timeout => '20s');
my $query = failing_query($node);
my %seen;

sub size_kib
{
	my ($pid, $what) = @_;

	return slurp_file("/proc/$pid/status") =~ /^$what:\s+(\d+) kB/m ? $1 : die $what;
}

sub limit
{
	my ($pid, $kib) = @_;
	my $bytes = defined $kib ? $kib * 1024 : 'unlimited';

	PostgreSQL::Test::Utils::system_or_bail('prlimit', '--pid', $pid, "--as=$bytes:unlimited");
	return;
}

# What is wrong with the query under that limit or with the next without, undef if nothing is.
sub try_one
{
	my ($session, $more_kib) = @_;

	limit($session->pid, size_kib($session->pid, 'VmSize') + $more_kib);
	my $result = $session->run($query);
	my $wrong = judge($result);
	$seen{ $result->{sqlstate} }++;
	return $wrong if $result->{sqlstate} eq 'lost';
	limit($session->pid, undef);
	$result = $session->run($query);
	return $wrong if is_right($result);
	return join "\n", grep { defined } $wrong, "the next statement: $result->{text}";
}

sub try_all
{
	my ($kind, $most_kib, $get_session) = @_;
	my @wrong;

	foreach my $i (0 .. LIMITS - 1)
	{
		my $more_kib = int($most_kib * $i / LIMITS);
		my $wrong = try_one($get_session->(), $more_kib);

		push @wrong, "$kind, $more_kib kB more: $wrong" if defined $wrong;
		last if @wrong == 20;
	}
	is(join("\n", @wrong), '', LIMITS . " limits to $most_kib kB more, $kind");
	return;
}

my $session;
my $new = sub {
	$session->quit if $session;
	return $session = TuyaSession->new($node);
};
my $same = sub {
	return TuyaSession::alive($session->pid) ? $session : $new->();
};

# What a first statement takes, and somewhat more.
$new->();
my $before_kib = size_kib($session->pid, 'VmSize');
die 'the query is not right' unless is_right($session->run($query));
my $most_kib = int(1.1 * (size_kib($session->pid, 'VmPeak') - $before_kib));

try_all('cold', $most_kib, $new);
try_all('warm', 6000, $same);
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD keep_connections 'off')});
try_all('new connections', $most_kib, $same);
$session->quit;
finish_failing($node, $sim, \%seen);
