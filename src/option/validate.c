/*
 * validate.c
 *		The validator of options, with its hints, and the list of them for SQL.
 *
 * Values of a user mapping never appear in a message.
 */
#include "postgres.h"

#include "option/internal.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "api/column.h"

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_validator(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tuya_fdw_options(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_validator);
PG_FUNCTION_INFO_V1(tuya_fdw_options);

static int
where_of_catalog(Oid catalog)
{
	switch (catalog)
	{
		case ForeignServerRelationId:
			return ON_SERVER;
		case UserMappingRelationId:
			return ON_MAPPING;
		case ForeignTableRelationId:
			return ON_TABLE;
		case AttributeRelationId:
			return ON_COLUMN;
		default:
			return 0;			/* the foreign-data wrapper itself has none */
	}
}

static const char *
where_text(int where)
{
	static const struct
	{
		int			bit;
		const char *text;
	}			names[] = {
		{ON_SERVER, "server"}, {ON_MAPPING, "user mapping"},
		{ON_TABLE, "table"}, {ON_COLUMN, "column"}
	};
	StringInfoData text;

	initStringInfo(&text);
	for (size_t i = 0; i < lengthof(names); i++)
		if (where & names[i].bit)
			appendStringInfo(&text, "%s%s", text.len ? ", " : "", names[i].text);
	return text.data;
}

/* The names of the options of that place. */
static List *
names_of(int where)
{
	List	   *names = NIL;

	for (size_t i = 0; i < tuya_option_count; i++)
		if (tuya_options[i].where & where)
			names = lappend(names, unconstify(char *, tuya_options[i].name));
	return names;
}

static void
refuse_name(const char *name, const TuyaOption *option, int where)
{
	List	   *names = names_of(where);
	const char *similar = option ? NULL : tuya_option_find_similar(name, names);
	StringInfoData valid;
	ListCell   *lc;

	initStringInfo(&valid);
	foreach(lc, names)
	{
		appendStringInfo(&valid, "%s%s", valid.len ? ", " : "", (const char *) lfirst(lc));
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 option ? errdetail("It is an option of: %s.", where_text(option->where)) : 0,
			 similar ? errhint("Perhaps you meant the option \"%s\". Valid options here are: %s.", similar, valid.data) :
			 valid.len ? errhint("Valid options here are: %s.", valid.data) :
			 errhint("There are no valid options here.")));
}

static void
require_options(List *defs, int where)
{
	for (size_t i = 0; i < tuya_option_count; i++)
	{
		bool		found = false;
		ListCell   *lc;

		if (!tuya_options[i].required || !(tuya_options[i].where & where))
			continue;
		foreach(lc, defs)
		{
			DefElem    *def = lfirst_node(DefElem, lc);

			if (strcmp(def->defname, tuya_options[i].name) == 0)
				found = true;
		}
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
					 errmsg("option \"%s\" is required", tuya_options[i].name)));
	}
}

static void
validate(DefElem *def, int where)
{
	const TuyaOption *option = tuya_option_find(def->defname);
	const char *value = defGetString(def);

	if (option == NULL || !(option->where & where))
		refuse_name(def->defname, option, where);
	if (option->type == OPTION_STRING && value[0] == '\0')
		tuya_option_bad_value(option->name, "It is empty.", NULL);
	tuya_option_parse(NULL, option, value);
	if (option->check)
		option->check(value);
}

/* Whether the value could be a URL with user info, or signed, or parameters with a secret. */
static bool
may_be_secret(const char *value)
{
	return strchr(value, '@') || strcasestr(value, "secret") || strcasestr(value, "password") ||
		strcasestr(value, "token") || strcasestr(value, "signature");
}

/*
 * Whether the statement may hold a secret: it is about a user mapping, or has an
 * option that belongs there, or one that nobody knows, or a value with a secret in it.
 */
static bool
may_have_secret(List *defs, int where)
{
	ListCell   *lc;

	if (where == ON_MAPPING)
		return true;
	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const TuyaOption *option = tuya_option_find(def->defname);

		if (option == NULL || option->where == ON_MAPPING || may_be_secret(defGetString(def)))
			return true;
	}
	return false;
}

/* Keeps the statement out of the log, whatever is wrong with it. */
static void
hide_statement(void *arg)
{
	(void) arg;
	errhidestmt(true);
}

/* A request without TLS never goes through a proxy; then why give one? */
static void
check_server(List *defs)
{
	const char *endpoint = NULL;
	bool		proxy = false;
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "endpoint") == 0)
			endpoint = defGetString(def);
		else if (strcmp(def->defname, "proxy") == 0)
			proxy = true;
	}
	if (proxy && endpoint && pg_strncasecmp(endpoint, "http:", 5) == 0)
		tuya_option_bad_value("proxy", "An endpoint without TLS is never asked through a proxy.", NULL);
}

/* Its action may have smaller pages than others, or none. */
static void
check_table(List *defs)
{
	const TuyaAction *action = tuya_column_action(defs);
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "page_size") != 0)
			continue;
		if (action->page_size_max == 0)
			tuya_option_bad_value("page_size", psprintf("%s has no pages.", action->name), NULL);
		if (pg_strtoint32(defGetString(def)) > action->page_size_max)
			tuya_option_bad_value("page_size", NULL,
								  psprintf("A whole number from 1 to %d.", action->page_size_max));
	}
}

static void
validate_all(List *defs, int where)
{
	ListCell   *lc;

	foreach(lc, defs)
		validate(lfirst_node(DefElem, lc), where);
	require_options(defs, where);
	if (where == ON_SERVER)
		check_server(defs);
	if (where == ON_TABLE)
		check_table(defs);
	if (where == ON_COLUMN && list_length(defs) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("a column can have only one of the options \"parameter\", \"field\" and \"constant\"")));
}

Datum
tuya_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *defs = untransformRelOptions(PG_GETARG_DATUM(0));
	int			where = where_of_catalog(PG_GETARG_OID(1));
	ErrorContextCallback callback = {
		.callback = hide_statement,.previous = error_context_stack
	};

	if (may_have_secret(defs, where))
		error_context_stack = &callback;
	validate_all(defs, where);
	error_context_stack = callback.previous;
	PG_RETURN_VOID();
}

bool
tuya_option_is_validated(const ForeignServer *server)
{
	Oid			validator = GetForeignDataWrapper(server->fdwid)->fdwvalidator;
	FmgrInfo	function;

	if (!OidIsValid(validator))
		return false;
	fmgr_info(validator, &function);
	return function.fn_addr == tuya_fdw_validator;
}

/* As the documentation has it; NULL: none. */
static const char *
default_of(const TuyaOption *option)
{
	return option->check == tuya_option_check_action ? tuya_action_default()->name : option->default_text;
}

/* SQL: tuya_fdw_options(), one row an option. */
Datum
tuya_fdw_options(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (size_t i = 0; i < tuya_option_count; i++)
	{
		const TuyaOption *option = &tuya_options[i];
		const char *default_text = default_of(option);
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = CStringGetTextDatum(option->name);
		values[1] = CStringGetTextDatum(where_text(option->where));
		if (default_text)
			values[2] = CStringGetTextDatum(default_text);
		else
			nulls[2] = true;
		values[3] = CStringGetTextDatum(option->description);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
