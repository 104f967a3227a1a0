/*-------------------------------------------------------------------------
 *
 * prose.c
 *	  Readers of bounces without a machine-readable part.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * They differ in how the failed addresses are found; what a server said about
 * one of them is read by notice.c for all.
 *
 * src/core/prose.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"
#include "core/verdict.h"

/* How much of the prose is looked at for a sentence with an address. */
#define MAX_SENTENCES 4096

/* Fill a report about this address from the words of its entry. */
static void
report_words(BounceReader *reader, BounceReport *report, BounceSpan words)
{
	bounce_report_use_words(reader, report, words);
	bounce_code_find(report->diagnostic, &report->code);
}

static bool
subject_contains(const BounceReader *reader, BounceSpan word)
{
	BounceSpan	subject = reader->fields.value[BOUNCE_FIELD_SUBJECT];

	if (subject.len > BOUNCE_MAX_VALUE)
		subject.len = BOUNCE_MAX_VALUE;
	return bounce_span_find_fold(subject, word) != BOUNCE_SPAN_NOT_FOUND;
}

/* A warning that the server still tries has the word in its subject. */
static BounceKind
kind_by_subject(const BounceReader *reader)
{
	return subject_contains(reader, BOUNCE_SPAN_OF("delay")) ||
		subject_contains(reader, BOUNCE_SPAN_OF("still being retried")) ?
		BOUNCE_KIND_DELAYED : BOUNCE_KIND_FAILED;
}

/* Exim, and those that took over its field: the header names the addresses. */
static bool
exim_knows(const BounceReader *reader)
{
	return reader->fields.value[BOUNCE_FIELD_X_FAILED_RECIPIENTS].ptr != NULL;
}

static BounceStep
exim_next(BounceReader *reader, BounceReport *report)
{
	BounceSpan *list = &reader->value[0];
	BounceNoticeEntry entry;
	BounceAddress addr;
	BounceSpan	recipient;
	size_t		pos = 0;

	if (!reader->done)
	{
		/* what is left of the list is kept where report fields would be */
		*list = reader->fields.value[BOUNCE_FIELD_X_FAILED_RECIPIENTS];
		reader->done = true;
	}
	reader->recipient_arena.used = 0;
	reader->recipient_arena.overflow = false;
	if (list->len == 0 || !bounce_address_find(*list, &pos, &addr) ||
		(bounce_reader_is_cut(reader, *list) &&
		 memchr(list->ptr + pos, ',', list->len - pos) == NULL))
		return BOUNCE_STEP_END;
	recipient = bounce_arena_address(&reader->recipient_arena, bounce_span_make(list->ptr, pos));
	*list = bounce_span_make(list->ptr + pos, list->len - pos);
	bounce_report_begin(reader, report, kind_by_subject(reader));
	report->recipient = recipient;
	report->final_recipient = recipient;
	if (bounce_notice_find(&reader->notice, recipient, &entry))
		report_words(reader, report, entry.words);
	return BOUNCE_STEP_ITEM;
}

/*
 * Do the words say what became of the mail, by a code or in words that a rule
 * knows?
 */
static bool
says_why(const BounceReport *report)
{
	BounceEvidence evidence = {BOUNCE_SPAN_NONE, BOUNCE_SPAN_NONE, BOUNCE_SPAN_NONE, BOUNCE_SPAN_NONE};
	BounceVerdict verdict;

	if (report->code.reply != 0 || report->code.enhanced_class != 0)
		return true;
	evidence.text = report->diagnostic;
	bounce_verdict_decide(&evidence, &verdict);
	return verdict.reason != BOUNCE_REASON_UNDETERMINED;
}

/* qmail and its descendants; the wording is that of QSBMF. */
static bool
qmail_knows(const BounceReader *reader)
{
	BounceSpan	head = reader->notice.text;

	if (head.len > 1024)
		head.len = 1024;
	return bounce_span_find(head, BOUNCE_SPAN_OF("Hi. This is the")) != BOUNCE_SPAN_NOT_FOUND;
}

