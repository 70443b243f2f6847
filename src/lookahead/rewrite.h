/*
 * rewrite.h
 *		What plan.c and subplan.c share.
 */
#ifndef TUYA_LOOKAHEAD_REWRITE_H
#define TUYA_LOOKAHEAD_REWRITE_H

#include "postgres.h"

#include "nodes/plannodes.h"

typedef struct Rewrite
{
	int			next_id;		/* unused plan node id */
	bool		look_only;		/* change nothing, see whether there is a target */
	bool		found;
	bool		backward;		/* the plan may be read backward */
	bool		cursor;			/* it is a cursor's */
} Rewrite;

/* Whether it is a foreign scan of ours that has all its keys. */
extern bool tuya_lookahead_is_target(const ForeignScan *scan);

/* The PARAM_EXEC ids in the expressions. */
extern Bitmapset *tuya_lookahead_params(List *exprs);

/* Those that have a value before the plan's children are begun. */
extern Bitmapset *tuya_lookahead_params_outside(const Plan *plan);

/*
 * A node on top of the child, with the child's columns.  values: what the
 * target compares its keys to, in columns of the child (OUTER_VAR); gates:
 * conditions, alike, without which the target is not executed; params: those in
 * both.
 */
extern CustomScan *tuya_lookahead_make_node(Plan *child, List *values, List *gates,
											Bitmapset *params, ForeignScan *target,
											Rewrite *rewrite);

/* Puts nodes below where correlated subqueries are evaluated. */
extern void tuya_lookahead_rewrite_subplans(PlannedStmt *pstmt, Rewrite *rewrite);

#endif							/* TUYA_LOOKAHEAD_REWRITE_H */
