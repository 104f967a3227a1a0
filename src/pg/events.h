/*-------------------------------------------------------------------------
 *
 * events.h
 *	  Facts into the log, and from there to the contacts.
 *
 * src/pg/events.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_EVENTS_H
#define BOUNCE_EVENTS_H

#include "postgres.h"

#include "pg/catalog.h"

/* What a statement adds to the log. */
typedef struct BounceFacts
{
	const char *query;			/* gives the facts; no event without an address */
	const char *columns;		/* of its columns, those of the log */
	const char *also;			/* more to be done with them, as ", x AS (... FROM
								 * fact f ...)", or NULL */
	Oid			relation;		/* see bounce_plan() */
} BounceFacts;

extern void bounce_events_add(const BounceCatalog *catalog, const BounceFacts *facts,
							  Datum *args, int nargs, const Oid *types);

#endif							/* BOUNCE_EVENTS_H */
