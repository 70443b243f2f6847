/*
 * sublink_row.c
 *		Values for several columns of ours from one IN subquery.
 *
 *		(x, y) IN (SELECT a, b ...)
 *			x IN (SELECT a ...) AND y IN (SELECT b ... WHERE x = a)
 *
 * The last of these conditions says all; the others follow from it, and give values to the
 * columns that it depends on: those that may be keys come first.  What is compared to columns
 * of others, or to constants, is a condition of each.
 */
#include "postgres.h"

#include "planner/sublink_row.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"

#include "planner/key_own.h"
#include "planner/own.h"
#include "planner/sublink_key.h"
#include "planner/sublink_query.h"

/* Whether the subquery has the same rows however often it is run. */
static bool
is_repeatable(Query *query)
{
	return !query->hasDistinctOn && !query->hasWindowFuncs && query->limitCount == NULL && query->limitOffset == NULL &&
		tuya_sublink_is_repeatable((Node *) query);
}

typedef enum Side
{
	OF_OTHERS,
	OF_OURS,					/* but no key */
	PERHAPS_KEY
} Side;

/* What the test compares by = to one of the subquery's columns. */
static Side
compared(Node *test, const Query *outer)
{
	Side		side = OF_OTHERS;
	Expr	   *left;
	Expr	   *right;
	ListCell   *lc;

	if (!tuya_key_is_equality((Expr *) test, &left, &right) ||
		!IsA(tuya_key_strip_relabels(right), Param))
		return side;
	foreach(lc, pull_vars_of_level((Node *) left, 0))
	{
		Var		   *var = lfirst(lc);
		RangeTblEntry *rte = IsA(var, Var) ? rt_fetch(var->varno, outer->rtable) : NULL;

		if (rte && tuya_own_may_have(rte))
			side = Max(side, tuya_sublink_is_no_key(rte, var->varattno) ? OF_OURS : PERHAPS_KEY);
	}
	return side;
}

/* The subquery's column becomes the only one that there is. */
static Node *
renumber(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_SUBLINK)
	{
		Param	   *param = copyObject((Param *) node);

		*(int *) context = param->paramid;
		param->paramid = 1;
		return (Node *) param;
	}
	return expression_tree_mutator(node, renumber, context);
}

static Node *
link_of_test(const SubLink *link, const Query *query, Node *test)
{
	SubLink    *single = copyObject(unconstify(SubLink *, link));
	Query	   *subselect = copyObject(unconstify(Query *, query));
	TargetEntry *output;
	int			column = 0;

	single->testexpr = renumber(test, &column);
	output = get_tle_by_resno(subselect->targetList, (AttrNumber) column);
	output->resno = 1;
	output->resjunk = false;
	output->ressortgroupref = 0;
	subselect->targetList = list_make1(output);
	subselect->sortClause = subselect->distinctClause = NIL;
	single->subselect = (Node *) subselect;
	return (Node *) single;
}

/* The tests that compare something of that side. */
static List *
tests_of(const SubLink *link, const Query *outer, Side side)
{
	List	   *tests = NIL;
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) link->testexpr))
	{
		if (compared(lfirst(lc), outer) == side)
			tests = lappend(tests, lfirst(lc));
	}
	return tests;
}

Node *
tuya_sublink_row(SubLink *link, const Query *outer)
{
	Query	   *query = (Query *) link->subselect;
	List	   *others = tests_of(link, outer, OF_OTHERS);
	List	   *keys = tests_of(link, outer, PERHAPS_KEY);
	List	   *own = list_concat_copy(keys, tests_of(link, outer, OF_OURS));
	List	   *links = NIL;
	ListCell   *lc;

	if (link->subLinkType != ANY_SUBLINK || keys == NIL || list_length(own) + list_length(others) < 2 ||
		!is_repeatable(query) || !tuya_sublink_is_movable(link->testexpr))
		return (Node *) link;
	if (!tuya_sublink_has_independent_rows(query))
		query = tuya_sublink_wrap(query);
	foreach(lc, others)
	{
		tuya_sublink_add_condition(query, tuya_sublink_condition(query, lfirst(lc)));
	}
	foreach(lc, own)
	{
		links = lappend(links, link_of_test(link, query, lfirst(lc)));
		tuya_sublink_add_condition(query, tuya_sublink_condition(query, lfirst(lc)));
	}
	return (Node *) make_ands_explicit(links);
}
