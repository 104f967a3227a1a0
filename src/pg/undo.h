/*-------------------------------------------------------------------------
 *
 * undo.h
 *	  Decisions about void events, for those who add events.
 *
 * src/pg/undo.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_UNDO_H
#define BOUNCE_UNDO_H

#include "postgres.h"

#include "pg/catalog.h"

extern char *bounce_void_of_new(const BounceCatalog *catalog, const char *address, const char *at,
								const char *reason, const char *diagnostic);

#endif							/* BOUNCE_UNDO_H */
