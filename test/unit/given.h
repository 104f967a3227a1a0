/*-------------------------------------------------------------------------
 *
 * given.h
 *	  Inputs as spans that end at an unreadable page, and spans compared.
 *
 *		is_span(bounce_span_trim(given(" a ")), "a", "outer blanks go");
 *
 * A span that given() made lives until GIVEN_AT_ONCE others were made.
 *
 * test/unit/given.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_TEST_GIVEN_H
#define BOUNCE_TEST_GIVEN_H

#include "core/span.h"
#include "guard_page.h"
#include "tap.h"

#define GIVEN_AT_ONCE 4
#define GIVEN_MAX (512 * 1024)

/* Octets, which may hold NUL, at the edge of an unreadable page. */
__attribute__((unused))
static BounceSpan
given_bytes(const char *bytes, size_t len)
{
	static GuardPage guard[GIVEN_AT_ONCE];
	static bool open = false;
	static int	next = 0;

	for (int i = 0; !open && i < GIVEN_AT_ONCE; i++)
		guard_page_open(&guard[i], GIVEN_MAX);
	open = true;
	next = (next + 1) % GIVEN_AT_ONCE;
	return bounce_span_make(guard_page_put(&guard[next], bytes, len), len);
}

__attribute__((unused))
static BounceSpan
given(const char *text)
{
	return given_bytes(text, strlen(text));
}

/* A literal that holds NUL. */
#define given_literal(literal) given_bytes((literal), sizeof(literal) - 1)

/*
 * The same octet so many times, with something before and behind; for limits
 * at n - 1, n and n + 1.
 */
__attribute__((unused))
static BounceSpan
given_run(const char *before, char c, size_t n, const char *behind)
{
	static char buf[GIVEN_MAX];
	size_t		head = strlen(before);
	size_t		tail = strlen(behind);

	if (head + n + tail > sizeof(buf))
	{
		fprintf(stderr, "given_run: too long\n");
		exit(2);
	}
	memcpy(buf, before, head);
	memset(buf + head, c, n);
	memcpy(buf + head + n, behind, tail);
	return given_bytes(buf, head + n + tail);
}

/* Print octets so that they stay on their line. */
__attribute__((unused))
static void
diag_span(const char *what, BounceSpan s)
{
	printf("#   %s: ", what);
	if (s.ptr == NULL)
		printf("(unknown)");
	for (size_t i = 0; i < s.len && i < 200; i++)
	{
		unsigned char c = (unsigned char) s.ptr[i];

		if (c >= ' ' && c < 127)
			putchar(c);
		else
			printf("\\x%02X", c);
	}
	printf(" (%zu octets)\n", s.len);
}

/* Are these the octets?  NULL: the span must be unknown. */
__attribute__((unused))
static bool
same_span(BounceSpan got, const char *expected)
{
	if (expected == NULL)
		return got.ptr == NULL && got.len == 0;
	return got.ptr != NULL &&
		bounce_span_equal(got, bounce_span_make(expected, strlen(expected)));
}

#define is_span(got, expected, ...) \
	do { \
		BounceSpan	is_got_ = (got); \
		const char *is_expected_ = (expected); \
		if (!ok(same_span(is_got_, is_expected_), __VA_ARGS__)) \
		{ \
			diag_span("got", is_got_); \
			diag("  expected: %s", is_expected_ == NULL ? "(unknown)" : is_expected_); \
		} \
	} while (0)

#endif							/* BOUNCE_TEST_GIVEN_H */
