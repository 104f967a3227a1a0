/*-------------------------------------------------------------------------
 *
 * report.c
 *	  Fill a report from what the readers of all formats find.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/report.c
 *
 *-------------------------------------------------------------------------
 */
#include <stddef.h>

#include "core/date.h"
#include "core/reader.h"
#include "core/verp.h"

/* A field's date. */
BounceTime
bounce_time_of(BounceSpan date)
{
	BounceTime	time = {false, 0};

	if (date.len > 0)
		time.known = bounce_date_parse(date, &time.seconds);
	return time;
}

/*
 * Ids are no longer than a line (RFC 5322, 2.1.1); what is, is repeated for
 * every recipient.
 */
static BounceSpan
clip_id(BounceSpan id)
{
	if (id.len > BOUNCE_MAX_ID)
		id.len = BOUNCE_MAX_ID;
	return id;
}

/*
 * The campaign of "Feedback-ID: campaign:customer:type:sender", as Gmail's feedback
 * loop defines it.  Services that write fewer fields name no campaign, but the
 * same for all mail of one account.
 */
static BounceSpan
campaign_of(BounceSpan feedback_id)
{
	const char *first = feedback_id.len > 0 ? memchr(feedback_id.ptr, ':', feedback_id.len) : NULL;
	const char *end = bounce_span_end(feedback_id);

	if (first == NULL || memchr(first + 1, ':', (size_t) (end - first - 1)) == NULL)
		return BOUNCE_SPAN_NONE;
	return bounce_span_trim(bounce_span_make(feedback_id.ptr, (size_t) (first - feedback_id.ptr)));
}

/*
 * What all reports of a message have in common.  Folded fields are copied into
 * the recipient's arena, so this comes after its own fields were read.
 */
void
bounce_report_begin(BounceReader *reader, BounceReport *report, BounceKind kind)
{
	static const BounceReport empty;
	BounceArena *arena = &reader->recipient_arena;
	const BounceSpan *field = reader->fields.value;
	const BounceSpan *original = reader->original.value;
	BounceSpan	to;

	*report = empty;
	report->kind = kind;
	report->format = reader->format->name;
	report->happened_at = bounce_time_of(field[BOUNCE_FIELD_DATE]);
	report->message_id = clip_id(bounce_arena_unfold(arena, field[BOUNCE_FIELD_MESSAGE_ID]));

	/* the envelope's recipient, as the delivery left it, before the header's */
	to = field[BOUNCE_FIELD_DELIVERED_TO];
	if (to.ptr == NULL)
		to = field[BOUNCE_FIELD_X_ORIGINAL_TO];
	if (to.ptr == NULL)
		to = field[BOUNCE_FIELD_ENVELOPE_TO];
	if (to.ptr == NULL)
		to = field[BOUNCE_FIELD_TO];
	report->return_path = bounce_arena_address(arena, to);

	report->original_message_id = clip_id(bounce_arena_unfold(arena, original[BOUNCE_FIELD_MESSAGE_ID]));
	report->original_sender = bounce_arena_address(arena, original[BOUNCE_FIELD_FROM]);
	report->original_subject = original[BOUNCE_FIELD_SUBJECT];
	report->original_date = bounce_time_of(original[BOUNCE_FIELD_DATE]);
	report->campaign = clip_id(bounce_arena_unfold(arena, original[BOUNCE_FIELD_CAMPAIGN]));
	if (report->campaign.len == 0)
		report->campaign = clip_id(campaign_of(original[BOUNCE_FIELD_FEEDBACK_ID]));
	if (report->campaign.len == 0)
		report->campaign = clip_id(bounce_arena_unfold(arena, original[BOUNCE_FIELD_MAILING]));
	report->truncated = reader->truncated || reader->message_arena.overflow;
}

/* Has a report about this address been given, or begun, not long ago? */
bool
bounce_reader_seen(BounceReader *reader, BounceSpan address)
{
	uint32_t	hash = 2166136261u;

	for (size_t i = 0; i < address.len; i++)
		hash = (hash ^ (unsigned char) bounce_ascii_lower(address.ptr[i])) * 16777619u;
	hash |= 1;
	for (int i = 0; i < BOUNCE_SEEN; i++)
	{
		if (reader->seen[i] == hash)
			return true;
	}
	reader->seen[reader->seen_count++ % BOUNCE_SEEN] = hash;
	return false;
}

/*
 * The codes of the server's reply, and those of the field Status where the reply
 * has none or Status is not vague.
 */
void
bounce_report_use_codes(BounceReport *report, const BounceCode *status)
{
	bounce_code_find(report->diagnostic, &report->code);
	if (status->enhanced_class != 0 &&
		(report->code.enhanced_class == 0 || !bounce_code_is_vague(status)))
	{
		report->code.enhanced_class = status->enhanced_class;
		report->code.subject = status->subject;
		report->code.detail = status->detail;
	}
	if (report->code.reply == 0)
		report->code.reply = status->reply;
}

/*
 * Does this span of the message end where the message breaks off in the middle
 * of a line?  An address there may be the first half of one, and somebody
 * else's: it must not be used.
 */
