/*-------------------------------------------------------------------------
 *
 * verdict_test.c
 *	  Verdicts: the traps that servers set, and what never may happen whatever
 *	  the text.
 *
 * test/unit/verdict_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/match.h"
#include "core/verdict.h"
#include "rules/rule_rows.h"

#include "boilerplate_cases.h"
#include "guard_page.h"
#include "innocent_cases.h"
#include "tap.h"
#include "verdict_cases.h"

/* Longest input of this test. */
#define MAX_INPUT (4 * BOUNCE_FOLD_LOOK)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define NO_EVIDENCE {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, NULL}

static GuardPage guard;

static const char *const class_names[BOUNCE_CLASS_COUNT] = {
	"hard", "soft", "other"
};

static BounceSpan
span(const char *text)
{
	return bounce_span_make(text, strlen(text));
}

static BounceVerdict
decide_at(const char *code, const char *text, const char *host,
		  const char *command)
{
	BounceEvidence evidence;
	BounceVerdict verdict;
	size_t		len = strlen(text);

	evidence.code = span(code);
	evidence.text = bounce_span_make(guard_page_put(&guard, text, len), len);
	evidence.host = span(host);
	evidence.command = span(command);
	evidence.domain = BOUNCE_SPAN_NONE;
	evidence.own = NULL;
	bounce_verdict_decide(&evidence, &verdict);
	return verdict;
}

static BounceVerdict
decide(const char *code, const char *text)
{
	return decide_at(code, text, "", "");
}

static const char *
reason_name(BounceVerdict verdict)
{
	return bounce_reason_table[verdict.reason].name;
}

/*
 * Words of a dead mailbox, about something else: our own host, our sender, a file
 * that was deleted.  The rules must not take them for it.
 */
static void
test_innocent(void)
{
	for (size_t i = 0; i < COUNT_OF(innocent); i++)
	{
		BounceVerdict verdict = decide("", innocent[i]);

		if (!ok(verdict.class != BOUNCE_CLASS_HARD, "nobody is dead: %s", innocent[i]))
			diag("by %s", verdict.rule);
	}
	for (size_t i = 0; i < COUNT_OF(guilty); i++)
	{
		BounceVerdict verdict = decide("", guilty[i]);

		if (!ok(verdict.class == BOUNCE_CLASS_HARD, "the recipient is dead: %s", guilty[i]))
			diag("got %s by %s", reason_name(verdict), verdict.rule);
	}
	ok(decide("", "550 5.1.1 User unknown (dkim=pass)").class == BOUNCE_CLASS_HARD, "nor saved by a word");
}

static void
test_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(verdict_cases); i++)
	{
		BounceVerdict verdict = decide(verdict_cases[i].code, verdict_cases[i].text);
		bool		good;

		good = strcmp(class_names[verdict.class], verdict_cases[i].class) == 0 &&
			(verdict_cases[i].reason[0] == '\0' ||
			 strcmp(reason_name(verdict), verdict_cases[i].reason) == 0) &&
			(verdict_cases[i].certainty == EITHER ||
			 verdict.instant == (verdict_cases[i].certainty == CERTAIN));
		if (!ok(good, "%s %.70s: %s %s", verdict_cases[i].code, verdict_cases[i].text,
				verdict_cases[i].class, verdict_cases[i].reason))
			diag("got %s %s by %s%s", class_names[verdict.class],
				 reason_name(verdict), verdict.rule,
				 verdict.instant ? ", instant" : "");
	}
}

/* The stage decides what a bare code means. */
static void
test_stage(void)
{
	BounceVerdict verdict;

	verdict = decide_at("550", "no", "", "RCPT TO");
	ok(verdict.class == BOUNCE_CLASS_HARD && !verdict.instant,
	   "a bare 550 at RCPT is hard, but not instant");
	verdict = decide_at("550", "no", "", "DATA");
	ok(verdict.class == BOUNCE_CLASS_OTHER, "a bare 550 at DATA is not hard");
	verdict = decide_at("550", "no", "", "end of DATA");
	ok(verdict.class == BOUNCE_CLASS_OTHER,
	   "a bare 550 at the end of data is not hard");
	verdict = decide_at("550", "no", "", "MAIL FROM");
	ok(verdict.reason == BOUNCE_REASON_SENDER_REJECTED,
	   "a bare 550 at MAIL is about the sender");
	verdict = decide_at("554", "", "", "CONNECT");
	ok(verdict.reason == BOUNCE_REASON_SPAM_BLOCK,
	   "a bare 554 in the greeting is a block");
	verdict = decide_at("501", "no", "", "RCPT TO:<a@example.com>");
	ok(verdict.reason == BOUNCE_REASON_BAD_SYNTAX && !verdict.instant,
	   "a bare 501 at RCPT is about the address");
}

