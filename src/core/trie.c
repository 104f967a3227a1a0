/*-------------------------------------------------------------------------
 *
 * trie.c
 *	  Build the trie of the anchors, and the filter before it.
 *
 * A trie in which a branch ends where only one anchor is left; what comes of
 * that anchor behind is compared.  Every state gets a slot so that a child is
 * found by adding its byte class to its parent's base.  See rules.h.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/trie.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "core/compile.h"

/* The class of a slot that is no state. */
#define NO_CLASS 255

/* A state under way.  Children are in the order of their bytes. */
typedef struct State
{
	uint32_t	first_child;	/* 0: none, for the root is nobody's child */
	uint32_t	last_child;
	uint32_t	sibling;
	uint32_t	text;			/* number of the text that ends here, + 1 */
	uint32_t	slot;
	uint32_t	base;
	uint8_t		class;
	bool		is_cut;
} State;

typedef BOUNCE_LIST(State) StateList;

/* An anchor's text, once: where its anchors are in the sorted list. */
typedef struct Text
{
	BounceSpan	bytes;
	uint32_t	first;
	uint32_t	count;
	uint32_t	output;
	uint8_t		groups;
} Text;

typedef struct Build
{
	const BounceMemory *memory;
	BounceAnchor *anchors;
	BOUNCE_LIST(Text) texts;
	StateList	states;
	unsigned char class_of[256];
	BOUNCE_LIST(bool) taken;	/* slots */
	BOUNCE_LIST(bool) based;	/* bases that a state has */
} Build;

static int
compare_anchors(const void *one, const void *other)
{
	const BounceAnchor *a = one;
	const BounceAnchor *b = other;
	size_t		len = a->text.len < b->text.len ? a->text.len : b->text.len;
	int			order = memcmp(a->text.ptr, b->text.ptr, len);

	if (order != 0)
		return order;
	if (a->text.len != b->text.len)
		return a->text.len < b->text.len ? -1 : 1;
	return a->phrase < b->phrase ? -1 : a->phrase > b->phrase;
}

/* Zeroed memory for n things of some size. */
static void *
get_zeroed(const BounceMemory *memory, size_t n, size_t size)
{
	void	   *at = memory->get(memory->state, n * size);

	memset(at, 0, n * size);
	return at;
}

/* Up to eight bytes as a number, the first one lowest. */
static uint64_t
octets_of(BounceSpan bytes, size_t max)
{
	char		eight[8] = {0};

	memcpy(eight, bytes.ptr, bytes.len < max ? bytes.len : max);
	return bounce_eight_octets(eight);
}

static size_t
common_length(BounceSpan a, BounceSpan b)
{
	size_t		n = 0;

	while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
		n++;
	return n;
}

/* Number the bytes that occur, from 1, in their order; 0 is every other byte. */
static void
number_bytes(Build *build)
{
	unsigned char n = 0;

	for (size_t i = 0; i < build->texts.n; i++)
	{
		BounceSpan	bytes = build->texts.at[i].bytes;

		for (size_t at = 0; at < bytes.len; at++)
			build->class_of[(unsigned char) bytes.ptr[at]] = 1;
	}
	/* UTF-8 leaves 13 bytes out, so that there are fewer than NO_CLASS */
	for (int byte = 0; byte < 256; byte++)
	{
		if (build->class_of[byte] != 0 && n < NO_CLASS - 1)
			build->class_of[byte] = ++n;
	}
}

/* The child of a state over a class, which is its last one if there is one. */
static uint32_t
child_of(Build *build, uint32_t parent, uint8_t class)
{
	uint32_t	child = build->states.at[parent].last_child;
	State	   *state;

	if (child != 0 && build->states.at[child].class == class)
		return child;
	state = bounce_list_add(build->memory, &build->states);
	memset(state, 0, sizeof(*state));
	state->class = class;
	child = (uint32_t) (build->states.n - 1);
	if (build->states.at[parent].last_child == 0)
		build->states.at[parent].first_child = child;
	else
		build->states.at[build->states.at[parent].last_child].sibling = child;
	build->states.at[parent].last_child = child;
	return child;
}

/* Make the states, from sorted texts. */
static void
grow(Build *build)
{
	memset(bounce_list_add(build->memory, &build->states), 0, sizeof(State));
	for (size_t i = 0; i < build->texts.n; i++)
	{
		BounceSpan	bytes = build->texts.at[i].bytes;
		size_t		before = i == 0 ? 0 : common_length(build->texts.at[i - 1].bytes, bytes);
		size_t		behind = i + 1 == build->texts.n ? 0 :
			common_length(bytes, build->texts.at[i + 1].bytes);
		size_t		depth = 1 + (before > behind ? before : behind);
		uint32_t	state = 0;

		if (depth > bytes.len)
			depth = bytes.len;
		for (size_t at = 0; at < depth; at++)
			state = child_of(build, state, build->class_of[(unsigned char) bytes.ptr[at]]);
		build->states.at[state].text = (uint32_t) i + 1;
		build->states.at[state].is_cut = depth < bytes.len;
	}
}

