
# Content and transfer codings: one content coding that was asked for is taken, all else
# is a malformed reply, and none of it keeps the backend busy or deaf.

use strict;
use warnings FATAL => 'all';

use Compress::Zlib qw(compress);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use TuyaHostile qw(gz layers EMPTY_BLOCK);
use TuyaNet;
use TuyaSession qw(busy);
use TuyaTest;

# What a reply may cost; one that is decoded in layers took half a minute.
use constant CPU_S_MAX => 1;

my $victim = TuyaHostile->new('codings', request_timeout => '5s');
my $sim = $victim->sim;
my $page = '{"success":true,"code":"","currentPage":1,"pageSize":100,"pageCount":1,"total":3,"requestId":"r",'
  . '"data":{"simpleOTAJobInfo":[{"jobId":"1"},{"jobId":"2"},{"jobId":"3"}]}}';

sub cpu_s
{
	my @stat = split / /, slurp_file('/proc/' . $victim->session->pid . '/stat') =~ s/^.*\) //sr;
	return ($stat[11] + $stat[12]) / 100;
}

sub meets
{
	my ($name, $codings, $body, $sqlstate, $says, %more) = @_;
	my %settings = (reply_headers => $codings, $victim->body($body), %more);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $before = cpu_s();
	$victim->simulate(%settings);
	my $result = $victim->ask('d:3');
	cmp_ok(cpu_s() - $before, '<', CPU_S_MAX, "$name: little work");
	is($sim->get('requests'), 1, "$name: is not asked for again");
	if ($sqlstate eq '00000') { is($result->{text}, "3\n", "$name: the rows"); }
	else { TuyaSession::fails_with($result, $sqlstate, "$name: $sqlstate", qr/malformed|too large/, $says); }
	$victim->simulate;
	is($victim->ask('d:250')->{text}, "250\n", "$name: the next statement is right");
	return;
}

my $many = qr/more than one content coding/;
my $unasked = qr/content coding that was not asked for/;
my $broken = qr/content coding is broken|content unencoding/;
# libcurl counts layers, too, before we see the line
my $far_too_many = qr/more than one content coding|too many codings|content encodings/;
# newer ones refuse a transfer coding themselves
my $unasked_transfer = qr/transfer coding that was not asked for|^DETAIL:  .*Transfer-Encoding/m;
my $large = qr/too large/;
my $gzip = 'Content-Encoding: gzip';

