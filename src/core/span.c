/*-------------------------------------------------------------------------
 *
 * span.c
 *	  Compare, trim and search spans, folding ASCII only.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/span.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/span.h"

/* Take white space away from both ends. */
BounceSpan
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

bool
bounce_span_equal(BounceSpan a, BounceSpan b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool
bounce_span_equal_fold(BounceSpan a, BounceSpan b)
{
	return a.len == b.len && bounce_span_starts_fold(a, b);
}

bool
bounce_span_starts_fold(BounceSpan s, BounceSpan prefix)
{
	if (s.len < prefix.len)
		return false;
	for (size_t i = 0; i < prefix.len; i++)
	{
		if (bounce_ascii_lower(s.ptr[i]) != bounce_ascii_lower(prefix.ptr[i]))
			return false;
	}
	return true;
}

bool
bounce_span_ends_fold(BounceSpan s, BounceSpan suffix)
{
	if (s.len < suffix.len)
		return false;
	return bounce_span_starts_fold(bounce_span_make(s.ptr + (s.len - suffix.len),
													suffix.len),
								   suffix);
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

/* The same, folding ASCII letters; for short texts. */
size_t
bounce_span_find_fold(BounceSpan s, BounceSpan needle)
{
	if (needle.len == 0)
		return BOUNCE_SPAN_NOT_FOUND;
	for (size_t i = 0; i + needle.len <= s.len; i++)
	{
		if (bounce_span_starts_fold(bounce_span_make(s.ptr + i, s.len - i), needle))
			return i;
	}
	return BOUNCE_SPAN_NOT_FOUND;
}
