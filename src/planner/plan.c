/*
 * plan.c
 *		Size, paths and plan of a foreign scan.
 *
 * There is always a path without parameters, because a join needs it as a
 * building block; where it lacks a key it is priced so that no legal plan
 * ends up on it, and raises "key missing" at its first row.  Beside it stands a
 * parameterized path for each set of outer relations that can supply the
 * keys which the table's own quals do not.
 */
#include "postgres.h"

#include "planner/plan.h"

#include "access/sysattr.h"
#include "optimizer/cost.h"
#include "optimizer/joininfo.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"

#include "compat.h"
#include "planner/cost.h"
#include "planner/count.h"
#include "planner/estimate.h"
#include "planner/gate.h"
#include "planner/join_clauses.h"
#include "planner/key_encode.h"
#include "planner/missing.h"
#include "planner/private.h"
#include "planner/provable.h"
#include "planner/table.h"

/* Sets of outer relations that are tried, and paths that are made of them. */
#define SUPPLIERS_MAX 1000
#define PARAMETERIZATIONS_MAX 64

/* Bounds of the share of keys for which a condition is thought to be true. */
#define SHARE_TRUE_MIN 0.1
#define SHARE_TRUE_MAX 0.2

bool
tuya_plan_lacks_keys(const Path *path)
{
	return path->total_cost >= TUYA_MISSING_KEY_COST;
}

/*
 * ---- size ----
 */

void
tuya_GetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid relid)
{
	baserel->fdw_private = tuya_table_create(root, baserel, relid);
	tuya_estimate_size(root, baserel);
}

/*
 * ---- who supplies keys ----
 */

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

/*
 * The sets of outer relations, each of which can supply that key, or none at all,
 * where a qual of the table does.  NIL if nothing supplies it.
 */
static List *
key_suppliers(RelOptInfo *baserel, List *clauses, const TuyaKeyOwn *own, TuyaKeyId key)
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

/* All distinct unions of one set of the first list with one of the second. */
static List *
cross_unions(List *left, List *right)
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

/*
 * The sets of outer relations that may supply all required keys for which the table's
 * own quals do not have a single value, the smallest first; NIL if there is none.  With
 * more relations a condition may be tested before a key is asked for.
 */
static List *
supplier_sets(PlannerInfo *root, RelOptInfo *baserel, int single)
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
		sets = cross_unions(sets, key_suppliers(baserel, clauses, &own, key));
	}
	sets = list_concat(sets, cross_unions(sets, gate_sets(baserel, movable)));
	list_sort(sets, compare_members);
	return sets;
}

/*
 * ---- paths ----
 */

/* A path that is there: by which outer relations, for how many keys and lookups. */
typedef struct Supplied
{
	Relids		outer;
	double		binds;
	double		lookups;
} Supplied;

static void
add_path_for(PlannerInfo *root, RelOptInfo *baserel, double rows, double lookups,
			 Relids required_outer)
{
	const TuyaTable *table = baserel->fdw_private;

	/* a list's lookups overlap, but each costs the service the same; of partitions one asks */
	Cost		total = TUYA_LOOKUP_COST * lookups * (table->drops_rows ? 1 : table->share) + rows * (cpu_tuple_cost + cpu_operator_cost);

	add_path(baserel, (Path *) tuya_compat_foreign_path(root, baserel, rows, false,
														Min(TUYA_LOOKUP_COST, total),
														total, required_outer));
}

/* Whether fewer relations supply the keys just as well. */
static bool
is_superfluous(List *supplied, Relids outer, double lookups)
{
	ListCell   *lc;

	foreach(lc, supplied)
	{
		Supplied   *other = lfirst(lc);

		if (bms_is_subset(other->outer, outer) && other->lookups <= lookups)
			return true;
	}
	return false;
}

static List *
add_supplied(List *supplied, Relids outer, double binds, double lookups)
{
	Supplied   *entry = palloc(sizeof(Supplied));

	entry->outer = outer;
	entry->binds = binds;
	entry->lookups = lookups;
	return lappend(supplied, entry);
}

/*
 * The share of keys that are asked for, as far as conditions with outer columns decide,
 * beside those that the binding is made of.  That is no more than a reason to prefer paths
 * that test more of them: a key that has one value for each outer row is estimated to
 * be equal to anything.
 */
static double
share_asked(PlannerInfo *root, RelOptInfo *baserel, List *clauses, const TuyaKeyBinding *binding)
{
	const TuyaTable *table = baserel->fdw_private;
	double		share = 1;
	ListCell   *lc;

	foreach(lc, tuya_key_other_clauses(clauses, binding, binding->keys))
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (tuya_gate_could_be(rinfo->clause, baserel->relid, table->columns))
			share *= Min(Max(clause_selectivity(root, (Node *) rinfo, baserel->relid, JOIN_INNER, NULL),
							 SHARE_TRUE_MIN), SHARE_TRUE_MAX);
	}
	return share;
}

/* Whether a condition joins the relation with one of the others. */
static bool
is_joined_with(PlannerInfo *root, RelOptInfo *rel, Relids others)
{
	int			other = -1;

	while ((other = bms_next_member(others, other)) > 0)
	{
		RelOptInfo *other_rel = other == (int) rel->relid ? NULL : root->simple_rel_array[other];

		if (other_rel && have_relevant_joinclause(root, rel, other_rel))
			return true;
	}
	return false;
}

/*
 * Where fewer relations supply the same keys, how many rows there are of the others for
 * each of theirs, as far as no condition joins these: so often is a key needed that is
 * asked for once.
 */
