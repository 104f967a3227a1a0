/*-------------------------------------------------------------------------
 *
 * own_rules.c
 *	  The user's rules, compiled once a backend, and again when they change.
 *
 * A trigger of bounce_rule invalidates the table in all backends; so what is
 * compiled is as good as a relcache entry: a change is seen by the next
 * statement of every session, by this one at once, and not at all after a
 * rollback; on a standby, too.  The table is read as a catalog is, with a
 * snapshot that is never older than the last invalidation, and without asking
 * for rights: whoever may judge, judges by all rules.
 *
 * src/pg/own_rules.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "pg/compat.h"
#include "pg/convert.h"
#include "pg/own_rules.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/rel.h"

/* The columns of bounce_rule. */
enum
{
	COLUMN_ID = 1,
	COLUMN_PATTERN,
	COLUMN_CODE,
	COLUMN_HOST,
	COLUMN_COMMAND,
	COLUMN_REASON,
	COLUMN_PRIORITY
};

/* Every session compiles them all: some tenths of a second for so many. */
#define MAX_OWN_RULES 10000

typedef struct OwnRules
{
	Oid			relation;
	const BounceRuleSet *set;	/* NULL: there are none */
	uint32		version;		/* hash of all rules; 0: there are none */
	MemoryContext context;
} OwnRules;

static OwnRules current;
static bool valid = false;
static bool registered = false;
static uint64 invalidations = 0;
static uint64 generation = 0;	/* how often they were read */

static void
forget_rules(Datum arg, Oid relation)
{
	if (relation != InvalidOid && relation != current.relation)
		return;
	valid = false;
	invalidations++;
}

/* The compiler asks for memory all the time, so it can be cancelled here. */
static void *
get_memory(void *state, size_t size)
{
	CHECK_FOR_INTERRUPTS();
	return MemoryContextAlloc((MemoryContext) state, Max(size, 1));
}

/* Memory for the compiler, which lives as long as the context. */
BounceMemory
bounce_backend_memory(MemoryContext context)
{
	BounceMemory memory = {get_memory, context};

	return memory;
}

/* A column that is text, as UTF-8; empty when it is NULL. */
static BounceSpan
text_column(HeapTuple tuple, TupleDesc desc, int column)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, desc, &isnull);
	text	   *content;

	if (isnull)
		return BOUNCE_SPAN_NONE;
	content = DatumGetTextPP(value);
	return bounce_server_to_utf8(bounce_span_make(VARDATA_ANY(content),
												  VARSIZE_ANY_EXHDR(content)));
}

/*
 * Compile one row.  One that cannot be used, of a table that was not checked or is
 * of an older bounce, is left out with a warning, or an error: mail must be judged
 * all the same.
 */
static void
compile_row(BounceCompiler *compiler, const BounceCatalog *catalog, HeapTuple tuple,
			TupleDesc desc, int elevel, uint32 *version)
{
	BounceRuleText rule = {.own = true};
	BounceRuleError error;
	char		id[32];
	bool		isnull;
	int			reason;

	snprintf(id, sizeof(id), "user." INT64_FORMAT,
			 DatumGetInt64(heap_getattr(tuple, COLUMN_ID, desc, &isnull)));
	rule.id = bounce_span_make(id, strlen(id));
	rule.pattern = text_column(tuple, desc, COLUMN_PATTERN);
	rule.code = text_column(tuple, desc, COLUMN_CODE);
	rule.host = text_column(tuple, desc, COLUMN_HOST);
	rule.command = text_column(tuple, desc, COLUMN_COMMAND);
	reason = bounce_enum_code(&catalog->reason,
							  DatumGetObjectId(heap_getattr(tuple, COLUMN_REASON, desc, &isnull)));
	rule.reason = reason;
	rule.priority = DatumGetInt16(heap_getattr(tuple, COLUMN_PRIORITY, desc, &isnull));
	if (!bounce_compile_rule(compiler, &rule, &error))
	{
		ereport(elevel,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rule %s cannot be used: it %s", id, error.message)));
		return;
	}

	/* the order of the rows does not matter */
	*version += hash_bytes((const unsigned char *) id, (int) strlen(id)) ^
		hash_combine(hash_bytes_uint32((uint32) (reason * 4096 + rule.priority)),
					 hash_combine(hash_bytes((const unsigned char *) rule.pattern.ptr,
											 (int) rule.pattern.len),
								  hash_bytes((const unsigned char *) rule.code.ptr,
											 (int) rule.code.len))) ^
		hash_combine(hash_bytes((const unsigned char *) rule.host.ptr, (int) rule.host.len),
					 hash_bytes((const unsigned char *) rule.command.ptr,
								(int) rule.command.len));
}

/* The table must be as the extension made it. */
static void
check_columns(const BounceCatalog *catalog, TupleDesc desc)
{
	const Oid	types[] = {
		INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, catalog->reason.type, INT2OID
	};

	for (int i = 0; i < (int) lengthof(types); i++)
	{
		if (desc->natts <= i || TupleDescAttr(desc, i)->attisdropped ||
			TupleDescAttr(desc, i)->atttypid != types[i])
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column %d of table \"bounce_rule\" is not what extension bounce made it",
							i + 1)));
	}
}

