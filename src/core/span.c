/*-------------------------------------------------------------------------
 *
 * span.c
 *	  Compare and search spans, folding ASCII only.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/span.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/span.h"

/* Are eight octets equal, but for the case of ASCII letters? */
static inline bool
eight_equal_fold(uint64_t a, uint64_t b)
{
	uint64_t	difference = a ^ b;

	/* what differs in the bit of the case only must be letters */
	return (difference & ~BOUNCE_EACH(0x20)) == 0 &&
		((difference << 2) & ~bounce_eight_letters(a)) == 0;
}

/* Are so many octets equal, but for the case of ASCII letters? */
bool
bounce_bytes_equal_fold(const char *a, const char *b, size_t len)
{
	if (len >= 8)
	{
		for (size_t i = 0; i < len - 8; i += 8)
		{
			if (!eight_equal_fold(bounce_eight_octets(a + i), bounce_eight_octets(b + i)))
				return false;
		}
		return eight_equal_fold(bounce_eight_octets(a + len - 8), bounce_eight_octets(b + len - 8));
	}
	if (len >= 4)
		return eight_equal_fold(bounce_few_octets(a, len), bounce_few_octets(b, len));
	for (size_t i = 0; i < len; i++)
	{
		int			difference = a[i] ^ b[i];

		if (difference != 0 && (difference != 0x20 || !bounce_ascii_is_alpha(a[i])))
			return false;
	}
	return true;
}

/*
 * Offset of the first occurrence of needle, or BOUNCE_SPAN_NOT_FOUND.  An
 * empty needle is never found.
 *
 * Looks for the needle's first byte with memchr, so the cost is that of
 * memchr unless the text repeats the beginning of the needle over and over.
 */
size_t
bounce_span_find(BounceSpan s, BounceSpan needle)
{
	const char *p = s.ptr;
	size_t		left = s.len;

	if (needle.len == 0)
		return BOUNCE_SPAN_NOT_FOUND;
	while (left >= needle.len)
	{
		const char *hit = memchr(p, needle.ptr[0], left - needle.len + 1);

		if (hit == NULL)
			break;
		if (memcmp(hit, needle.ptr, needle.len) == 0)
			return (size_t) (hit - s.ptr);
		left -= (size_t) (hit - p) + 1;
		p = hit + 1;
	}
	return BOUNCE_SPAN_NOT_FOUND;
}

/* Where c is next from p on; the end where it is not. */
static inline const char *
next_octet(const char *p, const char *end, char c)
{
	const char *hit = p < end ? memchr(p, c, (size_t) (end - p)) : NULL;

	return hit != NULL ? hit : end;
}

/*
 * The same, folding ASCII letters.
 *
 * Both cases of the first byte are looked for, each only once it was passed, so
 * that one of them that does not occur costs a single memchr.
 */
size_t
bounce_span_find_fold(BounceSpan s, BounceSpan needle)
{
	const char *end;
	const char *lower;
	const char *upper;
	char		first;

	if (needle.len == 0 || s.len < needle.len)
		return BOUNCE_SPAN_NOT_FOUND;
	end = s.ptr + (s.len - needle.len + 1);
	first = bounce_ascii_lower(needle.ptr[0]);
	lower = next_octet(s.ptr, end, first);
	upper = bounce_ascii_is_alpha(first) ? next_octet(s.ptr, end, (char) (first - ('a' - 'A'))) : end;
	while (lower < end || upper < end)
	{
		const char *hit = lower < upper ? lower : upper;

		/* the first is as often a chance hit as not: ask the last one, too */
		if (bounce_ascii_may_equal_fold(hit[needle.len - 1], needle.ptr[needle.len - 1]) &&
			bounce_bytes_equal_fold(hit, needle.ptr, needle.len))
			return (size_t) (hit - s.ptr);
		if (lower < upper)
			lower = next_octet(hit + 1, end, first);
		else
			upper = next_octet(hit + 1, end, *hit);
	}
	return BOUNCE_SPAN_NOT_FOUND;
}

/* A number below 256 for the beginning of a word, the same for either case. */
static inline unsigned
beginning_of(const char *word)
{
	return (((unsigned char) word[0] | 0x20U) * 7 + ((unsigned char) word[1] | 0x20U)) & 0xFF;
}

/*
 * Does one of these words, of two octets and more each, occur anywhere in s?
 *
 * The words are only compared where two octets stand with which one begins;
 * other pairs of octets pass as such with the odds of n to 256.
 */
bool
bounce_span_has_one_fold(BounceSpan s, const BounceSpan *words, size_t n)
{
	uint64_t	begins[4] = {0, 0, 0, 0};

	for (size_t i = 0; i < n; i++)
	{
		unsigned	beginning = beginning_of(words[i].ptr);

		begins[beginning / 64] |= (uint64_t) 1 << (beginning % 64);
	}
	for (size_t at = 0; at + 1 < s.len; at++)
	{
		unsigned	beginning = beginning_of(s.ptr + at);
		BounceSpan	rest = bounce_span_make(s.ptr + at, s.len - at);

		if ((begins[beginning / 64] >> (beginning % 64) & 1) == 0)
			continue;
		for (size_t i = 0; i < n; i++)
		{
			if (bounce_span_starts_fold(rest, words[i]))
				return true;
		}
	}
	return false;
}
