/*-------------------------------------------------------------------------
 *
 * report_field.c
 *	  Groups of fields in a machine-readable report part.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * RFC 3464 says: fields about the message, an empty line, fields about a
 * recipient, an empty line, and so on.  Mail systems put all in one block, set
 * empty lines inside a block, give the fields in any order, and let the lines
 * of a reply begin in the first column.
 *
 * src/core/report_field.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"

static const struct
{
	BounceSpan	name;
	BounceReportField field;
}			known[] =
{
	{{"final-recipient", 15}, BOUNCE_REPORT_FINAL_RECIPIENT},
	{{"original-recipient", 18}, BOUNCE_REPORT_ORIGINAL_RECIPIENT},
	{{"x-actual-recipient", 18}, BOUNCE_REPORT_ACTUAL_RECIPIENT},
	{{"action", 6}, BOUNCE_REPORT_ACTION},
	{{"status", 6}, BOUNCE_REPORT_STATUS},
	{{"diagnostic-code", 15}, BOUNCE_REPORT_DIAGNOSTIC},
	{{"remote-mta", 10}, BOUNCE_REPORT_REMOTE_MTA},
	{{"last-attempt-date", 17}, BOUNCE_REPORT_LAST_ATTEMPT},
	{{"reporting-mta", 13}, BOUNCE_REPORT_REPORTING_MTA},
	{{"arrival-date", 12}, BOUNCE_REPORT_ARRIVAL},
	{{"feedback-type", 13}, BOUNCE_REPORT_FEEDBACK_TYPE},
	{{"original-rcpt-to", 16}, BOUNCE_REPORT_ORIGINAL_RCPT_TO},
	{{"removal-recipient", 17}, BOUNCE_REPORT_REMOVAL_RECIPIENT},
	{{"original-mail-from", 18}, BOUNCE_REPORT_ORIGINAL_MAIL_FROM},
	{{"received-date", 13}, BOUNCE_REPORT_RECEIVED_DATE},
	{{"disposition", 11}, BOUNCE_REPORT_DISPOSITION},
	{{"original-message-id", 19}, BOUNCE_REPORT_ORIGINAL_MESSAGE_ID},
};

/* Begin with the report part that was listed. */
void
bounce_report_fields_open(BounceReader *reader)
{
	bounce_text_open(&reader->lines, reader->report.encoding, reader->report.body,
					 reader->line_end);
	for (int i = 0; i < BOUNCE_REPORT_FIELD_COUNT; i++)
		reader->value[i] = BOUNCE_SPAN_NONE;
	reader->in_group = false;
	reader->held = false;
	reader->current = -1;
	reader->message_arena.used = 0;
	reader->message_arena.overflow = false;
}

/*
 * Take "type;" away, as in "dns; mx.example.com" or "smtp;550 ..."; what
 * begins with a digit is no type.
 */
BounceSpan
bounce_report_untyped(BounceSpan value)
{
	size_t		n = 0;

	while (n < value.len && n < 24 &&
		   (bounce_ascii_is_alnum(value.ptr[n]) || value.ptr[n] == '-' || value.ptr[n] == '.'))
		n++;
	if (n == 0 || n >= value.len || value.ptr[n] != ';' || bounce_ascii_is_digit(value.ptr[0]))
		return value;
	return bounce_span_trim(bounce_span_make(value.ptr + n + 1, value.len - n - 1));
}

/* A host's name: the first word, without the comment that some put behind. */
BounceSpan
bounce_report_mta(BounceSpan value)
{
	size_t		n = 0;

	value = bounce_report_untyped(value);
	while (n < value.len && !bounce_ascii_is_space(value.ptr[n]) &&
		   value.ptr[n] != '(' && value.ptr[n] != ';')
		n++;
	if (n == 0)
		return BOUNCE_SPAN_NONE;
	return bounce_span_make(value.ptr, n);
}

static BounceArena *
arena_of(BounceReader *reader, int field)
{
	return field < BOUNCE_REPORT_RECIPIENT_FIELDS ?
		&reader->recipient_arena : &reader->message_arena;
}

