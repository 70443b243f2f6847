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
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "compat.h"
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

/* coalesce(text, '') */
static Expr *
or_nothing(Expr *text)
{
	CoalesceExpr *expr = makeNode(CoalesceExpr);

	expr->coalescetype = TEXTOID;
	expr->coalescecollid = DEFAULT_COLLATION_OID;
	expr->args = list_make2(text, text_constant("", 0));
	expr->location = -1;
	return (Expr *) expr;
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
	return is_never_null(own, value) ? output_of(value) : or_nothing(output_of(value));
}

static Expr *
joined(const List *parts)
{
	Expr	   *expr = NULL;
	ListCell   *lc;

	foreach(lc, parts)
	{
		expr = expr ? join_two(expr, lfirst(lc)) : lfirst(lc);
	}
	return list_length(parts) > 1 ? expr : expr ? join_two(expr, text_constant("", 0)) : NULL;
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

/* The text of a constant; NULL: it is none. */
static char *
known_text(Expr *expr)
{
	const Const *known = (const Const *) tuya_key_known_text(expr);

	if (!IsA(known, Const) || known->consttype != TEXTOID || known->constisnull)
		return NULL;
	return TextDatumGetCString(known->constvalue);
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

/* Each but one that is certainly there with the separator that is between it and that one. */
static List *
parts_of_concat_ws(const TuyaKeyOwn *own, const char *separator, const List *values)
{
	int			certain = find_certain(own, values);
	List	   *parts = NIL;
	int			n = 0;
	ListCell   *lc;

	if (separator == NULL || certain == list_length(values))
		return NIL;
	foreach(lc, values)
	{
		Expr	   *value = lfirst(lc);
		Expr	   *between = text_constant(separator, (int) strlen(separator));
		Expr	   *part = output_of(value);

		if (n != certain)
			part = n < certain ? join_two(part, between) : join_two(between, part);
		n++;
		if (is_null(value))
			continue;
		if (!is_never_null(own, value))
			parts = lappend(parts, or_nothing(part));
		else if (n - 1 == certain)
			parts = lappend(parts, part);
		else
			/* or a key is hidden in it */
			parts = list_concat(parts, list_copy(((FuncExpr *) part)->args));
	}
	return parts;
}

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
			return joined(parts_of_concat_ws(own, known_text(linitial(call->args)), list_copy_tail(call->args, 1)));
		case F_FORMAT_TEXT_ANY:
			return joined(parts_of_format(own, tuya_plain_format(linitial(call->args), list_length(call->args) - 1),
										  list_copy_tail(call->args, 1)));
		default:
			return NULL;
	}
}
