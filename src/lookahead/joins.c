/*
 * joins.c
 *		Puts lookahead nodes above the outer sides of joins.
 *
 * The plan is walked down with a stack of the nested loops that were entered
 * through their inner side.  For a foreign scan of ours whose keys take parameters,
 * the innermost of these loops that supplies one is the target loop: its outer
 * side gets the node.  In the scan's key expressions the loop's parameters are
 * replaced by what the loop would set them to, columns of the outer row.
 *
 * Parameters that are left must be set outside of the inner side, else they
 * would be read before they are set.
 *
 * Where the target loop's outer side is a VALUES list, or unnest(ARRAY[...]), that is made from
 * the outer row of a loop around it, there are but a few rows to run ahead of.  So that
 * loop's outer side gets nodes, too, one for each row of the list.
 *
 * Where a key is a subquery of the outer row, a Result below the node has its value.
 */
#include "postgres.h"

#include "lookahead/joins.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"

#include "executor/ancestor.h"
#include "lookahead/choice.h"
#include "lookahead/computed.h"
#include "lookahead/outer.h"
#include "lookahead/split.h"
#include "planner/gate.h"
#include "planner/harmless.h"
#include "planner/plan_tree.h"
#include "planner/private.h"

/* A nested loop that was entered through its inner side. */
typedef struct Loop
{
	NestLoop   *nestloop;
	List	   *gates;			/* one-time filters passed since */
	List	  **collected;		/* TuyaTarget: those of an arm that was entered since; or NULL */
	struct Loop *outer;			/* the one entered before; NULL: none */
} Loop;

static void walk(Plan *plan, Loop *loop, Rewrite *rewrite);

/*
 * ---- a target and its loop ----
 */

static Bitmapset *
params_set_by(const NestLoop *nestloop)
{
	Bitmapset  *params = NULL;
	ListCell   *lc;

	foreach(lc, nestloop->nestParams)
	{
		params = bms_add_member(params, ((NestLoopParam *) lfirst(lc))->paramno);
	}
	return params;
}

/* With columns of the loop's outer row instead of parameters. */
static List *
of_outer_row(const Loop *loop, List *exprs)
{
	List	   *columns;
	List	   *ids = tuya_lookahead_loop_params(loop->nestloop, &columns);

	return tuya_lookahead_replace_params(exprs, ids, columns);
}

/* An inner loop's outer row, as the values of the parameters that it sets. */
typedef struct Row
{
	List	   *ids;
	List	   *values;
	List	   *quals;			/* that the row has to meet */
} Row;

static List *
of_rows(const Loop *loop, const Row *inner, List *exprs)
{
	return of_outer_row(loop, tuya_lookahead_replace_params(exprs, inner->ids, inner->values));
}

/* Whether there are outer rows for which the scan asks for nothing. */
static bool
is_gated(const Loop *loop, const Loop *within, const ForeignScan *scan)
{
	for (; within != loop->outer; within = within->outer)
	{
		if (within->gates != NIL)
			return true;
	}
	return tuya_gate_row_quals(scan) != NIL;
}

/* Puts the node that announces to the target, unless it is to be chosen of first. */
static void
put_node(Loop *loop, const TuyaTarget *target, Rewrite *rewrite)
{
	Plan	   *join = &loop->nestloop->join.plan;

	if (loop->collected)
	{
		TuyaTarget *copy = palloc(sizeof(TuyaTarget));

		*copy = *target;
		*loop->collected = lappend(*loop->collected, copy);
		return;
	}
	rewrite->found = true;
	if (!tuya_lookahead_share_node(join->lefttree, target))
		join->lefttree = (Plan *) tuya_lookahead_make_node(join->lefttree, target, rewrite);
}

static bool reads_below(const Plan *plan, const Plan *below);

static bool
any_reads_below(const List *plans, const Plan *below)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		if (reads_below(lfirst(lc), below))
			return true;
	}
	return false;
}

