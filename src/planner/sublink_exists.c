/*
 * sublink_exists.c
 *		EXISTS of other tables' rows, which gives values to columns of ours, as IN.
 */
#include "postgres.h"

#include "planner/sublink_exists.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "planner/key_own.h"
#include "planner/own.h"
#include "planner/sublink_query.h"

/* Whether an expression of a subquery is one over columns of ours in the query around it. */
static bool
is_own_outside(Node *expr, const Query *outer)
{
	ListCell   *lc;

	if (contain_vars_of_level(expr, 0) || checkExprHasSubLink(expr) || !tuya_sublink_is_movable(expr))
		return false;
	foreach(lc, pull_vars_of_level(expr, 1))
	{
		Var		   *var = lfirst(lc);

		if (IsA(var, Var) && tuya_own_may_have(rt_fetch(var->varno, outer->rtable)))
			return true;
	}
	return false;
}

/* Whether the condition is x = y: x of ours in the query around the subquery, y its own. */
static bool
is_pair(OpExpr *op, const Query *outer, Node **x, Node **y)
{
	if (!IsA(op, OpExpr) || list_length(op->args) != 2 ||
		!tuya_key_is_text_equality(op->opno, op->inputcollid))
		return false;
	*x = linitial(op->args);
	*y = lsecond(op->args);
	if (!is_own_outside(*x, outer))
	{
		*x = lsecond(op->args);
		*y = linitial(op->args);
	}
	return is_own_outside(*x, outer) && !contain_vars_of_level(*y, 1) && tuya_sublink_is_movable(*y);
}

/* The pair as a test, with its own side as the subquery's next output. */
static Node *
test_of_pair(OpExpr *pair, Node *x, Node *y, Query *query)
{
	/* PostgreSQL makes a relation's columns of a subquery's, and those have names */
	TargetEntry *output = makeTargetEntry((Expr *) y, (AttrNumber) (list_length(query->targetList) + 1),
										  pstrdup("?column?"), false);

	query->targetList = lappend(query->targetList, output);
	if (x != linitial(pair->args))
		pair->opno = get_commutator(pair->opno);
	pair->opfuncid = get_opcode(pair->opno);
	IncrementVarSublevelsUp(x, -1, 1);
	pair->args = list_make2(x, tuya_sublink_column(output));
	return (Node *) pair;
}

/* The conditions that the AND, which may have others in it, is of. */
static List *
conjuncts(Node *quals)
{
	List	   *all = NIL;
	ListCell   *lc;

	if (quals == NULL || !is_andclause(quals))
		return quals ? list_make1(quals) : NIL;
	foreach(lc, ((BoolExpr *) quals)->args)
	{
		all = list_concat(all, conjuncts(lfirst(lc)));
	}
	return all;
}

SubLink *
tuya_sublink_exists_as_in(SubLink *link, const Query *outer)
{
	Query	   *query = (Query *) link->subselect;
	List	   *tests = NIL;
	List	   *rest = NIL;
	ListCell   *lc;
	Node	   *x;
	Node	   *y;

	if (!tuya_sublink_has_independent_rows(query))
		return link;
	foreach(lc, conjuncts(query->jointree->quals))
	{
		if (!is_pair(lfirst(lc), outer, &x, &y))
			rest = lappend(rest, lfirst(lc));
		else
		{
			if (tests == NIL)
				query->targetList = query->sortClause = query->distinctClause = NIL;
			tests = lappend(tests, test_of_pair(lfirst(lc), x, y, query));
		}
	}
	if (tests == NIL)
		return link;
	query->jointree->quals = rest ? (Node *) make_ands_explicit(rest) : NULL;
	link->subLinkType = ANY_SUBLINK;
	link->testexpr = (Node *) make_ands_explicit(tests);
	return link;
}
