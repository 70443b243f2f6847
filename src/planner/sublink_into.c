/*
 * sublink_into.c
 *		What a query requires of what its subqueries in FROM have computed by subqueries.
 *
 *		SELECT * FROM (SELECT *, (SELECT count(*) FROM t WHERE ...) AS n FROM ota_job) x WHERE n > 0
 *			SELECT ... FROM (SELECT ... FROM ota_job WHERE EXISTS (SELECT FROM t WHERE ...)) x WHERE n > 0
 *
 * The condition stays; what it implies (sublink_implied.c) is added where the columns are that
 * it gives values to.
 */
#include "postgres.h"

#include "planner/sublink_into.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"

#include "planner/own.h"
#include "planner/sublink_implied.h"
#include "planner/sublink_nothing.h"
#include "planner/sublink_query.h"

/* The query of WITH that the relation is, if it is read nowhere else; else NULL. */
static Query *
query_of_with(const Query *query, const RangeTblEntry *rte)
{
	ListCell   *lc;

	if (rte->ctelevelsup > 0)
		return NULL;
	foreach(lc, query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (strcmp(cte->ctename, rte->ctename) == 0)
			return cte->cterefcount == 1 && !cte->cterecursive ? (Query *) cte->ctequery : NULL;
	}
	return NULL;
}

/* The relation's query, if conditions on its outputs may be tested in it; else NULL. */
static Query *
open_query(const Query *query, const RangeTblEntry *rte)
{
	Query	   *within = NULL;

	if (rte->rtekind == RTE_SUBQUERY && !rte->security_barrier)
		within = rte->subquery;
	else if (rte->rtekind == RTE_CTE)
		within = query_of_with(query, rte);
	return within && tuya_sublink_has_independent_rows(within) && tuya_own_query(within) ? within : NULL;
}

typedef struct Outputs
{
	int			varno;
	const Query *query;
}			Outputs;

/* What the query's outputs are, in place of the columns that they are of the query around it. */
static Node *
replace_outputs(Node *node, void *context)
{
	const		Outputs *outputs = context;
	const Var  *var = (Var *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && var->varlevelsup == 1 && var->varno == outputs->varno && var->varattno > 0)
		return copyObject((Node *) get_tle_by_resno(outputs->query->targetList, var->varattno)->expr);
	return expression_tree_mutator(node, replace_outputs, context);
}

/* The conditions on the relation, as those of its query. */
static List *
conditions_within(Query *within, int varno, const List *conditions)
{
	Outputs		outputs = {varno, within};
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		Node	   *condition = copyObject(lfirst(lc));

		if (checkExprHasSubLink(condition) || !tuya_sublink_is_movable(condition))
			continue;
		IncrementVarSublevelsUp(condition, 1, 0);
		condition = replace_outputs(condition, &outputs);
		if (tuya_sublink_is_repeatable(condition))
			result = lappend(result, condition);
	}
	return result;
}

/* Whether the condition is on what a LATERAL subquery of the query gives. */
static bool
is_of_lateral(Node *condition, const Query *query)
{
	ListCell   *lc;

	foreach(lc, pull_vars_of_level(condition, 0))
	{
		const Var  *var = lfirst(lc);
		const RangeTblEntry *rte = IsA(var, Var) ? rt_fetch(var->varno, query->rtable) : NULL;

		if (rte && rte->rtekind == RTE_SUBQUERY && rte->lateral)
			return true;
	}
	return false;
}

/* The conditions on what a query joins. */
typedef struct Required
{
	List	   *conditions;		/* that all rows pass in the end, and those of ... */
	bool		filled_up;		/* an outer join, which is filled up where they do not pass */
	List	   *on;				/* its own conditions, these */
} Required;

static void require_of_item(const Query *query, Node *item, const Required *required);

/* Those that the relation's rows pass. */
static List *
conditions_on(int varno, const Required *required)
{
	/* a row that does not is lost, and so is what an outer join puts in its place */
	if (required->filled_up && !tuya_sublink_nothing_fails_in_row(required->conditions, varno, NULL))
		return required->on;
	return list_concat_copy(required->conditions, required->on);
}

/* Adds what the conditions imply to the query that the relation is, and to those that it reads. */
static void
require(Query *within, int varno, const List *conditions)
{
	List	   *passed = conditions_within(within, varno, conditions);
	Required	required = {.conditions = passed};
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, within->jointree->fromlist)
	{
		require_of_item(within, lfirst(lc), &required);
	}
	foreach(lc, passed)
	{
		ListCell   *i;

		/* what a LATERAL subquery has computed is known likewise */
		if (is_of_lateral(lfirst(lc), within))
			tuya_sublink_add_condition(within, copyObject(lfirst(lc)));

		/* what it implies is known when the query's own conditions are looked at */
		foreach(i, tuya_sublink_is_test(lfirst(lc)) ? list_make1(lfirst(lc)) : tuya_sublink_implied(lfirst(lc), within->rtable))
		{
			tuya_sublink_add_condition(within, lfirst(i));
		}
	}
}

static void
require_of_inner(const Query *query, const JoinExpr *join, const Required *required)
{
	Required	both = *required;
	List	  **passed = required->filled_up ? &both.on : &both.conditions;

	*passed = list_concat_copy(*passed, make_ands_implicit((Expr *) join->quals));
	require_of_item(query, join->larg, &both);
	require_of_item(query, join->rarg, &both);
}

/* Of a side that an outer join fills up where its own conditions, which choose among the rows, fail. */
static void
require_of_filled(const Query *query, Node *side, const Required *required, Node *quals)
{
	/* not those of an outer join around it, which NULLs in place of a row may pass */
	Required	filled = {required->conditions, true, make_ands_implicit((Expr *) quals)};

	require_of_item(query, side, &filled);
}

static void
require_of_join(const Query *query, const JoinExpr *join, const Required *required)
{
	switch (join->jointype)
	{
		case JOIN_INNER:
			require_of_inner(query, join, required);
			break;
		case JOIN_LEFT:
			require_of_item(query, join->larg, required);
			require_of_filled(query, join->rarg, required, join->quals);
			break;
		case JOIN_RIGHT:
			require_of_filled(query, join->larg, required, join->quals);
			require_of_item(query, join->rarg, required);
			break;
		case JOIN_FULL:
			require_of_filled(query, join->larg, required, NULL);
			require_of_filled(query, join->rarg, required, NULL);
			break;
		default:
			break;
	}
}

/* Of what the item joins, whose rows all pass the conditions. */
static void
require_of_item(const Query *query, Node *item, const Required *required)
{
	int			varno;
	Query	   *within;

	if (IsA(item, JoinExpr))
		require_of_join(query, (JoinExpr *) item, required);
	else if (IsA(item, RangeTblRef))
	{
		varno = ((RangeTblRef *) item)->rtindex;
		within = open_query(query, rt_fetch(varno, query->rtable));
		if (within)
			require(within, varno, conditions_on(varno, required));
	}
}

void
tuya_sublink_into_from(Query *query)
{
	Required	required = {NIL, false, NIL};
	ListCell   *lc;

	/* an INSERT's VALUES and the like have none */
	if (query->jointree == NULL)
		return;
	required.conditions = make_ands_implicit((Expr *) query->jointree->quals);
	foreach(lc, query->jointree->fromlist)
	{
		require_of_item(query, lfirst(lc), &required);
	}
}
