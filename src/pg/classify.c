/*-------------------------------------------------------------------------
 *
 * classify.c
 *	  bounce_classify(): code and text in, verdict out.
 *
 * src/pg/classify.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "core/verdict.h"
#include "fmgr.h"
#include "funcapi.h"
#include "pg/catalog.h"
#include "pg/convert.h"
#include "pg/own_rules.h"
#include "utils/builtins.h"

/* bounce_classify(code, diagnostic [, host [, command]]) */
PG_FUNCTION_INFO_V1(bounce_classify);
Datum
bounce_classify(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	BounceEvidence evidence;
	BounceVerdict verdict;
	Datum		values[4];
	bool		nulls[4] = {false};

	evidence.code = bounce_evidence_argument(fcinfo, 0);
	evidence.text = bounce_evidence_argument(fcinfo, 1);
	evidence.host = bounce_evidence_argument(fcinfo, 2);
	evidence.command = bounce_evidence_argument(fcinfo, 3);
	evidence.own = bounce_own_rules(catalog);
	bounce_verdict_decide(&evidence, &verdict);
	values[0] = bounce_enum_datum(&catalog->class, verdict.class);
	values[1] = bounce_enum_datum(&catalog->reason, verdict.reason);
	values[2] = CStringGetTextDatum(verdict.rule);
	values[3] = BoolGetDatum(verdict.instant);
	return HeapTupleGetDatum(heap_form_tuple(catalog->verdict, values, nulls));
}
