/*-------------------------------------------------------------------------
 *
 * source.h
 *	  Columns of a caller's table, as expressions of the statements that read it.
 *
 * src/pg/source.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_SOURCE_H
#define BOUNCE_SOURCE_H

#include "postgres.h"

#include "commands/trigger.h"
#include "utils/rel.h"

/* What a column has to be. */
typedef enum BounceColumnUse
{
	BOUNCE_COLUMN_MAIL,			/* bytea or text */
	BOUNCE_COLUMN_ADDRESS,		/* text */
	BOUNCE_COLUMN_KEY,			/* anything that PostgreSQL itself can write as text */
	BOUNCE_COLUMN_TIME,
	BOUNCE_COLUMN_MARK			/* a time or a boolean */
} BounceColumnUse;

/* A table whose rows a statement reads as "n". */
typedef struct BounceSource
{
	Relation	relation;
	const char *trigger;		/* that names the columns in its arguments, or NULL */
} BounceSource;

/* A column that says which rows have been processed. */
typedef struct BounceMark
{
	const char *column;			/* its name, quoted */
	const char *open;			/* condition on those that have not, behind the name */
	const char *done;			/* its value in those that have */
} BounceMark;

extern BounceSource bounce_source_of_trigger(const TriggerData *trigdata);
extern void bounce_column_check(const BounceSource *source, int attnum, BounceColumnUse use);
extern char *bounce_column(const BounceSource *source, const char *name, BounceColumnUse use);
extern char *bounce_mail_column(const BounceSource *source, const char *name, Oid *type);
extern BounceMark bounce_mark_column(const BounceSource *source, const char *name);
extern char *bounce_time_column(const BounceSource *source, const char *name,
								const char *otherwise);

#endif							/* BOUNCE_SOURCE_H */
