/*
 * table.c
 *		What the planner knows of a foreign table of ours.
 */
#include "postgres.h"

#include "planner/table.h"

#include "access/table.h"
#include "foreign/foreign.h"
#include "utils/rel.h"

#include "api/constant.h"
#include "option/option.h"
#include "planner/missing.h"
#include "planner/on_error.h"
#include "planner/own.h"
#include "planner/partition.h"

TuyaTable *
tuya_table_create(PlannerInfo *root, RelOptInfo *baserel, Oid relid)
{
	TuyaTable  *result = palloc0(sizeof(TuyaTable));
	ForeignTable *table = GetForeignTable(relid);
	Relation	relation = table_open(relid, NoLock);
	TuyaSettings settings;

	tuya_option_get(&settings, GetForeignServer(table->serverid), table, NULL);
	result->rows_per_lookup = settings.rows_per_lookup;
	result->async_capable = settings.async_capable != 0;
	result->error_rows = settings.on_error == TUYA_ON_ERROR_ROW;
	result->columns = tuya_column_get(relation);
	tuya_on_error_check(relation, result->columns, settings.on_error);
	tuya_constant_check(relation, result->columns);
	result->drops_rows = tuya_partition_attributes(relation, result->columns) != NIL;
	table_close(relation, NoLock);
	tuya_key_bind(root, baserel->baserestrictinfo, baserel->relid, result->columns, &result->own);
	result->outer_columns = tuya_missing_outer_columns(root);
	return result;
}

static void
check_errors(Oid relid)
{
	ForeignTable *table = GetForeignTable(relid);
	Relation	relation = table_open(relid, NoLock);
	TuyaSettings settings;

	tuya_option_get(&settings, GetForeignServer(table->serverid), table, NULL);
	tuya_on_error_check(relation, tuya_column_get(relation), settings.on_error);
	table_close(relation, NoLock);
}

void
tuya_table_check_unread(PlannerInfo *root)
{
	for (int i = 1; i < root->simple_rel_array_size; i++)
	{
		RelOptInfo *rel = root->simple_rel_array[i];

		if (rel && rel->fdw_private == NULL && tuya_own_relation(rel) && IS_DUMMY_REL(rel))
			check_errors(root->simple_rte_array[i]->relid);
	}
}

bool
tuya_table_is_own(const RelOptInfo *rel)
{
	return rel && IS_SIMPLE_REL(rel) && rel->fdw_private && tuya_own_relation(rel);
}

bool
tuya_table_is_known(const RelOptInfo *rel, AttrNumber attno)
{
	return tuya_column_is_known(((TuyaTable *) rel->fdw_private)->columns, attno);
}
