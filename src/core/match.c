/*-------------------------------------------------------------------------
 *
 * match.c
 *	  Find the rules' phrases in folded text, in one pass.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/match.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/match.h"

/* The part of folded text that a phrase covers so far. */
typedef struct Stretch
{
	size_t		start;
	size_t		end;
	uint32_t	bytes;			/* in its pieces, without the gaps */
} Stretch;

/* An anchor that was found; the rest of its phrase has not been looked for. */
typedef struct Candidate
{
	uint32_t	heaviest;
	uint16_t	phrase;
	uint16_t	start;
	uint16_t	len;
} Candidate;

/* Candidates that are verified together, and how many of them by their weight. */
#define MAX_CANDIDATES 128
#define MAX_PICKED 8

/* A search under way. */
typedef struct Search
{
	const BounceRuleSet *set;
	const BounceFolded *folded;
	const BounceCode *code;
	const BounceSpan *host;		/* rules for another are left out; NULL: none are */
	BounceWanted wanted;
	unsigned	groups;			/* of the phrases that are wanted */
	const BounceFilter *filter; /* for them */
	uint64_t	words;			/* in the text: bounce_word_bit() */
	uint64_t	word_keys[(1 << BOUNCE_WORD_BITS) / 64];	/* and bounce_word_key() */
	uint32_t	enough;			/* the heaviest that surely applies */
	BounceHit  *hits;
	unsigned	max_hits;
	unsigned	nhits;
	unsigned	ncandidates;
	Candidate	candidates[MAX_CANDIDATES];
	uint64_t	starts[BOUNCE_FOLD_SIZE / 64 + 1];	/* where an anchor may begin */
} Search;

static inline bool
piece_at(const Search *search, size_t at, const BouncePiece *piece)
{
	const BounceFolded *folded = search->folded;
	const unsigned char *text = folded->text + at;

	if (at + piece->len > folded->len)
		return false;
	if (piece->len >= sizeof(piece->head) &&
		(text[1] != piece->head[1] || text[2] != piece->head[2]))
		return false;
	return text[0] == piece->head[0] &&
		memcmp(text, search->set->pool + piece->text, piece->len) == 0;
}

/* The blank at or before at; folded text begins with one. */
static inline size_t
blank_before(const BounceFolded *folded, size_t at)
{
	while (at > 0 && folded->text[at] != ' ')
		at--;
	return at;
}

/* The blank at or after at; folded text ends with one. */
static inline size_t
blank_after(const BounceFolded *folded, size_t at)
{
	while (at + 1 < folded->len && folded->text[at] != ' ')
		at++;
	return at;
}

/*
 * Does a piece of element begin at the word behind the blank at, or, when it
 * may begin inside a word, in that word?
 */
static bool
begins_here(const Search *search, const BounceElement *element,
			size_t blank, Stretch *found)
{
	const BounceFolded *folded = search->folded;
	const BouncePiece *piece = search->set->pieces + element->piece;

	if (blank + 1 >= folded->len ||
		(element->first & BOUNCE_LETTER_BIT(folded->text[blank + 1])) == 0)
		return false;
	for (unsigned n = element->pieces; n > 0; n--, piece++)
	{
		size_t		at = blank;
		size_t		last = blank;

		if (piece->head[0] != ' ')
		{
			at = blank + 1;
			last = blank_after(folded, at);
		}
		for (; at <= last; at++)
		{
			if (piece_at(search, at, piece))
			{
				found->end = at + piece->len;
				found->bytes += piece->len;
				return true;
			}
		}
	}
	return false;
}

