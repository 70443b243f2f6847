/*
 * key_undo.c
 *		Comparisons of what functions make of a text, each of another one, as comparisons of the text.
 *
 *		reverse(key) = x							key = reverse(x)
 *		quote_literal(key) = quote_literal(x)		key = x
 *		quote_literal(key) = '''x'''				key = 'x'
 *		convert_to(key, 'UTF8') = convert_to(x, 'UTF8')		key = x
 *		convert_to(key, 'UTF8') = '\x78'			key = 'x'
 *		'a' || key = x								key = CASE WHEN starts_with(x, 'a') THEN substr(x, 2) END
 *		key || 'a' = x								the same at its end; concat() and its like, too
 *
 * and = ANY of such.  The conditions are read, not executed.  A cast to bytea cannot be undone: there
 * is no end to the texts that become '\x78'.
 */
#include "postgres.h"

#include "planner/key_undo.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "compat.h"
#include "planner/key_concat.h"
#include "planner/key_members.h"
#include "planner/make_test.h"

/* PostgreSQL has no names for them. */
#define INT4_PLUS_OPERATOR 551
#define INT4_MINUS_OPERATOR 555

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
	char	   *quoted = tuya_key_constant_text((const Expr *) literal);
	Datum		original;

	if (quoted == NULL || strlen(quoted) < 2)
		return NULL;
	original = CStringGetTextDatum(unquoted(quoted));
	if (strcmp(TextDatumGetCString(DirectFunctionCall1(quote_literal, original)), quoted) != 0)
		return NULL;
	return (Expr *) makeConst(TEXTOID, -1, literal->constcollid, -1, original, false, false);
}

/* What convert_to() has made the constant of; NULL, as a value, if it never makes that. */
static Expr *
converted_constant(const Const *bytes)
{
	const char *text = bytes->constisnull ? NULL : VARDATA_ANY(DatumGetByteaPP(bytes->constvalue));
	int			length = text ? VARSIZE_ANY_EXHDR(DatumGetByteaPP(bytes->constvalue)) : 0;

	if (text == NULL || !pg_verifymbstr(text, length, true))
		return (Expr *) makeNullConst(TEXTOID, -1, DEFAULT_COLLATION_OID);
	return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
							  PointerGetDatum(cstring_to_text_with_len(text, length)), false, false);
}

/* Whether convert_to() does nothing but take the text's bytes. */
static bool
is_own_encoding(Expr *encoding)
{
	const Const *name = (Const *) encoding;

	return IsA(name, Const) && !name->constisnull && name->consttype == NAMEOID &&
		(GetDatabaseEncoding() == PG_SQL_ASCII ||
		 pg_char_to_encoding(NameStr(*DatumGetName(name->constvalue))) == GetDatabaseEncoding());
}

/*
 * ---- texts that are joined ----
 */

