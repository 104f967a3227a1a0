/*-------------------------------------------------------------------------
 *
 * header.h
 *	  Iterate over the header fields of one message or MIME part.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/header.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_HEADER_H
#define BOUNCE_HEADER_H

#include "core/line.h"

typedef struct BounceHeader
{
	BounceSpan	name;			/* without the colon */
	BounceSpan	value;			/* still folded, outer white space removed */
} BounceHeader;

typedef struct BounceHeaderIter
{
	BounceLines lines;			/* where the body starts, once next says false */
	bool		first;			/* no field was seen yet */
} BounceHeaderIter;

extern void bounce_header_open(BounceHeaderIter *it, BounceSpan text,
							   BounceLineEnd line_end);
extern bool bounce_header_next(BounceHeaderIter *it, BounceHeader *hdr);
extern size_t bounce_header_name_length(BounceSpan line);
extern size_t bounce_header_unfold(BounceSpan value, char *buf, size_t size);

#endif							/* BOUNCE_HEADER_H */
