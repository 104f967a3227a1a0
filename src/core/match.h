/*-------------------------------------------------------------------------
 *
 * match.h
 *	  The compiled rules, and finding their phrases in folded text.
 *
 * src/rules/generate.pl compiles the phrases of rules.tsv into the tables
 * declared here.  Everything in them is static, constant and free of
 * pointers, so that it is shared by all backends as the file has it.
 *
 * A row of rules.tsv is a rule.  Its phrase is a sequence of elements; an
 * element is a set of alternative pieces, and a piece is bytes that stand in
 * folded text as they are.  The pieces of one element of each phrase, its
 * anchor, are in a trie; where one of them is found, the other elements are
 * looked for around it.  A filter before the trie says where none can begin:
 * most places of a text are passed over with one look at it.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/match.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_MATCH_H
#define BOUNCE_MATCH_H

#include <stdint.h>

#include "core/fold_text.h"
#include "core/status.h"
#include "core/verdict.h"

/* Hits of anchors that one text can have; those beyond are not looked at. */
#define BOUNCE_MAX_HITS 64

/* " .. " in a phrase stands for at most so many bytes of folded text. */
#define BOUNCE_PHRASE_GAP 80

/* " ~ " in a phrase stands for at most so many words. */
#define BOUNCE_NEAR_WORDS 3

/* SMTP stage in which the server spoke. */
typedef enum BounceStage
{
	BOUNCE_STAGE_UNKNOWN,
	BOUNCE_STAGE_CONNECT,
	BOUNCE_STAGE_HELO,
	BOUNCE_STAGE_STARTTLS,
	BOUNCE_STAGE_AUTH,
	BOUNCE_STAGE_MAIL,
	BOUNCE_STAGE_RCPT,
	BOUNCE_STAGE_DATA			/* and the end of the data */
} BounceStage;

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

/* What an instant column says: as the reason, or an override. */
typedef enum BounceInstant
{
	BOUNCE_INSTANT_AS_REASON,
	BOUNCE_INSTANT_NO
} BounceInstant;

/* Value in a code condition that any code meets. */
#define BOUNCE_CODE_ANY 0xFFFF

/*
 * One row of rules.tsv; or of stages.tsv, then no stage is a row that means
 * nothing; or of notices.tsv.
 */
typedef struct BounceRule
{
	uint32_t	id;				/* into bounce_rule_pool, with terminator */
	uint32_t	host;			/* suffix, into bounce_rule_pool */
	uint16_t	reply;			/* 550, or BOUNCE_CODE_ANY */
	uint16_t	subject;		/* of the enhanced code, or BOUNCE_CODE_ANY */
	uint16_t	detail;			/* or BOUNCE_CODE_ANY */
	uint8_t		digit;			/* 2, 4, 5, or 0 for any */
	uint8_t		enhanced;		/* an enhanced code is asked for */
	uint8_t		vague;			/* holds only without a specific one */
	uint8_t		host_len;		/* 0: any host */
	uint8_t		reason;			/* BounceReason, BOUNCE_RULE_STAGE or _NOTICE */
	uint8_t		instant;		/* BounceInstant */
	uint8_t		stage;			/* BounceStage; unknown = any; or BounceSaying */
} BounceRule;

/* From which table a rule is: one bit each. */
typedef enum BounceGroup
{
	BOUNCE_GROUP_REASON = 1,	/* rules.tsv */
	BOUNCE_GROUP_STAGE = 2,		/* stages.tsv */
	BOUNCE_GROUP_NOTICE = 4		/* notices.tsv */
} BounceGroup;

/*
 * How a word begins, as one of 64 bits: the three bytes behind the blank, of
 * eight from that blank on.  All words of a text give a set, and a text whose set
 * has none of a phrase's needs does not have the phrase.
 */
#define BOUNCE_WORD_BIT(bytes) \
	((uint64_t) 1 << (((bytes) << 32 >> 40) * UINT64_C(0x9E3779B97F4A7C15) >> 58))

/* A phrase: one way to put a rule's elements in a row. */
typedef struct BouncePhrase
{
	uint64_t	needs[2];		/* a word of each set: BOUNCE_WORD_BIT */
	uint32_t	weight;			/* plus matched bytes: the heavier decides */
	uint32_t	heaviest;		/* what that can come to */
	uint16_t	element;		/* first of its elements */
	uint16_t	rule;
	uint8_t		elements;
	uint8_t		anchor;			/* which of them is in the trie */
	uint8_t		options;		/* are some of them optional */
	uint8_t		group;			/* BounceGroup */
} BouncePhrase;

/* What a weight is made of, as the generator has it. */
#define BOUNCE_WEIGHT_RANK(weight) ((int) ((weight) >> 14 & 0x3F) - 4)
#define BOUNCE_WEIGHT_HAS_CONDITION(weight) (((weight) >> 12 & 1) != 0)

typedef struct BounceElement
{
	uint16_t	piece;			/* first of its pieces, the longest first */
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
	uint32_t	text;			/* into bounce_rule_pool */
	uint8_t		len;
	unsigned char head[3];		/* its first bytes, compared first */
} BouncePiece;

/* An anchor, and the phrase that it is of. */
typedef struct BounceOutput
{
	uint32_t	text;			/* into bounce_rule_pool */
	uint16_t	phrase;
	uint16_t	len;
} BounceOutput;

/*
 * A state of the trie.  The child over byte class c, if there is one, is the
 * state BASE + c, and that slot's own class is c: no two states have the same
 * base, and a slot that is no state has a class of no byte.
 */
