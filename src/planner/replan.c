/*
 * replan.c
 *		A session's first statement, planned again when it begins.
 *
 * Parsing and analysis see what they saw before: the same text, parameters, user and
 * search_path, a moment later.  But not always is the text the statement.  It may be a
 * utility statement around it, or several, or an expression of PL/pgSQL's; and of an SQL
 * function it has to be found out which it is, and what its arguments are called.  So whatever
 * the text is taken for is tried in a subtransaction, and the result must be of the kind,
 * read no other relations and have the columns that the first plan has.
 *
 * What fills a materialized view is that view's own query, and not in the text.
 */
#include "postgres.h"

#include "planner/replan.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "parser/parser.h"
#include "rewrite/prs2lock.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "utils/fmgroids.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "planner/lacking.h"
#include "planner/replan_function.h"

/* The ways in which a statement's text is parsed, tried in this order. */
static const RawParseMode modes[] = {
	RAW_PARSE_DEFAULT, RAW_PARSE_PLPGSQL_EXPR, RAW_PARSE_PLPGSQL_ASSIGN1, RAW_PARSE_PLPGSQL_ASSIGN2,
	RAW_PARSE_PLPGSQL_ASSIGN3
};

static bool expected = false;

/* What a statement's parser knows its parameters by; the caller's. */
typedef struct Names
{
	ParserSetupHook setup;		/* NULL: there are none */
	void	   *arg;
	TuyaReplanFunction *function;	/* that it is of, which knows its own; or NULL */
} Names;

/*
 * Of the statement that was planned, which begins next, if at all.  A portal has a copy of
 * the parameters, which only knows their numbers.
 */
static Names planned;

static void
take_names(Names *names, ParamListInfo params)
{
	if (params == NULL)
		return;
	names->setup = params->parserSetup;
	names->arg = params->parserSetupArg;
}

void
tuya_replan_expect(const PlannerGlobal *glob)
{
	expected = true;
	take_names(&planned, glob->boundParams);
}

void
tuya_replan_forget(void)
{
	planned.setup = NULL;
}

/*
 * ---- the statement in its text ----
 */

/* The materialized view that the utility statement fills by its own query; NULL: it does not. */
static const RangeVar *
view_filled_by(const Node *stmt)
{
	if (IsA(stmt, RefreshMatViewStmt))
		return ((const RefreshMatViewStmt *) stmt)->relation;
	return IsA(stmt, CreateTableAsStmt) ? ((const CreateTableAsStmt *) stmt)->into->rel : NULL;
}

/* What the utility statement runs; NULL if it is none of those. */
static Node *
statement_within(Node *stmt)
{
	switch (nodeTag(stmt))
	{
		case T_ExplainStmt:
			return statement_within(((ExplainStmt *) stmt)->query);
		case T_DeclareCursorStmt:
			return statement_within(((DeclareCursorStmt *) stmt)->query);
		case T_CreateTableAsStmt:
			if (tuya_compat_fills_as_refresh((CreateTableAsStmt *) stmt))
				return stmt;
			return statement_within(((CreateTableAsStmt *) stmt)->query);
		case T_PrepareStmt:
			return statement_within(((PrepareStmt *) stmt)->query);
		case T_CopyStmt:
			return ((CopyStmt *) stmt)->query;
		case T_SelectStmt:
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
		case T_PLAssignStmt:
		case T_RefreshMatViewStmt:
			return stmt;
		default:
			return NULL;
	}
}

/* Where in its text the utility statement stands that runs the plan; -1: not known. */
static int
utility_location(const QueryDesc *query)
{
	const PlannedStmt *stmt;

	if (ActivePortal == NULL || list_length(ActivePortal->stmts) != 1 ||
		strcmp(ActivePortal->sourceText, query->sourceText) != 0)
		return -1;
	stmt = linitial_node(PlannedStmt, ActivePortal->stmts);
	return stmt->commandType == CMD_UTILITY ? Max(stmt->stmt_location, 0) : -1;
}

/* Whether the plan may be of that statement, or of the one in it, if it is a utility statement. */
static bool
is_planned_from(const QueryDesc *query, const RawStmt *raw, bool is_utility)
{
	const PlannedStmt *stmt = query->plannedstmt;
	int			offset = stmt->stmt_location - raw->stmt_location;
	int			utility = utility_location(query);

	if (offset == 0 && stmt->stmt_len == raw->stmt_len)
		return true;
	if (!is_utility)
		return false;
	if (utility >= 0)
		return raw->stmt_location == utility;
	/* before 18 it is not told where the one in it stands */
	return (stmt->stmt_location <= 0 && stmt->stmt_len == 0) ||
		(offset > 0 && (raw->stmt_len == 0 || offset < raw->stmt_len));
}

/* The only statement in the text that the plan can be of; NULL: there is none, or several. */
static RawStmt *
find_statement(const QueryDesc *query, RawParseMode mode)
{
	RawStmt    *found = NULL;
	ListCell   *lc;

	foreach(lc, raw_parser(query->sourceText, mode))
	{
		RawStmt    *raw = lfirst_node(RawStmt, lc);
		Node	   *within = statement_within(raw->stmt);

		if (within == NULL ||
			!is_planned_from(query, raw, within != raw->stmt || view_filled_by(within)))
			continue;
		if (found)
			return NULL;
		found = raw;
		raw->stmt = within;
	}
	return found;
}

/*
 * ---- queries ----
 */

