#!/usr/bin/perl
# sign.pl ENDPOINT - signs requests for bare.c.  Reads keys, three parts and tabs
# between them, a line each; prints a URL a line, good for 15 minutes with the
# simulator.  Shares nothing with src/: src/README.md's signature, once more.
use strict;
use warnings;

use Digest::SHA qw(hmac_sha1_base64);
use POSIX qw(strftime);

my ($id, $secret) = ('testid', 'testsecret');

# The input is bytes, and so is what is encoded.
sub encoded
{
	my ($text) = @_;
	$text =~ s/([^A-Za-z0-9_.~-])/sprintf('%%%02X', ord($1))/ge;
	return $text;
}

sub signed_query
{
	my %parameter = @_;
	my $query = join '&', map { "$_=" . encoded($parameter{$_}) } sort keys %parameter;
	# without its padding, of which 20 bytes need one
	my $signature = hmac_sha1_base64('GET&%2F&' . encoded($query), "$secret&") . '=';
	return "$query&Signature=" . encoded($signature);
}

my $endpoint = shift or die "usage: sign.pl ENDPOINT <KEYS\n";
my $now = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime);

while (my $line = <STDIN>)
{
	chomp $line;
	my ($product_key, $device_name, $firmware_id) = split /\t/, $line;
	print "$endpoint?", signed_query(
		Action => 'ListOTAJobByDevice',
		ProductKey => $product_key,
		DeviceName => $device_name,
		FirmwareId => $firmware_id,
		CurrentPage => 1,
		PageSize => 100,
		AccessKeyId => $id,
		SignatureMethod => 'HMAC-SHA1',
		SignatureNonce => sprintf('%08x%024x', $$, $.),
		Timestamp => $now), "\n";
}
