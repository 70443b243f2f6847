
# A connection that is cut at any byte of a reply: an error or all rows, never others;
# and with one retry always the rows.

use strict;
use warnings FATAL => 'all';

use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaHostile;
use TuyaNet;
use TuyaSession;
use TuyaTest;

# Requests that a page may cost: the one that is cut, and those that meet connections
# which were dead already.
use constant REQUESTS_MAX => 6;

# With a retry, every such byte.
use constant STEP => $ENV{TUYA_SOAK} ? 1 : 5;

my $victim = TuyaHostile->new('cuts', lookup_timeout => '3s');
my $sim = $victim->sim;
my @ids = map { "10000000000000000$_" } 1 .. 3;
my $jobs = join ',', map { qq({"jobId":"$_"}) } @ids;
my %body = $victim->body(qq({"success":true,"total":3,"data":{"simpleOTAJobInfo":[$jobs]}}));
my $admin = TuyaSession->new($victim->node);
my $lookup = q{SELECT string_agg(job_id, ' ' ORDER BY job_id) FROM %s
	WHERE product_key = 'p' AND device_name = 'd' AND firmware_id = '1'};

add_remote($victim->node, 'once_more', endpoint => $sim->endpoint, ca_file => $sim->ca_file, retries => 1,
	lookup_timeout => '3s');

# What came: the rows, SQLSTATE of an error, or something else, which is wrong.
sub what_came
{
	my ($table) = @_;
	my $result = $victim->session->run(sprintf $lookup, $table);

	return 'rows' if $result->{text} eq "@ids\n";
	return $result->{sqlstate} if $result->{sqlstate} ne '00000';
	return $result->{text};
}

# The next statement has a new connection, which no cut is to come on.
sub hang_up
{
	$admin->rows(q{ALTER SERVER tuya OPTIONS (SET lookup_timeout '3s')});
	return;
}

# At most how many bytes the simulator sends for a reply: over a new connection, to
# which an HTTP/2 connection's own frames belong.
sub bytes_of_reply
{
	my (%settings) = @_;

	$victim->simulate(%settings);
	hang_up();
	BAIL_OUT('no reply') unless what_came('ota_job') eq 'rows';
	return $sim->get('bytes_sent');
}

# Without a retry: errors, and after the last byte the rows.
sub cut_always
{
	my ($what, $bytes) = @_;
	my @came;
	my $most = 0;

	foreach my $byte (0 .. $bytes)
	{
		$sim->clear;
		$sim->set(cut_at => $byte);
		push @came, what_came('ota_job');
		$most = max($most, $sim->get('requests'));
	}
	hang_up();
	$sim->set(cut_at => $bytes + 50);
	is(what_came('ota_job'), 'rows', "$what: the rows if it is behind the last byte");
	my %came = map { $_ => 1 } @came;
	my ($rows) = grep { $came[$_] eq 'rows' } 0 .. $#came;

	is(join(' ', sort keys %came), 'HV00N rows', "$what: an error or all rows");
	cmp_ok($rows // $bytes, '>', length($jobs), "$what: not before the jobs are there");
	cmp_ok($most, '<=', REQUESTS_MAX, "$what: without a loop");
	note("$what: $bytes bytes, rows from $rows");
	return;
}

# With a retry, and a single cut: always the rows.
sub cut_once
{
	my ($what, $bytes) = @_;
	my %came;
	my $most = 0;

	# each backs off for a tenth of a second
	foreach my $byte (grep { $_ % STEP == 0 } 0 .. $bytes)
	{
		$sim->clear;
		$sim->set(cut_at => $byte, cut_count => 1);
		$came{ what_came('once_more') }++;
		$most = max($most, $sim->get('requests'));
	}
	is(join(' ', keys %came), 'rows', "$what, with a retry: always the rows");
	cmp_ok($most, '<=', REQUESTS_MAX, "$what, with a retry: after a request more, or two");
	return;
}

foreach my $version (1, 2)
{
	$victim->speak($version, 'once_more');
	foreach my $chunked ($ENV{TUYA_SOAK} ? (0, 1) : 0)
	{
		my %reply = (%body, chunked => $chunked);
		my $bytes = bytes_of_reply(%reply);

		foreach my $reset (0, 1)
		{
			my $what = "HTTP/$version, " . ($chunked ? 'without length, ' : '') . ($reset ? 'reset' : 'FIN');

			$victim->simulate(%reply, cut_reset => $reset);
			cut_always($what, $bytes);
			cut_once($what, $bytes);
			hang_up();
			$victim->is_well($what);
		}
	}
}

$admin->quit;
$victim->stop;
done_testing();
