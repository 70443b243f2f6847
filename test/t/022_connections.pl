
# Connections: kept across the statements of a session, closed when server or
# mapping change, and no trouble when the other side closes them.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use TuyaNet;
use TuyaSession qw(fails_with wait_until);
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $other = TuyaTest::Sim->start;
my $node = tuya_node('connections', $sim);
my $session = TuyaSession->new($node);

sub counted
{
	my ($server, @names) = @_;
	return join(' ', map { "$_ " . $server->get($_) } @names);
}

# Tests that the session's next statement finds its connection closed.
sub closes
{
	my ($what, $sql, $by) = @_;

	is($session->rows(lookup_sql('ota_job', 'd:3')), 3, "$what: asked before");
	is(counted($sim, 'open_connections'), 'open_connections 1', 'a connection is kept');
	$by->rows($sql);
	$session->rows('SELECT 1');
	wait_until('the connection is closed', sub { $sim->get('open_connections') == 0 });
	pass("$what: it is closed");
	return;
}

# --- one connection for a session
foreach my $http2 (0, 1)
{
	my $version = 'HTTP/' . (1 + $http2);
	my $own = TuyaSession->new($node);

	$sim->reset;
	$sim->set(http2 => $http2);
	$own->rows(lookup_sql('ota_job', "d$_:3")) foreach 1 .. 5;
	is(counted($sim, 'requests', 'connections', 'tls_handshakes'),
		'requests 5 connections 1 tls_handshakes 1', "$version: one connection for five statements");
	is($sim->get('open_connections'), 1, "$version: it is kept");
	$own->quit;
	wait_until('the connection is closed', sub { $sim->get('open_connections') == 0 });
	pass("$version: it ends with the session");
}

# --- closed when something changes
$sim->reset;
my $admin = TuyaSession->new($node);
closes('ALTER SERVER', q{ALTER SERVER tuya OPTIONS (ADD page_size '100')}, $session);
closes("another session's ALTER SERVER", q{ALTER SERVER tuya OPTIONS (DROP page_size)}, $admin);
closes("another session's ALTER USER MAPPING",
	q{ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_secret 'testsecret')},
	$admin);
closes("another session's DROP USER MAPPING", q{DROP USER MAPPING FOR CURRENT_USER SERVER tuya}, $admin);
fails_with($session->run(lookup_sql('ota_job', 'd:3')), '42704', 'the dropped mapping is gone',
	qr/user mapping/);
$admin->rows(q{CREATE USER MAPPING FOR CURRENT_USER SERVER tuya
	OPTIONS (access_key_id 'testid', access_key_secret 'testsecret')});
add_remote($node, 'dropped', endpoint => $sim->endpoint, ca_file => $sim->ca_file);
is($session->rows(lookup_sql('dropped', 'd:3')), 3, 'DROP SERVER: asked before');
$admin->rows('DROP SERVER dropped CASCADE');
$session->rows('SELECT 1');
wait_until('the connection is closed', sub { $sim->get('open_connections') == 0 });
pass("another session's DROP SERVER: it is closed");

# --- new settings hold from the next statement on
$sim->clear;
is($session->rows(lookup_sql('ota_job', 'd:21')), 21, 'page_size 100');
$admin->rows(q{ALTER SERVER tuya OPTIONS (ADD page_size '7')});
is($session->rows(lookup_sql('ota_job', 'd:21')), 21, 'page_size 7');
is(counted($sim, 'requests', 'last_page_size'), 'requests 4 last_page_size 7', 'one page, then three');
$session->rows(q{BEGIN; ALTER SERVER tuya OPTIONS (SET page_size '3')});
is($session->rows(lookup_sql('ota_job', 'd:21')), 21, 'page_size 3, in a transaction');
is($sim->get('last_page_size'), 3, 'holds in the transaction that set it');
$session->rows('ROLLBACK');
is($session->rows(lookup_sql('ota_job', 'd:21')), 21, 'page_size 7 again');
is($sim->get('last_page_size'), 7, 'rolled back with it');

