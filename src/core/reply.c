/*-------------------------------------------------------------------------
 *
 * reply.c
 *	  Readers of what comes back from people, or from programs on their behalf:
 *	  challenges, unsubscriptions, automatic replies (RFC 3834).
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * All of them are about the one who writes.  The words by which they are known
 * are data: src/rules/notices.tsv.
 *
 * src/core/reply.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"
#include "core/sender.h"

/*
 * How programs mark a subject as theirs, in front of the one of our mail.  Not
 * among the phrases, since there the colon would be lost, and many a subject
 * begins with such a word.
 */
static const BounceSpan subject_marks[] =
{
	BOUNCE_SPAN_OF("auto:"), BOUNCE_SPAN_OF("auto :"), BOUNCE_SPAN_OF("ooo:"),
	BOUNCE_SPAN_OF("oof:"), BOUNCE_SPAN_OF("absence:"), BOUNCE_SPAN_OF("absence :"),
};

/* "Re:" and what is written for it: in front of an answer's subject. */
static const BounceSpan answer_marks[] =
{
	BOUNCE_SPAN_OF("re:"), BOUNCE_SPAN_OF("re :"), BOUNCE_SPAN_OF("aw:"), BOUNCE_SPAN_OF("sv:"),
	BOUNCE_SPAN_OF("vs:"), BOUNCE_SPAN_OF("odp:"), BOUNCE_SPAN_OF("r:"), BOUNCE_SPAN_OF("ynt:"),
	BOUNCE_SPAN_OF("antw:"), BOUNCE_SPAN_OF("res:"),
};

/*
 * A mail system speaks of a mail, it does not answer one; nor is it an answer
 * when a report was announced, though its part is missing.
 */
static bool
is_from_person(const BounceReader *reader)
{
	BounceSpan	from = reader->fields.value[BOUNCE_FIELD_FROM];

	if (from.len > BOUNCE_MAX_VALUE)
		from.len = BOUNCE_MAX_VALUE;
	return from.len > 0 && !bounce_sender_is_system(&reader->fields) && !bounce_reader_is_cut(reader, from) &&
		!bounce_span_starts(reader->fields.value[BOUNCE_FIELD_CONTENT_TYPE], "multipart/report");
}

/* Does the subject begin with one of these?  Brackets and stars are passed over. */
static bool
subject_begins(const BounceReader *reader, const BounceSpan *marks, size_t n)
{
	BounceSpan	s = bounce_span_trim(reader->subject);

	while (s.len > 0 && (s.ptr[0] == '[' || s.ptr[0] == '*' || s.ptr[0] == '('))
		s = bounce_span_make(s.ptr + 1, s.len - 1);
	for (size_t i = 0; i < n; i++)
	{
		if (bounce_span_starts_fold(s, marks[i]))
			return true;
	}
	return false;
}

#define SUBJECT_BEGINS(reader, marks) \
	subject_begins(reader, marks, sizeof(marks) / sizeof((marks)[0]))

/* Is it an answer to some mail, by its header? */
static bool
is_answer(const BounceReader *reader)
{
	const BounceSpan *field = reader->fields.value;

	return field[BOUNCE_FIELD_IN_REPLY_TO].len > 0 || field[BOUNCE_FIELD_REFERENCES].len > 0 ||
		SUBJECT_BEGINS(reader, answer_marks);
}

/*
 * Does the header say that a program answers?
 *
 * RFC 3834, 5: "auto-replied" marks a reply to one mail; "auto-generated" marks
 * any mail of a program, which need not be an answer to ours.
 * X-Auto-Response-Suppress is put on ordinary mail and proves nothing.
 */
static bool
is_marked(const BounceReader *reader)
{
	const BounceSpan *field = reader->fields.value;

	return bounce_span_starts(field[BOUNCE_FIELD_AUTO_SUBMITTED], "auto-replied") ||
		field[BOUNCE_FIELD_X_AUTOREPLY].ptr != NULL ||
		field[BOUNCE_FIELD_X_AUTORESPOND].ptr != NULL ||
		field[BOUNCE_FIELD_X_AUTO_REPLY_FROM].ptr != NULL ||
		field[BOUNCE_FIELD_X_INBOX_RULES_LOOP].ptr != NULL ||
		bounce_span_starts(field[BOUNCE_FIELD_X_GENERATED_BY], "mailbox rules") ||
		bounce_span_starts(field[BOUNCE_FIELD_PRECEDENCE], "auto_reply");
}

