/*-------------------------------------------------------------------------
 *
 * report_words.c
 *	  Fill a report from prose: the words that tell most about its recipient.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/report_words.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/match.h"
#include "core/reader.h"
#include "core/returned.h"
#include "core/sender.h"
#include "core/transcript.h"
#include "core/word.h"

/* Recipients in a row that need not stand farther down once more. */
#define MAX_MISSES 8

/* What was found out about these words lately; NULL when nobody asked. */
static const BounceWeight *
remembered(const BounceReader *reader, BounceSpan words)
{
	unsigned	n = reader->weighed_count < BOUNCE_WEIGHED ? reader->weighed_count : BOUNCE_WEIGHED;

	for (unsigned i = 0; i < n; i++)
	{
		const BounceWeight *weight = &reader->weighed[i];

		if (weight->words.ptr == words.ptr && weight->words.len == words.len)
			return weight;
	}
	return NULL;
}

static void
remember(BounceReader *reader, const BounceWeight *weight)
{
	if (weight->words.len > 0 && remembered(reader, weight->words) == NULL)
		reader->weighed[reader->weighed_count++ % BOUNCE_WEIGHED] = *weight;
}

/*
 * How much do these words of the notice or the subject say?  Asked again about
 * the same ones, it does not judge them again.
 */
BounceStrength
bounce_reader_strength(BounceReader *reader, BounceSpan words)
{
	const BounceWeight *known = remembered(reader, words);
	BounceWeight weight;

	if (known != NULL)
		return known->strength;
	bounce_words_weigh(words, &weight);
	remember(reader, &weight);
	return weight.strength;
}

/* Fill what the report does not know yet from the words of the prose. */
void
bounce_report_use_words(BounceReader *reader, BounceReport *report, BounceSpan words)
{
	const BounceWeight *known = remembered(reader, words);

	if (report->command.len == 0)
		report->command = known != NULL ? known->command : bounce_stage_find(words);
	if (report->remote_mta.ptr == NULL)
		report->remote_mta = bounce_notice_host(words);
	if (report->diagnostic.len == 0)
	{
		report->diagnostic = bounce_arena_unfold(&reader->recipient_arena,
												 bounce_notice_reply(words));
		report->charset = BOUNCE_SPAN_NONE;
	}
}

/* The lines of a reply in a transcript as one, without their marks. */
static BounceSpan
join_reply(BounceArena *arena, BounceSpan reply, BounceLineEnd line_end)
{
	BounceSpan	joined = bounce_span_make(arena->buf + arena->used, 0);
	BounceLines lines;
	BounceSpan	line;

	lines.cur = reply.ptr;
	lines.end = bounce_span_end(reply);
	lines.line_end = line_end;
	while (bounce_line_next(&lines, &line))
	{
		line = bounce_span_trim(line);
		if (bounce_span_starts(line, "<<<"))
			line = bounce_span_trim(bounce_span_make(line.ptr + 3, line.len - 3));
		if (joined.len > 0)
			joined.len += bounce_arena_add(arena, BOUNCE_SPAN_OF(" ")).len;
		joined.len += bounce_arena_add(arena, line).len;
	}
	return joined;
}

/*
 * The same from a transcript, for the recipient that the report names; only from
 * a reply that is surely about that one, when it must be named.  Of a
 * reply of several lines some servers report only the first ("550-5.1.1 ..."),
 * and the transcript has them all.
 */
void
bounce_report_use_transcript(BounceReader *reader, BounceReport *report, bool named)
{
	BounceSpan	text = reader->notice.text;
	BounceSpan	reply;
	BounceSpan	command;
	bool		first_line_only = report->diagnostic.len > 3 && report->diagnostic.ptr[3] == '-' &&
		bounce_ascii_is_digit(report->diagnostic.ptr[0]);

	if (!reader->has_transcript ||
		(report->command.len > 0 && report->diagnostic.len > 0 && !first_line_only))
		return;
	if (!bounce_transcript_find(text, reader->line_end, report->final_recipient, named,
								&reply, &command))
		return;

	/* another reply than the one that is reported came in another stage */
	if (report->diagnostic.len >= 3 && reply.len >= 3 && !first_line_only &&
		bounce_ascii_is_digit(report->diagnostic.ptr[0]) &&
		memcmp(report->diagnostic.ptr, reply.ptr, 3) != 0)
		return;
	if (report->command.len == 0)
		report->command = command;
	if (report->diagnostic.len == 0 || first_line_only)
	{
		report->diagnostic = join_reply(&reader->recipient_arena, reply, reader->line_end);
		report->charset = BOUNCE_SPAN_NONE;
	}
}

