/*-------------------------------------------------------------------------
 *
 * trigger.c
 *	  What the triggers on tables of the caller that add events begin with.
 *
 * They are statement triggers: one INSERT into the log reads the transition
 * table.
 *
 * src/pg/trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "pg/trigger.h"

/*
 * The manager must have called an AFTER INSERT ... FOR EACH STATEMENT trigger
 * with a transition table and this many arguments.  Raises 39P01.
 */
TriggerData *
bounce_statement_trigger(FunctionCallInfo fcinfo, const char *function, int min_args, int max_args)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", function)));
	if (!TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		trigdata->tg_trigger->tgnewtable == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" must be fired after INSERT, for each statement, with a transition table",
						trigdata->tg_trigger->tgname),
				 errhint("CREATE TRIGGER ... AFTER INSERT ON ... REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION %s(...)",
						 function)));
	if (trigdata->tg_trigger->tgnargs < min_args || trigdata->tg_trigger->tgnargs > max_args)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("trigger \"%s\" needs %d to %d column names as arguments, not %d",
						trigdata->tg_trigger->tgname, min_args, max_args,
						trigdata->tg_trigger->tgnargs)));
	return trigdata;
}

/* Connect to SPI, so that statements find the transition table. */
void
bounce_connect_trigger(TriggerData *trigdata)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_register_trigger_data(trigdata) != SPI_OK_TD_REGISTER)
		elog(ERROR, "SPI_register_trigger_data failed");
}
