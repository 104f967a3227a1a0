/*-------------------------------------------------------------------------
 *
 * mime.c
 *	  Walk over the leaf parts of a MIME message.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * The boundaries of the multiparts that are open are a stack; nothing recurses.
 * A message inside the message (message/rfc822) is one leaf: who wants to look
 * inside opens a walk of its own over its body.
 *
 * src/core/mime.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/mime.h"
#include "core/param.h"

/* What a line is to the multiparts that are open. */
typedef enum Delimiter
{
	DELIMITER_NONE,
	DELIMITER_OPEN,				/* --boundary */
	DELIMITER_CLOSE				/* --boundary-- */
} Delimiter;

/* Media types that matter, in any order. */
static const struct
{
	BounceSpan	name;
	BouncePartType type;
}			media_types[] =
{
	{{"text/plain", 10}, BOUNCE_PART_TEXT},
	{{"text", 4}, BOUNCE_PART_TEXT},
	{{"text/html", 9}, BOUNCE_PART_HTML},
	{{"message/delivery-status", 23}, BOUNCE_PART_DELIVERY_STATUS},
	{{"message/global-delivery-status", 30}, BOUNCE_PART_DELIVERY_STATUS},
	{{"message/disposition-notification", 32}, BOUNCE_PART_DISPOSITION},
	{{"message/global-disposition-notification", 39}, BOUNCE_PART_DISPOSITION},
	{{"message/feedback-report", 23}, BOUNCE_PART_FEEDBACK},
	{{"message/rfc822", 14}, BOUNCE_PART_ORIGINAL},
	{{"message/global", 14}, BOUNCE_PART_ORIGINAL},
	{{"text/rfc822-headers", 19}, BOUNCE_PART_ORIGINAL_HEADER},
	{{"text/rfc822", 11}, BOUNCE_PART_ORIGINAL_HEADER},
	{{"message/rfc822-headers", 22}, BOUNCE_PART_ORIGINAL_HEADER},
	{{"message/global-headers", 22}, BOUNCE_PART_ORIGINAL_HEADER},
};

static BouncePartType
part_type(BounceSpan content_type)
{
	BounceSpan	media = bounce_param_main(content_type);

	if (media.len == 0)
		return BOUNCE_PART_TEXT;
	if (bounce_span_starts(media, "multipart/"))
		return BOUNCE_PART_MULTIPART;
	for (size_t i = 0; i < sizeof(media_types) / sizeof(media_types[0]); i++)
	{
		if (bounce_span_equal_fold(media, media_types[i].name))
			return media_types[i].type;
	}
	return BOUNCE_PART_OTHER;
}

static BounceEncoding
part_encoding(BounceSpan value)
{
	if (bounce_span_starts(value, "quoted-printable"))
		return BOUNCE_ENCODING_QP;
	if (bounce_span_starts(value, "base64"))
		return BOUNCE_ENCODING_BASE64;
	return BOUNCE_ENCODING_IDENTITY;
}

/* Begin a walk over the whole message. */
void
bounce_mime_open(BounceMime *mime, BounceSpan message)
{
	mime->lines.cur = message.ptr;
	mime->lines.end = bounce_span_end(message);
	mime->lines.line_end = bounce_line_end_probe(message);
	mime->header = BOUNCE_SPAN_NONE;
	mime->in_leaf = false;
	mime->in_header = true;
	mime->truncated = false;
	mime->depth = 0;
}

/*
 * Is this line a delimiter of one of the open multiparts?  Says of which in
 * *level.  The innermost is asked first, so that a boundary that is used twice
 * closes the inner multipart before the outer one.
 *
 * White space behind the boundary is allowed (RFC 2046, 5.1.1), anything else
 * makes it an ordinary line: "--b" and "--b1" occur in one message.
 */
static Delimiter
match_delimiter(const BounceMime *mime, BounceSpan line, int *level)
{
	if (line.len < 3 || line.ptr[0] != '-' || line.ptr[1] != '-')
		return DELIMITER_NONE;
	for (int i = mime->depth - 1; i >= 0; i--)
	{
		const BounceMultipart *open = &mime->stack[i];
		BounceSpan	rest = bounce_span_make(line.ptr + 2, line.len - 2);
		Delimiter	kind = DELIMITER_OPEN;

		if (open->boundary_len == 0 || rest.len < open->boundary_len ||
			memcmp(rest.ptr, open->boundary, open->boundary_len) != 0)
			continue;
		rest.ptr += open->boundary_len;
		rest.len -= open->boundary_len;
		if (rest.len >= 2 && rest.ptr[0] == '-' && rest.ptr[1] == '-')
		{
			kind = DELIMITER_CLOSE;
			rest.ptr += 2;
			rest.len -= 2;
		}
		if (!bounce_span_is_blank(rest))
			continue;
		*level = i;
		return kind;
	}
	return DELIMITER_NONE;
}

