/*-------------------------------------------------------------------------
 *
 * judge.h
 *	  The verdict on a whole report: its kind first, then the server's words.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/judge.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_JUDGE_H
#define BOUNCE_JUDGE_H

#include "core/report.h"
#include "core/verdict.h"

extern BounceSpan bounce_domain_of(BounceSpan address);
extern void bounce_report_judge(const BounceReport *report, BounceSpan text,
								const struct BounceRuleSet *own, BounceVerdict *verdict);

#endif							/* BOUNCE_JUDGE_H */
