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

#include "planner/gate.h"

/* What is looked for in a node's expressions. */
typedef struct Search
{
	PlannedStmt *pstmt;
	Plan	   *plan;			/* the node */
	List	   *targets;		/* TuyaTarget */
	List	   *gates;			/* one-time filters above the plan in hand */
} Search;

/*
 * ---- targets ----
 */

/* With what its caller sets a subquery's parameters to instead of these. */
static List *
of_caller(SubPlan *subplan, List *exprs)
{
	return tuya_lookahead_replace_params(exprs, subplan->parParam, subplan->args);
}

/* The target that the scan is, with the conditions under which it asks. */
static TuyaTarget *
make_target(ForeignScan *scan, SubPlan *subplan, Search *search)
{
	TuyaTarget *target = palloc0(sizeof(TuyaTarget));
	Bitmapset  *set_outside = tuya_lookahead_params_outside(search->plan);
	bool		skipped = false;

	target->scan = scan;
	target->values = of_caller(subplan, scan->fdw_exprs);
	if (contain_subplans((Node *) target->values) ||
		!bms_is_subset(tuya_lookahead_params(target->values), set_outside))
		return NULL;
	tuya_lookahead_add_testable(&target->row_quals, of_caller(subplan, search->gates),
								set_outside, &skipped);
	if (skipped)
		return NULL;
	tuya_lookahead_add_testable(&target->row_quals, of_caller(subplan, tuya_gate_row_quals(scan)),
								set_outside, &skipped);
	tuya_lookahead_add_testable(&target->key_quals, of_caller(subplan, tuya_gate_key_quals(scan)),
								set_outside, &skipped);
	return target;
}

/* Adds the scan if its keys come from the caller's row. */
static void
look_at_scan(ForeignScan *scan, SubPlan *subplan, Search *search)
{
	Bitmapset  *from_caller = NULL;
	TuyaTarget *target;
	ListCell   *lc;

	foreach(lc, subplan->parParam)
	{
		from_caller = bms_add_member(from_caller, lfirst_int(lc));
	}
	if (!tuya_lookahead_is_target(scan) ||
		!bms_overlap(tuya_lookahead_params(scan->fdw_exprs), from_caller))
		return;
	target = make_target(scan, subplan, search);
	if (target)
		search->targets = lappend(search->targets, target);
}

static void look_into(Plan *plan, SubPlan *subplan, Search *search);

/* A Result may say once that what is below is not needed. */
static void
look_into_result(Result *result, SubPlan *subplan, Search *search)
{
	List	   *saved = search->gates;

	search->gates = list_concat_copy(saved, (List *) result->resconstantqual);
	look_into(result->plan.lefttree, subplan, search);
	search->gates = saved;
}

/* Looks for scans that are executed whenever the subquery is. */
static void
look_into(Plan *plan, SubPlan *subplan, Search *search)
{
	ListCell   *lc;

	if (plan == NULL)
		return;
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			look_at_scan((ForeignScan *) plan, subplan, search);
			break;
		case T_SubqueryScan:
			look_into(((SubqueryScan *) plan)->subplan, subplan, search);
			break;
		case T_Append:
			foreach(lc, ((Append *) plan)->appendplans)
			{
				look_into(lfirst(lc), subplan, search);
			}
			break;
		case T_Result:
			look_into_result((Result *) plan, subplan, search);
			break;
		case T_Agg:
		case T_Group:
		case T_WindowAgg:
		case T_Sort:
		case T_IncrementalSort:
		case T_Limit:
		case T_Unique:
		case T_Material:
		case T_CustomScan:
		case T_NestLoop:
			look_into(plan->lefttree, subplan, search);
			break;
		default:
			break;
	}
}

static void
look_at_subplan(SubPlan *subplan, Search *search)
{
	if (subplan->useHashTable || subplan->parParam == NIL ||
		(subplan->subLinkType != EXPR_SUBLINK && subplan->subLinkType != EXISTS_SUBLINK &&
		 subplan->subLinkType != ARRAY_SUBLINK))
		return;
	look_into(list_nth(search->pstmt->subplans, subplan->plan_id - 1), subplan, search);
}

/* Looks at the subqueries that are evaluated whenever the expression is. */
static bool
look_at_expr(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_SubPlan:
			look_at_subplan((SubPlan *) node, context);
			return false;
		case T_BoolExpr:
			/* AND and OR may not come to their later arms */
			if (((BoolExpr *) node)->boolop != NOT_EXPR)
				return look_at_expr(linitial(((BoolExpr *) node)->args), context);
			break;
		case T_List:
		case T_TargetEntry:
		case T_OpExpr:
		case T_FuncExpr:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_CoerceToDomain:
		case T_NullTest:
		case T_BooleanTest:
		case T_ArrayExpr:
		case T_RowExpr:
			break;
		default:
			return false;
	}
	return expression_tree_walker(node, look_at_expr, context);
}

/*
 * ---- splitting a node ----
 */

