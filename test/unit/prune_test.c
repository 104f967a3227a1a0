/*-------------------------------------------------------------------------
 *
 * prune_test.c
 *	  Tests of what may be pruned: each rule by hand, and on random histories
 *	  that every standing stays the same.
 *
 *		prune_test [HISTORIES]
 *
 * A history by hand is words parted by spaces: a letter, the campaign ('-' for
 * none; with a '/' behind it where it holds digits), the day of sending, and '@'
 * and the day on which it happened where that is another.  A '!' before it makes
 * it void.  Letters are those of letter[] below.
 *
 * test/unit/prune_test.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/prune.h"
#include "random.h"
#include "same_standing.h"
#include "tap.h"

#define DAY INT64_C(86400000000)
#define MAX_EVENTS 160
#define MAX_TEXT 512
#define NREASONS 6

static const char letter[BOUNCE_EFFECT_COUNT + 1] = "sdhfnlcuprz";
static const char *const effect_name[BOUNCE_EFFECT_COUNT] = {
	"sent", "delivered", "hard", "soft", "notice", "life", "complaint",
	"unsubscribe", "suppress", "release", "reset"
};

/* Mark in a work area of the exact size, full of rubbish. */
static size_t
mark(BouncePruneEvent *events, size_t n, int64_t before)
{
	size_t		size = bounce_prune_work_size(n);
	void	   *work = malloc(size > 0 ? size : 1);
	size_t		marked;

	if (work == NULL)
		exit(2);
	memset(work, 0xA5, size);
	marked = bounce_prune_mark(events, n, before, work);
	free(work);
	return marked;
}

/* ---------- By hand ---------- */

/* Parse one word; it is the text of its own event, and lives as long. */
static BouncePruneEvent
read_word(const char *word, int64_t id)
{
	BouncePruneEvent event;
	const char *p = word;
	const char *end;

	memset(&event, 0, sizeof(event));
	event.id = id;
	event.is_void = *p == '!';
	p += event.is_void;
	event.fact.effect = (BounceEffect) (strchr(letter, *p++) - letter);
	end = strpbrk(p, strchr(p, '/') != NULL ? "/" : "0123456789");
	event.fact.campaign = *p == '-' ? BOUNCE_SPAN_NONE :
		bounce_span_make(p, (size_t) (end - p));
	end += *end == '/';
	event.fact.sent_at = (int64_t) (strtod(end, (char **) &p) * DAY);
	event.fact.at = *p == '@' ? (int64_t) (strtod(p + 1, NULL) * DAY) :
		event.fact.sent_at;
	return event;
}

/* Does the same go if the events come the other way round? */
static bool
reverse_is_same(const BouncePruneEvent *events, size_t n, int64_t before)
{
	BouncePruneEvent reverse[MAX_EVENTS];

	for (size_t i = 0; i < n; i++)
		reverse[i] = events[n - 1 - i];
	mark(reverse, n, before);
	for (size_t i = 0; i < n; i++)
	{
		if (reverse[i].removable != events[n - 1 - i].removable)
			return false;
	}
	return true;
}

/*
 * Prune a history before a day: "left" stays of it, in any order, and then
 * stays for good.  Where it is NULL, which of several stay is not said.
 */
static void
stays(const char *name, const char *history, double day, const char *left)
{
	int64_t		before = (int64_t) (day * DAY);
	char		copy[MAX_TEXT];
	char		got[MAX_TEXT] = "";
	char	   *words[MAX_EVENTS];
	BouncePruneEvent events[MAX_EVENTS];
	size_t		n = 0;
	size_t		nleft = 0;
	bool		in_any_order;

	strcpy(copy, history);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
	{
		words[n] = word;
		events[n] = read_word(word, (int64_t) n);
		n++;
	}
	mark(events, n, before);
	in_any_order = reverse_is_same(events, n, before);
	for (size_t i = 0; i < n; i++)
	{
		if (events[i].removable)
			continue;
		if (nleft > 0)
			strcat(got, " ");
		strcat(got, words[i]);
		events[nleft++] = events[i];
	}
	if (!ok((left == NULL ? nleft < n : strcmp(got, left) == 0) &&
			in_any_order && mark(events, nleft, before) == 0, "%s", name))
		diag("of \"%s\" stays \"%s\"", history, got);
}

