/*-------------------------------------------------------------------------
 *
 * phrase.c
 *	  Read a pattern: words, brackets, gaps and stars into elements and pieces.
 *
 *		mailbox full			these words
 *		(mailbox|quota) full	one of them
 *		no such [local] user	with the word or without it
 *		mailbox* full			a word that begins so
 *		user ~ unknown			at most BOUNCE_NEAR_WORDS words between
 *		no such .. here			at most BOUNCE_PHRASE_GAP bytes between
 *
 * Words are folded as texts are.  What has a dot, a slash or the like in it is a
 * piece of a host name or of a URL, and stays as it is.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/phrase.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/compile.h"
#include "core/fold_text.h"

typedef BOUNCE_LIST(BounceSpan) SpanList;
typedef BOUNCE_LIST(BounceElementText) ElementList;
typedef BOUNCE_LIST(ElementList) SequenceList;

/* A pattern under way. */
typedef struct Pattern
{
	const BounceMemory *memory;
	BounceSpan	text;
	BounceRuleError *error;
} Pattern;

/* One level of brackets. */
typedef struct Bracket
{
	SpanList	done;			/* readings of the alternatives before this one */
	SpanList	now;			/* and of this one so far */
	char		close;
	const char *open;			/* where it began */
} Bracket;

/*
 * A larger copy of an array with n elements of some size; *room is how many go
 * into it.
 */
void *
bounce_list_grow(const BounceMemory *memory, void *at, size_t n, size_t *room, size_t size)
{
	void	   *larger;

	*room = n < 4 ? 4 : 2 * n;
	larger = memory->get(memory->state, *room * size);
	if (n > 0)
		memcpy(larger, at, n * size);
	return larger;
}

static bool
fail(Pattern *pattern, const char *at, const char *message)
{
	pattern->error->message = message;
	pattern->error->field = BOUNCE_FIELD_PATTERN;
	pattern->error->at = at < pattern->text.ptr ? 0 : (size_t) (at - pattern->text.ptr);
	if (pattern->error->at > pattern->text.len)
		pattern->error->at = 0; /* a place in a reading that was put together */
	return false;
}

static inline bool
is_blank(char c)
{
	return bounce_ascii_is_space(c);
}

static inline bool
is_bracket(char c)
{
	return c == '(' || c == ')' || c == '[' || c == ']' || c == '|';
}

static inline bool
is_gap(BounceSpan word)
{
	return bounce_span_is(word, "~") || bounce_span_is(word, "..");
}

/* The next word of what is left, which is cut off; none at the end. */
static BounceSpan
next_word(BounceSpan *rest)
{
	size_t		from = 0;
	size_t		to;

	while (from < rest->len && is_blank(rest->ptr[from]))
		from++;
	for (to = from; to < rest->len && !is_blank(rest->ptr[to]); to++)
		;
	*rest = bounce_span_make(rest->ptr + to, rest->len - to);
	return bounce_span_make(rest->ptr - (to - from), to - from);
}

/* All pairs of what begins and what goes on, joined, instead of *list. */
static bool
multiply(Pattern *pattern, SpanList *list, const SpanList *by, const char *at)
{
	SpanList	product = {NULL, 0, 0};

	if (list->n * by->n > BOUNCE_MAX_READINGS)
		return fail(pattern, at, "has too many alternatives");
	for (size_t i = 0; i < list->n; i++)
	{
		for (size_t k = 0; k < by->n; k++)
		{
			BounceSpan	head = list->at[i];
			BounceSpan	tail = by->at[k];
			char	   *joined;

			if (head.len == 0 || tail.len == 0)
			{
				*bounce_list_add(pattern->memory, &product) = head.len == 0 ? tail : head;
				continue;
			}
			joined = pattern->memory->get(pattern->memory->state, head.len + tail.len);
			memcpy(joined, head.ptr, head.len);
			memcpy(joined + head.len, tail.ptr, tail.len);
			*bounce_list_add(pattern->memory, &product) =
				bounce_span_make(joined, head.len + tail.len);
		}
	}
	*list = product;
	return true;
}

