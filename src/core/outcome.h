/*-------------------------------------------------------------------------
 *
 * outcome.h
 *	  What became of one recipient, where a notice tells of several.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/outcome.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_OUTCOME_H
#define BOUNCE_OUTCOME_H

#include "core/line.h"

typedef enum BounceOutcome
{
	BOUNCE_OUTCOME_UNSAID,
	BOUNCE_OUTCOME_FAILED,		/* or delayed: not delivered */
	BOUNCE_OUTCOME_DELIVERED,
	BOUNCE_OUTCOME_MIXED		/* both, and who is meant by which is not clear */
} BounceOutcome;

extern BounceOutcome bounce_outcome_of_words(BounceSpan words, bool alone);
extern BounceOutcome bounce_outcome_of_heading(BounceSpan above, BounceLineEnd line_end);
extern BounceOutcome bounce_outcome_of_clause(BounceSpan paragraph, size_t at, size_t end);

#endif							/* BOUNCE_OUTCOME_H */
