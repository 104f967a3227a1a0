/*-------------------------------------------------------------------------
 *
 * address.h
 *	  bounce_address() for C: the key under which the state of a mailbox is kept,
 *	  and the domain in it.
 *
 * src/pg/address.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_ADDRESS_GLUE_H
#define BOUNCE_ADDRESS_GLUE_H

#include "postgres.h"

extern text *bounce_address_key(const text *input);
extern text *bounce_domain_key(const text *input);

#endif							/* BOUNCE_ADDRESS_GLUE_H */
