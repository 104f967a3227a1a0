/*-------------------------------------------------------------------------
 *
 * prune_lines.c
 *	  Read histories, one a line, and print what of each may be pruned: the
 *	  other side of prune.py.
 *
 * A line is words parted by spaces.  First the time before which events may go,
 * then five words for each event, times in microseconds:
 *
 *		effect (its number) is_void sent_at at campaign
 *
 * where the campaign is "-" for none, else "=" and its text.  The answer is a
 * digit for each event: 1 for those that may go.
 *
 * test/state/prune_lines.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/prune.h"
#include "words.h"

#define MAX_LINE (1 << 20)
#define MAX_EVENTS 8192

static size_t
read_events(BouncePruneEvent *events, unsigned long line)
{
	size_t		n = 0;
	char	   *word;

	while ((word = next_word()) != NULL)
	{
		BouncePruneEvent *event = &events[n];

		if (n == MAX_EVENTS)
			die("too many events", line);
		memset(event, 0, sizeof(*event));
		event->id = (int64_t) n++;
		event->fact.effect = (BounceEffect) number_of(word, line);
		event->is_void = next_number(line) != 0;
		event->fact.sent_at = next_number(line);
		event->fact.at = next_number(line);
		event->fact.campaign = next_campaign(line);
	}
	return n;
}

int
main(void)
{
	static char buffer[MAX_LINE];
	static BouncePruneEvent events[MAX_EVENTS];
	unsigned long line = 0;

	while (fgets(buffer, sizeof(buffer), stdin) != NULL)
	{
		int64_t		before = number_of(strtok(buffer, " \n"), ++line);
		size_t		n = read_events(events, line);
		void	   *work = malloc(bounce_prune_work_size(n) + 1);

		if (work == NULL)
			die("no memory", line);
		bounce_prune_mark(events, n, before, work);
		free(work);
		for (size_t i = 0; i < n; i++)
			putchar(events[i].removable ? '1' : '0');
		putchar('\n');
	}
	return 0;
}
