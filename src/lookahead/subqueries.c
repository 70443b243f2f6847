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
 * its keys are announced.
 */
#include "postgres.h"

#include "lookahead/subqueries.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"

#include "lookahead/merge.h"
#include "lookahead/targets.h"
#include "planner/gate.h"
#include "planner/own.h"

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

/* Of the quals, those from position n on.  *quals of the plan stay, up to there. */
static List *
take_quals(Plan *plan, List **quals, int n)
{
	List	   *moved = list_copy_tail(*quals, n);

	if (moved == NIL)
		return NIL;
	*quals = list_truncate(list_copy(*quals), n);
	if (quals != &plan->qual)
	{
		moved = list_concat(moved, plan->qual);
		plan->qual = NIL;
		((Join *) plan)->inner_unique = false;
	}
	return moved;
}

/* How many quals come before the first that has a target; all if none has. */
static int
quals_before(List *quals, TuyaSearch *search)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, quals)
	{
		if (contain_subplans(lfirst(lc)))
		{
			tuya_targets_of_expression(search, lfirst(lc));
			return search->targets ? n : list_length(quals);
		}
		n++;
	}
	return n;
}

/* What the node below hands out and the one on top does not compute. */
static bool
is_leaf(const Node *node)
{
	return IsA(node, Var) || IsA(node, Aggref) || IsA(node, GroupingFunc) || IsA(node, WindowFunc);
}

static bool
is_column_of(const Node *node, int target)
{
	return IsA(node, Var) && ((const Var *) node)->varno == target;
}

typedef struct Leaves
{
	List	   *found;
	int			target;			/* foreign scan whose columns are not meant; or 0 */
} Leaves;

/* Collects what expressions are made from. */
static bool
collect_leaves(Node *node, void *context)
{
	Leaves	   *leaves = context;

	if (node == NULL)
		return false;
	if (is_leaf(node))
	{
		if (!is_column_of(node, leaves->target))
			leaves->found = list_append_unique(leaves->found, node);
		return false;
	}
	return expression_tree_walker(node, collect_leaves, context);
}

typedef struct Columns
{
	List	   *targetlist;		/* of the node below */
	int			varno;			/* by which to refer to it */
	int			target;			/* foreign scan whose columns stay as they are; or 0 */
} Columns;

/* Replaces what the node below hands out by references to its columns. */
static Node *
refer_to_columns(Node *node, void *context)
{
	Columns    *columns = context;
	TargetEntry *entry;

	if (node == NULL)
		return NULL;
	if (is_column_of(node, columns->target))
		return copyObject(node);
	if (is_leaf(node))
	{
		entry = tlist_member((Expr *) node, columns->targetlist);
		if (entry == NULL)
			elog(ERROR, "column not found in subplan target list");
		return (Node *) makeVarFromTargetEntry(columns->varno, entry);
	}
	return expression_tree_mutator(node, refer_to_columns, context);
}

/*
 * What the node's own conditions refer to by its number in the target list stays
 * there, but for subqueries.
 */
static List *
numbered_columns(const Plan *plan)
{
	List	   *columns = NIL;
	ListCell   *lc;

	if (!IsA(plan, WindowAgg) || ((const WindowAgg *) plan)->runCondition == NIL)
		return NIL;
	foreach(lc, plan->targetlist)
	{
		TargetEntry *entry = flatCopyTargetEntry(lfirst_node(TargetEntry, lc));
		Node	   *expr = (Node *) entry->expr;

		if (contain_subplans(expr))
			entry->expr = (Expr *) makeNullConst(exprType(expr), exprTypmod(expr), exprCollation(expr));
		columns = lappend(columns, entry);
	}
	return columns;
}

/* The target list of the node below: the leaves of all that moves up. */
static List *
leaf_targetlist(const Plan *plan, List *moved, List *targets)
{
	Leaves		leaves = {NIL, 0};
	ListCell   *lc;

	collect_leaves((Node *) plan->targetlist, &leaves);
	collect_leaves((Node *) moved, &leaves);
	foreach(lc, targets)
	{
		TuyaTarget *target = lfirst(lc);

		leaves.target = target->scan->scan.scanrelid;
		collect_leaves((Node *) target->values, &leaves);
		collect_leaves((Node *) target->row_quals, &leaves);
		collect_leaves((Node *) target->key_quals, &leaves);
	}
	return add_to_flat_tlist(numbered_columns(plan), leaves.found);
}

