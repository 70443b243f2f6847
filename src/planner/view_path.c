/*
 * view_path.c
 *		Paths of a subquery in FROM that was given keys by the query around it.
 *
 * The subquery's plan has parameters of that query, columns of the relations that supply
 * the keys.  PostgreSQL, which knows nothing of that, has made paths of it that take
 * none, and would run them before the parameters are set.  In their place come paths
 * that are parameterized by these relations.  All that follows, such as orders of
 * joins, is PostgreSQL's: a subquery is then like a table that is read by an index.
 *
 * Beside them stands a path without parameters, since joins are built from it.  It costs
 * more than any legal plan, and raises "key missing" at its first row.
 */
#include "postgres.h"

#include "planner/view_path.h"

#include "nodes/extensible.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/tlist.h"

#include "compat_planner.h"
#include "planner/cost.h"
#include "planner/missing.h"
#include "planner/supplier.h"

/* Of a table with so many rows PostgreSQL takes a column to have DEFAULT_NUM_DISTINCT values. */
#define MANY_TUPLES 1.0e9

/* CustomScan.custom_private */
typedef enum Private
{
	PRIVATE_TABLE,
	PRIVATE_MISSING
} Private;

/*
 * ---- the mark ----
 */

/* NULL if the relation is no such subquery, or has no mark. */
static const TuyaView *
mark_of(const PlannerInfo *root, const RelOptInfo *rel)
{
	return root->simple_rte_array[rel->relid]->rtekind == RTE_SUBQUERY ? rel->fdw_private : NULL;
}

TuyaView *
tuya_view_make(RelOptInfo *rel)
{
	if (rel->fdw_private == NULL)
		rel->fdw_private = palloc0(sizeof(TuyaView));
	return rel->fdw_private;
}

bool
tuya_view_depends(const PlannerInfo *root, Index relid, Relids on)
{
	const RelOptInfo *rel = root->simple_rel_array[relid];
	const TuyaView *view;
	int			outer = -1;
	ListCell   *lc;

	if (bms_is_member((int) relid, on))
		return true;
	/* an outer join has a number, but is no relation */
	if (rel == NULL)
		return false;
	view = mark_of(root, rel);
	while (view && (outer = bms_next_member(view->outer, outer)) >= 0)
	{
		if (tuya_view_depends(root, (Index) outer, on))
			return true;
	}
	if (!root->simple_rte_array[relid]->inh)
		return false;
	foreach(lc, root->append_rel_list)
	{
		const AppendRelInfo *child = lfirst_node(AppendRelInfo, lc);

		if (child->parent_relid == relid && tuya_view_depends(root, child->child_relid, on))
			return true;
	}
	return false;
}

/*
 * ---- in place of the keys ----
 */

static TupleTableSlot *
refuse(CustomScanState *node)
{
	List	   *parts = ((CustomScan *) node->ss.ps.plan)->custom_private;

	tuya_missing_refuse(strVal(list_nth(parts, PRIVATE_TABLE)), list_nth(parts, PRIVATE_MISSING));
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	(void) node;
	(void) estate;
	(void) eflags;
}

static void
do_nothing(CustomScanState *node)
{
	(void) node;
}

static const CustomExecMethods exec_methods = {
	.CustomName = "Key Missing",.BeginCustomScan = begin,.ExecCustomScan = refuse,
	.EndCustomScan = do_nothing,.ReScanCustomScan = do_nothing
};

static Node *
create_state(CustomScan *scan)
{
	CustomScanState *state = (CustomScanState *) newNode(sizeof(CustomScanState), T_CustomScanState);

	(void) scan;
	state->methods = &exec_methods;
	return (Node *) state;
}

static const CustomScanMethods scan_methods = {
	.CustomName = "Tuya Key Missing",.CreateCustomScanState = create_state
};

/* The conditions are those of rows that never come. */
static Plan *
make_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses, List *plans)
{
	CustomScan *scan = makeNode(CustomScan);

	(void) root;
	(void) rel;
	(void) clauses;
	(void) plans;
	scan->scan.plan.targetlist = tlist;
	scan->custom_scan_tlist = copyObject(tlist);
	scan->custom_private = path->custom_private;
	scan->methods = &scan_methods;
	return (Plan *) scan;
}

static const CustomPathMethods path_methods = {
	.CustomName = "Tuya Key Missing",.PlanCustomPath = make_plan
};

static Path *
make_missing_path(PlannerInfo *root, RelOptInfo *rel, const char *table, List *missing)
{
	CustomPath *path = makeNode(CustomPath);

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info = get_baserel_parampathinfo(root, rel, rel->lateral_relids);
	path->path.rows = rel->rows;
	path->path.startup_cost = path->path.total_cost = tuya_cost_missing(TUYA_KEYS_MAX);
	tuya_compat_disable(&path->path);
	path->custom_private = list_make2(makeString(pstrdup(table)), missing);
	path->methods = &path_methods;
	return (Path *) path;
}

