/*-------------------------------------------------------------------------
 *
 * standing_run.c
 *	  The run of failures of one address, and what it confirms.
 *
 * Slots are summed up in blocks, and the blocks in a tree; from that the run
 * is read, newest first.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals, no
 * recursion.
 *
 * src/core/standing_run.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/standing_fold.h"

#define SUMMARY_DECIDED 1		/* holds an ok or a failure */
#define SUMMARY_OK		2
#define SUMMARY_PENDING 4

static const BounceSummary summary_empty = {
	0, 0, 0, BOUNCE_NONE, 0, BOUNCE_NONE, 0
};

/* ---------- Summaries ---------- */

/* What one slot adds. */
static BounceSummary
slot_summary(const BounceFold *fold, uint32_t slot)
{
	BounceSummary sum = summary_empty;
	const BounceBucket *bucket;

	if (fold->slots[slot] == BOUNCE_NONE)
		return sum;
	bucket = &fold->buckets[fold->slots[slot]];
	switch ((BounceBucketVerdict) bucket->verdict)
	{
		case BOUNCE_BUCKET_PENDING:
			sum.flags = SUMMARY_PENDING;
			break;
		case BOUNCE_BUCKET_NEUTRAL:
			break;
		case BOUNCE_BUCKET_OK:
			sum.flags = SUMMARY_DECIDED | SUMMARY_OK;
			break;
		case BOUNCE_BUCKET_SOFT:
		case BOUNCE_BUCKET_HARD:
			sum.flags = SUMMARY_DECIDED;
			sum.fail = 1;
			sum.first = sum.last = bucket->rank;
			sum.last_bucket = fold->slots[slot];
			if (bucket->verdict == BOUNCE_BUCKET_HARD)
			{
				sum.hard_tail = 1;
				sum.last_instant = bucket->instant ? bucket->rank : 0;
			}
			break;
	}
	return sum;
}

/* Put the stretch to the left of sum before it. */
static void
summary_prepend(BounceSummary *sum, const BounceSummary *left)
{
	sum->flags |= left->flags;
	if (sum->hard_tail == sum->fail)
		sum->hard_tail += left->hard_tail;
	sum->fail += left->fail;
	if (left->first < sum->first)
		sum->first = left->first;
	if (left->last > sum->last)
	{
		sum->last = left->last;
		sum->last_bucket = left->last_bucket;
	}
	if (left->last_instant > sum->last_instant)
		sum->last_instant = left->last_instant;
}

/* ---------- The tree ---------- */

/* Slots of a block: the last one may be short. */
static uint32_t
block_end(const BounceFold *fold, uint32_t block)
{
	uint32_t	left = fold->nslots - block * BLOCK_SLOTS;

	return block * BLOCK_SLOTS + (left < BLOCK_SLOTS ? left : BLOCK_SLOTS);
}

/* Leaves of a tree over so many slots: one, when it needs no tree. */
uint32_t
bounce_tree_leaves(uint32_t nslots)
{
	uint32_t	nblocks = nslots / BLOCK_SLOTS + (nslots % BLOCK_SLOTS != 0);
	uint32_t	nleaves = 1;

	while (nleaves < nblocks)
		nleaves *= 2;
	return nleaves;
}

/* Make the tree for the slots, all of which are free. */
void
bounce_tree_clear(BounceFold *fold)
{
	fold->nleaves = bounce_tree_leaves(fold->nslots);
	fold->stale = BOUNCE_NONE;
	if (fold->nleaves > 1)
	{
		for (uint32_t i = 0; i < 2 * fold->nleaves; i++)
			fold->nodes[i] = summary_empty;
	}
}

/*
 * Bring the tree up to date with the stale block.  Climbs only as far as
 * something changes, which with one more healthy campaign is not far.
 */
void
bounce_tree_refresh(BounceFold *fold)
{
	BounceSummary sum = summary_empty;
	uint32_t	node = fold->nleaves + fold->stale;

	if (fold->stale == BOUNCE_NONE)
		return;
	for (uint32_t slot = block_end(fold, fold->stale);
		 slot > fold->stale * BLOCK_SLOTS; slot--)
	{
		BounceSummary left = slot_summary(fold, slot - 1);

		summary_prepend(&sum, &left);
	}
	fold->stale = BOUNCE_NONE;
	while (memcmp(&sum, &fold->nodes[node], sizeof(BounceSummary)) != 0)
	{
		fold->nodes[node] = sum;
		if (node == 1)
			break;
		node /= 2;
		sum = fold->nodes[2 * node + 1];
		summary_prepend(&sum, &fold->nodes[2 * node]);
	}
}

/* ---------- The run of failures ---------- */

/*
 * Lengthen the run to the left by a whole stretch, if nothing in the stretch
 * ends it.  What ends it is an ok, a failure not later than the limit (the
 * latest sign of life or reset), and a pending one that is overtaken: sent,
 * no bounce, and a later one is decided.  A pending one at the tail is not
 * known yet.
 */
static bool
run_extend(BounceSummary *run, const BounceSummary *left, uint32_t limit)
{
	if (((left->flags | run->flags) & SUMMARY_DECIDED) == 0)
		return true;
	if ((left->flags & (SUMMARY_OK | SUMMARY_PENDING)) != 0 ||
		left->first <= limit)
		return false;
	summary_prepend(run, left);
	return true;
}

