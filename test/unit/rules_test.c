/*-------------------------------------------------------------------------
 *
 * rules_test.c
 *	  The built-in rules: what each says of its own example, and that they are
 *	  compiled as they are written.
 *
 * test/unit/rules_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/match.h"
#include "core/said.h"
#include "core/verdict.h"
#include "rules/rule_rows.h"

#include "tap.h"

static BounceSpan
span(const char *text)
{
	return bounce_span_make(text, strlen(text));
}

/* Is this rule among those that the text matches? */
static bool
row_matches(const BounceRuleRow *row, unsigned number)
{
	const BounceRuleSet *set = bounce_builtin_rules();
	BounceFolded folded;
	BounceHit	hits[BOUNCE_MAX_HITS];
	BounceCode	code;
	uint32_t	enough = 0;
	unsigned	n;

	bounce_code_find(span(row->example), &code);
	bounce_text_fold(span(row->example), &folded, NULL);
	n = bounce_match_find(set, &folded, &code, NULL, row->reason == BOUNCE_RULE_NOTICE ?
						  BOUNCE_WANT_NOTICES : BOUNCE_WANT_ALL, &enough, hits, BOUNCE_MAX_HITS);
	for (unsigned i = 0; i < n; i++)
	{
		if (hits[i].phrase->rule == number)
			return true;
	}
	return false;
}

static void
test_examples(void)
{
	for (unsigned i = 0; i < bounce_rule_row_count; i++)
	{
		const BounceRuleRow *row = &bounce_rule_rows[i];
		BounceEvidence evidence = {
			.text = span(row->example), .host = span(row->host), .command = span(row->command)
		};
		BounceVerdict verdict;

		ok(row_matches(row, i), "%s: \"%s\"", row->id, row->example);
		if (row->reason >= BOUNCE_REASON_COUNT)
			continue;
		bounce_verdict_decide(&evidence, &verdict);
		if (!ok((int) verdict.reason == row->reason, "%s gives its reason", row->id))
			diag("got %s by %s", bounce_reason_table[verdict.reason].name, verdict.rule);
	}
}


/* Each example of notices.tsv is found, and says what its row says. */
static void
test_notices(void)
{
	for (unsigned i = 0; i < bounce_rule_row_count; i++)
	{
		const BounceRuleRow *row = &bounce_rule_rows[i];
		BounceSaid	said;
		bool		good = false;

		if (row->reason != BOUNCE_RULE_NOTICE)
			continue;
		bounce_said_read(span(row->example), &said);
		switch ((BounceSaying) row->saying)
		{
			case BOUNCE_SAYING_NONE:
				break;
			case BOUNCE_SAYING_FAILED:
				good = said.failed;
				break;
			case BOUNCE_SAYING_DELAYED:
				good = said.delayed;
				break;
			case BOUNCE_SAYING_FINAL:
				good = said.final;
				break;
			case BOUNCE_SAYING_DELIVERED:
				good = said.delivered;
				break;
			case BOUNCE_SAYING_FROM:
				good = bounce_span_equal(said.system, span(row->id));
				break;
			case BOUNCE_SAYING_ANSWERED:
				good = said.answered;
				break;
			case BOUNCE_SAYING_REQUESTED:
				good = said.requested;
				break;
			case BOUNCE_SAYING_LISTED:
				good = said.listed;
				break;
			case BOUNCE_SAYING_CHALLENGED:
				good = said.challenged;
				break;
			case BOUNCE_SAYING_UNSUBSCRIBED:
				good = said.unsubscribed;
				break;
		}
		ok(good, "\"%s\" says %d", row->example, row->saying);
	}
}

/* Pieces are folded already, or no text could ever hold them. */
static void
test_pieces_are_folded(void)
{
	const BounceRuleSet *set = bounce_builtin_rules();
	int			wrong = 0;

	for (uint32_t i = 0; i < set->npieces; i++)
	{
		const BouncePiece *piece = &set->pieces[i];
		const char *bytes = set->pool + piece->text;
		BounceFolded folded;

		/* A piece inside a word may be cut anywhere. */
		if (bytes[0] != ' ' || bytes[piece->len - 1] != ' ')
			continue;
		bounce_text_fold(bounce_span_make(bytes, piece->len), &folded, NULL);
		if (folded.len != piece->len || memcmp(folded.text, bytes, piece->len) != 0)
		{
			wrong++;
			diag("\"%.*s\"", (int) piece->len, bytes);
		}
	}
	ok(wrong == 0, "phrases are folded as texts are");
	ok(set->nrules == bounce_rule_row_count, "each row is a rule");
}

int
main(void)
{
	test_examples();
	test_notices();
	test_pieces_are_folded();
	return done_testing();
}
