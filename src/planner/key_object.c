/*
 * key_object.c
 *		Comparisons of jsonb that is made of texts, as comparisons of these.
 *
 *		to_jsonb(a) = to_jsonb(b)						a = b
 *		jsonb = jsonb_build_object('x', a, 'y', b)		a IS NOT DISTINCT FROM jsonb ->> 'x' AND b ... 'y'
 *		jsonb @> jsonb_build_object('x', a, 'y', b)		the same
 *
 * The conditions are read, not executed.
 */
#include "postgres.h"

#include "planner/key_object.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/key_own.h"
#include "planner/make_test.h"

static bool
is_text(Expr *expr)
{
	Oid			type = getBaseType(exprType((Node *) expr));

	return type == TEXTOID || type == VARCHAROID;
}

Expr *
tuya_key_object_text(Expr *expr)
{
	FuncExpr   *func = (FuncExpr *) expr;

	if (!IsA(expr, FuncExpr) || func->funcid != F_TO_JSONB || !is_text(linitial(func->args)))
		return NULL;
	return linitial(func->args);
}

/* The arguments of jsonb_build_object(), names and values, if all names are known texts; else NIL. */
static List *
members_of(Expr *object)
{
	FuncExpr   *func = (FuncExpr *) object;
	List	   *members = NIL;
	ListCell   *lc;

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

		if (is_text(value) && !is_overridden(members, i))
			tests = lappend(tests, tuya_make_not_distinct(value, member(left, list_nth(members, i)), C_COLLATION_OID));
	}
	return tests ? make_ands_explicit(tests) : NULL;
}

Expr *
tuya_key_object_equal(Expr *left, Expr *right)
{
	Expr	   *of_left;
	Expr	   *of_right;

	if (tuya_key_object_text(left) && tuya_key_object_text(right))
		return make_opclause(TextEqualOperator, BOOLOID, false, tuya_key_object_text(left),
							 tuya_key_object_text(right), InvalidOid, C_COLLATION_OID);
	of_right = tuya_key_object_contains(left, right);
	of_left = tuya_key_object_contains(right, left);
	return of_left && of_right ? make_ands_explicit(list_make2(of_left, of_right)) : of_left ? of_left : of_right;
}
