/*-------------------------------------------------------------------------
 *
 * address.c
 *	  Addresses: find one in a text, check its syntax, write it plainly.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/address.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/address.h"
#include "core/limits.h"

/* What an octet may be part of. */
#define IN_ATOM		0x01		/* RFC 5322 atext, or a UTF-8 character (RFC 6532) */
#define IN_DOMAIN	0x02		/* a domain label; the underscore is not */
#define IN_LITERAL	0x04		/* an address literal: [192.0.2.1], [IPv6:2001:db8::1] */
#define IS_DOT		0x08
#define IS_UNDERSCORE 0x10

#define A IN_ATOM
#define L IN_LITERAL
#define W (IN_ATOM | IN_DOMAIN | IN_LITERAL)
#define H (IN_ATOM | IN_DOMAIN)
#define D (IS_DOT | IN_LITERAL)
#define U (IN_ATOM | IS_UNDERSCORE)

static const unsigned char part_of[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* !"#$%&' ()*+,-./ */
	0, A, 0, A, A, A, A, A, 0, 0, A, A, 0, W, D, A,
	/* 0-9 :;<=>? */
	W, W, W, W, W, W, W, W, W, W, L, 0, 0, A, 0, A,
	/* @A-Z [\]^_ `a-z {|}~ */
	0, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	W, W, W, W, W, W, W, W, W, W, W, 0, 0, 0, A, U,
	A, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	W, W, W, W, W, W, W, W, W, W, W, A, A, A, A, 0,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H
};

#undef A
#undef L
#undef W
#undef H
#undef D
#undef U

static inline bool
is_part_of(char c, unsigned kinds)
{
	return (part_of[(unsigned char) c] & kinds) != 0;
}

/* Dot-string of RFC 5321: atoms between single dots. */
static bool
is_dot_atom(BounceSpan s)
{
	char		before = '.';

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++)
	{
		char		c = s.ptr[i];

		if (c == '.' ? before == '.' : !is_part_of(c, IN_ATOM))
			return false;
		before = c;
	}
	return before != '.';
}

/*
 * Domains whose mailboxes may have dots that RFC 5321 forbids, in a row or in front
 * of the "@": these carriers of Japan once let their customers choose such names,
 * and whoever has one still has it.  A dot in front they never allowed.
 */
static const BounceSpan free_dot_domains[] =
{
	BOUNCE_SPAN_OF("docomo.ne.jp"),
	BOUNCE_SPAN_OF("ezweb.ne.jp"),
};

/* Is this a local part without quotes, in this domain? */
static bool
is_unquoted_local(BounceSpan local, BounceSpan domain)
{
	if (is_dot_atom(local))
		return true;
	if (local.len == 0 || local.ptr[0] == '.')
		return false;
	for (size_t i = 0; i < sizeof(free_dot_domains) / sizeof(free_dot_domains[0]); i++)
	{
		if (bounce_span_equal_fold(domain, free_dot_domains[i]))
		{
			for (size_t c = 0; c < local.len; c++)
			{
				if (!is_part_of(local.ptr[c], IN_ATOM | IS_DOT))
					return false;
			}
			return true;
		}
	}
	return false;
}

/*
 * Labels of letters, digits and inner hyphens (RFC 1035 with RFC 1123), or an
 * address literal in brackets.  The root's final dot is not allowed in mail.
 */
