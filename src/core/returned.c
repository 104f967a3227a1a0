/*-------------------------------------------------------------------------
 *
 * returned.c
 *	  Where does the mail that came back begin in a notice without MIME parts?
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * Mail systems either announce it in a line of its own, mostly with a rule of
 * dashes around the words, or just let its header follow.  What stands in that
 * mail is ours, and no address in it may be taken for one that failed.
 *
 * src/core/returned.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/header.h"
#include "core/limits.h"
#include "core/notice.h"
#include "core/returned.h"
#include "core/said.h"

/* Longest line that is taken for an announcement. */
#define MAX_ANNOUNCEMENT 120

/* Lines of which it is judged whether the text above them is a notice. */
#define MAX_JUDGED 4

/* Octets of a paragraph that is read to see whether the notice goes on. */
#define MAX_PARAGRAPH 512

/* Fields that make a block of lines the header of a mail. */
#define MIN_FIELDS 3

/* With a rule around it, these words anywhere in the line announce it. */
static const BounceSpan ruled_words[] =
{
	BOUNCE_SPAN_OF("original m"),	/* message, mail */
	BOUNCE_SPAN_OF("original head"),
	BOUNCE_SPAN_OF("message header"),
	BOUNCE_SPAN_OF("mail header"),
	BOUNCE_SPAN_OF("copy of"),
	BOUNCE_SPAN_OF("unsent "),
	BOUNCE_SPAN_OF("returned m"),
	BOUNCE_SPAN_OF("message text"),
	BOUNCE_SPAN_OF("text of mail"),
	BOUNCE_SPAN_OF("text of message"),
	BOUNCE_SPAN_OF("message body"),
	BOUNCE_SPAN_OF("undelivered m"),
	BOUNCE_SPAN_OF("undeliverable m"),
	BOUNCE_SPAN_OF("undeliverable o"),
	BOUNCE_SPAN_OF("rejected m"),
	BOUNCE_SPAN_OF("message follows"),
	BOUNCE_SPAN_OF("headers follow"),
	BOUNCE_SPAN_OF("header follows"),
	BOUNCE_SPAN_OF("message contents"),
	BOUNCE_SPAN_OF("forwarded message"),
	BOUNCE_SPAN_OF("ngliche nachricht"),
	BOUNCE_SPAN_OF("originalnachricht"),
	BOUNCE_SPAN_OF("message original"),
	BOUNCE_SPAN_OF("message d'origine"),
	BOUNCE_SPAN_OF("mensaje original"),
	BOUNCE_SPAN_OF("mensagem original"),
	BOUNCE_SPAN_OF("messaggio originale"),
	BOUNCE_SPAN_OF("oorspronkelijk bericht"),
	BOUNCE_SPAN_OF("\xE5\x8E\x9F\xE5\xA7\x8B\xE9\x82\xAE\xE4\xBB\xB6"),	/* original mail, Chinese */
	BOUNCE_SPAN_OF("\xE5\x8E\x9F\xE5\xA7\x8B\xE4\xBF\xA1\xE4\xBB\xB6"),
	BOUNCE_SPAN_OF("\xE5\x85\x83\xE3\x81\xAE\xE3\x83\xA1"),	/* original m(ail), Japanese */
	BOUNCE_SPAN_OF("\xEC\x9B\x90\xEB\xB3\xB8"),	/* original, Korean */
};

/* Without one, the line must end with these words, and a field follow. */
static const BounceSpan plain_endings[] =
{
	BOUNCE_SPAN_OF("original message follows"),
	BOUNCE_SPAN_OF("original message headers"),
	BOUNCE_SPAN_OF("original message header"),
	BOUNCE_SPAN_OF("original message"),
	BOUNCE_SPAN_OF("original message text"),
	BOUNCE_SPAN_OF("original mail as follows"),
	BOUNCE_SPAN_OF("original mail follows"),
	BOUNCE_SPAN_OF("original headers"),
	BOUNCE_SPAN_OF("copy of the message"),
	BOUNCE_SPAN_OF("copy of your message"),
	BOUNCE_SPAN_OF("copy of your message follows"),
	BOUNCE_SPAN_OF("including all the headers"),
	BOUNCE_SPAN_OF("message headers follow"),
	BOUNCE_SPAN_OF("message header follows"),
	BOUNCE_SPAN_OF("message text follows"),
	BOUNCE_SPAN_OF("message begins as follows"),
	BOUNCE_SPAN_OF("message follows"),
	BOUNCE_SPAN_OF("returned message"),
	BOUNCE_SPAN_OF("undelivered message"),
	BOUNCE_SPAN_OF("headers of the message"),
	BOUNCE_SPAN_OF("header of the message"),
	BOUNCE_SPAN_OF("headers of your message"),
	BOUNCE_SPAN_OF("message is as follows"),
	BOUNCE_SPAN_OF("kopfzeilen der originalnachricht"),
	BOUNCE_SPAN_OF("message d'origine"),
	BOUNCE_SPAN_OF("mensaje original"),
	BOUNCE_SPAN_OF("mensagem original"),
	BOUNCE_SPAN_OF("messaggio originale"),
};

