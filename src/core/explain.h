/*-------------------------------------------------------------------------
 *
 * explain.h
 *	  Why a verdict is what it is: the rules that match, and which decides.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/explain.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_EXPLAIN_H
#define BOUNCE_EXPLAIN_H

#include "core/match.h"

/* All phrases, and the rule of the code. */
#define BOUNCE_MAX_MATCHES (BOUNCE_MAX_HITS + 1)

/* A rule that matches, and what it says by itself. */
typedef struct BounceMatch
{
	const char *rule;			/* its id, static storage */
	BounceClass class;
	BounceReason reason;
	bool		instant;
	bool		decides;		/* the verdict is from this one */
	bool		is_phrase;		/* else it is of codes.tsv */
	bool		has_host;		/* of phrases: it holds for one remote host, */
	bool		has_condition;	/* with a code or in a stage only */
	int			priority;		/* BOUNCE_PRIORITY_OF */
	bool		is_own;			/* a rule of the user */
	uint32_t	weight;
	BounceSpan	piece;			/* of the text, or of the explanation's code_text */
	const char *why;			/* static storage */
} BounceMatch;

typedef struct BounceExplanation
{
	BounceVerdict verdict;
	const char *held;			/* why it is not what its rule says, or NULL */
	BounceCode	code;			/* of argument and text together */
	BounceStage stage;
	bool		has_provider_code;
	unsigned	nmatches;
	BounceMatch matches[BOUNCE_MAX_MATCHES];
	char		code_text[BOUNCE_ENHANCED_TEXT_SIZE];
} BounceExplanation;

extern void bounce_verdict_gather(const BounceEvidence *evidence, BounceExplanation *out);
extern void bounce_verdict_explain(const BounceEvidence *evidence, BounceExplanation *out);

#endif							/* BOUNCE_EXPLAIN_H */
