/*
 * sublink_implied.c
 *		Subqueries without which a condition is not true, and such as are none.
 *
 * A scalar subquery that finds no rows has one value: NULL, or, of aggregates, what they
 * are of nothing: 0 for count(), NULL for nearly all others.  If the condition is not
 * true with that in its place, then wherever it is true there is a row:
 *
 *		(SELECT count(*) FROM t WHERE ...) > 0
 *		(SELECT a FROM t WHERE ... LIMIT 1) IS NOT NULL
 *		(SELECT bool_or(a) FROM t WHERE ...)
 *		ARRAY(SELECT a FROM t WHERE ...) <> '{}'
 *			EXISTS (SELECT FROM t WHERE ...)
 *
 * So do EXISTS of groups, "x IN (SELECT ...)" whose subquery refers to the query around it,
 * and a LATERAL subquery in FROM that joins, such as "(SELECT ... LIMIT 1)".  One of
 * aggregates always has a row, of which a condition must not be true if it is of nothing:
 *
 *		JOIN LATERAL (SELECT count(*) AS n FROM t WHERE ...) x ON x.n > 0
 */
#include "postgres.h"

#include "planner/sublink_implied.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"

#include "compat_planner.h"
#include "planner/own.h"
#include "planner/sublink_computed.h"
#include "planner/sublink_evaluate.h"
#include "planner/sublink_nested.h"
#include "planner/sublink_nothing.h"
#include "planner/sublink_query.h"
#include "planner/sublink_unnest.h"

/*
 * ---- rows ----
 */

/* Whether the subquery reads rows, and no others the next time. */
static bool
reads_rows(const Query *query)
{
	return query->setOperations == NULL && query->jointree->fromlist != NIL && query->groupingSets == NIL &&
		tuya_sublink_is_repeatable((Node *) query) && !tuya_own_query(unconstify(Query *, query));
}

/* A copy of what the query reads: itself, or the only subquery in its FROM, if that reads rows. */
static Query *
read_by(const Query *query)
{
	const Node *item = linitial(query->jointree->fromlist);
	const RangeTblEntry *rte;
	Query	   *within;

	if (list_length(query->jointree->fromlist) != 1 || !IsA(item, RangeTblRef) || query->jointree->quals ||
		query->cteList != NIL)
		return copyObject(unconstify(Query *, query));
	rte = rt_fetch(((const RangeTblRef *) item)->rtindex, query->rtable);
	if (rte->rtekind != RTE_SUBQUERY || !reads_rows(rte->subquery) || tuya_sublink_nothing_has_row(rte->subquery))
		return copyObject(unconstify(Query *, query));
	within = read_by(rte->subquery);
	IncrementVarSublevelsUp((Node *) within, -1, 1);
	return within;
}

/* EXISTS of a row that passes the subquery's conditions. */
static SubLink *
exists(const Query *query)
{
	Query	   *rows = read_by(query);

	rows->targetList = rows->distinctClause = rows->sortClause = rows->windowClause = rows->groupClause = NIL;
	rows->limitCount = rows->limitOffset = rows->havingQual = NULL;
	rows->hasAggs = rows->hasWindowFuncs = rows->hasTargetSRFs = rows->hasDistinctOn = false;
	tuya_compat_remove_groups(rows);
	return tuya_sublink_exists(rows);
}

/*
 * ---- conditions ----
 */

/* Whether the condition is true only if the subquery, a part of it, reads a row. */
static bool
needs_row(Node *condition, const SubLink *link)
{
	Node	   *value = reads_rows((Query *) link->subselect) ? tuya_sublink_nothing_value(link) : NULL;

	return value && tuya_sublink_nothing_fails_with(condition, (const Node *) link, value);
}

/* Appends the scalar subqueries and arrays of the expression, but none within them, to *context. */
static bool
find_links(Node *node, void *context)
{
	List	  **links = context;

	if (node == NULL)
		return false;
	if (!IsA(node, SubLink))
		return expression_tree_walker(node, find_links, context);
	if (((SubLink *) node)->subLinkType == EXPR_SUBLINK || ((SubLink *) node)->subLinkType == ARRAY_SUBLINK)
		*links = lappend(*links, node);
	return false;
}

