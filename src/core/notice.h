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
} BounceNotice;

/* What the prose says about one recipient: spans into the text. */
typedef struct BounceNoticeEntry
{
	BounceAddress address;
	BounceSpan	words;			/* what stands behind the address, folded */
} BounceNoticeEntry;

extern void bounce_notice_open(BounceNotice *notice, BounceSpan text,
							   BounceLineEnd line_end);
extern bool bounce_notice_find(BounceNotice *notice, BounceSpan address,
							   BounceNoticeEntry *entry);
extern bool bounce_notice_next(BounceNotice *notice, BounceNoticeEntry *entry);
extern BounceSpan bounce_notice_reply(BounceSpan words);
extern BounceSpan bounce_notice_host(BounceSpan words);

#endif							/* BOUNCE_NOTICE_H */
