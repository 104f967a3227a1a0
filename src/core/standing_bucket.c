/*-------------------------------------------------------------------------
 *
 * standing_bucket.c
 *	  Sort the facts of one address into the buckets of their campaigns.
 *
 * Two sorts: one by time, which is the time line, and one by a hash of the
 * campaigns' texts, which brings the facts of a campaign together.  A third
 * one lays out the slots that the campaigns will take.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals, no
 * recursion.
 *
 * src/core/standing_bucket.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/standing_fold.h"

/*
 * Facts that are sorted by insertion.  A test compiles with 2, so that short
 * histories reach the merge.
 */
#ifndef SORT_RUN
#define SORT_RUN 12
#endif

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
item_less(const BounceItem *a, const BounceItem *b, const BounceSpan *keys)
{
	if (a->key != b->key)
		return a->key < b->key;
	return keys != NULL && text_compare(keys[a->id], keys[b->id]) < 0;
}

/* Merge two sorted neighbours; scratch holds the left one meanwhile. */
static void
merge(BounceItem *left, size_t nleft, size_t nright, BounceItem *scratch,
	  const BounceSpan *keys)
{
	const BounceItem *a = scratch;
	const BounceItem *a_end = scratch + nleft;
	const BounceItem *b = left + nleft;
	const BounceItem *b_end = b + nright;

	if (!item_less(b, b - 1, keys))
		return;					/* in order already, as logs mostly are */
	memcpy(scratch, left, nleft * sizeof(BounceItem));
	while (a < a_end && b < b_end)
		*left++ = item_less(b, a, keys) ? *b++ : *a++;
	memcpy(left, a, (size_t) (a_end - a) * sizeof(BounceItem));
}

/*
 * Sort items: a bottom-up merge sort, as qsort() may allocate and may be
 * quadratic.  Linear when they are in order already.  The scratch is as long
 * as the items.
 */
void
bounce_item_sort(BounceItem *items, size_t n, BounceItem *scratch,
				 const BounceSpan *keys)
{
	for (size_t lo = 0; lo < n; lo += SORT_RUN)
	{
		size_t		hi = n - lo < SORT_RUN ? n : lo + SORT_RUN;

		for (size_t i = lo + 1; i < hi; i++)
		{
			BounceItem	item = items[i];
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

/* ---------- Buckets ---------- */

/* The text of the day of a time, in room for BOUNCE_DAY_TEXT_SIZE bytes. */
static BounceSpan
day_text(int64_t time, char *room)
{
	int64_t		day = time / BOUNCE_DAY;
	uint64_t	left;
	char	   *p = room + BOUNCE_DAY_TEXT_SIZE;

	/* Days before the epoch begin at midnight, too: round down. */
	if (time % BOUNCE_DAY < 0)
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
	return bounce_span_make(p, (size_t) (room + BOUNCE_DAY_TEXT_SIZE - p));
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
sort_by_hash(BounceFold *fold, uint32_t n)
{
	BounceItem *parted = fold->scratch;
	uint32_t   *ends = fold->slots; /* not in use yet */
	uint32_t	nparts = 1;
	int			shift = 63;
	uint32_t	sum = 0;

	if (n < 32 * SORT_RUN)
	{
		bounce_item_sort(fold->items, n, fold->scratch, fold->keys);
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

		bounce_item_sort(parted + start, ends[part] - start, fold->items,
						 fold->keys);
	}
	fold->scratch = fold->items;
	fold->items = parted;
}

/*
 * Make the time line, and give each fact that has a bucket a number for it.
 * The numbers are those of the order by hash; bounce_slot_assign() gives
 * others.
 */
void
bounce_bucket_assign(BounceFold *fold)
{
	uint32_t	n = 0;
	uint32_t	nbuckets = 0;

	for (uint32_t i = 0; i < fold->nfacts; i++)
	{
		const BounceFact *fact = &fold->facts[i];

		fold->timeline[i].key = fact->at;
		fold->timeline[i].id = i;
		fold->bucket_of[i] = BOUNCE_NONE;
		fold->slot_of[i] = BOUNCE_NONE;
		if (!fact_has_bucket(fact))
			continue;
		fold->keys[i] = fact->campaign.ptr != NULL ? fact->campaign :
			day_text(fact->sent_at,
					 fold->day_texts + (size_t) i * BOUNCE_DAY_TEXT_SIZE);
		fold->items[n].key = text_hash(fold->keys[i]);
		fold->items[n].id = i;
		n++;
	}
	bounce_item_sort(fold->timeline, fold->nfacts, fold->scratch, NULL);
	sort_by_hash(fold, n);

	for (uint32_t i = 0; i < n; i++)
	{
		const BounceItem *item = &fold->items[i];

		if (i == 0 || item[-1].key != item->key ||
			!bounce_span_equal(fold->keys[item[-1].id], fold->keys[item->id]))
			nbuckets++;
		fold->bucket_of[item->id] = nbuckets - 1;
	}
}

/* ---------- Slots ---------- */

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
void
bounce_slot_assign(BounceFold *fold)
{
	uint32_t	n = 0;
	uint32_t	nbuckets = 0;
	uint32_t   *number = fold->slots;	/* not in use yet */

	for (uint32_t i = 0; i < fold->nfacts; i++)
		number[i] = BOUNCE_NONE;
	for (uint32_t i = 0; i < fold->nfacts; i++)
	{
		uint32_t	id = fold->timeline[i].id;
		uint32_t	by_hash = fold->bucket_of[id];
		int64_t		sent_at = fold->facts[id].sent_at;
		bool		fresh;
		BounceBucket *bucket;

		if (by_hash == BOUNCE_NONE)
			continue;
		fresh = number[by_hash] == BOUNCE_NONE;
		if (fresh)
			number[by_hash] = nbuckets++;
		fold->bucket_of[id] = number[by_hash];
		bucket = &fold->buckets[number[by_hash]];
		if (!fresh && bucket->pos <= sent_at)
			continue;
		bucket->slot = BOUNCE_NONE;
		bucket->pos = sent_at;
		fold->items[n].key = sent_at;
		fold->items[n].id = id;
		n++;
	}

	bounce_item_sort(fold->items, n, fold->scratch, fold->keys);
	for (uint32_t i = 0; i < n; i++)
	{
		fold->slot_of[fold->items[i].id] = i;
		fold->slots[i] = BOUNCE_NONE;
	}
	fold->nslots = n;
}
