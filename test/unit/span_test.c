/*-------------------------------------------------------------------------
 *
 * span_test.c
 *	  Tests of src/core/span.c: nothing before, behind or beside a span is
 *	  read, and ASCII alone is folded.
 *
 * test/unit/span_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "given.h"

static void
test_trim(void)
{
	is_span(bounce_span_trim(given(" \t\r\n\v\fa b\f\v\n\r\t ")), "a b",
			"all white space goes from both ends, none from between");
	is_span(bounce_span_trim(given("   ")), "", "blanks alone leave nothing");
	is_span(bounce_span_trim(given("")), "", "nothing stays nothing");
	is_span(bounce_span_trim(BOUNCE_SPAN_NONE), NULL, "what is unknown stays unknown");
	is_span(bounce_span_trim(given("\240a\240")), "\240a\240",
			"a Latin-1 no-break space is no white space");
	ok(bounce_span_trim(given_literal("\0")).len == 1, "NUL is no white space");
}

static void
test_equal(void)
{
	ok(bounce_span_equal(given("abc"), given("abc")), "equal octets are equal");
	ok(!bounce_span_equal(given("abc"), given("abC")), "case tells exact spans apart");
	ok(!bounce_span_equal(given("abc"), given("ab")), "a prefix is not equal");
	ok(bounce_span_equal(BOUNCE_SPAN_NONE, given("")), "unknown and empty compare as equal");
	ok(bounce_span_equal_fold(given("Final-RECIPIENT"), given("fINAL-recipient")),
	   "ASCII letters fold both ways");
	ok(!bounce_span_equal_fold(given("\303\204"), given("\303\244")),
	   "letters beyond ASCII do not fold");
	ok(!bounce_span_equal_fold(given("@[`{"), given("`{@[")),
	   "octets next to the letters do not fold");
	ok(!bounce_span_equal_fold(given("I"), given("\304\261")),
	   "the dotless i of a Turkish locale is another letter");
	ok(bounce_span_is(given("STATUS"), "status"), "a literal folds, too");
	ok(!bounce_span_is(BOUNCE_SPAN_NONE, "status"), "unknown is no literal");
}

static void
test_starts_and_ends(void)
{
	ok(bounce_span_starts(given("Content-Type"), "content-"), "a prefix folds");
	ok(!bounce_span_starts(given("conten"), "content-"),
	   "a prefix longer than the span is not looked for beyond its end");
	ok(bounce_span_starts(given("a"), ""), "everything begins with nothing");
	ok(bounce_span_ends_fold(given("mx.Example.COM"), given(".example.com")), "a suffix folds");
	ok(!bounce_span_ends_fold(given("com"), given(".example.com")),
	   "a suffix longer than the span is not looked for before its start");
	ok(bounce_span_ends_fold(given("a"), given("")), "everything ends with nothing");
	ok(bounce_span_end(BOUNCE_SPAN_NONE) == NULL, "the unknown ends nowhere");
}

static void
test_find(void)
{
	static const struct
	{
		const char *text;
		const char *needle;
		size_t		exact;
		size_t		folded;
	}			cases[] =
	{
		{"abcabc", "abc", 0, 0},
		{"xabc", "abc", 1, 1},
		{"ababac", "abac", 2, 2},
		{"aaaaab", "aab", 3, 3},
		{"abC", "abc", BOUNCE_SPAN_NOT_FOUND, 0},
		{"ab", "abc", BOUNCE_SPAN_NOT_FOUND, BOUNCE_SPAN_NOT_FOUND},
		{"xxab", "abc", BOUNCE_SPAN_NOT_FOUND, BOUNCE_SPAN_NOT_FOUND},
		{"abc", "", BOUNCE_SPAN_NOT_FOUND, BOUNCE_SPAN_NOT_FOUND},
		{"", "a", BOUNCE_SPAN_NOT_FOUND, BOUNCE_SPAN_NOT_FOUND},
		{"", "", BOUNCE_SPAN_NOT_FOUND, BOUNCE_SPAN_NOT_FOUND},
		{"bbbc", "C", BOUNCE_SPAN_NOT_FOUND, 3}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		ok(bounce_span_find(given(cases[i].text), given(cases[i].needle)) == cases[i].exact,
		   "find \"%s\" in \"%s\"", cases[i].needle, cases[i].text);
		ok(bounce_span_find_fold(given(cases[i].text), given(cases[i].needle)) == cases[i].folded,
		   "find \"%s\" in \"%s\", folded", cases[i].needle, cases[i].text);
	}
	ok(bounce_span_find(BOUNCE_SPAN_NONE, given("a")) == BOUNCE_SPAN_NOT_FOUND,
	   "nothing is found in the unknown");
	ok(bounce_span_find(given_literal("a\0b\0c"), given_literal("\0c")) == 3,
	   "NUL is an octet like others");
}

int
main(void)
{
	test_trim();
	test_equal();
	test_starts_and_ends();
	test_find();
	return done_testing();
}
