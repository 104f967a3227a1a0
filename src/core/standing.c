/*-------------------------------------------------------------------------
 *
 * standing.c
 *	  Fold the events of one address into its standing.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals, no
 * recursion.
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
#include "core/standing.h"

#define MICROSECONDS_PER_DAY INT64_C(86400000000)

/*
 * Facts that are sorted by insertion, and slots that one summary at the
 * bottom of the tree covers.  A test compiles with 2, so that short histories
 * reach the merge and the tree.
 */
#ifndef SORT_RUN
#define SORT_RUN 12
#endif
#ifndef BLOCK_SLOTS
#define BLOCK_SLOTS 16
#endif

/* "day:-106751992" is the longest, for the least int64. */
#define DAY_TEXT_SIZE 16

/* No bucket, no slot, no block. */
#define NONE UINT32_MAX

/*
 * What is known of one campaign, or of one day where there is none.  The
 * strongest wins, so a bucket's verdict is a maximum.
 */
typedef enum Verdict
{
	VERDICT_PENDING,			/* sent, nothing heard */
	VERDICT_NEUTRAL,			/* a report that neither counts nor clears */
	VERDICT_OK,
	VERDICT_SOFT,
	VERDICT_HARD
} Verdict;

typedef struct Bucket
{
	int64_t		pos;			/* least sent_at so far (only while slots are
								 * laid out) */
	uint32_t	slot;			/* NONE until the first fact */
	uint32_t	rank;			/* when the verdict was first given */
	int			reason;			/* of the fact that gave it */
	uint8_t		verdict;		/* a Verdict; nothing while slot is NONE */
	bool		instant;		/* any HARD fact of it is */
} Bucket;

/* For sorting: id is the index of a fact. */
typedef struct Item
{
	int64_t		key;
	uint32_t	id;
} Item;

/* A sign of life that counted when it came. */
typedef struct LifeMark
{
	uint32_t	bucket;			/* NONE: of no campaign */
	uint32_t	rank;
} LifeMark;

#define SUMMARY_DECIDED 1		/* holds an ok or a failure */
#define SUMMARY_OK		2
#define SUMMARY_PENDING 4

/*
 * What a stretch of neighbouring slots adds to a run of failures.  All but
 * the flags are about failures only, and mean something only if the stretch
 * holds nothing that ends a run.
 */
typedef struct Summary
{
	uint32_t	flags;
	uint32_t	fail;			/* failing buckets */
	uint32_t	hard_tail;		/* hard ones right of the last soft one */
	uint32_t	first;			/* least rank; NONE if there is none */
	uint32_t	last;			/* greatest rank; 0 if there is none */
	uint32_t	last_bucket;	/* the rightmost with that rank */
	uint32_t	last_instant;	/* greatest rank of an instant one; 0 if none */
} Summary;

static const Summary summary_empty = {0, 0, 0, NONE, 0, NONE, 0};

typedef struct Fold
{
	const BounceFact *facts;
	const BounceSettings *settings;
	uint32_t	nfacts;

	/* Indexed by fact */
	BounceSpan *keys;			/* text of the bucket */
	char	   *day_texts;		/* room for DAY_TEXT_SIZE each */
	uint32_t   *bucket_of;		/* or NONE */
	uint32_t   *slot_of;		/* slot that it moves its bucket to, or NONE */

	Item	   *timeline;		/* all facts in order of time */
	Item	   *items;			/* facts in the order that is being made */
	Item	   *scratch;

	Bucket	   *buckets;
	uint32_t   *slots;			/* bucket that is there now, or NONE */
	uint32_t	nslots;

	Summary    *nodes;			/* 1 is the root, 2i and 2i+1 are below i */
	uint32_t	nleaves;		/* a power of two; with 1 there is no tree */
	uint32_t	stale;			/* block that its leaf does not show, or NONE */

	LifeMark   *lifes;			/* a stack, the latest on top */
	uint32_t	nlifes;
	uint32_t	since;			/* rank of the last reset */
} Fold;

const BounceSettings bounce_settings_default = {
	.confirm_after = 3,
	.instant = true,
	.soft_limit = 7,
	.soft_limit_engaged = 15,
	.soft_min_span = 30 * MICROSECONDS_PER_DAY,
	.engaged_grace = 0,
	.open_reopens_confirmed = false
};

