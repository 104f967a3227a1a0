/*-------------------------------------------------------------------------
 *
 * verdict.c
 *	  What happened to an address and why: code and text in, verdict out.
 *
 * The order of decision: rules bound to the remote host, general phrases,
 * enhanced code, reply code with the SMTP stage, first digit.  Text before
 * code, because servers lie in codes; and never hard where text and code
 * leave doubt, because a wrong hard silences a customer.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/verdict.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/explain.h"
#include "core/match.h"
#include "core/status.h"
#include "core/verdict.h"

/* How much of a text is searched for codes and the remote host's name. */
#define MAX_REPLY_LOOK 2048

/* Details of enhanced codes from here on are a provider's own. */
#define MIN_PROVIDER_DETAIL 100

/* What the rules are held against. */
typedef struct Facts
{
	BounceCode	code;			/* of argument and text together */
	int			digit;			/* 2, 4, 5, or 0 */
	BounceSpan	host;
	BounceStage stage;
	bool		failed;			/* the sending side has given up, */
	bool		contradicted;	/* though the code is of a success */
	bool		covered;		/* some words are not to be looked at */
	unsigned	nhits;
	BounceHit	hits[BOUNCE_MAX_HITS];
} Facts;

/*
 * The codes to go by: what the caller gives, completed by the text.
 */
static void
gather_code(const BounceEvidence *evidence, BounceCode *code)
{
	BounceCode	said;
	BounceSpan	text = evidence->text;

	if (text.len > MAX_REPLY_LOOK)
		text.len = MAX_REPLY_LOOK;
	bounce_code_parse(evidence->code, code);
	bounce_code_find(text, &said);
	bounce_code_complete(code, &said);
}

/*
 * The remote host by the words that mail servers put around its reply:
 * "host mx.example.com[192.0.2.1] said: ...", "host mx.example.com [192...]".
 */
static BounceSpan
host_in_text(BounceSpan text)
{
	size_t		at;
	size_t		end;

	if (text.len > MAX_REPLY_LOOK)
		text.len = MAX_REPLY_LOOK;
	at = bounce_span_find_fold(text, BOUNCE_SPAN_OF("host "));
	if (at == BOUNCE_SPAN_NOT_FOUND)
		return BOUNCE_SPAN_NONE;
	at += 5;
	for (end = at; end < text.len &&
		 (bounce_ascii_is_alnum(text.ptr[end]) || text.ptr[end] == '.' ||
		  text.ptr[end] == '-'); end++)
		;
	while (end < text.len && text.ptr[end] == ' ')
		end++;
	if (end == at || end == text.len || text.ptr[end] != '[')
		return BOUNCE_SPAN_NONE;
	return bounce_span_trim(bounce_span_make(text.ptr + at, end - at));
}

static bool
stage_holds(const BounceRule *rule, const Facts *facts)
{
	return rule->stage == BOUNCE_STAGE_UNKNOWN || rule->stage == facts->stage;
}

/* Do the rule's conditions hold, its phrase and code aside? */
static bool
rule_applies(const BounceHit *hit, const Facts *facts)
{
	const BounceRule *rule = bounce_hit_rule(hit);

	return stage_holds(rule, facts) &&
		bounce_rule_holds_for(hit->set, rule, facts->host);
}

/* Who said it: as the evidence has it, as the text says, or the recipient's domain. */
static BounceSpan
known_host(const BounceEvidence *evidence)
{
	BounceSpan	host = evidence->host;

	if (host.len == 0)
		host = host_in_text(evidence->text);
	return host.len > 0 ? host : evidence->domain;
}

/* Find the phrases: first those of the user's rules, then the built-in ones. */
static void
gather_hits(const BounceEvidence *evidence, const BounceFolded *folded, BounceWanted wanted,
			Facts *facts)
{
	uint32_t	enough = 0;

	facts->nhits = 0;
	if (evidence->own != NULL)
	{
		/* a user may have a rule for each of many hosts */
		BounceSpan	host = known_host(evidence);

		facts->nhits = bounce_match_find(evidence->own, folded, &facts->code, &host, wanted,
										 &enough, facts->hits, BOUNCE_MAX_HITS / 2);
	}
	facts->nhits += bounce_match_find(bounce_builtin_rules(), folded, &facts->code, NULL, wanted,
									  &enough, facts->hits + facts->nhits,
									  BOUNCE_MAX_HITS - facts->nhits);
}

