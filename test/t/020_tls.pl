
# HTTPS: who is trusted, what is spoken, and what is not followed.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with);
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $certs = TuyaTest::Sim->certs;
my $node = tuya_node('tls', $sim);
my $garbage = PostgreSQL::Test::Utils::tempdir() . '/garbage.pem';
my $unreadable = PostgreSQL::Test::Utils::tempdir() . '/unreadable.pem';
my $authorities = PostgreSQL::Test::Utils::tempdir();

append_to_file($garbage, "this is no certificate\n");
append_to_file($unreadable, slurp_file($sim->ca_file));
chmod 0, $unreadable or die $!;

# Asks the table once in a new session, and says what came.
sub ask
{
	my ($table, $device) = @_;
	my $session = TuyaSession->new($node);
	my $result = $session->run(lookup_sql($table, $device // 'd:3'));

	$session->quit;
	return $result;
}

my $remotes = 0;

# A remote is refused with that hint, and libcurl's words as detail; about the service, or
# about the proxy that the options name.
sub refuses
{
	my ($name, $hint, %options) = @_;
	my $remote = 'remote_' . ++$remotes;
	my $whom = $options{proxy} ? qr/secure connection to the proxy before "/ : qr/secure connection to "/;

	add_remote($node, $remote, endpoint => $sim->endpoint, ca_file => $sim->ca_file, %options);
	return fails_with(ask($remote), 'HV00N', $name, $whom, qr/^DETAIL:  ./m, qr/^HINT:  .*$hint/m);
}

# The same of a simulator, which gets no request.
sub refuses_connection
{
	my ($name, $server, $hint, %options) = @_;

	$server->clear;
	refuses("$name: refused, with a hint", $hint, endpoint => $server->endpoint, %options);
	is($server->get('requests'), 0, "$name: no request");
	return;
}

# The hint about the service or about the proxy, which an option names.
sub of_side
{
	my ($hint, $whose, $option) = @_;

	$hint =~ s/WHOSE/$whose/g;
	$hint =~ s/OPTION/$option/g;
	return $hint;
}

sub with_certificate
{
	my ($name) = @_;
	return TuyaTest::Sim->start('--cert', "$certs/$name.pem", '--key', "$certs/$name.key");
}

# A port where openssl is the server, of our certificate if it is not told another.
sub openssl
{
	my (@options) = @_;
	my @certificate = ('-cert', "$certs/server.pem", '-key', "$certs/server.key");

	push @options, @certificate unless grep { $_ eq '-cert' } @options;
	return TuyaNet::Proxy->start('openssl', \@options);
}

# --- certificates, of the service and of an https proxy
my $others = qr/"ca_file" names must have the authority that issued the/;
my %hint = (
	wronghost => qr/WHOSE's certificate is for another host: .*"OPTION"/,
	expired => qr/WHOSE's certificate has expired/,
	future => qr/WHOSE's certificate is not valid yet/,
	selfsigned => qr/WHOSE's certificate is its own authority/,
	other => qr/$others WHOSE's certificate/);
foreach my $name (sort keys %hint)
{
	my $server = with_certificate($name);
	my $proxy = openssl('-cert', "$certs/$name.pem", '-key', "$certs/$name.key");

	refuses_connection("service, $name", $server, of_side($hint{$name}, 'service', 'endpoint'));
	refuses("https proxy, $name", of_side($hint{$name}, 'proxy', 'proxy'),
		proxy => $proxy->url('https', 'localhost'));
	$server->stop;
}
refuses_connection('other authority', $sim, qr/$others service's/, ca_file => "$certs/other_ca.pem");

# --- files
my $unusable = qr/"ca_file" names a PEM file with certificates that the database server can read/;
refuses_connection('ca_file that is not there', $sim, $unusable, ca_file => "$certs/none.pem");
refuses_connection('ca_file that cannot be read', $sim, $unusable, ca_file => $unreadable);
refuses_connection('ca_file that is no certificate', $sim, $unusable, ca_file => $garbage);

# --- what is spoken
my %spoken = (
	'TLS 1.3, a client certificate is demanded' =>
	  [ openssl('-tls1_3', '-Verify', '1'), qr/demands a client certificate/ ],
	'TLS 1.2, a client certificate is demanded' =>
	  [ openssl('-tls1_2', '-Verify', '1'), qr/must not demand a client certificate/ ],
	'TLS 1.2, no cipher in common' =>
	  [ openssl('-tls1_2', '-cipher', 'NULL-SHA256:@SECLEVEL=0'), qr/must have a cipher in common/ ],
	'no TLS' => [ TuyaNet::Proxy->start('clear'), qr/does not speak TLS there: .*"endpoint"/ ]);
foreach my $name (sort keys %spoken)
{
	my ($server, $hint) = @{ $spoken{$name} };

	refuses($name, $hint, endpoint => $server->url('https', 'localhost') . '/', retries => 0);
}
refuses('a proxy without TLS', qr/The proxy does not speak TLS there: .*"proxy"/,
	proxy => $spoken{'no TLS'}[0]->url('https', 'localhost'));

# --- ca_file replaces the system's authorities, which here are ours
my ($hash) = run_command([ 'openssl', 'x509', '-hash', '-noout', '-in', $sim->ca_file ]);
system_or_bail('cp', $sim->ca_file, "$authorities/$hash.0");

# This allows TLS 1.1, so that only the extension forbids it.
my $openssl_conf = "$authorities/openssl.cnf";
append_to_file($openssl_conf, <<'CONF');
openssl_conf = top
[top]
ssl_conf = ssl
[ssl]
system_default = all
[all]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
CONF
{
	local $ENV{LD_PRELOAD} = preload_library();
	local $ENV{PRELOAD_CERTS} = $authorities;
	local $ENV{OPENSSL_CONF} = $openssl_conf;
	$node->restart;
}
refuses_connection('no authorities installed', $sim, qr/system's authorities are not installed/,
	ca_file => undef);
system_or_bail('cp', $sim->ca_file, "$authorities/ca-certificates.crt");
my $private = with_certificate('other');
refuses_connection('no ca_file', $private,
	qr/If the service's certificate comes from a private authority, set the server option "ca_file"/,
	ca_file => undef);
$private->stop;
add_remote($node, 'by_system', endpoint => $sim->endpoint);
is(ask('by_system')->{text}, "3\n", "without ca_file the system's authorities are trusted");
refuses_connection("ca_file beside the system's authorities", $sim, qr/$others service's/,
	ca_file => "$certs/other_ca.pem");

# --- TLS 1.2 or later
my $old = TuyaTest::Sim->start('--min-tls', '1.0', '--max-tls', '1.1');
{
	local $ENV{OPENSSL_CONF} = $openssl_conf;
	my $output = qx(openssl s_client -connect 127.0.0.1:$old->{tls_port} </dev/null 2>&1);
	like($output, qr/TLSv1\.1/, 'TLS 1.1 would be possible');
}
refuses_connection('TLS 1.1', $old, qr/must speak TLS 1\.2 or later/);
refuses('an https proxy with TLS 1.1', qr/The proxy must speak TLS 1\.2 or later/,
	proxy => "https://localhost:$old->{tls_port}");
$old->stop;

# --- endpoints and protocols
$sim->clear;
is(ask('ota_job')->{text}, "3\n", 'endpoint with a host name');
is($sim->get('last_host'), "localhost:$sim->{tls_port}", 'Host names it');
is(join(' ', $sim->get('h1_requests', 'h2_requests')), '0 1', 'HTTP/2 where it is offered');
add_remote($node, 'by_address', endpoint => "https://127.0.0.1:$sim->{tls_port}",
	ca_file => $sim->ca_file);
is(ask('by_address')->{text}, "3\n", 'endpoint with an address and a port');
like($sim->get('last_user_agent'), qr{^tuya_fdw/\d+\.\d}, 'User-Agent has the version');

$sim->reset;
$sim->set(http2 => 0);
is(ask('ota_job')->{text}, "3\n", 'HTTP/1.1 where there is no HTTP/2');
is(join(' ', $sim->get('h1_requests', 'h2_requests')), '1 0', 'HTTP/1.1 it was');

foreach my $http2 (0, 1)
{
	$sim->reset;
	$sim->set(http2 => $http2, gzip => 1);
	same_rows($node,
		q{SELECT job_id, utc_create FROM ota_job
			WHERE product_key = 'p' AND device_name = 'd:250' AND firmware_id = '1'},
		q{SELECT job_id, utc_create FROM sim_jobs('p', 'd:250', '1')},
		"compressed replies, HTTP/" . (1 + $http2));
	is(join(' ', $sim->get('requests', 'gzip_replies')), '3 3', 'every reply was compressed');
}

$sim->reset;
add_remote($node, 'cleartext', endpoint => $sim->http_endpoint);
is(ask('cleartext')->{text}, "3\n", 'http endpoint on loopback');
is(join(' ', $sim->get('requests', 'h1_requests', 'tls_handshakes')), '1 1 0', 'without TLS');

# --- redirects
foreach my $target ($sim->http_endpoint, 'file:///etc/passwd')
{
	$sim->reset;
	$sim->set(redirect => $target);
	foreach my $table ('ota_job', 'cleartext')
	{
		fails_with(ask($table), 'HV000', "$table does not follow a redirect to $target", qr/redirect/);
	}
	is($sim->get('requests'), 2, 'one request each');
}

$sim->stop;
$node->stop;
done_testing();
