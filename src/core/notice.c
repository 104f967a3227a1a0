/*-------------------------------------------------------------------------
 *
 * notice.c
 *	  Recipients and replies in the prose that mail systems write.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * One shape is common to nearly all of them: a line that begins with the
 * address, and the reason behind it or in the lines below, up to an empty line:
 *
 *		<jane@example.com>: host mx.example.com[192.0.2.1] said: 550 ...
 *
 *		jane@example.com
 *		  host mx.example.com [192.0.2.1]
 *		  SMTP error from remote mail server after RCPT TO:<jane@example.com>:
 *		  550 ...
 *
 * src/core/notice.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/limits.h"
#include "core/notice.h"

/* After so many recipients in a row that are not in the prose, stop looking. */
#define MAX_MISSES 8

/* An address inside an entry is at most so far behind the entry's first line. */
#define MAX_LOOK_BACK 4096

/* How the remote host is introduced; its name or address stands behind. */
static const BounceSpan host_words[] =
{
	BOUNCE_SPAN_OF("host "),
	BOUNCE_SPAN_OF("connected to "),
};

/* Begin with a decoded notification text. */
void
bounce_notice_open(BounceNotice *notice, BounceSpan text, BounceLineEnd line_end)
{
	notice->text = text;
	notice->line_end = line_end;
	notice->pos = 0;
	notice->misses = 0;
}

static size_t
indent_of(BounceSpan line)
{
	size_t		n = 0;

	while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t'))
		n++;
	return n;
}

/*
 * Does this line begin with an address?  If so, says which, and where the
 * words behind it begin.
 */
static bool
entry_line(BounceSpan line, BounceAddress *addr, size_t *words)
{
	size_t		start = indent_of(line);
	size_t		pos = start;
	bool		angle;
	size_t		end;

	angle = start < line.len && line.ptr[start] == '<';
	if (angle)
		pos++;
	if (!bounce_address_find(line, &pos, addr))
		return false;
	if (addr->local.ptr != line.ptr + start + (angle ? 1 : 0) + (addr->quoted ? 1 : 0))
		return false;
	end = pos;
	if (angle)
	{
		if (end >= line.len || line.ptr[end] != '>')
			return false;
		end++;
	}
	while (end < line.len && (line.ptr[end] == ' ' || line.ptr[end] == '\t'))
		end++;
	if (end < line.len && line.ptr[end] != ':' && line.ptr[end] != '(')
		return false;
	if (end < line.len && line.ptr[end] == ':')
		end++;
	*words = end;
	return true;
}

/*
 * Fill the entry whose first line is given and move notice->pos behind it: its
 * words reach to an empty line or to the next entry that is indented no more.
 */
static void
read_entry(BounceNotice *notice, BounceSpan line, size_t words, BounceNoticeEntry *entry)
{
	BounceLines lines;
	BounceAddress other;
	BounceSpan	next;
	size_t		ignored;
	size_t		indent = indent_of(line);
	const char *end = line.ptr + line.len;

	lines.cur = end;
	lines.end = notice->text.ptr + notice->text.len;
	lines.line_end = notice->line_end;
	bounce_line_next(&lines, &next);	/* what is left of this line: its end */
	while (bounce_line_next(&lines, &next))
	{
		if (bounce_span_trim(next).len == 0 ||
			(indent_of(next) <= indent && entry_line(next, &other, &ignored)))
		{
			lines.cur = next.ptr;
			break;
		}
		end = next.ptr + next.len;
		if ((size_t) (end - line.ptr) > BOUNCE_NOTICE_WINDOW)
			break;
	}
	entry->words.ptr = line.ptr + words;
	entry->words.len = (size_t) (end - entry->words.ptr);
	entry->words = bounce_span_trim(entry->words);
	notice->pos = (size_t) (lines.cur - notice->text.ptr);
}

/*
 * Step to the next entry.  Returns false when there is none.
 *
 * Linear over all steps together.
 */
bool
bounce_notice_next(BounceNotice *notice, BounceNoticeEntry *entry)
{
	BounceLines lines;
	BounceSpan	line;
	size_t		words;

	lines.cur = notice->text.ptr + notice->pos;
	lines.end = notice->text.ptr + notice->text.len;
	lines.line_end = notice->line_end;
	while (bounce_line_next(&lines, &line))
	{
		if (entry_line(line, &entry->address, &words))
		{
			read_entry(notice, line, words, entry);
			return true;
		}
	}
	notice->pos = notice->text.len;
	return false;
}