/* Whether what is below the plan is read for each row that the plan is read for. */
static bool
reads_below(const Plan *plan, const Plan *below)
{
	if (plan == NULL || plan == below)
		return plan != NULL;
	switch (nodeTag(plan))
	{
		case T_SubqueryScan:
			return reads_below(((const SubqueryScan *) plan)->subplan, below);
		case T_Append:
			return any_reads_below(((const Append *) plan)->appendplans, below);
		case T_MergeAppend:
			return any_reads_below(((const MergeAppend *) plan)->mergeplans, below);
		case T_Agg:
		case T_Group:
		case T_Material:
		case T_Memoize:
		case T_Result:
		case T_Sort:
		case T_Unique:
			return reads_below(plan->lefttree, below);
		default:
			return false;
	}
}

/*
 * Where keys are subqueries of the outer row, their values become columns of that; false if it
 * is not certain that the scan evaluates them where its gates are true.
 */
static bool
compute_keys(const Loop *loop, TuyaTarget *target, const Bitmapset *set_outside, Rewrite *rewrite)
{
	Plan	   *join = &loop->nestloop->join.plan;
	List	   *computed;

	if (loop->collected || !reads_below(join->righttree, &target->scan->scan.plan) ||
		tuya_ancestor_may_stop_early(rewrite->pstmt, join))
		return false;
	computed = tuya_computed_keys(rewrite, target, set_outside);
	if (computed == NIL)
		return false;
	*target = *tuya_split_compute(join, target, computed, rewrite);
	return true;
}

/* within: the innermost loop that the scan is inside of; inner: a row of a loop within. */
static void
add_node(Loop *loop, Loop *within, const Row *inner, ForeignScan *scan, Rewrite *rewrite)
{
	Plan	   *join = &loop->nestloop->join.plan;
	TuyaTarget	target = {
		.scan = scan,.keys = tuya_private_get(scan).keys,.values = of_rows(loop, inner, scan->fdw_exprs),
		.first_key = tuya_ancestor_expect_early_stop_within(rewrite->pstmt, &scan->scan.plan, join)
	};
	Bitmapset  *set_outside = tuya_lookahead_params_ahead(rewrite, join, !is_gated(loop, within, scan));
	bool		skipped = false;
	bool		is_certain;

	if (!bms_is_subset(tuya_lookahead_params(target.values), set_outside))
		return;
	tuya_lookahead_add_testable(&target.row_quals, of_outer_row(loop, inner->quals),
								set_outside, &skipped);
	if (skipped)
		return;
	for (const Loop *gating = within; gating != loop->outer; gating = gating->outer)
		tuya_lookahead_add_testable(&target.row_quals, of_rows(loop, inner, gating->gates),
									set_outside, &skipped);
	tuya_lookahead_add_testable(&target.row_quals, of_rows(loop, inner, tuya_gate_row_quals(scan)),
								set_outside, &skipped);
	is_certain = within == loop && !skipped;
	tuya_lookahead_add_testable(&target.key_quals, of_rows(loop, inner, tuya_gate_key_quals(scan)),
								set_outside, &skipped);
	if (contain_subplans((Node *) target.values) &&
		!(is_certain && compute_keys(loop, &target, set_outside, rewrite)))
		return;
	put_node(loop, &target, rewrite);
}

/*
 * ---- lists of rows ----
 */

/* Longer lists are enough to run ahead of by themselves. */
#define LISTED_ROWS_MAX 8

