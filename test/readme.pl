#!/usr/bin/env perl
# The examples of README.md do what README.md says.
#
# usage: readme.pl [README.md [DATABASE]]
#
# Every ```sql block is run, in order, in one psql session; where the next block
# is ```text, it must be what psql prints, errors and notices included, down to
# the character (blanks at the ends of lines apart).  A block without such a
# text must raise no error.  The database must be empty; the server is found by
# the PG* variables.
use strict;
use warnings;

use File::Basename qw(dirname);
use IO::Handle;
use IPC::Open3 qw(open3);
use Test::More;

my $readme = shift // dirname(__FILE__) . '/../README.md';
my $database = shift // $ENV{PGDATABASE} // 'postgres';

# the fenced blocks as { language, line, text }
sub blocks
{
	my ($path) = @_;
	my (@blocks, $open);

	open my $file, '<:raw', $path or die "could not open $path: $!\n";
	while (my $line = <$file>)
	{
		if (!$open && $line =~ /^\s*(`{3,})\s*(\w*)/)
		{
			$open = { fence => $1, language => $2, line => $., text => '' };
		}
		elsif ($open && $line =~ /^\s*\Q$open->{fence}\E`*\s*$/)
		{
			push @blocks, $open;
			undef $open;
		}
		elsif ($open)
		{
			$open->{text} .= $line;
		}
	}
	die "$path: the block of line $open->{line} does not end\n" if $open;
	return @blocks;
}

sub trimmed
{
	my ($text) = @_;
	$text =~ s/[ \t\r]+$//mg;
	$text =~ s/\A\n+//;
	$text =~ s/\n+\z//;
	return "$text\n";
}

# One session for all.  Line by line, so that errors stand where they occur.
$ENV{PGOPTIONS} = '-c timezone=UTC';
my $pid = open3(my $in, my $out, undef, 'stdbuf', '-oL', 'psql', '-X', '-q', '-d', $database);
my $n = 0;
local $SIG{PIPE} = 'IGNORE';

sub answer_to
{
	my ($sql) = @_;
	my $mark = 'end of block ' . ++$n;
	my $answer = '';

	print $in $sql, "\n\\echo '$mark'\n";
	$in->flush;
	while (my $line = <$out>)
	{
		return $answer if $line eq "$mark\n";
		$answer .= $line;
	}
	BAIL_OUT("psql ended: $answer");
}

my @blocks = blocks($readme);
my $told = 0;

foreach my $i (0 .. $#blocks)
{
	my $block = $blocks[$i];
	my $next = $blocks[ $i + 1 ];

	next if $block->{language} ne 'sql';
	my $answer = answer_to($block->{text});
	my $name = "README.md, line $block->{line}";
	if ($next && $next->{language} eq 'text')
	{
		$told++;
		is(trimmed($answer), trimmed($next->{text}), $name);
	}
	else
	{
		unlike($answer, qr/^(?:ERROR|FATAL|PANIC):|^invalid command/m, "$name (no error)");
	}
}
close $in;
waitpid $pid, 0;
is($?, 0, 'psql ends well');
ok($told, 'some example shows its output');
done_testing();
