/*
 * scan.c
 *		Execution of a foreign scan: begin, iterate, rescan, end.
 *
 * Begin resolves options and credentials, since the plan has none, and makes no
 * request.  lookups.c does, when the first row is asked for.  A rescan evaluates the keys
 * again; the execution knows what was asked before.
 *
 * The EState's memory context owns the state.
 */
#include "postgres.h"

#include "executor/scan.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "utils/memutils.h"

#include "compat.h"
#include "executor/ancestor.h"
#include "executor/internal.h"
#include "fetch/remote.h"
#include "planner/gate.h"
#include "planner/key_encode.h"
#include "planner/on_error.h"
#include "planner/partition.h"
#include "planner/private.h"
#include "settings.h"

/*
 * ---- begin ----
 */

static void
begin_reading(ForeignScanState *node, TuyaScan *state, ForeignTable *table)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TuyaPrivate private = tuya_private_get(plan);
	bool		early_stop = tuya_ancestor_expect_early_stop(node->ss.ps.state->es_plannedstmt,
															 (Plan *) plan);
	TuyaFields *fields;

	if (state->settings.cache_ttl > 0)
		tuya_fetcher_prepare_cache();
	state->execution = tuya_execution_enter(node->ss.ps.state);
	tuya_execution_add_scan(state->execution, plan->scan.plan.plan_node_id, node);
	state->fetcher = tuya_remote_get(tuya_compat_scan_user(node), table->serverid);
	tuya_execution_pin_fetcher(state->execution, state->fetcher);
	state->from.asker = tuya_fetcher_asker(state->fetcher);
	fields = tuya_execution_fields(state->execution, state->columns->action);
	state->from.fields = fields;
	state->counters = MemoryContextAllocZero(tuya_execution_context(state->execution),
											 sizeof(TuyaCounters));
	tuya_fetcher_init_reader(&state->reader, state->counters, early_stop,
							 state->settings.on_error == TUYA_ON_ERROR_ROW && !state->counts);
	tuya_window_init(&state->window, state->settings.concurrency, tuya_lookahead_rows, early_stop);
	state->reads_on = !early_stop;
	/* a LIMIT that is far off would cost whole lists of many lookups, if it is not */
	state->reads_whole = !early_stop && !state->counts &&
		!tuya_ancestor_may_stop_early(node->ss.ps.state->es_plannedstmt, (Plan *) plan);
	if (!state->counts)
	{
		state->converter =
			tuya_convert_create(state->relation, state->columns,
								list_concat(tuya_partition_attributes(state->relation, state->columns),
											private.attributes));
		*fields |= tuya_convert_fields(state->converter);
	}
	state->checks = state->reader.softens && tuya_convert_may_find_fault(state->converter);
	state->keyset = tuya_keyset_create(private.keys, tuya_gate_refer_to_key(plan->fdw_exprs, plan),
									   &node->ss.ps);
	state->keytype = tuya_keytype_create(state->relation, state->columns, node->ss.ps.state);
	state->membership = tuya_membership_create(state->relation, state->columns, node->ss.ps.state);
	state->gatekeeper = tuya_gatekeeper_create(tuya_gate_row_quals(plan),
											   tuya_gate_refer_to_key(tuya_gate_key_quals(plan), plan),
											   &node->ss.ps);
	dlist_init(&state->started);
	state->cxt = CurrentMemoryContext;
	state->query_cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw query",
											 ALLOCSET_SMALL_SIZES);
	state->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw row",
										   ALLOCSET_SMALL_SIZES);
}

/* A scan that counts has no relation of its own in the plan. */
static void
find_relation(ForeignScanState *node, TuyaScan *state)
{
	Index		rti = tuya_compat_scan_rti((ForeignScan *) node->ss.ps.plan);

	state->relation = node->ss.ss_currentRelation;
	if (state->relation)
		return;
	/* the executor has it locked */
	state->relation = table_open(exec_rt_fetch(rti, node->ss.ps.state)->relid, NoLock);
	state->own_relation = true;
}

/* Whether the statement reads the table in one place only. */
static bool
is_only_scan(const TuyaScan *state, const PlannedStmt *pstmt)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, pstmt->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_RELATION && rte->relid == RelationGetRelid(state->relation))
			count++;
	}
	return count == 1;
}

/*
 * A page no larger than a LIMIT needs; but another scan of
 * the table asks for whole pages, and so do other statements by way of the cache, and
 * they should share them.
 */
