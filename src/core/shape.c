/*-------------------------------------------------------------------------
 *
 * shape.c
 *	  What a piece of text looks like: a code, a URL, a host, an id.
 *
 * Each look is of one piece and what stands directly behind it, and costs no
 * more than that is long; none goes back.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/shape.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/shape.h"

#define at bounce_shape_at
#define is_word bounce_shape_is_word
#define is_joint bounce_shape_is_joint

/* Longest run of letters and digits, mixed, that is still taken for a word. */
#define MAX_ODD_WORD 6

/* Letters without a digit that are no word when their case keeps changing. */
#define MIN_BASE64 20
#define MIN_CASE_CHANGES 4

/* Hexadecimal from here on, when there is a digit in it. */
#define MIN_HEX 8

/* Letters of the scheme of a URL. */
#define MAX_SCHEME 10

static inline bool
is_letter(char c)
{
	return bounce_ascii_is_alpha(c) || bounce_shape_is_high(c);
}

/* So many digits, at least and at most, and no digit behind them. */
size_t
bounce_shape_digits_end(BounceSpan s, size_t i, size_t min, size_t max)
{
	size_t		from = i;

	while (i - from <= max && bounce_ascii_is_digit(at(s, i)))
		i++;
	return i - from >= min && i - from <= max ? i : 0;
}

/* An enhanced code, 5.1.1. */
size_t
bounce_shape_enhanced_end(BounceSpan s, size_t i)
{
	char		class = at(s, i);

	if (class != '2' && class != '4' && class != '5')
		return 0;
	for (int part = 0; part < 2; part++)
	{
		if (at(s, ++i) != '.' || (i = bounce_shape_digits_end(s, i + 1, 1, 3)) == 0)
			return 0;
		i--;
	}
	return bounce_shape_ends(s, i + 1) ? i + 1 : 0;
}

/* What is left of a URL: signs of the sentence around it are none of its own. */
size_t
bounce_shape_path_end(BounceSpan s, size_t i)
{
	size_t		from = i;

	while (i < s.len && !bounce_shape_is_blank(s.ptr[i]) && strchr("<>\"{}[]()'|`", s.ptr[i]) == NULL)
		i++;
	while (i > from && strchr(".,;:!?", s.ptr[i - 1]) != NULL)
		i--;
	return i;
}

/* A URL that begins with a scheme. */
size_t
bounce_shape_url_end(BounceSpan s, size_t i)
{
	size_t		from = i;

	while (i - from < MAX_SCHEME && bounce_ascii_is_alpha(at(s, i)))
		i++;
	if (i == from || at(s, i) != ':' || at(s, i + 1) != '/' || at(s, i + 2) != '/')
		return 0;
	return bounce_shape_path_end(s, i + 3);
}

/* An IPv6 address: three colons, or two where groups are left out. */
size_t
bounce_shape_ipv6_end(BounceSpan s, size_t i)
{
	size_t		end = i;
	int			colons = 0;
	int			pairs = 0;

	for (int groups = 0; groups < 8; groups++)
	{
		size_t		from = i;

		while (i - from < 4 && bounce_ascii_hex(at(s, i)) >= 0)
			i++;
		if (i == from || is_word(at(s, i)) || at(s, i) == '_')
			break;
		end = i;
		if (at(s, i) != ':')
			break;
		i++;
		colons++;
		if (at(s, i) == ':' && pairs == 0)
		{
			i++;
			colons++;
			pairs++;
		}
	}
	/* a colon counts where a group is behind it */
	for (; i > end; i--)
		colons -= at(s, i - 1) == ':';
	return colons >= 3 || (colons == 2 && pairs > 0) ? end : 0;
}

