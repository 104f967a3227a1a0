/*-------------------------------------------------------------------------
 *
 * verp.h
 *	  Whom we mailed, by the address that the bounce was sent to.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/verp.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_VERP_H
#define BOUNCE_VERP_H

#include "core/address.h"

extern bool bounce_verp_read(BounceSpan return_path, BounceAddress *mailed);

#endif							/* BOUNCE_VERP_H */
