/*-------------------------------------------------------------------------
 *
 * date.h
 *	  Dates of mail, RFC 5322 and ISO 8601.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/date.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_DATE_H
#define BOUNCE_DATE_H

#include <stdint.h>

#include "core/span.h"

extern bool bounce_date_parse(BounceSpan text, int64_t *seconds);

#endif							/* BOUNCE_DATE_H */