static bool
names_address(BounceReportField field)
{
	return field == BOUNCE_REPORT_FINAL_RECIPIENT || field == BOUNCE_REPORT_ORIGINAL_RECIPIENT ||
		field == BOUNCE_REPORT_ACTUAL_RECIPIENT || field == BOUNCE_REPORT_ORIGINAL_RCPT_TO ||
		field == BOUNCE_REPORT_REMOVAL_RECIPIENT;
}

/* Append a line to the value that was added last, with one blank between. */
static void
continue_value(BounceReader *reader, BounceSpan line)
{
	BounceSpan *value = &reader->value[reader->current];
	BounceArena *arena = arena_of(reader, reader->current);

	line = bounce_span_trim(line);
	if (line.len == 0)
		return;
	if (value->len + line.len + 1 > BOUNCE_MAX_VALUE ||
		line.len + 1 > arena->size - arena->used)
	{
		arena->overflow = true;
		return;
	}
	if (value->len > 0 &&
		!(names_address((BounceReportField) reader->current) && bounce_address_goes_on(*value, line)))
		value->len += bounce_arena_add(arena, BOUNCE_SPAN_OF(" ")).len;
	value->len += bounce_arena_add(arena, line).len;
}

/* Which field does this line begin?  -1 for one that nobody asks for. */
static int
field_of(BounceSpan name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		if (bounce_span_equal_fold(known[i].name, name))
			return (int) known[i].field;
	}
	return -1;
}

static bool
has_recipient(const BounceReader *reader)
{
	return reader->value[BOUNCE_REPORT_FINAL_RECIPIENT].ptr != NULL ||
		reader->value[BOUNCE_REPORT_ORIGINAL_RECIPIENT].ptr != NULL ||
		reader->value[BOUNCE_REPORT_ACTUAL_RECIPIENT].ptr != NULL;
}

static bool
has_outcome(const BounceReader *reader)
{
	return reader->value[BOUNCE_REPORT_ACTION].ptr != NULL ||
		reader->value[BOUNCE_REPORT_STATUS].ptr != NULL ||
		reader->value[BOUNCE_REPORT_DIAGNOSTIC].ptr != NULL;
}

/*
 * Does the message break off in this line?  Of what was encoded, that is the
 * last line, when it has no end.
 */
static bool
line_is_cut(const BounceReader *reader, BounceSpan line)
{
	const BounceText *text = &reader->lines;

	if (reader->report.encoding == BOUNCE_ENCODING_IDENTITY)
		return bounce_reader_is_cut(reader, line);
	return text->decoder.cur == bounce_span_end(reader->message) &&
		text->start == text->filled && text->filled > 0 &&
		text->window[text->filled - 1] != '\n' && text->window[text->filled - 1] != '\r';
}

/* Does a second field of this kind begin the next recipient? */
static bool
begins_recipient(BounceReportField field)
{
	return field == BOUNCE_REPORT_FINAL_RECIPIENT || field == BOUNCE_REPORT_ORIGINAL_RECIPIENT ||
		field == BOUNCE_REPORT_ACTION || field == BOUNCE_REPORT_STATUS;
}

/*
 * Does this field, behind an empty line, belong to the recipient whose fields are
 * complete without it?  Some set an empty line behind every field: then all are
 * his, up to the one that he has already, or that names somebody behind what
 * became of him.  What the reply was is nobody else's in any case: no recipient
 * begins with it.
 */
static bool
goes_on(const BounceReader *reader, int field)
{
	if (field < BOUNCE_REPORT_RECIPIENT_FIELDS && reader->value[field].ptr != NULL)
		return false;
	switch ((BounceReportField) field)
	{
		case BOUNCE_REPORT_FINAL_RECIPIENT:
		case BOUNCE_REPORT_ORIGINAL_RECIPIENT:
		case BOUNCE_REPORT_ACTUAL_RECIPIENT:
			return reader->last_block == 1 && reader->last_field >= 0 &&
				names_address((BounceReportField) reader->last_field);
		case BOUNCE_REPORT_ACTION:
		case BOUNCE_REPORT_STATUS:
			return reader->last_block == 1;
		default:
			return true;
	}
}

/*
 * Use one line of the part.  Returns true when it belongs to the next
 * recipient, so that this one is complete; the line is held then.
 */
