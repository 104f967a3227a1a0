/*-------------------------------------------------------------------------
 *
 * words.h
 *	  Words of a line, parted by spaces.  strtok() has been given the line.
 *
 * test/state/words.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/span.h"

static void
die(const char *what, unsigned long line)
{
	fprintf(stderr, "%s in line %lu\n", what, line);
	exit(1);
}

/* The next word, or NULL. */
static char *
next_word(void)
{
	return strtok(NULL, " \n");
}

/* The number that a word is; dies when there is none. */
static int64_t
number_of(const char *word, unsigned long line)
{
	char	   *end;
	long long	number;

	if (word == NULL)
		die("a missing number", line);
	number = strtoll(word, &end, 10);
	if (*end != '\0')
		die("a broken number", line);
	return number;
}

static int64_t
next_number(unsigned long line)
{
	return number_of(next_word(), line);
}

/* The next word, "-" for none, else "=" and its text. */
static BounceSpan
next_campaign(unsigned long line)
{
	const char *word = next_word();

	if (word == NULL)
		die("a missing campaign", line);
	return *word == '=' ? bounce_span_make(word + 1, strlen(word + 1)) : BOUNCE_SPAN_NONE;
}

#endif							/* WORDS_H */
