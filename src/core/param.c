/*-------------------------------------------------------------------------
 *
 * param.c
 *	  Parameters of a MIME field: type/subtype; name=value; name*0*=value.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/param.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/param.h"

/* One "name=value" of a field; value may be quoted and folded. */
typedef struct ParamToken
{
	BounceSpan	name;
	BounceSpan	value;			/* quotes included */
} ParamToken;

/* What stands before the first semicolon: "text/plain", "attachment". */
BounceSpan
bounce_param_main(BounceSpan value)
{
	size_t		n = 0;

	/* the semicolon is forgotten, at times: "text/plain charset=us-ascii" */
	value = bounce_span_trim(value);
	while (n < value.len && value.ptr[n] != ';' && !bounce_ascii_is_space(value.ptr[n]))
		n++;
	return bounce_span_make(value.ptr, n);
}

/* Step over a quoted string whose opening quote is at *pos. */
static void
skip_quoted(BounceSpan s, size_t *pos)
{
	(*pos)++;
	while (*pos < s.len && s.ptr[*pos] != '"')
		*pos += (s.ptr[*pos] == '\\' && *pos + 1 < s.len) ? 2 : 1;
	if (*pos < s.len)
		(*pos)++;
}

/*
 * The next parameter behind *pos; false when there is none.  Always moves
 * *pos forward.
 */
static bool
next_param(BounceSpan s, size_t *pos, ParamToken *token)
{
	while (*pos < s.len)
	{
		size_t		start;

		while (*pos < s.len && (s.ptr[*pos] == ';' || bounce_ascii_is_space(s.ptr[*pos])))
			(*pos)++;
		start = *pos;
		while (*pos < s.len && s.ptr[*pos] != '=' && s.ptr[*pos] != ';')
			(*pos)++;
		if (*pos >= s.len || s.ptr[*pos] == ';')
			continue;			/* a word without a value */
		token->name = bounce_span_trim(bounce_span_make(s.ptr + start, *pos - start));
		(*pos)++;
		while (*pos < s.len && bounce_ascii_is_space(s.ptr[*pos]))
			(*pos)++;
		start = *pos;
		if (*pos < s.len && s.ptr[*pos] == '"')
			skip_quoted(s, pos);
		else
		{
			while (*pos < s.len && s.ptr[*pos] != ';' && !bounce_ascii_is_space(s.ptr[*pos]))
				(*pos)++;
		}
		token->value = bounce_span_make(s.ptr + start, *pos - start);
		return true;
	}
	return false;
}

/* Is there nothing to undo in this value, but for quotes around it? */
static bool
is_simple(BounceSpan value)
{
	return memchr(value.ptr, '\\', value.len) == NULL &&
		memchr(value.ptr, '\n', value.len) == NULL && memchr(value.ptr, '\r', value.len) == NULL;
}

/*
 * Append one value to buf: quotes and backslashes undone, folds left out and,
 * for an extended value (RFC 2231), %XX decoded.
 */
static size_t
append_value(BounceSpan value, bool extended, char *buf, size_t n, size_t size)
{
	bool		quoted = value.len > 0 && value.ptr[0] == '"';
	size_t		i = quoted ? 1 : 0;

	if (value.len > i && !extended && is_simple(value))
	{
		const char *end = quoted ? memchr(value.ptr + 1, '"', value.len - 1) : NULL;
		size_t		len = (end != NULL ? (size_t) (end - value.ptr) : value.len) - i;

		if (len > size - n)
			len = size - n;
		memcpy(buf + n, value.ptr + i, len);
		return n + len;
	}
	for (; i < value.len && n < size; i++)
	{
		char		c = value.ptr[i];

		if (quoted && c == '"')
			break;
		if (c == '\r' || c == '\n')
			continue;
		if (quoted && c == '\\' && i + 1 < value.len)
			c = value.ptr[++i];
		else if (extended && c == '%' && i + 2 < value.len &&
				 bounce_ascii_hex(value.ptr[i + 1]) >= 0 && bounce_ascii_hex(value.ptr[i + 2]) >= 0)
		{
			c = (char) (bounce_ascii_hex(value.ptr[i + 1]) * 16 + bounce_ascii_hex(value.ptr[i + 2]));
			i += 2;
		}
		buf[n++] = c;
	}
	return n;
}

/* Take "charset'language'" away from the first piece of an extended value. */
static BounceSpan
skip_charset(BounceSpan value)
{
	int			quotes = 0;

	for (size_t i = 0; i < value.len; i++)
	{
		if (value.ptr[i] == '\'' && ++quotes == 2)
			return bounce_span_make(value.ptr + i + 1, value.len - i - 1);
	}
	return value;
}

/*
 * Write the value of the named parameter into buf, clipped to size octets, and
 * return its length; 0 when the field has no such parameter.
 *
 * Understands quoted strings with backslashes (RFC 2045) and the extended and
 * continued values of RFC 2231, whose pieces must come in order, as every
 * mailer writes them.  Of two parameters with one name the first wins.
 *
 * Linear in the field.
 */
size_t
bounce_param_get(BounceSpan value, BounceSpan name, char *buf, size_t size)
{
	BounceSpan	main_value = bounce_param_main(value);
	size_t		pos = value.len > 0 ? (size_t) (main_value.ptr + main_value.len - value.ptr) : 0;
	size_t		n = 0;
	bool		continued = false;
	ParamToken	token;

	while (next_param(value, &pos, &token))
	{
		BounceSpan	rest;
		bool		extended;

		if (!bounce_span_starts_fold(token.name, name))
			continue;
		rest = bounce_span_make(token.name.ptr + name.len, token.name.len - name.len);
		if (rest.len == 0)
			return continued ? n : append_value(token.value, false, buf, 0, size);
		if (rest.ptr[0] != '*')
			continue;
		extended = rest.ptr[rest.len - 1] == '*';
		if (extended && !continued)
		{
			/* quotes are not allowed around these, but written */
			if (token.value.len > 1 && token.value.ptr[0] == '"' &&
				token.value.ptr[token.value.len - 1] == '"')
				token.value.len--;
			token.value = skip_charset(token.value);
		}
		n = append_value(token.value, extended, buf, n, size);
		continued = true;
	}
	return n;
}
