/*-------------------------------------------------------------------------
 *
 * decode_test.c
 *	  Tests of src/core/decode.c: base64 and quoted-printable as they come, and
 *	  lines of decoded text around the limit.
 *
 * test/unit/decode_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/decode.h"
#include "given.h"

#define OUT_SIZE (64 * 1024)

static char out[OUT_SIZE];

/* Decode all of it, so many octets a step, into a buffer of the exact size. */
static BounceSpan
decoded(BounceEncoding encoding, BounceSpan input, size_t size)
{
	BounceDecoder dec;
	char	   *piece = malloc(size);
	size_t		n = 0;

	bounce_decode_open(&dec, encoding, input);
	while (dec.cur < dec.end)
	{
		size_t		got = bounce_decode_next(&dec, piece, size);

		memcpy(out + n, piece, got);
		n += got;
	}
	if (bounce_decode_next(&dec, piece, size) != 0)
		n = 0;					/* the end must stay the end */
	free(piece);
	return bounce_span_make(out, n);
}

static void
test_octets(void)
{
	static const struct
	{
		BounceEncoding encoding;
		const char *input;
		const char *expected;
		const char *name;
	}			cases[] =
	{
		{BOUNCE_ENCODING_BASE64, "Zm9vYmFy", "foobar", "base64 of whole groups"},
		{BOUNCE_ENCODING_BASE64, "Zm9vYmE=", "fooba", "base64 with one pad"},
		{BOUNCE_ENCODING_BASE64, "Zm9vYg==", "foob", "base64 with two pads"},
		{BOUNCE_ENCODING_BASE64, "Zm9vYmE", "fooba", "base64 without its pad"},
		{BOUNCE_ENCODING_BASE64, "Zm9vY", "foo", "base64 cut within an octet"},
		{BOUNCE_ENCODING_BASE64, "Zg==Zm8=Zm9v", "ffofoo", "base64 pasted together, padding in the middle"},
		{BOUNCE_ENCODING_BASE64, "Zm\r\n9v\n Ym\tFy", "foobar", "base64 with white space"},
		{BOUNCE_ENCODING_BASE64, "Z!m*9v-Ym_Fy\377", "foobar", "base64 with junk"},
		{BOUNCE_ENCODING_BASE64, "====", "", "base64 of pads alone"},
		{BOUNCE_ENCODING_BASE64, "!!!!", "", "base64 of junk alone"},
		{BOUNCE_ENCODING_BASE64, "", "", "base64 of nothing"},
		{BOUNCE_ENCODING_BASE64, "+/+/", "\373\377\277", "base64 of high octets"},
		{BOUNCE_ENCODING_QP, "a=3Db=c3=A4", "a=b\303\244", "quoted-printable, digits in either case"},
		{BOUNCE_ENCODING_QP, "a=\nb=\r\nc", "abc", "soft line breaks"},
		{BOUNCE_ENCODING_QP, "a= \t\nb", "ab", "soft line breaks with blanks that were added on the way"},
		{BOUNCE_ENCODING_QP, "a=\rb", "ab", "soft line breaks of CR"},
		{BOUNCE_ENCODING_QP, "a=", "a", "a soft line break at the very end"},
		{BOUNCE_ENCODING_QP, "a=4", "a=4", "an escape that is cut"},
		{BOUNCE_ENCODING_QP, "a=zz=4g=g4", "a=zz=4g=g4", "escapes that are none stand for themselves"},
		{BOUNCE_ENCODING_QP, "==41", "=A", "an equals sign before an escape"},
		{BOUNCE_ENCODING_QP, "a= b", "a= b", "an equals sign within a line"},
		{BOUNCE_ENCODING_QP, "a\n\n=\n\nb", "a\n\n\nb", "hard line breaks stay"},
		{BOUNCE_ENCODING_QP, "", "", "quoted-printable of nothing"},
		{BOUNCE_ENCODING_IDENTITY, "a=3D\r\n", "a=3D\r\n", "no encoding, no change"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		is_span(decoded(cases[i].encoding, given(cases[i].input), 4096), cases[i].expected,
				"%s", cases[i].name);
		is_span(decoded(cases[i].encoding, given(cases[i].input), 1), cases[i].expected,
				"%s, octet by octet", cases[i].name);
	}
	ok(decoded(BOUNCE_ENCODING_QP, given("=00"), 1).len == 1, "an escaped NUL is an octet");
	ok(decoded(BOUNCE_ENCODING_BASE64, BOUNCE_SPAN_NONE, 1).len == 0, "the unknown decodes to nothing");
}

/* One call must come back, even from what decodes to nothing at all. */
static void
test_consumes_little(void)
{
	static const struct
	{
		BounceEncoding encoding;
		const char *repeated;
		const char *name;
	}			cases[] =
	{
		{BOUNCE_ENCODING_BASE64, "\n\n\n\n", "empty lines"},
		{BOUNCE_ENCODING_BASE64, "====", "pads"},
		{BOUNCE_ENCODING_QP, "=\n=\n", "soft line breaks"}
	};
	size_t		len = 3 * BOUNCE_STEP_BYTES;
	char	   *input = malloc(len);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		BounceDecoder dec;
		char		buf[16];
		size_t		longest = 0;

		for (size_t j = 0; j < len; j += 4)
			memcpy(input + j, cases[i].repeated, 4);
		bounce_decode_open(&dec, cases[i].encoding, bounce_span_make(input, len));
		while (dec.cur < dec.end)
		{
			const char *before = dec.cur;

			bounce_decode_next(&dec, buf, sizeof(buf));
			if ((size_t) (dec.cur - before) > longest)
				longest = (size_t) (dec.cur - before);
		}
		ok(longest <= BOUNCE_STEP_BYTES + 2, "one call consumes at most one step of %s", cases[i].name);
	}
	free(input);
}