/*
 * Take this line as the boundary of a multipart that does not name one (or
 * names one that never comes): it must look like a delimiter, and a field must
 * follow it.
 */
static bool
guess_boundary(BounceMime *mime, BounceMultipart *open, BounceSpan line)
{
	BounceLines ahead = mime->lines;
	BounceSpan	next;

	if (line.len < 4 || line.ptr[0] != '-' || line.ptr[1] != '-')
		return false;
	if (line.len - 2 > BOUNCE_MAX_BOUNDARY || memchr(line.ptr, ' ', line.len) != NULL)
		return false;
	if (!bounce_line_next(&ahead, &next) || !bounce_span_starts(next, "Content-"))
		return false;
	open->boundary_len = line.len - 2;
	memcpy(open->boundary, line.ptr + 2, open->boundary_len);
	return true;
}

/*
 * Read the header at the walk's position: fills mime->part but for its body,
 * and opens a multipart when it is one.
 */
static void
read_part_header(BounceMime *mime)
{
	BounceHeaderIter it;
	BounceHeader hdr;
	BouncePart *part = &mime->part;
	BounceSpan	encoding = BOUNCE_SPAN_NONE;
	const char *start = mime->lines.cur;
	size_t		size = (size_t) (mime->lines.end - start);

	part->content_type = BOUNCE_SPAN_NONE;
	part->depth = mime->depth;
	if (size > BOUNCE_MAX_HEADER)
	{
		/* what lies behind is body, unless the header ends before */
		size = BOUNCE_MAX_HEADER;
	}
	bounce_header_open(&it, bounce_span_make(start, size), mime->lines.line_end);

	/* a part may have no header at all: an empty line, then the body */
	if (mime->depth > 0)
		it.first = false;
	if (mime->header.ptr == NULL)
	{
		/* of the message itself: somebody will ask for other fields, too */
		bounce_fields_scan(&mime->fields, &it);
		part->content_type = mime->fields.value[BOUNCE_FIELD_CONTENT_TYPE];
		encoding = mime->fields.value[BOUNCE_FIELD_CONTENT_ENCODING];
	}
	else
	{
		while (bounce_header_next(&it, &hdr))
		{
			if (part->content_type.ptr == NULL && bounce_span_is(hdr.name, "Content-Type"))
				part->content_type = hdr.value;
			else if (encoding.ptr == NULL && bounce_span_is(hdr.name, "Content-Transfer-Encoding"))
				encoding = hdr.value;
		}
	}
	mime->lines.cur = it.lines.cur;
	if (it.lines.cur == it.lines.end && it.lines.cur < mime->lines.end)
		mime->truncated = true;
	part->header = bounce_span_make(start, (size_t) (it.lines.cur - start));
	if (mime->header.ptr == NULL)
		mime->header = part->header;
	part->type = part_type(part->content_type);
	part->encoding = part_encoding(encoding);
	part->body = bounce_span_make(mime->lines.cur, 0);
	mime->body_end = mime->lines.cur;
	mime->in_header = false;
	mime->in_leaf = true;

	if (part->type == BOUNCE_PART_MULTIPART)
	{
		BounceMultipart *open;

		if (mime->depth == BOUNCE_MAX_DEPTH)
		{
			mime->truncated = true;
			return;
		}
		open = &mime->stack[mime->depth++];
		open->boundary_len = bounce_param_get(part->content_type, BOUNCE_SPAN_OF("boundary"),
											  open->boundary, BOUNCE_MAX_BOUNDARY);
		open->begun = false;
		open->guessed = open->boundary_len == 0;
		open->start = mime->lines.cur;
		mime->in_leaf = false;
	}
}

/*
 * The innermost multipart ends here without ever having begun: its boundary
 * does not occur.  Go back and look for what may be meant, once; if that is in
 * vain too, its whole body is one leaf of unknown structure.
 *
 * Each multipart is read twice at the most, so the walk stays linear.
 */
static bool
retry_multipart(BounceMime *mime)
{
	BounceMultipart *open = &mime->stack[mime->depth - 1];

	if (open->begun)
		return false;
	if (!open->guessed)
	{
		open->guessed = true;
		open->boundary_len = 0;
		mime->lines.cur = open->start;
		return true;
	}
	mime->part.type = BOUNCE_PART_TEXT;
	mime->part.encoding = BOUNCE_ENCODING_IDENTITY;
	mime->part.depth = mime->depth;
	mime->part.body = bounce_span_make(open->start, 0);
	mime->lines.cur = open->start;
	mime->in_leaf = true;
	mime->depth--;
	return true;
}

