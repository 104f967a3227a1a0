/*-------------------------------------------------------------------------
 *
 * outcome.c
 *	  bounce_outcome(): what one event says about the mail of its campaign.
 *
 * What an event counts is decided where the fold decides it, so that lists and
 * rates cannot say anything else than the standing.
 *
 * src/pg/outcome.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "pg/catalog.h"
#include "pg/settings.h"

/*
 * bounce_outcome(kind, class, reason, settings): NULL for an event that says
 * nothing about a mail, and for a bounce without class or reason.
 */
PG_FUNCTION_INFO_V1(bounce_outcome);
Datum
bounce_outcome(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	const BouncePolicy *policy = bounce_policy_argument(catalog, fcinfo, 3);
	BounceEventKind kind;
	BounceClass class = BOUNCE_CLASS_OTHER;
	BounceReason reason = BOUNCE_REASON_UNDETERMINED;
	BounceMailOutcome outcome = BOUNCE_MAIL_NEUTRAL;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	kind = (BounceEventKind) bounce_enum_code(&catalog->event_kind, PG_GETARG_OID(0));
	if (kind == BOUNCE_EVENT_BOUNCE)
	{
		if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
			PG_RETURN_NULL();
		class = (BounceClass) bounce_enum_code(&catalog->class, PG_GETARG_OID(1));
		reason = (BounceReason) bounce_enum_code(&catalog->reason, PG_GETARG_OID(2));
	}
	switch (bounce_policy_effect(policy, kind, class, reason))
	{
		case BOUNCE_EFFECT_SENT:
			outcome = BOUNCE_MAIL_PENDING;
			break;
		case BOUNCE_EFFECT_DELIVERED:
		case BOUNCE_EFFECT_LIFE:
			outcome = BOUNCE_MAIL_DELIVERED;
			break;
		case BOUNCE_EFFECT_HARD:
			outcome = BOUNCE_MAIL_HARD;
			break;
		case BOUNCE_EFFECT_SOFT:
			outcome = BOUNCE_MAIL_SOFT;
			break;
		case BOUNCE_EFFECT_NEUTRAL:

			/* to the state a failure that is not counted is as good as a notice */
			if (kind == BOUNCE_EVENT_BOUNCE)
				outcome = BOUNCE_MAIL_BLOCKED;
			break;
		case BOUNCE_EFFECT_COMPLAINT:
		case BOUNCE_EFFECT_UNSUBSCRIBE:
		case BOUNCE_EFFECT_SUPPRESS:
		case BOUNCE_EFFECT_RELEASE:
		case BOUNCE_EFFECT_RESET:
			PG_RETURN_NULL();
	}
	PG_RETURN_DATUM(bounce_enum_datum(&catalog->outcome, outcome));
}
