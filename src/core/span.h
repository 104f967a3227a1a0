/*-------------------------------------------------------------------------
 *
 * span.h
 *	  A piece of somebody else's bytes: pointer and length, never owned.
 *
 * Part of the PostgreSQL-free core.  Everything that the core reads or hands
 * out is a span, into the message itself or into a buffer of the caller.
 * Comparisons fold ASCII letters only, whatever the locale: mail keywords are
 * ASCII, and <ctype.h> would make the answer depend on the server's locale.
 *
 * src/core/span.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_SPAN_H
#define BOUNCE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct BounceSpan
{
	const char *ptr;			/* NULL only when len is 0 and nothing is known */
	size_t		len;
} BounceSpan;

/* A span over a string literal. */
#define BOUNCE_SPAN_OF(literal) ((BounceSpan) {(literal), sizeof(literal) - 1})

/* The span of which nothing is known: becomes NULL in SQL. */
#define BOUNCE_SPAN_NONE ((BounceSpan) {NULL, 0})

static inline BounceSpan
bounce_span_make(const char *ptr, size_t len)
{
	BounceSpan	s;

	s.ptr = ptr;
	s.len = len;
	return s;
}

/* Where it ends; for an unknown span, too, that has no place to count from. */
static inline const char *
bounce_span_end(BounceSpan s)
{
	return s.len > 0 ? s.ptr + s.len : s.ptr;
}

static inline bool
bounce_ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
bounce_ascii_is_alpha(char c)
{
	return (unsigned char) ((c | 0x20) - 'a') < 26;
}

static inline bool
bounce_ascii_is_alnum(char c)
{
	return bounce_ascii_is_digit(c) || bounce_ascii_is_alpha(c);
}

/* White space inside a line, line ends included: what unfolding leaves. */
static inline bool
bounce_ascii_is_space(char c)
{
	return c == ' ' || (unsigned char) (c - '\t') <= '\r' - '\t';
}

static inline char
bounce_ascii_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char) (c + ('a' - 'A')) : c;
}

/*
 * Eight octets as a number, the first one lowest, on every machine; and what is
 * done to each of them at once.
 */
#define BOUNCE_EACH(octet) (UINT64_C(0x0101010101010101) * (octet))
#define BOUNCE_EACH_HIGH_BIT BOUNCE_EACH(0x80)

static inline uint64_t
bounce_eight_octets(const char *s)
{
	const unsigned char *p = (const unsigned char *) s;

	return (uint64_t) p[0] | (uint64_t) p[1] << 8 | (uint64_t) p[2] << 16 | (uint64_t) p[3] << 24 |
		(uint64_t) p[4] << 32 | (uint64_t) p[5] << 40 | (uint64_t) p[6] << 48 | (uint64_t) p[7] << 56;
}

static inline void
bounce_put_eight_octets(uint64_t eight, unsigned char *out)
{
	out[0] = (unsigned char) eight;
	out[1] = (unsigned char) (eight >> 8);
	out[2] = (unsigned char) (eight >> 16);
	out[3] = (unsigned char) (eight >> 24);
	out[4] = (unsigned char) (eight >> 32);
	out[5] = (unsigned char) (eight >> 40);
	out[6] = (unsigned char) (eight >> 48);
	out[7] = (unsigned char) (eight >> 56);
}

/* Four to eight octets as such a number, those in the middle twice. */
static inline uint64_t
bounce_few_octets(const char *s, size_t len)
{
	uint32_t	first;
	uint32_t	last;

	memcpy(&first, s, sizeof(first));
	memcpy(&last, s + len - sizeof(last), sizeof(last));
	return (uint64_t) last << 32 | first;
}

/* The high bits of those that are ASCII letters. */
static inline uint64_t
bounce_eight_letters(uint64_t eight)
{
	uint64_t	low = (eight | BOUNCE_EACH(0x20)) & ~BOUNCE_EACH_HIGH_BIT;

	return (low + BOUNCE_EACH(0x80 - 'a')) & ~(low + BOUNCE_EACH(0x7F - 'z')) & ~eight & BOUNCE_EACH_HIGH_BIT;
}

/*
 * The high bits of those that are not printable ASCII from low on, which is a
 * blank or greater.  Right up to the first; behind it some more may be set.
 */
static inline uint64_t
bounce_eight_unprintable(uint64_t eight, unsigned char low)
{
	return (eight | (eight + BOUNCE_EACH(1)) | (eight - BOUNCE_EACH(low))) & BOUNCE_EACH_HIGH_BIT;
}

