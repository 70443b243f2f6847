/*
 * column.c
 *		What the columns of a foreign table are: keys, or fields of the reply.
 *
 * The standard table's columns stand in one list, which IMPORT FOREIGN SCHEMA
 * writes and by which columns without an option are known.
 */
#include "postgres.h"

#include "api/column.h"

#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static const struct
{
	const char *name;
	const char *type;			/* in the standard table */
	TuyaColumnKind kind;
	int			index;
}			standard[] = {
	{"product_key", "text NOT NULL", TUYA_COLUMN_KEY, TUYA_KEY_PRODUCT},
	{"device_name", "text NOT NULL", TUYA_COLUMN_KEY, TUYA_KEY_DEVICE},
	{"firmware_id", "text NOT NULL", TUYA_COLUMN_KEY, TUYA_KEY_FIRMWARE},
	{"job_id", "text NOT NULL", TUYA_COLUMN_FIELD, TUYA_FIELD_JOB_ID},
	{"job_status", "text", TUYA_COLUMN_FIELD, TUYA_FIELD_JOB_STATUS},
	{"job_type", "text", TUYA_COLUMN_FIELD, TUYA_FIELD_JOB_TYPE},
	{"selection_type", "text", TUYA_COLUMN_FIELD, TUYA_FIELD_SELECTION_TYPE},
	{"target_selection", "text", TUYA_COLUMN_FIELD, TUYA_FIELD_TARGET_SELECTION},
	{"utc_create", "timestamptz", TUYA_COLUMN_FIELD, TUYA_FIELD_UTC_CREATE},
	{"utc_modified", "timestamptz", TUYA_COLUMN_FIELD, TUYA_FIELD_UTC_MODIFIED},
	{"package_product_key", "text", TUYA_COLUMN_FIELD, TUYA_FIELD_PRODUCT_KEY},
	{"package_firmware_id", "text", TUYA_COLUMN_FIELD, TUYA_FIELD_FIRMWARE_ID},
};

/* Names of the request parameters; the documentation has two for the last. */
static const char *const parameters[TUYA_KEY_COUNT] = {"ProductKey", "DeviceName", "FirmwareId"};

int
tuya_column_key_by_parameter(const char *name)
{
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
		if (pg_strcasecmp(name, parameters[key]) == 0)
			return key;
	return -1;
}

const char *
tuya_column_key_name(TuyaKeyId key)
{
	return standard[key].name;	/* the keys come first */
}

void
tuya_column_append_standard(StringInfo sql)
{
	for (size_t i = 0; i < lengthof(standard); i++)
		appendStringInfo(sql, "%s\n\t%s %s", i ? "," : "", standard[i].name, standard[i].type);
}

static TuyaColumn
column_by_name(const char *name)
{
	TuyaColumn	column = {TUYA_COLUMN_NONE, 0};

	for (size_t i = 0; i < lengthof(standard); i++)
		if (pg_strcasecmp(name, standard[i].name) == 0)
		{
			column.kind = standard[i].kind;
			column.index = standard[i].index;
		}
	return column;
}

/* What the column is, and the parameter's spelling if an option gives one. */
static TuyaColumn
classify(Oid relid, Form_pg_attribute att, const char **parameter)
{
	List	   *defs = GetForeignColumnOptions(relid, att->attnum);
	TuyaColumn	column;
	DefElem    *def;
	const char *value;

	*parameter = NULL;
	if (defs == NIL)
		return column_by_name(NameStr(att->attname));

	def = linitial_node(DefElem, defs);
	value = defGetString(def);
	if (strcmp(def->defname, "parameter") == 0)
	{
		*parameter = value;
		column.kind = TUYA_COLUMN_KEY;
		column.index = tuya_column_key_by_parameter(value);
	}
	else
	{
		column.kind = TUYA_COLUMN_FIELD;
		column.index = tuya_field_by_name(value);
	}
	if (column.index < 0)
		column.kind = TUYA_COLUMN_NONE;
	return column;
}

static void
check_key_type(Relation relation, Form_pg_attribute att)
{
	Oid			base = getBaseType(att->atttypid);

	if (base == TEXTOID || base == VARCHAROID)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 errmsg("key column \"%s\" of foreign table \"%s\" is of type %s",
					NameStr(att->attname), RelationGetRelationName(relation),
					format_type_be(att->atttypid)),
			 errdetail("A key is text, varchar or a domain over them."),
			 errhint("Use ALTER FOREIGN TABLE ... ALTER COLUMN %s TYPE text, and cast where it is compared: %s = value::text.",
					 quote_identifier(NameStr(att->attname)),
					 quote_identifier(NameStr(att->attname)))));
}

static void
check_unique(Relation relation, const TuyaColumns *columns, int attno)
{
	const TuyaColumn *column = &columns->column[attno - 1];
	TupleDesc	tupdesc = RelationGetDescr(relation);

	for (int i = 0; i < attno - 1; i++)
		if (columns->column[i].kind == column->kind && columns->column[i].index == column->index)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_COLUMN_NAME),
					 errmsg("columns \"%s\" and \"%s\" of foreign table \"%s\" are both %s",
							NameStr(TupleDescAttr(tupdesc, i)->attname),
							NameStr(TupleDescAttr(tupdesc, attno - 1)->attname),
							RelationGetRelationName(relation),
							column->kind == TUYA_COLUMN_KEY ?
							parameters[column->index] : tuya_field_name(column->index))));
}

static void
add_column(Relation relation, TuyaColumns *columns, Form_pg_attribute att)
{
	const char *parameter;
	TuyaColumn	column = classify(RelationGetRelid(relation), att, &parameter);

	if (column.kind == TUYA_COLUMN_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_COLUMN_NAME),
				 errmsg("column \"%s\" of foreign table \"%s\" is neither a key nor a field of the reply",
						NameStr(att->attname), RelationGetRelationName(relation)),
				 errhint("Name it as IMPORT FOREIGN SCHEMA does, or set the column option \"parameter\" or \"field\".")));
	columns->column[att->attnum - 1] = column;
	check_unique(relation, columns, att->attnum);
	if (column.kind == TUYA_COLUMN_KEY)
	{
		check_key_type(relation, att);
		columns->key_attno[column.index] = att->attnum;
		if (parameter)
			columns->key_parameter[column.index] = pstrdup(parameter);
	}
}

TuyaColumns *
tuya_column_get(Relation relation)
{
	TupleDesc	tupdesc = RelationGetDescr(relation);
	TuyaColumns *columns = palloc0(sizeof(TuyaColumns));

	columns->natts = tupdesc->natts;
	columns->column = palloc0(sizeof(TuyaColumn) * Max(tupdesc->natts, 1));
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
		columns->key_parameter[key] = pstrdup(parameters[key]);
	for (int i = 0; i < tupdesc->natts; i++)
		if (!TupleDescAttr(tupdesc, i)->attisdropped)
			add_column(relation, columns, TupleDescAttr(tupdesc, i));
	return columns;
}
