/*-------------------------------------------------------------------------
 *
 * target.c
 *	  The contact rows that events are about, found and locked.
 *
 * Who has locked a contact may wait for the address that he gives to it, and who
 * has locked several may wait for one more.  So no row is waited for while others are
 * held: if one is not free, all that this call has locked is given back, that one row
 * is waited for, and it begins anew.  PostgreSQL gives a row lock back only with the
 * subtransaction that took it; so the rows are locked, and written, in one.
 *
 * src/pg/target.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pg/lock.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/target.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

/*
 * An attached table as statements name it.  The children of an ordinary table
 * do not have its trigger, so they are not meant; partitions do.
 */
char *
bounce_contact_name(Oid relation)
{
	return psprintf("%s%s", get_rel_relkind(relation) == RELKIND_RELATION ? "ONLY " : "",
					quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
											   get_rel_name(relation)));
}

/*
 * The key of a row "c", out of its address column, quoted.  Keys are compared by the
 * collation of the log, whatever the column has: one that takes different letters for
 * equal would take one mailbox for another.
 */
char *
bounce_contact_key(const BounceCatalog *catalog, const char *email)
{
	return psprintf("(%s.bounce_address(c.%s::pg_catalog.text) COLLATE pg_catalog.\"default\")",
					catalog->schema_name, email);
}

/* One value out of the only row of a result; false when it is NULL. */
bool
bounce_result_value(int column, Datum *value)
{
	bool		isnull;

	if (SPI_processed != 1)
		elog(ERROR, "expected one row, got " UINT64_FORMAT, SPI_processed);
	*value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);
	return !isnull;
}

void
bounce_target_set(const BounceCatalog *catalog, BounceTarget *target,
				  const BounceContact *contact)
{
	target->contact = *contact;
	target->contact.policy = pstrdup(contact->policy);
	target->table = bounce_contact_name(contact->relation);
	target->email = quote_identifier(get_attname(contact->relation, contact->email, false));
	target->key = bounce_contact_key(catalog, target->email);
	target->held = (Datum) 0;
}

/* Run a statement on its table as the owner. */
static void
run_as_owner(const BounceTarget *target, const char *query, int nargs, const Oid *types,
			 Datum *args)
{
	BounceRights before;

	bounce_rights_take(target->contact.relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, nargs, types), args, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
}

/* As often all is given back for a row that is not free. */
#define MAX_ATTEMPTS 10

/* Lock the rows that hold one of the addresses (text[]). */
static void
lock_rows(BounceTarget *target, Datum addresses, const char *option)
{
	static const Oid types[] = {TEXTARRAYOID};
	char	   *query;

	query = psprintf("SELECT pg_catalog.array_agg(l.a) FROM ("
					 "SELECT %1$s AS a FROM %2$s c WHERE %1$s OPERATOR(pg_catalog.=) ANY ($1) "
					 "ORDER BY 1, c.tableoid, c.ctid FOR NO KEY UPDATE %3$s) l",
					 target->key, target->table, option);
	run_as_owner(target, query, 1, types, &addresses);
	if (!bounce_result_value(1, &target->held))
		target->held = (Datum) 0;
}

/*
 * Lock the rows that hold one of the addresses (text[]), waiting for those that
 * somebody else has locked.  The caller is connected to SPI.
 */
void
bounce_target_lock(BounceTarget *target, Datum addresses)
{
	lock_rows(target, addresses, "");
}

/*
 * The addresses (text[]) of those given that its rows hold; false when there are
 * none.  The caller is connected to SPI.
 */
bool
bounce_target_find(const BounceTarget *target, Datum addresses, Datum *held)
{
	static const Oid types[] = {TEXTARRAYOID};

	run_as_owner(target,
				 psprintf("SELECT pg_catalog.array_agg(DISTINCT %1$s) FROM %2$s c "
						  "WHERE %1$s OPERATOR(pg_catalog.=) ANY ($1)", target->key, target->table),
				 1, types, &addresses);
	return bounce_result_value(1, held);
}

/* A row that somebody else has locked; false when there is none any more. */
static bool
find_locked_row(const BounceTarget *target, Datum addresses, Oid *table, ItemPointer row)
{
	static const Oid types[] = {TEXTARRAYOID};
	Datum		value;
	char	   *query;

	query = psprintf("SELECT h.tableoid, h.ctid FROM ("
					 "SELECT c.tableoid, c.ctid FROM %2$s c "
					 "WHERE %1$s OPERATOR(pg_catalog.=) ANY ($1)) h LEFT JOIN ("
					 "SELECT c.tableoid, c.ctid FROM %2$s c "
					 "WHERE %1$s OPERATOR(pg_catalog.=) ANY ($1) FOR NO KEY UPDATE SKIP LOCKED) l "
					 "ON l.tableoid OPERATOR(pg_catalog.=) h.tableoid "
					 "AND l.ctid OPERATOR(pg_catalog.=) h.ctid WHERE l.ctid IS NULL LIMIT 1",
					 target->key, target->table);
	run_as_owner(target, query, 1, types, &addresses);
	if (SPI_processed == 0 || !bounce_result_value(1, &value))
		return false;
	*table = DatumGetObjectId(value);
	if (!bounce_result_value(2, &value))
		return false;
	*row = *(ItemPointer) DatumGetPointer(value);
	return true;
}

