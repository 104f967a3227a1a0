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
 * The domain of an address, or NONE: where no remote host is named, for the rules of one
 * provider, it is whoever serves that, which providers do by themselves.
 */
BounceSpan
bounce_domain_of(BounceSpan address)
{
	size_t		at = address.len;

	while (at > 0 && address.ptr[at - 1] != '@')
		at--;
	if (at == 0)
		return BOUNCE_SPAN_NONE;
	return bounce_span_make(address.ptr + at, address.len - at);
}

/*
 * A delay has no outcome, so it is never hard nor soft.  Its reason is what keeps
 * the mail, where the server's words tell that; a refusal that would be final is
 * not believed, since somebody still tries.
 */
static void
by_delay(const BounceEvidence *evidence, BounceVerdict *verdict)
{
	bounce_verdict_decide_failed(evidence, verdict);
	if (verdict->class == BOUNCE_CLASS_HARD || verdict->reason == BOUNCE_REASON_UNDETERMINED ||
		verdict->reason == BOUNCE_REASON_TEMPORARY || verdict->reason == BOUNCE_REASON_EXPIRED)
		by_kind(verdict, BOUNCE_REASON_DELAYED, "kind.delayed");
	verdict->class = BOUNCE_CLASS_OTHER;
	verdict->instant = false;
}

/*
 * What a feedback loop tells: somebody took our mail for spam (RFC 5965), or for
 * none after all (RFC 6430); or nobody did, but a program found that the mail was
 * not authenticated (RFC 6591).
 */
static void
by_feedback(BounceSpan type, BounceVerdict *verdict)
{
	if (bounce_span_is(type, "not-spam"))
		by_kind(verdict, BOUNCE_REASON_NOT_SPAM, "kind.not_spam");
	else if (bounce_span_is(type, "auth-failure"))
		by_kind(verdict, BOUNCE_REASON_AUTH_FAILURE, "kind.auth_failure");
	else
		by_kind(verdict, BOUNCE_REASON_COMPLAINT, "kind.complaint");
}

/*
 * Judge a report; text is its diagnostic as UTF-8, own are the user's rules, or
 * NULL.
 *
 * Only a failure and a delay are judged by their words: an automatic reply or a
 * complaint quotes all sorts of things.
 */
void
bounce_report_judge(const BounceReport *report, BounceSpan text,
					const struct BounceRuleSet *own, BounceVerdict *verdict)
{
	BounceEvidence evidence;
	char		code[BOUNCE_ENHANCED_TEXT_SIZE + 5];

	evidence.code = bounce_span_make(code, write_code(&report->code, code));
	evidence.text = text;
	evidence.host = report->remote_mta;
	evidence.domain = bounce_domain_of(report->final_recipient.len > 0 ?
									   report->final_recipient : report->recipient);
	evidence.command = report->command;
	evidence.own = own;
	switch (report->kind)
	{
		case BOUNCE_KIND_FAILED:
			bounce_verdict_decide_failed(&evidence, verdict);
			return;
		case BOUNCE_KIND_DELAYED:
			by_delay(&evidence, verdict);
			return;
		case BOUNCE_KIND_DELIVERED:
			by_kind(verdict, BOUNCE_REASON_DELIVERED, "kind.delivered");
			return;
		case BOUNCE_KIND_AUTOREPLY:
			by_kind(verdict, BOUNCE_REASON_AUTO_REPLY, "kind.auto_reply");
			return;
		case BOUNCE_KIND_COMPLAINT:
			by_feedback(report->feedback_type, verdict);
			return;
		case BOUNCE_KIND_CHALLENGE:
			by_kind(verdict, BOUNCE_REASON_CHALLENGE, "kind.challenge");
			return;
		case BOUNCE_KIND_UNSUBSCRIBE:
			by_kind(verdict, BOUNCE_REASON_UNSUBSCRIBE, "kind.unsubscribe");
			return;
	}
}
