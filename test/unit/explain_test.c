/*-------------------------------------------------------------------------
 *
 * explain_test.c
 *	  Why a verdict is what it is: the same verdict, always with the rule that
 *	  gave it, and a reason for each that did not.
 *
 * test/unit/explain_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/explain.h"
#include "rules/rule_rows.h"

#include "given.h"
#include "random.h"
#include "tap.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* As much of random texts. */
#define MAX_TEXT (2 * BOUNCE_FOLD_LOOK)
#define RANDOM_TEXTS 4000

static BounceExplanation e;

/* The rules of words: the first of the rows. */
static unsigned
count_rules(void)
{
	unsigned	n = 0;

	while (n < bounce_rule_row_count && bounce_rule_rows[n].reason < BOUNCE_REASON_COUNT)
		n++;
	return n;
}

static BounceEvidence
make_evidence(const char *code, const char *text, const char *host, const char *command)
{
	BounceEvidence evidence = {.own = NULL};

	evidence.code = bounce_span_make(code, strlen(code));
	evidence.text = given(text);
	evidence.host = bounce_span_make(host, strlen(host));
	evidence.command = bounce_span_make(command, strlen(command));
	return evidence;
}

static void
explain(const char *code, const char *text, const char *command)
{
	BounceEvidence evidence = make_evidence(code, text, "", command);

	bounce_verdict_explain(&evidence, &e);
}

static bool
lies_in(BounceSpan piece, const char *area, size_t size)
{
	return piece.ptr >= area && piece.ptr + piece.len <= area + size;
}

/* What holds of every explanation. */
static bool
is_sound(const BounceEvidence *evidence)
{
	BounceVerdict verdict;
	bool		sound;

	bounce_verdict_decide(evidence, &verdict);
	bounce_verdict_explain(evidence, &e);
	sound = e.nmatches >= 1 && e.nmatches <= BOUNCE_MAX_MATCHES &&
		e.verdict.rule == verdict.rule && e.verdict.class == verdict.class &&
		e.verdict.reason == verdict.reason && e.verdict.instant == verdict.instant &&
		e.matches[0].rule == verdict.rule &&
		(e.held != NULL) == (e.matches[0].class != verdict.class ||
							 e.matches[0].reason != verdict.reason);
	for (unsigned i = 0; i < e.nmatches && sound; i++)
	{
		const BounceMatch *match = &e.matches[i];

		sound = match->decides == (i == 0) && match->why != NULL &&
			(unsigned) match->reason < BOUNCE_REASON_COUNT &&
			(match->piece.len == 0 || lies_in(match->piece, evidence->text.ptr, evidence->text.len) ||
			 lies_in(match->piece, e.code_text, sizeof(e.code_text)));
		for (unsigned k = 0; k < i && sound; k++)
			sound = e.matches[k].rule != match->rule;
	}
	return sound;
}

static void
test_examples(void)
{
	unsigned	bad = 0;

	for (size_t i = 0; i < count_rules(); i++)
	{
		BounceEvidence evidence = make_evidence("", bounce_rule_rows[i].example, bounce_rule_rows[i].host,
												bounce_rule_rows[i].command);

		if (!is_sound(&evidence))
		{
			diag("not of %s", bounce_rule_rows[i].example);
			bad++;
		}
	}
	ok(bad == 0, "the example of each rule is explained as it is decided");
}

/* Pieces of the examples, whole and cut, with any octets between. */
static void
fill_random(char *text, size_t size)
{
	size_t		len = 0;
	unsigned	pieces = next_random(8) == 0 ? 400 : 1 + next_random(6);

	while (pieces-- > 0)
	{
		const char *example = bounce_rule_rows[next_random(count_rules())].example;
		size_t		from = next_random(2) == 0 ? 0 : next_random((unsigned) strlen(example) + 1);
		size_t		n = strlen(example + from);

		if (len + n + 2 > size)
			break;
		memcpy(text + len, example + from, n);
		len += n;
		text[len++] = next_random(4) == 0 ? (char) (1 + next_random(255)) : ' ';
	}
	text[len] = '\0';
}

