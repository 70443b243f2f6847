
# Lists by token: a walk goes page by page, and is whole when an empty token ends it. What can
# be wrong with one is an error, or is asked again, and never a list that is shorter than the
# service's. Lists that cannot be asked for to their end, and such that have no pages.

use strict;
use warnings FATAL => 'all';

use JSON::PP qw(encode_json);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes;
use TuyaNet;
use TuyaSession qw(wait_until);
use TuyaTest;

my $log = PostgreSQL::Test::Utils::tempdir() . '/log';

# --- the service: how a product is listed is what its key begins with, of how many is next

# Whatever a URL must not have as it is.
my $token_tail = "+/= &?%\n\x{e4}\x{20ac}";

sub token_of { my ($after) = @_; return "t$after$token_tail"; }

# Which of its rounds the key is in: its first pages so far.
sub round_of
{
	my ($key) = @_;
	my @begun = grep { /^\Q$key\E 1 -$/ } split /\n/, slurp_file($log);
	return scalar @begun;
}

# What is wrong with that page, by what the key begins with.
my %meddle = (
	nototal => sub { delete $_[0]{total}; },
	null => sub { my ($reply) = @_; $reply->{nextToken} = undef if $reply->{nextToken} eq ''; },
	nulls => sub { my ($reply) = @_; delete $reply->{total}; $reply->{nextToken} = undef if $reply->{nextToken} eq ''; },
	absent => sub { my ($reply) = @_; delete $reply->{nextToken} if $reply->{nextToken} eq ''; },
	numbers => sub { delete $_[0]{nextToken}; },
	bare => sub { my ($reply) = @_; delete $reply->{total}; delete $reply->{nextToken} if $reply->{nextToken} eq ''; },
	inside => sub { my ($reply) = @_; delete $reply->{total}; $reply->{currentPage} = 1; $reply->{pageCount} = 1; },
	repeat => sub { my ($reply, $page) = @_; $reply->{nextToken} = token_of(8) if $page == 3; },
	same => sub { my ($reply, $page, %asked) = @_; $reply->{nextToken} = $asked{NextToken} if $page == 3; },
	vanish => sub { my ($reply, $page) = @_; delete $reply->{nextToken} if $page == 2; },
	vanishes => sub { my ($reply, $page, %asked) = @_; delete $reply->{nextToken} if $page == 2 && round_of($asked{ProductKey}) == 1; },
	twice => sub { my ($reply, $page) = @_; $reply->{data}{deviceInfo}[1]{iotId} = 'id7' if $page == 2; },
	twices => sub { my ($reply, $page, %asked) = @_; $reply->{data}{deviceInfo}[1]{iotId} = 'id12' if $page == 2 && round_of($asked{ProductKey}) == 1; },
	lie => sub { $_[0]{total}++; },
	short => sub { my ($reply, $page) = @_; $reply->{nextToken} = '' if $page == 2; },
	grows => sub { my ($reply, $page) = @_; $reply->{total} += $page - 1; },
	long => sub { my ($reply, $page) = @_; $reply->{nextToken} = 'x' x 1025 if $page == 2; },
	longest => sub { my ($reply, $page) = @_; $reply->{nextToken} = token_of(7) . "\x{e4}" x 500 if $page == 1; },
	nul => sub { my ($reply, $page) = @_; $reply->{nextToken} = "a\0b" if $page == 2; },
	list => sub { my ($reply, $page) = @_; $reply->{nextToken} = [] if $page == 2; },
	huge => sub { $_[0]{total} = 1_000_001; },
	empty => sub { my ($reply, $page) = @_; $reply->{data}{deviceInfo} = [] if $page == 2; delete $reply->{total}; },
	nothing => sub { my ($reply) = @_; $reply->{data} = {}; delete $reply->{total}; $reply->{nextToken} = ''; },
	none => sub { my ($reply) = @_; $reply->{data}{deviceInfo} = []; delete $reply->{total}; delete $reply->{nextToken}; },
	refused => sub {
		my ($reply, $page, %asked) = @_;
		%$reply = (success => \0, code => 'iot.common.InvalidPageParams') if $page == 3 && round_of($asked{ProductKey}) < 3;
	},
	refuses => sub { my ($reply, $page) = @_; %$reply = (success => \0, code => 'iot.common.InvalidPageParams') if $page == 3; },
	ends => sub { my ($reply, $page) = @_; $reply->{nextToken} = token_of(0) if $page == 3; });

