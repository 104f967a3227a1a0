/*-------------------------------------------------------------------------
 *
 * undo.c
 *	  bounce_void(), bounce_unvoid(): events that are as if they had never come.
 *
 * A call leaves a decision in bounce_void_decision.  The last decision that
 * matches an event, the one with the greatest id, says whether it is void.  It
 * is carried out on the events that are there, and whoever adds a bounce asks
 * for it by bounce_void_of_new(): so it holds for what is told late, too.
 *
 * src/pg/undo.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/params.h"
#include "pg/address.h"
#include "pg/compat.h"
#include "pg/rights.h"
#include "pg/rows.h"
#include "pg/standing.h"
#include "pg/undo.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* Addresses that are folded together: bounds the memory. */
#define BATCH 10000

/* As much of a wrong argument is quoted in an error, in octets. */
#define MAX_QUOTED 200

/* The arguments of the form with conditions, in its order. */
enum
{
	ARG_DOMAIN,
	ARG_FROM,
	ARG_UNTIL,
	ARG_REASON,
	ARG_PATTERN,
	ARG_DRY_RUN,
	ARG_WHY,
	ARG_POLICY,
	ARG_COUNT
};

/* The arguments of the form with events, in its order. */
enum
{
	EVENTS_ARG_EVENTS,
	EVENTS_ARG_DRY_RUN,
	EVENTS_ARG_WHY
};

/* The parameters of all statements: $1, $2 ... */
enum
{
	PARAM_DOMAIN,
	PARAM_FROM,
	PARAM_UNTIL,
	PARAM_REASON,
	PARAM_PATTERN,
	PARAM_EVENTS,
	PARAM_ADDRESSES,			/* of the events in $6 */
	PARAM_IS_VOID,
	PARAM_WHY,
	PARAM_POLICY,
	PARAM_COUNT
};

typedef struct Decision
{
	bool		is_void;
	bool		dry_run;
	Oid			types[PARAM_COUNT];
	Datum		values[PARAM_COUNT];
	char		nulls[PARAM_COUNT];
	StringInfoData match;		/* whether an event "e" of the log is meant */
} Decision;

/*
 * What void_id a new bounce gets, as an expression over expressions for its
 * columns: the id of the last decision that matches it, if this says void.
 *
 * Decisions about single events name old ones, so they do not come into it.
 * With no decision at all it costs one look a statement.  Whoever runs it has
 * locked the log before the snapshot was taken: see undo().
 */
char *
bounce_void_of_new(const BounceCatalog *catalog, const char *address, const char *at,
				   const char *reason, const char *diagnostic)
{
	return psprintf("CASE WHEN EXISTS (SELECT FROM %1$s.bounce_void_decision) THEN ("
					"SELECT CASE WHEN d.is_void THEN d.id END FROM %1$s.bounce_void_decision d "
					"WHERE d.events IS NULL "
					"AND COALESCE(d.domain, '') OPERATOR(pg_catalog.=) ANY (ARRAY['', "
					"pg_catalog.split_part(%2$s, '@', -1)]) "
					"AND COALESCE(d.until, 'infinity') OPERATOR(pg_catalog.>) %3$s "
					"AND (d.\"from\" IS NULL OR d.\"from\" OPERATOR(pg_catalog.<=) %3$s) "
					"AND (d.reason IS NULL OR d.reason OPERATOR(pg_catalog.=) %4$s) "
					"AND (d.pattern IS NULL OR %5$s COLLATE pg_catalog.\"C\" "
					"OPERATOR(pg_catalog.~~*) d.pattern) "
					"ORDER BY d.id DESC LIMIT 1) END",
					catalog->schema_name, address, at, reason, diagnostic);
}

static void
put(Decision *decision, int param, Datum value)
{
	decision->values[param] = value;
	decision->nulls[param] = ' ';
}

/*
 * A plan for this decision alone: what its conditions are makes all the difference
 * to how the events are found.  It goes with the connection to SPI.
 */
static SPIPlanPtr
prepare(Decision *decision, const char *query)
{
	SPIPlanPtr	plan = SPI_prepare(query, PARAM_COUNT, decision->types);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s for %s", SPI_result_code_string(SPI_result), query);
	return plan;
}

/*
 * Run a statement of this decision as the owner of the log.  It sees what is
 * committed up to now, also what the snapshot of the transaction hides.
 */
