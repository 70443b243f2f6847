/*
 * search.c
 *		What is kept while subqueries are looked for, and the conditions under which
 *		they are evaluated.
 *
 * What is not certain to be evaluated has a condition, which becomes a gate:
 *
 *		a AND s				a IS NOT FALSE
 *		a OR s				a IS NOT TRUE
 *		COALESCE(a, s)		a IS NULL
 *		a[s]				a IS NOT NULL
 *		CASE WHEN a THEN s	the CASE itself, with true there and false elsewhere
 *		f(s) FILTER (a)		a
 *		s LIMIT a			a is not 0
 *
 * A gate is tested for rows for which it would be evaluated anyway, but before their turn;
 * so one that might throw is none where the statement may end before that.
 */
#include "postgres.h"

#include "lookahead/search.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"

#include "compat.h"
#include "executor/ancestor.h"
#include "lookahead/computed.h"
#include "planner/gate.h"
#include "planner/harmless.h"
#include "planner/make_test.h"
#include "planner/private.h"

/*
 * ---- parameters ----
 */

List *
tuya_search_of_row(const TuyaSearch *search, List *exprs)
{
	ListCell   *lc;

	foreach(lc, search->callers)
	{
		List	   *caller = lfirst(lc);

		exprs = tuya_lookahead_replace_params(exprs, linitial(caller), lsecond(caller));
	}
	return exprs;
}

List *
tuya_search_set_by_callers(const TuyaSearch *search, const Bitmapset *params, List **values)
{
	List	   *ids = NIL;
	ListCell   *caller;
	ListCell   *id;
	ListCell   *value;

	*values = NIL;
	foreach(caller, search->callers)
	{
		forboth(id, linitial(lfirst(caller)), value, lsecond(lfirst(caller)))
		{
			if (!bms_is_member(lfirst_int(id), params))
				continue;
			ids = lappend_int(ids, lfirst_int(id));
			*values = lappend(*values, lfirst(value));
		}
	}
	return ids;
}

/*
 * A subquery that a scan evaluates when it needs the value, as one that is evaluated for each row; NULL if
 * it does not depend on the row.
 */
static SubPlan *
as_subquery(const TuyaSearch *search, const SubPlan *initplan)
{
	const Plan *plan = list_nth(search->rewrite->pstmt->subplans, initplan->plan_id - 1);
	SubPlan    *subplan = copyObject(unconstify(SubPlan *, initplan));

	subplan->plan_name = psprintf("SubPlan %d", subplan->plan_id);
	subplan->setParam = NIL;
	subplan->parParam = tuya_search_set_by_callers(search, plan->extParam, &subplan->args);
	return subplan->parParam ? subplan : NULL;
}

/* With such subqueries in place of the parameters that have their values. */
static List *
with_subqueries(const TuyaSearch *search, List *exprs)
{
	Bitmapset  *params = tuya_lookahead_params(exprs);
	ListCell   *lc;

	foreach(lc, search->initplans)
	{
		const SubPlan *initplan = lfirst_node(SubPlan, lc);
		SubPlan    *subplan = NULL;

		if (list_length(initplan->setParam) == 1 && bms_is_member(linitial_int(initplan->setParam), params))
			subplan = as_subquery(search, initplan);
		if (subplan)
			exprs = tuya_lookahead_replace_params(exprs, initplan->setParam, list_make1(subplan));
	}
	return exprs;
}

bool
tuya_search_has_params(const TuyaSearch *search, List *exprs)
{
	List	   *values;

	return tuya_search_set_by_callers(search, tuya_lookahead_params(exprs), &values) != NIL ||
		with_subqueries(search, exprs) != exprs;
}

Bitmapset *
tuya_search_params_ahead(const TuyaSearch *search, bool gated)
{
	return tuya_lookahead_params_ahead(search->rewrite, search->plan, search->gates == NIL && !gated);
}

/* Whether it depends on the row of its own plan node. */
static bool
has_column(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) || IsA(node, Aggref) || IsA(node, GroupingFunc) || IsA(node, WindowFunc))
		return true;
	return expression_tree_walker(node, has_column, context);
}

static bool
has_column_of(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == *(const int *) context;
	return expression_tree_walker(node, has_column_of, context);
}

/* Whether the expression has columns that are not known ahead. */
static bool
has_unknown(const TuyaSearch *search, Node *expr)
{
	return search->unknown > 0 && has_column_of(expr, unconstify(int *, &search->unknown));
}

void
tuya_search_enter(TuyaSearch *search, const SubPlan *subplan)
{
	List	   *ids = NIL;
	List	   *values = NIL;
	ListCell   *id;
	ListCell   *value;

	forboth(id, subplan->parParam, value, subplan->args)
	{
		if (search->callers == NIL || !has_column(lfirst(value), NULL))
		{
			ids = lappend_int(ids, lfirst_int(id));
			values = lappend(values, lfirst(value));
		}
	}
	search->callers = lcons(list_make2(ids, values), list_copy(search->callers));
}

