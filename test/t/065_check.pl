
# tuya_fdw_check: each cause that keeps a server from answering is one failing step, the
# right one, by one request at most, which counts as others do; nothing is thrown; a cancel
# ends it at once; and it tells nobody of another's credentials.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(busy fails_with wait_until);
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('check', $sim);
my $certs = TuyaTest::Sim->certs;
my $dir = PostgreSQL::Test::Utils::tempdir();
my @steps = ('settings', 'user mapping', 'ca_file', 'name', 'connect', 'tls', 'http version', 'clock', 'credentials', 'action');
my $session = TuyaSession->new($node);

$sim->{expect_refusals} = 1;
append_to_file("$dir/garbage.pem", "this is no certificate\n");
append_to_file("$dir/broken.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
append_to_file("$dir/unreadable.pem", slurp_file($sim->ca_file));
chmod 0, "$dir/unreadable.pem" or die $!;

# The rows of a check, by step: ok, detail, hint, elapsed_ms.
sub check
{
	my ($arguments, $by) = @_;
	my $text = ($by // $session)->rows("SELECT step, ok, detail, hint, elapsed_ms FROM tuya_fdw_check($arguments)");
	my (%rows, @order);

	foreach my $line (split /\n/, $text)
	{
		my ($step, $ok, $detail, $hint, $ms) = split /\|/, $line, -1;
		push @order, $step;
		$rows{$step} = { ok => $ok, detail => $detail, hint => $hint, ms => $ms };
	}
	is("@order", "@steps", "$arguments: a row for each step");
	is(join(' ', grep { $rows{$_}{ms} ne '' && $rows{$_}{ms} < 0 } @order), '', "$arguments: none took less than no time");
	return \%rows;
}

# What has failed of a check: it is that step, all before it are well or do not apply, none
# after it was tried.
sub fails_at
{
	my ($name, $rows, $step, $detail, $hint) = @_;
	my $row = $rows->{$step};
	my ($at) = grep { $steps[$_] eq $step } 0 .. $#steps;
	my @wrong = grep { $rows->{$_}{ok} eq 'f' && $_ ne $step } @steps;

	push @wrong, grep { $rows->{$_}{ok} ne '' || $rows->{$_}{detail} ne "not tried: $step failed" || $rows->{$_}{ms} ne '' } @steps[$at + 1 .. $#steps];
	push @wrong, $step unless $row->{ok} eq 'f' && $row->{detail} =~ $detail && (!$hint || $row->{hint} =~ $hint);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok(!@wrong, "$name: $step failed, and nothing else")
	  || diag("not so: @wrong\n", map { "$_: $rows->{$_}{ok} $rows->{$_}{detail} ($rows->{$_}{hint})\n" } @steps);
}

# How many requests the statistics have, of all servers and roles.
sub counted { return $session->rows('SELECT coalesce(sum(requests), 0) FROM tuya_fdw_stats'); }

# A further server, checked once, fails at that step.
my $servers = 0;
sub server_fails_at
{
	my ($name, $step, $detail, $hint, %options) = @_;
	my $server = 'server_' . ++$servers;

	add_remote($node, $server, endpoint => $sim->endpoint, ca_file => $sim->ca_file, %options);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return fails_at($name, check("'$server'"), $step, $detail, $hint);
}

# The good server fails at that step while the simulator is set so.
sub service_fails_at
{
	my ($name, $step, $detail, $hint, $requests, %settings) = @_;

	$sim->reset;
	$sim->set(%settings);
	my $before = counted();
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	fails_at($name, check("'tuya', 'p', 'd:3', '1'"), $step, $detail, $hint);
	is($sim->get('requests'), $requests, "$name: so many requests");
	is(counted() - $before, $requests, "$name: the statistics have as many");
	return;
}

# --- all is well
foreach my $http2 (0, 1)
{
	my $version = 'HTTP/' . ($http2 ? '2' : '1.1');

	$sim->reset;
	$sim->set(http2 => $http2, latency_ms => 30);
	my $before = counted();
	my $rows = check("'tuya', 'p', 'd:3', '1'");
	is(join('', map { $rows->{$_}{ok} } @steps), 't' x @steps, "$version: all is well");
	is($sim->get('requests') . ' ' . $sim->get('connections'), '1 1', "$version: one request");
	is(counted() - $before, 1, "$version: which counts");
	is($rows->{settings}{detail}, $sim->endpoint, "$version: the endpoint is told");
	is($rows->{ca_file}{detail}, $sim->ca_file, "$version: so is the file");
	like($rows->{connect}{detail}, qr/^(127\.0\.0\.1|\[::1\]):$sim->{tls_port}$/, "$version: the address");
	like($rows->{tls}{detail}, qr/^TLSv1\.3, issuer "CN = Test Authority", \d{4} days left$/, "$version: TLS");
	is($rows->{'http version'}{detail}, $version, "$version: the version");
	like($rows->{clock}{detail}, qr/^[01] s apart/, "$version: the clocks");
	like($rows->{action}{detail}, qr/is answered: 3 jobs$/, "$version: the answer");
	cmp_ok($rows->{'http version'}{ms}, '>=', 30, "$version: how long it took");
	is(join('', map { $_->{hint} } values %$rows), '', "$version: no hint");
}
$sim->reset;
is($session->rows(lookup_sql('ota_job', 'd:3')), 3, 'a session with a connection');
$sim->clear;
check(q{'tuya'});
is(join(' ', $sim->get('requests', 'connections')), '1 1', 'a check makes one of its own');
is($session->rows(lookup_sql('ota_job', 'd:3')), 3, 'and leaves that alone');
is(join(' ', $sim->get('requests', 'connections')), '2 1', 'which is used again');
is($session->rows('SELECT server_name, connections FROM tuya_fdw_connections()'), 'tuya|1', 'nothing is left of the check');
is($session->rows(q{SELECT count(*) FROM tuya_fdw_check(NULL)}), 0, 'of no server there is nothing to say');

# --- the catalogs
fails_at('no server', check(q{'nowhere'}), 'settings', qr/server "nowhere" does not exist/);
# its options may be named as ours, with whatever values
$node->safe_psql('postgres', q{CREATE FOREIGN DATA WRAPPER other; CREATE SERVER foreign_server FOREIGN DATA WRAPPER other OPTIONS (endpoint 'localhost:1');
	CREATE USER MAPPING FOR CURRENT_USER SERVER foreign_server OPTIONS (access_key_id 'testid', access_key_secret 'testsecret')});
fails_at('a server of another wrapper', check(q{'foreign_server'}), 'settings', qr/server "foreign_server" is of another foreign-data wrapper/);
add_remote($node, 'altered', endpoint => $sim->endpoint);
$node->safe_psql('postgres', q{UPDATE pg_foreign_server SET srvoptions = '{endpoint=https://localhost/,shoes=2}' WHERE srvname = 'altered'});
fails_at('an unknown option', check(q{'altered'}), 'settings', qr/invalid option "shoes"/);
$node->safe_psql('postgres', q{UPDATE pg_foreign_server SET srvoptions = '{endpoint=https://localhost/,extra_parameters=?}' WHERE srvname = 'altered'});
fails_at('a wrong value', check(q{'altered'}), 'settings', qr/extra_parameters/);
$node->safe_psql('postgres', q{UPDATE pg_foreign_server SET srvoptions = '{ca_file=/none}' WHERE srvname = 'altered'});
fails_at('no endpoint', check(q{'altered'}), 'settings', qr/lacks the option "endpoint"/);
$node->safe_psql('postgres', 'CREATE SERVER unmapped FOREIGN DATA WRAPPER tuya_fdw ' . option_list(endpoint => $sim->endpoint));
fails_at('no mapping', check(q{'unmapped'}), 'user mapping', qr/user mapping not found/);
add_remote($node, 'secretless', endpoint => $sim->endpoint);
$node->safe_psql('postgres', q{UPDATE pg_user_mapping SET umoptions = '{access_key_id=testid}'
	WHERE umserver = (SELECT oid FROM pg_foreign_server WHERE srvname = 'secretless')});
fails_at('a mapping without a secret', check(q{'secretless'}), 'user mapping', qr/lacks the option "access_key_secret"/);

# --- the way there
my %file = (
	'a ca_file that is not there' => "$dir/none.pem", 'one that cannot be read' => "$dir/unreadable.pem",
	'one that is no certificate' => "$dir/garbage.pem", 'one that is half a certificate' => "$dir/broken.pem");
server_fails_at($_, 'ca_file', qr/could not establish a secure connection/, qr/"ca_file" names a PEM file/, ca_file => $file{$_}) foreach sort keys %file;
my $closed = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
my $closed_port = $closed->sockport;
close $closed;
my %proxy = (
	refuse => TuyaNet::Proxy->start('refuse'), connect => TuyaNet::Proxy->start('connect'), socks => TuyaNet::Proxy->start('socks'),
	silent => TuyaNet::Proxy->start('send', {}), record => TuyaNet::Proxy->start('record'));
my $check_options = qr/Check the server options "endpoint"/;
server_fails_at('a name that does not resolve', 'name', qr/could not connect/, $check_options, endpoint => 'https://nowhere.invalid/');
server_fails_at("a proxy's name that does not resolve", 'name', qr/through the proxy/, qr/"proxy"/, proxy => 'http://nowhere.invalid');
server_fails_at('a closed port', 'connect', qr/could not connect/, $check_options, endpoint => "https://localhost:$closed_port/");
server_fails_at('a black hole', 'connect', qr/timed out.*connecting/, qr/"connect_timeout"/,
	endpoint => "https://127.0.0.1:$sim->{full_port}/", connect_timeout => '200ms');
server_fails_at("a proxy's closed port", 'connect', qr/could not connect/, qr/"proxy"/, proxy => "http://127.0.0.1:$closed_port");
server_fails_at('a proxy that refuses', 'connect', qr/could not connect to .*403/, qr/"proxy"/, proxy => $proxy{refuse}->url('http'));
server_fails_at('a proxy that hangs', 'connect', qr/timed out/, qr/"connect_timeout"/, proxy => $proxy{silent}->url('http'), connect_timeout => '200ms');
server_fails_at('a proxy that does not get there', 'connect', qr/through the proxy/, qr/"proxy"/,
	endpoint => "https://localhost:$closed_port/", proxy => $proxy{socks}->url('socks5h'));
add_remote($node, "by_$_", endpoint => $sim->endpoint, ca_file => $sim->ca_file, proxy => $proxy{$_}->url($_ eq 'socks' ? 'socks5h' : 'http')) foreach qw(connect socks);
foreach my $kind (qw(connect socks))
{
	my $rows = check("'by_$kind'");

	is(join('', map { $rows->{$_}{ok} } @steps), 't' x @steps, "a $kind proxy: all is well");
	like($rows->{connect}{detail}, qr/through the proxy at 127\.0\.0\.1:/, "a $kind proxy: it is told of");
}

# --- TLS
sub with_certificate
{
	my ($name, @options) = @_;
	return TuyaTest::Sim->start('--cert', "$certs/$name.pem", '--key', "$certs/$name.key", @options);
}
my %hint = (
	wronghost => qr/for another host/, expired => qr/has expired/, future => qr/is not valid yet/,
	selfsigned => qr/is its own authority/, other => qr/must have the authority that issued/);
foreach my $name (sort keys %hint)
{
	my $server = with_certificate($name);

	server_fails_at("certificate $name", 'tls', qr/could not establish a secure connection/, $hint{$name}, endpoint => $server->endpoint);
	is($server->get('requests'), 0, "certificate $name: no request");
	$server->stop;
}
server_fails_at("a proxy's certificate that has expired", 'tls', qr/secure connection to the proxy/, qr/proxy's certificate has expired/,
	proxy => TuyaNet::Proxy->start('openssl', [ '-cert', "$certs/expired.pem", '-key', "$certs/expired.key" ])->url('https', 'localhost'));
server_fails_at('no HTTP in common', 'http version', qr/secure connection/, qr/no version of HTTP that was offered/,
	endpoint => TuyaNet::Proxy->start('openssl', [ '-cert', "$certs/server.pem", '-key', "$certs/server.key", '-alpn', 'h3' ])->url('https', 'localhost') . '/');
server_fails_at('a service without TLS', 'tls', qr/secure connection/, qr/does not speak TLS there/, endpoint => TuyaNet::Proxy->start('clear')->url('https', 'localhost') . '/');
$sim->set(stall => 'tls');
server_fails_at('no handshake', 'tls', qr/negotiating TLS/, qr/"connect_timeout"/, connect_timeout => '300ms');
my $old = with_certificate('server', '--min-tls', '1.0', '--max-tls', '1.1');
server_fails_at('TLS 1.1', 'tls', qr/secure connection/, qr/must speak TLS 1\.2/, endpoint => $old->endpoint);
$old->stop;
$sim->reset;

# --- without TLS
add_remote($node, 'cleartext', endpoint => $sim->http_endpoint);
my $clear = check(q{'cleartext'});
is(join(' ', map { $clear->{$_}{ok} || '-' } @steps), 't t - t t - t t t t', 'without TLS it does not apply');
server_fails_at('what is not HTTP', 'http version', qr/malformed/, undef, ca_file => undef,
	endpoint => TuyaNet::Proxy->start('send', { first => "SSH-2.0-OpenSSH_9.2\r\n" })->url('http') . '/');

# --- the reply
service_fails_at('a connection that ends', 'http version', qr/was lost/, undef, 1, close_all => 1);
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD request_timeout '500ms')});
service_fails_at('no reply', 'http version', qr/timed out.*waiting for the reply/, qr/"request_timeout"/, 1, stall => 'head');
service_fails_at('half a reply', 'action', qr/timed out/, qr/"request_timeout"/, 1, stall => 'body');
service_fails_at('a reply that is cut', 'action', qr/was lost/, undef, 1, truncate_body => 1);
service_fails_at('a clock that is ahead', 'clock', qr/refuses the request's timestamp.*360\d s ahead of/, qr/Set the clock/, 1, clock_offset_s => 3600);
service_fails_at('a clock that is behind', 'clock', qr/refuses the request's timestamp.*(359\d|3600) s behind/, qr/Set the clock/, 1, clock_offset_s => -3600);
service_fails_at('a clock that is not told', 'clock', qr/no date/, qr/Set the clock/, 1, clock_offset_s => 3600, no_date => 1);
service_fails_at('no permission', 'action', qr/Forbidden\.RAM/, qr/does not permit/, 1, fail_count => -1, fail_code => 'Forbidden.RAM', fail_status => 403);
service_fails_at('an unknown product', 'action', qr/does not know/, undef, 1, fail_count => -1, fail_shape => 'service', fail_code => 'iot.prod.NotExistedProduct');
service_fails_at('a parameter that is missing', 'action', qr/MissingRegion/, qr/"extra_parameters"/, 1, fail_count => -1, fail_code => 'MissingRegion', fail_status => 400);
service_fails_at('a service that is down', 'action', qr/in trouble/, undef, 1, fail_count => -1);
service_fails_at('a gateway that fails', 'action', qr/the service failed.*503/, qr/gateway/, 1, fail_count => -1, fail_shape => 'html', fail_status => 503);
service_fails_at('a gateway that forbids', 'action', qr/403/, qr/gateway/, 1, fail_count => -1, fail_shape => 'html', fail_status => 403);
service_fails_at('a reply that is no JSON', 'action', qr/malformed/, qr/gateway/, 1, fail_count => -1, fail_shape => 'html', fail_status => 200);
service_fails_at('a rate limit', 'action', qr/rate limit/, undef, 1, fail_count => -1, fail_code => 'Throttling.User', fail_status => 429);
service_fails_at('a redirect', 'action', qr/redirects/, qr/"endpoint"/, 1, redirect => 'https://localhost/');
service_fails_at('a page without a total', 'action', qr/malformed/, undef, 1, omit => 'total');
service_fails_at('a nonce that is refused', 'action', qr/nonce/, undef, 1, fail_count => -1, fail_code => 'SignatureNonceUsed', fail_status => 400);
$sim->reset;
$sim->set(clock_offset_s => 600);
my $apart = check(q{'tuya'});
is($apart->{clock}{ok}, 't', 'clocks that are apart, and yet good enough');
like("$apart->{clock}{detail} $apart->{clock}{hint}", qr/^(599|60\d) s apart: the service's clock is ahead of this server's Set the clock/, 'with a hint');
$sim->reset;
$sim->set(fail_count => -1);
is(check(q{'tuya'})->{credentials}{detail}, 'the reply does not tell', 'whether credentials are right is not known then');

# What the service has refused unread is sent anew: REFUSED_STREAM, HTTP_1_1_REQUIRED.
foreach my $code (7, 13)
{
	$sim->reset;
	$sim->set(rst_stream_at => 0, rst_stream_code => $code, rst_stream_count => 1);
	my $again = check(q{'tuya', 'p', 'd:3', '1'});
	is(join('', map { $again->{$_}{ok} } @steps), 't' x @steps, "a stream that is refused with $code: all is well");
	is($again->{'http version'}{detail}, $code == 7 ? 'HTTP/2' : 'HTTP/1.1', "a stream that is refused with $code: the version");
	is($sim->get('requests'), 2, "a stream that is refused with $code: sent anew");
	$sim->set(rst_stream_count => -1);
	$sim->clear;
	$again = check(q{'tuya', 'p', 'd:3', '1'});
	is($sim->get('requests'), 2, "a stream that is refused with $code, again: sent no third time");
}

# --- credentials
$sim->reset;
$sim->set(provoked => 1);
foreach my $case ([ access_key_secret => 'wrong' ], [ access_key_id => 'stranger' ])
{
	my ($option, $value) = @$case;
	my %mapping = (access_key_id => 'testid', access_key_secret => 'testsecret', $option => $value);
	my $server = "server_$option";

	add_remote($node, $server, endpoint => $sim->endpoint, ca_file => $sim->ca_file);
	$node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS (SET $option '$value')");
	my $rows = check("'$server'");
	fails_at("wrong $option", $rows, 'credentials', qr/refuses the credentials/, qr/Check access_key_id and access_key_secret/);
	unlike(join("\n", map { "$_->{detail} $_->{hint}" } values %$rows), qr/testid|testsecret|Signature=|stranger/, "wrong $option: nothing of it is told");
}

# --- what is asked for
$sim->reset;
$sim->set(fail_count => -1, fail_shape => 'service', fail_code => 'iot.prod.NotExistedProduct');
my $made_up = check(q{'tuya'});
is("$made_up->{credentials}{ok} $made_up->{action}{ok}", 't t', 'a key that was made up may be unknown');
fails_at('a product that is unknown', check(q{'tuya', 'p'}), 'action', qr/NotExistedProduct/);
$sim->set(fail_count => -1, fail_code => 'iot.device.NotExistedDevice');
is(check(q{'tuya', 'p'})->{action}{ok}, 't', 'a product that is known, of which no device was named');
fails_at('a device that is unknown', check(q{'tuya', 'p', 'd'}), 'action', qr/NotExistedDevice/);
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD ignored_codes 'iot.device.NotExistedDevice')});
my $ignored = check(q{'tuya', 'p', 'd', '1'});
is($ignored->{action}{ok}, 't', 'unless such a code means that there are no rows');
like($ignored->{action}{detail}, qr/"ignored_codes"/, 'which is told');
$sim->reset;
fails_at('an empty key', check(q{'tuya', ''}), 'action', qr/product_key is empty/);
fails_at('a long key', check(q{'tuya', 'p', repeat('x', 1025)}), 'action', qr/device_name has more than 1024 bytes/);
$sim->clear;
is(check(q{'tuya', 'p', 'd:250', '1'})->{action}{ok}, 't', 'a key of many pages');
is($sim->get('requests'), 1, 'of which one is asked for');

