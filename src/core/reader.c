/*-------------------------------------------------------------------------
 *
 * reader.c
 *	  Pull the reports out of one message.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * A message is listed first: one walk over its parts keeps the report part,
 * the notification text and the mail that came back.  Then the formats are
 * tried in the order of the table below, and the first that gives a report
 * reads the message to its end.
 *
 * src/core/reader.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"
#include "core/returned.h"
#include "core/sender.h"

/*
 * The order of trying.  Machine-readable reports come first, since bounces are
 * marked as automatic replies, too (RFC 3834), and may carry prose of any kind;
 * automatic replies come last.  A challenge is no failure, though it says that a
 * mail was not delivered.
 */
static const BounceFormat *const formats[] =
{
	&bounce_format_rfc3464,
	&bounce_format_rfc5965,
	&bounce_format_rfc8098,
	&bounce_format_jmrp,
	&bounce_format_ses,
	&bounce_format_challenge,
	&bounce_format_exim,
	&bounce_format_plain,
	&bounce_format_unsubscribe,
	&bounce_format_autoreply
};

#define FORMAT_COUNT ((int) (sizeof(formats) / sizeof(formats[0])))

/* Begin with this message.  Costs nothing yet. */
void
bounce_reader_open(BounceReader *reader, BounceSpan message, BounceCharsets *charsets)
{
	/* so that what lies in no part is an empty span and not an unknown one */
	if (message.ptr == NULL)
		message = BOUNCE_SPAN_OF("");
	reader->message = message;
	reader->charsets = charsets;
	reader->line_end = bounce_line_end_probe(message);
	reader->has_report = false;
	reader->has_text = false;
	reader->text_breaks_off = false;
	reader->has_original = false;
	reader->truncated = false;
	reader->format = NULL;
	reader->format_index = -1;
	reader->reports = 0;
	reader->said_known = false;
	memset(reader->seen, 0, sizeof(reader->seen));
	reader->seen_count = 0;
	reader->why_known = false;
	reader->several = -1;
	reader->rest = BOUNCE_SPAN_NONE;
	reader->rest_misses = 0;
	reader->weighed_count = 0;
	reader->below_misses = 0;
	reader->subject = BOUNCE_SPAN_NONE;
	reader->held = false;
	reader->done = false;
	reader->current = -1;
	reader->lines.truncated = false;	/* there may be no report part to open */
	bounce_arena_open(&reader->message_arena, reader->message_bytes, sizeof(reader->message_bytes));
	bounce_arena_open(&reader->recipient_arena, reader->recipient_bytes, sizeof(reader->recipient_bytes));
	bounce_mime_open(&reader->mime, message);
}

/*
 * A further text part: is it the mail that came back?  Some attach its header as
 * a text file, and some put the mail between two boundaries as it is, so that
 * its header becomes that of the part.
 */
static bool
list_returned_text(BounceReader *reader, const BouncePart *part)
{
	BounceSpan	whole = part->header;

	if (reader->has_original || !reader->has_text)
		return false;
	reader->returned = *part;
	if (part->encoding == BOUNCE_ENCODING_IDENTITY &&
		bounce_returned_is_header(part->body, reader->line_end))
		reader->returned.type = BOUNCE_PART_ORIGINAL_HEADER;
	else if (bounce_returned_is_header(part->header, reader->line_end))
	{
		whole.len = (size_t) (bounce_span_end(part->body) - whole.ptr);
		reader->returned.type = BOUNCE_PART_ORIGINAL;
		reader->returned.encoding = BOUNCE_ENCODING_IDENTITY;
		reader->returned.body = whole;
	}
	else
		return false;
	reader->has_original = true;
	return true;
}

/* Does this report part name anybody? */
static bool
names_recipient(const BouncePart *part)
{
	return part->encoding != BOUNCE_ENCODING_IDENTITY ||
		bounce_span_find_fold(bounce_line_whole(part->body, BOUNCE_NOTICE_WINDOW),
							  BOUNCE_SPAN_OF("-recipient:")) != BOUNCE_SPAN_NOT_FOUND;
}

