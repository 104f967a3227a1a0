/*-------------------------------------------------------------------------
 *
 * own_rules.h
 *	  The user's rules, compiled, as table bounce_rule has them now.
 *
 * src/pg/own_rules.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_OWN_RULES_H
#define BOUNCE_OWN_RULES_H

#include "postgres.h"

#include "core/compile.h"
#include "core/rules.h"
#include "pg/catalog.h"
#include "utils/memutils.h"

extern const BounceRuleSet *bounce_own_rules(const BounceCatalog *catalog);
extern void bounce_own_rules_check(const BounceCatalog *catalog);
extern uint32 bounce_own_rules_version(const BounceCatalog *catalog);
extern uint64 bounce_own_rules_generation(void);
extern BounceMemory bounce_backend_memory(MemoryContext context);

#endif							/* BOUNCE_OWN_RULES_H */
