/*-------------------------------------------------------------------------
 *
 * trigger.c
 *	  Triggers of the caller's tables: inbound mail, opens, sends, contacts.
 *
 * The three that add events are statement triggers: one INSERT into the log
 * reads the transition table, and the addresses that it returns are spread to
 * the contacts.  The one on contact tables is a row trigger, so that a row that
 * is written shows the standing of its address from the beginning.
 *
 * src/pg/trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "parser/parse_coerce.h"
#include "pg/address.h"
#include "pg/compat.h"
#include "pg/lock.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/rules_version.h"
#include "pg/standing.h"
#include "pg/undo.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* What a column named in a trigger's arguments has to be. */
typedef enum ColumnUse
{
	COLUMN_MAIL,				/* bytea or text */
	COLUMN_ADDRESS,				/* text */
	COLUMN_KEY,					/* anything that PostgreSQL itself can write as text */
	COLUMN_TIME
} ColumnUse;

/* Is the type fit for the use? */
static bool
type_fits(Oid type, ColumnUse use)
{
	Oid			base = getBaseType(type);
	bool		is_text = base == TEXTOID || IsBinaryCoercible(base, TEXTOID);

	switch (use)
	{
		case COLUMN_MAIL:
			return is_text || base == BYTEAOID;
		case COLUMN_ADDRESS:
			return is_text;
		case COLUMN_KEY:

			/*
			 * The statement runs as the owner of the log, so it must not call
			 * a user's output function.
			 */
			return is_text || base < FirstGenbkiObjectId;
		case COLUMN_TIME:
			return base == TIMESTAMPTZOID || base == TIMESTAMPOID || base == DATEOID;
	}
	return false;
}

static const char *
use_name(ColumnUse use)
{
	switch (use)
	{
		case COLUMN_MAIL:
			return "bytea or text";
		case COLUMN_ADDRESS:
			return "text";
		case COLUMN_KEY:
			return "text or a built-in type";
		case COLUMN_TIME:
			return "timestamp with time zone";
	}
	return NULL;
}

/*
 * A column of the trigger's table as an expression over the transition table
 * "n"; *type is what it is.  Raises 42703 and 42804.
 */
static char *
column_expression(const TriggerData *trigdata, int arg, ColumnUse use, Oid *type)
{
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	const char *name = trigdata->tg_trigger->tgargs[arg];
	int			attnum = SPI_fnumber(desc, name);

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						name, RelationGetRelationName(trigdata->tg_relation)),
				 errdetail("Trigger \"%s\" names it in its arguments.",
						   trigdata->tg_trigger->tgname)));
	*type = TupleDescAttr(desc, attnum - 1)->atttypid;
	if (!type_fits(*type, use))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" has type %s, but trigger \"%s\" needs %s",
						name, RelationGetRelationName(trigdata->tg_relation),
						format_type_be(*type), trigdata->tg_trigger->tgname, use_name(use))));
	return psprintf("n.%s", quote_identifier(name));
}

/*
 * The manager must have called an AFTER INSERT ... FOR EACH STATEMENT trigger
 * with a transition table and this many arguments.  Raises 39P01.
 */
static TriggerData *
statement_trigger(FunctionCallInfo fcinfo, const char *function, int min_args, int max_args)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", function)));
	if (!TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		trigdata->tg_trigger->tgnewtable == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" must be fired after INSERT, for each statement, with a transition table",
						trigdata->tg_trigger->tgname),
				 errhint("CREATE TRIGGER ... AFTER INSERT ON ... REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION %s(...)",
						 function)));
	if (trigdata->tg_trigger->tgnargs < min_args || trigdata->tg_trigger->tgnargs > max_args)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("trigger \"%s\" needs %d to %d column names as arguments, not %d",
						trigdata->tg_trigger->tgname, min_args, max_args,
						trigdata->tg_trigger->tgnargs)));
	return trigdata;
}

/*
 * Run the statement that adds events and returns an array of their addresses;
 * spread these.
 */
static void
add_events(const BounceCatalog *catalog, TriggerData *trigdata, const char *query, Datum *args,
		   int nargs, const Oid *types)
{
	BounceRights before;
	Datum		addresses;
	bool		isnull;

	/* before the snapshot, so that no decision about void events slips between */
	LockRelationOid(catalog->event_relation, RowExclusiveLock);
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(RelationGetRelid(trigdata->tg_relation), query, nargs, types),
					args, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	if (SPI_processed != 1)
		elog(ERROR, "adding events gave " UINT64_FORMAT " rows", SPI_processed);
	addresses = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		bounce_standing_spread(catalog, addresses);
}

static void
connect_trigger(TriggerData *trigdata)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_register_trigger_data(trigdata) != SPI_OK_TD_REGISTER)
		elog(ERROR, "SPI_register_trigger_data failed");
}

