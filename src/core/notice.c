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

/* Empty lines between a heading and its list. */
#define MAX_EMPTY 2

/* Begin with a decoded notification text. */
void
bounce_notice_open(BounceNotice *notice, BounceSpan text, BounceLineEnd line_end)
{
	notice->text = text;
	notice->line_end = line_end;
	notice->pos = 0;
	notice->misses = 0;
	notice->found = 0;
	notice->firm_from = 0;
	notice->firm_at = 0;
	notice->firm_found = false;
}

static size_t
indent_of(BounceSpan line)
{
	size_t		n = 0;

	while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t'))
		n++;
	return n;
}

static size_t
skip_blanks(BounceSpan line, size_t at)
{
	while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '\t'))
		at++;
	return at;
}

/* Pass over what makes a list: "* ", "- ", "-- ", a bullet. */
static size_t
skip_bullet(BounceSpan line, size_t at)
{
	size_t		start = at;

	if (line.len - at > 3 && memcmp(line.ptr + at, "\xE2\x80\xA2", 3) == 0)
		at += 3;
	else
	{
		while (at < line.len && at - start < 2 && (line.ptr[at] == '*' || line.ptr[at] == '-'))
			at++;
	}
	if (at == start || at >= line.len || (line.ptr[at] != ' ' && line.ptr[at] != '\t'))
		return start;
	return skip_blanks(line, at);
}

/* What closes this bracket or quote; NUL for a character that opens nothing. */
static char
closer_of(char open)
{
	switch (open)
	{
		case '<':
			return '>';
		case '(':
			return ')';
		case '[':
			return ']';
		case '"':
		case '\'':
			return open;
		default:
			return '\0';
	}
}

/* Is there an address at this place, in brackets or not?  Says where it ends. */
static bool
address_at(BounceSpan line, size_t start, BounceAddress *addr, size_t *end)
{
	size_t		pos = start;
	char		closer = start < line.len ? closer_of(line.ptr[start]) : '\0';

	if (!bounce_address_find(line, &pos, addr))
		return false;
	*end = pos;
	if (addr->local.ptr - (addr->quoted ? 1 : 0) == line.ptr + start)
		return true;

	/* once more, as if the line began behind what opens */
	pos = start + 1;
	if (closer == '\0' || !bounce_address_find(line, &pos, addr) ||
		addr->local.ptr - (addr->quoted ? 1 : 0) != line.ptr + start + 1 ||
		pos >= line.len || line.ptr[pos] != closer)
		return false;
	*end = pos + 1;
	return true;
}

/* "on Thu, 29 Apr": Exchange says so when it was. */
static bool
is_weekday(BounceSpan s)
{
	static const char *const days[] = {"on mon", "on tue", "on wed", "on thu", "on fri", "on sat", "on sun"};

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
	{
		if (bounce_span_starts_fold(s, bounce_span_make(days[i], 6)))
			return true;
	}
	return false;
}

/* Is an address that these characters follow set off from them? */
static bool
is_set_off(BounceSpan behind)
{
	char		first = behind.len > 0 ? behind.ptr[0] : '\0';

	return behind.len == 0 || first == ':' || first == '(' || first == '[' || first == ';' ||
		bounce_span_starts(behind, "...") || bounce_span_starts(behind, "<mailto:") ||
		bounce_span_starts(behind, "- ") || is_weekday(behind);
}

/* "550 5.1.1 <jane@example.com>... User unknown", as Sendmail reports it. */
static bool
coded_line(BounceSpan line, size_t at, BounceNoticeEntry *entry)
{
	if (line.len - at < 5 || (line.ptr[at] != '4' && line.ptr[at] != '5') ||
		!bounce_ascii_is_digit(line.ptr[at + 1]) || !bounce_ascii_is_digit(line.ptr[at + 2]) ||
		(line.ptr[at + 3] != ' ' && line.ptr[at + 3] != '-'))
		return false;
	at += 4;
	if (line.len - at > 1 && line.ptr[at + 1] == '.')
	{
		while (at < line.len && (bounce_ascii_is_digit(line.ptr[at]) || line.ptr[at] == '.'))
			at++;
		at = skip_blanks(line, at);
	}
	return address_at(line, at, &entry->address, &at) &&
		bounce_span_starts(bounce_span_make(line.ptr + at, line.len - at), "...");
}

