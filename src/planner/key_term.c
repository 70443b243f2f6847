/*
 * key_term.c
 *		What one condition, no AND and no OR, says of a table's keys.
 *
 *		key = value							IS NOT DISTINCT FROM, too
 *		key = ANY (array)					= ALL, if there are elements
 *		key IN (SELECT ...)					where it stays a subquery
 *		key LIKE 'text'						and ~, where few texts match; ANY of such, too
 *		jsonb ? key							and what implies it
 *		key IS NULL							never
 *
 * A value of type name becomes text.
 */
#include "postgres.h"

#include "planner/key_term.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "compat_planner.h"
#include "planner/key_members.h"
#include "planner/key_object.h"
#include "planner/key_pattern.h"
#include "planner/key_position.h"

/* Terms while they are gathered. */
typedef struct Gathered
{
	const TuyaKeyOwn *own;
	List	   *terms;
	int			keys;			/* that have one */
	bool		of_nulls;		/* the condition is true of two NULLs, too */
} Gathered;

/*
 * ---- values ----
 */

static void
add_term(Gathered *gathered, TuyaKeyId key, Expr *value, bool is_array)
{
	TuyaKeyTerm *term = palloc(sizeof(TuyaKeyTerm));

	term->key = key;
	term->is_array = is_array;
	term->value = tuya_key_as_text(value);
	gathered->terms = lappend(gathered->terms, term);
	gathered->keys |= 1 << key;
}

/* Adds "key = value", or ANY of it, for each key that the expression is. */
static void
add_terms(Gathered *gathered, Expr *expr, Expr *value, bool is_array)
{
	int			keys = tuya_key_own_keys_of(gathered->own, expr, gathered->of_nulls) & ~gathered->keys;

	if (keys == 0 || !tuya_key_own_is_value(gathered->own, value))
		return;
	for (int key = 0; key < gathered->own->columns->action->nkeys; key++)
	{
		if (keys & (1 << key))
			add_term(gathered, key, value, is_array);
	}
}

double
tuya_key_term_length(PlannerInfo *root, const TuyaKeyTerm *term)
{
	if (!term->is_array)
		return 1;
	/* PostgreSQL's guess of an array that it knows nothing of */
	return exprType((Node *) term->value) == JSONBOID ? 10 : tuya_compat_array_length(root, (Node *) term->value);
}

List *
tuya_key_term_values(TuyaKeyTerm *term)
{
	List	   *values = NIL;
	ListCell   *lc;

	if (!term->is_array)
		return list_make1(list_make1(term));
	foreach(lc, tuya_key_members_of_array(term->value))
	{
		TuyaKeyTerm *value = palloc(sizeof(TuyaKeyTerm));

		*value = (TuyaKeyTerm)
		{
			term->key, false, tuya_key_as_text(lfirst(lc))
		};
		values = lappend(values, list_make1(value));
	}
	return values;
}

/*
 * ---- forms ----
 */

/* A cast to name cuts, and leaves 63 bytes, or what is left without a part of a character. */
static bool
is_cut_to_name(const FuncExpr *func, const Const *name)
{
	return IsA(func, FuncExpr) && (func->funcid == F_NAME_TEXT || func->funcid == F_NAME_VARCHAR) &&
		IsA(name, Const) && !name->constisnull && name->consttype == NAMEOID &&
		strlen(NameStr(*DatumGetName(name->constvalue))) < NAMEDATALEN - MAX_MULTIBYTE_CHAR_LEN;
}

/*
 * A cast to varchar(n) cuts, and leaves n characters where it does.  So a value
 * with fewer was there before.
 */
static Expr *
uncut(Expr *expr, Expr *value)
{
	FuncExpr   *func = (FuncExpr *) tuya_key_strip_relabels(expr);
	Const	   *limit;
	Const	   *text = (Const *) tuya_key_strip_relabels(value);

	if (is_cut_to_name(func, (Const *) value))
		return linitial(func->args);
	if (IsA(func, CoerceToDomain))
		func = (FuncExpr *) ((CoerceToDomain *) func)->arg;
	if (!IsA(func, FuncExpr) || func->funcid != F_VARCHAR_VARCHAR_INT4_BOOL || !IsA(text, Const) ||
		text->constisnull || (text->consttype != TEXTOID && text->consttype != VARCHAROID))
		return expr;
	limit = lsecond(func->args);
	if (!IsA(limit, Const) || limit->constisnull ||
		VARSIZE_ANY_EXHDR(DatumGetPointer(text->constvalue)) + VARHDRSZ >= (Size) DatumGetInt32(limit->constvalue))
		return expr;
	return linitial(func->args);
}

static void
add_equality(Gathered *gathered, Expr *left, Expr *right)
{
	add_terms(gathered, uncut(left, right), right, false);
	add_terms(gathered, uncut(right, left), left, false);
}

static void
add_any(Gathered *gathered, const ScalarArrayOpExpr *op)
{
	Expr	   *key = linitial(op->args);
	Expr	   *array = lsecond(op->args);
	List	   *elements;

	if (op->useOr && get_opcode(op->opno) == F_JSONB_EQ && tuya_key_object_text(key))
		add_terms(gathered, tuya_key_object_text(key), array, true);
	if (!tuya_key_is_text_equality(op->opno, op->inputcollid))
		return;
	if (op->useOr)
		add_terms(gathered, key, array, true);
	if (gathered->terms != NIL)
		return;
	elements = tuya_key_members_of_array(array);
	if (list_length(elements) == 1)
		add_equality(gathered, key, linitial(elements));
	else if (!op->useOr && elements != NIL)
		add_terms(gathered, key, array, true);
}

