/*-------------------------------------------------------------------------
 *
 * convert.c
 *	  The only door from bytes of mail to text of PostgreSQL, and back.
 *
 * Whatever comes in, what goes out is valid in the server encoding: octets that
 * cannot be read in the declared charset are read as Latin-1, control characters
 * become blanks, and characters that the server encoding lacks become "?".
 *
 * src/pg/convert.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "core/word.h"
#include "core/limits.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "pg/compat.h"
#include "pg/convert.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Octets of a text that is judged. */
#define MAX_EVIDENCE 65536

/*
 * Octets that are converted at once where a character may have no counterpart,
 * so that many such characters do not cost a large buffer each.
 */
#define PIECE_SIZE 512

/* Is it printable ASCII and nothing else, as nearly all of it is? */
static bool
is_plain(BounceSpan s)
{
	return bounce_ascii_is_printable(s.ptr, s.len, ' ');
}

/* Converters of this backend, see charset.h. */
static BounceCharsets charsets;

BounceCharsets *
bounce_backend_charsets(void)
{
	return &charsets;
}

/*
 * Convert between encodings without ever raising an error for what is in the
 * bytes.  Returns how many of the octets could be converted; out is what
 * became of them.
 */
static size_t
convert_prefix(BounceSpan bytes, int from, int to, BounceSpan *out)
{
	Oid			proc = FindDefaultConversionProc(from, to);
	char	   *buf;
	int			done;

	*out = BOUNCE_SPAN_NONE;
	if (!OidIsValid(proc) || bytes.len == 0 ||
		bytes.len > (MaxAllocSize - 1) / MAX_CONVERSION_GROWTH)
		return 0;
	buf = palloc(bytes.len * MAX_CONVERSION_GROWTH + 1);
	done = pg_do_encoding_conversion_buf(proc, from, to,
										 (unsigned char *) unconstify(char *, bytes.ptr),
										 (int) bytes.len, (unsigned char *) buf,
										 (int) (bytes.len * MAX_CONVERSION_GROWTH + 1), true);
	*out = bounce_span_make(buf, strlen(buf));
	return (size_t) done;
}

/*
 * Append as UTF-8: sequences that are valid stay, other octets are taken for
 * Latin-1 (in its control range: for a character that was lost).
 */
static void
append_repaired(StringInfo out, BounceSpan bytes)
{
	size_t		i = 0;

	while (i < bytes.len)
	{
		const unsigned char *p = (const unsigned char *) bytes.ptr + i;
		int			len;

		if (*p < 0x80)
		{
			appendStringInfoChar(out, (*p < ' ' && *p != '\t') || *p == 127 ? ' ' : (char) *p);
			i++;
			continue;
		}
		len = pg_utf_mblen(p);
		if (len > 1 && i + (size_t) len <= bytes.len && pg_utf8_islegal(p, len))
		{
			appendBinaryStringInfo(out, (const char *) p, len);
			i += (size_t) len;
			continue;
		}
		if (*p < 0xA0)
			appendStringInfoString(out, "\xEF\xBF\xBD");
		else
		{
			appendStringInfoChar(out, (char) (0xC0 | (*p >> 6)));
			appendStringInfoChar(out, (char) (0x80 | (*p & 0x3F)));
		}
		i++;
	}
}

/* The text of this span as valid UTF-8 without control characters. */
BounceSpan
bounce_span_to_utf8(BounceSpan bytes, BounceSpan charset)
{
	StringInfoData out;
	char	   *utf8;
	size_t		len;

	if (bytes.ptr == NULL || is_plain(bytes))
		return bytes;
	initStringInfo(&out);
	if (bounce_charset_is_needed(charset, bytes))
	{
		utf8 = palloc(bytes.len * MAX_CONVERSION_GROWTH);
		len = bounce_charset_to_utf8(&charsets, charset, &bytes, utf8,
									 bytes.len * MAX_CONVERSION_GROWTH);
		bytes = bounce_span_make(utf8, len);
	}
	append_repaired(&out, bytes);
	return bounce_span_make(out.data, (size_t) out.len);
}