/* The same to the left: does a piece end at the word before the blank? */
static bool
ends_here(const Search *search, const BounceElement *element,
		  size_t blank, Stretch *found)
{
	const BounceFolded *folded = search->folded;
	const BouncePiece *piece = search->set->pieces + element->piece;

	if (blank == 0 ||
		(element->last & BOUNCE_LETTER_BIT(folded->text[blank - 1])) == 0)
		return false;
	for (unsigned n = element->pieces; n > 0; n--, piece++)
	{
		size_t		end = blank + 1;
		size_t		last = blank + 1;

		if (search->set->pool[piece->text + piece->len - 1] != ' ')
		{
			end = blank;
			last = blank_before(folded, blank - 1) + 1;
		}
		for (; end >= last && end >= piece->len; end--)
		{
			if (piece_at(search, end - piece->len, piece))
			{
				found->start = end - piece->len;
				found->bytes += piece->len;
				return true;
			}
		}
	}
	return false;
}

/* How many words may be passed over in a gap. */
static inline unsigned
gap_words(BounceGap gap)
{
	switch (gap)
	{
		case BOUNCE_GAP_NONE:
			return 0;
		case BOUNCE_GAP_NEAR:
			return BOUNCE_NEAR_WORDS;
		case BOUNCE_GAP_WINDOW:
			break;
	}
	return BOUNCE_PHRASE_GAP;
}

/* Find element to the right of what was found, as near as it can be. */
static bool
extend_right(const Search *search, const BounceElement *element,
			 BounceGap gap, Stretch *found)
{
	const BounceFolded *folded = search->folded;
	size_t		blank = blank_after(folded, found->end - 1);
	size_t		last = found->end + BOUNCE_PHRASE_GAP;

	for (unsigned words = gap_words(gap);; words--)
	{
		if (begins_here(search, element, blank, found))
			return true;
		blank = blank_after(folded, blank + 1);
		if (words == 0 || blank + 1 >= folded->len || blank > last)
			return false;
	}
}

/* And to the left. */
static bool
extend_left(const Search *search, const BounceElement *element,
			BounceGap gap, Stretch *found)
{
	const BounceFolded *folded = search->folded;
	size_t		blank = blank_before(folded, found->start);
	size_t		start = found->start;

	for (unsigned words = gap_words(gap);; words--)
	{
		if (ends_here(search, element, blank, found))
			return true;
		if (words == 0 || blank == 0 || start - blank > BOUNCE_PHRASE_GAP)
			return false;
		blank = blank_before(folded, blank - 1);
	}
}

static inline BounceGap
wider(BounceGap a, BounceGap b)
{
	return a > b ? a : b;
}

/*
 * The anchor of a phrase is at found: is the rest of the phrase there too?
 * Each element is taken where it stands nearest; an optional one may be
 * passed over, and is when options says so.
 */
static bool
rest_is_there(const Search *search, const BouncePhrase *phrase,
			  bool options, Stretch *found)
{
	const BounceElement *elements = search->set->elements + phrase->element;
	BounceGap	gap = (BounceGap) elements[phrase->anchor].gap;

	for (int i = phrase->anchor - 1; i >= 0; i--)
	{
		if ((options || !elements[i].optional) &&
			extend_left(search, &elements[i], gap, found))
			gap = (BounceGap) elements[i].gap;
		else if (elements[i].optional)
			gap = wider(gap, (BounceGap) elements[i].gap);
		else
			return false;
	}
	gap = BOUNCE_GAP_NONE;
	for (int i = phrase->anchor + 1; i < phrase->elements; i++)
	{
		gap = wider(gap, (BounceGap) elements[i].gap);
		if ((options || !elements[i].optional) &&
			extend_right(search, &elements[i], gap, found))
			gap = BOUNCE_GAP_NONE;
		else if (!elements[i].optional)
			return false;
	}
	return true;
}

/*
 * Is the whole phrase there, with or without its optional elements?  There is
 * no other going back, so the cost is bounded by twice the pieces of the
 * phrase times BOUNCE_PHRASE_GAP.
 */
static bool
whole_phrase(const Search *search, const BouncePhrase *phrase,
			 Stretch *found)
{
	Stretch		anchor = *found;

	if (rest_is_there(search, phrase, true, found))
		return true;
	if (!phrase->options)
		return false;
	*found = anchor;
	return rest_is_there(search, phrase, false, found);
}

