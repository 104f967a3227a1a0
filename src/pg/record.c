/*-------------------------------------------------------------------------
 *
 * record.c
 *	  bounce_record(): one event by hand, for all that is not a mail.
 *
 * src/pg/record.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/judge.h"
#include "core/status.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "pg/address.h"
#include "pg/compat.h"
#include "pg/convert.h"
#include "pg/own_rules.h"
#include "pg/plan.h"
#include "pg/rights.h"
#include "pg/rules_version.h"
#include "pg/standing.h"
#include "pg/stranger.h"
#include "pg/undo.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The arguments of bounce_record(), in its order. */
enum
{
	ARG_ADDRESS,
	ARG_KIND,
	ARG_AT,
	ARG_CAMPAIGN,
	ARG_SENT_AT,
	ARG_CODE,
	ARG_DIAGNOSTIC,
	ARG_REASON
};

/* As much of a wrong argument is quoted in an error, in octets. */
#define MAX_QUOTED 200

/* The parameters of the statement that writes the event. */
enum
{
	PARAM_ADDRESS,
	PARAM_KIND,
	PARAM_AT,
	PARAM_SENT_AT,
	PARAM_CAMPAIGN,
	PARAM_CLASS,
	PARAM_REASON,
	PARAM_INSTANT,
	PARAM_STATUS,
	PARAM_REPLY_CODE,
	PARAM_DIAGNOSTIC,
	PARAM_RULE,
	PARAM_RULES_VERSION,
	PARAM_COUNT
};

typedef struct EventRow
{
	Datum		values[PARAM_COUNT];
	char		nulls[PARAM_COUNT];
} EventRow;

static void
put(EventRow *row, int param, Datum value)
{
	row->values[param] = value;
	row->nulls[param] = ' ';
}

static BounceEventKind
kind_argument(FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(ARG_KIND))
	{
		char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(ARG_KIND));

		for (int i = 0; i < BOUNCE_EVENT_KIND_COUNT; i++)
		{
			if (strcmp(name, bounce_event_kind_names[i]) == 0)
				return (BounceEventKind) i;
		}
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%.*s\" is no kind of event",
						pg_mbcliplen(name, (int) strlen(name), MAX_QUOTED), name),
				 errhint("Kinds are bounce, notice, sent, delivered, open, click, reply, complaint, unsubscribe, suppress, release and reset.")));
	}
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("kind of event must not be null")));
}

/* The key of the address argument; raises 22023 when it is no address. */
static text *
address_argument(FunctionCallInfo fcinfo)
{
	text	   *address;
	text	   *key;

	if (PG_ARGISNULL(ARG_ADDRESS))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("address of an event must not be null")));
	address = PG_GETARG_TEXT_PP(ARG_ADDRESS);
	key = bounce_address_key(address);
	if (key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%.*s\" is no valid mail address",
						pg_mbcliplen(VARDATA_ANY(address), (int) VARSIZE_ANY_EXHDR(address),
									 MAX_QUOTED), VARDATA_ANY(address))));
	return key;
}

static TimestampTz
time_argument(FunctionCallInfo fcinfo, int arg, TimestampTz otherwise)
{
	TimestampTz time;

	if (PG_ARGISNULL(arg))
		return otherwise;
	time = PG_GETARG_TIMESTAMPTZ(arg);
	if (TIMESTAMP_NOT_FINITE(time))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time of an event must be finite")));
	return time;
}

/*
 * Class and reason of a bounce of an address: the reason that is given, else what
 * code and text say.  A bounce that is recorded by hand is a final failure.
 */
static void
put_verdict(EventRow *row, const BounceCatalog *catalog, FunctionCallInfo fcinfo, text *address)
{
	BounceEvidence evidence = {.own = bounce_own_rules(catalog)};
	BounceVerdict verdict;
	BounceCode	code;
	BounceCode	reply;
	char		enhanced[BOUNCE_ENHANCED_TEXT_SIZE];

	evidence.code = bounce_evidence_argument(fcinfo, ARG_CODE);
	evidence.text = bounce_evidence_argument(fcinfo, ARG_DIAGNOSTIC);
	evidence.domain = bounce_domain_of(bounce_server_to_utf8(bounce_span_make(VARDATA_ANY(address),
																			  VARSIZE_ANY_EXHDR(address))));
	bounce_verdict_decide(&evidence, &verdict);
	if (!PG_ARGISNULL(ARG_REASON))
	{
		BounceReason given = (BounceReason) bounce_enum_code(&catalog->reason,
															 PG_GETARG_OID(ARG_REASON));

		if (bounce_reason_table[given].counts == BOUNCE_COUNTS_STOP ||
			bounce_reason_table[given].counts == BOUNCE_COUNTS_LIFE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("reason \"%s\" is not one of a bounce",
							bounce_reason_table[given].name),
					 errhint("Record an event of its own kind.")));

		/* what is only known by its code keeps the class of the code */
		if (given != BOUNCE_REASON_UNDETERMINED)
			verdict.class = bounce_reason_table[given].class;
		verdict.reason = given;
		verdict.instant = bounce_reason_table[given].instant;
		verdict.rule = "given";
	}
	put(row, PARAM_CLASS, bounce_enum_datum(&catalog->class, verdict.class));
	put(row, PARAM_REASON, bounce_enum_datum(&catalog->reason, verdict.reason));
	put(row, PARAM_INSTANT, BoolGetDatum(verdict.instant));
	put(row, PARAM_RULE, CStringGetTextDatum(verdict.rule));
	if (PG_ARGISNULL(ARG_REASON))
		put(row, PARAM_RULES_VERSION, PointerGetDatum(bounce_rules_version_current(catalog)));

	bounce_code_parse(evidence.code, &code);
	bounce_code_find(evidence.text, &reply);
	bounce_code_complete(&code, &reply);
	if (code.reply != 0)
		put(row, PARAM_REPLY_CODE, Int32GetDatum(code.reply));
	if (code.enhanced_class != 0)
	{
		size_t		len = bounce_enhanced_write(&code, enhanced);

		put(row, PARAM_STATUS, PointerGetDatum(cstring_to_text_with_len(enhanced, (int) len)));
	}
}

