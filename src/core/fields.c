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
#include <stdint.h>

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
	{{"content-transfer-encoding", 25}, BOUNCE_FIELD_CONTENT_ENCODING},
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
	{{"feedback-id", 11}, BOUNCE_FIELD_FEEDBACK_ID},
};

#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

/*
 * The known names by their initials, a letter's number in the alphabet: which
 * lengths they have, one bit each, and the list of them.  Most fields are told by
 * their length to be of no use.
 */
typedef struct KnownNames
{
	uint64_t	lengths[32];
	unsigned char first[32];	/* one more than the number in known; 0: none */
	unsigned char next[KNOWN_COUNT];
} KnownNames;

static void
list_names(KnownNames *names)
{
	memset(names->lengths, 0, sizeof(names->lengths));
	memset(names->first, 0, sizeof(names->first));
	for (size_t i = KNOWN_COUNT; i > 0; i--)
	{
		BounceSpan	name = known[i - 1].name;
		unsigned	initial = name.ptr[0] & 31;

		names->lengths[initial] |= (uint64_t) 1 << name.len;
		names->next[i - 1] = names->first[initial];
		names->first[initial] = (unsigned char) i;
	}
}

/* Keep this field, if it is the first of a known name. */
static void
keep_known(BounceFields *fields, const KnownNames *names, const BounceHeader *hdr)
{
	unsigned	initial = hdr->name.ptr[0] & 31;

	if (hdr->name.len >= 64 || (names->lengths[initial] >> hdr->name.len & 1) == 0)
		return;
	for (unsigned i = names->first[initial]; i > 0; i = names->next[i - 1])
	{
		if (bounce_span_equal_fold(known[i - 1].name, hdr->name))
		{
			if (fields->value[known[i - 1].field].ptr == NULL)
				fields->value[known[i - 1].field] = hdr->value;
			return;
		}
	}
}

/*
 * Take the first field of each known name out of the header block that is being
 * read, and read it to its end.
 */
void
bounce_fields_scan(BounceFields *fields, BounceHeaderIter *it)
{
	BounceHeader hdr;
	KnownNames	names;

	list_names(&names);
	for (int i = 0; i < BOUNCE_FIELD_COUNT; i++)
		fields->value[i] = BOUNCE_SPAN_NONE;
	fields->sender = BOUNCE_SENDER_UNKNOWN;
	while (bounce_header_next(it, &hdr))
	{
		keep_known(fields, &names, &hdr);

		/* everybody has a name of his own for it: X-Campaign, X-CRM-Campaign-Id ... */
		if (hdr.name.len > 2 && hdr.name.ptr[1] == '-' && bounce_ascii_lower(hdr.name.ptr[0]) == 'x' &&
			hdr.value.len > 0 && fields->value[BOUNCE_FIELD_CAMPAIGN].ptr == NULL &&
			bounce_span_find_fold(hdr.name, BOUNCE_SPAN_OF("campaign")) != BOUNCE_SPAN_NOT_FOUND)
			fields->value[BOUNCE_FIELD_CAMPAIGN] = hdr.value;
	}
}

/* The same of a header block by itself, at most BOUNCE_MAX_HEADER octets of it. */
void
bounce_fields_read(BounceFields *fields, BounceSpan header, BounceLineEnd line_end)
{
	BounceHeaderIter it;

	bounce_header_open(&it, bounce_line_whole(header, BOUNCE_MAX_HEADER), line_end);
	bounce_fields_scan(fields, &it);
}
