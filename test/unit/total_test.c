/*-------------------------------------------------------------------------
 *
 * total_test.c
 *	  Every text gets a verdict, whatever its bytes: what holds of all of them.
 *
 *		total_test [COUNT [FIRST]]
 *
 * Texts are the rules' examples and the words of their patterns: cut, joined,
 * repeated, with octets changed, dropped and put in, or octets and nothing else;
 * codes, hosts and stages likewise.  The number of a text is the seed that it is
 * made from, so one that fails is made again by "total_test 1 NUMBER".
 *
 * test/unit/total_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/compile.h"
#include "core/explain.h"
#include "rules/rule_rows.h"

#include "given.h"
#include "tap.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* So many texts take ten seconds under sanitizers. */
#define DEFAULT_COUNT 250000

/* Some texts are longer than what is looked at. */
#define MAX_TEXT (2 * BOUNCE_FOLD_LOOK)
#define MAX_WORD 64

/* What must hold, each a test of all texts. */
typedef enum Law
{
	LAW_RANGE,
	LAW_RULE,
	LAW_AGAIN,
	LAW_SUCCESS,
	LAW_TEMPORARY,
	LAW_INSTANT,
	LAW_LOOK,
	LAW_EXPLAINED,
	LAW_MATCHES,
	LAW_COUNT
} Law;

static const char *const law_names[LAW_COUNT] = {
	"class and reason are of their sets",
	"a rule is named",
	"asked again, the answer is the same",
	"what is said with a 2yz is not hard",
	"what is said with a 4yz is not hard, save by a user's rule or when given up",
	"what confirms at once is hard",
	"behind what is looked at, nothing matters",
	"the explanation's verdict is the same, and the first rule's",
	"each rule of an explanation is whole, and what it matched is of the text"
};

static unsigned long broken[LAW_COUNT];

typedef struct Bytes
{
	size_t		len;
	char		bytes[MAX_TEXT];
} Bytes;

/* One text with all that is said of it. */
static Bytes text;
static Bytes code;
static Bytes host;
static Bytes command;
static unsigned long number;

static uint64_t state;

static unsigned
next_random(size_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned) ((state >> 20) % n);
}

static bool
one_in(unsigned n)
{
	return next_random(n) == 0;
}

/* Neighbours are seeded far apart; zero would stay zero. */
static void
seed(unsigned long n)
{
	state = (n + 1) * UINT64_C(0x9E3779B97F4A7C15);
	state ^= state >> 29;
	state |= 1;
	for (int i = 0; i < 4; i++)
		next_random(1);
}

/*
 * Making texts
 */

static void
append(Bytes *out, const char *bytes, size_t len)
{
	if (len > sizeof(out->bytes) - out->len)
		len = sizeof(out->bytes) - out->len;
	memcpy(out->bytes + out->len, bytes, len);
	out->len += len;
}

static void
append_string(Bytes *out, const char *string)
{
	append(out, string, strlen(string));
}

static void
append_octets(Bytes *out, size_t n)
{
	while (n-- > 0)
	{
		char		c = (char) next_random(256);

		append(out, &c, 1);
	}
}

/* What is no UTF-8, nearly so, or rarely seen. */
static void
append_odd(Bytes *out)
{
	static const char *const odd[] = {
		"\x80", "\xC3", "\xC0\xAF", "\xE2\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x9F\x98",
		"\xFF", "\xFE\xFF", "\xC3\xA4", "\xC4\xB0", "\xC4\xB1", "\xE1\xBA\x9E", "\xE3\x81\xAB",
		"\xEF\xBB\xBF", "\xE2\x80\x8B", "\xC2\xA0", "\xCC\x88", "\xF0\x9F\x98\x80", "\r\n", "\t", "@",
		"<a@b>", "..", "=?", " - ", "host ", "[", "5.", "550", "4.4.7", "2.0.0"
	};

	if (one_in(8))
		append(out, "", 1);
	else
		append_string(out, odd[next_random(COUNT_OF(odd))]);
}

static const BounceRuleRow *
some_row(void)
{
	return &bounce_rule_rows[next_random(bounce_rule_row_count)];
}

/* A piece of a string, from anywhere to anywhere. */
static void
append_cut(Bytes *out, const char *string)
{
	size_t		from = next_random(strlen(string) + 1);

	append(out, string + from, next_random(strlen(string + from) + 1));
}

/* Words that rules look for, which a reply would not have together. */
static void
append_soup(Bytes *out)
{
	for (unsigned n = 1 + next_random(12); n > 0; n--)
	{
		const char *word = some_row()->pattern;
		size_t		len;

		word += next_random(strlen(word) + 1);
		word += strcspn(word, " ");
		word += strspn(word, " ([|");
		len = strcspn(word, " )]|");
		append(out, word, len);
		append(out, " ", 1);
	}
}

