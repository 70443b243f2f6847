
# TuyaTest - what the TAP tests share: simulators, a server with the extension,
# comparisons.  Works with the PostgreSQL::Test modules of 15 to 19.
#
#	my $sim = TuyaTest::Sim->start('--max-tls', '1.1');
#	$sim->set(latency_ms => 20);
#	my $node = tuya_node('main', $sim, concurrency => 4);
#	same_rows($node, 'SELECT ...', 'SELECT ...', 'what is promised');
#	is($sim->get('requests'), 1, 'one request');
#
# A simulator ends with the test, or with stop().  Every simulator that is stopped
# or left is asked at its end whether a request was signed wrongly or a nonce came
# twice, unless $sim->{expect_refusals} is set.

package TuyaTest;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use File::Basename qw(dirname);
use File::Spec;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(tuya_node option_list same_rows sim_path);

my $root = $ENV{TUYA_ROOT} || File::Spec->rel2abs(dirname(__FILE__) . '/../..');

# Path of a file of the simulator's.
sub sim_path
{
	my ($name) = @_;
	return "$root/test/sim/$name";
}

# OPTIONS (...) of a hash, quoted; options without a value are left out.
sub option_list
{
	my (%options) = @_;
	my @list;

	foreach my $name (sort keys %options)
	{
		my $value = $options{$name};

		next unless defined $value;
		$value =~ s/'/''/g;
		push @list, "$name '$value'";
	}
	return @list ? 'OPTIONS (' . join(', ', @list) . ')' : '';
}

# A running server with the extension, the foreign server "tuya" for the simulator,
# a user mapping, the foreign table ota_job and the simulator's rule in SQL.
# Further options are the foreign server's; undef takes a default one away.
sub tuya_node
{
	my ($name, $sim, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->append_conf('postgresql.conf', <<'CONF');
jit = off
dynamic_shared_memory_type = mmap
CONF
	$node->start;
	$node->safe_psql('postgres', slurp_file(sim_path('rule.sql')));
	my $server = option_list(
		endpoint => $sim->endpoint,
		ca_file => $sim->ca_file,
		%options);
	my $mapping = option_list(
		access_key_id => 'testid',
		access_key_secret => 'testsecret');
	$node->safe_psql(
		'postgres', qq{
		CREATE EXTENSION tuya_fdw;
		CREATE SERVER tuya FOREIGN DATA WRAPPER tuya_fdw $server;
		CREATE USER MAPPING FOR CURRENT_USER SERVER tuya $mapping;
		IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER tuya INTO public;
	});
	return $node;
}

# Tests that two queries have the same rows, however often each; both run once.
sub same_rows
{
	my ($node, $got, $wanted, $name) = @_;
	my $differing = $node->safe_psql(
		'postgres', qq{
		CREATE TEMP TABLE got AS $got;
		CREATE TEMP TABLE wanted AS $wanted;
		(SELECT 'unexpected' AS row_is, d.* FROM (TABLE got EXCEPT ALL TABLE wanted) d LIMIT 5)
		UNION ALL
		(SELECT 'missing', d.* FROM (TABLE wanted EXCEPT ALL TABLE got) d LIMIT 5);
	});

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is($differing, '', $name);
}

package TuyaTest::Sim;

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use POSIX ();
use Time::HiRes qw(usleep);

my %running;
my $started = 0;
my $certs;

# Directory with ca.pem, server.pem, server.key and the bad certificates.
sub certs
{
	return $certs if defined $certs;
	$certs = PostgreSQL::Test::Utils::tempdir();
	PostgreSQL::Test::Utils::system_or_bail('sh', TuyaTest::sim_path('make_certs.sh'), $certs);
	return $certs;
}

# Starts a simulator.  Arguments are the program's own; --cert and --key among
# them replace the good certificate.
sub start
{
	my ($class, @arguments) = @_;
	my $dir = certs();
	my $ready = "$dir/ready-" . ++$started;
	my @command = (
		TuyaTest::sim_path('tuya_sim'),
		'--cert', "$dir/server.pem", '--key', "$dir/server.key",
		'--die-with-parent', '--ready-file', $ready, @arguments);
	my $pid = fork();

	BAIL_OUT("cannot fork: $!") unless defined $pid;
	if ($pid == 0)
	{
		exec { $command[0] } @command or POSIX::_exit(127);
	}
	my $self = bless { pid => $pid, expect_refusals => 0 }, $class;
	$self->wait_until_ready($ready);
	$running{$pid} = $self;
	return $self;
}

sub wait_until_ready
{
	my ($self, $ready) = @_;

	foreach (1 .. 500)
	{
		last if -s $ready;
		BAIL_OUT('the simulator does not start') if waitpid($self->{pid}, 1) != 0;
		usleep(20_000);
	}
	foreach my $line (split /\n/, PostgreSQL::Test::Utils::slurp_file($ready))
	{
		$self->{$1} = $2 if $line =~ /^(\w+)=(\d+)$/;
	}
	return;
}

sub endpoint { my $self = shift; return "https://localhost:$self->{tls_port}/"; }
sub http_endpoint { my $self = shift; return "http://127.0.0.1:$self->{http_port}/"; }
sub ca_file { return certs() . '/ca.pem'; }

# Runs tuya_simctl; returns what it printed, dies if the simulator refused.
sub control
{
	my ($self, @words) = @_;

	open(my $pipe, '-|', TuyaTest::sim_path('tuya_simctl'), '-p', $self->{control_port}, @words)
	  or die "cannot run tuya_simctl: $!";
	my $output = do { local $/ = undef; <$pipe> };
	close($pipe) or die "tuya_simctl @words: failed";
	chomp $output if defined $output;
	return $output;
}

sub set
{
	my ($self, %settings) = @_;
	$self->control('set', map { "$_=$settings{$_}" } sort keys %settings);
	return;
}

# Counters or settings: the value of one name, the list of several.
sub get
{
	my ($self, @names) = @_;
	my @values = split(/\n/, $self->control('get', @names), -1);
	return @names == 1 ? $values[0] : @values;
}

# Defaults again, all counters 0.
sub reset { my $self = shift; $self->control('reset'); return; }

# Counters 0, settings as they are.
sub clear { my $self = shift; $self->control('clear'); return; }

sub stop
{
	my ($self) = @_;

	return unless delete $running{ $self->{pid} };
	unless ($self->{expect_refusals})
	{
		my ($bad, $repeated) = $self->get('bad_signatures', 'repeated_nonces');
		is("$bad $repeated", '0 0', 'no wrong signature, no repeated nonce');
	}
	kill 'TERM', $self->{pid};
	waitpid($self->{pid}, 0);
	return;
}

# The exit status is the test's own.
END
{
	my $status = $?;
	kill 'TERM', keys %running if %running;
	waitpid($_, 0) foreach keys %running;
	$? = $status;
}

1;
