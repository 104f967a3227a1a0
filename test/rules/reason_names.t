#!/usr/bin/env perl
# What src/rules/reason_names.pl refuses: names without a reason, and a reason
# without names.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use Test::More;

my $rules = dirname(__FILE__) . '/../../src/rules';

# Run it over the names as a change leaves them.
sub compile
{
	my ($change) = @_;
	my $dir = tempdir(CLEANUP => 1);

	copy("$rules/reasons.tsv", $dir) or die "could not copy: $!\n";
	open my $in, '<', "$rules/reason_names.tsv" or die;
	my @lines = <$in>;
	close $in;
	$change->(\@lines);
	open my $out, '>', "$dir/reason_names.tsv" or die;
	print $out @lines;
	close $out;
	my $said = `perl '$rules/reason_names.pl' '$dir' 2>&1`;
	return ($? >> 8, $said);
}

my ($status, $said) = compile(sub { });
ok($status == 0 && $said =~ /^CREATE VIEW/m, 'the names as they are pass');

foreach my $case (
	['a reason without names', sub { pop @{ $_[0] } }],
	['names for a reason that is none', sub { push @{ $_[0] }, "firm" . "\t" x 11 . "\n" }],
	['names for a reason that has some', sub { push @{ $_[0] }, $_[0][-1] }],
	['reasons in another order', sub { @{ $_[0] }[ -1, -2 ] = @{ $_[0] }[ -2, -1 ] }],
	['a missing field', sub { $_[0][-1] =~ s/\t// }],
	['a name that is SQL', sub { $_[0][-1] =~ s/\tdelivered/\tdeliver'ed/ }],
	['a code that is no number', sub { s{\t90\t}{\tninety\t} foreach @{ $_[0] } }])
{
	my ($what, $change) = @$case;

	($status, $said) = compile($change);
	ok($status == 1 && $said =~ /reason_names\.tsv:[0-9]+: / && $said !~ /CREATE/, $what)
	  or diag("status $status, said: $said");
}

done_testing();
