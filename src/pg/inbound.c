/*-------------------------------------------------------------------------
 *
 * inbound.c
 *	  Returned mail into the log: bounce_inbound() by a trigger, bounce_process() in batches.
 *
 * Both read rows "n" that a statement of the executor has left in a tuplestore: the
 * trigger those of its transition table, the other those that it has marked.
 *
 * src/pg/inbound.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pg/compat.h"
#include "pg/events.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/rules_version.h"
#include "pg/source.h"
#include "pg/trigger.h"
#include "pg/undo.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

/* Where mail is read from. */
typedef struct Inbound
{
	Oid			relation;		/* the inbound table */
	const char *rows;			/* read as "n" */
	const char *mail;			/* bytea or text, over "n" */
	const char *at;				/* when it came, over "n"; NULL: not known */
} Inbound;

/*
 * Read the mails and write what they tell.
 *
 * The time of an event is that of receipt, where it is known: dates inside a
 * mail can be forged.  Mail that gives no event is listed in bounce_unrecognised.
 */
static void
add_mail(const BounceCatalog *catalog, const Inbound *inbound, Oid transition_of)
{
	static const Oid types[] = {TEXTOID, TEXTOID};
	const char *s = catalog->schema_name;
	BounceFacts facts = {.relation = transition_of};
	Datum		args[2];

	/*
	 * A date of the future is of no use, nor one of receipt that is infinite.
	 * The mail went out when it says so, unless that is out of the question.
	 */
	facts.query = psprintf("SELECT r.address, CASE "
						   "WHEN r.kind OPERATOR(pg_catalog.=) 'failed' THEN 'bounce' "
						   "WHEN r.kind OPERATOR(pg_catalog.=) 'delivered' THEN 'delivered' "
						   "WHEN r.kind OPERATOR(pg_catalog.=) 'unsubscribe' THEN 'unsubscribe' "
						   "WHEN r.reason OPERATOR(pg_catalog.=) 'complaint' THEN 'complaint' "
						   "ELSE 'notice' END::%1$s.bounce_event_kind AS kind, "
						   "r.at, CASE WHEN r.original_date OPERATOR(pg_catalog.<=) r.at "
						   "AND r.original_date OPERATOR(pg_catalog.>=) "
						   "(r.at OPERATOR(pg_catalog.-) '30 days'::pg_catalog.interval) "
						   "THEN r.original_date ELSE r.at END AS sent_at, "
						   "r.campaign, r.class, r.reason, r.instant, r.status, "
						   "r.reply_code, r.diagnostic, r.remote_mta, r.command, "
						   "CASE WHEN r.final_recipient OPERATOR(pg_catalog.<>) r.recipient "
						   "THEN r.final_recipient END AS final_recipient, r.rule, CASE "
						   "WHEN r.kind OPERATOR(pg_catalog.=) 'failed' "
						   "OR r.kind OPERATOR(pg_catalog.=) 'delayed' THEN $2 END AS rules_version, "
						   "r.format, CASE WHEN r.kind OPERATOR(pg_catalog.=) 'failed' "
						   "THEN %2$s END AS void_id, r.recipient, "
						   "CASE WHEN r.address IS NULL THEN %1$s.bounce_headline(r.mail) END AS headline "
						   "FROM (SELECT p.*, t.at, %3$s AS mail, "
						   "%1$s.bounce_address(p.recipient) AS address FROM %4$s n "
						   "LEFT JOIN LATERAL %1$s.bounce_parse(%3$s) p ON true, "
						   "LATERAL (SELECT %5$s AS at) t) r",
						   s, bounce_void_of_new(catalog, "r.address", "r.at", "r.reason", "r.diagnostic"),
						   inbound->mail, inbound->rows,
						   inbound->at == NULL ? "LEAST(p.happened_at, pg_catalog.now())" : inbound->at);
	facts.columns = "address, kind, at, sent_at, campaign, class, reason, instant, status, "
		"reply_code, diagnostic, remote_mta, command, final_recipient, rule, rules_version, "
		"format, void_id";
	facts.also = psprintf(", unread AS ("
						  "INSERT INTO %s.bounce_unrecognised (received_at, mail, message_id, sender, "
						  "subject, octets, format, recipient) "
						  "SELECT f.at, $1, (f.headline).message_id, (f.headline).sender, "
						  "(f.headline).subject, (f.headline).octets, f.format, f.recipient "
						  "FROM fact f WHERE f.address IS NULL)", s);
	args[0] = CStringGetTextDatum(quote_qualified_identifier(get_namespace_name(get_rel_namespace(inbound->relation)),
															 get_rel_name(inbound->relation)));
	args[1] = PointerGetDatum(bounce_rules_version_current(catalog));
	bounce_events_add(catalog, &facts, args, 2, types);
}

