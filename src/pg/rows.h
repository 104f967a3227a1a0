/*-------------------------------------------------------------------------
 *
 * rows.h
 *	  What all functions that return rows begin with.
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

extern Tuplestorestate *bounce_rows_begin(FunctionCallInfo fcinfo);

#endif							/* BOUNCE_ROWS_H */
