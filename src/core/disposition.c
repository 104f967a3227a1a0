/*-------------------------------------------------------------------------
 *
 * disposition.c
 *	  Reader of message disposition notifications, RFC 8098.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/disposition.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"
#include "core/sender.h"

static bool
disposition_knows(const BounceReader *reader)
{
	return reader->has_report && reader->report.type == BOUNCE_PART_DISPOSITION;
}

/*
 * "automatic-action/MDN-sent-automatically; deleted": the type behind the
 * semicolon says what became of the mail, what stands before it, who decided.
 *
 * A mail that a program deleted unseen was refused: that is how Sieve's reject
 * is sent (RFC 5429, 2.1.1), by the mail system.  Mail programs write the same
 * when a person deletes mail unread, in the name of that person; such a mail was
 * delivered, and so was one that was dispatched or processed.
 */
static BounceKind
kind_of(const BounceReader *reader, BounceSpan disposition)
{
	const char *semicolon = disposition.len > 0 ? memchr(disposition.ptr, ';', disposition.len) : NULL;
	BounceSpan	type = disposition;

	if (semicolon != NULL)
	{
		type.len -= (size_t) (semicolon + 1 - type.ptr);
		type.ptr = semicolon + 1;
	}
	type = bounce_span_trim(type);
	if (bounce_span_starts(type, "failed") || bounce_span_starts(type, "denied") ||
		(bounce_span_starts(type, "deleted") && bounce_span_starts(disposition, "automatic-action") &&
		 bounce_sender_is_system(&reader->fields)))
		return BOUNCE_KIND_FAILED;
	return BOUNCE_KIND_DELIVERED;
}

/* One report a message; of a refusal the reason is the last paragraph of prose. */
static BounceStep
disposition_next(BounceReader *reader, BounceReport *report)
{
	const BounceSpan *value = reader->value;
	BounceStep	step;

	if (reader->done)
		return BOUNCE_STEP_END;
	step = bounce_report_fields_next(reader);
	if (step == BOUNCE_STEP_MORE)
		return BOUNCE_STEP_MORE;
	reader->done = true;
	if (value[BOUNCE_REPORT_DISPOSITION].ptr == NULL)
		return BOUNCE_STEP_END;
	bounce_report_begin(reader, report, kind_of(reader, value[BOUNCE_REPORT_DISPOSITION]));
	bounce_report_find_recipients(reader, report);
	report->action = value[BOUNCE_REPORT_DISPOSITION];
	if (report->original_message_id.ptr == NULL)
		report->original_message_id = value[BOUNCE_REPORT_ORIGINAL_MESSAGE_ID];
	if (report->kind == BOUNCE_KIND_FAILED)
	{
		BounceSpan	text = bounce_span_trim(reader->notice.text);
		size_t		given = bounce_span_find_fold(text, BOUNCE_SPAN_OF("reason was given:"));

		if (given != BOUNCE_SPAN_NOT_FOUND)
		{
			given += sizeof("reason was given:") - 1;
			text = bounce_span_trim(bounce_span_make(text.ptr + given, text.len - given));
		}
		report->diagnostic = bounce_arena_unfold(&reader->recipient_arena, text);
		bounce_code_find(report->diagnostic, &report->code);
	}
	return BOUNCE_STEP_ITEM;
}

const BounceFormat bounce_format_rfc8098 = {
	{"rfc8098", 7}, disposition_knows, disposition_next
};
