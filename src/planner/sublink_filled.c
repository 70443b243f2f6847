/*
 * sublink_filled.c
 *		Outer joins of which no row is left that they have filled up.
 *
 *		ota_job j LEFT JOIN t ON t.a = j.a WHERE coalesce(t.b, t.d, 0) > 0
 *			... AND (t.b IS NOT NULL OR t.d IS NOT NULL)
 *
 * PostgreSQL makes an inner join, by which t tells a key, where a condition is strict.  Here those
 * are found that are not true where all its columns of a side are NULL.
 */
#include "postgres.h"

#include "planner/sublink_filled.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"

#include "planner/make_test.h"
#include "planner/sublink_evaluate.h"
#include "planner/sublink_query.h"

/* Adds the relations that may be filled up, below the item or all of it. */
static void
add_filled(const Node *item, bool filled, Bitmapset **varnos)
{
	const JoinExpr *join = (const JoinExpr *) item;

	if (IsA(item, RangeTblRef) && filled)
		*varnos = bms_add_member(*varnos, ((const RangeTblRef *) item)->rtindex);
	if (!IsA(item, JoinExpr))
		return;
	add_filled(join->larg, filled || join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL, varnos);
	add_filled(join->rarg, filled || join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL, varnos);
}

/* Adds the column to the list of those that were found. */
static Node *
null_in_place(const Var *column, void *arg)
{
	List	  **found = arg;

	*found = list_append_unique(*found, unconstify(Var *, column));
	return (Node *) makeNullConst(column->vartype, column->vartypmod, column->varcollid);
}

/* One of the columns IS NOT NULL. */
static Node *
any_not_null(const List *columns)
{
	List	   *tests = NIL;
	ListCell   *lc;

	foreach(lc, columns)
	{
		tests = lappend(tests, tuya_make_null_test(copyObject(lfirst(lc)), IS_NOT_NULL));
	}
	return (Node *) make_orclause(tests);
}

/* What the condition implies of the relation; NULL if nothing, or nothing that PostgreSQL does not know. */
static Node *
implied(Node *condition, int varno)
{
	List	   *columns = NIL;
	Node	   *replaced = tuya_sublink_replace_columns(condition, varno, null_in_place, &columns);

	if (columns == NIL || bms_is_member(varno, find_nonnullable_rels(condition)) ||
		!tuya_sublink_evaluate_fails(replaced))
		return NULL;
	return list_length(columns) == 1 ?
		(Node *) tuya_make_null_test(copyObject(linitial(columns)), IS_NOT_NULL) : any_not_null(columns);
}

/* Of all outer joins in the items, whose rows pass the conditions. */
static List *
filled_in(const List *items, Node *quals)
{
	Bitmapset  *varnos = NULL;
	List	   *conditions = NIL;
	int			varno = -1;
	ListCell   *lc;

	foreach(lc, items)
	{
		add_filled(lfirst(lc), false, &varnos);
	}
	while ((varno = bms_next_member(varnos, varno)) >= 0)
	{
		foreach(lc, make_ands_implicit((Expr *) quals))
		{
			Node	   *condition = implied(lfirst(lc), varno);

			if (condition)
				conditions = lappend(conditions, condition);
		}
	}
	return conditions;
}

List *
tuya_sublink_filled(const FromExpr *from)
{
	return filled_in(from->fromlist, from->quals);
}

List *
tuya_sublink_filled_on(const JoinExpr *join)
{
	switch (join->jointype)
	{
		case JOIN_INNER:
			return filled_in(list_make2(join->larg, join->rarg), join->quals);
		case JOIN_LEFT:
			return filled_in(list_make1(join->rarg), join->quals);
		case JOIN_RIGHT:
			return filled_in(list_make1(join->larg), join->quals);
		default:
			return NIL;
	}
}
