
# Whatever a service or a proxy sends, or does not send, a cancel, statement_timeout and
# terminate end the statement within 200 ms, and request_timeout holds.  With TUYA_SOAK
# each of them does so twenty times; else they take turns, and so do HTTP's versions and
# the ways to the service.  TUYA_CASES, a pattern, has only those cases tried whose names
# it fits.
#
# What the simulator can do is asked of it: a setting that no case here has, and a word of
# a setting that has words, fail the test.

use strict;
use warnings FATAL => 'all';

use Compress::Zlib qw(compress);
use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use TuyaHang qw(END_MS);
use TuyaHostile qw(gz layers EMPTY_BLOCK);
use TuyaNet;
use TuyaSession qw(fails_with wait_until alive busy);
use TuyaTest;

use constant TRIES => $ENV{TUYA_SOAK} ? 20 : 1;
use constant WAYS => qw(cancel statement_timeout terminate);
use constant REQUEST_TIMEOUT_S => 1;

# What the backend may do between a signal and the statement's end, by the CPU's time, of
# which a busy machine takes nothing away.
use constant CPU_MS_MAX => 100;

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
# What is no behaviour of its own, and why.
my %no_behaviour = (
	(map { $_ => 'how often another holds: for ever here' }
		qw(close_after_count close_reused_count cut_count goaway_count h2_lower_count rst_stream_count unasked_count)),
	(map { $_ => 'how much is spared first: nothing here' } qw(fail_skip stall_skip)),
	(map { $_ => 'of lists of another action' }
		qw(fleet_products fleet_devices fleet_firmware fleet_jobs fleet_tasks fleet_modules token_total list_shape lie_token overlap_rows)),
	(map { $_ => 'to whom another applies: to all here' } qw(fail_device fail_action lie_action hold_action)),
	seed => 'which faults come by chance', default_jobs => 'of devices that do not tell how many they have',
	nonce_check => 'what the simulator checks', provoked => 'what it counts',
	http2 => 'each case says over which version', torrent => 'its words are the first cases');

# Words of settings mean something together with these.
my %with = (
	fail_shape => { fail_count => -1 }, throttle_shape => { rate_limit => 1 }, clamp_mode => { clamp => 10 },
	past_end => { lie_total => '+500' }, empty_shape => { clamp => 1, lie_total => 0, drop_rows => 1 },
	fault_kinds => { fault_percent => 100 }, fault_reset => { fault_percent => 100, fault_kinds => 'reset' });

# What a statement may have failed with before it is ended, by the case's name; what is
# not here is tried again or goes on until then.
my @fails = (
	[ qr/, proxied$/ => 'HV00N' ],
	[ qr/^torrent=(?:continue|lines?|chunks|trailer|coded),/ => 'HV00M' ],
	[ qr/^(?:torrent=hello,|(?:drops|flood)_of_\w+, (?:tls|https|socks5h)$)/ => 'HV00N' ],
	[ qr/\b(?:firmware_parameter|require|redirect|clamp_mode=refuse|lie_success=false|fail_code=Other)\b/ => 'HV000' ],
	[ qr/\b(?:bomb_mb|header_flood|body_flood|endless|drop_rows|extra_rows|repeat_page|churn_create|list_path)=/ => 'HV00M' ],
	[ qr/\b(?:lie_\w+|omit|empty_shape|interim|unasked=(?:next|reply)\b|reply_headers=Content-Encoding)[=:, ]/ => 'HV00M' ]);

sub may_fail
{
	my ($name) = @_;
	my ($first) = grep { $name =~ $_->[0] } @fails;

	return $first ? $first->[1] : ();
}

# A setting that has the simulator answer with that text.
my $bodies = 0;
sub body
{
	my ($text) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/body' . $bodies++;

	append_to_file($file, $text);
	return (raw_body_file => $file);
}

# Codings, and what is in them: layers, members, blocks of nothing, bombs.
my @coded = map { { reply_headers => "Content-Encoding: $_->[0]", body($_->[1]) } }
  [ 'gzip, gzip, gzip', layers(3) ], [ 'gzip', layers(1) ], [ 'gzip', gz('') x 100_000 ],
  [ 'gzip', gz('{}', blocks => EMPTY_BLOCK x 1_000_000) ], [ 'deflate', compress(' ' x 30_000_000) ],
  map { [ $_, 'x' x 1_000_000 ] } qw(br zstd);

