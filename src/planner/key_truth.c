/*
 * key_truth.c
 *		Conditions in wrappings: NOT, IS TRUE, IS FALSE and the like.
 *
 * PostgreSQL lets NOT sink to the comparisons, but no other wrapping.  Here each sinks
 * by one step, with NOT x taken for x IS FALSE:
 *
 *		(x AND y) IS FALSE			x IS FALSE OR y IS FALSE
 *		(x AND y) IS NOT FALSE		x IS NOT FALSE AND y IS NOT FALSE
 *		CASE ... THEN x END IS ...	CASE ... THEN x IS ... END
 *		COALESCE(x, y) IS NOT TRUE	x IS FALSE OR y IS NOT TRUE
 *		(x <> y) IS FALSE			x = y
 *		(x <> y) IS NOT TRUE		x = y, if neither can be NULL
 *
 * and so on.  IS UNKNOWN says nothing of values.
 */
#include "postgres.h"

#include "planner/key_truth.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "planner/make_test.h"

/* The type that says the same of NOT x as this one of x. */
static BoolTestType
of_negation(BoolTestType type)
{
	switch (type)
	{
		case IS_TRUE:
			return IS_FALSE;
		case IS_FALSE:
			return IS_TRUE;
		case IS_NOT_TRUE:
			return IS_NOT_FALSE;
		case IS_NOT_FALSE:
			return IS_NOT_TRUE;
		default:
			return type;
	}
}

/* The type that is true where this one is false. */
static BoolTestType
opposite(BoolTestType type)
{
	switch (type)
	{
		case IS_TRUE:
			return IS_NOT_TRUE;
		case IS_NOT_TRUE:
			return IS_TRUE;
		case IS_FALSE:
			return IS_NOT_FALSE;
		case IS_NOT_FALSE:
			return IS_FALSE;
		case IS_UNKNOWN:
			return IS_NOT_UNKNOWN;
		default:
			return IS_UNKNOWN;
	}
}

/* The type for a value that is not NULL. */
static BoolTestType
of_known(BoolTestType type)
{
	return type == IS_NOT_TRUE ? IS_FALSE : type == IS_NOT_FALSE ? IS_TRUE : type;
}

static bool
is_true_of(BoolTestType type, const Const *value)
{
	if (value->constisnull)
		return type == IS_NOT_TRUE || type == IS_NOT_FALSE || type == IS_UNKNOWN;
	if (DatumGetBool(value->constvalue))
		return type == IS_TRUE || type == IS_NOT_FALSE || type == IS_NOT_UNKNOWN;
	return type == IS_FALSE || type == IS_NOT_TRUE || type == IS_NOT_UNKNOWN;
}

/*
 * (a, b) >= (c, d) of (a, b) < (c, d), and so on, by its operators; what else tells the
 * kind is for the executor.  NULL if an operator has no opposite.
 */
static Expr *
negated_row(const RowCompareExpr * expr)
{
	RowCompareExpr *result = makeNode(RowCompareExpr);
	ListCell   *lc;

	*result = *expr;
	result->opnos = NIL;
	foreach(lc, expr->opnos)
	{
		result->opnos = lappend_oid(result->opnos, get_negator(lfirst_oid(lc)));
	}
	return list_member_oid(result->opnos, InvalidOid) ? NULL : (Expr *) result;
}

/* Of a comparison or the like that is false; NULL if nothing is the opposite. */
static Expr *
negated(Expr *expr)
{
	Expr	   *result;

	switch (nodeTag(expr))
	{
		case T_OpExpr:
		case T_ScalarArrayOpExpr:
		case T_NullTest:
			result = (Expr *) negate_clause((Node *) expr);
			return is_notclause(result) ? NULL : result;
		case T_RowCompareExpr:
			return negated_row((RowCompareExpr *) expr);
		default:
			return NULL;
	}
}

Expr *
tuya_key_wrap(Expr *expr, BoolTestType type)
{
	Expr	   *opposed;

	if (expr == NULL)
		expr = (Expr *) makeBoolConst(false, true);
	if (IsA(expr, Const))
		return (Expr *) makeBoolConst(is_true_of(type, (Const *) expr), false);
	if (type == IS_TRUE)
		return expr;
	opposed = type == IS_FALSE ? negated(expr) : NULL;
	if (opposed)
		return opposed;
	if (type == IS_FALSE && IsA(expr, DistinctExpr))
		return make_notclause(expr);
	return tuya_make_boolean_test(expr, type);
}

/*
 * ---- NULL ----
 */

static bool
is_never_null(const TuyaKeyOwn *own, Expr *value)
{
	return IsA(value, Const) ? !((Const *) value)->constisnull : tuya_key_own_is_never_null(own, value);
}

static bool
has_no_null(const TuyaKeyOwn *own, Expr *array)
{
	ListCell   *lc;

	array = tuya_key_strip_relabels(array);
	if (IsA(array, Const))
		return !((Const *) array)->constisnull &&
			!array_contains_nulls(DatumGetArrayTypeP(((Const *) array)->constvalue));
	if (!IsA(array, ArrayExpr) || ((ArrayExpr *) array)->multidims)
		return false;
	foreach(lc, ((ArrayExpr *) array)->elements)
	{
		if (!is_never_null(own, lfirst(lc)))
			return false;
	}
	return true;
}

