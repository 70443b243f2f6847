/*
 * key_members.c
 *		Comparisons of arrays and rows, as comparisons of their members.
 *
 *		ARRAY[a, b] = ARRAY[c, d]			a IS NOT DISTINCT FROM c AND b ... d
 *		ARRAY[a, b] = array					the same with array[1] and array[2]
 *		ARRAY[a, b] <@ array				a = ANY (array) AND b = ANY (array)
 *		ARRAY[a] && array					a = ANY (array)
 *		ROW(a, b) = ROW(c, d)				a IS NOT DISTINCT FROM c AND b ... d
 *		ROW(a, b) = x						the same with (x).c and (x).d, of a named type,
 *											or of a ROW(...) that a subquery in FROM makes
 *		ROW(a, b) = ANY (ARRAY[ROW(c, d)])	one of the rows; = ALL: all of them
 *
 * In arrays and rows NULLs are equal.  The conditions are read, not executed.
 */
#include "postgres.h"

#include "planner/key_members.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "planner/key_object.h"
#include "planner/make_test.h"

static bool
is_text_type(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == NAMEOID;
}

/*
 * ---- arrays ----
 */

/* The type of the array's elements, below domains. */
static Oid
element_type(Expr *array)
{
	Oid			element = get_base_element_type(exprType((Node *) array));

	return OidIsValid(element) ? getBaseType(element) : InvalidOid;
}

static List *
elements_of_constant(const Const *array)
{
	Oid			type = element_type((Expr *) array);
	Oid			collation = get_typcollation(type);
	List	   *elements = NIL;
	Datum	   *values;
	bool	   *nulls;
	int16		len;
	bool		byval;
	char		align;
	int			n;

	if (array->constisnull || !is_text_type(type))
		return NIL;
	/* text and varchar have the same form */
	get_typlenbyvalalign(type, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array->constvalue), type, len, byval, align, &values, &nulls, &n);
	for (int i = 0; i < n; i++)
		elements = lappend(elements, makeConst(type == NAMEOID ? NAMEOID : TEXTOID, -1,
											   type == NAMEOID ? collation : array->constcollid, len,
											   values[i], nulls[i], byval));
	return elements;
}

List *
tuya_key_members_of_array(Expr *array)
{
	List	   *elements = NIL;
	ListCell   *lc;

	array = tuya_key_strip_relabels(array);
	if (IsA(array, Const))
		return elements_of_constant((Const *) array);
	if (!IsA(array, ArrayExpr))
		return NIL;
	if (!((ArrayExpr *) array)->multidims)
		return ((ArrayExpr *) array)->elements;
	foreach(lc, ((ArrayExpr *) array)->elements)
	{
		List	   *inner = tuya_key_members_of_array(lfirst(lc));

		if (inner == NIL)
			return NIL;
		elements = list_concat_copy(elements, inner);
	}
	return elements;
}

/* array[n]; NULL of an array that is of a domain. */
static Expr *
subscript(Expr *array, int n)
{
	SubscriptingRef *ref = makeNode(SubscriptingRef);

	ref->refcontainertype = exprType((Node *) array);
	ref->refelemtype = ref->refrestype = get_element_type(ref->refcontainertype);
	if (!OidIsValid(ref->refelemtype))
		return NULL;
	ref->reftypmod = exprTypmod((Node *) array);
	ref->refcollid = exprCollation((Node *) array);
	ref->refupperindexpr = list_make1(makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(n), false, true));
	ref->refexpr = array;
	return (Expr *) ref;
}

/* Those of an array that equals that constructor, if it has no column of the table's own. */
static List *
elements_like(const TuyaKeyOwn *own, Expr *array, Expr *constructor)
{
	List	   *elements = tuya_key_members_of_array(array);
	int			n;

	constructor = tuya_key_strip_relabels(constructor);
	if (elements != NIL || !IsA(constructor, ArrayExpr) || ((ArrayExpr *) constructor)->multidims ||
		!tuya_key_own_is_value(own, array))
		return elements;
	n = list_length(((ArrayExpr *) constructor)->elements);
	for (int i = 1; i <= n; i++)
	{
		Expr	   *element = subscript(array, i);

		if (element == NULL)
			return NIL;
		elements = lappend(elements, element);
	}
	return elements;
}

