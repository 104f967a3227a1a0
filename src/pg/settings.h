/*-------------------------------------------------------------------------
 *
 * settings.h
 *	  A policy as the fold wants it, read from its SQL value.
 *
 * src/pg/settings.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_SETTINGS_H
#define BOUNCE_SETTINGS_H

#include "postgres.h"

#include "access/htup.h"
#include "fmgr.h"
#include "pg/catalog.h"

/* What one reason does under a policy. */
typedef struct BounceReasonPolicy
{
	BounceCounts counts;
	bool		has_instant;	/* the policy says ... */
	bool		instant;		/* ... whether one such bounce confirms */
} BounceReasonPolicy;

typedef struct BouncePolicy
{
	BounceSettings settings;
	BounceReasonPolicy reason[BOUNCE_REASON_COUNT];
} BouncePolicy;

extern void bounce_policy_default(BouncePolicy *policy);
extern void bounce_policy_read(const BounceCatalog *catalog, HeapTupleHeader value,
							   BouncePolicy *policy);
extern const BouncePolicy *bounce_policy_argument(const BounceCatalog *catalog,
												  FunctionCallInfo fcinfo, int arg);
extern BounceEffect bounce_kind_effect(BounceEventKind kind);
extern BounceEffect bounce_policy_effect(const BouncePolicy *policy, BounceEventKind kind,
										 BounceClass class, BounceReason reason);

#endif							/* BOUNCE_SETTINGS_H */
