/*-------------------------------------------------------------------------
 *
 * reader.h
 *	  Pull the reports out of one message.
 *
 * Part of the PostgreSQL-free core.
 *
 * The caller owns the reader, which holds all the buffers (some 115 kB, none of
 * them cleared), and the message, which must stay where it is:
 *
 *		bounce_reader_open(reader, message, charsets);
 *		while ((step = bounce_reader_next(reader, &report)) != BOUNCE_STEP_END)
 *		{
 *			look for interrupts
 *			if (step == BOUNCE_STEP_ITEM)
 *				use the report, before the next step
 *		}
 *
 * src/core/reader.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_READER_H
#define BOUNCE_READER_H

#include "core/charset.h"
#include "core/decode.h"
#include "core/fields.h"
#include "core/notice.h"
#include "core/outcome.h"
#include "core/report.h"
#include "core/said.h"

/* Bytes that live for the whole message, or for one report of it. */
typedef struct BounceArena
{
	char	   *buf;
	size_t		size;
	size_t		used;
	bool		overflow;		/* something did not fit and was clipped */
} BounceArena;

/* Fields of a report part (RFC 3464, RFC 5965) that a reader may ask for. */
typedef enum BounceReportField
{
	/* of a recipient */
	BOUNCE_REPORT_FINAL_RECIPIENT,
	BOUNCE_REPORT_ORIGINAL_RECIPIENT,
	BOUNCE_REPORT_ACTUAL_RECIPIENT,
	BOUNCE_REPORT_ACTION,
	BOUNCE_REPORT_STATUS,
	BOUNCE_REPORT_DIAGNOSTIC,
	BOUNCE_REPORT_REMOTE_MTA,
	BOUNCE_REPORT_LAST_ATTEMPT,
	/* of the whole message */
	BOUNCE_REPORT_REPORTING_MTA,
	BOUNCE_REPORT_ARRIVAL,
	/* of a feedback report */
	BOUNCE_REPORT_FEEDBACK_TYPE,
	BOUNCE_REPORT_ORIGINAL_RCPT_TO,
	BOUNCE_REPORT_REMOVAL_RECIPIENT,
	BOUNCE_REPORT_ORIGINAL_MAIL_FROM,
	BOUNCE_REPORT_RECEIVED_DATE,
	/* of a disposition notification */
	BOUNCE_REPORT_DISPOSITION,
	BOUNCE_REPORT_ORIGINAL_MESSAGE_ID
} BounceReportField;

#define BOUNCE_REPORT_FIELD_COUNT 17
#define BOUNCE_REPORT_RECIPIENT_FIELDS 8	/* the first so many are per recipient */

typedef struct BounceFormat BounceFormat;

typedef struct BounceReader
{
	/* what every reader of a format may look at */
	BounceSpan	message;
	BounceCharsets *charsets;	/* the caller's */
	BounceLineEnd line_end;
	BounceFields fields;		/* of the message */
	BounceFields original;		/* of the mail that came back */
	bool		has_report;
	BouncePart	report;			/* the first delivery-status, disposition or feedback part */
	bool		has_text;
	BouncePart	text;			/* the first text part, else the first HTML one */
	bool		text_breaks_off;	/* its last octet may be of an address */
	bool		has_original;
	BouncePart	returned;		/* the mail that came back, or its header */
	BounceNotice notice;		/* over the text part, decoded */
	bool		has_transcript; /* of an SMTP session, in that text */
	bool		truncated;

	/* the reader's own */
	BounceMime	mime;
	const BounceFormat *format; /* NULL while the parts are being listed */
	int			format_index;
	int			reports;		/* how many this format has given */

	/* for a format that reads a report part */
	BounceText	lines;
	bool		in_group;		/* the values of a recipient are being read */
	bool		complete;		/* they may be, an empty line says so */
	int			block_fields;	/* fields since the last empty line, */
	int			last_block;		/* and between that and the one before */
	int			last_field;		/* the one that was kept last, or -1 */
	bool		held;			/* line was read and not used yet */
	BounceSpan	line;
	BounceSpan	value[BOUNCE_REPORT_FIELD_COUNT];
	int			current;		/* field that a continuation line belongs to, or -1 */
	bool		done;

	/* for a format that reads prose */
	int			shape;			/* which one is being looked for */
	bool		is_notice;		/* it says that some mail failed */
	BounceOutcome heading;		/* what is said above the entries */
	bool		said_known;
	BounceSaid	said;			/* by the text as a whole, once somebody asked, */
	BounceSaid	subject_said;	/* and by the subject, */
	BounceSpan	subject;		/* whose words are decoded here, once it was read */
	bool		why_known;
	BounceWeight why;			/* the paragraph that says why, for all */
	int			several;		/* are there several recipients? -1: nobody has asked */
	BounceSpan	rest;			/* what followed the last entry, */
	BounceWeight rest_best;		/* its best paragraph, */
	int			rest_misses;	/* and how often there was none, one after the other */
	BounceWeight weighed[BOUNCE_WEIGHED];	/* words that are asked about again */
	unsigned	weighed_count;
	uint32_t	seen[BOUNCE_SEEN];	/* whom reports were given about */
	unsigned	seen_count;
	int			below_misses;	/* recipients that do not stand farther down again */

	BounceArena message_arena;
	BounceArena recipient_arena;
	char		message_bytes[BOUNCE_MESSAGE_BYTES];
	char		recipient_bytes[BOUNCE_RECIPIENT_BYTES];
	char		text_bytes[BOUNCE_MAX_NOTICE];	/* a text part that was encoded */
	char		returned_bytes[BOUNCE_MAX_NOTICE];	/* and a returned mail */
	char		readable_bytes[BOUNCE_MAX_NOTICE];	/* a text of another charset, or HTML */
	char		subject_bytes[BOUNCE_SUBJECT_BYTES];
} BounceReader;