/* Appends IN and EXISTS that nobody takes for conditions where they stand to *context. */
static bool
find_tests(Node *node, void *context)
{
	const BooleanTest *test = (BooleanTest *) node;
	List	  **links = context;

	if (node == NULL || IsA(node, CaseExpr) || IsA(node, CoalesceExpr) ||
		(IsA(node, BooleanTest) && (test->booltesttype == IS_TRUE || test->booltesttype == IS_NOT_TRUE)))
		return false;
	if (!IsA(node, SubLink))
		return expression_tree_walker(node, find_tests, context);
	if (tuya_sublink_is_test(node))
		*links = lappend(*links, node);
	return false;
}

/* Whether the condition is true only if the test, a part of it, is. */
static bool
needs_truth(Node *condition, const SubLink *link)
{
	return reads_rows((Query *) link->subselect) &&
		tuya_sublink_nothing_fails_with(condition, (const Node *) link, makeBoolConst(false, false)) &&
		(link->subLinkType == EXISTS_SUBLINK ||
		 tuya_sublink_nothing_fails_with(condition, (const Node *) link, makeBoolConst(false, true)));
}

/* EXISTS of a row that passes the test of "x IN (SELECT ...)", if the subquery refers to x's query. */
static SubLink *
implied_by_any(const SubLink *link)
{
	const Query *query = (Query *) link->subselect;
	SubLink    *implied;
	Node	   *test;

	if (link->subLinkType != ANY_SUBLINK || query->hasAggs || query->groupClause != NIL || !reads_rows(query) ||
		!contain_vars_of_level((Node *) query, 1))
		return NULL;
	implied = exists(query);
	test = tuya_sublink_condition(query, link->testexpr);
	if (tuya_sublink_is_movable(test))
		tuya_sublink_add_condition((Query *) implied->subselect, test);
	return implied;
}

/* EXISTS of a row, of EXISTS whose subquery makes others of the rows that it reads. */
static SubLink *
implied_by_exists(const SubLink *link)
{
	const Query *query = (Query *) link->subselect;

	/* else it is such a condition itself */
	if (link->subLinkType != EXISTS_SUBLINK ||
		(tuya_sublink_has_independent_rows(query) && query->jointree->quals) ||
		!reads_rows(query) || tuya_sublink_nothing_has_row(query))
		return NULL;
	return exists(query);
}

/* What the test of a subquery implies. */
static List *
implied_by_test(const SubLink *link)
{
	const Query *query = (Query *) link->subselect;
	SubLink    *implied = implied_by_any(link);

	if (implied == NULL)
		implied = implied_by_exists(link);
	return list_concat(implied ? list_make1(implied) : NIL,
					   reads_rows(query) && !tuya_sublink_nothing_has_row(query) ? tuya_sublink_nested(query) : NIL);
}

static List *
implied_by_rows(const ScalarArrayOpExpr *op, const List *rtable)
{
	SubLink    *link = tuya_sublink_is_repeatable(lsecond(op->args)) ? tuya_sublink_of_rows(op, rtable) : NULL;

	return link ? list_make1(link) : NIL;
}

/* What the truth of the test implies: itself, if nothing more is to be said of it. */
static List *
implied_by_truth(SubLink *link)
{
	List	   *implied = implied_by_test(link);

	return implied ? implied : list_make1(copyObject(link));
}

/* What the subqueries imply of which a condition is composed. */
static List *
implied_by_parts(Node *condition)
{
	List	   *links = NIL;
	List	   *tests = NIL;
	List	   *implied = NIL;
	ListCell   *lc;

	if (!checkExprHasSubLink(condition))
		return NIL;
	/* as the planner will do, so that what else may throw does it now */
	condition = eval_const_expressions(NULL, condition);
	find_links(condition, &links);
	find_tests(condition, &tests);
	foreach(lc, links)
	{
		const Query *query = (Query *) lfirst_node(SubLink, lc)->subselect;

		if (needs_row(condition, lfirst_node(SubLink, lc)))
			implied = list_concat(lappend(implied, exists(query)), tuya_sublink_nested(query));
	}
	foreach(lc, tests)
	{
		if (needs_truth(condition, lfirst_node(SubLink, lc)))
			implied = list_concat(implied, implied_by_truth(lfirst(lc)));
	}
	return implied;
}

