/*-------------------------------------------------------------------------
 *
 * judged.h
 *	  Verdicts that this backend has given, for the next time.
 *
 * src/pg/judged.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_JUDGED_H
#define BOUNCE_JUDGED_H

#include "postgres.h"

#include "core/verdict.h"

extern void bounce_judge_evidence(const BounceEvidence *evidence, bool given_up,
								  BounceVerdict *verdict);

#endif							/* BOUNCE_JUDGED_H */
