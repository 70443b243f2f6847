
# Clocks that differ are corrected with one warning for each remote, which says by how
# much, whatever is in flight when the service refuses.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with wait_until);
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('clock', $sim);
my $join = q{SELECT count(*) FROM generate_series(1, 200) i
	JOIN ota_job ON product_key = 'p' AND device_name = 'd' || i || ':1' AND firmware_id = '1'};

$sim->{expect_refusals} = 1;

# How often a text warns of clocks that differ by so many seconds, or a few more or less.
sub warnings_of
{
	my ($text, $seconds) = @_;
	my @differ = $text =~ /WARNING:.*the clocks of this server and of the service differ by (\d+) s/g;

	return scalar grep { abs($_ - $seconds) <= 5 } @differ;
}

foreach my $case ([ 3600, 'ahead of' ], [ -3600, 'behind' ], [ 100_000, 'ahead of' ])
{
	my ($offset, $words) = @$case;
	my $session = TuyaSession->new($node);

	$sim->reset;
	$sim->set(clock_offset_s => $offset, latency_ms => 20);
	my $result = $session->run($join);
	is($result->{sqlstate}, '00000', "$offset s: the join succeeds");
	like($result->{text}, qr/^200$/m, "$offset s: it is whole");
	is(warnings_of($result->{text}, abs $offset), 1, "$offset s: one warning says by how much");
	is(() = $result->{text} =~ /WARNING/g, 1, "$offset s: and no other");
	like($result->{text}, qr/clock is $words this server's/, "$offset s: and in which direction");
	my ($requests, $refused) = $sim->get('requests', 'bad_timestamps');
	cmp_ok($refused, '>', 0, "$offset s: requests were refused");
	is($requests, 200 + $refused, "$offset s: each of them was sent once more");

	$sim->clear;
	$result = $session->run($join);
	unlike($result->{text}, qr/WARNING/, "$offset s: the next statement needs no warning");
	is($sim->get('bad_timestamps'), 0, "$offset s: and none of its requests is refused");
	$session->quit;
}

# A clock that is set while a session goes on is followed, to and fro, one message
# each time; what was in flight then is sent once more.
my $session = TuyaSession->new($node);
$sim->reset;
$sim->set(latency_ms => 20);
foreach my $offset (3600, 0, -3600, 3600, 0)
{
	$sim->set(clock_offset_s => $offset);
	$sim->clear;
	my $result = $session->run($join);
	is($result->{sqlstate}, '00000', "set to $offset s: the join succeeds");
	like($result->{text}, qr/^200$/m, "set to $offset s: it is whole");
	is(() = $result->{text} =~ /(?:WARNING|NOTICE): /g, 1, "set to $offset s: one message");
	if ($offset)
	{
		is(warnings_of($result->{text}, abs $offset), 1, "set to $offset s: a warning says by how much");
	}
	else
	{
		like($result->{text}, qr/NOTICE: .*clocks of this server and of the service agree again/,
			"set to $offset s: a notice says that they agree");
	}
	my ($requests, $refused) = $sim->get('requests', 'bad_timestamps');
	is($requests, 200 + $refused, "set to $offset s: what was refused was sent once more");
}

# In the middle of a statement, and while its cursor idles with refusals that nobody
# has read.
$session->run('BEGIN');
$session->run("DECLARE c CURSOR FOR SELECT device_name FROM generate_series(1, 200) i
	JOIN ota_job ON product_key = 'p' AND device_name = 'd' || i || ':1' AND firmware_id = '1'");
my $rows = 0;
foreach my $offset (0, 3600, -3600, 0, 0)
{
	$sim->set(clock_offset_s => $offset);
	my $result = $session->run($offset == -3600 ? 'SELECT pg_sleep(5); FETCH 50 FROM c' : 'FETCH 50 FROM c');
	is($result->{sqlstate}, '00000', "a cursor, set to $offset s: it goes on");
	$rows += () = $result->{text} =~ /^d\d+:1$/mg;
	$sim->clear;
}
is($rows, 200, 'a cursor: it is whole');
$session->run('COMMIT');

# The timestamp agrees with the date of its refusal.
$sim->reset;
$sim->set(fail_count => -1, fail_status => 400, fail_code => 'InvalidTimeStamp.Expired');
my $one = q{SELECT count(*) FROM ota_job WHERE product_key = 'p' AND device_name = 'd:1' AND firmware_id = '1'};
my $result = $session->run($one);
fails_with($result, '28000', 'a window that is too small is an error that says so',
	qr/signed by that clock, to \d s: the service allows less/, qr/HINT:.*how far a timestamp may be off/);
unlike($result->{text}, qr/WARNING|NOTICE/, 'and no correction');
is($sim->get('requests'), 1, 'nor is it tried again');

# A date that is another each time.
{
	$sim->reset;
	$sim->set(latency_ms => 1000, fail_count => -1, fail_status => 400, fail_code => 'IllegalTimestamp');
	$session->start($one);
	for my $i (1 .. 4)
	{
		wait_until("request $i is there", sub { $sim->get('requests') >= $i });
		$sim->set(clock_offset_s => 100 * $i);
	}
	$result = $session->finish;
	fails_with($result, '28000', 'a clock that never holds still is given up',
		qr/signed anew by the date of 3 refusals, and refused again/, qr/HINT:.*Clocks of several machines/);
	is($sim->get('requests'), 4, 'after three corrections');
}
$sim->reset;
is($session->run($join)->{sqlstate}, '00000', 'the next statement begins anew');

# Without a date: what was signed before the correction is signed anew; then it is
# an error.
$sim->reset;
$sim->set(clock_offset_s => 3600, no_date => 1);
fails_with($session->run($join), '28000', 'without a date it is an error that says so',
	qr/no date to compare the clocks by/);
$session->quit;

$sim->stop;
$node->stop;
done_testing();
