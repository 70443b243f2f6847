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

#define TABLE_NAME "ota_job"

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

		if (strcmp(table->relname, TABLE_NAME) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
					 errmsg("table \"%s\" is not present in schema \"%s\" of foreign server \"%s\"",
							table->relname, stmt->remote_schema, stmt->server_name),
					 errhint("The only table is \"" TABLE_NAME "\".")));
	}
}

List *
tuya_ImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid server_id)
{
	StringInfoData sql;

	(void) server_id;
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
	if (!IsImportableForeignTable(TABLE_NAME, stmt))
		return NIL;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "CREATE FOREIGN TABLE " TABLE_NAME " (");
	tuya_column_append_standard(&sql);
	appendStringInfo(&sql, "\n) SERVER %s", quote_identifier(stmt->server_name));
	return list_make1(sql.data);
}
