/*-------------------------------------------------------------------------
 *
 * ses.c
 *	  Reader of Amazon SES notifications that come as mail.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * SES tells what became of a mail in JSON, and its notification service mails
 * that as it is, with a footer behind it:
 *
 *		{"notificationType":"Bounce","bounce":{"bouncedRecipients":[
 *		{"emailAddress":"jane@example.com","status":"5.1.1", ...}]},"mail":{...}}
 *
 * src/core/ses.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/json.h"
#include "core/reader.h"

/* Of which kind a notification is, and where its recipients stand. */
static const struct
{
	BounceSpan	type;
	BounceSpan	member;
	BounceSpan	recipients;
	BounceKind	kind;
}			notifications[] =
{
	{{"Bounce", 6}, {"bounce", 6}, {"bouncedRecipients", 17}, BOUNCE_KIND_FAILED},
	{{"Complaint", 9}, {"complaint", 9}, {"complainedRecipients", 20}, BOUNCE_KIND_COMPLAINT},
	{{"Delivery", 8}, {"delivery", 8}, {"recipients", 10}, BOUNCE_KIND_DELIVERED},
	{{"DeliveryDelay", 13}, {"deliveryDelay", 13}, {"delayedRecipients", 17}, BOUNCE_KIND_DELAYED},
};

#define NOTIFICATION_COUNT ((int) (sizeof(notifications) / sizeof(notifications[0])))

/*
 * What is remembered of the notification, where report fields would be: so that
 * it is looked through once, and not for each recipient.
 */
enum
{
	SES_REST,					/* recipients that were not reported yet */
	SES_TYPE,
	SES_SUBTYPE,
	SES_TIMESTAMP,
	SES_REPORTER,
	SES_RESPONSE,
	SES_FEEDBACK,
	SES_MESSAGE_ID,
	SES_OWN_ID,					/* that SES gave to our mail */
	SES_SOURCE,
	SES_SUBJECT,
	SES_SENT,
	SES_COUNT
};

/* There must be room for all of them. */
typedef char SesFits[SES_COUNT <= BOUNCE_REPORT_FIELD_COUNT ? 1 : -1];

#define MEMBER(object, name) bounce_json_member((object), BOUNCE_SPAN_OF(name))

/* What a string says, in the arena; NONE for what is no string. */
static BounceSpan
text_of(BounceArena *arena, BounceSpan value)
{
	BounceSpan	copy;

	if (value.len > BOUNCE_MAX_VALUE || value.len > arena->size - arena->used)
	{
		arena->overflow = true;
		return BOUNCE_SPAN_NONE;
	}
	copy = bounce_arena_add(arena, value);
	copy.len = bounce_json_string(value, arena->buf + (copy.ptr - arena->buf), copy.len);
	return copy.len > 0 ? copy : BOUNCE_SPAN_NONE;
}

static bool
ses_knows(const BounceReader *reader)
{
	BounceSpan	text = bounce_span_trim(reader->notice.text);

	return text.len > 0 && text.ptr[0] == '{' &&
		(reader->fields.value[BOUNCE_FIELD_X_AMZ_SNS].ptr != NULL ||
		 bounce_span_find_fold(reader->fields.value[BOUNCE_FIELD_FROM],
							   BOUNCE_SPAN_OF("sns.amazonaws.com")) != BOUNCE_SPAN_NOT_FOUND);
}

/* Find what the notification says; false when it is none, or of no use. */
static bool
open_notification(BounceReader *reader)
{
	BounceSpan	notification = bounce_json_value(reader->notice.text);
	BounceSpan	type = MEMBER(notification, "notificationType");
	BounceSpan *value = reader->value;
	BounceSpan	mail;
	BounceSpan	header;
	BounceSpan	details;

	value[SES_REST] = BOUNCE_SPAN_NONE;
	if (type.len == 0)
		type = MEMBER(notification, "eventType");
	reader->current = 0;
	while (type.len != notifications[reader->current].type.len + 2 ||
		   memcmp(type.ptr + 1, notifications[reader->current].type.ptr, type.len - 2) != 0)
	{
		if (++reader->current == NOTIFICATION_COUNT)
			return false;
	}
	details = bounce_json_member(notification, notifications[reader->current].member);
	value[SES_REST] = bounce_json_member(details, notifications[reader->current].recipients);
	value[SES_TYPE] = MEMBER(details, "bounceType");
	value[SES_SUBTYPE] = MEMBER(details, "bounceSubType");
	value[SES_TIMESTAMP] = MEMBER(details, "timestamp");
	value[SES_REPORTER] = MEMBER(details, "reportingMTA");
	value[SES_RESPONSE] = MEMBER(details, "smtpResponse");
	value[SES_FEEDBACK] = MEMBER(details, "complaintFeedbackType");
	mail = MEMBER(notification, "mail");
	header = MEMBER(mail, "commonHeaders");
	value[SES_MESSAGE_ID] = MEMBER(header, "messageId");
	value[SES_OWN_ID] = MEMBER(mail, "messageId");
	value[SES_SOURCE] = MEMBER(mail, "source");
	value[SES_SUBJECT] = MEMBER(header, "subject");
	value[SES_SENT] = MEMBER(mail, "timestamp");
	return true;
}