static void
test_old(void)
{
	stays("nothing is nothing", "", 10, "");
	stays("mail that arrived goes", "sa1 da1 sb2 db3", 10, "");
	stays("not what happened at that time or later", "sa10 sb9 lb9@10", 10,
		  "sa10 sb9 lb9@10");
	stays("nor what was sent later than it happened", "sa12@3", 10, "sa12@3");
	stays("a campaign of which something is not old stays whole",
		  "sa1 da1 na1@10 sb0", 10, "sa1 da1 na1@10");
	stays("and all that is not older than it", "sa4 na4@10 sb5 sc2@4 sd1", 10,
		  "sa4 na4@10 sb5 sc2@4");
	stays("and so on", "sa6@11 sb5@7 sc4@5 sd3@5 se3@4 sf1@2", 10,
		  "sa6@11 sb5@7 sc4@5 sd3@5 se3@4");
	stays("a day stays until it ends", "s-9.2 s-10.1 d-10.2 sa10", 10.5,
		  "s-10.1 d-10.2");
	stays("a day by its name is that day", "sday:4/4.2 s-4.3@12 sa4.1 sb4.3",
		  10, "sday:4/4.2 s-4.3@12 sb4.3");
	stays("what an old complaint was about does not matter",
		  "sa1 ca1@12 l-1", 10, "ca1@12 l-1");
}

static void
test_bottom(void)
{
	stays("what was sent before all bounces goes", "sa1 da1 sb2 hc3", 10,
		  "hc3");
	stays("not what was sent with one", "sa3 hb3", 10, "sa3 hb3");
	stays("a void bounce is one that may come back", "sa1 !hb2 sc3", 10,
		  "!hb2 sc3");
	stays("a bounce that a reset makes dead goes, and so does the reset",
		  "sa1 ha1@2 fb2 z-3", 10, "");
	stays("at the time of the reset, too", "ha1@3 z-3", 10, "");
	stays("not one that is later", "ha1@2 hb1@4 z-3 sc0", 10,
		  "ha1@2 hb1@4 z-3");
	stays("nor one that was sent after one that counts",
		  "sa1 hb2@5 hc3 z-4 sd1", 10, "hb2@5 hc3 z-4");
	stays("nor one with a sign of life, which it may make none",
		  "ha1@2 la1@5 z-3 sb0", 10, "ha1@2 la1@5 z-3");
	stays("a reset that is void or not old makes nothing dead",
		  "ha1 !z-2 z-12", 10, "ha1 !z-2 z-12");
	stays("it is not needed for what is not old", "z-3 ha11", 10, "ha11");
	stays("of several resets the latest stays", "z-1 ha2 z-3 hb4 z-5 z-5 hc6",
		  10, "z-5 hc6");
}

static void
test_gaps(void)
{
	stays("between bounces one that arrived stays",
		  "ha1 sb2 db2.5 sc3 dc3.5 hd4 le5 lf6", 10, "ha1 sb2 db2.5 hd4 le5 lf6");
	stays("and one that was sent, where that was earlier",
		  "ha1 sb2 sc3 dc3.5 sd4 dd9 se5 de5", 10, "ha1 sb2 sc3 dc3.5");
	stays("one without a report is enough for those without one",
		  "ha1 sb2 sc3 sd4", 10, "ha1 sb2");
	stays("but not for one that arrived", "ha1 sb2 sc3 sd4 dd5", 10,
		  "ha1 sb2 sd4 dd5");
	stays("one of which a notice came does not break for good",
		  "ha1 sb2 nb3 sc4 sd5", 10, "ha1 sb2 nb3 sc4");
	stays("one that has a notice only never does", "ha1 nb2 nc3 d-4.5", 10,
		  "ha1 d-4.5");
	stays("one does for both", "ha1 db3 sc3", 10, "ha1 db3");
	stays("whatever their names are", "ha1 sb3 dc3", 10, "ha1 dc3");
	stays("of equals one stays, though the other leaves a sign of life",
		  "ha1 lb2@3 db5@3 dc3", 10, NULL);
	stays("the same with the names changed",
		  "ha1 lc2@3 dc5@3 db3", 10, NULL);
	stays("one that was overtaken by a bounce stays whole",
		  "ha2 hb5 sc4 dc6 dd3 de4", 10, "ha2 hb5 sc4 dc6 dd3");
	stays("one that is sent at both sides of a bounce stays whole",
		  "ha2 ha4 sb3 db5 sc1 sc5 sd6 dd6 de7", 10,
		  "ha2 ha4 sb3 db5 sc1 sc5 sd6 dd6");
	stays("and one that is sent while one with bounces is, whichever",
		  "ha2 ha6 hb3 sc4 dc4.5 sd5 dd5.5", 10,
		  "ha2 ha6 hb3 sc4 dc4.5 sd5 dd5.5");
}

