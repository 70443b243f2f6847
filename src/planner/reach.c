/*
 * reach.c
 *		What the conditions of a statement could bind of a table's key at best.
 */
#include "postgres.h"

#include "planner/reach.h"

#include "optimizer/optimizer.h"

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

/* All conditions that may become those of the table's scan. */
static List *
reaching_clauses(PlannerInfo *root, RelOptInfo *rel)
{
	return list_concat_copy(rel->baserestrictinfo,
							tuya_join_clauses_movable(tuya_join_clauses_get(root, rel), rel, true));
}

static bool
has_values_without(PlannerInfo *root, RelOptInfo *rel, Relids others)
{
	const TuyaColumns *columns = ((TuyaTable *) rel->fdw_private)->columns;
	TuyaKeyBinding binding;

	tuya_key_bind(root, clauses_without(root, reaching_clauses(root, rel), rel->relid, others),
				  rel->relid, columns, &binding);
	return tuya_key_suffices(columns, binding.keys);
}

/* Tables of ours that cannot be read, as each lacks a value that another of them would give. */
static Relids
find_waiting(PlannerInfo *root)
{
	Relids		waiting = NULL;
	bool		more = true;

	for (int i = 1; i < root->simple_rel_array_size; i++)
	{
		RelOptInfo *rel = root->simple_rel_array[i];

		/* one that is known to be empty has not been looked at */
		if (rel && tuya_own_relation(rel) && rel->fdw_private)
			waiting = bms_add_member(waiting, i);
	}
	while (more)
	{
		int			i = -1;

		more = false;
		while ((i = bms_next_member(waiting, i)) > 0)
		{
			if (has_values_without(root, root->simple_rel_array[i], waiting))
			{
				waiting = bms_del_member(waiting, i);
				more = true;
			}
		}
	}
	return waiting;
}

int
tuya_reach_bind(PlannerInfo *root, RelOptInfo *baserel, TuyaKeyBinding *binding)
{
	const TuyaColumns *columns = ((TuyaTable *) baserel->fdw_private)->columns;
	List	   *clauses = reaching_clauses(root, baserel);
	TuyaKeyBinding all;

	tuya_key_bind(root, clauses, baserel->relid, columns, &all);
	tuya_key_bind(root, clauses_without(root, clauses, baserel->relid, find_waiting(root)),
				  baserel->relid, columns, binding);
	return all.keys & ~binding->keys;
}
