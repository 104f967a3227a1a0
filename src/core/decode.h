/*-------------------------------------------------------------------------
 *
 * decode.h
 *	  Content-Transfer-Encoding undone, as a stream, line by line or in words.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/decode.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_DECODE_H
#define BOUNCE_DECODE_H

#include "core/mime.h"

/* A decoder at work: what is still encoded, and the bits between two quads. */
typedef struct BounceDecoder
{
	BounceEncoding encoding;
	const char *cur;
	const char *end;
	unsigned int bits;
	int			nbits;
} BounceDecoder;

extern void bounce_decode_open(BounceDecoder *dec, BounceEncoding encoding,
							   BounceSpan input);
extern size_t bounce_decode_next(BounceDecoder *dec, char *buf, size_t size);

/*
 * The decoded lines of a part.  A line is a span into the message where
 * nothing is encoded, else into the window; it lives until the next step.
 */
typedef struct BounceText
{
	BounceLines lines;			/* identity: over the message itself */
	BounceDecoder decoder;
	size_t		start;			/* what of the window is not handed out yet */
	size_t		filled;
	bool		skipping;		/* in the rest of a line that was too long */
	bool		truncated;
	char		window[BOUNCE_MAX_LINE + 2];	/* with a line end, CRLF */
} BounceText;

extern void bounce_text_open(BounceText *text, BounceEncoding encoding,
							 BounceSpan body, BounceLineEnd line_end);
extern BounceStep bounce_text_next(BounceText *text, BounceSpan *line);

#endif							/* BOUNCE_DECODE_H */