static void
test_life(void)
{
	stays("the latest sign of life stays", "la1 l-2 lb3", 10, "lb3");
	stays("of two at one time the first", "l-3 l-3 la2", 10, "l-3");
	stays("one for each time between bounces",
		  "l-1 l-2 ha3 l-4 l-5 hb6 l-7 l-8", 10, "l-2 ha3 l-5 hb6 l-8");
	stays("one at the time of a bounce is before it",
		  "l-1 l-3 ha3 l-4", 10, "l-3 ha3 l-4");
	stays("between what stays, whatever it is", "ha1 l-2 db3 l-4 l-4.5", 10,
		  "ha1 l-2 db3 l-4.5");
	stays("one up to the reset, whatever is before it",
		  "l-1 lb2 l-3 hb3@4 z-4 l-5 hc6 l-7", 10,
		  "lb2 hb3@4 z-4 l-5 hc6 l-7");
	stays("one that is not old is not in the way", "l-1 l-2 l-12", 10,
		  "l-2 l-12");
	stays("a void one is none", "l-1 !l-2", 10, "l-1 !l-2");
}

static void
test_stops(void)
{
	stays("a stop stays", "c-1 u-2 p-3 l-1 l-2", 10, "c-1 u-2 p-3 l-2");
	stays("not one that was lifted, nor what lifted it",
		  "c-1 r-2 u-3 p-4 r-4 p-5", 10, "p-5");
	stays("a void one and what holds it back stay", "!c-1 r-2 u-3 r-4 p-5", 10,
		  "!c-1 r-4 p-5");
	stays("of two at one time the first holds it back", "!c-1 r-2 r-2", 10,
		  "!c-1 r-2");
	stays("a void release lifts nothing", "c-1 !r-2", 10, "c-1 !r-2");
	stays("nor does one that is not old", "c-1 r-12", 10, "c-1 r-12");
}

static void
test_edges(void)
{
	BouncePruneEvent events[3];
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX};

	for (int i = 0; i < 3; i++)
	{
		events[i] = read_word("d-1", i);
		events[i].fact.at = times[i];
		events[i].fact.sent_at = times[i];
	}
	ok(mark(events, 3, INT64_MAX) == 2 && !events[2].removable,
	   "times may be extreme");
	ok(mark(events, 3, INT64_MIN) == 0, "nothing is before the first time");
	ok(bounce_prune_work_size((size_t) BOUNCE_STANDING_MAX_FACTS + 1) == SIZE_MAX,
	   "too many events have no work area");
}

/* ---------- Random histories ---------- */

typedef struct Log
{
	BouncePruneEvent events[MAX_EVENTS];
	size_t		n;
} Log;

/* What another policy and other decisions say of the bounces. */
typedef struct World
{
	BounceSettings settings;
	bool		counts[NREASONS];	/* otherwise than the event says */
	BounceEffect effect[NREASONS];
	bool		instant[NREASONS];
	unsigned	void_part;		/* of 8: bounces that are void */
	unsigned	salt;
	int64_t		until;			/* as it was at a time */
} World;

static const char kinds[][32] = {
	"ssssddhhhhhhffffnnll", "ssssddhhhhhhffffnnllzrlcuplzl", "shhhfdl",
	"ssssssddddddddlh", "snnndllh"
};

