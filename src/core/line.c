/*-------------------------------------------------------------------------
 *
 * line.c
 *	  Step over lines that end with LF, CRLF or CR.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/line.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/limits.h"
#include "core/line.h"

/*
 * How do lines end in this text?
 *
 * A message in which CR alone ends lines has no LF at all; one stray CR in an
 * ordinary message must not turn it into one line, so a single LF near the
 * beginning decides for LF.
 */
BounceLineEnd
bounce_line_end_probe(BounceSpan text)
{
	size_t		len = text.len < BOUNCE_LINE_END_PROBE ? text.len : BOUNCE_LINE_END_PROBE;

	if (len == 0 || memchr(text.ptr, '\n', len) != NULL)
		return BOUNCE_LINE_END_LF;
	return memchr(text.ptr, '\r', len) != NULL ? BOUNCE_LINE_END_CR : BOUNCE_LINE_END_LF;
}

/*
 * Step to the next line, without its end.  Returns false when nothing is left;
 * a last line without an end is a line all the same.
 *
 * Costs a memchr over the line; always moves it->cur forward.
 */
bool
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

/*
 * At most limit octets of the text, and no line cut in two: half an address
 * may be somebody else's.
 */
BounceSpan
bounce_line_whole(BounceSpan text, size_t limit)
{
	if (text.len <= limit)
		return text;
	text.len = limit;
	while (text.len > 0 && text.ptr[text.len - 1] != '\n' && text.ptr[text.len - 1] != '\r')
		text.len--;
	return text;
}
