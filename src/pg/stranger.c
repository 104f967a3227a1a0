/*-------------------------------------------------------------------------
 *
 * stranger.c
 *	  Events of addresses that no contact holds, where they are only counted.
 *
 * Anybody can send reports about addresses that nobody has mailed.  Where the
 * policies of all attached tables say known_only, these do not fill the log.
 *
 * A contact that another session is just inserting holds nothing yet: the event
 * came before it.
 *
 * src/pg/stranger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "pg/attached.h"
#include "pg/compat.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/stranger.h"
#include "pg/target.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/*
 * The names of the policies that say known_only.  Every statement that adds events
 * asks, so the table is read without the executor.
 */
static List *
policies_of_known_only(const BounceCatalog *catalog)
{
	Relation	relation = table_open(catalog->policy_relation, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(relation);
	int			policy = SPI_fnumber(desc, "policy");
	int			known_only = SPI_fnumber(desc, "known_only");
	SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL);
	List	   *names = NIL;
	HeapTuple	tuple;

	if (policy <= 0 || known_only <= 0)
		elog(ERROR, "table \"%s\" lacks a column", RelationGetRelationName(relation));
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;

		if (DatumGetBool(heap_getattr(tuple, known_only, desc, &isnull)))
			names = lappend(names, TextDatumGetCString(heap_getattr(tuple, policy, desc, &isnull)));
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return names;
}

static bool
is_member(const List *names, const char *name)
{
	ListCell   *cell;

	foreach(cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return false;
}

/*
 * Is there a table attached, and do the policies of all say known_only?  Not while
 * the trigger of one is disabled: what its contacts hold cannot be told.
 */
bool
bounce_strangers_are_counted(const BounceCatalog *catalog)
{
	List	   *names = policies_of_known_only(catalog);
	ListCell   *cell;

	if (names == NIL || bounce_attached(catalog) == NIL || bounce_attached_some_disabled(catalog))
		return false;
	foreach(cell, bounce_attached(catalog))
	{
		if (!is_member(names, ((BounceContact *) lfirst(cell))->policy))
			return false;
	}
	return true;
}

/*
 * Parts of a statement, WITH ..., that add to the counts what a query of kinds gives.
 *
 * Each session has rows of its own, so that none waits for another: one for each day
 * and kind, and another where a prepared transaction still holds that.
 */
char *
bounce_stranger_count(const BounceCatalog *catalog, const char *kinds)
{
	return psprintf("stranger AS (SELECT k.kind, pg_catalog.count(*) AS events, "
					"pg_catalog.timezone('UTC', pg_catalog.now())::pg_catalog.date AS day "
					"FROM (%3$s) k GROUP BY k.kind), "
					"own AS MATERIALIZED (SELECT c.kind, c.ctid FROM %1$s.bounce_stranger_count c "
					"JOIN stranger s ON s.day OPERATOR(pg_catalog.=) c.day "
					"AND s.kind OPERATOR(pg_catalog.=) c.kind "
					"WHERE c.session OPERATOR(pg_catalog.=) %2$d FOR UPDATE OF c SKIP LOCKED), "
					"added AS (UPDATE %1$s.bounce_stranger_count c "
					"SET events = c.events OPERATOR(pg_catalog.+) s.events "
					"FROM stranger s JOIN (SELECT w.kind, pg_catalog.min(w.ctid) AS ctid "
					"FROM own w GROUP BY w.kind) o ON o.kind OPERATOR(pg_catalog.=) s.kind "
					"WHERE c.ctid OPERATOR(pg_catalog.=) o.ctid RETURNING c.kind), "
					"begun AS (INSERT INTO %1$s.bounce_stranger_count (day, kind, session, events) "
					"SELECT s.day, s.kind, %2$d, s.events FROM stranger s WHERE NOT EXISTS ("
					"SELECT FROM added a WHERE a.kind OPERATOR(pg_catalog.=) s.kind))",
					catalog->schema_name, bounce_session_number(), kinds);
}

/* The addresses (text[]) that contacts of one table hold are added to the others. */
static ArrayBuildState *
add_held(ArrayBuildState *held, const BounceTarget *target, Datum addresses)
{
	Datum		found;
	ArrayType  *array;
	Datum	   *elements;
	int			count;

	if (!bounce_target_find(target, addresses, &found))
		return held;
	array = DatumGetArrayTypeP(found);
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &count);
	for (int i = 0; i < count; i++)
		held = accumArrayResult(held, elements[i], false, TEXTOID, CurrentMemoryContext);
	return held;
}

/* Which of these addresses (text[]) do contacts hold?  The caller is connected to SPI. */
static Datum
find_held(const BounceCatalog *catalog, Datum addresses)
{
	ArrayBuildState *held = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	ListCell   *cell;

	foreach(cell, bounce_targets(catalog))
		held = add_held(held, lfirst(cell), addresses);
	return makeArrayResult(held, CurrentMemoryContext);
}

/* bounce_held(addresses) */
PG_FUNCTION_INFO_V1(bounce_held);
Datum
bounce_held(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	MemoryContext context = CurrentMemoryContext;
	Datum		held;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	held = find_held(catalog, PG_GETARG_DATUM(0));
	MemoryContextSwitchTo(context);
	held = PointerGetDatum(DatumGetArrayTypePCopy(held));
	SPI_finish();
	PG_RETURN_DATUM(held);
}

/*
 * One event by hand: count it if it is of a stranger and strangers are counted.  What
 * stops, releases or resets an address was decided by somebody, and is never lost.
 * The caller is connected to SPI.
 */
bool
bounce_stranger_take(const BounceCatalog *catalog, BounceEventKind kind, text *address)
{
	Datum		element = PointerGetDatum(address);
	Datum		addresses;
	Datum		held;
	char	   *kinds;
	char	   *query;
	BounceRights before;

	switch (kind)
	{
		case BOUNCE_EVENT_COMPLAINT:
		case BOUNCE_EVENT_UNSUBSCRIBE:
		case BOUNCE_EVENT_SUPPRESS:
		case BOUNCE_EVENT_RELEASE:
		case BOUNCE_EVENT_RESET:
			return false;
		case BOUNCE_EVENT_BOUNCE:
		case BOUNCE_EVENT_NOTICE:
		case BOUNCE_EVENT_SENT:
		case BOUNCE_EVENT_DELIVERED:
		case BOUNCE_EVENT_OPEN:
		case BOUNCE_EVENT_CLICK:
		case BOUNCE_EVENT_REPLY:
			break;
	}
	if (!bounce_strangers_are_counted(catalog))
		return false;
	addresses = PointerGetDatum(construct_array(&element, 1, TEXTOID, -1, false, TYPALIGN_INT));
	held = find_held(catalog, addresses);
	if (ARR_NDIM(DatumGetArrayTypeP(held)) > 0)
		return false;
	bounce_rights_take(catalog->event_relation, &before);
	kinds = psprintf("SELECT '%s'::%s.bounce_event_kind AS kind",
					 bounce_event_kind_names[kind], catalog->schema_name);
	query = psprintf("WITH %s SELECT 1", bounce_stranger_count(catalog, kinds));
	bounce_plan_run(bounce_plan(InvalidOid, query, 0, NULL), NULL, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	return true;
}
