#!/usr/bin/perl
#----------------------------------------------------------------------
#
# generate.pl
#	  Check the rule tables of src/rules and write them as C and SQL.
#
# usage: generate.pl SOURCEDIR OUTDIR
#
# Reads reasons.tsv, codes.tsv, rules.tsv, stages.tsv and notices.tsv; writes
#	  reason_list.h      enum BounceReason
#	  reason_type.sql    enum bounce_reason
#	  code_tables.c      the reasons and codes, as src/core/rules.h declares them
#	  rule_rows.c        the rules as they are written, see src/rules/rule_rows.h
#
# What a phrase means is not known here: src/rules/compile_rules.c reads the
# rows next, with the code that reads a user's rules, too.
#
# Every mistake in the sources is reported as file:line, and then nothing is
# written and the exit status is 1.  The output depends on the sources only.
#
# src/rules/generate.pl
#
#----------------------------------------------------------------------
use strict;
use warnings;

# What a host adds to the rank of a rule: BOUNCE_PRIORITY_HOST.
use constant PRIORITY_HOST => 10;

my @STAGES =
  qw(UNKNOWN CONNECT HELO STARTTLS AUTH MAIL RCPT DATA);
my %STAGE = map { $STAGES[$_] => $_ } 1 .. $#STAGES;
my %SAYS = (
	failed       => 1,
	delayed      => 2,
	final        => 3,
	delivered    => 4,
	from         => 5,
	answered     => 6,
	challenged   => 7,
	unsubscribed => 8,
	listed       => 9,
	requested    => 10);
my %CLASS = (hard => 'HARD', soft => 'SOFT', other => 'OTHER');
my %COUNTS = (
	hard       => 'HARD',
	soft       => 'SOFT',
	never      => 'NEVER',
	stop       => 'STOP',
	life       => 'LIFE',
	'by class' => 'BY_CLASS');

die "usage: generate.pl SOURCEDIR OUTDIR\n" unless @ARGV == 2;
my ($source, $outdir) = @ARGV;
my (@errors, %complained);

sub complain
{
	my ($row, $what) = @_;
	my $kind = $what =~ s/"[^"]*"//gr;

	# A phrase has many variants; its mistake is told once.
	push @errors, "$row->{file}:$row->{line}: $what"
	  unless $complained{"$row->{file}:$row->{line}: $kind"}++;
	return;
}

