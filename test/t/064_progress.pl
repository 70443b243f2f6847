
# tuya_fdw_progress while statements run: its numbers only grow during a REFRESH, and come
# to what the statement has done; the phases; who sees whose.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use TuyaNet;
use TuyaSession qw(wait_until);
use TuyaTest;

use constant DEVICES => 400;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('progress', $sim, concurrency => 8);
my @numbers = qw(keys_announced keys_done rows_out requests retries bytes_received);

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'tuya_fdw'\n");
$node->restart;
$node->safe_psql('postgres', qq{
	CREATE TABLE inventory AS
		SELECT 'p' AS product_key, 'd' || i || ':5' AS device_name, '1' AS firmware_id FROM generate_series(1, @{[DEVICES]}) AS i;
	ANALYZE inventory;
	CREATE MATERIALIZED VIEW jobs AS SELECT j.* FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id) WITH NO DATA});

my $session = TuyaSession->new($node);
my $reader = TuyaSession->new($node);

# What the view shows of the session, of one row each.
sub shown
{
	my @columns = @_;
	return $reader->rows('SELECT ' . join(', ', @columns) . ' FROM tuya_fdw_progress WHERE pid = ' . $session->pid);
}

# --- a REFRESH
my @seen;
$sim->set(latency_ms => 10, fault_percent => 3, fault_kinds => 'error');
$session->start('REFRESH MATERIALIZED VIEW jobs');
wait_until('it is shown', sub { shown('pid') ne '' });
my $who = shown('datname', 'usename = current_user', 'server_name', q{statement_start = (SELECT query_start FROM pg_stat_activity a WHERE a.pid = tuya_fdw_progress.pid)});
while ((my $row = shown(@numbers, 'in_flight')) ne '')
{
	push @seen, [ split /\|/, $row ];
	sleep 0.01;
}
is($session->finish->{sqlstate}, '00000', 'a view is refreshed');
is($who, 'postgres|t|tuya|t', 'meanwhile it says whose and since when');
cmp_ok(scalar @seen, '>', 10, 'it was looked at often');
my ($fell, $too_many) = (0, 0);
foreach my $i (1 .. $#seen)
{
	$fell += grep { $seen[$i][$_] < $seen[ $i - 1 ][$_] } 0 .. $#numbers;
	$too_many += $seen[$i][6] > 8 || $seen[$i][1] > $seen[$i][0];
}
is($fell, 0, 'no number has ever fallen');
is($too_many, 0, 'there were never more in flight than may be, nor more keys done than announced');
cmp_ok($seen[-1][1], '>', DEVICES / 2, 'it was seen near the end');
cmp_ok($seen[-1][2], '<=', DEVICES * 5, 'with no more rows than there are');
$sim->reset;

# --- what a loop's statements do adds up; a new statement begins at 0
my $one = q{FROM ota_job WHERE product_key = 'p' AND firmware_id = '1' AND device_name =};
$session->rows(qq{BEGIN; DECLARE c CURSOR FOR SELECT job_id $one 'd:7'; MOVE 1 IN c});
is(shown('phase', 'keys_announced', 'keys_done', 'rows_out', 'requests'), 'reading|1|1|1|1', 'a cursor that idles');
$session->rows('MOVE 6 IN c');
is(shown('keys_announced', 'rows_out', 'requests'), '1|7|1', 'goes on');
$session->rows('COMMIT');
is(shown('pid'), '', 'and is gone');
$session->start(qq{DO \$\$ DECLARE r record; BEGIN FOR i IN 1 .. 5 LOOP PERFORM job_id $one i || ':2'; END LOOP; PERFORM pg_sleep(0.1); FOR r IN SELECT job_id $one 'x:3' LOOP PERFORM pg_sleep(1); END LOOP; END \$\$});
wait_until('the loop is at its end', sub { (shown('keys_announced') || 0) == 6 });
is(shown('keys_done', 'requests'), '6|6', 'a loop adds up what its statements do');
kill 'INT', $session->pid;
$session->finish;

# Also when options are altered meanwhile, and with another user mapping of the server.
$node->safe_psql('postgres', q{CREATE ROLE alice; GRANT SELECT ON ota_job TO alice; GRANT USAGE ON FOREIGN SERVER tuya TO alice;
	CREATE USER MAPPING FOR alice SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
	CREATE VIEW of_alice AS SELECT * FROM ota_job; ALTER VIEW of_alice OWNER TO alice});
foreach my $meanwhile (q{ALTER SERVER tuya OPTIONS (SET concurrency '8')}, q{COMMIT; ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_id 'testid'); COMMIT}, 'PERFORM tuya_fdw_disconnect_all()')
{
	(my $of_alice = $one) =~ s/ota_job/of_alice/;
	$session->start(qq{DO \$\$ DECLARE r record; BEGIN FOR i IN 1 .. 5 LOOP PERFORM job_id $one i || ':2'; END LOOP; $meanwhile; FOR r IN SELECT a.job_id FROM (SELECT job_id $one 'x:3') a, (SELECT job_id $of_alice 'x:3') b LOOP PERFORM pg_sleep(10); END LOOP; END \$\$});
	wait_until('the loop is at its end', sub { $reader->rows(q{SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = } . $session->pid) eq 't' });
	is(shown('server_name', 'keys_announced', 'keys_done', 'requests', 'in_flight'), 'tuya|7|7|7|0', "so it does after $meanwhile");
	kill 'INT', $session->pid;
	$session->finish;
}

# --- phases
sub phase_is
{
	my ($phase, %settings) = @_;

	$sim->reset;
	$sim->set(%settings);
	$session->start("SELECT count(*) FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id)");
	wait_until("phase '$phase'", sub { shown('phase') eq $phase });
	kill 'INT', $session->pid;
	is($session->finish->{sqlstate}, '57014', "phase '$phase' was seen");
	return;
}
phase_is('waiting for a reply', stall => 'head');
phase_is('back-off', fail_count => -1, fail_headers => 'Retry-After: 30');
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD rate_limit '1')});
phase_is('rate limit', latency_ms => 1);
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (DROP rate_limit)});

# --- several servers, and an Append that waits in the driver's place
add_remote($node, 'other', endpoint => $sim->endpoint, ca_file => $sim->ca_file);
$sim->reset;
$sim->set(stall => 'head');
$session->start(join ' UNION ALL ', map { "SELECT job_id FROM $_ WHERE product_key = 'p' AND device_name = 'd:1' AND firmware_id = '1'" } 'ota_job', 'other');
wait_until('two servers are shown', sub { shown(q{string_agg(server_name || ': ' || phase || ' ' || in_flight, ', ' ORDER BY server_name)}) eq 'other: waiting for a reply 1, tuya: waiting for a reply 1' });

# --- who sees it
$node->safe_psql('postgres', 'CREATE ROLE stranger; CREATE ROLE monitor IN ROLE pg_read_all_stats');
is($reader->rows('SET ROLE stranger; SELECT count(*) FROM tuya_fdw_progress; SET ROLE monitor; SELECT count(*) FROM tuya_fdw_progress; RESET ROLE'),
	"0\n2", 'another role does not see it, one of pg_read_all_stats does');
kill 'TERM', $session->pid;
$session->finish;
wait_until('nothing is shown of a session that has ended', sub { shown('pid') eq '' });

$_->quit foreach $session, $reader;
$node->stop;
$sim->stop;
done_testing();
