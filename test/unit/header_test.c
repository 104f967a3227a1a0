/*-------------------------------------------------------------------------
 *
 * header_test.c
 *	  Tests of src/core/header.c: fields are found, and the body's beginning.
 *
 * test/unit/header_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/header.h"
#include "given.h"

/* All fields of the text as "name=value;", then "|" and the body. */
static const char *
fields_of(BounceSpan text)
{
	static char joined[2048];
	size_t		n = 0;
	BounceHeaderIter it;
	BounceHeader hdr;

	bounce_header_open(&it, text, bounce_line_end_probe(text));
	while (bounce_header_next(&it, &hdr))
		n += (size_t) snprintf(joined + n, sizeof(joined) - n, "%.*s=%.*s;",
							   (int) hdr.name.len, hdr.name.ptr,
							   (int) hdr.value.len, hdr.value.ptr);
	snprintf(joined + n, sizeof(joined) - n, "|%.*s", (int) (it.lines.end - it.lines.cur),
			 it.lines.cur < it.lines.end ? it.lines.cur : "");
	return joined;
}

static void
test_fields(void)
{
	static const struct
	{
		const char *text;
		const char *fields;
		const char *name;
	}			cases[] =
	{
		{"A: b\nC: d\n\nbody\n", "A=b;C=d;|body\n", "two fields and a body"},
		{"A: b\r\nC: d\r\n\r\nbody\r\n", "A=b;C=d;|body\r\n", "the same with CRLF"},
		{"A: b\r\r\nC: d\r\r\n\r\r\nbody", "A=b;C=d;|body", "the same with CRCRLF"},
		{"A: b\rC: d\r\rbody\r", "A=b;C=d;|body\r", "the same with CR alone"},
		{"A: b\n c\n\td\nE: f\n\nx", "A=b\n c\n\td;E=f;|x", "folded lines belong to the field before"},
		{"A: b\r\n c\r\n\r\nx", "A=b\r\n c;|x", "folded with CRLF"},
		{"A:\n b\n\nx", "A=b;|x", "a value that begins in the second line"},
		{"A:b\n\nx", "A=b;|x", "no blank behind the colon"},
		{"A : b\n\nx", "A=b;|x", "blanks before the colon (RFC 822)"},
		{"A: : b\n\nx", "A=: b;|x", "one colon goes, not two"},
		{"A:\n\nx", "A=;|x", "an empty value"},
		{"A:\n \n\nx", "A=;|\nx", "a folded line of blanks ends the header, as many mailers meant it"},
		{"A: b\n \t\nC: d\n", "A=b;|C: d\n", "a line of blanks is an empty line"},
		{"From bob@example.com Sun Nov 22 20:32:36 2026\nA: b\n\nx", "A=b;|x",
		"the From_ line of an mbox is no field"},
		{"\n\r\n  \nA: b\n\nx", "A=b;|x", "empty lines before the first field"},
		{"junk\nA: b\nmore junk\nC: d\n\nx", "A=b;C=d;|x", "junk lines are passed over"},
		{": b\nA: b\n\nx", "A=b;|x", "a field without a name is junk"},
		{"\303\204: b\nA: c\n\nx", "A=c;|x", "a name beyond ASCII is junk"},
		{" A: b\nC: d\n\nx", "C=d;|x", "a continuation of nothing is junk"},
		{"A: b", "A=b;|", "a header without a body, cut in its last line"},
		{"A: b\n", "A=b;|", "a header without a body"},
		{"A: b\n c", "A=b\n c;|", "cut in a folded line"},
		{"A: b\n ", "A=b;|", "cut behind the blank of a folded line"},
		{"A", "|", "cut in a name"},
		{"A:", "A=;|", "cut behind the colon"},
		{"A: b\n--x\nC: d\n", "A=b;|--x\nC: d\n", "a boundary ends a header that has no end"},
		{"A: b\njunk\n--x\n", "A=b;|--x\n", "a boundary behind junk, too"},
		{"--x\nA: b\n", "|--x\nA: b\n", "a header that begins with a boundary is empty"},
		{"A: b\n -- \n\nx", "A=b\n --;|x", "dashes in a folded line end nothing"},
		{"", "|", "nothing has no field"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *got = fields_of(given(cases[i].text));

		if (!ok(strcmp(got, cases[i].fields) == 0, "%s", cases[i].name))
			diag_span("got", bounce_span_make(got, strlen(got)));
	}
	ok(strcmp(fields_of(BOUNCE_SPAN_NONE), "|") == 0, "the unknown has no field");
}

static void
test_name_length(void)
{
	ok(bounce_header_name_length(given("Status: 5")) == 6, "a name and its length");
	ok(bounce_header_name_length(given("Status \t : 5")) == 6, "without blanks before the colon");
	ok(bounce_header_name_length(given("Status")) == 0, "no colon, no name");
	ok(bounce_header_name_length(given("Status ")) == 0, "no colon behind blanks, no name");
	ok(bounce_header_name_length(given("Two words: 5")) == 0, "no blank in a name");
	ok(bounce_header_name_length(given_literal("A\0B: c")) == 0, "no NUL in a name");
	ok(bounce_header_name_length(given("A\177: c")) == 0, "no DEL in a name");
	ok(bounce_header_name_length(given(": c")) == 0, "no empty name");
	ok(bounce_header_name_length(given("")) == 0, "no name in nothing");
}

static void
test_unfold(void)
{
	char		buf[64];
	static const struct
	{
		const char *value;
		size_t		size;
		const char *unfolded;
		const char *name;
	}			cases[] =
	{
		{"a\r\n b", 64, "a b", "a fold becomes one blank"},
		{"a \r\n\t  b", 64, "a b", "and takes the white space around it along"},
		{"a\n\n b", 64, "a b", "an empty line in a fold does no harm"},
		{"a\rb", 64, "a b", "a CR alone is a fold"},
		{"a  b", 64, "a  b", "blanks within a line stay"},
		{"\n a", 64, " a", "a fold before the first word"},
		{"a\n", 64, "a ", "a fold at the end"},
		{"abcdef", 3, "abc", "clipped to the buffer"},
		{"abc\n d", 3, "abc", "clipped before a fold"},
		{"abc\n d", 4, "abc ", "clipped at a fold"},
		{"abc", 0, "", "no buffer, nothing written"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		size_t		n = bounce_header_unfold(given(cases[i].value), buf, cases[i].size);

		is_span(bounce_span_make(buf, n), cases[i].unfolded, "unfold: %s", cases[i].name);
	}
}

int
main(void)
{
	test_fields();
	test_name_length();
	test_unfold();
	return done_testing();
}
