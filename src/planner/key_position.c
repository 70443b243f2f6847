/*
 * key_position.c
 *		Conditions that are true only if a value has a position in an array.
 *
 *		array_position(array, value) > 0
 *			value = ANY (array) OR value IS NULL
 *
 * The same for every comparison that is not true of NULL, which array_position() returns of
 * a value that is not there.  It finds NULL among elements.
 */
#include "postgres.h"

#include "planner/key_position.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/key_own.h"
#include "planner/make_test.h"

/* What is not NULL where the clause is true. */
static List *
never_null(Expr *clause)
{
	const ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) clause;

	switch (nodeTag(clause))
	{
		case T_NullTest:
			return ((NullTest *) clause)->nulltesttype == IS_NOT_NULL ? list_make1(((NullTest *) clause)->arg) : NIL;
		case T_OpExpr:
			return op_strict(((OpExpr *) clause)->opno) ? ((OpExpr *) clause)->args : NIL;
		case T_ScalarArrayOpExpr:
			return any->useOr && op_strict(any->opno) ? list_make1(linitial(any->args)) : NIL;
		default:
			return NIL;
	}
}

/* Whether it finds a text, as = does. */
static bool
is_position(const FuncExpr *func)
{
	Oid			type;

	if (!IsA(func, FuncExpr) ||
		(func->funcid != F_ARRAY_POSITION_ANYCOMPATIBLEARRAY_ANYCOMPATIBLE &&
		 func->funcid != F_ARRAY_POSITION_ANYCOMPATIBLEARRAY_ANYCOMPATIBLE_INT4) ||
		!OidIsValid(func->inputcollid) || !get_collation_isdeterministic(func->inputcollid))
		return false;
	type = get_base_element_type(exprType(linitial(func->args)));
	return type == TEXTOID || type == VARCHAROID;
}

Expr *
tuya_key_in_array(Expr *clause)
{
	ListCell   *lc;

	foreach(lc, never_null(clause))
	{
		const FuncExpr *func = lfirst(lc);

		if (is_position(func))
			return make_orclause(list_make2(tuya_key_make_any(lsecond(func->args), linitial(func->args), func->inputcollid),
											tuya_make_null_test(lsecond(func->args), IS_NULL)));
	}
	return NULL;
}
