/*-------------------------------------------------------------------------
 *
 * address_test.c
 *	  Tests of src/core/address.c: the strict reading, the find in prose, and
 *	  how an address is written.
 *
 * test/unit/address_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/address.h"
#include "core/limits.h"
#include "given.h"

/* The address written, or NULL when it cannot be. */
static const char *
written(const BounceAddress *addr)
{
	static char buf[BOUNCE_MAX_ADDRESS + 1];
	size_t		n = bounce_address_write(addr, buf, BOUNCE_MAX_ADDRESS);

	buf[n] = '\0';
	return n > 0 ? buf : NULL;
}

static bool
same_text(const char *got, const char *expected)
{
	if (got == NULL || expected == NULL)
		return got == expected;
	return strcmp(got, expected) == 0;
}

/* What the strict reading takes, written; expected NULL: it must not. */
static void
test_parse(void)
{
	static const struct
	{
		const char *text;
		const char *expected;
	}			cases[] =
	{
		/* plain */
		{"bob@example.com", "bob@example.com"},
		{"  bob@example.com\r\n", "bob@example.com"},
		{"b@c", "b@c"},
		{"bob.b+tag_x@ex-ample.co.uk", "bob.b+tag_x@ex-ample.co.uk"},
		{"!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"},
		{"j\303\274rgen@m\303\274ller.example", "j\303\274rgen@m\303\274ller.example"},
		{"bob@123.example", "bob@123.example"},
		{"bob@[192.0.2.1]", "bob@[192.0.2.1]"},
		{"bob@[IPv6:2001:db8::1]", "bob@[IPv6:2001:db8::1]"},
		/* with something around */
		{"Bob <bob@example.com>", "bob@example.com"},
		{"<bob@example.com>", "bob@example.com"},
		{"< bob@example.com >", "bob@example.com"},
		{"\"Bob <not@this.example>\" <bob@example.com>", "bob@example.com"},
		{"\"Bob \\\" <x\" <bob@example.com>", "bob@example.com"},
		{"(a (nested) comment) bob@example.com (another)(one)", "bob@example.com"},
		{"Bob (his name) <bob@example.com> (his address)", "bob@example.com"},
		{"bob@example.com (see <x>)", "bob@example.com"},
		{"<bob@example.com (within)>", "bob@example.com"},
		{"rfc822;bob@example.com", "bob@example.com"},
		{"RFC822; <bob@example.com>", "bob@example.com"},
		{"utf-8; bob@example.com", "bob@example.com"},
		{"mailto:bob@example.com", "bob@example.com"},
		{"<@relay.example,@other.example:bob@example.com>", "bob@example.com"},
		/* quoted */
		{"\"a b\"@example.com", "\"a b\"@example.com"},
		{"\"bob\"@example.com", "bob@example.com"},
		{"\"b\\ob\"@example.com", "bob@example.com"},
		{"\"a@b\"@example.com", "\"a@b\"@example.com"},
		{"\"a\\\"b\"@example.com", "\"a\\\"b\"@example.com"},
		{"\"a\\\\b\"@example.com", "\"a\\\\b\"@example.com"},
		{"\"a(b)\"@example.com (comment)", "\"a(b)\"@example.com"},
		{"\"a..b\"@example.com", "\"a..b\"@example.com"},
		/* with dots that the carrier allowed */
		{"a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"},
		{"<a...b@DoCoMo.ne.jp>", "a...b@DoCoMo.ne.jp"},
		{"a.@ezweb.ne.jp", "a.@ezweb.ne.jp"},
		{"\"a..b.\"@docomo.ne.jp", "a..b.@docomo.ne.jp"},
		{"\"a.\\.b\"@docomo.ne.jp", "a..b@docomo.ne.jp"},
		{"\".a\"@docomo.ne.jp", "\".a\"@docomo.ne.jp"},
		{"\"a b.\"@docomo.ne.jp", "\"a b.\"@docomo.ne.jp"},
		{".a@docomo.ne.jp", NULL},
		{".@docomo.ne.jp", NULL},
		{"a b.@docomo.ne.jp", NULL},
		{"a..b@mail.docomo.ne.jp", NULL},
		{"a..b@xdocomo.ne.jp", NULL},
		{"a..b@docomo.ne.jp.example", NULL},
		{"<\"a>b\"@example.com>", "\"a>b\"@example.com"},
		/* none */
		{"", NULL},
		{"bob", NULL},
		{"@example.com", NULL},
		{"bob@", NULL},
		{"bob@@example.com", NULL},
		{"bob@example@com", NULL},
		{".bob@example.com", NULL},
		{"bob.@example.com", NULL},
		{"b..ob@example.com", NULL},
		{"b ob@example.com", NULL},
		{"b\tob@example.com", NULL},
		{"bob@example.com.", NULL},
		{"bob@.example.com", NULL},
		{"bob@example..com", NULL},
		{"bob@-example.com", NULL},
		{"bob@example-.com", NULL},
		{"bob@example.com-", NULL},
		{"bob@exa_mple.com", NULL},
		{"bob@exa mple.com", NULL},
		{"bob@[192.0.2.1", NULL},
		{"bob@[]", NULL},
		{"bob@[192.0.2.1]x", NULL},
		{"bob@[a b]", NULL},
		{"bob@example.com, eve@example.com", NULL},
		{"<bob@example.com> <eve@example.com>", NULL},
		{"<bob@example.com", NULL},
		{"bob@example.com>", NULL},
		{"<>", NULL},
		{"()", NULL},
		{"(", NULL},
		{")", NULL},
		{"\"", NULL},
		{"\"\"@example.com", NULL},
		{"\"a b@example.com", NULL},
		{"\"a b\"", NULL},
		{"\"a b\"x@example.com", NULL},
		{"\"a\nb\"@example.com", NULL},
		{"a\\b@example.com", NULL},
		{"@relay.example", NULL},
		{"@relay.example:", NULL},
		{"rfc822;", NULL},
		{"bob(comment)@example.com", NULL}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		BounceAddress addr;
		const char *got = bounce_address_parse(given(cases[i].text), &addr) ? written(&addr) : NULL;

		if (!ok(same_text(got, cases[i].expected), "%s: %s",
				cases[i].expected != NULL ? "read" : "refuse", cases[i].text))
			diag("got %s", got != NULL ? got : "nothing");
	}
	ok(!bounce_address_parse(BOUNCE_SPAN_NONE, &(BounceAddress) {{NULL, 0}, false, {NULL, 0}}),
	   "refuse the unknown");
	ok(!bounce_address_parse(given_literal("b\0ob@example.com"),
							 &(BounceAddress) {{NULL, 0}, false, {NULL, 0}}),
	   "refuse NUL");
}

