/*-------------------------------------------------------------------------
 *
 * parse.c
 *	  bounce_parse(): a message in, a row a recipient out.
 *
 * src/pg/parse.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/judge.h"
#include "core/reader.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/catalog.h"
#include "pg/compat.h"
#include "pg/convert.h"
#include "pg/own_rules.h"
#include "pg/rows.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* The attributes of the SQL type bounce_report, in its order. */
enum
{
	ATTR_KIND,
	ATTR_RECIPIENT,
	ATTR_FINAL_RECIPIENT,
	ATTR_CLASS,
	ATTR_REASON,
	ATTR_STATUS,
	ATTR_REPLY_CODE,
	ATTR_DIAGNOSTIC,
	ATTR_RULE,
	ATTR_ACTION,
	ATTR_REPORTING_MTA,
	ATTR_REMOTE_MTA,
	ATTR_COMMAND,
	ATTR_FORMAT,
	ATTR_HAPPENED_AT,
	ATTR_MESSAGE_ID,
	ATTR_ORIGINAL_MESSAGE_ID,
	ATTR_ORIGINAL_SENDER,
	ATTR_ORIGINAL_SUBJECT,
	ATTR_ORIGINAL_DATE,
	ATTR_RETURN_PATH,
	ATTR_FEEDBACK_TYPE,
	ATTR_CAMPAIGN,
	ATTR_TRUNCATED,
	ATTR_INSTANT,
	ATTR_COUNT
};

/* One row under construction. */
typedef struct ReportRow
{
	Datum		values[ATTR_COUNT];
	bool		nulls[ATTR_COUNT];
} ReportRow;

static void
put(ReportRow *row, int attr, Datum value)
{
	row->values[attr] = value;
	row->nulls[attr] = false;
}

/* Text of an unknown charset; nothing, when there is none. */
static void
put_span(ReportRow *row, int attr, BounceSpan span)
{
	span = bounce_span_trim(span);
	if (span.len > 0)
		put(row, attr, PointerGetDatum(bounce_span_to_text(span)));
}

static void
put_address(ReportRow *row, int attr, BounceSpan span)
{
	text	   *address = span.len > 0 ? bounce_address_to_text(span) : NULL;

	if (address != NULL)
		put(row, attr, PointerGetDatum(address));
}

/* The angle brackets are not part of a msg-id (RFC 5322, 3.6.4). */
static void
put_message_id(ReportRow *row, int attr, BounceSpan id)
{
	id = bounce_span_trim(id);
	if (id.len > 2 && id.ptr[0] == '<' && id.ptr[id.len - 1] == '>')
		id = bounce_span_make(id.ptr + 1, id.len - 2);
	put_span(row, attr, id);
}

static void
put_time(ReportRow *row, int attr, BounceTime time)
{
	if (time.known)
		put(row, attr, TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) time.seconds)));
}

/* The code that tells most: the reply's own, else the Status field's. */
static void
put_codes(ReportRow *row, const BounceReport *report)
{
	char		enhanced[BOUNCE_ENHANCED_TEXT_SIZE];

	if (report->code.enhanced_class != 0)
	{
		size_t		len = bounce_enhanced_write(&report->code, enhanced);

		put_span(row, ATTR_STATUS, bounce_span_make(enhanced, len));
	}
	if (report->code.reply != 0)
		put(row, ATTR_REPLY_CODE, Int32GetDatum(report->code.reply));
}

