
# While a name server hangs, each name that is given up leaves a thread of libcurl's
# behind.  There is a handful of them in a backend: what would start one more waits, and
# ends by its own limit, by a cancel, or with its rows when the name server is back.

use strict;
use warnings FATAL => 'all';

use List::Util qw(max);
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use TuyaHang qw(END_MS);
use TuyaNet;
use TuyaSession qw(fails_with wait_until busy threads);
use TuyaTest;

use constant RESOLUTIONS_MAX => 5;
# libcurl 8.20 and later have a thread for each kind of address.
use constant THREADS_MAX => 2 * RESOLUTIONS_MAX;
use constant ROLES => 8;

my $hang = PostgreSQL::Test::Utils::tempdir() . '/hang';
$ENV{LD_PRELOAD} = preload_library();
$ENV{PRELOAD_HANG} = $hang;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('resolver', $sim);
my %here = (ca_file => $sim->ca_file);

sub hung { my ($name) = @_; return "https://$name.hung.test:$sim->{tls_port}/"; }

sub begin_to_hang { append_to_file($hang, ''); return; }
sub answer { unlink $hang; return; }

add_remote($node, 'hasty', %here, endpoint => hung('hasty'), connect_timeout => '1ms', retries => 0);
add_remote($node, 'retried', %here, endpoint => hung('retried'), connect_timeout => '1ms', retries => 3);
add_remote($node, 'patient', %here, endpoint => hung('patient'), connect_timeout => '1min');
add_remote($node, 'proxied', %here, endpoint => $sim->endpoint, connect_timeout => '1ms', retries => 0,
	proxy => 'http://proxy.hung.test:1');
add_remote($node, "other_$_", %here, endpoint => hung("other$_"), connect_timeout => '1ms', retries => 0)
  foreach 1 .. ROLES;
