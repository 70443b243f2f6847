
# No secret, signature or signed URL in the server's log, at any level, nor in what
# a client sees. The text of DDL, which PostgreSQL itself logs, is excepted.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(fails_with);
use TuyaTest;

my $secret = 'kEyOfTheKingdom77';
my $wrong = 'wRoNgKeyOfNoDoor42';
my $sim = TuyaTest::Sim->start('--access-key-secret', $secret);
my $node = tuya_node('secrets', $sim, request_timeout => '300ms');
my $seen = '';

# Runs statements in a new session; returns how the last one ended.
sub run_sql
{
	my ($result, $shown) = TuyaSession::run_apart($node, @_);

	$seen .= $shown;
	return $result;
}

# What logs the text of DDL, or its tree.
my @quiet = map { "SET $_" } 'log_statement = none', 'log_min_duration_statement = -1',
  map { "debug_print_$_ = off" } qw(parse rewritten plan);

# A mapping is made with those off, as the README says.
sub set_secret
{
	my ($text) = @_;

	run_sql(@quiet, "ALTER USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (SET access_key_secret '$text')");
	return;
}

# A check of the server tells that step as the one that fails.
sub check_fails
{
	my ($step, $name) = @_;

	return is(run_sql(q{SELECT step, detail, hint FROM tuya_fdw_check('tuya', 'p', 'd:250', '1') WHERE NOT ok})->{text} =~ /^\Q$step\E\|/m, 1, "$name, in a check");
}

my $lookup = lookup_sql('ota_job', 'd:250');
my $auto_explain = -e $node->config_data('--pkglibdir') . '/auto_explain.so';

$node->append_conf('postgresql.conf', <<'CONF');
log_min_messages = debug5
log_min_error_statement = error
log_error_verbosity = verbose
log_statement = all
log_min_duration_statement = 0
debug_print_parse = on
debug_print_rewritten = on
debug_print_plan = on
client_min_messages = debug5
CONF
$node->append_conf('postgresql.conf', <<'CONF') if $auto_explain;
session_preload_libraries = 'auto_explain'
auto_explain.log_min_duration = 0
auto_explain.log_analyze = on
auto_explain.log_verbose = on
auto_explain.log_settings = on
auto_explain.log_nested_statements = on
CONF
$node->restart;

# --- good and bad queries
set_secret($secret);
like(run_sql($lookup)->{text}, qr/^250$/m, 'a good query');
run_sql("EXPLAIN (VERBOSE) $lookup", "EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) $lookup");
is( run_sql(
		'SET plan_cache_mode = force_generic_plan',
		q{PREPARE jobs (text) AS SELECT count(*) FROM ota_job
			WHERE product_key = 'p' AND device_name = $1 AND firmware_id = '1'},
		q{EXECUTE jobs('d:3')},
		q{EXPLAIN (VERBOSE) EXECUTE jobs('d:3')})->{sqlstate},
	'00000', 'a generic plan');

# The lookup that fails, and what the simulator does then.
foreach my $fault (
	[ HV00M => raw_body_file => $node->data_dir . '/PG_VERSION' ],
	[ HV00N => stall => 'body' ],
	[ HV00N => stall => 'tls' ],
	[ HV00N => close_all => 1 ],
	[ HV00M => omit => 'success' ],
	[ HV00M => drop_rows => 1 ],
	[ HV000 => fail_count => -1, fail_code => 'iot.system.SystemException', fail_shape => 'service' ],
	[ HV000 => redirect => $sim->http_endpoint . '?next=1' ])
{
	my ($sqlstate, %settings) = @$fault;

	$sim->reset;
	$sim->set(%settings);
	fails_with(run_sql($lookup), $sqlstate, "a bad query: @$fault[1, 2]");
	check_fails($settings{stall} && $settings{stall} eq 'tls' ? 'tls' : $settings{close_all} ? 'http version' : 'action', "a bad query: @$fault[1, 2]")
	  unless $settings{drop_rows};
}

