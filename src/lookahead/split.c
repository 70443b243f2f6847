/*
 * split.c
 *		Splits a plan node: what computes its expressions from what they are made from.
 *
 *		Seq Scan on inventory				Custom Scan (Lookahead)
 *		  Output: site, (SubPlan 1)	  ->	  Output: site, (SubPlan 1)
 *											  ->  Seq Scan on inventory
 *													Output: site, device_name
 *
 * A subquery may stay below, where the node on top needs to know its value ahead.
 */
#include "postgres.h"

#include "lookahead/split.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"

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

/* What the node below computes for the subquery; NULL: nothing, or it is something else. */
static Expr *
value_of(Node *node, List *known)
{
	const TuyaEvaluated *evaluated = IsA(node, SubPlan) ? tuya_search_find_evaluated(known, node) : NULL;

	return evaluated ? tuya_search_value_of(evaluated) : NULL;
}

/* What stands for the node as a leaf; NULL: it is none. */
static Expr *
leaf_of(Node *node, List *known)
{
	return is_leaf(node) ? (Expr *) node : value_of(node, known);
}

typedef struct Leaves
{
	List	   *found;
	int			target;			/* foreign scan whose columns are not meant; or 0 */
	List	   *known;			/* TuyaEvaluated: subqueries that are leaves */
} Leaves;

/* Collects what expressions are made from. */
static bool
collect_leaves(Node *node, void *context)
{
	Leaves	   *leaves = context;
	Expr	   *leaf;

	if (node == NULL)
		return false;
	leaf = leaf_of(node, leaves->known);
	if (leaf)
	{
		if (!is_column_of(node, leaves->target))
			leaves->found = list_append_unique(leaves->found, leaf);
		return false;
	}
	return expression_tree_walker(node, collect_leaves, context);
}

typedef struct Columns
{
	List	   *targetlist;		/* of the node below */
	int			varno;			/* by which to refer to it */
	int			target;			/* foreign scan whose columns stay as they are; or 0 */
	List	   *known;			/* TuyaEvaluated: subqueries that are columns */
} Columns;

static Node *
column_of(const Columns *columns, Expr *leaf)
{
	TargetEntry *entry = tlist_member(leaf, columns->targetlist);

	if (entry == NULL)
		elog(ERROR, "column not found in subplan target list");
	return (Node *) makeVarFromTargetEntry(columns->varno, entry);
}

/* Replaces what the node below hands out by references to its columns. */
static Node *
refer_to_columns(Node *node, void *context)
{
	Columns    *columns = context;
	Expr	   *leaf;

	if (node == NULL)
		return NULL;
	if (is_column_of(node, columns->target))
		return copyObject(node);
	leaf = leaf_of(node, columns->known);
	if (leaf)
		return column_of(columns, leaf);
	return expression_tree_mutator(node, refer_to_columns, context);
}

