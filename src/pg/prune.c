/*-------------------------------------------------------------------------
 *
 * prune.c
 *	  bounce_prune(): remove old events that no standing needs.
 *
 * Which they are is said by bounce_prune_ids(), an aggregate over all events of
 * one address.  The standings stay what they are, so no contact is written.
 *
 * src/pg/prune.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/prune.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pg/compat.h"
#include "pg/pieces.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/settings.h"
#include "pg/target.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* The time before which events may go.  Raises 22004 and 22023. */
static TimestampTz
before_argument(FunctionCallInfo fcinfo, int arg)
{
	TimestampTz before;

	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"before\" must not be null")));
	before = PG_GETARG_TIMESTAMPTZ(arg);
	if (TIMESTAMP_NOT_FINITE(before))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"before\" must be finite")));
	return before;
}

/* ---------- The aggregate ---------- */

/* The arguments of the transition function, in its order. */
enum
{
	ARG_STATE,
	ARG_ID,
	ARG_KIND,
	ARG_IS_VOID,
	ARG_CAMPAIGN,
	ARG_SENT_AT,
	ARG_AT,
	ARG_BEFORE,
	ARG_COUNT
};

/* The state of one group: its events as they came. */
typedef struct PruneState
{
	TimestampTz before;
	bool		has_old;		/* one that happened before */
	BouncePruneEvent *events;
	size_t		count;
	size_t		room;
	BouncePieces campaigns;
} PruneState;

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function of bounce_prune_ids() called outside of an aggregate")));
	return context;
}

static PruneState *
new_state(MemoryContext context, TimestampTz before)
{
	PruneState *state = MemoryContextAllocZero(context, sizeof(PruneState));

	state->before = before;
	state->room = 8;
	state->events = MemoryContextAlloc(context, state->room * sizeof(BouncePruneEvent));
	return state;
}

/* Room for one more event; what events there are may move. */
static BouncePruneEvent *
add_event(PruneState *state)
{
	if (state->count == state->room)
	{
		state->room *= 2;
		state->events = repalloc_huge(state->events, state->room * sizeof(BouncePruneEvent));
	}
	return &state->events[state->count++];
}

/* Transition function.  A row that is no event is passed over, as by bounce_fold(). */
PG_FUNCTION_INFO_V1(bounce_prune_step);
Datum
bounce_prune_step(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	TimestampTz before = before_argument(fcinfo, ARG_BEFORE);
	PruneState *state = PG_ARGISNULL(ARG_STATE) ? new_state(context, before) :
		(PruneState *) PG_GETARG_POINTER(ARG_STATE);
	BouncePruneEvent *event;

	if (PG_ARGISNULL(ARG_ID) || PG_ARGISNULL(ARG_KIND) || PG_ARGISNULL(ARG_IS_VOID) ||
		PG_ARGISNULL(ARG_SENT_AT) || PG_ARGISNULL(ARG_AT))
		PG_RETURN_POINTER(state);
	event = add_event(state);
	memset(event, 0, sizeof(*event));
	event->id = PG_GETARG_INT64(ARG_ID);
	event->is_void = PG_GETARG_BOOL(ARG_IS_VOID);
	event->fact.effect = bounce_kind_effect((BounceEventKind)
											bounce_enum_code(&catalog->event_kind,
															 PG_GETARG_OID(ARG_KIND)));
	event->fact.sent_at = PG_GETARG_TIMESTAMPTZ(ARG_SENT_AT);
	event->fact.at = PG_GETARG_TIMESTAMPTZ(ARG_AT);
	event->fact.campaign = BOUNCE_SPAN_NONE;
	if (!PG_ARGISNULL(ARG_CAMPAIGN))
	{
		text	   *campaign = PG_GETARG_TEXT_PP(ARG_CAMPAIGN);

		event->fact.campaign = bounce_pieces_copy(&state->campaigns, context,
												  VARDATA_ANY(campaign),
												  VARSIZE_ANY_EXHDR(campaign));
	}
	if (event->fact.at < state->before)
		state->has_old = true;
	PG_RETURN_POINTER(state);
}

