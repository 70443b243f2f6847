/*
 * column.c
 *		What the columns of a foreign table are: keys, fields of the reply, of its page or of
 *		an error, constants.
 *
 * The action's keys and fields have the columns of the standard table, which
 * IMPORT FOREIGN SCHEMA writes and by which columns without an option are known.
 */
#include "postgres.h"

#include "api/column.h"

#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "api/error_field.h"

void
tuya_column_append_keys(StringInfo text, const TuyaAction *action)
{
	for (int key = 0; key < action->nkeys; key++)
		appendStringInfo(text, "%s%s", key ? ", " : "", action->keys[key].column);
}

static void
append_field(StringInfo sql, const TuyaField *field, const char *comma, bool not_null)
{
	appendStringInfo(sql, "%s\n\t%s %s OPTIONS (field '%s')%s", comma, field->column, field->type,
					 field->name, not_null ? " NOT NULL" : "");
}

void
tuya_column_append_standard(StringInfo sql, const TuyaAction *action, bool error_rows)
{
	const char *comma = "";

	for (int key = 0; key < action->nkeys; key++)
		if (!action->keys[key].optional)
		{
			appendStringInfo(sql, "%s\n\t%s text OPTIONS (parameter '%s') NOT NULL", comma,
							 action->keys[key].column, action->keys[key].parameter);
			comma = ",";
		}
	for (int i = 0; i < action->reply.nfields; i++)
		if (action->reply.fields[i].column)
		{
			append_field(sql, &action->reply.fields[i], comma, i == TUYA_FIELD_ID && !error_rows);
			comma = ",";
		}
	for (int i = 0; error_rows && i < TUYA_ERROR_FIELDS; i++)
		append_field(sql, &tuya_error_fields[i], ",", false);
}

static TuyaColumn
make_column(TuyaColumnKind kind, int index)
{
	TuyaColumn	column = {index < 0 ? TUYA_COLUMN_NONE : kind, index, NULL};

	return column;
}

static TuyaColumn
constant_column(const char *text)
{
	TuyaColumn	column = {TUYA_COLUMN_CONSTANT, 0, text};

	return column;
}

/* What a column is that is that key's; of key -1, none. */
static TuyaColumn
column_of_key(const TuyaAction *action, int key)
{
	if (key >= 0 && action->keys[key].optional)
		return make_column(TUYA_COLUMN_FIELD, tuya_action_field_of_key(action, key));
	return make_column(TUYA_COLUMN_KEY, key);
}

/* The key that the column is, or the optional one that its field is; -1 if none. */
static int
key_of_column(const TuyaAction *action, TuyaColumn column)
{
	if (column.kind == TUYA_COLUMN_KEY)
		return column.index;
	if (column.kind != TUYA_COLUMN_FIELD)
		return -1;
	for (int key = 0; key < action->nkeys; key++)
		if (action->keys[key].optional && tuya_action_field_of_key(action, key) == column.index)
			return key;
	return -1;
}

/* The column of a field, be it of the reply's rows, of its page or of an error. */
static TuyaColumn
column_of_field(const TuyaAction *action, const char *name)
{
	int			field = tuya_reply_find_field(&action->reply, name);

	if (field >= 0)
		return make_column(TUYA_COLUMN_FIELD, field);
	if (tuya_error_field_find(name) >= 0)
		return make_column(TUYA_COLUMN_ERROR, tuya_error_field_find(name));
	return make_column(TUYA_COLUMN_PAGE, tuya_action_find_page_field(name));
}

static TuyaColumn
column_by_name(const TuyaAction *action, const char *name)
{
	for (int key = 0; key < action->nkeys; key++)
		if (pg_strcasecmp(name, action->keys[key].column) == 0)
			return column_of_key(action, key);
	if (tuya_action_find_column(action, name) >= 0)
		return make_column(TUYA_COLUMN_FIELD, tuya_action_find_column(action, name));
	for (int i = 0; i < TUYA_PAGE_FIELDS; i++)
		if (pg_strcasecmp(name, tuya_page_fields[i].column) == 0)
			return make_column(TUYA_COLUMN_PAGE, i);
	return make_column(TUYA_COLUMN_NONE, -1);
}