static void
run(const BounceCatalog *catalog, Decision *decision, const char *query)
{
	BounceRights before;
	Snapshot	snapshot;
	int			result;

	bounce_rights_take(catalog->event_relation, &before);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	result = SPI_execute_snapshot(prepare(decision, query), decision->values, decision->nulls,
								  snapshot, InvalidSnapshot, false, true, 0);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_snapshot returned %s", SPI_result_code_string(result));
	UnregisterSnapshot(snapshot);
	bounce_rights_return(&before);
}

/*
 * Take an argument, if it is not NULL, with the condition that it makes; %d in
 * that is the number of its parameter.
 */
static void
take_condition(Decision *decision, FunctionCallInfo fcinfo, int arg, int param, const char *condition)
{
	if (PG_ARGISNULL(arg))
		return;
	put(decision, param, PG_GETARG_DATUM(arg));
	appendStringInfo(&decision->match, condition, param + 1);
}

/* The key of the domain argument; raises 22023 for what is no domain. */
static text *
domain_argument(FunctionCallInfo fcinfo)
{
	text	   *domain = PG_GETARG_TEXT_PP(ARG_DOMAIN);
	text	   *key = bounce_domain_key(domain);

	if (key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%.*s\" is no valid domain",
						pg_mbcliplen(VARDATA_ANY(domain), (int) VARSIZE_ANY_EXHDR(domain),
									 MAX_QUOTED), VARDATA_ANY(domain))));
	return key;
}

/*
 * A pattern that ends within an escape sequence is an error where it is matched:
 * once kept, it would be one for everybody who adds a bounce.  Raises 22025.
 */
static void
check_pattern(const text *pattern)
{
	const char *ptr = VARDATA_ANY(pattern);
	size_t		len = VARSIZE_ANY_EXHDR(pattern);
	bool		escaped = false;

	for (size_t i = 0; i < len; i++)
		escaped = !escaped && ptr[i] == '\\';
	if (escaped)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ESCAPE_SEQUENCE),
				 errmsg("pattern must not end with escape character")));
}

/*
 * The conditions on bounces, and the policy of the standings that are shown.  The
 * text of a server is compared without a locale, so that a decision means the
 * same everywhere.  Raises 22023.
 */
static void
take_window(Decision *decision, FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(ARG_DOMAIN) && PG_ARGISNULL(ARG_FROM) && PG_ARGISNULL(ARG_UNTIL) &&
		PG_ARGISNULL(ARG_REASON) && PG_ARGISNULL(ARG_PATTERN))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at least one condition must be given"),
				 errhint("Conditions are domain, \"from\", until, reason and pattern.")));
	if (!PG_ARGISNULL(ARG_FROM) && !PG_ARGISNULL(ARG_UNTIL) &&
		PG_GETARG_TIMESTAMPTZ(ARG_UNTIL) <= PG_GETARG_TIMESTAMPTZ(ARG_FROM))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"until\" must be later than \"from\"")));
	if (!PG_ARGISNULL(ARG_PATTERN))
		check_pattern(PG_GETARG_TEXT_PP(ARG_PATTERN));

	appendStringInfoString(&decision->match, "e.kind OPERATOR(pg_catalog.=) 'bounce'");
	take_condition(decision, fcinfo, ARG_DOMAIN, PARAM_DOMAIN,
				   " AND pg_catalog.split_part(e.address, '@', -1) OPERATOR(pg_catalog.=) $%d");
	if (!PG_ARGISNULL(ARG_DOMAIN))
		put(decision, PARAM_DOMAIN, PointerGetDatum(domain_argument(fcinfo)));
	take_condition(decision, fcinfo, ARG_FROM, PARAM_FROM,
				   " AND e.at OPERATOR(pg_catalog.>=) $%d");
	take_condition(decision, fcinfo, ARG_UNTIL, PARAM_UNTIL,
				   " AND e.at OPERATOR(pg_catalog.<) $%d");
	take_condition(decision, fcinfo, ARG_REASON, PARAM_REASON,
				   " AND e.reason OPERATOR(pg_catalog.=) $%d");
	take_condition(decision, fcinfo, ARG_PATTERN, PARAM_PATTERN,
				   " AND e.diagnostic COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.~~*) $%d");
	if (!PG_ARGISNULL(ARG_POLICY))
		put(decision, PARAM_POLICY, PG_GETARG_DATUM(ARG_POLICY));
}

/*
 * The events that are named.  Their addresses are what the log is indexed by;
 * neither ever changes, so they are found before anybody has to wait.  Raises
 * 22004 for a NULL, 22023 for no event and for one that does not exist.
 */
