
# TuyaHang - statements that hang in a state of our choice, in a server of their own.
#
#	my $hang = TuyaHang->new('name', name_ms => 700);
#	$hang->start($session, 'body');
#	$hang->wait_in($session, 'body');		# it hangs there, and nowhere else
#	$hang->is_usable($session, 'body', 'what happened');
#
# With append => 1 the statements read two scans at the same time.
#
# The states: `name` is resolved, `connect` hangs, `tls` is negotiated; a reply's
# `head` or `body` is awaited; `back_off` after a failure, or `retry_after` as long as
# the service says; `rate_limit` is the user's, `throttled` the service's;
# `lookahead_h1` and `lookahead_h2` have many requests in flight.

package TuyaHang;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils ();
use Test::More;
use Time::HiRes qw(sleep);
use TuyaNet;
use TuyaSession qw(wait_until descriptors threads);
use TuyaTest;

our @EXPORT_OK = qw(tries END_MS);

# Whatever hangs ends so soon after it shall, on a machine at rest.
use constant END_MS => 200;

# Requests that a lookahead has in flight.
use constant IN_FLIGHT => 32;

# What hangs, by state: the table that is asked, and of which device; what the
# simulator is set to; how much is in flight there then; by which wait event it
# shows from PostgreSQL 17 on, if not TuyaFdwReply; ms after which a statement is in
# the state if nobody looks, if not 400.
my %states = (
	name => { table => 'slow_name', in_flight => 0 },
	connect => { table => 'full_queue', in_flight => 0 },
	tls => { table => 'stalled', settings => { stall => 'tls' }, in_flight => 0 },
	head => { table => 'stalled', settings => { stall => 'head' }, in_flight => 1 },
	body => { table => 'stalled', settings => { stall => 'body' }, in_flight => 1 },
	back_off => {
		table => 'failing', settings => { fail_count => -1, fail_code => 'ServiceUnavailable' },
		in_flight => 0, event => 'TuyaFdwBackOff', after_ms => 1000 },
	retry_after => {
		table => 'failing', settings => { fail_count => -1, fail_headers => 'Retry-After: 30' },
		in_flight => 0, event => 'TuyaFdwBackOff' },
	# twenty pages, one a second
	rate_limit => { table => 'slow', device => 'd:2000', in_flight => 0, event => 'TuyaFdwRateLimit' },
	throttled => {
		table => 'throttled', settings => { fail_count => -1, fail_code => 'Throttling.User' },
		in_flight => 0, event => 'TuyaFdwRateLimit' },
	lookahead_h1 => {
		table => 'stalled', settings => { stall => 'head', stall_skip => 1, http2 => 0 },
		in_flight => IN_FLIGHT, after_ms => 500 },
	lookahead_h2 => {
		table => 'stalled', settings => { stall => 'head', stall_skip => 1 },
		in_flight => IN_FLIGHT, after_ms => 500 });

# In the order in which the statements of several sessions can be brought to hang
# together: what needs the simulator's lasting mood comes last.
sub states
{
	return qw(name connect tls head body retry_after rate_limit lookahead_h1 lookahead_h2
	  throttled back_off);
}

# How often each state is tried.
sub tries { return $ENV{TUYA_SOAK} ? 20 : 2; }

# A simulator and a server with the remotes; name_ms is how long a name takes.
sub new
{
	my ($class, $name, %options) = @_;
	my $sim = TuyaTest::Sim->start;
	my $node = tuya_node($name, $sim);
	my $self = bless { sim => $sim, node => $node, append => $options{append} }, $class;
	my %here = (endpoint => $sim->endpoint, ca_file => $sim->ca_file);
	my %patient = (connect_timeout => '1min', request_timeout => '1min', retries => 100);

	add_remote($node, 'slow_name', %patient,
		endpoint => "https://slow-$options{name_ms}.test:$sim->{tls_port}/");
	add_remote($node, 'full_queue', %patient, endpoint => "https://127.0.0.1:$sim->{full_port}/");
	add_remote($node, 'stalled', %patient, %here, concurrency => IN_FLIGHT);
	add_remote($node, 'failing', %patient, %here);
	# accounts of their own, by the spelling of the host's name, for the limiter
	add_remote($node, 'slow', %patient, %here, rate_limit => 1,
		endpoint => "https://LOCALHOST:$sim->{tls_port}/");
	add_remote($node, 'throttled', %patient, %here, endpoint => "https://Localhost:$sim->{tls_port}/");
	$self->new_monitor;
	return $self;
}

# A session to look from; after a restart, too.
sub new_monitor
{
	my ($self) = @_;
	$self->{monitor} = TuyaSession->new($self->{node});
	return;
}

sub sim { my $self = shift; return $self->{sim}; }
sub node { my $self = shift; return $self->{node}; }
sub monitor { my $self = shift; return $self->{monitor}; }

