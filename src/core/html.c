/*-------------------------------------------------------------------------
 *
 * html.c
 *	  The text of HTML, for reading what a mail system says in it.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * Not a parser of HTML: lines and words have to come out as a reader sees
 * them, and an address in angles that somebody forgot to escape has to survive.
 *
 * src/core/html.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/html.h"
#include "core/utf8.h"

/* Longest name of a tag or an entity that is looked at. */
#define MAX_NAME 10

/* Tags at which a reader sees a new line, and those that set off a paragraph. */
static const char *const line_tags[] = {"br", "div", "li", "tr", "dd", "dt", "ul", "ol", "hr", "caption"};
static const char *const paragraph_tags[] = {
	"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "blockquote", "section", "article"
};

/* Tags whose contents nobody sees. */
static const char *const hidden_tags[] = {"style", "script", "head", "title"};

static const struct
{
	const char *name;
	const char *text;
}			entities[] =
{
	{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "},
	{"lsquo", "'"}, {"rsquo", "'"}, {"ldquo", "\""}, {"rdquo", "\""}, {"ndash", "-"}, {"mdash", "-"},
	{"hellip", "..."}, {"bull", "*"}, {"laquo", "\""}, {"raquo", "\""}, {"commat", "@"},
	{"auml", "\xC3\xA4"}, {"ouml", "\xC3\xB6"}, {"uuml", "\xC3\xBC"}, {"Auml", "\xC3\x84"},
	{"Ouml", "\xC3\x96"}, {"Uuml", "\xC3\x9C"}, {"szlig", "\xC3\x9F"}, {"eacute", "\xC3\xA9"},
	{"egrave", "\xC3\xA8"}, {"ecirc", "\xC3\xAA"}, {"agrave", "\xC3\xA0"}, {"acirc", "\xC3\xA2"},
	{"ccedil", "\xC3\xA7"}, {"ocirc", "\xC3\xB4"}, {"icirc", "\xC3\xAE"}, {"ucirc", "\xC3\xBB"},
	{"ugrave", "\xC3\xB9"}, {"Eacute", "\xC3\x89"}, {"Agrave", "\xC3\x80"}, {"aacute", "\xC3\xA1"},
	{"iacute", "\xC3\xAD"}, {"oacute", "\xC3\xB3"}, {"uacute", "\xC3\xBA"}, {"ntilde", "\xC3\xB1"},
	{"atilde", "\xC3\xA3"}, {"otilde", "\xC3\xB5"}, {"igrave", "\xC3\xAC"}, {"ograve", "\xC3\xB2"},
	{"aring", "\xC3\xA5"}, {"aelig", "\xC3\xA6"}, {"oslash", "\xC3\xB8"}, {"iexcl", "\xC2\xA1"},
	{"iquest", "\xC2\xBF"},
};

/* What is being written: text with single blanks and at most one empty line. */
typedef struct Sink
{
	char	   *out;
	size_t		size;
	size_t		n;
	int			breaks;			/* line ends that are due before the next word */
	bool		blank;			/* a blank is due */
} Sink;

static void
put(Sink *sink, const char *text, size_t len)
{
	if (sink->breaks == 0 && sink->blank && sink->n > 0 && sink->n < sink->size)
		sink->out[sink->n++] = ' ';
	for (; sink->breaks > 0; sink->breaks--)
	{
		if (sink->n > 0 && sink->n < sink->size)
			sink->out[sink->n++] = '\n';
	}
	sink->blank = false;
	if (len <= sink->size - sink->n)
	{
		memmove(sink->out + sink->n, text, len);
		sink->n += len;
	}
	else
		sink->size = sink->n;	/* full: half of a character is none */
}

static void
want_breaks(Sink *sink, int n)
{
	if (sink->breaks < n)
		sink->breaks = n;
}

static bool
is_one_of(BounceSpan name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		if (bounce_span_equal_fold(name, bounce_span_make(names[i], strlen(names[i]))))
			return true;
	}
	return false;
}

#define IS_ONE_OF(name, names) is_one_of((name), (names), sizeof(names) / sizeof((names)[0]))

/* The name of the tag whose "<" this begins with, without "/"; empty for none. */
static BounceSpan
tag_name(BounceSpan s)
{
	size_t		start = s.len > 1 && s.ptr[1] == '/' ? 2 : 1;
	size_t		n = 0;

	if (start >= s.len || !bounce_ascii_is_alpha(s.ptr[start]))
		return BOUNCE_SPAN_NONE;
	while (start + n < s.len && n <= MAX_NAME && bounce_ascii_is_alnum(s.ptr[start + n]))
		n++;
	return bounce_span_make(s.ptr + start, n);
}

/* Where this tag or comment ends; the end of s, when it does not. */
static size_t
tag_end(BounceSpan s)
{
	const char *end;

	if (bounce_span_starts(s, "<!--"))
	{
		size_t		at = bounce_span_find(bounce_span_make(s.ptr + 4, s.len - 4), BOUNCE_SPAN_OF("-->"));

		return at == BOUNCE_SPAN_NOT_FOUND ? s.len : at + 7;
	}
	end = memchr(s.ptr, '>', s.len);
	return end == NULL ? s.len : (size_t) (end - s.ptr) + 1;
}