/* "key = ANY" of these Consts; none of them tells nothing. */
static void
add_texts(Gathered *gathered, Expr *key, List *texts)
{
	Datum	   *values = palloc(sizeof(Datum) * (list_length(texts) + 1));
	int			n = 0;
	ListCell   *lc;
	ArrayType  *array;

	foreach(lc, texts)
	{
		values[n++] = lfirst_node(Const, lc)->constvalue;
	}
	if (n == 0)
		return;
	array = construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT);
	if (n == 1)
		add_terms(gathered, key, linitial(texts), false);
	else
		add_terms(gathered, key, (Expr *) makeConst(TEXTARRAYOID, -1, linitial_node(Const, texts)->constcollid, -1,
													PointerGetDatum(array), false, false), true);
}

/* LIKE and ~ with a pattern that a few texts match: for an index one text is = to the planner. */
static void
add_match(Gathered *gathered, const OpExpr *op)
{
	if (list_length(op->args) == 2)
		add_texts(gathered, linitial(op->args),
				  tuya_key_pattern_texts(get_opcode(op->opno), lsecond(op->args), op->inputcollid));
}

/* The same with ANY of an array of such patterns. */
static void
add_match_any(Gathered *gathered, const ScalarArrayOpExpr *op)
{
	List	   *texts = NIL;
	ListCell   *lc;

	foreach(lc, tuya_key_members_of_array(lsecond(op->args)))
	{
		Const	   *pattern = (Const *) tuya_key_strip_relabels(lfirst(lc));
		List	   *more;

		/* nothing matches NULL */
		if (IsA(pattern, Const) && pattern->constisnull)
			continue;
		more = tuya_key_pattern_texts(get_opcode(op->opno), (Expr *) pattern, op->inputcollid);
		if (more == NIL)
			return;
		texts = list_concat(texts, more);
	}
	add_texts(gathered, linitial(op->args), texts);
}

static bool
is_text_type(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == NAMEOID;
}

/*
 * IN (SELECT ...), where it could not become a join, as the array of what the
 * subquery finds.  Both run the same subplan, one after the other.
 */
static void
add_subquery(Gathered *gathered, const SubPlan *subplan)
{
	SubPlan    *array;
	Expr	   *left;
	Expr	   *right;

	if (subplan->subLinkType != ANY_SUBLINK || subplan->testexpr == NULL ||
		list_length(subplan->paramIds) != 1 || !is_text_type(getBaseType(subplan->firstColType)) ||
		!tuya_key_is_equality((Expr *) subplan->testexpr, &left, &right))
		return;
	array = copyObject(unconstify(SubPlan *, subplan));
	array->subLinkType = ARRAY_SUBLINK;
	array->testexpr = NULL;
	array->paramIds = NIL;
	array->useHashTable = false;
	add_terms(gathered, left, (Expr *) array, true);
}

/* No required key is NULL, so nothing at all is asked for. */
static void
add_null_test(Gathered *gathered, const NullTest *test)
{
	int			column = tuya_key_own_column(gathered->own, test->arg);

	if (test->nulltesttype != IS_NULL || test->argisrow || column < 0 ||
		!(tuya_key_own_never_null(gathered->own) & (1 << column)))
		return;
	for (int key = 0; key < gathered->own->columns->action->nkeys; key++)
	{
		if (gathered->own->columns->key_attno[key] != 0)
			add_term(gathered, key, (Expr *) makeNullConst(TEXTOID, -1, DEFAULT_COLLATION_OID), false);
	}
}

/* jsonb ? key, and what else implies that the key is a string in it */
static void
add_jsonb(Gathered *gathered, Expr *clause)
{
	Expr	   *jsonb;
	ListCell   *lc;

	foreach(lc, tuya_key_in_jsonb(clause, &jsonb))
	{
		add_terms(gathered, lfirst(lc), jsonb, true);
	}
}

/*
 * ---- exactness ----
 */

/* Whether the condition compares a key's own column, by = or = ANY. */
static bool
is_exact(const TuyaKeyOwn *own, Expr *clause, const List *terms)
{
	Expr	   *left;
	Expr	   *right;

	if (list_length(terms) != 1)
		return false;
	if (IsA(clause, ScalarArrayOpExpr))
		return ((ScalarArrayOpExpr *) clause)->useOr &&
			tuya_key_own_column(own, linitial(((ScalarArrayOpExpr *) clause)->args)) >= 0;
	return tuya_key_is_equality(clause, &left, &right) &&
		(tuya_key_own_column(own, left) >= 0 || tuya_key_own_column(own, right) >= 0);
}

List *
tuya_key_terms(const TuyaKeyOwn *own, Expr *clause, bool *exact)
{
	Gathered	gathered = {.own = own};
	Expr	   *left;
	Expr	   *right;

	if (tuya_key_is_equality(clause, &left, &right))
	{
		gathered.of_nulls = tuya_key_is_true_of_nulls(clause);
		add_equality(&gathered, left, right);
	}
	else if (IsA(clause, OpExpr))
		add_match(&gathered, (OpExpr *) clause);
	else if (IsA(clause, ScalarArrayOpExpr))
	{
		add_any(&gathered, (ScalarArrayOpExpr *) clause);
		if (gathered.terms == NIL && ((ScalarArrayOpExpr *) clause)->useOr)
			add_match_any(&gathered, (ScalarArrayOpExpr *) clause);
	}
	else if (IsA(clause, SubPlan))
		add_subquery(&gathered, (SubPlan *) clause);
	else if (IsA(clause, NullTest))
		add_null_test(&gathered, (NullTest *) clause);
	if (gathered.terms == NIL)
		add_jsonb(&gathered, clause);
	*exact = is_exact(own, clause, gathered.terms);
	return gathered.terms;
}