/* Whether this transaction has locked it as one does that is about to be written. */
static bool
is_being_written(Oid relid)
{
	Relation	rel;
	bool		result;

	/* what somebody else writes cannot be locked, and one need not wait for that */
	if (!ConditionalLockRelationOid(relid, AccessShareLock))
		return false;
	rel = table_open(relid, NoLock);
	result = CheckRelationLockedByMe(rel, ExclusiveLock, true);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * The materialized view of that name which is being filled; InvalidOid: there is none, or several.
 * From 17 on it is not found by the name, for its query runs with another search_path.
 */
static Oid
find_filled(const RangeVar *name)
{
	Relation	catalog = table_open(RelationRelationId, AccessShareLock);
	Oid			found = InvalidOid;
	int			count = 0;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_class_relname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(name->relname));
	scan = systable_beginscan(catalog, ClassNameNspIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		if (form->relkind == RELKIND_MATVIEW && is_being_written(form->oid) &&
			(name->schemaname == NULL || form->relnamespace == get_namespace_oid(name->schemaname, true)))
		{
			found = form->oid;
			count++;
		}
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return count == 1 ? found : InvalidOid;
}

static List *
rewrite_view(const RangeVar *name)
{
	Oid			relid = find_filled(name);
	Relation	view;
	List	   *queries = NIL;

	if (!OidIsValid(relid))
		return NIL;
	view = table_open(relid, NoLock);
	if (view->rd_rules && view->rd_rules->numLocks == 1)
	{
		Query	   *query = copyObject(linitial_node(Query, view->rd_rules->rules[0]->actions));

		AcquireRewriteLocks(query, true, false);
		queries = QueryRewrite(query);
	}
	table_close(view, NoLock);
	return queries;
}

static List *
analyze_and_rewrite(RawStmt *raw, const QueryDesc *query, const Names *names)
{
	if (names->function)
		return tuya_replan_function_analyze(names->function, raw);
	if (view_filled_by(raw->stmt))
		return rewrite_view(view_filled_by(raw->stmt));
	if (names->setup)
		return pg_analyze_and_rewrite_withcb(raw, query->sourceText, names->setup, names->arg, query->queryEnv);
	return pg_analyze_and_rewrite_fixedparams(raw, query->sourceText, NULL, 0, query->queryEnv);
}

/*
 * ---- the plan ----
 */

static bool
has_same_columns(const List *columns, const List *others)
{
	ListCell   *a;
	ListCell   *b;

	if (list_length(columns) != list_length(others))
		return false;
	forboth(a, columns, b, others)
	{
		const TargetEntry *column = lfirst_node(TargetEntry, a);
		const TargetEntry *other = lfirst_node(TargetEntry, b);

		if (exprType((Node *) column->expr) != exprType((Node *) other->expr) ||
			column->resjunk != other->resjunk)
			return false;
	}
	return true;
}

static bool
is_same_statement(const PlannedStmt *stmt, const PlannedStmt *other)
{
	return stmt->commandType == other->commandType &&
		stmt->hasReturning == other->hasReturning &&
		has_same_columns(stmt->planTree->targetlist, other->planTree->targetlist) &&
		list_difference_oid(stmt->relationOids, other->relationOids) == NIL;
}

/* What of the cursor's options the planner heeds.  Whether workers were allowed is not known. */
static int
cursor_options(void)
{
	return ActivePortal ? ActivePortal->cursorOptions & (CURSOR_OPT_SCROLL | CURSOR_OPT_FAST_PLAN) : 0;
}

static PlannedStmt *
plan_as(const QueryDesc *query, RawParseMode mode, const Names *names)
{
	bool		is_parsed = names->function && tuya_replan_function_is_parsed(names->function);
	RawStmt    *raw = is_parsed ? NULL : find_statement(query, mode);
	List	   *queries = raw || is_parsed ? analyze_and_rewrite(raw, query, names) : NIL;
	PlannedStmt *result;

	if (list_length(queries) != 1 || linitial_node(Query, queries)->commandType == CMD_UTILITY)
		return NULL;
	result = tuya_compat_plan_query(linitial_node(Query, queries), query->sourceText, cursor_options(), query->params);
	if (!is_same_statement(result, query->plannedstmt))
		return NULL;
	result->queryId = query->plannedstmt->queryId;
	result->canSetTag = query->plannedstmt->canSetTag;
	result->stmt_location = query->plannedstmt->stmt_location;
	result->stmt_len = query->plannedstmt->stmt_len;
	return result;
}

/* NULL for a text that is no statement of that kind. */
static PlannedStmt *
try_as(const QueryDesc *query, RawParseMode mode, const Names *names)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	PlannedStmt *volatile result = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		result = plan_as(query, mode, names);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION)
			ReThrowError(error);
		FreeErrorData(error);
		result = NULL;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
	return result;
}

static PlannedStmt *
plan_again(const QueryDesc *query, const Names *names)
{
	/* a function's text is what the first of them says */
	size_t		nmodes = names->function ? 1 : lengthof(modes);
	PlannedStmt *result = NULL;

	/* in parallel workers there are no subtransactions, which a function's text does not need */
	if (IsInParallelMode())
		return names->function ? plan_as(query, modes[0], names) : NULL;
	for (size_t i = 0; i < nmodes && result == NULL; i++)
		result = try_as(query, modes[i], names);
	/* a plan that is kept would have to be made again each time */
	if (result)
		ResetPlanCache();
	return result;
}

PlannedStmt *
tuya_replan(const QueryDesc *query)
{
	Names		names = planned;

	tuya_replan_forget();
	if (!expected || query->sourceText == NULL || !ActiveSnapshotSet() || !tuya_lacking(query->plannedstmt, TUYA_LACKING_LATE))
		return NULL;
	if (names.setup == NULL)
		take_names(&names, query->params);
	/* what its parameters have knows their numbers only */
	names.function = tuya_replan_function_find(query);
	return plan_again(query, &names);
}
