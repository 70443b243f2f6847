
# Four sessions join while another one alters server and mapping, back and forth: no
# crash, and the right rows each time.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use TuyaNet;
use TuyaSession qw(wait_until);
use TuyaTest;

use constant RUN_S => 5;
use constant SESSIONS => 4;

my @sims = map { TuyaTest::Sim->start } 1 .. 2;
my $node = tuya_node('concurrent', $sims[0], page_size => 7);

$node->safe_psql('postgres', q{
	CREATE TABLE inventory AS
		SELECT 'p' AS product_key, 'd' || i || ':' || i % 20 AS device_name, '1' AS firmware_id
		FROM generate_series(1, 60) AS i;
	ANALYZE inventory;
});

# Of all rows and values; two jobs have never the same text.
sub digest_sql
{
	my ($from) = @_;
	return "SELECT count(*) || ' ' || md5(string_agg(device_name || job_id || job_status || utc_create, ',' "
	  . "ORDER BY device_name, job_id)) FROM $from";
}

my $join = digest_sql('inventory JOIN ota_job USING (product_key, device_name, firmware_id)');
my $wanted = $node->safe_psql('postgres',
	digest_sql('inventory, LATERAL sim_jobs(product_key, device_name, firmware_id)'));
my @alterations = (
	q{ALTER SERVER tuya OPTIONS (SET page_size '3')},
	sprintf(q{ALTER SERVER tuya OPTIONS (SET endpoint '%s')}, $sims[1]->endpoint),
	q{ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_secret 'testsecret')},
	q{BEGIN; ALTER SERVER tuya OPTIONS (SET endpoint 'https://localhost:1/'); ROLLBACK},
	q{ALTER FOREIGN TABLE ota_job OPTIONS (ADD page_size '50')},
	sprintf(q{ALTER SERVER tuya OPTIONS (SET endpoint '%s')}, $sims[0]->endpoint),
	q{ALTER FOREIGN TABLE ota_job OPTIONS (DROP page_size)},
	q{ALTER SERVER tuya OPTIONS (SET page_size '100')});

my @sessions = map { TuyaSession->new($node) } 1 .. SESSIONS;
my $admin = TuyaSession->new($node);
my $altered = 0;
my ($joins, %results) = (0);
my $end = time + RUN_S;

# The alterations fall into all parts of a join.
while (time < $end || $joins <= 20 || $altered <= 20)
{
	$_->start($join) foreach @sessions;
	foreach (1 .. 5)
	{
		$admin->rows($alterations[ $altered++ % @alterations ]);
		sleep 0.01;
	}
	foreach my $session (@sessions)
	{
		my $result = $session->finish;

		$results{ $result->{text} }++;
		$joins++;
	}
}
is_deeply([ keys %results ], ["$wanted\n"], 'every join has the right rows');
note("$joins joins, $altered alterations");
cmp_ok($joins, '>', 20, 'there were some joins');
cmp_ok($altered, '>', 20, 'and some alterations');
cmp_ok($sims[$_]->get('requests'), '>', 60, "simulator $_ was asked") foreach 0, 1;

# The last of them leads back to the first simulator.
$admin->rows(sprintf q{ALTER SERVER tuya OPTIONS (SET endpoint '%s')}, $sims[0]->endpoint);

# --- the backends are those that there were, and whole
is($_->rows('SELECT pg_backend_pid()'), $_->pid, 'the session lives') foreach @sessions;
foreach my $i (0, 1)
{
	wait_until("nothing is in progress at simulator $i", sub { $sims[$i]->get('in_flight') == 0 });
}
wait_until('the old connections are closed', sub { $sims[1]->get('open_connections') == 0 });
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal/, 'no crash');

$_->quit foreach @sessions, $admin;
$_->stop foreach @sims;
$node->stop;
done_testing();