/* How many quals come before the first that has a target; all if none has. */
static int
quals_before(Plan *plan, Search *search)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, plan->qual)
	{
		if (contain_subplans(lfirst(lc)))
		{
			look_at_expr(lfirst(lc), search);
			return search->targets ? n : list_length(plan->qual);
		}
		n++;
	}
	return n;
}

typedef struct Leaves
{
	List	   *vars;
	int			target;			/* foreign scan whose columns are not meant; or 0 */
} Leaves;

/* Collects the columns that expressions are made from. */
static bool
collect_leaves(Node *node, void *context)
{
	Leaves	   *leaves = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		if (((Var *) node)->varno != leaves->target)
			leaves->vars = list_append_unique(leaves->vars, node);
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
	if (IsA(node, Var) && ((Var *) node)->varno == columns->target)
		return copyObject(node);
	if (IsA(node, Var))
	{
		entry = tlist_member((Expr *) node, columns->targetlist);
		if (entry == NULL)
			elog(ERROR, "column not found in subplan target list");
		return (Node *) makeVarFromTargetEntry(columns->varno, entry);
	}
	return expression_tree_mutator(node, refer_to_columns, context);
}

/* The target list of the node below: the leaves of all that moves up. */
static List *
leaf_targetlist(List *targetlist, List *quals, List *targets)
{
	Leaves		leaves = {NIL, 0};
	ListCell   *lc;

	collect_leaves((Node *) targetlist, &leaves);
	collect_leaves((Node *) quals, &leaves);
	foreach(lc, targets)
	{
		TuyaTarget *target = lfirst(lc);

		leaves.target = target->scan->scan.scanrelid;
		collect_leaves((Node *) target->values, &leaves);
		collect_leaves((Node *) target->row_quals, &leaves);
		collect_leaves((Node *) target->key_quals, &leaves);
	}
	return add_to_flat_tlist(NIL, leaves.vars);
}

/* Splits the node; nquals of its quals stay below. */
static Plan *
split(Plan *plan, int nquals, List *targets, Rewrite *rewrite)
{
	List	   *targetlist = plan->targetlist;
	List	   *moved = list_copy_tail(plan->qual, nquals);
	Columns		below = {leaf_targetlist(targetlist, moved, targets), OUTER_VAR, 0};
	Plan	   *top = plan;
	ListCell   *lc;

	plan->targetlist = below.targetlist;
	plan->qual = list_truncate(list_copy(plan->qual), nquals);
	foreach(lc, targets)
	{
		TuyaTarget	target = *(TuyaTarget *) lfirst(lc);

		below.target = target.scan->scan.scanrelid;
		target.values = (List *) refer_to_columns((Node *) target.values, &below);
		target.row_quals = (List *) refer_to_columns((Node *) target.row_quals, &below);
		target.key_quals = (List *) refer_to_columns((Node *) target.key_quals, &below);
		top = (Plan *) tuya_lookahead_make_node(top, &target, rewrite);
	}
	below.varno = INDEX_VAR;
	below.target = 0;
	top->targetlist = (List *) refer_to_columns((Node *) targetlist, &below);
	top->qual = (List *) refer_to_columns((Node *) moved, &below);
	top->extParam = bms_copy(plan->extParam);
	top->allParam = bms_copy(plan->allParam);
	return top;
}

/* Nodes that project, and whose expressions are made from columns alone. */
static bool
can_be_split(const Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_SampleScan:
		case T_IndexScan:
		case T_BitmapHeapScan:
		case T_TidScan:
		case T_TidRangeScan:
		case T_SubqueryScan:
		case T_FunctionScan:
		case T_ValuesScan:
		case T_CteScan:
		case T_NestLoop:
		case T_HashJoin:
		case T_MergeJoin:
		case T_Gather:
		case T_GatherMerge:
			return true;
		case T_Result:
			return plan->lefttree != NULL;
		default:
			return false;
	}
}

static Plan *
look_at_node(PlannedStmt *pstmt, Plan *plan, Rewrite *rewrite)
{
	Search		search = {pstmt, plan, NIL, NIL};
	int			nquals;

	if (!can_be_split(plan))
		return plan;
	nquals = quals_before(plan, &search);
	/* a set-returning function in the target list is evaluated elsewhere */
	if (search.targets == NIL && !expression_returns_set((Node *) plan->targetlist))
		look_at_expr((Node *) plan->targetlist, &search);
	if (search.targets == NIL)
		return plan;
	rewrite->found = true;
	return split(plan, nquals, search.targets, rewrite);
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

void
tuya_lookahead_rewrite_subqueries(PlannedStmt *pstmt, Rewrite *rewrite)
{
	/* WHERE CURRENT OF looks for the scan of a cursor at the top of its plan */
	pstmt->planTree = walk(pstmt, pstmt->planTree, !rewrite->cursor, rewrite);
	walk_list(pstmt, pstmt->subplans, true, rewrite);
}
