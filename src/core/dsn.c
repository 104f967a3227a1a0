/*-------------------------------------------------------------------------
 *
 * dsn.c
 *	  Reader of delivery status notifications, RFC 3464 and RFC 6533.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * Also for what is nearly one: the part may sit in any multipart (OpenSMTPD),
 * and what the fields leave out is looked for in the prose beside them.
 *
 * src/core/dsn.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"

static bool
dsn_knows(const BounceReader *reader)
{
	return reader->has_report && reader->report.type == BOUNCE_PART_DELIVERY_STATUS;
}

/*
 * RFC 3464, 2.3.3.  Without an action that is known the report is taken for a
 * failure, unless the status says success: a server that troubles to write
 * wants to complain.
 */
static BounceKind
kind_of(BounceSpan action, const BounceCode *status)
{
	if (bounce_span_starts(action, "failed"))
		return BOUNCE_KIND_FAILED;
	if (bounce_span_starts(action, "delayed"))
		return BOUNCE_KIND_DELAYED;
	if (bounce_span_starts(action, "delivered") || bounce_span_starts(action, "relayed") ||
		bounce_span_starts(action, "expanded"))
		return BOUNCE_KIND_DELIVERED;
	return status->enhanced_class == 2 ? BOUNCE_KIND_DELIVERED : BOUNCE_KIND_FAILED;
}

/* The first word of a field: "failed" of "failed (expired)". */
static BounceSpan
first_word(BounceSpan value)
{
	size_t		n = 0;

	while (n < value.len && (bounce_ascii_is_alnum(value.ptr[n]) || value.ptr[n] == '-'))
		n++;
	return bounce_span_make(value.ptr, value.ptr == NULL ? 0 : n);
}

/* "5.1.2 (550 Tried all MXs)": the reply stands in a comment of Status. */
static BounceSpan
status_comment(BounceSpan status)
{
	const char *open = status.len > 0 ? memchr(status.ptr, '(', status.len) : NULL;
	BounceSpan	inner;

	if (open == NULL)
		return BOUNCE_SPAN_NONE;
	inner = bounce_span_make(open + 1, status.len - (size_t) (open + 1 - status.ptr));
	if (inner.len > 0 && inner.ptr[inner.len - 1] == ')')
		inner.len--;
	return inner;
}

/* Look into the prose for what the fields do not say. */
static void
ask_notice(BounceReader *reader, BounceReport *report)
{
	BounceNoticeEntry entry;
	char		plain[BOUNCE_MAX_ADDRESS];
	BounceSpan	named;

	if (!bounce_notice_find(&reader->notice, report->final_recipient, &entry) &&
		(bounce_span_equal(report->recipient, report->final_recipient) ||
		 !bounce_notice_find(&reader->notice, report->recipient, &entry)))
		return;
	if (report->diagnostic.len > 0)
		bounce_report_use_words(reader, report, entry.words);
	else
		bounce_report_use_best_words(reader, report, entry.words,
									 bounce_notice_rest(&reader->notice));

	/* the entry of the address that ours was expanded to */
	named = bounce_span_make(plain, bounce_address_write(&entry.address, plain, sizeof(plain)));
	if (named.len > 0 && !bounce_span_equal_fold(named, report->final_recipient) &&
		bounce_span_equal(report->recipient, report->final_recipient))
		report->final_recipient = bounce_arena_add(&reader->recipient_arena, named);
}

static BounceStep
dsn_next(BounceReader *reader, BounceReport *report)
{
	const BounceSpan *value = reader->value;
	BounceStep	step = bounce_report_fields_next(reader);
	BounceCode	status;
	BounceTime	time;

	if (step != BOUNCE_STEP_ITEM)
		return step;
	bounce_code_parse(value[BOUNCE_REPORT_STATUS], &status);
	bounce_report_begin(reader, report, kind_of(value[BOUNCE_REPORT_ACTION], &status));
	bounce_report_find_recipients(reader, report);
	report->action = first_word(value[BOUNCE_REPORT_ACTION]);
	report->status = value[BOUNCE_REPORT_STATUS];
	report->diagnostic = bounce_report_untyped(value[BOUNCE_REPORT_DIAGNOSTIC]);
	if (report->diagnostic.len == 0)
		report->diagnostic = status_comment(value[BOUNCE_REPORT_STATUS]);
	report->reporting_mta = bounce_report_mta(value[BOUNCE_REPORT_REPORTING_MTA]);
	report->remote_mta = bounce_report_mta(value[BOUNCE_REPORT_REMOTE_MTA]);
	time = bounce_time_of(value[BOUNCE_REPORT_LAST_ATTEMPT]);
	if (!time.known && !report->happened_at.known)
		time = bounce_time_of(value[BOUNCE_REPORT_ARRIVAL]);
	if (time.known)
		report->happened_at = time;
	ask_notice(reader, report);
	bounce_report_use_transcript(reader, report, false);
	if (report->diagnostic.len == 0 && reader->notice.found == 0)
		bounce_report_use_words(reader, report, bounce_reader_why(reader));
	bounce_report_use_codes(report, &status);
	return BOUNCE_STEP_ITEM;
}

const BounceFormat bounce_format_rfc3464 = {
	{"rfc3464", 7}, dsn_knows, dsn_next
};