sub query
{
	my ($self, $state) = @_;
	my $from = $states{$state}{table};

	return $self->lookup($from, $states{$state}{device} // 'd:3') unless $state =~ /^lookahead/;
	return "SELECT count(*) FROM generate_series(1, 100) AS i
		JOIN $from ON product_key = 'p' AND device_name = 'd' || i AND firmware_id = '1'";
}

# As lookup_sql(); of two scans that both want the same.
sub lookup
{
	my ($self, @from) = @_;
	my $sql = lookup_sql(@from);

	return $sql unless $self->{append};
	$sql =~ s/count\(DISTINCT job_id\)/job_id/;
	return "SELECT count(DISTINCT job_id) FROM ($sql UNION ALL $sql) x";
}

# How long statement_timeout is to be for the state to be reached before.
sub after_ms { my ($self, $state) = @_; return $states{$state}{after_ms} // 400; }

# Starts a statement that will hang in that state.
sub start
{
	my ($self, $session, $state) = @_;
	my $settings = $states{$state}{settings} // {};

	# what is throttled beside it must not have a moment in which all is well
	($self->{last} // '') eq 'throttled' ? $self->{sim}->clear : $self->{sim}->reset;
	$self->{last} = $state;
	$self->{sim}->set(%$settings) if %$settings;
	# a new connection, for a handshake or in another protocol
	$self->{monitor}->rows(q{ALTER SERVER stalled OPTIONS (SET connect_timeout '1min')})
	  if $state =~ /^(tls|lookahead)/;
	$session->start($self->query($state));
	return;
}

# Waits until it does, in that state and in no other.  Where others hang, too, what is
# in flight at the simulator tells nothing.
sub wait_in
{
	my ($self, $session, $state, $others) = @_;
	my $spec = $states{$state};
	my $wait = 'SELECT wait_event_type, wait_event FROM pg_stat_activity WHERE pid = ' . $session->pid;
	my $event = $self->{node}->pg_version < 17 ? 'Extension' : $spec->{event} // 'TuyaFdwReply';

	wait_until("$state: the simulator stalls", sub { $self->{sim}->get('stalls') > 0 })
	  if ($spec->{settings} // {})->{stall};
	# the fifth wait is up to some seconds long
	wait_until("$state: it has failed", sub { $self->{sim}->get('failed') >= 4 }) if $state eq 'back_off';
	wait_until("$state: requests are in flight",
		sub { $self->{sim}->get('in_flight') == $spec->{in_flight} }) unless $others;
	$event = $self->{append} ? 'IPC|AppendReady' : "Extension|$event";
	wait_until("$state hangs", sub { $self->{monitor}->rows($wait) eq $event });
	sleep 0.02;
	return;
}

# Whether the simulator says that it was in that state.
sub was_in
{
	my ($self, $state) = @_;
	my $spec = $states{$state};

	return $self->{sim}->get('stalls') > 0 if ($spec->{settings} // {})->{stall};
	# not many more, unless nothing limits them
	return $self->{sim}->get('replies') <= 2 if $spec->{table} =~ /^(slow|throttled)$/;
	return $self->{sim}->get('failed') > 0 if $spec->{table} eq 'failing';
	return $self->{sim}->get('requests') == 0;
}

# A session that has made all that is made once, and has no connection but what it
# will use.
sub warm_session
{
	my ($self, $state) = @_;
	my $session = TuyaSession->new($self->{node});
	my $table = $states{$state}{table};

	$self->{sim}->reset;
	$session->rows($self->lookup('ota_job', 'd:3'));
	$session->rows('SET statement_timeout = 30') if $table =~ /^(slow_name|full_queue)$/;
	$session->run(lookup_sql($table, 'd:3'));
	$session->rows('RESET statement_timeout');
	wait_until('no resolver thread is left', sub { threads($session->pid) == 1 });
	return ($session, descriptors($session->pid));
}

# Tests that the session is as it was before its statement hung, when it had so many
# descriptors.
sub is_usable
{
	my ($self, $session, $state, $what, $before) = @_;
	my $table = $states{$state}{table};
	my $sim = $self->{sim};

	wait_until("$what: no request is left in progress", sub { $sim->get('in_flight') == 0 });
	# of ota_job, and of another that was there before
	wait_until("$what: no connection but those kept is left", sub { $sim->get('open_connections') <= 2 });
	$sim->reset;
	is($session->rows($self->lookup('ota_job', 'd:250')), 250, "$what: the next statement is right");
	is($session->rows(lookup_sql($table, 'd:3')), 3, "$what: so is one of the same remote")
	  unless $table =~ /^(slow_name|full_queue)$/;
	wait_until('no resolver thread is left', sub { threads($session->pid) == 1 });
	is(descriptors($session->pid), $before, "$what: as many descriptors as before");
	return;
}

sub stop
{
	my ($self) = @_;

	$self->{monitor}->quit;
	$self->{sim}->stop;
	$self->{node}->stop;
	return;
}

1;