/* A time column; what otherwise says where there is no time of our era in it. */
static char *
time_expression(const TriggerData *trigdata, int arg, const char *otherwise)
{
	Oid			type;
	char	   *column = column_expression(trigdata, arg, COLUMN_TIME, &type);

	return psprintf("CASE WHEN %1$s OPERATOR(pg_catalog.>=) '0001-01-02' "
					"AND %1$s OPERATOR(pg_catalog.<=) '9999-12-30' "
					"THEN %1$s::pg_catalog.timestamptz ELSE %2$s END", column, otherwise);
}

/*
 * bounce_inbound('raw' [, 'received_at']): on the inbound-mail table.
 *
 * The time of an event is that of receipt, where there is a column for it:
 * dates inside a mail can be forged.  Mail that gives no event is listed in
 * bounce_unrecognised.
 */
PG_FUNCTION_INFO_V1(bounce_inbound);
Datum
bounce_inbound(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {TEXTOID, TEXTOID};
	TriggerData *trigdata = statement_trigger(fcinfo, "bounce_inbound", 1, 2);
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	const char *s = catalog->schema_name;
	Oid			type;
	char	   *raw = column_expression(trigdata, 0, COLUMN_MAIL, &type);
	const char *cast = getBaseType(type) == BYTEAOID ? "bytea" : "text";
	Datum		args[2];
	StringInfoData q;

	initStringInfo(&q);

	/*
	 * A date of the future is of no use, nor one of receipt that is infinite.
	 * The mail went out when it says so, unless that is out of the question.
	 */
	appendStringInfo(&q,
					 "WITH report AS MATERIALIZED ("
					 "SELECT r.*, t.at, %1$s.bounce_address(r.recipient) AS address, "
					 "CASE WHEN r.original_date OPERATOR(pg_catalog.<=) t.at "
					 "AND r.original_date OPERATOR(pg_catalog.>=) "
					 "(t.at OPERATOR(pg_catalog.-) '30 days'::pg_catalog.interval) "
					 "THEN r.original_date ELSE t.at END AS mailed_at, "
					 "CASE WHEN %1$s.bounce_address(r.recipient) IS NULL "
					 "THEN %1$s.bounce_headline(n.%2$s::pg_catalog.%3$s) END AS headline "
					 "FROM %4$s n "
					 "LEFT JOIN LATERAL %1$s.bounce_parse(n.%2$s::pg_catalog.%3$s) r ON true, "
					 "LATERAL (SELECT ",
					 s, raw + 2, cast, quote_identifier(trigdata->tg_trigger->tgnewtable));
	if (trigdata->tg_trigger->tgnargs > 1)
		appendStringInfo(&q, "%s AS at) t", time_expression(trigdata, 1, "pg_catalog.now()"));
	else
		appendStringInfoString(&q, "LEAST(r.happened_at, pg_catalog.now()) AS at) t");
	appendStringInfo(&q,
					 "), logged AS ("
					 "INSERT INTO %1$s.bounce_event (address, kind, at, sent_at, campaign, class, "
					 "reason, instant, status, reply_code, diagnostic, remote_mta, command, "
					 "final_recipient, rule, rules_version, format, void_id) "
					 "SELECT p.address, CASE "
					 "WHEN p.kind OPERATOR(pg_catalog.=) 'failed' THEN 'bounce' "
					 "WHEN p.kind OPERATOR(pg_catalog.=) 'delivered' THEN 'delivered' "
					 "WHEN p.kind OPERATOR(pg_catalog.=) 'unsubscribe' THEN 'unsubscribe' "
					 "WHEN p.reason OPERATOR(pg_catalog.=) 'complaint' THEN 'complaint' "
					 "ELSE 'notice' END::%1$s.bounce_event_kind, "
					 "p.at, p.mailed_at, p.campaign, p.class, p.reason, p.instant, p.status, "
					 "p.reply_code, p.diagnostic, p.remote_mta, p.command, "
					 "CASE WHEN p.final_recipient OPERATOR(pg_catalog.<>) p.recipient "
					 "THEN p.final_recipient END, p.rule, CASE "
					 "WHEN p.kind OPERATOR(pg_catalog.=) 'failed' "
					 "OR p.kind OPERATOR(pg_catalog.=) 'delayed' THEN $2 END, p.format, "
					 "CASE WHEN p.kind OPERATOR(pg_catalog.=) 'failed' THEN %2$s END "
					 "FROM report p WHERE p.address IS NOT NULL RETURNING address"
					 "), unread AS ("
					 "INSERT INTO %1$s.bounce_unrecognised (received_at, mail, message_id, sender, "
					 "subject, octets, format, recipient) "
					 "SELECT p.at, $1, (p.headline).message_id, (p.headline).sender, "
					 "(p.headline).subject, (p.headline).octets, p.format, p.recipient "
					 "FROM report p WHERE p.address IS NULL"
					 ") SELECT pg_catalog.array_agg(DISTINCT l.address) FROM logged l",
					 s, bounce_void_of_new(catalog, "p.address", "p.at", "p.reason", "p.diagnostic"));
	args[0] = CStringGetTextDatum(quote_qualified_identifier(SPI_getnspname(trigdata->tg_relation),
															 SPI_getrelname(trigdata->tg_relation)));
	args[1] = PointerGetDatum(bounce_rules_version_current(catalog));
	connect_trigger(trigdata);
	add_events(catalog, trigdata, q.data, args, 2, types);
	SPI_finish();
	return PointerGetDatum(NULL);
}

