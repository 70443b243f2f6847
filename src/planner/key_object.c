/*
 * key_object.c
 *		Comparisons of jsonb that is made of texts, as comparisons of these.
 *
 *		to_jsonb(a) = to_jsonb(b)						a = b
 *		jsonb = jsonb_build_object('x', a, 'y', b)		a IS NOT DISTINCT FROM jsonb ->> 'x' AND b ... 'y'
 *		jsonb @> jsonb_build_object('x', a, 'y', b)		the same
 *		jsonb @> '{"x": "a", "y": "b"}'					the same
 *		jsonb = jsonb_build_array(a, b)					a IS NOT DISTINCT FROM jsonb ->> 0 AND b ... 1
 *		jsonb = to_jsonb(ARRAY[a, b])					the same
 *
 * The conditions are read, not executed.
 */
#include "postgres.h"

#include "planner/key_object.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"

#include "planner/key_own.h"
#include "planner/make_test.h"

/* PostgreSQL has no name for it. */
#define JSONB_EQ_OPERATOR 3240

Expr *
tuya_key_object_text(Expr *expr)
{
	FuncExpr   *func = (FuncExpr *) expr;

	if (!IsA(expr, FuncExpr) || func->funcid != F_TO_JSONB || !tuya_key_is_text(linitial(func->args)))
		return NULL;
	return linitial(func->args);
}

Expr *
tuya_key_object_make_any(Expr *text, Expr *array)
{
	FuncExpr   *jsonb = makeFuncExpr(F_TO_JSONB, JSONBOID, list_make1(text), InvalidOid, DEFAULT_COLLATION_OID,
									 COERCE_EXPLICIT_CALL);
	ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) tuya_key_make_any((Expr *) jsonb, array, DEFAULT_COLLATION_OID);

	any->opno = JSONB_EQ_OPERATOR;
	any->opfuncid = F_JSONB_EQ;
	return (Expr *) any;
}

static Expr *
make_text(const JsonbValue * string)
{
	Datum		text = PointerGetDatum(cstring_to_text_with_len(string->val.string.val, string->val.string.len));

	return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, text, false, false);
}

/* Names and values of the constant object's members that are strings. */
static List *
members_of_constant(const Const *object)
{
	List	   *members = NIL;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	name = {0};
	JsonbValue	value;

	if (object->consttype != JSONBOID || object->constisnull || !JB_ROOT_IS_OBJECT(DatumGetJsonbP(object->constvalue)))
		return NIL;
	it = JsonbIteratorInit(&DatumGetJsonbP(object->constvalue)->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = value;
		else if (token == WJB_VALUE && value.type == jbvString)
			members = lappend(lappend(members, make_text(&name)), make_text(&value));
	}
	return members;
}

/* The arguments of jsonb_build_object(), names and values, if all names are known texts; else NIL. */
static List *
members_of(Expr *object)
{
	FuncExpr   *func = (FuncExpr *) object;
	List	   *members = NIL;
	ListCell   *lc;

	if (IsA(object, Const))
		return members_of_constant((Const *) object);
	if (!IsA(object, FuncExpr) || func->funcid != F_JSONB_BUILD_OBJECT_ANY || func->funcvariadic ||
		list_length(func->args) % 2 != 0)
		return NIL;
	foreach(lc, func->args)
	{
		Const	   *member = (Const *) tuya_key_known_text(lfirst(lc));
		bool		is_name = foreach_current_index(lc) % 2 == 0;

		if (is_name && (!IsA(member, Const) || member->constisnull || member->consttype != TEXTOID))
			return NIL;
		members = lappend(members, member);
	}
	return members;
}

/* Whether a later member has the same name: the last one counts. */
static bool
is_overridden(const List *members, int i)
{
	const Const *name = list_nth(members, i);

	for (int later = i + 2; later < list_length(members); later += 2)
	{
		if (datum_image_eq(name->constvalue, ((const Const *) list_nth(members, later))->constvalue, false, -1))
			return true;
	}
	return false;
}

/* jsonb ->> name */
static Expr *
member(Expr *jsonb, Expr *name)
{
	return (Expr *) makeFuncExpr(F_JSONB_OBJECT_FIELD_TEXT, TEXTOID, list_make2(jsonb, name),
								 DEFAULT_COLLATION_OID, DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

Expr *
tuya_key_object_contains(Expr *left, Expr *right)
{
	List	   *members = members_of(right);
	List	   *tests = NIL;

	for (int i = 0; i < list_length(members); i += 2)
	{
		Expr	   *value = list_nth(members, i + 1);

		if (tuya_key_is_text(value) && !is_overridden(members, i))
			tests = lappend(tests, tuya_make_not_distinct(value, member(left, list_nth(members, i)), C_COLLATION_OID));
	}
	return tests ? make_ands_explicit(tests) : NULL;
}

/* What a jsonb array is made of; NIL if that is not known, or it is none. */
static List *
elements_of(Expr *array)
{
	const FuncExpr *func = (FuncExpr *) array;
	const ArrayExpr *elements;

	if (!IsA(array, FuncExpr) || func->funcvariadic)
		return NIL;
	if (func->funcid == F_JSONB_BUILD_ARRAY_ANY)
		return func->args;
	elements = linitial(func->args);
	return func->funcid == F_TO_JSONB && IsA(elements, ArrayExpr) && !elements->multidims ? elements->elements : NIL;
}

/* jsonb ->> n */
static Expr *
element(Expr *jsonb, int n)
{
	Const	   *number = makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(n), false, true);

	return (Expr *) makeFuncExpr(F_JSONB_ARRAY_ELEMENT_TEXT, TEXTOID, list_make2(jsonb, number),
								 DEFAULT_COLLATION_OID, DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

/* "left = right", of right's members or elements. */
static Expr *
equal_members(Expr *left, Expr *right)
{
	List	   *tests = NIL;
	ListCell   *lc;

	foreach(lc, elements_of(right))
	{
		if (tuya_key_is_text(lfirst(lc)))
			tests = lappend(tests, tuya_make_not_distinct(lfirst(lc), element(left, foreach_current_index(lc)), C_COLLATION_OID));
	}
	return tests ? make_ands_explicit(tests) : tuya_key_object_contains(left, right);
}

bool
tuya_key_object_is_never_null(const TuyaKeyOwn *own, Expr *expr)
{
	const FuncExpr *func = (FuncExpr *) expr;
	Expr	   *text = tuya_key_object_text(expr);

	return text ? tuya_key_own_is_never_null(own, text) :
		IsA(expr, FuncExpr) && !func->funcvariadic &&
		(func->funcid == F_JSONB_BUILD_OBJECT_ANY || func->funcid == F_JSONB_BUILD_ARRAY_ANY);
}

Expr *
tuya_key_object_equal(Expr *left, Expr *right)
{
	Expr	   *of_left;
	Expr	   *of_right;

	if (tuya_key_object_text(left) && tuya_key_object_text(right))
		return make_opclause(TextEqualOperator, BOOLOID, false, tuya_key_object_text(left),
							 tuya_key_object_text(right), InvalidOid, C_COLLATION_OID);
	of_right = equal_members(left, right);
	of_left = equal_members(right, left);
	return of_left && of_right ? make_ands_explicit(list_make2(of_left, of_right)) : of_left ? of_left : of_right;
}
