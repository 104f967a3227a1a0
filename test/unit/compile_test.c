/*-------------------------------------------------------------------------
 *
 * compile_test.c
 *	  A user's rules: which are refused, and where; what they match; and when
 *	  they decide.
 *
 * test/unit/compile_test.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "core/compile.h"
#include "core/explain.h"
#include "core/match.h"

#include "tap.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Memory that is given back all at once. */
typedef struct Chunk
{
	struct Chunk *next;
	size_t		size;
} Chunk;

static Chunk *chunks;

static void *
get_memory(void *state, size_t size)
{
	Chunk	   *chunk = malloc(sizeof(Chunk) + size);

	(void) state;
	if (chunk == NULL)
		abort();
	chunk->next = chunks;
	chunks = chunk;
	return chunk + 1;
}

static void
give_back(void)
{
	while (chunks != NULL)
	{
		Chunk	   *next = chunks->next;

		free(chunks);
		chunks = next;
	}
}

static const BounceMemory memory = {get_memory, NULL};

static BounceSpan
span(const char *text)
{
	return bounce_span_make(text, strlen(text));
}

/* A user's rule in a test. */
typedef struct Own
{
	const char *pattern;
	const char *code;
	const char *host;
	const char *command;
	BounceReason reason;
	int			priority;
} Own;

static bool
add_rule(BounceCompiler *compiler, const Own *own, const char *id, BounceRuleError *error)
{
	BounceRuleText text = {
		.id = span(id), .pattern = span(own->pattern), .code = span(own->code),
		.host = span(own->host), .command = span(own->command), .reason = (int) own->reason,
		.priority = own->priority, .own = true
	};

	return bounce_compile_rule(compiler, &text, error);
}

