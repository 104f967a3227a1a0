/*-------------------------------------------------------------------------
 *
 * standing_test.c
 *	  Tests of the fold in src/core: the golden vectors, order and duplicates,
 *	  and the edges that a comparison with the model does not reach.
 *
 *		standing_test [VECTORS]
 *
 * VECTORS is test/state/vectors.tsv unless given.  Its third column is a
 * history: words parted by spaces, a letter and a day (of a campaign sent that
 * day), '@' and the day of the report where that is another, '/' and the day
 * of the campaign where an open has one.  See read_word().
 *
 * test/unit/standing_test.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/standing.h"
#include "same_standing.h"
#include "tap.h"

#define DAY INT64_C(86400000000)
#define MAX_FACTS 64
#define MAX_LINE 4096
#define NVECTORS 50
#define NAME_SIZE 11			/* any int in ten digits, terminated */

typedef struct History
{
	BounceFact	facts[MAX_FACTS];
	size_t		n;
} History;

static const char *const state_name[BOUNCE_STATE_COUNT] = {
	"active", "soft", "hard", "confirmed", "suppressed", "unsubscribed",
	"complained"
};

/* Names of campaigns: the day as text, "x" for the one that is none's. */
static char campaign_name[1000][4];

static BounceSpan
campaign_of(int day)
{
	snprintf(campaign_name[day], sizeof(campaign_name[day]), "%d", day);
	return bounce_span_make(campaign_name[day], strlen(campaign_name[day]));
}

static BounceFact
fact_make(BounceEffect effect, BounceSpan campaign, int64_t sent_at, int64_t at)
{
	BounceFact	fact;

	memset(&fact, 0, sizeof(fact));
	fact.effect = effect;
	fact.campaign = campaign;
	fact.sent_at = sent_at;
	fact.at = at;
	return fact;
}

static BounceFact *
history_add(History *h, BounceEffect effect, BounceSpan campaign,
			int64_t sent_at, int64_t at)
{
	if (h->n == MAX_FACTS)
	{
		fprintf(stderr, "standing_test: history too long\n");
		exit(2);
	}
	h->facts[h->n] = fact_make(effect, campaign, sent_at, at);
	return &h->facts[h->n++];
}

/* A fact of no campaign, at a day. */
static void
history_add_plain(History *h, BounceEffect effect, int64_t at)
{
	history_add(h, effect, BOUNCE_SPAN_NONE, at, at);
}

/* A campaign that was sent on a day, and what came back. */
static BounceFact *
history_add_report(History *h, BounceEffect effect, int day, int64_t at)
{
	history_add(h, BOUNCE_EFFECT_SENT, campaign_of(day), day * DAY, day * DAY);
	return history_add(h, effect, campaign_of(day), day * DAY, at);
}

/* One word of a vector: see series() of the reference model. */
static void
read_word(History *h, const char *word)
{
	char	   *end;
	int			day = (int) strtol(word + 1, &end, 10);
	int64_t		at = day * DAY;
	BounceSpan	of = BOUNCE_SPAN_OF("x");
	int64_t		sent_at = at - DAY / 2;

	if (*end == '/')
	{
		int			sent = (int) strtol(end + 1, &end, 10);

		of = campaign_of(sent);
		sent_at = sent * DAY;
	}
	if (*end == '@')
		at = strtol(end + 1, &end, 10) * DAY;
	switch (word[0])
	{
		case 'I':
			history_add_report(h, BOUNCE_EFFECT_HARD, day, at)->instant = true;
			break;
		case 'H':
			history_add_report(h, BOUNCE_EFFECT_HARD, day, at);
			break;
		case 'S':
			history_add_report(h, BOUNCE_EFFECT_SOFT, day, at);
			break;
		case 'B':				/* a block */
		case 'A':				/* an auto-reply: its reason never counts */
			history_add_report(h, BOUNCE_EFFECT_NEUTRAL, day, at);
			break;
		case 'K':
			history_add_report(h, BOUNCE_EFFECT_DELIVERED, day, at);
			break;
		case 'P':
			history_add(h, BOUNCE_EFFECT_SENT, campaign_of(day), at, at);
			break;
		case 'O':
		case 'o':
		case 'X':
			history_add(h, BOUNCE_EFFECT_LIFE, of, sent_at, at);
			break;
		case 'C':
			history_add_plain(h, BOUNCE_EFFECT_COMPLAINT, at);
			break;
		case 'U':
			history_add_plain(h, BOUNCE_EFFECT_UNSUBSCRIBE, at);
			break;
		case 'M':
			history_add_plain(h, BOUNCE_EFFECT_SUPPRESS, at);
			break;
		case 'R':
			history_add_plain(h, BOUNCE_EFFECT_RESET, at);
			break;
		case 'L':
			history_add_plain(h, BOUNCE_EFFECT_RELEASE, at);
			break;
		default:
			fprintf(stderr, "standing_test: unknown word %s\n", word);
			exit(2);
	}
}

