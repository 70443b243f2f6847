
# cache_ttl: what one session has read is there for others, as long as it is good; nobody
# gets what another credential has read, nor what is not whole; the memory holds.

use strict;
use warnings FATAL => 'all';

use File::Copy qw(copy);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use TuyaNet;
use TuyaSession qw(fails_with wait_until);
use TuyaTest;

use constant KEYS => $ENV{TUYA_SOAK} ? 1_000_000 : 20_000;
use constant SMALL_KB => 1024;
use constant SMALL => SMALL_KB * 1024;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('cache', $sim, concurrency => 8, page_size => 10);
my $join = q{FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)};
my $preloaded_only = $node->pg_version < 17;

$node->safe_psql('postgres', q{
	CREATE TABLE inventory AS
		SELECT 'p' AS product_key, 'd' || i || ':' || i % 25 AS device_name, '1' AS firmware_id FROM generate_series(1, 100) AS i;
	ANALYZE inventory});

# Segments of dynamic shared memory.
sub segments { my @files = glob($node->data_dir . '/pg_dynshmem/*'); return scalar @files; }

# Sets cache_ttl, or takes it away.
sub set_ttl
{
	my ($ttl) = @_;

	$node->safe_psql('postgres', q{DO $$ BEGIN ALTER SERVER tuya OPTIONS (DROP cache_ttl); EXCEPTION WHEN OTHERS THEN NULL; END $$}
		. (defined $ttl ? "; ALTER SERVER tuya OPTIONS (ADD cache_ttl '$ttl')" : ''));
	return;
}

