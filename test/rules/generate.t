#!/usr/bin/env perl
# What src/rules/generate.pl and src/rules/compile_rules.c refuse: each mistake
# stops the build and is told with its file, and nothing is written.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use Test::More;

my $source = abs_path(dirname(__FILE__) . '/../../src');
my $rules = "$source/rules";

my $compiler = join ' ', "$rules/compile_rules.c",
  map { "$rules/../core/$_.c" } split ' ', `cat '$rules/compiler_core'`;

# Run both over the rules with one more line in one of the files.
sub generate
{
	my ($file, $line) = @_;
	my $dir = tempdir(CLEANUP => 1);

	mkdir "$dir/out" or die;
	foreach my $path (glob "$rules/*.tsv")
	{
		copy($path, $dir) or die "could not copy $path: $!\n";
	}
	if (defined $file)
	{
		open my $out, '>>', "$dir/$file" or die;
		print $out join("\t", @$line), "\n";
		close $out;
	}
	my $said = `perl '$rules/generate.pl' '$dir' '$dir/out' 2>&1`;
	return ($? >> 8, $said, scalar(() = glob "$dir/out/*"), '') if $? != 0;

	my $version = version("$dir/out");
	$said .= `cd '$dir' && cc -std=gnu99 -O0 -I'$source' -o compile_rules $compiler out/*.c 2>&1`;
	$said .= `cd '$dir' && ./compile_rules '$dir' 2>&1 >out/rule_tables.c`;
	my $status = $? >> 8;
	unlink glob "$dir/out/*" if -z "$dir/out/rule_tables.c";
	return ($status, $said, scalar(() = glob "$dir/out/*"), $version);
}

# The version of the rules that it has written.
sub version
{
	my ($dir) = @_;

	open my $in, '<', "$dir/code_tables.c" or return '';
	my ($version) = map { /bounce_rules_version_text\[\] = "(.*)"/ } <$in>;
	close $in;
	return $version;
}

my ($status, $said, $files, $version) = generate();
is("$status $said", '0 ', 'the rules as they are pass');
is($files, 5, 'and give five files');
like($version, qr/^[0-9a-f]{8}$/, 'and a version');

# id, reason, instant, phrase, code, host, stage, rank, example
my @rule = ('policy.test', 'policy', '', 'a phrase of the test', '', '', '', '', '550 a phrase of the test');

is((generate('rules.tsv', ['# a comment']))[3], $version, 'a comment is no other version');
isnt((generate('rules.tsv', \@rule))[3], $version, 'one rule more is another version');

foreach my $case (
	['a reason that is none', 'rules.tsv', 1 => 'polcy'],
	['a phrase that is empty', 'rules.tsv', 3 => ''],
	['a phrase of another rule', 'rules.tsv', 3 => 'user is stuffed'],
	['one way to read a phrase of another rule', 'rules.tsv', 3 => '(a test|user is) stuffed'],
	['a bracket that is not opened', 'rules.tsv', 3 => '(a phrase|a word) of the test]'],
	['a gap at an end', 'rules.tsv', 3 => '.. a phrase of the test'],
	['a word that is never found', 'rules.tsv', 3 => 'a phrase of the test 550'],
	['an example of another reason', 'rules.tsv', 8 => '552 5.2.2 out of storage space and inactive, a phrase of the test'],
	['an example without the phrase', 'rules.tsv', 8 => '550 5.7.1 refused by policy'],
	['a rule that can never win', 'rules.tsv', undef,
		['policy.test', 'policy', '', 'blocked by policy rules', '', '', '', '-4', '554 blocked by policy rules', '']],
	['an id that is taken', 'rules.tsv', 0 => 'user_unknown.no_such_user'],
	['a code that is none', 'rules.tsv', 4 => '9.1.1'],
	['a stage that is none', 'rules.tsv', 6 => 'RCTP'],
	['a rank that is none', 'rules.tsv', 7 => '9'],
	['a missing example', 'rules.tsv', 8 => ''],
	['a class that is none', 'reasons.tsv', undef,
		[qw(test firm no hard address meaning)]],
	['a reason that is there twice', 'reasons.tsv', undef,
		[qw(user_unknown hard yes hard address meaning)]],
	['a code that is there twice', 'codes.tsv', undef, ['5.1.1', '', '', '', 'user_unknown', '']],
	['a stage phrase without an example', 'stages.tsv', undef, ['RCPT', 'in the test', '']])
{
	my ($what, $file, $column, $value) = @$case;
	my @line = @rule;

	if (defined $column)
	{
		$line[$column] = $value;
	}
	else
	{
		@line = @$value;
	}
	($status, $said, $files) = generate($file, \@line);
	ok($status == 1 && $said =~ /\Q$file\E:[0-9]+: / && $files == 0, $what)
	  or diag("status $status, $files files, said: $said");
}

done_testing();
