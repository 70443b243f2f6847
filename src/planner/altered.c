/*
 * altered.c
 *		Which table's columns get options.
 *
 * PostgreSQL tells the validator what the options of a column are, and not whose.  But they are
 * set by ALTER TABLE alone, as which CREATE FOREIGN TABLE runs those of its columns.  So a hook
 * says whose, for hints that would list what all actions have.  Where ALTER is what loads the
 * library the hook comes too late, and they do.
 */
#include "postgres.h"

#include "planner/altered.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "foreign/foreign.h"
#include "tcop/utility.h"
#include "utils/lsyscache.h"

#include "api/column.h"
#include "option/option.h"
#include "planner/own.h"

static ProcessUtility_hook_type previous_process_utility = NULL;

/* Whether it has the validator called: then it does no harm to look whose that is. */
static bool
sets_column_options(const AlterTableStmt * stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		const		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		if (cmd->subtype == AT_AlterColumnGenericOptions ||
			(cmd->subtype == AT_AddColumn && ((ColumnDef *) cmd->def)->fdwoptions))
			return true;
	}
	return false;
}

/* The action of the table that is altered; NULL: it is none of ours. */
static const TuyaAction *
find_action(const AlterTableStmt * stmt)
{
	Oid			relid = RangeVarGetRelid(stmt->relation, NoLock, true);

	return OidIsValid(relid) && get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE && tuya_own_table(relid) ?
		tuya_column_find_action(GetForeignTable(relid)->options) : NULL;
}

static void
on_process_utility(PlannedStmt *pstmt, const char *query, bool read_only_tree, ProcessUtilityContext context,
				   ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion)
{
	const		AlterTableStmt *stmt = (const AlterTableStmt *) pstmt->utilityStmt;
	const TuyaAction *before;

	if (!IsA(stmt, AlterTableStmt) || !sets_column_options(stmt))
	{
		previous_process_utility(pstmt, query, read_only_tree, context, params, environment, dest, completion);
		return;
	}
	before = tuya_option_set_altered(find_action(stmt));
	PG_TRY();
	{
		previous_process_utility(pstmt, query, read_only_tree, context, params, environment, dest, completion);
	}
	PG_FINALLY();
	{
		(void) tuya_option_set_altered(before);
	}
	PG_END_TRY();
}

void
tuya_altered_install(void)
{
	previous_process_utility = ProcessUtility_hook ? ProcessUtility_hook : standard_ProcessUtility;
	ProcessUtility_hook = on_process_utility;
}