List *
tuya_sublink_implied(Node *condition, const List *rtable)
{
	List	   *implied;

	if (tuya_sublink_is_test(condition) && (implied = implied_by_test((SubLink *) condition)) != NIL)
		return implied;
	if (tuya_sublink_is_in_rows(condition))
		return implied_by_rows((ScalarArrayOpExpr *) condition, rtable);
	/* IN is not true where its test is not, of whatever row */
	if (IsA(condition, SubLink) && ((SubLink *) condition)->subLinkType == ANY_SUBLINK)
		condition = ((SubLink *) condition)->testexpr;
	/* AND and OR are looked at by parts, and EXISTS says itself all that there is */
	if (exprType(condition) != BOOLOID || tuya_sublink_is_test(condition) || is_andclause(condition) || is_orclause(condition))
		return NIL;
	return implied_by_parts(condition);
}

/*
 * ---- FROM ----
 */

/* What is joined, and the conditions that are true of all rows in the end. */
typedef struct Joined
{
	const List *rtable;
	List	   *conditions;
	bool		filled_up;		/* by an outer join, on these other conditions */
	List	   *on;
	bool		within;			/* a subquery, whose relations see what is around it anyway */
} Joined;

static List *
conditions_and(const List *conditions, Node *quals)
{
	return list_concat(list_copy(conditions), make_ands_implicit((Expr *) quals));
}

/* What conditions on a subquery's columns imply that it has computed by subqueries of its own. */
static List *
implied_by_computed(int varno, const List *conditions, const List *rtable)
{
	const RangeTblEntry *rte = rt_fetch(varno, rtable);
	List	   *implied = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		Node	   *condition = tuya_sublink_computed(lfirst(lc), varno, rte);
		List	   *more = condition ? tuya_sublink_implied(condition, rtable) : NIL;

		if (more == NIL && condition && tuya_sublink_is_test(condition) && reads_rows((Query *) ((SubLink *) condition)->subselect))
			more = list_make1(condition);
		implied = list_concat(implied, more);
	}
	return implied;
}

static List *implied_by_item(Node *item, const Joined *joined);

/* What a row that the subquery reads implies of what is around it. */
static List *
implied_within(const Query *query)
{
	Joined		joined = {query->rtable, conditions_and(NIL, query->jointree->quals),.within = true};
	List	   *implied = NIL;
	List	   *outside = NIL;
	ListCell   *lc;

	check_stack_depth();
	/* what reads a query of its WITH can be nowhere else */
	if (query->cteList != NIL)
		return NIL;
	foreach(lc, query->jointree->fromlist)
	{
		implied = list_concat(implied, implied_by_item(lfirst(lc), &joined));
	}
	foreach(lc, implied)
	{
		if (contain_vars_of_level(lfirst(lc), 0) || !contain_vars_of_level(lfirst(lc), 1))
			continue;
		IncrementVarSublevelsUp(lfirst(lc), -1, 1);
		outside = lappend(outside, lfirst(lc));
	}
	return outside;
}

/* A row without one that the subquery reads is not among the result's. */
static List *
implied_by_rows_of(int varno, const RangeTblEntry *rte, const List *conditions)
{
	if (!reads_rows(rte->subquery) ||
		(tuya_sublink_nothing_has_row(rte->subquery) &&
		 !tuya_sublink_nothing_fails_in_row(conditions, varno, rte->subquery)))
		return NIL;
	/* one that dissolves is a join already */
	if (tuya_sublink_has_independent_rows(rte->subquery) && rte->subquery->distinctClause == NIL)
		return implied_within(rte->subquery);
	return lcons(exists(rte->subquery), implied_within(rte->subquery));
}

static List *
implied_by_subquery(int varno, const Joined *joined)
{
	const RangeTblEntry *rte = rt_fetch(varno, joined->rtable);
	List	   *all;

	if (rte->rtekind != RTE_SUBQUERY || !(rte->lateral || joined->within) ||
		(joined->filled_up && !tuya_sublink_nothing_fails_in_row(joined->conditions, varno, NULL)))
		return NIL;
	all = list_concat_copy(joined->conditions, joined->on);
	return list_concat(implied_by_computed(varno, all, joined->rtable), implied_by_rows_of(varno, rte, all));
}

/* What an inner join joins passes its condition, too. */
static List *
implied_by_inner(const JoinExpr *join, const Joined *joined)
{
	Joined		inner = *joined;

	/* rows that an outer join fills up afterwards do not pass it */
	if (joined->filled_up)
		inner.on = conditions_and(joined->on, join->quals);
	else
		inner.conditions = conditions_and(joined->conditions, join->quals);
	return list_concat(implied_by_item(join->larg, &inner), implied_by_item(join->rarg, &inner));
}

