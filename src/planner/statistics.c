/*
 * statistics.c
 *		What PostgreSQL's estimates are told of the columns of foreign tables.
 *
 * They look for a row of pg_statistic; a hook lets them have one that is made up.
 */
#include "postgres.h"

#include "planner/statistics.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/pathnodes.h"
#include "nodes/value.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/typcache.h"

#include "api/constant.h"
#include "planner/own.h"
#include "planner/table.h"

static get_relation_stats_hook_type previous_relation_stats = NULL;

/*
 * ---- rows of pg_statistic ----
 */

/* The columns of a row that says nothing yet. */
typedef struct Row
{
	Datum		values[Natts_pg_statistic];
	bool		nulls[Natts_pg_statistic];
} Row;

static void
init_row(Row *row, double distinct)
{
	memset(row, 0, sizeof(*row));
	row->values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum((float4) distinct);
	for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
		row->nulls[Anum_pg_statistic_stanumbers1 - 1 + i] = row->nulls[Anum_pg_statistic_stavalues1 - 1 + i] = true;
}

static HeapTuple
form(Row *row)
{
	Relation	catalog = table_open(StatisticRelationId, AccessShareLock);
	HeapTuple	tuple = heap_form_tuple(RelationGetDescr(catalog), row->values, row->nulls);

	table_close(catalog, AccessShareLock);
	return tuple;
}

/* That a column has so many values, and no more is known. */
static HeapTuple
make_distinct(double distinct)
{
	Row			row;

	init_row(&row, distinct);
	return form(&row);
}

/* That it has this one in all rows. */
static HeapTuple
make_constant(const Const *value)
{
	Oid			equality = lookup_type_cache(value->consttype, TYPECACHE_EQ_OPR)->eq_opr;
	Datum		datum = value->constvalue;
	Datum		frequency = Float4GetDatum(1);
	int16		len;
	bool		byval;
	char		align;
	Row			row;

	init_row(&row, 1);
	if (!OidIsValid(equality))
		return form(&row);
	get_typlenbyvalalign(value->consttype, &len, &byval, &align);
	row.values[Anum_pg_statistic_stakind1 - 1] = Int16GetDatum(STATISTIC_KIND_MCV);
	row.values[Anum_pg_statistic_staop1 - 1] = ObjectIdGetDatum(equality);
	row.values[Anum_pg_statistic_stacoll1 - 1] = ObjectIdGetDatum(value->constcollid);
	row.values[Anum_pg_statistic_stanumbers1 - 1] =
		PointerGetDatum(construct_array(&frequency, 1, FLOAT4OID, sizeof(float4), true, TYPALIGN_INT));
	row.values[Anum_pg_statistic_stavalues1 - 1] =
		PointerGetDatum(construct_array(&datum, 1, value->consttype, len, byval, align));
	row.nulls[Anum_pg_statistic_stanumbers1 - 1] = row.nulls[Anum_pg_statistic_stavalues1 - 1] = false;
	return form(&row);
}

/*
 * ---- of columns ----
 */

/* The column of a child that is the relation's; NULL: it is none of its children, or has none. */
static const Var *
column_of_child(const AppendRelInfo *child, Index relid, AttrNumber attno)
{
	const Var  *var;

	if (child->parent_relid != relid || list_length(child->translated_vars) < attno)
		return NULL;
	var = list_nth(child->translated_vars, attno - 1);
	return var && IsA(var, Var) && var->varno == (int) child->child_relid && var->varattno > 0 ? var : NULL;
}

/* How many values a column has that is a key, or the union of such; 0 if it is none. */
static double
distinct_values(PlannerInfo *root, Index relid, AttrNumber attno)
{
	RelOptInfo *rel = root->simple_rel_array[relid];
	double		distinct = 0;
	ListCell   *lc;

	if (tuya_table_is_own(rel))
	{
		TuyaTable  *table = rel->fdw_private;

		for (int key = 0; key < table->columns->action->nkeys; key++)
		{
			if (table->columns->key_attno[key] == attno)
				distinct = table->distinct[key];
		}
		return distinct;
	}
	if (!root->simple_rte_array[relid]->inh)
		return 0;
	foreach(lc, root->append_rel_list)
	{
		const Var  *var = column_of_child(lfirst_node(AppendRelInfo, lc), relid, attno);

		if (var)
			distinct = Max(distinct, distinct_values(root, (Index) var->varno, var->varattno));
	}
	return distinct;
}

/* Lets the texts be those of the constants that the column has in tables of ours. */
static bool
collect_constants(PlannerInfo *root, Index relid, AttrNumber attno, List **texts)
{
	RelOptInfo *rel = root->simple_rel_array[relid];
	ListCell   *lc;

	if (tuya_table_is_own(rel))
	{
		const TuyaColumns *columns = ((TuyaTable *) rel->fdw_private)->columns;

		if (!bms_is_member(attno, columns->constants))
			return false;
		*texts = list_append_unique(*texts, makeString(pstrdup(columns->column[attno - 1].constant)));
		return true;
	}
	if (!root->simple_rte_array[relid]->inh)
		return false;
	foreach(lc, root->append_rel_list)
	{
		const Var  *var = column_of_child(lfirst_node(AppendRelInfo, lc), relid, attno);

		if (var && !collect_constants(root, (Index) var->varno, var->varattno, texts))
			return false;
	}
	return *texts != NIL;
}

/* What is known of the column; NULL: nothing. */
static HeapTuple
statistics_of(PlannerInfo *root, RelOptInfo *rel, AttrNumber attno)
{
	double		distinct = distinct_values(root, rel->relid, attno);
	List	   *texts = NIL;

	if (distinct > 0)
		return make_distinct(distinct);
	if (!collect_constants(root, rel->relid, attno, &texts))
		return NULL;
	return tuya_table_is_own(rel) ? make_constant(tuya_constant_get(((TuyaTable *) rel->fdw_private)->columns, attno)) :
		make_distinct(list_length(texts));
}

/* No column of tables without ours, by little: they may have thousands of partitions. */
static bool
may_be_known(const RelOptInfo *rel, const RangeTblEntry *rte)
{
	return rel->fdw_private || (rte->inh && (rte->rtekind != RTE_RELATION || tuya_own_entry(rte)));
}

static bool
on_relation_stats(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attno, VariableStatData *vardata)
{
	RelOptInfo *rel = vardata->rel;

	if (previous_relation_stats && previous_relation_stats(root, rte, attno, vardata))
		return true;
	if (rel == NULL || !may_be_known(rel, rte))
		return false;
	/* seen from an outer query, a column of this one has other values for each of its runs */
	if (attno <= 0 || (int) rel->relid >= root->simple_rel_array_size ||
		root->simple_rel_array[rel->relid] != rel || root->simple_rte_array[rel->relid] != rte)
		return false;
	vardata->statsTuple = statistics_of(root, rel, attno);
	if (vardata->statsTuple == NULL)
		return false;
	vardata->freefunc = heap_freetuple;
	/* nothing in it is a secret */
	vardata->acl_ok = true;
	return true;
}

void
tuya_statistics_install(void)
{
	previous_relation_stats = get_relation_stats_hook;
	get_relation_stats_hook = on_relation_stats;
}
