# An allocation that fails while requests time out, are sent again or are taken back ends in
# the error that there would have been, or in one that says so; nothing of libcurl's is left
# to an attempt that is gone, and the next statement is right.
#
# TUYA_SOAK=1: each of the first 300 instead of every tenth of the first 80.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use TuyaFailing;
use TuyaNet;
use TuyaSession qw(wait_until alive);
use TuyaTest;

# So many that what their ends are told in needs memory of malloc's more than once.
use constant IN_FLIGHT => 48;

# So many allocations every one of these statements makes, for all that is known; those
# that wait for no reply again make few more.
use constant SURE => 60;

# Which allocations fail: not the same ones with each version of HTTP.
my %tries = map { my $http2 = $_; $http2 => [ $ENV{TUYA_SOAK} ? 1 .. 300 : map { 1 + 5 * $http2 + 10 * $_ } 0 .. 7 ] } 0, 1;

my $failing = TuyaFailing->prepare;
my $sim = TuyaTest::Sim->start;
my $node = tuya_node('failing_timeouts', $sim);
my $query = failing_query($node);
my %here = (endpoint => $sim->endpoint, ca_file => $sim->ca_file, concurrency => IN_FLIGHT);
add_remote($node, 'timed', %here, request_timeout => '250ms', retries => 0);
add_remote($node, 'again', %here, request_timeout => '150ms', retries => 1);
add_remote($node, 'limited', %here, lookup_timeout => '250ms');
add_remote($node, 'unreachable', %here, connect_timeout => '50ms', retries => 1,
	endpoint => "https://127.0.0.1:$sim->{full_port}/");
add_remote($node, 'cancelled', %here);
my (%seen, %failed);

sub join_sql
{
	my ($table) = @_;

	return "SELECT count(*) FROM generate_series(1, 200) AS i LEFT JOIN $table "
	  . "ON product_key = 'p' AND device_name = 'd' || i || ':1' AND firmware_id = '1'";
}

# The statement, which fails, with that allocation failing from when its requests hang.
sub try_one
{
	my ($session, $http2, $table, $usual, $n) = @_;

	$sim->reset;
	$sim->set(http2 => $http2);
	$session->rows(lookup_sql($table, 'd:3')) unless $table eq 'unreachable';
	$sim->set(stall => 'head', stall_skip => 0);
	$session->rows('BEGIN; SAVEPOINT s; SET LOCAL statement_timeout = ' . ($table eq 'cancelled' ? 200 : 0));
	$session->rows('DECLARE c CURSOR FOR ' . join_sql($table));
	$session->start('FETCH 1 FROM c');
	if ($table eq 'unreachable') { sleep 0.02; }
	else { wait_until("$table: requests hang", sub { $sim->get('stalls') > 0 }); }
	$failing->arm($session->pid, $n);
	my $result = $session->finish;
	my $failed = $failing->disarm;
	$seen{ $failed ? "$table $result->{sqlstate}" : "$table, none failed" }++;
	$failed{$http2}{$table}++ if $failed && $n <= SURE;
	return 'the session is lost' if $result->{sqlstate} eq 'lost';
	my @wrong = $result->{sqlstate} =~ $usual || ($failed && $result->{sqlstate} =~ /^53[02]00$/) ? () :
	  "wrong: $result->{sqlstate} $result->{text}";
	$sim->reset;
	$sim->set(http2 => $http2);
	$session->rows('ROLLBACK TO s');
	$result = $session->run($query);
	push @wrong, "in the same transaction: $result->{text}" unless is_right($result);
	$session->rows('COMMIT');
	$result = $session->run(lookup_sql($table, 'd:3'));
	push @wrong, "of the same remote: $result->{text}"
	  unless $result->{text} eq "3\n" || $table eq 'unreachable' && $result->{sqlstate} eq 'HV00N';
	wait_until("$table: nothing is in progress", sub { $sim->get('in_flight') == 0 });
	return join "\n", @wrong;
}

foreach my $http2 (1, 0)
{
	my $version = 'HTTP/' . ($http2 ? '2' : '1.1');
	my %usual = (timed => qr/^HV00N$/, again => qr/^HV00N$/, limited => qr/^HV00N$/, unreachable => qr/^HV00N$/,
		cancelled => qr/^57014$/);

	foreach my $table (sort keys %usual)
	{
		next if $table eq 'unreachable' && !$http2;
		my ($session, @wrong);
		my @tries = @{ $tries{$http2} };
		my $sure = grep { $_ <= SURE } @tries;

		foreach my $n (@tries)
		{
			$session = TuyaSession->new($node) unless $session && alive($session->pid);
			my $wrong = try_one($session, $http2, $table, $usual{$table}, $n);
			push @wrong, "allocation $n: $wrong" if $wrong;
			last if @wrong == 10;
		}
		is(join("\n", @wrong), '', "$version, $table: " . @tries . ' allocations that fail');
		cmp_ok($failed{$http2}{$table} // 0, '>', $sure / 2, "$version, $table: most of the first $sure did");
		$session->quit;
	}
}
finish_failing($node, $sim, \%seen);
