/*
 * ancestor.h
 *		The plan nodes above a plan node, and what they mean for it.
 *
 * The executor gives a node no way up, but EXPLAIN needs the nodes above for
 * the names of parameters, and a scan for whether the plan may stop early.
 */
#ifndef TUYA_ANCESTOR_H
#define TUYA_ANCESTOR_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * Plans and SubPlans above the target, nearest first; NIL if it is the top, or
 * was not found.
 */
extern List *tuya_ancestor_find(PlannedStmt *pstmt, Plan *target);

/*
 * Whether something above may stop asking for rows before the target has no
 * more: a Limit, a semi- or anti-join, an EXISTS, a cursor, with nothing between
 * that reads all rows before it hands out its first.  Of a CTE, above one of its scans.
 */
extern bool tuya_ancestor_may_stop_early(PlannedStmt *pstmt, Plan *target);

/*
 * The same, but for a Limit that allows far more rows than are estimated: tools
 * put LIMIT 1000 around a handful of groups to guard themselves. For how wide a
 * window begins, where to be wrong costs some requests, and never an error.
 */
extern bool tuya_ancestor_expect_early_stop(PlannedStmt *pstmt, Plan *target);

/*
 * The same for what is not above that plan: whether each reading of the target stops early,
 * rather than the last one alone.  The plan need not be in its place in the tree yet.
 */
extern bool tuya_ancestor_expect_early_stop_within(PlannedStmt *pstmt, Plan *target, Plan *top);

/*
 * Whether the target may be asked for its rows a second time, for what the plan
 * shows; how it is executed may be a reason of its own.
 */
extern bool tuya_ancestor_may_rescan(PlannedStmt *pstmt, Plan *target);

/* Whether the statement that is being executed is an SQL cursor's. */
extern bool tuya_ancestor_is_cursor(void);

#endif							/* TUYA_ANCESTOR_H */
