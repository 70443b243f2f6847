/*
 * jit.h
 *		Lookups cost time, but no work that compiling would shorten.
 */
#ifndef TUYA_JIT_H
#define TUYA_JIT_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * To be called when a statement starts: the first of a session is planned before
 * our planner hook is there.  The plan may be a cached one, for which it is decided
 * the same each time.
 *
 * Turns off what PostgreSQL, or another module, has chosen of JIT if the statement
 * without its lookups costs too little for it.  Never turns anything on.
 */
extern void tuya_jit_decide(PlannedStmt *pstmt);

/* The plan's cost without that of lookups: work of the database's own. */
extern Cost tuya_jit_work(PlannedStmt *pstmt, Plan *plan);

#endif							/* TUYA_JIT_H */
