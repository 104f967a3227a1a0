/*-------------------------------------------------------------------------
 *
 * word_test.c
 *	  Tests of src/core/word.c: encoded words, and what only looks like one.
 *
 * test/unit/word_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/word.h"
#include "given.h"

/* All pieces as "text", or "charset:text" for encoded ones, with "|" behind. */
static const char *
words_of(BounceSpan value, size_t size)
{
	static char joined[1024];
	char	   *buf = malloc(size);
	BounceWordIter it;
	BounceWord	word;
	size_t		n = 0;

	joined[0] = '\0';
	bounce_word_open(&it, value);
	while (bounce_word_next(&it, buf, size, &word))
		n += (size_t) snprintf(joined + n, sizeof(joined) - n, "%.*s%s%.*s|",
							   (int) word.charset.len, word.charset.len > 0 ? word.charset.ptr : "",
							   word.charset.len > 0 ? ":" : "",
							   (int) word.bytes.len, word.bytes.ptr);
	free(buf);
	return joined;
}

static void
test_words(void)
{
	static const struct
	{
		const char *value;
		const char *words;
		const char *name;
	}			cases[] =
	{
		{"plain text", "plain text|", "no encoded word at all"},
		{"=?utf-8?q?a?=", "utf-8:a|", "one word"},
		{"=?UTF-8?Q?a_b=20c=5F?=", "UTF-8:a b c_|", "Q: an underline is a blank, an escaped one is not"},
		{"=?utf-8?B?Zm9v?=", "utf-8:foo|", "B is base64"},
		{"=?utf-8*de?q?a?=", "utf-8:a|", "a language behind the charset (RFC 2231)"},
		{"a =?utf-8?q?b?= c", "a |utf-8:b| c|", "text around a word keeps its blanks"},
		{"=?a?q?b?= =?c?q?d?=", "a:b|c:d|", "blanks between two words go"},
		{"=?a?q?b?=\r\n\t=?c?q?d?=", "a:b|c:d|", "and so does a fold"},
		{"=?a?q?b?==?c?q?d?=", "a:b|c:d|", "two words without a blank between"},
		{"=?a?q?b?= x =?c?q?d?=", "a:b| x |c:d|", "text between two words stays"},
		{"=?a?q?b c?=", "a:b c|", "blanks in a word, which many write"},
		{"=?a?q?" "?=", "a:|", "an empty word"},
		{"=?a?q?a=?=", "a:a|", "an equals sign before the end"},
		{"=?a?q?a?b?=", "a:a?b|", "a question mark within"},
		{"=?a?x?b?=", "=?a?x?b?=|", "an encoding that nobody knows"},
		{"=?a?q?b", "=?a?q?b|", "a word that has no end"},
		{"=?a?q?b?", "=?a?q?b?|", "a word that is cut within its end"},
		{"=?a b?q?c?=", "=?a b?q?c?=|", "no blank in a charset"},
		{"=?", "=?|", "the first two octets alone"},
		{"=?a?q?", "=?a?q?|", "a word without text or end"},
		{"=?=?utf-8?q?a?=", "=?|utf-8:a|", "a beginning before the beginning"},
		{"=?a?z?b?= =?c?q?d?=", "=?a?z?b?= |c:d|", "what is no word is text before the next"},
		{"", "", "nothing"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *got = words_of(given(cases[i].value), 64);

		if (!ok(strcmp(got, cases[i].words) == 0, "%s", cases[i].name))
			diag("got %s", got);
	}
}

static void
test_clipped(void)
{
	for (size_t size = 0; size <= 4; size++)
	{
		char		expected[8];

		snprintf(expected, sizeof(expected), "a:%.*s|", (int) (size < 3 ? size : 3), "foo");
		ok(strcmp(words_of(given("=?a?b?Zm9v?="), size), expected) == 0, "B clipped to %zu octets", size);
		ok(strcmp(words_of(given("=?a?q?foo?="), size), expected) == 0, "Q clipped to %zu octets", size);
	}
}

/* Looking for each word's end anew would take n * n steps. */
static void
test_many_beginnings(void)
{
	static char text[GIVEN_MAX];
	static const char *const pieces[] = {"=?x?q?a ", "=?x?z?a ", "=?=?=?=?"};

	for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++)
	{
		BounceWordIter it;
		BounceWord	word;
		char		buf[16];
		size_t		words = 0;

		for (size_t i = 0; i < sizeof(text); i += 8)
			memcpy(text + i, pieces[k], 8);
		bounce_word_open(&it, given_bytes(text, sizeof(text)));
		while (bounce_word_next(&it, buf, sizeof(buf), &word))
			words++;
		ok(words == 1, "many beginnings and no word: %s", pieces[k]);
	}
}

int
main(void)
{
	test_words();
	test_clipped();
	test_many_beginnings();
	return done_testing();
}
