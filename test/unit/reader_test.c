/*-------------------------------------------------------------------------
 *
 * reader_test.c
 *	  Tests of src/core/reader.c: which format reads a message, what all its
 *	  reports have in common, and that ordinary mail gives none.
 *
 * test/unit/reader_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "parsed.h"

static const ParsedReport *const first = &parsed.report[0];

static void
test_ordinary(void)
{
	static const struct
	{
		const char *message;
		const char *name;
	}			cases[] =
	{
		{"", "nothing"},
		{"\n\n\n", "empty lines"},
		{"From: bob@b.example\nSubject: hello\n\nhello\n", "a letter"},
		{"From: bob@b.example\nSubject: Re: failure\n\n<a@b.example>: 550 no such user\n", "a letter about a bounce"},
		{"From: MAILER-DAEMON@b.example\nSubject: hello\n\n<a@b.example>: wrote you a letter\n", "a letter of a program"},
		{"From: bob@b.example\nSubject: x\nAuto-Submitted: auto-generated\n\nx\n", "a program's mail that answers nothing"},
		{"From: bob@b.example\nSubject: x\nX-Auto-Response-Suppress: All\n\nx\n", "mail that wants no answer"},
		{"From: bob@b.example\nPrecedence: list\nSubject: x\n\nx\n", "a mailing list"},
		{"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/rfc822\n\n"
			"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n--b--\n",
		"a bounce that somebody forwards"},
		{"Content-Type: text/plain\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n", "a report that is only quoted"},
		{"From: a@b.example\nSubject: Re: Out of Office\n\nSo when are you back?\n", "an answer to an automatic reply"},
		{"From: a@b.example\nSubject: Out of office? Read on\nList-Unsubscribe: <mailto:u@b.example>\n\nx\n", "a newsletter about absence"},
		{"From: a@b.example\nSubject: Please verify your email address\n\nTo prove that you are a person, click here.\n",
		"a site that wants an address confirmed"},
		{"From: a@b.example\nSubject: x\n\nPlease unsubscribe the old address and send the price list to me.\n", "a letter that also speaks of the list"},
		{"From: a@b.example\nSubject: x\n\nRemove me?\n\nNo, I would rather stay.\n", "a question"},
		{"From: a@b.example\nSubject: Re: x\n\n> Unsubscribe\n\nThis was a nice letter.\n", "our own footer, quoted"},
		{"From: a@b.example\nSubject: please stop the delivery\n\nx\n", "a letter about a delivery"},
		{"From: a@b.example\nSubject: Fwd: Undelivered mail\n\nRemove me from your list.\n\n"
		"> Your message could not be delivered to c@d.example\n", "a bounce that somebody hands on"},
		{"From: a@b.example\nSubject: unsubscribe\nX: y", "a header that breaks off"},
		{"From: postmaster@b.example\nSubject: Spam Quarantine Summary\n\n<c@d.example>: 550 no such user\n", "a list of mail that was held back"},
		{"\377\376\000\001 x", "binary"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(parse(given(cases[i].message)) == 0 && !parsed.endless, "no report: %s", cases[i].name);
	ok(parse(BOUNCE_SPAN_NONE) == 0, "no report: the unknown");
	ok(parse(given_literal("From: a\0\n\n\0")) == 0, "no report: NUL");
}

static void
test_formats(void)
{
	static const struct
	{
		const char *message;
		const char *format;
		BounceKind	kind;
		const char *recipient;
	}			cases[] =
	{
		{"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n",
		"rfc3464", BOUNCE_KIND_FAILED, "a@b.example"},
		{"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: a@b.example\n",
		"rfc5965", BOUNCE_KIND_COMPLAINT, "a@b.example"},
		{"Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; a@b.example\n"
		"Disposition: manual-action/MDN-sent-manually; displayed\n",
		"rfc8098", BOUNCE_KIND_DELIVERED, "a@b.example"},
		{"From: Mailer-Daemon@c.example\nSubject: Mail failed\nX-Failed-Recipients: a@b.example\n\n"
		"  a@b.example\n    550 no such user\n", "exim", BOUNCE_KIND_FAILED, "a@b.example"},
		{"From: x@c.example\n\nHi. This is the qmail-send program.\n\n<a@b.example>:\nno such user\n",
		"qmail", BOUNCE_KIND_FAILED, "a@b.example"},
		{"From: MAILER-DAEMON@c.example\nSubject: Undelivered mail\n\n<a@b.example>: 550 no such user\n",
		"plain", BOUNCE_KIND_FAILED, "a@b.example"},
		{"From: A <a@b.example>\nSubject: x\nAuto-Submitted: auto-replied\n\nI am away.\n",
		"autoreply", BOUNCE_KIND_AUTOREPLY, "a@b.example"},
		{"From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.1\n"
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
		"X-HmXmrOriginalRecipient: a@b.example\nFrom: x@s.example\nTo: y@s.example\n\nx\n--b--\n",
		"jmrp", BOUNCE_KIND_COMPLAINT, "a@b.example"},
		{"From: A <a@b.example>\nSubject: Re: x\nIn-Reply-To: <1@s.example>\n\n"
		"Your message is being held until you confirm that you are a person.\n",
		"challenge", BOUNCE_KIND_CHALLENGE, "a@b.example"},
		{"From: Guard <guard@c.example>\nSubject: Verification required for your message to a@b.example\n"
		"Auto-Submitted: auto-generated\n\nx\n", "challenge", BOUNCE_KIND_CHALLENGE, "a@b.example"},
		{"From: A <a@b.example>\nSubject: unsubscribe 4711-xyz\n\n\n",
		"unsubscribe", BOUNCE_KIND_UNSUBSCRIBE, "a@b.example"},
		{"From: A <a@b.example>\nSubject: Re: September\n\nPlease take me off your list, thank you!\n\nA\n\n> Dear A,\n",
		"unsubscribe", BOUNCE_KIND_UNSUBSCRIBE, "a@b.example"},
		{"From: A <a@b.example>\nReturn-Path: <>\nIn-Reply-To: <1@s.example>\nSubject: Re: x\n\nx\n",
		"autoreply", BOUNCE_KIND_AUTOREPLY, "a@b.example"},
		{"From: A <a@b.example>\nSubject: [desk #12] AutoReply: x\n\nx\n",
		"autoreply", BOUNCE_KIND_AUTOREPLY, "a@b.example"},
		{"From: A <a@b.example>\nAuto-Submitted: auto-generated\nIn-Reply-To: <1@s.example>\n\nx\n",
		"autoreply", BOUNCE_KIND_AUTOREPLY, "a@b.example"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		ok(parse(given(cases[i].message)) == 1, "%s: one report", cases[i].format);
		is_text(first->format, cases[i].format, "%s: its format", cases[i].format);
		ok(first->kind == cases[i].kind, "%s: its kind", cases[i].format);
		is_text(first->recipient, cases[i].recipient, "%s: its recipient", cases[i].format);
		ok(!first->truncated, "%s: nothing is lost", cases[i].format);
	}
}

static void
test_common(void)
{
	parse(given("From mailer Sun Nov 22 20:32:36 2026\nFrom: MAILER-DAEMON@c.example\n"
				"Date: Sun, 22 Nov 2026 20:32:36 +0000\nMessage-ID:\n <1@c.example>\nTo: \"x, y\" <token@s.example>\n"
				"Content-Type: multipart/report; boundary=b\n\n--b\n\nprose\n\n--b\n"
				"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n\n--b\n"
				"Content-Type: message/rfc822\n\nFrom: News <news@s.example>\nTo: a@b.example\nSubject: =?utf-8?q?x?=\n y\n"
				"Date: Sat, 21 Nov 2026 00:00:00 +0000\nMessage-ID: <2@s.example>\nX-Campaign: autumn\n\nbody\n\n--b--\n"));
	ok(parsed.n == 1, "one report of a message in an mbox");
	is_text(first->message_id, "<1@c.example>", "the message id, unfolded");
	is_text(first->return_path, "token@s.example", "where the bounce went");
	is_text(first->original_message_id, "<2@s.example>", "the id of what came back");
	is_text(first->original_sender, "news@s.example", "its sender");
	is_text(first->original_subject, "=?utf-8?q?x?=\n y", "its subject, as it came");
	is_text(first->campaign, "autumn", "its campaign");
	ok(first->happened_at.known && first->happened_at.seconds == INT64_C(1795379556), "when");

	parse(given("From: a@b.example\nDelivered-To: \"to k\"@s.example\nTo: x@y.example\nAuto-Submitted: auto-replied\n"
				"In-Reply-To: <3@s.example>\n\nx"));
	is_text(first->return_path, "\"to k\"@s.example", "the envelope's recipient goes before the header's");
	is_text(first->original_message_id, "<3@s.example>", "what a reply answers");

	parse(given("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
				"Feedback-Type: abuse\n\n--b\nContent-Type: text/rfc822-headers\n\nTo: a@b.example\n"
				"Feedback-ID: autumn:42:news:s\n\n--b--\n"));
	is_text(first->campaign, "autumn", "the campaign of a Feedback-ID");
	parse(given("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
				"Feedback-Type: abuse\n\n--b\nContent-Type: text/rfc822-headers\n\nTo: a@b.example\n"
				"Feedback-ID: 1.region.key:service\n\n--b--\n"));
	is_text(first->campaign, NULL, "an account is no campaign");
	parse(given("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
				"Feedback-Type: abuse\n\n--b\nContent-Type: text/rfc822-headers\n\nTo: undisclosed-recipients:;\n"
				"Received: from x by y\n with ESMTP id 42\n for <a@b.example>; Sun, 22 Nov 2026 20:32:36 +0000\n\n--b--\n"));
	is_text(first->recipient, "a@b.example", "who complains, by the server that took the mail");
	parse(given("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
				"Feedback-Type: abuse\n\n--b\nContent-Type: text/rfc822-headers\n\nTo: a@b.example, c@d.example\n"
				"Delivered-To: c@d.example\n\n--b--\n"));
	is_text(first->recipient, "c@d.example", "or by the delivery");
	parse(given("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
				"Feedback-Type: abuse\n\n--b\nContent-Type: text/rfc822-headers\n\nTo: a@b.example\n"
				"X-Job: 4711\nFeedback-ID: ::x:s\n\n--b--\n"));
	is_text(first->campaign, "4711", "the number of a mailing");
	is_text(first->recipient, "a@b.example", "who complains, by the mail that came back");
}

/* A feedback loop may name several, and somebody to be removed. */
static void
test_feedback(void)
{
	parse(given("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
				"Feedback-Type: abuse\nOriginal-Rcpt-To: a@b.example\nOriginal-Rcpt-To: <c@d.example>\n"
				"Source-IP: 192.0.2.1\nORIGINAL-RCPT-TO: nobody\nOriginal-Rcpt-To: e@f.example\n\n--b--\n"));
	ok(parsed.n == 3, "feedback: a report for each recipient");
	is_text(parsed.report[0].recipient, "a@b.example", "feedback: the first");
	is_text(parsed.report[1].recipient, "c@d.example", "feedback: the second");
	is_text(parsed.report[2].recipient, "e@f.example", "feedback: the last");
	is_text(parsed.report[2].feedback_type, "abuse", "feedback: of the same type");
	ok(parsed.report[2].kind == BOUNCE_KIND_COMPLAINT, "feedback: complaints all");
	parse(given("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
				"Feedback-Type: opt-out\nRemoval-Recipient: a@b.example\n\n--b--\n"));
	ok(parsed.n == 1, "feedback: one to be removed");
	is_text(first->recipient, "a@b.example", "feedback: by its field");
	parse(given("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
				"Feedback-Type: auth-failure\nOriginal-Rcpt-To: a@b.example\n\n--b--\n"));
	ok(first->reason == BOUNCE_REASON_AUTH_FAILURE, "feedback: a program's finding is no complaint");
	parse(given("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
				"Feedback-Type: abuse\n\n--b\nContent-Type: message/rfc822\n\n"
				"Return-Path: <news+a=b.example@s.example>\nTo: redacted@b.example\n\nx\n--b--\n"));
	is_text(first->recipient, "a@b.example", "feedback: by the return path of a mail without a name");
}

