/*
 * targets.c
 *		The foreign scans that an expression's subqueries ask, and when they do.
 *
 * An expression is walked down to its subqueries, a subquery's plan to its scans, and
 * its plan's expressions to subqueries again.  What is not certain to be evaluated has
 * a gate (search.c); the walk ends where there is none that can be tested ahead.
 */
#include "postgres.h"

#include "lookahead/targets.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"

#include "compat_planner.h"
#include "executor/certain.h"
#include "lookahead/choice.h"
#include "lookahead/frames.h"
#include "lookahead/gather.h"
#include "lookahead/outset.h"
#include "planner/gate.h"
#include "planner/plan_tree.h"

static bool look_at(Node *node, void *context);
static void look_into(Plan *plan, TuyaSearch *search);

/*
 * ---- scans ----
 */

/* Adds the scan if its keys come from a caller's row; and what the keys ask for. */
static void
look_at_scan(ForeignScan *scan, TuyaSearch *search)
{
	TuyaTarget *target;

	if (!tuya_lookahead_is_target(scan))
		return;
	if (tuya_gate_row_quals(scan) == NIL)
		look_at((Node *) scan->fdw_exprs, search);
	if (search->in_join || !tuya_search_has_params(search, scan->fdw_exprs))
		return;
	target = tuya_search_make_target(search, scan);
	if (target)
		tuya_search_add_target(search, target);
}

/*
 * ---- conditions ----
 */

/* Parts of which each is evaluated only if for those before that is true. */
static void
look_at_sequence(TuyaSearch *search, List *parts, Node *(*goes_on) (Node *))
{
	List	   *saved = search->gates;
	ListCell   *lc;

	foreach(lc, parts)
	{
		look_at(lfirst(lc), search);
		if (!tuya_search_add_gate(search, goes_on(lfirst(lc))))
			break;
	}
	search->gates = saved;
}

static void
look_at_arm(TuyaSearch *search, CaseExpr *expr, int arm, bool taken, Expr *part)
{
	List	   *saved = search->gates;

	if (part && tuya_search_add_gate(search, tuya_search_comes_to_arm(expr, arm, taken)))
		look_at((Node *) part, search);
	search->gates = saved;
}

static void
look_at_case(TuyaSearch *search, CaseExpr *expr)
{
	int			arm = 0;
	ListCell   *lc;

	look_at((Node *) expr->arg, search);
	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);

		if (arm == 0)
			look_at((Node *) when->expr, search);
		else
			look_at_arm(search, expr, arm, false, when->expr);
		look_at_arm(search, expr, arm, true, when->result);
		arm++;
	}
	look_at_arm(search, expr, arm, true, expr->defresult);
}

/* Of NULL no element is looked up. */
static void
look_at_subscripts(TuyaSearch *search, SubscriptingRef *ref)
{
	List	   *saved = search->gates;

	look_at((Node *) ref->refexpr, search);
	look_at((Node *) ref->refassgnexpr, search);
	if (ref->refassgnexpr || tuya_search_add_gate(search, tuya_search_is_not_null((Node *) ref->refexpr)))
	{
		look_at((Node *) ref->refupperindexpr, search);
		look_at((Node *) ref->reflowerindexpr, search);
	}
	search->gates = saved;
}

/*
 * ---- rows that a subquery reads ----
 */

/* A lookahead node hands on what is below it. */
static Plan *
below_node(Plan *plan)
{
	while (tuya_lookahead_is_node(plan))
		plan = plan->lefttree;
	return plan;
}

static void
gather_for_inner_side(NestLoop *loop, TuyaSearch *search)
{
	TuyaRows	rows = {.plan = below_node(loop->join.plan.lefttree)};
	TuyaSearch	within = {.rewrite = search->rewrite,.plan = &loop->join.plan,.in_rows = true};
	List	   *values;
	List	   *ids = tuya_lookahead_loop_params(loop, &values);

	if (search->in_rows)
		return;
	within.callers = list_make1(list_make2(ids, values));
	look_into(loop->join.plan.righttree, &within);
	tuya_gather(search, &rows, within.targets);
}

