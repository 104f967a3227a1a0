/*-------------------------------------------------------------------------
 *
 * compile_rules.c
 *	  Compile the built-in rules when bounce is built, and check them.
 *
 * usage: compile_rules SOURCEDIR
 *
 * Writes rule_tables.c to the standard output: the rows of rule_rows.c, compiled
 * by src/core/compile.c as a user's rules are at run time.  Every mistake is
 * told as file:line, and then nothing is written and the exit status is 1:
 *
 *	- a phrase that cannot be read;
 *	- a reading that another rule with the same conditions has, too;
 *	- an example that does not give the reason of its rule, or does not match it;
 *	- a rule that can never win, because others decide whatever it matches.
 *
 * The output depends on the rows only.
 *
 * src/rules/compile_rules.c
 *
 *-------------------------------------------------------------------------
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/compile.h"
#include "core/explain.h"
#include "core/match.h"
#include "rules/rule_rows.h"

/* Readings of one rule that are written out to look for duplicates. */
#define MAX_READINGS 4000

static const BounceRuleSet *compiled;
static const char *source;
static unsigned mistakes;

/* What the core asks for, see rules.h; here it is what has just been made. */
const BounceRuleSet *
bounce_builtin_rules(void)
{
	return compiled;
}

static void *
get_memory(void *state, size_t size)
{
	void	   *memory = malloc(size > 0 ? size : 1);

	(void) state;
	if (memory == NULL)
	{
		fprintf(stderr, "compile_rules: out of memory\n");
		exit(1);
	}
	return memory;
}

static const BounceMemory memory = {get_memory, NULL};

static BounceSpan
span_of(const char *s)
{
	return bounce_span_make(s, strlen(s));
}

static const char *
file_of(const BounceRuleRow *row)
{
	if (row->reason == BOUNCE_RULE_NOTICE)
		return "notices.tsv";
	return row->reason == BOUNCE_RULE_STAGE ? "stages.tsv" : "rules.tsv";
}

static void
complain(const BounceRuleRow *row, const char *what, const char *name)
{
	fprintf(stderr, "%s/%s:%d: %s %s%s\n", source, file_of(row), row->line, row->id, what, name);
	mistakes++;
}

static void
compile_rows(void)
{
	BounceCompiler *compiler = bounce_compile_begin(&memory);

	for (unsigned i = 0; i < bounce_rule_row_count; i++)
	{
		const BounceRuleRow *row = &bounce_rule_rows[i];
		BounceRuleText text = {
			.id = span_of(row->id), .pattern = span_of(row->pattern),
			.code = span_of(row->code), .host = span_of(row->host),
			.command = span_of(row->command), .reason = row->reason, .saying = row->saying,
			.priority = row->priority, .not_instant = row->not_instant
		};
		BounceRuleError error;

		if (!bounce_compile_rule(compiler, &text, &error))
		{
			static const char *const fields[] = {"phrase", "code", "host", "stage"};
			char		place[80];

			snprintf(place, sizeof(place), " (%s, behind %u bytes)", fields[error.field],
					 (unsigned) error.at);
			complain(row, error.message, place);
		}
	}
	if (mistakes == 0)
		compiled = bounce_compile_end(compiler);
}

/*
 * Readings
 */

typedef struct Reading
{
	const BounceRuleRow *row;
	char	   *text;			/* the words, with the gaps, and the conditions */
	size_t		words;			/* length without the conditions */
} Reading;

typedef BOUNCE_LIST(Reading) ReadingList;

/* Write the reading in which each element has the piece that choice says. */
static void
add_reading(ReadingList *readings, const BounceRuleRow *row, const BouncePhraseText *phrase,
			const size_t *choice)
{
	static const char *const gaps[] = {"", "~", ".."};
	size_t		size = strlen(row->code) + strlen(row->host) + strlen(row->command) + 80;
	Reading    *reading = bounce_list_add(&memory, readings);
	char	   *out;

	for (size_t i = 0; i < phrase->nelements; i++)
		size += BOUNCE_MAX_PIECE + 2;
	out = get_memory(NULL, size);
	reading->row = row;
	reading->text = out;
	for (size_t i = 0; i < phrase->nelements; i++)
	{
		const BounceElementText *element = &phrase->elements[i];

		if (choice[i] == element->npieces)
			continue;
		out += sprintf(out, "%s", gaps[element->gap]);
		memcpy(out, element->pieces[choice[i]].ptr, element->pieces[choice[i]].len);
		out += element->pieces[choice[i]].len;
	}
	reading->words = (size_t) (out - reading->text);
	sprintf(out, "\t%s\t%s\t%s\t%d\t%d", row->code, row->host, row->command,
			row->reason >= BOUNCE_REASON_COUNT ? row->reason : 0, row->saying);
}

