#!/usr/bin/perl
# recipe.pl - the SQL of a recipe in src/doc/nodes.md, as it stands there for two nodes,
# made for so many.
#
#   recipe.pl DOCUMENT SECTION PLACE NODES [NODE]
#   recipe.pl DOCUMENT --check
#
# SECTION is how the section's title begins; PLACE is `node` (that of number NODE), `coordinator`
# or `ask`, which a block's first line says.  --check prints what the text has for its second node
# other than what it has for the first would make.
use strict;
use warnings;

my ($document, $section, $place, $nodes, $node) = @ARGV;

open(my $in, '<', $document) or die "$document: $!\n";
my $text = do { local $/ = undef; <$in> };

# The statements of a section's block for that place.
sub statements
{
	my ($title, $where) = @_;
	my ($part) = $text =~ /^## (\Q$title\E.*?)(?=^## |\z)/ms or die "no section \"$title\"\n";
	my $mark = $where eq 'node' ? 'on node1' : $where eq 'ask' ? 'ask' : 'on the coordinator';
	my ($block) = $part =~ /^    -- \Q$mark\E[^\n]*\n((?:    [^\n]*\n|\n(?=    ))+)/m or die "no block \"-- $mark\" in \"$title\"\n";
	$block =~ s/^    //mg;
	return split /(?<=;)\n\n/, $block;
}

# What a statement for the first of two nodes is for the nth of so many.
sub for_node
{
	my ($sql, $n, $of) = @_;
	$sql =~ s/node1/node$n/g;
	$sql =~ s/MODULUS 2, REMAINDER 0/'MODULUS ' . $of . ', REMAINDER ' . ($n - 1)/ge;
	return $sql;
}

# A statement that names both nodes lists them.
sub for_all
{
	my ($sql, $of) = @_;
	$sql =~ s/p0 '([^']*)', p1 '[^']*'/join ', ', map { "p$_ '" . ($1 =~ s,node1,'node' . ($_ + 1),er) . "'" } 0 .. $of - 1/e;
	return $sql;
}

sub on_coordinator
{
	my ($of, @sql) = @_;
	return map {
		my $sql = $_;
		/node1/ && /node2/ ? for_all($sql, $of) : /node1/ ? map({ for_node($sql, $_, $of) } 1 .. $of) : /node2/ ? () : $sql;
	} @sql;
}

# As sets, for one node's statements may stand together.
sub differences
{
	my ($title) = @_;
	my @there = statements($title, 'coordinator');
	my %made = map { s/\s+\z//r => 1 } on_coordinator(2, @there);
	my @odd = grep { !delete $made{ s/\s+\z//r } } @there;
	return map { "$title: $_\n" } @odd, keys %made;
}

if ($section eq '--check')
{
	my @found = map { differences($_) } $text =~ /^## (Set up[^\n]*|Recipe [^\n]*)/mg;
	print @found;
	exit(@found > 0);
}
my @sql = statements($section, $place);
print join("\n", $place eq 'coordinator' ? on_coordinator($nodes, @sql) : $place eq 'node' ? map({ for_node($_, $node, $nodes) } @sql) : @sql);
