/*-------------------------------------------------------------------------
 *
 * standing.h
 *	  From the log to the contact rows.
 *
 * src/pg/standing.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_STANDING_GLUE_H
#define BOUNCE_STANDING_GLUE_H

#include "postgres.h"

#include "pg/attached.h"

/* What a contact row shows of a standing, in the order of its columns. */
enum
{
	BOUNCE_SHOWN_STATE,
	BOUNCE_SHOWN_HARD_RUN,
	BOUNCE_SHOWN_FAIL_RUN,
	BOUNCE_SHOWN_REASON,
	BOUNCE_SHOWN_AT,
	BOUNCE_SHOWN_COUNT
};

typedef struct BounceShown
{
	Datum		values[BOUNCE_SHOWN_COUNT];
	bool		nulls[BOUNCE_SHOWN_COUNT];
} BounceShown;

extern const char *const bounce_shown_columns[BOUNCE_SHOWN_COUNT];

extern void bounce_standing_active(const BounceCatalog *catalog, BounceShown *shown);
extern void bounce_standing_show(const BounceCatalog *catalog, text *address,
								 const char *policy, BounceShown *shown);
extern void bounce_standing_spread(const BounceCatalog *catalog, Datum addresses);
extern uint64 bounce_standing_spread_to(const BounceCatalog *catalog,
										const BounceContact *contact, Datum addresses);
extern bool bounce_standing_is_spreading(void);

#endif							/* BOUNCE_STANDING_GLUE_H */
