
# An action is a file: planner and executor go by what is said there.
# Two that the API does not have, of test/actions, are built in, each alone: where a key is
# optional, or none is required, rows are those of a local table, and the service is asked
# for no more than need be.

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use JSON::PP qw(encode_json);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;

my $root = $ENV{TUYA_ROOT} || abs_path(dirname(__FILE__) . '/../..');
my $dir = PostgreSQL::Test::Utils::tempdir();
my $log = "$dir/log";

# --- the service

my @statuses = ('FAILED', 'SUCCEEDED', undef);

sub tasks
{
	my %asked = @_;
	my @rows = map { { taskId => "$asked{JobId}-$_", progress => $_, taskStatus => $statuses[ $_ % 3 ] } } 0 .. 11;
	@rows = grep { ($_->{taskStatus} // '') eq $asked{TaskStatus} } @rows if exists $asked{TaskStatus};
	my $total = @rows;
	my @page = splice @rows, ($asked{PageNo} - 1) * $asked{PageRows}, $asked{PageRows};
	return { total => $total, currentPage => $asked{PageNo} + 0, list => { taskInfo => \@page } };
}

sub versions
{
	my %asked = @_;
	my @rows = map { { versionId => "v$_", model => 'm' . $_ % 4, channel => 'c' . $_ % 3 } } 0 .. 11;
	@rows = grep { $_->{model} eq $asked{Model} } @rows if exists $asked{Model};
	@rows = grep { $_->{channel} eq $asked{Channel} } @rows if exists $asked{Channel};
	return \@rows;
}

sub answer
{
	my %asked = @_;
	my $action = delete $asked{Action};
	append_to_file($log, join(' ', map { "$_=$asked{$_}" } sort keys %asked) . "\n");
	return { success => \1, data => tasks(%asked) } if $action eq 'ListTasks';
	return { success => \1, versions => versions(%asked) } if $action eq 'ListVersions';
	return { success => \0, code => 'NoSuchAction' };
}

# What is said in a request's first line, but for what each signed request has.
sub parse
{
	my ($head) = @_;
	my ($query) = $head =~ m{^GET /\?(\S*)};
	my %asked = map { my ($name, $value) = split /=/; $value =~ s/%(..)/chr hex $1/ge; ($name => $value) } split /&/, $query;
	delete @asked{qw(AccessKeyId Signature SignatureMethod SignatureNonce Timestamp)};
	return %asked;
}

my $service = TuyaNet::Proxy->start(
	answer => sub {
		my ($client, $head) = @_;
		my $body = encode_json(answer(parse($head)));

		syswrite $client, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
	});
my $endpoint = $service->url('http') . '/';

# --- the extension with another action

# Builds it in a copy, where the action's file is the only one of its kind.
sub build
{
	my ($name) = @_;
	my $copy = "$dir/$name";
	mkdir $copy or die "$copy: $!";
	system_or_bail('cp', '-a', map({ "$root/$_" } qw(Makefile META.json tuya_fdw.control src sql)), $copy);
	unlink glob("$copy/src/api/actions/*"), "$copy/src/api/action.o", "$copy/tuya_fdw.so";
	system_or_bail('cp', "$root/test/actions/$name.c", "$copy/src/api/actions/added.c");
	run_log([ 'make', '-s', '-C', $copy, 'with_llvm=no' ]) or BAIL_OUT("$name cannot be built");
	return "$copy/tuya_fdw.so";
}

my $node = PostgreSQL::Test::Cluster->new('actions');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;

my $database;

# A database with that library, its table in schema remote, and a local copy.
sub use_action
{
	my ($name, $rows) = @_;
	my $library = build($name);
	my $script = slurp_file("$root/sql/tuya_fdw--1.0.sql");
	$script =~ s/MODULE_PATHNAME/$library/g;
	$script =~ s/^\\.*//mg;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$database = $name;
	$node->safe_psql(
		$name, qq{
		$script;
		CREATE SERVER added FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint '$endpoint');
		CREATE USER MAPPING FOR CURRENT_USER SERVER added OPTIONS (access_key_id 'id', access_key_secret 'secret');
		CREATE SCHEMA remote;
		CREATE SCHEMA local;
		IMPORT FOREIGN SCHEMA ota FROM SERVER added INTO remote;
		CREATE TABLE local.$name (LIKE remote.$name);
		INSERT INTO local.$name $rows;
	});
	return;
}

sub rows_of
{
	my ($schema, $query) = @_;
	return $node->safe_psql($database, "SET search_path = $schema, public; SELECT q FROM ($query) q ORDER BY q::text");
}

# The query has the rows that it has of the local table, with these requests.
sub same
{
	my ($query, @requests) = @_;
	unlink $log;
	my $rows = rows_of('remote', $query);
	$service->settle;
	# a request may have no parameter at all
	my @asked = -e $log ? map { "[$_]" } sort { $a cmp $b } slurp_file($log) =~ /^(.*)\n/mg : ();
	is($rows, rows_of('local', $query), $query);
	is(join("\n", @asked), join("\n", map { "[$_]" } sort @requests), '... as few requests as can be');
	return;
}

# --- a required and an optional key

use_action('task', <<'SQL');
	SELECT j, j || '-' || i, i, (ARRAY['FAILED', 'SUCCEEDED', NULL])[i % 3 + 1]
	FROM unnest('{a,b,c,d}'::text[]) j, generate_series(0, 11) i
SQL
$node->safe_psql('task', <<'SQL');
	CREATE TABLE job(job_id text, status text);
	INSERT INTO job VALUES ('a', 'FAILED'), ('b', 'SUCCEEDED'), ('c', NULL), ('d', '');
	ANALYZE job;
SQL

# All pages of those jobs, or the page of that status, which has four.
sub whole { return map { my $job = $_; map { "JobId=$job PageNo=$_ PageRows=5" } 1 .. 3 } @_; }
sub part { my ($job, $status) = @_; return "JobId=$job PageNo=1 PageRows=5 TaskStatus=$status"; }

is($node->safe_psql('task', "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
	WHERE attrelid = 'remote.task'::regclass AND attnum > 0"),
	'job_id task_id progress task_status', 'an optional key is a column once, where the row has it');

same("SELECT * FROM task WHERE job_id = 'a'", whole('a'));
same("SELECT * FROM task WHERE job_id = 'a' AND task_status = 'FAILED'", part('a', 'FAILED'));
same("SELECT * FROM task WHERE job_id = 'a' AND task_status IN ('FAILED', 'SUCCEEDED')", part('a', 'FAILED'), part('a', 'SUCCEEDED'));
same("SELECT * FROM task WHERE (job_id, task_status) IN (('a', 'FAILED'), ('b', 'SUCCEEDED'))", part('a', 'FAILED'), part('b', 'SUCCEEDED'));
same("SELECT * FROM task WHERE job_id = 'a' AND task_status = NULL");

# what does not say that it is one of some values
same("SELECT * FROM task WHERE job_id = 'a' AND $_", whole('a')) foreach (
	"task_status <> 'FAILED'", 'task_status IS NULL', 'task_status IS NOT DISTINCT FROM NULL',
	"COALESCE(task_status, 'x') = 'x'", 'ARRAY[task_status] = ARRAY[NULL::text]',
	"(task_status = 'FAILED' OR task_status IS NULL)");
same("SELECT * FROM task WHERE job_id = 'b' OR (job_id = 'a' AND task_status = 'FAILED')", whole('a', 'b'));
same("SELECT * FROM task WHERE ROW(job_id, task_status) = ANY (ARRAY[ROW('a'::text, 'FAILED'::text), ROW('b'::text, NULL::text)])",
	whole('a', 'b'));

# what may not be sent is not
same("SELECT * FROM task WHERE job_id = 'a' AND task_status = ''", whole('a'));
same("SELECT * FROM task WHERE job_id = 'a' AND task_status = repeat('x', 2000)", whole('a'));

# joins: with and without its value the rows are the same
same('SELECT * FROM job JOIN task USING (job_id)', whole('a' .. 'd'));
same("SELECT * FROM job $_ JOIN task t ON t.job_id = job.job_id AND t.task_status = job.status",
	part('a', 'FAILED'), part('b', 'SUCCEEDED'), whole('d')) foreach ('', 'LEFT');
same('SELECT * FROM job WHERE EXISTS (SELECT FROM task t WHERE t.job_id = job.job_id AND t.task_status = job.status)',
	part('a', 'FAILED'), part('b', 'SUCCEEDED'), whole('d'));
same('SELECT *, (SELECT count(*) FROM task t WHERE t.job_id = job.job_id AND t.task_status = job.status) FROM job',
	part('a', 'FAILED'), part('b', 'SUCCEEDED'), whole('d'));
same('SELECT * FROM job JOIN task t ON t.job_id = job.job_id AND t.task_status IS NOT DISTINCT FROM job.status', whole('a' .. 'd'));

# the total counts what no condition chooses from; a page is no larger than the action's
same("SELECT count(*) FROM task WHERE job_id = 'a'", 'JobId=a PageNo=1 PageRows=5');
same("SELECT count(*) FROM task WHERE job_id = 'a' AND task_status = 'FAILED'", part('a', 'FAILED'));
same("SELECT count(task_status) FROM task WHERE job_id = 'a'", whole('a'));

my (undef, undef, $stderr) = $node->psql('task', "SELECT * FROM remote.task WHERE task_status = 'FAILED'");
like($stderr, qr/needs a value for job_id\n.*join a table that has the keys: FROM inventory i JOIN remote\.task j ON j\.job_id = i\.job_id\./s,
	'an optional key alone is not enough, nor is one missed');

# --- no required key, and no pages

use_action('version', "SELECT 'v' || i, 'm' || i % 4, 'c' || i % 3 FROM generate_series(0, 11) i");

same('SELECT * FROM version', '');
same("SELECT * FROM version WHERE model = 'm1'", 'Model=m1');
same("SELECT * FROM version WHERE model = 'm1' AND channel = 'c1'", 'Channel=c1 Model=m1');
same("SELECT * FROM version WHERE model IN ('m1', 'm2')", 'Model=m1', 'Model=m2');
same("SELECT * FROM version WHERE model = 'm1' OR channel = 'c1'", '');
same("SELECT * FROM version WHERE channel = 'c' || substr(model, 2)", '');
same("SELECT * FROM version WHERE model = 'm1' AND channel = 'c' || substr(model, 2)", 'Channel=c1 Model=m1');
same('SELECT count(*) FROM version', '');
same("SELECT count(*) FROM version WHERE model = 'm1'", 'Model=m1');
same("SELECT * FROM version a JOIN version b USING (model) WHERE a.channel = 'c0'", '', 'Channel=c0');

$node->stop;
done_testing();