/* The elements of unnest(ARRAY[...]), each a row; NIL: it is something else. */
static List *
elements_of(const FunctionScan *scan)
{
	const RangeTblFunction *function = linitial(scan->functions);
	const FuncExpr *call = (const FuncExpr *) function->funcexpr;
	List	   *rows = NIL;
	ListCell   *lc;

	if (list_length(scan->functions) != 1 || scan->funcordinality || !IsA(call, FuncExpr) ||
		call->funcid != F_UNNEST_ANYARRAY || !IsA(linitial(call->args), ArrayExpr) ||
		linitial_node(ArrayExpr, call->args)->multidims)
		return NIL;
	foreach(lc, linitial_node(ArrayExpr, call->args)->elements)
	{
		rows = lappend(rows, list_make1(lfirst(lc)));
	}
	return rows;
}

/* The rows of a VALUES list, or the like: lists of expressions; NIL: it is something else. */
static List *
listed_rows(const Plan *plan)
{
	List	   *rows = IsA(plan, ValuesScan) ? ((const ValuesScan *) plan)->values_lists :
	IsA(plan, FunctionScan) ? elements_of((const FunctionScan *) plan) : NIL;

	return list_length(rows) <= LISTED_ROWS_MAX ? rows : NIL;
}

/* Whether all rows of the inner loop are read for each row of the outer one. */
static bool
reads_whole(const NestLoop *outer, const NestLoop *inner)
{
	return !tuya_plan_tree_stops_at_match(&outer->join) && reads_below(outer->join.plan.righttree, &inner->join.plan);
}

typedef struct Columns
{
	int			varno;
	List	   *exprs;
	bool		failed;			/* not all could be replaced */
} Columns;

/* Replaces the columns of a listed row by what the list has for them. */
static Node *
replace_columns(Node *node, void *context)
{
	Columns    *columns = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == columns->varno)
	{
		AttrNumber	attno = ((Var *) node)->varattno;

		if (attno > 0 && attno <= list_length(columns->exprs))
			return copyObject(list_nth(columns->exprs, attno - 1));
		columns->failed = true;
		return copyObject(node);
	}
	return expression_tree_mutator(node, replace_columns, context);
}

/* What the loop sets its parameters to for that row of its outer side; false if that is not known. */
static bool
row_of_list(const Loop *loop, const Plan *outer, List *exprs, Row *row)
{
	Columns		columns = {((const Scan *) outer)->scanrelid, exprs, false};
	ListCell   *lc;

	foreach(lc, loop->nestloop->nestParams)
	{
		const NestLoopParam *nlp = lfirst(lc);
		const TargetEntry *entry = list_nth(outer->targetlist, nlp->paramval->varattno - 1);

		row->ids = lappend_int(row->ids, nlp->paramno);
		row->values = lappend(row->values, replace_columns((Node *) entry->expr, &columns));
	}
	row->quals = (List *) replace_columns((Node *) outer->qual, &columns);
	return !columns.failed;
}

/*
 * Announces from the loop around, for each row of the inner loop's outer side, if that is a list
 * made from the outer row, what the inner loop will ask for.
 */
static void
look_through_list(Loop *inner, Loop *within, ForeignScan *scan, Rewrite *rewrite)
{
	const Plan *outer = inner->nestloop->join.plan.lefttree;
	Loop	   *loop = inner->outer;
	List	   *rows;
	ListCell   *lc;

	if (IsA(outer, CustomScan))
		outer = outer->lefttree;
	rows = outer ? listed_rows(outer) : NIL;
	if (rows == NIL || loop == NULL || !reads_whole(loop->nestloop, inner->nestloop) ||
		!bms_overlap(tuya_lookahead_params(rows), params_set_by(loop->nestloop)) ||
		contain_volatile_functions((Node *) rows))
		return;
	foreach(lc, rows)
	{
		Row			row = {NIL, NIL, NIL};

		if (row_of_list(inner, outer, lfirst(lc), &row) && tuya_harmless((Node *) row.quals))
			add_node(loop, within, &row, scan, rewrite);
	}
}

