/*-------------------------------------------------------------------------
 *
 * standing.h
 *	  The state machine: the standing of an address as a pure function of the
 *	  set of its events.
 *
 * Part of the PostgreSQL-free core.  The caller owns all memory: it gives the
 * events as an array, in any order and with duplicates, and a work area whose
 * size bounce_standing_work_size() tells.
 *
 * src/core/standing.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_STANDING_H
#define BOUNCE_STANDING_H

#include <stdint.h>

#include "core/span.h"

/* What an event does to the state; see doc/state.md. */
typedef enum BounceEffect
{
	BOUNCE_EFFECT_SENT,			/* mail went out */
	BOUNCE_EFFECT_DELIVERED,	/* positive report */
	BOUNCE_EFFECT_HARD,			/* counted as a hard failure */
	BOUNCE_EFFECT_SOFT,			/* counted as a soft failure */
	BOUNCE_EFFECT_NEUTRAL,		/* a report that counts as neither */
	BOUNCE_EFFECT_LIFE,			/* open, click, reply */
	BOUNCE_EFFECT_COMPLAINT,
	BOUNCE_EFFECT_UNSUBSCRIBE,
	BOUNCE_EFFECT_SUPPRESS,
	BOUNCE_EFFECT_RELEASE,
	BOUNCE_EFFECT_RESET
} BounceEffect;

#define BOUNCE_EFFECT_COUNT 11

/* Times are microseconds from a fixed epoch, UTC (PostgreSQL's timestamptz). */
typedef struct BounceFact
{
	BounceEffect effect;
	bool		instant;		/* of a HARD fact: enough to confirm alone */
	int			reason;			/* of a HARD or SOFT fact: opaque, carried along */
	int64_t		sent_at;		/* when the mail went out */
	int64_t		at;				/* when it happened */
	BounceSpan	campaign;		/* ptr NULL: none, the day of sent_at is the bucket */
} BounceFact;

typedef struct BounceSettings
{
	int			confirm_after;	/* hard campaigns in a row that confirm */
	bool		instant;		/* whether one instant bounce confirms */
	int			soft_limit;		/* failing campaigns in a row that confirm ... */
	int			soft_limit_engaged; /* ... if there ever was a sign of life */
	int64_t		soft_min_span;	/* ... over at least this time */
	int64_t		engaged_grace;	/* 0, or: an instant bounce this soon after a
								 * sign of life does not confirm alone */
	bool		open_reopens_confirmed;
} BounceSettings;

/* What bounce_settings_default holds is the model's D. */
extern const BounceSettings bounce_settings_default;

/* The order is that of the SQL enum bounce_state. */
typedef enum BounceState
{
	BOUNCE_STATE_ACTIVE,
	BOUNCE_STATE_SOFT,
	BOUNCE_STATE_HARD,
	BOUNCE_STATE_CONFIRMED,
	BOUNCE_STATE_SUPPRESSED,
	BOUNCE_STATE_UNSUBSCRIBED,
	BOUNCE_STATE_COMPLAINED
} BounceState;

#define BOUNCE_STATE_COUNT 7

/* Why a standing is confirmed. */
typedef enum BounceCause
{
	BOUNCE_CAUSE_NONE,
	BOUNCE_CAUSE_INSTANT,
	BOUNCE_CAUSE_CONSECUTIVE_HARD,
	BOUNCE_CAUSE_SOFT_LIMIT
} BounceCause;

/* Why mail is stopped apart from delivery. */
typedef enum BounceStop
{
	BOUNCE_STOP_NONE,
	BOUNCE_STOP_COMPLAINT,
	BOUNCE_STOP_UNSUBSCRIBE,
	BOUNCE_STOP_SUPPRESS
} BounceStop;

typedef struct BounceStanding
{
	BounceState state;			/* what the contact row shows */
	BounceState delivery;		/* active, soft, hard or confirmed: beneath a stop */
	int64_t		hard_run;
	int64_t		fail_run;
	BounceCause cause;
	BounceStop	stop;
	bool		has_confirmed_at;
	int64_t		confirmed_at;

	/*
	 * The latest counted bounce: of the run that the counters count, the fact
	 * with the greatest "at" that decided its campaign (frozen, like the
	 * counters, at confirmation).  has_last_bounce is false when fail_run is 0.
	 *
	 * What decides a campaign is the earliest fact of the verdict's class, of
	 * several at one time the one with the least reason.  Of campaigns decided
	 * at one time the newest counts, by time of sending, then by its text.
	 */
	bool		has_last_bounce;
	int64_t		last_bounce_at;
	int			reason;			/* of that fact; -1 when there is none */
} BounceStanding;

/* More facts than this make the work size SIZE_MAX. */
#define BOUNCE_STANDING_MAX_FACTS INT32_MAX

/*
 * The work area must have the size that bounce_standing_work_size() tells for
 * nfacts or more facts and be aligned for int64_t and for pointers, as memory
 * from malloc and palloc is.  What it holds before does not matter, and
 * nothing in it is needed afterwards: one area serves any number of folds.
 */
extern size_t bounce_standing_work_size(size_t nfacts);
extern void bounce_standing_fold(const BounceFact *facts, size_t nfacts,
								 const BounceSettings *settings,
								 void *work, BounceStanding *standing);

#endif							/* BOUNCE_STANDING_H */