/*
 * The paragraph of the whole notice that says most of why: for notices that
 * list the recipients and then tell the reason once for all.
 */
BounceSpan
bounce_reader_why(BounceReader *reader)
{
	if (!reader->why_known)
	{
		bounce_words_best(reader->notice.text, reader->line_end,
						  !bounce_notice_has_several(&reader->notice), &reader->why);
		reader->why_known = true;
	}
	remember(reader, &reader->why);
	return reader->why.words;
}

/* The same address again, farther down, with a server's reply. */
static bool
find_reply_below(BounceReader *reader, BounceSpan address, BounceSpan above, BounceSpan *words)
{
	BounceNotice ahead = reader->notice;
	BounceNoticeEntry entry;

	/* where there is no such thing for the first ones, there is for none */
	if (reader->below_misses >= MAX_MISSES)
		return false;
	if (!bounce_notice_find(&ahead, address, &entry) || entry.words.ptr <= above.ptr ||
		bounce_reader_strength(reader, entry.words) != BOUNCE_STRENGTH_REPLY)
	{
		reader->below_misses++;
		return false;
	}
	reader->below_misses = 0;
	*words = entry.words;
	return true;
}

/* What comes next, where no rule knows any of it: a person can read it. */
static BounceSpan
first_paragraph(BounceSpan text, BounceLineEnd line_end)
{
	BounceLines lines;
	BounceSpan	line;
	BounceSpan	paragraph = BOUNCE_SPAN_NONE;

	text = bounce_line_whole(text, BOUNCE_MAX_VALUE);
	lines.cur = text.ptr;
	lines.end = bounce_span_end(text);
	lines.line_end = line_end;
	while (bounce_line_next(&lines, &line))
	{
		if (!bounce_span_is_blank(line) && !bounce_returned_is_rule(line))
		{
			if (paragraph.ptr == NULL)
				paragraph.ptr = line.ptr;
			paragraph.len = (size_t) (line.ptr + line.len - paragraph.ptr);
		}
		else if (paragraph.ptr != NULL && paragraph.ptr[paragraph.len - 1] != ':')
			break;
	}
	return bounce_span_trim(paragraph);
}

/*
 * Do these words name somebody else, and this recipient not before?  The reader of
 * the notice is nobody in that sense, nor is who one writes to for help.
 */
static bool
names_another(const BounceReader *reader, const BounceReport *report, BounceSpan words)
{
	BounceSpan	to = reader->fields.value[BOUNCE_FIELD_TO];
	BounceAddress addr;
	char		plain[BOUNCE_MAX_ADDRESS];
	size_t		pos = 0;
	bool		another = false;

	words.len = words.len > BOUNCE_MAX_VALUE ? BOUNCE_MAX_VALUE : words.len;
	to.len = to.len > BOUNCE_MAX_VALUE ? BOUNCE_MAX_VALUE : to.len;
	while (bounce_address_find(words, &pos, &addr))
	{
		BounceSpan	named = bounce_span_make(plain, bounce_address_write(&addr, plain, sizeof(plain)));

		if (bounce_span_equal_fold(named, report->final_recipient) ||
			bounce_span_equal_fold(named, report->recipient))
			return another;
		another = another || (!bounce_sender_is_role(addr.local) &&
							  bounce_span_find_fold(to, named) == BOUNCE_SPAN_NOT_FOUND);
	}
	return another;
}

/* Are there two addresses in this field? */
static bool
has_two_addresses(BounceSpan field)
{
	BounceAddress addr;
	size_t		pos = 0;

	field.len = field.len > BOUNCE_MAX_VALUE ? BOUNCE_MAX_VALUE : field.len;
	return bounce_address_find(field, &pos, &addr) && bounce_address_find(field, &pos, &addr);
}

