
# Whom TLS trusts: the authorities in ca_file as it is now, and nobody else.

use strict;
use warnings FATAL => 'all';

use File::Copy qw(copy);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with);
use TuyaTest;

use constant CONNECTIONS => 32;

my $certs = TuyaTest::Sim->certs;
my $dir = PostgreSQL::Test::Utils::tempdir();
my $ca_file = "$dir/authority.pem";
my $report = "$dir/opened";
my $authorities = "$dir/system";
my %authority = (ours => slurp_file("$certs/ca.pem"), theirs => slurp_file("$certs/other_ca.pem"));

# What a file may have around its certificates; with it the two have one size.
my ($longest) = sort { $b <=> $a } map { length } values %authority;
$_ .= '#' x ($longest - length) . "\n" foreach values %authority;

# Ways to replace ca_file.
my $spares = 0;
my %replace = (
	'a new file' => sub {
		append_to_file("$ca_file.new", $_[0]);
		rename "$ca_file.new", $ca_file or die $!;
	},
	'other bytes' => sub {
		open(my $file, '+<', $ca_file) or die $!;
		syswrite $file, $_[0];
		close $file;
	},
	'another target of a link' => sub {
		my $target = "$dir/target" . ++$spares;

		append_to_file($target, $_[0]);
		symlink $target, "$ca_file.new" or die $!;
		rename "$ca_file.new", $ca_file or die $!;
	});

# The system's authorities: ours, as a file and as a directory.
mkdir $authorities or die $!;
copy("$certs/ca.pem", "$authorities/ca-certificates.crt") or die $!;
my ($hash) = run_command([ 'openssl', 'x509', '-hash', '-noout', '-in', "$certs/ca.pem" ]);
copy("$certs/ca.pem", "$authorities/$hash.0") or die $!;
append_to_file($ca_file, $authority{ours});
append_to_file($report, '');

my %sim = (
	ours => TuyaTest::Sim->start,
	theirs => TuyaTest::Sim->start('--cert', "$certs/other.pem", '--key', "$certs/other.key"));
my $node = tuya_node('authorities', $sim{ours});
{
	local $ENV{LD_PRELOAD} = preload_library();
	local $ENV{PRELOAD_CERTS} = $authorities;
	local $ENV{PRELOAD_REPORT} = $report;
	local $ENV{PRELOAD_WATCH} = $ca_file;
	# they would name the other authority; nobody asks them
	local $ENV{SSL_CERT_FILE} = "$certs/other_ca.pem";
	local $ENV{SSL_CERT_DIR} = $certs;
	local $ENV{CURL_CA_BUNDLE} = "$certs/other_ca.pem";
	$node->restart;
}

add_remote($node, $_, endpoint => $sim{$_}->endpoint, ca_file => $ca_file, concurrency => CONNECTIONS)
  foreach qw(ours theirs);
my $session = TuyaSession->new($node);

sub is_trusted
{
	my ($name, $what) = @_;

	$sim{$name}->clear;
	is($session->rows(lookup_sql($name, 'd:3')), 3, $what);
	is($sim{$name}->get('requests'), 1, "$what: with one request");
	return;
}

sub is_refused
{
	my ($name, $what, @says) = @_;

	$sim{$name}->clear;
	fails_with($session->run(lookup_sql($name, 'd:3')), 'HV00N', $what, qr/secure connection/, @says);
	is($sim{$name}->get('requests'), 0, "$what: without a request");
	return;
}

