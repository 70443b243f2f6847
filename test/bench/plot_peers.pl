#!/usr/bin/perl
# plot_peers.pl PEERS.TSV >PICTURE.SVG - time of a join, of tuya_fdw and of what else
# there is: over the number of devices, and over the latency of a reply.  Draws the
# figures `join of N devices, L ms: PEER` that peers.sh has left.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Svg qw(begin_picture end_picture log_scale text line curve);

my ($width, $height, $left, $gap, $top, $bottom) = (860, 420, 62, 62, 62, 86);
my $panel = ($width - $left - $gap - 20) / 2;
my ($y_min, $y_max) = (0.02, 100);
my $y_of = log_scale($y_min, $y_max, $height - $bottom, $top);

# In the order of the legend.
my @peers = (
	[ 'tuya_fdw', '#2060b0', 'stroke-width="3"' ],
	[ 'pgsql-http', '#b03030', 'stroke-width="2"' ],
	[ 'PL/Python', '#c08020', 'stroke-width="2"' ],
	[ 'Multicorn2', '#8040a0', 'stroke-width="2"' ],
	[ 'curl -Z', '#308040', 'stroke-width="2"' ],
	[ 'h2load', '#808080', 'stroke-width="2" stroke-dasharray="6 4"' ]);

# Returns {peer}{devices}{latency in ms}, in s.
sub read_joins
{
	my %joins;
	while (my $row = <>)
	{
		$joins{$3}{$1}{$2} = $4 if $row =~ /^join of (\d+) devices, (\d+) ms: (.*)\t([0-9.]+)\ts$/;
	}
	return \%joins;
}

sub draw_axes
{
	my ($x_of, $from, $to, $title, $below, @ticks) = @_;
	my $grid = 'stroke="#e0e0e0"';
	text(($x_of->($from) + $x_of->($to)) / 2, $top - 14, 'middle', $title, ' font-size="14" font-weight="bold"');
	for my $n (@ticks)
	{
		line($x_of->($n), $y_of->($y_min), $x_of->($n), $y_of->($y_max), $grid);
		text($x_of->($n), $height - $bottom + 18, 'middle', $n =~ s/(?<=\d)(?=(\d{3})+$)/,/gr);
	}
	for my $s (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
	{
		line($x_of->($from), $y_of->($s), $x_of->($to), $y_of->($s), $grid);
		text($x_of->($from) - 6, $y_of->($s) + 4, 'end', "$s s");
	}
	text(($x_of->($from) + $x_of->($to)) / 2, $height - $bottom + 36, 'middle', $below);
	return;
}

# draw_panel X, TITLE, BELOW, {peer}{x} - one of the two, from that place on
sub draw_panel
{
	my ($x, $title, $below, $times) = @_;
	my %all = map { $_ => 1 } map { keys %$_ } values %$times;
	my @ticks = sort { $a <=> $b } keys %all;
	my $x_of = log_scale($ticks[0], $ticks[-1], $x, $x + $panel);
	draw_axes($x_of, $ticks[0], $ticks[-1], $title, $below, @ticks);
	for my $peer (reverse grep { $times->{ $_->[0] } } @peers)
	{
		my $of = $times->{ $peer->[0] };
		curve($peer->[1], $peer->[2], 3, map { [ $x_of->($_), $y_of->($of->{$_}) ] } sort { $a <=> $b } keys %$of);
	}
	return;
}

sub draw_legend
{
	my ($joins) = @_;
	my $x = $left;
	for my $peer (grep { $joins->{ $_->[0] } } @peers)
	{
		line($x, $height - 18, $x + 26, $height - 18, qq(stroke="$peer->[1]" $peer->[2]));
		text($x + 32, $height - 14, 'start', $peer->[0], qq( fill="$peer->[1]"));
		$x += 130;
	}
	return;
}

my $joins = read_joins();
my $ours = $joins->{tuya_fdw} or die "plot_peers.pl: no joins in there\n";
# The number of devices of which there are most latencies, and the latency that others have too.
my ($devices) = sort { keys %{ $ours->{$b} } <=> keys %{ $ours->{$a} } || $a <=> $b } keys %$ours;
my ($latency) = map { keys %{ $ours->{$_} } } grep { $_ != $devices } keys %$ours;
my (%over_devices, %over_latency);
for my $peer (keys %$joins)
{
	my $of = $joins->{$peer};
	$over_latency{$peer} = $of->{$devices};
	$over_devices{$peer}{$_} = $of->{$_}{$latency} for keys %$of;
}

begin_picture($width, $height);
text($width / 2, 24, 'middle', 'Join of an inventory with the jobs of its devices', ' font-size="15" font-weight="bold"');
draw_panel($left, "a reply takes $latency ms", 'devices', \%over_devices);
draw_panel($left + $panel + $gap, ($devices =~ s/(?<=\d)(?=(\d{3})+$)/,/gr) . ' devices', 'latency of a reply, ms', \%over_latency);
draw_legend($joins);
end_picture();