# --- a refused signature, whose message has the string that was signed in it
$sim->reset;
$sim->{expect_refusals} = 1;
set_secret($wrong);
fails_with(run_sql($lookup), '28000', 'a wrong secret', qr/SignatureDoesNotMatch/);
is($sim->get('bad_signatures'), 1, 'was refused once');
check_fails('credentials', 'a wrong secret');
foreach my $code ('SignatureDoesNotMatch', 'IncompleteSignature')
{
	# the service's shape of error, and one with another status
	foreach my $shape ('service', 'gateway')
	{
		$sim->reset;
		$sim->set(fail_count => -1, fail_code => $code, fail_shape => $shape,
			fail_message => 'string to sign is:GET&%2F&AccessKeyId%3Dtestid%26SignatureNonce%3D0123');
		set_secret($secret);
		fails_with(run_sql($lookup), '28000', "$code, $shape");
		check_fails('credentials', "$code, $shape");
	}
}

# --- a URL with user info or a signature, where an option takes none
foreach my $option (
	"endpoint 'https://user:$secret\@x/'", "endpoint 'https://x/?Action=y&Signature=$secret'",
	"proxy 'http://user:$secret\@x:3128'", "endpoint 'https://x/', extra_parameters 'https://user:$secret\@x/?a=b'",
	"endpoint 'https://x/', extra_parameters 'access_key_secret=$secret'",
	"endpoint 'https://x/', access_key_secret '$secret'")
{
	fails_with(run_sql(@quiet, "CREATE SERVER refused FOREIGN DATA WRAPPER tuya_fdw OPTIONS ($option)"),
		'HV0..', 'refused: ' . ($option =~ s/\Q$secret\E/.../r));
}

# --- mappings that are refused do not log their statement
my $mapping = 'USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS';
foreach my $ddl (
	"ALTER $mapping (ADD access_key_secert '$secret')",
	"ALTER $mapping (ADD endpoint 'https://$secret/')",
	"ALTER $mapping (SET access_key_id '', SET access_key_secret '$secret')",
	"ALTER $mapping (DROP access_key_id, SET access_key_secret '$secret')",
	"DROP USER MAPPING FOR CURRENT_USER SERVER tuya; CREATE $mapping (access_key_secret '$secret')")
{
	my $result = run_sql(@quiet, $ddl);

	like($result->{sqlstate}, qr/^HV0/, 'refused: ' . ($ddl =~ s/\Q$secret\E/.../r));
}

$node->stop;
my $log = slurp_file($node->logfile);

# The log and the client have what would have shown a secret.
like($log, qr/DEBUG: .*CommitTransaction/, 'the log is at level debug5');
like($log, qr/:fdw_private/, 'and has plans');
like($log, qr/Remote Keys/, "and auto_explain's") if $auto_explain;
like($log, qr/ERROR: .*"access_key_secert"/, 'and the errors of mappings');
like($seen, qr/DEBUG: /, 'so does the client');

my %forbidden = (
	'the secret' => qr/\Q$secret\E/,
	'a wrong secret' => qr/\Q$wrong\E/,
	'a signed URL' => qr/SignatureNonce|SignatureMethod|[?&]Action=|CurrentPage/,
	'a string to sign' => qr/GET&%2F&/,
	'a signature' => qr{Signature(=|%3D)|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{27}(=|%3D)});

# Shows the line of a leak, and not the whole of a log.
sub lacks
{
	my ($text, $what, $name) = @_;
	my ($leak) = $text =~ /^(.*$forbidden{$what}.*)$/m;

	return ok(!defined $leak, $name) || diag($leak);
}

foreach my $what (sort keys %forbidden)
{
	lacks($log, $what, "the log does not have $what");
	lacks($seen, $what, "clients do not see $what");
}

$sim->stop;
done_testing();