/* Is each of these octets printable ASCII from low on? */
static inline bool
bounce_ascii_is_printable(const char *s, size_t len, unsigned char low)
{
	uint64_t	bad = 0;

	if (len >= 8)
	{
		for (size_t n = 0; n < len - 8; n += 8)
			bad |= bounce_eight_unprintable(bounce_eight_octets(s + n), low);
		bad |= bounce_eight_unprintable(bounce_eight_octets(s + len - 8), low);
		return bad == 0;
	}
	if (len >= 4)
		return bounce_eight_unprintable(bounce_few_octets(s, len), low) == 0;
	for (size_t n = 0; n < len; n++)
	{
		if ((unsigned char) s[n] < low || (unsigned char) s[n] > '~')
			return false;
	}
	return true;
}

/* The high bits of those that are digits. */
static inline uint64_t
bounce_eight_digits(uint64_t eight)
{
	uint64_t	low = eight & ~BOUNCE_EACH_HIGH_BIT;

	return (low + BOUNCE_EACH(0x80 - '0')) & ~(low + BOUNCE_EACH(0x7F - '9')) & ~eight & BOUNCE_EACH_HIGH_BIT;
}

/* The high bits of those that are this octet, which is below 128. */
static inline uint64_t
bounce_eight_equal(uint64_t eight, unsigned char octet)
{
	uint64_t	other = eight ^ BOUNCE_EACH(octet);

	return ~(((other & ~BOUNCE_EACH_HIGH_BIT) + BOUNCE_EACH(0x7F)) | other) & BOUNCE_EACH_HIGH_BIT;
}

/* Which of eight octets is the first whose high bit is set?  One is. */
static inline size_t
bounce_first_of_eight(uint64_t high_bits)
{
	return (size_t) __builtin_ctzll(high_bits) / 8;
}

/* Value of a hexadecimal digit, -1 for what is none. */
static inline int
bounce_ascii_hex(char c)
{
	if (bounce_ascii_is_digit(c))
		return c - '0';
	c = bounce_ascii_lower(c);
	return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}

extern bool bounce_bytes_equal_fold(const char *a, const char *b, size_t len);
extern size_t bounce_span_find(BounceSpan s, BounceSpan needle);
extern size_t bounce_span_find_fold(BounceSpan s, BounceSpan needle);
extern bool bounce_span_has_one_fold(BounceSpan s, const BounceSpan *words, size_t n);

/* What the two find functions return when the needle does not occur. */
#define BOUNCE_SPAN_NOT_FOUND ((size_t) -1)

/*
 * Octets of which this says no are not equal when folded: a letter and its
 * other case differ in one bit.  Long lists of names are compared with the same
 * few octets, so it is asked before a function is called.
 */
static inline bool
bounce_ascii_may_equal_fold(char a, char b)
{
	return ((a ^ b) & 0xDF) == 0;
}

/* Take white space away from both ends. */
static inline BounceSpan
bounce_span_trim(BounceSpan s)
{
	while (s.len > 0 && bounce_ascii_is_space(s.ptr[0]))
	{
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && bounce_ascii_is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* Is there nothing but white space? */
static inline bool
bounce_span_is_blank(BounceSpan s)
{
	size_t		n = 0;

	while (n < s.len && bounce_ascii_is_space(s.ptr[n]))
		n++;
	return n == s.len;
}

static inline bool
bounce_span_equal(BounceSpan a, BounceSpan b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool
bounce_span_starts_fold(BounceSpan s, BounceSpan prefix)
{
	return prefix.len == 0 ||
		(s.len >= prefix.len && bounce_ascii_may_equal_fold(s.ptr[0], prefix.ptr[0]) &&
		 bounce_bytes_equal_fold(s.ptr, prefix.ptr, prefix.len));
}

static inline bool
bounce_span_equal_fold(BounceSpan a, BounceSpan b)
{
	return a.len == b.len && bounce_span_starts_fold(a, b);
}

static inline bool
bounce_span_ends_fold(BounceSpan s, BounceSpan suffix)
{
	return suffix.len == 0 ||
		(s.len >= suffix.len &&
		 bounce_ascii_may_equal_fold(s.ptr[s.len - 1], suffix.ptr[suffix.len - 1]) &&
		 bounce_bytes_equal_fold(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len));
}

/* Literal on the right-hand side: the common case. */
#define bounce_span_is(s, literal) \
	bounce_span_equal_fold((s), BOUNCE_SPAN_OF(literal))
#define bounce_span_starts(s, literal) \
	bounce_span_starts_fold((s), BOUNCE_SPAN_OF(literal))

#endif							/* BOUNCE_SPAN_H */
