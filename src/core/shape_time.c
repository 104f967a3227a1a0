/*-------------------------------------------------------------------------
 *
 * shape_time.c
 *	  Times and dates within a text, as mail servers write them.
 *
 * Only where they end is of interest, not what they say: date.c reads the ones
 * that are to be understood.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/shape_time.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/shape.h"

static const BounceSpan months[] = {
	{"january", 7}, {"february", 8}, {"march", 5}, {"april", 5}, {"may", 3}, {"june", 4},
	{"july", 4}, {"august", 6}, {"september", 9}, {"october", 7}, {"november", 8}, {"december", 8}
};

static const BounceSpan days[] = {
	{"monday", 6}, {"tuesday", 7}, {"wednesday", 9}, {"thursday", 8}, {"friday", 6},
	{"saturday", 8}, {"sunday", 6}
};

static const BounceSpan zones[] = {
	{"am", 2}, {"pm", 2}, {"gmt", 3}, {"utc", 3}, {"est", 3}, {"edt", 3}, {"cst", 3}, {"cdt", 3},
	{"mst", 3}, {"mdt", 3}, {"pst", 3}, {"pdt", 3}, {"cet", 3}, {"cest", 4}, {"bst", 3}, {"jst", 3}
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define at bounce_shape_at
#define is_word bounce_shape_is_word
#define digits_end bounce_shape_digits_end

/*
 * Each of the following takes the place where something may stand, and returns
 * the place behind it; 0 when it does not stand there.
 */

/* White space, if there is some; i itself if there is none. */
static size_t
skip_blanks(BounceSpan s, size_t i)
{
	while (i < s.len && bounce_shape_is_blank(s.ptr[i]))
		i++;
	return i;
}

/* One of the words; of a name three letters or more are enough. */
static size_t
word_end(BounceSpan s, size_t i, const BounceSpan *words, size_t nwords, bool whole)
{
	size_t		end = i;

	while (end - i < 10 && bounce_ascii_is_alpha(at(s, end)))
		end++;
	if (is_word(at(s, end)) || end - i < 2 || (!whole && end - i < 3))
		return 0;
	for (size_t n = 0; n < nwords; n++)
	{
		BounceSpan	word = bounce_span_make(s.ptr + i, end - i);

		if (bounce_span_starts_fold(words[n], word) && (!whole || word.len == words[n].len))
			return end;
	}
	return 0;
}

/* 12:34, 12:34:56, 12:34:56.789, and the zone behind it */
static size_t
clock_end(BounceSpan s, size_t i)
{
	size_t		end = digits_end(s, i, 1, 2);
	size_t		more;

	if (end == 0 || at(s, end) != ':' || (end = digits_end(s, end + 1, 2, 2)) == 0)
		return 0;
	if (at(s, end) == ':' && (more = digits_end(s, end + 1, 2, 2)) != 0)
	{
		end = more;
		if ((at(s, end) == '.' || at(s, end) == ',') &&
			(more = digits_end(s, end + 1, 1, 9)) != 0)
			end = more;
	}
	if (at(s, end) == 'Z')
		end++;
	if (is_word(at(s, end)))
		return 0;
	for (int n = 0; n < 2; n++)
	{
		size_t		zone = skip_blanks(s, end);

		more = word_end(s, zone, zones, COUNT_OF(zones), true);
		if (more == 0 && (at(s, zone) == '+' || at(s, zone) == '-'))
		{
			more = digits_end(s, zone + 1, 2, 4);
			if (more != 0 && at(s, more) == ':')
				more = digits_end(s, more + 1, 2, 2);
			if (is_word(at(s, more)))
				more = 0;
		}
		if (more == 0)
			break;
		end = more;
	}
	return end;
}

/* A time of day behind a date; the end of the date where there is none. */
static size_t
with_clock(BounceSpan s, size_t date)
{
	size_t		i = date;
	size_t		clock;

	if (at(s, i) == 'T')
		i++;
	else
	{
		if (at(s, i) == ',')
			i++;
		i = skip_blanks(s, i);
	}
	clock = i > date ? clock_end(s, i) : 0;
	if (clock == 0)
		return is_word(at(s, date)) ? 0 : date;
	return clock;
}

/* 2026-09-10, 2026/09/10, 10.09.2026, 9/10/26 */
static size_t
numbers_end(BounceSpan s, size_t i)
{
	size_t		end = digits_end(s, i, 4, 4);
	bool		year_first = end != 0;
	char		joint;

	if (!year_first)
		end = digits_end(s, i, 1, 2);
	joint = at(s, end);
	if (end == 0 || (joint != '/' && joint != '.' && joint != '-'))
		return 0;
	end = digits_end(s, end + 1, 1, 2);
	if (end == 0 || at(s, end) != joint)
		return 0;
	/* a version has dots, too */
	end = year_first ? digits_end(s, end + 1, 1, 2) :
		digits_end(s, end + 1, joint == '.' ? 4 : 2, 4);
	if (end == 0 || (at(s, end) == joint && is_word(at(s, end + 1))))
		return 0;
	return with_clock(s, end);
}

/* 10 Sep 2026, 10-Sep-2026 */
static size_t
day_first_end(BounceSpan s, size_t i)
{
	size_t		end = digits_end(s, i, 1, 2);
	size_t		next;

	if (end == 0)
		return 0;
	next = at(s, end) == '-' ? end + 1 : skip_blanks(s, end);
	if (next == end || (end = word_end(s, next, months, COUNT_OF(months), false)) == 0)
		return 0;
	next = at(s, end) == '-' ? end + 1 : skip_blanks(s, end);
	if (next == end || (end = digits_end(s, next, 2, 4)) == 0)
		return 0;
	return with_clock(s, end);
}

/* Sep 10, Sep 10, 2026, Sep 10 09:30:00 2026 */
static size_t
month_first_end(BounceSpan s, size_t i)
{
	size_t		end = word_end(s, i, months, COUNT_OF(months), false);
	size_t		next;

	if (end == 0)
		return 0;
	next = skip_blanks(s, end);
	if (next == end || (end = digits_end(s, next, 1, 2)) == 0 || is_word(at(s, end)) ||
		(at(s, end) == '.' && is_word(at(s, end + 1))))
		return 0;
	for (int n = 0; n < 2; n++)
	{
		/* the year, before the time or behind it */
		end = with_clock(s, end);
		next = skip_blanks(s, at(s, end) == ',' ? end + 1 : end);
		next = next > end ? digits_end(s, next, 4, 4) : 0;
		if (next == 0 || is_word(at(s, next)))
			break;
		end = next;
	}
	return end;
}

/* A time or date; the name of a day before it is part of it. */
size_t
bounce_shape_time_end(BounceSpan s, size_t from)
{
	size_t		i = from;
	size_t		end = word_end(s, i, days, COUNT_OF(days), false);

	if (end != 0)
	{
		i = skip_blanks(s, at(s, end) == ',' ? end + 1 : end);
		if (i == end)
			return 0;
	}
	end = day_first_end(s, i);
	if (end == 0)
		end = month_first_end(s, i);
	if (end == 0 && i == from)
		end = clock_end(s, i);
	return end != 0 ? end : numbers_end(s, i);
}
