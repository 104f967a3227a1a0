/*-------------------------------------------------------------------------
 *
 * refold.c
 *	  bounce_refold(): contact tables from the log, when more than a few rows may differ.
 *
 * Attaching a table and changing a policy touch addresses without a new event.
 *
 * src/pg/refold.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pg/compat.h"
#include "pg/lock.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/standing.h"
#include "pg/target.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

/* Addresses that are folded and written together: bounds the memory. */
#define BATCH 10000

/*
 * The next addresses that a query gives behind *last, in order, and the greatest
 * of them, copied into the caller's context; false when there are no more.  The
 * query has $1 for *last and $2 for how many; as the owner of relation.
 */
static bool
next_addresses(Oid relation, const char *query, MemoryContext context, text **last,
			   Datum *addresses)
{
	static const Oid types[] = {TEXTOID, INT4OID};
	BounceRights before;
	MemoryContext old;
	Datum		args[2];
	char		nulls[] = {*last == NULL ? 'n' : ' ', ' ', '\0'};
	bool		isnull;
	Datum		greatest;

	args[0] = PointerGetDatum(*last);
	args[1] = Int32GetDatum(BATCH);
	bounce_rights_take(relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 2, types), args, nulls, SPI_OK_SELECT);
	bounce_rights_return(&before);
	*addresses = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (isnull)
		return false;
	greatest = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	old = MemoryContextSwitchTo(context);
	*last = DatumGetTextPCopy(greatest);
	MemoryContextSwitchTo(old);
	return true;
}

/* Spread all addresses that a query gives, batch by batch. */
static uint64
spread_all(const BounceCatalog *catalog, const BounceContact *contact, Oid relation,
		   const char *query)
{
	MemoryContext context = CurrentMemoryContext;
	text	   *last = NULL;
	uint64		changed = 0;
	bool		more = true;

	while (more)
	{
		Datum		addresses;

		CHECK_FOR_INTERRUPTS();

		/* a connection for each batch: what it leaves behind goes with it */
		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "SPI_connect failed");
		more = next_addresses(relation, query, context, &last, &addresses);
		if (more)
			changed += bounce_standing_spread_to(catalog, contact, addresses);
		SPI_finish();
	}
	return changed;
}

/* Does the contact "c" show more than nothing? */
#define SHOWS_SOMETHING \
	"(c.bounce_state OPERATOR(pg_catalog.<>) 'active' " \
	"OR c.bounce_hard_run OPERATOR(pg_catalog.<>) 0 " \
	"OR c.bounce_fail_run OPERATOR(pg_catalog.<>) 0 " \
	"OR c.bounce_reason IS NOT NULL OR c.bounce_at IS NOT NULL)"

/* Rows without a valid address are of no batch, and show nothing. */
static uint64
clear_rows_without_address(const BounceContact *contact, const char *key)
{
	BounceRights before;
	char	   *query;
	uint64		changed;

	query = psprintf("UPDATE %2$s c SET bounce_state = 'active', bounce_hard_run = 0, "
					 "bounce_fail_run = 0, bounce_reason = NULL, bounce_at = NULL "
					 "WHERE %1$s IS NULL AND " SHOWS_SOMETHING,
					 key, bounce_contact_name(contact->relation));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	bounce_rights_take(contact->relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 0, NULL), NULL, NULL, SPI_OK_UPDATE);
	bounce_rights_return(&before);
	changed = SPI_processed;
	SPI_finish();
	return changed;
}

/*
 * Fold the log again into one contact table: the addresses of the log, and those
 * of contacts that show more than nothing, which the log may not know.
 *
 * Sessions that are just adding events do not know of a table or a policy that
 * is new, and their events cannot be seen before they commit: so the caller has
 * called bounce_lock_log().
 */
static uint64
refold(const BounceCatalog *catalog, const BounceContact *contact)
{
	const char *key = bounce_contact_key(catalog, quote_identifier(get_attname(contact->relation,
																			   contact->email, false)));
	char	   *of_log;
	char	   *of_contact;

	of_log = psprintf("SELECT pg_catalog.array_agg(b.address), pg_catalog.max(b.address) FROM ("
					  "SELECT e.address FROM %s.bounce_event e "
					  "WHERE e.address OPERATOR(pg_catalog.>) COALESCE($1, '') "
					  "GROUP BY e.address ORDER BY e.address LIMIT $2) b", catalog->schema_name);
	of_contact = psprintf("SELECT pg_catalog.array_agg(b.address), pg_catalog.max(b.address) FROM ("
						  "SELECT %1$s AS address FROM %2$s c "
						  "WHERE %1$s OPERATOR(pg_catalog.>) COALESCE($1, '') "
						  "AND " SHOWS_SOMETHING " AND %1$s IS NOT NULL "
						  "GROUP BY %1$s ORDER BY %1$s LIMIT $2) b",
						  key, bounce_contact_name(contact->relation));
	return clear_rows_without_address(contact, key) +
		spread_all(catalog, contact, contact->relation, of_contact) +
		spread_all(catalog, contact, catalog->event_relation, of_log);
}