/* Does the rule's code condition hold? */
static inline bool
code_holds(const BounceRule *rule, const BounceCode *code)
{
	if (rule->vague && !bounce_code_is_vague(code))
		return false;
	if (rule->reply != BOUNCE_CODE_ANY && rule->reply != code->reply)
		return false;
	if (rule->enhanced)
		return code->enhanced_class != 0 &&
			(rule->digit == 0 || rule->digit == code->enhanced_class) &&
			(rule->subject == BOUNCE_CODE_ANY ||
			 rule->subject == code->subject) &&
			(rule->detail == BOUNCE_CODE_ANY ||
			 rule->detail == code->detail);
	return rule->digit == 0 || rule->digit == bounce_code_digit(code);
}

static inline bool
has_key(const uint64_t *set, uint32_t key)
{
	return (set[key / 64] >> (key % 64) & 1) != 0;
}

/* Does the text have words that begin as those of each element must? */
static bool
words_are_there(const Search *search, const BouncePhrase *phrase)
{
	const BounceElement *element = search->set->elements + phrase->element;

	for (unsigned i = 0; i < phrase->elements; i++, element++)
	{
		const BouncePiece *piece = search->set->pieces + element->piece;
		const BouncePiece *end = piece + element->pieces;

		if (element->optional || i == phrase->anchor)
			continue;
		while (piece < end && piece->word != BOUNCE_WORD_ANY &&
			   !has_key(search->word_keys, piece->word))
			piece++;
		if (piece == end)
			return false;
	}
	return true;
}

/* Is host the domain suffix, or below it? */
static bool
host_is_under(BounceSpan host, const char *suffix, size_t len)
{
	BounceSpan	tail = bounce_span_make(suffix, len);

	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	return bounce_span_ends_fold(host, tail) &&
		(host.len == len || host.ptr[host.len - len - 1] == '.');
}

/* Does the rule hold for this remote host? */
bool
bounce_rule_holds_for(const BounceRuleSet *set, const BounceRule *rule, BounceSpan host)
{
	return rule->host_len == 0 || host_is_under(host, set->pool + rule->host, rule->host_len);
}

/* Where the next hit goes: of very many the lightest gives way, or there is none. */
static BounceHit *
room_for(Search *search, uint32_t weight)
{
	BounceHit  *lightest = NULL;

	if (search->nhits < search->max_hits)
		return &search->hits[search->nhits++];
	for (unsigned i = 0; i < search->nhits; i++)
	{
		BounceHit  *hit = &search->hits[i];

		if (hit->phrase->group == BOUNCE_GROUP_REASON && hit->weight < weight &&
			(lightest == NULL || hit->weight < lightest->weight))
			lightest = hit;
	}
	return lightest;
}

/* Is there the whole phrase, and can it decide?  Then it is a hit. */
static void
verify(Search *search, const Candidate *candidate)
{
	const BounceFolded *folded = search->folded;
	const BouncePhrase *phrase = &search->set->phrases[candidate->phrase];
	const BounceRule *rule = &search->set->rules[phrase->rule];
	BounceHit  *hit;
	uint32_t	weight;
	Stretch		found;

	if (phrase->heaviest < search->enough && phrase->group == BOUNCE_GROUP_REASON)
		return;
	if (search->host != NULL && !bounce_rule_holds_for(search->set, rule, *search->host))
		return;
	found.start = candidate->start;
	found.end = found.start + candidate->len;
	found.bytes = candidate->len;
	if (!code_holds(rule, search->code) ||
		(phrase->elements > 1 && !whole_phrase(search, phrase, &found)))
		return;
	weight = phrase->weight +
		(found.bytes < BOUNCE_WEIGHT_MAX_BYTES ? found.bytes : BOUNCE_WEIGHT_MAX_BYTES);
	hit = room_for(search, weight);
	if (hit == NULL)
		return;
	hit->set = search->set;
	hit->phrase = phrase;
	hit->weight = weight;
	hit->anchor_end = (uint16_t) (candidate->start + candidate->len);
	hit->anchor_len = candidate->len;
	if (found.start < found.end && folded->text[found.start] == ' ')
		found.start++;
	if (found.start < found.end && folded->text[found.end - 1] == ' ')
		found.end--;
	hit->start = (uint16_t) found.start;
	hit->end = (uint16_t) found.end;
	if (search->wanted == BOUNCE_WANT_DECIDING && rule->stage == BOUNCE_STAGE_UNKNOWN &&
		rule->host_len == 0 && hit->weight > search->enough)
		search->enough = hit->weight;
}

