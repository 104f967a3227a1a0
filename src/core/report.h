/*-------------------------------------------------------------------------
 *
 * report.h
 *	  What one message says about one recipient.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/report.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_REPORT_H
#define BOUNCE_REPORT_H

#include <stdint.h>

#include "core/span.h"
#include "core/status.h"

/* The labels of the SQL enum bounce_kind, in its order. */
typedef enum BounceKind
{
	BOUNCE_KIND_FAILED,
	BOUNCE_KIND_DELAYED,
	BOUNCE_KIND_DELIVERED,		/* also relayed, expanded, MDN displayed */
	BOUNCE_KIND_AUTOREPLY,
	BOUNCE_KIND_COMPLAINT,
	BOUNCE_KIND_CHALLENGE,
	BOUNCE_KIND_UNSUBSCRIBE
} BounceKind;

#define BOUNCE_KIND_COUNT 7

/* Seconds since 1970-01-01 UTC, where they are known. */
typedef struct BounceTime
{
	bool		known;
	int64_t		seconds;
} BounceTime;

/*
 * One report.  A span with ptr NULL is not known.  Spans point into the message
 * or into the reader's buffers and live until its next step.  Unless stated
 * otherwise they are unfolded and otherwise as they came: any octets at all.
 */
typedef struct BounceReport
{
	BounceKind	kind;
	BounceSpan	recipient;		/* the address that we mailed, written plainly */
	BounceSpan	final_recipient;	/* the one that failed, after forwarding */
	BounceSpan	status;			/* the Status field, as text */
	BounceCode	code;			/* of the server's reply, else of Status */
	BounceSpan	diagnostic;		/* the server's words */
	BounceSpan	charset;		/* of diagnostic, where declared */
	BounceSpan	action;
	BounceSpan	reporting_mta;
	BounceSpan	remote_mta;
	BounceSpan	command;		/* SMTP stage, a constant: CONNECT ... DATA */
	BounceSpan	format;			/* name of the reader, a constant */
	BounceTime	happened_at;
	BounceSpan	message_id;		/* of the bounce */
	BounceSpan	return_path;	/* where the bounce was sent to */
	BounceSpan	original_message_id;
	BounceSpan	original_sender;
	BounceSpan	original_subject;	/* folded, RFC 2047 words still encoded */
	BounceTime	original_date;
	BounceSpan	feedback_type;
	BounceSpan	campaign;
	bool		truncated;		/* a limit was hit */
} BounceReport;

#endif							/* BOUNCE_REPORT_H */
