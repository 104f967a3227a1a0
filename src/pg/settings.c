/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  A policy as the fold wants it, read from its SQL value.
 *
 * src/pg/settings.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "pg/settings.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/timestamp.h"

/* The built-in policy: spec of bounce_policy's defaults and the reason table. */
void
bounce_policy_default(BouncePolicy *policy)
{
	policy->settings = bounce_settings_default;
	for (int i = 0; i < BOUNCE_REASON_COUNT; i++)
	{
		policy->reason[i].counts = bounce_reason_table[i].counts;
		policy->reason[i].has_instant = false;
		policy->reason[i].instant = false;
	}
}

/* The longest time that a setting can name: a hundred years. */
#define MAX_DAYS 36500

/* A number of the settings between min and max; a NULL leaves what stands. */
static void
read_number(HeapTupleHeader value, const char *name, int min, int max, int *number)
{
	bool		isnull;
	int			got = DatumGetInt32(GetAttributeByName(value, name, &isnull));

	if (isnull)
		return;
	if (got < min || got > max)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("setting \"%s\" must be between %d and %d, not %d",
						name, min, max, got)));
	*number = got;
}

static void
read_flag(HeapTupleHeader value, const char *name, bool *flag)
{
	bool		isnull;
	bool		got = DatumGetBool(GetAttributeByName(value, name, &isnull));

	if (!isnull)
		*flag = got;
}

/* One of the three arrays about reasons; returns how many elements it has. */
static int
read_array(HeapTupleHeader value, const char *name, Oid element, int16 size, bool byval,
		   char align, Datum **elements, bool **nulls)
{
	bool		isnull;
	Datum		datum = GetAttributeByName(value, name, &isnull);
	int			count;

	if (isnull)
		return 0;
	deconstruct_array(DatumGetArrayTypeP(datum), element, size, byval, align,
					  elements, nulls, &count);
	return count;
}

/*
 * Read a value of the SQL type bounce_settings.  What is NULL in it stands as
 * built in.  Raises 22023 for numbers out of range and arrays that do not match.
 */
void
bounce_policy_read(const BounceCatalog *catalog, HeapTupleHeader value, BouncePolicy *policy)
{
	int			days;
	Datum	   *reasons;
	Datum	   *counts;
	Datum	   *instants;
	bool	   *reason_nulls;
	bool	   *counts_nulls;
	bool	   *instant_nulls;
	int			n;

	bounce_policy_default(policy);
	read_number(value, "confirm_after", 1, PG_INT32_MAX, &policy->settings.confirm_after);
	read_flag(value, "instant", &policy->settings.instant);
	read_number(value, "soft_limit", 1, PG_INT32_MAX, &policy->settings.soft_limit);
	read_number(value, "soft_limit_engaged", 1, PG_INT32_MAX, &policy->settings.soft_limit_engaged);
	days = (int) (policy->settings.soft_min_span / USECS_PER_DAY);
	read_number(value, "soft_min_days", 0, MAX_DAYS, &days);
	policy->settings.soft_min_span = days * USECS_PER_DAY;
	days = (int) (policy->settings.engaged_grace / USECS_PER_DAY);
	read_number(value, "engaged_grace_days", 0, MAX_DAYS, &days);
	policy->settings.engaged_grace = days * USECS_PER_DAY;
	read_flag(value, "open_reopens_confirmed", &policy->settings.open_reopens_confirmed);

	n = read_array(value, "reasons", catalog->reason.type, 4, true, TYPALIGN_INT,
				   &reasons, &reason_nulls);
	if (n == 0)
		return;
	if (read_array(value, "reason_counts", catalog->counts.type, 4, true, TYPALIGN_INT,
				   &counts, &counts_nulls) != n ||
		read_array(value, "reason_instant", BOOLOID, 1, true, TYPALIGN_CHAR,
				   &instants, &instant_nulls) != n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the arrays of the settings must have the same length")));
	for (int i = 0; i < n; i++)
	{
		BounceReasonPolicy *reason;

		if (reason_nulls[i])
			continue;
		reason = &policy->reason[bounce_enum_code(&catalog->reason, DatumGetObjectId(reasons[i]))];
		if (!counts_nulls[i])
			reason->counts = (BounceCounts) bounce_enum_code(&catalog->counts,
															 DatumGetObjectId(counts[i]));
		if (!instant_nulls[i])
		{
			reason->has_instant = true;
			reason->instant = DatumGetBool(instants[i]);
		}
	}
}

/* What a function remembers, from call to call, of its settings argument. */
typedef struct ArgumentPolicy
{
	BouncePolicy policy;
	Datum		settings;		/* the value that policy was read from, copied */
	bool		has_settings;
} ArgumentPolicy;

/*
 * The policy that an argument of type bounce_settings holds; the built-in one
 * where it is NULL, or where the function has no such argument.  It is the same
 * value for all rows of a query, so it is read again only when it differs.
 * Takes the fn_extra of the caller for that.
 */
const BouncePolicy *
bounce_policy_argument(const BounceCatalog *catalog, FunctionCallInfo fcinfo, int arg)
{
	ArgumentPolicy *kept = fcinfo->flinfo->fn_extra;
	bool		has_settings = PG_NARGS() > arg && !PG_ARGISNULL(arg);

	if (kept == NULL)
	{
		kept = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(ArgumentPolicy));
		kept->has_settings = false;
		bounce_policy_default(&kept->policy);
		fcinfo->flinfo->fn_extra = kept;
	}
	if (has_settings &&
		!(kept->has_settings &&
		  datumIsEqual(kept->settings, PG_GETARG_DATUM(arg), false, -1)))
	{
		MemoryContext old;

		bounce_policy_read(catalog, PG_GETARG_HEAPTUPLEHEADER(arg), &kept->policy);
		old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		if (kept->has_settings)
			pfree(DatumGetPointer(kept->settings));
		kept->settings = datumCopy(PG_GETARG_DATUM(arg), false, -1);
		kept->has_settings = true;
		MemoryContextSwitchTo(old);
	}
	else if (!has_settings && kept->has_settings)
	{
		pfree(DatumGetPointer(kept->settings));
		kept->has_settings = false;
		bounce_policy_default(&kept->policy);
	}
	return &kept->policy;
}

