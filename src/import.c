/*
 * import.c
 *		IMPORT FOREIGN SCHEMA.
 */
#include "postgres.h"

#include "import.h"

#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "column.h"

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
				 errhint("There are no valid options here.")));

	/* LIMIT TO and EXCEPT are the server's to apply to what we return, too */
	if (!IsImportableForeignTable("ota_job", stmt))
		return NIL;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "CREATE FOREIGN TABLE ota_job (");
	tuya_column_append_standard(&sql);
	appendStringInfo(&sql, "\n) SERVER %s", quote_identifier(stmt->server_name));
	return list_make1(sql.data);
}
