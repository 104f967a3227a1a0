/*-------------------------------------------------------------------------
 *
 * address.h
 *	  Addresses: find one in a text, check its syntax, write it plainly.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/address.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_ADDRESS_H
#define BOUNCE_ADDRESS_H

#include "core/span.h"

typedef struct BounceAddress
{
	BounceSpan	local;			/* as it was written; quotes are left out ... */
	bool		quoted;			/* ... and here it says that there were some */
	BounceSpan	domain;
} BounceAddress;

extern bool bounce_address_parse(BounceSpan text, BounceAddress *addr);
extern bool bounce_address_find(BounceSpan text, size_t *pos, BounceAddress *addr);
extern bool bounce_address_goes_on(BounceSpan before, BounceSpan behind);
extern size_t bounce_address_write(const BounceAddress *addr, char *buf, size_t size);

#endif							/* BOUNCE_ADDRESS_H */
