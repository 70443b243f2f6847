/*
 * node.h
 *		The lookahead node in a plan, and what is asked of plans to put it there.
 *
 * joins.c, subqueries.c and outer.c use it on a plan that may be changed.
 */
#ifndef TUYA_LOOKAHEAD_NODE_H
#define TUYA_LOOKAHEAD_NODE_H

#include "postgres.h"

#include "nodes/plannodes.h"

typedef struct Rewrite
{
	PlannedStmt *pstmt;
	Bitmapset  *once;			/* parameters as once.h has them */
	int			next_id;		/* unused plan node id */
	bool		found;			/* something was put in */
	bool		cursor;			/* the plan is a cursor's */
	bool		nodes;			/* put lookahead nodes in */
	bool		in_subplan;		/* what is rewritten is a subplan */
	List	   *gathered;		/* gather.c's */
} Rewrite;

/* Whether it is a foreign scan of ours that has all its keys. */
extern bool tuya_lookahead_is_target(const ForeignScan *scan);

/* The PARAM_EXEC ids in the expressions. */
extern Bitmapset *tuya_lookahead_params(List *exprs);

/* Whether it is by another key of the scan that the value is told, which has none before it asks. */
extern bool tuya_lookahead_is_told_by_key(const ForeignScan *scan, Node *value);

/* A copy of the expressions with the values in place of the parameters of these ids. */
extern List *tuya_lookahead_replace_params(List *exprs, List *ids, List *values);

/* The parameters that the loop sets, and the columns of its outer row that it sets them to. */
extern List *tuya_lookahead_loop_params(const NestLoop *loop, List **columns);

/* Those that have a value before the plan's children are begun. */
extern Bitmapset *tuya_lookahead_params_outside(const Plan *plan);

/*
 * The same, and those parameters which are set once, unless that may turn out to be in vain.
 * first_row: no, for the plan's first row comes to what needs them.
 */
extern Bitmapset *tuya_lookahead_params_ahead(const Rewrite *rewrite, Plan *plan, bool first_row);

/*
 * Adds those of the conditions that can be tested for an outer row, whose columns
 * they have instead of parameters, to *quals; of leaky ones none after one that
 * cannot, for which *skipped (in and out) is.  set_outside: parameters that
 * have values then.
 */
extern void tuya_lookahead_add_testable(List **quals, List *conditions,
										const Bitmapset *set_outside, bool *skipped);

/* Of a Limit that may want no row, the condition under which it wants some; else NIL. */
extern List *tuya_lookahead_wants_rows(const Limit *limit);

/*
 * What a foreign scan asks for, as an outer row's columns: the values to which
 * it compares its keys; and conditions under which it asks for any key, and for
 * a key.  Values and conditions for a key may have the scan's own key columns.
 */
typedef struct TuyaTarget
{
	ForeignScan *scan;
	List	   *keys;			/* factors that the values are for, see key.h */
	List	   *values;
	List	   *row_quals;
	List	   *key_quals;
	int			choice;			/* of its like the first that asks for something is announced; 0:
								 * all are */
	bool		guessed;		/* it is not known before the row's turn whether it asks */
	bool		first_key;		/* nor, of a list, whether for more than the first key */
} TuyaTarget;

/* Makes the new plan node stand on top of the child, with its columns as that special relation's. */
extern void tuya_lookahead_put_above(Plan *plan, Plan *child, int varno, Rewrite *rewrite);

/* The plan node depends on the expressions' parameters. */
extern void tuya_lookahead_add_params(Plan *plan, List *exprs);

/* A node on top of the child, with the child's columns (OUTER_VAR in the target). */
extern CustomScan *tuya_lookahead_make_node(Plan *child, const TuyaTarget *target,
											Rewrite *rewrite);

/* Whether it is a node of ours, which hands on all columns of its child. */
extern bool tuya_lookahead_is_node(const Plan *plan);

/*
 * Lets the plan announce to the target, too, if it is a node whose targets have the
 * same keys; else false.  Partitions of a table, or a table's accounts, do.
 */
extern bool tuya_lookahead_share_node(Plan *plan, const TuyaTarget *target);

#endif							/* TUYA_LOOKAHEAD_NODE_H */
