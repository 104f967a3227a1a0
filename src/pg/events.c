/*-------------------------------------------------------------------------
 *
 * events.c
 *	  Facts into the log, and from there to the contacts.
 *
 * One statement writes all events that a statement of the caller brings; the
 * addresses that it returns are spread to the contacts.  Triggers and
 * bounce_process() share it.
 *
 * src/pg/events.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "pg/events.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/standing.h"
#include "pg/stranger.h"
#include "storage/lmgr.h"

/* Is the fact "f" about an address that a contact holds? */
#define IS_HELD \
	"EXISTS (SELECT FROM held h WHERE h.address OPERATOR(pg_catalog.=) f.address)"

/* The parts of the statement that find out which addresses contacts hold, and count the rest. */
static void
append_count(StringInfo query, const BounceCatalog *catalog)
{
	appendStringInfo(query, "held AS MATERIALIZED (SELECT h.address FROM pg_catalog.unnest("
					 "%1$s.bounce_held(ARRAY(SELECT DISTINCT f.address FROM fact f "
					 "WHERE f.address IS NOT NULL))) h(address)), %2$s, ",
					 catalog->schema_name,
					 bounce_stranger_count(catalog, "SELECT f.kind FROM fact f "
										   "WHERE f.address IS NOT NULL AND NOT " IS_HELD));
}

/*
 * Write the facts as the owner of the log, and bring the contacts up to it.  The
 * caller is connected to SPI.
 */
void
bounce_events_add(const BounceCatalog *catalog, const BounceFacts *facts, Datum *args, int nargs,
				  const Oid *types)
{
	BounceRights before;
	StringInfoData query;
	Datum		addresses;
	bool		isnull;
	bool		counted = bounce_strangers_are_counted(catalog);

	initStringInfo(&query);
	appendStringInfo(&query, "WITH fact AS %s (%s), ",
					 facts->also != NULL || counted ? "MATERIALIZED" : "", facts->query);
	if (counted)
		append_count(&query, catalog);
	appendStringInfo(&query, "logged AS ("
					 "INSERT INTO %1$s.bounce_event (%2$s) SELECT %2$s FROM fact f "
					 "WHERE f.address IS NOT NULL%3$s RETURNING address"
					 ")%4$s SELECT pg_catalog.array_agg(DISTINCT l.address) FROM logged l",
					 catalog->schema_name, facts->columns, counted ? " AND " IS_HELD : "",
					 facts->also != NULL ? facts->also : "");

	/* before the snapshot, so that no decision about void events slips between */
	LockRelationOid(catalog->event_relation, RowExclusiveLock);
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(facts->relation, query.data, nargs, types), args, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	if (SPI_processed != 1)
		elog(ERROR, "adding events gave " UINT64_FORMAT " rows", SPI_processed);
	addresses = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		bounce_standing_spread(catalog, addresses);
}
