/*
 * sublink_computed.c
 *		What subqueries in FROM compute of columns of the query around them.
 *
 *		ota_job j, LATERAL (SELECT (SELECT count(*) FROM t WHERE t.a = j.a) AS n) x WHERE x.n > 0
 *
 * Here "x.n" is "(SELECT count(*) ...)" for each row of j, so "(SELECT count(*) ...) > 0" is true, too.
 * The same of VALUES with one row.
 */
#include "postgres.h"

#include "planner/sublink_computed.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"

#include "planner/sublink_query.h"

static Node *output_of(const Query *query, AttrNumber attno);

/* The only relation that the query reads, if it is not joined to others; else NULL. */
static const RangeTblEntry *
only_relation(const Query *query)
{
	const Node *item = list_length(query->jointree->fromlist) == 1 ? linitial(query->jointree->fromlist) : NULL;

	return item && IsA(item, RangeTblRef) ? rt_fetch(((const RangeTblRef *) item)->rtindex, query->rtable) : NULL;
}

/* What the column of the query's only relation is, as an expression of the query; else NULL. */
static Node *
column_of(const Query *query, const Var *var)
{
	const RangeTblEntry *rte = only_relation(query);

	if (rte == NULL || var->varattno <= 0)
		return NULL;
	if (rte->rtekind == RTE_VALUES && list_length(rte->values_lists) == 1)
		return list_nth(linitial(rte->values_lists), var->varattno - 1);
	return rte->rtekind == RTE_SUBQUERY ? output_of(rte->subquery, var->varattno) : NULL;
}

/* The query's output as an expression of the query around it; NULL if it is no such. */
static Node *
output_of(const Query *query, AttrNumber attno)
{
	Node	   *expr;

	check_stack_depth();
	if (query->commandType != CMD_SELECT || query->setOperations || query->cteList != NIL)
		return NULL;
	expr = (Node *) get_tle_by_resno(query->targetList, attno)->expr;
	if (IsA(expr, Var) && ((Var *) expr)->varlevelsup == 0)
		expr = column_of(query, (Var *) expr);
	if (expr == NULL || contain_vars_of_level(expr, 0) || contain_aggs_of_level(expr, 0) ||
		!tuya_sublink_is_movable(expr))
		return NULL;
	expr = copyObject(expr);
	IncrementVarSublevelsUp(expr, -1, 1);
	return expr;
}

typedef struct Computed
{
	const Query *query;
	bool		found;
} Computed;

static Node *
output_in_place(const Var *column, void *arg)
{
	Computed   *computed = arg;
	Node	   *output = output_of(computed->query, column->varattno);

	computed->found |= output != NULL;
	return output;
}

Node *
tuya_sublink_computed(const Node *condition, int varno, const RangeTblEntry *rte)
{
	Computed	computed = {.query = rte->subquery};
	Node	   *result = tuya_sublink_replace_columns(copyObject(unconstify(Node *, condition)), varno,
													  output_in_place, &computed);

	return computed.found ? result : NULL;
}
