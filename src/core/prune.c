/*-------------------------------------------------------------------------
 *
 * prune.c
 *	  Which old events of an address no standing needs any more.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals, no
 * recursion.
 *
 * Without the events that are marked, the fold comes to the same: under any
 * settings, whatever any reason counts, whichever bounces are void, and with
 * any events after them of mail that was sent at "before" or later.  So a
 * bounce is one here, whatever it counts.  What goes is the mass: mail that was
 * sent and arrived, and signs of life.
 *
 * Buckets are those of the fold: a campaign, or a day.
 *
 * - What is not old lies later than all that is old, by both of its times, and
 *	 stays.  See cut_lower().
 * - Before the latest old reset nothing counts but whether, and when, there was
 *	 a sign of life.  So a bounce not later than it is dead, and a bucket whose
 *	 bounces are all dead may go, unless it holds a sign of life: whether that
 *	 is one depends on the bounces.
 * - A run is read from the newest bucket backwards and counts bounces.  What was
 *	 sent before all bounces that are not dead is never reached: the bottom.
 *	 Other buckets with bounces stay.
 * - They part the others into gaps.  In a gap a bucket can end the run, and
 *	 nothing else.  It does so when it is ok; and while it is pending, if a newer
 *	 bucket is decided.  So that which is ok first does for all of them as far as
 *	 they are ok, and that which first ends a run if a newer bucket is decided
 *	 does for them as far as they are pending.  See gap_thin().
 * - Signs of life in what goes count for themselves.  Of those between two
 *	 events that stay the latest does for all.  See lifes_thin().
 * - Stops up to the latest release are lifted.
 *
 * A void event that is no bounce stays and counts for nothing.
 *
 * Cost: O(n log n) for n events, as the fold.
 *
 * src/core/prune.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/prune.h"
#include "core/standing_fold.h"

/* Of times of what is old: later than all of them. */
#define NEVER INT64_MAX

/* All that is known of one campaign or day. */
typedef struct PruneBucket
{
	int64_t		first;			/* least time of any kind */
	int64_t		last;			/* greatest time of any kind */
	int64_t		sent_first;		/* least and greatest sent_at */
	int64_t		sent_last;
	int64_t		bounced_at;		/* the latest bounce */
	int64_t		pending_at;		/* since when it may be pending, or NEVER */
	int64_t		ok_at;			/* since when it is ok, or NEVER */
	bool		has_bounce;
	bool		has_life;
	bool		has_notice;
	bool		stays;
} PruneBucket;

typedef struct Prune
{
	BouncePruneEvent *events;
	uint32_t   *event_of;		/* event that a fact is of */
	BounceFact *facts;			/* all that take part */
	uint32_t	nfacts;
	BounceFold	fold;			/* only what sorts facts into buckets */
	PruneBucket *buckets;
	uint32_t	nbuckets;
	int64_t		cut;			/* what is old lies before it */
	bool		has_reset;
	int64_t		reset_at;		/* the latest old one */
} Prune;

/* ---------- The work area ---------- */

/* Lay out the work area for n events; returns its size. */
static size_t
lay_out(Prune *prune, char *base, uint32_t n)
{
	BounceFold *fold = &prune->fold;
	size_t		used = 0;

	prune->event_of = bounce_carve(base, &used, n, sizeof(uint32_t));
	prune->facts = bounce_carve(base, &used, n, sizeof(BounceFact));
	prune->buckets = bounce_carve(base, &used, n, sizeof(PruneBucket));
	fold->timeline = bounce_carve(base, &used, n, sizeof(BounceItem));
	fold->items = bounce_carve(base, &used, n, sizeof(BounceItem));
	fold->scratch = bounce_carve(base, &used, n, sizeof(BounceItem));
	fold->keys = bounce_carve(base, &used, n, sizeof(BounceSpan));
	fold->bucket_of = bounce_carve(base, &used, n, sizeof(uint32_t));
	fold->slot_of = bounce_carve(base, &used, n, sizeof(uint32_t));
	fold->slots = bounce_carve(base, &used, n, sizeof(uint32_t));
	fold->day_texts = bounce_carve(base, &used, n, BOUNCE_DAY_TEXT_SIZE);
	return used;
}