/* ---------- The work area ---------- */

static uint32_t
leaves_for(uint32_t nslots)
{
	uint32_t	nblocks = nslots / BLOCK_SLOTS + (nslots % BLOCK_SLOTS != 0);
	uint32_t	nleaves = 1;

	while (nleaves < nblocks)
		nleaves *= 2;
	return nleaves;
}

/* The next piece of the work area; only measures it when base is NULL. */
static void *
carve(char *base, size_t *used, size_t count, size_t size)
{
	void	   *piece = base != NULL ? base + *used : NULL;

	*used += (count * size + 7) / 8 * 8;
	return piece;
}

/* Lay out the work area for n facts; returns its size. */
static size_t
lay_out(Fold *fold, char *base, uint32_t n)
{
	size_t		used = 0;

	fold->timeline = carve(base, &used, n, sizeof(Item));
	fold->items = carve(base, &used, n, sizeof(Item));
	fold->scratch = carve(base, &used, n, sizeof(Item));
	fold->keys = carve(base, &used, n, sizeof(BounceSpan));
	fold->buckets = carve(base, &used, n, sizeof(Bucket));
	fold->lifes = carve(base, &used, n, sizeof(LifeMark));
	fold->bucket_of = carve(base, &used, n, sizeof(uint32_t));
	fold->slot_of = carve(base, &used, n, sizeof(uint32_t));
	fold->slots = carve(base, &used, n, sizeof(uint32_t));
	fold->nodes = carve(base, &used, (size_t) 2 * leaves_for(n),
						sizeof(Summary));
	fold->day_texts = carve(base, &used, n, DAY_TEXT_SIZE);
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
	Fold		fold;

	if (nfacts > BOUNCE_STANDING_MAX_FACTS || nfacts > SIZE_MAX / 256)
		return SIZE_MAX;
	return lay_out(&fold, NULL, (uint32_t) nfacts);
}

/* ---------- Sorting ---------- */

/* Bytewise, a prefix first: in UTF-8 the order of code points. */
static int
text_compare(BounceSpan a, BounceSpan b)
{
	size_t		len = a.len < b.len ? a.len : b.len;
	int			diff = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;

	if (diff != 0)
		return diff;
	return (a.len > b.len) - (a.len < b.len);
}

/* By key; equal ones by the text of their buckets, unless keys is NULL. */
static inline bool
item_less(const Item *a, const Item *b, const BounceSpan *keys)
{
	if (a->key != b->key)
		return a->key < b->key;
	return keys != NULL && text_compare(keys[a->id], keys[b->id]) < 0;
}

/* Merge two sorted neighbours; scratch holds the left one meanwhile. */
static void
merge(Item *left, size_t nleft, size_t nright, Item *scratch,
	  const BounceSpan *keys)
{
	const Item *a = scratch;
	const Item *a_end = scratch + nleft;
	const Item *b = left + nleft;
	const Item *b_end = b + nright;

	if (!item_less(b, b - 1, keys))
		return;					/* in order already, as logs mostly are */
	memcpy(scratch, left, nleft * sizeof(Item));
	while (a < a_end && b < b_end)
		*left++ = item_less(b, a, keys) ? *b++ : *a++;
	memcpy(left, a, (size_t) (a_end - a) * sizeof(Item));
}

/*
 * Sort items: a bottom-up merge sort, as qsort() may allocate and may be
 * quadratic.  Linear when they are in order already.  The scratch is as long
 * as the items.
 */
static void
sort_items(Item *items, size_t n, Item *scratch, const BounceSpan *keys)
{
	for (size_t lo = 0; lo < n; lo += SORT_RUN)
	{
		size_t		hi = n - lo < SORT_RUN ? n : lo + SORT_RUN;

		for (size_t i = lo + 1; i < hi; i++)
		{
			Item		item = items[i];
			size_t		j = i;

			for (; j > lo && item_less(&item, &items[j - 1], keys); j--)
				items[j] = items[j - 1];
			items[j] = item;
		}
	}
	for (size_t width = SORT_RUN; width < n; width *= 2)
	{
		for (size_t lo = 0; lo < n && n - lo > width; lo += 2 * width)
		{
			size_t		nright = n - lo - width;

			merge(items + lo, width, nright < width ? nright : width,
				  scratch, keys);
		}
	}
}