/* Puts the target, in columns of the plan, on top of it; made: a node was already. */
static Plan *
put_on_top(Plan *plan, const TuyaTarget *target, bool made, Rewrite *rewrite)
{
	if (made && tuya_lookahead_share_node(plan, target))
		return plan;
	return (Plan *) tuya_lookahead_make_node(plan, target, rewrite);
}

/* Splits the node; its quals from position nquals on move up. */
static Plan *
split(Plan *plan, List **quals, int nquals, List *targets, Rewrite *rewrite)
{
	List	   *targetlist = plan->targetlist;
	List	   *moved = take_quals(plan, quals, nquals);
	Columns		below = {leaf_targetlist(plan, moved, targets), OUTER_VAR, 0};
	Plan	   *top = plan;
	ListCell   *lc;

	plan->targetlist = below.targetlist;
	/* an Append would wait for it itself, but is not its parent any more */
	plan->async_capable = false;
	foreach(lc, targets)
	{
		TuyaTarget	target = *(TuyaTarget *) lfirst(lc);

		below.target = target.scan->scan.scanrelid;
		target.values = (List *) refer_to_columns((Node *) target.values, &below);
		target.row_quals = (List *) refer_to_columns((Node *) target.row_quals, &below);
		target.key_quals = (List *) refer_to_columns((Node *) target.key_quals, &below);
		top = put_on_top(top, &target, top != plan, rewrite);
	}
	below.varno = INDEX_VAR;
	below.target = 0;
	top->targetlist = (List *) refer_to_columns((Node *) targetlist, &below);
	top->qual = (List *) refer_to_columns((Node *) moved, &below);
	top->extParam = bms_copy(plan->extParam);
	top->allParam = bms_copy(plan->allParam);
	return top;
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

/* Our own scan knows some of its quals by their place. */
static bool
may_move(const Plan *plan, int nquals)
{
	return !IsA(plan, ForeignScan) || !tuya_own_scan((const ForeignScan *) plan) ||
		tuya_gate_among_first((const ForeignScan *) plan, nquals);
}

static Plan *
look_at_node(PlannedStmt *pstmt, Plan *plan, Rewrite *rewrite)
{
	TuyaSearch	search = {.pstmt = pstmt,.plan = plan};
	List	  **quals;
	int			nquals;

	if (!can_be_split(plan))
		return plan;
	quals = quals_of(plan);
	nquals = quals_before(*quals, &search);
	/* a set-returning function in the target list is evaluated elsewhere */
	if (search.targets == NIL && !expression_returns_set((Node *) plan->targetlist))
		tuya_targets_of_expression(&search, (Node *) plan->targetlist);
	if (search.targets == NIL || !may_move(plan, nquals))
		return plan;
	rewrite->found = true;
	return split(plan, quals, nquals, search.targets, rewrite);
}

/* What a join, or its hash table, evaluates for each outer row. */
static void
look_at_hash_keys(TuyaSearch *search, Plan *plan)
{
	List	   *keys = IsA(plan, Hash) ? ((Hash *) plan)->hashkeys : ((HashJoin *) plan)->hashkeys;

	if (contain_subplans((Node *) keys))
		tuya_targets_of_expression(search, (Node *) keys);
}

/* What the node evaluates for each row of its input. */
static void
look_at_input(PlannedStmt *pstmt, Plan *plan, Rewrite *rewrite)
{
	TuyaSearch	search = {.pstmt = pstmt,.plan = plan};
	Plan	   *input = plan->lefttree;
	ListCell   *lc;

	switch (nodeTag(plan))
	{
		case T_Agg:
			if (((Agg *) plan)->aggsplit != AGGSPLIT_SIMPLE)
				break;
			/* FALLTHROUGH */
		case T_WindowAgg:
			tuya_targets_of_arguments(&search, (Node *) list_make2(plan->targetlist, plan->qual));
			break;
		case T_ProjectSet:
			tuya_targets_of_expression(&search, (Node *) plan->targetlist);
			break;
		case T_Hash:
		case T_HashJoin:
			look_at_hash_keys(&search, plan);
			break;
		case T_NestLoop:
			tuya_targets_of_inner_side(&search, (NestLoop *) plan);
			break;
		case T_ModifyTable:
			tuya_merge_find(&search, (ModifyTable *) plan);
			break;
		default:
			break;
	}
	foreach(lc, search.targets)
	{
		plan->lefttree = put_on_top(plan->lefttree, lfirst(lc), plan->lefttree != input, rewrite);
		rewrite->found = true;
	}
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
	look_at_input(pstmt, plan, rewrite);
	return can_split ? look_at_node(pstmt, plan, rewrite) : plan;
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
	walk_list(pstmt, pstmt->subplans, true, rewrite);
}
