/*-------------------------------------------------------------------------
 *
 * pieces.h
 *	  Copies of texts in pieces of memory that never move.
 *
 * src/pg/pieces.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_PIECES_H
#define BOUNCE_PIECES_H

#include "postgres.h"

#include "core/span.h"

/* Zeroes are none. */
typedef struct BouncePieces
{
	char	   *text;			/* what is free of the present one */
	size_t		left;
	size_t		size;			/* of the present one */
} BouncePieces;

extern BounceSpan bounce_pieces_copy(BouncePieces *pieces, MemoryContext context,
									 const char *bytes, size_t len);

#endif							/* BOUNCE_PIECES_H */
