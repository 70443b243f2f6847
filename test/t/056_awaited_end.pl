
# Bytes without end that cost much each: what ends a statement is heard before so many of
# them have come that they would be taken for a flood.  libcurl reads a proxy's words byte
# by byte, so a machine on which a byte is dear stands for all that is slow to read.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(wait_until);
use TuyaTest;

# A flood is 64 kB, so to be sure that it is one takes six seconds of the CPU's.  Here it is
# a fraction of one: two looks, and some of the bytes in between.
use constant BYTE_US => 100;
use constant CPU_MS_MAX => 2000;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('awaited_end', $sim);

add_remote($node, 'proxied', endpoint => $sim->endpoint, ca_file => $sim->ca_file,
	proxy => $sim->http_endpoint, request_timeout => '5min', connect_timeout => '5min', retries => 0);
{
	local $ENV{LD_PRELOAD} = preload_library();
	local $ENV{PRELOAD_BYTE_US} = BYTE_US;
	$node->restart;
}

# CPU time of the backend, in ms.
sub cpu_ms
{
	my ($session) = @_;
	my @stat = split / /, slurp_file('/proc/' . $session->pid . '/stat') =~ s/^.*\) //sr;

	return ($stat[11] + $stat[12]) * 10;
}

# What may end a statement; each is there a moment after the flood has begun.
my %ends = (
	'a cancel' => [ sub { kill 'INT', shift->pid; }, '57014' ],
	statement_timeout => [ sub { }, '57014' ],
	terminate => [ sub { kill 'TERM', shift->pid; }, '57P01|lost' ]);

foreach my $torrent (qw(lines line))
{
	foreach my $name (sort keys %ends)
	{
		my ($end, $sqlstate) = @{ $ends{$name} };
		my $session = TuyaSession->new($node);

		$session->rows(lookup_sql('ota_job', 'd:3'));
		$session->rows('SET statement_timeout = 1000') if $name eq 'statement_timeout';
		$sim->reset;
		$sim->set(torrent => $torrent, http2 => 0);
		my $cpu_ms = cpu_ms($session);
		$session->start(lookup_sql('proxied', 'd:3'));
		wait_until("$torrent, $name: the flood has begun", sub { $sim->get('torrents') > 0 });
		$end->($session);
		my $result = $session->finish;
		like($result->{sqlstate}, qr/^(?:$sqlstate)$/, "$torrent, $name: its SQLSTATE") || diag($result->{text});
		$sim->reset;
		next if $name eq 'terminate';
		cmp_ok(cpu_ms($session) - $cpu_ms, '<', CPU_MS_MAX, "$torrent, $name: little more is read");
		$session->rows('RESET statement_timeout');
		is($session->rows(lookup_sql('ota_job', 'd:3')), 3, "$torrent, $name: the next statement is right");
		$session->quit;
	}
}

$sim->stop;
$node->stop;
done_testing();