/*
 * A format: who can read it, and how.
 *
 * knows() looks at the listed parts and fields only and says whether this
 * reader should try.  next() is a pull step like bounce_reader_next(); it
 * begins with reader->done false and an empty recipient arena.  A reader that
 * ends without a report leaves the message to the next one.
 */
struct BounceFormat
{
	BounceSpan	name;			/* what bounce_report.format says */
	bool		(*knows) (const BounceReader *reader);
	BounceStep	(*next) (BounceReader *reader, BounceReport *report);
};

extern const BounceFormat bounce_format_rfc3464;	/* dsn.c */
extern const BounceFormat bounce_format_rfc5965;	/* feedback.c */
extern const BounceFormat bounce_format_jmrp;	/* feedback.c */
extern const BounceFormat bounce_format_rfc8098;	/* disposition.c */
extern const BounceFormat bounce_format_ses;	/* ses.c */
extern const BounceFormat bounce_format_exim;	/* prose.c */
extern const BounceFormat bounce_format_plain;	/* prose.c */
extern const BounceFormat bounce_format_challenge;	/* answer.c */
extern const BounceFormat bounce_format_unsubscribe;	/* answer.c */
extern const BounceFormat bounce_format_autoreply;	/* answer.c */

extern void bounce_reader_open(BounceReader *reader, BounceSpan message,
							   BounceCharsets *charsets);
extern BounceStep bounce_reader_next(BounceReader *reader, BounceReport *report);

/* for the readers of formats */
extern void bounce_arena_open(BounceArena *arena, char *buf, size_t size);
extern BounceSpan bounce_arena_add(BounceArena *arena, BounceSpan bytes);
extern BounceSpan bounce_arena_unfold(BounceArena *arena, BounceSpan value);
extern BounceSpan bounce_arena_join_addresses(BounceArena *arena, BounceSpan value);
extern BounceSpan bounce_arena_address(BounceArena *arena, BounceSpan text);
extern BounceTime bounce_time_of(BounceSpan date);
extern void bounce_report_begin(BounceReader *reader, BounceReport *report,
								BounceKind kind);
extern void bounce_report_use_codes(BounceReport *report, const BounceCode *status);
extern bool bounce_reader_is_cut(const BounceReader *reader, BounceSpan s);
extern bool bounce_reader_seen(BounceReader *reader, BounceSpan address);
extern BounceSpan bounce_reader_mailed(BounceReader *reader);
extern void bounce_report_use_return_path(BounceReader *reader, BounceReport *report);
extern BounceStrength bounce_reader_strength(BounceReader *reader, BounceSpan words);
extern BounceSpan bounce_reader_why(BounceReader *reader);
extern void bounce_report_use_best_words(BounceReader *reader, BounceReport *report,
										 BounceSpan own, BounceSpan rest);
extern void bounce_report_use_words(BounceReader *reader, BounceReport *report,
									BounceSpan words);
extern void bounce_report_use_transcript(BounceReader *reader, BounceReport *report,
										 bool named);

/* the readable text of a part, and of the subject: see body.c */
extern BounceSpan bounce_body_head(BounceReader *reader, const BouncePart *part, char *buf);
extern BounceSpan bounce_body_text(BounceReader *reader, const BouncePart *part);
extern void bounce_reader_read_subject(BounceReader *reader);
extern const BounceSaid *bounce_reader_said(BounceReader *reader);

/* fields of a report part: see report_field.c */
extern void bounce_report_fields_open(BounceReader *reader);
extern BounceStep bounce_report_fields_next(BounceReader *reader);
extern BounceSpan bounce_report_untyped(BounceSpan value);
extern BounceSpan bounce_report_mta(BounceSpan value);

/* who was mailed and who failed: see report_recipient.c */
extern void bounce_report_find_recipients(BounceReader *reader, BounceReport *report);

#endif							/* BOUNCE_READER_H */