/* All ways to read a phrase, or those that are no more than MAX_READINGS. */
static void
add_readings(ReadingList *readings, const BounceRuleRow *row, const BouncePhraseText *phrase)
{
	size_t		choice[BOUNCE_MAX_ELEMENTS] = {0};
	size_t		n = 0;

	for (;;)
	{
		size_t		i;

		add_reading(readings, row, phrase, choice);
		if (++n == MAX_READINGS)
			return;
		for (i = 0; i < phrase->nelements; i++)
		{
			if (++choice[i] < phrase->elements[i].npieces + phrase->elements[i].optional)
				break;
			choice[i] = 0;
		}
		if (i == phrase->nelements)
			return;
	}
}

static int
compare_readings(const void *one, const void *other)
{
	const Reading *a = one;
	const Reading *b = other;
	int			order = strcmp(a->text, b->text);

	return order != 0 ? order : a->row < b->row ? -1 : a->row > b->row;
}

static void
check_duplicates(ReadingList *readings)
{
	const BounceRuleRow *told = NULL;
	char		other[400];

	qsort(readings->at, readings->n, sizeof(*readings->at), compare_readings);
	for (size_t i = 1; i < readings->n; i++)
	{
		const Reading *reading = &readings->at[i];

		if (reading->row == reading[-1].row || reading->row == told ||
			strcmp(reading->text, reading[-1].text) != 0)
			continue;
		told = reading->row;
		snprintf(other, sizeof(other), "%s:%.*s", reading[-1].row->id, (int) reading->words,
				 reading->text);
		complain(told, "has a phrase that is also in ", other);
	}
}

/*
 * Examples, and rules that never win
 */

/* A code that meets the row's condition. */
static void
make_code(const char *condition, char *code)
{
	if (*condition == '~')
		condition++;
	strcpy(code, condition);
	if (strlen(condition) == 1)
		strcat(code, "99");
	for (char *c = code; *c != '\0'; c++)
	{
		if (*c == '*')
			*c = c == code ? '5' : '9';
	}
}

static bool
is_own_match(const BounceRuleRow *row, BounceSpan text, const char *code, bool *decides,
			 BounceReason *reason)
{
	BounceEvidence evidence = {
		.code = span_of(code), .text = text, .host = span_of(row->host),
		.command = span_of(row->command)
	};
	BounceExplanation e;

	bounce_verdict_explain(&evidence, &e);
	*reason = e.verdict.reason;
	*decides = strcmp(e.verdict.rule, row->id) == 0;
	for (unsigned i = 0; i < e.nmatches; i++)
	{
		if (strcmp(e.matches[i].rule, row->id) == 0)
			return true;
	}
	return false;
}

/* A reading as a text: with words in its gaps, or without any. */
static BounceSpan
text_of(const Reading *reading, const char *filler)
{
	size_t		size = 1;
	char	   *text;

	for (size_t i = 0; i < reading->words; i++)
		size += reading->text[i] == '~' || reading->text[i] == '.' ? strlen(filler) + 1 : 1;
	text = get_memory(NULL, size + reading->words);
	size = 0;
	for (size_t i = 0; i < reading->words; i++)
	{
		char		c = reading->text[i];
		bool		is_gap = c == '~' ||
			(c == '.' && i + 1 < reading->words && reading->text[i + 1] == '.');

		if (is_gap)
			size += (size_t) sprintf(text + size, "%s%s", filler, c == '.' ? filler : "");
		else
			text[size++] = c;
		i += is_gap && c == '.';
	}
	return bounce_span_make(text, size);
}