/* Write the event as the owner of the log; returns its id. */
static int64
write_event(const BounceCatalog *catalog, EventRow *row)
{
	Oid			types[PARAM_COUNT] = {
		TEXTOID, InvalidOid, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, InvalidOid, InvalidOid,
		BOOLOID, TEXTOID, INT4OID, TEXTOID, TEXTOID, TEXTOID
	};
	BounceRights before;
	char	   *query;
	bool		isnull;
	Datum		id;

	types[PARAM_KIND] = catalog->event_kind.type;
	types[PARAM_CLASS] = catalog->class.type;
	types[PARAM_REASON] = catalog->reason.type;
	query = psprintf("INSERT INTO %s.bounce_event (address, kind, at, sent_at, campaign, class, "
					 "reason, instant, status, reply_code, diagnostic, rule, "
					 "rules_version, void_id) VALUES "
					 "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
					 "CASE WHEN $2 OPERATOR(pg_catalog.=) 'bounce' THEN %s END) RETURNING id",
					 catalog->schema_name,
					 bounce_void_of_new(catalog, "$1", "$3", "$7", "$11"));

	/* before the snapshot, so that no decision slips between */
	LockRelationOid(catalog->event_relation, RowExclusiveLock);
	bounce_rights_take(catalog->event_relation, &before);
	bounce_plan_run(bounce_plan(InvalidOid, query, PARAM_COUNT, types), row->values, row->nulls,
					SPI_OK_INSERT_RETURNING);
	bounce_rights_return(&before);
	id = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return DatumGetInt64(id);
}

/*
 * bounce_record(address, kind, at, campaign, sent_at, code, diagnostic, reason)
 */
PG_FUNCTION_INFO_V1(bounce_record);
Datum
bounce_record(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	text	   *address = address_argument(fcinfo);
	BounceEventKind kind = kind_argument(fcinfo);
	TimestampTz at = time_argument(fcinfo, ARG_AT, GetCurrentTransactionStartTimestamp());
	Datum		element = PointerGetDatum(address);
	EventRow	row;
	int64		id;

	memset(row.nulls, 'n', sizeof(row.nulls));
	put(&row, PARAM_ADDRESS, PointerGetDatum(address));
	put(&row, PARAM_KIND, bounce_enum_datum(&catalog->event_kind, kind));
	put(&row, PARAM_AT, TimestampTzGetDatum(at));
	put(&row, PARAM_SENT_AT, TimestampTzGetDatum(time_argument(fcinfo, ARG_SENT_AT, at)));
	if (!PG_ARGISNULL(ARG_CAMPAIGN))
		put(&row, PARAM_CAMPAIGN, PG_GETARG_DATUM(ARG_CAMPAIGN));
	if (!PG_ARGISNULL(ARG_DIAGNOSTIC))
		put(&row, PARAM_DIAGNOSTIC, PG_GETARG_DATUM(ARG_DIAGNOSTIC));
	if (kind == BOUNCE_EVENT_BOUNCE)
		put_verdict(&row, catalog, fcinfo, address);
	else if (!PG_ARGISNULL(ARG_REASON))
		put(&row, PARAM_REASON, PG_GETARG_DATUM(ARG_REASON));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (bounce_stranger_take(catalog, kind, address))
	{
		SPI_finish();
		PG_RETURN_NULL();
	}
	id = write_event(catalog, &row);
	bounce_standing_spread(catalog, PointerGetDatum(construct_array(&element, 1, TEXTOID, -1, false,
																	TYPALIGN_INT)));
	SPI_finish();
	PG_RETURN_INT64(id);
}