/*
 * ---- subqueries that were come to ----
 */

const TuyaEvaluated *
tuya_search_find_evaluated(List *evaluated, const Node *subplan)
{
	ListCell   *lc;

	foreach(lc, evaluated)
	{
		const TuyaEvaluated *found = lfirst(lc);

		if (equal(found->subplan, subplan))
			return found;
	}
	return NULL;
}

bool
tuya_search_add_evaluated(TuyaSearch *search, SubPlan *subplan)
{
	TuyaEvaluated *evaluated;

	if (tuya_search_find_evaluated(search->known, (Node *) subplan))
		return false;
	evaluated = palloc(sizeof(TuyaEvaluated));
	evaluated->subplan = subplan;
	evaluated->gates = search->gates;
	search->evaluated = lappend(search->evaluated, evaluated);
	return true;
}

Expr *
tuya_search_value_of(const TuyaEvaluated *evaluated)
{
	Node	   *subplan = (Node *) evaluated->subplan;
	CaseExpr   *value = makeNode(CaseExpr);
	CaseWhen   *when = makeNode(CaseWhen);

	if (evaluated->gates == NIL)
		return (Expr *) subplan;
	when->expr = make_ands_explicit(evaluated->gates);
	when->result = (Expr *) subplan;
	value->casetype = exprType(subplan);
	value->casecollid = exprCollation(subplan);
	value->args = list_make1(when);
	value->defresult = (Expr *) makeNullConst(exprType(subplan), exprTypmod(subplan), exprCollation(subplan));
	return (Expr *) value;
}

/* With some value in place of each of the subqueries, whose values are known ahead. */
static Node *
without_known(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, SubPlan) && tuya_search_find_evaluated(context, node))
		return (Node *) makeNullConst(exprType(node), exprTypmod(node), exprCollation(node));
	return expression_tree_mutator(node, without_known, context);
}

/*
 * ---- targets ----
 */

static Oid
table_of(const TuyaTarget *target, const TuyaSearch *search)
{
	return rt_fetch(tuya_compat_scan_rti(target->scan), search->rewrite->pstmt->rtable)->relid;
}

static bool
are_same(const TuyaTarget *a, List *exprs_of_a, const TuyaTarget *b, List *exprs_of_b)
{
	return equal(tuya_gate_refer_to_key(exprs_of_a, a->scan), tuya_gate_refer_to_key(exprs_of_b, b->scan));
}

/* Whether both compare the table's keys to the same. */
static bool
have_same_keys(const TuyaSearch *search, const TuyaTarget *a, const TuyaTarget *b)
{
	return table_of(a, search) == table_of(b, search) &&
		equal(a->keys, b->keys) && are_same(a, a->values, b, b->values);
}

static bool
have_same_quals(const TuyaTarget *a, const TuyaTarget *b)
{
	return are_same(a, a->row_quals, b, b->row_quals) && are_same(a, a->key_quals, b, b->key_quals);
}

/*
 * Adds those of the conditions that can be tested for the row, as tuya_lookahead_add_testable() does, once
 * it has the values of what is known.
 */
static void
add_testable(const TuyaSearch *search, List **quals, List *conditions, const Bitmapset *set_outside, bool *skipped)
{
	ListCell   *lc;

	foreach(lc, tuya_search_of_row(search, with_subqueries(search, conditions)))
	{
		List	   *testable = NIL;

		tuya_lookahead_add_testable(&testable, list_make1(without_known(lfirst(lc), search->known)), set_outside, skipped);
		if (testable)
			*quals = lappend(*quals, lfirst(lc));
	}
}

/* Whether the target's keys are known ahead; if subqueries are to be computed for that, adds these. */
static bool
has_values(TuyaSearch *search, const TuyaTarget *target, const Bitmapset *set_outside, bool is_certain)
{
	if (!contain_subplans(without_known((Node *) target->values, search->known)))
		return true;
	if (is_certain && search->known == NIL)
		search->computed = list_concat(search->computed, tuya_computed_keys(search->rewrite, target, set_outside));
	return false;
}

