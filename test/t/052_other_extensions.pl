
# Extensions that look at plans, loaded before or after, see the plan that is
# executed, in nested statements too, and the original one is kept by the plan cache.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('extensions', $sim);

$node->safe_psql(
	'postgres', q{
	CREATE TABLE inventory AS SELECT g AS id, 'pk' AS product_key, 'd' || g || ':' || g % 3 AS device_name, '1' AS firmware_id FROM generate_series(1, 30) g;
	ANALYZE inventory;
	CREATE FUNCTION jobs(below int) RETURNS bigint LANGUAGE plpgsql AS $$
	BEGIN
		RETURN (SELECT count(*) FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id) WHERE id < below);
	END $$;
	CREATE FUNCTION newest(below int) RETURNS text LANGUAGE sql VOLATILE AS $$
		SELECT max((SELECT max(job_id) FROM ota_job j WHERE j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id))
		FROM (SELECT * FROM inventory WHERE id < below OFFSET 0) i $$;
});

my $settings = q{
	SET auto_explain.log_min_duration = 0;
	SET auto_explain.log_analyze = on;
	SET auto_explain.log_verbose = on;
	SET auto_explain.log_triggers = on;
	SET auto_explain.log_nested_statements = on;
};
my $statements = q{
	PREPARE p(int) AS SELECT count(*) FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id) WHERE id < $1;
	SET plan_cache_mode = force_generic_plan;
	EXECUTE p(31);
	SET tuya_fdw.enable_lookahead = off;
	EXECUTE p(31);
	SET tuya_fdw.enable_lookahead = on;
	EXECUTE p(31);
	SELECT jobs(31), jobs(31), newest(31) IS NOT NULL;
	BEGIN;
	DECLARE c CURSOR FOR SELECT * FROM inventory JOIN ota_job USING (product_key, device_name, firmware_id);
	MOVE 3 FROM c;
	CLOSE c;
	COMMIT;
	SELECT jobs(g) FROM generate_series(1, 4) g;
};
my $wanted = join "\n", 30, 30, 30, '30|30|t', 0, 1, 3, 3;
my %loads = (
	'loaded before tuya_fdw' => "LOAD 'auto_explain'; LOAD 'tuya_fdw';",
	'loaded after tuya_fdw' => "LOAD 'tuya_fdw'; LOAD 'auto_explain';");

foreach my $how (sort keys %loads)
{
	my $from = -s $node->logfile;

	is($node->safe_psql('postgres', "$loads{$how} $settings $statements"), $wanted, "auto_explain $how: results");
	my $log = slurp_file($node->logfile, $from);
	my @plans = split /LOG:  duration: .* plan:/, $log;
	my @ours = grep { /Query Text: .*ota_job/ && /Foreign Scan/ } @plans;
	my @ahead = grep { /Custom Scan \(Lookahead\)/ } @ours;

	# three of p, one of them without; three and more of the functions; the cursor's
	cmp_ok(scalar @ours, '>=', 9, "auto_explain $how: it logs our statements, nested ones too");
	is(scalar(grep { /Query Text: .*PREPARE p/s && !/Lookahead/ } @ours), 1, "auto_explain $how: one was executed without lookahead");
	is(scalar(@ours) - @ahead, 1, "auto_explain $how: all others show it");
	like($ahead[0], qr/Lookahead Keys: .*Rows Read Ahead: 30.*Announced: 30.*Requests: 30/s, "auto_explain $how: with its counters");
}

# --- all together, preloaded
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements,auto_explain,tuya_fdw'\ncompute_query_id = on\n");
$node->restart;
$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements');
is($node->safe_psql('postgres', "$settings SET pg_stat_statements.track = 'all'; $statements"), $wanted, 'preloaded, with pg_stat_statements: results');
is( $node->safe_psql('postgres', q{SELECT sum(calls), sum(rows) FROM pg_stat_statements WHERE query LIKE 'PREPARE p%'}),
	'3|3', 'preloaded, with pg_stat_statements: it counts');
# the README's recipe
$node->safe_psql('postgres', q{BEGIN; SET LOCAL pg_stat_statements.track_utility = off;
	ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_secret 'unheard'); COMMIT});
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%unheard%'}),
	0, 'pg_stat_statements does not keep a secret that is set by the recipe');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal/, 'the server is well');

$sim->stop;
$node->stop;
done_testing();