/* The same for a header field, whose words may be encoded (RFC 2047). */
BounceSpan
bounce_words_to_utf8(BounceSpan value)
{
	StringInfoData out;
	BounceWordIter it;
	BounceWord	word;
	char		buf[BOUNCE_MAX_VALUE];

	if (value.ptr == NULL || bounce_span_find(value, BOUNCE_SPAN_OF("=?")) == BOUNCE_SPAN_NOT_FOUND)
		return bounce_span_to_utf8(value, BOUNCE_SPAN_NONE);
	initStringInfo(&out);
	bounce_word_open(&it, value);
	while (bounce_word_next(&it, buf, sizeof(buf), &word))
	{
		BounceSpan	piece = bounce_span_to_utf8(word.bytes, word.charset);

		appendBinaryStringInfo(&out, piece.ptr, (int) piece.len);
	}
	return bounce_span_make(out.data, (size_t) out.len);
}

/*
 * Append text from one encoding to another, "?" for what has no counterpart.
 * Returns whether there was nothing of that kind.
 */
static bool
append_converted(StringInfo out, BounceSpan s, int from, int to)
{
	bool		exact = true;

	while (s.len > 0)
	{
		BounceSpan	converted;
		BounceSpan	piece = s;
		size_t		done;

		if (piece.len > PIECE_SIZE)
			piece.len = (size_t) pg_encoding_mbcliplen(from, s.ptr, (int) Min(s.len, 2 * PIECE_SIZE),
													   PIECE_SIZE);
		done = convert_prefix(piece, from, to, &converted);
		if (converted.len > 0)
			appendBinaryStringInfo(out, converted.ptr, (int) converted.len);
		if (converted.ptr != NULL)
			pfree(unconstify(char *, converted.ptr));
		if (done < piece.len || done == 0)
		{
			exact = false;
			appendStringInfoChar(out, '?');
			done += Min((size_t) pg_encoding_mblen(from, s.ptr + done), s.len - done);
		}
		s.ptr += done;
		s.len -= done;
	}
	return exact;
}

/* Text of the server as UTF-8. */
BounceSpan
bounce_server_to_utf8(BounceSpan bytes)
{
	int			encoding = GetDatabaseEncoding();
	StringInfoData out;

	if (encoding == PG_UTF8 || is_plain(bytes) ||
		(encoding == PG_SQL_ASCII &&
		 pg_encoding_verifymbstr(PG_UTF8, bytes.ptr, (int) bytes.len) == (int) bytes.len))
		return bytes;
	initStringInfo(&out);
	if (encoding == PG_SQL_ASCII)
		append_repaired(&out, bytes);
	else
		append_converted(&out, bytes, encoding, PG_UTF8);
	return bounce_span_make(out.data, (size_t) out.len);
}

/*
 * A text argument of a function that judges it, as UTF-8; NULL or a missing one
 * is empty.  More than MAX_EVIDENCE is never looked at, so it is not converted.
 */
BounceSpan
bounce_evidence_argument(FunctionCallInfo fcinfo, int arg)
{
	text	   *value;

	if (PG_NARGS() <= arg || PG_ARGISNULL(arg))
		return BOUNCE_SPAN_NONE;
	value = PG_GETARG_TEXT_PP(arg);
	return bounce_server_to_utf8(bounce_span_make(VARDATA_ANY(value),
												  Min(VARSIZE_ANY_EXHDR(value), MAX_EVIDENCE)));
}

/* Valid UTF-8 as text of the server. */
text *
bounce_utf8_to_text(BounceSpan utf8)
{
	int			encoding = GetDatabaseEncoding();
	StringInfoData out;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || is_plain(utf8))
		return cstring_to_text_with_len(utf8.len > 0 ? utf8.ptr : "", (int) utf8.len);
	initStringInfo(&out);
	append_converted(&out, utf8, PG_UTF8, encoding);
	return cstring_to_text_with_len(out.data, out.len);
}

/*
 * An address as text of the server; NULL when the server encoding lacks one of
 * its characters, for then it would be somebody else's.
 */
text *
bounce_address_to_text(BounceSpan bytes)
{
	BounceSpan	utf8 = bounce_span_to_utf8(bytes, BOUNCE_SPAN_NONE);
	int			encoding = GetDatabaseEncoding();
	StringInfoData out;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || is_plain(utf8))
		return bounce_utf8_to_text(utf8);
	initStringInfo(&out);
	if (!append_converted(&out, utf8, PG_UTF8, encoding))
		return NULL;
	return cstring_to_text_with_len(out.data, out.len);
}

/* Both steps for bytes of no declared charset. */
text *
bounce_span_to_text(BounceSpan bytes)
{
	return bounce_utf8_to_text(bounce_span_to_utf8(bytes, BOUNCE_SPAN_NONE));
}