static History
history_read(const char *text)
{
	History		h;
	char		copy[MAX_LINE];

	h.n = 0;
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *word = strtok(copy, " "); word != NULL;
		 word = strtok(NULL, " "))
		read_word(&h, word);
	return h;
}

/* Fold in a work area of the exact size, full of rubbish. */
static BounceStanding
fold_with(const BounceFact *facts, size_t n, const BounceSettings *settings)
{
	size_t		size = bounce_standing_work_size(n);
	void	   *work = malloc(size + 1);
	BounceStanding standing;

	if (work == NULL)
		exit(2);
	memset(work, 0xA5, size);
	memset(&standing, 0xA5, sizeof(standing));
	bounce_standing_fold(facts, n, settings, work, &standing);
	free(work);
	return standing;
}

static BounceStanding
fold(const History *h)
{
	return fold_with(h->facts, h->n, &bounce_settings_default);
}

/* A generator of our own: the same numbers everywhere. */
static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void
shuffle(BounceFact *facts, size_t n, uint32_t *seed)
{
	for (size_t i = n; i > 1; i--)
	{
		size_t		j = next_random(seed) % i;
		BounceFact	fact = facts[i - 1];

		facts[i - 1] = facts[j];
		facts[j] = fact;
	}
}

/* Whether 50 orders of the history, and orders with duplicates, agree. */
static bool
is_pure(const History *h, uint32_t *seed)
{
	BounceStanding want = fold(h);

	for (int round = 0; round < 50; round++)
	{
		History		other = *h;
		BounceStanding got;

		for (int i = 0; round % 2 == 1 && i < 4 && h->n > 0; i++)
		{
			if (other.n < MAX_FACTS)
				other.facts[other.n++] = h->facts[next_random(seed) % h->n];
		}
		shuffle(other.facts, other.n, seed);
		got = fold(&other);
		if (!same_standing(&want, &got))
			return false;
	}
	return true;
}

/* Cut a line at its tabs; returns how many pieces. */
static int
split(char *line, char **column, int max)
{
	int			n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (n < max)
	{
		char	   *tab = strchr(line, '\t');

		column[n++] = line;
		if (tab == NULL)
			break;
		*tab = '\0';
		line = tab + 1;
	}
	return n;
}

static void
test_vectors(const char *path)
{
	FILE	   *file = fopen(path, "r");
	char		line[MAX_LINE];
	int			nvectors = 0;
	uint32_t	seed = 1;

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
	{
		ok(false, "vectors can be read from %s", path);
		return;
	}
	while (fgets(line, sizeof(line), file) != NULL)
	{
		char	   *column[6];
		History		h;
		BounceStanding got;

		if (split(line, column, 6) != 6)
		{
			ok(false, "a vector has six columns: %s", line);
			continue;
		}
		nvectors++;
		h = history_read(column[2]);
		got = fold(&h);
		ok(strcmp(state_name[got.state], column[3]) == 0 &&
		   got.hard_run == atoi(column[4]) && got.fail_run == atoi(column[5]),
		   "vector: %s", column[0]);
		ok(is_pure(&h, &seed),
		   "order and duplicates change nothing: %s", column[0]);
	}
	fclose(file);
	ok(nvectors == NVECTORS, "all %d vectors were there", NVECTORS);
}

