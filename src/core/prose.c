/*-------------------------------------------------------------------------
 *
 * prose.c
 *	  Readers of bounces without a machine-readable part.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * There are no rules about what such a notice says, but few shapes that it has.
 * In this order, and the first that names anybody is used:
 *
 *	- the header names the recipients (X-Failed-Recipients);
 *	- lines begin with them (notice.c);
 *	- they are mentioned in a sentence or behind a label (mention.c);
 *	- the mail that came back was for one recipient only.
 *
 * src/core/prose.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/mention.h"
#include "core/reader.h"
#include "core/sender.h"

/* Recipients that are taken from sentences. */
#define MAX_MENTIONED 64

/* How the text of qmail's notices begins, by which they are to be known (QSBMF). */
static const BounceSpan qsbmf = {"Hi. This is the", 15};

/* The shapes of plain prose, in the order of trying. */
enum
{
	SHAPE_ENTRIES,
	SHAPE_MENTIONS,
	SHAPE_MAILED,
	SHAPE_NONE
};

static bool
has_returned(const BounceReader *reader)
{
	return reader->original.value[BOUNCE_FIELD_FROM].ptr != NULL ||
		reader->original.value[BOUNCE_FIELD_TO].ptr != NULL;
}

/* Read what the notice says as a whole.  Done once, before its first recipient. */
static void
read_notice(BounceReader *reader)
{
	bounce_reader_read_subject(reader);
	bounce_reader_said(reader);
	reader->shape = SHAPE_ENTRIES;
	reader->heading = BOUNCE_OUTCOME_UNSAID;
}

static BounceKind
kind_of(const BounceReader *reader)
{
	const BounceSaid *text = &reader->said;
	const BounceSaid *subject = &reader->subject_said;

	if ((subject->delayed || text->delayed) && !subject->final && !text->final)
		return BOUNCE_KIND_DELAYED;

	/* the subject may be "Delivery report", of whatever kind */
	if (text->delivered ? !text->failed : subject->delivered && !subject->failed && !text->failed)
		return BOUNCE_KIND_DELIVERED;
	return BOUNCE_KIND_FAILED;
}

/* Begin a report about this recipient. */
static void
begin(BounceReader *reader, BounceReport *report, BounceSpan recipient)
{
	bounce_report_begin(reader, report, kind_of(reader));
	if (reader->said.system.len > 0)
		report->format = reader->said.system;
	report->recipient = recipient;
	report->final_recipient = recipient;
}

/* Exim, and those that took over its field: the header names the addresses. */
static bool
listed_knows(const BounceReader *reader)
{
	return reader->fields.value[BOUNCE_FIELD_X_FAILED_RECIPIENTS].ptr != NULL;
}

static BounceStep
listed_next(BounceReader *reader, BounceReport *report)
{
	BounceSpan *list = &reader->value[0];
	BounceSpan	own = BOUNCE_SPAN_NONE;
	BounceSpan	rest = BOUNCE_SPAN_NONE;
	BounceNoticeEntry entry;
	BounceAddress addr;
	BounceSpan	recipient;
	size_t		pos = 0;

	if (!reader->done)
	{
		/* what is left of the list is kept where report fields would be */
		*list = reader->fields.value[BOUNCE_FIELD_X_FAILED_RECIPIENTS];
		if (!bounce_reader_is_cut(reader, *list))
			*list = bounce_arena_join_addresses(&reader->message_arena, *list);
		reader->done = true;
		read_notice(reader);
	}
	reader->recipient_arena.used = 0;
	reader->recipient_arena.overflow = false;
	if (list->len == 0 || !bounce_address_find(*list, &pos, &addr) ||
		(bounce_reader_is_cut(reader, *list) &&
		 memchr(list->ptr + pos, ',', list->len - pos) == NULL))
		return BOUNCE_STEP_END;
	recipient = bounce_arena_address(&reader->recipient_arena, bounce_span_make(list->ptr, pos));
	*list = bounce_span_make(list->ptr + pos, list->len - pos);
	begin(reader, report, recipient);
	if (bounce_notice_find(&reader->notice, recipient, &entry))
	{
		own = entry.words;
		rest = bounce_notice_rest(&reader->notice);
	}
	bounce_report_use_best_words(reader, report, own, rest);
	bounce_code_find(report->diagnostic, &report->code);
	return BOUNCE_STEP_ITEM;
}

