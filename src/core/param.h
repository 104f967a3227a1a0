/*-------------------------------------------------------------------------
 *
 * param.h
 *	  Parameters of a MIME field: type/subtype; name=value; name*0*=value.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/param.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_PARAM_H
#define BOUNCE_PARAM_H

#include "core/span.h"

extern BounceSpan bounce_param_main(BounceSpan value);
extern size_t bounce_param_get(BounceSpan value, BounceSpan name,
							   char *buf, size_t size);

#endif							/* BOUNCE_PARAM_H */