static void
append_piece(Bytes *out)
{
	switch (next_random(8))
	{
		case 0:
			append_soup(out);
			break;
		case 1:
			append_octets(out, next_random(24));
			break;
		case 2:
			append_odd(out);
			break;
		case 3:
			append_cut(out, some_row()->example);
			break;
		default:
			append_string(out, some_row()->example);
			break;
	}
}

/* Change, drop or put in an octet, or change its case. */
static void
spoil(Bytes *out)
{
	size_t		at;

	if (out->len == 0)
		return;
	at = next_random(out->len);
	switch (next_random(4))
	{
		case 0:
			out->bytes[at] = (char) next_random(256);
			break;
		case 1:
			out->bytes[at] = (char) (out->bytes[at] ^ (1 << next_random(8)));
			break;
		case 2:
			memmove(out->bytes + at, out->bytes + at + 1, --out->len - at);
			break;
		default:
			if (out->len < sizeof(out->bytes))
			{
				memmove(out->bytes + at + 1, out->bytes + at, out->len++ - at);
				out->bytes[at] = (char) next_random(256);
			}
			break;
	}
}

static void
make_text(void)
{
	unsigned	pieces = one_in(256) ? next_random(200) : next_random(4);
	unsigned	spoilt = one_in(2) ? 0 : next_random(6);

	text.len = 0;
	while (pieces-- > 0)
	{
		append_piece(&text);
		if (one_in(2))
			append(&text, " ", 1);
	}

	/* over and over, up to where it is not looked at, and beyond */
	if (one_in(512) && text.len > 0)
	{
		size_t		len = text.len;
		size_t		most = one_in(2) ? MAX_TEXT : BOUNCE_FOLD_LOOK - 2 + next_random(5);

		while (text.len + len <= most)
			append(&text, text.bytes, len);
		if (text.len < most)
			append(&text, text.bytes, most - text.len);
	}
	while (spoilt-- > 0)
		spoil(&text);

	/* words that would decide, were they not too far behind */
	if (one_in(512) && text.len < BOUNCE_FOLD_LOOK)
	{
		memset(text.bytes + text.len, ' ', BOUNCE_FOLD_LOOK - text.len);
		text.len = BOUNCE_FOLD_LOOK;
		append_string(&text, some_row()->example);
	}
}

static void
make_code(void)
{
	static const char *const codes[] = {
		"550", "5.1.1", "550 5.1.1", "#5.1.1", "554", "250", "250 2.1.5", "2.6.0", "4.2.2", "450 4.1.1",
		"421", "5.0.0", "4.0.0", "2.0.0", "5.1.7", "5.7.606", "5.999.999", "000", "999", "99999999999",
		"5.1.99999999999", "5..1", "-1", "5.7.1 5.1.1", "x"
	};

	code.len = 0;
	if (one_in(4))
		return;
	if (one_in(3))
		append_string(&code, codes[next_random(COUNT_OF(codes))]);
	else if (one_in(2))
		append_string(&code, bounce_code_rows[next_random(bounce_code_row_count)].code);
	else
	{
		char		digits[MAX_WORD];

		snprintf(digits, sizeof(digits), "%u%02u %u.%u.%u", 1 + next_random(5), next_random(60),
				 1 + next_random(5), next_random(9), next_random(30));
		append_string(&code, digits + (one_in(3) ? 4 : 0));
		code.len = one_in(3) && code.len > 3 ? 3 : code.len;
	}
	if (one_in(8))
		spoil(&code);
	if (one_in(64))
		append_octets(&code, next_random(40));
}

static void
make_word(Bytes *out, const char *before, const char *word)
{
	out->len = 0;
	if (one_in(2))
		return;
	append_string(out, before);
	append_string(out, word);
	if (one_in(8))
		spoil(out);
	if (one_in(64))
		append_octets(out, next_random(400));
}

static void
make(unsigned long n)
{
	static const char *const before[] = {"", "", "mx1.", ".", "x"};
	static const char *const hosts[] = {"gmail-smtp-in.l.google.com", "docomo.ne.jp.", "EXAMPLE.COM", "."};
	static const char *const commands[] = {
		"CONNECT", "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "RCPT TO:<a@b>",
		"mail from:<>", "."
	};

	number = n;
	seed(n);
	make_text();
	make_code();
	make_word(&host, before[next_random(COUNT_OF(before))],
			  one_in(2) ? some_row()->host : hosts[next_random(COUNT_OF(hosts))]);
	make_word(&command, "", commands[next_random(COUNT_OF(commands))]);
}

