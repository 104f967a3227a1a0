/*-------------------------------------------------------------------------
 *
 * fields.c
 *	  The header fields of a message that a reader may ask for, in one pass.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/fields.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/fields.h"
#include "core/limits.h"

static const struct
{
	BounceSpan	name;
	BounceField field;
}			known[] =
{
	{{"from", 4}, BOUNCE_FIELD_FROM},
	{{"to", 2}, BOUNCE_FIELD_TO},
	{{"subject", 7}, BOUNCE_FIELD_SUBJECT},
	{{"date", 4}, BOUNCE_FIELD_DATE},
	{{"message-id", 10}, BOUNCE_FIELD_MESSAGE_ID},
	{{"in-reply-to", 11}, BOUNCE_FIELD_IN_REPLY_TO},
	{{"references", 10}, BOUNCE_FIELD_REFERENCES},
	{{"return-path", 11}, BOUNCE_FIELD_RETURN_PATH},
	{{"delivered-to", 12}, BOUNCE_FIELD_DELIVERED_TO},
	{{"x-original-to", 13}, BOUNCE_FIELD_X_ORIGINAL_TO},
	{{"envelope-to", 11}, BOUNCE_FIELD_ENVELOPE_TO},
	{{"content-type", 12}, BOUNCE_FIELD_CONTENT_TYPE},
	{{"auto-submitted", 14}, BOUNCE_FIELD_AUTO_SUBMITTED},
	{{"precedence", 10}, BOUNCE_FIELD_PRECEDENCE},
	{{"x-autoreply", 11}, BOUNCE_FIELD_X_AUTOREPLY},
	{{"x-autorespond", 13}, BOUNCE_FIELD_X_AUTORESPOND},
	{{"x-autoresponse", 14}, BOUNCE_FIELD_X_AUTORESPOND},
	{{"x-auto-reply-from", 17}, BOUNCE_FIELD_X_AUTO_REPLY_FROM},
	{{"x-autoreply-from", 16}, BOUNCE_FIELD_X_AUTO_REPLY_FROM},
	{{"x-mail-autoreply", 16}, BOUNCE_FIELD_X_AUTOREPLY},
	{{"x-auto-reply", 12}, BOUNCE_FIELD_X_AUTOREPLY},
	{{"x-ms-exchange-inbox-rules-loop", 30}, BOUNCE_FIELD_X_INBOX_RULES_LOOP},
	{{"x-ms-exchange-generated-message-source", 38}, BOUNCE_FIELD_X_GENERATED_BY},
	{{"x-failed-recipients", 19}, BOUNCE_FIELD_X_FAILED_RECIPIENTS},
	{{"x-hmxmroriginalrecipient", 24}, BOUNCE_FIELD_X_HMXMR_RECIPIENT},
	{{"list-id", 7}, BOUNCE_FIELD_LIST},
	{{"list-post", 9}, BOUNCE_FIELD_LIST},
	{{"list-unsubscribe", 16}, BOUNCE_FIELD_LIST},
	{{"list-help", 9}, BOUNCE_FIELD_LIST},
	{{"feedback-id", 11}, BOUNCE_FIELD_FEEDBACK_ID},
};

/*
 * Take the first field of each known name out of a header block, at most
 * BOUNCE_MAX_HEADER octets of it.
 */
void
bounce_fields_read(BounceFields *fields, BounceSpan header, BounceLineEnd line_end)
{
	BounceHeaderIter it;
	BounceHeader hdr;

	for (int i = 0; i < BOUNCE_FIELD_COUNT; i++)
		fields->value[i] = BOUNCE_SPAN_NONE;
	header = bounce_line_whole(header, BOUNCE_MAX_HEADER);
	bounce_header_open(&it, header, line_end);
	while (bounce_header_next(&it, &hdr))
	{
		char		initial = bounce_ascii_lower(hdr.name.ptr[0]);

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		{
			if (known[i].name.len == hdr.name.len && known[i].name.ptr[0] == initial &&
				bounce_span_equal_fold(known[i].name, hdr.name))
			{
				if (fields->value[known[i].field].ptr == NULL)
					fields->value[known[i].field] = hdr.value;
				break;
			}
		}

		/* everybody has a name of his own for it: X-Campaign, X-CRM-Campaign-Id ... */
		if (initial == 'x' && hdr.name.len > 2 && hdr.name.ptr[1] == '-' &&
			hdr.value.len > 0 && fields->value[BOUNCE_FIELD_CAMPAIGN].ptr == NULL &&
			bounce_span_find_fold(hdr.name, BOUNCE_SPAN_OF("campaign")) != BOUNCE_SPAN_NOT_FOUND)
			fields->value[BOUNCE_FIELD_CAMPAIGN] = hdr.value;
	}
}
