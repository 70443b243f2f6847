/*
 * certain.c
 *		What is certain of a plan before it runs: rows, and scans that are come to.
 *
 * The plan is walked down with what is certain to be asked of a node: all its rows, or a
 * first one.  Where a node may stop, or may not be come to, nothing is certain below.  A
 * join that finds one side empty does not come to the other: where looking there costs no
 * request, what is on the other side is not certain.  But that one scan is asked for a row
 * shows that what is above it was come to.
 */
#include "postgres.h"

#include "executor/certain.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"

#include "planner/own.h"
#include "planner/plan_tree.h"
#include "planner/private.h"

/* What is certain to be asked of a node. */
typedef enum Need
{
	NEED_NOTHING,
	NEED_FIRST_ROW,
	NEED_ALL_ROWS
} Need;

typedef struct Search
{
	const PlannedStmt *pstmt;
	int			asking;			/* the scan that is asked for a row */
	bool		found;			/* it is below what was walked */
} Search;

static Bitmapset *scans_of(Search *search, const Plan *plan, Need need);

/* scans_of() a plan that the node comes to only if certain, or if the scan is there: then it has. */
static Bitmapset *
scans_if_there(Search *search, const Plan *plan, Need need, bool certain)
{
	bool		before = search->found;
	Bitmapset  *scans;

	search->found = false;
	scans = scans_of(search, plan, need);
	if (!certain && !search->found)
		scans = NULL;
	search->found |= before;
	return scans;
}

static Bitmapset *
scans_of_list(Search *search, List *plans, Need need)
{
	Bitmapset  *scans = NULL;
	ListCell   *lc;

	foreach(lc, plans)
	{
		scans = bms_join(scans, scans_of(search, lfirst(lc), need));
	}
	return scans;
}

static Bitmapset *
scans_of_subplan(Search *search, int plan_id, Need need)
{
	return scans_of(search, list_nth(search->pstmt->subplans, plan_id - 1), need);
}

/*
 * ---- subqueries that are evaluated once ----
 */

/* Collects the parameters that are read whenever the expression is evaluated. */
static bool
collect_params(Node *node, void *context)
{
	Bitmapset **params = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Param:
			if (((Param *) node)->paramkind == PARAM_EXEC)
				*params = bms_add_member(*params, ((Param *) node)->paramid);
			return false;
		case T_List:
		case T_TargetEntry:
		case T_OpExpr:
		case T_FuncExpr:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_ArrayExpr:
		case T_RowExpr:
			return expression_tree_walker(node, collect_params, context);
		default:
			return false;
	}
}

/* Of a row that is made from nothing: the subqueries whose values it shows. */
static Bitmapset *
scans_of_row(Search *search, const Result *result)
{
	Bitmapset  *params = NULL;
	Bitmapset  *scans = NULL;
	ListCell   *lc;

	collect_params((Node *) result->plan.targetlist, &params);
	foreach(lc, result->plan.initPlan)
	{
		const SubPlan *subplan = lfirst_node(SubPlan, lc);

		if (subplan->setParam == NIL || !bms_is_member(linitial_int(subplan->setParam), params))
			continue;
		scans = bms_join(scans, scans_of_subplan(search, subplan->plan_id,
												 subplan->subLinkType == EXISTS_SUBLINK ?
												 NEED_FIRST_ROW : NEED_ALL_ROWS));
	}
	return scans;
}

/*
 * ---- joins ----
 */

bool
tuya_certain_row(const Plan *plan)
{
	if (plan == NULL || plan->qual != NIL)
		return false;
	switch (nodeTag(plan))
	{
		case T_Agg:
			return ((const Agg *) plan)->aggstrategy == AGG_PLAIN &&
				((const Agg *) plan)->groupingSets == NIL;
		case T_ForeignScan:
			return tuya_own_scan((const ForeignScan *) plan) &&
				tuya_private_get((const ForeignScan *) plan).counts;
		case T_ValuesScan:
			return true;
		case T_Result:
			return ((const Result *) plan)->resconstantqual == NULL &&
				(plan->lefttree == NULL || tuya_certain_row(plan->lefttree));
		case T_Hash:
		case T_Sort:
		case T_Material:
			return tuya_certain_row(plan->lefttree);
		case T_SubqueryScan:
			return tuya_certain_row(((const SubqueryScan *) plan)->subplan);
		case T_NestLoop:
			return ((const Join *) plan)->jointype == JOIN_INNER &&
				((const Join *) plan)->joinqual == NIL &&
				tuya_certain_row(plan->lefttree) && tuya_certain_row(plan->righttree);
		default:
			return false;
	}
}

/* The inner side is come to if there is an outer row; it must not depend on that. */
static Bitmapset *
scans_of_nestloop(Search *search, const NestLoop *loop, Need need)
{
	const Join *join = &loop->join;
	bool		stops = tuya_plan_tree_stops_at_match(join);
	Bitmapset  *scans = scans_of(search, join->plan.lefttree, need);

	if (loop->nestParams != NIL)
		return scans;
	return bms_join(scans, scans_if_there(search, join->plan.righttree, stops ? NEED_FIRST_ROW : need,
										  tuya_certain_row(join->plan.lefttree)));
}

