/*-------------------------------------------------------------------------
 *
 * standing.c
 *	  From the log to the contact rows.
 *
 * Whoever adds events calls bounce_standing_spread() with their addresses.  It
 * locks the addresses, against contacts that others are just writing (lock.c), and
 * in each contact table the rows that hold one of them; then it folds the log as it
 * is then, and updates what differs.  The row locks make those wait for each other,
 * before they fold, who have locked all addresses instead; so the last one has seen
 * the events of all.
 *
 * The log is read as its owner, the contacts are written as theirs.
 *
 * src/pg/standing.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/standing.h"
#include "pg/target.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

const char *const bounce_shown_columns[BOUNCE_SHOWN_COUNT] =
{
	"bounce_state", "bounce_hard_run", "bounce_fail_run", "bounce_reason", "bounce_at"
};

/*
 * Depth of triggers at which our own UPDATE of contacts runs, -1 when none
 * does.  Its row triggers are one deeper; an UPDATE by a trigger of the contact
 * table, which is not ours, is deeper still.
 */
static int	spreading_depth = -1;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

/* Is the trigger that asks fired by our own UPDATE? */
bool
bounce_standing_is_spreading(void)
{
	return spreading_depth >= 0 && trigger_depth() == spreading_depth + 1;
}

/*
 * The columns of a contact row out of a standing "s", with their names; runs
 * that a smallint does not hold stay at its largest value.
 */
#define SHOWN_OF_STANDING \
	"(f.s).state AS state, " \
	"LEAST((f.s).hard_run, 32767)::pg_catalog.int2 AS hard_run, " \
	"LEAST((f.s).fail_run, 32767)::pg_catalog.int2 AS fail_run, " \
	"(f.s).reason AS reason, (f.s).last_bounce_at AS at "

/* The fold of the events "e", under the policy in $2. */
#define FOLD_OF_EVENTS \
	"%1$s.bounce_fold(e.kind, e.class, e.reason, e.instant, e.campaign, e.sent_at, e.at, " \
	"(SELECT v.settings FROM %1$s.bounce_policy_settings v " \
	"WHERE v.policy OPERATOR(pg_catalog.=) $2))"

/*
 * Has an address an event without which it is active, whatever else has
 * happened?  By far the most have none.
 */
#define TROUBLE_OF(address) \
	"SELECT true FROM %1$s.bounce_event t WHERE t.address OPERATOR(pg_catalog.=) " address " " \
	"AND t.kind OPERATOR(pg_catalog.=) " \
	"ANY ('{bounce,complaint,unsubscribe,suppress}'::%1$s.bounce_event_kind[]) LIMIT 1"

/* What a contact shows whose address has nothing against it. */
void
bounce_standing_active(const BounceCatalog *catalog, BounceShown *shown)
{
	memset(shown->nulls, true, sizeof(shown->nulls));
	shown->nulls[BOUNCE_SHOWN_STATE] = false;
	shown->values[BOUNCE_SHOWN_STATE] = bounce_enum_datum(&catalog->state, BOUNCE_STATE_ACTIVE);
	shown->nulls[BOUNCE_SHOWN_HARD_RUN] = false;
	shown->values[BOUNCE_SHOWN_HARD_RUN] = Int16GetDatum(0);
	shown->nulls[BOUNCE_SHOWN_FAIL_RUN] = false;
	shown->values[BOUNCE_SHOWN_FAIL_RUN] = Int16GetDatum(0);
}

/*
 * What a contact with this address shows; for a row that is being written.
 * Connects to SPI by itself.
 */
void
bounce_standing_show(const BounceCatalog *catalog, text *address, const char *policy,
					 BounceShown *shown)
{
	static const Oid types[] = {TEXTOID, TEXTOID};
	BounceRights before;
	Datum		values[2];
	char	   *trouble;
	char	   *query;

	trouble = psprintf(TROUBLE_OF("$1"), catalog->schema_name);
	query = psprintf("SELECT " SHOWN_OF_STANDING "FROM (SELECT " FOLD_OF_EVENTS " AS s "
					 "FROM %1$s.bounce_event e WHERE e.address OPERATOR(pg_catalog.=) $1 "
					 "AND e.void_id IS NULL) f",
					 catalog->schema_name);
	values[0] = PointerGetDatum(address);
	values[1] = CStringGetTextDatum(policy);
	bounce_rights_take(catalog->event_relation, &before);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");

	/* most have nothing to fold, and to find that out costs a fraction */
	bounce_plan_run(bounce_plan(InvalidOid, trouble, 1, types), values, NULL, SPI_OK_SELECT);
	if (SPI_processed == 0)
	{
		SPI_finish();
		bounce_rights_return(&before);
		bounce_standing_active(catalog, shown);
		return;
	}
	bounce_plan_run(bounce_plan(InvalidOid, query, 2, types), values, NULL, SPI_OK_SELECT);
	if (SPI_processed != 1)
		elog(ERROR, "fold of one address gave " UINT64_FORMAT " rows", SPI_processed);
	for (int i = 0; i < BOUNCE_SHOWN_COUNT; i++)
		shown->values[i] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1,
										 &shown->nulls[i]);

	/* all of them are passed by value, so they outlive SPI */
	SPI_finish();
	bounce_rights_return(&before);
}