static Expr *
compare_arrays(const TuyaKeyOwn *own, Expr *left, Expr *right, Oid collation)
{
	List	   *equalities = NIL;
	List	   *left_elements = elements_like(own, left, right);
	List	   *right_elements = elements_like(own, right, left);
	ListCell   *l;
	ListCell   *r;

	if (left_elements == NIL || list_length(left_elements) != list_length(right_elements))
		return NULL;
	forboth(l, left_elements, r, right_elements)
	{
		equalities = lappend(equalities, tuya_make_not_distinct(lfirst(l), lfirst(r), collation));
	}
	return make_andclause(equalities);
}

/* Each element of the small array is one of the large array. */
static Expr *
contains(Expr *large, Expr *small, Oid collation)
{
	List	   *conditions = NIL;
	ListCell   *lc;

	foreach(lc, tuya_key_members_of_array(small))
	{
		conditions = lappend(conditions, tuya_key_make_any(lfirst(lc), large, collation));
	}
	return conditions ? make_andclause(conditions) : NULL;
}

static Expr *
overlaps(Expr *one, Expr *other, Oid collation)
{
	if (list_length(tuya_key_members_of_array(one)) == 1)
		return contains(other, one, collation);
	return list_length(tuya_key_members_of_array(other)) == 1 ? contains(one, other, collation) : NULL;
}

/*
 * ---- rows ----
 */

static List *
columns_of_constant(const Const *row)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(row->constvalue);
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
	List	   *columns = NIL;
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	tuple.t_data = header;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		isnull;
		Datum		value = heap_getattr(&tuple, i + 1, desc, &isnull);

		columns = lappend(columns, makeConst(att->atttypid, att->atttypmod, att->attcollation,
											 att->attlen, value, isnull, att->attbyval));
	}
	return columns;
}

static FieldSelect *
select_field(Expr *row, AttrNumber number, Oid type, int32 typmod, Oid collation)
{
	FieldSelect *select = makeNode(FieldSelect);

	select->arg = row;
	select->fieldnum = number;
	select->resulttype = type;
	select->resulttypmod = typmod;
	select->resultcollid = collation;
	return select;
}

/* (row).column, for each of the type's */
static List *
selected_columns(Expr *row, Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, -1);
	List	   *columns = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		/* what is no column any more is compared to nothing */
		columns = lappend(columns, select_field(row, i + 1, att->attisdropped ? INT4OID : att->atttypid,
												att->atttypmod, att->attcollation));
	}
	return columns;
}

/* The query that the relation is: a subquery in FROM or in WITH; else NULL. */
static const Query *
query_of(PlannerInfo *root, Index relid)
{
	const RangeTblEntry *rte = root->simple_rte_array[relid];
	ListCell   *lc;

	if (rte->rtekind != RTE_CTE)
		return rte->rtekind == RTE_SUBQUERY ? rte->subquery : NULL;
	for (Index level = 0; level < rte->ctelevelsup; level++)
		root = root->parent_root;
	foreach(lc, root->parse->cteList)
	{
		const CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (strcmp(cte->ctename, rte->ctename) == 0)
			return (const Query *) cte->ctequery;
	}
	return NULL;
}

/* The types of the ROW(...) that the expression is, as expressions; NIL if it is none. */
static List *
fields_of(Expr *expr)
{
	return IsA(expr, RowExpr) ? ((RowExpr *) expr)->args : NIL;
}

static bool
are_of_same_types(const List *one, const List *other)
{
	ListCell   *o;
	ListCell   *p;

	if (list_length(one) != list_length(other))
		return false;
	forboth(o, one, p, other)
	{
		if (exprType(lfirst(o)) != exprType(lfirst(p)))
			return false;
	}
	return true;
}

/* Of the ROW(...) that the query's output is, in each arm of a UNION or the like, the fields; else NIL. */
static List *
fields_of_output(const Query *query, AttrNumber number)
{
	List	   *fields = NIL;
	ListCell   *lc;

	if (query->commandType != CMD_SELECT)
		return fields_of(get_tle_by_resno(query->returningList, number)->expr);
	if (query->setOperations == NULL)
		return fields_of(get_tle_by_resno(query->targetList, number)->expr);
	foreach(lc, query->rtable)
	{
		const RangeTblEntry *arm = lfirst_node(RangeTblEntry, lc);
		List	   *others = arm->rtekind == RTE_SUBQUERY && arm->subquery ? fields_of_output(arm->subquery, number) : NIL;

		if (others == NIL || (fields != NIL && !are_of_same_types(fields, others)))
			return NIL;
		fields = others;
	}
	return fields;
}

