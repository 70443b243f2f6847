
# Statements made by chance: each has the rows of a local table, asks for no key that
# its conditions exclude, and finds all keys that they give.  TUYA_SEED is the first
# seed; with TUYA_SOAK there are thousands of them.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib $FindBin::RealBin;

use Test::More;
use TuyaSession;
use TuyaStatements;
use TuyaTest;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('generated', $sim);
my $session = TuyaSession->new($node);
my $count = $ENV{TUYA_STATEMENTS} || ($ENV{TUYA_SOAK} ? 10_000 : 300);
my $first = $ENV{TUYA_SEED} || 1;
my %faults;
my %bound;

TuyaStatements::prepare($session, $sim);
foreach my $made ((map { [$_] } $first .. $first + $count - 1), map { [ $_, 'accounts' ] } $first .. $first + $count / 3)
{
	my $statement = TuyaStatements::make(@$made);

	$bound{ $statement->{shape} } += $statement->{bound} ? 1 : 0;
	$faults{ $statement->{shape} } .= TuyaStatements::fault_of($session, $statement);
}
foreach my $shape (sort keys %faults)
{
	is($faults{$shape}, '', "$shape: rows, requests and keys of $bound{$shape} statements");
}

$session->quit;
$sim->stop;
$node->stop;
done_testing();