static void
open_bracket(Pattern *pattern, Bracket *bracket, const char *open)
{
	static const Bracket empty;

	*bracket = empty;
	bracket->open = open;
	bracket->close = *open == '(' ? ')' : ']';
	*bounce_list_add(pattern->memory, &bracket->now) = bounce_span_make(open, 0);
}

/*
 * All ways to read a bracket: text is what stands between its ends, both
 * included.
 */
static bool
read_bracket(Pattern *pattern, BounceSpan text, SpanList *readings)
{
	Bracket		stack[BOUNCE_MAX_BRACKETS];
	size_t		depth = 0;
	size_t		i = 0;

	for (;;)
	{
		const char *here = text.ptr + i;
		Bracket    *top = depth > 0 ? &stack[depth - 1] : NULL;
		size_t		from = i;

		switch (*here)
		{
			case '(':
			case '[':
				if (depth == BOUNCE_MAX_BRACKETS)
					return fail(pattern, here, "has too many brackets inside each other");
				open_bracket(pattern, &stack[depth++], here);
				i++;
				continue;
			case '|':
			case ')':
			case ']':
				for (size_t n = 0; n < top->now.n; n++)
					*bounce_list_add(pattern->memory, &top->done) = top->now.at[n];
				if (top->done.n > BOUNCE_MAX_READINGS)
					return fail(pattern, here, "has too many alternatives");
				top->now.n = 0;
				i++;
				if (*here == '|')
				{
					*bounce_list_add(pattern->memory, &top->now) = bounce_span_make(here, 0);
					continue;
				}
				if (*here != top->close)
					return fail(pattern, here, "closes a bracket of the other kind");
				if (*here == ']')
					*bounce_list_add(pattern->memory, &top->done) = bounce_span_make(here, 0);
				depth--;
				if (depth == 0)
				{
					*readings = top->done;
					return true;
				}
				if (!multiply(pattern, &stack[depth - 1].now, &top->done, here))
					return false;
				continue;
			default:
				break;
		}
		while (!is_bracket(text.ptr[i]))
			i++;
		{
			BounceSpan	run = bounce_span_make(here, i - from);
			SpanList	one = {&run, 1, 1};

			if (!multiply(pattern, &top->now, &one, here))
				return false;
		}
	}
}

/* Is the word a piece of a host name or a URL, which folding leaves as it is? */
static bool
is_verbatim(BounceSpan word)
{
	for (size_t i = 0; i < word.len; i++)
	{
		if (memchr("./=?&:", word.ptr[i], 6) != NULL)
			return true;
	}
	return false;
}

/* Write a word as it stands in folded text behind *n bytes; false: it does not. */
static bool
fold_pattern_word(BounceSpan word, char *out, size_t *n)
{
	BounceFolded folded;

	if (word.len > BOUNCE_MAX_PIECE - 2)
		return false;
	if (bounce_span_is(word, "@"))
		out[(*n)++] = '@';
	else if (is_verbatim(word))
	{
		/* a code is left out of texts */
		bounce_text_fold(word, &folded, NULL);
		if (folded.len < 3 && bounce_ascii_is_digit(word.ptr[0]))
			return false;
		for (size_t i = 0; i < word.len; i++)
		{
			if (word.ptr[i] <= ' ' || word.ptr[i] == '*' || word.ptr[i] == '@')
				return false;
			out[(*n)++] = bounce_ascii_lower(word.ptr[i]);
		}
	}
	else
	{
		bounce_text_fold(word, &folded, NULL);
		if (folded.len < 3)
			return false;
		memcpy(out + *n, folded.text + 1, folded.len - 2);
		*n += folded.len - 2;
	}
	out[(*n)++] = ' ';
	return true;
}

/* Does a character of a script begin here that puts no blanks between words? */
static inline bool
is_unspaced(const char *s)
{
	return (unsigned char) *s >= 0xE3 && (unsigned char) *s <= 0xED;
}

/*
 * The bytes to look for, from words: a star is the rest of a word, without one
 * a blank bounds it.
 */
