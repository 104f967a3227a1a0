/*-------------------------------------------------------------------------
 *
 * convert.h
 *	  The only door from bytes of mail to text of PostgreSQL, and back.
 *
 * src/pg/convert.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_CONVERT_H
#define BOUNCE_CONVERT_H

#include "postgres.h"

#include "core/charset.h"
#include "fmgr.h"

extern BounceCharsets *bounce_backend_charsets(void);
extern BounceSpan bounce_span_to_utf8(BounceSpan bytes, BounceSpan charset);
extern BounceSpan bounce_words_to_utf8(BounceSpan value);
extern BounceSpan bounce_server_to_utf8(BounceSpan bytes);
extern BounceSpan bounce_evidence_argument(FunctionCallInfo fcinfo, int arg);
extern text *bounce_utf8_to_text(BounceSpan utf8);
extern text *bounce_address_to_text(BounceSpan bytes);
extern text *bounce_span_to_text(BounceSpan bytes);

#endif							/* BOUNCE_CONVERT_H */
