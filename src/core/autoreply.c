/*-------------------------------------------------------------------------
 *
 * autoreply.c
 *	  Reader of automatic replies: out of office, vacation (RFC 3834).
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/autoreply.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"
#include "core/word.h"

/*
 * How the subject of an automatic reply begins, in the words of the mail
 * programs; before any "Re:".  Compared folding ASCII only.
 */
static const BounceSpan subject_starts[] =
{
	BOUNCE_SPAN_OF("automatic reply"),
	BOUNCE_SPAN_OF("auto reply"),
	BOUNCE_SPAN_OF("auto-reply"),
	BOUNCE_SPAN_OF("autoreply"),
	BOUNCE_SPAN_OF("auto response"),
	BOUNCE_SPAN_OF("auto-response"),
	BOUNCE_SPAN_OF("autoresponse"),
	BOUNCE_SPAN_OF("out of office"),
	BOUNCE_SPAN_OF("out of the office"),
	BOUNCE_SPAN_OF("out-of-office"),
	BOUNCE_SPAN_OF("automatische antwort"),
	BOUNCE_SPAN_OF("abwesenheit"),
	BOUNCE_SPAN_OF("automatisch antwoord"),
	BOUNCE_SPAN_OF("afwezig"),
	BOUNCE_SPAN_OF("r\303\251ponse automatique"),
	BOUNCE_SPAN_OF("absence du bureau"),
	BOUNCE_SPAN_OF("respuesta autom\303\241tica"),
	BOUNCE_SPAN_OF("fuera de la oficina"),
	BOUNCE_SPAN_OF("risposta automatica"),
	BOUNCE_SPAN_OF("fuori sede"),
	BOUNCE_SPAN_OF("resposta autom\303\241tica"),
	BOUNCE_SPAN_OF("autosvar"),
	BOUNCE_SPAN_OF("autom. svar"),
	BOUNCE_SPAN_OF("odpowied\305\272 automatyczna"),
	BOUNCE_SPAN_OF("automatick\303\241 odpov\304\233\304\217"),
	BOUNCE_SPAN_OF("\320\260\320\262\321\202\320\276\320\276\321\202\320\262\320\265\321\202"),
	BOUNCE_SPAN_OF("\320\220\320\262\321\202\320\276\320\276\321\202\320\262\320\265\321\202"),
	BOUNCE_SPAN_OF("\350\207\252\345\213\225\345\277\234\347\255\224"),
	BOUNCE_SPAN_OF("\350\207\252\345\212\250\347\255\224\345\244\215"),
	BOUNCE_SPAN_OF("\350\207\252\345\212\250\345\233\236\345\244\215"),
};

/* Does the subject, decoded, begin like that of an automatic reply? */
static bool
subject_says_so(BounceSpan subject)
{
	char		decoded[256];
	size_t		n = 0;
	BounceWordIter it;
	BounceWord	word;
	char		piece[256];
	BounceSpan	s;

	if (subject.len > 2 * sizeof(decoded))
		subject.len = 2 * sizeof(decoded);
	bounce_word_open(&it, subject);
	while (n < sizeof(decoded) && bounce_word_next(&it, piece, sizeof(piece), &word))
	{
		if (word.bytes.len > sizeof(decoded) - n)
			word.bytes.len = sizeof(decoded) - n;
		memcpy(decoded + n, word.bytes.ptr, word.bytes.len);
		n += word.bytes.len;
	}
	s = bounce_span_trim(bounce_span_make(decoded, n));
	for (size_t i = 0; i < sizeof(subject_starts) / sizeof(subject_starts[0]); i++)
	{
		if (bounce_span_starts_fold(s, subject_starts[i]))
			return true;
	}
	return false;
}

/*
 * A mail system speaks of a mail, it does not answer one; nor is it an answer
 * when a report was announced, though its part is missing.
 */
static bool
from_mail_system(const BounceReader *reader)
{
	BounceSpan	from = reader->fields.value[BOUNCE_FIELD_FROM];

	if (from.len > BOUNCE_MAX_VALUE)
		from.len = BOUNCE_MAX_VALUE;
	return from.len == 0 || bounce_reader_is_cut(reader, from) ||
		bounce_span_starts(reader->fields.value[BOUNCE_FIELD_CONTENT_TYPE], "multipart/report") ||
		bounce_span_find_fold(from, BOUNCE_SPAN_OF("mailer-daemon")) != BOUNCE_SPAN_NOT_FOUND ||
		bounce_span_find_fold(from, BOUNCE_SPAN_OF("postmaster@")) != BOUNCE_SPAN_NOT_FOUND;
}

/*
 * RFC 3834, 5: "auto-replied" marks a reply to one mail; "auto-generated" marks
 * any mail of a program, which need not be an answer to ours.
 * X-Auto-Response-Suppress is put on ordinary mail and proves nothing.
 */
static bool
autoreply_knows(const BounceReader *reader)
{
	const BounceSpan *field = reader->fields.value;

	if (from_mail_system(reader))
		return false;
	return bounce_span_starts(field[BOUNCE_FIELD_AUTO_SUBMITTED], "auto-replied") ||
		field[BOUNCE_FIELD_X_AUTOREPLY].ptr != NULL ||
		field[BOUNCE_FIELD_X_AUTORESPOND].ptr != NULL ||
		bounce_span_starts(field[BOUNCE_FIELD_PRECEDENCE], "auto_reply") ||
		subject_says_so(field[BOUNCE_FIELD_SUBJECT]);
}

/* One report: whoever answers is whom we mailed; the subject is what was said. */
static BounceStep
autoreply_next(BounceReader *reader, BounceReport *report)
{
	if (reader->done)
		return BOUNCE_STEP_END;
	reader->done = true;
	bounce_report_begin(reader, report, BOUNCE_KIND_AUTOREPLY);
	report->recipient = bounce_arena_address(&reader->recipient_arena,
											 reader->fields.value[BOUNCE_FIELD_FROM]);
	report->final_recipient = report->recipient;
	if (report->original_message_id.ptr == NULL)
		report->original_message_id = bounce_arena_unfold(&reader->recipient_arena,
														  reader->fields.value[BOUNCE_FIELD_IN_REPLY_TO]);
	return BOUNCE_STEP_ITEM;
}

const BounceFormat bounce_format_autoreply = {
	{"autoreply", 9}, autoreply_knows, autoreply_next
};