/* "<jane@example.com>": no tag has an at sign where its name is. */
static bool
is_address(BounceSpan s)
{
	size_t		end = 1;

	while (end < s.len && s.ptr[end] != '>' && s.ptr[end] != '<' && !bounce_ascii_is_space(s.ptr[end]))
	{
		if (s.ptr[end] == '@')
			return true;
		end++;
	}
	return false;
}

/* Step over what is hidden: to the end tag of this name, or to the end. */
static size_t
hidden_end(BounceSpan s, BounceSpan name)
{
	size_t		i = tag_end(s);

	while (i < s.len)
	{
		const char *next = memchr(s.ptr + i, '<', s.len - i);
		BounceSpan	here;

		if (next == NULL)
			return s.len;
		i = (size_t) (next - s.ptr);
		here = bounce_span_make(next, s.len - i);
		if (here.len > 2 && next[1] == '/' && bounce_span_equal_fold(tag_name(here), name))
			return i + tag_end(here);
		i++;
	}
	return s.len;
}

static void
put_character(Sink *sink, unsigned int c)
{
	char		utf8[BOUNCE_UTF8_SIZE];
	size_t		n = bounce_utf8_write(c, utf8);

	if (c == 0xA0 || (c > 0 && c < ' '))
	{
		sink->blank = true;
		return;
	}
	if (n > 0)
		put(sink, utf8, n);
}

/* The entity at the start of s; returns its length, 0 for an "&" that is one. */
static size_t
put_entity(Sink *sink, BounceSpan s)
{
	size_t		n = 1;

	if (s.len > 2 && s.ptr[1] == '#')
	{
		bool		hex = s.ptr[2] == 'x' || s.ptr[2] == 'X';
		unsigned int c = 0;

		n = hex ? 3 : 2;
		while (n < s.len && n < 2 + MAX_NAME && (hex ? bounce_ascii_hex(s.ptr[n]) >= 0 :
												 bounce_ascii_is_digit(s.ptr[n])))
		{
			c = c > 0x10FFFF ? c : c * (hex ? 16 : 10) + (unsigned int) bounce_ascii_hex(s.ptr[n]);
			n++;
		}
		if (n == (size_t) (hex ? 3 : 2))
			return 0;
		put_character(sink, c);
		return n < s.len && s.ptr[n] == ';' ? n + 1 : n;
	}
	while (n < s.len && n <= MAX_NAME && bounce_ascii_is_alnum(s.ptr[n]))
		n++;
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
	{
		if (strlen(entities[i].name) != n - 1 || memcmp(entities[i].name, s.ptr + 1, n - 1) != 0)
			continue;
		if (entities[i].text[0] == ' ')
			sink->blank = true;
		else
			put(sink, entities[i].text, strlen(entities[i].text));
		return n < s.len && s.ptr[n] == ';' ? n + 1 : n;
	}
	return 0;
}

/* A tag, or a "<" that begins none; returns how much of s it takes. */
static size_t
put_tag(Sink *sink, BounceSpan s)
{
	BounceSpan	name = tag_name(s);

	if (is_address(s) || (name.len == 0 && s.len > 1 && s.ptr[1] != '!' && s.ptr[1] != '/' && s.ptr[1] != '?'))
	{
		put(sink, "<", 1);
		return 1;
	}
	if (IS_ONE_OF(name, hidden_tags) && s.ptr[1] != '/')
		return hidden_end(s, name);
	if (IS_ONE_OF(name, paragraph_tags))
		want_breaks(sink, 2);
	else if (IS_ONE_OF(name, line_tags))
		want_breaks(sink, bounce_span_is(name, "br") && sink->breaks == 1 ? 2 : 1);
	else if (bounce_span_is(name, "td") || bounce_span_is(name, "th"))
		sink->blank = true;
	return tag_end(s);
}

/*
 * Write the text of UTF-8 HTML into out, and return how many octets that are,
 * never more than were read: out may be where the HTML is.
 * *html is what was not read, because out is full; else empty.
 *
 * Linear in the HTML.
 */
size_t
bounce_html_strip(BounceSpan *html, char *out, size_t size)
{
	Sink		sink = {out, size, 0, 0, false};

	while (html->len > 0 && sink.n < sink.size)
	{
		char		c = html->ptr[0];
		size_t		used = 1;

		if (c == '<')
			used = put_tag(&sink, *html);
		else if (c == '&')
		{
			used = put_entity(&sink, *html);
			if (used == 0)
			{
				put(&sink, "&", 1);
				used = 1;
			}
		}
		else if (bounce_ascii_is_space(c))
			sink.blank = true;
		else
		{
			/* up to where something else may begin */
			while (used < html->len && html->ptr[used] != '<' && html->ptr[used] != '&' &&
				   !bounce_ascii_is_space(html->ptr[used]) && used < 64)
				used++;
			put(&sink, html->ptr, used);
		}
		html->ptr += used;
		html->len -= used;
	}
	return sink.n;
}