/*
 * Prose of any mail system.  People, lists and programs write about failed mail
 * and about addresses, too: the sender must be a mail system or nobody, or the
 * mail must have come back with the notice.
 */
static bool
plain_knows(const BounceReader *reader)
{
	return bounce_span_starts_fold(bounce_span_trim(reader->notice.text), qsbmf) ||
		bounce_sender_is_system(&reader->fields) || bounce_sender_is_null(&reader->fields) ||
		has_returned(reader);
}

/* Does the notice say so much of a failed mail that it surely is about one? */
static bool
is_notice(const BounceReader *reader)
{
	bool		subject = reader->subject_said.failed || reader->subject_said.delayed ||
		reader->subject_said.delivered;
	bool		text = reader->said.failed || reader->said.delayed || reader->said.delivered;

	if (bounce_span_starts_fold(bounce_span_trim(reader->notice.text), qsbmf))
		return true;
	if (reader->subject_said.listed)
		return false;			/* and what is on it may be bounces */
	if (bounce_sender_is_system(&reader->fields))
		return subject || text;
	if (bounce_sender_is_null(&reader->fields))
		return (subject && text) || (text && (has_returned(reader) || reader->said.system.len > 0));
	return text && has_returned(reader) && reader->has_original &&
		(subject || reader->said.system.len > 0);
}

/* The words may tell which address led to the recipient: that one was mailed. */
static void
use_origin(BounceReader *reader, BounceReport *report, BounceSpan words)
{
	BounceAddress mailed;
	char		plain[BOUNCE_MAX_ADDRESS];
	BounceSpan	named;

	if (!bounce_notice_origin(words, &mailed))
		return;
	named = bounce_span_make(plain, bounce_address_write(&mailed, plain, sizeof(plain)));
	if (named.len == 0)
		return;
	report->recipient = bounce_arena_add(&reader->recipient_arena, named);
	bounce_reader_seen(reader, named);	/* it is no recipient of its own */
}

/* Is this address the one that the notice was sent to? */
static bool
is_ours(const BounceReader *reader, BounceSpan address)
{
	BounceSpan	to = reader->fields.value[BOUNCE_FIELD_TO];

	if (to.len > BOUNCE_MAX_VALUE)
		to.len = BOUNCE_MAX_VALUE;
	return bounce_span_find_fold(to, address) != BOUNCE_SPAN_NOT_FOUND;
}

/*
 * What became of the recipient of this entry, as far as it is said of him and not
 * of all.  What a server replied, or a reason, is a failure whatever he is listed
 * under.
 */
static BounceOutcome
entry_outcome(BounceReader *reader, const BounceNoticeEntry *entry, BounceSpan rest)
{
	BounceStrength strength = bounce_reader_strength(reader, entry->words);
	BounceOutcome outcome;
	BounceWeight below;

	if (!bounce_span_is_blank(entry->above))
		reader->heading = bounce_outcome_of_heading(entry->above, reader->line_end);
	if (strength == BOUNCE_STRENGTH_REPLY)
		return BOUNCE_OUTCOME_FAILED;
	if (strength != BOUNCE_STRENGTH_NONE)
		return reader->heading == BOUNCE_OUTCOME_FAILED ? reader->heading : BOUNCE_OUTCOME_UNSAID;
	outcome = bounce_outcome_of_words(entry->words, entry->shape == BOUNCE_ENTRY_FIRM);
	if (outcome != BOUNCE_OUTCOME_UNSAID)
		return outcome;
	if (reader->heading != BOUNCE_OUTCOME_DELIVERED)
		return reader->heading;

	/* a reason that follows contradicts it */
	bounce_words_best(rest, reader->line_end, false, &below);
	return below.strength < BOUNCE_STRENGTH_REASON ? BOUNCE_OUTCOME_DELIVERED : BOUNCE_OUTCOME_MIXED;
}

