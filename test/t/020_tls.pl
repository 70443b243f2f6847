
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

sub refuses_connection
{
	my ($name, $server, $ca_file, $says) = @_;
	my $remote = 'remote_' . ++$remotes;

	$server->clear;
	add_remote($node, $remote, endpoint => $server->endpoint, ca_file => $ca_file);
	fails_with(ask($remote), 'HV00N', "$name: refused, with detail and hint",
		qr/secure connection/, qr/^DETAIL:  .*$says/m, qr/^HINT:  ./m);
	is($server->get('requests'), 0, "$name: no request");
	return;
}

sub with_certificate
{
	my ($name) = @_;
	return TuyaTest::Sim->start('--cert', "$certs/$name.pem", '--key', "$certs/$name.key");
}

# --- certificates
my %bad = map { $_ => with_certificate($_) } qw(wronghost expired selfsigned);
refuses_connection('certificate of another host', $bad{wronghost}, $sim->ca_file, qr/host ?name/);
refuses_connection('expired certificate', $bad{expired}, $sim->ca_file, qr/expired/);
refuses_connection('self-signed certificate', $bad{selfsigned}, $sim->ca_file, qr/self.signed/);
refuses_connection('other authority', $sim, "$certs/other_ca.pem", qr/issuer certificate/);
refuses_connection('no ca_file', $sim, undef, qr/issuer certificate/);
refuses_connection('ca_file that is not there', $sim, "$certs/none.pem", qr/none\.pem/);
refuses_connection('ca_file that cannot be read', $sim, $unreadable, qr/unreadable\.pem/);
refuses_connection('ca_file that is no certificate', $sim, $garbage, qr/garbage\.pem/);
$_->stop foreach values %bad;

# --- ca_file replaces the system's authorities, which here are ours
system_or_bail('cp', $sim->ca_file, "$authorities/ca-certificates.crt");
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
add_remote($node, 'by_system', endpoint => $sim->endpoint);
is(ask('by_system')->{text}, "3\n", "without ca_file the system's authorities are trusted");
refuses_connection("ca_file beside the system's authorities", $sim, "$certs/other_ca.pem",
	qr/issuer certificate/);

# --- TLS 1.2 or later
my $old = TuyaTest::Sim->start('--min-tls', '1.0', '--max-tls', '1.1');
{
	local $ENV{OPENSSL_CONF} = $openssl_conf;
	my $output = qx(openssl s_client -connect 127.0.0.1:$old->{tls_port} </dev/null 2>&1);
	like($output, qr/TLSv1\.1/, 'TLS 1.1 would be possible');
}
refuses_connection('TLS 1.1', $old, $sim->ca_file, qr/version/);
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