/* Would the rule decide on one of its readings? */
static bool
wins_once(const BounceRuleRow *row, const ReadingList *readings)
{
	static const char *const fillers[] = {"", " zz zz"};
	char		code[32];
	BounceReason reason;
	bool		decides;

	make_code(row->code, code);
	for (size_t i = 0; i < readings->n; i++)
	{
		for (size_t n = 0; readings->at[i].row == row && n < 2; n++)
		{
			is_own_match(row, text_of(&readings->at[i], fillers[n]), code, &decides, &reason);
			if (decides)
				return true;
		}
	}
	return false;
}

static void
check_rule(const BounceRuleRow *row, const ReadingList *readings)
{
	BounceReason reason;
	bool		decides;

	if (!is_own_match(row, span_of(row->example), "", &decides, &reason))
		complain(row, "does not match its example", "");
	else if ((int) reason != row->reason)
		complain(row, "has an example with the reason ", bounce_reason_table[reason].name);
	else if (!decides && !wins_once(row, readings))
		complain(row, "can never win: heavier rules decide on whatever it matches", "");
}

static void
check_rows(void)
{
	ReadingList readings = {NULL, 0, 0};

	for (unsigned i = 0; i < bounce_rule_row_count; i++)
	{
		const BounceRuleRow *row = &bounce_rule_rows[i];
		BouncePhraseText *phrases;
		size_t		nphrases;
		BounceRuleError error;

		if (bounce_phrase_read(&memory, span_of(row->pattern), &phrases, &nphrases, &error))
		{
			for (size_t n = 0; n < nphrases; n++)
				add_readings(&readings, row, &phrases[n]);
		}
	}
	for (unsigned i = 0; i < bounce_rule_row_count; i++)
	{
		if (bounce_rule_rows[i].reason < BOUNCE_REASON_COUNT)
			check_rule(&bounce_rule_rows[i], &readings);
	}
	check_duplicates(&readings);
}

/*
 * Writing
 */

/* An array of these, so many a line. */
#define WRITE_ARRAY(type, name, count, per_line, ...) \
	do \
	{ \
		printf("static const %s %s[] = {", type, name); \
		for (uint32_t i = 0; i < (count); i++) \
		{ \
			printf("%s", i % (per_line) == 0 ? "\n\t" : " "); \
			printf(__VA_ARGS__); \
		} \
		printf("\n};\n\n"); \
	} while (0)

static void
write_bits(const char *use, const char *set, const uint64_t *bits)
{
	char		name[40];

	snprintf(name, sizeof(name), "%s_%s", use, set);
	WRITE_ARRAY("uint64_t", name, (1U << compiled->filter_bits) / 64, 4,
				"UINT64_C(0x%" PRIx64 "),", bits[i]);
}

static void
write_filter(const char *use, const BounceFilter *filter)
{
	write_bits(use, "any", filter->any);
	write_bits(use, "brief", filter->brief);
	write_bits(use, "whole", filter->whole);
	write_bits(use, "inner", filter->inner);
}