static void
gather_for_arguments(Plan *plan, TuyaSearch *search)
{
	TuyaRows	rows = {.plan = below_node(plan->lefttree)};
	TuyaSearch	within = {.rewrite = search->rewrite,.plan = plan,.in_rows = true};

	if (search->in_rows || !contain_subplans((Node *) plan->targetlist))
		return;
	tuya_targets_of_arguments(&within, (Node *) plan->targetlist);
	tuya_gather(search, &rows, within.targets);
}

/* The first of the conditions that has a subquery, else the target list, is evaluated for each row. */
static void
gather_for_expressions(Plan *plan, TuyaSearch *search)
{
	TuyaRows	rows = {.plan = plan,.own = true};
	TuyaSearch	within = {.rewrite = search->rewrite,.plan = plan,.in_rows = true};
	Node	   *expr = (Node *) plan->targetlist;

	if (search->in_rows || !contain_subplans((Node *) list_make2(plan->qual, plan->targetlist)))
		return;
	while (rows.nquals < list_length(plan->qual) && !contain_subplans(list_nth(plan->qual, rows.nquals)))
		rows.nquals++;
	if (rows.nquals < list_length(plan->qual))
		expr = list_nth(plan->qual, rows.nquals);
	look_at(expr, &within);
	tuya_gather(search, &rows, within.targets);
}

/*
 * ---- subqueries ----
 */

static void
look_into_list(List *plans, TuyaSearch *search)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		look_into(lfirst(lc), search);
	}
}

/* What the plan asks for. */
static List *
targets_in(Plan *plan, TuyaSearch *search)
{
	List	   *saved = search->targets;
	List	   *found;

	search->targets = NIL;
	look_into(plan, search);
	found = search->targets;
	search->targets = saved;
	return found;
}

/* Where the rows may stop, only the first arm with a row is certain to be read. */
static void
look_into_append(Append *append, TuyaSearch *search)
{
	List	   *first = NIL;
	ListCell   *lc;

	if (!tuya_choice_stops(search->rewrite, append, search->plan))
	{
		look_into_list(append->appendplans, search);
		return;
	}
	foreach(lc, append->appendplans)
	{
		if (!tuya_choice_add_arm(&first, append, lfirst(lc), targets_in(lfirst(lc), search)))
			break;
	}
	search->targets = list_concat(search->targets, first);
}

/*
 * It may say once that what is below is not needed: that is a guess if it cannot be tested ahead.
 * Without anything below it is one row.
 */
static void
look_into_result(Result *result, TuyaSearch *search)
{
	List	   *saved = search->gates;
	bool		guesses = search->guesses;
	bool		skipped = false;

	look_at((Node *) result->resconstantqual, search);
	search->gates = list_copy(saved);
	tuya_lookahead_add_testable(&search->gates, tuya_search_of_row(search, (List *) result->resconstantqual),
								tuya_search_params_ahead(search, false), &skipped);
	search->guesses |= skipped;
	if (!skipped || !contain_volatile_functions((Node *) result->resconstantqual))
	{
		look_into(result->plan.lefttree, search);
		if (result->plan.lefttree == NULL && result->plan.qual == NIL)
			look_at((Node *) result->plan.targetlist, search);
	}
	search->guesses = guesses;
	search->gates = saved;
}

/* Without groups it is one row. */
static void
look_into_agg(Agg *agg, TuyaSearch *search)
{
	look_into(agg->plan.lefttree, search);
	gather_for_arguments(&agg->plan, search);
	if (tuya_certain_row(&agg->plan))
		look_at((Node *) agg->plan.targetlist, search);
	if (tuya_certain_row(agg->plan.lefttree))
		tuya_targets_of_arguments(search, (Node *) agg->plan.targetlist);
}

/* Adds what one side of a join asks for: a guess, unless it is certain. */
static void
add_side(TuyaSearch *search, List *targets, bool certain, List *other_side)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		TuyaTarget *target = lfirst(lc);

		target->guessed |= !certain && !tuya_search_has_same(search, other_side, target);
		tuya_search_add_target(search, target);
	}
}

/*
 * Unless the join keeps all rows of one side, either may be read first, and if it has no
 * row the other one is not read.  So what both ask for is certain, and what one asks for
 * beside another that has a row.
 */