/* Is the slot, or the base, given away?  Those behind the list are not. */
#define IS_SET(list, i) ((i) < (list).n && (list).at[i])

#define SET(build, list, i) \
	do \
	{ \
		while ((list).n <= (i)) \
			*bounce_list_add((build)->memory, &(list)) = false; \
		(list).at[i] = true; \
	} while (0)

/* How many of the children find their slot taken with this base? */
static unsigned
slots_taken(const Build *build, uint32_t state, uint32_t base)
{
	for (uint32_t child = build->states.at[state].first_child; child != 0;
		 child = build->states.at[child].sibling)
	{
		if (IS_SET(build->taken, base + build->states.at[child].class))
			return 1;
	}
	return 0;
}

/*
 * Give each state a slot and, if it has children, a base that no other has;
 * those of few bytes first, so that they lie together.  Returns the highest base.
 */
static uint32_t
place_states(Build *build)
{
	uint32_t   *queue = get_zeroed(build->memory, build->states.n, sizeof(*queue));
	size_t		queued = 1;
	uint32_t	from = 1;
	uint32_t	max_base = 0;

	SET(build, build->taken, 0);
	SET(build, build->taken, BOUNCE_ROOT_NODE);
	build->states.at[0].slot = BOUNCE_ROOT_NODE;
	for (size_t i = 0; i < queued; i++)
	{
		uint32_t	state = queue[i];
		uint32_t	base = from;
		unsigned	tries = 0;

		if (build->states.at[state].first_child == 0)
			continue;
		while (IS_SET(build->based, base) || (slots_taken(build, state, base) && ++tries))
			base++;

		/* What is that crowded is not searched again. */
		if (tries > 64 && base > 16 && base - 16 > from)
			from = base - 16;
		SET(build, build->based, base);
		build->states.at[state].base = base;
		if (base > max_base)
			max_base = base;
		for (uint32_t child = build->states.at[state].first_child; child != 0;
			 child = build->states.at[child].sibling)
		{
			build->states.at[child].slot = base + build->states.at[child].class;
			SET(build, build->taken, build->states.at[child].slot);
			queue[queued++] = child;
		}
	}
	return max_base;
}

/* The lists of anchors that end in a state, one behind the other. */
static void
write_outputs(Build *build, BounceRuleSet *set)
{
	BOUNCE_LIST(BounceOutput) outputs = {NULL, 0, 0};
	static const BounceOutput end = {0, BOUNCE_OUTPUT_END, 0};

	*bounce_list_add(build->memory, &outputs) = end;
	for (size_t i = 0; i < build->texts.n; i++)
	{
		Text	   *text = &build->texts.at[i];

		text->output = (uint32_t) outputs.n;
		for (uint32_t n = 0; n < text->count; n++)
		{
			const BounceAnchor *anchor = &build->anchors[text->first + n];
			BounceOutput *output = bounce_list_add(build->memory, &outputs);

			output->text = anchor->pool;
			output->phrase = anchor->phrase;
			output->len = (uint16_t) anchor->text.len;
		}
		*bounce_list_add(build->memory, &outputs) = end;
	}
	set->outputs = outputs.at;
	set->noutputs = (uint32_t) outputs.n;
}

static void
write_nodes(Build *build, BounceRuleSet *set)
{
	/* A base plus any class stays inside: reads need no bound. */
	uint32_t	n = place_states(build) + 256;
	BounceNode *nodes = get_zeroed(build->memory, n, sizeof(*nodes));

	for (uint32_t i = 0; i < n; i++)
		nodes[i].base_class = NO_CLASS;
	for (size_t i = 0; i < build->states.n; i++)
	{
		const State *state = &build->states.at[i];
		BounceNode *node = &nodes[state->slot];

		node->base_class = state->base << 8 | (i == 0 ? NO_CLASS : state->class);
		node->is_cut = state->is_cut;
		if (state->text != 0)
		{
			node->output = build->texts.at[state->text - 1].output;
			node->groups = build->texts.at[state->text - 1].groups;
		}
	}
	set->nodes = nodes;
	set->nnodes = n;
}

/* The smallest number of bits, from min on, that has room for so many. */
static uint8_t
bits_for(size_t n, unsigned min)
{
	unsigned	bits = min;

	while (((size_t) 1 << bits) < n && bits < 24)
		bits++;
	return (uint8_t) bits;
}

