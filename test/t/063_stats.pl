
# tuya_fdw_stats over all backends: its sums are what the service counted, whatever
# statements there were; nothing is in flight when they have ended, in whatever way; and a
# thousand mappings have a row each.  And without shared memory each session has its own.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with wait_until);
use TuyaTest;

use constant MAPPINGS => 1100;
use constant SLOTS_MAX => 1024;		# of src/fetch/stats.c
use constant READERS => 20;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('stats', $sim, concurrency => 8, page_size => 10);
my $join = q{FROM inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)};

$node->append_conf('postgresql.conf', "max_prepared_transactions = 1\n");
$node->safe_psql('postgres', q{
	CREATE TABLE inventory AS
		SELECT 'p' AS product_key, 'd' || i || ':' || i % 25 AS device_name, '1' AS firmware_id FROM generate_series(1, 100) AS i;
	ANALYZE inventory});

# --- not preloaded: shared from 17 on
my @sessions = map { TuyaSession->new($node) } 1, 2;
my $shared = $node->pg_version >= 17;
is($sessions[0]->rows(lookup_sql('ota_job', 'd:3')), 3, 'a session asks');
is($sessions[0]->rows('SELECT requests, scope FROM tuya_fdw_stats'), '1|' . ($shared ? 'shared' : 'session'), 'and sees it');
is($sessions[1]->rows('SELECT requests FROM tuya_fdw_stats'), $shared ? '1' : '', 'another one does where there is shared memory');
$_->quit foreach @sessions;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'tuya_fdw'\nrestart_after_crash = on\n");
$node->restart;

# --- ten statements in sixteen sessions at once, while another reads every view
my @statements = (
	"SELECT count(*) $join",
	"SELECT count(DISTINCT job_id) $join WHERE device_name LIKE 'd1%'",
	q{SELECT count(job_status) FROM ota_job WHERE product_key = 'p' AND firmware_id = '1' AND device_name = ANY (ARRAY(SELECT device_name FROM inventory))},
	q{SELECT sum((SELECT count(*) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = '1')) FROM inventory i},
	"BEGIN; DECLARE c CURSOR FOR SELECT job_id $join; MOVE 20 IN c; COMMIT",
	"SELECT job_id $join LIMIT 3",
	"BEGIN; SAVEPOINT a; SELECT count(*) $join; SAVEPOINT b; DECLARE c CURSOR FOR SELECT job_id $join; MOVE 3 IN c; ROLLBACK TO b; SELECT count(*) $join; COMMIT",
	"BEGIN; SELECT count(*) $join; PREPARE TRANSACTION 'x'; ROLLBACK PREPARED 'x'",
	q{DO $$ BEGIN FOR i IN 1 .. 5 LOOP PERFORM count(*) FROM ota_job WHERE product_key = 'p' AND device_name = 'x' || i || ':15' AND firmware_id = '1'; END LOOP; END $$},
	"CREATE TEMP TABLE copy AS SELECT j.* $join; DROP TABLE copy");

@sessions = map { TuyaSession->new($node) } 1 .. 16;
my $views = join '; ', map { "TABLE $_" } split /\n/,
  $node->safe_psql('postgres', q{SELECT viewname FROM pg_views WHERE viewname ~ '^tuya_fdw_'});