/* bounce_inbound('raw' [, 'received_at']): on the inbound-mail table */
PG_FUNCTION_INFO_V1(bounce_inbound);
Datum
bounce_inbound(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = bounce_statement_trigger(fcinfo, "bounce_inbound", 1, 2);
	char	  **args = trigdata->tg_trigger->tgargs;
	BounceSource source = bounce_source_of_trigger(trigdata);
	Oid			type;
	Inbound		inbound = {
		.relation = RelationGetRelid(trigdata->tg_relation),
		.rows = quote_identifier(trigdata->tg_trigger->tgnewtable),
		.mail = bounce_mail_column(&source, args[0], &type)
	};

	if (trigdata->tg_trigger->tgnargs > 1)
		inbound.at = bounce_time_column(&source, args[1], "pg_catalog.now()");
	bounce_connect_trigger(trigdata);
	add_mail(bounce_catalog(fcinfo->flinfo->fn_oid), &inbound, inbound.relation);
	SPI_finish();
	return PointerGetDatum(NULL);
}

/* The arguments of bounce_process(), in its order. */
enum
{
	ARG_MAIL,
	ARG_BATCH,
	ARG_RAW,
	ARG_RECEIVED_AT,
	ARG_MARK
};

/* What is read of a mail that was marked; also the name of its rows. */
#define MARKED "marked"
#define MARKED_RAW "raw"
#define MARKED_AT "at"

/* The name of a column, which must be given; raises 22004. */
static const char *
name_argument(FunctionCallInfo fcinfo, int arg, const char *what)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not be null", what)));
	return NameStr(*PG_GETARG_NAME(arg));
}

/* Raises 22004 and 22023. */
static int32
batch_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(ARG_BATCH))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"batch\" must not be null")));
	if (PG_GETARG_INT32(ARG_BATCH) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"batch\" must be at least 1, not %d", PG_GETARG_INT32(ARG_BATCH))));
	return PG_GETARG_INT32(ARG_BATCH);
}

/*
 * The inbound table, opened to be written.  Raises 22004 for NULL, 42P01 and 42809 for
 * what is no table, and 42501 for who does not own it.
 */
