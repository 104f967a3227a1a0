/*-------------------------------------------------------------------------
 *
 * same_standing.h
 *	  Are two standings equal, in all that they hold?
 *
 * test/unit/same_standing.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SAME_STANDING_H
#define SAME_STANDING_H

#include "core/standing.h"

static bool
same_standing(const BounceStanding *a, const BounceStanding *b)
{
	return a->state == b->state && a->delivery == b->delivery &&
		a->hard_run == b->hard_run && a->fail_run == b->fail_run &&
		a->cause == b->cause && a->stop == b->stop &&
		a->has_confirmed_at == b->has_confirmed_at &&
		a->confirmed_at == b->confirmed_at &&
		a->has_last_bounce == b->has_last_bounce &&
		a->last_bounce_at == b->last_bounce_at && a->reason == b->reason;
}

#endif							/* SAME_STANDING_H */
