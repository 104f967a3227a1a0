/*-------------------------------------------------------------------------
 *
 * date.c
 *	  Dates of mail, RFC 5322 and ISO 8601.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/date.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/date.h"

/* Zones with a name, RFC 5322, 4.3; minutes east of Greenwich. */
static const struct
{
	const char *name;
	int			minutes;
}			zones[] =
{
	{"ut", 0}, {"utc", 0}, {"gmt", 0}, {"z", 0},
	{"est", -300}, {"edt", -240}, {"cst", -360}, {"cdt", -300},
	{"mst", -420}, {"mdt", -360}, {"pst", -480}, {"pdt", -420},
	{"cet", 60}, {"cest", 120}, {"met", 60}, {"mest", 120},
	{"jst", 540}, {"bst", 60}, {"ist", 330}, {"msk", 180}
};

/* Pieces of a date, as they are found. */
typedef struct DateParts
{
	int			year;
	int			month;			/* 1 to 12 */
	int			day;
	int			hour;
	int			minute;
	int			second;
	int			zone;			/* minutes east */
} DateParts;

/* The next run of letters or of digits; what lies between is passed over. */
static bool
next_word(BounceSpan *s, BounceSpan *word)
{
	bool		digits;
	size_t		n = 0;

	while (s->len > 0 && !bounce_ascii_is_alnum(s->ptr[0]))
	{
		if (s->ptr[0] == '+' || s->ptr[0] == '-')
		{
			/* a zone: two digits or four behind a sign; in 2026-11-22 just a dash */
			if (s->len >= 3 && bounce_ascii_is_digit(s->ptr[1]) &&
				bounce_ascii_is_digit(s->ptr[2]))
				break;
		}
		s->ptr++;
		s->len--;
	}
	if (s->len == 0)
		return false;
	if (!bounce_ascii_is_alnum(s->ptr[0]))
		n = 1;
	digits = bounce_ascii_is_digit(s->ptr[n]);
	while (n < s->len && bounce_ascii_is_alnum(s->ptr[n]) &&
		   bounce_ascii_is_digit(s->ptr[n]) == digits)
		n++;
	*word = bounce_span_make(s->ptr, n);
	s->ptr += n;
	s->len -= n;
	return true;
}

/* Up to eight digits as a number; -1 for anything else. */
static int
to_number(BounceSpan word)
{
	int			value = 0;

	if (word.len == 0 || word.len > 8)
		return -1;
	for (size_t i = 0; i < word.len; i++)
	{
		if (!bounce_ascii_is_digit(word.ptr[i]))
			return -1;
		value = value * 10 + (word.ptr[i] - '0');
	}
	return value;
}

/* Three letters as a number, the same for either case. */
#define LETTERS(a, b, c) ((unsigned) (a) << 16 | (unsigned) (b) << 8 | (unsigned) (c) | 0x202020U)

static unsigned
letters_key(const char *s)
{
	return LETTERS((unsigned char) s[0], (unsigned char) s[1], (unsigned char) s[2]);
}

static int
to_month(BounceSpan word)
{
	if (word.len < 3)
		return 0;
	switch (letters_key(word.ptr))
	{
		case LETTERS('j', 'a', 'n'):
			return 1;
		case LETTERS('f', 'e', 'b'):
			return 2;
		case LETTERS('m', 'a', 'r'):
			return 3;
		case LETTERS('a', 'p', 'r'):
			return 4;
		case LETTERS('m', 'a', 'y'):
			return 5;
		case LETTERS('j', 'u', 'n'):
			return 6;
		case LETTERS('j', 'u', 'l'):
			return 7;
		case LETTERS('a', 'u', 'g'):
			return 8;
		case LETTERS('s', 'e', 'p'):
			return 9;
		case LETTERS('o', 'c', 't'):
			return 10;
		case LETTERS('n', 'o', 'v'):
			return 11;
		case LETTERS('d', 'e', 'c'):
			return 12;
		default:
			return 0;
	}
}

