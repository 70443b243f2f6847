/*
 * supplier.c
 *		Which other relations can supply the keys that a relation lacks.
 */
#include "postgres.h"

#include "planner/supplier.h"

#include "planner/gate.h"
#include "planner/join_clauses.h"
#include "planner/table.h"

/* Sets of outer relations that are tried. */
#define SUPPLIERS_MAX 1000

/* Before 16 a Bitmapset is no Node, so list_append_unique() cannot compare it. */
static List *
append_unique(List *sets, Relids set)
{
	ListCell   *lc;

	foreach(lc, sets)
	{
		if (bms_equal(lfirst(lc), set))
			return sets;
	}
	return lappend(sets, set);
}

/* The outer relations of a clause, as a path's required_outer has them. */
static List *
add_outer(List *sets, RelOptInfo *baserel, RestrictInfo *rinfo)
{
	Relids		outer = bms_union(rinfo->clause_relids, baserel->lateral_relids);

	outer = bms_del_member(outer, baserel->relid);
	return append_unique(sets, outer);
}

List *
tuya_supplier_of_key(RelOptInfo *baserel, List *clauses, const TuyaKeyOwn *own, TuyaKeyId key)
{
	List	   *sets = NIL;
	ListCell   *c;
	ListCell   *p;

	forboth(c, clauses, p, tuya_key_plain(own, clauses))
	{
		if (tuya_key_is_bound_by(own, lfirst(p), key))
			sets = add_outer(sets, baserel, lfirst_node(RestrictInfo, c));
	}
	return sets;
}

List *
tuya_supplier_unions(List *left, List *right)
{
	List	   *unions = NIL;
	ListCell   *l;
	ListCell   *r;

	foreach(l, left)
	{
		foreach(r, right)
		{
			if (list_length(unions) < SUPPLIERS_MAX)
				unions = append_unique(unions, bms_union(lfirst(l), lfirst(r)));
		}
	}
	return unions;
}

static int
compare_members(const ListCell *a, const ListCell *b)
{
	return bms_num_members(lfirst(a)) - bms_num_members(lfirst(b));
}

/* The sets of outer relations on which gates depend, and all of them together. */
static List *
gate_sets(RelOptInfo *baserel, List *clauses)
{
	const TuyaTable *table = baserel->fdw_private;
	List	   *sets = NIL;
	Relids		all = NULL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (tuya_gate_could_be(rinfo->clause, baserel->relid, table->columns))
			sets = add_outer(sets, baserel, rinfo);
	}
	foreach(lc, sets)
	{
		all = bms_union(all, lfirst(lc));
	}
	return append_unique(sets, all);
}

List *
tuya_supplier_sets(PlannerInfo *root, RelOptInfo *baserel, int single)
{
	const TuyaTable *table = baserel->fdw_private;
	int			missing = tuya_action_required_keys(table->columns->action) & ~single;
	List	   *joins = tuya_join_clauses_get(root, baserel);
	List	   *movable = tuya_join_clauses_movable(joins, baserel, true);
	List	   *clauses = list_concat_copy(baserel->baserestrictinfo, movable);
	List	   *sets = list_make1(bms_copy(baserel->lateral_relids));
	TuyaKeyOwn	own;

	tuya_key_own_init(&own, root, baserel->relid, table->columns, baserel->baserestrictinfo);
	own = tuya_key_own_extend(&own, tuya_key_plain(&own, baserel->baserestrictinfo));
	for (int key = 0; key < table->columns->action->nkeys; key++)
	{
		if (!(missing & (1 << key)))
			continue;
		sets = tuya_supplier_unions(sets, tuya_supplier_of_key(baserel, clauses, &own, key));
	}
	sets = list_concat(sets, tuya_supplier_unions(sets, gate_sets(baserel, movable)));
	list_sort(sets, compare_members);
	return sets;
}

void
tuya_supplier_forbid_unique(PlannerInfo *root, RelOptInfo *baserel, List *sets)
{
	Relids		relids = baserel->top_parent_relids ? baserel->top_parent_relids : baserel->relids;
	ListCell   *lc;

	foreach(lc, root->join_info_list)
	{
		SpecialJoinInfo *join = lfirst_node(SpecialJoinInfo, lc);
		bool		supplied_within = false;
		ListCell   *s;

		if (join->jointype != JOIN_SEMI || !bms_is_subset(relids, join->syn_righthand))
			continue;
		foreach(s, sets)
		{
			supplied_within |= bms_is_subset(lfirst(s), join->syn_righthand);
		}
		if (!supplied_within)
			join->semi_can_btree = join->semi_can_hash = false;
	}
}