/* The same for the known subqueries alone: columns are where they were. */
static Node *
refer_to_values(Node *node, void *context)
{
	Columns    *columns = context;
	Expr	   *value;

	if (node == NULL)
		return NULL;
	value = value_of(node, columns->known);
	if (value)
		return column_of(columns, value);
	return expression_tree_mutator(node, refer_to_values, context);
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
leaf_targetlist(const Plan *plan, List *moved, List *targets, List *known)
{
	Leaves		leaves = {NIL, 0, known};
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

Plan *
tuya_put_on_top(Plan *plan, const TuyaTarget *target, bool made, Rewrite *rewrite)
{
	if (made && tuya_lookahead_share_node(plan, target))
		return plan;
	return (Plan *) tuya_lookahead_make_node(plan, target, rewrite);
}

/* The target, in columns of the node below. */
static TuyaTarget *
target_below(const TuyaTarget *target, Columns *below, Node *(*refer) (Node *, void *))
{
	TuyaTarget *result = palloc(sizeof(TuyaTarget));

	*result = *target;
	below->target = target->scan->scan.scanrelid;
	result->values = (List *) refer((Node *) target->values, below);
	result->row_quals = (List *) refer((Node *) target->row_quals, below);
	result->key_quals = (List *) refer((Node *) target->key_quals, below);
	below->target = 0;
	return result;
}

Plan *
tuya_split(Plan *plan, List **quals, int nquals, List **targets, List *known, Rewrite *rewrite)
{
	List	   *targetlist = plan->targetlist;
	List	   *moved = take_quals(plan, quals, nquals);
	Columns		below = {leaf_targetlist(plan, moved, *targets, known), OUTER_VAR, 0, known};
	Columns		above = {below.targetlist, INDEX_VAR, 0, known};
	Plan	   *top = plan;
	ListCell   *lc;

	plan->targetlist = below.targetlist;
	/* an Append would wait for it itself, but is not its parent any more */
	plan->async_capable = false;
	foreach(lc, *targets)
	{
		top = tuya_put_on_top(top, target_below(lfirst(lc), &below, refer_to_columns), top != plan, rewrite);
		lfirst(lc) = target_below(lfirst(lc), &above, refer_to_columns);
	}
	top->targetlist = (List *) refer_to_columns((Node *) targetlist, &above);
	top->qual = (List *) refer_to_columns((Node *) moved, &above);
	top->extParam = bms_copy(plan->extParam);
	top->allParam = bms_copy(plan->allParam);
	rewrite->found = true;
	return top;
}

/* A node on top of the plan, which has the subqueries' values as further columns. */
static Plan *
with_values(Plan *plan, List *known, Rewrite *rewrite)
{
	Plan	   *top = &makeNode(Result)->plan;
	List	   *values = NIL;
	ListCell   *lc;

	tuya_lookahead_put_above(top, plan, OUTER_VAR, rewrite);
	foreach(lc, known)
	{
		values = lappend(values, tuya_search_value_of(lfirst(lc)));
	}
	top->targetlist = add_to_flat_tlist(top->targetlist, values);
	return top;
}

/* Puts the values below the plan; its columns then. */
static Columns
add_values(Plan *plan, List *known, Rewrite *rewrite)
{
	Plan	   *input = with_values(plan->lefttree, known, rewrite);
	Columns		columns = {input->targetlist, OUTER_VAR, 0, known};

	/* what the subqueries depend on, the plan did */
	input->extParam = bms_add_members(input->extParam, plan->allParam);
	input->allParam = bms_add_members(input->allParam, plan->allParam);
	plan->lefttree = input;
	return columns;
}

/* Below the plan, the node that has the values already; NULL: none has. */
static const Plan *
find_values(const Plan *plan, const List *computed)
{
	const Plan *input = plan->lefttree;
	ListCell   *lc;

	/* lookahead nodes hand on all columns */
	while (tuya_lookahead_is_node(input))
		input = input->lefttree;
	foreach(lc, computed)
	{
		if (!IsA(input, Result) || tlist_member(tuya_search_value_of(lfirst(lc)), input->targetlist) == NULL)
			return NULL;
	}
	return input;
}

TuyaTarget *
tuya_split_compute(Plan *plan, const TuyaTarget *target, List *computed, Rewrite *rewrite)
{
	const Plan *found = find_values(plan, computed);
	Columns		columns = {found ? found->targetlist : NIL, OUTER_VAR, 0, computed};

	if (found == NULL)
		columns = add_values(plan, computed, rewrite);
	return target_below(target, &columns, refer_to_values);
}

void
tuya_split_input(Plan *plan, List *targets, List *known, Rewrite *rewrite)
{
	Columns		columns = add_values(plan, known, rewrite);
	ListCell   *lc;

	foreach(lc, targets)
	{
		lfirst(lc) = target_below(lfirst(lc), &columns, refer_to_values);
	}
	plan->targetlist = (List *) refer_to_values((Node *) plan->targetlist, &columns);
	plan->qual = (List *) refer_to_values((Node *) plan->qual, &columns);
}