/*
 * What stands in every notice of a server decides nothing, neither alone nor
 * around the reason.
 */
static void
test_boilerplate(void)
{
	static const struct
	{
		const char *words;
		BounceReason reason;
	}			said[] = {
		{"User unknown", BOUNCE_REASON_USER_UNKNOWN},
		{"550 5.2.2 Quota exceeded", BOUNCE_REASON_MAILBOX_FULL},
		{"Connection refused", BOUNCE_REASON_NO_ANSWER},
		{"Host or domain name not found", BOUNCE_REASON_BAD_DOMAIN}
	};

	for (size_t i = 0; i < COUNT_OF(boilerplate); i++)
	{
		BounceVerdict verdict = decide("", boilerplate[i]);
		char		text[2048];

		if (!ok(verdict.reason == BOUNCE_REASON_UNDETERMINED,
				"no reason: %.60s", boilerplate[i]))
			diag("got %s by %s", reason_name(verdict), verdict.rule);
		for (size_t k = 0; k < COUNT_OF(said); k++)
		{
			snprintf(text, sizeof(text), "%s <a@example.com>: %s. %s",
					 boilerplate[i], said[k].words, boilerplate[i]);
			verdict = decide("", text);
			if (verdict.reason != said[k].reason)
				ok(false, "\"%s\" is read in spite of: %.60s",
				   said[k].words, boilerplate[i]);
		}
	}
}

static BounceVerdict
decide_failed(const char *code, const char *text)
{
	BounceEvidence evidence = NO_EVIDENCE;
	BounceVerdict verdict;

	evidence.code = span(code);
	evidence.text = span(text);
	bounce_verdict_decide_failed(&evidence, &verdict);
	return verdict;
}

/* What is known to have failed is no success, and a 4yz was the last word. */
static void
test_failed(void)
{
	BounceVerdict verdict;

	verdict = decide_failed("450 4.1.1", "450 4.1.1 <a@example.com>: Recipient "
							"address rejected: User unknown in virtual alias table");
	ok(verdict.class == BOUNCE_CLASS_HARD && !verdict.instant &&
	   verdict.reason == BOUNCE_REASON_USER_UNKNOWN,
	   "unknown user for days is hard, but not instant");
	ok(decide("450 4.1.1", "User unknown").class == BOUNCE_CLASS_SOFT,
	   "a 4yz that may be tried again is not");
	ok(decide_failed("450 4.1.1", "").class == BOUNCE_CLASS_SOFT,
	   "nor is 4.1.1 without words");
	ok(decide_failed("450 4.1.1", "450 4.1.1 <a@example.com>: Recipient address "
					 "rejected: unverified address: host mx.example.com"
					 "[192.0.2.1] said: 550 5.1.1 User unknown").class ==
	   BOUNCE_CLASS_SOFT, "nor a verification that did not come to an end");
	ok(decide_failed("450", "450 mailbox is no longer active").class ==
	   BOUNCE_CLASS_SOFT, "nor any other reason");
	ok(decide_failed("4.4.4", "Host not found").class == BOUNCE_CLASS_SOFT,
	   "nor a name server that did not answer");
	ok(decide_failed("", "250 2.0.0 Ok").reason == BOUNCE_REASON_UNDETERMINED,
	   "a failure with a 2yz in its text is not delivered");
	ok(decide_failed("2.0.0", "Quota exceeded").reason ==
	   BOUNCE_REASON_MAILBOX_FULL, "and its words are read");
	ok(decide_failed("2.0.0", "User unknown").class == BOUNCE_CLASS_SOFT,
	   "but are not believed when they are hard");
}

/* A rule for a host holds there and below, and nowhere else. */
static void
test_host(void)
{
	const char *text = "550 Unknown user x@docomo.ne.jp";

	ok(decide_at("", text, "mfsmax.docomo.ne.jp", "DATA").class ==
	   BOUNCE_CLASS_SOFT, "unknown user after DATA at docomo is a filter");
	ok(decide_at("", text, "MFSMAX.DOCOMO.NE.JP.", "DATA").class ==
	   BOUNCE_CLASS_SOFT, "host names are compared without case and last dot");
	ok(decide_at("", text, "docomo.ne.jp", "DATA").class ==
	   BOUNCE_CLASS_SOFT, "the domain itself is under it");
	ok(decide_at("", text, "notdocomo.ne.jp", "DATA").class ==
	   BOUNCE_CLASS_HARD, "a name that merely ends like it is not");
	ok(decide_at("", text, "mfsmax.docomo.ne.jp", "RCPT").class ==
	   BOUNCE_CLASS_HARD, "at RCPT it is an unknown user there too");
	ok(decide_at("", text, "mx.example.com", "DATA").class ==
	   BOUNCE_CLASS_HARD, "and after DATA at any other host");
}

