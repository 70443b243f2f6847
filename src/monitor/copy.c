/*
 * copy.c
 *		SQL: what the procedure tuya_fdw_refresh() has to know of a foreign table and a session.
 *
 * The procedure itself is PL/pgSQL, in the extension's SQL.  What a table's columns are is
 * not to be found out there: that is api/'s to say.
 */
#include "postgres.h"

#include "access/relation.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "api/column.h"
#include "compat.h"
#include "executor/softened.h"
#include "fetch/meter.h"
#include "option/option.h"

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_columns(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tuya_fdw_page_rows(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tuya_fdw_session_requests(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tuya_fdw_session_failures(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_columns);
PG_FUNCTION_INFO_V1(tuya_fdw_page_rows);
PG_FUNCTION_INFO_V1(tuya_fdw_session_requests);
PG_FUNCTION_INFO_V1(tuya_fdw_session_failures);

#define COLUMNS 4

static const char *
kind_name(TuyaColumn column)
{
	switch (column.kind)
	{
		case TUYA_COLUMN_KEY:
			return "key";
		case TUYA_COLUMN_FIELD:
			return column.index == TUYA_FIELD_ID ? "id" : "field";
		case TUYA_COLUMN_PAGE:
			return "page";
		case TUYA_COLUMN_ERROR:
			return "error";
		case TUYA_COLUMN_CONSTANT:
			return "constant";
		case TUYA_COLUMN_NONE:
			break;
	}
	return NULL;
}

static void
add_column(ReturnSetInfo *rsinfo, const TuyaAction *action, TuyaColumn column,
		   Form_pg_attribute att)
{
	const char *name = tuya_column_name(action, column);
	Datum		values[COLUMNS] = {
		NameGetDatum(&att->attname),
		CStringGetTextDatum(kind_name(column)),
		name ? CStringGetTextDatum(name) : (Datum) 0,
		Int32GetDatum(column.index)
	};
	bool		nulls[COLUMNS] = {false, false, name == NULL, false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* A part of the key that no column gives has a row without a column. */
static void
add_missing(ReturnSetInfo *rsinfo, const TuyaColumns *columns)
{
	for (int key = 0; key < columns->action->nkeys; key++)
	{
		Datum		values[COLUMNS] = {
			(Datum) 0, CStringGetTextDatum("key"),
			CStringGetTextDatum(columns->action->keys[key].parameter), Int32GetDatum(key)
		};
		bool		nulls[COLUMNS] = {true, false, false, false};

		if (!columns->action->keys[key].optional && columns->key_attno[key] == 0)
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

static void
check_table(Relation relation)
{
	if (relation->rd_rel->relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a foreign table", RelationGetRelationName(relation))));
	if (!tuya_option_is_validated(GetForeignServer(GetForeignTable(RelationGetRelid(relation))->serverid)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("foreign table \"%s\" is of another foreign-data wrapper",
						RelationGetRelationName(relation))));
}

Datum
tuya_fdw_columns(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	relation = relation_open(PG_GETARG_OID(0), AccessShareLock);
	const TuyaColumns *columns;

	check_table(relation);
	columns = tuya_column_get(relation);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < columns->natts; i++)
		if (columns->column[i].kind != TUYA_COLUMN_NONE)
			add_column(rsinfo, columns->action, columns->column[i],
					   TupleDescAttr(RelationGetDescr(relation), i));
	add_missing(rsinfo, columns);
	relation_close(relation, AccessShareLock);
	return (Datum) 0;
}

Datum
tuya_fdw_page_rows(PG_FUNCTION_ARGS)
{
	Relation	relation = relation_open(PG_GETARG_OID(0), AccessShareLock);
	ForeignTable *table;
	TuyaSettings settings;
	bool		has_pages;

	check_table(relation);
	table = GetForeignTable(RelationGetRelid(relation));
	tuya_option_get(&settings, GetForeignServer(table->serverid), table, NULL);
	has_pages = tuya_column_action(table->options)->page_size_max > 0;
	relation_close(relation, AccessShareLock);
	PG_RETURN_INT32(has_pages ? settings.page_size : PG_INT32_MAX);
}

Datum
tuya_fdw_session_requests(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_INT64(tuya_meter_requests());
}

Datum
tuya_fdw_session_failures(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_INT64(tuya_softened_failures());
}