/*
 * Verify all candidates: the heaviest few first, because each that is there
 * makes lighter ones needless; the rest as they come.
 */
static void
verify_candidates(Search *search)
{
	Candidate  *candidates = search->candidates;
	unsigned	n = search->ncandidates;

	for (unsigned i = 0; i < n; i++)
	{
		unsigned	heaviest = i;
		Candidate	candidate;

		for (unsigned k = i + 1; i < MAX_PICKED && k < n; k++)
		{
			if (candidates[k].heaviest > candidates[heaviest].heaviest)
				heaviest = k;
		}
		candidate = candidates[heaviest];
		candidates[heaviest] = candidates[i];
		verify(search, &candidate);
	}
	search->ncandidates = 0;
}

/*
 * Is a phrase there that is nothing but this anchor, and needs no host and no
 * stage?  Then it is known how heavy others must be before they are looked at.
 */
static inline void
note_enough(Search *search, const BouncePhrase *phrase, uint16_t len)
{
	const BounceRule *rule = &search->set->rules[phrase->rule];

	if (search->wanted == BOUNCE_WANT_DECIDING && phrase->elements == 1 &&
		phrase->group == BOUNCE_GROUP_REASON && phrase->weight + len > search->enough &&
		rule->stage == BOUNCE_STAGE_UNKNOWN && rule->host_len == 0 &&
		code_holds(rule, search->code))
		search->enough = phrase->weight + len;
}

/* Remember the phrases of an anchor that stands at start. */
static void
add_candidates(Search *search, const BounceOutput *out, size_t start)
{
	for (; out->phrase != BOUNCE_OUTPUT_END; out++)
	{
		const BouncePhrase *phrase = &search->set->phrases[out->phrase];
		Candidate  *candidate;

		if ((phrase->group & search->groups) == 0 ||
			(phrase->needs[0] & search->words) == 0 || (phrase->needs[1] & search->words) == 0 ||
			(phrase->heaviest < search->enough && phrase->group == BOUNCE_GROUP_REASON) ||
			!words_are_there(search, phrase))
			continue;
		note_enough(search, phrase, out->len);
		if (search->ncandidates == MAX_CANDIDATES)
			verify_candidates(search);
		candidate = &search->candidates[search->ncandidates++];
		candidate->heaviest = phrase->heaviest;
		candidate->phrase = out->phrase;
		candidate->start = (uint16_t) start;
		candidate->len = out->len;
	}
}

static inline uint32_t
brief_key(const Search *search, uint64_t bytes)
{
	return bounce_octets_hash(bytes & (UINT64_MAX >> (64 - 8 * BOUNCE_MIN_ANCHOR)),
							  search->set->filter_bits);
}

/* May an anchor begin with these bytes? */
static inline bool
may_begin(const Search *search, uint64_t bytes)
{
	const BounceFilter *filter = search->filter;
	uint32_t	key = brief_key(search, bytes);

	return has_key(filter->any, key) &&
		(has_key(filter->whole, bounce_octets_hash(bytes, search->set->filter_bits)) ||
		 has_key(filter->brief, key));
}

