/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  bounce_explain(): why bounce_classify() says what it says.
 *
 * src/pg/explain.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/explain.h"
#include "fmgr.h"
#include "pg/catalog.h"
#include "pg/convert.h"
#include "pg/own_rules.h"
#include "pg/rows.h"
#include "utils/builtins.h"

/* The attributes of the SQL type bounce_explanation, in its order. */
enum
{
	ATTR_RULE,
	ATTR_DECIDES,
	ATTR_CLASS,
	ATTR_REASON,
	ATTR_INSTANT,
	ATTR_PIECE,
	ATTR_PRIORITY,
	ATTR_WHY,
	ATTR_COUNT
};

/* Why, and what kept the verdict from being what the rule says. */
static text *
why_text(const BounceExplanation *explanation, const BounceMatch *match)
{
	if (!match->decides || explanation->held == NULL)
		return cstring_to_text(match->why);
	return cstring_to_text(psprintf("%s; held back, not %s: %s", match->why,
									bounce_reason_table[match->reason].name,
									explanation->held));
}

/* bounce_explain(code, diagnostic, host, command) */
PG_FUNCTION_INFO_V1(bounce_explain);
Datum
bounce_explain(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	Tuplestorestate *rows = bounce_rows_begin(fcinfo);
	BounceExplanation *explanation = palloc(sizeof(BounceExplanation));
	BounceEvidence evidence = {.own = bounce_own_rules(catalog)};

	evidence.code = bounce_evidence_argument(fcinfo, 0);
	evidence.text = bounce_evidence_argument(fcinfo, 1);
	evidence.host = bounce_evidence_argument(fcinfo, 2);
	evidence.command = bounce_evidence_argument(fcinfo, 3);
	bounce_verdict_explain(&evidence, explanation);
	for (unsigned i = 0; i < explanation->nmatches; i++)
	{
		const BounceMatch *match = &explanation->matches[i];
		const BounceVerdict *verdict = &explanation->verdict;
		Datum		values[ATTR_COUNT];
		bool		nulls[ATTR_COUNT] = {false};

		values[ATTR_RULE] = CStringGetTextDatum(match->rule);
		values[ATTR_DECIDES] = BoolGetDatum(match->decides);
		values[ATTR_CLASS] = bounce_enum_datum(&catalog->class,
											   match->decides ? verdict->class : match->class);
		values[ATTR_REASON] = bounce_enum_datum(&catalog->reason,
												match->decides ? verdict->reason : match->reason);
		values[ATTR_INSTANT] = BoolGetDatum(match->decides ? verdict->instant : match->instant);
		nulls[ATTR_PIECE] = match->piece.len == 0;
		values[ATTR_PIECE] = PointerGetDatum(bounce_span_to_text(match->piece));
		nulls[ATTR_PRIORITY] = !match->is_phrase;
		values[ATTR_PRIORITY] = Int32GetDatum(match->priority);
		values[ATTR_WHY] = PointerGetDatum(why_text(explanation, match));
		tuplestore_putvalues(rows, catalog->explanation, values, nulls);
	}
	return (Datum) 0;
}
