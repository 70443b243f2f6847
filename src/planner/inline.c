/*
 * inline.c
 *		Functions in FROM that PostgreSQL makes subqueries of, made such before it does.
 *
 *		SELECT ... FROM inventory i, jobs_of(i.site) j		a function in SQL with IN in it
 *
 * PostgreSQL does so when the planner has begun, too late for what IN in them is to see.
 */
#include "postgres.h"

#include "planner/inline.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/prep.h"
#include "utils/syscache.h"

static bool
is_inlined(Oid function)
{
	HeapTuple	tuple;
	bool		result = false;

	/* PostgreSQL's own read no table of a user's */
	if (function < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);

		result = proc->prolang == SQLlanguageId && proc->proretset && proc->provolatile != PROVOLATILE_VOLATILE;
		ReleaseSysCache(tuple);
	}
	return result;
}

bool
tuya_inline_may(const RangeTblEntry *rte)
{
	const RangeTblFunction *function;

	if (rte->rtekind != RTE_FUNCTION || list_length(rte->functions) != 1)
		return false;
	function = linitial_node(RangeTblFunction, rte->functions);
	return IsA(function->funcexpr, FuncExpr) && is_inlined(((const FuncExpr *) function->funcexpr)->funcid);
}

/* In the queries below as well, those that were functions included.  context: a PlannerInfo. */
static bool
inline_in(Node *node, void *context)
{
	PlannerInfo *root = context;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, inline_in, context);
	root->parse = (Query *) node;
	preprocess_function_rtes(root);
	return query_tree_walker((Query *) node, inline_in, context, 0);
}

List *
tuya_inline_functions(Query *query, ParamListInfo parameters)
{
	PlannerGlobal glob = {.type = T_PlannerGlobal,.boundParams = parameters};
	PlannerInfo root = {.type = T_PlannerInfo,.glob = &glob};

	(void) inline_in((Node *) query, &root);
	return glob.invalItems;
}
