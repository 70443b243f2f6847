/*
 * key_position.c
 *		Conditions that are true only if a value is somewhere in an array.
 *
 *		array_position(array, value) > 0
 *			value = ANY (array) OR value IS NULL
 *		jsonb ? value
 *			value = ANY (keys of the object, or strings of the array)
 *
 * The first for every comparison that is not true of NULL, which array_position() returns of
 * a value that is not there.  It finds NULL among elements.  The second where the jsonb is
 * known.
 */
#include "postgres.h"

#include "planner/key_position.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
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

/*
 * ---- jsonb ----
 */

/* The keys of an object, the strings of an array, or a string, as an array of texts. */
static Datum
strings_in(Jsonb *jsonb)
{
	JsonbIterator *iterator = JsonbIteratorInit(&jsonb->root);
	ArrayBuildState *strings = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	JsonbIteratorToken token;
	JsonbValue	value;

	/* what is further inside is skipped */
	for (bool inside = false; (token = JsonbIteratorNext(&iterator, &value, inside)) != WJB_DONE; inside = true)
	{
		if ((token == WJB_KEY || token == WJB_ELEM) && value.type == jbvString)
			accumArrayResult(strings, PointerGetDatum(cstring_to_text_with_len(value.val.string.val, value.val.string.len)),
							 false, TEXTOID, CurrentMemoryContext);
	}
	return makeArrayResult(strings, CurrentMemoryContext);
}

/* value = ANY (...) of "jsonb ? value", an operator or a function; else NULL. */
static Expr *
in_jsonb(Expr *clause)
{
	bool		is_function = IsA(clause, FuncExpr) && ((FuncExpr *) clause)->funcid == F_JSONB_EXISTS;
	bool		is_operator = IsA(clause, OpExpr) && get_opcode(((OpExpr *) clause)->opno) == F_JSONB_EXISTS;
	List	   *args;
	Const	   *jsonb;

	if (!is_function && !is_operator)
		return NULL;
	args = is_function ? ((FuncExpr *) clause)->args : ((OpExpr *) clause)->args;
	jsonb = linitial(args);
	if (!IsA(jsonb, Const) || jsonb->constisnull)
		return NULL;
	return tuya_key_make_any(lsecond(args), (Expr *) makeConst(TEXTARRAYOID, -1, C_COLLATION_OID, -1,
															   strings_in(DatumGetJsonbP(jsonb->constvalue)), false, false),
							 C_COLLATION_OID);
}

/*
 * ---- clauses ----
 */

Expr *
tuya_key_in_array(Expr *clause)
{
	ListCell   *lc;
	Expr	   *any = in_jsonb(clause);

	if (any)
		return any;
	foreach(lc, never_null(clause))
	{
		const FuncExpr *func = lfirst(lc);

		if (is_position(func))
			return make_orclause(list_make2(tuya_key_make_any(lsecond(func->args), linitial(func->args), func->inputcollid),
											tuya_make_null_test(lsecond(func->args), IS_NULL)));
	}
	return NULL;
}
