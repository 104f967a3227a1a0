/*-------------------------------------------------------------------------
 *
 * lock.h
 *	  Locks on addresses: who adds events waits for who writes contacts.
 *
 * src/pg/lock.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_LOCK_H
#define BOUNCE_LOCK_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "pg/catalog.h"
#include "storage/lock.h"

/* What one statement that adds events has locked, so that it can let go of it. */
typedef struct BounceEventLocks
{
	const BounceCatalog *catalog;
	LOCKTAG    *events;			/* the two locks of each address */
	LOCKTAG    *contacts;
	int			naddresses;
	int			nevents;		/* so many of each are locked */
	int			ncontacts;
	bool		all;			/* instead of them, all addresses are */
	const LOCKTAG *won;			/* was waited for, and is kept for the next try */
} BounceEventLocks;

extern void bounce_lock_contact(const BounceCatalog *catalog, const text *address, bool is_new);
extern void bounce_lock_events(const BounceCatalog *catalog, Datum addresses,
							   BounceEventLocks *locks);
extern void bounce_unlock_events(BounceEventLocks *locks);
extern void bounce_lock_log(const BounceCatalog *catalog, List *relations);

#endif							/* BOUNCE_LOCK_H */