static bool
make_piece(Pattern *pattern, BounceSpan words, BounceSpan *piece)
{
	char		buf[2 * BOUNCE_MAX_PIECE + 2];
	BounceSpan	rest = words;
	bool		open_start = words.ptr[0] == '*';
	bool		open_end = words.ptr[words.len - 1] == '*';
	char	   *copy;
	size_t		n = 1;

	buf[0] = ' ';
	if (open_start)
		rest = bounce_span_make(rest.ptr + 1, rest.len - 1);
	if (open_end && rest.len > 0)
		rest.len--;
	for (BounceSpan word = next_word(&rest); word.len > 0; word = next_word(&rest))
	{
		if (memchr(word.ptr, '*', word.len) != NULL)
			return fail(pattern, word.ptr, "has a star inside a word");
		if (!fold_pattern_word(word, buf, &n))
			return fail(pattern, word.ptr, "has a word that is never found: too long, a code or no letters");
		if (n > BOUNCE_MAX_PIECE)
			return fail(pattern, word.ptr, "has too many words in a row");
	}
	if (n == 1)
		return fail(pattern, words.ptr, "has a star without letters");

	/* Scripts that put no blanks between words have no bounds. */
	copy = pattern->memory->get(pattern->memory->state, n);
	memcpy(copy, buf, n);
	*piece = bounce_span_make(copy, n);
	if (open_start || is_unspaced(copy + 1))
		*piece = bounce_span_make(piece->ptr + 1, piece->len - 1);
	if (open_end || (n >= 5 && is_unspaced(copy + n - 4)))
		piece->len--;
	return true;
}

/* Longer ones first, then by their bytes. */
static void
insert_piece(const BounceMemory *memory, SpanList *pieces, BounceSpan piece)
{
	size_t		at = 0;

	for (; at < pieces->n; at++)
	{
		BounceSpan	other = pieces->at[at];
		int			order = other.len == piece.len ?
			memcmp(other.ptr, piece.ptr, piece.len) : other.len > piece.len ? -1 : 1;

		if (order == 0)
			return;
		if (order > 0)
			break;
	}
	bounce_list_add(memory, pieces);
	memmove(pieces->at + at + 1, pieces->at + at, (pieces->n - 1 - at) * sizeof(*pieces->at));
	pieces->at[at] = piece;
}

/* An element of one piece, made of these words. */
static bool
add_element(Pattern *pattern, BounceSpan words, BounceGap gap, ElementList *elements)
{
	BounceElementText *element;
	BounceSpan *piece = pattern->memory->get(pattern->memory->state, sizeof(*piece));

	if (!make_piece(pattern, words, piece))
		return false;
	element = bounce_list_add(pattern->memory, elements);
	element->pieces = piece;
	element->npieces = 1;
	element->gap = gap;
	element->optional = false;
	return true;
}

/*
 * Cut a reading where it has gaps or stars of its own.  The first element of
 * what comes of it has this gap before it.
 */
static bool
cut_reading(Pattern *pattern, BounceSpan reading, BounceGap gap, ElementList *elements)
{
	BounceSpan	rest = reading;
	BounceSpan	words = BOUNCE_SPAN_NONE;

	for (BounceSpan word = next_word(&rest);; word = next_word(&rest))
	{
		bool		ends = word.len == 0 || is_gap(word) ||
			(words.len > 0 && (words.ptr[words.len - 1] == '*' || word.ptr[0] == '*'));

		if (ends && words.len > 0)
		{
			if (!add_element(pattern, words, gap, elements))
				return false;
			gap = BOUNCE_GAP_NONE;
			words = BOUNCE_SPAN_NONE;
		}
		if (word.len == 0)
			break;
		if (is_gap(word))
			gap = word.len == 1 ? BOUNCE_GAP_NEAR : BOUNCE_GAP_WINDOW;
		else if (words.len == 0)
			words = word;
		else
			words.len = (size_t) (word.ptr + word.len - words.ptr);
	}
	if (elements->n > 0 && gap != BOUNCE_GAP_NONE)
		return fail(pattern, reading.ptr, "has a gap at the end of an alternative");
	return true;
}

