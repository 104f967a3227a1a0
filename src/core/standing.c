/*-------------------------------------------------------------------------
 *
 * standing.c
 *	  Fold the events of one address into its standing.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals, no
 * recursion.
 *
 * This file steps through time; standing_bucket.c sorts the facts before, and
 * standing_run.c reads the run of failures at each step.
 *
 * A confirmation depends on what was known at each moment, so the fold steps
 * through time.  Four things make that cheap:
 *
 * - Campaigns become small numbers (by a sort on a hash of their text), and
 *	 every position that a campaign will ever take in the order of sending
 *	 becomes a slot, sorted once.  Stepping through time only puts campaigns
 *	 into slots and strengthens their verdicts.
 * - Slots lie in blocks, and over the blocks lies a tree of summaries that
 *	 compose from left to right, so the run of failures is read off from the
 *	 newest backwards without visiting each campaign.  A typical address has
 *	 one block and no tree.
 * - A time is named by its rank, the 1-based place in the time line of the
 *	 first fact with that time; 0 is before every fact.  No arithmetic on
 *	 times is done where it could overflow.
 * - The run is read only when it may have grown.
 *
 * Cost: O(n log n) for n facts whatever they are (where times of sending or
 * hashes are equal, a comparison costs the length of the campaigns' texts).
 * Without any failure one pass; in order of time, only the places where
 * something fails cost more than a constant.
 *
 * src/core/standing.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/standing_fold.h"

const BounceSettings bounce_settings_default = {
	.confirm_after = 3,
	.instant = true,
	.soft_limit = 7,
	.soft_limit_engaged = 15,
	.soft_min_span = 30 * BOUNCE_DAY,
	.engaged_grace = 0,
	.open_reopens_confirmed = false
};

/* ---------- The work area ---------- */

/* Lay out the work area for n facts; returns its size. */
static size_t
lay_out(BounceFold *fold, char *base, uint32_t n)
{
	size_t		used = 0;

	fold->timeline = bounce_carve(base, &used, n, sizeof(BounceItem));
	fold->items = bounce_carve(base, &used, n, sizeof(BounceItem));
	fold->scratch = bounce_carve(base, &used, n, sizeof(BounceItem));
	fold->keys = bounce_carve(base, &used, n, sizeof(BounceSpan));
	fold->buckets = bounce_carve(base, &used, n, sizeof(BounceBucket));
	fold->lifes = bounce_carve(base, &used, n, sizeof(BounceLifeMark));
	fold->bucket_of = bounce_carve(base, &used, n, sizeof(uint32_t));
	fold->slot_of = bounce_carve(base, &used, n, sizeof(uint32_t));
	fold->slots = bounce_carve(base, &used, n, sizeof(uint32_t));
	fold->nodes = bounce_carve(base, &used, (size_t) 2 * bounce_tree_leaves(n),
							   sizeof(BounceSummary));
	fold->day_texts = bounce_carve(base, &used, n, BOUNCE_DAY_TEXT_SIZE);
	return used;
}

/*
 * Bytes of work area for a fold of nfacts facts: about 140 a fact.
 *
 * Grows with nfacts, so one area can serve many folds.  SIZE_MAX, which no
 * allocator gives, when there are more than BOUNCE_STANDING_MAX_FACTS.
 */
size_t
bounce_standing_work_size(size_t nfacts)
{
	BounceFold	fold;

	if (nfacts > BOUNCE_STANDING_MAX_FACTS || nfacts > SIZE_MAX / 256)
		return SIZE_MAX;
	return lay_out(&fold, NULL, (uint32_t) nfacts);
}

/* ---------- Through time ---------- */

/* The verdict that a fact of a bucket speaks for. */
static BounceBucketVerdict
fact_verdict(const BounceFact *fact)
{
	switch (fact->effect)
	{
		case BOUNCE_EFFECT_SENT:
			return BOUNCE_BUCKET_PENDING;
		case BOUNCE_EFFECT_DELIVERED:
		case BOUNCE_EFFECT_LIFE:
			return BOUNCE_BUCKET_OK;
		case BOUNCE_EFFECT_HARD:
			return BOUNCE_BUCKET_HARD;
		case BOUNCE_EFFECT_SOFT:
			return BOUNCE_BUCKET_SOFT;
		case BOUNCE_EFFECT_NEUTRAL:
		case BOUNCE_EFFECT_COMPLAINT:
		case BOUNCE_EFFECT_UNSUBSCRIBE:
		case BOUNCE_EFFECT_SUPPRESS:
		case BOUNCE_EFFECT_RELEASE:
		case BOUNCE_EFFECT_RESET:
			break;
	}
	return BOUNCE_BUCKET_NEUTRAL;
}