/* (row).column, for each that a subquery makes its row of; NIL if it is no such row. */
static List *
columns_of_output(PlannerInfo *root, Expr *row)
{
	Var		   *var = (Var *) row;
	const Query *query = IsA(var, Var) && var->varlevelsup == 0 && var->varattno > 0 ? query_of(root, var->varno) : NULL;
	List	   *columns = NIL;
	ListCell   *lc;

	if (query == NULL)
		return NIL;
	foreach(lc, fields_of_output(query, var->varattno))
	{
		Node	   *field = lfirst(lc);

		columns = lappend(columns, select_field(row, foreach_current_index(lc) + 1, exprType(field),
												exprTypmod(field), exprCollation(field)));
	}
	return columns;
}

/* The columns of a row; NIL if they cannot be told now. */
static List *
columns_of(PlannerInfo *root, Expr *row)
{
	Oid			type;

	row = tuya_key_strip_relabels(row);
	if (IsA(row, RowExpr))
		return ((RowExpr *) row)->args;
	type = exprType((Node *) row);
	if (IsA(row, Const) && !((Const *) row)->constisnull && type_is_rowtype(type))
		return columns_of_constant((Const *) row);
	if (type == RECORDOID)
		return columns_of_output(root, row);
	return type_is_rowtype(type) && getBaseType(type) == type ?
		selected_columns(row, type) : NIL;
}

/* Types of one column are the same, else the comparison throws.  NULL if nothing can be told. */
static Expr *
compare_rows(PlannerInfo *root, Expr *left, Expr *right)
{
	List	   *equalities = NIL;
	List	   *left_columns = columns_of(root, left);
	List	   *right_columns = columns_of(root, right);
	ListCell   *l;
	ListCell   *r;

	/* those of different lengths throw when they are compared */
	if (left_columns == NIL || list_length(left_columns) != list_length(right_columns))
		return NULL;
	forboth(l, left_columns, r, right_columns)
	{
		/* a literal without a type lets the comparison throw; but only for that key's rows */
		Expr	   *left_column = tuya_key_known_text(lfirst(l));
		Expr	   *right_column = tuya_key_known_text(lfirst(r));
		Oid			type = exprType((Node *) left_column);

		if (type == exprType((Node *) right_column) && (type == TEXTOID || type == VARCHAROID))
			equalities = lappend(equalities, tuya_make_not_distinct(left_column, right_column,
																	exprCollation((Node *) left_column)));
	}
	return make_andclause(equalities);
}

/* The elements of an array of what is no text; NIL if they cannot be told now. */
static List *
elements_of(Expr *array)
{
	Const	   *constant = (Const *) array;
	List	   *elements = NIL;
	Oid			type = get_element_type(exprType((Node *) array));
	Datum	   *values;
	bool	   *nulls;
	int16		len;
	bool		byval;
	char		align;
	int			n;

	if (IsA(array, ArrayExpr) && !((ArrayExpr *) array)->multidims)
		return ((ArrayExpr *) array)->elements;
	if (!IsA(array, Const) || constant->constisnull || !OidIsValid(type))
		return NIL;
	get_typlenbyvalalign(type, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(constant->constvalue), type, len, byval, align, &values, &nulls, &n);
	for (int i = 0; i < n; i++)
		elements = lappend(elements, makeConst(type, -1, InvalidOid, len, values[i], nulls[i], byval));
	return elements;
}

/*
 * ---- clauses ----
 */

/* The element's comparison by the operator; NULL if nothing can be told of it. */
static Expr *
arm_of(PlannerInfo *root, const ScalarArrayOpExpr *op, Expr *element)
{
	Expr	   *left = linitial(op->args);

	if (get_opcode(op->opno) == F_RECORD_EQ)
		return compare_rows(root, left, element);
	return make_opclause(op->opno, BOOLOID, false, left, element, InvalidOid, op->inputcollid);
}

