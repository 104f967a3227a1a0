/*-------------------------------------------------------------------------
 *
 * line.h
 *	  Lines that end with LF, CRLF or CR.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/line.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_LINE_H
#define BOUNCE_LINE_H

#include "core/span.h"

/* What every pull function says of its step. */
typedef enum BounceStep
{
	BOUNCE_STEP_END,			/* nothing more to come */
	BOUNCE_STEP_ITEM,			/* the out parameter is filled */
	BOUNCE_STEP_MORE			/* much was read and nothing found yet: call
								 * again (and look for interrupts before) */
} BounceStep;

typedef enum BounceLineEnd
{
	BOUNCE_LINE_END_LF,			/* LF, with any CR before it taken away */
	BOUNCE_LINE_END_CR			/* CR alone */
} BounceLineEnd;

typedef struct BounceLines
{
	const char *cur;
	const char *end;
	BounceLineEnd line_end;
} BounceLines;

extern BounceLineEnd bounce_line_end_probe(BounceSpan text);
extern BounceSpan bounce_line_whole(BounceSpan text, size_t limit);
extern bool bounce_line_next(BounceLines *it, BounceSpan *line);

#endif							/* BOUNCE_LINE_H */