# --- a file that is replaced, while a connection is kept and a TLS session could go on
foreach my $http2 (0, 1)
{
	$_->reset foreach values %sim;
	$_->set(http2 => $http2) foreach values %sim;
	foreach my $way (sort keys %replace)
	{
		my $version = 'HTTP/' . (1 + $http2) . ", $way";

		$replace{$way}->($authority{ours});
		is_trusted('ours', "$version: the authority in it is trusted");
		is_refused('theirs', "$version: another is not");
		$replace{$way}->($authority{theirs});
		is_refused('ours', "$version: what is no longer in it is trusted no longer");
		is_trusted('theirs', "$version: what is in it now is");
		$replace{$way}->($authority{theirs} . $authority{ours});
		is_trusted($_, "$version: of two each is trusted") foreach qw(ours theirs);
		$replace{$way}->($authority{ours} . '#' x length $authority{theirs});
		is_trusted('ours', "$version: one of them is left");
		is_refused('theirs', "$version: and the other is gone");
	}
}

# --- while a statement runs
foreach my $http2 (0, 1)
{
	my $version = 'HTTP/' . (1 + $http2);
	my $sql = q{SELECT count(*) FROM generate_series(1, 200) AS i
		JOIN ours ON product_key = 'p' AND device_name = 'd' || i || ':3' AND firmware_id = '1'};

	$_->reset foreach values %sim;
	$sim{ours}->set(http2 => $http2, latency_ms => 50);
	$replace{'a new file'}->($authority{ours});
	$session->start($sql);
	TuyaSession::wait_until('it runs', sub { $sim{ours}->get('requests') > 40 });
	$replace{'a new file'}->($authority{theirs} . $authority{ours});
	is($session->finish->{text}, "600\n", "$version: a statement goes on with a file that still has its authority");
	is($sim{ours}->get('requests'), 200, "$version: and asks for nothing twice");
	# most of its requests are yet to come
	$sim{ours}->set(hold_until_replies => 1_000_000);
	$session->start($sql);
	TuyaSession::wait_until('it runs', sub { $sim{ours}->get('requests') > 200 });
	$replace{'a new file'}->($authority{theirs});
	$sim{ours}->set(hold_until_replies => 0);
	fails_with($session->finish, 'HV00N', "$version: and not with one that has it no longer");
	$replace{'a new file'}->($authority{ours});
}

# --- one that is not replaced, or has the same in it
$sim{ours}->reset;
$sim{ours}->set(http2 => 0, hold_until_in_flight => CONNECTIONS, hold_ms => 60_000);
sleep 1;
my $other_session = TuyaSession->new($node);
truncate $report, 0 or die $!;
is( $other_session->rows(
		q{SELECT count(*) FROM generate_series(1, 200) AS i
			JOIN ours ON product_key = 'p' AND device_name = 'd' || i || ':3' AND firmware_id = '1'}),
	600, 'a join');
cmp_ok($sim{ours}->get('connections'), '>', CONNECTIONS / 2, 'has many connections');
is(slurp_file($report), "opened\n", 'and reads ca_file once');
my $connections = $sim{ours}->get('connections');
utime(undef, undef, $ca_file) or die $!;
is($other_session->rows(lookup_sql('ours', 'd:3')), 3, 'after it was touched');
is($sim{ours}->get('connections'), $connections, 'the connections are used that there are');
$other_session->quit;

# --- a file that is no good
$sim{ours}->reset;
is_trusted('ours', 'before');
my %bad = (
	'an empty file' => sub { $replace{'a new file'}->('') },
	'a file without certificates' => sub { $replace{'a new file'}->("ca = none\n") },
	'a certificate that is cut off' => sub { $replace{'a new file'}->(substr $authority{ours}, 0, 200) },
	'no file' => sub { unlink $ca_file or die $! },
	'a directory' => sub { unlink $ca_file; mkdir $ca_file or die $! },
	'a pipe' => sub { unlink $ca_file; system_or_bail('mkfifo', $ca_file) },
	'a link to nowhere' => sub { unlink $ca_file; symlink "$dir/nowhere", $ca_file or die $! },
	'a device without end' => sub { unlink $ca_file; symlink '/dev/zero', $ca_file or die $! },
	'a file that is too large' => sub {
		$replace{'a new file'}->($authority{ours});
		truncate $ca_file, 1 << 30 or die $!;
	});
