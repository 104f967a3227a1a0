/*-------------------------------------------------------------------------
 *
 * charset.c
 *	  Text of mail, in any charset, as UTF-8.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.  The
 * tables are those of libc's iconv(3), which allocates what it needs; only
 * charsets that mail uses are ever asked for, whatever a message declares.
 *
 * src/core/charset.c
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <stdint.h>

#include "core/charset.h"

/* Longest name that is looked at. */
#define MAX_NAME 32

/*
 * What mail calls its charsets, without punctuation and in lower case, and what
 * iconv calls them.  Those that were taken for a smaller one are read as the
 * larger, as browsers do (WHATWG, "Encoding").
 */
static const struct
{
	const char *mail;
	const char *iconv;
}			known[] =
{
	{"iso2022jp", "ISO-2022-JP-3"}, {"iso2022jp1", "ISO-2022-JP-2"}, {"iso2022jp2", "ISO-2022-JP-2"},
	{"iso2022jp3", "ISO-2022-JP-3"}, {"iso2022jpms", "ISO-2022-JP-3"}, {"cp50220", "ISO-2022-JP-3"},
	{"cp50221", "ISO-2022-JP-3"}, {"csiso2022jp", "ISO-2022-JP-3"},
	{"shiftjis", "CP932"}, {"sjis", "CP932"}, {"xsjis", "CP932"}, {"mskanji", "CP932"},
	{"windows31j", "CP932"}, {"cp932", "CP932"}, {"csshiftjis", "CP932"},
	{"eucjp", "EUC-JP"}, {"xeucjp", "EUC-JP"}, {"ujis", "EUC-JP"},
	{"iso2022kr", "ISO-2022-KR"}, {"euckr", "CP949"}, {"ksc56011987", "CP949"},
	{"ksc5601", "CP949"}, {"cp949", "CP949"}, {"uhc", "CP949"}, {"windows949", "CP949"}, {"korean", "CP949"},
	{"iso2022cn", "ISO-2022-CN"}, {"gb2312", "GB18030"}, {"gbk", "GB18030"}, {"gb18030", "GB18030"},
	{"cp936", "GB18030"}, {"euccn", "GB18030"}, {"windows936", "GB18030"}, {"xgbk", "GB18030"},
	{"big5", "BIG5-HKSCS"}, {"big5hkscs", "BIG5-HKSCS"}, {"cp950", "CP950"}, {"xbig5", "BIG5-HKSCS"},
	{"euctw", "EUC-TW"},
	{"koi8r", "KOI8-R"}, {"koi8u", "KOI8-U"}, {"koi8", "KOI8-R"}, {"koi8ru", "KOI8-RU"},
	{"cp866", "CP866"}, {"ibm866", "CP866"}, {"xmaccyrillic", "MAC-CYRILLIC"},
	{"iso88591", "CP1252"}, {"latin1", "CP1252"}, {"88591", "CP1252"}, {"cp819", "CP1252"},
	{"iso88592", "ISO-8859-2"}, {"latin2", "ISO-8859-2"}, {"iso88593", "ISO-8859-3"},
	{"iso88594", "ISO-8859-4"}, {"iso88595", "ISO-8859-5"}, {"iso88596", "ISO-8859-6"},
	{"iso88597", "ISO-8859-7"}, {"iso88598", "ISO-8859-8"}, {"iso88598i", "ISO-8859-8"},
	{"iso88599", "CP1254"}, {"latin5", "CP1254"}, {"iso885910", "ISO-8859-10"},
	{"iso885911", "CP874"}, {"tis620", "CP874"}, {"windows874", "CP874"},
	{"iso885913", "ISO-8859-13"}, {"iso885914", "ISO-8859-14"}, {"iso885915", "ISO-8859-15"},
	{"latin9", "ISO-8859-15"}, {"iso885916", "ISO-8859-16"},
	{"windows1250", "CP1250"}, {"cp1250", "CP1250"}, {"windows1251", "CP1251"}, {"cp1251", "CP1251"},
	{"windows1252", "CP1252"}, {"cp1252", "CP1252"}, {"windows1253", "CP1253"}, {"cp1253", "CP1253"},
	{"windows1254", "CP1254"}, {"cp1254", "CP1254"}, {"windows1255", "CP1255"}, {"cp1255", "CP1255"},
	{"windows1256", "CP1256"}, {"cp1256", "CP1256"}, {"windows1257", "CP1257"}, {"cp1257", "CP1257"},
	{"windows1258", "CP1258"}, {"cp1258", "CP1258"},
	{"cp437", "CP437"}, {"ibm437", "CP437"}, {"cp850", "CP850"}, {"ibm850", "CP850"},
	{"cp852", "CP852"}, {"ibm852", "CP852"}, {"macintosh", "MACINTOSH"}, {"xmacroman", "MACINTOSH"},
	{"utf7", "UTF-7"}, {"unicode11utf7", "UTF-7"}, {"utf16", "UTF-16"}, {"utf16le", "UTF-16LE"},
	{"utf16be", "UTF-16BE"}, {"unicode", "UTF-16"},
};