/* What the column is, and the parameter's spelling if an option gives one. */
static TuyaColumn
classify(const TuyaAction *action, Oid relid, Form_pg_attribute att, const char **parameter)
{
	List	   *defs = GetForeignColumnOptions(relid, att->attnum);
	DefElem    *def;
	const char *value;

	*parameter = NULL;
	if (defs == NIL)
		return column_by_name(action, NameStr(att->attname));

	def = linitial_node(DefElem, defs);
	value = defGetString(def);
	if (strcmp(def->defname, "constant") == 0)
		return constant_column(value);
	if (strcmp(def->defname, "parameter") != 0)
		return column_of_field(action, value);
	*parameter = value;
	return column_of_key(action, tuya_action_find_key(action, value));
}

/* Whether values of the column can be keys. */
static bool
is_text(Form_pg_attribute att)
{
	Oid			base = getBaseType(att->atttypid);

	return base == TEXTOID || base == VARCHAROID;
}

static void
refuse_key_type(Relation relation, Form_pg_attribute att)
{
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

/*
 * Of a column whose values no input function may see: what becomes of them must not depend on
 * them. Nor may a domain's CHECK, if it says so, whose error may have the value in it.
 */
static void
check_plain_text(Relation relation, Form_pg_attribute att, const char *shown, bool in_domain)
{
	int32		typmod = att->atttypmod;
	Oid			base_type = getBaseTypeAndTypmod(att->atttypid, &typmod);

	if (is_text(att) && typmod < 0 && (in_domain || base_type == att->atttypid))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 errmsg("column \"%s\" of foreign table \"%s\" is of type %s",
					NameStr(att->attname), RelationGetRelationName(relation),
					format_type_with_typemod(att->atttypid, att->atttypmod)),
			 errdetail("What shows %s is text%s.", shown,
					   in_domain ? ", varchar without a length or a domain over them" : " or varchar without a length"),
			 errhint("Use ALTER FOREIGN TABLE ... ALTER COLUMN %s TYPE text.",
					 quote_identifier(NameStr(att->attname)))));
}

const TuyaField *
tuya_column_field(const TuyaAction *action, TuyaColumn column)
{
	switch (column.kind)
	{
		case TUYA_COLUMN_FIELD:
			return &action->reply.fields[column.index];
		case TUYA_COLUMN_PAGE:
			return &tuya_page_fields[column.index];
		case TUYA_COLUMN_ERROR:
			return &tuya_error_fields[column.index];
		case TUYA_COLUMN_NONE:
		case TUYA_COLUMN_KEY:
		case TUYA_COLUMN_CONSTANT:
			break;
	}
	return NULL;
}

bool
tuya_column_is_secret(const TuyaAction *action, TuyaColumn column)
{
	return column.kind == TUYA_COLUMN_FIELD && action->reply.secret != NULL &&
		column.index == tuya_reply_secret_field(&action->reply);
}

const char *
tuya_column_comment(const TuyaAction *action, TuyaColumn column)
{
	const TuyaField *field = tuya_column_field(action, column);

	if (column.kind == TUYA_COLUMN_KEY)
		return action->keys[column.index].comment;
	return field ? field->comment : NULL;
}

const char *
tuya_column_name(const TuyaAction *action, TuyaColumn column)
{
	const TuyaField *field = tuya_column_field(action, column);

	if (column.kind == TUYA_COLUMN_KEY)
		return action->keys[column.index].parameter;
	return field ? field->name : NULL;
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
							tuya_column_name(columns->action, *column))));
}