/*
 * A user's rules beside the built-in ones, for every third text
 */

static char arena[1 << 20];
static size_t arena_used;

static void *
get_memory(void *unused, size_t size)
{
	void	   *at = arena + arena_used;

	(void) unused;
	arena_used += (size + 15) / 16 * 16;
	if (arena_used > sizeof(arena))
	{
		fprintf(stderr, "the rules need more memory\n");
		exit(2);
	}
	return at;
}

static const BounceRuleSet *
compile_own(void)
{
	static const struct
	{
		const char *id;
		const char *pattern;
		const char *code;
		const char *host;
		const char *command;
		BounceReason reason;
		int			priority;
	}			rows[] = {
		{"user.1", "(user|mailbox) [is] unknown", "", "", "", BOUNCE_REASON_MAILBOX_FULL, 100},
		{"user.2", "rejected ~ policy", "", "", "", BOUNCE_REASON_USER_UNKNOWN, -1000},
		{"user.3", "message .. spam*", "", "", "", BOUNCE_REASON_BAD_DOMAIN, 1000},
		{"user.4", "", "450", "", "", BOUNCE_REASON_USER_UNKNOWN, 0},
		{"user.5", "", "2", "", "", BOUNCE_REASON_USER_UNKNOWN, 1000},
		{"user.6", "", "", "example.com", "", BOUNCE_REASON_MOVED, 5},
		{"user.7", "", "", "", "MAIL", BOUNCE_REASON_BAD_SYNTAX, 3},
		{"user.8", "address", "~5", "", "RCPT", BOUNCE_REASON_UNDETERMINED, 100}
	};
	static const BounceMemory memory = {get_memory, NULL};
	BounceCompiler *compiler = bounce_compile_begin(&memory);

	for (size_t i = 0; i < COUNT_OF(rows); i++)
	{
		BounceRuleError error;
		BounceRuleText rule = {.reason = (int) rows[i].reason, .priority = rows[i].priority, .own = true};

		rule.id = bounce_span_make(rows[i].id, strlen(rows[i].id));
		rule.pattern = bounce_span_make(rows[i].pattern, strlen(rows[i].pattern));
		rule.code = bounce_span_make(rows[i].code, strlen(rows[i].code));
		rule.host = bounce_span_make(rows[i].host, strlen(rows[i].host));
		rule.command = bounce_span_make(rows[i].command, strlen(rows[i].command));
		if (!bounce_compile_rule(compiler, &rule, &error))
		{
			fprintf(stderr, "%s %s\n", rows[i].id, error.message);
			exit(2);
		}
	}
	return bounce_compile_end(compiler);
}

/*
 * What holds
 */

static void
law(Law which, bool holds)
{
	if (holds)
		return;
	if (broken[which]++ > 0)
		return;
	diag("text %lu: not so: %s", number, law_names[which]);
	diag_span("text", bounce_span_make(text.bytes, text.len));
	diag_span("code", bounce_span_make(code.bytes, code.len));
	diag_span("host", bounce_span_make(host.bytes, host.len));
	diag_span("command", bounce_span_make(command.bytes, command.len));
}

/* The text anew at an unreadable page, the rest where it is. */
static BounceEvidence
evidence_of(size_t len, const BounceRuleSet *own)
{
	BounceEvidence evidence = {.own = own};

	evidence.text = given_bytes(text.bytes, len);
	evidence.code = bounce_span_make(code.bytes, code.len);
	evidence.host = bounce_span_make(host.bytes, host.len);
	evidence.command = bounce_span_make(command.bytes, command.len);
	return evidence;
}

static bool
same(const BounceVerdict *a, const BounceVerdict *b)
{
	return a->class == b->class && a->reason == b->reason && a->instant == b->instant &&
		a->rule == b->rule;
}

/* Leave something else on the stack than the last verdict did. */
static void __attribute__((noinline))
scribble(int value)
{
	volatile char below[16384];

	for (size_t i = 0; i < sizeof(below); i += 8)
		below[i] = (char) value;
}

static void
check_verdict(const BounceVerdict *verdict)
{
	law(LAW_RANGE, (unsigned) verdict->class < BOUNCE_CLASS_COUNT &&
		(unsigned) verdict->reason < BOUNCE_REASON_COUNT);
	law(LAW_RULE, verdict->rule != NULL && verdict->rule[0] != '\0');
	law(LAW_INSTANT, !verdict->instant || verdict->class == BOUNCE_CLASS_HARD);
}