static bool
compares_texts(Oid operator, Oid collation)
{
	Oid			negator = get_negator(operator);

	return tuya_key_is_text_equality(operator, collation) ||
		(OidIsValid(negator) && tuya_key_is_text_equality(negator, collation));
}

/* Whether the condition, without AND, OR and NOT, is true or false. */
static bool
is_known(const TuyaKeyOwn *own, Expr *expr)
{
	OpExpr	   *op = (OpExpr *) expr;
	ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) expr;

	switch (nodeTag(expr))
	{
		case T_BooleanTest:
		case T_NullTest:
		case T_DistinctExpr:
			return true;
		case T_OpExpr:
			return compares_texts(op->opno, op->inputcollid) && list_length(op->args) == 2 &&
				is_never_null(own, linitial(op->args)) && is_never_null(own, lsecond(op->args));
		case T_ScalarArrayOpExpr:
			return compares_texts(any->opno, any->inputcollid) &&
				is_never_null(own, linitial(any->args)) && has_no_null(own, lsecond(any->args));
		default:
			return false;
	}
}

/*
 * ---- steps ----
 */

static List *
wrap_all(List *exprs, BoolTestType type)
{
	List	   *wrapped = NIL;
	ListCell   *lc;

	foreach(lc, exprs)
	{
		wrapped = lappend(wrapped, tuya_key_wrap(lfirst(lc), type));
	}
	return wrapped;
}

static Expr *
sink_into_bool(const BoolExpr *expr, BoolTestType type)
{
	bool		becomes_and = (expr->boolop == AND_EXPR) == (type == IS_NOT_FALSE);

	if (expr->boolop == NOT_EXPR)
		return tuya_key_wrap(linitial(expr->args), of_negation(type));
	return makeBoolExpr(becomes_and ? AND_EXPR : OR_EXPR, wrap_all(expr->args, type), -1);
}

CaseExpr *
tuya_key_map_case(const CaseExpr *expr, Expr *(*map) (Expr *result, void *context), void *context)
{
	CaseExpr   *mapped = makeNode(CaseExpr);
	ListCell   *lc;

	*mapped = *expr;
	mapped->args = NIL;
	foreach(lc, expr->args)
	{
		CaseWhen   *when = makeNode(CaseWhen);

		*when = *lfirst_node(CaseWhen, lc);
		when->result = map(when->result, context);
		mapped->args = lappend(mapped->args, when);
	}
	mapped->defresult = map(expr->defresult ? expr->defresult :
							(Expr *) makeNullConst(expr->casetype, -1, expr->casecollid), context);
	return mapped;
}

static Expr *
wrap_result(Expr *result, void *type)
{
	return tuya_key_wrap(result, *(BoolTestType *) type);
}

/* All but the last count only where they are not NULL. */
static Expr *
sink_into_coalesce(const CoalesceExpr *expr, BoolTestType type)
{
	List	   *wrapped = wrap_all(list_truncate(list_copy(expr->args), list_length(expr->args) - 1), of_known(type));

	return make_orclause(lappend(wrapped, tuya_key_wrap(llast(expr->args), type)));
}

/* The condition that the expression is of that type, with the test further inside. */
static Expr *
sink(const TuyaKeyOwn *own, Expr *expr, BoolTestType type, bool is_not)
{
	BooleanTest *test = (BooleanTest *) expr;

	if (type == IS_TRUE)
		return expr;
	if (type == IS_UNKNOWN || type == IS_NOT_UNKNOWN)
		return NULL;
	switch (nodeTag(expr))
	{
		case T_BoolExpr:
			return sink_into_bool((BoolExpr *) expr, type);
		case T_BooleanTest:
			return of_known(type) == IS_TRUE ? expr : tuya_key_wrap(test->arg, opposite(test->booltesttype));
		case T_CaseExpr:
			return (Expr *) tuya_key_map_case((CaseExpr *) expr, wrap_result, &type);
		case T_CoalesceExpr:
			return sink_into_coalesce((CoalesceExpr *) expr, type);
		default:
			if (is_known(own, expr))
				type = of_known(type);
			if (type == IS_FALSE)
				return IsA(expr, DistinctExpr) && !is_not ? make_notclause(expr) : negated(expr);
			return type == IS_TRUE ? expr : NULL;
	}
}

/* x IS DISTINCT FROM true, of booleans, is x IS NOT TRUE. */
static Expr *
as_test(Expr *clause)
{
	OpExpr	   *op = (OpExpr *) clause;
	Const	   *value;

	if (!IsA(clause, DistinctExpr) || exprType(linitial(op->args)) != BOOLOID)
		return NULL;
	value = lsecond(op->args);
	if (!IsA(value, Const) || value->constisnull)
		return NULL;
	return tuya_key_wrap(linitial(op->args), DatumGetBool(value->constvalue) ? IS_NOT_TRUE : IS_NOT_FALSE);
}

Expr *
tuya_key_unwrap(const TuyaKeyOwn *own, Expr *clause)
{
	BooleanTest *test = (BooleanTest *) clause;
	Expr	   *same;

	if (IsA(clause, BooleanTest))
		return sink(own, test->arg, test->booltesttype, false);
	if (!is_notclause(clause))
		return as_test(clause);
	same = as_test(get_notclausearg(clause));
	return same ? tuya_key_wrap(same, IS_FALSE) : sink(own, get_notclausearg(clause), IS_FALSE, true);
}
