
# TuyaNet - what tests put between the extension and its service: proxies, slow
# names, other authorities; and further foreign servers.

package TuyaNet;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils ();
use TuyaTest qw(option_list);

our @EXPORT = qw(add_remote lookup_sql preload_library);

# A foreign server of that name, with a user mapping and a foreign table of the
# same name.
sub add_remote
{
	my ($node, $name, %options) = @_;
	my $server = option_list(%options);

	$node->safe_psql(
		'postgres', qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER tuya_fdw $server;
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name
			OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
		CREATE FOREIGN TABLE $name (product_key text NOT NULL, device_name text NOT NULL,
			firmware_id text NOT NULL, job_id text NOT NULL, job_status text) SERVER $name;
	});
	return;
}

# A query for the number of jobs of one device, all of whose pages it needs; `d:N`
# has N of them.
sub lookup_sql
{
	my ($table, $device) = @_;

	return "SELECT count(DISTINCT job_id) FROM $table WHERE product_key = 'p' "
	  . "AND device_name = '$device' AND firmware_id = '1'";
}

# Builds preload.c; to be LD_PRELOADed by a server.
sub preload_library
{
	my $library = PostgreSQL::Test::Utils::tempdir() . '/preload.so';

	PostgreSQL::Test::Utils::system_or_bail($ENV{CC} || 'gcc', '-shared', '-fPIC', '-O1',
		'-o', $library, dirname(__FILE__) . '/preload.c', '-ldl');
	return $library;
}

# --- a proxy ------------------------------------------------------------------
#
#	my $proxy = TuyaNet::Proxy->start('connect');
#	$proxy->url('http');
#	$proxy->seen;					# what it was asked for, a line each
#	$proxy->settle;					# waits until all that was sent to it is read, and answered
#	$proxy->swallow;				# from now on nothing comes through what stands
#	$proxy->hold; $proxy->pass;		# what the service says waits in between, then comes at once
#	$proxy->spoil('service');		# the next that it says, or 'client', comes through as another byte

package TuyaNet::Proxy;

use strict;
use warnings FATAL => 'all';

use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes ();
use Socket qw(AF_UNIX PF_UNSPEC SOCK_STREAM);

use constant SETTLE_PATIENCE_S => 60;

my %running;
# while this file is there, what the service says is not read
my $held;
# what that side says is spoiled: to the name of a file, which is there until it happens
my %spoiled;

# Kinds: `connect` is a proxy of HTTP, `tls` one behind TLS that serves one connection
# after the other and needs the directory of certificates, `socks` one of SOCKS 5, `refuse`
# a proxy of HTTP that refuses, `record` none: it notes a request's head and closes.
# `path` is none either, but a way to the port that the argument is, and so is `far`,
# by which whatever the service says comes 0.1 s later; `clear` answers
# whatever comes like a server of HTTP without TLS, and `openssl` is `openssl s_server`
# with the options that the argument lists.  `send` reads nothing but sends its argument's
# first bytes, and then others again and again, with pauses; or nothing.  `answer` calls
# its argument, in a process of its own, with the client and a request's head.
sub start
{
	my ($class, $kind, $argument) = @_;
	my $listener = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1')
	  or die "cannot listen: $!";
	my $log = PostgreSQL::Test::Utils::tempdir() . '/seen';

	socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die $!;
	my $port = $listener->sockport;
	my $self = bless { port => $port, log => $log, held => "$log.held", control => $ours }, $class;
	$self->{spoiled} = { map { $_ => "$log.$_" } qw(service client) };

	PostgreSQL::Test::Utils::append_to_file($log, '');
	# openssl listens by itself
	close $listener if $kind =~ /^(tls|openssl)$/;
	my $pid = fork() // die "cannot fork: $!";
	if ($pid == 0)
	{
		setpgrp;
		$held = $self->{held};
		%spoiled = %{ $self->{spoiled} };
		# no END block or object of the test's may run in here
		eval {
			$kind eq 'openssl' ? serve_openssl($argument, $port) :
			  $kind eq 'tls' ? serve_tls($argument, $port, $log) :
			  serve_all($kind, $listener, $theirs, $log, $argument);
		};
		POSIX::_exit(0);
	}
	$running{$pid} = 1;
	wait_until_listening($port);
	$self->{pid} = $pid;
	return $self;
}

