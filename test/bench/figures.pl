#!/usr/bin/perl
# figures.pl - the figures in README.md beside what the benchmarks print: all of its chapter
# of performance, and elsewhere those that have names.
#
#   figures.pl README.md BENCH.TSV...     which differ, and which no benchmark prints
#   figures.pl --names README.md SCRIPT...  without measuring: each has a name, of a line
#                                         that those scripts print
#
# Behind each table stands which line each row has its figures from, a row's number first:
#
#     <!-- figures
#     1: join of 1000 devices, 1 in flight
#     2: LEFT JOIN of 1000 devices, 32 in flight
#     2: NOT EXISTS of 1000 devices, 32 in flight
#     3: version: *
#     -->
#
# The star stands for a column's head.  All columns but the first have figures: of several
# lines those of its unit, `1.6 to 1.7 s` the least and the greatest of them.  A column
# `ideal` is compared with the ideal, what is `times` with the ratio, all else with what was
# measured.  In prose a line's name stands right behind: 1.7 s<!-- join of ... -->; there,
# what is in ms is no result but a latency.
#
# Counts and versions are to be the same, `at most` is a bound, all else may differ by 15 %.
use strict;
use warnings;

use constant TOLERANCE => 0.15;
use constant LEAST_S => 0.02;	# nobody minds

# By unit: its kind, and how many of the kind's it is.
my %unit = (
	s => [ time => 1 ], ms => [ time => 1e-3 ], us => [ time => 1e-6 ], 'µs' => [ time => 1e-6 ],
	kB => [ memory => 1 / 1024 ], MB => [ memory => 1 ],
	'%' => [ share => 1 ], times => [ times => 1 ],
	map { $_ => [ plain => 1 ] } '', '-', '1/s', qw(request requests connection connections));
my %counted = map { $_ => 1 } qw(requests connections);

my $number = qr/[0-9][0-9,]*(?:\.[0-9]+)?/;
my $names_only = @ARGV && $ARGV[0] eq '--names' && shift;
my ($readme, @sources) = @ARGV;
die "usage: figures.pl [--names] README.md TSV-OR-SCRIPT...\n" unless @sources;

my $compared = 0;
my $wrong = 0;

sub complain
{
	my ($line, $text) = @_;
	print "$readme:$line: $text\n";
	$wrong = 1;
	return;
}

sub lines_of
{
	my ($file) = @_;
	open(my $in, '<', $file) or die "$file: $!\n";
	chomp(my @lines = <$in>);
	return @lines;
}

# --- what is in the README ------------------------------------------------------

