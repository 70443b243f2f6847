/*
 * query_tree.c
 *		What a query reads, subqueries included.
 */
#include "postgres.h"

#include "planner/query_tree.h"

#include "nodes/nodeFuncs.h"

typedef struct Search
{
	TuyaRelationTest test;
	void	   *arg;
} Search;

static bool
search(Node *node, void *context)
{
	Search	   *s = context;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
		return s->test((RangeTblEntry *) node, s->arg);
	if (IsA(node, Query))
		return tuya_query_tree_walk((Query *) node, search, context, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, search, context);
}

bool
tuya_query_tree_walk(Query *query, bool (*walker) (Node *, void *), void *context, int flags)
{
	ListCell   *lc;

	if (query->hasSubLinks)
		return query_tree_walker(query, walker, context, flags);
	foreach(lc, query->cteList)
	{
		if (walker(lfirst_node(CommonTableExpr, lc)->ctequery, context))
			return true;
	}
	/* lists of VALUES may be long */
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if ((flags & QTW_EXAMINE_RTES_BEFORE) && walker((Node *) rte, context))
			return true;
		if (rte->rtekind == RTE_SUBQUERY && walker((Node *) rte->subquery, context))
			return true;
	}
	return false;
}

bool
tuya_query_tree_search(Node *node, TuyaRelationTest test, void *arg)
{
	Search		context = {test, arg};

	return search(node, &context);
}