/* Gather all that the rules look at. */
static void
gather_facts(const BounceEvidence *evidence, bool failed, bool all,
			 Facts *facts, uint16_t *origin)
{
	static const BounceCode no_code;
	BounceFolded folded;

	gather_code(evidence, &facts->code);

	/* What failed was not accepted: the code is of another step. */
	facts->failed = failed;
	facts->contradicted = failed && bounce_code_digit(&facts->code) == 2;
	if (facts->contradicted)
		facts->code = no_code;
	facts->digit = bounce_code_digit(&facts->code);

	bounce_text_fold(evidence->text, &folded, origin);
	gather_hits(evidence, &folded, all ? BOUNCE_WANT_ALL : BOUNCE_WANT_DECIDING, facts);

	facts->host = evidence->host;
	facts->stage = bounce_stage_parse(evidence->command);
	facts->covered = false;
	for (unsigned i = 0; i < facts->nhits; i++)
	{
		const BounceRule *rule = bounce_hit_rule(&facts->hits[i]);

		if (rule->reason != BOUNCE_RULE_STAGE)
			continue;
		if (rule->stage == BOUNCE_STAGE_UNKNOWN)
			facts->covered = true;
		else if (facts->stage == BOUNCE_STAGE_UNKNOWN)
			facts->stage = (BounceStage) rule->stage;
	}

	/* The host is only looked for when a rule could need it. */
	for (unsigned i = 0; i < facts->nhits && facts->host.len == 0; i++)
	{
		const BounceRule *rule = bounce_hit_rule(&facts->hits[i]);

		if (rule->host_len > 0 && stage_holds(rule, facts))
		{
			facts->host = known_host(evidence);
			break;
		}
	}

	/* What is covered may have kept lighter hits out. */
	if (facts->covered && !all)
		gather_hits(evidence, &folded, BOUNCE_WANT_ALL, facts);
}

/* Is the hit inside words that mean nothing?  Who adds a rule for them means them. */
static bool
is_covered(const BounceHit *hit, const Facts *facts)
{
	if (bounce_hit_rule(hit)->own)
		return false;
	for (unsigned i = 0; i < facts->nhits; i++)
	{
		const BounceHit *cover = &facts->hits[i];
		const BounceRule *rule = bounce_hit_rule(cover);

		if (rule->reason == BOUNCE_RULE_STAGE &&
			rule->stage == BOUNCE_STAGE_UNKNOWN &&
			cover->start <= hit->start && hit->end <= cover->end)
			return true;
	}
	return false;
}

/* Does hit a decide before hit b? */
static bool
decides_before(const BounceHit *a, const BounceHit *b)
{
	if (a->weight != b->weight)
		return a->weight > b->weight;
	if (a->start != b->start)
		return a->start < b->start;
	return a->phrase->rule < b->phrase->rule;
}

/* The phrase that decides, of those whose rule applies, or NULL. */
static const BounceHit *
best_phrase(const Facts *facts)
{
	const BounceHit *best = NULL;

	for (unsigned i = 0; i < facts->nhits; i++)
	{
		const BounceHit *hit = &facts->hits[i];
		const BounceRule *rule = bounce_hit_rule(hit);

		if (rule->reason < BOUNCE_REASON_COUNT &&
			(best == NULL || decides_before(hit, best)) &&
			rule_applies(hit, facts) &&
			!(facts->covered && is_covered(hit, facts)))
			best = hit;
	}
	return best;
}