/* Has the whole of the pattern been cut off? */
static bool
skip_blanks(BounceSpan *rest)
{
	while (rest->len > 0 && is_blank(rest->ptr[0]))
		*rest = bounce_span_make(rest->ptr + 1, rest->len - 1);
	return rest->len == 0;
}

/*
 * Cut the next item off: words in a row, a bracket or a gap.  A star ends the
 * words before or behind it.
 */
static bool
next_item(Pattern *pattern, BounceSpan *rest, BounceSpan *item)
{
	BounceSpan	all = *rest;
	size_t		end = 0;

	if (*all.ptr == '(' || *all.ptr == '[')
	{
		int			depth = 0;

		do
		{
			if (end == all.len)
				return fail(pattern, all.ptr, "has a bracket that is not closed");
			depth += all.ptr[end] == '(' || all.ptr[end] == '[';
			depth -= all.ptr[end] == ')' || all.ptr[end] == ']';
			end++;
		} while (depth > 0);
		if (end < all.len && !is_blank(all.ptr[end]))
			return fail(pattern, all.ptr + end, "lacks a blank behind a bracket");
	}
	else
	{
		BounceSpan	left = all;
		bool		starred = false;

		while (!skip_blanks(&left))
		{
			size_t		len = 0;

			while (len < left.len && !is_blank(left.ptr[len]) && !is_bracket(left.ptr[len]))
				len++;
			if (len == 0 && (end == 0 || (*left.ptr != '(' && *left.ptr != '[')))
				return fail(pattern, left.ptr, "has a bracket that was not opened");
			if (len > 0 && len < left.len && is_bracket(left.ptr[len]))
				return fail(pattern, left.ptr + len, "lacks a blank before a bracket");
			if (len == 0 || (end > 0 && (starred || *left.ptr == '*' ||
										 is_gap(bounce_span_make(left.ptr, len)))))
				break;
			starred = left.ptr[len - 1] == '*' || is_gap(bounce_span_make(left.ptr, len));
			end = (size_t) (left.ptr + len - all.ptr);
			left = bounce_span_make(left.ptr + len, left.len - len);
		}
	}
	*item = bounce_span_make(all.ptr, end);
	*rest = bounce_span_make(all.ptr + end, all.len - end);
	return true;
}

/* Are two sequences of single pieces the same? */
static bool
sequences_equal(const ElementList *a, const ElementList *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
	{
		BounceSpan	one = a->at[i].pieces[0];
		BounceSpan	other = b->at[i].pieces[0];

		if (a->at[i].gap != b->at[i].gap || one.len != other.len ||
			memcmp(one.ptr, other.ptr, one.len) != 0)
			return false;
	}
	return true;
}

/* Add a sequence, unless it is there: folding makes words the same. */
static void
add_sequence(const BounceMemory *memory, SequenceList *sequences, ElementList sequence)
{
	for (size_t i = 0; i < sequences->n; i++)
	{
		if (sequences_equal(&sequences->at[i], &sequence))
			return;
	}
	*bounce_list_add(memory, sequences) = sequence;
}

/*
 * Read what an item can be: pieces that are alternatives of one element, and
 * sequences with gaps of their own; and whether it may be missing.
 */
static bool
read_item(Pattern *pattern, BounceSpan item, BounceGap gap, SpanList *pieces,
		  SequenceList *sequences, bool *optional)
{
	SpanList	readings = {&item, 1, 1};

	if ((*item.ptr == '(' || *item.ptr == '[') && !read_bracket(pattern, item, &readings))
		return false;
	*optional = *item.ptr == '[';
	for (size_t i = 0; i < readings.n; i++)
	{
		ElementList elements = {NULL, 0, 0};

		if (!cut_reading(pattern, readings.at[i], gap, &elements))
			return false;
		if (elements.n == 0)
			*optional = true;
		else if (elements.n == 1 && elements.at[0].gap == gap)
			insert_piece(pattern->memory, pieces, elements.at[0].pieces[0]);
		else
			add_sequence(pattern->memory, sequences, elements);
	}
	return true;
}