List *
tuya_view_missing(const Plan *plan)
{
	if (!IsA(plan, CustomScan) || ((const CustomScan *) plan)->methods != &scan_methods)
		return NIL;
	return list_nth(((const CustomScan *) plan)->custom_private, PRIVATE_MISSING);
}

void
tuya_view_install(void)
{
	RegisterCustomScanMethods(&scan_methods);
}

/*
 * ---- sizes and paths ----
 */

/*
 * So far the subquery has the size that it has for one outer row.  Joins multiply by the
 * selectivity of their conditions, so that this is divided by that of those that
 * supply the keys.
 */
static void
set_size(PlannerInfo *root, RelOptInfo *rel, List *clauses)
{
	rel->tuples = MANY_TUPLES;
	rel->rows = clamp_row_est(rel->rows / clauselist_selectivity(root, clauses, 0, JOIN_INNER, NULL));
	rel->tuples = Max(rel->rows, DEFAULT_NUM_DISTINCT);
}

/* An equality may be there twice, for each order of its sides. */
static bool
is_among(const RestrictInfo *clause, const List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		const RestrictInfo *other = lfirst_node(RestrictInfo, lc);

		if (other == clause || (clause->parent_ec && clause->parent_ec == other->parent_ec))
			return true;
	}
	return false;
}

/* The share of the subquery's rows that pass the conditions which supply no keys. */
static double
share_passing(PlannerInfo *root, const RelOptInfo *rel, const List *clauses, const List *supplying)
{
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		if (!is_among(lfirst_node(RestrictInfo, lc), supplying))
			others = lappend(others, lfirst(lc));
	}
	return clauselist_selectivity(root, others, (int) rel->relid, JOIN_INNER, NULL);
}

static void
add_parameterized_paths(PlannerInfo *root, RelOptInfo *rel, Relids outer, double rows, const List *supplying)
{
	ParamPathInfo *info = get_baserel_parampathinfo(root, rel, outer);
	ListCell   *lc;

	info->ppi_rows = clamp_row_est(rows * share_passing(root, rel, info->ppi_clauses, supplying));
	foreach(lc, fetch_upper_rel(rel->subroot, UPPERREL_FINAL, NULL)->pathlist)
	{
		Path	   *path = tuya_compat_subquery_path(root, rel, lfirst(lc), outer);

		path->rows = info->ppi_rows;
		add_path(rel, path);
	}
}

/* Keys that one table was given are of no use if another has none. */
static bool
lacks_keys(const RelOptInfo *rel)
{
	ListCell   *lc;

	foreach(lc, fetch_upper_rel(rel->subroot, UPPERREL_FINAL, NULL)->pathlist)
	{
		if (((const Path *) lfirst(lc))->total_cost < TUYA_MISSING_KEY_COST)
			return false;
	}
	return true;
}

static void
set_subquery_paths(PlannerInfo *root, RelOptInfo *rel, const TuyaView *view)
{
	Relids		outer = bms_union(rel->lateral_relids, view->outer);
	double		rows = rel->rows;

	/* those of LATERAL do it */
	if (bms_equal(outer, rel->lateral_relids))
		return;
	set_size(root, rel, view->clauses);
	rel->pathlist = rel->partial_pathlist = NIL;
	if (view->lacking && lacks_keys(rel))
	{
		add_path(rel, make_missing_path(root, rel, view->lacking_table, view->lacking));
		return;
	}
	add_parameterized_paths(root, rel, outer, rows, view->clauses);
	add_path(rel, make_missing_path(root, rel, view->table, view->missing));
	tuya_supplier_forbid_unique(root, rel, list_make1(outer));
}

/* A relation has its paths after its children have theirs, which may have changed their sizes. */
static void
set_parent_size(const PlannerInfo *root, RelOptInfo *parent)
{
	double		rows = 0;
	ListCell   *lc;

	foreach(lc, root->append_rel_list)
	{
		const AppendRelInfo *info = lfirst_node(AppendRelInfo, lc);
		RelOptInfo *child = root->simple_rel_array[info->child_relid];

		if (info->parent_relid == parent->relid && child && !IS_DUMMY_REL(child))
			rows += child->rows;
	}
	if (rows > parent->rows)
		parent->rows = parent->tuples = rows;
}

void
tuya_view_set_paths(PlannerInfo *root, RelOptInfo *rel, const RangeTblEntry *rte)
{
	if (rte->rtekind != RTE_SUBQUERY || IS_DUMMY_REL(rel))
		return;
	if (rte->inh)
		set_parent_size(root, rel);
	else if (rel->fdw_private)
		set_subquery_paths(root, rel, rel->fdw_private);
}
