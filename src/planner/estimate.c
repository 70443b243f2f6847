/*
 * estimate.c
 *		How many rows there are: rows_per_lookup for each key that is asked for.
 *
 * What PostgreSQL's estimate of "=" needs comes as statistics (statistics.c).
 * Other conditions that bind keys, such as @> or CASE, have their selectivity set
 * in advance, where PostgreSQL caches it.
 */
#include "postgres.h"

#include "planner/estimate.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "optimizer/appendinfo.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "port/pg_bitutils.h"
#include "utils/selfuncs.h"

#include "api/constant.h"
#include "compat_planner.h"
#include "planner/join_clauses.h"
#include "planner/own.h"
#include "planner/table.h"

/*
 * Values of a key column that is not bound.  The selectivity of "=" is one through the
 * larger number of both sides, so this must be larger than what any table has; as a
 * float4 it is exact.
 */
#define KEYS 1.0e9

/*
 * ---- size ----
 */

/* Conditions on optional keys are, to estimates, as any others. */
static int
required_keys(const TuyaTable *table)
{
	return tuya_action_required_keys(table->columns->action);
}

static double
unbound_keys(const TuyaTable *table, int bound)
{
	return pow(KEYS, pg_popcount32((uint32) (required_keys(table) & ~bound)));
}

static void
set_distinct(TuyaTable *table, const TuyaKeyBinding *binding)
{
	ListCell   *lc;

	for (int key = 0; key < table->columns->action->nkeys; key++)
		table->distinct[key] = table->columns->action->keys[key].optional ? 0 : KEYS;
	foreach(lc, binding->factors)
	{
		TuyaKeyFactor *factor = lfirst(lc);

		for (int key = 0; key < table->columns->action->nkeys; key++)
		{
			if (factor->keys & (1 << key))
				table->distinct[key] = Min(table->distinct[key], Max(factor->size, 1));
		}
	}
}

/*
 * Takes the clauses out that bind a key as soon as others have a value, as
 * "firmware_id = 'f' || product_key" does, and returns these keys.
 */
static int
take_dependent(PlannerInfo *root, RelOptInfo *baserel, int bound, List **clauses)
{
	TuyaTable  *table = baserel->fdw_private;
	List	   *kept = NIL;
	int			dependent = 0;
	TuyaKeyOwn	own;
	ListCell   *lc;

	tuya_key_own_init(&own, root, baserel->relid, table->columns, baserel->baserestrictinfo);
	foreach(lc, *clauses)
	{
		double		size;
		int			keys = tuya_key_of_clause(&own, tuya_key_clause(lfirst(lc)), &size) &
		required_keys(table);

		if (keys & ~(bound | dependent))
			dependent |= keys;
		else
			kept = lappend(kept, lfirst(lc));
	}
	*clauses = kept;
	return dependent;
}

/* The clause with columns of a child, however far below, instead of the relation's. */
static Expr *
translate(PlannerInfo *root, Expr *clause, Index relid, Index child)
{
	AppendRelInfo *appinfo;

	if (relid == child)
		return clause;
	appinfo = root->append_rel_array[child];
	clause = translate(root, clause, relid, appinfo->parent_relid);
	return (Expr *) adjust_appendrel_attrs(root, (Node *) clause, 1, &appinfo);
}

/* Whether constants of the table say in which partition of the parent it is. */
static bool
is_divided_by_constants(PlannerInfo *root, const RelOptInfo *parent, const RelOptInfo *rel)
{
	const TuyaColumns *columns = ((TuyaTable *) rel->fdw_private)->columns;
	Bitmapset  *used = NULL;

	for (int i = 0; i < parent->part_scheme->partnatts; i++)
	{
		Expr	   *expr = linitial(parent->partexprs[i]);

		pull_varattnos((Node *) translate(root, expr, parent->relid, rel->relid), rel->relid, &used);
	}
	return tuya_constant_are_all(columns, used);
}

/*
 * Each row of a key is in one partition of those that are left; of other children all have
 * it, and so have the partitions of accounts.
 */
static double
share_of_partition(PlannerInfo *root, const RelOptInfo *rel)
{
	Index		relid = rel->relid;
	double		share = 1;

	while (root->append_rel_array && root->append_rel_array[relid])
	{
		RelOptInfo *parent;

		relid = root->append_rel_array[relid]->parent_relid;
		parent = root->simple_rel_array[relid];
		if (parent->part_scheme && !is_divided_by_constants(root, parent, rel))
			share /= Max(bms_num_members(parent->live_parts), 1);
	}
	return share;
}

