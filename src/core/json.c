/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Find values in JSON text (RFC 8259) without building anything.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * A value is a span that begins with its first octet.  Nothing is validated:
 * text that is no JSON gives values that are none, or no value.
 *
 * src/core/json.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/json.h"
#include "core/utf8.h"

static size_t
skip_space(BounceSpan text, size_t at)
{
	while (at < text.len && bounce_ascii_is_space(text.ptr[at]))
		at++;
	return at;
}

/* The octet behind the string whose opening quote is at this place. */
static size_t
skip_string(BounceSpan text, size_t at)
{
	for (at++; at < text.len; at++)
	{
		if (text.ptr[at] == '\\')
			at++;
		else if (text.ptr[at] == '"')
			return at + 1;
	}
	return text.len;
}

/* The octet behind the value that begins at this place.  Linear in the value. */
static size_t
skip_value(BounceSpan text, size_t at)
{
	size_t		depth = 0;

	while (at < text.len)
	{
		char		c = text.ptr[at];

		if (c == '"')
		{
			at = skip_string(text, at);
			if (depth == 0)
				return at;
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}' || c == ']' || bounce_ascii_is_space(c)))
			return at;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return at + 1;
		at++;
	}
	return text.len;
}

/* The value that this text begins with, without what follows it. */
BounceSpan
bounce_json_value(BounceSpan text)
{
	size_t		start = skip_space(text, 0);
	size_t		end = skip_value(text, start);

	return end > start ? bounce_span_make(text.ptr + start, end - start) : BOUNCE_SPAN_NONE;
}

/*
 * The value of an object's first member of this name, which is compared as it is
 * written; NONE when there is no such member, or when this is no object.
 * Linear in the object.
 */
BounceSpan
bounce_json_member(BounceSpan object, BounceSpan name)
{
	size_t		at = 1;

	if (object.len == 0 || object.ptr[0] != '{')
		return BOUNCE_SPAN_NONE;
	for (;;)
	{
		BounceSpan	key;
		BounceSpan	value;
		size_t		start;

		while (at < object.len && (bounce_ascii_is_space(object.ptr[at]) || object.ptr[at] == ','))
			at++;
		if (at >= object.len || object.ptr[at] != '"')
			return BOUNCE_SPAN_NONE;
		start = at;
		at = skip_string(object, at);
		key = bounce_span_make(object.ptr + start, at - start);
		at = skip_space(object, at);
		if (at >= object.len || object.ptr[at] != ':')
			return BOUNCE_SPAN_NONE;
		at++;
		value = bounce_json_value(bounce_span_make(object.ptr + at, object.len - at));
		if (value.len == 0)
			return BOUNCE_SPAN_NONE;
		if (key.len == name.len + 2 && memcmp(key.ptr + 1, name.ptr, name.len) == 0)
			return value;
		at = (size_t) (bounce_span_end(value) - object.ptr);
	}
}

/*
 * The next element of an array.  *rest is the array at first, and is moved
 * behind the element.  False at its end, or when it is no array.
 */
bool
bounce_json_element(BounceSpan *rest, BounceSpan *value)
{
	size_t		at = 0;
	const char *end = bounce_span_end(*rest);

	/* the opening bracket, later the comma */
	if (rest->len == 0 || (rest->ptr[0] != '[' && rest->ptr[0] != ','))
		return false;
	at = skip_space(*rest, 1);
	*value = bounce_json_value(bounce_span_make(rest->ptr + at, rest->len - at));
	if (value->len == 0)
		return false;
	rest->ptr = bounce_span_end(*value);
	rest->len = (size_t) (end - rest->ptr);
	at = skip_space(*rest, 0);
	rest->ptr += at;
	rest->len -= at;
	return true;
}

/* The four digits of \uXXXX at this place; -1 when they are none. */
static int
hex_quad(BounceSpan s, size_t at)
{
	int			value = 0;

	if (at + 4 > s.len)
		return -1;
	for (size_t i = at; i < at + 4; i++)
	{
		int			digit = bounce_ascii_hex(s.ptr[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/*
 * Write what a string says into buf, escapes undone, clipped to size.  Returns
 * its length: 0 for what is no string, or breaks off.
 */
size_t
bounce_json_string(BounceSpan value, char *buf, size_t size)
{
	static const char escapes[] = "b\bf\fn\nr\rt\t";
	size_t		n = 0;

	if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"')
		return 0;
	for (size_t i = 1; i < value.len && value.ptr[i] != '"' && n < size; i++)
	{
		int			c;

		if (value.ptr[i] != '\\')
		{
			buf[n++] = value.ptr[i];
			continue;
		}
		if (++i >= value.len)
			break;
		if (value.ptr[i] == 'u' && (c = hex_quad(value, i + 1)) >= 0)
		{
			int			low = -1;

			i += 4;
			if (c >= 0xD800 && c < 0xDC00 && i + 2 < value.len &&
				value.ptr[i + 1] == '\\' && value.ptr[i + 2] == 'u')
				low = hex_quad(value, i + 3);
			if (low >= 0xDC00 && low < 0xE000)
			{
				c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
				i += 6;
			}
			if (n + BOUNCE_UTF8_SIZE > size)
				break;
			n += bounce_utf8_write((unsigned int) c, buf + n);
			continue;
		}
		buf[n] = value.ptr[i];
		for (size_t j = 0; j + 1 < sizeof(escapes); j += 2)
		{
			if (escapes[j] == value.ptr[i])
				buf[n] = escapes[j + 1];
		}
		n++;
	}
	return n;
}
