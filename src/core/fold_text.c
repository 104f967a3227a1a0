/*-------------------------------------------------------------------------
 *
 * fold_text.c
 *	  Bring a server's words into the one form that phrases are matched in.
 *
 * Folded text is words in lower case with exactly one blank before, between
 * and after them, so that " user unknown " is found by comparing bytes and
 * word boundaries come for free.  phrase.c folds the words of phrases by it, too.
 *
 *	- ASCII letters become lower case, accented Latin letters their plain
 *	  letter (servers drop accents as they please, and some write the accent
 *	  behind the letter), full-width letters and digits those of ASCII,
 *	  Cyrillic letters lower case.  Other bytes above 127 stay.
 *	- White space, control characters and punctuation separate words.  The
 *	  underscore is part of a word ("OFR_416").
 *	- "doesn't", "doesn`t" and the typographic apostrophe give "doesnt";
 *	  "user's" gives "users"; any other apostrophe separates ("d'au moins").
 *	- "e-mail" gives "email".
 *	- What contains an at sign is "@", once for several in a row.
 *	- A host name, an IP address or a URL stays one word with its dots, so
 *	  that no word inside it is taken for the server's own words.
 *	- Reply codes and enhanced status codes are left out: a reply of several
 *	  lines, joined, has "550-5.1.1" between any two words.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/fold_text.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/fold_text.h"

/* What a byte does to the run of bytes that it stands in. */
#define IN_WORD		0x00		/* letter, digit or underscore */
#define IN_DIGIT	0x01		/* a digit; also in a word */
#define IN_DOT		0x02
#define IN_AT		0x04
#define IN_HIGH		0x08		/* part of a UTF-8 sequence, or junk */
#define IN_APOS		0x10
#define IN_SLASH	0x20
#define IN_PUNCT	0x40		/* legal in an address, else a separator */
#define SEPARATOR	0x80

#define X SEPARATOR
#define D IN_DIGIT
#define P IN_PUNCT
#define H IN_HIGH

static const unsigned char kind_of[256] = {
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	/* !"#$%&' ()*+,-./ */
	X, X, X, X, P, P, P, IN_APOS, X, X, P, P, X, P, IN_DOT, IN_SLASH,
	/* 0-9 :;<=>? */
	D, D, D, D, D, D, D, D, D, D, X, X, X, P, X, X,
	IN_AT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* P-Z [\]^_ */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, X, X, X, P, 0,
	IN_APOS, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* p-z {|}~ DEL */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, X, X, X, P, X,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H
};

#undef X
#undef D
#undef P
#undef H

/* U+00C0 to U+00FF without their accents; blank is a separator. */
static const char plain_letter[64 + 1] =
"aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";

/* U+0100 to U+017F without their accents. */
static const char plain_extended[128 + 1] =
"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
"lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* ASCII letters in lower case, all else as it is. */
static const unsigned char lower_of[256] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
	12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
	24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
	36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
	48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59,
	60, 61, 62, 63, 64, 97, 98, 99, 100, 101, 102, 103,
	104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115,
	116, 117, 118, 119, 120, 121, 122, 91, 92, 93, 94, 95,
	96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107,
	108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119,
	120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131,
	132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143,
	144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155,
	156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 166, 167,
	168, 169, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179,
	180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191,
	192, 193, 194, 195, 196, 197, 198, 199, 200, 201, 202, 203,
	204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214, 215,
	216, 217, 218, 219, 220, 221, 222, 223, 224, 225, 226, 227,
	228, 229, 230, 231, 232, 233, 234, 235, 236, 237, 238, 239,
	240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251,
	252, 253, 254, 255
};

static inline bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_word(unsigned char c)
{
	return (kind_of[c] & ~(IN_DIGIT | IN_HIGH)) == 0;
}

/* Output under way. */
typedef struct Sink
{
	unsigned char *out;
	uint16_t   *origin;			/* NULL unless asked for */
	size_t		n;
} Sink;