/* Put what follows behind each of the sequences, in all ways. */
static bool
extend_sequences(Pattern *pattern, BounceSpan item, BounceGap gap, const SpanList *pieces,
				 const SequenceList *tails, bool optional, SequenceList *done)
{
	SequenceList next = {NULL, 0, 0};
	size_t		ways = (pieces->n > 0) + tails->n + (optional && pieces->n == 0);

	if (done->n * ways > BOUNCE_MAX_READINGS)
		return fail(pattern, item.ptr, "has too many alternatives");
	for (size_t i = 0; i < done->n; i++)
	{
		for (size_t way = 0; way < ways; way++)
		{
			ElementList sequence = {NULL, 0, 0};

			for (size_t n = 0; n < done->at[i].n; n++)
				*bounce_list_add(pattern->memory, &sequence) = done->at[i].at[n];
			if (pieces->n > 0 && way == 0)
			{
				BounceElementText *element = bounce_list_add(pattern->memory, &sequence);

				element->pieces = pieces->at;
				element->npieces = pieces->n;
				element->gap = gap;
				element->optional = optional;
			}
			else if (way - (pieces->n > 0) < tails->n)
			{
				const ElementList *tail = &tails->at[way - (pieces->n > 0)];

				for (size_t n = 0; n < tail->n; n++)
					*bounce_list_add(pattern->memory, &sequence) = tail->at[n];
			}
			if (sequence.n > BOUNCE_MAX_ELEMENTS)
				return fail(pattern, item.ptr, "has too many parts");
			*bounce_list_add(pattern->memory, &next) = sequence;
		}
	}
	*done = next;
	return true;
}

/*
 * Read a pattern as sequences of elements.  An alternative that has a gap of its
 * own makes a sequence of its own.
 *
 * Returns false and fills *error when it cannot be read.  The cost is bounded by
 * BOUNCE_MAX_PATTERN and BOUNCE_MAX_READINGS.
 */
bool
bounce_phrase_read(const BounceMemory *memory, BounceSpan pattern, BouncePhraseText **phrases,
				   size_t *nphrases, BounceRuleError *error)
{
	Pattern		under_way = {memory, pattern, error};
	BounceSpan	rest = pattern;
	SequenceList done = {NULL, 0, 0};
	BounceGap	gap = BOUNCE_GAP_NONE;
	static const ElementList empty;

	if (pattern.len > BOUNCE_MAX_PATTERN)
		return fail(&under_way, pattern.ptr + BOUNCE_MAX_PATTERN, "is too long");
	*bounce_list_add(memory, &done) = empty;
	while (!skip_blanks(&rest))
	{
		BounceSpan	item;
		SpanList	pieces = {NULL, 0, 0};
		SequenceList sequences = {NULL, 0, 0};
		bool		optional;

		if (!next_item(&under_way, &rest, &item))
			return false;
		if (is_gap(item))
		{
			if ((done.n == 1 && done.at[0].n == 0) || skip_blanks(&rest))
				return fail(&under_way, item.ptr, "has a gap at an end");
			gap = item.len == 1 ? BOUNCE_GAP_NEAR : BOUNCE_GAP_WINDOW;
			continue;
		}
		if (!read_item(&under_way, item, gap, &pieces, &sequences, &optional) ||
			!extend_sequences(&under_way, item, gap, &pieces, &sequences, optional, &done))
			return false;
		gap = BOUNCE_GAP_NONE;
	}
	*phrases = memory->get(memory->state, done.n * sizeof(**phrases));
	*nphrases = done.n;
	for (size_t i = 0; i < done.n; i++)
	{
		bool		needed = false;

		for (size_t n = 0; n < done.at[i].n; n++)
			needed |= !done.at[i].at[n].optional;
		if (!needed)
			return fail(&under_way, pattern.ptr, "has no part that must be there");
		(*phrases)[i].elements = done.at[i].at;
		(*phrases)[i].nelements = done.at[i].n;
	}
	return true;
}
