/*
 * outset.c
 *		What a plan node, or an expression, comes to whenever it is come to.
 */
#include "postgres.h"

#include "lookahead/outset.h"

#include "nodes/parsenodes.h"

#include "compat_planner.h"

static List *
outset_of_functions(const FunctionScan *scan)
{
	List	   *exprs = NIL;
	ListCell   *lc;

	foreach(lc, scan->functions)
	{
		exprs = lappend(exprs, lfirst_node(RangeTblFunction, lc)->funcexpr);
	}
	return exprs;
}

/* The columns of the first row, and the first condition on it. */
static List *
outset_of_values(const ValuesScan *scan)
{
	List	   *exprs = list_make1(linitial(scan->values_lists));

	return scan->scan.plan.qual ? lappend(exprs, linitial(scan->scan.plan.qual)) : exprs;
}

List *
tuya_outset_of(const Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_FunctionScan:
			return outset_of_functions((const FunctionScan *) plan);
		case T_TableFuncScan:
			return list_make1(((const TableFuncScan *) plan)->tablefunc->docexpr);
		case T_ValuesScan:
			return outset_of_values((const ValuesScan *) plan);
		case T_SampleScan:
			return ((const SampleScan *) plan)->tablesample->args;
		case T_IndexScan:
			return ((const IndexScan *) plan)->indexqual;
		case T_IndexOnlyScan:
			return ((const IndexOnlyScan *) plan)->indexqual;
		case T_BitmapIndexScan:
			return ((const BitmapIndexScan *) plan)->indexqual;
		case T_Limit:
			return list_make2(((const Limit *) plan)->limitOffset, ((const Limit *) plan)->limitCount);
		default:
			return NIL;
	}
}

bool
tuya_outset_reads_child(const Plan *plan)
{
	switch (nodeTag(plan))
	{
			/* what it has kept was asked for before */
		case T_Memoize:
		case T_Group:
		case T_Hash:
		case T_WindowAgg:
		case T_Sort:
		case T_IncrementalSort:
		case T_Unique:
		case T_Material:
		case T_CustomScan:
		case T_ProjectSet:
		case T_MergeJoin:
		case T_BitmapHeapScan:
			return true;
		default:
			return false;
	}
}

bool
tuya_outset_evaluates_all(const Node *node)
{
	switch (nodeTag(node))
	{
		case T_List:
		case T_TargetEntry:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_MinMaxExpr:
		case T_FuncExpr:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_CoerceToDomain:
		case T_ConvertRowtypeExpr:
		case T_FieldSelect:
		case T_FieldStore:
		case T_NullTest:
		case T_BooleanTest:
		case T_ArrayExpr:
		case T_RowExpr:
		case T_XmlExpr:
			return true;
		default:
			return tuya_compat_is_json_constructor(node);
	}
}