/* What the notification says of our mail. */
static void
fill_original(BounceReader *reader, BounceReport *report)
{
	BounceArena *arena = &reader->recipient_arena;
	const BounceSpan *value = reader->value;

	report->original_message_id = text_of(arena, value[SES_MESSAGE_ID]);
	if (report->original_message_id.len == 0)
		report->original_message_id = text_of(arena, value[SES_OWN_ID]);
	report->original_sender = bounce_arena_address(arena, text_of(arena, value[SES_SOURCE]));
	report->original_subject = text_of(arena, value[SES_SUBJECT]);
	report->original_date = bounce_time_of(text_of(arena, value[SES_SENT]));
}

/*
 * Of a bounce: the server's words, else the kinds that SES sorts bounces into,
 * "Transient: MailboxFull", which are as good as words.
 */
static void
fill_failure(BounceReader *reader, BounceReport *report, BounceSpan recipient)
{
	BounceArena *arena = &reader->recipient_arena;
	BounceCode	status;

	report->action = text_of(arena, MEMBER(recipient, "action"));
	report->status = text_of(arena, MEMBER(recipient, "status"));
	report->diagnostic = bounce_report_untyped(text_of(arena, MEMBER(recipient, "diagnosticCode")));
	if (report->diagnostic.len == 0)
	{
		BounceSpan	type = text_of(arena, reader->value[SES_TYPE]);
		BounceSpan	subtype = text_of(arena, reader->value[SES_SUBTYPE]);

		report->diagnostic = bounce_arena_add(arena, type);
		report->diagnostic.len += bounce_arena_add(arena, BOUNCE_SPAN_OF(": ")).len;
		report->diagnostic.len += bounce_arena_add(arena, subtype).len;
		if (!bounce_span_is(type, "Permanent"))
			report->status = bounce_arena_add(arena, BOUNCE_SPAN_OF("4.0.0"));
		else if (report->status.len == 0)
			report->status = bounce_arena_add(arena, BOUNCE_SPAN_OF("5.0.0"));
	}
	bounce_code_parse(report->status, &status);
	bounce_report_use_codes(report, &status);
}

static BounceStep
ses_next(BounceReader *reader, BounceReport *report)
{
	BounceArena *arena = &reader->recipient_arena;
	const BounceSpan *value = reader->value;
	BounceSpan	recipient;
	BounceSpan	address;
	BounceTime	time;

	if (!reader->done)
	{
		reader->done = true;
		if (!open_notification(reader))
			return BOUNCE_STEP_END;
	}
	if (!bounce_json_element(&reader->value[SES_REST], &recipient))
		return BOUNCE_STEP_END;
	arena->used = 0;
	arena->overflow = false;
	address = recipient.ptr[0] == '{' ? MEMBER(recipient, "emailAddress") : recipient;
	address = bounce_arena_address(arena, text_of(arena, address));
	if (address.len == 0)
		return BOUNCE_STEP_MORE;
	bounce_report_begin(reader, report, notifications[reader->current].kind);
	report->recipient = address;
	report->final_recipient = report->recipient;
	fill_original(reader, report);
	time = bounce_time_of(text_of(arena, value[SES_TIMESTAMP]));
	if (time.known)
		report->happened_at = time;
	report->reporting_mta = bounce_report_mta(text_of(arena, value[SES_REPORTER]));
	switch (report->kind)
	{
		case BOUNCE_KIND_FAILED:
		case BOUNCE_KIND_DELAYED:
			fill_failure(reader, report, recipient);
			break;
		case BOUNCE_KIND_DELIVERED:
			report->diagnostic = text_of(arena, value[SES_RESPONSE]);
			bounce_code_find(report->diagnostic, &report->code);
			break;
		case BOUNCE_KIND_COMPLAINT:
			report->feedback_type = text_of(arena, value[SES_FEEDBACK]);
			break;
		case BOUNCE_KIND_AUTOREPLY:
		case BOUNCE_KIND_CHALLENGE:
		case BOUNCE_KIND_UNSUBSCRIBE:
			break;
	}
	return BOUNCE_STEP_ITEM;
}

const BounceFormat bounce_format_ses = {
	{"amazon-ses", 10}, ses_knows, ses_next
};