/* What a statement that adds events is after, and what is in its way. */
typedef struct Search
{
	const BounceCatalog *catalog;
	Datum		addresses;
	BounceTargetWork work;		/* to be done with the rows, once they are locked */
	List	   *targets;		/* of BounceTarget */
	bool		locked;			/* all their rows are */
	const BounceTarget *busy;	/* has a row that is not free; NULL: not known */
	Oid			table;
	ItemPointerData row;
} Search;

/*
 * All attached tables that are still there (of BounceTarget), locked as who locks their
 * rows does.
 */
List *
bounce_targets(const BounceCatalog *catalog)
{
	List	   *relations = NIL;
	List	   *targets = NIL;
	ListCell   *cell;

	AcceptInvalidationMessages();
	foreach(cell, bounce_attached(catalog))
		relations = lappend_oid(relations, ((BounceContact *) lfirst(cell))->relation);
	foreach(cell, relations)
		LockRelationOid(lfirst_oid(cell), RowShareLock);

	/* as it is now: one may be gone meanwhile */
	foreach(cell, bounce_attached(catalog))
	{
		const BounceContact *contact = lfirst(cell);
		BounceTarget *target;

		if (!list_member_oid(relations, contact->relation))
			continue;
		target = palloc(sizeof(BounceTarget));
		bounce_target_set(catalog, target, contact);
		targets = lappend(targets, target);
	}
	return targets;
}

/* Lock the rows in all tables, or fail with 55P03 when one is not free; then go on. */
static void
lock_and_work(Search *search)
{
	ListCell   *cell;

	search->targets = bounce_targets(search->catalog);
	foreach(cell, search->targets)
		lock_rows(lfirst(cell), search->addresses, "NOWAIT");
	search->locked = true;
	search->work(search->catalog, search->targets);
}

/* Which row is not free? */
static void
find_busy(Search *search)
{
	ListCell   *cell;

	search->busy = NULL;
	search->targets = bounce_targets(search->catalog);
	foreach(cell, search->targets)
	{
		if (find_locked_row(lfirst(cell), search->addresses, &search->table, &search->row))
		{
			search->busy = lfirst(cell);
			break;
		}
	}
}

/* Wait until nobody has locked the row that is in the way. */
static void
wait_for_row(Search *search)
{
	static const Oid types[] = {OIDOID, TIDOID};
	Datum		args[] = {ObjectIdGetDatum(search->table), PointerGetDatum(&search->row)};

	if (search->busy != NULL && get_rel_name(search->busy->contact.relation) != NULL)
		run_as_owner(search->busy,
					 psprintf("SELECT 1 FROM %s c WHERE c.tableoid OPERATOR(pg_catalog.=) $1 "
							  "AND c.ctid OPERATOR(pg_catalog.=) $2 FOR NO KEY UPDATE",
							  search->busy->table), 2, types, args);
}

/*
 * Does this error only say that somebody was faster: has a row locked that was not to
 * be waited for, or has moved it to another partition?
 */
static bool
is_busy(const ErrorData *error, bool nowait)
{
	return (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE && nowait) ||
		(error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE && !IsolationUsesXactSnapshot());
}

/*
 * Take one step in a subtransaction, which is kept if that has locked the rows, and
 * did with them what is to be done.  Else what it has locked is given back.
 */
static void
attempt(void (*step) (Search *search), Search *search)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	search->locked = false;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		step(search);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	if (search->locked && error == NULL)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL)
	{
		if (search->locked || !is_busy(error, step == lock_and_work))
			ReThrowError(error);
		FreeErrorData(error);
	}
}

/* There is always somebody who has locked a row: stand in the queue for each. */
static void
lock_in_turn(Search *search)
{
	ListCell   *cell;

	search->targets = bounce_targets(search->catalog);
	foreach(cell, search->targets)
		bounce_target_lock(lfirst(cell), search->addresses);
	search->work(search->catalog, search->targets);
}

/*
 * Lock the addresses (text[]) of events that have been added, and in all attached
 * tables the rows that hold them, and do the work.  The caller is connected to SPI.
 */
void
bounce_targets_lock(const BounceCatalog *catalog, Datum addresses, BounceTargetWork work)
{
	BounceEventLocks locks;
	Search		search = {.catalog = catalog, .addresses = addresses, .work = work};

	/* who has locked a whole table may wait for an address: so that comes after */
	(void) bounce_targets(catalog);
	bounce_lock_events(catalog, addresses, &locks);
	if (bounce_attached(catalog) == NIL)
		return;
	for (int i = 0; i < MAX_ATTEMPTS; i++)
	{
		CHECK_FOR_INTERRUPTS();
		attempt(lock_and_work, &search);
		if (search.locked)
			return;
		attempt(find_busy, &search);
		bounce_unlock_events(&locks);
		attempt(wait_for_row, &search);
		bounce_lock_events(catalog, addresses, &locks);
	}

	lock_in_turn(&search);
}
