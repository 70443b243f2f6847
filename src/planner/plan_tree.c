/*
 * plan_tree.c
 *		What a plan node consists of.
 */
#include "postgres.h"

#include "planner/plan_tree.h"

static List *
special_children(const Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_Append:
			return ((const Append *) plan)->appendplans;
		case T_MergeAppend:
			return ((const MergeAppend *) plan)->mergeplans;
		case T_SubqueryScan:
			return list_make1(((const SubqueryScan *) plan)->subplan);
		case T_CustomScan:
			return ((const CustomScan *) plan)->custom_plans;
		default:
			return NIL;
	}
}

List *
tuya_plan_tree_children(const Plan *plan)
{
	List	   *children = NIL;

	if (plan->lefttree)
		children = lappend(children, plan->lefttree);
	if (plan->righttree)
		children = lappend(children, plan->righttree);
	return list_concat(children, special_children(plan));
}

List *
tuya_plan_tree_expressions(const Plan *plan)
{
	List	   *exprs = list_make2(plan->targetlist, plan->qual);

	switch (nodeTag(plan))
	{
		case T_MergeJoin:
			return lappend(lappend(exprs, ((const MergeJoin *) plan)->mergeclauses),
						   ((const Join *) plan)->joinqual);
		case T_HashJoin:
			return lappend(lappend(exprs, ((const HashJoin *) plan)->hashclauses),
						   ((const Join *) plan)->joinqual);
		case T_NestLoop:
			return lappend(exprs, ((const Join *) plan)->joinqual);
		case T_Limit:
			return lappend(lappend(exprs, ((const Limit *) plan)->limitOffset),
						   ((const Limit *) plan)->limitCount);
		case T_FunctionScan:
			return lappend(exprs, ((const FunctionScan *) plan)->functions);
		case T_ValuesScan:
			return lappend(exprs, ((const ValuesScan *) plan)->values_lists);
		case T_ModifyTable:
			return lappend(lappend(exprs, ((const ModifyTable *) plan)->returningLists),
						   ((const ModifyTable *) plan)->onConflictSet);
		case T_Result:
			return lappend(exprs, ((const Result *) plan)->resconstantqual);
		default:
			return exprs;
	}
}

List *
tuya_plan_tree_scan_conditions(const Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_IndexScan:
			return list_make2(((const IndexScan *) plan)->indexqualorig,
							  ((const IndexScan *) plan)->indexorderbyorig);
		case T_IndexOnlyScan:
			return list_make2(((const IndexOnlyScan *) plan)->indexqual,
							  ((const IndexOnlyScan *) plan)->indexorderby);
		case T_BitmapHeapScan:
			return ((const BitmapHeapScan *) plan)->bitmapqualorig;
		case T_ForeignScan:
			return ((const ForeignScan *) plan)->fdw_exprs;
		case T_CustomScan:
			return ((const CustomScan *) plan)->custom_exprs;
		case T_TableFuncScan:
			return list_make1(((const TableFuncScan *) plan)->tablefunc);
		default:
			return NIL;
	}
}

bool
tuya_plan_tree_stops_at_match(const Join *join)
{
	return join->jointype == JOIN_SEMI || join->jointype == JOIN_ANTI || join->inner_unique;
}
