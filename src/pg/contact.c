/*-------------------------------------------------------------------------
 *
 * contact.c
 *	  bounce_contact(): the trigger of contact tables.
 *
 * It is a row trigger, so that a row that is written shows the standing of its
 * address from the beginning.
 *
 * src/pg/contact.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "pg/address.h"
#include "pg/compat.h"
#include "pg/lock.h"
#include "pg/source.h"
#include "pg/standing.h"
#include "utils/rel.h"

/* The address column of a row: NULL when there is no valid address in it. */
static text *
row_address(HeapTuple tuple, TupleDesc desc, int attnum)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, desc, &isnull);

	return isnull ? NULL : bounce_address_key(DatumGetTextPP(value));
}

/* Are these the same key, and is there one? */
static bool
is_same_address(const text *a, const text *b)
{
	return a != NULL && b != NULL && VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* Do two rows show the same?  The columns are all passed by value. */
static bool
is_same_shown(HeapTuple a, HeapTuple b, TupleDesc desc, const int *columns)
{
	for (int i = 0; i < BOUNCE_SHOWN_COUNT; i++)
	{
		bool		a_isnull;
		bool		b_isnull;
		Datum		a_value = heap_getattr(a, columns[i], desc, &a_isnull);
		Datum		b_value = heap_getattr(b, columns[i], desc, &b_isnull);

		if (a_isnull != b_isnull || (!a_isnull && a_value != b_value))
			return false;
	}
	return true;
}

/* Does the statement name a column that makes the first of our triggers fire? */
static bool
is_of_first_trigger(const TriggerData *trigdata, const Trigger *first)
{
	for (int i = 0; i < first->tgnattr; i++)
	{
		if (bms_is_member(first->tgattr[i] - FirstLowInvalidHeapAttributeNumber,
						  trigdata->tg_updatedcols))
			return true;
	}
	return false;
}

/*
 * The address column, which is that of the trigger that is fired or, for the one that
 * watches statements which name no column of ours, of its neighbour.  0 when the
 * statement names one, so that the neighbour has seen to it.  Raises 39P01.
 */
static int
address_column(const TriggerData *trigdata)
{
	const Trigger *fired = trigdata->tg_trigger;
	const TriggerDesc *all = trigdata->tg_relation->trigdesc;

	if (TRIGGER_FIRED_BEFORE(trigdata->tg_event) && TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) &&
		!TRIGGER_FIRED_BY_DELETE(trigdata->tg_event) && fired->tgnargs == 1)
	{
		if (fired->tgnattr > 0)
			return fired->tgattr[0];
		for (int i = 0; TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) && i < all->numtriggers; i++)
		{
			const Trigger *other = &all->triggers[i];

			if (other->tgfoid == fired->tgfoid && other->tgnattr > 0)
				return is_of_first_trigger(trigdata, other) ? 0 : other->tgattr[0];
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("trigger \"%s\" must be made by bounce_attach()", fired->tgname)));
}

/*
 * bounce_contact(policy): on contact tables, put there by bounce_attach().
 *
 * BEFORE INSERT OR UPDATE OF address, bounce_state, ...: the bounce columns are
 * always what the log says, whatever the statement wanted them to be.  And BEFORE
 * UPDATE, of whatever, where another trigger has changed one of them.
 */
PG_FUNCTION_INFO_V1(bounce_contact);
Datum
bounce_contact(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	const BounceCatalog *catalog;
	BounceSource source;
	TupleDesc	desc;
	HeapTuple	tuple;
	BounceShown shown;
	int			columns[BOUNCE_SHOWN_COUNT];
	int			email;
	text	   *address;
	text	   *old = NULL;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", "bounce_contact")));
	email = address_column(trigdata);
	if (email == 0)
		return PointerGetDatum(trigdata->tg_newtuple);
	catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	desc = RelationGetDescr(trigdata->tg_relation);
	source = bounce_source_of_trigger(trigdata);
	bounce_column_check(&source, email, BOUNCE_COLUMN_ADDRESS);
	tuple = trigdata->tg_trigtuple;
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
	{
		tuple = trigdata->tg_newtuple;
		old = row_address(trigdata->tg_trigtuple, desc, email);
	}
	address = row_address(tuple, desc, email);

	/* our own update brings what the log says; its address is the old one */
	if (bounce_standing_is_spreading() && is_same_address(address, old))
		return PointerGetDatum(tuple);

	for (int i = 0; i < BOUNCE_SHOWN_COUNT; i++)
	{
		columns[i] = SPI_fnumber(desc, bounce_shown_columns[i]);
		if (columns[i] <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							bounce_shown_columns[i],
							RelationGetRelationName(trigdata->tg_relation)),
					 errhint("Call bounce_detach() and bounce_attach() for this table.")));
	}

	/* what a row shows is kept up, so nothing is new where it stays as it is */
	if (is_same_address(address, old) &&
		is_same_shown(trigdata->tg_trigtuple, tuple, desc, columns))
		return PointerGetDatum(tuple);
	if (address == NULL)
		bounce_standing_active(catalog, &shown);
	else
	{
		if (!is_same_address(address, old))
			bounce_lock_contact(catalog, address, TRIGGER_FIRED_BY_INSERT(trigdata->tg_event));
		bounce_standing_show(catalog, address, trigdata->tg_trigger->tgargs[0], &shown);
	}
	tuple = heap_modify_tuple_by_cols(tuple, desc, BOUNCE_SHOWN_COUNT, columns,
									  shown.values, shown.nulls);
	return PointerGetDatum(tuple);
}
