/*-------------------------------------------------------------------------
 *
 * inbound.c
 *	  bounce_inbound(): returned mail into the log, by a trigger.
 *
 * src/pg/inbound.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "pg/events.h"
#include "pg/rules_version.h"
#include "pg/source.h"
#include "pg/trigger.h"
#include "pg/undo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Where mail is read from. */
typedef struct Inbound
{
	Oid			relation;		/* the inbound table */
	const char *rows;			/* read as "n" */
	const char *mail;			/* bytea or text, over "n" */
	const char *at;				/* when it came, over "n"; NULL: not known */
} Inbound;

/*
 * Read the mails and write what they tell.
 *
 * The time of an event is that of receipt, where it is known: dates inside a
 * mail can be forged.  Mail that gives no event is listed in bounce_unrecognised.
 */
static void
add_mail(const BounceCatalog *catalog, const Inbound *inbound, Oid transition_of)
{
	static const Oid types[] = {TEXTOID, TEXTOID};
	const char *s = catalog->schema_name;
	BounceFacts facts = {.relation = transition_of};
	Datum		args[2];

	/*
	 * A date of the future is of no use, nor one of receipt that is infinite.
	 * The mail went out when it says so, unless that is out of the question.
	 */
	facts.query = psprintf("SELECT r.address, CASE "
						   "WHEN r.kind OPERATOR(pg_catalog.=) 'failed' THEN 'bounce' "
						   "WHEN r.kind OPERATOR(pg_catalog.=) 'delivered' THEN 'delivered' "
						   "WHEN r.kind OPERATOR(pg_catalog.=) 'unsubscribe' THEN 'unsubscribe' "
						   "WHEN r.reason OPERATOR(pg_catalog.=) 'complaint' THEN 'complaint' "
						   "ELSE 'notice' END::%1$s.bounce_event_kind AS kind, "
						   "r.at, CASE WHEN r.original_date OPERATOR(pg_catalog.<=) r.at "
						   "AND r.original_date OPERATOR(pg_catalog.>=) "
						   "(r.at OPERATOR(pg_catalog.-) '30 days'::pg_catalog.interval) "
						   "THEN r.original_date ELSE r.at END AS sent_at, "
						   "r.campaign, r.class, r.reason, r.instant, r.status, "
						   "r.reply_code, r.diagnostic, r.remote_mta, r.command, "
						   "CASE WHEN r.final_recipient OPERATOR(pg_catalog.<>) r.recipient "
						   "THEN r.final_recipient END AS final_recipient, r.rule, CASE "
						   "WHEN r.kind OPERATOR(pg_catalog.=) 'failed' "
						   "OR r.kind OPERATOR(pg_catalog.=) 'delayed' THEN $2 END AS rules_version, "
						   "r.format, CASE WHEN r.kind OPERATOR(pg_catalog.=) 'failed' "
						   "THEN %2$s END AS void_id, r.recipient, "
						   "CASE WHEN r.address IS NULL THEN %1$s.bounce_headline(r.mail) END AS headline "
						   "FROM (SELECT p.*, t.at, %3$s AS mail, "
						   "%1$s.bounce_address(p.recipient) AS address FROM %4$s n "
						   "LEFT JOIN LATERAL %1$s.bounce_parse(%3$s) p ON true, "
						   "LATERAL (SELECT %5$s AS at) t) r",
						   s, bounce_void_of_new(catalog, "r.address", "r.at", "r.reason", "r.diagnostic"),
						   inbound->mail, inbound->rows,
						   inbound->at == NULL ? "LEAST(p.happened_at, pg_catalog.now())" : inbound->at);
	facts.columns = "address, kind, at, sent_at, campaign, class, reason, instant, status, "
		"reply_code, diagnostic, remote_mta, command, final_recipient, rule, rules_version, "
		"format, void_id";
	facts.also = psprintf(", unread AS ("
						  "INSERT INTO %s.bounce_unrecognised (received_at, mail, message_id, sender, "
						  "subject, octets, format, recipient) "
						  "SELECT f.at, $1, (f.headline).message_id, (f.headline).sender, "
						  "(f.headline).subject, (f.headline).octets, f.format, f.recipient "
						  "FROM fact f WHERE f.address IS NULL)", s);
	args[0] = CStringGetTextDatum(quote_qualified_identifier(get_namespace_name(get_rel_namespace(inbound->relation)),
															 get_rel_name(inbound->relation)));
	args[1] = PointerGetDatum(bounce_rules_version_current(catalog));
	bounce_events_add(catalog, &facts, args, 2, types);
}

/* bounce_inbound('raw' [, 'received_at']): on the inbound-mail table */
PG_FUNCTION_INFO_V1(bounce_inbound);
Datum
bounce_inbound(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = bounce_statement_trigger(fcinfo, "bounce_inbound", 1, 2);
	char	  **args = trigdata->tg_trigger->tgargs;
	BounceSource source = bounce_source_of_trigger(trigdata);
	Inbound		inbound = {
		.relation = RelationGetRelid(trigdata->tg_relation),
		.rows = quote_identifier(trigdata->tg_trigger->tgnewtable),
		.mail = bounce_mail_column(&source, args[0])
	};

	if (trigdata->tg_trigger->tgnargs > 1)
		inbound.at = bounce_time_column(&source, args[1], "pg_catalog.now()");
	bounce_connect_trigger(trigdata);
	add_mail(bounce_catalog(fcinfo->flinfo->fn_oid), &inbound, inbound.relation);
	SPI_finish();
	return PointerGetDatum(NULL);
}
