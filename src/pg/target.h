/*-------------------------------------------------------------------------
 *
 * target.h
 *	  The contact rows that events are about, found and locked.
 *
 * src/pg/target.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_TARGET_H
#define BOUNCE_TARGET_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "pg/attached.h"
#include "pg/catalog.h"

/* One contact table, and what there is to do with it. */
typedef struct BounceTarget
{
	BounceContact contact;
	char	   *table;			/* as statements name it */
	const char *email;
	char	   *key;			/* the address of a row "c" */
	Datum		held;			/* addresses that its rows hold, text[]; 0: none */
} BounceTarget;

/* What is done with locked rows. */
typedef void (*BounceTargetWork) (const BounceCatalog *catalog, List *targets);

extern char *bounce_contact_name(Oid relation);
extern char *bounce_contact_key(const BounceCatalog *catalog, const char *email);
extern bool bounce_result_value(int column, Datum *value);
extern void bounce_target_set(const BounceCatalog *catalog, BounceTarget *target,
							  const BounceContact *contact);
extern bool bounce_target_find(const BounceTarget *target, Datum addresses, Datum *held);
extern List *bounce_targets(const BounceCatalog *catalog);
extern void bounce_target_lock(BounceTarget *target, Datum addresses);
extern void bounce_targets_lock(const BounceCatalog *catalog, Datum addresses,
								BounceTargetWork work);

#endif							/* BOUNCE_TARGET_H */