void
tuya_estimate_size(PlannerInfo *root, RelOptInfo *baserel)
{
	TuyaTable  *table = baserel->fdw_private;
	const TuyaKeyBinding *binding = &table->own;
	double		rows = table->rows_per_lookup * binding->lookups;
	List	   *others = tuya_key_other_clauses(baserel->baserestrictinfo, binding,
												required_keys(table));
	int			dependent = take_dependent(root, baserel, binding->keys, &others);

	set_distinct(table, binding);
	table->share = share_of_partition(root, baserel);
	baserel->tuples = clamp_row_est(rows * table->share * unbound_keys(table, binding->keys));
	set_baserel_size_estimates(root, baserel);	/* costs and width, too */
	table->rows_per_key = rows * clauselist_selectivity(root, others, 0, JOIN_INNER, NULL);
	baserel->rows = clamp_row_est(table->rows_per_key * table->share *
								  unbound_keys(table, binding->keys | dependent));
}

double
tuya_estimate_scan_rows(PlannerInfo *root, RelOptInfo *baserel, List *clauses,
						const TuyaKeyBinding *binding)
{
	TuyaTable  *table = baserel->fdw_private;

	return clamp_row_est(table->rows_per_lookup * binding->lookups * table->share *
						 clauselist_selectivity(root, tuya_key_other_clauses(clauses, binding,
																			 required_keys(table)),
												baserel->relid, JOIN_INNER, NULL));
}

/*
 * ---- joins ----
 */

/* The share of rows in which the value has no NULL, as far as statistics tell. */
static double
not_null_share(PlannerInfo *root, Expr *value)
{
	VariableStatData vardata;
	double		share = 1;

	examine_variable(root, (Node *) value, 0, &vardata);
	if (HeapTupleIsValid(vardata.statsTuple))
		share -= ((Form_pg_statistic) GETSTRUCT(vardata.statsTuple))->stanullfrac;
	ReleaseVariableStats(vardata);
	return share;
}

/* The value to which the clause compares a key's column; NULL if it is another kind of clause. */
static Expr *
value_compared(const TuyaKeyOwn *own, Expr *clause)
{
	Expr	   *left;
	Expr	   *right;

	if (!tuya_key_is_equality(clause, &left, &right))
		return NULL;
	if (tuya_key_own_column(own, left) >= 0)
		return right;
	return tuya_key_own_column(own, right) >= 0 ? left : NULL;
}

/* Whether the clause joins the relation as the right side of EXISTS, IN or NOT EXISTS. */
static bool
is_of_semijoin(PlannerInfo *root, const RelOptInfo *rel, const RestrictInfo *rinfo)
{
	ListCell   *lc;

	foreach(lc, root->join_info_list)
	{
		SpecialJoinInfo *join = lfirst_node(SpecialJoinInfo, lc);

		if ((join->jointype == JOIN_SEMI || join->jointype == JOIN_ANTI) &&
			bms_is_subset(rel->relids, join->syn_righthand) &&
			bms_overlap(rinfo->clause_relids, join->syn_lefthand))
			return true;
	}
	return false;
}

/*
 * The share of outer rows that have a row at all.  Keys differ, so their numbers of
 * rows are taken to be spread widely (geometrically) about the average.
 */
static double
match_share(double rows)
{
	return rows / (1 + rows);
}

static int
first_unbound_key(const TuyaTable *table)
{
	int			key = 0;

	while (key < table->columns->action->nkeys && table->distinct[key] < KEYS)
		key++;
	return key;
}

static double
number_of_values(PlannerInfo *root, Expr *value)
{
	VariableStatData vardata;
	bool		is_default;
	double		number;

	examine_variable(root, (Node *) value, 0, &vardata);
	number = get_variable_numdistinct(&vardata, &is_default);
	ReleaseVariableStats(vardata);
	return number;
}

/*
 * In an outer join a key may be compared to columns of two tables, which is no
 * equivalence class.  Then it is the one's value, and the second condition is true as
 * often as the two are equal.
 */
