/*
 * make_test.c
 *		Tests of a value, as expressions.
 */
#include "postgres.h"

#include "planner/make_test.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"

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