/* "+0200", "-08:00" (two words), "+02", "CEST"; what is not known is Greenwich. */
static int
to_zone(BounceSpan word, BounceSpan rest)
{
	if (word.len >= 3 && (word.ptr[0] == '+' || word.ptr[0] == '-'))
	{
		int			number = to_number(bounce_span_make(word.ptr + 1, word.len - 1));
		int			minutes;

		if (word.len == 3 && number > 0)
			number *= 100;
		if (word.len == 3 && rest.len >= 3 && rest.ptr[0] == ':' &&
			to_number(bounce_span_make(rest.ptr + 1, 2)) > 0)
			number += to_number(bounce_span_make(rest.ptr + 1, 2));
		minutes = (number / 100) * 60 + number % 100;
		if (number < 0 || minutes > 14 * 60)
			return 0;
		return word.ptr[0] == '-' ? -minutes : minutes;
	}
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
	{
		if (bounce_span_equal_fold(word, bounce_span_make(zones[i].name, strlen(zones[i].name))))
			return zones[i].minutes;
	}
	return 0;
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t
days_from_civil(int year, int month, int day)
{
	int64_t		y = month <= 2 ? year - 1 : year;
	int64_t		era = y / 400;
	int64_t		of_era = y - era * 400;
	int64_t		of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool
days_in_month_allow(const DateParts *date)
{
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = (date->year % 4 == 0 && date->year % 100 != 0) || date->year % 400 == 0;

	return date->day >= 1 &&
		date->day <= days[date->month - 1] + (date->month == 2 && leap ? 1 : 0);
}

/* "22 Nov 2026", "Nov 22 ... 2026" or "2026-11-22"; false when it is none. */
static bool
read_day(BounceSpan *s, DateParts *date)
{
	BounceSpan	word;

	if (!next_word(s, &word))
		return false;
	if (!bounce_ascii_is_digit(word.ptr[0]) && to_month(word) == 0 && !next_word(s, &word))
		return false;			/* the day of the week came first */
	if (word.ptr[0] == '+' || word.ptr[0] == '-')
		return false;
	if (word.len == 4 && to_number(word) > 0)
	{
		date->year = to_number(word);
		if (!next_word(s, &word))
			return false;
		date->month = to_number(bounce_span_make(word.ptr + (word.ptr[0] == '-'),
												 word.len - (word.ptr[0] == '-')));
		if (!next_word(s, &word))
			return false;
		date->day = to_number(bounce_span_make(word.ptr + (word.ptr[0] == '-'),
											   word.len - (word.ptr[0] == '-')));
		return true;
	}
	date->day = to_number(word);
	if (date->day < 0)
	{
		/* ctime: "Nov 22 20:32:36 2026", read by the caller from here */
		date->month = to_month(word);
		if (!next_word(s, &word))
			return false;
		date->day = to_number(word);
		date->year = -1;
		return true;
	}
	if (!next_word(s, &word))
		return false;
	date->month = to_month(word);
	if (!next_word(s, &word))
		return false;
	date->year = to_number(word);
	if (word.len == 2 && date->year >= 0)
		date->year += date->year < 50 ? 2000 : 1900;
	else if (word.len == 3 && date->year >= 0)
		date->year += 1900;
	return true;
}

/* Two digits as a number; more than 99 for what is none. */
static int
two_digits(const char *s)
{
	unsigned	tens = (unsigned char) (s[0] - '0');
	unsigned	ones = (unsigned char) (s[1] - '0');

	return tens > 9 || ones > 9 ? 100 : (int) (tens * 10 + ones);
}

/*
 * The form that nearly all dates have: "Sun, 22 Nov 2026 20:32:36 +0100", also
 * without the day of the week or with a name behind the zone.  False for any
 * other, which may be right all the same.
 */
static bool
read_usual(BounceSpan s, DateParts *date)
{
	const char *p = s.ptr;
	size_t		day_digits;
	int			zone;

	if (s.len > 5 && p[3] == ',' && p[4] == ' ' && bounce_ascii_is_alpha(p[0]) &&
		bounce_ascii_is_alpha(p[1]) && bounce_ascii_is_alpha(p[2]) &&
		to_month(bounce_span_make(p, 3)) == 0)
	{
		p += 5;
		s.len -= 5;
	}
	day_digits = s.len > 1 && p[1] == ' ' ? 1 : 2;
	if (s.len < day_digits + 24 || !bounce_ascii_is_digit(p[0]))
		return false;
	date->day = day_digits == 1 ? p[0] - '0' : two_digits(p);
	p += day_digits;
	s.len -= day_digits;
	if (p[0] != ' ' || p[4] != ' ' || p[9] != ' ' || p[12] != ':' || p[15] != ':' ||
		p[18] != ' ' || (p[19] != '+' && p[19] != '-') ||
		(s.len > 24 && bounce_ascii_is_alnum(p[24])))
		return false;
	date->month = to_month(bounce_span_make(p + 1, 3));
	date->year = two_digits(p + 5) * 100 + two_digits(p + 7);
	date->hour = two_digits(p + 10);
	date->minute = two_digits(p + 13);
	date->second = two_digits(p + 16);
	zone = two_digits(p + 20) * 60 + two_digits(p + 22);
	date->zone = p[19] == '-' ? -zone : zone;
	return date->day <= 99 && date->month > 0 && two_digits(p + 5) <= 99 &&
		two_digits(p + 7) <= 99 && date->hour <= 99 && date->minute <= 99 &&
		date->second <= 99 && two_digits(p + 22) <= 99 && zone <= 14 * 60;
}

/* Any form; false for what is no date. */
static bool
read_any(BounceSpan s, DateParts *date)
{
	BounceSpan	word;

	if (!read_day(&s, date))
		return false;
	if (!next_word(&s, &word))
		return false;
	if ((word.ptr[0] == 'T' || word.ptr[0] == 't') && word.len == 1 && !next_word(&s, &word))
		return false;
	date->hour = to_number(word);
	if (!next_word(&s, &word))
		return false;
	date->minute = to_number(word);
	if (s.len > 0 && s.ptr[0] == ':' && next_word(&s, &word))
		date->second = to_number(word);
	if (s.len > 1 && s.ptr[0] == '.' && bounce_ascii_is_digit(s.ptr[1]))
		next_word(&s, &word);	/* a fraction */
	if (next_word(&s, &word))
	{
		if (date->year == -1 && to_number(word) > 0)
			date->year = to_number(word);
		else
			date->zone = to_zone(word, s);
	}
	return true;
}

/*
 * Read a date into seconds since 1970-01-01 UTC.
 *
 * Takes RFC 5322 with its obsolete forms (two-digit years, named zones, no
 * seconds), ISO 8601 and ctime(3).  An unknown or missing zone is Greenwich.
 * Returns false when it is no date of the years 1970 to 2199.
 */
bool
bounce_date_parse(BounceSpan text, int64_t *seconds)
{
	DateParts	usual = {0};
	DateParts	date = {0};

	if (text.len > 128)
		text.len = 128;
	if (read_usual(text, &usual))
		date = usual;
	else if (!read_any(text, &date))
		return false;
	if (date.year < 1970 || date.year > 2199 || date.month < 1 || date.month > 12 ||
		!days_in_month_allow(&date) || date.hour < 0 || date.hour > 23 ||
		date.minute < 0 || date.minute > 59 || date.second < 0 || date.second > 60)
		return false;
	*seconds = days_from_civil(date.year, date.month, date.day) * 86400 +
		date.hour * 3600 + date.minute * 60 + date.second - date.zone * 60;
	return true;
}
