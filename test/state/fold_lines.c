/*-------------------------------------------------------------------------
 *
 * fold_lines.c
 *	  Read histories, one a line, and print the standing of each: the other
 *	  side of differential.py.
 *
 * A line is words parted by spaces.  First the settings:
 *
 *		confirm_after instant soft_limit soft_limit_engaged soft_min_span
 *		engaged_grace open_reopens_confirmed
 *
 * then six words for each fact, times in microseconds:
 *
 *		effect (its number) instant reason sent_at at campaign
 *
 * where the campaign is "-" for none, else "=" and its text.  The answer:
 *
 *		state delivery hard_run fail_run cause stop confirmed_at
 *		last_bounce_at reason
 *
 * with "-" for what is not there.  Each history is folded a second time with
 * its facts in reverse; the program fails when the standings differ.
 *
 * test/state/fold_lines.c
 *
 *-------------------------------------------------------------------------
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/standing.h"
#include "../unit/same_standing.h"
#include "words.h"

#define MAX_LINE (1 << 20)
#define MAX_FACTS 8192

static const char *const state_name[BOUNCE_STATE_COUNT] = {
	"active", "soft", "hard", "confirmed", "suppressed", "unsubscribed",
	"complained"
};
static const char *const cause_name[] = {
	"-", "instant", "consecutive_hard", "soft_limit"
};
static const char *const stop_name[] = {
	"-", "complaint", "unsubscribe", "suppress"
};

static void
read_settings(BounceSettings *settings, const char *first, unsigned long line)
{
	settings->confirm_after = atoi(first);
	settings->instant = next_number(line) != 0;
	settings->soft_limit = (int) next_number(line);
	settings->soft_limit_engaged = (int) next_number(line);
	settings->soft_min_span = next_number(line);
	settings->engaged_grace = next_number(line);
	settings->open_reopens_confirmed = next_number(line) != 0;
}

static size_t
read_facts(BounceFact *facts, unsigned long line)
{
	size_t		n = 0;
	char	   *word;

	while ((word = next_word()) != NULL)
	{
		BounceFact *fact = &facts[n];

		if (n++ == MAX_FACTS)
			die("too many facts", line);
		fact->effect = (BounceEffect) atoi(word);
		fact->instant = next_number(line) != 0;
		fact->reason = (int) next_number(line);
		fact->sent_at = next_number(line);
		fact->at = next_number(line);
		fact->campaign = next_campaign(line);
	}
	return n;
}

/* Fold in a work area of the exact size, full of rubbish. */
static BounceStanding
fold(const BounceFact *facts, size_t n, const BounceSettings *settings)
{
	size_t		size = bounce_standing_work_size(n);
	void	   *work = malloc(size > 0 ? size : 1);
	BounceStanding standing;

	if (work == NULL)
		die("no memory", 0);
	memset(work, 0xA5, size);
	bounce_standing_fold(facts, n, settings, work, &standing);
	free(work);
	return standing;
}

static void
print_standing(const BounceStanding *s)
{
	printf("%s %s %" PRId64 " %" PRId64 " %s %s", state_name[s->state],
		   state_name[s->delivery], s->hard_run, s->fail_run,
		   cause_name[s->cause], stop_name[s->stop]);
	if (s->has_confirmed_at)
		printf(" %" PRId64, s->confirmed_at);
	else
		printf(" -");
	if (s->has_last_bounce)
		printf(" %" PRId64 " %d\n", s->last_bounce_at, s->reason);
	else
		printf(" - -\n");
}

int
main(void)
{
	static char buffer[MAX_LINE];
	static BounceFact facts[MAX_FACTS];
	unsigned long line = 0;

	while (fgets(buffer, sizeof(buffer), stdin) != NULL)
	{
		BounceSettings settings;
		BounceStanding standing;
		BounceStanding reverse;
		char	   *first = strtok(buffer, " \n");
		size_t		n;

		line++;
		if (first == NULL)
			die("nothing", line);
		read_settings(&settings, first, line);
		n = read_facts(facts, line);
		standing = fold(facts, n, &settings);
		for (size_t i = 0; i < n / 2; i++)
		{
			BounceFact	fact = facts[i];

			facts[i] = facts[n - 1 - i];
			facts[n - 1 - i] = fact;
		}
		reverse = fold(facts, n, &settings);
		if (!same_standing(&standing, &reverse))
			die("order of facts changes the standing", line);
		print_standing(&standing);
	}
	return 0;
}
