/*-------------------------------------------------------------------------
 *
 * mention.c
 *	  Failed recipients that stand within a sentence or behind a label.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 *		Unable to deliver message to <jane@example.com>.
 *		User mailbox exceeds allowed size: jane@example.com
 *		RCPT TO: jane@example.com
 *
 * A notice names other addresses, too: its reader, the postmaster, the sender
 * of the mail.  What counts is the word in front of the address, and that the
 * paragraph around it tells of a failure.
 *
 * src/core/mention.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/limits.h"
#include "core/mention.h"
#include "core/said.h"
#include "core/sender.h"

/* How much of a notice is searched, and how many addresses in it are weighed. */
#define MAX_SEARCHED 16384

/* Addresses among which one may be the only one that can be meant. */
#define MAX_CANDIDATES 32

/* Octets of a paragraph on either side of the address. */
#define MAX_AROUND 1024

/* What stands in front of somebody who was mailed. */
static const BounceSpan recipient_words[] =
{
	BOUNCE_SPAN_OF("to"), BOUNCE_SPAN_OF("for"), BOUNCE_SPAN_OF("recipient"),
	BOUNCE_SPAN_OF("recipients"), BOUNCE_SPAN_OF("recipient(s)"), BOUNCE_SPAN_OF("address"),
	BOUNCE_SPAN_OF("addresses"), BOUNCE_SPAN_OF("address(es)"), BOUNCE_SPAN_OF("addressee"),
	BOUNCE_SPAN_OF("user"), BOUNCE_SPAN_OF("users"), BOUNCE_SPAN_OF("mailbox"),
	BOUNCE_SPAN_OF("account"), BOUNCE_SPAN_OF("undeliverable"), BOUNCE_SPAN_OF("failed"),
	BOUNCE_SPAN_OF("an"), BOUNCE_SPAN_OF("adresse"), BOUNCE_SPAN_OF("empf\xC3\xA4nger"),
	BOUNCE_SPAN_OF("empfaenger"), BOUNCE_SPAN_OF("a"), BOUNCE_SPAN_OF("\xC3\xA0"),
	BOUNCE_SPAN_OF("pour"), BOUNCE_SPAN_OF("destinataire"), BOUNCE_SPAN_OF("destinataires"),
	BOUNCE_SPAN_OF("para"), BOUNCE_SPAN_OF("destinatario"), BOUNCE_SPAN_OF("destinatarios"),
	BOUNCE_SPAN_OF("destinat\xC3\xA1rio"), BOUNCE_SPAN_OF("usuario"), BOUNCE_SPAN_OF("al"),
	BOUNCE_SPAN_OF("per"), BOUNCE_SPAN_OF("destinatari"), BOUNCE_SPAN_OF("aan"),
	BOUNCE_SPAN_OF("voor"), BOUNCE_SPAN_OF("till"), BOUNCE_SPAN_OF("til"), BOUNCE_SPAN_OF("do"),
	BOUNCE_SPAN_OF("adres"), BOUNCE_SPAN_OF("adresata"), BOUNCE_SPAN_OF("pro"),
	BOUNCE_SPAN_OF("\xD0\xB0\xD0\xB4\xD1\x80\xD0\xB5\xD1\x81\xD1\x83"),	/* to the address */
	BOUNCE_SPAN_OF("\xD0\xB0\xD0\xB4\xD1\x80\xD0\xB5\xD1\x81"),	/* address */
	BOUNCE_SPAN_OF("\xD0\xBF\xD0\xBE\xD0\xBB\xD1\x83\xD1\x87\xD0\xB0\xD1\x82\xD0\xB5\xD0\xBB\xD1\x8E"),	/* to the recipient */
	BOUNCE_SPAN_OF("\xD0\xBF\xD0\xBE\xD0\xBB\xD1\x83\xD1\x87\xD0\xB0\xD1\x82\xD0\xB5\xD0\xBB\xD1\x8C"),	/* recipient */
	BOUNCE_SPAN_OF("\xE5\xAE\x9B\xE5\x85\x88"), /* atesaki */
	BOUNCE_SPAN_OF("\xE3\x81\x82\xE3\x81\xA6\xE5\x85\x88"), /* the same, half in kana */
	BOUNCE_SPAN_OF("\xE6\x94\xB6\xE4\xBB\xB6\xE4\xBA\xBA"), /* recipient, Chinese */
	BOUNCE_SPAN_OF("\xE6\x94\xB6\xE4\xBF\xA1\xE4\xBA\xBA"),
	BOUNCE_SPAN_OF("\xEB\xB0\x9B\xEB\x8A\x94 \xEC\x82\xAC\xEB\x9E\x8C"),	/* recipient, Korean */
	BOUNCE_SPAN_OF("\xEC\x88\x98\xEC\x8B\xA0\xEC\x9E\x90"),
};

