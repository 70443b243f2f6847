
# While an Append waits for its scans: cancel, statement_timeout and terminate end it at
# once; time limits, back-off, rate limits and retries hold; and no descriptor is lost.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaHang;
use TuyaNet;
use TuyaSession qw(fails_with wait_until descriptors);
use TuyaTest;

# Whatever hangs would do so for a minute or longer; a busy machine is not that slow.
use constant AT_ONCE_S => 20;

my $remotes = 0;

# The jobs of several devices, each in an arm of its own.
sub arms
{
	my ($table, @devices) = @_;

	return join ' UNION ALL ', map {
		"SELECT product_key, device_name, job_id FROM $table WHERE product_key = 'p' AND device_name = '$_' AND firmware_id = '1'"
	} @devices;
}

# All columns are read: else PostgreSQL puts a node over each arm, which is not asynchronous.
my $counts = q{SELECT count(*), (SELECT count(DISTINCT v) FROM unnest(array_agg(product_key || device_name || job_id)) v) FROM};

sub count_of { return "$counts (" . arms(@_) . ') x'; }

# --- what ends a statement
$ENV{LD_PRELOAD} = preload_library();
my $hang = TuyaHang->new('hanging', name_ms => 700, append => 1);

sub ends
{
	my ($session, $state, $by, $sqlstate, $function) = @_;

	$hang->start($session, $state);
	if ($function)
	{
		$hang->wait_in($session, $state);
		$hang->monitor->rows("SELECT $function(" . $session->pid . ')');
	}
	my $result = $session->finish;
	fails_with($result, $sqlstate, "$state, $by: its SQLSTATE");
	cmp_ok($result->{seconds}, '<', AT_ONCE_S + $hang->after_ms($state) / 1000, "$state, $by: at once") if $function;
	return;
}

foreach my $state (grep  { !/^(name|lookahead)/ } TuyaHang->states)
{
	my ($session, $descriptors) = $hang->warm_session($state);

	ends($session, $state, 'cancel', '57014', 'pg_cancel_backend');
	$session->rows("SET statement_timeout = '2s'");
	ends($session, $state, 'statement_timeout', '57014');
	$session->rows('RESET statement_timeout');
	$hang->is_usable($session, $state, $state, $descriptors);
	ends($session, $state, 'terminate', '57P01', 'pg_terminate_backend');
	$session->quit;
	wait_until('nothing is left in progress', sub { $hang->sim->get('in_flight') == 0 });
}
$hang->stop;
delete $ENV{LD_PRELOAD};

# --- time limits
my $sim = TuyaTest::Sim->start;
my $node = tuya_node('append', $sim);
my %here = (endpoint => $sim->endpoint, ca_file => $sim->ca_file);

sub new_remote
{
	my (%options) = @_;
	my $name = 'remote_' . ++$remotes;

	add_remote($node, $name, %here, connect_timeout => '1min', request_timeout => '1min',
		lookup_timeout => '1min', %options);
	return $name;
}

foreach my $case (
	[ 'request_timeout', stall => 'head' ], [ 'request_timeout', stall => 'body' ],
	[ 'lookup_timeout', stall => 'body' ], [ 'connect_timeout', stall => 'tls' ],
	[ 'lookup_timeout', fail_count => -1, fail_code => 'ServiceUnavailable' ])
{
	my ($limit, %settings) = @$case;
	my $what = join ' ', $limit, map { "$_=$settings{$_}" } sort keys %settings;
	my $remote = new_remote($limit => '400ms', retries => $settings{fail_count} ? 100 : 0);
	my $session = TuyaSession->new($node);

	$sim->reset;
	$sim->set(%settings);
	my $result = $session->run(count_of($remote, 'd:3', 'e:3', 'f:3'));
	fails_with($result, $settings{fail_count} ? 'HV000' : 'HV00N', "$what: fails", qr/\b$limit\b/,
		qr/^CONTEXT:  .*"[def]:3"/m);
	cmp_ok($result->{seconds}, '<', AT_ONCE_S, "$what: long before anything else");
	cmp_ok($result->{seconds}, '>=', 0.4, "$what: not before the limit") unless $settings{fail_count};
	$sim->reset;
	$session->rows("ALTER SERVER $remote OPTIONS (SET $limit '1min')");
	is($session->rows(count_of($remote, 'd:3', 'e:3')), '6|6', "$what: the session goes on");
	$session->quit;
}

