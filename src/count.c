/*
 * count.c
 *		count(*) of the jobs of a key, answered by the first page's total.
 *
 * The plan must prove that the count is the number of jobs: one table, no
 * condition but one for each key column, and nothing but count(*).  What the
 * total is good for is decided when the page is there (lookup.h).
 */
#include "postgres.h"

#include "count.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/tlist.h"
#include "utils/fmgroids.h"

#include "compat.h"
#include "key.h"
#include "plan.h"

static bool
is_plain_count(const Aggref *agg)
{
	/* F_COUNT_ is count(*) */
	return agg->aggfnoid == F_COUNT_ && agg->aggstar && agg->aggfilter == NULL &&
		agg->aggdistinct == NIL && agg->aggorder == NIL && agg->agglevelsup == 0;
}

/* The aggregates of the target, all of them plain counts; NIL if one is not. */
static List *
plain_counts(PathTarget *target)
{
	List	   *found = pull_var_clause((Node *) target->exprs,
										PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *lc;

	foreach(lc, found)
	{
		if (!IsA(lfirst(lc), Aggref) || !is_plain_count(lfirst(lc)))
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
		query->distinctClause == NIL && query->havingQual == NULL && !root->hasHavingQual &&
		!query->hasWindowFuncs && !query->hasTargetSRFs && query->rowMarks == NIL &&
		input_rel->reloptkind == RELOPT_BASEREL &&
		bms_membership(root->all_baserels) == BMS_SINGLETON;
}

void
tuya_GetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
						  RelOptInfo *output_rel, void *extra)
{
	PathTarget *target = root->upper_targets[UPPERREL_GROUP_AGG];
	TuyaKeyBinding *binding;
	Cost		cost;

	(void) extra;
	if (stage != UPPERREL_GROUP_AGG || !only_counts(root, input_rel) ||
		plain_counts(target) == NIL)
		return;
	binding = palloc(sizeof(TuyaKeyBinding));
	if (!tuya_plan_has_only_keys(root, input_rel, binding))
		return;
	cost = TUYA_LOOKUP_COST * binding->lookups;
	add_path(output_rel, (Path *)
			 tuya_compat_upper_path(root, output_rel, target, 1, cost, cost + cpu_tuple_cost,
									list_make1(binding)));
}

ForeignScan *
tuya_count_plan(PlannerInfo *root, ForeignPath *path, List *tlist, Plan *outer_plan)
{
	TuyaKeyBinding *binding = linitial(path->fdw_private);
	List	   *values = NIL;
	List	   *keys = tuya_key_encode(binding, &values);
	List	   *counts = plain_counts(root->upper_targets[UPPERREL_GROUP_AGG]);

	return make_foreignscan(tlist, NIL, 0, values,
							tuya_plan_private(keys, NIL, 0, true, NIL, NIL),
							add_to_flat_tlist(NIL, counts), NIL, outer_plan);
}
