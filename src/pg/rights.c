/*-------------------------------------------------------------------------
 *
 * rights.c
 *	  Act as the owner of the table that is written, like a foreign key.
 *
 * src/pg/rights.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "pg/rights.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static Oid
owner_of(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* An error about what a role may not do has to say which role. */
static void
tell_rights(void *arg)
{
	const BounceRights *before = arg;

	errcontext("acting as \"%s\", the owner of table \"%s\"", before->owner, before->table);
}

/*
 * Become the owner of a table until bounce_rights_return().  As in
 * ri_triggers.c: what runs meanwhile cannot change the role, and the owner's
 * row security does not hide rows from the state machine.
 *
 * Where the owner is somebody else, what is left behind would run, or hold, for
 * the caller: so nothing may be (a deferred trigger, a cursor, a temporary
 * table), and settings are put back.  An error restores all with the
 * transaction.
 */
void
bounce_rights_take(Oid relation, BounceRights *before)
{
	Oid			owner = owner_of(relation);
	int			context;

	GetUserIdAndSecContext(&before->user, &before->context);
	context = before->context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS;
	if (owner != before->user)
		context |= SECURITY_RESTRICTED_OPERATION;
	before->guc_level = NewGUCNestLevel();
	before->callback.previous = error_context_stack;
	if (owner != before->user)
	{
		/* names are looked up before there is an error */
		before->owner = GetUserNameFromId(owner, false);
		before->table = get_rel_name(relation);
		before->callback.callback = tell_rights;
		before->callback.arg = before;
		error_context_stack = &before->callback;
	}
	SetUserIdAndSecContext(owner, context);
}

void
bounce_rights_return(const BounceRights *before)
{
	error_context_stack = before->callback.previous;
	AtEOXact_GUC(false, before->guc_level);
	SetUserIdAndSecContext(before->user, before->context);
}
