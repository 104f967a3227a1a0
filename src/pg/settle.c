/*-------------------------------------------------------------------------
 *
 * settle.c
 *	  bounce_settle(): mail of which nothing was heard has arrived.
 *
 * A server that takes a mail says nothing more.  So for an address and campaign
 * of which there are only events "sent", all that long ago that a bounce would
 * have come, an event "delivered" is written.  Its time depends on that of
 * sending alone, and not on when this runs.
 *
 * A bounce that comes later, or at the same time, is stronger: whoever spreads
 * last has seen both.
 *
 * src/pg/settle.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/standing.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* Mails that are written and spread together: bounds the memory. */
#define BATCH 10000

/* As the column settle_days of bounce_policy has it. */
#define DEFAULT_DAYS 7
#define MAX_DAYS 36500

/* The columns of a candidate. */
enum
{
	COLUMN_ADDRESS,
	COLUMN_CAMPAIGN,
	COLUMN_DAY,
	COLUMN_COUNT
};

/*
 * The events "e" that speak of a mail, with the day that stands for a campaign:
 * as the fold has it, a sign of life without a campaign is of none.
 */
#define BUCKET_OF_EVENT \
	"CASE WHEN e.campaign IS NULL " \
	"THEN pg_catalog.timezone('UTC', e.sent_at)::pg_catalog.date END"
#define SPEAKS_OF_MAIL \
	"e.void_id IS NULL AND (e.kind OPERATOR(pg_catalog.=) ANY (" \
	"'{bounce,notice,sent,delivered}'::%1$s.bounce_event_kind[]) " \
	"OR (e.campaign IS NOT NULL AND e.kind OPERATOR(pg_catalog.=) ANY (" \
	"'{open,click,reply}'::%1$s.bounce_event_kind[])))"

/* The setting, for who names no number of days. */
static int
setting_of_days(const BounceCatalog *catalog)
{
	BounceRights before;
	char	   *query;
	bool		isnull;
	int			days = DEFAULT_DAYS;

	query = psprintf("SELECT p.settle_days FROM %s.bounce_policy p "
					 "WHERE p.policy OPERATOR(pg_catalog.=) 'default'", catalog->schema_name);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 0, NULL), NULL, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	if (SPI_processed == 1)
		days = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return days;
}

/*
 * Open a cursor on the mails that may be settled, in the order of their addresses:
 * those of which the events since a time ($1) are all "sent", and one of them up to
 * another time ($2).
 *
 * It sees what is committed when it begins, at every isolation level: so does who
 * writes, and what another run has written must be seen.
 */
