/*
 * outset.c
 *		What a plan node evaluates whenever it is come to.
 */
#include "postgres.h"

#include "lookahead/outset.h"

#include "nodes/parsenodes.h"

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
