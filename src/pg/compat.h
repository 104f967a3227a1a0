/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  All that differs between PostgreSQL 14 and 19.
 *
 * src/pg/compat.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_COMPAT_H
#define BOUNCE_COMPAT_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_class.h"
#include "storage/lock.h"
#include "utils/acl.h"

/* 16 moved the varlena macros out of postgres.h */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 140000
#error "bounce needs PostgreSQL 14 or later"
#endif

/* 16 folded the ownership checks of all objects into one function */
#if PG_VERSION_NUM >= 160000
#define bounce_owns_relation(relid, role) \
	object_ownercheck(RelationRelationId, (relid), (role))
#else
#define bounce_owns_relation(relid, role) \
	pg_class_ownercheck((relid), (role))
#endif

/* 17 lets one ask for a stronger lock, too */
#if PG_VERSION_NUM >= 170000
#define bounce_holds_lock(tag, mode) LockHeldByMe((tag), (mode), false)
#else
#define bounce_holds_lock(tag, mode) LockHeldByMe((tag), (mode))
#endif

/* a number that no other session has meanwhile; 17 gave it another name */
#if PG_VERSION_NUM >= 170000
#include "storage/procnumber.h"
#define bounce_session_number() ((int) MyProcNumber)
#else
#include "storage/backendid.h"
#define bounce_session_number() ((int) MyBackendId)
#endif

/* 18 lets a module say its name and version */
#if PG_VERSION_NUM >= 180000
#define BOUNCE_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "bounce", .version = "1.0")
#else
#define BOUNCE_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* 19 wants to know when a row type has all its columns */
#if PG_VERSION_NUM >= 190000
#define bounce_desc_finalize(desc) TupleDescFinalize(desc)
#else
#define bounce_desc_finalize(desc) ((void) (desc))
#endif

#endif							/* BOUNCE_COMPAT_H */
