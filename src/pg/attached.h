/*-------------------------------------------------------------------------
 *
 * attached.h
 *	  The contact tables to which bounce_attach() has put its trigger.
 *
 * src/pg/attached.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_ATTACHED_H
#define BOUNCE_ATTACHED_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "pg/catalog.h"

typedef struct BounceContact
{
	Oid			relation;
	AttrNumber	email;
	char	   *policy;
} BounceContact;

extern List *bounce_attached(const BounceCatalog *catalog);
extern bool bounce_attached_some_disabled(const BounceCatalog *catalog);

#endif							/* BOUNCE_ATTACHED_H */