static BounceText text;

/* All lines of the text, each followed by "|"; then "!" when one was clipped. */
static const char *
lines_of(BounceEncoding encoding, BounceLineEnd line_end, BounceSpan body)
{
	static char joined[OUT_SIZE];
	size_t		n = 0;
	BounceSpan	line;
	BounceStep	step;

	memset(&text, 0xA5, sizeof(text));
	bounce_text_open(&text, encoding, body, line_end);
	while ((step = bounce_text_next(&text, &line)) != BOUNCE_STEP_END)
	{
		if (step == BOUNCE_STEP_MORE)
			continue;
		memcpy(joined + n, line.ptr, line.len);
		n += line.len;
		joined[n++] = '|';
	}
	if (text.truncated)
		joined[n++] = '!';
	joined[n] = '\0';
	return joined;
}

static void
test_lines(void)
{
	static const struct
	{
		BounceEncoding encoding;
		BounceLineEnd line_end;
		const char *body;
		const char *lines;
		const char *name;
	}			cases[] =
	{
		{BOUNCE_ENCODING_IDENTITY, BOUNCE_LINE_END_LF, "a\r\nb", "a|b|", "lines without encoding"},
		{BOUNCE_ENCODING_QP, BOUNCE_LINE_END_LF, "a=\r\nb\r\nc=0Ad", "ab|c|d|", "lines of quoted-printable"},
		{BOUNCE_ENCODING_QP, BOUNCE_LINE_END_CR, "a=\rb\rc", "ab|c|", "lines of quoted-printable that end with CR"},
		{BOUNCE_ENCODING_QP, BOUNCE_LINE_END_LF, "a\r\n\r\n", "a||", "empty lines of quoted-printable"},
		{BOUNCE_ENCODING_BASE64, BOUNCE_LINE_END_LF, "YQ0KYg==", "a|b|", "lines of base64"},
		{BOUNCE_ENCODING_BASE64, BOUNCE_LINE_END_CR, "YQ0KYg==", "a|b|",
		"lines of base64 are not those of the message"},
		{BOUNCE_ENCODING_BASE64, BOUNCE_LINE_END_LF, "YQ0KYg0=", "a|b|", "base64 that ends within CRLF"},
		{BOUNCE_ENCODING_BASE64, BOUNCE_LINE_END_LF, "", "", "no lines in nothing"},
		{BOUNCE_ENCODING_BASE64, BOUNCE_LINE_END_LF, "===\n", "", "no lines in base64 of nothing"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *got = lines_of(cases[i].encoding, cases[i].line_end, given(cases[i].body));

		if (!ok(strcmp(got, cases[i].lines) == 0, "%s", cases[i].name))
			diag("got %s", got);
	}
}

/* A line around the limit, then a short one, which must not be lost. */
static void
test_line_limit(void)
{
	static const BounceEncoding encodings[] = {BOUNCE_ENCODING_IDENTITY, BOUNCE_ENCODING_QP};
	static const char *const ends[] = {"\nlast\n", "\r\nlast\n", "\nlast"};
	static const int offs[] = {-1, 0, 1, 2, 3, BOUNCE_MAX_LINE, 2 * BOUNCE_MAX_LINE + 5};

	for (size_t e = 0; e < 2; e++)
	{
		for (size_t k = 0; k < 3; k++)
		{
			for (size_t i = 0; i < sizeof(offs) / sizeof(offs[0]); i++)
			{
				size_t		n = (size_t) (BOUNCE_MAX_LINE + offs[i]);
				size_t		kept = n < BOUNCE_MAX_LINE ? n : BOUNCE_MAX_LINE;
				const char *got = lines_of(encodings[e], BOUNCE_LINE_END_LF,
										   given_run("", 'x', n, ends[k]));

				ok(strspn(got, "x") == kept &&
				   strcmp(got + kept, offs[i] > 0 ? "|last|!" : "|last|") == 0,
				   "a line %+d octets from the limit, encoding %zu, line end %zu", offs[i], e, k);
			}
		}
	}
}

int
main(void)
{
	test_octets();
	test_consumes_little();
	test_lines();
	test_line_limit();
	return done_testing();
}
