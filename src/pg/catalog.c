/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  OIDs of the extension's own objects, looked up once per backend.
 *
 * src/pg/catalog.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "pg/catalog.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

static const char *const kind_names[BOUNCE_KIND_COUNT] =
{
	"failed", "delayed", "delivered", "autoreply", "complaint", "challenge", "unsubscribe"
};

static const char *const class_names[BOUNCE_CLASS_COUNT] =
{
	"hard", "soft", "other"
};

static const char *const counts_names[] =
{
	"hard", "soft", "never", "stop", "life", "by_class"
};

static const char *const outcome_names[BOUNCE_MAIL_OUTCOME_COUNT] =
{
	"pending", "neutral", "blocked", "delivered", "soft", "hard"
};

const char *const bounce_state_names[BOUNCE_STATE_COUNT] =
{
	"active", "soft", "hard", "confirmed", "suppressed", "unsubscribed", "complained"
};

const char *const bounce_event_kind_names[BOUNCE_EVENT_KIND_COUNT] =
{
	"bounce", "notice", "sent", "delivered", "open", "click", "reply", "complaint",
	"unsubscribe", "suppress", "release", "reset"
};

/*
 * What was looked up, and is good until a type of the database changes: DROP
 * EXTENSION and CREATE EXTENSION in one session give new OIDs.  Whoever called
 * bounce_catalog() may hold the pointer for as long as his call lasts, and each
 * temporary table of anybody invalidates it: so it is looked up anew beside the
 * old one, which is only given up, and never freed, when it really differs.
 */
static BounceCatalog *catalog = NULL;
static bool catalog_valid = false;
static bool registered = false;
static uint64 invalidations = 0;

static void
forget_catalog(Datum arg, int cacheid, uint32 hashvalue)
{
	catalog_valid = false;
	invalidations++;
}

/*
 * Nothing keeps the extension from being dropped while a function of it runs: then
 * what it needs is gone.
 */
static void
report_gone(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("extension \"%s\" was dropped while one of its functions ran", "bounce")));
}

static Oid
find_type(Oid schema, const char *name)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
									   CStringGetDatum(name), ObjectIdGetDatum(schema));

	if (!OidIsValid(type))
		report_gone();
	return type;
}

/*
 * Read one enum; name_of gives the label of each code.  All labels come by one scan,
 * not one each: this is most of what the first call of a session costs.
 */
static void
load_enum(BounceEnum *type, Oid schema, const char *type_name, int count,
		  const char *(*name_of) (int code))
{
	CatCList   *labels;

	type->type = find_type(schema, type_name);
	type->count = count;
	labels = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type->type));
	for (int i = 0; i < count; i++)
	{
		int			at = i;
		Oid			label = InvalidOid;

		for (int n = 0; n < labels->n_members && !OidIsValid(label); n++)
		{
			Form_pg_enum form = (Form_pg_enum) GETSTRUCT(&labels->members[n]->tuple);

			if (strcmp(NameStr(form->enumlabel), name_of(i)) == 0)
				label = form->oid;
		}
		if (!OidIsValid(label))
			report_gone();
		type->label[i] = label;
		while (at > 0 && type->sorted[at - 1] > label)
		{
			type->sorted[at] = type->sorted[at - 1];
			type->code[at] = type->code[at - 1];
			at--;
		}
		type->sorted[at] = label;
		type->code[at] = (unsigned char) i;
	}
	ReleaseCatCacheList(labels);
}

static const char *
kind_name(int code)
{
	return kind_names[code];
}

static const char *
class_name(int code)
{
	return class_names[code];
}

static const char *
reason_name(int code)
{
	return bounce_reason_table[code].name;
}

static const char *
state_name(int code)
{
	return bounce_state_names[code];
}

static const char *
event_kind_name(int code)
{
	return bounce_event_kind_names[code];
}

static const char *
counts_name(int code)
{
	return counts_names[code];
}

static const char *
outcome_name(int code)
{
	return outcome_names[code];
}

static Oid
find_table(Oid schema, const char *name)
{
	Oid			table = get_relname_relid(name, schema);

	if (!OidIsValid(table))
		report_gone();
	return table;
}

static TupleDesc
copy_rowtype(Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	TupleDesc	copy = CreateTupleDescCopy(desc);

	ReleaseTupleDesc(desc);
	return copy;
}

