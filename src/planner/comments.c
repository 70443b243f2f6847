/*
 * comments.c
 *		Comments on imported tables and their columns.
 *
 * What the wrapper answers to IMPORT FOREIGN SCHEMA may be nothing but CREATE FOREIGN TABLE,
 * each of which PostgreSQL runs as a part of the statement.  So comments are made by a hook,
 * behind that.  A session whose first statement is IMPORT has the hook in time: the library
 * is loaded for the answer.
 */
#include "postgres.h"

#include "planner/comments.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "commands/comment.h"
#include "foreign/foreign.h"
#include "tcop/utility.h"
#include "utils/rel.h"

#include "api/column.h"
#include "planner/own.h"

static ProcessUtility_hook_type previous_process_utility = NULL;

/* Whether the statement is a part of IMPORT, of a server of ours: no other has it as a part. */
static bool
is_import(const PlannedStmt *pstmt, ProcessUtilityContext context)
{
	const CreateForeignTableStmt *stmt = (const CreateForeignTableStmt *) pstmt->utilityStmt;

	return context == PROCESS_UTILITY_SUBCOMMAND && IsA(stmt, CreateForeignTableStmt) &&
		tuya_own_server(GetForeignServerByName(stmt->servername, false)->serverid);
}

static void
comment(Relation relation, int attno, const char *text)
{
	if (text)
		CreateComments(RelationGetRelid(relation), RelationRelationId, attno, pstrdup(text));
}

static void
comment_all(const CreateForeignTableStmt *stmt)
{
	Relation	relation;
	TuyaColumns *columns;

	CommandCounterIncrement();
	relation = table_openrv(stmt->base.relation, AccessShareLock);
	columns = tuya_column_get(relation);
	comment(relation, 0, columns->action->comment);
	for (int att = 0; att < columns->natts; att++)
		comment(relation, att + 1, tuya_column_comment(columns->action, columns->column[att]));
	table_close(relation, NoLock);
}

static void
on_process_utility(PlannedStmt *pstmt, const char *query, bool read_only_tree, ProcessUtilityContext context,
				   ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion)
{
	bool		comments = is_import(pstmt, context);

	(previous_process_utility ? previous_process_utility : standard_ProcessUtility)
		(pstmt, query, read_only_tree, context, params, environment, dest, completion);
	if (comments)
		comment_all((const CreateForeignTableStmt *) pstmt->utilityStmt);
}

void
tuya_comments_install(void)
{
	previous_process_utility = ProcessUtility_hook;
	ProcessUtility_hook = on_process_utility;
}
