/*-------------------------------------------------------------------------
 *
 * fingerprint.h
 *	  The words of a reply without what differs from one to the next.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/fingerprint.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_FINGERPRINT_H
#define BOUNCE_FINGERPRINT_H

#include "core/span.h"

/* How much of a text is looked at, in octets: the rest says nothing more. */
#define BOUNCE_FINGERPRINT_LOOK 8192

/* Longest fingerprint, in octets of UTF-8. */
#define BOUNCE_FINGERPRINT_SIZE 500

extern size_t bounce_fingerprint_write(BounceSpan text, char *buf);

#endif							/* BOUNCE_FINGERPRINT_H */
