/*-------------------------------------------------------------------------
 *
 * reclassify.c
 *	  bounce_reclassify(): the log under today's rules.
 *
 * src/pg/reclassify.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/rows.h"
#include "pg/rules_version.h"
#include "pg/standing.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Addresses that are folded together: bounds the memory. */
#define BATCH 10000

/* The columns of a row of the result, in its order. */
enum
{
	COLUMN_ADDRESS,
	COLUMN_ID,
	COLUMN_AT,
	COLUMN_DIAGNOSTIC,
	COLUMN_OLD_CLASS,
	COLUMN_OLD_REASON,
	COLUMN_OLD_RULE,
	COLUMN_CLASS,
	COLUMN_REASON,
	COLUMN_RULE,
	COLUMN_COUNT
};

/*
 * The statement that finds the events that would be judged otherwise ($1: since),
 * sorted by address, and changes them ($2: the version of the rules).
 *
 * A reason that a caller gave is not judged.  What came by mail had been given
 * up, what was recorded may be tried again.
 */
static char *
build_query(const char *s, bool dry_run)
{
	char	   *judged = psprintf("SELECT e.address, e.id, e.at, e.diagnostic, e.class AS old_class, "
								  "e.reason AS old_reason, e.rule AS old_rule, "
								  "v.class, v.reason, v.rule, v.instant "
								  "FROM %1$s.bounce_event e, LATERAL %1$s.bounce_judge("
								  "pg_catalog.concat_ws(' ', e.reply_code, e.status), e.diagnostic, "
								  "e.remote_mta, e.command, "
								  "COALESCE(e.final_recipient, e.address), e.format IS NOT NULL) v "
								  "WHERE e.kind OPERATOR(pg_catalog.=) 'bounce' "
								  "AND e.rule OPERATOR(pg_catalog.<>) 'given' "
								  "AND (e.rules_version OPERATOR(pg_catalog.<>) $2 "
								  "OR e.rules_version IS NULL) "
								  "AND e.at OPERATOR(pg_catalog.>=) $1 "
								  "AND (v.class OPERATOR(pg_catalog.<>) e.class "
								  "OR v.reason OPERATOR(pg_catalog.<>) e.reason "
								  "OR v.rule OPERATOR(pg_catalog.<>) e.rule "
								  "OR v.instant OPERATOR(pg_catalog.<>) e.instant OR e.instant IS NULL)", s);
	const char *columns = "address, id, at, diagnostic, old_class, old_reason, old_rule, "
		"class, reason, rule";

	if (dry_run)
		return psprintf("SELECT %s FROM (%s) j ORDER BY address, id",
						columns, judged);
	return psprintf("WITH judged AS MATERIALIZED (%2$s), changed AS ("
					"UPDATE %1$s.bounce_event e SET class = j.class, reason = j.reason, "
					"rule = j.rule, instant = j.instant, rules_version = $2 FROM judged j "
					"WHERE e.address OPERATOR(pg_catalog.=) j.address "
					"AND e.id OPERATOR(pg_catalog.=) j.id RETURNING 1) "
					"SELECT %3$s FROM judged ORDER BY address, id", s, judged, columns);
}

/* Copy the rows of the statement into the result. */
static void
keep_rows(Tuplestorestate *rows)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[COLUMN_COUNT];
		bool		nulls[COLUMN_COUNT];

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values, nulls);
		tuplestore_putvalues(rows, SPI_tuptable->tupdesc, values, nulls);
	}
}

/* Fold the addresses of the statement, which are sorted, batch by batch. */
static void
spread_rows(const BounceCatalog *catalog, SPITupleTable *table, uint64 count)
{
	Datum	   *addresses = palloc(sizeof(Datum) * BATCH);
	int			n = 0;

	for (uint64 i = 0; i <= count; i++)
	{
		bool		isnull;
		Datum		address = i == count ? (Datum) 0 :
			SPI_getbinval(table->vals[i], table->tupdesc, COLUMN_ADDRESS + 1, &isnull);
		bool		is_new = i < count &&
			(n == 0 || !DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID, address,
															 addresses[n - 1])));

		if (n > 0 && (i == count || (is_new && n == BATCH)))
		{
			bounce_standing_spread(catalog,
								   PointerGetDatum(construct_array(addresses, n, TEXTOID, -1, false,
																   TYPALIGN_INT)));
			n = 0;
		}
		if (is_new)
			addresses[n++] = address;
	}
}

/*
 * bounce_reclassify(since, dry_run)
 *
 * While the log is changed no session can add to it: what it judged by the rules
 * of before would be missed; and the rules stay as they are.
 */
PG_FUNCTION_INFO_V1(bounce_reclassify);
Datum
bounce_reclassify(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {TIMESTAMPTZOID, TEXTOID};
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	bool		dry_run = PG_GETARG_BOOL(1);
	Tuplestorestate *rows = bounce_rows_begin(fcinfo);
	Datum		args[2] = {PG_GETARG_DATUM(0), (Datum) 0};
	BounceRights before;
	SPITupleTable *table;
	uint64		count;

	if (!dry_run)
	{
		PreventCommandIfReadOnly("bounce_reclassify()");
		LockRelationOid(catalog->event_relation, ShareRowExclusiveLock);
		LockRelationOid(catalog->rule_relation, ShareLock);
	}
	args[1] = PointerGetDatum(bounce_rules_version_current(catalog));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, build_query(catalog->schema_name, dry_run), 2, types),
					args, NULL, SPI_OK_SELECT);
	bounce_rights_return(&before);
	table = SPI_tuptable;
	count = SPI_processed;
	keep_rows(rows);
	if (!dry_run)
		spread_rows(catalog, table, count);
	SPI_finish();
	return (Datum) 0;
}
