/*-------------------------------------------------------------------------
 *
 * activity.c
 *	  bounce_opened(), bounce_sent(): triggers on tables of what is no mail.
 *
 * src/pg/activity.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "pg/events.h"
#include "pg/source.h"
#include "pg/trigger.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/*
 * Events that are no mail: one a row with a valid address.  Arguments of the
 * trigger are the columns of the address, the campaign and the time; a missing
 * or infinite time is now.  sent_arg is the argument that names the column with
 * the time of sending, 0 where there is none and the time itself serves.
 */
static void
add_row_events(FunctionCallInfo fcinfo, TriggerData *trigdata, const char *kind, int sent_arg)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	char	  **args = trigdata->tg_trigger->tgargs;
	int			nargs = trigdata->tg_trigger->tgnargs;
	BounceSource source = bounce_source_of_trigger(trigdata);
	BounceFacts facts = {.relation = RelationGetRelid(trigdata->tg_relation)};
	char	   *email = bounce_column(&source, args[0], BOUNCE_COLUMN_ADDRESS);
	char	   *campaign = "NULL";
	char	   *at = "pg_catalog.now()";
	char	   *sent_at;

	if (nargs > 1)
		campaign = bounce_column(&source, args[1], BOUNCE_COLUMN_KEY);
	if (nargs > 2)
		at = bounce_time_column(&source, args[2], at);
	sent_at = sent_arg > 0 ? bounce_time_column(&source, args[sent_arg], at) : at;
	facts.query = psprintf("SELECT e.address, '%2$s'::%1$s.bounce_event_kind AS kind, e.at, "
						   "LEAST(e.sent_at, e.at) AS sent_at, e.campaign "
						   "FROM (SELECT %1$s.bounce_address(%3$s::pg_catalog.text) "
						   "COLLATE pg_catalog.\"default\" AS address, "
						   "%4$s AS at, %5$s AS sent_at, %6$s::pg_catalog.text AS campaign FROM %7$s n) e",
						   catalog->schema_name, kind, email, at, sent_at, campaign,
						   quote_identifier(trigdata->tg_trigger->tgnewtable));
	facts.columns = "address, kind, at, sent_at, campaign";
	bounce_connect_trigger(trigdata);
	bounce_events_add(catalog, &facts, NULL, 0, NULL);
	SPI_finish();
}

/* bounce_opened('email' [, 'campaign' [, 'opened_at' [, kind [, 'sent_at']]]]) */
PG_FUNCTION_INFO_V1(bounce_opened);
Datum
bounce_opened(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = bounce_statement_trigger(fcinfo, "bounce_opened", 1, 5);
	const char *kind = "open";

	if (trigdata->tg_trigger->tgnargs > 3)
	{
		kind = trigdata->tg_trigger->tgargs[3];
		if (strcmp(kind, "open") != 0 && strcmp(kind, "click") != 0 && strcmp(kind, "reply") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" is no sign of life", kind),
					 errhint("The fourth argument of bounce_opened is open, click or reply.")));
	}
	add_row_events(fcinfo, trigdata, kind, trigdata->tg_trigger->tgnargs > 4 ? 4 : 0);
	return PointerGetDatum(NULL);
}

/* bounce_sent('email' [, 'campaign' [, 'sent_at']]) */
PG_FUNCTION_INFO_V1(bounce_sent);
Datum
bounce_sent(PG_FUNCTION_ARGS)
{
	add_row_events(fcinfo, bounce_statement_trigger(fcinfo, "bounce_sent", 1, 3), "sent", 0);
	return PointerGetDatum(NULL);
}