/* Letters, digits and joints: what words, hosts and ids are made of. */
size_t
bounce_shape_atom_end(BounceSpan s, size_t i)
{
	size_t		from = i;

	for (; is_word(at(s, i)) || is_joint(at(s, i)); i++)
	{
		/* "exist.Please": a sentence ended and the blank was lost */
		if (at(s, i) == '.' && i > from && at(s, i - 1) >= 'a' && at(s, i - 1) <= 'z' &&
			at(s, i + 1) >= 'A' && at(s, i + 1) <= 'Z' &&
			at(s, i + 2) >= 'a' && at(s, i + 2) <= 'z')
			break;
	}
	while (i > from && is_joint(at(s, i - 1)))
		i--;
	return i;
}

/* Is there a dot in the atom with two letters behind it? */
bool
bounce_shape_is_host(BounceSpan s, size_t i, size_t end)
{
	for (i++; i + 2 < end; i++)
	{
		if (at(s, i) == '.' && is_letter(at(s, i + 1)) && is_letter(at(s, i + 2)))
			return true;
	}
	return false;
}

/* Look at the letters and digits from here on. */
void
bounce_shape_measure(BounceSpan s, size_t i, BounceRun *run)
{
	size_t		from = i;
	bool		has_upper = false;
	bool		has_lower = false;

	memset(run, 0, sizeof(*run));
	for (; bounce_ascii_is_alnum(at(s, i)); i++)
	{
		char		c = at(s, i);
		bool		digit = bounce_ascii_is_digit(c);
		bool		upper = c >= 'A' && c <= 'Z';

		has_upper |= upper;
		has_lower |= !digit && !upper;
		run->digits += digit;
		run->hex += !digit && bounce_ascii_hex(c) >= 0;
		if (i > from)
		{
			char		before = at(s, i - 1);

			run->turns += digit != bounce_ascii_is_digit(before);
			run->rises += upper && before >= 'a' && before <= 'z';
		}
	}
	run->len = i - from;
	run->one_case = !(has_upper && has_lower);
}

/* Is it letters and digits of no meaning? */
static bool
is_id_run(const BounceRun *run, bool begins_with_digit)
{
	size_t		letters = run->len - run->digits;

	if (letters == 0)
		return false;
	if (run->digits == 0)
		return run->len >= MIN_BASE64 && run->rises >= MIN_CASE_CHANGES;
	if (run->rises > 1)
		return true;
	if (run->turns > 1)
		return run->len > MAX_ODD_WORD;
	if (begins_with_digit)
		return letters > 3 && (run->digits > 1 || !run->one_case);
	return run->digits > BOUNCE_MAX_TAIL_DIGITS || (run->len >= MIN_HEX && run->hex == letters);
}

/* An id of Exim's: 1kXyZa-0001Ab-CD, 1kXyZa-00000001Ab3-CDEF. */
size_t
bounce_shape_exim_id_end(BounceSpan s, size_t from)
{
	static const size_t lengths[2][3] = {{6, 6, 2}, {6, 11, 4}};

	for (int form = 0; form < 2 && bounce_ascii_is_digit(at(s, from)); form++)
	{
		size_t		i = from;

		for (int group = 0; group < 3; group++)
		{
			BounceRun	run;

			if (group > 0 && at(s, i++) != '-')
				break;
			bounce_shape_measure(s, i, &run);
			if (run.len != lengths[form][group])
				break;
			i += run.len;
			if (group == 2)
				return i;
		}
	}
	return 0;
}

/* Is some run of the atom one of no meaning, or a long number behind a name? */
bool
bounce_shape_is_id(BounceSpan s, size_t i, size_t end)
{
	bool		named = bounce_ascii_is_alpha(at(s, i));

	while (i < end)
	{
		BounceRun	run;

		bounce_shape_measure(s, i, &run);
		if (is_id_run(&run, bounce_ascii_is_digit(at(s, i))) ||
			(named && run.digits == run.len && run.digits > BOUNCE_MAX_TAIL_DIGITS))
			return true;
		i += run.len > 0 ? run.len : 1;
	}
	return false;
}