/* Where these eight bytes lead in the trie, or NULL. */
static const BounceJump *
find_jump(const BounceRuleSet *set, uint64_t bytes)
{
	uint32_t	at = bounce_octets_hash(bytes, set->jump_bits);

	while (set->jumps[at].node != 0)
	{
		if (set->jumps[at].bytes == bytes)
			return &set->jumps[at];
		at = (at + 1) & ((1U << set->jump_bits) - 1);
	}
	return NULL;
}

/*
 * Which anchors stand at start?  The first eight bytes are one step, unless a
 * brief anchor may be among them.
 */
static void
find_anchors(Search *search, size_t start)
{
	const unsigned char *text = search->folded->text + start;
	size_t		len = search->folded->len - start;
	uint64_t	bytes = bounce_eight_octets((const char *) text);
	const BounceRuleSet *set = search->set;
	const BounceNode *node = &set->nodes[BOUNCE_ROOT_NODE];
	size_t		depth = 0;

	if (!has_key(search->filter->brief, brief_key(search, bytes)))
	{
		const BounceJump *jump = find_jump(set, bytes);

		if (jump == NULL)
			return;
		node = &set->nodes[jump->node];
		depth = jump->depth;
	}
	for (;;)
	{
		unsigned	class;

		if ((node->groups & search->groups) != 0)
		{
			const BounceOutput *out = &set->outputs[node->output];

			if (!node->is_cut ||
				(out->len <= len && memcmp(text, set->pool + out->text, out->len) == 0))
				add_candidates(search, out, start);
		}
		if (depth >= len)
			return;
		class = set->byte_class[text[depth]];
		node = &set->nodes[(node->base_class >> 8) + class];
		if ((node->base_class & 0xFF) != class)
			return;
		depth++;
	}
}

/* Keep in mind that an anchor may begin at this place. */
static inline void
add_start(Search *search, size_t start)
{
	search->starts[start / 64] |= (uint64_t) 1 << (start % 64);
}

/* Look at the words: which are there, and may an anchor begin with one before end? */
static void
look_at_words(Search *search, size_t end)
{
	const char *text = (const char *) search->folded->text;
	uint64_t	words = 0;

	memset(search->word_keys, 0, sizeof(search->word_keys));
	for (size_t at = 0; at < search->folded->len; at += 8)
	{
		uint64_t	blanks = bounce_eight_equal(bounce_eight_octets(text + at), ' ');

		for (; blanks != 0; blanks &= blanks - 1)
		{
			size_t		blank = at + bounce_first_of_eight(blanks);
			uint64_t	bytes = bounce_eight_octets(text + blank);

			uint32_t	key = bounce_word_key(bytes);

			search->word_keys[key / 64] |= (uint64_t) 1 << (key % 64);
			words |= (uint64_t) 1 << (key >> (BOUNCE_WORD_BITS - 6));
			if (blank < end && may_begin(search, bytes))
				add_start(search, blank);
		}
	}
	search->words = words;
}

/* May an anchor begin inside of a word? */
static void
look_into_words(Search *search, size_t end)
{
	const char *text = (const char *) search->folded->text;

	for (size_t at = 0; at < end + BOUNCE_INNER_BYTES - 1; at += BOUNCE_INNER_BYTES)
	{
		uint64_t	bytes = bounce_eight_octets(text + at);

		if (!has_key(search->filter->inner,
					 bounce_octets_hash(bytes << 40 >> 40, search->set->filter_bits)))
			continue;
		for (size_t start = at < BOUNCE_INNER_BYTES ? 0 : at - (BOUNCE_INNER_BYTES - 1);
			 start <= at && start < end; start++)
		{
			if (may_begin(search, bounce_eight_octets(text + start)))
				add_start(search, start);
		}
	}
}

