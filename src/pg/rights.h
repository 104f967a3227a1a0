/*-------------------------------------------------------------------------
 *
 * rights.h
 *	  Act as the owner of the table that is written, like a foreign key.
 *
 * src/pg/rights.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_RIGHTS_H
#define BOUNCE_RIGHTS_H

#include "postgres.h"

typedef struct BounceRights
{
	Oid			user;
	int			context;
	int			guc_level;
	char	   *owner;			/* for the context of an error */
	char	   *table;
	ErrorContextCallback callback;
} BounceRights;

extern void bounce_rights_take(Oid relation, BounceRights *before);
extern void bounce_rights_return(const BounceRights *before);

#endif							/* BOUNCE_RIGHTS_H */