# The server's tables may say how the service wants a parameter spelled.
$sim->reset;
$sim->set(firmware_parameter => 'FirmwareID');
fails_at('a parameter of another name', check(q{'tuya'}), 'action', qr/Missing/, qr/column option "parameter"/);
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE ota_job ALTER firmware_id OPTIONS (SET parameter 'FirmwareID')});
is(check(q{'tuya'})->{action}{ok}, 't', 'a table of the server says which');
is($sim->get('last_firmware_parameter'), 'FirmwareID', 'which is sent');
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE ota_job ALTER firmware_id OPTIONS (DROP parameter)});
$sim->reset;

# --- other actions
$node->safe_psql('postgres', q{CREATE SCHEMA family; IMPORT FOREIGN SCHEMA ota EXCEPT (ota_job) FROM SERVER tuya INTO family});
$sim->reset;
my %names = map { split /\|/ } split /\n/, $session->rows(q{SELECT relname, coalesce((SELECT option_value FROM pg_options_to_table(ftoptions) WHERE option_name = 'action'), 'ListOTAJobByDevice')
	FROM pg_foreign_table JOIN pg_class ON pg_class.oid = ftrelid JOIN pg_foreign_server s ON s.oid = ftserver WHERE srvname = 'tuya'});
is(scalar keys %names, 9, 'the tables of all actions');
foreach my $action (sort values %names)
{
	my $arguments = "'tuya', action => '$action'";
	my $before = counted();

	$sim->reset;
	my $rows = check($arguments);
	is(join('', map { $rows->{$_}{ok} } @steps), 't' x @steps, "$action: all is well");
	like($rows->{action}{detail}, qr/^$action is answered: \d+ \w+/, "$action: which is told");
	is($sim->get('requests') . ' ' . (counted() - $before), '1 1', "$action: by one request, which counts");
	# of an account that may not ask for this
	$sim->set(fail_count => -1, fail_action => $action, fail_code => 'Forbidden.RAM', fail_status => 403);
	fails_at("$action is not permitted", check($arguments), 'action', qr/Forbidden\.RAM/, qr/does not permit/);
	is(check(q{'tuya'})->{action}{ok}, $action eq 'ListOTAJobByDevice' ? 'f' : 't', "$action: others may be");
	# nor is a made-up key what is wrong
	$sim->set(fail_shape => 'service', fail_status => 200, fail_code => $action =~ /By(Job|Firmware)$/ ? 'iot.job.NotExistedJob' : 'iot.prod.NotExistedProduct');
	my $required = $action !~ /^(QueryProductList|ListOTAFirmware)$/;
	is(check($arguments)->{action}{ok}, $required ? 't' : 'f', "$action: a key that was made up may be unknown");
}
$sim->set(fail_count => -1, fail_shape => 'gateway', fail_status => 403, fail_code => 'Forbidden.RAM', fail_action => 'QueryDevice');
is($session->rows(q{SELECT count(*) FILTER (WHERE c.ok), string_agg(CASE WHEN NOT c.ok THEN ftrelid::regclass::text END, ' ') FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = ftserver,
	LATERAL tuya_fdw_check(srvname, action => (SELECT option_value FROM pg_options_to_table(ftoptions) WHERE option_name = 'action')) c WHERE srvname = 'tuya' AND step = 'action'}), '8|family.device', 'all tables of a server, of which one is not permitted');