/* Up to three letters; days by their names, and a "day" of no day. */
static BounceSpan
campaign_name(unsigned number)
{
	static char text[64][16];

	if (number % 6 == 0)
		snprintf(text[number], sizeof(text[number]), "day:%u", number / 2);
	else
		snprintf(text[number], sizeof(text[number]), "c%u", number);
	return bounce_span_make(text[number], strlen(text[number]));
}

static void
log_add(Log *log, BouncePruneEvent event)
{
	if (log->n == MAX_EVENTS)
		exit(2);
	event.id = (int64_t) log->n;
	log->events[log->n++] = event;
}

static void
random_log(Log *log)
{
	const char *kind = kinds[next_random(sizeof(kinds) / sizeof(kinds[0]))];
	unsigned	names = 2 + next_random(next_random(2) ? 8 : 40);
	unsigned	length = 4 + next_random(next_random(2) ? 20 : 90);
	unsigned	n = next_random(next_random(4) ? 20 : 60);
	unsigned	late = next_random(3);
	unsigned	earlier = next_random(8) == 0;
	bool		undone = next_random(4) == 0;
	int64_t		sent_of[64];
	bool		is_sent[64] = {false};

	log->n = 0;
	for (unsigned i = 0; i < n; i++)
	{
		BouncePruneEvent event;
		unsigned	number = next_random(names);

		memset(&event, 0, sizeof(event));
		event.fact.effect = (BounceEffect)
			(strchr(letter, kind[next_random((unsigned) strlen(kind))]) - letter);
		event.fact.reason = (int) next_random(NREASONS);
		event.fact.instant = next_random(6) == 0;
		event.fact.at = next_random(2 * length) * (DAY / 2);
		event.fact.sent_at = event.fact.at;
		event.fact.campaign = BOUNCE_SPAN_NONE;
		if (next_random(7) > 0)
		{
			event.fact.campaign = campaign_name(number);
			if (!is_sent[number])
				sent_of[number] = event.fact.at;
			is_sent[number] = true;
			if (next_random(8) > 0)
				event.fact.sent_at = sent_of[number];
		}
		if (next_random(6) < late)
			event.fact.at += next_random(20) * (DAY / 2);
		if (earlier && next_random(6) == 0)
			event.fact.sent_at -= next_random(20) * (DAY / 2);
		event.is_void = undone && next_random(5) == 0;
		log_add(log, event);
		if (next_random(3) == 0)
		{
			event.fact.effect = BOUNCE_EFFECT_SENT;
			event.fact.at = event.fact.sent_at;
			log_add(log, event);
		}
		if (next_random(16) == 0)
			log_add(log, event);
	}
}

static void
random_world(World *world, int64_t before)
{
	static const int64_t spans[] = {0, DAY / 2, 5 * DAY, 30 * DAY};
	static const BounceEffect effects[] = {
		BOUNCE_EFFECT_HARD, BOUNCE_EFFECT_SOFT, BOUNCE_EFFECT_NEUTRAL
	};

	memset(world, 0, sizeof(*world));
	world->settings = bounce_settings_default;
	world->until = INT64_MAX;
	if (next_random(4) == 0)
		return;
	if (next_random(3) > 0)
	{
		world->settings.confirm_after = 1 + (int) next_random(6);
		world->settings.instant = next_random(3) > 0;
		world->settings.soft_limit = 1 + (int) next_random(5);
		world->settings.soft_limit_engaged = 1 + (int) next_random(8);
		world->settings.soft_min_span = spans[next_random(4)];
		world->settings.engaged_grace = spans[next_random(4)];
		world->settings.open_reopens_confirmed = next_random(2) > 0;
	}
	for (int i = 0; i < NREASONS && next_random(2) > 0; i++)
	{
		world->counts[i] = true;
		world->effect[i] = effects[next_random(3)];
		world->instant[i] = next_random(3) == 0;
	}
	world->void_part = next_random(2) ? 0 : next_random(9);
	world->salt = next_random(1 << 16);
	if (next_random(3) == 0)
		world->until = before + next_random(40) * (DAY / 2);
}

static bool
is_bounce(const BouncePruneEvent *event)
{
	return event->fact.effect == BOUNCE_EFFECT_HARD ||
		event->fact.effect == BOUNCE_EFFECT_SOFT;
}

