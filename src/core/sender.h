/*-------------------------------------------------------------------------
 *
 * sender.h
 *	  Did a mail system write this message, or a person?
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/sender.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_SENDER_H
#define BOUNCE_SENDER_H

#include "core/fields.h"

extern bool bounce_sender_claims_system(const BounceFields *fields);
extern bool bounce_sender_is_system(const BounceFields *fields);
extern void bounce_sender_find(BounceFields *fields);
extern bool bounce_sender_is_null(const BounceFields *fields);
extern bool bounce_sender_is_role(BounceSpan local);

#endif							/* BOUNCE_SENDER_H */
