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

#include "catalog/pg_proc.h"
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
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

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
 * The attached table that an argument names, copied.  For its owner; raises 42501 for
 * others and 42704 for a table that is not attached.
 */
static BounceContact
contact_argument(const BounceCatalog *catalog, Oid relation)
{
	BounceContact contact;
	ListCell   *cell;

	if (get_rel_name(relation) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	if (!bounce_owns_relation(relation, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(relation));
	foreach(cell, bounce_attached(catalog))
	{
		contact = *(BounceContact *) lfirst(cell);
		if (contact.relation == relation)
		{
			contact.policy = pstrdup(contact.policy);
			return contact;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("relation \"%s\" is not attached", get_rel_name(relation)),
			 errhint("bounce_attach() attaches a contact table.")));
}

/* The same, with the log and the table locked; raises 25006, too. */
static BounceContact
lock_argument(const BounceCatalog *catalog, Oid relation, const char *asker)
{
	BounceContact contact = contact_argument(catalog, relation);

	PreventCommandIfReadOnly(asker);
	bounce_lock_log(catalog, list_make1_oid(contact.relation));
	return contact;
}

/* bounce_refold(contact): returns the rows that changed */
PG_FUNCTION_INFO_V1(bounce_refold);
Datum
bounce_refold(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	BounceContact contact = lock_argument(catalog, PG_GETARG_OID(0), "bounce_refold()");

	PG_RETURN_INT64((int64) refold(catalog, &contact));
}

/*
 * bounce_lock(contact): keep out who adds events, and then who writes contacts, until
 * the transaction ends.  Who is about to lock the whole table calls it before, since
 * who adds an event has locked the log when he comes to the table.
 */
PG_FUNCTION_INFO_V1(bounce_lock);
Datum
bounce_lock(PG_FUNCTION_ARGS)
{
	(void) lock_argument(bounce_catalog(fcinfo->flinfo->fn_oid), PG_GETARG_OID(0), "bounce_lock()");
	PG_RETURN_VOID();
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
 * The names of the policies that a statement has changed in what the fold uses, as
 * text[] in *names; false when there are none.  The caller is connected to SPI.
 */
static bool
changed_policies(const BounceCatalog *catalog, TriggerData *trigdata, Datum *names)
{
	const char *columns = RelationGetRelid(trigdata->tg_relation) == catalog->policy_relation ?
		"policy, confirm_after, instant, soft_limit, soft_limit_engaged, soft_min_days, "
		"engaged_grace_days, open_reopens_confirmed" : "policy, reason, counts, instant";
	char	   *old = trigdata->tg_trigger->tgoldtable;
	char	   *new = trigdata->tg_trigger->tgnewtable;
	StringInfoData query;
	BounceRights before;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT pg_catalog.array_agg(DISTINCT c.policy) FROM (");
	if (old != NULL && new != NULL)
		appendStringInfo(&query, "(SELECT %1$s FROM %2$s EXCEPT SELECT %1$s FROM %3$s) UNION ALL "
						 "(SELECT %1$s FROM %3$s EXCEPT SELECT %1$s FROM %2$s)",
						 columns, quote_identifier(old), quote_identifier(new));
	else
		appendStringInfo(&query, "SELECT policy FROM %s", quote_identifier(new != NULL ? new : old));
	appendStringInfoString(&query, ") c");
	if (SPI_register_trigger_data(trigdata) != SPI_OK_TD_REGISTER)
		elog(ERROR, "SPI_register_trigger_data failed");
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(RelationGetRelid(trigdata->tg_relation), query.data, 0, NULL),
					NULL, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	return bounce_result_value(1, names);
}

/*
 * The attached tables that a change of the settings concerns, copied (of
 * BounceContact): all, where the settings were truncated.
 */
static List *
contacts_concerned(const BounceCatalog *catalog, TriggerData *trigdata)
{
	MemoryContext context = CurrentMemoryContext;
	MemoryContext spi;
	List	   *contacts = NIL;
	Datum	   *names = NULL;
	int			count = 0;
	Datum		array;
	ListCell   *cell;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (!TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event) &&
		changed_policies(catalog, trigdata, &array))
		deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT,
						  &names, NULL, &count);
	spi = MemoryContextSwitchTo(context);
	foreach(cell, bounce_attached(catalog))
	{
		const BounceContact *contact = lfirst(cell);
		bool		concerned = TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event);
		BounceContact *copy;

		for (int i = 0; i < count && !concerned; i++)
			concerned = strcmp(TextDatumGetCString(names[i]), contact->policy) == 0;
		if (!concerned)
			continue;
		copy = palloc(sizeof(BounceContact));
		*copy = *contact;
		copy->policy = pstrdup(contact->policy);
		contacts = lappend(contacts, copy);
	}
	MemoryContextSwitchTo(spi);
	SPI_finish();
	return contacts;
}

/*
 * bounce_policy_changed(): statement trigger on bounce_policy and
 * bounce_policy_reason, with transition tables.  The attached tables whose policy
 * has changed in what the fold uses are folded again.
 *
 * Changes of policies exclude each other, so that none misses what another one takes
 * away.
 */
PG_FUNCTION_INFO_V1(bounce_policy_changed);
Datum
bounce_policy_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	const BounceCatalog *catalog;
	List	   *contacts;
	List	   *relations = NIL;
	ListCell   *cell;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event) ||
		(!TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event) &&
		 trigdata->tg_trigger->tgoldtable == NULL && trigdata->tg_trigger->tgnewtable == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"bounce_policy_changed")));
	catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	LockDatabaseObject(ProcedureRelationId, fcinfo->flinfo->fn_oid, 0, ExclusiveLock);
	check_reasons(catalog);
	contacts = contacts_concerned(catalog, trigdata);
	foreach(cell, contacts)
	{
		check_policy(catalog, lfirst(cell));
		relations = lappend_oid(relations, ((BounceContact *) lfirst(cell))->relation);
	}
	if (contacts == NIL)
		return PointerGetDatum(NULL);
	bounce_lock_log(catalog, relations);
	foreach(cell, contacts)
		refold(catalog, lfirst(cell));
	return PointerGetDatum(NULL);
}