static inline void
put(Sink *sink, unsigned char c, size_t from)
{
	if (sink->origin != NULL)
		sink->origin[sink->n] = (uint16_t) from;
	sink->out[sink->n++] = c;
}

/* End a word; nothing when there is none. */
static inline void
put_blank(Sink *sink, size_t from)
{
	if (sink->out[sink->n - 1] != ' ')
		put(sink, ' ', from);
}

/* Length of a reply code "550" at in[from], or 0. */
static size_t
reply_code_len(const unsigned char *in, size_t from, size_t end)
{
	if (end - from < 3 || in[from] < '2' || in[from] > '5' ||
		!is_digit(in[from + 1]) || !is_digit(in[from + 2]))
		return 0;
	if (end - from > 3 && in[from + 3] != '-')
		return 0;
	return 3;
}

/* Length of an enhanced code "5.1.1" at in[from], or 0. */
static size_t
enhanced_code_len(const unsigned char *in, size_t from, size_t end)
{
	size_t		i = from;

	if (end - from < 5 || (in[i] != '2' && in[i] != '4' && in[i] != '5'))
		return 0;
	i++;
	for (int part = 0; part < 2; part++)
	{
		size_t		digits = i + 1;

		if (i >= end || in[i] != '.')
			return 0;
		for (i++; i < end && is_digit(in[i]); i++)
			;
		if (i == digits || i - digits > 3)
			return 0;
	}
	/* "5.1.1-foo" and "5.1.1." are codes, "5.1.1.4" and "5.1.1b" are not. */
	if (i < end && (is_word(in[i]) ||
					(in[i] == '.' && i + 1 < end && is_word(in[i + 1]))))
		return 0;
	return i - from;
}

/* Is there a dot, as in a host name, with a letter or digit on both sides? */
static bool
looks_like_host(const unsigned char *in, size_t from, size_t end)
{
	for (size_t i = from + 1; i + 1 < end; i++)
	{
		if (in[i] != '.' || !is_word(in[i - 1]) || !is_word(in[i + 1]))
			continue;

		/* "exist.Please": a sentence ended and the blank was lost. */
		if (i + 2 < end &&
			in[i - 1] >= 'a' && in[i - 1] <= 'z' &&
			in[i + 1] >= 'A' && in[i + 1] <= 'Z' &&
			in[i + 2] >= 'a' && in[i + 2] <= 'z')
			continue;
		return true;
	}
	return false;
}

/*
 * Fold the UTF-8 sequence at in[i]; returns its length.  *apos is set when it
 * was an apostrophe, which the caller judges.
 */
