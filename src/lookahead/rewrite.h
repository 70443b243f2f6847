/*
 * rewrite.h
 *		What plan.c, subplan.c and outer.c share.
 */
#ifndef TUYA_LOOKAHEAD_REWRITE_H
#define TUYA_LOOKAHEAD_REWRITE_H

#include "postgres.h"

#include "nodes/plannodes.h"

typedef struct Rewrite
{
	PlannedStmt *pstmt;
	int			next_id;		/* unused plan node id */
	bool		look_only;		/* change nothing, see whether there is a target */
	bool		found;
	bool		backward;		/* the plan may be read backward */
	bool		cursor;			/* it is a cursor's */
	bool		nodes;			/* put lookahead nodes in */
} Rewrite;

/* Whether it is a foreign scan of ours; and one that has all its keys. */
extern bool tuya_lookahead_is_ours(const ForeignScan *scan);
extern bool tuya_lookahead_is_target(const ForeignScan *scan);

/* The PARAM_EXEC ids in the expressions. */
extern Bitmapset *tuya_lookahead_params(List *exprs);

/* Those that have a value before the plan's children are begun. */
extern Bitmapset *tuya_lookahead_params_outside(const Plan *plan);

/*
 * Adds those of the conditions that can be tested for an outer row, whose columns
 * they have instead of parameters, to *quals; of leaky ones none after one that
 * cannot, for which *skipped (in and out) is.  set_outside: parameters that
 * have values then.
 */
extern void tuya_lookahead_add_testable(List **quals, List *conditions,
										const Bitmapset *set_outside, bool *skipped);

/*
 * What a foreign scan asks for, as an outer row's columns: the values to which
 * it compares its keys; and conditions under which it asks for any key, and for
 * a key, these with the scan's own key columns.
 */
typedef struct TuyaTarget
{
	ForeignScan *scan;
	List	   *values;
	List	   *row_quals;
	List	   *key_quals;
} TuyaTarget;

/* A node on top of the child, with the child's columns (OUTER_VAR in the target). */
extern CustomScan *tuya_lookahead_make_node(Plan *child, const TuyaTarget *target,
											Rewrite *rewrite);

/* The columns of the plan, as the columns of that special relation. */
extern List *tuya_lookahead_columns(const Plan *plan, int varno);

/*
 * Lets the loop read its inner side, if a foreign scan of ours is there, only for
 * outer rows that meet those join conditions which concern nothing else.
 */
extern void tuya_lookahead_gate_loop(NestLoop *nestloop, Rewrite *rewrite);

/* Puts nodes below where correlated subqueries are evaluated. */
extern void tuya_lookahead_rewrite_subplans(PlannedStmt *pstmt, Rewrite *rewrite);

#endif							/* TUYA_LOOKAHEAD_REWRITE_H */
