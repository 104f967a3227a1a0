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
#include "pg/events.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/standing.h"
#include "storage/lmgr.h"

/*
 * Write the facts as the owner of the log, and bring the contacts up to it.  The
 * caller is connected to SPI.
 */
void
bounce_events_add(const BounceCatalog *catalog, const BounceFacts *facts, Datum *args, int nargs,
				  const Oid *types)
{
	BounceRights before;
	char	   *query;
	Datum		addresses;
	bool		isnull;

	query = psprintf("WITH fact AS %4$s (%2$s), logged AS ("
					 "INSERT INTO %1$s.bounce_event (%3$s) SELECT %3$s FROM fact f "
					 "WHERE f.address IS NOT NULL RETURNING address"
					 ")%5$s SELECT pg_catalog.array_agg(DISTINCT l.address) FROM logged l",
					 catalog->schema_name, facts->query, facts->columns,
					 facts->also == NULL ? "" : "MATERIALIZED",
					 facts->also == NULL ? "" : facts->also);

	/* before the snapshot, so that no decision about void events slips between */
	LockRelationOid(catalog->event_relation, RowExclusiveLock);
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(facts->relation, query, nargs, types), args, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	if (SPI_processed != 1)
		elog(ERROR, "adding events gave " UINT64_FORMAT " rows", SPI_processed);
	addresses = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (!isnull)
		bounce_standing_spread(catalog, addresses);
}
