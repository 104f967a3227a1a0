/*-------------------------------------------------------------------------
 *
 * fingerprint_test.c
 *	  What a fingerprint keeps and what it masks, and that it is its own.
 *
 * test/unit/fingerprint_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/fingerprint.h"
#include "core/verdict.h"
#include "rules/rule_rows.h"

#include "given.h"
#include "random.h"
#include "tap.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define RANDOM_TEXTS 20000

static const struct
{
	const char *text;
	const char *print;
}			cases[] = {
	/* codes and words stay */
	{"550 5.1.1 User unknown", "550 5.1.1 User unknown"},
	{"550\t5.1.1\r\n  User \x01 unknown ", "550 5.1.1 User unknown"},
	{"550-5.1.1 The account\n550 5.1.1 does not exist", "550-5.1.1 The account 550 5.1.1 does not exist"},
	{"550-Requested action not taken", "550-Requested action not taken"},
	{"smtp;550 (#5.1.1)", "smtp;550 (#5.1.1)"},
	{"host said: 550 no; error 451, status 552", "host said: 550 no; error 451, status 552"},
	{"try again in 450 seconds, in 240 seconds", "try again in {number} seconds, in {number} seconds"},
	{"552 5.2.2: TSS04 LPN007_416 OFR_416 S3140 8BITMIME IPv4 AU-001",
	"552 5.2.2: TSS04 LPN007_416 OFR_416 S3140 8BITMIME IPv4 AU-001"},
	{"it does not exist.Please check", "it does not exist.Please check"},
	{"doesn't e.g. a.m. {host} {id}", "doesn't e.g. a.m. {host} {id}"},

	/* addresses */
	{"<jane@example.com>: unknown", "<{address}>: unknown"},
	{"rcpt:jane+news@mx.example.com.", "rcpt:{address}."},
	{"bounces+jane=example.com@example.net", "{address}"},
	{"j\xC3\xBCrgen@b\xC3\xBC" "cher.example", "{address}"},
	{"jane@[192.0.2.1] @home", "{address}[{ip}] @home"},

	/* hosts, IP addresses, URLs */
	{"host mx1.example.com[192.0.2.25]:25 said", "host {host}[{ip}]:{number} said"},
	{"[2001:db8::25] fe80:0:0:0:1:2:3:4 IPv6:::1", "[{ip}] {ip} IPv6:::{number}"},
	{"see https://example.com/a?b=1,2, please", "see {url}, please"},
	{"(http://x/y) www.example.com/x/1", "({url}) {url}"},
	{"mx.example.com/192.0.2.1", "{url}"},

	/* ids */
	{"queued as 4F3A21C0D9", "queued as {id}"},
	{"id 1kXyZa-0001Ab-CD 1kXyZa-00000001Ab3-CDEF", "id {id} {id}"},
	{"550e8400-e29b-41d4-a716-446655440000", "{id}"},
	{"a1-20020a170902b.si123456.78 - gsmtp", "{id} - gsmtp"},
	{"0x8004010f aGVsbG8xd29ybGQx+d29ybGQy4aGVs/ZGF0YTE2ZGF0== deadbeef01", "{id} {id} {id}"},
	{"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4", "{id}"},
	{"ticket-1234567", "{id}"},

	/* numbers and units */
	{"size 12,345,678 exceeds 10485760", "size {number} exceeds {number}"},
	{"10MB of 10.5MB, 100%", "{number}MB of {number}.{number}MB, {number}%"},
	{"version 1.2.34.5.6", "version {number}"},

	/* times */
	{"on Thu, 10 Sep 2026 09:30:00 +0200 (CEST)", "on {time} (CEST)"},
	{"at Thu Sep 10 09:30:00 2026.", "at {time}."},
	{"[2026-09-10T09:30:00.123Z 08D9] 10.09.2026 9/10/26 12:34 PM", "[{time} 08D9] {time} {time}"},
	{"Sep 10, may not relay", "{time}, may not relay"},

	/* other scripts */
	{"550 5.1.1 \xE5\xAE\x9B\xE5\x85\x88 3\xE7\x95\xAA", "550 5.1.1 \xE5\xAE\x9B\xE5\x85\x88 {number}\xE7\x95\xAA"},
	{"\xE7\xAC\xAC" "3\xE5\x9B\x9E", "\xE7\xAC\xAC{number}\xE5\x9B\x9E"},
	{"Empf\xC3\xA4nger unbekannt", "Empf\xC3\xA4nger unbekannt"},
	{"", ""},
	{" \t\n", ""}
};

static char print[BOUNCE_FINGERPRINT_SIZE];

static BounceSpan
print_of(BounceSpan text)
{
	return bounce_span_make(print, bounce_fingerprint_write(text, print));
}

static void
test_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
	{
		BounceSpan	got = print_of(given(cases[i].text));

		if (!ok(bounce_span_equal(got, bounce_span_make(cases[i].print, strlen(cases[i].print))),
				"\"%s\"", cases[i].print))
			diag("got \"%.*s\"", (int) got.len, print);
	}
}