static void
test_empty(void)
{
	BounceStanding s;

	memset(&s, 0xA5, sizeof(s));
	bounce_standing_fold(NULL, 0, &bounce_settings_default, NULL, &s);
	ok(s.state == BOUNCE_STATE_ACTIVE && s.delivery == BOUNCE_STATE_ACTIVE &&
	   s.hard_run == 0 && s.fail_run == 0 && s.cause == BOUNCE_CAUSE_NONE &&
	   s.stop == BOUNCE_STOP_NONE && !s.has_confirmed_at &&
	   !s.has_last_bounce && s.reason == -1,
	   "no facts and no work area: active");
	ok(bounce_standing_work_size(1) <= bounce_standing_work_size(2) &&
	   bounce_standing_work_size(100) < bounce_standing_work_size(1000),
	   "the work size grows with the facts");
	ok(bounce_standing_work_size((size_t) BOUNCE_STANDING_MAX_FACTS + 1) ==
	   SIZE_MAX && bounce_standing_work_size(SIZE_MAX) == SIZE_MAX,
	   "too many facts: a work size that no allocator gives");
#if SIZE_MAX > UINT32_MAX
	ok(bounce_standing_work_size(BOUNCE_STANDING_MAX_FACTS) < SIZE_MAX,
	   "the greatest number of facts has a work size");
#endif
}

/* Bounces at the ends of time: differences must not overflow. */
static void
test_extreme_times(void)
{
	History		h = {.n = 0};
	BounceSettings settings = bounce_settings_default;
	BounceStanding s;

	settings.soft_limit = 2;
	settings.soft_min_span = INT64_MAX;
	history_add_plain(&h, BOUNCE_EFFECT_SOFT, INT64_MIN);
	s = fold_with(h.facts, h.n, &settings);
	ok(s.state == BOUNCE_STATE_SOFT && s.last_bounce_at == INT64_MIN,
	   "a bounce at the beginning of time counts");
	history_add_plain(&h, BOUNCE_EFFECT_SOFT, INT64_MAX);
	s = fold_with(h.facts, h.n, &settings);
	ok(s.cause == BOUNCE_CAUSE_SOFT_LIMIT && s.fail_run == 2 &&
	   s.confirmed_at == INT64_MAX && s.last_bounce_at == INT64_MAX,
	   "all of time is longer than the longest span");

	h.n = 0;
	history_add_plain(&h, BOUNCE_EFFECT_LIFE, INT64_MIN);
	history_add(&h, BOUNCE_EFFECT_HARD, BOUNCE_SPAN_OF("c"), INT64_MAX,
				INT64_MAX)->instant = true;
	settings.engaged_grace = INT64_MAX;
	s = fold_with(h.facts, h.n, &settings);
	ok(s.cause == BOUNCE_CAUSE_INSTANT, "all of time is out of grace");
	h.facts[0].at = 0;
	s = fold_with(h.facts, h.n, &settings);
	ok(s.cause == BOUNCE_CAUSE_NONE && s.hard_run == 1,
	   "half of it is within the longest grace");

	h.n = 0;
	history_add_plain(&h, BOUNCE_EFFECT_HARD, INT64_MIN);
	history_add_plain(&h, BOUNCE_EFFECT_RESET, INT64_MIN);
	ok(fold(&h).state == BOUNCE_STATE_ACTIVE,
	   "a reset at the beginning of time covers a bounce at that time");

	h.n = 0;
	history_add_plain(&h, BOUNCE_EFFECT_COMPLAINT, INT64_MIN);
	ok(fold(&h).stop == BOUNCE_STOP_COMPLAINT,
	   "a complaint at the beginning of time stops");
	history_add_plain(&h, BOUNCE_EFFECT_RELEASE, INT64_MIN);
	ok(fold(&h).stop == BOUNCE_STOP_NONE,
	   "a release covers a complaint at the same time");
}