static Relation
mail_argument(FunctionCallInfo fcinfo)
{
	Oid			relid;
	char		kind;
	Relation	relation;

	if (PG_ARGISNULL(ARG_MAIL))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"mail\" must not be null")));
	relid = PG_GETARG_OID(ARG_MAIL);
	if (get_rel_name(relid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (!bounce_owns_relation(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(relid));
	kind = get_rel_relkind(relid);
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", get_rel_name(relid))));
	relation = table_open(relid, RowExclusiveLock);

	/* until it was locked it may have been given away */
	if (!bounce_owns_relation(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(relid));
	return relation;
}

/* Mails that were marked, and what is read of them. */
typedef struct Marked
{
	Tuplestorestate *rows;
	TupleDesc	desc;
} Marked;

/*
 * Mark mails that are not marked yet and that nobody else is just marking, as the
 * owner of the table: its triggers may fire.
 */
static Marked
mark_mails(FunctionCallInfo fcinfo, Relation relation)
{
	static const Oid types[] = {INT4OID};
	int32		batch = batch_argument(fcinfo);
	Datum		limit = Int32GetDatum(batch);
	BounceSource source = {.relation = relation};
	BounceMark	mark = bounce_mark_column(&source, name_argument(fcinfo, ARG_MARK, "mark"));
	BounceRights before;
	Marked		marked;
	Oid			type;
	char	   *raw = bounce_mail_column(&source, name_argument(fcinfo, ARG_RAW, "raw"), &type);
	char	   *at = NULL;
	char	   *query;

	if (!PG_ARGISNULL(ARG_RECEIVED_AT))
		at = bounce_time_column(&source, NameStr(*PG_GETARG_NAME(ARG_RECEIVED_AT)),
								"pg_catalog.now()");

	/*
	 * The plan is kept, so it must not depend on the batch; but it has to know that
	 * only a few rows are wanted of all that are open.
	 */
	query = psprintf("UPDATE %1$s n SET %2$s = %3$s FROM ("
					 "SELECT o.tableoid, o.ctid FROM ("
					 "SELECT o.tableoid, o.ctid FROM %1$s o WHERE o.%2$s %4$s "
					 "LIMIT %8$u FOR UPDATE SKIP LOCKED) o LIMIT $1) l "
					 "WHERE n.tableoid OPERATOR(pg_catalog.=) l.tableoid "
					 "AND n.ctid OPERATOR(pg_catalog.=) l.ctid RETURNING %5$s%6$s%7$s",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
												RelationGetRelationName(relation)),
					 mark.column, mark.done, mark.open, raw, at == NULL ? "" : ", ",
					 at == NULL ? "" : at, pg_nextpower2_32((uint32) batch));
	marked.desc = CreateTemplateTupleDesc(at == NULL ? 1 : 2);
	TupleDescInitEntry(marked.desc, 1, MARKED_RAW, type, -1, 0);
	if (at != NULL)
		TupleDescInitEntry(marked.desc, 2, MARKED_AT, TIMESTAMPTZOID, -1, 0);
	bounce_desc_finalize(marked.desc);
	marked.rows = tuplestore_begin_heap(false, false, work_mem);
	bounce_rights_take(RelationGetRelid(relation), &before);
	bounce_plan_fill(bounce_plan(InvalidOid, query, 1, types), &limit, 1, types,
					 SPI_OK_UPDATE_RETURNING, marked.rows);
	bounce_rights_return(&before);
	return marked;
}

/* Let statements of this connection find the mails that were marked. */
static void
register_marked(const Marked *marked)
{
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));

	relation->md.name = MARKED;
	relation->md.tupdesc = marked->desc;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = (double) tuplestore_tuple_count(marked->rows);
	relation->reldata = marked->rows;
	if (SPI_register_relation(relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
}

/* bounce_process(mail, batch, raw, received_at, mark): returns how many were marked */
PG_FUNCTION_INFO_V1(bounce_process);
Datum
bounce_process(PG_FUNCTION_ARGS)
{
	Relation	relation;
	Inbound		inbound = {.rows = MARKED};
	Marked		marked;
	int64		count;

	PreventCommandIfReadOnly("bounce_process()");
	relation = mail_argument(fcinfo);
	inbound.relation = RelationGetRelid(relation);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	marked = mark_mails(fcinfo, relation);

	/* a mail that somebody changed meanwhile can only be marked as it is now */
	if (tuplestore_tuple_count(marked.rows) == 0)
	{
		tuplestore_end(marked.rows);
		marked = mark_mails(fcinfo, relation);
	}
	count = tuplestore_tuple_count(marked.rows);
	if (count > 0)
	{
		register_marked(&marked);
		inbound.mail = psprintf("n." MARKED_RAW "::pg_catalog.%s",
								TupleDescAttr(marked.desc, 0)->atttypid == BYTEAOID ? "bytea" : "text");
		if (!PG_ARGISNULL(ARG_RECEIVED_AT))
			inbound.at = "n." MARKED_AT;
		add_mail(bounce_catalog(fcinfo->flinfo->fn_oid), &inbound, InvalidOid);
	}
	tuplestore_end(marked.rows);
	SPI_finish();
	table_close(relation, NoLock);
	PG_RETURN_INT64(count);
}
