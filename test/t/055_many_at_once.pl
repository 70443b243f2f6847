
# Replies of megabytes, many at once: each is taken, and all together do not keep the
# backend from hearing a cancel.

use strict;
use warnings FATAL => 'all';

use Compress::Zlib qw(compress);
use List::Util qw(max);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use TuyaHostile;
use TuyaSession qw(wait_until);
use TuyaTest;

use constant IN_FLIGHT => 64;

# Of CPU time, between a cancel and its end; all 64 replies take some times that to decode.
use constant CPU_MS_MAX => 300;

my $victim = TuyaHostile->new('at_once', request_timeout => '1min', retries => 0, concurrency => IN_FLIGHT);
my $page = '{"success":true,"code":"","currentPage":1,"pageSize":100,"pageCount":1,"total":3,"requestId":"r",'
  . '"data":{"simpleOTAJobInfo":[{"jobId":"1"},{"jobId":"2"},{"jobId":"3"}]}}';

# They go out when all are in flight.
my %large = (reply_headers => 'Content-Encoding: deflate', hold_until_in_flight => IN_FLIGHT, hold_ms => 60_000,
	$victim->body(compress(' ' x 3_900_000 . $page)));

sub join_sql
{
	my ($devices) = @_;

	return "SELECT count(*) FROM generate_series(1, $devices) AS i "
	  . "JOIN ota_job ON product_key = 'p' AND device_name = 'd' || i AND firmware_id = '1'";
}

sub cpu_ms
{
	my @stat = split / /, slurp_file('/proc/' . $victim->session->pid . '/stat') =~ s/^.*\) //sr;
	return ($stat[11] + $stat[12]) * 10;
}

foreach my $version (1, 2)
{
	my @cpu_ms;

	$victim->speak($version);
	$victim->simulate(%large);
	is($victim->session->rows(join_sql(IN_FLIGHT)), 3 * IN_FLIGHT, "HTTP/$version: a join has its rows");
	note('requests: ' . $victim->sim->get('requests'));
	foreach my $try (1 .. 5)
	{
		$victim->simulate(%large);
		$victim->session->start(join_sql(IN_FLIGHT));
		wait_until('replies come', sub { $victim->sim->get('replies') > 0 });
		my $before = cpu_ms();
		kill 'INT', $victim->session->pid;
		my $result = $victim->session->finish;
		push @cpu_ms, cpu_ms() - $before;
		is($result->{sqlstate}, '57014', "HTTP/$version: a cancel, try $try");
	}
	cmp_ok(max(@cpu_ms), '<=', CPU_MS_MAX, "HTTP/$version: it is heard");
	note("HTTP/$version: @cpu_ms ms");
	$victim->is_well("HTTP/$version");
}

$victim->stop;
done_testing();
