/*
 * sublink_unnest.c
 *		Comparisons of a row with an array of rows, as IN of a subquery.
 *
 *		ROW(x, y) = ANY (rows)
 *			(x, y) IN (SELECT a, b FROM unnest(rows) AS r (a, b))
 *
 * In rows NULLs are equal.  What is no key is compared with '' in place of NULL.
 */
#include "postgres.h"

#include "planner/sublink_unnest.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/key_own.h"
#include "planner/make_test.h"
#include "planner/sublink_key.h"
#include "planner/sublink_query.h"

bool
tuya_sublink_is_in_rows(Node *node)
{
	const ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) node;
	const Expr *array;

	if (!IsA(node, ScalarArrayOpExpr) || !op->useOr || op->opno != RECORD_EQ_OP ||
		!IsA(tuya_key_strip_relabels(linitial(op->args)), RowExpr))
		return false;
	array = tuya_key_strip_relabels(lsecond(op->args));
	return !IsA(array, Const) && !IsA(array, ArrayExpr) &&
		!(IsA(array, SubLink) && ((const SubLink *) array)->subLinkType == ARRAY_SUBLINK);
}

/* What columns a row of type record has, told by those that it is compared to. */
static List *
column_definitions(const RowExpr *row)
{
	List	   *definitions = NIL;
	ListCell   *lc;

	foreach(lc, row->args)
	{
		Node	   *column = lfirst(lc);

		definitions = lappend(definitions, makeColumnDef(psprintf("column%d", foreach_current_index(lc) + 1), exprType(column),
														 exprTypmod(column), exprCollation(column)));
	}
	return definitions;
}

/* unnest(rows) as a relation of a new subquery, in which the array is of the query around it. */
static ParseNamespaceItem *
make_relation(ParseState * pstate, const RowExpr *row, const Expr *array)
{
	Oid			type = get_element_type(exprType((const Node *) array));
	Node	   *rows = copyObject(unconstify(Node *, (const Node *) array));
	RangeFunction *function = makeNode(RangeFunction);
	FuncExpr   *unnest;

	IncrementVarSublevelsUp(rows, 1, 0);
	unnest = makeFuncExpr(F_UNNEST_ANYARRAY, type, list_make1(rows), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	unnest->funcretset = true;
	function->alias = makeAlias("rows", NIL);
	return addRangeTableEntryForFunction(pstate, list_make1("unnest"), list_make1(unnest),
										 list_make1(type == RECORDOID ? column_definitions(row) : NIL),
										 function, false, true);
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

/* Adds the column to the subquery's outputs; the test that it is the same. */
static Node *
test_of_column(Query *query, Node *value, const ParseNamespaceColumn * column, bool may_be_key)
{
	Expr	   *var = (Expr *) makeVar(1, column->p_varattno, column->p_vartype, column->p_vartypmod, column->p_varcollid, 0);
	Expr	   *copy = copyObject((Expr *) value);
	TargetEntry *output = makeTargetEntry(may_be_key ? var : tuya_make_never_null(var),
										  (AttrNumber) (list_length(query->targetList) + 1), pstrdup("?column?"), false);
	OpExpr	   *test;

	query->targetList = lappend(query->targetList, output);
	test = (OpExpr *) make_opclause(TextEqualOperator, BOOLOID, false, may_be_key ? copy : tuya_make_never_null(copy),
									(Expr *) tuya_sublink_column(output), InvalidOid, column->p_varcollid);
	set_opfuncid(test);
	return (Node *) test;
}

static Query *
make_query(const ParseState * pstate, bool has_sublinks)
{
	Query	   *query = makeNode(Query);
	RangeTblRef *ref = makeNode(RangeTblRef);

	ref->rtindex = 1;
	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->rtable = pstate->p_rtable;
	query->jointree = makeFromExpr(list_make1(ref), NULL);
	query->hasSubLinks = has_sublinks;
	return query;
}

SubLink *
tuya_sublink_of_rows(const ScalarArrayOpExpr *op, const List *rtable)
{
	const RowExpr *row = (RowExpr *) tuya_key_strip_relabels(linitial(op->args));
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *rows = make_relation(pstate, row, tuya_key_strip_relabels(lsecond(op->args)));
	SubLink    *link = makeNode(SubLink);
	Query	   *query = make_query(pstate, checkExprHasSubLink(lsecond(op->args)));
	List	   *tests = NIL;
	ListCell   *lc;

	if (list_length(rows->p_rte->eref->colnames) != list_length(row->args))
		return NULL;
	foreach(lc, row->args)
	{
		const		ParseNamespaceColumn *column = &rows->p_nscolumns[foreach_current_index(lc)];

		if (is_text(exprType(lfirst(lc))) && column->p_vartype == exprType(lfirst(lc)))
			tests = lappend(tests, test_of_column(query, lfirst(lc), column,
												  tuya_sublink_may_have_key(lfirst(lc), rtable)));
	}
	link->subLinkType = ANY_SUBLINK;
	link->testexpr = (Node *) make_ands_explicit(tests);
	link->subselect = (Node *) query;
	link->location = -1;
	return tests ? link : NULL;
}
