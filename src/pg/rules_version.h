/*-------------------------------------------------------------------------
 *
 * rules_version.h
 *	  Which rules verdicts are made by.
 *
 * src/pg/rules_version.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_RULES_VERSION_H
#define BOUNCE_RULES_VERSION_H

#include "postgres.h"

#include "pg/catalog.h"

extern text *bounce_rules_version_current(const BounceCatalog *catalog);

#endif							/* BOUNCE_RULES_VERSION_H */
