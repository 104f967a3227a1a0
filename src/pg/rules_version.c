/*-------------------------------------------------------------------------
 *
 * rules_version.c
 *	  bounce_rules_version(): which rules verdicts are made by.
 *
 * src/pg/rules_version.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/match.h"
#include "fmgr.h"
#include "pg/own_rules.h"
#include "pg/rules_version.h"
#include "utils/builtins.h"

/* The version of the rules that a verdict of this moment is made by. */
text *
bounce_rules_version_current(const BounceCatalog *catalog)
{
	uint32		own = bounce_own_rules_version(catalog);

	if (own == 0)
		return cstring_to_text(bounce_rules_version_text);
	return cstring_to_text(psprintf("%s+%08x", bounce_rules_version_text, own));
}

PG_FUNCTION_INFO_V1(bounce_rules_version);
Datum
bounce_rules_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(bounce_rules_version_current(bounce_catalog(fcinfo->flinfo->fn_oid)));
}