/*
 * Step over lines that do not begin with "--", which can be no delimiters, as
 * far as the step's budget goes.
 */
static void
skip_plain_lines(BounceMime *mime, const char *pause)
{
	const char *cur = mime->lines.cur;
	const char *end = mime->lines.end;
	const char *line = cur;
	const char *line_end = cur;
	char		stop = mime->lines.line_end == BOUNCE_LINE_END_CR ? '\r' : '\n';

	while (cur < end && !(cur[0] == '-' && end - cur > 1 && cur[1] == '-') &&
		   cur - pause <= BOUNCE_STEP_BYTES)
	{
		line = cur;
		line_end = memchr(cur, stop, (size_t) (end - cur));
		if (line_end == NULL)
			line_end = end;
		cur = line_end < end ? line_end + 1 : end;
	}
	if (cur == mime->lines.cur)
		return;
	mime->lines.cur = cur;
	while (line_end > line && line_end[-1] == '\r')
		line_end--;
	mime->body_end = line_end;
}

/* Hand out the leaf that ends here. */
static void
finish_leaf(BounceMime *mime, BouncePart *part)
{
	mime->part.body.len = (size_t) (mime->body_end - mime->part.body.ptr);
	mime->in_leaf = false;
	*part = mime->part;
}

/*
 * Step to the next leaf part.
 *
 * Every octet of the message lies in a header, in a leaf's body, or in a
 * multipart's preamble or epilogue, which are skipped.  Parts without a
 * closing boundary end where their parent's boundary or the message ends.
 *
 * Linear in the bytes that it passes over (times BOUNCE_MAX_DEPTH for lines
 * that begin with "--"); comes back with BOUNCE_STEP_MORE after about
 * BOUNCE_STEP_BYTES.
 */
BounceStep
bounce_mime_next(BounceMime *mime, BouncePart *part)
{
	const char *pause = mime->lines.cur;

	for (;;)
	{
		BounceSpan	line;
		Delimiter	delimiter;
		int			level = 0;

		if (mime->in_header)
		{
			read_part_header(mime);
			continue;
		}
		if (mime->lines.cur > pause && (size_t) (mime->lines.cur - pause) > BOUNCE_STEP_BYTES)
			return BOUNCE_STEP_MORE;

		/* without an open multipart the leaf is all the rest */
		if (mime->in_leaf && mime->depth == 0)
		{
			mime->body_end = mime->lines.end;
			mime->lines.cur = mime->lines.end;
			finish_leaf(mime, part);
			return BOUNCE_STEP_ITEM;
		}
		skip_plain_lines(mime, pause);
		if (!bounce_line_next(&mime->lines, &line))
		{
			if (mime->in_leaf)
			{
				mime->body_end = mime->lines.end;
				finish_leaf(mime, part);
				return BOUNCE_STEP_ITEM;
			}
			if (mime->depth == 0)
				return BOUNCE_STEP_END;
			if (retry_multipart(mime))
				return BOUNCE_STEP_MORE;	/* all that was read is read again */
			mime->depth--;
			continue;
		}
		delimiter = match_delimiter(mime, line, &level);
		if (delimiter == DELIMITER_NONE)
		{
			BounceMultipart *open = &mime->stack[mime->depth > 0 ? mime->depth - 1 : 0];

			mime->body_end = line.ptr + line.len;
			if (!mime->in_leaf && mime->depth > 0 && !open->begun && open->guessed &&
				open->boundary_len == 0 && guess_boundary(mime, open, line))
			{
				open->begun = true;
				mime->in_header = true;
			}
			continue;
		}

		/* an outer delimiter ends what is open inside */
		if (!mime->in_leaf && level < mime->depth - 1)
		{
			const char *here = line.ptr;

			if (retry_multipart(mime))
				return BOUNCE_STEP_MORE;
			mime->depth--;
			mime->lines.cur = here;
			continue;
		}
		if (mime->in_leaf)
		{
			/* the same line is read again, to open or close */
			mime->lines.cur = line.ptr;
			finish_leaf(mime, part);
			return BOUNCE_STEP_ITEM;
		}
		mime->stack[level].begun = true;
		if (delimiter == DELIMITER_OPEN)
			mime->in_header = true;
		else
			mime->depth = level;
	}
}