/* Is the notice about several recipients, by its entries or by the words of one? */
static bool
has_several(BounceReader *reader, const BounceReport *report, BounceSpan own)
{
	BounceAddress addr;
	char		plain[BOUNCE_MAX_ADDRESS];
	size_t		pos = 0;

	if (reader->reports > 0)
		reader->several = 1;
	if (reader->several < 0)
		reader->several = has_two_addresses(reader->original.value[BOUNCE_FIELD_TO]) ||
			has_two_addresses(reader->fields.value[BOUNCE_FIELD_X_FAILED_RECIPIENTS]) ||
			bounce_notice_has_several(&reader->notice);
	if (reader->several > 0)
		return true;
	own.len = own.len > BOUNCE_MAX_VALUE ? BOUNCE_MAX_VALUE : own.len;
	while (bounce_address_find(own, &pos, &addr))
	{
		BounceSpan	named = bounce_span_make(plain, bounce_address_write(&addr, plain, sizeof(plain)));

		if (!bounce_span_equal_fold(named, report->final_recipient) &&
			!bounce_span_equal_fold(named, report->recipient) && !bounce_sender_is_role(addr.local))
			return true;
	}
	return false;
}

/*
 * "Undeliverable Our news for June": how much of the subject is the word in front of
 * ours, where no colon parts them.  0 when it does not begin so, or tells itself what
 * is undeliverable.
 */