my @others = (
	(map { { settings => $_ } }
		{ stall => 'tls' }, { stall => 'head' }, { stall => 'body' },
		{ header_flood => -1 }, { header_flood => 60 }, { body_flood => -1 }, { bomb_mb => 1000 }, { trickle_ms => 1 },
		{ close_all => 1 }, { close_after => 1 }, { close_after => 3 }, { accept_reset => -1 }, { cut_at => 0, cut_reset => 1 }, { cut_at => 100 },
		{ truncate_body => 1 }, { endless => 1 }, { fail_count => -1 }, { fail_count => -1, fail_code => 'Throttling' },
		{ fail_count => -1, fail_headers => 'Retry-After: 30' }, { fault_percent => 100 },
		{ lie_total => '+1' }, { lie_page_count => '+1' }, { lie_page_size => 7 }, { lie_current_page => 9 },
		{ lie_page => 2, lie_rounds => 1, lie_total => '+1' }, { list_path => 'other.place' }, { empty_always => 1 }, { drop_rows => 1 }, { extra_rows => 1 }, { repeat_page => 1 },
		{ churn_after_page => 1, churn_create => 1, churn_delete => 1, churn_delete_last => 1, churn_times => 9 },
		{ numbers_as_strings => 1, ids_as_numbers => 1, spaced_times => 1, empty_total => 0, empty_page_count => 1 },
		{ jitter_ms => 3000 }, { hold_until_in_flight => 1000, hold_ms => 3000, hold_times => -1 }, { hold_until_replies => 1000 }, { clock_offset_s => 3600 },
		{ rate_limit => 1, rate_burst => 1, rate_clock_ms => 0, throttle_status => 503, throttle_code => 'Throttling', throttle_headers => 'Retry-After: 30' },
		{ firmware_parameter => 'Other' }, { require => 'Other:yes' }, { close_reused => 1 }, { gzip => 1 }, { idle_close_ms => 1 },
		{ fail_count => -1, fail_page => 2, fail_status => 404, fail_code => 'Other', fail_message => 'x' x 1000 },
		{ no_date => 1, chunked => 1 }, { trailers => 60, chunked => 1 }, { interim => 1000, interim_headers => 'X-Hint: yes' },
		{ reply_headers => 'X-Folded: a' . '| b' x 500 }, { raw_status => 503, raw_type => 'text/html', body('<html>') }, @coded, { redirect => 'https://localhost/' }, { latency_ms => 3000 }),
	(map { { settings => $_, versions => [2] } }
		{ rst_stream_at => 0 }, { rst_stream_at => 0, rst_stream_code => 7 }, { rst_stream_at => 50 },
		{ goaway_after => 1 }, { goaway_after => 1, goaway_refuse => 1 }, { h2_max_streams => 1, latency_ms => 3000 },
		{ goaway_after => 1, goaway_ms => 5, latency_ms => 50 }, { goaway_after => 1, goaway_ms => 5, goaway_refuse => 1, latency_ms => 50 },
		{ goaway_after => 1, goaway_notice_ms => 1 }, { goaway_after => 2, goaway_notice_ms => 3000, latency_ms => 3000 },
		{ rst_stream_at => 0, rst_stream_code => 13 }, { rst_stream_at => 50, rst_stream_code => 13 },
		{ h2_settings_ms => 3000 }, { h2_settings_ms => -1 },
		{ h2_lower_after => 2, h2_lower_to => 0 }, { h2_lower_after => 2, h2_lower_to => 1, h2_lower_ms => 10, latency_ms => 100 },
		(map { { unasked => $_, unasked_ms => 10, unasked_pings => 1, latency_ms => 20 } } qw(again data next next_data stream))),
	{ settings => { no_length => 1 }, versions => [1] },
	(map { { settings => { unasked => 'reply', unasked_ms => $_ }, versions => [1] } } 1, 10));

# What the simulator knows of a setting's values: its words, or none.
sub words
{
	my ($name) = @_;
	my (undef, $refusal) = run_command([ sim_path('tuya_simctl'), '-p', $sim->{control_port}, 'set', "$name=?" ]);

	return $refusal =~ /^bad value .*: (\w+(?:,\w+)+)$/m ? split(/,/, $1) : ();
}

