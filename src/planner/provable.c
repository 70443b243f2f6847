/*
 * provable.c
 *		What a statement proves about the rows that it needs of a table.
 */
#include "postgres.h"

#include "planner/provable.h"

#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "port/pg_bitutils.h"
#include "utils/lsyscache.h"

#include "api/constant.h"
#include "option/option.h"
#include "planner/harmless.h"
#include "planner/table.h"

/* Whether the planner may take the columns' values for those that the rows will have. */
static bool
are_immutable(const TuyaColumns *columns, List *vars)
{
	ListCell   *lc;

	foreach(lc, vars)
	{
		const Var  *var = lfirst_node(Var, lc);
		Oid			function;
		Oid			ioparam;

		if (var->varattno <= 0 || !bms_is_member(var->varattno, columns->constants))
			return false;
		getTypeInputInfo(var->vartype, &function, &ioparam);
		if (func_volatile(function) != PROVOLATILE_IMMUTABLE)
			return false;
	}
	return true;
}

/* Whether the clause is true of the table's constants, and so of each row. */
static bool
is_true_of_constants(PlannerInfo *root, RelOptInfo *baserel, Expr *clause)
{
	const TuyaColumns *columns = ((TuyaTable *) baserel->fdw_private)->columns;
	Node	   *node = (Node *) clause;

	if (bms_is_empty(columns->constants) ||
		!are_immutable(columns, pull_var_clause(node, PVC_RECURSE_PLACEHOLDERS)))
		return false;
	node = tuya_constant_replace(node, baserel->relid, columns);
	if (!tuya_harmless_in_planning(node))
		return false;
	node = eval_const_expressions(root, node);
	return IsA(node, Const) && !((Const *) node)->constisnull && DatumGetBool(((Const *) node)->constvalue);
}

/* The table's own conditions, but for those that say nothing of its rows. */
static int
count_conditions(PlannerInfo *root, RelOptInfo *baserel)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, baserel->baserestrictinfo)
	{
		count += !is_true_of_constants(root, baserel, lfirst_node(RestrictInfo, lc)->clause);
	}
	return count;
}

/* Whether the factor's values need no column of the table, not even a constant one. */
static bool
is_of_others(PlannerInfo *root, const RelOptInfo *baserel, const TuyaKeyFactor *factor)
{
	ListCell   *a;
	ListCell   *t;

	foreach(a, factor->alternatives)
	{
		foreach(t, (List *) lfirst(a))
		{
			if (bms_is_member((int) baserel->relid,
							  pull_varnos(root, (Node *) ((TuyaKeyTerm *) lfirst(t))->value)))
				return false;
		}
	}
	return true;
}

bool
tuya_provable_only_keys(PlannerInfo *root, RelOptInfo *baserel)
{
	const TuyaTable *table = baserel->fdw_private;
	int			required;
	int			nrequired;
	ListCell   *lc;

	if (table == NULL)
		return false;
	required = tuya_action_required_keys(table->columns->action);
	nrequired = pg_popcount32((uint32) required);
	/* a table with children, or one that constraints exclude, has none */
	if (planner_rt_fetch(baserel->relid, root)->inh ||
		table->drops_rows ||
		count_conditions(root, baserel) != nrequired ||
		!bms_is_empty(baserel->lateral_relids))
		return false;
	foreach(lc, table->own.factors)
	{
		const TuyaKeyFactor *factor = lfirst(lc);

		if (!factor->exact || !is_of_others(root, baserel, factor))
			return false;
	}
	return table->own.keys == required && list_length(table->own.factors) == nrequired;
}

static bool
is_const_or_null(Node *node)
{
	return node == NULL || IsA(node, Const);
}

/* root->limit_tuples is not set where there is grouping or a set-returning target. */
int
tuya_provable_limit(PlannerInfo *root, RelOptInfo *baserel)
{
	Query	   *query = root->parse;
	const TuyaTable *table = baserel->fdw_private;

	/* all pages are read where a key may fail as a whole, and then large ones are better */
	if (table->error_rows)
		return 0;
	if (root->limit_tuples < 1 || root->limit_tuples > table->columns->action->page_size_max ||
		query->limitCount == NULL || !is_const_or_null(query->limitCount) ||
		!is_const_or_null(query->limitOffset) || query->limitOption != LIMIT_OPTION_COUNT ||
		query->sortClause != NIL || query->distinctClause != NIL || query->rowMarks != NIL ||
		query->setOperations != NULL ||
		baserel->reloptkind != RELOPT_BASEREL ||
		bms_membership(root->all_baserels) != BMS_SINGLETON ||
		!tuya_provable_only_keys(root, baserel))
		return 0;
	return (int) root->limit_tuples;
}
