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

extern text *bounce_rules_version_current(void);

#endif							/* BOUNCE_RULES_VERSION_H */