# A statement that has begun goes on with what it began with.
my $lookup = q{FROM ota_job WHERE product_key = 'p' AND device_name = 'd:21' AND firmware_id = '1'};
$session->rows("BEGIN; DECLARE c CURSOR FOR SELECT job_id $lookup; MOVE 5 IN c");
$admin->rows(sprintf q{ALTER SERVER tuya OPTIONS (SET endpoint '%s')}, $other->endpoint);
is($session->rows(lookup_sql('ota_job', 'd:3')), 3, 'the next statement asks the new endpoint');
is(counted($other, 'requests'), 'requests 1', 'with one request');
my @rest = split /\n/, $session->rows('FETCH ALL FROM c');
is(scalar @rest, 16, 'a cursor goes on with the old one');
is(counted($other, 'requests'), 'requests 1', 'and does not ask the new one');
is($sim->get('open_connections'), 1, 'whose connection it needs');
$session->rows('COMMIT');
wait_until('the connection is closed', sub { $sim->get('open_connections') == 0 });
pass('and closes with its end');
$admin->rows(sprintf q{ALTER SERVER tuya OPTIONS (SET endpoint '%s')}, $sim->endpoint);

# --- stale connections: the service reads a request and closes
foreach my $http2 (0, 1)
{
	my $version = 'HTTP/' . (1 + $http2);
	my $own = TuyaSession->new($node);

	$sim->reset;
	$sim->set(http2 => $http2, close_reused => 1);
	is($own->rows(lookup_sql('ota_job', "d$_:3")), 3, "$version, stale connections: statement $_ is right")
	  foreach 1 .. 4;
	# the first has a new connection, each later one meets a stale one
	is(counted($sim, 'requests', 'forced_closes', 'repeated_nonces', 'bad_signatures'),
		'requests 7 forced_closes 3 repeated_nonces 0 bad_signatures 0',
		"$version: sent again once each, signed anew");
	$sim->clear;
	my $explained = $own->rows('EXPLAIN (ANALYZE, COSTS OFF) ' . lookup_sql('ota_job', 'd5:70'));
	like($explained, qr/Foreign Scan.* rows=70\b/, "$version: ten pages are right");
	my ($counted) = $explained =~ /Requests: (\d+)/;
	cmp_ok($sim->get('requests'), '>', 10, "$version: some were asked for again");
	cmp_ok($counted, '>=', $sim->get('requests'), "$version: which EXPLAIN counts");
	is($sim->get('repeated_nonces'), 0, "$version: each signed anew");
	$own->quit;
}

# --- a service that changes its protocol in mid-session, say behind a load balancer;
# a stream at a time, so that new connections are wanted beside the old one
foreach my $http2 (0, 1)
{
	my $from = 'HTTP/' . (1 + $http2);
	my $own = TuyaSession->new($node);
	my $join = q{SELECT count(*) FROM generate_series(1, %d) AS i
		JOIN ota_job ON product_key = 'p' AND device_name = 'd' || i || ':3' AND firmware_id = '1'
		JOIN sim_jobs('p', 'd' || i || ':3', '1') AS rule USING (job_id)};

	$sim->reset;
	$sim->set(http2 => $http2, latency_ms => 5, h2_max_streams => 1);
	is($own->rows(sprintf $join, 2), 6, "from $from: right before");
	$sim->set(http2 => 1 - $http2);
	is($own->rows(sprintf $join, 100), 300, "from $from: every device still has its own jobs");
	$own->quit;
}

# --- connections that always end
foreach my $http2 (0, 1)
{
	my $version = 'HTTP/' . (1 + $http2);
	my $own = TuyaSession->new($node);

	$sim->reset;
	$sim->set(http2 => $http2, close_all => 1);
	fails_with($own->run(lookup_sql('ota_job', 'd:3')), 'HV00N', "$version: connection lost",
		qr/lost/, qr/^DETAIL:  .*\d+ ms/m);
	cmp_ok($sim->get('requests'), '<', 10, "$version: without a loop");
	$sim->set(close_all => 0);
	is($own->rows(lookup_sql('ota_job', 'd:3')), 3, "$version: and the next statement is right");
	$own->quit;
}

# --- connections that the service closes because they are idle
foreach my $http2 (0, 1)
{
	my $version = 'HTTP/' . (1 + $http2);
	my $own = TuyaSession->new($node);

	$sim->reset;
	$sim->set(http2 => $http2);
	$own->rows(lookup_sql('ota_job', 'd:3'));
	# not before, for a handshake is idle, too
	$sim->set(idle_close_ms => 50);
	wait_until('it closes the connection', sub { $sim->get('idle_closes') > 0 });
	$sim->set(idle_close_ms => 0);
	is($own->rows(lookup_sql('ota_job', 'd:3')), 3, "$version, closed while idle: the next statement is right");
	is(counted($sim, 'requests'), 'requests 2', "$version: one request each");
	$own->quit;
}

$session->quit;
$admin->quit;
$sim->stop;
$other->stop;
$node->stop;
done_testing();
