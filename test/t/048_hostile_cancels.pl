
# Whatever a service or a proxy sends, or does not send, a cancel, statement_timeout and
# terminate end the statement within 200 ms, and request_timeout holds.  With TUYA_SOAK
# each of them twenty times; else they take turns.

use strict;
use warnings FATAL => 'all';

use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use TuyaHang qw(END_MS);
use TuyaNet;
use TuyaSession qw(fails_with wait_until alive busy);
use TuyaTest;

use constant TRIES => $ENV{TUYA_SOAK} ? 20 : 1;
use constant WAYS => qw(cancel statement_timeout terminate);
use constant REQUEST_TIMEOUT_S => 1;

# What an attempt may take beyond its limit: a tenth of it, and what the machine is late by.
use constant LATE_S => 0.1 * REQUEST_TIMEOUT_S + 0.2;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('hostile_cancels', $sim, request_timeout => '1min', retries => 100);
my %proxied = (endpoint => $sim->endpoint, ca_file => $sim->ca_file, proxy => $sim->http_endpoint);
add_remote($node, 'proxied', %proxied, request_timeout => '1min', connect_timeout => '1min', retries => 100);
add_remote($node, 'hasty_proxied', %proxied, request_timeout => REQUEST_TIMEOUT_S . 's', retries => 0);
add_remote($node, 'hasty', endpoint => $sim->endpoint, ca_file => $sim->ca_file,
	request_timeout => REQUEST_TIMEOUT_S . 's', retries => 0);

# What the simulator does, over which versions of HTTP; `of` is another table than ota_job.
my @h1_torrents = qw(continue lines line chunk chunks trailer coded);
my @torrents = (
	(map { { settings => { torrent => $_ }, versions => [2] } }
		qw(window_update empty_data priority ping settings rst_stream continuation headers unknown push_promise)),
	(map { { settings => { torrent => $_ }, versions => [1] } } @h1_torrents),
	(map { { settings => { torrent => $_ }, versions => [1, 2] } } qw(hello tickets)),
	(map { { settings => { torrent => $_ }, versions => [1], of => 'proxied' } } qw(continue lines line chunk trailer)));
my @others = (
	(map { { settings => $_ } }
		{ stall => 'tls' }, { stall => 'head' }, { stall => 'body' },
		{ header_flood => -1 }, { header_flood => 60 }, { body_flood => -1 }, { bomb_mb => 1000 }, { trickle_ms => 1 },
		{ close_all => 1 }, { accept_reset => -1 }, { cut_at => 0, cut_reset => 1 }, { cut_at => 100 },
		{ truncate_body => 1 }, { endless => 1 }, { fail_count => -1 }, { fail_count => -1, fail_code => 'Throttling' },
		{ fail_count => -1, fail_headers => 'Retry-After: 30' }, { fault_percent => 100 },
		{ lie_total => '+1' }, { redirect => 'https://localhost/' }, { latency_ms => 3000 }),
	(map { { settings => $_, versions => [2] } }
		{ rst_stream_at => 0 }, { rst_stream_at => 0, rst_stream_code => 7 }, { rst_stream_at => 50 },
		{ goaway_after => 1 }, { goaway_after => 1, goaway_refuse => 1 }, { h2_max_streams => 1, latency_ms => 3000 }));

# Some replies at once, of several pages.
sub join_sql
{
	my ($table) = @_;

	return "SELECT count(*) FROM generate_series(1, 40) AS i
		JOIN $table ON product_key = 'p' AND device_name = 'd' || i || ':150' AND firmware_id = '1'";
}

# A setting of the simulator's that new connections see.
sub simulate
{
	my ($version, %settings) = @_;

	$node->safe_psql('postgres', join ';', map { "ALTER SERVER $_ OPTIONS (SET request_timeout '1min')" }
		  qw(tuya proxied));
	$sim->reset;
	$sim->set(http2 => $version - 1, %settings);
	return;
}

# Starts the statement and lets it run into what the simulator does.
sub start
{
	my ($session, $table) = @_;

	$sim->clear;
	$session->start(join_sql($table));
	wait_until('a connection is there', sub { $sim->get('connections') > 0 });
	sleep 0.05 + rand 0.1;
	return;
}

# Each returns how long after it the statement ended, in ms.
my %end = (
	cancel => sub {
		my ($session, $table) = @_;

		start($session, $table);
		my $began = time;
		kill 'INT', $session->pid;
		my $result = $session->finish;
		return ($result, (time - $began) * 1000);
	},
	statement_timeout => sub {
		my ($session, $table) = @_;

		$session->rows('SET statement_timeout = 150');
		my $result = $session->run(join_sql($table));
		$session->rows('RESET statement_timeout');
		return ($result, $result->{seconds} * 1000 - 150);
	},
	terminate => sub {
		my ($session, $table) = @_;

		start($session, $table);
		my $began = time;
		kill 'TERM', $session->pid;
		my $result = $session->finish;
		wait_until('the backend is gone', sub { !alive($session->pid) });
		return ($result, (time - $began) * 1000);
	});

my $turn = 0;

sub ends_at_once
{
	my ($name, $table, $version, %settings) = @_;

	foreach my $by ($ENV{TUYA_SOAK} ? WAYS : (WAYS)[$turn++ % 3])
	{
		my @ms;

		foreach (1 .. TRIES)
		{
			my $session = TuyaSession->new($node);

			simulate($version, %settings);
			my ($result, $ms) = $end{$by}->($session, $table);
			push @ms, $ms;
			# it may have failed before by itself, or got a reply that is within all limits
			like($result->{sqlstate}, $by eq 'terminate' ? qr/^(00000|lost|57P01|HV00[0N]|HV00M)$/ : qr/^(00000|57014|HV00[0N]|HV00M)$/,
				"$name, $by: its SQLSTATE") || diag($result->{text});
			if ($by ne 'terminate')
			{
				simulate($version);
				my $other = $table eq "proxied" ? "ota_job" : $table;

				is($session->rows(lookup_sql($other, "d:3")), 3,
					"$name, $by: the next statement is right");
			}
			$session->quit;
		}
		cmp_ok(max(@ms), '<', END_MS * busy(), "$name, $by: ends within @{[END_MS]} ms");
		note("$name, $by: " . join(' ', map { sprintf '%.0f ms', $_ } @ms));
	}
	return;
}

# One attempt ends in time, too, be it with another error.
sub request_timeout_holds
{
	my ($name, $table, $version, %settings) = @_;
	my $session = TuyaSession->new($node);

	simulate($version, %settings);
	my $result = $session->run(lookup_sql("hasty$table", 'd:3'));
	fails_with($result, 'HV00[NM]', "$name: it fails");
	cmp_ok($result->{seconds}, '<', REQUEST_TIMEOUT_S + LATE_S * busy(), "$name: request_timeout holds");
	note(sprintf '%s: %.2f s, %s', $name, $result->{seconds}, $result->{text});
	$session->quit;
	return;
}

foreach my $case (@torrents, @others)
{
	my %settings = %{ $case->{settings} };
	my $of = $case->{of};

	foreach my $version (@{ $case->{versions} // [1, 2] })
	{
		my $name = join(' ', map { "$_=$settings{$_}" } sort keys %settings) . ", HTTP/$version" . ($of ? ", $of" : '');

		ends_at_once($name, $of // 'ota_job', $version, %settings);
		request_timeout_holds($name, $of ? '_proxied' : '', $version, %settings) if $settings{torrent};
	}
}

$sim->{expect_refusals} = 1;
$sim->stop;
$node->stop;
done_testing();