/* Those above whose text is not told from ASCII by its octets. */
static const char *const seven_bit[] = {
	"ISO-2022-JP-2", "ISO-2022-JP-3", "ISO-2022-KR", "ISO-2022-CN", "UTF-7"
};

/* And those that hold a NUL for each letter of ASCII. */
static const char *const wide[] = {"UTF-16", "UTF-16LE", "UTF-16BE"};

static bool
is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		if (name != NULL && strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* Those of one octet a character, whatever stands beside it. */
static const char *const single[] = {
	"CP1250", "CP1251", "CP1252", "CP1253", "CP1254", "CP1256", "CP1257", "CP437", "CP850", "CP852",
	"CP866", "CP874", "ISO-8859-2", "ISO-8859-3", "ISO-8859-4", "ISO-8859-5", "ISO-8859-6",
	"ISO-8859-7", "ISO-8859-8", "ISO-8859-10", "ISO-8859-13", "ISO-8859-14", "ISO-8859-15",
	"ISO-8859-16", "KOI8-R", "KOI8-U", "KOI8-RU", "MACINTOSH", "MAC-CYRILLIC"
};

#define IS_SINGLE(name) is_one_of((name), single, sizeof(single) / sizeof(single[0]))
#define IS_SEVEN_BIT(name) is_one_of((name), seven_bit, sizeof(seven_bit) / sizeof(seven_bit[0]))
#define IS_WIDE(name) is_one_of((name), wide, sizeof(wide) / sizeof(wide[0]))

/* iconv's name for what a message declares; NULL for ASCII, UTF-8 and the unknown. */
static const char *
find_name(BounceSpan charset)
{
	char		name[MAX_NAME + 1];
	size_t		n = 0;

	if (charset.len > 2 * MAX_NAME)
		return NULL;
	for (size_t i = 0; i < charset.len && n < MAX_NAME; i++)
	{
		if (bounce_ascii_is_alnum(charset.ptr[i]))
			name[n++] = bounce_ascii_lower(charset.ptr[i]);
		else if (charset.ptr[i] == '*')
			break;				/* a language tag, RFC 2231 */
	}
	name[n] = '\0';

	/* nearly all mail is one of these, or says nothing */
	if (n == 0 || strcmp(name, "usascii") == 0 || strcmp(name, "utf8") == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		if (known[i].mail[0] == name[0] && strcmp(known[i].mail, name) == 0)
			return known[i].iconv;
	}
	return NULL;
}

/* How many octets at the start of s are ASCII?  Eight are looked at together. */
static size_t
ascii_length(const char *s, size_t len)
{
	uint64_t	eight;
	size_t		n = 0;

	while (len - n >= sizeof(eight))
	{
		memcpy(&eight, s + n, sizeof(eight));
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
		n += sizeof(eight);
	}
	while (n < len && (unsigned char) s[n] < 0x80)
		n++;
	return n;
}

/* Octets of the UTF-8 sequence at the start of s; 0 when there is none. */
static size_t
utf8_length(const unsigned char *s, size_t len)
{
	size_t		n;

	if (s[0] < 0x80)
		return 1;
	n = s[0] >= 0xC2 && s[0] <= 0xDF ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4 : 0;
	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
	{
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	}

	/* overlong forms, surrogates, beyond the last plane: RFC 3629, 4 */
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
		(s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return n;
}

/* Are these the first octets of a UTF-8 sequence, but not all? */
static bool
is_cut_sequence(const unsigned char *s, size_t len)
{
	size_t		n = s[0] >= 0xC2 && s[0] <= 0xDF ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4 : 0;

	for (size_t i = 1; i < len; i++)
	{
		if ((s[i] & 0xC0) != 0x80)
			return false;
	}
	return len > 1 && len < n;
}

static bool
is_utf8(BounceSpan text)
{
	const unsigned char *p = (const unsigned char *) text.ptr;
	size_t		i = 0;

	while (i < text.len)
	{
		size_t		n = ascii_length(text.ptr + i, text.len - i);

		if (n > 0)
		{
			i += n;
			continue;
		}
		n = utf8_length(p + i, text.len - i);

		/* a sequence that is cut at the end is no reason to doubt the rest */
		if (n == 0)
			return i > 0 && is_cut_sequence(p + i, text.len - i);
		i += n;
	}
	return true;
}

/* Does the text switch to Kanji as ISO-2022-JP does, whatever is declared? */
static bool
has_japanese_escapes(BounceSpan text)
{
	const char *p = text.ptr;
	const char *end = bounce_span_end(text);

	while (p != NULL && p < end && (p = memchr(p, 27, (size_t) (end - p))) != NULL)
	{
		if (end - p >= 3 && ((p[1] == '$' && (p[2] == 'B' || p[2] == '@' || p[2] == '(')) ||
							 (p[1] == '(' && (p[2] == 'J' || p[2] == 'I'))))
			return true;
		p++;
	}
	return false;
}

/* By which converter this text is to be read; NULL for UTF-8, or a guess at it. */
static const char *
choose(BounceSpan charset, BounceSpan text)
{
	const char *name = find_name(charset);

	if (name == NULL || (!IS_SEVEN_BIT(name) && !IS_WIDE(name) && is_utf8(text)))
		return has_japanese_escapes(text) ? "ISO-2022-JP-3" : NULL;

	/* what is called UTF-16 and has no NUL is not */
	if (IS_WIDE(name) && memchr(text.ptr, '\0', text.len) == NULL)
		return NULL;
	return name;
}

/*
 * Is there anything to convert in this text, or is it UTF-8 as it stands?
 */
bool
bounce_charset_is_needed(BounceSpan charset, BounceSpan text)
{
	return choose(charset, text) != NULL || !is_utf8(text);
}

/*
 * Ask the converter for each octet.  False when that cannot be put into a table,
 * or ASCII is not as it stands.
 */
static bool
fill_table(iconv_t converter, BounceCharacter *table)
{
	for (int c = 0; c < 256; c++)
	{
		char		octet = (char) c;
		char	   *in = &octet;
		char	   *out = table[c].utf8;
		size_t		left = 1;
		size_t		room = sizeof(table[c].utf8);

		iconv(converter, NULL, NULL, NULL, NULL);
		if (iconv(converter, &in, &left, &out, &room) == (size_t) -1 && errno == E2BIG)
			return false;
		table[c].len = (unsigned char) (out - table[c].utf8);
		if (c < 0x80 && (table[c].len != 1 || table[c].utf8[0] != octet))
			return false;
	}
	return true;
}

/* The slot of the converter of this name, opened when it is not yet. */
static unsigned
open_converter(BounceCharsets *charsets, const char *name)
{
	unsigned	slot;

	for (unsigned i = 0; i < BOUNCE_OPEN_CHARSETS; i++)
	{
		if (charsets->open[i].name == name)
			return i;
	}
	slot = charsets->next++ % BOUNCE_OPEN_CHARSETS;
	if (charsets->open[slot].name != NULL && charsets->open[slot].converter != (iconv_t) -1)
		iconv_close(charsets->open[slot].converter);
	charsets->open[slot].name = name;
	charsets->open[slot].converter = iconv_open("UTF-8", name);
	charsets->open[slot].is_table = charsets->open[slot].converter != (iconv_t) -1 &&
		IS_SINGLE(name) && fill_table(charsets->open[slot].converter, charsets->open[slot].table);
	return slot;
}

/* For a character that was lost, U+FFFD. */
static size_t
put_lost(char *out, size_t size)
{
	if (size < 3)
		return 0;
	memcpy(out, "\xEF\xBF\xBD", 3);
	return 3;
}

/* Valid UTF-8 stays; other octets are taken for Latin-1. */
static size_t
repair(BounceSpan *text, char *out, size_t size)
{
	size_t		n = 0;

	while (text->len > 0 && size - n >= 4)
	{
		const unsigned char *p = (const unsigned char *) text->ptr;
		size_t		room = size - n - 3;
		size_t		len = ascii_length(text->ptr, text->len < room ? text->len : room);

		if (len == 0)
			len = utf8_length(p, text->len);
		if (len > 0)
		{
			memcpy(out + n, p, len);
			n += len;
		}
		else if (p[0] < 0xA0)
			n += put_lost(out + n, size - n);
		else
		{
			out[n++] = (char) (0xC0 | (p[0] >> 6));
			out[n++] = (char) (0x80 | (p[0] & 0x3F));
		}
		text->ptr += len > 0 ? len : 1;
		text->len -= len > 0 ? len : 1;
	}
	return n;
}

/* Convert by the table; stops before what does not fit. */
static size_t
convert_by_table(const BounceCharacter *table, BounceSpan *text, char *out, size_t size)
{
	size_t		n = 0;

	while (text->len > 0)
	{
		size_t		room = size - n;
		size_t		done = ascii_length(text->ptr, text->len < room ? text->len : room);
		const BounceCharacter *c;

		memcpy(out + n, text->ptr, done);
		n += done;
		text->ptr += done;
		text->len -= done;
		if (text->len == 0)
			break;
		c = &table[(unsigned char) text->ptr[0]];
		if (size - n < c->len)
			break;
		if (c->len > 0)
		{
			memcpy(out + n, c->utf8, c->len);
			n += c->len;
		}
		else
		{
			done = put_lost(out + n, size - n);
			if (done == 0)
				break;
			n += done;
		}
		text->ptr++;
		text->len--;
	}
	return n;
}

/*
 * Write text, of the charset that a message declares for it, into out as valid
 * UTF-8, and return how many octets that are.  *text is what did not fit, empty
 * when all did; with size at least four times text->len it always does.
 *
 * Never fails: octets that the charset does not have become U+FFFD; where the
 * charset is not known, is ASCII, or cannot be right because the text is valid
 * UTF-8, what is UTF-8 stays and the rest is read as Latin-1.
 *
 * Linear in the text.
 */
size_t
bounce_charset_to_utf8(BounceCharsets *charsets, BounceSpan charset,
					   BounceSpan *text, char *out, size_t size)
{
	const char *name = choose(charset, *text);
	iconv_t		converter;
	unsigned	slot;
	char	   *to = out;
	size_t		room = size;

	if (name == NULL)
		return repair(text, out, size);
	slot = open_converter(charsets, name);
	converter = charsets->open[slot].converter;
	if (converter == (iconv_t) -1)
		return repair(text, out, size);
	if (charsets->open[slot].is_table)
		return convert_by_table(charsets->open[slot].table, text, out, size);
	iconv(converter, NULL, NULL, NULL, NULL);
	while (text->len > 0)
	{
		/* iconv reads through a pointer to char that it does not write to */
		union
		{
			const char *given;
			char	   *taken;
		}			in = {text->ptr};
		size_t		left = text->len;
		size_t		lost;
		bool		whole = iconv(converter, &in.taken, &left, &to, &room) != (size_t) -1;
		int			error = errno;

		text->ptr = in.given;
		text->len = left;
		if (whole || error == E2BIG)
			break;

		/* EILSEQ, or EINVAL at the end: one octet is lost */
		lost = put_lost(to, room);
		if (lost == 0)
			break;
		to += lost;
		room -= lost;
		text->ptr++;
		text->len--;
	}
	return (size_t) (to - out);
}