# Tests that the session's statement has that result with so many requests.
sub asks
{
	my ($session, $requests, $sql, $result, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$sim->clear;
	my $got = $session->rows($sql);
	return is("$got, " . $sim->get('requests') . ' requests', "$result, $requests requests", $name);
}

# --- not preloaded: from 17 on there is shared memory all the same
set_ttl('10s');
my $first = TuyaSession->new($node);
$first->rows('EXPLAIN ' . lookup_sql('ota_job', 'd:3'));
if ($preloaded_only)
{
	fails_with($first->run(lookup_sql('ota_job', 'd:3')), '55000', 'no shared memory', 'cache_ttl', 'shared_preload_libraries');
	is($first->rows('TABLE tuya_fdw_cache; SELECT tuya_fdw_cache_clear()'), 0, 'and nothing is there');
	$first->rows('BEGIN; ALTER SERVER tuya OPTIONS (SET cache_ttl \'0\')');
	asks($first, 1, lookup_sql('ota_job', 'd:3'), 3, 'off, nothing is refused');
	$first->rows('ROLLBACK');
}
else
{
	asks($first, 1, lookup_sql('ota_job', 'd:3'), 3, 'without preloading: asked');
	asks(TuyaSession->new($node), 0, lookup_sql('ota_job', 'd:3'), 3, 'and there for another session');
}
$first->quit;
set_ttl(undef);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'tuya_fdw'\nrestart_after_crash = on\n");
$node->restart;

# --- off: there is nothing
$first = TuyaSession->new($node);
my $second = TuyaSession->new($node);
my $segments = segments();
asks($first, 1, lookup_sql('ota_job', 'd:3'), 3, 'off: asked') foreach 1, 2;
is(segments(), $segments, 'without memory');
is($first->rows('TABLE tuya_fdw_cache; SELECT tuya_fdw_cache_clear(); TABLE tuya_fdw_cache'), 0, 'and nothing is seen');
is(segments(), $segments, 'also by who looks');

# --- on: whatever asks, the second asks for nothing
my %statements = (
	'a lookup of a page' => [ 1, lookup_sql('ota_job', 'd:4'), 4 ],
	'of several' => [ 3, lookup_sql('ota_job', 'd:25'), 25 ],
	'without rows' => [ 1, lookup_sql('ota_job', 'x:0'), 0 ],
	'count(*) of a page' => [ 1, q{SELECT count(*) FROM ota_job WHERE product_key = 'p' AND device_name = 'c:5' AND firmware_id = '1'}, 5 ],
	'a list' => [ 3, q{SELECT count(job_status) FROM ota_job WHERE product_key = 'p' AND device_name = ANY ('{l1:1,l2:2,l3:3}') AND firmware_id = '1'}, 6 ],
	'a join' => [ 172, "SELECT count(job_status) $join", 1200 ],
	'a subquery' => [ 40, q{SELECT sum((SELECT count(job_status) FROM ota_job j WHERE j.product_key = 'q' AND j.device_name = i.device_name AND j.firmware_id = '1')) FROM inventory i WHERE device_name LIKE 'd%:_'}, 180 ],
	'an Append' => [ 2, q{SELECT sum(n) FROM (SELECT length(job_id) n FROM ota_job WHERE product_key = 'p' AND device_name = 'a:1' AND firmware_id = '1' UNION ALL SELECT length(job_id) FROM ota_job WHERE product_key = 'p' AND device_name = 'a:2' AND firmware_id = '1') x}, 57 ],
	'a cursor' => [ 2, q{BEGIN; DECLARE c CURSOR FOR SELECT 1 FROM ota_job WHERE product_key = 'p' AND device_name = 'cursor:12' AND firmware_id = '1'; MOVE 12 IN c; MOVE 1 IN c; COMMIT; SELECT 1}, 1 ],
);
set_ttl('1h');
foreach my $name (sort keys %statements)
{
	my ($requests, $sql, $result) = @{ $statements{$name} };

	asks($first, $requests, $sql, $result, "$name: asked") or diag($sim->get('requests'));
	asks($second, 0, $sql, $result, "$name: there");
}
is(segments(), $segments + 1, 'in one segment of memory');
my $rows = "SELECT j.* $join";
$node->safe_psql('postgres', "CREATE TABLE kept AS $rows; ALTER SERVER tuya OPTIONS (DROP cache_ttl)");
same_rows($node, $rows, 'TABLE kept', 'the rows are the same');
set_ttl('1h');
asks($second, 0, q{SELECT count(*) FROM ota_job WHERE product_key = 'p' AND device_name = 'd:25' AND firmware_id = '1'}, 25, 'count(*) of what is there whole');

# --- what is shown
is($second->rows(q{SELECT tuya_fdw_stats_reset()}), '', 'counted anew');
$second->rows("SELECT count(job_status) $join");
is($second->rows('SELECT lookups, cache_hits, requests FROM tuya_fdw_stats'), '100|100|0', 'tuya_fdw_stats counts hits');
my $plan = $second->rows("EXPLAIN (ANALYZE, COSTS OFF) SELECT j.job_id $join WHERE i.device_name IN ('d1:1', 'd2:2')");
like($plan, qr/Lookups: 2\n\s*Requests: 0\n\s*Deduplicated: 0\n\s*Cache Hits: 2\n\s*Oldest Hit: \d+\.\d{3} s\n/, 'EXPLAIN shows them');
$plan = $second->rows(q{EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT j.job_id FROM ota_job j WHERE product_key = 'p' AND device_name = 'new:1' AND firmware_id = '1'});
like($plan, qr/Cache Hits: 0(?!.*Oldest)/s, 'and that there are none');
my $mine = q{SELECT server_name, usename = current_user, entries, bytes, hits > 100, now() - oldest BETWEEN '0' AND '5 min' FROM tuya_fdw_cache};
like($second->rows($mine), qr/^tuya\|t\|151\|\d{6}\|t\|t$/, 'so does the view');
asks($second, 0, q{SET max_parallel_workers_per_gather = 0; BEGIN; SET LOCAL tuya_fdw.max_requests = 1; } . $statements{'a join'}[1] . '; COMMIT', 1200, 'hits are no requests');

# --- time
set_ttl('1s');
asks($first, 1, lookup_sql('ota_job', 't:1'), 1, 'a second: asked');
asks($second, 0, lookup_sql('ota_job', 't:1'), 1, 'there');
sleep(1.1);
asks($second, 1, lookup_sql('ota_job', 't:1'), 1, 'a second later: asked');
asks($first, 0, lookup_sql('ota_job', 't:1'), 1, 'and there again');
set_ttl('1h');
sleep(0.3);
asks($first, 0, lookup_sql('ota_job', 't:1'), 1, 'good for who has a longer time');
asks($first, 1, q{SET tuya_fdw.max_age = '200ms'; } . lookup_sql('ota_job', 't:1'), 1, 'max_age lowers it');
asks($first, 0, lookup_sql('ota_job', 't:1'), 1, 'there by max_age');
asks($first, 1, q{SET tuya_fdw.max_age = 0; } . lookup_sql('ota_job', 't:1'), 1, 'max_age 0: asked') foreach 1, 2;
sleep(0.2);
asks($second, 0, q{SET tuya_fdw.max_age = '10d'; } . lookup_sql('ota_job', 't:1'), 1, 'and stored');
set_ttl('100ms');
sleep(0.2);
asks($second, 1, lookup_sql('ota_job', 't:1'), 1, 'max_age raises nothing');
set_ttl('1h');
$_->rows('RESET tuya_fdw.max_age') foreach $first, $second;

# A reply that lies unread in an idle cursor is as old as its request.
set_ttl('2s');
$first->rows(q{SET enable_hashjoin = off; SET enable_mergejoin = off; BEGIN; DECLARE c CURSOR FOR SELECT 1 FROM (VALUES ('k1:1'), ('k2:1')) k (device_name), ota_job j WHERE j.product_key = 'p' AND j.device_name = k.device_name AND firmware_id = '1' ORDER BY 1; }
	. q{DECLARE d CURSOR FOR SELECT 1 FROM ota_job WHERE product_key = 'p' AND device_name = ANY ('{k1:11,k2:11}') AND firmware_id = '1'; FETCH 1 FROM d});
sleep(2.1);
$first->rows('MOVE ALL IN d; COMMIT');
asks($second, 2, lookup_sql('ota_job', 'k1:11'), 11, 'what lay unread is not young');
set_ttl('1h');

# --- whose it is
$node->safe_psql('postgres', q{
	CREATE ROLE other LOGIN; GRANT SELECT ON ota_job TO other; GRANT USAGE ON FOREIGN SERVER tuya TO other;
	CREATE USER MAPPING FOR other SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'wrong')});