/* Is it void in this world?  Of a bounce, its id decides. */
static bool
is_void_in(const BouncePruneEvent *event, const World *world)
{
	uint32_t	mixed = ((uint32_t) event->id + world->salt) * 2654435761u;

	if (world->void_part == 0 || !is_bounce(event))
		return event->is_void;
	return (mixed >> 16) % 8 < world->void_part;
}

/* The standing of a log, less what is marked, and more that comes later. */
static BounceStanding
standing_of(const Log *log, bool pruned, const Log *later, const World *world)
{
	static BounceFact facts[2 * MAX_EVENTS];
	size_t		n = 0;
	size_t		size;
	void	   *work;
	BounceStanding standing;

	for (size_t i = 0; i < log->n + later->n; i++)
	{
		const BouncePruneEvent *event = i < log->n ? &log->events[i] :
			&later->events[i - log->n];
		BounceFact *fact = &facts[n];

		if ((pruned && event->removable && i < log->n) ||
			is_void_in(event, world) || event->fact.at > world->until)
			continue;
		*fact = event->fact;
		if (is_bounce(event) && world->counts[fact->reason])
		{
			fact->effect = world->effect[fact->reason];
			fact->instant = world->instant[fact->reason];
		}
		n++;
	}
	size = bounce_standing_work_size(n);
	work = malloc(size > 0 ? size : 1);
	if (work == NULL)
		exit(2);
	bounce_standing_fold(facts, n, &world->settings, work, &standing);
	free(work);
	return standing;
}

/* Does it say something about the mail of a campaign or day? */
static bool
is_of_mail(const BounceFact *fact)
{
	return fact->effect < BOUNCE_EFFECT_LIFE ||
		(fact->effect == BOUNCE_EFFECT_LIFE && fact->campaign.ptr != NULL);
}

/* The text that the fold has for the campaign or day of a fact. */
static BounceSpan
bucket_name(const BounceFact *fact, char *room, size_t size)
{
	if (fact->campaign.ptr != NULL)
		return fact->campaign;
	snprintf(room, size, "day:%d",
			 (int) ((fact->sent_at + 1000 * DAY) / DAY - 1000));
	return bounce_span_make(room, strlen(room));
}

/* Is all that is there of this campaign or day before a time? */
static bool
is_of_old(const Log *log, const BounceFact *fact, int64_t before)
{
	char		room[32];
	char		other_room[32];
	BounceSpan	name = bucket_name(fact, room, sizeof(room));
	bool		found = false;

	for (size_t i = 0; i < log->n; i++)
	{
		const BouncePruneEvent *event = &log->events[i];

		if (!bounce_span_equal(bucket_name(&event->fact, other_room,
										   sizeof(other_room)), name) ||
			!is_of_mail(&event->fact) || (event->is_void && !is_bounce(event)))
			continue;
		if (event->fact.at >= before || event->fact.sent_at >= before ||
			(event->fact.campaign.ptr == NULL &&
			 event->fact.sent_at >= before / DAY * DAY))
			return false;
		found = true;
	}
	return found;
}

/* What comes later: of mail that was sent then, in no campaign that is old. */
static void
random_later(Log *later, const Log *log, int64_t before)
{
	static const char any[] = "ssddhhhhffnllcuprz";
	unsigned	n = next_random(2) ? 0 : next_random(12);

	later->n = 0;
	for (unsigned i = 0; i < n; i++)
	{
		BouncePruneEvent event;

		memset(&event, 0, sizeof(event));
		event.fact.effect = (BounceEffect)
			(strchr(letter, any[next_random(sizeof(any) - 1)]) - letter);
		event.fact.reason = (int) next_random(NREASONS);
		event.fact.instant = next_random(6) == 0;
		event.fact.sent_at = before + next_random(40) * (DAY / 4);
		event.fact.at = before + next_random(40) * (DAY / 4);
		event.fact.campaign = next_random(4) == 0 ? BOUNCE_SPAN_NONE :
			campaign_name(next_random(48));
		if (!is_of_old(log, &event.fact, before))
			log_add(later, event);
	}
}

