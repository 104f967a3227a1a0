/*-------------------------------------------------------------------------
 *
 * rows.h
 *	  Results of functions that return rows.
 *
 * src/pg/rows.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_ROWS_H
#define BOUNCE_ROWS_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/tuplestore.h"

extern Tuplestorestate *bounce_begin_rows(FunctionCallInfo fcinfo);

#endif							/* BOUNCE_ROWS_H */