/* The next line that begins with an address. */
static BounceStep
entries_next(BounceReader *reader, BounceReport *report)
{
	BounceArena *arena = &reader->recipient_arena;
	BounceNoticeEntry entry;
	char		plain[BOUNCE_MAX_ADDRESS];
	BounceSpan	named;
	BounceSpan	rest = BOUNCE_SPAN_NONE;
	BounceOutcome outcome;

	if (!bounce_notice_next(&reader->notice, &entry))
		return BOUNCE_STEP_END;
	if (entry.shape == BOUNCE_ENTRY_FIRM)
		rest = bounce_notice_rest(&reader->notice);
	outcome = entry_outcome(reader, &entry, rest);
	named = bounce_span_make(plain, bounce_address_write(&entry.address, plain, sizeof(plain)));
	if (named.len == 0 || bounce_reader_is_cut(reader, entry.address.domain))
		return BOUNCE_STEP_MORE;	/* half of an address */
	if (!reader->is_notice &&
		(entry.shape == BOUNCE_ENTRY_LOOSE ||
		 bounce_reader_strength(reader, entry.words) != BOUNCE_STRENGTH_REPLY))
		return BOUNCE_STEP_MORE;	/* of a mail system, but about what? */
	if ((entry.shape == BOUNCE_ENTRY_LOOSE || bounce_sender_is_role(entry.address.local)) &&
		bounce_reader_strength(reader, entry.words) < BOUNCE_STRENGTH_REASON &&
		bounce_outcome_of_words(entry.words, false) == BOUNCE_OUTCOME_UNSAID)
		return BOUNCE_STEP_MORE;	/* a sentence that begins with an address */
	if (outcome == BOUNCE_OUTCOME_MIXED && kind_of(reader) != BOUNCE_KIND_DELIVERED)
		return BOUNCE_STEP_MORE;	/* of some it says this, of some that */
	if (entry.words.len == 0 && rest.len == 0 && !reader->has_transcript &&
		bounce_reader_why(reader).len == 0 && !bounce_sender_is_system(&reader->fields))
		return BOUNCE_STEP_MORE;	/* an address without a word about it */
	if (is_ours(reader, named) && bounce_reader_strength(reader, entry.words) != BOUNCE_STRENGTH_REPLY)
		return BOUNCE_STEP_MORE;	/* named as the one who wrote */
	if (bounce_reader_seen(reader, named))
		return BOUNCE_STEP_MORE;
	begin(reader, report, bounce_arena_add(arena, named));
	use_origin(reader, report, entry.words);
	if (outcome == BOUNCE_OUTCOME_DELIVERED)
	{
		report->kind = BOUNCE_KIND_DELIVERED;
		bounce_report_use_words(reader, report, entry.words);
		return BOUNCE_STEP_ITEM;
	}
	if (outcome == BOUNCE_OUTCOME_FAILED && report->kind == BOUNCE_KIND_DELIVERED)
		report->kind = BOUNCE_KIND_FAILED;
	if (entry.shape == BOUNCE_ENTRY_CODED)
		bounce_report_use_transcript(reader, report, true);
	bounce_report_use_best_words(reader, report, entry.words, rest);
	bounce_code_find(report->diagnostic, &report->code);

	/* a notice about many tells of some that their mail was taken, by the reply */
	if (report->kind == BOUNCE_KIND_FAILED && bounce_code_digit(&report->code) == 2 &&
		report->diagnostic.len > 0 && report->diagnostic.ptr[0] == '2')
		report->kind = BOUNCE_KIND_DELIVERED;
	return BOUNCE_STEP_ITEM;
}

/* What became of somebody whom a sentence names, where it says more than one thing. */
static BounceOutcome
mention_outcome(const BounceReader *reader, const BounceNoticeEntry *entry)
{
	const BounceSaid *said = &reader->said;
	const BounceSpan *local = &entry->address.local;

	if (!said->delivered || !(said->failed || said->delayed) || local->ptr < entry->words.ptr)
		return BOUNCE_OUTCOME_UNSAID;
	return bounce_outcome_of_clause(entry->words, (size_t) (local->ptr - entry->words.ptr),
									(size_t) (bounce_span_end(entry->address.domain) - entry->words.ptr));
}

