/*-------------------------------------------------------------------------
 *
 * trigger.h
 *	  What the triggers on tables of the caller that add events begin with.
 *
 * src/pg/trigger.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_TRIGGER_H
#define BOUNCE_TRIGGER_H

#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"

extern TriggerData *bounce_statement_trigger(FunctionCallInfo fcinfo, const char *function,
											 int min_args, int max_args);
extern void bounce_connect_trigger(TriggerData *trigdata);

#endif							/* BOUNCE_TRIGGER_H */
