/*
 * lacking.c
 *		Whether a plan reads a table of ours without a value for one of its keys.
 */
#include "postgres.h"

#include "planner/lacking.h"

#include "planner/missing.h"
#include "planner/own.h"
#include "planner/plan_tree.h"
#include "planner/private.h"
#include "planner/view_path.h"

/* The list of missing.h; NIL if the node lacks none, or is another's. */
static List *
missing_of(const Plan *plan)
{
	if (IsA(plan, ForeignScan) && tuya_own_scan((const ForeignScan *) plan))
		return tuya_private_get((const ForeignScan *) plan).missing;
	return tuya_view_missing(plan);
}

static bool
node_lacks(const Plan *plan, TuyaLacking what)
{
	List	   *missing = missing_of(plan);

	return missing && (what == TUYA_LACKING_KEYS || intVal(list_nth(missing, TUYA_MISSING_LATE)));
}

static bool
plan_lacks(const Plan *plan, TuyaLacking what)
{
	ListCell   *lc;

	if (plan == NULL)
		return false;
	if (node_lacks(plan, what))
		return true;
	foreach(lc, tuya_plan_tree_children(plan))
	{
		if (plan_lacks(lfirst(lc), what))
			return true;
	}
	return false;
}

bool
tuya_lacking(const PlannedStmt *stmt, TuyaLacking what)
{
	ListCell   *lc;

	foreach(lc, stmt->subplans)
	{
		if (plan_lacks(lfirst(lc), what))
			return true;
	}
	return plan_lacks(stmt->planTree, what);
}