/* Of a side that the join fills up, where its rows have passed those conditions. */
static List *
implied_by_filled(const JoinExpr *join, Node *side, const Joined *joined, Node *quals)
{
	Joined		filled = *joined;

	filled.filled_up = true;
	filled.on = conditions_and(joined->on, quals);
	return (List *) tuya_compat_filled_up((Node *) implied_by_item(side, &filled), side, join);
}

static List *
implied_by_join(const JoinExpr *join, const Joined *joined)
{
	switch (join->jointype)
	{
		case JOIN_INNER:
			return implied_by_inner(join, joined);
		case JOIN_LEFT:
			return list_concat(implied_by_item(join->larg, joined),
							   implied_by_filled(join, join->rarg, joined, join->quals));
		case JOIN_RIGHT:
			return list_concat(implied_by_filled(join, join->larg, joined, join->quals),
							   implied_by_item(join->rarg, joined));
		case JOIN_FULL:
			return list_concat(implied_by_filled(join, join->larg, joined, NULL),
							   implied_by_filled(join, join->rarg, joined, NULL));
		default:
			return NIL;
	}
}

/* Of the item, and of what it joins. */
static List *
implied_by_item(Node *item, const Joined *joined)
{
	if (IsA(item, JoinExpr))
		return implied_by_join((JoinExpr *) item, joined);
	return IsA(item, RangeTblRef) ? implied_by_subquery(((RangeTblRef *) item)->rtindex, joined) : NIL;
}

List *
tuya_sublink_implied_by_from(const FromExpr *from, const List *rtable)
{
	Joined		joined = {.rtable = rtable,.conditions = conditions_and(NIL, from->quals)};
	List	   *implied = NIL;
	ListCell   *lc;

	foreach(lc, from->fromlist)
	{
		implied = list_concat(implied, implied_by_item(lfirst(lc), &joined));
	}
	return implied;
}

/*
 * Whether the join is in the item, or the item, below a full join; not where an outer join's condition
 * is on it.
 */
static bool
is_below_full(const Node *item, const JoinExpr *join, bool below)
{
	const JoinExpr *other = (const JoinExpr *) item;

	if (!IsA(item, JoinExpr))
		return false;
	if (other == join)
		return below;
	below = other->jointype == JOIN_FULL || (below && other->jointype != JOIN_INNER);
	return is_below_full(other->larg, join, below && other->jointype != JOIN_RIGHT) ||
		is_below_full(other->rarg, join, below && other->jointype != JOIN_LEFT);
}

static bool
is_apart(const Query *query, const JoinExpr *join)
{
	ListCell   *lc;

	foreach(lc, query->jointree->fromlist)
	{
		if (is_below_full(lfirst(lc), join, false))
			return true;
	}
	return false;
}

List *
tuya_sublink_implied_by_on(const JoinExpr *join, const Query *query)
{
	Joined		joined = {.rtable = query->rtable};
	Node	   *filled_up = join->jointype == JOIN_LEFT ? join->rarg : join->jointype == JOIN_RIGHT ? join->larg : NULL;

	if (join->jointype == JOIN_INNER && is_apart(query, join))
		return implied_by_join(join, &joined);
	joined.conditions = conditions_and(NIL, join->quals);
	return filled_up && IsA(filled_up, JoinExpr) ? implied_by_item(filled_up, &joined) : NIL;
}

/*
 * ---- subqueries that are none ----
 */

Node *
tuya_sublink_without_select(Node *node)
{
	const Query *query;
	Node	   *expr;

	if (node == NULL || !IsA(node, SubLink) || ((SubLink *) node)->subLinkType != EXPR_SUBLINK)
		return node;
	query = (Query *) ((SubLink *) node)->subselect;
	/* one that does not refer to the query is evaluated once for all rows */
	if (query->rtable != NIL || query->jointree->quals != NULL || query->cteList != NIL ||
		!tuya_sublink_has_independent_rows(query) || list_length(query->targetList) != 1 ||
		!contain_vars_of_level((Node *) query->targetList, 1))
		return node;
	expr = copyObject((Node *) linitial_node(TargetEntry, query->targetList)->expr);
	IncrementVarSublevelsUp(expr, -1, 1);
	return tuya_sublink_without_select(expr);
}