static void
shrink_page(ForeignScanState *node, TuyaScan *state)
{
	int			limit = tuya_private_get((ForeignScan *) node->ss.ps.plan).limit;

	if (limit > 0 && state->settings.cache_ttl == 0 && is_only_scan(state, node->ss.ps.state->es_plannedstmt))
		state->settings.page_size = Min(state->settings.page_size, limit);
}

void
tuya_BeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TuyaPrivate private = tuya_private_get(plan);
	TuyaScan   *state = palloc0(sizeof(TuyaScan));
	ForeignTable *table;

	node->fdw_state = state;
	find_relation(node, state);
	table = GetForeignTable(RelationGetRelid(state->relation));
	tuya_option_get(&state->settings, GetForeignServer(table->serverid), table, NULL);
	state->columns = tuya_column_get(state->relation);
	/* it may have been set since the statement was planned */
	tuya_on_error_check(state->relation, state->columns, state->settings.on_error);
	shrink_page(node, state);
	state->from.relation = state->relation;
	state->from.columns = state->columns;
	state->from.settings = &state->settings;
	state->keys = tuya_key_encoded_keys(private.keys);
	state->counts = private.counts;
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
	{
		begin_reading(node, state, table);
		state->may_rescan = (eflags & (EXEC_FLAG_REWIND | EXEC_FLAG_BACKWARD)) != 0 ||
			tuya_ancestor_may_rescan(node->ss.ps.state->es_plannedstmt, (Plan *) plan);
	}
}

/*
 * ---- rows ----
 */

/* For which table and key something failed. */
static void
add_context(void *arg)
{
	TuyaScan   *state = arg;
	const char *key = tuya_address_describe(&state->from, tuya_lookups_current(state)->key);

	errcontext("lookup in foreign table \"%s\"%s%s", RelationGetRelationName(state->relation),
			   key ? " of " : "", key ? key : "");
}

/* Of the current lookup, all of whose rows are here: why one cannot be shown; or NULL. */
static TuyaFailure *
find_fault(const TuyaScan *state)
{
	TuyaFailure *failure = NULL;
	TuyaReader	reader;
	TuyaRow		row;

	tuya_lookup_init_reader(&reader);
	tuya_lookup_open(&reader, state->reader.transfer->lookup);
	while (failure == NULL && tuya_lookup_read(&reader, &row))
		failure = tuya_convert_find_fault(state->converter, &row);
	tuya_lookup_open(&reader, NULL);
	return failure;
}

/* Its first row is here: if one of them cannot be shown, the failure takes their place. */
static void
check_lookup(TuyaScan *state)
{
	state->failure = find_fault(state);
	if (state->failure == NULL)
		return;
	tuya_execution_soften(state->execution, &state->reader, state->settings.on_error_limit,
						  state->failure);
	state->spent = true;
}

/* The next row of the current lookup, or the failure that is its row. */
static bool
next_row_of_lookup(TuyaScan *state, TuyaRow *row)
{
	ErrorContextCallback callback = {
		.callback = add_context,.arg = state,.previous = error_context_stack
	};
	bool		found;

	if (state->spent)
		return false;
	error_context_stack = &callback;
	found = tuya_execution_next_row(state->execution, &state->reader,
									state->settings.on_error_limit, row, &state->failure);
	if (found && state->failure == NULL && state->checks && state->unread)
		check_lookup(state);
	state->unread &= !found;
	error_context_stack = callback.previous;
	return found;
}

/* Counts the current lookup; false if the reader is pending. */
static bool
count_lookup(TuyaScan *state)
{
	ErrorContextCallback callback = {
		.callback = add_context,.arg = state,.previous = error_context_stack
	};
	int64		count;
	bool		found;

	error_context_stack = &callback;
	found = tuya_execution_count(state->execution, &state->reader, &count);
	error_context_stack = callback.previous;
	if (found)
		state->count += count;
	return found;
}

/* The next row, or failure; false after the last, or if the reader is pending. */
static bool
next_row(TuyaScan *state, TuyaRow *row)
{
	while (state->reader.transfer || tuya_lookups_next(state))
	{
		if (next_row_of_lookup(state, row))
			return true;
		if (state->reader.pending || !tuya_lookups_next(state))
			return false;
	}
	return false;
}