static size_t
fold_high(Sink *sink, const unsigned char *in, size_t i, size_t end, bool *apos)
{
	unsigned char c = in[i];
	unsigned char c1 = (unsigned char) (i + 1 < end ? in[i + 1] : 0);
	unsigned char c2 = (unsigned char) (i + 2 < end ? in[i + 2] : 0);

	*apos = false;
	switch (c)
	{
		case 0xC2:
			/* No-break space, guillemets, acute accent and other signs. */
			if (c1 == 0xB4)
				*apos = true;
			else
				put_blank(sink, i);
			return c1 >= 0x80 && c1 <= 0xBF ? 2 : 1;
		case 0xC3:
			if (c1 < 0x80 || c1 > 0xBF)
				break;
			if (plain_letter[c1 - 0x80] == ' ')
				put_blank(sink, i);
			else
				put(sink, (unsigned char) plain_letter[c1 - 0x80], i);
			if (c1 == 0x9F)		/* sharp s */
				put(sink, 's', i);
			return 2;
		case 0xC4:
		case 0xC5:
			if (c1 < 0x80 || c1 > 0xBF)
				break;
			put(sink, (unsigned char) plain_extended[(c - 0xC4) * 64 + c1 - 0x80], i);
			return 2;
		case 0xCC:
		case 0xCD:
			if (c1 < 0x80 || c1 > (c == 0xCC ? 0xBF : 0xAF))
				break;
			return 2;			/* an accent by itself */
		case 0xD0:
			if (c1 >= 0x90 && c1 <= 0xAF)
			{
				put(sink, (unsigned char) (c1 < 0xA0 ? 0xD0 : 0xD1), i);
				put(sink, (unsigned char) (c1 < 0xA0 ? c1 + 0x20 : c1 - 0x20), i);
				return 2;
			}
			if (c1 < 0x80 || c1 > 0x8F)
				break;
			put(sink, 0xD1, i);
			put(sink, (unsigned char) (c1 + 0x10), i);
			return 2;
		case 0xE2:				/* general punctuation */
			if (c1 != 0x80 || c2 < 0x80)
				break;
			if (c2 == 0x98 || c2 == 0x99 || c2 == 0x9B)
				*apos = true;
			else
				put_blank(sink, i);
			return 3;
		case 0xE3:				/* of Chinese, Japanese and Korean */
			if (c1 != 0x80 || c2 < 0x80 || c2 > 0x91)
				break;
			put_blank(sink, i);
			return 3;
		case 0xEF:
			/* Full-width forms, in the order of ASCII. */
			if ((c1 == 0xBC && c2 >= 0x81 && c2 <= 0xBF) ||
				(c1 == 0xBD && c2 >= 0x80 && c2 <= 0x9E))
			{
				unsigned char narrow = (unsigned char)
					(c1 == 0xBC ? c2 - 0x60 : c2 - 0x20);

				if (is_word(narrow))
					put(sink, lower_of[narrow], i);
				else
					put_blank(sink, i);
				return 3;
			}
			break;
		default:
			break;
	}
	put(sink, c, i);
	return 1;
}

/* Is the t of "n't" or the s of "'s" at i, which stays with its word? */
static bool
is_word_end(const unsigned char *in, size_t i, size_t end)
{
	return i < end && (lower_of[in[i]] == 't' || lower_of[in[i]] == 's') &&
		!(i + 1 < end && is_word(in[i + 1]));
}

/* Fold a run that is neither address, host nor code: split at punctuation. */
static void
fold_run(Sink *sink, const unsigned char *in, size_t i, size_t end)
{
	while (i < end)
	{
		unsigned char c = in[i];
		bool		apos = (kind_of[c] == IN_APOS);
		size_t		step = 1;

		if (kind_of[c] == IN_HIGH)
			step = fold_high(sink, in, i, end, &apos);
		else if ((kind_of[c] & ~IN_DIGIT) == IN_WORD)
			put(sink, lower_of[c], i);
		else if (c == '-' && sink->n >= 2 && sink->out[sink->n - 1] == 'e' &&
				 sink->out[sink->n - 2] == ' ' && i + 1 < end &&
				 lower_of[in[i + 1]] == 'm')
			;					/* e-mail */
		else if (!apos)
			put_blank(sink, i);
		if (apos && !is_word_end(in, i + step, end))
			put_blank(sink, i);
		i += step;
	}
	put_blank(sink, end - 1);
}

/* Copy a host name, an IP address or a URL as one word. */
static void
fold_verbatim(Sink *sink, const unsigned char *in, size_t i, size_t end)
{
	unsigned char *out = sink->out + sink->n;
	size_t		start = i;

	while (end > i && !is_word(in[end - 1]) && in[end - 1] != '/')
		end--;
	for (; i < end; i++)
		*out++ = lower_of[in[i]];
	if (sink->origin != NULL)
	{
		for (size_t at = start; at < end; at++)
			sink->origin[sink->n + (at - start)] = (uint16_t) at;
	}
	sink->n += end - start;
	put_blank(sink, i - 1);
}

/* Where a URL ends that has its "://" at in[i]. */
static size_t
url_end(const unsigned char *in, size_t i, size_t len)
{
	while (i < len && in[i] > ' ' && in[i] != '<' && in[i] != '>' &&
		   in[i] != '"' && in[i] != '(' && in[i] != ')' && in[i] != '[' &&
		   in[i] != ']' && in[i] != 0x7F)
		i++;
	return i;
}

/*
 * Write letters in lower case, as many as follow each other.  Returns where they
 * end; up to eight bytes behind them are written, too.
 */
