#!/usr/bin/perl
# check-meta.pl - META.json is as PGXN's specification 1.0.0 has it (https://pgxn.org/spec/),
# the files that it names are there, and all texts are of one version: META.json, the
# newest part of CHANGELOG.md and the name of a package in README.md of 1.2.3, the control
# file and the newest script of 1.2.
# Prints what is wrong; run it at the top of the tree.
use strict;
use warnings;

use JSON::PP;

my $semver = qr/[0-9]+\.[0-9]+\.[0-9]+(?:-[A-Za-z][0-9A-Za-z-]*)?/;
my $url = qr{https?://[^\s/]+(?:/\S*)?};
my $range = qr/(?:[<>]=?|[!=]=)?\s*$semver/;

my %license = map { $_ => 1 } qw(agpl_3 apache_1_1 apache_2_0 artistic_1 artistic_2 bsd freebsd
  gfdl_1_2 gfdl_1_3 gpl_1 gpl_2 gpl_3 lgpl_2_1 lgpl_3_0 mit mozilla_1_0 mozilla_1_1 openssl
  perl_5 postgresql qpl_1_0 ssleay sun zlib open_source restricted unrestricted unknown);

# What a value may be: a pattern for the whole of a string, a list of one kind, an object of
# these members (a name with ! must be there, * stands for any name), or a function.
my $text = qr/.*\S.*/s;
my $term = qr/[^\s\/\\[:cntrl:]]{2,}/;
my $modules = { '*' => qr/0|$range(?:\s*,\s*$range)*/ };
my $phase = { map { $_ => $modules } qw(requires recommends suggests conflicts) };
my $file = sub { return -f $_[0] ? '' : 'no such file' };

my $shape = {
	'name!' => $term,
	'version!' => $semver,
	'abstract!' => $text,
	'maintainer!' => [ qr/[^<>]*\S <[^\s@<>]+@[^\s@<>]+>/ ],
	'license!' => [ sub { return $license{ $_[0] } ? '' : 'no license that PGXN knows' } ],
	'provides!' => { '*' => { 'file!' => $file, 'version!' => $semver, docfile => $file, abstract => $text } },
	'meta-spec!' => { 'version!' => qr/1\.0\.0/, url => $url },
	description => $text,
	generated_by => $text,
	tags => [ qr/[^\/\\[:cntrl:]]{1,256}/ ],
	no_index => { file => [$text], directory => [$text] },
	prereqs => { map { $_ => $phase } qw(configure build test runtime develop) },
	release_status => qr/stable|testing|unstable/,
	resources => {
		homepage => $url,
		bugtracker => { web => $url, mailto => qr/[^\s@]+@[^\s@]+/ },
		repository => { url => qr/[a-z+]+:\/\/\S+/, web => $url, type => qr/[a-z]+/ },
	},
};

my $wrong = 0;

sub complain
{
	print "meta: @_\n";
	$wrong = 1;
	return;
}

sub slurp
{
	my ($name) = @_;
	open(my $in, '<:raw', $name) or die "$name: $!\n";
	local $/ = undef;
	return scalar <$in>;
}

# Whether an object has what it must have, and nothing else but what is its author's own.
sub check_object
{
	my ($where, $value, $members) = @_;
	return complain("$where is no object") unless ref $value eq 'HASH';
	foreach my $name (map { /(.*)!$/ } keys %$members)
	{
		complain("$where has no $name") unless exists $value->{$name};
	}
	foreach my $name (sort keys %$value)
	{
		my $kind = $members->{"$name!"} // $members->{$name} // $members->{'*'};
		if ($kind) { check("$where.$name", $value->{$name}, $kind); }
		elsif ($name !~ /^x_/i) { complain("$where has $name, which the specification has not"); }
	}
	return;
}

# check WHERE VALUE KIND - a list of one may stand without its brackets
sub check
{
	my ($where, $value, $kind) = @_;
	return check_object($where, $value, $kind) if ref $kind eq 'HASH';
	if (ref $kind eq 'ARRAY')
	{
		my @list = ref $value eq 'ARRAY' ? @$value : $value;
		complain("$where is empty") unless @list;
		check($where, $_, $kind->[0]) foreach @list;
		return;
	}
	return complain("$where is no text") if !defined $value || ref $value;
	my $why = ref $kind eq 'CODE' ? $kind->($value) : $value =~ /^(?:$kind)\z/ ? '' : 'not as it should be';
	complain("$where is \"$value\": $why") if $why;
	return;
}

# first FILE PATTERN - what the pattern's group first finds
sub first
{
	my ($name, $pattern) = @_;
	return slurp($name) =~ $pattern ? $1 : 'nothing';
}

sub check_versions
{
	my ($meta) = @_;
	my $version = $meta->{version} // '';
	my $short = $version =~ /^([0-9]+\.[0-9]+)\./ ? $1 : '';
	my $name = $meta->{name} // '';
	my @targets = sort { $a <=> $b } map { /--([0-9.]+)\.sql$/ } glob "sql/$name--*.sql";
	my %said = (
		'CHANGELOG.md' => [ $version, first('CHANGELOG.md', qr/^## ([^\s]+)/m) ],
		'README.md' => [ $version, first('README.md', qr/tuya-fdw_([0-9.]+)-1_/) ],
		"$name.control" => [ $short, first("$name.control", qr/^default_version *= *'(.*)'/m) ],
		'the newest of sql/' => [ $short, $targets[-1] // 'nothing' ],
		map { ("META.json's $_" => [ $version, $meta->{provides}{$_}{version} ]) } keys %{ $meta->{provides} },
	);
	foreach my $where (sort keys %said)
	{
		my ($wanted, $got) = @{ $said{$where} };
		complain("META.json is of version $version, $where of $got") unless $wanted eq $got;
	}
	return;
}

my $meta = eval { decode_json(slurp('META.json')) } or die "meta: META.json: $@";
check('META.json', $meta, $shape);
check_versions($meta);
print "meta: META.json is valid, and all is of version $meta->{version}\n" unless $wrong;
exit $wrong;