/*
 * Events that are no mail: one a row with a valid address.  Arguments of the
 * trigger are the columns of the address, the campaign and the time; a missing
 * or infinite time is now.  sent_arg is the argument that names the column with
 * the time of sending, 0 where there is none and the time itself serves.
 */
static void
add_row_events(FunctionCallInfo fcinfo, TriggerData *trigdata, const char *kind, int sent_arg)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	const char *campaign = "NULL";
	const char *at = "pg_catalog.now()";
	const char *sent_at;
	Oid			type;
	char	   *email = column_expression(trigdata, 0, COLUMN_ADDRESS, &type);
	char	   *query;

	if (trigdata->tg_trigger->tgnargs > 1)
		campaign = column_expression(trigdata, 1, COLUMN_KEY, &type);
	if (trigdata->tg_trigger->tgnargs > 2)
		at = time_expression(trigdata, 2, at);
	sent_at = sent_arg > 0 ? time_expression(trigdata, sent_arg, at) : at;
	query = psprintf("WITH logged AS ("
					 "INSERT INTO %1$s.bounce_event (address, kind, at, sent_at, campaign) "
					 "SELECT e.address, '%2$s'::%1$s.bounce_event_kind, e.at, "
					 "LEAST(e.sent_at, e.at), e.campaign "
					 "FROM (SELECT %1$s.bounce_address(%3$s::pg_catalog.text) AS address, "
					 "%4$s AS at, %7$s AS sent_at, %5$s::pg_catalog.text AS campaign FROM %6$s n) e "
					 "WHERE e.address IS NOT NULL RETURNING address) "
					 "SELECT pg_catalog.array_agg(DISTINCT l.address) FROM logged l",
					 catalog->schema_name, kind, email, at, campaign,
					 quote_identifier(trigdata->tg_trigger->tgnewtable), sent_at);
	connect_trigger(trigdata);
	add_events(catalog, trigdata, query, NULL, 0, NULL);
	SPI_finish();
}

/* bounce_opened('email' [, 'campaign' [, 'opened_at' [, kind [, 'sent_at']]]]) */
PG_FUNCTION_INFO_V1(bounce_opened);
Datum
bounce_opened(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = statement_trigger(fcinfo, "bounce_opened", 1, 5);
	const char *kind = "open";

	if (trigdata->tg_trigger->tgnargs > 3)
	{
		kind = trigdata->tg_trigger->tgargs[3];
		if (strcmp(kind, "open") != 0 && strcmp(kind, "click") != 0 && strcmp(kind, "reply") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" is no sign of life", kind),
					 errhint("The fourth argument of bounce_opened is open, click or reply.")));
	}
	add_row_events(fcinfo, trigdata, kind, trigdata->tg_trigger->tgnargs > 4 ? 4 : 0);
	return PointerGetDatum(NULL);
}

/* bounce_sent('email' [, 'campaign' [, 'sent_at']]) */
PG_FUNCTION_INFO_V1(bounce_sent);
Datum
bounce_sent(PG_FUNCTION_ARGS)
{
	add_row_events(fcinfo, statement_trigger(fcinfo, "bounce_sent", 1, 3), "sent", 0);
	return PointerGetDatum(NULL);
}

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
	if (!type_fits(TupleDescAttr(desc, email - 1)->atttypid, COLUMN_ADDRESS))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" has type %s, but trigger \"%s\" needs %s",
						NameStr(TupleDescAttr(desc, email - 1)->attname),
						RelationGetRelationName(trigdata->tg_relation),
						format_type_be(TupleDescAttr(desc, email - 1)->atttypid),
						trigdata->tg_trigger->tgname, use_name(COLUMN_ADDRESS))));
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
	if (address == NULL)
	{
		memset(shown.nulls, true, sizeof(shown.nulls));
		shown.nulls[BOUNCE_SHOWN_STATE] = false;
		shown.values[BOUNCE_SHOWN_STATE] = bounce_enum_datum(&catalog->state, BOUNCE_STATE_ACTIVE);
		shown.nulls[BOUNCE_SHOWN_HARD_RUN] = false;
		shown.values[BOUNCE_SHOWN_HARD_RUN] = Int16GetDatum(0);
		shown.nulls[BOUNCE_SHOWN_FAIL_RUN] = false;
		shown.values[BOUNCE_SHOWN_FAIL_RUN] = Int16GetDatum(0);
	}
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
