
# With on_error 'row' a report is not lost to some devices: 5 of 2,000 that fail are 5 rows,
# while a service that is down ends the statement after on_error_limit keys, and a cancel at
# once.  The statistics add up to what the service has seen.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use TuyaSession qw(wait_until);
use TuyaTest;

use constant DEVICES => 2000;
use constant FAILING => 5;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('main', $sim, retries => 0);

$node->safe_psql(
	'postgres', q{
	ALTER FOREIGN TABLE ota_job ALTER COLUMN job_id DROP NOT NULL,
		ADD COLUMN error_code text OPTIONS (field 'errorCode'),
		ADD COLUMN error_message text OPTIONS (field 'errorMessage'),
		ADD COLUMN error_sqlstate text OPTIONS (field 'errorSqlstate'),
		OPTIONS (ADD on_error 'row');
	CREATE TABLE inventory (product_key text, device_name text, firmware_id text);
	INSERT INTO inventory SELECT 'pk', CASE WHEN n % 400 = 7 THEN 'bad' ELSE 'dev' END || n || ':2', '187'
		FROM generate_series(1, } . DEVICES . q{) n;
	ANALYZE inventory;
	CREATE TABLE copy (product_key text, device_name text, firmware_id text, job_id text, error_code text, error_sqlstate text);
});

my $join = 'SELECT product_key, device_name, firmware_id, job_id, error_code, error_sqlstate FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id)';
my $oracle = q{SELECT product_key, device_name, firmware_id, s.*
	FROM inventory, LATERAL (SELECT j.job_id, NULL AS error_code, NULL AS error_sqlstate FROM sim_jobs(product_key, device_name, firmware_id) j WHERE device_name NOT LIKE 'bad%'
		UNION ALL SELECT NULL, 'iot.common.Other', 'HV000' WHERE device_name LIKE 'bad%') s};

sub fails
{
	my (%settings) = @_;
	$sim->reset;
	$sim->set(fail_count => -1, fail_device => 'bad', fail_shape => 'service', fail_code => 'iot.common.Other', %settings);
	return;
}

# Runs the statements in a session of their own: the result, what came to stderr, and whether it failed.
sub run_sql
{
	my ($sql) = @_;
	my ($stdout, $stderr);
	my $status = $node->psql('postgres', "\\set VERBOSITY default\n$sql", stdout => \$stdout, stderr => \$stderr);
	return ($stdout, $stderr, $status);
}

# --- some devices fail

fails();
my ($out, $err) = run_sql("INSERT INTO copy $join");
is($sim->get('requests'), DEVICES, 'one request for each device');
same_rows($node, 'TABLE copy', $oracle, 'the rows of all others, and one for each that failed');
is($node->safe_psql('postgres', 'SELECT count(*) FILTER (WHERE error_code IS NOT NULL) FROM copy'), FAILING, 'as many as failed');
like($err, qr/WARNING: .*\b5 keys failed.*\n.*DETAIL:  iot\.common\.Other: 5\./, 'one warning counts them by code');
is(() = $err =~ /WARNING/g, 1, 'and no other');

# --- the statistics

my $counted = 'SELECT lookups, requests, errors_request, in_flight, connections_opened FROM tuya_fdw_stats';
fails();
($out) = run_sql("SELECT FROM tuya_fdw_stats_reset(); SELECT count(*) FROM ($join) j; $counted;");
my ($rows, $sums) = split /\n/, $out;
is($rows, 2 * (DEVICES - FAILING) + FAILING, 'count(*) counts the rows');
my ($requests, $connections) = $sim->get('requests', 'connections');
is($sums, join('|', DEVICES, $requests, FAILING, 0, $connections), 'tuya_fdw_stats counts them as errors, and adds up');

# --- a key that fails late

fails(fail_page => 2);
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE ota_job OPTIONS (ADD page_size '1')});
($out) = run_sql("SELECT count(job_id), count(error_code) FROM ota_job WHERE (product_key, device_name, firmware_id) = ('pk', 'bad7:2', '187')");
is($out, '0|1', 'no row of a key of which a later page failed');
$node->safe_psql('postgres', q{ALTER FOREIGN TABLE ota_job OPTIONS (DROP page_size)});

# --- a service that is down