my $lookup = lookup_sql('ota_job', 'd:4');
asks($first, 0, $lookup, 4, 'it is there');
$sim->set(provoked => 1);
fails_with($second->run("SET ROLE other; $lookup"), '28000', 'SET ROLE: another secret does not hit');
is($second->rows('TABLE tuya_fdw_cache; SELECT usename FROM tuya_fdw_stats'), 'other', 'nor see it');
fails_with($second->run('SELECT tuya_fdw_cache_clear()'), '42501', 'nor clear it');
$second->rows('RESET ROLE');
$sim->set(provoked => 0);
$node->safe_psql('postgres', q{ALTER USER MAPPING FOR other SERVER tuya OPTIONS (SET access_key_secret 'testsecret')});
asks($second, 1, "SET ROLE other; $lookup", 4, 'nor does another mapping with the same');
asks($second, 0, $lookup, 4, 'but it has its own');
is($second->rows('SELECT usename, entries, hits FROM tuya_fdw_cache'), 'other|1|1', 'which it sees');
is($second->rows(q{RESET ROLE; SELECT count(*) FROM tuya_fdw_cache}), 2, 'as who may see all does');
asks($second, 0, q{CREATE VIEW v AS } . $lookup . q{; GRANT SELECT ON v TO other; SET ROLE other; TABLE v; RESET ROLE}, 4, 'a view\'s owner is who asks');

