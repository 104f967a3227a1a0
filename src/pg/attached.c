/*-------------------------------------------------------------------------
 *
 * attached.c
 *	  The contact tables to which bounce_attach() has put its trigger.
 *
 * The trigger itself is the record: its column list begins with the address
 * column and its argument is the policy.  So renaming, dumping and restoring a
 * table needs nothing of us, and no OID is stored anywhere.
 *
 * src/pg/attached.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "pg/attached.h"
#include "pg/compat.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"

static MemoryContext attached_context = NULL;
static List *attached = NIL;
static bool attached_valid = false;
static bool some_disabled = false;
static uint64 invalidations = 0;

/* Creating or dropping a trigger invalidates the table that has it. */
static void
forget_attached(Datum arg, Oid relation)
{
	attached_valid = false;
	invalidations++;
}

/* As bounce_attach() has it, but for partitions. */
static bool
can_be_attached(Oid relation)
{
	char		kind = get_rel_relkind(relation);

	return (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
		get_rel_persistence(relation) != RELPERSISTENCE_TEMP;
}

/* Add the table of a trigger to the list. */
static void
add_contact(Form_pg_trigger form, Datum args)
{
	MemoryContext old = MemoryContextSwitchTo(attached_context);
	BounceContact *contact = palloc(sizeof(BounceContact));

	contact->relation = form->tgrelid;
	contact->email = form->tgattr.values[0];
	contact->policy = pstrdup(VARDATA_ANY(DatumGetByteaPP(args)));
	attached = lappend(attached, contact);
	MemoryContextSwitchTo(old);
}

/* Read the trigger with this OID; adds it to the list if it is one of ours. */
static void
add_trigger(Relation triggers, Oid trigger)
{
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(trigger));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);
		bool		isnull;
		Datum		args = heap_getattr(tuple, Anum_pg_trigger_tgargs,
										RelationGetDescr(triggers), &isnull);

		/*
		 * The triggers of partitions are copies of the one of the whole table.
		 * Temporary tables of other sessions cannot be read, so none is ever
		 * attached; nor is a view or a foreign table, on which somebody has
		 * made the trigger by hand.
		 */
		if (can_be_attached(form->tgrelid) && form->tgnargs == 1 && form->tgattr.dim1 > 0 && !isnull &&
			!OidIsValid(form->tgparentid))
		{
			if (form->tgenabled == TRIGGER_DISABLED)
				some_disabled = true;
			else
				add_contact(form, args);
		}
	}
	systable_endscan(scan);
}

static int
by_relation(const ListCell *a, const ListCell *b)
{
	Oid			left = ((BounceContact *) lfirst(a))->relation;
	Oid			right = ((BounceContact *) lfirst(b))->relation;

	return left < right ? -1 : (left > right ? 1 : 0);
}

/*
 * All attached tables, in one order for everybody, so that sessions lock them
 * alike.  The list lives until the next call.
 */
List *
bounce_attached(const BounceCatalog *catalog)
{
	Relation	depend;
	Relation	triggers;
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	uint64		before;

	if (attached_valid)
		return attached;
	if (attached_context == NULL)
	{
		attached_context = AllocSetContextCreate(CacheMemoryContext, "bounce contact tables",
												 ALLOCSET_SMALL_SIZES);
		CacheRegisterRelcacheCallback(forget_attached, (Datum) 0);
	}
	attached = NIL;
	some_disabled = false;
	MemoryContextReset(attached_context);
	before = invalidations;
	depend = table_open(DependRelationId, AccessShareLock);
	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ProcedureRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(catalog->contact_function));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);

		if (form->classid == TriggerRelationId)
			add_trigger(triggers, form->objid);
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	table_close(depend, AccessShareLock);
	list_sort(attached, by_relation);
	attached_valid = before == invalidations;
	return attached;
}

/*
 * Is there a contact table whose trigger is disabled?  It is not kept up to date
 * meanwhile, but will be again.
 */
bool
bounce_attached_some_disabled(const BounceCatalog *catalog)
{
	(void) bounce_attached(catalog);
	return some_disabled;
}
