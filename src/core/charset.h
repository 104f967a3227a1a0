/*-------------------------------------------------------------------------
 *
 * charset.h
 *	  Text of mail, in any charset, as UTF-8.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/charset.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_CHARSET_H
#define BOUNCE_CHARSET_H

#include <iconv.h>

#include "core/span.h"

/*
 * Converters that are kept open: all that there are, for opening one anew costs
 * as much as reading several messages.
 */
#define BOUNCE_OPEN_CHARSETS 64

/* What an octet of a charset of one octet a character is in UTF-8. */
typedef struct BounceCharacter
{
	unsigned char len;			/* 0: the charset does not have it */
	char		utf8[3];
} BounceCharacter;

/*
 * The converters, owned by the caller and zeroed before the first use.  They
 * belong to libc and live until the process ends, or the slot is needed.
 */
typedef struct BounceCharsets
{
	struct
	{
		const char *name;		/* static; NULL: not used yet */
		iconv_t		converter;
		bool		is_table;	/* what it would say is in the table */
		BounceCharacter table[256];
	}			open[BOUNCE_OPEN_CHARSETS];
	unsigned	next;			/* slot that goes next */
} BounceCharsets;

extern bool bounce_charset_is_needed(BounceSpan charset, BounceSpan text);
extern size_t bounce_charset_to_utf8(BounceCharsets *charsets, BounceSpan charset,
									 BounceSpan *text, char *out, size_t size);

#endif							/* BOUNCE_CHARSET_H */