foreach my $what (sort keys %bad)
{
	$bad{$what}->();
	is_refused('ours', "$what is refused, over a kept connection, too", qr/^DETAIL:  .*authority\.pem/m,
		qr/^HINT:  .*ca_file/m);
	rmdir $ca_file;
	$replace{'a new file'}->($authority{ours});
	is_trusted('ours', "$what: and is not remembered");
}

# --- the system's authorities, which are ours here
$replace{'a new file'}->($authority{theirs});
is_refused('ours', "the system's authorities are not trusted beside ca_file");
add_remote($node, 'by_system', endpoint => $sim{ours}->endpoint);
$sim{by_system} = $sim{ours};
is_trusted('by_system', 'without ca_file they are');
add_remote($node, 'by_environment', endpoint => $sim{theirs}->endpoint);
$sim{by_environment} = $sim{theirs};
is_refused('by_environment', "and not the environment's");

# --- they can be replaced, too
sub replace_system
{
	my ($authority, @without_links) = @_;

	unlink $_ or die $! foreach @without_links;
	append_to_file("$authorities/new", $authority{$authority});
	rename "$authorities/new", "$authorities/ca-certificates.crt" or die $!;
	$session->rows(q{SELECT 1});
	$sim{ours}->set(idle_close_ms => 1);
	TuyaSession::wait_until('connections are closed', sub { $sim{ours}->get('open_connections') == 0 });
	$sim{ours}->set(idle_close_ms => 0);
	return;
}
replace_system('theirs', "$authorities/$hash.0");
is_refused('by_system', "one of the system's that is gone is not trusted over a new connection");
is_trusted('by_environment', 'and one that has come is');
replace_system('ours');
is_trusted('by_system', 'nor is that remembered');

# --- behind a proxy, and the proxy's own certificate
my $theirs = "$dir/theirs";
mkdir $theirs or die $!;
copy("$certs/other.$_", "$theirs/server.$_") or die $! foreach qw(pem key);
copy("$certs/ca.pem", "$authorities/$hash.0") or die $!;
my $tunnels = 0;

# A remote behind an https proxy with the certificate of that side; with or without ca_file.
sub add_tunnel
{
	my ($side, $of_proxy, @ca_file) = @_;
	my $name = 'tunnel_' . ++$tunnels;

	my $proxy = TuyaNet::Proxy->start('tls', $of_proxy eq 'ours' ? $certs : $theirs);
	add_remote($node, $name, endpoint => $sim{$side}->endpoint, retries => 0, @ca_file,
		proxy => $proxy->url('https', 'localhost'));
	$sim{$name} = $sim{$side};
	return ($name, $proxy);
}

sub is_refused_before_tunnel
{
	my ($what, @tunnel) = @_;
	my ($name, $proxy) = add_tunnel(@tunnel);

	is_refused($name, $what);
	is($proxy->seen, '', "$what: it is not asked for a tunnel");
	return;
}

$replace{'a new file'}->($authority{theirs});
is_refused_before_tunnel("a proxy of a system's authority beside ca_file",
	'theirs', 'ours', ca_file => $ca_file);
is_refused_before_tunnel("a proxy of another than the system's authorities", 'ours', 'theirs');
my ($name, $proxy) = add_tunnel('ours', 'theirs', ca_file => $ca_file);
is_refused($name, "a service of a system's authority beside ca_file, behind a proxy");
like($proxy->seen, qr/^CONNECT /, 'the proxy was asked for a tunnel');
($name) = add_tunnel('theirs', 'theirs', ca_file => $ca_file);
is_trusted($name, 'a proxy and a service of the authority in ca_file');
($name) = add_tunnel('ours', 'ours');
is_trusted($name, "a proxy and a service of a system's authority");

$session->quit;
$_->stop foreach @sim{qw(ours theirs)};
$node->stop;
done_testing();