/*
 * Bytes of work area for so many events: about 210 an event.  As
 * bounce_standing_work_size() in all else.
 */
size_t
bounce_prune_work_size(size_t nevents)
{
	Prune		prune;

	if (nevents > BOUNCE_STANDING_MAX_FACTS || nevents > SIZE_MAX / 512)
		return SIZE_MAX;
	return lay_out(&prune, NULL, (uint32_t) nevents);
}

/* ---------- What is old ---------- */

static bool
is_bounce(const BounceFact *fact)
{
	return fact->effect == BOUNCE_EFFECT_HARD ||
		fact->effect == BOUNCE_EFFECT_SOFT;
}

/* The last moment of the day of a time. */
static int64_t
day_last(int64_t time)
{
	int64_t		passed = time % BOUNCE_DAY;
	int64_t		left;

	if (passed < 0)
		passed += BOUNCE_DAY;
	left = BOUNCE_DAY - 1 - passed;
	return time > INT64_MAX - left ? INT64_MAX : time + left;
}

/* The events that take part; the others stay. */
static void
take_facts(Prune *prune, size_t nevents)
{
	for (size_t i = 0; i < nevents; i++)
	{
		BouncePruneEvent *event = &prune->events[i];

		event->removable = false;
		if (event->is_void && !is_bounce(&event->fact))
			continue;
		prune->event_of[prune->nfacts] = (uint32_t) i;
		prune->facts[prune->nfacts++] = event->fact;
	}
	prune->fold.facts = prune->facts;
	prune->fold.nfacts = prune->nfacts;
}

static void
bucket_clear(PruneBucket *bucket)
{
	memset(bucket, 0, sizeof(*bucket));
	bucket->first = INT64_MAX;
	bucket->last = INT64_MIN;
	bucket->sent_first = INT64_MAX;
	bucket->sent_last = INT64_MIN;
	bucket->bounced_at = INT64_MIN;
	bucket->pending_at = NEVER;
	bucket->ok_at = NEVER;
}

static void
lower(int64_t *least, int64_t time)
{
	if (time < *least)
		*least = time;
}

static void
raise(int64_t *greatest, int64_t time)
{
	if (time > *greatest)
		*greatest = time;
}

static void
bucket_take(PruneBucket *bucket, const BounceFact *fact)
{
	lower(&bucket->first, fact->at);
	lower(&bucket->first, fact->sent_at);
	raise(&bucket->last, fact->at);

	/* more may come to a day until it ends */
	raise(&bucket->last, fact->campaign.ptr != NULL ? fact->sent_at :
		  day_last(fact->sent_at));
	lower(&bucket->sent_first, fact->sent_at);
	raise(&bucket->sent_last, fact->sent_at);
	switch (fact->effect)
	{
		case BOUNCE_EFFECT_SENT:
			lower(&bucket->pending_at, fact->at);
			break;
		case BOUNCE_EFFECT_LIFE:
			bucket->has_life = true;
			lower(&bucket->ok_at, fact->at);
			break;
		case BOUNCE_EFFECT_DELIVERED:
			lower(&bucket->ok_at, fact->at);
			break;
		case BOUNCE_EFFECT_HARD:
		case BOUNCE_EFFECT_SOFT:
			bucket->has_bounce = true;
			raise(&bucket->bounced_at, fact->at);
			break;
		case BOUNCE_EFFECT_NEUTRAL:
			bucket->has_notice = true;
			break;
		case BOUNCE_EFFECT_COMPLAINT:
		case BOUNCE_EFFECT_UNSUBSCRIBE:
		case BOUNCE_EFFECT_SUPPRESS:
		case BOUNCE_EFFECT_RELEASE:
		case BOUNCE_EFFECT_RESET:
			break;				/* of no bucket */
	}
}

static void
take_buckets(Prune *prune)
{
	const BounceFold *fold = &prune->fold;

	for (uint32_t i = 0; i < prune->nfacts; i++)
	{
		uint32_t	bucket = fold->bucket_of[i];

		if (bucket == BOUNCE_NONE)
			continue;
		while (prune->nbuckets <= bucket)
			bucket_clear(&prune->buckets[prune->nbuckets++]);
		bucket_take(&prune->buckets[bucket], &prune->facts[i]);
	}
}

