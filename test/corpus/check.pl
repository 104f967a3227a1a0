#!/usr/bin/env perl
# What bounce_parse() says about our own sample messages, against expected.tsv.
#
# usage: check.pl [DATABASE]
#
# One test a message.  Each is read as bytea from a table, once compressed and
# once not, and also as text where its bytes are valid text; all must agree.
# The server is found by the PG* variables; the database must have the extension.
use strict;
use warnings;

use Encode ();
use File::Basename qw(dirname);
use JSON::PP ();
use Test::More;

my $database = shift // $ENV{PGDATABASE} // 'postgres';
my $here = dirname(__FILE__);
my $utf8 = Encode::find_encoding('UTF-8');

binmode $_, ':encoding(UTF-8)'
  foreach Test::More->builder->output, Test::More->builder->failure_output,
  Test::More->builder->todo_output;

sub contents
{
	my ($path) = @_;
	open my $file, '<:raw', $path or die "could not open $path: $!\n";
	local $/;
	return <$file> // '';
}

# expected.tsv as path => [ { column => value }, ... ], in order
sub expectations
{
	my (%expected, @order);
	my ($head, @lines) =
	  split /\n/, $utf8->decode(contents("$here/expected.tsv"), Encode::FB_CROAK);
	my @columns = split /\t/, $head;

	foreach my $line (@lines)
	{
		my @cells = split /\t/, $line, -1;
		my %row;
		die "expected.tsv: not as many cells as columns: $line\n" if @cells != @columns;
		@row{@columns} = @cells;
		push @order, $row{path} if !$expected{ $row{path} };
		push @{ $expected{ $row{path} } }, \%row;
		die "expected.tsv: $row{path}: n is not counted up\n"
		  if $row{n} != @{ $expected{ $row{path} } };
	}
	return (\%expected, \@order);
}

# Is it valid text, as far as a UTF-8 server is concerned?
sub is_text
{
	my ($raw) = @_;
	return $raw !~ /\0/ && defined eval { $utf8->decode($raw, Encode::FB_CROAK) };
}

# path => form => [ row, ... ] as the server sees it
sub parse_all
{
	my ($messages) = @_;
	my $script = "$ENV{HOME}/corpus-check.$$.sql";
	my %result;

	open my $sql, '>:raw', $script or die "could not write $script: $!\n";
	print $sql "CREATE TEMP TABLE message (path text, is_text boolean, raw bytea, plain bytea);\n",
	  "ALTER TABLE message ALTER plain SET STORAGE EXTERNAL;\n",
	  "COPY message FROM STDIN;\n";
	foreach my $path (sort keys %$messages)
	{
		my $hex = unpack 'H*', $messages->{$path};
		print $sql join("\t",
			$path, is_text($messages->{$path}) ? 't' : 'f',
			"\\\\x$hex", "\\\\x$hex"), "\n";
	}
	print $sql "\\.\n";
	my %source = (
		'bytea' => 'bounce_parse(raw)',
		'bytea, not compressed' => 'bounce_parse(plain)',
		'text' => q{bounce_parse(CASE WHEN is_text THEN convert_from(raw, 'UTF8') END)});
	foreach my $form (sort keys %source)
	{
		my $where = $form eq 'text' ? 'WHERE is_text' : '';
		print $sql "SELECT jsonb_build_object('path', path, 'form', '$form', 'rows',\n",
		  "\t(SELECT coalesce(jsonb_agg(r), '[]') FROM $source{$form} r)) FROM message $where;\n";
	}

	# what is logged holds all that the verdict was made of
	print $sql "CREATE TEMP TABLE inbound (raw bytea);\n",
	  "CREATE TRIGGER inbound AFTER INSERT ON inbound REFERENCING NEW TABLE AS inserted\n",
	  "\tFOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw');\n",
	  "INSERT INTO inbound SELECT raw FROM message;\n",
	  "SELECT jsonb_build_object('path', '', 'form', 'judged otherwise', 'rows',\n",
	  "\t(SELECT coalesce(jsonb_agg(r), '[]') FROM (SELECT e.address, e.rule AS old_rule, v.rule FROM bounce_event e,\n",
	  "\tbounce_judge(concat_ws(' ', e.reply_code, e.status), e.diagnostic, e.remote_mta, e.command,\n",
	  "\tcoalesce(e.final_recipient, e.address), e.format IS NOT NULL) v WHERE e.kind = 'bounce'\n",
	  "\tAND (v.class, v.reason, v.instant, v.rule) <> (e.class, e.reason, e.instant, e.rule)) r));\n";
	close $sql or die "could not write $script: $!\n";

	open my $psql, '-|:raw', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-f', $script
	  or die "could not run psql: $!\n";
	my $json = JSON::PP->new->utf8;
	while (my $line = <$psql>)
	{
		my $object = $json->decode($line);
		$result{ $object->{path} }{ $object->{form} } = $object->{rows};
	}
	close $psql or die "psql failed\n";
	unlink $script;
	return \%result;
}

