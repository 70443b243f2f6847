/*
 * key_arms.c
 *		Conditions that are true only if one of several others is.
 */
#include "postgres.h"

#include "planner/key_arms.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/key_members.h"
#include "planner/key_truth.h"
#include "planner/make_test.h"

static bool
is_never_true(Expr *expr)
{
	return expr == NULL ||
		(IsA(expr, Const) && (((Const *) expr)->constisnull || !DatumGetBool(((Const *) expr)->constvalue)));
}

/* The CASE's own value in place of what stands for it in its conditions. */
static Node *
replace_case_test(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, CaseTestExpr))
		return copyObject((Node *) context);
	/* another CASE has a value of its own */
	if (IsA(node, CaseExpr) && ((CaseExpr *) node)->arg)
		return node;
	return expression_tree_mutator(node, replace_case_test, context);
}

/* The condition of that arm of the CASE. */
static Expr *
case_condition(const CaseExpr *expr, const CaseWhen *when)
{
	return expr->arg ? (Expr *) replace_case_test((Node *) when->expr, expr->arg) : when->expr;
}

/* CASE WHEN a THEN b ELSE c END is true only if a AND b, or a IS NOT TRUE AND c, are. */
static List *
arms_of_case(const CaseExpr *expr)
{
	List	   *arms = NIL;
	List	   *otherwise = list_make1(expr->defresult);
	ListCell   *lc;

	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);
		Expr	   *condition = case_condition(expr, when);

		if (!is_never_true(when->result))
			arms = lappend(arms, make_andclause(list_make2(condition, when->result)));
		otherwise = lappend(otherwise, tuya_key_wrap(condition, IS_NOT_TRUE));
	}
	return is_never_true(expr->defresult) ? arms : lappend(arms, make_andclause(otherwise));
}

static bool
is_null(Expr *expr)
{
	return expr == NULL || (IsA(expr, Const) && ((Const *) expr)->constisnull);
}

/* CASE WHEN a THEN 1 END IS NOT NULL is true only if a is. */
static bool
find_arms_of_not_null(const NullTest *test, List **arms)
{
	CaseExpr   *expr = (CaseExpr *) test->arg;
	ListCell   *lc;

	if (test->nulltesttype != IS_NOT_NULL || !IsA(expr, CaseExpr) || !is_null(expr->defresult))
		return false;
	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);

		if (!is_null(when->result))
			*arms = lappend(*arms, case_condition(expr, when));
	}
	return true;
}

/* Of OR or COALESCE: only one of them that is true makes it true. */
static List *
that_may_be_true(List *args)
{
	List	   *arms = NIL;
	ListCell   *lc;

	foreach(lc, args)
	{
		if (!is_never_true(lfirst(lc)))
			arms = lappend(arms, lfirst(lc));
	}
	return arms;
}

bool
tuya_key_arms(PlannerInfo *root, Expr *clause, List **arms)
{
	*arms = NIL;
	switch (nodeTag(clause))
	{
		case T_Const:
			return is_never_true(clause);
		case T_BoolExpr:
			*arms = is_orclause(clause) ? that_may_be_true(((BoolExpr *) clause)->args) : NIL;
			return is_orclause(clause);
		case T_CaseExpr:
			*arms = arms_of_case((CaseExpr *) clause);
			return true;
		case T_CoalesceExpr:
			*arms = that_may_be_true(((CoalesceExpr *) clause)->args);
			return true;
		case T_NullTest:
			return find_arms_of_not_null((NullTest *) clause, arms);
		case T_ScalarArrayOpExpr:
			return tuya_key_members_of_list(root, (ScalarArrayOpExpr *) clause, arms);
		default:
			return false;
	}
}

/*
 * ---- comparisons of expressions that choose ----
 */

/*
 * What a clause compares: both sides of "=" or IS NOT DISTINCT FROM, or of another
 * operator that is not true of NULL; the left side of "= ANY"; or what IS NULL.
 */