$sim->set(provoked => 1);
$node->safe_psql('postgres', q{ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_secret 'wrong')});
fails_with($first->run($lookup), '28000', 'ALTER USER MAPPING: asked');
$node->safe_psql('postgres', q{ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_secret 'testsecret')});
$sim->set(provoked => 0);
asks($first, 0, $lookup, 4, 'it was that of the old secret');
$node->safe_psql('postgres', q{DROP USER MAPPING FOR CURRENT_USER SERVER tuya; CREATE USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret')});
asks($first, 1, $lookup, 4, 'a mapping that is made anew is another');

my $port = $sim->{tls_port};
my $proxy = TuyaNet::Proxy->start('connect');
my $other_ca = $node->basedir . '/other_ca.pem';
copy($sim->ca_file, $other_ca);
my @options = (
	[ 'endpoint', "SET endpoint 'https://LOCALHOST:$port/'", "SET endpoint '" . $sim->endpoint . "'" ],
	[ 'proxy', "ADD proxy '" . $proxy->url('http') . "'", 'DROP proxy' ],
	[ 'ca_file', "SET ca_file '$other_ca'", "SET ca_file '" . $sim->ca_file . "'" ],
	[ 'extra_parameters', q{ADD extra_parameters 'Version=1'}, 'DROP extra_parameters' ],
	[ 'page_size', 'SET page_size \'9\'', 'SET page_size \'10\'' ],
	[ 'ignored_codes', q{ADD ignored_codes 'iot.device.NotExistedDevice'}, 'DROP ignored_codes' ],
	[ 'on_incomplete', q{ADD on_incomplete 'warning'}, 'DROP on_incomplete' ]);
foreach my $option (@options)
{
	my ($name, $set, $back) = @$option;

	$node->safe_psql('postgres', "ALTER SERVER tuya OPTIONS ($set)");
	asks($first, 1, $lookup, 4, "another $name: asked");
	asks($second, 0, $lookup, 4, 'and there by that');
	$node->safe_psql('postgres', "ALTER SERVER tuya OPTIONS ($back)");
	asks($second, 0, $lookup, 4, 'as what was there before');
}
$node->safe_psql('postgres', q{CREATE FOREIGN TABLE twin (product_key text, device_name text, firmware_id text, job_id text, job_status text) SERVER tuya OPTIONS (cache_ttl '0')});
asks($first, 1, $lookup =~ s/ota_job/twin/r, 4, 'a table whose own cache_ttl is 0: asked');
asks($first, 1, "SELECT (" . $lookup . '), (' . ($lookup =~ s/ota_job/twin/r) . ')', '4|4', 'in one statement with one that has it, too');
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE twin OPTIONS (SET cache_ttl '1h')});
asks($first, 0, $lookup =~ s/ota_job/twin/r, 4, 'two tables share what they ask for alike');

# --- what is not kept
sub not_kept
{
	my ($name, $requests, $device, $before, $after) = @_;
	my $sql = lookup_sql('ota_job', $device);

	$sim->set(%$before);
	$first->run($sql);
	$sim->reset;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return asks($second, $requests, $sql, $device =~ s/.*://r, "$name is not kept");
}
not_kept('an error', 1, 'e1:5', { fail_count => 1, fail_code => 'Forbidden.RAM', fail_status => 403 });
not_kept('pages that do not add up', 2, 'e2:15', { lie_total => 17 });
not_kept('a round that was repeated', 2, 'e3:15', { churn_after_page => 1, churn_delete => 1 });
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD on_incomplete 'warning', ADD ignored_codes 'iot.device.NotExistedDevice')});
not_kept('what is incomplete with a warning', 2, 'e4:15', { lie_total => 17 });
not_kept('an ignored code', 1, 'e5:5', { fail_count => 1, fail_code => 'iot.device.NotExistedDevice', fail_status => 200 });
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (DROP on_incomplete, DROP ignored_codes)});
my $some = q{SELECT count(*) FROM (SELECT 1 FROM ota_job WHERE product_key = 'p' AND device_name = 'some:8' AND firmware_id = '1' LIMIT 3) x};
asks($first, 1, $some, 3, 'LIMIT asks for a whole page');
asks($second, 0, $some, 3, 'which is there');
asks($second, 0, lookup_sql('ota_job', 'some:8'), 8, 'for others, too');
my $exists = q{SELECT count(*) FROM inventory i WHERE EXISTS (SELECT FROM ota_job j WHERE j.product_key = 'x' AND j.device_name = i.device_name AND j.firmware_id = '1')};
asks($first, 100, $exists, 96, 'EXISTS asks for first pages');
asks($second, 56, $exists, 96, 'those that are whole are there');
$first->rows(q{SELECT job_id FROM ota_job WHERE product_key = 'p' AND device_name = 'e6:200' AND firmware_id = '1' LIMIT 12});
asks($second, 20, lookup_sql('ota_job', 'e6:200'), 200, 'what LIMIT read in part is not kept');
$first->rows(q{SELECT count(*) FROM ota_job WHERE product_key = 'p' AND device_name = 'e7:25' AND firmware_id = '1'});
asks($second, 3, lookup_sql('ota_job', 'e7:25'), 25, 'nor is a total');
$sim->set(stall => 'head');
$first->start(lookup_sql('ota_job', 'e8:5'));
wait_until('a request is in flight', sub { $sim->get('in_flight') eq '1' });
kill 'INT', $first->pid;
fails_with($first->finish, '57014', 'a cancel');
$sim->reset;
asks($second, 1, lookup_sql('ota_job', 'e8:5'), 5, 'what was cancelled is not kept');