# Time limits do not run while a cursor idles.
{
	my $remote = new_remote(request_timeout => '10s', retries => 0, page_size => 1);
	my $session = TuyaSession->new($node);

	$sim->reset;
	$session->rows('BEGIN');
	$session->rows('DECLARE c CURSOR FOR ' . arms($remote, 'd:20', 'e:20', 'f:20'));
	$session->rows('FETCH 2 FROM c');
	$session->rows('FETCH 20 FROM c');
	$session->rows('SELECT pg_sleep(11)');
	$session->rows('MOVE ALL FROM c');
	is($session->rows('SELECT 1'), 1, 'an idle cursor costs no request its time');
	$session->rows('COMMIT');
	$session->quit;
}

# --- what is tried again
my $session = TuyaSession->new($node);
my @devices = map { "d$_:3" } 1 .. 12;

is(scalar(() = $session->rows('EXPLAIN ' . count_of('ota_job', @devices)) =~ /Async Foreign Scan/g), 12,
	'all arms are asynchronous');

foreach my $case (
	[ 'back-off', { retries => 10 }, fail_count => 5, fail_code => 'ServiceUnavailable' ],
	[ 'throttled', {}, fail_count => 3, fail_code => 'Throttling.User' ],
	[ 'connection lost', { retries => 10 }, cut_at => 20, cut_count => 1, http2 => 0 ],
	[ 'reset', { retries => 10 }, rst_stream_at => 0, rst_stream_count => 3 ])
{
	my ($what, $options, %settings) = @$case;
	my $remote = new_remote(%$options);

	$sim->reset;
	$sim->set(%settings);
	is($session->rows(count_of($remote, @devices)), '36|36', "$what: all rows, once");
	cmp_ok($sim->get('requests'), '>', 12, "$what: some were sent again");
}
{
	my $remote = new_remote();

	$sim->reset;
	$session->rows(count_of($remote, @devices));
	$sim->clear;
	$sim->set(close_reused => 1, close_reused_count => 1);
	is($session->rows(count_of($remote, @devices)), '36|36', 'a kept connection is dead: all rows, once');
}

# --- rate limits
{
	my $remote = new_remote(rate_limit => 8, endpoint => "https://LOCALHOST:$sim->{tls_port}/");

	$sim->reset;
	my $result = $session->run(count_of($remote, @devices));
	is($result->{text}, "36|36\n", 'rate_limit: all rows');
	cmp_ok($result->{seconds}, '>=', 11 / 8 * 0.9, 'rate_limit holds');
	is($sim->get('requests'), 12, 'rate_limit: each is asked for once');
}

# --- descriptors: a hundred scans need no more than one, and errors leave none behind
{
	my $remote = new_remote(concurrency => 1);

	# a session of its own, whose connections are this remote's
	$session->quit;
	$session = TuyaSession->new($node);
	my $own = sub { descriptors($session->pid) - $sim->get('open_connections') };
	my $try = sub {
		$sim->reset;
		$session->rows(count_of($remote, 'd:1', 'e:1'));
		wait_until('no other session has connections', sub { $sim->get('open_connections') == 1 });
		my $before = $own->();
		$sim->set(stall => 'head');
		$session->start(count_of($remote, map { "f$_:1" } 1 .. 100));
		wait_until('it hangs', sub { $sim->get('in_flight') == 1 });
		# the set of events that an Append makes for each wait, and nothing for each scan
		cmp_ok($own->(), '<', $before + 20, 'no descriptor for each scan');
		kill 'INT', $session->pid;
		fails_with($session->finish, '57014', 'it is cancelled');
		$sim->reset;
		foreach (1 .. 3)
		{
			$sim->set(fail_count => 1, fail_code => 'NoPermission', fail_status => 403);
			$session->rows('DO $$ BEGIN PERFORM * FROM (' . arms($remote, 'd:1', 'e:1') . q{) x;
				EXCEPTION WHEN OTHERS THEN NULL; END $$});
		}
		$sim->reset;
		is($session->rows(count_of($remote, 'd:1', 'e:1')), '2|2', 'after errors in subtransactions all is well');
	};

	# the first time makes what is kept
	$try->();
	my $kept = $own->();
	$try->() foreach 1 .. 3;
	wait_until('as many descriptors are left as before', sub { $own->() == $kept });
}

