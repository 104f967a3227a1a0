/*-------------------------------------------------------------------------
 *
 * rules.h
 *	  Compiled rules: what a server's words say, as tables.
 *
 * A rule's phrase is a sequence of elements; an element is a set of alternative
 * pieces, and a piece is bytes that stand in folded text as they are.  The
 * pieces of one element of each phrase, its anchor, are in a trie; where one of
 * them is found, the other elements are looked for around it.  A filter before
 * the trie says where none can begin: most places of a text are passed over
 * with one look at it.
 *
 * src/core/compile.c makes these tables.  Those of the built-in rules are made
 * when bounce is built and written out as constants, which all backends share;
 * those of a user's rules are made at run time.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/rules.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_RULES_H
#define BOUNCE_RULES_H

#include <stdint.h>

#include "core/verdict.h"

/* " .. " in a phrase stands for at most so many bytes of folded text. */
#define BOUNCE_PHRASE_GAP 80

/* " ~ " in a phrase stands for at most so many words. */
#define BOUNCE_NEAR_WORDS 3

/* How an element follows the one before it. */
typedef enum BounceGap
{
	BOUNCE_GAP_NONE,			/* at once */
	BOUNCE_GAP_NEAR,			/* at most BOUNCE_NEAR_WORDS between */
	BOUNCE_GAP_WINDOW			/* within BOUNCE_PHRASE_GAP bytes */
} BounceGap;

/* What a phrase of notices.tsv says of the notice that it stands in. */
typedef enum BounceSaying
{
	BOUNCE_SAYING_NONE,
	BOUNCE_SAYING_FAILED,		/* a mail could not be delivered */
	BOUNCE_SAYING_DELAYED,		/* and is still being tried */
	BOUNCE_SAYING_FINAL,		/* and is not tried any more */
	BOUNCE_SAYING_DELIVERED,	/* it was delivered */
	BOUNCE_SAYING_FROM,			/* the rule's id names the mail system */
	BOUNCE_SAYING_ANSWERED,		/* a program answers for its user */
	BOUNCE_SAYING_CHALLENGED,	/* and wants to know who we are first */
	BOUNCE_SAYING_UNSUBSCRIBED, /* somebody wants no more mail */
	BOUNCE_SAYING_LISTED,		/* a list of mail that was held back */
	BOUNCE_SAYING_REQUESTED		/* a mail program writes for its user */
} BounceSaying;

/* Instead of a reason: the rule is a row of stages.tsv or of notices.tsv. */
#define BOUNCE_RULE_STAGE BOUNCE_REASON_COUNT
#define BOUNCE_RULE_NOTICE (BOUNCE_REASON_COUNT + 1)

/* Value in a code condition that any code meets. */
#define BOUNCE_CODE_ANY 0xFFFF

/*
 * The priority of a rule, which decides first.  That of a built-in one is its
 * rank, more when it holds for one host only; between the two is what a
 * provider's own enhanced code says.
 */
#define BOUNCE_PRIORITY_RANK 4	/* ranks are -4 to 4 */
#define BOUNCE_PRIORITY_CODE 5
#define BOUNCE_PRIORITY_HOST 10 /* is added to the rank */
#define BOUNCE_PRIORITY_MAX 1000	/* of a user's rule, and -1000 */

/*
 * What decides, in one number: the priority; a user's rule before a built-in
 * one; one with a code or a stage before one without; and, to be added, how
 * many bytes matched.
 */
#define BOUNCE_WEIGHT_PRIORITY(priority) ((uint32_t) ((priority) + 1024) << 15)
#define BOUNCE_WEIGHT_OWN ((uint32_t) 1 << 14)
#define BOUNCE_WEIGHT_CONDITION ((uint32_t) 1 << 13)
#define BOUNCE_WEIGHT_MAX_BYTES (((uint32_t) 1 << 13) - 1)
#define BOUNCE_PRIORITY_OF(weight) ((int) ((weight) >> 15) - 1024)

/*
 * One rule; or a row of stages.tsv, where no stage is a row that means nothing;
 * or one of notices.tsv.
 */
