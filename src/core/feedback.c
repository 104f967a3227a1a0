/*-------------------------------------------------------------------------
 *
 * feedback.c
 *	  Reader of feedback reports (complaints), RFC 5965.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/feedback.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"

static bool
feedback_knows(const BounceReader *reader)
{
	return reader->has_report && reader->report.type == BOUNCE_PART_FEEDBACK;
}

/*
 * One report a message.  The address is the one that the feedback loop names,
 * else the one that the returned mail was for; where both are redacted, nobody
 * is named, and the return path's token must tell.
 */
static BounceStep
feedback_next(BounceReader *reader, BounceReport *report)
{
	const BounceSpan *value = reader->value;
	BounceTime	time;

	if (reader->done)
		return BOUNCE_STEP_END;

	/* all fields are about the message, so no recipient ends a group */
	if (bounce_report_fields_next(reader) == BOUNCE_STEP_MORE)
		return BOUNCE_STEP_MORE;
	reader->done = true;

	bounce_report_begin(reader, report, BOUNCE_KIND_COMPLAINT);
	report->feedback_type = value[BOUNCE_REPORT_FEEDBACK_TYPE];
	report->recipient = bounce_arena_address(&reader->recipient_arena,
											 value[BOUNCE_REPORT_ORIGINAL_RCPT_TO]);
	if (report->recipient.len == 0)
		report->recipient = bounce_reader_mailed(reader);
	report->final_recipient = report->recipient;
	report->reporting_mta = bounce_report_mta(value[BOUNCE_REPORT_REPORTING_MTA]);
	time = bounce_time_of(value[BOUNCE_REPORT_RECEIVED_DATE]);
	if (!time.known)
		time = bounce_time_of(value[BOUNCE_REPORT_ARRIVAL]);
	if (time.known)
		report->happened_at = time;
	return BOUNCE_STEP_ITEM;
}

const BounceFormat bounce_format_rfc5965 = {
	{"rfc5965", 7}, feedback_knows, feedback_next
};
