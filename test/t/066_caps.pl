
# The server options max_requests and max_requests_per_day hold: the service gets not one
# request more, whatever a user tries; each refusal says which, how many, and until when.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with);
use TuyaTest;

use constant DAY_S => 24 * 60 * 60;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('caps', $sim, concurrency => 8);
my $join = q{inventory i JOIN ota_job j USING (product_key, device_name, firmware_id)};
my $days = PostgreSQL::Test::Utils::tempdir() . '/days';
my $shared = $node->pg_version >= 17;

# No test may see a day end.
sleep 5 while time() % DAY_S > DAY_S - 300;
$node->safe_psql('postgres', q{
	CREATE TABLE inventory AS SELECT 'p' AS product_key, 'd' || i || ':1' AS device_name, '1' AS firmware_id FROM generate_series(1, 100) AS i;
	ANALYZE inventory;
	CREATE ROLE alice; CREATE ROLE bob;
	GRANT SELECT ON inventory, ota_job TO alice, bob;
	GRANT USAGE ON FOREIGN SERVER tuya TO alice, bob;
	CREATE USER MAPPING FOR alice SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
	CREATE USER MAPPING FOR PUBLIC SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret')});
my $session = TuyaSession->new($node);

# Sets options of the server, 0 for none.
sub set_caps
{
	my (%caps) = @_;
	my $before = $node->safe_psql('postgres', q{SELECT srvoptions FROM pg_foreign_server WHERE srvname = 'tuya'});
	my @list = map { ($before =~ /\b$_=/ ? 'SET' : 'ADD') . " $_ '$caps{$_}'" } sort keys %caps;

	$node->safe_psql('postgres', 'ALTER SERVER tuya OPTIONS (' . join(', ', @list) . ')');
	return;
}

# What is run is refused as those texts say, when the service has had so many requests.
sub refused
{
	my ($name, $sql, $requests, @says) = @_;

	$sim->clear;
	my $result = $session->run($sql);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	fails_with($result, '53400', "$name: refused", @says);
	is($sim->get('requests'), $requests, "$name: after so many requests");
	$session->run('ROLLBACK');
	$session->rows('RESET ROLE');
	return;
}

# What is run succeeds, with so many requests.
sub allowed
{
	my ($name, $sql, $requests) = @_;

	$sim->clear;
	my $result = $session->run($sql);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($result->{sqlstate}, '00000', "$name: allowed") || diag($result->{text});
	is($sim->get('requests'), $requests, "$name: so many requests");
	return;
}

# A query with as many requests as that.
sub asks { my ($n, $from) = @_; $from //= 1; return "SELECT count(*) FROM $join WHERE i.device_name IN (SELECT 'd' || n || ':1' FROM generate_series($from, $from + $n - 1) n)"; }

# --- of a statement
my @of_statement = (qr/needs more requests than server "tuya" allows/,
	qr/DETAIL:  The server option "max_requests" allows a statement 10, and it has sent 10\./, qr/HINT:  .*owner/);
set_caps(max_requests => 10);
allowed('as many as it may', asks(10), 10);
refused('one more', asks(11), 10, @of_statement);
refused('a join', "SELECT count(job_status) FROM $join", 10, @of_statement);
allowed('the next statement', asks(10), 10);
refused('the lower one is the setting', 'SET tuya_fdw.max_requests = 5; ' . asks(11), 5, qr/tuya_fdw\.max_requests/);
refused('the lower one is the option', 'SET tuya_fdw.max_requests = 50; ' . asks(11), 10, @of_statement);
$session->rows('RESET tuya_fdw.max_requests');
refused('a DO block', q{DO $$ BEGIN FOR i IN 1 .. 30 LOOP PERFORM count(*) FROM ota_job WHERE product_key = 'p' AND device_name = 'x' || i || ':1' AND firmware_id = '1'; END LOOP; END $$}, 10, @of_statement);
refused('subtransactions', q{DO $$ BEGIN FOR i IN 1 .. 30 LOOP
	BEGIN PERFORM count(*) FROM ota_job WHERE product_key = 'p' AND device_name = 'x' || i || ':1' AND firmware_id = '1'; RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$}, 10, @of_statement);
$session->rows(q{CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1 .. 30 LOOP
	PERFORM count(*) FROM ota_job WHERE product_key = 'p' AND device_name = 'x' || i || ':1' AND firmware_id = '1'; COMMIT; END LOOP; END $$});
refused('a procedure that commits', 'CALL commits()', 10, @of_statement);
refused('a cursor that is read bit by bit', "BEGIN; DECLARE c CURSOR FOR SELECT job_id FROM $join;\n" . join(";\n", ('FETCH 2 FROM c') x 10), 10, @of_statement);

# What a cursor has read ahead is sent while another statement runs, but is none of its own.
sub lists { my ($prefix) = @_; return "FROM ota_job WHERE product_key = 'p' AND firmware_id = '1' AND device_name = ANY ('{" . join(',', map { "$prefix$_:1" } 1 .. 10) . "}')"; }
set_caps(concurrency => 1);
$sim->clear;
$session->rows('BEGIN; DECLARE c CURSOR FOR SELECT job_id ' . lists('c') . '; FETCH 2 FROM c');
is($session->rows('SELECT count(job_id) ' . lists('s')), 10, 'a statement beside a cursor has its own');
is($session->rows('FETCH ALL FROM c') =~ tr/\n//, 7, 'and the cursor its own');
$session->rows('COMMIT');
is($sim->get('requests'), 20, 'each is sent what it needs');
set_caps(concurrency => 8);

# Another mapping of the same server, in one statement.
$node->safe_psql('postgres', q{CREATE FUNCTION as_alice(device text) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER AS
		'SELECT count(*) FROM ota_job WHERE product_key = ''p'' AND device_name = device AND firmware_id = ''1''';
	ALTER FUNCTION as_alice(text) OWNER TO alice;
	CREATE VIEW of_alice AS SELECT * FROM ota_job; ALTER VIEW of_alice OWNER TO alice});
refused('functions of another user', q{SET tuya_fdw.enable_lookahead = off; SELECT sum(as_alice('a' || i || ':1') + (SELECT count(*) FROM ota_job WHERE product_key = 'p' AND device_name = 'b' || i || ':1' AND firmware_id = '1')) FROM generate_series(1, 30) i}, 10, @of_statement);
$session->rows('RESET tuya_fdw.enable_lookahead');
refused('a view of another user', q{SELECT (SELECT count(job_id) FROM of_alice WHERE product_key = 'p' AND firmware_id = '1' AND device_name IN ('a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1'))
	+ (SELECT count(job_id) FROM ota_job WHERE product_key = 'p' AND firmware_id = '1' AND device_name IN ('a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1'))}, 10, @of_statement);

$sim->clear;
is($session->rows(q{SELECT count(*) FILTER (WHERE ok), count(*) FILTER (WHERE detail ~ 'needs more requests than server "tuya" allows') FROM (
	SELECT i, (c).ok, (c).detail FROM (SELECT i, tuya_fdw_check('tuya', 'p' || i) AS c FROM generate_series(1, 15) i) s) t}), '100|5', 'checks of one statement');
is($sim->get('requests'), 10, 'count, too');

# What is sent again counts.
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD retries '100')});
$sim->set(fail_count => -1);
refused('a service that is down', 'SET tuya_fdw.max_requests = 0; ' . lookup_sql('ota_job', 'd:1'), 10, @of_statement) if $ENV{TUYA_SOAK};
$sim->set(fail_count => 4);
refused('retries', asks(7), 10, @of_statement);
$sim->reset;

# Who may alter it, and when it holds.
$session->rows('SET ROLE alice');
is($session->run(q{ALTER SERVER tuya OPTIONS (SET max_requests '0')})->{sqlstate}, '42501', 'only the owner may alter the server');
is($session->run(q{ALTER USER MAPPING FOR alice SERVER tuya OPTIONS (ADD max_requests '0')})->{sqlstate}, 'HV00D', 'a mapping has no such option');
$session->rows('RESET ROLE');
is($session->run(q{ALTER FOREIGN TABLE ota_job OPTIONS (ADD max_requests '0')})->{sqlstate}, 'HV00D', 'nor has a table');
set_caps(max_requests => 20);
allowed('it is raised in a session that runs', asks(20), 20);
$session->rows("BEGIN; DECLARE c CURSOR FOR SELECT job_id FROM $join; FETCH 2 FROM c");
set_caps(max_requests => 0);
fails_with($session->run('MOVE 90 IN c'), '53400', 'a statement that has begun goes by what it was', qr/allows a statement 20/);
$session->run('ROLLBACK');
allowed('without', asks(100), 100);

# --- of a day
my $per_day = qr/server "tuya" allows no more requests today/;
my $until = qr/The next day begins at \d{4}-\d\d-\d\d 00:00:00 UTC\./;
set_caps(max_requests_per_day => 100);
unless ($shared)
{
	my $unshared = $session->run(asks(1));
	fails_with($unshared, '55000', 'without shared memory such a server is not asked', qr/"max_requests_per_day" needs shared memory/,
		qr/HINT:  Add tuya_fdw to shared_preload_libraries/);
	is($session->rows(q{SELECT string_agg(step, ' ') FROM tuya_fdw_check('tuya') WHERE NOT ok}), 'settings', 'which a check says, too');
	is($session->rows("EXPLAIN (COSTS OFF) " . asks(1)) =~ /Foreign Scan/, 1, 'EXPLAIN asks nothing');
}
$session->quit;
append_to_file($days, '0');
{
	local $ENV{LD_PRELOAD} = preload_library();
	local $ENV{PRELOAD_DAYS} = $days;

	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'tuya_fdw'\nmax_connections = 50");
	$node->restart;
}
$session = TuyaSession->new($node);

# Eight sessions at once, of three roles.
my @sessions = map { TuyaSession->new($node) } 1 .. 8;
$sessions[$_]->rows('SET ROLE ' . ('alice', 'bob', 'NONE')[ $_ % 3 ]) foreach 0 .. $#sessions;
$sim->reset;
$sim->set(latency_ms => 1);
$sessions[$_]->start("SELECT count(*) FROM $join") foreach 0 .. $#sessions;
my @results = map { $_->finish } @sessions;
is($sim->get('requests'), 100, 'all sessions together have sent as many as they may');
fails_with($_, '53400', 'who comes too late is told', $per_day, qr/allows 100 to all sessions together, and 100 were sent/, $until) foreach grep { $_->{sqlstate} ne '00000' } @results;
cmp_ok((grep { $_->{sqlstate} ne '00000' } @results), '>=', 7, 'most of them');
$_->quit foreach @sessions;
$sim->reset;
refused('a new session', 'SELECT 1; ' . asks(1), 0, $per_day, $until);
refused('another mapping', 'SET ROLE alice; ' . asks(1), 0, $per_day);
refused('that of PUBLIC', 'SET ROLE bob; ' . asks(1), 0, $per_day);
refused('after a reset of the statistics', 'SELECT tuya_fdw_stats_reset(); ' . asks(1), 0, $per_day);
refused('after an upgrade of the mapping', q{DROP USER MAPPING FOR CURRENT_USER SERVER tuya; CREATE USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret'); } . asks(1), 0, $per_day);
$node->safe_psql('postgres', 'ALTER SERVER tuya RENAME TO other');
refused('by another name', asks(1), 0, qr/server "other" allows no more/);
$node->safe_psql('postgres', 'ALTER SERVER other RENAME TO tuya');
is($session->rows('SELECT DISTINCT requests_today FROM tuya_fdw_stats'), 100, 'the statistics tell');
my $failed = $session->rows(q{SELECT step, detail FROM tuya_fdw_check('tuya') WHERE NOT ok});
like($failed, qr/^settings\|server "tuya" allows no more requests today.*$until/, 'a check says so');
is($sim->get('requests'), 0, 'and sends nothing');

# It is raised, and lowered, in a session that runs.
set_caps(max_requests_per_day => 105);
allowed('five more', asks(5), 5);
refused('and none more', asks(1), 0, $per_day, qr/allows 105 .* 105 were sent/);
set_caps(max_requests_per_day => 50);
refused('a cap below what was sent', asks(1), 0, $per_day, qr/allows 50 .* 105 were sent/);
set_caps(max_requests_per_day => 110, max_requests => 3);
refused('the lower one holds', asks(4), 3, qr/allows a statement 3,/);
$sim->set(fail_count => 1);
set_caps(max_requests => 0);
refused('what is sent again counts', asks(2, 50), 2, $per_day);
$sim->reset;
refused('nothing is left', asks(1), 0, $per_day, qr/110 were sent/);
add_remote($node, 'apart', endpoint => $sim->endpoint, ca_file => $sim->ca_file, max_requests_per_day => 1);
allowed('another server has its own', lookup_sql('apart', 'd:1'), 1);
refused('another server', lookup_sql('apart', 'd:1'), 0, qr/server "apart" allows no more/);

# The next day, and a clock that is set back.
sub set_days
{
	my ($n) = @_;

	open(my $file, '>', $days) or die $!;
	print $file $n;
	close $file;
	$sim->set(clock_offset_s => $n * DAY_S);
	return;
}
set_days(1);
is($session->rows(q{SELECT DISTINCT requests_today FROM tuya_fdw_stats WHERE server_name = 'tuya'}), 0, 'a new day begins with none');
allowed('a new day', asks(100), 100);
set_days(0);
refused('a clock that is set back', asks(11), 10, $per_day, qr/110 were sent/);
set_days(1);
refused('and forth', asks(1), 0, $per_day);
set_days(10);
allowed('days later', asks(100), 100);
set_days(3);
refused('a clock that was wrong by days', asks(11), 10, $per_day, qr/110 were sent/);
set_days(4);
allowed('the day after', asks(10), 10);

# --- what takes its own cap away is not counted
set_caps(max_requests_per_day => 0);
allowed('without a cap', asks(100), 100);

$session->quit;
$node->stop;
$sim->stop;
done_testing();