/*
 * Fold the log for these addresses: arrays of equal length into values.  False when
 * there is nothing to fold.  Those that are active before and after an event may be
 * left out, but not where the log itself was changed.
 */
static bool
fold_addresses(const BounceCatalog *catalog, const char *policy, Datum addresses,
			   bool leave_active, Datum *values)
{
	static const Oid types[] = {TEXTARRAYOID, TEXTOID};
	BounceRights before;
	Datum		args[2];
	char	   *query;

	query = psprintf("SELECT pg_catalog.array_agg(g.a), pg_catalog.array_agg(g.state), "
					 "pg_catalog.array_agg(g.hard_run), pg_catalog.array_agg(g.fail_run), "
					 "pg_catalog.array_agg(g.reason), pg_catalog.array_agg(g.at) FROM ("
					 "SELECT f.a, " SHOWN_OF_STANDING
					 "FROM (SELECT DISTINCT d.a FROM pg_catalog.unnest($1) d(a) %2$s) u, "
					 "LATERAL (SELECT u.a, " FOLD_OF_EVENTS " AS s "
					 "FROM %1$s.bounce_event e WHERE e.address OPERATOR(pg_catalog.=) u.a "
					 "AND e.void_id IS NULL) f) g",
					 catalog->schema_name,
					 leave_active ? psprintf("WHERE (" TROUBLE_OF("d.a") ")", catalog->schema_name) : "");
	args[0] = addresses;
	args[1] = CStringGetTextDatum(policy);
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 2, types), args, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	for (int i = 0; i <= BOUNCE_SHOWN_COUNT; i++)
	{
		if (!bounce_result_value(i + 1, &values[i]))
			return false;
	}
	return true;
}

/* Write what differs; returns how many rows did. */
static uint64
update_contacts(const BounceCatalog *catalog, const BounceTarget *target, Datum *values)
{
	Oid			types[BOUNCE_SHOWN_COUNT + 1];
	BounceRights before;
	char	   *query;
	volatile int outer_depth;

	types[0] = TEXTARRAYOID;
	types[1] = get_array_type(catalog->state.type);
	types[2] = INT2ARRAYOID;
	types[3] = INT2ARRAYOID;
	types[4] = get_array_type(catalog->reason.type);
	types[5] = TIMESTAMPTZARRAYOID;
	query = psprintf("UPDATE %2$s c SET bounce_state = u.state, bounce_hard_run = u.hard_run, "
					 "bounce_fail_run = u.fail_run, bounce_reason = u.reason, bounce_at = u.at "
					 "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), "
					 "pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), "
					 "pg_catalog.unnest($6)) u(a, state, hard_run, fail_run, reason, at) "
					 "WHERE %1$s OPERATOR(pg_catalog.=) u.a "
					 "AND NOT (c.bounce_state OPERATOR(pg_catalog.=) u.state "
					 "AND c.bounce_hard_run OPERATOR(pg_catalog.=) u.hard_run "
					 "AND c.bounce_fail_run OPERATOR(pg_catalog.=) u.fail_run "
					 "AND coalesce(c.bounce_reason OPERATOR(pg_catalog.=) u.reason, "
					 "c.bounce_reason IS NULL AND u.reason IS NULL) "
					 "AND coalesce(c.bounce_at OPERATOR(pg_catalog.=) u.at, "
					 "c.bounce_at IS NULL AND u.at IS NULL))",
					 target->key, target->table);
	bounce_rights_take(target->contact.relation, &before);
	outer_depth = spreading_depth;
	spreading_depth = trigger_depth();
	PG_TRY();
	{
		bounce_plan_run(bounce_plan(InvalidOid, query, BOUNCE_SHOWN_COUNT + 1, types), values,
						NULL, SPI_OK_UPDATE);
	}
	PG_FINALLY();
	{
		spreading_depth = outer_depth;
	}
	PG_END_TRY();
	bounce_rights_return(&before);
	return SPI_processed;
}

/* Fold what its locked rows hold, and write it there. */
static uint64
bring_up(const BounceCatalog *catalog, const BounceTarget *target, bool leave_active)
{
	Datum		values[BOUNCE_SHOWN_COUNT + 1];

	if (target->held == (Datum) 0 ||
		!fold_addresses(catalog, target->contact.policy, target->held, leave_active, values))
		return 0;
	return update_contacts(catalog, target, values);
}

/*
 * Bring the rows of one contact table that hold these addresses (text[]) up to
 * the log.  Returns the rows that changed.  The caller is connected to SPI and has
 * called bounce_lock_log().
 */
uint64
bounce_standing_spread_to(const BounceCatalog *catalog, const BounceContact *contact,
						  Datum addresses)
{
	BounceTarget target;

	bounce_target_set(catalog, &target, contact);
	bounce_target_lock(&target, addresses);
	return bring_up(catalog, &target, false);
}

static void
bring_up_all(const BounceCatalog *catalog, List *targets)
{
	ListCell   *cell;

	foreach(cell, targets)
		(void) bring_up(catalog, lfirst(cell), true);
}

/* The same for all attached tables: events of these addresses have been added. */
void
bounce_standing_spread(const BounceCatalog *catalog, Datum addresses)
{
	bounce_targets_lock(catalog, addresses, bring_up_all);
}