/* What was said before RCPT cannot be about the recipient. */
static void
test_before_rcpt(void)
{
	ok(decide_at("550", "user unknown", "", "MAIL FROM").reason ==
	   BOUNCE_REASON_SENDER_REJECTED,
	   "unknown user at MAIL is about the sender");
	ok(decide_at("554", "mailbox unavailable", "", "CONNECT").class ==
	   BOUNCE_CLASS_OTHER, "no recipient is refused in the greeting");
	ok(decide_at("556", "domain does not accept mail", "", "CONNECT").reason ==
	   BOUNCE_REASON_NULL_MX, "but a domain may be");
	ok(decide("550", "user unknown (in reply to MAIL FROM command)").class ==
	   BOUNCE_CLASS_OTHER, "the stage is read from the text, too");
}

/* Whatever the words: a code that does not say "never" is not hard. */
static void
test_never_hard(void)
{
	int			hard = 0;

	for (unsigned i = 0; i < bounce_rule_row_count && bounce_rule_rows[i].reason < BOUNCE_REASON_COUNT; i++)
	{
		char		text[1024];
		const char *words = bounce_rule_rows[i].example;
		static const char *const codes[] = {"450", "4.1.1", "250", "2.1.5",
		"421 4.0.0", "451 5.1.1"};

		snprintf(text, sizeof(text), "%s", words);
		for (size_t k = 0; k < COUNT_OF(codes); k++)
		{
			BounceEvidence evidence;
			BounceVerdict verdict;
			BounceCode	said;

			/* An enhanced code alone gives way to a reply in the text. */
			bounce_code_find(span(text), &said);
			if (codes[k][1] == '.' && said.reply != 0)
				continue;
			evidence.code = span(codes[k]);
			evidence.text = span(text);
			evidence.host = span(bounce_rule_rows[i].host);
			evidence.command = span(bounce_rule_rows[i].command);
			evidence.domain = BOUNCE_SPAN_NONE;
			evidence.own = NULL;
			bounce_verdict_decide(&evidence, &verdict);
			if (verdict.class == BOUNCE_CLASS_HARD || verdict.instant)
			{
				hard++;
				diag("%s: %s is hard by %s", codes[k], text, verdict.rule);
			}
		}
	}
	ok(hard == 0, "no text is hard with 2yz or 4yz");
}

/* Only a hard verdict confirms at once; the tables agree with each other. */
static void
test_tables(void)
{
	int			wrong = 0;

	for (int i = 0; i < BOUNCE_REASON_COUNT; i++)
	{
		if (bounce_reason_table[i].instant &&
			bounce_reason_table[i].class != BOUNCE_CLASS_HARD)
			wrong++;
	}
	ok(wrong == 0, "instant reasons are hard");
	for (int reply = 200; reply < 600; reply++)
	{
		char		code[4];
		BounceVerdict verdict;

		snprintf(code, sizeof(code), "%d", reply);
		verdict = decide(code, "");
		if (verdict.rule == NULL || verdict.rule[0] == '\0' ||
			(reply < 500 && verdict.class == BOUNCE_CLASS_HARD))
			wrong++;
	}
	ok(wrong == 0, "every reply code has a verdict");
	for (int i = 0; i < 3 * 12 * 800; i++)
	{
		char		code[16];
		BounceVerdict verdict;
		int			class = i % 3 == 0 ? 2 : i % 3 == 1 ? 4 : 5;

		snprintf(code, sizeof(code), "%d.%d.%d", class, i / 3 % 12, i / 36);
		verdict = decide(code, "");
		if (verdict.rule == NULL || verdict.rule[0] == '\0' ||
			(class < 5 && verdict.class == BOUNCE_CLASS_HARD))
			wrong++;
	}
	ok(wrong == 0, "every enhanced code has a verdict");
}

