/*
 * joins.c
 *		Puts lookahead nodes above the outer sides of joins.
 *
 * The plan is walked down with a stack of the nested loops that were entered
 * through their inner side.  For a foreign scan of ours whose keys take parameters,
 * the innermost of these loops that supplies one is the target loop: its outer
 * side gets the node.  In the scan's key expressions the loop's parameters are
 * replaced by what the loop would set them to, columns of the outer row.
 *
 * Parameters that are left must be set outside of the inner side, else they
 * would be read before they are set.
 */
#include "postgres.h"

#include "lookahead/joins.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"

#include "lookahead/outer.h"
#include "planner/gate.h"

/* A nested loop that was entered through its inner side. */
typedef struct Loop
{
	NestLoop   *nestloop;
	List	   *gates;			/* one-time filters passed since */
	struct Loop *outer;			/* the one entered before; NULL: none */
} Loop;

static void walk(Plan *plan, Loop *loop, Rewrite *rewrite);

/*
 * ---- a target and its loop ----
 */

static Bitmapset *
params_set_by(const NestLoop *nestloop)
{
	Bitmapset  *params = NULL;
	ListCell   *lc;

	foreach(lc, nestloop->nestParams)
	{
		params = bms_add_member(params, ((NestLoopParam *) lfirst(lc))->paramno);
	}
	return params;
}

/* With columns of the loop's outer row instead of parameters. */
static List *
of_outer_row(const Loop *loop, List *exprs)
{
	List	   *ids = NIL;
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, loop->nestloop->nestParams)
	{
		NestLoopParam *nlp = lfirst(lc);

		ids = lappend_int(ids, nlp->paramno);
		columns = lappend(columns, nlp->paramval);
	}
	return tuya_lookahead_replace_params(exprs, ids, columns);
}

/* within: the innermost loop that the scan is inside of. */
static void
add_node(Loop *loop, Loop *within, ForeignScan *scan, Rewrite *rewrite)
{
	Plan	   *join = &loop->nestloop->join.plan;
	TuyaTarget	target = {scan, of_outer_row(loop, scan->fdw_exprs), NIL, NIL};
	Bitmapset  *set_outside = tuya_lookahead_params_outside(join);
	bool		skipped = false;

	if (!bms_is_subset(tuya_lookahead_params(target.values), set_outside) ||
		contain_subplans((Node *) target.values))
		return;
	rewrite->found = true;
	for (; within != loop->outer; within = within->outer)
		tuya_lookahead_add_testable(&target.row_quals, of_outer_row(loop, within->gates),
									set_outside, &skipped);
	tuya_lookahead_add_testable(&target.row_quals, of_outer_row(loop, tuya_gate_row_quals(scan)),
								set_outside, &skipped);
	tuya_lookahead_add_testable(&target.key_quals, of_outer_row(loop, tuya_gate_key_quals(scan)),
								set_outside, &skipped);
	if (!tuya_lookahead_share_node(join->lefttree, &target))
		join->lefttree = (Plan *) tuya_lookahead_make_node(join->lefttree, &target, rewrite);
}

static void
look_at_scan(ForeignScan *scan, Loop *loop, Rewrite *rewrite)
{
	Bitmapset  *params;

	if (loop == NULL || !rewrite->nodes || !tuya_lookahead_is_target(scan))
		return;
	params = tuya_lookahead_params(scan->fdw_exprs);
	for (Loop *target = loop; target; target = target->outer)
	{
		if (bms_overlap(params, params_set_by(target->nestloop)))
		{
			add_node(target, loop, scan, rewrite);
			return;
		}
	}
}

/*
 * ---- walking ----
 */

static void
walk_list(List *plans, Loop *loop, Rewrite *rewrite)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		walk(lfirst(lc), loop, rewrite);
	}
}

static void
walk_nestloop(NestLoop *nestloop, Loop *loop, Rewrite *rewrite)
{
	Loop		entered = {nestloop, NIL, loop};

	tuya_lookahead_gate_loop(nestloop, rewrite);
	/* first, for the node is put on top of the outer side */
	walk(nestloop->join.plan.lefttree, loop, rewrite);
	walk(nestloop->join.plan.righttree, &entered, rewrite);
}

/* A Result may say once for an outer row that the scan below is not needed. */
static void
walk_result(Result *result, Loop *loop, Rewrite *rewrite)
{
	List	   *saved = loop ? loop->gates : NIL;

	if (loop && result->resconstantqual)
		loop->gates = list_concat_copy(saved, (List *) result->resconstantqual);
	walk(result->plan.lefttree, loop, rewrite);
	if (loop)
		loop->gates = saved;
}

static void
walk(Plan *plan, Loop *loop, Rewrite *rewrite)
{
	if (plan == NULL)
		return;
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			look_at_scan((ForeignScan *) plan, loop, rewrite);
			break;
		case T_NestLoop:
			walk_nestloop((NestLoop *) plan, loop, rewrite);
			return;
		case T_Result:
			walk_result((Result *) plan, loop, rewrite);
			return;
		case T_Append:
			walk_list(((Append *) plan)->appendplans, loop, rewrite);
			break;
		case T_MergeAppend:
			walk_list(((MergeAppend *) plan)->mergeplans, loop, rewrite);
			break;
		case T_SubqueryScan:
			walk(((SubqueryScan *) plan)->subplan, loop, rewrite);
			break;
		case T_CustomScan:
			walk_list(((CustomScan *) plan)->custom_plans, loop, rewrite);
			break;
		default:
			break;
	}
	walk(plan->lefttree, loop, rewrite);
	walk(plan->righttree, loop, rewrite);
}

void
tuya_lookahead_rewrite_joins(PlannedStmt *pstmt, Rewrite *rewrite)
{
	walk(pstmt->planTree, NULL, rewrite);
	/* parameters of a subplan's caller are not a nested loop's: begin anew */
	walk_list(pstmt->subplans, NULL, rewrite);
}