static bool
is_rule(char c)
{
	return c == '-' || c == '=' || c == '_' || c == '*' || c == '~' || c == '#' ||
		c == '+' || c == '|' || c == '>' || c == '<';
}

/* Is there nothing in this line but a rule? */
bool
bounce_returned_is_rule(BounceSpan line)
{
	size_t		n = 0;

	line = bounce_span_trim(line);
	while (n < line.len && is_rule(line.ptr[n]))
		n++;
	return n >= 4 && n == line.len;
}

/* Does the next line that is not empty begin with a field, or is there none? */
static bool
field_follows(BounceLines lines)
{
	BounceSpan	line;

	while (bounce_line_next(&lines, &line))
	{
		size_t		name_len;

		line = bounce_span_trim(line);
		if (line.len == 0)
			continue;
		name_len = bounce_header_name_length(line);
		return bounce_span_starts(line, "from ") ||
			(name_len > 0 && memchr(line.ptr, '@', name_len) == NULL);
	}
	return true;
}

/*
 * The words of a line that announces text of ours without its header ("Your message
 * reads:"): one of each kind must be there, and no other word than these.
 */
#define OURS 1
#define MAIL 2

static const struct
{
	BounceSpan	word;
	int			kind;
}			quoting_words[] =
{
	{{"your", 4}, OURS}, {{"original", 8}, OURS}, {{"you", 3}, OURS}, {{"ihre", 4}, OURS}, {{"ihrer", 5}, OURS}, {{"sie", 3}, OURS}, {{"votre", 5}, OURS},
	{{"vous", 4}, OURS}, {{"su", 2}, OURS}, {{"sua", 3}, OURS}, {{"suo", 3}, OURS}, {{"uw", 2}, OURS},
	{{"message", 7}, MAIL}, {{"mail", 4}, MAIL}, {{"email", 5}, MAIL}, {{"e-mail", 6}, MAIL},
	{{"wrote", 5}, MAIL}, {{"nachricht", 9}, MAIL}, {{"schrieben", 9}, MAIL}, {{"courriel", 8}, MAIL},
	{{"\xC3\xA9""crit", 6}, MAIL}, {{"mensaje", 7}, MAIL}, {{"correo", 6}, MAIL},
	{{"mensagem", 8}, MAIL}, {{"messaggio", 9}, MAIL}, {{"bericht", 7}, MAIL},
	{{"the", 3}, 0}, {{"this", 4}, 0}, {{"here", 4}, 0}, {{"below", 5}, 0}, {{"following", 9}, 0},
	{{"text", 4}, 0}, {{"body", 4}, 0}, {{"content", 7}, 0}, {{"contents", 8}, 0}, {{"copy", 4}, 0},
	{{"beginning", 9}, 0}, {{"start", 5}, 0}, {{"first", 5}, 0}, {{"lines", 5}, 0}, {{"part", 4}, 0},
	{{"of", 2}, 0}, {{"a", 1}, 0}, {{"is", 2}, 0}, {{"was", 3}, 0}, {{"reads", 5}, 0}, {{"read", 4}, 0},
	{{"follows", 7}, 0}, {{"begins", 6}, 0}, {{"as", 2}, 0}, {{"der", 3}, 0},
	{{"die", 3}, 0}, {{"lautete", 7}, 0}, {{"lautet", 6}, 0}, {{"inhalt", 6}, 0}, {{"texte", 5}, 0},
	{{"de", 2}, 0}, {{"avez", 4}, 0}, {{"texto", 5}, 0}, {{"testo", 5}, 0}, {{"del", 3}, 0},
	{{"il", 2}, 0}, {{"da", 2}, 0}
};