static void
look_into_hash_join(Join *join, TuyaSearch *search)
{
	List	   *outer = targets_in(join->plan.lefttree, search);
	List	   *inner = targets_in(join->plan.righttree, search);
	bool		outer_first = join->jointype == JOIN_LEFT || join->jointype == JOIN_ANTI;
	bool		inner_first = join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL;

	add_side(search, outer, outer_first || tuya_certain_row(join->plan.righttree), inner);
	add_side(search, inner, inner_first || tuya_certain_row(join->plan.lefttree), outer);
}

/* The second side is come to if the first has a row. */
static void
look_into_sides(Plan *plan, TuyaSearch *search)
{
	bool		saved = search->guesses;

	look_into(plan->lefttree, search);
	search->guesses |= !tuya_certain_row(plan->lefttree);
	look_into(plan->righttree, search);
	search->guesses = saved;
	if (IsA(plan, NestLoop))
		gather_for_inner_side((NestLoop *) plan, search);
}

/* It does not come to its child if no row is wanted: few are like that. */
static void
look_into_limit(Limit *limit, TuyaSearch *search)
{
	List	   *saved = search->gates;
	bool		guesses = search->guesses;
	List	   *condition = tuya_lookahead_wants_rows(limit);

	if (condition != NIL && !tuya_search_add_gate(search, linitial(condition)))
		search->guesses = true;
	if (saved != search->gates || !contain_volatile_functions((Node *) condition))
		look_into(limit->plan.lefttree, search);
	search->guesses = guesses;
	search->gates = saved;
}

static void
look_into_scan(Plan *plan, TuyaSearch *search)
{
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			look_at_scan((ForeignScan *) plan, search);
			break;
		case T_SubqueryScan:
			look_into(((SubqueryScan *) plan)->subplan, search);
			break;
		case T_CteScan:
			look_into(list_nth(search->rewrite->pstmt->subplans, ((CteScan *) plan)->ctePlanId - 1), search);
			break;
		default:
			break;
	}
}

/* What is evaluated for each row of the node: most have one. */
static void
look_at_rows_of(Plan *plan, TuyaSearch *search)
{
	bool		saved = search->guesses;

	search->guesses = true;
	look_at((Node *) tuya_plan_tree_expressions(plan), search);
	search->guesses = saved;
	if (!IsA(plan, Agg))
		gather_for_expressions(plan, search);
}

/* Looks for scans that are executed whenever the subquery is. */
static void
look_into_node(Plan *plan, TuyaSearch *search)
{
	look_at((Node *) tuya_outset_of(plan), search);
	switch (nodeTag(plan))
	{
		case T_Append:
			look_into_append((Append *) plan, search);
			break;
		case T_MergeAppend:
			look_into_list(((MergeAppend *) plan)->mergeplans, search);
			break;
		case T_Result:
			look_into_result((Result *) plan, search);
			break;
		case T_Agg:
			look_into_agg((Agg *) plan, search);
			break;
		case T_HashJoin:
			look_into_hash_join((Join *) plan, search);
			break;
		case T_NestLoop:
		case T_SetOp:
			look_into_sides(plan, search);
			break;
		case T_Limit:
			look_into_limit((Limit *) plan, search);
			break;
		default:
			if (tuya_outset_reads_child(plan))
				look_into(plan->lefttree, search);
			else
				look_into_scan(plan, search);
			break;
	}
	look_at_rows_of(plan, search);
}

static void
look_into(Plan *plan, TuyaSearch *search)
{
	List	   *saved = search->initplans;

	if (plan == NULL)
		return;
	search->initplans = list_concat_copy(plan->initPlan, saved);
	look_into_node(plan, search);
	search->initplans = saved;
}

static void
look_into_subquery(SubPlan *subplan, TuyaSearch *search)
{
	bool		saved = search->in_join;

	search->in_join = false;
	look_into(list_nth(search->rewrite->pstmt->subplans, subplan->plan_id - 1), search);
	search->in_join = saved;
}

/* Keys of a hashed subquery do not come from a row. */
static void
look_at_subplan(SubPlan *subplan, TuyaSearch *search)
{
	List	   *saved = search->callers;

	if (search->callers == NIL && !tuya_search_add_evaluated(search, subplan))
		return;
	if (subplan->useHashTable || subplan->parParam == NIL)
		return;
	tuya_search_enter(search, subplan);
	look_into_subquery(subplan, search);
	search->callers = saved;
}

