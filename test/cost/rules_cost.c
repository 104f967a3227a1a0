/*-------------------------------------------------------------------------
 *
 * rules_cost.c
 *	  What a verdict costs with so many times the built-in rules.
 *
 * usage: rules TIMES
 *
 * Beside the built-in rules stand others of the same shape, in which each word is
 * another one that the rules have: so they begin as real ones do, and words of
 * real replies are in them.  Judges the examples of all built-in rules in
 * judge_all(), which callgrind counts, and prints how many there are.
 *
 * test/cost/rules_cost.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/compile.h"
#include "core/match.h"
#include "rules/rule_rows.h"

#define MAX_WORDS 20000

static const BounceRuleSet *rules;
static char words[MAX_WORDS][40];
static unsigned nwords;
static unsigned seed = 1;

/* What the core asks for. */
const BounceRuleSet *
bounce_builtin_rules(void)
{
	return rules;
}

static void *
get_memory(void *state, size_t size)
{
	void	   *memory = malloc(size > 0 ? size : 1);

	(void) state;
	if (memory == NULL)
		abort();
	return memory;
}

static const BounceMemory memory = {get_memory, NULL};

static BounceSpan
span(const char *s)
{
	return bounce_span_make(s, strlen(s));
}

/* The length of the plain word that begins at s. */
static size_t
word_len(const char *s)
{
	size_t		n = 0;

	while (bounce_ascii_is_alpha(s[n]))
		n++;
	return n;
}

static bool
is_new_word(const char *word)
{
	for (unsigned i = 0; i < nwords; i++)
	{
		if (strcmp(words[i], word) == 0)
			return false;
	}
	return true;
}

static void
collect_words(const char *pattern)
{
	for (const char *s = pattern; *s != '\0'; s++)
	{
		size_t		len = word_len(s);

		if (len >= 3 && len < sizeof(words[0]) && nwords < MAX_WORDS)
		{
			memcpy(words[nwords], s, len);
			words[nwords][len] = '\0';
			nwords += is_new_word(words[nwords]);
		}
		if (len > 0)
			s += len - 1;
	}
}

/* The pattern with other words in it. */
static char *
change_words(const char *pattern)
{
	char	   *out = get_memory(NULL, strlen(pattern) * 40 + 1);
	size_t		n = 0;

	for (const char *s = pattern; *s != '\0';)
	{
		size_t		len = word_len(s);

		if (len >= 3)
		{
			seed = seed * 1103515245u + 12345u;
			n += (size_t) sprintf(out + n, "%s", words[(seed >> 8) % nwords]);
			s += len;
		}
		else
			out[n++] = *s++;
	}
	out[n] = '\0';
	return out;
}

static bool
add_rule(BounceCompiler *compiler, const BounceRuleRow *row, const char *pattern)
{
	BounceRuleText text = {
		.id = span(row->id), .pattern = span(pattern), .code = span(row->code),
		.host = span(row->host), .command = span(row->command), .reason = row->reason,
		.saying = row->saying, .priority = row->priority, .not_instant = row->not_instant
	};
	BounceRuleError error;

	return bounce_compile_rule(compiler, &text, &error);
}

/* Not inlined, so that it can be counted. */
static unsigned __attribute__((noinline))
judge_all(void)
{
	unsigned	judged = 0;

	for (unsigned i = 0; i < bounce_rule_row_count; i++)
	{
		BounceEvidence evidence = {.text = span(bounce_rule_rows[i].example)};
		BounceVerdict verdict;

		bounce_verdict_decide(&evidence, &verdict);
		judged += verdict.rule != NULL;
	}
	return judged;
}

int
main(int argc, char **argv)
{
	int			times = argc == 2 ? atoi(argv[1]) : 1;
	BounceCompiler *compiler = bounce_compile_begin(&memory);
	unsigned	added = 0;

	for (unsigned i = 0; i < bounce_rule_row_count; i++)
	{
		collect_words(bounce_rule_rows[i].pattern);
		added += add_rule(compiler, &bounce_rule_rows[i], bounce_rule_rows[i].pattern);
	}
	for (int n = 1; n < times; n++)
	{
		for (unsigned i = 0; i < bounce_rule_row_count; i++)
		{
			const BounceRuleRow *row = &bounce_rule_rows[i];

			if (row->reason < BOUNCE_REASON_COUNT)
				added += add_rule(compiler, row, change_words(row->pattern));
		}
	}
	rules = bounce_compile_end(compiler);
	printf("%u rules, %u texts\n", added, judge_all());
	return 0;
}
