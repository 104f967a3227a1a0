/*-------------------------------------------------------------------------
 *
 * address.h
 *	  bounce_address() for C: the key under which the state of a mailbox is kept.
 *
 * src/pg/address.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_ADDRESS_GLUE_H
#define BOUNCE_ADDRESS_GLUE_H

#include "postgres.h"

extern text *bounce_address_key(const text *input);

#endif							/* BOUNCE_ADDRESS_GLUE_H */