static bool
set_further_selectivity(const TuyaKeyOwn *own, RestrictInfo *rinfo, Expr *value, int keys,
						double size, Expr *compared[TUYA_KEYS_MAX])
{
	const TuyaTable *table = own->root->simple_rel_array[own->relid]->fdw_private;

	for (int key = 0; key < table->columns->action->nkeys; key++)
	{
		double		number;

		if (keys != 1 << key || rinfo->is_pushed_down || table->distinct[key] < KEYS)
			continue;
		if (compared[key] == NULL)
		{
			compared[key] = value;
			return false;
		}
		number = number_of_values(own->root, compared[key]);
		if (value)
			number = Max(number, number_of_values(own->root, value));
		rinfo->norm_selec = rinfo->outer_selec = Min(size / Max(number, 1), 1);
		return true;
	}
	return false;
}

/*
 * Sets the selectivities of a clause of rel, which is the table or something that it
 * is a part of, and which reads as expr with the table's columns.  compared: the values to
 * which keys are compared by clauses before it, in and out.
 */
static void
set_selectivity(const TuyaKeyOwn *own, const RelOptInfo *rel, RestrictInfo *rinfo, Expr *expr,
				Expr *compared[TUYA_KEYS_MAX])
{
	TuyaTable  *table = own->root->simple_rel_array[own->relid]->fdw_private;
	Expr	   *value = value_compared(own, expr);
	double		selectivity;
	double		size;
	int			keys = tuya_key_of_clause(own, expr, &size) & required_keys(table);

	if (keys == 0 || set_further_selectivity(own, rinfo, value, keys, size, compared))
		return;
	selectivity = size;
	for (int key = 0; key < table->columns->action->nkeys; key++)
		selectivity /= keys & (1 << key) ? table->distinct[key] : 1;
	selectivity = Min(selectivity, 1);
	/* "=" is estimated well by PostgreSQL, which knows of NULLs and values on the other side */
	if (value == NULL)
		rinfo->norm_selec = rinfo->outer_selec = selectivity;
	if (!is_of_semijoin(own->root, rel, rinfo))
		return;
	rinfo->outer_selec = value ? not_null_share(own->root, value) : 1;
	if (keys & (1 << first_unbound_key(table)))
		rinfo->outer_selec *= match_share(table->rows_per_key * size);
}

/* The relation whose rows, by IN or EXISTS, are compared to the table's; NULL: there is none. */
static RelOptInfo *
right_side(PlannerInfo *root, const RelOptInfo *rel, const RestrictInfo *rinfo)
{
	ListCell   *lc;

	foreach(lc, root->join_info_list)
	{
		SpecialJoinInfo *join = lfirst_node(SpecialJoinInfo, lc);
		int			right;

		if (join->jointype == JOIN_SEMI && bms_is_subset(rel->relids, join->syn_lefthand) &&
			bms_is_subset(rinfo->clause_relids, bms_union(rel->relids, join->syn_righthand)) &&
			bms_get_singleton_member(join->syn_righthand, &right))
			return root->simple_rel_array[right];
	}
	return NULL;
}

/* What clauses have left of the combinations of values on a right side. */
typedef struct Combinations
{
	const RelOptInfo *right;
	double		left;
} Combinations;

/*
 * "(keys) IN (SELECT ... FROM right)" is true of as many keys as there are combinations of
 * values on the right side, which are no more than its rows.
 */
static void
set_selectivity_of_in(const TuyaKeyOwn *own, const RelOptInfo *rel, RestrictInfo *rinfo, Expr *expr,
					  Combinations *combinations)
{
	const TuyaTable *table = own->root->simple_rel_array[own->relid]->fdw_private;
	RelOptInfo *right = right_side(own->root, rel, rinfo);
	Expr	   *value = right ? value_compared(own, expr) : NULL;
	double		size;
	double		number;
	int			keys;

	if (value == NULL || !bms_is_subset(pull_varnos(own->root, (Node *) value), right->relids))
		return;
	keys = tuya_key_of_clause(own, expr, &size) & required_keys(table);
	if (combinations->right != right)
	{
		combinations->right = right;
		combinations->left = Max(right->rows, 1);
	}
	for (int key = 0; key < table->columns->action->nkeys; key++)
	{
		if (keys != 1 << key || table->distinct[key] < KEYS)
			continue;
		number = Max(Min(number_of_values(own->root, value), combinations->left), 1);
		combinations->left /= number;
		rinfo->outer_selec = number / table->distinct[key];
	}
}

