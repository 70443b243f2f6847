
# Clocks that differ are corrected with one warning for each remote, which says by how
# much, whatever is in flight when the service refuses.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with);
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('clock', $sim);
my $join = q{SELECT count(*) FROM generate_series(1, 200) i
	JOIN ota_job ON product_key = 'p' AND device_name = 'd' || i || ':1' AND firmware_id = '1'};

$sim->{expect_refusals} = 1;

# How often a text warns of clocks that differ by so many seconds, or one more or less.
sub warnings_of
{
	my ($text, $seconds) = @_;
	my @differ = $text =~ /WARNING:.*the clocks of this server and of the service differ by (\d+) s/g;

	return scalar grep { abs($_ - $seconds) <= 1 } @differ;
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

# The service's clock jumps back: one statement fails, and says why; the next is right.
my $session = TuyaSession->new($node);
$sim->reset;
$sim->set(clock_offset_s => 3600);
$session->run($join);
$sim->reset;
my $result = $session->run($join);
fails_with($result, '28000', 'a correction that is wrong is an error',
	qr/clock is [01] s (ahead of|behind) this server's/, qr/signed by the service's clock.*: (3599|3600|3601) s/);
$result = $session->run($join);
is($result->{sqlstate}, '00000', 'the next statement is right');
unlike($result->{text}, qr/WARNING/, 'without a correction');
$session->quit;

$sim->stop;
$node->stop;
done_testing();
