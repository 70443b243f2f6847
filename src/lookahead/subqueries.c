/*
 * subqueries.c
 *		Puts lookahead nodes below where correlated subqueries are evaluated.
 *
 * A plan node evaluates a subquery of its target list or quals row by row, so
 * its requests would be serial.  The node is split: below, it hands out what
 * its expressions are made from; on top a lookahead node reads these rows ahead,
 * and evaluates the expressions.
 *
 *		Seq Scan on inventory				Custom Scan (Lookahead)
 *		  Output: site, (SubPlan 1)	  ->	  Output: site, (SubPlan 1)
 *											  ->  Seq Scan on inventory
 *													Output: site, device_name
 *
 * The arguments of aggregates and window functions are evaluated for each row of the
 * input: there a node below, which hands its rows on, is enough.  Likewise for what
 * is beside a set-returning function.
 *
 * Of the quals only a suffix moves, the first with such a subquery and all after
 * it: else a qual that the planner placed later, say a user's leaky function
 * behind a row-security policy, would see rows that the earlier one hides.  If
 * quals move, only the first one's subquery is evaluated for each row, so only
 * its keys are announced: the others are another stage (stages.c).
 */
#include "postgres.h"

#include "lookahead/subqueries.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"

#include "executor/ancestor.h"
#include "lookahead/merge.h"
#include "lookahead/split.h"
#include "lookahead/stages.h"
#include "lookahead/targets.h"

/*
 * ---- splitting a node ----
 */

/*
 * The quals of which some may move.  An inner join's own conditions may be tested on
 * top as well, if they have a subquery.  That the first match is the only one is then
 * no longer known, for a condition that moves may be what made it so.  Where a node
 * below relies on it, they do not move.
 */
static List **
quals_of(Plan *plan)
{
	Join	   *join = (Join *) plan;

	switch (nodeTag(plan))
	{
		case T_NestLoop:
		case T_HashJoin:
		case T_MergeJoin:
			if (join->jointype == JOIN_INNER && contain_subplans((Node *) join->joinqual) &&
				!(join->inner_unique && (IsA(plan, MergeJoin) || IsA(plan->righttree, Memoize))))
				return &join->joinqual;
			return &plan->qual;
		default:
			return &plan->qual;
	}
}

/* Nodes that project, and whose expressions are made from leaves alone. */
static bool
can_be_split(const Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_SampleScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
		case T_TidScan:
		case T_TidRangeScan:
		case T_SubqueryScan:
		case T_FunctionScan:
		case T_TableFuncScan:
		case T_ValuesScan:
		case T_CteScan:
		case T_NamedTuplestoreScan:
		case T_WorkTableScan:
		case T_Group:
		case T_WindowAgg:
		case T_NestLoop:
		case T_HashJoin:
		case T_MergeJoin:
		case T_Gather:
		case T_GatherMerge:
			return true;
		case T_Agg:
			return !DO_AGGSPLIT_SKIPFINAL(((const Agg *) plan)->aggsplit);
		case T_ForeignScan:
			return ((const ForeignScan *) plan)->operation == CMD_SELECT;
		case T_Result:
			return plan->lefttree != NULL;
		default:
			return false;
	}
}

static Plan *
look_at_node(Plan *plan, Rewrite *rewrite)
{
	return can_be_split(plan) ? tuya_stages_add(plan, quals_of(plan), rewrite) : plan;
}

/* What a join, or its hash table, evaluates for each outer row. */
static void
look_at_hash_keys(TuyaSearch *search, Plan *plan)
{
	List	   *keys = IsA(plan, Hash) ? ((Hash *) plan)->hashkeys : ((HashJoin *) plan)->hashkeys;

	if (contain_subplans((Node *) keys))
		tuya_targets_of_expression(search, (Node *) keys);
}

static void
put_nodes(Plan *plan, List *targets, Rewrite *rewrite)
{
	Plan	   *input = plan->lefttree;
	ListCell   *lc;

	foreach(lc, targets)
	{
		plan->lefttree = tuya_put_on_top(plan->lefttree, lfirst(lc), plan->lefttree != input, rewrite);
		rewrite->found = true;
	}
}

/* What the loop's inner side asks for with keys that are subqueries, of which the values become columns. */
static void
put_computing_nodes(NestLoop *loop, List *computed, Rewrite *rewrite)
{
	Plan	   *plan = &loop->join.plan;
	TuyaSearch	search = {.rewrite = rewrite,.plan = plan,.known = computed};
	List	   *targets = NIL;
	ListCell   *lc;

	if (computed == NIL || tuya_ancestor_may_stop_early(rewrite->pstmt, plan))
		return;
	tuya_targets_of_inner_side(&search, loop);
	foreach(lc, search.targets)
	{
		const TuyaTarget *target = lfirst(lc);

		/* for the others there is a node */
		if (contain_subplans((Node *) target->values))
			targets = lappend(targets, tuya_split_compute(plan, target, computed, rewrite));
	}
	put_nodes(plan, targets, rewrite);
}