/*
 * PostgreSQL makes what follows from an equivalence class once, but before 18 for each
 * order of the two sides.  Joins are to find either order.
 */
static List *
both_orders(PlannerInfo *root, RelOptInfo *rel, List *clauses)
{
	List	   *all = list_copy(clauses);
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (rinfo->parent_ec)
			all = list_concat_unique_ptr(all, tuya_compat_implied_equalities(root,
																			 bms_difference(rinfo->clause_relids, rel->relids),
																			 rel));
	}
	return all;
}

/* Sets the selectivities of clauses of rel: of equalities, or of the others. */
static void
set_selectivities(const TuyaKeyOwn *own, const RelOptInfo *rel, List *clauses, bool equalities,
				  Expr *compared[TUYA_KEYS_MAX])
{
	Combinations combinations = {NULL, 0};
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		Expr	   *expr = translate(own->root, rinfo->clause, rel->relid, own->relid);

		if ((value_compared(own, expr) != NULL) != equalities)
			continue;
		set_selectivity(own, rel, rinfo, expr, compared);
		set_selectivity_of_in(own, rel, rinfo, expr, &combinations);
	}
}

void
tuya_estimate_joins(PlannerInfo *root, RelOptInfo *baserel)
{
	TuyaTable  *table = baserel->fdw_private;
	Index		relid = baserel->relid;
	TuyaKeyOwn	own;

	tuya_key_own_init(&own, root, relid, table->columns, baserel->baserestrictinfo);
	for (;;)
	{
		RelOptInfo *rel = root->simple_rel_array[relid];
		List	   *clauses = both_orders(root, rel, tuya_join_clauses_get(root, rel));
		Expr	   *compared[TUYA_KEYS_MAX] = {NULL};

		set_selectivities(&own, rel, clauses, true, compared);
		set_selectivities(&own, rel, clauses, false, compared);
		if (root->append_rel_array == NULL || root->append_rel_array[relid] == NULL)
			return;
		relid = root->append_rel_array[relid]->parent_relid;
	}
}

/*
 * ---- above joins ----
 */

/* A key column that was joined has as many values as what it was joined with. */
static void
set_joined_distinct(PlannerInfo *root, RelOptInfo *rel, double joined_rows)
{
	TuyaTable  *table = rel->fdw_private;
	TuyaKeyOwn	own;
	ListCell   *lc;

	tuya_key_own_init(&own, root, rel->relid, table->columns, NIL);
	foreach(lc, tuya_join_clauses_get(root, rel))
	{
		Expr	   *clause = lfirst_node(RestrictInfo, lc)->clause;
		Expr	   *value = value_compared(&own, clause);
		double		rows = joined_rows;
		double		size;
		int			keys = tuya_key_of_clause(&own, clause, &size) & required_keys(table);
		int			relid;

		if (value == NULL || keys == 0)
			continue;
		if (bms_get_singleton_member(pull_varnos(root, (Node *) value), &relid) &&
			root->simple_rel_array[relid])
			rows = Min(rows, root->simple_rel_array[relid]->rows);
		size = estimate_num_groups(root, list_make1(value), rows, NULL, NULL);
		for (int key = 0; key < table->columns->action->nkeys; key++)
		{
			if (keys & (1 << key))
				table->distinct[key] = Min(table->distinct[key], size);
		}
	}
}

/* Neither the table nor what it is a part of has more rows than the join. */
static void
limit_rows(PlannerInfo *root, Index relid, double most)
{
	RelOptInfo *rel = root->simple_rel_array[relid];

	if (rel->rows > most)
		rel->rows = rel->tuples = most;
	if (root->append_rel_array && root->append_rel_array[relid])
		limit_rows(root, root->append_rel_array[relid]->parent_relid, most);
}

void
tuya_estimate_joined(PlannerInfo *root, const RelOptInfo *joined)
{
	if (!bms_is_subset(root->all_baserels, joined->relids))
		return;
	for (int relid = 1; relid < root->simple_rel_array_size; relid++)
	{
		RelOptInfo *rel = root->simple_rel_array[relid];

		if (!tuya_table_is_own(rel))
			continue;
		set_joined_distinct(root, rel, joined->rows);
		limit_rows(root, relid, joined->rows);
	}
}
