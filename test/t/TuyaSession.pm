
# TuyaSession - a psql whose statements run while the test goes on.
#
#	my $session = TuyaSession->new($node);
#	my $result = $session->run('SELECT 1');		# {text, sqlstate, seconds}
#	$session->start('SELECT pg_sleep(10)');
#	kill 'INT', $session->pid;
#	$result = $session->finish;					# sqlstate is 57014
#
# text is all that psql showed, errors with SQLSTATE, DETAIL and HINT included;
# sqlstate is 00000, the error's, or `lost` when the connection ended; seconds is
# from the start of the statement to its end.  Sees to it that no test hangs.

package TuyaSession;

use strict;
use warnings FATAL => 'all';

use Errno;
use Exporter 'import';
use IO::Select;
use IPC::Open3;
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(clock sleep time);

our @EXPORT_OK = qw(fails_with wait_until busy alive descriptors threads memory_kib);

# No statement of a test takes longer, however busy the machine; nor does any state
# take longer to come about.
use constant PATIENCE_S => 300;
use constant STATE_PATIENCE_S => 60;

# Further arguments are psql's own, say -d 'connection string'.
sub new
{
	my ($class, $node, @arguments) = @_;
	my ($in, $out);
	my @psql = (
		$node->installed_command('psql'), '-XqAt', '-v', 'VERBOSITY=verbose',
		'-d', $node->connstr('postgres'), @arguments);
	my $psql = open3($in, $out, undef, @psql);
	my $self = bless {
		psql => $psql, in => $in, out => $out,
		select => IO::Select->new($out), buffer => '', transcript => ''
	}, $class;

	$in->autoflush(1);
	$self->{pid} = $self->run('SELECT pg_backend_pid()')->{text};
	chomp $self->{pid};
	return $self;
}

# Runs statements in a session of their own.  Returns the last one's result, and all that was shown.
sub run_apart
{
	my ($node, @statements) = @_;
	my $session = __PACKAGE__->new($node);
	my $result;

	$result = $session->run($_) foreach @statements;
	$session->quit;
	return ($result, $session->transcript);
}

# Process id of the backend.
sub pid { my $self = shift; return $self->{pid}; }

# Process id of psql.
sub client_pid { my $self = shift; return $self->{psql}; }

# All that psql has shown since the session began.
sub transcript { my $self = shift; return $self->{transcript}; }

# Sends statements and psql commands; finish() returns how the last one ended.
sub start
{
	my ($self, $sql) = @_;

	local $SIG{PIPE} = 'IGNORE';
	$self->{began} = time;
	print { $self->{in} } "$sql\n;\n\\warn <<< :SQLSTATE >>>\n";
	return;
}

# Waits for the end of what was started.
sub finish
{
	my ($self) = @_;
	my $deadline = time + PATIENCE_S;
	my $state;

	until (defined $state)
	{
		BAIL_OUT("a statement does not end; so far: $self->{buffer}") if time > $deadline;
		# a signal, say of a child that has ended, is neither an end nor a time-out
		next unless $self->{select}->can_read(1);
		my $n = sysread($self->{out}, $self->{buffer}, 65536, length $self->{buffer});
		next unless defined $n || !$!{EINTR};
		$state = $1 if $self->{buffer} =~ s/^<<< (\w+) >>>\n//m;
		$state = 'lost' unless $n;
	}
	my $seconds = time - $self->{began};
	my $text = $self->{buffer};

	$self->{buffer} = '';
	$self->{transcript} .= $text;
	return { text => $text, sqlstate => $state, seconds => $seconds };
}

sub run
{
	my ($self, $sql) = @_;

	$self->start($sql);
	return $self->finish;
}

# The rows of a statement, which must succeed.
sub rows
{
	my ($self, $sql) = @_;
	my $result = $self->run($sql);

	BAIL_OUT(("$result->{text} (of $sql)") =~ s/\s+/ /gr) unless $result->{sqlstate} eq '00000';
	chomp $result->{text};
	return $result->{text};
}

sub quit
{
	my ($self) = @_;

	local $SIG{PIPE} = 'IGNORE';
	# its input does not end while a process forked meanwhile, a proxy, has the other end
	print { $self->{in} } "\\q\n";
	close $self->{in};
	waitpid $self->{psql}, 0;
	return;
}

# Tests that a result is an error of that SQLSTATE which says all of that.
sub fails_with
{
	my ($result, $sqlstate, $name, @says) = @_;
	my @unsaid = grep { $result->{text} !~ $_ } qr/(ERROR|FATAL):  $sqlstate: /, @says;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok(!@unsaid, $name) || diag("does not match @unsaid: $result->{text}");
}

# Waits until the function returns true; if it never does, that is a failed test.
sub wait_until
{
	my ($what, $function) = @_;
	my $deadline = time + STATE_PATIENCE_S;

	while (time < $deadline)
	{
		return 1 if $function->();
		sleep 0.005;
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return fail("waited until $what");
}

# How many times as long as on a machine at rest what uses the CPU takes just now, for
# tests that say how soon something happens.
sub busy
{
	my ($began, $cpu) = (time, clock());

	1 while clock() - $cpu < 0.05;
	return max(1, (time - $began) / (clock() - $cpu));
}

# Whether a process still runs; one that nobody has waited for does not.
sub alive
{
	my ($pid) = @_;

	open(my $stat, '<', "/proc/$pid/stat") or return 0;
	my $line = <$stat> // '';
	return $line =~ /\) [^ZX] / ? 1 : 0;
}

# Number of open descriptors of a process; PostgreSQL keeps files open as it likes.
sub descriptors
{
	my ($pid) = @_;

	return scalar grep { (readlink($_) // '/') !~ m{^/} } glob "/proc/$pid/fd/*";
}

# Number of threads of a process.
sub threads
{
	my ($pid) = @_;
	my @threads = glob "/proc/$pid/task/*";

	return scalar @threads;
}

# Memory of a process that is its own.
sub memory_kib
{
	my ($pid) = @_;

	open(my $status, '<', "/proc/$pid/status") or die "/proc/$pid/status: $!";
	my ($memory) = map { /^RssAnon:\s+(\d+) kB/ } <$status>;
	close $status;
	return $memory;
}

1;
