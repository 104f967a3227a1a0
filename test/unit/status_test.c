/*-------------------------------------------------------------------------
 *
 * status_test.c
 *	  Reply codes and enhanced status codes: what is one and what is not.
 *
 * test/unit/status_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/status.h"

#include "guard_page.h"
#include "tap.h"

/* Longest input of this test. */
#define MAX_INPUT 4096

static GuardPage guard;

typedef struct CodeCase
{
	const char *text;
	int			reply;
	const char *enhanced;		/* "" = none */
} CodeCase;

static const CodeCase parse_cases[] = {
	{"550", 550, ""},
	{"5.1.1", 0, "5.1.1"},
	{"550 5.1.1", 550, "5.1.1"},
	{"550-5.1.1", 550, "5.1.1"},
	{"#5.1.1", 0, "5.1.1"},
	{"550 #5.1.1", 550, "5.1.1"},
	{"5.1.1 (bad destination mailbox address)", 0, "5.1.1"},
	{"  421 4.7.0 ", 421, "4.7.0"},
	{"5.7.606", 0, "5.7.606"},
	{"2.1.5", 0, "2.1.5"},
	{"551 4.7.17", 551, "4.7.17"},
	{"", 0, ""},
	{"-", 0, ""},
	{"garbage", 0, ""},
	{"5", 0, ""},
	{"55", 0, ""},
	{"5500", 0, ""},
	{"650", 0, ""},
	{"350", 0, ""},
	{"5.1", 0, ""},
	{"5.1.", 0, ""},
	{"5.1.1.4", 0, ""},
	{"5.1.1111", 0, ""},
	{"3.1.1", 0, ""},
	{"5.1.1x", 0, ""},
};

static const CodeCase find_cases[] = {
	/* a loose code whose hyphen is the last octet: nothing may be read behind */
	{"\xCAun\x85" "210-", 0, ""},
	{"550 5.1.1 User unknown", 550, "5.1.1"},
	{"550 User unknown", 550, ""},
	{"host mx[192.0.2.1]:25 said: 552 5.2.2 <> Mailbox has exceeded the limit",
	552, "5.2.2"},
	{"host mx.example.com[192.0.2.1] said: 550-5.1.1 The email account", 550,
	"5.1.1"},
	{"smtp; 550-5.1.1 The email account 550-5.1.1 that you tried", 550, "5.1.1"},
	{"smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", 550, "5.1.1"},
	{"sorry, no mailbox here by that name (#5.1.1 - chkuser)", 0, "5.1.1"},
	{"511 sorry, no mailbox here by that name (#5.1.1 - chkuser)", 511, "5.1.1"},
	{"Sorry, I couldn't find any host by that name. (#5.1.2)", 0, "5.1.2"},
	{"550 [5.1.1] no such user", 550, "5.1.1"},
	{"550 #5.1.0 Address rejected", 550, "5.1.0"},
	{"554 *.example.com cmsmtp 5.7.1 Service unavailable", 554, "5.7.1"},
	{"553 Mail from 192.0.2.1 not allowed - 5.7.1 [BL21]", 553, "5.7.1"},
	{"LMTP error after RCPT TO:<a@example.com>: 550 5.1.1 <a@example.com>", 550,
	"5.1.1"},
	{"SMTP error from remote mail server after end of data: 552 5.3.4 too big",
	552, "5.3.4"},
	{"bounced (550 5.1.1 The email account)", 550, "5.1.1"},
	{"last transfail: 421 4.4.0 Unable to lookup DNS", 421, "4.4.0"},
	{"the server replied 550 no", 550, ""},
	{"551 4.7.17 mailbox owner has changed", 551, "4.7.17"},
	{"550-Verification failed\n550 Sender verify failed", 550, ""},
	{"450 4.1.1 unverified address: host a.b[192.0.2.1] said: 550 5.1.1 unknown",
	450, "4.1.1"},
	{"550 5.0.0 see 5.1.1 unknown user", 550, "5.1.1"},
	{"Remote host said: 550-The user\r\n550 is not here", 550, ""},
	{"<a@example.com>: 550 no", 550, ""},
	{"5.1.0 - Unknown address error 550-'5.7.1 Access denied'", 550, "5.7.1"},
	{"550 Recipient address is invalid", 550, ""},

	/* What looks like a code and is none. */
	{"connect to 5.1.1.4: refused", 0, ""},
	{"connect to [5.1.1.4]:25: refused", 0, ""},
	{"10.5.1.1 is listed", 0, ""},
	{"mx.example.com:587: refused", 0, ""},
	{"[192.0.2.1]:465: refused", 0, ""},
	{"192.0.2.1:550: refused", 0, ""},
	{"sent by Postfix 2.5.1", 0, ""},
	{"version 5.1.1 of the server", 0, ""},
	{"Exim 4.96 said hello", 0, ""},
	{"at 12:45:50 on 2023.5.12", 0, ""},
	{"on 5.11.2023", 0, ""},
	{"message of 552 bytes", 0, ""},
	{"size: 552 bytes", 0, ""},
	{"you sent 500 messages", 0, ""},
	{"wait 450 seconds", 0, ""},
	{"limit is 200-300 recipients", 0, ""},
	{"room 550b", 0, ""},
	{"a550 b", 0, ""},
	{"5.1.1@example.com is unknown", 0, ""},
	{"www.550.example.com", 0, ""},
	{"http://example.com/550", 0, ""},
	{"$550 is owed", 0, ""},
	{"policy (3.2.1.1) ID", 0, ""},
	{"mailbox is disabled (554.30).", 0, ""},
	{"", 0, ""},
};