static List *
sides_of(Expr *clause)
{
	NullTest   *test = (NullTest *) clause;
	ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) clause;
	Expr	   *left;
	Expr	   *right;

	switch (nodeTag(clause))
	{
		case T_NullTest:
			return test->nulltesttype == IS_NULL && !test->argisrow ? list_make1(test->arg) : NIL;
		case T_ScalarArrayOpExpr:
			return any->useOr && op_strict(any->opno) ? list_make1(linitial(any->args)) : NIL;
		case T_OpExpr:
			return op_strict(((OpExpr *) clause)->opno) ? ((OpExpr *) clause)->args : NIL;
		default:
			return tuya_key_is_equality(clause, &left, &right) ? list_make2(left, right) : NIL;
	}
}

static bool
are_constants(List *exprs)
{
	ListCell   *lc;

	foreach(lc, exprs)
	{
		if (!IsA(lfirst(lc), Const))
			return false;
	}
	return true;
}

/* Of a comparison by an operator, whatever its arguments. */
static bool
throws_nothing(Expr *comparison)
{
	Oid			function = get_opcode(IsA(comparison, ScalarArrayOpExpr) ? ((ScalarArrayOpExpr *) comparison)->opno :
									  ((OpExpr *) comparison)->opno);

	return get_func_leakproof(function) || function == F_ARRAY_EQ;
}

/* The clause with that expression as its n-th side. */
static Expr *
with_side(Expr *clause, int n, Expr *side)
{
	List	  **args;
	Expr	   *copy;

	if (is_notclause(clause))
		return tuya_key_wrap(with_side(get_notclausearg(clause), n, side), IS_FALSE);
	copy = copyObject(clause);
	if (IsA(copy, NullTest))
	{
		((NullTest *) copy)->arg = side;
		return copy;
	}
	args = IsA(copy, ScalarArrayOpExpr) ? &((ScalarArrayOpExpr *) copy)->args : &((OpExpr *) copy)->args;
	lfirst(list_nth_cell(*args, n)) = side;
	return are_constants(*args) && throws_nothing(copy) ? (Expr *) eval_const_expressions(NULL, (Node *) copy) : copy;
}

/* NULLIF(a, b) is NULL if a = b, else it is a. */
static List *
arms_by_nullif(Expr *clause, int n, const NullIfExpr *side)
{
	Expr	   *first = with_side(clause, n, linitial(side->args));

	if (IsA(clause, OpExpr) || IsA(clause, ScalarArrayOpExpr))
		return list_make1(first);
	return list_make2(first, make_opclause(side->opno, BOOLOID, false, linitial(side->args), lsecond(side->args),
										   InvalidOid, side->inputcollid));
}

/* COALESCE(a, b) is a, or, if a IS NULL, b. */
static List *
arms_by_coalesce(Expr *clause, int n, const CoalesceExpr *side)
{
	List	   *arms = NIL;
	List	   *nulls = NIL;
	ListCell   *lc;

	foreach(lc, side->args)
	{
		arms = lappend(arms, make_andclause(lappend(list_copy(nulls), with_side(clause, n, lfirst(lc)))));
		nulls = lappend(nulls, tuya_make_null_test(lfirst(lc), IS_NULL));
	}
	return arms;
}

typedef struct Side
{
	Expr	   *clause;
	int			n;
} Side;

static Expr *
with_result(Expr *result, void *context)
{
	const Side *side = context;

	return with_side(side->clause, side->n, result);
}

List *
tuya_key_arms_of_comparison(const TuyaKeyOwn *own, Expr *clause)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, sides_of(clause))
	{
		Expr	   *side = tuya_key_strip_relabels(lfirst(lc));

		if (!tuya_key_own_is_value(own, side))
		{
			if (IsA(side, NullIfExpr))
				return arms_by_nullif(clause, n, (NullIfExpr *) side);
			if (IsA(side, CoalesceExpr))
				return arms_by_coalesce(clause, n, (CoalesceExpr *) side);
			if (IsA(side, CaseExpr))
			{
				Side		place = {clause, n};

				return arms_of_case(tuya_key_map_case((CaseExpr *) side, with_result, &place));
			}
		}
		n++;
	}
	return NIL;
}