static bool
is_domain(BounceSpan s)
{
	size_t		label = 0;

	if (s.len == 0 || s.len > BOUNCE_MAX_DOMAIN)
		return false;
	if (s.ptr[0] == '[')
	{
		if (s.len < 4 || s.ptr[s.len - 1] != ']')
			return false;
		for (size_t i = 1; i < s.len - 1; i++)
		{
			if (!is_part_of(s.ptr[i], IN_LITERAL))
				return false;
		}
		return true;
	}
	for (size_t i = 0; i < s.len; i++)
	{
		char		c = s.ptr[i];

		if (c == '.')
		{
			if (label == 0 || s.ptr[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!is_part_of(c, IN_DOMAIN) || (c == '-' && label == 0) || ++label > BOUNCE_MAX_LABEL)
			return false;
	}
	return label > 0 && s.ptr[s.len - 1] != '-';
}

/* Step over a comment whose "(" is first; nesting is counted, not recursed. */
static size_t
comment_length(BounceSpan s)
{
	int			open = 0;

	for (size_t i = 0; i < s.len; i++)
	{
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(')
			open++;
		else if (s.ptr[i] == ')' && --open == 0)
			return i + 1;
	}
	return s.len;
}

/*
 * Length of the quoted string with which s begins, both quotes included; 0
 * when it has no end.
 */
static size_t
quoted_length(BounceSpan s)
{
	for (size_t i = 1; i < s.len; i++)
	{
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			return i + 1;
	}
	return 0;
}

/*
 * Where c first stands outside of quoted strings; s.len when it does not.
 *
 * Linear: behind a quote that has no end no other is looked for.
 */
static size_t
find_unquoted(BounceSpan s, char c)
{
	bool		unclosed = false;
	size_t		i = 0;

	while (i < s.len && s.ptr[i] != c)
	{
		size_t		quoted = 0;

		if (s.ptr[i] == '"' && !unclosed)
		{
			quoted = quoted_length(bounce_span_make(s.ptr + i, s.len - i));
			unclosed = quoted == 0;
		}
		i += quoted > 0 ? quoted : 1;
	}
	return i;
}

/* Take white space and comments away from both ends. */
static BounceSpan
strip_comments(BounceSpan s)
{
	s = bounce_span_trim(s);
	while (s.len > 0 && s.ptr[0] == '(')
	{
		size_t		n = comment_length(s);

		s = bounce_span_trim(bounce_span_make(s.ptr + n, s.len - n));
	}
	while (s.len > 0 && s.ptr[s.len - 1] == ')')
	{
		size_t		paren = find_unquoted(s, '(');

		if (paren == s.len)
			break;
		s = bounce_span_trim(bounce_span_make(s.ptr, paren));
	}
	return s;
}

/* Take an address type away: "rfc822;" of RFC 3464, "utf-8;" of RFC 6533. */
static BounceSpan
strip_type(BounceSpan s)
{
	size_t		n;

	s = bounce_span_trim(s);
	if (bounce_span_starts(s, "rfc822;"))
		n = sizeof("rfc822;") - 1;
	else if (bounce_span_starts(s, "utf-8;"))
		n = sizeof("utf-8;") - 1;
	else if (bounce_span_starts(s, "mailto:"))
		n = sizeof("mailto:") - 1;
	else
		return s;
	return bounce_span_trim(bounce_span_make(s.ptr + n, s.len - n));
}

/* What stands between < and >, where there is such a thing outside of quotes. */
static BounceSpan
strip_angles(BounceSpan s)
{
	size_t		i = find_unquoted(s, '<');

	if (i < s.len)
	{
		BounceSpan	inner = bounce_span_make(s.ptr + i + 1, s.len - i - 1);
		size_t		close = inner.len;

		while (close > 0 && inner.ptr[close - 1] != '>')
			close--;
		if (close > 0 && strip_comments(bounce_span_make(inner.ptr + close, inner.len - close)).len == 0)
			return bounce_span_trim(bounce_span_make(inner.ptr, close - 1));
	}
	return s;
}

/*
 * Read a text that must be one address and nothing else, apart from a display
 * name with angle brackets, comments around it, an address type and a source
 * route (RFC 5321, appendix C, says to ignore one).
 *
 * Returns false when the syntax of RFC 5321 and RFC 6531 does not allow it: no
 * domain, parts too long, dots where no dot may be (but at the domains above),
 * octets outside of the set.
 * Whether a UTF-8 domain is a valid internationalized name is not judged here.
 */
bool
bounce_address_parse(BounceSpan text, BounceAddress *addr)
{
	BounceSpan	s = strip_comments(strip_angles(strip_type(text)));
	size_t		local_end;

	if (s.len > 0 && s.ptr[0] == '@')
	{
		const char *colon = memchr(s.ptr, ':', s.len);

		if (colon == NULL)
			return false;
		s.len -= (size_t) (colon + 1 - s.ptr);
		s.ptr = colon + 1;
	}
	if (s.len == 0)
		return false;
	addr->quoted = s.ptr[0] == '"';
	if (addr->quoted)
	{
		local_end = quoted_length(s);
		if (local_end < 3)
			return false;
		addr->local = bounce_span_make(s.ptr + 1, local_end - 2);
		for (size_t i = 0; i < addr->local.len; i++)
		{
			if ((unsigned char) addr->local.ptr[i] < ' ' || addr->local.ptr[i] == 127)
				return false;
		}
	}
	else
	{
		const char *at = memchr(s.ptr, '@', s.len);

		if (at == NULL)
			return false;
		local_end = (size_t) (at - s.ptr);
		addr->local = bounce_span_make(s.ptr, local_end);
	}
	if (local_end > BOUNCE_MAX_LOCAL_PART || local_end >= s.len || s.ptr[local_end] != '@')
		return false;
	addr->domain = bounce_span_make(s.ptr + local_end + 1, s.len - local_end - 1);
	return (addr->quoted || is_unquoted_local(addr->local, addr->domain)) &&
		is_domain(addr->domain);
}

/* "smtp.mailfrom=jane": a result of authentication (RFC 8601, 2.2), no mailbox. */
static bool
is_property(BounceSpan local)
{
	return memchr(local.ptr, '=', local.len) != NULL &&
		(bounce_span_starts(local, "smtp.") || bounce_span_starts(local, "header.") ||
		 bounce_span_starts(local, "policy.") || bounce_span_starts(local, "body."));
}

/*
 * Find the next address in a text, from *pos on, and move *pos behind it.
 * Returns false when there is none.
 *
 * This is for what servers write, so it takes what is not allowed but occurs:
 * dots anywhere, underscores in domains, over-long parts (to a limit).
 *
 * Linear: looks left of each "@" no further than the end of the find before.
 */
bool
bounce_address_find(BounceSpan text, size_t *pos, BounceAddress *addr)
{
	size_t		from = *pos;

	while (*pos < text.len)
	{
		const char *at = memchr(text.ptr + *pos, '@', text.len - *pos);
		size_t		here;
		size_t		start;
		size_t		end;

		if (at == NULL)
			break;
		here = (size_t) (at - text.ptr);
		*pos = here + 1;

		/* the domain, to the right */
		end = here + 1;
		if (end < text.len && text.ptr[end] == '[')
		{
			end++;
			while (end < text.len && is_part_of(text.ptr[end], IN_LITERAL) && end - here < BOUNCE_MAX_LABEL)
				end++;
			if (end >= text.len || text.ptr[end] != ']' || end == here + 2)
				continue;
			end++;
		}
		else
		{
			while (end < text.len && end - here <= BOUNCE_MAX_DOMAIN &&
				   is_part_of(text.ptr[end], IN_DOMAIN | IS_DOT | IS_UNDERSCORE))
				end++;
			while (end > here + 1 && (text.ptr[end - 1] == '.' || text.ptr[end - 1] == '-'))
				end--;
		}
		if (end == here + 1)
			continue;

		/* the local part, to the left */
		start = here;
		addr->quoted = here > from && text.ptr[here - 1] == '"';
		if (addr->quoted)
		{
			start = here - 1;
			while (start > from && text.ptr[start - 1] != '"' &&
				   (unsigned char) text.ptr[start - 1] >= ' ' && text.ptr[start - 1] != 127 &&
				   here - start < BOUNCE_MAX_ADDRESS / 2)
				start--;
			if (start == from || text.ptr[start - 1] != '"')
				continue;
			addr->local = bounce_span_make(text.ptr + start, here - 1 - start);
		}
		else
		{
			while (start > from && is_part_of(text.ptr[start - 1], IN_ATOM | IS_DOT) &&
				   here - start < BOUNCE_MAX_ADDRESS / 2)
				start--;
			/* an apostrophe in front quotes, whatever is quoted with it */
			if (start < here && text.ptr[start] == '\'')
				start++;

			/* a character that quoted-printable encoded and nobody decoded */
			if (start + 3 < here && text.ptr[start] == '=' && (start == 0 || text.ptr[start - 1] != '<') &&
				bounce_ascii_hex(text.ptr[start + 1]) >= 0 && bounce_ascii_hex(text.ptr[start + 2]) >= 0)
				start += 3;
			addr->local = bounce_span_make(text.ptr + start, here - start);
		}
		if (addr->local.len == 0 || is_property(addr->local))
			continue;
		addr->domain = bounce_span_make(text.ptr + here + 1, end - here - 1);
		*pos = end;
		return true;
	}
	*pos = text.len;
	return false;
}

/*
 * Is a fold between these two within an address?  White space around "@" and the
 * dots is no part of it (RFC 5322, 3.4.1 and 4.4).  A dot between two addresses is
 * at the end of the first.
 *
 * Looks no further from the fold than an address is long.
 */
bool
bounce_address_goes_on(BounceSpan before, BounceSpan behind)
{
	bool		at_before = false;
	bool		at_behind = false;
	size_t		n;

	if (before.len == 0 || behind.len == 0)
		return false;
	if (before.ptr[before.len - 1] == '@' || behind.ptr[0] == '@')
		return true;
	if (before.ptr[before.len - 1] != '.' && behind.ptr[0] != '.')
		return false;
	for (n = before.len; n > 0 && before.len - n < BOUNCE_MAX_ADDRESS; n--)
	{
		if (bounce_ascii_is_space(before.ptr[n - 1]))
			break;
		at_before |= before.ptr[n - 1] == '@';
	}
	for (n = 0; n < behind.len && n < BOUNCE_MAX_ADDRESS && !bounce_ascii_is_space(behind.ptr[n]); n++)
		at_behind |= behind.ptr[n] == '@';
	return at_before != at_behind;
}

/*
 * Write an address as local@domain, with quotes only where they are needed.
 * Returns the octets written, 0 when they do not fit.
 */
size_t
bounce_address_write(const BounceAddress *addr, char *buf, size_t size)
{
	char		plain[BOUNCE_MAX_ADDRESS];
	BounceSpan	local = addr->local;
	bool		quotes;
	size_t		n = 0;

	if (addr->local.len + addr->domain.len + 3 > size || addr->local.len > sizeof(plain))
		return 0;
	if (addr->quoted)
	{
		/* "a\.b" and "a.b" are the same mailbox: undo what need not be */
		for (size_t i = 0; i < local.len; i++)
		{
			if (local.ptr[i] == '\\' && i + 1 < local.len &&
				local.ptr[i + 1] != '\\' && local.ptr[i + 1] != '"')
				i++;
			else if (local.ptr[i] == '\\' && i + 1 < local.len)
				plain[n++] = local.ptr[i++];
			plain[n++] = local.ptr[i];
		}
		local = bounce_span_make(plain, n);
		n = 0;
	}
	quotes = addr->quoted && !is_unquoted_local(local, addr->domain);
	if (quotes)
		buf[n++] = '"';
	memcpy(buf + n, local.ptr, local.len);
	n += local.len;
	if (quotes)
		buf[n++] = '"';
	buf[n++] = '@';
	memcpy(buf + n, addr->domain.ptr, addr->domain.len);
	return n + addr->domain.len;
}
