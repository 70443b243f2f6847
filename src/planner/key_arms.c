/*
 * key_arms.c
 *		Conditions that are true only if one of several others is.
 */
#include "postgres.h"

#include "planner/key_arms.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "planner/key_truth.h"

static bool
is_never_true(Expr *expr)
{
	return expr == NULL ||
		(IsA(expr, Const) && (((Const *) expr)->constisnull || !DatumGetBool(((Const *) expr)->constvalue)));
}

/* The CASE's own value in place of what stands for it in its conditions. */
static Node *
replace_case_test(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, CaseTestExpr))
		return copyObject((Node *) context);
	/* another CASE has a value of its own */
	if (IsA(node, CaseExpr) && ((CaseExpr *) node)->arg)
		return node;
	return expression_tree_mutator(node, replace_case_test, context);
}

/* The condition of that arm of the CASE. */
static Expr *
case_condition(const CaseExpr *expr, const CaseWhen *when)
{
	return expr->arg ? (Expr *) replace_case_test((Node *) when->expr, expr->arg) : when->expr;
}

/* CASE WHEN a THEN b ELSE c END is true only if a AND b, or a IS NOT TRUE AND c, are. */
static List *
arms_of_case(const CaseExpr *expr)
{
	List	   *arms = NIL;
	List	   *otherwise = list_make1(expr->defresult);
	ListCell   *lc;

	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);
		Expr	   *condition = case_condition(expr, when);

		if (!is_never_true(when->result))
			arms = lappend(arms, make_andclause(list_make2(condition, when->result)));
		otherwise = lappend(otherwise, tuya_key_wrap(condition, IS_NOT_TRUE));
	}
	return is_never_true(expr->defresult) ? arms : lappend(arms, make_andclause(otherwise));
}

static bool
is_null(Expr *expr)
{
	return expr == NULL || (IsA(expr, Const) && ((Const *) expr)->constisnull);
}

/* CASE WHEN a THEN 1 END IS NOT NULL is true only if a is. */
static bool
find_arms_of_not_null(const NullTest *test, List **arms)
{
	CaseExpr   *expr = (CaseExpr *) test->arg;
	ListCell   *lc;

	if (test->nulltesttype != IS_NOT_NULL || !IsA(expr, CaseExpr) || !is_null(expr->defresult))
		return false;
	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);

		if (!is_null(when->result))
			*arms = lappend(*arms, case_condition(expr, when));
	}
	return true;
}

/* Of rows, NULLs are equal. */
static Expr *
compare_columns(Expr *left, Expr *right)
{
	Expr	   *distinct = make_opclause(TextEqualOperator, BOOLOID, false, left, right, InvalidOid,
										 exprCollation((Node *) left));

	NodeSetTag(distinct, T_DistinctExpr);
	return make_notclause(distinct);
}

/* A literal in a row has no type yet, so that the comparison throws; but only for that key's rows. */
static Expr *
known_text(Expr *expr)
{
	Const	   *literal = (Const *) expr;

	if (!IsA(expr, Const) || literal->consttype != UNKNOWNOID || literal->constisnull)
		return expr;
	return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
							  CStringGetTextDatum(DatumGetCString(literal->constvalue)), false, false);
}

/*
 * ROW(a, b) = ANY (ARRAY[ROW(c, d), ...]): a = c AND b = d, or the next.  Types
 * of one column are the same, else the comparison throws.
 */
static Expr *
compare_rows(const RowExpr *left, const RowExpr *right)
{
	List	   *equalities = NIL;
	ListCell   *l;
	ListCell   *r;

	if (list_length(left->args) != list_length(right->args))
		return (Expr *) makeBoolConst(false, false);
	forboth(l, left->args, r, right->args)
	{
		Oid			type = exprType(lfirst(l));
		Expr	   *right_column = known_text(lfirst(r));

		if (type == exprType((Node *) right_column) && (type == TEXTOID || type == VARCHAROID))
			equalities = lappend(equalities, compare_columns(lfirst(l), right_column));
	}
	return make_andclause(equalities);
}

/* The row, of a row expression or a constant; NULL of anything else. */
static RowExpr *
row_of(Expr *expr)
{
	Const	   *constant = (Const *) expr;
	RowExpr    *row = makeNode(RowExpr);
	HeapTupleHeader header;
	HeapTupleData tuple;
	TupleDesc	desc;

	if (IsA(expr, RowExpr))
		return (RowExpr *) expr;
	if (!IsA(expr, Const) || constant->constisnull || constant->consttype != RECORDOID)
		return NULL;
	header = DatumGetHeapTupleHeader(constant->constvalue);
	desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	tuple.t_data = header;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		isnull;
		Datum		value = heap_getattr(&tuple, i + 1, desc, &isnull);

		row->args = lappend(row->args, makeConst(att->atttypid, att->atttypmod, att->attcollation,
												 att->attlen, value, isnull, att->attbyval));
	}
	return row;
}

/* The elements of an array of rows; NIL if they cannot be told now. */
static List *
rows_of(Expr *array)
{
	Const	   *constant = (Const *) array;
	List	   *rows = NIL;
	Datum	   *values;
	bool	   *nulls;
	int			n;

	if (IsA(array, ArrayExpr) && !((ArrayExpr *) array)->multidims)
		return ((ArrayExpr *) array)->elements;
	if (!IsA(array, Const) || constant->constisnull || constant->consttype != RECORDARRAYOID)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(constant->constvalue), RECORDOID, -1, false, TYPALIGN_DOUBLE,
					  &values, &nulls, &n);
	for (int i = 0; i < n; i++)
		rows = lappend(rows, makeConst(RECORDOID, -1, InvalidOid, -1, values[i], nulls[i], false));
	return rows;
}