/* The rule for key among count rules sorted by it, or NULL. */
static const BounceCodeRule *
find_code_rule(const BounceCodeRule *rules, unsigned count, uint32_t key)
{
	unsigned	low = 0;
	unsigned	high = count;

	while (low < high)
	{
		unsigned	middle = low + (high - low) / 2;

		if (rules[middle].hi < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && rules[low].lo <= key ? &rules[low] : NULL;
}

/* What the codes alone say.  Never NULL. */
static const BounceCodeRule *
best_code(const Facts *facts)
{
	const BounceCode *code = &facts->code;
	const BounceCodeRule *rule = NULL;
	uint32_t	key = BOUNCE_CODE_KEY(code->enhanced_class, code->subject,
									  code->detail);

	/* Accepted, whatever detail. */
	if (facts->digit == 2)
		return find_code_rule(bounce_digit_rules, bounce_digit_rule_count, 2);

	/* A specific enhanced code. */
	if (!bounce_code_is_vague(code))
	{
		rule = find_code_rule(bounce_enhanced_rules,
							  bounce_enhanced_rule_count, key);
		if (rule == NULL)
			rule = find_code_rule(bounce_subject_rules,
								  bounce_subject_rule_count,
								  BOUNCE_CODE_KEY(code->enhanced_class,
												  code->subject, 0));
	}

	/* The reply code: in this stage, then in any. */
	if (rule == NULL && facts->stage != BOUNCE_STAGE_UNKNOWN)
		rule = find_code_rule(bounce_reply_rules, bounce_reply_rule_count,
							  BOUNCE_REPLY_KEY(code->reply, facts->stage));
	if (rule == NULL)
		rule = find_code_rule(bounce_reply_rules, bounce_reply_rule_count,
							  BOUNCE_REPLY_KEY(code->reply,
											   BOUNCE_STAGE_UNKNOWN));

	/* A vague enhanced code, when there is no reply code. */
	if (rule == NULL && code->reply == 0)
		rule = find_code_rule(bounce_enhanced_rules,
							  bounce_enhanced_rule_count, key);

	/* The first digit; the generator sees to it that all four are there. */
	if (rule == NULL)
		rule = find_code_rule(bounce_digit_rules, bounce_digit_rule_count,
							  (uint32_t) facts->digit);
	if (rule == NULL)
		rule = &bounce_digit_rules[0];
	return rule;
}

/* The part of the text that a hit covers, whole characters. */
static BounceSpan
origin_span(BounceSpan text, const uint16_t *origin, const BounceHit *hit)
{
	size_t		start;
	size_t		end;

	if (hit->end == 0)
		return BOUNCE_SPAN_NONE;	/* a rule for any text */
	start = origin[hit->start];
	end = (size_t) origin[hit->end - 1] + 1;
	while (end < text.len && ((unsigned char) text.ptr[end] & 0xC0) == 0x80)
		end++;
	return bounce_span_make(text.ptr + start, end - start);
}

static void
set_verdict(BounceVerdict *verdict, BounceReason reason, bool not_instant, const char *id)
{
	verdict->reason = reason;
	verdict->class = bounce_reason_table[reason].class;
	verdict->instant = bounce_reason_table[reason].instant && !not_instant;
	verdict->rule = id;
}

/* Does the enhanced code speak of the sender's address (RFC 3463, X.1.7/8)? */
static bool
code_blames_sender(const BounceCode *code)
{
	return code->enhanced_class != 0 && code->subject == 1 &&
		(code->detail == 7 || code->detail == 8);
}

/*
 * A provider's own code, known to codes.tsv, or NULL.  The registry's codes
 * are used for anything, but nobody writes 5.7.606 by mistake.  Those of no
 * subject (5.0.350) only wrap what another server said.
 */
static const BounceCodeRule *
provider_code(const BounceCode *code)
{
	if (code->enhanced_class == 0 || code->subject == 0 || code->detail < MIN_PROVIDER_DETAIL)
		return NULL;
	return find_code_rule(bounce_enhanced_rules, bounce_enhanced_rule_count,
						  BOUNCE_CODE_KEY(code->enhanced_class, code->subject,
										  code->detail));
}

/* Where a rule leaves the class to the code, that is by its first digit. */
static void
set_undetermined_class(int digit, BounceVerdict *verdict)
{
	if (verdict->reason == BOUNCE_REASON_UNDETERMINED)
		verdict->class = digit == 5 ? BOUNCE_CLASS_HARD : BOUNCE_CLASS_SOFT;
}

static void
decide_by_phrase(const BounceHit *hit, int digit, BounceVerdict *verdict)
{
	const BounceRule *rule = bounce_hit_rule(hit);

	set_verdict(verdict, (BounceReason) rule->reason, rule->not_instant, bounce_hit_id(hit));
	set_undetermined_class(digit, verdict);
}

static void
decide_by_code(const BounceCodeRule *rule, int digit, BounceVerdict *verdict)
{
	set_verdict(verdict, (BounceReason) rule->reason, rule->not_instant,
				bounce_code_pool + rule->id);
	set_undetermined_class(digit, verdict);
	if (rule->class != BOUNCE_CLASS_COUNT)
		verdict->class = (BounceClass) rule->class;
}

static void
soften(BounceVerdict *verdict, BounceReason reason)
{
	verdict->reason = reason;
	verdict->class = bounce_reason_table[reason].class;
	verdict->instant = false;
}

/*
 * A wrong hard silences a customer: what a hard verdict has to pass.  A user who
 * has written the 4yz, or the stage, into his rule (NULL: no phrase decided) knows
 * what he does.
 */
static void
hold_back(const Facts *facts, const BounceRule *rule, BounceVerdict *verdict)
{
	bool		own = rule != NULL && rule->own;

	if (verdict->class != BOUNCE_CLASS_HARD)
		return;

	/* Failed, and yet accepted: the words may be of anything. */
	if (facts->contradicted)
	{
		soften(verdict, BOUNCE_REASON_UNDETERMINED);
		return;
	}

	/*
	 * The server said "try again": a verification that is pending, a server
	 * in soft_bounce mode, a directory that is down.  Not a proof of death.
	 * Only when it had said in so many words that there is no such user, all
	 * the days until the sender gave up, that is believed, though not at once.
	 */
	if (own && (rule->digit == 4 || rule->reply / 100 == 4))
		;
	else if (facts->digit == 4 && facts->failed && verdict->instant &&
			 verdict->reason == BOUNCE_REASON_USER_UNKNOWN)
		verdict->instant = false;
	else if (facts->digit == 4)
	{
		if (verdict->reason == BOUNCE_REASON_BAD_DOMAIN ||
			verdict->reason == BOUNCE_REASON_NULL_MX)
			soften(verdict, BOUNCE_REASON_DNS_FAILURE);
		else
			soften(verdict, BOUNCE_REASON_TEMPORARY);
		return;
	}

	/* Before RCPT, the server has not heard of the recipient. */
	if (own && rule->stage != BOUNCE_STAGE_UNKNOWN)
		return;
	switch (facts->stage)
	{
		case BOUNCE_STAGE_MAIL:
			soften(verdict, BOUNCE_REASON_SENDER_REJECTED);
			break;
		case BOUNCE_STAGE_CONNECT:
		case BOUNCE_STAGE_HELO:
			/* But it knows what domain it is: RFC 7504. */
			if (verdict->reason != BOUNCE_REASON_NULL_MX &&
				verdict->reason != BOUNCE_REASON_BAD_DOMAIN)
				soften(verdict, BOUNCE_REASON_POLICY);
			break;
		case BOUNCE_STAGE_STARTTLS:
			soften(verdict, BOUNCE_REASON_SECURITY);
			break;
		case BOUNCE_STAGE_AUTH:
			soften(verdict, BOUNCE_REASON_AUTH_REQUIRED);
			break;
		case BOUNCE_STAGE_RCPT:
		case BOUNCE_STAGE_DATA:
		case BOUNCE_STAGE_UNKNOWN:
			break;
	}
}

/* The verdict on facts. */
static void
decide(const Facts *facts, BounceVerdict *verdict)
{
	const BounceHit *hit = NULL;
	const BounceRule *rule = NULL;
	const BounceCodeRule *code;

	/* What was accepted is no failure, whatever words come with it. */
	if (facts->digit != 2)
		hit = best_phrase(facts);
	if (hit != NULL)
		rule = bounce_hit_rule(hit);

	/* Words that would be hard, when the code says that it is about us. */
	if (rule != NULL && !rule->own && code_blames_sender(&facts->code) &&
		bounce_reason_table[rule->reason].class == BOUNCE_CLASS_HARD)
		rule = NULL;

	/* A provider's own code is before what is said by anybody. */
	code = facts->digit != 2 ? provider_code(&facts->code) : NULL;
	if (rule != NULL && code != NULL && BOUNCE_PRIORITY_OF(hit->weight) < BOUNCE_PRIORITY_CODE)
		rule = NULL;
	if (rule != NULL)
		decide_by_phrase(hit, facts->digit, verdict);
	else
		decide_by_code(code != NULL ? code : best_code(facts), facts->digit, verdict);

	hold_back(facts, rule, verdict);
}

/*
 * Decide what a failure means.
 *
 * Total: any bytes in, always class, reason and rule out.  A function of the
 * evidence alone.  Looks at the first BOUNCE_FOLD_LOOK bytes of the text;
 * costs one pass over them and some 10 kB of stack.
 */
void
bounce_verdict_decide(const BounceEvidence *evidence, BounceVerdict *verdict)
{
	Facts		facts;

	gather_facts(evidence, false, false, &facts, NULL);
	decide(&facts, verdict);
}

/*
 * The same of a text by itself; also says which code is in it, anywhere, and in
 * which stage the server spoke.
 */
void
bounce_verdict_weigh(BounceSpan text, BounceVerdict *verdict, BounceCode *code,
					 BounceStage *stage)
{
	BounceEvidence evidence = {.text = text};
	Facts		facts;

	gather_facts(&evidence, false, false, &facts, NULL);
	decide(&facts, verdict);
	*stage = facts.stage;
	*code = facts.code;
	if (text.len > MAX_REPLY_LOOK)
		bounce_code_find(text, code);
}

/*
 * The same for a message that is known to have been given up: no code makes
 * that a success, and what the server said all the time is believed.
 */
void
bounce_verdict_decide_failed(const BounceEvidence *evidence,
							 BounceVerdict *verdict)
{
	Facts		facts;

	gather_facts(evidence, true, false, &facts, NULL);
	decide(&facts, verdict);
}

/* A match without the words that it was found by. */
static void
fill_match(const BounceVerdict *says, BounceMatch *match)
{
	memset(match, 0, sizeof(*match));
	match->rule = says->rule;
	match->class = says->class;
	match->reason = says->reason;
	match->instant = says->instant;
	match->piece = BOUNCE_SPAN_NONE;
}

/*
 * What a verdict on this evidence is made from: the codes, the stage, the phrases
 * that match, in the order in which they would decide, and behind them the rule
 * of the code.  Who of them decides is left to bounce_verdict_decide(), which
 * looks at no more phrases than it needs.
 */
void
bounce_verdict_gather(const BounceEvidence *evidence, BounceExplanation *out)
{
	Facts		facts;
	BounceVerdict says;
	uint16_t	origin[BOUNCE_FOLD_SIZE];
	bool		taken[BOUNCE_MAX_HITS] = {false};

	gather_facts(evidence, false, true, &facts, origin);
	out->code = facts.code;
	out->stage = facts.stage;
	out->has_provider_code = facts.digit != 2 && provider_code(&facts.code) != NULL;
	for (out->nmatches = 0; out->nmatches < BOUNCE_MAX_HITS; out->nmatches++)
	{
		BounceMatch *match = &out->matches[out->nmatches];
		BounceHit  *next = NULL;
		const BounceRule *rule;

		for (unsigned i = 0; i < facts.nhits; i++)
		{
			BounceHit  *hit = &facts.hits[i];

			if (!taken[i] && bounce_hit_rule(hit)->reason < BOUNCE_REASON_COUNT &&
				rule_applies(hit, &facts) &&
				!is_covered(hit, &facts) &&
				(next == NULL || decides_before(hit, next)))
				next = hit;
		}
		if (next == NULL)
			break;
		rule = bounce_hit_rule(next);
		decide_by_phrase(next, facts.digit, &says);
		fill_match(&says, match);
		match->is_phrase = true;
		match->has_host = rule->host_len > 0;
		match->is_own = rule->own;
		match->has_condition = (next->weight & BOUNCE_WEIGHT_CONDITION) != 0;
		match->priority = BOUNCE_PRIORITY_OF(next->weight);
		match->weight = next->weight;
		match->piece = origin_span(evidence->text, origin, next);
		taken[next - facts.hits] = true;
	}
	decide_by_code(best_code(&facts), facts.digit, &says);
	fill_match(&says, &out->matches[out->nmatches++]);
}