/* What is refused, and at which byte. */
static void
test_errors(void)
{
	static const struct
	{
		Own			own;
		BounceRuleField field;
		size_t		at;
	}			cases[] = {
		{{"mailbox (full", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 8},
		{{"mailbox full)", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 12},
		{{"mailbox (full]", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 13},
		{{"mailbox |full", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 8},
		{{"mailbox(full)", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 7},
		{{"mailbox (full)er", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 14},
		{{".. mailbox full", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 0},
		{{"mailbox full ~", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 13},
		{{"mailbox f*ll", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 8},
		{{"mailbox *", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 8},
		{{"error 550 here", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 6},
		{{"error 5.1.1 here", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 6},
		{{"no !!! words", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 3},
		{{"[mailbox] [full]", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 0},
		{{"up", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 0},
		{{"((((((((( mailbox )))))))))", "", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 8},
		{{"mailbox full", "5", "", "", 0, 0}, BOUNCE_FIELD_PATTERN, 99},
		{{"mailbox full", "3", "", "", 0, 0}, BOUNCE_FIELD_CODE, 0},
		{{"mailbox full", "5502", "", "", 0, 0}, BOUNCE_FIELD_CODE, 3},
		{{"mailbox full", "5.1", "", "", 0, 0}, BOUNCE_FIELD_CODE, 3},
		{{"mailbox full", "5.1.x", "", "", 0, 0}, BOUNCE_FIELD_CODE, 4},
		{{"mailbox full", "5.1.1111", "", "", 0, 0}, BOUNCE_FIELD_CODE, 7},
		{{"mailbox full", "~5.1.1", "", "", 0, 0}, BOUNCE_FIELD_CODE, 1},
		{{"mailbox full", "", "exa mple.com", "", 0, 0}, BOUNCE_FIELD_HOST, 3},
		{{"mailbox full", "", "example..com", "", 0, 0}, BOUNCE_FIELD_HOST, 8},
		{{"mailbox full", "", "example.", "", 0, 0}, BOUNCE_FIELD_HOST, 7},
		{{"mailbox full", "", "*.", "", 0, 0}, BOUNCE_FIELD_HOST, 0},
		{{"mailbox full", "", "", "NOOP", 0, 0}, BOUNCE_FIELD_COMMAND, 0},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
	{
		BounceCompiler *compiler = bounce_compile_begin(&memory);
		BounceRuleError error = {NULL, 0, 99};
		bool		good = add_rule(compiler, &cases[i].own, "1", &error);

		if (!ok(good == (cases[i].at == 99) && (good || (error.field == cases[i].field &&
														 error.at == cases[i].at &&
														 error.message != NULL)),
				"\"%s\" \"%s\" \"%s\" \"%s\"", cases[i].own.pattern, cases[i].own.code,
				cases[i].own.host, cases[i].own.command))
			diag("%s, field %d, at %u", good ? "accepted" : error.message, (int) error.field,
				 (unsigned) error.at);
		give_back();
	}
}

/* Limits at one less, at them and over them. */
static void
test_limits(void)
{
	static char pattern[BOUNCE_MAX_PATTERN + 2];
	static const struct
	{
		int			n;
		bool		good;
	}			brackets[] = {
		{BOUNCE_MAX_BRACKETS - 1, true}, {BOUNCE_MAX_BRACKETS, true},
		{BOUNCE_MAX_BRACKETS + 1, false}
	};

	for (int len = BOUNCE_MAX_PATTERN - 1; len <= BOUNCE_MAX_PATTERN + 1; len++)
	{
		Own			own = {pattern, "", "", "", BOUNCE_REASON_POLICY, 0};
		BounceRuleError error;

		memset(pattern, ' ', (size_t) len);
		memcpy(pattern, "mailbox", 7);
		pattern[len] = '\0';
		ok(add_rule(bounce_compile_begin(&memory), &own, "1", &error) == (len <= BOUNCE_MAX_PATTERN),
		   "a pattern of %d bytes", len);
		give_back();
	}
	for (size_t i = 0; i < COUNT_OF(brackets); i++)
	{
		Own			own = {pattern, "", "", "", BOUNCE_REASON_POLICY, 0};
		BounceRuleError error;

		memset(pattern, '(', (size_t) brackets[i].n);
		strcpy(pattern + brackets[i].n, "mailbox");
		memset(pattern + brackets[i].n + 7, ')', (size_t) brackets[i].n);
		pattern[2 * brackets[i].n + 7] = '\0';
		ok(add_rule(bounce_compile_begin(&memory), &own, "1", &error) == brackets[i].good,
		   "%d brackets inside each other", brackets[i].n);
		give_back();
	}

	/* two ways each: 2^10 go, 2^11 do not */
	for (int n = 10; n <= 11; n++)
	{
		Own			own = {pattern, "", "", "", BOUNCE_REASON_POLICY, 0};
		BounceRuleError error;

		strcpy(pattern, "mailbox (");
		for (int i = 0; i < n; i++)
			strcat(pattern, "(a|b) ");
		strcat(pattern, ")");
		ok(add_rule(bounce_compile_begin(&memory), &own, "1", &error) == (n == 10),
		   "a bracket of 2^%d readings", n);
		give_back();
	}
}

/* What each pattern finds, alone in its set. */
static void
test_matches(void)
{
	static const struct
	{
		const char *pattern;
		const char *text;
		bool		found;
	}			cases[] = {
		{"cup runneth over", "552 the cup  Runneth\r\n over!", true},
		{"cup runneth over", "the cup runneth all over", false},
		{"cup runneth over", "teacup runneth over", false},
		{"cup* over", "cupboard over", true},
		{"*cup over", "teacup over", true},
		{"*cup over", "cupboard over", false},
		{"cup ~ runneth", "cup one two three runneth", true},
		{"cup ~ runneth", "cup one two three four runneth", false},
		{"cup .. runneth", "cup one two three four runneth", true},
		{"(cup|mug) [often] runneth", "mug runneth", true},
		{"(cup|mug) [often] runneth", "cup often runneth", true},
		{"(cup|mug) [often] runneth", "cup rarely runneth", false},
		{"(cup ~ full|mug) runneth", "cup is full runneth", true},
		{"b\xC3\xA9\x63her voll", "Becher voll", true},
		{"@ is no cup", "a@example.com is no cup", true},
		{"see example.com/cups", "see example.com/cups", true},
		{"*.example.com/cup*", "see https://www.example.com/cups.html", true},
		{"\xE3\x82\xAB\xE3\x83\x83\xE3\x83\x97", "x\xE3\x82\xAB\xE3\x83\x83\xE3\x83\x97y", true},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
	{
		Own			own = {cases[i].pattern, "", "", "", BOUNCE_REASON_MAILBOX_FULL, 0};
		BounceCompiler *compiler = bounce_compile_begin(&memory);
		BounceRuleError error = {"", 0, 0};
		BounceEvidence evidence = {.text = span(cases[i].text)};
		BounceVerdict verdict;

		if (!ok(add_rule(compiler, &own, "user.1", &error), "\"%s\" is read", cases[i].pattern))
			diag("%s", error.message);
		evidence.own = bounce_compile_end(compiler);
		bounce_verdict_decide(&evidence, &verdict);
		ok((strcmp(verdict.rule, "user.1") == 0) == cases[i].found, "\"%s\" in \"%s\"",
		   cases[i].pattern, cases[i].text);
		give_back();
	}
}

/* When a user's rule decides, beside the built-in ones. */
static void
test_decides(void)
{
	static const struct
	{
		Own			own;
		const char *code;
		const char *text;
		const char *host;
		const char *command;
		bool		decides;
		BounceClass class;
	}			cases[] = {
		/* of equal priority it wins, whatever the built-in one's length and code */
		{{"unknown", "", "", "", BOUNCE_REASON_POLICY, 0}, "550 5.1.1", "user unknown in virtual mailbox table", "", "RCPT", true, BOUNCE_CLASS_OTHER},
		{{"unknown", "", "", "", BOUNCE_REASON_POLICY, -1}, "550 5.1.1", "user unknown in virtual mailbox table", "", "RCPT", false, BOUNCE_CLASS_HARD},
		/* a provider's own code is between general rules and those of a host */
		{{"denied", "", "", "", BOUNCE_REASON_POLICY, 4}, "550 5.7.606", "Access denied, banned sending IP", "", "", false, BOUNCE_CLASS_OTHER},
		{{"denied", "", "", "", BOUNCE_REASON_POLICY, 5}, "550 5.7.606", "Access denied, banned sending IP", "", "", true, BOUNCE_CLASS_OTHER},
		/* conditions */
		{{"zzz yyy", "550", "", "", BOUNCE_REASON_POLICY, 0}, "550", "zzz yyy", "", "", true, BOUNCE_CLASS_OTHER},
		{{"zzz yyy", "551", "", "", BOUNCE_REASON_POLICY, 0}, "550", "zzz yyy", "", "", false, BOUNCE_CLASS_HARD},
		{{"zzz yyy", "550 5.7.1", "", "", BOUNCE_REASON_POLICY, 0}, "550 5.7.1", "zzz yyy", "", "", true, BOUNCE_CLASS_OTHER},
		{{"zzz yyy", "550 5.7.1", "", "", BOUNCE_REASON_USER_UNKNOWN, 0}, "550 5.7.2", "zzz yyy", "", "", false, BOUNCE_CLASS_SOFT},
		{{"zzz yyy", "", ".Example.com", "", BOUNCE_REASON_POLICY, 0}, "550", "zzz yyy", "mx.example.com", "", true, BOUNCE_CLASS_OTHER},
		{{"zzz yyy", "", "example.com", "", BOUNCE_REASON_POLICY, 0}, "550", "zzz yyy", "mx.badexample.com", "", false, BOUNCE_CLASS_HARD},
		{{"zzz yyy", "", "", "DATA", BOUNCE_REASON_MAILBOX_FULL, 0}, "550", "zzz yyy", "", "DATA", true, BOUNCE_CLASS_SOFT},
		{{"zzz yyy", "", "", "DATA", BOUNCE_REASON_MAILBOX_FULL, 0}, "550", "zzz yyy", "", "RCPT", false, BOUNCE_CLASS_HARD},
		/* any text */
		{{"", "554 5.7.9", "", "", BOUNCE_REASON_MAILBOX_FULL, 0}, "554 5.7.9", "whatever", "", "", true, BOUNCE_CLASS_SOFT},
		{{"", "", "example.com", "", BOUNCE_REASON_POLICY, 100}, "550 5.1.1", "User unknown", "a.example.com", "", true, BOUNCE_CLASS_OTHER},
		{{"", "", "example.com", "", BOUNCE_REASON_POLICY, 100}, "550 5.1.1", "host a.example.com[192.0.2.1] said: User unknown", "", "", true, BOUNCE_CLASS_OTHER},
		{{"", "554", "", "", BOUNCE_REASON_POLICY, 100}, "550 5.1.1", "User unknown", "", "", false, BOUNCE_CLASS_HARD},
		{{"", "550", "", "", BOUNCE_REASON_POLICY, -1000}, "550 5.1.1", "User unknown", "", "", false, BOUNCE_CLASS_HARD},
		/* never hard after 2yz; after 4yz and before RCPT only where the rule says so */
		{{"zzz yyy", "", "", "", BOUNCE_REASON_USER_UNKNOWN, 100}, "250", "zzz yyy", "", "", false, BOUNCE_CLASS_OTHER},
		{{"zzz yyy", "2", "", "", BOUNCE_REASON_USER_UNKNOWN, 100}, "250", "zzz yyy", "", "", false, BOUNCE_CLASS_OTHER},
		{{"zzz yyy", "", "", "", BOUNCE_REASON_USER_UNKNOWN, 100}, "450", "zzz yyy", "", "", true, BOUNCE_CLASS_SOFT},
		{{"zzz yyy", "4", "", "", BOUNCE_REASON_USER_UNKNOWN, 100}, "450", "zzz yyy", "", "", true, BOUNCE_CLASS_HARD},
		{{"zzz yyy", "4.2.*", "", "", BOUNCE_REASON_USER_UNKNOWN, 100}, "4.2.1", "zzz yyy", "", "", true, BOUNCE_CLASS_HARD},
		{{"zzz yyy", "", "", "", BOUNCE_REASON_USER_UNKNOWN, 100}, "550", "zzz yyy", "", "MAIL", true, BOUNCE_CLASS_OTHER},
		{{"zzz yyy", "", "", "MAIL", BOUNCE_REASON_USER_UNKNOWN, 100}, "550", "zzz yyy", "", "MAIL", true, BOUNCE_CLASS_HARD},
		/* words that mean nothing by themselves mean what the user says */
		{{"permanent error", "", "", "", BOUNCE_REASON_POLICY, 100}, "550", "This is a permanent error. I've given up.", "", "", true, BOUNCE_CLASS_OTHER},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
	{
		BounceCompiler *compiler = bounce_compile_begin(&memory);
		BounceRuleError error = {"", 0, 0};
		BounceEvidence evidence = {
			.code = span(cases[i].code), .text = span(cases[i].text),
			.host = span(cases[i].host), .command = span(cases[i].command)
		};
		BounceExplanation e;
		BounceVerdict verdict;
		unsigned	shown = 0;

		if (!add_rule(compiler, &cases[i].own, "user.7", &error))
			diag("%s", error.message);
		evidence.own = bounce_compile_end(compiler);
		bounce_verdict_decide(&evidence, &verdict);
		bounce_verdict_explain(&evidence, &e);
		for (unsigned k = 0; k < e.nmatches; k++)
			shown += strcmp(e.matches[k].rule, "user.7") == 0;
		if (!ok((strcmp(verdict.rule, "user.7") == 0) == cases[i].decides &&
				shown <= 1 && (shown == 1 || !cases[i].decides) &&
				verdict.class == cases[i].class && verdict.class == e.verdict.class &&
				verdict.reason == e.verdict.reason && verdict.rule == e.matches[0].rule,
				"\"%s\" %s at %d on %s %s", cases[i].own.pattern, cases[i].own.code,
				cases[i].own.priority, cases[i].code, cases[i].text))
			diag("got %s, class %d", verdict.rule, (int) verdict.class);
		give_back();
	}
}

/* A set of many rules finds each of them; no rules find nothing. */
static void
test_many(void)
{
	BounceCompiler *compiler = bounce_compile_begin(&memory);
	BounceRuleError error;
	BounceEvidence evidence = {.text = span("word17 of number 1017 and more")};
	BounceVerdict verdict;
	int			found = 0;

	evidence.own = bounce_compile_end(compiler);
	bounce_verdict_decide(&evidence, &verdict);
	ok(strcmp(verdict.rule, "fallback.none") == 0, "no rules at all");

	/* a rule that is refused leaves nothing behind */
	compiler = bounce_compile_begin(&memory);
	add_rule(compiler, &(Own) {"(and more ~ text|up)", "", "", "", BOUNCE_REASON_POLICY, 0}, "user.1", &error);
	add_rule(compiler, &(Own) {"up", "", "", "", BOUNCE_REASON_POLICY, 0}, "user.2", &error);
	evidence.own = bounce_compile_end(compiler);
	bounce_verdict_decide(&evidence, &verdict);
	ok(strcmp(verdict.rule, "fallback.none") == 0 && evidence.own->nphrases == 0,
	   "only rules that cannot be used");

	compiler = bounce_compile_begin(&memory);
	for (int i = 0; i < 5000; i++)
	{
		char		pattern[80];
		char		id[20];
		Own			own = {pattern, "", "", "", BOUNCE_REASON_POLICY, 0};

		snprintf(pattern, sizeof(pattern), "word%d of number %d", i % 250, i + 10000);
		snprintf(id, sizeof(id), "user.%d", i);
		if (!add_rule(compiler, &own, id, &error))
			ok(false, "%s: %s", pattern, error.message);
	}
	evidence.own = bounce_compile_end(compiler);
	for (int i = 0; i < 5000; i++)
	{
		char		text[80];
		char		id[20];

		snprintf(text, sizeof(text), "so: Word%d of number %d, it said", i % 250, i + 10000);
		snprintf(id, sizeof(id), "user.%d", i);
		evidence.text = span(text);
		bounce_verdict_decide(&evidence, &verdict);
		found += strcmp(verdict.rule, id) == 0;
	}
	ok(found == 5000, "each of 5000 rules is found");
	give_back();
}

/* Rules that all have the same words, or none: the one for the host decides. */
static void
test_many_hosts(void)
{
	for (int n = 31; n <= 1000; n = n == 33 ? 1000 : n + 1)
	{
		for (int bare = 0; bare <= 1; bare++)
		{
			BounceCompiler *compiler = bounce_compile_begin(&memory);
			BounceRuleError error;
			BounceEvidence evidence = {.text = span("550 cup runneth over")};
			BounceVerdict verdict;
			char		last[40];
			char		id[40];

			for (int i = 0; i < n; i++)
			{
				char		host[40];
				Own			own = {bare ? "" : "cup runneth over", "", host, "", BOUNCE_REASON_POLICY, i == 0 ? 500 : 100};

				snprintf(host, sizeof(host), "h%d.example", i);
				snprintf(id, sizeof(id), "user.%d", i);
				add_rule(compiler, &own, id, &error);
			}
			snprintf(last, sizeof(last), "mx.h%d.example", n - 1);
			evidence.own = bounce_compile_end(compiler);
			evidence.host = span(last);
			bounce_verdict_decide(&evidence, &verdict);
			ok(strcmp(verdict.rule, id) == 0, "the last of %d rules for hosts, %s words", n,
			   bare ? "without" : "of the same");
			give_back();
		}
	}
}

/* Any bytes as a pattern: an error or a rule, nothing else. */
static void
test_any_pattern(void)
{
	static const char *const words[] = {
		"mailbox", "(", ")", "[", "]", "|", " ", " ", "*", "~", "..", "@", "550", "5.1.1", "full",
		"\xC3\xA9", "\xE3\x82\xAB", "\xFF", "'", "a.b", "-", "=", "quota", "!"
	};
	unsigned	seed = 7;
	int			read = 0;

	for (int round = 0; round < 20000; round++)
	{
		char		pattern[200] = "";
		Own			own = {pattern, "", "", "", BOUNCE_REASON_POLICY, 0};
		BounceCompiler *compiler = bounce_compile_begin(&memory);
		BounceRuleError error = {NULL, 0, 0};
		int			n = round % 12;

		for (int i = 0; i < n; i++)
		{
			seed = seed * 1103515245u + 12345u;
			strcat(pattern, words[(seed >> 16) % COUNT_OF(words)]);
		}
		if (add_rule(compiler, &own, "1", &error))
		{
			bounce_compile_end(compiler);
			read++;
		}
		else if (error.message == NULL || error.at > strlen(pattern))
			ok(false, "an error that says where: \"%s\"", pattern);
		give_back();
	}
	ok(read > 1000, "%d of 20000 random patterns are rules", read);
}

int
main(void)
{
	test_errors();
	test_limits();
	test_matches();
	test_decides();
	test_many();
	test_many_hosts();
	test_any_pattern();
	return done_testing();
}
