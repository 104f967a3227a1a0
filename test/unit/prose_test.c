/*-------------------------------------------------------------------------
 *
 * prose_test.c
 *	  Tests of src/core/prose.c and answer.c: messages without a
 *	  machine-readable part.
 *
 * test/unit/prose_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "parsed.h"

static const ParsedReport *const first = &parsed.report[0];
static const ParsedReport *const second = &parsed.report[1];

#define EXIM "From: Mailer-Daemon@mx.example\nSubject: Mail delivery failed\n"
#define PLAIN "From: MAILER-DAEMON@mx.example\nSubject: Undelivered mail\n\n"

static void
test_exim(void)
{
	parse(given(EXIM "X-Failed-Recipients: a@b.example,\n c@d.example\n\n"
				"  c@d.example\n    host mx.d.example [192.0.2.1]\n    SMTP error after RCPT TO:<c@d.example>:\n"
				"    550 no such user\n  a@b.example\n    mailbox is full\n"));
	ok(parsed.n == 2, "exim: two recipients");
	is_text(first->recipient, "a@b.example", "exim: in the order of the header");
	is_text(first->diagnostic, "mailbox is full", "exim: each with its own words");
	is_text(second->recipient, "c@d.example", "exim: the second");
	is_text(second->diagnostic, "550 no such user", "exim: the reply from its code on");
	ok(second->code.reply == 550, "exim: its code");
	is_text(second->command, "RCPT", "exim: its stage");

	parse(given(EXIM "X-Failed-Recipients: a@b.example\n\nprose without an address\n"));
	ok(parsed.n == 1 && first->diagnostic == NULL, "exim: nothing said about it");
	parse(given(EXIM "X-Failed-Recipients: nobody\n\nprose\n"));
	ok(parsed.n == 0, "exim: a header that names nobody");
	parse(given(EXIM "X-Failed-Recipients: a@b.example, c@d.exam"));
	ok(parsed.n == 1, "exim: half of the second address is nobody");
	parse(given(EXIM "X-Failed-Recipients: a@b.example, c@d."));
	ok(parsed.n == 1, "exim: even when it is cut at a dot");
	parse(given(EXIM "X-Failed-Recipients: a@b.example, c@d.example\n"));
	ok(parsed.n == 2, "exim: a whole one is somebody");
	parse(given("From: Mailer-Daemon@mx.example\nSubject: Warning: message delayed 24 hours\n"
				"X-Failed-Recipients: a@b.example\n\n"));
	ok(parsed.n == 1 && first->kind == BOUNCE_KIND_DELAYED && first->class != BOUNCE_CLASS_HARD,
	   "exim: a warning is no failure");
}

static void
test_entries(void)
{
	parse(given(PLAIN "<a@b.example>: 550 no such user\n\n<c@d.example>: mailbox full\n"));
	ok(parsed.n == 2, "plain: two entries");
	parse(given(PLAIN "<a@b.example>: is what you wrote to\n"));
	ok(parsed.n == 1 && first->reason == BOUNCE_REASON_UNDETERMINED && first->class != BOUNCE_CLASS_HARD,
	   "plain: an entry without a reason that is known");
	parse(given(PLAIN "<a@b.exam"));
	ok(parsed.n == 0, "plain: half of an address is nobody");
	parse(given("From: a@b.example\nSubject: Undelivered mail\n\n<a@b.example>: 550 no such user\n"));
	ok(parsed.n == 0, "plain: no mail system wrote it");
	parse(given(PLAIN "There was an error delivering your mail to <a@b.example>.\n\n550 no such user\n\n"
				"--- Original message ---\n\nFrom: x@y.example\nTo: a@b.example\n"));
	ok(parsed.n == 1, "plain: a sentence that names whom the mail was for");
	is_text(first->recipient, "a@b.example", "plain: the one in it");
	parse(given(PLAIN "There was an error delivering your mail to <a@b.example>.\n\n550 no such user\n"));
	ok(parsed.n == 1, "plain: a sentence alone, of a mail system");
	parse(given("From: a@b.example\nSubject: Undelivered mail\n\n"
				"There was an error delivering your mail to <a@b.example>.\n\n550 no such user\n"));
	ok(parsed.n == 0, "plain: but not of anybody");
	parse(given(PLAIN "<a@b.example>: 550 no such user\n\n--- Below this line is a copy of the message.\n\n"
				"<c@d.example>: 550 no such user\n"));
	ok(parsed.n == 1, "plain: what was in our mail is no entry");
}

/* What was in our mail is nobody's fault, whether its header came back or not. */
static void
test_quoted(void)
{
	static const struct
	{
		const char *text;
		const char *recipient;
		BounceReason reason;
		const char *name;
	}			cases[] =
	{
		{"Your mail to a@b.example could not be delivered: mailbox full.\n\nYour message:\n\n"
			"c@d.example: 550 5.1.1 no such user\n",
		"a@b.example", BOUNCE_REASON_MAILBOX_FULL, "an entry in it"},
		{"Your mail to a@b.example could not be delivered: mailbox full.\n\nThe text of your message was:\n\n"
			"> c@d.example: 550 5.1.1 no such user\n",
		"a@b.example", BOUNCE_REASON_MAILBOX_FULL, "with marks of a quotation"},
		{"The mailbox of a@b.example is full.\n\nYou wrote:\n\n550 5.1.1 no such user\n",
		"a@b.example", BOUNCE_REASON_MAILBOX_FULL, "a reply in it"},
		{"Your mail to a@b.example could not be delivered: mailbox full.\n\n--- Your message ---\n\n"
			"<c@d.example>: 550 5.1.1 no such user\n",
		"a@b.example", BOUNCE_REASON_MAILBOX_FULL, "below a rule"},
		{"Your message:\n\n  Subject: news\n\ncould not be delivered to:\n\n  a@b.example: mailbox full\n",
		"a@b.example", BOUNCE_REASON_MAILBOX_FULL, "but the notice may begin so"},
		{"Delivery failed.\n\nYour message:\n\n  Subject: news\n\nwas not delivered to:\n\n"
			"  a@b.example: mailbox full\n",
		"a@b.example", BOUNCE_REASON_MAILBOX_FULL, "or go on behind the fields"},
		{"   ** YOU DO NOT NEED TO RESEND YOUR MESSAGE **\n\nDelivery failed.\n\n<a@b.example>: mailbox full\n",
		"a@b.example", BOUNCE_REASON_MAILBOX_FULL, "a sentence in a frame announces nothing"},
		{"Delivery failed. These people did not get your message:\n\n  a@b.example: mailbox full\n",
		"a@b.example", BOUNCE_REASON_MAILBOX_FULL, "nor does one that ends so"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		message[2048];

		snprintf(message, sizeof(message), "%s%s", PLAIN, cases[i].text);
		parse(given(message));
		ok(parsed.n == 1 && first->reason == cases[i].reason, "our text: %s", cases[i].name);
		is_text(first->recipient, cases[i].recipient, "our text: who, %s", cases[i].name);
	}
}

/* A reason in the subject counts where the subject is the mail system's. */
static void
test_subject(void)
{
#define NAMELESS "\n\nYour message could not be delivered to a@b.example.\n"
#define RETURNED "\n--- Original message ---\n\nFrom: x@y.example\nSubject: "
	static const struct
	{
		const char *subject;
		BounceReason reason;
	}			cases[] =
	{
		{"Mailbox full" NAMELESS, BOUNCE_REASON_MAILBOX_FULL},
		{"Returned mail: mailbox full" NAMELESS, BOUNCE_REASON_MAILBOX_FULL},
		{"Undeliverable mail, mailbox full" NAMELESS, BOUNCE_REASON_MAILBOX_FULL},
		{"Undeliverable: mailbox full" NAMELESS, BOUNCE_REASON_UNDETERMINED},
		{"Undeliverable mailbox full of offers" NAMELESS, BOUNCE_REASON_UNDETERMINED},
		{"Undeliverable - mailbox full" NAMELESS, BOUNCE_REASON_UNDETERMINED},
		{"\xE6\x9C\xAA\xE9\x81\x94\xEF\xBC\x9AMailbox full" NAMELESS, BOUNCE_REASON_UNDETERMINED},
		{"Delivery failed mailbox full" NAMELESS RETURNED "Mailbox full\n", BOUNCE_REASON_UNDETERMINED},
		{"Delivery failed mailbox full" NAMELESS RETURNED "=?utf-8?q?Mailbox_full?=\n", BOUNCE_REASON_UNDETERMINED},
		{"Delivery failed mailbox full" NAMELESS RETURNED "News\n", BOUNCE_REASON_MAILBOX_FULL}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		message[2048];

		snprintf(message, sizeof(message), "From: MAILER-DAEMON@mx.example\nSubject: %s", cases[i].subject);
		parse(given(message));
		ok(parsed.n == 1 && first->reason == cases[i].reason, "subject: %.40s", cases[i].subject);
	}
}

/* Who failed and who did not, "a@b.example+|c@d.example-|". */
static const char *
fates(void)
{
	static char joined[1024];
	size_t		n = 0;

	joined[0] = '\0';
	for (int i = 0; i < parsed.n && i < PARSED_MAX; i++)
		n += (size_t) snprintf(joined + n, sizeof(joined) - n, "%s%c|", parsed.report[i].recipient,
							   parsed.report[i].kind == BOUNCE_KIND_FAILED ? '-' :
							   parsed.report[i].kind == BOUNCE_KIND_DELIVERED ? '+' : '?');
	return joined;
}

static void
test_outcomes(void)
{
	static const struct
	{
		const char *text;
		const char *fates;
		const char *name;
	}			cases[] =
	{
		{"Your message was delivered to the following recipients:\n\n  a@b.example\n  c@d.example\n\n"
			"It could not be delivered to:\n\n  e@f.example\n",
		"a@b.example+|c@d.example+|e@f.example-|", "two lists"},
		{"Your message could not be delivered to:\n\n  e@f.example: 550 no such user\n\n"
			"It was delivered to\nthe following recipients:\n\n  a@b.example\n",
		"e@f.example-|a@b.example+|", "the other way round, over two lines"},
		{"Delivered to:\n  a@b.example\nCould not be delivered to:\n  c@d.example\n",
		"a@b.example+|c@d.example-|", "headings without empty lines"},
		{"Some of your mail could not be delivered. It was delivered to the following recipients:\n\n"
			"  a@b.example\n\nThese would have nothing to do with it:\n\n  c@d.example\n",
		"a@b.example+|c@d.example-|", "a heading that says nothing does not go on"},
		{"Delivered to:\n\n  a@b.example\n\nReason: the mailbox is full\n",
		"a@b.example-|", "nor is what has a reason below it delivered"},
		{"Delivered to:\n\n  a@b.example: 550 5.1.1 no such user\n",
		"a@b.example-|", "or a reply behind it"},
		{"Your message was delivered to the following recipients, but was not delivered to others:\n\n"
			"  a@b.example\n  c@d.example\n",
		"", "a list that may be either is nobody's"},
		{"a@b.example: delivered\nc@d.example: failed\n",
		"a@b.example+|c@d.example-|", "each with a word"},
		{"  a@b.example    OK\n  c@d.example    FAILED\n",
		"a@b.example+|c@d.example-|", "in a table"},
		{"a@b.example: delivered back to you\nc@d.example: delivered, but not read\n",
		"a@b.example+|c@d.example-|", "words behind the word"},
		{"a@b.example sent a message\nc@d.example: failed\n",
		"c@d.example-|", "a sentence is no table"},
		{"Your mail was delivered to a@b.example but could not be delivered to c@d.example.\n",
		"a@b.example+|c@d.example-|", "two outcomes in one sentence"},
		{"Your mail could not be delivered to c@d.example; it was delivered to a@b.example.\n",
		"c@d.example-|a@b.example+|", "parted by a semicolon"},
		{"Your mail has been delivered to a@b.example.\n\nIt could not be delivered to c@d.example.\n",
		"a@b.example+|c@d.example-|", "in two paragraphs"},
		{"Your mail was delivered to a.but.ma@b.example and could not be delivered to c@d.example.\n",
		"a.but.ma@b.example+|c@d.example-|", "words within an address part nothing"},
		{"Your mail could not be delivered to a@b.example.\n",
		"a@b.example-|", "one outcome"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		message[2048];

		snprintf(message, sizeof(message), "%s%s", PLAIN, cases[i].text);
		parse(given(message));
		is_text(fates(), cases[i].fates, "outcomes: %s", cases[i].name);
	}
}

static void
test_autoreply(void)
{
	static const struct
	{
		const char *header;
		bool		reply;
		const char *name;
	}			cases[] =
	{
		{"Auto-Submitted: auto-replied", true, "RFC 3834"},
		{"auto-submitted: Auto-Replied (vacation)", true, "in other letters, with a comment"},
		{"Auto-Submitted: auto-generated", false, "generated is not replied"},
		{"Auto-Submitted: no", false, "sent by a person"},
		{"X-Autoreply: yes", true, "an older field"},
		{"X-Autorespond: x", true, "another one"},
		{"Precedence: auto_reply", true, "a precedence"},
		{"Precedence: bulk", false, "another precedence"},
		{"Subject: Out of Office: Re: autumn", true, "a subject"},
		{"Subject: =?utf-8?q?R=C3=A9ponse_automatique?= : x", true, "an encoded one"},
		{"Subject: =?utf-8?q?Abwesen?=\n =?utf-8?b?aGVpdA==?=", true, "in two words, folded"},
		{"Subject: Re: Out of Office", false, "a person who answers that"},
		{"Subject: =?utf-8?q?Abwesen", false, "an encoded one that is cut"},
		{"Subject:", false, "no subject"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		message[512];

		snprintf(message, sizeof(message), "From: A <a@b.example>\n%s\n\nx\n", cases[i].header);
		parse(given(message));
		ok((parsed.n == 1) == cases[i].reply, "autoreply: %s", cases[i].name);
		ok(parsed.n == 0 || (first->kind == BOUNCE_KIND_AUTOREPLY && first->class != BOUNCE_CLASS_HARD),
		   "autoreply: and never hard");
	}
}

/* Where a limit falls within an address, nobody is named. */
static void
test_clipped(void)
{
	for (int off = 0; off <= 12; off++)
	{
		/* a display name as long as a value may be, then the address */
		size_t		pad = BOUNCE_MAX_VALUE - 4 - (size_t) off;
		BounceSpan	from = given_run("Auto-Submitted: auto-replied\nFrom: ", 'x', pad, " <a@b.example>\n\nx\n");

		parse(from);
		ok(parsed.n == 1 && (first->recipient == NULL || strcmp(first->recipient, "a@b.example") == 0),
		   "a long value that is clipped within an address, %d octets behind", off);
	}
	for (int off = 0; off <= 12; off++)
	{
		/* the same for the returned mail inside of a long text */
		size_t		pad = BOUNCE_NOTICE_WINDOW - 44 - (size_t) off;
		BounceSpan	text = given_run(EXIM "X-Failed-Recipients: x@y.example\n\n--- Below this line is a copy\nX: ",
									 'x', pad, "\nFrom: a@b.example\nTo: a@b.example\n\nx\n");

		parse(text);
		ok(parsed.n == 1 && (first->original_sender == NULL ||
							 strcmp(first->original_sender, "a@b.example") == 0),
		   "a returned mail that is clipped within an address, %d octets behind", off);
	}
}

/* What is said of one recipient is not said of another. */
static void
test_others(void)
{
	parse(given(PLAIN "<jane@b.example>: deferred too long\n<bob@b.example>: rejected\n\n"
				"550 5.1.1 <bob@b.example>: User unknown\n"));
	ok(parsed.n == 2, "others: two recipients");
	ok(first->class != BOUNCE_CLASS_HARD, "others: a reply that names the second is not the first's");
	ok(second->reason == BOUNCE_REASON_USER_UNKNOWN, "others: but the second's");
	parse(given("From: MAILER-DAEMON@b.example\nSubject: Returned mail\n\n"
				"   ----- The following addresses had permanent fatal errors -----\n<jane@b.example>\n<bob@b.example>\n\n"
				"   ----- Transcript of session follows -----\n... while talking to mx.b.example.:\n"
				">>> RCPT To:<jane@b.example>\n<<< 550 5.7.1 blocked using spamhaus\n"
				">>> RCPT To:<bob@b.example>\n<<< 550 5.1.1 User unknown\n"));
	ok(first->reason == BOUNCE_REASON_SPAM_BLOCK, "others: the answer to the first's RCPT");
	ok(second->reason == BOUNCE_REASON_USER_UNKNOWN, "others: and to the second's");
	is_text(second->diagnostic, "550 5.1.1 User unknown", "others: to the end of the reply");
	parse(given("From: MAILER-DAEMON@b.example\nSubject: Undelivered: this user does not exist, a novel\n\n"
				"could not be delivered to jane@b.example\n"));
	ok(first->class != BOUNCE_CLASS_HARD, "others: nor is the subject of our mail a reason");
	parse(given(PLAIN "<jane@b.example>: 250 2.0.0 ok\n\n<bob@b.example>: 550 5.1.1 User unknown\n"));
	ok(first->kind == BOUNCE_KIND_DELIVERED, "others: one may have got it");
	parse(given(PLAIN "<jane@b.example>: lost connection after 250 2.1.5 Recipient ok\n"));
	ok(first->kind == BOUNCE_KIND_FAILED, "others: what was said before is no reply");
	parse(given("From: MAILER-DAEMON@b.example\nSubject: failure\nX-Failed-Recipients: bob@b.example, ann@b.example\n\n"
				"Undeliverable.\n\nann@b.example could not be reached\n\n452 4.2.2 mailbox full\n\n"
				"bob@b.example could not be reached\n\n550 5.1.1 User unknown\n"));
	ok(second->reason == BOUNCE_REASON_MAILBOX_FULL, "others: what is nearer, in whatever order");
	parse(given("From: MAILER-DAEMON@b.example\nSubject: Returned mail: see transcript for details\n\n"
				"   ----- The following addresses had permanent fatal errors -----\n<ann@b.example>\n<bob@d.example>\n\n"
				"   ----- Transcript of session follows -----\n550 5.1.1 <ann@b.example>... User unknown\n"
				"451 4.4.1 <bob@d.example>... Deferred: Connection timed out\n"));
	ok(first->class == BOUNCE_CLASS_HARD && second->class != BOUNCE_CLASS_HARD, "others: a transcript that names both");
	parse(given(PLAIN "<jane@b.example>\n\n550 5.1.1 <bob@b.example>: User unknown\n\n<bob@b.example>\n\nsee above\n"));
	ok(first->class != BOUNCE_CLASS_HARD, "others: nor the next paragraph, when it names another");
	parse(given("From: MAILER-DAEMON@b.example\nSubject: Undelivered mail\nTo: crm@s.example\n\n"
				"Your message could not be delivered: user unknown.\n\n------ This is a copy of the message. ------\n\n"
				"Delivered-To: crm@s.example\nFrom: crm@s.example\nTo: a@b.example, c@d.example\nSubject: x\n\n"));
	ok(parsed.n == 0 || first->recipient == NULL || strcmp(first->recipient, "crm@s.example") != 0,
	   "others: we ourselves were not mailed");
	parse(given("From: Bob Postmaster <bob@b.example>\nReturn-Path: <bob@b.example>\nSubject: Re: Undelivered mail\n\n"
				"Your mail to jane@b.example could not be delivered: user unknown. I have mended that.\n"));
	ok(parsed.n == 0, "others: a letter of a man of that name");
	parse(given("From: crew-bounces@b.example\nReturn-Path: <crew-bounces@b.example>\nList-Id: <crew.b.example>\n"
				"Subject: Re: bounces\n\nMy mail could not be delivered to jane@b.example: user unknown\n"));
	ok(parsed.n == 0, "others: what a list distributes");
}

int
main(void)
{
	test_exim();
	test_clipped();
	test_entries();
	test_quoted();
	test_subject();
	test_outcomes();
	test_autoreply();
	test_others();
	return done_testing();
}
