/*
 * import.c
 *		IMPORT FOREIGN SCHEMA.
 */
#include "postgres.h"

#include "planner/import.h"

#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "api/column.h"
#include "option/option.h"

static bool
is_table(const char *name)
{
	for (int i = 0; tuya_actions[i]; i++)
		if (strcmp(name, tuya_actions[i]->table) == 0)
			return true;
	return false;
}

/* "The only table is ..." or, of several, "The tables are ..." */
static const char *
tables_hint(void)
{
	StringInfoData hint;

	initStringInfo(&hint);
	appendStringInfoString(&hint, tuya_actions[1] ? "The tables are " : "The only table is ");
	for (int i = 0; tuya_actions[i]; i++)
		appendStringInfo(&hint, "%s\"%s\"", i ? ", " : "", tuya_actions[i]->table);
	return psprintf("%s.", hint.data);
}

/* LIMIT TO with a name that is not there would import nothing, and say nothing. */
static void
check_tables(const ImportForeignSchemaStmt *stmt)
{
	ListCell   *lc;

	if (stmt->list_type != FDW_IMPORT_SCHEMA_LIMIT_TO)
		return;
	foreach(lc, stmt->table_list)
	{
		const RangeVar *table = lfirst_node(RangeVar, lc);

		if (!is_table(table->relname))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
					 errmsg("table \"%s\" is not present in schema \"%s\" of foreign server \"%s\"",
							table->relname, stmt->remote_schema, stmt->server_name),
					 errhint("%s", tables_hint())));
	}
}

/* A table that is used by its server's option as soon as it is there must be one that can be. */
static bool
shows_errors(Oid server_id)
{
	TuyaSettings settings;

	tuya_option_get(&settings, GetForeignServer(server_id), NULL, NULL);
	return settings.on_error == TUYA_ON_ERROR_ROW;
}

static char *
make_command(const TuyaAction *action, const char *server_name, bool error_rows)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (", action->table);
	tuya_column_append_standard(&sql, action, error_rows);
	appendStringInfo(&sql, "\n) SERVER %s", quote_identifier(server_name));
	if (action != tuya_action_default())
		appendStringInfo(&sql, " OPTIONS (action '%s')", action->name);
	return sql.data;
}

List *
tuya_ImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid server_id)
{
	List	   *commands = NIL;
	bool		error_rows = shows_errors(server_id);

	if (strcmp(stmt->remote_schema, "ota") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("schema \"%s\" is not present on foreign server \"%s\"",
						stmt->remote_schema, stmt->server_name),
				 errhint("The only schema is \"ota\".")));
	if (stmt->options != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\"",
						linitial_node(DefElem, stmt->options)->defname),
				 errhint("There are no valid options here."),
				 errhidestmt(true)));	/* whatever it is, it may be a secret */

	check_tables(stmt);
	/* LIMIT TO and EXCEPT are the server's to apply to what we return, too */
	for (int i = 0; tuya_actions[i]; i++)
		if (IsImportableForeignTable(tuya_actions[i]->table, stmt))
			commands = lappend(commands, make_command(tuya_actions[i], stmt->server_name, error_rows));
	return commands;
}