/* ---------- Buckets and slots ---------- */

/* The text of the day of a time, in room for DAY_TEXT_SIZE bytes. */
static BounceSpan
day_text(int64_t time, char *room)
{
	int64_t		day = time / MICROSECONDS_PER_DAY;
	uint64_t	left;
	char	   *p = room + DAY_TEXT_SIZE;

	/* Days before the epoch begin at midnight, too: round down. */
	if (time % MICROSECONDS_PER_DAY < 0)
		day--;
	left = (uint64_t) (day < 0 ? -day : day);
	do
	{
		*--p = (char) ('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (day < 0)
		*--p = '-';
	p -= 4;
	memcpy(p, "day:", 4);
	return bounce_span_make(p, (size_t) (room + DAY_TEXT_SIZE - p));
}

/* Only spreads: whatever it gives, equal hashes are told apart by the text. */
static int64_t
text_hash(BounceSpan text)
{
	const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
	uint64_t	hash = text.len * factor;
	uint64_t	piece;

	for (; text.len >= sizeof(piece); text.len -= sizeof(piece))
	{
		memcpy(&piece, text.ptr, sizeof(piece));
		text.ptr += sizeof(piece);
		hash = (hash ^ piece) * factor;
		hash ^= hash >> 32;
	}
	piece = 0;
	for (size_t i = 0; i < text.len; i++)
		piece = piece << 8 | (unsigned char) text.ptr[i];
	hash = (hash ^ piece) * factor;
	hash ^= hash >> 32;
	return (int64_t) (hash >> 1);
}

/* Whether a fact says something about the mail of its campaign or day. */
static bool
fact_has_bucket(const BounceFact *fact)
{
	switch (fact->effect)
	{
		case BOUNCE_EFFECT_SENT:
		case BOUNCE_EFFECT_DELIVERED:
		case BOUNCE_EFFECT_HARD:
		case BOUNCE_EFFECT_SOFT:
		case BOUNCE_EFFECT_NEUTRAL:
			return true;
		case BOUNCE_EFFECT_LIFE:
			return fact->campaign.ptr != NULL;
		case BOUNCE_EFFECT_COMPLAINT:
		case BOUNCE_EFFECT_UNSUBSCRIBE:
		case BOUNCE_EFFECT_SUPPRESS:
		case BOUNCE_EFFECT_RELEASE:
		case BOUNCE_EFFECT_RESET:
			break;
	}
	return false;
}

/*
 * Sort the first n items, which have hashes for keys.
 *
 * Where there are many, hand them out by the leading bits first, some
 * SORT_RUN to a part: as the hash spreads them, that leaves little to sort.
 * Texts that were made to have one hash only bring back the full sort.
 */
static void
sort_by_hash(Fold *fold, uint32_t n)
{
	Item	   *parted = fold->scratch;
	uint32_t   *ends = fold->slots; /* not in use yet */
	uint32_t	nparts = 1;
	int			shift = 63;
	uint32_t	sum = 0;

	if (n < 32 * SORT_RUN)
	{
		sort_items(fold->items, n, fold->scratch, fold->keys);
		return;
	}
	for (; nparts < n / SORT_RUN; nparts *= 2)
		shift--;
	memset(ends, 0, nparts * sizeof(uint32_t));
	for (uint32_t i = 0; i < n; i++)
		ends[fold->items[i].key >> shift]++;
	for (uint32_t part = 0; part < nparts; part++)
	{
		uint32_t	count = ends[part];

		ends[part] = sum;
		sum += count;
	}
	for (uint32_t i = 0; i < n; i++)
		parted[ends[fold->items[i].key >> shift]++] = fold->items[i];
	for (uint32_t part = 0; part < nparts; part++)
	{
		uint32_t	start = part > 0 ? ends[part - 1] : 0;

		sort_items(parted + start, ends[part] - start, fold->items,
				   fold->keys);
	}
	fold->scratch = fold->items;
	fold->items = parted;
}

/*
 * Make the time line, and give each fact that has a bucket a number for it.
 * The numbers are those of the order by hash; assign_slots() gives others.
 */
static void
assign_buckets(Fold *fold)
{
	uint32_t	n = 0;
	uint32_t	nbuckets = 0;

	for (uint32_t i = 0; i < fold->nfacts; i++)
	{
		const BounceFact *fact = &fold->facts[i];

		fold->timeline[i].key = fact->at;
		fold->timeline[i].id = i;
		fold->bucket_of[i] = NONE;
		fold->slot_of[i] = NONE;
		if (!fact_has_bucket(fact))
			continue;
		fold->keys[i] = fact->campaign.ptr != NULL ? fact->campaign :
			day_text(fact->sent_at,
					 fold->day_texts + (size_t) i * DAY_TEXT_SIZE);
		fold->items[n].key = text_hash(fold->keys[i]);
		fold->items[n].id = i;
		n++;
	}
	sort_items(fold->timeline, fold->nfacts, fold->scratch, NULL);
	sort_by_hash(fold, n);

	for (uint32_t i = 0; i < n; i++)
	{
		const Item *item = &fold->items[i];

		if (i == 0 || item[-1].key != item->key ||
			!bounce_span_equal(fold->keys[item[-1].id], fold->keys[item->id]))
			nbuckets++;
		fold->bucket_of[item->id] = nbuckets - 1;
	}
}

/*
 * Find out to which positions the buckets will move in the course of time,
 * and make them slots, in order of position and text.  On the way number the
 * buckets as they come, so that stepping through time walks through memory
 * and does not jump about in it.
 *
 * A bucket's position is the earliest sending known so far; it moves only to
 * earlier ones, nearly always never.  (Facts of one time may be taken in any
 * order: nobody looks in between, and the slot that is reached last is the
 * same.)
 */
static void
assign_slots(Fold *fold)
{
	uint32_t	n = 0;
	uint32_t	nbuckets = 0;
	uint32_t   *number = fold->slots;	/* not in use yet */

	for (uint32_t i = 0; i < fold->nfacts; i++)
		number[i] = NONE;
	for (uint32_t i = 0; i < fold->nfacts; i++)
	{
		uint32_t	id = fold->timeline[i].id;
		uint32_t	by_hash = fold->bucket_of[id];
		int64_t		sent_at = fold->facts[id].sent_at;
		bool		fresh;
		Bucket	   *bucket;

		if (by_hash == NONE)
			continue;
		fresh = number[by_hash] == NONE;
		if (fresh)
			number[by_hash] = nbuckets++;
		fold->bucket_of[id] = number[by_hash];
		bucket = &fold->buckets[number[by_hash]];
		if (!fresh && bucket->pos <= sent_at)
			continue;
		bucket->slot = NONE;
		bucket->pos = sent_at;
		fold->items[n].key = sent_at;
		fold->items[n].id = id;
		n++;
	}

	sort_items(fold->items, n, fold->scratch, fold->keys);
	for (uint32_t i = 0; i < n; i++)
	{
		fold->slot_of[fold->items[i].id] = i;
		fold->slots[i] = NONE;
	}
	fold->nslots = n;
	fold->nleaves = leaves_for(n);
	fold->stale = NONE;
	if (fold->nleaves > 1)
	{
		for (uint32_t i = 0; i < 2 * fold->nleaves; i++)
			fold->nodes[i] = summary_empty;
	}
}

/* ---------- Summaries ---------- */

/* What one slot adds. */
static Summary
slot_summary(const Fold *fold, uint32_t slot)
{
	Summary		sum = summary_empty;
	const Bucket *bucket;

	if (fold->slots[slot] == NONE)
		return sum;
	bucket = &fold->buckets[fold->slots[slot]];
	switch ((Verdict) bucket->verdict)
	{
		case VERDICT_PENDING:
			sum.flags = SUMMARY_PENDING;
			break;
		case VERDICT_NEUTRAL:
			break;
		case VERDICT_OK:
			sum.flags = SUMMARY_DECIDED | SUMMARY_OK;
			break;
		case VERDICT_SOFT:
		case VERDICT_HARD:
			sum.flags = SUMMARY_DECIDED;
			sum.fail = 1;
			sum.first = sum.last = bucket->rank;
			sum.last_bucket = fold->slots[slot];
			if (bucket->verdict == VERDICT_HARD)
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
summary_prepend(Summary *sum, const Summary *left)
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

/* Slots of a block: the last one may be short. */
static uint32_t
block_end(const Fold *fold, uint32_t block)
{
	uint32_t	left = fold->nslots - block * BLOCK_SLOTS;

	return block * BLOCK_SLOTS + (left < BLOCK_SLOTS ? left : BLOCK_SLOTS);
}

/*
 * Bring the tree up to date with the stale block.  Climbs only as far as
 * something changes, which with one more healthy campaign is not far.
 */
static void
tree_refresh(Fold *fold)
{
	Summary		sum = summary_empty;
	uint32_t	node = fold->nleaves + fold->stale;

	if (fold->stale == NONE)
		return;
	for (uint32_t slot = block_end(fold, fold->stale);
		 slot > fold->stale * BLOCK_SLOTS; slot--)
	{
		Summary		left = slot_summary(fold, slot - 1);

		summary_prepend(&sum, &left);
	}
	fold->stale = NONE;
	while (memcmp(&sum, &fold->nodes[node], sizeof(Summary)) != 0)
	{
		fold->nodes[node] = sum;
		if (node == 1)
			break;
		node /= 2;
		sum = fold->nodes[2 * node + 1];
		summary_prepend(&sum, &fold->nodes[2 * node]);
	}
}

/* A slot is about to change: its block's summary will have to. */
static void
slot_touch(Fold *fold, uint32_t slot)
{
	if (fold->nleaves == 1 || fold->stale == slot / BLOCK_SLOTS)
		return;
	tree_refresh(fold);
	fold->stale = slot / BLOCK_SLOTS;
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
run_extend(Summary *run, const Summary *left, uint32_t limit)
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
run_read(Fold *fold, Summary *run, uint32_t limit)
{
	uint32_t	node = 1;

	*run = summary_empty;
	tree_refresh(fold);
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
				Summary		left = slot_summary(fold, slot - 1);

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

/*
 * The rank of the latest sign of life that counts now, or 0.  One in a
 * campaign that has turned hard since is none: drop it for good, as a hard
 * campaign stays hard.
 */
static uint32_t
latest_life(Fold *fold)
{
	while (fold->nlifes > 0)
	{
		const LifeMark *mark = &fold->lifes[fold->nlifes - 1];

		if (mark->bucket == NONE ||
			fold->buckets[mark->bucket].verdict != VERDICT_HARD)
			return mark->rank;
		fold->nlifes--;
	}
	return 0;
}

static int64_t
time_of(const Fold *fold, uint32_t rank)
{
	return fold->timeline[rank - 1].key;
}

/* Time between two ranks, the later one first; cannot overflow. */
static uint64_t
time_between(const Fold *fold, uint32_t later, uint32_t earlier)
{
	return (uint64_t) time_of(fold, later) - (uint64_t) time_of(fold, earlier);
}

/* Whether a length of time is at least that of the settings. */
static bool
lasts(uint64_t length, int64_t at_least)
{
	return at_least <= 0 || length >= (uint64_t) at_least;
}

/* What the run confirms; the first of the three that holds. */
static BounceCause
run_cause(const Fold *fold, const Summary *run, uint32_t life)
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
static BounceCause
run_report(Fold *fold, BounceStanding *standing)
{
	uint32_t	life = latest_life(fold);
	Summary		run;

	run_read(fold, &run, life > fold->since ? life : fold->since);
	standing->hard_run = run.hard_tail;
	standing->fail_run = run.fail;
	standing->has_last_bounce = run.fail > 0;
	standing->last_bounce_at = 0;
	standing->reason = -1;
	if (run.fail > 0)
	{
		standing->last_bounce_at = time_of(fold, run.last);
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

/* ---------- Through time ---------- */

/* The verdict that a fact of a bucket speaks for. */
static Verdict
fact_verdict(const BounceFact *fact)
{
	switch (fact->effect)
	{
		case BOUNCE_EFFECT_SENT:
			return VERDICT_PENDING;
		case BOUNCE_EFFECT_DELIVERED:
		case BOUNCE_EFFECT_LIFE:
			return VERDICT_OK;
		case BOUNCE_EFFECT_HARD:
			return VERDICT_HARD;
		case BOUNCE_EFFECT_SOFT:
			return VERDICT_SOFT;
		case BOUNCE_EFFECT_NEUTRAL:
		case BOUNCE_EFFECT_COMPLAINT:
		case BOUNCE_EFFECT_UNSUBSCRIBE:
		case BOUNCE_EFFECT_SUPPRESS:
		case BOUNCE_EFFECT_RELEASE:
		case BOUNCE_EFFECT_RESET:
			break;
	}
	return VERDICT_NEUTRAL;
}

/*
 * Let a bucket know of a fact.  Returns whether a run may have grown by that:
 * not by a sign that mail was sent or arrived, unless it moved the bucket.
 */
static bool
bucket_take(Fold *fold, uint32_t id, uint32_t rank)
{
	const BounceFact *fact = &fold->facts[id];
	Bucket	   *bucket = &fold->buckets[fold->bucket_of[id]];
	Verdict		verdict = fact_verdict(fact);
	bool		instant = verdict == VERDICT_HARD && fact->instant;
	bool		fresh = bucket->slot == NONE;
	bool		moves = fold->slot_of[id] != NONE;

	if (moves)
	{
		if (!fresh)
		{
			slot_touch(fold, bucket->slot);
			fold->slots[bucket->slot] = NONE;
		}
		bucket->slot = fold->slot_of[id];
		slot_touch(fold, bucket->slot);
		fold->slots[bucket->slot] = fold->bucket_of[id];
	}
	if (fresh || verdict > (Verdict) bucket->verdict)
	{
		slot_touch(fold, bucket->slot);
		bucket->instant = instant;
		bucket->verdict = (uint8_t) verdict;
		bucket->rank = rank;
		bucket->reason = fact->reason;
	}
	else if (verdict == (Verdict) bucket->verdict)
	{
		if (instant && !bucket->instant)
		{
			slot_touch(fold, bucket->slot);
			bucket->instant = true;
		}
		if (rank == bucket->rank && fact->reason < bucket->reason)
			bucket->reason = fact->reason;
	}
	return (moves && !fresh) || (verdict != VERDICT_PENDING &&
								 verdict != VERDICT_OK);
}

/* Remember a sign of life, unless its own campaign bounced hard. */
static void
life_take(Fold *fold, uint32_t bucket, uint32_t rank)
{
	LifeMark   *mark;

	if (bucket == NONE)
		fold->nlifes = 0;		/* nothing takes this one away */
	else if (fold->buckets[bucket].verdict == VERDICT_HARD)
		return;
	else if (fold->nlifes > 0 &&
			 fold->lifes[fold->nlifes - 1].bucket == bucket)
		fold->nlifes--;
	mark = &fold->lifes[fold->nlifes++];
	mark->bucket = bucket;
	mark->rank = rank;
}

/* Step through time and write down where that ends. */
static void
replay(Fold *fold, uint32_t nresets, BounceStanding *standing)
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

			if (bucket != NONE && bucket_take(fold, id, rank))
				may_grow = true;
			if (fold->facts[id].effect == BOUNCE_EFFECT_LIFE)
			{
				life_take(fold, bucket, rank);
				life = true;
			}
			else if (fold->facts[id].effect == BOUNCE_EFFECT_RESET)
			{
				nresets--;
				reset = true;
			}
		} while (++i < fold->nfacts &&
				 fold->timeline[i].key == time_of(fold, rank));

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
		cause = run_report(fold, standing);
		if (cause != BOUNCE_CAUSE_NONE)
		{
			standing->confirmed_at = time_of(fold, rank);
			if (nresets == 0 && !settings->open_reopens_confirmed)
				break;
		}
	}

	if (cause == BOUNCE_CAUSE_NONE)
	{
		run_report(fold, standing);
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
	Fold		fold;
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
		assign_buckets(&fold);
		assign_slots(&fold);
		replay(&fold, nresets, standing);
	}
	if (stopped)
		standing->stop = stop_of(facts, nfacts);
	standing->state = state_under(standing->stop, standing->delivery);
}
