#!/usr/bin/env perl
# The same words get the same verdict in every database, whatever its locale and
# encoding; and whatever comes out is text of that encoding.
#
# usage: same_answers.pl
#
# Texts are the examples of the built-in rules and, made from them, some thousand
# that nobody wrote, with control characters, too; beside ASCII in Latin and Japanese letters, where a database
# has them, and the rest.  A database of SQL_ASCII holds the octets of UTF-8.  The
# server is found by the PG* variables and must know the locale tr_TR.UTF-8.
use strict;
use warnings;
use utf8;

use Encode qw(decode encode encode_utf8);
use FindBin qw($RealBin);
use lib $RealBin;
use Session;
use Test::More;

# the sets of texts that each one has, beside those of ASCII
my @databases = (
	{ name => 'c', with => q{ENCODING 'UTF8' LOCALE 'C'}, sets => [qw(latin japanese rest)] },
	{ name => 'turkish', with => q{ENCODING 'UTF8' LOCALE 'tr_TR.UTF-8'}, sets => [qw(latin japanese rest)] },
	{
		name => 'turkish_icu',
		with => q{ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'},
		sets => [qw(latin japanese rest)]
	},
	{ name => 'latin1', with => q{ENCODING 'LATIN1' LOCALE 'C'}, sets => [qw(latin)] },
	{ name => 'euc_jp', with => q{ENCODING 'EUC_JP' LOCALE 'C'}, sets => [qw(japanese)] },
	{ name => 'sql_ascii', with => q{ENCODING 'SQL_ASCII' LOCALE 'C'}, sets => [qw(latin japanese rest)] });

my $made = 3000;
my %letters = (
	ascii => [ map { chr } ord("\t"), ord("\n"), ord("\r"), 32 .. 126 ],
	control => [ map { chr } 1 .. 8, 11, 12, 14 .. 31, 127 ],
	latin => [ map { chr } 0xA0 .. 0xFF ],
	japanese => [ map({ chr } 0x3041 .. 0x3093, 0x30A1 .. 0x30F6, 0xFF66 .. 0xFF9D), split //, '宛先不明利用容量受信拒否、。' ],
	rest => [
		map { chr } 0x80 .. 0x9F, 0x130, 0x131, 0x17F, 0x1E9E, 0x2028, 0x202E, 0x212A, 0x300, 0x345,
		0xFB01, 0xFDFA, 0xFEFF, 0xFFFD, 0x1F4EA, 0x10FFFD
	]);

sub one_of
{
	return $_[ int rand @_ ];
}

# Pieces of examples, cut and joined, with letters put in.
sub make_text
{
	my ($examples, $letters) = @_;
	my $text = '';

	foreach (0 .. int rand 3)
	{
		my $piece = one_of(@$examples);
		$piece = substr $piece, int rand length $piece, int rand length $piece if rand() < 0.3;
		$piece = uc $piece if rand() < 0.2;
		$text .= (rand() < 0.5 ? ' ' : '') . $piece;
	}
	substr($text, int rand length $text, int rand 2) = one_of(@$letters) foreach 0 .. int rand 4;
	return $text;
}

# set => [ [ id, code, diagnostic, host, command ], ... ]
sub make_texts
{
	my @examples = @_;
	my @ascii = grep { /\A[\x01-\x7F]*\z/ } @examples;
	my %texts;

	foreach my $set (sort keys %letters)
	{
		my @mine = $set =~ /^(ascii|control)$/ ? @ascii
		  : $set eq 'latin' ? grep({ /\A[\x01-\x7F\xA0-\xFF]*\z/ } @examples)
		  : $set eq 'japanese' ? grep({ /[ぁ-ん]/ && /\A[\x01-\x7Fぁ-んァ-ヶ一-龠ー、。]*\z/ } @examples)
		  : @examples;
		my $id = 0;

		die "no example has letters of the set $set\n" if $set !~ /^(ascii|control)$/ && !grep { /[^\x01-\x7F]/ } @mine;
		$texts{$set} = [
			map { [ $id++, one_of('', '550', '5.1.1', '450 4.2.0', '250'), $_, one_of('', 'MX.DOCOMO.NE.JP', 'i.example'),
				one_of('', 'RCPT', 'mail', 'DATA') ] }
			  @mine, map { make_text(\@mine, $letters{$set}) } 1 .. $made ];
		push @{ $texts{$set} }, map { [ $id++, '550', $_, '', '' ] }
		  'THE PIGEONHOLE IS FILLED', 'the pigeonhole is filled';
	}
	return %texts;
}

# Octets that no encoding could be read from, or that have no counterpart.
sub make_octets
{
	my ($encoding, @examples) = @_;
	my %piece = (
		sql_ascii => sub { chr(1 + int rand 255) },
		latin1 => sub { chr(1 + int rand 255) },
		euc_jp => sub {
			my $letter = chr(0xA1 + int rand 94) . chr(0xA1 + int rand 94);
			return one_of($letter, "\x8F$letter", "\x8E" . chr(0xA1 + int rand 63));
		});

	return map {
		my $text = join '', map { rand() < 0.2 ? one_of(@examples) : $piece{$encoding}->() } 0 .. int rand 40;
		[ $_, '550', $text, '', '' ];
	} 1 .. $made;
}

sub copy_line
{
	my %escape = ("\\" => "\\\\", "\t" => "\\t", "\n" => "\\n", "\r" => "\\r");
	return join("\t", map { s/([\\\t\n\r])/$escape{$1}/gr } @_) . "\n";
}

# Make a table of the rows, whose strings are octets.
sub load
{
	my ($database, $table, $encoding, @rows) = @_;

	open my $psql, '|-', 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $database
	  or die "could not run psql: $!\n";
	print $psql "SET client_encoding = '$encoding';\n",
	  "CREATE TABLE $table (id int, code text, diagnostic text, host text, command text);\n",
	  "COPY $table FROM STDIN;\n", map({ copy_line(@$_) } @rows), "\\.\n";
	close $psql or die "could not load $table into $database\n";
	return;
}

# What is valid of a text that comes out of the database.
sub is_valid
{
	my ($database, $text) = @_;
	my $encoding = $database->{name} eq 'sql_ascii' ? 'UTF8' : '';
	$encoding = $encoding eq '' ? 'getdatabaseencoding()' : "'$encoding'";
	return "coalesce(convert_from(textsend($text), $encoding) = $text, true)";
}

# One test: these lines are the same; shows where they are not.
sub same_lines
{
	my ($got, $expected, $name) = @_;
	my @got = split /\n/, $got;
	my @expected = split /\n/, $expected;
	my $shown = 0;

	ok($got eq $expected && @got > 10, $name) and return;
	diag(scalar(@got), ' lines, expected ', scalar(@expected));
	foreach my $i (0 .. $#expected)
	{
		next if defined $got[$i] && $got[$i] eq $expected[$i];
		diag("got $got[$i]\nexpected $expected[$i]") if $shown++ < 5 && defined $got[$i];
	}
	return;
}

my $verdicts = 'SELECT t.id, v.class, v.reason, v.rule, v.instant
	FROM %s t, bounce_classify(code, diagnostic, host, command) v ORDER BY t.id';
my $explanations = q{SELECT t.id, x.rule, x.decides, x.class, x.reason, quote_nullable(x.piece), x.why
	FROM %s t, bounce_explain(code, diagnostic, host, command) WITH ORDINALITY x ORDER BY t.id, x.ordinality};

sub test_database
{
	my ($database, $first, $examples, %texts) = @_;
	my $name = $database->{name};
	my $here = Session->new("answers_$name");

	foreach my $set ('ascii', 'control', @{ $database->{sets} })
	{
		load("answers_$name", $set, $name eq 'sql_ascii' ? 'SQL_ASCII' : 'UTF8',
			map { [ map { encode_utf8($_) } @$_ ] } @{ $texts{$set} });
	}
	is( $here->ask(q{INSERT INTO bounce_rule (id, pattern, reason) VALUES (1, 'PIGEONHOLE [IS] FILLED', 'mailbox_full')}),
		'',
		"$name: a rule of the user");
	is( $here->ask('SELECT bounce_rules_version()'),
		$first->ask('SELECT bounce_rules_version()'),
		"$name: the version of the rules");
	$here->ask(q{SET client_encoding = 'UTF8'}) if $name ne 'sql_ascii';
	foreach my $set ('ascii', 'control', @{ $database->{sets} })
	{
		foreach my $question ([ 'verdicts', $verdicts ], [ 'explanations', $explanations ])
		{
			my $query = sprintf $question->[1], $set;
			same_lines($here->ask($query), $first->ask($query), "$name: $question->[0] on texts, $set");
		}
		is( $here->ask("SELECT count(*) FROM $set, bounce_classify(code, diagnostic, host, command)
			WHERE rule = 'user.1'") > 1, 1, "$name: the user's rule decides, in small letters and large, $set");
	}
	return;
}

# Nothing is an error, and what comes out is valid.
sub test_validity
{
	my ($database, $tables, $name) = @_;
	my $here = Session->new("answers_$database->{name}");

	$here->ask('SET client_encoding = ' . ($database->{name} eq 'sql_ascii' ? 'SQL_ASCII' : "'$database->{name}'"))
	  if $database->{name} !~ /^c|turkish/;
	foreach my $table (@$tables)
	{
		my $of_all = $here->ask("SELECT count(*) FROM $table");
		is( $here->ask("SELECT count(*) FROM $table, bounce_classify(code, diagnostic, host, command) v
			WHERE v.class IS NOT NULL AND v.rule <> '' AND " . is_valid($database, 'v.rule')),
			$of_all, "$name: every text of $table has a verdict");
		is( $here->ask("SELECT count(DISTINCT id), count(*) FILTER (WHERE NOT ("
				  . join(' AND ', map { is_valid($database, "x.$_") } qw(rule piece why))
				  . ")) FROM $table, bounce_explain(code, diagnostic, host, command) x"),
			"$of_all|0", "$name: and an explanation, which is valid text");
	}
	is( $here->ask('SELECT count(*) > 500, count(*) FILTER (WHERE NOT ('
			  . join(' AND ', map { is_valid($database, $_) } qw(rule pattern code host command example note))
			  . ')) FROM bounce_rules()'),
		't|0', "$name: the list of rules is valid text");
	return;
}

srand 20261127;
my $postgres = Session->new('postgres');

# ICU gives the locale of a database since PostgreSQL 15
@databases = grep { $_->{name} ne 'turkish_icu' } @databases
  if $postgres->ask('SHOW server_version_num') < 150000;
foreach my $database (@databases)
{
	is( $postgres->ask("CREATE DATABASE answers_$database->{name} TEMPLATE template0 $database->{with}"),
		'', "$database->{name}: a database");
	is(Session->new("answers_$database->{name}")->ask('CREATE EXTENSION bounce'),
		'', "$database->{name}: the extension");
}

my $first = Session->new('answers_c');
my @examples =
  map { decode('UTF-8', $_) } split /\n/,
  $first->ask('SELECT example FROM bounce_rules() WHERE example IS NOT NULL ORDER BY rule');
my %texts = make_texts(@examples);

# else there would be nothing to test
foreach my $name (grep { /^turkish/ } map { $_->{name} } @databases)
{
	is(Session->new("answers_$name")->ask(q{SELECT lower('I') || upper('i')}),
		encode_utf8('ıİ'), "$name: its small letters are others");
}
foreach my $database (@databases)
{
	my $name = $database->{name};
	my @tables = ('ascii', 'control', @{ $database->{sets} });

	test_database($database, $first, \@examples, %texts);
	if ($name =~ /^(latin1|euc_jp|sql_ascii)$/)
	{
		load("answers_$name", 'octets', $name, make_octets($name, grep { /\A[\x01-\x7F]*\z/ } @examples));
		push @tables, 'octets';
	}
	test_validity($database, \@tables, $name);
	is( Session->new("answers_$name")->ask(
			q{SELECT md5(string_agg(concat_ws(',', rule, reason, class, instant, priority), ';')) FROM bounce_rules()}),
		$first->ask(
			q{SELECT md5(string_agg(concat_ws(',', rule, reason, class, instant, priority), ';')) FROM bounce_rules()}),
		"$name: the built-in rules are the same");
}
done_testing();
