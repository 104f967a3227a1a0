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
#include "core/sender.h"
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
	BOUNCE_SPAN_OF("automatic response"),
	BOUNCE_SPAN_OF("automated response"),
	BOUNCE_SPAN_OF("automated reply"),
	BOUNCE_SPAN_OF("automatic answer"),
	BOUNCE_SPAN_OF("this is an automated response"),
	BOUNCE_SPAN_OF("this is an automatic reply"),
	BOUNCE_SPAN_OF("auto:"),
	BOUNCE_SPAN_OF("ooo:"),
	BOUNCE_SPAN_OF("out of office"),
	BOUNCE_SPAN_OF("out of the office"),
	BOUNCE_SPAN_OF("out-of-office"),
	BOUNCE_SPAN_OF("i am out of office"),
	BOUNCE_SPAN_OF("i am out of the office"),
	BOUNCE_SPAN_OF("i will be out of office"),
	BOUNCE_SPAN_OF("i will be out of the office"),
	BOUNCE_SPAN_OF("vacation reply"),
	BOUNCE_SPAN_OF("away from my mail"),
	BOUNCE_SPAN_OF("on vacation"),
	BOUNCE_SPAN_OF("automatische antwort"),
	BOUNCE_SPAN_OF("automatische abwesenheit"),
	BOUNCE_SPAN_OF("abwesenheit"),
	BOUNCE_SPAN_OF("abwesend"),
	BOUNCE_SPAN_OF("nicht im b\xC3\xBCro"),	/* nicht im büro */
	BOUNCE_SPAN_OF("automatisch antwoord"),
	BOUNCE_SPAN_OF("automatisch bericht"),
	BOUNCE_SPAN_OF("afwezig"),
	BOUNCE_SPAN_OF("niet op kantoor"),
	BOUNCE_SPAN_OF("r\xC3\xA9ponse automatique"),	/* réponse automatique */
	BOUNCE_SPAN_OF("reponse automatique"),
	BOUNCE_SPAN_OF("absence du bureau"),
	BOUNCE_SPAN_OF("absent du bureau"),
	BOUNCE_SPAN_OF("message d'absence"),
	BOUNCE_SPAN_OF("respuesta autom\xC3\xA1tica"),	/* respuesta automática */
	BOUNCE_SPAN_OF("respuesta automatica"),
	BOUNCE_SPAN_OF("fuera de la oficina"),
	BOUNCE_SPAN_OF("fuera de oficina"),
	BOUNCE_SPAN_OF("risposta automatica"),
	BOUNCE_SPAN_OF("fuori sede"),
	BOUNCE_SPAN_OF("fuori ufficio"),
	BOUNCE_SPAN_OF("assente"),
	BOUNCE_SPAN_OF("resposta autom\xC3\xA1tica"),	/* resposta automática */
	BOUNCE_SPAN_OF("resposta automatica"),
	BOUNCE_SPAN_OF("fora do escrit\xC3\xB3rio"),	/* fora do escritório */
	BOUNCE_SPAN_OF("aus\xC3\xAAncia tempor\xC3\xA1ria"),	/* ausência temporária */
	BOUNCE_SPAN_OF("autosvar"),
	BOUNCE_SPAN_OF("autom. svar"),
	BOUNCE_SPAN_OF("automatiskt svar"),
	BOUNCE_SPAN_OF("automatisk svar"),
	BOUNCE_SPAN_OF("fr\xC3\xA5nvarande"),	/* frånvarande */
	BOUNCE_SPAN_OF("ikke til stede"),
	BOUNCE_SPAN_OF("frav\xC3\xA6r"),	/* fravær */
	BOUNCE_SPAN_OF("automaattinen vastaus"),
	BOUNCE_SPAN_OF("poissa toimistosta"),
	BOUNCE_SPAN_OF("poissaoloilmoitus"),
	BOUNCE_SPAN_OF("odpowied\xC5\xBA automatyczna"),	/* odpowiedź automatyczna */
	BOUNCE_SPAN_OF("automatyczna odpowied\xC5\xBA"),	/* automatyczna odpowiedź */
	BOUNCE_SPAN_OF("autoodpowied\xC5\xBA"),	/* autoodpowiedź */
	BOUNCE_SPAN_OF("poza biurem"),
	BOUNCE_SPAN_OF("automatick\xC3\xA1 odpov\xC4\x9B\xC4\x8F"),	/* automatická odpověď */
	BOUNCE_SPAN_OF("automatick\xC3\xA1 odpove\xC4\x8F"),	/* automatická odpoveď */
	BOUNCE_SPAN_OF("mimo kancel\xC3\xA1\xC5\x99"),	/* mimo kancelář */
	BOUNCE_SPAN_OF("automatikus v\xC3\xA1lasz"),	/* automatikus válasz */
	BOUNCE_SPAN_OF("h\xC3\xA1zon k\xC3\xADv\xC3\xBCl"),	/* házon kívül */
	BOUNCE_SPAN_OF("otomatik yan\xC4\xB1t"),	/* otomatik yanıt */
	BOUNCE_SPAN_OF("otomatik cevap"),
	BOUNCE_SPAN_OF("ofis d\xC4\xB1\xC5\x9F\xC4\xB1nda"),	/* ofis dışında */
	BOUNCE_SPAN_OF("\xCE\xB1\xCF\x85\xCF\x84\xCF\x8C\xCE\xBC\xCE\xB1\xCF\x84\xCE\xB7 \xCE\xB1\xCF\x80\xCE\xAC\xCE\xBD\xCF\x84\xCE\xB7\xCF\x83\xCE\xB7"),	/* αυτόματη απάντηση */
	BOUNCE_SPAN_OF("\xCE\x91\xCF\x85\xCF\x84\xCF\x8C\xCE\xBC\xCE\xB1\xCF\x84\xCE\xB7 \xCE\xB1\xCF\x80\xCE\xAC\xCE\xBD\xCF\x84\xCE\xB7\xCF\x83\xCE\xB7"),	/* Αυτόματη απάντηση */
	BOUNCE_SPAN_OF("r\xC4\x83spuns automat"),	/* răspuns automat */
	BOUNCE_SPAN_OF("\xD0\xB0\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBE\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82"),	/* автоответ */
	BOUNCE_SPAN_OF("\xD0\x90\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBE\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82"),	/* Автоответ */
	BOUNCE_SPAN_OF("\xD0\xB0\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xB5\xD1\x81\xD0\xBA\xD0\xB8\xD0\xB9 \xD0\xBE\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82"),	/* автоматический ответ */
	BOUNCE_SPAN_OF("\xD0\x90\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xB5\xD1\x81\xD0\xBA\xD0\xB8\xD0\xB9 \xD0\xBE\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82"),	/* Автоматический ответ */
	BOUNCE_SPAN_OF("\xD0\xB0\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xB5\xD1\x81\xD0\xBA\xD0\xB0\xD1\x8F \xD0\xBE\xD1\x82\xD0\xBF\xD1\x80\xD0\xB0\xD0\xB2\xD0\xBA\xD0\xB0"),	/* автоматическая отправка */
	BOUNCE_SPAN_OF("\xD0\x90\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xB5\xD1\x81\xD0\xBA\xD0\xB0\xD1\x8F \xD0\xBE\xD1\x82\xD0\xBF\xD1\x80\xD0\xB0\xD0\xB2\xD0\xBA\xD0\xB0"),	/* Автоматическая отправка */
	BOUNCE_SPAN_OF("\xD0\xBE\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82 \xD0\xB0\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xB5\xD1\x81\xD0\xBA\xD0\xB8"),	/* ответ автоматически */
	BOUNCE_SPAN_OF("\xD0\x9E\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82 \xD0\xB0\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xB5\xD1\x81\xD0\xBA\xD0\xB8"),	/* Ответ автоматически */
	BOUNCE_SPAN_OF("\xD0\xB0\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xBD\xD0\xBE"),	/* автоматично */
	BOUNCE_SPAN_OF("\xD0\x90\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xBD\xD0\xBE"),	/* Автоматично */
	BOUNCE_SPAN_OF("\xD0\xB0\xD0\xB2\xD1\x82\xD0\xBE\xD0\xB2\xD1\x96\xD0\xB4\xD0\xBF\xD0\xBE\xD0\xB2\xD1\x96\xD0\xB4\xD1\x8C"),	/* автовідповідь */
	BOUNCE_SPAN_OF("\xD0\x90\xD0\xB2\xD1\x82\xD0\xBE\xD0\xB2\xD1\x96\xD0\xB4\xD0\xBF\xD0\xBE\xD0\xB2\xD1\x96\xD0\xB4\xD1\x8C"),	/* Автовідповідь */
	BOUNCE_SPAN_OF("\xD0\xB0\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xBD\xD0\xB0 \xD0\xB2\xD1\x96\xD0\xB4\xD0\xBF\xD0\xBE\xD0\xB2\xD1\x96\xD0\xB4\xD1\x8C"),	/* автоматична відповідь */
	BOUNCE_SPAN_OF("\xD0\x90\xD0\xB2\xD1\x82\xD0\xBE\xD0\xBC\xD0\xB0\xD1\x82\xD0\xB8\xD1\x87\xD0\xBD\xD0\xB0 \xD0\xB2\xD1\x96\xD0\xB4\xD0\xBF\xD0\xBE\xD0\xB2\xD1\x96\xD0\xB4\xD1\x8C"),	/* Автоматична відповідь */
	BOUNCE_SPAN_OF("\xD0\xB2\xD0\xBD\xD0\xB5 \xD0\xBE\xD1\x84\xD0\xB8\xD1\x81\xD0\xB0"),	/* вне офиса */
	BOUNCE_SPAN_OF("\xD0\x92\xD0\xBD\xD0\xB5 \xD0\xBE\xD1\x84\xD0\xB8\xD1\x81\xD0\xB0"),	/* Вне офиса */
	BOUNCE_SPAN_OF("\xE8\x87\xAA\xE5\x8B\x95\xE5\xBF\x9C\xE7\xAD\x94"),	/* 自動応答 */
	BOUNCE_SPAN_OF("\xE8\x87\xAA\xE5\x8B\x95\xE8\xBF\x94\xE4\xBF\xA1"),	/* 自動返信 */
	BOUNCE_SPAN_OF("\xE4\xB8\x8D\xE5\x9C\xA8\xE9\x80\x9A\xE7\x9F\xA5"),	/* 不在通知 */
	BOUNCE_SPAN_OF("\xE4\xB8\x8D\xE5\x9C\xA8\xE9\x80\xA3\xE7\xB5\xA1"),	/* 不在連絡 */
	BOUNCE_SPAN_OF("\xE8\x87\xAA\xE5\x8B\x95\xE5\x9B\x9E\xE8\xA6\x86"),	/* 自動回覆 */
	BOUNCE_SPAN_OF("\xE8\x87\xAA\xE5\x8A\xA8\xE5\x9B\x9E\xE5\xA4\x8D"),	/* 自动回复 */
	BOUNCE_SPAN_OF("\xE8\x87\xAA\xE5\x8A\xA8\xE7\xAD\x94\xE5\xA4\x8D"),	/* 自动答复 */
	BOUNCE_SPAN_OF("\xE8\x87\xAA\xE5\x8A\xA8\xE5\x9B\x9E\xE8\xA6\x86"),	/* 自动回覆 */
	BOUNCE_SPAN_OF("\xE5\xA4\x96\xE5\x87\xBA"),	/* 外出 */
	BOUNCE_SPAN_OF("\xE4\xB8\x8D\xE5\x9C\xA8\xE5\x8A\x9E\xE5\x85\xAC\xE5\xAE\xA4"),	/* 不在办公室 */
	BOUNCE_SPAN_OF("\xEC\x9E\x90\xEB\x8F\x99 \xEC\x9D\x91\xEB\x8B\xB5"),	/* 자동 응답 */
	BOUNCE_SPAN_OF("\xEC\x9E\x90\xEB\x8F\x99\xEC\x9D\x91\xEB\x8B\xB5"),	/* 자동응답 */
	BOUNCE_SPAN_OF("\xEB\xB6\x80\xEC\x9E\xAC\xEC\xA4\x91"),	/* 부재중 */
	BOUNCE_SPAN_OF("\xEB\xB6\x80\xEC\x9E\xAC \xEC\xA4\x91"),	/* 부재 중 */
	BOUNCE_SPAN_OF("tr\xE1\xBA\xA3 l\xE1\xBB\x9Di t\xE1\xBB\xB1 \xC4\x91\xE1\xBB\x99ng"),	/* trả lời tự động */
	BOUNCE_SPAN_OF("\xD8\xB1\xD8\xAF \xD8\xAA\xD9\x84\xD9\x82\xD8\xA7\xD8\xA6\xD9\x8A"),	/* رد تلقائي */
};