/* Which kinds of words are in this line?  0 when it has others, too. */
static int
quoting_kinds(BounceSpan line)
{
	int			kinds = 0;
	size_t		at = 0;

	while (at < line.len)
	{
		size_t		end = at;
		int			kind = -1;

		while (end < line.len && !bounce_ascii_is_space(line.ptr[end]))
			end++;
		for (size_t i = 0; i < sizeof(quoting_words) / sizeof(quoting_words[0]); i++)
		{
			if (bounce_span_equal_fold(bounce_span_make(line.ptr + at, end - at), quoting_words[i].word))
				kind = quoting_words[i].kind;
		}
		if (kind < 0)
			return 0;
		kinds |= kind;
		for (at = end; at < line.len && bounce_ascii_is_space(line.ptr[at]); at++)
			;
	}
	return kinds;
}

/* Is this line, with these lines behind it, an announcement? */
static bool
announces(BounceSpan line, const BounceLines *behind)
{
	BounceSpan	words = bounce_span_trim(line);
	size_t		rule = 0;

	if (words.len == 0 || words.len > MAX_ANNOUNCEMENT)
		return false;
	while (words.len > 0 && (is_rule(words.ptr[0]) || words.ptr[0] == ' '))
	{
		rule += words.ptr[0] != ' ';
		words.ptr++;
		words.len--;
	}
	while (words.len > 0 && (is_rule(words.ptr[words.len - 1]) ||
							 words.ptr[words.len - 1] == ' ' || words.ptr[words.len - 1] == '.' ||
							 words.ptr[words.len - 1] == ':'))
		words.len--;
	if (words.len == 0)
		return false;
	if (rule >= 2)
	{
		if (quoting_kinds(words) == (OURS | MAIL))
			return true;
		for (size_t i = 0; i < sizeof(ruled_words) / sizeof(ruled_words[0]); i++)
		{
			if (bounce_span_find_fold(words, ruled_words[i]) != BOUNCE_SPAN_NOT_FOUND)
				return true;
		}
	}
	for (size_t i = 0; i < sizeof(plain_endings) / sizeof(plain_endings[0]); i++)
	{
		if (bounce_span_ends_fold(words, plain_endings[i]))
			return field_follows(*behind);
	}
	return false;
}

/*
 * "Your message: / Subject: ... / To: ... / could not be delivered to": behind the
 * fields, is it the notice that goes on?
 */
static bool
goes_on(BounceLines lines)
{
	BounceSpan	line;
	BounceSpan	paragraph = BOUNCE_SPAN_NONE;
	BounceSaid	said;

	while (bounce_line_next(&lines, &line))
	{
		BounceSpan	trimmed = bounce_span_trim(line);

		if (paragraph.ptr == NULL && (trimmed.len == 0 || bounce_header_name_length(trimmed) > 0))
			continue;
		if (trimmed.len == 0)
			break;
		if (paragraph.ptr == NULL)
			paragraph.ptr = line.ptr;
		paragraph.len = (size_t) (line.ptr + line.len - paragraph.ptr);
		if (paragraph.len > MAX_PARAGRAPH)
			break;
	}
	bounce_said_read(paragraph, &said);
	return said.failed || said.delayed;
}

/*
 * Does this line, that has no rule around it and a colon at its end, say that text of
 * our mail follows, with a header or without?  Then only its
 * place tells it from the beginning of "Your message ... did not reach": what is
 * above has said why the notice was written.
 */
static bool
announces_text(BounceSpan line, BounceSpan above, BounceLines behind, int *judged)
{
	BounceSpan	words = bounce_span_trim(line);
	BounceSaid	said;

	if (words.len == 0 || words.len > MAX_ANNOUNCEMENT || words.ptr[words.len - 1] != ':')
		return false;
	words.len--;
	if (quoting_kinds(bounce_span_trim(words)) != (OURS | MAIL) || ++*judged > MAX_JUDGED)
		return false;
	if (field_follows(behind) && goes_on(behind))
		return false;
	bounce_said_read(above, &said);
	return said.failed || said.delayed || said.delivered ||
		bounce_words_strength(bounce_span_trim(above)) >= BOUNCE_STRENGTH_REASON;
}

