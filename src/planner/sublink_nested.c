/*
 * sublink_nested.c
 *		Subqueries in subqueries that refer to the query around both.
 *
 *		EXISTS (SELECT FROM s WHERE s.id IN (SELECT t.id FROM t WHERE t.a = ota_job.a AND t.b = s.b))
 *			EXISTS (SELECT FROM t WHERE t.a = ota_job.a)
 *
 * What the innermost query is asked about the one between is left out.
 */
#include "postgres.h"

#include "planner/sublink_nested.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"

#include "planner/own.h"
#include "planner/sublink_query.h"

/* What the query between is to the queries in its conditions, and what is around it. */
#define BETWEEN 1
#define AROUND 2

static List *
conjuncts_of(const Query *query)
{
	return make_ands_implicit((Expr *) query->jointree->quals);
}

/* Whether it may be run by itself: its rows depend on its conditions alone. */
static bool
is_open(Query *query)
{
	return tuya_sublink_has_independent_rows(query) && tuya_sublink_is_repeatable((Node *) query) && !tuya_own_query(query);
}

/* The innermost query, as one in the conditions of the query around; NULL if it cannot be that. */
static Query *
without_between(const SubLink *link)
{
	Query	   *query = copyObject((Query *) link->subselect);
	List	   *conditions = conjuncts_of(query);
	List	   *kept = NIL;
	ListCell   *lc;

	if (!is_open(query))
		return NULL;
	if (link->subLinkType == ANY_SUBLINK)
		conditions = list_concat(conditions, make_ands_implicit((Expr *) tuya_sublink_condition(query, link->testexpr)));
	foreach(lc, conditions)
	{
		if (!contain_vars_of_level(lfirst(lc), BETWEEN))
			kept = lappend(kept, lfirst(lc));
	}
	query->targetList = query->sortClause = query->distinctClause = NIL;
	query->jointree->quals = kept ? (Node *) make_ands_explicit(kept) : NULL;
	if (contain_vars_of_level((Node *) query, BETWEEN) || !contain_vars_of_level((Node *) query, AROUND))
		return NULL;
	IncrementVarSublevelsUp((Node *) query, -1, AROUND);
	return query;
}

/* Whether all of the query's own refers to nothing around it. */
static bool
depends_by_tests_only(const Query *query)
{
	Query	   *rest = copyObject(unconstify(Query *, query));
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, conjuncts_of(rest))
	{
		if (!tuya_sublink_is_test(lfirst(lc)))
			others = lappend(others, lfirst(lc));
	}
	rest->jointree->quals = (Node *) others;
	return !contain_vars_of_level((Node *) rest, 1);
}

List *
tuya_sublink_nested(const Query *query)
{
	List	   *nested = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (query->commandType != CMD_SELECT || query->setOperations || query->cteList != NIL ||
		tuya_own_query(unconstify(Query *, query)) || !depends_by_tests_only(query))
		return NIL;
	foreach(lc, conjuncts_of(query))
	{
		Query	   *inner = tuya_sublink_is_test(lfirst(lc)) ? without_between(lfirst_node(SubLink, lc)) : NULL;

		if (inner)
			nested = list_concat(lappend(nested, tuya_sublink_exists(inner)), tuya_sublink_nested(inner));
	}
	return nested;
}