bool
bounce_reader_is_cut(const BounceReader *reader, BounceSpan s)
{
	const char *end = reader->message.ptr + reader->message.len;

	return s.len > 0 && s.ptr + s.len == end && end[-1] != '\n' && end[-1] != '\r';
}

/* The address of a field of the returned mail, when there is exactly one in it. */
static BounceSpan
only_address(BounceReader *reader, BounceSpan to)
{
	BounceAddress addr;
	BounceSpan	mailed;
	size_t		pos = 0;

	/* a list that is as long as that has more than one address */
	if (to.len == 0 || to.len > BOUNCE_MAX_VALUE || bounce_reader_is_cut(reader, to))
		return BOUNCE_SPAN_NONE;
	mailed = bounce_arena_address(&reader->recipient_arena, to);
	if (mailed.len == 0 || memchr(to.ptr, ',', to.len) == NULL)
		return mailed;
	while (bounce_address_find(to, &pos, &addr))
	{
		char		plain[BOUNCE_MAX_ADDRESS];
		size_t		n = bounce_address_write(&addr, plain, sizeof(plain));

		if (!bounce_span_equal_fold(bounce_span_make(plain, n), mailed))
			return BOUNCE_SPAN_NONE;
	}
	return mailed;
}

/*
 * The recipient that the last server which took the mail noted: "by mx.example.com
 * with ESMTP id 42 for <jane@example.com>; Thu, ...".  Servers write it when there
 * is but one.
 */
static BounceSpan
received_for(BounceReader *reader)
{
	BounceSpan	received = reader->original.value[BOUNCE_FIELD_RECEIVED];
	BounceAddress addr;
	const char *date;
	size_t		at;
	size_t		pos = 0;

	if (received.len == 0 || received.len > BOUNCE_MAX_VALUE || bounce_reader_is_cut(reader, received))
		return BOUNCE_SPAN_NONE;

	/* the last one in front of the date: what the client said stands before */
	date = memchr(received.ptr, ';', received.len);
	if (date != NULL)
		received.len = (size_t) (date - received.ptr);
	for (at = 0;; at = pos)
	{
		size_t		next = bounce_span_find_fold(bounce_span_make(received.ptr + at, received.len - at),
												 BOUNCE_SPAN_OF("for <"));

		if (next == BOUNCE_SPAN_NOT_FOUND)
			break;
		pos = at + next + 4;
	}
	at = pos - 4;
	if (pos == 0 || at == 0 || !bounce_ascii_is_space(received.ptr[at - 1]))
		return BOUNCE_SPAN_NONE;
	if (!bounce_address_find(received, &pos, &addr) || addr.local.ptr - received.ptr > (ptrdiff_t) at + 6)
		return BOUNCE_SPAN_NONE;
	return bounce_arena_address(&reader->recipient_arena,
								bounce_span_make(received.ptr + at + 4, pos - at - 4));
}

/* Is it ours, by the From of what came back or the To of the notice? */
static bool
is_sender(const BounceReader *reader, BounceSpan address)
{
	BounceSpan	from = reader->original.value[BOUNCE_FIELD_FROM];
	BounceSpan	to = reader->fields.value[BOUNCE_FIELD_TO];

	from.len = from.len > BOUNCE_MAX_VALUE ? BOUNCE_MAX_VALUE : from.len;
	to.len = to.len > BOUNCE_MAX_VALUE ? BOUNCE_MAX_VALUE : to.len;
	return address.len > 0 &&
		(bounce_span_find_fold(from, address) != BOUNCE_SPAN_NOT_FOUND ||
		 bounce_span_find_fold(to, address) != BOUNCE_SPAN_NOT_FOUND);
}

/*
 * The address that we mailed, by the header of what came back: its To; where that
 * hides it or has several, what the servers on the way noted.
 */
BounceSpan
bounce_reader_mailed(BounceReader *reader)
{
	static const BounceField fields[] = {
		BOUNCE_FIELD_TO, BOUNCE_FIELD_DELIVERED_TO, BOUNCE_FIELD_X_ORIGINAL_TO, BOUNCE_FIELD_ENVELOPE_TO
	};
	BounceSpan	received;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		BounceSpan	mailed = only_address(reader, reader->original.value[fields[i]]);

		if (mailed.len > 0 && (fields[i] == BOUNCE_FIELD_TO || !is_sender(reader, mailed)))
			return mailed;
	}
	received = received_for(reader);
	return is_sender(reader, received) ? BOUNCE_SPAN_NONE : received;
}

/* What our own return path tells of the recipient goes before what others say. */
void
bounce_report_use_return_path(BounceReader *reader, BounceReport *report)
{
	BounceAddress mailed;
	char		plain[BOUNCE_MAX_ADDRESS];
	size_t		n;

	if (!bounce_verp_read(report->return_path, &mailed))
		return;
	n = bounce_address_write(&mailed, plain, sizeof(plain));
	if (n > reader->recipient_arena.size - reader->recipient_arena.used)
		return;					/* half an address is somebody else's */
	report->recipient = bounce_arena_add(&reader->recipient_arena, bounce_span_make(plain, n));
	if (report->final_recipient.len == 0)
		report->final_recipient = report->recipient;
}
