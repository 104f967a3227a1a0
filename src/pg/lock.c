/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  Locks on addresses: who adds events waits for who writes contacts.
 *
 * A session that adds an event does not see a contact that another one is just
 * writing, which in turn does not see the event: both would commit, and the
 * contact would not show what the log says.  So each locks the address until its
 * transaction ends, before it looks at the other side.
 *
 * An address has two locks: who adds events takes the first against others who do,
 * and then the second against those who write contacts.  They are locks on objects
 * whose number is a hash of the address; that two addresses share a lock does no
 * harm.  A transaction that would take more than its share of the lock table locks
 * all addresses instead, against the other side; for its own side the row locks of
 * the contacts are enough (target.c).  Two more locks are for that:
 *
 *					an address's				all addresses'
 *					events		contacts		contacts		events
 *	event			Exclusive	RowExclusive	-				RowExclusive
 *	contact			-			Share (*)		RowExclusive	-
 *	many events		-			-				Share			RowExclusive
 *	many contacts	-			-				RowExclusive	Share
 *
 * (*) The only contact that a transaction has written, if it is new, is locked in
 * ShareRowExclusive: two sessions that write the same one, and events for it behind
 * that, go one after the other and not into a deadlock.
 *
 * There is no deadlock between transactions that add events, or write contacts, by one
 * call each: who adds events locks addresses in one order; for who writes contacts he
 * never waits while he holds what that one may want, but lets go and begins anew; and
 * who writes new contacts waits for others of his kind only with the first.  What a
 * transaction has locked by an earlier call it keeps, as with row locks.
 *
 * src/pg/lock.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "pg/compat.h"
#include "pg/lock.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/resowner.h"

/* What this transaction holds. */
static int	nlocks = 0;			/* on single addresses */
static bool all_contacts = false;	/* it has locked all for its contacts */
static bool has_single = false; /* there is one contact, and that is */
static LOCKTAG single;
static bool registered = false;

static void
forget_locks(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PREPARE:
			nlocks = 0;
			all_contacts = false;
			has_single = false;
			break;
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			break;
	}
}

/*
 * Take a lock until the end of the transaction, whichever subtransaction asks for
 * it, so that what is counted here is what is held.
 */
static bool
take(const LOCKTAG *tag, LOCKMODE mode, bool wait)
{
	ResourceOwner before = CurrentResourceOwner;
	LockAcquireResult result;

	if (!registered)
	{
		RegisterXactCallback(forget_locks, NULL);
		registered = true;
	}
	CurrentResourceOwner = TopTransactionResourceOwner;
	result = LockAcquire(tag, mode, false, !wait);
	CurrentResourceOwner = before;
	return result != LOCKACQUIRE_NOT_AVAIL;
}

static void
let_go(const LOCKTAG *tag, LOCKMODE mode)
{
	ResourceOwner before = CurrentResourceOwner;

	CurrentResourceOwner = TopTransactionResourceOwner;
	LockRelease(tag, mode, false);
	CurrentResourceOwner = before;
}

static void
set_address_tags(const BounceCatalog *catalog, const text *address, LOCKTAG *events,
				 LOCKTAG *contacts)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) VARDATA_ANY(address),
										   (int) VARSIZE_ANY_EXHDR(address), 0);

	SET_LOCKTAG_OBJECT(*events, MyDatabaseId, catalog->event_relation, (uint32) hash,
					   (uint16) (hash >> 32));
	SET_LOCKTAG_OBJECT(*contacts, MyDatabaseId, catalog->contact_function, (uint32) hash,
					   (uint16) (hash >> 32));
}

/* The locks that stand for all addresses, of contacts and of events. */
static void
set_tags_of_all(const BounceCatalog *catalog, LOCKTAG *contacts, LOCKTAG *events)
{
	SET_LOCKTAG_OBJECT(*contacts, MyDatabaseId, catalog->standing_type, 0, 0);
	SET_LOCKTAG_OBJECT(*events, MyDatabaseId, catalog->standing_type, 1, 0);
}

/* The share of one transaction in the lock table. */
static inline bool
is_too_many(int n)
{
	return n > max_locks_per_xact;
}

/*
 * A contact with this address is written, new or changed: lock the address before
 * the log is read for it.
 */
void
bounce_lock_contact(const BounceCatalog *catalog, const text *address, bool is_new)
{
	LOCKTAG		all_of_contacts;
	LOCKTAG		all_of_events;
	LOCKTAG		events;
	LOCKTAG		contacts;

	if (all_contacts)
		return;
	set_tags_of_all(catalog, &all_of_contacts, &all_of_events);
	if (is_too_many(nlocks + 1))
	{
		take(&all_of_contacts, RowExclusiveLock, true);
		take(&all_of_events, ShareLock, true);
		all_contacts = true;
		return;
	}
	set_address_tags(catalog, address, &events, &contacts);
	if (has_single)
	{
		/* there is more than one now */
		take(&single, ShareLock, true);
		let_go(&single, ShareRowExclusiveLock);
		has_single = false;
		is_new = false;
	}
	else if (nlocks > 0)
		is_new = false;
	take(&contacts, is_new ? ShareRowExclusiveLock : ShareLock, true);
	nlocks++;
	if (is_new)
	{
		single = contacts;
		has_single = true;
	}
	take(&all_of_contacts, RowExclusiveLock, true);
}

