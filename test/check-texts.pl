#!/usr/bin/perl
# check-texts.pl - what texts and comments name is there: documents; source files, in
# comments; and in src/README.md every room, and functions, as file:function.  What users
# read, README.md and src/doc/, has lines of at most 100 columns, links that lead somewhere, and
# contents that are its headings; src/doc/explain.md has each line that EXPLAIN shows.
# Prints what is wrong; run it at the top of the tree.
use strict;
use warnings;

use Encode qw(decode);
use File::Basename;
use File::Find;

# Those that others install.
my %foreign = map { $_ => 1 } qw(postgres.h curl.h);

my %files;
find({ no_chdir => 1, wanted => sub {
	$File::Find::prune = 1 if $_ eq './.git';
	$files{ s,^\./,,r } = 1 if -f $_ && !/\.(o|so|bc|a)$/;
} }, '.');
my $wrong = 0;

sub complain
{
	print "texts: @_\n";
	$wrong = 1;
	return;
}

sub slurp
{
	my ($file) = @_;
	open(my $in, '<:raw', $file) or die "$file: $!\n";
	local $/ = undef;
	return scalar <$in>;
}

# From the top of the tree, from where it is cited, or, as sources have it, from src/ or
# test/; without a folder it may be in any of theirs.
sub is_there
{
	my ($name, $cited_in, $anywhere) = @_;
	$name =~ s,^/,,;
	my $near = dirname($cited_in) . "/$name";
	return 1 if $files{$name} || -e $near || $files{"src/$name"} || $files{"test/$name"};
	return $anywhere && grep { m,^(src|test)/(.*/)?\Q$name\E$, } keys %files;
}

foreach my $file (sort keys %files)
{
	next if -s $file > 300_000 || -B $file;
	my $text = slurp($file);
	while ($text =~ m,([\w./-]+\.md)\b,g)
	{
		complain("$file cites $1, which is not there") unless is_there($1, $file, 0);
	}
	next unless $file =~ m,^(src|test)/.*\.[ch]$,;
	while ($text =~ m,(/\*.*?\*/),gs)
	{
		foreach my $name ($1 =~ m,(?<![\w./<"-])([a-z_][a-z_0-9/]*\.[ch])\b,g)
		{
			complain("$file cites $name, which is not there")
			  unless $foreign{$name} || is_there($name, $file, 1);
		}
	}
}

my $functions = 0;
my $readme = slurp('src/README.md');
while ($readme =~ m,\b([a-z_]+/[a-z_]+\.c):(\w+),g)
{
	my ($file, $function) = ($1, $2);
	$functions++;
	complain("src/README.md names $file:$function, which is not there")
	  unless $files{"src/$file"} && slurp("src/$file") =~ /^\Q$function\E\(/m;
}

complain("src/README.md names only $functions functions") if $functions < 40;

my $rooms = join ' ', sort $readme =~ m,^\| ([a-z_]+)/ \|,mg;
my $folders = join ' ', sort map { s,^src/,,r } grep { -d && $_ ne 'src/doc' } glob 'src/*';
complain("src/README.md has the rooms $rooms, src/ has $folders") unless $rooms eq $folders;

# A document without its code: blocks are gone, in a line each letter is an x.
sub prose
{
	my ($file) = @_;
	return slurp($file) =~ s/^ {4}.*//mgr =~ s/`([^`]+)`/'x' x length $1/ger;
}

# Headings of the second and third level, as links to them are written.
sub headings
{
	my ($file) = @_;
	my @texts = slurp($file) =~ /^###? (.*)/mg;
	return map { my $text = $_ =~ tr/`//dr; "[$text](#" . (lc $text =~ s/[^\w -]//gr =~ tr/ /-/r) . ')' } @texts;
}

sub check_links
{
	my ($file) = @_;
	foreach my $link (prose($file) =~ /\[[^\[\]]+\]\(([^()\s]+)\)/g)
	{
		next if $link =~ m,^https://,;
		my ($path, $anchor) = split /#/, $link;
		my $target = $path eq '' ? $file : dirname($file) . "/$path";
		complain("$file has a link to $link, which is not there")
		  unless -e $target && (!defined $anchor || grep { /\(#\Q$anchor\E\)$/ } headings($target));
	}
	return;
}

sub check_contents
{
	my ($file) = @_;
	my ($contents) = slurp($file) =~ /^Contents:(.*?)^## /ms or return complain("$file has no contents");
	my $told = join ' ', $contents =~ s/\s+/ /gr =~ /(\[[^\[\]]+\]\(#[^()]+\))/g;
	my $wanted = join ' ', headings($file);
	complain("the contents of $file are\n$told\nand its headings\n$wanted") unless $told eq $wanted;
	return;
}

foreach my $file ('README.md', glob 'src/doc/*.md')
{
	my @lines = split /\n/, decode('UTF-8', slurp($file));
	complain("$file:$_ has over 100 columns") foreach grep { length $lines[ $_ - 1 ] > 100 } 1 .. @lines;
	check_links($file);
	check_contents($file);
}

# What EXPLAIN shows.
my $explained = slurp('src/doc/explain.md');
my @shown = map { slurp($_) =~ /ExplainProperty\w+\("([^"]+)"/g } grep { m,^src/.*\.c$, } sort keys %files;
complain('only ' . @shown . ' lines of EXPLAIN are found in src/') if @shown < 10;
complain("src/doc/explain.md does not have EXPLAIN's line $_") foreach grep { index($explained, "`$_`") < 0 } @shown;

check_links($_) foreach 'src/README.md', grep { m,^test/.*README\.md$, } sort keys %files;

print "texts: what they name is there\n" unless $wrong;
exit $wrong;
