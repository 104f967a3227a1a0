/*-------------------------------------------------------------------------
 *
 * rule.c
 *	  SQL functions about rules: the check and the trigger of bounce_rule, and
 *	  the list of the built-in ones.
 *
 * src/pg/rule.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "core/match.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "pg/convert.h"
#include "pg/own_rules.h"
#include "pg/rows.h"
#include "rules/rule_rows.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/rel.h"

/* The arguments of bounce_rule_check(), in its order. */
enum
{
	ARG_PATTERN,
	ARG_CODE,
	ARG_HOST,
	ARG_COMMAND,
	ARG_REASON
};

/* The argument in which an error is, and the character at which, from 1. */
static void
report_error(FunctionCallInfo fcinfo, const BounceRuleText *rule, const BounceRuleError *error)
{
	static const char *const names[] = {"pattern", "code", "host", "command"};
	const BounceSpan fields[] = {rule->pattern, rule->code, rule->host, rule->command};
	int			at = 1;

	for (size_t i = 0; i < error->at && i < fields[error->field].len; i++)
		at += ((unsigned char) fields[error->field].ptr[i] & 0xC0) != 0x80;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s of rule %s", names[error->field], error->message),
			 errdetail("At character %d.", at),
			 internalerrquery(text_to_cstring(PG_GETARG_TEXT_PP(error->field))),
			 internalerrposition(at)));
}

/*
 * bounce_rule_check(pattern, code, host, command, reason): true, or an error
 * 22023 that points at the place.
 */
PG_FUNCTION_INFO_V1(bounce_rule_check);
Datum
bounce_rule_check(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	BounceRuleText rule = {.own = true};
	BounceMemory memory;
	BounceRuleError error;
	MemoryContext context;

	rule.id = BOUNCE_SPAN_OF("user");
	rule.pattern = bounce_evidence_argument(fcinfo, ARG_PATTERN);
	rule.code = bounce_evidence_argument(fcinfo, ARG_CODE);
	rule.host = bounce_evidence_argument(fcinfo, ARG_HOST);
	rule.command = bounce_evidence_argument(fcinfo, ARG_COMMAND);
	if (!PG_ARGISNULL(ARG_REASON))
	{
		rule.reason = bounce_enum_code(&catalog->reason, PG_GETARG_OID(ARG_REASON));
		if (bounce_reason_table[rule.reason].counts == BOUNCE_COUNTS_STOP ||
			bounce_reason_table[rule.reason].counts == BOUNCE_COUNTS_LIFE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("reason \"%s\" is no reason of a failure",
							bounce_reason_table[rule.reason].name)));
	}
	if (rule.pattern.len + rule.code.len + rule.host.len + rule.command.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rule must have a pattern, a code, a host or a command")));
	context = AllocSetContextCreate(CurrentMemoryContext, "bounce rule", ALLOCSET_SMALL_SIZES);
	memory = bounce_backend_memory(context);
	if (!bounce_compile_rule(bounce_compile_begin(&memory), &rule, &error))
		report_error(fcinfo, &rule, &error);
	MemoryContextDelete(context);
	PG_RETURN_BOOL(true);
}

/*
 * bounce_rule_changed(): trigger on bounce_rule, for statements, which tells all
 * backends, and refuses what would be too much for them.
 */
PG_FUNCTION_INFO_V1(bounce_rule_changed);
Datum
bounce_rule_changed(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"bounce_rule_changed")));
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	if (TRIGGER_FIRED_AFTER(((TriggerData *) fcinfo->context)->tg_event) &&
		TRIGGER_FIRED_FOR_STATEMENT(((TriggerData *) fcinfo->context)->tg_event) &&
		(TRIGGER_FIRED_BY_INSERT(((TriggerData *) fcinfo->context)->tg_event) ||
		 TRIGGER_FIRED_BY_UPDATE(((TriggerData *) fcinfo->context)->tg_event)))
		bounce_own_rules_check(bounce_catalog(fcinfo->flinfo->fn_oid));
	return PointerGetDatum(NULL);
}

/* The columns of bounce_rules(), in its order. */
enum
{
	RULE_ID,
	RULE_REASON,
	RULE_CLASS,
	RULE_INSTANT,
	RULE_PATTERN,
	RULE_CODE,
	RULE_HOST,
	RULE_COMMAND,
	RULE_PRIORITY,
	RULE_EXAMPLE,
	RULE_NOTE,
	RULE_COUNT
};

typedef struct RuleRow
{
	Datum		values[RULE_COUNT];
	bool		nulls[RULE_COUNT];
} RuleRow;

static void
put(RuleRow *row, int column, Datum value)
{
	row->values[column] = value;
	row->nulls[column] = false;
}

/* A text; empty is NULL.  What the server's encoding lacks is replaced. */
static void
put_string(RuleRow *row, int column, const char *string)
{
	if (*string != '\0')
		put(row, column, PointerGetDatum(bounce_utf8_to_text(bounce_span_make(string, strlen(string)))));
}

static void
put_reason(RuleRow *row, const BounceCatalog *catalog, BounceReason reason, bool not_instant)
{
	put(row, RULE_REASON, bounce_enum_datum(&catalog->reason, reason));
	put(row, RULE_INSTANT, BoolGetDatum(bounce_reason_table[reason].instant && !not_instant));
	if (reason != BOUNCE_REASON_UNDETERMINED)
		put(row, RULE_CLASS, bounce_enum_datum(&catalog->class, bounce_reason_table[reason].class));
}

/* bounce_rules(): the built-in rules, those of words and those of codes. */
PG_FUNCTION_INFO_V1(bounce_rules);
Datum
bounce_rules(PG_FUNCTION_ARGS)
{
	const BounceCatalog *catalog = bounce_catalog(fcinfo->flinfo->fn_oid);
	Tuplestorestate *rows = bounce_rows_begin(fcinfo);
	TupleDesc	desc;
	RuleRow		out;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "bounce_rules() must return rows");
	for (unsigned i = 0; i < bounce_rule_row_count; i++)
	{
		const BounceRuleRow *row = &bounce_rule_rows[i];

		if (row->reason >= BOUNCE_REASON_COUNT)
			continue;
		memset(out.nulls, true, sizeof(out.nulls));
		put_string(&out, RULE_ID, row->id);
		put_reason(&out, catalog, (BounceReason) row->reason, row->not_instant);
		put_string(&out, RULE_PATTERN, row->pattern);
		put_string(&out, RULE_CODE, row->code);
		put_string(&out, RULE_HOST, row->host);
		put_string(&out, RULE_COMMAND, row->command);
		put(&out, RULE_PRIORITY, Int16GetDatum((int16) row->priority));
		put_string(&out, RULE_EXAMPLE, row->example);
		put_string(&out, RULE_NOTE, row->note);
		tuplestore_putvalues(rows, desc, out.values, out.nulls);
	}
	for (unsigned i = 0; i < bounce_code_row_count; i++)
	{
		const BounceCodeRow *row = &bounce_code_rows[i];

		memset(out.nulls, true, sizeof(out.nulls));
		put_string(&out, RULE_ID, row->id);
		put_reason(&out, catalog, (BounceReason) row->reason, row->not_instant);
		if (row->class != BOUNCE_CLASS_COUNT)
			put(&out, RULE_CLASS, bounce_enum_datum(&catalog->class, row->class));
		put_string(&out, RULE_CODE, row->code);
		put_string(&out, RULE_COMMAND, row->command);
		put_string(&out, RULE_NOTE, row->note);
		tuplestore_putvalues(rows, desc, out.values, out.nulls);
	}
	return (Datum) 0;
}