sub down
{
	my ($name, $pattern, $most) = @_;
	my ($stdout, $stderr, $status) = run_sql("INSERT INTO copy $join");

	isnt($status, 0, "$name: the statement fails") or return;
	like($stderr, $pattern, "$name: with the last error");
	like($stderr, qr/Before it 100 keys of the statement failed \(\S+: 100\), and the option "on_error_limit" allows no more\./, "$name: after 100 keys");
	cmp_ok($sim->get('requests'), '<=', $most, "$name: and few requests more");
	return;
}

$node->safe_psql('postgres', 'TRUNCATE copy');
fails(fail_device => '', fail_code => 'ServiceUnavailable');
# those that were sent ahead by then: a window of 8 x concurrency
down('it says so', qr/ERROR:  the service is in trouble/, 101 + 128);
$sim->reset;
$sim->set(close_all => 1);
down('no reply', qr/ERROR:  connection to .* was lost/, 4000);
$sim->reset;
$sim->set(stall => 'head');
$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD request_timeout '100ms')});
# what shares a silent connection goes over a new one
down('silence', qr/ERROR:  request to .* timed out/, 1000);
is($node->safe_psql('postgres', 'SELECT count(*) FROM copy'), 0, 'nothing was written');

# --- what ends it at once

$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (DROP request_timeout)});
$sim->reset;
$sim->set(stall => 'head', stall_skip => 100);
my $session = TuyaSession->new($node);
$session->start($join);
wait_until('requests hang', sub { $sim->get('stalls') > 0 });
my $began = time;
kill 'INT', $session->pid;
is($session->finish->{sqlstate}, '57014', 'a cancel is no row');
cmp_ok(time - $began, '<', 2, 'and ends the statement at once');
$session->quit;

# It leaves nothing behind.
fails();
($out) = run_sql("SELECT count(*), count(error_code) FROM ($join) j");
is($out, join('|', 2 * (DEVICES - FAILING) + FAILING, FAILING), 'the next statement is whole');

# --- the limit is each statement's

$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (ADD on_error_limit '5')});
($out) = run_sql("BEGIN; SELECT count(error_code) FROM ($join) j; SELECT count(error_code) FROM ($join) j; COMMIT");
is($out, "5\n5", 'each statement of a transaction may have as many errors');

# --- little memory: lookups that failed go to the file and come back

$node->safe_psql('postgres', q{ALTER SERVER tuya OPTIONS (SET on_error_limit '1000000')});
fails(fail_device => 'dev');
($out) = run_sql("SET work_mem = '64kB'; SELECT sum(x.n), sum(x.e) FROM generate_series(1, 2) pass, LATERAL (SELECT count(job_id) AS n, count(error_code) AS e FROM ($join) j WHERE pass > 0 OFFSET 0) x");
is($out, join('|', 2 * 2 * FAILING, 2 * (DEVICES - FAILING)), 'nearly all fail, twice read');
is($sim->get('requests'), DEVICES, 'each was asked once');
cmp_ok($node->safe_psql('postgres', "SELECT temp_bytes FROM pg_stat_database WHERE datname = 'postgres'"), '>', (DEVICES - FAILING) * 300, 'their errors were in the file');

# --- a value that its column's type does not take

SKIP:
{
	skip 'before 16 a type cannot be asked without an error, but for integers', 8 if $node->pg_version < 16;
	$sim->reset;
	$node->safe_psql('postgres', q{
		CREATE DOMAIN few AS text CHECK (VALUE < 'A');
		CREATE DOMAIN fewer AS few CHECK (VALUE < 'A');
		CREATE TYPE known AS ENUM ('a', 'b');
	});
	foreach (['few', '23514'], ['text', '-'], ['fewer', '23514'], ['varchar(3)', '22001'], ['known', '22P02'], ['numeric(3,1)', '22P02'], ['jsonb', '22P02'], ['uuid', '22P02'])
	{
		my ($type, $code) = @$_;
		$node->safe_psql('postgres', "CREATE FOREIGN TABLE typed (product_key text, device_name text, firmware_id text, job_status $type, code text OPTIONS (field 'errorCode')) SERVER tuya OPTIONS (on_error 'row')");
		# what is not asked for is not converted
		($out) = run_sql(q{SELECT count(*) + 0 * count(job_status), coalesce(min(code), '-') FROM typed WHERE (product_key, device_name, firmware_id) = ('pk', 'dev:3', '187')});
		is($out, ($code eq '-' ? 3 : 1) . "|$code", $type);
		$node->safe_psql('postgres', 'DROP FOREIGN TABLE typed');
	}
}

$node->stop;
$sim->stop;
done_testing();
