/*-------------------------------------------------------------------------
 *
 * compile.c
 *	  Make the tables of a rule set from rules as they are written.
 *
 * The same for the rules that are built in and for those of a user.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/compile.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "core/compile.h"
#include "core/match.h"

typedef BOUNCE_LIST(char) ByteList;

/* A phrase under way: its rule, and what it is made of. */
typedef struct Draft
{
	BouncePhraseText text;
	uint32_t	rule;
	uint32_t	weight;
	uint8_t		group;
	uint8_t		anchor;
} Draft;

/* A text in the pool. */
typedef struct Pooled
{
	uint32_t	at;
	uint32_t	len;			/* 0: a free slot */
} Pooled;

struct BounceCompiler
{
	BounceMemory memory;
	ByteList	pool;
	Pooled	   *pooled;			/* a hash table of what is in it */
	size_t		npooled;
	size_t		slots;			/* a power of two */
	size_t		npieces;
	BOUNCE_LIST(BounceRule) rules;
	BOUNCE_LIST(Draft) drafts;
};

static bool
fail(BounceRuleError *error, BounceRuleField field, size_t at, const char *message)
{
	error->message = message;
	error->field = field;
	error->at = at;
	return false;
}

/*
 * The pool of all bytes
 */

static uint32_t
hash_bytes(BounceSpan bytes)
{
	uint32_t	hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < bytes.len; i++)
		hash = (hash ^ (unsigned char) bytes.ptr[i]) * 16777619u;
	return hash;
}

/* The slot of these bytes, or the free one where they would go. */
static Pooled *
find_pooled(const BounceCompiler *compiler, BounceSpan bytes)
{
	size_t		at = hash_bytes(bytes) & (compiler->slots - 1);

	while (compiler->pooled[at].len != 0 &&
		   (compiler->pooled[at].len != bytes.len ||
			memcmp(compiler->pool.at + compiler->pooled[at].at, bytes.ptr, bytes.len) != 0))
		at = (at + 1) & (compiler->slots - 1);
	return &compiler->pooled[at];
}

static void
make_slots(BounceCompiler *compiler, size_t slots)
{
	Pooled	   *old = compiler->pooled;
	size_t		nold = compiler->slots;

	compiler->pooled = compiler->memory.get(compiler->memory.state, slots * sizeof(Pooled));
	compiler->slots = slots;
	memset(compiler->pooled, 0, slots * sizeof(Pooled));
	for (size_t i = 0; i < nold; i++)
	{
		if (old[i].len != 0)
			*find_pooled(compiler, bounce_span_make(compiler->pool.at + old[i].at, old[i].len)) =
				old[i];
	}
}

/* Where in the pool these bytes are. */
static uint32_t
put_in_pool(BounceCompiler *compiler, BounceSpan bytes)
{
	Pooled	   *slot;

	if (bytes.len == 0)
		return 0;
	if (compiler->npooled * 2 >= compiler->slots)
		make_slots(compiler, compiler->slots * 2);
	slot = find_pooled(compiler, bytes);
	if (slot->len == 0)
	{
		slot->at = (uint32_t) compiler->pool.n;
		slot->len = (uint32_t) bytes.len;
		compiler->npooled++;
		for (size_t i = 0; i < bytes.len; i++)
			*bounce_list_add(&compiler->memory, &compiler->pool) = bytes.ptr[i];
	}
	return slot->at;
}

/* The same with a terminator. */
static uint32_t
put_string_in_pool(BounceCompiler *compiler, BounceSpan string)
{
	char	   *copy = compiler->memory.get(compiler->memory.state, string.len + 1);

	if (string.len > 0)
		memcpy(copy, string.ptr, string.len);
	copy[string.len] = '\0';
	return put_in_pool(compiler, bounce_span_make(copy, string.len + 1));
}

/*
 * Conditions
 */

/* Read a number of up to three digits, or a star, which is any. */
static bool
read_part(BounceSpan code, size_t *i, uint16_t *part)
{
	size_t		from = *i;
	unsigned	number = 0;

	if (*i < code.len && code.ptr[*i] == '*')
	{
		(*i)++;
		*part = BOUNCE_CODE_ANY;
		return true;
	}
	for (; *i < code.len && bounce_ascii_is_digit(code.ptr[*i]) && *i - from < 3; (*i)++)
		number = number * 10 + (unsigned) (code.ptr[*i] - '0');
	*part = (uint16_t) number;
	return *i > from;
}