/* Keep what a reader will need of this part. */
static void
list_part(BounceReader *reader, const BouncePart *part)
{
	switch (part->type)
	{
		case BOUNCE_PART_TEXT:
		case BOUNCE_PART_HTML:
			if (list_returned_text(reader, part))
				break;
			if (!reader->has_text || bounce_span_is_blank(reader->text.body) ||
				(part->type == BOUNCE_PART_TEXT && reader->text.type == BOUNCE_PART_HTML &&
				 !bounce_span_is_blank(part->body)))
			{
				reader->text = *part;
				reader->has_text = true;
			}
			break;
		case BOUNCE_PART_DELIVERY_STATUS:
		case BOUNCE_PART_DISPOSITION:
		case BOUNCE_PART_FEEDBACK:
			if (!reader->has_report)
			{
				reader->report = *part;
				reader->has_report = true;
			}
			else if (reader->report.type == part->type && !names_recipient(&reader->report) &&
					 names_recipient(part))
			{
				/* the first is prose that was given the wrong type */
				if (!reader->has_text)
				{
					reader->text = reader->report;
					reader->has_text = true;
				}
				reader->report = *part;
			}
			break;
		case BOUNCE_PART_ORIGINAL:
		case BOUNCE_PART_ORIGINAL_HEADER:
			if (!reader->has_original)
			{
				reader->returned = *part;
				reader->has_original = true;
			}
			break;
		case BOUNCE_PART_MULTIPART:
		case BOUNCE_PART_OTHER:
			break;
	}
}

/* Where the fields begin that stand without an empty line above this place. */
static size_t
block_start(BounceSpan text, size_t at)
{
	size_t		floor = at > BOUNCE_MAX_LINE ? at - BOUNCE_MAX_LINE : 0;
	size_t		line = at;

	while (line > floor)
	{
		size_t		end = line - 1;
		size_t		start;

		if (end > floor && text.ptr[end] == '\n' && text.ptr[end - 1] == '\r')
			end--;
		start = end;
		while (start > floor && text.ptr[start - 1] != '\n' && text.ptr[start - 1] != '\r')
			start--;
		if (bounce_header_name_length(bounce_span_make(text.ptr + start, end - start)) == 0)
			break;
		line = start;
	}
	return line;
}

/*
 * Some mail systems write the fields of a report part into the prose, and some
 * messages lose their MIME header on the way.  If there are such fields in the
 * text, they become the report, and the text ends before them.
 */
static void
find_inline_report(BounceReader *reader, BounceSpan *text)
{
	static const BounceSpan recipient = {"final-recipient:", 16};
	static const BounceSpan reporter = {"reporting-mta:", 14};
	static const BounceSpan disposition = {"\ndisposition:", 13};
	BounceSpan	window = bounce_line_whole(*text, BOUNCE_NOTICE_WINDOW);
	size_t		at;
	size_t		first;

	/* people quote reports, too */
	if (!bounce_sender_is_system(&reader->fields) && !bounce_sender_is_null(&reader->fields))
		return;
	at = bounce_span_find_fold(window, recipient);
	if (at == BOUNCE_SPAN_NOT_FOUND ||
		(at > 0 && window.ptr[at - 1] != '\n' && window.ptr[at - 1] != '\r'))
		return;
	at = block_start(window, at);
	first = bounce_span_find_fold(bounce_span_make(window.ptr, at), reporter);
	if (first != BOUNCE_SPAN_NOT_FOUND &&
		(first == 0 || window.ptr[first - 1] == '\n' || window.ptr[first - 1] == '\r'))
		at = first;
	reader->report = reader->text;
	reader->report.type =
		bounce_span_find_fold(bounce_span_make(window.ptr + at, window.len - at), disposition) == BOUNCE_SPAN_NOT_FOUND ?
		BOUNCE_PART_DELIVERY_STATUS : BOUNCE_PART_DISPOSITION;
	reader->report.encoding = BOUNCE_ENCODING_IDENTITY;
	reader->report.body = bounce_span_make(text->ptr + at, text->len - at);
	reader->has_report = true;
	text->len = at;
}