/*
 * Let a bucket know of a fact.  Returns whether a run may have grown by that:
 * not by a sign that mail was sent or arrived, unless it moved the bucket.
 */
static bool
bucket_take(BounceFold *fold, uint32_t id, uint32_t rank)
{
	const BounceFact *fact = &fold->facts[id];
	BounceBucket *bucket = &fold->buckets[fold->bucket_of[id]];
	BounceBucketVerdict verdict = fact_verdict(fact);
	bool		instant = verdict == BOUNCE_BUCKET_HARD && fact->instant;
	bool		fresh = bucket->slot == BOUNCE_NONE;
	bool		moves = fold->slot_of[id] != BOUNCE_NONE;

	if (moves)
	{
		if (!fresh)
		{
			bounce_slot_touch(fold, bucket->slot);
			fold->slots[bucket->slot] = BOUNCE_NONE;
		}
		bucket->slot = fold->slot_of[id];
		bounce_slot_touch(fold, bucket->slot);
		fold->slots[bucket->slot] = fold->bucket_of[id];
	}
	if (fresh || verdict > (BounceBucketVerdict) bucket->verdict)
	{
		bounce_slot_touch(fold, bucket->slot);
		bucket->instant = instant;
		bucket->verdict = (uint8_t) verdict;
		bucket->rank = rank;
		bucket->reason = fact->reason;
	}
	else if (verdict == (BounceBucketVerdict) bucket->verdict)
	{
		if (instant && !bucket->instant)
		{
			bounce_slot_touch(fold, bucket->slot);
			bucket->instant = true;
		}
		if (rank == bucket->rank && fact->reason < bucket->reason)
			bucket->reason = fact->reason;
	}
	return (moves && !fresh) || (verdict != BOUNCE_BUCKET_PENDING &&
								 verdict != BOUNCE_BUCKET_OK);
}

/* Step through time and write down where that ends. */
static void
replay(BounceFold *fold, uint32_t nresets, BounceStanding *standing)
{
	const BounceSettings *settings = fold->settings;
	BounceCause cause = BOUNCE_CAUSE_NONE;
	bool		may_grow = true;

	for (uint32_t i = 0; i < fold->nfacts;)
	{
		uint32_t	rank = i + 1;
		bool		reset = false;
		bool		life = false;

		/* All facts of one time count at once. */
		do
		{
			uint32_t	id = fold->timeline[i].id;
			uint32_t	bucket = fold->bucket_of[id];

			if (bucket != BOUNCE_NONE && bucket_take(fold, id, rank))
				may_grow = true;
			if (fold->facts[id].effect == BOUNCE_EFFECT_LIFE)
			{
				bounce_life_take(fold, bucket, rank);
				life = true;
			}
			else if (fold->facts[id].effect == BOUNCE_EFFECT_RESET)
			{
				nresets--;
				reset = true;
			}
		} while (++i < fold->nfacts &&
				 fold->timeline[i].key == bounce_rank_time(fold, rank));

		if (reset || (life && cause != BOUNCE_CAUSE_NONE &&
					  settings->open_reopens_confirmed))
		{
			fold->since = rank;
			cause = BOUNCE_CAUSE_NONE;
			may_grow = true;
		}

		/* A run cut to nothing reaches only a limit that is none. */
		if (life && settings->soft_limit_engaged <= 0)
			may_grow = true;
		if (cause != BOUNCE_CAUSE_NONE || !may_grow)
			continue;
		may_grow = false;
		cause = bounce_run_report(fold, standing);
		if (cause != BOUNCE_CAUSE_NONE)
		{
			standing->confirmed_at = bounce_rank_time(fold, rank);
			if (nresets == 0 && !settings->open_reopens_confirmed)
				break;
		}
	}

	if (cause == BOUNCE_CAUSE_NONE)
	{
		bounce_run_report(fold, standing);
		standing->confirmed_at = 0;
		return;
	}
	standing->cause = cause;
	standing->delivery = BOUNCE_STATE_CONFIRMED;
	standing->has_confirmed_at = true;
}

