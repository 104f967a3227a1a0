/*-------------------------------------------------------------------------
 *
 * mention.h
 *	  Failed recipients that stand within a sentence or behind a label.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/mention.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_MENTION_H
#define BOUNCE_MENTION_H

#include "core/fields.h"
#include "core/notice.h"

/* Whom a mention may be about. */
typedef struct BounceMentionContext
{
	const BounceFields *fields; /* of the notice */
	BounceSpan	mailed;			/* To of the mail that came back, */
	BounceSpan	sender;			/* and its From */
	bool		system;			/* a mail system wrote the notice */
	bool		first;			/* nobody was found in it yet */
	bool		failed;			/* it says that a mail failed */
} BounceMentionContext;

extern bool bounce_mention_next(BounceNotice *notice, const BounceMentionContext *context,
								BounceNoticeEntry *entry);

#endif							/* BOUNCE_MENTION_H */
