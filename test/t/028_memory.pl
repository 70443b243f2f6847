
# 100,000 lookups in one session leave its memory and its descriptors as they were,
# and so do 3,000 that fail.
#
# TUYA_SOAK=1: 1,000,000 lookups.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(descriptors memory_kib threads);
use TuyaTest;

use constant GROWTH_KIB_MAX => 8 * 1024;
use constant LOOKUPS => $ENV{TUYA_SOAK} ? 1_000_000 : 100_000;
use constant STEP => 10_000;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('memory', $sim);
my $session = TuyaSession->new($node);

# Each statement is an execution of its own: half of them in a function, each with
# a new plan, half of them at top level.
sub look_up
{
	my ($first, $last) = @_;
	my $middle = $first + ($last - $first + 1) / 2;
	my $end = $middle - 1;

	$session->rows(qq{
		DO \$\$
		DECLARE
			jobs bigint;
		BEGIN
			FOR i IN $first .. $end LOOP
				EXECUTE 'SELECT count(DISTINCT job_id) FROM ota_job WHERE product_key = \$1 AND device_name = \$2 AND firmware_id = \$3'
				INTO jobs USING 'p', 'd' || i || ':2', '1';
				IF jobs <> 2 THEN
					RAISE 'device % has % jobs', i, jobs;
				END IF;
			END LOOP;
		END \$\$});
	my $text = $session->rows(join ";\n", map { lookup_sql('ota_job', "d$_:2") } $middle .. $last);
	is($text, join("\n", (2) x ($last - $middle + 1)), "lookups $first to $last are right");
	return;
}

sub fail_in
{
	my ($times) = @_;

	$session->rows(qq{
		DO \$\$
		BEGIN
			FOR i IN 1 .. $times LOOP
				BEGIN
					PERFORM FROM ota_job WHERE product_key = 'p' AND device_name = 'd' AND firmware_id = '1';
					RAISE 'no error';
				EXCEPTION WHEN invalid_authorization_specification THEN
				END;
			END LOOP;
		END \$\$});
	return;
}

look_up(1, STEP);
my $memory = memory_kib($session->pid);
my $descriptors = descriptors($session->pid);

for (my $done = STEP; $done < LOOKUPS; $done += STEP)
{
	look_up($done + 1, $done + STEP);
	note(sprintf '%d lookups: %d kB more', $done + STEP, memory_kib($session->pid) - $memory)
	  if ($done + STEP) % (LOOKUPS / 5) == 0;
}
my $growth = memory_kib($session->pid) - $memory;

is($sim->get('requests'), LOOKUPS, 'one request each');
is($sim->get('keys'), LOOKUPS, 'for a key of its own');
is($sim->get('connections'), 1, 'over one connection');
cmp_ok($growth, '<', GROWTH_KIB_MAX, 'memory does not grow by 8 MiB');
note("it grows by $growth kB");
is(descriptors($session->pid), $descriptors, 'nor does the number of descriptors');
is(threads($session->pid), 1, 'or of threads');

# --- failures, caught in a subtransaction each
$sim->reset;
$sim->set(fail_count => -1, fail_code => 'Forbidden.RAM');
fail_in(500);
$memory = memory_kib($session->pid);
fail_in(3000);
$growth = memory_kib($session->pid) - $memory;
is($sim->get('failed'), 3500, 'each was asked once');
cmp_ok($growth, '<', 1024, 'memory does not grow by 1 MiB');
note("it grows by $growth kB");
is(descriptors($session->pid), $descriptors, 'nor does the number of descriptors');

$session->quit;
$sim->stop;
$node->stop;
done_testing();
