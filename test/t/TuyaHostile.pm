
# TuyaHostile - a session that meets hostile replies one after the other, and must be
# as well after each as it was before.
#
#	my $victim = TuyaHostile->new('name', request_timeout => '1s');
#	$victim->meets('a flood', { body_flood => -1 }, 'HV00M', qr/too large/);
#	$victim->meets('a slow one', { latency_ms => 10 }, '00000');

package TuyaHostile;

use strict;
use warnings FATAL => 'all';

use Compress::Zlib qw(crc32 deflateInit MAX_WBITS);
use Exporter 'import';
use PostgreSQL::Test::Utils ();
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with wait_until descriptors);
use TuyaTest;

our @EXPORT_OK = qw(gz layers EMPTY_BLOCK);

# Of deflate: five bytes that inflate to nothing.
use constant EMPTY_BLOCK => "\x00\x00\x00\xff\xff";

# What one reply may cost at its worst: its text, what json-c makes of it, and its rows.
use constant PEAK_KIB_MAX => 32 * 1024;

# Requests for a page with retries 0: free ones after a stale connection included.
use constant REQUESTS_MAX => 11;

# What stays of it: of that the memory set aside for json-c is more than a megabyte.
use constant GROWTH_KIB_MAX => 10 * 1024;

# A simulator, a server with the remote "ota_job", and a session that has used it.
# Options are the server's, without retries if they do not say how many.
sub new
{
	my ($class, $name, %options) = @_;
	my $sim = TuyaTest::Sim->start;
	my $node = tuya_node($name, $sim, retries => 0, %options);
	my $self = bless {
		sim => $sim, node => $node, body => PostgreSQL::Test::Utils::tempdir() . '/body' }, $class;

	$self->speak(2);
	return $self;
}

sub sim { my $self = shift; return $self->{sim}; }
sub node { my $self = shift; return $self->{node}; }
sub session { my $self = shift; return $self->{session}; }

# From now on HTTP/1.1 or HTTP/2 is spoken, in a new session, which uses these tables,
# too.
sub speak
{
	my ($self, $version, @tables) = @_;

	$self->{session}->quit if $self->{session};
	$self->{session} = TuyaSession->new($self->{node});
	$self->{pid} = $self->{session}->pid;
	$self->{http2} = $version == 2 ? 1 : 0;
	# what fails is made once, too
	$self->simulate(omit => 'success');
	$self->ask('d:3');
	$self->simulate;
	$self->ask('d:250');
	$self->{session}->rows(lookup_sql($_, 'd:250')) foreach @tables;
	$self->{descriptors} = descriptors($self->{pid}) - $self->{sim}->get('open_connections');
	return;
}

sub simulate
{
	my ($self, %settings) = @_;

	$self->{sim}->reset;
	$self->{sim}->set(http2 => $self->{http2}, %settings);
	return;
}

# What came of a lookup.
sub ask
{
	my ($self, $device) = @_;
	return $self->{session}->run(lookup_sql('ota_job', $device));
}

# Memory of the process, now or at its peak since forget_peak(), in kB.
sub memory
{
	my ($self, $which) = @_;
	my ($kib) = PostgreSQL::Test::Utils::slurp_file("/proc/$self->{pid}/status") =~ /^$which:\s+(\d+) kB/m;
	return $kib;
}

sub forget_peak
{
	my ($self) = @_;

	open(my $file, '>', "/proc/$self->{pid}/clear_refs") or die "clear_refs: $!";
	print $file "5\n";
	close $file;
	return;
}

# The setting that has the simulator answer with that text.
sub body
{
	my ($self, $text) = @_;

	unlink $self->{body};
	PostgreSQL::Test::Utils::append_to_file($self->{body}, $text);
	return (raw_body_file => $self->{body});
}

# Tests that a lookup (of d:3, which has a page) under these settings ends with that
# SQLSTATE and says all of that, costs little memory, and leaves nothing.
sub meets
{
	my ($self, $name, $settings, $sqlstate, @says) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$self->simulate(%$settings);
	$self->forget_peak;
	my $before = $self->memory('VmRSS');
	my $result = $self->ask('d:3');
	my $peak = $self->memory('VmHWM') - $before;

	if ($sqlstate eq '00000') { is($result->{text}, "3\n", "$name: the rows"); }
	else { fails_with($result, $sqlstate, "$name: $sqlstate", @says); }
	cmp_ok($self->{sim}->get('requests'), '<=', REQUESTS_MAX, "$name: without a loop");
	cmp_ok($peak, '<', PEAK_KIB_MAX, "$name: costs little memory");
	note(sprintf '%s: %d kB, %.2f s, %s', $name, $peak, $result->{seconds}, $result->{text} =~ s/\n.*//sr);
	$self->is_well($name);
	cmp_ok($self->memory('VmRSS') - $before, '<', GROWTH_KIB_MAX, "$name: which is free again");
	return $result;
}

# Tests that the session is as it was.
sub is_well
{
	my ($self, $name) = @_;
	my $sim = $self->{sim};

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$self->simulate;
	is($self->ask('d:250')->{text}, "250\n", "$name: the next statement is right");
	wait_until("$name: nothing is in progress", sub { $sim->get('in_flight') == 0 });
	wait_until("$name: as many descriptors as before, and connections",
		sub { descriptors($self->{pid}) - $sim->get('open_connections') == $self->{descriptors} });
	return;
}

sub stop
{
	my ($self) = @_;

	$self->{session}->quit;
	$self->{sim}->stop;
	$self->{node}->stop;
	return;
}

# --- what content codings are made of

sub raw_deflate
{
	my ($text) = @_;
	my ($stream) = deflateInit(-WindowBits => -MAX_WBITS);
	my ($first) = $stream->deflate($text);
	my ($last) = $stream->flush;
	return $first . $last;
}

# A gzip member; the further arguments are flags and header fields, and blocks before
# the text's.
sub gz
{
	my ($text, %more) = @_;

	return "\x1f\x8b\x08" . chr($more{flags} // 0) . "\0\0\0\0\0\xff" . ($more{fields} // '')
	  . ($more{blocks} // '') . raw_deflate($text) . pack('VV', crc32($text), length $text);
}

# So many layers around nothing: each inflates to the next, which is a thousand times
# as long, but for the last.
sub layers
{
	my ($count) = @_;
	my $data = EMPTY_BLOCK x 1_500_000;

	$data = gz($data) foreach 1 .. $count;
	return $data;
}

1;