static void
look_at_inner_side(NestLoop *loop, Rewrite *rewrite)
{
	TuyaSearch	search = {.rewrite = rewrite,.plan = &loop->join.plan};

	tuya_targets_of_inner_side(&search, loop);
	put_nodes(&loop->join.plan, search.targets, rewrite);
	put_computing_nodes(loop, search.computed, rewrite);
}

/* What the node evaluates for each row of its input. */
static void
look_at_input(Plan *plan, Rewrite *rewrite)
{
	TuyaSearch	search = {.rewrite = rewrite,.plan = plan};

	switch (nodeTag(plan))
	{
		case T_Agg:
			if (((Agg *) plan)->aggsplit == AGGSPLIT_SIMPLE)
				tuya_stages_add_to_input(plan, tuya_targets_of_arguments, rewrite);
			break;
		case T_WindowAgg:
			tuya_stages_add_to_input(plan, tuya_targets_of_arguments, rewrite);
			break;
		case T_ProjectSet:
			tuya_stages_add_to_input(plan, tuya_targets_of_expression, rewrite);
			break;
		case T_Hash:
		case T_HashJoin:
			look_at_hash_keys(&search, plan);
			break;
		case T_NestLoop:
			look_at_inner_side((NestLoop *) plan, rewrite);
			break;
		case T_ModifyTable:
			tuya_merge_find(&search, (ModifyTable *) plan);
			tuya_merge_find_conflict(&search, (ModifyTable *) plan);
			break;
		default:
			break;
	}
	put_nodes(plan, search.targets, rewrite);
}

/*
 * ---- walking ----
 */

static void walk_list(PlannedStmt *pstmt, List *plans, bool can_split, Rewrite *rewrite);

/*
 * Whether the node asks its children for mark and restore when it is asked for
 * them; then none of them may be split below a merge join's inner side.
 */
static bool
passes_mark(const Plan *plan)
{
	return IsA(plan, Result) || IsA(plan, Append) || IsA(plan, MergeAppend) ||
		IsA(plan, SubqueryScan);
}

/* Returns what takes the plan's place.  can_split: its parent permits that. */
static Plan *
walk(PlannedStmt *pstmt, Plan *plan, bool can_split, Rewrite *rewrite)
{
	bool		below;

	if (plan == NULL)
		return NULL;
	below = can_split || !passes_mark(plan);
	/* what is below a Gather runs in workers, which have no business with us */
	if (!IsA(plan, Gather) && !IsA(plan, GatherMerge))
		plan->lefttree = walk(pstmt, plan->lefttree, below, rewrite);
	/* a merge join may mark and restore its inner side */
	plan->righttree = walk(pstmt, plan->righttree, !IsA(plan, MergeJoin), rewrite);
	if (IsA(plan, Append))
		walk_list(pstmt, ((Append *) plan)->appendplans, below, rewrite);
	else if (IsA(plan, MergeAppend))
		walk_list(pstmt, ((MergeAppend *) plan)->mergeplans, below, rewrite);
	else if (IsA(plan, SubqueryScan))
		((SubqueryScan *) plan)->subplan =
			walk(pstmt, ((SubqueryScan *) plan)->subplan, below, rewrite);
	look_at_input(plan, rewrite);
	return can_split ? look_at_node(plan, rewrite) : plan;
}

static void
walk_list(PlannedStmt *pstmt, List *plans, bool can_split, Rewrite *rewrite)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		lfirst(lc) = walk(pstmt, lfirst(lc), can_split, rewrite);
	}
}

/*
 * Whether the plan hands out, one by one and not as they are, rows of an Append: where a
 * cursor is on one of them, only the Append's children tell of which table it is.
 */
static bool
covers_append(const Plan *plan, bool covered)
{
	if (plan == NULL)
		return false;
	switch (nodeTag(plan))
	{
		case T_Limit:
			return covers_append(plan->lefttree, covered);
		case T_Result:
			return covers_append(plan->lefttree, true);
		case T_SubqueryScan:
			return covers_append(((const SubqueryScan *) plan)->subplan, true);
		default:
			return covered && IsA(plan, Append);
	}
}

void
tuya_lookahead_rewrite_subqueries(PlannedStmt *pstmt, Rewrite *rewrite)
{
	/* WHERE CURRENT OF looks for the scan of a cursor at the top of its plan */
	bool		can_split = !rewrite->cursor || !covers_append(pstmt->planTree, false);

	pstmt->planTree = walk(pstmt, pstmt->planTree, can_split, rewrite);
	rewrite->in_subplan = true;
	walk_list(pstmt, pstmt->subplans, true, rewrite);
}