/* The next address within a sentence. */
static BounceStep
mentions_next(BounceReader *reader, BounceReport *report)
{
	BounceMentionContext context;
	BounceNotice *notice = &reader->notice;
	BounceNoticeEntry entry;
	char		plain[BOUNCE_MAX_ADDRESS];
	BounceSpan	named;
	BounceOutcome outcome;
	const char *end;

	context.fields = &reader->fields;
	context.mailed = reader->original.value[BOUNCE_FIELD_TO];
	context.sender = reader->original.value[BOUNCE_FIELD_FROM];
	context.system = bounce_sender_is_system(&reader->fields) || bounce_sender_is_null(&reader->fields);
	context.first = reader->reports == 0;
	context.failed = reader->said.failed || reader->subject_said.failed;
	if (reader->reports >= MAX_MENTIONED || !bounce_mention_next(notice, &context, &entry))
		return BOUNCE_STEP_END;
	named = bounce_span_make(plain, bounce_address_write(&entry.address, plain, sizeof(plain)));
	outcome = mention_outcome(reader, &entry);
	if (bounce_reader_is_cut(reader, entry.address.domain) || outcome == BOUNCE_OUTCOME_MIXED ||
		bounce_reader_seen(reader, named))
		return BOUNCE_STEP_MORE;
	begin(reader, report, bounce_arena_add(&reader->recipient_arena, named));
	use_origin(reader, report, entry.words);
	if (outcome == BOUNCE_OUTCOME_DELIVERED)
	{
		report->kind = BOUNCE_KIND_DELIVERED;
		bounce_report_use_words(reader, report, entry.words);
		return BOUNCE_STEP_ITEM;
	}
	end = bounce_span_end(entry.words);
	bounce_report_use_best_words(reader, report, entry.words,
								 bounce_span_make(end, (size_t) (bounce_span_end(notice->text) - end)));
	bounce_code_find(report->diagnostic, &report->code);
	return BOUNCE_STEP_ITEM;
}

/* Nobody is named: the mail that came back says for whom it was, or the list does. */
static BounceStep
mailed_next(BounceReader *reader, BounceReport *report)
{
	BounceSpan	recipient;

	/* what came back may be a notice itself: then it was for us */
	if ((!bounce_sender_is_system(&reader->fields) && !bounce_sender_is_null(&reader->fields)) ||
		bounce_sender_is_system(&reader->original) || bounce_sender_is_null(&reader->original))
		return BOUNCE_STEP_END;
	recipient = bounce_reader_mailed(reader);
	if (recipient.len == 0 && reader->is_notice &&
		!bounce_reader_is_cut(reader, reader->fields.value[BOUNCE_FIELD_X_BEENTHERE]))
		recipient = bounce_arena_address(&reader->recipient_arena,
										 reader->fields.value[BOUNCE_FIELD_X_BEENTHERE]);
	if (recipient.len == 0)
		return BOUNCE_STEP_END;
	begin(reader, report, recipient);
	bounce_report_use_best_words(reader, report, BOUNCE_SPAN_NONE, BOUNCE_SPAN_NONE);
	bounce_code_find(report->diagnostic, &report->code);
	return BOUNCE_STEP_ITEM;
}

static BounceStep
plain_next(BounceReader *reader, BounceReport *report)
{
	BounceStep	step = BOUNCE_STEP_END;

	if (!reader->done)
	{
		reader->done = true;
		read_notice(reader);
		reader->is_notice = is_notice(reader);
		if (!reader->is_notice &&
			(reader->subject_said.listed || !bounce_sender_is_system(&reader->fields)))
			reader->shape = SHAPE_NONE;
	}
	reader->recipient_arena.used = 0;
	reader->recipient_arena.overflow = false;
	switch (reader->shape)
	{
		case SHAPE_ENTRIES:
			step = entries_next(reader, report);
			break;
		case SHAPE_MENTIONS:
			step = mentions_next(reader, report);
			break;
		case SHAPE_MAILED:
			step = mailed_next(reader, report);
			reader->shape = SHAPE_NONE;
			break;
		default:
			return BOUNCE_STEP_END;
	}
	if (step == BOUNCE_STEP_END && reader->reports == 0 && reader->shape < SHAPE_NONE)
	{
		reader->shape = reader->is_notice ? reader->shape + 1 : SHAPE_NONE;
		reader->notice.pos = 0;
		reader->notice.misses = 0;
		return BOUNCE_STEP_MORE;
	}
	return step;
}

const BounceFormat bounce_format_exim = {
	{"exim", 4}, listed_knows, listed_next
};

const BounceFormat bounce_format_plain = {
	{"plain", 5}, plain_knows, plain_next
};
