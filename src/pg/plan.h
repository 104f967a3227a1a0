/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  Statements that are planned once per backend.
 *
 * src/pg/plan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_PLAN_H
#define BOUNCE_PLAN_H

#include "postgres.h"

#include "executor/spi.h"
#include "utils/tuplestore.h"

#define BOUNCE_PLAN_MAX_ARGS 14

extern SPIPlanPtr bounce_plan(Oid relation, const char *query, int nargs, const Oid *types);
extern void bounce_plan_run(SPIPlanPtr plan, Datum *values, const char *nulls, int expected);
extern void bounce_plan_fill(SPIPlanPtr plan, const Datum *values, int nargs, const Oid *types,
							 int expected, Tuplestorestate *rows);

#endif							/* BOUNCE_PLAN_H */