static bool
is_utf8(BounceSpan s)
{
	for (size_t i = 0; i < s.len;)
	{
		unsigned char c = (unsigned char) s.ptr[i];
		size_t		more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;

		if (c >= 0x80 && c < 0xC0)
			return false;
		for (i++; more > 0; more--, i++)
		{
			if (i >= s.len || ((unsigned char) s.ptr[i] & 0xC0) != 0x80)
				return false;
		}
	}
	return true;
}

/* It is its own fingerprint, not too long, and of whole characters if the text is. */
static bool
is_sound(BounceSpan text)
{
	char		once[BOUNCE_FINGERPRINT_SIZE];
	size_t		len = bounce_fingerprint_write(text, once);
	BounceSpan	twice = print_of(given_bytes(once, len));

	if (len <= BOUNCE_FINGERPRINT_SIZE && bounce_span_equal(twice, bounce_span_make(once, len)) &&
		(!is_utf8(text) || is_utf8(twice)))
		return true;
	diag("\"%.*s\" gives \"%.*s\" gives \"%.*s\"", (int) text.len, text.ptr, (int) len, once,
		 (int) twice.len, print);
	return false;
}

static void
test_examples(void)
{
	unsigned	bad = 0;

	for (unsigned i = 0; i < bounce_rule_row_count; i++)
		bad += !is_sound(given(bounce_rule_rows[i].example));
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		bad += !is_sound(given(cases[i].text));
	ok(bad == 0, "the fingerprint of a reply is its own");
}

/* Pieces that a fingerprint looks at, in any order, with and without blanks. */
static void
test_random(void)
{
	static const char *const pieces[] = {
		"550", "5.1.1", "-", ".", "@", ":", "/", "://", "_", "=", "+", ",", "{", "}", "{id}", "a", "zz", "Sep",
		"10", "2026", "09:30", ":30", "Thu", "GMT", "+0200", "1", "12345", "abc", "ab", "f", "fe80", "::", "MB", "x1y2z3",
		"a1b2c3d4", "1kXyZa", "0001Ab", "CD", "192.0.2.1", "example.com", "www", "http", "error", "said", "T", "Z",
		"\xC3\xA4", "\xE3\x81\x82", "Please", "exist", "<", ">", "(", "'", "\x01", "\xFF"
	};
	unsigned	bad = 0;

	for (int i = 0; i < RANDOM_TEXTS && bad < 5; i++)
	{
		char		text[4096];
		size_t		len = 0;

		for (unsigned n = next_random(i % 10 == 0 ? 300 : 12); n > 0; n--)
		{
			const char *piece = pieces[next_random(COUNT_OF(pieces))];

			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
			if (next_random(3) == 0)
				text[len++] = ' ';
		}
		bad += !is_sound(given_bytes(text, len));
	}
	ok(bad == 0, "so is that of %d random texts", RANDOM_TEXTS);
}

static void
test_limits(void)
{
	for (size_t n = BOUNCE_FINGERPRINT_SIZE - 1; n <= BOUNCE_FINGERPRINT_SIZE + 1; n++)
	{
		BounceSpan	got = print_of(given_run("", 'x', n, ""));

		ok(got.len == (n < BOUNCE_FINGERPRINT_SIZE ? n : BOUNCE_FINGERPRINT_SIZE),
		   "%zu letters", n);
	}
	for (size_t n = 1; n <= 4; n++)
	{
		BounceSpan	text = given_run("", 'x', BOUNCE_FINGERPRINT_SIZE - n, "\xE3\x81\x82 y");

		ok(print_of(text).len == (n < 3 ? BOUNCE_FINGERPRINT_SIZE - n : n == 3 ? BOUNCE_FINGERPRINT_SIZE :
								  BOUNCE_FINGERPRINT_SIZE - 1),
		   "a character is whole, %zu octets before the end", n);
		ok(is_sound(text), "and it is its own fingerprint");
	}
	ok(print_of(given_run("", 'x', BOUNCE_FINGERPRINT_SIZE - 5, " 192.0.2.1")).len ==
	   BOUNCE_FINGERPRINT_SIZE, "a mask that just fits");
	ok(print_of(given_run("", 'x', BOUNCE_FINGERPRINT_SIZE - 4, " 192.0.2.1")).len ==
	   BOUNCE_FINGERPRINT_SIZE - 4, "is whole or not there");
	ok(print_of(given_run("", ' ', BOUNCE_FINGERPRINT_LOOK - 1, "xy")).len == 1,
	   "no more than so much is looked at");
	ok(is_utf8(print_of(given_run("", ' ', BOUNCE_FINGERPRINT_LOOK - 1, "\xC3\xA4"))),
	   "nor half a character");
}

int
main(void)
{
	test_cases();
	test_examples();
	test_random();
	test_limits();
	return done_testing();
}