add_remote($node, 'by_number', %here, endpoint => "https://127.0.0.1:$sim->{tls_port}/");
$node->safe_psql('postgres', "CREATE ROLE r$_; GRANT SELECT ON hasty TO r$_;
	CREATE USER MAPPING FOR r$_ SERVER hasty OPTIONS (access_key_id 'testid', access_key_secret 'testsecret')")
  foreach 1 .. ROLES;

# Runs statements, and returns the result and the most threads that there were beside
# the backend's own.
sub watch
{
	my ($session, $sql) = @_;
	my ($pid, $most) = ($session->pid, 0);
	my $looker = fork() // die "cannot fork: $!";

	if ($looker == 0)
	{
		my $ended = 0;
		local $SIG{TERM} = sub { $ended = 1; };

		until ($ended)
		{
			$most = max($most, threads($pid) - 1);
			sleep 0.002;
		}
		POSIX::_exit($most > 254 ? 254 : $most);
	}
	my $result = $session->run($sql);
	kill 'TERM', $looker;
	waitpid $looker, 0;
	return ($result, $? >> 8);
}

# Asks each of the tables so often, one after the other; what became of that.
sub ask_all
{
	my ($times, @tables) = @_;
	my $list = join(', ', map { "'$_'" } @tables);

	return qq{
		CREATE OR REPLACE FUNCTION pg_temp.ask(t text) RETURNS text LANGUAGE plpgsql AS \$\$
		DECLARE detail text;
		BEGIN
			EXECUTE format('SELECT FROM %I WHERE product_key = ''p'' AND device_name = ''d:3'' AND firmware_id = ''1''', t);
			RETURN 'rows';
		EXCEPTION WHEN fdw_unable_to_establish_connection THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			RETURN substring(detail from 'while [a-z ]+');
		END \$\$;
		SELECT string_agg(DISTINCT pg_temp.ask(t), ', ') || ' ' || count(*)
		FROM generate_series(1, $times) AS i, unnest(ARRAY[$list]) AS t;
	};
}

sub is_bounded
{
	my ($what, $session, $wanted, $sql) = @_;
	my ($result, $most) = watch($session, $sql);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($result->{text}, "$wanted\n", "$what: each ends by its own limit");
	cmp_ok($most, '<=', THREADS_MAX, "$what: a handful of threads");
	cmp_ok($most, '>', 0, "$what: some");
	note(sprintf '%s: %d threads, %.2f s', $what, $most, $result->{seconds});
	return;
}

# --- whatever begins resolutions over and over
begin_to_hang();
my $session = TuyaSession->new($node);
is($session->rows(lookup_sql('ota_job', 'd:3')), 3, 'another remote is used');
is_bounded('a remote', $session, 'while resolving the name 300', ask_all(300, 'hasty'));
is_bounded('a remote with retries', $session, 'while resolving the name 6', ask_all(6, 'retried'));
is_bounded('several remotes', $session, 'while resolving the name 80', ask_all(10, map { "other_$_" } 1 .. ROLES));
is_bounded("a proxy's name", $session, 'while resolving the name 20', ask_all(20, 'proxied'));
$session->quit;

$session = TuyaSession->new($node);
is_bounded('several roles', $session, join("\n", ('while resolving the name 10') x ROLES),
	join('', map { "SET ROLE r$_;\n" . ask_all(10, 'hasty') . "DROP FUNCTION pg_temp.ask; RESET ROLE;\n" } 1 .. ROLES));
$session->quit;

# --- a statement that waits for its turn
sub cancel
{
	my ($session) = @_;

	sleep 0.05;
	my $began = time;
	kill 'INT', $session->pid;
	my $result = $session->finish;

	return ($result->{sqlstate}, (time - $began) * 1000);
}

$session = TuyaSession->new($node);
my (@states, @ms);
my $most = 0;
foreach (1 .. 3 * RESOLUTIONS_MAX)
{
	$session->start(lookup_sql('patient', 'd:3'));
	my ($state, $ms) = cancel($session);

	push @states, $state;
	push @ms, $ms;
	$most = max($most, threads($session->pid) - 1);
}
is(join(' ', @states), join(' ', ('57014') x (3 * RESOLUTIONS_MAX)), 'cancelled while resolving, or waiting to: each');
cmp_ok(max(@ms), '<', END_MS * busy(), "cancelled: within @{[END_MS]} ms");
cmp_ok($most, '<=', THREADS_MAX, 'cancelled: a handful of threads');
my $result = $session->run("SET statement_timeout = '300ms'; " . lookup_sql('patient', 'd:3'));
is($result->{sqlstate}, '57014', 'statement_timeout ends one that waits');
cmp_ok($result->{seconds}, '<', 0.3 + END_MS / 1000 * busy(), 'in time');
$session->rows('RESET statement_timeout');

# What needs no resolver does not wait.
is($session->rows(lookup_sql('by_number', 'd:3')), 3, 'an address needs no resolver');
is($session->rows(lookup_sql('ota_job', 'd:3')), 3, 'nor does a name that libcurl knows by itself');
cmp_ok(threads($session->pid), '>', RESOLUTIONS_MAX, 'for all that, resolutions hang still');

# --- and gets its rows when the name server is back
$sim->clear;
$session->start(lookup_sql('patient', 'd:3'));
sleep 0.1;
is($sim->get('requests'), 0, 'it waits');
answer();
$result = $session->finish;
is("$result->{sqlstate} $result->{text}", "00000 3\n", 'the name server is back: so are the rows');
is($sim->get('requests'), 1, 'with one request');
# libcurl 8.20 and later keep theirs for some seconds
wait_until('no thread is left', sub { threads($session->pid) == 1 });

# --- as often as you like
begin_to_hang();
is_bounded('the name server hangs again', $session, 'while resolving the name 20', ask_all(20, 'hasty'));
answer();
wait_until('no thread is left', sub { threads($session->pid) == 1 });
$session->quit;

$sim->stop;
$node->stop;
done_testing();