static Expr *
call(Oid function, Oid type, List *args)
{
	return (Expr *) makeFuncExpr(function, type, args, type == TEXTOID ? DEFAULT_COLLATION_OID : InvalidOid,
								 C_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

static Expr *
number(int n)
{
	return (Expr *) makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(n), false, true);
}

static Expr *
operate(Oid operator, Oid type, Expr *left, Expr *right)
{
	Expr	   *expr = make_opclause(operator, type, false, left, right, InvalidOid, C_COLLATION_OID);

	set_opfuncid((OpExpr *) expr);
	return expr;
}

/* CASE WHEN condition THEN text END, evaluated as far as it is of constants. */
static Expr *
text_if(Expr *condition, Expr *text)
{
	CaseExpr   *expr = makeNode(CaseExpr);
	CaseWhen   *when = makeNode(CaseWhen);

	when->expr = condition;
	when->result = text;
	expr->casetype = TEXTOID;
	expr->casecollid = DEFAULT_COLLATION_OID;
	expr->args = list_make1(when);
	expr->defresult = (Expr *) makeNullConst(TEXTOID, -1, DEFAULT_COLLATION_OID);
	when->location = expr->location = -1;
	return (Expr *) eval_const_expressions(NULL, (Node *) expr);
}

/* What stands behind the beginning in the value; NULL, as a value, if it does not begin so. */
static Expr *
behind(Expr *value, Expr *beginning)
{
	Expr	   *length = call(F_LENGTH_TEXT, INT4OID, list_make1(beginning));
	Expr	   *from = operate(INT4_PLUS_OPERATOR, INT4OID, length, number(1));

	return text_if(call(F_STARTS_WITH, BOOLOID, list_make2(value, beginning)),
				   call(F_SUBSTR_TEXT_INT4, TEXTOID, list_make2(value, from)));
}

/* What stands before the end in the value; likewise. */
static Expr *
before(Expr *value, Expr *end)
{
	Expr	   *length = call(F_LENGTH_TEXT, INT4OID, list_make1(end));
	Expr	   *rest = operate(INT4_MINUS_OPERATOR, INT4OID, call(F_LENGTH_TEXT, INT4OID, list_make1(value)), length);
	Expr	   *is_end = operate(TextEqualOperator, BOOLOID, call(F_RIGHT, TEXTOID, list_make2(value, length)), end);

	return text_if(is_end, call(F_LEFT, TEXTOID, list_make2(value, rest)));
}

/*
 * ---- calls ----
 */

/* A call of a column of the table, and what it is made of. */
typedef struct Call
{
	Oid			function;		/* InvalidOid: there is none that can be undone */
	Oid			collation;
	List	   *args;
	int			text;			/* which of them has the column */
}			Call;

static bool
can_be_undone(Oid function, const List *args)
{
	switch (function)
	{
		case F_REVERSE_TEXT:
		case F_QUOTE_LITERAL_TEXT:
		case F_TEXTCAT:
			return true;
		case F_CONVERT_TO:
			return is_own_encoding(lsecond(args));
		default:
			return false;
	}
}

/* The call that can be undone, of a column of the table or not. */
static Call
call_in(Expr *expr)
{
	Call		found = {0};
	Oid			function;

	expr = tuya_key_strip_relabels(expr);
	function = tuya_key_called(expr, &found.args);
	if (can_be_undone(function, found.args))
	{
		found.function = function;
		found.collation = exprInputCollation((Node *) expr);
	}
	return found;
}

static Call
call_of(const TuyaKeyOwn *own, Expr *expr)
{
	Expr	   *joined = tuya_key_concat(own, tuya_key_strip_relabels(expr));
	Call		found = call_in(joined ? joined : expr);

	if (!OidIsValid(found.function))
		return found;
	while (found.text < list_length(found.args) && tuya_key_own_is_value(own, list_nth(found.args, found.text)))
		found.text++;
	if (found.text == list_length(found.args) ||
		(found.function == F_TEXTCAT && !tuya_key_own_is_value(own, list_nth(found.args, 1 - found.text))))
		found.function = InvalidOid;
	return found;
}

/* What the call has made the value of; NULL if that is not known. */
static Expr *
original_of(const Call * made, Expr *value)
{
	Call		other = call_in(value);
	Expr	   *text = tuya_key_strip_relabels(value);

	switch (made->function)
	{
		case F_TEXTCAT:
			value = tuya_key_as_text(value);
			return made->text == 1 ? behind(value, linitial(made->args)) : before(value, lsecond(made->args));
		case F_REVERSE_TEXT:
			if (other.function == made->function)
				return linitial(other.args);
			return (Expr *) makeFuncExpr(F_REVERSE_TEXT, TEXTOID, list_make1(tuya_key_as_text(value)), made->collation,
										 made->collation, COERCE_EXPLICIT_CALL);
		case F_CONVERT_TO:
			if (other.function == made->function)
				return linitial(other.args);
			return IsA(text, Const) ? converted_constant((const Const *) text) : NULL;
		default:
			if (other.function == made->function)
				return linitial(other.args);
			return IsA(text, Const) ? unquoted_constant((const Const *) text) : NULL;
	}
}

/*
 * ---- comparisons ----
 */

static bool
is_equality(Expr *clause, Expr **left, Expr **right)
{
	OpExpr	   *op = (OpExpr *) (is_notclause(clause) ? get_notclausearg(clause) : clause);

	if (tuya_key_is_equality(clause, left, right))
		return true;
	if (IsA(op, DistinctExpr) != is_notclause(clause) || (!IsA(op, OpExpr) && !IsA(op, DistinctExpr)) ||
		get_opcode(op->opno) != F_BYTEAEQ)
		return false;
	*left = linitial(op->args);
	*right = lsecond(op->args);
	return true;
}

/* Bytes have no collation, and the original of joined texts was told by theirs. */
static Oid
collation_of(const Call * made)
{
	return made->function == F_CONVERT_TO || made->function == F_TEXTCAT ? C_COLLATION_OID : made->collation;
}

/* Whether the call makes NULL of what is joined with the text, too. */
static bool
may_be_of_null(const Call * made)
{
	Expr	   *other = made->function == F_TEXTCAT ? list_nth(made->args, 1 - made->text) : NULL;

	if (other && IsA(other, CoalesceExpr))
		other = llast(((CoalesceExpr *) other)->args);
	return other && !(IsA(other, Const) && !((Const *) other)->constisnull);
}

static Expr *
undo_equality(const TuyaKeyOwn *own, Expr *clause, Expr *left, Expr *right)
{
	Call		made = call_of(own, left);
	Expr	   *value = right;
	Expr	   *original;
	Expr	   *text;

	if (!OidIsValid(made.function))
	{
		made = call_of(own, right);
		value = left;
	}
	original = OidIsValid(made.function) && tuya_key_own_is_value(own, value) ? original_of(&made, value) : NULL;
	if (original == NULL)
		return NULL;
	text = list_nth(made.args, made.text);
	if (!tuya_key_is_true_of_nulls(clause))
		return make_opclause(TextEqualOperator, BOOLOID, false, text, original, InvalidOid, collation_of(&made));
	/* of two NULLs they make NULLs, and of nothing else */
	return may_be_of_null(&made) ? NULL : tuya_make_not_distinct(text, original, collation_of(&made));
}

static Expr *
undo_any(const TuyaKeyOwn *own, const ScalarArrayOpExpr *any)
{
	Call		made = call_of(own, linitial(any->args));
	ArrayExpr  *array = makeNode(ArrayExpr);
	ListCell   *lc;

	if (!any->useOr || !OidIsValid(made.function) || !tuya_key_is_text_equality(any->opno, any->inputcollid))
		return NULL;
	foreach(lc, tuya_key_members_of_array(lsecond(any->args)))
	{
		Expr	   *original = tuya_key_own_is_value(own, lfirst(lc)) ? original_of(&made, lfirst(lc)) : NULL;

		if (original == NULL)
			return NULL;
		array->elements = lappend(array->elements, original);
	}
	array->array_typeid = TEXTARRAYOID;
	array->array_collid = collation_of(&made);
	array->element_typeid = TEXTOID;
	array->location = -1;
	return array->elements ? tuya_key_make_any(list_nth(made.args, made.text), (Expr *) array, collation_of(&made)) : NULL;
}

Expr *
tuya_key_undo(const TuyaKeyOwn *own, Expr *clause)
{
	Expr	   *left;
	Expr	   *right;

	if (IsA(clause, ScalarArrayOpExpr))
		return undo_any(own, (const ScalarArrayOpExpr *) clause);
	return is_equality(clause, &left, &right) ? undo_equality(own, clause, left, right) : NULL;
}
