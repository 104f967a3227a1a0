/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  Why a verdict is what it is: the rules that match, and which decides.
 *
 * The verdict is that of bounce_verdict_decide(), always: what is found here
 * only tells where it comes from.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/explain.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/explain.h"

/* Why one phrase decides before another, from the side of both. */
typedef struct Ground
{
	const char *before;
	const char *behind;
} Ground;

static const Ground by_host = {"bound to the remote host", "not bound to the remote host"};
static const Ground by_priority = {"higher priority", "lower priority"};
static const Ground by_owner = {"a rule of yours", "a built-in rule"};
static const Ground by_condition = {"bound to a code or a stage", "bound to no code or stage"};
static const Ground by_length = {"longer phrase", "shorter phrase"};
static const Ground by_place = {"stands earlier in the text", "stands later in the text"};

/* What a weighs more than b by: the order of decision. */
static const Ground *
find_ground(const BounceMatch *a, const BounceMatch *b)
{
	if (a->priority != b->priority)
		return a->has_host && !b->has_host && a->is_own == b->is_own ? &by_host : &by_priority;
	if (a->is_own != b->is_own)
		return &by_owner;
	if (a->has_condition != b->has_condition)
		return &by_condition;
	return a->weight != b->weight ? &by_length : &by_place;
}

/* Does the rule's id begin so? */
static bool
is_of(const BounceMatch *match, const char *prefix)
{
	return strncmp(match->rule, prefix, strlen(prefix)) == 0;
}

/* Has its id so many parts: reply.550.rcpt has three? */
static bool
has_part(const BounceMatch *match, unsigned n)
{
	const char *dot = match->rule;

	while (--n > 0 && (dot = strchr(dot, '.')) != NULL)
		dot++;
	return n == 0;
}

/* Was it accepted?  Then no words make it a failure. */
static bool
is_success(const BounceExplanation *e)
{
	return bounce_code_digit(&e->code) == 2;
}

/* The code that the rule of the code went by, as text; NONE without a code. */
static BounceSpan
code_piece(BounceExplanation *e, const BounceMatch *match)
{
	bool		by_reply = is_of(match, "reply.") ||
		(e->code.reply != 0 && (e->code.enhanced_class == 0 || bounce_code_is_vague(&e->code)));
	size_t		len = 0;

	if (by_reply)
	{
		for (int scale = 100; scale > 0; scale /= 10)
			e->code_text[len++] = (char) ('0' + e->code.reply / scale % 10);
	}
	else if (e->code.enhanced_class != 0)
		len = bounce_enhanced_write(&e->code, e->code_text);
	return len > 0 ? bounce_span_make(e->code_text, len) : BOUNCE_SPAN_NONE;
}

/* Why the code decides, when it does; words are the phrases that match. */
static const char *
code_ground(const BounceExplanation *e, const BounceMatch *match, bool has_words)
{
	if (is_success(e))
		return "the code is of a success";
	if (e->has_provider_code)
		return "a provider's own code";
	if (has_words)
		return "the code is about the sender's address";
	if (match->piece.len == 0)
		return "no code, and no phrase matched";
	if (is_of(match, "code."))
		return "no phrase matched: by the enhanced code";
	if (is_of(match, "reply."))
		return has_part(match, 3) ? "no phrase matched: by the reply code in this SMTP stage" :
			"no phrase matched: by the reply code";
	if (has_part(match, 3))
		return "no phrase matched: by the subject of the enhanced code";
	return "no phrase matched: by the first digit of the code";
}

/* Why a phrase that matches does not decide where a code does. */
static const char *
silenced_ground(const BounceExplanation *e)
{
	if (is_success(e))
		return "not asked: the code is of a success";
	if (e->has_provider_code)
		return "behind a provider's own code";
	return "not believed: the code is about the sender's address";
}

/* What kept the verdict from being what its rule says, or NULL. */
static const char *
held_ground(const BounceExplanation *e, const BounceMatch *decider)
{
	if (e->verdict.class == decider->class && e->verdict.reason == decider->reason)
		return NULL;
	if (bounce_code_digit(&e->code) == 4)
		return "a 4yz is not hard";
	return "the recipient had not been named yet";
}

/* Leave one match a rule, the first. */
static void
drop_repeated(BounceExplanation *e)
{
	unsigned	kept = 0;

	for (unsigned i = 0; i < e->nmatches; i++)
	{
		unsigned	k = 0;

		while (k < kept && e->matches[k].rule != e->matches[i].rule)
			k++;
		if (k == kept)
			e->matches[kept++] = e->matches[i];
	}
	e->nmatches = kept;
}

/* Put the match at from before that at to, which it stands behind. */
static void
move_up(BounceExplanation *e, unsigned from, unsigned to)
{
	BounceMatch match = e->matches[from];

	memmove(&e->matches[to + 1], &e->matches[to], (from - to) * sizeof(match));
	e->matches[to] = match;
}

/* A provider's own code decides behind the phrases of higher priority. */
static void
raise_code(BounceExplanation *e)
{
	unsigned	to = 0;

	while (to < e->nmatches - 1 && e->matches[to].priority >= BOUNCE_PRIORITY_CODE)
		to++;
	move_up(e, e->nmatches - 1, to);
}

/* Why for each match; the first one decides. */
static void
fill_grounds(BounceExplanation *e)
{
	BounceMatch *decider = &e->matches[0];
	const BounceMatch *second = NULL;	/* among the phrases */

	for (unsigned i = 1; i < e->nmatches; i++)
	{
		BounceMatch *match = &e->matches[i];

		if (!match->is_phrase)
			match->why = e->has_provider_code ?
				"a provider's own code, but words of higher priority decide before it" :
				"words decide before codes";
		else if (!decider->is_phrase)
			match->why = silenced_ground(e);
		else
			match->why = find_ground(decider, match)->behind;
		if (match->is_phrase && second == NULL)
			second = match;
	}
	if (!decider->is_phrase)
		decider->why = code_ground(e, decider, second != NULL);
	else
		decider->why = second == NULL ? "the only phrase that matched" :
			find_ground(decider, second)->before;
}

/*
 * Explain the verdict on this evidence: the rules that match, in the order in
 * which they would decide, so that the first one does.
 *
 * Total, as bounce_verdict_decide() is, and the verdict is the same.  At least one
 * match; pieces lie in the evidence's text or in *out, which must not be moved.
 * Costs two passes over the text and some 30 kB of stack.
 */
void
bounce_verdict_explain(const BounceEvidence *evidence, BounceExplanation *out)
{
	unsigned	decider;

	bounce_verdict_decide(evidence, &out->verdict);
	bounce_verdict_gather(evidence, out);
	out->matches[out->nmatches - 1].piece = code_piece(out, &out->matches[out->nmatches - 1]);
	drop_repeated(out);
	if (out->has_provider_code)
		raise_code(out);

	for (decider = 0; decider < out->nmatches; decider++)
	{
		if (out->matches[decider].rule == out->verdict.rule)
			break;
	}
	if (decider < out->nmatches)
		move_up(out, decider, 0);
	else
	{
		/* more phrases match than are kept, and it was not among them */
		BounceMatch *lost = &out->matches[out->nmatches - 1];

		memset(lost, 0, sizeof(*lost));
		lost->rule = out->verdict.rule;
		lost->class = out->verdict.class;
		lost->reason = out->verdict.reason;
		lost->instant = out->verdict.instant;
		lost->is_phrase = true;
		move_up(out, out->nmatches - 1, 0);
	}
	out->matches[0].decides = true;
	fill_grounds(out);
	out->held = held_ground(out, &out->matches[0]);
}