static void
look_at_scan(ForeignScan *scan, Loop *loop, Rewrite *rewrite)
{
	const Row	none = {NIL, NIL, NIL};
	Bitmapset  *params;

	if (loop == NULL || !rewrite->nodes || !tuya_lookahead_is_target(scan))
		return;
	params = tuya_lookahead_params(scan->fdw_exprs);
	for (Loop *target = loop; target; target = target->outer)
	{
		if (bms_overlap(params, params_set_by(target->nestloop)))
		{
			add_node(target, loop, &none, scan, rewrite);
			look_through_list(target, loop, scan, rewrite);
			return;
		}
	}
}

/*
 * ---- walking ----
 */

static void
walk_list(List *plans, Loop *loop, Rewrite *rewrite)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		walk(lfirst(lc), loop, rewrite);
	}
}

/* Where the rows may stop, only the first arm with a row is read for an outer row. */
static void
walk_append(Append *append, Loop *loop, Rewrite *rewrite)
{
	List	  **collected = loop ? loop->collected : NULL;
	List	   *chosen = NIL;
	bool		goes_on = true;
	ListCell   *lc;

	if (loop == NULL || !tuya_choice_stops(rewrite, append, &loop->nestloop->join.plan))
	{
		walk_list(append->appendplans, loop, rewrite);
		return;
	}
	foreach(lc, append->appendplans)
	{
		List	   *targets = NIL;

		loop->collected = &targets;
		walk(lfirst(lc), loop, rewrite);
		goes_on = goes_on && tuya_choice_add_arm(&chosen, append, lfirst(lc), targets);
	}
	loop->collected = collected;
	foreach(lc, chosen)
	{
		put_node(loop, lfirst(lc), rewrite);
	}
}

static void
walk_nestloop(NestLoop *nestloop, Loop *loop, Rewrite *rewrite)
{
	Loop		entered = {.nestloop = nestloop,.outer = loop};

	tuya_lookahead_gate_loop(nestloop, rewrite);
	/* first, for the node is put on top of the outer side */
	walk(nestloop->join.plan.lefttree, loop, rewrite);
	walk(nestloop->join.plan.righttree, &entered, rewrite);
}

/* What is below the conditions, which are tested once for an outer row. */
static void
walk_gated(Plan *plan, List *conditions, Loop *loop, Rewrite *rewrite)
{
	List	   *saved = loop ? loop->gates : NIL;

	if (loop)
		loop->gates = list_concat_copy(saved, conditions);
	walk(plan, loop, rewrite);
	if (loop)
		loop->gates = saved;
}

static void
walk(Plan *plan, Loop *loop, Rewrite *rewrite)
{
	if (plan == NULL)
		return;
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			look_at_scan((ForeignScan *) plan, loop, rewrite);
			break;
		case T_NestLoop:
			walk_nestloop((NestLoop *) plan, loop, rewrite);
			return;
		case T_Result:
			walk_gated(plan->lefttree, (List *) ((Result *) plan)->resconstantqual, loop, rewrite);
			return;
		case T_Limit:
			walk_gated(plan->lefttree, tuya_lookahead_wants_rows((Limit *) plan), loop, rewrite);
			return;
		case T_Append:
			walk_append((Append *) plan, loop, rewrite);
			break;
		case T_MergeAppend:
			walk_list(((MergeAppend *) plan)->mergeplans, loop, rewrite);
			break;
		case T_SubqueryScan:
			walk(((SubqueryScan *) plan)->subplan, loop, rewrite);
			break;
		case T_CustomScan:
			walk_list(((CustomScan *) plan)->custom_plans, loop, rewrite);
			break;
		default:
			break;
	}
	walk(plan->lefttree, loop, rewrite);
	walk(plan->righttree, loop, rewrite);
}

void
tuya_lookahead_rewrite_joins(PlannedStmt *pstmt, Rewrite *rewrite)
{
	walk(pstmt->planTree, NULL, rewrite);
	/* parameters of a subplan's caller are not a nested loop's: begin anew */
	walk_list(pstmt->subplans, NULL, rewrite);
}