static void
take_events(Decision *decision, const BounceCatalog *catalog, FunctionCallInfo fcinfo)
{
	ArrayType  *events;
	bool		isnull;
	Datum		missing;

	if (PG_ARGISNULL(EVENTS_ARG_EVENTS) ||
		array_contains_nulls(PG_GETARG_ARRAYTYPE_P(EVENTS_ARG_EVENTS)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("number of an event must not be null")));
	events = PG_GETARG_ARRAYTYPE_P(EVENTS_ARG_EVENTS);
	if (ArrayGetNItems(ARR_NDIM(events), ARR_DIMS(events)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at least one event must be given")));
	put(decision, PARAM_POLICY, CStringGetTextDatum("default"));
	put(decision, PARAM_EVENTS, PointerGetDatum(events));
	run(catalog, decision,
		psprintf("WITH known AS MATERIALIZED (SELECT e.id, e.address FROM %1$s.bounce_event e "
				 "WHERE e.id OPERATOR(pg_catalog.=) ANY ($%2$d)) "
				 "SELECT (SELECT pg_catalog.array_agg(DISTINCT k.address) FROM known k), "
				 "(SELECT u.id FROM pg_catalog.unnest($%2$d) WITH ORDINALITY u(id, n) "
				 "WHERE NOT EXISTS (SELECT FROM known k WHERE k.id OPERATOR(pg_catalog.=) u.id) "
				 "ORDER BY u.n LIMIT 1)", catalog->schema_name, PARAM_EVENTS + 1));
	missing = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	if (!isnull)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("event %lld does not exist", (long long) DatumGetInt64(missing))));
	put(decision, PARAM_ADDRESSES,
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	appendStringInfo(&decision->match,
					 "e.address OPERATOR(pg_catalog.=) ANY ($%d) "
					 "AND e.id OPERATOR(pg_catalog.=) ANY ($%d)",
					 PARAM_ADDRESSES + 1, PARAM_EVENTS + 1);
}

/* The arguments that both forms have. */
static void
take_manner(Decision *decision, FunctionCallInfo fcinfo, int dry_run, int why)
{
	if (PG_ARGISNULL(dry_run))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"dry_run\" must not be null")));
	decision->dry_run = PG_GETARG_BOOL(dry_run);
	if (!PG_ARGISNULL(why))
		put(decision, PARAM_WHY, PG_GETARG_DATUM(why));
}

/*
 * The addresses of events that would change, sorted, with the standings before
 * and after, straight into the rows of the result.
 */
static void
show(const BounceCatalog *catalog, Decision *decision, Tuplestorestate *rows,
	 MemoryContext context)
{
	SPIExecuteOptions options = {.read_only = true};
	BounceRights before;
	char	   *fold;
	char	   *query;
	int			result;

	fold = psprintf("%1$s.bounce_fold(e.kind, e.class, e.reason, e.instant, e.campaign, e.sent_at, "
					"e.at, (SELECT v.settings FROM %1$s.bounce_policy_settings v "
					"WHERE v.policy OPERATOR(pg_catalog.=) $%2$d))",
					catalog->schema_name, PARAM_POLICY + 1);
	query = psprintf("SELECT f.address, f.changed, (f.b).state, (f.a).state, (f.b).delivery, "
					 "(f.a).delivery, (f.b).reason, (f.a).reason FROM ("
					 "SELECT e.address, c.changed, %2$s FILTER (WHERE e.void_id IS NULL) AS b, "
					 "%2$s FILTER (WHERE CASE WHEN %3$s THEN %4$s ELSE e.void_id IS NULL END) AS a "
					 "FROM (SELECT e.address, pg_catalog.count(*) AS changed "
					 "FROM %1$s.bounce_event e WHERE %3$s AND e.void_id %5$s GROUP BY e.address) c "
					 "JOIN %1$s.bounce_event e ON e.address OPERATOR(pg_catalog.=) c.address "
					 "GROUP BY e.address, c.changed) f ORDER BY f.address",
					 catalog->schema_name, fold, decision->match.data,
					 decision->is_void ? "false" : "true",
					 decision->is_void ? "IS NULL" : "IS NOT NULL");
	options.params = makeParamList(PARAM_COUNT);
	for (int i = 0; i < PARAM_COUNT; i++)
	{
		options.params->params[i].value = decision->values[i];
		options.params->params[i].isnull = decision->nulls[i] == 'n';
		options.params->params[i].pflags = PARAM_FLAG_CONST;
		options.params->params[i].ptype = decision->types[i];
	}
	options.dest = CreateTuplestoreDestReceiver();
	SetTuplestoreDestReceiverParams(options.dest, rows, context, false, NULL, NULL);

	bounce_rights_take(catalog->event_relation, &before);
	PushActiveSnapshot(GetLatestSnapshot());
	result = SPI_execute_plan_extended(prepare(decision, query), &options);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan_extended returned %s", SPI_result_code_string(result));
	PopActiveSnapshot();
	bounce_rights_return(&before);
	options.dest->rDestroy(options.dest);
}