# Rows beyond work_mem, which nobody reads twice.
$first->rows(q{SET work_mem = '64kB'});
asks($first, 60, lookup_sql('ota_job', 'w:600'), 600, 'beyond work_mem: asked');
asks($first, 0, lookup_sql('ota_job', 'w:600'), 600, 'there');
asks($second, 0, lookup_sql('ota_job', 'w:600'), 600, 'for others, too');
$first->rows('RESET work_mem');

# --- clear
add_remote($node, 'elsewhere', endpoint => $sim->endpoint, ca_file => $sim->ca_file, cache_ttl => '1h');
asks($first, 1, lookup_sql('elsewhere', 'd:4'), 4, 'another server: asked');
cmp_ok($first->rows(q{SELECT tuya_fdw_cache_clear('tuya')}), '>', 100, 'clear drops a server\'s');
is($first->rows('SELECT server_name, entries FROM tuya_fdw_cache'), 'elsewhere|1', 'and no other\'s');
asks($first, 1, $lookup, 4, 'after a clear: asked');
asks($second, 0, lookup_sql('elsewhere', 'd:4'), 4, 'the other server\'s is there');
is($first->rows('SELECT tuya_fdw_cache_clear()'), 2, 'clear drops all');
fails_with($first->run(q{SELECT tuya_fdw_cache_clear('nowhere')}), '42704', 'no such server');
$sim->clear;
$sim->set(hold_until_in_flight => 2, hold_ms => 60_000);
$first->start($lookup);
wait_until('a request is in flight', sub { $sim->get('in_flight') eq '1' });
is($second->rows('SELECT tuya_fdw_cache_clear()'), 0, 'clear while it is asked for');
is($second->rows(lookup_sql('ota_job', 'd:5')), 5, 'another one lets it go on');
is($first->finish->{text}, "4\n", 'it has its rows');
$sim->reset;
asks($first, 1, $lookup, 4, 'what was asked for before a clear is not kept after it');
$node->safe_psql('postgres', 'CREATE DATABASE apart');
is($node->safe_psql('apart', 'CREATE EXTENSION tuya_fdw; TABLE tuya_fdw_cache; SELECT tuya_fdw_cache_clear()'), 0, 'another database sees and clears its own');
asks($second, 0, $lookup, 4, 'so it is there');

# --- REFRESH MATERIALIZED VIEW asks
$node->safe_psql('postgres', qq{
	CREATE FUNCTION jobs() RETURNS bigint LANGUAGE plpgsql SET search_path = public AS \$\$ BEGIN RETURN ($lookup); END \$\$;
	CREATE FUNCTION refresh() RETURNS bigint LANGUAGE plpgsql AS \$\$ BEGIN REFRESH MATERIALIZED VIEW m; RETURN jobs(); END \$\$;
	CREATE MATERIALIZED VIEW m AS $lookup; CREATE MATERIALIZED VIEW f AS SELECT jobs()});
