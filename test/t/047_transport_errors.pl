
# What can go wrong below the reply: each has its own text and SQLSTATE, what cannot
# get better is not tried again, and nobody reads of libcurl's callbacks.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with descriptors);
use TuyaTest;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $sim = TuyaTest::Sim->start;
my $node = tuya_node('transport', $sim, retries => 1);

# A server that answers each request with the bytes of a file, then closes; a line of a
# log for each.
my $raw = TuyaNet::Proxy->start(
	answer => sub {
		my ($client, $rest) = @_;

		append_to_file("$dir/log", "request\n");
		my $bytes = slurp_file("$dir/bytes");
		while (length $bytes)
		{
			my $n = syswrite($client, $bytes) or last;
			substr($bytes, 0, $n, '');
		}
		shutdown $client, 1;
		# so that what was sent is read before the end is
		sysread($client, $rest, 4096);
	});
add_remote($node, 'raw', endpoint => $raw->url('http') . '/', retries => 1);
my $session = TuyaSession->new($node);

sub answers
{
	my ($name, $bytes, $tries, $sqlstate, @says) = @_;

	unlink "$dir/bytes", "$dir/log";
	append_to_file("$dir/bytes", $bytes);
	my $result = $session->run(lookup_sql('raw', 'd:3'));
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	fails_with($result, $sqlstate, "$name: $sqlstate", @says);
	unlike($result->{text}, qr/callback|redirect(?!.*30[12378])|error code|disk/s, "$name: in words that fit");
	unlike($result->{text}, qr/DETAIL:  [a-z]/, "$name: in a whole sentence");
	is(() = slurp_file("$dir/log") =~ /request/g, $tries, "$name: tried so often");
	return;
}

my $malformed = qr/reply of the service is malformed/;
my $large = qr/reply of the service is too large/;
my $ok = "HTTP/1.1 200 OK\r\n";

answers('another protocol', "SSH-2.0-OpenSSH_9.2\r\n" . 'x' x 100 . "\r\n", 1, 'HV00M', $malformed, qr/"endpoint"/);
answers('no status', "HTTP/1.1\r\n\r\n", 1, 'HV00M', $malformed);
answers('another version', "HTTP/9.9 200 OK\r\n\r\n", 1, 'HV00M', $malformed);
answers('a length that is no number', "${ok}Content-Length: some\r\n\r\n{}", 1, 'HV00M', $malformed);
answers('a bad chunk', "${ok}Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n", 1, 'HV00M', $malformed);
answers('a chunk size in C', "${ok}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", 1, 'HV00M', $malformed);
answers('a length below 0', "${ok}Content-Length: -5\r\n\r\n{}", 1, 'HV00M', $malformed);
answers('an empty chunk size', "${ok}Transfer-Encoding: chunked\r\n\r\n\r\n{}\r\n", 1, 'HV00M', $malformed);
answers('a long header line', "${ok}X-Long: " . 'x' x 200_000 . "\r\n\r\n", 1, 'HV00M', $large, qr/head may have/);
answers('a header line without end', "${ok}X-Long: " . 'x' x 3_000_000, 1, 'HV00M', $large, qr/head may have/);
answers('many header lines', $ok . "X-Many: yes\r\n" x 10_000 . "\r\n", 1, 'HV00M', $large, qr/head may have/);
answers('a transfer coding', "${ok}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 1, 'HV00M', $malformed,
	qr/DETAIL:  (?:It has a transfer coding|Unsolicited Transfer-Encoding \(gzip\))/);
answers('a broken content coding', "${ok}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 1, 'HV00M', $malformed);
answers('no content', "HTTP/1.1 204 No Content\r\n\r\n", 1, 'HV00M', $malformed);
answers('not modified', "HTTP/1.1 304 Not Modified\r\n\r\n", 1, 'HV000', qr/HTTP status 304/, qr/the service failed/);
answers('a choice', "HTTP/1.1 300 Multiple Choices\r\nContent-Length: 0\r\n\r\n", 1, 'HV000', qr/HTTP status 300/);
answers('moved', "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", 1, 'HV000',
	qr/redirects the request/, qr/HTTP status 301/);
answers('nothing', '', 2, 'HV00N', qr/connection to .* was lost/);
answers('part of a head', $ok, 2, 'HV00N', qr/connection to .* was lost/, qr/ended within its head/);
answers('an interim head alone', "HTTP/1.1 100 Continue\r\n\r\n", 2, 'HV00N', qr/connection to .* was lost/);
answers('part of a body', "${ok}Content-Length: 1000\r\n\r\n{", 2, 'HV00N', qr/connection to .* was lost/);
answers('chunks without end', "${ok}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", 2, 'HV00N', qr/was lost/);
$session->quit;

# --- connections that end again and again before the reply
$sim->set(http2 => 0);
$session = TuyaSession->new($node);
is($session->rows(lookup_sql('ota_job', 'd:3')), 3, 'a connection stands');
$sim->set(close_all => 1);
my $result = $session->run(lookup_sql('ota_job', 'd:3'));
fails_with($result, 'HV00N', 'connections that end', qr/connection to .* was lost/);
unlike($result->{text}, qr/callback/, 'connections that end: in words that fit');
$session->quit;
$sim->reset;

# --- no more descriptors, wherever that is met first
my %seen;
foreach my $spare (0 .. 20)
{
	$session = TuyaSession->new($node);
	# what the library and its messages need is there
	$session->run(q{SELECT 1; LOAD 'tuya_fdw'});
	my %open = map { m{(\d+)$} ? ($1 => 1) : () } glob '/proc/' . $session->pid . '/fd/*';
	my ($limit, $free) = (0, 0);
	$free += !$open{ $limit++ } while $free < $spare || $open{$limit};
	system_or_bail('prlimit', '--pid', $session->pid, "--nofile=$limit:");
	$result = $session->run(lookup_sql('ota_job', 'd:3'));
	$seen{ $result->{sqlstate} }++;
	is(scalar(grep { $result->{sqlstate} eq $_ } qw(00000 53000)), 1, "$spare descriptors: rows or 53000")
	  or diag($result->{text});
	system_or_bail('prlimit', '--pid', $session->pid, '--nofile=1024:');
	is($session->rows(lookup_sql('ota_job', 'd:3')), 3, "$spare descriptors: the next statement is right");
	$session->quit;
}
ok($seen{53000} && $seen{'00000'}, 'there were too few, and enough');

$sim->stop;
$node->stop;
done_testing();