# Without connecting, since openssl takes a single connection.
sub wait_until_listening
{
	my ($port) = @_;
	my $row = sprintf ': 0100007F:%04X 00000000:0000 0A', $port;

	foreach (1 .. 500)
	{
		return if PostgreSQL::Test::Utils::slurp_file('/proc/net/tcp') =~ $row;
		select undef, undef, undef, 0.01;
	}
	die 'the proxy does not listen';
}

sub url
{
	my ($self, $scheme, $host) = @_;
	return "$scheme://" . ($host // '127.0.0.1') . ":$self->{port}";
}

sub seen { my $self = shift; return PostgreSQL::Test::Utils::slurp_file($self->{log}); }

# A statement may end while a request of its is on the way: sent, but not read yet.  Of connections
# that were made before, each has ended when this returns; a client that says nothing is waited for.
sub settle
{
	my ($self) = @_;

	syswrite $self->{control}, '.';
	IO::Select->new($self->{control})->can_read(SETTLE_PATIENCE_S) or die 'the proxy has clients still';
	sysread $self->{control}, my $settled, 1;
	return;
}

# All connections that stand stay open, but nothing comes through any more, either way,
# as when a router in between has forgotten them.  New ones are well.
sub swallow { my $self = shift; kill 'USR1', -$self->{pid}; return; }

sub hold { my $self = shift; PostgreSQL::Test::Utils::append_to_file($self->{held}, ''); return; }
sub pass { my $self = shift; unlink $self->{held}; return; }

# Its last byte, so that a record of TLS has another check value.
sub spoil { my ($self, $side) = @_; PostgreSQL::Test::Utils::append_to_file($self->{spoiled}{$side}, ''); return; }

sub serve_all
{
	my ($kind, $listener, $control, $log, $argument) = @_;
	my $parent = getppid();
	my $select = IO::Select->new($listener, $control);

	$SIG{CHLD} = $SIG{USR1} = 'IGNORE';
	while (getppid() == $parent)
	{
		my @ready = $select->can_read(0.5);

		next unless @ready;
		unless (grep { $_ == $listener } @ready)
		{
			answer_settled($control);
			next;
		}
		my $client = $listener->accept or next;
		my $pid = fork();

		serve($kind, $client, $log, $argument) if defined $pid && $pid == 0;
		POSIX::_exit(0) if defined $pid && $pid == 0;
	}
	return;
}

# Nobody is left to be accepted.  Children that are ignored are waited for all at once.
sub answer_settled
{
	my ($control) = @_;

	sysread($control, my $asked, 1) or POSIX::_exit(0);
	1 while wait() > 0;
	syswrite $control, $asked;
	return;
}

# Perl has no TLS of its own, so openssl stands between the client and a pipe.
sub serve_tls
{
	my ($certs, $port, $log) = @_;
	my $parent = getppid();

	while (getppid() == $parent)
	{
		socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die $!;
		my $pid = fork() // die "cannot fork: $!";
		if ($pid == 0)
		{
			open(STDIN, '<&', $theirs) or POSIX::_exit(1);
			open(STDOUT, '>&', $theirs) or POSIX::_exit(1);
			close $ours;
			exec 'openssl', 's_server', '-quiet', '-naccept', '1', '-accept', "127.0.0.1:$port",
			  '-cert', "$certs/server.pem", '-key', "$certs/server.key";
		}
		close $theirs;
		serve('connect', $ours, $log);
		close $ours;
		waitpid $pid, 0;
	}
	return;
}

sub serve_openssl
{
	my ($options, $port) = @_;

	open(STDIN, '<', '/dev/null') or POSIX::_exit(1);
	open(STDOUT, '>', '/dev/null') or POSIX::_exit(1);
	open(STDERR, '>', '/dev/null') or POSIX::_exit(1);
	exec 'openssl', 's_server', '-quiet', '-www', '-accept', "127.0.0.1:$port", @$options;
}

sub note
{
	my ($log, $line) = @_;

	open(my $file, '>>', $log) or die "$log: $!";
	syswrite $file, "$line\n";
	close $file;
	return;
}

sub serve
{
	my ($kind, $client, $log, $argument) = @_;

	return serve_path($client, $argument) if $kind eq 'path';
	return serve_path($client, $argument, 0.1) if $kind eq 'far';
	return serve_socks($client, $log) if $kind eq 'socks';
	return serve_send($client, %$argument) if $kind eq 'send';
	my $head = '';

	if ($kind eq 'clear')
	{
		sysread($client, $head, 4096);
		syswrite $client, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
		return;
	}
	until ($head =~ /\r\n\r\n/)
	{
		sysread($client, $head, 4096, length $head) or return;
	}
	return $argument->($client, $head) if $kind eq 'answer';
	note($log, $kind eq 'record' ? $head : $head =~ /^(.*?) HTTP/);
	return if $kind eq 'record';
	if ($kind eq 'refuse' || $head !~ /^CONNECT ([\w.]+):(\d+) /)
	{
		syswrite $client, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
		return;
	}
	my $server = IO::Socket::INET->new(PeerAddr => $1, PeerPort => $2) or return;
	syswrite $client, "HTTP/1.1 200 OK\r\n\r\n";
	return relay($client, $server);
}

sub take
{
	my ($client, $bytes) = @_;
	my $data = '';

	while (length $data < $bytes)
	{
		sysread($client, $data, $bytes - length $data, length $data) or return '';
	}
	return $data;
}

sub serve_socks
{
	my ($client, $log) = @_;
	my (undef, $methods) = unpack('CC', take($client, 2));

	take($client, $methods);
	syswrite $client, "\x05\x00";
	my (undef, undef, undef, $type) = unpack('C4', take($client, 4));
	my $host =
	  $type == 3 ? take($client, unpack('C', take($client, 1))) : join('.', unpack('C4', take($client, 4)));
	my $port = unpack('n', take($client, 2));

	note($log, ($type == 3 ? 'name' : 'address') . " $host:$port");
	my $server = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port);
	syswrite $client, pack('C4 a4 n', 5, $server ? 0 : 5, 0, 1, "\0" x 4, 0);
	return $server ? relay($client, $server) : undef;
}

