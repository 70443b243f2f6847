#!/usr/bin/perl
# plot.pl BENCH.TSV >PICTURE.SVG - time of a join over requests in flight: measured,
# ideal, and without lookahead.  Draws what the group `inflight` of run.sh has left
# in the table, brought to a thousand devices; an empty picture if it did not run.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Svg qw(begin_picture end_picture log_scale text line curve);

my ($devices, $latency_s) = (1000, 0.05);
my ($width, $height, $left, $right, $top, $bottom) = (640, 400, 70, 30, 50, 50);
my ($x_min, $x_max, $y_min, $y_max) = (1, 128, 0.2, 100);
my $x_scale = log_scale($x_min, $x_max, $left, $width - $right);
my $y_scale = log_scale($y_min, $y_max, $height - $bottom, $top);

sub x_of
{
	my ($in_flight) = @_;
	return $x_scale->($in_flight);
}

sub y_of
{
	my ($seconds) = @_;
	return $y_scale->($seconds);
}

# Returns the ratio of each measured number in flight, and that of no lookahead.
sub read_ratios
{
	my (%ratio, $serial);
	while (my $row = <>)
	{
		chomp $row;
		my ($group, $what, $in_flight, $unit, $measured, $ideal) = split /\t/, $row;
		next if $group ne 'inflight';
		if ($what =~ /lookahead off/) { $serial = $measured / $ideal }
		else { $ratio{$in_flight} = $measured / $ideal }
	}
	return ($serial, %ratio);
}

sub ideal_s
{
	my ($in_flight) = @_;
	return $devices * $latency_s / $in_flight;
}

sub draw_axes
{
	my $grid = 'stroke="#e0e0e0"';
	for my $n (1, 2, 4, 8, 16, 32, 64, 128)
	{
		line(x_of($n), y_of($y_min), x_of($n), y_of($y_max), $grid);
		text(x_of($n), $height - $bottom + 18, 'middle', $n);
	}
	for my $s (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
	{
		line(x_of($x_min), y_of($s), x_of($x_max), y_of($s), $grid);
		text($left - 8, y_of($s) + 4, 'end', "$s s");
	}
	text($width / 2, 24, 'middle', 'Join of 1,000 devices, each answer takes 50 ms', ' font-size="15" font-weight="bold"');
	text(($left + $width - $right) / 2, $height - 10, 'middle', 'requests in flight (concurrency)');
}

sub label
{
	my ($text, $in_flight, $seconds, $colour) = @_;
	text(x_of($in_flight), y_of($seconds), 'middle', $text, qq( fill="$colour"));
}

sub draw_serial
{
	my $s = ideal_s(1) * shift;
	line(x_of(1), y_of($s), x_of(128), y_of($s), 'stroke="#b03030" stroke-width="2"');
	label(sprintf('without lookahead, at any number: %.0f s', $s), 32, $s * 1.2, '#b03030');
}

sub draw_measured
{
	my %ratio = @_;
	my @numbers = sort { $a <=> $b } keys %ratio;
	curve('#2060b0', 'stroke-width="2"', 4, map { [ x_of($_), y_of(ideal_s($_) * $ratio{$_}) ] } @numbers);
	for my $n (@numbers)
	{
		my $s = ideal_s($n) * $ratio{$n};
		text(x_of($n) - 9, y_of($s) + 14, 'end', sprintf($s < 10 ? '%.2f s' : '%.1f s', $s), ' fill="#2060b0"') if $n > 1;
	}
	label('tuya_fdw', 2, ideal_s(2) / 1.9, '#2060b0');
}

my ($serial, %ratio) = read_ratios();
begin_picture($width, $height);
draw_axes();
line(x_of(1), y_of(ideal_s(1)), x_of(128), y_of(ideal_s(128)), 'stroke="#808080" stroke-width="2" stroke-dasharray="6 4"');
label('ideal: 50 s / in flight', 64, ideal_s(64) * 2.2, '#808080');
draw_serial($serial) if $serial;
draw_measured(%ratio) if %ratio;
end_picture();
