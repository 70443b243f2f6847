/*
 * hook.c
 *		Rewrites plans when they are started, and forgets it when they end.
 *
 * A plan that lacks keys because the library came late is made again before.
 *
 * The copy lives in a memory context of its own, below the execution's, so that a
 * function that runs a statement again and again does not gather copies.  At the
 * end the QueryDesc gets the original back, for the copy goes with the
 * execution.
 */
#include "postgres.h"

#include "lookahead/hook.h"

#include "access/parallel.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "lib/ilist.h"
#include "utils/memutils.h"

#include "executor/refresh.h"
#include "lookahead/lookahead.h"
#include "lookahead/rewrite.h"
#include "planner/initplan.h"
#include "planner/jit.h"
#include "planner/replan.h"

/* A rewritten plan that is being executed; lives in the copy's context. */
typedef struct Rewritten
{
	dlist_node	node;			/* in rewritten */
	PlannedStmt *copy;
	PlannedStmt *original;
	MemoryContextCallback callback;
} Rewritten;

static dlist_head rewritten = DLIST_STATIC_INIT(rewritten);
static ExecutorStart_hook_type previous_start = NULL;
static ExecutorEnd_hook_type previous_end = NULL;

static void
on_reset(void *arg)
{
	dlist_delete(&((Rewritten *) arg)->node);
}

static void
remember(PlannedStmt *copy, PlannedStmt *original)
{
	Rewritten  *entry = palloc0(sizeof(Rewritten));

	entry->copy = copy;
	entry->original = original;
	entry->callback.func = on_reset;
	entry->callback.arg = entry;
	dlist_push_head(&rewritten, &entry->node);
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &entry->callback);
}

static void
start(QueryDesc *query, int eflags)
{
	if (previous_start)
		previous_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
	tuya_refresh_started(query);
}

static void
start_copy(QueryDesc *query, int eflags, PlannedStmt *copy, MemoryContext cxt)
{
	PlannedStmt *original = query->plannedstmt;

	query->plannedstmt = copy;
	PG_TRY();
	{
		start(query, eflags);
	}
	PG_CATCH();
	{
		query->plannedstmt = original;
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSetParent(cxt, query->estate->es_query_cxt);
}

/* What to execute in place of the plan, in the current memory context; NULL: the plan itself. */
static PlannedStmt *
plan_to_execute(const QueryDesc *query)
{
	PlannedStmt *again = tuya_replan(query);
	PlannedStmt *pstmt = again ? again : query->plannedstmt;
	PlannedStmt *copy;

	tuya_jit_decide(pstmt);
	tuya_initplan_repair(pstmt);
	copy = tuya_lookahead_rewrite(pstmt);
	return copy ? copy : again;
}

/* Of other statements nothing is executed in place of their plans; they are to notice nothing of us. */
static bool
reads_foreign_table(const PlannedStmt *pstmt)
{
	ListCell   *lc;

	foreach(lc, pstmt->rtable)
	{
		if (lfirst_node(RangeTblEntry, lc)->relkind == RELKIND_FOREIGN_TABLE)
			return true;
	}
	return false;
}

static void
on_start(QueryDesc *query, int eflags)
{
	MemoryContext cxt;
	MemoryContext saved;
	PlannedStmt *copy;

	if (IsParallelWorker() || query->operation == CMD_UTILITY)
	{
		start(query, eflags);
		return;
	}
	if (!reads_foreign_table(query->plannedstmt))
	{
		tuya_replan_forget();
		start(query, eflags);
		return;
	}
	cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw plan", ALLOCSET_SMALL_SIZES);
	saved = MemoryContextSwitchTo(cxt);
	copy = plan_to_execute(query);
	if (copy)
		remember(copy, query->plannedstmt);
	MemoryContextSwitchTo(saved);
	if (copy)
		start_copy(query, eflags, copy, cxt);
	else
	{
		MemoryContextDelete(cxt);
		start(query, eflags);
	}
}

static void
on_end(QueryDesc *query)
{
	PlannedStmt *original = query->plannedstmt;
	dlist_iter	iter;

	dlist_foreach(iter, &rewritten)
	{
		Rewritten  *entry = dlist_container(Rewritten, node, iter.cur);

		if (entry->copy == query->plannedstmt)
			original = entry->original;
	}
	if (previous_end)
		previous_end(query);
	else
		standard_ExecutorEnd(query);
	query->plannedstmt = original;
}

void
tuya_lookahead_install(void)
{
	RegisterCustomScanMethods(&tuya_lookahead_methods); /* may throw, so it is first */
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = on_start;
	previous_end = ExecutorEnd_hook;
	ExecutorEnd_hook = on_end;
}