/* Folding, against what it should be. */
static const struct
{
	const char *text;
	const char *folded;
}			fold_cases[] = {
	{"", " "},
	{"...", " "},
	{"User Unknown", " user unknown "},
	{"<a@example.com>... User unknown", " @ user unknown "},
	{"a@example.com: <b@example.com> no", " @ no "},
	{"550-5.1.1 The account 550-5.1.1 that 550 5.1.1 is", " the account that is "},
	{"550-The 550 user", " the user "},
	{"(#5.1.1)", " "},
	{"doesn't doesn\xE2\x80\x99t doesn`t", " doesnt doesnt doesnt "},
	{"user's d'au", " users d au "},
	{"e-mail E-Mail re-mail", " email email re mail "},
	{"mx.user-unknown.example.com", " mx.user-unknown.example.com "},
	{"see https://example.com/?p=NoSuchUser, please",
	" see https://example.com/?p=nosuchuser please "},
	{"unknown.Please check", " unknown please check "},
	{"[192.0.2.1]", " 192.0.2.1 "},
	{"Empf\xC3\xA4nger gro\xC3\x9F", " empfanger gross "},
	{"\xD0\x9F\xD0\xA0\xD0\xB0", " \xD0\xBF\xD1\x80\xD0\xB0 "},
	{"a\xC2\xA0" "b\xE3\x80\x80" "c", " a b c "},
	{"OFR_416 [416]", " ofr_416 "},
	{"(554.30)", " 554.30 "},
	{"5.1.1.4", " 5.1.1.4 "},
	{"\xC5\x81\xC3\xB3\xC5\xBC \xC4\xB1\xC5\xBE", " loz iz "},
	{"u\xCC\x88" "ber e\xCC\x81", " uber e "},
	{"\xEF\xBC\xB5\xEF\xBD\x93\xEF\xBC\x9A\xEF\xBC\x91", " us 1 "},
	{"\xD0\x81\xD0\x86", " \xD1\x91\xD1\x96 "},
	{"a\tb\r\n c", " a b c "},
};

static void
test_folding(void)
{
	for (size_t i = 0; i < COUNT_OF(fold_cases); i++)
	{
		BounceFolded folded;
		uint16_t	origin[BOUNCE_FOLD_SIZE];
		size_t		len = strlen(fold_cases[i].text);
		bool		rising = true;
		const char *at = guard_page_put(&guard, fold_cases[i].text, len);

		bounce_text_fold(bounce_span_make(at, len), &folded, origin);
		for (size_t k = 1; k < folded.len; k++)
			rising = rising && origin[k] >= origin[k - 1] && origin[k] <= len;
		if (!ok(folded.len == strlen(fold_cases[i].folded) &&
				memcmp(folded.text, fold_cases[i].folded, folded.len) == 0 &&
				rising, "folding \"%.40s\"", fold_cases[i].text))
			diag("got \"%.*s\"", (int) folded.len, (const char *) folded.text);
	}
}

/* Inputs at and over the limit, and every kind of junk. */
static void
test_any_bytes(void)
{
	static char big[MAX_INPUT];
	unsigned	seed = 1;
	static const size_t lens[] = {
		0, 1, 2, 3, BOUNCE_FOLD_LOOK - 1, BOUNCE_FOLD_LOOK,
		BOUNCE_FOLD_LOOK + 1, MAX_INPUT
	};
	static const char *const fills[] = {
		" ", "a", "@", "-", "'", "\xC3", "\xC3\x9F", "\xE2\x80\x99", "5",
		"550-", "5.1.1 ", "http://", "user unknown ", "a.", "mailbox ",
		"\xFF", ".", "no such "
	};

	for (size_t f = 0; f < COUNT_OF(fills); f++)
	{
		size_t		fill = strlen(fills[f]);

		for (size_t i = 0; i < sizeof(big); i++)
			big[i] = fills[f][i % fill];
		for (size_t n = 0; n < COUNT_OF(lens); n++)
		{
			BounceEvidence evidence = NO_EVIDENCE;
			BounceVerdict verdict;

			evidence.text.ptr = guard_page_put(&guard, big, lens[n]);
			evidence.text.len = lens[n];
			bounce_verdict_decide(&evidence, &verdict);
			if (verdict.rule == NULL)
				ok(false, "a verdict on %s", fills[f]);
		}
	}
	for (int round = 0; round < 2000; round++)
	{
		BounceEvidence evidence = NO_EVIDENCE;
		BounceVerdict verdict;
		size_t		len = (size_t) round % 300;

		for (size_t i = 0; i < len; i++)
		{
			seed = seed * 1103515245u + 12345u;
			big[i] = (char) (seed >> 16);
		}
		evidence.text = bounce_span_make(guard_page_put(&guard, big, len), len);
		evidence.code = evidence.host = evidence.command = evidence.text;
		bounce_verdict_decide(&evidence, &verdict);
		if (verdict.rule == NULL)
			ok(false, "a verdict on junk");
	}
	ok(true, "any bytes have a verdict");
}

int
main(void)
{
	guard_page_open(&guard, MAX_INPUT);
	test_innocent();
	test_cases();
	test_stage();
	test_boilerplate();
	test_failed();
	test_host();
	test_before_rcpt();
	test_never_hard();
	test_tables();
	test_folding();
	test_any_bytes();
	guard_page_close(&guard);
	return done_testing();
}