/* Write the decision, and carry it out on the events that are there. */
static void
write_decision(const BounceCatalog *catalog, Decision *decision)
{
	run(catalog, decision,
		psprintf("WITH decision AS ("
				 "INSERT INTO %1$s.bounce_void_decision (domain, \"from\", until, reason, "
				 "pattern, events, is_void, why) VALUES ($%2$d, $%3$d, $%4$d, $%5$d, $%6$d, "
				 "$%7$d, $%8$d, $%9$d) RETURNING id"
				 "), marked AS ("
				 "UPDATE %1$s.bounce_event e SET void_id = %10$s WHERE %11$s%12$s"
				 ") SELECT 1",
				 catalog->schema_name, PARAM_DOMAIN + 1, PARAM_FROM + 1, PARAM_UNTIL + 1,
				 PARAM_REASON + 1, PARAM_PATTERN + 1, PARAM_EVENTS + 1, PARAM_IS_VOID + 1,
				 PARAM_WHY + 1,
				 decision->is_void ? "(SELECT d.id FROM decision d)" : "NULL",
				 decision->match.data, decision->is_void ? "" : " AND e.void_id IS NOT NULL"));
}

/* Bring the contacts of all addresses of the result up to the log, batch by batch. */
static void
spread_rows(const BounceCatalog *catalog, Tuplestorestate *rows, TupleDesc desc)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	bool		more = true;

	while (more)
	{
		Datum	   *addresses;
		int			n = 0;
		bool		isnull;

		CHECK_FOR_INTERRUPTS();

		/* a connection for each batch: what it leaves behind goes with it */
		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "SPI_connect failed");
		addresses = palloc(sizeof(Datum) * BATCH);
		while (n < BATCH && (more = tuplestore_gettupleslot(rows, true, false, slot)))
			addresses[n++] = PointerGetDatum(DatumGetTextPCopy(slot_getattr(slot, 1, &isnull)));

		/* it may hold a tuple that was read into this connection's memory */
		ExecClearTuple(slot);
		if (n > 0)
			bounce_standing_spread(catalog,
								   PointerGetDatum(construct_array(addresses, n, TEXTOID, -1, false,
																   TYPALIGN_INT)));
		SPI_finish();
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_rescan(rows);
}

/*
 * bounce_void() and bounce_unvoid(), in both forms.
 *
 * Sessions that are just adding events are waited for, since their events
 * cannot be seen before they commit; new ones wait, and then see the decision.
 * Those that write contacts are waited for as by who adds events.
 */
static Datum
undo(FunctionCallInfo fcinfo, bool is_void)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Tuplestorestate *rows = bounce_rows_begin(fcinfo);
	Decision	decision = {
		.is_void = is_void,
		.types = {
			TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, InvalidOid, TEXTOID, INT8ARRAYOID,
			TEXTARRAYOID, BOOLOID, TEXTOID, TEXTOID
		}
	};
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	decision.types[PARAM_REASON] = catalog->reason.type;
	memset(decision.nulls, 'n', sizeof(decision.nulls));
	put(&decision, PARAM_IS_VOID, BoolGetDatum(is_void));
	initStringInfo(&decision.match);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (PG_NARGS() == ARG_COUNT)
	{
		take_manner(&decision, fcinfo, ARG_DRY_RUN, ARG_WHY);
		take_window(&decision, fcinfo);
	}
	else
	{
		take_manner(&decision, fcinfo, EVENTS_ARG_DRY_RUN, EVENTS_ARG_WHY);
		take_events(&decision, catalog, fcinfo);
	}
	if (!decision.dry_run)
	{
		PreventCommandIfReadOnly(is_void ? "bounce_void()" : "bounce_unvoid()");
		LockRelationOid(catalog->event_relation, ShareRowExclusiveLock);
	}
	show(catalog, &decision, rows, result->econtext->ecxt_per_query_memory);
	if (!decision.dry_run)
		write_decision(catalog, &decision);
	SPI_finish();
	if (!decision.dry_run)
		spread_rows(catalog, rows, desc);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(bounce_void);
Datum
bounce_void(PG_FUNCTION_ARGS)
{
	return undo(fcinfo, true);
}

PG_FUNCTION_INFO_V1(bounce_unvoid);
Datum
bounce_unvoid(PG_FUNCTION_ARGS)
{
	return undo(fcinfo, false);
}