static void
test_parse_limits(void)
{
	BounceAddress addr;

	for (int off = -1; off <= 1; off++)
	{
		bool		fits = off <= 0;
		char		domain[BOUNCE_MAX_DOMAIN + 2];
		char		text[BOUNCE_MAX_DOMAIN + 16];
		size_t		len = (size_t) (BOUNCE_MAX_DOMAIN + off);

		ok(bounce_address_parse(given_run("", 'a', (size_t) (BOUNCE_MAX_LOCAL_PART + off), "@b.example"),
								&addr) == fits, "a local part %+d octets from the limit", off);
		ok(bounce_address_parse(given_run("a@", 'b', (size_t) (BOUNCE_MAX_LABEL + off), ".example"),
								&addr) == fits, "a label %+d octets from the limit", off);
		for (size_t i = 0; i < len; i++)
			domain[i] = i % 50 == 49 && i < len - 1 ? '.' : 'c';
		domain[len] = '\0';
		snprintf(text, sizeof(text), "a@%s", domain);
		ok(bounce_address_parse(given(text), &addr) == fits, "a domain %+d octets from the limit", off);
	}
}

/* Where a fold is within an address. */
static void
test_goes_on(void)
{
	static const struct
	{
		const char *before;
		const char *behind;
		bool		within;
	}			cases[] =
	{
		{"bob@", "example.com", true},
		{"bob", "@example.com", true},
		{"bob@example.", "com", true},
		{"bob@example", ".com", true},
		{"to bob.", "b@example.com", true},
		{"bob@example.com.", "eve@b.example", false},
		{"bob@example.com,", "eve@b.example", false},
		{"rfc822;", "bob@example.com", false},
		{"said no.", "It is late", false},
		{"", "@example.com", false},
		{"bob@", "", false}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(bounce_address_goes_on(given(cases[i].before), given(cases[i].behind)) == cases[i].within,
		   "a fold between \"%s\" and \"%s\"", cases[i].before, cases[i].behind);
}

/* All addresses found in a text, each followed by "|". */
static const char *
found_in(BounceSpan text)
{
	static char joined[4096];
	size_t		n = 0;
	size_t		pos = 0;
	BounceAddress addr;

	joined[0] = '\0';
	while (bounce_address_find(text, &pos, &addr))
		n += (size_t) snprintf(joined + n, sizeof(joined) - n, "%s|", written(&addr));
	return pos == text.len ? joined : "not at the end";
}

static void
test_find(void)
{
	static const struct
	{
		const char *text;
		const char *found;
		const char *name;
	}			cases[] =
	{
		{"<bob@example.com>: unknown", "bob@example.com|", "in angles"},
		{"to bob@example.com.", "bob@example.com|", "at the end of a sentence"},
		{"bob@example.com, eve@b.example", "bob@example.com|eve@b.example|", "two of them"},
		{"bob@example.com;eve@b.example", "bob@example.com|eve@b.example|", "parted by a semicolon"},
		{"'bob@example.com'", "bob@example.com|", "in apostrophes"},
		{"o'neill@example.com", "o'neill@example.com|", "an apostrophe inside stays"},
		{"\"a b\"@example.com", "\"a b\"@example.com|", "a quoted local part"},
		{"bob..b.@exa_mple.com", "bob..b.@exa_mple.com|", "what is not allowed but occurs"},
		{"bob@[192.0.2.1] said", "bob@[192.0.2.1]|", "an address literal"},
		{"bob@[192.0.2.1 said: no such user", "", "a literal that is not closed is none"},
		{"bob@[not a literal]", "", "nor is a text in brackets"},
		{"bob@[]", "", "nor is an empty one"},
		{"bob@[", "", "nor is one that is cut"},
		{"@example.com", "", "no local part"},
		{"bob@", "", "no domain"},
		{"bob@ example.com", "", "a blank behind the at sign"},
		{"bob@-.-", "", "a domain of punctuation alone"},
		{"bob@@example.com", "", "two at signs in a row"},
		{"a@b@c.example", "a@b|", "two at signs: what is left of the second is used up"},
		{"said \"no\nsuch user \"@example.com", "", "a quoted part does not reach over a line end"},
		{"\"@example.com", "", "a quote that was never opened"},
		{"j\303\274rgen@m\303\274ller.example", "j\303\274rgen@m\303\274ller.example|", "beyond ASCII"},
		{"no address", "", "none"},
		{"", "", "nothing"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *got = found_in(given(cases[i].text));

		if (!ok(strcmp(got, cases[i].found) == 0, "find: %s", cases[i].name))
			diag("got %s", got);
	}
	ok(strcmp(found_in(BOUNCE_SPAN_NONE), "") == 0, "find: nothing in the unknown");
	ok(strcmp(found_in(given_literal("a\0b@example.com")), "b@example.com|") == 0, "find: NUL ends a local part");
}

/* A local part around the limit is found whole or, behind it, its end only. */
static void
test_write_limits(void)
{
	for (int off = -1; off <= 1; off++)
	{
		BounceAddress addr;
		char		buf[32];

		/* three octets more than it takes are asked for */
		addr.local = given_run("", 'a', (size_t) (20 + off), "");
		addr.quoted = false;
		addr.domain = given("example");
		ok((bounce_address_write(&addr, buf, 30) > 0) == (off <= 0),
		   "write: an address %+d octets from what fits", off);
	}
	ok(!bounce_address_write(&(BounceAddress) {given_run("", 'a', BOUNCE_MAX_ADDRESS + 1, ""), false,
											   given("b")}, (char[2048]) {0}, 2048),
	   "write: no local part beyond the limit, however much room there is");
}

/* Reading twice what only looks like a quote must not take n * n steps. */
static void
test_many_quotes(void)
{
	static char text[GIVEN_MAX];
	BounceAddress addr;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 == 0 ? '"' : '\\';
	ok(!bounce_address_parse(given_bytes(text, sizeof(text)), &addr),
	   "a quarter of a million quotes, all escaped, are refused at once");
	memset(text, '(', sizeof(text));
	ok(!bounce_address_parse(given_bytes(text, sizeof(text)), &addr),
	   "and so are as many comments in each other");
	memset(text, ')', sizeof(text));
	ok(!bounce_address_parse(given_bytes(text, sizeof(text)), &addr), "or their ends");
}

int
main(void)
{
	test_parse();
	test_parse_limits();
	test_goes_on();
	test_find();
	test_write_limits();
	test_many_quotes();
	return done_testing();
}
