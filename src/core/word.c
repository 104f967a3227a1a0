/*-------------------------------------------------------------------------
 *
 * word.c
 *	  Encoded words in header fields, RFC 2047.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/word.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/decode.h"
#include "core/word.h"

/* Begin with the pieces of an unfolded field. */
void
bounce_word_open(BounceWordIter *it, BounceSpan value)
{
	it->rest = value;
	it->after_word = false;
}

/*
 * The encoded word that begins at s: =?charset?encoding?text?=
 *
 * Returns its whole length, 0 when it is none, and BOUNCE_SPAN_NOT_FOUND when no
 * word ends in all the rest of the field.  Blanks inside the text are not
 * allowed by the RFC but written by many, so they are taken.
 */
static size_t
encoded_word(BounceSpan s, BounceSpan *charset, char *encoding, BounceSpan *text)
{
	const char *end = s.ptr + s.len;
	const char *p = s.ptr + 2;
	const char *mark;

	if (s.len < 8 || s.ptr[0] != '=' || s.ptr[1] != '?')
		return 0;
	mark = memchr(p, '?', (size_t) (end - p));
	if (mark == NULL || end - mark < 5 || mark[2] != '?')
		return 0;
	*charset = bounce_span_make(p, (size_t) (mark - p));
	for (size_t i = 0; i < charset->len; i++)
	{
		if (bounce_ascii_is_space(p[i]))
			return 0;
		if (p[i] == '*')
			charset->len = i;	/* a language, RFC 2231 */
	}
	*encoding = bounce_ascii_lower(mark[1]);
	if (*encoding != 'q' && *encoding != 'b')
		return 0;
	*text = bounce_span_make(mark + 3, (size_t) (end - mark) - 3);
	text->len = bounce_span_find(*text, BOUNCE_SPAN_OF("?="));
	if (text->len == BOUNCE_SPAN_NOT_FOUND)
		return BOUNCE_SPAN_NOT_FOUND;
	return (size_t) (text->ptr + text->len + 2 - s.ptr);
}

/* Decode the text of a word; "_" is a blank in the Q encoding. */
static size_t
decode_text(char encoding, BounceSpan text, char *buf, size_t size)
{
	BounceDecoder dec;
	size_t		n;

	if (encoding == 'b')
	{
		bounce_decode_open(&dec, BOUNCE_ENCODING_BASE64, text);
		return bounce_decode_next(&dec, buf, size);
	}

	/* "_" cannot come out of =XX, so it is replaced in the copy before */
	n = text.len < size ? text.len : size;
	for (size_t i = 0; i < n; i++)
		buf[i] = text.ptr[i] == '_' ? ' ' : text.ptr[i];

	/* decoding never writes more than it has read, so it can be done in place */
	bounce_decode_open(&dec, BOUNCE_ENCODING_QP, bounce_span_make(buf, n));
	return bounce_decode_next(&dec, buf, n);
}

/*
 * Step to the next piece: an encoded word, decoded into buf (clipped to size),
 * or the literal text up to the next one.  White space between two encoded
 * words is dropped (RFC 2047, 6.2).  A literal piece may be empty.
 *
 * Linear over all steps together.
 */
bool
bounce_word_next(BounceWordIter *it, char *buf, size_t size, BounceWord *word)
{
	size_t		from = 0;

	if (it->rest.len == 0)
		return false;
	while (from < it->rest.len)
	{
		BounceSpan	tail = bounce_span_make(it->rest.ptr + from, it->rest.len - from);
		size_t		hit = bounce_span_find(tail, BOUNCE_SPAN_OF("=?"));
		BounceSpan	charset;
		BounceSpan	text;
		char		encoding;
		size_t		len;

		if (hit == BOUNCE_SPAN_NOT_FOUND)
			break;
		hit += from;
		tail = bounce_span_make(it->rest.ptr + hit, it->rest.len - hit);
		len = encoded_word(tail, &charset, &encoding, &text);
		if (len == BOUNCE_SPAN_NOT_FOUND)
			break;
		if (len == 0)
		{
			from = hit + 2;
			continue;
		}
		if (hit > 0 && !(it->after_word &&
						 bounce_span_trim(bounce_span_make(it->rest.ptr, hit)).len == 0))
		{
			word->bytes = bounce_span_make(it->rest.ptr, hit);
			word->charset = BOUNCE_SPAN_NONE;
			it->rest = tail;
			it->after_word = false;
			return true;
		}
		word->bytes = bounce_span_make(buf, decode_text(encoding, text, buf, size));
		word->charset = charset;
		it->rest = bounce_span_make(tail.ptr + len, tail.len - len);
		it->after_word = true;
		return true;
	}
	word->bytes = it->rest;
	word->charset = BOUNCE_SPAN_NONE;
	it->rest.len = 0;
	return true;
}
