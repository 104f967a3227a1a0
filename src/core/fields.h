/*-------------------------------------------------------------------------
 *
 * fields.h
 *	  The header fields of a message that a reader may ask for, in one pass.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/fields.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_FIELDS_H
#define BOUNCE_FIELDS_H

#include "core/header.h"

typedef enum BounceField
{
	BOUNCE_FIELD_FROM,
	BOUNCE_FIELD_TO,
	BOUNCE_FIELD_SUBJECT,
	BOUNCE_FIELD_DATE,
	BOUNCE_FIELD_MESSAGE_ID,
	BOUNCE_FIELD_IN_REPLY_TO,
	BOUNCE_FIELD_REFERENCES,
	BOUNCE_FIELD_RETURN_PATH,
	BOUNCE_FIELD_DELIVERED_TO,
	BOUNCE_FIELD_X_ORIGINAL_TO,
	BOUNCE_FIELD_ENVELOPE_TO,
	BOUNCE_FIELD_CONTENT_TYPE,
	BOUNCE_FIELD_CONTENT_ENCODING,	/* Content-Transfer-Encoding */
	BOUNCE_FIELD_AUTO_SUBMITTED,
	BOUNCE_FIELD_PRECEDENCE,
	BOUNCE_FIELD_X_AUTOREPLY,
	BOUNCE_FIELD_X_AUTORESPOND,
	BOUNCE_FIELD_X_AUTO_REPLY_FROM,
	BOUNCE_FIELD_X_INBOX_RULES_LOOP,
	BOUNCE_FIELD_X_GENERATED_BY,	/* X-MS-Exchange-Generated-Message-Source */
	BOUNCE_FIELD_X_FAILED_RECIPIENTS,
	BOUNCE_FIELD_FEEDBACK_ID,
	BOUNCE_FIELD_CAMPAIGN		/* any X-...Campaign... */
} BounceField;

#define BOUNCE_FIELD_COUNT 23

/* Who wrote the message? */
typedef enum BounceSender
{
	BOUNCE_SENDER_UNKNOWN,		/* nobody has asked yet */
	BOUNCE_SENDER_SYSTEM,		/* a mail system */
	BOUNCE_SENDER_OTHER
} BounceSender;

/* The first field of each name, still folded; ptr NULL where there is none. */
typedef struct BounceFields
{
	BounceSpan	value[BOUNCE_FIELD_COUNT];
	BounceSender sender;		/* as far as somebody has asked: see sender.c */
} BounceFields;

extern void bounce_fields_scan(BounceFields *fields, BounceHeaderIter *it);
extern void bounce_fields_read(BounceFields *fields, BounceSpan header,
							   BounceLineEnd line_end);

#endif							/* BOUNCE_FIELDS_H */
