/*-------------------------------------------------------------------------
 *
 * charset_test.c
 *	  Tests of src/core/charset.c: text of mail as UTF-8.
 *
 * test/unit/charset_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/charset.h"
#include "given.h"

static BounceCharsets charsets;
static char buffer[65536];

static BounceSpan
convert(const char *charset, BounceSpan text)
{
	BounceSpan	name = bounce_span_make(charset, strlen(charset));

	return bounce_span_make(buffer, bounce_charset_to_utf8(&charsets, name, &text, buffer, sizeof(buffer)));
}

static void
test_charsets(void)
{
	static const struct
	{
		const char *charset;
		const char *text;
		const char *utf8;
	}			cases[] =
	{
		{"us-ascii", "plain", "plain"},
		{"", "caf\xE9", "caf\xC3\xA9"},
		{"utf-8", "caf\xC3\xA9", "caf\xC3\xA9"},
		{"utf-8", "caf\xE9 x", "caf\xC3\xA9 x"},
		{"iso-8859-1", "caf\xE9", "caf\xC3\xA9"},
		{"iso-8859-1", "caf\xC3\xA9", "caf\xC3\xA9"},
		{"ISO_8859-1", "\x93x\x94", "\xE2\x80\x9Cx\xE2\x80\x9D"},
		{"iso-8859-2", "\xB3", "\xC5\x82"},
		{"iso-8859-15", "\xA4", "\xE2\x82\xAC"},
		{"windows-1251", "\xCD\xE5\xF2", "\xD0\x9D\xD0\xB5\xD1\x82"},
		{"KOI8-R", "\xEE\xC5\xD4", "\xD0\x9D\xD0\xB5\xD1\x82"},
		{"iso-2022-jp", "\033$BF|K\\\033(B!", "\xE6\x97\xA5\xE6\x9C\xAC!"},
		{"us-ascii", "\033$BF|K\\\033(B!", "\xE6\x97\xA5\xE6\x9C\xAC!"},
		{"", "\033$BF|K\\\033(B!", "\xE6\x97\xA5\xE6\x9C\xAC!"},
		{"Shift_JIS", "\x93\xFA\x96{", "\xE6\x97\xA5\xE6\x9C\xAC"},
		{"x-sjis", "\x93\xFA\x96{", "\xE6\x97\xA5\xE6\x9C\xAC"},
		{"euc-jp", "\xC6\xFC\xCB\xDC", "\xE6\x97\xA5\xE6\x9C\xAC"},
		{"Big5", "\xA4\xA4\xA4\xE5", "\xE4\xB8\xAD\xE6\x96\x87"},
		{"gb2312", "\xD6\xD0\xCE\xC4", "\xE4\xB8\xAD\xE6\x96\x87"},
		{"gb18030", "\xD6\xD0\xCE\xC4", "\xE4\xB8\xAD\xE6\x96\x87"},
		{"ks_c_5601-1987", "\xC7\xD1\xB1\xDB", "\xED\x95\x9C\xEA\xB8\x80"},
		{"UTF-7", "Hi +Jjo-!", "Hi \xE2\x98\xBA!"},
		{"utf-8*de", "x", "x"},
		{"iso-8859-1//TRANSLIT", "caf\xE9", "caf\xC3\xA9"},
		{"../../etc/passwd", "caf\xE9", "caf\xC3\xA9"},
		{"utf-16", "not wide", "not wide"},
		{"shift_jis", "\x93", "\xEF\xBF\xBD"},
		{"iso-2022-jp", "\033$BF|\xFF\033(Bx", "\xE6\x97\xA5\xEF\xBF\xBDx"},
		{"unknown-8bit", "\x80", "\xEF\xBF\xBD"},
		{"", "\xED\xA0\x80\xC0\x80\xF5 ...", "\xC3\xAD\xC2\xA0\xEF\xBF\xBD\xC3\x80\xEF\xBF\xBD\xC3\xB5 ..."},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_span(convert(cases[i].charset, given(cases[i].text)), cases[i].utf8,
				"charset %s: %zu", cases[i].charset, i);
	is_span(convert("utf-16le", given_bytes("h\0i\0", 4)), "hi", "charset utf-16le: with its NULs");
}

static void
test_needed(void)
{
	static const struct
	{
		const char *charset;
		const char *text;
		bool		needed;
	}			cases[] =
	{
		{"us-ascii", "plain", false}, {"iso-8859-1", "plain", false}, {"", "caf\xC3\xA9", false},
		{"utf-8", "caf\xC3\xA9", false}, {"utf-8", "caf\xE9 au lait", true}, {"iso-8859-1", "caf\xE9 au lait", true},
		{"", "\033$BF|\033(B", true}, {"utf-7", "plain", true}, {"utf-16", "plain", false}, {"", "", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		BounceSpan	name = bounce_span_make(cases[i].charset, strlen(cases[i].charset));

		ok(bounce_charset_is_needed(name, given(cases[i].text)) == cases[i].needed,
		   "needed: %zu, %s", i, cases[i].charset);
	}
}

/* What does not fit is left in the text; nothing is written beyond. */
static void
test_bounds(void)
{
	static const char *const names[] = {"", "iso-2022-jp", "shift_jis", "gb18030", "utf-7", "iso-8859-1"};
	static const char text[] = "a\xE9\033$BF|K\\\033(B\x93\xFA+Jjo-\xC6\xFC z";
	bool		within = true;
	bool		together = true;

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
	{
		BounceSpan	name = bounce_span_make(names[k], strlen(names[k]));

		for (size_t size = 0; size < 64; size++)
		{
			BounceSpan	rest = given(text);
			size_t		n;

			memset(buffer, '#', sizeof(buffer));
			n = bounce_charset_to_utf8(&charsets, name, &rest, buffer, size);
			within &= n <= size && buffer[size] == '#';
			together &= size < 4 * (sizeof(text) - 1) || rest.len == 0;
		}
	}
	ok(within, "charset: never beyond the buffer");
	ok(together, "charset: all fits in four times its size");

	/* each converter is kept, and found again */
	for (int round = 0; round < 3; round++)
	{
		static const char *const many[] = {
			"koi8-r", "koi8-u", "cp866", "windows-1250", "windows-1251", "windows-1253", "windows-1255",
			"iso-8859-2", "iso-8859-5", "iso-8859-7", "euc-jp", "big5"
		};

		for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++)
			within &= convert(many[i], given("\xC6\xFC x")).len > 2;
	}
	ok(within, "charset: many of them in turn");
}

int
main(void)
{
	test_charsets();
	test_needed();
	test_bounds();
	for (int i = 0; i < BOUNCE_OPEN_CHARSETS; i++)
	{
		if (charsets.open[i].name != NULL)
			iconv_close(charsets.open[i].converter);
	}
	return done_testing();
}
