/*
 * initplan.c
 *		What a plan node depends on by subqueries that are run for it once.
 *
 * Where one arm of an Append is left, or a subquery's scan has nothing to do, PostgreSQL takes
 * the node out of the finished plan and gives its InitPlans to the one below, but not their
 * parameters.  Below Memoize, or another node that tells which parameters have changed, such an
 * InitPlan keeps the value that it had for the first outer row:
 *
 *		Nested Loop
 *		  ->  Seq Scan on inventory i
 *		  ->  Memoize
 *				->  Foreign Scan on north			where "ota_job" has partitions
 *					  Filter: (device_name = $1)
 *					  InitPlan 1 (returns $1)		(SELECT i.device_name)
 *
 * So rows would be missing, of any table.  Here it is made good where the table is ours.
 */
#include "postgres.h"

#include "planner/initplan.h"

#include "utils/memutils.h"

#include "planner/own.h"
#include "planner/plan_tree.h"

/* The node's sets live as long as it does. */
static void
add_params(Plan *plan, const Bitmapset *params)
{
	MemoryContext saved;

	if (bms_is_subset(params, plan->extParam))
		return;
	saved = MemoryContextSwitchTo(GetMemoryChunkContext(plan));
	plan->extParam = bms_add_members(plan->extParam, params);
	plan->allParam = bms_add_members(plan->allParam, params);
	MemoryContextSwitchTo(saved);
}

static Bitmapset *
params_of_initplans(const PlannedStmt *pstmt, const Plan *plan)
{
	Bitmapset  *params = NULL;
	ListCell   *lc;

	foreach(lc, plan->initPlan)
	{
		const Plan *initplan = list_nth(pstmt->subplans, lfirst_node(SubPlan, lc)->plan_id - 1);

		params = bms_add_members(params, initplan->extParam);
	}
	/* what one of them gives another is none of the node's */
	foreach(lc, plan->initPlan)
	{
		ListCell   *param;

		foreach(param, lfirst_node(SubPlan, lc)->setParam)
		{
			params = bms_del_member(params, lfirst_int(param));
		}
	}
	return params;
}

/* Repairs the nodes; returns whether there is a scan of ours. */
static bool
repair(const PlannedStmt *pstmt, Plan *plan)
{
	bool		own = plan && IsA(plan, ForeignScan) && tuya_own_scan((ForeignScan *) plan);
	ListCell   *lc;

	if (plan == NULL)
		return false;
	foreach(lc, tuya_plan_tree_children(plan))
	{
		own |= repair(pstmt, lfirst(lc));
	}
	if (own && plan->initPlan != NIL)
		add_params(plan, params_of_initplans(pstmt, plan));
	return own;
}

void
tuya_initplan_repair(const PlannedStmt *pstmt)
{
	ListCell   *lc;

	if (pstmt->subplans == NIL)
		return;
	foreach(lc, pstmt->subplans)
	{
		repair(pstmt, lfirst(lc));
	}
	repair(pstmt, pstmt->planTree);
}