/*
 * Read and compile the whole table into a context of its own.  elevel is what a
 * rule that cannot be used gives, and too many of them.
 */
static OwnRules
load_rules(const BounceCatalog *catalog, int elevel)
{
	int			count = 0;
	OwnRules	rules = {catalog->rule_relation, NULL, 0, NULL};
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "bounce rule rows",
												  ALLOCSET_DEFAULT_SIZES);
	Relation	relation = table_open(catalog->rule_relation, AccessShareLock);
	SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL);
	BounceCompiler *compiler = NULL;
	BounceMemory memory;
	HeapTuple	tuple;
	MemoryContext old = MemoryContextSwitchTo(scratch);

	check_columns(catalog, RelationGetDescr(relation));
	rules.context = AllocSetContextCreate(scratch, "bounce rules", ALLOCSET_DEFAULT_SIZES);
	memory = bounce_backend_memory(rules.context);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (++count > MAX_OWN_RULES)
		{
			ereport(elevel,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("table \"%s\" has more than %d rules",
							RelationGetRelationName(relation), MAX_OWN_RULES)));
			break;
		}
		if (compiler == NULL)
			compiler = bounce_compile_begin(&memory);
		compile_row(compiler, catalog, tuple, RelationGetDescr(relation), elevel,
					&rules.version);
	}
	if (compiler != NULL)
	{
		rules.set = bounce_compile_end(compiler);
		rules.version = Max(rules.version, 1);
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(rules.context, CacheMemoryContext);
	MemoryContextDelete(scratch);
	return rules;
}

/*
 * The user's rules as they are now, or NULL when there are none.  Good until the
 * next call, so that whoever judges asks once.
 */
const BounceRuleSet *
bounce_own_rules(const BounceCatalog *catalog)
{
	/* a statement that has no table has not asked for what others changed */
	AcceptInvalidationMessages();
	if (!valid || current.relation != catalog->rule_relation)
	{
		uint64		before;
		OwnRules	rules;

		if (!registered)
		{
			CacheRegisterRelcacheCallback(forget_rules, (Datum) 0);
			registered = true;
		}
		current.relation = catalog->rule_relation;
		before = invalidations;
		rules = load_rules(catalog, WARNING);
		if (current.context != NULL)
			MemoryContextDelete(current.context);
		current = rules;
		generation++;

		/* good for this call; for the next one only if nothing changed meanwhile */
		valid = before == invalidations;
	}
	return current.set;
}

/*
 * Raise an error if the rules, as this command has left them, cannot be used
 * together: 54000.
 */
void
bounce_own_rules_check(const BounceCatalog *catalog)
{
	OwnRules	rules;

	CommandCounterIncrement();
	rules = load_rules(catalog, ERROR);
	MemoryContextDelete(rules.context);
}

/* A hash of all the user's rules, 0 when there are none. */
uint32
bounce_own_rules_version(const BounceCatalog *catalog)
{
	bounce_own_rules(catalog);
	return current.version;
}

/* Another number each time that the rules were read. */
uint64
bounce_own_rules_generation(void)
{
	return generation;
}