static Portal
open_candidates(const BounceCatalog *catalog, TimestampTz since, TimestampTz until)
{
	static Oid	types[] = {TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		args[2];
	BounceRights before;
	Portal		portal;
	SPIPlanPtr	plan;
	char	   *query;

	query = psprintf("SELECT e.address, e.campaign, " BUCKET_OF_EVENT " AS day "
					 "FROM %1$s.bounce_event e WHERE " SPEAKS_OF_MAIL " "
					 "AND e.at OPERATOR(pg_catalog.>=) $1 GROUP BY 1, 2, 3 "
					 "HAVING pg_catalog.bool_and(e.kind OPERATOR(pg_catalog.=) 'sent') "
					 "AND pg_catalog.min(e.sent_at) OPERATOR(pg_catalog.<=) $2 "
					 "ORDER BY 1", catalog->schema_name);
	args[0] = TimestampTzGetDatum(since);
	args[1] = TimestampTzGetDatum(until);
	bounce_rights_take(catalog->event_relation, &before);
	PushActiveSnapshot(GetLatestSnapshot());

	/* not kept: how much of the log there is since then differs each time */
	plan = SPI_prepare(query, 2, types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s for %s", SPI_result_code_string(SPI_result), query);
	portal = SPI_cursor_open(NULL, plan, args, NULL, true);
	PopActiveSnapshot();
	bounce_rights_return(&before);
	return portal;
}

/* One column of the rows that were fetched as an array. */
static Datum
column_array(int column, Oid type)
{
	Datum	   *values = palloc(sizeof(Datum) * SPI_processed);
	bool	   *nulls = palloc(sizeof(bool) * SPI_processed);
	int			dims[1] = {(int) SPI_processed};
	int			lower[1] = {1};
	bool		by_value = type == DATEOID;

	for (uint64 i = 0; i < SPI_processed; i++)
		values[i] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, column + 1,
								  &nulls[i]);
	return PointerGetDatum(construct_md_array(values, nulls, 1, dims, lower, type,
											  by_value ? 4 : -1, by_value, TYPALIGN_INT));
}

/*
 * Write the events of these mails, and bring the contacts up to them; returns how
 * many there are.  Here the whole log is asked, as it is now, address by address:
 * whether something was heard that the cursor did not see or did not look at, and
 * when the mail first went out.
 */
static uint64
settle(const BounceCatalog *catalog, int days, TimestampTz until, Datum *mails)
{
	static const Oid types[] = {TEXTARRAYOID, TEXTARRAYOID, DATEARRAYOID, INT4OID, TIMESTAMPTZOID};
	BounceRights before;
	Datum		args[5];
	Datum		addresses;
	char	   *query;
	bool		isnull;
	uint64		written;

	query = psprintf("WITH settled AS ("
					 "INSERT INTO %1$s.bounce_event (address, kind, at, sent_at, campaign, rule) "
					 "SELECT m.address, 'delivered', "
					 "s.sent_at OPERATOR(pg_catalog.+) pg_catalog.make_interval(hours => 24 OPERATOR(pg_catalog.*) $4), "
					 "s.sent_at, m.campaign, 'settled' "
					 "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) "
					 "m(address, campaign, day), LATERAL ("
					 "SELECT pg_catalog.min(e.sent_at) AS sent_at "
					 "FROM %1$s.bounce_event e WHERE e.address OPERATOR(pg_catalog.=) m.address "
					 "AND (e.campaign OPERATOR(pg_catalog.=) m.campaign "
					 "OR " BUCKET_OF_EVENT " OPERATOR(pg_catalog.=) m.day) "
					 "AND " SPEAKS_OF_MAIL " "
					 "HAVING pg_catalog.bool_and(e.kind OPERATOR(pg_catalog.=) 'sent')) s "
					 "WHERE s.sent_at OPERATOR(pg_catalog.<=) $5 RETURNING address) "
					 "SELECT pg_catalog.array_agg(DISTINCT w.address), pg_catalog.count(*) "
					 "FROM settled w", catalog->schema_name);
	for (int i = 0; i < COLUMN_COUNT; i++)
		args[i] = mails[i];
	args[3] = Int32GetDatum(days);
	args[4] = TimestampTzGetDatum(until);
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, 5, types), args, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	addresses = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (isnull)
		return 0;
	written = (uint64) DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2,
												   &isnull));
	bounce_standing_spread(catalog, addresses);
	return written;
}

/* Fetch the next candidates and settle them; false when there are no more. */
static bool
settle_batch(const BounceCatalog *catalog, Portal portal, int days, TimestampTz until,
			 uint64 *written)
{
	BounceRights before;
	Datum		mails[COLUMN_COUNT];

	bounce_rights_take(catalog->event_relation, &before);
	SPI_cursor_fetch(portal, true, BATCH);
	bounce_rights_return(&before);
	if (SPI_processed == 0)
		return false;
	mails[COLUMN_ADDRESS] = column_array(COLUMN_ADDRESS, TEXTOID);
	mails[COLUMN_CAMPAIGN] = column_array(COLUMN_CAMPAIGN, TEXTOID);
	mails[COLUMN_DAY] = column_array(COLUMN_DAY, DATEOID);
	*written += settle(catalog, days, until, mails);
	return true;
}

/*
 * bounce_settle(settle_days, since)
 *
 * Runs exclude each other until they commit, so that none writes what another one
 * is writing.
 */
PG_FUNCTION_INFO_V1(bounce_settle);
Datum
bounce_settle(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	int			days = PG_ARGISNULL(0) ? setting_of_days(catalog) : PG_GETARG_INT32(0);
	TimestampTz since = PG_ARGISNULL(1) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(1);
	TimestampTz until;
	Portal		portal;
	uint64		written = 0;
	bool		more = true;

	if (days < 1 || days > MAX_DAYS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("settle_days must be between 1 and %d, not %d", MAX_DAYS, days)));
	PreventCommandIfReadOnly("bounce_settle()");
	until = GetCurrentTransactionStartTimestamp() - days * USECS_PER_DAY;
	LockDatabaseObject(ProcedureRelationId, fcinfo->flinfo->fn_oid, 0, ExclusiveLock);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	portal = open_candidates(catalog, since, until);
	while (more)
	{
		CHECK_FOR_INTERRUPTS();

		/* a connection for each batch: what it leaves behind goes with it */
		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "SPI_connect failed");
		more = settle_batch(catalog, portal, days, until, &written);
		SPI_finish();
	}
	SPI_cursor_close(portal);
	SPI_finish();
	PG_RETURN_INT64((int64) written);
}