static int
compare_ids(const void *one, const void *other)
{
	int64		a = DatumGetInt64(*(const Datum *) one);
	int64		b = DatumGetInt64(*(const Datum *) other);

	return (a > b) - (a < b);
}

/* Final function. */
PG_FUNCTION_INFO_V1(bounce_prune_final);
Datum
bounce_prune_final(PG_FUNCTION_ARGS)
{
	PruneState *state = PG_ARGISNULL(0) ? NULL : (PruneState *) PG_GETARG_POINTER(0);
	void	   *work;
	Datum	   *ids;
	size_t		count;
	size_t		n = 0;

	aggregate_context(fcinfo);
	if (state == NULL || !state->has_old)
		PG_RETURN_NULL();
	if (state->count > BOUNCE_STANDING_MAX_FACTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an address cannot have more than %d events", BOUNCE_STANDING_MAX_FACTS)));
	work = MemoryContextAllocHuge(CurrentMemoryContext, bounce_prune_work_size(state->count));
	count = bounce_prune_mark(state->events, state->count, state->before, work);
	pfree(work);
	if (count == 0)
		PG_RETURN_NULL();
	ids = MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(Datum));
	for (size_t i = 0; i < state->count; i++)
	{
		if (state->events[i].removable)
			ids[n++] = Int64GetDatum(state->events[i].id);
	}
	qsort(ids, n, sizeof(Datum), compare_ids);
	PG_RETURN_ARRAYTYPE_P(construct_array(ids, (int) n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}

/* ---------- The procedure ---------- */

/* The ids of what may go of the events of "a"; %2$s is the parameter "before". */
#define IDS_OF_ADDRESS \
	"SELECT %1$s.bounce_prune_ids(e.id, e.kind, e.void_id IS NOT NULL, e.campaign, " \
	"e.sent_at, e.at, %2$s) AS ids " \
	"FROM %1$s.bounce_event e WHERE e.address OPERATOR(pg_catalog.=) a.address"

/* A run of the procedure. */
typedef struct PruneRun
{
	const BounceCatalog *catalog;
	TimestampTz before;
	int			batch;
	text	   *last;			/* address up to which all is done */
	int64		removed;
} PruneRun;

/*
 * The next addresses: true if there are any, and what of them has something to
 * remove as text[], or 0.  The index leads from one address to the next, and an
 * address without an old event is not looked at further.
 */
static bool
find_addresses(PruneRun *run, MemoryContext context, Datum *addresses)
{
	static const Oid types[] = {TEXTOID, INT4OID, TIMESTAMPTZOID};
	Datum		args[3];
	Datum		last;
	BounceRights before;
	MemoryContext old;
	char	   *query;

	query = psprintf("WITH RECURSIVE r(address) AS ("
					 "(SELECT e.address FROM %1$s.bounce_event e "
					 "WHERE e.address OPERATOR(pg_catalog.>) $1 ORDER BY e.address LIMIT 1) "
					 "UNION ALL SELECT (SELECT e.address FROM %1$s.bounce_event e "
					 "WHERE e.address OPERATOR(pg_catalog.>) r.address ORDER BY e.address LIMIT 1) "
					 "FROM r WHERE r.address IS NOT NULL) "
					 "SELECT pg_catalog.max(a.address), pg_catalog.array_agg(a.address) "
					 "FILTER (WHERE CASE WHEN EXISTS (SELECT FROM %1$s.bounce_event e "
					 "WHERE e.address OPERATOR(pg_catalog.=) a.address "
					 "AND e.at OPERATOR(pg_catalog.<) $3) "
					 "THEN (" IDS_OF_ADDRESS ") END IS NOT NULL) "
					 "FROM (SELECT r.address FROM r WHERE r.address IS NOT NULL LIMIT $2) a",
					 run->catalog->schema_name, "$3");
	args[0] = PointerGetDatum(run->last);
	args[1] = Int32GetDatum(run->batch);
	args[2] = TimestampTzGetDatum(run->before);
	bounce_rights_take(run->catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 3, types), args, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	if (!bounce_result_value(1, &last))
		return false;
	old = MemoryContextSwitchTo(context);
	pfree(run->last);
	run->last = DatumGetTextPCopy(last);
	MemoryContextSwitchTo(old);
	if (!bounce_result_value(2, addresses))
		*addresses = (Datum) 0;
	return true;
}

/*
 * Remove what may go of these addresses (text[]).
 *
 * Who is adding events is waited for, and waits: a late event of an old mail would
 * be folded with what goes, and the contact show what is not so any more.  So
 * the lock comes before the snapshot, and what was found before is asked again.
 */
static void
remove_events(PruneRun *run, Datum addresses)
{
	static const Oid types[] = {TEXTARRAYOID, TIMESTAMPTZOID};
	Datum		args[2];
	Datum		removed;
	BounceRights before;
	char	   *query;

	query = psprintf("WITH gone AS (DELETE FROM %1$s.bounce_event d "
					 "USING pg_catalog.unnest($1) a(address), LATERAL (" IDS_OF_ADDRESS ") p, "
					 "LATERAL pg_catalog.unnest(p.ids) u(id) "
					 "WHERE d.address OPERATOR(pg_catalog.=) a.address "
					 "AND d.id OPERATOR(pg_catalog.=) u.id RETURNING 1) "
					 "SELECT pg_catalog.count(*) FROM gone g",
					 run->catalog->schema_name, "$2");
	args[0] = addresses;
	args[1] = TimestampTzGetDatum(run->before);
	LockRelationOid(run->catalog->event_relation, ShareRowExclusiveLock);
	bounce_rights_take(run->catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 2, types), args, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	if (bounce_result_value(1, &removed))
		run->removed += DatumGetInt64(removed);
}

/* Prune the next addresses; false when there are no more. */
static bool
prune_batch(PruneRun *run)
{
	MemoryContext context = CurrentMemoryContext;
	Datum		addresses;
	bool		more;

	/* a connection for each batch: what it leaves behind goes with it */
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	more = find_addresses(run, context, &addresses);
	if (more && addresses != (Datum) 0)
		remove_events(run, addresses);
	SPI_finish();
	return more;
}

/* The row that the procedure returns. */
static Datum
result_row(FunctionCallInfo fcinfo, int64 removed)
{
	TupleDesc	desc;
	Datum		values[1] = {Int64GetDatum(removed)};
	bool		nulls[1] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/*
 * bounce_prune(before, batch, INOUT removed)
 *
 * Each batch is a transaction, unless the caller is in one.
 */
PG_FUNCTION_INFO_V1(bounce_prune);
Datum
bounce_prune(PG_FUNCTION_ARGS)
{
	bool		atomic = fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		((CallContext *) fcinfo->context)->atomic;
	PruneRun	run = {.before = before_argument(fcinfo, 0)};
	bool		more = true;

	PreventCommandIfReadOnly("bounce_prune()");

	/* what will happen until a time to come, nobody knows */
	if (run.before > GetCurrentTransactionStartTimestamp())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"before\" must not be later than now")));
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"batch\" must not be null")));
	run.batch = PG_GETARG_INT32(1);
	if (run.batch < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"batch\" must be at least 1, not %d", run.batch)));
	if (SPI_connect_ext(atomic ? 0 : SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect_ext failed");
	run.last = cstring_to_text("");
	while (more)
	{
		CHECK_FOR_INTERRUPTS();

		/* looked up anew, as between transactions nothing holds it */
		run.catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
		more = prune_batch(&run);
		if (!atomic)
			SPI_commit();
	}
	SPI_finish();
	PG_RETURN_DATUM(result_row(fcinfo, run.removed));
}