/*
 * Lower the cut until all buckets that do not end before it begin after it.
 */
static void
cut_lower(Prune *prune)
{
	BounceItem *ends = prune->fold.items;

	for (uint32_t i = 0; i < prune->nbuckets; i++)
	{
		ends[i].key = prune->buckets[i].last;
		ends[i].id = i;
	}
	bounce_item_sort(ends, prune->nbuckets, prune->fold.scratch, NULL);
	for (uint32_t i = prune->nbuckets; i > 0; i--)
	{
		if (ends[i - 1].key < prune->cut)
			break;
		lower(&prune->cut, prune->buckets[ends[i - 1].id].first);
	}
}

static bool
bucket_is_old(const Prune *prune, const PruneBucket *bucket)
{
	return bucket->last < prune->cut;
}

/* Does it lie behind the latest old reset? */
static bool
is_dead(const Prune *prune, int64_t at)
{
	return prune->has_reset && at <= prune->reset_at;
}

static void
find_reset(Prune *prune)
{
	for (uint32_t i = 0; i < prune->nfacts; i++)
	{
		const BounceFact *fact = &prune->facts[i];

		if (fact->effect != BOUNCE_EFFECT_RESET || fact->at >= prune->cut ||
			is_dead(prune, fact->at))
			continue;
		prune->has_reset = true;
		prune->reset_at = fact->at;
	}
}

/* ---------- Buckets that stay ---------- */

/*
 * Of the old buckets with bounces all but dead ones at the bottom stay.  Put
 * those that do into order, and behind them the ones without bounces that are
 * not at the bottom, by their ends.
 */
static void
part_buckets(Prune *prune, BounceItem *bounced, uint32_t *nbounced,
			 uint32_t *nothers)
{
	int64_t		bottom = NEVER;
	BounceItem *others;

	*nbounced = *nothers = 0;
	for (uint32_t i = 0; i < prune->nbuckets; i++)
	{
		PruneBucket *bucket = &prune->buckets[i];

		if (!bucket_is_old(prune, bucket))
			bucket->stays = true;
		else if (bucket->has_bounce && !is_dead(prune, bucket->bounced_at))
			lower(&bottom, bucket->sent_first);
	}
	for (uint32_t i = 0; i < prune->nbuckets; i++)
	{
		PruneBucket *bucket = &prune->buckets[i];

		if (bucket->stays || !bucket->has_bounce ||
			(bucket->sent_last < bottom && !bucket->has_life))
			continue;
		bucket->stays = true;
		bounced[*nbounced].key = bucket->sent_first;
		bounced[(*nbounced)++].id = i;
	}
	others = bounced + *nbounced;
	for (uint32_t i = 0; i < prune->nbuckets; i++)
	{
		PruneBucket *bucket = &prune->buckets[i];

		if (bucket->stays || bucket->has_bounce || bucket->sent_last < bottom)
			continue;
		others[*nothers].key = bucket->sent_last;
		others[(*nothers)++].id = i;
	}
	bounce_item_sort(bounced, *nbounced, prune->fold.scratch, NULL);
	bounce_item_sort(others, *nothers, prune->fold.scratch, NULL);
}

/*
 * Since when a bucket without bounces ends a run if a newer one is decided, for
 * good.  One that is pending does, but a notice makes it neutral.
 */
static int64_t
breaks_at(const PruneBucket *bucket)
{
	if (bucket->has_notice || bucket->ok_at < bucket->pending_at)
		return bucket->ok_at;
	return bucket->pending_at;
}

/*
 * Is a bucket the better one to stay, by when each of the two ends a run?  Of
 * equals the one that sorts first, which does not change as others go.
 */
static bool
is_better(const PruneBucket *bucket, int64_t at, const PruneBucket *than,
		  int64_t than_at)
{
	if (at == NEVER)
		return false;
	return than == NULL || at < than_at || (at == than_at && bucket < than);
}