static inline bool
is_class(char c)
{
	return c == '2' || c == '4' || c == '5';
}

/*
 * Read a code condition: "550", "5" (any 5yz), "5.1.1", "5.1.*", "*.2.1", "550
 * 5.1.1"; with "~" before a reply code or its digit only where there is no
 * specific enhanced code.
 */
static bool
read_code(BounceSpan code, BounceRule *rule, BounceRuleError *error)
{
	size_t		i = 0;

	if (i < code.len && code.ptr[i] == '~')
	{
		rule->vague = true;
		i++;
		if (i == code.len)
			return true;
	}
	if (code.len - i >= 3 && is_class(code.ptr[i]) && bounce_ascii_is_digit(code.ptr[i + 1]) &&
		bounce_ascii_is_digit(code.ptr[i + 2]))
	{
		rule->reply = (uint16_t) ((code.ptr[i] - '0') * 100 + (code.ptr[i + 1] - '0') * 10 +
								  (code.ptr[i + 2] - '0'));
		i += 3;
		if (i == code.len)
			return true;
		if (code.ptr[i] != ' ' && code.ptr[i] != '-')
			return fail(error, BOUNCE_FIELD_CODE, i, "goes on behind the reply code");
		i++;
	}
	else if (code.len - i == 1 && is_class(code.ptr[i]))
	{
		rule->digit = (uint8_t) (code.ptr[i] - '0');
		return true;
	}
	if (rule->vague)
		return fail(error, BOUNCE_FIELD_CODE, i, "has an enhanced code behind \"~\", which asks for none");
	if (i == code.len || (!is_class(code.ptr[i]) && code.ptr[i] != '*'))
		return fail(error, BOUNCE_FIELD_CODE, i, "must begin with 2, 4, 5 or a star");
	rule->enhanced = true;
	if (code.ptr[i] != '*')
		rule->digit = (uint8_t) (code.ptr[i] - '0');
	i++;
	for (int part = 0; part < 2; part++)
	{
		if (i == code.len || code.ptr[i] != '.')
			return fail(error, BOUNCE_FIELD_CODE, i, "lacks a dot");
		i++;
		if (!read_part(code, &i, part == 0 ? &rule->subject : &rule->detail))
			return fail(error, BOUNCE_FIELD_CODE, i, "lacks a number");
	}
	return i == code.len ||
		fail(error, BOUNCE_FIELD_CODE, i, "goes on behind the enhanced code");
}

/* Read a host name's end, "example.com", also as ".example.com". */
static bool
read_host(BounceCompiler *compiler, BounceSpan host, BounceRule *rule, BounceRuleError *error)
{
	char		lower[255];
	size_t		from = 0;

	if (host.len > 1 && host.ptr[0] == '*' && host.ptr[1] == '.')
		from = 2;
	else if (host.len > 0 && host.ptr[0] == '.')
		from = 1;
	if (from == host.len)
		return fail(error, BOUNCE_FIELD_HOST, 0, "has no name");
	if (host.len - from > sizeof(lower))
		return fail(error, BOUNCE_FIELD_HOST, from + sizeof(lower), "is too long");
	for (size_t i = from; i < host.len; i++)
	{
		char		c = host.ptr[i];

		if (!bounce_ascii_is_alnum(c) && c != '-' && c != '_' &&
			!(c == '.' && i > from && host.ptr[i - 1] != '.' && i + 1 < host.len))
			return fail(error, BOUNCE_FIELD_HOST, i, "has a character that no host name has");
		lower[i - from] = bounce_ascii_lower(c);
	}
	rule->host_len = (uint8_t) (host.len - from);
	rule->host = put_in_pool(compiler, bounce_span_make(lower, host.len - from));
	return true;
}

static bool
read_conditions(BounceCompiler *compiler, const BounceRuleText *text, BounceRule *rule,
				BounceRuleError *error)
{
	rule->reply = rule->subject = rule->detail = BOUNCE_CODE_ANY;
	if (text->code.len > 0 && !read_code(text->code, rule, error))
		return false;
	if (text->host.len > 0 && !read_host(compiler, text->host, rule, error))
		return false;
	if (text->command.len > 0)
	{
		rule->stage = (uint8_t) bounce_stage_parse(text->command);
		if (rule->stage == BOUNCE_STAGE_UNKNOWN)
			return fail(error, BOUNCE_FIELD_COMMAND, 0,
						"must be CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT or DATA");
	}
	return true;
}

