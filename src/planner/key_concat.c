/*
 * key_concat.c
 *		Functions that join texts, as the operator || does.
 *
 *		concat(a, 'x', b)				a || 'x' || b
 *		concat_ws('/', a, key, b)		coalesce(a || '/', '') || key || coalesce('/' || b, '')
 *		format('%s/%s', a, b)			a || '/' || b; plain_format.h has which
 *
 * A NULL is nothing to them, so what may be NULL is coalesce(a, '').  Which of the values is the key
 * does not matter but to concat_ws(), whose separators are between values that are not NULL.
 */
#include "postgres.h"

#include "planner/key_concat.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "compat.h"
#include "planner/make_test.h"
#include "planner/plain_format.h"

static Expr *
text_constant(const char *text, int length)
{
	return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
							  PointerGetDatum(cstring_to_text_with_len(text, length)), false, false);
}

static Expr *
join_two(Expr *left, Expr *right)
{
	return (Expr *) makeFuncExpr(F_TEXTCAT, TEXTOID, list_make2(left, right), DEFAULT_COLLATION_OID,
								 DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

/* What the functions make of a value: they call its type's output function. */
static Expr *
output_of(Expr *value)
{
	CoerceViaIO *output;

	value = tuya_key_known_text(value);
	if (tuya_key_is_text(value))
		return tuya_key_as_text(value);
	output = makeNode(CoerceViaIO);
	output->arg = value;
	output->resulttype = TEXTOID;
	output->resultcollid = DEFAULT_COLLATION_OID;
	output->coerceformat = COERCE_EXPLICIT_CAST;
	output->location = -1;
	return (Expr *) output;
}

static bool
is_null(const Expr *value)
{
	return IsA(value, Const) && ((const Const *) value)->constisnull;
}

static bool
is_never_null(const TuyaKeyOwn *own, Expr *value)
{
	return (IsA(value, Const) && !is_null(value)) || tuya_key_own_is_never_null(own, value);
}

/* The value as one of several texts that are joined. */
static Expr *
part_of(const TuyaKeyOwn *own, Expr *value)
{
	return is_never_null(own, value) ? output_of(value) : tuya_make_never_null(output_of(value));
}

static Expr *
joined(List *parts)
{
	Expr	   *expr = NULL;
	ListCell   *lc;

	if (list_length(parts) == 1)
		parts = lappend(parts, text_constant("", 0));
	foreach(lc, parts)
	{
		expr = expr ? join_two(expr, lfirst(lc)) : lfirst(lc);
	}
	return expr;
}

static List *
parts_of_concat(const TuyaKeyOwn *own, const List *values)
{
	List	   *parts = NIL;
	ListCell   *lc;

	foreach(lc, values)
	{
		if (!is_null(lfirst(lc)))
			parts = lappend(parts, part_of(own, lfirst(lc)));
	}
	return parts;
}

/* The first of the values that is never NULL; the number of them: there is none. */
static int
find_certain(const TuyaKeyOwn *own, const List *values)
{
	int			n = 0;

	while (n < list_length(values) && !is_never_null(own, list_nth(values, n)))
		n++;
	return n;
}

/* A value and its separator, or these the other way round; in one if there may be neither. */
static List *
add_beside(List *parts, Expr *left, Expr *right, bool is_there)
{
	if (is_there)
		return lappend(lappend(parts, left), right);
	return lappend(parts, tuya_make_never_null(join_two(left, right)));
}

/* Each but one that is certainly there with the separator that is between it and that one. */
static List *
parts_of_concat_ws(const TuyaKeyOwn *own, const char *separator, const List *values)
{
	int			certain = find_certain(own, values);
	List	   *parts = NIL;

	if (separator == NULL || certain == list_length(values))
		return NIL;
	for (int i = 0; i < list_length(values); i++)
	{
		Expr	   *value = list_nth(values, i);
		Expr	   *between = text_constant(separator, (int) strlen(separator));

		if (i == certain)
			parts = lappend(parts, output_of(value));
		else if (!is_null(value))
			parts = add_beside(parts, i < certain ? output_of(value) : between, i < certain ? between : output_of(value),
							   is_never_null(own, value));
	}
	return parts;
}

/* Of a format that is plain. */
static List *
parts_of_format(const TuyaKeyOwn *own, const char *format, const List *values)
{
	List	   *parts = NIL;
	int			n = 0;

	while (format && *format != '\0')
	{
		int			length = (int) strcspn(format, "%");

		if (length > 0)
			parts = lappend(parts, text_constant(format, length));
		else
			parts = lappend(parts, format[1] == '%' ? text_constant("%", 1) : part_of(own, list_nth(values, n++)));
		format += length > 0 ? length : 2;
	}
	return parts;
}

Expr *
tuya_key_concat(const TuyaKeyOwn *own, Expr *expr)
{
	const FuncExpr *call = (const FuncExpr *) expr;

	if (!IsA(expr, FuncExpr) || call->funcvariadic)
		return NULL;
	switch (call->funcid)
	{
		case F_CONCAT:
			return joined(parts_of_concat(own, call->args));
		case F_CONCAT_WS:
			return joined(parts_of_concat_ws(own, tuya_key_constant_text(linitial(call->args)), list_copy_tail(call->args, 1)));
		case F_FORMAT_TEXT_ANY:
			return joined(parts_of_format(own, tuya_plain_format(linitial(call->args), list_length(call->args) - 1),
										  list_copy_tail(call->args, 1)));
		default:
			return NULL;
	}
}
