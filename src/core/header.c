/*-------------------------------------------------------------------------
 *
 * header.c
 *	  Iterate over the header fields of one message or MIME part.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/header.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/header.h"

/*
 * Length of the field name with which this line begins, or 0 when it begins
 * with none (RFC 5322, 2.2: printable ASCII without a blank, then a colon; the
 * blanks before the colon that RFC 822 allowed are tolerated).
 */
static inline size_t
name_length(BounceSpan line)
{
	size_t		n = 0;
	size_t		colon;

	for (; line.len - n >= 8; n += 8)
	{
		uint64_t	eight = bounce_eight_octets(line.ptr + n);
		uint64_t	other = eight ^ BOUNCE_EACH(':');
		uint64_t	stop = bounce_eight_unprintable(eight, '!') |
			((other - BOUNCE_EACH(1)) & ~other & BOUNCE_EACH_HIGH_BIT);

		if (stop != 0)
		{
			n += bounce_first_of_eight(stop);
			if (line.ptr[n] == ':')
				return n;
			break;
		}
	}
	while (n < line.len && line.ptr[n] > ' ' && line.ptr[n] < 127 && line.ptr[n] != ':')
		n++;
	colon = n;
	while (colon < line.len && (line.ptr[colon] == ' ' || line.ptr[colon] == '\t'))
		colon++;
	return (colon < line.len && line.ptr[colon] == ':') ? n : 0;
}

size_t
bounce_header_name_length(BounceSpan line)
{
	return name_length(line);
}

/*
 * Begin with the header block at the start of text.  Empty lines before it and
 * the "From " line of an mbox are passed over by the first step.
 */
void
bounce_header_open(BounceHeaderIter *it, BounceSpan text, BounceLineEnd line_end)
{
	it->lines.cur = text.ptr;
	it->lines.end = bounce_span_end(text);
	it->lines.line_end = line_end;
	it->first = true;
}

/*
 * Step to the next header field.
 *
 * Returns false at the empty line that ends the block, at a line that begins
 * with "--" (a boundary: the block has no end of its own) or at the end of the
 * input, and leaves it->lines.cur where the body starts.  A line that is
 * neither a field nor a continuation is skipped: mail from the wild is broken
 * in every way, and a bounce must still be read.
 *
 * Linear in the bytes that it passes over; never reads past the end.
 */
bool
bounce_header_next(BounceHeaderIter *it, BounceHeader *hdr)
{
	BounceSpan	line;
	const char *start = it->lines.cur;

	while (bounce_line_next(&it->lines, &line))
	{
		size_t		name;

		if (line.len == 0)
		{
			if (!it->first)
				return false;
			start = it->lines.cur;
			continue;			/* empty lines before the first field */
		}
		if (line.len >= 2 && line.ptr[0] == '-' && line.ptr[1] == '-')
		{
			it->lines.cur = start;
			return false;
		}
		name = name_length(line);
		if (name > 0)
		{
			const char *end = line.ptr + line.len;
			const char *value;

			hdr->name = bounce_span_make(line.ptr, name);
			while (it->lines.cur < it->lines.end &&
				   (*it->lines.cur == ' ' || *it->lines.cur == '\t') &&
				   bounce_line_next(&it->lines, &line))
			{
				/* a line of blanks only ends the block in some mailers */
				if (bounce_span_is_blank(line))
				{
					it->lines.cur = line.ptr;
					break;
				}
				end = line.ptr + line.len;
			}
			value = hdr->name.ptr + name;
			while (*value != ':')
				value++;
			hdr->value = bounce_span_trim(bounce_span_make(value + 1, (size_t) (end - value) - 1));
			it->first = false;
			return true;
		}
		if (bounce_span_is_blank(line) && !it->first)
			return false;
		start = it->lines.cur;
	}
	return false;
}

/*
 * Write the value with each fold (line end and the white space behind it)
 * replaced by one blank, clipped to size octets.  Returns the octets written.
 */
size_t
bounce_header_unfold(BounceSpan value, char *buf, size_t size)
{
	size_t		n = 0;
	size_t		i = 0;

	while (i < value.len && n < size)
	{
		char		c = value.ptr[i];

		if (c == '\r' || c == '\n')
		{
			while (i < value.len && bounce_ascii_is_space(value.ptr[i]))
				i++;
			while (n > 0 && (buf[n - 1] == ' ' || buf[n - 1] == '\t'))
				n--;
			buf[n++] = ' ';
			continue;
		}
		buf[n++] = c;
		i++;
	}
	return n;
}
