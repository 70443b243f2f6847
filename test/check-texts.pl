#!/usr/bin/perl
# check-texts.pl - what texts and comments name is there: documents; source files, in
# comments; and in src/README.md every room, and functions, as file:function.
# Prints what is wrong; run it at the top of the tree.
use strict;
use warnings;

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
my $folders = join ' ', sort map { s,^src/,,r } grep { -d } glob 'src/*';
complain("src/README.md has the rooms $rooms, src/ has $folders") unless $rooms eq $folders;

print "texts: what they name is there\n" unless $wrong;
exit $wrong;