static bool
use_line(BounceReader *reader, BounceSpan line)
{
	BounceArena *arena;
	bool		clipped = line.len == BOUNCE_MAX_LINE;
	size_t		name_len;
	int			field;

	if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
	{
		if (reader->current < 0)
			return false;
		if (!names_address((BounceReportField) reader->current) || !line_is_cut(reader, line))
			continue_value(reader, line);
		else if (bounce_address_goes_on(reader->value[reader->current], bounce_span_trim(line)))
			reader->value[reader->current].len = 0; /* half of an address */
		return false;
	}
	name_len = bounce_header_name_length(line);
	if (name_len == 0)
	{
		/* the further lines of a reply, in the first column */
		if (reader->current == BOUNCE_REPORT_DIAGNOSTIC)
			continue_value(reader, line);
		return false;
	}
	field = field_of(bounce_span_make(line.ptr, name_len));
	reader->current = -1;
	if (field >= 0 && reader->complete ? !goes_on(reader, field) :
		field >= 0 && reader->value[field].ptr != NULL && has_recipient(reader) &&
		begins_recipient((BounceReportField) field))
	{
		reader->held = true;
		reader->line = line;
		return true;
	}
	reader->block_fields++;
	if (field < 0 || reader->value[field].ptr != NULL)
		return false;			/* the first counts */
	reader->last_field = field;
	if (line_is_cut(reader, line) && names_address((BounceReportField) field))
		return false;
	line = bounce_span_trim(bounce_span_make(line.ptr + name_len, line.len - name_len));
	if (line.len > 0 && line.ptr[0] == ':')
		line = bounce_span_trim(bounce_span_make(line.ptr + 1, line.len - 1));
	arena = arena_of(reader, field);
	if (names_address((BounceReportField) field) &&
		(clipped || line.len > arena->size - arena->used))
	{
		/* half of an address is somebody else's; that there was one counts */
		arena->overflow = true;
		reader->value[field] = bounce_arena_add(arena, bounce_span_make(line.ptr, 0));
		return false;
	}
	reader->value[field] = bounce_arena_add(arena, line);
	reader->current = field;
	return false;
}

/*
 * Read on to the end of the next recipient's fields: reader->value holds them,
 * together with those of the whole message as far as they were seen.
 *
 * A group ends at an empty line, once it has both a recipient and an outcome and
 * what follows is of another; or where a field comes for the second time; or at
 * the end of the part.
 * BOUNCE_STEP_END means that there is no further recipient.
 *
 * Linear in the lines that it passes over.
 */
BounceStep
bounce_report_fields_next(BounceReader *reader)
{
	size_t		passed = 0;

	if (!reader->in_group)
	{
		for (int i = 0; i < BOUNCE_REPORT_RECIPIENT_FIELDS; i++)
			reader->value[i] = BOUNCE_SPAN_NONE;
		reader->recipient_arena.used = 0;
		reader->recipient_arena.overflow = false;
		reader->current = -1;
		reader->complete = false;
		reader->block_fields = 0;
		reader->last_block = 0;
		reader->last_field = -1;
		reader->in_group = true;
	}
	for (;;)
	{
		BounceStep	step = BOUNCE_STEP_ITEM;

		if (passed > BOUNCE_STEP_BYTES)
			return BOUNCE_STEP_MORE;
		if (!reader->held)
			step = bounce_text_next(&reader->lines, &reader->line);
		reader->held = false;
		if (step == BOUNCE_STEP_MORE)
			return BOUNCE_STEP_MORE;
		if (step == BOUNCE_STEP_END)
		{
			reader->in_group = false;

			/* what is left behind the last recipient is about nobody new */
			return has_recipient(reader) || (has_outcome(reader) && reader->reports == 0) ?
				BOUNCE_STEP_ITEM : BOUNCE_STEP_END;
		}
		passed += reader->line.len + 1;
		if (reader->line.len == 0)
		{
			reader->current = -1;
			reader->complete = has_recipient(reader) && has_outcome(reader);
			if (reader->block_fields > 0)
				reader->last_block = reader->block_fields;
			reader->block_fields = 0;
			continue;
		}
		if (use_line(reader, reader->line))
		{
			reader->in_group = false;
			return BOUNCE_STEP_ITEM;
		}
	}
}