/*
 * The entry line at or above this place, not far above.
 *
 * In the lines before *barren there is none, as an earlier call found; moved
 * behind this line where it finds none either, so that the calls for all places
 * of a text are linear together.
 */
static bool
entry_above(const BounceNotice *notice, size_t place, size_t *barren, BounceSpan *line,
			size_t *words, BounceAddress *addr)
{
	size_t		start = place;
	size_t		floor = place > MAX_LOOK_BACK ? place - MAX_LOOK_BACK : 0;
	size_t		end;
	const char *text = notice->text.ptr;
	char		stop = notice->line_end == BOUNCE_LINE_END_CR ? '\r' : '\n';
	const char *mark;

	if (place < *barren)
		return false;
	if (floor < *barren)
		floor = *barren;
	mark = memchr(text + place, stop, notice->text.len - place);
	end = mark != NULL ? (size_t) (mark - text) : notice->text.len;
	*barren = end < notice->text.len ? end + 1 : end;
	for (;;)
	{
		while (start > floor && text[start - 1] != stop)
			start--;

		/* the tail of a line is no line: it may begin within an address */
		if (start > 0 && text[start - 1] != stop)
			return false;
		*line = bounce_span_make(text + start, end - start);
		while (line->len > 0 && line->ptr[line->len - 1] == '\r')
			line->len--;
		if (bounce_span_trim(*line).len == 0)
			return false;
		if (entry_line(*line, addr, words))
			return true;
		if (start <= floor)
			return false;
		end = --start;
	}
}

/* Is the address at this place a whole one, not the tail of a longer one? */
static bool
stands_alone(BounceSpan text, size_t at, size_t len)
{
	char		before = at > 0 ? text.ptr[at - 1] : ' ';
	char		after = at + len < text.len ? text.ptr[at + len] : ' ';

	if (bounce_ascii_is_alnum(before) || before == '.' || before == '-' || before == '_' || before == '+')
		return false;
	return !bounce_ascii_is_alnum(after) && after != '-';
}

/*
 * An address that ends its line, without an entry above it ("generated by
 * jane@example.com", below the name of a program): the lines below are about it.
 */
static bool
ends_line(const BounceNotice *notice, size_t end, BounceSpan *rest)
{
	BounceLines lines;
	const char *p = notice->text.ptr + end;

	lines.cur = p;
	lines.end = notice->text.ptr + notice->text.len;
	lines.line_end = notice->line_end;

	/* before the line's end is looked for, which may be far */
	while (p < lines.end && (*p == ' ' || *p == '\t'))
		p++;
	if (p < lines.end && *p != '\r' && *p != '\n')
		return false;
	return bounce_line_next(&lines, rest) && bounce_span_trim(*rest).len == 0 &&
		lines.cur < lines.end;
}

/* The entry about this recipient, where its address stands in [from, until). */
static bool
find_between(BounceNotice *notice, size_t from, size_t until, BounceSpan address,
			 BounceNoticeEntry *entry)
{
	size_t		barren = 0;

	while (from < until)
	{
		size_t		hit = bounce_span_find(bounce_span_make(notice->text.ptr + from, until - from),
										   address);
		BounceSpan	line;
		size_t		words;

		if (hit == BOUNCE_SPAN_NOT_FOUND)
			return false;
		hit += from;
		from = hit + address.len;
		if (!stands_alone(notice->text, hit, address.len))
			continue;
		if (!entry_above(notice, hit, &barren, &line, &words, &entry->address))
		{
			size_t		pos = 0;

			words = 0;
			if (!ends_line(notice, from, &line) ||
				!bounce_address_find(bounce_span_make(notice->text.ptr + hit, address.len),
									 &pos, &entry->address))
				continue;
		}
		read_entry(notice, line, words, entry);
		return true;
	}
	return false;
}

/*
 * Find the entry that is about this recipient: the one that begins with it or
 * has it in its words ("(generated from team@example.com)").  Looks from the
 * last find on, where the reports of one message come in the same order, and
 * then once from the top.
 *
 * Each call reads at most 4 * BOUNCE_NOTICE_WINDOW octets, each of them a few
 * times; after MAX_MISSES misses in a row none at all, so a message of n
 * recipients costs O(n).
 */
