/*
 * once.c
 *		Subqueries that a statement evaluates once, and may evaluate sooner.
 */
#include "postgres.h"

#include "lookahead/once.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"

#include "planner/plan_tree.h"

/*
 * ---- volatile ones ----
 */

static Plan *
plan_of(const PlannedStmt *pstmt, const SubPlan *subplan)
{
	return list_nth(pstmt->subplans, subplan->plan_id - 1);
}

static bool
has_volatile_subquery(Node *node, void *context)
{
	PlannedStmt *pstmt = context;

	if (node == NULL)
		return false;
	if (IsA(node, SubPlan) && tuya_once_is_volatile(pstmt, plan_of(pstmt, (SubPlan *) node)))
		return true;
	return expression_tree_walker(node, has_volatile_subquery, context);
}

bool
tuya_once_is_volatile(PlannedStmt *pstmt, const Plan *plan)
{
	List	   *exprs = tuya_plan_tree_expressions(plan);
	ListCell   *lc;

	if (contain_volatile_functions((Node *) exprs) || has_volatile_subquery((Node *) exprs, pstmt) ||
		has_volatile_subquery((Node *) plan->initPlan, pstmt))
		return true;
	foreach(lc, tuya_plan_tree_children(plan))
	{
		if (tuya_once_is_volatile(pstmt, lfirst(lc)))
			return true;
	}
	return false;
}

bool
tuya_once_has_volatile_subquery(PlannedStmt *pstmt, Node *expr)
{
	return has_volatile_subquery(expr, pstmt);
}

/*
 * ---- those that depend on nothing ----
 */

/* What it depends on is known by then, or comes from subqueries that are evaluated once, too. */
static bool
is_evaluated_once(PlannedStmt *pstmt, const SubPlan *subplan, const Bitmapset *once)
{
	const Plan *plan = plan_of(pstmt, subplan);

	return subplan->subLinkType != CTE_SUBLINK && subplan->parParam == NIL &&
		bms_is_subset(plan->extParam, once) && !tuya_once_is_volatile(pstmt, plan);
}

static void
collect(PlannedStmt *pstmt, const Plan *plan, Bitmapset **once)
{
	ListCell   *lc;
	ListCell   *id;

	if (plan == NULL)
		return;
	foreach(lc, plan->initPlan)
	{
		const SubPlan *subplan = lfirst_node(SubPlan, lc);

		if (!is_evaluated_once(pstmt, subplan, *once))
			continue;
		foreach(id, subplan->setParam)
		{
			*once = bms_add_member(*once, lfirst_int(id));
		}
	}
	foreach(lc, tuya_plan_tree_children(plan))
	{
		collect(pstmt, lfirst(lc), once);
	}
}

Bitmapset *
tuya_once_params(PlannedStmt *pstmt)
{
	Bitmapset  *once = NULL;
	ListCell   *lc;

	collect(pstmt, pstmt->planTree, &once);
	foreach(lc, pstmt->subplans)
	{
		collect(pstmt, lfirst(lc), &once);
	}
	return once;
}
