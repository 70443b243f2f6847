/*
 * reach.c
 *		What the conditions of a statement could bind of a table's key at best.
 */
#include "postgres.h"

#include "planner/reach.h"

#include "access/table.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"

#include "planner/join_clauses.h"
#include "planner/own.h"
#include "planner/table.h"

/* Those of the clauses of a relation that need none of these other ones. */
static List *
clauses_without(PlannerInfo *root, List *clauses, Index relid, Relids others)
{
	List	   *without = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		Relids		needed = pull_varnos(root, (Node *) lfirst_node(RestrictInfo, lc)->clause);

		if (!bms_overlap(bms_del_member(needed, relid), others))
			without = lappend(without, lfirst(lc));
	}
	return without;
}

/* All conditions that may become those of the table's scan, with what was passed or without. */
static List *
reaching_clauses(PlannerInfo *root, RelOptInfo *rel, bool with_passed)
{
	const TuyaTable *table = rel->fdw_private;
	List	   *own = rel->baserestrictinfo;

	if (!with_passed && table)
		own = list_difference_ptr(own, table->passed);
	return list_concat_copy(own, tuya_join_clauses_movable(tuya_join_clauses_get(root, rel), rel, true));
}

/* What the columns are of a table that may have no size yet. */
static const TuyaColumns *
columns_of(PlannerInfo *root, const RelOptInfo *rel)
{
	Relation	relation;
	const TuyaColumns *columns;

	if (rel->fdw_private)
		return ((const TuyaTable *) rel->fdw_private)->columns;
	relation = table_open(planner_rt_fetch(rel->relid, root)->relid, NoLock);
	columns = tuya_column_get(relation);
	table_close(relation, NoLock);
	return columns;
}

static bool
has_values_without(PlannerInfo *root, RelOptInfo *rel, Relids others, bool with_passed)
{
	const TuyaColumns *columns = columns_of(root, rel);
	TuyaKeyBinding binding;

	tuya_key_bind(root, clauses_without(root, reaching_clauses(root, rel, with_passed), rel->relid, others),
				  rel->relid, columns, &binding);
	return tuya_key_suffices(columns, binding.keys);
}

/* One that is known to be empty waits for nothing; what a child compares is known with its size. */
static bool
may_wait(RelOptInfo *rel)
{
	return rel && tuya_own_relation(rel) && !IS_DUMMY_REL(rel) &&
		(rel->fdw_private || rel->reloptkind == RELOPT_BASEREL);
}

static Relids
find_waiting(PlannerInfo *root, bool with_passed)
{
	Relids		waiting = NULL;
	bool		more = true;

	for (int i = 1; i < root->simple_rel_array_size; i++)
	{
		if (may_wait(root->simple_rel_array[i]))
			waiting = bms_add_member(waiting, i);
	}
	while (more)
	{
		int			i = -1;

		more = false;
		while ((i = bms_next_member(waiting, i)) > 0)
		{
			if (has_values_without(root, root->simple_rel_array[i], waiting, with_passed))
			{
				waiting = bms_del_member(waiting, i);
				more = true;
			}
		}
	}
	return waiting;
}

Relids
tuya_reach_waiting(PlannerInfo *root)
{
	return find_waiting(root, true);
}

/* All conditions of the table's own query that may become those of its scan. */
static List *
clauses_within_query(PlannerInfo *root, RelOptInfo *baserel)
{
	return clauses_without(root, reaching_clauses(root, baserel, false), baserel->relid, find_waiting(root, false));
}

int
tuya_reach_keys(PlannerInfo *root, RelOptInfo *baserel, List *more)
{
	TuyaKeyBinding binding;

	tuya_key_bind(root, list_concat_copy(clauses_within_query(root, baserel), more), baserel->relid,
				  ((TuyaTable *) baserel->fdw_private)->columns, &binding);
	return binding.keys;
}

void
tuya_reach_following(PlannerInfo *root, RelOptInfo *baserel, TuyaReachFollowing *following)
{
	const TuyaColumns *columns = ((TuyaTable *) baserel->fdw_private)->columns;
	List	   *clauses = clauses_within_query(root, baserel);

	for (int keys = 0; keys < 1 << columns->action->nkeys; keys++)
		following->keys[keys] = tuya_key_bound_given(root, clauses, baserel->relid, columns, keys);
}

int
tuya_reach_bind(PlannerInfo *root, RelOptInfo *baserel, TuyaKeyBinding *binding)
{
	const TuyaColumns *columns = ((TuyaTable *) baserel->fdw_private)->columns;
	List	   *clauses = reaching_clauses(root, baserel, true);
	TuyaKeyBinding all;

	tuya_key_bind(root, clauses, baserel->relid, columns, &all);
	tuya_key_bind(root, clauses_without(root, clauses, baserel->relid, find_waiting(root, true)),
				  baserel->relid, columns, binding);
	return all.keys & ~binding->keys;
}