static void
test_random(void)
{
	static const char *const codes[] = {
		"", "550", "5.1.1", "450 4.1.1", "250", "2.1.5", "5.7.606", "5.1.8", "5.0.0", "550 5.1.99", "junk"
	};
	static const char *const hosts[] = {"", "mx.google.com", "mx.docomo.ne.jp", "mx1.hotmail.com"};
	static const char *const commands[] = {"", "RCPT", "DATA", "MAIL", "CONNECT", "STARTTLS"};
	static char text[MAX_TEXT];
	unsigned	bad = 0;
	unsigned	lost = 0;

	for (int i = 0; i < RANDOM_TEXTS; i++)
	{
		BounceEvidence evidence;

		fill_random(text, sizeof(text));
		evidence = make_evidence(codes[next_random(COUNT_OF(codes))], text,
								 hosts[next_random(COUNT_OF(hosts))],
								 commands[next_random(COUNT_OF(commands))]);
		if (!is_sound(&evidence) && bad++ < 5)
			diag("not of %s", text);
		lost += e.matches[0].is_phrase && e.matches[0].piece.len == 0;
	}
	ok(bad == 0, "so are random texts");
	ok(lost == 0, "of more phrases than are kept, the one that decides is");
}

static bool
first_is(const char *rule, const char *piece, const char *why)
{
	bool		good = strcmp(e.matches[0].rule, rule) == 0 &&
		bounce_span_equal(e.matches[0].piece, bounce_span_make(piece, strlen(piece))) &&
		strcmp(e.matches[0].why, why) == 0;

	if (!good)
		diag("%s \"%.*s\": %s", e.matches[0].rule, (int) e.matches[0].piece.len,
			 e.matches[0].piece.len > 0 ? e.matches[0].piece.ptr : "", e.matches[0].why);
	return good;
}

static bool
has_why(const char *why)
{
	for (unsigned i = 1; i < e.nmatches; i++)
	{
		if (strcmp(e.matches[i].why, why) == 0)
			return true;
	}
	return false;
}

static void
test_grounds(void)
{
	BounceEvidence evidence;

	explain("", "zzz", "");
	ok(first_is("fallback.none", "", "no code, and no phrase matched"), "nothing known");
	explain("550", "zzz", "");
	ok(first_is("reply.550", "550", "no phrase matched: by the reply code"), "reply code");
	explain("550 5.0.0", "zzz", "RCPT");
	ok(first_is("reply.550.rcpt", "550", "no phrase matched: by the reply code in this SMTP stage"),
	   "reply code in a stage");
	explain("599", "zzz", "");
	ok(first_is("fallback.5", "599", "no phrase matched: by the first digit of the code"),
	   "first digit");
	explain("550 5.2.2", "zzz", "");
	ok(first_is("code.5.2.2", "5.2.2", "no phrase matched: by the enhanced code"),
	   "enhanced code");
	explain("5.1.99", "zzz", "");
	ok(first_is("fallback.5.1", "5.1.99", "no phrase matched: by the subject of the enhanced code"),
	   "subject of an enhanced code");

	explain("550", "user unknown", "");
	ok(first_is("user_unknown.user_unknown", "user unknown", "the only phrase that matched"),
	   "one phrase");
	ok(e.nmatches == 2 && has_why("words decide before codes"), "and the code behind it");
	explain("450", "user unknown", "");
	ok(e.held != NULL && e.verdict.reason == BOUNCE_REASON_TEMPORARY &&
	   e.matches[0].reason == BOUNCE_REASON_USER_UNKNOWN, "a 4yz is held back, and that is told");
	explain("550", "user unknown", "MAIL");
	ok(e.held != NULL && e.matches[0].class == BOUNCE_CLASS_HARD, "so is what was said of MAIL");
	explain("250", "user unknown", "");
	ok(first_is("fallback.2", "250", "the code is of a success") &&
	   has_why("not asked: the code is of a success"), "success");
	explain("5.1.8", "user unknown", "");
	ok(first_is("code.5.1.8", "5.1.8", "the code is about the sender's address") &&
	   has_why("not believed: the code is about the sender's address"), "the sender's address");
	explain("5.7.606", "user unknown", "");
	ok(first_is("code.5.7.606-649", "5.7.606", "a provider's own code") &&
	   has_why("behind a provider's own code"), "a provider's own code");
	explain("", "550 5.1.1 <a@example.com>: Recipient address rejected: User unknown in virtual mailbox table", "");
	ok(e.matches[0].priority == 0 && has_why("bound to no code or stage") &&
	   has_why("lower priority"),
	   "the order among phrases");
	explain("", "550 mailbox full, user unknown", "");
	ok(first_is("mailbox_full.full", "mailbox full", "stands earlier in the text") &&
	   has_why("stands later in the text"), "the place, where all else is alike");
	evidence = make_evidence("", "550 Unknown user x@docomo.ne.jp", "mx.docomo.ne.jp", "DATA");
	bounce_verdict_explain(&evidence, &e);
	ok(first_is("recipient_restricted.docomo_data", "Unknown user", "bound to the remote host") &&
	   has_why("not bound to the remote host"), "the remote host before all");
}

int
main(void)
{
	test_examples();
	test_random();
	test_grounds();
	return done_testing();
}