/* These name a recipient whatever stands around them. */
static const BounceSpan envelope_words[] =
{
	BOUNCE_SPAN_OF("rcpt to"), BOUNCE_SPAN_OF("recipient"), BOUNCE_SPAN_OF("recipients"),
	BOUNCE_SPAN_OF("recipient address"), BOUNCE_SPAN_OF("failed"), BOUNCE_SPAN_OF("undeliverable"),
};

/* And these somebody else. */
static const BounceSpan other_words[] =
{
	BOUNCE_SPAN_OF("from"), BOUNCE_SPAN_OF("sender"), BOUNCE_SPAN_OF("by"), BOUNCE_SPAN_OF("contact"),
	BOUNCE_SPAN_OF("reply-to"), BOUNCE_SPAN_OF("reply to"), BOUNCE_SPAN_OF("cc"), BOUNCE_SPAN_OF("bcc"),
	BOUNCE_SPAN_OF("message-id"), BOUNCE_SPAN_OF("return-path"), BOUNCE_SPAN_OF("at"),
	BOUNCE_SPAN_OF("write to"), BOUNCE_SPAN_OF("send mail to"), BOUNCE_SPAN_OF("contact us at"),
	BOUNCE_SPAN_OF("von"), BOUNCE_SPAN_OF("de"), BOUNCE_SPAN_OF("da"), BOUNCE_SPAN_OF("hello"),
	BOUNCE_SPAN_OF("dear"), BOUNCE_SPAN_OF("you"), BOUNCE_SPAN_OF("hi"), BOUNCE_SPAN_OF("helo"), BOUNCE_SPAN_OF("ehlo"),
	BOUNCE_SPAN_OF("absender"), BOUNCE_SPAN_OF("kontakt"), BOUNCE_SPAN_OF("exp\xC3\xA9""diteur"),
	BOUNCE_SPAN_OF("remitente"), BOUNCE_SPAN_OF("mittente"), BOUNCE_SPAN_OF("remetente"),
	BOUNCE_SPAN_OF("afzender"), BOUNCE_SPAN_OF("avs\xC3\xA4ndare"), BOUNCE_SPAN_OF("nadawca"),
	BOUNCE_SPAN_OF("od"), BOUNCE_SPAN_OF("van"), BOUNCE_SPAN_OF("fra"), BOUNCE_SPAN_OF("kimden"),
	BOUNCE_SPAN_OF("\xD0\xBE\xD1\x82"),	/* from, Russian */
	BOUNCE_SPAN_OF("\xD0\xBE\xD1\x82\xD0\xBF\xD1\x80\xD0\xB0\xD0\xB2\xD0\xB8\xD1\x82\xD0\xB5\xD0\xBB\xD1\x8C"),
	BOUNCE_SPAN_OF("\xE5\xB7\xAE\xE5\x87\xBA\xE4\xBA\xBA"), /* sender, Japanese */
	BOUNCE_SPAN_OF("\xE9\x80\x81\xE4\xBF\xA1\xE8\x80\x85"),
	BOUNCE_SPAN_OF("\xE5\x8F\x91\xE4\xBB\xB6\xE4\xBA\xBA"), /* sender, Chinese */
	BOUNCE_SPAN_OF("\xE5\xAF\x84\xE4\xBB\xB6\xE8\x80\x85"), BOUNCE_SPAN_OF("\xE5\xAF\x84\xE4\xBB\xB6\xE4\xBA\xBA"),
	BOUNCE_SPAN_OF("\xEB\xB3\xB4\xEB\x82\xB8 \xEC\x82\xAC\xEB\x9E\x8C"),	/* sender, Korean */
};

#define ENDS_WITH_ONE(s, words) ends_with_one((s), (words), sizeof(words) / sizeof((words)[0]))