/*
 * Where the message breaks off within the text, its last word may be the first
 * half of an address, and somebody else's.
 */
static void
drop_half_address(const BounceReader *reader, BounceSpan *text)
{
	size_t		len = text->len;

	if (len == 0 || bounce_span_end(reader->text.body) != bounce_span_end(reader->message) ||
		!reader->text_breaks_off)
		return;
	while (len > 0 && !bounce_ascii_is_space(text->ptr[len - 1]))
		len--;
	if (memchr(text->ptr + len, '@', text->len - len) != NULL)
		text->len = len;
}

/* All parts are listed: read the headers, decode the prose. */
static void
finish_listing(BounceReader *reader)
{
	BounceSpan	text = bounce_span_make(reader->message.ptr, 0);
	BounceSpan	original = text;
	BounceSpan	quoted;

	reader->truncated = reader->mime.truncated;
	reader->fields = reader->mime.fields;
	if (!reader->has_report)
		bounce_sender_find(&reader->fields);	/* who reads prose will ask */
	if (reader->has_original)
		original = bounce_body_head(reader, &reader->returned, reader->returned_bytes);
	if (reader->has_text)
	{
		size_t		notice_len;

		text = bounce_body_text(reader, &reader->text);
		drop_half_address(reader, &text);
		if (bounce_returned_find(text, reader->line_end, &notice_len, &quoted))
		{
			/* some repeat it, though it came back in a part of its own */
			if (!reader->has_original)
				original = quoted;
			text.len = notice_len;
		}
		if (!reader->has_report)
			find_inline_report(reader, &text);
	}
	if (text.len > BOUNCE_MAX_PROSE)
	{
		text = bounce_line_whole(text, BOUNCE_MAX_PROSE);
		reader->truncated = true;
	}
	bounce_fields_read(&reader->original, original, reader->line_end);
	bounce_notice_open(&reader->notice, text, reader->line_end);

	/* said once, not for each recipient anew */
	text.len = text.len < BOUNCE_MAX_NOTICE ? text.len : BOUNCE_MAX_NOTICE;
	reader->has_transcript = bounce_span_find(text, BOUNCE_SPAN_OF("<<<")) != BOUNCE_SPAN_NOT_FOUND;
}

/* Give the message to the next format that knows it; false when none is left. */
static bool
choose_format(BounceReader *reader)
{
	while (++reader->format_index < FORMAT_COUNT)
	{
		if (formats[reader->format_index]->knows(reader))
		{
			reader->format = formats[reader->format_index];
			reader->done = false;
			reader->held = false;
			reader->current = -1;
			reader->recipient_arena.used = 0;
			reader->notice.pos = 0;
			reader->notice.misses = 0;
			if (reader->has_report)
				bounce_report_fields_open(reader);
			return true;
		}
	}
	return false;
}

/*
 * Step to the next report.
 *
 * BOUNCE_STEP_END at once means that the message is no report, or none that
 * anybody here can read.  Linear in the message over all steps together.
 */
BounceStep
bounce_reader_next(BounceReader *reader, BounceReport *report)
{
	BouncePart	part;
	BounceStep	step;

	if (reader->format == NULL)
	{
		if (reader->format_index >= FORMAT_COUNT)
			return BOUNCE_STEP_END;
		step = bounce_mime_next(&reader->mime, &part);
		if (step == BOUNCE_STEP_ITEM)
			list_part(reader, &part);
		if (step != BOUNCE_STEP_END)
			return BOUNCE_STEP_MORE;
		finish_listing(reader);
		return choose_format(reader) ? BOUNCE_STEP_MORE : BOUNCE_STEP_END;
	}
	step = reader->format->next(reader, report);
	if (step == BOUNCE_STEP_ITEM)
	{
		reader->reports++;
		bounce_report_use_return_path(reader, report);
		report->truncated |= reader->recipient_arena.overflow || reader->lines.truncated;
		return BOUNCE_STEP_ITEM;
	}
	if (step == BOUNCE_STEP_END && reader->reports == 0 && choose_format(reader))
		return BOUNCE_STEP_MORE;
	return step;
}