asks($first, 1, 'REFRESH MATERIALIZED VIEW m; SELECT 1', 1, 'REFRESH asks');
asks($first, 1, 'REFRESH MATERIALIZED VIEW f; SELECT 1', 1, 'so does a function in it');
asks($first, 1, 'SELECT refresh()', 4, 'and one in a function, and nothing after it');
$first->run('SELECT 1/0');
asks($first, 1, 'REFRESH MATERIALIZED VIEW m; TABLE m', 4, 'after an error, too');
fails_with($first->run(q{SET statement_timeout = '1ms'; SELECT pg_sleep(1)}), '57014', 'an error');
$first->rows('RESET statement_timeout');
asks($first, 0, $lookup, 4, 'others do not');
asks($first, 0, q{SET tuya_fdw.max_age = '1h'; REFRESH MATERIALIZED VIEW m; RESET tuya_fdw.max_age; TABLE m}, 4, 'REFRESH with max_age does not');
$sim->clear;
$node->safe_psql('postgres', 'REFRESH MATERIALIZED VIEW m');
is($sim->get('requests'), 1, 'a session\'s first REFRESH asks');
$sim->set(fail_count => 1, fail_code => 'Forbidden.RAM', fail_status => 403);
fails_with($first->run('REFRESH MATERIALIZED VIEW f'), '28000', 'one that fails');
asks($first, 0, $lookup, 4, 'leaves nothing behind');

# --- the size
sub configure
{
	my (@lines) = @_;

	$node->append_conf('postgresql.conf', join("\n", @lines) . "\n");
	$node->reload;
	foreach my $session ($first, $second)
	{
		wait_until("@lines", sub { $session->rows('SHOW tuya_fdw.cache_size') eq SMALL_KB / 1024 . 'MB' });
	}
	return;
}
configure('tuya_fdw.cache_size = ' . SMALL_KB . 'kB');
asks($first, 1, $lookup, 4, 'another size: it begins anew');
asks($second, 0, $lookup, 4, 'for all');
is(segments(), $segments + 1, 'in a segment of its own');
fails_with($first->run(q{SET tuya_fdw.cache_size = '1GB'}), '55P02', 'the size is the server\'s');

sub size { return $first->rows(q{SELECT bytes FROM tuya_fdw_cache WHERE server_name = 'tuya'}); }
my $large = 391;		# of more than 170 bytes each
asks($first, int($large / 10 + 1), lookup_sql('ota_job', "g:$large"), $large, 'more than a sixteenth: asked');
asks($second, int($large / 10 + 1), lookup_sql('ota_job', "g:$large"), $large, 'and not kept');
asks($second, 0, $lookup, 4, 'nor does it cost anything');
$first->rows(q{SELECT tuya_fdw_cache_clear()});
my $many = q{SELECT count(job_status) FROM generate_series(%d, %d) i, ota_job WHERE product_key = 'p' AND device_name = 'many' || i || ':0' AND firmware_id = '1'};
$first->rows(lookup_sql('ota_job', 'stays:1'));
for (my $i = 0; $i < KEYS; $i += 2000)
{
	$first->rows(sprintf $many, $i, $i + 1999);
	$second->rows(lookup_sql('ota_job', 'stays:1'));
}
cmp_ok(size(), '<=', SMALL, 'the size holds for ' . KEYS . ' keys');
cmp_ok(size(), '>', SMALL * 0.9, 'and is used');
asks($first, 0, lookup_sql('ota_job', 'stays:1'), 1, 'what is used all the time stays');
asks($first, 0, sprintf($many, KEYS - 1000, KEYS - 1), 0, 'and what was used last');
asks($first, 1000, sprintf($many, 0, 999), 0, 'not what was not used since');
$first->rows('SELECT tuya_fdw_cache_clear()');
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE twin OPTIONS (SET cache_ttl '1ms')});
$first->rows(sprintf $many, 0, 999);
$first->rows(sprintf($many, 10_000, 12_000) =~ s/ota_job/twin/r);
sleep(0.01);
$first->rows(sprintf $many, 20_000, 21_000);
$first->rows(sprintf($many, 30_000, 31_000) =~ s/ota_job/twin/r);
sleep(0.01);
$first->rows(sprintf $many, 40_000, 40_500);
asks($first, 0, sprintf($many, 0, 999), 0, 'what has expired goes before what was not used');