static uint8_t
group_of(const BounceRule *rule)
{
	if (rule->reason == BOUNCE_RULE_NOTICE)
		return BOUNCE_GROUP_NOTICE;
	return rule->reason == BOUNCE_RULE_STAGE ? BOUNCE_GROUP_STAGE : BOUNCE_GROUP_REASON;
}

static uint32_t
weight_of(const BounceRuleText *text, const BounceRule *rule)
{
	if (group_of(rule) != BOUNCE_GROUP_REASON)
		return 0;
	return BOUNCE_WEIGHT_PRIORITY(text->priority) + (text->own ? BOUNCE_WEIGHT_OWN : 0) +
		(text->code.len > 0 || text->command.len > 0 ? BOUNCE_WEIGHT_CONDITION : 0);
}

/* Begin a rule set. */
BounceCompiler *
bounce_compile_begin(const BounceMemory *memory)
{
	BounceCompiler *compiler = memory->get(memory->state, sizeof(*compiler));

	memset(compiler, 0, sizeof(*compiler));
	compiler->memory = *memory;
	make_slots(compiler, 64);
	return compiler;
}

/* The shortest of an element's pieces: they are sorted. */
static inline size_t
shortest_of(const BounceElementText *element)
{
	return element->pieces[element->npieces - 1].len;
}

/*
 * Add a rule.  Returns false and fills *error when it cannot be read, or when
 * there are too many; the set is as it was before then.
 */
bool
bounce_compile_rule(BounceCompiler *compiler, const BounceRuleText *text, BounceRuleError *error)
{
	BouncePhraseText *phrases = NULL;
	size_t		nphrases = 0;
	size_t		before = compiler->drafts.n;
	size_t		npieces = 0;
	BounceRule	rule;

	memset(&rule, 0, sizeof(rule));
	rule.reason = (uint8_t) text->reason;
	rule.own = text->own;
	rule.not_instant = text->not_instant;
	if (!read_conditions(compiler, text, &rule, error))
		return false;
	if (text->reason == BOUNCE_RULE_NOTICE)
		rule.stage = (uint8_t) text->saying;
	if (text->pattern.len > 0 &&
		!bounce_phrase_read(&compiler->memory, text->pattern, &phrases, &nphrases, error))
		return false;
	for (size_t i = 0; i < nphrases; i++)
	{
		for (size_t n = 0; n < phrases[i].nelements; n++)
			npieces += phrases[i].elements[n].npieces;
	}
	if (npieces > BOUNCE_MAX_PIECES)
		return fail(error, BOUNCE_FIELD_PATTERN, 0, "has too many alternatives");
	if (compiler->rules.n == BOUNCE_MAX_RULES ||
		compiler->drafts.n + nphrases >= BOUNCE_MAX_PHRASES ||
		compiler->npieces + npieces > BOUNCE_MAX_SET_PIECES)
		return fail(error, BOUNCE_FIELD_PATTERN, 0, "is one rule too many");
	rule.id = put_string_in_pool(compiler, text->id);
	for (size_t i = 0; i < nphrases || (i == 0 && text->pattern.len == 0); i++)
	{
		Draft	   *draft = bounce_list_add(&compiler->memory, &compiler->drafts);
		bool		findable = text->pattern.len == 0;

		memset(draft, 0, sizeof(*draft));
		if (nphrases > 0)
			draft->text = phrases[i];
		draft->rule = (uint32_t) compiler->rules.n;
		draft->weight = weight_of(text, &rule);
		draft->group = group_of(&rule);
		for (size_t n = 0; n < draft->text.nelements; n++)
			findable |= !draft->text.elements[n].optional &&
				shortest_of(&draft->text.elements[n]) >= BOUNCE_MIN_ANCHOR;
		if (!findable)
		{
			compiler->drafts.n = before;
			return fail(error, BOUNCE_FIELD_PATTERN, 0,
						"has no part that is long enough to look for");
		}
	}
	*bounce_list_add(&compiler->memory, &compiler->rules) = rule;
	compiler->npieces += npieces;
	return true;
}

/*
 * Anchors: the element of a phrase whose pieces are in the fewest other phrases,
 * because then a hit costs least; of those the one with the longest.
 */

static int
compare_spans(const void *one, const void *other)
{
	const BounceSpan *a = one;
	const BounceSpan *b = other;
	size_t		len = a->len < b->len ? a->len : b->len;
	int			order = memcmp(a->ptr, b->ptr, len);

	if (order != 0)
		return order;
	return a->len < b->len ? -1 : a->len > b->len;
}

