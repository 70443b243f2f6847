/*
 * count.c
 *		count(*) of the jobs of a key, answered by the first page's total.
 *
 * count() of what is never NULL is the same: of a constant, a key, a constant column, one that
 * is NOT NULL, the row as a whole.
 *
 * The plan must prove that the count is the number of jobs: one table, no
 * condition but one for each key column, and nothing but count(*).  HAVING is then the
 * scan's own condition on its row.  What the total is good for is decided when the page
 * is there (lookup.h).
 */
#include "postgres.h"

#include "planner/count.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"

#include "compat_planner.h"
#include "planner/cost.h"
#include "planner/key_encode.h"
#include "planner/private.h"
#include "planner/provable.h"
#include "planner/table.h"

/* Whether the expression is a column that is never NULL, a whole row, or a constant that is not. */
static bool
is_never_null(PlannerInfo *root, RelOptInfo *rel, Expr *expr)
{
	Var		   *var = (Var *) expr;
	Oid			relid = planner_rt_fetch(rel->relid, root)->relid;

	if (IsA(expr, RowExpr))
		return true;
	if (IsA(expr, Const))
		return !((Const *) expr)->constisnull;
	return IsA(expr, Var) && var->varno == (int) rel->relid && var->varlevelsup == 0 &&
		(var->varattno == InvalidAttrNumber || tuya_table_is_known(rel, var->varattno) ||
		 tuya_compat_is_not_null(rel, relid, var->varattno));
}

/* Whether the aggregate is count(*), or count() of what is never NULL. */
static bool
counts_rows(PlannerInfo *root, RelOptInfo *rel, const Aggref *agg)
{
	if (agg->aggfilter || agg->aggdistinct || agg->aggorder || agg->agglevelsup != 0)
		return false;
	/* F_COUNT_ is count(*) */
	return agg->aggfnoid == F_COUNT_ ||
		(agg->aggfnoid == F_COUNT_ANY &&
		 is_never_null(root, rel, linitial_node(TargetEntry, agg->args)->expr));
}

/* The aggregates of the target and of HAVING, all of which count rows; NIL if one does not. */
static List *
row_counts(PlannerInfo *root, RelOptInfo *rel)
{
	PathTarget *target = root->upper_targets[UPPERREL_GROUP_AGG];
	List	   *found = pull_var_clause((Node *) list_make2(target->exprs, root->parse->havingQual),
										PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *lc;

	foreach(lc, found)
	{
		if (!IsA(lfirst(lc), Aggref) || !counts_rows(root, rel, lfirst(lc)))
			return NIL;
	}
	return found;
}

/* Whether the query does nothing with the rows but to count them. */
static bool
only_counts(PlannerInfo *root, RelOptInfo *input_rel)
{
	Query	   *query = root->parse;

	return query->hasAggs && query->groupClause == NIL && query->groupingSets == NIL &&
		query->distinctClause == NIL && !query->hasWindowFuncs && !query->hasTargetSRFs &&
		query->rowMarks == NIL &&
		input_rel->reloptkind == RELOPT_BASEREL &&
		bms_membership(root->all_baserels) == BMS_SINGLETON;
}

void
tuya_GetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
						  RelOptInfo *output_rel, void *extra)
{
	TuyaTable  *table = input_rel->fdw_private;
	List	   *counts;
	Cost		cost;

	(void) extra;
	/* of a later page that fails the total does not tell */
	if (stage != UPPERREL_GROUP_AGG || !only_counts(root, input_rel) ||
		!tuya_provable_only_keys(root, input_rel) || table->error_rows)
		return;
	counts = row_counts(root, input_rel);
	if (counts == NIL)
		return;
	cost = TUYA_LOOKUP_COST * table->own.lookups;
	add_path(output_rel, (Path *)
			 tuya_compat_upper_path(root, output_rel, root->upper_targets[UPPERREL_GROUP_AGG], 1,
									cost, cost + cpu_tuple_cost,
									list_make3(table, counts, root->parse->havingQual)));
}

const TuyaTable *
tuya_count_table(const ForeignPath *path)
{
	return linitial(path->fdw_private);
}

ForeignScan *
tuya_count_plan(ForeignPath *path, List *tlist, Plan *outer_plan)
{
	List	   *values = NIL;
	TuyaPrivate parts = {
		.keys = tuya_key_encode(&tuya_count_table(path)->own, &values),.counts = true
	};

	return make_foreignscan(tlist, lthird(path->fdw_private), 0, values, tuya_private_make(&parts),
							add_to_flat_tlist(NIL, lsecond(path->fdw_private)), NIL, outer_plan);
}
