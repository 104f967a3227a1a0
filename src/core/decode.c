/*-------------------------------------------------------------------------
 *
 * decode.c
 *	  Content-Transfer-Encoding undone, as a stream and line by line.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/decode.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/decode.h"

/* Value of a base64 digit plus one; 0 for what is none (RFC 4648). */
static const unsigned char base64_digit[256] =
{
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7,
	['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13,
	['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19,
	['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25,
	['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31,
	['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,
	['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43,
	['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,
	['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61,
	['9'] = 62, ['+'] = 63, ['/'] = 64
};

void
bounce_decode_open(BounceDecoder *dec, BounceEncoding encoding, BounceSpan input)
{
	dec->encoding = encoding;
	dec->cur = input.ptr;
	dec->end = bounce_span_end(input);
	dec->bits = 0;
	dec->nbits = 0;
}

/* Where a call stops, whatever came out of it. */
static const char *
stop_of(const BounceDecoder *dec)
{
	return dec->end - dec->cur > BOUNCE_STEP_BYTES ? dec->cur + BOUNCE_STEP_BYTES : dec->end;
}

/*
 * Whatever is no digit is skipped, as RFC 2045 asks.  Padding ends a quad and
 * begins a new one: base64 that was pasted together still reads.
 */
static size_t
decode_base64(BounceDecoder *dec, char *buf, size_t size)
{
	const char *stop = stop_of(dec);
	size_t		n = 0;

	while (dec->cur < stop && n < size)
	{
		unsigned char c;
		unsigned char digit;

		/* four digits, where a quad begins, are three octets */
		while (dec->nbits == 0 && stop - dec->cur >= 4 && size - n >= 3)
		{
			const unsigned char *quad = (const unsigned char *) dec->cur;
			unsigned char a = base64_digit[quad[0]];
			unsigned char b = base64_digit[quad[1]];
			unsigned char d = base64_digit[quad[2]];
			unsigned char e = base64_digit[quad[3]];
			unsigned int bits;

			if (a == 0 || b == 0 || d == 0 || e == 0)
				break;
			bits = (unsigned int) (a - 1) << 18 | (unsigned int) (b - 1) << 12 |
				(unsigned int) (d - 1) << 6 | (unsigned int) (e - 1);
			buf[n++] = (char) (bits >> 16);
			buf[n++] = (char) (bits >> 8);
			buf[n++] = (char) bits;
			dec->bits = bits;
			dec->cur += 4;
		}
		if (dec->cur == stop || n == size)
			break;
		c = (unsigned char) *dec->cur++;
		digit = base64_digit[c];

		if (c == '=')
		{
			dec->bits = 0;
			dec->nbits = 0;
			continue;
		}
		if (digit == 0)
			continue;
		dec->bits = ((dec->bits << 6) | (unsigned int) (digit - 1)) & 0xFFFFFF;
		dec->nbits += 6;
		if (dec->nbits >= 8)
		{
			dec->nbits -= 8;
			buf[n++] = (char) ((dec->bits >> dec->nbits) & 0xFF);
		}
	}
	return n;
}

/* Is there a soft line break behind this "="?  If so, steps over it. */
static bool
skip_soft_break(BounceDecoder *dec)
{
	const char *p = dec->cur;

	while (p < dec->end && (*p == ' ' || *p == '\t'))
		p++;
	if (p < dec->end && *p != '\r' && *p != '\n')
		return false;
	if (p < dec->end && *p == '\r')
		p++;
	if (p < dec->end && *p == '\n')
		p++;
	dec->cur = p;
	return true;
}

/* A "=" that begins neither an octet nor a soft break stands for itself. */
static size_t
decode_qp(BounceDecoder *dec, char *buf, size_t size)
{
	const char *stop = stop_of(dec);
	size_t		n = 0;

	while (dec->cur < stop && n < size)
	{
		size_t		room = (size_t) (stop - dec->cur) < size - n ? (size_t) (stop - dec->cur) : size - n;
		const char *escape = memchr(dec->cur, '=', room);
		size_t		plain = escape != NULL ? (size_t) (escape - dec->cur) : room;
		char		c;

		/* it may be the buffer that is being read: word.c decodes in place */
		if (plain > 0)
		{
			memmove(buf + n, dec->cur, plain);
			dec->cur += plain;
			n += plain;
			continue;
		}
		c = *dec->cur++;
		if (c == '=')
		{
			if (dec->end - dec->cur >= 2 && bounce_ascii_hex(dec->cur[0]) >= 0 &&
				bounce_ascii_hex(dec->cur[1]) >= 0)
			{
				c = (char) (bounce_ascii_hex(dec->cur[0]) * 16 + bounce_ascii_hex(dec->cur[1]));
				dec->cur += 2;
			}
			else if (skip_soft_break(dec))
				continue;
		}
		buf[n++] = c;
	}
	return n;
}

/*
 * Decode the next octets into buf; returns how many.  The end is where dec->cur
 * is dec->end: one call consumes BOUNCE_STEP_BYTES or a little more at the most,
 * and of base64 that is none, nothing may come out.
 *
 * Linear in what it consumes.
 */
size_t
bounce_decode_next(BounceDecoder *dec, char *buf, size_t size)
{
	size_t		n = 0;

	switch (dec->encoding)
	{
		case BOUNCE_ENCODING_BASE64:
			return decode_base64(dec, buf, size);
		case BOUNCE_ENCODING_QP:
			return decode_qp(dec, buf, size);
		case BOUNCE_ENCODING_IDENTITY:
			n = (size_t) (dec->end - dec->cur);
			n = n < size ? n : size;
			if (n > 0)
				memcpy(buf, dec->cur, n);
			dec->cur += n;
			break;
	}
	return n;
}

/* Begin with the lines of this part. */
void
bounce_text_open(BounceText *text, BounceEncoding encoding, BounceSpan body,
				 BounceLineEnd line_end)
{
	text->lines.cur = body.ptr;
	text->lines.end = bounce_span_end(body);
	text->lines.line_end = line_end;
	bounce_decode_open(&text->decoder, encoding, body);
	text->start = 0;
	text->filled = 0;
	text->skipping = false;
	text->truncated = false;
}

/* Clip a line that is too long, and say so. */
static void
clip_line(BounceText *text, BounceSpan *line)
{
	if (line->len > BOUNCE_MAX_LINE)
	{
		line->len = BOUNCE_MAX_LINE;
		text->truncated = true;
	}
}

/*
 * Step to the next decoded line, without its end, at most BOUNCE_MAX_LINE
 * octets of it.  Old Macintosh line ends outlive quoted-printable only.
 *
 * Linear in the bytes that it passes over.
 */
BounceStep
bounce_text_next(BounceText *text, BounceSpan *line)
{
	BounceDecoder *dec = &text->decoder;
	BounceLines decoded;
	size_t		left = text->filled - text->start;
	bool		skip = text->skipping;
	bool		whole;
	char		stop;

	if (dec->encoding == BOUNCE_ENCODING_IDENTITY)
	{
		if (!bounce_line_next(&text->lines, line))
			return BOUNCE_STEP_END;
		clip_line(text, line);
		return BOUNCE_STEP_ITEM;
	}
	decoded.line_end = dec->encoding == BOUNCE_ENCODING_QP ?
		text->lines.line_end : BOUNCE_LINE_END_LF;
	stop = decoded.line_end == BOUNCE_LINE_END_CR ? '\r' : '\n';

	/* no line end in the window: move up and fill it */
	if (left == 0 || memchr(text->window + text->start, stop, left) == NULL)
	{
		if (left > 0)
			memmove(text->window, text->window + text->start, left);
		text->start = 0;
		text->filled = left;
		text->filled += bounce_decode_next(dec, text->window + left,
										   sizeof(text->window) - left);
		left = text->filled;
		whole = memchr(text->window, stop, left) != NULL;
		if (!whole && left < sizeof(text->window) && dec->cur < dec->end)
			return BOUNCE_STEP_MORE;
		if (left == 0)
			return BOUNCE_STEP_END;

		/* the rest of a line that fills the whole window is of no use */
		text->skipping = !whole && left == sizeof(text->window);
	}
	else
		text->skipping = false;
	decoded.cur = text->window + text->start;
	decoded.end = text->window + text->filled;
	bounce_line_next(&decoded, line);
	text->start = (size_t) (decoded.cur - text->window);
	if (skip)
		return BOUNCE_STEP_MORE;
	clip_line(text, line);
	return BOUNCE_STEP_ITEM;
}
