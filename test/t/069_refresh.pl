
# CALL tuya_fdw_refresh keeps a copy of the jobs of a fleet: what is in flight, how much is
# asked again by the next CALL when one was terminated, what becomes of devices that fail and
# of a fleet that has not changed, and who may run beside whom.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaSession qw(wait_until);
use TuyaTest;

use constant DEVICES => 10_000;
use constant BATCH => 500;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('main', $sim);

$node->safe_psql(
	'postgres', q{
	CREATE TABLE inventory AS SELECT 'pk' AS product_key, CASE WHEN n % 2000 = 7 THEN 'bad' ELSE 'dev' END || n || ':' || n % 4 AS device_name, '187' AS firmware_id
		FROM generate_series(1, } . DEVICES . q{) n;
});
my $columns = 'product_key, device_name, firmware_id, job_id, job_status, job_type, selection_type, target_selection, utc_create, utc_modified, package_product_key, package_firmware_id';
my $oracle = 'SELECT i.*, s.* FROM inventory i, sim_jobs(product_key, device_name, firmware_id) s';

sub call
{
	my (%arguments) = (batch => BATCH, @_);
	return "CALL tuya_fdw_refresh('jobs', 'ota_job', 'inventory'" . join('', map { ", $_ => $arguments{$_}" } sort keys %arguments) . ')';
}

sub value { return $node->safe_psql('postgres', $_[0]); }

# --- terminated at 90 %

my $session = TuyaSession->new($node);
$session->start(call());
# between two batches it has no row
wait_until('it is seen in tuya_fdw_progress', sub { value(q{SELECT count(*) FROM tuya_fdw_progress WHERE server_name = 'tuya' AND requests > 0}) })
  if $node->pg_version >= 17;
wait_until('most were asked', sub { $sim->get('requests') >= DEVICES * 0.9 });
my ($status, undef, $error) = $node->psql('postgres', '\set VERBOSITY verbose' . "\n" . call());
isnt($status, 0, 'beside it, a second one is refused');
like($error, qr/55P03.*is being refreshed by another session/, 'and told why');
is(value('SELECT pg_terminate_backend(' . $session->pid . ')'), 't', 'it is terminated');
$session->quit;
wait_until('nothing is in flight', sub { $sim->get('in_flight') == 0 });
my $first = $sim->get('requests');
my $kept = value('SELECT count(*) FROM jobs_state');
cmp_ok($kept, '>=', 0.8 * DEVICES, 'what was committed stays');
value(call());
cmp_ok($sim->get('requests'), '<=', 1.12 * DEVICES, "with the next CALL at most 12 % more requests ($first before it)");
same_rows($node, "SELECT $columns FROM jobs", $oracle, 'and the copy has the rows of the rule');

# --- what is in flight, and what an unchanged fleet writes

my $version = q{SELECT md5(string_agg(concat_ws(' ', xmin, xmax, ctid, job_id), ',' ORDER BY job_id)) FROM jobs};
my $before = value($version);
$sim->reset;
$sim->set(hold_until_in_flight => 16, hold_ms => 60_000);
value(call(older_than => q{'0'}));
is($sim->get('requests'), DEVICES, 'one request for each device');
is($sim->get('max_in_flight'), 16, 'as many in flight as concurrency');
is(value($version), $before, 'a fleet that has not changed writes no row');
is(value(q{SELECT count(*) FROM jobs_state WHERE failed_since IS NULL AND fetched_at > now() - interval '1 hour'}), DEVICES, 'each has its time');

# --- some devices fail

value(q{UPDATE jobs SET job_status = 'old' WHERE device_name LIKE 'bad%'});
$sim->reset;
$sim->set(fail_count => -1, fail_device => 'bad', fail_shape => 'service', fail_code => 'iot.common.Other');
($status, undef, $error) = $node->psql('postgres', call(older_than => q{'0'}));
is($status, 0, 'where 5 devices fail the CALL does not');
is($sim->get('requests'), DEVICES, 'and all others are asked');
is(value(q{SELECT count(*), count(*) FILTER (WHERE device_name LIKE 'bad%'), min(error_code), sum(rows) FROM jobs_state WHERE failed_since IS NOT NULL}),
	'5|5|iot.common.Other|15', 'they are named');
is(value(q{SELECT count(*) FROM jobs WHERE job_status = 'old'}), 15, 'and keep their rows');
$sim->reset;
value(call());
is($sim->get('requests'), 5, 'the next CALL asks for those alone');
same_rows($node, "SELECT $columns FROM jobs", $oracle, 'and mends their rows');

# --- a service that is down