/* ---------- The whole ---------- */

/*
 * Why mail is stopped: the gravest of the stops that no release followed.
 * They have nothing to do with delivery.
 */
static BounceStop
stop_of(const BounceFact *facts, size_t nfacts)
{
	bool		released = false;
	int64_t		released_at = 0;
	BounceStop	stop = BOUNCE_STOP_NONE;

	for (size_t i = 0; i < nfacts; i++)
	{
		if (facts[i].effect == BOUNCE_EFFECT_RELEASE &&
			(!released || facts[i].at > released_at))
		{
			released = true;
			released_at = facts[i].at;
		}
	}
	for (size_t i = 0; i < nfacts; i++)
	{
		BounceStop	found = BOUNCE_STOP_NONE;

		if (facts[i].effect == BOUNCE_EFFECT_COMPLAINT)
			found = BOUNCE_STOP_COMPLAINT;
		else if (facts[i].effect == BOUNCE_EFFECT_UNSUBSCRIBE)
			found = BOUNCE_STOP_UNSUBSCRIBE;
		else if (facts[i].effect == BOUNCE_EFFECT_SUPPRESS)
			found = BOUNCE_STOP_SUPPRESS;
		if (found == BOUNCE_STOP_NONE ||
			(released && facts[i].at <= released_at))
			continue;
		if (stop == BOUNCE_STOP_NONE || found < stop)
			stop = found;
	}
	return stop;
}

/* What the contact row shows. */
static BounceState
state_under(BounceStop stop, BounceState delivery)
{
	switch (stop)
	{
		case BOUNCE_STOP_COMPLAINT:
			return BOUNCE_STATE_COMPLAINED;
		case BOUNCE_STOP_UNSUBSCRIBE:
			return BOUNCE_STATE_UNSUBSCRIBED;
		case BOUNCE_STOP_SUPPRESS:
			return BOUNCE_STATE_SUPPRESSED;
		case BOUNCE_STOP_NONE:
			break;
	}
	return delivery;
}

/*
 * Fold facts, in any order, into a standing.
 *
 * Equal sets of facts give equal standings, whatever their order and however
 * often a fact is given.  The facts are not changed; any times, any bytes in
 * a campaign.  See standing.h for the work area.
 */
void
bounce_standing_fold(const BounceFact *facts, size_t nfacts,
					 const BounceSettings *settings,
					 void *work, BounceStanding *standing)
{
	BounceFold	fold;
	uint32_t	nresets = 0;
	bool		stopped = false;

	/* A limit of nothing would be reached without a failure. */
	bool		fails = settings->confirm_after <= 0 ||
		settings->soft_limit <= 0 || settings->soft_limit_engaged <= 0;

	memset(standing, 0, sizeof(*standing));
	standing->reason = -1;
	for (size_t i = 0; i < nfacts; i++)
	{
		BounceEffect effect = facts[i].effect;

		if (effect == BOUNCE_EFFECT_HARD || effect == BOUNCE_EFFECT_SOFT)
			fails = true;
		else if (effect == BOUNCE_EFFECT_RESET)
			nresets++;
		else if (effect == BOUNCE_EFFECT_COMPLAINT ||
				 effect == BOUNCE_EFFECT_UNSUBSCRIBE ||
				 effect == BOUNCE_EFFECT_SUPPRESS)
			stopped = true;
	}

	/* Most addresses never bounce: they are active, and that is it. */
	if (fails && nfacts > 0)
	{
		memset(&fold, 0, sizeof(fold));
		lay_out(&fold, work, (uint32_t) nfacts);
		fold.facts = facts;
		fold.settings = settings;
		fold.nfacts = (uint32_t) nfacts;
		bounce_bucket_assign(&fold);
		bounce_slot_assign(&fold);
		bounce_tree_clear(&fold);
		replay(&fold, nresets, standing);
	}
	if (stopped)
		standing->stop = stop_of(facts, nfacts);
	standing->state = state_under(standing->stop, standing->delivery);
}