# Returns all lines, as number, text, and whether all figures in it want names.
sub numbered_lines
{
	my $n = 0;
	my @lines = map { [ ++$n, $_, scalar(/^## Performance$/ .. /^## (?!Performance$)/) ] } lines_of($readme);
	die "$readme has no chapter Performance\n" unless grep { $_->[2] } @lines;
	return @lines;
}

sub cells
{
	my ($row) = @_;
	return map { s/^\s+|\s+$//gr } split /\|/, $row =~ s/^\||\|\s*$//gr;
}

# figures_of_table ROWS NAMES - a figure for each cell, {line, text, names, is_ideal}
sub figures_of_table
{
	my ($rows, $names) = @_;
	my ($head, undef, @rows) = @$rows;
	my (undef, @heads) = cells($head->[1]);
	my @figures;
	for my $n (0 .. $#rows)
	{
		my ($line, $row) = @{ $rows[$n] };
		my (undef, @cells) = cells($row);
		my $names_of_row = delete $names->{ $n + 1 } // [];
		complain($line, 'the row has no name of a line') unless @$names_of_row;
		for my $column (grep { ($cells[$_] // '') ne '' } 0 .. $#heads)
		{
			my @names = map { s/\*$/$heads[$column]/r } @$names_of_row;
			push @figures, { line => $line, text => $cells[$column], is_ideal => $heads[$column] eq 'ideal', names => \@names };
		}
	}
	complain($head->[0], "the table has no row $_") for sort keys %$names;
	return @figures;
}

# Takes the names behind a table from the lines; returns {row => [name...]}, nothing if there
# are none.
sub take_names
{
	my ($lines) = @_;
	my %names;
	shift @$lines while @$lines && $lines->[0][1] eq '';
	return unless @$lines && $lines->[0][1] eq '<!-- figures';
	shift @$lines;
	while (@$lines && (my $entry = shift @$lines)->[1] ne '-->')
	{
		if ($entry->[1] =~ /^(\d+): (.+)$/) { push @{ $names{$1} }, $2 }
		else { complain($entry->[0], 'no number of a row, colon and name') }
	}
	return \%names;
}

# figures_of_prose LINE TEXT WANTED
sub figures_of_prose
{
	my ($line, $text, $wanted) = @_;
	my @figures;
	while ($text =~ /(?<![\w.])($number (?:s|µs|MB|kB|%|times|requests?))(?!\w)(?:<!-- (.+?) -->)?/g)
	{
		complain($line, "$1 has no name of a line") unless $2 || !$wanted;
		push @figures, { line => $line, text => $1, is_ideal => 0, names => [ $2 ] } if $2;
	}
	return @figures;
}

sub figures
{
	my @lines = numbered_lines();
	my @figures;
	while (my $entry = shift @lines)
	{
		if ($entry->[1] !~ /^\|/)
		{
			push @figures, figures_of_prose(@$entry);
			next;
		}
		my @rows = ($entry);
		push @rows, shift @lines while @lines && $lines[0][1] =~ /^\|/;
		my $names = take_names(\@lines);
		push @figures, figures_of_table(\@rows, $names) if $names;
		complain($entry->[0], 'the table has no names of lines') unless $names || !$entry->[2];
	}
	return @figures;
}

# --- what the benchmarks print --------------------------------------------------

# Returns {name => {value, unit, ideal, ratio}}.  A table without a head has the first three.
sub measured
{
	my %measured;
	for my $file (@sources)
	{
		my @lines = lines_of($file);
		my @columns = map { s/^what$/name/r =~ s/^measured$/value/r } split /\t/, $lines[0] // '';
		if (grep { $_ eq 'name' } @columns) { shift @lines }
		else { @columns = qw(name value unit) }
		for (@lines)
		{
			my %line;
			@line{@columns} = split /\t/;
			$measured{ $line{name} } = \%line;
		}
	}
	return \%measured;
}

# Returns patterns of the names that the scripts give to row and figure, and that their
# own functions pass on.
sub patterns
{
	my @patterns;
	for (map { lines_of($_) } @sources)
	{
		while (/\b(row|figure)\s+"((?:[^"\\]|\\.)+)"/g)
		{
			my ($command, $name) = ($1, $2);
			my @parts = map { quotemeta s/\\(.)/$1/gr } split /(?<!\\)\$(?:\{[^}]*\}|\w+)/, $name, -1;
			my $pattern = join('.*', @parts) . ($command eq 'figure' ? ': .+' : '');
			push @patterns, qr/^$pattern$/;
		}
	}
	return @patterns;
}

# --- comparing ------------------------------------------------------------------

# parse TEXT - the figures in a cell: {text, bound, least, most, unit}
sub parse
{
	my ($text) = @_;
	my @parsed;
	for my $part (split /, (?=at most |[0-9])/, $text)
	{
		return unless $part =~ /^(at most )?($number)(?: to ($number))?(?: (\S+)(?: throttled)?)?$/ && $unit{ $4 // '' };
		push @parsed, { text => $part, bound => !!$1, least => $2 =~ tr/,//dr, most => ($3 // $2) =~ tr/,//dr, unit => $4 // '' };
	}
	return @parsed;
}

# value_of LINE, FIGURE, PARSED - what a line has for it, in the figure's unit; nothing if
# it is of another kind
sub value_of
{
	my ($line, $figure, $parsed) = @_;
	my ($kind, $size) = @{ $unit{ $parsed->{unit} } };
	return $line->{ratio} if $kind eq 'times' && ($line->{ratio} // '-') ne '-';
	my $own = $unit{ $line->{unit} } or die "unit $line->{unit} of $line->{name} is not known\n";
	return unless $own->[0] eq $kind;
	return $line->{ $figure->{is_ideal} ? 'ideal' : 'value' } * $own->[1] / $size;
}

sub is_near
{
	my ($figure, $value, $parsed, $is_counted) = @_;
	return $figure == $value if $is_counted;
	my $allowed = TOLERANCE * $value;
	my ($kind, $size) = @{ $unit{ $parsed->{unit} } };
	$allowed = LEAST_S / $size if $kind eq 'time' && $allowed < LEAST_S / $size;
	return abs($figure - $value) <= $allowed + 1e-9;
}

# compare_one FIGURE PARSED LINES
sub compare_one
{
	my ($figure, $parsed, @lines) = @_;
	my @of_unit = grep { defined value_of($_, $figure, $parsed) } @lines;
	my @values = sort { $a <=> $b } map { value_of($_, $figure, $parsed) } @of_unit;
	my $is_counted = grep { $counted{ $_->{unit} } } @of_unit;
	my $is_right = !@values ? 0
	  : $parsed->{bound} ? $values[-1] <= $parsed->{most}
	  : is_near($parsed->{least}, $values[0], $parsed, $is_counted) && is_near($parsed->{most}, $values[-1], $parsed, $is_counted);
	my $has = @values ? join(' to ', map { sprintf '%.4g', $_ } @values[ @values > 1 ? (0, -1) : 0 ]) : 'nothing of that unit';
	complain($figure->{line}, "$parsed->{text}, and the benchmark has $has ($lines[0]{name})") unless $is_right;
	$compared++;
	return;
}

# A text that is no figure, a version's, is to be the same.
sub compare
{
	my ($figure, $measured) = @_;
	my @lines = map { $measured->{$_} // () } @{ $figure->{names} };
	for my $name (grep { !$measured->{$_} } @{ $figure->{names} })
	{
		complain($figure->{line}, "$figure->{text} is not printed by the benchmark: $name");
	}
	return unless @lines;
	my @parsed = $lines[0]{unit} eq '-' ? () : parse($figure->{text});
	compare_one($figure, $_, @lines) for @parsed;
	return if @parsed;
	complain($figure->{line}, "\"$figure->{text}\", and the benchmark has \"$lines[0]{value}\" ($lines[0]{name})") unless $figure->{text} eq $lines[0]{value};
	$compared++;
	return;
}

my @figures = figures();
if ($names_only)
{
	my @patterns = patterns();
	my %names = map { my $line = $_->{line}; map { $_ => $line } @{ $_->{names} } } @figures;
	for my $name (sort keys %names)
	{
		complain($names{$name}, "no benchmark prints $name") unless grep { $name =~ $_ } @patterns;
	}
}
else
{
	my $measured = measured();
	compare($_, $measured) for @figures;
}
printf "figures: %d in the README, %s\n", scalar @figures, $names_only ? 'each of a line that is printed' : "$compared as measured" unless $wrong;
exit $wrong;
