/*-------------------------------------------------------------------------
 *
 * fold_text.h
 *	  Bring a server's words into the one form that phrases are matched in.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/fold_text.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_FOLD_TEXT_H
#define BOUNCE_FOLD_TEXT_H

#include <stdint.h>

#include "core/span.h"

/*
 * How much of a text is looked at.  Replies are one or a few lines; what
 * comes later is a transcript or the message itself, and says nothing more.
 */
#define BOUNCE_FOLD_LOOK 8192

/* Folding never makes text longer, save the blank at both ends. */
#define BOUNCE_FOLD_SIZE (BOUNCE_FOLD_LOOK + 2)

/* Zeros behind it, so that so many bytes can be looked at together. */
#define BOUNCE_FOLD_PADDING 8

typedef struct BounceFolded
{
	size_t		len;			/* bytes used in text */
	unsigned char text[BOUNCE_FOLD_SIZE + BOUNCE_FOLD_PADDING];
} BounceFolded;

extern void bounce_text_fold(BounceSpan text, BounceFolded *folded,
							 uint16_t *origin);

#endif							/* BOUNCE_FOLD_TEXT_H */
