
# Replies without end, far too large or far too slow: an error, little memory, and a
# session that goes on.  (What is malformed on a small scale: the regression tests
# reply_*.)

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaHostile;
use TuyaSession qw(busy);
use TuyaTest;

use constant TIMEOUT_MS => 3000;

my $victim = TuyaHostile->new('hostile', request_timeout => TIMEOUT_MS . 'ms', lookup_timeout => '8s');
my $too_large = qr/reply of the service is too large/;

# Tests that it was over at request_timeout.
sub times_out
{
	my ($name, %settings) = @_;
	my $result = $victim->meets($name, \%settings, 'HV00N', qr/timed out/, qr/"request_timeout"/);

	cmp_ok($result->{seconds} * 1000, '>=', TIMEOUT_MS, "$name: not before request_timeout");
	cmp_ok($result->{seconds} * 1000, '<', TIMEOUT_MS + 500 * busy(), "$name: at request_timeout");
	return;
}

foreach my $version (1, 2)
{
	my $http = "HTTP/$version";

	$victim->speak($version);

	# --- heads; over HTTP/2 libcurl may end the connection before we see the head
	my @refused = $version == 1 ? ('HV00M', $too_large) : ('HV00[MN]');

	$victim->meets("$http, a head of 50 kB", { header_flood => 50 }, '00000');
	$victim->meets("$http, a head of 70 kB", { header_flood => 70 }, @refused);
	$victim->meets("$http, a head of 10 MB", { header_flood => 10_000 }, @refused);
	$victim->meets("$http, a head without end", { header_flood => -1 }, @refused);
	times_out("$http, no head", stall => 'head');

	# --- bodies
	$victim->meets("$http, a body of 3 MB", { body_flood => 3 }, '00000');
	foreach my $chunked (0, 1)
	{
		my $body = "$http, a body of a gigabyte " . ($chunked ? 'that does not say so' : 'that says so');
		$victim->meets($body, { body_flood => 1024, chunked => $chunked }, 'HV00M', $too_large);
	}
	$victim->meets("$http, a body without end", { body_flood => -1 }, 'HV00M', $too_large);
	times_out("$http, half a body", stall => 'body');
	times_out("$http, a byte a second", trickle_ms => 1000);
	times_out("$http, a byte every 5 ms", trickle_ms => 5);

	# --- compression
	$victim->meets("$http, 3 MB, compressed", { bomb_mb => 3 }, '00000');
	$victim->meets("$http, a bomb of 5 MB", { bomb_mb => 5 }, 'HV00M', $too_large);
	$victim->meets("$http, a bomb of a gigabyte", { bomb_mb => 1024 }, 'HV00M', $too_large);
}

# --- JSON
sub page
{
	my ($members, $jobs) = @_;
	return qq({"success":true,"currentPage":1,$members,"data":{"simpleOTAJobInfo":[$jobs]}});
}

my $id = '1' x 1_000_000;
my $one = '"total":1';
my %body = (
	'10,000 arrays deep' => page(qq($one,"x":) . '[' x 10_000 . ']' x 10_000, '{"jobId":"1"}'),
	'10,000 objects deep' => page(qq($one,"x":) . '{"x":' x 10_000 . '1' . '}' x 10_000, '{"jobId":"1"}'),
	'a million rows' => page('"total":1000000', join ',', map { qq({"jobId":"$_"}) } 1 .. 1_000_000),
	'a million small rows' => page('"total":1000000', join ',', ('{}') x 1_000_000),
	'an id of a megabyte' => page($one, qq({"jobId":"$id"})),
	'a number of a megabyte as id' => page($one, qq({"jobId":$id})),
	'a number of a megabyte as total' => page(qq("total":$id), '{"jobId":"1"}'),
	'a total of 1e1000000' => page('"total":1e1000000', '{"jobId":"1"}'),
	'a page of 1e1000000' => page($one, '{"jobId":"1"}') =~ s/"currentPage":1/"currentPage":1e1000000/r,
	'a member twice' => page('"total":1,"total":2', '{"jobId":"1"}'),
	'success and none' => page('"success":false,"total":1', '{"jobId":"1"}'),
	'an id twice in a job' => page($one, '{"jobId":"1","jobId":"2"}'),
	'jobs twice' => page($one, '{"jobId":"1"}],"simpleOTAJobInfo":[{"jobId":"2"}'),
	'a million members' => page(join(',', $one, map { qq("$_":1) } 1 .. 300_000), '{"jobId":"1"}'),
	'a name of three megabytes' => page(qq($one,") . 'x' x 3_000_000 . '":1', '{"jobId":"1"},{}'),
	'escapes without end' => page($one, '{"jobId":"' . '\u0031' x 600_000 . '"}'),
	'U+0000 without end' => page($one, '{"jobId":"' . '\u0000' x 600_000 . '"}'),
	'four megabytes that are not UTF-8' => "\xff" x 4_000_000);

$victim->meets($_, { $victim->body($body{$_}) }, 'HV00M') foreach sort keys %body;

$victim->stop;
done_testing();
