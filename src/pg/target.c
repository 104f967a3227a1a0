/*-------------------------------------------------------------------------
 *
 * target.c
 *	  The contact rows that events are about, found and locked.
 *
 * Who has locked a contact may wait for the address that he gives to it, and who
 * has locked several may wait for one more.  So nothing is waited for while
 * something else is held: if a row is not free, all is given back, that one row is
 * waited for, and it begins anew.  PostgreSQL gives a row lock back only with the
 * subtransaction that took it.
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
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

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
	target->key = psprintf("%s.bounce_address(c.%s::pg_catalog.text)", catalog->schema_name,
						   target->email);
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

/* The same; waits for those that somebody else has locked.  The caller is connected to SPI. */
void
bounce_target_lock(BounceTarget *target, Datum addresses)
{
	lock_rows(target, addresses, "");
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
	List	   *targets;		/* of BounceTarget */
	Datum		addresses;
	const BounceTarget *busy;	/* has a row that is not free; NULL: not known */
	Oid			table;
	ItemPointerData row;
} Search;

/* Lock the rows in all tables; 55P03 when one is not free. */
static bool
lock_if_free(Search *search)
{
	ListCell   *cell;

	foreach(cell, search->targets)
		lock_rows(lfirst(cell), search->addresses, "NOWAIT");
	return true;
}

/* Which row is not free?  What is locked on the way is given back. */
static bool
find_busy(Search *search)
{
	ListCell   *cell;

	search->busy = NULL;
	foreach(cell, search->targets)
	{
		if (find_locked_row(lfirst(cell), search->addresses, &search->table, &search->row))
		{
			search->busy = lfirst(cell);
			break;
		}
	}
	return false;
}

/* Wait until nobody has locked the row that is in the way. */
static bool
wait_for_row(Search *search)
{
	static const Oid types[] = {OIDOID, TIDOID};
	Datum		args[] = {ObjectIdGetDatum(search->table), PointerGetDatum(&search->row)};

	if (search->busy != NULL)
		run_as_owner(search->busy,
					 psprintf("SELECT 1 FROM %s c WHERE c.tableoid OPERATOR(pg_catalog.=) $1 "
							  "AND c.ctid OPERATOR(pg_catalog.=) $2 FOR NO KEY UPDATE",
							  search->busy->table), 2, types, args);
	return false;
}

/*
 * Do it in a subtransaction; when it returns false, or finds a row that is not free,
 * what it has locked is given back.
 */
static bool
attempt(bool (*step) (Search *search), Search *search)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		done = step(search);
		if (done)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE || step != lock_if_free)
			ReThrowError(error);
		FreeErrorData(error);
		done = false;
	}
	PG_END_TRY();
	return done;
}

/*
 * Lock the addresses (text[]) of events that have been added, and in all attached
 * tables the rows that hold them.  Returns a list of BounceTarget.  The caller is
 * connected to SPI.
 */
List *
bounce_targets_lock(const BounceCatalog *catalog, Datum addresses)
{
	BounceEventLocks locks;
	Search		search = {.targets = NIL, .addresses = addresses};
	ListCell   *cell;

	bounce_lock_events(catalog, addresses, &locks);
	foreach(cell, bounce_attached(catalog))
	{
		BounceTarget *target = palloc(sizeof(BounceTarget));

		bounce_target_set(catalog, target, lfirst(cell));
		search.targets = lappend(search.targets, target);
	}
	while (search.targets != NIL && !attempt(lock_if_free, &search))
	{
		CHECK_FOR_INTERRUPTS();
		(void) attempt(find_busy, &search);
		bounce_unlock_events(&locks);
		(void) attempt(wait_for_row, &search);
		bounce_lock_events(catalog, addresses, &locks);
	}
	return search.targets;
}
