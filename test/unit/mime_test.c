/*-------------------------------------------------------------------------
 *
 * mime_test.c
 *	  Tests of src/core/mime.c: parts are found in what is well formed, in what
 *	  is not, and up to the limits.
 *
 * test/unit/mime_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/mime.h"
#include "given.h"

#define NESTED_MAX (64 * 1024)

/*
 * All leaves as "type depth encoding <body>", with "!" at the end when a limit
 * was hit.  Types: t(ext), h(tml), d(elivery status), n(otification of a
 * disposition), f(eedback), o(riginal), H(eader of it), m(ultipart), x (other).
 */
static const char *
parts_of(BounceSpan message)
{
	static char joined[NESTED_MAX];
	static BounceMime mime;
	BouncePart	part;
	BounceStep	step;
	size_t		n = 0;
	size_t		steps = 0;

	memset(&mime, 0xA5, sizeof(mime));
	bounce_mime_open(&mime, message);
	joined[0] = '\0';
	while ((step = bounce_mime_next(&mime, &part)) != BOUNCE_STEP_END)
	{
		if (++steps > message.len + 16)
			return "does not end";
		if (step == BOUNCE_STEP_MORE)
			continue;
		n += (size_t) snprintf(joined + n, sizeof(joined) - n, "%c%d%s<%.*s>",
							   "thdnfoHmx"[part.type], part.depth,
							   part.encoding == BOUNCE_ENCODING_QP ? "q" :
							   part.encoding == BOUNCE_ENCODING_BASE64 ? "b" : "",
							   (int) part.body.len, part.body.ptr);
		if (n >= sizeof(joined))
			return "too much";
	}
	if (mime.truncated)
		strcpy(joined + n, "!");
	return joined;
}

static void
is_parts(BounceSpan message, const char *expected, const char *name)
{
	const char *got = parts_of(message);

	if (!ok(strcmp(got, expected) == 0, "%s", name))
	{
		diag_span("got", bounce_span_make(got, strlen(got)));
		diag_span("expected", bounce_span_make(expected, strlen(expected)));
	}
}

#define MULTI "Content-Type: multipart/report; boundary=b\n\n"

static void
test_simple(void)
{
	is_parts(given("Subject: x\n\nbody\n"), "t0<body\n>", "a message without MIME is one text");
	is_parts(given(""), "t0<>", "nothing is an empty text");
	is_parts(BOUNCE_SPAN_NONE, "t0<>", "and so is the unknown");
	is_parts(given("Subject: x\n"), "t0<>", "a header without a body");
	is_parts(given("Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+"),
			 "h0b<PGI+>", "one part of another type and encoding");
	is_parts(given("Content-type: TEXT/Plain; charset=x\nContent-transfer-encoding: Quoted-Printable\n\na"),
			 "t0q<a>", "types and encodings fold");
	is_parts(given("Content-Type: image/png\n\na"), "x0<a>", "another type");
	is_parts(given("Content-Type: message/delivery-status\n\na"), "d0<a>",
			 "a report that is the whole message");
}

static void
test_multipart(void)
{
	is_parts(given(MULTI "pre\n--b\n\none\n--b\nContent-Type: message/delivery-status\n\ntwo\n"
				   "--b\nContent-Type: message/rfc822\n\nthree\n--b--\nepilogue\n"),
			 "t1<one>d1<two>o1<three>", "a report of three parts");
	is_parts(given("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\none\r\n\r\n--b--\r\n"),
			 "t1<one\r\n>", "CRLF: the line end before a delimiter is its own");
	is_parts(given("Content-Type: multipart/report; boundary=b\r\r--b\r\rone\r--b--\r"),
			 "t1<one>", "CR alone");
	is_parts(given(MULTI "--b \t\n\none\n--b-- \nrest"), "t1<one>",
			 "blanks behind a boundary are allowed");
	is_parts(given(MULTI "--b\n\none\n--b1\nstill one\n--bb\n--b--x\n--b--\n"),
			 "t1<one\n--b1\nstill one\n--bb\n--b--x>", "a longer line that begins like a delimiter is none");
	is_parts(given(MULTI "--b\n\n--B\n --b\n--b--\n"), "t1<--B\n --b>",
			 "boundaries are exact: case and column count");
	is_parts(given(MULTI "--b\n--b\n\n--b--\n"), "t1<>t1<>", "parts without anything");
	is_parts(given(MULTI "--b\nno header\n\nbody\n--b--"), "t1<body>", "junk where a header should be");
	is_parts(given(MULTI "--b\n\nA: b\n\nbody\n--b--"), "t1<A: b\n\nbody>",
			 "a part that begins with an empty line has no header");
	is_parts(given(MULTI "--b\nContent-Type: text/html\n--b\n\ntwo\n--b--"), "h1<>t1<two>",
			 "a part that ends in its header");
	is_parts(given(MULTI "--b--\n"), "", "a multipart that is closed before it began has no part");
	is_parts(given("Content-Type: multipart/report; boundary=\"=_a b\"\n\n--=_a b\n\none\n--=_a b--\n"),
			 "t1<one>", "a quoted boundary with a blank");
}

