
# A scan that fails, or is never finished, leaves nothing in progress and the
# remote usable, whatever part of a transaction goes on.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with wait_until descriptors);
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('subtransactions', $sim, page_size => 7, request_timeout => '300ms');
my $session = TuyaSession->new($node);

$session->rows(q{
	-- the number of jobs, or the SQLSTATE
	CREATE FUNCTION try(device text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		jobs bigint;
	BEGIN
		SELECT count(DISTINCT job_id) INTO jobs FROM ota_job
		WHERE product_key = 'p' AND device_name = device AND firmware_id = '1';
		RETURN jobs;
	EXCEPTION WHEN OTHERS OR query_canceled THEN
		RETURN SQLSTATE;
	END $$;
	CREATE FUNCTION try_division() RETURNS text LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM 1 / (length(job_id) - length(job_id))
		FROM unnest(ARRAY['a:3', 'b:3']) AS device
		JOIN ota_job ON product_key = 'p' AND device_name = device AND firmware_id = '1';
		RETURN 'no error';
	EXCEPTION WHEN division_by_zero THEN
		RETURN SQLSTATE;
	END $$;
	CREATE FUNCTION jobs_of(device text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
		SELECT count(DISTINCT job_id) FROM ota_job WHERE product_key = 'p' AND device_name = device AND firmware_id = '1' $$;
	CREATE FUNCTION rows_of(device text) RETURNS int LANGUAGE plpgsql AS $$
	DECLARE
		job text;
		rows int := 0;
	BEGIN
		FOR job IN SELECT job_id FROM ota_job
			WHERE product_key = 'p' AND device_name = device AND firmware_id = '1'
		LOOP
			-- each row asks again, in an execution of its own
			rows := rows + jobs_of(device);
		END LOOP;
		RETURN rows;
	END $$});

# Tests that nothing is in progress, and that the next statement is right. After a
# normal end the connection is kept, and over HTTP/2 libcurl tells the service that
# a request is not wanted any more only when it uses the connection again.
sub is_usable
{
	my ($name, $ended_normally) = @_;
	my $nothing = sub { $sim->get('in_flight') == 0 };

	wait_until("$name: nothing is left in progress", $nothing) unless $ended_normally;
	$sim->reset;
	is($session->rows("SELECT try('d:250')"), 250, "$name: the remote is usable");
	is($sim->get('requests'), 36, "$name: which takes the requests that it always takes");
	wait_until("$name: nothing is in progress after it", $nothing);
	return;
}

# --- a block that catches what fails; before and after it, in one transaction
$session->rows("SELECT try('d:250')");
my $descriptors = descriptors($session->pid);

foreach my $fault (
	[ HV00N => stall => 'head' ],
	[ HV00N => stall => 'body' ],
	[ 28000 => fail_count => 1, fail_page => 3, fail_code => 'Forbidden.RAM' ],
	[ HV00M => omit => 'job_id' ])
{
	my ($sqlstate, %settings) = @$fault;
	my $what = "@$fault[1, 2]";

	$session->rows('BEGIN');
	is($session->rows("SELECT try('d:3')"), 3, "$what: before it");
	$sim->set(%settings);
	is($session->rows("SELECT try('d:250')"), $sqlstate, "$what: it is caught");
	is_usable($what);
	$session->rows('COMMIT');
}

my @back_off = (fail_count => -1, fail_headers => 'Retry-After: 30');

foreach my $fault ([ stall => 'head' ], [ stall => 'body' ], \@back_off, [ @back_off, fail_page => 3 ])
{
	my $what = "statement_timeout, @$fault";

	$sim->set(@$fault);
	$session->rows("BEGIN; SET LOCAL statement_timeout = '100ms'");
	is($session->rows("SELECT try('d:250')"), '57014', "$what: it is caught");
	$session->rows('SET LOCAL statement_timeout = 0');
	is_usable($what);
	$session->rows('COMMIT');
}

# One device is there, and its row fails while the other waits to be sent again: that
# one's reply comes first, on the same connection.
$session->rows('BEGIN');
$sim->clear;
$sim->set(@back_off, fail_skip => 1, hold_until_replies => 1);
is($session->rows('SELECT try_division()'), '22012', 'a scan that fails while a lookup backs off: it is caught');
is(join(' ', $sim->get('replies', 'failed')), '2 1', 'it was backing off');
is_usable('a scan that fails while a lookup backs off');
$session->rows('COMMIT');

# --- cursors in mid-lookup
my $cursor = q{DECLARE c CURSOR FOR SELECT job_id FROM ota_job
	WHERE product_key = 'p' AND device_name = 'd:250' AND firmware_id = '1'; MOVE 30 IN c};

# What is read ahead of the cursor, if anything, hangs.
my @hanging = (stall => 'head', stall_skip => 5);

$sim->set(@hanging);
$session->rows("BEGIN; SAVEPOINT s; $cursor; ROLLBACK TO s");
fails_with($session->run('FETCH c'), '34000', 'a cursor goes with its savepoint');
$session->rows('ROLLBACK TO s');
is_usable('savepoint with a cursor');
$session->rows('COMMIT');

$session->rows("BEGIN; $cursor; SAVEPOINT s");
$sim->set(fail_count => -1, fail_code => 'Forbidden.RAM');
fails_with($session->run("SELECT jobs_of('d:3')"), '28000', 'a failed statement');
$session->rows('ROLLBACK TO s');
$sim->reset;
my @rest = split /\n/, $session->rows('FETCH ALL FROM c');
is(scalar @rest, 220, 'and an older cursor goes on after its savepoint');
$session->rows('COMMIT');

$sim->set(@hanging);
$session->rows("BEGIN; $cursor");
$session->rows('COMMIT');
is_usable('a cursor that was never finished', 1);

$sim->set(@hanging);
$session->rows("BEGIN; $cursor");
$session->rows('ROLLBACK');
is_usable('a transaction rolled back in mid-lookup');

# --- one execution in another
$sim->reset;
is($session->rows("SELECT rows_of('d:10')"), 100, 'a statement in each row of another');
is($sim->get('requests'), 2 * (1 + 10), 'each execution asks for itself');
$sim->reset;
is( $session->rows(q{
		SELECT count(*), sum(jobs_of(device_name)) FROM ota_job
		WHERE product_key = 'p' AND device_name = 'd:10' AND firmware_id = '1'}),
	'10|100', 'a function in the target list of the same table');
is($sim->get('requests'), 2 * (1 + 10), 'each execution asks for itself');
$sim->set(fail_count => 1, fail_skip => 5, fail_code => 'Forbidden.RAM');
fails_with($session->run("SELECT rows_of('d:10')"), '28000', 'the inner one fails');
is_usable('the inner one failed');

is(descriptors($session->pid), $descriptors, 'after all of it, as many descriptors as before');
$session->quit;
$sim->stop;
$node->stop;
done_testing();