/* NIL if the clause does not have that form. */
static List *
arms_of_row_list(const ScalarArrayOpExpr *op)
{
	RowExpr    *left = linitial(op->args);
	List	   *arms = NIL;
	ListCell   *lc;

	if (!op->useOr || get_opcode(op->opno) != F_RECORD_EQ || !IsA(left, RowExpr))
		return NIL;
	foreach(lc, rows_of(lsecond(op->args)))
	{
		RowExpr    *right = row_of(lfirst(lc));

		if (right == NULL)
			return NIL;
		arms = lappend(arms, compare_rows(left, right));
	}
	return arms;
}

/* Of OR or COALESCE: only one of them that is true makes it true. */
static List *
that_may_be_true(List *args)
{
	List	   *arms = NIL;
	ListCell   *lc;

	foreach(lc, args)
	{
		if (!is_never_true(lfirst(lc)))
			arms = lappend(arms, lfirst(lc));
	}
	return arms;
}

bool
tuya_key_arms(Expr *clause, List **arms)
{
	*arms = NIL;
	switch (nodeTag(clause))
	{
		case T_BoolExpr:
			*arms = is_orclause(clause) ? that_may_be_true(((BoolExpr *) clause)->args) : NIL;
			return is_orclause(clause);
		case T_CaseExpr:
			*arms = arms_of_case((CaseExpr *) clause);
			return true;
		case T_CoalesceExpr:
			*arms = that_may_be_true(((CoalesceExpr *) clause)->args);
			return true;
		case T_NullTest:
			return find_arms_of_not_null((NullTest *) clause, arms);
		case T_ScalarArrayOpExpr:
			*arms = arms_of_row_list((ScalarArrayOpExpr *) clause);
			return *arms != NIL;
		default:
			return false;
	}
}

/*
 * ---- comparisons of expressions that choose ----
 */

/* What a clause compares: both sides of "=" or IS NOT DISTINCT FROM, or what IS NULL. */
static List *
sides_of(Expr *clause)
{
	NullTest   *test = (NullTest *) clause;
	Expr	   *left;
	Expr	   *right;

	if (IsA(clause, NullTest))
		return test->nulltesttype == IS_NULL && !test->argisrow ? list_make1(test->arg) : NIL;
	return tuya_key_is_equality(clause, &left, &right) ? list_make2(left, right) : NIL;
}

static bool
is_of_constants(const OpExpr *op)
{
	return IsA(linitial(op->args), Const) && IsA(lsecond(op->args), Const);
}

/* The clause with that expression as its n-th side. */
static Expr *
with_side(Expr *clause, int n, Expr *side)
{
	OpExpr	   *op;

	if (is_notclause(clause))
		return tuya_key_wrap(with_side(get_notclausearg(clause), n, side), IS_FALSE);
	if (IsA(clause, NullTest))
	{
		NullTest   *test = makeNode(NullTest);

		*test = *(NullTest *) clause;
		test->arg = side;
		return (Expr *) test;
	}
	op = makeNode(OpExpr);
	*op = *(OpExpr *) clause;
	op->args = n == 0 ? list_make2(side, lsecond(op->args)) : list_make2(linitial(op->args), side);
	return is_of_constants(op) ? (Expr *) eval_const_expressions(NULL, (Node *) op) : (Expr *) op;
}

static Expr *
is_null_test(Expr *arg)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = arg;
	test->nulltesttype = IS_NULL;
	test->location = -1;
	return (Expr *) test;
}

/* NULLIF(a, b) is NULL if a = b, else it is a. */
static List *
arms_by_nullif(Expr *clause, int n, const NullIfExpr *side)
{
	Expr	   *first = with_side(clause, n, linitial(side->args));

	if (IsA(clause, OpExpr))
		return list_make1(first);
	return list_make2(first, make_opclause(side->opno, BOOLOID, false, linitial(side->args), lsecond(side->args),
										   InvalidOid, side->inputcollid));
}

/* COALESCE(a, b) is a, or, if a IS NULL, b. */
static List *
arms_by_coalesce(Expr *clause, int n, const CoalesceExpr *side)
{
	List	   *arms = NIL;
	List	   *nulls = NIL;
	ListCell   *lc;

	foreach(lc, side->args)
	{
		arms = lappend(arms, make_andclause(lappend(list_copy(nulls), with_side(clause, n, lfirst(lc)))));
		nulls = lappend(nulls, is_null_test(lfirst(lc)));
	}
	return arms;
}

static List *
arms_by_case(Expr *clause, int n, const CaseExpr *side)
{
	CaseExpr   *result = makeNode(CaseExpr);
	ListCell   *lc;

	*result = *side;
	result->args = NIL;
	foreach(lc, side->args)
	{
		CaseWhen   *when = makeNode(CaseWhen);

		*when = *lfirst_node(CaseWhen, lc);
		when->result = with_side(clause, n, when->result);
		result->args = lappend(result->args, when);
	}
	if (result->defresult == NULL)
		result->defresult = (Expr *) makeNullConst(result->casetype, -1, result->casecollid);
	result->defresult = with_side(clause, n, result->defresult);
	return arms_of_case(result);
}

List *
tuya_key_arms_of_comparison(const TuyaKeyOwn *own, Expr *clause)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, sides_of(clause))
	{
		Expr	   *side = tuya_key_strip_relabels(lfirst(lc));

		if (!tuya_key_own_is_value(own, side))
		{
			if (IsA(side, NullIfExpr))
				return arms_by_nullif(clause, n, (NullIfExpr *) side);
			if (IsA(side, CoalesceExpr))
				return arms_by_coalesce(clause, n, (CoalesceExpr *) side);
			if (IsA(side, CaseExpr))
				return arms_by_case(clause, n, (CaseExpr *) side);
		}
		n++;
	}
	return NIL;
}