/* Fields that every mail has; those in front only a mail has. */
static const BounceSpan mail_fields[] =
{
	BOUNCE_SPAN_OF("received"), BOUNCE_SPAN_OF("message-id"), BOUNCE_SPAN_OF("mime-version"),
	BOUNCE_SPAN_OF("return-path"), BOUNCE_SPAN_OF("content-type"),
	BOUNCE_SPAN_OF("from"), BOUNCE_SPAN_OF("to"), BOUNCE_SPAN_OF("subject"), BOUNCE_SPAN_OF("date"),
	BOUNCE_SPAN_OF("reply-to"), BOUNCE_SPAN_OF("x-mailer")
};

#define TECHNICAL_FIELDS 5

/*
 * Do header fields of a mail begin at lines->cur?  Steps over them, as far as
 * they go.
 */
static bool
skip_header(BounceLines *lines)
{
	BounceLines ahead = *lines;
	BounceSpan	line;
	unsigned	seen = 0;
	int			count = 0;

	while (bounce_line_next(&ahead, &line))
	{
		size_t		name_len;

		if (line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t') && count > 0)
		{
			*lines = ahead;
			continue;
		}
		name_len = bounce_header_name_length(line);
		if (name_len == 0 || name_len >= line.len || line.ptr[name_len] != ':')
			break;
		count++;
		for (size_t i = 0; i < sizeof(mail_fields) / sizeof(mail_fields[0]); i++)
		{
			if (bounce_span_equal_fold(bounce_span_make(line.ptr, name_len), mail_fields[i]))
				seen |= 1U << i;
		}
		*lines = ahead;
	}
	count = 0;
	for (unsigned rest = seen; rest != 0; rest &= rest - 1)
		count++;
	return count >= MIN_FIELDS && (seen & ((1U << TECHNICAL_FIELDS) - 1)) != 0;
}

/* Does this text begin with the header of a mail? */
bool
bounce_returned_is_header(BounceSpan text, BounceLineEnd line_end)
{
	BounceLines lines;

	text = bounce_line_whole(text, BOUNCE_NOTICE_WINDOW);
	lines.cur = text.ptr;
	lines.end = bounce_span_end(text);
	lines.line_end = line_end;
	return skip_header(&lines);
}

/*
 * Find where the mail that came back begins in this text: *notice_len octets
 * are the notice, *returned is the mail; empty where it has no header.  False when
 * no line looks like that.
 *
 * Linear in BOUNCE_NOTICE_WINDOW octets at most.
 */
bool
bounce_returned_find(BounceSpan text, BounceLineEnd line_end,
					 size_t *notice_len, BounceSpan *returned)
{
	BounceSpan	window = bounce_line_whole(text, BOUNCE_NOTICE_WINDOW);
	BounceLines lines;
	BounceSpan	line;
	const char *end = bounce_span_end(text);
	bool		after_empty = false;
	int			judged = 0;

	lines.cur = window.ptr;
	lines.end = bounce_span_end(window);
	lines.line_end = line_end;
	while (lines.cur < lines.end)
	{
		BounceLines header = lines;
		const char *start = lines.cur;

		/* a block of fields behind an empty line or a rule */
		if (after_empty && bounce_ascii_is_alpha(*lines.cur))
		{
			if (skip_header(&header))
			{
				*notice_len = (size_t) (start - text.ptr);
				*returned = bounce_span_make(start, (size_t) (end - start));
				return true;
			}

			/* no header, but fields: not looked at again line by line */
			if (header.cur > lines.cur)
			{
				lines = header;
				after_empty = false;
				continue;
			}
		}
		if (!bounce_line_next(&lines, &line))
			break;
		after_empty = bounce_span_is_blank(line) || bounce_returned_is_rule(line);
		if (announces(line, &lines))
		{
			*notice_len = (size_t) (line.ptr - text.ptr);
			*returned = bounce_span_make(lines.cur, (size_t) (end - lines.cur));
			return true;
		}
		if (announces_text(line, bounce_span_make(text.ptr, (size_t) (line.ptr - text.ptr)), lines, &judged))
		{
			*notice_len = (size_t) (line.ptr - text.ptr);
			*returned = bounce_span_make(lines.cur, field_follows(lines) ? (size_t) (end - lines.cur) : 0);
			return true;
		}
	}
	return false;
}