foreach my $version (1, 2)
{
	$victim->speak($version);
	my $http = "HTTP/$version";

	# --- one, or none
	meets("$http, gzip", $gzip, gz($page), '00000');
	meets("$http, x-gzip", 'Content-Encoding: X-GZip', gz($page), '00000');
	meets("$http, deflate", 'Content-Encoding: deflate', compress($page), '00000');
	meets("$http, identity", 'Content-Encoding: identity', $page, '00000');
	meets("$http, empty", 'Content-Encoding: ,', $page, '00000');

	# --- more
	meets("$http, twice", 'Content-Encoding: gzip, gzip', gz(gz($page)), 'HV00M', $many);
	meets("$http, two lines", "$gzip|content-encoding: gzip", gz(gz($page)), 'HV00M', $many);
	meets("$http, three around nothing", 'Content-Encoding: gzip, gzip, gzip', layers(3), 'HV00M', $many);
	meets("$http, two of a kind", 'Content-Encoding: deflate,gzip', gz(compress($page)), 'HV00M', $many);
	meets("$http, twenty", 'Content-Encoding: ' . join(',', ('gzip') x 20), layers(5), 'HV00M', $far_too_many);
	meets("$http, a line of a kilobyte", 'Content-Encoding: ' . 'identity,' x 100, $page, 'HV00M', $far_too_many);

	# --- others
	meets("$http, $_", "Content-Encoding: $_", 'x' x 1000, 'HV00M', $unasked)
	  foreach qw(br zstd compress x-compress gzipp none * chunked);

	# --- what is in one
	meets("$http, junk behind gzip", $gzip, gz($page) . 'x' x 1000, 'HV00M', $broken);
	meets("$http, gzip twice, one behind the other", $gzip, gz($page) x 2, 'HV00M', $broken);
	meets("$http, a wrong check sum", $gzip, substr(gz($page), 0, -8) . "\0" x 4 . substr(gz($page), -4), 'HV00M', $broken);
	meets("$http, a wrong length", $gzip, substr(gz($page), 0, -4) . "\0" x 4, 'HV00M', $broken);
	# what lacks its check sum is whole if its JSON is
	meets("$http, cut by $_ bytes", $gzip, substr(gz($page), 0, -$_), '00000') foreach 1, 4, 8;
	meets("$http, cut within the text", $gzip, substr(gz($page), 0, -20), 'HV00M', qr/not JSON|it ends|incomplete|$broken/);
	meets("$http, no gzip", $gzip, $page, 'HV00M', $broken);
	meets("$http, gzip of a bad block", $gzip, gz($page, blocks => "\x07" x 100), 'HV00M', $broken);
	meets("$http, blocks of nothing", $gzip, gz($page, blocks => EMPTY_BLOCK x 600_000), '00000');
	meets("$http, more blocks of nothing", $gzip, gz($page, blocks => EMPTY_BLOCK x 1_000_000), 'HV00M', $large);
	meets("$http, a name of megabytes", $gzip, gz($page, flags => 8, fields => 'n' x 3_000_000 . "\0"), '00000');
	meets("$http, a name without end", $gzip, gz($page, flags => 8, fields => 'n' x 5_000_000), 'HV00M', $large);
	meets("$http, large fields", $gzip, gz($page, flags => 4, fields => "\xff\xff" . 'f' x 65535), '00000');
	meets("$http, layers in one", $gzip, layers(1), 'HV00M', qr/malformed|too large/);

	# --- and a trickle of it is cancelled at once
	$victim->simulate(reply_headers => $gzip, trickle_ms => 1,
		$victim->body(gz($page, blocks => EMPTY_BLOCK x 600_000)));
	$victim->session->start(lookup_sql('ota_job', 'd:3'));
	sleep 0.5;
	kill 'INT', $victim->session->pid;
	my $result = $victim->session->finish;
	is($result->{sqlstate}, '57014', "$http, a trickle of nothing: cancelled");
	cmp_ok($result->{seconds}, '<', 0.5 + 0.5 * busy(), "$http, a trickle of nothing: at once");
}

# --- transfer codings, which only HTTP/1.1 has
$victim->speak(1);
foreach my $codings ('gzip', 'gzip, chunked', 'chunked, gzip', 'x-gzip', 'deflate', 'br', 'unknown')
{
	meets("Transfer-Encoding: $codings", "Transfer-Encoding: $codings", layers(2), 'HV00M',
		$unasked_transfer);
}
meets('chunked twice', 'Transfer-Encoding: chunked, chunked', $page, 'HV00M', qr/more than one transfer coding/);
# libcurl takes a Content-Length for void beside any transfer coding, and would wait for the end
my $void = qr/Content-Length is void beside a Transfer-Encoding/;
meets("Transfer-Encoding: $_, and a length", "Transfer-Encoding: $_", $page, 'HV00M', $void)
  foreach 'identity', 'Identity, identity', ',', '';
meets('identity before the length of gzip', "$gzip|Transfer-Encoding: identity", gz($page), 'HV00M', $void);
meets('identity in an interim head', '', $page, 'HV00M', $void, interim => 1, interim_headers => 'Transfer-Encoding: identity');
meets('no length', '', $page, '00000', undef, no_length => 1);
meets('identity until the end', 'Transfer-Encoding: identity', $page, '00000', undef, no_length => 1);
meets('chunked, and a length', 'Content-Length: 10', $page, '00000', undef, chunked => 1);
meets('chunked, and identity', 'Transfer-Encoding: identity', $page, '00000', undef, chunked => 1);
meets('chunked, and chunked again', 'Transfer-Encoding: chunked', $page, 'HV00M', qr/more than one transfer coding/, chunked => 1);
# a coding of an interim head would be one layer more
$victim->simulate(interim => 1, interim_headers => $gzip, reply_headers => $gzip, $victim->body(gz($page)));
TuyaSession::fails_with($victim->ask('d:3'), 'HV00M', 'a coding in an interim head', $many);

$victim->stop;
done_testing();