/* Does it end with one of these words, whole? */
static bool
ends_with_one(BounceSpan s, const BounceSpan *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		if (bounce_span_ends_fold(s, words[i]) &&
			(s.len == words[i].len || (unsigned char) words[i].ptr[0] >= 0x80 ||
			 !bounce_ascii_is_alnum(s.ptr[s.len - words[i].len - 1])))
			return true;
	}
	return false;
}

/* What stands in the line before the address, without colon and brackets. */
static BounceSpan
words_before(BounceSpan text, size_t at)
{
	static const char trimmed[] = {' ', '\t', '<', '(', '[', '"', '\'', ':', '='};
	size_t		start = at;
	size_t		end = at;

	while (start > 0 && at - start < MAX_AROUND &&
		   text.ptr[start - 1] != '\n' && text.ptr[start - 1] != '\r')
		start--;
	while (end > start)
	{
		if (memchr(trimmed, text.ptr[end - 1], sizeof(trimmed)) != NULL)
			end--;
		else if (end - start >= 3 && (memcmp(text.ptr + end - 3, "\xEF\xBC\x9A", 3) == 0 ||
									  memcmp(text.ptr + end - 3, "\xE3\x80\x80", 3) == 0))
			end -= 3;			/* a wide colon, a wide blank */
		else
			break;
	}

	/* the address begins its line: the words are at the end of the one above */
	if (end == start && start > 0)
	{
		end = start;
		while (end > 0 && at - end < MAX_AROUND && bounce_ascii_is_space(text.ptr[end - 1]))
			end--;
		start = end;
		while (start > 0 && end - start < MAX_AROUND &&
			   text.ptr[start - 1] != '\n' && text.ptr[start - 1] != '\r')
			start--;
	}
	return bounce_span_make(text.ptr + start, end - start);
}

/* The line that this place is in; both ends no farther than MAX_AROUND. */
static BounceSpan
line_around(BounceSpan text, size_t at)
{
	size_t		start = at;
	size_t		end = at;

	while (start > 0 && at - start < MAX_AROUND &&
		   text.ptr[start - 1] != '\n' && text.ptr[start - 1] != '\r')
		start--;
	while (end < text.len && end - at < MAX_AROUND && text.ptr[end] != '\n' && text.ptr[end] != '\r')
		end++;
	return bounce_span_make(text.ptr + start, end - start);
}

/*
 * Is there nothing but blanks and a line end here?  The line that repeats the
 * subject of our mail is none of the notice's words, either.
 */
static bool
is_empty_line(BounceSpan text, size_t at, size_t *next)
{
	while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
		at++;
	if (bounce_words_are_subject(bounce_span_make(text.ptr + at, text.len - at)))
	{
		*next = at;
		return true;
	}
	if (at < text.len && text.ptr[at] != '\n' && text.ptr[at] != '\r')
		return false;
	*next = at;
	return true;
}

/* The lines around this place, up to an empty one on either side. */
static BounceSpan
paragraph_around(BounceSpan text, size_t at)
{
	BounceSpan	line = line_around(text, at);
	size_t		start = (size_t) (line.ptr - text.ptr);
	size_t		end = start + line.len;
	size_t		ignored;

	while (start > 0 && at - start < MAX_AROUND)
	{
		size_t		above = start - 1;

		if (above > 0 && text.ptr[above] == '\n' && text.ptr[above - 1] == '\r')
			above--;
		while (above > 0 && at - above < MAX_AROUND &&
			   text.ptr[above - 1] != '\n' && text.ptr[above - 1] != '\r')
			above--;
		if (is_empty_line(text, above, &ignored) || above == start)
			break;
		start = above;
	}
	while (end < text.len && end - at < MAX_AROUND)
	{
		size_t		below = end + 1;

		if (text.ptr[end] == '\r' && below < text.len && text.ptr[below] == '\n')
			below++;
		if (is_empty_line(text, below, &ignored))
			break;
		while (below < text.len && below - at < MAX_AROUND &&
			   text.ptr[below] != '\n' && text.ptr[below] != '\r')
			below++;
		end = below;
	}
	return bounce_span_trim(bounce_span_make(text.ptr + start, end - start));
}

static bool
value_has(BounceSpan value, BounceSpan address)
{
	if (value.len > BOUNCE_MAX_VALUE)
		value.len = BOUNCE_MAX_VALUE;
	return bounce_span_find_fold(value, address) != BOUNCE_SPAN_NOT_FOUND;
}

