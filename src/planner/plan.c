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
#include "port/pg_bitutils.h"

#include "compat_planner.h"
#include "planner/cost.h"
#include "planner/count.h"
#include "planner/estimate.h"
#include "planner/gate.h"
#include "planner/join_clauses.h"
#include "planner/key_encode.h"
#include "planner/missing.h"
#include "planner/private.h"
#include "planner/provable.h"
#include "planner/supplier.h"
#include "planner/table.h"
#include "planner/view.h"

/* Paths that are made of sets of outer relations. */
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
	tuya_view_pass(root, baserel);
	tuya_estimate_size(root, baserel);
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

static List *
outer_sets(List *supplied)
{
	List	   *sets = NIL;
	ListCell   *lc;

	foreach(lc, supplied)
	{
		sets = lappend(sets, ((Supplied *) lfirst(lc))->outer);
	}
	return sets;
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

/* The path without parameters, that costs more than any plan. */
static void
add_missing_path(PlannerInfo *root, RelOptInfo *baserel, const TuyaTable *table)
{
	int			missing = tuya_action_required_keys(table->columns->action) & ~table->own.keys;
	Cost		cost = tuya_cost_missing(pg_popcount32(missing));

	/* its rows are for show, as joins are sized by the relation's */
	add_path(baserel, (Path *)
			 tuya_compat_foreign_path(root, baserel, clamp_row_est(table->rows_per_key), true,
									  cost, cost, baserel->lateral_relids));
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
		add_missing_path(root, baserel, table);
	if (tuya_key_suffices(table->columns, own->single))
		return;
	foreach(lc, tuya_supplier_sets(root, baserel, own->single))
	{
		if (list_length(supplied) < PARAMETERIZATIONS_MAX)
			supplied = add_parameterized_path(root, baserel, lfirst(lc), supplied);
	}
	tuya_supplier_forbid_unique(root, baserel, outer_sets(supplied));
}

/*
 * Whether an Append may read the path at the same time as others.  One with parameters
 * waits for an outer row, and a lookahead node has its keys announced by then; it is
 * better that an Append then stops asking where it may, as below EXISTS.
 */
bool
tuya_IsForeignPathAsyncCapable(ForeignPath *path)
{
	const TuyaTable *table = IS_UPPER_REL(path->path.parent) ? tuya_count_table(path) :
	path->path.parent->fdw_private;

	return table->async_capable && path->path.param_info == NULL && !tuya_plan_lacks_keys(&path->path);
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
	List	   *restrictions;
	List	   *values = NIL;

	if (IS_UPPER_REL(baserel))
		return tuya_count_plan(path, tlist, outer_plan);
	table = baserel->fdw_private;
	scan_clauses = list_concat(scan_clauses,
							   tuya_join_clauses_left_out(root, baserel, PATH_REQ_OUTER(&path->path)));
	restrictions = scan_clauses;
	scan_clauses = extract_actual_clauses(restrictions, false);
	tuya_key_bind(root, scan_clauses, baserel->relid, table->columns, &binding);
	parts.gates = tuya_gate_choose(restrictions, baserel->relid, relid, table->columns, &binding);
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