typedef struct BounceRule
{
	uint32_t	id;				/* into the pool, with terminator */
	uint32_t	host;			/* suffix, into the pool */
	uint16_t	reply;			/* 550, or BOUNCE_CODE_ANY */
	uint16_t	subject;		/* of the enhanced code, or BOUNCE_CODE_ANY */
	uint16_t	detail;			/* or BOUNCE_CODE_ANY */
	uint8_t		digit;			/* 2, 4, 5, or 0 for any */
	uint8_t		enhanced;		/* an enhanced code is asked for */
	uint8_t		vague;			/* holds only without a specific one */
	uint8_t		host_len;		/* 0: any host */
	uint8_t		reason;			/* BounceReason, BOUNCE_RULE_STAGE or _NOTICE */
	uint8_t		not_instant;	/* though the reason is */
	uint8_t		stage;			/* BounceStage; unknown = any; or BounceSaying */
	uint8_t		own;			/* it is a user's */
} BounceRule;

/* From which table a rule is: one bit each. */
typedef enum BounceGroup
{
	BOUNCE_GROUP_REASON = 1,	/* rules.tsv, or a user's */
	BOUNCE_GROUP_STAGE = 2,		/* stages.tsv */
	BOUNCE_GROUP_NOTICE = 4		/* notices.tsv */
} BounceGroup;

/* A phrase: one way to put a rule's elements in a row. */
typedef struct BouncePhrase
{
	uint64_t	needs[2];		/* a word of each set: BOUNCE_WORD_BIT */
	uint32_t	weight;			/* plus matched bytes: the heavier decides */
	uint32_t	heaviest;		/* what that can come to */
	uint32_t	element;		/* first of its elements */
	uint16_t	rule;
	uint8_t		elements;		/* none: any text */
	uint8_t		anchor;			/* which of them is in the trie */
	uint8_t		options;		/* are some of them optional */
	uint8_t		group;			/* BounceGroup */
} BouncePhrase;

typedef struct BounceElement
{
	uint32_t	piece;			/* first of its pieces, the longest first */
	uint16_t	pieces;
	uint8_t		gap;			/* BounceGap */
	uint8_t		optional;
	uint32_t	first;			/* letters a piece may begin with, */
	uint32_t	last;			/* and end with: BOUNCE_LETTER_BIT */
} BounceElement;

/* Many bytes share a bit: the mask only says where not to look. */
#define BOUNCE_LETTER_BIT(byte) ((uint32_t) 1 << ((byte) & 31))

typedef struct BouncePiece
{
	uint32_t	text;			/* into the pool */
	uint8_t		len;
	unsigned char head[3];		/* its first bytes, compared first */
	uint16_t	word;			/* bounce_word_key(), or BOUNCE_WORD_ANY */
} BouncePiece;

/* An anchor, and the phrase that it is of. */
typedef struct BounceOutput
{
	uint32_t	text;			/* into the pool */
	uint16_t	phrase;
	uint16_t	len;
} BounceOutput;

#define BOUNCE_OUTPUT_END 0xFFFF

/*
 * A state of the trie.  The child over byte class c, if there is one, is the
 * state BASE + c, and that slot's own class is c: no two states have the same
 * base, and a slot that is no state has a class of no byte.
 */
typedef struct BounceNode
{
	uint32_t	base_class;		/* base << 8 | class that leads here */
	uint32_t	output;			/* its anchor's list; 0: no anchor ends here */
	uint8_t		groups;			/* of the phrases in that list */
	uint8_t		is_cut;			/* the anchor goes on, and no other does */
} BounceNode;

#define BOUNCE_ROOT_NODE 1

/*
 * The filter: sets of hashed beginnings.  Of an anchor of eight bytes and more
 * its first BOUNCE_MIN_ANCHOR bytes are in "any" and its first eight in "whole";
 * of a shorter one the first BOUNCE_MIN_ANCHOR are in "any" and in "brief".
 *
 * Most anchors begin with a blank.  Of one that does not, each
 * BOUNCE_INNER_BYTES among the first BOUNCE_MIN_ANCHOR bytes are in "inner": who
 * looks at every third place of a text does not miss it.
 *
 * A set has 2^filter_bits bits.
 */
#define BOUNCE_MIN_ANCHOR 5
#define BOUNCE_INNER_BYTES 3

typedef struct BounceFilter
{
	const uint64_t *any;
	const uint64_t *brief;
	const uint64_t *whole;
	const uint64_t *inner;
	bool		has_inner;
} BounceFilter;

