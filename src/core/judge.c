/*-------------------------------------------------------------------------
 *
 * judge.c
 *	  The verdict on a whole report: its kind first, then the server's words.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/judge.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/judge.h"

/* A verdict that follows from the kind alone. */
static void
by_kind(BounceVerdict *verdict, BounceReason reason, const char *rule)
{
	verdict->class = bounce_reason_table[reason].class;
	verdict->reason = reason;
	verdict->instant = false;
	verdict->rule = rule;
}

/* Write the codes of a report as one text, "550 5.1.1". */
static size_t
write_code(const BounceCode *code, char *buf)
{
	size_t		n = 0;

	if (code->reply >= 100 && code->reply <= 999)
	{
		buf[n++] = (char) ('0' + code->reply / 100);
		buf[n++] = (char) ('0' + code->reply / 10 % 10);
		buf[n++] = (char) ('0' + code->reply % 10);
		if (code->enhanced_class != 0)
			buf[n++] = ' ';
	}
	if (code->enhanced_class != 0)
		n += bounce_enhanced_write(code, buf + n);
	return n;
}

/*
 * Judge a report; text is its diagnostic as UTF-8.
 *
 * Only a failure is judged by its words: a server that still tries, an
 * automatic reply or a complaint quote all sorts of things.
 */
void
bounce_report_judge(const BounceReport *report, BounceSpan text, BounceVerdict *verdict)
{
	BounceEvidence evidence;
	char		code[BOUNCE_ENHANCED_TEXT_SIZE + 5];

	switch (report->kind)
	{
		case BOUNCE_KIND_DELAYED:
			by_kind(verdict, BOUNCE_REASON_DELAYED, "kind.delayed");
			return;
		case BOUNCE_KIND_DELIVERED:
			by_kind(verdict, BOUNCE_REASON_DELIVERED, "kind.delivered");
			return;
		case BOUNCE_KIND_AUTOREPLY:
			by_kind(verdict, BOUNCE_REASON_AUTO_REPLY, "kind.auto_reply");
			return;
		case BOUNCE_KIND_COMPLAINT:
			if (bounce_span_is(report->feedback_type, "not-spam"))
				by_kind(verdict, BOUNCE_REASON_NOT_SPAM, "kind.not_spam");
			else
				by_kind(verdict, BOUNCE_REASON_COMPLAINT, "kind.complaint");
			return;
		case BOUNCE_KIND_CHALLENGE:
			by_kind(verdict, BOUNCE_REASON_CHALLENGE, "kind.challenge");
			return;
		case BOUNCE_KIND_UNSUBSCRIBE:
			by_kind(verdict, BOUNCE_REASON_UNSUBSCRIBE, "kind.unsubscribe");
			return;
		case BOUNCE_KIND_FAILED:
			break;
	}
	evidence.code = bounce_span_make(code, write_code(&report->code, code));
	evidence.text = text;
	evidence.host = report->remote_mta;
	evidence.command = report->command;
	bounce_verdict_decide_failed(&evidence, verdict);
}
