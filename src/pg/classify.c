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
#include "utils/builtins.h"

/* More of a text than this is never looked at, so it is not converted either. */
#define MAX_TEXT 65536

/* An argument as UTF-8; NULL is empty. */
static BounceSpan
argument(FunctionCallInfo fcinfo, int n)
{
	text	   *value;

	if (PG_NARGS() <= n || PG_ARGISNULL(n))
		return BOUNCE_SPAN_NONE;
	value = PG_GETARG_TEXT_PP(n);
	return bounce_server_to_utf8(bounce_span_make(VARDATA_ANY(value),
												  Min(VARSIZE_ANY_EXHDR(value), MAX_TEXT)));
}

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

	evidence.code = argument(fcinfo, 0);
	evidence.text = argument(fcinfo, 1);
	evidence.host = argument(fcinfo, 2);
	evidence.command = argument(fcinfo, 3);
	bounce_verdict_decide(&evidence, &verdict);
	values[0] = bounce_enum_datum(&catalog->class, verdict.class);
	values[1] = bounce_enum_datum(&catalog->reason, verdict.reason);
	values[2] = CStringGetTextDatum(verdict.rule);
	values[3] = BoolGetDatum(verdict.instant);
	return HeapTupleGetDatum(heap_form_tuple(catalog->verdict, values, nulls));
}
