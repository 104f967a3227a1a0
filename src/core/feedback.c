/*-------------------------------------------------------------------------
 *
 * feedback.c
 *	  Readers of feedback reports (complaints): RFC 5965, and Outlook.com's.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/feedback.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"
#include "core/verp.h"

static bool
feedback_knows(const BounceReader *reader)
{
	return reader->has_report && reader->report.type == BOUNCE_PART_FEEDBACK;
}

/*
 * An address that somebody can be mailed at.  Feedback loops hide whom a mail was
 * for (RFC 6590), some by a word in the place of his name.
 */
static BounceSpan
real_address(BounceReader *reader, BounceSpan text)
{
	BounceSpan	address = bounce_arena_address(&reader->recipient_arena, text);

	return bounce_span_starts(address, "redacted") ? BOUNCE_SPAN_NONE : address;
}

/*
 * Whom the mail was for, by itself: its To, else the address that its return path
 * holds, which the report may name.
 */
static BounceSpan
mailed(BounceReader *reader, BounceSpan path)
{
	BounceSpan	to = real_address(reader, bounce_reader_mailed(reader));
	BounceAddress addr;
	char		plain[BOUNCE_MAX_ADDRESS];

	if (to.len > 0)
		return to;
	if (path.len == 0)
		path = reader->original.value[BOUNCE_FIELD_RETURN_PATH];
	if (path.len > BOUNCE_MAX_VALUE || bounce_reader_is_cut(reader, path) ||
		!bounce_verp_read(bounce_arena_address(&reader->recipient_arena, path), &addr))
		return BOUNCE_SPAN_NONE;
	return bounce_arena_add(&reader->recipient_arena,
							bounce_span_make(plain, bounce_address_write(&addr, plain, sizeof(plain))));
}

/* What all the reports of a message say, whoever they are about. */
static void
fill(BounceReader *reader, BounceReport *report, BounceSpan recipient)
{
	const BounceSpan *value = reader->value;
	BounceTime	time;

	report->feedback_type = value[BOUNCE_REPORT_FEEDBACK_TYPE];
	report->recipient = recipient;
	report->final_recipient = recipient;
	report->reporting_mta = bounce_report_mta(value[BOUNCE_REPORT_REPORTING_MTA]);
	time = bounce_time_of(value[BOUNCE_REPORT_RECEIVED_DATE]);
	if (!time.known)
		time = bounce_time_of(value[BOUNCE_REPORT_ARRIVAL]);
	if (time.known)
		report->happened_at = time;
}

/*
 * A report may have Original-Rcpt-To several times (RFC 5965, 3.2).  The first
 * is among the fields; the part is read once more for the others.
 */
static BounceStep
further_recipient(BounceReader *reader, BounceReport *report)
{
	static const BounceSpan name = {"original-rcpt-to:", 17};
	BounceSpan	line;
	BounceStep	step;
	size_t		passed = 0;

	if (!reader->in_group)
	{
		bounce_text_open(&reader->lines, reader->report.encoding, reader->report.body,
						 reader->line_end);
		reader->in_group = true;
		reader->held = false;	/* until the first one was passed */
	}
	while ((step = bounce_text_next(&reader->lines, &line)) == BOUNCE_STEP_ITEM)
	{
		passed += line.len + 1;
		if (passed > BOUNCE_STEP_BYTES)
			return BOUNCE_STEP_MORE;
		if (!bounce_span_starts_fold(line, name))
			continue;
		if (reader->held && line.len < BOUNCE_MAX_LINE && !bounce_reader_is_cut(reader, line))
		{
			BounceSpan	recipient;

			reader->recipient_arena.used = 0;
			reader->recipient_arena.overflow = false;
			line = bounce_arena_add(&reader->recipient_arena, line);
			recipient = real_address(reader, bounce_span_make(line.ptr + name.len, line.len - name.len));
			if (recipient.len > 0 && !bounce_reader_seen(reader, recipient))
			{
				bounce_report_begin(reader, report, BOUNCE_KIND_COMPLAINT);
				fill(reader, report, recipient);
				return BOUNCE_STEP_ITEM;
			}
		}
		reader->held = true;
	}
	return step;
}

/*
 * One report an address.  It is the one that the feedback loop names, else the
 * one that the returned mail was for; where both are redacted, nobody is named,
 * and the return path's token must tell.
 */
static BounceStep
feedback_next(BounceReader *reader, BounceReport *report)
{
	const BounceSpan *value = reader->value;
	BounceSpan	recipient;

	if (reader->done)
		return further_recipient(reader, report);

	/* all fields are about the message, so no recipient ends a group */
	if (bounce_report_fields_next(reader) == BOUNCE_STEP_MORE)
		return BOUNCE_STEP_MORE;
	reader->done = true;
	reader->in_group = false;

	bounce_report_begin(reader, report, BOUNCE_KIND_COMPLAINT);
	recipient = real_address(reader, value[BOUNCE_REPORT_ORIGINAL_RCPT_TO]);
	if (recipient.len == 0)
		recipient = real_address(reader, value[BOUNCE_REPORT_REMOVAL_RECIPIENT]);
	if (recipient.len == 0)
		recipient = mailed(reader, value[BOUNCE_REPORT_ORIGINAL_MAIL_FROM]);
	bounce_reader_seen(reader, recipient);
	fill(reader, report, recipient);
	return BOUNCE_STEP_ITEM;
}

/*
 * Outlook.com's Junk Mail Reporting Program sends back the mail and nothing
 * else, and writes whom it was for into a field that it puts in front.
 */
static bool
jmrp_knows(const BounceReader *reader)
{
	static const char subject[] = "complaint about message from ";

	return reader->has_original && !reader->has_report &&
		(reader->original.value[BOUNCE_FIELD_X_HMXMR_RECIPIENT].ptr != NULL ||
		 bounce_span_starts(bounce_span_trim(reader->fields.value[BOUNCE_FIELD_SUBJECT]), subject)) &&
		(bounce_span_find_fold(reader->fields.value[BOUNCE_FIELD_FROM],
							   BOUNCE_SPAN_OF("hotmail.com")) != BOUNCE_SPAN_NOT_FOUND ||
		 bounce_span_find_fold(reader->fields.value[BOUNCE_FIELD_FROM],
							   BOUNCE_SPAN_OF("outlook.com")) != BOUNCE_SPAN_NOT_FOUND);
}

static BounceStep
jmrp_next(BounceReader *reader, BounceReport *report)
{
	BounceSpan	named = reader->original.value[BOUNCE_FIELD_X_HMXMR_RECIPIENT];
	BounceSpan	recipient = BOUNCE_SPAN_NONE;

	if (reader->done)
		return BOUNCE_STEP_END;
	reader->done = true;
	bounce_report_begin(reader, report, BOUNCE_KIND_COMPLAINT);
	if (named.len > 0 && named.len <= BOUNCE_MAX_VALUE && !bounce_reader_is_cut(reader, named))
		recipient = real_address(reader, named);
	if (recipient.len == 0)
		recipient = mailed(reader, BOUNCE_SPAN_NONE);
	report->recipient = recipient;
	report->final_recipient = recipient;
	report->feedback_type = bounce_arena_add(&reader->recipient_arena, BOUNCE_SPAN_OF("abuse"));
	return BOUNCE_STEP_ITEM;
}

const BounceFormat bounce_format_rfc5965 = {
	{"rfc5965", 7}, feedback_knows, feedback_next
};

const BounceFormat bounce_format_jmrp = {
	{"jmrp", 4}, jmrp_knows, jmrp_next
};
