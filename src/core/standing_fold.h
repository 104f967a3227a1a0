/*-------------------------------------------------------------------------
 *
 * standing_fold.h
 *	  A fold at work: what the files of the standing share, and nobody else
 *	  but prune.c, which wants the same buckets.
 *
 * standing.c says how the fold works.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/standing_fold.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_STANDING_FOLD_H
#define BOUNCE_STANDING_FOLD_H

#include "core/standing.h"

#define BOUNCE_DAY INT64_C(86400000000)

/* "day:-106751992" is the longest, for the least int64. */
#define BOUNCE_DAY_TEXT_SIZE 16

/* No bucket, no slot, no block. */
#define BOUNCE_NONE UINT32_MAX

/*
 * Slots that one summary at the bottom of the tree covers.  A test compiles
 * with 2, so that short histories reach the tree.
 */
#ifndef BLOCK_SLOTS
#define BLOCK_SLOTS 16
#endif

/*
 * What is known of one campaign, or of one day where there is none.  The
 * strongest wins, so a bucket's verdict is a maximum.
 */
typedef enum BounceBucketVerdict
{
	BOUNCE_BUCKET_PENDING,		/* sent, nothing heard */
	BOUNCE_BUCKET_NEUTRAL,		/* a report that neither counts nor clears */
	BOUNCE_BUCKET_OK,
	BOUNCE_BUCKET_SOFT,
	BOUNCE_BUCKET_HARD
} BounceBucketVerdict;

typedef struct BounceBucket
{
	int64_t		pos;			/* least sent_at so far (only while slots are
								 * laid out) */
	uint32_t	slot;			/* BOUNCE_NONE until the first fact */
	uint32_t	rank;			/* when the verdict was first given */
	int			reason;			/* of the fact that gave it */
	uint8_t		verdict;		/* a BounceBucketVerdict; nothing while slot
								 * is BOUNCE_NONE */
	bool		instant;		/* any HARD fact of it is */
} BounceBucket;

/* For sorting: id is the index of a fact. */
typedef struct BounceItem
{
	int64_t		key;
	uint32_t	id;
} BounceItem;

/* A sign of life that counted when it came. */
typedef struct BounceLifeMark
{
	uint32_t	bucket;			/* BOUNCE_NONE: of no campaign */
	uint32_t	rank;
} BounceLifeMark;

/*
 * What a stretch of neighbouring slots adds to a run of failures.  All but
 * the flags are about failures only, and mean something only if the stretch
 * holds nothing that ends a run.
 */
typedef struct BounceSummary
{
	uint32_t	flags;
	uint32_t	fail;			/* failing buckets */
	uint32_t	hard_tail;		/* hard ones right of the last soft one */
	uint32_t	first;			/* least rank; BOUNCE_NONE if there is none */
	uint32_t	last;			/* greatest rank; 0 if there is none */
	uint32_t	last_bucket;	/* the rightmost with that rank */
	uint32_t	last_instant;	/* greatest rank of an instant one; 0 if none */
} BounceSummary;

typedef struct BounceFold
{
	const BounceFact *facts;
	const BounceSettings *settings;
	uint32_t	nfacts;

	/* Indexed by fact */
	BounceSpan *keys;			/* text of the bucket */
	char	   *day_texts;		/* room for BOUNCE_DAY_TEXT_SIZE each */
	uint32_t   *bucket_of;		/* or BOUNCE_NONE */
	uint32_t   *slot_of;		/* slot that it moves its bucket to, or
								 * BOUNCE_NONE */

	BounceItem *timeline;		/* all facts in order of time */
	BounceItem *items;			/* facts in the order that is being made */
	BounceItem *scratch;

	BounceBucket *buckets;
	uint32_t   *slots;			/* bucket that is there now, or BOUNCE_NONE */
	uint32_t	nslots;

	BounceSummary *nodes;		/* 1 is the root, 2i and 2i+1 are below i */
	uint32_t	nleaves;		/* a power of two; with 1 there is no tree */
	uint32_t	stale;			/* block that its leaf does not show, or
								 * BOUNCE_NONE */

	BounceLifeMark *lifes;		/* a stack, the latest on top */
	uint32_t	nlifes;
	uint32_t	since;			/* rank of the last reset */
} BounceFold;

/* standing_bucket.c */
extern void bounce_item_sort(BounceItem *items, size_t n, BounceItem *scratch,
							 const BounceSpan *keys);

/* The same: one after the other, then bounce_tree_clear() */
extern void bounce_bucket_assign(BounceFold *fold);
extern void bounce_slot_assign(BounceFold *fold);

/* standing_run.c */
extern uint32_t bounce_tree_leaves(uint32_t nslots);
extern void bounce_tree_clear(BounceFold *fold);
extern void bounce_tree_refresh(BounceFold *fold);
extern void bounce_life_take(BounceFold *fold, uint32_t bucket, uint32_t rank);
extern BounceCause bounce_run_report(BounceFold *fold,
									 BounceStanding *standing);

/* The next piece of a work area; only measures it when base is NULL. */
static inline void *
bounce_carve(char *base, size_t *used, size_t count, size_t size)
{
	void	   *piece = base != NULL ? base + *used : NULL;

	*used += (count * size + 7) / 8 * 8;
	return piece;
}

/* A slot is about to change: its block's summary will have to. */
static inline void
bounce_slot_touch(BounceFold *fold, uint32_t slot)
{
	if (fold->nleaves == 1 || fold->stale == slot / BLOCK_SLOTS)
		return;
	bounce_tree_refresh(fold);
	fold->stale = slot / BLOCK_SLOTS;
}

static inline int64_t
bounce_rank_time(const BounceFold *fold, uint32_t rank)
{
	return fold->timeline[rank - 1].key;
}

#endif							/* BOUNCE_STANDING_FOLD_H */
