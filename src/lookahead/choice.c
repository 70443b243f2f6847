/*
 * choice.c
 *		Arms of an Append that are read until one has a row.
 *
 * An Append reads its arms one after the other.  Where that may end with any row, the second
 * arm is read only if the first one has none; and that is known ahead only if the first is not
 * asked at all, since its gates are shut, or its table is another's partition.  So the arms'
 * targets are a choice, of which the lookahead node takes for each row the first that asks for
 * something.  They have one node in common, or it could not tell.
 */
#include "postgres.h"

#include "lookahead/choice.h"

#include "compat.h"
#include "executor/ancestor.h"
#include "executor/certain.h"
#include "planner/gate.h"
#include "planner/private.h"

bool
tuya_choice_stops(const Rewrite *rewrite, Append *append, Plan *top)
{
	return list_length(append->appendplans) > 1 &&
		tuya_ancestor_expect_early_stop_within(rewrite->pstmt, &append->plan, top);
}

/* Whether the plan has no row unless its only scan, which is ours, asks for something. */
static bool
is_single_scan(const Plan *plan)
{
	while (plan && !tuya_certain_row(plan))
	{
		switch (nodeTag(plan))
		{
			case T_ForeignScan:
				return tuya_lookahead_is_target((const ForeignScan *) plan);
			case T_SubqueryScan:
				plan = ((const SubqueryScan *) plan)->subplan;
				break;
			case T_Agg:
			case T_Group:
			case T_IncrementalSort:
			case T_Limit:
			case T_Material:
			case T_Result:
			case T_Sort:
			case T_Unique:
			case T_WindowAgg:
				plan = plan->lefttree;
				break;
			default:
				return false;
		}
	}
	return false;
}

/* Whether one node can announce to both. */
static bool
have_node_in_common(const TuyaTarget *a, const TuyaTarget *b)
{
	return equal(a->keys, b->keys) &&
		equal(tuya_gate_refer_to_key(a->values, a->scan), tuya_gate_refer_to_key(b->values, b->scan));
}

bool
tuya_choice_add_arm(List **targets, const Append *append, const Plan *arm, List *arm_targets)
{
	TuyaTarget *target = arm_targets ? linitial(arm_targets) : NULL;

	/* an arm that is pruned for the row is not read */
	if (target == NULL)
		return tuya_compat_prunes(append);
	if (!is_single_scan(arm))
	{
		if (*targets == NIL)
			*targets = arm_targets;
		return false;
	}
	if (*targets != NIL && !have_node_in_common(linitial(*targets), target))
		return false;
	target->choice = append->plan.plan_node_id + 1;
	*targets = lappend(*targets, target);
	return true;
}
