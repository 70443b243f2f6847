/*
 * once.h
 *		Subqueries that a statement evaluates once, and may evaluate sooner.
 */
#ifndef TUYA_LOOKAHEAD_ONCE_H
#define TUYA_LOOKAHEAD_ONCE_H

#include "postgres.h"

#include "nodes/plannodes.h"

/* Whether the expression has a subquery of which running it ahead of time might be noticed. */
extern bool tuya_once_has_volatile_subquery(PlannedStmt *pstmt, Node *expr);

/* Whether that of running the plan might be. */
extern bool tuya_once_is_volatile(PlannedStmt *pstmt, const Plan *plan);

/*
 * The parameters that are set by subqueries that depend on no row.  When one is read for the
 * first time its subquery is run, wherever that is.
 */
extern Bitmapset *tuya_once_params(PlannedStmt *pstmt);

#endif							/* TUYA_LOOKAHEAD_ONCE_H */