/*
 * Read the run from the newest slot backwards: in O(log n), since at most two
 * paths are taken down the tree, to the newest decided slot and to the one
 * that ends the run.
 */
static void
run_read(BounceFold *fold, BounceSummary *run, uint32_t limit)
{
	uint32_t	node = 1;

	*run = summary_empty;
	bounce_tree_refresh(fold);
	for (;;)
	{
		if (fold->nleaves == 1 ||
			!run_extend(run, &fold->nodes[node], limit))
		{
			uint32_t	block = node - fold->nleaves;

			if (node < fold->nleaves)
			{
				node = 2 * node + 1;
				continue;
			}
			for (uint32_t slot = block_end(fold, block);
				 slot > block * BLOCK_SLOTS; slot--)
			{
				BounceSummary left = slot_summary(fold, slot - 1);

				if (!run_extend(run, &left, limit))
					return;
			}
		}

		/* To the left neighbour, of this node or of one above it */
		while (node > 1 && node % 2 == 0)
			node /= 2;
		if (node == 1)
			return;
		node--;
	}
}

/* ---------- Signs of life ---------- */

/* Remember a sign of life, unless its own campaign bounced hard. */
void
bounce_life_take(BounceFold *fold, uint32_t bucket, uint32_t rank)
{
	BounceLifeMark *mark;

	if (bucket == BOUNCE_NONE)
		fold->nlifes = 0;		/* nothing takes this one away */
	else if (fold->buckets[bucket].verdict == BOUNCE_BUCKET_HARD)
		return;
	else if (fold->nlifes > 0 &&
			 fold->lifes[fold->nlifes - 1].bucket == bucket)
		fold->nlifes--;
	mark = &fold->lifes[fold->nlifes++];
	mark->bucket = bucket;
	mark->rank = rank;
}

/*
 * The rank of the latest sign of life that counts now, or 0.  One in a
 * campaign that has turned hard since is none: drop it for good, as a hard
 * campaign stays hard.
 */
static uint32_t
latest_life(BounceFold *fold)
{
	while (fold->nlifes > 0)
	{
		const BounceLifeMark *mark = &fold->lifes[fold->nlifes - 1];

		if (mark->bucket == BOUNCE_NONE ||
			fold->buckets[mark->bucket].verdict != BOUNCE_BUCKET_HARD)
			return mark->rank;
		fold->nlifes--;
	}
	return 0;
}

/* ---------- What it confirms ---------- */

/* Time between two ranks, the later one first; cannot overflow. */
static uint64_t
time_between(const BounceFold *fold, uint32_t later, uint32_t earlier)
{
	return (uint64_t) bounce_rank_time(fold, later) -
		(uint64_t) bounce_rank_time(fold, earlier);
}

/* Whether a length of time is at least that of the settings. */
static bool
lasts(uint64_t length, int64_t at_least)
{
	return at_least <= 0 || length >= (uint64_t) at_least;
}

/* What the run confirms; the first of the three that holds. */
static BounceCause
run_cause(const BounceFold *fold, const BounceSummary *run, uint32_t life)
{
	const BounceSettings *settings = fold->settings;
	int			soft_limit = life > 0 ? settings->soft_limit_engaged :
		settings->soft_limit;
	uint64_t	length = run->fail > 0 ?
		time_between(fold, run->last, run->first) : 0;

	/* In the run all are later than the sign of life. */
	if (settings->instant && run->last_instant > 0 &&
		(settings->engaged_grace <= 0 || life == 0 ||
		 time_between(fold, run->last_instant, life) >
		 (uint64_t) settings->engaged_grace))
		return BOUNCE_CAUSE_INSTANT;
	if ((int64_t) run->hard_tail >= settings->confirm_after)
		return BOUNCE_CAUSE_CONSECUTIVE_HARD;
	if ((int64_t) run->fail >= soft_limit &&
		lasts(length, settings->soft_min_span))
		return BOUNCE_CAUSE_SOFT_LIMIT;
	return BOUNCE_CAUSE_NONE;
}

/* Read the run as of now and write it down; returns what it confirms. */
BounceCause
bounce_run_report(BounceFold *fold, BounceStanding *standing)
{
	uint32_t	life = latest_life(fold);
	BounceSummary run;

	run_read(fold, &run, life > fold->since ? life : fold->since);
	standing->hard_run = run.hard_tail;
	standing->fail_run = run.fail;
	standing->has_last_bounce = run.fail > 0;
	standing->last_bounce_at = 0;
	standing->reason = -1;
	if (run.fail > 0)
	{
		standing->last_bounce_at = bounce_rank_time(fold, run.last);
		standing->reason = fold->buckets[run.last_bucket].reason;
	}
	if (run.fail == 0)
		standing->delivery = BOUNCE_STATE_ACTIVE;
	else if (run.hard_tail > 0)
		standing->delivery = BOUNCE_STATE_HARD;
	else
		standing->delivery = BOUNCE_STATE_SOFT;
	return run_cause(fold, &run, life);
}
