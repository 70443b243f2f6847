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
 *			EXISTS (SELECT FROM t WHERE ...)
 *
 * So do "x IN (SELECT ...)" whose subquery refers to the query around it, and a LATERAL
 * subquery in FROM that joins, such as "(SELECT ... LIMIT 1)".
 *
 * Conditions are evaluated for that at once, but only such as throw nothing.
 */
#include "postgres.h"

#include "planner/sublink_implied.h"

#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/own.h"
#include "planner/sublink_query.h"

/*
 * ---- rows ----
 */

/* Whether the subquery reads rows, and no others the next time. */
static bool
reads_rows(const Query *query)
{
	return query->commandType == CMD_SELECT && query->setOperations == NULL && query->jointree->fromlist != NIL &&
		query->groupClause == NIL && query->groupingSets == NIL && query->havingQual == NULL &&
		!query->hasModifyingCTE && query->rowMarks == NIL && !contain_volatile_functions((Node *) query) &&
		!tuya_own_query(unconstify(Query *, query));
}

/* EXISTS of a row that passes the subquery's conditions. */
static SubLink *
exists(const Query *query)
{
	SubLink    *link = makeNode(SubLink);
	Query	   *rows = copyObject(unconstify(Query *, query));

	rows->targetList = rows->distinctClause = rows->sortClause = rows->windowClause = NIL;
	rows->limitCount = rows->limitOffset = NULL;
	rows->hasAggs = rows->hasWindowFuncs = rows->hasTargetSRFs = rows->hasDistinctOn = false;
	link->subLinkType = EXISTS_SUBLINK;
	link->subselect = (Node *) rows;
	link->location = -1;
	return link;
}

/*
 * ---- conditions ----
 */

static bool
is_leaky_function(Oid function, void *context)
{
	(void) context;
	return !get_func_leakproof(function);
}

/* Whether evaluating the expression may throw an error. */
static bool
may_throw(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_SubLink:
			return false;		/* is not evaluated */
		case T_List:
		case T_Const:
		case T_Var:
		case T_RelabelType:
		case T_CoalesceExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_BoolExpr:
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_ScalarArrayOpExpr:
			if (check_functions_in_node(node, is_leaky_function, NULL))
				return true;
			break;
		default:
			return true;
	}
	return expression_tree_walker(node, may_throw, context);
}

static bool
is_null_of_nothing(const Aggref *agg)
{
	return agg->aggkind == AGGKIND_NORMAL && agg->aggfnoid < FirstNormalObjectId && agg->aggfnoid != F_REGR_COUNT;
}

/* The aggregates' values of no rows in their place; *context becomes false if one is not known. */
static Node *
replace_aggregates(Node *node, void *context)
{
	const Aggref *agg = (Aggref *) node;

	if (node == NULL)
		return NULL;
	if (!IsA(node, Aggref))
		return expression_tree_mutator(node, replace_aggregates, context);
	if (agg->aggfnoid == F_COUNT_ || agg->aggfnoid == F_COUNT_ANY)
		return (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(0), false, FLOAT8PASSBYVAL);
	*(bool *) context &= is_null_of_nothing(agg);
	return (Node *) makeNullConst(agg->aggtype, -1, agg->aggcollid);
}

/* What the scalar subquery is where it reads no rows; NULL if that is not known. */
static Node *
value_of_nothing(const Query *query)
{
	Expr	   *output = linitial_node(TargetEntry, query->targetList)->expr;
	bool		known = true;
	Node	   *value;

	if (!query->hasAggs)
		return (Node *) makeNullConst(exprType((Node *) output), -1, exprCollation((Node *) output));
	if (query->limitCount || query->limitOffset || query->hasTargetSRFs)
		return NULL;
	value = replace_aggregates((Node *) output, &known);
	return known && !contain_var_clause(value) && !checkExprHasSubLink(value) ? value : NULL;
}

typedef struct Replacement
{
	const SubLink *link;
	Node	   *value;
} Replacement;