/* Which of so many bits, or slots, eight bytes have; bits is 1 to 32. */
static inline uint32_t
bounce_octets_hash(uint64_t octets, unsigned bits)
{
	return (uint32_t) ((octets * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - bits));
}

/*
 * How a word begins, as one of 64 bits: the three bytes behind the blank, of
 * eight from that blank on.  All words of a text give a set, and a text whose set
 * has none of a phrase's needs does not have the phrase.
 */
static inline uint64_t
bounce_word_bit(uint64_t octets)
{
	return (uint64_t) 1 << bounce_octets_hash(octets << 32 >> 40, 6);
}

/* The same, finer: as one of 2^BOUNCE_WORD_BITS, whose first six are that bit. */
#define BOUNCE_WORD_BITS 10
#define BOUNCE_WORD_ANY 0xFFFF	/* a piece that need not begin a word */

static inline uint32_t
bounce_word_key(uint64_t octets)
{
	return bounce_octets_hash(octets << 32 >> 40, BOUNCE_WORD_BITS);
}

/*
 * Where the first eight bytes of an anchor lead in the trie: a state that is as
 * deep, or one that is cut before.  A hash table of 2^jump_bits slots, of which
 * at least a quarter are free; the next slot is tried where one is taken.
 */
typedef struct BounceJump
{
	uint64_t	bytes;
	uint32_t	node;			/* 0: a free slot */
	uint32_t	depth;
} BounceJump;

/* One filter for each kind of search. */
typedef enum BounceFilterUse
{
	BOUNCE_FILTER_VERDICT,		/* reasons and stages */
	BOUNCE_FILTER_STAGE,
	BOUNCE_FILTER_NOTICE
} BounceFilterUse;

#define BOUNCE_FILTER_COUNT 3

/* Rules that are searched for together. */
typedef struct BounceRuleSet
{
	const char *pool;			/* all bytes */
	const BounceRule *rules;
	const BouncePhrase *phrases;
	const BounceElement *elements;
	const BouncePiece *pieces;
	const BounceOutput *outputs;	/* each list is ended by phrase */
	const BounceNode *nodes;
	const BounceJump *jumps;
	const unsigned char *byte_class;	/* of 256 bytes; 0 is in no anchor */
	BounceFilter filter[BOUNCE_FILTER_COUNT];
	uint32_t	npool;
	uint32_t	nrules;
	uint32_t	nphrases;
	uint32_t	nbare;			/* of them, the first: those of any text */
	uint32_t	nelements;
	uint32_t	npieces;
	uint32_t	noutputs;
	uint32_t	nnodes;
	uint8_t		filter_bits;
	uint8_t		jump_bits;
} BounceRuleSet;

/* What a code says, for the codes lo to hi: a row of codes.tsv. */
typedef struct BounceCodeRule
{
	uint32_t	lo;				/* BOUNCE_CODE_KEY or BOUNCE_REPLY_KEY */
	uint32_t	hi;
	uint32_t	id;				/* into bounce_code_pool */
	uint8_t		reason;
	uint8_t		class;			/* BounceClass; the count: as the reason */
	uint8_t		not_instant;
} BounceCodeRule;

#define BOUNCE_CODE_KEY(class, subject, detail) \
	((uint32_t) (class) << 20 | (uint32_t) (subject) << 10 | \
	 (uint32_t) (detail))
#define BOUNCE_REPLY_KEY(reply, stage) \
	((uint32_t) (reply) << 4 | (uint32_t) (stage))

/* A hash of all built-in rules, as eight hexadecimal digits. */
extern const char bounce_rules_version_text[];

/* Enhanced codes, reply codes and fallbacks, each sorted by lo. */
extern const char bounce_code_pool[];
extern const BounceCodeRule bounce_enhanced_rules[];
extern const unsigned bounce_enhanced_rule_count;
extern const BounceCodeRule bounce_subject_rules[];
extern const unsigned bounce_subject_rule_count;
extern const BounceCodeRule bounce_reply_rules[];
extern const unsigned bounce_reply_rule_count;
extern const BounceCodeRule bounce_digit_rules[];	/* 0 = no code at all */
extern const unsigned bounce_digit_rule_count;

/* The rows of rules.tsv, stages.tsv and notices.tsv, compiled. */
extern const BounceRuleSet *bounce_builtin_rules(void);

#endif							/* BOUNCE_RULES_H */
