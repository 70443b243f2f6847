/*
 * sublink_nothing.c
 *		What a subquery gives if no row passes its conditions.
 */
#include "postgres.h"

#include "planner/sublink_nothing.h"

#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/array.h"
#include "utils/fmgroids.h"

#include "planner/sublink_evaluate.h"
#include "planner/sublink_query.h"

/*
 * ---- conditions ----
 */

typedef struct Replacement
{
	const Node *part;
	Node	   *value;
} Replacement;

static Node *
replace_part(Node *node, void *context)
{
	const Replacement *replacement = context;

	if (node == replacement->part)
		return copyObject(replacement->value);
	/* a subquery is not evaluated, whatever is in it */
	if (node == NULL || IsA(node, SubLink))
		return node;
	return expression_tree_mutator(node, replace_part, context);
}

bool
tuya_sublink_nothing_fails_with(Node *condition, const Node *part, Node *value)
{
	Replacement replacement = {part, value};

	return tuya_sublink_evaluate_fails(replace_part(condition, &replacement));
}

/*
 * ---- values ----
 */

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

/* The expression over aggregates of no rows; NULL if that is not known. */
static Node *
of_nothing(Node *expr)
{
	bool		known = true;
	Node	   *value = replace_aggregates(expr, &known);

	return known && !contain_var_clause(value) && !checkExprHasSubLink(value) ? value : NULL;
}

bool
tuya_sublink_nothing_has_row(const Query *query)
{
	Node	   *having = query->havingQual ? of_nothing(query->havingQual) : NULL;

	if (query->groupClause != NIL || !(query->hasAggs || query->havingQual))
		return false;
	return having == NULL || !tuya_sublink_evaluate_fails(having);
}

Node *
tuya_sublink_nothing_output(const TargetEntry *output)
{
	Node	   *expr = (Node *) output->expr;

	return expression_returns_set(expr) || contain_windowfuncs(expr) ? NULL : of_nothing(expr);
}

Node *
tuya_sublink_nothing_value(const SubLink *link)
{
	const Query *query = (Query *) link->subselect;
	TargetEntry *output = linitial_node(TargetEntry, query->targetList);
	Oid			type = exprType((Node *) output->expr);
	Oid			collation = exprCollation((Node *) output->expr);

	if (tuya_sublink_nothing_has_row(query))
		return query->limitCount || query->limitOffset || link->subLinkType != EXPR_SUBLINK ?
			NULL : tuya_sublink_nothing_output(output);
	if (link->subLinkType == EXPR_SUBLINK)
		return (Node *) makeNullConst(type, -1, collation);
	return (Node *) makeConst(exprType((Node *) link), -1, collation, -1,
							  PointerGetDatum(construct_empty_array(type)), false, false);
}

/*
 * ---- rows ----
 */

/* Of a subquery in FROM, in a row that it makes of nothing, or, without the query, where it has none. */
static Node *
nothing_in_place(const Var *column, void *arg)
{
	const Query *query = arg;

	if (query == NULL)
		return (Node *) makeNullConst(column->vartype, column->vartypmod, column->varcollid);
	return tuya_sublink_nothing_output(get_tle_by_resno(query->targetList, column->varattno));
}

bool
tuya_sublink_nothing_fails_in_row(const List *conditions, int varno, const Query *query)
{
	ListCell   *lc;

	foreach(lc, conditions)
	{
		Node	   *condition = eval_const_expressions(NULL, copyObject(lfirst(lc)));

		condition = tuya_sublink_replace_columns(condition, varno, nothing_in_place, unconstify(Query *, query));
		if (tuya_sublink_evaluate_fails(condition))
			return true;
	}
	return false;
}