$sim->reset;
is(check(q{'tuya', action => 'ListOTATaskByJob', job_id => 'batch:250'})->{action}{detail}, 'ListOTATaskByJob is answered: 250 tasks', 'with its own key');
is(check(q{'tuya', action => 'QueryDevice', product_key => 'shop:120'})->{action}{detail}, 'QueryDevice is answered: 120 devices', 'or one that it shares');
fails_at('a key that it has not', check(q{'tuya', action => 'QueryDevice', firmware_id => '1'}), 'action', qr/^QueryDevice has no key firmware_id$/);
fails_at('a key of another action', check(q{'tuya', job_id => '1'}), 'action', qr/^ListOTAJobByDevice has no key job_id$/);
fails_at('an action that there is not', check(q{'tuya', action => 'ListOTAJobs'}), 'action', qr/^there is no action "ListOTAJobs"$/, qr/^Valid values are: .*ListOTATaskByJob/);
fails_at('another key that is empty', check(q{'tuya', action => 'ListOTATaskByJob', job_id => ''}), 'action', qr/job_id is empty/);
# the list is where the server's first table of the action says
$sim->set(list_path => 'data.items');
fails_at('a list that is elsewhere', check(q{'tuya', action => 'ListOTATaskByJob', job_id => 'batch:250'}), 'action', qr/malformed|list/);
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE family.ota_task OPTIONS (ADD list_path 'data.items')});
is(check(q{'tuya', action => 'ListOTATaskByJob', job_id => 'batch:250'})->{action}{ok}, 't', 'is where a table says');
# what is asked for where nobody says: what the server has tables of
$sim->reset;
add_remote($node, 'partial', endpoint => $sim->endpoint, ca_file => $sim->ca_file);
like(check(q{'partial'})->{action}{detail}, qr/^ListOTAJobByDevice /, 'the default action');
$node->safe_psql('postgres', q{DROP FOREIGN TABLE partial; CREATE SCHEMA partial; IMPORT FOREIGN SCHEMA ota LIMIT TO (device) FROM SERVER partial INTO partial});
like(check(q{'partial'})->{action}{detail}, qr/^QueryDevice /, 'or that of the only table');
$node->safe_psql('postgres', q{UPDATE pg_foreign_table SET ftoptions = '{action=Another}' WHERE ftrelid = 'partial.device'::regclass});
like(check(q{'partial'})->{action}{detail}, qr/^ListOTAJobByDevice /, 'not of one that another version has made');
$node->safe_psql('postgres', 'DROP SCHEMA partial, family CASCADE');

