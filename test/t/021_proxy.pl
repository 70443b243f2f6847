
# Proxies are used where the option says so, and never because of the
# environment; nor is a ~/.netrc read.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with);
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('proxy', $sim);
my %proxy = map { $_ => TuyaNet::Proxy->start($_) } qw(connect socks refuse record);
my $unwanted = TuyaNet::Proxy->start('connect');
my $home = PostgreSQL::Test::Utils::tempdir();
my $through = "localhost:$sim->{tls_port}";

# Restarts the server with an environment.
sub restart_with
{
	my (%environment) = @_;

	local @ENV{ keys %environment } = values %environment;
	$node->restart;
	return;
}

# Asks in a new session, so that it makes a new connection.
sub ask
{
	my ($table) = @_;
	my $session = TuyaSession->new($node);
	my $result = $session->run(lookup_sql($table, 'd:3'));

	$session->quit;
	return $result;
}

# --- without the option, where the environment has one
append_to_file("$home/.netrc",
	"machine 127.0.0.1 login me password netrc-secret\n"
	. "machine localhost login me password netrc-secret\n");
chmod 0600, "$home/.netrc" or die $!;
my @variables = qw(http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY);
restart_with(HOME => $home, map { $_ => $unwanted->url('http') } @variables);
add_remote($node, 'cleartext', endpoint => $sim->http_endpoint);
is(ask('ota_job')->{text}, "3\n", "the environment's proxy is not used for https");
is(ask('cleartext')->{text}, "3\n", "the environment's proxy is not used for http");
$unwanted->settle;
is($unwanted->seen, '', "nobody connected to the environment's proxy");

add_remote($node, 'recorded', endpoint => $proxy{record}->url('http') . '/');
fails_with(ask('recorded'), 'HV00N', 'a service that closes the connection', qr/lost/);
like($proxy{record}->seen, qr{^GET /\?.*Host: 127\.0\.0\.1}s, 'the request as it was sent');
unlike($proxy{record}->seen, qr/Authorization/i, 'has no credentials of ~/.netrc');
my $requests = () = $proxy{record}->seen =~ /^GET /gm;
foreach my $header ('User-Agent: tuya_fdw/\d\S*', 'Accept-Encoding: gzip', 'Accept: \S+', 'Host: \S+')
{
	is(scalar(() = $proxy{record}->seen =~ /^$header\r$/gm), $requests, "has once $header");
}

# --- by option, where the environment says that no host needs one
restart_with(no_proxy => '*', NO_PROXY => '*');
$sim->clear;
add_remote($node, 'connected', endpoint => $sim->endpoint, ca_file => $sim->ca_file,
	proxy => $proxy{connect}->url('http'));
is(ask('connected')->{text}, "3\n", 'by an http proxy');
is($proxy{connect}->seen, "CONNECT $through\n", 'it was asked once, for a tunnel');
is(join(' ', $sim->get('h2_requests', 'tls_handshakes')), '1 1', 'TLS and HTTP/2 go through it');

add_remote($node, 'socksed', endpoint => $sim->endpoint, ca_file => $sim->ca_file,
	proxy => $proxy{socks}->url('socks5h'));
is(ask('socksed')->{text}, "3\n", 'by a socks5h proxy');
is($proxy{socks}->seen, "name $through\n", 'it was asked once, for a name and no address');

my $tls = TuyaNet::Proxy->start('tls', TuyaTest::Sim->certs);
add_remote($node, 'tunnelled', endpoint => $sim->endpoint, ca_file => $sim->ca_file,
	proxy => $tls->url('https', 'localhost'));
is(ask('tunnelled')->{text}, "3\n", 'by an https proxy');
is($tls->seen, "CONNECT $through\n", 'it was asked once, for a tunnel');

my $recording = TuyaNet::Proxy->start('record');
add_remote($node, 'announced', endpoint => $sim->endpoint, ca_file => $sim->ca_file,
	proxy => $recording->url('http'));
fails_with(ask('announced'), 'HV00N', 'a proxy that closes the connection', qr/./);
like($recording->seen, qr{^CONNECT $through HTTP/1\.1\r\n(?:.*\r\n)*User-Agent: tuya_fdw/\d}, 'it is told who asks');
unlike($recording->seen, qr/^(?:Accept-Encoding|GET)/m, 'and nothing of the request');

# One connection through the proxy serves a session.
$sim->clear;
my $session = TuyaSession->new($node);
$session->rows(lookup_sql('connected', "d$_:3")) foreach 1 .. 3;
$session->quit;
is(join(' ', $sim->get('requests', 'connections')), '3 1', 'connections through a proxy are kept');

# --- certificates hold behind a proxy, too
add_remote($node, 'distrusted', endpoint => $sim->endpoint, proxy => $proxy{connect}->url('http'));
$sim->clear;
fails_with(ask('distrusted'), 'HV00N', "the service's certificate is verified", qr/secure connection/);
$tls = TuyaNet::Proxy->start('tls', TuyaTest::Sim->certs);
add_remote($node, 'doubtful', endpoint => $sim->endpoint, proxy => $tls->url('https', 'localhost'));
fails_with(ask('doubtful'), 'HV00N', "an https proxy's certificate is verified", qr/secure connection/);
is($tls->seen, '', 'that proxy was not asked for anything');
is($sim->get('requests'), 0, 'no request');

# --- refusals
add_remote($node, 'refused', endpoint => $sim->endpoint, proxy => $proxy{refuse}->url('http'));
fails_with(ask('refused'), 'HV00N', 'a proxy that refuses', qr/^DETAIL:  .*403/m);
like($proxy{refuse}->seen, qr/^(CONNECT $through\n){1,9}\z/, 'it was asked, and not for ever');

add_remote($node, 'nowhere', endpoint => 'https://localhost:1/', proxy => $proxy{socks}->url('socks5h'));
fails_with(ask('nowhere'), 'HV00N', 'a socks5h proxy that cannot connect', qr/through the proxy/,
	qr/^HINT:  .*proxy/m);

my $closed = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport;
add_remote($node, 'gone', endpoint => $sim->endpoint, proxy => "http://127.0.0.1:$closed");
fails_with(ask('gone'), 'HV00N', 'a proxy that is not there', qr/could not connect/, qr/^DETAIL:  ./m,
	qr/^HINT:  .*proxy/m);
is($sim->get('requests'), 0, 'no request has gone around a proxy');

# --- http endpoints
my (undef, undef, $refusal) = $node->psql('postgres',
	"ALTER SERVER cleartext OPTIONS (ADD proxy 'http://127.0.0.1:$closed')");
like($refusal, qr/proxy/, 'an http endpoint takes no proxy');

$sim->stop;
$node->stop;
done_testing();