/* The next "<address>:" paragraph. */
static BounceStep
entries_next(BounceReader *reader, BounceReport *report)
{
	BounceNoticeEntry entry;
	char		plain[BOUNCE_MAX_ADDRESS];
	BounceSpan	named;

	reader->recipient_arena.used = 0;
	reader->recipient_arena.overflow = false;
	if (!bounce_notice_next(&reader->notice, &entry))
		return BOUNCE_STEP_END;
	named = bounce_span_make(plain, bounce_address_write(&entry.address, plain, sizeof(plain)));
	if (named.len == 0 || entry.words.len == 0)
		return BOUNCE_STEP_MORE;	/* an address without a word about it, or half of one */
	bounce_report_begin(reader, report, kind_by_subject(reader));
	report->recipient = bounce_arena_add(&reader->recipient_arena, named);
	report->final_recipient = report->recipient;
	report_words(reader, report, entry.words);
	return BOUNCE_STEP_ITEM;
}

/*
 * Prose of a mail system that nobody here knows by name.  Its sender must be a
 * mail system, its subject must say that a mail failed, and a reason that is
 * known must stand beside the address: people, lists and programs write about
 * addresses, too.
 */
static bool
plain_knows(const BounceReader *reader)
{
	static const BounceSpan subjects[] =
	{
		BOUNCE_SPAN_OF("fail"), BOUNCE_SPAN_OF("undeliver"), BOUNCE_SPAN_OF("returned mail"),
		BOUNCE_SPAN_OF("delivery status"), BOUNCE_SPAN_OF("delivery notif"),
		BOUNCE_SPAN_OF("delivery problem"), BOUNCE_SPAN_OF("delay"), BOUNCE_SPAN_OF("non-deliver")
	};
	BounceSpan	from = reader->fields.value[BOUNCE_FIELD_FROM];

	if (from.len > BOUNCE_MAX_VALUE)
		from.len = BOUNCE_MAX_VALUE;
	if (bounce_span_find_fold(from, BOUNCE_SPAN_OF("mailer-daemon")) == BOUNCE_SPAN_NOT_FOUND &&
		bounce_span_find_fold(from, BOUNCE_SPAN_OF("postmaster")) == BOUNCE_SPAN_NOT_FOUND)
		return false;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
	{
		if (subject_contains(reader, subjects[i]))
			return true;
	}
	return false;
}

/*
 * Without a single entry, one sentence may name the address ("There was an
 * error delivering your mail to <jane@example.com>.") and the reason follow it.
 * The first address that is not our own counts, and only when the mail that
 * came back was for it.
 */
static BounceStep
sentence(BounceReader *reader, BounceReport *report)
{
	BounceSpan	text = reader->notice.text;
	BounceSpan	to = reader->original.value[BOUNCE_FIELD_TO];
	BounceAddress addr;
	size_t		pos = 0;

	if (reader->done)
		return BOUNCE_STEP_END;
	reader->done = true;
	if (text.len > MAX_SENTENCES)
		text.len = MAX_SENTENCES;
	if (to.len > BOUNCE_MAX_VALUE)
		to.len = BOUNCE_MAX_VALUE;
	while (bounce_address_find(text, &pos, &addr))
	{
		char		plain[BOUNCE_MAX_ADDRESS];
		BounceSpan	named = bounce_span_make(plain, bounce_address_write(&addr, plain, sizeof(plain)));

		if (named.len == 0 || bounce_span_find_fold(to, named) == BOUNCE_SPAN_NOT_FOUND)
			continue;
		bounce_report_begin(reader, report, kind_by_subject(reader));
		report->recipient = bounce_arena_add(&reader->recipient_arena, named);
		report->final_recipient = report->recipient;

		/* the rest of the sentence says nothing: ">." */
		while (pos < text.len && !bounce_ascii_is_space(text.ptr[pos]))
			pos++;
		report_words(reader, report,
					 bounce_span_trim(bounce_span_make(text.ptr + pos, text.len - pos)));
		return BOUNCE_STEP_ITEM;
	}
	return BOUNCE_STEP_END;
}

static BounceStep
plain_next(BounceReader *reader, BounceReport *report)
{
	BounceStep	step = entries_next(reader, report);

	if (step == BOUNCE_STEP_ITEM && !says_why(report))
		return BOUNCE_STEP_MORE;
	if (step == BOUNCE_STEP_END && reader->reports == 0)
		return sentence(reader, report);
	return step;
}

const BounceFormat bounce_format_exim = {
	{"exim", 4}, exim_knows, exim_next
};

const BounceFormat bounce_format_qmail = {
	{"qmail", 5}, qmail_knows, entries_next
};

const BounceFormat bounce_format_plain = {
	{"plain", 5}, plain_knows, plain_next
};