/* How the first eight bytes of each text that has as many lead on. */
static void
write_jumps(Build *build, BounceRuleSet *set)
{
	size_t		n = 0;
	BounceJump *jumps;

	for (size_t i = 0; i < build->texts.n; i++)
		n += build->texts.at[i].bytes.len >= 8;
	set->jump_bits = bits_for(n + n / 3 + 1, 4);
	jumps = get_zeroed(build->memory, (size_t) 1 << set->jump_bits, sizeof(*jumps));
	for (size_t i = 0; i < build->texts.n; i++)
	{
		BounceSpan	bytes = build->texts.at[i].bytes;
		uint64_t	octets = octets_of(bytes, 8);
		uint32_t	at = bounce_octets_hash(octets, set->jump_bits);
		uint32_t	state = 0;
		uint32_t	depth = 0;

		if (bytes.len < 8)
			continue;
		while (jumps[at].node != 0 && jumps[at].bytes != octets)
			at = (at + 1) & ((1U << set->jump_bits) - 1);
		while (depth < 8)
		{
			uint32_t	child = build->states.at[state].first_child;

			while (child != 0 && build->states.at[child].class !=
				   build->class_of[(unsigned char) bytes.ptr[depth]])
				child = build->states.at[child].sibling;
			if (child == 0)
				break;
			state = child;
			depth++;
		}
		jumps[at].bytes = octets;
		jumps[at].node = build->states.at[state].slot;
		jumps[at].depth = depth;
	}
	set->jumps = jumps;
}

static inline void
add_key(uint64_t *set, uint32_t key)
{
	set[key / 64] |= (uint64_t) 1 << (key % 64);
}

/* The filter for the anchors of these groups. */
static void
write_filter(Build *build, BounceRuleSet *set, unsigned groups, BounceFilter *filter)
{
	size_t		words = ((size_t) 1 << set->filter_bits) / 64;
	uint64_t   *any = get_zeroed(build->memory, words, sizeof(uint64_t));
	uint64_t   *brief = get_zeroed(build->memory, words, sizeof(uint64_t));
	uint64_t   *whole = get_zeroed(build->memory, words, sizeof(uint64_t));
	uint64_t   *inner = get_zeroed(build->memory, words, sizeof(uint64_t));

	for (size_t i = 0; i < build->texts.n; i++)
	{
		BounceSpan	bytes = build->texts.at[i].bytes;
		uint32_t	begin = bounce_octets_hash(octets_of(bytes, BOUNCE_MIN_ANCHOR),
											   set->filter_bits);

		if ((build->texts.at[i].groups & groups) == 0)
			continue;
		add_key(any, begin);
		if (bytes.len < 8)
			add_key(brief, begin);
		else
			add_key(whole, bounce_octets_hash(octets_of(bytes, 8), set->filter_bits));
		if (bytes.ptr[0] == ' ')
			continue;
		filter->has_inner = true;
		for (size_t at = 0; at + BOUNCE_INNER_BYTES <= BOUNCE_MIN_ANCHOR; at++)
			add_key(inner, bounce_octets_hash(octets_of(bounce_span_make(bytes.ptr + at,
																		 bytes.len - at),
														BOUNCE_INNER_BYTES), set->filter_bits));
	}
	filter->any = any;
	filter->brief = brief;
	filter->whole = whole;
	filter->inner = inner;
}

/*
 * Sort the anchors and make of them the set's trie, filters and outputs.
 */
void
bounce_trie_build(const BounceMemory *memory, BounceAnchor *anchors, size_t nanchors,
				  BounceRuleSet *set)
{
	Build	   *build = get_zeroed(memory, 1, sizeof(*build));

	build->memory = memory;
	build->anchors = anchors;
	if (nanchors > 0)
		qsort(anchors, nanchors, sizeof(*anchors), compare_anchors);
	for (size_t i = 0; i < nanchors; i++)
	{
		Text	   *text = build->texts.n > 0 ? &build->texts.at[build->texts.n - 1] : NULL;

		if (text == NULL || text->bytes.len != anchors[i].text.len ||
			memcmp(text->bytes.ptr, anchors[i].text.ptr, text->bytes.len) != 0)
		{
			text = bounce_list_add(memory, &build->texts);
			memset(text, 0, sizeof(*text));
			text->bytes = anchors[i].text;
			text->first = (uint32_t) i;
		}
		text->count++;
		text->groups |= anchors[i].group;
	}
	number_bytes(build);
	grow(build);
	write_outputs(build, set);
	write_nodes(build, set);
	write_jumps(build, set);

	/* so that few places pass by chance */
	set->filter_bits = bits_for(build->texts.n * 2, 9);
	write_filter(build, set, BOUNCE_GROUP_REASON | BOUNCE_GROUP_STAGE,
				 &set->filter[BOUNCE_FILTER_VERDICT]);
	write_filter(build, set, BOUNCE_GROUP_STAGE, &set->filter[BOUNCE_FILTER_STAGE]);
	write_filter(build, set, BOUNCE_GROUP_NOTICE, &set->filter[BOUNCE_FILTER_NOTICE]);
	{
		unsigned char *classes = get_zeroed(memory, 256, 1);

		memcpy(classes, build->class_of, 256);
		set->byte_class = classes;
	}
}
