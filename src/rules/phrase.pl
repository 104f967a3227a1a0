#----------------------------------------------------------------------
#
# phrase.pl
#	  Read phrases: brackets, gaps and stars into elements and pieces.
#
# Part of generate.pl, which loads it.
#
# src/rules/phrase.pl
#
#----------------------------------------------------------------------
use strict;
use warnings;

# The same folding as src/core/fold_text.c does with texts.
my @plain = split //,
  'aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty';

my @plain_extended = split //,
  'aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll'
  . 'lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs';

sub fold_word
{
	my ($word) = @_;

	$word =~ tr/A-Z/a-z/;
	$word =~ s/\xC3\x9F/ss/g;
	$word =~ s/\xC3([\x80-\xBF])/$plain[ord($1) - 0x80]/ge;
	$word =~ s/([\xC4\xC5])([\x80-\xBF])/$plain_extended[(ord($1) - 0xC4) * 64 + ord($2) - 0x80]/ge;
	$word =~ s/\xD0([\x80-\x8F])/"\xD1" . chr(ord($1) + 0x10)/ge;
	$word =~ s/\xD0([\x90-\x9F])/"\xD0" . chr(ord($1) + 0x20)/ge;
	$word =~ s/\xD0([\xA0-\xAF])/"\xD1" . chr(ord($1) - 0x20)/ge;
	$word =~ s/\xE2\x80[\x98\x99\x9B]/'/g;
	$word =~ s/'([ts])(?![a-z0-9_])/$1/g;
	$word =~ s/\be-mail/email/g;
	# In a piece of a URL or a host name the hyphen stays.
	$word =~ s/[-']/ /g unless $word =~ /[.\/]/;
	return $word;
}

# Write out "(a|b (c|d)) [e]": every way to read it, or nothing when there
# are too many ways.
sub expand
{
	my ($row, $text) = @_;
	my $rest = $text;
	my %seen;

	return grep { !$seen{$_}++ }
	  map { tidy($_) } expand_until($row, \$rest, '');
}

# All readings of $$rest up to the bracket $close, over alternatives.
sub expand_until
{
	my ($row, $rest, $close) = @_;
	my @readings;
	my @done = ('');
	my $too_many = 0;

	for (;;)
	{
		my @choice;

		if ($$rest eq '' || $$rest =~ /^[\])]/)
		{
			complain($row, 'unbalanced brackets')
			  if substr($$rest, 0, 1) ne $close;
			substr($$rest, 0, 1, '') if $$rest ne '';
			return $too_many ? () : (@readings, @done);
		}
		if ($$rest =~ s/^\|//)
		{
			push @readings, @done;
			@done = ('');
			next;
		}
		if ($$rest =~ s/^\(//)
		{
			@choice = expand_until($row, $rest, ')');
		}
		elsif ($$rest =~ s/^\[//)
		{
			@choice = (expand_until($row, $rest, ']'), '');
		}
		elsif ($$rest =~ s/^([^()\[\]|]+)//)
		{
			@choice = ($1);
		}
		$too_many = 1 if @done * @choice > MAX_READINGS;
		@choice = ('') if $too_many;
		@done = map { my $head = $_; map { $head . $_ } @choice } @done;
	}
}

sub tidy
{
	my ($text) = @_;

	$text = join ' ', map { fold_word($_) } split ' ', $text;
	$text =~ s/^ +| +$//g;
	$text =~ s/ +/ /g;
	return $text;
}

# The bytes to look for, from folded words: a star is the rest of a word,
# without one a blank bounds it.
sub literal
{
	my ($row, $words) = @_;
	my $text = " $words ";

	complain($row, "\"$words\" has a character that folding takes away")
	  if $words =~ /[^a-z0-9_ \@*.\/=?&:\x80-\xFF-]/;
	complain($row, "\"$words\" has a code, which folding takes away")
	  if $words =~ /(^| )[2-5]\d\d( |$)|(^| )[245]\.\d+\.\d+( |$)/;
	$text =~ s/^ \*//;
	$text =~ s/\* $//;
	complain($row, "star inside \"$words\"") if $text =~ /\*/;
	complain($row, "nothing to look for in \"$words\"")
	  if $text !~ /[a-z0-9_.\@\x80-\xFF]/;
	complain($row, "\"$words\" is too long") if length $text > MAX_PIECE;

	# Scripts that put no blanks between words have no bounds.
	$text =~ s/^ (?=[\xE3-\xED])//;
	$text =~ s/([\xE3-\xED][\x80-\xBF][\x80-\xBF]) $/$1/;
	return $text;
}

# Cut a phrase at its top level: words, (groups), [options], gaps.
sub items
{
	my ($row) = @_;
	my $rest = $row->{phrase};
	my @items;

	while ($rest =~ s/^\s*//, $rest ne '')
	{
		if ($rest =~ /^[\[(]/)
		{
			my ($depth, $at) = (0, 0);

			do
			{
				my $char = substr $rest, $at++, 1;

				$depth++ if $char =~ /[\[(]/;
				$depth-- if $char =~ /[\])]/;
			} while ($depth > 0 && $at < length $rest);
			complain($row, 'a word and a bracket without a blank between')
			  if substr($rest, $at, 1) !~ /^\s?$/;
			push @items, substr $rest, 0, $at, '';
		}
		elsif ($rest =~ s/^(~|\.\.)(?=\s)//)
		{
			push @items, $1;
		}
		else
		{
			$rest =~ s/^([^\s()\[\]|]+)// or do
			{
				complain($row, "cannot read the phrase from \"$rest\" on");
				return ();
			};

			# Words in a row are one piece, but a star ends it.
			my $word = $1;
			if (@items && $items[-1] =~ /^[^\[(~]*[^*\])~]$/
				&& $items[-1] ne '..' && $word !~ /^\*/)
			{
				$items[-1] .= " $word";
			}
			else
			{
				push @items, $word;
			}
		}
	}
	return @items;
}

# A phrase as sequences of elements.  An element has alternatives (bytes to
# look for), a gap before it, and may be optional.  An alternative that has a
# gap of its own makes a sequence of its own.
sub sequences
{
	my ($row) = @_;
	my @done = ([]);
	my $gap = 0;

	foreach my $item (items($row))
	{
		my (@plain, @compound, %seen);
		my $optional = $item =~ /^\[/ ? 1 : 0;

		if ($item eq '~' || $item eq '..')
		{
			$gap = $item eq '~' ? 1 : 2;
			next;
		}
		foreach my $reading (expand($row, $item))
		{
			if ($reading eq '')
			{
				$optional = 1;
			}
			elsif ($reading =~ / (\.\.|~) |\* | \*/)
			{
				push @compound, compound($row, $reading, $gap);
			}
			else
			{
				my $text = literal($row, $reading);
				push @plain, $text unless $seen{$text}++;
			}
		}
		# The longest that is there shall be taken.
		@plain = sort { length $b <=> length $a || $a cmp $b } @plain;
		my @next;
		foreach my $head (@done)
		{
			push @next, [ @$head,
				{ gap => $gap, optional => $optional, texts => \@plain } ]
			  if @plain;
			push @next, map { [ @$head, @$_ ] } @compound;
			push @next, $head if $optional && !@plain;
		}
		@done = @next;
		$gap = 0;
	}
	return @done;
}

# The elements of an alternative with gaps or stars inside.
sub compound
{
	my ($row, $reading, $gap) = @_;
	my @elements;

	foreach my $part (split / ((?:\.\.|~)) |(?<=\*) | (?=\*)/, $reading)
	{
		next unless defined $part;
		if ($part eq '..' || $part eq '~')
		{
			$gap = $part eq '~' ? 1 : 2;
			next;
		}
		push @elements,
		  { gap => $gap, optional => 0, texts => [ literal($row, $part) ] };
		$gap = 0;
	}
	return \@elements;
}

# The anchor of a phrase, which the trie looks for: the element whose
# pieces are in the fewest other phrases, because then a hit costs least; of
# those the one with the longest.
sub choose_anchors
{
	my (@phrases) = @_;
	my %shared;

	foreach my $phrase (@phrases)
	{
		$shared{$_}++
		  foreach map { @{ $_->{texts} } } @{ $phrase->{elements} };
	}
	foreach my $phrase (@phrases)
	{
		my ($best, $best_shared, $best_length);

		for my $i (0 .. $#{ $phrase->{elements} })
		{
			my $element = $phrase->{elements}[$i];
			my ($most, $shortest) = (0, MAX_PIECE);

			next if $element->{optional};
			foreach my $text (@{ $element->{texts} })
			{
				$most = $shared{$text} if $shared{$text} > $most;
				$shortest = length $text if length $text < $shortest;
			}
			next if $shortest < MIN_ANCHOR;
			next
			  if defined $best
			  && ($most > $best_shared
				|| ($most == $best_shared && $shortest <= $best_length));
			($best, $best_shared, $best_length) = ($i, $most, $shortest);
		}
		complain($phrase->{row}, 'all parts are too short to look for')
		  unless defined $best;
		$phrase->{anchor} = $best;
	}
	return;
}

1;