/* A subquery's own subquery may depend on the caller alone; it is run when its value is needed. */
static void
look_at_param(Param *param, TuyaSearch *search)
{
	ListCell   *lc;

	foreach(lc, search->initplans)
	{
		SubPlan    *subplan = lfirst_node(SubPlan, lc);

		if (param->paramkind == PARAM_EXEC && list_member_int(subplan->setParam, param->paramid))
			look_into_subquery(subplan, search);
	}
}

/*
 * ---- expressions ----
 */

static void
look_at_bool(TuyaSearch *search, BoolExpr *expr)
{
	switch (expr->boolop)
	{
		case AND_EXPR:
			look_at_sequence(search, expr->args, tuya_search_is_not_false);
			break;
		case OR_EXPR:
			look_at_sequence(search, expr->args, tuya_search_is_not_true);
			break;
		case NOT_EXPR:
			look_at((Node *) expr->args, search);
			break;
	}
}

/* Later pairs are compared only if those before are equal, whatever operator tells that. */
static void
look_at_rows(TuyaSearch *search, RowCompareExpr * expr)
{
	look_at(linitial(expr->largs), search);
	look_at(linitial(expr->rargs), search);
}

/* Arguments of JSON_VALUE() and its kin are evaluated only if there is a document. */
static bool
look_at_rest(Node *node, void *context)
{
	Node	   *document = tuya_compat_json_document(node);

	if (document)
		return look_at(document, context);
	return tuya_outset_evaluates_all(node) && expression_tree_walker(node, look_at, context);
}

/* Looks at the subqueries that are evaluated whenever the expression is and the gates are open. */
static bool
look_at(Node *node, void *context)
{
	TuyaSearch *search = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_SubPlan:
			look_at_subplan((SubPlan *) node, search);
			return false;
		case T_Param:
			look_at_param((Param *) node, search);
			return false;
		case T_BoolExpr:
			look_at_bool(search, (BoolExpr *) node);
			return false;
		case T_CoalesceExpr:
			look_at_sequence(search, ((CoalesceExpr *) node)->args, tuya_search_is_null);
			return false;
		case T_CaseExpr:
			look_at_case(search, (CaseExpr *) node);
			return false;
		case T_SubscriptingRef:
			look_at_subscripts(search, (SubscriptingRef *) node);
			return false;
		case T_RowCompareExpr:
			look_at_rows(search, (RowCompareExpr *) node);
			return false;
		case T_ArrayCoerceExpr:
			return look_at((Node *) ((ArrayCoerceExpr *) node)->arg, context);
		default:
			return look_at_rest(node, context);
	}
}

void
tuya_targets_of_expression(TuyaSearch *search, Node *expr)
{
	look_at(expr, search);
}

/*
 * ---- aggregates and window functions ----
 */

static void
look_at_arguments(TuyaSearch *search, List *args, Expr *filter)
{
	List	   *saved = search->gates;

	look_at((Node *) filter, search);
	if (filter == NULL || tuya_search_add_gate(search, (Node *) filter))
		look_at((Node *) args, search);
	search->gates = saved;
}

static void
look_at_window_function(TuyaSearch *search, WindowFunc *func)
{
	if (!tuya_frames_reach_all(func, (WindowAgg *) search->plan))
		return;
	/* of lag() and lead() the others are evaluated for few rows */
	look_at_arguments(search, func->winagg ? func->args : list_make1(linitial(func->args)),
					  func->aggfilter);
}

static bool
find_arguments(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Aggref))
		look_at_arguments(context, ((Aggref *) node)->args, ((Aggref *) node)->aggfilter);
	else if (IsA(node, WindowFunc))
		look_at_window_function(context, (WindowFunc *) node);
	else
		return expression_tree_walker(node, find_arguments, context);
	return false;
}

void
tuya_targets_of_arguments(TuyaSearch *search, Node *expr)
{
	find_arguments(expr, search);
}

/*
 * ---- joins ----
 */

void
tuya_targets_of_inner_side(TuyaSearch *search, NestLoop *loop)
{
	List	   *values;
	List	   *ids = tuya_lookahead_loop_params(loop, &values);

	search->callers = list_make1(list_make2(ids, values));
	search->in_join = true;
	look_into(loop->join.plan.righttree, search);
}