/*
 * Is this the first line of an entry?  If so, says which address, and where the
 * words about it begin.
 */
static bool
entry_line(BounceSpan line, BounceNoticeEntry *entry, size_t *words)
{
	size_t		start = indent_of(line);
	size_t		end;

	if (memchr(line.ptr, '@', line.len) == NULL)
		return false;
	if (coded_line(line, start, entry))
	{
		entry->shape = BOUNCE_ENTRY_CODED;
		*words = start;
		return true;
	}
	start = skip_bullet(line, start);
	if (!address_at(line, start, &entry->address, &end))
		return false;
	*words = skip_blanks(line, end);
	if (is_set_off(bounce_span_make(line.ptr + *words, line.len - *words)))
		entry->shape = BOUNCE_ENTRY_FIRM;
	else if (bounce_span_starts(bounce_span_make(line.ptr + *words, line.len - *words), ", "))
	{
		entry->shape = BOUNCE_ENTRY_LOOSE;
		*words += 2;
	}
	else if (*words > end && ((unsigned char) line.ptr[*words] >= 0x80 ||
							  bounce_ascii_is_alnum(line.ptr[*words])))
		entry->shape = BOUNCE_ENTRY_LOOSE;
	else
		return false;
	if (*words < line.len && line.ptr[*words] == ':')
		(*words)++;
	return true;
}

/* Does an entry begin in this line, that surely is one? */
bool
bounce_notice_is_entry(BounceSpan line)
{
	BounceNoticeEntry entry;
	size_t		ignored;

	return entry_line(line, &entry, &ignored) && entry.shape != BOUNCE_ENTRY_LOOSE;
}

/* Is this line, with these behind it, the heading of a list? */
static bool
heads_entries(BounceSpan line, BounceLines behind)
{
	BounceNoticeEntry entry;
	BounceSpan	next;
	size_t		ignored;

	line = bounce_span_trim(line);
	if (line.len == 0 || line.ptr[line.len - 1] != ':')
		return false;
	for (int empty = 0; empty <= MAX_EMPTY && bounce_line_next(&behind, &next); empty++)
	{
		if (!bounce_span_is_blank(next))
			return entry_line(next, &entry, &ignored) && entry.shape == BOUNCE_ENTRY_FIRM;
	}
	return false;
}

/* Does this line end the entry that begins with one indented so far? */
static bool
ends_entry(BounceSpan line, const BounceLines *behind, BounceEntryShape shape, size_t indent)
{
	BounceNoticeEntry other;
	size_t		ignored;

	if (bounce_span_is_blank(line))
		return true;
	if (indent_of(line) > indent)
		return false;

	/* a program or a file to which an alias leads is an entry of its own */
	if (line.ptr[indent_of(line)] == '|' || line.ptr[indent_of(line)] == '/')
		return true;
	switch (shape)
	{
		case BOUNCE_ENTRY_LOOSE:
		case BOUNCE_ENTRY_CODED:
			return true;		/* in one line, or folded */
		case BOUNCE_ENTRY_FIRM:
			break;
	}
	return (entry_line(line, &other, &ignored) && other.shape == BOUNCE_ENTRY_FIRM) ||
		heads_entries(line, *behind);
}

/*
 * Are there entries of more than one recipient, near the beginning?  Linear in
 * BOUNCE_NOTICE_WINDOW.
 */