/* Is there a colon between the words in front and the address? */
static bool
is_labelled(BounceSpan text, size_t at, BounceSpan before)
{
	size_t		end = (size_t) (bounce_span_end(before) - text.ptr);

	return before.len > 0 && end < at && memchr(text.ptr + end, ':', at - end) != NULL;
}

/* What is known of an address at one place of the text. */
typedef struct Candidate
{
	char		plain[BOUNCE_MAX_ADDRESS];
	BounceSpan	named;
	size_t		at;
	BounceSpan	before;			/* the words in front of it */
	bool		listed;			/* the mail that came back was for it */
} Candidate;

/* Look at this address; false when it is surely no recipient. */
static bool
weigh(BounceSpan text, const BounceMentionContext *context, const BounceAddress *addr,
	  Candidate *found)
{
	const BounceFields *fields = context->fields;

	found->named = bounce_span_make(found->plain, bounce_address_write(addr, found->plain,
																	  sizeof(found->plain)));
	if (found->named.len == 0 || bounce_sender_is_role(addr->local))
		return false;
	found->at = (size_t) (addr->local.ptr - text.ptr) - (addr->quoted ? 1 : 0);
	found->before = words_before(text, found->at);
	if (ENDS_WITH_ONE(found->before, other_words))
		return false;
	found->listed = value_has(context->mailed, found->named);
	return found->listed ||
		(context->system && !value_has(context->sender, found->named) &&
		 !value_has(fields->value[BOUNCE_FIELD_TO], found->named) &&
		 !value_has(fields->value[BOUNCE_FIELD_FROM], found->named) &&
		 !value_has(fields->value[BOUNCE_FIELD_DELIVERED_TO], found->named));
}

/* Does the notice name nobody else who could be a recipient? */
static bool
is_the_only_one(BounceSpan text, const BounceMentionContext *context, const Candidate *one)
{
	BounceAddress addr;
	Candidate	other;
	size_t		pos = 0;
	int			n = 0;

	while (bounce_address_find(text, &pos, &addr))
	{
		if (++n > MAX_CANDIDATES)
			return false;
		if (weigh(text, context, &addr, &other) &&
			!bounce_span_equal_fold(other.named, one->named))
			return false;
	}
	return true;
}

/* Is this address one that the mail was for, and that failed? */
static bool
is_recipient(BounceSpan text, const BounceMentionContext *context,
			 const BounceAddress *addr, BounceSpan *paragraph)
{
	Candidate	found;
	BounceSpan	before;
	BounceSpan	line;
	BounceSaid	said;
	size_t		at;

	if (!weigh(text, context, addr, &found))
		return false;
	at = found.at;
	before = found.before;
	*paragraph = paragraph_around(text, at);
	if (found.listed || ENDS_WITH_ONE(before, envelope_words))
		return true;
	if (context->first && context->failed && is_the_only_one(text, context, &found))
		return true;

	/* "Delivery failed 20 attempts: jane@example.com" */
	line = line_around(text, at);
	if (is_labelled(text, at, before))
	{
		bounce_said_read(line, &said);
		if (said.failed || said.delayed)
			return true;
	}

	/* "User Jane (jane@example.com) not listed", but not what a server suggests */
	if (context->first && bounce_words_strength(line) == BOUNCE_STRENGTH_REASON)
		return true;
	if (!ENDS_WITH_ONE(before, recipient_words))
		return false;
	bounce_said_read(*paragraph, &said);
	return said.failed || said.delayed || said.delivered ||
		bounce_words_strength(*paragraph) >= BOUNCE_STRENGTH_REASON;
}

/*
 * Step to the next mention of a recipient; entry->words is the paragraph that
 * it stands in, and notice->pos the end of that.  False when there is none.
 *
 * Looks at MAX_SEARCHED octets of the notice.
 */
bool
bounce_mention_next(BounceNotice *notice, const BounceMentionContext *context,
					BounceNoticeEntry *entry)
{
	BounceSpan	text = bounce_line_whole(notice->text, MAX_SEARCHED);

	entry->shape = BOUNCE_ENTRY_LOOSE;
	entry->above = BOUNCE_SPAN_NONE;
	while (bounce_address_find(text, &notice->pos, &entry->address))
	{
		if (is_recipient(text, context, &entry->address, &entry->words))
			return true;
	}
	return false;
}
