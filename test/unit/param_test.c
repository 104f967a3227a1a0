/*-------------------------------------------------------------------------
 *
 * param_test.c
 *	  Tests of src/core/param.c: RFC 2045 and RFC 2231, as mailers write them.
 *
 * test/unit/param_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/param.h"
#include "given.h"

static void
test_get(void)
{
	static const struct
	{
		const char *value;
		const char *boundary;
		const char *name;
	}			cases[] =
	{
		{"multipart/mixed; boundary=abc", "abc", "a token"},
		{"multipart/mixed; BOUNDARY=abc", "abc", "names fold"},
		{"multipart/mixed;boundary=abc;x=y", "abc", "no blanks at all"},
		{"multipart/mixed; boundary = abc ; x=y", "abc", "blanks around the equals sign"},
		{"multipart/mixed; boundary=\"a b;c=d\"", "a b;c=d", "a quoted value keeps what would end it"},
		{"multipart/mixed; boundary=\"a\\\"b\\\\c\"", "a\"b\\c", "backslashes are undone in quotes"},
		{"multipart/mixed; boundary=a\\b", "a\\b", "and stand for themselves without"},
		{"multipart/mixed; boundary=\"abc", "abc", "a quote that is never closed"},
		{"multipart/mixed; boundary=\"abc\\", "abc\\", "a backslash that ends the field"},
		{"multipart/mixed; boundary=\"", "", "a quote alone"},
		{"multipart/mixed; boundary=", "", "no value"},
		{"multipart/mixed; boundary", "", "no equals sign"},
		{"multipart/mixed", "", "no parameter"},
		{"", "", "no field"},
		{"multipart/mixed; boundary=\"a\r\n b\"", "a b", "a fold in quotes is left out, its blank stays"},
		{"multipart/mixed;\r\n\tboundary=abc", "abc", "a fold between parameters"},
		{"multipart/mixed; boundary=abc; boundary=def", "abc", "the first of two counts"},
		{"multipart/mixed; boundary2=x; xboundary=y; boundary=abc", "abc", "no part of another name"},
		{"multipart/mixed; x; ;; boundary=abc", "abc", "words without a value are passed over"},
		{"multipart/mixed; x=\"boundary=no; \"; boundary=abc", "abc", "nothing is found in quotes"},
		{"multipart/mixed; boundary=abc (comment)", "abc", "a comment behind a token"},
		{"x/y; boundary*0=ab; boundary*1=cd", "abcd", "RFC 2231: two pieces"},
		{"x/y; boundary*0*=utf-8''a%62; boundary*1*=%63d", "abcd", "RFC 2231: extended pieces"},
		{"x/y; boundary*=utf-8'de'a%20b", "a b", "RFC 2231: one extended value"},
		{"x/y; boundary*0*=us-ascii''a; boundary*1=\"b c\"", "ab c", "RFC 2231: extended, then quoted"},
		{"x/y; boundary*=utf-8''a%2", "a%2", "RFC 2231: an escape that is cut"},
		{"x/y; boundary*=utf-8''a%", "a%", "RFC 2231: an escape without digits"},
		{"x/y; boundary*=utf-8''%zz%4A", "%zzJ", "RFC 2231: no hexadecimal digits"},
		{"x/y; boundary*=abc", "abc", "RFC 2231: no charset"},
		{"x/y; boundary*0=ab; boundary=cd", "ab", "RFC 2231: pieces go before a plain one behind them"},
		{"x/y; boundary*", "", "RFC 2231: a star and no value"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		buf[32];
		size_t		n = bounce_param_get(given(cases[i].value), BOUNCE_SPAN_OF("boundary"),
										 buf, sizeof(buf));

		is_span(bounce_span_make(buf, n), cases[i].boundary, "%s", cases[i].name);
	}
}

/* Exactly what fits is whole; the buffer's end is the heap's. */
static void
test_clipped(void)
{
	for (size_t size = 0; size <= 5; size++)
	{
		char	   *buf = malloc(size);
		size_t		n = bounce_param_get(given("a/b; x*0=ab; x*1=cd"), BOUNCE_SPAN_OF("x"),
										 buf, size);

		ok(n == (size < 4 ? size : 4) && memcmp(buf, "abcd", n) == 0,
		   "four octets clipped to %zu", size);
		free(buf);
	}
}

static void
test_main(void)
{
	is_span(bounce_param_main(given(" text/plain ; charset=x")), "text/plain", "the main value");
	is_span(bounce_param_main(given("text/plain")), "text/plain", "without parameters");
	is_span(bounce_param_main(given(";x=y")), "", "which may be empty");
	ok(bounce_param_main(BOUNCE_SPAN_NONE).len == 0, "or unknown");
}

int
main(void)
{
	test_get();
	test_clipped();
	test_main();
	return done_testing();
}
