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

/*
 * Step to the next line, without its end.  Returns false when nothing is left;
 * a last line without an end is a line all the same.
 *
 * Costs a memchr over the line; always moves it->cur forward.
 */
static inline bool
bounce_line_next(BounceLines *it, BounceSpan *line)
{
	const char *stop;

	if (it->cur >= it->end)
		return false;
	line->ptr = it->cur;
	stop = memchr(it->cur, it->line_end == BOUNCE_LINE_END_CR ? '\r' : '\n',
				  (size_t) (it->end - it->cur));
	if (stop == NULL)
	{
		stop = it->end;
		it->cur = it->end;
	}
	else
		it->cur = stop + 1;

	/* CRLF, and the CRCRLF of text that was converted twice */
	while (stop > line->ptr && stop[-1] == '\r')
		stop--;
	line->len = (size_t) (stop - line->ptr);
	return true;
}

#endif							/* BOUNCE_LINE_H */