static Node *
replace_link(Node *node, void *context)
{
	const Replacement *replacement = context;

	if (node == (Node *) replacement->link)
		return copyObject(replacement->value);
	if (node == NULL || IsA(node, SubLink))
		return node;
	return expression_tree_mutator(node, replace_link, context);
}

/* Whether the condition is true only if the subquery, a part of it, reads a row. */
static bool
needs_row(Node *condition, const SubLink *link)
{
	const Query *query = (Query *) link->subselect;
	Replacement replacement = {.link = link};
	const Const *result;

	if (!reads_rows(query))
		return false;
	replacement.value = value_of_nothing(query);
	if (replacement.value == NULL)
		return false;
	condition = replace_link(condition, &replacement);
	if (may_throw(condition, NULL))
		return false;
	result = (Const *) eval_const_expressions(NULL, condition);
	return IsA(result, Const) && (result->constisnull || !DatumGetBool(result->constvalue));
}

/* Appends the scalar subqueries of the expression, but none within them, to *context. */
static bool
find_links(Node *node, void *context)
{
	List	  **links = context;

	if (node == NULL)
		return false;
	if (!IsA(node, SubLink))
		return expression_tree_walker(node, find_links, context);
	if (((SubLink *) node)->subLinkType == EXPR_SUBLINK)
		*links = lappend(*links, node);
	return false;
}

/* EXISTS of a row that passes the test of "x IN (SELECT ...)", if the subquery refers to x's query. */
static SubLink *
implied_by_any(const SubLink *link)
{
	const Query *query = (Query *) link->subselect;
	SubLink    *implied;
	Node	   *test;

	if (link->subLinkType != ANY_SUBLINK || query->hasAggs || !reads_rows(query) ||
		!contain_vars_of_level((Node *) query, 1))
		return NULL;
	implied = exists(query);
	test = tuya_sublink_condition(query, link->testexpr);
	if (tuya_sublink_is_movable(test))
		tuya_sublink_add_condition((Query *) implied->subselect, test);
	return implied;
}

List *
tuya_sublink_implied(Node *condition)
{
	SubLink    *any = IsA(condition, SubLink) ? implied_by_any((SubLink *) condition) : NULL;
	List	   *links = NIL;
	List	   *implied = NIL;
	ListCell   *lc;

	/* AND and OR are looked at by parts */
	if (any)
		return list_make1(any);
	if (exprType(condition) != BOOLOID || is_andclause(condition) || is_orclause(condition))
		return NIL;
	find_links(condition, &links);
	if (links == NIL)
		return NIL;
	/* as the planner will do, so that what else may throw does it now */
	condition = eval_const_expressions(NULL, condition);
	links = NIL;
	find_links(condition, &links);
	foreach(lc, links)
	{
		SubLink    *link = lfirst_node(SubLink, lc);

		if (needs_row(condition, link))
			implied = lappend(implied, exists((Query *) link->subselect));
	}
	return implied;
}

/*
 * ---- FROM ----
 */

/* Of the item, and of what it joins. */
static List *
implied_by_item(Node *item, const List *rtable)
{
	JoinExpr   *join = (JoinExpr *) item;
	RangeTblEntry *rte;

	if (IsA(item, JoinExpr))
		return join->jointype != JOIN_INNER ? NIL :
			list_concat(implied_by_item(join->larg, rtable), implied_by_item(join->rarg, rtable));
	if (!IsA(item, RangeTblRef))
		return NIL;
	rte = rt_fetch(((RangeTblRef *) item)->rtindex, rtable);
	/* one that dissolves is a join already */
	if (rte->rtekind != RTE_SUBQUERY || !rte->lateral || rte->subquery->hasAggs ||
		(tuya_sublink_has_independent_rows(rte->subquery) && rte->subquery->distinctClause == NIL) ||
		!reads_rows(rte->subquery))
		return NIL;
	return list_make1(exists(rte->subquery));
}

List *
tuya_sublink_implied_by_from(const FromExpr *from, const List *rtable)
{
	List	   *implied = NIL;
	ListCell   *lc;

	foreach(lc, from->fromlist)
	{
		implied = list_concat(implied, implied_by_item(lfirst(lc), rtable));
	}
	return implied;
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