sub serve_path
{
	my ($client, $port, $delay_s) = @_;
	my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or return;

	$SIG{USR1} = sub { sleep 1000; };
	return relay($client, $server, $delay_s);
}

sub serve_send
{
	my ($client, %what) = @_;
	my $ignored;

	syswrite $client, $what{first} if $what{first};
	while ($what{then})
	{
		syswrite($client, $what{then}) or return;
		select undef, undef, undef, $what{pause_s} if $what{pause_s};
	}
	1 while sysread $client, $ignored, 65536;
	return;
}

# Copies both ways until one side ends.
sub relay
{
	my ($client, $server, $delay_s) = @_;
	my $select = IO::Select->new($client, $server);

	while (my @ready = $select->can_read)
	{
		foreach my $from (@ready)
		{
			my $to = $from == $client ? $server : $client;
			my $data;

			Time::HiRes::sleep(0.005) while $from == $server && -e $held;
			return unless sysread($from, $data, 65536);
			substr($data, -1) ^= "\x01" if unlink $spoiled{ $from == $server ? 'service' : 'client' };
			Time::HiRes::sleep($delay_s) if $delay_s && $from == $server;
			while (length $data)
			{
				my $n = syswrite($to, $data) or return;
				substr($data, 0, $n, '');
			}
		}
	}
	return;
}

# The exit status is the test's own.
END
{
	my $status = $?;
	kill 'KILL', map { -$_ } keys %running;
	waitpid($_, 0) foreach keys %running;
	$? = $status;
}

1;
