#!/usr/bin/env perl
# Mail files as rows for COPY ... FROM: file name, contents as bytea.
use strict;
use warnings;

for my $name (@ARGV)
{
	open my $file, '<:raw', $name or die "could not open $name: $!\n";
	local $/;
	print "$name\t\\\\x", unpack('H*', <$file> // ''), "\n";
}