#
# Reading: a header line, then rows; '#' comments and empty lines anywhere.
#
sub read_table
{
	my ($name, @want) = @_;
	my $file = "$source/$name";
	my (@rows, @columns);

	open my $in, '<', $file or die "could not open $file: $!\n";
	while (my $text = <$in>)
	{
		chomp $text;
		next if $text =~ /^\s*(#|$)/;
		my @field = split /\t/, $text, -1;
		if (!@columns)
		{
			@columns = @field;
			die "$file:$.: columns are \"@columns\", not \"@want\"\n"
			  if "@columns" ne "@want";
			next;
		}
		my %row = (file => $file, line => $.);
		complain(\%row, 'more fields than columns') if @field > @columns;
		for my $i (0 .. $#columns)
		{
			my $value = defined $field[$i] ? $field[$i] : '';
			complain(\%row, "blank at an end of $columns[$i]")
			  if $value =~ /^\s|\s$/;
			$row{ $columns[$i] } = $value;
		}
		push @rows, \%row;
	}
	close $in;
	die "$file: no header line\n" unless @columns;
	return @rows;
}

my @reasons =
  read_table('reasons.tsv', qw(reason class instant counts about meaning));
my @codes = read_table('codes.tsv',
	qw(id code stage class reason instant name note));
my @rules = read_table('rules.tsv',
	qw(id reason instant phrase code host stage rank example note));
my @stage_rules = read_table('stages.tsv', qw(stage phrase example));
my @notice_rules = read_table('notices.tsv', qw(says phrase example));

#
# Reasons
#
my %reason;
for my $row (@reasons)
{
	complain($row, "reason \"$row->{reason}\" is not a plain lower-case word")
	  unless $row->{reason} =~ /^[a-z][a-z0-9_]*$/;
	complain($row, "duplicate reason $row->{reason}")
	  if exists $reason{ $row->{reason} };
	complain($row, "unknown class \"$row->{class}\"")
	  unless $CLASS{ $row->{class} } || $row->{class} eq 'by code';
	complain($row, "unknown counts \"$row->{counts}\"")
	  unless $COUNTS{ $row->{counts} };
	complain($row, "instant is neither yes nor no")
	  unless $row->{instant} =~ /^(yes|no)$/;
	complain($row, 'instant, but not hard')
	  if $row->{instant} eq 'yes' && $row->{class} ne 'hard';
	$row->{number} = keys %reason;
	$reason{ $row->{reason} } = $row;
}

# What rules.tsv, codes.tsv have in common.
my %id_seen;

sub check_common
{
	my ($row) = @_;
	complain($row, "id \"$row->{id}\" is not a slug")
	  unless $row->{id} =~ /^[a-z0-9]+([._-][a-z0-9]+)*$/;
	complain($row, "duplicate id $row->{id}") if $id_seen{ $row->{id} }++;
	if (!$reason{ $row->{reason} })
	{
		complain($row, "unknown reason \"$row->{reason}\"");
		$row->{reason} = $reasons[0]{reason};
	}
	complain($row, "unknown stage \"$row->{stage}\"")
	  unless $row->{stage} eq '' || $STAGE{ $row->{stage} };
	complain($row, 'instant is neither empty nor no')
	  unless $row->{instant} =~ /^(no)?$/;
	return;
}

sub stage_number
{
	my ($row) = @_;
	return $row->{stage} eq '' ? 0 : ($STAGE{ $row->{stage} } || 0);
}

#
# Codes
#
sub code_key { return $_[0] << 20 | $_[1] << 10 | $_[2]; }

my %code_table = map { $_ => [] } qw(enhanced subject reply digit);
for my $row (@codes)
{
	my $code = $row->{code};
	my ($table, $lo, $hi);

	check_common($row);
	complain($row, "unknown class \"$row->{class}\"")
	  unless $row->{class} eq '' || $CLASS{ $row->{class} };
	complain($row, 'class is only for the reason undetermined')
	  if $row->{class} ne '' && $row->{reason} ne 'undetermined';
	if ($code =~ /^([245])\.(\d{1,3})\.(\d{1,3})(?:-(\d{1,3}))?$/)
	{
		$table = 'enhanced';
		$lo = code_key($1, $2, $3);
		$hi = code_key($1, $2, defined $4 ? $4 : $3);
		complain($row, "bad range $code") if $hi < $lo;
	}
	elsif ($code =~ /^([245])\.(\d{1,3})\.\*$/)
	{
		$table = 'subject';
		$lo = $hi = code_key($1, $2, 0);
	}
	elsif ($code =~ /^[245]\d\d$/)
	{
		$table = 'reply';
		$lo = $hi = $code << 4 | stage_number($row);
	}
	elsif ($code =~ /^[245]$/ || $code eq '-')
	{
		$table = 'digit';
		$lo = $hi = $code eq '-' ? 0 : $code;
	}
	else
	{
		complain($row, "bad code \"$code\"");
		next;
	}
	complain($row, 'stage is only for reply codes')
	  if $row->{stage} ne '' && $table ne 'reply';
	@$row{qw(lo hi)} = ($lo, $hi);
	push @{ $code_table{$table} }, $row;
}
for my $table (keys %code_table)
{
	my $last;
	my @sorted = sort { $a->{lo} <=> $b->{lo} || $a->{line} <=> $b->{line} }
	  @{ $code_table{$table} };

	for my $row (@sorted)
	{
		complain($row, "code $row->{code} again, see line $last->{line}")
		  if $last && $row->{lo} <= $last->{hi};
		$last = $row;
	}
	$code_table{$table} = \@sorted;
}
for my $digit (0, 2, 4, 5)
{
	push @errors, "$source/codes.tsv: no fallback for digit $digit"
	  unless grep { $_->{lo} == $digit } @{ $code_table{digit} };
}

#
# Rules
#

sub check_phrase
{
	my ($row) = @_;

	complain($row, 'empty phrase') if $row->{phrase} eq '';
	complain($row, 'no example') if $row->{example} eq '';
	return;
}

foreach my $row (@rules)
{
	check_common($row);
	complain($row, 'id does not begin with its reason')
	  unless index($row->{id}, "$row->{reason}.") == 0;
	complain($row, "host \"$row->{host}\" is not a lower-case suffix")
	  unless $row->{host} =~ /^([a-z0-9-]+(\.[a-z0-9-]+)*)?$/;
	complain($row, "rank \"$row->{rank}\" is not -4 to 4")
	  unless $row->{rank} =~ /^(-?[1-4])?$/;
	$row->{priority} = ($row->{rank} =~ /^(-?[1-4])$/ ? $1 : 0)
	  + ($row->{host} ne '' ? PRIORITY_HOST : 0);
	check_phrase($row);
}
foreach my $row (@stage_rules)
{
	complain($row, "unknown stage \"$row->{stage}\"")
	  unless $STAGE{ $row->{stage} } || $row->{stage} eq '-';
	$row->{id} = "stage.$row->{line}";
	check_phrase($row);
}
foreach my $row (@notice_rules)
{
	my ($says, $system) = split / /, $row->{says}, 2;

	complain($row, "unknown saying \"$row->{says}\"")
	  unless $SAYS{ $says || '' } && ($says eq 'from') == defined $system;
	complain($row, "system \"$system\" is not a slug")
	  if defined $system && $system !~ /^[a-z0-9]+(-[a-z0-9]+)*$/;
	$row->{says_number} = $SAYS{ $says || '' } || 0;
	$row->{id} = defined $system ? $system : "notice.$row->{line}";
	check_phrase($row);
}

if (@errors)
{
	print STDERR "$_\n" foreach @errors;
	print STDERR scalar(@errors), " mistakes in the rules\n";
	exit 1;
}

#
# The pool of the ids of codes.
#
my $pool = '';
my %pool_at;

sub pooled
{
	my ($text) = @_;

	if (!exists $pool_at{$text})
	{
		$pool_at{$text} = length $pool;
		$pool .= $text;
	}
	return $pool_at{$text};
}

#
# The version of the rules: FNV-1a over all that decides, which examples and
# notes do not.
#
my $version = 2166136261;
foreach my $table ([ \@reasons, qw(reason class instant counts) ],
	[ \@codes, qw(id code stage class reason instant) ],
	[ \@rules, qw(id reason instant phrase code host stage rank) ],
	[ \@stage_rules, qw(stage phrase) ],
	[ \@notice_rules, qw(says phrase) ])
{
	my ($rows, @columns) = @$table;

	foreach my $text (map { join("\t", @$_{@columns}) . "\n" } @$rows)
	{
		$version = (($version ^ $_) * 16777619) & 0xFFFFFFFF foreach unpack 'C*', $text;
	}
}

#
# Writing
#
sub c_string
{
	my ($text) = @_;

	$text =~ s/(["\\])/\\$1/g;
	$text =~ s/([^ -~])/sprintf '\\%03o', ord $1/ge;
	$text =~ s/\?\?/?\\?/g;
	return "\"$text\"";
}

sub header
{
	my ($name, $what) = @_;
	return <<"END";
/*-------------------------------------------------------------------------
 *
 * $name
 *	  $what
 *
 * Generated by src/rules/generate.pl from the tables next to it:
 * do not edit.
 *
 * src/rules/$name
 *
 *-------------------------------------------------------------------------
 */
END
}

sub write_file
{
	my ($name, $text) = @_;

	open my $out, '>', "$outdir/$name"
	  or die "could not write $outdir/$name: $!\n";
	print $out $text;
	close $out or die "could not write $outdir/$name: $!\n";
	return;
}

# Numbers of an array, so many a line.
sub rows_of
{
	my ($per_line, @values) = @_;
	my $text = '';

	while (my @line = splice @values, 0, $per_line)
	{
		$text .= "\t" . join(', ', @line) . ",\n";
	}
	return $text;
}

sub code_rules
{
	my ($table) = @_;
	my $text = "const BounceCodeRule bounce_${table}_rules[] = {\n";

	foreach my $row (@{ $code_table{$table} })
	{
		my $class =
		  $row->{class} eq '' ? 'COUNT' : $CLASS{ $row->{class} };
		$text .= sprintf "\t{%u, %u, %u, BOUNCE_REASON_%s, "
		  . "BOUNCE_CLASS_%s, %s},\t/* %s */\n",
		  $row->{lo}, $row->{hi}, pooled("$row->{id}\0"),
		  uc $row->{reason}, $class,
		  $row->{instant} eq 'no'
		  ? 'true' : 'false',
		  $row->{id};
	}
	return "$text};\nconst unsigned bounce_${table}_rule_count = "
	  . @{ $code_table{$table} } . ";\n\n";
}

# reason_list.h
{
	my $text = header('reason_list.h',
		'The reasons of a verdict, in the order of the SQL enum.');
	$text .= "#ifndef BOUNCE_REASON_LIST_H\n#define BOUNCE_REASON_LIST_H\n\n";
	$text .= "typedef enum BounceReason\n{\n";
	$text .= join ",\n", map {
		"\tBOUNCE_REASON_\U$_->{reason}\E\t/* $_->{meaning} */" =~
		  s/\t(\/\*.*)$//r . ''
	} @reasons;
	$text .= "\n} BounceReason;\n\n";
	$text .= "#define BOUNCE_REASON_COUNT " . @reasons . "\n\n";
	$text .= "#endif\t\t\t\t\t\t\t/* BOUNCE_REASON_LIST_H */\n";
	write_file('reason_list.h', $text);
}

# reason_type.sql
{
	my $text = "-- Generated by src/rules/generate.pl from reasons.tsv: "
	  . "do not edit.\n\n"
	  . "CREATE TYPE \@extschema\@.bounce_reason AS ENUM (\n"
	  . join(",\n", map { "\t'$_->{reason}'" } @reasons)
	  . "\n);\n\n"
	  . "COMMENT ON TYPE \@extschema\@.bounce_reason IS\n"
	  . "\t'why a message was not delivered, or what else a report says';\n";
	write_file('reason_type.sql', $text);
}

# code_tables.c
{
	my $text = header('code_tables.c', 'Reasons and codes as tables.');
	$text .= "#include \"core/rules.h\"\n\n";

	$text .= sprintf "const char bounce_rules_version_text[] = \"%08x\";\n\n", $version;
	$text .= "const BounceReasonInfo "
	  . "bounce_reason_table[BOUNCE_REASON_COUNT] = {\n";
	foreach my $row (@reasons)
	{
		$text .= sprintf
		  "\t{\"%s\", BOUNCE_CLASS_%s, BOUNCE_COUNTS_%s, %s},\n",
		  $row->{reason}, $CLASS{ $row->{class} } || 'SOFT',
		  $COUNTS{ $row->{counts} },
		  $row->{instant} eq 'yes' ? 'true' : 'false';
	}
	$text .= "};\n\n";
	$text .= code_rules($_) foreach qw(enhanced subject reply digit);

	# Last, when every id is in it.
	$text .= "const char bounce_code_pool[] = {\n"
	  . rows_of(20, unpack('C*', $pool), 0) . "};\n";
	write_file('code_tables.c', $text);
}

# One row of rule_rows.c.
sub rule_row
{
	my ($row, $reason, $saying, $priority) = @_;
	my $command = !defined $row->{stage} || $row->{stage} eq '-' ? '' : $row->{stage};

	return sprintf "\t{%s, %s, %s, %s, %s,\n\t\t%s, %s,\n\t\t%s, %d, %d, %s, %d},\n",
	  (map { c_string(defined $_ ? $_ : '') } @$row{qw(id phrase code host)}, $command,
		@$row{qw(example note)}),
	  $reason, $saying, $priority, ($row->{instant} || '') eq 'no' ? 'true' : 'false',
	  $row->{line};
}

# rule_rows.c
{
	my $text = header('rule_rows.c', 'Rules as they are written.');

	$text .= "#include \"rules/rule_rows.h\"\n\n"
	  . "/* id, phrase, code, host, command, example, note, reason, saying, priority, not_instant, line */\n"
	  . "const BounceRuleRow bounce_rule_rows[] = {\n";
	$text .= rule_row($_, "BOUNCE_REASON_\U$_->{reason}\E", 0, $_->{priority}) foreach @rules;
	$text .= rule_row($_, 'BOUNCE_RULE_STAGE', 0, 0) foreach @stage_rules;
	$text .= rule_row($_, 'BOUNCE_RULE_NOTICE', $_->{says_number}, 0) foreach @notice_rules;
	$text .= "};\n\nconst unsigned bounce_rule_row_count = "
	  . (@rules + @stage_rules + @notice_rules) . ";\n\n";

	$text .= "/* id, code, command, note, reason, class, not_instant */\n"
	  . "const BounceCodeRow bounce_code_rows[] = {\n";
	foreach my $row (@codes)
	{
		my $note = join '. ', grep { $_ ne '' } @$row{qw(name note)};

		$text .= sprintf "\t{%s, %s, %s,\n\t\t%s,\n\t\tBOUNCE_REASON_%s, BOUNCE_CLASS_%s, %s},\n",
		  (map { c_string($_) } $row->{id}, $row->{code} eq '-' ? '' : $row->{code},
			$row->{stage}, $note), uc $row->{reason},
		  $row->{class} eq '' ? 'COUNT' : $CLASS{ $row->{class} },
		  $row->{instant} eq 'no' ? 'true' : 'false';
	}
	$text .= "};\n\nconst unsigned bounce_code_row_count = " . @codes . ";\n";
	write_file('rule_rows.c', $text);
}
