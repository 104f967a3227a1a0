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
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/standing.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Addresses that are folded and written together: bounds the memory. */
#define BATCH 10000

/* The next addresses of the log, in order; false when there are no more. */
static bool
next_addresses(const BounceCatalog *catalog, text **last, Datum *addresses)
{
	static const Oid types[] = {TEXTOID, INT4OID};
	BounceRights before;
	Datum		args[2];
	char		nulls[] = {*last == NULL ? 'n' : ' ', ' ', '\0'};
	char	   *query;
	bool		isnull;
	Datum		greatest;

	query = psprintf("SELECT pg_catalog.array_agg(b.address), pg_catalog.max(b.address) FROM ("
					 "SELECT e.address FROM %s.bounce_event e "
					 "WHERE e.address OPERATOR(pg_catalog.>) $1 OR $1 IS NULL "
					 "GROUP BY e.address ORDER BY e.address LIMIT $2) b",
					 catalog->schema_name);
	args[0] = PointerGetDatum(*last);
	args[1] = Int32GetDatum(BATCH);
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 2, types), args, nulls, SPI_OK_SELECT, true);
	bounce_rights_return(&before);
	*addresses = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (isnull)
		return false;
	greatest = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	*last = DatumGetTextPCopy(greatest);
	return true;
}

/* Addresses of contacts that show more than nothing: the log may not know them. */
static bool
shown_addresses(const BounceCatalog *catalog, const BounceContact *contact, Datum *addresses)
{
	BounceRights before;
	bool		isnull;
	char	   *query;

	query = psprintf("SELECT pg_catalog.array_agg(DISTINCT %1$s.bounce_address(c.%2$s::pg_catalog.text)) "
					 "FROM %3$s c WHERE c.bounce_state OPERATOR(pg_catalog.<>) 'active' "
					 "OR c.bounce_fail_run OPERATOR(pg_catalog.<>) 0",
					 catalog->schema_name,
					 quote_identifier(get_attname(contact->relation, contact->email, false)),
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(contact->relation)),
												get_rel_name(contact->relation)));
	bounce_rights_take(contact->relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 0, NULL), NULL, NULL, SPI_OK_SELECT, false);
	bounce_rights_return(&before);
	*addresses = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return !isnull;
}

static uint64
refold(const BounceCatalog *catalog, const BounceContact *contact)
{
	Datum		addresses;
	text	   *last = NULL;
	uint64		changed = 0;

	if (shown_addresses(catalog, contact, &addresses))
		changed += bounce_standing_spread_to(catalog, contact, addresses);
	while (next_addresses(catalog, &last, &addresses))
	{
		CHECK_FOR_INTERRUPTS();
		changed += bounce_standing_spread_to(catalog, contact, addresses);
	}
	return changed;
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
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	foreach(cell, bounce_attached(catalog))
	{
		BounceContact contact = *(BounceContact *) lfirst(cell);

		if (contact.relation == relation)
		{
			contact.policy = pstrdup(contact.policy);
			changed = refold(catalog, &contact);
			found = true;
			break;
		}
	}
	SPI_finish();
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

	if (strcmp(contact->policy, "default") == 0)
		return;
	query = psprintf("SELECT p.policy FROM %s.bounce_policy p "
					 "WHERE p.policy OPERATOR(pg_catalog.=) $1", catalog->schema_name);
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 1, types), &policy, NULL, SPI_OK_SELECT, false);
	bounce_rights_return(&before);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("policy \"%s\" is still used by table \"%s\"",
						contact->policy, get_rel_name(contact->relation))));
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
	ListCell   *cell;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(((TriggerData *) fcinfo->context)->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"bounce_policy_changed")));
	catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	foreach(cell, bounce_attached(catalog))
	{
		BounceContact *copy = palloc(sizeof(BounceContact));

		*copy = *(BounceContact *) lfirst(cell);
		copy->policy = pstrdup(copy->policy);
		contacts = lappend(contacts, copy);
	}
	foreach(cell, contacts)
	{
		check_policy(catalog, lfirst(cell));
		refold(catalog, lfirst(cell));
	}
	SPI_finish();
	return PointerGetDatum(NULL);
}
