/*-------------------------------------------------------------------------
 *
 * stage.c
 *	  In which stage of the SMTP dialogue a server spoke.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/stage.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/match.h"

/*
 * The SMTP stage that a command names, as Postfix, Exim and others write it:
 * "RCPT TO", "end of DATA", "MAIL FROM:<...>".  Unknown for anything else.
 */
BounceStage
bounce_stage_parse(BounceSpan command)
{
	BounceSpan	s = bounce_span_trim(command);

	if (s.len == 0)
		return BOUNCE_STAGE_UNKNOWN;
	if (bounce_span_starts(s, "RCPT"))
		return BOUNCE_STAGE_RCPT;
	if (bounce_span_starts(s, "DATA") || bounce_span_starts(s, "BDAT") ||
		bounce_span_starts(s, "end of") || bounce_span_starts(s, "BODY") ||
		bounce_span_is(s, "."))
		return BOUNCE_STAGE_DATA;
	if (bounce_span_starts(s, "MAIL"))
		return BOUNCE_STAGE_MAIL;
	if (bounce_span_starts(s, "HELO") || bounce_span_starts(s, "EHLO") ||
		bounce_span_starts(s, "LHLO"))
		return BOUNCE_STAGE_HELO;
	if (bounce_span_starts(s, "CONN") || bounce_span_starts(s, "initial") ||
		bounce_span_starts(s, "banner") || bounce_span_starts(s, "greeting"))
		return BOUNCE_STAGE_CONNECT;
	if (bounce_span_starts(s, "STARTTLS"))
		return BOUNCE_STAGE_STARTTLS;
	if (bounce_span_starts(s, "AUTH"))
		return BOUNCE_STAGE_AUTH;
	return BOUNCE_STAGE_UNKNOWN;
}

/* What bounce_report.command says of each stage. */
static const BounceSpan stage_names[] =
{
	[BOUNCE_STAGE_UNKNOWN] = {NULL, 0},
	[BOUNCE_STAGE_CONNECT] = {"CONNECT", 7},
	[BOUNCE_STAGE_HELO] = {"EHLO", 4},
	[BOUNCE_STAGE_STARTTLS] = {"STARTTLS", 8},
	[BOUNCE_STAGE_AUTH] = {"AUTH", 4},
	[BOUNCE_STAGE_MAIL] = {"MAIL", 4},
	[BOUNCE_STAGE_RCPT] = {"RCPT", 4},
	[BOUNCE_STAGE_DATA] = {"DATA", 4}
};

BounceSpan
bounce_stage_name(BounceStage stage)
{
	return stage_names[stage];
}

/*
 * The SMTP stage that the words around a reply tell of (stages.tsv), by its
 * name; NONE where they do not.  The first in the text decides.
 */
BounceSpan
bounce_stage_find(BounceSpan text)
{
	static const BounceCode no_code;
	BounceFolded folded;
	BounceHit	hits[BOUNCE_MAX_HITS];
	uint32_t	enough = 0;
	unsigned	nhits;

	bounce_text_fold(text, &folded, NULL);
	nhits = bounce_match_find(bounce_builtin_rules(), &folded, &no_code, NULL, BOUNCE_WANT_STAGES,
							  &enough, hits, BOUNCE_MAX_HITS);
	for (unsigned i = 0; i < nhits; i++)
	{
		const BounceRule *rule = bounce_hit_rule(&hits[i]);

		if (rule->stage != BOUNCE_STAGE_UNKNOWN)
			return stage_names[rule->stage];
	}
	return BOUNCE_SPAN_NONE;
}