/* Hands out one row, how many rows the lookups of all keys have, unless the reader is pending. */
static void
count_rows(TuyaScan *state, TupleTableSlot *slot)
{
	if (state->counted)
		return;
	while (state->reader.pending || tuya_lookups_next(state))
	{
		if (!count_lookup(state))
			return;
	}
	state->counted = true;
	/* count(*), count(1) and the like: the same in each column */
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		slot->tts_values[i] = Int64GetDatum(state->count);
		slot->tts_isnull[i] = false;
	}
	ExecStoreVirtualTuple(slot);
}

/* Makes a slot of the row, or of the failure in its place. */
static void
convert(TuyaScan *state, const TuyaRow *row, TupleTableSlot *slot)
{
	const Datum *key = tuya_lookups_current(state)->key;

	if (state->failure)
		tuya_convert_failure(state->converter, state->failure, key, slot);
	else
		tuya_convert_row(state->converter, row, key, slot);
}

/* System columns can be read of a heap tuple only; they say nothing here. */
static void
make_heap_tuple(TupleTableSlot *slot)
{
	HeapTuple	tuple = heap_form_tuple(slot->tts_tupleDescriptor, slot->tts_values,
										slot->tts_isnull);

	/* what else would show is how the tuple was made */
	HeapTupleHeaderSetXmax(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetXmin(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetCmin(tuple->t_data, InvalidTransactionId);
	ExecStoreHeapTuple(tuple, slot, false);
}

TupleTableSlot *
tuya_IterateForeignScan(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	MemoryContext saved;
	TuyaRow		row;

	/* in this order: the slot points into the row's context and the key set's */
	ExecClearTuple(slot);
	MemoryContextReset(state->row_cxt);
	tuya_lookups_begin(node);
	if (state->counts)
	{
		count_rows(state, slot);
		return slot;
	}

	saved = MemoryContextSwitchTo(state->row_cxt);
	while (next_row(state, &row))
	{
		convert(state, &row, slot);
		if (state->membership == NULL || tuya_membership_has(state->membership, slot))
			break;
		ExecClearTuple(slot);
	}
	if (!TupIsNull(slot) && ((ForeignScan *) node->ss.ps.plan)->fsSystemCol)
		make_heap_tuple(slot);
	MemoryContextSwitchTo(saved);
	return slot;
}

/*
 * EvalPlanQual may ask this of a scan without a relation in place of the next
 * row, in a subquery that is not being rechecked, too: there is no row of
 * another time to check, so it is the next row in either case.
 */
bool
tuya_RecheckForeignScan(ForeignScanState *node, TupleTableSlot *slot)
{
	MemoryContext saved;

	if (((ForeignScan *) node->ss.ps.plan)->scan.scanrelid > 0)
		return true;
	saved = MemoryContextSwitchTo(node->ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	tuya_IterateForeignScan(node);
	MemoryContextSwitchTo(saved);
	return !TupIsNull(slot);
}

void
tuya_ReScanForeignScan(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;

	tuya_lookups_forget(state);
	state->counted = false;
	state->count = 0;
	state->may_rescan = true;
}

void
tuya_EndForeignScan(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;

	if (state == NULL)
		return;
	if (state->execution)
	{
		tuya_ReScanForeignScan(node);
		tuya_execution_leave(state->execution);
	}
	if (state->own_relation)
		table_close(state->relation, NoLock);
}

/*
 * ---- for lookahead ----
 */

void
tuya_scan_set_announced(ForeignScanState *node)
{
	((TuyaScan *) node->fdw_state)->announced = true;
}

/*
 * ---- for asynchronous execution ----
 */

TuyaFetchReader *
tuya_scan_reader(ForeignScanState *node)
{
	return &((TuyaScan *) node->fdw_state)->reader;
}

int
tuya_scan_started(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->nstarted;
}

bool
tuya_scan_is_wide(ForeignScanState *node)
{
	const TuyaScan *state = node->fdw_state;

	return state->window.size >= Min(state->settings.concurrency, state->window.max);
}

/*
 * ---- for EXPLAIN and lookahead ----
 */

const TuyaColumns *
tuya_scan_columns(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->columns;
}

Relation
tuya_scan_relation(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->relation;
}

const TuyaSettings *
tuya_scan_settings(ForeignScanState *node)
{
	return &((TuyaScan *) node->fdw_state)->settings;
}

TuyaFetcher *
tuya_scan_fetcher(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->fetcher;
}

const TuyaCounters *
tuya_scan_counters(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->counters;
}