static void
write_tables(void)
{
	static const char *const uses[] = {"verdict", "stage", "notice"};
	const BounceRuleSet *s = compiled;

	printf("/*-------------------------------------------------------------------------\n *\n"
		   " * rule_tables.c\n *\t  The built-in rules, compiled.\n *\n"
		   " * Written by src/rules/compile_rules.c: do not edit.\n *\n"
		   " * src/rules/rule_tables.c\n *\n"
		   " *-------------------------------------------------------------------------\n */\n"
		   "#include \"core/rules.h\"\n\n");
	printf("/* id, host, reply, subject, detail, digit, enhanced, vague, host_len, reason, "
		   "not_instant, stage, own */\n");
	WRITE_ARRAY("BounceRule", "rules", s->nrules, 2,
				"{%" PRIu32 ", %" PRIu32 ", %u, %u, %u, %u, %u, %u, %u, %u, %u, %u, %u},",
				s->rules[i].id, s->rules[i].host, s->rules[i].reply, s->rules[i].subject,
				s->rules[i].detail, s->rules[i].digit, s->rules[i].enhanced, s->rules[i].vague,
				s->rules[i].host_len, s->rules[i].reason, s->rules[i].not_instant,
				s->rules[i].stage, s->rules[i].own);
	printf("/* needs, weight, heaviest, element, rule, elements, anchor, options, group */\n");
	WRITE_ARRAY("BouncePhrase", "phrases", s->nphrases, 1,
				"{{UINT64_C(0x%" PRIx64 "), UINT64_C(0x%" PRIx64 ")}, %" PRIu32 ", %" PRIu32 ", %" PRIu32 ", %u, %u, %u, %u, %u},",
				s->phrases[i].needs[0], s->phrases[i].needs[1], s->phrases[i].weight,
				s->phrases[i].heaviest, s->phrases[i].element, s->phrases[i].rule,
				s->phrases[i].elements, s->phrases[i].anchor, s->phrases[i].options,
				s->phrases[i].group);
	printf("/* piece, pieces, gap, optional, first, last */\n");
	WRITE_ARRAY("BounceElement", "elements", s->nelements, 4,
				"{%" PRIu32 ", %u, %u, %u, 0x%" PRIx32 ", 0x%" PRIx32 "},",
				s->elements[i].piece, s->elements[i].pieces, s->elements[i].gap,
				s->elements[i].optional, s->elements[i].first, s->elements[i].last);
	printf("/* text, len, head, word */\n");
	WRITE_ARRAY("BouncePiece", "pieces", s->npieces, 5,
				"{%" PRIu32 ", %u, {%u, %u, %u}, %u},", s->pieces[i].text, s->pieces[i].len,
				s->pieces[i].head[0], s->pieces[i].head[1], s->pieces[i].head[2],
				s->pieces[i].word);
	printf("/* text, phrase, len */\n");
	WRITE_ARRAY("BounceOutput", "outputs", s->noutputs, 6, "{%" PRIu32 ", %u, %u},",
				s->outputs[i].text, s->outputs[i].phrase, s->outputs[i].len);
	printf("/* base_class, output, groups, is_cut */\n");
	WRITE_ARRAY("BounceNode", "nodes", s->nnodes, 6, "{%" PRIu32 ", %" PRIu32 ", %u, %u},",
				s->nodes[i].base_class, s->nodes[i].output, s->nodes[i].groups,
				s->nodes[i].is_cut);
	printf("/* bytes, node, depth */\n");
	WRITE_ARRAY("BounceJump", "jumps", 1U << s->jump_bits, 4,
				"{UINT64_C(0x%" PRIx64 "), %" PRIu32 ", %" PRIu32 "},", s->jumps[i].bytes,
				s->jumps[i].node, s->jumps[i].depth);
	WRITE_ARRAY("unsigned char", "byte_class", 256U, 16, "%u,", s->byte_class[i]);
	for (int use = 0; use < BOUNCE_FILTER_COUNT; use++)
		write_filter(uses[use], &s->filter[use]);

	/* As numbers, because compilers need not take long strings. */
	WRITE_ARRAY("char", "pool", s->npool, 20, "%d,", (signed char) s->pool[i]);

	printf("static const BounceRuleSet builtin = {\n"
		   "\tpool, rules, phrases, elements, pieces, outputs, nodes, jumps, byte_class,\n\t{");
	for (int use = 0; use < BOUNCE_FILTER_COUNT; use++)
		printf("\n\t\t{%s_any, %s_brief, %s_whole, %s_inner, %s},", uses[use], uses[use],
			   uses[use], uses[use], s->filter[use].has_inner ? "true" : "false");
	printf("\n\t},\n\t%" PRIu32 ", %" PRIu32 ", %" PRIu32 ", %" PRIu32 ", %" PRIu32 ", %" PRIu32
		   ", %" PRIu32 ", %" PRIu32 ", %u, %u\n};\n\n", s->npool, s->nrules, s->nphrases,
		   s->nbare, s->nelements, s->npieces, s->noutputs, s->nnodes, s->filter_bits,
		   s->jump_bits);
	printf("const BounceRuleSet *\nbounce_builtin_rules(void)\n{\n\treturn &builtin;\n}\n");
}

int
main(int argc, char **argv)
{
	if (argc != 2)
	{
		fprintf(stderr, "usage: compile_rules SOURCEDIR\n");
		return 1;
	}
	source = argv[1];
	compile_rows();
	if (mistakes == 0)
		check_rows();
	if (mistakes > 0)
	{
		fprintf(stderr, "%u mistakes in the rules\n", mistakes);
		return 1;
	}
	write_tables();
	if (fflush(stdout) != 0 || ferror(stdout))
	{
		perror("compile_rules");
		return 1;
	}
	return 0;
}
