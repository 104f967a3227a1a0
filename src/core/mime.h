/*-------------------------------------------------------------------------
 *
 * mime.h
 *	  Walk over the leaf parts of a MIME message.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/mime.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_MIME_H
#define BOUNCE_MIME_H

#include "core/fields.h"
#include "core/limits.h"

/* Content-Transfer-Encoding, RFC 2045; what is not known is identity. */
typedef enum BounceEncoding
{
	BOUNCE_ENCODING_IDENTITY,	/* 7bit, 8bit, binary */
	BOUNCE_ENCODING_QP,
	BOUNCE_ENCODING_BASE64
} BounceEncoding;

typedef enum BouncePartType
{
	BOUNCE_PART_TEXT,			/* text/plain, or no type at all */
	BOUNCE_PART_HTML,
	BOUNCE_PART_DELIVERY_STATUS,	/* RFC 3464, and RFC 6533's global form */
	BOUNCE_PART_DISPOSITION,	/* message/disposition-notification, RFC 8098 */
	BOUNCE_PART_FEEDBACK,		/* message/feedback-report, RFC 5965 */
	BOUNCE_PART_ORIGINAL,		/* message/rfc822, message/global: whole mail */
	BOUNCE_PART_ORIGINAL_HEADER,	/* text/rfc822-headers, message/global-headers */
	BOUNCE_PART_MULTIPART,		/* only seen when its inside cannot be read */
	BOUNCE_PART_OTHER
} BouncePartType;

typedef struct BouncePart
{
	BouncePartType type;
	BounceEncoding encoding;
	int			depth;			/* 0: the message itself is this one part */
	BounceSpan	content_type;	/* the whole field, folded */
	BounceSpan	header;
	BounceSpan	body;			/* still encoded */
} BouncePart;

/* One multipart that is open. */
typedef struct BounceMultipart
{
	size_t		boundary_len;	/* 0: not known, to be guessed */
	bool		begun;			/* its first delimiter was seen */
	bool		guessed;
	const char *start;			/* where its body begins */
	char		boundary[BOUNCE_MAX_BOUNDARY];
} BounceMultipart;

typedef struct BounceMime
{
	BounceLines lines;
	BounceSpan	header;			/* of the message: set by the first step */
	BounceFields fields;		/* in that header */
	BouncePart	part;			/* the leaf whose body is being read */
	bool		in_leaf;
	bool		in_header;		/* a part's header comes next */
	bool		truncated;		/* nested too deep */
	int			depth;			/* multiparts that are open */
	const char *body_end;		/* end of the leaf so far, without its last line end */
	BounceMultipart stack[BOUNCE_MAX_DEPTH];
} BounceMime;

extern void bounce_mime_open(BounceMime *mime, BounceSpan message);
extern BounceStep bounce_mime_next(BounceMime *mime, BouncePart *part);

#endif							/* BOUNCE_MIME_H */
