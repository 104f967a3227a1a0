/*-------------------------------------------------------------------------
 *
 * notice.h
 *	  Recipients and replies in the prose that mail systems write.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/notice.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_NOTICE_H
#define BOUNCE_NOTICE_H

#include "core/address.h"
#include "core/line.h"

/* A notification text and how far it has been used. */
typedef struct BounceNotice
{
	BounceSpan	text;			/* decoded */
	BounceLineEnd line_end;
	size_t		pos;
	int			misses;			/* recipients that were not found, one after the other */
	int			found;			/* and those that were */
	size_t		firm_from;		/* from here on the next firm entry was looked for, */
	size_t		firm_at;		/* and begins there; or so far there is none */
	bool		firm_found;
} BounceNotice;

/* How an entry stands in its line. */
typedef enum BounceEntryShape
{
	BOUNCE_ENTRY_LOOSE,			/* words follow the address like any other */
	BOUNCE_ENTRY_FIRM,			/* alone, or set off by a colon, a bracket ... */
	BOUNCE_ENTRY_CODED			/* "550 <jane@example.com>... User unknown" */
} BounceEntryShape;

/* What the prose says about one recipient: spans into the text. */
typedef struct BounceNoticeEntry
{
	BounceAddress address;
	BounceEntryShape shape;
	BounceSpan	words;			/* what stands behind the address, folded; of a
								 * coded entry, the whole line */
	BounceSpan	above;			/* what stands between the last entry and this one */
} BounceNoticeEntry;

extern void bounce_notice_open(BounceNotice *notice, BounceSpan text,
							   BounceLineEnd line_end);
extern bool bounce_notice_find(BounceNotice *notice, BounceSpan address,
							   BounceNoticeEntry *entry);
extern bool bounce_notice_next(BounceNotice *notice, BounceNoticeEntry *entry);
extern BounceSpan bounce_notice_rest(BounceNotice *notice);
extern bool bounce_notice_is_entry(BounceSpan line);
extern bool bounce_notice_has_several(const BounceNotice *notice);

/* what words say: see notice_words.c */
typedef enum BounceStrength
{
	BOUNCE_STRENGTH_NONE,
	BOUNCE_STRENGTH_CODE,		/* a code, that says little */
	BOUNCE_STRENGTH_REASON,		/* a reason that a rule knows */
	BOUNCE_STRENGTH_REPLY		/* both: a server's reply */
} BounceStrength;

/* What was found out about some words. */
typedef struct BounceWeight
{
	BounceSpan	words;
	BounceStrength strength;
	BounceSpan	command;		/* the SMTP stage that they tell of, a constant */
} BounceWeight;

extern void bounce_words_weigh(BounceSpan words, BounceWeight *weight);
extern bool bounce_words_are_subject(BounceSpan s);
extern BounceStrength bounce_words_strength(BounceSpan words);
extern void bounce_words_best(BounceSpan text, BounceLineEnd line_end, bool with_entries,
							  BounceWeight *best);
extern BounceSpan bounce_notice_reply(BounceSpan words);
extern BounceSpan bounce_notice_host(BounceSpan words);
extern bool bounce_notice_origin(BounceSpan words, BounceAddress *addr);

#endif							/* BOUNCE_NOTICE_H */
