/*-------------------------------------------------------------------------
 *
 * date_test.c
 *	  Tests of src/core/date.c: the dates of RFC 5322, ISO 8601 and ctime(3).
 *
 * test/unit/date_test.c
 *
 *-------------------------------------------------------------------------
 */
#include <inttypes.h>

#include "core/date.h"
#include "given.h"

#define NO_DATE INT64_MIN

/* 2026-11-22 20:32:36 UTC */
#define THEN INT64_C(1795379556)

static void
test_dates(void)
{
	static const struct
	{
		const char *text;
		int64_t		seconds;
	}			cases[] =
	{
		/* RFC 5322 */
		{"Sun, 22 Nov 2026 20:32:36 +0000", THEN},
		{"Sun, 22 Nov 2026 21:32:36 +0100", THEN},
		{"Sun, 22 Nov 2026 21:32:36 +0100 (CET)", THEN},
		{"Sun, 22 Nov 2026 12:02:36 -0830", THEN},
		{"22 Nov 2026 20:32:36 +0000", THEN},
		{"sun, 22 nov 2026 20:32:36 gmt", THEN},
		{"Sunday, 22 November 2026 20:32:36 +0000", THEN},
		{"  Sun,\r\n 22 Nov\t2026 20:32:36\r\n +0000", THEN},
		{"Sun, 22 Nov 2026 20:32 +0000", THEN - 36},
		{"Sun,22 Nov 2026 20:32:36", THEN},
		{"1 Jan 1970 00:00:00 +0000", 0},
		{"1 Jan 1970 00:00:00 +0100", -3600},
		{"31 Dec 2199 23:59:59 +0000", INT64_C(7258118399)},
		/* obsolete */
		{"Sun, 22 Nov 26 20:32:36 GMT", THEN},
		{"22 Nov 99 00:00:00 UT", INT64_C(943228800)},
		{"22 Nov 126 20:32:36 UT", THEN},
		{"Sun, 22 Nov 2026 15:32:36 EST", THEN},
		{"Sun, 22 Nov 2026 13:32:36 PDT", THEN},
		{"Sun, 22 Nov 2026 21:32:36 CET", THEN},
		{"Sun, 22 Nov 2026 20:32:36 XYZ", THEN},
		/* ISO 8601, and as PostgreSQL writes it */
		{"2026-11-22T20:32:36Z", THEN},
		{"2026-11-22t20:32:36.125Z", THEN},
		{"2026-11-22 20:32:36", THEN},
		{"2026-11-22T22:32:36+02:00", THEN},
		{"2026-11-23T02:02:36+05:30", THEN},
		{"2026-11-22T12:32:36-08:00", THEN},
		{"2026-11-22 22:32:36+02", THEN},
		{"2026-11-22 20:32:36.123456+00", THEN},
		{"2026-11-22T22:32:36+0200", THEN},
		/* ctime(3) */
		{"Sun Nov 22 20:32:36 2026", THEN},
		{"Nov 22 20:32:36 2026", THEN},
		/* leap years and the ends of months */
		{"29 Feb 2024 00:00:00 +0000", INT64_C(1709164800)},
		{"29 Feb 2000 00:00:00 +0000", INT64_C(951782400)},
		{"29 Feb 2026 00:00:00 +0000", NO_DATE},
		{"29 Feb 2100 00:00:00 +0000", NO_DATE},
		{"1 Mar 2100 00:00:00 +0000", INT64_C(4107542400)},
		{"31 Nov 2026 00:00:00 +0000", NO_DATE},
		{"30 Nov 2026 00:00:00 +0000", INT64_C(1795996800)},
		{"0 Nov 2026 00:00:00 +0000", NO_DATE},
		{"32 Dec 2026 00:00:00 +0000", NO_DATE},
		/* times */
		{"30 Jun 2015 23:59:60 +0000", INT64_C(1435708800)},
		{"22 Nov 2026 23:59:61 +0000", NO_DATE},
		{"22 Nov 2026 24:00:00 +0000", NO_DATE},
		{"22 Nov 2026 20:60:00 +0000", NO_DATE},
		{"22 Nov 2026 20:32:36 +9999", THEN},
		/* years */
		{"31 Dec 1969 23:59:59 +0000", NO_DATE},
		{"1 Jan 2200 00:00:00 +0000", NO_DATE},
		{"1 Jan 99999999 00:00:00 +0000", NO_DATE},
		{"1 Jan 999999999999999999 00:00:00 +0000", NO_DATE},
		{"9999-11-22T20:32:36Z", NO_DATE},
		{"0000-11-22T20:32:36Z", NO_DATE},
		/* none, or half of one */
		{"", NO_DATE},
		{"Sun", NO_DATE},
		{"Sun, 22", NO_DATE},
		{"Sun, 22 Nov", NO_DATE},
		{"Sun, 22 Nov 2026", NO_DATE},
		{"Sun, 22 Nov 2026 ", NO_DATE},
		{"Sun, 22 Nov 2026 20", NO_DATE},
		{"Sun, 22 Nov 2026 20:", NO_DATE},
		{"2026", NO_DATE},
		{"2026-11", NO_DATE},
		{"2026-11-22", NO_DATE},
		{"2026-11-22T", NO_DATE},
		{"2026-13-22T20:32:36Z", NO_DATE},
		{"Nov 22", NO_DATE},
		{"Nov 22 20:32:36", NO_DATE},
		{"+0100", NO_DATE},
		{"yesterday at noon", NO_DATE},
		{"22 Foo 2026 20:32:36 +0000", NO_DATE},
		{"\303\244 \303\266", NO_DATE},
		{"-", NO_DATE}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		int64_t		seconds = NO_DATE;
		bool		known = bounce_date_parse(given(cases[i].text), &seconds);

		if (!ok(known == (cases[i].seconds != NO_DATE) && seconds == cases[i].seconds,
				"%s: %s", cases[i].seconds != NO_DATE ? "read" : "refuse", cases[i].text))
			diag("got %" PRId64, seconds);
	}
}

/* Nothing of a date may be read behind its end, wherever it is cut. */
static void
test_cut(void)
{
	static const char *const dates[] = {
		"Sun, 22 Nov 2026 20:32:36.5 +0100 (CET)",
		"2026-11-22T20:32:36.125+05:30",
		"Sun Nov 22 20:32:36 2026"
	};

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
	{
		bool		good = true;

		for (size_t len = 0; len <= strlen(dates[i]); len++)
		{
			int64_t		seconds = THEN;

			if (bounce_date_parse(given_bytes(dates[i], len), &seconds))
				good &= seconds > THEN - 86400 && seconds < THEN + 86400;
			else
				good &= seconds == THEN;
		}
		ok(good, "cut at every octet, it is the same day or none: %s", dates[i]);
	}
}

int
main(void)
{
	test_dates();
	test_cut();
	return done_testing();
}