static double
needed_times(PlannerInfo *root, List *supplied, Relids outer, double lookups)
{
	double		times = 1;
	ListCell   *lc;

	foreach(lc, supplied)
	{
		const Supplied *other = lfirst(lc);
		double		rows = 1;
		int			relid = -1;

		if (other->binds != lookups || !bms_is_subset(other->outer, outer))
			continue;
		while ((relid = bms_next_member(outer, relid)) > 0)
		{
			RelOptInfo *rel = bms_is_member(relid, other->outer) ? NULL : root->simple_rel_array[relid];

			if (rel && !is_joined_with(root, rel, outer))
				rows *= clamp_row_est(rel->rows);
		}
		times = Max(times, rows);
	}
	return times;
}

/* Adds the path for these outer relations, if they supply all keys and no fewer do. */
static List *
add_parameterized_path(PlannerInfo *root, RelOptInfo *baserel, Relids outer, List *supplied)
{
	const TuyaTable *table = baserel->fdw_private;
	ParamPathInfo *info = get_baserel_parampathinfo(root, baserel, outer);
	TuyaKeyBinding binding;
	List	   *joins;
	List	   *clauses;
	double		lookups;

	if (info == NULL)
		return supplied;
	joins = list_concat(tuya_join_clauses_left_out(root, baserel, outer), info->ppi_clauses);
	clauses = list_concat_copy(baserel->baserestrictinfo, joins);
	tuya_key_bind(root, clauses, baserel->relid, table->columns, &binding);
	if (!tuya_key_suffices(table->columns, binding.keys))
		return supplied;
	lookups = binding.lookups * share_asked(root, baserel, joins, &binding) /
		needed_times(root, supplied, outer, binding.lookups);
	if (is_superfluous(supplied, outer, lookups))
		return supplied;
	/* nothing looks at ppi_rows again, but the two should agree */
	info->ppi_rows = tuya_estimate_scan_rows(root, baserel, clauses, &binding);
	add_path_for(root, baserel, info->ppi_rows, lookups, outer);
	return add_supplied(supplied, outer, binding.lookups, lookups);
}

/*
 * The right side of a semi-join may also be read first, without its duplicates,
 * and its left side looked up in it.  Not if the keys come from the left side: then
 * that is no plan, but the planner thinks that it is, and does not look for others.
 */
static void
forbid_unique(PlannerInfo *root, RelOptInfo *baserel, List *supplied)
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
		foreach(s, supplied)
		{
			supplied_within |= bms_is_subset(((Supplied *) lfirst(s))->outer, join->syn_righthand);
		}
		if (!supplied_within)
			join->semi_can_btree = join->semi_can_hash = false;
	}
}

void
tuya_GetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid relid)
{
	const TuyaTable *table = baserel->fdw_private;
	const TuyaKeyBinding *own = &table->own;
	List	   *supplied = NIL;
	ListCell   *lc;

	(void) relid;
	tuya_estimate_joins(root, baserel);
	if (tuya_key_suffices(table->columns, own->keys))
	{
		add_path_for(root, baserel, baserel->rows, own->lookups, baserel->lateral_relids);
		supplied = add_supplied(supplied, baserel->lateral_relids, own->lookups, own->lookups);
	}
	else
		/* its rows are for show, as joins are sized by the relation's */
		add_path(baserel, (Path *)
				 tuya_compat_foreign_path(root, baserel, clamp_row_est(table->rows_per_key), true,
										  TUYA_MISSING_KEY_COST, TUYA_MISSING_KEY_COST,
										  baserel->lateral_relids));
	if (tuya_key_suffices(table->columns, own->single))
		return;
	foreach(lc, supplier_sets(root, baserel, own->single))
	{
		if (list_length(supplied) < PARAMETERIZATIONS_MAX)
			supplied = add_parameterized_path(root, baserel, lfirst(lc), supplied);
	}
	forbid_unique(root, baserel, supplied);
}

/*
 * ---- plan ----
 */

/* The attribute numbers that the scan's output and quals need; 0: whole row. */
static List *
needed_attributes(RelOptInfo *baserel, List *scan_clauses)
{
	Bitmapset  *needed = NULL;
	List	   *result = NIL;
	int			member = -1;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid, &needed);
	pull_varattnos((Node *) scan_clauses, baserel->relid, &needed);
	while ((member = bms_next_member(needed, member)) >= 0)
		result = lappend_int(result, member + FirstLowInvalidHeapAttributeNumber);
	return result;
}

ForeignScan *
tuya_GetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid relid, ForeignPath *path,
					List *tlist, List *scan_clauses, Plan *outer_plan)
{
	const TuyaTable *table;
	TuyaKeyBinding binding;
	TuyaPrivate parts;
	List	   *values = NIL;

	if (IS_UPPER_REL(baserel))
		return tuya_count_plan(path, tlist, outer_plan);
	table = baserel->fdw_private;
	scan_clauses = list_concat(scan_clauses,
							   tuya_join_clauses_left_out(root, baserel, PATH_REQ_OUTER(&path->path)));
	parts.gates = tuya_gate_choose(scan_clauses, baserel->relid, relid, table->columns);
	scan_clauses = extract_actual_clauses(scan_clauses, false);
	tuya_key_bind(root, scan_clauses, baserel->relid, table->columns, &binding);
	parts.keys = tuya_key_encode(&binding, &values);
	parts.attributes = needed_attributes(baserel, scan_clauses);
	parts.limit = tuya_provable_limit(root, baserel);
	parts.counts = false;
	parts.missing = tuya_missing_explain(root, baserel, table->columns, &binding);
	return make_foreignscan(tlist, scan_clauses, baserel->relid, values, tuya_private_make(&parts),
							NIL,	/* no custom tlist */
							NIL,	/* all quals are the executor's to check */
							outer_plan);
}
