/*-------------------------------------------------------------------------
 *
 * fold.c
 *	  bounce_fold(): the aggregate around the state machine.
 *
 * src/pg/fold.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "pg/catalog.h"
#include "pg/compat.h"
#include "pg/pieces.h"
#include "pg/settings.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* The state of one group: its facts as they came. */
typedef struct FoldState
{
	BounceSettings settings;
	BounceFact *facts;
	size_t		count;
	size_t		room;
	BouncePieces campaigns;
} FoldState;

static FoldState *
new_state(MemoryContext context, const BounceSettings *settings)
{
	FoldState  *state = MemoryContextAlloc(context, sizeof(FoldState));

	state->settings = *settings;
	state->room = 8;
	state->count = 0;
	state->facts = MemoryContextAlloc(context, state->room * sizeof(BounceFact));
	memset(&state->campaigns, 0, sizeof(state->campaigns));
	return state;
}

/* Room for one more fact; what facts there are may move. */
static BounceFact *
add_fact(FoldState *state)
{
	if (state->count == state->room)
	{
		state->room *= 2;
		state->facts = repalloc_huge(state->facts, state->room * sizeof(BounceFact));
	}
	return &state->facts[state->count++];
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function of bounce_fold() called outside of an aggregate")));
	return context;
}

/* Can this time be reckoned with?  Infinite ones cannot. */
static bool
is_reckonable(FunctionCallInfo fcinfo, int arg)
{
	return !PG_ARGISNULL(arg) && !TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(arg));
}

/*
 * Transition function.  An event without a kind or a finite time, or a bounce
 * without class and reason, is passed over: a LEFT JOIN gives such rows.
 */
PG_FUNCTION_INFO_V1(bounce_fold_step);
Datum
bounce_fold_step(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	FoldState  *state = PG_ARGISNULL(0) ? NULL : (FoldState *) PG_GETARG_POINTER(0);
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	const BouncePolicy *policy = bounce_policy_argument(catalog, fcinfo, 8);
	BounceEventKind kind;
	BounceClass class = BOUNCE_CLASS_OTHER;
	BounceReason reason = BOUNCE_REASON_UNDETERMINED;
	BounceFact *fact;

	if (state == NULL)
		state = new_state(context, &policy->settings);
	if (PG_ARGISNULL(1) || !is_reckonable(fcinfo, 7))
		PG_RETURN_POINTER(state);
	kind = (BounceEventKind) bounce_enum_code(&catalog->event_kind, PG_GETARG_OID(1));
	if (kind == BOUNCE_EVENT_BOUNCE)
	{
		if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
			PG_RETURN_POINTER(state);
		class = (BounceClass) bounce_enum_code(&catalog->class, PG_GETARG_OID(2));
		reason = (BounceReason) bounce_enum_code(&catalog->reason, PG_GETARG_OID(3));
	}
	fact = add_fact(state);
	fact->effect = bounce_policy_effect(policy, kind, class, reason);
	fact->reason = reason;
	fact->instant = PG_ARGISNULL(4) ? bounce_reason_table[reason].instant : PG_GETARG_BOOL(4);
	if (policy->reason[reason].has_instant)
		fact->instant = policy->reason[reason].instant;
	fact->at = PG_GETARG_TIMESTAMPTZ(7);
	fact->sent_at = is_reckonable(fcinfo, 6) ? PG_GETARG_TIMESTAMPTZ(6) : fact->at;
	fact->campaign = BOUNCE_SPAN_NONE;
	if (!PG_ARGISNULL(5))
	{
		text	   *campaign = PG_GETARG_TEXT_PP(5);

		fact->campaign = bounce_pieces_copy(&state->campaigns, context,
											VARDATA_ANY(campaign), VARSIZE_ANY_EXHDR(campaign));
	}
	PG_RETURN_POINTER(state);
}

/* Combine function: the facts of both. */
PG_FUNCTION_INFO_V1(bounce_fold_combine);
Datum
bounce_fold_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	FoldState  *to = PG_ARGISNULL(0) ? NULL : (FoldState *) PG_GETARG_POINTER(0);
	FoldState  *from = PG_ARGISNULL(1) ? NULL : (FoldState *) PG_GETARG_POINTER(1);

	if (from == NULL && to == NULL)
		PG_RETURN_NULL();
	if (to == NULL)
		to = new_state(context, &from->settings);
	for (size_t i = 0; from != NULL && i < from->count; i++)
	{
		BounceFact *fact = add_fact(to);

		*fact = from->facts[i];
		if (fact->campaign.ptr != NULL)
			fact->campaign = bounce_pieces_copy(&to->campaigns, context,
												fact->campaign.ptr, fact->campaign.len);
	}
	PG_RETURN_POINTER(to);
}

/*
 * Serialization: settings, number of facts, facts.  Only ever read by the same
 * version of this library on the same machine, so structs go as they are; the
 * sizes are checked all the same.
 */
