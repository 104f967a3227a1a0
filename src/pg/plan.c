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
#include "pg/plan.h"
#include "utils/guc.h"
#include "utils/memutils.h"
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
	plan = SPI_prepare(query, nargs, unconstify(Oid *, types));
	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s for %s", SPI_result_code_string(SPI_result), query);
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
 * Run a plan and check that it did what it is for (an SPI_OK_ code).
 *
 * Every statement sees what was committed up to now: at the higher isolation
 * levels the snapshot of the transaction would hide events that others have
 * written, and the state must be that of the whole log.  A contact that the
 * transaction itself could not see is a serialization failure (40001).
 *
 * by_index forbids sequential scans: a plan that was made while a table was
 * small must not stay when it has grown.  Only for statements that run no code
 * of a user.
 */
void
bounce_plan_run(SPIPlanPtr plan, Datum *values, const char *nulls, int expected, bool by_index)
{
	Snapshot	snapshot = InvalidSnapshot;
	Snapshot	crosscheck = InvalidSnapshot;
	int			level = 0;
	int			result;

	if (IsolationUsesXactSnapshot())
	{
		/* as ri_PerformCheck() does: what this hides from us is an error */
		if (expected == SPI_OK_UPDATE)
			crosscheck = GetTransactionSnapshot();
		snapshot = RegisterSnapshot(GetLatestSnapshot());
	}
	if (by_index)
	{
		level = NewGUCNestLevel();
		(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	}
	result = SPI_execute_snapshot(plan, values, nulls, snapshot, crosscheck,
								  false, true, 0);
	if (by_index)
		AtEOXact_GUC(false, level);
	if (snapshot != InvalidSnapshot)
		UnregisterSnapshot(snapshot);
	if (result == SPI_OK_REWRITTEN)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("contact tables with rules on UPDATE are not supported")));
	if (result != expected)
		elog(ERROR, "SPI_execute_snapshot returned %s", SPI_result_code_string(result));
}
