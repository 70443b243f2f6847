
# The main job: a join finds every job of every device, with no request too many.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use Test::More;
use PostgreSQL::Test::Utils;
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('join', $sim);

# Numbers of jobs on both sides of a page's and of two pages' end.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE inventory AS
		SELECT 'site ' || i % 3 AS site, 'pk' || i % 2 AS product_key,
			'dév/ice&' || i || ':' || (ARRAY[0, 1, 3, 99, 100, 101, 200, 250])[1 + i % 8] AS device_name,
			(180 + i % 5)::text AS firmware_id
		FROM generate_series(1, 80) i;
	ANALYZE inventory;
});
my $pages = $node->safe_psql('postgres',
	'SELECT sum(greatest(1, ceil(sim_job_count(device_name) / 100.0)))::int FROM inventory');

my $join = 'SELECT * FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id)';
my $rule = q{
	SELECT i.product_key, i.device_name, i.firmware_id, i.site, j.*
	FROM inventory i, sim_jobs(i.product_key, i.device_name, i.firmware_id) j};

same_rows($node, $join, $rule, 'the join has exactly the jobs of each device');
is($sim->get('requests'), $pages, 'one request for each page');
is($sim->get('keys'), 80, 'each device was asked for');

$sim->clear;
same_rows(
	$node,
	"SELECT site, job_status, count(*) FROM ($join) j GROUP BY 1, 2",
	"SELECT site, job_status, count(*) FROM ($rule) j GROUP BY 1, 2",
	'jobs by site and status');
is($sim->get('requests'), $pages, 'again one request for each page');

$sim->clear;
is( $node->safe_psql('postgres', "EXPLAIN (VERBOSE) $join") =~ /Remote Keys: /,
	1, 'EXPLAIN shows the keys');
is($sim->get('requests'), 0, 'EXPLAIN asks for nothing');

$sim->stop;
$node->stop;
done_testing();