# --- EvalPlanQual reads the scans one after the other
{
	my $other = TuyaSession->new($node);

	$sim->reset;
	$session->rows(q{CREATE TABLE device (id int, name text, n int); INSERT INTO device VALUES (1, 'd:3', 0), (2, 'e:2', 0)});
	$other->rows(q{BEGIN; UPDATE device SET name = 'f:4' WHERE id = 1});
	$session->start(q{UPDATE device i SET n = (SELECT count(*) FROM
		(SELECT * FROM ota_job WHERE product_key IN ('p', 'q') UNION ALL SELECT * FROM ota_job WHERE product_key = 'r') j
		WHERE j.device_name = i.name AND firmware_id = '1')});
	wait_until('it waits for the other session', sub {
		$other->rows(q{SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = } . $session->pid) == 1 });
	$other->rows('COMMIT');
	is($session->finish->{sqlstate}, '00000', 'a row that another session has changed');
	is($session->rows('SELECT name, n FROM device ORDER BY id'), "f:4|12\ne:2|6", 'gets what belongs to its new key');
	$other->quit;
}

# --- beside another wrapper's scans
SKIP:
{
	skip 'there is no postgres_fdw', 6
	  if $session->rows(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'}) == 0;
	my $remote = new_remote(retries => 0);
	my ($host, $port) = ($node->host, $node->port);

	$session->rows(qq{CREATE EXTENSION postgres_fdw;
		CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '$host', port '$port', dbname 'postgres', async_capable 'true', fetch_size '10');
		CREATE USER MAPPING FOR CURRENT_USER SERVER loopback;
		CREATE VIEW remote_rows AS SELECT 'x'::text AS a, g::text AS b, g::text AS c FROM generate_series(1, 100) g;
		CREATE VIEW slow_rows AS SELECT 'x'::text AS a, g::text AS b, pg_sleep(60)::text AS c FROM generate_series(1, 100) g;
		CREATE FOREIGN TABLE remote (a text, b text, c text) SERVER loopback OPTIONS (table_name 'remote_rows');
		CREATE FOREIGN TABLE slow (a text, b text, c text) SERVER loopback OPTIONS (table_name 'slow_rows')});
	my $sql = "$counts (" . arms($remote, @devices) . ' UNION ALL SELECT * FROM ';
	is(scalar(() = $session->rows("EXPLAIN ${sql}remote) x") =~ /Async Foreign Scan/g), 13, 'beside postgres_fdw: asynchronous');
	$sim->reset;
	$sim->set(hold_until_in_flight => 12, hold_ms => 60000);
	is($session->rows("${sql}remote) x"), '136|136', 'beside postgres_fdw: all rows');
	is($sim->get('max_in_flight'), 12, 'all at the same time');
	$sim->set(hold_until_in_flight => 0, stall => 'head');
	$session->rows("ALTER SERVER $remote OPTIONS (SET request_timeout '500ms')");
	my $result = $session->run("${sql}slow) x");
	fails_with($result, 'HV00N', 'beside one that is slow: time limits hold', qr/"request_timeout"/);
	cmp_ok($result->{seconds}, '<', AT_ONCE_S, 'and at once');
}

$session->quit;
$sim->stop;
$node->stop;

done_testing();
