/*-------------------------------------------------------------------------
 *
 * prune.h
 *	  Which old events of an address no standing needs any more.
 *
 * Part of the PostgreSQL-free core.  The caller owns all memory, as for
 * standing.h.
 *
 * src/core/prune.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_PRUNE_H
#define BOUNCE_PRUNE_H

#include "core/standing.h"

/*
 * An event as it lies in the log.  No policy comes into it: the effect HARD (or
 * SOFT) is a bounce, whatever it counts, and NEUTRAL is a notice.
 */
typedef struct BouncePruneEvent
{
	BounceFact	fact;
	int64_t		id;				/* where one of several will do, the least stays */
	bool		is_void;
	bool		removable;		/* the answer */
} BouncePruneEvent;

extern size_t bounce_prune_work_size(size_t nevents);
extern size_t bounce_prune_mark(BouncePruneEvent *events, size_t nevents,
								int64_t before, void *work);

#endif							/* BOUNCE_PRUNE_H */
