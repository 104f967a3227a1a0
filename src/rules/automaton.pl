#----------------------------------------------------------------------
#
# automaton.pl
#	  Build the Aho-Corasick automaton of the anchors.
#
# A trie of the anchors; failure links, breadth first; then every state gets
# a slot so that a child is found by adding its byte class to its parent's
# base.  See BounceNode in src/core/match.h.
#
# Part of generate.pl, which loads it.
#
# src/rules/automaton.pl
#
#----------------------------------------------------------------------
use strict;
use warnings;

# From a list of [bytes, phrase]: { classes, nodes, outputs, states }.
sub build_automaton
{
	my (@anchors) = @_;
	my $class_of = byte_classes(@anchors);
	my ($child, $output) = build_trie($class_of, @anchors);
	my ($fail, $order) = link_failures($child, $output);
	my ($slot, $base, $class_in, $nslots) = place_states($child, $order);
	my @outputs = ('{' . OUTPUT_END . ', 0}');
	my %output_at = ('' => 0);
	my @nodes = map { [ 0, ROOT << 1, 0 ] } 0 .. $nslots - 1;

	for my $state (0 .. $#$child)
	{
		my $here = $slot->[$state];
		my @found = map { "{$_->[0], $_->[1]}" } @{ $output->[$state] };
		my $list = join ', ', @found;

		if (!exists $output_at{$list})
		{
			$output_at{$list} = scalar @outputs;
			push @outputs, @found, '{' . OUTPUT_END . ', 0}';
		}
		$nodes[$here] = [
			$base->[$state] << 8 | ($class_in->[$here] || 0),
			$slot->[ $fail->[$state] ] << 1 | (@found ? 1 : 0),
			$output_at{$list} ];
	}
	return {
		classes => [ map { $class_of->{$_} || 0 } 0 .. 255 ],
		nodes   => \@nodes,
		outputs => \@outputs,
		states  => scalar @$child };
}

# Number the bytes that occur, from 1; 0 is every other byte.
sub byte_classes
{
	my %used;
	my $n = 0;

	$used{$_} = 1 foreach map { unpack 'C*', $_->[0] } @_;
	return { map { $_ => ++$n } sort { $a <=> $b } keys %used };
}

# Per state: its children by class; what ends there, [phrase, length].
sub build_trie
{
	my ($class_of, @anchors) = @_;
	my @child = ({});
	my @output = ([]);

	foreach my $anchor (@anchors)
	{
		my ($text, $phrase) = @$anchor;
		my $state = 0;

		foreach my $byte (unpack 'C*', $text)
		{
			my $class = $class_of->{$byte};

			if (!exists $child[$state]{$class})
			{
				push @child, {};
				push @output, [];
				$child[$state]{$class} = $#child;
			}
			$state = $child[$state]{$class};
		}
		push @{ $output[$state] }, [ $phrase, length $text ];
	}
	return (\@child, \@output);
}

# The state of the longest suffix that is in the trie, per state, and the
# states breadth first.  What ends at a suffix ends here too.
sub link_failures
{
	my ($child, $output) = @_;
	my @fail = (0) x @$child;
	my @order;
	my @queue =
	  map { $child->[0]{$_} } sort { $a <=> $b } keys %{ $child->[0] };

	while (@queue)
	{
		my $state = shift @queue;

		push @order, $state;
		foreach my $class (sort { $a <=> $b } keys %{ $child->[$state] })
		{
			my $next = $child->[$state]{$class};
			my $back = $fail[$state];

			$back = $fail[$back]
			  while $back && !exists $child->[$back]{$class};
			$fail[$next] =
			  exists $child->[$back]{$class} ? $child->[$back]{$class} : 0;
			push @{ $output->[$next] }, @{ $output->[ $fail[$next] ] };
			push @queue, $next;
		}
	}

	# Step over a link to a state that can go on no further than this one.
	foreach my $state (@order)
	{
		my $back = $fail[$state];

		$fail[$state] = $fail[$back]
		  if $back && !grep { !exists $child->[$state]{$_} }
			  keys %{ $child->[$back] };
	}
	return (\@fail, \@order);
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

1;