static size_t
bare_prefix(BounceSpan subject)
{
	static const BounceSpan prefixes[] = {
		BOUNCE_SPAN_OF("undeliverable"), BOUNCE_SPAN_OF("undelivered"), BOUNCE_SPAN_OF("not delivered"),
		BOUNCE_SPAN_OF("unzustellbar"), BOUNCE_SPAN_OF("nicht zustellbar"), BOUNCE_SPAN_OF("non remis"),
		BOUNCE_SPAN_OF("no entregado"), BOUNCE_SPAN_OF("non recapitabile"), BOUNCE_SPAN_OF("onbestelbaar")
	};
	static const BounceSpan nouns[] = {
		BOUNCE_SPAN_OF("mail"), BOUNCE_SPAN_OF("message"), BOUNCE_SPAN_OF("email"), BOUNCE_SPAN_OF("e-mail"),
		BOUNCE_SPAN_OF("report"), BOUNCE_SPAN_OF("address"), BOUNCE_SPAN_OF("recipient")
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
	{
		BounceSpan	behind;

		if (!bounce_span_starts_fold(subject, prefixes[i]) || subject.len == prefixes[i].len ||
			subject.ptr[prefixes[i].len] != ' ')
			continue;
		behind = bounce_span_trim(bounce_span_make(subject.ptr + prefixes[i].len,
												   subject.len - prefixes[i].len));
		for (size_t j = 0; j < sizeof(nouns) / sizeof(nouns[0]); j++)
		{
			if (bounce_span_starts_fold(behind, nouns[j]) &&
				(behind.len == nouns[j].len || !bounce_ascii_is_alnum(behind.ptr[nouns[j].len])))
				return 0;
		}
		return prefixes[i].len;
	}
	return 0;
}

/* The subject of the mail that came back, decoded into buf. */
static BounceSpan
returned_subject(BounceReader *reader, char *buf, size_t size)
{
	BounceWordIter it;
	BounceWord	word;
	char		piece[BOUNCE_SUBJECT_BYTES];
	size_t		n = 0;

	bounce_word_open(&it, reader->original.value[BOUNCE_FIELD_SUBJECT]);
	while (n < size && bounce_word_next(&it, piece, sizeof(piece), &word))
		n += bounce_charset_to_utf8(reader->charsets, word.charset, &word.bytes, buf + n, size - n);
	return bounce_span_trim(bounce_span_make(buf, n));
}

/*
 * What of the subject is the mail system's: Sendmail tells the reason behind
 * "Returned mail:"; what others write behind a colon is the subject of our mail, and
 * so is what came back as that.
 */
static BounceSpan
own_subject(BounceReader *reader)
{
	static const BounceSpan wide_colon = {"\xEF\xBC\x9A", 3};
	BounceSpan	subject = bounce_span_trim(reader->subject);
	char		buf[BOUNCE_SUBJECT_BYTES];
	BounceSpan	ours = returned_subject(reader, buf, sizeof(buf));
	size_t		wide = bounce_span_find(subject, wide_colon);
	size_t		bare = bare_prefix(subject);
	const char *colon = subject.len > 0 ? memchr(subject.ptr, ':', subject.len) : NULL;

	if (ours.len > 0 && bounce_span_ends_fold(subject, ours))
		subject.len -= ours.len;
	else if (colon != NULL && !bounce_span_starts(subject, "returned mail:") &&
			 !bounce_span_starts(subject, "mail failure:"))
		subject.len = (size_t) (colon - subject.ptr);
	else if (wide != BOUNCE_SPAN_NOT_FOUND)
		subject.len = wide;
	else if (bare > 0)
		subject.len = bare;
	return subject;
}

/*
 * The best paragraph of what follows an entry.  Entries that are not set off have
 * what follows in common, up to where the next one is: it is not judged anew, nor
 * when it has told nothing of many before.
 */
static void
best_of_rest(BounceReader *reader, BounceSpan rest, BounceWeight *found)
{
	const BounceWeight *last = &reader->rest_best;

	if (reader->rest.len > 0 && rest.ptr >= reader->rest.ptr &&
		bounce_span_end(rest) == bounce_span_end(reader->rest) &&
		((last->strength != BOUNCE_STRENGTH_NONE && last->words.ptr >= rest.ptr) ||
		 reader->rest_misses >= MAX_MISSES))
	{
		*found = *last;
		return;
	}
	bounce_words_best(rest, reader->line_end, true, found);
	reader->rest_misses = found->strength == BOUNCE_STRENGTH_NONE ? reader->rest_misses + 1 : 0;
	reader->rest = rest;
	reader->rest_best = *found;
}

/*
 * Fill the report from the words about its recipient: its own; when they say
 * nothing, or less than a server's reply, those that follow; then the
 * transcript, what is said for all, and the subject.
 */
void
bounce_report_use_best_words(BounceReader *reader, BounceReport *report,
							 BounceSpan own, BounceSpan rest)
{
	BounceStrength strength = bounce_reader_strength(reader, own);
	BounceSpan	words = own;
	BounceSpan	other;

	/* the transcript tells the recipients apart */
	if (reader->has_transcript && strength != BOUNCE_STRENGTH_REPLY && report->diagnostic.len == 0 &&
		has_several(reader, report, own))
	{
		bounce_report_use_transcript(reader, report, true);
		if (report->diagnostic.len > 0)
		{
			bounce_report_use_words(reader, report, own);
			return;
		}
	}
	if (strength == BOUNCE_STRENGTH_NONE || strength == BOUNCE_STRENGTH_REASON)
	{
		BounceWeight found;

		best_of_rest(reader, rest, &found);
		if (has_several(reader, report, own) && names_another(reader, report, found.words))
			found.strength = BOUNCE_STRENGTH_NONE;
		if (found.strength == BOUNCE_STRENGTH_REPLY ||
			(found.strength > strength && strength == BOUNCE_STRENGTH_NONE))
		{
			remember(reader, &found);
			words = found.words;
			strength = found.strength;
		}
		if (strength != BOUNCE_STRENGTH_REPLY &&
			find_reply_below(reader, report->final_recipient, own, &other))
		{
			words = other;
			strength = BOUNCE_STRENGTH_REPLY;
		}
	}
	if (strength == BOUNCE_STRENGTH_NONE)
		bounce_report_use_transcript(reader, report, has_several(reader, report, own));
	if (strength == BOUNCE_STRENGTH_NONE && report->diagnostic.len == 0)
	{
		other = bounce_reader_why(reader);
		if (has_several(reader, report, own) && names_another(reader, report, other))
			other = BOUNCE_SPAN_NONE;
		if (other.len == 0 && !has_several(reader, report, own))
		{
			other = own_subject(reader);
			if (bounce_reader_strength(reader, other) < BOUNCE_STRENGTH_REASON)
				other = BOUNCE_SPAN_NONE;
		}
		if (other.len > 0)
			words = other;
		else if (own.len == 0)
		{
			words = first_paragraph(rest, reader->line_end);
			if (has_several(reader, report, own) && names_another(reader, report, words))
				words = own;
		}
	}
	bounce_report_use_words(reader, report, words);
	if (own.ptr != words.ptr)
		bounce_report_use_words(reader, report, own);
}