# --- roles
$node->safe_psql('postgres', q{
	CREATE ROLE mapped; CREATE ROLE by_public; CREATE ROLE unmapped; CREATE ROLE barred;
	GRANT USAGE ON FOREIGN SERVER tuya TO mapped, unmapped, by_public;
	CREATE USER MAPPING FOR mapped SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret')});
sub check_as
{
	my ($role) = @_;
	my $rows;

	$session->rows("SET ROLE $role");
	$rows = check(q{'tuya', 'p', 'd:3', '1'});
	$session->rows('RESET ROLE');
	return $rows;
}
$sim->clear;
fails_at('a role without USAGE', check_as('barred'), 'settings', qr/permission denied for foreign server tuya/);
fails_at('a role without a mapping', check_as('unmapped'), 'user mapping', qr/user mapping not found/);
is($sim->get('requests'), 0, 'neither has sent a request');
my $mapped = check_as('mapped');
is(join('', map { $mapped->{$_}{ok} } @steps), 't' x @steps, 'a role with both');
is($mapped->{'user mapping'}{detail}, 'the mapping of mapped', 'has its own mapping');
$node->safe_psql('postgres', q{CREATE USER MAPPING FOR PUBLIC SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret')});
is(check_as('by_public')->{'user mapping'}{detail}, 'the mapping of public', 'or that of PUBLIC');

# --- a cancel, and what there is of it then
foreach my $way ([ 'no reply', stall => 'head' ], [ 'no handshake', stall => 'tls' ])
{
	my ($name, %settings) = @$way;
	my $runs = TuyaSession->new($node);

	$sim->reset;
	$sim->set(%settings);
	$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (SET request_timeout '1min')}) if $name eq 'no reply';
	$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD connect_timeout '1min')}) if $name eq 'no reply';
	$runs->start(q{SELECT * FROM tuya_fdw_check('tuya')});
	wait_until("$name: it waits", sub { $session->rows(q{SELECT in_flight FROM tuya_fdw_stats WHERE server_name = 'tuya' AND usename = current_user}) eq '1' })
	  if $node->pg_version >= 17;
	wait_until("$name: connected", sub { $sim->get('open_connections') > 0 });
	my $began = Time::HiRes::time();
	kill 'INT', $runs->pid;
	fails_with($runs->finish, '57014', "$name: it is cancelled");
	cmp_ok(Time::HiRes::time() - $began, '<', 0.2 * busy(), "$name: at once");
	$sim->reset;
	my $rows = check(q{'tuya'}, $runs);
	is(join('', map { $rows->{$_}{ok} } @steps), 't' x @steps, "$name: and the next is well");
	is($runs->rows(q{SELECT in_flight FROM tuya_fdw_stats WHERE server_name = 'tuya' AND usename = current_user}), 0, "$name: nothing is in flight");
	is($runs->rows('SELECT count(*) FROM tuya_fdw_connections()'), 0, "$name: no connection is left");
	$runs->quit;
}

# In a subtransaction, in a function, many times: nothing is left behind.
my $descriptors = TuyaSession::descriptors($session->pid);
$session->rows(q{SELECT count(*) FROM generate_series(1, 30), tuya_fdw_check('tuya'); BEGIN; SAVEPOINT a; SELECT count(*) FROM tuya_fdw_check('tuya'); ROLLBACK TO a; COMMIT});
$session->rows(q{SELECT count(*) FROM generate_series(1, 30) i, tuya_fdw_check('tuya', 'p' || i)});
is(TuyaSession::descriptors($session->pid), $descriptors, 'a hundred checks leave no descriptor');

$session->quit;

# --- a name server that hangs
{
	local $ENV{LD_PRELOAD} = preload_library();
	local $ENV{PRELOAD_HANG} = "$dir/hang";

	append_to_file("$dir/hang", '');
	$node->restart;
}
$session = TuyaSession->new($node);
server_fails_at('a name server that hangs', 'name', qr/resolving the name/, qr/"connect_timeout"/,
	endpoint => "https://a.hung.test:$sim->{tls_port}/", connect_timeout => '200ms');
unlink "$dir/hang";

$session->quit;
$node->stop;
$sim->stop;
done_testing();
