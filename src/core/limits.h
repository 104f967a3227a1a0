/*-------------------------------------------------------------------------
 *
 * limits.h
 *	  How much of a message the core looks at.
 *
 * Part of the PostgreSQL-free core.  Going over one of these is never a
 * failure: the rest becomes opaque and the report is marked as truncated.
 *
 * src/core/limits.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_LIMITS_H
#define BOUNCE_LIMITS_H

/* Multiparts inside each other; what lies deeper is one opaque part. */
#define BOUNCE_MAX_DEPTH 16

/* Octets of a boundary.  RFC 2046 allows 70, mail in the wild has more. */
#define BOUNCE_MAX_BOUNDARY 200

/* A pull step comes back to its caller after about so many octets. */
#define BOUNCE_STEP_BYTES (1024 * 1024)

/* One decoded line of a report part; the rest of a longer line is dropped. */
#define BOUNCE_MAX_LINE 8192

/* Unfolded value of one report field, a diagnostic text included. */
#define BOUNCE_MAX_VALUE 8192

/* A Message-ID or the name of a campaign. */
#define BOUNCE_MAX_ID 998

/* All the fields of one recipient, and all those about the whole report. */
#define BOUNCE_RECIPIENT_BYTES (3 * BOUNCE_MAX_VALUE)
#define BOUNCE_MESSAGE_BYTES (2 * BOUNCE_MAX_VALUE)

/* Decoded octets of an encoded notification text, and of a returned header. */
#define BOUNCE_MAX_NOTICE 32768

/*
 * Octets of a notification text that are looked at, where nothing is encoded.
 * A reader of prose passes over all that it cannot use in one step, so this is
 * also what lies between two looks for interrupts.
 */
#define BOUNCE_MAX_PROSE (8 * 1024 * 1024)

/*
 * Octets of HTML whose text is looked for, in one step: tags give no text, so
 * that the text's own limit bounds nothing.
 */
#define BOUNCE_MAX_HTML (1024 * 1024)

/* How far behind the last find a recipient is looked for in the notice. */
#define BOUNCE_NOTICE_WINDOW 65536

/* A subject, decoded: what it says, it says at the beginning. */
#define BOUNCE_SUBJECT_BYTES 512

/* Addresses of one notice that are remembered, to report each but once. */
#define BOUNCE_SEEN 64

/* Words whose weight is remembered, to weigh them but once. */
#define BOUNCE_WEIGHED 4

/* Octets of a header block in which fields are looked for. */
#define BOUNCE_MAX_HEADER (256 * 1024)

/* RFC 5321, 4.5.3.1; the domain also obeys RFC 1035. */
#define BOUNCE_MAX_LOCAL_PART 64
#define BOUNCE_MAX_DOMAIN 255
#define BOUNCE_MAX_LABEL 63

/* Longest address that is written out, with room for what RFC 5321 forbids. */
#define BOUNCE_MAX_ADDRESS 512

/*
 * No line feed in so many octets, but a carriage return: lines end with CR
 * alone, as on the old Macintosh.
 */
#define BOUNCE_LINE_END_PROBE 4096

#endif							/* BOUNCE_LIMITS_H */
