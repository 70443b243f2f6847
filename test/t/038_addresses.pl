
# A name with several addresses, of which the first is dead: that costs a part of
# connect_timeout, and nothing else.  Nothing is tried again here, so what is answered has
# taken less than connect_timeout.

use strict;
use warnings FATAL => 'all';

use IO::Socket::IP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Socket qw(SOMAXCONN);
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with wait_until);
use TuyaTest;

use constant CONNECT_S => 4;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('addresses', $sim);
{
	local $ENV{LD_PRELOAD} = preload_library();
	$node->restart;
}
my $session = TuyaSession->new($node);

# Nothing answers there any more: the queue of the listening socket is full, so that some
# connect without end.
sub kill_address
{
	my ($address) = @_;
	my @port = (LocalPort => $sim->{tls_port}, LocalAddr => $address);
	my $listener = IO::Socket::IP->new(@port, Listen => 1) or return;
	my @queue = map {
		IO::Socket::IP->new(PeerAddr => $address, PeerPort => $sim->{tls_port}, Blocking => 0)
	} 1 .. 8;

	my $file = $address =~ /:/ ? '/proc/net/tcp6' : '/proc/net/tcp';
	my $syn_sent = sprintf ':%04X 02 ', $sim->{tls_port};

	wait_until("$address is dead", sub { slurp_file($file) =~ /$syn_sent/ });
	return [ $listener, @queue ];
}

# Asks over a new connection.
sub is_answered
{
	my ($name) = @_;

	$sim->reset;
	my $result = $session->run(lookup_sql($name, 'd:3'));
	is("$result->{sqlstate} $result->{text}", "00000 3\n", "$name: answered");
	is($sim->get('requests'), 1, "$name: with one request");
	return;
}

sub add
{
	my ($name, $host, %options) = @_;
	add_remote($node, $name, endpoint => "https://$host:$sim->{tls_port}/", ca_file => $sim->ca_file,
		connect_timeout => CONNECT_S . 's', retries => 0, %options);
	return;
}

# --- where the first is refused at once: its part of the time would be minutes
add('alive', 'two-v4.test', connect_timeout => '1h', request_timeout => '1h', lookup_timeout => '1h');
is_answered('alive');

# --- where it is dead
my $dead = kill_address('127.0.0.2');
ok($dead, '127.0.0.2 is dead');
add('two_v4', 'two-v4.test');
is_answered('two_v4');
is($session->rows(lookup_sql('two_v4', 'd:3')), 3, 'and then a connection is kept');
is(join(' ', $sim->get('connections', 'requests')), '1 2', 'for which nothing is tried again');

SKIP:
{
	my $dead_v6 = kill_address('::1');
	skip('no IPv6 here', 2) unless $dead_v6;
	add('v6_v4', 'v6-v4.test');
	is_answered('v6_v4');
}

# --- one address has all of connect_timeout, and it is connect_timeout that is reported
add('single', '127.0.0.2');
my $result = $session->run(lookup_sql('single', 'd:3'));
fails_with($result, 'HV00N', 'one address, which is dead', qr/timed out/, qr/while connecting/,
	qr/connect_timeout/);
cmp_ok($result->{seconds}, '>=', CONNECT_S, 'after connect_timeout');

$session->quit;
$sim->stop;
$node->stop;
done_testing();
