#----------------------------------------------------------------------
#
# trie.pl
#	  Build the trie of the anchors, and the filter before it.
#
# A trie in which a branch ends where only one anchor is left; what comes of that
# anchor behind is compared.  Every state gets a slot so that a child is found by
# adding its byte class to its parent's base.  See BounceNode in
# src/core/match.h.
#
# Part of generate.pl, which loads it.
#
# src/rules/trie.pl
#
#----------------------------------------------------------------------
use strict;
use warnings;

# From a list of [bytes, phrase, group]: { classes, nodes, outputs, begins }.
# An output is [bytes, phrase], or undef at the end of a list.
sub build_trie
{
	my (@anchors) = @_;
	my %found;             # bytes => [ [phrase, group], ... ]

	push @{ $found{ $_->[0] } }, [ @$_[ 1, 2 ] ] foreach @anchors;
	my @texts = sort keys %found;
	my $class_of = byte_classes(@texts);
	my ($child, $text_at, $is_cut, $order) = grow($class_of, @texts);
	my ($slot, $base, $class_in, $nslots) = place_states($child, $order);
	my @outputs = (undef);
	my @nodes = map { [ NO_CLASS, 0, 0, 0 ] } 0 .. $nslots - 1;

	foreach my $state (0 .. $#$child)
	{
		my $here = $slot->[$state];
		my $text = $text_at->[$state];
		my ($at, $groups) = (0, 0);

		if (defined $text)
		{
			$at = @outputs;
			push @outputs, (map { [ $text, $_->[0] ] } @{ $found{$text} }), undef;
			$groups |= $_->[1] foreach @{ $found{$text} };
		}
		$nodes[$here] = [
			$base->[$state] << 8 | ($class_in->[$here] || NO_CLASS),
			$at, $groups, $is_cut->[$state] ? 1 : 0 ];
	}
	return {
		classes => [ map { $class_of->{$_} || 0 } 0 .. 255 ],
		nodes   => \@nodes,
		outputs => \@outputs,
		jumps   => jumps($class_of, $child, $slot, @texts),
		begins  => [ map { filter(texts_of($_, \%found)) } 1 | 2, 2, 4 ],
		states  => scalar @$child };
}

# The texts of phrases of these groups.
sub texts_of
{
	my ($groups, $found) = @_;

	return grep { grep { $_->[1] & $groups } @{ $found->{$_} } } sort keys %$found;
}

# Number the bytes that occur, from 1; 0 is every other byte.
sub byte_classes
{
	my %used;
	my $n = 0;

	$used{$_} = 1 foreach map { unpack 'C*', $_ } @_;
	die "too many different bytes\n" if keys %used >= NO_CLASS;
	return { map { $_ => ++$n } sort { $a <=> $b } keys %used };
}

sub common_length
{
	my ($one, $two) = @_;
	my $n = 0;

	return 0 unless defined $one && defined $two;
	$n++ while $n < length $one && $n < length $two && substr($one, $n, 1) eq substr($two, $n, 1);
	return $n;
}

# Per state: its children by class; the text that ends there or is the only one
# to go on, and whether it goes on.  And the states, so that parents come first.
sub grow
{
	my ($class_of, @texts) = @_;
	my (@child, @text_at, @is_cut) = ({});

	foreach my $i (0 .. $#texts)
	{
		my $text = $texts[$i];
		my $before = $i > 0 ? common_length($texts[ $i - 1 ], $text) : 0;
		my $behind = common_length($text, $texts[ $i + 1 ]);
		my $depth = 1 + ($before > $behind ? $before : $behind);
		my $state = 0;

		$depth = length $text if $depth > length $text;
		foreach my $byte (unpack 'C*', substr $text, 0, $depth)
		{
			my $class = $class_of->{$byte};

			if (!exists $child[$state]{$class})
			{
				push @child, {};
				$child[$state]{$class} = $#child;
			}
			$state = $child[$state]{$class};
		}
		$text_at[$state] = $text;
		$is_cut[$state] = $depth < length $text;
	}
	return (\@child, \@text_at, \@is_cut, breadth_first(\@child));
}

# The states but the root, those of few bytes first, so that they lie together.
sub breadth_first
{
	my ($child) = @_;
	my @order;
	my @queue = (0);

	while (@queue)
	{
		my $children = $child->[ shift @queue ];
		my @next = map { $children->{$_} } sort { $a <=> $b } keys %$children;

		push @order, @next;
		push @queue, @next;
	}
	return \@order;
}

# Give each state a slot and, if it has children, a base that no other has.
sub place_states
{
	my ($child, $order) = @_;
	my @slot = (ROOT, (0) x $#$child);
	my @base_of = (0) x @$child;
	my (@taken, %base_used, @class_in);
	my $from = 1;
	my $max_base = 0;

	$taken[0] = $taken[ROOT] = 1;
	foreach my $state (0, @$order)
	{
		my @classes = sort { $a <=> $b } keys %{ $child->[$state] };
		my $base = $from;
		my $tries = 0;

		next unless @classes;
		BASE:
		for (;; $base++)
		{
			next if $base_used{$base};
			foreach my $class (@classes)
			{
				if ($taken[ $base + $class ])
				{
					$tries++;
					next BASE;
				}
			}
			last;
		}

		# What is that crowded is not searched again.
		$from = $base - 16 if $tries > 64 && $base - 16 > $from;
		$base_used{$base} = 1;
		$base_of[$state] = $base;
		$max_base = $base if $base > $max_base;
		foreach my $class (@classes)
		{
			$slot[ $child->[$state]{$class} ] = $base + $class;
			$taken[ $base + $class ] = 1;
			$class_in[ $base + $class ] = $class;
		}
	}

	# A base plus any class stays inside: reads need no bound.
	return (\@slot, \@base_of, \@class_in, $max_base + 256);
}

# Up to eight bytes as a number, the first one lowest.
sub number_of
{
	my ($bytes) = @_;
	my ($low, $high) = unpack 'VV', $bytes . "\0" x (8 - length $bytes);

	return $low | $high << 32;
}

# The number of some bytes in the filter: BOUNCE_BEGIN_KEY in match.h.
sub begin_key
{
	my ($bytes) = @_;
	my $number = number_of($bytes);
	my $key = do
	{
		use integer;
		$number * BEGIN_FACTOR;
	};
	return $key >> 64 - BEGIN_BITS;
}

# The bit of a word that begins with these three bytes: BOUNCE_WORD_BIT.
sub word_bit
{
	my ($bytes) = @_;

	return 1 << (begin_key($bytes) >> BEGIN_BITS - 6);
}

# The slots of bounce_jumps: [bytes, state, its depth] for the first eight bytes
# of each text that has as many, or undef.
sub jumps
{
	my ($class_of, $child, $slot, @texts) = @_;
	my %begin = map { substr($_, 0, 8) => 1 } grep { length $_ >= 8 } @texts;
	my @jumps = (undef) x (1 << JUMP_BITS);

	die "too many anchors to jump to\n" if keys %begin > @jumps / 2 + @jumps / 4;
	foreach my $bytes (sort keys %begin)
	{
		my $at = begin_key($bytes) >> BEGIN_BITS - JUMP_BITS;
		my ($state, $depth) = (0, 0);

		foreach my $class (map { $class_of->{$_} } unpack 'C*', $bytes)
		{
			last unless exists $child->[$state]{$class};
			$state = $child->[$state]{$class};
			$depth++;
		}
		$at = ($at + 1) % @jumps while defined $jumps[$at];
		$jumps[$at] = [ number_of($bytes), $slot->[$state], $depth ];
	}
	return \@jumps;
}

# The sets of BounceBegins: how anchors of all lengths begin, how those do that
# have fewer than eight bytes, and how those that have as many; and what is in the
# beginnings of those that do not begin with a blank.
sub filter
{
	my %key = (any => {}, brief => {}, whole => {}, inner => {});
	my %words_of;

	foreach my $text (@_)
	{
		my $short = begin_key(substr $text, 0, MIN_ANCHOR);

		$key{any}{$short} = 1;
		$key{brief}{$short} = 1 if length $text < 8;
		$key{whole}{ begin_key(substr $text, 0, 8) } = 1 if length $text >= 8;
		next if $text =~ /^ /;
		$key{inner}{ begin_key(substr $text, $_, INNER_BYTES) } = 1
		  foreach 0 .. MIN_ANCHOR - INNER_BYTES;
	}
	foreach my $set (keys %key)
	{
		my @words = (0) x (1 << BEGIN_BITS - 6);

		$words[ $_ >> 6 ] |= 1 << ($_ & 63) foreach keys %{ $key{$set} };
		$words_of{$set} = \@words;
	}
	$words_of{has_inner} = %{ $key{inner} } ? 'true' : 'false';
	return \%words_of;
}

1;