/* How many of the pieces, which are sorted, are before this one, or are it? */
static size_t
count_before(BounceSpan piece, bool or_equal, const BounceSpan *pieces, size_t npieces)
{
	size_t		low = 0;
	size_t		high = npieces;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		int			order = compare_spans(&pieces[middle], &piece);

		if (order < 0 || (or_equal && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* In how many phrases is the piece? */
static size_t
count_piece(BounceSpan piece, const BounceSpan *pieces, size_t npieces)
{
	return count_before(piece, true, pieces, npieces) -
		count_before(piece, false, pieces, npieces);
}

static void
choose_anchor(Draft *draft, const BounceSpan *pieces, size_t npieces)
{
	size_t		best_shared = SIZE_MAX;
	size_t		best_length = 0;

	for (size_t i = 0; i < draft->text.nelements; i++)
	{
		const BounceElementText *element = &draft->text.elements[i];
		size_t		most = 0;
		size_t		shortest = shortest_of(element);

		if (element->optional || shortest < BOUNCE_MIN_ANCHOR)
			continue;
		for (size_t n = 0; n < element->npieces; n++)
		{
			size_t		shared = count_piece(element->pieces[n], pieces, npieces);

			most = shared > most ? shared : most;
		}
		if (most > best_shared || (most == best_shared && shortest <= best_length))
			continue;
		draft->anchor = (uint8_t) i;
		best_shared = most;
		best_length = shortest;
	}
}

static void
choose_anchors(BounceCompiler *compiler)
{
	BOUNCE_LIST(BounceSpan) pieces = {NULL, 0, 0};

	for (size_t i = 0; i < compiler->drafts.n; i++)
	{
		const BouncePhraseText *text = &compiler->drafts.at[i].text;

		for (size_t e = 0; e < text->nelements; e++)
		{
			for (size_t n = 0; n < text->elements[e].npieces; n++)
				*bounce_list_add(&compiler->memory, &pieces) = text->elements[e].pieces[n];
		}
	}
	if (pieces.n > 0)
		qsort(pieces.at, pieces.n, sizeof(*pieces.at), compare_spans);
	for (size_t i = 0; i < compiler->drafts.n; i++)
		choose_anchor(&compiler->drafts.at[i], pieces.at, pieces.n);
}

/*
 * What the words of a text must have for a phrase to be in it: the two sets, of
 * those of its elements, that have the fewest bits.  An anchor is found first,
 * and what may begin inside a word, or is shorter than the three letters that
 * are looked at, may be anywhere.
 */
static void
set_needs(const Draft *draft, BouncePhrase *phrase)
{
	phrase->needs[0] = phrase->needs[1] = UINT64_MAX;
	for (size_t i = 0; i < draft->text.nelements; i++)
	{
		const BounceElementText *element = &draft->text.elements[i];
		uint64_t	set = 0;

		if (element->optional || i == draft->anchor)
			continue;
		for (size_t n = 0; n < element->npieces; n++)
		{
			char		begin[8] = {0};
			BounceSpan	piece = element->pieces[n];

			memcpy(begin, piece.ptr, piece.len < 4 ? piece.len : 4);
			set |= piece.len >= 4 && begin[0] == ' ' ?
				bounce_word_bit(bounce_eight_octets(begin)) : UINT64_MAX;
		}
		if (__builtin_popcountll(set) < __builtin_popcountll(phrase->needs[0]))
		{
			phrase->needs[1] = phrase->needs[0];
			phrase->needs[0] = set;
		}
		else if (__builtin_popcountll(set) < __builtin_popcountll(phrase->needs[1]))
			phrase->needs[1] = set;
	}
}

/* The letters a piece of the element may begin and end with: any inside a word. */
static void
set_letters(const BounceElementText *text, BounceElement *element)
{
	element->first = element->last = 0;
	for (size_t n = 0; n < text->npieces; n++)
	{
		BounceSpan	piece = text->pieces[n];

		element->first |= piece.ptr[0] == ' ' && piece.len > 1 ?
			BOUNCE_LETTER_BIT((unsigned char) piece.ptr[1]) : UINT32_MAX;
		element->last |= piece.ptr[piece.len - 1] == ' ' && piece.len > 1 ?
			BOUNCE_LETTER_BIT((unsigned char) piece.ptr[piece.len - 2]) : UINT32_MAX;
	}
}

/* The tables of phrases, elements and pieces. */
typedef struct Tables
{
	BOUNCE_LIST(BouncePhrase) phrases;
	BOUNCE_LIST(BounceElement) elements;
	BOUNCE_LIST(BouncePiece) pieces;
	BOUNCE_LIST(BounceAnchor) anchors;
} Tables;

static void
add_piece(BounceCompiler *compiler, Tables *tables, BounceSpan text)
{
	BouncePiece *piece = bounce_list_add(&compiler->memory, &tables->pieces);

	memset(piece, 0, sizeof(*piece));
	piece->text = put_in_pool(compiler, text);
	piece->len = (uint8_t) text.len;
	memcpy(piece->head, text.ptr, text.len < sizeof(piece->head) ? text.len : sizeof(piece->head));
	piece->word = BOUNCE_WORD_ANY;
	if (text.len >= 4 && text.ptr[0] == ' ')
	{
		char		begin[8] = {0};

		memcpy(begin, text.ptr, 4);
		piece->word = (uint16_t) bounce_word_key(bounce_eight_octets(begin));
	}
}

static void
add_phrase(BounceCompiler *compiler, Tables *tables, const Draft *draft)
{
	BouncePhrase *phrase = bounce_list_add(&compiler->memory, &tables->phrases);
	size_t		number = tables->phrases.n - 1;
	uint32_t	bytes = 0;

	memset(phrase, 0, sizeof(*phrase));
	set_needs(draft, phrase);
	phrase->weight = draft->weight;
	phrase->element = (uint32_t) tables->elements.n;
	phrase->rule = (uint16_t) draft->rule;
	phrase->elements = (uint8_t) draft->text.nelements;
	phrase->anchor = draft->anchor;
	phrase->group = draft->group;
	for (size_t i = 0; i < draft->text.nelements; i++)
	{
		const BounceElementText *text = &draft->text.elements[i];
		BounceElement *element = bounce_list_add(&compiler->memory, &tables->elements);

		element->piece = (uint32_t) tables->pieces.n;
		element->pieces = (uint16_t) text->npieces;
		element->gap = (uint8_t) text->gap;
		element->optional = text->optional;
		set_letters(text, element);
		phrase->options |= text->optional;
		bytes += (uint32_t) text->pieces[0].len;
		for (size_t n = 0; n < text->npieces; n++)
		{
			add_piece(compiler, tables, text->pieces[n]);
			if (i == draft->anchor)
			{
				BounceAnchor *anchor = bounce_list_add(&compiler->memory, &tables->anchors);

				anchor->text = text->pieces[n];
				anchor->pool = tables->pieces.at[tables->pieces.n - 1].text;
				anchor->phrase = (uint16_t) number;
				anchor->group = draft->group;
			}
		}
	}
	phrase->heaviest = draft->weight +
		(bytes < BOUNCE_WEIGHT_MAX_BYTES ? bytes : BOUNCE_WEIGHT_MAX_BYTES);
}

/*
 * The tables of all rules that were added.  They live as long as the memory.
 */
const BounceRuleSet *
bounce_compile_end(BounceCompiler *compiler)
{
	BounceRuleSet *set = compiler->memory.get(compiler->memory.state, sizeof(*set));
	Tables		tables;

	memset(set, 0, sizeof(*set));
	memset(&tables, 0, sizeof(tables));
	choose_anchors(compiler);

	/* those of any text first */
	for (size_t i = 0; i < compiler->drafts.n; i++)
	{
		if (compiler->drafts.at[i].text.nelements == 0)
			add_phrase(compiler, &tables, &compiler->drafts.at[i]);
	}
	set->nbare = (uint32_t) tables.phrases.n;
	for (size_t i = 0; i < compiler->drafts.n; i++)
	{
		if (compiler->drafts.at[i].text.nelements > 0)
			add_phrase(compiler, &tables, &compiler->drafts.at[i]);
	}
	bounce_trie_build(&compiler->memory, tables.anchors.at, tables.anchors.n, set);

	set->pool = compiler->pool.at;
	set->rules = compiler->rules.at;
	set->phrases = tables.phrases.at;
	set->elements = tables.elements.at;
	set->pieces = tables.pieces.at;
	set->npool = (uint32_t) compiler->pool.n;
	set->nrules = (uint32_t) compiler->rules.n;
	set->nphrases = (uint32_t) tables.phrases.n;
	set->nelements = (uint32_t) tables.elements.n;
	set->npieces = (uint32_t) tables.pieces.n;
	return set;
}