static size_t
fold_letters(const unsigned char *in, size_t i, size_t len, unsigned char *out)
{
	while (len - i >= 8)
	{
		uint64_t	eight = bounce_eight_octets((const char *) in + i);
		uint64_t	letters = bounce_eight_letters(eight);

		bounce_put_eight_octets(eight | letters >> 2, out);
		if (letters != BOUNCE_EACH_HIGH_BIT)
			return i + bounce_first_of_eight(~letters & BOUNCE_EACH_HIGH_BIT);
		out += 8;
		i += 8;
	}
	return i;
}

/*
 * Write a run of bytes up to the next separator in lower case.  Returns where it
 * ends, and says in *kinds what is in it.
 */
static size_t
fold_word(const unsigned char *in, size_t i, size_t len, unsigned char *out, unsigned *kinds)
{
	size_t		start = i;

	*kinds = 0;
	i = fold_letters(in, i, len, out);
	out += i - start;
	while (i < len && !(kind_of[in[i]] & SEPARATOR))
	{
		*kinds |= kind_of[in[i]];
		*out++ = lower_of[in[i]];
		i++;
	}
	return i;
}

/*
 * Fold text into folded.
 *
 * Reads at most BOUNCE_FOLD_LOOK bytes, any bytes.  Always writes at least
 * one blank; the result starts and ends with one and has never two in a row.
 * With origin (room for BOUNCE_FOLD_SIZE) it also says from which offset in
 * text each folded byte came.  Linear: no byte is looked at more than a fixed
 * number of times.
 */
void
bounce_text_fold(BounceSpan text, BounceFolded *folded, uint16_t *origin)
{
	const unsigned char *in = (const unsigned char *) text.ptr;
	size_t		len = text.len;
	size_t		i = 0;
	Sink		sink;

	if (len > BOUNCE_FOLD_LOOK)
		len = BOUNCE_FOLD_LOOK;

	sink.out = folded->text;
	sink.origin = origin;
	sink.n = 0;
	put(&sink, ' ', 0);

	while (i < len)
	{
		size_t		from = i;
		size_t		code;
		size_t		mark;
		unsigned	kinds;

		if (kind_of[in[i]] & SEPARATOR)
		{
			i++;
			continue;
		}

		/*
		 * A run of bytes up to the next separator.  Most are words of
		 * letters, so write it as one and take it back if it is none.
		 */
		mark = sink.n;
		i = fold_word(in, i, len, sink.out + mark, &kinds);
		sink.n = mark + (i - from);

		if (kinds == IN_WORD && !(i + 2 < len && in[i] == ':' &&
								  in[i + 1] == '/' && in[i + 2] == '/'))
		{
			sink.out[sink.n] = ' ';
			if (origin != NULL)
			{
				for (size_t at = mark; at <= sink.n; at++)
					origin[at] = (uint16_t) (from + (at - mark));
			}
			sink.n++;
			continue;
		}
		sink.n = mark;

		if (kinds == IN_WORD)
		{
			i = url_end(in, i, len);
			fold_verbatim(&sink, in, from, i);
			continue;
		}

		if (kinds & IN_AT)
		{
			if (sink.n < 2 || sink.out[sink.n - 2] != '@')
			{
				put(&sink, '@', from);
				put(&sink, ' ', i - 1);
			}
			continue;
		}

		if (kinds & IN_DIGIT)
		{
			code = reply_code_len(in, from, i);
			if (code > 0)
			{
				from += code;
				if (from < i)	/* the '-' of a continued reply */
					from++;
			}
			if (from < i)
			{
				code = enhanced_code_len(in, from, i);
				from += code;
			}
			if (from >= i)
				continue;
		}

		if ((kinds & IN_DOT) && looks_like_host(in, from, i))
			fold_verbatim(&sink, in, from, i);
		else
			fold_run(&sink, in, from, i);
	}
	folded->len = sink.n;
	memset(folded->text + sink.n, 0, BOUNCE_FOLD_PADDING);
}
