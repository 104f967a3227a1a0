/*-------------------------------------------------------------------------
 *
 * line_test.c
 *	  Tests of src/core/line.c: every way in which lines of mail end.
 *
 * test/unit/line_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/limits.h"
#include "core/line.h"
#include "given.h"

/* All lines of the text, each followed by "|". */
static const char *
lines_of(BounceSpan text, BounceLineEnd line_end)
{
	static char joined[1024];
	size_t		n = 0;
	BounceLines it;
	BounceSpan	line;

	it.cur = text.ptr;
	it.end = bounce_span_end(text);
	it.line_end = line_end;
	while (bounce_line_next(&it, &line))
	{
		memcpy(joined + n, line.ptr, line.len);
		n += line.len;
		joined[n++] = '|';
	}
	joined[n] = '\0';
	return joined;
}

static void
test_ends(void)
{
	static const struct
	{
		const char *text;
		BounceLineEnd line_end;
		const char *lines;
		const char *name;
	}			cases[] =
	{
		{"a\nb\n", BOUNCE_LINE_END_LF, "a|b|", "LF ends a line"},
		{"a\r\nb\r\n", BOUNCE_LINE_END_LF, "a|b|", "CRLF ends a line"},
		{"a\r\r\nb\r\r\n", BOUNCE_LINE_END_LF, "a|b|", "CRCRLF of text converted twice ends one line"},
		{"a\rb\n", BOUNCE_LINE_END_LF, "a\rb|", "a stray CR ends no line where LF does"},
		{"a\nb", BOUNCE_LINE_END_LF, "a|b|", "the last line needs no end"},
		{"a\nb\r", BOUNCE_LINE_END_LF, "a|b|", "a message cut within CRLF keeps no CR"},
		{"\n\n", BOUNCE_LINE_END_LF, "||", "empty lines are lines"},
		{"\r\n\r\n", BOUNCE_LINE_END_LF, "||", "empty lines with CRLF are empty"},
		{"\r\r\r\n", BOUNCE_LINE_END_LF, "|", "a line of CR alone is empty"},
		{"", BOUNCE_LINE_END_LF, "", "nothing has no line"},
		{"a\rb\r", BOUNCE_LINE_END_CR, "a|b|", "CR ends a line of an old Macintosh"},
		{"a\r\rb", BOUNCE_LINE_END_CR, "a||b|", "and two of them make an empty line"},
		{"a\rb\nc\r", BOUNCE_LINE_END_CR, "a|b\nc|", "where a stray LF ends none"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *got = lines_of(given(cases[i].text), cases[i].line_end);

		if (!ok(strcmp(got, cases[i].lines) == 0, "%s", cases[i].name))
			diag("got %s", got);
	}
	ok(strcmp(lines_of(BOUNCE_SPAN_NONE, BOUNCE_LINE_END_LF), "") == 0, "the unknown has no line");
}

static void
test_probe(void)
{
	ok(bounce_line_end_probe(given("")) == BOUNCE_LINE_END_LF, "nothing has the usual line ends");
	ok(bounce_line_end_probe(BOUNCE_SPAN_NONE) == BOUNCE_LINE_END_LF, "and so has the unknown");
	ok(bounce_line_end_probe(given("a")) == BOUNCE_LINE_END_LF, "one line without an end, too");
	ok(bounce_line_end_probe(given("a\rb\r")) == BOUNCE_LINE_END_CR, "CR without any LF");
	ok(bounce_line_end_probe(given("a\rb\rc\n")) == BOUNCE_LINE_END_LF,
	   "one LF decides against many CR");
	for (int off = -1; off <= 1; off++)
	{
		size_t		n = (size_t) (BOUNCE_LINE_END_PROBE + off);
		BounceLineEnd expected = off < 0 ? BOUNCE_LINE_END_LF : BOUNCE_LINE_END_CR;

		ok(bounce_line_end_probe(given_run("\r", 'a', n - 1, "\n")) == expected,
		   "a LF behind the limit %+d octets is %s", off, off < 0 ? "seen" : "not looked at");
	}
}

int
main(void)
{
	test_ends();
	test_probe();
	return done_testing();
}