static void
test_broken(void)
{
	is_parts(given(MULTI "--b\n\none\n--b\n\ntwo"), "t1<one>t1<two>", "no closing delimiter");
	is_parts(given(MULTI "--b\n\none\n--b"), "t1<one>t1<>", "cut within a delimiter");
	is_parts(given(MULTI "--b\n\none\n--"), "t1<one\n-->", "cut before the boundary");
	is_parts(given(MULTI "--b\nContent-Ty"), "t1<>", "cut within a part's header");
	is_parts(given("Content-Type: multipart/mixed\n\npre\n--x1\nContent-Type: text/html\n\none\n"
				   "--x1\n\ntwo\n--x1--\n"), "h1<one>t1<two>",
			 "without a boundary parameter the first delimiter before a header is it");
	is_parts(given("Content-Type: multipart/mixed; boundary=y\n\n--x1\nContent-Type: text/html\n\none\n"
				   "--x1--\n"), "h1<one>", "and so it is when the boundary named never comes");
	is_parts(given("Content-Type: multipart/mixed\n\n-- \nContent-Type: text/html\n\n--x y\nContent-A: b\n"),
			 "t1<-- \nContent-Type: text/html\n\n--x y\nContent-A: b\n>",
			 "a signature or a line with blanks is not guessed");
	is_parts(given("Content-Type: multipart/mixed; boundary=y\n\nprose\n--x1\nprose\n"),
			 "t1<prose\n--x1\nprose\n>", "a multipart without any part is one text");
	is_parts(given("Content-Type: multipart/mixed; boundary=y\n"), "t1<>", "nor has one that is cut before its body");
	is_parts(given(MULTI "--b\nContent-Type: multipart/mixed; boundary=y\n\nprose\n--b\n\ntwo\n--b--\n"),
			 "t2<prose>t1<two>", "a text like that ends with the outer delimiter");
	is_parts(given(MULTI "--b\nContent-Type: multipart/mixed; boundary=y\n--b\n\ntwo\n--b--\n"),
			 "t2<>t1<two>", "even when there is nothing of it");
}

static void
test_nested(void)
{
	is_parts(given(MULTI "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nin\n--c--\n"
				   "--b\n\nout\n--b--"), "t2<in>t1<out>", "one multipart in another");
	is_parts(given(MULTI "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nin\n"
				   "--b\n\nout\n--b--"), "t2<in>t1<out>", "an outer delimiter closes what is open inside");
	is_parts(given(MULTI "--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\nin\n--bb--\n"
				   "--b\n\nout\n--b--"), "t2<in>t1<out>", "the outer boundary is a prefix of the inner");
	is_parts(given("Content-Type: multipart/mixed; boundary=bb\n\n--bb\n"
				   "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nin\n--b--\n--bb\n\nout\n--bb--"),
			 "t2<in>t1<out>", "the inner boundary is a prefix of the outer");
	is_parts(given(MULTI "--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nin\n--b--\n"
				   "--b\n\nout\n--b--"), "t2<in>t1<out>", "both have the same boundary");
	is_parts(given(MULTI "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n"
				   "--c\n\nnot looked at\n--c--\n--b\n\nout\n--b--"),
			 "o1<Content-Type: multipart/mixed; boundary=c\n\n--c\n\nnot looked at\n--c-->t1<out>",
			 "a message inside is one part");
	is_parts(given(MULTI "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=b\n\n"
				   "--b\n\ntext\n--b--\n"), "o1<Content-Type: multipart/mixed; boundary=b\n>t1<text>",
			 "a message inside that has our boundary ends there");
}