/* What does an event of this kind do?  A bounce is HARD, if its reason says no other. */
BounceEffect
bounce_kind_effect(BounceEventKind kind)
{
	switch (kind)
	{
		case BOUNCE_EVENT_BOUNCE:
			break;
		case BOUNCE_EVENT_NOTICE:
			return BOUNCE_EFFECT_NEUTRAL;
		case BOUNCE_EVENT_SENT:
			return BOUNCE_EFFECT_SENT;
		case BOUNCE_EVENT_DELIVERED:
			return BOUNCE_EFFECT_DELIVERED;
		case BOUNCE_EVENT_OPEN:
		case BOUNCE_EVENT_CLICK:
		case BOUNCE_EVENT_REPLY:
			return BOUNCE_EFFECT_LIFE;
		case BOUNCE_EVENT_COMPLAINT:
			return BOUNCE_EFFECT_COMPLAINT;
		case BOUNCE_EVENT_UNSUBSCRIBE:
			return BOUNCE_EFFECT_UNSUBSCRIBE;
		case BOUNCE_EVENT_SUPPRESS:
			return BOUNCE_EFFECT_SUPPRESS;
		case BOUNCE_EVENT_RELEASE:
			return BOUNCE_EFFECT_RELEASE;
		case BOUNCE_EVENT_RESET:
			return BOUNCE_EFFECT_RESET;
	}
	return BOUNCE_EFFECT_HARD;
}

/* What does an event of this kind do under a policy?  For a bounce its reason says it. */
BounceEffect
bounce_policy_effect(const BouncePolicy *policy, BounceEventKind kind, BounceClass class,
					 BounceReason reason)
{
	if (kind != BOUNCE_EVENT_BOUNCE)
		return bounce_kind_effect(kind);
	switch (policy->reason[reason].counts)
	{
		case BOUNCE_COUNTS_HARD:
			return BOUNCE_EFFECT_HARD;
		case BOUNCE_COUNTS_SOFT:
			return BOUNCE_EFFECT_SOFT;
		case BOUNCE_COUNTS_BY_CLASS:
			if (class == BOUNCE_CLASS_HARD)
				return BOUNCE_EFFECT_HARD;
			return class == BOUNCE_CLASS_SOFT ? BOUNCE_EFFECT_SOFT : BOUNCE_EFFECT_NEUTRAL;
		case BOUNCE_COUNTS_NEVER:
		case BOUNCE_COUNTS_STOP:
		case BOUNCE_COUNTS_LIFE:
			break;
	}
	return BOUNCE_EFFECT_NEUTRAL;
}