my $reader = TuyaSession->new($node);
$sim->clear;
$sim->set(latency_ms => 1, jitter_ms => 3);
foreach my $i (0 .. $#statements)
{
	$_->start($statements[$i]) foreach $i == 7 ? $sessions[0] : @sessions;
	$reader->rows("$views; SELECT * FROM tuya_fdw_connections()") foreach 1 .. READERS;
	is($_->finish->{sqlstate}, '00000', "statement $i") foreach $i == 7 ? $sessions[0] : @sessions;
}
is($reader->rows(q{SELECT requests || ' ' || connections_opened || ' ' || in_flight FROM tuya_fdw_stats}),
	join(' ', $sim->get('requests', 'connections'), 0), 'the sums are the service\'s');
is($reader->rows('SELECT (SELECT sum(n) FROM unnest(reply_times) n) <= requests, scope FROM tuya_fdw_stats'), 't|shared', 'no more replies than requests');
is($reader->rows('TABLE tuya_fdw_progress'), '', 'no statement is in progress');

# --- nothing stays in flight
sub none_in_flight
{
	my ($how) = @_;

	wait_until("$how: nothing is in flight", sub { $reader->rows('SELECT in_flight FROM tuya_fdw_stats') eq '0' });
	is($reader->rows('TABLE tuya_fdw_progress'), '', "$how: nor shown");
	return;
}

$sim->reset;
foreach my $end (qw(INT TERM))
{
	my $session = TuyaSession->new($node);
	$session->rows("SELECT count(*) $join");
	$sim->set(stall => 'head');
	$session->start("SELECT count(*) $join");
	wait_until("$end: requests are in flight", sub { $reader->rows('SELECT in_flight FROM tuya_fdw_stats') eq '8' });
	my $shown = q{SELECT pid = } . $session->pid . q{, datname, usename = current_user, server_name, phase, keys_announced >= 8, keys_done, requests, in_flight FROM tuya_fdw_progress};
	wait_until("$end: it waits", sub { $reader->rows('SELECT phase FROM tuya_fdw_progress') eq 'waiting for a reply' });
	is($reader->rows($shown), 't|postgres|t|tuya|waiting for a reply|t|0|8|8', "$end: and shown");
	kill $end, $session->pid;
	$session->finish;
	none_in_flight($end);
	$sim->reset;
	$session->quit;
}

# An error of one while others are in flight, also in nested subtransactions.
$sim->set(fail_count => 1, fail_skip => 20, fail_code => 'Forbidden.RAM', latency_ms => 2);
fails_with($sessions[0]->run("SELECT count(*) $join"), '28000', 'an error');
none_in_flight('an error');
$sim->set(fail_count => -1);
$sessions[0]->rows(qq{DO \$\$ BEGIN
	BEGIN
		BEGIN PERFORM count(*) $join; EXCEPTION WHEN OTHERS THEN NULL; END;
		PERFORM count(*) $join;
	EXCEPTION WHEN OTHERS THEN NULL; END; END \$\$});
none_in_flight('errors in subtransactions');
$sim->reset;

# A server that is dropped while a cursor uses it.
add_remote($node, 'gone', endpoint => $sim->endpoint, ca_file => $sim->ca_file, page_size => 1);
$sessions[1]->rows(q{BEGIN; DECLARE c CURSOR FOR SELECT job_id FROM gone WHERE product_key = 'p' AND device_name = 'd:50' AND firmware_id = '1'; MOVE 2 IN c});
is($reader->rows(q{SELECT server_name, rows_out FROM tuya_fdw_progress}), 'gone|2', 'a cursor is in progress');
$sessions[2]->start('DROP SERVER gone CASCADE');
$sessions[1]->rows('MOVE 5 IN c; COMMIT');
is($sessions[2]->finish->{sqlstate}, '00000', 'its server is dropped after it');
is($reader->rows('SELECT server_name FROM tuya_fdw_stats'), 'tuya', 'and not shown');

# Within the transaction that uses it.
add_remote($node, 'gone', endpoint => $sim->endpoint, ca_file => $sim->ca_file);
$sessions[1]->rows('BEGIN; ' . lookup_sql('gone', 'd:3') . '; DROP SERVER gone CASCADE');
is($sessions[1]->rows('SELECT server_name FROM tuya_fdw_stats'), 'tuya', 'who drops it sees it no more');
$sessions[1]->rows('ROLLBACK');
is($reader->rows(q{SELECT requests FROM tuya_fdw_stats WHERE server_name = 'gone'}), 1, 'unless that is taken back');
$reader->rows('DROP SERVER gone CASCADE');

# --- more mappings than slots, in one session
$reader->rows("CREATE ROLE u$_; CREATE USER MAPPING FOR u$_ SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret'); GRANT SELECT ON ota_job TO u$_; GRANT USAGE ON FOREIGN SERVER tuya TO u$_")
  foreach 1 .. MAPPINGS;
$sim->reset;
my $rows = $sessions[3]->rows(join ";\n", map { ("SET ROLE u$_", lookup_sql('ota_job', 'd:1')) } 1 .. MAPPINGS);
is($rows, join("\n", (1) x MAPPINGS), 'a session goes through ' . MAPPINGS . ' roles');
is($sim->get('requests'), MAPPINGS, 'with a request each');
is($reader->rows(q{SELECT count(*) = sum(requests) FROM tuya_fdw_stats WHERE usename ~ '^u\d'}), 't', 'each is counted by itself');
cmp_ok($reader->rows('SELECT count(*) FROM tuya_fdw_stats'), '<=', SLOTS_MAX, 'as many as there are slots');
cmp_ok($reader->rows('SELECT count(*) FROM tuya_fdw_stats'), '>=', SLOTS_MAX - 8, 'and not fewer');
is($reader->rows(q{SELECT count(*) FROM tuya_fdw_stats WHERE usename = 'u} . MAPPINGS . q{'}), 1, 'those used last are among them');
is($reader->rows(q{SET ROLE u1050; SELECT usename FROM tuya_fdw_stats; RESET ROLE}), 'u1050', 'a role sees its own row');

# --- a crash of a backend: all begins anew
$sim->set(stall => 'head');
$sessions[0]->start("SELECT count(*) $join");
wait_until('requests are in flight', sub { $reader->rows('SELECT sum(in_flight) FROM tuya_fdw_stats') eq '8' });
kill 'KILL', $sessions[0]->pid;
$_->quit foreach @sessions, $reader;
$sim->reset;
ok($node->poll_query_until('postgres', 'SELECT true'), 'the server restarts after a kill -9');
is($node->safe_psql('postgres', 'TABLE tuya_fdw_stats; TABLE tuya_fdw_progress'), '', 'and has counted nothing');
is($node->safe_psql('postgres', lookup_sql('ota_job', 'd:3') . '; SELECT requests, in_flight FROM tuya_fdw_stats'), "3\n1|0", 'it counts again');

$node->stop;
$sim->stop;
done_testing();
