/*-------------------------------------------------------------------------
 *
 * module.c
 *	  The shared library as a whole.
 *
 * src/pg/module.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "pg/compat.h"

BOUNCE_MODULE_MAGIC;
