/*-------------------------------------------------------------------------
 *
 * fingerprint.c
 *	  bounce_fingerprint(): what equal replies have in common.
 *
 * src/pg/fingerprint.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/fingerprint.h"
#include "fmgr.h"
#include "pg/convert.h"

PG_FUNCTION_INFO_V1(bounce_fingerprint);
Datum
bounce_fingerprint(PG_FUNCTION_ARGS)
{
	BounceSpan	text = bounce_evidence_argument(fcinfo, 0);
	char		print[BOUNCE_FINGERPRINT_SIZE];
	size_t		len = bounce_fingerprint_write(text, print);

	PG_RETURN_TEXT_P(bounce_utf8_to_text(bounce_span_make(print, len)));
}
