
# Large joins keep within work_mem, and ask no page twice: 300 devices of 5,000 jobs
# each are 15,000 pages and 400 MB of replies; outer rows of a megabyte; and ten
# thousand rows of a hundred devices.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaSession qw(descriptors memory_kib);
use TuyaTest;

use constant WORK_MEM_KIB => 4096;

# What else the backend needs while it runs: requests in flight, libcurl, the plan.
use constant SLACK_KIB => 12 * 1024;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('large', $sim);

$node->safe_psql(
	'postgres', q{
	CREATE FOREIGN TABLE job_ids (product_key text, device_name text, firmware_id text, job_id text) SERVER tuya;
	CREATE TABLE device AS SELECT 'm' || g || ':5000' AS device_name FROM generate_series(1, 300) g;
	CREATE TABLE repeated AS SELECT 'r' || g % 100 || ':1' AS device_name FROM generate_series(1, 10000) g;
	ANALYZE;
	CREATE FUNCTION held() RETURNS bigint LANGUAGE sql VOLATILE AS
		$$ SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts $$;
});

# A session that has done all that is done once.
sub warm_session
{
	my $session = TuyaSession->new($node);

	$session->rows('SET work_mem = ' . WORK_MEM_KIB);
	$session->rows('SET max_parallel_workers_per_gather = 0');
	$session->rows(q{SELECT count(*), held() FROM repeated JOIN job_ids USING (device_name) WHERE product_key = 'p' AND firmware_id = '1'});
	$sim->clear;
	return $session;
}

sub growth_is_bounded
{
	my ($session, $before, $what) = @_;
	my $growth = memory_kib($session->pid) - $before;

	note("$what: the process has grown by $growth KiB");
	return cmp_ok($growth, '<', WORK_MEM_KIB + SLACK_KIB, "$what: the process does not grow beyond work_mem");
}

# --- many rows, of few devices
my $session = warm_session();
my $before = memory_kib($session->pid);
is($session->rows(q{SELECT count(*), count(DISTINCT job_id) FROM repeated JOIN job_ids USING (device_name) WHERE product_key = 'p' AND firmware_id = '1'}),
	'10000|100', 'a join of 10,000 rows with 100 devices');
is($sim->get('requests'), 100, 'takes 100 requests');
growth_is_bounded($session, $before, 'many rows of few devices');

# --- few devices with many jobs; how much is held is looked at in the midst, now and then
$sim->clear;
$before = memory_kib($session->pid);
my ($jobs, $first, $last, $held) = split /\|/, $session->rows(q{
	SELECT count(*), min(right(job_id, 6)), max(right(job_id, 6)),
		max(CASE WHEN job_id LIKE '%002500' THEN held() END)
	FROM device JOIN job_ids USING (device_name) WHERE product_key = 'p' AND firmware_id = '1'});
is("$jobs $first $last", '1500000 000001 005000', '300 devices of 5,000 jobs');
is($sim->get('requests'), 15000, 'take a request for each page');
cmp_ok($sim->get('max_in_flight'), '>', 1, 'several at once');
note("contexts hold $held KiB");
cmp_ok($held, '<', WORK_MEM_KIB + SLACK_KIB, 'what is held keeps within work_mem');
growth_is_bounded($session, $before, '300 devices of 5,000 jobs');
$session->quit;

# --- outer rows of a megabyte, and not a hundred of them
$session = warm_session();
$before = memory_kib($session->pid);
($jobs, my $length, $held) = split /\|/, $session->rows(q{
	SELECT count(*), sum(length(padding)), max(held()) FROM (SELECT 'w' || g || ':1' AS device_name, repeat(chr(64 + g % 26), 1000000) AS padding
		FROM generate_series(1, 200) g OFFSET 0) w JOIN job_ids USING (device_name) WHERE product_key = 'p' AND firmware_id = '1'});
is("$jobs $length", '200 200000000', 'outer rows of a megabyte');
is($sim->get('requests'), 200, 'take a request for each');
note("contexts hold $held KiB");
cmp_ok($held, '<', WORK_MEM_KIB + SLACK_KIB, 'what is held keeps within work_mem');
growth_is_bounded($session, $before, 'outer rows of a megabyte');
$session->quit;

# --- nothing is left
is($sim->get('in_flight'), 0, 'no request is in progress');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), 0, 'no temporary file is left');

$sim->stop;
$node->stop;
done_testing();