/* Fill the row of a report. */
static void
fill_row(ReportRow *row, const BounceCatalog *catalog, const BounceRuleSet *own,
		 const BounceReport *report)
{
	BounceVerdict verdict;
	BounceSpan	diagnostic = bounce_span_trim(report->diagnostic);

	/* some encode the words of a reply as those of a header field */
	diagnostic = bounce_span_find(diagnostic, BOUNCE_SPAN_OF("=?")) == BOUNCE_SPAN_NOT_FOUND ?
		bounce_span_to_utf8(diagnostic, report->charset) : bounce_words_to_utf8(diagnostic);
	bounce_report_judge(report, diagnostic, own, &verdict);
	memset(row->nulls, true, sizeof(row->nulls));
	put(row, ATTR_KIND, bounce_enum_datum(&catalog->kind, report->kind));
	put(row, ATTR_CLASS, bounce_enum_datum(&catalog->class, verdict.class));
	put(row, ATTR_REASON, bounce_enum_datum(&catalog->reason, verdict.reason));
	put(row, ATTR_RULE, CStringGetTextDatum(verdict.rule));
	put(row, ATTR_INSTANT, BoolGetDatum(verdict.instant));
	put(row, ATTR_TRUNCATED, BoolGetDatum(report->truncated));
	put_address(row, ATTR_RECIPIENT, report->recipient);
	put_address(row, ATTR_FINAL_RECIPIENT, report->final_recipient);
	put_codes(row, report);
	if (diagnostic.len > 0)
		put(row, ATTR_DIAGNOSTIC, PointerGetDatum(bounce_utf8_to_text(diagnostic)));
	put_span(row, ATTR_ACTION, report->action);
	put_span(row, ATTR_REPORTING_MTA, report->reporting_mta);
	put_span(row, ATTR_REMOTE_MTA, report->remote_mta);
	put_span(row, ATTR_COMMAND, report->command);
	put_span(row, ATTR_FORMAT, report->format);
	put_time(row, ATTR_HAPPENED_AT, report->happened_at);
	put_message_id(row, ATTR_MESSAGE_ID, report->message_id);
	put_message_id(row, ATTR_ORIGINAL_MESSAGE_ID, report->original_message_id);
	put_address(row, ATTR_ORIGINAL_SENDER, report->original_sender);
	if (report->original_subject.len > 0)
	{
		char		unfolded[BOUNCE_MAX_VALUE];
		size_t		len = bounce_header_unfold(report->original_subject, unfolded,
											   sizeof(unfolded));
		BounceSpan	subject = bounce_words_to_utf8(bounce_span_make(unfolded, len));

		put(row, ATTR_ORIGINAL_SUBJECT, PointerGetDatum(bounce_utf8_to_text(subject)));
	}
	put_time(row, ATTR_ORIGINAL_DATE, report->original_date);
	put_address(row, ATTR_RETURN_PATH, report->return_path);
	put_span(row, ATTR_FEEDBACK_TYPE, report->feedback_type);
	put_span(row, ATTR_CAMPAIGN, report->campaign);
}

/*
 * bounce_parse(bytea) and bounce_parse(text): both are bytes to the core.
 *
 * The rows go into a tuplestore, which is on disk beyond work_mem: a message of
 * a hundred thousand recipients needs no more memory than one of one.  (FROM
 * stores them anyway, and one call costs less than one for each row.)
 */
PG_FUNCTION_INFO_V1(bounce_parse);
Datum
bounce_parse(PG_FUNCTION_ARGS)
{
	struct varlena *message = PG_GETARG_VARLENA_PP(0);
	Tuplestorestate *rows = bounce_rows_begin(fcinfo);
	BounceReader *reader = palloc(sizeof(BounceReader));
	MemoryContext context = NULL;	/* of the rows */
	const BounceRuleSet *own = NULL;
	BounceReport report;
	BounceStep	step;

	bounce_reader_open(reader, bounce_span_make(VARDATA_ANY(message), VARSIZE_ANY_EXHDR(message)),
					   bounce_backend_charsets());
	while ((step = bounce_reader_next(reader, &report)) != BOUNCE_STEP_END)
	{
		CHECK_FOR_INTERRUPTS();
		if (step == BOUNCE_STEP_ITEM)
		{
			const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
			MemoryContext old;
			ReportRow	row;

			if (context == NULL)
			{
				own = bounce_own_rules(catalog);
				context = AllocSetContextCreate(CurrentMemoryContext, "bounce_parse row",
												ALLOCSET_DEFAULT_SIZES);
			}
			old = MemoryContextSwitchTo(context);
			fill_row(&row, catalog, own, &report);
			MemoryContextSwitchTo(old);
			tuplestore_putvalues(rows, catalog->report, row.values, row.nulls);
			MemoryContextReset(context);
		}
	}
	if (context != NULL)
		MemoryContextDelete(context);
	pfree(reader);
	return (Datum) 0;
}
