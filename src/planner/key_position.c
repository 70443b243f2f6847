/*
 * key_position.c
 *		Conditions that are true only if a value is somewhere in an array.
 *
 *		array_position(array, value) > 0
 *		cardinality(array_positions(array, value)) > 0
 *			value = ANY (array) OR value IS NULL
 *		jsonb ? value
 *			value = ANY (keys of the object, or strings of the array)
 *
 * The first for every comparison that is not true of NULL, which array_position() returns of
 * a value that is not there; the second where it is not true of an empty array.  Both find
 * NULL among elements.  The last also for what else has strings in it; where the jsonb is known,
 * that is an array.
 */
#include "postgres.h"

#include "planner/key_position.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/key_members.h"
#include "planner/key_object.h"
#include "planner/key_own.h"
#include "planner/make_test.h"
#include "planner/sublink_nothing.h"

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
		 func->funcid != F_ARRAY_POSITION_ANYCOMPATIBLEARRAY_ANYCOMPATIBLE_INT4 &&
		 func->funcid != F_ARRAY_POSITIONS) ||
		!OidIsValid(func->inputcollid) || !get_collation_isdeterministic(func->inputcollid))
		return false;
	type = get_base_element_type(exprType(linitial(func->args)));
	return type == TEXTOID || type == VARCHAROID;
}

/*
 * ---- jsonb ----
 */

ArrayType *
tuya_key_strings_of(Jsonb *jsonb)
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
	return DatumGetArrayTypeP(makeArrayResult(strings, CurrentMemoryContext));
}

ArrayType *
tuya_key_strings_among(ArrayType *jsonbs)
{
	ArrayBuildState *strings = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	Datum	   *values;
	bool	   *nulls;
	int			n;

	deconstruct_array(jsonbs, JSONBOID, -1, false, TYPALIGN_INT, &values, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		JsonbValue	value;

		if (!nulls[i] && JsonbExtractScalar(&DatumGetJsonbP(values[i])->root, &value) && value.type == jbvString)
			accumArrayResult(strings, PointerGetDatum(cstring_to_text_with_len(value.val.string.val, value.val.string.len)),
							 false, TEXTOID, CurrentMemoryContext);
	}
	return DatumGetArrayTypeP(makeArrayResult(strings, CurrentMemoryContext));
}

/* Of a comparison that is true only if the jsonb has the string, or is it. */
static List *
list_of_text(Expr *text)
{
	return text ? list_make1(text) : NIL;
}

List *
tuya_key_in_jsonb(Expr *clause, Expr **jsonb)
{
	List	   *args;
	Oid			function = tuya_key_called(clause, &args);
	Expr	   *right;
	List	   *texts;

	if (list_length(args) != 2)
		return NIL;
	*jsonb = linitial(args);
	right = lsecond(args);
	switch (function)
	{
		case F_JSONB_EXISTS:
			return list_make1(right);
		case F_JSONB_EXISTS_ALL:
			return tuya_key_members_of_array(right);
		case F_JSONB_EXISTS_ANY:
			texts = tuya_key_members_of_array(right);
			return list_length(texts) == 1 ? texts : NIL;
		case F_JSONB_CONTAINS:
			return list_of_text(tuya_key_object_text(right));
		case F_JSONB_EQ:
			if (tuya_key_object_text(right))
				return list_make1(tuya_key_object_text(right));
			texts = list_of_text(tuya_key_object_text(*jsonb));
			*jsonb = right;
			return texts;
		default:
			return NIL;
	}
}

/* The strings of the jsonb that the clause can be true of: an array does not equal the string in it. */
static Datum
strings_for(const Expr *clause, Datum jsonb)
{
	bool		is_equality = IsA(clause, OpExpr) && get_opcode(((const OpExpr *) clause)->opno) == F_JSONB_EQ;

	if (is_equality && !JB_ROOT_IS_SCALAR(DatumGetJsonbP(jsonb)))
		return PointerGetDatum(construct_empty_array(TEXTOID));
	return PointerGetDatum(tuya_key_strings_of(DatumGetJsonbP(jsonb)));
}

/* value = ANY (...) of "jsonb ? value", where the jsonb is known; else NULL. */
static Expr *
in_known_jsonb(Expr *clause)
{
	Expr	   *expr = NULL;
	List	   *texts = tuya_key_in_jsonb(clause, &expr);
	List	   *tests = NIL;
	ListCell   *lc;

	if (texts == NIL || !IsA(expr, Const) || ((Const *) expr)->constisnull)
		return NULL;
	foreach(lc, texts)
	{
		Datum		strings = strings_for(clause, ((Const *) expr)->constvalue);

		tests = lappend(tests, tuya_key_make_any(lfirst(lc), (Expr *) makeConst(TEXTARRAYOID, -1, C_COLLATION_OID, -1, strings, false, false),
												 C_COLLATION_OID));
	}
	return make_ands_explicit(tests);
}

/*
 * ---- array_positions() ----
 */

/* Appends the calls of it in the expression to *context. */
static bool
find_positions(Node *node, void *context)
{
	List	  **calls = context;

	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_ARRAY_POSITIONS)
		*calls = lappend(*calls, node);
	return expression_tree_walker(node, find_positions, context);
}

/* Whether the clause is not true where the call finds nothing, nor where there is no array. */
static bool
needs_position(Expr *clause, const FuncExpr *call)
{
	Const	   *none = makeNullConst(INT4ARRAYOID, -1, InvalidOid);
	Const	   *empty = makeConst(INT4ARRAYOID, -1, InvalidOid, -1,
								  PointerGetDatum(construct_empty_array(INT4OID)), false, false);

	return tuya_sublink_nothing_fails_with((Node *) clause, (const Node *) call, (Node *) none) &&
		tuya_sublink_nothing_fails_with((Node *) clause, (const Node *) call, (Node *) empty);
}

/*
 * ---- clauses ----
 */

/* value = ANY (array) OR value IS NULL, of array_position(array, value) and its kin. */
static Expr *
in_array_of(const FuncExpr *call)
{
	return make_orclause(list_make2(tuya_key_make_any(lsecond(call->args), linitial(call->args), call->inputcollid),
									tuya_make_null_test(lsecond(call->args), IS_NULL)));
}

Expr *
tuya_key_in_array(Expr *clause)
{
	List	   *calls = NIL;
	ListCell   *lc;
	Expr	   *any = in_known_jsonb(clause);

	if (any)
		return any;
	foreach(lc, never_null(clause))
	{
		if (is_position(lfirst(lc)) && ((FuncExpr *) lfirst(lc))->funcid != F_ARRAY_POSITIONS)
			return in_array_of(lfirst(lc));
	}
	find_positions((Node *) clause, &calls);
	foreach(lc, calls)
	{
		if (is_position(lfirst(lc)) && needs_position(clause, lfirst(lc)))
			return in_array_of(lfirst(lc));
	}
	return NULL;
}
