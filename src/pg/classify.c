/*-------------------------------------------------------------------------
 *
 * classify.c
 *	  Code and text in, verdict out.
 *
 * src/pg/classify.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "core/judge.h"
#include "core/verdict.h"
#include "fmgr.h"
#include "funcapi.h"
#include "pg/catalog.h"
#include "pg/convert.h"
#include "pg/judged.h"
#include "pg/own_rules.h"
#include "utils/builtins.h"

/* The arguments that all functions here begin with. */
static void
read_evidence(FunctionCallInfo fcinfo, const BounceCatalog *catalog, BounceEvidence *evidence)
{
	evidence->code = bounce_evidence_argument(fcinfo, 0);
	evidence->text = bounce_evidence_argument(fcinfo, 1);
	evidence->host = bounce_evidence_argument(fcinfo, 2);
	evidence->command = bounce_evidence_argument(fcinfo, 3);
	evidence->domain = BOUNCE_SPAN_NONE;
	evidence->own = bounce_own_rules(catalog);
}

static Datum
verdict_datum(const BounceCatalog *catalog, const BounceVerdict *verdict)
{
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = bounce_enum_datum(&catalog->class, verdict->class);
	values[1] = bounce_enum_datum(&catalog->reason, verdict->reason);
	values[2] = CStringGetTextDatum(verdict->rule);
	values[3] = BoolGetDatum(verdict->instant);
	return HeapTupleGetDatum(heap_form_tuple(catalog->verdict, values, nulls));
}

/* bounce_classify(code, diagnostic [, host [, command]]) */
PG_FUNCTION_INFO_V1(bounce_classify);
Datum
bounce_classify(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	BounceEvidence evidence;
	BounceVerdict verdict;

	read_evidence(fcinfo, catalog, &evidence);
	bounce_judge_evidence(&evidence, false, &verdict);
	return verdict_datum(catalog, &verdict);
}

/*
 * bounce_judge(code, diagnostic, host, command, recipient, given_up): what an
 * event of the log would be now.
 */
PG_FUNCTION_INFO_V1(bounce_judge);
Datum
bounce_judge(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	BounceEvidence evidence;
	BounceVerdict verdict;

	read_evidence(fcinfo, catalog, &evidence);
	evidence.domain = bounce_domain_of(bounce_evidence_argument(fcinfo, 4));
	bounce_judge_evidence(&evidence, !PG_ARGISNULL(5) && PG_GETARG_BOOL(5), &verdict);
	return verdict_datum(catalog, &verdict);
}
