/*-------------------------------------------------------------------------
 *
 * body.c
 *	  The readable text of a part, and of the subject: transfer encoding, charset
 *	  and HTML undone.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/body.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/html.h"
#include "core/param.h"
#include "core/reader.h"
#include "core/word.h"

/* Longest name of a charset that is looked at. */
#define MAX_CHARSET 64

/* The beginning of a part, decoded into buf (BOUNCE_MAX_NOTICE) if need be. */
BounceSpan
bounce_body_head(BounceReader *reader, const BouncePart *part, char *buf)
{
	BounceDecoder decoder;
	size_t		n;

	if (part->encoding == BOUNCE_ENCODING_IDENTITY)
		return part->body;
	bounce_decode_open(&decoder, part->encoding, part->body);
	n = bounce_decode_next(&decoder, buf, BOUNCE_MAX_NOTICE);
	if (decoder.cur < decoder.end && n > 0)
	{
		reader->truncated = true;
		return bounce_line_whole(bounce_span_make(buf, n), n - 1);
	}
	return bounce_span_make(buf, n);
}

/* The text as UTF-8: itself where it is that, else in readable_bytes. */
static BounceSpan
convert(BounceReader *reader, const BouncePart *part, BounceSpan text)
{
	char		name[MAX_CHARSET];
	BounceSpan	head = bounce_line_whole(text, BOUNCE_MAX_NOTICE);
	BounceSpan	charset;
	size_t		n;

	charset = bounce_span_make(name, bounce_param_get(part->content_type, BOUNCE_SPAN_OF("charset"),
													  name, sizeof(name)));
	if (!bounce_charset_is_needed(charset, head))
		return text;
	reader->truncated |= head.len < text.len;
	n = bounce_charset_to_utf8(reader->charsets, charset, &head,
							   reader->readable_bytes, sizeof(reader->readable_bytes));
	if (head.len > 0 && n > 0)
	{
		reader->truncated = true;
		return bounce_line_whole(bounce_span_make(reader->readable_bytes, n), n - 1);
	}
	return bounce_span_make(reader->readable_bytes, n);
}

/* May an address go on behind this octet? */
static bool
may_be_of_address(char c)
{
	return bounce_ascii_is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '@' || (unsigned char) c >= 0x80;
}

/*
 * What a person would read in this part, as UTF-8, without markup.  Plain text
 * that is ASCII or UTF-8 stays where it is; of other text BOUNCE_MAX_NOTICE
 * octets at most are read, of HTML BOUNCE_MAX_HTML.
 */
BounceSpan
bounce_body_text(BounceReader *reader, const BouncePart *part)
{
	BounceSpan	text = bounce_body_head(reader, part, reader->text_bytes);
	bool		cut;
	size_t		n;

	reader->text_breaks_off = text.len > 0 && may_be_of_address(text.ptr[text.len - 1]);
	text = convert(reader, part, text);
	if (part->type != BOUNCE_PART_HTML)
		return text;
	cut = text.len > BOUNCE_MAX_HTML;
	if (cut)
		text.len = BOUNCE_MAX_HTML;
	n = bounce_html_strip(&text, reader->readable_bytes, sizeof(reader->readable_bytes));
	if (cut || text.len > 0)
	{
		reader->truncated = true;
		if (n > 0)
			return bounce_line_whole(bounce_span_make(reader->readable_bytes, n), n - 1);
	}
	return bounce_span_make(reader->readable_bytes, n);
}

/* The subject as text, and what it says.  Done once, when somebody asks. */
void
bounce_reader_read_subject(BounceReader *reader)
{
	BounceWordIter it;
	BounceWord	word;
	char		piece[BOUNCE_SUBJECT_BYTES];
	size_t		n = 0;

	if (reader->subject.ptr != NULL)
		return;
	bounce_word_open(&it, reader->fields.value[BOUNCE_FIELD_SUBJECT]);
	while (n < sizeof(reader->subject_bytes) && bounce_word_next(&it, piece, sizeof(piece), &word))
	{
		n += bounce_charset_to_utf8(reader->charsets, word.charset, &word.bytes,
									reader->subject_bytes + n, sizeof(reader->subject_bytes) - n);
	}
	reader->subject = bounce_span_make(reader->subject_bytes, n);
	bounce_said_read(reader->subject, &reader->subject_said);
}

/* What the text says as a whole.  Read once, too. */
const BounceSaid *
bounce_reader_said(BounceReader *reader)
{
	if (!reader->said_known)
	{
		bounce_said_read(reader->notice.text, &reader->said);
		reader->said_known = true;
	}
	return &reader->said;
}