/*
 * bounce_refold(contact): returns the rows that changed.  For the owner of the
 * table; raises 42501 for others and 42704 for a table that is not attached.
 */
PG_FUNCTION_INFO_V1(bounce_refold);
Datum
bounce_refold(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	Oid			relation = PG_GETARG_OID(0);
	uint64		changed = 0;
	bool		found = false;
	ListCell   *cell;

	if (get_rel_name(relation) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	if (!bounce_owns_relation(relation, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(relation));
	PreventCommandIfReadOnly("bounce_refold()");
	foreach(cell, bounce_attached(catalog))
	{
		BounceContact contact = *(BounceContact *) lfirst(cell);

		if (contact.relation == relation)
		{
			contact.policy = pstrdup(contact.policy);
			bounce_lock_log(catalog, list_make1_oid(relation));
			changed = refold(catalog, &contact);
			found = true;
			break;
		}
	}
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("relation \"%s\" is not attached", get_rel_name(relation)),
				 errhint("bounce_attach() attaches a contact table.")));
	PG_RETURN_INT64((int64) changed);
}

/* A policy that a table names must exist; "default" is built in as well. */
static void
check_policy(const BounceCatalog *catalog, const BounceContact *contact)
{
	static const Oid types[] = {TEXTOID};
	Datum		policy = CStringGetTextDatum(contact->policy);
	BounceRights before;
	char	   *query;
	bool		exists;

	if (strcmp(contact->policy, "default") == 0)
		return;
	query = psprintf("SELECT p.policy FROM %s.bounce_policy p "
					 "WHERE p.policy OPERATOR(pg_catalog.=) $1", catalog->schema_name);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 1, types), &policy, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	exists = SPI_processed > 0;
	SPI_finish();
	if (!exists)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("policy \"%s\" is still used by table \"%s\"",
						contact->policy, get_rel_name(contact->relation))));
}

/*
 * So must a policy that has reasons of its own, but for "default".  While a dump is
 * restored the reasons may come before the policy; whoever restores one does not want
 * the bodies of functions checked, either.
 */
static void
check_reasons(const BounceCatalog *catalog)
{
	BounceRights before;
	char	   *query;
	char	   *policy;

	if (!check_function_bodies)
		return;
	query = psprintf("SELECT r.policy FROM %1$s.bounce_policy_reason r "
					 "WHERE r.policy OPERATOR(pg_catalog.<>) 'default' AND NOT EXISTS ("
					 "SELECT FROM %1$s.bounce_policy p WHERE p.policy OPERATOR(pg_catalog.=) r.policy) "
					 "ORDER BY r.policy LIMIT 1", catalog->schema_name);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 0, NULL), NULL, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	if (SPI_processed > 0)
	{
		policy = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("policy \"%s\" has rows in bounce_policy_reason, but none in bounce_policy",
						policy)));
	}
	SPI_finish();
}

/*
 * bounce_policy_changed(): statement trigger on bounce_policy and
 * bounce_policy_reason.  All attached tables are folded again; a policy is
 * changed so seldom that it does not pay to find out which ones have it.
 */
PG_FUNCTION_INFO_V1(bounce_policy_changed);
Datum
bounce_policy_changed(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog;
	List	   *contacts = NIL;
	List	   *relations = NIL;
	ListCell   *cell;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(((TriggerData *) fcinfo->context)->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"bounce_policy_changed")));
	catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	foreach(cell, bounce_attached(catalog))
	{
		BounceContact *copy = palloc(sizeof(BounceContact));

		*copy = *(BounceContact *) lfirst(cell);
		copy->policy = pstrdup(copy->policy);
		contacts = lappend(contacts, copy);
		relations = lappend_oid(relations, copy->relation);
	}
	bounce_lock_log(catalog, relations);
	check_reasons(catalog);
	foreach(cell, contacts)
	{
		check_policy(catalog, lfirst(cell));
		refold(catalog, lfirst(cell));
	}
	return PointerGetDatum(NULL);
}
