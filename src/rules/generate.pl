#!/usr/bin/perl
#----------------------------------------------------------------------
#
# generate.pl
#	  Compile the rule tables of src/rules into C and SQL.
#
# usage: generate.pl SOURCEDIR OUTDIR
#
# Reads reasons.tsv, codes.tsv, rules.tsv, stages.tsv and notices.tsv; writes
#	  reason_list.h      enum BounceReason
#	  reason_type.sql    enum bounce_reason
#	  rule_tables.c      the tables declared in src/core/match.h
#	  rule_examples.h    the example of each rule, for the unit test
#
# Every mistake in the sources is reported as file:line, and then nothing is
# written and the exit status is 1.  The output depends on the sources only.
#
# src/rules/generate.pl
#
#----------------------------------------------------------------------
use strict;
use warnings;

# Bounds of what the tables can hold; see match.h.
use constant {
	MAX_READINGS      => 4000,     # written out to look for duplicates
	MAX_PIECE         => 255,
	MAX_COUNT         => 65534,    # of phrases, elements, pieces, outputs
	MIN_ANCHOR        => 5,        # blanks included: shorter hits everywhere
	INNER_BYTES       => 3,        # BOUNCE_INNER_BYTES
	CODE_ANY          => 0xFFFF,
	OUTPUT_END        => 0xFFFF,
	ROOT              => 1,        # state of the trie; 0 is none
	NO_CLASS          => 255,      # of a slot that is no state
	BEGIN_BITS        => 14,       # of BOUNCE_BEGIN_KEY
	JUMP_BITS         => 12,       # of the slots of bounce_jumps
	BEGIN_FACTOR      => -7046029254386353131,    # 0x9E3779B97F4A7C15
};

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

my $here = $0 =~ m{^(.*/)} ? $1 : '';
$here = "./$here" unless $here =~ m{^/};
require "${here}phrase.pl";
require "${here}trie.pl";

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
# Phrases
#

sub code_condition
{
	my ($row) = @_;
	my $code = $row->{code};
	my %cond = (
		reply => CODE_ANY,
		subject => CODE_ANY,
		detail => CODE_ANY,
		digit => 0,
		enhanced => 0,
		vague => 0);

	return \%cond if $code eq '';
	$cond{vague} = 1 if $code =~ s/^~//;
	if ($code =~ /^[245]$/)
	{
		$cond{digit} = $code;
	}
	elsif ($code =~ /^[245]\d\d$/)
	{
		$cond{reply} = $code;
	}
	elsif (!$cond{vague} &&
		$code =~ /^([245*])\.(\d{1,3}|\*)\.(\d{1,3}|\*)$/)
	{
		$cond{enhanced} = 1;
		$cond{digit} = $1 if $1 ne '*';
		$cond{subject} = $2 if $2 ne '*';
		$cond{detail} = $3 if $3 ne '*';
	}
	elsif (!($code eq '' && $cond{vague}))
	{
		complain($row, "bad code condition \"$row->{code}\"");
	}
	return \%cond;
}

my (@phrases, %reading_seen);

sub add_phrases
{
	my ($row, $number) = @_;
	my $conditions = join "\t", @$row{qw(code host stage)},
	  $row->{says} || '';

	if ($row->{phrase} eq '')
	{
		complain($row, 'empty phrase');
		return;
	}
	complain($row, 'no example') if $row->{example} eq '';
	foreach my $reading (expand($row, $row->{phrase}))
	{
		my $key = "$reading\t$conditions";
		my $other = $reading_seen{$key};

		complain($row, "\"$reading\" is also in $other->{id}, "
			  . "line $other->{line}")
		  if $other && $other != $row;
		$reading_seen{$key} = $row;
	}
	foreach my $elements (sequences($row))
	{
		complain($row, 'all of the phrase is optional')
		  unless grep { !$_->{optional} } @$elements;
		push @phrases,
		  { row => $row, rule => $number, elements => $elements };
	}
	return;
}

