/*-------------------------------------------------------------------------
 *
 * said.h
 *	  What a mail says as a whole: failed, delayed, answered ...; and who wrote it.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/said.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_SAID_H
#define BOUNCE_SAID_H

#include "core/span.h"

/* What the phrases of notices.tsv, found in a text, say together. */
typedef struct BounceSaid
{
	bool		failed;			/* something could not be delivered */
	bool		delayed;		/* it is still being tried */
	bool		final;			/* it is not tried any more */
	bool		delivered;
	bool		listed;			/* lists mail that was held back from the reader */
	bool		answered;		/* begins or ends as an automatic reply does */
	bool		challenged;		/* is held until we show that we are a person */
	bool		requested;		/* a mail program writes because its user pressed a button */
	bool		unsubscribed;	/* asks for no more mail, and says nothing else */
	BounceSpan	system;			/* who writes so, a constant; NONE when unknown */
} BounceSaid;

extern void bounce_said_read(BounceSpan text, BounceSaid *said);

#endif							/* BOUNCE_SAID_H */