/* Whether all rows of that side are read, for what the join shows. */
static bool
keeps_left(const Join *join)
{
	return join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL || join->jointype == JOIN_ANTI;
}

static bool
keeps_right(const Join *join)
{
	return join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL;
}

/* Of a join that reads both sides side by side, or one after the other. */
static Bitmapset *
scans_of_join(Search *search, const Join *join, Need need)
{
	bool		merges = IsA(join, MergeJoin);
	bool		before = search->found;
	bool		come_to_left = keeps_left(join);
	bool		come_to_right = keeps_right(join);
	Bitmapset  *left;
	Bitmapset  *right;

	search->found = false;
	left = scans_of(search, join->plan.lefttree, merges && !come_to_left ? NEED_FIRST_ROW : need);
	come_to_left |= search->found;
	before |= search->found;
	search->found = false;
	right = scans_of(search, join->plan.righttree, merges && !come_to_right ? NEED_FIRST_ROW : need);
	come_to_right |= search->found;
	search->found |= before;
	if (left && right)
		return bms_join(left, right);
	if (left)
		return come_to_left ? left : NULL;
	return come_to_right ? right : NULL;
}

/*
 * ---- the walk ----
 */

static Bitmapset *
scan_itself(Search *search, const ForeignScan *scan)
{
	search->found |= scan->scan.plan.plan_node_id == search->asking;
	if (!bms_is_empty(scan->scan.plan.allParam) || !tuya_own_scan(scan) ||
		tuya_private_get(scan).missing != NIL)
		return NULL;
	return bms_make_singleton(scan->scan.plan.plan_node_id);
}

static Bitmapset *
scans_of_limit(Search *search, const Limit *limit, Need need)
{
	const Const *count = (const Const *) limit->limitCount;

	if (count == NULL)
		return scans_of(search, limit->plan.lefttree, need);
	if (!IsA(count, Const) || (!count->constisnull && DatumGetInt64(count->constvalue) <= 0))
		return NULL;
	return scans_of(search, limit->plan.lefttree, count->constisnull ? need : NEED_FIRST_ROW);
}

static Bitmapset *
scans_of_result(Search *search, const Result *result, Need need)
{
	if (result->resconstantqual)
		return scans_if_there(search, result->plan.lefttree, need, false);
	return result->plan.lefttree ? scans_of(search, result->plan.lefttree, need) :
		scans_of_row(search, result);
}

static Bitmapset *
scans_of_append(Search *search, List *plans, Need need)
{
	if (need == NEED_ALL_ROWS || plans == NIL)
		return scans_of_list(search, plans, need);
	return scans_of(search, linitial(plans), need);
}

/* What a node that has one child asks of it; NEED_NOTHING: it is not such a node. */
static Need
need_of_child(const Plan *plan, Need need)
{
	switch (nodeTag(plan))
	{
		case T_Agg:
			return ((const Agg *) plan)->aggstrategy == AGG_SORTED ? need : NEED_ALL_ROWS;
		case T_Sort:
		case T_Hash:
		case T_ModifyTable:
			return NEED_ALL_ROWS;
		case T_WindowAgg:
			return ((const WindowAgg *) plan)->runCondition ? NEED_FIRST_ROW : need;
		case T_Material:
		case T_IncrementalSort:
		case T_Group:
		case T_Unique:
		case T_LockRows:
		case T_ProjectSet:
		case T_RecursiveUnion:
		case T_CustomScan:
			return need;
		default:
			return NEED_NOTHING;
	}
}

static Bitmapset *
scans_of(Search *search, const Plan *plan, Need need)
{
	Need		below;

	if (plan == NULL)
		return NULL;
	check_stack_depth();
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			return scan_itself(search, (const ForeignScan *) plan);
		case T_Append:
			return scans_of_append(search, ((const Append *) plan)->appendplans, need);
		case T_MergeAppend:
			return scans_of_list(search, ((const MergeAppend *) plan)->mergeplans, need);
		case T_SubqueryScan:
			return scans_of(search, ((const SubqueryScan *) plan)->subplan, need);
		case T_CteScan:
			return scans_of_subplan(search, ((const CteScan *) plan)->ctePlanId, need);
		case T_Result:
			return scans_of_result(search, (const Result *) plan, need);
		case T_Limit:
			return scans_of_limit(search, (const Limit *) plan, need);
		case T_NestLoop:
			return scans_of_nestloop(search, (const NestLoop *) plan, need);
		case T_HashJoin:
		case T_MergeJoin:
			return scans_of_join(search, (const Join *) plan, need);
		case T_SetOp:
			return bms_join(scans_of(search, plan->lefttree, need),
							scans_of(search, plan->righttree, need));
		default:
			below = need_of_child(plan, need);
			return below == NEED_NOTHING ? NULL : scans_of(search, plan->lefttree, below);
	}
}

Bitmapset *
tuya_certain_scans(const PlannedStmt *pstmt, int asking, bool first_row)
{
	Search		search = {pstmt, asking, false};

	return scans_of(&search, pstmt->planTree, first_row ? NEED_FIRST_ROW : NEED_ALL_ROWS);
}