TuyaTarget *
tuya_search_make_target(TuyaSearch *search, ForeignScan *scan)
{
	TuyaTarget *target = palloc0(sizeof(TuyaTarget));
	Bitmapset  *set_outside = tuya_search_params_ahead(search, tuya_gate_row_quals(scan) != NIL);
	bool		skipped = false;

	target->scan = scan;
	target->keys = tuya_private_get(scan).keys;
	target->values = tuya_search_of_row(search, with_subqueries(search, scan->fdw_exprs));
	if (!bms_is_subset(tuya_lookahead_params(target->values), set_outside))
		return NULL;
	target->row_quals = list_copy(search->gates);
	add_testable(search, &target->row_quals, tuya_gate_row_quals(scan), set_outside, &skipped);
	if (!has_values(search, target, set_outside, !skipped && !search->guesses))
		return NULL;
	add_testable(search, &target->key_quals, tuya_gate_key_quals(scan), set_outside, &skipped);
	target->guessed = search->guesses;
	target->first_key = tuya_ancestor_expect_early_stop_within(search->rewrite->pstmt, &scan->scan.plan,
															   search->plan);
	if (has_unknown(search, (Node *) list_make3(target->values, target->row_quals, target->key_quals)))
		return NULL;
	return target;
}

void
tuya_search_add_target(TuyaSearch *search, TuyaTarget *target)
{
	ListCell   *lc;

	foreach(lc, search->targets)
	{
		TuyaTarget *found = lfirst(lc);

		if (found->guessed == target->guessed || found->scan != target->scan ||
			!have_same_keys(search, found, target) || !have_same_quals(found, target))
			continue;
		found->guessed = false;
		return;
	}
	search->targets = lappend(search->targets, target);
}

bool
tuya_search_has_same(const TuyaSearch *search, List *targets, const TuyaTarget *other)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		if (have_same_keys(search, lfirst(lc), other) && have_same_quals(lfirst(lc), other))
			return true;
	}
	return false;
}

/* Whether one of the targets asks for whatever the other one does. */
static bool
is_asked(const TuyaSearch *search, List *targets, const TuyaTarget *other)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		const TuyaTarget *target = lfirst(lc);
		bool		always = target->row_quals == NIL && target->key_quals == NIL;

		if (have_same_keys(search, target, other) && (always || have_same_quals(target, other)))
			return true;
	}
	return false;
}

bool
tuya_search_found_more(const TuyaSearch *search, List *asked)
{
	ListCell   *lc;

	foreach(lc, search->targets)
	{
		if (!is_asked(search, asked, lfirst(lc)))
			return true;
	}
	return false;
}

/*
 * ---- gates ----
 */

/* Whether a CASE's value is referred to from outside of that CASE. */
static bool
has_case_value(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CaseTestExpr))
		return true;
	if (IsA(node, CaseExpr) && ((CaseExpr *) node)->arg)
		return has_case_value((Node *) ((CaseExpr *) node)->arg, context);
	if (IsA(node, ArrayCoerceExpr))
		return has_case_value((Node *) ((ArrayCoerceExpr *) node)->arg, context);
	return expression_tree_walker(node, has_case_value, context);
}

bool
tuya_search_add_gate(TuyaSearch *search, Node *condition)
{
	Node	   *gate = linitial(tuya_search_of_row(search, list_make1(condition)));
	Node	   *computed = without_known(gate, search->known);

	if ((search->callers != NIL && has_column(condition, NULL)) ||
		has_unknown(search, gate))
		return false;
	if (contain_subplans(computed) || contain_volatile_functions(computed) || has_case_value(computed, NULL) ||
		!bms_is_subset(tuya_lookahead_params(list_make1(computed)),
					   tuya_search_params_ahead(search, false)))
		return false;
	if (!tuya_harmless(computed) && tuya_ancestor_may_stop_early(search->rewrite->pstmt, search->plan))
		return false;
	search->gates = lappend(list_copy(search->gates), gate);
	return true;
}

Node *
tuya_search_is_not_false(Node *arg)
{
	return (Node *) tuya_make_boolean_test((Expr *) arg, IS_NOT_FALSE);
}

Node *
tuya_search_is_not_true(Node *arg)
{
	return (Node *) tuya_make_boolean_test((Expr *) arg, IS_NOT_TRUE);
}

Node *
tuya_search_is_null(Node *arg)
{
	return (Node *) tuya_make_null_test((Expr *) arg, IS_NULL);
}

Node *
tuya_search_is_not_null(Node *arg)
{
	return (Node *) tuya_make_null_test((Expr *) arg, IS_NOT_NULL);
}

Node *
tuya_search_comes_to_arm(const CaseExpr *expr, int arm, bool taken)
{
	CaseExpr   *gate = makeNode(CaseExpr);
	int			tests = Min(arm + (taken ? 1 : 0), list_length(expr->args));

	gate->casetype = BOOLOID;
	gate->arg = expr->arg;
	for (int i = 0; i < tests; i++)
	{
		CaseWhen   *when = copyObject(list_nth_node(CaseWhen, expr->args, i));

		when->result = (Expr *) makeBoolConst(i == arm, false);
		gate->args = lappend(gate->args, when);
	}
	gate->defresult = (Expr *) makeBoolConst(tests <= arm, false);
	/* without a test there is no CASE */
	return tests > 0 ? (Node *) gate : (Node *) gate->defresult;
}