/*
 * Choose which of the buckets in a gap stay: two do for all others, but for
 * those that are pending before any breaks for good.
 */
static void
gap_thin(const Prune *prune, const BounceItem *gap, uint32_t n)
{
	PruneBucket *ok = NULL;
	PruneBucket *breaks = NULL;

	for (uint32_t i = 0; i < n; i++)
	{
		PruneBucket *bucket = &prune->buckets[gap[i].id];

		if (is_better(bucket, bucket->ok_at, ok, ok != NULL ? ok->ok_at : NEVER))
			ok = bucket;
		if (is_better(bucket, breaks_at(bucket), breaks,
					  breaks != NULL ? breaks_at(breaks) : NEVER))
			breaks = bucket;
	}
	if (ok != NULL)
		ok->stays = true;

	/* one may do for both */
	if (ok != NULL && breaks_at(ok) == breaks_at(breaks))
		breaks = ok;
	if (breaks != NULL)
		breaks->stays = true;
	for (uint32_t i = 0; i < n; i++)
	{
		PruneBucket *bucket = &prune->buckets[gap[i].id];

		if (bucket->pending_at != NEVER &&
			(breaks == NULL || bucket->pending_at < breaks_at(breaks)))
			bucket->stays = true;
	}
}

/* Find the gaps, and thin them out.  What does not lie in one of them stays. */
static void
thin_gaps(Prune *prune)
{
	BounceItem *bounced = prune->fold.items;
	BounceItem *others;
	uint32_t	nbounced;
	uint32_t	nothers;
	uint32_t	gap = 0;		/* where the present gap begins */
	uint32_t	n = 0;			/* buckets in it, to the left in others */
	uint32_t	below = 0;		/* buckets with bounces below it ... */
	int64_t		top = INT64_MIN;	/* ... and how far they reach */

	part_buckets(prune, bounced, &nbounced, &nothers);
	others = bounced + nbounced;
	for (uint32_t i = 0; i < nothers; i++)
	{
		PruneBucket *bucket = &prune->buckets[others[i].id];

		if (below < nbounced && bounced[below].key <= bucket->sent_last)
		{
			gap_thin(prune, others + gap, n - gap);
			gap = n;
			for (; below < nbounced && bounced[below].key <= bucket->sent_last;
				 below++)
				raise(&top, prune->buckets[bounced[below].id].sent_last);
		}
		if (below > 0 && bucket->sent_first <= top)
			bucket->stays = true;
		else
			others[n++] = others[i];
	}
	gap_thin(prune, others + gap, n - gap);
}

/* ---------- Marking ---------- */

static BouncePruneEvent *
event_of(const Prune *prune, uint32_t fact)
{
	return &prune->events[prune->event_of[fact]];
}

/* Is it an old sign of life that counts for itself, and for nothing else? */
static bool
is_loose_life(const Prune *prune, uint32_t fact)
{
	uint32_t	bucket = prune->fold.bucket_of[fact];

	if (prune->facts[fact].effect != BOUNCE_EFFECT_LIFE)
		return false;
	return bucket == BOUNCE_NONE ? prune->facts[fact].at < prune->cut :
		!prune->buckets[bucket].stays;
}

/* Mark what lies in buckets that go. */
static bool
mark_buckets(const Prune *prune)
{
	bool		bounce_stays = false;

	for (uint32_t i = 0; i < prune->nfacts; i++)
	{
		uint32_t	bucket = prune->fold.bucket_of[i];

		if (bucket == BOUNCE_NONE)
			continue;
		if (!prune->buckets[bucket].stays)
			event_of(prune, i)->removable = true;
		else if (prune->buckets[bucket].has_bounce &&
				 bucket_is_old(prune, &prune->buckets[bucket]))
			bounce_stays = true;
	}
	return bounce_stays;
}

/*
 * Of the loose signs of life between two events of buckets that stay keep the
 * latest.  One at the time of an event belongs before it, and all facts of one
 * time count at once.  Up to the reset nothing comes between.
 */