# --- many at once: what they read, store, clear and push out is right
$first->rows('SELECT tuya_fdw_cache_clear()');
my @sessions = map { TuyaSession->new($node) } 1 .. 6;
$node->safe_psql('postgres', q{CREATE FUNCTION wrong(seed float, n int) RETURNS bigint LANGUAGE plpgsql AS $$
	DECLARE device text; count bigint; wrong bigint := 0;
	BEGIN
		PERFORM setseed(seed);
		FOR i IN 1 .. n LOOP
			device := 's' || (random() * 40)::int;
			device := device || ':' || (hashtext(device) & 127) % 40;
			SELECT count(DISTINCT j.job_id) INTO count FROM ota_job j JOIN sim_jobs('p', device, '1') s USING (job_id, job_status)
				WHERE j.product_key = 'p' AND j.device_name = device AND j.firmware_id = '1';
			wrong := wrong + (count <> split_part(device, ':', 2)::int)::int;
			IF i % 100 = 0 THEN
				PERFORM count(*) FROM generate_series(1, 300) k, ota_job j WHERE j.product_key = 'f' || seed AND j.device_name = 'd' || (i * k) || ':2' AND j.firmware_id = '1';
			END IF;
			IF i % 250 = 0 THEN
				PERFORM tuya_fdw_cache_clear();
			END IF;
		END LOOP;
		RETURN wrong;
	END $$});
$sessions[$_]->start("SELECT wrong($_ / 10.0, 500)") foreach 0 .. $#sessions;
is($_->finish->{text}, "0\n", 'a session among others reads right') foreach @sessions;

# --- kill -9 in the midst of it
$_->start(q{SELECT wrong(0.5, 100000)}) foreach @sessions[0 .. 2];
sleep(0.5);
kill 'KILL', $sessions[1]->pid;
$_->finish foreach @sessions[0 .. 2];
$_->quit foreach @sessions, $first, $second;
ok($node->poll_query_until('postgres', 'SELECT true'), 'the server restarts after a kill -9');
is($node->safe_psql('postgres', 'TABLE tuya_fdw_cache'), '', 'with nothing in the cache');
$first = TuyaSession->new($node);
asks($first, 1, $lookup, 4, 'which is filled again');
asks($first, 0, $lookup, 4, 'and read');

# --- too little memory for it: an error that says so
$first->quit;
$node->append_conf('postgresql.conf', "tuya_fdw.cache_size = 100MB\n");
$node->restart;
my $postmaster = slurp_file($node->data_dir . '/postmaster.pid') =~ s/\n.*//sr;
SKIP:
{
	skip 'no prlimit here', 3 if system('prlimit --version >/dev/null 2>&1') != 0;
	$first = TuyaSession->new($node);
	PostgreSQL::Test::Utils::system_or_bail('prlimit', '--pid', $first->pid, '--fsize=50000000:unlimited');
	$first->rows('SET log_min_messages = panic');
	fails_with($first->run($lookup), '53100', 'no memory', 'could not make the cache', 'tuya_fdw.cache_size');
	PostgreSQL::Test::Utils::system_or_bail('prlimit', '--pid', $first->pid, '--fsize=unlimited:unlimited');
	asks($first, 1, $lookup, 4, 'then there is');
	asks($first, 0, $lookup, 4, 'and it is used');
}

$node->stop;
$sim->stop;
done_testing();