/* Those of all elements; NIL if they cannot be told now, or something of one cannot. */
static List *
arms_of(PlannerInfo *root, const ScalarArrayOpExpr *op)
{
	Oid			function = get_opcode(op->opno);
	List	   *arms = NIL;
	ListCell   *lc;

	if (function != F_RECORD_EQ && function != F_JSONB_EQ && function != F_BYTEAEQ)
		return NIL;
	foreach(lc, elements_of(lsecond(op->args)))
	{
		Expr	   *arm = arm_of(root, op, lfirst(lc));

		if (arm == NULL)
			return NIL;
		arms = lappend(arms, arm);
	}
	return arms;
}

bool
tuya_key_members_of_list(PlannerInfo *root, const ScalarArrayOpExpr *op, List **arms)
{
	*arms = op->useOr ? arms_of(root, op) : NIL;
	return *arms != NIL;
}

/* Of "= ALL" of a list. */
static Expr *
members_of_all(PlannerInfo *root, const ScalarArrayOpExpr *op)
{
	List	   *arms = op->useOr ? NIL : arms_of(root, op);

	return arms ? make_ands_explicit(arms) : NULL;
}

/* The comparison of arrays; by bytes, if their elements are. */
static Expr *
members_of_arrays(const TuyaKeyOwn *own, Oid function, Expr *left, Expr *right, Oid collation)
{
	Oid			element = element_type(left);

	/* the operators compare as the elements' type does, which for varchar is text */
	if ((element != TEXTOID && element != VARCHAROID) || !OidIsValid(collation) ||
		!get_collation_isdeterministic(collation))
		return NULL;
	switch (function)
	{
		case F_ARRAYCONTAINS:
			return contains(left, right, collation);
		case F_ARRAYCONTAINED:
			return contains(right, left, collation);
		case F_ARRAYOVERLAP:
			return overlaps(left, right, collation);
		default:
			return compare_arrays(own, left, right, collation);
	}
}

/* Of jsonb IS NOT DISTINCT FROM is = if a side is never NULL. */
static Expr *
jsonb_equal(const TuyaKeyOwn *own, const OpExpr *op)
{
	Expr	   *left = linitial(op->args);
	Expr	   *right = lsecond(op->args);
	Expr	   *equal;

	if (IsA(op, DistinctExpr) && !tuya_key_object_is_never_null(own, left) && !tuya_key_object_is_never_null(own, right))
		return NULL;
	equal = tuya_key_object_equal(left, right);
	if (equal || IsA(op, OpExpr))
		return equal;
	return make_opclause(op->opno, BOOLOID, false, left, right, InvalidOid, op->inputcollid);
}

Expr *
tuya_key_members_compared(const TuyaKeyOwn *own, Expr *clause)
{
	OpExpr	   *op = (OpExpr *) (is_notclause(clause) ? get_notclausearg(clause) : clause);
	Oid			function;

	if (IsA(clause, ScalarArrayOpExpr))
		return members_of_all(own->root, (ScalarArrayOpExpr *) clause);
	if (!IsA(op, OpExpr) && !IsA(op, DistinctExpr))
		return NULL;
	/* NOT goes with IS DISTINCT FROM only; two NULLs have no members */
	if (IsA(op, DistinctExpr) != is_notclause(clause) || list_length(op->args) != 2)
		return NULL;
	function = get_opcode(op->opno);
	switch (function)
	{
		case F_RECORD_EQ:
		case F_RECORD_IMAGE_EQ:
			return compare_rows(own->root, linitial(op->args), lsecond(op->args));
		case F_ARRAYCONTAINS:
		case F_ARRAYCONTAINED:
		case F_ARRAYOVERLAP:
		case F_ARRAY_EQ:
			return members_of_arrays(own, function, linitial(op->args), lsecond(op->args), op->inputcollid);
		case F_JSONB_EQ:
			return jsonb_equal(own, op);
		case F_JSONB_CONTAINS:
			return tuya_key_object_contains(linitial(op->args), lsecond(op->args));
		case F_JSONB_CONTAINED:
			return tuya_key_object_contains(lsecond(op->args), linitial(op->args));
		default:
			return NULL;
	}
}