PG_FUNCTION_INFO_V1(bounce_fold_serialize);
Datum
bounce_fold_serialize(PG_FUNCTION_ARGS)
{
	FoldState  *state = (FoldState *) PG_GETARG_POINTER(0);
	StringInfoData out;

	aggregate_context(fcinfo);
	pq_begintypsend(&out);
	pq_sendbytes(&out, (const char *) &state->settings, sizeof(BounceSettings));
	pq_sendint64(&out, (int64) state->count);
	for (size_t i = 0; i < state->count; i++)
	{
		const BounceFact *fact = &state->facts[i];

		pq_sendbytes(&out, (const char *) fact, sizeof(BounceFact));
		if (fact->campaign.ptr != NULL)
			pq_sendbytes(&out, fact->campaign.ptr, (int) fact->campaign.len);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

PG_FUNCTION_INFO_V1(bounce_fold_deserialize);
Datum
bounce_fold_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	MemoryContext context;
	StringInfoData in;
	BounceSettings settings;
	FoldState  *state;
	int64		count;

	aggregate_context(fcinfo);

	/* the result lives in the context of the caller, who combines it at once */
	context = CurrentMemoryContext;
	initStringInfo(&in);
	appendBinaryStringInfo(&in, VARDATA_ANY(bytes), (int) VARSIZE_ANY_EXHDR(bytes));
	pq_copymsgbytes(&in, (char *) &settings, sizeof(settings));
	count = pq_getmsgint64(&in);
	state = new_state(context, &settings);
	for (int64 i = 0; i < count; i++)
	{
		BounceFact *fact = add_fact(state);

		pq_copymsgbytes(&in, (char *) fact, sizeof(BounceFact));
		if (fact->campaign.ptr != NULL)
		{
			const char *campaign = pq_getmsgbytes(&in, (int) fact->campaign.len);

			fact->campaign = bounce_pieces_copy(&state->campaigns, context,
												campaign, fact->campaign.len);
		}
	}
	pq_getmsgend(&in);
	pfree(in.data);
	PG_RETURN_POINTER(state);
}

static const char *
cause_name(BounceCause cause)
{
	switch (cause)
	{
		case BOUNCE_CAUSE_NONE:
			break;
		case BOUNCE_CAUSE_INSTANT:
			return "instant";
		case BOUNCE_CAUSE_CONSECUTIVE_HARD:
			return "consecutive_hard";
		case BOUNCE_CAUSE_SOFT_LIMIT:
			return "soft_limit";
	}
	return NULL;
}

static const char *
stop_name(BounceStop stop)
{
	switch (stop)
	{
		case BOUNCE_STOP_NONE:
			break;
		case BOUNCE_STOP_COMPLAINT:
			return "complaint";
		case BOUNCE_STOP_UNSUBSCRIBE:
			return "unsubscribe";
		case BOUNCE_STOP_SUPPRESS:
			return "suppress";
	}
	return NULL;
}

/* Final function; no event at all is active. */
PG_FUNCTION_INFO_V1(bounce_fold_final);
Datum
bounce_fold_final(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	FoldState  *state = PG_ARGISNULL(0) ? NULL : (FoldState *) PG_GETARG_POINTER(0);
	BounceStanding standing;
	Datum		values[9];
	bool		nulls[9] = {false};
	const char *cause;
	const char *stop;
	size_t		count = state == NULL ? 0 : state->count;
	void	   *work;

	aggregate_context(fcinfo);
	if (count > BOUNCE_STANDING_MAX_FACTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an address cannot have more than %d events", BOUNCE_STANDING_MAX_FACTS)));
	work = MemoryContextAllocHuge(CurrentMemoryContext, bounce_standing_work_size(count) + 1);
	bounce_standing_fold(state == NULL ? NULL : state->facts, count,
						 state == NULL ? &bounce_settings_default : &state->settings,
						 work, &standing);
	pfree(work);

	values[0] = bounce_enum_datum(&catalog->state, standing.state);
	values[1] = bounce_enum_datum(&catalog->state, standing.delivery);
	values[2] = Int32GetDatum((int32) Min(standing.hard_run, PG_INT32_MAX));
	values[3] = Int32GetDatum((int32) Min(standing.fail_run, PG_INT32_MAX));
	cause = cause_name(standing.cause);
	nulls[4] = cause == NULL;
	values[4] = cause == NULL ? (Datum) 0 : CStringGetTextDatum(cause);
	stop = stop_name(standing.stop);
	nulls[5] = stop == NULL;
	values[5] = stop == NULL ? (Datum) 0 : CStringGetTextDatum(stop);
	nulls[6] = !standing.has_confirmed_at;
	values[6] = TimestampTzGetDatum(standing.confirmed_at);
	nulls[7] = !standing.has_last_bounce;
	values[7] = standing.has_last_bounce ?
		bounce_enum_datum(&catalog->reason, standing.reason) : (Datum) 0;
	nulls[8] = !standing.has_last_bounce;
	values[8] = TimestampTzGetDatum(standing.last_bounce_at);
	return HeapTupleGetDatum(heap_form_tuple(catalog->standing, values, nulls));
}
