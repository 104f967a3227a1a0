/*-------------------------------------------------------------------------
 *
 * returned.h
 *	  Where does the mail that came back begin in a notice without MIME parts?
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/returned.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_RETURNED_H
#define BOUNCE_RETURNED_H

#include "core/line.h"

extern bool bounce_returned_find(BounceSpan text, BounceLineEnd line_end,
								 size_t *notice_len, BounceSpan *returned);
extern bool bounce_returned_is_rule(BounceSpan line);
extern bool bounce_returned_is_header(BounceSpan text, BounceLineEnd line_end);

#endif							/* BOUNCE_RETURNED_H */
