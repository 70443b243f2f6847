/*
 * make_test.c
 *		Tests of a value, as expressions.
 */
#include "postgres.h"

#include "planner/make_test.h"

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
