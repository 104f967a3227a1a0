/*-------------------------------------------------------------------------
 *
 * rule_rows.h
 *	  The built-in rules as they are written: the rows of rules.tsv, stages.tsv
 *	  and notices.tsv, in this order, and those of codes.tsv.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/rules/rule_rows.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_RULE_ROWS_H
#define BOUNCE_RULE_ROWS_H

#include "core/rules.h"

/* One row; texts that are not there are empty. */
typedef struct BounceRuleRow
{
	const char *id;				/* of a notice, the mail system or its line */
	const char *pattern;
	const char *code;
	const char *host;
	const char *command;
	const char *example;
	const char *note;
	int			reason;			/* BounceReason, BOUNCE_RULE_STAGE or _NOTICE */
	int			saying;			/* BounceSaying */
	int			priority;
	bool		not_instant;
	int			line;			/* in its file */
} BounceRuleRow;

/* One row of codes.tsv. */
typedef struct BounceCodeRow
{
	const char *id;
	const char *code;			/* or a range, or the beginning of codes */
	const char *command;
	const char *note;			/* what the registry calls it, and what was seen */
	int			reason;			/* BounceReason */
	int			class;			/* BounceClass; the count: as the reason */
	bool		not_instant;
} BounceCodeRow;

extern const BounceRuleRow bounce_rule_rows[];
extern const unsigned bounce_rule_row_count;
extern const BounceCodeRow bounce_code_rows[];
extern const unsigned bounce_code_row_count;

#endif							/* BOUNCE_RULE_ROWS_H */
