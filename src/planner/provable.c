/*
 * provable.c
 *		What a statement proves about the rows that it needs of a table.
 */
#include "postgres.h"

#include "planner/provable.h"

#include "parser/parsetree.h"
#include "port/pg_bitutils.h"

#include "option/option.h"
#include "planner/table.h"

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
		list_length(baserel->baserestrictinfo) != nrequired ||
		!bms_is_empty(baserel->lateral_relids))
		return false;
	foreach(lc, table->own.factors)
	{
		if (!((TuyaKeyFactor *) lfirst(lc))->exact)
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
