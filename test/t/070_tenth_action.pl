
# A tenth action is a file in src/api/actions/ and a row in the simulator's test/sim/actions.c, and
# touches no other: in a copy of the tree it has a table that IMPORT makes, its keys, its pages, its
# hints, and joins that overlap, all as the nine have them.

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use FindBin;
use lib $FindBin::RealBin;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaTest;

my $root = $ENV{TUYA_ROOT} || abs_path(dirname(__FILE__) . '/../..');
my $copy = PostgreSQL::Test::Utils::tempdir();
my @tree = qw(Makefile META.json tuya_fdw.control src sql test/sim);

# --- the two files

mkdir "$copy/test" or die "$copy/test: $!";
foreach my $part (@tree)
{
	system_or_bail('cp', '-a', "$root/$part", "$copy/$part");
}
system_or_bail('cp', "$root/test/actions/ota_version.c", "$copy/src/api/actions/");

my $actions = "$copy/test/sim/actions.c";
my $text = slurp_file($actions);
$text =~ s/^(const Action actions\[\] = \{\n)/<<'C'/me or BAIL_OUT('the table of actions is not where it was');
static const Field version_fields[] = {
	FIELD("destVersion", FORM_TEXT, Firmware, version),
	FIELD("firmwareName", FORM_TEXT, Firmware, name),
	FIELD("firmwareSize", FORM_NUMBER, Firmware, size),
	FIELD("utcCreate", FORM_ISO, Firmware, created),
	FIELDS_END
};

const Action actions[] = {
	{
		.name = "ListOTAVersionByProduct",
		.parameters = {{"ProductKey", NEED_REQUIRED}},
		.page_size_max = 30,.list = {"data", "simpleOTAVersion"},.id = "destVersion",
		.fields = version_fields,.count = firmware_count,.make = firmware_row,
	},
C
unlink $actions;
append_to_file($actions, $text);

# What was built from the sources as they are is built again where they differ.
unlink "$copy/src/api/action.o", "$copy/tuya_fdw.so", "$copy/test/sim/actions.o", "$copy/test/sim/tuya_sim";
my @touched = sort grep { /\.(c|h|sql|json|control)$|Makefile$/ && !/\.o$/ }
  map { /^Only in \Q$copy\E\/?(.*): (.*)$/ ? "$1/$2" : /^Files .* and \Q$copy\E\/(\S+) differ$/ ? $1 : () }
  map { split /\n/, qx(diff -rq "$root/$_" "$copy/$_") } @tree;
is("@touched", 'src/api/actions/ota_version.c test/sim/actions.c', 'a tenth action is one file in src/ and one of the simulator');

run_log([ 'make', '-s', '-C', $copy, 'with_llvm=no' ]) or BAIL_OUT('the extension cannot be built');
run_log([ 'make', '-s', '-C', "$copy/test/sim" ]) or BAIL_OUT('the simulator cannot be built');

# --- its table

{
	no warnings 'redefine';
	*TuyaTest::sim_path = sub { return "$copy/test/sim/$_[0]" };
}
my $sim = TuyaTest::Sim->start;
$sim->set(fleet_products => 20, fleet_firmware => 65);

my $node = PostgreSQL::Test::Cluster->new('tenth');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
my $script = slurp_file("$root/sql/tuya_fdw--1.0.sql");
$script =~ s/MODULE_PATHNAME/$copy\/tuya_fdw/g;
$script =~ s/^\\.*//mg;
my $server = option_list(endpoint => $sim->endpoint, ca_file => $sim->ca_file);
$node->safe_psql(
	'postgres', qq{
	$script;
	CREATE SERVER tuya FOREIGN DATA WRAPPER tuya_fdw $server;
	CREATE USER MAPPING FOR CURRENT_USER SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
	IMPORT FOREIGN SCHEMA ota FROM SERVER tuya INTO public;
});
is($node->safe_psql('postgres', "SELECT count(*), string_agg(relname, '' ORDER BY relname) FILTER (WHERE relname = 'ota_version') FROM pg_class WHERE relkind = 'f'"),
	'10|ota_version', 'IMPORT makes ten tables');
is($node->safe_psql('postgres', "SELECT string_agg(attname || ' ' || format_type(atttypid, -1) || coalesce(' ' || col_description(attrelid, attnum), ''), ', ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = 'ota_version'::regclass AND attnum > 0"),
	'product_key text ProductKey that was asked for, dest_version text destVersion: version to which it updates, '
	  . 'firmware_name text firmwareName: name of the firmware, firmware_size bigint firmwareSize: bytes of the firmware, '
	  . 'utc_create timestamp with time zone utcCreate: when it was created',
	'with its columns and their comments');

my $columns = 'product_key, dest_version, firmware_name, firmware_size, utc_create';
$sim->clear;
same_rows($node, "SELECT $columns FROM ota_version WHERE product_key = 'fleet3'", "SELECT $columns FROM ota_firmware WHERE product_key = 'fleet3'", 'it has the rows');
is($sim->get('requests'), 4, 'in pages of its greatest size');
$sim->clear;
$sim->set(hold_until_in_flight => 16, hold_ms => 20_000);
same_rows($node, "SELECT p.product_name, v.* FROM product p JOIN ota_version v USING (product_key)",
	"SELECT p.product_name, f.product_key, f.dest_version, f.firmware_name, f.firmware_size, f.utc_create FROM product p JOIN ota_firmware f ON f.product_key = p.product_key", 'joined with another');
is($sim->get('max_in_flight'), 16, 'its requests overlap');
$sim->reset;
$sim->set(fleet_products => 20, fleet_firmware => 65);
is($node->safe_psql('postgres', "SELECT count(*) FROM ota_version WHERE product_key = 'fleet3'"), 65, 'count(*)');
is($sim->get('requests'), 1, 'is its total');

my (undef, undef, $stderr) = $node->psql('postgres', 'SELECT * FROM ota_version');
like($stderr, qr/foreign table "ota_version" needs a value for product_key/, 'a key that is missing is told');
$sim->set(lie_total => '+1');
(undef, undef, $stderr) = $node->psql('postgres', "SELECT * FROM ota_version WHERE product_key = 'fleet3'");
like($stderr, qr/pages.*do not add up.*versions/s, 'pages that do not add up are told by its nouns');

$sim->stop;
$node->stop;
done_testing();
