/*-------------------------------------------------------------------------
 *
 * stranger.h
 *	  Events of addresses that no contact holds, where they are only counted.
 *
 * src/pg/stranger.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_STRANGER_H
#define BOUNCE_STRANGER_H

#include "postgres.h"

#include "pg/catalog.h"

extern bool bounce_strangers_are_counted(const BounceCatalog *catalog);
extern char *bounce_stranger_count(const BounceCatalog *catalog, const char *kinds);
extern bool bounce_stranger_take(const BounceCatalog *catalog, BounceEventKind kind,
								 text *address);

#endif							/* BOUNCE_STRANGER_H */
