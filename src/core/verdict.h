/*-------------------------------------------------------------------------
 *
 * verdict.h
 *	  What happened to an address and why: code and text in, verdict out.
 *
 * Part of the PostgreSQL-free core.  The reasons and rules are data, compiled
 * from src/rules/ by its generator.
 *
 * src/core/verdict.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_VERDICT_H
#define BOUNCE_VERDICT_H

#include "core/span.h"
#include "rules/reason_list.h"	/* BounceReason, generated */

/* Who is at fault; the labels of the SQL enum bounce_class, in its order. */
typedef enum BounceClass
{
	BOUNCE_CLASS_HARD,			/* the address is dead */
	BOUNCE_CLASS_SOFT,			/* the recipient's side, may pass */
	BOUNCE_CLASS_OTHER			/* about us, the content, a policy; or no outcome */
} BounceClass;

#define BOUNCE_CLASS_COUNT 3

/* How a reason moves the state; the labels of the SQL enum bounce_counts. */
typedef enum BounceCounts
{
	BOUNCE_COUNTS_HARD,
	BOUNCE_COUNTS_SOFT,
	BOUNCE_COUNTS_NEVER,
	BOUNCE_COUNTS_STOP,			/* complaint, unsubscribe */
	BOUNCE_COUNTS_LIFE,			/* delivered */
	BOUNCE_COUNTS_BY_CLASS		/* undetermined: as the verdict's class */
} BounceCounts;

/* One row of src/rules/reasons.tsv; bounce_reason_table is indexed by reason. */
typedef struct BounceReasonInfo
{
	const char *name;			/* label of the SQL enum bounce_reason */
	BounceClass class;			/* for undetermined: what holds without a code */
	BounceCounts counts;
	bool		instant;		/* one such bounce confirms */
} BounceReasonInfo;

extern const BounceReasonInfo bounce_reason_table[BOUNCE_REASON_COUNT];

/*
 * What is known about one failure.  text is UTF-8 or ASCII; other bytes do no
 * harm but match nothing.  Any span may be empty.
 */
typedef struct BounceEvidence
{
	BounceSpan	code;			/* "550", "5.1.1", "550 5.1.1", "#5.1.1", or empty */
	BounceSpan	text;			/* the server's words, unfolded */
	BounceSpan	host;			/* the remote host that said it, lower or upper case */
	BounceSpan	command;		/* SMTP stage: CONNECT, EHLO, MAIL, RCPT, DATA, ... */
	BounceSpan	domain;			/* the recipient's, where no host is known */
	const struct BounceRuleSet *own;	/* the user's rules, or NULL */
} BounceEvidence;

typedef struct BounceVerdict
{
	BounceClass class;
	BounceReason reason;
	bool		instant;		/* certain enough to confirm at once */
	const char *rule;			/* stable id of the deciding rule; of the user's,
								 * it lives as long as the rule set */
} BounceVerdict;

extern void bounce_verdict_decide(const BounceEvidence *evidence,
								  BounceVerdict *verdict);
extern void bounce_verdict_decide_failed(const BounceEvidence *evidence,
										 BounceVerdict *verdict);

#endif							/* BOUNCE_VERDICT_H */
