/*-------------------------------------------------------------------------
 *
 * headline.c
 *	  bounce_headline(): how a person tells one mail from another.
 *
 * src/pg/headline.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "core/address.h"
#include "core/date.h"
#include "core/fields.h"
#include "core/limits.h"
#include "fmgr.h"
#include "funcapi.h"
#include "pg/compat.h"
#include "pg/convert.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The first address of a From field, NULL when there is none. */
static text *
sender_of(BounceSpan from)
{
	BounceAddress addr;
	char		plain[BOUNCE_MAX_ADDRESS];
	const char *angle;
	size_t		pos = 0;
	size_t		len;

	if (from.len == 0)
		return NULL;
	from.len = Min(from.len, BOUNCE_MAX_VALUE);
	angle = memchr(from.ptr, '<', from.len);
	if (angle != NULL)
		pos = (size_t) (angle - from.ptr);
	if (!bounce_address_find(from, &pos, &addr))
		return NULL;
	len = bounce_address_write(&addr, plain, sizeof(plain));
	return len == 0 ? NULL : bounce_address_to_text(bounce_span_make(plain, len));
}

/* A field unfolded and decoded, NULL when it is missing. */
static text *
words_of(BounceSpan value)
{
	char		unfolded[BOUNCE_MAX_VALUE];

	if (value.ptr == NULL)
		return NULL;
	value = bounce_span_make(unfolded, bounce_header_unfold(value, unfolded, sizeof(unfolded)));
	return bounce_utf8_to_text(bounce_words_to_utf8(value));
}

/*
 * bounce_headline(message): only the first octets of a large message are
 * fetched, and only its header is read.
 */
PG_FUNCTION_INFO_V1(bounce_headline);
Datum
bounce_headline(PG_FUNCTION_ARGS)
{
	struct varlena *head = PG_DETOAST_DATUM_SLICE(PG_GETARG_DATUM(0), 0, BOUNCE_MAX_HEADER);
	BounceSpan	message = bounce_span_make(VARDATA_ANY(head), VARSIZE_ANY_EXHDR(head));
	BounceFields fields;
	TupleDesc	desc;
	Datum		values[5] = {0};
	bool		nulls[5] = {true, true, true, true, false};
	BounceSpan	id;
	text	   *sender;
	text	   *subject;
	int64		seconds;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	bounce_fields_read(&fields, message, bounce_line_end_probe(message));
	id = bounce_span_trim(fields.value[BOUNCE_FIELD_MESSAGE_ID]);
	if (id.len > 2 && id.ptr[0] == '<' && id.ptr[id.len - 1] == '>')
		id = bounce_span_make(id.ptr + 1, id.len - 2);
	if (id.len > 0)
	{
		values[0] = PointerGetDatum(bounce_span_to_text(id));
		nulls[0] = false;
	}
	sender = sender_of(fields.value[BOUNCE_FIELD_FROM]);
	nulls[1] = sender == NULL;
	values[1] = PointerGetDatum(sender);
	subject = words_of(fields.value[BOUNCE_FIELD_SUBJECT]);
	nulls[2] = subject == NULL;
	values[2] = PointerGetDatum(subject);
	if (fields.value[BOUNCE_FIELD_DATE].len > 0 &&
		bounce_date_parse(fields.value[BOUNCE_FIELD_DATE], &seconds))
	{
		values[3] = TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) seconds));
		nulls[3] = false;
	}
	values[4] = Int64GetDatum((int64) toast_raw_datum_size(PG_GETARG_DATUM(0)) - VARHDRSZ);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}
