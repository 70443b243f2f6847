/*
 * make_test.c
 *		Tests of a value, and what they test, as expressions.
 */
#include "postgres.h"

#include "planner/make_test.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"

Expr *
tuya_make_null_test(Expr *arg, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = arg;
	test->nulltesttype = type;
	test->location = -1;
	return (Expr *) test;
}

Expr *
tuya_make_boolean_test(Expr *arg, BoolTestType type)
{
	BooleanTest *test = makeNode(BooleanTest);

	test->arg = arg;
	test->booltesttype = type;
	test->location = -1;
	return (Expr *) test;
}

Expr *
tuya_make_not_distinct(Expr *left, Expr *right, Oid collation)
{
	Expr	   *distinct = make_opclause(TextEqualOperator, BOOLOID, false, left, right, InvalidOid,
										 collation);

	NodeSetTag(distinct, T_DistinctExpr);
	return make_notclause(distinct);
}

Expr *
tuya_make_never_null(Expr *text)
{
	CoalesceExpr *expr = makeNode(CoalesceExpr);

	expr->coalescetype = exprType((Node *) text);
	expr->coalescecollid = exprCollation((Node *) text);
	expr->args = list_make2(text, makeConst(expr->coalescetype, -1, expr->coalescecollid, -1, CStringGetTextDatum(""),
											false, false));
	expr->location = -1;
	return (Expr *) expr;
}