for my $number (0 .. $#rules)
{
	my $row = $rules[$number];
	my $rank;

	check_common($row);
	complain($row, 'id does not begin with its reason')
	  unless index($row->{id}, "$row->{reason}.") == 0;
	complain($row, "host \"$row->{host}\" is not a lower-case suffix")
	  unless $row->{host} =~ /^([a-z0-9-]+(\.[a-z0-9-]+)*)?$/;
	complain($row, "rank \"$row->{rank}\" is not -4 to 4")
	  unless $row->{rank} =~ /^(-?[1-4])?$/;
	$rank = $row->{rank} =~ /^(-?[1-4])$/ ? $1 : 0;
	$row->{condition} = code_condition($row);

	# The order of decision: host, rank, code or stage, length.
	$row->{weight} = ($row->{host} ne '' ? 1 << 20 : 0) + (($rank + 4) << 14)
	  + ($row->{code} ne '' || $row->{stage} ne '' ? 1 << 12 : 0);
	add_phrases($row, $number);
}
for my $number (0 .. $#stage_rules)
{
	my $row = $stage_rules[$number];

	complain($row, "unknown stage \"$row->{stage}\"")
	  unless $STAGE{ $row->{stage} } || $row->{stage} eq '-';
	$row->{id} = "stage.$row->{line}";
	@$row{qw(code host)} = ('', '');
	$row->{condition} = code_condition($row);
	$row->{weight} = 0;
	add_phrases($row, @rules + $number);
}
for my $number (0 .. $#notice_rules)
{
	my $row = $notice_rules[$number];
	my ($says, $system) = split / /, $row->{says}, 2;

	complain($row, "unknown saying \"$row->{says}\"")
	  unless $SAYS{ $says || '' } && ($says eq 'from') == defined $system;
	complain($row, "system \"$system\" is not a slug")
	  if defined $system && $system !~ /^[a-z0-9]+(-[a-z0-9]+)*$/;
	$row->{says_number} = $SAYS{ $says || '' } || 0;
	$row->{id} = defined $system ? $system : "notice.$row->{line}";
	@$row{qw(code host stage)} = ('', '', '');
	$row->{condition} = code_condition($row);
	$row->{weight} = 0;
	add_phrases($row, @rules + @stage_rules + $number);
}
choose_anchors(@phrases);

if (@errors)
{
	print STDERR "$_\n" foreach @errors;
	print STDERR scalar(@errors), " mistakes in the rules\n";
	exit 1;
}

#
# The pool of all bytes.
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

# What kind of row is it, as BounceGroup has it?
sub group_of
{
	my ($row) = @_;

	return defined $row->{reason} ? 1 : $row->{says_number} ? 4 : 2;
}

#
# The trie of the anchors.
#
my @anchors;           # [bytes, phrase, group]
foreach my $n (0 .. $#phrases)
{
	my $phrase = $phrases[$n];

	push @anchors, map { [ $_, $n, group_of($phrase->{row}) ] }
	  @{ $phrase->{elements}[ $phrase->{anchor} ]{texts} };
}
my $trie = build_trie(@anchors);
die "$source/rules.tsv: too many anchors\n"
  if @{ $trie->{outputs} } > MAX_COUNT;

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

# The masks of an element, see BOUNCE_LETTER_BIT: a piece that may begin or
# end inside a word may have any letter there.
sub letter_masks
{
	my ($element) = @_;
	my ($first, $last) = (0, 0);

	foreach my $text (@{ $element->{texts} })
	{
		$first |= $text =~ /^ (.)/s ? 1 << (ord($1) & 31) : 0xFFFFFFFF;
		$last |= $text =~ /(.) \z/s ? 1 << (ord($1) & 31) : 0xFFFFFFFF;
	}
	return ($first, $last);
}

# How many bits of this number are set.
sub bits_in
{
	my ($number) = @_;

	return unpack '%32b*', pack 'Q', $number;
}

# What the words of a text must have for a phrase to be in it, see
# BOUNCE_WORD_BIT: the two sets, of those of its elements, that have the fewest
# bits.  An anchor is found first, and what may begin inside a word, or is
# shorter than the three letters that are looked at, may be anywhere.
sub needs
{
	my ($phrase) = @_;
	my $any = ~0;
	my @sets;

	foreach my $n (0 .. $#{ $phrase->{elements} })
	{
		my $element = $phrase->{elements}[$n];
		my $set = 0;

		next if $element->{optional} || $n == $phrase->{anchor};
		$set |= /^ (...)/s ? word_bit($1) : $any foreach @{ $element->{texts} };
		push @sets, $set;
	}
	@sets = sort { bits_in($a) <=> bits_in($b) || $a <=> $b } @sets;
	return (@sets, $any, $any)[ 0, 1 ];
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
		  ? 'BOUNCE_INSTANT_NO' : 'BOUNCE_INSTANT_AS_REASON',
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

# rule_tables.c
{
	my $text = header('rule_tables.c', 'Reasons and rules as tables.');
	$text .= "#include \"core/match.h\"\n\n";

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

	$text .= "/* id, host, reply, subject, detail, digit, enhanced, vague, "
	  . "host_len, reason, instant, stage */\n"
	  . "const BounceRule bounce_rules[] = {\n";
	foreach my $row (@rules, @stage_rules, @notice_rules)
	{
		my $cond = $row->{condition};
		$text .= sprintf "\t{%u, %u, %u, %u, %u, %u, %u, %u, %u, %s, %u, %u},"
		  . "\t/* %s */\n",
		  pooled("$row->{id}\0"), pooled($row->{host}),
		  @$cond{qw(reply subject detail digit enhanced vague)},
		  length $row->{host},
		  defined $row->{reason} ? "BOUNCE_REASON_\U$row->{reason}\E"
		  : $row->{says_number} ? 'BOUNCE_RULE_NOTICE' : 'BOUNCE_RULE_STAGE',
		  ($row->{instant} || '') eq 'no' ? 1 : 0,
		  $row->{says_number} || stage_number($row), $row->{id};
	}
	$text .= "};\n"
	  . "const unsigned bounce_rule_count = " . @rules . ";\n"
	  . "const unsigned bounce_stage_rule_count = " . @stage_rules . ";\n"
	  . "const unsigned bounce_notice_rule_count = " . @notice_rules . ";\n\n";

	my (@elements, @pieces, @rows);
	foreach my $phrase (@phrases)
	{
		my $heaviest = $phrase->{row}{weight};

		# The pieces of an element are sorted, the longest first.
		$heaviest += length $_->{texts}[0] foreach @{ $phrase->{elements} };
		push @rows, sprintf '{{UINT64_C(0x%x), UINT64_C(0x%x)}, %u, %u, %u, %u, %u, %u, %u, %u}',
		  needs($phrase), $phrase->{row}{weight}, $heaviest, scalar @elements, $phrase->{rule},
		  scalar @{ $phrase->{elements} }, $phrase->{anchor},
		  (grep { $_->{optional} } @{ $phrase->{elements} }) ? 1 : 0,
		  group_of($phrase->{row});
		foreach my $element (@{ $phrase->{elements} })
		{
			push @elements, sprintf '{%u, %u, %u, %u, 0x%x, 0x%x}',
			  scalar @pieces, scalar @{ $element->{texts} },
			  @$element{qw(gap optional)}, letter_masks($element);
			push @pieces, map { sprintf '{%u, %u, {%u, %u, %u}}',
				  pooled($_), length $_, unpack 'C3', "$_\0\0" }
			  @{ $element->{texts} };
		}
	}
	die "$source/rules.tsv: too many phrases\n"
	  if @pieces > MAX_COUNT || @elements > MAX_COUNT;
	$text .= "/* needs, weight, heaviest, element, rule, elements, anchor, options, group */\n"
	  . "const BouncePhrase bounce_phrases[] = {\n"
	  . rows_of(2, @rows) . "};\n\n"
	  . "/* piece, pieces, gap, optional, first, last */\n"
	  . "const BounceElement bounce_elements[] = {\n"
	  . rows_of(4, @elements) . "};\n\n"
	  . "/* text, len, head */\n"
	  . "const BouncePiece bounce_pieces[] = {\n"
	  . rows_of(8, @pieces) . "};\n\n";
	$text .= "const unsigned char bounce_byte_class[256] = {\n"
	  . rows_of(16, @{ $trie->{classes} }) . "};\n\n";
	$text .= "/* $trie->{states} states: base_class, output, groups, is_cut */\n"
	  . "const BounceNode bounce_nodes[] = {\n"
	  . rows_of(5, map { '{' . join(', ', @$_) . '}' } @{ $trie->{nodes} }) . "};\n\n";
	$text .= "/* text, phrase, len */\n"
	  . "const BounceOutput bounce_outputs[] = {\n"
	  . rows_of(6, map {
			defined $_ ? sprintf '{%u, %u, %u}', pooled($_->[0]), $_->[1], length $_->[0]
			: '{0, ' . OUTPUT_END . ', 0}'
		} @{ $trie->{outputs} }) . "};\n\n";
	$text .= "const BounceBegins bounce_begins[BOUNCE_BEGINS_COUNT] = {\n";
	foreach my $begins (@{ $trie->{begins} })
	{
		$text .= "{\n" . join(",\n", map {
			"{\n" . rows_of(4, map { sprintf 'UINT64_C(0x%016x)', $_ } @{ $begins->{$_} }) . '}'
		} qw(any brief whole inner)) . ",\n$begins->{has_inner}\n},\n";
	}
	$text .= "};\n\n";

	$text .= "/* bytes, node, depth */\n"
	  . "const BounceJump bounce_jumps[1 << BOUNCE_JUMP_BITS] = {\n"
	  . rows_of(3, map {
			defined $_ ? sprintf 'UINT64_C(0x%016x), %u, %u', @$_ : '0, 0, 0'
		} @{ $trie->{jumps} }) =~ s/(UINT64[^,]*, \d+, \d+|0, 0, 0)/{$1}/gr . "};\n\n";

	# Last, when every text is in it.  In short strings, because compilers
	# need not take long ones.
	$text .= "const char bounce_rule_pool[] = {\n"
	  . rows_of(20, map { $_ > 127 ? "(char) $_" : $_ } unpack('C*', $pool), 0)
	  . "};\n";
	write_file('rule_tables.c', $text);
}

# rule_examples.h
{
	my $text = header('rule_examples.h',
		'An example for each rule, for the unit test.');
	$text .= "static const struct\n{\n\tconst char *id;\n"
	  . "\tBounceReason reason;\n\tconst char *text;\n"
	  . "\tconst char *host;\n\tconst char *command;\n"
	  . "}\t\t\trule_examples[] = {\n";
	foreach my $row (@rules)
	{
		$text .= sprintf "\t{\"%s\", BOUNCE_REASON_%s, %s, \"%s\", \"%s\"},\n",
		  $row->{id}, uc $row->{reason}, c_string($row->{example}),
		  $row->{host}, $row->{stage};
	}
	$text .= "};\n\nstatic const struct\n{\n\tconst char *stage;\n"
	  . "\tconst char *text;\n}\t\t\tstage_examples[] = {\n";
	$text .= sprintf "\t{\"%s\", %s},\n",
	  $_->{stage}, c_string($_->{example})
	  foreach @stage_rules;
	$text .= "};\n\nstatic const struct\n{\n\tint says;\n"
	  . "\tconst char *system;\n\tconst char *text;\n"
	  . "}\t\t\tnotice_examples[] = {\n";
	$text .= sprintf "\t{%u, \"%s\", %s},\n",
	  $_->{says_number}, $_->{id}, c_string($_->{example})
	  foreach @notice_rules;
	$text .= "};\n";
	write_file('rule_examples.h', $text);
}