/* What the action has instead of what a column's option says; NULL: there is no option. */
static const char *
describe_others(const TuyaAction *action, Oid relid, Form_pg_attribute att)
{
	List	   *defs = GetForeignColumnOptions(relid, att->attnum);
	StringInfoData text;

	if (defs == NIL)
		return NULL;
	initStringInfo(&text);
	if (strcmp(linitial_node(DefElem, defs)->defname, "parameter") == 0)
	{
		for (int key = 0; key < action->nkeys; key++)
			appendStringInfo(&text, "%s%s", key ? ", " : "", action->keys[key].parameter);
		return text.len ? psprintf("%s has the keys %s.", action->name, text.data) :
			psprintf("%s has no keys.", action->name);
	}
	for (int i = 0; i < action->reply.nfields; i++)
		if (i != tuya_reply_secret_field(&action->reply))
			appendStringInfo(&text, "%s%s", i ? ", " : "", action->reply.fields[i].name);
	return psprintf("%s has the fields %s.", action->name, text.data);
}

static void
refuse_column(Relation relation, const TuyaAction *action, Form_pg_attribute att)
{
	const char *others = describe_others(action, RelationGetRelid(relation), att);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_COLUMN_NAME),
			 errmsg("column \"%s\" of foreign table \"%s\" is neither a key nor a field of the reply",
					NameStr(att->attname), RelationGetRelationName(relation)),
			 others ? errdetail_internal("%s", others) : 0,
			 errhint("Name it as IMPORT FOREIGN SCHEMA does, or set the column option \"parameter\", \"field\" or \"constant\".")));
}

static void
add_column(Relation relation, TuyaColumns *columns, Form_pg_attribute att)
{
	const char *parameter;
	TuyaColumn	column = classify(columns->action, RelationGetRelid(relation), att, &parameter);
	int			key;

	if (column.kind == TUYA_COLUMN_NONE)
		refuse_column(relation, columns->action, att);
	columns->column[att->attnum - 1] = column;
	if (column.kind == TUYA_COLUMN_CONSTANT)
	{
		columns->constants = bms_add_member(columns->constants, att->attnum);
		return;
	}
	check_unique(relation, columns, att->attnum);
	key = key_of_column(columns->action, column);
	if (column.kind == TUYA_COLUMN_KEY && !is_text(att))
		refuse_key_type(relation, att);
	if (column.kind == TUYA_COLUMN_ERROR)
		check_plain_text(relation, att, "an error", true);
	if (tuya_column_is_secret(columns->action, column))
	{
		check_plain_text(relation, att, "a secret", false);
		columns->shows_secret = true;
	}
	if (key < 0 || !is_text(att))
		return;
	columns->key_attno[key] = att->attnum;
	if (parameter)
		columns->key_parameter[key] = pstrdup(parameter);
}

const TuyaAction *
tuya_column_find_action(List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "action") == 0)
			return tuya_action_find(defGetString(def));
	}
	return tuya_action_default();
}

const TuyaAction *
tuya_column_action(List *options)
{
	const TuyaAction *action = tuya_column_find_action(options);

	if (action == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\"", "action")));
	return action;
}

TuyaColumns *
tuya_column_get(Relation relation)
{
	TupleDesc	tupdesc = RelationGetDescr(relation);
	TuyaColumns *columns = palloc0(sizeof(TuyaColumns));

	columns->action = tuya_column_action(GetForeignTable(RelationGetRelid(relation))->options);
	columns->table = RelationGetRelid(relation);
	columns->natts = tupdesc->natts;
	columns->column = palloc0(sizeof(TuyaColumn) * Max(tupdesc->natts, 1));
	for (int key = 0; key < columns->action->nkeys; key++)
		columns->key_parameter[key] = pstrdup(columns->action->keys[key].parameter);
	for (int i = 0; i < tupdesc->natts; i++)
		if (!TupleDescAttr(tupdesc, i)->attisdropped)
			add_column(relation, columns, TupleDescAttr(tupdesc, i));
	return columns;
}
