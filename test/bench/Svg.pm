# Svg.pm - what plot.pl and plot_peers.pl draw with, to stdout.
package Svg;
use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(begin_picture end_picture log_scale text line curve);

sub begin_picture
{
	my ($width, $height) = @_;
	print qq(<svg xmlns="http://www.w3.org/2000/svg" width="$width" height="$height" viewBox="0 0 $width $height" ),
		qq( font-family="sans-serif" font-size="12" fill="#303030">\n);
	print qq(<rect width="$width" height="$height" fill="white"/>\n);
	return;
}

sub end_picture
{
	print "</svg>\n";
	return;
}

# Returns what makes a place between two others of a value between two others.
sub log_scale
{
	my ($value_from, $value_to, $from, $to) = @_;
	return sub { return $from + ($to - $from) * log($_[0] / $value_from) / log($value_to / $value_from) };
}

sub text
{
	my ($x, $y, $anchor, $text, $more) = @_;
	printf qq(<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>\n), $x, $y, $anchor, $more // '', $text;
	return;
}

sub line
{
	my ($x1, $y1, $x2, $y2, $stroke) = @_;
	printf qq(<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>\n), $x1, $y1, $x2, $y2, $stroke;
	return;
}

# Points are pairs; each has a dot, if so wanted.
sub curve
{
	my ($colour, $more, $dot, @points) = @_;
	my $points = join ' ', map { sprintf '%.1f,%.1f', @$_ } @points;
	print qq(<polyline points="$points" fill="none" stroke="$colour" $more/>\n);
	printf qq(<circle cx="%.1f" cy="%.1f" r="%d" fill="%s"/>\n), @$_, $dot, $colour for $dot ? @points : ();
	return;
}

1;
