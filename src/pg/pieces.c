/*-------------------------------------------------------------------------
 *
 * pieces.c
 *	  Copies of texts in pieces of memory that never move.
 *
 * An aggregate keeps many short texts: for each a piece of its own would be more
 * than the text.
 *
 * src/pg/pieces.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "pg/pieces.h"
#include "utils/memutils.h"

#define FIRST_SIZE 128
#define MAX_SIZE 8192

/* Copy a text into memory of this context, always the same one. */
BounceSpan
bounce_pieces_copy(BouncePieces *pieces, MemoryContext context, const char *bytes, size_t len)
{
	char	   *to;

	/* a text of no length is one, too: its place must not be NULL */
	if (pieces->text == NULL || len > pieces->left)
	{
		pieces->size = pieces->size == 0 ? FIRST_SIZE : Min(pieces->size * 2, MAX_SIZE);
		pieces->left = Max(len, pieces->size);
		pieces->text = MemoryContextAlloc(context, pieces->left);
	}
	to = pieces->text;
	memcpy(to, bytes, len);
	pieces->text += len;
	pieces->left -= len;
	return bounce_span_make(to, len);
}
