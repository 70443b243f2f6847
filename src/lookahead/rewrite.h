/*
 * rewrite.h
 *		A plan with lookahead nodes where they help.
 */
#ifndef TUYA_LOOKAHEAD_REWRITE_H
#define TUYA_LOOKAHEAD_REWRITE_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * The plan with lookahead nodes where they help, if tuya_enable_lookahead, and
 * with one-time filters for join conditions on the outer row alone: a copy in
 * the current memory context, or NULL if there is nothing to put in.  The original
 * is not touched, for it may be the plan cache's.
 */
extern PlannedStmt *tuya_lookahead_rewrite(PlannedStmt *pstmt);

#endif							/* TUYA_LOOKAHEAD_REWRITE_H */