/* Does the argument itself say so, whatever is in the text? */
static bool
is_given_success(void)
{
	return code.len >= 3 && code.bytes[0] == '2' && code.bytes[1] >= '0' && code.bytes[1] <= '5' &&
		code.bytes[2] >= '0' && code.bytes[2] <= '9' && (code.len == 3 || code.bytes[3] == ' ');
}

static bool
lies_in(BounceSpan piece, const char *area, size_t size)
{
	return piece.ptr >= area && piece.len <= size && piece.ptr + piece.len <= area + size;
}

static void
check_explanation(const BounceEvidence *evidence, const BounceVerdict *verdict)
{
	static BounceExplanation e;
	int			digit;

	bounce_verdict_explain(evidence, &e);
	digit = bounce_code_digit(&e.code);
	law(LAW_SUCCESS, (digit != 2 && !is_given_success()) || verdict->class != BOUNCE_CLASS_HARD);
	law(LAW_TEMPORARY, digit != 4 || verdict->class != BOUNCE_CLASS_HARD ||
		strncmp(verdict->rule, "user.", 5) == 0);
	law(LAW_EXPLAINED, same(&e.verdict, verdict) && e.nmatches >= 1 &&
		e.matches[0].rule == verdict->rule);
	law(LAW_MATCHES, e.nmatches <= BOUNCE_MAX_MATCHES);
	for (unsigned i = 0; i < e.nmatches && i < BOUNCE_MAX_MATCHES; i++)
	{
		const BounceMatch *match = &e.matches[i];

		law(LAW_MATCHES, match->rule != NULL && match->why != NULL && match->decides == (i == 0) &&
			(unsigned) match->class < BOUNCE_CLASS_COUNT &&
			(unsigned) match->reason < BOUNCE_REASON_COUNT &&
			(match->piece.len == 0 ||
			 lies_in(match->piece, evidence->text.ptr, evidence->text.len) ||
			 lies_in(match->piece, e.code_text, sizeof(e.code_text))));
	}
}

static void
check(const BounceRuleSet *own)
{
	BounceEvidence evidence = evidence_of(text.len, own);
	BounceVerdict verdict;
	BounceVerdict again;
	BounceVerdict failed;

	bounce_verdict_decide(&evidence, &verdict);
	check_verdict(&verdict);
	check_explanation(&evidence, &verdict);

	bounce_verdict_decide_failed(&evidence, &failed);
	check_verdict(&failed);
	law(LAW_SUCCESS, !is_given_success() || failed.class != BOUNCE_CLASS_HARD);

	scribble((int) number);
	evidence = evidence_of(text.len, own);
	bounce_verdict_decide(&evidence, &again);
	law(LAW_AGAIN, same(&verdict, &again));

	if (text.len > BOUNCE_FOLD_LOOK)
	{
		evidence = evidence_of(BOUNCE_FOLD_LOOK, own);
		bounce_verdict_decide(&evidence, &again);
		law(LAW_LOOK, same(&verdict, &again));
	}
}

/* The texts must be such that all that is asked is asked. */
typedef struct Seen
{
	bool		class[BOUNCE_CLASS_COUNT];
	bool		reason[BOUNCE_REASON_COUNT];
	bool		own;
} Seen;

static void
see(const BounceRuleSet *own, Seen *seen)
{
	BounceEvidence evidence = evidence_of(text.len, own);
	BounceVerdict verdict;

	bounce_verdict_decide(&evidence, &verdict);
	seen->class[verdict.class] = true;
	seen->reason[verdict.reason] = true;
	seen->own |= strncmp(verdict.rule, "user.", 5) == 0;
}

int
main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : DEFAULT_COUNT;
	unsigned long first = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	const BounceRuleSet *own = compile_own();
	Seen		seen = {.own = false};
	unsigned	reasons = 0;

	for (unsigned long n = first; n < first + count; n++)
	{
		make(n);
		check(n % 3 == 0 ? own : NULL);
		if (n - first < 20000)
			see(n % 3 == 0 ? own : NULL, &seen);
	}
	for (unsigned i = 0; i < LAW_COUNT; i++)
	{
		if (!ok(broken[i] == 0, "%s: %lu texts", law_names[i], count))
			diag("not of %lu", broken[i]);
	}
	for (unsigned i = 0; i < BOUNCE_REASON_COUNT; i++)
		reasons += seen.reason[i];
	if (count >= 20000)
		ok(seen.own && seen.class[BOUNCE_CLASS_HARD] && seen.class[BOUNCE_CLASS_SOFT] &&
		   seen.class[BOUNCE_CLASS_OTHER] && reasons >= BOUNCE_REASON_COUNT / 2,
		   "the texts are of every class and of %u reasons, some by a user's rule", reasons);
	return done_testing();
}