$sim->set(fail_count => -1, fail_skip => 3 * BATCH, fail_shape => 'service', fail_code => 'iot.common.Other');
$sim->clear;
($status, undef, $error) = $node->psql('postgres', call(older_than => q{'0'}));
isnt($status, 0, 'a service that is down ends the CALL');
like($error, qr/ERROR/, 'with an error');
cmp_ok($sim->get('requests'), '<', 4 * BATCH, 'soon');
is(value(q{SELECT count(*) FROM jobs_state WHERE asked_at = (SELECT min(asked_at) FROM jobs_state)}) > 0, 1, 'the rest waits');
same_rows($node, "SELECT $columns FROM jobs", $oracle, 'and nothing is lost');
$sim->reset;

# --- a ration for each CALL

my $left = DEVICES;
value('TRUNCATE jobs, jobs_state');
foreach my $pass (1 .. 4)
{
	$sim->clear;
	($status, undef, $error) = $node->psql('postgres', call(max_requests => DEVICES / 4));
	is($sim->get('requests'), DEVICES / 4, "ration $pass is used up");
	like($error, qr/NOTICE.*ends before its end/, "and told of, $pass") if $pass < 4;
}
same_rows($node, "SELECT $columns FROM jobs", $oracle, 'four rations make the whole');

# --- a cancel, and the session goes on

$session = TuyaSession->new($node);
$sim->clear;
$session->start(call(older_than => q{'0'}));
wait_until('some were asked', sub { $sim->get('requests') >= 2 * BATCH });
kill 'INT', $session->pid;
is($session->finish->{sqlstate}, '57014', 'a cancel ends it');
$session->start(call());
is($session->finish->{sqlstate}, '00000', 'the same session may call again');
is($node->safe_psql('postgres', call()), '', 'and so may another one');
$session->quit;

# --- one that comes between two batches, when nobody has the lock

my $key = q{hashtextextended('tuya_fdw_refresh public.jobs', 0)};
my $newcomer = TuyaSession->new($node);
$session = TuyaSession->new($node);
$sim->clear;
$session->start(call(older_than => q{'0'}));
wait_until('it is within a batch', sub { $sim->get('requests') >= BATCH });
$newcomer->start("BEGIN; SELECT pg_advisory_xact_lock($key)");
wait_until('it waits for the lock in its turn',
	sub { value(q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = } . $session->pid) });
is($newcomer->finish->{sqlstate}, '00000', 'the newcomer has it');
$newcomer->start(call());
my $gave_way = $newcomer->finish;
is($gave_way->{sqlstate}, '55P03', 'and gives way');
$newcomer->start('ROLLBACK');
$newcomer->finish;
is($session->finish->{sqlstate}, '00000', 'so the first goes on, to its end');
is($sim->get('requests'), DEVICES, 'and nobody else has asked');
$_->quit foreach $newcomer, $session;

# --- what src/doc/copies.md says of copies and dashboards, as it stands there

my @blocks = slurp_file(sim_path('../../src/doc/copies.md')) =~ /((?:^ {4}.*\n|^\n(?= {4}))+)/mg;
my ($cron) = grep { /cron\.schedule/ } @blocks;
my $statements = join '', grep { !/cron\.schedule/ } @blocks;

cmp_ok(scalar @blocks, '>=', 6, 'the document has statements');
value(q{DROP TABLE jobs, jobs_state; DROP FOREIGN TABLE jobs_source; DELETE FROM inventory WHERE device_name NOT LIKE '%9:%'; ALTER TABLE inventory ADD site text DEFAULT 'Aachen'});
($status, undef, $error) = $node->psql('postgres', $statements, on_error_stop => 1);
is($status, 0, 'all of them run') or diag $error;
same_rows($node, "SELECT $columns FROM jobs", "SELECT $columns FROM report", 'the copy and the materialized view have the same rows');
isnt(value('SET ROLE report_reader; SELECT count(*) FROM device_job WHERE device_name = (SELECT min(device_name) FROM device_job LIMIT 1)'), 0, 'a role for reports reads the view');

# --- pg_cron, where it is installed

SKIP:
{
	skip 'pg_cron is not installed', 1 unless value(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_cron'});
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.host = '" . $node->host . "'\n");
	$node->restart;
	value('CREATE EXTENSION pg_cron; TRUNCATE jobs, jobs_state');
	value($cron =~ s{\*/30 }{* }r);
	my $deadline = time + 150;
	sleep 1 until time > $deadline || value(q{SELECT count(*) FROM cron.job_run_details WHERE status IN ('succeeded', 'failed')});
	is(value(q{SELECT DISTINCT status FROM cron.job_run_details WHERE status <> 'running'}), 'succeeded', 'pg_cron runs it') or diag value('SELECT return_message FROM cron.job_run_details');
	same_rows($node, "SELECT $columns FROM jobs", $oracle =~ s/i\.\*/i.product_key, i.device_name, i.firmware_id/r, 'and makes the copy');
}

$node->stop;
$sim->stop;
done_testing();
