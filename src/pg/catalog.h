/*-------------------------------------------------------------------------
 *
 * catalog.h
 *	  OIDs of the extension's own objects, looked up once per backend.
 *
 * src/pg/catalog.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_CATALOG_H
#define BOUNCE_CATALOG_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "core/report.h"
#include "core/standing.h"
#include "core/verdict.h"

/* The labels of the SQL enum bounce_event_kind, in its order. */
typedef enum BounceEventKind
{
	BOUNCE_EVENT_BOUNCE,
	BOUNCE_EVENT_NOTICE,
	BOUNCE_EVENT_SENT,
	BOUNCE_EVENT_DELIVERED,
	BOUNCE_EVENT_OPEN,
	BOUNCE_EVENT_CLICK,
	BOUNCE_EVENT_REPLY,
	BOUNCE_EVENT_COMPLAINT,
	BOUNCE_EVENT_UNSUBSCRIBE,
	BOUNCE_EVENT_SUPPRESS,
	BOUNCE_EVENT_RELEASE,
	BOUNCE_EVENT_RESET
} BounceEventKind;

#define BOUNCE_EVENT_KIND_COUNT 12

/* The labels of the SQL enum bounce_outcome, in its order: the strongest last. */
typedef enum BounceMailOutcome
{
	BOUNCE_MAIL_PENDING,
	BOUNCE_MAIL_NEUTRAL,
	BOUNCE_MAIL_BLOCKED,
	BOUNCE_MAIL_DELIVERED,
	BOUNCE_MAIL_SOFT,
	BOUNCE_MAIL_HARD
} BounceMailOutcome;

#define BOUNCE_MAIL_OUTCOME_COUNT 6

/* One enum type: the OID of each label, and the way back. */
typedef struct BounceEnum
{
	Oid			type;
	int			count;
	Oid			label[64];
	Oid			sorted[64];		/* the same OIDs in order ... */
	unsigned char code[64];		/* ... and the label that each of them is */
} BounceEnum;

typedef struct BounceCatalog
{
	Oid			schema;
	char	   *schema_name;	/* quoted */
	BounceEnum	kind;
	BounceEnum	class;
	BounceEnum	reason;
	BounceEnum	state;
	BounceEnum	event_kind;
	BounceEnum	counts;
	BounceEnum	outcome;
	Oid			standing_type;
	TupleDesc	report;
	TupleDesc	verdict;
	TupleDesc	explanation;
	TupleDesc	standing;
	Oid			event_relation;
	Oid			rule_relation;
	Oid			policy_relation;
	Oid			contact_function;	/* bounce_contact(), the trigger of contact tables */
} BounceCatalog;

extern const char *const bounce_event_kind_names[BOUNCE_EVENT_KIND_COUNT];
extern const char *const bounce_state_names[BOUNCE_STATE_COUNT];

extern const BounceCatalog *bounce_catalog(Oid function);
extern Datum bounce_enum_datum(const BounceEnum *type, int code);
extern int	bounce_enum_code(const BounceEnum *type, Oid label);

#endif							/* BOUNCE_CATALOG_H */