static void
check(const char *what, const CodeCase *c,
	  void (*read_code) (BounceSpan, BounceCode *))
{
	BounceCode	code;
	char		enhanced[BOUNCE_ENHANCED_TEXT_SIZE];
	size_t		len = strlen(c->text);

	read_code(bounce_span_make(guard_page_put(&guard, c->text, len), len),
			  &code);
	bounce_enhanced_write(&code, enhanced);
	if (!ok(code.reply == c->reply && strcmp(enhanced, c->enhanced) == 0,
			"%s \"%.60s\"", what, c->text))
		diag("got %d %s", code.reply, enhanced);
}

static void
test_digit_and_vague(void)
{
	static const BounceCode reply_only = {450, 0, 0, 0};
	static const BounceCode both = {551, 4, 7, 17};
	static const BounceCode enhanced_only = {0, 5, 0, 0};
	static const BounceCode neither = {0, 0, 0, 0};
	static const BounceCode specific = {0, 5, 1, 0};

	ok(bounce_code_digit(&reply_only) == 4, "the digit is the reply code's");
	ok(bounce_code_digit(&both) == 5, "the reply code's digit comes first");
	ok(bounce_code_digit(&enhanced_only) == 5, "else the class");
	ok(bounce_code_digit(&neither) == 0, "no code has digit 0");
	ok(bounce_code_is_vague(&neither), "no code is vague");
	ok(bounce_code_is_vague(&enhanced_only), "5.0.0 is vague");
	ok(!bounce_code_is_vague(&specific), "5.1.0 is not vague");
	ok(!bounce_code_is_vague(&both), "4.7.17 is not vague");
}

static void
test_write(void)
{
	static const BounceCode longest = {0, 5, 999, 999};
	static const BounceCode none = {550, 0, 0, 0};
	static const BounceCode middle = {0, 4, 10, 205};
	char		buf[BOUNCE_ENHANCED_TEXT_SIZE];

	ok(bounce_enhanced_write(&longest, buf) == BOUNCE_ENHANCED_TEXT_SIZE - 1 &&
	   strcmp(buf, "5.999.999") == 0, "the longest code fits exactly");
	ok(bounce_enhanced_write(&none, buf) == 0 && buf[0] == '\0',
	   "no enhanced code is written as nothing");
	ok(bounce_enhanced_write(&middle, buf) == 8 &&
	   strcmp(buf, "4.10.205") == 0, "zeros inside are kept");
}

/* Every prefix of a text, so that each code is cut at every place. */
static void
test_every_prefix(void)
{
	const char *text = "host mx[192.0.2.1]:25 said: 552-5.2.2 <> (#5.1.1) 550";
	size_t		len = strlen(text);

	for (size_t i = 0; i <= len; i++)
	{
		BounceSpan	s = bounce_span_make(guard_page_put(&guard, text, i), i);
		BounceCode	code;

		bounce_code_find(s, &code);
		bounce_code_parse(s, &code);
	}
	ok(true, "no prefix is read past its end");
}

int
main(void)
{
	BounceCode	code;

	guard_page_open(&guard, MAX_INPUT);
	for (size_t i = 0; i < sizeof(parse_cases) / sizeof(parse_cases[0]); i++)
		check("parse", &parse_cases[i], bounce_code_parse);
	for (size_t i = 0; i < sizeof(find_cases) / sizeof(find_cases[0]); i++)
		check("find", &find_cases[i], bounce_code_find);

	bounce_code_parse(BOUNCE_SPAN_NONE, &code);
	ok(code.reply == 0 && code.enhanced_class == 0, "an unknown code is zeros");
	bounce_code_find(BOUNCE_SPAN_NONE, &code);
	ok(code.reply == 0 && code.enhanced_class == 0, "an unknown text has none");

	test_digit_and_vague();
	test_write();
	test_every_prefix();
	guard_page_close(&guard);
	return done_testing();
}