# A case for each word of each setting that has words, and all else is in a case.
sub complete
{
	my %of_torrent = map { $_->{settings}{torrent} => 1 } @torrents;
	my %named = map { $_ => 1 } (map { keys %{ $_->{settings} } } @torrents, @others), map { keys %$_ } values %with;
	my $version = 0;

	is(join(' ', grep { $_ ne 'none' && !$of_torrent{$_} } words('torrent')), '', 'each torrent is tried');
	my %known = map { /^(\w+)/ => 1 } split /\n/, $sim->control('settings');
	is(join(' ', grep { !$known{$_} } sort keys %no_behaviour), '', 'what is no behaviour is a setting all the same');
	foreach my $name (map { /^(\w+)/ } split /\n/, $sim->control('settings'))
	{
		my @words = $name eq 'torrent' ? () : words($name);
		my $usual = $sim->get($name) // '';
		my $h2_only = 0;

		ok(@words || $named{$name} || $no_behaviour{$name}, "setting $name is tried");
		foreach my $word (@words)
		{
			next if $word eq $usual || $word eq 'none';
			$h2_only ||= $name eq 'unasked' && $word eq 'again';
			push @others, { settings => { %{ $with{$name} // {} }, $name => $word },
				versions => [ $name eq 'unasked' ? 1 + $h2_only : $name eq 'fault_reset' ? 2 : 1 + $version++ % 2 ] };
		}
	}
	$sim->reset;
	return;
}

# Some replies at once, of several pages; it does not end by itself.
sub join_sql
{
	my ($table) = @_;

	return "SELECT count(*) FROM generate_series(1, 100000) AS i
		JOIN $table ON product_key = 'p' AND device_name = 'd' || i || ':150' AND firmware_id = '1'";
}

# What the simulator does from now on.
sub simulate
{
	my ($version, %settings) = @_;

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
	wait_until('a connection is there', sub { $sim->get('connections') > 0 }) unless $table =~ /^to_/;
	sleep 0.05 + rand 0.1;
	return;
}

# What the kernel knows of the backend, from its state on.
sub stat_of
{
	my ($session) = @_;

	return slurp_file('/proc/' . $session->pid . '/stat') =~ s/^.*\) //sr;
}

# CPU time of the backend, in ms.
sub cpu_ms
{
	my ($session) = @_;
	my @stat = split / /, stat_of($session);

	return ($stat[11] + $stat[12]) * 10;
}

# Each returns how long after it the statement ended, in ms, and by how much CPU time.
my %end = (
	cancel => sub {
		my ($session, $table) = @_;

		start($session, $table);
		# or it works on while this script waits for a CPU
		kill 'STOP', $session->pid;
		wait_until('the backend stands still', sub { stat_of($session) =~ /^T/ });
		my ($began, $cpu) = (time, cpu_ms($session));
		kill 'INT', $session->pid;
		kill 'CONT', $session->pid;
		my $result = $session->finish;
		return ($result, (time - $began) * 1000, cpu_ms($session) - $cpu);
	},
	statement_timeout => sub {
		my ($session, $table) = @_;

		$session->rows('SET statement_timeout = 150');
		$session->start(join_sql($table));
		sleep 0.15;
		my $cpu = cpu_ms($session);
		my $result = $session->finish;
		$cpu = cpu_ms($session) - $cpu;
		$session->rows('RESET statement_timeout');
		return ($result, $result->{seconds} * 1000 - 150, $cpu);
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
my $version_turn = 0;
my $cases = $ENV{TUYA_CASES} || '.';

# All of them, or one, another each time.
sub in_turn
{
	my ($turn, @choices) = @_;

	return $ENV{TUYA_SOAK} ? @choices : $choices[ $$turn++ % @choices ];
}

sub ends_at_once
{
	my ($name, $table, $version, %settings) = @_;

	return if $name !~ $cases;
	foreach my $by (in_turn(\$turn, WAYS))
	{
		my (@ms, @cpu_ms);

		foreach (1 .. TRIES)
		{
			my $session = TuyaSession->new($node);

			simulate($version, %settings);
			my ($result, $ms, $cpu_ms) = $end{$by}->($session, $table);
			push @ms, $ms;
			push @cpu_ms, $cpu_ms // 0;
			my @ends = ($by eq 'terminate' ? qw(lost 57P01) : '57014', may_fail($name));
			ok(scalar(grep { $result->{sqlstate} eq $_ } @ends), "$name, $by: its SQLSTATE")
			  || diag($result->{text});
			note("$name, $by: $result->{text}") unless $result->{sqlstate} =~ /^(57|lost)/;
			if ($by ne 'terminate')
			{
				simulate($version);
				# a notice about the clock may come before
				like($session->rows(lookup_sql('ota_job', 'd:3')), qr/^3$/m,
					"$name, $by: the next statement is right");
			}
			$session->quit;
		}
		cmp_ok(max(@ms), '<', END_MS * busy(), "$name, $by: ends within @{[END_MS]} ms");
		# a time-out fires as much later as the statement began later
		cmp_ok(max(@cpu_ms), '<=', CPU_MS_MAX * ($by eq 'cancel' ? 1 : busy()), "$name, $by: is not kept busy");
		note("$name, $by: " . join(' ', map { sprintf '%.0f ms', $_ } @ms));
	}
	return;
}

# One attempt ends in time, too, be it with another error.
sub request_timeout_holds
{
	my ($name, $table, $version, %settings) = @_;

	return if $name !~ $cases;
	my $session = TuyaSession->new($node);

	simulate($version, %settings);
	my $result = $session->run(lookup_sql("hasty$table", 'd:3'));
	my $ends = join '|', 'HV00N', may_fail($name);
	fails_with($result, "(?:$ends)", "$name: it fails");
	cmp_ok($result->{seconds}, '<', REQUEST_TIMEOUT_S + LATE_S * busy(), "$name: request_timeout holds");
	note(sprintf '%s: %.2f s, %s', $name, $result->{seconds}, $result->{text});
	$session->quit;
	return;
}

complete();
foreach my $case (@torrents, @others)
{
	my %settings = %{ $case->{settings} };
	my $of = $case->{of};

	foreach my $version (in_turn(\$version_turn, @{ $case->{versions} // [1, 2] }))
	{
		my $name = join(' ', map { "$_=" . substr($settings{$_} =~ s{^/.*/}{}r, 0, 40) } sort keys %settings)
		  . ", HTTP/$version" . ($of ? ", $of" : '');

		ends_at_once($name, $of // 'ota_job', $version, %settings);
		request_timeout_holds($name, $of ? '_proxied' : '', $version, %settings) if $settings{torrent};
	}
}

# --- what is on the way to the service: names, addresses, proxies, and what is none
{
	local $ENV{LD_PRELOAD} = preload_library();
	$node->restart;
}
my %patient = (ca_file => $sim->ca_file, request_timeout => '1min', connect_timeout => '1min', retries => 100);
my %sent = (
	silence => {},
	a_byte => { first => "\x05" },
	half_a_greeting => { first => "\x05\x00" },
	drops_of_socks => { first => "\x05\x00\x05\x00\x00\x03\xff", then => 'x', pause_s => 0.005 },
	flood_of_socks => { first => "\x05\x00", then => "\x05\x00\x00\x03\xff" . 'x' x 257 },
	drops_of_a_head => { first => "HTTP/1.1 200 OK\r\nX-Drops: ", then => 'x', pause_s => 0.005 },
	drops_of_lines => { first => "HTTP/1.1 200 OK\r\n", then => "X-Drop: x\r\n", pause_s => 0.005 },
	flood_of_heads => { then => "HTTP/1.1 100 Continue\r\n\r\n" x 100 },
	drops_of_tls => { first => "\x16\x03\x03\x40\x00", then => "\x02", pause_s => 0.005 },
	flood_of_zeros => { then => "\0" x 10000 });
my %endpoint = (
	slow_name => "https://slow-700.test:$sim->{tls_port}/",
	dead_address => "https://127.0.0.1:$sim->{full_port}/",
	dead_and_refused => "https://two-v4.test:$sim->{full_port}/");

add_remote($node, "to_$_", %patient, endpoint => $endpoint{$_}) foreach keys %endpoint;
ends_at_once($_, "to_$_", 2) foreach sort keys %endpoint;
my $path_turn = 0;
foreach my $name (sort keys %sent)
{
	my $path = TuyaNet::Proxy->start('send', $sent{$name});

	add_remote($node, "to_tls_$name", %patient, endpoint => $path->url('https', 'localhost') . '/');
	add_remote($node, "to_${_}_$name", %patient, endpoint => $sim->endpoint, proxy => $path->url($_))
	  foreach qw(http https socks5h);
	ends_at_once("$name, $_", "to_${_}_$name", 2) foreach in_turn(\$path_turn, qw(tls http https socks5h));
}

$sim->{expect_refusals} = 1;
$sim->stop;
$node->stop;
done_testing();