/* Look for anchors at all places before end where one may begin. */
static void
find_all_anchors(Search *search, size_t end)
{
	memset(search->starts, 0, (end / 64 + 1) * sizeof(search->starts[0]));
	look_at_words(search, end);
	if (search->filter->has_inner)
		look_into_words(search, end);
	for (size_t at = 0; at < end; at += 64)
	{
		for (uint64_t starts = search->starts[at / 64]; starts != 0; starts &= starts - 1)
			find_anchors(search, at + (size_t) __builtin_ctzll(starts));
	}
}

/* Does the anchor of a end before that of b, or begin before it? */
static inline bool
stands_before(const BounceHit *a, const BounceHit *b)
{
	if (a->anchor_end != b->anchor_end)
		return a->anchor_end < b->anchor_end;
	if (a->anchor_len != b->anchor_len)
		return a->anchor_len > b->anchor_len;
	return a->phrase < b->phrase;
}

/* Put hits in the order of the text. */
static void
sort_hits(BounceHit *hits, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
	{
		BounceHit	hit = hits[i];
		unsigned	at = i;

		for (; at > 0 && stands_before(&hit, &hits[at - 1]); at--)
			hits[at] = hits[at - 1];
		hits[at] = hit;
	}
}

/* Which phrases are wanted, and with which filter they are looked for. */
static BounceFilterUse
choose_groups(BounceWanted wanted, unsigned *groups)
{
	switch (wanted)
	{
		case BOUNCE_WANT_DECIDING:
		case BOUNCE_WANT_ALL:
			break;
		case BOUNCE_WANT_STAGES:
			*groups = BOUNCE_GROUP_STAGE;
			return BOUNCE_FILTER_STAGE;
		case BOUNCE_WANT_NOTICES:
			*groups = BOUNCE_GROUP_NOTICE;
			return BOUNCE_FILTER_NOTICE;
	}
	*groups = BOUNCE_GROUP_REASON | BOUNCE_GROUP_STAGE;
	return BOUNCE_FILTER_VERDICT;
}

/* The phrases that hold for any text. */
static void
add_bare(Search *search)
{
	for (uint16_t i = 0; i < search->set->nbare; i++)
	{
		Candidate	candidate = {search->set->phrases[i].heaviest, i, 0, 0};

		if (search->set->phrases[i].group & search->groups)
			verify(search, &candidate);
	}
}

/*
 * Find the phrases of a set in folded text, of those rules whose code condition
 * holds.  The stage is left to the caller, and the host where it is not given: the
 * text may say what they are.
 *
 * Where only deciding ones are wanted, those are left out that cannot decide,
 * because a heavier one that needs neither host nor stage is there.  So the
 * heaviest are looked at first.  *enough is how heavy one must be, which the
 * search of another set may have found; 0 at first.
 *
 * Fills at most max_hits hits in the order in which their anchors end, and
 * returns how many; of more than that, the lightest are dropped.  Each place of the text
 * costs a look into the filter; where an anchor may begin, no more steps than
 * the longest has bytes.
 */
unsigned
bounce_match_find(const BounceRuleSet *set, const BounceFolded *folded, const BounceCode *code,
				  const BounceSpan *host, BounceWanted wanted, uint32_t *enough, BounceHit *hits,
				  unsigned max_hits)
{
	Search		search;
	size_t		end;

	search.set = set;
	search.filter = &set->filter[choose_groups(wanted, &search.groups)];
	search.folded = folded;
	search.code = code;
	search.host = host;
	search.wanted = wanted;
	search.enough = *enough;
	search.hits = hits;
	search.max_hits = max_hits;
	search.nhits = 0;
	search.ncandidates = 0;
	end = folded->len < BOUNCE_MIN_ANCHOR ? 0 : folded->len - BOUNCE_MIN_ANCHOR + 1;
	add_bare(&search);
	find_all_anchors(&search, end);
	verify_candidates(&search);
	sort_hits(hits, search.nhits);
	*enough = search.enough;
	return search.nhits;
}