static void
lifes_thin(const Prune *prune)
{
	const BounceItem *timeline = prune->fold.timeline;
	uint32_t	latest = BOUNCE_NONE;

	for (uint32_t i = 0; i < prune->nfacts;)
	{
		int64_t		at = timeline[i].key;
		bool		parts = false;

		do
		{
			uint32_t	fact = timeline[i].id;
			uint32_t	bucket = prune->fold.bucket_of[fact];

			if (is_loose_life(prune, fact))
			{
				if (latest != BOUNCE_NONE &&
					prune->facts[latest].at == at &&
					event_of(prune, latest)->id < event_of(prune, fact)->id)
				{
					event_of(prune, fact)->removable = true;
					continue;
				}
				if (latest != BOUNCE_NONE)
					event_of(prune, latest)->removable = true;
				latest = fact;
				event_of(prune, fact)->removable = false;
			}
			else if (bucket != BOUNCE_NONE && prune->buckets[bucket].stays)
				parts = true;
		} while (++i < prune->nfacts && timeline[i].key == at);
		if (parts && !is_dead(prune, at))
			latest = BOUNCE_NONE;
	}
}

/* Of old resets the latest is needed as long as old bounces are there. */
static void
mark_resets(const Prune *prune, bool bounce_stays)
{
	BouncePruneEvent *kept = NULL;

	for (uint32_t i = 0; i < prune->nfacts; i++)
	{
		const BounceFact *fact = &prune->facts[i];
		BouncePruneEvent *event = event_of(prune, i);

		if (fact->effect != BOUNCE_EFFECT_RESET || fact->at >= prune->cut)
			continue;
		event->removable = true;
		if (bounce_stays && fact->at == prune->reset_at &&
			(kept == NULL || event->id < kept->id))
			kept = event;
	}
	if (kept != NULL)
		kept->removable = false;
}

static bool
is_stop(const BounceFact *fact)
{
	return fact->effect == BOUNCE_EFFECT_COMPLAINT ||
		fact->effect == BOUNCE_EFFECT_UNSUBSCRIBE ||
		fact->effect == BOUNCE_EFFECT_SUPPRESS;
}

/*
 * Stops that a release has lifted go, and so does the release, unless it holds
 * back a void one, which might come back.
 */
static void
mark_stops(const Prune *prune, size_t nevents)
{
	BouncePruneEvent *release = NULL;
	bool		holds_back = false;

	for (size_t i = 0; i < nevents; i++)
	{
		BouncePruneEvent *event = &prune->events[i];

		if (event->is_void || event->fact.effect != BOUNCE_EFFECT_RELEASE ||
			event->fact.at >= prune->cut)
			continue;
		event->removable = true;
		if (release == NULL || event->fact.at > release->fact.at ||
			(event->fact.at == release->fact.at && event->id < release->id))
			release = event;
	}
	if (release == NULL)
		return;
	for (size_t i = 0; i < nevents; i++)
	{
		BouncePruneEvent *event = &prune->events[i];

		if (!is_stop(&event->fact) || event->fact.at > release->fact.at)
			continue;
		if (event->is_void)
			holds_back = true;
		else
			event->removable = true;
	}
	release->removable = !holds_back;
}

/*
 * Mark the events of one address, in any order, that are older than "before"
 * and without which every standing is the same; returns how many they are.
 *
 * Which they are does not depend on the order.  Marking again what stays marks
 * nothing.  The work area is as for bounce_standing_fold(), of the size that
 * bounce_prune_work_size() tells.
 */
size_t
bounce_prune_mark(BouncePruneEvent *events, size_t nevents, int64_t before,
				  void *work)
{
	Prune		prune;
	size_t		n = 0;

	memset(&prune, 0, sizeof(prune));
	lay_out(&prune, work, (uint32_t) nevents);
	prune.events = events;
	prune.cut = before;
	take_facts(&prune, nevents);
	bounce_bucket_assign(&prune.fold);
	take_buckets(&prune);
	cut_lower(&prune);
	find_reset(&prune);
	thin_gaps(&prune);
	mark_resets(&prune, mark_buckets(&prune));
	lifes_thin(&prune);
	mark_stops(&prune, nevents);
	for (size_t i = 0; i < nevents; i++)
		n += events[i].removable;
	return n;
}
