/*
 * key_undo.c
 *		Comparisons of what functions make of a text, each of another one, as comparisons of the text.
 *
 *		reverse(key) = x							key = reverse(x)
 *		quote_literal(key) = quote_literal(x)		key = x
 *		quote_literal(key) = '''x'''				key = 'x'
 *
 * and = ANY of such.  The conditions are read, not executed.
 */
#include "postgres.h"

#include "planner/key_undo.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "compat.h"
#include "planner/key_members.h"
#include "planner/make_test.h"

/* The text of a literal without what quote_literal() adds. */
static char *
unquoted(const char *literal)
{
	StringInfoData text;
	bool		escapes = literal[0] == 'E';

	initStringInfo(&text);
	for (const char *c = literal + (escapes ? 2 : 1); c[0] != '\0' && c[1] != '\0'; c++)
	{
		if (c[0] == c[1] && (c[0] == '\'' || (escapes && c[0] == '\\')))
			c++;
		appendStringInfoChar(&text, c[0]);
	}
	return text.data;
}

/* What quote_literal() has made the constant of; NULL if it never makes that. */
static Expr *
unquoted_constant(const Const *literal)
{
	char	   *quoted;
	Datum		original;

	if (literal->constisnull || literal->consttype != TEXTOID)
		return NULL;
	quoted = TextDatumGetCString(literal->constvalue);
	if (strlen(quoted) < 2)
		return NULL;
	original = CStringGetTextDatum(unquoted(quoted));
	if (strcmp(TextDatumGetCString(DirectFunctionCall1(quote_literal, original)), quoted) != 0)
		return NULL;
	return (Expr *) makeConst(TEXTOID, -1, literal->constcollid, -1, original, false, false);
}

/* What the function has made the value of; NULL if that is not known. */
static Expr *
original_of(const FuncExpr *function, Expr *value)
{
	const FuncExpr *other = (FuncExpr *) tuya_key_strip_relabels(value);

	if (IsA(other, FuncExpr) && other->funcid == function->funcid)
		return linitial(other->args);
	if (function->funcid == F_REVERSE_TEXT)
		return (Expr *) makeFuncExpr(F_REVERSE_TEXT, TEXTOID, list_make1(value), function->funccollid,
									 function->inputcollid, COERCE_EXPLICIT_CALL);
	return IsA(other, Const) ? unquoted_constant((const Const *) other) : NULL;
}

/* The call, of a column of the table, that can be undone; else NULL. */
static const FuncExpr *
call_of(const TuyaKeyOwn *own, Expr *expr)
{
	const FuncExpr *call = (FuncExpr *) tuya_key_strip_relabels(expr);

	if (!IsA(call, FuncExpr) || (call->funcid != F_REVERSE_TEXT && call->funcid != F_QUOTE_LITERAL_TEXT) ||
		tuya_key_own_is_value(own, linitial(call->args)))
		return NULL;
	return call;
}

static Expr *
undo_equality(const TuyaKeyOwn *own, Expr *clause, Expr *left, Expr *right)
{
	const FuncExpr *call = call_of(own, left);
	Expr	   *value = right;
	Expr	   *original;

	if (call == NULL)
	{
		call = call_of(own, right);
		value = left;
	}
	original = call && tuya_key_own_is_value(own, value) ? original_of(call, value) : NULL;
	if (original == NULL)
		return NULL;
	/* of two NULLs they make NULLs, and of nothing else */
	if (tuya_key_is_true_of_nulls(clause))
		return tuya_make_not_distinct(linitial(call->args), original, call->inputcollid);
	return make_opclause(TextEqualOperator, BOOLOID, false, linitial(call->args), original, InvalidOid, call->inputcollid);
}

static Expr *
undo_any(const TuyaKeyOwn *own, const ScalarArrayOpExpr *any)
{
	const FuncExpr *call = call_of(own, linitial(any->args));
	ArrayExpr  *array = makeNode(ArrayExpr);
	ListCell   *lc;

	if (!any->useOr || call == NULL || !tuya_key_is_text_equality(any->opno, any->inputcollid))
		return NULL;
	foreach(lc, tuya_key_members_of_array(lsecond(any->args)))
	{
		Expr	   *original = tuya_key_own_is_value(own, lfirst(lc)) ? original_of(call, lfirst(lc)) : NULL;

		if (original == NULL)
			return NULL;
		array->elements = lappend(array->elements, original);
	}
	array->array_typeid = TEXTARRAYOID;
	array->array_collid = any->inputcollid;
	array->element_typeid = TEXTOID;
	array->location = -1;
	return array->elements ? tuya_key_make_any(linitial(call->args), (Expr *) array, any->inputcollid) : NULL;
}

Expr *
tuya_key_undo(const TuyaKeyOwn *own, Expr *clause)
{
	Expr	   *left;
	Expr	   *right;

	if (IsA(clause, ScalarArrayOpExpr))
		return undo_any(own, (const ScalarArrayOpExpr *) clause);
	return tuya_key_is_equality(clause, &left, &right) ? undo_equality(own, clause, left, right) : NULL;
}