/* Without a campaign one day is one bucket, by midnight UTC. */
static void
test_days(void)
{
	static const struct
	{
		int64_t		first;
		int64_t		second;
		int			run;
		const char *name;
	}			cases[] =
	{
		{0, DAY - 1, 1, "the first and the last microsecond of a day"},
		{DAY - 1, DAY, 2, "both sides of midnight"},
		{-1, 0, 2, "both sides of the epoch"},
		{-DAY, -1, 1, "the whole of the day before the epoch"},
		{-DAY - 1, -DAY, 2, "both sides of midnight before the epoch"},
		{INT64_MIN, INT64_MIN + 1, 1, "the beginning of time"},
		{INT64_MAX - 1, INT64_MAX, 1, "the end of time"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		History		h = {.n = 0};

		history_add_plain(&h, BOUNCE_EFFECT_HARD, cases[i].first);
		history_add_plain(&h, BOUNCE_EFFECT_HARD, cases[i].second);
		ok(fold(&h).hard_run == cases[i].run, "%s: %s", cases[i].name,
		   cases[i].run == 1 ? "one day" : "two days");
	}
}

static void
test_campaign_text(void)
{
	History		h = {.n = 0};

	/* At one time of sending the order is that of the texts. */
	history_add(&h, BOUNCE_EFFECT_HARD, BOUNCE_SPAN_OF("b"), DAY, DAY);
	history_add(&h, BOUNCE_EFFECT_SOFT, BOUNCE_SPAN_OF("\xC3\xA4"), DAY, DAY);
	ok(fold(&h).state == BOUNCE_STATE_SOFT && fold(&h).fail_run == 2,
	   "bytes above 127 come after ASCII");
	h.facts[1].campaign = BOUNCE_SPAN_OF("");
	ok(fold(&h).state == BOUNCE_STATE_HARD && fold(&h).fail_run == 2,
	   "an empty campaign is a campaign, and the first");
	h.facts[1].campaign = BOUNCE_SPAN_OF("b\0");
	ok(fold(&h).state == BOUNCE_STATE_SOFT && fold(&h).fail_run == 2,
	   "a longer text comes after its beginning, zero bytes or not");
	h.facts[1].campaign = BOUNCE_SPAN_NONE;
	h.facts[0].campaign = BOUNCE_SPAN_OF("day:1");
	ok(fold(&h).fail_run == 1,
	   "a campaign with the name of a day is that day");
}

/* What makes a run longer without a failure: it must be seen at that time. */
static void
test_growth(void)
{
	History		h = history_read("H1 H8 K12 H15");
	BounceStanding s;
	uint32_t	seed = 3;

	history_add(&h, BOUNCE_EFFECT_SENT, campaign_of(12), 0, 20 * DAY);
	s = fold(&h);
	ok(s.cause == BOUNCE_CAUSE_CONSECUTIVE_HARD &&
	   s.confirmed_at == 20 * DAY && is_pure(&h, &seed),
	   "a delivered campaign turns out to be older than the bounces");

	h = history_read("H1 H8 P12 H15 B12@20 R30");
	s = fold(&h);
	ok(s.state == BOUNCE_STATE_ACTIVE, "a reset after that confirmation");
	h.n--;
	s = fold(&h);
	ok(s.cause == BOUNCE_CAUSE_CONSECUTIVE_HARD &&
	   s.confirmed_at == 20 * DAY && is_pure(&h, &seed),
	   "a campaign without an answer turns out to be blocked");

	h = history_read("H1 H8 o10/9 I9@20");
	h.facts[h.n - 1].instant = false;
	s = fold(&h);
	ok(s.cause == BOUNCE_CAUSE_CONSECUTIVE_HARD && s.hard_run == 3 &&
	   s.confirmed_at == 20 * DAY && is_pure(&h, &seed),
	   "an opened campaign bounces hard after all");
}

/* The latest counted bounce: header's rule for several at one time. */
static void
test_last_bounce(void)
{
	History		h = {.n = 0};
	BounceStanding s;
	uint32_t	seed = 7;

	history_add_report(&h, BOUNCE_EFFECT_HARD, 1, 9 * DAY)->reason = 5;
	history_add_report(&h, BOUNCE_EFFECT_HARD, 1, 9 * DAY)->reason = 4;
	history_add_report(&h, BOUNCE_EFFECT_HARD, 1, 10 * DAY)->reason = 3;
	history_add_report(&h, BOUNCE_EFFECT_SOFT, 1, 8 * DAY)->reason = 2;
	s = fold(&h);
	ok(s.has_last_bounce && s.last_bounce_at == 9 * DAY && s.reason == 4,
	   "the earliest hard fact decides; of several the least reason");
	ok(is_pure(&h, &seed), "in any order");

	history_add_report(&h, BOUNCE_EFFECT_SOFT, 2, 9 * DAY)->reason = 6;
	ok(fold(&h).reason == 6, "of campaigns decided at one time the newest");
	history_add_report(&h, BOUNCE_EFFECT_SOFT, 3, 4 * DAY)->reason = 7;
	s = fold(&h);
	ok(s.fail_run == 3 && s.last_bounce_at == 9 * DAY && s.reason == 6,
	   "the latest report counts, not the newest campaign");
	ok(is_pure(&h, &seed), "in any order");

	h = history_read("H1 H8 H15 H22");
	s = fold(&h);
	ok(s.has_confirmed_at && s.confirmed_at == 15 * DAY &&
	   s.last_bounce_at == 15 * DAY, "frozen at confirmation");
	h = history_read("H1 O5");
	s = fold(&h);
	ok(!s.has_last_bounce && s.last_bounce_at == 0 && s.reason == -1,
	   "none when no run is left");
}

/*
 * Long histories, where there is a tree over the blocks of slots: n failing
 * campaigns, in order of sending or against it, with something in the middle.
 */
static void
test_long(int n, bool newest_first)
{
	BounceFact *facts = malloc(sizeof(BounceFact) * (size_t) (n + 1));
	char	   *names = malloc((size_t) n * NAME_SIZE);
	BounceSettings settings = bounce_settings_default;
	const char *how = newest_first ? "newest first" : "oldest first";
	BounceStanding s;

	if (facts == NULL || names == NULL)
		exit(2);
	settings.confirm_after = INT32_MAX;
	settings.soft_limit = INT32_MAX;
	for (int i = 0; i < n; i++)
	{
		BounceSpan	name = bounce_span_make(names + (size_t) i * NAME_SIZE,
											NAME_SIZE - 1);

		snprintf(names + (size_t) i * NAME_SIZE, NAME_SIZE, "%010d", i);
		facts[i] = fact_make(BOUNCE_EFFECT_HARD, name, i,
							 newest_first ? 2 * n - i : n + i);
		facts[i].reason = i;
	}
	s = fold_with(facts, (size_t) n, &settings);
	ok(s.hard_run == n && s.reason == (newest_first ? 0 : n - 1),
	   "%d hard campaigns, %s: a run of all", n, how);
	facts[n / 2].effect = BOUNCE_EFFECT_SOFT;
	s = fold_with(facts, (size_t) n, &settings);
	ok(s.hard_run == n - 1 - n / 2 && s.fail_run == n,
	   "%d, %s, a soft one between: hard from there", n, how);
	facts[n / 2].effect = BOUNCE_EFFECT_SENT;
	s = fold_with(facts, (size_t) n, &settings);
	ok(s.hard_run == n - 1 - n / 2 && s.fail_run == s.hard_run,
	   "%d, %s, one overtaken: a run from there", n, how);
	facts[n / 2].effect = BOUNCE_EFFECT_NEUTRAL;
	s = fold_with(facts, (size_t) n, &settings);
	ok(s.hard_run == n - 1, "%d, %s, a neutral one: passed over", n, how);

	/* A sign of life that its own campaign's bounce takes back. */
	facts[n] = fact_make(BOUNCE_EFFECT_LIFE, facts[n - 1].campaign, n, 3 * n);
	facts[n - 1].effect = BOUNCE_EFFECT_DELIVERED;
	s = fold_with(facts, (size_t) n + 1, &settings);
	ok(s.fail_run == 0, "%d, %s, then an open: no run", n, how);
	facts[n - 1].effect = BOUNCE_EFFECT_HARD;
	facts[n - 1].at = 4 * n;
	s = fold_with(facts, (size_t) n + 1, &settings);
	ok(s.hard_run == n - 1,
	   "%d, %s, the opened one bounces hard: the whole run again", n, how);
	free(facts);
	free(names);
}

int
main(int argc, char **argv)
{
	static const int lengths[] = {3, 12, 13, 16, 17, 31, 32, 33, 257, 5000};

	test_vectors(argc > 1 ? argv[1] : "test/state/vectors.tsv");
	test_empty();
	test_extreme_times();
	test_days();
	test_campaign_text();
	test_growth();
	test_last_bounce();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
	{
		test_long(lengths[i], false);
		test_long(lengths[i], true);
	}
	return done_testing();
}
