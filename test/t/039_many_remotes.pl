
# A session with more remotes than it has descriptors for: those that it does not use
# any more are given up.  And one whose caches are emptied all the time.

use strict;
use warnings FATAL => 'all';

use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TuyaNet;
use TuyaSession qw(descriptors);
use TuyaTest;

use constant ROLES => 400;

my $sim = TuyaTest::Sim->start;
my $node = tuya_node('many', $sim);
my $lookup = lookup_sql('ota_job', 'd:3');

$node->safe_psql('postgres', join ";\n", 'GRANT SELECT ON ota_job TO PUBLIC', map {
	"CREATE ROLE role_$_; GRANT USAGE ON FOREIGN SERVER tuya TO role_$_;
	 CREATE USER MAPPING FOR role_$_ SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret')"
} 1 .. ROLES);

# Each role asks; returns the most descriptors that there were.
sub go_through_roles
{
	my ($session, $roles) = @_;
	my $most = 0;

	foreach (1 .. $roles)
	{
		my $result = $session->run("SET ROLE role_$_; $lookup; RESET ROLE");

		BAIL_OUT("role_$_: $result->{text}") unless $result->{text} eq "3\n";
		$most = max($most, descriptors($session->pid));
	}
	return $most;
}

# --- by default, and with as few files as a server may have
foreach my $files (1000, 64)
{
	$node->append_conf('postgresql.conf', "max_files_per_process = $files");
	$node->restart;
	$sim->reset;
	my $session = TuyaSession->new($node);
	my $roles = $files == 1000 ? ROLES : 50;
	my $most = go_through_roles($session, $roles);

	is($sim->get('requests'), $roles, "$files files, $roles roles: each is answered by one request");
	cmp_ok($most, '<', $files / 2, "$files files: half of them are left ($most were used)");
	$sim->clear;
	go_through_roles($session, 3);
	is($sim->get('requests'), 3, "$files files: those that were given up are made anew");

	# all in use at once: a statement has what it needs
	if ($files == 64)
	{
		$node->safe_psql('postgres', join ";\n", map {
			"CREATE VIEW v$_ AS SELECT * FROM ota_job WHERE product_key = 'p'
				AND device_name = 'd$_:3' AND firmware_id = '1'; ALTER VIEW v$_ OWNER TO role_$_;
			 CREATE VIEW all_of_$_ AS SELECT * FROM ota_job; ALTER VIEW all_of_$_ OWNER TO role_$_"
		} 1 .. 12);
		is($session->rows('SELECT (SELECT count(*) FROM v1) + (SELECT count(*) FROM v2) + (SELECT count(*) FROM v3)'),
			9, 'several remotes in one statement');
		foreach my $remotes (2 .. 12)
		{
			my $all = join ' UNION ALL ', map { "TABLE all_of_$_" } 1 .. $remotes;
			$sim->clear;
			my $result = $session->run(lookup_sql("($all) jobs", 'd:3'));
			is("$result->{sqlstate} $result->{text}" . $sim->get('requests'), "00000 3\n$remotes",
				"$remotes remotes below one Append, which waits for all of them");
		}
	}
	$session->quit;
}

# --- fewer descriptors than PostgreSQL knows of: enough for another remote, but not for what
# it opens then
foreach my $spare (3 .. 8)
{
	my $session = TuyaSession->new($node);
	go_through_roles($session, 3);
	my %open = map { m{(\d+)$} ? ($1 => 1) : () } glob '/proc/' . $session->pid . '/fd/*';
	my ($limit, $free) = (0, 0);
	$free += !$open{ $limit++ } while $free < $spare || $open{$limit};
	system_or_bail('prlimit', '--pid', $session->pid, "--nofile=$limit:");
	my $result = $session->run("SET ROLE role_4; $lookup; RESET ROLE");
	is("$result->{sqlstate} $result->{text}", "00000 3\n", "$spare more descriptors: remotes that are not used make room");
	$session->quit;
}

# --- the caches are emptied whenever they are looked at
SKIP:
{
	skip('not built with assertions', 2) unless $node->safe_psql('postgres', 'SHOW debug_assertions') eq 'on';
	my $session = TuyaSession->new($node);

	$session->rows('SET debug_discard_caches = 1');
	is($session->rows($lookup), 3, 'debug_discard_caches = 1: a lookup');
	is($session->rows($lookup), 3, 'and another');
	$session->quit;
}

$sim->stop;
$node->stop;
done_testing();
