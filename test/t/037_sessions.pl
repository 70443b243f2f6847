
# Sixteen sessions ask at once while servers and user mappings are altered, dropped
# and made anew, and backends are cancelled and terminated: no crash, no wrong row, no
# descriptor, memory or connection left behind.
#
# TUYA_SOAK=1: for 5 minutes.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use List::Util qw(max sum);
use Time::HiRes qw(sleep time);
use TuyaSession qw(descriptors memory_kib wait_until);
use TuyaTest;

use constant RUN_S => $ENV{TUYA_SOAK} ? 300 : 30;
use constant SESSIONS => 16;
use constant LONG_LIVED => 8;
use constant SERVERS => qw(s0 s1 s2 s3);
use constant WARM_ROUNDS => 15;
use constant GROWTH_KIB_MAX => 8 * 1024;

# One speaks HTTP/2, the other HTTP/1.1. That wrong secrets are refused is meant.
my @sims = map { TuyaTest::Sim->start } 1 .. 2;
my $node = tuya_node('sessions', $sims[0]);

srand 4;
foreach my $i (0, 1)
{
	$sims[$i]->{expect_refusals} = 1;
	$sims[$i]->set(provoked => 1, http2 => 1 - $i, latency_ms => 2, jitter_ms => 5,
		fault_percent => 1, fault_kinds => 'error,reset,truncate');
}
$node->safe_psql('postgres', q{
	CREATE TABLE inventory AS
		SELECT 'p' AS product_key, 'd' || i || ':' || i % 13 AS device_name, '1' AS firmware_id
		FROM generate_series(1, 40) AS i;
	CREATE TABLE wanted AS SELECT i.*, rule.*
		FROM inventory i, LATERAL sim_jobs(product_key, device_name, firmware_id) rule;
	ANALYZE;
	CREATE FUNCTION try(sql text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		result text;
	BEGIN
		EXECUTE sql INTO result;
		RETURN result;
	EXCEPTION WHEN OTHERS THEN
		RETURN 'caught ERROR:  ' || SQLSTATE || ': ';
	END $$;
});

# --- what is altered: servers with a table of the same name each
sub pick { return $_[ rand @_ ]; }

# A simulator, by one of the many spellings of its host's name.
sub endpoint
{
	my $host = join '', map { pick(lc $_, uc $_) } split //, 'localhost';
	return "https://$host:" . pick(@sims)->{tls_port} . '/';
}

sub make_sql
{
	my ($server) = @_;
	my $options = option_list(endpoint => endpoint(), ca_file => $sims[0]->ca_file,
		concurrency => 8, page_size => 7, keep_connections => 'on');

	return qq{
		CREATE SERVER IF NOT EXISTS $server FOREIGN DATA WRAPPER tuya_fdw $options;
		CREATE USER MAPPING IF NOT EXISTS FOR CURRENT_USER SERVER $server
			OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
		CREATE FOREIGN TABLE IF NOT EXISTS $server (product_key text, device_name text, firmware_id text,
			job_id text, job_status text, utc_create timestamptz) SERVER $server;};
}

sub option { return "ALTER SERVER $_[0] OPTIONS (SET $_[1] '$_[2]')"; }
sub secret { return "ALTER USER MAPPING FOR CURRENT_USER SERVER $_[0] OPTIONS (SET access_key_secret '$_[1]')"; }

my @alterations = (
	sub { option($_[0], 'endpoint', endpoint()) },
	sub { option($_[0], 'concurrency', pick(1, 3, 8, 16)) },
	sub { option($_[0], 'page_size', pick(3, 7, 100)) },
	sub { option($_[0], 'keep_connections', pick('on', 'off')) },
	sub { 'BEGIN; ' . option($_[0], 'endpoint', 'https://localhost:1/') . '; ROLLBACK' },
	sub { secret($_[0], 'wrong') },
	sub { secret($_[0], 'testsecret') },
	sub { secret($_[0], 'testsecret') },
	sub { "DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER $_[0]" },
	sub { "DROP SERVER IF EXISTS $_[0] CASCADE" },
	sub { "BEGIN; DROP SERVER IF EXISTS $_[0] CASCADE; " . make_sql($_[0]) . ' COMMIT' },
	(sub { make_sql($_[0]) }) x 4);

# --- what sessions run, and what comes of it if there is no error
my $digest = q{count(*) || ' ' || md5(string_agg(device_name || job_id || job_status || utc_create, ',' ORDER BY device_name, job_id))};
my $join = 'inventory i JOIN TABLE_1 j USING (product_key, device_name, firmware_id)';
my $lookup = q{TABLE_2 WHERE product_key = 'p' AND device_name = 'x:20' AND firmware_id = '1'};
my $all = $node->safe_psql('postgres', "SELECT $digest FROM wanted");
my $count = $all =~ s/ .*//r;
my @statements = (
	["SELECT $digest FROM $join", $all],
	[ "SELECT $digest FROM TABLE_1 WHERE product_key = 'p' AND firmware_id = '1'
		AND device_name = ANY (ARRAY(SELECT device_name FROM inventory))", $all ],
	[ "SELECT count(*) || ' ' || count(w.job_id) FROM (SELECT device_name, job_id FROM $join LIMIT 20) j
		LEFT JOIN wanted w USING (device_name, job_id)", '20 20' ],
	[ 'SELECT sum((SELECT count(job_id) FROM TABLE_1 j WHERE j.product_key = i.product_key
		AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id)) FROM inventory i', $count ],
	["BEGIN; DECLARE c CURSOR FOR SELECT job_id FROM $join; MOVE 5 IN c; SELECT count(*) FROM $lookup; MOVE 50 IN c; COMMIT", 20],
	["BEGIN; SAVEPOINT a; DECLARE c CURSOR FOR SELECT job_id FROM $join; MOVE 1 IN c; ROLLBACK TO a; SELECT count(job_id) FROM $lookup; COMMIT", 20],
	["BEGIN; SET LOCAL statement_timeout = 30; SELECT $digest FROM $join; COMMIT", $all],
	["SELECT try(\$\$SELECT $digest FROM $join\$\$)", $all],
	["DEALLOCATE ALL; PREPARE q AS SELECT $digest FROM $join; EXECUTE q", $all],
	["EXECUTE q", $all],
	["SELECT count(*) FROM TABLE_1 WHERE product_key = 'p'", 'an error']);

# A cancel, no session any more; no privilege, no service; no mapping, no table; the
# transaction failed; no key; no prepared statement.
my %allowed = map { $_ => 1 } qw(00000 57014 57P01 28000 HV00N 42704 42P01 25P02 HV00L 26000);

my @sessions = map { TuyaSession->new($node) } 1 .. SESSIONS;
my $admin = TuyaSession->new($node);
my ($rounds, $right, %errors, %terminated, @wrong, $memory, $descriptors) = (0, 0);

sub admin_runs
{
	my ($sql) = @_;
	my $result = $admin->run($sql);

	# it does not wait long for a lock, and may find nothing to alter
	push @wrong, $result->{text} if $result->{text} =~ /ERROR:  (?!55P03|42704|25P02)/;
	return;
}

sub terminate
{
	my ($session) = @_;

	$terminated{ $session->pid } = 1;
	return kill 'TERM', $session->pid;
}

sub disturb
{
	my $victim = pick(@sessions);

	sleep rand 0.03;
	admin_runs(pick(@alterations)->(pick(SERVERS)));
	sleep rand 0.03;
	kill 'INT', $victim->pid if rand() < 0.5;
	terminate($sessions[ LONG_LIVED + rand(SESSIONS - LONG_LIVED) ]) if rand() < 0.05;
	return;
}

# Looks at what a statement has come to; true if the session lives.  Of one that was
# terminated the FATAL may be lost: psql's side of the socket is reset, with what is in
# it, if the server closes its own with a statement unread.
sub judge
{
	my ($session, $result, $wanted, $sql) = @_;
	my @states = $result->{text} =~ /(?:ERROR|FATAL):  (\w{5}): /g;

	$errors{$_}++ foreach @states;
	$right++ if $result->{text} eq "$wanted\n";
	push @states, '57P01'
	  if !@states && $result->{sqlstate} eq 'lost' && $terminated{ $session->pid };
	push @wrong, "$sql: $result->{text}"
	  if grep({ !$allowed{$_} } @states) || (!@states && $result->{text} ne "$wanted\n");
	return $result->{sqlstate} ne 'lost';
}

# Another session in the place of one that is lost.
sub replace
{
	$_[0]->quit;
	$_[0] = TuyaSession->new($node);
	return;
}

sub run_round
{
	my @run = map { pick(@statements) } @sessions;
	my ($i, $j) = (-1, -1);

	foreach my $session (@sessions)
	{
		my ($table, $other) = (pick(SERVERS), pick(SERVERS));
		$session->start($run[ ++$i ][0] =~ s/TABLE_1/$table/gr =~ s/TABLE_2/$other/gr);
	}
	disturb() foreach 1 .. 3;
	foreach my $session (@sessions)
	{
		my ($sql, $wanted) = @{ $run[ ++$j ] };
		replace($session) unless judge($session, $session->finish, $wanted, $sql);
	}
	return ++$rounds;
}

# Alters all servers, so that sessions close their connections, and counts what the
# long-lived ones have.
sub take_stock
{
	my @long_lived = @sessions[ 0 .. LONG_LIVED - 1 ];

	admin_runs(make_sql($_) . option($_, 'page_size', 7) . ';' . secret($_, 'testsecret')) foreach SERVERS;
	# a cancel may still be under way, and so may an end
	foreach my $session (@sessions, @sessions)
	{
		next if $session->run('SELECT 1')->{sqlstate} ne 'lost';
		push @wrong, 'a session is lost' unless $terminated{ $session->pid };
		replace($session);
	}
	foreach my $i (0, 1)
	{
		wait_until("simulator $i has no connection", sub { $sims[$i]->get('open_connections') == 0 });
		is($sims[$i]->get('in_flight'), 0, "nothing is in progress at simulator $i");
	}
	return ([ map { memory_kib($_->pid) } @long_lived ], [ map { descriptors($_->pid) } @long_lived ]);
}

$admin->rows("SET lock_timeout = '50ms'; SET client_min_messages = error");
admin_runs(make_sql($_)) foreach SERVERS;
my $end = time + RUN_S;
run_round() until $rounds == WARM_ROUNDS;
($memory, $descriptors) = take_stock();
# on a slow machine there are fewer rounds
while (time < $end || (time < $end + 240 && grep { !$errors{$_} } qw(57014 28000 42704)))
{
	run_round();
}
my ($memory_after, $descriptors_after) = take_stock();

ok(!@wrong, 'no wrong row and no unexpected error') || diag(join "\n", @wrong[ 0 .. ($#wrong > 5 ? 5 : $#wrong) ]);
note("$rounds rounds of @{[SESSIONS]} statements, $right right, and errors " . join ', ', map { "$_: $errors{$_}" } sort keys %errors);
cmp_ok($right, '>', $rounds * SESSIONS / 4, 'many statements succeed');
cmp_ok($errors{$_} // 0, '>', 0, "some end by $_") foreach qw(57014 28000 42704);
is_deeply($descriptors_after, $descriptors, 'sessions have as many descriptors as before');
my $growth = max(map { $memory_after->[$_] - $memory->[$_] } 0 .. LONG_LIVED - 1);
# AddressSanitizer keeps what was freed, and books about it
my $kept_kib = slurp_file('/proc/' . $sessions[0]->pid . '/maps') =~ /libasan/ ? 8 * 1024 : 0;
cmp_ok($growth, '<', GROWTH_KIB_MAX + $kept_kib, 'memory does not grow by 8 MiB');
note("sessions have @$descriptors descriptors; the one that has grown most by $growth KiB");

# --- all are whole, and have no more connections than they need; one that is reset may
# be followed by two
$_->set(fault_percent => 0) foreach @sims;
admin_runs(option('s0', 'endpoint', $sims[0]->endpoint));
admin_runs(option('s0', 'keep_connections', 'on'));
foreach my $session (@sessions)
{
	is($session->rows("SELECT $digest FROM $join" =~ s/TABLE_1/s0/r), $all, 'the session is whole');
}
is($sims[0]->get('open_connections'), SESSIONS, 'each keeps a connection');
$_->quit foreach @sessions, $admin;
wait_until('all connections are closed', sub { sum(map { $_->get('open_connections') } @sims) == 0 });
$node->stop;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal|XX000/, 'no crash');

$_->stop foreach @sims;
done_testing();