/* An encoded notice, so long that only its beginning is kept. */
static void
test_notice_limit(void)
{
	for (int off = -1; off <= 1; off += 2)
	{
		size_t		pad = BOUNCE_MAX_NOTICE + (size_t) (off * 100);

		parse(given_run("From: MAILER-DAEMON\nSubject: Delivery failure\nContent-Transfer-Encoding: quoted-printable\n\n",
						'\n', pad, "<a@b.example>: 550 no such user\n"));
		ok(parsed.n == (off < 0 ? 1 : 0), "an entry %s what is kept of an encoded notice",
		   off < 0 ? "within" : "beyond");
	}
}

/* Too deep a message says so in its reports. */
static void
test_depth(void)
{
	static char message[8192];
	size_t		n = 0;

	n += (size_t) sprintf(message + n, "Content-Type: multipart/mixed; boundary=a\n\n--a\n"
						  "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n\n--a\n");
	for (int i = 0; i < BOUNCE_MAX_DEPTH; i++)
		n += (size_t) sprintf(message + n, "Content-Type: multipart/mixed; boundary=b%d-\n\n--b%d-\n", i, i);
	parse(given_bytes(message, n));
	ok(parsed.n == 1 && first->truncated, "a message that is nested too deep is marked");
}

int
main(void)
{
	test_ordinary();
	test_formats();
	test_common();
	test_feedback();
	test_notice_limit();
	test_depth();
	return done_testing();
}