static void
show(const Log *log, const char *what)
{
	for (size_t i = 0; i < log->n; i++)
	{
		const BouncePruneEvent *event = &log->events[i];

		diag("%s %s%s%s %.*s sent %g at %g reason %d%s", what,
			 event->removable ? "- " : "", event->is_void ? "!" : "",
			 effect_name[event->fact.effect],
			 event->fact.campaign.ptr != NULL ? (int) event->fact.campaign.len : 1,
			 event->fact.campaign.ptr != NULL ? event->fact.campaign.ptr : "-",
			 (double) event->fact.sent_at / DAY, (double) event->fact.at / DAY,
			 event->fact.reason, event->fact.instant ? " instant" : "");
	}
}

/* Drop what is marked. */
static void
log_prune(Log *log)
{
	size_t		n = 0;

	for (size_t i = 0; i < log->n; i++)
	{
		if (!log->events[i].removable)
			log->events[n++] = log->events[i];
	}
	log->n = n;
}

/* Does the same go if the events come in another order? */
static bool
order_does_not_matter(const Log *log, int64_t before)
{
	Log			other = *log;

	for (size_t i = other.n; i > 1; i--)
	{
		size_t		j = next_random((unsigned) i);
		BouncePruneEvent event = other.events[i - 1];

		other.events[i - 1] = other.events[j];
		other.events[j] = event;
	}
	mark(other.events, other.n, before);
	for (size_t i = 0; i < other.n; i++)
	{
		if (other.events[i].removable !=
			log->events[other.events[i].id].removable)
			return false;
	}
	return true;
}

/* Worlds in which a log is compared with what is left of it. */
#define NWORLDS 8

/* One history; false, and shown, if a standing differs. */
static bool
test_history(size_t *removed, size_t *orders, size_t *repeats)
{
	static Log	log;
	static Log	left;
	static Log	later;
	int64_t		before;
	int64_t		again;

	random_log(&log);
	before = next_random(next_random(2) ? 240 : 60) * (DAY / 4);
	mark(log.events, log.n, before);
	for (size_t i = 0; i < log.n; i++)
		removed[log.events[i].fact.effect] += log.events[i].removable;
	*orders += order_does_not_matter(&log, before);
	left = log;
	log_prune(&left);
	*repeats += mark(left.events, left.n, before) == 0;
	again = before + next_random(80) * (DAY / 4);
	for (int i = 0; i < NWORLDS; i++)
	{
		World		world;
		BounceStanding whole;
		BounceStanding pruned;

		/* the second half: pruned a second time, later */
		if (i == NWORLDS / 2)
		{
			before = again;
			mark(left.events, left.n, before);
		}
		random_world(&world, before);
		random_later(&later, &log, before);
		whole = standing_of(&log, false, &later, &world);
		pruned = standing_of(&left, true, &later, &world);
		if (same_standing(&whole, &pruned))
			continue;
		diag("before %g, world %d: state %d, %d; runs %d %d, %d %d; cause %d, %d",
			 (double) before / DAY, i, whole.state, pruned.state,
			 (int) whole.hard_run, (int) whole.fail_run, (int) pruned.hard_run,
			 (int) pruned.fail_run, whole.cause, pruned.cause);
		show(&log, "log");
		show(&left, "left");
		show(&later, "later");
		return false;
	}
	return true;
}

static void
test_random(int histories)
{
	size_t		removed[BOUNCE_EFFECT_COUNT] = {0};
	size_t		orders = 0;
	size_t		repeats = 0;
	int			done = 0;

	while (done < histories && test_history(removed, &orders, &repeats))
		done++;
	ok(done == histories, "%d random histories keep every standing", histories);
	ok(orders >= (size_t) done, "in any order the same goes");
	ok(repeats >= (size_t) done, "a second time nothing goes");
	for (int i = 0; i < BOUNCE_EFFECT_COUNT; i++)
		ok(removed[i] > 0, "events of each kind go: %s, %zu",
		   effect_name[i], removed[i]);
}

int
main(int argc, char **argv)
{
	test_old();
	test_bottom();
	test_gaps();
	test_life();
	test_stops();
	test_edges();
	test_random(argc > 1 ? atoi(argv[1]) : 20000);
	return done_testing();
}
