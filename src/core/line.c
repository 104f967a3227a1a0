/*-------------------------------------------------------------------------
 *
 * line.c
 *	  Lines that end with LF, CRLF or CR.
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