static bool
is_same(const BounceCatalog *a, const BounceCatalog *b)
{
	return a->schema == b->schema && strcmp(a->schema_name, b->schema_name) == 0 &&
		memcmp(&a->kind, &b->kind, sizeof(BounceEnum)) == 0 &&
		memcmp(&a->class, &b->class, sizeof(BounceEnum)) == 0 &&
		memcmp(&a->reason, &b->reason, sizeof(BounceEnum)) == 0 &&
		memcmp(&a->state, &b->state, sizeof(BounceEnum)) == 0 &&
		memcmp(&a->event_kind, &b->event_kind, sizeof(BounceEnum)) == 0 &&
		memcmp(&a->counts, &b->counts, sizeof(BounceEnum)) == 0 &&
		memcmp(&a->outcome, &b->outcome, sizeof(BounceEnum)) == 0 &&
		a->standing_type == b->standing_type &&
		a->event_relation == b->event_relation &&
		a->rule_relation == b->rule_relation &&
		a->policy_relation == b->policy_relation &&
		a->contact_function == b->contact_function &&
		equalTupleDescs(a->report, b->report) &&
		equalTupleDescs(a->verdict, b->verdict) &&
		equalTupleDescs(a->explanation, b->explanation) &&
		equalTupleDescs(a->standing, b->standing);
}

/*
 * The extension's objects, found through the schema of one of its functions,
 * so that neither search_path nor the name of the schema matters.
 */
const BounceCatalog *
bounce_catalog(Oid function)
{
	MemoryContext context;
	MemoryContext old;
	BounceCatalog *new;
	Oid			schema;
	char	   *name;
	uint64		before;

	if (catalog_valid)
		return catalog;
	if (!registered)
	{
		CacheRegisterSyscacheCallback(TYPEOID, forget_catalog, (Datum) 0);
		CacheRegisterSyscacheCallback(NAMESPACEOID, forget_catalog, (Datum) 0);
		registered = true;
	}
	StaticAssertStmt(BOUNCE_REASON_COUNT <= 64, "more reasons than an enum is read with");
	schema = get_func_namespace(function);
	context = AllocSetContextCreate(CurrentMemoryContext, "bounce catalog",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	new = palloc0(sizeof(BounceCatalog));

	before = invalidations;
	new->schema = schema;
	name = get_namespace_name(schema);
	if (name == NULL)
		report_gone();
	new->schema_name = pstrdup(quote_identifier(name));
	load_enum(&new->kind, schema, "bounce_kind", BOUNCE_KIND_COUNT, kind_name);
	load_enum(&new->class, schema, "bounce_class", BOUNCE_CLASS_COUNT, class_name);
	load_enum(&new->reason, schema, "bounce_reason", BOUNCE_REASON_COUNT, reason_name);
	load_enum(&new->state, schema, "bounce_state", BOUNCE_STATE_COUNT, state_name);
	load_enum(&new->event_kind, schema, "bounce_event_kind", BOUNCE_EVENT_KIND_COUNT,
			  event_kind_name);
	load_enum(&new->counts, schema, "bounce_counts", (int) lengthof(counts_names),
			  counts_name);
	load_enum(&new->outcome, schema, "bounce_outcome", BOUNCE_MAIL_OUTCOME_COUNT, outcome_name);
	new->standing_type = find_type(schema, "bounce_standing");
	new->report = copy_rowtype(find_type(schema, "bounce_report"));
	new->verdict = copy_rowtype(find_type(schema, "bounce_verdict"));
	new->explanation = copy_rowtype(find_type(schema, "bounce_explanation"));
	new->standing = copy_rowtype(new->standing_type);
	new->event_relation = find_table(schema, "bounce_event");
	new->rule_relation = find_table(schema, "bounce_rule");
	new->policy_relation = find_table(schema, "bounce_policy");
	new->contact_function =
		GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("bounce_contact"),
						PointerGetDatum(buildoidvector(NULL, 0)), ObjectIdGetDatum(schema));
	MemoryContextSwitchTo(old);
	if (catalog != NULL && is_same(catalog, new))
		MemoryContextDelete(context);
	else
	{
		MemoryContextSetParent(context, CacheMemoryContext);
		catalog = new;
	}

	/* good for this call; for the next one only if nothing changed meanwhile */
	catalog_valid = before == invalidations;
	return catalog;
}

Datum
bounce_enum_datum(const BounceEnum *type, int code)
{
	Assert(code >= 0 && code < type->count);
	return ObjectIdGetDatum(type->label[code]);
}

/* The code of a label; an error for an OID that is none, which cannot happen. */
int
bounce_enum_code(const BounceEnum *type, Oid label)
{
	int			low = 0;
	int			high = type->count - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;

		if (type->sorted[middle] == label)
			return type->code[middle];
		if (type->sorted[middle] < label)
			low = middle + 1;
		else
			high = middle - 1;
	}
	elog(ERROR, "%u is no label of enum type %u", label, type->type);
}