# What differs between a row and its line of expected.tsv.
sub differences
{
	my ($want, $row) = @_;
	my @found;

	foreach my $column (grep { !/^(path|n|note)$/ } sort keys %$want)
	{
		my ($expected, $got) = ($want->{$column}, $row->{$column});
		my $same;

		next if $expected eq '?';
		if (!exists $row->{$column})
		{
			push @found, "$column: bounce_report has no such column";
			next;
		}
		if ($expected eq '-')
		{
			$same = !defined $got;
		}
		elsif ($column eq 'diagnostic')
		{
			$same = defined $got && index($got, $expected) >= 0;
		}
		else
		{
			(my $bare = $expected) =~ s/^<(.*)>$/$1/ if $column eq 'original_message_id';
			$same = defined $got && $got eq ($bare // $expected);
		}
		next if $same;
		push @found, sprintf '%s: want %s, got %s', $column,
		  $expected eq '-' ? 'NULL' : "\"$expected\"",
		  defined $got ? "\"$got\"" : 'NULL';
	}
	push @found, "(rule $row->{rule}, diagnostic \"" . ($row->{diagnostic} // '') . '")'
	  if @found && defined $row->{rule};
	return @found;
}

# Where two lists of rows are not the same.
sub unlike_rows
{
	my ($rows, $others) = @_;
	my $canonical = JSON::PP->new->canonical->allow_nonref;
	my @found;

	return sprintf '%d rows instead of %d', scalar @$others, scalar @$rows if @$rows != @$others;
	foreach my $i (0 .. $#$rows)
	{
		foreach my $column (sort keys %{ $rows->[$i] })
		{
			my ($one, $other) = map { $canonical->encode($_->[$i]{$column}) } $rows, $others;
			push @found, "$column of row " . ($i + 1) . ": $other instead of $one" if $one ne $other;
		}
	}
	return @found;
}

my ($expected, $order) = expectations();
my %messages = map { $_ => contents("$here/messages/$_") } @$order;
my $result = parse_all(\%messages);

foreach my $path (@$order)
{
	my @want = grep { $_->{kind} ne 'none' } @{ $expected->{$path} };
	my $forms = $result->{$path};
	my @got = @{ $forms->{bytea} };
	my @found;

	push @found, sprintf 'want %d rows, got %d%s', scalar @want, scalar @got,
	  join '', map { "\n  " . join ' ', map { $_ // 'NULL' } @$_{qw(kind recipient class reason)} } @got
	  if @want != @got;
	foreach my $i (0 .. ($#want < $#got ? $#want : $#got))
	{
		push @found, map { @want > 1 ? "row " . ($i + 1) . ": $_" : $_ }
		  differences($want[$i], $got[$i]);
	}
	foreach my $form (sort grep { $_ ne 'bytea' } keys %$forms)
	{
		push @found, map { "read as $form: $_" } unlike_rows(\@got, $forms->{$form});
	}
	ok(!@found, $path) or diag(join "\n", map { "  $_" } @found);
}

my @otherwise = map { "$_->{address}: $_->{old_rule} is $_->{rule}" }
  @{ $result->{''}{'judged otherwise'} };
is("@otherwise", '', 'what is logged is judged in the same way again');

# a message that nobody expects anything of is a mistake
opendir my $directory, "$here/messages" or die "could not read $here/messages: $!\n";
my @forgotten = grep { /\.eml$/ && !$expected->{$_} } sort readdir $directory;
is("@forgotten", '', 'every message has a line in expected.tsv');

done_testing();