/*
 * And where it does not say so, may it all the same be one?  People write from
 * an address of theirs; programs that answer from nobody's, so that nobody
 * answers them (RFC 3834, 3.3).
 */
static bool
is_from_nobody(const BounceReader *reader)
{
	const BounceSpan *field = reader->fields.value;

	return bounce_sender_is_null(&reader->fields) &&
		(is_answer(reader) || bounce_span_starts(field[BOUNCE_FIELD_PRECEDENCE], "bulk") ||
		 bounce_span_starts(field[BOUNCE_FIELD_PRECEDENCE], "junk"));
}

/* Mail to many is no answer to ours. */
static bool
is_list_mail(const BounceReader *reader)
{
	return reader->fields.value[BOUNCE_FIELD_LIST].ptr != NULL ||
		bounce_span_starts(reader->fields.value[BOUNCE_FIELD_PRECEDENCE], "list");
}

/* The one report: whoever writes is whom we mailed. */
static BounceStep
report_sender(BounceReader *reader, BounceReport *report, BounceKind kind)
{
	bounce_report_begin(reader, report, kind);
	report->recipient = bounce_arena_address(&reader->recipient_arena,
											 reader->fields.value[BOUNCE_FIELD_FROM]);
	report->final_recipient = report->recipient;
	if (report->original_message_id.ptr == NULL)
		report->original_message_id = bounce_arena_unfold(&reader->recipient_arena,
														  reader->fields.value[BOUNCE_FIELD_IN_REPLY_TO]);
	return BOUNCE_STEP_ITEM;
}

static bool
person_knows(const BounceReader *reader)
{
	return is_from_person(reader);
}

/*
 * The mail is held until the sender shows that he is no program.  Said in so many
 * words, by a program that answers; sites that want an address confirmed say the
 * like to those who never wrote.
 */
static BounceStep
challenge_next(BounceReader *reader, BounceReport *report)
{
	BounceSaid	said;

	if (reader->done)
		return BOUNCE_STEP_END;
	reader->done = true;
	bounce_reader_read_subject(reader);
	if (is_list_mail(reader))
		return BOUNCE_STEP_END;
	bounce_said_read(reader->notice.text, &said);
	if (!reader->subject_said.challenged &&
		!(said.challenged && (is_marked(reader) || is_answer(reader) || reader->has_original ||
							  bounce_sender_is_null(&reader->fields))))
		return BOUNCE_STEP_END;
	return report_sender(reader, report, BOUNCE_KIND_CHALLENGE);
}

/*
 * Mail programs write such mail to the address that List-Unsubscribe names
 * (RFC 2369, RFC 8058), people to where the mail came from.  One that says
 * anything else is for a person to read.
 */
static BounceStep
unsubscribe_next(BounceReader *reader, BounceReport *report)
{
	BounceSaid	said;

	if (reader->done)
		return BOUNCE_STEP_END;
	reader->done = true;
	bounce_reader_read_subject(reader);
	if (is_list_mail(reader) || is_marked(reader))
		return BOUNCE_STEP_END;
	if (!reader->subject_said.unsubscribed)
	{
		bounce_said_read(reader->notice.text, &said);
		if (!said.unsubscribed)
			return BOUNCE_STEP_END;
	}
	return report_sender(reader, report, BOUNCE_KIND_UNSUBSCRIBE);
}

static BounceStep
autoreply_next(BounceReader *reader, BounceReport *report)
{
	if (reader->done)
		return BOUNCE_STEP_END;
	reader->done = true;
	bounce_reader_read_subject(reader);
	if (!is_marked(reader) &&
		(is_list_mail(reader) ||
		 !(reader->subject_said.answered || SUBJECT_BEGINS(reader, subject_marks) ||
		   is_from_nobody(reader))))
		return BOUNCE_STEP_END;
	return report_sender(reader, report, BOUNCE_KIND_AUTOREPLY);
}

const BounceFormat bounce_format_challenge = {
	{"challenge", 9}, person_knows, challenge_next
};

const BounceFormat bounce_format_unsubscribe = {
	{"unsubscribe", 11}, person_knows, unsubscribe_next
};

const BounceFormat bounce_format_autoreply = {
	{"autoreply", 9}, person_knows, autoreply_next
};
