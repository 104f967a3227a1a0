/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  Locks on addresses: who adds events waits for who writes contacts.
 *
 * A session that adds an event does not see a contact that another one is just
 * writing, which in turn does not see the event: both would commit, and the
 * contact would not show what the log says.  So each locks the address until its
 * transaction ends, before it looks at the other side.  Sessions that add events
 * do not exclude each other by that: for them the row locks of the contacts are
 * enough (standing.c).
 *
 * An address is locked as an object whose class is the log and whose number is a
 * hash of it; that two addresses share a lock does no harm.  A transaction that
 * would take more than its share of the lock table locks all addresses instead.
 * Two more locks are for that:
 *
 *						an address		of contacts		of events
 *	event				RowExclusive	-				RowExclusive
 *	contact				Share (*)		RowExclusive	-
 *	many events			-				Share			RowExclusive
 *	many contacts		-				RowExclusive	Share
 *
 * (*) The only contact that a transaction has written is locked in
 * ShareRowExclusive: two sessions that write the same contact, and events for it
 * behind that, go one after the other and not into a deadlock.
 *
 * There is no deadlock between transactions of one statement each: who adds
 * events never waits for one lock while he holds another, but lets go of all and
 * begins anew; and who writes contacts waits for others of his kind only with a
 * first contact that is new.
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
static int	naddresses = 0;		/* locks on addresses, more or less */
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
			naddresses = 0;
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
set_address_tag(const BounceCatalog *catalog, const text *address, LOCKTAG *tag)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) VARDATA_ANY(address),
										   (int) VARSIZE_ANY_EXHDR(address), 0);

	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, catalog->event_relation, (uint32) hash,
					   (uint16) (hash >> 32));
}

/* The locks that stand for all addresses, of contacts and of events. */
static void
set_tags_of_all(const BounceCatalog *catalog, LOCKTAG *contacts, LOCKTAG *events)
{
	SET_LOCKTAG_OBJECT(*contacts, MyDatabaseId, catalog->contact_function, 0, 0);
	SET_LOCKTAG_OBJECT(*events, MyDatabaseId, catalog->contact_function, 1, 0);
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
	LOCKTAG		contacts;
	LOCKTAG		events;
	LOCKTAG		tag;

	if (all_contacts)
		return;
	set_tags_of_all(catalog, &contacts, &events);
	if (is_too_many(naddresses + 1))
	{
		take(&contacts, RowExclusiveLock, true);
		take(&events, ShareLock, true);
		all_contacts = true;
		return;
	}
	set_address_tag(catalog, address, &tag);
	if (has_single)
	{
		/* there is more than one now */
		take(&single, ShareLock, true);
		let_go(&single, ShareRowExclusiveLock);
		has_single = false;
		is_new = false;
	}
	else if (naddresses > 0)
		is_new = false;
	take(&tag, is_new ? ShareRowExclusiveLock : ShareLock, true);
	naddresses++;
	if (is_new)
	{
		single = tag;
		has_single = true;
	}
	take(&contacts, RowExclusiveLock, true);
}

/* Let go of what bounce_lock_events() has locked, as far as it has come. */
void
bounce_unlock_events(BounceEventLocks *locks)
{
	LOCKTAG		contacts;
	LOCKTAG		events;

	set_tags_of_all(locks->catalog, &contacts, &events);
	if (locks->all)
		let_go(&contacts, ShareLock);
	for (int i = 0; i < locks->nlocked; i++)
		let_go(&locks->addresses[i], RowExclusiveLock);
	naddresses -= locks->nlocked;
	let_go(&events, RowExclusiveLock);
	locks->nlocked = 0;
}

/*
 * Lock one address if nobody has to be waited for.  Who has it for a contact of his
 * own has it, even if others wait for it: they would be in the way without a wait.
 */
static bool
take_address(const LOCKTAG *tag)
{
	return take(tag, RowExclusiveLock, bounce_holds_lock(tag, ShareLock) ||
				bounce_holds_lock(tag, ShareRowExclusiveLock));
}

/* Lock all of them if none has to be waited for; else none, but wait for that one. */
static bool
lock_or_wait(BounceEventLocks *locks, const LOCKTAG *events)
{
	const LOCKTAG *taken = events;

	if (take(events, RowExclusiveLock, false))
	{
		while (locks->nlocked < locks->naddresses &&
			   take_address(&locks->addresses[locks->nlocked]))
		{
			locks->nlocked++;
			naddresses++;
		}
		if (locks->nlocked == locks->naddresses)
			return true;
		taken = &locks->addresses[locks->nlocked];
		bounce_unlock_events(locks);
	}
	take(taken, RowExclusiveLock, true);
	let_go(taken, RowExclusiveLock);
	return false;
}

/*
 * Events of these addresses (text[]) have been added: lock the addresses before the
 * contacts are looked for.
 */
void
bounce_lock_events(const BounceCatalog *catalog, Datum addresses, BounceEventLocks *locks)
{
	LOCKTAG		contacts;
	LOCKTAG		events;
	Datum	   *elements;
	int			n;

	set_tags_of_all(catalog, &contacts, &events);
	deconstruct_array(DatumGetArrayTypeP(addresses), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, NULL, &n);
	locks->catalog = catalog;
	locks->naddresses = 0;
	locks->nlocked = 0;
	locks->all = is_too_many(naddresses + n);
	if (locks->all)
	{
		/* who writes many contacts holds the first, so the second is free then */
		take(&contacts, ShareLock, true);
		take(&events, RowExclusiveLock, true);
		return;
	}
	locks->addresses = palloc(n * sizeof(LOCKTAG));
	for (int i = 0; i < n; i++)
		set_address_tag(catalog, DatumGetTextPP(elements[i]),
						&locks->addresses[locks->naddresses++]);
	while (!lock_or_wait(locks, &events))
		CHECK_FOR_INTERRUPTS();
}

/*
 * Addresses get another standing without a new event, and nobody knows which: wait
 * for all who are adding events or writing contacts, and keep new ones out.
 */
void
bounce_lock_log(const BounceCatalog *catalog)
{
	LOCKTAG		contacts;
	LOCKTAG		events;

	set_tags_of_all(catalog, &contacts, &events);
	LockRelationOid(catalog->event_relation, ShareRowExclusiveLock);
	take(&contacts, ShareLock, true);
}