sub devices
{
	my %asked = @_;
	my ($how, $n) = $asked{ProductKey} =~ /^([a-z]+)(\d+)/;
	my ($after) = ($asked{NextToken} // '') =~ /^t(\d+)/;
	my $first = $n - ($asked{CurrentPage} - 1) * $asked{PageSize};
	my $last = $first - $asked{PageSize} > 0 ? $first - $asked{PageSize} + 1 : 1;
	my %reply = (success => \1, total => $n + 0, nextToken => $last > 1 ? token_of($last) : '',
		data => { deviceInfo => [ map { { iotId => "id$_", deviceName => "d$_" } } reverse $last .. $first ] });
	# the number and the token that it was given name the same page
	return { success => \0, code => 'iot.common.InvalidPageParams' }
	  if $asked{CurrentPage} > 1 && $how !~ /^(numbers|repeat|same|longest|empty|ends|long)$/ && ($after // -1) != $first + 1;
	$meddle{$how}->(\%reply, $asked{CurrentPage}, %asked) if exists $meddle{$how};
	return \%reply;
}

# Of a job as many tasks as its id says, of a status a seventh of that; only first pages are asked for.
sub tasks
{
	my %asked = @_;
	my $n = exists $asked{TaskStatus} ? int($asked{JobId} / 7) : $asked{JobId} + 0;
	my $first = ($asked{CurrentPage} - 1) * $asked{PageSize};
	my $size = $n - $first < $asked{PageSize} ? $n - $first : $asked{PageSize};
	return { success => \1, total => $n, currentPage => $asked{CurrentPage} + 0,
		data => { simpleOTATaskInfo => [ map { { taskId => "$_", taskStatus => $asked{TaskStatus} } } $first + 1 .. $first + $size ] } };
}

my %data_of_modules = (
	array => [ { moduleName => 'a' }, { moduleName => 'b' } ],
	within => { simpleOTAModuleInfo => [ { moduleName => 'a' }, { moduleName => 'b' } ] },
	row => { moduleName => 'a', aliasName => 'A' },
	empty => [], nulls => undef, object => {}, other => { a => 1 }, two => { a => [], b => [] });

sub modules
{
	my %asked = @_;
	my %reply = (success => \1);
	$reply{data} = $data_of_modules{ $asked{ProductKey} } if exists $data_of_modules{ $asked{ProductKey} };
	return \%reply;
}

my %data_of_open_tasks = (
	some => { simpleOTATaskInfo => [ { taskId => 1 }, { taskId => 2 } ] },
	twice => { simpleOTATaskInfo => [ { taskId => 1 }, { taskId => 1 } ] },
	empty => { simpleOTATaskInfo => [] }, null => { simpleOTATaskInfo => undef }, object => {});

sub open_tasks
{
	my %asked = @_;
	my %reply = (success => \1);
	$reply{data} = $data_of_open_tasks{ $asked{DeviceName} } if exists $data_of_open_tasks{ $asked{DeviceName} };
	return \%reply;
}

my %answers = (QueryDevice => \&devices, ListOTATaskByJob => \&tasks, ListOTAModuleByProduct => \&modules,
	ListOTAUnfinishedTaskByDevice => \&open_tasks);

# What a request's first line has beside what each signed one has.
sub parse
{
	my ($head) = @_;
	my ($query) = $head =~ m{^GET /\?(\S*)};
	my %asked = map { my ($name, $value) = split /=/; $value =~ s/%(..)/chr hex $1/ge; ($name => $value) } split /&/, $query;
	utf8::decode($asked{NextToken}) if exists $asked{NextToken};
	delete @asked{qw(AccessKeyId Signature SignatureMethod SignatureNonce Timestamp)};
	return %asked;
}

# A request's key and page, and up to where its token says that it was read.
sub note_request
{
	my %asked = @_;
	my $key = $asked{ProductKey} // "$asked{JobId}" . (exists $asked{TaskStatus} ? "/$asked{TaskStatus}" : '');
	my $token = !exists $asked{NextToken} ? '-' : $asked{NextToken} =~ /^t(\d+)\Q$token_tail\E/ ? "t$1" : 'ANOTHER';
	append_to_file($log, sprintf "%s %s %s\n", $key, $asked{CurrentPage} // '-', $token);
	return;
}

my $service = TuyaNet::Proxy->start(
	answer => sub {
		my ($client, $head) = @_;
		my %asked = parse($head);
		note_request(%asked);
		my $body = encode_json($answers{ delete $asked{Action} }->(%asked));
		my $key = $asked{ProductKey} // '';
		my $length = length $body;

		Time::HiRes::sleep(600) if $key =~ /^hangs/ && $asked{CurrentPage} == 3;
		# each page once without its end
		my $line = $key . ' ' . ($asked{CurrentPage} // '');
		my $again = grep { /^\Q$line\E / } split /\n/, slurp_file($log);
		$body = substr $body, 0, 30 if $key =~ /^cut/ && $again == 1;
		syswrite $client, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: $length\r\n\r\n$body";
	});

# What it was asked for, in that order; the last may have been on its way when the statement ended.
sub asked { $service->settle; return slurp_file($log); }

sub times_asked { my ($line) = @_; return scalar grep { $_ eq $line } split /\n/, asked(); }

# --- the server

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('walks', $sim);
$node->safe_psql('postgres', sprintf <<'SQL', $service->url('http') . '/');
	CREATE SERVER walked FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint '%s', page_size '5', retries '3');
	CREATE USER MAPPING FOR CURRENT_USER SERVER walked OPTIONS (access_key_id 'id', access_key_secret 'secret');
	CREATE SCHEMA walked;
	IMPORT FOREIGN SCHEMA ota FROM SERVER walked INTO walked;
	ALTER DATABASE postgres SET search_path = walked, public;
	CREATE TABLE product_keys (n int, product_key text);
	INSERT INTO product_keys SELECT n, 'plain' || n FROM generate_series(0, 40) n;
	ANALYZE product_keys;
	CREATE FOREIGN TABLE some_device (product_key text, device_name text)
		SERVER walked OPTIONS (action 'QueryDevice', on_incomplete 'warning');
	CREATE FOREIGN TABLE task_by_7 (job_id text, task_id text)
		SERVER walked OPTIONS (action 'ListOTATaskByJob', page_size '7');
SQL

sub ask
{
	my ($query, %settings) = @_;
	unlink $log;
	append_to_file($log, '');
	my $set = join '', map { "SET $_ = $settings{$_};\n" } sort keys %settings;
	my ($status, $stdout, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\n$set$query");
	return ($stdout, $stderr);
}

# The query's rows, and the pages that were asked for, in that order.
sub is_walk
{
	my ($query, $rows, $pages, $what) = @_;
	my ($stdout, $stderr) = ask($query);
	is($stdout . $stderr, $rows, "$what: its rows");
	my $asked = join ' ', map { (split)[1] } split /\n/, asked();
	is($asked, $pages, '... by these pages');
	return;
}

sub fails
{
	my ($query, $sqlstate, $pattern, $pages, $what) = @_;
	my ($stdout, $stderr) = ask($query);
	like($stderr, qr/^.*ERROR: +$sqlstate:.*$pattern/s, "$what: an error") or diag("rows: $stdout");
	my $asked = join ' ', map { (split)[1] } split /\n/, asked();
	is($asked, $pages, '... after these pages');
	return;
}

sub counted { my ($key) = @_; return "SELECT count(*), count(DISTINCT device_name) FROM device WHERE product_key = '$key' AND device_name <> ''"; }

# --- whole walks

is_walk(counted('plain0'), '0|0', '1', 'none');
is_walk(counted('plain5'), '5|5', '1', 'a page');
is_walk(counted('plain6'), '6|6', '1 2', 'a page and one');
is_walk(counted('plain12'), '12|12', '1 2 3', 'three pages');
is(asked(), "plain12 1 -\nplain12 2 t8\nplain12 3 t3\n", 'each is asked by the token of the one before, and by its number');
is_walk(counted("${_}12"), '12|12', '1 2 3', $_) foreach qw(nototal null absent inside grows longest);
is_walk(counted('none0'), '0|0', '1', 'an empty list and nothing else');
is_walk(counted('numbers5'), '5|5', '1', 'a service without tokens, whose total is reached');
is_walk(counted('cut12'), '12|12', '1 1 2 2 3 3', 'each reply is cut once');
is(times_asked('cut12 2 t8'), 2, 'a retry sends the same token');

# --- no more pages than it takes

is_walk("SELECT device_name FROM device WHERE product_key = 'plain400' LIMIT 5", "d400\nd399\nd398\nd397\nd396", '1', 'LIMIT of a page');
is_walk("SELECT device_name FROM device WHERE product_key = 'plain400' AND device_name <> 'd400' LIMIT 6",
	"d399\nd398\nd397\nd396\nd395\nd394", '1 2 3', 'LIMIT of two, when the next is on its way');
is_walk("SELECT EXISTS (SELECT FROM device WHERE product_key = 'plain400')", 't', '1', 'EXISTS');
is_walk("SELECT count(*) FROM device WHERE product_key = 'plain400'", '400', '1', 'count(*) by the total');
is_walk("SELECT count(*) FROM device WHERE product_key = 'nototal12'", '12', '1 2 3', 'count(*) without one');
is_walk("SELECT count(*) FROM device WHERE product_key = 'plain4'", '4', '1', 'count(*) of one page');

# --- what does not add up is read again

is_walk(counted('vanishes12'), '12|12', '1 2 1 2 3', 'a token that vanishes once');
is_walk(counted('twices12'), '12|12', '1 2 1 2 3', 'an id that comes twice once');
is_walk(counted('refused12'), '12|12', '1 2 3 1 2 3 1 2 3', 'a page that is refused twice');
is(times_asked('refused12 1 -'), 3, 'each round begins without a token');

# --- and is an error if it does not then

my $thrice = '1 2 1 2 1 2';
my $incomplete = "the service's pages do not add up, also when read 3 times";
fails(counted('vanish12'), 'HV00M', "$incomplete.*Page 2 has no token of a next page, nor an empty one, and its total of 12 needs another number: the pages show 10 different devices",
	$thrice, 'a token that vanishes');
fails(counted('vanish12b'), 'HV00M', "Devices may be created or deleted all the time", $thrice, 'what to do');
fails(counted('bare4'), 'HV00M', "$incomplete.*Page 1 has no token of a next page, nor an empty one, and no total: the pages show 4 different devices",
	'1 1 1', 'a page that nothing tells to be the last');
fails(counted('nulls4'), 'HV00M', "$incomplete.*Page 1 has no token", '1 1 1', 'nor does null');
fails(counted('numbers6'), 'HV00M', "Page 1 has no token", '1 1 1', 'a service without tokens, whose total is not reached');
fails(counted('twice12'), 'HV00M', "$incomplete.*The pages to page 2 show 9 different devices, and some of them twice", $thrice, 'an id twice');
fails(counted('lie12'), 'HV00M', "$incomplete.*The pages show 12 different devices, and their total is 13", '1 2 3 1 2 3 1 2 3', 'a total that lies');
fails(counted('short12'), 'HV00M', "$incomplete.*The pages show 10 different devices, and their total is 12", $thrice, 'a walk that ends too early');
fails(counted('refuses12'), 'HV00M', "$incomplete.*The service refuses page 3 with code iot.common.InvalidPageParams", '1 2 3 1 2 3 1 2 3', 'a page that is refused');
fails(counted($_ . '12'), 'HV00M', "the service's pages lead in a circle.*Page 3 tells a token that an earlier page told", '1 2 3', "a token that repeats: $_")
  foreach qw(repeat same);
fails(counted('long12'), 'HV00M', 'malformed.*its nextToken is too long', '1 2', 'a token of 1025 bytes');
fails(counted('nul12'), 'HV00M', 'malformed.*a string in it has .u0000', '1 2', 'a token with a NUL');
fails(counted('list12'), 'HV00M', 'malformed.*a token has an object, an array or a boolean', '1 2', 'a token that is a list');
fails(counted('nothing0'), 'HV00M', 'malformed.*it has neither devices nor a total', '1', 'no list');

my ($stdout, $stderr) = ask("SELECT count(device_name) FROM some_device WHERE product_key = 'vanish12'");
is($stdout, '10', "on_incomplete 'warning' takes what there is");
like($stderr, qr/WARNING/, '... and warns');
($stdout, $stderr) = ask("SELECT count(device_name) FROM some_device WHERE product_key = 'same12'");
like($stderr, qr/ERROR: +HV00M:.*in a circle/s, 'but not of a circle');

# --- too many

fails(counted('huge12'), 'HV00L', 'the service has more devices than can be read as one list.*There are 1000001 devices, and 1000000 can be read', '1', 'a total that is too large');
is_walk("SELECT count(*) FROM device WHERE product_key = 'huge12'", '1000001', '1', 'count(*) of that many');
is_walk("SELECT device_name FROM device WHERE product_key = 'huge12' LIMIT 3", "d12\nd11\nd10", '1', 'LIMIT of that many');

my $all = "SELECT count(task_id), count(DISTINCT task_id) FROM ota_task WHERE job_id = ";
$node->safe_psql('postgres', "ALTER SERVER walked OPTIONS (SET page_size '100')");
fails("$all'100001'", 'HV00L', 'the service has more tasks than can be read as one list.*There are 100001 tasks, and the service refuses pages where CurrentPage x PageSize is over 100000.*Read them in parts, by a condition on task_status',
	'1', 'a list whose pages would be refused');
is_walk("SELECT count(*) FROM ota_task WHERE job_id = '100001'", '100001', '1', 'count(*) of it');
($stdout, $stderr) = ask("$all'100001' AND task_status IN ('FAILED', 'CANCELED')");
is($stdout . $stderr, '28570|14285', 'its parts');
fails("$all'700007' AND task_status = 'FAILED'", 'HV00L', 'There are 100001 tasks.*no parameter that makes it list a part of them', '1', 'a part that is too large itself');
fails("SELECT count(task_id) FROM task_by_7 WHERE job_id = '99999'", 'HV00L', 'There are 99999 tasks.*Set the option "page_size" to 100', '1', 'pages that do not fit');
($stdout, $stderr) = ask("$all'100000'");
is($stdout . $stderr, '100000|100000', 'as many as can be');
is(scalar(() = asked() =~ /\n/g), 1000, '... in full pages');

# --- no pages

sub modules_of { my ($key) = @_; return "SELECT module_name, alias_name FROM ota_module WHERE product_key = '$key'"; }
is_walk(modules_of('array'), "a|\nb|", '-', 'modules as an array');
is_walk(modules_of('within'), "a|\nb|", '-', 'within an object');
is_walk(modules_of('row'), 'a|A', '-', 'as an object');
is_walk(modules_of('empty'), '', '-', 'no modules');
fails(modules_of($_), 'HV00M', 'malformed', '-', "modules: $_") foreach qw(nulls object other two missing);

sub open_tasks_of { my ($key) = @_; return "SELECT task_id FROM ota_open_task WHERE product_key = 'p' AND device_name = '$key'"; }
is_walk(open_tasks_of('some'), "1\n2", '-', 'open tasks');
is_walk(open_tasks_of('empty'), '', '-', 'none');
fails(open_tasks_of($_), 'HV00M', 'malformed', '-', "open tasks: $_") foreach qw(null object missing);
fails(open_tasks_of('twice'), 'HV00M', $incomplete, '- - -', 'an id twice');

# --- many walks, little memory; rows are read again

my $each = "SELECT count(*), count(DISTINCT (product_key, device_name)) FROM product_keys k JOIN device USING (product_key) WHERE device_name <> ''";
$node->safe_psql('postgres', "ALTER SERVER walked OPTIONS (SET page_size '5')");
($stdout, $stderr) = ask($each);
is($stdout . $stderr, '820|820', 'many walks at once');
my $needed = 1;
$needed += int(($_ + 4) / 5) foreach 1 .. 40;
is(scalar(() = asked() =~ /\n/g), $needed, '... with no page twice');
($stdout, $stderr) = ask($each, work_mem => q{'64kB'});
is($stdout . $stderr, '820|820', 'with little memory');
is(scalar(() = asked() =~ /\n/g), $needed, '... with no page twice');

# one page of each walk, then all of them
($stdout, $stderr) = ask(<<'SQL', work_mem => q{'64kB'}, enable_memoize => 'off');
	SELECT count(f.device_name), sum(a.n) FROM product_keys k
	LEFT JOIN LATERAL (SELECT device_name FROM device d WHERE d.product_key = k.product_key LIMIT 1) f ON true
	LEFT JOIN LATERAL (SELECT count(device_name) n FROM device d, generate_series(1, 300) g WHERE d.product_key = 'plain' || (40 - k.n)) a ON true
SQL
is($stdout . $stderr, '40|246000', 'walks that were left and go on');
is(scalar(() = asked() =~ /\n/g), $needed, '... with no page twice');

# --- a cancel between two pages

my $session = TuyaSession->new($node);
unlink $log;
append_to_file($log, '');
$session->start(counted('hangs12'));
wait_until('the third page is asked for', sub { slurp_file($log) =~ /^hangs12 3 t3$/m });
kill 'INT', $session->pid;
is($session->finish->{sqlstate}, '57014', 'a walk is cancelled');

$node->stop;
done_testing();
