/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  Statements that are planned once per backend.
 *
 * src/pg/plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/tstoreReceiver.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "pg/plan.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

/* One kept plan.  There are about ten of them for each attached table. */
typedef struct KeptPlan
{
	struct KeptPlan *next;
	Oid			relation;
	int			nargs;
	Oid			types[BOUNCE_PLAN_MAX_ARGS];
	SPIPlanPtr	plan;
	char		query[FLEXIBLE_ARRAY_MEMBER];
} KeptPlan;

static KeptPlan *kept_plans = NULL;

/*
 * The plan for a statement, from the cache of this backend if possible.
 *
 * relation is what a transition table belongs to, so that tables with equal
 * triggers do not share a plan; InvalidOid where there is none.  Whoever calls
 * is connected to SPI and has registered its trigger data.  PostgreSQL makes
 * the plan anew when something that it uses has changed.
 */
SPIPlanPtr
bounce_plan(Oid relation, const char *query, int nargs, const Oid *types)
{
	KeptPlan   *kept;
	SPIPlanPtr	plan;
	size_t		len = strlen(query);

	Assert(nargs <= BOUNCE_PLAN_MAX_ARGS);
	for (kept = kept_plans; kept != NULL; kept = kept->next)
	{
		if (kept->relation == relation && kept->nargs == nargs &&
			(nargs == 0 || memcmp(kept->types, types, nargs * sizeof(Oid)) == 0) &&
			strcmp(kept->query, query) == 0)
			return kept->plan;
	}

	/*
	 * What is known of the arguments is that arrays may be of any length: planning
	 * for each would cost more than it gains.
	 */
	plan = SPI_prepare_cursor(query, nargs, unconstify(Oid *, types), CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor returned %s for %s", SPI_result_code_string(SPI_result), query);
	kept = MemoryContextAlloc(TopMemoryContext, offsetof(KeptPlan, query) + len + 1);
	kept->relation = relation;
	kept->nargs = nargs;
	if (nargs > 0)
		memcpy(kept->types, types, nargs * sizeof(Oid));
	memcpy(kept->query, query, len + 1);
	kept->plan = plan;
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "could not keep the plan for %s", query);
	kept->next = kept_plans;
	kept_plans = kept;
	return kept->plan;
}

/*
 * Plan it now, if that has to be done, and without sequential scans: a plan that was
 * made while a table was small must not stay when it has grown.  The settings are gone
 * when the plan runs, for that may run code of a user.
 */
static void
make_plan(SPIPlanPtr plan)
{
	int			level = NewGUCNestLevel();
	CachedPlan *cached;

	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);

	/* what costs so much for that alone must not be compiled */
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	cached = SPI_plan_get_cached_plan(plan);
	if (cached != NULL)
		ReleaseCachedPlan(cached, CurrentResourceOwner);
	AtEOXact_GUC(false, level);
}

/* Has a plan done what it is for? */
static void
check_result(int result, int expected)
{
	if (result == SPI_OK_REWRITTEN)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("tables with rules INSTEAD of UPDATE are not supported")));
	if (result != expected)
		elog(ERROR, "running a plan returned %s", SPI_result_code_string(result));
}

/*
 * Run a plan and check that it did what it is for (an SPI_OK_ code).
 *
 * Every statement sees what was committed up to now: at the higher isolation
 * levels the snapshot of the transaction would hide events that others have
 * written, and the state must be that of the whole log.  A contact that the
 * transaction itself could not see is a serialization failure (40001).
 */
void
bounce_plan_run(SPIPlanPtr plan, Datum *values, const char *nulls, int expected)
{
	Snapshot	snapshot = InvalidSnapshot;
	Snapshot	crosscheck = InvalidSnapshot;
	int			result;

	if (IsolationUsesXactSnapshot())
	{
		/* as ri_PerformCheck() does: what this hides from us is an error */
		if (expected == SPI_OK_UPDATE)
			crosscheck = GetTransactionSnapshot();
		snapshot = RegisterSnapshot(GetLatestSnapshot());
	}
	make_plan(plan);
	result = SPI_execute_snapshot(plan, values, nulls, snapshot, crosscheck,
								  false, true, 0);
	if (snapshot != InvalidSnapshot)
		UnregisterSnapshot(snapshot);
	check_result(result, expected);
}

/*
 * Run a plan for the caller's own isolation level, and put the rows that it returns
 * into a tuplestore, as they are kept beyond work_mem on disk.
 */
void
bounce_plan_fill(SPIPlanPtr plan, const Datum *values, int nargs, const Oid *types, int expected,
				 Tuplestorestate *rows)
{
	SPIExecuteOptions options = {.params = makeParamList(nargs)};

	for (int i = 0; i < nargs; i++)
	{
		options.params->params[i].value = values[i];
		options.params->params[i].isnull = false;
		options.params->params[i].pflags = PARAM_FLAG_CONST;
		options.params->params[i].ptype = types[i];
	}
	options.dest = CreateTuplestoreDestReceiver();
	SetTuplestoreDestReceiverParams(options.dest, rows, CurrentMemoryContext, false, NULL, NULL);
	make_plan(plan);
	check_result(SPI_execute_plan_extended(plan, &options), expected);
	options.dest->rDestroy(options.dest);
}
