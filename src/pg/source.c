/*-------------------------------------------------------------------------
 *
 * source.c
 *	  Columns of a caller's table, as expressions of the statements that read it.
 *
 * src/pg/source.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "parser/parse_coerce.h"
#include "pg/source.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

BounceSource
bounce_source_of_trigger(const TriggerData *trigdata)
{
	BounceSource source = {trigdata->tg_relation, trigdata->tg_trigger->tgname};

	return source;
}

/* Is the type fit for the use? */
static bool
type_fits(Oid type, BounceColumnUse use)
{
	Oid			base = getBaseType(type);
	bool		is_text = base == TEXTOID || IsBinaryCoercible(base, TEXTOID);

	switch (use)
	{
		case BOUNCE_COLUMN_MAIL:
			return is_text || base == BYTEAOID;
		case BOUNCE_COLUMN_ADDRESS:
			return is_text;
		case BOUNCE_COLUMN_KEY:

			/*
			 * The statement runs as the owner of the log, so it must not call
			 * a user's output function.
			 */
			return is_text || base < FirstGenbkiObjectId;
		case BOUNCE_COLUMN_TIME:
			return base == TIMESTAMPTZOID || base == TIMESTAMPOID || base == DATEOID;
		case BOUNCE_COLUMN_MARK:
			return base == TIMESTAMPTZOID || base == TIMESTAMPOID || base == DATEOID ||
				base == BOOLOID;
	}
	return false;
}

static const char *
use_name(BounceColumnUse use)
{
	switch (use)
	{
		case BOUNCE_COLUMN_MAIL:
			return "bytea or text";
		case BOUNCE_COLUMN_ADDRESS:
			return "text";
		case BOUNCE_COLUMN_KEY:
			return "text or a built-in type";
		case BOUNCE_COLUMN_TIME:
			return "timestamp with time zone";
		case BOUNCE_COLUMN_MARK:
			return "timestamp with time zone or boolean";
	}
	return NULL;
}

static int
errdetail_of_trigger(const BounceSource *source)
{
	return source->trigger == NULL ? 0 :
		errdetail("Trigger \"%s\" reads it.", source->trigger);
}

/* Raises 42804 when the type of a column is not fit for the use. */
void
bounce_column_check(const BounceSource *source, int attnum, BounceColumnUse use)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(source->relation), attnum - 1);

	if (!type_fits(attribute->atttypid, use))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" has type %s, but must be %s",
						NameStr(attribute->attname), RelationGetRelationName(source->relation),
						format_type_be(attribute->atttypid), use_name(use)),
				 errdetail_of_trigger(source)));
}

/* The number of a column that is fit for the use.  Raises 42703 and 42804. */
static int
find_column(const BounceSource *source, const char *name, BounceColumnUse use)
{
	int			attnum = SPI_fnumber(RelationGetDescr(source->relation), name);

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						name, RelationGetRelationName(source->relation)),
				 errdetail_of_trigger(source)));
	bounce_column_check(source, attnum, use);
	return attnum;
}

/* A column as an expression over "n".  Raises 42703 and 42804. */
char *
bounce_column(const BounceSource *source, const char *name, BounceColumnUse use)
{
	(void) find_column(source, name, use);
	return psprintf("n.%s", quote_identifier(name));
}

/* The same of a column with mail; *type is that of the expression, bytea or text. */
char *
bounce_mail_column(const BounceSource *source, const char *name, Oid *type)
{
	int			attnum = find_column(source, name, BOUNCE_COLUMN_MAIL);
	Oid			base = getBaseType(SPI_gettypeid(RelationGetDescr(source->relation), attnum));

	*type = base == BYTEAOID ? BYTEAOID : TEXTOID;
	return psprintf("n.%s::pg_catalog.%s", quote_identifier(name),
					*type == BYTEAOID ? "bytea" : "text");
}

/* A column that says which rows have been processed. */
BounceMark
bounce_mark_column(const BounceSource *source, const char *name)
{
	int			attnum = find_column(source, name, BOUNCE_COLUMN_MARK);
	Oid			base = getBaseType(SPI_gettypeid(RelationGetDescr(source->relation), attnum));
	BounceMark	mark = {quote_identifier(name), "IS NULL", "pg_catalog.now()"};

	if (base == BOOLOID)
	{
		mark.open = "IS NOT TRUE";
		mark.done = "true";
	}
	return mark;
}

/* The same of a column with times; what otherwise says where there is none of our era. */
char *
bounce_time_column(const BounceSource *source, const char *name, const char *otherwise)
{
	return psprintf("CASE WHEN %1$s OPERATOR(pg_catalog.>=) '0001-01-02' "
					"AND %1$s OPERATOR(pg_catalog.<=) '9999-12-30' "
					"THEN %1$s::pg_catalog.timestamptz ELSE %2$s END",
					bounce_column(source, name, BOUNCE_COLUMN_TIME), otherwise);
}
