/*-------------------------------------------------------------------------
 *
 * shape.h
 *	  What a piece of text looks like: a code, a URL, a time, a host, an id.
 *
 * Part of the PostgreSQL-free core.  Each function is asked about the piece that
 * begins at a place of a text; an end is the place behind it, or 0 where there
 * is no such piece.
 *
 * src/core/shape.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_SHAPE_H
#define BOUNCE_SHAPE_H

#include "core/span.h"

/* Longest number that belongs to the word before it: "LPN007_416". */
#define BOUNCE_MAX_TAIL_DIGITS 4

/* What a run of ASCII letters and digits is made of. */
typedef struct BounceRun
{
	size_t		len;
	size_t		digits;
	size_t		hex;			/* of its letters */
	unsigned	turns;			/* from letter to digit or back */
	unsigned	rises;			/* from lower to upper case */
	bool		one_case;
} BounceRun;

/* The octet at a place, NUL behind the end. */
static inline char
bounce_shape_at(BounceSpan s, size_t i)
{
	return i < s.len ? s.ptr[i] : '\0';
}

/* White space, and control characters, which are as good as none. */
static inline bool
bounce_shape_is_blank(char c)
{
	return (unsigned char) c <= ' ' || c == 127;
}

/* A letter of any script is an octet above 127. */
static inline bool
bounce_shape_is_high(char c)
{
	return (unsigned char) c >= 0x80;
}

static inline bool
bounce_shape_is_word(char c)
{
	return bounce_ascii_is_alnum(c) || bounce_shape_is_high(c);
}

/* What holds words together. */
static inline bool
bounce_shape_is_joint(char c)
{
	return c == '.' || c == '-' || c == '_';
}

/* Does the word, the number, the host end here? */
static inline bool
bounce_shape_ends(BounceSpan s, size_t i)
{
	char		c = bounce_shape_at(s, i);

	return !bounce_shape_is_word(c) && c != '_' &&
		!(c == '.' && bounce_shape_is_word(bounce_shape_at(s, i + 1)));
}

extern size_t bounce_shape_digits_end(BounceSpan s, size_t i, size_t min, size_t max);
extern size_t bounce_shape_enhanced_end(BounceSpan s, size_t i);
extern size_t bounce_shape_path_end(BounceSpan s, size_t i);
extern size_t bounce_shape_url_end(BounceSpan s, size_t i);
extern size_t bounce_shape_ipv6_end(BounceSpan s, size_t i);
extern size_t bounce_shape_exim_id_end(BounceSpan s, size_t i);
extern size_t bounce_shape_atom_end(BounceSpan s, size_t i);
extern bool bounce_shape_is_host(BounceSpan s, size_t i, size_t end);
extern bool bounce_shape_is_id(BounceSpan s, size_t i, size_t end);
extern void bounce_shape_measure(BounceSpan s, size_t i, BounceRun *run);

/* shape_time.c */
extern size_t bounce_shape_time_end(BounceSpan s, size_t i);

#endif							/* BOUNCE_SHAPE_H */
