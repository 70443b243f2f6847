/*
 * key_arms.c
 *		Conditions that are true only if one of several others is.
 */
#include "postgres.h"

#include "planner/key_arms.h"

#include "access/htup_details.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "planner/key_own.h"

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

/* CASE WHEN a THEN b ELSE c END is true only if a AND b, or c, are. */
static List *
arms_of_case(const CaseExpr *expr)
{
	List	   *arms = NIL;
	ListCell   *lc;

	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);

		if (!is_never_true(when->result))
			arms = lappend(arms, make_andclause(list_make2(case_condition(expr, when), when->result)));
	}
	return is_never_true(expr->defresult) ? arms : lappend(arms, expr->defresult);
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

		if (type == exprType(lfirst(r)) && (type == TEXTOID || type == VARCHAROID))
			equalities = lappend(equalities, compare_columns(lfirst(l), lfirst(r)));
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

/* COALESCE(a, b) is true only if one of them is. */
static List *
arms_of_coalesce(const CoalesceExpr *expr)
{
	List	   *arms = NIL;
	ListCell   *lc;

	foreach(lc, expr->args)
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
			*arms = ((BoolExpr *) clause)->args;
			return is_orclause(clause);
		case T_CaseExpr:
			*arms = arms_of_case((CaseExpr *) clause);
			return true;
		case T_CoalesceExpr:
			*arms = arms_of_coalesce((CoalesceExpr *) clause);
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