/* Does the subject, decoded, begin like that of an automatic reply? */
static bool
subject_says_so(const BounceReader *reader)
{
	BounceSpan	subject = reader->fields.value[BOUNCE_FIELD_SUBJECT];
	char		decoded[BOUNCE_SUBJECT_BYTES];
	char		piece[BOUNCE_SUBJECT_BYTES];
	size_t		n = 0;
	BounceWordIter it;
	BounceWord	word;
	BounceSpan	s;

	if (subject.len > 2 * sizeof(decoded))
		subject.len = 2 * sizeof(decoded);
	bounce_word_open(&it, subject);
	while (n < sizeof(decoded) && bounce_word_next(&it, piece, sizeof(piece), &word))
		n += bounce_charset_to_utf8(reader->charsets, word.charset, &word.bytes,
									decoded + n, sizeof(decoded) - n);
	s = bounce_span_trim(bounce_span_make(decoded, n));
	while (s.len > 0 && (s.ptr[0] == '[' || s.ptr[0] == '*' || s.ptr[0] == '('))
	{
		s.ptr++;
		s.len--;
	}
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
	return from.len == 0 || bounce_sender_is_system(&reader->fields) || bounce_reader_is_cut(reader, from) ||
		bounce_span_starts(reader->fields.value[BOUNCE_FIELD_CONTENT_TYPE], "multipart/report");
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
		field[BOUNCE_FIELD_X_AUTO_REPLY_FROM].ptr != NULL ||
		field[BOUNCE_FIELD_X_INBOX_RULES_LOOP].ptr != NULL ||
		bounce_span_starts(field[BOUNCE_FIELD_X_GENERATED_BY], "mailbox rules") ||
		bounce_span_starts(field[BOUNCE_FIELD_PRECEDENCE], "auto_reply") ||
		subject_says_so(reader);
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
