/*-------------------------------------------------------------------------
 *
 * fingerprint.c
 *	  The words of a reply without what differs from one to the next.
 *
 * What differs becomes a mask: {address}, {host}, {ip}, {url}, {time}, {id},
 * {number}.  Reply codes and enhanced codes stay, and so do words, also such as
 * "TSS04" and "LPN007_416", by which providers tell one refusal from another.
 *
 * A fingerprint is its own fingerprint.  That holds because text is read from
 * left to right, and whether a piece stays depends on what was written before
 * it, and on what follows only so far as that is kept together with it: a mask
 * never brings a piece behind it, or before it, under a rule that did not hold
 * for the text.  Whatever is changed here, test/unit/fingerprint_test.c and the
 * fuzzer look for the exception.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/fingerprint.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/fingerprint.h"
#include "core/shape.h"

#define is_word bounce_shape_is_word
#define is_joint bounce_shape_is_joint

typedef struct Print
{
	BounceSpan	in;
	size_t		at;				/* what is read next */
	size_t		no_at_sign;		/* before it, no local part leads to an "@" */
	char	   *out;
	size_t		len;
	bool		blank;			/* is due before what comes next */
	bool		full;
} Print;

/* The octet at a place, NUL behind the end. */
static inline char
at(const Print *p, size_t i)
{
	return bounce_shape_at(p->in, i);
}

/* Write all of it, with the blank that is due, or nothing any more. */
static void
put(Print *p, const char *s, size_t len)
{
	bool		blank = p->blank && p->len > 0;

	if (p->full || p->len + blank + len > BOUNCE_FINGERPRINT_SIZE)
	{
		p->full = true;
		return;
	}
	if (blank)
		p->out[p->len++] = ' ';
	p->blank = false;
	memcpy(p->out + p->len, s, len);
	p->len += len;
}

/* Write the name of what stands up to end instead of it. */
static void
mask(Print *p, const char *name, size_t end)
{
	put(p, name, strlen(name));
	p->at = end;
}

/* Letters may be cut, between characters: what is left of a word is a word. */
static void
put_letters(Print *p, const char *s, size_t len)
{
	size_t		room = BOUNCE_FINGERPRINT_SIZE - p->len;
	size_t		blank = p->blank && p->len > 0;

	if (room > blank && len > room - blank)
	{
		len = room - blank;
		while (len > 0 && ((unsigned char) s[len] & 0xC0) == 0x80)
			len--;
		if (len > 0)
			put(p, s, len);
		p->full = true;
		return;
	}
	put(p, s, len);
}

/* An id; one that goes on behind a sign of base64 is the same. */
static void
take_id(Print *p, size_t end)
{
	static const char name[] = "{id}";
	size_t		len = sizeof(name) - 1;

	for (int i = 0; i < 2 && at(p, end) == '=' && !is_word(at(p, end + 1)); i++)
		end++;
	if (!p->blank && !p->full && p->len > len &&
		strchr("+/=", p->out[p->len - 1]) != NULL &&
		memcmp(p->out + p->len - 1 - len, name, len) == 0)
	{
		p->len--;
		p->at = end;
	}
	else
		mask(p, name, end);
}

/* Would a reply code stand behind what was written last? */
static bool
awaits_code(const Print *p)
{
	static const BounceSpan words[] = {
		{"error", 5}, {"code", 4}, {"status", 6}, {"said", 4}, {"reply", 5}, {"response", 8},
		{"returned", 8}, {"smtp", 4}, {"with", 4}, {"server", 6}
	};
	size_t		from = p->len;

	while (from > 0 && is_word(p->out[from - 1]))
		from--;
	if (from == p->len)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
	{
		if (bounce_span_equal_fold(bounce_span_make(p->out + from, p->len - from), words[i]))
			return true;
	}
	return false;
}

/* Keep so much of the text as it is. */
static void
keep(Print *p, size_t end)
{
	put(p, p->in.ptr + p->at, end - p->at);
	p->at = end;
}

/* Keep the codes that stand here; false where there are none. */
static bool
take_code(Print *p)
{
	size_t		end = bounce_shape_enhanced_end(p->in, p->at);
	size_t		reply = p->at;
	size_t		enhanced;
	char		both[32];

	if (end > 0)
	{
		keep(p, end);
		return true;
	}
	end = bounce_shape_digits_end(p->in, reply, 3, 3);
	if (end == 0 || strchr("245", at(p, reply)) == NULL || at(p, reply + 1) > '5' ||
		!bounce_shape_ends(p->in, end))
		return false;

	/* a line of several: "550-5.1.1", "550-Requested" */
	if (at(p, end) == '-')
	{
		keep(p, end + 1);
		return true;
	}
	for (enhanced = end; enhanced < p->in.len && bounce_shape_is_blank(at(p, enhanced)); enhanced++)
		;
	if (enhanced > end && at(p, enhanced) == at(p, reply) &&
		bounce_shape_enhanced_end(p->in, enhanced) > 0)
	{
		end = bounce_shape_enhanced_end(p->in, enhanced);
		memcpy(both, p->in.ptr + reply, 3);
		both[3] = ' ';
		memcpy(both + 4, p->in.ptr + enhanced, end - enhanced);
		put(p, both, 4 + end - enhanced);
		p->at = end;
		return true;
	}
	if (!awaits_code(p))
		return false;
	keep(p, end);
	return true;
}

/* May the octet stand in a local part?  Braces may, but are our own. */
static bool
is_local(char c)
{
	return is_word(c) || is_joint(c) || (c != '\0' && strchr("!#$%&*+/=?^~", c) != NULL);
}