bool
bounce_notice_find(BounceNotice *notice, BounceSpan address, BounceNoticeEntry *entry)
{
	size_t		whole = notice->text.len;
	size_t		first = notice->pos;
	bool		found = false;

	if (address.len == 0 || notice->misses >= MAX_MISSES)
		return false;
	for (int round = 0; round < 2 && !found; round++)
	{
		size_t		from = round == 0 ? first : 0;
		size_t		until = round == 0 ? whole : first;

		if (until - from > BOUNCE_NOTICE_WINDOW)
			until = from + BOUNCE_NOTICE_WINDOW;

		/* a line or an entry that begins in the window may be of any length */
		if (whole - until > BOUNCE_NOTICE_WINDOW)
			notice->text.len = until + BOUNCE_NOTICE_WINDOW;
		found = find_between(notice, from, until, address, entry);
		notice->text.len = whole;
	}
	notice->misses = found ? 0 : notice->misses + 1;
	return found;
}

/* Does a reply of an SMTP server begin here: 4yz or 5yz, then " " or "-"? */
static bool
reply_begins(BounceSpan s)
{
	return s.len >= 4 && (s.ptr[0] == '4' || s.ptr[0] == '5') &&
		s.ptr[1] >= '0' && s.ptr[1] <= '5' && bounce_ascii_is_digit(s.ptr[2]) &&
		(s.ptr[3] == ' ' || s.ptr[3] == '-');
}

/*
 * Take "(generated from jane@example.com)" away from the front; Sendmail's
 * "(reason: 550 ...)" is the reason itself.
 */
static BounceSpan
skip_expansion(BounceSpan words)
{
	const char *close;

	if (words.len == 0 || words.ptr[0] != '(')
		return words;
	if (bounce_span_starts(words, "(reason:"))
	{
		words = bounce_span_make(words.ptr + 8, words.len - 8);
		if (words.len > 0 && words.ptr[words.len - 1] == ')')
			words.len--;
		return bounce_span_trim(words);
	}
	close = memchr(words.ptr, ')', words.len);
	if (close == NULL || memchr(words.ptr, '@', (size_t) (close - words.ptr)) == NULL)
		return words;
	words.len -= (size_t) (close + 1 - words.ptr);
	words.ptr = close + 1;
	words = bounce_span_trim(words);
	if (words.len > 0 && words.ptr[0] == ':')
		words = bounce_span_trim(bounce_span_make(words.ptr + 1, words.len - 1));
	return words;
}

/*
 * The server's reply among the words of an entry: behind "said:", or from the
 * first line on that begins with a reply code; where there is no such thing, all
 * the words but for what says which address ours led to.
 */
BounceSpan
bounce_notice_reply(BounceSpan words)
{
	size_t		said;
	bool		line_start = true;

	words = skip_expansion(words);
	said = bounce_span_find_fold(words, BOUNCE_SPAN_OF(" said:"));

	if (said != BOUNCE_SPAN_NOT_FOUND)
	{
		said += sizeof(" said:") - 1;
		return bounce_span_trim(bounce_span_make(words.ptr + said, words.len - said));
	}
	for (size_t i = 0; i < words.len; i++)
	{
		if (line_start && reply_begins(bounce_span_make(words.ptr + i, words.len - i)))
			return bounce_span_make(words.ptr + i, words.len - i);
		if (words.ptr[i] == '\n' || words.ptr[i] == '\r')
			line_start = true;
		else if (words.ptr[i] != ' ' && words.ptr[i] != '\t')
			line_start = false;
	}
	return words;
}

/* The remote host that the words tell of, or BOUNCE_SPAN_NONE. */
BounceSpan
bounce_notice_host(BounceSpan words)
{
	if (words.len > BOUNCE_MAX_VALUE)
		words.len = BOUNCE_MAX_VALUE;
	for (size_t i = 0; i < sizeof(host_words) / sizeof(host_words[0]); i++)
	{
		size_t		at = bounce_span_find_fold(words, host_words[i]);
		BounceSpan	host;

		if (at == BOUNCE_SPAN_NOT_FOUND || (at > 0 && bounce_ascii_is_alnum(words.ptr[at - 1])))
			continue;
		host.ptr = words.ptr + at + host_words[i].len;
		host.len = 0;
		while (at + host_words[i].len + host.len < words.len &&
			   (bounce_ascii_is_alnum(host.ptr[host.len]) || host.ptr[host.len] == '.' ||
				host.ptr[host.len] == '-' || host.ptr[host.len] == '_'))
			host.len++;
		if (host.len > 0 && memchr(host.ptr, '.', host.len) != NULL)
			return host;
	}
	return BOUNCE_SPAN_NONE;
}