bool
bounce_notice_has_several(const BounceNotice *notice)
{
	BounceSpan	window = bounce_line_whole(notice->text, BOUNCE_NOTICE_WINDOW);
	BounceSpan	line;
	BounceLines lines;
	BounceNoticeEntry first;
	BounceNoticeEntry other;
	size_t		ignored;
	bool		found = false;

	lines.cur = window.ptr;
	lines.end = bounce_span_end(window);
	lines.line_end = notice->line_end;
	while (bounce_line_next(&lines, &line))
	{
		if (!entry_line(line, found ? &other : &first, &ignored))
			continue;
		if (found && other.shape != BOUNCE_ENTRY_LOOSE &&
			!(bounce_span_equal_fold(other.address.local, first.address.local) &&
			  bounce_span_equal_fold(other.address.domain, first.address.domain)))
			return true;
		found |= first.shape != BOUNCE_ENTRY_LOOSE;
	}
	return false;
}

/*
 * Fill the entry whose first line is given and move notice->pos behind it: its
 * words reach to an empty line, or to the next entry or the heading of further ones
 * that is indented no more.
 */
static void
read_entry(BounceNotice *notice, BounceSpan line, size_t words, BounceNoticeEntry *entry)
{
	BounceLines lines;
	BounceSpan	next;
	size_t		indent = indent_of(line);
	const char *end = line.ptr + line.len;

	lines.cur = end;
	lines.end = notice->text.ptr + notice->text.len;
	lines.line_end = notice->line_end;
	bounce_line_next(&lines, &next);	/* what is left of this line: its end */
	while (bounce_line_next(&lines, &next))
	{
		if (ends_entry(next, &lines, entry->shape, indent))
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
 * What stands between the entry that was given last and the next firm one: the
 * reason may follow in paragraphs of their own.
 *
 * The place of that one is remembered, so that entries in a row, none of them
 * firm, do not look for it anew: linear over all calls that go forward.
 */
BounceSpan
bounce_notice_rest(BounceNotice *notice)
{
	BounceSpan	rest = bounce_span_make(notice->text.ptr + notice->pos,
										notice->text.len - notice->pos);
	BounceLines lines;
	BounceSpan	line;
	bool		known = notice->pos >= notice->firm_from && notice->pos <= notice->firm_at;

	rest = bounce_line_whole(rest, BOUNCE_NOTICE_WINDOW);
	lines.cur = known ? notice->text.ptr + notice->firm_at : rest.ptr;
	lines.end = bounce_span_end(rest);
	lines.line_end = notice->line_end;
	if (!known)
		notice->firm_from = notice->pos;
	notice->firm_found = known && notice->firm_found;
	while (!notice->firm_found && lines.cur < lines.end && bounce_line_next(&lines, &line))
	{
		BounceNoticeEntry other;
		size_t		ignored;

		if (entry_line(line, &other, &ignored) && other.shape == BOUNCE_ENTRY_FIRM)
		{
			lines.cur = line.ptr;
			notice->firm_found = true;
		}
	}
	notice->firm_at = (size_t) (lines.cur - notice->text.ptr);
	if (notice->firm_found && lines.cur < lines.end)
		rest.len = (size_t) (lines.cur - rest.ptr);
	return rest;
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
		if (entry_line(line, entry, &words))
		{
			entry->above.ptr = notice->text.ptr + notice->pos;
			entry->above.len = (size_t) (line.ptr - entry->above.ptr);
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
			size_t *words, BounceNoticeEntry *entry)
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
		if (bounce_span_is_blank(*line))
			return false;
		if (entry_line(*line, entry, words) &&
			(entry->shape != BOUNCE_ENTRY_LOOSE || place < start + line->len))
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
	return bounce_line_next(&lines, rest) && bounce_span_is_blank(*rest) &&
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
		if (!entry_above(notice, hit, &barren, &line, &words, entry))
		{
			size_t		pos = 0;

			words = 0;
			if (!ends_line(notice, from, &line) ||
				!bounce_address_find(bounce_span_make(notice->text.ptr + hit, address.len),
									 &pos, &entry->address))
				continue;
			entry->shape = BOUNCE_ENTRY_FIRM;
		}
		entry->above = BOUNCE_SPAN_NONE;
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
	notice->found += found ? 1 : 0;
	return found;
}