typedef struct BounceNode
{
	uint32_t	base_class;		/* base << 8 | class that leads here */
	uint16_t	output;			/* its anchor's list; 0: no anchor ends here */
	uint8_t		groups;			/* of the phrases in that list */
	uint8_t		is_cut;			/* the anchor goes on, and no other does */
} BounceNode;

/*
 * The filter: sets of hashed beginnings.  Of an anchor of eight bytes and more
 * its first BOUNCE_MIN_ANCHOR bytes are in "any" and its first eight in "whole";
 * of a shorter one the first BOUNCE_MIN_ANCHOR are in "any" and in "brief".
 *
 * Most anchors begin with a blank.  Of one that does not, each
 * BOUNCE_INNER_BYTES among the first BOUNCE_MIN_ANCHOR bytes are in "inner": who
 * looks at every third place of a text does not miss it.
 */
#define BOUNCE_MIN_ANCHOR 5
#define BOUNCE_INNER_BYTES 3
#define BOUNCE_BEGIN_BITS 14
#define BOUNCE_BEGIN_KEY(bytes) \
	((unsigned) (((bytes) * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - BOUNCE_BEGIN_BITS)))

typedef struct BounceBegins
{
	uint64_t	any[1 << BOUNCE_BEGIN_BITS >> 6];
	uint64_t	brief[1 << BOUNCE_BEGIN_BITS >> 6];
	uint64_t	whole[1 << BOUNCE_BEGIN_BITS >> 6];
	uint64_t	inner[1 << BOUNCE_BEGIN_BITS >> 6];
	bool		has_inner;
} BounceBegins;

/*
 * Where the first eight bytes of an anchor lead in the trie: a state that is as
 * deep, or one that is cut before.  A hash table with a third more
 * slots than keys, at the least; the next slot is tried where one is taken.
 */
#define BOUNCE_JUMP_BITS 12

typedef struct BounceJump
{
	uint64_t	bytes;
	uint32_t	node;			/* 0: a free slot */
	uint32_t	depth;
} BounceJump;

/* One filter for each kind of search. */
#define BOUNCE_BEGINS_VERDICT 0		/* reasons and stages */
#define BOUNCE_BEGINS_STAGE 1
#define BOUNCE_BEGINS_NOTICE 2
#define BOUNCE_BEGINS_COUNT 3

/* What a code says, for the codes lo to hi. */
typedef struct BounceCodeRule
{
	uint32_t	lo;				/* BOUNCE_CODE_KEY or BOUNCE_REPLY_KEY */
	uint32_t	hi;
	uint32_t	id;				/* into bounce_rule_pool */
	uint8_t		reason;
	uint8_t		class;			/* BounceClass; the count: as the reason */
	uint8_t		instant;
} BounceCodeRule;

#define BOUNCE_CODE_KEY(class, subject, detail) \
	((uint32_t) (class) << 20 | (uint32_t) (subject) << 10 | \
	 (uint32_t) (detail))
#define BOUNCE_REPLY_KEY(reply, stage) \
	((uint32_t) (reply) << 4 | (uint32_t) (stage))

/* The compiled rules: src/rules/rule_tables.c */
extern const char bounce_rules_version_text[];	/* eight hex digits */
extern const char bounce_rule_pool[];
extern const BounceRule bounce_rules[];
extern const unsigned bounce_rule_count;	/* without the two that follow */
extern const unsigned bounce_stage_rule_count;
extern const unsigned bounce_notice_rule_count;
extern const BouncePhrase bounce_phrases[];
extern const BounceElement bounce_elements[];
extern const BouncePiece bounce_pieces[];
extern const unsigned char bounce_byte_class[256];
extern const BounceNode bounce_nodes[];
extern const BounceOutput bounce_outputs[]; /* each list is ended by phrase */
extern const BounceBegins bounce_begins[BOUNCE_BEGINS_COUNT];
extern const BounceJump bounce_jumps[1 << BOUNCE_JUMP_BITS];
#define BOUNCE_OUTPUT_END 0xFFFF

/* Enhanced codes, reply codes and fallbacks, each sorted by lo. */
extern const BounceCodeRule bounce_enhanced_rules[];
extern const unsigned bounce_enhanced_rule_count;
extern const BounceCodeRule bounce_subject_rules[];
extern const unsigned bounce_subject_rule_count;
extern const BounceCodeRule bounce_reply_rules[];
extern const unsigned bounce_reply_rule_count;
extern const BounceCodeRule bounce_digit_rules[];	/* 0 = no code at all */
extern const unsigned bounce_digit_rule_count;

/* Which rules a search is for. */
typedef enum BounceWanted
{
	BOUNCE_WANT_DECIDING,		/* without those that a heavier one outdoes */
	BOUNCE_WANT_ALL,
	BOUNCE_WANT_STAGES,			/* those of stages.tsv only */
	BOUNCE_WANT_NOTICES			/* those of notices.tsv, that the others leave out */
} BounceWanted;

/* One phrase found. */
typedef struct BounceHit
{
	uint32_t	weight;
	uint16_t	phrase;
	uint16_t	start;			/* in folded text, without outer blanks */
	uint16_t	end;
	uint16_t	anchor_end;		/* and of its anchor */
	uint16_t	anchor_len;
} BounceHit;

extern unsigned bounce_match_find(const BounceFolded *folded,
								  const BounceCode *code, BounceWanted wanted,
								  BounceHit *hits, unsigned max_hits);
extern void bounce_verdict_weigh(BounceSpan text, BounceVerdict *verdict, BounceCode *code,
								 BounceStage *stage);
extern BounceSpan bounce_stage_find(BounceSpan text);
extern BounceSpan bounce_stage_name(BounceStage stage);
extern BounceStage bounce_stage_parse(BounceSpan command);

#endif							/* BOUNCE_MATCH_H */
