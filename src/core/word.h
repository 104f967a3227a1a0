/*-------------------------------------------------------------------------
 *
 * word.h
 *	  Encoded words in header fields, RFC 2047.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/word.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_WORD_H
#define BOUNCE_WORD_H

#include "core/span.h"

typedef struct BounceWordIter
{
	BounceSpan	rest;
	bool		after_word;		/* blanks before the next one are dropped */
} BounceWordIter;

/* A piece of a field: octets, and the charset that they are in. */
typedef struct BounceWord
{
	BounceSpan	bytes;			/* into the field, or into the caller's buffer */
	BounceSpan	charset;		/* empty: the octets stand as they are */
} BounceWord;

extern void bounce_word_open(BounceWordIter *it, BounceSpan value);
extern bool bounce_word_next(BounceWordIter *it, char *buf, size_t size,
							 BounceWord *word);

#endif							/* BOUNCE_WORD_H */
