/*-------------------------------------------------------------------------
 *
 * report_recipient.c
 *	  Who was mailed and who failed, by the fields of a report part.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/report_recipient.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"
#include "core/utf8.h"

/*
 * RFC 6533, 3: where the path was not UTF-8 clean, a utf-8 address has its
 * characters as \x{HEX}.  Undoes that in place; value lies in an arena, and the
 * text only becomes shorter.
 */
static BounceSpan
undo_utf8_escapes(BounceArena *arena, BounceSpan value)
{
	char	   *buf = arena->buf + (value.ptr - arena->buf);
	size_t		n = 0;

	if (bounce_span_find(value, BOUNCE_SPAN_OF("\\x{")) == BOUNCE_SPAN_NOT_FOUND)
		return value;
	for (size_t i = 0; i < value.len;)
	{
		if (i + 4 < value.len && memcmp(value.ptr + i, "\\x{", 3) == 0)
		{
			unsigned int c = 0;
			size_t		j = i + 3;

			while (j < value.len && j < i + 9 && bounce_ascii_hex(value.ptr[j]) >= 0)
				c = c * 16 + (unsigned int) bounce_ascii_hex(value.ptr[j++]);
			if (j > i + 3 && j < value.len && value.ptr[j] == '}')
			{
				n += bounce_utf8_write(c, buf + n);
				i = j + 1;
				continue;
			}
		}
		buf[n++] = value.ptr[i++];
	}
	return bounce_span_make(value.ptr, n);
}

/* The address in a recipient field, or NONE. */
static BounceSpan
recipient_of(BounceReader *reader, BounceReportField field)
{
	BounceSpan	value = reader->value[field];

	if (value.len == 0)
		return BOUNCE_SPAN_NONE;
	if (bounce_span_starts(value, "utf-8"))
		value = undo_utf8_escapes(&reader->recipient_arena, value);
	return bounce_arena_address(&reader->recipient_arena, value);
}

/*
 * Who was mailed, and who failed?  The sender's own word (Original-Recipient)
 * goes before the last server's (Final-Recipient); X-Actual-Recipient is where
 * Sendmail says that an alias led to.
 */
void
bounce_report_find_recipients(BounceReader *reader, BounceReport *report)
{
	BounceSpan	original = recipient_of(reader, BOUNCE_REPORT_ORIGINAL_RECIPIENT);
	BounceSpan	final = recipient_of(reader, BOUNCE_REPORT_FINAL_RECIPIENT);
	BounceSpan	actual = recipient_of(reader, BOUNCE_REPORT_ACTUAL_RECIPIENT);

	report->recipient = original.len > 0 ? original : final;
	report->final_recipient = actual.len > 0 ? actual : final;
	if (report->recipient.len == 0)
		report->recipient = actual;
	if (report->recipient.len == 0)
		report->recipient =
			bounce_arena_address(&reader->recipient_arena,
								 reader->fields.value[BOUNCE_FIELD_X_FAILED_RECIPIENTS]);
	if (report->recipient.len == 0)
		report->recipient = bounce_reader_mailed(reader);
	if (report->final_recipient.len == 0)
		report->final_recipient = report->recipient;
}