/* Let go of what bounce_lock_events() has locked. */
void
bounce_unlock_events(BounceEventLocks *locks)
{
	LOCKTAG		all_of_contacts;
	LOCKTAG		all_of_events;

	set_tags_of_all(locks->catalog, &all_of_contacts, &all_of_events);
	let_go(&all_of_events, RowExclusiveLock);
	if (locks->all)
		let_go(&all_of_contacts, ShareLock);
	nlocks -= locks->ncontacts + locks->nevents;
	while (locks->ncontacts > 0)
		let_go(&locks->contacts[--locks->ncontacts], RowExclusiveLock);
	while (locks->nevents > 0)
		let_go(&locks->events[--locks->nevents], ExclusiveLock);
}

/*
 * Lock an address against contacts, if nobody has to be waited for.  Who has it for a
 * contact of his own has it even if others wait for it: that is no wait.
 */
static bool
take_contacts(const LOCKTAG *contacts)
{
	return take(contacts, RowExclusiveLock, bounce_holds_lock(contacts, ShareLock) ||
				bounce_holds_lock(contacts, ShareRowExclusiveLock));
}

/* Lock the addresses, as far as no contact has to be waited for; is that all of them? */
static bool
lock_addresses(BounceEventLocks *locks)
{
	for (; locks->nevents < locks->naddresses; locks->nevents++)
	{
		take(&locks->events[locks->nevents], ExclusiveLock, true);
		nlocks++;
	}
	for (; locks->ncontacts < locks->naddresses; locks->ncontacts++)
	{
		if (!take_contacts(&locks->contacts[locks->ncontacts]))
			return false;
		nlocks++;
	}
	return true;
}

/*
 * Lock them all; or none but the one that was missing, which is waited for and kept
 * for the next try.
 */
static bool
lock_or_wait(BounceEventLocks *locks, const LOCKTAG *all_of_events)
{
	const LOCKTAG *won = locks->won;
	const LOCKTAG *missing;
	bool		done;

	take(all_of_events, RowExclusiveLock, true);
	done = lock_addresses(locks);
	if (won != NULL)
		let_go(won, RowExclusiveLock);
	locks->won = NULL;
	if (done)
		return true;
	missing = &locks->contacts[locks->ncontacts];
	bounce_unlock_events(locks);
	take(missing, RowExclusiveLock, true);
	locks->won = missing;
	return false;
}

static int
compare_tags(const void *one, const void *other)
{
	const LOCKTAG *a = one;
	const LOCKTAG *b = other;

	if (a->locktag_field3 != b->locktag_field3)
		return a->locktag_field3 < b->locktag_field3 ? -1 : 1;
	if (a->locktag_field4 != b->locktag_field4)
		return a->locktag_field4 < b->locktag_field4 ? -1 : 1;
	return 0;
}

/*
 * Events of these addresses (text[]) have been added: lock the addresses before the
 * contacts are looked for.
 */
void
bounce_lock_events(const BounceCatalog *catalog, Datum addresses, BounceEventLocks *locks)
{
	LOCKTAG		all_of_contacts;
	LOCKTAG		all_of_events;
	Datum	   *elements;
	int			n;

	set_tags_of_all(catalog, &all_of_contacts, &all_of_events);
	deconstruct_array(DatumGetArrayTypeP(addresses), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, NULL, &n);
	locks->catalog = catalog;
	locks->naddresses = n;
	locks->nevents = 0;
	locks->ncontacts = 0;
	locks->won = NULL;
	locks->all = is_too_many(nlocks + 2 * n);
	if (locks->all)
	{
		/* who writes many contacts holds the first, so the second is free then */
		locks->naddresses = 0;
		take(&all_of_contacts, ShareLock, true);
		take(&all_of_events, RowExclusiveLock, true);
		return;
	}
	locks->events = palloc(n * sizeof(LOCKTAG));
	locks->contacts = palloc(n * sizeof(LOCKTAG));
	for (int i = 0; i < n; i++)
		set_address_tags(catalog, DatumGetTextPP(elements[i]), &locks->events[i],
						 &locks->contacts[i]);
	qsort(locks->events, n, sizeof(LOCKTAG), compare_tags);
	while (!lock_or_wait(locks, &all_of_events))
		CHECK_FOR_INTERRUPTS();
}

/*
 * Addresses get another standing without a new event, and nobody knows which: wait
 * for all who are adding events, and for all who write to these contact tables (OIDs,
 * in their order), and keep new ones out.
 *
 * Who writes to a table is kept out before he has locked a row of it.  Who writes to a
 * partition by its own name is not, and waits for the lock on all contacts.
 */
void
bounce_lock_log(const BounceCatalog *catalog, List *relations)
{
	LOCKTAG		all_of_contacts;
	LOCKTAG		all_of_events;
	ListCell   *cell;

	set_tags_of_all(catalog, &all_of_contacts, &all_of_events);
	LockRelationOid(catalog->event_relation, ShareRowExclusiveLock);
	foreach(cell, relations)
		LockRelationOid(lfirst_oid(cell), ShareRowExclusiveLock);
	take(&all_of_contacts, ShareLock, true);
}