/* So many multiparts in each other, with a text in the innermost. */
static BounceSpan
nested(int depth)
{
	static char message[NESTED_MAX];
	size_t		n = 0;

	for (int i = 0; i < depth; i++)
		n += (size_t) snprintf(message + n, sizeof(message) - n,
							   "Content-Type: multipart/mixed; boundary=b%d-\n\n--b%d-\n", i, i);
	n += (size_t) snprintf(message + n, sizeof(message) - n, "\nin\n");
	for (int i = depth - 1; i >= 0; i--)
		n += (size_t) snprintf(message + n, sizeof(message) - n, "--b%d---\n", i);
	return given_bytes(message, n);
}

static void
test_depth_limit(void)
{
	is_parts(nested(BOUNCE_MAX_DEPTH - 1), "t15<in>", "one multipart less than the limit");
	is_parts(nested(BOUNCE_MAX_DEPTH), "t16<in>", "as many multiparts as the limit");
	is_parts(nested(BOUNCE_MAX_DEPTH + 1), "m16<--b16-\n\nin\n--b16--->!",
			 "one more: it is opaque, and that is said");
	ok(strchr(parts_of(nested(200)), '!') != NULL, "many more do no harm");
}

static void
test_boundary_limit(void)
{
	for (int off = -1; off <= 1; off++)
	{
		char		message[4096];
		char		boundary[BOUNCE_MAX_BOUNDARY + 2];
		size_t		len = (size_t) (BOUNCE_MAX_BOUNDARY + off);

		memset(boundary, 'x', len);
		boundary[len] = '\0';
		snprintf(message, sizeof(message),
				 "Content-Type: multipart/mixed; boundary=%s\n\n--%s\nContent-Type: text/html\n\nin\n--%s--\n",
				 boundary, boundary, boundary);
		ok((strcmp(parts_of(given(message)), "h1<in>") == 0) == (off <= 0),
		   "a boundary %+d octets from the limit %s", off, off <= 0 ? "is used" : "makes one text of all");
	}
}

/*
 * A header whose empty line ends so many octets from the limit.  At the limit
 * nobody can know that no more of it comes, so that is marked, too.
 */
static void
test_header_limit(void)
{
	static const struct
	{
		int			off;
		const char *parts;
		const char *name;
	}			cases[] =
	{
		{-1, "h0<body>", "a header one octet below the limit is read"},
		{0, "h0<body>!", "a header as long as the limit is read, and marked"},
		{1, "h0<\nbody>!", "without the octet beyond, which is body"},
		{3, "x0<l\n\nbody>!", "a header that is longer is cut, and marked"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		static const char behind[] = "\nContent-Type: text/html\n\n";
		size_t		pad = (size_t) (BOUNCE_MAX_HEADER + cases[i].off) - sizeof("X: ") - sizeof(behind) + 2;

		is_parts(given_run("X: ", 'x', pad, "\nContent-Type: text/html\n\nbody"), cases[i].parts,
				 cases[i].name);
	}
}

static void
test_types(void)
{
	static const struct
	{
		const char *type;
		char		letter;
	}			cases[] =
	{
		{"text/plain", 't'}, {"text", 't'}, {"text/html", 'h'}, {"text/enriched", 'x'},
		{"message/delivery-status", 'd'}, {"message/global-delivery-status", 'd'},
		{"message/disposition-notification", 'n'}, {"message/feedback-report", 'f'},
		{"message/rfc822", 'o'}, {"message/global", 'o'}, {"text/rfc822-headers", 'H'},
		{"message/global-headers", 'H'}, {"message/partial", 'x'}, {"application/octet-stream", 'x'}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		message[128];

		snprintf(message, sizeof(message), "Content-Type: %s; a=b\n\n", cases[i].type);
		ok(parts_of(given(message))[0] == cases[i].letter, "type %s", cases[i].type);
	}
}

int
main(void)
{
	test_simple();
	test_multipart();
	test_broken();
	test_nested();
	test_depth_limit();
	test_boundary_limit();
	test_header_limit();
	test_types();
	return done_testing();
}
