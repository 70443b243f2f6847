
# TuyaFailing - allocations that fail, and what must be true all the same.
#
#	my $failing = TuyaFailing->prepare;		# before the server starts
#	my $query = failing_query($node);
#	$failing->arm($session->pid, 100);		# its 100th allocation from now on fails
#	my $result = $session->run($query);
#	$failing->disarm;						# returns how many failed
#	is(judge($result), undef, 'right, or an error that says so');

package TuyaFailing;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils ();
use Test::More;

our @EXPORT = qw(failing_query finish_failing is_right judge);

my $expected;

# Builds fail_malloc.c, which all servers load that start from now on.
sub prepare
{
	my ($class) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my $self = bless { file => "$dir/control" }, $class;

	PostgreSQL::Test::Utils::system_or_bail($ENV{CC} || 'gcc', '-shared', '-fPIC', '-O1', '-o', "$dir/fail_malloc.so",
		dirname(__FILE__) . '/../lib/fail_malloc.c', '-ldl', '-pthread');
	$self->write(0, 0, 0, 0, 0);
	chmod 0666, $self->{file};
	$ENV{FAIL_MALLOC} = $self->{file};
	$ENV{LD_PRELOAD} = "$dir/fail_malloc.so";
	return $self;
}

# The fields of FailMalloc.
sub write
{
	my ($self, @fields) = @_;

	open(my $file, -e $self->{file} ? '+<' : '>', $self->{file}) or die "$self->{file}: $!";
	syswrite($file, pack('q5', @fields)) == 40 or die "$self->{file}: $!";
	close $file;
	return;
}

sub read
{
	my ($self) = @_;

	open(my $file, '<', $self->{file}) or die "$self->{file}: $!";
	sysread($file, my $fields, 40);
	close $file;
	return unpack('q5', $fields);
}

# last: the last allocation to fail, n without it
sub arm
{
	my ($self, $pid, $n, $last) = @_;

	$self->write(0, $n, $last // $n, 0, 0);
	$self->write($pid, $n, $last // $n, 0, 0);
	return;
}

sub disarm
{
	my ($self) = @_;
	my $failed = ($self->read)[4];

	$self->write(0, 0, 0, 0, 0);
	return $failed;
}

# Allocations since it was armed.
sub count
{
	my ($self) = @_;
	my $count = ($self->read)[3];

	$self->write(0, 0, 0, 0, 0);
	return $count;
}

# A query over six keys, one of them of two pages, with the service's answers in numbers
# and texts.
sub failing_query
{
	my ($node) = @_;

	$node->safe_psql(
		'postgres', q{
		CREATE TABLE inv AS SELECT 'p' AS product_key, 'd' || i || ':' || CASE i WHEN 3 THEN 120 ELSE i END AS device_name,
			'f' AS firmware_id FROM generate_series(1, 6) i;
		ANALYZE inv});
	$expected = $node->safe_psql(
		'postgres', q{
		SELECT count(*), hashtextextended(string_agg(j.job_id || j.utc_modified, ',' ORDER BY j.job_id), 0)
		FROM inv, LATERAL sim_jobs(product_key, device_name, firmware_id) j});
	return 'SELECT count(*), hashtextextended(string_agg(job_id || utc_modified, \',\' ORDER BY job_id), 0) '
	  . 'FROM inv JOIN ota_job USING (product_key, device_name, firmware_id)';
}

# Ends a test: what was seen, how often each, and that the server has not crashed.
sub finish_failing
{
	my ($node, $sim, $seen) = @_;

	note(join ', ', map { "$_: $seen->{$_}" } sort keys %$seen);
	unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'no process crashed');
	$sim->stop;
	$node->stop;
	done_testing();
	return;
}

sub is_right
{
	my ($result) = @_;

	return $result->{sqlstate} eq '00000' && $result->{text} eq "$expected\n";
}

# What is wrong with the result of the query, run while memory was short.
sub judge
{
	my ($result) = @_;

	return if is_right($result);
	return 'the session is lost' if $result->{sqlstate} eq 'lost';
	return "wrong rows: $result->{text}" if $result->{sqlstate} eq '00000';
	# 53200, 53000 for what may be memory or descriptors
	return if $result->{sqlstate} =~ /^53[02]00$/;
	# OpenSSL does not always tell that it was memory, nor does PostgreSQL
	return if $result->{text} =~ /HV00N: could not establish a secure connection|could not load library/;
	return "wrong error: $result->{text}";
}

1;