/* Where an address ends, also one without a domain; 0 where there is none. */
static size_t
address_end(Print *p)
{
	size_t		i = p->at;

	if (i < p->no_at_sign)
		return 0;
	while (is_local(at(p, i)))
		i++;
	if (at(p, i) != '@')
	{
		p->no_at_sign = i;
		return 0;
	}
	for (i++; is_word(at(p, i)) || is_joint(at(p, i)); i++)
		;
	while (is_joint(at(p, i - 1)))
		i--;
	return i;
}

/* Mask the number that stands here, groups of thousands and all. */
static void
take_number(Print *p, size_t end)
{
	size_t		group;

	while (at(p, end) == ',' && (group = bounce_shape_digits_end(p->in, end + 1, 3, 3)) > 0 &&
		   bounce_shape_ends(p->in, group))
		end = group;
	mask(p, "{number}", end);
}

/* Digits and dots: an IPv4 address or a number.  False for anything else. */
static bool
take_digits(Print *p, size_t end)
{
	int			dots = 0;
	bool		small = true;

	for (size_t i = p->at; i < end; i++)
	{
		size_t		from = i;

		while (bounce_ascii_is_digit(at(p, i)))
			i++;
		if (i == from || (i < end && at(p, i) != '.'))
			return false;
		small &= i - from <= 3;
		dots += i < end;
	}
	if (dots == 3 && small)
		mask(p, "{ip}", end);
	else
		take_number(p, end);
	return true;
}

/* Write the words up to end, or to the first number that is none of them. */
static void
take_words(Print *p, size_t end)
{
	bool		after_word = false; /* and a joint that is no dot */

	while (p->at < end && !p->full)
	{
		const char *s = p->in.ptr + p->at;
		size_t		i = p->at;
		BounceRun	run;

		if (is_joint(*s))
		{
			put(p, s, 1);
			p->at++;
			after_word &= *s != '.';
			continue;
		}
		if (bounce_shape_is_high(*s))
		{
			while (i < end && bounce_shape_is_high(at(p, i)))
				i++;
			put_letters(p, s, i - p->at);
			p->at = i;
			after_word = false;
			continue;
		}
		bounce_shape_measure(p->in, i, &run);
		if (run.digits == 0)
			put_letters(p, s, run.len);
		else if (run.digits == run.len)
		{
			if (!after_word || run.len > BOUNCE_MAX_TAIL_DIGITS)
			{
				take_number(p, i + run.len);
				return;
			}
			put(p, s, run.len);
		}
		else if (run.turns == 1 && bounce_ascii_is_digit(*s) && run.len - run.digits <= 3)
		{
			take_number(p, i + run.digits); /* of a unit: "10MB" */
			return;
		}
		else
			put(p, s, run.len);
		p->at += run.len;
		after_word = true;
	}
}

/* What begins with a letter or digit, and is no code. */
static void
take_atom(Print *p)
{
	size_t		atom = bounce_shape_atom_end(p->in, p->at);
	size_t		end;

	if ((end = bounce_shape_url_end(p->in, p->at)) > 0)
		mask(p, "{url}", end);
	else if ((end = address_end(p)) > 0)
		mask(p, "{address}", end);
	else if ((end = bounce_shape_time_end(p->in, p->at)) > 0)
		mask(p, "{time}", end);
	else if ((end = bounce_shape_ipv6_end(p->in, p->at)) > 0)
		mask(p, "{ip}", end);
	else if (take_digits(p, atom))
		;
	else if (bounce_shape_is_host(p->in, p->at, atom))
	{
		/* with a path behind it, it is a URL without a scheme */
		if (at(p, atom) == '/' && is_word(at(p, atom + 1)))
			mask(p, "{url}", bounce_shape_path_end(p->in, atom));
		else if (bounce_ascii_is_digit(at(p, atom - 1)) && bounce_shape_is_id(p->in, p->at, atom))
			take_id(p, atom);	/* no top-level domain ends so */
		else
			mask(p, "{host}", atom);
	}
	else if ((end = bounce_shape_exim_id_end(p->in, p->at)) > 0)
		take_id(p, end);
	else if (bounce_shape_is_id(p->in, p->at, atom))
		take_id(p, atom);
	else
		take_words(p, atom);
}

/*
 * Write the fingerprint of a text to buf, which has BOUNCE_FINGERPRINT_SIZE
 * octets; returns its length, without a terminator.
 *
 * text is UTF-8; then so is the fingerprint.  Other octets do no harm.  White
 * space and control characters become one blank.  Looks at the first
 * BOUNCE_FINGERPRINT_LOOK octets, in linear time.
 */
size_t
bounce_fingerprint_write(BounceSpan text, char *buf)
{
	Print		p = {text, 0, 0, buf, 0, false, false};

	if (p.in.len > BOUNCE_FINGERPRINT_LOOK)
	{
		p.in.len = BOUNCE_FINGERPRINT_LOOK;
		while (p.in.len > 0 && ((unsigned char) text.ptr[p.in.len] & 0xC0) == 0x80)
			p.in.len--;
	}
	while (p.at < p.in.len && !p.full)
	{
		char		c = p.in.ptr[p.at];

		if (bounce_shape_is_blank(c))
		{
			p.blank = true;
			p.at++;
		}
		else if (!is_word(c))
		{
			put(&p, p.in.ptr + p.at, 1);
			p.at++;
		}
		else if (!take_code(&p))
			take_atom(&p);
	}
	return p.len;
}
