/*-------------------------------------------------------------------------
 *
 * match.h
 *	  Finding the phrases of rules in folded text.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/match.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_MATCH_H
#define BOUNCE_MATCH_H

#include "core/fold_text.h"
#include "core/rules.h"
#include "core/stage.h"
#include "core/status.h"

/* Hits that one text can have; those beyond are not looked at. */
#define BOUNCE_MAX_HITS 64

/* Which rules a search is for. */
typedef enum BounceWanted
{
	BOUNCE_WANT_DECIDING,		/* without those that a heavier one outdoes */
	BOUNCE_WANT_ALL,
	BOUNCE_WANT_STAGES,			/* those of stages.tsv only */
	BOUNCE_WANT_NOTICES			/* those of notices.tsv, that the others leave out */
} BounceWanted;

/* One phrase found. */
typedef struct BounceHit
{
	const BounceRuleSet *set;
	const BouncePhrase *phrase;
	uint32_t	weight;
	uint16_t	start;			/* in folded text, without outer blanks */
	uint16_t	end;
	uint16_t	anchor_end;		/* and of its anchor */
	uint16_t	anchor_len;
} BounceHit;

static inline const BounceRule *
bounce_hit_rule(const BounceHit *hit)
{
	return &hit->set->rules[hit->phrase->rule];
}

/* The id of its rule, which lives as long as the set. */
static inline const char *
bounce_hit_id(const BounceHit *hit)
{
	return hit->set->pool + bounce_hit_rule(hit)->id;
}

extern bool bounce_rule_holds_for(const BounceRuleSet *set, const BounceRule *rule,
								  BounceSpan host);
extern unsigned bounce_match_find(const BounceRuleSet *set, const BounceFolded *folded,
								  const BounceCode *code, const BounceSpan *host,
								  BounceWanted wanted, uint32_t *enough, BounceHit *hits,
								  unsigned max_hits);
extern void bounce_verdict_weigh(BounceSpan text, BounceVerdict *verdict, BounceCode *code,
								 BounceStage *stage);

#endif							/* BOUNCE_MATCH_H */
